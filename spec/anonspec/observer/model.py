"""Shapes of chapter observer: packets, observers, chances, and what every operation takes and gives.

The text is README.md beside this file. Whether a value is acceptable beyond its shape is the program's business
(clauses OBS-n), so that a program that forgets to refuse can be caught.
"""

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from anonspec.shape import Hex, Op, Role, Shape

CHANCE_PATTERN = r"(0|[1-9][0-9]{0,999})(/[1-9][0-9]{0,999})?"


def _chance(value: Any, info: ValidationInfo) -> Any:
    if info.mode != "json":
        return value
    if not isinstance(value, str) or not re.fullmatch(CHANCE_PATTERN, value):
        raise ValueError("a chance is digits, or digits/digits, in a string")
    return Fraction(value)


Chance = Annotated[
    Any,
    PlainValidator(_chance),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{CHANCE_PATTERN}$"}),
]
"""A probability, or another number from 0: a `Fraction` in memory, or a solver's term; on the wire "19/40" or "1"."""

Node = Annotated[int, Field(ge=0, lt=2**32)]
"""Whoever sends or receives packets: a user, a relay, a server; by number."""

Place = Annotated[int, Field(ge=0, lt=2**32)]
"""A place in a list, from 0."""

Time = Annotated[int, Field(ge=0, lt=2**53)]
"""A tick of a clock that all share."""


# ---- what happens ----


class Packet(Shape):
    """One packet that went over a wire: `bytes` are those on the wire, `content` is what its two ends read in them.

    `cause` is the place in the transcript of the packet on account of which it was sent; none if its source began it.
    """

    time: Time
    source: Node
    destination: Node
    bytes: Hex
    content: Hex
    cause: Place | None


Packets = tuple[Packet, ...]
"""A transcript: all packets, in the order in which they were sent."""


# ---- who looks ----


class Local(Shape):
    """Reads the wires of one node, and is not that node."""

    kind: Literal["local"] = "local"
    node: Node


class Server(Shape):
    """Is one node, which others send to."""

    kind: Literal["server"] = "server"
    node: Node


class Coalition(Shape):
    """Is several nodes, which put together what they know."""

    kind: Literal["coalition"] = "coalition"
    nodes: tuple[Node, ...]


class Global(Shape):
    """Reads every wire, and is no node."""

    kind: Literal["global"] = "global"


class Active(Shape):
    """Reads every wire, and is some nodes as well; it may hold back, repeat, delay and insert."""

    kind: Literal["active"] = "active"
    nodes: tuple[Node, ...]


Observer = Annotated[Local | Server | Coalition | Global | Active, Field(discriminator="kind")]
"""Who looks."""


class Seen(Shape):
    """What an observer has of one packet. `cause` is a place in the view."""

    time: Time
    source: Node
    destination: Node
    size: Annotated[int, Field(ge=0)]
    bytes: Hex
    content: Hex | None
    cause: Place | None


# ---- what the operations take and give ----


class ViewRequest(Shape):
    """Who looks, and at what."""

    observer: Observer
    packets: Packets


class View(Shape):
    """What is seen, in the order of OBS-7."""

    seen: tuple[Seen, ...]


class SuspectsRequest(Shape):
    """Who looks, at what, and at which packet, by its place in the view; who may begin packets, who passes them on."""

    observer: Observer
    packets: Packets
    users: tuple[Node, ...]
    relays: tuple[Node, ...]
    packet: Place


class Suspects(Shape):
    """The users that may have begun it, ascending."""

    suspects: tuple[Node, ...]


Chances = tuple[Chance, ...]
"""One for each user, in the order of their numbers."""


class PosteriorRequest(Shape):
    """What was believed of each user before, and how likely what was seen is if that user is the sender."""

    prior: Chances
    likelihood: Chances


class Posterior(Shape):
    """What is to be believed of each user."""

    posterior: Chances


class AnonymitySet(Shape):
    """The users that may still be the sender, ascending."""

    users: tuple[Place, ...]


Word = Literal[
    "absolute privacy",
    "beyond suspicion",
    "probable innocence",
    "possible innocence",
    "exposed",
    "provably exposed",
]
"""A degree of Reiter and Rubin."""


class DegreeRequest(Shape):
    """What is believed of each user, before and after; the sender; what chance is worth talking of; a proof, if any."""

    prior: Chances
    posterior: Chances
    sender: Place
    nontrivial: Chance
    proof: bool


class Degree(Shape):
    """The strongest degree that the sender has."""

    degree: Word


class Guesses(Shape):
    """How many guesses it takes, on average."""

    guesses: Chance


class Entropies(Shape):
    """What a posterior leaves open, in thousandths (of a bit, a user, the whole), and the largest chance."""

    shannon: int
    effective: int
    degree: int
    min: int
    largest: Chance


class InformationRequest(Shape):
    """What is believed of each user beforehand; for each thing that may be seen, its likelihood for each user."""

    prior: Chances
    likelihoods: tuple[Chances, ...]


class Information(Shape):
    """What is learned on average, in thousandths of a bit, and how often the best guess is right."""

    information: int
    success: Chance


OPS = {
    "observer.view": Op("observer.view", ViewRequest, View),
    "observer.suspects": Op("observer.view", SuspectsRequest, Suspects),
    "observer.posterior": Op("observer.posterior", PosteriorRequest, Posterior),
    "observer.anonymity_set": Op("observer.posterior", Posterior, AnonymitySet),
    "observer.degree": Op("observer.degree", DegreeRequest, Degree),
    "observer.guesses": Op("observer.measures", Posterior, Guesses),
    "observer.entropy": Op("observer.measures", Posterior, Entropies),
    "observer.information": Op("observer.measures", InformationRequest, Information),
}
"""The pure operations, by name: the capability each belongs to, its request and its answer."""

ROLES: dict[str, Role] = {}
"""No party has a state."""
