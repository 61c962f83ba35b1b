"""What a run tells whoever watches every link: entropies, exact for the run, from flushes and not from samples.

The observer knows the rule, sees when each message is sent over each link, and knows how many dummies a mix made when
it fired, never which. A mix selects uniformly; so a message held is each of those held with the same chance, whatever
else was seen, and a message's way through the net is a Markov chain on what was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from anonlaws.simulate.mixes import Floats, Flushes, Ints

NOTHING = 2.0**-50
"""A share of a target's mass that is not followed further."""


def carried(fresh: Floats, kept: Floats) -> Floats:
    """x with x[0] = fresh[0] and x[i] = fresh[i] + kept[i] x[i-1], where nothing kept is above 1.

    By doubling: sums over 1, 2, 4 … steps, until what is kept for so long is nothing.
    """
    total, factor, step = fresh.copy(), kept.copy(), 1
    while step < len(total) and factor[step:].max() > NOTHING:
        total[step:] += factor[step:] * total[:-step]
        factor[step:] *= factor[:-step]
        step *= 2
    return total


def hop_entropy(flushes: Flushes) -> Floats:
    """Bits, one entry a flush: which of the messages that came to the mix a message is that leaves it.

    Of a message that is none of the mix's own dummies: k came since the flush before, of those e that are to be
    expected in the mix; H = h(k/e) + k/e log k + (1 - k/e) H' with the H' of the flush before. Without dummies this is
    the recursion of Serjantov and Danezis' pool, and Loopix' equation 5. 0 where nothing that came is held.
    """
    came = np.diff(flushes.before, prepend=0).astype(np.float64)
    expected = carried(came, flushes.kept)
    new = np.divide(came, expected, out=np.zeros_like(came), where=expected > 0)
    old = np.where(expected > 0, 1 - new, 0)
    entropy = -new * log2(new) - old * log2(old) + new * log2(came)
    return carried(entropy, old)


def log2(values: Floats) -> Floats:
    """Logarithms, 0 for 0: for what is multiplied by its own argument."""
    return np.log2(values, out=np.zeros_like(values), where=values > 0)


@dataclass(frozen=True)
class Mass:
    """The chance, for each message of these flushes in a row, that it is the target. Flushes are numbered by layer."""

    first: int
    each: Floats


@dataclass(frozen=True)
class Layer:
    """A layer's mixes, as far as a target's mass needs them.

    Flushes are numbered one mix after the other, mix i's from offset[i]. Arrivals are those of a mix in order of time,
    with the number of the flush (of the layer before) that each left with.
    """

    offset: Sequence[int]
    flushes: Sequence[Flushes]
    arrived: Sequence[Floats]
    source: Sequence[Ints]
    met: Sequence[Ints] = field(init=False)
    fading: Sequence[Floats] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "met", tuple(map(first_flush, self.flushes, self.arrived)))
        object.__setattr__(self, "fading", tuple(map(fading, self.flushes)))

    def spread(self, came: Sequence[Mass], sent: Floats, buffer: Floats, latency: float) -> list[Mass]:
        """A target's mass in what the layer sends, from its mass in what came, which was sent at these times.

        `buffer` has a 0 for each flush of the layer before. Mass that is still held at the end is left out.
        """
        if not came:
            return []
        for mass in came:
            buffer[mass.first : mass.first + len(mass.each)] = mass.each
        begin = min(sent[mass.first] for mass in came) + latency
        end = max(sent[mass.first + len(mass.each) - 1] for mass in came) + latency
        spread = []
        for number, flushes in enumerate(self.flushes):
            low = np.searchsorted(self.arrived[number], begin)
            high = np.searchsorted(self.arrived[number], end, side="right")
            each = buffer[self.source[number][low:high]]
            met = self.met[number][low:high]
            some = (each > 0) & (met < len(flushes.time))
            if not some.any():
                continue
            each, met = each[some], met[some]
            first, fading = int(met[0]), self.fading[number]
            last = int(np.searchsorted(fading, fading[met[-1]] - np.log2(NOTHING)))
            fresh = np.bincount(met - first, weights=each, minlength=last - first).astype(np.float64)
            out = carried(fresh, flushes.kept[first:last]) * flushes.share[first:last]
            still = np.cumsum((out * flushes.sent[first:last])[::-1])[::-1]
            if many := np.count_nonzero(still > NOTHING):
                spread.append(Mass(self.offset[number] + first, out[:many].copy()))
        for mass in came:
            buffer[mass.first : mass.first + len(mass.each)] = 0
        return spread


def first_flush(flushes: Flushes, arrived: Floats) -> Ints:
    """The first flush that each arrival was held at; the number of flushes, if there was none."""
    return np.searchsorted(flushes.before, np.arange(len(arrived)), side="right")


def fading(flushes: Flushes) -> Floats:
    """How much has left of what is always held, as -log2 of what is kept, up to each flush; it never falls."""
    kept = np.maximum(flushes.kept, NOTHING)
    return np.cumsum(-np.log2(kept))


def output_entropy(masses: Sequence[Mass], sent: Ints) -> float:
    """Bits: which of the messages that leave the net the target is. `sent` has each flush's number of messages."""
    return float(
        sum(-(sent[mass.first : mass.first + len(mass.each)] * mass.each * log2(mass.each)).sum() for mass in masses)
    )


def receiver_entropy(masses: Sequence[Mass], sent: Ints, place: Ints, receiver: Ints, users: int) -> float:
    """Bits: to whom the target goes. `place` has the place of each flush's first message among all receivers."""
    to = np.zeros(users)
    for mass in masses:
        many = sent[mass.first : mass.first + len(mass.each)]
        begin = place[mass.first]
        to += np.bincount(receiver[begin : begin + many.sum()], weights=np.repeat(mass.each, many), minlength=users)
    return max(0.0, float(-(to * log2(to)).sum()))


def total(masses: Sequence[Mass], sent: Ints) -> float:
    """The mass that has come out; 1 if none is held at the end."""
    return float(sum((sent[mass.first : mass.first + len(mass.each)] * mass.each).sum() for mass in masses))
