"""Laws of the parties: a member and its pads, a reader and its round, framed messages."""

from collections.abc import Collection, Mapping, Sequence
from itertools import permutations
from typing import Any

from anonlaws.dcnet.net import AddsTheMessageTwice, MixesInNoMessage
from anonlaws.dcnet.words import ANY_GROUP, SOME_GROUPS, Net, Word, Words, minus, plus, reachable
from anonlaws.law import Bytes, Forall, Integers, assume, fault, law
from anonspec.dcnet.model import Edge, Group, Waiting, Xor
from anonspec.shape import Reject

# ---- words and nets that are refused ----


@fault("DCN-1", "read_word")
def TakesAnyLength(net: Net, group: Group, data: bytes) -> int:
    """A word is read at whatever length it comes."""
    return net.read_word(group, data[: net.width(group)].rjust(net.width(group), b"\0"))


@fault("DCN-1", "read_word")
def ReducesLargeWords(net: Net, group: Group, data: bytes) -> int:
    """A word that is not below the modulus is taken modulo m."""
    if group.kind == "xor" or len(data) != net.width(group):
        return net.read_word(group, data)
    return int.from_bytes(data) % group.modulus


@fault("DCN-6", "check_roster")
def SeatsTwo(net: Net, members: int) -> None:
    """Two members are a net."""
    if members < 2:
        net.check_roster(members)


@fault("DCN-7", "check_net")
def TakesAnyEdge(net: Net, members: int, edges: Collection[Edge]) -> None:
    """Edges are taken as they come."""
    net.check_net(members, {(min(edge), max(edge)) for edge in edges if len({*edge}) == 2 and max(edge) < members})


@fault("DCN-8", "check_net")
def TakesPieces(net: Net, members: int, edges: Collection[Edge]) -> None:
    """A key graph may fall into parts."""
    try:
        net.check_net(members, edges)
    except Reject as refusal:
        if refusal.clause != "DCN-8":
            raise


@law(
    "DCN-6",
    "DCN-7",
    "DCN-8",
    needs=("dcnet.member",),
    exact=True,
    proves="up to 4 members, up to 3 edges out of 8, good and bad",
    faults=(SeatsTwo, TakesAnyEdge, TakesPieces),
)
def a_net_that_protects_nobody_is_refused(net: Net, forall: Forall) -> None:
    """A member takes a place only among three or more, on a connected graph whose edges join two members, each once."""
    members = forall(range(5), "members")
    pool = [(0, 1), (0, 2), (1, 2), (1, 3), (1, 0), (2, 2), (0, 3), (2, 4)]
    edges = tuple(forall(pool, f"edge {i}") for i in range(forall(range(4), "edges")))
    proper = all(low < high < members for low, high in edges) and len(set(edges)) == len(edges)
    faults = {
        "DCN-6": members < 3,
        "DCN-7": not proper or members == 0,  # there is no place 0 in a net of nobody
        "DCN-8": len(reachable(0, edges) & set(range(members))) < members,
    }
    try:
        net.join(Xor(bytes=1), members, edges, 0)
    except Reject as refusal:
        assert faults[refusal.clause]
    else:
        assert not any(faults.values())


# ---- pads ----


@law(
    "DCN-13",
    needs=("dcnet.sum",),
    proves="every group, 1 to 4 pads",
    faults=(MixesInNoMessage, AddsTheMessageTwice),
    source="Chaum 1988",
)
def a_pad_used_twice_gives_the_messages_away(net: Net, forall: Forall) -> None:
    """Two announcements under the same pads differ by the difference of the messages, with no secret left in it."""
    group = forall(SOME_GROUPS, "group")
    pads = {peer: forall(Words(group), f"pad {peer}") for peer in range(1, 1 + forall(range(1, 5), "pads"))}
    one, two = forall(Words(group), "first message"), forall(Words(group), "second message")
    difference = minus(group, net.announce(group, 0, pads, one), net.announce(group, 0, pads, two))
    assert difference == minus(group, one, two)


@fault("DCN-13", "speak")
def ForgetsTheRound(net: Net, member: Any, round: int, pads: Mapping[int, Word], message: Word) -> Any:
    """A member announces as often as it is asked to."""
    return member, net.speak(member, round, pads, message)[1]


@fault("DCN-13", "speak")
def RefusesOnlyTheSameRound(net: Net, member: Any, round: int, pads: Mapping[int, Word], message: Word) -> Any:
    """A member remembers the last round, and takes any other for new."""
    if round == member.spoken:
        return net.speak(member, round, pads, message)
    return net.speak(member.model_copy(update={"spoken": -1}), round, pads, message)


@fault("DCN-12", "speak")
def SpeaksWithThePadsItHas(net: Net, member: Any, round: int, pads: Mapping[int, Word], message: Word) -> Any:
    """A missing pad is left out."""
    return net.speak(member.model_copy(update={"neighbours": tuple(sorted(pads))}), round, pads, message)


@fault("DCN-11", "speak")
def SendsZero(net: Net, member: Any, round: int, pads: Mapping[int, Word], message: Word) -> Any:
    """The word zero is sent like any other."""
    return net.speak(member, round, pads, None if message is not None and message == 0 else message)


@law(
    "DCN-13",
    needs=("dcnet.member",),
    proves="any two rounds, every group",
    faults=(ForgetsTheRound, RefusesOnlyTheSameRound),
)
def a_member_spends_no_pad_twice(net: Net, forall: Forall) -> None:
    """A member announces in a round only if it comes after all in which it has; a refusal uses no round up."""
    group = forall(ANY_GROUP, "group")
    member = net.join(group, 3, ((0, 1), (1, 2)), 0)
    spent = -1
    for i in range(3):
        round = forall(Integers(0, 2**53 - 1), f"round {i}")
        pad = forall(Words(group), f"pad {i}")
        try:
            member, word = net.speak(member, round, {1: pad}, None)
        except Reject as refusal:
            assert refusal.clause == "DCN-13"
            assert round <= spent
        else:
            assert round > spent
            assert word == pad
            spent = round


@law(
    "DCN-11",
    "DCN-12",
    needs=("dcnet.member",),
    proves="every group, a chain of 3 members, every set of pads",
    faults=(SpeaksWithThePadsItHas, SendsZero),
)
def a_member_speaks_only_under_all_its_pads(net: Net, forall: Forall) -> None:
    """A member refuses to announce with a pad too few or too many, and a message that is zero."""
    group = forall(ANY_GROUP, "group")
    member = net.join(group, 4, ((0, 1), (0, 2), (2, 3)), 0)
    pads = {peer: forall(Words(group), f"pad {peer}") for peer in (1, 2, 3) if forall(bool, f"has {peer}")}
    message = forall(Words(group), "message")
    try:
        _, word = net.speak(member, 0, pads, message)
    except Reject as refusal:
        assert (refusal.clause == "DCN-12" and set(pads) != {1, 2}) or (refusal.clause == "DCN-11" and message == 0)
    else:
        assert set(pads) == {1, 2}
        assert message != 0
        assert word == plus(group, message, *pads.values())


@fault("DCN-14", "pad")
def PutsItselfFirst(net: Net, *given: Any) -> int:
    """Each end writes its own public value first, so the two come to different pads."""
    group, session, round, _me, _peer, secret, public = given
    return net.pad(group, session, round, 0, 1, secret, public)


@fault("DCN-14", "pad")
def IgnoresTheRound(net: Net, *given: Any) -> int:
    """All rounds have the same pad."""
    group, session, _round, *rest = given
    return net.pad(group, session, 0, *rest)


@fault("DCN-14", "pad")
def IgnoresTheSession(net: Net, *given: Any) -> int:
    """All sessions have the same pads."""
    group, _session, *rest = given
    return net.pad(group, bytes(16), *rest)


@fault("DCN-14", "pad")
def CutsALongerPadShort(net: Net, *given: Any) -> int:
    """The pads of nets of different widths begin alike."""
    group, *rest = given
    if group.kind == "mod":
        return net.pad(group, *rest)
    return net.pad(Xor(bytes=1024), *rest) >> 8 * (1024 - group.bytes)


@fault("DCN-14", "pad")
def TakesNoMargin(net: Net, *given: Any) -> int:
    """A pad of a mod group is reduced from as many bytes as a word has, so low words are likelier."""
    group = given[0]
    if group.kind == "xor":
        return net.pad(*given)
    key = net.pad_key(*given[:3], net.agreement(*given[3:]))
    return int.from_bytes(net.suite.keystream(key, net.width(group))) % group.modulus


@fault("DCN-15", "pad")
def AgreesWithAnybody(net: Net, *given: Any) -> int:
    """An agreement of zeros is taken for a secret."""
    try:
        return net.pad(*given)
    except Reject:
        return 0


def key_pair(secret: str, public: str) -> tuple[bytes, bytes]:
    """An X25519 secret and its public value."""
    return bytes.fromhex(secret), bytes.fromhex(public)


KEYS = [
    key_pair(
        "56137f944987444f4717b881c09e5ed14c51d1437544534d345a7b7faf241368",
        "c7f79b4ef765cb46fd042389b21f84bccd35cc37758ca8abd83f4d944bdefd44",
    ),
    key_pair(
        "7d3675e9a679cd0589fb2856c920d6576a964bbdad5ff694a8ddcab07c6f5e43",
        "c4be9609e2c64d24a1b67a88bcdae41c735c53423c93065bb583f671a0366e50",
    ),
    key_pair(
        "71d418552002f1887af80ede3b4b7f677eac3e81e6d942a4d98f0c20ebcbf74c",
        "7be6bfd90c394b96724df827f297efb035b8dece3ec3cdd875b437e34b171459",
    ),
]
"""Made for these laws alone."""

Place = tuple[Any, bytes, int]


def place(forall: Forall, name: str, groups: Sequence[Any]) -> Place:
    """A group, a session and a round; two of them are often alike in part."""
    session = forall([bytes(16), bytes(15) + b"\1", b"\1" + bytes(15)], f"{name} session")
    return forall(groups, f"{name} group"), session, forall([0, 1, 2**32, 2**53 - 1], f"{name} round")


@law("DCN-14", needs=("dcnet.pads",), faults=(PutsItselfFirst,), source="RFC 7748, RFC 5869")
def both_ends_derive_the_same_pad(net: Net, forall: Forall) -> None:
    """The two ends of an edge come to the same word, whichever of them is the lower."""
    where = place(forall, "the", SOME_GROUPS)
    me, peer = forall(list(permutations(range(3), 2)), "me and peer")
    (my_secret, my_value), (their_secret, their_value) = forall(list(permutations(KEYS, 2)), "keys")
    mine = net.pad(*where, me, peer, my_secret, their_value)
    assert mine == net.pad(*where, peer, me, their_secret, my_value)


@law("DCN-14", needs=("dcnet.pads",), faults=(IgnoresTheRound, IgnoresTheSession, CutsALongerPadShort))
def pads_of_two_places_have_nothing_in_common(net: Net, forall: Forall) -> None:
    """In another round, session or group the pad is another, from its first eight bytes on."""
    groups = (Xor(bytes=8), Xor(bytes=9), Xor(bytes=1000))
    one, other = place(forall, "one", groups), place(forall, "other", groups)
    assume(one != other)
    ours = (0, 1, KEYS[0][0], KEYS[1][1])
    first_bytes = [net.pad(*where, *ours) >> 8 * (where[0].bytes - 8) for where in (one, other)]
    assert first_bytes[0] != first_bytes[1]


# ---- a reader ----


@fault("DCN-16", "hear")
def CountsTwice(net: Net, reader: Any, round: int, member: int, word: Word) -> Any:
    """The second announcement of a member is added to the first."""
    if isinstance(reader, Waiting) and member not in reader.missing and round == reader.round and member < 3:
        after = reader.model_copy(update={"total": plus(reader.group, reader.total, word)})
        return after, net.report(after)
    return net.hear(reader, round, member, word)


@fault("DCN-16", "hear")
def TakesStrangers(net: Net, reader: Any, round: int, member: int, word: Word) -> Any:
    """An announcement from outside of the roster stands in for the first member missing."""
    if isinstance(reader, Waiting) and member > max(reader.missing):
        return net.hear(reader, round, reader.missing[0], word)
    return net.hear(reader, round, member, word)


@fault("DCN-17", "hear")
def TakesAnyRound(net: Net, reader: Any, round: int, member: int, word: Word) -> Any:
    """The number of the round is not looked at."""
    return net.hear(reader, getattr(reader, "round", round), member, word)


@fault("DCN-18", "close")
def TellsThePartialSum(net: Net, reader: Any) -> Any:
    """A round that is closed early gives the sum of those who did announce."""
    after, report = net.close(reader)
    return after, report.model_copy(update={"sum": reader.total})


@fault("DCN-18", "report")
def TellsTheSumSoFar(net: Net, reader: Any) -> Any:
    """A reader that waits tells what it has."""
    report = net.report(reader)
    return report.model_copy(update={"sum": reader.total}) if isinstance(reader, Waiting) else report


@fault("DCN-18", "close")
def NamesNobody(net: Net, reader: Any) -> Any:
    """A failed round does not say who was missing."""
    after, report = net.close(reader)
    return after, report.model_copy(update={"missing": ()})


@fault("DCN-19", "close")
def FailsAfterwards(net: Net, reader: Any) -> Any:
    """A round that is combined can still be closed."""
    if isinstance(reader, Waiting):
        return net.close(reader)
    return reader, net.report(reader)


@law(
    "DCN-16",
    "DCN-17",
    "DCN-18",
    "DCN-19",
    needs=("dcnet.reader",),
    proves="every sequence of up to 4 events before 3 members, every group",
    faults=(
        CountsTwice,
        TakesStrangers,
        TakesAnyRound,
        TellsThePartialSum,
        TellsTheSumSoFar,
        NamesNobody,
        FailsAfterwards,
    ),
)
def a_reader_gives_the_sum_of_all_or_nothing(net: Net, forall: Forall) -> None:
    """A reader takes each member once, refuses the rest unmoved, and tells no sum but the whole."""
    group = forall(ANY_GROUP, "group")
    reader = net.listen(group, 3, 5)
    said: dict[int, Word] = {}
    state = "waiting"
    for i in range(forall(range(1, 5), "events")):
        event = forall(["hear 0", "hear 1", "hear 2", "hear 3", "other round", "close"], f"event {i}")
        member = int(event[-1]) if event.startswith("hear") else 0
        word = forall(Words(group), f"word {i}")
        wanted = None
        if state != "waiting":
            wanted = "DCN-19"
        elif event == "other round":
            wanted = "DCN-17" if member not in said else None
            assume(wanted)
        elif event != "close" and (member in said or member == 3):
            wanted = "DCN-16"
        try:
            if event == "close":
                reader, report = net.close(reader)
            else:
                reader, report = net.hear(reader, 4 if event == "other round" else 5, member, word)
            assert wanted is None
            said |= {} if event == "close" else {member: word}
            state = "failed" if event == "close" else "combined" if len(said) == 3 else "waiting"
        except Reject as refusal:
            assert refusal.clause == wanted
            reader, report = net.look(reader)
        assert report.state == state
        assert list(report.missing) == [member for member in range(3) if member not in said]
        assert report.sum == plus(group, *said.values()) if state == "combined" else report.sum is None


# ---- framed messages ----


@fault("DCN-2", "frame")
def FillsWithZeros(_net: Net, group: Xor, message: bytes) -> int:
    """A message is followed by zeros alone; an empty one is silence."""
    return int.from_bytes(message.ljust(group.bytes, b"\0")[: group.bytes])


@fault("DCN-2", "frame")
def CutsLongMessages(net: Net, group: Xor, message: bytes) -> int:
    """A message that is too long loses its end."""
    return net.frame(group, message[: group.bytes - 1])


@fault("DCN-3", "unframe")
def StopsAtTheFirstMark(net: Net, group: Group, word: int) -> bytes:
    """The message ends at its own first byte 80."""
    return net.unframe(group, word).partition(b"\x80")[0]


@fault("DCN-3", "unframe")
def NeedsNoMark(net: Net, group: Xor, word: int) -> bytes:
    """A word without the mark is read as a message all the same."""
    try:
        return net.unframe(group, word)
    except Reject:
        return word.to_bytes(group.bytes).rstrip(b"\0")


@law("DCN-2", "DCN-3", needs=("dcnet.frame",), faults=(FillsWithZeros, CutsLongMessages, StopsAtTheFirstMark))
def a_framed_message_comes_back(net: Net, forall: Forall) -> None:
    """A message that fits gives a word that is not zero and gives the message back; one that does not is refused."""
    group = Xor(bytes=forall(range(1, 20), "bytes"))
    message = forall(Bytes(0, 20), "message")
    try:
        word = net.frame(group, message)
    except Reject as refusal:
        assert refusal.clause == "DCN-2"
        assert len(message) >= group.bytes
    else:
        assert len(message) < group.bytes
        assert word != 0
        assert net.unframe(group, word) == message


@law("DCN-3", needs=("dcnet.frame",), faults=(NeedsNoMark, StopsAtTheFirstMark))
def only_framed_words_are_read(net: Net, forall: Forall) -> None:
    """A word that is read as a message is the word of that message: there is one word for each and no other is read."""
    group = Xor(bytes=forall(range(1, 6), "bytes"))
    word = int.from_bytes(bytes(forall([0, 1, 0x80, 0x81, 0xFF], f"byte {i}") for i in range(group.bytes)))
    try:
        message = net.unframe(group, word)
    except Reject as refusal:
        assert refusal.clause == "DCN-3"
        assert not (word.to_bytes(group.bytes).rstrip(b"\0")).endswith(b"\x80")
    else:
        assert net.frame(group, message) == word
