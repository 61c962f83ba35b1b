"""Shapes of chapter sgmix: a plan and its instructions, a mix, and what every operation and role takes and gives.

The text is README.md beside this file. All times are microseconds of a common clock, whole numbers. Whether a value is
acceptable beyond its shape is the party's business (clauses SGM-n), so that a program that forgets to refuse can be
caught.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from anonspec.shape import Bytes8, Bytes32, Chance, Hex, Op, Role, Shape

Time = Annotated[int, Field(ge=0, lt=2**53)]
"""Microseconds of the common clock, or a span of them."""

Number = Annotated[int, Field(ge=0, lt=2**53)]
"""A message's number, in the order of its sender."""

Place = Annotated[int, Field(ge=1, lt=2**32)]
"""A hop's place on the route, counted from 1."""

Mean = Annotated[int, Field(ge=1, le=2**40)]
"""A mean time in microseconds."""

Span = Annotated[int, Field(ge=0, le=2**40)]
"""A time on the wire, or between two clocks, in microseconds."""

Size = Annotated[int, Field(ge=1, le=2**16)]
"""The length of every message, in bytes."""

Others = Annotated[int, Field(ge=1, le=2**20)]
"""How many other messages a sender wants to be among, on average."""


class Hop(Shape):
    """A mix on the route, as it is known to all: the mean delay there, and the mean time between two arrivals."""

    mean: Mean
    gap: Mean


class Instruction(Shape):
    """What one mix is told with a message: its delay, and the first and the last moment at which it may arrive."""

    delay: Time
    earliest: Time
    latest: Time


# ---- states ----


class Held(NamedTuple):
    """A message in a mix, and the moment at which it leaves."""

    at: int
    message: Hex


class Remembered(NamedTuple):
    """A message that a mix has taken, and the last moment of its window."""

    latest: int
    message: Hex


class Node(Shape):
    """A mix: `clock` is the first microsecond that is not over, `held` and `remembered` in no order that matters."""

    size: int
    clock: int
    held: tuple[Held, ...]
    remembered: tuple[Remembered, ...]


# ---- what the operations take and give ----


class DrawRequest(Shape):
    """The message and the hop that a draw is for."""

    seed: Bytes32
    number: Number
    hop: Place


class Drawn(Shape):
    """What was drawn, 8 bytes."""

    data: Bytes8


class DelayRequest(Shape):
    """A draw, and the mean delay at the hop."""

    data: Bytes8
    mean: Mean


class Delay(Shape):
    """A delay in microseconds."""

    delay: Time


class PlanRequest(Shape):
    """A message's way: its number, when it starts, the hops, and the least mean number of others at each of them.

    `fastest` and `slowest` bound what it takes over one link, `skew` how far two clocks are apart.
    """

    seed: Bytes32
    number: Number
    start: Time
    hops: Annotated[tuple[Hop, ...], Field(min_length=1, max_length=100)]
    occupancy: Others
    fastest: Span
    slowest: Span
    skew: Span


class Plan(Shape):
    """An instruction for each hop, in their order."""

    instructions: tuple[Instruction, ...]


class OriginRequest(Shape):
    """What was seen to come and go, in order."""

    events: Annotated[tuple[Literal["arrival", "departure"], ...], Field(max_length=1000)]


class Origin(Shape):
    """Of each arrival, in order, the chance that it is the last departure."""

    chances: tuple[Chance, ...]


# ---- what the roles take and give ----


class NodeParams(Shape):
    """The length of every message."""

    size: Size


class Arrive(Shape):
    """A message, what its sender says to this mix, and the moment at which it came."""

    at: Time
    message: Hex
    delay: Time
    earliest: Time
    latest: Time


class Wait(Shape):
    """A microsecond that is over."""

    at: Time


class Nothing(Shape):
    """No fields."""


class Send(Shape):
    """A message, and the moment at which it leaves."""

    at: Time
    message: Hex


class Sends(Shape):
    """The messages that leave, in this order."""

    sends: tuple[Send, ...]


class Record(Shape):
    """A mix's whole state, as its program writes it down."""

    record: str


_EVENTS = {
    "arrive": Op("sgmix.node", Arrive, Sends),
    "wait": Op("sgmix.node", Wait, Sends),
    "write_down": Op("sgmix.resume", Nothing, Record),
    "restart": Op("sgmix.resume", Nothing, Nothing),
}

OPS = {
    "sgmix.draw": Op("sgmix.delay", DrawRequest, Drawn),
    "sgmix.delay": Op("sgmix.delay", DelayRequest, Delay),
    "sgmix.plan": Op("sgmix.plan", PlanRequest, Plan),
    "sgmix.origin": Op("sgmix.chances", OriginRequest, Origin),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "sgmix.node": Role("sgmix.node", "begin", NodeParams, _EVENTS),
    "sgmix.resumed": Role("sgmix.resume", "resume", Record, _EVENTS),
}
"""The parties with a state."""
