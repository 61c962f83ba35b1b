"""The cryptographic primitives, from `cryptography` and the standard library. Beside it only bench.py imports them."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand


def public_value(secret: bytes) -> bytes:
    """The X25519 public value (32 bytes) of a secret of 32 bytes. RFC 7748"""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def agree(secret: bytes, public: bytes) -> bytes | None:
    """The X25519 shared secret (32 bytes), or None where it would be all zeros. RFC 7748, section 6.1"""
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
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
