"""The chance engine against enumeration and closed forms."""

import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import count, product
from typing import Any

import pytest
import z3

from anonlaws import chance
from anonlaws.chance import Choose, Done, absorb, distribution, expected_steps

F = Fraction


def test_all_outcomes_of_dice_are_met_as_often_as_enumerated() -> None:
    counted = Counter(sum(roll) for roll in product(range(1, 7), repeat=3))
    found = distribution(lambda choose: sum(choose.among(range(1, 7)) for _ in range(3)))
    assert found == {total: F(many, 216) for total, many in counted.items()}


def test_every_order_of_seven_in_well_under_a_second() -> None:
    def shuffle(choose: Choose) -> tuple[int, ...]:
        left, order = list(range(7)), []
        while left:
            order.append(choose.among(left))
            left.remove(order[-1])
        return tuple(order)

    started = time.perf_counter()
    found = distribution(shuffle)
    assert time.perf_counter() - started < 1
    assert len(found) == 5040
    assert set(found.values()) == {F(1, 5040)}


def test_choices_may_depend_on_choices() -> None:
    def toss(choose: Choose) -> int:
        return choose.among([1, 2], [F(1, 4), F(3, 4)]) if choose.coin(F(1, 3)) else 0

    assert distribution(toss) == {1: F(1, 12), 2: F(1, 4), 0: F(2, 3)}


def test_no_choice_is_one_outcome() -> None:
    assert distribution(lambda _: "this") == {"this": 1}


def test_what_has_weight_0_does_not_happen() -> None:
    assert distribution(lambda choose: choose.coin(F(1))) == {True: 1}
    assert distribution(lambda choose: choose.among("abc", [0, 1, 0])) == {"b": 1}


def test_weights_may_be_a_solver_s_terms() -> None:
    p = z3.Real("p")
    found = distribution(lambda choose: choose.coin(p) + choose.coin(p))
    solver = z3.Solver()
    solver.add(z3.Not(z3.And(found[2] == p * p, found[1] == 2 * p * (1 - p), found[0] == (1 - p) * (1 - p))))
    assert solver.check() == z3.unsat


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([F(1, 2), F(1, 4)], "the weights add up to 3/4, not to 1"),
        ([F(3, 2), F(-1, 2)], "a weight of -1/2 is below 0"),
        ([F(1)], "1 weights for 2 options"),
        ([0.5, 0.5], "weights are exact, and 0.5 is a float"),
    ],
)
def test_weights_that_are_no_probabilities(weights: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        distribution(lambda choose: choose.among("ab", weights))


def test_a_coin_of_more_than_1() -> None:
    with pytest.raises(ValueError, match=r"^a weight of -1/2 is below 0$"):
        distribution(lambda choose: choose.coin(F(3, 2)))


def test_a_choice_among_nothing() -> None:
    with pytest.raises(ValueError, match="no options"):
        distribution(lambda choose: choose.among([]))


def forgetful(change: Callable[[int, Choose], object]) -> Callable[[Choose], str]:
    runs = count()

    def run(choose: Choose) -> str:
        change(next(runs), choose)
        return "out"

    return run


@pytest.mark.parametrize(
    "change",
    [
        lambda run, choose: choose.among(range(2 + run)),
        lambda run, choose: choose.coin(F(1, 2 + run)),
        lambda run, choose: run == 0 and (choose.coin(F(1, 2)), choose.coin(F(1, 2))),
    ],
)
def test_a_run_that_depends_on_more_than_its_choices_is_refused(change: Callable[[int, Choose], object]) -> None:
    with pytest.raises(RuntimeError):
        distribution(forgetful(change))


# ---- chains ----


@pytest.mark.parametrize("p", [F(1, 3), F(1, 2), F(3, 4)])
@pytest.mark.parametrize(("has", "goal"), [(1, 4), (3, 7)])
def test_the_gambler_s_ruin(p: Fraction, has: int, goal: int) -> None:
    def play(money: int, choose: Choose) -> int | Done[str]:
        money += 1 if choose.coin(p) else -1
        return Done("ruin") if money == 0 else Done("goal") if money == goal else money

    odds = (1 - p) / p
    wins = F(has, goal) if odds == 1 else (1 - odds**has) / (1 - odds**goal)
    lasts = F(has * (goal - has)) if odds == 1 else (has - goal * wins) / (1 - 2 * p)
    assert absorb(has, play) == {"goal": wins, "ruin": 1 - wins}
    assert expected_steps(has, play) == lasts


def test_waiting_for_a_success() -> None:
    def wait(state: str, choose: Choose) -> str | Done[str]:
        return Done("success") if choose.coin(F(1, 7)) else state

    assert absorb("waiting", wait) == {"success": 1}
    assert expected_steps("waiting", wait) == 7


def test_all_coupons_of_ten() -> None:
    def draw(have: int, choose: Choose) -> int | Done[None]:
        have += choose.among(range(10)) >= have
        return Done(None) if have == 10 else have

    assert expected_steps(0, draw) == sum(F(10, k) for k in range(1, 11))


def test_a_chain_with_loops_back_to_the_start() -> None:
    """A walk on the corners of a square; the opposite corner ends it."""

    def walk(corner: int, choose: Choose) -> int | Done[int]:
        corner = (corner + choose.among([1, 3])) % 4
        return Done(corner) if corner == 2 else corner

    assert absorb(0, walk) == {2: 1}
    assert expected_steps(0, walk) == 4


def test_a_chain_that_may_never_end() -> None:
    def fall(state: str, choose: Choose) -> str | Done[str]:
        return "hole" if state == "hole" or choose.coin(F(1, 2)) else Done("out")

    with pytest.raises(ValueError, match="no outcome can be reached from 'hole'"):
        absorb("edge", fall)


def test_a_chain_without_an_end_of_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chance, "STATES", 100)

    def climb(state: int, choose: Choose) -> int | Done[str]:
        return state + 1 if choose.coin(F(1, 2)) else Done("fell")

    with pytest.raises(ValueError, match="more than 100 states"):
        absorb(0, climb)
