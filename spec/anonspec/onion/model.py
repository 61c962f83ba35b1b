"""Shapes of chapter onion: routes, packets, reply blocks, mixes, and what every operation and role takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the party's business (clauses
ONI-n), so that a program that forgets to refuse can be caught.
"""

from typing import Annotated, Literal

from pydantic import Field

from anonspec.mix.model import Message, Nothing, Number, Party
from anonspec.shape import Bytes16, Bytes32, Bytes128, Bytes256, Hex, Op, Role, Shape

Count = Annotated[int, Field(ge=0, lt=256)]
"""How many mixes a route may have; or the kind of a command."""

Size = Annotated[int, Field(ge=0, lt=2**16)]
"""Bytes of a padded message."""


class Hop(Shape):
    """A mix on a route: its number, its public key, and the instruction to it, in microseconds (chapter sgmix)."""

    mix: Party
    public: Bytes32
    delay: Number
    earliest: Number
    latest: Number


class Block(Shape):
    """A reply block: the first mix's number, a header, and the key for the payload."""

    first: Party
    header: Hex
    key: Bytes32


class Command(Shape):
    """What a mix is told: kind 0 to pass on to mix `number`, 1 to deliver a message to it, 2 to deliver an answer."""

    kind: Count
    number: Party
    mark: Bytes16
    delay: Number
    earliest: Number
    latest: Number


# ---- states ----


class Awaited(Shape):
    """A reply block that was made and not answered yet: its mark, its key, and the mixes' keys for the payload."""

    mark: Bytes16
    key: Bytes32
    layers: tuple[Bytes128, ...]


class Sender(Shape):
    """Whoever sends; `made` counts packets."""

    most: Count
    payload: Size
    seed: Bytes32
    made: Number


class Author(Shape):
    """Whoever makes reply blocks, with those not answered yet; `made` counts all."""

    most: Count
    payload: Size
    me: Party
    seed: Bytes32
    made: Number
    awaited: tuple[Awaited, ...]


class Responder(Shape):
    """Whoever answers, with the hashes of the headers answered to."""

    most: Count
    payload: Size
    used: tuple[Bytes32, ...]


class Node(Shape):
    """A mix with the secret key of an epoch, and the replay tags of the packets taken under it."""

    secret: Bytes32
    epoch: Number
    most: Count
    payload: Size
    seen: frozenset[Bytes32]


# ---- what the operations take and give ----


class Network(Shape):
    """The two numbers that a network fixes."""

    most: Count
    payload: Size


class Sizes(Shape):
    """Bytes of a header, and of a packet."""

    header: int
    packet: int


class DrawRequest(Shape):
    """What a labelled draw is for."""

    seed: Bytes32
    name: Literal["once", "pads", "mark", "lock"]
    number: Number
    most: Count


class Drawn(Shape):
    """Bytes drawn: 16 for a mark, as many as a header wants for padding, 32 for all else."""

    data: Hex


class ChainRequest(Shape):
    """A packet's secret, and the public keys of its mixes, the first one's first."""

    secret: Bytes32
    publics: Annotated[tuple[Bytes32, ...], Field(min_length=1, max_length=20)]


class Chain(Shape):
    """What each mix sees as the element, the secret shared with it, and its keys: 256 bytes."""

    elements: tuple[Bytes32, ...]
    secrets: tuple[Bytes32, ...]
    keys: tuple[Bytes256, ...]


class PermuteRequest(Shape):
    """A block to be permuted, or, `back`, to be put back."""

    key: Bytes128
    block: Hex
    back: bool


class Permuted(Shape):
    """The block, as long as it was."""

    block: Hex


class HeaderRequest(Shape):
    """All that goes into a header; `kind`, `destination` and `mark` are of the last command."""

    secret: Bytes32
    most: Count
    route: Annotated[tuple[Hop, ...], Field(max_length=255)]
    kind: Count
    destination: Party
    mark: Bytes16
    padding: Hex


class Header(Shape):
    """Element, routing and tag."""

    header: Hex


class PeelRequest(Shape):
    """A packet that has come to a mix."""

    secret: Bytes32
    most: Count
    payload: Size
    packet: Hex


class Passed(Shape):
    """What a mix passes on or delivers, with its instruction."""

    next: Party | None
    packet: Hex | None
    destination: Party | None
    mark: Bytes16 | None
    body: Hex | None
    delay: Number
    earliest: Number
    latest: Number


# ---- what the roles take and give ----


class SenderParams(Shape):
    """The network's numbers, and the seed; none: the program draws for itself."""

    most: Count
    payload: Size
    seed: Bytes32 | None


class Wrap(Shape):
    """A message for a destination, and the route."""

    route: Annotated[tuple[Hop, ...], Field(max_length=255)]
    destination: Party
    message: Hex


class Packet(Shape):
    """A packet, and the mix that it is for."""

    first: Party
    packet: Hex


class AuthorParams(Shape):
    """The network's numbers, the author's own, and the seed; none: the program draws for itself."""

    most: Count
    payload: Size
    me: Party
    seed: Bytes32 | None


class Route(Shape):
    """The way that an answer is to take."""

    route: Annotated[tuple[Hop, ...], Field(max_length=255)]


class Made(Shape):
    """A reply block, to be given to whoever is to answer."""

    block: Block


class Delivery(Shape):
    """What the last mix delivers of an answer."""

    mark: Bytes16
    body: Hex


class Answer(Shape):
    """A message, and the reply block that it answers to."""

    block: Block
    message: Hex


class NodeParams(Shape):
    """A mix with the secret key of an epoch, and the network's numbers."""

    secret: Bytes32
    epoch: Number
    most: Count
    payload: Size


class Process(Shape):
    """What goes over a wire to a mix."""

    packet: Hex


class Rekey(Shape):
    """The mix's next epoch, and its secret key."""

    epoch: Number
    secret: Bytes32


OPS = {
    "onion.sizes": Op("onion.sizes", Network, Sizes),
    "onion.draw": Op("onion.draw", DrawRequest, Drawn),
    "onion.chain": Op("onion.chain", ChainRequest, Chain),
    "onion.permute": Op("onion.permute", PermuteRequest, Permuted),
    "onion.header": Op("onion.header", HeaderRequest, Header),
    "onion.peel": Op("onion.peel", PeelRequest, Passed),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "onion.sender": Role("onion.sender", "prepare", SenderParams, {"wrap": Op("onion.sender", Wrap, Packet)}),
    "onion.author": Role(
        "onion.author",
        "expect",
        AuthorParams,
        {"block": Op("onion.author", Route, Made), "open": Op("onion.author", Delivery, Message)},
    ),
    "onion.responder": Role(
        "onion.responder", "await_blocks", Network, {"answer": Op("onion.responder", Answer, Packet)}
    ),
    "onion.node": Role(
        "onion.node",
        "open_up",
        NodeParams,
        {"process": Op("onion.node", Process, Passed), "rekey": Op("onion.node", Rekey, Nothing)},
    ),
}
"""The parties with a state."""

KINDS = ("onion.own",)
"""Capabilities that no operation or role has, but a field names: a seed of none."""
