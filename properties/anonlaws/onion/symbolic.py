"""Laws on terms: what a packet shows to whom if the primitives are ideal, and what each of its parts is for.

As in chapter reply (symbolic.py there): the subject's own functions make and open the packets; only the profile is
another (terms.py). The adversary has the keys of all mixes but those named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from anonlaws.law import Forall, Integers, fault, law, not_a_law
from anonlaws.onion.wire import COMMAND, DELIVER, NO_MARK, PASS_ON, REPLY, SLOT, TAG, Net, told
from anonlaws.reply.symbolic import all_but, name
from anonlaws.terms import Data, IdealPackets, cut, derives, learns, same_look
from anonspec.onion.model import Command
from anonspec.shape import Reject

PAYLOAD = 32
KINDS = [DELIVER, REPLY]

# ---- faults ----


@fault("ONI-10", "filler")
def ForgetsTheFiller(_net: Net, profile: Any, keys: Sequence[Any], slots: Sequence[Any], _room: Any) -> Any:
    """What the mixes will have added is taken for zeros."""
    return profile.zeros(sum(slots)) if keys else profile.zeros(0)


@fault("ONI-10", "filler")
def FillsFromTheBeginning(_net: Net, profile: Any, keys: Sequence[Any], slots: Sequence[Any], _room: Any) -> Any:
    """The filler is masked with the beginning of each stream, and not with its end."""
    filler = profile.zeros(0)
    for each, slot in zip(keys, slots, strict=True):
        filler = profile.mask(each.rho, profile.join(filler, profile.zeros(slot)))
    return filler


@fault("ONI-10", "enclose")
def LeavesTheLastLayerOff(net: Net, profile: Any, keys: Sequence[Any], told: Sequence[Any], padding: Any) -> Any:
    """The last mix has no layer of its own: what the one before passes on is in clear."""
    if len(keys) < 2:
        return net.enclose(profile, keys, told, padding)
    size = profile.size(told[-1]) + profile.size(padding)
    rest = size - profile.size(told[-2]) - profile.tag_size
    behind = profile.join(told[-1], profile.zeros(profile.tag_size))
    return net.enclose(
        profile, keys[:-1], [*told[:-2], profile.join(told[-2], behind)], _cut(profile, padding, rest, told)
    )


def _cut(profile: Any, padding: Any, rest: int, told: Sequence[Any]) -> Any:
    """So much of the padding as is wanted behind the commands."""
    wanted = rest - profile.size(told[-1])
    return profile.cut(padding, wanted, profile.size(padding) - wanted)[0]


@fault("ONI-11", "cover")
def PermutesForTheFirstOnly(_net: Net, profile: Any, keys: Sequence[Any], block: Any) -> Any:
    """The payload has one layer, whoever is on the route."""
    return profile.permute(keys[0].pi, block)


@fault("ONI-11", "cover")
def PermutesInTheWrongOrder(net: Net, profile: Any, keys: Sequence[Any], block: Any) -> Any:
    """The first mix's permutation is done first."""
    return net.cover(profile, keys[::-1], block)


@fault("ONI-18", "move")
def LeavesThePayload(_net: Net, profile: Any, keys: Any, element: Any, rest: Any, tag: Any, block: Any) -> Any:
    """The payload is passed on as it came."""
    return profile.join(profile.multiply(keys.blind, element), rest, tag, block)


@fault("ONI-18", "move")
def LeavesTheElement(_net: Net, profile: Any, keys: Any, element: Any, rest: Any, tag: Any, block: Any) -> Any:
    """The element is passed on as it came."""
    return profile.join(element, rest, tag, profile.restore(keys.pi, block))


@fault("ONI-18", "move")
def PermutesOnceMore(_net: Net, profile: Any, keys: Any, element: Any, rest: Any, tag: Any, block: Any) -> Any:
    """The payload is permuted where it should be restored."""
    return profile.join(profile.multiply(keys.blind, element), rest, tag, profile.permute(keys.pi, block))


@fault("ONI-15", "unwrap")
def LooksAtNoTag(_net: Net, profile: Any, keys: Any, routing: Any, _tag: Any) -> Any:
    """Whatever the header has become, its command is obeyed."""
    return profile.mask(keys.rho, profile.join(routing, profile.zeros(profile.reach)))


@fault("ONI-26", "uncover")
def UndoesAllButTheLast(net: Net, profile: Any, keys: Sequence[Any], last: Any, block: Any) -> Any:
    """The author forgets the last mix."""
    return net.uncover(profile, keys[:-1], last, block)


@fault("ONI-26", "uncover")
def UndoesTheFirstOneFirst(net: Net, profile: Any, keys: Sequence[Any], last: Any, block: Any) -> Any:
    """The author permutes with the first mix's key first."""
    return net.uncover(profile, keys[::-1], last, block)


# ---- packets on terms ----


class Packets(IdealPackets):
    """The profile, whose keys have their names."""

    def keys(self, secret: Data, element: Data, public: Data) -> Any:
        sizes = {"mu": 32, "rho": 32, "blind": 32, "replay": 32, "pi": 128}
        return Named(**{what: self.derive(what, size, secret, element, public) for what, size in sizes.items()})


@dataclass(frozen=True)
class Named:
    """The keys of a mix for a packet."""

    mu: Data
    rho: Data
    blind: Data
    replay: Data
    pi: Data


@dataclass
class Network:
    """A network on terms: who makes packets for it, and what passes over its wires. Mixes are named by numbers."""

    net: Net
    most: int
    profile: Packets = field(default_factory=Packets)

    @property
    def room(self) -> int:
        return self.most * SLOT

    def secret(self, mix: int) -> Data:
        """The secret key of a mix."""
        return name(f"secret {mix}")

    def public(self, mix: int) -> Data:
        """The public key of a mix."""
        return self.profile.element(self.secret(mix))

    def links(self, of: str, route: Sequence[int]) -> list[Any]:
        """What the sender of a packet shares with each mix."""
        made: list[Any] = self.net.links(self.profile, name(f"x {of}"), [self.public(mix) for mix in route])
        return made

    def commands(self, of: str, route: Sequence[int], kind: int, to: int) -> list[Data]:
        """What each mix is told; the mark of a reply is a name."""
        ends = [*((PASS_ON, mix) for mix in route[1:]), (kind, to)]
        commands = list[Data]()
        for what, number in ends:
            whole = told(Command(kind=what, number=number, mark=NO_MARK, delay=0, earliest=0, latest=0))
            marked = self.profile.join(whole[:5], name(f"mark {of}", 16), whole[21:])
            commands.append(marked if what == REPLY else whole)
        return commands

    def padding(self, of: str) -> Data:
        """Drawn for one packet."""
        return name(f"padding {of}", self.room - COMMAND)

    def packet(self, of: str, route: Sequence[int], kind: int, to: int = 7) -> Data:
        """A packet for the first mix."""
        made = self.links(of, route)
        keys = [link.keys for link in made]
        routing, tag = self.net.enclose(self.profile, keys, self.commands(of, route, kind, to), self.padding(of))
        return self.profile.join(made[0].element, routing, tag, self.payload(of, keys, kind))

    def block(self, of: str) -> Data:
        """Zeros and a message."""
        return self.profile.join(bytes(TAG), name(f"message {of}", PAYLOAD))

    def payload(self, of: str, keys: Sequence[Any], kind: int) -> Data:
        """The payload for the first mix: permuted for all, or with the key of a reply block."""
        if kind == REPLY:
            return self.profile.permute(self.lock(of), self.block(of))
        covered: Data = self.net.cover(self.profile, keys, self.block(of))
        return covered

    def lock(self, of: str) -> Data:
        """The key of a reply block."""
        return name(f"lock {of}", 128)

    def opened(self, mix: int, packet: Data) -> tuple[Any, Data, Data, Data, Data, Data]:
        """What a mix finds: its keys, element, command, tag and rest of the routing, and the payload as it came.

        Raises Reject where the tag does not fit.
        """
        payload = len(packet) - 32 - self.room - TAG
        element, routing, tag, block = cut(packet, 32, self.room, TAG, payload)
        shared = self.profile.multiply(self.secret(mix), element)
        keys = self.profile.keys(shared, element, self.public(mix))
        whole = self.net.unwrap(self.profile, keys, routing, tag)
        command, onward, rest = cut(whole, COMMAND, TAG, self.room)
        return keys, element, command, onward, rest, block

    def out(self, mix: int, packet: Data) -> Data:
        """What a mix passes on or delivers."""
        keys, element, command, onward, rest, block = self.opened(mix, packet)
        if isinstance(command, bytes) and command[0] == PASS_ON:
            passed: Data = self.net.move(self.profile, keys, element, rest, onward, block)
            return passed
        return self.profile.join(command, self.profile.restore(keys.pi, block))

    def way(self, of: str, route: Sequence[int], kind: int, to: int = 7) -> list[Data]:
        """The packet on each wire, and what is delivered."""
        found = [self.packet(of, route, kind, to)]
        for mix in route:
            found.append(self.out(mix, found[-1]))
        return found

    def known(self, bad: Iterable[int], mixes: int = 5) -> list[Data]:
        """The public keys of all mixes, and the secret ones of those that are bad."""
        return [*map(self.public, range(1, mixes + 1)), *map(self.secret, bad)]


# ---- what is put on comes off ----


@law(
    "ONI-5",
    "ONI-8",
    "ONI-9",
    "ONI-10",
    "ONI-11",
    "ONI-15",
    "ONI-18",
    "ONI-20",
    "ONI-26",
    exact=True,
    sampled=False,
    proves="routes of 1 to 5 mixes in networks of up to 6, messages and answers",
    faults=(
        ForgetsTheFiller,
        FillsFromTheBeginning,
        LeavesTheLastLayerOff,
        PermutesForTheFirstOnly,
        PermutesInTheWrongOrder,
        LeavesThePayload,
        LeavesTheElement,
        PermutesOnceMore,
        UndoesAllButTheLast,
        UndoesTheFirstOneFirst,
    ),
    source="Danezis and Goldberg 2009",
)
def each_mix_finds_its_command_and_the_last_one_the_message(net: Net, forall: Forall) -> None:
    """Every tag fits, every command is there, every packet is as long as the first, the end is what was put in."""
    length = forall(range(1, 6), "length of the route")
    network, kind = Network(net, forall(range(length, 7), "most")), forall(KINDS, "kind")
    route = list(range(1, length + 1))
    made, packet = network.links("a", route), network.packet("a", route, kind)
    size = len(packet)
    for place, mix in enumerate(route):
        assert len(packet) == size
        keys, element, command, *_ = network.opened(mix, packet)
        assert (element, keys) == (made[place].element, made[place].keys)
        assert command == network.commands("a", route, kind, 7)[place]
        packet = network.out(mix, packet)
    delivered = cut(packet, COMMAND, TAG + PAYLOAD)[1]
    if kind == REPLY:
        keys = [link.keys.pi for link in made]
        assert net.uncover(network.profile, keys, network.lock("a"), delivered) == network.block("a")
    else:
        assert delivered == network.block("a")


@law(
    "ONI-15",
    exact=True,
    sampled=False,
    faults=(LooksAtNoTag,),
    proves="routes of 1 to 3 mixes, every place of a change",
)
def a_header_that_was_changed_goes_no_further(net: Net, forall: Forall) -> None:
    """A bit of the routing or of the tag that was changed anywhere on the way is found by the next honest mix."""
    length = forall(range(1, 4), "length of the route")
    network, kind = Network(net, forall([length, 4], "most")), forall(KINDS, "kind")
    place = forall(range(1, length + 1), "changed before")
    at = forall([0, COMMAND, SLOT - 1, network.room - 1, network.room, network.room + TAG - 1], "byte")
    packet = network.way("a", list(range(1, length + 1)), kind)[place - 1]
    before, byte, after = cut(packet, 32 + at, 1, len(packet) - 33 - at)
    spoiled = network.profile.join(before, network.profile.mask(name("change"), byte), after)
    try:
        network.opened(place, spoiled)
    except Reject as refusal:
        assert refusal.clause == "ONI-15"
    else:
        raise AssertionError("it is not found")


# ---- who learns what ----


def at_an_honest_mix(net: Net, before: int, behind: int, kinds: Sequence[int]) -> str:
    """The test that tells which of two packets that came to an honest mix is which of those that left; "" if none does.

    All other mixes are bad: so many before it, so many behind.
    """
    looks = []
    for turned in (False, True):
        network = Network(net, 5)
        honest = before + 1
        route = list(range(1, before + behind + 2))
        ways = [network.way(of, route, kind, to) for of, kind, to in zip("ab", kinds, (7, 8), strict=True)]
        came = [way[before] for way in ways]
        left = [way[before + 1] for way in ways]
        ends = [
            network.block(of) if kind == DELIVER else name(f"mark {of}", 16)
            for of, kind in zip("ab", kinds, strict=True)
        ]
        seen = [*(came[::-1] if turned else came), *left, *ends]
        looks.append([*seen, *network.known(all_but(honest, len(route)), len(route))])
    return same_look(*looks)


LAYERS = (LeavesThePayload, LeavesTheElement)


@law(
    "ONI-5",
    "ONI-10",
    "ONI-18",
    exact=True,
    sampled=False,
    proves="up to 2 bad mixes before the honest one and up to 2 behind, messages and answers",
    faults=LAYERS,
    source="Kuhn, Beck and Strufe 2020: layer unlinkability",
)
def one_honest_mix_hides_which_packet_is_which(net: Net, forall: Forall) -> None:
    """Which of two packets that came to it an honest mix sends first, all other mixes together cannot tell."""
    before, behind = forall(range(3), "bad mixes before"), forall(range(3), "bad mixes behind")
    kinds = forall([(DELIVER, DELIVER), (REPLY, REPLY), (DELIVER, REPLY)], "kinds")
    test = at_an_honest_mix(net, before, behind, kinds)
    assert not test, test


@law(
    "ONI-8",
    "ONI-9",
    exact=True,
    sampled=False,
    proves="places 1 to 4 of routes of up to 5",
    faults=(ForgetsTheFiller,),
    source="Kuhn, Beck and Strufe 2020: tail indistinguishability",
)
def no_mix_knows_its_place_or_the_length_of_the_route(net: Net, forall: Forall) -> None:
    """What a mix gets and what it passes on look alike at every place of every route: 1 of 2 as 4 of 5."""
    place = forall(range(1, 5), "place")
    length = forall(range(place + 1, 6), "length of the route")
    kind, other = forall(KINDS, "kind"), forall(KINDS, "kind in the other world")
    looks = [
        seen_at(net, [9, 8], 1, other),
        seen_at(net, [*range(1, place), 9, 8, *range(place, length - 1)], place, kind),
    ]
    test = same_look(*looks)
    assert not test, test


def seen_at(net: Net, route: Sequence[int], place: int, kind: int) -> list[Data]:
    """What mix 9 sees at a place of a route, with its own secret key; mix 8 comes after it."""
    network = Network(net, 5)
    way = network.way("a", route, kind)
    return [way[place - 1], way[place], network.secret(9), network.public(9), network.public(8)]


def last_of(net: Net, length: int) -> list[Data]:
    """What the last mix of a route sees."""
    network = Network(net, 5)
    way = network.way("a", list(range(9 - length + 1, 10)), DELIVER)
    return [way[length - 1], way[length], network.secret(9), network.public(9)]


@law(
    "ONI-9",
    exact=True,
    sampled=False,
    proves="routes of 1 to 5",
    faults=(ForgetsTheFiller,),
    source="Kuhn, Beck and Strufe 2020",
)
def the_last_mix_does_not_know_how_many_came_before(net: Net, forall: Forall) -> None:
    """To the last mix a route of one looks like one of any length."""
    test = same_look(last_of(net, 1), last_of(net, forall(range(2, 6), "length of the route")))
    assert not test, test


@not_a_law("ONI-9", exact=True, source="Danezis and Goldberg 2009; Kuhn, Beck and Strufe 2020")
def padding_may_be_zeros(net: Net, forall: Forall) -> None:
    """What stands behind the last command may be zeros: nobody but the last mix ever sees it."""
    looks = []
    for length in (1, forall(range(2, 6), "length of the route")):
        network = Zeros(net, 5)
        route = list(range(9 - length + 1, 10))
        way = network.way("a", route, DELIVER)
        looks.append([way[length - 1], network.secret(9), network.public(9)])
    test = same_look(*looks)
    assert not test, test


@dataclass
class Zeros(Network):
    """Headers are filled up with zeros."""

    def padding(self, of: str) -> Data:  # noqa: ARG002 - alike for all
        """As many zeros as there is room."""
        return bytes(self.room - COMMAND)


@law("ONI-16", exact=True, sampled=False, faults=(LeavesTheElement,))
def replay_tags_have_nothing_in_common(net: Net, forall: Forall) -> None:
    """The replay tags of a packet at its mixes, and of two packets at one, are all different, and on no wire."""
    network = Network(net, 5)
    route = list(range(1, forall(range(1, 6), "length of the route") + 1))
    tags = [link.keys.replay for of in "ab" for link in network.links(of, route)]
    assert len(set(tags)) == 2 * len(route)
    wires = [packet for of in "ab" for packet in network.way(of, route, DELIVER)[:-1]]
    closure = learns([*wires, *network.known([], len(route))])
    assert not any(derives(closure, tag) for tag in tags)
    for place, mix in enumerate(route):
        keys = network.opened(mix, network.way("a", route, DELIVER)[place])[0]
        assert keys.replay == tags[place]


@law("ONI-10", "ONI-11", exact=True, sampled=False, faults=(PermutesForTheFirstOnly, LeavesTheLastLayerOff))
def all_mixes_but_the_last_learn_neither_message_nor_destination(net: Net, forall: Forall) -> None:
    """Every group of mixes without the last one cannot make out the message, however it puts together what it has."""
    length = forall(range(2, 5), "length of the route")
    bad = [mix for mix in range(1, length) if forall(bool, f"mix {mix}")]
    network = Network(net, 5)
    way = network.way("a", list(range(1, length + 1)), DELIVER)
    closure = learns([*way[:-1], *network.known(bad, length)])
    assert not derives(closure, name("message a", PAYLOAD))
    other = Network(net, 5).way("a", list(range(1, length + 1)), DELIVER, to=8)
    test = same_look([*way[:-1], *network.known(bad, length)], [*other[:-1], *network.known(bad, length)])
    assert not test, test


@not_a_law("ONI-11", exact=True, source="Kuhn, Beck and Strufe 2020: tagging")
def a_stream_would_do_for_the_payload(net: Net, forall: Forall) -> None:
    """With a stream in place of the permutation nobody behind an honest mix knows a payload that was changed before."""
    looks = []
    route = list(range(1, forall(range(2, 5), "length of the route") + 1))
    for marked in (False, True):
        network = Network(net, 5, Streams())
        packet = network.packet("a", route, DELIVER)
        if marked:
            before, byte = cut(packet, len(packet) - 1, 1)
            packet = network.profile.join(before, network.profile.mask(name("change"), byte))
        for mix in route:
            packet = network.out(mix, packet)
        looks.append([packet, name("message a", PAYLOAD), name("change")])
    test = same_look(*looks)
    assert not test, test


class Streams(Packets):
    """Payloads are masked, and not permuted."""

    def permute(self, key: Data, block: Data) -> Data:
        return self.mask(key, block)

    def restore(self, key: Data, block: Data) -> Data:
        return self.mask(key, block)


# ---- sizes, for every number ----


class Sized:
    """A profile in which data are their sizes, and sizes are a solver's."""

    tag_size = TAG
    reach = SLOT

    def tag(self, _key: Any, _data: Any) -> Any:
        return TAG

    def mask(self, _key: Any, data: Any) -> Any:
        return data

    def zeros(self, size: Any) -> Any:
        return size

    def join(self, *parts: Any) -> Any:
        return sum(parts)

    def size(self, data: Any) -> Any:
        return data

    def cut(self, data: Any, *sizes: Any) -> Any:
        assert data == sum(sizes)
        assert all(size >= 0 for size in sizes)
        return list(sizes)


@fault("ONI-12", "room")
def CountsCommandsOnly(_net: Net, most: Any) -> Any:
    """The tags in the routing are forgotten."""
    return most * COMMAND


@fault("ONI-10", "enclose")
def GrowsByATag(net: Net, profile: Any, keys: Sequence[Any], told: Sequence[Any], padding: Any) -> Any:
    """The routing is a tag longer than it should be."""
    routing, tag = net.enclose(profile, keys, told, padding)
    return profile.join(routing, profile.zeros(TAG)), tag


@law(
    "ONI-10",
    "ONI-12",
    proves="routes of 1 to 6 in networks of every size",
    sampled=False,
    faults=(CountsCommandsOnly, GrowsByATag),
)
def a_header_is_as_long_whatever_the_route(net: Net, forall: Forall) -> None:
    """However many mixes a route has, the routing has the same size, and each mix passes on as much as it got."""
    length = forall(range(1, 7), "length of the route")
    more, payload = forall(Integers(0, None), "room for more"), forall(Integers(32, None), "payload")
    most, profile = length + more, Sized()
    room = net.room(most)
    routing, tag = net.enclose(profile, [Anything()] * length, [COMMAND] * length, room - COMMAND)
    assert routing == room == most * SLOT
    assert tag == TAG
    _, _, rest = profile.cut(profile.join(routing, SLOT), COMMAND, TAG, room)
    assert rest == routing
    assert net.header_size(most) == 32 + routing + tag
    assert net.packet_size(most, payload) == 32 + routing + tag + payload + TAG


class Anything:
    """Keys that nobody looks at."""

    mu = rho = blind = pi = None
