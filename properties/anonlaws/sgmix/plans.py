"""Laws of a plan: delays as they are drawn, means that are long enough, windows that fit, and what a hop is told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from anonlaws.law import Forall, Integers, assume, fault, law, not_a_law
from anonlaws.sgmix.delays import DrawsOnceForAllHops, DrawsOnceForAllMessages
from anonlaws.sgmix.wire import LAST, Net, delayed, drawn, some_way
from anonspec.sgmix.model import Hop, Instruction
from anonspec.shape import Reject

Plan = tuple[Instruction, ...]

# ---- delays as they are drawn ----


@fault("SGM-3", "delays")
def DrawsShortOnesAgain(net: Net, seed: bytes, number: int, means: Sequence[int]) -> list[int]:
    """A delay below half the mean is drawn again until it is not."""
    waits = []
    for hop, mean in enumerate(means, 1):
        place = hop
        while (wait := net.delay(net.draw(seed, number, place), mean)) < mean // 2:
            place += 1000
        waits.append(wait)
    return waits


@fault("SGM-3", "delays")
def CutsLongOnesOff(net: Net, seed: bytes, number: int, means: Sequence[int]) -> list[int]:
    """A delay is never longer than one and a half means."""
    waits = zip(net.delays(seed, number, means), means, strict=True)
    return [min(wait, mean + mean // 2) for wait, mean in waits]


@fault("SGM-3", "delays")
def AddsALeastDelay(net: Net, seed: bytes, number: int, means: Sequence[int]) -> list[int]:
    """Every message is held for at least a tenth of the mean, and then as drawn."""
    waits = zip(net.delays(seed, number, means), means, strict=True)
    return [wait + mean // 10 for wait, mean in waits]


@fault("SGM-3", "delays")
def NeverWaitsForNothing(net: Net, seed: bytes, number: int, means: Sequence[int]) -> list[int]:
    """A delay below a fifth of the mean is raised to it."""
    waits = zip(net.delays(seed, number, means), means, strict=True)
    return [max(wait, mean // 5) for wait, mean in waits]


# ---- windows ----


@fault("SGM-6", "travel")
def ForgetsTheDelays(net: Net, soonest: Any, last: Any, _waited: Any, fastest: Any, slowest: Any) -> Any:
    """Windows are as if no mix held the message."""
    return net.travel(soonest, last, 0, fastest, slowest)


@fault("SGM-6", "travel")
def CountsTheFastestOnly(net: Net, soonest: Any, last: Any, waited: Any, fastest: Any, _slowest: Any) -> Any:
    """A link never takes longer than at best."""
    return net.travel(soonest, last, waited, fastest, fastest)


@fault("SGM-6", "travel")
def CountsFromNothing(net: Net, soonest: Any, last: Any, waited: Any, _fastest: Any, slowest: Any) -> Any:
    """A message may come as soon as it was sent."""
    return net.travel(soonest, last, waited, 0, slowest)


@fault("SGM-6", "window")
def ForgetsTheSkew(net: Net, soonest: Any, last: Any, _skew: Any) -> Any:
    """All clocks are taken to be one."""
    return net.window(soonest, last, 0)


@fault("SGM-6", "window")
def AllowsForTwiceTheSkew(net: Net, soonest: Any, last: Any, skew: Any) -> Any:
    """The skew is counted once for each of two clocks."""
    return net.window(soonest, last, 2 * skew)


@fault("SGM-6", "window")
def ForgetsThatClocksAreSlow(_net: Net, soonest: Any, last: Any, skew: Any) -> Any:
    """The skew is allowed for at the end of the window only."""
    return soonest, last + skew


@fault("SGM-6", "window")
def TakesOffTheSign(_net: Net, soonest: Any, last: Any, skew: Any) -> Any:
    """A window that would begin before 0 begins as long after it."""
    return abs(soonest - skew), last + skew


@fault("SGM-6", "plan")
def CountsLinksFromZero(net: Net, seed: bytes, number: int, start: int, *rest: Any) -> Plan:
    """The first link is not counted."""
    fastest, slowest = rest[2], rest[3]
    told: Plan = net.plan(seed, number, start, *rest)
    return tuple(
        one.model_copy(update={"earliest": max(0, one.earliest - fastest), "latest": one.latest - slowest})
        for one in told
    )


@fault("SGM-6", "plan")
def CountsItsOwnDelay(net: Net, *given: Any) -> Plan:
    """A window is for when the message leaves, not for when it comes."""
    told: Plan = net.plan(*given)
    return tuple(
        one.model_copy(update={"earliest": one.earliest + one.delay, "latest": one.latest + one.delay}) for one in told
    )


@fault("SGM-7", "plan")
def TellsAllOneWindow(net: Net, *given: Any) -> Plan:
    """Every hop is told the window of the whole way."""
    told: Plan = net.plan(*given)
    return tuple(one.model_copy(update={"earliest": told[0].earliest, "latest": told[-1].latest}) for one in told)


@fault("SGM-7", "plan")
def TellsWhenItWillArrive(net: Net, *given: Any) -> Plan:
    """A window ends when the message is at the end of its way."""
    told: Plan = net.plan(*given)
    return tuple(one.model_copy(update={"latest": told[-1].latest + told[-1].delay}) for one in told)


@law(
    "SGM-1",
    "SGM-2",
    "SGM-3",
    "SGM-6",
    "SGM-7",
    needs=("sgmix.plan",),
    faults=(
        DrawsOnceForAllHops,
        DrawsOnceForAllMessages,
        DrawsShortOnesAgain,
        CutsLongOnesOff,
        AddsALeastDelay,
        NeverWaitsForNothing,
        ForgetsTheDelays,
        CountsTheFastestOnly,
        CountsFromNothing,
        ForgetsTheSkew,
        AllowsForTwiceTheSkew,
        ForgetsThatClocksAreSlow,
        TakesOffTheSign,
        CountsLinksFromZero,
        CountsItsOwnDelay,
        TellsAllOneWindow,
        TellsWhenItWillArrive,
    ),
)
def a_plan_is_what_its_draws_and_links_say(net: Net, forall: Forall) -> None:
    """Each hop is told the delay of its draw, as drawn, and the window that the links and delays before it make."""
    way = some_way(forall)
    assert tuple(net.plan(*way.fields)) == way.instructions


@law(
    "SGM-6",
    sampled=False,
    proves="every hop, every time on the links and every clock",
    by="a way is a step for each hop",
    faults=(ForgetsTheDelays, CountsTheFastestOnly, ForgetsTheSkew, ForgetsThatClocksAreSlow, TakesOffTheSign),
    source="Kesdogan, Egner and Büschkes 1998",
)
def an_honest_message_comes_within_its_window(net: Net, forall: Forall) -> None:
    """Whoever came to a hop between the soonest and the last moment comes so to the next, and in its window there."""
    soonest, came, last = forall(Integers(0), "soonest"), forall(Integers(0), "came"), forall(Integers(0), "last")
    fastest, took, slowest = (forall(Integers(0), name) for name in ("fastest", "took", "slowest"))
    waited, skew = forall(Integers(0), "waited"), forall(Integers(0), "skew")
    assume((soonest <= came) & (came <= last) & (fastest <= took) & (took <= slowest))
    soonest, last = net.travel(soonest, last, waited, fastest, slowest)
    came = came + waited + took
    assert (soonest <= came) & (came <= last)
    shown = came + forall(Integers(-skew, skew), "clock is off by")
    assume(shown >= 0)
    earliest, latest = net.window(soonest, last, skew)
    assert (earliest <= shown) & (shown <= latest)


@law(
    "SGM-6",
    "SGM-11",
    sampled=False,
    proves="every hop, every time on the links and every clock",
    by="a way is a step for each hop; the slack grows by slowest - fastest at each",
    faults=(AllowsForTwiceTheSkew, CountsFromNothing),
    source="Kesdogan, Egner and Büschkes 1998",
)
def a_message_held_back_for_longer_comes_too_late(net: Net, forall: Forall) -> None:
    """Held back by more than the slack so far and twice the skew, it is after its window at the next hop."""
    soonest, slack, skew = (forall(Integers(0), name) for name in ("soonest", "slack", "skew"))
    fastest, spread, waited = (forall(Integers(0), name) for name in ("fastest", "spread", "waited"))
    begin, end = net.travel(soonest, soonest + slack, waited, fastest, fastest + spread)
    assert end - begin == slack + spread
    late = slack + spread + 2 * skew + 1 + forall(Integers(0), "later still")
    shown = soonest + waited + fastest + late + forall(Integers(-skew, skew), "clock is off by")
    earliest, latest = net.window(begin, end, skew)
    assert shown > latest
    try:
        net.check_window(shown, earliest, latest)
    except Reject as refusal:
        assert refusal.clause == "SGM-11"
    else:
        raise AssertionError("it is let in")


@law(
    "SGM-3",
    "SGM-7",
    needs=("sgmix.plan",),
    faults=(TellsAllOneWindow, TellsWhenItWillArrive),
)
def a_hop_learns_nothing_of_later_ones(net: Net, forall: Forall) -> None:
    """Whatever comes after it on the route, a hop is told the same."""
    way = some_way(forall, least=2)
    hop = forall(range(1, len(way.hops)), "hop")
    later = (Hop(mean=forall([70, 10**7], "other mean"), gap=1),) * forall(range(4), "others")
    other = replace(way, hops=(*way.hops[:hop], *later))
    assert tuple(net.plan(*way.fields))[:hop] == tuple(net.plan(*other.fields))[:hop]


@not_a_law("SGM-6", needs=("sgmix.plan",), exact=True)
def a_window_tells_nothing_of_the_place(net: Net, forall: Forall) -> None:
    """A mix cannot tell by the window whether it is the first or the second on the route."""
    hops, spread = (Hop(mean=1000, gap=1),) * 2, forall([0, 250], "slowest - fastest")
    first, second = net.plan(bytes(range(32)), 1, 10**9, hops, 1, 100, 100 + spread, 50)
    assert first.latest - first.earliest == second.latest - second.earliest


# ---- plans that are refused ----


@fault("SGM-4", "check_hop")
def TakesAnyHop(_net: Net, _hop: Hop, _occupancy: int) -> None:
    """Nobody asks whether others are there."""


@fault("SGM-4", "check_hop")
def WantsMoreThanItAskedFor(net: Net, hop: Hop, occupancy: int) -> None:
    """A mean that is just long enough is refused."""
    if hop.mean <= occupancy * hop.gap:
        raise Reject("SGM-4", "not more than asked for")


@fault("SGM-4", "check_hop")
def RoundsTheOccupancyUp(_net: Net, hop: Hop, occupancy: int) -> None:
    """A part of a message counts as one."""
    if -(-hop.mean // hop.gap) < occupancy:
        raise Reject("SGM-4", "too few")


@fault("SGM-4", "plan")
def LooksAtTheFirstHopOnly(net: Net, *given: Any) -> Plan:
    """The later hops may have any mean."""
    occupancy = given[4]
    net.check_hop(given[3][0], occupancy)
    hops = [hop.model_copy(update={"gap": 1}) if hop.mean >= occupancy else hop for hop in given[3]]
    told: Plan = net.plan(*given[:3], hops, *given[4:])
    return told


@fault("SGM-5", "check_links")
def TakesAnyBounds(_net: Net, _fastest: int, _slowest: int) -> None:
    """The bounds are not compared."""


@fault("SGM-5", "check_links")
def WantsSlackOnTheLinks(_net: Net, fastest: int, slowest: int) -> None:
    """Links that always take the same time are refused."""
    if fastest >= slowest:
        raise Reject("SGM-5", "no slack")


@fault("SGM-8", "check_end")
def PlansPastTheEnd(_net: Net, _moment: int) -> None:
    """The end of the clock is not looked at."""


@fault("SGM-8", "check_end")
def StopsAMomentEarly(net: Net, moment: int) -> None:
    """The last moment of the clock is taken for the first that it does not show."""
    net.check_end(moment + 1)


@law(
    "SGM-4",
    "SGM-5",
    "SGM-8",
    needs=("sgmix.plan",),
    exact=True,
    proves="one hop or two, means beside occupancy times gap, bounds beside each other, ends beside that of the clock",
    faults=(
        TakesAnyHop,
        WantsMoreThanItAskedFor,
        RoundsTheOccupancyUp,
        LooksAtTheFirstHopOnly,
        TakesAnyBounds,
        WantsSlackOnTheLinks,
        PlansPastTheEnd,
        StopsAMomentEarly,
    ),
)
def a_plan_that_cannot_hide_or_be_kept_is_refused(net: Net, forall: Forall) -> None:
    """A plan is refused exactly if a mean is too short, the bounds are not in order, or the clock ends before."""
    seed, number, occupancy, gap = bytes(range(32)), 3, forall([1, 7], "occupancy"), 1000
    hops = tuple(
        Hop(mean=occupancy * gap + forall([-1, 0, 1], f"mean {i} off by"), gap=gap)
        for i in range(forall([1, 2], "hops"))
    )
    fastest, slowest = 100, 100 + forall([-1, 0, 1], "slowest - fastest")
    over = forall([None, 0, 1], "after the end by")
    waits = sum(delayed(drawn(seed, number, i), hop.mean) for i, hop in enumerate(hops, 1))
    start = 0 if over is None else LAST - waits - len(hops) * slowest - 9 + over
    clauses = {
        "SGM-4": any(hop.mean < occupancy * gap for hop in hops),
        "SGM-5": fastest > slowest,
        "SGM-8": over == 1,
    }
    try:
        net.plan(seed, number, start, hops, occupancy, fastest, slowest, 9)
    except Reject as refusal:
        assert clauses[refusal.clause]
    else:
        assert not any(clauses.values())
