"""The cryptographic primitives, from `cryptography` and the standard library. Beside it only bench.py imports them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand


def public_value(secret: bytes) -> bytes:
    """The X25519 public value (32 bytes) of a secret of 32 bytes. RFC 7748"""
    return _x25519(secret)[1]


def agree(secret: bytes, public: bytes) -> bytes | None:
    """The X25519 shared secret (32 bytes), or None where it would be all zeros. RFC 7748, section 6.1"""
    try:
        return _x25519(secret)[0].exchange(_x25519_public(public))
    except ValueError:
        return None


def extract(secret: bytes) -> bytes:
    """The first half of HKDF-SHA256, without salt: 32 bytes to be expanded as often as wanted. RFC 5869, section 2.2"""
    return HKDF.extract(hashes.SHA256(), None, secret)


def expand(extracted: bytes, info: bytes, length: int) -> bytes:
    """The second half of HKDF-SHA256: `length` bytes. RFC 5869, section 2.3"""
    return HKDFExpand(hashes.SHA256(), length, info).derive(extracted)


@dataclass(frozen=True)
class Keystream:
    """AES-256 in counter mode from the zero block, as a pad never written out. The 32-byte key has no other use.

    `block ^ keystream` is one pass of the cipher over the block: it costs what generating the pad alone would cost.
    """

    key: bytes


class Block:
    """A word of an xor group kept as bytes; for words so long that turning them into integers would cost more.

    Adding a keystream takes the block over, since a copy would cost a fifth more: what was added to is gone, and has
    no `data` any longer (AttributeError).
    """

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    def __xor__(self, pad: Keystream) -> "Block":
        sum = Block.__new__(Block)
        sum.data = self.data
        del self.data
        Cipher(algorithms.AES256(pad.key), modes.CTR(bytes(16))).encryptor().update_into(sum.data, sum.data)
        return sum


def keystream(key: bytes, length: int) -> bytes:
    """The first `length` bytes of a key's Keystream."""
    return bytes((Block(bytes(length)) ^ Keystream(key)).data)


def sha256(data: bytes) -> bytes:
    """SHA-256 of the data: 32 bytes."""
    return hashlib.sha256(data).digest()


def shake256(data: bytes, length: int) -> bytes:
    """The first `length` bytes of SHAKE256 of the data."""
    return hashlib.shake_256(data).digest(length)


def lock(key: bytes, nonce: bytes, data: bytes, about: bytes) -> bytes:
    """ChaCha20-Poly1305, 32-byte key, 12-byte nonce: the ciphertext and its tag of 16 bytes. RFC 8439"""
    return ChaCha20Poly1305(key).encrypt(nonce, data, about)


def unlock(key: bytes, nonce: bytes, data: bytes, about: bytes) -> bytes | None:
    """What was locked, or None where the tag does not fit. RFC 8439"""
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, data, about)
    except InvalidTag:
        return None


def mask(key: bytes, data: bytes) -> bytes:
    """The data under the stream of ChaCha20 from counter 0, 32-byte key, nonce of zeros. RFC 8439"""
    return Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update(data)


def cut(data: bytes, *sizes: int) -> list[bytes]:
    """The data in pieces of these sizes, which add up to its own. Raises ValueError."""
    if sum(sizes) != len(data):
        raise ValueError(f"{len(data)} bytes are not cut into {sum(sizes)}")
    pieces, begin = [], 0
    for size in sizes:
        pieces.append(data[begin : begin + size])
        begin += size
    return pieces


# ---- sealing, as one parameter ----

SuiteName = Literal["x25519", "mlkem768-x25519"]


class Kit(Protocol):
    """All that sealed messages are made with: the real primitives below, or the ideal ones of the laws.

    What is called data here are bytes, or terms that have a size; keys are bytes, or terms.
    """

    @property
    def name(self) -> SuiteName:
        """What the suite is called."""

    @property
    def overhead(self) -> int:
        """Bytes that a seal adds."""

    def public(self, secret: Any) -> Any:
        """The public key of a secret key."""

    def seal(self, public: Any, info: bytes, data: Any) -> Any:
        """The data sealed to a public key, `overhead` bytes longer; None where the key is none."""

    def unseal(self, secret: Any, info: bytes, sealed: Any) -> Any:
        """What was sealed, or None where it does not open."""

    def lock(self, key: Any, data: Any) -> Any:
        """The data under a key that has no other use, 16 bytes longer, so that a change shows."""

    def unlock(self, key: Any, data: Any) -> Any:
        """What was locked, or None where it was changed."""

    def mask(self, key: Any, data: Any) -> Any:
        """The data, or what was masked again, under a key that has no other use; as long as it was."""

    def join(self, *parts: Any) -> Any:
        """The parts, one after the other."""

    def size(self, data: Any) -> int:
        """How many bytes the data have; of terms, perhaps a solver's number."""

    def cut(self, data: Any, *sizes: int) -> list[Any]:
        """The data in pieces of these sizes, which add up to its own."""


@dataclass(frozen=True)
class Real:
    """HPKE (RFC 9180, base mode, one message a context), ChaCha20-Poly1305 and ChaCha20 (RFC 8439) from zero nonces."""

    name: SuiteName
    overhead: int
    suite: hpke.Suite
    key_pair: Callable[[bytes], tuple[Any, bytes]]
    read_public: Callable[[bytes], Any]

    def public(self, secret: bytes) -> bytes:
        return self.key_pair(secret)[1]

    def seal(self, public: bytes, info: bytes, data: bytes) -> bytes | None:
        try:
            return self.suite.encrypt(data, self.read_public(public), info)
        except ValueError:
            return None

    def unseal(self, secret: bytes, info: bytes, sealed: bytes) -> bytes | None:
        try:
            return self.suite.decrypt(sealed, self.key_pair(secret)[0], info)
        except InvalidTag:
            return None

    def lock(self, key: bytes, data: bytes) -> bytes:
        return lock(key, bytes(12), data, b"")

    def unlock(self, key: bytes, data: bytes) -> bytes | None:
        return unlock(key, bytes(12), data, b"")

    def mask(self, key: bytes, data: bytes) -> bytes:
        return mask(key, data)

    def join(self, *parts: bytes) -> bytes:
        return b"".join(parts)

    def size(self, data: bytes) -> int:
        return len(data)

    def cut(self, data: bytes, *sizes: int) -> list[bytes]:
        return cut(data, *sizes)


def _suite(kem: hpke.KEM) -> hpke.Suite:
    return hpke.Suite(kem, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


@lru_cache(maxsize=1024)  # reading a key costs half of what opening with it does
def _x25519(secret: bytes) -> tuple[X25519PrivateKey, bytes]:
    key = X25519PrivateKey.from_private_bytes(secret)
    return key, key.public_key().public_bytes_raw()


@lru_cache(maxsize=1024)
def _x25519_public(public: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=1024)
def _hybrid(secret: bytes) -> tuple[hpke.MLKEM768X25519PrivateKey, bytes]:
    """The keys of X-Wing: SHAKE256 of 32 bytes gives the seed of ML-KEM, 64 bytes, and the secret of X25519."""
    expanded = shake256(secret, 96)
    lattice, (curve, public) = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), _x25519(expanded[64:])
    pair = hpke.MLKEM768X25519PrivateKey(lattice, curve)
    return pair, lattice.public_key().public_bytes_raw() + public


@lru_cache(maxsize=1024)
def _hybrid_public(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    lattice = MLKEM768PublicKey.from_public_bytes(public[:-32])
    return hpke.MLKEM768X25519PublicKey(lattice, _x25519_public(public[-32:]))


@cache
def kit(name: SuiteName) -> Real:
    """The primitives of a suite. Secret keys have 32 bytes, public ones 32 or 1,216, and seals add 48 or 1,136."""
    if name == "x25519":
        return Real(name, 48, _suite(hpke.KEM.X25519), _x25519, _x25519_public)
    return Real(name, 1136, _suite(hpke.KEM.MLKEM768_X25519), _hybrid, _hybrid_public)


# ---- packets of constant size, as one parameter ----


@dataclass(frozen=True)
class Keys:
    """What follows from a secret: the keys for tag, stream and next element, the replay tag, the payload's key."""

    mu: Any
    rho: Any
    blind: Any
    replay: Any = None
    pi: Any = None


class Profile(Protocol):
    """All that packets of chapter onion are made with. Scalars, keys and data are bytes, or terms that have a size."""

    @property
    def tag_size(self) -> int:
        """Bytes of a tag."""

    @property
    def reach(self) -> int:
        """Bytes that a mix adds behind the routing before it takes its command off the front."""

    def element(self, scalar: Any) -> Any:
        """The scalar's multiple of the base point."""

    def multiply(self, scalar: Any, element: Any) -> Any:
        """The scalar's multiple of an element; None where it is none."""

    def product(self, scalar: Any, factor: Any) -> Any:
        """A scalar by which one multiplies as by the two after each other."""

    def keys(self, secret: Any, element: Any, public: Any) -> Keys:
        """What is derived from a secret, for a mix with this public key that sees this element."""

    def tag(self, key: Any, data: Any) -> Any:
        """The tag over the data, `tag_size` bytes."""

    def mask(self, key: Any, data: Any) -> Any:
        """The data under the key's stream, from its beginning."""

    def permute(self, key: Any, block: Any) -> Any:
        """The block permuted."""

    def restore(self, key: Any, block: Any) -> Any:
        """The block that was permuted."""

    def zeros(self, size: int) -> Any:
        """So many zero bytes."""

    def join(self, *parts: Any) -> Any:
        """The parts, one after the other."""

    def size(self, data: Any) -> int:
        """How many bytes the data have."""

    def cut(self, data: Any, *sizes: int) -> list[Any]:
        """The data in pieces of these sizes, which add up to its own."""
