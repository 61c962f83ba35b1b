"""The cryptographic primitives, from `cryptography` and the standard library. Nothing else imports `cryptography`."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def public_value(secret: bytes) -> bytes:
    """The X25519 public value (32 bytes) of a secret of 32 bytes. RFC 7748"""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def agree(secret: bytes, public: bytes) -> bytes | None:
    """The X25519 shared secret (32 bytes), or None where it would be all zeros. RFC 7748, section 6.1"""
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        return None


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 without salt: `length` bytes. RFC 5869"""
    return HKDF(hashes.SHA256(), length, None, info).derive(secret)


def keystream(key: bytes, length: int) -> bytes:
    """The first `length` bytes of AES-256 in counter mode from the zero block, under a key used for nothing else."""
    return Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor().update(bytes(length))


def sha256(data: bytes) -> bytes:
    """SHA-256 of the data: 32 bytes."""
    return hashlib.sha256(data).digest()
