"""Laws of whole paths: the way back, static paths, breaks, new formations, and what is forged."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from anonlaws.crowds.wire import Hop, Net, Seeds, Wire, drawn, gathered, links, some_crowd
from anonlaws.law import Forall, Function, Integers, assume, fault, law
from anonspec.crowds.model import Crowd, Entry, Link, Send
from anonspec.shape import Reject

# ---- there and back ----


@fault("CRW-8", "draw")
def KeepsTheIdentifier(net: Net, seed: bytes, name: str, formation: int, neighbour: int | None, path: bytes) -> bytes:
    """A path has one identifier on all links."""
    if name == "path" and neighbour is not None:
        return path
    data: bytes = net.draw(seed, name, formation, neighbour, path)
    return data


@fault("CRW-9", "told")
def TidiesUp(net: Net, kind: str, link: Link, content: bytes | None) -> Any:
    """White space at the ends of a content is taken away."""
    return net.told(kind, link, content and content.strip())


@fault("CRW-10", "retrace")
def AnswersTheLatest(net: Net, table: Sequence[Entry], on: Link) -> Link:
    """A response goes to whoever sent the latest request on a new path."""
    net.retrace(table, on)
    return table[-1].back


@fault("CRW-10", "retrace")
def KeepsTheIdentifierOnTheWayBack(net: Net, table: Sequence[Entry], on: Link) -> Link:
    """A response goes back under the identifier that it came with."""
    back: Link = net.retrace(table, on)
    return back if back.neighbour is None else Link(back.neighbour, on.path)


@fault("CRW-10", "enter")
def KeepsOneEntry(net: Net, _table: Sequence[Entry], back: Link, on: Link) -> Any:
    """A new path takes the place of the one before."""
    return net.enter((), back, on)


@fault("CRW-11", "known")
def FormsEveryOwnPathAnew(net: Net, table: Sequence[Entry], back: Link) -> Entry | None:
    """Every request of the member's own user goes its own way."""
    entry: Entry | None = None if back.neighbour is None else net.known(table, back)
    return entry


@fault("CRW-11", "request")
def RoutesEachRequestAnew(net: Net, jondo: Any, neighbour: int | None, path: bytes | None, content: bytes) -> Any:
    """A further request of a path tosses a new coin."""
    table = tuple(entry for entry in jondo.table if neighbour is None or entry.back != (neighbour, path))
    rerouted = {"table": table, "formation": jondo.formation + len(jondo.table) - len(table)}
    return net.request(jondo.model_copy(update=rerouted), neighbour, path, content)


def answered(wire: Wire, hops: Sequence[Hop], content: bytes) -> list[Hop]:
    """Have the server answer the request that took these hops."""
    last = hops[-1]
    assert last.send.neighbour is None
    assert last.sender is not None
    return wire.tell(last.sender, "response", None, last.send.path, content)


@law(
    "CRW-8",
    "CRW-9",
    "CRW-10",
    "CRW-11",
    needs=("crowds.jondo",),
    faults=(
        KeepsTheIdentifier,
        TidiesUp,
        AnswersTheLatest,
        KeepsTheIdentifierOnTheWayBack,
        KeepsOneEntry,
        FormsEveryOwnPathAnew,
        RoutesEachRequestAnew,
    ),
    source="Reiter and Rubin 1998",
)
def a_response_retraces_its_path(net: Net, forall: Forall) -> None:
    """Several initiators ask and are answered in any order: each way back is the way there reversed, contents whole."""
    crowd = some_crowd(forall)
    seed = forall(Seeds(), "seeds")
    wire = gathered(net, crowd, seed)
    asked: list[tuple[int, list[Hop]]] = []
    for number in range(forall(range(2, 5), "requests")):
        initiator = forall(crowd.roster, f"initiator {number}")
        content = forall([b" a\n", b"b", b""], f"content {number}")
        hops = wire.ask(initiator, content)
        assert {hop.send.kind for hop in hops} == {"request"}
        assert {hop.send.content for hop in hops} == {content}
        assert hops[0].sender == initiator
        before = [links(earlier) for whose, earlier in asked if whose == initiator]
        assert before in ([], [links(hops)] * len(before))
        assert all(hop.send.neighbour in crowd.roster for hop in hops[:-1])
        assert len({hop.send.path for hop in hops}) == len(hops)
        asked.append((initiator, hops))
    for number in range(len(asked)):
        initiator, hops = forall(asked, f"answered {number}")
        content = forall([b"", b"\tx", b"answer "], f"answer {number}")
        back = answered(wire, hops, content)
        expected = [(hop.send.neighbour, hop.sender, hop.send.path) for hop in reversed(hops[:-1])]
        assert links(back) == [*expected, (initiator, None, None)]
        assert {(hop.send.kind, hop.send.content) for hop in back} == {("response", content)}


@law(
    "CRW-8",
    "CRW-10",
    sampled=False,
    proves="paths of up to 4 hops among 3 members, loops and all, every identifier",
    faults=(AnswersTheLatest, KeepsTheIdentifierOnTheWayBack, KeepsOneEntry),
)
def tables_lead_back_the_way_they_lead_there(net: Net, forall: Forall) -> None:
    """Whatever members a path goes through, and however often, their tables lead back through the same, in reverse."""
    hops = forall(range(1, 5), "hops")
    route: list[int | None] = [0, *(forall(range(3), f"hop {i}") for i in range(hops)), None]
    given = [forall(Integers(0), f"identifier {i}") for i in range(hops + 1)]
    for i, one in enumerate(given):
        for other in given[:i]:
            assume(one != other)  # 16 bytes, drawn
    tables: dict[Any, Any] = dict.fromkeys(range(3), ())
    came = Link(None, None)
    for here, there, identifier in zip(route, route[1:], given, strict=False):
        tables[here] = net.enter(tables[here], came, Link(there, identifier))
        came = Link(here, identifier)
    link = Link(None, given[-1])
    for here, before, identifier in zip(route[-2:0:-1], route[-3::-1], given[-2::-1], strict=True):
        back = net.retrace(tables[here], link)
        assert back == Link(before, identifier)
        link = Link(here, identifier)
    assert net.retrace(tables[0], link) == Link(None, None)


@dataclass(frozen=True, eq=False)
class Whole:
    """All entries of a table of any length, as one: `goes` says over which links some path goes on."""

    goes: Any
    back: Link
    broken: bool = False

    @property
    def on(self) -> "Whole":
        """Equal to each link over which some path goes on."""
        return self

    def __eq__(self, link: Any) -> Any:
        return self.goes(*link)

    __hash__ = None  # type: ignore[assignment]


@law(
    "CRW-10",
    sampled=False,
    proves="tables of every length, every link",
    by="a table answers a link as one entry does that goes on over the links of all; a path is a step for each hop",
    faults=(AnswersTheLatest, KeepsOneEntry),
)
def one_more_path_disturbs_no_other(net: Net, forall: Forall) -> None:
    """A path entered leads back where it came from, and the way back of every other one is what it was."""

    def link(name: str) -> Link:
        return Link(forall(Integers(0), f"{name} neighbour"), forall(Integers(0), f"{name} identifier"))

    goes = forall(Function(Integers(0), Integers(0), result=bool), "some path goes on over")
    before = (Whole(goes, link("old back")),)
    back, on, asked = link("back"), link("on"), link("asked")
    after = net.enter(before, back, on)
    if not goes(*on):
        assert net.retrace(after, on) == back
    if on != asked:
        if goes(*asked):
            assert net.retrace(after, asked) == before[0].back
        else:
            try:
                net.retrace(after, asked)
            except Reject as refusal:
                assert refusal.clause == "CRW-12"
            else:
                raise AssertionError("an unknown link leads back")


# ---- what is forged ----


@fault("CRW-12", "retrace")
def GuessesTheWayBack(net: Net, table: Sequence[Entry], on: Link) -> Link:
    """A response under an unknown identifier goes to the first path there is."""
    try:
        back: Link = net.retrace(table, on)
    except Reject:
        if not table:
            raise
        return table[0].back
    return back


@fault("CRW-12", "retrace")
def LooksAtTheIdentifierOnly(net: Net, table: Sequence[Entry], on: Link) -> Link:
    """A response is taken from whoever knows the identifier."""
    back: Link = net.retrace(table, next((entry.on for entry in table if entry.on.path == on.path), on))
    return back


@fault("CRW-12", "retrace")
def AnswersOnBrokenPaths(net: Net, table: Sequence[Entry], on: Link) -> Link:
    """A response is passed back though the path is broken."""
    back: Link = net.retrace([entry._replace(broken=False) for entry in table], on)
    return back


@fault("CRW-13", "request")
def ServesStrangers(net: Net, jondo: Any, neighbour: int | None, path: bytes | None, content: bytes) -> Any:
    """A request is taken from anybody."""
    roster = tuple(sorted({*jondo.crowd.roster, *([] if neighbour is None else [neighbour])}))
    crowd = jondo.crowd.model_copy(update={"roster": roster})
    after, sends = net.request(jondo.model_copy(update={"crowd": crowd}), neighbour, path, content)
    return after.model_copy(update={"crowd": jondo.crowd}), sends


def _except(clause: str, check: Any) -> None:
    try:
        check()
    except Reject as refusal:
        if refusal.clause != clause:
            raise


@fault("CRW-14", "check_fresh")
def TakesCopies(net: Net, *given: Any) -> None:
    """An identifier that belongs to another link is taken for a new path's."""
    _except("CRW-14", lambda: net.check_fresh(*given))


@fault("CRW-14", "check_fresh")
def TakesWhatItGaveOut(net: Net, table: Sequence[Entry], me: int, back: Link) -> None:
    """An identifier that the member drew itself comes back as a new path's."""
    others = [entry._replace(on=Link(None, None)) for entry in table if entry.on != back or back.neighbour != me]
    net.check_fresh([*others, *(entry for entry in table if entry.on == back and back.neighbour == me)], me, back)


@fault("CRW-15", "check_fresh")
def BelievesItself(net: Net, *given: Any) -> None:
    """A request from itself is taken whether it sent one or not."""
    _except("CRW-15", lambda: net.check_fresh(*given))


@fault("CRW-18", "sever")
def ForgetsTheBreak(_net: Net, table: Sequence[Entry], _links: Sequence[Link]) -> tuple[Entry, ...]:
    """A broken path is used as if it were whole."""
    return tuple(table)


@fault("CRW-18", "request")
def FormsBrokenPathsAnew(net: Net, jondo: Any, neighbour: int | None, path: bytes | None, content: bytes) -> Any:
    """A request on a broken path forms a new one."""
    whole = tuple(entry for entry in jondo.table if not (entry.broken and entry.back == (neighbour, path)))
    return net.request(jondo.model_copy(update={"table": whole}), neighbour, path, content)


@dataclass
class Path:
    """A path at a member, as this file keeps it."""

    back: tuple[int | None, bytes | None]
    on: tuple[int | None, bytes]
    broken: bool = False


@law(
    "CRW-12",
    "CRW-13",
    "CRW-14",
    "CRW-15",
    "CRW-18",
    needs=("crowds.jondo",),
    faults=(
        GuessesTheWayBack,
        LooksAtTheIdentifierOnly,
        AnswersOnBrokenPaths,
        ServesStrangers,
        TakesCopies,
        TakesWhatItGaveOut,
        BelievesItself,
        ForgetsTheBreak,
        FormsBrokenPathsAnew,
    ),
)
def a_member_takes_only_what_it_can_place(net: Net, forall: Forall) -> None:
    """Whatever arrives, from whomever: what belongs to a whole path is passed on, what was forged or copied is not."""
    seed, me = forall(Seeds(), "seeds")(1), 1
    crowd = Crowd(
        roster=(0, 1, 2), forward=forall([Fraction(0), Fraction(3, 4), Fraction(9, 10)], "forward"), itself=True
    )
    state = net.join(crowd, me, seed)
    paths: list[Path] = []
    for number in range(forall(range(2, 9), "events")):
        event = forall(["request", "request", "response", "broken"], f"event {number}")
        known = [end for path in paths for end in (path.back, path.on) if end[1]]
        fresh = bytes([number + 1]) * 16
        neighbour, identifier = forall([*known, (forall(range(4), f"neighbour {number}"), fresh)], f"link {number}")
        if event == "request" and neighbour is None:
            neighbour = 0  # a server asks nothing
        if forall([False, False, True], f"another neighbour {number}"):
            neighbour = forall(range(4), f"the other neighbour {number}")
        link = (neighbour, identifier)
        content = () if event == "broken" else (b"content",)
        clauses, sent = judged(paths, event, link, me)
        try:
            after, (send,) = getattr(net, event)(state, *link, *content)
        except Reject as refusal:
            assert refusal.clause in clauses
            continue
        assert not clauses
        if sent is None:
            sent = send.neighbour, send.path
            assert send.path == drawn(seed, "path", 0, *link)
            paths.append(Path(link, sent))
        elif event == "broken":
            next(path for path in paths if path.on == link).broken = True
        assert (send.kind, send.neighbour, send.path) == (event, *sent)
        state = after


def judged(paths: list[Path], event: str, link: tuple[Any, Any], me: int) -> tuple[set[str], tuple[Any, Any] | None]:
    """The clauses that demand a refusal; and where the message goes on an old path, None for a new one."""
    neighbour, identifier = link
    if event != "request":
        place = next((path.back for path in paths if path.on == link and not path.broken), None)
        return (set() if place else {"CRW-12"}), place
    clauses = {"CRW-13"} if neighbour > 2 else set()
    old = next((path for path in paths if path.back == link), None)
    if old:
        return clauses | ({"CRW-18"} if old.broken else set()), old.on
    sent = any(path.on == link for path in paths)
    if neighbour == me and not sent:
        clauses.add("CRW-15")
    if any(
        path.back[1] == identifier or (path.on[1] == identifier and not (sent and neighbour == me)) for path in paths
    ):
        clauses.add("CRW-14")
    return clauses, None


# ---- breaks ----


@fault("CRW-16", "leave")
def SaysNothingOfAGap(net: Net, jondo: Any, member: int) -> Any:
    """Paths through a member that has left are broken, and nobody is told."""
    return net.leave(jondo, member)[0], ()


@fault("CRW-16", "leave")
def ReportsOneGap(net: Net, jondo: Any, member: int) -> Any:
    """Of several paths through a member that has left one is reported."""
    after, sends = net.leave(jondo, member)
    return after, sends[:1]


@fault("CRW-16", "leave")
def ReportsAllPaths(net: Net, jondo: Any, member: int) -> Any:
    """When a member leaves, every path that is not broken is reported as broken."""
    after, _ = net.leave(jondo, member)
    whole = [entry.back for entry in jondo.table if not entry.broken]
    return after, tuple(send for back in whole for send in net.told("broken", back, None))


@fault("CRW-17", "broken")
def KeepsBreaksToItself(net: Net, *given: Any) -> Any:
    """A break is noted, and not passed back."""
    return net.broken(*given)[0], ()


@fault("CRW-19", "leave")
def StillChoosesWhoLeft(net: Net, jondo: Any, member: int) -> Any:
    """A member that has left stays on the roster."""
    after, sends = net.leave(jondo, member)
    return after.model_copy(update={"crowd": jondo.crowd}), sends


@law(
    "CRW-16",
    "CRW-17",
    "CRW-18",
    "CRW-19",
    needs=("crowds.jondo",),
    faults=(SaysNothingOfAGap, ReportsOneGap, KeepsBreaksToItself, StillChoosesWhoLeft, ForgetsTheBreak),
)
def every_initiator_learns_of_a_break(net: Net, forall: Forall) -> None:
    """When a member leaves, exactly those whose paths went through it are told, and ask by new paths without it."""
    crowd = some_crowd(forall, least=4)
    seed = forall(Seeds(), "seeds")
    wire = gathered(net, crowd, seed)
    gone = forall(crowd.roster, "gone")
    others = [member for member in crowd.roster if member != gone]
    initiators = sorted({forall(others, f"initiator {i}") for i in range(forall(range(1, 4), "initiators"))})
    paths = {initiator: wire.ask(initiator, b"?") for initiator in initiators}
    del wire.members[gone], wire.sent[:], wire.outside[:]
    for member in others:
        wire.tell(member, "leave", gone)
    lost = [initiator for initiator in initiators if gone in {hop.sender for hop in paths[initiator]}]
    assert sorted(hop.sender or 0 for hop in wire.outside if hop.send.kind == "broken") == lost
    assert all(hop.send == BROKEN for hop in wire.outside)
    for initiator in initiators:
        hops = wire.ask(initiator, b"again")
        assert gone not in {end for hop in hops for end in (hop.sender, hop.send.neighbour)}
        assert (links(hops) == links(paths[initiator])) == (initiator not in lost)
        assert answered(wire, hops, b"!")[-1].sender == initiator


BROKEN = Send(kind="broken", neighbour=None, path=None, content=None)


# ---- new formations ----


@fault("CRW-20", "reform")
def KeepsItsTable(net: Net, jondo: Any, roster: Sequence[int]) -> Any:
    """Paths outlive a re-formation."""
    after, sends = net.reform(jondo, roster)
    return after.model_copy(update={"table": jondo.table}), sends


@fault("CRW-20", "reform")
def KeepsItsRoster(net: Net, jondo: Any, roster: Sequence[int]) -> Any:
    """A member that joined at a re-formation is not chosen, and not known."""
    after, sends = net.reform(jondo, roster)
    return after.model_copy(update={"crowd": jondo.crowd}), sends


@fault("CRW-21", "reform")
def DropsItsOwnPathInSilence(net: Net, *given: Any) -> Any:
    """The user waits for a response that cannot come."""
    return net.reform(*given)[0], ()


@law(
    "CRW-20",
    "CRW-21",
    needs=("crowds.jondo",),
    faults=(KeepsItsTable, KeepsItsRoster, DropsItsOwnPathInSilence),
)
def a_new_formation_forgets_all_paths(net: Net, forall: Forall) -> None:
    """After a re-formation no response is taken on an old path, all paths are new, and users whose path it was know."""
    crowd = some_crowd(forall)
    seed = forall(Seeds(), "seeds")
    wire = gathered(net, crowd, seed)
    initiator = forall(crowd.roster, "initiator")
    old = wire.ask(initiator, b"?")
    roster = tuple(sorted((*crowd.roster, 9)))
    del wire.outside[:]
    for member in crowd.roster:
        wire.tell(member, "reform", roster)
    assert wire.outside == [Hop(initiator, BROKEN)]
    wire.members[9] = net.join(crowd.model_copy(update={"roster": roster}), 9, seed(9))
    for hop in old:
        try:
            assert hop.sender is not None
            net.response(wire.members[hop.sender], hop.send.neighbour, hop.send.path, b"late")
        except Reject as refusal:
            assert refusal.clause == "CRW-12"
        else:
            raise AssertionError("a response came back on a path that is forgotten")
    new = wire.ask(9, b"?")
    assert answered(wire, new, b"!")[-1].sender == 9
    again = wire.ask(initiator, b"?")
    assert not {hop.send.path for hop in again} & {hop.send.path for hop in old}
    assert answered(wire, again, b"!")[-1].sender == initiator
