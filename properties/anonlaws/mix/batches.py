"""Laws of which messages leave and in which order: that nobody who sees a batch can link it to what came.

An observer has two messages that he saw come in, and a batch. The cover story is that the two senders are swapped, and
that the mix drew otherwise: its witness is the tape of draws which takes the same messages from their exchanged places.
Each tape has exactly one such counterpart, so that both stories are equally likely.
"""

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, permutations
from math import lcm, perm
from typing import Any, TypeVar

from hypothesis import strategies as st

from anonlaws import chance
from anonlaws.chance import Choose
from anonlaws.crowds.wire import of_place
from anonlaws.law import Forall, Integers, Seeds, fault, law, not_a_law
from anonlaws.mix.wire import NO_DUMMIES, Net, bound, taken
from anonspec.mix.model import Binomial, Cottrell, Rule, Taken, Threshold, ThresholdPool, TimedPool, Trials
from anonspec.shape import Reject

T = TypeVar("T")
Coins = Callable[[int], int]

# ---- places, orders and exchanges ----


def places_for(order: Sequence[int], options: int) -> list[int]:
    """The places at which this order is taken out of so many: the tape behind an order."""
    left, places = list(range(options)), []
    for each in order:
        places.append(left.index(each))
        left[places[-1]] = left[-1]
        left.pop()
    return places


def taken_at(places: Sequence[int], options: int) -> tuple[list[int], list[int]]:
    """Which of so many are taken at these places, and which are left, in the order in which they are."""
    draws = draws_of(places, options)
    return taken(range(options), [draws(number) for number in range(len(places))])


def exchanged(messages: Sequence[T], a: int, b: int) -> list[T]:
    """The messages, those at two places in each other's."""
    out = list(messages)
    out[a], out[b] = out[b], out[a]
    return out


def swapped(place: int, a: int, b: int) -> int:
    """Where an exchange of two places leads."""
    return b if place == a else a if place == b else place


def draws_of(places: Sequence[int], options: int) -> Coins:
    """Draws that pick these places, among one less each time."""
    numbers = [int.from_bytes(of_place(place, options - before)) for before, place in enumerate(places)]
    return lambda number: numbers[number]


def tape(forall: Forall, options: int, many: int, name: str = "place") -> list[int]:
    """Any places at which so many are taken."""
    return [forall(range(options - before), f"{name} {before}") for before in range(many)]


def words(forall: Forall, many: int) -> list[Any]:
    """Any messages, as numbers."""
    return [forall(Integers(), f"message {place}") for place in range(many)]


def drawing(choose: Choose, options: int, sectors: int = 0) -> Coins:
    """Draws that are chosen when they are asked for: a place among one less each time, or else one of the sectors."""
    known: dict[int, int] = {}

    def draw(number: int) -> int:
        if number not in known:
            among = sectors or options - number
            known[number] = int.from_bytes(of_place(choose.among(range(among)), among))
        return known[number]

    return draw


# ---- what is taken ----


@fault("MIX-15", "pick")
def SendsInOrderOfArrival(_net: Net, messages: Sequence[T], places: Sequence[int]) -> tuple[list[T], list[T]]:
    """Whatever is drawn, those that came first are taken, one after the other."""
    return list(messages[: len(places)]), list(messages[len(places) :])


@fault("MIX-15", "pick")
def SendsTheLatestFirst(_net: Net, messages: Sequence[T], places: Sequence[int]) -> tuple[list[T], list[T]]:
    """Whatever is drawn, those that came last are taken, the very last one first."""
    stays = len(messages) - len(places)
    return list(messages[stays:])[::-1], list(messages[:stays])


@fault("MIX-15", "pick")
def TakesWithoutRemoving(_net: Net, messages: Sequence[T], places: Sequence[int]) -> tuple[list[T], list[T]]:
    """What is taken stays where it was, and the last message is lost instead."""
    out, left = [], list(messages)
    for place in places:
        out.append(left[place])
        left.pop()
    return out, left


@fault("MIX-15", "pick")
def ForgetsToMoveTheLast(_net: Net, messages: Sequence[T], places: Sequence[int]) -> tuple[list[T], list[T]]:
    """Those behind the one that is taken move up."""
    left = list(messages)
    return [left.pop(place) for place in places], left


@fault("MIX-15", "spot")
def TakesTheRemainder(_net: Net, choice: int, options: int) -> int:
    """A draw is taken modulo the number of places."""
    return choice % options


@fault("MIX-15", "spot")
def NeverTakesTheLast(net: Net, choice: int, options: int) -> int:
    """The last place is never picked as long as there is another."""
    place: int = net.spot(choice, max(1, options - 1))
    return place


@fault("MIX-15", "places")
def ShufflesNaively(net: Net, draws: Sequence[int], options: int) -> list[int]:
    """Each place in turn is swapped with any place, those before it included."""
    order = list(range(options))
    for place, choice in enumerate(draws):
        order = exchanged(order, place, net.spot(choice, options))
    return places_for(order[: len(draws)], options)


@fault("MIX-15", "places")
def RotatesOnly(net: Net, draws: Sequence[int], options: int) -> list[int]:
    """It is drawn where to begin, and from there all follow in order."""
    begin = net.spot(draws[0], options) if draws else 0
    return places_for([(begin + after) % options for after in range(len(draws))], options)


@fault("MIX-16", "places")
def SortsByTwoBits(net: Net, draws: Sequence[int], options: int) -> list[int]:
    """A whole batch is sorted by two random bits for each message; where they are equal, the order stays."""
    if len(draws) != options:
        places: list[int] = net.places(draws, options)
        return places
    return places_for(sorted(range(options), key=lambda place: draws[place] >> 62), options)


@fault("MIX-15", "take")
def ReadsDrawsBackwards(net: Net, messages: Sequence[bytes], draws: Sequence[bytes]) -> Taken:
    """Draws are read as little-endian numbers."""
    out: Taken = net.take(messages, [draw[::-1] for draw in draws])
    return out


@fault("MIX-15", "take")
def TakesMoreThanThereAre(net: Net, messages: Sequence[bytes], draws: Sequence[bytes]) -> Taken:
    """Where there are more draws than messages, all are taken and nothing is said."""
    out: Taken = net.take(messages, draws[: len(messages)])
    return out


TAKING = (
    SendsInOrderOfArrival,
    SendsTheLatestFirst,
    TakesWithoutRemoving,
    TakesTheRemainder,
    NeverTakesTheLast,
    ShufflesNaively,
    RotatesOnly,
)
"""What those do who do not take uniformly."""


def some_draw(forall: Forall, name: str) -> bytes:
    """Any draw; often one at which another place begins, or the one before."""
    options = forall(range(1, 8), f"{name} near")
    place = forall(range(options), f"{name} at")
    begin = int.from_bytes(of_place(place, options))
    number: int = (begin + forall([0, 0, -1, 1, 2**61 + 77], f"{name} off")) % 2**64
    return number.to_bytes(8)


@law(
    "MIX-15",
    needs=("mix.shuffle",),
    faults=(*TAKING, ForgetsToMoveTheLast, ReadsDrawsBackwards, TakesMoreThanThereAre),
)
def what_is_taken_is_what_the_draws_say(net: Net, forall: Forall) -> None:
    """One draw, one message, in the order stated, what is left too; there cannot be more draws than messages."""
    messages = [bytes([forall(range(256), f"message {place}")]) for place in range(forall(range(8), "messages"))]
    draws = [some_draw(forall, f"draw {number}") for number in range(forall(range(8), "draws"))]
    try:
        out = net.take(messages, draws)
    except Reject as refusal:
        assert refusal.clause == "MIX-15"
        assert len(draws) > len(messages)
    else:
        assert len(draws) <= len(messages)
        out_of, left = taken(messages, [int.from_bytes(draw) for draw in draws])
        assert (list(out.taken), list(out.left)) == (out_of, left)


@law(
    "MIX-15",
    needs=("mix.shuffle",),
    exact=True,
    proves="1 to 7 places, the first draw of each, the last one and one in the middle",
    faults=(TakesTheRemainder, NeverTakesTheLast, ReadsDrawsBackwards, SendsInOrderOfArrival, SendsTheLatestFirst),
)
def every_place_has_the_same_share(net: Net, forall: Forall) -> None:
    """Of all 2^64 draws, each place has as many as any other, to within one, in the order of the places."""
    options = forall(range(1, 8), "places")
    starts = [int.from_bytes(of_place(place, options)) for place in range(options)]
    ends = [start - 1 for start in [*starts[1:], 2**64]]
    shares = [end - start for start, end in zip(starts, ends, strict=True)]
    assert max(shares) - min(shares) <= 1
    messages = [bytes([place]) for place in range(options)]
    for message, start, end in zip(messages, starts, ends, strict=True):
        for draw in (start, (start + end) // 2, end):
            assert net.take(messages, [draw.to_bytes(8)]).taken == (message,)


@law(
    "MIX-15",
    needs=("mix.shuffle",),
    exact=True,
    proves="up to 5 messages, any number of them taken",
    faults=TAKING,
)
def every_order_is_equally_likely(net: Net, forall: Forall) -> None:
    """All selections in all orders have the same chance, so a batch says nothing about who came when; none is lost."""
    held = forall(range(1, 6), "held")
    many = forall(range(held + 1), "taken")
    messages = [bytes([7 * place + 40]) for place in range(held)]

    def batch(choose: Choose) -> tuple[bytes, ...]:
        draw = drawing(choose, held)
        out = net.take(messages, [draw(number).to_bytes(8) for number in range(many)])
        assert sorted((*out.taken, *out.left)) == messages
        return tuple(out.taken)

    found = chance.distribution(batch)
    assert found == dict.fromkeys(permutations(messages, many), Fraction(1, perm(held, many)))


@law(
    "MIX-15",
    needs=("mix.shuffle",),
    exact=True,
    proves="up to 3 messages, each draw in any of six equal parts of all draws",
    faults=TAKING,
)
def a_shuffle_is_fair_over_all_its_draws(net: Net, forall: Forall) -> None:
    """However many parts the draws are divided into, all orders have the same chance: n^n is not divided by n!."""
    held = forall(range(1, 4), "held")
    messages = [bytes([place]) for place in range(held)]

    def batch(choose: Choose) -> tuple[bytes, ...]:
        draw = drawing(choose, held, sectors=lcm(1, 2, 3))
        return tuple(net.take(messages, [draw(number).to_bytes(8) for number in range(held)]).taken)

    assert chance.distribution(batch) == dict.fromkeys(permutations(messages), Fraction(1, perm(held)))


# ---- cover stories ----


@law(
    "MIX-15",
    sampled=False,
    proves="up to 5 messages of any content, any number of them taken, every tape",
    by="exchanging two places is a bijection of tapes, and keeps their chances",
    faults=(SendsInOrderOfArrival, SendsTheLatestFirst, TakesWithoutRemoving),
    source="Chaum 1981",
)
def swapped_senders_have_a_cover_story(net: Net, forall: Forall) -> None:
    """Swap any two senders: another tape lets the same messages leave in the same order, and the same ones stay."""
    held = forall(range(2, 6), "held")
    many = forall(range(1, held + 1), "taken")
    a, b = forall(list(combinations(range(held), 2)), "swapped")
    places, messages = tape(forall, held, many), words(forall, held)
    order, staying = taken_at(places, held)
    story = places_for([swapped(each, a, b) for each in order], held)
    other_order, other_staying = taken_at(story, held)
    assert places_for([swapped(each, a, b) for each in other_order], held) == places  # its own inverse
    batch, left = net.pick(messages, places)
    other, other_left = net.pick(exchanged(messages, a, b), story)
    assert batch == other
    assert left == [other_left[other_staying.index(swapped(each, a, b))] for each in staying]


@law(
    "MIX-15",
    sampled=False,
    proves="every number of messages",
    by="taking one touches two places at most, so that the two swapped ones, the one taken, the last one and one more "
    "stand for all; and induction over those taken",
    faults=(SendsInOrderOfArrival, SendsTheLatestFirst, TakesWithoutRemoving),
)
def taking_one_keeps_the_cover_story(net: Net, forall: Forall) -> None:
    """Two mixes that hold the same but for an exchange of two places still do after the same message was taken."""
    held = forall(range(1, 7), "held")
    a, b, place = (forall(range(held), name) for name in ("one sender", "other sender", "place"))
    messages = words(forall, held)
    batch, left = net.pick(messages, [place])
    other, other_left = net.pick(exchanged(messages, a, b), [swapped(place, a, b)])
    assert batch == other
    last = held - 1
    if place in (a, b) and last in (a, b):
        assert other_left == left  # from now on there is nothing to tell apart
    elif place in (a, b):
        assert other_left == exchanged(left, a, b)
    else:
        assert other_left == exchanged(left, *(place if each == last else each for each in (a, b)))


@fault("MIX-15", "select")
def KeepsTheNewest(net: Net, rule: Rule, held: Sequence[Any], choices: Coins, coins: Coins) -> tuple[Any, Any]:
    """Those that leave are taken out of the oldest; the newest make up the pool."""
    if rule.kind == "binomial":
        out: tuple[Any, Any] = net.select(rule, held, choices, coins)
        return out
    many = net.quota(rule, len(held))
    batch, _ = net.pick(held[:many], net.places([choices(number) for number in range(many)], many))
    return batch, list(held[many:])


@fault("MIX-15", "select")
def KeepsTheOldest(net: Net, rule: Rule, held: Sequence[Any], choices: Coins, coins: Coins) -> tuple[Any, Any]:
    """Those that leave are taken out of the newest; what was in the pool once never leaves."""
    if rule.kind == "binomial":
        out: tuple[Any, Any] = net.select(rule, held, choices, coins)
        return out
    many = net.quota(rule, len(held))
    stay = len(held) - many
    batch, _ = net.pick(held[stay:], net.places([choices(number) for number in range(many)], many))
    return batch, list(held[:stay])


@fault("MIX-16", "arrange")
def LeavesTheOrder(net: Net, batch: Sequence[Any], order: str, choices: Coins) -> list[Any]:
    """What was chosen leaves as it was chosen, and dummies after it."""
    return list(batch) if order == "uniform" else list(net.arrange(batch, order, choices))


@fault("MIX-16", "arrange")
def LeavesTheLastWhereItIs(net: Net, batch: Sequence[Any], order: str, choices: Coins) -> list[Any]:
    """All but the last of a batch are put in a random order."""
    if order != "uniform":
        return list(net.arrange(batch, order, choices))
    return [*net.arrange(batch[:-1], order, choices), *batch[-1:]]


@fault("MIX-16", "arrange")
def SortsByHash(net: Net, batch: Sequence[Any], order: str, choices: Coins) -> list[Any]:
    """The order is that of the messages' hashes, for anybody to compute."""
    if order != "uniform":
        return list(net.arrange(batch, order, choices))
    return sorted(batch, key=lambda message: hashlib.sha256(repr(message).encode()).digest())


FLUSHES: list[tuple[Rule, int]] = [
    (ThresholdPool(threshold=1, pool=2), 1),
    (ThresholdPool(threshold=2, pool=1), 2),
    (TimedPool(period=1, pool=2), 1),
    (Cottrell(kind="cottrell-r4", period=1, threshold=1, pool=1, fraction=Fraction(2, 3)), 2),
    (Threshold(threshold=3), 3),
    (Binomial(period=1, chances=(Fraction(1, 2),)), 0),
]
"""Rules, and how many of three messages they let leave; the last one each message or not, by a coin."""


@law(
    "MIX-13",
    "MIX-15",
    "MIX-16",
    sampled=False,
    proves="3 messages of any content, a rule of each kind of choice, every tape",
    by="exchanging two places is a bijection of tapes, and keeps their chances",
    faults=(SendsInOrderOfArrival, KeepsTheNewest, KeepsTheOldest, ShufflesNaively, RotatesOnly),
)
def a_flush_gives_every_two_messages_a_cover_story(net: Net, forall: Forall) -> None:
    """Choice and order together: swap two that are held, and other draws let the same leave in the same order."""
    rule, many = forall(FLUSHES, "rule")
    held = words(forall, 3)
    a, b = forall([(0, 1), (0, 2), (1, 2)], "swapped")
    if isinstance(rule, Binomial):
        tosses = [forall([0, 2**64 - 1], f"coin {place}") for place in range(3)]
        leave = [place for place in range(3) if tosses[place] == 0]
        choices, story_choices = draws_of([], 3), draws_of([], 3)
        story_leave = [place for place in range(3) if tosses[swapped(place, a, b)] == 0]
    else:
        tosses = [0, 0, 0]
        places = tape(forall, 3, many)
        leave = taken_at(places, 3)[0]
        story_leave = [swapped(place, a, b) for place in leave]
        choices, story_choices = draws_of(places, 3), draws_of(places_for(story_leave, 3), 3)
    sorting = tape(forall, len(leave), len(leave), "sorted")
    order = [swapped(leave[each], a, b) for each in taken_at(sorting, len(leave))[0]]
    story_sorting = places_for([story_leave.index(place) for place in order], len(leave))

    def sends(messages: list[Any], choices: Coins, coins: Coins, sorting: list[int]) -> list[Any]:
        batch, _ = net.select(rule, messages, choices, coins)
        out: list[Any] = net.arrange(batch, "uniform", draws_of(sorting, len(leave)))
        return out

    story = sends(exchanged(held, a, b), story_choices, lambda place: tosses[swapped(place, a, b)], story_sorting)
    assert sends(held, choices, lambda place: tosses[place], sorting) == story


@law(
    "MIX-11",
    "MIX-12",
    "MIX-15",
    sampled=False,
    exact=True,
    proves="thresholds and pools of 1 to 3, up to 5 messages; the pool of Cottrell's mix as well",
    faults=(KeepsTheNewest, KeepsTheOldest, SendsInOrderOfArrival, RotatesOnly, NeverTakesTheLast),
)
def the_pool_has_no_age(net: Net, forall: Forall) -> None:
    """Those that have been in the pool for long leave as often as those that have just come, in whatever order."""
    pool, new = forall(range(1, 4), "pool"), forall(range(1, 4), "came")
    rule: Rule = forall([ThresholdPool(threshold=1, pool=pool), TimedPool(period=1, pool=pool)], "rule")
    many, held = new, pool + new
    if held > 5:
        rule, many, held = Cottrell(kind="cottrell-r4", period=1, threshold=1, pool=1, fraction=Fraction(1, 2)), 2, 4

    def leave(choose: Choose) -> tuple[int, ...]:
        batch, left = net.select(rule, range(held), drawing(choose, held), lambda _: 0)
        assert sorted([*batch, *left]) == list(range(held))
        return tuple(batch)

    expected = dict.fromkeys(permutations(range(held), many), Fraction(1, perm(held, many)))
    assert chance.distribution(leave) == expected


# ---- coins ----


@fault("MIX-13", "falls")
def TurnsTheCoinOver(net: Net, chance: Fraction, coin: int) -> bool:
    """What should fall does not, and the other way round."""
    return not net.falls(chance, coin)


@fault("MIX-19", "falls")
def FallsAtTheBound(_net: Net, chance: Fraction, coin: int) -> bool:
    """A coin equal to the bound counts as below it."""
    return coin <= bound(chance)


@fault("MIX-19", "falls")
def TossesInFloats(_net: Net, chance: Fraction, coin: int) -> bool:
    """Coin and chance are made floating-point numbers before they are compared."""
    return coin / 2**64 < chance.numerator / chance.denominator


@fault("MIX-13", "select")
def CountsChancesFromOne(net: Net, rule: Any, held: Sequence[Any], choices: Coins, coins: Coins) -> tuple[Any, Any]:
    """The first chance of the list is that of one message."""
    if rule.kind == "binomial":
        rule = rule.model_copy(update={"chances": (rule.chances[0], *rule.chances)})
    out: tuple[Any, Any] = net.select(rule, held, choices, coins)
    return out


@fault("MIX-13", "select")
def BeginsTheListAnew(net: Net, rule: Any, held: Sequence[Any], choices: Coins, coins: Coins) -> tuple[Any, Any]:
    """Where the list of chances ends it begins again."""
    if rule.kind == "binomial":
        rule = rule.model_copy(update={"chances": (rule.chances[len(held) % len(rule.chances)],)})
    out: tuple[Any, Any] = net.select(rule, held, choices, coins)
    return out


@fault("MIX-13", "select")
def LetsAFixedPartGo(net: Net, rule: Any, held: Sequence[Any], choices: Coins, coins: Coins) -> tuple[Any, Any]:
    """The part P(m) of a binomial mix leaves, no more and no less."""
    if rule.kind != "binomial":
        out: tuple[Any, Any] = net.select(rule, held, choices, coins)
        return out
    many = net.share(rule.chances[min(len(held), len(rule.chances) - 1)], len(held))
    return list(held[:many]), list(held[many:])


@fault("MIX-13", "select")
def TossesOneCoin(net: Net, rule: Any, held: Sequence[Any], choices: Coins, coins: Coins) -> tuple[Any, Any]:
    """One coin decides about all messages of a binomial mix."""
    out: tuple[Any, Any] = net.select(rule, held, choices, lambda _: coins(0))
    return out


@law(
    "MIX-13",
    "MIX-19",
    needs=("mix.dummies",),
    exact=True,
    proves="chances 0, 1/3, 1/2, 3/5, 10/11 and 1, the coins about the bound and at both ends",
    faults=(TurnsTheCoinOver, FallsAtTheBound, TossesInFloats),
)
def a_coin_falls_below_its_bound(net: Net, forall: Forall) -> None:
    """A coin of chance p falls if it is below p · 2^64 rounded down, and not at it: no binary fraction is 1/3."""
    p = forall([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(3, 5), Fraction(10, 11), Fraction(1)], "chance")
    below = bound(p)
    for coin in (0, below - 1, below, below + 1, 2**64 - 1):
        if 0 <= coin < 2**64:
            assert net.count(Trials(trials=1, chance=p), [coin.to_bytes(8)]) == (1 if coin < below else 0)


LISTS = [
    (Fraction(1, 3),),
    (Fraction(0), Fraction(1, 4), Fraction(1, 2)),
    (Fraction(1), Fraction(2, 3), Fraction(0), Fraction(3, 4)),
]


@law(
    "MIX-13",
    sampled=False,
    exact=True,
    proves="up to 5 messages, three lists of chances",
    faults=(
        TurnsTheCoinOver,
        CountsChancesFromOne,
        BeginsTheListAnew,
        LetsAFixedPartGo,
        TossesOneCoin,
        FallsAtTheBound,
    ),
    source="Díaz and Serjantov 2003",
)
def each_message_leaves_by_a_coin_of_its_own(net: Net, forall: Forall) -> None:
    """A binomial mix lets each of m messages go with chance P(m), independently of the others; all keep their order."""
    chances, held = forall(LISTS, "chances"), forall(range(6), "held")
    rule = Binomial(period=1, chances=chances)
    p = chances[held] if held < len(chances) else chances[-1]

    def leave(choose: Choose) -> tuple[int, ...]:
        coins = [bound(p) - 1 if choose.coin(p) else bound(p) for _ in range(held)]
        batch, left = net.select(rule, range(held), lambda _: 0, lambda place: coins[place])
        assert left == [place for place in range(held) if place not in batch]
        return tuple(batch)

    subsets = [each for size in range(held + 1) for each in combinations(range(held), size)]
    expected = {each: p ** len(each) * (1 - p) ** (held - len(each)) for each in subsets}
    assert chance.distribution(leave) == {each: weight for each, weight in expected.items() if weight}


# ---- the order ----


@law(
    "MIX-16",
    sampled=False,
    exact=True,
    proves="batches of up to 5",
    faults=(LeavesTheOrder, LeavesTheLastWhereItIs, SortsByHash, SortsByTwoBits, ShufflesNaively, RotatesOnly),
)
def a_uniform_order_is_uniform(net: Net, forall: Forall) -> None:
    """Every order of a batch, dummies at its end among it, is as likely as every other."""
    size = forall(range(1, 6), "size")
    found = chance.distribution(lambda choose: tuple(net.arrange(tuple(range(size)), "uniform", drawing(choose, size))))
    assert found == dict.fromkeys(permutations(range(size)), Fraction(1, perm(size)))


@fault("MIX-17", "arrange")
def SortsBackwards(net: Net, batch: Sequence[Any], order: str, choices: Coins) -> list[Any]:
    """The greatest comes first."""
    out: list[Any] = net.arrange(batch, order, choices)
    return out[::-1] if order == "lexicographic" else out


@fault("MIX-17", "arrange")
def SortsSignedBytes(net: Net, batch: Sequence[bytes], order: str, choices: Coins) -> list[bytes]:
    """Bytes from 128 on count as less than all others."""
    if order == "lexicographic":
        return sorted(batch, key=lambda message: bytes(byte ^ 128 for byte in message))
    return list(net.arrange(batch, order, choices))


@fault("MIX-17", "arrange")
def SortsByTheFirstByte(net: Net, batch: Sequence[bytes], order: str, choices: Coins) -> list[bytes]:
    """Messages with the same first byte stay in the order that they had."""
    if order == "lexicographic":
        return sorted(batch, key=lambda message: message[:1])
    return list(net.arrange(batch, order, choices))


@fault("MIX-17", "arrange")
def ShufflesAnyway(net: Net, batch: Sequence[Any], _order: str, choices: Coins) -> list[Any]:
    """Whatever was agreed on, the order is random."""
    out: list[Any] = net.arrange(batch, "uniform", choices)
    return out


@law(
    "MIX-17",
    sampled=False,
    proves="2 to 4 messages of any content",
    by="exchanges of neighbours make up every order",
    faults=(SortsBackwards, ShufflesAnyway),
    source="Chaum 1981",
)
def a_sorted_batch_forgets_who_came_first(net: Net, forall: Forall) -> None:
    """Two messages that came in the other order leave in the same order, which is ascending."""
    size = forall(range(2, 5), "size")
    at = forall(range(size - 1), "place")
    batch = words(forall, size)
    out = net.arrange(batch, "lexicographic", lambda _: 0)
    assert out == net.arrange(exchanged(batch, at, at + 1), "lexicographic", lambda _: 0)
    assert all(one <= next_one for one, next_one in pairwise(out))


class Tiles:
    """Different messages of two bytes, in any order, that differ in the first byte, in the second, or in the sign."""

    def strategy(self) -> st.SearchStrategy[list[bytes]]:
        tiles = [bytes([one, two]) for one in (0, 1, 127, 128, 255) for two in (0, 1, 127, 128, 255)]
        return st.permutations(tiles).flatmap(lambda order: st.integers(6, 20).map(lambda size: order[:size]))


@law(
    "MIX-17",
    needs=("mix.node", "mix.threshold"),
    faults=(SortsBackwards, SortsSignedBytes, SortsByTheFirstByte, ShufflesAnyway),
    source="Chaum 1981",
)
def a_sorted_batch_is_in_the_order_of_its_bytes(net: Net, forall: Forall) -> None:
    """Whatever came in whatever order, a mix with lexicographic order sends it in ascending order."""
    messages = forall(Tiles(), "messages")
    mix = net.begin(Threshold(threshold=len(messages)), 2, "lexicographic", NO_DUMMIES, forall(Seeds(), "seed"))
    for message in messages[:-1]:
        mix, sends = net.arrive(mix, message)
        assert list(sends) == []
    mix, sends = net.arrive(mix, messages[-1])
    assert list(sends) == sorted(messages)


# ---- what is no law ----


@not_a_law("MIX-18", sampled=False, proves="")
def swapped_senders_look_the_same_under_the_same_draws(net: Net, forall: Forall) -> None:
    """Who knows the draws learns nothing from a batch either."""
    held = forall([2, 3], "held")
    places, messages = tape(forall, held, held), words(forall, held)
    assert net.pick(messages, places)[0] == net.pick(exchanged(messages, 0, 1), places)[0]


@not_a_law("MIX-18", "MIX-24", sampled=False, proves="")
def draws_may_be_used_for_two_batches(net: Net, forall: Forall) -> None:
    """A tape may serve twice: the cover story for one batch fits the other, whose senders somebody knows."""
    places, first, second = tape(forall, 2, 2), words(forall, 2), words(forall, 2)
    story = places_for([swapped(each, 0, 1) for each in taken_at(places, 2)[0]], 2)
    assert net.pick(first, places)[0] == net.pick(exchanged(first, 0, 1), story)[0]
    assert net.pick(second, places)[0] == net.pick(second, story)[0]


@not_a_law("MIX-13", "MIX-16", sampled=False, proves="")
def coins_alone_hide_the_order(net: Net, forall: Forall) -> None:
    """In a binomial mix it is random who leaves, so that the batch need not be put in another order."""
    rule, held = Binomial(period=1, chances=(Fraction(1),)), words(forall, 2)
    batch, _ = net.select(rule, held, lambda _: 0, lambda _: 0)
    other, _ = net.select(rule, exchanged(held, 0, 1), lambda _: 0, lambda _: 0)
    assert batch == other


@not_a_law("MIX-4", sampled=False, proves="")
def messages_of_any_size_have_a_cover_story(net: Net, forall: Forall) -> None:
    """An observer who sees sizes as well cannot tell swapped senders apart."""
    places, sizes = tape(forall, 2, 2), [forall(Integers(1), f"bytes of {place}") for place in range(2)]
    story = places_for([swapped(each, 0, 1) for each in taken_at(places, 2)[0]], 2)
    other = exchanged(sizes, 0, 1)
    assert (sizes, net.pick(sizes, places)[0]) == (other, net.pick(other, story)[0])
