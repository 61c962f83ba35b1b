"""Laws of what a watcher learns: chances of who left, from all delays there may be, and what looks true and is not."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from anonlaws import chance
from anonlaws.chance import Choose
from anonlaws.law import Forall, Function, Integers, Reals, assume, fault, law, not_a_law
from anonlaws.sgmix.delays import AlwaysWaitsTheMean, SpreadsEvenly, survival
from anonlaws.sgmix.wire import Net
from anonspec.shape import Reject

IN, OUT = "arrival", "departure"
Survival = Callable[[int], Fraction]
"""The chance that a delay is so long, in moments, or longer."""

# ---- who left, by enumeration ----


def seen(most: int) -> list[tuple[str, ...]]:
    """All that may be seen of a mix that begins empty, up to so many events, the last one a departure."""
    found = []
    for length in range(2, most + 1):
        for events in product((IN, OUT), repeat=length):
            counts = [events[:end].count(IN) - events[:end].count(OUT) for end in range(length + 1)]
            if min(counts) >= 0 and events[-1] == OUT:
                found.append(events)
    return found


def moments(events: Sequence[str], gaps: Sequence[int]) -> list[int]:
    """When each event is, with these gaps between them, over and over."""
    times = [0]
    for place in range(len(events) - 1):
        times.append(times[-1] + gaps[place % len(gaps)])
    return times


def enumerated(events: Sequence[str], times: Sequence[int], lives: Sequence[Survival]) -> tuple[Fraction, ...]:
    """Of each arrival the chance that it was the last departure, given all times; each has its own law of delays.

    Every message leaves at the moment of some departure, or after the last one, or at another moment, which was not
    seen. What was seen is that each departure is of exactly one message. Gives nothing where that cannot be.
    """
    comes = [time for time, event in zip(times, events, strict=True) if event == IN]
    goes = [time for time, event in zip(times, events, strict=True) if event == OUT]

    def run(choose: Choose) -> int | None:
        left: dict[int, int] = {}
        for who, (came, longer) in enumerate(zip(comes, lives, strict=True)):
            after = [went for went in goes if went > came]
            weights = [longer(went - came) - longer(went - came + 1) for went in after]
            stays = longer(goes[-1] - came + 1) if came < goes[-1] else Fraction(1)
            place = choose.among([*after, -1, -2], [*weights, stays, 1 - stays - sum(weights)])
            if place == -2 or place in left:
                return None
            if place >= 0:
                left[place] = who
        return left[goes[-1]] if len(left) == len(goes) else None

    found = chance.distribution(run)
    found.pop(None, None)
    total = sum(found.values())
    if total == 0:
        return ()
    return tuple(found.get(who, Fraction(0)) / total for who in range(len(comes)))


# ---- what a program reports ----


@fault("SGM-18", "share")
def CountsOneMore(_net: Net, held: int) -> Fraction:
    """The next to leave may be somebody who has not come yet."""
    return Fraction(1, held + 1)


@fault("SGM-18", "origin")
def NamesTheOldest(net: Net, events: Sequence[str]) -> tuple[Fraction, ...]:
    """Who came first is said to leave first."""
    count = len(net.origin(events))
    place = [event for event in events if event == OUT]
    return tuple(Fraction(1 if who == len(place) - 1 else 0) for who in range(count))


@fault("SGM-18", "origin")
def CountsAllThatCame(net: Net, events: Sequence[str]) -> tuple[Fraction, ...]:
    """Every message that ever came is as likely as any other."""
    net.origin(events)
    last = len(events) - list(events)[::-1].index(OUT)
    before = list(events[:last]).count(IN)
    return tuple(Fraction(1 if who < before else 0, before) for who in range(list(events).count(IN)))


@fault("SGM-18", "origin")
def TakesTheLatest(net: Net, events: Sequence[str]) -> tuple[Fraction, ...]:
    """Of k messages held these are said to be the k last that came."""
    net.origin(events)
    last = len(events) - list(events)[::-1].index(OUT)
    before = list(events[:last]).count(IN)
    held = before - list(events[:last]).count(OUT) + 1
    came = list(events).count(IN)
    return tuple(Fraction(1 if before - held <= who < before else 0, held) for who in range(came))


@fault("SGM-18", "origin")
def ForgetsLaterArrivals(net: Net, events: Sequence[str]) -> tuple[Fraction, ...]:
    """What came after the last departure is left out."""
    told = net.origin(events)
    last = len(events) - list(events)[::-1].index(OUT)
    return tuple(told[: list(events[:last]).count(IN)])


@fault("SGM-19", "origin")
def LetsAnythingLeave(net: Net, events: Sequence[str]) -> tuple[Fraction, ...]:
    """A departure from an empty mix is passed over."""
    held, possible = 0, []
    for event in events:
        if event == IN or held > 0:
            possible.append(event)
            held += 1 if event == IN else -1
    return tuple(net.origin(possible))


@fault("SGM-19", "origin")
def ReportsWithoutADeparture(net: Net, events: Sequence[str]) -> tuple[Fraction, ...]:
    """Where nothing left, nobody is said to have."""
    if OUT not in events:
        return (Fraction(0),) * len(events)
    return tuple(net.origin(events))


REPORTS = (CountsOneMore, NamesTheOldest, CountsAllThatCame, TakesTheLatest)


def geometric(mean: int) -> Survival:
    """Delays of so many moments on average, without a memory."""
    return lambda span: Fraction(mean, mean + 1) ** span


@law(
    "SGM-18",
    needs=("sgmix.chances",),
    exact=True,
    proves="all that may be seen in up to 6 events of an empty mix, in even and uneven time; two means",
    faults=REPORTS,
    source="Piotrowska et al. 2017, lemma 2; Danezis 2004",
)
def who_left_is_as_reported(net: Net, forall: Forall) -> None:
    """With delays that have no memory, whoever sees all times knows of a departure exactly the chances reported."""
    events = forall(seen(6), "events")
    gaps, mean = forall([(1,), (1, 4, 2)], "gaps"), forall([1, 9], "mean")
    lives = [geometric(mean)] * events.count(IN)
    assert tuple(net.origin(events)) == enumerated(events, moments(events, gaps), lives)


@law(
    "SGM-2",
    "SGM-18",
    needs=("sgmix.chances", "sgmix.delay"),
    exact=True,
    proves="all that may be seen in up to 5 events of an empty mix, in uneven time; a mean of 7; of all 2^64 draws",
    faults=(*REPORTS[:3], AlwaysWaitsTheMean, SpreadsEvenly),
)
def a_program_s_own_delays_tell_no_more(net: Net, forall: Forall) -> None:
    """With the program's own delays, their chances counted over all draws, the reported ones are right to 2^-40."""
    mean = forall([7], "mean")
    longer = survival(net, mean)
    for events in seen(5):
        lives = [longer] * events.count(IN)
        found = enumerated(events, moments(events, (1, 3, 2)), lives)
        assert found, f"{events} cannot be seen"
        for one, other in zip(net.origin(events), found, strict=True):
            assert abs(one - other) < Fraction(1, 2**40), f"seen {events}"


@law(
    "SGM-18",
    needs=("sgmix.chances",),
    exact=True,
    proves="all that may be seen in up to 9 events of an empty mix",
    faults=(CountsOneMore, CountsAllThatCame),
)
def somebody_left_and_nobody_twice(net: Net, forall: Forall) -> None:
    """The chances of a departure add up to 1; those of an arrival, over all departures, to at most 1."""
    events = forall(seen(9), "events")
    left = [Fraction(0)] * events.count(IN)
    for end, event in enumerate(events, 1):
        if event == OUT:
            told = net.origin(events[:end])
            assert sum(told) == 1
            left = [one + other for one, other in zip(left, [*told, *[Fraction(0)] * len(left)], strict=False)]
    assert max(left) <= 1
    if events.count(IN) == events.count(OUT):
        assert set(left) == {1}


@law(
    "SGM-18",
    needs=("sgmix.chances",),
    exact=True,
    proves="1 to 5 messages, of which up to 4 left, and 0 to 3 later ones, one after the departure",
    faults=(*REPORTS, ForgetsLaterArrivals),
    source="Piotrowska et al. 2017, theorem 1",
)
def old_and_new_messages_have_the_stated_chances(net: Net, forall: Forall) -> None:
    """Of n that came, n - k left, and l came: each old one has k / (n (l + k)), each new one 1 / (l + k)."""
    n, l = forall(range(1, 6), "n"), forall(range(4), "l")  # noqa: E741 - the literature's name
    k = n - forall(range(n), "left")
    told = net.origin([IN] * n + [OUT] * (n - k) + [IN] * l + [OUT, IN])
    assert tuple(told) == (*[Fraction(k, n * (l + k))] * n, *[Fraction(1, l + k)] * l, 0)


@law(
    "SGM-18",
    sampled=False,
    proves="1 to 3 messages held, every age, every law of delays that has no memory",
    by="moments are made so short that at most one message leaves in each",
    faults=(CountsOneMore,),
)
def each_that_is_held_has_the_same_share(net: Net, forall: Forall) -> None:
    """If a message of any age stays a moment more as often as any other, each has the reported share of leaving."""
    held = forall(range(1, 4), "held")
    longer = forall(Function(Integers(0), result=Reals(0)), "longer")
    stays = forall(Reals(0, 1), "stays")
    ages = [forall(Integers(0), f"age {i}") for i in range(held)]
    for age in ages:
        assume(longer(age + 1) == longer(age) * stays)
    alone: list[Any] = []
    for i, age in enumerate(ages):
        weight = longer(age) - longer(age + 1)
        for j, other in enumerate(ages):
            if i != j:
                weight = weight * longer(other + 1)
        alone.append(weight)
    for weight in alone:
        assert weight == net.share(held) * sum(alone)


@law(
    "SGM-19",
    needs=("sgmix.chances",),
    exact=True,
    proves="up to 6 events",
    faults=(LetsAnythingLeave, ReportsWithoutADeparture),
)
def what_cannot_be_is_refused(net: Net, forall: Forall) -> None:
    """Events are refused exactly if something leaves an empty mix, or nothing leaves."""
    events = tuple(forall([IN, OUT], f"event {i}") for i in range(forall(range(7), "events")))
    counts = [events[:end].count(IN) - events[:end].count(OUT) for end in range(len(events) + 1)]
    try:
        net.origin(events)
    except Reject as refusal:
        assert refusal.clause == "SGM-19"
        assert min(counts) < 0 or OUT not in events
    else:
        assert min(counts) >= 0
        assert OUT in events


# ---- what one would believe ----


def other_laws(forall: Forall, longer: Survival) -> None:
    """Claim that messages with such delays have the chances of those without a memory."""
    events = forall(seen(4), "events")
    found = enumerated(events, moments(events, forall([(1,), (2, 1)], "gaps")), [longer] * events.count(IN))
    assume(found)
    assert found == enumerated(events, moments(events, (1,)), [geometric(3)] * events.count(IN))


@not_a_law("SGM-3", exact=True)
def delays_spread_evenly_hide_as_well(_net: Net, forall: Forall) -> None:
    """With delays of 0 to 6, each as likely, messages that are held are as likely as each other to leave next."""
    other_laws(forall, lambda span: Fraction(max(0, 7 - span), 7))


@not_a_law("SGM-3", exact=True)
def a_least_delay_does_no_harm(_net: Net, forall: Forall) -> None:
    """If everything is held for at least 2 moments, and then as drawn, messages are still as likely as each other."""
    other_laws(forall, lambda span: geometric(3)(max(0, span - 2)))


@not_a_law("SGM-3", exact=True)
def drawing_short_delays_again_does_no_harm(_net: Net, forall: Forall) -> None:
    """If delays below 2 moments are drawn again, messages are still as likely as each other to leave next."""
    longer = geometric(3)
    other_laws(forall, lambda span: longer(max(2, span)) / longer(2))


@not_a_law("SGM-3", exact=True)
def cutting_long_delays_off_does_no_harm(_net: Net, forall: Forall) -> None:
    """If no message is held for more than 4 moments, messages are still as likely as each other to leave next."""
    other_laws(forall, lambda span: geometric(3)(span) if span <= 4 else Fraction(0))


@not_a_law("SGM-4", exact=True)
def messages_of_all_means_hide_each_other(_net: Net, forall: Forall) -> None:
    """If each sender takes a mean of its own, messages are still as likely as each other to leave next."""
    events = (IN, IN, OUT)
    means = [forall([3, 8], f"mean of {who}") for who in ("the first", "the second")]
    one, other = enumerated(events, moments(events, (1,)), [geometric(mean) for mean in means])
    assert one == other


@not_a_law("SGM-18", needs=("sgmix.chances",), exact=True)
def nobody_can_tell_who_left(net: Net, forall: Forall) -> None:
    """Whatever was seen, no message is the one that left with certainty."""
    assert max(net.origin(forall(seen(3), "events"))) < 1
