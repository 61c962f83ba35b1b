"""Domains of chapter mix, and the laws' own rules, draws and batches, by which they judge their subjects."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any

from hypothesis import strategies as st

from anonspec.mix.model import (
    Binomial,
    Constant,
    Cottrell,
    Dummies,
    Geometric,
    Law,
    Order,
    Rule,
    Threshold,
    ThresholdAndTime,
    ThresholdPool,
    Timed,
    TimedPool,
    Trials,
)

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

# ---- domains ----

RULES: tuple[Rule, ...] = (
    Threshold(threshold=3),
    Threshold(threshold=4),
    Timed(period=1),
    Timed(period=3),
    ThresholdAndTime(kind="threshold-or-timed", threshold=3, period=3),
    ThresholdAndTime(kind="threshold-or-timed", threshold=2, period=4),
    ThresholdAndTime(kind="threshold-and-timed", threshold=3, period=2),
    ThresholdAndTime(kind="threshold-and-timed", threshold=2, period=3),
    ThresholdPool(threshold=2, pool=1),
    ThresholdPool(threshold=1, pool=3),
    ThresholdPool(threshold=3, pool=2),
    TimedPool(period=2, pool=1),
    TimedPool(period=2, pool=3),
    Cottrell(kind="cottrell-r1", period=2, threshold=2, pool=1, fraction=Fraction(1, 2)),
    Cottrell(kind="cottrell-r2", period=2, threshold=1, pool=2, fraction=Fraction(2, 3)),
    Cottrell(kind="cottrell-r3", period=1, threshold=1, pool=2, fraction=Fraction(13, 20)),
    Cottrell(kind="cottrell-r4", period=2, threshold=1, pool=2, fraction=Fraction(1, 3)),
    Cottrell(kind="cottrell-r4", period=3, threshold=2, pool=1, fraction=Fraction(1)),
    Binomial(period=2, chances=(Fraction(1, 2),)),
    Binomial(period=3, chances=(Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1))),
)
"""Some of every kind, with parameters so small that a few messages make each of them fire."""

NO_DUMMIES = Dummies(pool=Constant(count=0), output=Constant(count=0))

LAWS_OF_DUMMIES: tuple[Law, ...] = (
    Constant(count=0),
    Constant(count=2),
    Geometric(again=Fraction(2, 3)),
    Trials(trials=3, chance=Fraction(1, 2)),
)

ORDERS: tuple[Order, ...] = ("uniform", "lexicographic")


@dataclass(frozen=True)
class Schedules:
    """What happens to a mix, a letter for each event; drawn only.

    `a` another message arrives, a digit: a copy of the message of that number, `s` and `l`: one that is a byte too
    short or too long, `t` a tick, `k` a new key. A letter that is there more often happens more often.
    """

    letters: str
    least: int
    most: int

    @cache  # noqa: B019 - as above
    def strategy(self) -> st.SearchStrategy[str]:
        places = "".join(map(chr, range(len(self.letters))))  # a letter may be there twice, a text's alphabet is a set
        drawn = st.text(places, min_size=self.least, max_size=self.most)
        return drawn.map(lambda text: "".join(self.letters[ord(place)] for place in text))


SIZE = 8
"""Of the messages of the laws, in bytes."""


def message(number: int) -> bytes:
    """The message of a number, 0 … 255: all begin and end alike, with bytes that are easily lost."""
    return b"\0 " + bytes([(number * 167 + 90) % 256, number]) + b"m \n\0"


# ---- when it fires, and how many leave ----

ENOUGH_AT_ARRIVAL: dict[str, Callable[[Any], Any]] = {
    "threshold": lambda rule: rule.threshold,
    "threshold-or-timed": lambda rule: rule.threshold,
    "threshold-pool": lambda rule: rule.pool + rule.threshold,
}
"""How many have to be held for a flush at an arrival, for kinds that have any."""

ENOUGH_AT_END: dict[str, Callable[[Any], Any]] = {
    "timed": lambda _: 0,
    "threshold-or-timed": lambda _: 0,
    "binomial": lambda _: 0,
    "threshold-and-timed": lambda rule: rule.threshold,
    "timed-pool": lambda rule: rule.pool + 1,
    "cottrell-r1": lambda rule: rule.pool + rule.threshold,
    "cottrell-r2": lambda rule: rule.pool + rule.threshold,
    "cottrell-r3": lambda rule: rule.pool + rule.threshold,
    "cottrell-r4": lambda rule: rule.pool + rule.threshold,
}
"""How many have to be held for a flush at the end of a period, for kinds that have any."""

QUOTAS: dict[str, Callable[[Any, Any], Any]] = {
    "threshold": lambda _, held: held,
    "timed": lambda _, held: held,
    "threshold-or-timed": lambda _, held: held,
    "threshold-and-timed": lambda _, held: held,
    "threshold-pool": lambda rule, held: held - rule.pool,
    "timed-pool": lambda rule, held: held - rule.pool,
    "cottrell-r1": lambda rule, held: max(1, floor(rule.fraction * (held - rule.pool))),
    "cottrell-r2": lambda rule, held: min(held - rule.pool, floor(rule.fraction * held)),
    "cottrell-r3": lambda rule, held: min(held - rule.pool, floor(rule.fraction * held)),
    "cottrell-r4": lambda rule, held: min(held - rule.pool, max(1, floor(rule.fraction * held))),
}
"""How many leave of so many held when the mix fires."""


def fires(rule: Any, held: Any, at_arrival: bool) -> Any:
    """Whether a mix that holds so many fires, just after an arrival or else at a period's end."""
    enough = (ENOUGH_AT_ARRIVAL if at_arrival else ENOUGH_AT_END).get(rule.kind)
    return enough is not None and held >= enough(rule)


# ---- draws ----


def drawn(seed: bytes, name: str, flush: int, place: int, size: int = 8) -> bytes:
    """A labelled draw."""
    label = name.encode("ascii") + flush.to_bytes(8, "big") + place.to_bytes(8, "big")
    return hashlib.shake_256(seed + b"\0" + label).digest(size)


def bound(chance: Fraction) -> int:
    """A coin falls below this."""
    return floor(chance * 2**64)


def tossed(law: Law, coins: Callable[[int], int]) -> int:
    """How many dummies a law makes of the coins with these numbers."""
    if isinstance(law, Constant):
        return law.count
    if isinstance(law, Trials):
        return len([number for number in range(law.trials) if coins(number) < bound(law.chance)])
    return next(number for number in range(10_000) if coins(number) >= bound(law.again))


def taken(messages: Sequence[Any], draws: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """What these draws take out of the messages, and what is left."""
    out, there = [], dict(enumerate(messages))
    for choice in draws:
        place, last = choice * len(there) // 2**64, len(there) - 1
        out.append(there[place])
        there[place] = there[last]
        del there[last]
    return out, [there[place] for place in range(len(there))]


# ---- a mix that waits ----


@dataclass
class Node:
    """A mix as this file keeps it: `held` in its order, `memory` what was accepted under this key."""

    rule: Rule
    order: Order
    dummies: Dummies
    seed: bytes
    size: int = SIZE
    held: list[bytes] = field(default_factory=list)
    memory: set[bytes] = field(default_factory=set)
    elapsed: int = 0
    flushes: int = 0
    made: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.made = [drawn(self.seed, "fake", 0, place, self.size) for place in range(getattr(self.rule, "pool", 0))]
        self.held = list(self.made)

    def refuses(self, content: bytes) -> str | None:
        """The clause by which an arrival is refused, if it is."""
        if len(content) != self.size:
            return "MIX-4"
        return "MIX-5" if content in self.memory else None

    def arrive(self, content: bytes) -> list[bytes]:
        """What leaves when this arrives."""
        self.held.append(content)
        self.memory.add(content)
        if not fires(self.rule, len(self.held), at_arrival=True):
            return []
        self.elapsed = 0
        return self.fire()

    def tick(self) -> list[bytes]:
        """What leaves at a tick."""
        self.elapsed += 1
        if self.elapsed != getattr(self.rule, "period", None):
            return []
        self.elapsed = 0
        return self.fire() if fires(self.rule, len(self.held), at_arrival=False) else []

    def new_key(self) -> None:
        """Forget what was accepted."""
        self.memory = set()

    def fire(self) -> list[bytes]:
        """What leaves now."""
        self.flushes += 1

        def number(name: str, place: int) -> int:
            return int.from_bytes(drawn(self.seed, name, self.flushes, place))

        inside = tossed(self.dummies.pool, lambda place: number("pool", place))
        outside = tossed(self.dummies.output, lambda place: number("exit", place))
        made = [drawn(self.seed, "fake", self.flushes, place, self.size) for place in range(inside + outside)]
        self.made += made
        self.held += made[:inside]
        if isinstance(self.rule, Binomial):
            chance = self.rule.chances[min(len(self.held), len(self.rule.chances) - 1)]
            goes = {place for place in range(len(self.held)) if number("coin", place) < bound(chance)}
            leave = [each for place, each in enumerate(self.held) if place in goes]
            self.held = [each for place, each in enumerate(self.held) if place not in goes]
        else:
            many = QUOTAS[self.rule.kind](self.rule, len(self.held))
            leave, self.held = taken(self.held, [number("take", place) for place in range(many)])
        batch = leave + made[inside:]
        if self.order == "lexicographic":
            return sorted(batch)
        return taken(batch, [number("sort", place) for place in range(len(batch))])[0]
