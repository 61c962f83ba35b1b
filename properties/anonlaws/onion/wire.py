"""Domains of chapter onion, and the laws' own packets, by which they judge their subjects.

Written from the text: secrets by one multiplication after the other, the filler from streams that are written out, HKDF
from HMAC. What a subject makes is taken apart by other code than its own.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from anonlaws.law import Forall, Seeds
from anonlaws.reply.wire import fresh, padded
from anonspec.onion.model import Command, Hop, Passed

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

SLOT, COMMAND, TAG = 61, 45, 16
PASS_ON, DELIVER, REPLY = range(3)
NO_MARK = bytes(16)
FIELD = 2**255 - 19

# ---- primitives ----


@lru_cache(maxsize=4096)
def times(scalar: bytes, element: bytes) -> bytes:
    """X25519. Raises ValueError where the result would be all zeros."""
    return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(element))


@lru_cache(maxsize=4096)
def public(secret: bytes) -> bytes:
    """The public value of a secret."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def expanded(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF's second half. RFC 5869, section 2.3"""
    blocks, block = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(secret, block + info + bytes([number]), "sha256")
        blocks += block
    return blocks[:length]


def derived(secret: bytes, element: bytes, key: bytes) -> bytes:
    """All keys of a mix: 256 bytes."""
    return expanded(hmac.digest(bytes(32), secret, "sha256"), b"anonspec onion keys1" + element + key, 256)


def stream(key: bytes, length: int) -> bytes:
    """ChaCha20 from counter 0, nonce of zeros."""
    return Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update(bytes(length))


def added(one: bytes, other: bytes) -> bytes:
    """Exclusive or."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def mac(key: bytes, data: bytes) -> bytes:
    """The tag over the data."""
    return hmac.new(key, data, hashlib.sha256).digest()[:16]


def permuted(key: bytes, block: bytes) -> bytes:
    """LIONESS."""
    k, left, right = [key[at : at + 32] for at in (0, 32, 64, 96)], block[:32], block[32:]
    right = added(right, stream(added(left, k[0]), len(right)))
    left = added(left, hmac.new(k[1], right, hashlib.sha256).digest())
    right = added(right, stream(added(left, k[2]), len(right)))
    left = added(left, hmac.new(k[3], right, hashlib.sha256).digest())
    return left + right


def restored(key: bytes, block: bytes) -> bytes:
    """LIONESS undone."""
    k, left, right = [key[at : at + 32] for at in (0, 32, 64, 96)], block[:32], block[32:]
    left = added(left, hmac.new(k[3], right, hashlib.sha256).digest())
    right = added(right, stream(added(left, k[2]), len(right)))
    left = added(left, hmac.new(k[1], right, hashlib.sha256).digest())
    right = added(right, stream(added(left, k[0]), len(right)))
    return left + right


def drawn(seed: bytes, name: str, number: int, most: int) -> bytes:
    """A labelled draw."""
    size = {"mark": 16, "pads": most * SLOT - COMMAND}.get(name, 32)
    return hashlib.shake_256(seed + b"\0" + name.encode("ascii") + number.to_bytes(8, "big")).digest(size)


# ---- the header ----


@dataclass(frozen=True)
class Layer:
    """What sender and mix share: the element that the mix sees, the secret, and the keys, by name and all together."""

    element: bytes
    secret: bytes
    whole: bytes

    @property
    def mu(self) -> bytes:
        return self.whole[:32]

    @property
    def rho(self) -> bytes:
        return self.whole[32:64]

    @property
    def blind(self) -> bytes:
        return self.whole[64:96]

    @property
    def replay(self) -> bytes:
        return self.whole[96:128]

    @property
    def pi(self) -> bytes:
        return self.whole[128:]


def layers(secret: bytes, publics: Sequence[bytes]) -> list[Layer]:
    """One multiplication after the other, as the text has it. Raises ValueError for a key that is none."""
    made, element = list[Layer](), public(secret)
    for key in publics:
        shared = times(secret, key)
        for before in made:
            shared = times(before.blind, shared)
        made.append(Layer(element, shared, derived(shared, element, key)))
        element = times(made[-1].blind, element)
    return made


def told(command: Command) -> bytes:
    """The 45 bytes of a command."""
    parts = [(command.kind, 1), (command.number, 4), (int.from_bytes(command.mark), 16)]
    parts += [(each, 8) for each in (command.delay, command.earliest, command.latest)]
    return b"".join(value.to_bytes(size, "big") for value, size in parts)


def commands(route: Sequence[Hop], kind: int, destination: int, mark: bytes) -> list[bytes]:
    """What each mix is told."""
    ends = [*((PASS_ON, hop.mix, NO_MARK) for hop in route[1:]), (kind, destination, mark)]
    return [
        told(Command(kind=k, number=n, mark=m, delay=hop.delay, earliest=hop.earliest, latest=hop.latest))
        for hop, (k, n, m) in zip(route, ends, strict=True)
    ]


def closed(made: Sequence[Layer], contents: Sequence[bytes], padding: bytes) -> list[bytes]:
    """The header as each mix sees it: element, routing, tag."""
    room, n = len(padding) + COMMAND, len(made)
    streams = [stream(layer.rho, room + SLOT) for layer in made]
    filler = b""
    for each in streams[:-1]:
        filler += bytes(SLOT)
        filler = added(filler, each[-len(filler) :])
    routing = added(contents[-1] + padding, streams[-1][:room])
    routing = routing[: room - len(filler)] + filler
    tag = mac(made[-1].mu, routing)
    headers = [made[-1].element + routing + tag]
    for place in range(n - 2, -1, -1):
        routing = added((contents[place] + tag + routing)[:room], streams[place][:room])
        tag = mac(made[place].mu, routing)
        headers.insert(0, made[place].element + routing + tag)
    return headers


# ---- networks ----


@dataclass(frozen=True)
class Mix:
    """A mix: its number, its secret key, and the instruction to it."""

    number: int
    secret: bytes
    delay: int = 0
    earliest: int = 0
    latest: int = 0


@dataclass(frozen=True)
class Way:
    """A network's numbers, and mixes in the order of a route."""

    most: int
    payload: int
    mixes: tuple[Mix, ...]

    @property
    def route(self) -> tuple[Hop, ...]:
        return tuple(
            Hop(mix=m.number, public=public(m.secret), delay=m.delay, earliest=m.earliest, latest=m.latest)
            for m in self.mixes
        )

    @property
    def publics(self) -> list[bytes]:
        return [public(mix.secret) for mix in self.mixes]

    @property
    def room(self) -> int:
        """Bytes of the routing."""
        return self.most * SLOT

    @property
    def header(self) -> int:
        """Bytes of a header."""
        return 32 + self.room + TAG

    @property
    def packet(self) -> int:
        """Bytes of a packet."""
        return self.header + self.payload + TAG

    def begun(self, net: Net, place: int) -> Any:
        """The subject as the mix at a place of the route, counted from 0."""
        return net.open_up(self.mixes[place].secret, 0, self.most, self.payload)


INSTRUCTIONS = ((0, 0, 0), (1, 2, 3), (2**53 - 1, 2**40, 2**53 - 1), (1_500_000, 10, 2**32))
NUMBERS = (3, 0, 2**32 - 1, 258, 3)


def some_way(forall: Forall, least: int = 1, most: int = 5) -> Way:
    """One to five mixes, in networks with room for just these or for more; payloads of few bytes."""
    seed, count = forall(Seeds(), "mixes"), forall(range(least, most + 1), "length of the route")
    room, payload = forall(range(count, most + 1), "most"), forall([32, 33, 64, 100], "payload")
    turn = forall(range(4), "first instruction")
    mixes = tuple(
        Mix(NUMBERS[place], fresh(seed, "mix", place), *INSTRUCTIONS[(turn + place) % 4]) for place in range(count)
    )
    return Way(room, payload, mixes)


# ---- packets ----


def block_of(message: bytes, payload: int) -> bytes:
    """Zeros and the padded message."""
    return bytes(TAG) + padded(message, payload)


def covered(made: Sequence[Layer], block: bytes) -> list[bytes]:
    """A payload as each mix gets it, and as the last one restores it."""
    blocks = [block]
    for layer in reversed(made):
        blocks.insert(0, permuted(layer.pi, blocks[0]))
    return blocks


def some_packets(way: Way, kind: int, seed: bytes, message: bytes = b"a message", destination: int = 77) -> list[bytes]:
    """A packet as it comes to each mix of the way; of a reply, the payload is that of an answer."""
    made = layers(fresh(seed, "secret"), way.publics)
    mark = fresh(seed, "mark")[:16] if kind == REPLY else NO_MARK
    padding = hashlib.shake_256(seed + b"padding").digest(way.room - COMMAND)
    headers = closed(made, commands(way.route, kind, destination, mark), padding)
    if kind == REPLY:
        blocks = [permuted(fresh(seed, "lock") * 4, block_of(message, way.payload))]
        for layer in made:
            blocks.append(restored(layer.pi, blocks[-1]))
    else:
        blocks = covered(made, block_of(message, way.payload))
    return [header + block for header, block in zip(headers, blocks, strict=False)] + [blocks[-1]]


def opened(way: Way, place: int, packet: bytes) -> tuple[Layer, Command, bytes, bytes]:
    """What the mix at a place finds: keys, command, the rest of the header for the next mix, the payload restored.

    Raises AssertionError where the tag does not fit.
    """
    secret = way.mixes[place].secret
    element, routing, tag = packet[:32], packet[32 : 32 + way.room], packet[32 + way.room : way.header]
    shared = times(secret, element)
    layer = Layer(element, shared, derived(shared, element, public(secret)))
    assert tag == mac(layer.mu, routing), f"the tag does not fit at mix {place + 1}"
    inside = added(routing + bytes(SLOT), stream(layer.rho, way.room + SLOT))
    numbers = [int.from_bytes(inside[a:b]) for a, b in ((0, 1), (1, 5), (21, 29), (29, 37), (37, 45))]
    command = Command(
        kind=numbers[0],
        number=numbers[1],
        mark=inside[5:21],
        delay=numbers[2],
        earliest=numbers[3],
        latest=numbers[4],
    )
    following = times(layer.blind, element) + inside[SLOT:] + inside[COMMAND:SLOT]
    return layer, command, following, restored(layer.pi, packet[way.header :])


def as_passed(way: Way, place: int, packets: Sequence[bytes], kind: int, mark: bytes, message: bytes) -> Passed:
    """What a mix is to say of the packet that comes to it at a place."""
    mix, last = way.mixes[place], place == len(way.mixes) - 1
    return Passed(
        next=None if last else way.mixes[place + 1].number,
        packet=None if last else packets[place + 1],
        destination=77 if last else None,
        mark=mark if last and kind == REPLY else None,
        body=None if not last else packets[-1] if kind == REPLY else message,
        delay=mix.delay,
        earliest=mix.earliest,
        latest=mix.latest,
    )
