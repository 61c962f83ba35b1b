"""Whatever comes over a wire is taken or refused, and nothing else happens: mutated messages, as many as one likes.

By default two thousand for each party; ANONSPEC_FUZZ=1000000 sets another number.
"""

import os
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeVar

import pytest

from anonlaws.reply import wire
from anonref import cascade, mix, reply
from anonspec.mix.model import Threshold
from anonspec.shape import Reject

Result = TypeVar("Result")
NUMBER = int(os.environ.get("ANONSPEC_FUZZ", "2000"))
KEY = wire.fresh(b"fuzz", "key")
ROW = wire.Row("x25519", (wire.Mix(3, 1, KEY), wire.Mix(4, 1, wire.fresh(b"fuzz", "next"))), 48 + 16)
SOUND = {
    kind: [wire.some_way(ROW, kind, wire.fresh(b"fuzz", number))[0] for number in range(4)]
    for kind in (wire.FORWARD, wire.REPLY)
}
HEADER = ROW.header(1)


def mutated(draw: Random, messages: list[bytes]) -> bytes:
    """One of the messages with something about it changed; now and then it comes out as it was."""
    data = bytearray(draw.choice(messages))
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        place = draw.randrange(len(data) + 1)
        match draw.randrange(9):
            case 0 | 1 | 2 | 3 if data:
                data[place % len(data)] ^= 1 << draw.randrange(8)
            case 4 if data:
                data[place % len(data)] = draw.choice([0, 1, 0x80, 0xFF])
            case 5:
                del data[place:]
            case 6:
                data += draw.randbytes(draw.randrange(1, 40))
            case 7:
                data[place:] = draw.choice(messages)[place:]
            case 8:
                data[place : place + 32] = draw.choice([bytes(32), b"\xff" * 32, draw.randbytes(32)])
    return bytes(data)


def sealed_well(draw: Random) -> bytes:
    """An envelope whose header opens to anything at all, of any length."""
    inside = draw.randbytes(draw.choice([0, 1, 32, 33, HEADER - 48, HEADER - 48, HEADER - 48]))
    if inside:
        inside = bytes([draw.choice([0, 1, 2, 255])]) + inside[1:]
    sealed = wire.seal(ROW.suite, wire.public(ROW.suite, KEY), wire.about(ROW.suite, 3, 1), inside, draw.randbytes(32))
    return sealed + draw.randbytes(ROW.body(1))


def some_messages(messages: list[bytes], others: Callable[[Random], bytes]) -> Iterator[bytes]:
    """As many as there are to be; one in ten sealed by who knows how, the others mutated."""
    draw = Random("fuzz")
    for number in range(NUMBER):
        yield others(draw) if number % 10 == 0 else mutated(draw, messages)


def outcome(act: Callable[..., Result], *given: Any) -> tuple[str, Result | None]:
    """The clause of a refusal, or what came of it; any other exception is a failure."""
    try:
        return "", act(*given)
    except Reject as refusal:
        return refusal.clause, None


def test_a_mix_takes_what_is_sealed_to_it_and_refuses_all_else() -> None:
    size, info = 24, b"anonspec mix seal1\0" + (3).to_bytes(4) + (1).to_bytes(8)
    public = wire.public("x25519", KEY)
    sound = [wire.seal("x25519", public, info, bytes([place] * 28), wire.fresh(KEY, place)) for place in range(4)]

    def any_size(draw: Random) -> bytes:
        return wire.seal("x25519", public, info, draw.randbytes(draw.choice([0, 3, 4, 27, 29])), draw.randbytes(32))

    taken = 0
    for message in some_messages(sound, any_size):
        clause, _ = outcome(mix.open, "x25519", KEY, 3, 1, size, message)
        assert clause == ("" if message in sound else "MIX-29")
        taken += not clause
    assert taken < NUMBER / 5


@pytest.mark.parametrize("kind", [wire.FORWARD, wire.REPLY], ids=["forward", "reply"])
def test_a_mix_of_a_row_refuses_whatever_does_not_open(kind: bytes) -> None:
    relay = ROW.begun(reply, 1)
    before = relay.model_copy(deep=True)
    for message in some_messages(SOUND[kind], sealed_well):
        clause, moved = outcome(reply.process, relay, message)
        if moved:
            after, passed = moved
            assert len(passed.next or b"") == ROW.header(2) + ROW.body(2)
            assert len(after.seen) == 1
        else:
            assert clause == ("REP-9" if len(message) == len(SOUND[kind][0]) else "REP-8")
            assert message not in SOUND[kind]
    assert relay == before


def test_a_node_of_a_cascade_takes_or_refuses_and_counts_what_it_took() -> None:
    rule, took = Threshold(threshold=3), 0
    empty = cascade.take_place("x25519", KEY, 3, 1, 1, 2, ROW.payload, rule, "uniform", (), b"s" * 32)
    node = empty
    for message in some_messages([*SOUND[wire.FORWARD], *SOUND[wire.REPLY]], sealed_well):
        clause, moved = outcome(cascade.arrive, node, message)
        if moved:
            after, batch = moved
            assert len(after.mix.held) + len(batch.sends) == len(node.mix.held) + 1
            assert len(batch.sends) == (0 if batch.board is None else 3)
            node, took = after if batch.board is None else empty, took + 1  # or else its memory would grow and grow
        else:
            assert clause in ("REP-8", "REP-9", "REP-10")
    assert took
