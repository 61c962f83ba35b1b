"""Questions for the generated vectors: drawn mixes and what happens to them, quotas, shuffles, dummies.

Only questions are made here; the answers are the reference's, and programs written by others from the text agree.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from anonlaws.mix.sealing import sealed_questions

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""

KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "threshold": (("threshold",), ("MIX-7", "MIX-10")),
    "timed": (("period",), ("MIX-8", "MIX-10")),
    "threshold-or-timed": (("threshold", "period"), ("MIX-7", "MIX-8", "MIX-9", "MIX-10")),
    "threshold-and-timed": (("threshold", "period"), ("MIX-8", "MIX-9", "MIX-10")),
    "threshold-pool": (("threshold", "pool"), ("MIX-7", "MIX-11", "MIX-14")),
    "timed-pool": (("period", "pool"), ("MIX-8", "MIX-11", "MIX-14")),
    "cottrell-r1": (("period", "threshold", "pool", "fraction"), ("MIX-8", "MIX-12", "MIX-14")),
    "cottrell-r2": (("period", "threshold", "pool", "fraction"), ("MIX-8", "MIX-12", "MIX-14")),
    "cottrell-r3": (("period", "threshold", "pool", "fraction"), ("MIX-8", "MIX-12", "MIX-14")),
    "cottrell-r4": (("period", "threshold", "pool", "fraction"), ("MIX-8", "MIX-12", "MIX-14")),
    "binomial": (("period", "chances"), ("MIX-8", "MIX-13")),
}
"""The parameters of each kind, and the clauses that tell when it fires and how many leave."""

PARTS = ("1/4", "1/2", "13/20", "3/4", "1/1")


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for kind in KINDS:
        yield a_mix(draw, kind)
    for number in range(6):
        yield a_quota(draw, number)
    for number in range(5):
        yield a_shuffle(draw, number)
    for number in range(4):
        yield a_law_of_dummies(draw, number)
    for number in range(3):
        yield a_draw(draw, number)
    yield from sealed_questions(draw)


def a_rule(draw: Random, kind: str, most: int) -> Json:
    """Of a kind, with parameters up to `most`."""
    values: dict[str, Callable[[], Any]] = {
        "threshold": lambda: draw.randrange(2, most + 1),
        "period": lambda: draw.randrange(1, most + 1),
        "pool": lambda: draw.randrange(1, most + 1),
        "fraction": lambda: draw.choice(PARTS),
        "chances": lambda: [draw.choice(PARTS) for _ in range(draw.randrange(1, 6))],
    }
    return {"kind": kind, **{name: values[name]() for name in KINDS[kind][0]}}


def a_law(draw: Random) -> Json:
    """Of any of the three."""
    return draw.choice(
        (
            {"law": "constant", "count": draw.randrange(3)},
            {"law": "geometric", "again": draw.choice(PARTS[:-1])},
            {"law": "binomial", "trials": draw.randrange(1, 5), "chance": draw.choice(PARTS)},
        )
    )


def a_mix(draw: Random, kind: str) -> Question:
    """One that gets messages, ticks and new keys. Nothing that it has to refuse."""
    size = draw.randrange(4, 40)
    params = {
        "rule": a_rule(draw, kind, 4),
        "size": size,
        "order": "uniform",
        "dummies": {"pool": a_law(draw), "output": a_law(draw)},
        "seed": draw.randbytes(32).hex(),
    }
    events: list[Json] = []
    for _ in range(4):
        events += [{"arrive": {"message": draw.randbytes(size).hex()}} for _ in range(draw.randrange(2, 6))]
        events += [{"tick": {}}] * draw.randrange(2, 6)
        events += [{"new_key": {}}] * (draw.random() < 0.3)
    return (
        f"generated/mix_{kind.replace('-', '_')}",
        (*KINDS[kind][1], "MIX-16", "MIX-18", "MIX-19", "MIX-20", "MIX-21", "MIX-23"),
        ("mix.node", f"mix.{kind}"),
        f"A drawn mix of kind {kind} with drawn dummies.",
        {"start": {"role": "mix.node", "params": params}, "events": events},
    )


def a_quota(draw: Random, number: int) -> Question:
    """Of a rule of large parameters."""
    kind = draw.choice(list(KINDS)[:-1])
    rule = a_rule(draw, kind, 300)
    fields = {"rule": rule, "held": draw.randrange(1000)}
    clauses = tuple(each for each in KINDS[kind][1] if each in ("MIX-10", "MIX-11", "MIX-12"))
    return f"generated/quota_{number}", clauses, ("mix.rule", f"mix.{kind}"), "A drawn rule.", op("quota", fields)


def a_shuffle(draw: Random, number: int) -> Question:
    """Of some of the messages, or all."""
    messages = [draw.randbytes(3).hex() for _ in range(draw.randrange(5, 20))]
    draws = [draw.randbytes(8).hex() for _ in range(draw.randrange(2, len(messages) + 1))]
    fields = {"messages": messages, "draws": draws}
    return f"generated/take_{number}", ("MIX-15", "MIX-16"), ("mix.shuffle",), "Drawn draws.", op("take", fields)


def a_law_of_dummies(draw: Random, number: int) -> Question:
    """With coins of which the last one does not fall."""
    fields = {"law": a_law(draw), "coins": [*(draw.randbytes(8).hex() for _ in range(6)), "ff" * 8]}
    return f"generated/count_{number}", ("MIX-19",), ("mix.dummies",), "A drawn law and coins.", op("count", fields)


def a_draw(draw: Random, number: int) -> Question:
    """With a drawn label."""
    fields = {
        "seed": draw.randbytes(32).hex(),
        "name": draw.choice(["take", "coin", "sort", "pool", "exit", "fake"]),
        "flush": draw.randrange(2**53),
        "place": draw.randrange(2**20),
        "size": draw.randrange(1, 50),
    }
    return f"generated/draw_{number}", ("MIX-18",), ("mix.draw",), "A drawn label.", op("draw", fields)


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"mix.{name}", "in": fields}}
