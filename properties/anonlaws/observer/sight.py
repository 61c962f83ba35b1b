"""Laws of who sees what, and of whom that makes a suspect."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Forall, assume, fault, law, not_a_law
from anonlaws.observer.beliefs import Eye, refusal
from anonspec.observer.model import Active, Coalition, Global, Local, Observer, Packet, Seen, Server

# ---- domains ----

NODES = range(5)


@dataclass(frozen=True)
class Transcripts:
    """Short ones on five nodes and few ticks, so that causes, ties and equal packets are common."""

    def strategy(self) -> st.SearchStrategy[list[Packet]]:
        return transcripts()


@cache
def transcripts() -> st.SearchStrategy[list[Packet]]:
    """One strategy for all draws: to make it takes longer than to draw from it."""
    ends = [(a, b) for a in NODES for b in NODES if a != b]
    data = st.sampled_from([b"", b"a", b"b", b"ab", b"c"])
    row = st.tuples(st.integers(0, 3), st.sampled_from(ends), data, data, st.integers(0, 5))
    return st.lists(row, max_size=7).map(caused)


def caused(rows: Sequence[tuple[int, tuple[int, int], bytes, bytes, int]]) -> list[Packet]:
    """Packets of which each has one of the causes it may have, or none, as the last number says."""
    packets: list[Packet] = []
    for time, (source, destination), data, content, which in rows:
        may = [at for at, each in enumerate(packets) if each.destination == source and each.time <= time]
        cause = may[which % len(may)] if may and which else None
        packets.append(packet(time, source, destination, data, content, cause))
    return packets


@dataclass(frozen=True)
class Observers:
    """Of every kind."""

    def strategy(self) -> st.SearchStrategy[Any]:
        return observers()


@cache
def observers() -> st.SearchStrategy[Any]:
    """One strategy for all draws."""
    node = st.sampled_from(NODES)
    nodes = st.lists(node, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Local, node=node),
        st.builds(Server, node=node),
        st.builds(Coalition, nodes=nodes),
        st.just(Global()),
        st.builds(Active, nodes=nodes),
    )


def packet(
    time: int, source: int, destination: int, data: bytes = b"", content: bytes = b"", cause: int | None = None
) -> Packet:
    """A packet."""
    return Packet(time=time, source=source, destination=destination, bytes=data, content=content, cause=cause)


def own(observer: Observer) -> set[int]:
    """The nodes that an observer is."""
    if isinstance(observer, Server):
        return {observer.node}
    return set(observer.nodes) if isinstance(observer, Coalition | Active) else set()


def within_sight(observer: Observer, each: Packet) -> bool:
    """Whether an observer sees a packet at all."""
    if isinstance(observer, Global | Active):
        return True
    near = {observer.node} if isinstance(observer, Local) else own(observer)
    return bool({each.source, each.destination} & near)


# ---- transcripts and views ----


@fault("OBS-1", "check_transcript")
def AcceptsAnyTranscript(_eye: Eye, _packets: Any) -> None:
    """Whatever is listed is taken for a transcript."""


@fault("OBS-1", "check_transcript")
def OverlooksTheClock(eye: Eye, packets: Sequence[Packet]) -> None:
    """A packet may be caused by one that came later, if only it stands before it in the list."""
    eye.check_transcript([each.model_copy(update={"time": 0}) for each in packets])


@fault("OBS-2", "watches")
def EavesdropsEverywhere(eye: Eye, observer: Observer, node: int) -> bool:
    """A local eavesdropper is taken for a global one."""
    return isinstance(observer, Local) or bool(eye.watches(observer, node))


@fault("OBS-2", "view")
def HearsOnlyWhatIsSent(eye: Eye, observer: Observer, packets: Sequence[Packet]) -> tuple[Seen, ...]:
    """A local eavesdropper misses what its node receives."""
    return tuple(
        each for each in eye.view(observer, packets) if not isinstance(observer, Local) or each.source == observer.node
    )


@fault("OBS-3", "watches")
def WiretapsForTheCoalition(eye: Eye, observer: Observer, node: int) -> bool:
    """Corrupted members are taken to read every wire."""
    return isinstance(observer, Coalition) or bool(eye.watches(observer, node))


@fault("OBS-3", "view")
def ServerForgetsItsAnswers(eye: Eye, observer: Observer, packets: Sequence[Packet]) -> tuple[Seen, ...]:
    """A server has only what was sent to it."""
    return tuple(
        each
        for each in eye.view(observer, packets)
        if not isinstance(observer, Server) or each.destination == observer.node
    )


@fault("OBS-4", "watches")
def HopesNobodyReadsEverything(eye: Eye, observer: Observer, node: int) -> bool:
    """A global observer is at some wires only: those of node 0."""
    return node == 0 if isinstance(observer, Global) else bool(eye.watches(observer, node))


@fault("OBS-4", "watches")
def ActiveOnlyWhereItIs(eye: Eye, observer: Observer, node: int) -> bool:
    """An active observer sees no more than its own nodes do."""
    return node in observer.nodes if isinstance(observer, Active) else bool(eye.watches(observer, node))


@fault("OBS-5", "look")
def MeasuresTheContent(eye: Eye, observer: Observer, each: Packet, places: Any) -> Seen:
    """The size is that of the content."""
    seen: Seen = eye.look(observer, each, places).model_copy(update={"size": len(each.content)})
    return seen


@fault("OBS-5", "look")
def PassesOverTheBytes(eye: Eye, observer: Observer, each: Packet, places: Any) -> Seen:
    """The bytes of a packet that one is not an end of are left out, as if encryption hid them."""
    seen: Seen = eye.look(observer, each, places)
    return seen if seen.content is not None else seen.model_copy(update={"bytes": b""})


@fault("OBS-6", "look")
def ReadsThroughEncryption(eye: Eye, observer: Observer, each: Packet, places: Any) -> Seen:
    """Whoever sees a packet reads its content."""
    seen: Seen = eye.look(observer, each, places).model_copy(update={"content": each.content})
    return seen


@fault("OBS-6", "look")
def ForgetsItsOwnCauses(eye: Eye, observer: Observer, each: Packet, places: Any) -> Seen:
    """A corrupted relay does not remember what it passed on."""
    seen: Seen = eye.look(observer, each, places).model_copy(update={"cause": None})
    return seen


@fault("OBS-6", "look")
def NamesPlacesOfTheTranscript(eye: Eye, observer: Observer, each: Packet, places: Any) -> Seen:
    """A cause is given by its place among all packets, seen or not."""
    seen: Seen = eye.look(observer, each, places)
    return seen if seen.cause is None else seen.model_copy(update={"cause": each.cause})


@fault("OBS-7", "outside")
def KeepsTheOrder(_eye: Eye, each: Packet) -> int:
    """Packets of the same tick stay in the order in which they were sent."""
    return each.time


@fault("OBS-7", "outside")
def SortsByBytesBeforeSize(_eye: Eye, each: Packet) -> Any:
    """Of two packets the one with the lesser bytes comes first, whatever their sizes."""
    return each.time, each.source, each.destination, each.bytes


@law(
    "OBS-2",
    "OBS-3",
    "OBS-4",
    "OBS-5",
    needs=("observer.view",),
    faults=(
        EavesdropsEverywhere,
        HearsOnlyWhatIsSent,
        WiretapsForTheCoalition,
        ServerForgetsItsAnswers,
        HopesNobodyReadsEverything,
        ActiveOnlyWhereItIs,
        MeasuresTheContent,
        PassesOverTheBytes,
    ),
)
def an_observer_sees_its_wires_and_no_others(eye: Eye, forall: Forall) -> None:
    """Of each kind of observer the view has just the packets of its wires, with what a wire shows of them."""
    observer, packets = forall(Observers(), "observer"), forall(Transcripts(), "packets")
    seen = Counter((s.time, s.source, s.destination, s.size, s.bytes) for s in eye.view(observer, packets))
    assert seen == Counter(
        (p.time, p.source, p.destination, len(p.bytes), p.bytes) for p in packets if within_sight(observer, p)
    )


@law(
    "OBS-6",
    needs=("observer.view",),
    faults=(ReadsThroughEncryption, ForgetsItsOwnCauses, NamesPlacesOfTheTranscript),
)
def only_the_ends_know_content_and_cause(eye: Eye, forall: Forall) -> None:
    """An own node reads what it sent and received, and knows which packet made it send; nobody else does."""
    observer, packets = forall(Observers(), "observer"), forall(Transcripts(), "packets")
    nodes, seen = own(observer), eye.view(observer, packets)

    def headers(each: Packet | Seen) -> tuple[int, int, int, bytes]:
        return each.time, each.source, each.destination, each.bytes

    told = Counter((headers(s), s.content, s.cause if s.cause is None else headers(seen[s.cause])) for s in seen)
    assert told == Counter(
        (
            headers(p),
            p.content if {p.source, p.destination} & nodes else None,
            headers(packets[p.cause]) if p.source in nodes and p.cause is not None else None,
        )
        for p in packets
        if within_sight(observer, p)
    )


@law("OBS-6", needs=("observer.view",), faults=(ReadsThroughEncryption,))
def what_the_ends_keep_does_not_show_on_the_wire(eye: Eye, forall: Forall) -> None:
    """Whatever the contents and causes, an observer that is no node sees the same."""
    observer = forall([Local(node=0), Local(node=3), Global(), Active(nodes=())], "observer")
    packets = forall(Transcripts(), "packets")
    bare = [each.model_copy(update={"content": b"other", "cause": None}) for each in packets]
    assert list(eye.view(observer, packets)) == list(eye.view(observer, bare))


@law("OBS-7", needs=("observer.view",), faults=(KeepsTheOrder, SortsByBytesBeforeSize))
def the_order_of_sending_does_not_show(eye: Eye, forall: Forall) -> None:
    """Sent in any other order within the same ticks, the packets give the same view, sorted."""
    observer = forall([Local(node=0), Local(node=3), Global()], "observer")
    packets = [each.model_copy(update={"cause": None}) for each in forall(Transcripts(), "packets")]
    seen = eye.view(observer, packets)
    keys = [(each.time, each.source, each.destination, each.size, each.bytes) for each in seen]
    assert keys == sorted(keys)
    assert list(seen) == list(eye.view(observer, packets[::-1]))
    assert list(seen) == list(eye.view(observer, packets[1::2] + packets[::2]))


@law("OBS-1", needs=("observer.view",), faults=(AcceptsAnyTranscript, OverlooksTheClock))
def an_impossible_transcript_is_refused(eye: Eye, forall: Forall) -> None:
    """A packet to its own source, and a cause that had not come, spoil any transcript; nothing else does."""
    observer, packets = forall(Observers(), "observer"), forall(Transcripts(), "packets")
    assert refusal(lambda: eye.view(observer, packets)) == ""
    place, time = len(packets), 2
    first = packet(time, 0, 1)
    for bad in (
        packet(time, 1, 1),
        packet(time, 1, 2, cause=place + 1),
        packet(time, 1, 2, cause=place + 2),
        packet(time, 3, 2, cause=place),
        packet(time, 0, 2, cause=place),
        packet(time - 1, 1, 2, cause=place),
    ):
        assert refusal(lambda bad=bad: eye.view(observer, [*packets, first, bad])) == "OBS-1"  # type: ignore[misc]
    assert refusal(lambda: eye.view(observer, [*packets, first, packet(time, 1, 2, cause=place)])) == ""


# ---- suspects ----

Found = tuple[int, ...]


@fault("OBS-8", "suspects")
def SuspectsEverybody(_eye: Eye, _observer: Any, _packets: Any, users: Sequence[int], *_: Any) -> Found:
    """All users are named, whatever the headers say."""
    return tuple(sorted(set(users)))


@fault("OBS-8", "suspects")
def StopsAtTheRelay(eye: Eye, observer: Any, packets: Any, users: Any, _relays: Any, place: int) -> Found:
    """The source is taken for the sender even if it only passes on."""
    found: Found = eye.suspects(observer, packets, users, (), place)
    return found


@fault("OBS-8", "suspects")
def ExpectsADelay(eye: Eye, observer: Any, packets: Sequence[Packet], users: Any, relays: Any, place: int) -> Found:
    """A relay is believed to need a tick: what reached it in the same one cannot be the cause."""
    seen = eye.view(observer, packets)
    if own(observer) or place >= len(seen) or not all(eye.watches(observer, relay) for relay in relays):
        given: Found = eye.suspects(observer, packets, users, relays, place)
        return given
    traced = [place]
    for at in traced:
        traced += [
            before
            for before, each in enumerate(seen)
            if seen[at].source in relays
            and each.destination == seen[at].source
            and each.time < seen[at].time
            and before not in traced
        ]
    return tuple(sorted({seen[at].source for at in traced} & set(users)))


@fault("OBS-8", "suspects")
def ForgetsWhatItDid(eye: Eye, observer: Any, packets: Any, users: Any, relays: Any, place: int) -> Found:
    """A corrupted relay traces by times what it could look up."""
    if not isinstance(observer, Active):
        given: Found = eye.suspects(observer, packets, users, relays, place)
        return given
    found: Found = eye.suspects(Global(), packets, users, relays, place)
    return found


@fault("OBS-8", "suspects")
def TrustsWhatItDoesNotSee(eye: Eye, observer: Any, packets: Any, users: Any, relays: Any, place: int) -> Found:
    """Where wires are not read, only the relay itself is suspected."""
    near = [node for node in relays if eye.watches(observer, node)]
    found: Found = eye.suspects(observer, packets, users, near, place)
    return found


@law(
    "OBS-8",
    needs=("observer.view",),
    exact=True,
    proves="one or two packets among three nodes, two ticks, every kind of observer",
    faults=(SuspectsEverybody,),
)
def without_protection_the_sender_is_named(eye: Eye, forall: Forall) -> None:
    """Nobody relays: whoever sees a packet has its sender for the only suspect."""
    nodes = range(3)
    observer = forall(
        [Local(node=0), Server(node=1), Coalition(nodes=(0, 2)), Global(), Active(nodes=(1,))], "observer"
    )
    ends = [(a, b) for a in nodes for b in nodes if a != b]
    packets = [
        packet(forall([0, 1], f"time {i}"), *forall(ends, f"ends {i}")) for i in range(forall([1, 2], "packets"))
    ]
    for place, seen in enumerate(eye.view(observer, packets)):
        assert list(eye.suspects(observer, packets, list(nodes), [], place)) == [seen.source]


def traces(observer: Observer, packets: Sequence[Packet]) -> Iterator[tuple[int, Packet, int]]:
    """Packets seen, by their place in the view, each with who began what it carries."""
    sight = [at for at, each in enumerate(packets) if within_sight(observer, each)]
    sight.sort(key=lambda at: (*[getattr(packets[at], f) for f in ("time", "source", "destination")], at))
    for place, at in enumerate(sight):
        first = packets[at]
        while first.cause is not None:
            first = packets[first.cause]
        yield place, packets[at], first.source


@law(
    "OBS-8",
    needs=("observer.view",),
    faults=(StopsAtTheRelay, ExpectsADelay, TrustsWhatItDoesNotSee),
)
def whoever_began_it_is_a_suspect(eye: Eye, forall: Forall) -> None:
    """Relays pass on as they like, and the true sender is among the suspects of every packet that is seen."""
    observer = forall(Observers(), "observer")
    packets = [each.model_copy(update={"bytes": b""}) for each in forall(Transcripts(), "packets")]
    relays = sorted({each.source for each in packets if each.cause is not None} | {forall(NODES, "another relay")})
    users = sorted({each.source for each in packets if each.cause is None})
    for place, _, sender in traces(observer, packets):
        assert sender in eye.suspects(observer, packets, users, relays, place)


@law("OBS-8", needs=("observer.view",), faults=(SuspectsEverybody, ForgetsWhatItDid))
def nobody_is_suspected_without_a_way(eye: Eye, forall: Forall) -> None:
    """Who reads all wires suspects those only from whom packets lead on, in time, to the one in question."""
    observer = forall([Global(), Active(nodes=(0, 1)), Active(nodes=(2, 3, 4))], "observer")
    packets = [each.model_copy(update={"bytes": b""}) for each in forall(Transcripts(), "packets")]
    relays, nodes = forall([(), (1,), (1, 2, 3), tuple(NODES)], "relays"), own(observer)
    for place, last, _ in traces(observer, packets):
        from_here = {packets.index(last)}
        equal = [at for at, each in enumerate(packets) if outside(each) == outside(last)]
        assume(len(equal) == 1)
        for _ in packets:
            from_here |= {
                at
                for at, each in enumerate(packets)
                for to in map(packets.__getitem__, from_here)
                if (at == to.cause if to.source in nodes else to.source in relays)
                and each.destination == to.source
                and each.time <= to.time
            }
        begun = {packets[at].source for at in from_here if packets[at].source not in nodes or packets[at].cause is None}
        assert list(eye.suspects(observer, packets, list(NODES), relays, place)) == sorted(begun)


def outside(each: Packet) -> tuple[int, int, int, bytes]:
    """What a wire shows."""
    return each.time, each.source, each.destination, each.bytes


@not_a_law("OBS-8", needs=("observer.view",), exact=True, proves="one user and one relay")
def a_relay_hides_its_users(eye: Eye, forall: Forall) -> None:
    """Behind a relay a sender is one of several suspects."""
    came, left = packet(0, forall([0, 1], "sender"), 2), packet(forall([1, 2], "time"), 2, 3, cause=0)
    assert len(eye.suspects(Global(), [came, left], [0, 1], [2], 1)) > 1
