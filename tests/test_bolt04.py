"""The core of chapter onion against vectors that nobody here wrote: Lightning's, BOLT 4, byte for byte.

They are not part of the project: found in `shared/vectors/bolt04` beside a checkout, or where ANONSPEC_BOLT04 says.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from anonspec.shape import Reject

bolt04 = pytest.importorskip("anonref.bolt04", reason="coincurve is not installed", exc_type=ImportError)
BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "vectors" / "bolt04"
FOLDER = Path(os.environ.get("ANONSPEC_BOLT04", BESIDE))
raw = bytes.fromhex


def published(name: str) -> Any:
    """The vectors of a file, or a skip."""
    file = FOLDER / f"{name}.json"
    if not file.exists():
        pytest.skip(f"BOLT 4's {name}.json is not beside the checkout")
    return json.loads(file.read_text("utf-8"))


@pytest.fixture
def onion() -> Any:
    return published("onion-test")


def built(made: Any) -> bytes:
    hops = made["hops"]
    publics, payloads = [raw(hop["pubkey"]) for hop in hops], [raw(hop["payload"]) for hop in hops]
    packet: bytes = bolt04.wrap(raw(made["session_key"]), publics, payloads, raw(made["associated_data"]))
    return packet


def way(secrets: list[str], packet: bytes, associated: bytes) -> list[Any]:
    """What each hop finds, with its own secret key."""
    found = list[Any]()
    for secret in secrets:
        found.append(bolt04.peel(raw(secret), packet, associated))
        packet = found[-1].packet
    return found


def test_a_packet_is_built_and_peeled(onion: Any) -> None:
    made = onion["generate"]
    assert built(made).hex() == onion["onion"]
    found = way(onion["decode"], raw(onion["onion"]), raw(made["associated_data"]))
    assert [each.payload.hex() for each in found] == [hop["payload"] for hop in made["hops"]]
    assert [each.packet is None for each in found] == [False, False, False, False, True]


@pytest.mark.parametrize("place", [0, 1, 20, 34, 700, 1333, 1334, 1365])
def test_a_packet_that_was_changed_is_refused(onion: Any, place: int) -> None:
    packet = bytearray(raw(onion["onion"]))
    packet[place] ^= 1
    with pytest.raises(Reject):
        bolt04.peel(raw(onion["decode"][0]), bytes(packet), raw(onion["generate"]["associated_data"]))


def test_a_packet_for_another_payment_is_refused(onion: Any) -> None:
    with pytest.raises(Reject, match="ONI-15"):
        bolt04.peel(raw(onion["decode"][0]), raw(onion["onion"]), bytes(32))


def test_payloads_that_do_not_fit_are_refused(onion: Any) -> None:
    made = onion["generate"]
    made["hops"][0]["payload"] = "fd03e8" + 1000 * "00"
    with pytest.raises(Reject, match="ONI-2"):
        built(made)


def test_an_error_finds_its_way_back(onion: Any) -> None:
    error = published("onion-error-test")
    made = error["generate"]
    found = way(onion["decode"], raw(onion["onion"]), raw(onion["generate"]["associated_data"]))
    secrets = [each.secret for each in found]
    assert [each.hex() for each in secrets] == [hop["hop_shared_secret"] for hop in made["hops"]]
    packet = bolt04.fail(secrets[-1], raw(made["hops"][-1]["payload"]))
    for secret in reversed(secrets[:-1]):
        packet = bolt04.pass_back(secret, packet)
    assert packet.hex() == error["errorpacket"]
    assert bolt04.blame(secrets, packet) == (4, raw(made["hops"][-1]["payload"]))
    with pytest.raises(Reject):
        bolt04.blame(secrets[:4], packet)


def test_a_route_is_blinded_and_unblinded() -> None:
    given = published("route-blinding-test")
    hops, made = given["generate"]["hops"], list[Any]()
    for part in (hops[:2], hops[2:]):  # two routes, one after the other
        publics, told = [raw(hop["node_id"]) for hop in part], [raw(hop["encoded_tlvs"]) for hop in part]
        made += bolt04.blind(raw(part[0]["session_key"]), publics, told)
    for hop, blinded in zip(hops, made, strict=True):
        assert blinded.node.hex() == hop["blinded_node_id"]
        assert blinded.data.hex() == hop["encrypted_data"]
        assert (blinded.path_key.hex(), blinded.secret.hex()) == (hop["path_key"], hop["shared_secret"])
    for hop, blinded in zip(given["unblind"]["hops"], made, strict=True):
        secret, path_key = raw(hop["node_privkey"]), raw(hop["path_key"])
        told, following = bolt04.unblind(secret, path_key, blinded.data)
        assert bolt04.blinded_key(secret, path_key).hex() == hop["blinded_privkey"]
        assert told.hex() == hop["decrypted_data"]
        assert following.hex() == hop.get("next_path_key", following.hex())


def test_a_payment_along_a_blinded_route() -> None:
    given = published("blinded-payment-onion-test")
    made = given["generate"]
    hops = made["full_route"]["hops"]
    packet = built({**made, "hops": hops})
    assert packet.hex() == made["onion"]
    path_key = ""  # Bob, the second one, finds his in the payload, and is called by his name
    for told, hop in zip(hops, given["decrypt"]["hops"], strict=True):
        secret = raw(hop["node_privkey"])
        if path_key:
            secret = bolt04.blinded_key(secret, raw(path_key))
        path_key = hop.get("next_path_key", "")
        assert packet.hex() == hop["onion"]
        found = bolt04.peel(secret, packet, raw(made["associated_data"]))
        assert found.payload.hex() == told["payload"]
        packet = found.packet
    assert packet is None


def test_a_message_along_a_blinded_route() -> None:
    """The messages begin with a type, the path key, and the packet's length."""
    given = published("blinded-onion-message-onion-test")
    packet = raw(given["onionmessage"]["onion_message_packet"])
    for hop in given["decrypt"]["hops"]:
        message = raw(hop["onion_message"])
        path_key, seen = message[2:35], message[37:]
        assert seen == packet
        found = bolt04.peel(bolt04.blinded_key(raw(hop["privkey"]), path_key), packet, b"")
        packet = found.packet
    assert packet is None
    assert b"hello" in found.payload
