"""Laws tried on plain Python values: drawn by Hypothesis (`sample`), or all there are (`exhaust`)."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, Unsatisfiable

from anonlaws.law import (
    Bytes,
    Discard,
    Draws,
    Function,
    Integers,
    Law,
    Reals,
    Result,
    Seeds,
    Table,
    Undecided,
    failure,
    name_of,
)

NONE = object()
SEEDS = st.integers(0, 2**32 - 1).map(lambda number: hashlib.sha256(number.to_bytes(4)).digest())
QUIET = settings(
    database=None,
    deadline=None,
    derandomize=False,  # the seed is an argument
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    verbosity=Verbosity.quiet,
    print_blob=False,
)


def sample(law: Law, subject: Any, *, examples: int = 200, seed: int = 0) -> Result:
    """Try the law on `examples` draws; the same seed gives the same draws. A counterexample is shrunk."""
    started, passed = time.monotonic(), 0
    values: dict[str, Any] = {}

    @hypothesis.seed(seed)
    @settings(QUIET, max_examples=examples)
    @hypothesis.given(st.data())
    def run(data: st.DataObject) -> None:
        nonlocal passed, values
        forall = Draws(lambda domain, name: _drawn(data, domain, name))
        values = forall.values
        try:
            law.statement(subject, forall)
        except Discard:
            hypothesis.reject()
        passed += 1

    said: dict[str, Any] = {}
    try:
        run()
    except Unsatisfiable:
        pass
    except (HypothesisException, Undecided) as reason:  # a domain without values, a law that is not deterministic
        said = {"verdict": "undecided", "note": str(reason)}
    except Exception as error:  # noqa: BLE001 - whatever a subject raises where the law expects nothing refutes it
        said = failure(law, values, error)  # Hypothesis's last run was the smallest counterexample
    said = said or {"verdict": "held" if passed else "starved"}
    return Result(law.name, name_of(subject), "sample", cases=passed, seconds=time.monotonic() - started, **said)


def _drawn(data: st.DataObject, domain: Any, name: str) -> Any:
    if isinstance(domain, Function):
        return Table(lambda: _drawn(data, domain.result, name))
    return data.draw(_strategy(domain), label=name)


def _strategy(domain: Any) -> st.SearchStrategy[Any]:
    strategy: st.SearchStrategy[Any]
    match domain:
        case range() | list() | tuple():
            strategy = st.sampled_from(domain) if domain else st.nothing()
        case Integers(low, high):
            strategy = st.integers(low, high)
        case Reals(low, high):
            strategy = _reals(low, high)
        case Bytes(least, most):
            strategy = st.binary(min_size=least, max_size=most)
        case Seeds():
            strategy = SEEDS
        case _ if domain is bool:
            strategy = st.booleans()
        case _ if hasattr(domain, "strategy"):
            strategy = domain.strategy()
        case _:
            raise Undecided(f"{domain!r} is no domain to draw from")
    return strategy


def _reals(low: Any, high: Any) -> st.SearchStrategy[Fraction]:
    """Built up, not filtered, and of small denominators: Hypothesis's own fractions are slow without them."""
    if low is not None and high is not None:
        parts = st.tuples(st.integers(1, 64), st.integers(1, 64))
        return parts.map(lambda part: low + Fraction(part[0], sum(part)) * (high - low))
    above_zero = st.builds(Fraction, st.integers(1), st.integers(1, 64))
    if low is not None:
        return above_zero.map(lambda more: Fraction(low + more))
    if high is not None:
        return above_zero.map(lambda less: Fraction(high - less))
    return st.builds(Fraction, st.integers(), st.integers(1, 64))


def exhaust(law: Law, subject: Any, *, timeout: float = 60.0) -> Result:
    """Try the law on all values of its domains, which must be finite, in the order in which it asks for them."""
    started, passed, place = time.monotonic(), 0, 0
    asked: list[tuple[str, Any, Iterator[Any]]] = []  # a question, its answer in this run, the answers to come

    def pick(domain: Any, name: str) -> Any:
        nonlocal place
        if isinstance(domain, Function):
            return Table(lambda: pick(domain.result, name))
        if place == len(asked):
            answers = iter(_values(domain))
            asked.append((name, next(answers, NONE), answers))
        question, value, _ = asked[place]
        place += 1
        if question != name:
            raise Undecided(f"not deterministic: asked for {name} where it had asked for {question}")
        if value is NONE:
            raise Discard
        return value

    said: dict[str, Any] = {}
    while not said:
        place, forall = 0, Draws(pick)
        try:
            law.statement(subject, forall)
            passed += 1
        except Discard:
            pass
        except Undecided as reason:
            said = {"verdict": "undecided", "note": str(reason)}
        except Exception as error:  # noqa: BLE001 - as in `sample`
            said = failure(law, forall.values, error)
        if place < len(asked) and not said:
            said = {"verdict": "undecided", "note": f"not deterministic: did not ask for {asked[place][0]} again"}
        while asked:
            name, _, answers = asked.pop()
            if (value := next(answers, NONE)) is not NONE:
                asked.append((name, value, answers))
                break
        if not asked:
            said = said or {"verdict": "exhausted" if passed else "vacuous"}
        elif time.monotonic() - started > timeout:
            said = said or {"verdict": "undecided", "note": f"not all values were tried in {timeout:g} s"}
    return Result(law.name, name_of(subject), "exhaust", cases=passed, seconds=time.monotonic() - started, **said)


def _values(domain: Any) -> Iterable[Any]:
    if domain is bool:
        return (False, True)
    if isinstance(domain, range | list | tuple):
        return domain
    if isinstance(domain, Integers) and domain.low is not None and domain.high is not None:
        return range(domain.low, domain.high + 1)
    if not hasattr(domain, "values"):
        raise Undecided(f"{domain!r} is no domain with an end to its values")
    values: Iterable[Any] = domain.values()
    return values
