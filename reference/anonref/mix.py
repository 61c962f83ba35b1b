"""A mix, chapter mix: when it fires, which messages leave and in which order, dummies, and what it remembers.

Every function is pure: draws and the seed are arguments, time is counted in ticks. Rules and quotas are arithmetic on
integers or a solver's terms; messages are bytes, or whatever can be compared. Nothing is received or sent here.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from anonref import suite
from anonref.suite import kit as kit_of
from anonspec.mix.model import Binomial, Dummies, Law, Mix, Opened, Order, Rule, Sender, Suite, Taken
from anonspec.shape import Reject

T = TypeVar("T")
Coins = Callable[[int], int]
"""The coin of a number, 0 … 2^64 − 1."""

# ---- when a mix fires, and how many leave ----


def check_rule(rule: Rule) -> None:
    """Refuse a rule that lets a message leave alone, or that is no rule. MIX-1, MIX-2, MIX-3"""
    if rule.kind in ("threshold", "threshold-or-timed", "threshold-and-timed") and rule.threshold < 2:
        raise Reject("MIX-1", f"a batch of {rule.threshold} hides nobody")
    if 0 in (getattr(rule, name, 1) for name in ("threshold", "period", "pool")):
        raise Reject("MIX-2", "threshold, period and pool are 1 or more")
    chances = rule.chances if isinstance(rule, Binomial) else (getattr(rule, "fraction", 1),)
    if not chances or not chances[-1] > 0 or any(chance > 1 for chance in chances):
        raise Reject("MIX-3", "a fraction is above 0 and at most 1, and so is the last chance")
    if rule.kind == "cottrell-r3" and 100 % rule.fraction.denominator != 0:
        raise Reject("MIX-3", f"{rule.fraction} is not a whole number of percent")


def floor(rule: Rule) -> int:
    """How many messages stay in the pool at least. MIX-11, MIX-12, MIX-14"""
    pool: int = getattr(rule, "pool", 0)
    return pool


def fires(rule: Rule, held: int, at_arrival: bool) -> bool:
    """Whether a mix that holds so many fires, just after an arrival or else at a period's end. MIX-7, MIX-8"""
    match rule.kind:
        case "threshold" | "threshold-pool":
            return at_arrival and held >= floor(rule) + rule.threshold
        case "threshold-or-timed":
            return not at_arrival or held >= rule.threshold
        case "timed" | "binomial":
            return not at_arrival
        case "timed-pool":
            return not at_arrival and held > rule.pool
        case "threshold-and-timed" | "cottrell-r1" | "cottrell-r2" | "cottrell-r3" | "cottrell-r4":
            return not at_arrival and held >= floor(rule) + rule.threshold


def share(fraction: Fraction, held: int) -> int:
    """The whole messages in a fraction of so many, rounded down. MIX-12"""
    return fraction.numerator * held // fraction.denominator


def quota(rule: Rule, held: int) -> int:
    """How many of so many held leave when the mix fires; 0 where it cannot fire. MIX-10, MIX-11, MIX-12

    Raises Reject (MIX-13) for a binomial mix, where that is a matter of coins.
    """
    if not (fires(rule, held, at_arrival=True) or fires(rule, held, at_arrival=False)):
        return 0
    match rule.kind:
        case "threshold" | "timed" | "threshold-or-timed" | "threshold-and-timed" | "threshold-pool" | "timed-pool":
            return held - floor(rule)
        case "cottrell-r1":
            return max(1, share(rule.fraction, held - rule.pool))
        case "cottrell-r2" | "cottrell-r3":
            return min(held - rule.pool, share(rule.fraction, held))
        case "cottrell-r4":
            return min(held - rule.pool, max(1, share(rule.fraction, held)))
        case "binomial":
            raise Reject("MIX-13", "how many leave a binomial mix is a matter of coins")


# ---- which leave, and in which order ----


def draw(seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """A labelled draw, of `size` bytes for a dummy and 8 for all else. MIX-18"""
    label = name.encode() + flush.to_bytes(8) + place.to_bytes(8)
    return suite.shake256(seed + b"\0" + label, size if name == "fake" else 8)


def falls(chance: Fraction, coin: int) -> bool:
    """Whether a coin of this chance, 0 … 2^64 − 1, falls. MIX-13, MIX-19"""
    return coin < (chance.numerator << 64) // chance.denominator


def spot(choice: int, options: int) -> int:
    """The place among so many that a draw of 0 … 2^64 − 1 picks. MIX-15"""
    return choice * options >> 64


def pick(messages: Sequence[T], places: Sequence[int]) -> tuple[list[T], list[T]]:
    """Take out the messages at these places, one after the other; and those that are left. MIX-15

    The last of those that are left moves to the place of the one that is taken.
    """
    taken, left = [], list(messages)
    for place in places:
        taken.append(left[place])
        left[place] = left[-1]
        left.pop()
    return taken, left


def places(draws: Sequence[int], options: int) -> list[int]:
    """The place that each draw picks, among one less each time. MIX-15"""
    return [spot(choice, options - before) for before, choice in enumerate(draws)]


def take(messages: Sequence[bytes], draws: Sequence[bytes]) -> Taken:
    """Take as many of the messages as there are draws of 8 bytes. MIX-15"""
    if len(draws) > len(messages):
        raise Reject("MIX-15", f"{len(draws)} cannot be taken out of {len(messages)}")
    taken, left = pick(messages, places([int.from_bytes(each) for each in draws], len(messages)))
    return Taken(taken=tuple(taken), left=tuple(left))


def select(rule: Rule, held: Sequence[T], choices: Coins, coins: Coins) -> tuple[list[T], list[T]]:
    """The messages that leave, and those that stay. MIX-10, MIX-11, MIX-12, MIX-13, MIX-15"""
    if isinstance(rule, Binomial):
        chance = rule.chances[min(len(held), len(rule.chances) - 1)]
        goes = [falls(chance, coins(place)) for place in range(len(held))]
        leave, stay = ([each for each, gone in zip(held, goes, strict=True) if gone == left] for left in (True, False))
        return leave, stay
    return pick(held, places([choices(number) for number in range(quota(rule, len(held)))], len(held)))


def arrange(batch: Sequence[Any], order: Order, choices: Coins) -> list[Any]:
    """The batch in the order in which it leaves. MIX-16, MIX-17"""
    if order == "lexicographic":
        return sorted(batch)
    return pick(batch, places([choices(number) for number in range(len(batch))], len(batch)))[0]


# ---- dummies ----


def check_dummies(dummies: Dummies) -> None:
    """Refuse laws that never end, or whose chances are none. MIX-22"""
    for law in (dummies.pool, dummies.output):
        check_law(law)


def check_law(law: Law) -> None:
    """Refuse a law that never ends, or whose chance is none. MIX-22"""
    if (law.law == "geometric" and law.again >= 1) or (law.law == "binomial" and law.chance > 1):
        raise Reject("MIX-22", "one more dummy has a chance below 1, and a coin one of at most 1")


def dummy_count(law: Law, coins: Coins) -> int:
    """How many dummies a law makes of its coins. MIX-19"""
    if law.law == "constant":
        return law.count
    if law.law == "binomial":
        return sum(falls(law.chance, coins(number)) for number in range(law.trials))
    count = 0
    while falls(law.again, coins(count)):
        count += 1
    return count


def count(law: Law, coins: Sequence[bytes]) -> int:
    """How many dummies a law makes of coins of 8 bytes. MIX-19, MIX-22"""
    check_law(law)
    try:
        return dummy_count(law, lambda number: int.from_bytes(coins[number]))
    except IndexError:
        raise Reject("MIX-19", f"{len(coins)} coins are too few") from None


# ---- a mix ----


def empty(rule: Rule, size: int, order: Order, dummies: Dummies, seed: bytes | None) -> Mix:
    """A mix that holds nothing, not even a pool. MIX-1, MIX-2, MIX-3, MIX-22

    A seed of None is for the program to fill: nothing is drawn here.
    """
    check_rule(rule)
    check_dummies(dummies)
    if size < 1:
        raise Reject("MIX-4", "messages have a size")
    if seed is None:
        raise Reject("MIX-18", "without a seed nothing can be drawn here")
    return Mix(
        rule=rule,
        size=size,
        order=order,
        dummies=dummies,
        seed=seed,
        held=(),
        memory=frozenset(),
        elapsed=0,
        flush=0,
    )


def begin(rule: Rule, size: int, order: Order, dummies: Dummies, seed: bytes | None) -> Mix:
    """A mix that has taken nothing yet, and whose pool is full. MIX-14"""
    mix = empty(rule, size, order, dummies, seed)
    full = tuple(draw(mix.seed, "fake", 0, place, size) for place in range(floor(rule)))
    return mix.model_copy(update={"held": full})


def check_size(mix: Mix, message: bytes) -> None:
    """Refuse a message that can be told by its size. MIX-4"""
    if len(message) != mix.size:
        raise Reject("MIX-4", f"messages here have {mix.size} bytes, not {len(message)}")


def hold(mix: Mix, message: bytes) -> tuple[Mix, tuple[bytes, ...]]:
    """Hold one message more; and send, if the rule says so. MIX-7"""
    held = (*mix.held, message)
    mix = mix.model_copy(update={"held": held})
    return fire(mix) if fires(mix.rule, len(held), at_arrival=True) else (mix, ())


def arrive(mix: Mix, message: bytes) -> tuple[Mix, tuple[bytes, ...]]:
    """Take a message; and send, if the rule says so. MIX-4, MIX-5, MIX-7, MIX-9"""
    check_size(mix, message)
    known = suite.sha256(message)
    if known in mix.memory:
        raise Reject("MIX-5", "this message was here before")
    return hold(mix.model_copy(update={"memory": mix.memory | {known}}), message)


def tick(mix: Mix) -> tuple[Mix, tuple[bytes, ...]]:
    """Let one unit of time pass; and send, if it ends a period and the rule says so. MIX-8, MIX-9"""
    period, elapsed = getattr(mix.rule, "period", None), mix.elapsed + 1
    if period is None:
        return mix, ()
    if elapsed < period:
        return mix.model_copy(update={"elapsed": elapsed}), ()
    if fires(mix.rule, len(mix.held), at_arrival=False):
        return fire(mix)
    return mix.model_copy(update={"elapsed": 0}), ()


def fire(mix: Mix) -> tuple[Mix, tuple[bytes, ...]]:
    """Add dummies, choose what leaves, put it in order, send it. MIX-9, MIX-15, MIX-16, MIX-20, MIX-21, MIX-23"""
    flush = mix.flush + 1

    def drawn(name: str) -> Coins:
        return lambda place: int.from_bytes(draw(mix.seed, name, flush, place, 8))

    inside, outside = dummy_count(mix.dummies.pool, drawn("pool")), dummy_count(mix.dummies.output, drawn("exit"))
    made = [draw(mix.seed, "fake", flush, place, mix.size) for place in range(inside + outside)]
    leave, stay = select(mix.rule, [*mix.held, *made[:inside]], drawn("take"), drawn("coin"))
    sends = arrange([*leave, *made[inside:]], mix.order, drawn("sort"))
    return mix.model_copy(update={"held": tuple(stay), "elapsed": 0, "flush": flush}), tuple(sends)


def new_key(mix: Mix) -> tuple[Mix, None]:
    """Go on under a new key, under which nothing was taken yet. MIX-6"""
    return mix.model_copy(update={"memory": frozenset()}), None


def with_hash(text: str) -> str:
    """A text after its hash, so that a change of either shows. MIX-24"""
    return suite.sha256(text.encode(errors="surrogatepass")).hex() + text


def without_hash(record: str) -> str | None:
    """The text of a record, or None if that was cut or changed. MIX-25"""
    text = record[64:]
    return text if with_hash(text) == record else None


def record(mix: Mix) -> str:
    """The whole state as text. MIX-24"""
    return with_hash(mix.model_dump_json())


def write_down(mix: Mix) -> tuple[Mix, str]:
    """Give a record of the mix, and go on. MIX-24"""
    return mix, record(mix)


def resume(record: str) -> Mix:
    """Take up a mix that was written down. MIX-24, MIX-25"""
    text = without_hash(record)
    if text is None:
        raise Reject("MIX-25", "this is not a record as it was written")
    return Mix.model_validate_json(text)


def restart(mix: Mix) -> tuple[Mix, None]:
    """Write everything down, forget it, and go on from the record. MIX-24"""
    return resume(record(mix)), None


# ---- sealed messages ----

ABOUT = b"anonspec mix seal1"
CODES = {"x25519": b"\0", "mlkem768-x25519": b"\1"}


def pad(message: bytes, size: int) -> bytes:
    """The message, one byte 80 and zeros up to `size` bytes. MIX-27, MIX-28"""
    if len(message) >= size:
        raise Reject("MIX-28", f"{len(message)} bytes do not fit into {size}")
    return message + b"\x80" + bytes(size - len(message) - 1)


def unpad(body: bytes) -> bytes:
    """The message in a body. MIX-30"""
    message, end, zeros = body.rpartition(b"\x80")
    if not end or any(zeros):
        raise Reject("MIX-30", "the body is not padded")
    return message


def about(suite: Suite, mix: int, epoch: int) -> bytes:
    """What a sealed message is bound to. MIX-26"""
    return ABOUT + CODES[suite] + mix.to_bytes(4) + epoch.to_bytes(8)


def address(suite: Suite, public: bytes, mix: int, epoch: int, size: int) -> Sender:
    """Be ready to send to a mix. MIX-28"""
    if size < 1:
        raise Reject("MIX-28", "nothing fits into 0 bytes")
    return Sender(suite=suite, public=public, mix=mix, epoch=epoch, size=size)


def seal(sender: Sender, destination: int, message: bytes) -> tuple[Sender, bytes]:
    """A message sealed to the mix. MIX-26, MIX-27, MIX-28"""
    kit, info = kit_of(sender.suite), about(sender.suite, sender.mix, sender.epoch)
    sealed = kit.seal(sender.public, info, destination.to_bytes(4) + pad(message, sender.size))
    if sealed is None:
        raise Reject("MIX-26", "the mix's public key is none")
    return sender, sealed


def open(suite: Suite, secret: bytes, mix: int, epoch: int, size: int, sealed: bytes) -> Opened:
    """What was sealed to a mix: to whom it goes, and the body. MIX-29"""
    kit = kit_of(suite)
    opened = kit.unseal(secret, about(suite, mix, epoch), sealed) if len(sealed) == size + 4 + kit.overhead else None
    if opened is None:
        raise Reject("MIX-29", "the message does not open")
    return Opened(destination=int.from_bytes(opened[:4]), body=opened[4:])
