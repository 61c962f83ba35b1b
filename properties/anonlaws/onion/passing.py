"""Laws of mixes: what they do with a packet, what they refuse, that they take each packet once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from anonlaws.law import Forall, Seeds, fault, law, not_a_law
from anonlaws.onion.headers import LOW, BindsNoElement, BindsNoMix, refused
from anonlaws.onion.symbolic import LeavesTheElement, LeavesThePayload, LooksAtNoTag, PermutesOnceMore
from anonlaws.onion.wire import (
    COMMAND,
    DELIVER,
    FIELD,
    NO_MARK,
    REPLY,
    TAG,
    Layer,
    Mix,
    Net,
    Way,
    added,
    as_passed,
    block_of,
    derived,
    mac,
    permuted,
    public,
    some_packets,
    some_way,
    stream,
    times,
    told,
)
from anonlaws.reply.passing import KEYS, Schedules
from anonlaws.reply.wire import changed, fresh
from anonspec.onion.model import Command, Node
from anonspec.shape import Reject

KINDS = [DELIVER, REPLY]

# ---- as its command says ----


@fault("ONI-19", "passed")
def ForgetsTheInstruction(net: Net, command: Command, *what: Any) -> Any:
    """A packet is passed on at once, whatever its command says."""
    return net.passed(command.model_copy(update={"delay": 0, "earliest": 0, "latest": 0}), *what)


@fault("ONI-19", "passed")
def TurnsTheWindowRound(net: Net, command: Command, *what: Any) -> Any:
    """The last moment is taken for the first one."""
    turned = {"earliest": command.latest, "latest": command.earliest}
    return net.passed(command.model_copy(update=turned), *what)


@fault("ONI-18", "passed")
def PassesOnToTheOneAbove(net: Net, command: Command, *what: Any) -> Any:
    """The next mix is the one with the number above."""
    found = net.passed(command, *what)
    return found if found.next is None else found.model_copy(update={"next": (found.next + 1) % 2**32})


@fault("ONI-20", "delivered")
def DeliversNoise(net: Net, kind: int, block: bytes) -> Any:
    """A message is delivered, changed or not."""
    return net.delivered(kind, bytes(TAG) + block[TAG:])


@fault("ONI-20", "message_in")
def LooksAtOneZero(net: Net, block: bytes, clause: str) -> Any:
    """Of the 16 zeros only the first is looked at."""
    if block[0]:
        raise Reject(clause, "the payload was changed")
    return net.message_in(bytes(TAG) + block[TAG:], clause)


@fault("ONI-20", "passed")
def DeliversToTheNextOne(net: Net, command: Command, *what: Any) -> Any:
    """A message is delivered to the number above."""
    found = net.passed(command, *what)
    if command.kind != DELIVER:
        return found
    return found.model_copy(update={"destination": (command.number + 1) % 2**32})


@fault("ONI-21", "delivered")
def LooksForZerosInAnswers(net: Net, _kind: int, block: bytes) -> Any:
    """An answer is taken for a message."""
    return net.delivered(DELIVER, block)


@fault("ONI-21", "passed")
def KeepsTheMark(net: Net, command: Command, *what: Any) -> Any:
    """An answer is delivered without its mark."""
    return net.passed(command, *what).model_copy(update={"mark": None})


DOES = (
    ForgetsTheInstruction,
    TurnsTheWindowRound,
    PassesOnToTheOneAbove,
    DeliversToTheNextOne,
    LooksForZerosInAnswers,
    KeepsTheMark,
    LeavesThePayload,
    LeavesTheElement,
    PermutesOnceMore,
    BindsNoElement,
    BindsNoMix,
)


@law(
    "ONI-7",
    "ONI-18",
    "ONI-19",
    "ONI-20",
    "ONI-21",
    needs=("onion.peel",),
    faults=DOES,
    source="Danezis and Goldberg 2009",
)
def a_mix_does_as_its_command_says(net: Net, forall: Forall) -> None:
    """At every place of every route: the packet for the next mix, or the message, or the answer as it is, and when."""
    way, kind, seed = some_way(forall), forall(KINDS, "kind"), forall(Seeds(), "seed")
    place = forall(range(len(way.mixes)), "place")
    message = fresh(seed, "message")[: forall([0, 1, 31], "bytes of the message")]
    packets = some_packets(way, kind, seed, message)
    mark = fresh(seed, "mark")[:16] if kind == REPLY else NO_MARK
    passed = net.peel(way.mixes[place].secret, way.most, way.payload, packets[place])
    assert passed == as_passed(way, place, packets, kind, mark, message)


# ---- what is refused ----


@fault("ONI-12", "admit")
def CutsWhatIsTooLong(net: Net, node: Node, packet: bytes) -> Any:
    """Of a packet that is too long the end is left out, and one that is too short filled up."""
    size = net.packet_size(node.most, node.payload)
    return net.admit(node, packet[:size].ljust(size, b"\0"))


@fault("ONI-12", "packet_size")
def ForgetsTheZeros(net: Net, most: int, payload: int) -> Any:
    """The 16 zeros before the message are not counted."""
    return net.header_size(most) + payload


@fault("ONI-13", "canonical")
def TakesAnySpelling(_net: Net, _element: bytes) -> bool:
    """An element is whatever number its bytes leave."""
    return True


@fault("ONI-13", "canonical")
def LooksAtTheTopBitOnly(_net: Net, element: bytes) -> bool:
    """What is not below the prime, and below 2^255, is taken."""
    return element[31] < 128


@fault("ONI-14", "shared")
def TakesElementsOfLowOrder(net: Net, secret: bytes, element: bytes) -> Any:
    """A secret of zeros is as good as another."""
    try:
        return net.shared(secret, element)
    except Reject:
        return bytes(32)


@fault("ONI-15", "same")
def ComparesHalfATag(net: Net, one: Any, other: Any) -> Any:
    """Eight bytes of a tag are enough."""
    return net.same(one[:8], other[:8]) if isinstance(one, bytes) and isinstance(other, bytes) else net.same(one, other)


@fault("ONI-17", "understood")
def TakesOtherKindsForReplies(net: Net, data: bytes) -> Any:
    """Whatever is no message and not to be passed on is an answer."""
    return net.understood(bytes([min(data[0], REPLY)]) + data[1:])


@fault("ONI-17", "understood")
def CutsTimes(net: Net, data: bytes) -> Any:
    """Of a time that is too large the lower bits are taken."""
    times = [(int.from_bytes(data[at : at + 8]) % 2**53).to_bytes(8) for at in (21, 29, 37)]
    return net.understood(data[:21] + b"".join(times))


REFUSES = (
    CutsWhatIsTooLong,
    TakesAnySpelling,
    LooksAtTheTopBitOnly,
    TakesElementsOfLowOrder,
    LooksAtNoTag,
    TakesOtherKindsForReplies,
    CutsTimes,
    DeliversNoise,
    LooksAtOneZero,
    BindsNoElement,
    BindsNoMix,
)


def built(way: Way, element: bytes, shared: bytes, bound: bytes, command: bytes, block: bytes, seed: bytes) -> bytes:
    """A packet for the first mix alone, made by somebody who knows the secret; its keys are bound to an element."""
    layer = Layer(bound, shared, derived(shared, bound, public(way.mixes[0].secret)))
    inside = command + hashlib.shake_256(seed).digest(way.room - COMMAND)
    routing = added(inside, stream(layer.rho, way.room))
    return element + routing + mac(layer.mu, routing) + permuted(layer.pi, block)


def plain(**fields: int) -> bytes:
    """A command to deliver to 77, or another."""
    about: dict[str, Any] = {"kind": DELIVER, "number": 77, "mark": NO_MARK, "delay": 0, "earliest": 0, "latest": 0}
    return told(Command.model_construct(**{**about, **fields}))


def with_torsion(element: bytes) -> list[bytes]:
    """The element with each point of order 2, 4 and 8 added to it: others, with the same secrets for all mixes."""
    u = int.from_bytes(element, "little")
    found = []
    for low in LOW[:4]:
        w = int.from_bytes(low, "little")
        if (root := square_root(right_side(w))) is None or (mine := square_root(right_side(u))) is None:
            continue
        slope = (root - mine) * pow(w - u, -1, FIELD) % FIELD
        found.append(((slope * slope - 486662 - u - w) % FIELD).to_bytes(32, "little"))
    return found


def right_side(u: int) -> int:
    """u^3 + 486662 u^2 + u: what the square of the other coordinate is."""
    return (u * u * u + 486662 * u * u + u) % FIELD


def square_root(square: int) -> int | None:
    """A square root, if there is one."""
    root = pow(square, (FIELD + 3) // 8, FIELD)
    for each in (root, root * pow(2, (FIELD - 1) // 4, FIELD) % FIELD):
        if each * each % FIELD == square:
            return each
    return None


SOUND = "nothing"
CHANGES = [
    SOUND,
    "a byte of the header",
    "cut",
    "longer",
    "top bit",
    "top bit of a copy",
    "above the prime",
    "low order",
]
CHANGES += ["torsion", "another mix", "kind", "time", "a byte of the payload", "one of the zeros", "no padding"]


def forged(  # noqa: PLR0911, PLR0912 - one for each change
    forall: Forall, change: str, way: Way, seed: bytes
) -> tuple[bytes, tuple[str, ...]]:
    """A packet with one thing about it that is wrong, and the clauses that demand its refusal."""
    secret, own = fresh(seed, "x"), way.mixes[0].secret
    element, block = public(secret), block_of(b"forged", way.payload)
    shared, sound = times(secret, public(own)), plain()
    packet = built(way, element, shared, element, sound, block, seed)
    by, top = forall([1, 128, 255], "by"), element[:31] + bytes([element[31] | 128])

    def other(
        at: bytes = element, same: bytes = shared, bound: bytes = element, what: bytes = sound, into: bytes = block
    ) -> bytes:
        return built(way, at, same, bound, what, into, seed)

    match change:
        case "a byte of the header":
            return changed(packet, forall(range(32, way.header), "place"), by), ("ONI-15",)
        case "cut":
            return packet[: forall(range(len(packet)), "kept")], ("ONI-12",)
        case "longer":
            return packet + bytes(by), ("ONI-12",)
        case "top bit":
            return other(top, bound=top), ("ONI-13",)
        case "top bit of a copy":
            return other(top), ("ONI-13", "ONI-15")
        case "above the prime":
            high = (FIELD + forall([2, 3, 9, 17], "above")).to_bytes(32, "little")
            return other(high, times(own, high), high), ("ONI-13",)
        case "low order":
            low = forall(LOW, "element")
            return other(low, bytes(32), low), ("ONI-14",)
        case "torsion":
            return other(forall(with_torsion(element), "element")), ("ONI-15",)
        case "another mix":
            far = times(secret, public(fresh(own)))
            return other(same=far), ("ONI-15",)
        case "kind":
            return other(what=plain(kind=forall([3, 4, 128, 255], "kind"))), ("ONI-17",)
        case "time":
            return other(what=plain(**{forall(["delay", "earliest", "latest"], "time"): 2**53})), ("ONI-17",)
        case "a byte of the payload":
            return changed(packet, forall(range(way.header, len(packet)), "place"), by), ("ONI-20",)
        case "one of the zeros":
            return other(into=changed(block, forall(range(TAG), "place"), by)), ("ONI-20",)
        case "no padding":
            return other(into=bytes(len(block))), ("MIX-30",)
    return packet, ()


@law("ONI-7", "ONI-12", "ONI-13", "ONI-14", "ONI-15", "ONI-17", "ONI-20", needs=("onion.node",), faults=REFUSES)
def what_is_wrong_is_refused(net: Net, forall: Forall) -> None:
    """Whatever is changed or forged is refused for what it is; the mix is as it was, and takes the sound packet."""
    way, seed = some_way(forall), forall(Seeds(), "seed")
    change = forall(CHANGES, "change")
    packet, clauses = forged(forall, change, way, seed)
    state = way.begun(net, 0)
    if clauses:
        try:
            net.process(state, packet)
        except Reject as refusal:
            assert refusal.clause in clauses
        else:
            raise AssertionError("it is not refused")
    sound, _ = forged(forall, SOUND, way, seed)
    state, passed = net.process(state, sound)
    assert (passed.destination, passed.body) == (77, b"forged")
    assert refused("ONI-16", lambda: net.process(state, sound))


WAY = Way(2, 32, (Mix(3, fresh(b"only", "mix")), Mix(4, fresh(b"other", "mix"))))


@law(
    "ONI-13",
    "ONI-14",
    "ONI-15",
    "ONI-20",
    needs=("onion.peel",),
    exact=True,
    proves="every bit of one packet at the last of two mixes, and every byte turned round",
    faults=(LooksAtNoTag, ComparesHalfATag, DeliversNoise),
)
def no_bit_of_a_packet_can_be_changed(net: Net, forall: Forall) -> None:
    """Wherever a packet was changed before it came to the last mix, nothing is delivered."""
    packet = some_packets(WAY, DELIVER, b"packet")[1]
    place = forall(range(len(packet)), "place")
    by = forall([*(1 << bit for bit in range(8)), 255], "by")
    clauses = ("ONI-13", "ONI-14", "ONI-15") if place < 32 else ("ONI-15",) if place < WAY.header else ("ONI-20",)
    bad = changed(packet, place, by)
    try:
        net.peel(WAY.mixes[1].secret, WAY.most, WAY.payload, bad)
    except Reject as refusal:
        assert refusal.clause in clauses
    else:
        raise AssertionError("it is not refused")


@law(
    "ONI-12",
    needs=("onion.peel",),
    exact=True,
    proves="every length up to twice that of one packet",
    faults=(CutsWhatIsTooLong, ForgetsTheZeros),
)
def no_other_size_is_taken(net: Net, forall: Forall) -> None:
    """A packet that was cut anywhere, or made longer, is refused for its size."""
    packet = some_packets(WAY, DELIVER, b"packet")[0]
    length = forall(range(2 * len(packet)), "bytes")
    act = lambda: net.peel(WAY.mixes[0].secret, WAY.most, WAY.payload, (2 * packet)[:length])  # noqa: E731
    assert refused("ONI-12", act) == (length != len(packet))


# ---- each packet once ----


@fault("ONI-16", "process")
def RemembersNothing(net: Net, node: Node, packet: bytes) -> Any:
    """A packet is taken as often as it comes."""
    return node, net.process(node, packet)[1]


@fault("ONI-16", "process")
def RemembersTheLastOnly(net: Net, node: Node, packet: bytes) -> Any:
    """Only the packet that was taken last is known again."""
    after, passed = net.process(node, packet)
    return after.model_copy(update={"seen": after.seen - node.seen}), passed


@fault("ONI-16", "process")
def RemembersTheWholePacket(net: Net, node: Node, packet: bytes) -> Any:
    """A copy with another payload is another packet."""
    _, passed = net.process(node.model_copy(update={"seen": frozenset()}), packet)
    known = hashlib.sha256(packet).digest()
    if known in node.seen:
        raise Reject("ONI-16", "this packet was here before")
    return node.model_copy(update={"seen": node.seen | {known}}), passed


@fault("ONI-16", "process")
def RemembersWhatItPassesOnOnly(net: Net, node: Node, packet: bytes) -> Any:
    """What is delivered is not remembered."""
    after, passed = net.process(node, packet)
    return (node if passed.next is None else after), passed


@fault("ONI-22", "rekey")
def KeepsItsMemory(net: Net, node: Node, epoch: int, secret: bytes) -> Any:
    """The replay tags of the old key are kept."""
    after, _ = net.rekey(node, epoch, secret)
    return after.model_copy(update={"seen": node.seen}), None


@fault("ONI-22", "rekey")
def GoesBack(_net: Net, node: Node, epoch: int, secret: bytes) -> Any:
    """An epoch may be taken up again."""
    return node.model_copy(update={"epoch": epoch, "secret": secret, "seen": frozenset()}), None


@fault("ONI-22", "rekey")
def KeepsTheOldKey(net: Net, node: Node, epoch: int, _secret: bytes) -> Any:
    """The epoch is the new one, and the key the old one."""
    return net.rekey(node, epoch, node.secret)


@dataclass
class Told:
    """A mix, as this file keeps it: its epoch and key, and the packets that it has taken, by element and key."""

    net: Net
    way: Way
    epoch: int
    state: Any
    seen: set[bytes] = field(default_factory=set)

    def hand(self, made_for: bytes, packets: Sequence[bytes], kind: int, mark: bytes) -> None:
        """Hand over a packet; made for the key of a mix, or for none."""
        element = packets[0][:32]
        clauses: tuple[str, ...] = ()
        if made_for != self.way.mixes[0].secret:
            clauses = ("ONI-15",)
        elif element in self.seen:
            clauses = ("ONI-16", "ONI-20")  # a copy of a message, with another payload, is both
        try:
            state, passed = self.net.process(self.state, packets[0])
        except Reject as refusal:
            assert refusal.clause in clauses
        else:
            assert not clauses
            assert passed == as_passed(self.way, 0, packets, kind, mark, b"a message")
            self.state = state
            self.seen.add(element)

    def rekey(self, epoch: int, secret: bytes) -> None:
        """Give it a key, which it refuses if the epoch is not a later one."""
        later = epoch > self.epoch
        try:
            state, _ = self.net.rekey(self.state, epoch, secret)
        except Reject as refusal:
            assert refusal.clause == "ONI-22"
            assert not later
        else:
            assert later
            self.state, self.epoch, self.seen = state, epoch, set()
            self.way = replace(self.way, mixes=(replace(self.way.mixes[0], secret=secret), *self.way.mixes[1:]))


@law(
    "ONI-16",
    "ONI-22",
    needs=("onion.node",),
    faults=(
        RemembersNothing,
        RemembersTheLastOnly,
        RemembersTheWholePacket,
        RemembersWhatItPassesOnOnly,
        KeepsItsMemory,
        GoesBack,
        KeepsTheOldKey,
    ),
)
def a_packet_is_taken_once_and_under_its_key(net: Net, forall: Forall) -> None:
    """Whatever comes in what order, a mix takes each packet for its key once, and after a new key none from before."""
    seed, count = forall(Seeds(), "seed"), forall([1, 2], "length of the route")
    way = Way(2, 32, tuple(Mix(place, fresh(seed, "mix", place)) for place in range(count)))
    told_to, made = Told(net, way, 7, net.open_up(way.mixes[0].secret, 7, 2, 32)), list[tuple[Any, ...]]()
    for number, letter in enumerate(forall(Schedules(), "schedule") + "n0nok0s0"):
        secret = told_to.way.mixes[0].secret
        if letter in KEYS:
            later, another = KEYS[letter]
            told_to.rekey(told_to.epoch + later, fresh(secret) if another else secret)
        elif letter in "nx":
            kind = KINDS[number % 2]
            packets = some_packets(told_to.way, kind, fresh(seed, number))
            mark = fresh(fresh(seed, number), "mark")[:16] if kind == REPLY else NO_MARK
            if letter == "x":
                told_to.hand(b"", [changed(packets[0], 32 + number), *packets[1:]], kind, mark)
            made.append((secret, packets, kind, mark))
            told_to.hand(*made[-1])
        elif letter.isdigit() and int(letter) < len(made):
            told_to.hand(*made[int(letter)])
        elif letter == "o" and made:
            made_for, packets, kind, mark = made[-1]
            if packets[0][:32] in told_to.seen:
                told_to.hand(made_for, [changed(packets[0], len(packets[0]) - 1), *packets[1:]], kind, mark)


# ---- what one would believe ----


@not_a_law("ONI-11", "ONI-20", needs=("onion.peel",), exact=True, source="Kuhn, Beck and Strufe 2020: tagging")
def a_changed_payload_is_noticed_at_once(net: Net, forall: Forall) -> None:
    """A payload that was changed on the way is refused by the next mix."""
    packet = some_packets(WAY, DELIVER, b"packet")[0]
    place = forall(range(WAY.header, len(packet)), "place")
    try:
        net.peel(WAY.mixes[0].secret, WAY.most, WAY.payload, changed(packet, place))
    except Reject:
        pass
    else:
        assert not "taken"


@not_a_law("ONI-7", needs=("onion.peel",), exact=True)
def one_secret_has_one_element(net: Net, forall: Forall) -> None:
    """Elements that differ lead to secrets that differ, so that nothing more need be bound to a packet."""
    element = public(fresh(b"element"))
    other = forall(with_torsion(element), "the element and a point of low order")
    mix = WAY.mixes[0].secret
    assert element == other or times(mix, element) != times(mix, other)
