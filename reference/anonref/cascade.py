"""A cascade, chapter cascade: senders, mixes in a row that open, wait and reorder, boards, and the place of a loss.

Envelopes are those of chapter reply, batches those of chapter mix. Draws come from a seed; but HPKE draws for itself
when it seals, so that no two envelopes are equal.
"""

from collections.abc import Sequence
from typing import Any

from anonref import mix as waiting
from anonref import reply, suite
from anonref.mix import CODES, pad, unpad
from anonref.suite import Kit
from anonref.suite import kit as kit_of
from anonspec.cascade.model import Batch, Board, Delivered, Node, Sender, Traced, Wrapped
from anonspec.mix.model import Constant, Dummies, Mix, Order, Rule, Suite
from anonspec.reply.model import Hop
from anonspec.shape import Reject

NOBODY = 2**32 - 1
"""To whom dummies are sent."""

ABOUT_LETTER = b"anonspec cascade letter1"
NO_DUMMIES = Dummies(pool=Constant(count=0), output=Constant(count=0))

# ---- a sender ----


def check_hops(hops: Sequence[Hop]) -> None:
    """Refuse a mix that is there twice. CAS-1"""
    if len({hop.mix for hop in hops}) < len(hops):
        raise Reject("CAS-1", "a mix stands in the row twice")


def prepare(suite: Suite, hops: tuple[Hop, ...], payload: int, seed: bytes | None) -> Sender:
    """Be ready to send through these mixes. CAS-1, CAS-2"""
    reply.check_row(kit_of(suite).overhead, len(hops), payload)
    check_hops(hops)
    if seed is None:
        raise Reject("CAS-2", "without a seed nothing can be drawn here")
    return Sender(suite=suite, hops=hops, payload=payload, seed=seed, sent=0)


def about(kit: Kit, receiver: int) -> bytes:
    """What a letter is bound to. CAS-3"""
    return ABOUT_LETTER + CODES[kit.name] + receiver.to_bytes(4)


def layers(kit: Kit, hops: Sequence[Hop], keys: Sequence[Any], core: Any, body: Any) -> list[Any]:
    """What a message is on its way to each of the hops, and when it is delivered. CAS-4"""
    bodies = [body]
    for key in reversed(keys):
        bodies.insert(0, kit.lock(key, bodies[0]))
    headers = reply.wrap(kit, hops, keys, reply.FORWARD, core)
    return [kit.join(*each) for each in zip(headers, bodies, strict=True)]


def wrap(sender: Sender, receiver: int, public: bytes | None, message: bytes) -> tuple[Sender, Wrapped]:
    """A message in its envelope, or a dummy, and its trail. CAS-2, CAS-3, CAS-4, CAS-5, CAS-6"""
    kit, number = kit_of(sender.suite), sender.sent
    if (public is None) != (receiver == NOBODY) or (public is None and message):
        raise Reject("CAS-6", "a dummy has no key and no message, and is for nobody")
    if public is None:
        letter: bytes | None = reply.draw(sender.seed, "fill", number, 0, sender.payload)
    else:
        letter = kit.seal(public, about(kit, receiver), pad(message, sender.payload - kit.overhead))
    if letter is None:
        raise Reject("CAS-3", f"the public key of {receiver} is none")
    keys = reply.layer_keys(sender.seed, number, len(sender.hops))
    core = reply.core(kit, receiver, reply.draw(sender.seed, "mark", number, 0, 0))
    way = layers(kit, sender.hops, keys, core, letter)
    trail = tuple(suite.sha256(each) for each in way)
    return sender.model_copy(update={"sent": number + 1}), Wrapped(envelope=way[0], trail=trail)


# ---- a receiver ----


def receive(suite: Suite, secret: bytes, receiver: int, body: bytes) -> bytes:
    """The message in a body that was delivered. CAS-7"""
    kit = kit_of(suite)
    padded = kit.unseal(secret, about(kit, receiver), body)
    if padded is None:
        raise Reject("CAS-7", "the letter does not open")
    return unpad(padded)


# ---- a mix ----


def take_place(
    suite: Suite,
    secret: bytes,
    mix: int,
    epoch: int,
    position: int,
    mixes: int,
    payload: int,
    rule: Rule,
    order: Order,
    pool: tuple[bytes, ...],
    seed: bytes | None,
) -> Node:
    """Take a place in a cascade, with a pool that is full. CAS-8, CAS-11"""
    relay = reply.take_place(suite, secret, mix, epoch, position, mixes, payload)
    after = reply.sizes(suite, mixes, payload, position + 1)
    empty = waiting.empty(rule, after.header + after.body, order, NO_DUMMIES, seed)
    if len(pool) != waiting.floor(rule):
        raise Reject("CAS-11", f"the pool begins with {waiting.floor(rule)} items, not {len(pool)}")
    for item in pool:
        waiting.check_size(empty, item)
    return Node(relay=relay, mix=empty.model_copy(update={"held": pool}), took=())


def arrive(node: Node, envelope: bytes) -> tuple[Node, Batch]:
    """Take an envelope, open it, hold what was inside; and send, if the rule says so. CAS-8, CAS-9"""
    relay, rest, body = reply.admit(node.relay, envelope)
    took = (*node.took, suite.sha256(envelope))
    return moved(node.model_copy(update={"relay": relay, "took": took}), *waiting.hold(node.mix, rest + body))


def insert(node: Node, item: bytes) -> tuple[Node, Batch]:
    """Hold a dummy of its own; and send, if the rule says so. CAS-10"""
    waiting.check_size(node.mix, item)
    return moved(node, *waiting.hold(node.mix, item))


def tick(node: Node) -> tuple[Node, Batch]:
    """Let one unit of time pass; and send, if the rule says so. CAS-8"""
    return moved(node, *waiting.tick(node.mix))


def moved(node: Node, mix: Mix, leaves: tuple[bytes, ...]) -> tuple[Node, Batch]:
    """What leaves a mix, and what it publishes if it fired. CAS-12, CAS-13"""
    if mix.flush == node.mix.flush:
        return node.model_copy(update={"mix": mix}), Batch(sends=(), delivers=(), board=None)
    board = Board(took=tuple(sorted(node.took)), sent=tuple(sorted(map(suite.sha256, leaves))))
    last = node.relay.position == node.relay.mixes
    delivers = tuple(delivered(item) for item in leaves) if last else ()
    batch = Batch(
        sends=() if last else leaves,
        delivers=tuple(each for each in delivers if each.destination != NOBODY),
        board=board,
    )
    return node.model_copy(update={"mix": mix, "took": ()}), batch


def delivered(item: bytes) -> Delivered:
    """What the last mix delivers: to whom, the mark, the body. CAS-12"""
    return Delivered(destination=int.from_bytes(item[:4]), mark=item[4:20], body=item[20:])


def rekey(node: Node, epoch: int, secret: bytes) -> tuple[Node, None]:
    """Go on under the next key; what is held stays. CAS-9"""
    relay, _ = reply.rekey(node.relay, epoch, secret)
    return node.model_copy(update={"relay": relay}), None


# ---- where a message was lost ----


def trace(trail: Sequence[bytes], boards: Sequence[Board]) -> Traced:
    """Where a message was lost, by what the mixes have published. CAS-14"""
    if len(trail) != len(boards) + 1:
        raise Reject("CAS-14", f"a trail through {len(boards)} mixes has one hash more, not {len(trail)}")
    for place, board in enumerate(boards):
        if trail[place] not in board.took:
            return Traced(lost="before", position=place + 1)
        if trail[place + 1] not in board.sent:
            return Traced(lost="in", position=place + 1)
    return Traced(lost=None, position=None)
