"""A member of a crowd, and the chances of one, for a driver that speaks HP/1 on standard input and output.

Everything of chapter crowds but sealed paths, for which the standard library has no cipher.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

T = TypeVar("T")
Reader = Callable[[Any], Any]
Fields = Mapping[str, Reader]
Send = dict[str, Any]
# A neighbour and an identifier. Outside of the crowd the neighbour is None: with an identifier it is the server, by
# the connection so called; with None it is the member's own user.
End = tuple[int | None, bytes | None]

LEAST_ROSTER = 3
LAST_MEMBER = 2**32 - 2
OWN_USER = b"\xff\xff\xff\xff"
DRAW_BYTES = {"coin": 8, "next": 8, "path": 16}
LONGEST_LINE = 2**24


class RefusalError(Exception):
    """A question or an event that a clause demands to refuse. HP-16"""

    def __init__(self, clause: str, reason: str) -> None:
        """Keep the clause beside the reason."""
        super().__init__(reason)
        self.clause = clause


class UnsupportedError(Exception):
    """A name that this program does not know. HP-12"""


# --- The crowd ---


@dataclass(frozen=True)
class Crowd:
    """The parameters that are the same for all members."""

    roster: tuple[int, ...]
    forward: Fraction
    itself: bool


def check_size(members: int) -> None:
    """Refuse a crowd in which there is nobody to hide among. CRW-1"""
    if members < LEAST_ROSTER:
        raise RefusalError("CRW-1", f"{members} members are fewer than {LEAST_ROSTER}")


def check_forward(forward: Fraction) -> None:
    """Refuse a chance with which no path ends. CRW-2"""
    if forward >= 1:
        raise RefusalError("CRW-2", "forward is not below 1")


def check_roster(roster: tuple[int, ...], me: int) -> None:
    """Refuse a roster that is short, out of order or without the member itself. CRW-1, CRW-3"""
    check_size(len(roster))
    if any(one >= following for one, following in itertools.pairwise(roster)):
        raise RefusalError("CRW-3", "the roster is not strictly ascending")
    if me not in roster:
        raise RefusalError("CRW-3", f"{me} is not on the roster")


def check_crowd(crowd: Crowd, me: int) -> None:
    """Refuse a crowd that the member must not be in. CRW-1, CRW-2, CRW-3"""
    check_forward(crowd.forward)
    check_roster(crowd.roster, me)


# --- A path ---


def hop(crowd: Crowd, me: int, first: bool, coin: bytes, choice: bytes) -> int | None:
    """Give the next member of a path, or None for the server; the first hop ignores the coin. CRW-4, CRW-5, CRW-6"""
    if not first and int.from_bytes(coin, "big") >= math.floor(crowd.forward * 2**64):
        return None
    eligible = [member for member in crowd.roster if crowd.itself or member != me]
    return eligible[int.from_bytes(choice, "big") * len(eligible) >> 64]


def draw(seed: bytes, name: str, formation: int, neighbour: int | None, path: bytes) -> bytes:
    """Give the labelled draw of a seed. CRW-7"""
    origin = OWN_USER if neighbour is None else neighbour.to_bytes(4, "big")
    label = name.encode("ascii") + formation.to_bytes(8, "big") + origin + path
    return hashlib.shake_256(seed + b"\x00" + label).digest(DRAW_BYTES[name])


# --- The table ---


@dataclass
class Entry:
    """One path through a member: where its requests come from and where they go."""

    back: End
    on: End
    broken: bool = False


def send(kind: str, end: End, content: bytes | None) -> Send:
    """Give a message for one end of a path; its content is what came, untouched. CRW-9"""
    neighbour, path = end
    return {"kind": kind, "neighbour": neighbour, "path": path, "content": content}


class Jondo:
    """A member's program: its table, and what it sends on every event."""

    def __init__(self, crowd: Crowd, me: int, seed: bytes | None) -> None:
        """Begin with an empty table. CRW-1, CRW-2, CRW-3"""
        check_crowd(crowd, me)
        self.crowd = crowd
        self.me = me
        self.seed = seed
        self.formation = 0
        self.own_paths = 0
        self.table: list[Entry] = []

    def request(self, neighbour: int | None, path: bytes | None, content: bytes) -> list[Send]:
        """Send a request on by its path, which is formed if there is none. CRW-8, CRW-9, CRW-11"""
        if (neighbour is None) != (path is None):
            raise malformed("neighbour and path: one is null and the other is not")
        back = (neighbour, path)
        entry = next((entry for entry in self.table if entry.back == back and not entry.broken), None)
        if entry is None:
            if neighbour is not None:
                self._admit(back)
            entry = self._form(back)
        return [send("request", entry.on, content)]

    def response(self, neighbour: int | None, path: bytes, content: bytes) -> list[Send]:
        """Send a response back the way its request came. CRW-9, CRW-10, CRW-12"""
        return [send("response", self._sent_on((neighbour, path)).back, content)]

    def _admit(self, back: End) -> None:
        """Refuse to form a path for a neighbour that has no right to one. CRW-13, CRW-14, CRW-15, CRW-18"""
        neighbour, path = back
        from_itself = neighbour == self.me
        if neighbour not in self.crowd.roster:
            raise RefusalError("CRW-13", f"{neighbour} is not on the roster")
        for entry in self.table:
            if entry.back == back and entry.broken:
                raise RefusalError("CRW-18", "the path is broken")
            if entry.back[1] == path:
                raise RefusalError("CRW-14", "the identifier belongs to another neighbour")
            # What goes on to the member itself comes back to it over the same link; nothing else does.
            if entry.on[1] == path and not (from_itself and entry.on == back):
                raise RefusalError("CRW-14", "the identifier belongs to a link on which requests go out")
        if from_itself and all(entry.on != back for entry in self.table):
            raise RefusalError("CRW-15", "the member has not sent this to itself")

    def _form(self, back: End) -> Entry:
        """Form a path and enter it into the table. CRW-1, CRW-4, CRW-5, CRW-6, CRW-8"""
        check_size(len(self.crowd.roster))
        own = back[0] is None
        following = hop(self.crowd, self.me, own, self._draw("coin", back), self._draw("next", back))
        entry = Entry(back, (following, self._draw("path", back)))
        self.table.append(entry)
        self.own_paths += own
        return entry

    def _draw(self, name: str, back: End) -> bytes:
        """Draw for a path by the rule of the seed. CRW-7"""
        if self.seed is None:
            return secrets.token_bytes(DRAW_BYTES[name])
        neighbour, path = back
        if path is None:
            path = self.own_paths.to_bytes(16, "big")
        return draw(self.seed, name, self.formation, neighbour, path)

    def _sent_on(self, on: End) -> Entry:
        """Find the entry that goes on by this end and is not broken. CRW-12"""
        for entry in self.table:
            if entry.on == on and not entry.broken:
                return entry
        raise RefusalError("CRW-12", "nothing that is not broken was sent on under this identifier")

    # --- Breaks, and crowds that change ---

    def break_path(self, neighbour: int | None, path: bytes) -> list[Send]:
        """Break a path and report it towards the initiator. CRW-12, CRW-17"""
        entry = self._sent_on((neighbour, path))
        entry.broken = True
        return [send("broken", entry.back, None)]

    def leave(self, member: int) -> list[Send]:
        """Strike a member off, break its paths and report those that went on to it. CRW-3, CRW-16, CRW-19"""
        if member == self.me or member not in self.crowd.roster:
            raise RefusalError("CRW-3", f"{member} is not another member of the crowd")
        self.crowd = replace(self.crowd, roster=tuple(one for one in self.crowd.roster if one != member))
        sends = []
        for entry in self.table:
            if entry.broken or member not in (entry.back[0], entry.on[0]):
                continue
            entry.broken = True
            if entry.back[0] != member:
                sends.append(send("broken", entry.back, None))
        return sends

    def reform(self, roster: tuple[int, ...]) -> list[Send]:
        """Forget all paths and go on with a new roster. CRW-1, CRW-3, CRW-20, CRW-21"""
        check_roster(roster, self.me)
        sends = [send("broken", entry.back, None) for entry in self.table if entry.back[0] is None and not entry.broken]
        self.crowd = replace(self.crowd, roster=roster)
        self.formation += 1
        self.own_paths = 0
        self.table = []
        return sends


# --- What an observer sees ---


def chances(members: int, collaborators: int, forward: Fraction, itself: bool) -> dict[str, Any]:
    """Give what collaborators and the server learn, exactly. CRW-1, CRW-2, CRW-25"""
    n, c, p = members, collaborators, forward
    check_size(n)
    check_forward(p)
    if not 1 <= c < n:
        raise RefusalError("CRW-25", f"{c} collaborators among {n} members")
    if itself:
        hit = c / (n - p * (n - c))
        initiator = (n - p * (n - c - 1)) / n
        other = p / n
        server = Fraction(1, n)
    else:
        hit = c / (n - 1 - p * (n - c - 1))
        initiator = (n - 1 - p * (n - c - 2)) / (n - 1 + p)
        other = server = p / (n - 1 + p)
    if n - c == 1:
        other = Fraction(0)
    innocent = initiator <= Fraction(1, 2)
    return {"hit": hit, "initiator": initiator, "other": other, "server": server, "innocent": innocent}


def least_members(collaborators: int, forward: Fraction) -> int | None:
    """Give the least crowd in which the initiator is probably innocent, if there is one. CRW-2, CRW-26"""
    check_forward(forward)
    if collaborators < 1:
        raise RefusalError("CRW-26", f"{collaborators} collaborators")
    excess = forward - Fraction(1, 2)
    return math.ceil(forward * (collaborators + 1) / excess) if excess > 0 else None


# --- Values ---


def malformed(reason: str) -> RefusalError:
    """Give the refusal of what is not as the tables say. HP-15"""
    return RefusalError("HP-15", reason)


def read_fields(value: Any, fields: Fields) -> dict[str, Any]:
    """Read an object that has these fields and no others. HP-15"""
    if not isinstance(value, dict):
        raise malformed("missing, or not an object")
    if value.keys() != fields.keys():
        raise malformed(f"the fields are not {', '.join(fields) or 'none'}")
    return {name: read(value[name]) for name, read in fields.items()}


def read_truth(value: Any) -> bool:
    """Read true or false. HP-15"""
    if not isinstance(value, bool):
        raise malformed("not true or false")
    return value


def read_integer(value: Any) -> int:
    """Read an integer, which true and false are not, whatever Python says. HP-15"""
    if isinstance(value, bool) or not isinstance(value, int):
        raise malformed("not an integer")
    return value


def read_count(value: Any) -> int:
    """Read an integer that is not negative. HP-15"""
    count = read_integer(value)
    if count < 0:
        raise malformed("below 0")
    return count


def read_member(value: Any) -> int:
    """Read the number of a member. HP-15"""
    member = read_count(value)
    if member > LAST_MEMBER:
        raise malformed("not the number of a member")
    return member


def read_roster(value: Any) -> tuple[int, ...]:
    """Read a list of members, in whatever order. HP-15"""
    if not isinstance(value, list):
        raise malformed("not a list")
    return tuple(read_member(member) for member in value)


def read_text(value: Any) -> str:
    """Read a text. HP-15"""
    if not isinstance(value, str):
        raise malformed("not a text")
    return value


def read_draw_name(value: Any) -> str:
    """Read the name of a draw. HP-15"""
    name = read_text(value)
    if name not in DRAW_BYTES:
        raise malformed("not the name of a draw")
    return name


def read_fraction(value: Any) -> Fraction:
    """Read a fraction in lowest terms. HP-15"""
    found = re.fullmatch("(0|[1-9][0-9]*)/([1-9][0-9]*)", read_text(value))
    if found is None:
        raise malformed("not a fraction")
    numerator, denominator = int(found[1]), int(found[2])
    if math.gcd(numerator, denominator) != 1:
        raise malformed("not in lowest terms")
    return Fraction(numerator, denominator)


def read_bytes(value: Any) -> bytes:
    """Read lowercase hexadecimal, about which bytes.fromhex alone is too lenient. HP-15"""
    if re.fullmatch("([0-9a-f]{2})*", read_text(value)) is None:
        raise malformed("not lowercase hexadecimal")
    return bytes.fromhex(value)


def exactly(length: int) -> Reader:
    """Give a reader of so many bytes. HP-15"""

    def read(value: Any) -> bytes:
        data = read_bytes(value)
        if len(data) != length:
            raise malformed(f"{len(data)} bytes instead of {length}")
        return data

    return read


def or_null(reader: Reader) -> Reader:
    """Give a reader that takes null as well. HP-15"""

    def read(value: Any) -> Any:
        return None if value is None else reader(value)

    return read


def read_crowd(value: Any) -> Crowd:
    """Read a crowd, whether or not a member may be in it. HP-15"""
    return Crowd(**read_fields(value, {"roster": read_roster, "forward": read_fraction, "itself": read_truth}))


def write_value(value: Fraction | bytes) -> str:
    """Write what JSON has no value of its own for."""
    return value.hex() if isinstance(value, bytes) else f"{value.numerator}/{value.denominator}"


# --- Operations and roles ---


def run_hop(crowd: Crowd, me: int, first: bool, coin: bytes, choice: bytes) -> dict[str, Any]:
    """Answer crowds.hop. CRW-1, CRW-2, CRW-3"""
    check_crowd(crowd, me)
    return {"next": hop(crowd, me, first, coin, choice)}


def run_draw(seed: bytes, name: str, formation: int, neighbour: int | None, path: bytes) -> dict[str, Any]:
    """Answer crowds.draw. CRW-7"""
    return {"data": draw(seed, name, formation, neighbour, path)}


def run_least_members(collaborators: int, forward: Fraction) -> dict[str, Any]:
    """Answer crowds.least_members. CRW-26"""
    return {"members": least_members(collaborators, forward)}


OPERATIONS: Mapping[str, tuple[Callable[..., dict[str, Any]], Fields]] = {
    "crowds.hop": (
        run_hop,
        {"crowd": read_crowd, "me": read_member, "first": read_truth, "coin": exactly(8), "choice": exactly(8)},
    ),
    "crowds.draw": (
        run_draw,
        {
            "seed": exactly(32),
            "name": read_draw_name,
            "formation": read_count,
            "neighbour": or_null(read_member),
            "path": exactly(16),
        },
    ),
    "crowds.chances": (
        chances,
        {"members": read_integer, "collaborators": read_integer, "forward": read_fraction, "itself": read_truth},
    ),
    "crowds.least_members": (run_least_members, {"collaborators": read_integer, "forward": read_fraction}),
}

ROLES: Mapping[str, tuple[Callable[..., Jondo], Fields]] = {
    "crowds.jondo": (Jondo, {"crowd": read_crowd, "me": read_member, "seed": or_null(exactly(32))}),
}

EVENTS: Mapping[str, tuple[Callable[..., list[Send]], Fields]] = {
    "request": (
        Jondo.request,
        {"neighbour": or_null(read_member), "path": or_null(exactly(16)), "content": read_bytes},
    ),
    "response": (Jondo.response, {"neighbour": or_null(read_member), "path": exactly(16), "content": read_bytes}),
    "broken": (Jondo.break_path, {"neighbour": or_null(read_member), "path": exactly(16)}),
    "leave": (Jondo.leave, {"member": read_member}),
    "reform": (Jondo.reform, {"roster": read_roster}),
}


# --- The harness ---

DESCRIPTION = {
    "hp": 1,
    "impl": {"name": "crowds.py", "version": "1.0", "language": "python"},
    "capabilities": {"crowds.hop": {}, "crowds.draw": {}, "crowds.chances": {}, "crowds.jondo": {}, "crowds.own": {}},
}


def known(table: Mapping[str, T], name: Any) -> T:
    """Look up the name of an operation, a role or an event. HP-12"""
    if not isinstance(name, str) or name not in table:
        raise UnsupportedError(str(name))
    return table[name]


def outcome(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give what an act answers, or why it does not. HP-16, HP-17"""
    try:
        return act()
    except RefusalError as refusal:
        return {"reject": {"clause": refusal.clause, "reason": str(refusal)}}
    except UnsupportedError as unknown:
        return {"unsupported": str(unknown)}
    except Exception as failure:  # noqa: BLE001 - whatever fails, it is an answer
        return {"error": {"message": repr(failure)}}


def handle(jondo: Jondo, event: Any) -> dict[str, Any]:
    """Hand one event to a member. HP-12, HP-15, HP-23"""
    if not isinstance(event, dict) or len(event) != 1:
        raise malformed("not an object with exactly one member")
    [(name, taken)] = event.items()
    act, fields = known(EVENTS, name)
    return {"out": {"sends": act(jondo, **read_fields(taken, fields))}}


def operate(question: dict[str, Any]) -> dict[str, Any]:
    """Answer a pure operation. HP-12, HP-15, HP-18"""
    operation, fields = known(OPERATIONS, question["op"])
    return {"out": operation(**read_fields(question.get("in"), fields))}


def start(question: dict[str, Any], subjects: dict[str, Jondo]) -> dict[str, Any]:
    """Begin a member under an unused name. HP-12, HP-15, HP-19, HP-20"""
    role, fields = known(ROLES, question.get("role"))
    name = read_text(question.get("subject"))
    if name in subjects:
        raise RefusalError("HP-20", f"{name!r} is running")
    subjects[name] = role(**read_fields(question.get("params"), fields))
    return {"out": {}}


def running(question: dict[str, Any], subjects: dict[str, Jondo]) -> str:
    """Give the name of the running subject that a question is about. HP-15, HP-21"""
    name = read_text(question.get("subject"))
    if name not in subjects:
        raise RefusalError("HP-21", f"{name!r} is not running")
    return name


def run(question: dict[str, Any], subjects: dict[str, Jondo]) -> dict[str, Any]:
    """Hand a member its events in order, each with a result of its own. HP-15, HP-21, HP-22"""
    jondo = subjects[running(question, subjects)]
    events = question.get("events")
    if not isinstance(events, list):
        raise malformed("events: not a list")
    return {"results": [outcome(lambda event=event: handle(jondo, event)) for event in events]}


def stop(question: dict[str, Any], subjects: dict[str, Jondo]) -> dict[str, Any]:
    """Forget a member. HP-21, HP-25"""
    del subjects[running(question, subjects)]
    return {"out": {}}


def answer(question: dict[str, Any], subjects: dict[str, Jondo]) -> dict[str, Any]:
    """Do what a question says; its other members mean nothing. HP-10, HP-12, HP-13, HP-14"""
    match question.get("cmd"):
        case "describe":
            return DESCRIPTION
        case "run" if "op" in question:
            return operate(question)
        case "run":
            return run(question, subjects)
        case "start":
            return start(question, subjects)
        case "stop":
            return stop(question, subjects)
        case unknown:
            raise UnsupportedError(str(unknown))


def encode(message: dict[str, Any]) -> bytes:
    """Write a message as one line. HP-2"""
    # Escapes would make a text longer than it was in the question, and perhaps the line too long.
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=write_value)
    return text.encode() + b"\n"


def main() -> None:
    """Answer every line with one line, at once, until there are no more. HP-1, HP-3, HP-4, HP-5, HP-6, HP-24"""
    # Nothing bounds the digits of a fraction; Python would stop at 4300.
    sys.set_int_max_str_digits(0)
    subjects: dict[str, Jondo] = {}
    # As bytes, because text files end lines at more than the byte 0a.
    for line in sys.stdin.buffer:
        question = json.loads(line)
        message = encode({"id": question["id"]} | outcome(lambda question=question: answer(question, subjects)))
        if len(message) > LONGEST_LINE:
            message = encode({"id": question["id"], "error": {"message": "the answer is too long for a line"}})
        sys.stdout.buffer.write(message)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
