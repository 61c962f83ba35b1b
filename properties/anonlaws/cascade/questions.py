"""Questions for the generated vectors: drawn mixes and what comes to them, letters, trails and boards.

Only questions are made here; the answers are the reference's, and programs written by others from the text agree.
"""

import hashlib
from collections.abc import Iterator
from random import Random
from typing import Any

from anonlaws.cascade.wire import (
    NOBODY,
    RULES,
    Mix,
    Row,
    answered,
    dummy,
    letter,
    public,
    sent,
    sha256,
    size_of,
)

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for number in range(10):
        yield a_node(draw, number)
    for number in range(4):
        yield a_letter(draw, number)
    for number in range(4):
        yield a_trace(draw, number)


def a_node(draw: Random, number: int) -> Question:
    """A mix that gets envelopes of both kinds, dummies of its own, ticks and a new key. Nothing it has to refuse."""
    mixes = tuple(Mix(each, draw.randrange(9), draw.randbytes(32)) for each in draw.sample(range(2**32), 3))
    row = Row("x25519", mixes[: draw.randrange(1, 4)], 49 + draw.randrange(30))
    position, rule = draw.randrange(len(row.mixes)) + 1, RULES[number % len(RULES)]
    mix, rest = row.mixes[position - 1], Row(row.suite, row.mixes[position - 1 :], row.payload)
    pool = [dummy(row, position, draw.randbytes(32)).hex() for _ in range(getattr(rule, "pool", 0))]
    params = {
        "suite": row.suite,
        "secret": mix.secret.hex(),
        "mix": mix.number,
        "epoch": mix.epoch,
        "position": position,
        "mixes": len(row.mixes),
        "payload": row.payload,
        "rule": rule.model_dump(mode="json"),
        "order": draw.choice(["uniform", "uniform", "lexicographic"]),
        "pool": pool,
        "seed": draw.randbytes(32).hex(),
    }
    events: list[Json] = []
    for _ in range(draw.randrange(7, 11)):
        kind, seed = draw.choice(["forward", "forward", "answer", "insert", "tick"]), draw.randbytes(32)
        receiver = draw.choice([NOBODY, draw.randrange(2**32 - 1)])
        if kind == "insert":
            events.append({"insert": {"item": draw.randbytes(size_of(row, position + 1)).hex()}})
        elif kind == "tick":
            events.append({"tick": {}})
        elif kind == "answer":
            body = hashlib.shake_256(seed).digest(row.body(position))
            events.append({"arrive": {"envelope": answered(rest, receiver, body, seed)[0].hex()}})
        else:
            body = hashlib.shake_256(seed).digest(row.payload)
            events.append({"arrive": {"envelope": sent(rest, receiver, body, seed)[0].hex()}})
    events += [{"rekey": {"epoch": mix.epoch + draw.randrange(1, 9), "secret": draw.randbytes(32).hex()}}, {"tick": {}}]
    return (
        f"generated/node_{number}",
        ("CAS-8", "CAS-9", "CAS-10", "CAS-12", "CAS-13"),
        ("cascade.node", "cascade.x25519", f"mix.{rule.kind}"),
        f"A mix of kind {rule.kind} at position {position} of {len(row.mixes)}.",
        {"start": {"role": "cascade.node", "params": params}, "events": events},
    )


def a_letter(draw: Random, number: int) -> Question:
    """A letter of a drawn message."""
    row, secret = Row("x25519", (), 49 + draw.randrange(200)), draw.randbytes(32)
    receiver, message = draw.randrange(2**32 - 1), draw.randbytes(draw.randrange(row.room + 1))
    body = letter(row, receiver, public(row.suite, secret), message, draw.randbytes(32))
    fields = {"suite": row.suite, "secret": secret.hex(), "receiver": receiver, "body": body.hex()}
    needs = ("cascade.receive", "cascade.x25519")
    return f"generated/letter_{number}", ("CAS-3", "CAS-7"), needs, "A drawn letter.", op("receive", fields)


def a_trace(draw: Random, number: int) -> Question:
    """A message among others, lost somewhere or nowhere."""
    mixes, at = draw.randrange(1, 6), draw.randrange(12)
    trail = [draw.randbytes(32) for _ in range(mixes + 1)]
    boards = []
    for place in range(mixes):
        others = [sha256(draw.randbytes(8)) for _ in range(draw.randrange(1, 4))]
        took = [*others, *trail[place : place + 1][: at >= 2 * place + 1]]
        sends = [*others[1:], *trail[place + 1 : place + 2][: at >= 2 * place + 2]]
        boards.append({"took": sorted(each.hex() for each in took), "sent": sorted(each.hex() for each in sends)})
    fields = {"trail": [each.hex() for each in trail], "boards": boards}
    needs = ("cascade.trace",)
    return f"generated/trace_{number}", ("CAS-14",), needs, f"A row of {mixes}, drawn.", op("trace", fields)


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"cascade.{name}", "in": fields}}
