"""Laws of what has to hold for one honest mix to be enough, condition by condition; and what is not so."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

from anonlaws import chance
from anonlaws.cascade.mixing import (
    ClaimsWhatItDropped,
    ComparesWholeEnvelopes,
    CutsWhatIsTooLong,
    DrawsTheSameAtEachFlush,
    ForgetsAtAFlush,
    HasNoClock,
    LosesOneOfEachBatch,
    OpensWhatWasChanged,
    PassesOnAtOnce,
    PassesTheBodyOnAsItIs,
    SendsAtTheEnd,
    SendsDummiesApart,
    SendsInOrderOfArrival,
    TakesAnyKind,
    TakesAnySize,
    TakesCopies,
    envelope,
    of_another_kind,
    way,
)
from anonlaws.cascade.sending import ForgetsTheLastLayer, LeavesTheBodyOpen, LocksForTheFirstOnly
from anonlaws.cascade.wire import (
    FORWARD,
    NOBODY,
    REPLY,
    Net,
    Row,
    Seeds,
    as_item,
    begun,
    cascade,
    changed,
    dummy,
    fresh,
    opened,
    public,
    sha256,
    small_row,
)
from anonlaws.chance import Choose
from anonlaws.law import Forall, law, not_a_law
from anonspec.mix.model import Threshold, Timed
from anonspec.shape import Reject

SEED = bytes(range(32))
PIECE = 8
"""So many bytes that are the same in two places are no accident: less than once in 2^40 runs."""


def pieces(*contents: bytes) -> set[bytes]:
    """All strings of PIECE bytes in them."""
    return {content[place : place + PIECE] for content in contents for place in range(len(content) - PIECE + 1)}


def inside_out(net: Net, row: Row, arrivals: list[bytes], rule: Threshold | None = None) -> list[bytes]:
    """What leaves the first mix of a row when these arrive."""
    state, _ = begun(net, row, 1, rule or Threshold(threshold=len(arrivals)), "uniform", SEED)
    left: list[bytes] = []
    for content in arrivals:
        state, batch = net.arrive(state, content)
        left += [*batch.sends, *map(as_item, batch.delivers)]
    return left


# ---- the conditions ----


@law(
    "CAS-4",
    "CAS-9",
    needs=("cascade.sender", "cascade.node"),
    faults=(PassesTheBodyOnAsItIs, LeavesTheBodyOpen, LocksForTheFirstOnly, ForgetsTheLastLayer),
)
def bits_that_come_are_not_found_where_they_leave(net: Net, forall: Forall) -> None:
    """No eight bytes of what comes to a mix, of either kind, are in what leaves it."""
    row, seed = small_row(forall(range(1, 4), "mixes")), forall(Seeds(), "seed")
    sender = net.prepare(row.suite, row.hops, row.payload, seed)
    wire = cascade(net, row, Threshold(threshold=2), "uniform", seed)
    _, wrapped = net.wrap(sender, 5, public(row.suite, fresh(b"", 5)), b"abc")
    wire.arrive(wrapped.envelope)
    wire.arrive(envelope(row, 1, forall([FORWARD, REPLY], "kind of another"), 3 * forall(range(20), "number")))
    assert not wire.refused
    places = [*wire.wires, list(map(as_item, wire.delivered))]
    for came, left in pairwise(places):
        assert left
        assert not pieces(*came) & pieces(*left)


@law("CAS-4", needs=("cascade.sender", "cascade.node"), faults=(ForgetsTheLastLayer,))
def whom_it_is_for_is_read_by_the_last_mix_alone(net: Net, forall: Forall) -> None:
    """On no wire before the last mix is the receiver's number to be seen; it is in the core, inside of all layers."""
    row, seed = small_row(forall(range(1, 5), "mixes")), forall(Seeds(), "seed")
    known = 0xE17A0000 + forall(range(3), "receiver")
    sender = net.prepare(row.suite, row.hops, row.payload, seed)
    _, wrapped = net.wrap(sender, known, public(row.suite, fresh(b"", 5)), b"abc")
    _, core = opened(row, wrapped.envelope[: row.header(1)])
    assert core[:4] == known.to_bytes(4)
    wire = cascade(net, row, Threshold(threshold=2), "uniform", seed)
    for content in (wrapped.envelope, envelope(row, 1, FORWARD, 3)):
        wire.arrive(content)
    assert all(wire.wires)
    assert not any(known.to_bytes(4) in each for place in wire.wires for each in place)


@law(
    "CAS-9",
    needs=("cascade.node",),
    faults=(
        OpensWhatWasChanged,
        TakesAnyKind,
        TakesCopies,
        ForgetsAtAFlush,
        ComparesWholeEnvelopes,
        TakesAnySize,
        CutsWhatIsTooLong,
    ),
)
def whoever_plays_with_an_envelope_sees_nothing_of_it(net: Net, forall: Forall) -> None:
    """What is sent a second time, changed, longer or shorter is refused: nothing of it is found behind the mix."""
    row, kind = small_row(forall(range(2, 4), "mixes")), forall([FORWARD, REPLY], "kind")
    number = 3 * forall(range(9), "number")
    target, rest = way(row, 1, kind, number)[:2]
    change = forall(["a copy", "another body", "a bit", "longer", "shorter", "no kind"], "what he does")
    played = {
        "a copy": target,
        "another body": target[: row.header(1)] + envelope(row, 1, REPLY, 99)[row.header(1) :],
        "a bit": changed(target, forall([0, 33, row.header(1) - 1], "place")),
        "longer": target + bytes(16),
        "shorter": target[:-16],
        "no kind": of_another_kind(row, 1, bytes([forall(range(2, 256), "no kind")])),
    }[change]
    if kind == FORWARD and change == "a bit":
        played = changed(target, len(target) - 1 - forall(range(60), "place in the body"))
    state, _ = begun(net, row, 1, Threshold(threshold=2), "uniform", SEED)
    state, batch = net.arrive(state, envelope(row, 1, FORWARD, 100))
    left = list(batch.sends)
    if change in ("a copy", "another body"):
        state, batch = net.arrive(state, target)
        left += batch.sends
        assert rest in left
    try:
        state, batch = net.arrive(state, played)
    except Reject as refusal:
        assert refusal.clause in ("REP-8", "REP-9", "REP-10")
    else:
        raise AssertionError("it was taken")


@law(
    "CAS-8",
    needs=("cascade.node",),
    exact=True,
    proves="two seeds, both kinds, 60 batches each; an honest mix fails once in 10^9",
    faults=(SendsInOrderOfArrival, PassesOnAtOnce, DrawsTheSameAtEachFlush),
)
def the_place_in_a_batch_says_nothing_of_the_place_before(net: Net, forall: Forall) -> None:
    """Over 60 batches of three the first, second and third to come each leave in every place."""
    row, kind = small_row(2), forall([FORWARD, REPLY], "kind")
    state, _ = begun(net, row, 1, Threshold(threshold=3), "uniform", fresh(SEED, forall(range(2), "seed")))
    inside = [dummy(row, 1, fresh(b"three", place)) for place in range(2)]
    places: Counter[tuple[int, int]] = Counter()
    for number in range(60):
        sends: list[bytes] = []
        last = way(row, 1, kind, number)
        for item in inside:
            state, batch = net.insert(state, item)
            sends += batch.sends
        state, batch = net.arrive(state, last[0])
        sends += batch.sends
        places.update((came, sends.index(item)) for came, item in enumerate([*inside, last[1]]) if item in sends)
    assert len(places) == 9


def own_draws(net: Net, row: Row) -> Any:
    """A mix that draws for itself; an implementation without randomness of its own is given a seed."""
    mix = row.mixes[0]
    given = (row.suite, mix.secret, mix.number, mix.epoch, 1, len(row.mixes), row.payload, Threshold(threshold=3))
    try:
        return net.take_place(*given, "uniform", (), None)
    except Reject:
        return net.take_place(*given, "uniform", (), SEED)


@law(
    "CAS-8",
    "CAS-13",
    needs=("cascade.node", "cascade.own"),
    exact=True,
    proves="60 batches of three; an honest mix fails once in 10^9",
    faults=(SendsInOrderOfArrival, DrawsTheSameAtEachFlush, LosesOneOfEachBatch, ClaimsWhatItDropped),
)
def the_order_that_a_mix_draws_for_itself_says_nothing(net: Net, forall: Forall) -> None:
    """Without a seed, too, all leave together, and over 60 batches each of three leaves in every place."""
    row = small_row(forall([1, 2], "mixes"))
    state, places = own_draws(net, row), Counter[tuple[int, int]]()
    items = [dummy(row, 1, fresh(b"own order", place))[:-1] + bytes([place]) for place in range(3)]
    if len(row.mixes) == 1:  # at the last position something that is for somebody
        items = [bytes(4) + item[4:] for item in items]
    for _ in range(60):
        for item in items:
            state, batch = net.insert(state, item)
        left = [*batch.sends, *map(as_item, batch.delivers)]
        assert sorted(left) == sorted(items)
        assert batch.board.sent == tuple(sorted(map(sha256, items)))
        places.update((came, left.index(item)) for came, item in enumerate(items))
    assert len(places) == 9


@law(
    "CAS-8",
    "CAS-10",
    needs=("cascade.node",),
    faults=(PassesOnAtOnce, SendsDummiesApart, LosesOneOfEachBatch, ClaimsWhatItDropped),
)
def nobody_leaves_alone(net: Net, forall: Forall) -> None:
    """Every batch of a mix with a threshold has so many items in it, whoever put them in; and all of them leave."""
    row, many = small_row(2), forall([2, 3, 4], "threshold")
    state, _ = begun(net, row, 1, Threshold(threshold=many), "uniform", forall(Seeds(), "seed"))
    for number in range(forall(range(4, 13), "events")):
        if forall(bool, f"a dummy of its own, {number}"):
            state, batch = net.insert(state, dummy(row, 1, fresh(b"own", number)))
        else:
            state, batch = net.arrive(state, envelope(row, 1, FORWARD, number))
        assert (len(batch.sends) == many) if batch.board else not batch.sends
        assert not batch.board or batch.board.sent == tuple(sorted(map(sha256, batch.sends)))
        assert bool(batch.board) == ((number + 1) % many == 0)


# ---- over time ----


def candidates(net: Net, row: Row, rounds: int, there: Fraction, choose: Choose) -> bool:
    """Whether another sender was there each time that Bob (5) got something; Alice writes to him in each round."""
    state, _ = begun(net, row, len(row.mixes), Timed(period=1), "uniform", SEED)
    still = True
    for number in range(rounds):
        came = choose.coin(there)
        state, batch = net.arrive(state, envelope(row, len(row.mixes), FORWARD, 6 * number))
        delivered = list(batch.delivers)
        if came:
            state, batch = net.arrive(state, envelope(row, len(row.mixes), FORWARD, 6 * number + 2))
            delivered += batch.delivers
        state, batch = net.tick(state)
        delivered += batch.delivers
        if any(each.destination == 5 for each in delivered):
            still = still and came
    return still


@law(
    "CAS-8",
    "CAS-12",
    needs=("cascade.node",),
    exact=True,
    proves="1 to 4 rounds, a of 1/4, 1/2 and 9/10, rows of 1 and 2",
    faults=(HasNoClock, SendsAtTheEnd, LosesOneOfEachBatch),
    source="Agrawal, Kesdogan 2003",
)
def a_set_shrinks_with_each_round(net: Net, forall: Forall) -> None:
    """Another sender, there with chance a in each round, is among those that Bob's may be after r with chance a^r."""
    row, rounds = small_row(forall([1, 2], "mixes")), forall(range(1, 5), "rounds")
    there = forall([Fraction(1, 4), Fraction(1, 2), Fraction(9, 10)], "a")
    found = chance.distribution(lambda choose: candidates(net, row, rounds, there, choose))
    assert found[True] == there**rounds


@not_a_law("CAS-8", needs=("cascade.node",), exact=True, source="Agrawal, Kesdogan 2003")
def a_cascade_protects_over_many_rounds(net: Net, forall: Forall) -> None:
    """However often Alice writes to Bob, it is somebody else as likely as not."""
    there, rounds = forall([Fraction(9, 10), Fraction(1, 2)], "a"), forall([1, 2, 7], "rounds")
    found = chance.distribution(lambda choose: candidates(net, small_row(1), rounds, there, choose))
    assert 2 * found[True] >= 1


# ---- what is not so ----


@not_a_law("CAS-8", "CAS-10", needs=("cascade.node",), exact=True, source="Serjantov, Dingledine, Syverson 2002")
def a_batch_hides_whoever_is_in_it(net: Net, forall: Forall) -> None:
    """Of four items that leave together, two or more are none of the attacker's own, whoever sent them."""
    row, own = small_row(2), forall(range(4), "the attacker's own")
    ways = [way(row, 1, FORWARD, number) for number in range(4)]
    left = inside_out(net, row, [each[0] for each in ways])
    known = {each[1] for each in ways[:own]}
    assert len([item for item in left if item not in known]) != 1


@not_a_law("CAS-4", needs=("cascade.node",), exact=True)
def the_keys_of_all_mixes_say_nothing(net: Net, forall: Forall) -> None:
    """Whichever mixes lay their keys together, they do not read for whom an envelope on the first wire is."""
    row, bad = small_row(2), forall([(1,), (2,), (1, 2)], "mixes that are bad")
    wire = cascade(net, row, Threshold(threshold=2), "uniform", SEED)
    for number in (3, 6):
        wire.arrive(envelope(row, 1, FORWARD, number))
    found = opened(row, wire.wires[0][0][: row.header(1)])[1][:4] if bad == (1, 2) else b""
    assert found not in [each.destination.to_bytes(4) for each in wire.delivered]


@not_a_law("CAS-12", needs=("cascade.node",), exact=True)
def dummies_are_not_counted_at_the_end(net: Net, forall: Forall) -> None:
    """The last mix delivers as many items as it let out, however many of them are dummies."""
    row, dummies = small_row(1), forall(range(3), "dummies among four")
    numbers = [1 + 3 * number for number in range(dummies)] + [3 * number for number in range(4 - dummies)]
    assert len(inside_out(net, row, [envelope(row, 1, FORWARD, number) for number in numbers])) == 4


@not_a_law("CAS-9", needs=("cascade.node",), exact=True)
def every_change_is_noticed_by_the_next_mix(net: Net, forall: Forall) -> None:
    """Whoever changes a body on the way, the mix that it comes to refuses the envelope."""
    row, kind = small_row(2), forall([FORWARD, REPLY], "kind")
    state, _ = begun(net, row, 1, Threshold(threshold=2), "uniform", SEED)
    whole, noticed = envelope(row, 1, kind, 3), False
    try:
        net.arrive(state, changed(whole, len(whole) - 40))
    except Reject:
        noticed = True
    assert noticed


@not_a_law("CAS-10", needs=("cascade.node",), exact=True)
def a_mix_s_own_dummies_protect_from_whoever_knows_them(net: Net, forall: Forall) -> None:
    """An item that leaves with two dummies of the mix hides among three, even if the next mix and the last are bad."""
    row, knows = small_row(2), forall([False, True], "the attacker opens what leaves")
    state, _ = begun(net, row, 1, Threshold(threshold=3), "uniform", SEED)
    for number in range(2):
        state, _ = net.insert(state, dummy(row, 1, fresh(b"own", number)))
    _, batch = net.arrive(state, envelope(row, 1, FORWARD, 3))
    last = Row(row.suite, row.mixes[1:], row.payload)
    to = [opened(last, item[: last.header(1)])[1][:4] if knows else b"" for item in batch.sends]
    assert len([each for each in to if each != NOBODY.to_bytes(4)]) == 3
