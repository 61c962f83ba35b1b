"""What a cascade costs against bare HPKE, measured in one run: only ratios mean anything."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from anonref import cascade as net
from anonref import reply
from anonref.suite import kit, sha256
from anonspec.cascade.model import Node, Sender
from anonspec.mix.model import Suite, Threshold
from anonspec.reply.model import Hop

Advance = Callable[[int], None]

SUITES: tuple[Suite, ...] = ("x25519", "mlkem768-x25519")
HOPS = 3


def cascade(advance: Advance, *, quick: bool = False) -> list[dict[str, Any]]:
    """Wrapping, peeling, and a mix with a batch of 1,000, against HPKE of the library on as many bytes, payload 1 KiB.

    Wrapping is through 3 mixes: 4 seals, of which the bare cost is as many seals of 1 KiB. Peeling takes one
    layer off header and body, against one opening of 1 KiB. The batch is all that a mix does, hashes and memory, order
    and board included, against as many openings.
    """
    batch, repeats = (20, 2) if quick else (1000, 5)
    payload, seed, rows = 1024, sha256(b"bench"), []
    advance(len(SUITES) * (repeats + batch // 20))
    for suite in SUITES:
        own = kit(suite)
        data, info = bytes(payload), b"bench"
        secrets = [sha256(b"bench %d" % place) for place in range(HOPS)]
        hops = tuple(Hop(mix=place, epoch=0, public=own.public(each)) for place, each in enumerate(secrets))
        room = payload + own.overhead  # so that what is inside of a letter has 1 KiB
        bob, key = net.prepare(suite, hops, room, seed), own.public(sha256(b"bench receiver"))
        public, (secret, _) = own.read_public(key), own.key_pair(sha256(b"bench receiver"))
        sealed = own.suite.encrypt(data, public, info)
        envelopes: list[bytes] = []
        for number in range(batch):
            bob, wrapped = net.wrap(bob, 5, key, b"who said this?")
            envelopes.append(wrapped.envelope)
            if number % 20 == 0:
                advance(0)
        place = (suite, secrets[0], 0, 0, 1, HOPS, room)
        node = net.take_place(*place, Threshold(threshold=batch), "uniform", (), seed)

        def wraps(many: int, sender: Sender = bob, key: bytes = key) -> None:
            for _ in range(many):
                sender, _ = net.wrap(sender, 5, key, b"who said this?")

        def seals(many: int, own: Any = own, public: Any = public, data: bytes = data, info: bytes = info) -> None:
            for _ in range(many):
                own.suite.encrypt(data, public, info)

        def opens(many: int, own: Any = own, secret: Any = secret, data: bytes = sealed, info: bytes = info) -> None:
            for _ in range(many):
                own.suite.decrypt(data, secret, info)

        def peels(many: int, own: Any = own, node: Node = node, envelopes: list[bytes] = envelopes) -> None:
            for each in range(many):
                reply.unwrap(own, node.relay, envelopes[each])

        def mixes(node: Node = node, envelopes: list[bytes] = envelopes) -> None:
            sends: tuple[bytes, ...] = ()
            for each in envelopes:
                node, out = net.arrive(node, each)
                sends = out.sends
            assert len(sends) == len(envelopes)

        some = min(batch, 200)
        tasks: dict[str, tuple[int, Callable[[], None], Callable[[], None]]] = {
            "wrap, each layer": (some * (HOPS + 1), partial(wraps, some), partial(seals, some * (HOPS + 1))),
            "peel": (some, partial(peels, some), partial(opens, some)),
            f"mix, batch of {batch}": (batch, mixes, partial(opens, batch)),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
        for _ in range(repeats):  # in turn, so that both meet the same machine
            for name, (_, work, bare) in tasks.items():
                took[name].append((seconds(work), seconds(bare)))
            advance(0)
        for name, (many, _, _) in tasks.items():
            work, bare = (statistics.median(each) / many for each in zip(*took[name], strict=True))
            rows.append(
                {
                    "suite": suite,
                    "what": name,
                    "each (µs)": work * 1e6,
                    "bare HPKE (µs)": bare * 1e6,
                    "ratio": statistics.median(a / b for a, b in took[name]),
                    "a second": 1 / work,
                }
            )
    return rows


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
