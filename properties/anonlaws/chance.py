"""Exact chances: a function is run once for every outcome of its random choices, weights multiplied, nothing drawn.

What runs is the thing itself (a reference, say), which is handed something that chooses; so the distribution is that of
the code and not of a model of it. Where a protocol may go on for ever, `absorb` explores the Markov chain of its steps
and solves it. Weights are `Fraction`s; `distribution` also takes a solver's terms, or whatever has + and *.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, Protocol, TypeVar

Weight = Any
"""A `Fraction` or an integer; or a term that stands for one."""

T = TypeVar("T")
State = TypeVar("State", bound=Hashable)
Outcome = TypeVar("Outcome", bound=Hashable)
ONE = Fraction(1)


class Choose(Protocol):
    """Where random choices are made: independent of each other, unless the options or weights say otherwise."""

    def among(self, options: Sequence[T], weights: Sequence[Weight] | None = None) -> T:
        """One of the options, each with its weight; uniformly if there are no weights."""

    def coin(self, p: Weight) -> bool:
        """True with probability p."""


@dataclass(frozen=True)
class Done(Generic[Outcome]):
    """What a step gives when there is no further one."""

    outcome: Outcome


def distribution(run: Callable[[Choose], Outcome]) -> dict[Outcome, Weight]:
    """The outcomes of `run` with their probabilities, in the order in which they are first met.

    Options of weight 0 are not taken. Raises ValueError for weights that are no probabilities, and RuntimeError if
    `run` depends on anything but its choices.
    """
    replay, found = _Replay(), dict[Outcome, Weight]()
    while True:
        outcome = run(replay)
        weight = replay.finish()
        found[outcome] = found[outcome] + weight if outcome in found else weight
        if not replay.turn():
            return found


def absorb(start: State, step: Callable[[State, Choose], State | Done[Outcome]]) -> dict[Outcome, Fraction]:
    """With what probability each outcome ends the chain that begins in `start`.

    Raises ValueError if some state that can be reached has no way to an outcome, or if there are too many states.
    """
    return _solve(start, step)[0]


def expected_steps(
    start: State,
    step: Callable[[State, Choose], State | Done[Outcome]],
    worth: Callable[[State], Weight] = lambda _: ONE,
) -> Fraction:
    """How many steps the chain takes on average, the last one included; each counts what its state is worth.

    Raises ValueError as `absorb` does.
    """
    return _solve(start, step, worth)[1]


STATES = 100_000
"""The most states that a chain may have."""


class _Replay:
    """Takes the first option at every new place, and at places known from the last run the planned one."""

    def __init__(self) -> None:
        self.met = 0
        self.places: list[tuple[int, Any, list[tuple[int, Weight]], Weight]] = []
        # of each place: how many options, their weights, those still to take (the current one last), the weight so far

    def among(self, options: Sequence[T], weights: Sequence[Weight] | None = None) -> T:
        if weights is not None:
            weights = checked(weights, len(options))
        if self.met == len(self.places):
            if not options:
                raise ValueError("a choice among no options")
            share = Fraction(1, len(options))
            listed = [(at, share) for at in range(len(options))] if weights is None else list(enumerate(weights))
            left = [(at, weight) for at, weight in reversed(listed) if not (_plain(weight) and weight == 0)]
            self.places.append((len(options), weights, left, self.weight()))
        size, before, left, _ = self.places[self.met]
        if size != len(options) or not _alike(before, weights):
            raise RuntimeError(f"choice {self.met + 1} was another one when the same choices were made before")
        self.met += 1
        return options[left[-1][0]]

    def coin(self, p: Weight) -> bool:
        return self.among((True, False), (p, 1 - p))

    def weight(self) -> Weight:
        """Of the choices made at all places known."""
        if not self.places:
            return ONE
        _, _, left, before = self.places[-1]
        return before * left[-1][1] if before is not ONE else left[-1][1]

    def finish(self) -> Weight:
        """The weight of a run that is over."""
        if self.met < len(self.places):
            raise RuntimeError(f"the run ended after {self.met} choices where it had made {len(self.places)} before")
        return self.weight()

    def turn(self) -> bool:
        """Plan the next run; False if there is none."""
        self.met = 0
        while self.places:
            left = self.places[-1][2]
            left.pop()
            if left:
                return True
            self.places.pop()
        return False


def checked(weights: Sequence[Weight], count: int) -> Sequence[Weight]:
    """The weights, if they may be the probabilities of `count` options. Of terms only the number is known."""
    if len(weights) != count:
        raise ValueError(f"{len(weights)} weights for {count} options")
    if floats := [weight for weight in weights if isinstance(weight, float)]:
        raise ValueError(f"weights are exact, and {floats[0]} is a float")
    if all(map(_plain, weights)):
        if negative := [weight for weight in weights if weight < 0]:
            raise ValueError(f"a weight of {negative[0]} is below 0")
        if (total := sum(weights)) != 1:
            raise ValueError(f"the weights add up to {total}, not to 1")
    return weights


def _plain(weight: Weight) -> bool:
    return isinstance(weight, int | Fraction)


def _alike(before: Sequence[Weight] | None, now: Sequence[Weight] | None) -> bool:
    if before is None or now is None:
        return before is now
    return all(a == b for a, b in zip(before, now, strict=True) if _plain(a) and _plain(b))


def _solve(
    start: State,
    step: Callable[[State, Choose], State | Done[Outcome]],
    worth: Callable[[State], Weight] = lambda _: ONE,
) -> tuple[dict[Outcome, Fraction], Fraction]:
    """Outcomes from the start, and steps: every other state is taken out of the chain, the one found last first."""
    rows, into = _explore(start, step)
    cost = {state: worth(state) for state in rows}
    for state in [*reversed(rows)][:-1]:
        row = rows.pop(state)
        stays = ONE / (1 - row.pop(state, 0))  # how often it is there once it has come there
        for source in into.pop(state):
            if source not in rows or (share := rows[source].pop(state, None)) is None:
                continue  # taken out already
            share *= stays
            cost[source] += share * cost[state]
            for target, weight in row.items():
                rows[source][target] = rows[source].get(target, 0) + share * weight
                if target in rows:
                    into[target].add(source)
    row = rows[start]
    stays = ONE / (1 - row.pop(start, 0))
    found = {done.outcome: weight * stays for done, weight in row.items()}
    return found, cost[start] * stays


def _explore(start: State, step: Callable[[State, Choose], State | Done[Outcome]]) -> tuple[dict[State, Any], Any]:
    """All states that can be reached, with where each one goes and, of all targets, where they are reached from."""
    rows: dict[State, dict[Any, Fraction]] = {}
    into: defaultdict[Any, set[State]] = defaultdict(set)
    waiting = [start]
    for state in waiting:
        if state in rows:
            continue
        if len(rows) == STATES:
            raise ValueError(f"the chain has more than {STATES} states")
        rows[state] = distribution(lambda choose, state=state: step(state, choose))  # type: ignore[misc]
        for target in rows[state]:
            into[target].add(state)
            if not isinstance(target, Done):
                waiting.append(target)
    ends: list[Any] = [target for target in into if isinstance(target, Done)]
    known = set(ends)
    while ends:
        new = into[ends.pop()] - known
        known |= new
        ends += new
    if stuck := [state for state in rows if state not in known]:
        raise ValueError(f"no outcome can be reached from {stuck[0]!r}")
    return rows, into
