"""What packets of constant size cost against the primitives that they are made with, measured in one run."""

import hmac
import statistics
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from anonref import onion as net
from anonref import suite
from anonref.bench_cascade import seconds
from anonspec.onion.model import Hop, Sender

Advance = Callable[[int], None]

HOPS, MOST, PAYLOAD = 5, 5, 1024


def onion(advance: Advance, *, quick: bool = False) -> list[dict[str, Any]]:
    """Creating a packet for 5 mixes and peeling one, payload 1 KiB, against the bare primitives of the library.

    The floor of peeling is two multiplications, one derivation of keys, a pass of the stream over the header and two
    over the payload, a tag and two hashes of the payload; that of creating, for each mix, two multiplications and the
    same symmetric ones. Where `sphinxmix` is installed, its packets for 5 mixes with as large a payload are beside.
    """
    many, repeats = (10, 2) if quick else (200, 7)
    seed, secrets = suite.sha256(b"bench"), [suite.sha256(b"bench %d" % place) for place in range(HOPS)]
    route = tuple(
        Hop(mix=place, public=suite.public_value(each), delay=0, earliest=0, latest=0)
        for place, each in enumerate(secrets)
    )
    numbers, packets = count(), list[bytes]()
    node = net.open_up(secrets[0], 0, MOST, PAYLOAD)

    def packet() -> bytes:  # never one that was made before: the library's keys of its scalars are kept
        sender = Sender(most=MOST, payload=PAYLOAD, seed=seed, made=next(numbers))
        return net.wrap(sender, route, 5, b"who said this?")[1].packet

    made = packet()
    header, block = made[32 : 32 + net.room(MOST)], made[net.header_size(MOST) :]
    fresh = count()

    def creates() -> None:
        packets[:] = [packet() for _ in range(many)]

    def peels() -> None:
        for each in packets:
            net.process(node, each)
        packets.clear()

    def scalar() -> bytes:
        return suite.sha256(next(fresh).to_bytes(8))

    def symmetric() -> None:
        keys = net.derive(seed, seed, seed)
        suite.mask(keys[:32], header)
        hmac.digest(keys[:32], header, "sha256")
        for at in (0, 64):
            right = suite.mask(keys[at : at + 32], block)
            hmac.digest(keys[at : at + 32], right, "sha256")

    def bare_peel() -> None:
        for _ in range(many):
            suite.agree(secrets[0], route[1].public)
            suite.agree(scalar(), route[1].public)
            symmetric()

    def bare_create() -> None:
        for _ in range(many):
            for hop in route:
                each = scalar()
                suite.public_value(each)
                suite.agree(each, hop.public)
                symmetric()

    tasks: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "peel": (peels, bare_peel),
        f"create, {HOPS} mixes": (creates, bare_create),
    }
    if theirs := others(many):
        tasks |= {"create, against sphinxmix": (creates, theirs[0]), "peel, against sphinxmix": (peels, theirs[1])}
    advance(len(tasks) * repeats)
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(repeats):  # in turn, so that both meet the same machine
        for name, (work, other) in tasks.items():
            if work is peels:
                creates()
            took[name].append((seconds(work), seconds(other)))
            advance(0)
    rows = []
    for name in tasks:
        work, other = (statistics.median(each) / many for each in zip(*took[name], strict=True))
        ratio = statistics.median(a / b for a, b in took[name])
        rows.append({"what": name, "each (µs)": work * 1e6, "the other (µs)": other * 1e6, "ratio": ratio})
    return rows


def others(many: int) -> tuple[Callable[[], None], Callable[[], None]] | None:
    """Creating and peeling by `sphinxmix` of PyPI; None where it is not installed or does not load."""
    try:
        from sphinxmix import SphinxClient, SphinxNode, SphinxParams  # noqa: PLC0415 - only where it is there
    except Exception:  # noqa: BLE001 - it needs a library of the system, and fails in many ways
        return None
    params = SphinxParams.SphinxParams(header_len=MOST * net.SLOT, body_len=PAYLOAD)
    keys = {}
    for number in range(HOPS):
        secret = params.group.gensecret()
        keys[number] = (secret, params.group.expon(params.group.g, [secret]))
    route = [SphinxClient.Nenc(number) for number in range(HOPS)]
    publics = [keys[number][1] for number in range(HOPS)]

    def made() -> Any:
        return SphinxClient.create_forward_message(params, route, publics, b"bob", b"who said this?")

    head, body = made()

    def creates() -> None:
        for _ in range(many):
            made()

    def peels() -> None:
        for _ in range(many):
            SphinxNode.sphinx_process(params, keys[0][0], head, body)

    return partial(creates), partial(peels)
