"""Laws of senders: networks and routes, draws, one element for all mixes, headers that open mix by mix, payloads."""

from collections.abc import Sequence
from typing import Any

from anonlaws.law import Bytes, Forall, Seeds, fault, law
from anonlaws.onion.symbolic import (
    CountsCommandsOnly,
    FillsFromTheBeginning,
    ForgetsTheFiller,
    GrowsByATag,
    LeavesTheLastLayerOff,
    PermutesForTheFirstOnly,
    PermutesInTheWrongOrder,
)
from anonlaws.onion.wire import (
    COMMAND,
    DELIVER,
    FIELD,
    NO_MARK,
    PASS_ON,
    REPLY,
    SLOT,
    TAG,
    Net,
    Way,
    block_of,
    closed,
    commands,
    drawn,
    layers,
    opened,
    permuted,
    public,
    restored,
    some_way,
)
from anonlaws.reply.wire import fresh
from anonspec.onion.model import Command, Hop
from anonspec.shape import Reject

LOW = [
    number.to_bytes(32, "little")
    for number in (
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        FIELD - 1,
    )
]
"""The elements of low order: all of their multiples by clamped scalars are zero. RFC 7748, section 7"""

# ---- networks, routes, draws ----


@fault("ONI-1", "check_network")
def TakesAnyPayload(net: Net, most: int, _payload: int) -> None:
    """Nobody looks whether the permutation has a right part."""
    net.check_most(most)


@fault("ONI-1", "check_most")
def TakesAnyLength(_net: Net, _most: int) -> None:
    """Routes may be of any length."""


@fault("ONI-2", "headed")
def TakesARouteOfNone(net: Net, secret: bytes, most: int, route: Sequence[Hop], *end: Any) -> Any:
    """For a route of no mixes there is a header too, of nothing but padding."""
    return net.headed(secret, most, route, *end) if route else (end[-1].ljust(net.header_size(most), b"-"), [])


@fault("ONI-2", "check_route")
def TakesOneMoreThanThereIsRoomFor(net: Net, most: int, route: Sequence[Hop]) -> None:
    """The longest route is one mix longer."""
    net.check_route(most + 1, route)


def refused(clause: str, act: Any) -> bool:
    """Whether it is refused, by this clause if at all."""
    try:
        act()
    except Reject as refusal:
        assert refusal.clause == clause, refusal
        return True
    return False


@law(
    "ONI-1",
    "ONI-12",
    needs=("onion.sizes", "onion.sender", "onion.author", "onion.responder", "onion.node"),
    exact=True,
    proves="networks about the bounds",
    faults=(TakesAnyPayload, TakesAnyLength, CountsCommandsOnly),
)
def a_network_out_of_bounds_is_refused(net: Net, forall: Forall) -> None:
    """All parties refuse routes of 0 or of 21 mixes at most, and payloads of 31 bytes; sizes are those of the text."""
    most, payload = forall([0, 1, 5, 20, 21], "most"), forall([31, 32, 1000], "payload")
    who, seed, secret = forall(["sizes", "sender", "author", "responder", "mix"], "who"), fresh(b"", 1), fresh(b"", 2)
    begins = {
        "sizes": lambda: net.sizes(most, payload),
        "sender": lambda: net.prepare(most, payload, seed),
        "author": lambda: net.expect(most, payload, 9, seed),
        "responder": lambda: net.await_blocks(most, payload),
        "mix": lambda: net.open_up(secret, 0, most, payload),
    }
    none = not 1 <= most <= 20 or payload < 32
    assert refused("ONI-1", begins[who]) == none
    if who == "sizes" and not none:
        found = net.sizes(most, payload)
        assert (found.header, found.packet) == (48 + 61 * most, 64 + 61 * most + payload)


@law(
    "ONI-2",
    needs=("onion.sender", "onion.author"),
    exact=True,
    proves="routes of 0 to 4 mixes in networks of up to 3",
    faults=(TakesARouteOfNone, TakesOneMoreThanThereIsRoomFor),
)
def a_route_without_mixes_or_room_is_refused(net: Net, forall: Forall) -> None:
    """Senders and authors refuse a route of no mixes or of more than there is room for, and take all others."""
    most, length = forall(range(1, 4), "most"), forall(range(5), "length of the route")
    hops = tuple(Hop(mix=i, public=public(fresh(b"", i)), delay=0, earliest=0, latest=0) for i in range(length))
    seed = fresh(b"", "seed")
    if forall(bool, "author"):
        act = lambda: net.block(net.expect(most, 40, 9, seed), hops)  # noqa: E731
    else:
        act = lambda: net.wrap(net.prepare(most, 40, seed), hops, 7, b"")  # noqa: E731
    assert refused("ONI-2", act) == (not 1 <= length <= most)


@fault("ONI-4", "draw")
def DrawsTheSameForEveryName(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """The name is not in the label."""
    size = len(net.draw(seed, name, number, most))
    return net.draw(seed, "pads", number, 20)[:size]


@fault("ONI-4", "draw")
def DrawsHalfASeed(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """Only 16 bytes of the seed are used."""
    return net.draw(seed[:16] + bytes(16), name, number, most)


@fault("ONI-4", "draw")
def CountsInFourBytes(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """Of a number the lower half counts."""
    return net.draw(seed, name, number % 2**32, most)


@law("ONI-4", needs=("onion.draw",), faults=(DrawsTheSameForEveryName, DrawsHalfASeed, CountsInFourBytes))
def a_draw_is_of_its_label(net: Net, forall: Forall) -> None:
    """Each draw is the beginning of SHAKE256 of seed and label."""
    name = forall(["once", "pads", "mark", "lock"], "name")
    seed, number, most = (
        forall(Seeds(), "seed"),
        forall([0, 1, 255, 2**40, 2**53 - 1], "number"),
        forall([1, 5, 20], "most"),
    )
    assert net.draw(seed, name, number, most) == drawn(seed, name, number, most)


# ---- one element for all ----


@fault("ONI-5", "clamped")
def DoesNotClamp(_net: Net, scalar: bytes) -> int:
    """Scalars are multiplied as they stand."""
    return int.from_bytes(scalar, "little")


@fault("ONI-5", "links")
def ShowsAllTheSameElement(net: Net, profile: Any, secret: Any, publics: Sequence[Any]) -> Any:
    """Every mix sees the element of the first one."""
    return [net.links(profile, secret, [key])[0] for key in publics]


@fault("ONI-6", "links")
def TakesASecretOfZeros(net: Net, profile: Any, secret: Any, publics: Sequence[Any]) -> Any:
    """A key of low order is as good as another."""
    try:
        return net.links(profile, secret, publics)
    except Reject:
        return net.links(profile, secret, [key if key not in LOW else profile.element(key) for key in publics])


@fault("ONI-6", "check_publics")
def TakesKeysInAnySpelling(_net: Net, _publics: Sequence[bytes]) -> None:
    """Nobody looks how a public key is written."""


@fault("ONI-7", "derive")
def BindsNoElement(net: Net, secret: bytes, _element: bytes, public: bytes) -> Any:
    """The keys follow from secret and mix."""
    return net.derive(secret, bytes(32), public)


@fault("ONI-7", "derive")
def BindsNoMix(net: Net, secret: bytes, element: bytes, _public: bytes) -> Any:
    """The keys follow from secret and element."""
    return net.derive(secret, element, bytes(32))


@law(
    "ONI-5",
    "ONI-7",
    needs=("onion.chain",),
    faults=(DoesNotClamp, ShowsAllTheSameElement, BindsNoElement, BindsNoMix),
    source="Danezis and Goldberg 2009",
)
def each_mix_shares_a_secret_by_an_element_of_its_own(net: Net, forall: Forall) -> None:
    """Elements, secrets and keys are those of one multiplication after the other, and each mix computes the same."""
    secret, seed = forall(Seeds(), "secret"), forall(Seeds(), "mixes")
    secrets = [fresh(seed, place) for place in range(forall(range(1, 6), "mixes"))]
    found, wanted = net.chain(secret, tuple(map(public, secrets))), layers(secret, list(map(public, secrets)))
    assert found.elements == tuple(layer.element for layer in wanted)
    assert found.secrets == tuple(layer.secret for layer in wanted)
    assert found.keys == tuple(layer.whole for layer in wanted)


@law("ONI-6", needs=("onion.chain",), faults=(TakesASecretOfZeros, TakesKeysInAnySpelling))
def a_key_that_is_none_is_refused(net: Net, forall: Forall) -> None:
    """At whatever place: a key of low order, or one that is not written as the number that it is."""
    seed = forall(Seeds(), "mixes")
    keys = [public(fresh(seed, place)) for place in range(forall(range(1, 5), "mixes"))]
    place = forall(range(len(keys)), "place")
    top = keys[place][:31] + bytes([keys[place][31] | 0x80])
    keys[place] = forall([*LOW, top, FIELD.to_bytes(32, "little"), (FIELD + 9).to_bytes(32, "little")], "key of none")
    assert refused("ONI-6", lambda: net.chain(fresh(seed, "secret"), tuple(keys)))


# ---- the header ----


@fault("ONI-8", "commands")
def NamesTheMixItself(net: Net, route: Sequence[Hop], kind: int, destination: int, mark: bytes) -> Any:
    """Each mix is told its own number and not its successor's."""
    shifted = [route[0], *route[:-1]]
    renamed = [hop.model_copy(update={"mix": before.mix}) for hop, before in zip(route, shifted, strict=True)]
    return net.commands(renamed, kind, destination, mark)


@fault("ONI-8", "commands")
def TellsTheNextInstruction(net: Net, route: Sequence[Hop], kind: int, destination: int, mark: bytes) -> Any:
    """Each mix is told the instruction to the one behind it."""
    times = [hop.model_dump(include={"delay", "earliest", "latest"}) for hop in (*route[1:], route[0])]
    return net.commands([h.model_copy(update=t) for h, t in zip(route, times, strict=True)], kind, destination, mark)


@fault("ONI-8", "written")
def WritesNumbersBackwards(net: Net, command: Command) -> Any:
    """The lowest byte of a number comes first."""
    whole = net.written(command)
    return whole[:1] + whole[1:5][::-1] + whole[5:]


@fault("ONI-8", "header")
def EndsAnyhow(
    net: Net, secret: bytes, most: int, route: Any, kind: int, destination: int, mark: bytes, padding: bytes
) -> Any:
    """A route may end with whatever command."""
    net.header(secret, most, route, REPLY, destination, mark, padding)
    return net.headed(secret, most, route, kind, destination, mark, padding)[0]


@fault("ONI-9", "enclose")
def PadsWithZeros(net: Net, profile: Any, keys: Sequence[Any], told: Sequence[Any], padding: Any) -> Any:
    """Behind the last command there are zeros: the last mix counts how many."""
    return net.enclose(profile, keys, told, profile.zeros(profile.size(padding)))


@fault("ONI-9", "header")
def TakesPaddingOfAnySize(
    net: Net, secret: bytes, most: int, route: Any, kind: int, destination: int, mark: bytes, padding: bytes
) -> Any:
    """Padding that is too short is filled up with zeros, and what is too long cut off."""
    room = most * SLOT - COMMAND
    return net.header(secret, most, route, kind, destination, mark, padding[:room].ljust(room, b"\0"))


HEADERS = (
    ForgetsTheFiller,
    FillsFromTheBeginning,
    LeavesTheLastLayerOff,
    NamesTheMixItself,
    TellsTheNextInstruction,
    WritesNumbersBackwards,
    PadsWithZeros,
    GrowsByATag,
)


@law("ONI-8", "ONI-9", "ONI-10", "ONI-23", needs=("onion.header",), faults=HEADERS, source="Danezis and Goldberg 2009")
def a_header_opens_mix_by_mix(net: Net, forall: Forall) -> None:
    """Each mix finds a tag that fits, its command and instruction; behind the last there is what was drawn."""
    way, seed, kind = some_way(forall), forall(Seeds(), "seed"), forall([DELIVER, REPLY], "kind")
    mark = fresh(seed, "mark")[:16] if kind == REPLY else NO_MARK
    destination = forall([0, 7, 2**32 - 1], "destination")
    secret, padding = fresh(seed, "x"), drawn(seed, "pads", 0, way.most)
    header = net.header(secret, way.most, way.route, kind, destination, mark, padding)
    assert header == closed(layers(secret, way.publics), commands(way.route, kind, destination, mark), padding)[0]
    packet = header + bytes(way.payload + TAG)
    for place, mix in enumerate(way.mixes):
        last = place == len(way.mixes) - 1
        _, command, following, _ = opened(way, place, packet)
        assert command.kind == (kind if last else PASS_ON)
        assert command.number == (destination if last else way.mixes[place + 1].number)
        assert command.mark == (mark if last else NO_MARK)
        assert (command.delay, command.earliest, command.latest) == (mix.delay, mix.earliest, mix.latest)
        packet = following + bytes(way.payload + TAG)


@law("ONI-8", "ONI-9", needs=("onion.header",), faults=(EndsAnyhow, TakesPaddingOfAnySize))
def a_header_that_would_be_none_is_refused(net: Net, forall: Forall) -> None:
    """A route that ends with no delivery and no reply, a message with a mark, padding of another size."""
    way, seed = some_way(forall), forall(Seeds(), "seed")
    kind, marked, more = forall([0, 1, 2, 3, 255], "kind"), forall(bool, "mark"), forall([-1, 0, 1], "bytes more")
    padding = (drawn(seed, "pads", 0, 20) * 2)[: way.room - COMMAND + more]
    mark = b"m" * 16 if marked else NO_MARK
    reasons = {"ONI-9": more != 0, "ONI-8": kind not in (DELIVER, REPLY) or (kind == DELIVER and marked)}
    try:
        net.header(seed, way.most, way.route, kind, 7, mark, padding)
    except Reject as refusal:
        assert reasons.get(refusal.clause)
    else:
        assert not any(reasons.values())


# ---- the payload ----


@fault("ONI-11", "rounds")
def SkipsARound(net: Net, key: bytes, block: bytes, order: Sequence[int]) -> Any:
    """The permutation has three rounds: who changes its end does not change its beginning much."""
    return net.rounds(key, block, [number for number in order if number != 3])


@fault("ONI-11", "permute")
def TakesBlocksWithoutARightPart(net: Net, key: bytes, block: bytes, back: bool) -> Any:
    """A block of 32 bytes, or fewer, is permuted as far as it goes."""
    return net.permute(key, block, back) if len(block) > 32 else block


@fault("ONI-11", "block_of")
def LeavesOutTheZeros(net: Net, message: bytes, payload: int) -> Any:
    """The message begins at once, and random bytes stand for the zeros."""
    return b"\xa5" * TAG + net.block_of(message, payload)[TAG:]


@law("ONI-11", needs=("onion.permute",), faults=(SkipsARound,), source="Anderson and Biham 1996")
def a_block_is_permuted_as_a_whole(net: Net, forall: Forall) -> None:
    """It comes back as it was; and a change of one bit, permuted or restored, changes about half of all bits."""
    block, place = forall(Bytes(33, 300), "block"), forall(range(300 * 8), "bit")
    key = forall(Seeds(), "key") * 4
    key = (
        key[:32] + bytes(b ^ 1 for b in key[32:64]) + bytes(b ^ 2 for b in key[64:96]) + bytes(b ^ 3 for b in key[96:])
    )
    assert net.permute(key, block, False) == permuted(key, block)
    assert net.permute(key, block, True) == restored(key, block)
    assert net.permute(key, net.permute(key, block, False), True) == block
    changed = bytearray(block)
    changed[place // 8 % len(block)] ^= 1 << place % 8
    for back in (False, True):
        one, other = (int.from_bytes(net.permute(key, bytes(each), back)) for each in (block, changed))
        flipped = (one ^ other).bit_count()
        assert 8 * len(block) * 0.25 < flipped < 8 * len(block) * 0.75  # 132 bits or more, each with chance 1/2


@law(
    "ONI-11",
    needs=("onion.permute",),
    exact=True,
    proves="blocks of 0 to 40 bytes",
    faults=(TakesBlocksWithoutARightPart,),
)
def a_block_without_a_right_part_is_refused(net: Net, forall: Forall) -> None:
    """Of 32 bytes and fewer, permuted or restored."""
    size, back = forall(range(41), "size"), forall(bool, "back")
    assert refused("ONI-11", lambda: net.permute(bytes(range(128)), bytes(size), back)) == (size <= 32)


# ---- packets ----


@fault("ONI-3", "draw")
def KeepsItsSecret(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """One secret serves for all packets."""
    return net.draw(seed, name, 0 if name == "once" else number, most)


@fault("ONI-3", "draw")
def KeepsItsPadding(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """One padding serves for all packets."""
    return net.draw(seed, name, 0 if name == "pads" else number, most)


@fault("ONI-3", "wrap")
def NeverCounts(net: Net, sender: Any, route: Any, destination: int, message: bytes) -> Any:
    """Packets are not counted, so that each is made as the first one was."""
    after, packet = net.wrap(sender, route, destination, message)
    return after.model_copy(update={"made": sender.made}), packet


PACKETS = (
    KeepsItsSecret,
    KeepsItsPadding,
    NeverCounts,
    LeavesOutTheZeros,
    PermutesForTheFirstOnly,
    PermutesInTheWrongOrder,
)


@law("ONI-3", "ONI-4", "ONI-11", needs=("onion.sender",), faults=(*PACKETS, DrawsHalfASeed))
def a_packet_carries_its_message_to_the_last_mix(net: Net, forall: Forall) -> None:
    """Each packet of a sender is of its own draws; mix by mix a layer comes off, and in the end zeros come first."""
    way, seed, messages = some_way(forall), forall(Seeds(), "seed"), forall(range(1, 4), "packets")
    sender = net.prepare(way.most, way.payload, seed)
    for number in range(messages):
        message = fresh(seed, number)[: forall([0, 1, 31], "bytes of the message")]
        sender, made = net.wrap(sender, way.route, 77, message)
        secret, padding = drawn(seed, "once", number, way.most), drawn(seed, "pads", number, way.most)
        told = commands(way.route, DELIVER, 77, NO_MARK)
        assert made.packet[: way.header] == closed(layers(secret, way.publics), told, padding)[0]
        assert made.first == way.mixes[0].number
        packet = made.packet
        for place in range(len(way.mixes)):
            assert len(packet) == way.packet
            _, _, following, block = opened(way, place, packet)
            packet = following + block
        assert packet[way.header :] == block_of(message, way.payload)


def sender_s_own(net: Net, way: Way, seed: bytes) -> Any:
    """A sender who draws for itself; an implementation without randomness of its own is given this seed."""
    try:
        return net.prepare(way.most, way.payload, None)
    except Reject:
        return net.prepare(way.most, way.payload, seed)


@fault("ONI-4", "draw")
def PadsAsItLikes(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """Padding of its own is drawn once, and used for ever."""
    return net.draw(bytes(32) if name == "pads" else seed, name, 0 if name == "pads" else number, most)


@law(
    "ONI-3",
    "ONI-4",
    "ONI-9",
    needs=("onion.sender", "onion.own"),
    faults=(KeepsItsSecret, KeepsItsPadding, NeverCounts, PadsWithZeros, PadsAsItLikes),
)
def no_two_packets_have_an_element_in_common(net: Net, forall: Forall) -> None:
    """Packets of senders that draw for themselves arrive; no element, replay tag or padding is there twice."""
    way, seed, seen = some_way(forall), forall(Seeds(), "seed"), list[bytes]()
    for who in range(2):
        sender = sender_s_own(net, way, fresh(seed, who))
        for _ in range(2):
            sender, made = net.wrap(sender, way.route, 77, b"the same")
            packet = made.packet
            for place in range(len(way.mixes)):
                layer, _, following, block = opened(way, place, packet)
                seen += [packet[:32], layer.replay]
                packet = following + block
            assert packet[way.header :] == block_of(b"the same", way.payload)
            seen.append(packet[way.header - TAG : way.header])  # the last mix's tag for nobody is padding
    assert len(set(seen)) == len(seen)
    assert bytes(TAG) not in seen
