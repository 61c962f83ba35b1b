"""Questions for the generated vectors: members of drawn crowds and what happens to them, hops, envelopes, chances.

Only questions are made here; the answers are the reference's, and programs written by others from the text agree.
"""

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from anonlaws.crowds.wire import drawn

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for number in range(8):
        yield a_member(draw, number)
    for number in range(6):
        yield a_hop(draw, number)
    for number in range(3):
        yield an_envelope(draw, number)
    for number in range(4):
        yield a_crowd_s_chances(draw, number)


def wired(chance: Fraction) -> str:
    """As on the wire."""
    return f"{chance.numerator}/{chance.denominator}"


def a_chance(draw: Random) -> Fraction:
    """Any, of a small denominator."""
    under = draw.randrange(2, 30)
    return Fraction(draw.randrange(1, under), under)


def a_crowd(draw: Random) -> Json:
    """Of any numbers."""
    roster = sorted(draw.sample(range(2 ** draw.choice([4, 9, 31])), draw.randrange(4, 9)))
    return {"roster": roster, "forward": wired(a_chance(draw)), "itself": draw.random() < 0.5}


def a_member(draw: Random, number: int) -> Question:
    """One that forms some paths and gets requests again, breaks and news. Nothing that it has to refuse."""
    crowd = a_crowd(draw)
    me, gone, *others = draw.sample(crowd["roster"], len(crowd["roster"]))
    seed, formation = draw.randbytes(32), 0
    events: list[Json] = []
    served: list[tuple[int, str]] = []
    for _ in range(draw.randrange(5, 10)):
        kind = draw.choice(["new", "new", "own", "again", "reform"])
        content = draw.randbytes(draw.randrange(6)).hex()
        if kind == "reform":
            formation, served = formation + 1, []
            events.append({"reform": {"roster": crowd["roster"]}})
        elif kind == "own":
            events.append({"request": {"neighbour": None, "path": None, "content": content}})
        else:
            if kind == "new" or not served:
                served.append((draw.choice(others), draw.randbytes(16).hex()))
            neighbour, path = draw.choice(served)
            events.append({"request": {"neighbour": neighbour, "path": path, "content": content}})
    events.append({"leave": {"member": gone}})
    last = draw.randbytes(16)
    events.append({"request": {"neighbour": others[0], "path": last.hex(), "content": "00"}})
    if int.from_bytes(drawn(seed, "coin", formation, others[0], last)) >= 2**64 * Fraction(crowd["forward"]):
        on = drawn(seed, "path", formation, others[0], last).hex()
        events.append({"response": {"neighbour": None, "path": on, "content": "01"}})
        events.append({"broken": {"neighbour": None, "path": on}})
    return (
        f"generated/member_{number}",
        ("CRW-7", "CRW-10", "CRW-11", "CRW-16"),
        ("crowds.jondo",),
        f"Member {me} of a drawn crowd of {len(crowd['roster'])}.",
        {"start": {"role": "crowds.jondo", "params": {"crowd": crowd, "me": me, "seed": seed.hex()}}, "events": events},
    )


def a_hop(draw: Random, number: int) -> Question:
    """By drawn coin and choice."""
    crowd = a_crowd(draw)
    fields = {
        "crowd": crowd,
        "me": draw.choice(crowd["roster"]),
        "first": draw.random() < 0.3,
        "coin": draw.randbytes(8).hex(),
        "choice": draw.randbytes(8).hex(),
    }
    return f"generated/hop_{number}", ("CRW-5", "CRW-6"), ("crowds.hop",), "A drawn hop.", op("hop", fields)


def an_envelope(draw: Random, number: int) -> Question:
    """Of a drawn content."""
    fields = {
        "key": draw.randbytes(32).hex(),
        "direction": draw.choice(["request", "response"]),
        "number": draw.randrange(2**53),
        "content": draw.randbytes(draw.randrange(1, 200)).hex(),
    }
    return f"generated/sealed_{number}", ("CRW-22",), ("crowds.sealed",), "A drawn content.", op("seal", fields)


def a_crowd_s_chances(draw: Random, number: int) -> Question:
    """Of drawn parameters."""
    members = draw.randrange(3, 10 ** draw.randrange(1, 7))
    fields = {
        "members": members,
        "collaborators": draw.randrange(1, members),
        "forward": wired(a_chance(draw)),
        "itself": draw.random() < 0.5,
    }
    return f"generated/chances_{number}", ("CRW-25",), ("crowds.chances",), "Drawn parameters.", op("chances", fields)


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"crowds.{name}", "in": fields}}
