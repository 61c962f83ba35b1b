"""Laws of a mix that waits: what it takes, when it sends, where dummies go, and what it must not lose."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from anonlaws.law import Forall, Seeds, fault, law, not_a_law
from anonlaws.mix.wire import (
    ENOUGH_AT_END,
    LAWS_OF_DUMMIES,
    NO_DUMMIES,
    ORDERS,
    QUOTAS,
    RULES,
    SIZE,
    Net,
    Node,
    Schedules,
    bound,
    drawn,
    fires,
    message,
    tossed,
)
from anonspec.mix.model import (
    Constant,
    Dummies,
    Geometric,
    Law,
    Mix,
    Order,
    Rule,
    Threshold,
    ThresholdPool,
    Timed,
    TimedPool,
    Trials,
)
from anonspec.shape import Reject

# ---- a subject and this package's own mix, told the same ----


@dataclass
class Told:
    """A subject in its state, the mix of wire.py beside it, and how many messages came so far."""

    net: Net
    state: Any
    node: Node
    number: int = 0

    def tell(self, letter: str) -> tuple[list[bytes], list[bytes]]:
        """Let both have the event of a letter (see Schedules); what leaves each. Both refuse the same or nothing.

        `d` is a message with the bytes of the first dummy that the mix made.
        """
        if letter == "k":
            self.state, _ = self.net.new_key(self.state)
            self.node.new_key()
            return [], []
        if letter == "t":
            self.state, sends = self.net.tick(self.state)
            return list(sends), self.node.tick()
        content = self.content(letter)
        clause = self.node.refuses(content)
        try:
            state, sends = self.net.arrive(self.state, content)
        except Reject as refusal:
            assert refusal.clause == clause
            return [], []
        assert clause is None
        self.state = state
        return list(sends), self.node.arrive(content)

    def content(self, letter: str) -> bytes:
        """The bytes of what arrives."""
        if letter.isdigit():
            return message(int(letter))
        if letter == "d" and self.node.made:
            return self.node.made[0]
        if letter == "s":
            return message(self.number)[:-1]
        if letter == "l":
            return message(self.number) + b"\0"
        self.number += 1
        return message(self.number - 1)


def begun(
    net: Net, forall: Forall, rules: Sequence[Rule] = RULES, dummies: Dummies = NO_DUMMIES, orders: Any = ORDERS
) -> Told:
    """A subject that begins with one of the rules, and a seed."""
    rule, order, seed = forall(rules, "rule"), forall(orders, "order"), forall(Seeds(), "seed")
    return Told(net, net.begin(rule, SIZE, order, dummies, seed), Node(rule, order, dummies, seed))


def some_dummies(forall: Forall) -> Dummies:
    """Of any two laws."""
    return Dummies(pool=forall(LAWS_OF_DUMMIES, "pool dummies"), output=forall(LAWS_OF_DUMMIES, "output dummies"))


def of_kinds(*kinds: str) -> list[Rule]:
    """The rules of these kinds."""
    return [rule for rule in RULES if rule.kind in kinds]


WITH_POOL = [rule for rule in RULES if hasattr(rule, "pool")]
TIMED_KINDS = [rule for rule in RULES if hasattr(rule, "period")]

# ---- what it takes ----


def _with(mix: Any, **fields: Any) -> Any:
    return mix.model_copy(update=fields)


@fault("MIX-4", "arrive")
def TakesAnySize(net: Net, mix: Any, content: bytes) -> Any:
    """A message may have any size."""
    after, sends = net.arrive(_with(mix, size=len(content)), content)
    return _with(after, size=mix.size), sends


@fault("MIX-4", "arrive")
def CutsWhatIsTooLong(net: Net, mix: Any, content: bytes) -> Any:
    """A message that is too long loses its end."""
    return net.arrive(mix, content[: mix.size])


@fault("MIX-4", "arrive")
def FillsUpWhatIsTooShort(net: Net, mix: Any, content: bytes) -> Any:
    """A message that is too short gets zeros at its end."""
    return net.arrive(mix, content.ljust(mix.size, b"\0"))


@fault("MIX-4", "begin")
def TakesEmptyMessages(net: Net, rule: Rule, size: int, order: Order, dummies: Dummies, seed: bytes | None) -> Any:
    """Messages may be of no bytes."""
    return _with(net.begin(rule, max(size, 1), order, dummies, seed), size=size)


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@fault("MIX-5", "arrive")
def TakesCopies(net: Net, mix: Any, content: bytes) -> Any:
    """A message is taken as often as it comes."""
    return net.arrive(_with(mix, memory=frozenset()), content)


@fault("MIX-5", "arrive")
def ForgetsWhatLeft(net: Net, mix: Any, content: bytes) -> Any:
    """A message that has left may come again."""
    return net.arrive(_with(mix, memory=mix.memory & {_hash(each) for each in mix.held}), content)


@fault("MIX-5", "arrive")
def ForgetsWhatIsThere(net: Net, mix: Any, content: bytes) -> Any:
    """A message that has not left yet may come again."""
    after, sends = net.arrive(_with(mix, memory=mix.memory - {_hash(each) for each in mix.held}), content)
    return _with(after, memory=after.memory | mix.memory), sends


@fault("MIX-5", "arrive")
def LooksAtTheEndOnly(net: Net, mix: Any, content: bytes) -> Any:
    """Two messages that end alike are taken for the same."""
    end = _hash(content[len(content) // 2 :])
    if end in mix.memory:
        raise Reject("MIX-5", "this message was here before")
    after, sends = net.arrive(mix, content)
    return _with(after, memory=after.memory | {end}), sends


@fault("MIX-5", "arrive")
def CountsItsDummies(net: Net, mix: Any, content: bytes) -> Any:
    """A message with the bytes of a dummy in the pool is taken for a copy."""
    if content in mix.held:
        raise Reject("MIX-5", "this message was here before")
    return net.arrive(mix, content)


@fault("MIX-5", "arrive")
def SwallowsCopies(net: Net, mix: Any, content: bytes) -> Any:
    """A copy is thrown away without a word."""
    try:
        return net.arrive(mix, content)
    except Reject as refusal:
        if refusal.clause != "MIX-5":
            raise
        return mix, ()


@fault("MIX-6", "fire")
def ForgetsAtAFlush(net: Net, mix: Any) -> Any:
    """The memory is cleared whenever the mix fires."""
    after, sends = net.fire(mix)
    return _with(after, memory=frozenset()), sends


@fault("MIX-6", "tick")
def ForgetsAtAPeriodsEnd(net: Net, mix: Any) -> Any:
    """The memory is cleared at the end of each period."""
    after, sends = net.tick(mix)
    return (_with(after, memory=frozenset()) if after.elapsed < mix.elapsed else after), sends


@fault("MIX-6", "new_key")
def NeverForgets(_net: Net, mix: Any) -> Any:
    """The memory outlives the key."""
    return mix, None


@fault("MIX-6", "new_key")
def ForgetsOnlyWhatLeft(_net: Net, mix: Any) -> Any:
    """What is still held stays in the memory when there is a new key."""
    return _with(mix, memory=mix.memory & {_hash(each) for each in mix.held}), None


@law(
    "MIX-4",
    "MIX-5",
    "MIX-6",
    needs=("mix.node",),
    faults=(
        TakesAnySize,
        CutsWhatIsTooLong,
        FillsUpWhatIsTooShort,
        TakesCopies,
        ForgetsWhatLeft,
        ForgetsWhatIsThere,
        LooksAtTheEndOnly,
        CountsItsDummies,
        SwallowsCopies,
        ForgetsAtAFlush,
        ForgetsAtAPeriodsEnd,
        NeverForgets,
        ForgetsOnlyWhatLeft,
    ),
)
def each_message_is_taken_once_under_a_key(net: Net, forall: Forall) -> None:
    """Copies are refused as long as the key lasts, wrong sizes always; and a refusal changes nothing of the rest."""
    told = begun(net, forall)
    for letter in forall(Schedules("aaaattt012345ddslk", 12, 30), "schedule"):
        theirs, ours = told.tell(letter)
        assert theirs == ours


@law("MIX-5", "MIX-23", needs=("mix.node",), faults=(TakesCopies, ForgetsWhatLeft, SwallowsCopies, ForgetsAtAFlush))
def copies_get_nobody_anywhere(net: Net, forall: Forall) -> None:
    """Whoever sends one message again and again, before and after it left, never sees it leave a second time."""
    told = begun(net, forall)
    left: Counter[bytes] = Counter()
    for letter in "0" + forall(Schedules("at0", 12, 40), "schedule"):
        sends, _ = told.tell(letter)
        left.update(sends)
    assert left[message(0)] <= 1


# ---- when it sends ----


@fault("MIX-9", "arrive")
def RunsOnAfterAFlush(net: Net, mix: Any, content: bytes) -> Any:
    """The timer is not restarted by a flush at an arrival."""
    after, sends = net.arrive(mix, content)
    return _with(after, elapsed=mix.elapsed), sends


@fault("MIX-9", "tick")
def RunsOnUntilItFires(net: Net, mix: Any) -> Any:
    """A period that ends without a flush is tested again at the next tick."""
    after, sends = net.tick(mix)
    ended = after.elapsed == 0 and after.flush == mix.flush and hasattr(mix.rule, "period")
    return (_with(after, elapsed=mix.elapsed) if ended else after), sends


@fault("MIX-9", "arrive")
def RestartsAtEachArrival(net: Net, mix: Any, content: bytes) -> Any:
    """The timer measures how long nothing came."""
    after, sends = net.arrive(mix, content)
    return _with(after, elapsed=0), sends


@fault("MIX-9", "tick")
def WaitsForTheFirst(net: Net, mix: Any) -> Any:
    """The timer does not start before something has come."""
    return net.tick(mix) if mix.elapsed or len(mix.held) > getattr(mix.rule, "pool", 0) else (mix, ())


@fault("MIX-9", "new_key")
def RestartsAtANewKey(net: Net, mix: Any) -> Any:
    """A new key restarts the timer."""
    after, nothing = net.new_key(mix)
    return _with(after, elapsed=0), nothing


@fault("MIX-8", "tick")
def EndsPeriodsLate(net: Net, mix: Any) -> Any:
    """A period is one tick longer."""
    longer = _with(mix.rule, period=mix.rule.period + 1) if hasattr(mix.rule, "period") else mix.rule
    after, sends = net.tick(_with(mix, rule=longer))
    return _with(after, rule=mix.rule), sends


@fault("MIX-8", "tick")
def EndsPeriodsEarly(net: Net, mix: Any) -> Any:
    """A period is one tick shorter."""
    shorter = _with(mix.rule, period=max(1, mix.rule.period - 1)) if hasattr(mix.rule, "period") else mix.rule
    after, sends = net.tick(_with(mix, rule=shorter))
    return _with(after, rule=mix.rule), sends


@fault("MIX-7", "arrive")
def FiresAtTheNextArrival(net: Net, mix: Any, content: bytes) -> Any:
    """The test is made before the message that came is counted."""
    before = net.fires(mix.rule, len(mix.held), True)
    after, _ = net.arrive(_with(mix, rule=Timed(period=2**15)), content)
    after = _with(after, rule=mix.rule)
    return net.fire(after) if before else (after, ())


@law(
    "MIX-7",
    "MIX-8",
    "MIX-9",
    "MIX-10",
    "MIX-11",
    "MIX-12",
    needs=("mix.node",),
    faults=(
        RunsOnAfterAFlush,
        RunsOnUntilItFires,
        RestartsAtEachArrival,
        WaitsForTheFirst,
        RestartsAtANewKey,
        EndsPeriodsLate,
        EndsPeriodsEarly,
        FiresAtTheNextArrival,
    ),
)
def it_sends_when_and_as_many_as_the_rule_says(net: Net, forall: Forall) -> None:
    """It sends at the arrivals and ticks of the table and at no other event, and as many as the table says."""
    told = begun(net, forall, dummies=some_dummies(forall))
    for letter in forall(Schedules("aaatttttk1", 12, 40), "schedule"):
        theirs, ours = told.tell(letter)
        assert len(theirs) == len(ours)


# ---- dummies ----


@fault("MIX-14", "begin")
def BeginsEmpty(net: Net, *given: Any) -> Any:
    """The first messages to come make up the pool."""
    return _with(net.begin(*given), held=())


@fault("MIX-14", "begin")
def BeginsWithOneTooFew(net: Net, *given: Any) -> Any:
    """The pool has one dummy fewer than places."""
    mix = net.begin(*given)
    return _with(mix, held=mix.held[:-1])


@fault("MIX-14", "begin")
def BeginsWithOneTooMany(net: Net, *given: Any) -> Any:
    """The pool begins with one dummy more."""
    mix = net.begin(*given)
    return _with(mix, held=(*mix.held, *(each[::-1] for each in mix.held[:1])))


@fault("MIX-21", "begin")
def FillsThePoolWithOne(net: Net, *given: Any) -> Any:
    """The pool begins with the same dummy over and over."""
    mix = net.begin(*given)
    return _with(mix, held=mix.held[:1] * len(mix.held))


@fault("MIX-19", "dummy_count")
def MakesOneAtMost(net: Net, law: Law, coins: Any) -> int:
    """Never more than one dummy at a time."""
    count: int = min(1, net.dummy_count(law, coins))
    return count


@fault("MIX-19", "dummy_count")
def CountsTheLastCoin(net: Net, law: Law, coins: Any) -> int:
    """The coin that does not fall makes a dummy too."""
    count: int = net.dummy_count(law, coins) + (law.law == "geometric")
    return count


@fault("MIX-19", "dummy_count")
def TossesOneCoinFewer(net: Net, law: Law, coins: Any) -> int:
    """Of so many coins the last one is not tossed."""
    count: int = net.dummy_count(_with(law, trials=max(0, law.trials - 1)) if law.law == "binomial" else law, coins)
    return count


@fault("MIX-19", "dummy_count")
def CountsThoseThatDoNotFall(net: Net, law: Law, coins: Any) -> int:
    """Coins that do not fall make dummies, those that do make none."""
    count: int = net.dummy_count(law, coins)
    return int(law.trials) - count if law.law == "binomial" else count


@fault("MIX-19", "dummy_count")
def MakesTheMean(net: Net, law: Law, coins: Any) -> int:
    """As many dummies as there would be on average."""
    count: int = round(law.trials * law.chance) if law.law == "binomial" else net.dummy_count(law, coins)
    return count


@fault("MIX-19", "fire")
def MakesThemOnce(net: Net, mix: Any) -> Any:
    """Dummies are made at the first flush only."""
    after, sends = net.fire(_with(mix, dummies=NO_DUMMIES) if mix.flush else mix)
    return _with(after, dummies=mix.dummies), sends


def _fakes(net: Net, mix: Any) -> tuple[list[bytes], list[bytes]]:
    """The dummies that a mix is about to make, for the pool and for the output."""

    def coins(name: str) -> Any:
        return lambda place: int.from_bytes(net.draw(mix.seed, name, mix.flush + 1, place, 8))

    inside = net.dummy_count(mix.dummies.pool, coins("pool"))
    outside = net.dummy_count(mix.dummies.output, coins("exit"))
    made = [net.draw(mix.seed, "fake", mix.flush + 1, place, mix.size) for place in range(inside + outside)]
    return made[:inside], made[inside:]


def _fire_without(net: Net, mix: Any, **dummies: Law) -> tuple[Any, tuple[bytes, ...]]:
    """A flush with other laws."""
    after, sends = net.fire(_with(mix, dummies=_with(mix.dummies, **dummies)))
    return _with(after, dummies=mix.dummies), sends


@fault("MIX-20", "fire")
def ChangesThemRound(net: Net, mix: Any) -> Any:
    """The dummies for the pool leave, and those for the output go into the pool."""
    return _fire_without(net, mix, pool=mix.dummies.output, output=mix.dummies.pool)


@fault("MIX-20", "fire")
def PutsThemInTooLate(net: Net, mix: Any) -> Any:
    """Dummies go into the pool when it has been chosen what leaves."""
    inside, _ = _fakes(net, mix)
    after, sends = _fire_without(net, mix, pool=Constant(count=0))
    return _with(after, held=(*after.held, *inside)), sends


@fault("MIX-20", "fire")
def SendsThemLast(net: Net, mix: Any) -> Any:
    """Dummies leave after all messages of the batch."""
    _, outside = _fakes(net, mix)
    after, sends = _fire_without(net, mix, output=Constant(count=0))
    return after, (*sends, *outside)


@fault("MIX-20", "fire")
def SendsThemFirst(net: Net, mix: Any) -> Any:
    """Dummies leave before all messages of the batch."""
    _, outside = _fakes(net, mix)
    after, sends = _fire_without(net, mix, output=Constant(count=0))
    return after, (*outside, *sends)


@fault("MIX-20", "fire")
def PutsThemBeforeTheMessages(net: Net, mix: Any) -> Any:
    """Dummies for the pool stand before what came earlier."""
    inside, _ = _fakes(net, mix)
    return _fire_without(net, _with(mix, held=(*inside, *mix.held)), pool=Constant(count=0))


@fault("MIX-21", "draw")
def MakesThemShorter(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """A dummy is one byte shorter than a message."""
    data: bytes = net.draw(seed, name, flush, place, size - 1 if name == "fake" else size)
    return data


@fault("MIX-21", "draw")
def MakesThemOfZeros(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """A dummy is all zeros."""
    data: bytes = bytes(size) if name == "fake" else net.draw(seed, name, flush, place, size)
    return data


@fault("MIX-21", "draw")
def MarksThem(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """The first byte of a dummy says that it is one."""
    data: bytes = net.draw(seed, name, flush, place, size)
    return b"\0" + data[1:] if name == "fake" else data


@fault("MIX-21", "draw")
def MakesThemAlike(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """Every dummy is the first one once more."""
    data: bytes = net.draw(seed, name, *((0, 0) if name == "fake" else (flush, place)), size)
    return data


@law(
    "MIX-14",
    "MIX-19",
    "MIX-20",
    "MIX-21",
    needs=("mix.node",),
    faults=(
        BeginsEmpty,
        BeginsWithOneTooFew,
        BeginsWithOneTooMany,
        FillsThePoolWithOne,
        MakesOneAtMost,
        CountsTheLastCoin,
        TossesOneCoinFewer,
        CountsThoseThatDoNotFall,
        MakesTheMean,
        MakesThemOnce,
        ChangesThemRound,
        PutsThemInTooLate,
        SendsThemLast,
        SendsThemFirst,
        PutsThemBeforeTheMessages,
        MakesThemShorter,
        MakesThemOfZeros,
        MarksThem,
        MakesThemAlike,
    ),
)
def dummies_are_among_messages_from_the_beginning(net: Net, forall: Forall) -> None:
    """A pool is full from the beginning; with each flush its dummies and those of the batch are made, and mixed in."""
    told = begun(net, forall, dummies=some_dummies(forall), rules=POOLS, orders=["uniform"])
    for letter in forall(Schedules("aat", 10, 20), "schedule"):
        theirs, ours = told.tell(letter)
        assert theirs == ours


POOLS = [*of_kinds("threshold-pool", "timed-pool", "cottrell-r4", "binomial"), Timed(period=2), Threshold(threshold=3)]


@law(
    "MIX-19",
    "MIX-22",
    needs=("mix.dummies",),
    faults=(MakesOneAtMost, CountsTheLastCoin, TossesOneCoinFewer, CountsThoseThatDoNotFall, MakesTheMean),
)
def a_law_makes_as_many_dummies_as_its_coins_say(net: Net, forall: Forall) -> None:
    """Each coin is on one side of its bound or the other; with too few coins, and only then, there is no answer."""
    chance = Fraction(forall(range(6), "chance"), 5)
    trials = forall(range(6), "trials")
    law: Law = forall([Constant(count=trials), Geometric(again=chance), Trials(trials=trials, chance=chance)], "law")
    edges = [0, bound(chance) - 1, bound(chance), 2**64 - 1]
    edges = [coin for coin in edges if 0 <= coin < 2**64]
    coins = [forall(edges, f"coin {number}") for number in range(forall(range(8), "coins"))]
    ends = chance < 1 or law.law != "geometric"
    try:
        count = net.count(law, [coin.to_bytes(8) for coin in coins])
    except Reject as refusal:
        assert refusal.clause == ("MIX-19" if ends else "MIX-22")
        if ends and law.law == "geometric":
            assert all(coin < bound(chance) for coin in coins)
        else:
            assert not ends or (law.law == "binomial" and len(coins) < trials)
    else:
        assert count == tossed(law, coins.__getitem__)


@fault("MIX-22", "check_law")
def TakesLawsThatNeverEnd(net: Net, law: Law) -> None:
    """One more dummy may be certain."""
    if law.law != "geometric":
        net.check_law(law)


@fault("MIX-22", "check_law")
def TakesAgainOfOne(net: Net, law: Law) -> None:
    """One more dummy may be certain, but not more than that."""
    if law.law != "geometric" or law.again > 1:
        net.check_law(law)


@fault("MIX-22", "check_law")
def TakesChancesAboveOne(net: Net, law: Law) -> None:
    """A coin of a chance above 1 always falls."""
    if law.law != "binomial":
        net.check_law(law)


@fault("MIX-22", "check_law")
def RefusesCertainty(net: Net, law: Law) -> None:
    """A coin that always falls is refused."""
    if law.law == "binomial" and law.chance == 1:
        raise Reject("MIX-22", "a chance has to be below 1")
    net.check_law(law)


@fault("MIX-22", "check_dummies")
def LooksAtOneLaw(net: Net, dummies: Dummies) -> None:
    """Only the law of the pool is looked at."""
    net.check_law(dummies.pool)


@law(
    "MIX-4",
    "MIX-22",
    needs=("mix.node",),
    exact=True,
    proves="laws of chances 1/2, 1 and 3/2 in both places, sizes 0 and 1",
    faults=(
        TakesLawsThatNeverEnd,
        TakesAgainOfOne,
        TakesChancesAboveOne,
        RefusesCertainty,
        LooksAtOneLaw,
        TakesEmptyMessages,
    ),
)
def a_mix_begins_only_with_what_it_can_keep_to(net: Net, forall: Forall) -> None:
    """A law that never ends, a chance above 1 or messages of no bytes are refused before anything has come."""
    laws: dict[str, Law] = {}
    for place in ("pool", "output"):
        chance = forall([Fraction(1, 2), Fraction(1), Fraction(3, 2)], f"chance {place}")
        laws[place] = forall([Geometric(again=chance), Trials(trials=2, chance=chance)], place)
    size = forall([0, 1], "size")
    faults = {
        "MIX-4": size == 0,
        "MIX-22": any(
            each.again >= 1 if isinstance(each, Geometric) else isinstance(each, Trials) and each.chance > 1
            for each in laws.values()
        ),
    }
    try:
        net.begin(Threshold(threshold=2), size, "uniform", Dummies(**laws), _hash(b"seed"))
    except Reject as refusal:
        assert faults[refusal.clause]
    else:
        assert not any(faults.values())


# ---- draws ----


@fault("MIX-18", "draw")
def ForgetsTheSeparator(_net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """There is no byte between seed and label."""
    label = name.encode() + flush.to_bytes(8) + place.to_bytes(8)
    return hashlib.shake_256(seed + label).digest(size if name == "fake" else 8)


@fault("MIX-18", "draw")
def WritesNumbersBackwards(_net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """Numbers in labels are little-endian."""
    label = name.encode() + flush.to_bytes(8, "little") + place.to_bytes(8, "little")
    return hashlib.shake_256(seed + b"\0" + label).digest(size if name == "fake" else 8)


@fault("MIX-18", "draw")
def WritesShorterNumbers(_net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """Numbers in labels have seven bytes."""
    label = name.encode() + flush.to_bytes(7) + place.to_bytes(7)
    return hashlib.shake_256(seed + b"\0" + label).digest(size if name == "fake" else 8)


@fault("MIX-18", "draw")
def ForgetsTheFlush(net: Net, seed: bytes, name: str, _flush: int, place: int, size: int) -> bytes:
    """Every flush draws the same."""
    data: bytes = net.draw(seed, name, 0, place, size)
    return data


@fault("MIX-18", "draw")
def ForgetsThePlace(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """All choices of a flush are the same; not so the coins of dummies, which might then never end."""
    data: bytes = net.draw(seed, name, flush, place if name in ("pool", "exit") else 0, size)
    return data


@fault("MIX-18", "draw")
def ForgetsTheName(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """The order is drawn with the draws that chose what leaves."""
    data: bytes = net.draw(seed, "fake" if name == "fake" else "take", flush, place, size)
    return data


@fault("MIX-18", "draw")
def PutsThePlaceFirst(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """The number of the draw stands before that of the flush."""
    data: bytes = net.draw(seed, name, place, flush, size)
    return data


@fault("MIX-18", "draw")
def IgnoresItsSeed(net: Net, _seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """All mixes draw the same."""
    data: bytes = net.draw(bytes(32), name, flush, place, size)
    return data


@fault("MIX-18", "draw")
def HashesWithSHA256(_net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """Draws come from another hash."""
    label = seed + b"\0" + name.encode() + flush.to_bytes(8) + place.to_bytes(8)
    return (_hash(label) * (1 + size // 32))[: size if name == "fake" else 8]


@fault("MIX-18", "draw")
def DrawsAsManyBytesForAll(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """A dummy has the size of every other draw."""
    data: bytes = net.draw(seed, name, flush, place, 8)
    return data


@fault("MIX-18", "fire")
def CountsFlushesFromZero(net: Net, mix: Any) -> Any:
    """The first flush has the number of what was there from the beginning."""
    after, sends = net.fire(_with(mix, flush=mix.flush - 1))
    return _with(after, flush=mix.flush + 1), sends


@fault("MIX-18", "fire")
def NumbersDummiesOfTheOutputAnew(net: Net, mix: Any) -> Any:
    """The dummies for the output have the numbers of those for the pool."""
    inside, outside = _fakes(net, mix)
    anew = {
        fake: net.draw(mix.seed, "fake", mix.flush + 1, place, mix.size) for place, fake in enumerate(outside) if inside
    }
    after, sends = net.fire(mix)
    return after, tuple(anew.get(each, each) for each in sends)


@fault("MIX-18", "new_key")
def CountsFlushesAnew(net: Net, mix: Any) -> Any:
    """With a new key the numbers of the flushes begin again."""
    after, nothing = net.new_key(mix)
    return _with(after, flush=0), nothing


@law(
    "MIX-18",
    "MIX-21",
    needs=("mix.draw",),
    faults=(
        ForgetsTheSeparator,
        ForgetsTheFlush,
        ForgetsThePlace,
        ForgetsTheName,
        WritesNumbersBackwards,
        WritesShorterNumbers,
        PutsThePlaceFirst,
        IgnoresItsSeed,
        HashesWithSHA256,
        DrawsAsManyBytesForAll,
        MakesThemShorter,
        MakesThemOfZeros,
        MarksThem,
        MakesThemAlike,
    ),
)
def every_draw_has_a_label_of_its_own(net: Net, forall: Forall) -> None:
    """A draw is the beginning of the hash of seed and label, and the label is all that it is for."""
    seed, name = forall(Seeds(), "seed"), forall(["take", "coin", "sort", "pool", "exit", "fake"], "name")
    flush, place = (forall([0, 1, 255, 256, 2**40 + 7, 2**53 - 1], each) for each in ("flush", "place"))
    size = forall([1, 7, 8, 9, 40, 200], "size")
    assert net.draw(seed, name, flush, place, size) == drawn(seed, name, flush, place, size if name == "fake" else 8)


@law(
    "MIX-10",
    "MIX-11",
    "MIX-12",
    "MIX-13",
    "MIX-15",
    "MIX-16",
    "MIX-17",
    "MIX-18",
    needs=("mix.node",),
    faults=(ForgetsTheFlush, ForgetsTheName, CountsFlushesFromZero, NumbersDummiesOfTheOutputAnew, CountsFlushesAnew),
)
def batches_are_what_was_drawn(net: Net, forall: Forall) -> None:
    """Who knows the seed knows every batch beforehand: which messages, which dummies, and in which order."""
    told = begun(net, forall, dummies=some_dummies(forall))
    for letter in forall(Schedules("aaattk", 14, 30), "schedule"):
        theirs, ours = told.tell(letter)
        assert theirs == ours


@law(
    "MIX-18",
    "MIX-21",
    needs=("mix.node",),
    faults=(IgnoresItsSeed, ForgetsTheFlush, ForgetsThePlace, MakesThemOfZeros, MakesThemAlike, FillsThePoolWithOne),
)
def no_dummy_is_made_twice(net: Net, forall: Forall) -> None:
    """No two dummies of a mix are the same, whatever it goes through, and none is another mix's with another seed."""
    dummies = Dummies(pool=Constant(count=1), output=Constant(count=2))
    rule = forall(WITH_POOL, "rule")
    seen: list[bytes] = []
    one, other = forall(Seeds(), "seed"), forall(Seeds(), "another seed")
    for seed in {one, other}:
        told = Told(net, net.begin(rule, SIZE, "uniform", dummies, seed), Node(rule, "uniform", dummies, seed))
        for letter in forall(Schedules("aaattt", 12, 24), "schedule"):
            sends, _ = told.tell(letter)
            seen += [each for each in sends if each not in told.node.memory]
    assert len(seen) == len(set(seen))


# ---- what must not be lost ----


@fault("MIX-23", "fire")
def LosesOne(net: Net, mix: Any) -> Any:
    """The last message of a batch of several gets lost."""
    after, sends = net.fire(mix)
    return after, sends[:-1] if len(sends) > 1 else sends


@fault("MIX-23", "fire")
def KeepsACopy(net: Net, mix: Any) -> Any:
    """One message that leaves is held all the same."""
    after, sends = net.fire(mix)
    return _with(after, held=(*after.held, *sends[:1])), sends


@fault("MIX-23", "fire")
def SendsOneTwice(net: Net, mix: Any) -> Any:
    """The first message of a batch is in it twice."""
    after, sends = net.fire(mix)
    return after, (*sends, *sends[:1])


@fault("MIX-23", "arrive")
def TidiesUp(net: Net, mix: Any, content: bytes) -> Any:
    """Zeros and white space at the end of a message are taken for filling."""
    after, sends = net.arrive(mix, content)
    tidy = content.rstrip(b"\0 \n")
    held = tuple(tidy if each == content else each for each in after.held)
    return _with(after, held=held), tuple(tidy if each == content else each for each in sends)


@fault("MIX-23", "arrive")
def HoldsThreeAtMost(net: Net, mix: Any, content: bytes) -> Any:
    """When there are more than three, the one that was there first is thrown away."""
    after, sends = net.arrive(mix, content)
    return _with(after, held=after.held[-3:] if len(after.held) > 3 else after.held), sends


@fault("MIX-23", "new_key")
def ThrowsAwayWhatItHolds(net: Net, mix: Any) -> Any:
    """With a new key all that is held is gone."""
    after, nothing = net.new_key(mix)
    return _with(after, held=()), nothing


@law(
    "MIX-23",
    "MIX-10",
    "MIX-14",
    needs=("mix.node",),
    faults=(LosesOne, KeepsACopy, SendsOneTwice, TidiesUp, HoldsThreeAtMost, ThrowsAwayWhatItHolds, BeginsEmpty),
)
def nothing_is_lost_and_nothing_doubled(net: Net, forall: Forall) -> None:
    """What came and was made is what has left and what is held, each once and with all its bytes, at every moment."""
    told = begun(net, forall, dummies=some_dummies(forall))
    came: Counter[bytes] = Counter()
    gone: Counter[bytes] = Counter()
    schedule = forall(Schedules("aaaattk0", 12, 24), "schedule")
    for letter in schedule + "aattaaattaatt":
        if letter not in "kt" and told.node.refuses(message(int(letter) if letter.isdigit() else told.number)) is None:
            came[message(int(letter) if letter.isdigit() else told.number)] += 1
        sends, _ = told.tell(letter)
        gone.update(sends)
        there = came + Counter(told.node.made)
        assert gone <= there
        assert gone.total() + len(told.node.held) == there.total()


@law(
    "MIX-7",
    "MIX-8",
    "MIX-17",
    "MIX-20",
    "MIX-21",
    "MIX-23",
    needs=("mix.node", "mix.own"),
    faults=(LosesOne, SendsOneTwice, TidiesUp, MakesThemShorter, MakesThemAlike, MakesThemOnce, EndsPeriodsLate),
)
def what_a_program_draws_for_itself_is_within_the_rules(net: Net, forall: Forall) -> None:
    """Whatever is drawn: as many leave as the rule and the laws say, at its events, and each was held or is a dummy."""
    rule = forall([rule for rule in RULES if rule.kind != "binomial"], "rule")
    order, (inside, outside) = forall(ORDERS, "order"), forall([(0, 0), (1, 2), (0, 1)], "dummies")
    dummies = Dummies(pool=Constant(count=inside), output=Constant(count=outside))
    state = own_draws(net, rule, order, dummies, forall(Seeds(), "seed"))
    unknown = many = getattr(rule, "pool", 0)  # dummies not yet seen; and all that is held
    elapsed, number = 0, 0
    there: set[bytes] = set()
    seen: set[bytes] = set()
    for letter in forall(Schedules("aaattt", 10, 24), "schedule"):
        if letter == "a":
            there.add(message(number))
            state, sends = net.arrive(state, message(number))
            number, many = number + 1, many + 1
            now = fires(rule, many, at_arrival=True)
            elapsed = 0 if now else elapsed
        else:
            state, sends = net.tick(state)
            elapsed = (elapsed + 1) % getattr(rule, "period", 2**16)
            now = elapsed == 0 and fires(rule, many, at_arrival=False)
        if not now:
            assert not sends
            continue
        leave = QUOTAS[rule.kind](rule, many + inside)
        many, unknown = many + inside - leave, unknown + inside + outside
        assert len(sends) == leave + outside
        assert {len(each) for each in sends} <= {SIZE}
        new = set(sends) - there
        assert not new & seen
        assert len(set(sends)) == len(sends)
        unknown -= len(new)
        assert unknown >= 0
        there, seen = there - set(sends), seen | set(sends)
        assert len(there) + unknown == many
        assert order == "uniform" or list(sends) == sorted(sends)


def own_draws(net: Net, rule: Rule, order: Order, dummies: Dummies, seed: bytes) -> Any:
    """A mix that draws for itself; an implementation without randomness of its own is given this seed."""
    try:
        return net.begin(rule, SIZE, order, dummies, None)
    except Reject:
        return net.begin(rule, SIZE, order, dummies, seed)


# ---- taken up again ----


@fault("MIX-25", "resume")
def BeginsAnewFromGarbage(net: Net, record: str) -> Any:
    """What cannot be read as a record is an empty mix's."""
    try:
        return net.resume(record)
    except Reject:
        return net.begin(Threshold(threshold=2), SIZE, "uniform", NO_DUMMIES, bytes(32))


@fault("MIX-24", "record")
def ForgetsWhatItTook(net: Net, mix: Mix) -> str:
    """The memory is not written down."""
    text: str = net.record(mix.model_copy(update={"memory": frozenset()}))
    return text


@fault("MIX-24", "record")
def LosesWhatItHolds(net: Net, mix: Mix) -> str:
    """What is held is not written down."""
    text: str = net.record(mix.model_copy(update={"held": ()}))
    return text


@fault("MIX-24", "record")
def TurnsTheMessagesRound(net: Net, mix: Mix) -> str:
    """What is held is written down in another order."""
    text: str = net.record(mix.model_copy(update={"held": mix.held[::-1]}))
    return text


@fault("MIX-24", "record")
def RestartsTheTimer(net: Net, mix: Mix) -> str:
    """A period begins when the mix is taken up."""
    text: str = net.record(mix.model_copy(update={"elapsed": 0}))
    return text


@fault("MIX-24", "record")
def BeginsTheFlushesAnew(net: Net, mix: Mix) -> str:
    """The draws of the first flush come once more."""
    text: str = net.record(mix.model_copy(update={"flush": 0}))
    return text


@fault("MIX-24", "record")
def TakesAnotherSeed(net: Net, mix: Mix) -> str:
    """The seed is not written down."""
    text: str = net.record(mix.model_copy(update={"seed": _hash(mix.seed)}))
    return text


@fault("MIX-25", "resume")
def TakesEmptyRecords(net: Net, record: str) -> Any:
    """No record at all is an empty mix's."""
    if not record:
        return net.begin(Threshold(threshold=2), SIZE, "uniform", NO_DUMMIES, bytes(32))
    return net.resume(record)


@law(
    "MIX-24",
    "MIX-25",
    needs=("mix.node", "mix.resume"),
    faults=(
        BeginsAnewFromGarbage,
        TakesEmptyRecords,
        ForgetsWhatItTook,
        LosesWhatItHolds,
        TurnsTheMessagesRound,
        RestartsTheTimer,
        BeginsTheFlushesAnew,
        TakesAnotherSeed,
    ),
)
def taken_up_again_it_goes_on_as_before(net: Net, forall: Forall) -> None:
    """Written down and taken up after every event, a mix does what it would have done; half a record is refused."""
    told = begun(net, forall, dummies=some_dummies(forall))
    record = ""
    for letter in forall(Schedules("aaat0k", 6, 14) if forall(bool, "short") else TIMES, "schedule"):
        theirs, ours = told.tell(letter)
        assert theirs == ours
        written, record = net.write_down(told.state)
        told.state = net.resume(record)
    part = record[: forall([0, 1, len(record) // 2, len(record) - 1], "characters")]
    for wrong in (part, record.replace(record[len(record) // 2], "\N{SNOWMAN}"), "not a record"):
        try:
            net.resume(wrong)
        except Reject as refusal:
            assert refusal.clause == "MIX-25"
        else:
            raise AssertionError(f"taken for a record: {wrong!r:.80}")
    theirs, ours = Told(net, written, told.node, told.number).tell("t")
    assert theirs == ours


TIMES = Schedules("attt01", 8, 20)

# ---- what one would believe ----

SEEDS = range(40)


def _counted(net: Net, rule: Rule, number: int = 0) -> Told:
    """A mix without dummies whose seed has a number."""
    seed = _hash(number.to_bytes(4))
    return Told(net, net.begin(rule, SIZE, "uniform", NO_DUMMIES, seed), Node(rule, "uniform", NO_DUMMIES, seed))


@not_a_law("MIX-7", needs=("mix.node",), exact=True)
def every_message_leaves_after_some_time(net: Net, forall: Forall) -> None:
    """A message that came has left after a hundred ticks."""
    told = _counted(net, forall([Timed(period=3), TimedPool(period=1, pool=1), Threshold(threshold=2)], "rule"))
    left = told.tell("a")[0]
    for _ in range(100):
        left += told.tell("t")[0]
    assert message(0) in left


@not_a_law("MIX-11", "MIX-15", needs=("mix.node",), exact=True)
def every_message_leaves_after_some_flushes(net: Net, forall: Forall) -> None:
    """A message that came to a pool has left when the pool has been flushed five times."""
    told = _counted(net, ThresholdPool(threshold=1, pool=3), forall(SEEDS, "seed"))
    assert message(0) in [each for letter in "aaaaa" for each in told.tell(letter)[0]]


@not_a_law("MIX-15", needs=("mix.node",), exact=True)
def who_came_first_leaves_no_later(net: Net, forall: Forall) -> None:
    """Of two messages in a pool the one that came first leaves no later than the other."""
    told = _counted(
        net, forall([Threshold(threshold=2), ThresholdPool(threshold=2, pool=2)], "rule"), forall(SEEDS, "seed")
    )
    left = [message(0) in batch for batch in (told.tell(letter)[0] for letter in "aaaaaa") if message(1) in batch]
    assert all(left)


@not_a_law("MIX-8", "MIX-10", needs=("mix.node",), exact=True)
def nobody_leaves_alone(net: Net, forall: Forall) -> None:
    """When a message leaves, another one leaves with it."""
    told = _counted(net, forall([Threshold(threshold=2), Timed(period=2)], "rule"))
    sizes = [len(told.tell(letter)[0]) for letter in "att"]
    assert 1 not in sizes


@not_a_law("MIX-8", needs=("mix.node",), exact=True)
def every_period_s_end_sends_something(net: Net, forall: Forall) -> None:
    """At the end of each period somebody gets something, so that an observer counts the periods."""
    rule = forall([rule for rule in TIMED_KINDS if rule.kind in ENOUGH_AT_END], "rule")
    told = _counted(net, rule)
    told.tell("a")
    batches = [told.tell("t")[0] for _ in range(rule.period)]
    assert batches[-1]


@not_a_law("MIX-5", "MIX-6", needs=("mix.node",), exact=True)
def no_message_leaves_twice(net: Net, forall: Forall) -> None:
    """A copy never leaves, whatever happened since."""
    told = _counted(net, Threshold(threshold=2))
    schedule = forall(["aa01aa", "aaa0a", "aak01"], "schedule")
    left = Counter(each for letter in schedule for each in told.tell(letter)[0])
    assert max(left.values()) == 1


@not_a_law("MIX-24", needs=("mix.node", "mix.resume"), exact=True)
def an_old_record_does_no_harm(net: Net, forall: Forall) -> None:
    """Whichever record a mix is taken up from, it sends nothing that has left already."""
    told = _counted(net, Threshold(threshold=3))
    records = []
    left: list[bytes] = []
    for letter in "aaa":
        told.state, record = net.write_down(told.state)
        records.append(record)
        left += told.tell(letter)[0]
    state = net.resume(records[forall([2, 1, 0], "messages that had come")])
    state, sends = net.arrive(state, message(7))
    assert not set(sends) & set(left)
