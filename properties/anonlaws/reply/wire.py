"""Domains of chapter reply, and the laws' own seals, envelopes and answers, by which they judge their subjects.

HPKE is written out here from RFC 9180, and X-Wing from its draft, on X25519, ML-KEM, HMAC and ChaCha20 alone; so a seal
can be made again from the same chance, and what a subject seals is opened by other code than its own. Chapters mix and
cascade seal and open with it too.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from anonlaws.law import Forall, Seeds
from anonspec.mix.model import Suite
from anonspec.reply.model import Hop, Passed

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

CODES: dict[Suite, bytes] = {"x25519": b"\0", "mlkem768-x25519": b"\1"}
OVERHEADS: dict[Suite, int] = {"x25519": 48, "mlkem768-x25519": 1136}
KEMS: dict[Suite, int] = {"x25519": 0x0020, "mlkem768-x25519": 0x647A}

# ---- domains ----


def fresh(seed: bytes, *label: object) -> bytes:
    """32 bytes that are used for nothing else."""
    return hashlib.sha256(seed + repr(label).encode()).digest()


# ---- HPKE, base mode, KDF HKDF-SHA256, AEAD ChaCha20-Poly1305 ----


def extracted(suite_id: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    """LabeledExtract of RFC 9180, section 4: 32 bytes."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + secret, "sha256")


def expanded(suite_id: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of RFC 9180, section 4: 32 bytes at most, so that one block is enough."""
    labelled = length.to_bytes(2) + b"HPKE-v1" + suite_id + label + info
    return hmac.digest(secret, labelled + b"\1", "sha256")[:length]


def exchanged(secret: bytes, public: bytes) -> bytes:
    """X25519. Raises ValueError where the result would be all zeros."""
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


@lru_cache(maxsize=1024)
def curve_public(secret: bytes) -> bytes:
    """The X25519 public key, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


@lru_cache(maxsize=1024)
def halves(secret: bytes) -> tuple[MLKEM768PrivateKey, bytes]:
    """The ML-KEM key and the X25519 secret that X-Wing makes of 32 bytes."""
    whole = hashlib.shake_256(secret).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(whole[:64]), whole[64:]


@lru_cache(maxsize=1024)
def public(suite: Suite, secret: bytes) -> bytes:
    """The public key of a secret one: 32 or 1,216 bytes."""
    if suite == "x25519":
        return curve_public(secret)
    lattice, curve = halves(secret)
    return lattice.public_key().public_bytes_raw() + curve_public(curve)


def curve_shared(shared: bytes, enc: bytes, key: bytes) -> bytes:
    """What DHKEM(X25519, HKDF-SHA256) makes of an exchanged secret. RFC 9180, section 4.1"""
    suite_id = b"KEM" + KEMS["x25519"].to_bytes(2)
    return expanded(suite_id, extracted(suite_id, b"", b"eae_prk", shared), b"shared_secret", enc + key, 32)


def hybrid_shared(lattice: bytes, curve: bytes, enc: bytes, key: bytes) -> bytes:
    """What X-Wing makes of both shared secrets, the X25519 value sent and the X25519 public key."""
    return hashlib.sha3_256(lattice + curve + enc + key + b"\\.//^\\").digest()


def encapsulated(suite: Suite, key: bytes, chance: bytes) -> tuple[bytes, bytes]:
    """A shared secret and its `enc`. The chance is X25519's; ML-KEM draws for itself. Raises ValueError."""
    sent = curve_public(chance)
    if suite == "x25519":
        return curve_shared(exchanged(chance, key), sent, key), sent
    lattice, hidden = MLKEM768PublicKey.from_public_bytes(key[:-32]).encapsulate()
    return hybrid_shared(lattice, exchanged(chance, key[-32:]), sent, key[-32:]), hidden + sent


def decapsulated(suite: Suite, secret: bytes, enc: bytes) -> bytes:
    """The shared secret in an `enc`. Raises ValueError."""
    if suite == "x25519":
        return curve_shared(exchanged(secret, enc), enc, curve_public(secret))
    lattice, curve = halves(secret)
    return hybrid_shared(lattice.decapsulate(enc[:-32]), exchanged(curve, enc[-32:]), enc[-32:], curve_public(curve))


def scheduled(suite: Suite, shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and base nonce. RFC 9180, section 5.1"""
    suite_id = b"HPKE" + KEMS[suite].to_bytes(2) + b"\0\1\0\3"
    hashes = extracted(suite_id, b"", b"psk_id_hash", b"") + extracted(suite_id, b"", b"info_hash", info)
    secret = extracted(suite_id, shared, b"secret", b"")
    key = expanded(suite_id, secret, b"key", b"\0" + hashes, 32)
    return key, expanded(suite_id, secret, b"base_nonce", b"\0" + hashes, 12)


def seal(suite: Suite, key: bytes, info: bytes, data: bytes, chance: bytes) -> bytes:
    """The data sealed to a public key. Raises ValueError where the key is none."""
    shared, enc = encapsulated(suite, key, chance)
    locked_with, nonce = scheduled(suite, shared, info)
    return enc + ChaCha20Poly1305(locked_with).encrypt(nonce, data, None)


def unseal(suite: Suite, secret: bytes, info: bytes, sealed: bytes) -> bytes | None:
    """What was sealed, or None where it does not open."""
    length = OVERHEADS[suite] - 16
    try:
        locked_with, nonce = scheduled(suite, decapsulated(suite, secret, sealed[:length]), info)
        return ChaCha20Poly1305(locked_with).decrypt(nonce, sealed[length:], None)
    except (ValueError, InvalidTag):
        return None


# ---- bodies ----


def masked(key: bytes, data: bytes) -> bytes:
    """ChaCha20 from counter 0, nonce of zeros."""
    return Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update(data)


def locked(key: bytes, data: bytes) -> bytes:
    """ChaCha20-Poly1305, nonce of zeros."""
    return ChaCha20Poly1305(key).encrypt(bytes(12), data, None)


def unlocked(key: bytes, data: bytes) -> bytes | None:
    """What was locked, or None."""
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), data, None)
    except InvalidTag:
        return None


def padded(message: bytes, size: int) -> bytes:
    """The message, 80, and zeros."""
    return (message + b"\x80").ljust(size, b"\0")


def changed(data: bytes, place: int, by: int = 1) -> bytes:
    """The data with one byte changed."""
    return data[:place] + bytes([data[place] ^ by]) + data[place + 1 :]


# ---- rows ----


@dataclass(frozen=True)
class Mix:
    """A mix of a row: its number, and its epoch with the secret key."""

    number: int
    epoch: int
    secret: bytes


@dataclass(frozen=True)
class Row:
    """Mixes in the order of their positions, and the payload."""

    suite: Suite
    mixes: tuple[Mix, ...]
    payload: int

    @property
    def overhead(self) -> int:
        """Bytes that a seal adds."""
        return OVERHEADS[self.suite]

    @property
    def hops(self) -> tuple[Hop, ...]:
        """What all know of the mixes."""
        return tuple(Hop(mix=mix.number, epoch=mix.epoch, public=public(self.suite, mix.secret)) for mix in self.mixes)

    @property
    def room(self) -> int:
        """Bytes of the longest message."""
        return self.payload - self.overhead - 1

    def header(self, position: int) -> int:
        """Bytes of the header at a position."""
        return 20 + (len(self.mixes) - position + 1) * (self.overhead + 33)

    def body(self, position: int) -> int:
        """Bytes of the body at a position."""
        return self.payload + 16 * (len(self.mixes) - position + 1)

    def begun(self, net: Net, position: int) -> Any:
        """The subject as the mix at a position."""
        mix = self.mixes[position - 1]
        place = (mix.number, mix.epoch, position, len(self.mixes), self.payload)
        return net.take_place(self.suite, mix.secret, *place)


NUMBERS = (3, 0, 2**32 - 1, 258)
EPOCHS = (1, 0, 256, 2**40 + 1)


def some_row(forall: Forall, suite: Suite = "x25519", least: int = 1) -> Row:
    """Of one to four mixes, and of payloads with little room or some."""
    seed, begin, epoch = forall(Seeds(), "row"), forall(range(4), "first number"), forall(range(4), "first epoch")
    mixes = tuple(
        Mix((NUMBERS * 2)[begin + place], (EPOCHS * 2)[epoch + place], fresh(seed, "mix", place))
        for place in range(forall(range(least, 5), "mixes"))
    )
    return Row(suite, mixes, OVERHEADS[suite] + forall([1, 2, 40, 33], "room and a byte"))


def drawn(seed: bytes, name: str, number: int, position: int, size: int = 32) -> bytes:
    """A labelled draw."""
    label = name.encode("ascii") + number.to_bytes(8, "big") + bytes([position])
    return hashlib.shake_256(seed + b"\0" + label).digest(16 if name == "mark" else size)


# ---- envelopes ----

FORWARD, REPLY = b"\0", b"\1"


def about(suite: Suite, number: int, epoch: int) -> bytes:
    """What a header is bound to."""
    return b"anonspec reply header1" + CODES[suite] + number.to_bytes(4, "big") + epoch.to_bytes(8, "big")


def about_answer(suite: Suite) -> bytes:
    """What the content of an answer is bound to."""
    return b"anonspec reply answer1" + CODES[suite]


def core(destination: int, mark: bytes) -> bytes:
    """What the last mix is told."""
    return destination.to_bytes(4, "big") + mark


def headers(row: Row, kind: bytes, keys: Sequence[bytes], inside: bytes, seed: bytes) -> list[bytes]:
    """The header at each position, and at last what is inside of all: a layer around another."""
    made = [inside]
    for place in reversed(range(len(row.mixes))):
        mix, chance = row.mixes[place], fresh(seed, "layer", place)
        info, key = about(row.suite, mix.number, mix.epoch), public(row.suite, mix.secret)
        made.insert(0, seal(row.suite, key, info, kind + keys[place] + made[0], chance))
    return made


def forward(row: Row, keys: Sequence[bytes], inside: bytes, body: bytes, seed: bytes) -> list[bytes]:
    """A forward envelope at each position, and what is delivered."""
    bodies = [body]
    for key in reversed(keys):
        bodies.insert(0, locked(key, bodies[0]))
    return [one + other for one, other in zip(headers(row, FORWARD, keys, inside, seed), bodies, strict=True)]


def turned(keys: Sequence[bytes], body: bytes) -> list[bytes]:
    """The body of a reply at each position, and as it is delivered."""
    bodies = [body]
    for key in keys:
        bodies.append(masked(key, bodies[-1])[:-16])
    return bodies


def replied(row: Row, keys: Sequence[bytes], inside: bytes, body: bytes, seed: bytes) -> list[bytes]:
    """An envelope of kind reply at each position, and what is delivered."""
    bodies = turned(keys, body)
    return [one + other for one, other in zip(headers(row, REPLY, keys, inside, seed), bodies, strict=True)]


def some_way(row: Row, kind: bytes, seed: bytes) -> list[bytes]:
    """An envelope of a kind, with drawn keys, core and body, at each position; and what is delivered."""
    keys = [fresh(seed, "key", place) for place in range(len(row.mixes))]
    inside = core(int.from_bytes(fresh(seed, "destination")[:4]), fresh(seed, "mark")[:16])
    body = hashlib.shake_256(seed).digest(row.body(1))
    if kind == REPLY:
        return replied(row, keys, inside, body, seed)
    return forward(row, keys, inside, body[: row.payload], seed)


def as_passed(row: Row, position: int, item: bytes) -> Passed:
    """What a mix says when it passes this on."""
    if position < len(row.mixes):
        return Passed(next=item, destination=None, mark=None, body=None)
    return Passed(next=None, destination=int.from_bytes(item[:4]), mark=item[4:20], body=item[20:])


def opened(row: Row, header: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Kind and key of every layer of a header, and what is inside of all. A layer that does not open is an error."""
    layers = []
    for mix in row.mixes:
        layer = unseal(row.suite, mix.secret, about(row.suite, mix.number, mix.epoch), header)
        assert layer is not None, f"the header does not open at mix {mix.number}"
        layers.append((layer[:1], layer[1:33]))
        header = layer[33:]
    return layers, header


# ---- answers ----


def content(row: Row, key: bytes, message: bytes, chance: bytes) -> bytes:
    """A message as it is sealed to a one-time public key."""
    inside = padded(message, row.payload - row.overhead)
    return seal(row.suite, key, about_answer(row.suite), inside, chance)


def arrived(keys: Sequence[bytes], content: bytes) -> bytes:
    """The content as the last mix delivers it: under the streams of all."""
    for key in keys:
        content = masked(key, content)
    return content
