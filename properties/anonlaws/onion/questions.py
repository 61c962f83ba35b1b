"""Questions for the generated vectors: packets at drawn places of drawn routes, what senders and authors make, draws.

Only questions are made here; the answers are the reference's.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from anonlaws.onion.wire import DELIVER, REPLY, Mix, Way, some_packets

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for number in range(6):
        yield a_packet(draw, number)
    for number in range(3):
        yield a_sender(draw, number)
    for number in range(3):
        yield an_author(draw, number)
    for number in range(3):
        yield a_chain(draw, number)
    for number in range(3):
        yield a_block(draw, number)


def a_way(draw: Random) -> Way:
    """Of up to five mixes with any numbers and instructions, in a network with room for as many or for more."""
    mixes = [
        Mix(
            draw.randrange(2 ** draw.choice([4, 16, 32])),
            draw.randbytes(32),
            *(draw.randrange(2**53) for _ in range(3)),
        )
        for _ in range(draw.randrange(1, 6))
    ]
    return Way(draw.randrange(len(mixes), 8), draw.randrange(32, 120), tuple(mixes))


def network(way: Way) -> Json:
    """The numbers of a network, as a question has them."""
    return {"most": way.most, "payload": way.payload}


def route(way: Way) -> list[Json]:
    """A route, as a question has it."""
    return [hop.model_dump(mode="json") for hop in way.route]


def a_packet(draw: Random, number: int) -> Question:
    """Of either kind, at any place."""
    way, kind = a_way(draw), (DELIVER, REPLY)[number % 2]
    place, message = draw.randrange(len(way.mixes)), draw.randbytes(draw.randrange(32))
    packet = some_packets(way, kind, draw.randbytes(32), message)[place]
    fields = {"secret": way.mixes[place].secret.hex(), **network(way), "packet": packet.hex()}
    last = place == len(way.mixes) - 1
    return (
        f"generated/packet_{number}",
        ("ONI-18", "ONI-19") if not last else ("ONI-19", "ONI-21" if kind == REPLY else "ONI-20"),
        ("onion.peel",),
        f"Place {place + 1} of {len(way.mixes)}.",
        op("peel", fields),
    )


def a_sender(draw: Random, number: int) -> Question:
    """One that sends a few packets."""
    way = a_way(draw)
    events = [
        {"wrap": {"route": route(way), "destination": draw.randrange(2**32), "message": draw.randbytes(size).hex()}}
        for size in (0, 10, 31)
    ]
    start = {"role": "onion.sender", "params": {**network(way), "seed": draw.randbytes(32).hex()}}
    return (
        f"generated/sender_{number}",
        ("ONI-3", "ONI-10", "ONI-11"),
        ("onion.sender",),
        f"Packets for {len(way.mixes)} mixes.",
        {"start": start, "events": events},
    )


def an_author(draw: Random, number: int) -> Question:
    """One that makes a few blocks."""
    way = a_way(draw)
    params = {**network(way), "me": draw.randrange(2**32), "seed": draw.randbytes(32).hex()}
    return (
        f"generated/author_{number}",
        ("ONI-3", "ONI-23"),
        ("onion.author",),
        f"Reply blocks for {len(way.mixes)} mixes.",
        {"start": {"role": "onion.author", "params": params}, "events": [{"block": {"route": route(way)}}] * 2},
    )


def a_chain(draw: Random, number: int) -> Question:
    """Of any mixes."""
    publics = [hop["public"] for hop in route(a_way(draw))]
    fields = {"secret": draw.randbytes(32).hex(), "publics": publics}
    return (
        f"generated/chain_{number}",
        ("ONI-5", "ONI-7"),
        ("onion.chain",),
        f"{len(publics)} mixes.",
        op("chain", fields),
    )


def a_block(draw: Random, number: int) -> Question:
    """Permuted, or restored."""
    fields = {
        "key": draw.randbytes(128).hex(),
        "block": draw.randbytes(draw.randrange(33, 300)).hex(),
        "back": number % 2 == 1,
    }
    return f"generated/block_{number}", ("ONI-11",), ("onion.permute",), "A drawn block.", op("permute", fields)


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"onion.{name}", "in": fields}}
