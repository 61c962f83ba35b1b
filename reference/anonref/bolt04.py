"""Lightning's onions (BOLT 4) by the core of chapter onion: packets, errors on the way back, blinded routes.

Its parameters differ from the chapter's in all that `suite.Profile` names; the construction is the same. What stands in
a payload is no matter of this module: a payload is bytes that begin with their own length. Needs `coincurve`.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from coincurve import PrivateKey, PublicKey
from coincurve.utils import GROUP_ORDER_INT

from anonref import onion, suite
from anonref.suite import Keys
from anonspec.shape import Reject

POINT, TAG = 33, 32
END = bytes(TAG)
"""The tag in the last command: nobody comes after."""


def named(name: str, secret: bytes) -> bytes:
    """The key of this name that follows from a secret."""
    return hmac.digest(name.encode(), secret, "sha256")


def times(scalar: bytes, factor: bytes) -> bytes:
    """The product of two scalars."""
    return (int.from_bytes(scalar) * int.from_bytes(factor) % GROUP_ORDER_INT).to_bytes(32)


def point(scalar: bytes) -> bytes:
    """The public key of a secret one, compressed."""
    return PrivateKey(scalar).public_key.format()


def multiply(scalar: bytes, element: bytes) -> bytes | None:
    """The scalar's multiple of a compressed point; None where that is none."""
    try:
        return PublicKey(element).multiply(scalar).format()
    except ValueError:
        return None


@dataclass(frozen=True)
class Bolt04(onion.Anonspec1):
    """The parameters of BOLT 4, for `room` bytes of payloads, tagged together with the `associated` data."""

    room: int = 1300
    associated: bytes = b""

    @property
    def tag_size(self) -> int:
        return TAG

    @property
    def reach(self) -> int:
        return self.room  # a payload may be as long as there is room

    def element(self, scalar: bytes) -> bytes:
        return point(scalar)

    def multiply(self, scalar: bytes, element: bytes) -> bytes | None:
        return multiply(scalar, element)

    def product(self, scalar: bytes, factor: bytes) -> bytes:
        return times(scalar, factor)

    def keys(self, secret: bytes, element: bytes, public: bytes) -> Keys:  # noqa: ARG002 - BOLT 4 binds to no hop
        shared = suite.sha256(secret)
        return Keys(
            mu=named("mu", shared), rho=named("rho", shared), blind=suite.sha256(element + shared), replay=shared
        )

    def tag(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data + self.associated, "sha256")


# ---- packets ----


def length(data: bytes) -> int:
    """How many bytes a payload has with its own length before it. Raises Reject where it is longer than the data."""
    width = {0xFD: 2, 0xFE: 4, 0xFF: 8}.get(data[0], 0)
    whole = 1 + width + (int.from_bytes(data[1 : 1 + width]) if width else data[0])
    if whole + TAG > len(data):
        raise Reject("ONI-17", f"a payload of {whole} bytes")
    return whole


def wrap(
    session: bytes, publics: Sequence[bytes], payloads: Sequence[bytes], associated: bytes, room: int = 1300
) -> bytes:
    """A packet for these hops: version, element, payloads, tag. Raises Reject where they do not fit."""
    profile = Bolt04(room, associated)
    used = sum(len(payload) + TAG for payload in payloads)
    if not payloads or used > room:
        raise Reject("ONI-2", f"payloads and tags of {used} bytes in {room}")
    made = onion.links(profile, session, publics)
    told = [*payloads[:-1], payloads[-1] + END]
    padding = suite.mask(named("pad", session), bytes(room))[: room - len(told[-1])]
    routing, tag = onion.enclose(profile, [link.keys for link in made], told, padding)
    packet: bytes = b"\0" + made[0].element + routing + tag
    return packet


@dataclass(frozen=True)
class Peeled:
    """What a hop finds: its payload, the packet for the next one (None: it is the last), and the shared secret."""

    payload: bytes
    packet: bytes | None
    secret: bytes


def peel(secret: bytes, packet: bytes, associated: bytes) -> Peeled:
    """Take a layer off. Raises Reject."""
    room = len(packet) - 1 - POINT - TAG
    if room < 1 or packet[0]:
        raise Reject("ONI-12", f"no packet of version 0 has {len(packet)} bytes and begins with {packet[:1].hex()}")
    profile = Bolt04(room, associated)
    _, element, routing, tag = suite.cut(packet, 1, POINT, room, TAG)
    shared = profile.multiply(secret, element)
    if shared is None:
        raise Reject("ONI-13", "the element is no point")
    keys = profile.keys(shared, element, b"")
    opened = onion.unwrap(profile, keys, routing, tag)
    own = length(opened)
    payload, onward, rest = opened[:own], opened[own : own + TAG], opened[own + TAG : own + TAG + room]
    if onward == END:
        return Peeled(payload, None, keys.replay)
    moved = profile.multiply(keys.blind, element)
    return Peeled(payload, b"\0" + (moved or b"") + rest + onward, keys.replay)


# ---- errors, on the way back ----


def fail(secret: bytes, data: bytes) -> bytes:
    """An error as the hop that failed sends it: tagged, and masked. `secret` is the one shared with the sender."""
    return pass_back(secret, named_tag(secret, data) + data)


def named_tag(secret: bytes, data: bytes) -> bytes:
    """The tag over an error."""
    return hmac.digest(named("um", secret), data, "sha256")


def pass_back(secret: bytes, packet: bytes) -> bytes:
    """An error as a hop passes it on."""
    return suite.mask(named("ammag", secret), packet)


def blame(secrets: Sequence[bytes], packet: bytes) -> tuple[int, bytes]:
    """Which hop failed, counted from 0, and what it said. Raises Reject where no tag fits."""
    for number, secret in enumerate(secrets):
        packet = pass_back(secret, packet)
        if hmac.compare_digest(packet[:TAG], named_tag(secret, packet[TAG:])):
            return number, packet[TAG:]
    raise Reject("ONI-26", "the error is of no hop on the route")


# ---- blinded routes ----


@dataclass(frozen=True)
class Blinded:
    """A hop of a blinded route: what it is called there, what it is told, its path key, and their shared secret."""

    node: bytes
    data: bytes
    path_key: bytes
    secret: bytes


def blind(session: bytes, publics: Sequence[bytes], data: Sequence[bytes]) -> list[Blinded]:
    """A route whose hops are not called by their names, each told what nobody else can read."""
    scalar, route = session, list[Blinded]()
    for public, told in zip(publics, data, strict=True):
        path_key, shared = point(scalar), multiply(scalar, public)
        if shared is None:
            raise Reject("ONI-6", "a public key is no point")
        secret = suite.sha256(shared)
        node = multiply(named("blinded_node_id", secret), public)
        route.append(Blinded(node or b"", suite.lock(named("rho", secret), bytes(12), told, b""), path_key, secret))
        scalar = times(scalar, suite.sha256(path_key + secret))
    return route


def unblind(secret: bytes, path_key: bytes, data: bytes) -> tuple[bytes, bytes]:
    """What a hop of a blinded route is told, and the path key for the next hop. Raises Reject."""
    shared = multiply(secret, path_key)
    if shared is None:
        raise Reject("ONI-13", "the path key is no point")
    known = suite.sha256(shared)
    told = suite.unlock(named("rho", known), bytes(12), data, b"")
    if told is None:
        raise Reject("ONI-15", "what the hop is told does not open")
    return told, multiply(suite.sha256(path_key + known), path_key) or b""


def blinded_key(secret: bytes, path_key: bytes) -> bytes:
    """The secret key of a hop under the name that it has on a blinded route. Raises Reject."""
    shared = multiply(secret, path_key)
    if shared is None:
        raise Reject("ONI-13", "the path key is no point")
    return times(secret, named("blinded_node_id", suite.sha256(shared)))
