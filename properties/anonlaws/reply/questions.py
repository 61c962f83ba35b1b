"""Questions for the generated vectors: envelopes at drawn positions of drawn rows, answers to be read, draws and sizes.

Only questions are made here; the answers are the reference's. Seals are those of wire.py, of the suite `x25519`: a seal
of the other one is never made twice alike.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from anonlaws.reply.wire import FORWARD, REPLY, Mix, Row, about_answer, arrived, padded, public, seal, some_way

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for number in range(6):
        yield an_envelope(draw, number)
    for number in range(3):
        yield a_mix(draw, number)
    for number in range(4):
        yield an_answer(draw, number)
    for number in range(4):
        yield a_draw(draw, number)
    for number in range(4):
        yield a_size(draw, number)


def a_row(draw: Random) -> Row:
    """Of up to five mixes with any numbers."""
    mixes = [
        Mix(draw.randrange(2 ** draw.choice([4, 16, 32])), draw.randrange(2 ** draw.choice([2, 20, 53])), key)
        for key in (draw.randbytes(32) for _ in range(draw.randrange(1, 6)))
    ]
    return Row("x25519", tuple(mixes), draw.randrange(49, 200))


def of_mix(row: Row, position: int) -> Json:
    """The mix at a position, as a question has it."""
    mix = row.mixes[position - 1]
    return {
        "suite": row.suite,
        "secret": mix.secret.hex(),
        "mix": mix.number,
        "epoch": mix.epoch,
        "position": position,
        "mixes": len(row.mixes),
        "payload": row.payload,
    }


def an_envelope(draw: Random, number: int) -> Question:
    """Of either kind, at any position."""
    row = a_row(draw)
    position, kind = draw.randrange(len(row.mixes)) + 1, (FORWARD, REPLY)[number % 2]
    envelope = some_way(row, kind, draw.randbytes(32))[position - 1]
    return (
        f"generated/envelope_{number}",
        ("REP-4", "REP-5", "REP-12" if kind == REPLY else "REP-13"),
        ("reply.peel", "reply.x25519"),
        f"Position {position} of {len(row.mixes)} mixes.",
        op("peel", {**of_mix(row, position), "envelope": envelope.hex()}),
    )


def a_mix(draw: Random, number: int) -> Question:
    """One that takes some envelopes, a new key, and some more."""
    row = a_row(draw)
    position, events = draw.randrange(len(row.mixes)) + 1, list[Json]()
    start = {"role": "reply.node", "params": of_mix(row, position)}
    for _ in range(2):
        for kind in draw.choices([FORWARD, REPLY], k=3):
            envelope = some_way(row, kind, draw.randbytes(32))[position - 1]
            events.append({"process": {"envelope": envelope.hex()}})
        mixes = list(row.mixes)
        before = mixes[position - 1]
        mixes[position - 1] = Mix(before.number, before.epoch + draw.randrange(1, 4), draw.randbytes(32))
        row = Row(row.suite, tuple(mixes), row.payload)
        after = mixes[position - 1]
        events.append({"rekey": {"epoch": after.epoch, "secret": after.secret.hex()}})
    return (
        f"generated/mix_{number}",
        ("REP-10", "REP-11"),
        ("reply.node", "reply.x25519"),
        f"The mix at position {position} of {len(row.mixes)}, in two epochs.",
        {"start": start, "events": events},
    )


def an_answer(draw: Random, number: int) -> Question:
    """Of a drawn message."""
    payload, secret = draw.randrange(80, 400), draw.randbytes(32)
    message = padded(draw.randbytes(draw.randrange(31)), payload - 48)
    keys = [draw.randbytes(32) for _ in range(draw.randrange(1, 6))]
    sealed = seal("x25519", public("x25519", secret), about_answer("x25519"), message, draw.randbytes(32))
    fields = {
        "suite": "x25519",
        "keys": [key.hex() for key in keys],
        "secret": secret.hex(),
        "body": arrived(keys, sealed).hex(),
    }
    return (
        f"generated/answer_{number}",
        ("REP-14",),
        ("reply.read", "reply.x25519"),
        "A drawn message.",
        op("read", fields),
    )


def a_draw(draw: Random, number: int) -> Question:
    """With any label."""
    fields = {
        "seed": draw.randbytes(32).hex(),
        "name": ["keys", "mark", "once", "fill"][number],
        "number": draw.randrange(2 ** draw.choice([8, 30, 53])),
        "position": draw.randrange(256),
        "size": draw.randrange(1, 100),
    }
    return f"generated/draw_{number}", ("REP-3",), ("reply.draw",), "A drawn label.", op("draw", fields)


def a_size(draw: Random, number: int) -> Question:
    """At any position."""
    mixes, suite = draw.randrange(1, 256), ["x25519", "mlkem768-x25519"][number % 2]
    fields = {
        "suite": suite,
        "mixes": mixes,
        "payload": draw.randrange(1137, 2**16),
        "position": draw.randrange(1, mixes + 1),
    }
    return (
        f"generated/sizes_{number}",
        ("REP-8",),
        ("reply.sizes", f"reply.{suite}"),
        "A drawn row.",
        op("sizes", fields),
    )


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"reply.{name}", "in": fields}}
