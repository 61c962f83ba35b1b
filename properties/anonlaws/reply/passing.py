"""Laws of mixes: what they take off and pass on, what they refuse, and that they take each header once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Forall, Seeds, fault, law, not_a_law
from anonlaws.reply.rows import CountsFromZero, KeepsTheHeadersSize, SealsWithoutOverhead
from anonlaws.reply.symbolic import (
    BindsToTheMixOnly,
    LeavesAnswersAsTheyAre,
    MasksForwardBodies,
    PassesOnAllOfAnAnswer,
    RemembersTheWholeEnvelope,
    SizesBodiesAlike,
)
from anonlaws.reply.wire import (
    FORWARD,
    REPLY,
    Mix,
    Net,
    Row,
    about,
    about_answer,
    as_passed,
    changed,
    fresh,
    locked,
    masked,
    public,
    seal,
    some_row,
    some_way,
)
from anonspec.mix.model import Suite
from anonspec.reply.model import Relay
from anonspec.shape import Reject

# ---- what a header is bound to ----


@fault("REP-4", "about")
def BindsNoMix(net: Net, name: Suite, _hop: int, epoch: int) -> Any:
    """A header opens at every mix that has the key."""
    return net.about(name, 0, epoch)


@fault("REP-4", "about")
def BindsNoSuite(net: Net, _name: Suite, hop: int, epoch: int) -> Any:
    """The code of the suite is the same for all."""
    return net.about("x25519", hop, epoch)


@fault("REP-4", "about")
def BindsNoPurpose(_net: Net, name: Suite, _hop: int, _epoch: int) -> Any:
    """Headers are sealed with what the content of answers is bound to."""
    return about_answer(name)


@fault("REP-4", "about")
def BindsTheMixLittleEndian(net: Net, name: Suite, hop: int, epoch: int) -> Any:
    """The mix's number has its lowest byte first."""
    return net.about(name, int.from_bytes(hop.to_bytes(4), "little"), epoch)


@fault("REP-4", "unwrap")
def OpensTheEpochBefore(net: Net, kit: Any, relay: Relay, envelope: bytes) -> Any:
    """What came too late is opened with the epoch before."""
    try:
        return net.unwrap(kit, relay, envelope)
    except Reject:
        return net.unwrap(kit, relay.model_copy(update={"epoch": max(relay.epoch - 1, 0)}), envelope)


# ---- what is passed on ----


@fault("REP-5", "passed")
def NamesTheMarkFirst(net: Net, relay: Relay, rest: bytes, body: bytes) -> Any:
    """In the core the mark stands before the destination."""
    return net.passed(relay, rest if relay.position < relay.mixes else rest[16:] + rest[:16], body)


@fault("REP-5", "passed")
def ReadsTheDestinationLittleEndian(net: Net, relay: Relay, rest: bytes, body: bytes) -> Any:
    """The destination has its lowest byte first."""
    return net.passed(relay, rest if relay.position < relay.mixes else rest[3::-1] + rest[4:], body)


@fault("REP-5", "passed")
def PutsTheBodyFirst(net: Net, relay: Relay, rest: bytes, body: bytes) -> Any:
    """The next mix gets the body before the header."""
    if relay.position < relay.mixes:
        return net.passed(relay, body, rest)
    return net.passed(relay, rest, body)


@fault("REP-12", "turn")
def DropsTheFirstBytes(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """Of a reply the first 16 bytes are dropped, not the last."""
    return kit.mask(key, body)[16:] if kind == REPLY else net.turn(kit, kind, key, body)


@fault("REP-12", "turn")
def CountsBlocksFromOne(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """The first block of the stream is left out, as ChaCha20-Poly1305 does."""
    return kit.mask(key, bytes(64) + body)[64:-16] if kind == REPLY else net.turn(kit, kind, key, body)


@fault("REP-13", "turn")
def IgnoresTheTag(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """A forward body is deciphered, whether or not its tag fits."""
    return kit.mask(key, bytes(64) + body)[64:-16] if kind == FORWARD else net.turn(kit, kind, key, body)


@fault("REP-13", "turn")
def PassesItOnLocked(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """A forward body is checked, and passed on as it came, less the tag."""
    turned = net.turn(kit, kind, key, body)
    return body[:-16] if kind == FORWARD and turned is not None else turned


TURNS = (
    NamesTheMarkFirst,
    ReadsTheDestinationLittleEndian,
    PutsTheBodyFirst,
    LeavesAnswersAsTheyAre,
    DropsTheFirstBytes,
    PassesOnAllOfAnAnswer,
    CountsBlocksFromOne,
    MasksForwardBodies,
    PassesItOnLocked,
)


def takes_off_a_layer(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    row, kind, seed = some_row(forall, suite), forall([FORWARD, REPLY], "kind"), forall(Seeds(), "seed")
    position = forall(range(1, len(row.mixes) + 1), "position")
    way = some_way(row, kind, seed)
    for place in (position, len(row.mixes)):  # the core shows at the last one only
        came, wanted = way[place - 1], as_passed(row, place, way[place])
        _, passed = net.process(row.begun(net, place), came)
        assert passed == wanted
        mix = row.mixes[place - 1]
        about_it = (mix.number, mix.epoch, place, len(row.mixes), row.payload)
        assert net.peel(suite, mix.secret, *about_it, came) == wanted


@law(
    "REP-4",
    "REP-5",
    "REP-8",
    "REP-12",
    "REP-13",
    needs=("reply.node", "reply.peel", "reply.x25519"),
    faults=(
        *TURNS,
        BindsToTheMixOnly,
        BindsNoMix,
        BindsNoPurpose,
        BindsTheMixLittleEndian,
        SealsWithoutOverhead,
        SizesBodiesAlike,
        KeepsTheHeadersSize,
    ),
)
def a_mix_takes_off_one_layer(net: Net, forall: Forall) -> None:
    """At every position of every row a mix passes on just what was put into its layer, and the body made shorter."""
    takes_off_a_layer(net, forall, "x25519")


@law(
    "REP-4",
    "REP-5",
    "REP-8",
    "REP-12",
    "REP-13",
    needs=("reply.node", "reply.peel", "reply.mlkem768-x25519"),
    faults=(BindsNoSuite, BindsNoMix, NamesTheMarkFirst, CountsBlocksFromOne, PassesItOnLocked),
)
def a_mix_takes_off_one_larger_layer(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    takes_off_a_layer(net, forall, "mlkem768-x25519")


@law(
    "REP-5",
    "REP-12",
    "REP-13",
    needs=("reply.node", "reply.x25519"),
    faults=(LeavesAnswersAsTheyAre, PassesItOnLocked),
)
def nothing_that_came_in_goes_out(net: Net, forall: Forall) -> None:
    """No eight bytes of what a mix passes on stand anywhere in what it got."""
    row, kind, seed = some_row(forall), forall([FORWARD, REPLY], "kind"), forall(Seeds(), "seed")
    position = forall(range(1, len(row.mixes) + 1), "position")
    came = some_way(row, kind, seed)[position - 1]
    _, passed = net.process(row.begun(net, position), came)
    leaves = passed.next or passed.mark + passed.body
    before = {came[place : place + 8] for place in range(len(came) - 7)}
    assert before.isdisjoint({leaves[place : place + 8] for place in range(len(leaves) - 7)})


@law(
    "REP-8",
    "REP-12",
    "REP-13",
    needs=("reply.node", "reply.sizes", "reply.x25519"),
    faults=(PassesOnAllOfAnAnswer, SizesBodiesAlike, KeepsTheHeadersSize, SealsWithoutOverhead, CountsFromZero),
)
def forward_and_reply_have_one_size(net: Net, forall: Forall) -> None:
    """At each position messages of both kinds are as long as the table says, for a sender who knows only the sizes."""
    row, seed = some_row(forall), forall(Seeds(), "seed")
    many = len(row.mixes)
    items = {kind: some_way(row, kind, seed)[0] for kind in (FORWARD, REPLY)}
    for position in range(1, many + 1):
        sizes = net.sizes("x25519", many, row.payload, position)
        assert (sizes.header, sizes.body) == (row.header(position), row.body(position))
        for kind, item in items.items():
            assert len(item) == sizes.header + sizes.body
            _, passed = net.process(row.begun(net, position), item)
            items[kind] = passed.next or passed.body
    assert {len(item) for item in items.values()} == {row.payload}


# ---- what is refused ----


@fault("REP-8", "unwrap")
def CutsWhatIsTooLong(net: Net, kit: Any, relay: Relay, envelope: bytes) -> Any:
    """What is longer than an envelope is cut off."""
    size = net.header_size(kit.overhead, relay.mixes, relay.position)
    return net.unwrap(kit, relay, envelope[: size + net.body_size(relay.mixes, relay.payload, relay.position)])


@fault("REP-8", "unwrap")
def FillsWhatIsTooShort(net: Net, kit: Any, relay: Relay, envelope: bytes) -> Any:
    """What is shorter than an envelope is filled with zeros."""
    size = net.header_size(kit.overhead, relay.mixes, relay.position)
    whole = size + net.body_size(relay.mixes, relay.payload, relay.position)
    return net.unwrap(kit, relay, envelope.ljust(whole, b"\0"))


@fault("REP-9", "turn")
def TakesAnyKind(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """Whatever is not a forward message is a reply."""
    return net.turn(kit, kind if kind == FORWARD else REPLY, key, body)


@fault("REP-9", "turn")
def TakesWhatIsNoReplyForForward(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """Whatever is not a reply is a forward message."""
    return net.turn(kit, kind if kind == REPLY else FORWARD, key, body)


@fault("REP-9", "turn")
def TellsThatTheBodyWasChanged(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """A forward body that does not open is refused in words of its own."""
    turned = net.turn(kit, kind, key, body)
    if kind == FORWARD and turned is None:
        raise Reject("REP-13", "the body was changed")
    return turned


@fault("REP-9", "turn")
def TellsThatTheKindIsNone(net: Net, kit: Any, kind: bytes, key: bytes, body: bytes) -> Any:
    """A kind that is none is refused in words of its own."""
    if kind not in (FORWARD, REPLY):
        raise Reject("REP-5", "there is no such kind")
    return net.turn(kit, kind, key, body)


@fault("REP-9", "unwrap")
def PassesOnWhatDoesNotOpen(net: Net, kit: Any, relay: Relay, envelope: bytes) -> Any:
    """What does not open goes on as it is, less as much as a layer has."""
    try:
        return net.unwrap(kit, relay, envelope)
    except Reject as refusal:
        if refusal.clause == "REP-8":
            raise
        size = net.header_size(kit.overhead, relay.mixes, relay.position)
        return envelope[:size], envelope[kit.overhead + 33 : size], envelope[size:-16]


REFUSALS = (
    TakesAnyKind,
    TakesWhatIsNoReplyForForward,
    TellsThatTheBodyWasChanged,
    TellsThatTheKindIsNone,
    PassesOnWhatDoesNotOpen,
)

CHANGES = [
    "nothing",
    "a byte of the header",
    "a byte of the body",
    "cut",
    "longer",
    "mix",
    "next epoch",
    "epoch before",
    "key",
    "suite",
    "purpose",
    "kind",
    "forward body under another kind",
]
SEALED: dict[str, Callable[[Mix], Mix]] = {
    "mix": lambda mix: replace(mix, number=mix.number ^ 1),
    "next epoch": lambda mix: replace(mix, epoch=mix.epoch + 1),
    "epoch before": lambda mix: replace(mix, epoch=mix.epoch - 1),
    "key": lambda mix: replace(mix, secret=fresh(mix.secret)),
}
"""To whom a header is sealed that a mix cannot open."""


@dataclass(frozen=True)
class Layer:
    """What a mix is to find in an envelope, and what stands beside it."""

    kind: bytes
    key: bytes
    rest: bytes
    body: bytes

    def sealed(self, row: Row, mix: Mix, seed: bytes, info: bytes = b"") -> bytes:
        """The envelope, its header sealed to a mix."""
        data, info = self.kind + self.key + self.rest, info or about(row.suite, mix.number, mix.epoch)
        return seal(row.suite, public(row.suite, mix.secret), info, data, fresh(seed, "seal")) + self.body


def some_layer(row: Row, position: int, kind: bytes, seed: bytes) -> tuple[Layer, bytes]:
    """One for the mix at a position, and what it has to pass on."""
    key, rest = fresh(seed, "key"), hashlib.shake_256(seed).digest(row.header(position + 1))
    body = hashlib.shake_256(key).digest(row.body(position))
    if kind == FORWARD:
        body = body[:-16]
        return Layer(kind, key, rest, locked(key, body)), rest + body
    return Layer(kind, key, rest, masked(key, body)), rest + body[:-16]


def forged(forall: Forall, change: str, row: Row, position: int, layer: Layer, seed: bytes) -> bytes:
    """An envelope with one thing about it changed."""
    mix = row.mixes[position - 1]
    infos = {"suite": about("mlkem768-x25519", mix.number, mix.epoch), "purpose": about_answer(row.suite)}
    if change == "kind":
        layer = replace(layer, kind=forall([b"\2", b"\x80", b"\xff"], "kind of none"))
    elif change == "forward body under another kind":
        layer = replace(layer, kind=b"\3", body=locked(layer.key, layer.body[:-16]))
    reader = SEALED[change](mix) if change in SEALED else mix
    envelope = layer.sealed(row, reader, seed, infos.get(change, b""))
    size, by = row.header(position), forall([1, 128, 255], "by")
    if change == "a byte of the header":
        return changed(envelope, forall(range(size), "place"), by)
    if change == "a byte of the body":
        return changed(envelope, forall(range(size, len(envelope)), "place"), by)
    if change == "cut":
        return envelope[: forall(range(len(envelope)), "kept")]
    return envelope + bytes(by) if change == "longer" else envelope


@law(
    "REP-4",
    "REP-8",
    "REP-9",
    "REP-13",
    needs=("reply.node", "reply.x25519"),
    faults=(
        *REFUSALS,
        IgnoresTheTag,
        CutsWhatIsTooLong,
        FillsWhatIsTooShort,
        OpensTheEpochBefore,
        BindsToTheMixOnly,
        BindsNoMix,
        BindsNoPurpose,
        SealsWithoutOverhead,
    ),
)
def what_is_not_for_the_mix_is_refused_alike(net: Net, forall: Forall) -> None:
    """Whatever is changed, sealed for another or of no kind is refused by one clause; and the mix is as it was."""
    row, kind, seed = some_row(forall), forall([FORWARD, REPLY], "kind"), forall(Seeds(), "seed")
    position = forall(range(1, len(row.mixes) + 1), "position")
    state, mix = row.begun(net, position), row.mixes[position - 1]
    layer, goes_on = some_layer(row, position, kind, seed)
    change = forall(CHANGES if mix.epoch else [each for each in CHANGES if each != "epoch before"], "change")
    sound = layer.sealed(row, mix, seed)
    if change != "nothing" and not (kind == REPLY and change == "a byte of the body"):
        bad = forged(forall, change, row, position, layer, seed)
        try:
            net.process(state, bad)
        except Reject as refusal:
            assert refusal.clause == ("REP-9" if len(bad) == len(sound) else "REP-8")
        else:
            raise AssertionError("it is not refused")
    _, passed = net.process(state, sound)
    assert passed == as_passed(row, position, goes_on)


ROW = Row("x25519", (Mix(3, 1, fresh(b"only", "mix")),), 49 + 3)
"""Of one mix, with room for three bytes."""


@law(
    "REP-9",
    "REP-13",
    needs=("reply.peel", "reply.x25519"),
    exact=True,
    proves="every byte of one forward envelope, three changes each",
    faults=(IgnoresTheTag, PassesOnWhatDoesNotOpen, TellsThatTheBodyWasChanged),
)
def no_byte_of_a_forward_message_can_be_changed(net: Net, forall: Forall) -> None:
    """Wherever a forward message was changed, the next mix refuses it, and always by the same clause."""
    mix = ROW.mixes[0]
    layer, _ = some_layer(ROW, 1, FORWARD, b"forward")
    envelope = layer.sealed(ROW, mix, b"forward")
    bad = changed(envelope, forall(range(len(envelope)), "place"), forall([1, 128, 255], "by"))
    try:
        net.peel(ROW.suite, mix.secret, mix.number, mix.epoch, 1, 1, ROW.payload, bad)
    except Reject as refusal:
        assert refusal.clause == "REP-9"
    else:
        raise AssertionError("it is not refused")


@law(
    "REP-8",
    needs=("reply.peel", "reply.x25519"),
    exact=True,
    proves="every length up to twice that of one envelope, both kinds",
    faults=(CutsWhatIsTooLong, FillsWhatIsTooShort),
)
def no_other_size_is_taken(net: Net, forall: Forall) -> None:
    """An envelope that was cut anywhere, or made longer, is refused for its size."""
    mix, kind = ROW.mixes[0], forall([FORWARD, REPLY], "kind")
    layer, _ = some_layer(ROW, 1, kind, b"either")
    envelope = layer.sealed(ROW, mix, b"either")
    length = forall(range(2 * len(envelope)), "bytes")
    try:
        net.peel(ROW.suite, mix.secret, mix.number, mix.epoch, 1, 1, ROW.payload, (2 * envelope)[:length])
    except Reject as refusal:
        assert refusal.clause == "REP-8"
        assert length != len(envelope)
    else:
        assert length == len(envelope)


# ---- each header once ----


@fault("REP-10", "admit")
def RemembersNothing(net: Net, relay: Relay, envelope: bytes) -> Any:
    """Whatever opens is taken, as often as it comes."""
    _, rest, body = net.admit(relay, envelope)
    return relay, rest, body


@fault("REP-10", "admit")
def RemembersTheLastOnly(net: Net, relay: Relay, envelope: bytes) -> Any:
    """Only the header that was taken last is known again."""
    after, rest, body = net.admit(relay, envelope)
    return after.model_copy(update={"seen": after.seen - relay.seen}), rest, body


@fault("REP-10", "admit")
def RemembersBodies(net: Net, relay: Relay, envelope: bytes) -> Any:
    """Two envelopes are the same if their last 16 bytes are."""
    known = hashlib.sha256(envelope[-16:]).digest()
    if known in relay.seen:
        raise Reject("REP-10", "this body was here before")
    _, rest, body = net.admit(relay.model_copy(update={"seen": frozenset()}), envelope)
    return relay.model_copy(update={"seen": relay.seen | {known}}), rest, body


@fault("REP-11", "rekey")
def GoesBack(_net: Net, relay: Relay, epoch: int, secret: bytes) -> Any:
    """An epoch may be taken up again."""
    return relay.model_copy(update={"epoch": epoch, "secret": secret, "seen": frozenset()}), None


@fault("REP-11", "rekey")
def StaysInItsEpoch(net: Net, relay: Relay, epoch: int, secret: bytes) -> Any:
    """A new key may be for the epoch that there is."""
    before = relay.model_copy(update={"epoch": -1}) if epoch == relay.epoch else relay
    return net.rekey(before, epoch, secret)


@fault("REP-11", "rekey")
def CountsOneByOne(net: Net, relay: Relay, epoch: int, secret: bytes) -> Any:
    """No epoch may be left out."""
    if epoch > relay.epoch + 1:
        raise Reject("REP-11", "this is not the next epoch")
    return net.rekey(relay, epoch, secret)


@fault("REP-11", "rekey")
def KeepsTheOldKey(net: Net, relay: Relay, epoch: int, _secret: bytes) -> Any:
    """The epoch is the new one, and the key the old one."""
    return net.rekey(relay, epoch, relay.secret)


@fault("REP-11", "rekey")
def KeepsTheOldEpoch(net: Net, relay: Relay, epoch: int, secret: bytes) -> Any:
    """The key is the new one, and the epoch the old one."""
    after, _ = net.rekey(relay, epoch, secret)
    return after.model_copy(update={"epoch": relay.epoch}), None


MEMORIES = (RemembersNothing, RemembersTheLastOnly, RemembersTheWholeEnvelope, RemembersBodies)
EPOCHS = (GoesBack, StaysInItsEpoch, CountsOneByOne, KeepsTheOldKey, KeepsTheOldEpoch)


@dataclass(frozen=True)
class Schedules:
    """What happens to a mix, a letter for each event; drawn only.

    `n` another envelope, a digit: a copy of that number, `o`: the header of the last one taken with another body, `x`
    a changed envelope and then the sound one, `k` the next epoch with a new key, `s` the next with the same key, `j` a
    later epoch, `e` the same epoch, `b` the one before.
    """

    def strategy(self) -> st.SearchStrategy[str]:
        return st.lists(st.sampled_from("nnno0123xxksjeb"), min_size=6, max_size=12).map("".join)


@dataclass
class Told:
    """A mix alone in its row, as this file keeps it: its epoch and key, and the headers that it has taken."""

    net: Net
    row: Row
    state: Any
    seen: set[bytes] = field(default_factory=set)

    def hand(self, sealed_to: Mix | None, envelope: bytes, goes_on: bytes) -> None:
        """Hand over an envelope, which opens for the mix that it was sealed to, if it does for any."""
        header = envelope[: self.row.header(1)]
        clause = "REP-10" if header in self.seen else "" if sealed_to == self.row.mixes[0] else "REP-9"
        try:
            state, passed = self.net.process(self.state, envelope)
        except Reject as refusal:
            assert refusal.clause == clause
        else:
            assert not clause
            assert passed == as_passed(self.row, 1, goes_on)
            self.state = state
            self.seen.add(header)

    def rekey(self, mix: Mix) -> None:
        """Give it a key, which it refuses if the epoch is not a later one."""
        later = mix.epoch > self.row.mixes[0].epoch
        try:
            state, _ = self.net.rekey(self.state, mix.epoch, mix.secret)
        except Reject as refusal:
            assert refusal.clause == "REP-11"
            assert not later
        else:
            assert later
            self.state, self.row, self.seen = state, replace(self.row, mixes=(mix,)), set()


KEYS = {"k": (1, True), "s": (1, False), "j": (5, True), "e": (0, True), "b": (-1, True)}
"""How many epochs later, and whether the key is another."""


@law(
    "REP-10",
    "REP-11",
    needs=("reply.node", "reply.x25519"),
    faults=(*MEMORIES, *EPOCHS, BindsToTheMixOnly, OpensTheEpochBefore),
)
def a_header_is_taken_once_and_in_its_epoch(net: Net, forall: Forall) -> None:
    """Whatever comes in what order, a mix takes each header of its epoch once, and after a new key none from before."""
    seed, payload = forall(Seeds(), "seed"), 48 + 9
    row = Row("x25519", (Mix(258, 7, fresh(seed, "mix")),), payload)
    told, made = Told(net, row, row.begun(net, 1)), list[tuple[Mix, bytes, Layer, bytes]]()
    for number, letter in enumerate(forall(Schedules(), "schedule") + "n0nok0"):
        mix = told.row.mixes[0]
        if letter in KEYS:
            later, another = KEYS[letter]
            told.rekey(Mix(mix.number, mix.epoch + later, fresh(mix.secret) if another else mix.secret))
        elif letter in "nx":
            layer, goes_on = some_layer(row, 1, (FORWARD, REPLY)[number % 2], fresh(seed, number))
            envelope = layer.sealed(row, mix, fresh(seed, number))
            if letter == "x":
                told.hand(None, changed(envelope, number % row.header(1)), b"")
            made.append((mix, envelope, layer, goes_on))
            told.hand(mix, envelope, goes_on)
        elif letter.isdigit() and int(letter) < len(made):
            sealed_to, envelope, _, goes_on = made[int(letter)]
            told.hand(sealed_to, envelope, goes_on)
        elif letter == "o" and made:
            sealed_to, envelope, layer, goes_on = made[-1]
            body = changed(goes_on[20:], 0)
            other = masked(layer.key, body + bytes(16)) if layer.kind == REPLY else locked(layer.key, body)
            told.hand(sealed_to, envelope[: row.header(1)] + other, goes_on[:20] + body)


# ---- what one would believe ----


@not_a_law("REP-12", needs=("reply.peel", "reply.x25519"), exact=True)
def a_mix_notices_that_an_answer_was_changed(net: Net, forall: Forall) -> None:
    """An answer of which a byte was changed on the way is refused by the next mix."""
    mix = ROW.mixes[0]
    layer, _ = some_layer(ROW, 1, REPLY, b"reply")
    bad = changed(layer.sealed(ROW, mix, b"reply"), forall(range(ROW.header(1), ROW.header(1) + 16), "place"))
    try:
        net.peel(ROW.suite, mix.secret, mix.number, mix.epoch, 1, 1, ROW.payload, bad)
    except Reject:
        pass
    else:
        assert not "taken"


@not_a_law("REP-10", "REP-12", needs=("reply.peel", "reply.x25519"), exact=True)
def answers_to_one_address_come_out_unlike(net: Net, forall: Forall) -> None:
    """Of two answers to one address, whoever sees them before and after a mix cannot tell what they have in common."""
    mix = ROW.mixes[0]
    layer, _ = some_layer(ROW, 1, REPLY, b"twice")
    place = forall(range(ROW.payload), "place")
    other = replace(layer, body=changed(layer.body, place, 255))
    bodies = [
        net.peel(ROW.suite, mix.secret, mix.number, mix.epoch, 1, 1, ROW.payload, each.sealed(ROW, mix, b"twice")).body
        for each in (layer, other)
    ]
    same = [one == another for one, another in zip(*bodies, strict=True)]
    assert same != [at != place for at in range(ROW.payload)]
