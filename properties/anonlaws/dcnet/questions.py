"""Questions for the generated vectors: whole rounds, resolutions and investigations on drawn nets.

Only questions are made here; the answers are the reference's, and programs written by others from the text agree.
"""

from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any

from anonlaws.dcnet.words import Codec, minus, pads_of, plus, size
from anonspec.dcnet.model import Edge, Group, Modulo, Xor

Json = dict[str, Any]
Question = tuple[str, tuple[str, ...], tuple[str, ...], str, Json]
"""Name, clauses, needs, why, and the case's `ask`, or its `start` and `events`."""


def questions(draw: Random) -> Iterator[Question]:
    """The same for the same seed."""
    for number in range(6):
        yield from a_round(draw, number)
    for number in range(4):
        yield a_pad(draw, number)
    for number in range(4):
        yield a_resolution(draw, number)
    for number in range(4):
        yield an_investigation(draw, number)
    for number in range(4):
        yield a_coalition(draw, number)


def a_group(draw: Random) -> Group:
    """Of either kind, of odd sizes."""
    if draw.random() < 0.5:
        return Xor(bytes=draw.choice([2, 3, 16, 33]))
    return Modulo(modulus=draw.choice([3, 97, 257, 10**6, 2**32, 2**61 - 1, 2**64]))


def a_graph(draw: Random, members: int) -> list[Edge]:
    """A connected one: a tree and some edges more."""
    tree = {(draw.randrange(high), high) for high in range(1, members)}
    return sorted(tree | {pair for pair in combinations(range(members), 2) if draw.random() < 0.3})


def a_word(draw: Random, group: Group) -> int:
    """Any but zero."""
    return draw.randrange(1, size(group))


def hexed(group: Group, word: int) -> str:
    """As on the wire."""
    return Codec.write_word(group, word).hex()


def wired(group: Group) -> Json:
    """As on the wire."""
    return group.model_dump(mode="json")


def a_round(draw: Random, number: int) -> Iterator[Question]:
    """What one member says in it, and what a reader hears."""
    group, members, round = a_group(draw), draw.randrange(3, 9), draw.randrange(1000)
    edges = a_graph(draw, members)
    pads = {edge: a_word(draw, group) for edge in edges}
    sender, message = draw.randrange(members), a_word(draw, group)
    me = draw.randrange(members)
    speak = {
        "round": round,
        "pads": {str(peer): hexed(group, pad) for peer, pad in pads_of(me, pads).items()},
        "message": hexed(group, message) if me == sender else None,
    }
    seat = {"group": wired(group), "members": members, "edges": edges, "me": me}
    yield (
        f"generated/member_{number}",
        ("DCN-9",),
        ("dcnet.member", f"dcnet.{group.kind}"),
        f"Member {me} of {members} on a drawn graph.",
        {"start": {"role": "dcnet.member", "params": seat}, "events": [{"speak": speak}]},
    )
    said = []
    for member in range(members):
        word = message if member == sender else 0
        for peer, pad in pads_of(member, pads).items():
            word = plus(group, word, pad) if member < peer else minus(group, word, pad)
        said.append({"hear": {"round": round, "member": member, "word": hexed(group, word)}})
    draw.shuffle(said)
    yield (
        f"generated/reader_{number}",
        ("DCN-10",),
        ("dcnet.reader", f"dcnet.{group.kind}"),
        f"A round of {members} members, in a drawn order.",
        {
            "start": {"role": "dcnet.reader", "params": {"group": wired(group), "members": members, "round": round}},
            "events": said,
        },
    )


def a_pad(draw: Random, number: int) -> Question:
    """Of drawn secrets; the public value is somebody's, since any 32 bytes are."""
    group = a_group(draw)
    me, peer = draw.sample(range(1000), 2)
    asked = {
        "group": wired(group),
        "session": draw.randbytes(16).hex(),
        "round": draw.randrange(2**53),
        "me": me,
        "peer": peer,
        "secret": draw.randbytes(32).hex(),
        "public": draw.randbytes(32).hex(),
    }
    why = "A pad of drawn keys."
    return f"generated/pad_{number}", ("DCN-14",), ("dcnet.pads", f"dcnet.{group.kind}"), why, op("pad", asked)


def a_resolution(draw: Random, number: int) -> Question:
    """The sums of some senders' first rounds, by a sender that splits at the mean; how far, is drawn."""
    members, bits = draw.randrange(3, 12), draw.randrange(4, 30)
    unit = 1 << (bits + members.bit_length())
    group = Modulo(modulus=1 << (bits + 2 * members.bit_length()))
    values = sorted(draw.randrange(2**bits) for _ in range(draw.randrange(2, members + 1)))
    sums, below = [], values
    for _ in range(draw.randrange(1, 4)):
        sums.append(len(below) * unit + sum(below))
        if len(below) < 2:
            break
        below = [value for value in below if value <= sum(below) // len(below)]
    asked = {"group": wired(group), "members": members, "sums": [hexed(group, each) for each in sums]}
    why = f"{len(values)} of {members} members collide with values of {bits} bits."
    needs = ("dcnet.averaging", "dcnet.mod")
    return f"generated/averaging_{number}", ("DCN-25",), needs, why, op("average", asked)


def an_investigation(draw: Random, number: int) -> Question:
    """Of a trap that some members spoiled, some of whom lie about a pad, and some of whom refuse to open."""
    group, members = a_group(draw), draw.randrange(3, 7)
    edges = a_graph(draw, members)
    pads = {edge: a_word(draw, group) for edge in edges}
    owner, trap = draw.randrange(members), a_word(draw, group)
    announced, opened = {}, {}
    for me in range(members):
        mine = pads_of(me, pads)
        word = trap if me == owner else 0
        for peer, pad in mine.items():
            word = plus(group, word, pad) if me < peer else minus(group, word, pad)
        fault = draw.choice(["none", "none", "adds", "lies", "refuses"])
        if fault in ("adds", "lies"):
            word = plus(group, word, excess := a_word(draw, group))
        if fault == "lies":
            peer = draw.choice(sorted(mine))
            mine[peer] = plus(group, mine[peer], excess) if me < peer else minus(group, mine[peer], excess)
        announced[str(me)] = hexed(group, word)
        opened[str(me)] = None if fault == "refuses" else {str(peer): hexed(group, pad) for peer, pad in mine.items()}
    asked = {
        "group": wired(group),
        "members": members,
        "edges": edges,
        "owner": owner,
        "trap": hexed(group, trap),
        "announced": announced,
        "opened": opened,
    }
    why = "An opened trap with drawn disruptors, liars and refusals."
    needs = ("dcnet.traps", f"dcnet.{group.kind}")
    return f"generated/blame_{number}", ("DCN-31", "DCN-32"), needs, why, op("blame", asked)


def a_coalition(draw: Random, number: int) -> Question:
    """On a drawn graph."""
    members = draw.randrange(4, 15)
    coalition = sorted(draw.sample(range(members), draw.randrange(members // 2)))
    asked = {"members": members, "edges": a_graph(draw, members), "coalition": coalition}
    why = f"{len(coalition)} colluders of {members} on a drawn graph."
    return f"generated/anonymity_{number}", ("DCN-33",), ("dcnet.graph",), why, op("anonymity_sets", asked)


def op(name: str, fields: Json) -> Json:
    """A case's `ask`."""
    return {"ask": {"op": f"dcnet.{name}", "in": fields}}
