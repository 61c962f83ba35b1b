"""Questions for the generated vectors: draws, delays, plans, mixes to which much happens, and what a watcher learns.

Only questions are made here; the answers are the reference's, and programs written by others from the text agree.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for number in range(6):
        yield a_delay(draw, number)
    for number in range(5):
        yield a_plan(draw, number)
    for number in range(5):
        yield a_mix(draw, number)
    for number in range(3):
        yield a_departure(draw, number)


def a_delay(draw: Random, number: int) -> Question:
    """Of any bytes, for any mean."""
    fields = {"data": draw.randbytes(8).hex(), "mean": draw.randrange(1, 2 ** draw.choice([10, 20, 40]))}
    return f"generated/delay_{number}", ("SGM-2",), ("sgmix.delay",), "A drawn draw.", op("delay", fields)


def a_plan(draw: Random, number: int) -> Question:
    """Over some hops that are long enough."""
    occupancy, fastest = draw.randrange(1, 50), draw.randrange(10**4)
    hops = []
    for _ in range(draw.randrange(2, 7)):
        gap = draw.randrange(1, 10**5)
        hops.append({"mean": occupancy * gap + draw.randrange(10**6), "gap": gap})
    fields = {
        "seed": draw.randbytes(32).hex(),
        "number": draw.randrange(2**53),
        "start": draw.randrange(2**50),
        "hops": hops,
        "occupancy": occupancy,
        "fastest": fastest,
        "slowest": fastest + draw.randrange(10**5),
        "skew": draw.randrange(10**4),
    }
    why = f"A drawn plan over {len(hops)} hops."
    return f"generated/plan_{number}", ("SGM-1", "SGM-3", "SGM-6", "SGM-7"), ("sgmix.plan",), why, op("plan", fields)


def a_mix(draw: Random, number: int) -> Question:
    """To which messages come, some in the same moment. Nothing that it has to refuse."""
    size, at = draw.randrange(4, 20), draw.randrange(10**6)
    events: list[Json] = []
    for _ in range(draw.randrange(12, 20)):
        kind = draw.choice(["arrive", "arrive", "arrive", "wait", "restart"])
        at += draw.choice([0, 0, 1, 5, 40])
        if kind == "wait":
            events.append({"wait": {"at": at}})
            at += 1
        elif kind == "restart":
            events.append({"restart": {}})
        else:
            told = {"delay": draw.choice([0, 1, 5, draw.randrange(60)])}
            told |= {"earliest": max(0, at - draw.randrange(30)), "latest": at + draw.randrange(100)}
            events.append({"arrive": {"at": at, "message": draw.randbytes(size).hex(), **told}})
    events.append({"wait": {"at": at + 100}})
    return (
        f"generated/mix_{number}",
        ("SGM-13", "SGM-14", "SGM-15", "SGM-16"),
        ("sgmix.node", "sgmix.resume"),
        f"A mix of messages of {size} bytes.",
        {"start": {"role": "sgmix.node", "params": {"size": size}}, "events": events},
    )


def a_departure(draw: Random, number: int) -> Question:
    """From a mix that something happened to before."""
    events, held = ["arrival"], 1
    for _ in range(draw.randrange(6, 14)):
        comes = held == 0 or draw.random() < 0.55
        events.append("arrival" if comes else "departure")
        held += 1 if comes else -1
    events += ["arrival", "departure"]
    return (
        f"generated/origin_{number}",
        ("SGM-18",),
        ("sgmix.chances",),
        "Drawn events.",
        op("origin", {"events": events}),
    )


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"sgmix.{name}", "in": fields}}
