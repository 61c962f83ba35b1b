"""A program's own draws: whether its orders, its pool and its coins are fair, judged by exact binomial tails.

In two stages, so that an honest program is not called wrong by chance: a screen that one honest program in fifty does
not pass, and, for who does not pass it, a fresh and larger sample. Only what is seen there refutes, and only where
an honest program would show something as odd at most once in a million runs. In either stage, what is plain after a
part of the sample needs no more of it.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, permutations, product
from typing import Any, TypeVar

from anonlaws.crowds.statistics import odd
from anonlaws.law import Forall, fault, law
from anonlaws.mix.batches import (
    KeepsTheNewest,
    KeepsTheOldest,
    LeavesTheOrder,
    RotatesOnly,
    SendsInOrderOfArrival,
    SendsTheLatestFirst,
    ShufflesNaively,
    SortsByHash,
    SortsByTwoBits,
    TossesOneCoin,
    TurnsTheCoinOver,
    exchanged,
)
from anonlaws.mix.wire import NO_DUMMIES, Net
from anonspec.mix.model import Binomial, Rule, Threshold, ThresholdPool
from anonspec.shape import Reject

T = TypeVar("T")
Order = tuple[int, ...]
Test = tuple[str, int, int, Fraction]
"""What was counted, how often it was seen, in how many tries, and with what chance it is seen in each."""

SCREEN, CONFIRM = (500, 3_000), (1_000, 4_000, 10_000)
FEW, MORE = (500, 1_500), (1_000, 4_000)
"""Batches of which the order is looked at, and those of which it is not, in a screen and in the sample after it."""
SCREENED, CONFIRMED = Fraction(1, 50), Fraction(1, 1_000_000)
SIZE = 4
"""Of the batches whose order is looked at."""
FLUSHES = 25
"""Of one mix, before another one takes its place, to which the same messages come."""

ORDERS = list(permutations(range(SIZE)))


def naive(places: Sequence[int]) -> set[Order]:
    """The orders that are too frequent if at these places, one after the other, each is swapped with any place."""
    count: Counter[Order] = Counter()
    for others in product(range(SIZE), repeat=SIZE):
        order = list(range(SIZE))
        for place, other in zip(places, others, strict=True):
            order = exchanged(order, place, other)
        count[tuple(order)] += 1
    return {order for order, times in count.items() if times * len(ORDERS) > count.total()}


NAIVE = {"upwards": naive(range(SIZE)), "downwards": naive(range(SIZE)[::-1])}


def own_draws(net: Net, rule: Rule) -> Any:
    """A mix that draws for itself; an implementation without randomness of its own is given a seed."""
    try:
        return net.begin(rule, 2, "uniform", NO_DUMMIES, None)
    except Reject:
        return net.begin(rule, 2, "uniform", NO_DUMMIES, os.urandom(32))


def flushes(net: Net, rule: Rule, arrivals: int) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """What came to a mix before each flush, and what left at it."""
    while True:
        mix = own_draws(net, rule)
        for number in range(FLUSHES):
            came, left = [bytes([number, place]) for place in range(arrivals)], list[bytes]()
            for message in came:
                mix, sends = net.arrive(mix, message)
                left += sends
            if hasattr(rule, "period"):
                mix, sends = net.tick(mix)
                left += sends
            yield came, left


def orders(net: Net, rule: Rule) -> Iterator[Order]:
    """In which order those leave that came one after the other, of a rule by which all leave."""
    for came, left in flushes(net, rule, SIZE):
        assert sorted(left) == came
        yield tuple(came.index(message) for message in left)


def of_orders(seen: list[Order]) -> list[Test]:
    """Each order, and what shuffles do that are none."""
    count, each = Counter(seen), Fraction(1, len(ORDERS))
    tests = [(f"the order {order}", count[order], len(seen), each) for order in ORDERS]
    for way, often in NAIVE.items():
        favoured = sum(count[order] for order in often)
        tests.append((f"what a naive shuffle {way} favours", favoured, len(seen), len(often) * each))
    for before, what in ((1, "the order of the batch before"), (FLUSHES, "the order of the same messages before")):
        again = sum(order == other for order, other in zip(seen, seen[before:], strict=False))
        tests.append((what, again, len(seen) - before, each))
    return tests


Stays = tuple[bool, bool, bool | None]
"""Of the two that came before a flush, whether the first left at it, and the second; and whether the first of those
before, if it had stayed, did."""


def departures(net: Net, rule: Rule) -> Iterator[Stays]:
    """Who leaves of two that come before each flush."""
    stayed: bytes | None = None
    for came, left in flushes(net, rule, 2):
        first, second = (message in left for message in came)
        yield first, second, None if stayed is None or came[0][0] == 0 else stayed in left
        stayed = None if first else came[0]


def of_departures(each: Fraction, both: Fraction) -> Callable[[list[Stays]], list[Test]]:
    """The chance of every message to leave, whenever it came, and that of two together."""

    def tests(seen: list[Stays]) -> list[Test]:
        later = [left for _, _, left in seen if left is not None]
        return [
            ("the first to come left at once", sum(first for first, _, _ in seen), len(seen), each),
            ("the second left at once", sum(second for _, second, _ in seen), len(seen), each),
            ("both left at once", sum(first and second for first, second, _ in seen), len(seen), both),
            ("one that had stayed left", sum(later), len(later), each),
        ]

    return tests


def oddities(tests: list[Test], level: Fraction) -> list[str]:
    """What is less likely than the level in all, each test having the same share of it."""
    share = level / len(tests)
    return [f"{what}: {count} of {tries}" for what, count, tries, each in tests if odd(count, tries, each, share)]


def strange(draws: Iterator[T], tests: Callable[[list[T]], list[Test]], sizes: Sequence[int], level: Fraction) -> bool:
    """Whether anything is odd in a sample of one of the sizes, each of which has the same share of the level."""
    seen: list[T] = []
    for size in sizes:
        seen += islice(draws, size - len(seen))
        if oddities(tests(seen), level / len(sizes)):
            return True
    return False


def judge_orders(draws: Iterator[Order]) -> None:
    """Refute what is odd in the screen and again in the fresh sample after it."""
    if strange(draws, of_orders, SCREEN, SCREENED):
        assert not strange(draws, of_orders, CONFIRM, CONFIRMED)


def judge_departures(draws: Iterator[Stays], each: Fraction, both: Fraction) -> None:
    """The same, of when each message leaves."""
    tests = of_departures(each, both)
    if strange(draws, tests, FEW, SCREENED):
        assert not strange(draws, tests, MORE, CONFIRMED)


@fault("MIX-18", "draw")
def UsesEachTapeTwice(net: Net, seed: bytes, name: str, flush: int, place: int, size: int) -> bytes:
    """Every other flush draws what the one before it drew."""
    data: bytes = net.draw(seed, name, flush - (flush > 0 and flush % 2 == 0), place, size)
    return data


@law(
    "MIX-15",
    "MIX-16",
    "MIX-18",
    needs=("mix.node", "mix.own", "mix.threshold"),
    exact=True,
    by="an honest program fails less than once in a million runs",
    faults=(SendsInOrderOfArrival, SendsTheLatestFirst, RotatesOnly, SortsByHash, UsesEachTapeTwice),
)
def a_program_s_own_orders_are_all_as_frequent(net: Net, forall: Forall) -> None:
    """Drawing for itself, a threshold mix sends in each order as often as in any other, whatever the last one was."""
    judge_orders(orders(net, Threshold(threshold=forall([SIZE], "threshold"))))


@law(
    "MIX-13",
    "MIX-16",
    "MIX-18",
    needs=("mix.node", "mix.own", "mix.binomial"),
    exact=True,
    by="an honest program fails less than once in a million runs; a naive shuffle passes less than once in 1,000",
    faults=(ShufflesNaively, LeavesTheOrder, RotatesOnly, SortsByHash, SortsByTwoBits, UsesEachTapeTwice),
)
def a_program_s_own_order_owes_nothing_to_choice(net: Net, forall: Forall) -> None:
    """Where all leave by coins, the order is that of one shuffle alone: a naive one shows in what it favours."""
    judge_orders(orders(net, Binomial(period=1, chances=(Fraction(forall([1], "chance")),))))


@law(
    "MIX-11",
    "MIX-15",
    "MIX-18",
    needs=("mix.node", "mix.own", "mix.threshold-pool"),
    exact=True,
    by="an honest program fails less than once in a million runs",
    faults=(KeepsTheNewest, KeepsTheOldest, SendsInOrderOfArrival, SendsTheLatestFirst),
)
def a_program_s_own_pool_has_no_age(net: Net, forall: Forall) -> None:
    """Drawing for itself, a mix that keeps half of what it holds lets new and old leave equally often."""
    rule = ThresholdPool(threshold=2, pool=forall([2], "pool"))
    judge_departures(departures(net, rule), Fraction(1, 2), Fraction(1, 6))


@law(
    "MIX-13",
    "MIX-18",
    needs=("mix.node", "mix.own", "mix.binomial"),
    exact=True,
    by="an honest program fails less than once in a million runs",
    faults=(TurnsTheCoinOver, TossesOneCoin),
)
def a_program_s_own_coins_fall_as_often_as_they_should(net: Net, forall: Forall) -> None:
    """Drawing for itself, a binomial mix lets one message in three go, each by a coin of its own."""
    rule = Binomial(period=1, chances=(Fraction(1, forall([3], "one in")),))
    judge_departures(departures(net, rule), Fraction(1, 3), Fraction(1, 9))
