"""Laws of a single hop: crowds that are refused, the coin, the choice, and where draws come from."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from anonlaws.crowds.wire import Net, Seeds, drawn, next_hop, of_place, some_crowd
from anonlaws.law import Bytes, Forall, Integers, assume, fault, law
from anonspec.crowds.model import Crowd
from anonspec.shape import Reject

# ---- crowds that are refused ----


@fault("CRW-1", "check_roster")
def MeetsInTwos(net: Net, roster: Sequence[int], me: int) -> None:
    """Two members are a crowd."""
    if len(roster) != 2:
        net.check_roster(roster, me)


@fault("CRW-2", "check_forward")
def NeverEnds(net: Net, forward: Fraction) -> None:
    """One more hop may be certain."""
    if forward < 1:
        net.check_forward(forward)


@fault("CRW-3", "check_roster")
def TakesAnyOrder(net: Net, roster: Sequence[int], me: int) -> None:
    """A roster may stand in any order, with members in it more than once."""
    net.check_roster(sorted(set(roster)), me)


@fault("CRW-3", "check_roster")
def StandsOutside(net: Net, roster: Sequence[int], me: int) -> None:
    """Somebody who is not on the roster takes part."""
    net.check_roster(roster, me if me in roster else min(roster, default=me))


@law(
    "CRW-1",
    "CRW-2",
    "CRW-3",
    needs=("crowds.jondo",),
    exact=True,
    proves="rosters of up to 3 numbers out of 0 to 3",
    faults=(MeetsInTwos, NeverEnds, TakesAnyOrder, StandsOutside),
)
def a_crowd_that_hides_nobody_is_refused(net: Net, forall: Forall) -> None:
    """A member joins only a crowd of three or more in ascending order, itself among them, whose paths end."""
    roster = tuple(forall(range(4), f"member {i}") for i in range(forall(range(4), "members")))
    forward = forall([Fraction(3, 4), Fraction(1), Fraction(3, 2)], "forward")
    faults = {
        "CRW-1": len(roster) < 3,
        "CRW-2": forward >= 1,
        "CRW-3": list(roster) != sorted(set(roster)) or 1 not in roster,
    }
    try:
        net.join(Crowd(roster=roster, forward=forward, itself=True), 1, bytes(32))
    except Reject as refusal:
        assert faults[refusal.clause]
    else:
        assert not any(faults.values())


# ---- the coin and the choice ----


@fault("CRW-4", "hop")
def TossesBeforeTheFirstHop(net: Net, crowd: Crowd, me: int, _first: bool, coin: bytes, choice: bytes) -> int | None:
    """The initiator tosses the coin like everybody."""
    hop: int | None = net.hop(crowd, me, False, coin, choice)
    return hop


@fault("CRW-5", "forwards")
def ForwardsAtTheBound(_net: Net, forward: Fraction, coin: int) -> bool:
    """A coin equal to the bound counts as below it."""
    return coin <= (forward.numerator << 64) // forward.denominator


@fault("CRW-5", "forwards")
def ForwardsTooOften(net: Net, forward: Fraction, coin: int) -> bool:
    """The coin falls for one more hop with a chance that is greater by 1/20."""
    forwards: bool = net.forwards(min(Fraction(1), forward + Fraction(1, 20)), coin)
    return forwards


@fault("CRW-5", "forwards")
def TurnsTheCoinOver(net: Net, forward: Fraction, coin: int) -> bool:
    """One more hop has the chance that the server should have."""
    return not net.forwards(forward, coin)


@fault("CRW-6", "choose")
def NeverTakesItself(net: Net, crowd: Crowd, me: int, choice: int) -> int:
    """A member chooses among the others, whatever the crowd has agreed on."""
    chosen: int = net.choose(crowd.model_copy(update={"itself": False}), me, choice)
    return chosen


@fault("CRW-6", "choose")
def AlwaysAmongAll(net: Net, crowd: Crowd, me: int, choice: int) -> int:
    """A member may choose itself, whatever the crowd has agreed on."""
    chosen: int = net.choose(crowd.model_copy(update={"itself": True}), me, choice)
    return chosen


@fault("CRW-6", "choose")
def TakesTheRemainder(_net: Net, crowd: Crowd, me: int, choice: int) -> int:
    """The choice is taken modulo the number of members."""
    options = [member for member in crowd.roster if crowd.itself or member != me]
    return options[choice % len(options)]


@fault("CRW-6", "choose")
def PrefersTheFirst(net: Net, crowd: Crowd, me: int, choice: int) -> int:
    """One choice in ten goes to the first member whatever was drawn."""
    chosen: int = crowd.roster[0] if choice % 10 == 3 and crowd.itself else net.choose(crowd, me, choice)
    return chosen


@law(
    "CRW-4",
    "CRW-5",
    "CRW-6",
    needs=("crowds.hop",),
    faults=(
        TossesBeforeTheFirstHop,
        ForwardsAtTheBound,
        ForwardsTooOften,
        TurnsTheCoinOver,
        NeverTakesItself,
        AlwaysAmongAll,
        TakesTheRemainder,
    ),
)
def a_hop_is_what_its_draws_say(net: Net, forall: Forall) -> None:
    """The first hop needs no coin, any other one a coin below the bound; places on the roster have equal shares."""
    crowd = some_crowd(forall)
    me = forall(crowd.roster, "me")
    bound = 2**64 * crowd.forward.numerator // crowd.forward.denominator
    near = forall([True, False], "near the bound")
    coin = bound + forall([-1, 0, 1], "off") if near else forall(Integers(0, 2**64 - 1), "coin")
    assume(0 <= coin < 2**64)
    first, choice = forall(bool, "first"), forall(Integers(0, 2**64 - 1), "choice").to_bytes(8)
    draws = (coin.to_bytes(8), choice)
    assert net.hop(crowd, me, first, *draws) == next_hop(crowd, me, first, *draws)


@law(
    "CRW-6",
    needs=("crowds.hop",),
    exact=True,
    proves="crowds of 3 to 6 members, both variants",
    faults=(NeverTakesItself, AlwaysAmongAll, TakesTheRemainder),
)
def every_member_has_the_same_share(net: Net, forall: Forall) -> None:
    """Of all 2^64 choices each member has as many as any other, to within one, in the order of the roster."""
    size, itself = forall(range(3, 7), "members"), forall(bool, "itself")
    crowd = Crowd(roster=tuple(range(size)), forward=Fraction(1, 2), itself=itself)
    options = [member for member in crowd.roster if itself or member != 1]
    starts = [int.from_bytes(of_place(place, len(options))) for place in range(len(options))]
    ends = [start - 1 for start in [*starts[1:], 2**64]]
    shares = [end - start for start, end in zip(starts, ends, strict=True)]
    assert max(shares) - min(shares) <= 1
    for member, start, end in zip(options, starts, ends, strict=True):
        for choice in (start, (start + end) // 2, end):
            assert net.hop(crowd, 1, True, bytes(8), choice.to_bytes(8)) == member


# ---- draws ----


@fault("CRW-7", "draw")
def DrawsTheSameInEveryFormation(
    net: Net, seed: bytes, name: str, _formation: int, neighbour: int | None, path: bytes
) -> bytes:
    """Paths that are formed again have the coins that they had before."""
    data: bytes = net.draw(seed, name, 0, neighbour, path)
    return data


@fault("CRW-7", "draw")
def DrawsTheSameForEveryNeighbour(
    net: Net, seed: bytes, name: str, formation: int, neighbour: int | None, path: bytes
) -> bytes:
    """The neighbour is not in the label."""
    data: bytes = net.draw(seed, name, formation, None if neighbour is None else 0, path)
    return data


@fault("CRW-7", "draw")
def DrawsOnceForCoinAndChoice(net: Net, seed: bytes, name: str, *origin: Any) -> bytes:
    """The coin is the choice as well, so a request that goes on never goes to the last members."""
    data: bytes = net.draw(seed, "coin" if name == "next" else name, *origin)
    return data


@law(
    "CRW-7",
    needs=("crowds.draw",),
    faults=(DrawsTheSameInEveryFormation, DrawsTheSameForEveryNeighbour, DrawsOnceForCoinAndChoice),
)
def a_draw_is_what_its_label_says(net: Net, forall: Forall) -> None:
    """A labelled draw is SHAKE256 of seed and label, of 8 bytes or 16."""
    name, neighbour = forall(["coin", "next", "path"], "name"), forall([None, 0, 1, 2**32 - 2], "neighbour")
    formation = forall([0, 1, 255, 256, 2**53 - 1], "formation")
    label = (forall(Seeds(), "seeds")(0), name, formation, neighbour, forall(Bytes(16, 16), "path"))
    assert net.draw(*label) == drawn(*label)


@law(
    "CRW-4",
    "CRW-5",
    "CRW-6",
    "CRW-7",
    "CRW-8",
    needs=("crowds.jondo",),
    faults=(
        TossesBeforeTheFirstHop,
        TurnsTheCoinOver,
        NeverTakesItself,
        DrawsTheSameInEveryFormation,
        DrawsTheSameForEveryNeighbour,
        DrawsOnceForCoinAndChoice,
    ),
)
def a_member_forms_paths_by_its_draws(net: Net, forall: Forall) -> None:
    """A member with a seed sends each new path's request where its labelled draws say, under the identifier drawn."""
    crowd, seed = some_crowd(forall), forall(Seeds(), "seeds")(0)
    me = forall(crowd.roster, "me")
    state, formation = net.join(crowd, me, seed), 0
    for number in range(forall(range(1, 5), "requests")):
        if formations := forall(range(2), f"re-formations before {number}"):
            state, _ = net.reform(state, crowd.roster)
            formation += formations
        neighbour = forall([member for member in crowd.roster if member != me], f"neighbour {number}")
        path = bytes([number + 1]) * 16
        state, (send,) = net.request(state, neighbour, path, b"?")
        origin = (formation, neighbour, path)
        coin, choice, sent = (drawn(seed, name, *origin) for name in ("coin", "next", "path"))
        assert (send.neighbour, send.path) == (next_hop(crowd, me, False, coin, choice), sent)
    state, _ = net.reform(state, crowd.roster)
    _, (send,) = net.request(state, None, None, b"?")
    choice, sent = (drawn(seed, name, formation + 1, None, bytes(16)) for name in ("next", "path"))
    assert (send.neighbour, send.path) == (next_hop(crowd, me, True, b"", choice), sent)
