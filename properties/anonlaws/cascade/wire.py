"""The laws' own letters, envelopes, mixes and cascades of subjects, by which they judge their subjects.

Seals and headers are those of chapter reply's wire.py, batches those of chapter mix's.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from anonlaws.law import Seeds
from anonlaws.mix.wire import NO_DUMMIES, ORDERS, Schedules
from anonlaws.mix.wire import Node as Waiting
from anonlaws.reply.wire import (
    CODES,
    FORWARD,
    OVERHEADS,
    REPLY,
    Mix,
    Row,
    about,
    changed,
    core,
    drawn,
    forward,
    fresh,
    masked,
    opened,
    padded,
    public,
    replied,
    seal,
    some_row,
    unlocked,
    unseal,
)
from anonspec.cascade.model import Batch, Board, Delivered
from anonspec.mix.model import (
    Binomial,
    Cottrell,
    Order,
    Rule,
    Suite,
    Threshold,
    ThresholdAndTime,
    ThresholdPool,
    Timed,
    TimedPool,
)
from anonspec.shape import Reject

__all__ = [
    "CODES",
    "FORWARD",
    "ORDERS",
    "REPLY",
    "Mix",
    "Row",
    "Schedules",
    "Seeds",
    "about",
    "changed",
    "drawn",
    "fresh",
    "opened",
    "padded",
    "public",
    "seal",
    "some_row",
    "unlocked",
    "unseal",
]

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

NOBODY = 2**32 - 1

RULES: tuple[Rule, ...] = (
    Threshold(threshold=2),
    Threshold(threshold=3),
    Timed(period=2),
    ThresholdAndTime(kind="threshold-or-timed", threshold=3, period=3),
    ThresholdAndTime(kind="threshold-and-timed", threshold=2, period=2),
    ThresholdPool(threshold=2, pool=1),
    ThresholdPool(threshold=1, pool=2),
    TimedPool(period=2, pool=2),
    Cottrell(kind="cottrell-r1", period=1, threshold=1, pool=1, fraction=Fraction(1, 2)),
    Cottrell(kind="cottrell-r2", period=1, threshold=1, pool=1, fraction=Fraction(2, 3)),
    Cottrell(kind="cottrell-r3", period=2, threshold=1, pool=1, fraction=Fraction(13, 20)),
    Cottrell(kind="cottrell-r4", period=1, threshold=1, pool=2, fraction=Fraction(1, 3)),
    Binomial(period=1, chances=(Fraction(1, 2),)),
)
"""Some of every kind, that fire after a few envelopes."""


def sha256(data: bytes) -> bytes:
    """SHA-256: 32 bytes."""
    return hashlib.sha256(data).digest()


def size_of(row: Row, position: int) -> int:
    """Bytes of an envelope at a position; at the last but one more, of an item that is delivered."""
    return row.header(position) + row.body(position)


# ---- letters ----


def about_letter(suite: Suite, receiver: int) -> bytes:
    """What a letter is bound to."""
    return b"anonspec cascade letter1" + CODES[suite] + receiver.to_bytes(4, "big")


def letter(row: Row, receiver: int, key: bytes, message: bytes, chance: bytes) -> bytes:
    """A message as it is sealed to a receiver's public key."""
    return seal(row.suite, key, about_letter(row.suite, receiver), padded(message, row.payload - row.overhead), chance)


def sent(row: Row, receiver: int, body: bytes, seed: bytes) -> list[bytes]:
    """A body for a receiver, or for nobody: the envelope at each position, and what is delivered."""
    keys = [fresh(seed, "key", place) for place in range(len(row.mixes))]
    return forward(row, keys, core(receiver, fresh(seed, "mark")[:16]), body, seed)


def answered(row: Row, receiver: int, body: bytes, seed: bytes) -> list[bytes]:
    """An envelope of kind reply to a receiver with this body at the first mix, at each position; and as delivered."""
    keys = [fresh(seed, "key", place) for place in range(len(row.mixes))]
    return replied(row, keys, core(receiver, fresh(seed, "mark")[:16]), body, seed)


@lru_cache(maxsize=4096)
def dummy(row: Row, position: int, seed: bytes) -> bytes:
    """An item that a mix at a position may put in: a dummy's envelope for the next mix, or what is for nobody."""
    rest = Row(row.suite, row.mixes[position:], row.payload)
    return sent(rest, NOBODY, hashlib.shake_256(seed).digest(row.payload), seed)[0]


# ---- one mix ----


@dataclass
class Node:
    """A mix of a cascade as this file keeps it: what it has seen, what waits in it, what it took since it fired."""

    row: Row
    position: int
    waiting: Waiting
    epoch: int
    secret: bytes
    seen: set[bytes] = field(default_factory=set)
    took: list[bytes] = field(default_factory=list)

    def refusal(self, envelope: bytes) -> str | None:
        """The clause by which an envelope is refused, if it is."""
        if len(envelope) != size_of(self.row, self.position):
            return "REP-8"
        if self.inside(envelope) is None:
            return "REP-9"
        return "REP-10" if envelope[: self.row.header(self.position)] in self.seen else None

    def inside(self, envelope: bytes) -> bytes | None:
        """The item in an envelope of the right size; None where it does not open."""
        mix = Mix(self.row.mixes[self.position - 1].number, self.epoch, self.secret)
        return item_in(self.row, self.position, mix, envelope)

    def arrive(self, envelope: bytes) -> Batch:
        """What comes of an envelope that is not refused."""
        self.seen.add(envelope[: self.row.header(self.position)])
        self.took.append(sha256(envelope))
        item = self.inside(envelope)
        assert item is not None
        return self.insert(item)

    def insert(self, item: bytes) -> Batch:
        """What comes of an item."""
        before = self.waiting.flushes
        return self.fired(before, self.waiting.arrive(item))

    def tick(self) -> Batch:
        """What comes of a tick."""
        before = self.waiting.flushes
        return self.fired(before, self.waiting.tick())

    def rekey(self, epoch: int, secret: bytes) -> None:
        """A new key."""
        self.epoch, self.secret, self.seen = epoch, secret, set()

    def fired(self, before: int, leaves: Sequence[bytes]) -> Batch:
        """What leaves, and the board, if it fired."""
        if self.waiting.flushes == before:
            return Batch(sends=(), delivers=(), board=None)
        board = Board(took=tuple(sorted(self.took)), sent=tuple(sorted(map(sha256, leaves))))
        self.took = []
        if self.position < len(self.row.mixes):
            return Batch(sends=tuple(leaves), delivers=(), board=board)
        real = [each for each in leaves if each[:4] != NOBODY.to_bytes(4)]
        return Batch(sends=(), delivers=tuple(map(as_delivered, real)), board=board)


@lru_cache(maxsize=4096)  # the same few envelopes come again and again
def item_in(row: Row, position: int, mix: Mix, envelope: bytes) -> bytes | None:
    """What a mix at a position finds in an envelope of the right size; None where it does not open."""
    header, body = envelope[: row.header(position)], envelope[row.header(position) :]
    layer = unseal(row.suite, mix.secret, about(row.suite, mix.number, mix.epoch), header)
    if layer is None or layer[:1] not in (FORWARD, REPLY):
        return None
    passed = unlocked(layer[1:33], body) if layer[:1] == FORWARD else masked(layer[1:33], body)[:-16]
    return None if passed is None else layer[33:] + passed


def as_delivered(item: bytes) -> Delivered:
    """What is made of an item at the last position."""
    return Delivered(destination=int.from_bytes(item[:4]), mark=item[4:20], body=item[20:])


def as_item(delivered: Delivered) -> bytes:
    """What it was made of."""
    return delivered.destination.to_bytes(4) + delivered.mark + delivered.body


def some_pool(row: Row, position: int, rule: Rule) -> tuple[bytes, ...]:
    """As many dummies as the rule's pool has places."""
    return tuple(dummy(row, position, fresh(b"pool", place)) for place in range(getattr(rule, "pool", 0)))


def begun(
    net: Net, row: Row, position: int, rule: Rule, order: Order, seed: bytes, pool: tuple[bytes, ...] | None = None
) -> tuple[Any, Node]:
    """The subject as the mix at a position, and this file's own."""
    mix = row.mixes[position - 1]
    pool = some_pool(row, position, rule) if pool is None else pool
    place = (mix.number, mix.epoch, position, len(row.mixes), row.payload)
    state = net.take_place(row.suite, mix.secret, *place, rule, order, pool, seed)
    waiting = Waiting(rule, order, NO_DUMMIES, seed, size_of(row, position + 1))
    waiting.held = list(pool)
    return state, Node(row, position, waiting, mix.epoch, mix.secret)


# ---- whole cascades ----


@dataclass
class Cascade:
    """A row of subjects: what each was sent goes to the next at once. `wires` is what came to each position.

    `boards` is what each mix has published, put together; `delivered` what the last one delivered, in order.
    """

    net: Net
    row: Row
    nodes: list[Any]
    wires: list[list[bytes]]
    boards: list[Board]
    batches: list[list[int]]
    delivered: list[Delivered] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def arrive(self, envelope: bytes, position: int = 1) -> None:
        """Hand an envelope to the mix at a position, and on what comes of it; a refusal is noted."""
        self.wires[position - 1].append(envelope)
        try:
            self.nodes[position - 1], batch = self.net.arrive(self.nodes[position - 1], envelope)
        except Reject as refusal:
            self.refused.append((position, refusal.clause))
        else:
            self.passed(position, batch)

    def tick(self, position: int) -> None:
        """Let time pass at a position."""
        self.nodes[position - 1], batch = self.net.tick(self.nodes[position - 1])
        self.passed(position, batch)

    def insert(self, position: int, item: bytes) -> None:
        """Let the mix at a position put in a dummy."""
        self.nodes[position - 1], batch = self.net.insert(self.nodes[position - 1], item)
        self.passed(position, batch)

    def passed(self, position: int, batch: Batch) -> None:
        """Hand on what leaves a mix."""
        if batch.board:
            one, more = self.boards[position - 1], batch.board
            self.boards[position - 1] = Board(took=one.took + more.took, sent=one.sent + more.sent)
            self.batches[position - 1].append(len(more.sent))
        self.delivered += batch.delivers
        for envelope in batch.sends:
            self.arrive(envelope, position + 1)


def cascade(net: Net, row: Row, rule: Rule, order: Order, seed: bytes) -> Cascade:
    """All mixes of a row, with seeds of their own and pools that are full."""
    places = range(1, len(row.mixes) + 1)
    nodes = [begun(net, row, place, rule, order, fresh(seed, "node", place))[0] for place in places]
    boards = [Board(took=(), sent=()) for _ in places]
    return Cascade(net, row, nodes, [[] for _ in places], boards, [[] for _ in places])


def small_row(mixes: int, suite: Suite = "x25519", room: int = 12) -> Row:
    """A row that is always the same."""
    given = tuple(Mix(7 * place + 3, place, fresh(b"small row", place)) for place in range(mixes))
    return Row(suite, given, OVERHEADS[suite] + 1 + room)
