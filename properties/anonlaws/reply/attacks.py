"""Attacks on return addresses, carried out on real bytes: against a subject that obeys, and one without a clause.

How an attack is told, and the honest mix that is watched, are chapter cascade's (attacks.py there): answers hide in the
batches of its mixes. Of answers the target is one author's.
"""

from random import Random
from typing import Any

from anonlaws.cascade.attacks import (
    KEPT,
    ROOM,
    SHOWN,
    Attack,
    Outcome,
    Parties,
    Scene,
    Stage,
    Told,
    World,
    one_of_all,
    surely,
)
from anonlaws.cascade.mixing import ComparesWholeEnvelopes
from anonlaws.cascade.wire import fresh, sha256, small_row
from anonlaws.reply.addresses import HasALongLivedKey
from anonlaws.reply.answers import AnswersAgain
from anonlaws.reply.wire import Row
from anonspec.shape import Reject


def author(at: Parties, row: Row, seed: bytes, number: int) -> Any:
    """An author of a number, ready to make addresses."""
    return at.author.prepare(row.suite, row.hops, row.payload, number, fresh(seed, "author", number))


# ---- a key that stays ----


def long_lived_key(at: Parties, scene: Scene, seed: int) -> Outcome:
    """He has an address of the target's, gets one of each author, and looks for the same key."""
    random, row = Random(seed), small_row(scene.mixes, room=ROOM)
    authors = [author(at, row, sha256(seed.to_bytes(8)), number) for number in range(scene.messages)]
    target, seen, given = random.randrange(scene.messages), list[Told](), []
    authors[target], first = at.author.address(authors[target])
    shown(seen, "known to be the target's", first)
    order = random.sample(range(scene.messages), scene.messages)
    for number, who in enumerate(order):
        authors[who], address = at.author.address(authors[who])
        given.append(address)
        shown(seen, f"address {number}", address)
    same = [number for number, address in enumerate(given) if address.key == first.key]
    for number in same:
        seen[number + 1]["then"] = "the same key"
    candidates = tuple(f"address {number}" for number in same or range(scene.messages))
    return Outcome(seen, candidates, candidates[0], f"address {order.index(target)}")


def shown(seen: list[Told], name: str, address: Any) -> None:
    """One row more of what the attacker sees: an address."""
    parts = {"key": address.key, "header": address.header}
    seen.append(
        {
            "address": name,
            "bytes": sum(map(len, parts.values())),
            **{f"sha256 of the {part}": sha256(value).hex()[:SHOWN] for part, value in parts.items()},
            "then": "",
        }
    )


# ---- an address that is used twice ----


def twice(at: Parties, scene: Scene, seed: int) -> Outcome:
    """Two answers to one address come to the honest mix, in two batches; he looks for two items that differ alike.

    A stream that is laid over two bodies leaves their difference as it was. The responder is the attacker's, who knows
    what he sent.
    """
    stage = Stage(at, scene, seed)
    row, place = stage.row, stage.random.randrange(scene.messages)
    order = stage.random.sample(range(scene.messages), scene.messages)
    addresses = [at.author.address(author(at, row, stage.seed, number))[1] for number in order]
    for number, address in enumerate(addresses):
        mine = number == place
        responder, envelope = answered(at, row, stage, f"responder {number}", address)
        stage.arrive(stage.before(envelope), "the target" if mine else "another's")
        if mine:
            his, first = responder, stage.before(envelope)
    second = None
    try:
        _, envelope = at.responder.answer(his, addresses[place], b"again")
    except Reject as refusal:
        refused = f"refused by the responder: {refusal.clause}"
        stage.seen.append(dict.fromkeys(stage.seen[0], "") | {"batch": 2, "whose": "a second answer", "then": refused})
    else:
        second = stage.before(envelope)
        stage.arrive(second, "a second answer")
    while len(stage.batches) < 2:
        stranger = author(at, row, stage.seed, scene.messages + stage.senders)
        stage.senders += 1
        _, envelope = answered(at, row, stage, f"stranger {stage.senders}", at.author.address(stranger)[1])
        stage.arrive(stage.before(envelope), "another's")
    header, size = row.header(stage.position + 1), row.body(stage.position + 1)
    known = []
    if second is not None:
        begins = row.header(stage.position)
        apart = difference(first[begins : begins + size], second[begins : begins + size])
        for item in stage.batches[0]:
            for other in stage.batches[1]:
                if difference(item[header:], other[header:]) == apart:
                    known.append(item)
                    stage.says(item, f"differs by {apart.hex()[:8]}… from")
                    stage.says(other, "this one, as the two that came")
    left = known or stage.batches[0]
    candidates = tuple(f"author {stage.behind(item)}" for item in left)
    return Outcome(stage.seen, candidates, candidates[place % len(candidates)], f"author {order[place]}")


def answered(at: Parties, row: Row, stage: Stage, who: str, address: Any) -> tuple[Any, bytes]:
    """A responder, and what it answers to an address."""
    responder = at.responder.await_addresses(row.suite, len(row.mixes), row.payload, fresh(stage.seed, who))
    after, envelope = at.responder.answer(responder, address, b"an answer")
    return after, envelope


def difference(one: bytes, other: bytes) -> bytes:
    """The exclusive or of two strings of one length."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


# ---- all attacks ----

ATTACKS = {
    "reply.long-lived-key": Attack(
        "Look for the key of one address in others: who has one key for all is known by it.",
        ("REP-2",),
        ("mixes", "messages"),
        (
            World(KEPT, long_lived_key, one_of_all),
            World("an author has one key for all", long_lived_key, surely, ("REP-2",), {"author": HasALongLivedKey}),
        ),
    ),
    "reply.twice": Attack(
        "Let an address be answered twice: two bodies differ behind the honest mix as before it.",
        ("REP-7", "REP-10", "CAS-9"),
        ("mixes", "honest", "messages"),
        (
            World(KEPT, twice, one_of_all),
            World("the responder answers twice", twice, one_of_all, ("REP-7",), {"responder": AnswersAgain}),
            World(
                "the responder answers twice, and the mix takes it",
                twice,
                surely,
                ("REP-7", "REP-10"),
                {"responder": AnswersAgain, "mix": ComparesWholeEnvelopes},
            ),
        ),
    ),
}
"""The attacks, by the name under which the command knows them."""
