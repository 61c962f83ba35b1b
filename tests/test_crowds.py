"""Of the reference of chapter crowds what neither laws nor vectors say."""

from fractions import Fraction

import pytest

from anonlaws.crowds.statistics import CONFIRM, CONFIRMED, SCREEN, SCREENED, below, odd
from anonref import crowds as net
from anonspec.crowds.model import Crowd, Link
from anonspec.shape import Reject

CROWD = Crowd(roster=(0, 1, 2, 3, 4), forward=Fraction(3, 4), itself=True)
SEED = bytes(range(32))


def test_a_refusal_leaves_the_state_alone() -> None:
    member = net.join(CROWD, 2, SEED)
    member, _ = net.request(member, 1, b"a" * 16, b"?")
    before = member.model_copy(deep=True)
    with pytest.raises(Reject) as refusal:
        net.request(member, 3, b"a" * 16, b"?")
    assert refusal.value.clause == "CRW-14"
    assert member == before


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        net.join(CROWD, 2, SEED).me = 1  # type: ignore[misc]


def test_nothing_is_drawn_without_a_seed() -> None:
    with pytest.raises(Reject) as refusal:
        net.join(CROWD, 2, None)
    assert refusal.value.clause == "CRW-7"


def test_the_table_of_the_chapter() -> None:
    """Two rows that are printed in the literature, and the least crowd of all."""
    assert net.chances(5, 1, Fraction(3, 4), True).initiator == Fraction(11, 20)
    assert net.chances(10, 1, Fraction(3, 4), True).hit == Fraction(4, 13)
    assert min(filter(None, (net.least_members(1, Fraction(k, 100)) for k in range(51, 100)))) == 5


def test_identifiers_are_new_at_every_hop_and_path() -> None:
    member = net.join(CROWD, 2, SEED)
    given = []
    for number in range(200):
        member, (send,) = net.request(member, 1, number.to_bytes(16), b"?")
        given.append(send.path)
    assert len(set(given)) == 200
    assert [entry.back for entry in member.table] == [Link(1, number.to_bytes(16)) for number in range(200)]


def test_tails_are_those_of_the_binomial_distribution() -> None:
    assert below(1, 3, Fraction(1, 4)) == Fraction(27 + 27, 64)
    assert below(5, 5, Fraction(2, 3)) == 1
    assert not odd(0, 9, Fraction(1, 2), Fraction(1, 1000))  # 2^-9 is not less than half of it
    assert odd(0, 11, Fraction(1, 2), Fraction(1, 1000))
    assert odd(11, 11, Fraction(1, 2), Fraction(1, 1000))


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


@pytest.mark.parametrize("biased", [Fraction(7, 10), Fraction(4, 5)])
def test_a_coin_off_by_a_twentieth_is_found_as_often_as_stated(biased: Fraction) -> None:
    missed = Fraction(0)
    for tries, level in ((SCREEN, SCREENED / 2), (CONFIRM, CONFIRMED / 2)):
        low, high = bounds(tries, Fraction(3, 4), level)
        missed += below(high, tries, biased) - below(low - 1, tries, biased)
    assert float(missed) < 1e-4
