"""Shapes of chapter cascade: senders, mixes in a row, boards, and what every operation and role takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the party's business (clauses
CAS-n), so that a program that forgets to refuse can be caught.
"""

from typing import Annotated, Literal

from pydantic import Field

from anonspec.mix.model import Message, Mix, Nothing, Number, Order, Party, Rule, Suite
from anonspec.reply.model import Hop, Position, Rekey, Relay, Size
from anonspec.shape import Bytes16, Bytes32, Hex, Op, Role, Shape

# ---- states ----


class Sender(Shape):
    """Whoever sends through a cascade; `sent` counts the messages."""

    suite: Suite
    hops: tuple[Hop, ...]
    payload: Size
    seed: Bytes32
    sent: Number


class Node(Shape):
    """A mix of a cascade: what opens envelopes, what waits, and the hashes of what was taken since the last flush."""

    relay: Relay
    mix: Mix
    took: tuple[Bytes32, ...]


# ---- what the operations take and give ----


class ReceiveRequest(Shape):
    """A body as it was delivered, and the receiver's number and secret key."""

    suite: Suite
    secret: Bytes32
    receiver: Party
    body: Hex


class Board(Shape):
    """What a mix has published of one batch or several: hashes of what it took, and of what it let out."""

    took: tuple[Bytes32, ...]
    sent: tuple[Bytes32, ...]


class TraceRequest(Shape):
    """The hashes of one message at every place, and what each mix has published."""

    trail: tuple[Bytes32, ...]
    boards: Annotated[tuple[Board, ...], Field(min_length=1, max_length=255)]


class Traced(Shape):
    """Where a message was lost: in a mix, or on the way to it; none: it was not."""

    lost: Literal["in", "before"] | None
    position: Position | None


# ---- what the roles take and give ----


class SenderParams(Shape):
    """The row of mixes, the size of what is delivered, and the seed; none: the program draws for itself."""

    suite: Suite
    hops: Annotated[tuple[Hop, ...], Field(max_length=255)]
    payload: Size
    seed: Bytes32 | None


class Letter(Shape):
    """A message, and the number and public key of who is to get it; no key and no message: a dummy."""

    receiver: Party
    public: Hex | None
    message: Hex


class Wrapped(Shape):
    """An envelope for the first mix, and the hashes of what it is at each place."""

    envelope: Hex
    trail: tuple[Bytes32, ...]


class NodeParams(Shape):
    """A mix at a position of a row, its batching rule, and the items its pool begins with."""

    suite: Suite
    secret: Bytes32
    mix: Party
    epoch: Number
    position: Position
    mixes: Position
    payload: Size
    rule: Rule
    order: Order
    pool: tuple[Hex, ...]
    seed: Bytes32 | None


class Arrival(Shape):
    """An envelope that comes in."""

    envelope: Hex


class Item(Shape):
    """What a mix would have found in an envelope: an envelope for the next mix, or something to deliver."""

    item: Hex


class Delivered(Shape):
    """Something the last mix delivers."""

    destination: Party
    mark: Bytes16
    body: Hex


class Batch(Shape):
    """What leaves, in this order: envelopes for the next mix, or deliveries; and the board, if the mix fired."""

    sends: tuple[Hex, ...]
    delivers: tuple[Delivered, ...]
    board: Board | None


OPS = {
    "cascade.receive": Op("cascade.receive", ReceiveRequest, Message),
    "cascade.trace": Op("cascade.trace", TraceRequest, Traced),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "cascade.sender": Role("cascade.sender", "prepare", SenderParams, {"wrap": Op("cascade.sender", Letter, Wrapped)}),
    "cascade.node": Role(
        "cascade.node",
        "take_place",
        NodeParams,
        {
            "arrive": Op("cascade.node", Arrival, Batch),
            "insert": Op("cascade.node", Item, Batch),
            "tick": Op("cascade.node", Nothing, Batch),
            "rekey": Op("cascade.node", Rekey, Nothing),
        },
    ),
}
"""The parties with a state."""

KINDS = ("cascade.own", "cascade.x25519", "cascade.mlkem768-x25519")
"""Capabilities that no operation or role has, but a field names: a seed of none, and the name of a suite."""
