"""Of the reference of chapter reply, and of sealing to one mix, what neither laws nor vectors say."""

import hashlib
from typing import Any

import pytest

from anonlaws import conform, law, sample
from anonlaws.mix import sealing
from anonlaws.reply import addresses, answers, passing, wire
from anonlaws.reply.laws import LAWS
from anonref import mix, reply
from anonref.serve import REFERENCE
from anonspec.mix.model import Sender
from anonspec.reply.model import Address, Author
from anonspec.shape import Reject

SEED = bytes(range(32))
ROW = wire.Row("x25519", tuple(wire.Mix(number, 1, wire.fresh(SEED, number)) for number in (3, 4)), 48 + 20)
SAMPLED = [claim for claim in LAWS if claim.holds and claim.sampled and not claim.exact]


def author() -> Author:
    return reply.prepare(ROW.suite, ROW.hops, ROW.payload, 7, SEED)


# ---- states ----


def test_a_refusal_leaves_the_state_alone() -> None:
    envelope = wire.some_way(ROW, wire.FORWARD, SEED)[0]
    relay, _ = reply.process(ROW.begun(reply, 1), envelope)
    before = relay.model_copy(deep=True)
    for bad, clause in ((envelope, "REP-10"), (envelope[1:], "REP-8"), (wire.changed(envelope, 9), "REP-9")):
        with pytest.raises(Reject) as refusal:
            reply.process(relay, bad)
        assert refusal.value.clause == clause
        assert relay == before


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        author().made = 1  # type: ignore[misc]


def test_nothing_is_drawn_without_a_seed() -> None:
    for begin in (
        lambda: reply.prepare(ROW.suite, ROW.hops, ROW.payload, 7, None),
        lambda: reply.await_addresses(ROW.suite, 2, ROW.payload, None),
    ):
        with pytest.raises(Reject) as refusal:
            begin()
        assert refusal.value.clause == "REP-3"


def test_addresses_of_one_seed_differ_in_every_seal() -> None:
    """What is drawn is the same, and no block of 16 bytes is in both headers."""
    one, other = (reply.address(author())[1] for _ in range(2))
    assert one.key == other.key
    blocks = [{made.header[at : at + 16] for at in range(len(made.header) - 15)} for made in (one, other)]
    assert blocks[0].isdisjoint(blocks[1])


# ---- another program ----


@pytest.mark.parametrize("claim", SAMPLED, ids=lambda claim: claim.name)
def test_a_law_holds_of_the_reference_as_another_program(claim: law.Law) -> None:
    program = conform.InProcess(REFERENCE.answer)
    remote = conform.Remote(program, "reply", None)
    assert set(claim.needs) <= set(program.capabilities)
    result = sample.sample(claim, remote, examples=8)
    assert result.verdict == "held", result


# ---- what no vector can show, since a seal is another each time: laws refute it ----


@law.fault("REP-5", "wrap")
def PutsTheFirstMixInside(net: Any, kit: Any, hops: Any, keys: Any, kind: bytes, inside: bytes) -> Any:
    """The layers stand the other way round."""
    return net.wrap(kit, hops[::-1], keys, kind, inside)


@law.fault("REP-5", "wrap")
def HandsOutKeysBackwards(net: Any, kit: Any, hops: Any, keys: Any, kind: bytes, inside: bytes) -> Any:
    """The first mix has the last one's key."""
    return net.wrap(kit, hops, keys[::-1], kind, inside)


@law.fault("REP-5", "wrap")
def CallsItForward(net: Any, kit: Any, hops: Any, keys: Any, _kind: bytes, inside: bytes) -> Any:
    """Layers of an address have the kind of a forward message."""
    return net.wrap(kit, hops, keys, wire.FORWARD, inside)


@law.fault("REP-5", "core")
def PutsTheMarkFirst(_net: Any, _kit: Any, destination: int, mark: bytes) -> Any:
    """In the core the mark stands before the destination."""
    return mark + destination.to_bytes(4)


@law.fault("REP-5", "core")
def WritesEverybodysNumber(net: Any, kit: Any, destination: int, mark: bytes) -> Any:
    """The destination is one more than the author."""
    return net.core(kit, destination + 1, mark)


@law.fault("REP-6", "pad")
def PadsWithZerosOnly(_net: Any, message: bytes, size: int) -> Any:
    """The end of the message is not marked."""
    return message.ljust(size, b"\0")


@law.fault("REP-6", "reply_body")
def PutsTheFillFirst(net: Any, kit: Any, key: bytes, padded: bytes, filler: bytes) -> Any:
    """The fill stands before the content."""
    body = net.reply_body(kit, key, padded, filler)
    return body if body is None else filler + body[: -len(filler)]


@law.fault("REP-6", "answer")
def HandsOverTheWrongFill(net: Any, responder: Any, address: Address, message: bytes) -> Any:
    """Every answer has the fill of the first."""
    after, envelope = net.answer(responder, address, message)
    size = 16 * responder.mixes
    return after, envelope[:-size] + net.draw(responder.seed, "fill", 0, 0, size)


@pytest.mark.parametrize(
    ("fault", "claim"),
    [
        (PutsTheFirstMixInside, addresses.an_address_opens_layer_by_layer),
        (HandsOutKeysBackwards, addresses.an_address_opens_layer_by_layer),
        (CallsItForward, addresses.no_two_addresses_have_anything_in_common),
        (PutsTheMarkFirst, addresses.an_address_of_larger_seals_opens_layer_by_layer),
        (WritesEverybodysNumber, answers.an_answer_comes_back_to_who_asked),
        (PadsWithZerosOnly, answers.an_answer_comes_back_to_who_asked),
        (PutsTheFillFirst, answers.an_answer_is_header_content_and_fill),
        (HandsOverTheWrongFill, answers.no_two_answers_have_anything_in_common),
    ],
    ids=lambda each: each.name,
)
def test_a_law_refutes_what_no_vector_can_show(fault: law.Fault, claim: law.Law) -> None:
    assert sample.sample(claim, law.variant(reply, fault)).verdict == "refuted"


def test_keys_in_another_order_do_not_keep_an_answer_from_coming_back() -> None:
    """Streams commute: only who opens the layers sees that keys were handed out backwards."""
    claim = answers.an_answer_comes_back_to_who_asked
    assert sample.sample(claim, law.variant(reply, HandsOutKeysBackwards), examples=50).verdict == "held"


@law.fault("MIX-26", "seal")
def SendsTheDestinationInClear(net: Any, sender: Sender, destination: int, message: bytes) -> Any:
    """The destination stands before the seal, which is as much shorter."""
    _, sealed = sealing.SealsTheBodyAlone.by(net, sender, destination, message)
    return sender, destination.to_bytes(4) + sealed


def test_a_law_refutes_a_destination_in_clear() -> None:
    subject = law.variant(mix, SendsTheDestinationInClear)
    assert sample.sample(sealing.a_sender_seals_what_its_mix_opens, subject).verdict == "refuted"


# ---- the laws' own pieces ----


def test_the_laws_own_envelopes_open_layer_by_layer() -> None:
    way = wire.some_way(ROW, wire.REPLY, SEED)
    assert [len(item) for item in way] == [ROW.header(place) + ROW.body(place) for place in (1, 2, 3)]
    layers, inside = wire.opened(ROW, way[0][: ROW.header(1)])
    assert [kind for kind, _ in layers] == [wire.REPLY] * 2
    assert inside == way[2][:20]
    assert wire.turned([key for _, key in layers], way[0][ROW.header(1) :])[-1] == way[2][20:]


def test_every_change_of_the_laws_is_one() -> None:
    """No forged envelope is the sound one."""
    layer, _ = passing.some_layer(ROW, 1, wire.FORWARD, SEED)
    sound = layer.sealed(ROW, ROW.mixes[0], SEED)
    first = law.Draws(lambda domain, _name: next(iter(domain)))
    made = {
        change: hashlib.sha256(passing.forged(first, change, ROW, 1, layer, SEED)).digest()
        for change in passing.CHANGES
        if change != "nothing"
    }
    assert len(set(made.values())) == len(made) == len(passing.CHANGES) - 1
    assert hashlib.sha256(sound).digest() not in made.values()
