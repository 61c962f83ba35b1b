"""Whole onion networks whose parts are different programs: whether what one makes the others take, to the end.

As in interop.py: every part is asked over HP/1, and what passes between them is what would pass over the wires.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anonlaws.conform import Lost, NoAnswer
from anonlaws.interop import Part, Step, Trouble, ask, need, tried
from anonlaws.onion.wire import public
from anonlaws.reply.wire import changed, fresh
from anonspec.onion.model import Hop, Passed
from anonspec.shape import Reject

BOB, ALICE, PAYLOAD = 5, 258, 64
NEEDS = {
    "sender": "onion.sender",
    "mix": "onion.node",
    "author": "onion.author",
    "responder": "onion.responder",
}
"""What a program has to declare to take a part; mixes are `mix1`, `mix2` and so on."""


@dataclass
class Network:
    """Mixes of different programs, each of which has number 7 · place: what each passes on is handed to the next."""

    mixes: Sequence[Part]
    seed: int
    nodes: list[Any] = field(default_factory=list)
    nets: list[Any] = field(default_factory=list)

    @property
    def most(self) -> int:
        """How many mixes a route may have: one more than there are."""
        return len(self.mixes) + 1

    def secret(self, *of: object) -> bytes:
        """32 bytes that are nobody else's."""
        return fresh(repr(self.seed).encode(), *of)

    def route(self, places: Sequence[int]) -> tuple[Hop, ...]:
        """A route over the mixes at these places."""
        return tuple(
            Hop(mix=7 * place, public=public(self.secret("mix", place)), delay=place, earliest=0, latest=2**40)
            for place in places
        )

    def begin(self) -> None:
        """Begin all mixes anew."""
        self.nets = [part.net("onion") for part in self.mixes]
        self.nodes = [
            ask(part, "a network", net.open_up, self.secret("mix", place), 0, self.most, PAYLOAD)
            for place, (part, net) in enumerate(zip(self.mixes, self.nets, strict=True))
        ]

    def process(self, place: int, packet: bytes, made_by: str) -> Passed:
        """What a mix makes of a packet."""
        what, act = f"a packet of {made_by}", self.nets[place].process
        self.nodes[place], passed = ask(self.mixes[place], what, act, self.nodes[place], packet)
        need(passed.delay == place, f"{self.mixes[place].name} is to hold a packet for {place}, not {passed.delay}")
        found: Passed = passed
        return found

    def carry(self, first: int, packet: bytes, made_by: str) -> Passed:
        """Hand a packet from mix to mix until it is delivered."""
        size, place = len(packet), first // 7
        for _ in range(self.most):
            passed = self.process(place, packet, made_by)
            if passed.next is None:
                return passed
            need(len(passed.packet or b"") == size, f"{self.mixes[place].name} changes the size of a packet")
            made_by, place, packet = self.mixes[place].name, passed.next // 7, passed.packet or b""
            need(place < len(self.mixes), f"{made_by} passes on to {passed.next}, which is none")
        raise Trouble("fail", "a packet goes round and is never delivered")


def routes(mixes: int) -> list[list[int]]:
    """All in their order, all backwards, the first alone, and one that comes by a mix twice."""
    row = list(range(mixes))
    return [row, row[::-1], row[:1], [*row, 0]]


# ---- what is tried ----


def messages(network: Network, sender: Part) -> None:
    """Messages over routes of several lengths are delivered as they were sent."""
    network.begin()
    net = sender.net("onion")
    state = ask(sender, "a network", net.prepare, network.most, PAYLOAD, network.secret("sender"))
    for number, route in enumerate(routes(len(network.mixes))):
        message = network.secret("message", number)[: 8 * number]
        state, made = ask(sender, "a packet", net.wrap, state, network.route(route), BOB, message)
        passed = network.carry(made.first, made.packet, sender.name)
        need((passed.destination, passed.mark, passed.body) == (BOB, None, message), "a message is not what was sent")


def answers(network: Network, author: Part, responder: Part) -> None:
    """Answers to reply blocks come to their author, who reads them."""
    network.begin()
    makes, replies = author.net("onion"), responder.net("onion")
    state = ask(author, "a network", makes.expect, network.most, PAYLOAD, ALICE, network.secret("author"))
    other = ask(responder, "a network", replies.await_blocks, network.most, PAYLOAD)
    for number, route in enumerate(routes(len(network.mixes))):
        message = network.secret("answer", number)[: 8 * number]
        state, block = ask(author, "a reply block", makes.block, state, network.route(route))
        other, made = ask(responder, f"an answer to {author.name}", replies.answer, other, block, message)
        passed = network.carry(made.first, made.packet, responder.name)
        need(passed.destination == ALICE, "an answer was delivered to somebody else")
        state, read = ask(author, "an answer", makes.open, state, passed.mark, passed.body)
        need(read == message, "an answer is not what was given")


def copies(network: Network, sender: Part) -> None:
    """A copy of a packet, and one that was changed, are refused by every mix."""
    net = sender.net("onion")
    state = ask(sender, "a network", net.prepare, network.most, PAYLOAD, network.secret("copies"))
    for place, mix in enumerate(network.mixes):
        network.begin()
        state, made = ask(sender, "a packet", net.wrap, state, network.route([place]), BOB, b"")
        network.process(place, made.packet, sender.name)
        state, other = ask(sender, "a packet", net.wrap, state, network.route([place]), BOB, b"")
        header, payload = (changed(other.packet, at) for at in (40, len(other.packet) - 1))
        for what, packet, clause in (
            ("a copy", made.packet, "ONI-16"),
            ("a changed header", header, "ONI-15"),
            ("a changed payload", payload, "ONI-20"),
        ):
            refused = ""
            try:
                network.nets[place].process(network.nodes[place], packet)
            except Reject as refusal:
                refused = refusal.clause
            except (Lost, NoAnswer) as nothing:
                raise Trouble(nothing.verdict, f"{mix.name}, given {what}: {nothing}") from None
            need(refused == clause, f"{mix.name} takes {what}" if not refused else f"{mix.name}: {refused} for {what}")


def run(parts: Mapping[str, Part], seed: int) -> Iterator[Step]:
    """Try all with these parts: `sender`, `author`, `responder`, and `mix1` to as many as there are."""
    mixes = [parts[f"mix{number + 1}"] for number in range(sum(role.startswith("mix") for role in parts))]
    network = Network(mixes, seed)
    steps: list[tuple[str, Callable[..., None], list[str]]] = [
        ("messages", messages, ["sender"]),
        ("copies", copies, ["sender"]),
        ("answers", answers, ["author", "responder"]),
    ]
    for name, act, roles in steps:
        yield tried(name, act, network, [parts[role] for role in roles], mixes)
