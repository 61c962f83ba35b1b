"""Questions for the generated vectors: drawn transcripts, priors and sights.

Only questions are made here; the answers are the reference's.
"""

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from anonlaws.observer.beliefs import shared
from anonlaws.observer.sight import NODES, caused

Json = dict[str, Any]


def questions(draw: Random) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], str, Json]]:
    """The same for the same seed."""
    for number in range(6):
        rows = [
            (draw.randrange(4), tuple(draw.sample(NODES, 2)), draw.randbytes(3), draw.randbytes(2), draw.randrange(4))
            for _ in range(8)
        ]
        packets = [each.model_dump(mode="json") for each in caused(rows)]  # type: ignore[arg-type]
        nodes = sorted(draw.sample(NODES, 2))
        kinds: list[Json] = [
            {"kind": "local", "node": nodes[0]},
            {"kind": "coalition", "nodes": nodes},
            {"kind": "active", "nodes": nodes[:1]},
        ]
        asked: Json = {"observer": kinds[number % 3], "packets": packets}
        why = "Eight drawn packets among five nodes."
        yield (
            f"generated/view_{number}",
            ("OBS-5", "OBS-6", "OBS-7"),
            ("observer.view",),
            why,
            {"ask": {"op": "observer.view", "in": asked}},
        )
        asked = {"observer": {"kind": "active", "nodes": nodes[:1]}, "packets": packets}
        asked |= {"users": [0, 1, 2], "relays": [2, 3, 4], "packet": 6}
        yield (
            f"generated/suspects_{number}",
            ("OBS-8",),
            ("observer.view",),
            why,
            {"ask": {"op": "observer.suspects", "in": asked}},
        )
    for number in range(4):
        users = draw.randrange(2, 7)
        prior = [str(each) for each in shared([draw.randrange(1, 20) for _ in range(users)])]
        likelihood = [str(Fraction(draw.randrange(1, 12), 12)) for _ in range(users)]
        for op, clause, fields in (
            ("posterior", "OBS-11", {"prior": prior, "likelihood": likelihood}),
            ("guesses", "OBS-16", {"posterior": prior}),
            ("entropy", "OBS-17", {"posterior": prior}),
        ):
            need = "observer.posterior" if op == "posterior" else "observer.measures"
            why = f"{users} users with drawn chances."
            ask = {"ask": {"op": f"observer.{op}", "in": fields}}
            yield f"generated/{op}_{number}", (clause,), (need,), why, ask
