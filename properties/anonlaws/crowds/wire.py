"""Domains of chapter crowds, and the laws' own draws and crowd on a wire, by which they judge their subjects."""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Forall
from anonspec.crowds.model import Crowd, Send
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

CHANCES = [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)]

# ---- domains ----


@dataclass(frozen=True)
class Seeds:
    """Ways to give each member a seed of its own, drawn only: as random as can be, since they stand for chance."""

    def strategy(self) -> st.SearchStrategy["Seed"]:
        return st.integers(0, 2**32 - 1).map(Seed)


@dataclass(frozen=True)
class Seed:
    """A seed for each member."""

    number: int

    def __call__(self, member: int) -> bytes:
        return hashlib.sha256(self.number.to_bytes(4) + member.to_bytes(4)).digest()


def some_crowd(forall: Forall, least: int = 3) -> Crowd:
    """Of up to six members, whose numbers have gaps."""
    size = forall(range(least, 7), "members")
    roster = ((0, 1, 2, 3, 4, 5), (1, 4, 5, 7, 300, 2**32 - 2))[forall([0, 1], "roster")][:size]
    return Crowd(roster=roster, forward=forall(CHANCES, "forward"), itself=forall(bool, "itself"))


# ---- this file's own draws ----


def drawn(seed: bytes, name: str, formation: int, neighbour: int | None, path: bytes) -> bytes:
    """A labelled draw."""
    came_from = b"\xff" * 4 if neighbour is None else neighbour.to_bytes(4)
    label = name.encode() + formation.to_bytes(8) + came_from + path
    return hashlib.shake_256(seed + b"\0" + label).digest(16 if name == "path" else 8)


def next_hop(crowd: Crowd, me: int, first: bool, coin: bytes, choice: bytes) -> int | None:
    """Where two draws lead."""
    if not first and int.from_bytes(coin) >= 2**64 * crowd.forward.numerator // crowd.forward.denominator:
        return None
    options = [member for member in crowd.roster if crowd.itself or member != me]
    return options[int.from_bytes(choice) * len(options) // 2**64]


def of_place(place: int, options: int) -> bytes:
    """The least draw that picks the option at this place."""
    return (-(-(place << 64) // options)).to_bytes(8)


# ---- a crowd on a wire ----


@dataclass(frozen=True)
class Hop:
    """A message as it was sent: by whom (None: from outside), and what."""

    sender: int | None
    send: Send


@dataclass
class Wire:
    """A whole crowd of subjects, with every message delivered at once and in the order of sending.

    `sent` is all that went over links, `outside` what left the crowd, by the member that let it out.
    """

    net: Net
    members: dict[int, Any]
    sent: list[Hop] = field(default_factory=list)
    outside: list[Hop] = field(default_factory=list)

    def tell(self, member: int, event: str, *fields: Any) -> list[Hop]:
        """Hand an event to a member; deliver what comes of it. Gives the messages that this brought about."""
        begin = len(self.sent)
        self.members[member], sends = getattr(self.net, event)(self.members[member], *fields)
        waiting = deque(Hop(member, send) for send in sends)
        while waiting:
            hop = waiting.popleft()
            self.sent.append(hop)
            assert len(self.sent) - begin < 10_000, "the messages never end"
            to, path, content = hop.send.neighbour, hop.send.path, hop.send.content
            if to is None:
                self.outside.append(hop)
            elif to in self.members:
                given = (hop.sender, path) if hop.send.kind == "broken" else (hop.sender, path, content)
                try:
                    self.members[to], more = getattr(self.net, hop.send.kind)(self.members[to], *given)
                except Reject as refusal:  # a path through a member twice breaks in two places
                    assert (hop.send.kind, refusal.clause) == ("broken", "CRW-12")
                else:
                    waiting.extend(Hop(to, send) for send in more)
        return self.sent[begin:]

    def ask(self, initiator: int, content: bytes) -> list[Hop]:
        """A request of a member's user; gives all its hops, the one to the server last."""
        return self.tell(initiator, "request", None, None, content)


def gathered(net: Net, crowd: Crowd, seed: Callable[[int], bytes]) -> Wire:
    """All members of a crowd, each with its seed."""
    return Wire(net, {member: net.join(crowd, member, seed(member)) for member in crowd.roster})


def links(hops: Sequence[Hop]) -> list[tuple[int | None, int | None, bytes | None]]:
    """From whom to whom and under which identifier."""
    return [(hop.sender, hop.send.neighbour, hop.send.path) for hop in hops]
