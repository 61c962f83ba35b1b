"""Return addresses, chapter reply: how they are made, answered to, passed on by mixes, and answers read.

What goes over wires are bytes or, where the laws bring ideal primitives, terms: all that is sealed, locked and masked
goes through a `suite.Kit`. Draws come from a seed; but HPKE draws for itself when it seals, so that no two addresses or
answers are equal.
"""

from collections.abc import Sequence
from typing import Any

from anonref import suite
from anonref.mix import CODES, pad, unpad
from anonref.suite import Kit
from anonref.suite import kit as kit_of
from anonspec.mix.model import Suite
from anonspec.reply.model import Address, Author, Awaited, Hop, Passed, Relay, Responder, Sizes
from anonspec.shape import Reject

FORWARD, REPLY = b"\0", b"\1"
ABOUT_HEADER, ABOUT_ANSWER = b"anonspec reply header1", b"anonspec reply answer1"

# ---- sizes ----


def header_size(overhead: int, mixes: int, position: int) -> int:
    """Bytes of the header that comes to a position; to the last mix but one more, of what it delivers. REP-8"""
    return 20 + (mixes - position + 1) * (overhead + 33)


def body_size(mixes: int, payload: int, position: int) -> int:
    """Bytes of the body that comes to a position. REP-8"""
    return payload + 16 * (mixes - position + 1)


def check_row(overhead: int, mixes: int, payload: int) -> None:
    """Refuse a row without mixes, and bodies too small for a message. REP-1"""
    if mixes < 1 or payload <= overhead:
        raise Reject("REP-1", f"a row has a mix or more, and a body more than {overhead} bytes")


def check_position(mixes: int, position: int, last: int) -> None:
    """Refuse a position that is not from 1 to the last. REP-8"""
    if not 1 <= position <= last:
        raise Reject("REP-8", f"{mixes} mixes have no position {position}")


def sizes(suite: Suite, mixes: int, payload: int, position: int) -> Sizes:
    """Bytes of header and body at a position. REP-1, REP-8"""
    overhead = kit_of(suite).overhead
    check_row(overhead, mixes, payload)
    check_position(mixes, position, mixes + 1)
    return Sizes(header=header_size(overhead, mixes, position), body=body_size(mixes, payload, position))


# ---- envelopes ----


def draw(seed: bytes, name: str, number: int, position: int, size: int) -> bytes:
    """A labelled draw. REP-3"""
    label = name.encode() + number.to_bytes(8) + position.to_bytes(1)
    return suite.shake256(seed + b"\0" + label, {"mark": 16, "fill": size}.get(name, 32))


def layer_keys(seed: bytes, number: int, mixes: int) -> tuple[bytes, ...]:
    """The keys for all mixes of an address or envelope with this number, for position 1 first. REP-3"""
    return tuple(draw(seed, "keys", number, place, 0) for place in range(1, mixes + 1))


def about(name: Suite, hop: int, epoch: int) -> bytes:
    """What a header is bound to. REP-4"""
    return ABOUT_HEADER + CODES[name] + hop.to_bytes(4) + epoch.to_bytes(8)


def wrap(kit: Kit, hops: Sequence[Hop], keys: Sequence[Any], kind: bytes, core: Any) -> list[Any]:
    """The header for each of the hops, and at last what the last one is told: a layer around another. REP-5"""
    headers = [core]
    for hop, key in reversed(list(zip(hops, keys, strict=True))):
        header = kit.seal(hop.public, about(kit.name, hop.mix, hop.epoch), kit.join(kind, key, headers[0]))
        if header is None:
            raise Reject("REP-5", f"the public key of mix {hop.mix} is none")
        headers.insert(0, header)
    return headers


def core(kit: Kit, destination: int, mark: Any) -> Any:
    """What the last mix is told. REP-5"""
    return kit.join(destination.to_bytes(4), mark)


def unwrap(kit: Kit, relay: Relay, envelope: Any) -> tuple[Any, Any, Any]:
    """The header as it came, and what a mix finds in an envelope: the rest of the header, and the body for it.

    REP-8, REP-9, REP-12, REP-13
    """
    header_bytes = header_size(kit.overhead, relay.mixes, relay.position)
    body_bytes = body_size(relay.mixes, relay.payload, relay.position)
    if kit.size(envelope) != header_bytes + body_bytes:
        raise Reject("REP-8", f"envelopes here have {header_bytes + body_bytes} bytes, not {kit.size(envelope)}")
    header, body = kit.cut(envelope, header_bytes, body_bytes)
    opened = kit.unseal(relay.secret, about(kit.name, relay.mix, relay.epoch), header)
    if opened is not None:
        kind, key, rest = kit.cut(opened, 1, 32, header_bytes - kit.overhead - 33)
        passed = turn(kit, kind, key, body)
        if passed is not None:
            return header, rest, passed
    raise Reject("REP-9", "the envelope does not open")


def turn(kit: Kit, kind: Any, key: Any, body: Any) -> Any:
    """The body as a mix passes it on, 16 bytes shorter; None if it was changed. REP-12, REP-13"""
    if kind == FORWARD:
        return kit.unlock(key, body)
    if kind == REPLY:
        return kit.cut(kit.mask(key, body), kit.size(body) - 16, 16)[0]
    return None


# ---- the author of an address ----


def prepare(suite: Suite, hops: tuple[Hop, ...], payload: int, me: int, seed: bytes | None) -> Author:
    """Be ready to make addresses that lead through these mixes. REP-1, REP-3"""
    check_row(kit_of(suite).overhead, len(hops), payload)
    if seed is None:
        raise Reject("REP-3", "without a seed nothing can be drawn here")
    return Author(suite=suite, hops=hops, payload=payload, me=me, seed=seed, made=0, awaited=())


def address(author: Author) -> tuple[Author, Address]:
    """Make a return address, with keys of its own. REP-2, REP-5"""
    kit, number = kit_of(author.suite), author.made
    keys = layer_keys(author.seed, number, len(author.hops))
    mark, secret = draw(author.seed, "mark", number, 0, 0), draw(author.seed, "once", number, 0, 0)
    header, *_ = wrap(kit, author.hops, keys, REPLY, core(kit, author.me, mark))
    awaited = (*author.awaited, Awaited(mark=mark, keys=keys, secret=secret))
    after = author.model_copy(update={"made": number + 1, "awaited": awaited})
    return after, Address(header=header, key=kit.public(secret))


def uncover(kit: Kit, keys: Sequence[Any], secret: Any, body: Any) -> Any:
    """The padded message of an answer, or None where it does not open: the last mix's layer comes off first. REP-14"""
    for key in reversed(keys):
        body = kit.mask(key, body)
    return kit.unseal(secret, ABOUT_ANSWER + CODES[kit.name], body)


def read(suite: Suite, keys: Sequence[bytes], secret: bytes, body: bytes) -> bytes:
    """The message of an answer. REP-14"""
    padded = uncover(kit_of(suite), keys, secret, body)
    if padded is None:
        raise Reject("REP-14", "the answer does not open")
    return unpad(padded)


def open(author: Author, mark: bytes, body: bytes) -> tuple[Author, bytes]:
    """Read what the last mix delivered, and await it no longer. REP-14, REP-15"""
    found = next((each for each in author.awaited if each.mark == mark), None)
    if found is None:
        raise Reject("REP-15", "no address that is not answered yet has this mark")
    message = read(author.suite, found.keys, found.secret, body)
    awaited = tuple(each for each in author.awaited if each != found)
    return author.model_copy(update={"awaited": awaited}), message


# ---- who answers ----


def await_addresses(suite: Suite, mixes: int, payload: int, seed: bytes | None) -> Responder:
    """Be ready to answer. REP-1, REP-3"""
    check_row(kit_of(suite).overhead, mixes, payload)
    if seed is None:
        raise Reject("REP-3", "without a seed nothing can be drawn here")
    return Responder(suite=suite, mixes=mixes, payload=payload, seed=seed, used=())


def reply_body(kit: Kit, key: Any, padded: Any, filler: Any) -> Any:
    """The body of an answer for the first mix; None if the address has no key. REP-6"""
    content = kit.seal(key, ABOUT_ANSWER + CODES[kit.name], padded)
    return None if content is None else kit.join(content, filler)


def answer(responder: Responder, address: Address, message: bytes) -> tuple[Responder, bytes]:
    """The envelope of an answer, for the first mix. REP-6, REP-7"""
    kit, number = kit_of(responder.suite), len(responder.used)
    if len(address.header) != header_size(kit.overhead, responder.mixes, 1):
        raise Reject("REP-8", f"{len(address.header)} bytes are no header for {responder.mixes} mixes")
    known = suite.sha256(address.header)
    if known in responder.used:
        raise Reject("REP-7", "this address was answered to before")
    filler = draw(responder.seed, "fill", number, 0, 16 * responder.mixes)
    body = reply_body(kit, address.key, pad(message, responder.payload - kit.overhead), filler)
    if body is None:
        raise Reject("REP-6", "the address has no public key")
    return responder.model_copy(update={"used": (*responder.used, known)}), address.header + body


# ---- a mix ----


def take_place(suite: Suite, secret: bytes, mix: int, epoch: int, position: int, mixes: int, payload: int) -> Relay:
    """Take a place in a row of mixes. REP-1, REP-8"""
    check_row(kit_of(suite).overhead, mixes, payload)
    check_position(mixes, position, mixes)
    return Relay(
        suite=suite,
        secret=secret,
        mix=mix,
        epoch=epoch,
        position=position,
        mixes=mixes,
        payload=payload,
        seen=frozenset(),
    )


def passed(relay: Relay, rest: bytes, body: bytes) -> Passed:
    """What a mix passes on, and to whom. REP-5"""
    if relay.position < relay.mixes:
        return Passed(next=rest + body, destination=None, mark=None, body=None)
    return Passed(next=None, destination=int.from_bytes(rest[:4]), mark=rest[4:], body=body)


def peel(
    suite: Suite, secret: bytes, mix: int, epoch: int, position: int, mixes: int, payload: int, envelope: bytes
) -> Passed:
    """What a mix that has seen nothing yet makes of an envelope. REP-8, REP-9, REP-12, REP-13"""
    relay = take_place(suite, secret, mix, epoch, position, mixes, payload)
    _, rest, body = unwrap(kit_of(suite), relay, envelope)
    return passed(relay, rest, body)


def admit(relay: Relay, envelope: bytes) -> tuple[Relay, bytes, bytes]:
    """Take an envelope whose header was not here before: the rest of its header, and the body. REP-9, REP-10"""
    header, rest, body = unwrap(kit_of(relay.suite), relay, envelope)
    known = suite.sha256(header)
    if known in relay.seen:
        raise Reject("REP-10", "this header was here before")
    return relay.model_copy(update={"seen": relay.seen | {known}}), rest, body


def process(relay: Relay, envelope: bytes) -> tuple[Relay, Passed]:
    """Take an envelope, and pass on what is inside. REP-5"""
    relay, rest, body = admit(relay, envelope)
    return relay, passed(relay, rest, body)


def rekey(relay: Relay, epoch: int, secret: bytes) -> tuple[Relay, None]:
    """Go on under the next key, under which nothing was taken yet. REP-11"""
    if epoch <= relay.epoch:
        raise Reject("REP-11", f"epoch {epoch} is not after {relay.epoch}")
    return relay.model_copy(update={"epoch": epoch, "secret": secret, "seen": frozenset()}), None
