"""Shapes of chapter dcnet: groups, states, and what every operation and role takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the party's business (clauses
DCN-n), so that a program that forgets to refuse can be caught.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from anonspec.shape import Bytes16, Bytes32, Hex, Op, Role, Shape, Word

Member = Annotated[int, Field(ge=0, lt=2**32)]
"""A member's number: its place on the roster, from 0."""

Round = Annotated[int, Field(ge=0, lt=2**53)]
"""A round's number."""

Roster = Annotated[int, Field(ge=0, le=65_536)]
"""How many members there are."""

Edge = tuple[int, int]
"""Two members that share keys, by number, the lower first (DCN-7)."""

Bit = Annotated[int, Field(ge=0, le=1)]


def _from_decimal(value: Any, info: ValidationInfo) -> Any:
    if info.mode != "json":
        return value
    if not isinstance(value, str) or not re.fullmatch("[1-9][0-9]*", value):
        raise ValueError("a modulus is decimal digits in a string")
    return int(value)


Modulus = Annotated[
    int,
    BeforeValidator(_from_decimal),
    Field(ge=2, le=2**64),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*$"}),
]
"""An integer from 2 to 2^64; on the wire decimal digits in a string, since it may pass 2^53."""


class Xor(Shape):
    """Strings of `bytes` bytes under bitwise exclusive or; a string is held as its big-endian integer."""

    kind: Literal["xor"] = "xor"
    bytes: Annotated[int, Field(ge=1, le=2**20)]


class Modulo(Shape):
    """Integers 0 … modulus − 1 under addition modulo `modulus`."""

    kind: Literal["mod"] = "mod"
    modulus: Modulus


Group = Annotated[Xor | Modulo, Field(discriminator="kind")]
"""What the words of a net are and how they add."""


# ---- states ----


class Seated(Shape):
    """A member that may announce. `spoken` is the last round in which it has, −1 if none (DCN-13)."""

    group: Group
    me: Member
    neighbours: tuple[Member, ...]
    spoken: int


class Waiting(Shape):
    """A reader before the last announcement. `total` is the sum so far, which nobody is told (DCN-18)."""

    group: Group
    members: Roster
    round: Round
    missing: tuple[Member, ...]
    total: Word


class Combined(Shape):
    """A reader after the last announcement: `sum` is what was said in the round."""

    group: Group
    sum: Word


class Failed(Shape):
    """A reader whose round was closed early: nothing was said, and `missing` did not announce."""

    group: Group
    missing: tuple[Member, ...]


Listening = Waiting | Combined | Failed


class Report(Shape):
    """What a reader tells: its state, whom it still misses (or missed), and the sum once there is one."""

    state: Literal["waiting", "combined", "failed"]
    missing: tuple[Member, ...]
    sum: Word | None


# ---- what the operations take and give ----


class AWord(Shape):
    """One word of the group."""

    word: Word


class FrameRequest(Shape):
    """A message of any length, to be made a word (DCN-2)."""

    group: Group
    message: Hex


class UnframeRequest(Shape):
    """A word, to be read as a message (DCN-3)."""

    group: Group
    word: Word


class Message(Shape):
    """A message as its sender meant it."""

    message: Hex


class SayRequest(Shape):
    """What a diner knows: the two coins it sees and whether it paid."""

    coins: tuple[Bit, Bit]
    paid: bool


class Saying(Shape):
    """The bit a diner says aloud."""

    said: Bit


class PayerRequest(Shape):
    """What the three diners said."""

    said: tuple[Bit, Bit, Bit]


class Payer(Shape):
    """0: the employer paid; 1: one of the diners did."""

    one_of_them: Bit


class AnnounceRequest(Shape):
    """What a member adds up: its message (zero for none) and the pads it shares, by neighbour."""

    group: Group
    me: Member
    pads: dict[Member, Word]
    message: Word


class CombineRequest(Shape):
    """The announcements of a round."""

    group: Group
    words: Annotated[tuple[Word, ...], Field(min_length=1)]


class PadRequest(Shape):
    """What a member derives a pad from: `secret` is its own X25519 key, `public` the peer's value."""

    group: Group
    session: Bytes16
    round: Round
    me: Member
    peer: Member
    secret: Bytes32
    public: Bytes32


class ReserveRequest(Shape):
    """The slot that a sender drew."""

    group: Group
    choice: Member


class TurnRequest(Shape):
    """The sum of a reservation round, and the slot that the sender drew for it."""

    group: Group
    sum: Word
    choice: Member


class Turn(Shape):
    """The round of the cycle, from 0, in which to send; none if the reservation was lost."""

    turn: int | None


class LostRequest(Shape):
    """What a sender sent, and the sum of that round."""

    group: Group
    sent: Word
    sum: Word


class Lost(Shape):
    """Whether the message did not come through."""

    lost: bool


class SignalRequest(Shape):
    """A value of v bits, to be sent to a net of `members` that averages."""

    group: Group
    members: Roster
    value: Word


class AverageRequest(Shape):
    """The sums of all rounds of the resolution so far, in order."""

    group: Group
    members: Roster
    sums: tuple[Word, ...]


class Averaged(Shape):
    """The values received so far, ascending, and the range (low, high) to be asked for next; none at the end."""

    received: tuple[Word, ...]
    ask: tuple[Word, Word] | None


class CommitPadRequest(Shape):
    """A pad that `me` commits itself to for the edge to `peer`."""

    group: Group
    session: Bytes16
    round: Round
    me: Member
    peer: Member
    nonce: Bytes32
    pad: Word


class CommitWordRequest(Shape):
    """The word that a round's owner is going to send, and whether it is a trap."""

    group: Group
    session: Bytes16
    round: Round
    trap: bool
    nonce: Bytes32
    word: Word


class Commitment(Shape):
    """A SHA-256 value."""

    commitment: Bytes32


class MayOpenRequest(Shape):
    """A round's commitment and sum, and the opening (`trap`, `nonce`, `word`) that somebody gives for it."""

    group: Group
    session: Bytes16
    round: Round
    commitment: Bytes32
    trap: bool
    nonce: Bytes32
    word: Word
    sum: Word


class Excess(Shape):
    """What the disruptors added: the sum less the trap's word."""

    excess: Word


class BlameRequest(Shape):
    """An opened trap: who owned it, what everybody announced, and the pads each one opened (none: it refused)."""

    group: Group
    members: Roster
    edges: tuple[Edge, ...]
    owner: Member
    trap: Word
    announced: dict[Member, Word]
    opened: dict[Member, dict[Member, Word] | None]


class Blame(Shape):
    """Members that certainly broke the protocol, and edges of which at least one end did."""

    disruptors: tuple[Member, ...]
    disputed: tuple[Edge, ...]


class AnonymitySetsRequest(Shape):
    """A key graph and the members that put together what they know."""

    members: Roster
    edges: tuple[Edge, ...]
    coalition: tuple[Member, ...]


class AnonymitySets(Shape):
    """The honest members, by the sets within which the coalition cannot tell them apart."""

    sets: tuple[tuple[Member, ...], ...]


class LeastKeysRequest(Shape):
    """A net of `members` that is to withstand any `colluders` of them."""

    members: Roster
    colluders: Member


class LeastKeys(Shape):
    """The least number of edges."""

    keys: int


class JoinParams(Shape):
    """A net and a place in it."""

    group: Group
    members: Roster
    edges: tuple[Edge, ...]
    me: Member


class Speak(Shape):
    """A round's pads by neighbour, and the message to be sent in it; none for none."""

    round: Round
    pads: dict[Member, Word]
    message: Word | None


class ListenParams(Shape):
    """The round that a reader reads."""

    group: Group
    members: Roster
    round: Round


class Hear(Shape):
    """An announcement on the board."""

    round: Round
    member: Member
    word: Word


class Nothing(Shape):
    """No fields."""


OPS = {
    "dcnet.frame": Op("dcnet.frame", FrameRequest, AWord),
    "dcnet.unframe": Op("dcnet.frame", UnframeRequest, Message),
    "dcnet.say": Op("dcnet.three", SayRequest, Saying),
    "dcnet.payer": Op("dcnet.three", PayerRequest, Payer),
    "dcnet.announce": Op("dcnet.sum", AnnounceRequest, AWord),
    "dcnet.combine": Op("dcnet.sum", CombineRequest, AWord),
    "dcnet.pad": Op("dcnet.pads", PadRequest, AWord),
    "dcnet.reserve": Op("dcnet.reservation", ReserveRequest, AWord),
    "dcnet.turn": Op("dcnet.reservation", TurnRequest, Turn),
    "dcnet.lost": Op("dcnet.reservation", LostRequest, Lost),
    "dcnet.signal": Op("dcnet.averaging", SignalRequest, AWord),
    "dcnet.average": Op("dcnet.averaging", AverageRequest, Averaged),
    "dcnet.commit_pad": Op("dcnet.traps", CommitPadRequest, Commitment),
    "dcnet.commit_word": Op("dcnet.traps", CommitWordRequest, Commitment),
    "dcnet.may_open": Op("dcnet.traps", MayOpenRequest, Excess),
    "dcnet.blame": Op("dcnet.traps", BlameRequest, Blame),
    "dcnet.anonymity_sets": Op("dcnet.graph", AnonymitySetsRequest, AnonymitySets),
    "dcnet.least_keys": Op("dcnet.graph", LeastKeysRequest, LeastKeys),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES = {
    "dcnet.member": Role("dcnet.member", "join", JoinParams, {"speak": Op("dcnet.member", Speak, AWord)}),
    "dcnet.reader": Role(
        "dcnet.reader",
        "listen",
        ListenParams,
        {
            "hear": Op("dcnet.reader", Hear, Report),
            "close": Op("dcnet.reader", Nothing, Report),
            "look": Op("dcnet.reader", Nothing, Report),
        },
    ),
}
"""The parties with a state."""

KINDS = ("dcnet.mod", "dcnet.xor")
"""Capabilities that no operation or role has, but a field names: the kind of a group."""
