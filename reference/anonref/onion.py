"""Packets of constant size for any route, chapter onion: senders, mixes, and answers by reply blocks.

What goes over wires are bytes or, where the laws bring ideal primitives, terms: all that is multiplied, derived,
masked, tagged and permuted goes through a `Profile`. `ANONSPEC1` is the chapter's own; bolt04.py has another. Draws
come from a seed, and nothing else is random.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anonref import suite
from anonref.mix import pad, unpad
from anonref.suite import Keys, Profile
from anonspec.onion.model import (
    Author,
    Awaited,
    Block,
    Chain,
    Command,
    Hop,
    Node,
    Packet,
    Passed,
    Responder,
    Sender,
    Sizes,
)
from anonspec.shape import Reject

ELEMENT, TAG, COMMAND, SLOT, KEYS = 32, 16, 45, 61, 256
"""Bytes of an element, a tag, a command, of command and tag, and of all keys of a mix."""

PASS_ON, DELIVER, REPLY = range(3)
NO_MARK = bytes(16)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the base point of curve25519."""

# ---- what a packet is made with ----


def clamped(scalar: bytes) -> int:
    """The number that X25519 multiplies by. RFC 7748, section 5"""
    return (int.from_bytes(scalar, "little") & (2**254 - 8)) | 2**254


def derive(secret: bytes, element: bytes, public: bytes) -> bytes:
    """All keys of a mix for a packet. ONI-7"""
    return suite.expand(suite.extract(secret), b"anonspec onion keys1" + element + public, KEYS)


def add(one: bytes, other: bytes) -> bytes:
    """The sum of two strings of 32 bytes."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(32)


def rounds(key: bytes, block: bytes, order: Sequence[int]) -> bytes:
    """LIONESS: those of its four rounds that are named, in this order. ONI-11"""
    left, right = block[:32], block[32:]
    for number in order:
        part = key[32 * number : 32 * number + 32]
        if number in (0, 2):
            right = suite.mask(add(left, part), right)
        else:
            left = add(left, hmac.digest(part, right, "sha256"))
    return left + right


def permute(key: bytes, block: bytes, back: bool) -> bytes:
    """A block permuted as a whole, or put back. ONI-11"""
    if len(block) <= 32:
        raise Reject("ONI-11", f"a block has more than 32 bytes, not {len(block)}")
    return rounds(key, block, (3, 2, 1, 0) if back else (0, 1, 2, 3))


class Anonspec1:
    """X25519, HKDF-SHA256, ChaCha20, HMAC-SHA256, and LIONESS of the last two."""

    @property
    def tag_size(self) -> int:
        return TAG

    @property
    def reach(self) -> int:
        return SLOT

    def element(self, scalar: bytes) -> bytes:
        return suite.public_value(scalar)

    def multiply(self, scalar: bytes, element: bytes) -> bytes | None:
        return suite.agree(scalar, element)

    def product(self, scalar: bytes, factor: bytes) -> bytes:
        product = clamped(scalar) * clamped(factor) % (8 * ORDER)
        return (product if product >= 2**254 else 8 * ORDER - product).to_bytes(32, "little")

    def keys(self, secret: bytes, element: bytes, public: bytes) -> Keys:
        return Keys(*self.cut(derive(secret, element, public), 32, 32, 32, 32, 128))

    def tag(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, "sha256")[:TAG]

    def mask(self, key: bytes, data: bytes) -> bytes:
        return suite.mask(key, data)

    def permute(self, key: bytes, block: bytes) -> bytes:
        return permute(key, block, False)

    def restore(self, key: bytes, block: bytes) -> bytes:
        return permute(key, block, True)

    def zeros(self, size: int) -> bytes:
        return bytes(size)

    def join(self, *parts: bytes) -> bytes:
        return b"".join(parts)

    def size(self, data: bytes) -> int:
        return len(data)

    def cut(self, data: bytes, *sizes: int) -> list[bytes]:
        return suite.cut(data, *sizes)


ANONSPEC1 = Anonspec1()

# ---- sizes and draws ----


def room(most: int) -> int:
    """Bytes of the routing. ONI-12"""
    return most * SLOT


def header_size(most: int) -> int:
    """Bytes of a header. ONI-12"""
    return ELEMENT + room(most) + TAG


def packet_size(most: int, payload: int) -> int:
    """Bytes of a packet. ONI-12"""
    return header_size(most) + payload + TAG


def check_most(most: int) -> None:
    """Refuse a network with too short or too long routes. ONI-1"""
    if not 1 <= most <= 20:
        raise Reject("ONI-1", f"routes have 1 to 20 mixes at most, not {most}")


def check_network(most: int, payload: int) -> None:
    """Refuse numbers that a network cannot have. ONI-1"""
    check_most(most)
    if payload < 32:
        raise Reject("ONI-1", f"a payload has 32 bytes or more, not {payload}")


def sizes(most: int, payload: int) -> Sizes:
    """Bytes of a header and of a packet. ONI-1, ONI-12"""
    check_network(most, payload)
    return Sizes(header=header_size(most), packet=packet_size(most, payload))


def draw(seed: bytes, name: str, number: int, most: int) -> bytes:
    """A labelled draw. ONI-1, ONI-4"""
    check_most(most)
    size = {"mark": 16, "pads": room(most) - COMMAND}.get(name, 32)
    return suite.shake256(seed + b"\0" + name.encode() + number.to_bytes(8), size)


# ---- commands ----


def written(command: Command) -> bytes:
    """A command as it stands in the routing. ONI-8"""
    times = (command.delay, command.earliest, command.latest)
    head = command.kind.to_bytes(1) + command.number.to_bytes(4) + command.mark
    return head + b"".join(each.to_bytes(8) for each in times)


def understood(data: bytes) -> Command:
    """The command that a mix finds. ONI-17"""
    kind, delay, earliest, latest = data[0], *(int.from_bytes(data[at : at + 8]) for at in (21, 29, 37))
    if kind > REPLY or max(delay, earliest, latest) >= 2**53:
        raise Reject("ONI-17", "an unknown command")
    number, mark = int.from_bytes(data[1:5]), data[5:21]
    return Command(kind=kind, number=number, mark=mark, delay=delay, earliest=earliest, latest=latest)


def commands(route: Sequence[Hop], kind: int, destination: int, mark: bytes) -> list[bytes]:
    """What each mix of a route is told: its successor, or whom to deliver to. ONI-8"""
    ends = [(PASS_ON, hop.mix, NO_MARK) for hop in route[1:]] + [(kind, destination, mark)]
    return [
        written(Command(kind=k, number=n, mark=m, delay=hop.delay, earliest=hop.earliest, latest=hop.latest))
        for hop, (k, n, m) in zip(route, ends, strict=True)
    ]


# ---- the header ----


@dataclass(frozen=True)
class Link:
    """What the sender knows of a mix: the element that it sees, their secret, and the keys."""

    element: Any
    secret: Any
    keys: Keys


def links(profile: Profile, secret: Any, publics: Sequence[Any]) -> list[Link]:
    """One element for all mixes, two multiplications for each. ONI-5, ONI-6"""
    scalar, found = secret, list[Link]()
    for public in publics:
        element, shared = profile.element(scalar), profile.multiply(scalar, public)
        if shared is None:
            raise Reject("ONI-6", "with this public key the secret is known to all")
        keys = profile.keys(shared, element, public)
        found.append(Link(element, shared, keys))
        scalar = profile.product(scalar, keys.blind)
    return found


def filler(profile: Profile, keys: Sequence[Keys], slots: Sequence[int], room: int) -> Any:
    """What the mixes before the last one will have added, as it reaches the last one. ONI-10"""
    filler = profile.zeros(0)
    for each, slot in zip(keys, slots, strict=True):
        before = room - profile.size(filler)
        longer = profile.join(profile.zeros(before), filler, profile.zeros(slot))
        filler = profile.cut(profile.mask(each.rho, longer), before, room + slot - before)[1]
    return filler


def enclose(profile: Profile, keys: Sequence[Keys], told: Sequence[Any], padding: Any) -> tuple[Any, Any]:
    """Routing and tag for the first mix: a layer for each, the last one's first. ONI-9, ONI-10"""
    room = profile.size(told[-1]) + profile.size(padding)
    slots = [profile.size(command) + profile.tag_size for command in told[:-1]]
    end = filler(profile, keys[:-1], slots, room)
    masked = profile.mask(keys[-1].rho, profile.join(told[-1], padding))
    routing = profile.join(profile.cut(masked, room - profile.size(end), profile.size(end))[0], end)
    tag = profile.tag(keys[-1].mu, routing)
    for each, command, slot in reversed(list(zip(keys[:-1], told[:-1], slots, strict=True))):
        kept = profile.cut(routing, room - slot, slot)[0]
        routing = profile.mask(each.rho, profile.join(command, tag, kept))
        tag = profile.tag(each.mu, routing)
    return routing, tag


def cover(profile: Profile, keys: Sequence[Keys], block: Any) -> Any:
    """A payload permuted for all mixes, the last one's permutation first. ONI-11, ONI-26"""
    for each in reversed(keys):
        block = profile.permute(each.pi, block)
    return block


def canonical(element: bytes) -> bool:
    """Whether an element is written as the number that it is. ONI-13"""
    return int.from_bytes(element, "little") < 2**255 - 19


def check_route(most: int, route: Sequence[Hop]) -> None:
    """Refuse a route that no header has room for, or through what has no key. ONI-2, ONI-6"""
    if not 1 <= len(route) <= most:
        raise Reject("ONI-2", f"a route has 1 to {most} mixes, not {len(route)}")
    check_publics([hop.public for hop in route])


def check_publics(publics: Sequence[bytes]) -> None:
    """Refuse public keys that are not canonical. ONI-6"""
    if not all(map(canonical, publics)):
        raise Reject("ONI-6", "a public key is not canonical")


def chain(secret: bytes, publics: tuple[bytes, ...]) -> Chain:
    """Elements, secrets and keys of all mixes. ONI-5, ONI-6, ONI-7"""
    check_publics(publics)
    made = links(ANONSPEC1, secret, publics)
    keys = tuple(derive(link.secret, link.element, public) for link, public in zip(made, publics, strict=True))
    return Chain(elements=tuple(link.element for link in made), secrets=tuple(link.secret for link in made), keys=keys)


def headed(
    secret: bytes, most: int, route: Sequence[Hop], kind: int, destination: int, mark: bytes, padding: bytes
) -> tuple[bytes, list[Keys]]:
    """A header, and the keys of its mixes. ONI-2, ONI-5, ONI-8, ONI-9, ONI-10"""
    check_route(most, route)
    made = links(ANONSPEC1, secret, [hop.public for hop in route])
    keys = [link.keys for link in made]
    routing, tag = enclose(ANONSPEC1, keys, commands(route, kind, destination, mark), padding)
    return made[0].element + routing + tag, keys


def header(
    secret: bytes, most: int, route: tuple[Hop, ...], kind: int, destination: int, mark: bytes, padding: bytes
) -> bytes:
    """The header of a packet or of a reply block. ONI-1, ONI-8, ONI-9"""
    check_most(most)
    if kind not in (DELIVER, REPLY) or (kind == DELIVER and mark != NO_MARK):
        raise Reject("ONI-8", "a route ends with a delivery without a mark, or with a reply")
    if len(padding) != room(most) - COMMAND:
        raise Reject("ONI-9", f"padding has {room(most) - COMMAND} bytes here, not {len(padding)}")
    return headed(secret, most, route, kind, destination, mark, padding)[0]


# ---- a sender ----


def prepare(most: int, payload: int, seed: bytes | None) -> Sender:
    """Be ready to send. ONI-1, ONI-4"""
    check_network(most, payload)
    if seed is None:
        raise Reject("ONI-4", "without a seed nothing can be drawn here")
    return Sender(most=most, payload=payload, seed=seed, made=0)


def block_of(message: bytes, payload: int) -> bytes:
    """Zeros that show a change, and the message, padded. ONI-11, ONI-24"""
    return bytes(TAG) + pad(message, payload)


def wrap(sender: Sender, route: tuple[Hop, ...], destination: int, message: bytes) -> tuple[Sender, Packet]:
    """A message in a packet. ONI-2, ONI-3, ONI-8, ONI-11"""
    block, number = block_of(message, sender.payload), sender.made
    secret, padding = (draw(sender.seed, name, number, sender.most) for name in ("once", "pads"))
    header, keys = headed(secret, sender.most, route, DELIVER, destination, NO_MARK, padding)
    packet = header + cover(ANONSPEC1, keys, block)
    return sender.model_copy(update={"made": number + 1}), Packet(first=route[0].mix, packet=packet)


# ---- a mix ----


def open_up(secret: bytes, epoch: int, most: int, payload: int) -> Node:
    """Be ready to take packets. ONI-1"""
    check_network(most, payload)
    return Node(secret=secret, epoch=epoch, most=most, payload=payload, seen=frozenset())


def unwrap(profile: Profile, keys: Keys, routing: Any, tag: Any) -> Any:
    """What stands in a routing, as long as it was and as much again as a mix adds. ONI-10, ONI-15"""
    if not same(profile.tag(keys.mu, routing), tag):
        raise Reject("ONI-15", "the tag does not fit")
    return profile.mask(keys.rho, profile.join(routing, profile.zeros(profile.reach)))


def same(one: Any, other: Any) -> bool:
    """Whether two tags are equal; of bytes, in the same time wherever they differ. ONI-15"""
    return hmac.compare_digest(one, other) if isinstance(one, bytes) and isinstance(other, bytes) else one == other


def move(profile: Profile, keys: Keys, element: Any, rest: Any, tag: Any, block: Any) -> Any:
    """The packet for the next mix. ONI-18"""
    return profile.join(profile.multiply(keys.blind, element), rest, tag, profile.restore(keys.pi, block))


def shared(secret: bytes, element: bytes) -> bytes:
    """What a mix shares with the sender. ONI-14"""
    found = ANONSPEC1.multiply(secret, element)
    if found is None:
        raise Reject("ONI-14", "the element is of low order")
    return found


def admit(node: Node, packet: bytes) -> tuple[bytes, Passed]:
    """The replay tag of a packet, and what comes of it. ONI-12, ONI-13"""
    size = packet_size(node.most, node.payload)
    if len(packet) != size:
        raise Reject("ONI-12", f"packets have {size} bytes here, not {len(packet)}")
    element, routing, tag, block = suite.cut(packet, ELEMENT, room(node.most), TAG, node.payload + TAG)
    if not canonical(element):
        raise Reject("ONI-13", "the element is not canonical")
    keys = ANONSPEC1.keys(shared(node.secret, element), element, suite.public_value(node.secret))
    told, onward, rest = suite.cut(unwrap(ANONSPEC1, keys, routing, tag), COMMAND, TAG, room(node.most))
    command = understood(told)
    if command.kind == PASS_ON:
        return keys.replay, passed(command, move(ANONSPEC1, keys, element, rest, onward, block), None)
    restored = ANONSPEC1.restore(keys.pi, block)
    return keys.replay, passed(command, None, delivered(command.kind, restored))


def passed(command: Command, packet: bytes | None, body: bytes | None) -> Passed:
    """What a mix passes on or delivers, to whom, and by which instruction. ONI-18, ONI-19, ONI-21"""
    return Passed(
        next=command.number if command.kind == PASS_ON else None,
        packet=packet,
        destination=None if command.kind == PASS_ON else command.number,
        mark=command.mark if command.kind == REPLY else None,
        body=body,
        delay=command.delay,
        earliest=command.earliest,
        latest=command.latest,
    )


def delivered(kind: int, block: bytes) -> bytes:
    """What the last mix delivers of a payload: the message, or all of an answer. ONI-20, ONI-21"""
    return message_in(block, "ONI-20") if kind == DELIVER else block


def message_in(block: bytes, clause: str) -> bytes:
    """The message of a payload that was not changed. ONI-20, ONI-26"""
    if any(block[:TAG]):
        raise Reject(clause, "the payload was changed")
    return unpad(block[TAG:])


def process(node: Node, packet: bytes) -> tuple[Node, Passed]:
    """Take a packet that was not here before, and do as its command says. ONI-16"""
    known, passed = admit(node, packet)
    if known in node.seen:
        raise Reject("ONI-16", "this packet was here before")
    return node.model_copy(update={"seen": node.seen | {known}}), passed


def peel(secret: bytes, most: int, payload: int, packet: bytes) -> Passed:
    """What a mix that has seen nothing yet makes of a packet. ONI-1"""
    return process(open_up(secret, 0, most, payload), packet)[1]


def rekey(node: Node, epoch: int, secret: bytes) -> tuple[Node, None]:
    """Go on under the next key, under which nothing was taken yet. ONI-22"""
    if epoch <= node.epoch:
        raise Reject("ONI-22", f"epoch {epoch} is not after {node.epoch}")
    return node.model_copy(update={"epoch": epoch, "secret": secret, "seen": frozenset()}), None


# ---- replies ----


def reply_key(key: bytes) -> bytes:
    """The key of a permutation, of that of a reply block. ONI-24"""
    return suite.expand(key, b"anonspec onion reply1", 128)


def expect(most: int, payload: int, me: int, seed: bytes | None) -> Author:
    """Be ready to make reply blocks. ONI-1, ONI-4"""
    check_network(most, payload)
    if seed is None:
        raise Reject("ONI-4", "without a seed nothing can be drawn here")
    return Author(most=most, payload=payload, me=me, seed=seed, made=0, awaited=())


def block(author: Author, route: tuple[Hop, ...]) -> tuple[Author, Block]:
    """A reply block. ONI-2, ONI-3, ONI-23"""
    number = author.made
    secret, padding, mark, key = (
        draw(author.seed, name, number, author.most) for name in ("once", "pads", "mark", "lock")
    )
    header, keys = headed(secret, author.most, route, REPLY, author.me, mark, padding)
    awaited = Awaited(mark=mark, key=key, layers=tuple(each.pi for each in keys))
    after = author.model_copy(update={"made": number + 1, "awaited": (*author.awaited, awaited)})
    return after, Block(first=route[0].mix, header=header, key=key)


def uncover(profile: Profile, keys: Sequence[Any], last: Any, block: Any) -> Any:
    """The payload of an answer as it was before all mixes restored what nobody had permuted. ONI-26"""
    for key in reversed(keys):
        block = profile.permute(key, block)
    return profile.restore(last, block)


def open(author: Author, mark: bytes, body: bytes) -> tuple[Author, bytes]:
    """Read what was delivered, and await it no longer. ONI-26, ONI-27"""
    found = next((each for each in author.awaited if each.mark == mark), None)
    if found is None:
        raise Reject("ONI-27", "no block that is not answered yet has this mark")
    if len(body) != author.payload + TAG:
        raise Reject("ONI-26", f"a payload has {author.payload + TAG} bytes here, not {len(body)}")
    message = message_in(uncover(ANONSPEC1, found.layers, reply_key(found.key), body), "ONI-26")
    awaited = tuple(each for each in author.awaited if each != found)
    return author.model_copy(update={"awaited": awaited}), message


def await_blocks(most: int, payload: int) -> Responder:
    """Be ready to answer. ONI-1"""
    check_network(most, payload)
    return Responder(most=most, payload=payload, used=())


def answer(responder: Responder, block: Block, message: bytes) -> tuple[Responder, Packet]:
    """The packet of an answer. ONI-12, ONI-24, ONI-25"""
    if len(block.header) != header_size(responder.most):
        raise Reject("ONI-12", f"headers have {header_size(responder.most)} bytes here, not {len(block.header)}")
    known = suite.sha256(block.header)
    if known in responder.used:
        raise Reject("ONI-25", "this block was answered to before")
    payload = ANONSPEC1.permute(reply_key(block.key), block_of(message, responder.payload))
    after = responder.model_copy(update={"used": (*responder.used, known)})
    return after, Packet(first=block.first, packet=block.header + payload)
