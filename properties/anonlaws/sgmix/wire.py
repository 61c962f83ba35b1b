"""Domains of chapter sgmix, and the laws' own delays, plans and mix, by which they judge their subjects."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from anonlaws.law import Forall, Integers, Seeds
from anonspec.sgmix.model import Hop, Instruction
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

LN2 = 12786308645202655659
LAST = 2**53 - 1

HARD = (
    0x0000000000000000,
    0xFFFFFFFFFFFFFFFF,
    0x0A0FA051DFF9E4B2,
    0x6E1F00DCCE03FDD0,
    0x25565496CEAC15CC,
    0x4CE9E35B1DA30D0B,
    0x9D56A8DF3B6FF30D,
    0x0EBFE32AA4D353B8,
)
"""Draws whose delays for a mean of 2^40 come out wrong in floating point, and the two ends."""

# ---- domains ----


def some_draw(forall: Forall, name: str) -> bytes:
    """Eight bytes: any, next to a power of two, or hard."""
    kind = forall(["any", "any", "edge", "hard"], f"{name} kind")
    drawn: int
    if kind == "hard":
        drawn = forall(HARD, name)
    elif kind == "edge":
        drawn = max(0, 2 ** forall(range(64), f"{name} power") + forall([-2, -1, 0], f"{name} off"))
    else:
        drawn = forall(Integers(0, 2**64 - 1), name)
    return drawn.to_bytes(8)


MEANS = [1, 2, 999, 10**6, 2**32 + 1, 2**40]

# ---- this file's own delays and plans ----


def drawn(seed: bytes, number: int, hop: int) -> bytes:
    """A labelled draw."""
    return hashlib.shake_256(seed + b"\0delay" + number.to_bytes(8) + hop.to_bytes(4)).digest(8)


def digits(m: int, count: int) -> int:
    """So many binary digits of the logarithm of m / 2^63, as one integer."""
    if count == 0:
        return 0
    over = m * m >> 127
    return (over << (count - 1)) + digits(m * m >> (63 + over), count - 1)


def delayed(data: bytes, mean: int) -> int:
    """The delay of a draw."""
    v = int.from_bytes(data) + 1
    d = v.bit_length()
    e = (65 - d) * 2**56 - digits(v * 2**64 >> d, 56)
    return mean * (e * LN2 // 2**64) // 2**56


@dataclass(frozen=True)
class Way:
    """What a plan is asked for."""

    seed: bytes
    number: int
    start: int
    hops: tuple[Hop, ...]
    occupancy: int
    fastest: int
    slowest: int
    skew: int

    @property
    def fields(self) -> tuple[Any, ...]:
        """In the order of the chapter's table."""
        return tuple(vars(self).values())

    @property
    def waits(self) -> list[int]:
        """The delays at the hops."""
        return [delayed(drawn(self.seed, self.number, i), hop.mean) for i, hop in enumerate(self.hops, 1)]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """What the hops have to be told."""
        waits = self.waits
        told = []
        for i, wait in enumerate(waits, 1):
            s = self.start + sum(waits[: i - 1])
            earliest = max(0, s + i * self.fastest - self.skew)
            told.append(Instruction(delay=wait, earliest=earliest, latest=s + i * self.slowest + self.skew))
        return tuple(told)


ROUTES = [
    tuple(Hop(mean=mean, gap=gap) for mean, gap in zip(means, gaps, strict=False))
    for means in ((50, 1000, 10**6, 70, 2000), (10**6, 50, 999, 10**6, 10**5))
    for gaps in ((5,), (1, 5), (5, 1, 5), (5, 5, 5, 5), (1, 5, 5, 1, 1))
]
"""Routes of one to five hops, each with ten others in every mix, or more."""


def some_way(forall: Forall, least: int = 1) -> Way:
    """Long enough and within the clock; near the beginning of time or far from it."""
    hops = forall([route for route in ROUTES if len(route) >= least], "hops")
    fastest = forall([0, 3, 100], "fastest")
    return Way(
        seed=forall(Seeds(), "seed"),
        number=forall([0, 1, 7, 2**53 - 1], "number"),
        start=forall([0, 40, 10**9, 2**52], "start"),
        hops=hops,
        occupancy=forall([1, 10], "occupancy"),
        fastest=fastest,
        slowest=fastest + forall([0, 1, 250], "spread"),
        skew=forall([0, 7, 1000], "skew"),
    )


# ---- this file's own mix ----

Sent = tuple[int, bytes]
"""A moment, and the message that leaves in it."""


@dataclass
class Mix:
    """A mix as the text has it; it remembers everything for ever."""

    size: int
    clock: int = 0
    held: list[Sent] = field(default_factory=list)
    taken: dict[bytes, int] = field(default_factory=dict)

    def refuses(self, at: int, message: bytes, earliest: int, latest: int) -> str | None:
        """The clause by which a message has to be refused."""
        if at < self.clock:
            return "SGM-9"
        if len(message) != self.size:
            return "SGM-10"
        if not earliest <= at <= latest:
            return "SGM-11"
        return "SGM-12" if at <= self.taken.get(message, -1) else None

    def until(self, clock: int) -> list[Sent]:
        """What leaves before a moment."""
        self.clock = clock
        left = sorted(sent for sent in self.held if sent[0] < clock)
        self.held = [sent for sent in self.held if sent[0] >= clock]
        return left

    def arrive(self, at: int, message: bytes, delay: int, latest: int) -> list[Sent]:
        """Take a message that is not to be refused."""
        left = self.until(at)
        self.held.append((at + delay, message))
        self.taken[message] = latest
        return left


def sent(sends: Sequence[Any]) -> list[Sent]:
    """Moments and messages of what a subject gave."""
    return [(send.at, send.message) for send in sends]


# ---- what happens to a mix ----

TOKENS = [bytes([first, second, 7, 0]) for first in (9, 3) for second in (1, 2, 0)]
"""Messages, in no order of theirs."""

WINDOWS = [
    *((early, late, "") for early in (0, 3) for late in (0, 1, 6, 20)),
    *((0, 6, odd) for odd in ("past", "size", "early", "late", "crossed", "old")),
]
"""How long before and after an arrival its window begins and ends, and what is wrong with it, if anything is."""


def some_arrival(forall: Forall, mix: Mix, number: int) -> tuple[int, bytes, int, int, int]:
    """A moment, a message, a delay and a window: now and then one that is to be refused, or just not."""
    at = mix.clock + forall([0, 0, 1, 2, 5], f"later {number}")
    message = forall(TOKENS, f"message {number}")
    delay = forall([0, 1, 2, 4, 8], f"delay {number}")
    early, late, odd = forall(WINDOWS, f"window {number}")
    earliest, latest = max(0, at - early), at + late
    match odd:
        case "past":
            at, earliest = max(0, mix.clock - 1), 0
        case "size":
            message = forall([message[:3], message + b"\0", b""], f"length {number}")
        case "early":
            earliest = at + 1
        case "late" if at > 0:
            earliest, latest = 0, at - 1
        case "crossed":
            earliest, latest = at + 1, max(0, at - 1)
        case "old" if message in mix.taken:
            at = max(mix.clock, mix.taken[message])
            earliest, latest = at, at + 9
    if at > mix.taken.get(message, at):  # what is done with a copy that has a later window is left open
        message = bytes([number, 255, 255, number])
    return at, message, delay, earliest, latest


def told(net: Net, node: Any, mix: Mix, arrival: tuple[int, bytes, int, int, int]) -> tuple[Any, list[Sent]]:
    """Hand an arrival to a subject and to this file's mix, which have to agree; what went out."""
    at, message, delay, earliest, latest = arrival
    clause = mix.refuses(at, message, earliest, latest)
    try:
        after, sends = net.arrive(node, *arrival)
    except Reject as refusal:
        assert refusal.clause == clause
        return node, []
    assert clause is None
    expected = mix.arrive(at, message, delay, latest)
    assert sent(sends) == expected
    return after, expected


def ended(net: Net, node: Any, mix: Mix, at: int) -> tuple[Any, list[Sent]]:
    """Let a moment end for both."""
    try:
        after, sends = net.wait(node, at)
    except Reject as refusal:
        assert (refusal.clause, at < mix.clock) == ("SGM-9", True)
        return node, []
    assert at >= mix.clock
    expected = mix.until(at + 1)
    assert sent(sends) == expected
    return after, expected


def refused(net: Net, node: Any, arrival: tuple[int, bytes, int, int, int]) -> str | None:
    """By which clause an arrival is refused."""
    try:
        net.arrive(node, *arrival)
    except Reject as refusal:
        return refusal.clause
    return None
