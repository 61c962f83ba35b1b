"""What a law is, the values it may ask for, and what an engine says about it.

A law is a function `statement(subject, forall)`: `forall(domain, name)` is an arbitrary value of the domain, `assume`
narrows, `assert` claims. The engines (`sample.py`, `prove.py`) differ only in what `forall` answers. No solver and no
sampler is imported here.
"""

import functools
import importlib.util
import inspect
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

if not __debug__:  # by `raise`: under -O an `assert __debug__` would be removed as well
    raise RuntimeError("laws are assertions, and python -O removes assertions")

proving: ContextVar[Any] = ContextVar("proving", default=None)
"""The path that `prove` is walking, if any: solver terms ask it for their truth. The engines' only shared state."""


class Discard(BaseException):
    """The values drawn are outside the law's assumptions. Not an `Exception`, lest a subject swallow it."""


class Undecided(BaseException):
    """An engine cannot tell, for the reason given. Not an `Exception`, lest a subject swallow it."""


def assume(condition: Any) -> None:
    """Leave out all values for which the condition is false."""
    if (path := proving.get()) is not None:
        path.assume(condition)
    elif not condition:
        raise Discard


class Forall(Protocol):
    """What a law draws its values from: `forall(domain, name)` is an arbitrary value of the domain."""

    def __call__(self, domain: Any, name: str) -> Any: ...


# Laws and faults


@dataclass(frozen=True)
class Fault:
    """A way to be wrong: the subject with its function `replaces` replaced by `by(unspoiled subject, ...)`."""

    name: str
    clause: str
    replaces: str
    by: Callable[..., Any]
    doc: str


@dataclass(frozen=True)
class Variant:
    """A way to be right that is built otherwise: `build` takes the sound subject and gives another one."""

    name: str
    build: Callable[[Any], Any]
    doc: str


Statement = Callable[[Any, Forall], None]


@dataclass(frozen=True)
class Law:
    """A claim about every subject.

    `needs` are the capabilities a subject must have; `proves` is what `prove` is said to show ("every size", "3..6
    members"; None: sampled only) and `by` the step from the statement to that which no solver checks; `holds` is False
    for a claim that looks true and is not; `exact` asks for all values of its domains, one by one, and no solver.
    """

    name: str
    doc: str
    clauses: tuple[str, ...]
    statement: Statement
    needs: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    proves: str | None = None
    by: str = ""
    sampled: bool = True
    exact: bool = False
    source: str = ""
    holds: bool = True


def law(
    *clauses: str,
    needs: tuple[str, ...] = (),
    faults: tuple[Fault, ...] = (),
    proves: str | None = None,
    by: str = "",
    sampled: bool = True,
    exact: bool = False,
    source: str = "",
) -> Callable[[Statement], Law]:
    """Declare the decorated function, whose docstring's first line says the law to a person, as a law."""

    def declare(statement: Statement) -> Law:
        name, doc = _introduced(statement)
        return Law(name, doc, clauses, statement, tuple(needs), tuple(faults), proves, by, sampled, exact, source)

    return declare


def not_a_law(*clauses: str, **about: Any) -> Callable[[Statement], Law]:
    """Declare a claim that looks true and must be refuted. Takes what `law` takes."""
    return lambda statement: replace(law(*clauses, **about)(statement), holds=False)


def fault(clause: str, replaces: str) -> Callable[[Callable[..., Any]], Fault]:
    """Declare the decorated function, which takes the unspoiled subject first, as a fault against the clause."""

    def declare(by: Callable[..., Any]) -> Fault:
        name, doc = _introduced(by)
        return Fault(name, clause, replaces, by, doc)

    return declare


def benign(build: Callable[[Any], Any]) -> Variant:
    """Declare the decorated function, which takes the sound subject, as a subject that is built otherwise, and right.

    It must pass all vectors and keep all sampled laws: else these demand what the chapter does not.
    """
    name, doc = _introduced(build)
    return Variant(name, build, doc)


def gathered(*modules: ModuleType) -> tuple[list[Law], list[Fault], list[Variant]]:
    """All laws, faults and variants that stand in the modules, or are imported there, each once and in their order.

    Raises ValueError for two of one kind and name: they are asked for by it.
    """
    values = list({id(value): value for module in modules for value in vars(module).values()}.values())
    laws = [value for value in values if isinstance(value, Law)]
    faults = [value for value in values if isinstance(value, Fault)]
    variants = [value for value in values if isinstance(value, Variant)]
    for names in ([law.name for law in laws], [fault.name for fault in faults], [each.name for each in variants]):
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two are called {', '.join(sorted(twice))}")
    return laws, faults, variants


def _introduced(function: Callable[..., Any]) -> tuple[str, str]:
    if not (doc := inspect.getdoc(function)):
        raise TypeError(f"{function.__qualname__} needs a docstring: one line that says what it claims")
    return function.__name__, doc.splitlines()[0]


def fresh(module: ModuleType) -> Any:
    """A copy of the module, read anew, of which functions may be replaced: its own inner calls meet the new ones."""
    spec = module.__spec__
    if spec is None or spec.loader is None:
        raise TypeError(f"{module.__name__} has no source to load a copy from")
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


def variant(module: ModuleType, fault: Fault) -> ModuleType:
    """A fresh copy of the module with the fault in it; the copy's own inner calls meet the fault too.

    Raises AttributeError if the module has no function for the fault to replace.
    """
    copy: ModuleType = fresh(module)
    whole = getattr(copy, fault.replaces)
    takes = inspect.signature(whole)

    @functools.wraps(whole)
    def spoiled(*values: Any, **fields: Any) -> Any:
        given = takes.bind(*values, **fields)
        return fault.by(module, *given.args, **given.kwargs)  # a fault may call its arguments what it likes

    setattr(copy, fault.replaces, spoiled)
    copy.__name__ = f"{module.__name__}[{fault.name}]"
    return copy


# Domains. Also: `bool`, a `range`, a list or tuple of options, and any object with `symbol(name, path)` for `prove`,
# `strategy()` for `sample` and, if it is finite, `values()` for `exhaust`.


@dataclass(frozen=True)
class Integers:
    """The integers from `low` to `high`, both included; None is no bound."""

    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Reals:
    """The numbers strictly between `low` and `high`; None is no bound. Outside of proofs they are `Fraction`s."""

    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Bytes:
    """Strings of so many bytes; for `sample` only."""

    least: int
    most: int


@dataclass(frozen=True)
class Seeds:
    """Seeds of 32 bytes, for `sample` only: as random as can be, since they stand for chance."""


@dataclass(frozen=True, init=False)
class Function:
    """Any function at all from the domains to the result."""

    domains: tuple[Any, ...]
    result: Any

    def __init__(self, *domains: Any, result: Any) -> None:
        object.__setattr__(self, "domains", domains)
        object.__setattr__(self, "result", result)


class Table:
    """A function drawn place by place: `ask()` gives its value where it has none yet."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self.ask = ask
        self.known: dict[tuple[Any, ...], Any] = {}

    def __call__(self, *places: Any) -> Any:
        if places not in self.known:
            self.known[places] = self.ask()
        return self.known[places]

    def __repr__(self) -> str:
        return "; ".join(f"({', '.join(map(repr, at))}) -> {value!r}" for at, value in self.known.items())


# What the engines share


def numbered(name: str, taken: Any) -> str:
    """The name, or else the first of name#2, name#3, ... that is not taken."""
    unique, count = name, 1
    while unique in taken:
        count += 1
        unique = f"{name}#{count}"
    return unique


class Draws:
    """A `forall`: `pick(domain, name)` answers, and the answers are kept by name, each name only once."""

    def __init__(self, pick: Callable[[Any, str], Any]) -> None:
        self.pick = pick
        self.values: dict[str, Any] = {}

    def __call__(self, domain: Any, name: str) -> Any:
        name = numbered(name, self.values)
        self.values[name] = value = self.pick(domain, name)
        return value


@dataclass(frozen=True)
class Result:
    """What an engine says of a law and a subject.

    `verdict` is one of proved, held, exhausted, refuted, or of three that are failures as well: vacuous (no values meet
    the assumptions), starved (none were found), undecided (`note` says why). `cases` counts examples or paths, `values`
    is the counterexample, `where` the line of the law that failed, `goal` the whole proof as SMT-LIB 2: unsatisfiable
    exactly if the law holds.
    """

    law: str
    subject: str
    engine: str
    verdict: str
    cases: int
    seconds: float
    values: dict[str, Any] = field(default_factory=dict)
    where: str = ""
    note: str = ""
    goal: str = ""


def name_of(subject: Any) -> str:
    """A module's name, or else the type's."""
    return str(getattr(subject, "__name__", type(subject).__name__))


def failure(law: Law, values: dict[str, Any], error: Exception) -> dict[str, Any]:
    """What a `Result` says of a refutation: the values, the last line of the law that was reached, and the error."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == inspect.getfile(inspect.unwrap(law.statement))] or list(
        frames
    )
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno}: {own[-1].line}"
    said = "" if type(error) is AssertionError and not str(error) else f"{type(error).__name__}: {error}".rstrip(": ")
    return {"verdict": "refuted", "values": values, "where": where, "note": said}
