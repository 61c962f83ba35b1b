"""Shapes of chapter reply: return addresses, envelopes, mixes that pass them on, and what every role takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the party's business (clauses
REP-n), so that a program that forgets to refuse can be caught.
"""

from typing import Annotated, Literal

from pydantic import Field

from anonspec.mix.model import Message, Nothing, Number, Party, Suite
from anonspec.shape import Bytes16, Bytes32, Hex, Op, Role, Shape

Position = Annotated[int, Field(ge=0, lt=256)]
"""A place in a row of mixes, counted from 1; or how many there are."""

Size = Annotated[int, Field(ge=0, lt=2**16)]
"""Bytes of a body as it is delivered."""


class Hop(Shape):
    """A mix that messages go through: its number, its key epoch, and its public key of this epoch."""

    mix: Party
    epoch: Number
    public: Hex


class Address(Shape):
    """An untraceable return address: the header for the first mix, and the one-time public key."""

    header: Hex
    key: Hex


# ---- states ----


class Awaited(Shape):
    """An address that was made and not answered yet: its mark, the layers' keys, the one-time secret."""

    mark: Bytes16
    keys: tuple[Bytes32, ...]
    secret: Bytes32


class Author(Shape):
    """Whoever makes return addresses, with those not answered yet; `made` counts all."""

    suite: Suite
    hops: tuple[Hop, ...]
    payload: Size
    me: Party
    seed: Bytes32
    made: Number
    awaited: tuple[Awaited, ...]


class Responder(Shape):
    """Whoever answers, with the hashes of the headers answered to."""

    suite: Suite
    mixes: Position
    payload: Size
    seed: Bytes32
    used: tuple[Bytes32, ...]


class Relay(Shape):
    """A mix at a position of a row, with the hashes of the headers taken under its key."""

    suite: Suite
    secret: Bytes32
    mix: Party
    epoch: Number
    position: Position
    mixes: Position
    payload: Size
    seen: frozenset[Bytes32]


# ---- what the operations take and give ----


class SizesRequest(Shape):
    """A row of so many mixes, and a position in it; one more than there are mixes: what is delivered."""

    suite: Suite
    mixes: Position
    payload: Size
    position: Position


class Sizes(Shape):
    """Bytes of header and body."""

    header: int
    body: int


class DrawRequest(Shape):
    """What a labelled draw is for; position is 0 where there is none."""

    seed: Bytes32
    name: Literal["keys", "mark", "once", "fill"]
    number: Number
    position: Position
    size: Size


class Drawn(Shape):
    """Bytes drawn: 16 for a mark, `size` for what fills a body, 32 for all else."""

    data: Hex


class PeelRequest(Shape):
    """An envelope that has come to a mix at a position of a row."""

    suite: Suite
    secret: Bytes32
    mix: Party
    epoch: Number
    position: Position
    mixes: Position
    payload: Size
    envelope: Hex


class Passed(Shape):
    """What a mix passes on: an envelope to the next one, or, at the last, a mark and a body to a destination."""

    next: Hex | None
    destination: Party | None
    mark: Bytes16 | None
    body: Hex | None


class ReadRequest(Shape):
    """The body of an answer, the keys of the layers, the first mix's first, and the one-time secret."""

    suite: Suite
    keys: Annotated[tuple[Bytes32, ...], Field(min_length=1, max_length=255)]
    secret: Bytes32
    body: Hex


# ---- what the roles take and give ----


class AuthorParams(Shape):
    """The row of mixes, the size of what is delivered, a number, and the seed; none: the program draws for itself."""

    suite: Suite
    hops: Annotated[tuple[Hop, ...], Field(max_length=255)]
    payload: Size
    me: Party
    seed: Bytes32 | None


class Made(Shape):
    """A return address, to be given to whoever is to answer."""

    address: Address


class Delivery(Shape):
    """What the last mix delivers to somebody."""

    mark: Bytes16
    body: Hex


class ResponderParams(Shape):
    """A row of so many mixes, the size of what is delivered, and the seed; none: the program draws for itself."""

    suite: Suite
    mixes: Position
    payload: Size
    seed: Bytes32 | None


class Answer(Shape):
    """A message, and the address that it answers to."""

    address: Address
    message: Hex


class Envelope(Shape):
    """What goes over a wire to a mix."""

    envelope: Hex


class RelayParams(Shape):
    """A mix with its secret key of an epoch, at a position of a row."""

    suite: Suite
    secret: Bytes32
    mix: Party
    epoch: Number
    position: Position
    mixes: Position
    payload: Size


class Rekey(Shape):
    """The mix's next epoch, and its secret key."""

    epoch: Number
    secret: Bytes32


OPS = {
    "reply.sizes": Op("reply.sizes", SizesRequest, Sizes),
    "reply.draw": Op("reply.draw", DrawRequest, Drawn),
    "reply.peel": Op("reply.peel", PeelRequest, Passed),
    "reply.read": Op("reply.read", ReadRequest, Message),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "reply.author": Role(
        "reply.author",
        "prepare",
        AuthorParams,
        {
            "address": Op("reply.author", Nothing, Made),
            "open": Op("reply.author", Delivery, Message),
        },
    ),
    "reply.responder": Role(
        "reply.responder",
        "await_addresses",
        ResponderParams,
        {"answer": Op("reply.responder", Answer, Envelope)},
    ),
    "reply.node": Role(
        "reply.node",
        "take_place",
        RelayParams,
        {
            "process": Op("reply.node", Envelope, Passed),
            "rekey": Op("reply.node", Rekey, Nothing),
        },
    ),
}
"""The parties with a state."""

KINDS = ("reply.own", "reply.x25519", "reply.mlkem768-x25519")
"""Capabilities that no operation or role has, but a field names: a seed of none, and the name of a suite."""
