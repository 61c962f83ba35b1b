"""Laws of what collaborators, the server and a watcher of all links learn: exact chances of the code's own hops."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from itertools import product
from math import prod
from typing import Any

from anonlaws import chance
from anonlaws.chance import Choose, Done
from anonlaws.crowds import formulas
from anonlaws.crowds.hops import (
    AlwaysAmongAll,
    NeverTakesItself,
    TossesBeforeTheFirstHop,
    TurnsTheCoinOver,
)
from anonlaws.crowds.wire import Net, of_place
from anonlaws.law import Forall, Reals, fault, law, not_a_law
from anonspec.crowds.model import Chances, Crowd

GRID = [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)]

# ---- the code's own hops, as a chain ----


def hops(net: Net, crowd: Crowd) -> Callable[[int, bool, Choose], int | None]:
    """Hops of the implementation, which is asked once for each member and outcome of its draws.

    The least and the greatest coin stand for all that are below the bound and all others.
    """
    places = len(crowd.roster) - (not crowd.itself)

    @cache
    def asked(me: int, first: bool, coin: int, place: int) -> int | None:
        there: int | None = net.hop(crowd, me, first, coin.to_bytes(8), of_place(place, places))
        return there

    def hop(me: int, first: bool, choose: Choose) -> int | None:
        return asked(me, first, 0 if choose.coin(crowd.forward) else 2**64 - 1, choose.among(range(places)))

    return hop


def ends(net: Net, crowd: Crowd, over: Callable[[int, int | None], Any], initiator: int = 0) -> dict[Any, Fraction]:
    """How the paths of a member end: `over(here, there)` is what is then seen, None where the path goes on."""

    hop = hops(net, crowd)

    def step(state: tuple[int, bool], choose: Choose) -> Any:
        here, first = state
        there = hop(here, first, choose)
        seen = over(here, there)
        return Done(seen) if seen is not None else (there, False)

    found: dict[Any, Fraction] = chance.absorb((initiator, True), step)
    return found


def some_chances(forall: Forall, most: int) -> tuple[int, int, Fraction, bool]:
    """Members, collaborators, the chance of one more hop, and whether oneself may be chosen."""
    members = forall(range(3, most), "members")
    return members, forall(range(1, members), "collaborators"), forall(GRID, "forward"), forall(bool, "itself")


@fault("CRW-25", "given_hit")
def ForgetsTheWayThroughItself(net: Net, members: Any, collaborators: Any, forward: Any, itself: bool) -> Any:
    """That the path came back to the initiator before it met a collaborator is not counted."""
    over, under = net.given_hit(members, collaborators, forward, itself)
    return over - forward, under


@fault("CRW-25", "given_hit")
def ReportsTheOtherVariant(net: Net, members: Any, collaborators: Any, forward: Any, _itself: bool) -> Any:
    """The chance with `itself` true is reported for both variants."""
    return net.given_hit(members, collaborators, forward, True)


@fault("CRW-25", "chances")
def PromisesBeyondSuspicion(net: Net, members: int, *rest: Any) -> Chances:
    """The server is said to see each member equally often in both variants."""
    found: Chances = net.chances(members, *rest).model_copy(update={"server": Fraction(1, members)})
    return found


@fault("CRW-25", "chances")
def WantsLessThanAHalf(net: Net, *given: Any) -> Chances:
    """Probable innocence is denied where the chance is exactly 1/2."""
    found: Chances = net.chances(*given)
    return found.model_copy(update={"innocent": found.initiator < Fraction(1, 2)})


@law(
    "CRW-4",
    "CRW-5",
    "CRW-6",
    "CRW-25",
    needs=("crowds.hop", "crowds.chances"),
    exact=True,
    proves="3 to 6 members, all collaborations, p of 1/4, 1/2, 3/4 and 9/10, both variants",
    faults=(
        ForgetsTheWayThroughItself,
        ReportsTheOtherVariant,
        WantsLessThanAHalf,
        TossesBeforeTheFirstHop,
        TurnsTheCoinOver,
        NeverTakesItself,
        AlwaysAmongAll,
    ),
    source="Reiter and Rubin 1998; AFP Crowds_Protocol",
)
def collaborators_learn_what_is_stated(net: Net, forall: Forall) -> None:
    """The chance of a collaborator on the path, and whom the first one sees, are those of the code's hops, exactly."""
    members, bad, forward, itself = some_chances(forall, 7)
    crowd = Crowd(roster=tuple(range(members)), forward=forward, itself=itself)
    honest = members - bad

    def over(here: int, there: int | None) -> str | None:
        if there is None:
            return "nobody"
        return None if there < honest else "initiator" if here == 0 else f"other {here}"

    seen = ends(net, crowd, over)
    hit = 1 - seen.get("nobody", Fraction(0))
    told = net.chances(members, bad, forward, itself)
    assert told.hit == hit == formulas.collaborator_on_path(members, bad, forward, itself)
    assert told.initiator == seen["initiator"] / hit == formulas.initiator_given_hit(members, bad, forward, itself)
    assert told.innocent == (2 * seen["initiator"] <= hit)
    assert told.other == formulas.other_given_hit(members, bad, forward, itself)
    assert all(seen[f"other {other}"] / hit == told.other for other in range(1, honest))


@law(
    "CRW-4",
    "CRW-6",
    "CRW-25",
    needs=("crowds.hop", "crowds.chances"),
    exact=True,
    proves="3 to 7 members, p of 1/4, 1/2, 3/4 and 9/10, both variants",
    faults=(PromisesBeyondSuspicion, TossesBeforeTheFirstHop, NeverTakesItself, AlwaysAmongAll),
    source="AFP Crowds_Protocol, server_view1",
)
def the_server_learns_nothing_if_one_may_choose_oneself(net: Net, forall: Forall) -> None:
    """The server sees each member equally often if, and only if, members may choose themselves."""
    members, forward, itself = forall(range(3, 8), "members"), forall(GRID, "forward"), forall(bool, "itself")
    crowd = Crowd(roster=tuple(range(members)), forward=forward, itself=itself)
    seen = ends(net, crowd, lambda here, there: here if there is None else None)
    assert (set(seen.values()) == {Fraction(1, members)}) == itself
    assert len({seen[other] for other in range(1, members)}) == 1
    assert net.chances(members, 1, forward, itself).server == seen[0]


@law(
    "CRW-5",
    needs=("crowds.hop",),
    exact=True,
    proves="3 and 4 members, p of 1/4 and 3/4, both variants, up to 4 hops",
    faults=(TurnsTheCoinOver, TossesBeforeTheFirstHop),
    source="Reiter and Rubin 1998",
)
def paths_are_as_long_as_stated(net: Net, forall: Forall) -> None:
    """Exactly k members are on the path after the initiator with chance p^(k-1) (1 - p), k from 1."""
    members, forward = forall([3, 4], "members"), forall([Fraction(1, 4), Fraction(3, 4)], "forward")
    crowd = Crowd(roster=tuple(range(members)), forward=forward, itself=forall(bool, "itself"))

    hop = hops(net, crowd)

    def length(choose: Choose) -> int | None:
        here: int | None = 0
        for members_after in range(-1, 4):
            if here is None:
                return members_after
            here = hop(here, members_after < 0, choose)
        return 4 if here is None else None

    found = chance.distribution(length)
    assert found.pop(None) == forward**4
    assert found == {after: forward ** (after - 1) * (1 - forward) for after in range(1, 5)}
    assert all(formulas.forwarders(after, forward) == found[after] for after in range(1, 5))


# ---- probable innocence ----


@fault("CRW-25", "given_hit")
def CountsOneHonestMemberMore(net: Net, members: Any, collaborators: Any, forward: Any, itself: bool) -> Any:
    """The initiator counts as one of those it hides among."""
    return net.given_hit(members, collaborators - 1, forward, itself)


@law(
    "CRW-25",
    sampled=False,
    proves="every real p below 1, every real c >= 1 and n >= c + 1, both variants",
    faults=(ForgetsTheWayThroughItself, ReportsTheOtherVariant, CountsOneHonestMemberMore),
    source="Reiter and Rubin 1998, theorem 5.2; that it is necessary as well is proved here",
)
def probable_innocence_is_a_matter_of_size(net: Net, forall: Forall) -> None:
    """An initiator is probably innocent exactly if p > 1/2 and n >= p(c + 1)/(p - 1/2); the variant likewise."""
    forward, itself = forall(Reals(0, 1), "forward"), forall([True, False], "itself")
    collaborators = 1 + forall(Reals(0), "collaborators above one")
    members = collaborators + 1 + forall(Reals(0), "honest members above one")
    over, under = net.given_hit(members, collaborators, forward, itself)
    twice = 2 * forward - 1
    enough = 2 * forward * (collaborators + 1) if itself else forward * (2 * collaborators + 3) - 1
    assert under > 0
    assert (2 * over <= under) == ((twice > 0) & (twice * members >= enough))


@fault("CRW-26", "least_members")
def ForgetsTheInitiator(net: Net, collaborators: int, forward: Fraction) -> int | None:
    """c stands where c + 1 has to stand."""
    least: int | None = net.least_members(collaborators, forward)
    return None if least is None else -(-forward * collaborators // (forward - Fraction(1, 2)))


@fault("CRW-26", "least_members")
def RoundsDown(net: Net, collaborators: int, forward: Fraction) -> int | None:
    """The least crowd is too small by a part of a member."""
    least: int | None = net.least_members(collaborators, forward)
    return None if least is None else int(forward * (collaborators + 1) // (forward - Fraction(1, 2)))


@fault("CRW-26", "least_members")
def PlansForAHalf(net: Net, collaborators: int, forward: Fraction) -> int | None:
    """With p of 1/2 or less some crowd is said to be large enough."""
    least: int | None = net.least_members(collaborators, max(forward, Fraction(51, 100)))
    return least


@law(
    "CRW-25",
    "CRW-26",
    needs=("crowds.chances",),
    exact=True,
    proves="1 to 5 collaborators, p of k/20 for k of 7 to 19",
    faults=(ForgetsTheInitiator, RoundsDown, PlansForAHalf, ForgetsTheWayThroughItself),
)
def the_least_crowd_is_just_large_enough(net: Net, forall: Forall) -> None:
    """In the least crowd an initiator is probably innocent, in the next smaller one it is not; or in none at all."""
    collaborators, forward = forall(range(1, 6), "collaborators"), Fraction(forall(range(7, 20), "twentieths"), 20)
    least = net.least_members(collaborators, forward)
    if 2 * forward <= 1:
        assert least is None
        assert not any(
            net.chances(collaborators + more, collaborators, forward, True).innocent for more in range(2, 90)
        )
    else:
        assert net.chances(least, collaborators, forward, True).innocent
        assert not net.chances(least - 1, collaborators, forward, True).innocent


@law(
    "CRW-11",
    "CRW-20",
    needs=("crowds.hop",),
    exact=True,
    proves="5 members, 1 collaborator, p of 1/2 and 3/4, 1 to 3 paths",
    faults=(NeverTakesItself, TossesBeforeTheFirstHop, TurnsTheCoinOver),
    source="Wright et al. 2004",
)
def every_new_path_tells_more(net: Net, forall: Forall) -> None:
    """Over linked paths the best guess at the initiator is right exactly as often as stated, and oftener with each."""
    forward = forall([Fraction(1, 2), Fraction(3, 4)], "forward")
    crowd = Crowd(roster=tuple(range(5)), forward=forward, itself=True)

    def over(here: int, there: int | None) -> int | None:
        return -1 if there is None else None if there < 4 else here

    seen = [ends(net, crowd, over, begins) for begins in range(4)]
    right = []
    for paths in range(1, 4):
        total = Fraction(0)
        for views in product(seen[0], repeat=paths):
            total += max(prod(of_one[view] for view in views) for of_one in seen)
        right.append(total / 4)
        assert right[-1] == formulas.predecessor_success(5, 1, forward, paths)
    assert right[0] < right[1] < right[2]


@law(
    "CRW-11",
    "CRW-20",
    needs=("crowds.hop",),
    exact=True,
    proves="5 members, 1 collaborator, p of 1/2 and 3/4, 1 to 3 paths enumerated, 10 to 80 counted",
    faults=(NeverTakesItself, TossesBeforeTheFirstHop, TurnsTheCoinOver),
    source="Chernoff 1952; Wright et al. 2002",
)
def the_initiator_comes_to_lead_as_fast_as_the_bound_says(net: Net, forall: Forall) -> None:
    """The chance that the initiator is not seen strictly oftenest is as counted, and never above Chernoff's bound."""
    forward = forall([Fraction(1, 2), Fraction(3, 4)], "forward")
    crowd = Crowd(roster=tuple(range(5)), forward=forward, itself=True)
    seen = ends(net, crowd, lambda here, there: -1 if there is None else None if there < 4 else here, 0)
    model = (5, 1, forward)
    for paths in range(1, 4):
        leads = Fraction(0)
        for views in product(seen, repeat=paths):
            often = [views.count(member) for member in range(4)]
            leads += prod(seen[view] for view in views) * (often[0] > max(often[1:]))
        assert leads == formulas.predecessor_leads(*model, paths)
    for paths in (1, 2, 3, 10, 20, 40, 80):
        assert 1 - formulas.predecessor_leads(*model, paths) <= formulas.predecessor_bound(*model, paths)


@not_a_law("CRW-25", needs=("crowds.chances",), exact=True, source="AFP Crowds_Protocol, Pr_visit_before_C")
def probable_innocence_holds_whatever_was_known_before(net: Net, forall: Forall) -> None:
    """Whoever is seen by a collaborator is no more likely the initiator than not, however much it asks otherwise."""
    prior = forall([Fraction(1, 9), Fraction(1, 4), Fraction(1, 2)], "share of all requests that are the seen member's")
    told = net.chances(10, 1, Fraction(3, 4), True)
    assert told.innocent
    seen_and_asked = prior * told.initiator
    seen_only = (1 - prior) * told.other
    assert seen_and_asked / (seen_and_asked + seen_only) <= Fraction(1, 2)


@not_a_law("CRW-4", needs=("crowds.hop",), exact=True)
def who_watches_all_links_cannot_name_the_initiator(net: Net, forall: Forall) -> None:
    """Whatever a request is seen to do on all links, in order, another member may have been its initiator."""
    crowd = Crowd(roster=(0, 1, 2), forward=Fraction(1, 2), itself=forall([True, False], "itself"))

    hop = hops(net, crowd)

    def watched(initiator: int, choose: Choose) -> tuple[tuple[int, int | None], ...]:
        here: int | None = initiator
        sends: list[tuple[int, int | None]] = []
        for place in range(4):
            if here is not None:
                there = hop(here, place == 0, choose)
                sends += [(here, there)] * (there != here)  # what a member sends to itself is on no wire
                here = there
        return tuple(sends)

    views = [set(chance.distribution(partial(watched, member))) for member in crowd.roster]
    view = forall(sorted(views[0] - {()}, key=repr), "what is seen when member 0 asks")
    assert any(view in views[other] for other in (1, 2))
