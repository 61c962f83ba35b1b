"""Laws on terms: what a row of mixes hides from whom if the primitives are ideal, and one honest mix's order.

As in chapter reply (symbolic.py there): the subject's own functions make and open the envelopes, and only the kit is
another. Orders are the subject's too, with every draw that there is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import prod
from types import SimpleNamespace
from typing import Any

from anonlaws.law import Forall, Integers, assume, fault, law, not_a_law
from anonlaws.reply.symbolic import (
    PAYLOAD,
    Item,
    Layers,
    Row,
    Spelled,
    all_but,
    flat,
    name,
    seen_by,
    sure,
    tabled,
    told,
    told_apart,
)
from anonlaws.reply.wire import FORWARD, Net
from anonlaws.terms import Data, Ideal, derives, learns, same_look
from anonspec.cascade.model import Node
from anonspec.reply.model import Hop, Relay

NOBODY = 2**32 - 1
RECEIVERS = {"a": 7, "b": 8}


@fault("CAS-4", "layers")
def MasksTheBody(net: Net, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """The body is masked for each mix, and not locked."""
    bodies = [body]
    for key in reversed(keys):
        bodies.insert(0, kit.mask(key, bodies[0]))
    return [kit.join(*each) for each in zip(net.reply.wrap(kit, hops, keys, FORWARD, core), bodies, strict=True)]


@fault("CAS-8", "moved")
def SendsInAscendingOrder(net: Net, node: Any, mix: Any, leaves: Sequence[bytes]) -> Any:
    """What leaves is sorted, whatever order the mix has."""
    return net.moved(node, mix, tuple(sorted(leaves)))


@dataclass
class Cascade(Row):
    """A row whose envelopes are those of this chapter's senders; `net` is what the mixes open with."""

    cascade: Net = None

    def letter(self, of: str) -> Data:
        """A message, sealed to its receiver."""
        about = self.cascade.about(self.kit, RECEIVERS[of])
        return sure(self.kit.seal(self.kit.public(name(f"receiver {of}")), about, self.message(of)))

    def way(self, of: str, to: Any) -> list[Data]:
        """What a message is at each position, and delivered."""
        core = self.net.core(self.kit, to, name(f"mark {of}", 16))
        way: list[Data] = self.cascade.layers(self.kit, self.hops, self.keys(of), core, self.letter(of))
        return way

    def envelope(self, of: str, kind: bytes, to: Any) -> Data:  # noqa: ARG002 - the kind is forward
        """An envelope for the first mix."""
        return self.way(of, to)[0]


def cascade_of(net: Net, mixes: int) -> Cascade:
    """A cascade of so many mixes of the subject."""
    return Cascade(net.reply, mixes, cascade=net)


# ---- what is put on comes off ----


@law("CAS-4", "CAS-5", exact=True, sampled=False, faults=(MasksTheBody,), source="Chaum 1981")
def each_mix_finds_what_the_sender_knew_it_would(net: Net, forall: Forall) -> None:
    """In cascades of one to five mixes each takes off one layer, and what it passes on is what the sender has noted."""
    row = cascade_of(net, forall(range(1, 6), "mixes"))
    way = row.way("a", 7)
    assert len(way) == row.mixes + 1
    for position in range(1, row.mixes + 1):
        assert row.out(position, way[position - 1]) == way[position]
    core, letter = row.kit.cut(way[-1], 20, PAYLOAD)
    assert core == row.kit.join(b"\0\0\0\7", name("mark a", 16))
    assert row.kit.unseal(name("receiver a"), net.about(row.kit, 7), letter) == row.message("a")


@law(
    "CAS-4",
    proves="cascades of every length, every position and payload, both suites, every key, item and body inside",
    by="induction over the layers, the innermost first: what is inside of a layer is arbitrary, of the next one's size",
    sampled=False,
    faults=(MasksTheBody,),
    source="Chaum 1981",
)
def a_layer_around_an_item_is_taken_off_by_its_mix(net: Net, forall: Forall) -> None:
    """A mix finds in an envelope just the item that the sender has put a layer around; and layers go around layers."""
    kit = Layers(forall([48, 1136], "overhead"))
    mixes, position = forall(Integers(1, None), "mixes"), forall(Integers(1, None), "position")
    payload = forall(Integers(kit.overhead + 1, None), "payload")
    assume(position <= mixes)
    secret, inside, carried = (forall(Integers(), each) for each in ("secret", "inside", "carried"))
    hop = Hop.model_construct(mix=forall([0, 7], "mix"), epoch=forall([0, 3], "epoch"), public=kit.public(secret))
    rest = (Item(("header", inside), 20 + (mixes - position) * (kit.overhead + 33)),)
    body = (Item(("body", carried), payload + 16 * (mixes - position)),)
    inner, outer = ((Item(("key", forall(Integers(), each)), 32),) for each in ("key", "outer key"))
    envelope, item = net.layers(kit, [hop], [inner], rest, body)
    assert item == kit.join(rest, body)
    relay = Relay.model_construct(
        secret=secret, mix=hop.mix, epoch=hop.epoch, position=position, mixes=mixes, payload=payload
    )
    header, *found = net.reply.unwrap(kit, relay, envelope)
    assert kit.join(*found) == item
    two = net.layers(kit, [hop, hop], [outer, inner], rest, body)
    assert two[1:] == [envelope, item]
    assert two[0] == net.layers(kit, [hop], [outer], header, envelope[len(header) :])[0]


# ---- who learns what ----


def learned(net: Net, mixes: int, bad: Sequence[int], receiver: bool, watches: bool) -> dict[str, bool]:
    """What mixes, with the receiver or without, learn of one message: names, the words, and who belongs to whom.

    Whoever gets an envelope knows from whom; who `watches` all wires sees the sender send, and the receiver receive.
    """
    row = cascade_of(net, mixes)
    sender, to = name("sender", 4), name("receiver", 4)
    view = flat(*seen_by(bad, watches, row.wires([row.envelope("a", FORWARD, Spelled(to))])))
    view += row.secrets(bad)
    view += [sender] * (1 in bad or watches)
    view += [*row.told("a", FORWARD)[:1], *row.wires([row.envelope("a", FORWARD, Spelled(to))])[-1]] * receiver
    closure = learns(view)
    return {
        "sender": derives(closure, sender),
        "receiver": derives(closure, to),
        "message": derives(closure, row.message("a")),
        "linked": told_apart(lambda: cascade_of(net, mixes), FORWARD, bad, receiver, watches) != "",
    }


def who_learns(net: Net) -> list[tuple[str, ...]]:
    """A table: who, and whether it learns sender, receiver, message, and that sender and receiver belong together.

    Of one forward message in a cascade of three mixes, others being sent with it; "if mix 1 is among them" where it
    depends on which mix is the honest one. That the observer of all wires learns who sends and who receives is what he
    sees.
    """
    groups = {
        "first mix": [([1], False)],
        "a mix between": [([2], False)],
        "last mix": [([3], False)],
        "receiver": [([], True)],
        "all mixes but one": [(all_but(honest, 3), False) for honest in (1, 2, 3)],
        "all mixes": [([1, 2, 3], False)],
    }
    watching = tabled({"observer of all wires": [([], False)]}, lambda bad, end: learned(net, 3, bad, end, True))
    return [*watching, *tabled(groups, lambda bad, end: learned(net, 3, bad, end, False))]


@law("CAS-3", "CAS-4", exact=True, sampled=False, faults=(MasksTheBody,), source="Chaum 1981")
def everybody_learns_of_a_message_what_the_table_says(net: Net, forall: Forall) -> None:
    """The first mix knows the sender, the last one the receiver, he the words; who writes to whom, only all mixes."""
    mixes = forall(range(1, 5), "mixes")
    bad = [place for place in range(1, mixes + 1) if forall(bool, f"mix {place}")]
    receiver, watches = forall(bool, "receiver"), forall(bool, "all wires")
    found = learned(net, mixes, bad, receiver, watches)
    assert found["sender"] == (1 in bad or watches)
    assert found["receiver"] == (mixes in bad or receiver or watches)
    assert found["message"] == receiver
    assert found["linked"] == (len(bad) == mixes)


# ---- one honest mix ----


@law("CAS-3", "CAS-4", exact=True, sampled=False, faults=(MasksTheBody,), source="Chaum 1981")
def one_honest_mix_hides_who_writes_to_whom(net: Net, forall: Forall) -> None:
    """To all other mixes and both receivers together, either of two senders may have sent either of two messages."""
    mixes = forall(range(1, 5), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    test = told_apart(lambda: cascade_of(net, mixes), FORWARD, all_but(honest, mixes), True)
    assert not test, test


@not_a_law("CAS-4", exact=True)
def bad_mixes_hide_who_writes_to_whom(net: Net, forall: Forall) -> None:
    """A cascade hides it, though all mixes are bad."""
    mixes = forall(range(1, 5), "mixes")
    test = told_apart(lambda: cascade_of(net, mixes), FORWARD, range(1, mixes + 1), False)
    assert not test, test


@not_a_law("CAS-8", exact=True)
def an_order_may_be_known(net: Net, forall: Forall) -> None:
    """The honest mix hides who writes to whom, though everybody knows in which order it sends."""
    mixes = forall(range(1, 5), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    looks = []
    for of in ("ab", "ba"):
        row = cascade_of(net, mixes)
        wires = row.wires([row.envelope(each, FORWARD, RECEIVERS[each]) for each in of])
        looks.append([*flat(*wires), *row.secrets(all_but(honest, mixes))])
    test = same_look(*looks)
    assert not test, test


@not_a_law("CAS-8", exact=True)
def an_attackers_messages_hide_somebody(net: Net, forall: Forall) -> None:
    """A message whose receiver is one of two is hidden in a batch, though all others in it are the attacker's."""
    mixes = forall(range(1, 5), "mixes")
    honest = forall(range(1, mixes + 1), "honest")

    def seen(to: int, flipped: int | None) -> list[Data]:
        row = cascade_of(net, mixes)
        wires = row.wires([row.envelope("a", FORWARD, to), row.envelope("b", FORWARD, 9)], flipped)
        return [*flat(*wires), *row.secrets(all_but(honest, mixes)), *row.keys("b")]

    test = told(seen(7, None), (seen(8, flipped) for flipped in (None, honest)))
    assert not test, test


@not_a_law("CAS-4", exact=True)
def the_receiver_may_stand_beside_the_layers(net: Net, forall: Forall) -> None:
    """To whom a message goes need not be inside of all layers: nobody sees it who has none of the mixes' keys."""
    row = cascade_of(net, forall(range(1, 4), "mixes"))
    mark = name("mark a", 16)
    one, other = ([row.envelope("a", FORWARD, 9), row.net.core(row.kit, to, mark)] for to in (7, 8))
    test = same_look(one, other)
    assert not test, test


@not_a_law("CAS-3", exact=True, source="Chaum 1981")
def a_seal_needs_no_randomness(net: Net, forall: Forall) -> None:
    """Which of two messages a letter holds is hidden from the last mix, though a message is sealed alike each time."""
    row = Cascade(net.reply, forall(range(1, 4), "mixes"), Ideal(fresh=False), cascade=net)
    guesses = [row.message("a"), name("another message", 2)]
    about, key = net.about(row.kit, 7), row.kit.public(name("receiver a"))
    looks = [[sure(row.kit.seal(key, about, each)), key, *guesses] for each in guesses]
    test = same_look(*looks)
    assert not test, test


@law("CAS-6", exact=True, sampled=False, faults=(MasksTheBody,))
def a_dummy_looks_like_a_message(net: Net, forall: Forall) -> None:
    """A message to nobody, of random bytes, looks like any other to all mixes but the last together."""
    mixes = forall(range(1, 5), "mixes")
    looks = []
    for dummy in (False, True):
        row = Dummies(net.reply, mixes, cascade=net) if dummy else cascade_of(net, mixes)
        wires = row.wires([row.envelope("a", FORWARD, NOBODY if dummy else 7)])[:-1]
        looks.append([*flat(*wires), *row.secrets(range(1, mixes))])
    test = same_look(*looks)
    assert not test, test


@dataclass
class Dummies(Cascade):
    """All messages are for nobody."""

    def letter(self, of: str) -> Data:
        """As many random bytes as a letter has."""
        return name(f"random {of}", PAYLOAD)


# ---- the order of one honest mix ----


def sent(net: Net, items: Sequence[bytes], choices: Sequence[int]) -> tuple[bytes, ...]:
    """What a mix between others sends if its draws choose these places, each among one less."""
    draws = [-(-(choice << 64) // (len(items) - before)) for before, choice in enumerate(choices)]
    arranged = tuple(net.waiting.arrange(items, "uniform", lambda place: draws[place]))
    node = Node.model_construct(relay=SimpleNamespace(position=1, mixes=3), mix=SimpleNamespace(flush=0), took=())
    _, batch = net.moved(node, SimpleNamespace(flush=1), arranged)
    sends: tuple[bytes, ...] = batch.sends
    return sends


def orders(size: int) -> list[tuple[int, ...]]:
    """All that the draws for a batch can choose; each with the same chance, to within 2^-64 for each draw."""
    return list(product(*(range(options) for options in range(size, 0, -1))))


@law(
    "CAS-8",
    exact=True,
    sampled=False,
    proves="batches of 2 to 4, cascades of 1 to 3 mixes, every place of the honest one, every order of the others",
    faults=(SendsInAscendingOrder,),
    source="Chaum 1981",
)
def every_match_is_as_likely_whatever_the_other_mixes_do(net: Net, forall: Forall) -> None:
    """With one mix's order uniform and all others' known, every way to match a batch with what leaves is as likely."""
    size, mixes = forall(range(2, 5), "batch"), forall(range(1, 4), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    known = {place: forall(orders(size), f"order of mix {place}") for place in all_but(honest, mixes)}
    came = tuple(bytes([place]) for place in range(size))
    found: Counter[tuple[bytes, ...]] = Counter()
    for order in orders(size):
        batch = came
        for place in range(1, mixes + 1):
            batch = sent(net, batch, known.get(place, order))
        found[batch] += 1
    assert found == Counter(permutations(came))


@law("CAS-8", exact=True, sampled=False, proves="batches of 2 to 4", faults=(SendsInAscendingOrder,))
def an_order_does_not_look_at_what_it_orders(net: Net, forall: Forall) -> None:
    """The same draws send the same places of a batch in the same order, whatever messages are there."""
    size = forall(range(2, 5), "batch")
    choices = forall(orders(size), "draws")
    came = [bytes([place]) for place in range(size)]
    others = forall(list(permutations(came)), "other messages")
    named = dict(zip(came, others, strict=True))
    assert sent(net, others, choices) == tuple(named[each] for each in sent(net, came, choices))
    assert prod(range(1, size + 1)) == len({sent(net, came, order) for order in orders(size)})
