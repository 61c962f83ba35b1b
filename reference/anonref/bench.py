"""What the reference costs against the bare cost of its primitives, measured in one run: only ratios mean anything."""

import hashlib
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from anonref import dcnet as net
from anonref.suite import Block, Keystream, public_value, sha256
from anonspec.dcnet.model import Xor

Advance = Callable[[int], None]

PRIMITIVES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "AES-256-CTR": lambda key, zeros: Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor().update(zeros),
    "ChaCha20": lambda key, zeros: Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update(zeros),
    "SHAKE128": lambda key, zeros: hashlib.shake_128(key).digest(len(zeros)),
    "SHAKE256": lambda key, zeros: hashlib.shake_256(key).digest(len(zeros)),
}
"""Ways to make a pad of so many bytes from a key."""


def dcnet(advance: Advance, *, quick: bool = False) -> list[dict[str, Any]]:
    """A round of 50 members on the complete graph, derived pads, against generating as many pads and nothing else.

    A pad is generated at both of its ends, 2450 in all. The round also derives each pad's key, adds up at 50 members
    and combines. The agreements, made once a session, are not in it.
    """
    members, repeats = (8, 2) if quick else (50, 5)
    sizes = (1 << 10,) if quick else (1 << 10, 1 << 20)
    advance(len(sizes) * repeats)
    secrets = [sha256(b"bench %d" % member) for member in range(members)]
    values = [public_value(secret) for secret in secrets]
    agreed = {(i, j): net.agreement(i, j, secrets[i], values[j]) for i, j in combinations(range(members), 2)}
    session, message = bytes(16), b"who said this?\x80"
    pads = members * (members - 1)
    rows = []
    for size in sizes:
        group, zeros = Xor(bytes=size), bytes(size)

        def one_round(number: int, group: Xor = group, size: int = size) -> bytes:
            said = []
            for me in range(members):
                peers = [peer for peer in range(members) if peer != me]
                keys = (net.pad_key(group, session, number, agreed[min(me, peer), max(me, peer)]) for peer in peers)
                pads = dict(zip(peers, map(Keystream, keys), strict=True))
                word = Block(message.ljust(size, b"\0") if me == 7 else bytes(size))
                said.append(net.read_word(group, bytes(net.announce(group, me, pads, word).data)))
            return net.unframe(group, net.combine(group, said))

        def bare(primitive: Callable[[bytes, bytes], bytes], pads: int, zeros: bytes = zeros) -> None:
            for pad in range(pads):
                primitive(pad.to_bytes(32), zeros)

        speed = {name: seconds(partial(bare, f, max(1, pads // 50))) for name, f in PRIMITIVES.items()}
        fastest = min(speed, key=lambda name: speed[name])
        rounds, floors = [], []
        for number in range(repeats):  # in turn, so that both meet the same machine
            floors.append(seconds(partial(bare, PRIMITIVES[fastest], pads)))
            rounds.append(seconds(partial(one_round, number)))
            advance(0)
        ratio = statistics.median(a / b for a, b in zip(rounds, floors, strict=True))
        rows.append(
            {
                "members": members,
                "bytes a slot": size,
                "pads": pads,
                "round (s)": statistics.median(rounds),
                "bare pads (s)": statistics.median(floors),
                "fastest primitive": fastest,
                "ratio": ratio,
            }
        )
    return rows


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
