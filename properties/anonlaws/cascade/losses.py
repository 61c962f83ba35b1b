"""Laws of what goes wrong: where a message was lost, and what is noticed of a mix that does not follow the rules."""

from typing import Any

from anonlaws.cascade.mixing import (
    HashesHeadersOnly,
    LosesOneOfEachBatch,
    OpensWhatWasChanged,
    PublishesNothingOfWhatCame,
    TakesCopies,
    envelope,
    way,
)
from anonlaws.cascade.sending import HashesOnlyWhatLeavesIt, TurnsTheTrailRound
from anonlaws.cascade.wire import (
    FORWARD,
    Cascade,
    Net,
    Seeds,
    cascade,
    changed,
    fresh,
    item_in,
    public,
    sha256,
    small_row,
)
from anonlaws.law import Forall, fault, law, not_a_law
from anonspec.cascade.model import Batch, Board, Traced
from anonspec.mix.model import Threshold
from anonspec.shape import Reject

# ---- where it was lost ----


@fault("CAS-14", "trace")
def NamesTheLastPlace(net: Net, trail: Any, boards: Any) -> Any:
    """Of the positions at which it is missing the last one is named."""
    found = net.trace(trail, boards)
    for place in reversed(range(len(boards))):
        if trail[place + 1] not in boards[place].sent:
            return Traced(lost="in" if trail[place] in boards[place].took else "before", position=place + 1)
    return found


@fault("CAS-14", "trace")
def LooksAtTheDeliveryOnly(net: Net, trail: Any, boards: Any) -> Any:
    """Whatever the last mix let out was never missing."""
    return Traced(lost=None, position=None) if trail[-1] in boards[-1].sent else net.trace(trail, boards)


@fault("CAS-14", "trace")
def LooksAtWhatWasTakenOnly(net: Net, trail: Any, boards: Any) -> Any:
    """What a mix took and did not let out was lost before the next one."""
    found = net.trace(trail, boards)
    if found.lost != "in":
        return found
    last = found.position == len(boards)
    return Traced(lost=None if last else "before", position=None if last else found.position + 1)


@fault("CAS-14", "trace")
def BlamesTheMixBefore(net: Net, trail: Any, boards: Any) -> Any:
    """What a mix has not taken was lost in the one before."""
    found = net.trace(trail, boards)
    before = found.lost == "before" and found.position > 1
    return Traced(lost="in", position=found.position - 1) if before else found


@fault("CAS-14", "trace")
def CountsFromZero(net: Net, trail: Any, boards: Any) -> Any:
    """The first position is called 0."""
    found = net.trace(trail, boards)
    return found if found.position is None else Traced(lost=found.lost, position=found.position - 1)


@fault("CAS-14", "trace")
def TakesAnyTrail(net: Net, trail: Any, boards: Any) -> Any:
    """A trail of another length is looked for as far as it goes."""
    return net.trace((*trail, *[b""] * len(boards))[: len(boards) + 1], boards)


@fault("CAS-14", "trace")
def LooksOnAllBoards(net: Net, trail: Any, boards: Any) -> Any:
    """A hash may stand on the board of any mix."""
    everything = Board(
        took=tuple(each for board in boards for each in board.took),
        sent=tuple(each for board in boards for each in board.sent),
    )
    return net.trace(trail, [everything] * len(boards))


@law(
    "CAS-14",
    needs=("cascade.trace",),
    exact=True,
    proves="rows of 1 to 4 mixes, each of which took it or not and let it out or not; trails with a hash more or less",
    faults=(
        NamesTheLastPlace,
        LooksAtTheDeliveryOnly,
        LooksAtWhatWasTakenOnly,
        BlamesTheMixBefore,
        CountsFromZero,
        TakesAnyTrail,
        LooksOnAllBoards,
    ),
)
def a_trace_names_the_first_place_where_it_is_missing(net: Net, forall: Forall) -> None:
    """Whatever boards say, the first one without the message's hash is named: before a mix, in it, or none."""
    mixes = forall(range(1, 5), "mixes")
    trail = [sha256(b"trail %d" % place) for place in range(mixes + 1 + forall([0, -1, 1], "hashes more"))]
    boards, first = [], None
    for place in range(mixes):
        took, sent = forall(bool, f"taken at {place + 1}"), forall(bool, f"let out at {place + 1}")
        first = first or (None if took and sent else ("in" if took else "before", place + 1))
        known = [*trail, sha256(b"beyond")][place : place + 2]
        others = [sha256(b"other %d" % number) for number in range(place, place + 2)]
        boards.append(
            Board(
                took=tuple(sorted([*others, *[known[0]] * took, *trail[place + 1 : place + 2]])),
                sent=tuple(sorted([*others[1:], *[known[-1]] * sent, *trail[place : place + 1]])),
            )
        )
    try:
        found = net.trace(tuple(trail), tuple(boards))
    except Reject as refusal:
        assert refusal.clause == "CAS-14"
        assert len(trail) != mixes + 1
    else:
        assert len(trail) == mixes + 1
        assert (found.lost, found.position) == (first or (None, None))


# ---- a mix that does not follow the rules ----

MISDEEDS = ["drops", "drops and claims to have sent", "denies to have taken", "changes", "replaces", "copies", "waits"]


class Bad(Cascade):
    """A row of subjects, of which the one at position `bad` does something to the first item that leaves it."""

    bad: int = 0
    misdeed: str = ""
    kept: bytes = b""

    def passed(self, position: int, batch: Batch) -> None:
        """Hand on what leaves a mix, or what the bad one makes of it."""
        if position == self.bad and batch.sends and not self.kept and batch.board:
            self.kept, rest, board = batch.sends[0], batch.sends[1:], batch.board
            others = tuple(each for each in board.sent if each != sha256(self.kept))
            match self.misdeed:
                case "drops":
                    batch, board = Batch(sends=rest, delivers=(), board=None), Board(took=board.took, sent=others)
                case "drops and claims to have sent":
                    batch = Batch(sends=rest, delivers=(), board=None)
                case "denies to have taken":
                    known = sha256(next(each for each in self.wires[position - 1] if self.leads_to(each)))
                    took = tuple(each for each in board.took if each != known)
                    batch, board = Batch(sends=rest, delivers=(), board=None), Board(took=took, sent=others)
                case "changes":
                    batch = Batch(sends=(*rest, changed(self.kept, len(self.kept) - 1)), delivers=(), board=None)
                case "replaces":
                    own = envelope(self.row, position + 1, FORWARD, 200)
                    batch = Batch(sends=(*rest, own), delivers=(), board=None)
                case "copies":
                    batch = Batch(sends=(*batch.sends, self.kept), delivers=(), board=None)
                case "waits":
                    batch, board = Batch(sends=rest, delivers=(), board=None), Board(took=board.took, sent=others)
            batch = batch.model_copy(update={"board": board})
        super().passed(position, batch)

    def leads_to(self, content: bytes) -> bool:
        """Whether what was kept came in this envelope, which the bad mix knows."""
        return item_in(self.row, self.bad, self.row.mixes[self.bad - 1], content) == self.kept


@law(
    "CAS-5",
    "CAS-9",
    "CAS-13",
    "CAS-14",
    needs=("cascade.sender", "cascade.node", "cascade.trace"),
    faults=(
        TurnsTheTrailRound,
        HashesOnlyWhatLeavesIt,
        HashesHeadersOnly,
        PublishesNothingOfWhatCame,
        LosesOneOfEachBatch,
        TakesCopies,
        OpensWhatWasChanged,
        LooksAtWhatWasTakenOnly,
        BlamesTheMixBefore,
        CountsFromZero,
    ),
)
def a_bad_mix_is_found_by_those_who_look(net: Net, forall: Forall) -> None:
    """Dropped, changed, replaced: the owner finds out where, nobody else misses anything; and copies get nowhere."""
    row, seed = small_row(forall([2, 2, 3], "mixes")), forall(Seeds(), "seed")
    one = cascade(net, row, Threshold(threshold=2), "uniform", seed)
    wire = Bad(one.net, one.row, one.nodes, one.wires, one.boards, one.batches)
    wire.bad, wire.misdeed = forall(range(1, len(row.mixes)), "bad one"), forall(MISDEEDS, "it")
    sender = net.prepare(row.suite, row.hops, row.payload, fresh(seed, "sender"))
    trails = []
    for number in range(4):
        sender, wrapped = net.wrap(sender, 5, public(row.suite, fresh(b"", 5)), bytes([number]))
        wire.arrive(wrapped.envelope)
        trails.append(wrapped.trail)
    [victim] = [trail for trail in trails if trail[wire.bad] == sha256(wire.kept)]
    after = wire.bad + 1
    expected = {
        "drops": ("in", wire.bad),
        "waits": ("in", wire.bad),
        "drops and claims to have sent": ("before", after),
        "denies to have taken": ("before", wire.bad),
        "changes": ("before", after),
        "replaces": ("before", after),
        "copies": (None, None),
    }
    if wire.misdeed == "waits":
        found = net.trace(victim, tuple(wire.boards))
        assert (found.lost, found.position) == ("in", wire.bad)
        board = wire.boards[wire.bad - 1]
        wire.boards[wire.bad - 1] = Board(took=board.took, sent=(*board.sent, sha256(wire.kept)))
        wire.arrive(wire.kept, after)  # late, and so it is no loss any more
        expected["waits"] = (None, None)
    for number in range(8):  # others' traffic, until all that is still there has left
        wire.arrive(envelope(row, 1, FORWARD, number))
    found = net.trace(victim, tuple(wire.boards))
    assert (found.lost, found.position) == expected[wire.misdeed]
    assert all(net.trace(trail, tuple(wire.boards)).lost is None for trail in trails if trail != victim)
    refused = {"copies": [(after, "REP-10")], "changes": [(after, "REP-9")]}
    assert wire.refused == refused.get(wire.misdeed, [])


@not_a_law("CAS-13", "CAS-14", needs=("cascade.node", "cascade.trace"), exact=True)
def the_boards_show_every_loss(net: Net, forall: Forall) -> None:
    """Whichever mix drops a message, the last one too, a trace says so."""
    row, bad = small_row(2), forall([1, 2], "the mix that drops, and claims to have sent")
    wire = cascade(net, row, Threshold(threshold=2), "uniform", bytes(range(32)))
    for number in (3, 6):
        wire.arrive(envelope(row, 1, FORWARD, number))
    trail = tuple(sha256(each) for each in way(row, 1, FORWARD, 3))
    boards = list(wire.boards)
    if bad == 1:
        boards[1] = Board(took=tuple(each for each in boards[1].took if each != trail[1]), sent=())
    assert net.trace(trail, tuple(boards)).lost is not None
