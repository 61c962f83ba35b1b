"""Crowds, chapter crowds: a hop, a member and its table, sealed paths, and what collaborators learn.

Every function is pure: coins, choices and seeds are arguments. Tables are plain data, and identifiers in them are bytes
or anything else that can be compared (a solver's terms). It is not a proxy: nothing is sent, and no server is asked.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from anonref import suite
from anonspec.crowds.model import Chances, Crowd, Entry, Jondo, Link, Sealing, Send, Unsealed
from anonspec.shape import Reject

Direction = Literal["request", "response"]

NO_BODY = 2**32 - 1
"""Stands for the member's own user where a draw's label has a neighbour."""

ABOUT = b"anonspec crowds seal1"

# ---- a hop ----


def check_roster(roster: Sequence[int], me: int) -> None:
    """Refuse a roster that is none, or is too short to hide among. CRW-1, CRW-3"""
    if any(one >= other for one, other in pairwise(roster)) or me not in roster:
        raise Reject("CRW-3", f"{list(roster)} is no roster of ascending numbers with {me} among them")
    if len(roster) < 3:
        raise Reject("CRW-1", f"a crowd has three members or more, not {len(roster)}")


def check_forward(forward: Fraction) -> None:
    """Refuse a chance with which paths never end. CRW-2"""
    if not 0 <= forward < 1:
        raise Reject("CRW-2", f"one more hop has a chance below 1, not {forward}")


def forwards(forward: Fraction, coin: int) -> bool:
    """Whether a coin, 0 … 2^64 − 1, says one more hop. CRW-5"""
    return coin < (forward.numerator << 64) // forward.denominator


def choose(crowd: Crowd, me: int, choice: int) -> int:
    """The member that a draw of 0 … 2^64 − 1 picks. CRW-6"""
    options = [member for member in crowd.roster if crowd.itself or member != me]
    return options[choice * len(options) >> 64]


def hop(crowd: Crowd, me: int, first: bool, coin: bytes, choice: bytes) -> int | None:
    """Where `me` sends a request on a new path, None for the server, by two draws of 8 bytes. CRW-4, CRW-5, CRW-6"""
    check_forward(crowd.forward)
    check_roster(crowd.roster, me)
    if not first and not forwards(crowd.forward, int.from_bytes(coin)):
        return None
    return choose(crowd, me, int.from_bytes(choice))


def draw(
    seed: bytes, name: Literal["coin", "next", "path"], formation: int, neighbour: int | None, path: bytes
) -> bytes:
    """A labelled draw, of 16 bytes for a path and 8 for all else. CRW-7"""
    came_from = NO_BODY if neighbour is None else neighbour
    label = name.encode() + formation.to_bytes(8) + came_from.to_bytes(4) + path
    return suite.shake256(seed + b"\0" + label, 16 if name == "path" else 8)


# ---- a table ----


def known(table: Sequence[Entry], back: Link) -> Entry | None:
    """The entry of the requests that come over this link; of several, the last. CRW-11"""
    return next((entry for entry in reversed(table) if entry.back == back), None)


def retrace(table: Sequence[Entry], on: Link) -> Link:
    """Where a response or break goes that comes over this link. CRW-10, CRW-12"""
    for entry in table:
        if not entry.broken and entry.on == on:
            return entry.back
    raise Reject("CRW-12", f"no path that is not broken goes on to {on.neighbour} under this identifier")


def check_fresh(table: Sequence[Entry], me: int, back: Link) -> None:
    """Refuse to form a path for a request under an identifier of another link. CRW-14, CRW-15"""
    sent = any(entry.on == back for entry in table)
    if back.neighbour == me and not sent:
        raise Reject("CRW-15", "it did not send this to itself")
    if any(entry.back.path == back.path for entry in table):
        raise Reject("CRW-14", "the identifier came from another neighbour before")
    if back.neighbour != me and any(entry.on.path == back.path for entry in table):
        raise Reject("CRW-14", "the identifier is one that the member itself drew")


def enter(table: Sequence[Entry], back: Link, on: Link) -> tuple[Entry, ...]:
    """The table with one path more. CRW-10"""
    return (*table, Entry(back, on, broken=False))


def sever(table: Sequence[Entry], links: Sequence[Link]) -> tuple[Entry, ...]:
    """The table with the paths broken that go on over these links. CRW-16, CRW-17"""
    return tuple(entry._replace(broken=entry.broken or entry.on in links) for entry in table)


# ---- a member ----


def join(crowd: Crowd, me: int, seed: bytes | None) -> Jondo:
    """Take a place in a crowd. A seed of None is for the program to fill: nothing is drawn here. CRW-1, CRW-2, CRW-3"""
    check_forward(crowd.forward)
    check_roster(crowd.roster, me)
    if seed is None:
        raise Reject("CRW-7", "without a seed nothing can be drawn here")
    return Jondo(crowd=crowd, me=me, seed=seed, formation=0, formed=0, table=())


def request(jondo: Jondo, neighbour: int | None, path: bytes | None, content: bytes) -> tuple[Jondo, tuple[Send, ...]]:
    """Take a request of a neighbour, or of its own user (None). CRW-8, CRW-9, CRW-11, CRW-13, CRW-18"""
    back = Link(neighbour, path)
    if neighbour is not None and neighbour not in jondo.crowd.roster:
        raise Reject("CRW-13", f"{neighbour} is no member of the crowd")
    entry = known(jondo.table, back)
    if entry is not None and entry.broken and neighbour is not None:
        raise Reject("CRW-18", "the path is broken")
    if entry is None or entry.broken:
        jondo, on = form(jondo, back)
    else:
        on = entry.on
    return jondo, told("request", on, content)


def form(jondo: Jondo, back: Link) -> tuple[Jondo, Link]:
    """Form a path for the requests that come over a link, and give the link it goes on over. CRW-4, CRW-8"""
    own = back.path is None
    if not own:
        check_fresh(jondo.table, jondo.me, back)
    origin = (jondo.formation, back.neighbour, back.path if back.path is not None else jondo.formed.to_bytes(16))
    coin, choice, path = (draw(jondo.seed, name, *origin) for name in ("coin", "next", "path"))
    on = Link(hop(jondo.crowd, jondo.me, own, coin, choice), path)
    after = {"table": enter(jondo.table, back, on), "formed": jondo.formed + own}
    return jondo.model_copy(update=after), on


def response(jondo: Jondo, neighbour: int | None, path: bytes, content: bytes) -> tuple[Jondo, tuple[Send, ...]]:
    """Take a response of a neighbour, or of a server (None). CRW-9, CRW-10, CRW-12"""
    return jondo, told("response", retrace(jondo.table, Link(neighbour, path)), content)


def broken(jondo: Jondo, neighbour: int | None, path: bytes) -> tuple[Jondo, tuple[Send, ...]]:
    """Take the news that a path is broken further on. CRW-12, CRW-17"""
    on = Link(neighbour, path)
    back = retrace(jondo.table, on)
    return jondo.model_copy(update={"table": sever(jondo.table, [on])}), told("broken", back, None)


def leave(jondo: Jondo, member: int) -> tuple[Jondo, tuple[Send, ...]]:
    """Take the news that another member has left. CRW-16, CRW-19"""
    roster = jondo.crowd.roster
    if member == jondo.me or member not in roster:
        raise Reject("CRW-3", f"{member} is not another member of the crowd")
    lost = [entry for entry in jondo.table if not entry.broken and member in (entry.back.neighbour, entry.on.neighbour)]
    sends = tuple(send for entry in lost if entry.back.neighbour != member for send in told("broken", entry.back, None))
    crowd = jondo.crowd.model_copy(update={"roster": tuple(other for other in roster if other != member)})
    table = sever(jondo.table, [entry.on for entry in lost])
    return jondo.model_copy(update={"crowd": crowd, "table": table}), sends


def reform(jondo: Jondo, roster: Sequence[int]) -> tuple[Jondo, tuple[Send, ...]]:
    """Forget all paths and go on with another roster. CRW-1, CRW-3, CRW-20, CRW-21"""
    check_roster(roster, jondo.me)
    own = known(jondo.table, Link(None, None))
    sends = () if own is None or own.broken else told("broken", own.back, None)
    crowd = jondo.crowd.model_copy(update={"roster": tuple(roster)})
    after = {"crowd": crowd, "formation": jondo.formation + 1, "formed": 0, "table": ()}
    return jondo.model_copy(update=after), sends


def told(kind: Literal["request", "response", "broken"], link: Link, content: bytes | None) -> tuple[Send, ...]:
    """One message over a link, its content as it came. CRW-9"""
    return (Send(kind=kind, neighbour=link.neighbour, path=link.path, content=content),)


# ---- sealed paths ----


def nonce(direction: Direction, number: int) -> bytes:
    """12 bytes, other ones for each direction and number. CRW-22"""
    return (0 if direction == "request" else 1).to_bytes(4) + number.to_bytes(8)


def seal(key: bytes, direction: Direction, number: int, content: bytes) -> bytes:
    """The envelope of a content: number, ciphertext, tag. CRW-22"""
    return number.to_bytes(8) + suite.lock(key, nonce(direction, number), content, ABOUT)


def unseal(key: bytes, direction: Direction, sealed: bytes) -> Unsealed:
    """The number and content of an envelope. CRW-23"""
    number = int.from_bytes(sealed[:8])
    if len(sealed) < 24 or number >= 2**53:
        raise Reject("CRW-23", "an envelope has a number below 2^53 and a tag: 24 bytes at least")
    content = suite.unlock(key, nonce(direction, number), sealed[8:], ABOUT)
    if content is None:
        raise Reject("CRW-23", "the envelope does not open")
    return Unsealed(number=number, content=content)


def take_key(key: bytes, direction: Direction) -> Sealing:
    """Begin to seal requests, or responses, under a path key."""
    return Sealing(key=key, direction=direction, sealed=())


def enclose(end: Sealing, number: int, content: bytes) -> tuple[Sealing, bytes]:
    """Seal a content under a number that was not used before. CRW-24"""
    if number in end.sealed:
        raise Reject("CRW-24", f"number {number} was sealed before")
    after = end.model_copy(update={"sealed": (*end.sealed, number)})
    return after, seal(end.key, end.direction, number, content)


# ---- what collaborators learn ----


def given_hit(members: Any, collaborators: Any, forward: Any, itself: bool) -> tuple[Any, Any]:
    """Numerator and denominator of the chance `initiator`: numbers, or a solver's terms. CRW-25"""
    if itself:
        return members - forward * (members - collaborators - 1), members
    return members - 1 - forward * (members - collaborators - 2), members - 1 + forward


def chances(members: int, collaborators: int, forward: Fraction, itself: bool) -> Chances:
    """What collaborators and server learn of an honest initiator. CRW-25"""
    check_forward(forward)
    if members < 3:
        raise Reject("CRW-1", f"a crowd has three members or more, not {members}")
    if not 1 <= collaborators < members:
        raise Reject("CRW-25", f"{collaborators} collaborators leave no honest initiator, or nobody to hide from")
    over, under = given_hit(members, collaborators, forward, itself)
    options = members if itself else members - 1
    honest = options - collaborators
    return Chances(
        hit=collaborators / (options - forward * honest),
        initiator=Fraction(over, under),
        other=forward / under if collaborators < members - 1 else Fraction(0),
        server=Fraction(1, members) if itself else forward / under,
        innocent=2 * over <= under,
    )


def least_members(collaborators: int, forward: Fraction) -> int | None:
    """The least crowd in which an initiator is probably innocent, None if no crowd is. CRW-26"""
    check_forward(forward)
    if collaborators < 1:
        raise Reject("CRW-26", "there is nobody to hide from")
    over, under = forward.numerator, forward.denominator
    if 2 * over <= under:
        return None
    return -(-2 * over * (collaborators + 1) // (2 * over - under))
