"""One mix over a whole run: when it fires, what it holds then, and which of its messages leave with which flush.

When a mix fires depends on how many messages came and not on which; so the flushes are found first, for a batching
mix by the subject's own `fires` and `quota`, and the messages for each are chosen after. Messages are numbers, -1 for
all cover: whatever is to be removed at the end is alike to a mix, and to whoever looks at it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from anonspec.mix.model import Binomial, Constant, Geometric, Law, Rule

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COVER = -1
"""The number of every message that nobody is waiting for."""

RUN_ON = 100
"""Periods that a mix's timer runs on after the last arrival, at most."""

MOST_DUMMIES = 10**7
"""Of one mix; beyond is a mistake, or a network that floods itself."""

NONE = Constant(count=0)

FIRING = np.dtype([("time", "f8"), ("before", "i8"), ("inside", "i8"), ("held", "i8"), ("left", "i8")])


@dataclass(frozen=True)
class Batching:
    """Mixes of chapter mix, by a rule and a subject's `fires` and `quota`; a tick is `tick` seconds.

    A timer runs from a moment of its own: the first period's end is uniform over a period.
    """

    rule: Rule
    fires: Callable[[Rule, int, bool], bool]
    quota: Callable[[Rule, int], int]
    tick: float = 1.0
    into_pool: Law = NONE
    into_batch: Law = NONE


@dataclass(frozen=True)
class Continuous:
    """Mixes of chapter sgmix: each message is delayed by itself, exponentially, `mean` seconds in the mean."""

    mean: float


@dataclass(frozen=True)
class Flushes:
    """What a mix did, one entry a flush (of a Continuous mix: a departure), in order of time.

    `before` counts the messages that came until then. `held` are the messages in the mix, with those dummies that were
    put in just before; `left` of these leave, and `sent` are the left and the dummies that join them. `kept` is the
    share of those held at the flush before that was still there after it; `share` the chance of a message held to be
    one given message of the batch.
    """

    time: Floats
    before: Ints
    held: Ints
    left: Ints
    sent: Ints
    kept: Floats = field(init=False)
    share: Floats = field(init=False)

    def __post_init__(self) -> None:
        leaves = self.left / np.maximum(self.held, 1)
        object.__setattr__(self, "kept", np.concatenate(([0.0], 1 - leaves[:-1]))[: len(leaves)])
        object.__setattr__(self, "share", leaves / np.maximum(self.sent, 1))


@dataclass(frozen=True)
class Passed:
    """A mix's run: its flushes, the messages sent (all flushes one after the other), and counts of what it held.

    came + made = sent + held at the end; what a pool was begun with counts as made.
    """

    flushes: Flushes
    gone: Ints
    made: int
    held: int


def work(kind: Batching | Continuous, times: Floats, messages: Ints, chance: np.random.Generator) -> Passed:
    """Let messages come to a mix at these times, which do not fall, in seconds."""
    if isinstance(kind, Continuous):
        return delay(kind, times, messages, chance)
    return batch(kind, times, messages, chance)


# ---- a mix that delays each message by itself ----


def delay(kind: Continuous, times: Floats, messages: Ints, chance: np.random.Generator) -> Passed:
    """Exponential delays: every departure is a flush of one."""
    leaves = times + chance.exponential(kind.mean, len(times))
    order = np.argsort(leaves, kind="stable")
    leaves = leaves[order]
    before = np.searchsorted(times, leaves, side="right")
    one = np.ones(len(times), np.int64)
    flushes = Flushes(leaves, before, before - np.arange(len(times)), one, one)
    return Passed(flushes, messages[order], made=0, held=0)


# ---- a mix that sends batches ----


def batch(kind: Batching, times: Floats, messages: Ints, chance: np.random.Generator) -> Passed:
    """A batching rule: first when it fires and how many leave, then which."""
    pool: int = getattr(kind.rule, "pool", 0)
    rows = np.fromiter(firings(kind, times, pool, chance), FIRING)
    time, before, inside, held, left = (np.ascontiguousarray(rows[name]) for name in FIRING.names or ())
    outside = dummies(kind.into_batch, len(rows), chance)
    made = pool + int(inside.sum() + outside.sum())
    if made > MOST_DUMMIES:
        raise ValueError(f"dummies: {made} in one mix, where {MOST_DUMMIES} are the most")
    flushes = Flushes(time, before, held, left, left + outside)
    chosen = choose(pool, messages.tolist(), before, inside, held, left, chance)
    flush = np.repeat(np.arange(len(rows)), flushes.sent)
    gone = np.full(len(flush), COVER, np.int64)
    gone[np.arange(len(flush)) - np.repeat(np.cumsum(flushes.sent) - flushes.sent, flushes.sent) < left[flush]] = chosen
    # The order in a batch is uniform.
    gone = gone[np.lexsort((chance.random(len(gone)), flush))]
    return Passed(flushes, gone, made, held=len(times) + made - len(gone))


def firings(
    kind: Batching, times: Floats, held: int, chance: np.random.Generator
) -> Iterator[tuple[float, int, int, int, int]]:
    """Each firing: its time, messages that came until then, dummies put in, messages held then, how many leave.

    What comes at a period's end is there when the rule is tested. After the last arrival the timer runs on until the
    mix is empty, does not fire, or sends nothing; with dummies that may be never, so RUN_ON periods at most.
    """
    rule = kind.rule
    arrival, end = (cache(lambda held, when=when: kind.fires(rule, held, when)) for when in (True, False))
    quota = cache(lambda held: kind.quota(rule, held))
    inside = stream(kind.into_pool, chance)
    period = getattr(rule, "period", math.inf) * kind.tick
    silent = kind.into_pool == kind.into_batch == NONE
    timer = period * chance.random() if period < math.inf else math.inf
    came, more, ran = 0, times.tolist(), 0
    while True:
        now = more[came] if came < len(more) else math.inf
        if timer < now:
            time, timer = timer, timer + period
            if came == len(more):
                ran += 1
                if not held or ran > RUN_ON:
                    return
            fired = (held or not silent) and end(held)
            if not fired and came == len(more):
                return
        elif now < math.inf:
            time, came, held = now, came + 1, held + 1
            fired = arrival(held)
            if fired:
                timer = time + period
        else:
            return
        if fired:
            made = next(inside)
            held += made
            if isinstance(rule, Binomial):
                leave = int(chance.binomial(held, float(rule.chances[min(held, len(rule.chances) - 1)])))
            else:
                leave = quota(held)
            yield time, came, made, held, leave
            held -= leave
            if came == len(more) and not leave:
                return


def choose(
    pool: int, messages: list[int], before: Ints, inside: Ints, held: Ints, left: Ints, chance: np.random.Generator
) -> list[int]:
    """The messages that leave, flush by flush, each uniformly one of those still held."""
    some = np.where(left < held, left, 0)  # where all leave there is nothing to draw
    place = np.arange(some.sum()) - np.repeat(np.cumsum(some) - some, some)
    draws = iter(chance.integers(0, np.repeat(held, some) - place).tolist())
    here, gone, came = [COVER] * pool, [], 0
    for until, made, leave in zip(before.tolist(), inside.tolist(), left.tolist(), strict=True):
        here += messages[came:until]
        here += [COVER] * made
        came = until
        if leave == len(here):
            gone += here
            here = []
            continue
        for _ in range(leave):
            spot = next(draws)
            gone.append(here[spot])
            here[spot] = here[-1]
            here.pop()
    return gone


# ---- dummies ----


def dummies(law: Law, flushes: int, chance: np.random.Generator) -> Ints:
    """How many dummies a law makes at each of so many flushes."""
    if isinstance(law, Constant):
        return np.full(flushes, law.count, np.int64)
    if isinstance(law, Geometric):
        return chance.geometric(float(1 - law.again), flushes) - 1
    return chance.binomial(law.trials, float(law.chance), flushes)


def stream(law: Law, chance: np.random.Generator) -> Iterator[int]:
    """The same, without end."""
    while True:
        yield from dummies(law, 4096, chance).tolist()
