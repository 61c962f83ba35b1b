"""The engines themselves: every way in which a proof could lie has a test that it does not."""

import contextlib
import importlib.util
import itertools
import pathlib
import random
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import pydantic
import pytest
import z3
from hypothesis import strategies as st

from anonlaws.law import (
    Discard,
    Fault,
    Forall,
    Function,
    Integers,
    Law,
    Reals,
    Result,
    assume,
    fault,
    law,
    not_a_law,
    proving,
    variant,
)
from anonlaws.prove import HOOKS, TRUE, Path, hooked, prove, recheck
from anonlaws.sample import exhaust, sample

NOTHING = SimpleNamespace(__name__="nothing")


def claim(statement: Callable[[Any, Forall], None], **about: Any) -> Law:
    statement.__doc__ = statement.__doc__ or "A claim."
    return law("T-1", **about)(statement)


def proof(statement: Callable[[Any, Forall], None], subject: Any = NOTHING, **limits: Any) -> Result:
    return prove(claim(statement), subject, **limits)


@pytest.fixture
def subject(tmp_path: pathlib.Path) -> Callable[[str], ModuleType]:
    """A module from its source."""

    def load(source: str) -> ModuleType:
        path = tmp_path / "tiny.py"
        path.write_text(textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location("tiny", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


# Verdicts


def test_what_holds_is_proved_and_cvc5_agrees() -> None:
    def commutes(_: Any, forall: Forall) -> None:
        a, b = forall(Integers(), "a"), forall(Integers(), "b")
        assert max(a, b) == max(b, a)

    result = proof(commutes)
    assert (result.verdict, result.engine, result.law, result.subject) == ("proved", "prove", "commutes", "nothing")
    assert result.cases == 3  # a > b, b > a, neither
    assert recheck(result.goal) == "agreed"


def test_a_fault_at_one_value_only_is_refuted_and_replays() -> None:
    def doubles(net: Any, forall: Forall) -> None:
        x = forall(Integers(), "x")
        assert net.double(x) == 2 * x

    broken = SimpleNamespace(double=lambda x: 0 if x == 77777 else 2 * x)
    result = proof(doubles, broken)
    assert result.verdict == "refuted"
    assert result.values == {"x": 77777}
    assert type(result.values["x"]) is int
    assert result.where.startswith("test_engine.py:")
    assert result.where.endswith("assert net.double(x) == 2 * x")
    assert broken.double(77777) != 2 * 77777
    assert proof(doubles, SimpleNamespace(double=lambda x: x + x)).verdict == "proved"


def test_an_exception_that_the_law_does_not_expect_refutes_it(subject: Any) -> None:
    def never_raises(net: Any, forall: Forall) -> None:
        net.step(forall(Integers(0, 9), "x"))

    module = subject("""
        def step(x):
            if x == 3:
                raise ValueError(f"three: {x}")
        """)
    for engine in (prove, exhaust, sample):
        result = engine(claim(never_raises), module)
        assert (result.verdict, result.values, result.note) == ("refuted", {"x": 3}, "ValueError: three: 3")
        assert "net.step" in result.where


def test_premises_that_cannot_be_met_are_vacuous() -> None:
    def vacuous(_: Any, forall: Forall) -> None:
        x = forall(Integers(), "x")
        assume(x > 5)
        assume(x < 5)
        assert x == 1

    def nothing_to_choose(_: Any, forall: Forall) -> None:
        raise AssertionError(forall([], "x"))

    assert proof(vacuous).verdict == "vacuous"
    for engine, verdict in ((prove, "vacuous"), (exhaust, "vacuous"), (sample, "starved")):
        assert engine(claim(nothing_to_choose), NOTHING).verdict == verdict


def test_nothing_drawn_is_starved() -> None:
    def needle(_: Any, forall: Forall) -> None:
        assume(forall(Integers(0, 10**12), "x") == 123456789)

    assert sample(claim(needle), NOTHING, examples=20).verdict == "starved"
    assert proof(needle).verdict == "proved"


def test_assumptions_narrow_without_a_fork() -> None:
    def positive(_: Any, forall: Forall) -> None:
        x = forall(Integers(), "x")
        assume(x > 0)
        assume(x)
        assume([x])
        assert x >= 1

    assert (proof(positive).verdict, proof(positive).cases) == ("proved", 1)


def test_the_first_counterexample_is_the_smallest() -> None:
    def small(_: Any, forall: Forall) -> None:
        n = forall(range(2, 9), "n")
        words = [forall(Integers(), f"word {i}") for i in range(n)]
        assert n < 4 or sum(words) != 1000

    result = proof(small)
    assert (result.verdict, result.values["n"]) == ("refuted", 4)
    assert sorted(result.values) == ["n", "word 0", "word 1", "word 2", "word 3"]


def test_a_name_asked_twice_is_numbered() -> None:
    def twice(_: Any, forall: Forall) -> None:
        assert forall(Integers(0, 3), "x") <= forall(Integers(0, 3), "x")

    for engine in (prove, exhaust, sample):
        assert list(engine(claim(twice), NOTHING).values) == ["x", "x#2"]


# How a proof could lie


def test_equality_is_decided_by_value_not_by_writing() -> None:
    def look_up(pairs: Any, key: Any) -> Any:
        for k, value in pairs:
            if k == key:
                return value
        return 0

    def never_finds(_: Any, forall: Forall) -> None:
        a, b, value = (forall(Integers(), name) for name in ("a", "b", "value"))
        assert look_up([(a, value)], b) == 0

    def is_elsewhere(_: Any, forall: Forall) -> None:
        a, b = forall(Integers(), "a"), forall(Integers(), "b")
        assert b not in [a]

    def are_different(_: Any, forall: Forall) -> None:
        a, b = forall(Integers(), "a"), forall(Integers(), "b")
        assert (a, [b]) != (b, [a])

    for lie in (never_finds, is_elsewhere, are_different):
        result = proof(lie)
        assert result.verdict == "refuted"
        assert result.values["a"] == result.values["b"]


def test_sorting_and_extremes_are_pythons_own() -> None:
    def sorts(_: Any, forall: Forall) -> None:
        n = forall(range(5), "n")
        words = [forall(Integers(), f"word {i}") for i in range(n)]
        ordered = sorted(words)
        assert all(a <= b for a, b in itertools.pairwise(ordered))
        assert sum(ordered) == sum(words)
        assert not n or (ordered[0] == min(words) and ordered[-1] == max(words))

    result = proof(sorts)
    assert result.verdict == "proved"
    assert recheck(result.goal) == "agreed"


def test_truth_of_numbers_and_of_truths_as_numbers() -> None:
    def counts(_: Any, forall: Forall) -> None:
        a, b, x = forall(bool, "a"), forall(bool, "b"), forall(Integers(), "x")
        assert sum([a, b]) == a + b <= 2
        assert (a ^ b) == (a != b)
        assert (True & a) == a
        assert (a | b) == max(a, b)
        assert ["no", "yes"][a] == ("yes" if a else "no")
        assert a * x == (x if a else 0)
        assert -x + abs(x) + (x if x else 0) >= 0
        assert bool(x) == (x != 0)

    result = proof(counts)
    assert result.verdict == "proved"
    assert recheck(result.goal) == "agreed"


@pytest.mark.parametrize(
    ("use", "note"),
    [
        (lambda x, _w, _p: {1: 2}.get(x), "no hash"),
        (lambda x, _w, _p: {x}, "no hash"),
        (lambda x, _w, _p: x / 2, "a float"),
        (lambda x, _w, _p: x * 0.5, "0.5"),
        (lambda x, _w, _p: x == "1", "'1'"),
        (lambda x, _w, _p: x + Fraction(1, 2), "Fraction"),
        (lambda x, _w, _p: x & 1, "and of"),
        (lambda x, _w, _p: 1 << x, "rlshift of"),
        (lambda x, _w, _p: 2**x, "rpow of"),
        (lambda x, _w, _p: x**-1, "a power"),
        (lambda x, _w, _p: range(x), "an index"),
        (lambda _x, _w, p: p // 1, "whole numbers"),
        (lambda _x, _w, p: [1, 2][p], "no index"),
        (lambda _x, w, _p: w < 3, "lt of"),
        (lambda _x, w, _p: max(w, 3), "lt of"),
        (lambda _x, w, _p: w + 1, "add of"),
        (lambda _x, w, _p: 1 - w, "rsub of"),
        (lambda _x, w, _p: w >> 1, "rshift of"),
        (lambda _x, w, _p: ~w, "invert of"),
        (lambda _x, w, _p: w % 7, "mod of"),
        (lambda _x, w, _p: w ^ 256, "256"),
        (lambda _x, w, _p: w == -1, "-1"),
        (lambda x, w, _p: x == w, "Z3"),
    ],
)
def test_what_python_and_z3_do_not_mean_alike_is_refused(use: Callable[..., Any], note: str) -> None:
    def uses(net: Any, forall: Forall) -> None:
        """The subject swallows whatever it can: a refusal is none of its business."""
        x, word, part = forall(Integers(), "x"), forall(Byte(), "word"), forall(Reals(0, 1), "part")
        try:
            net.use(x, word, part)
        except Exception:  # noqa: BLE001
            return

    result = proof(uses, SimpleNamespace(use=use))
    assert result.verdict == "undecided"
    assert note in result.note


class Byte:
    """A domain of one's own."""

    def symbol(self, name: str, _path: Any) -> Any:
        return z3.BitVec(name, 8)

    def strategy(self) -> st.SearchStrategy[int]:
        return st.integers(0, 255)

    def values(self) -> range:
        return range(256)


def test_words_are_exclusive_or_and_equality() -> None:
    def cancels(net: Any, forall: Forall) -> None:
        a, b = forall(Byte(), "a"), forall(Byte(), "b")
        assert net.mix(net.mix(a, b), b) == a
        assert (a & 0x0F) | (a & 0xF0) == a

    good, bad = SimpleNamespace(mix=lambda a, b: a ^ b), SimpleNamespace(mix=lambda a, b: a | b)
    for engine, verdict in ((prove, "proved"), (sample, "held"), (exhaust, "exhausted")):
        assert engine(claim(cancels), good).verdict == verdict
        result = engine(claim(cancels), bad)
        assert (result.verdict, set(map(type, result.values.values()))) == ("refuted", {int})
        assert result.values["b"] & ~result.values["a"]


def test_division_is_pythons_for_every_sign() -> None:
    def divides(_: Any, forall: Forall) -> None:
        a, b = forall(Integers(), "a"), forall(Integers(-6, 6), "b")
        try:
            quotient, remainder = divmod(a, b)
        except ZeroDivisionError:
            assert b == 0
            return
        assert (a // b, a % b) == (quotient, remainder)
        assert quotient * b + remainder == a
        assert 0 <= remainder < b or b < remainder <= 0
        assert -7 // b == divmod(-7, b)[0]
        assert 7 % b == divmod(7, b)[1]

    result = proof(divides)
    assert result.verdict == "proved"
    assert recheck(result.goal) == "agreed"


def test_a_divisor_that_may_be_zero_raises() -> None:
    def halves(_: Any, forall: Forall) -> None:
        assert 10 // forall(Integers(0, 3), "b") > 0

    def shares(_: Any, forall: Forall) -> None:
        assert 1 / forall(Reals(-1, 1), "b") != 0

    for lie in (halves, shares):
        result = proof(lie)
        assert (result.verdict, result.values, result.note[:17]) == ("refuted", {"b": 0}, "ZeroDivisionError")


def test_a_modulus_may_be_any_number_known_to_be_positive() -> None:
    def cancels(net: Any, forall: Forall) -> None:
        m = forall(Integers(2), "m")
        a, key = forall(Integers(0, m - 1), "a"), forall(Integers(0, m - 1), "key")
        assert net.add(m, net.add(m, a, key), -key) == a

    def add(m: Any, a: Any, b: Any) -> Any:
        return (a + b) % m

    result = proof(cancels, SimpleNamespace(add=add))
    assert (result.verdict, result.cases) == ("proved", 1)
    assert recheck(result.goal) == "agreed"
    result = proof(cancels, SimpleNamespace(add=lambda m, a, b: max(a, 1) if m == 11 else add(m, a, b)))
    assert (result.verdict, result.values["m"], result.values["a"]) == ("refuted", 11, 0)


def test_an_index_forks_over_its_values() -> None:
    def picks(_: Any, forall: Forall) -> None:
        i = forall(Integers(-3, 2), "i")
        assert "abc"[i] == "abcabc"[i + 3]
        assert len(range(i + 3)) == i + 3

    result = proof(picks)
    assert (result.verdict, result.cases) == ("proved", 6)
    assert recheck(result.goal) == "agreed"

    def falls_off(_: Any, forall: Forall) -> None:
        assert "abc"[forall(Integers(0, 3), "i")]

    result = proof(falls_off)
    assert (result.verdict, result.values, result.note[:10]) == ("refuted", {"i": 3}, "IndexError")


def test_a_law_that_is_not_deterministic_is_undecided() -> None:
    runs = iter("")

    def asks_otherwise(_: Any, forall: Forall) -> None:
        a, b = forall(Integers(), "a"), forall(Integers(), "b")
        assert (a if next(runs) == "1" else b) > 0 or True

    def stops_early(_: Any, forall: Forall) -> None:
        a = forall(Integers(), "a")
        assert next(runs) == "2" or a > 0 or a < 9

    def assumes_otherwise(_: Any, forall: Forall) -> None:
        a = forall(Integers(), "a")
        assume(a < 20 if next(runs) == "1" else a < 30)
        assert a > 10 or a < 11

    def assumes_nothing_then(_: Any, forall: Forall) -> None:
        a = forall(Integers(), "a")
        assume(a < 20 if next(runs) == "1" else True)
        assert a > 10 or a < 11

    def chooses_otherwise(_: Any, forall: Forall) -> None:
        assert forall([1, 2] if next(runs) == "1" else [1, 2, 3], "a")

    for law_of_chance in (asks_otherwise, stops_early, assumes_otherwise, assumes_nothing_then, chooses_otherwise):
        runs = iter("1122")  # each path is also replayed
        result = proof(law_of_chance)
        assert result.verdict == "undecided"
        assert "not deterministic" in result.note


def test_engines_of_values_notice_a_law_that_is_not_deterministic() -> None:
    runs = itertools.count()

    def asks_otherwise(_: Any, forall: Forall) -> None:
        forall(bool, f"a{next(runs) % 2}")
        assert forall(bool, "b") or True

    def fails_once(_: Any, forall: Forall) -> None:
        assert forall(Integers(0, 9), "a") < 5 or next(runs) != 3

    assert exhaust(claim(asks_otherwise), NOTHING).verdict == "undecided"
    runs = itertools.count()
    assert sample(claim(fails_once), NOTHING).verdict == "undecided"


def test_what_only_plain_python_sees_is_no_proof() -> None:
    def by_type(_: Any, forall: Forall) -> None:
        assert not isinstance(forall(Integers(), "x"), int)

    def by_drawing(_: Any, forall: Forall) -> None:
        if isinstance(forall(Integers(), "x"), int):
            forall(Integers(), "y")

    def by_attribute(_: Any, forall: Forall) -> None:
        assert forall(Integers(), "x").bit_length() >= 0

    for lie in (by_type, by_drawing, by_attribute):
        result = proof(lie)
        assert result.verdict == "undecided"
        assert "z3 and Python disagree" in result.note


def test_what_the_solver_does_not_know_is_undecided() -> None:
    def fermat(_: Any, forall: Forall) -> None:
        a, b, c, n = (forall(Integers(3), name) for name in "abcn")
        assert pow_(a, n) + pow_(b, n) != pow_(c, n)

    power = z3.RecFunction("power", z3.IntSort(), z3.IntSort(), z3.IntSort())
    base, exponent = z3.Ints("base exponent")
    z3.RecAddDefinition(power, [base, exponent], z3.If(exponent <= 0, 1, base * power(base, exponent - 1)))
    pow_ = power
    result = proof(fermat, timeout=1)
    assert result.verdict == "undecided"
    assert "cannot tell" in result.note
    assert result.seconds < 10


def test_endless_forks_are_undecided() -> None:
    def climbs(_: Any, forall: Forall) -> None:
        n, top = 0, forall(Integers(), "top")
        while n < top:
            n += 1
        assert n >= top

    result = proof(climbs, forks=200)
    assert (result.verdict, result.note) == ("undecided", "more than 200 forks")
    assert proof(climbs, timeout=0.5).verdict == "undecided"

    def chooses(_: Any, forall: Forall) -> None:
        forall(range(10**12), "x")

    assert proof(chooses).note == "more than 100000 forks"


def test_a_counterexample_without_plain_values_is_undecided() -> None:
    def root_of_two(_: Any, forall: Forall) -> None:
        x = forall(Reals(), "x")
        assert x * x != 2

    result = proof(root_of_two)
    assert result.verdict == "undecided"
    assert "no plain Python value" in result.note


def test_swallowed_control_is_control_all_the_same() -> None:
    def swallows(_: Any, forall: Forall) -> None:
        x = forall(Integers(), "x")
        with contextlib.suppress(BaseException):
            assume(False)
        assert x == 1

    assert proof(swallows).verdict == "vacuous"

    def refuses(_: Any, forall: Forall) -> None:
        x = forall(Integers(), "x")
        try:
            hash(x)
        finally:
            return  # noqa: B012

    assert proof(refuses).verdict == "undecided"


def test_hooks_are_gone_afterwards_whatever_happens() -> None:
    before = {(owner, name): vars(owner).get(name) for owner, name in HOOKS}

    def interrupted(_: Any, forall: Forall) -> None:
        assert forall(Integers(), "x") > 0 or True
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proof(interrupted)
    with pytest.raises(RuntimeError), hooked():
        raise RuntimeError

    def hashed(_: Any, forall: Forall) -> None:
        assert hash(forall(Integers(), "x"))

    assert proof(hashed).verdict == "undecided"
    assert before == {(owner, name): vars(owner).get(name) for owner, name in HOOKS}
    assert proving.get() is None
    assert hash(z3.Int("x")) == hash(z3.Int("x"))


def test_one_name_at_two_sorts_in_two_branches_is_two_constants() -> None:
    def either(_: Any, forall: Forall) -> None:
        if forall(bool, "whole"):
            assert forall(Integers(0, 3), "x") < 4
        else:
            assert 0 < forall(Reals(0, 3), "x") < 3

    result = proof(either)
    assert result.verdict == "proved"
    assert recheck(result.goal) == "agreed"

    def narrowed_elsewhere(_: Any, forall: Forall) -> None:
        if forall(bool, "left"):
            assert forall(Integers(7, 7), "x") == 7
        else:
            assert forall(Integers(), "x") == 7

    result = proof(narrowed_elsewhere)
    assert (result.verdict, result.values["left"]) == ("refuted", False)
    assert result.values["x"] != 7


def test_names_need_not_be_identifiers() -> None:
    def named(_: Any, forall: Forall) -> None:
        for name in ("true", "and", "a b", "key (0, 1)", "x@0", "let"):
            assert forall(bool, name) in (True, False)

    result = proof(named)
    assert result.verdict == "proved"
    assert recheck(result.goal) == "agreed"


def test_a_wrong_goal_is_noticed() -> None:
    def holds(_: Any, forall: Forall) -> None:
        x = forall(Integers(), "x")
        assert (x > 5 and x > 4) or x <= 5

    goal = proof(holds).goal
    assert recheck(goal) == "agreed"
    assert recheck(goal.replace("> x@0 5", "> x@0 6")) == "disagreed"
    assert recheck("(assert)") == "undecided"
    assert recheck("(set-logic ALL)(declare-const x Int)(assert (= x 1))") == "undecided"


def test_a_proof_with_a_path_left_out_has_a_wrong_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    def lie(_: Any, forall: Forall) -> None:
        assert forall(Integers(), "x") != 77

    meet = Path.meet
    monkeypatch.setattr(Path, "meet", lambda path, term=TRUE: None if z3.is_not(term) else meet(path, term))
    result = proof(lie)
    assert result.verdict == "proved"
    assert recheck(result.goal) == "disagreed"


# Domains


def test_unknown_functions_are_functions() -> None:
    def order(subject: Any, forall: Forall) -> None:
        f = forall(Function(Integers(), result=range(3)), "f")
        x, y = forall(Integers(0, 5), "x"), forall(Integers(0, 5), "y")
        assert f(x) in (0, 1, 2)
        assert x != y or f(x) == f(y)
        assert f(x) == f(y) or not subject.injective

    good, bad = SimpleNamespace(injective=False), SimpleNamespace(injective=True)
    for engine, verdict in ((prove, "proved"), (sample, "held"), (exhaust, "exhausted")):
        assert engine(claim(order), good).verdict == verdict
        result = engine(claim(order), bad)
        assert result.verdict == "refuted"
        f, x, y = (result.values[name] for name in ("f", "x", "y"))
        assert f(x) != f(y)
        assert str(f) == f"({x}) -> {f(x)}; ({y}) -> {f(y)}"
    assert recheck(proof(order, good).goal) == "agreed"


def test_functions_of_truths_and_numbers() -> None:
    def constant(_: Any, forall: Forall) -> None:
        g = forall(Function(bool, Reals(), result=bool), "g")
        assert g(True, Fraction(1, 2)) == g(forall(bool, "b"), forall(Reals(0, 1), "r"))

    result = proof(constant)
    assert result.verdict == "refuted"
    assert result.values["g"](True, Fraction(1, 2)) != result.values["g"](result.values["b"], result.values["r"])


def test_reals_are_fractions_strictly_between() -> None:
    def shrinks(subject: Any, forall: Forall) -> None:
        p = forall(Reals(0, 1), "p")
        q = forall(Reals(p, None), "q")
        r = forall(Reals(None, -1), "r")
        assert isinstance(p, Fraction | z3.ArithRef)
        assert 0 < p * p < p < q
        assert r < -1
        assert p / q < subject.one

    good, bad = SimpleNamespace(one=1), SimpleNamespace(one=Fraction(99, 100))
    assert proof(shrinks, good).verdict == "proved"
    assert sample(claim(shrinks), good).verdict == "held"
    result = proof(shrinks, bad)
    assert result.verdict == "refuted"
    assert result.values["p"] / result.values["q"] >= Fraction(99, 100)


class Group(pydantic.BaseModel, frozen=True):
    modulus: Any
    words: tuple[Any, ...] = ()


class Groups:
    """A domain made of others, with a fact of its own."""

    def symbol(self, name: str, path: Any) -> Group:
        modulus = path(Integers(2), f"{name}.modulus")
        path.fact(modulus % 2 == 0)
        words = [path(Integers(0, modulus - 1), f"{name}.word") for _ in range(path([0, 2], "words"))]
        return Group(modulus=modulus, words=tuple(words))

    def strategy(self) -> st.SearchStrategy[Group]:
        return st.integers(1, 50).flatmap(
            lambda half: st.builds(
                Group, modulus=st.just(2 * half), words=st.sampled_from([(), (0, 0), (2 * half - 1, half)])
            )
        )


def test_domains_of_ones_own_are_made_of_others() -> None:
    def even(_: Any, forall: Forall) -> None:
        group, words = forall(Groups(), "group"), forall(Integers(), "words")
        assert (words + group.modulus) % 2 == words % 2
        assert all(word < group.modulus for word in group.words)

    def unequal(_: Any, forall: Forall) -> None:
        group = forall(Groups(), "group")
        assert not group.words or group.words[0] == group.words[1]

    assert proof(even).verdict == "proved"
    assert sample(claim(even), NOTHING).verdict == "held"
    for engine in (prove, sample):
        result = engine(claim(unequal), NOTHING)
        assert (result.verdict, list(result.values)) == ("refuted", ["group"])
        group = result.values["group"]
        assert type(group) is Group
        assert group.words[0] != group.words[1]
        assert max(group.words) < group.modulus
        assert group.modulus % 2 == 0


def test_what_is_no_domain_is_said_to_be_none() -> None:
    def of_int(_: Any, forall: Forall) -> None:
        forall(int, "x")

    def without_end(_: Any, forall: Forall) -> None:
        forall(Integers(0), "x")

    def without_values(_: Any, forall: Forall) -> None:
        forall(Integers(3, 2), "x")

    for engine in (prove, sample, exhaust):
        assert (engine(claim(of_int), NOTHING).verdict, "no domain" in engine(claim(of_int), NOTHING).note) == (
            "undecided",
            True,
        )
    assert exhaust(claim(without_end), NOTHING).verdict == "undecided"
    assert sample(claim(without_values), NOTHING).verdict == "undecided"
    assert proof(without_values).verdict == "vacuous"


# Sampling and exhausting


def test_sampling_shrinks_and_repeats() -> None:
    def small(_: Any, forall: Forall) -> None:
        words = [forall(Integers(), f"word {i}") for i in range(forall(range(1, 5), "n"))]
        assert sum(words) < 100

    first, second = sample(claim(small), NOTHING, seed=3), sample(claim(small), NOTHING, seed=3)
    assert (first.verdict, first.values) == ("refuted", {"n": 1, "word 0": 100})
    assert (first.cases, first.values, first.where) == (second.cases, second.values, second.where)
    assert first.where.endswith("assert sum(words) < 100")

    def fine(_: Any, forall: Forall) -> None:
        seen.append(forall(Integers(), "x"))

    seen: list[int] = []
    result = sample(claim(fine), NOTHING, examples=30)
    assert (result.verdict, result.cases, len(seen)) == ("held", 30, 30)


def test_exhausting_tries_all_values_in_the_order_of_asking() -> None:
    def law_of_three(_: Any, forall: Forall) -> None:
        a = forall(Integers(0, 2), "a")
        b = forall(["x", "y"], "b") if a else forall(bool, "c")
        assume(a != 1 or b == "y")
        seen.append((a, b))

    seen: list[Any] = []
    result = exhaust(claim(law_of_three), NOTHING)
    assert (result.verdict, result.cases) == ("exhausted", 5)
    assert seen == [(0, False), (0, True), (1, "y"), (2, "x"), (2, "y")]

    def forgets(_: Any, forall: Forall) -> None:
        assert (forall(range(5), "a"), forall(range(5), "b")) != (2, 3)

    result = exhaust(claim(forgets), NOTHING)
    assert (result.verdict, result.values, result.cases) == ("refuted", {"a": 2, "b": 3}, 13)
    assert exhaust(claim(lambda _, forall: forall(range(10**9), "x")), NOTHING, timeout=0.1).verdict == "undecided"


# Declaring laws and faults


TINY = """
    from fractions import Fraction

    def key_sum(keys):
        return sum(keys)

    def announce(message, keys):
        return message + key_sum(keys)
"""


@fault("T-2", "key_sum")
def ForgetsAKey(net: Any, keys: Any) -> Any:
    """The last key is left out.

    More about it.
    """
    return net.key_sum(keys[:-1])


@law("T-1", "T-2", needs=("net.sum",), faults=(ForgetsAKey,), proves="every size", by="induction", source="Chaum 1988")
def an_announcement_hides_the_message_under_all_keys(net: Any, forall: Forall) -> None:
    """What is said is the message and all keys."""
    keys = [forall(Integers(), f"key {i}") for i in range(forall(range(3), "n"))]
    message = forall(Integers(), "message")
    assert net.announce(message, keys) == message + sum(keys)


@not_a_law("T-1", proves="every size")
def keys_do_not_matter(net: Any, forall: Forall) -> None:
    """Announcements are messages."""
    assert net.announce(1, [forall(Integers(), "key")]) == 1


def test_a_law_carries_what_it_is_about() -> None:
    hides = an_announcement_hides_the_message_under_all_keys
    assert (hides.name, hides.doc) == (hides.statement.__name__, "What is said is the message and all keys.")
    assert (hides.clauses, hides.needs, hides.faults) == (("T-1", "T-2"), ("net.sum",), (ForgetsAKey,))
    assert (hides.proves, hides.by, hides.source, hides.holds) == ("every size", "induction", "Chaum 1988", True)
    assert (keys_do_not_matter.holds, keys_do_not_matter.clauses) == (False, ("T-1",))
    about = (ForgetsAKey.name, ForgetsAKey.clause, ForgetsAKey.replaces, ForgetsAKey.doc)
    assert about == ("ForgetsAKey", "T-2", "key_sum", "The last key is left out.")
    with pytest.raises(TypeError, match="docstring"):
        law("T-1")(lambda _, forall: None)


def test_a_fault_meets_the_inner_calls_of_a_copy_and_leaves_the_module_alone(subject: Any) -> None:
    module = subject(TINY)
    before = dict(vars(module))
    broken = variant(module, ForgetsAKey)
    assert (broken.announce(1, [2, 4]), module.announce(1, [2, 4])) == (3, 7)
    assert vars(module) == before
    assert (broken.__name__, module.__name__) == ("tiny[ForgetsAKey]", "tiny")
    for engine in (prove, sample):
        result = engine(an_announcement_hides_the_message_under_all_keys, broken)
        assert (result.verdict, result.subject, result.values["n"]) == ("refuted", "tiny[ForgetsAKey]", 1)
    assert prove(an_announcement_hides_the_message_under_all_keys, module).verdict == "proved"
    assert prove(keys_do_not_matter, module).verdict == "refuted"
    with pytest.raises(AttributeError):
        variant(module, Fault("Nowhere", "T-1", "no_such_function", lambda _: None, "It replaces nothing."))


def test_laws_refuse_to_be_imported_without_their_assertions() -> None:
    tried = subprocess.run(
        [sys.executable, "-O", "-c", "import anonlaws.law"], capture_output=True, text=True, check=False
    )
    assert tried.returncode
    assert "python -O removes assertions" in tried.stderr


# Random functions: proof against exhaustion


class Program:
    """A small random function of two integers and a truth, as source, and a law about it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 1 if seed % 4 else 2
        self.names = ["a", "b"]
        body = [line for _ in range(self.random.randint(1, 3)) for line in self.statement(self.depth)]
        self.source = "\n".join(
            ["def f(a, b, p):", *(f"    {line}" for line in body), f"    return {self.number(self.depth)}"]
        )
        self.premise = self.truth(1) if self.random.random() < 0.3 else "True"
        self.names = ["a", "b", "r"]
        self.claim, self.total = self.truth(self.depth), self.random.random() < 0.7

    def number(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.15:
            return self.random.choice([*self.names, *self.names, str(self.random.randint(-3, 4))])
        x, y, z = (self.number(depth - 1) for _ in range(3))
        t = self.truth(depth - 1)
        return self.random.choice(
            [
                f"({x} + {y})",
                f"({x} - {y})",
                f"({x} * {y})",
                f"({x} // {y})",
                f"({x} % {y})",
                f"divmod({x}, {y})[{self.random.randint(0, 1)}]",
                f"min({x}, {y}, {z})",
                f"max({x}, {y})",
                f"abs({x})",
                f"-{x}",
                f"({x} if {t} else {y})",
                f"sorted([{x}, {y}, {z}])[{self.random.randint(0, 2)}]",
                f"[{x}, {y}, 1][{z}]",
                f"sum([{x}, {y}, {z}])",
                f"len([each for each in ({x}, {y}, {z}) if each > 0])",
                f"[{x}, {y}, {x}].index({x})",
                f"({t} + {x})",
                f"({t} * {x})",
                f"{x} ** 2",
                f"({x} or {y})",
                f"({x} and {y})",
                f"{{0: {x}, 1: {y}}}[int({t})]",
            ]
        )

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(["p", "True", f"{self.number(0)} < {self.number(0)}"])
        x, y, z = (self.number(depth - 1) for _ in range(3))
        s, t = self.truth(depth - 1), self.truth(depth - 1)
        order = self.random.choice(["<", "<=", "==", "!=", ">", ">="])
        return self.random.choice(
            [
                f"({x} {order} {y})",
                f"({x} {order} {y})",
                f"({x} <= {y} < {z})",
                f"({s} and {t})",
                f"({s} or {t})",
                f"(not {t})",
                f"(({s}) {order} ({t}))",
                f"(({s}) ^ ({t}))",
                f"({x} in [{y}, {z}])",
                f"(({x}, {y}) {order} ({y}, {z}))",
                f"any(each == {x} for each in ({y}, {z}))",
                f"all([{s}, {t}])",
                f"([{x}, {y}].count({z}) == 1)",
            ]
        )

    def statement(self, depth: int) -> list[str]:
        if depth == 0 or self.random.random() < 0.4:
            number, name = self.number(self.depth), f"v{len(self.names)}"
            self.names.append(name)
            return [f"{name} = {number}"]
        condition, number, name = self.truth(self.depth), self.number(1), self.random.choice(self.names)
        known = list(self.names)
        one, other = ([f"    {line}" for line in self.statement(depth - 1)] for _ in range(2))
        self.names = known  # what only one branch knows is not known behind it
        return self.random.choice(
            [
                [f"if {condition}:", *one, "else:", *other],
                [f"if {condition}:", f"    return {number}"],
                [f"for i in range({self.random.randint(1, 3)}):", f"    {name} = {name} + i * {number}"],
                [f"while {name} < {number} and {name} < 4:", f"    {name} += 1"],
                ["try:", *one, "except (ZeroDivisionError, IndexError):", *other],
            ]
        )

    def law(self, claim: str | None = None) -> Law:
        """The law that the function's result meets the claim; by default, one about its actual results."""
        names: dict[str, Any] = {"assume": assume, "Integers": Integers}
        source = f"""
{self.source}
def statement(_, forall):
    "A claim."
    a, b, p = forall(Integers(-2, 2), "a"), forall(Integers(0, 2), "b"), forall(bool, "p")
    assume({self.premise})
    try:
        r = f(a, b, p)
    except ({"ZeroDivisionError, IndexError" if self.total else ""}):
        r = 0
    assert {claim or "results.append(r) or True"}
"""
        results: list[int] = []
        names["results"] = results
        exec(compile(source, "program", "exec"), names)
        if claim is not None:
            return law("T-1")(names["statement"])
        list(self.outcomes(law("T-1")(names["statement"])))
        low, high, rare = min(results, default=0), max(results, default=0), min(results, key=results.count, default=0)
        return self.law(self.random.choice([f"{low} <= r <= {high}", f"{low} <= r <= {high}", f"r != {rare}"]))

    def outcomes(self, law: Law) -> Iterator[tuple[dict[str, Any], bool | None]]:
        """What the law says of all values; None outside of its assumptions."""
        for a, b, p in itertools.product(range(-2, 3), range(3), (False, True)):
            values = {"a": a, "b": b, "p": p}
            try:
                law.statement(NOTHING, lambda _, name, values=values: values[name])
                yield values, True
            except Discard:
                yield values, None
            except Exception:  # noqa: BLE001
                yield values, False


def test_proof_and_exhaustion_agree_on_random_functions() -> None:
    tally: Counter[str] = Counter()
    for seed in range(510):
        program = Program(seed)
        for each in (program.law(program.claim), program.law()):
            outcomes = list(program.outcomes(each))
            failing = [values for values, outcome in outcomes if outcome is False]
            passing = [values for values, outcome in outcomes if outcome]
            expected = "refuted" if failing else "proved" if passing else "vacuous"
            result = prove(each, NOTHING)
            assert result.verdict == expected, (seed, program.source, program.premise, result)
            assert not failing or result.values in failing
            tally[expected] += 1
            if expected == "proved" and tally["proved"] % 8 == 0:
                assert recheck(result.goal) == "agreed"
    assert tally.total() == 1020
    assert min(tally[verdict] for verdict in ("proved", "refuted", "vacuous")) >= 50
