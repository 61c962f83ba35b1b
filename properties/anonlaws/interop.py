"""Whole cascades whose parts are different programs: whether what one makes the next one takes, to the end.

Every part is asked over HP/1, the reference too; what passes between them is what would pass over the wires. Keys and
seeds are derived from one number.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from anonlaws.conform import Lost, NoAnswer, Program, Remote, Unsupported
from anonlaws.reply.wire import OVERHEADS, public
from anonspec.cascade.model import Batch, Board, Delivered
from anonspec.mix.model import Suite, Threshold
from anonspec.reply.model import Hop
from anonspec.shape import Reject

T = TypeVar("T")

NOBODY, BOB, ALICE = 2**32 - 1, 5, 258
ROOM = 31
"""Bytes of the longest message; payloads are as large as this takes."""

BATCH = 2
RULE = Threshold(threshold=BATCH)
NEEDS = {
    "sender": "cascade.sender",
    "mix": "cascade.node",
    "receiver": "cascade.receive",
    "author": "reply.author",
    "responder": "reply.responder",
}
"""What a program has to declare to take a part; mixes are `mix1`, `mix2` and so on."""


@dataclass(frozen=True)
class Part:
    """A program in a role: `sender`, `mix1`, …, `receiver`, `author`, `responder`.

    `needs` are the capabilities that roles have to have.
    """

    role: str
    program: Program
    needs: Mapping[str, str] = field(default_factory=lambda: NEEDS)

    @property
    def name(self) -> str:
        """Role, and what the program calls itself."""
        said = self.program.described
        return f"{self.role} ({said.impl.name} {said.impl.version})" if said else self.role

    @property
    def lacks(self) -> str:
        """The capability without which it cannot take the part; empty if it has it."""
        need = self.needs[self.role.rstrip("0123456789")]
        return "" if need in self.program.capabilities else need

    def net(self, chapter: str) -> Any:
        """A chapter's functions, answered by the program."""
        return Remote(self.program, chapter, None)


@dataclass(frozen=True)
class Step:
    """One thing that was tried, with all that took part in it, and what came of it.

    `verdict` is pass, fail, crash or timeout; or na, where a part does not declare what it needs.
    """

    name: str
    parts: tuple[str, ...]
    verdict: str
    note: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict in ("pass", "na")


class Trouble(Exception):
    """A step cannot go on; the verdict, and what is wrong and with whom."""

    def __init__(self, verdict: str, what: str) -> None:
        super().__init__(what)
        self.verdict = verdict


def ask(part: Part, what: str, act: Callable[..., T], *given: Any) -> T:
    """What a part does; Trouble, if it does not."""
    try:
        return act(*given)
    except Reject as refusal:
        raise Trouble("fail", f"{part.name} refuses {what}: {refusal}") from None
    except (Lost, NoAnswer) as nothing:
        raise Trouble(nothing.verdict, f"{part.name}, asked for {what}: {nothing}") from None
    except Unsupported as lacking:
        raise Trouble("na", f"{part.name} does not have {lacking}") from None


def need(holds: bool, what: str) -> None:
    """Trouble, unless it holds."""
    if not holds:
        raise Trouble("fail", what)


@dataclass
class Row:
    """Mixes of different programs in a row: what each sends is handed to the next."""

    suite: Suite
    mixes: Sequence[Part]
    seed: int
    nodes: list[Any] = field(default_factory=list)
    nets: list[Any] = field(default_factory=list)
    boards: list[Board] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)

    @property
    def payload(self) -> int:
        """Bytes of what is delivered."""
        return OVERHEADS[self.suite] + ROOM + 1

    def secret(self, *of: object) -> bytes:
        """32 bytes that are nobody else's."""
        return hashlib.sha256(repr((self.seed, *of)).encode()).digest()

    def hops(self, begin: int = 0) -> tuple[Hop, ...]:
        """The mixes as senders know them, from a place on."""
        numbers = range(begin, len(self.mixes))
        keys = [public(self.suite, self.secret("mix", number)) for number in numbers]
        return tuple(Hop(mix=7 * number, epoch=1, public=key) for number, key in zip(numbers, keys, strict=True))

    def begin(self) -> None:
        """Begin all mixes anew."""
        self.nodes, self.nets, self.delivered = [], [], []
        self.boards = [Board(took=(), sent=()) for _ in self.mixes]
        for number, part in enumerate(self.mixes):
            self.nets.append(part.net("cascade"))
            place = (7 * number, 1, number + 1, len(self.mixes), self.payload)
            given = (self.suite, self.secret("mix", number), *place, RULE, "uniform", (), self.secret("draws", number))
            self.nodes.append(ask(part, "a place in the row", self.nets[-1].take_place, *given))

    def arrive(self, envelope: bytes, made_by: str, place: int = 0) -> None:
        """Hand an envelope to the mix at a place, and on what comes of it."""
        what = f"an envelope of {made_by}"
        given = (self.nodes[place], envelope)
        self.nodes[place], batch = ask(self.mixes[place], what, self.nets[place].arrive, *given)
        self.passed(place, batch)

    def insert(self, place: int, item: bytes) -> None:
        """Have a mix put in a dummy."""
        given = (self.nodes[place], item)
        self.nodes[place], batch = ask(self.mixes[place], "a dummy of its own", self.nets[place].insert, *given)
        self.passed(place, batch)

    def passed(self, place: int, batch: Batch) -> None:
        """Hand on what leaves."""
        if batch.board:
            before = self.boards[place]
            self.boards[place] = Board(took=before.took + batch.board.took, sent=before.sent + batch.board.sent)
        self.delivered += batch.delivers
        for envelope in batch.sends:
            self.arrive(envelope, self.mixes[place].name, place + 1)


# ---- what is tried ----


def letters(row: Row, sender: Part, receiver: Part) -> None:
    """Letters of several lengths are read by whom they are for, and a trace says that they were delivered."""
    row.begin()
    makes, reads, secret = sender.net("cascade"), receiver.net("cascade"), row.secret("receiver")
    key = public(row.suite, secret)
    state = ask(sender, "a row", makes.prepare, row.suite, row.hops(), row.payload, row.secret("sender"))
    messages, trails = [b"", b"\x80\0", b"who said this?", bytes(range(ROOM))], []
    for message in messages:
        state, wrapped = ask(sender, "a letter", makes.wrap, state, BOB, key, message)
        row.arrive(wrapped.envelope, sender.name)
        trails.append(wrapped.trail)
    need(all(each.destination == BOB for each in row.delivered), "something was delivered to somebody else")
    read = [ask(receiver, "a letter", reads.receive, row.suite, secret, BOB, each.body) for each in row.delivered]
    need(sorted(read) == sorted(messages), f"{len(read)} of {len(messages)} letters arrived as they were sent")
    if "cascade.trace" in receiver.program.capabilities:
        for trail in trails:
            found = ask(receiver, "a trace", reads.trace, trail, tuple(row.boards))
            need(found.lost is None, f"a letter that was delivered is said to be lost {found.lost} {found.position}")


def dummies(row: Row, sender: Part) -> None:
    """Dummies of a sender, and of every mix, go to the end and are delivered to nobody."""
    row.begin()
    makes = sender.net("cascade")
    for place in range(len(row.mixes) + 1):
        for number in range(BATCH):
            if place == len(row.mixes):
                row.insert(place - 1, NOBODY.to_bytes(4) + row.secret("mark", number)[:16] + bytes(row.payload))
                continue
            given = (row.suite, row.hops(place), row.payload, row.secret("dummy", place, number))
            state = ask(sender, "a row", makes.prepare, *given)
            _, wrapped = ask(sender, "a dummy", makes.wrap, state, NOBODY, None, b"")
            if place:
                row.insert(place - 1, wrapped.envelope)
            else:
                row.arrive(wrapped.envelope, sender.name)
    need(not row.delivered, f"{len(row.delivered)} dummies were delivered")
    passed = [len(board.sent) // BATCH for board in row.boards]
    need(passed == [place + 2 for place in range(len(row.mixes))], f"mixes let out {passed} batches")


def answers(row: Row, author: Part, responder: Part) -> None:
    """Answers to return addresses come to their author, who reads them."""
    row.begin()
    makes, replies = author.net("reply"), responder.net("reply")
    given = (row.suite, row.hops(), row.payload, ALICE, row.secret("author"))
    state = ask(author, "a row", makes.prepare, *given)
    begun = (row.suite, len(row.mixes), row.payload, row.secret("responder"))
    other = ask(responder, "a row", replies.await_addresses, *begun)
    messages = [b"it was I", bytes(ROOM)]
    for message in messages:
        state, address = ask(author, "an address", makes.address, state)
        other, envelope = ask(responder, f"an answer to {author.name}", replies.answer, other, address, message)
        row.arrive(envelope, responder.name)
    need(all(each.destination == ALICE for each in row.delivered), "an answer was delivered to somebody else")
    read = []
    for each in row.delivered:
        state, message = ask(author, "an answer", makes.open, state, each.mark, each.body)
        read.append(message)
    need(sorted(read) == sorted(messages), f"{len(read)} of {len(messages)} answers arrived as they were given")


def copies(row: Row, sender: Part) -> None:
    """A copy of an envelope, and one that was changed, are refused by every mix that they come to."""
    for place, mix in enumerate(row.mixes):
        row.begin()
        makes = sender.net("cascade")
        given = (row.suite, row.hops(place), row.payload, row.secret("copies", place))
        state = ask(sender, "a row", makes.prepare, *given)
        state, wrapped = ask(sender, "a dummy", makes.wrap, state, NOBODY, None, b"")
        row.arrive(wrapped.envelope, sender.name, place)
        _, fresh = ask(sender, "a dummy", makes.wrap, state, NOBODY, None, b"")
        changed = fresh.envelope[:-1] + bytes([fresh.envelope[-1] ^ 1])
        for what, envelope, clause in (("a copy", wrapped.envelope, "REP-10"), ("a changed one", changed, "REP-9")):
            refused = ""
            try:
                row.nets[place].arrive(row.nodes[place], envelope)
            except Reject as refusal:
                refused = refusal.clause
            except (Lost, NoAnswer) as nothing:
                raise Trouble(nothing.verdict, f"{mix.name}, given {what}: {nothing}") from None
            need(refused == clause, f"{mix.name} takes {what}" if not refused else f"{mix.name}: {refused} for {what}")


def run(parts: Mapping[str, Part], suite: Suite, seed: int) -> Iterator[Step]:
    """Try all with these parts: `sender`, `receiver`, `author`, `responder`, and `mix1` to as many as there are."""
    mixes = [parts[f"mix{number + 1}"] for number in range(sum(role.startswith("mix") for role in parts))]
    row = Row(suite, mixes, seed)
    steps: list[tuple[str, Callable[..., None], list[str]]] = [
        ("letters", letters, ["sender", "receiver"]),
        ("dummies", dummies, ["sender"]),
        ("copies", copies, ["sender"]),
        ("answers", answers, ["author", "responder"]),
    ]
    for name, act, roles in steps:
        yield tried(name, act, row, [parts[role] for role in roles], mixes)


def tried(name: str, act: Callable[..., None], where: Any, taking: Sequence[Part], mixes: Sequence[Part]) -> Step:
    """What came of one thing that was tried with the mixes of a row or network, and those who take part in it."""
    names = tuple(part.name for part in (*taking, *mixes))
    if lacking := [f"{part.name} does not declare {part.lacks}" for part in (*taking, *mixes) if part.lacks]:
        return Step(name, names, "na", "; ".join(lacking))
    try:
        act(where, *taking)
    except Trouble as trouble:
        return Step(name, names, trouble.verdict, str(trouble))
    return Step(name, names, "pass")
