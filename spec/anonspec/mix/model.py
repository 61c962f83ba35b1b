"""Shapes of chapter mix: batching rules, dummies, a mix that waits, and what every operation and role takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the mix's business (clauses
MIX-n), so that a program that forgets to refuse can be caught.
"""

from typing import Annotated, Literal

from pydantic import Field

from anonspec.shape import Bytes8, Bytes32, Chance, Hex, Op, Role, Shape

Count = Annotated[int, Field(ge=0, lt=2**16)]
"""A number of messages, dummies, coins or ticks."""

Number = Annotated[int, Field(ge=0, lt=2**53)]
"""The number of a flush, of a draw in it, or of a key epoch."""

Party = Annotated[int, Field(ge=0, lt=2**32)]
"""The number of a mix, or of somebody who gets messages."""

Suite = Literal["x25519", "mlkem768-x25519"]
"""How messages are sealed."""

# ---- when a mix fires, and how many leave ----


class Threshold(Shape):
    """All leave as soon as `threshold` are held."""

    kind: Literal["threshold"] = "threshold"
    threshold: Count


class Timed(Shape):
    """All leave every `period` ticks."""

    kind: Literal["timed"] = "timed"
    period: Count


class ThresholdAndTime(Shape):
    """All leave as soon as `threshold` are held, or every `period` ticks; or every `period` ticks if so many are."""

    kind: Literal["threshold-or-timed", "threshold-and-timed"]
    threshold: Count
    period: Count


class ThresholdPool(Shape):
    """All but `pool` leave as soon as `threshold` more than these are held."""

    kind: Literal["threshold-pool"] = "threshold-pool"
    threshold: Count
    pool: Count


class TimedPool(Shape):
    """All but `pool` leave every `period` ticks."""

    kind: Literal["timed-pool"] = "timed-pool"
    period: Count
    pool: Count


class Cottrell(Shape):
    """A `fraction` leaves every `period` ticks, and `pool` stay at least."""

    kind: Literal["cottrell-r1", "cottrell-r2", "cottrell-r3", "cottrell-r4"]
    period: Count
    threshold: Count
    pool: Count
    fraction: Chance


class Binomial(Shape):
    """Every `period` ticks each of m messages held leaves with chance number m of `chances`, or else the last."""

    kind: Literal["binomial"] = "binomial"
    period: Count
    chances: tuple[Chance, ...]


Rule = Annotated[
    Threshold | Timed | ThresholdAndTime | ThresholdPool | TimedPool | Cottrell | Binomial, Field(discriminator="kind")
]
"""A batching rule, told by its kind."""

# ---- dummies ----


class Constant(Shape):
    """Always so many."""

    law: Literal["constant"] = "constant"
    count: Count


class Geometric(Shape):
    """One more, again and again, for as long as a coin of chance `again` falls."""

    law: Literal["geometric"] = "geometric"
    again: Chance


class Trials(Shape):
    """As many as fall of `trials` coins of this chance."""

    law: Literal["binomial"] = "binomial"
    trials: Count
    chance: Chance


Law = Annotated[Constant | Geometric | Trials, Field(discriminator="law")]
"""How many dummies a mix makes when it fires."""


class Dummies(Shape):
    """How many dummies go into the pool, and how many join the batch, whenever the mix fires."""

    pool: Law
    output: Law


# ---- states ----

Order = Literal["uniform", "lexicographic"]


class Mix(Shape):
    """A mix that waits, with all that it has to remember.

    `held` are the messages not yet sent, `memory` the hashes of those taken since the last new key, `elapsed` the ticks
    since the timer was restarted, `flush` the number of times the mix fired.
    """

    rule: Rule
    size: Count
    order: Order
    dummies: Dummies
    seed: Bytes32
    held: tuple[Hex, ...]
    memory: frozenset[Bytes32]
    elapsed: Count
    flush: Number


# ---- what the operations take and give ----


class FiresRequest(Shape):
    """A rule, the messages held, and the occasion: just after an arrival, or else a period's end."""

    rule: Rule
    held: Count
    at_arrival: bool


class Fires(Shape):
    """Whether the mix fires."""

    fires: bool


class QuotaRequest(Shape):
    """A rule under which a mix with so many messages fires."""

    rule: Rule
    held: Count


class Quota(Shape):
    """How many of them leave."""

    quota: int


class TakeRequest(Shape):
    """Messages, and a draw for each one that is to be taken out of them."""

    messages: tuple[Hex, ...]
    draws: tuple[Bytes8, ...]


class Taken(Shape):
    """The messages taken, in the order in which they were, and the others, in the order in which they are left."""

    taken: tuple[Hex, ...]
    left: tuple[Hex, ...]


class CountRequest(Shape):
    """A law of dummies, and the coins to toss for it, as many as there may have to be."""

    law: Law
    coins: tuple[Bytes8, ...]


class Counted(Shape):
    """The number of dummies."""

    count: Count


class DrawRequest(Shape):
    """What a labelled draw is for: the flush, from 1 (0: before all), and the draw's number in it, from 0."""

    seed: Bytes32
    name: Literal["take", "sort", "coin", "pool", "exit", "fake"]
    flush: Number
    place: Number
    size: Count


class Drawn(Shape):
    """Bytes drawn: `size` for a dummy, 8 for all else."""

    data: Hex


class PadRequest(Shape):
    """A message, and the size of a body."""

    message: Hex
    size: Count


class Body(Shape):
    """A message and what follows it."""

    body: Hex


class Message(Shape):
    """A message."""

    message: Hex


class OpenRequest(Shape):
    """A sealed message, and the mix with its secret key of an epoch; bodies have `size` bytes."""

    suite: Suite
    secret: Bytes32
    mix: Party
    epoch: Number
    size: Count
    sealed: Hex


class Opened(Shape):
    """What was sealed: to whom it goes, and the body."""

    destination: Party
    body: Hex


# ---- what the roles take and give ----


class NodeParams(Shape):
    """What a mix is begun with; a seed of none: the program draws for itself."""

    rule: Rule
    size: Count
    order: Order
    dummies: Dummies
    seed: Bytes32 | None


class Arrival(Shape):
    """A message that comes in."""

    message: Hex


class Nothing(Shape):
    """No fields."""


class Sends(Shape):
    """The messages that leave, in this order; none where the mix does not fire."""

    sends: tuple[Hex, ...]


class Record(Shape):
    """A mix written down, in a form of the program's own."""

    record: str


class Sender(Shape):
    """Whoever sends to a mix: the mix with its public key of an epoch; bodies have `size` bytes."""

    suite: Suite
    public: Hex
    mix: Party
    epoch: Number
    size: Count


class Letter(Shape):
    """A message, and to whom it goes."""

    destination: Party
    message: Hex


class Sealed(Shape):
    """A sealed message."""

    sealed: Hex


_EVENTS = {
    "arrive": Op("mix.node", Arrival, Sends),
    "tick": Op("mix.node", Nothing, Sends),
    "new_key": Op("mix.node", Nothing, Nothing),
    "write_down": Op("mix.resume", Nothing, Record),
    "restart": Op("mix.resume", Nothing, Nothing),
}

OPS = {
    "mix.fires": Op("mix.rule", FiresRequest, Fires),
    "mix.quota": Op("mix.rule", QuotaRequest, Quota),
    "mix.take": Op("mix.shuffle", TakeRequest, Taken),
    "mix.count": Op("mix.dummies", CountRequest, Counted),
    "mix.draw": Op("mix.draw", DrawRequest, Drawn),
    "mix.pad": Op("mix.padding", PadRequest, Body),
    "mix.unpad": Op("mix.padding", Body, Message),
    "mix.open": Op("mix.open", OpenRequest, Opened),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "mix.node": Role("mix.node", "begin", NodeParams, _EVENTS),
    "mix.resumed": Role("mix.resume", "resume", Record, _EVENTS),
    "mix.sender": Role("mix.sender", "address", Sender, {"seal": Op("mix.sender", Letter, Sealed)}),
}
"""The parties with a state."""

KINDS = (
    "mix.own",
    "mix.threshold",
    "mix.timed",
    "mix.threshold-or-timed",
    "mix.threshold-and-timed",
    "mix.threshold-pool",
    "mix.timed-pool",
    "mix.cottrell-r1",
    "mix.cottrell-r2",
    "mix.cottrell-r3",
    "mix.cottrell-r4",
    "mix.binomial",
    "mix.x25519",
    "mix.mlkem768-x25519",
)
"""Capabilities that no operation or role has, but a field names: a seed of none, a rule's kind, a suite's name."""
