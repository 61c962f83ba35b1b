"""Shapes of chapter crowds: the crowd, a member's table, and what every operation and role takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the member's business (clauses
CRW-n), so that a program that forgets to refuse can be caught.
"""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from anonspec.shape import Bytes8, Bytes16, Bytes32, Chance, Hex, Op, Role, Shape

Member = Annotated[int, Field(ge=0, lt=2**32 - 1)]
"""A member's number in the crowd."""

Number = Annotated[int, Field(ge=0, lt=2**53)]
"""A request's number on its path, or the number of re-formations so far."""


class Crowd(Shape):
    """Who may be on a path, the chance of one more hop, and whether a member may choose itself."""

    roster: tuple[Member, ...]
    forward: Chance
    itself: bool


# ---- states ----


class Link(NamedTuple):
    """One end of a hop: the neighbour there, None for outside of the crowd, and the identifier of the path on it."""

    neighbour: int | None
    path: bytes | None


class Entry(NamedTuple):
    """A path at one member: requests come over `back` and go over `on`; what answers them goes the other way."""

    back: Link
    on: Link
    broken: bool


class Jondo(Shape):
    """A member of a crowd: its table, in the order in which the paths were formed.

    `formation` counts re-formations, `formed` the paths of its own since the last one.
    """

    crowd: Crowd
    me: Member
    seed: Bytes32
    formation: int
    formed: int
    table: tuple[Entry, ...]


class Sealing(Shape):
    """One end of a sealed path: the numbers that it has sealed."""

    key: Bytes32
    direction: Literal["request", "response"]
    sealed: tuple[Number, ...]


# ---- what the operations take and give ----


class HopRequest(Shape):
    """Where `me` sends a request, by two draws; `first` for a request of its own."""

    crowd: Crowd
    me: Member
    first: bool
    coin: Bytes8
    choice: Bytes8


class Next(Shape):
    """The member that is next on the path; none: the server."""

    next: Member | None


class DrawRequest(Shape):
    """What a labelled draw is for: `neighbour` is none, and `path` a count, for a path of the member's own."""

    seed: Bytes32
    name: Literal["coin", "next", "path"]
    formation: Number
    neighbour: Member | None
    path: Bytes16


class Drawn(Shape):
    """Bytes drawn: 8, or 16 for a path."""

    data: Hex


class SealRequest(Shape):
    """The content of the request, or of the response to the request, of this number."""

    key: Bytes32
    direction: Literal["request", "response"]
    number: Number
    content: Hex


class Sealed(Shape):
    """An envelope."""

    sealed: Hex


class UnsealRequest(Shape):
    """An envelope, and where it is going."""

    key: Bytes32
    direction: Literal["request", "response"]
    sealed: Hex


class Unsealed(Shape):
    """What was in the envelope."""

    number: Number
    content: Hex


class ChancesRequest(Shape):
    """A crowd of `members`, of whom `collaborators` put together what they see."""

    members: Member
    collaborators: Member
    forward: Chance
    itself: bool


class Chances(Shape):
    """What collaborators and server learn of an honest initiator.

    `hit`: a collaborator is on the path. Given that, `initiator`: the member before the first collaborator is the
    initiator, `other`: it is a certain other honest member. `server`: the last member is the initiator.
    """

    hit: Chance
    initiator: Chance
    other: Chance
    server: Chance
    innocent: bool


class LeastMembersRequest(Shape):
    """Collaborators among whom an initiator is to be probably innocent, and the chance of one more hop."""

    collaborators: Member
    forward: Chance


class LeastMembers(Shape):
    """The least number of members; none if no number is enough."""

    members: int | None


# ---- what the roles take and give ----


class JoinParams(Shape):
    """A crowd, a place in it, and the seed of labelled draws; none: the program draws for itself."""

    crowd: Crowd
    me: Member
    seed: Bytes32 | None


class Request(Shape):
    """A request as it comes over a link; from the member's own user it has neither neighbour nor path."""

    neighbour: Member | None
    path: Bytes16 | None
    content: Hex

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.neighbour is None) != (self.path is None):
            raise ValueError("neighbour and path are both there or both null")
        return self


class Response(Shape):
    """A response as it comes over a link."""

    neighbour: Member | None
    path: Bytes16
    content: Hex


class Break(Shape):
    """The news that a path is broken, as it comes over a link."""

    neighbour: Member | None
    path: Bytes16


class Gone(Shape):
    """A member that has left the crowd."""

    member: Member


class Reformed(Shape):
    """The members of the crowd from now on."""

    roster: tuple[Member, ...]


class Send(Shape):
    """A message to be sent over a link."""

    kind: Literal["request", "response", "broken"]
    neighbour: Member | None
    path: Bytes16 | None
    content: Hex | None


class Sends(Shape):
    """The messages to be sent, in this order."""

    sends: tuple[Send, ...]


class SealerParams(Shape):
    """A path's key, and the direction of what this end seals."""

    key: Bytes32
    direction: Literal["request", "response"]


class Enclose(Shape):
    """A content and its number."""

    number: Number
    content: Hex


OPS = {
    "crowds.hop": Op("crowds.hop", HopRequest, Next),
    "crowds.draw": Op("crowds.draw", DrawRequest, Drawn),
    "crowds.seal": Op("crowds.sealed", SealRequest, Sealed),
    "crowds.unseal": Op("crowds.sealed", UnsealRequest, Unsealed),
    "crowds.chances": Op("crowds.chances", ChancesRequest, Chances),
    "crowds.least_members": Op("crowds.chances", LeastMembersRequest, LeastMembers),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "crowds.jondo": Role(
        "crowds.jondo",
        "join",
        JoinParams,
        {
            "request": Op("crowds.jondo", Request, Sends),
            "response": Op("crowds.jondo", Response, Sends),
            "broken": Op("crowds.jondo", Break, Sends),
            "leave": Op("crowds.jondo", Gone, Sends),
            "reform": Op("crowds.jondo", Reformed, Sends),
        },
    ),
    "crowds.sealer": Role("crowds.sealed", "take_key", SealerParams, {"enclose": Op("crowds.sealed", Enclose, Sealed)}),
}
"""The parties with a state."""

KINDS = ("crowds.own",)
"""Capabilities that no operation or role has, but a field names: here a seed of none."""
