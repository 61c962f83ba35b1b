"""The suites' HPKE against the vectors published with it: RFC 9180's, and those of the draft for ML-KEM.

The published ciphertexts have associated data, and the suites never do. So what was published for a key schedule (the
`enc`, and the key and nonce that come of it) is taken to lock a message without any: a suite that opens it has come to
the same key and nonce. The laws' own HPKE is put to the published ciphertexts themselves.
"""

import json
from importlib import import_module, resources
from importlib.util import find_spec
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from anonlaws.reply import wire
from anonref import suite
from anonspec.mix.model import Suite

SUITES: list[Suite] = ["x25519", "mlkem768-x25519"]
FILES = {"x25519": "test-vectors.json", "mlkem768-x25519": "hpke-pq-test-vectors.json"}


@pytest.fixture(params=SUITES)
def published(request: pytest.FixtureRequest) -> tuple[Suite, dict[str, Any]]:
    """The one vector that has a suite's KEM, KDF and AEAD, in base mode."""
    if find_spec("cryptography_vectors") is None:
        pytest.skip("cryptography_vectors is not installed: it holds the published vectors of HPKE")
    name: Suite = request.param
    folder = resources.files(import_module("cryptography_vectors")) / "HPKE"
    wanted = {"mode": 0, "kem_id": wire.KEMS[name], "kdf_id": 1, "aead_id": 3}
    vectors = json.loads((folder / FILES[name]).read_text("utf-8"))
    (found,) = (each for each in vectors if wanted.items() <= each.items())
    return name, found


def of(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


def test_the_suite_opens_what_is_locked_with_the_published_key(published: tuple[Suite, dict[str, Any]]) -> None:
    name, vector = published
    secret, public, info, enc, key, nonce = of(vector, "skRm", "pkRm", "info", "enc", "key", "base_nonce")
    assert suite.kit(name).public(secret) == public
    for message in (b"", b"a message", bytes(1000)):
        sealed = enc + ChaCha20Poly1305(key).encrypt(nonce, message, None)
        assert len(sealed) == len(message) + suite.kit(name).overhead
        assert suite.kit(name).unseal(secret, info, sealed) == message
        assert suite.kit(name).unseal(secret, info + b"?", sealed) is None


def test_the_laws_own_hpke_opens_every_published_ciphertext(published: tuple[Suite, dict[str, Any]]) -> None:
    name, vector = published
    secret, public, info, enc, shared, key, nonce = of(
        vector, "skRm", "pkRm", "info", "enc", "shared_secret", "key", "base_nonce"
    )
    assert wire.public(name, secret) == public
    assert wire.decapsulated(name, secret, enc) == shared
    assert wire.scheduled(name, shared, info) == (key, nonce)
    assert len(vector["encryptions"]) >= 10
    for place, each in enumerate(vector["encryptions"]):
        about, ciphertext, message = of(each, "aad", "ct", "pt")
        numbered = (int.from_bytes(nonce) ^ place).to_bytes(12)
        assert ChaCha20Poly1305(key).decrypt(numbered, ciphertext, about) == message
    if name == "x25519":  # its chance can be given
        chance, sent = of(vector, "skEm", "pkEm")
        assert wire.encapsulated(name, public, chance) == (shared, sent)


@pytest.mark.parametrize("name", SUITES)
def test_the_suite_and_the_laws_open_each_other_s_seals(name: Suite) -> None:
    kit, secret, info, message = suite.kit(name), bytes(range(32)), b"about", b"a message"
    public = wire.public(name, secret)
    assert public == kit.public(secret)
    assert wire.unseal(name, secret, info, kit.seal(public, info, message) or b"") == message
    assert kit.unseal(secret, info, wire.seal(name, public, info, message, bytes(range(1, 33)))) == message
