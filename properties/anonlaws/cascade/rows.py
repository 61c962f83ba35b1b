"""Laws of whole cascades: what is sent arrives once, as it was, at whom it was for, and looks like all else."""

from typing import Any

from anonlaws.cascade.mixing import (
    BeginsEmpty,
    ClaimsWhatItDropped,
    DeliversDummies,
    DeliversTheMarkWithTheBody,
    DropsDummiesWhenTheyCome,
    FillsThePoolWithRandomBytes,
    HasNoClock,
    LosesOneOfEachBatch,
    PassesTheBodyOnAsItIs,
    ReadsTheDestinationBackwards,
    SendsAtTheEnd,
    SendsOneTwice,
    TakesDummiesOfAnySize,
    envelope,
)
from anonlaws.cascade.sending import (
    ForgetsTheDelivery,
    ForgetsTheLastLayer,
    HashesBodiesOnly,
    HashesOnlyWhatLeavesIt,
    LeavesLettersAsTheyAre,
    LeavesTheBodyOpen,
    LocksForTheFirstOnly,
    SendsDummiesToSomebody,
    TurnsTheTrailRound,
)
from anonlaws.cascade.wire import (
    FORWARD,
    NOBODY,
    REPLY,
    RULES,
    Cascade,
    Net,
    Row,
    Seeds,
    as_item,
    cascade,
    dummy,
    fresh,
    public,
    sha256,
    size_of,
    small_row,
)
from anonlaws.law import Forall, law
from anonspec.shape import Reject

ROUNDS = 300
"""After so many ticks with traffic a message has left every mix, but for a chance of less than 2^-90."""


def drive(wire: Cascade, done: Any) -> None:
    """Keep sending dummies and let time pass, until all is done or can be no more."""
    for number in range(ROUNDS):
        if done():
            return
        wire.arrive(envelope(wire.row, 1, FORWARD, 3 * number + 1))  # every third is for nobody
        for position in range(1, len(wire.row.mixes) + 1):
            wire.tick(position)


@law(
    "CAS-2",
    "CAS-3",
    "CAS-4",
    "CAS-5",
    "CAS-7",
    "CAS-8",
    "CAS-12",
    "CAS-13",
    "CAS-14",
    needs=("cascade.sender", "cascade.node", "cascade.receive", "cascade.trace"),
    faults=(
        ForgetsTheLastLayer,
        LocksForTheFirstOnly,
        LeavesTheBodyOpen,
        ForgetsTheDelivery,
        TurnsTheTrailRound,
        HashesBodiesOnly,
        HashesOnlyWhatLeavesIt,
        LosesOneOfEachBatch,
        HasNoClock,
        PassesTheBodyOnAsItIs,
        SendsAtTheEnd,
        SendsOneTwice,
        DeliversDummies,
        ReadsTheDestinationBackwards,
        DeliversTheMarkWithTheBody,
        ClaimsWhatItDropped,
        FillsThePoolWithRandomBytes,
        SendsDummiesToSomebody,
    ),
)
def a_message_arrives_once_and_opens(net: Net, forall: Forall) -> None:
    """Through 1 to 4 mixes of any rule, with others' traffic, each letter and answer comes to its receiver, once."""
    row = small_row(forall(range(1, 5), "mixes"))
    rule, seed = forall(RULES, "rule"), forall(Seeds(), "seed")
    wire = cascade(net, row, rule, "uniform", seed)  # seals are drawn anew, and their order would be too
    sender = net.prepare(row.suite, row.hops, row.payload, fresh(seed, "sender"))
    sent = []
    for number in range(forall([1, 2, 2], "messages")):
        what = forall(["letter", "letter", "dummy", "answer"], f"message {number}")
        receiver, message = forall([5, 258], f"receiver {number}"), bytes([number]) * (5 * number)
        if what == "answer":
            wire.arrive(envelope(row, 1, REPLY, 3 * number))  # of these one in three is to nobody, and this one is not
            continue
        to = (NOBODY, None, b"") if what == "dummy" else (receiver, public(row.suite, fresh(b"", receiver)), message)
        sender, wrapped = net.wrap(sender, *to)
        wire.arrive(wrapped.envelope)
        sent.append((to, wrapped))

    def done() -> bool:
        return all(net.trace(wrapped.trail, wire.boards).lost is None for _, wrapped in sent)

    drive(wire, done)
    assert done(), "a message does not arrive"
    assert not wire.refused
    assert all(each.destination != NOBODY for each in wire.delivered)
    for (receiver, _, message), wrapped in sent:
        assert all([*map(sha256, wire.wires[place])].count(wrapped.trail[place]) == 1 for place in places(row))
        got = [each for each in wire.delivered if sha256(as_item(each)) == wrapped.trail[-1]]
        assert len(got) == (receiver != NOBODY)
        for each in got:
            assert each.destination == receiver
            assert net.receive(row.suite, fresh(b"", receiver), receiver, each.body) == message
    for place in places(row):
        board, came = wire.boards[place], sorted(map(sha256, wire.wires[place]))
        assert not set(board.took) - set(came)
        assert len(board.took) == len(set(board.took))
        assert sum(wire.batches[place]) == len(board.sent)


def places(row: Row) -> range:
    """Counted from 0."""
    return range(len(row.mixes))


@law(
    "CAS-3",
    "CAS-4",
    "CAS-6",
    "CAS-9",
    "CAS-10",
    needs=("cascade.sender", "cascade.node"),
    faults=(
        LeavesLettersAsTheyAre,
        LocksForTheFirstOnly,
        LeavesTheBodyOpen,
        ForgetsTheLastLayer,
        PassesTheBodyOnAsItIs,
        TakesDummiesOfAnySize,
    ),
)
def all_that_comes_to_a_position_has_one_size(net: Net, forall: Forall) -> None:
    """Long and short letters, dummies of senders and of mixes, and answers are alike in size at each position."""
    row, seed = small_row(forall(range(1, 5), "mixes")), forall(Seeds(), "seed")
    wire = cascade(net, row, RULES[0], "uniform", seed)
    sender = net.prepare(row.suite, row.hops, row.payload, fresh(seed, "sender"))
    key = public(row.suite, fresh(b"", 5))
    for number in range(2 * forall(range(1, 4), "pairs")):
        what = forall(["short", "long", "dummy", "answer", "inserted", "cut"], f"message {number}")
        if what == "answer":
            wire.arrive(envelope(row, 1, REPLY, number))
        elif what in ("inserted", "cut"):
            position = forall(range(1, len(row.mixes) + 1), f"position {number}")
            item = dummy(row, position, fresh(b"in", number))
            try:
                wire.insert(position, item[: -1 if what == "cut" else None])
            except Reject as refusal:
                assert (what, refusal.clause) == ("cut", "MIX-4")
        else:
            to = (NOBODY, None, b"") if what == "dummy" else (5, key, bytes(row.room if what == "long" else 0))
            sender, wrapped = net.wrap(sender, *to)
            assert len(wrapped.envelope) == size_of(row, 1)
            wire.arrive(wrapped.envelope)
    assert not wire.refused
    for place in places(row):
        assert {len(each) for each in wire.wires[place]} <= {size_of(row, place + 1)}
    assert {len(each.body) for each in wire.delivered} <= {row.payload}


@law(
    "CAS-12",
    "CAS-13",
    needs=("cascade.node",),
    faults=(DeliversDummies, DropsDummiesWhenTheyCome, LosesOneOfEachBatch, BeginsEmpty),
)
def dummies_go_all_the_way_and_no_further(net: Net, forall: Forall) -> None:
    """A dummy of whatever mix leaves each later one like any message; only the last one drops it, when it fires."""
    row, seed = small_row(forall(range(1, 5), "mixes")), forall(Seeds(), "seed")
    rule = forall([rule for rule in RULES if rule.kind.startswith("threshold") and not hasattr(rule, "period")], "rule")
    wire, full = cascade(net, row, rule, "uniform", seed), rule.threshold + getattr(rule, "pool", 0)
    begin = forall(range(1, len(row.mixes) + 1), "where the dummies begin")
    many = 3 * full + forall(range(3), "more")
    for number in range(many):
        wire.insert(begin, dummy(row, begin, fresh(b"dummy", number)))
    inside = many
    for place in range(begin - 1, len(row.mixes)):
        pool = getattr(rule, "pool", 0)
        fired = (inside + pool - full) // (full - pool) + 1 if inside + pool >= full else 0
        assert wire.batches[place] == [full - pool] * fired
        inside = fired * (full - pool)
    assert not wire.delivered
    assert not wire.refused
