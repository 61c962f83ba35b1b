"""Of the judgement of a mix's own draws: what it finds, and how seldom it blames an honest program."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest

from anonlaws.crowds.statistics import below, odd
from anonlaws.mix import statistics
from anonlaws.mix.statistics import CONFIRM, CONFIRMED, NAIVE, ORDERS, SCREEN, SCREENED, Order, naive, of_orders


def bounds(tries: int, chance: Fraction, level: Fraction) -> tuple[int, int]:
    """The least and the greatest number of successes that are not odd."""
    low, least = 0, int(tries * chance)
    greatest, high = least, tries
    while least - low > 1:
        half = (low + least) // 2
        low, least = (half, least) if odd(half, tries, chance, level) else (low, half)
    while high - greatest > 1:
        half = (greatest + high) // 2
        greatest, high = (greatest, half) if odd(half, tries, chance, level) else (half, high)
    return least, greatest


def passes(biased: Fraction, chance: Fraction, sizes: Sequence[int], level: Fraction) -> Fraction:
    """How likely a test of this chance shows nothing in the largest sample, if the chance is another."""
    share = level / len(sizes) / len(of_orders(list(ORDERS) * 2))
    low, high = bounds(sizes[-1], chance, share)
    return below(high, sizes[-1], biased) - below(low - 1, sizes[-1], biased)


def missed(biased: Fraction, chance: Fraction) -> Fraction:
    """At most so often is a program missed that shows something with another chance."""
    return passes(biased, chance, SCREEN, SCREENED) + passes(biased, chance, CONFIRM, CONFIRMED)


def naive_orders() -> list[Order]:
    """All outcomes of the shuffle that swaps each place in turn with any place."""
    found = []
    for others in product(range(4), repeat=4):
        order = [0, 1, 2, 3]
        for place, other in enumerate(others):
            order[place], order[other] = order[other], order[place]
        found.append(tuple(order))
    return found


def test_a_naive_shuffle_is_found_as_often_as_stated() -> None:
    outcomes = naive_orders()
    often = NAIVE["upwards"]
    assert often == {order for order in ORDERS if outcomes.count(order) * 24 > 256} == naive(range(4))
    biased = Fraction(sum(order in often for order in outcomes), 256)
    assert missed(biased, Fraction(len(often), 24)) < Fraction(1, 1_000)


def test_a_sort_by_two_random_bits_is_found() -> None:
    outcomes = [tuple(sorted(range(4), key=lambda at, keys=keys: keys[at])) for keys in product(range(4), repeat=4)]  # type: ignore[misc]
    assert missed(Fraction(outcomes.count((0, 1, 2, 3)), 256), Fraction(1, 24)) < Fraction(1, 10**12)


def test_a_chance_of_all_tests_together_is_below_the_level() -> None:
    """The tails of the tests, in both directions and at all sizes, add up to the level at most."""
    tests = of_orders(list(ORDERS) * 40)
    total = Fraction(0)
    for size in CONFIRM[:2]:
        for _, _, _, chance in tests[:1] + tests[-4:-2]:
            low, high = bounds(size, chance, CONFIRMED / len(CONFIRM) / len(tests))
            tail = below(low - 1, size, chance) + 1 - below(high, size, chance)
            assert tail <= CONFIRMED / len(CONFIRM) / len(tests)
            total += tail
    assert total <= CONFIRMED


@pytest.mark.parametrize("seen", [list(ORDERS) * 125, ORDERS[7:] * 125 + ORDERS[:7] * 125])
def test_orders_as_frequent_as_they_can_be_are_not_odd_by_their_numbers(seen: list[Order]) -> None:
    tests = [test for test in of_orders(seen) if test[0].startswith("the order (") or "naive" in test[0]]
    assert len(tests) == 26
    assert not statistics.oddities(tests, SCREENED)


def test_the_same_order_again_and_again_is_odd() -> None:
    said = statistics.oddities(of_orders([ORDERS[at // 2 % 24] for at in range(1_200)]), CONFIRMED)
    assert "the order of the batch before: 600 of 1199" in said
