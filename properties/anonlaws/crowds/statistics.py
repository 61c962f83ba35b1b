"""A program's own randomness: how often it forwards, and whom it chooses, judged by exact binomial tails.

In two stages, so that an honest program is not called wrong by chance: a screen that one honest program in a thousand
does not pass, and, for who does not pass it, a fresh sample ten times as large. Only what is seen there refutes, and
only where an honest program would show something as odd at most once in a million runs.
"""

import os
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from anonlaws.crowds.hops import (
    ForwardsTooOften,
    NeverTakesItself,
    PrefersTheFirst,
    TossesBeforeTheFirstHop,
    TurnsTheCoinOver,
)
from anonlaws.crowds.paths import FormsEveryOwnPathAnew, KeepsTheIdentifier, KeepsTheIdentifierOnTheWayBack
from anonlaws.crowds.wire import Net, Seeds
from anonlaws.law import Forall, law
from anonspec.crowds.model import Crowd
from anonspec.shape import Reject

CROWD = Crowd(roster=(0, 1, 2, 3, 4), forward=Fraction(3, 4), itself=True)
SCREEN, CONFIRM = 4_500, 45_000
SCREENED, CONFIRMED = Fraction(1, 1_000), Fraction(1, 1_000_000)
BATCH = 150
"""Paths of one member, before another one takes its place: tables are searched, and the past of a program kept."""


def hops(net: Net) -> Iterator[int | None]:
    """Where the member 1 of CROWD sends one request after the other, each on a path of its own."""
    while True:
        member = own_draws(net, os.urandom(32))
        for _ in range(BATCH):
            member, (send,) = net.request(member, 2, os.urandom(16), b"?")
            yield send.neighbour


def own_draws(net: Net, seed: bytes) -> Any:
    """The member, drawing for itself; an implementation without randomness of its own is given this seed."""
    try:
        return net.join(CROWD, 1, None)
    except Reject:
        return net.join(CROWD, 1, seed)


@law(
    "CRW-4",
    "CRW-6",
    "CRW-8",
    "CRW-10",
    "CRW-11",
    needs=("crowds.jondo", "crowds.own"),
    faults=(TossesBeforeTheFirstHop, KeepsTheIdentifier, FormsEveryOwnPathAnew, KeepsTheIdentifierOnTheWayBack),
)
def what_a_program_draws_for_itself_is_within_the_rules(net: Net, forall: Forall) -> None:
    """Requests go on to members or the server under new identifiers, and stay with them; answers return."""
    state = own_draws(net, forall(Seeds(), "seeds")(1))
    links: dict[tuple[int | None, bytes | None], tuple[int | None, bytes]] = {}
    for number in range(forall(range(2, 9), "requests")):
        source = forall([None, 0, 2, 3, 4], f"from {number}")
        identifier = None if source is None else bytes([source + 1] * 15 + [forall([1, 2], f"path {number}")])
        link = (source, identifier)
        state, (send,) = net.request(state, *link, b"content")
        assert (send.kind, send.content) == ("request", b"content")
        if link not in links:
            assert send.neighbour in CROWD.roster or (send.neighbour is None and source is not None)
            known = {end for pair in links.items() for _, end in pair}
            assert len(send.path) == 16
            assert send.path not in known | {identifier}
            links[link] = send.neighbour, send.path
        assert (send.neighbour, send.path) == links[link]
        state, (back,) = net.response(state, *links[link], b"answer")
        assert (back.kind, back.neighbour, back.path, back.content) == ("response", *link, b"answer")


def below(count: int, tries: int, chance: Fraction) -> Fraction:
    """The exact probability of at most so many of the tries to succeed."""
    over, rest, under = chance.numerator, chance.denominator - chance.numerator, chance.denominator
    term = rest**tries  # of none; the sum is kept as an integer over under ** tries
    total = 0
    for successes in range(count + 1):
        total += term
        term = term * (tries - successes) * over // ((successes + 1) * rest)
    return Fraction(total, under**tries)


def odd(count: int, tries: int, chance: Fraction, level: Fraction) -> bool:
    """Whether so many successes or more, or so many or fewer, are less likely than half the level."""
    if count * chance.denominator > tries * chance.numerator:
        count, chance = tries - count, 1 - chance
    return below(count, tries, chance) < level / 2


def oddities(seen: Counter[int | None], level: Fraction) -> list[str]:
    """What is less likely than the level in all: half of that for the coin, a tenth for each of the five members."""
    tries = seen.total()
    forwarded = tries - seen[None]
    said = []
    if odd(forwarded, tries, CROWD.forward, level / 2):
        said.append(f"{forwarded} of {tries} requests went on")
    said += [
        f"{seen[member]} of {forwarded} went to {member}"
        for member in CROWD.roster
        if odd(seen[member], forwarded, Fraction(1, 5), level / 10)
    ]
    return said + [f"some went to {other}" for other in seen if other not in (None, *CROWD.roster)]


@law(
    "CRW-5",
    "CRW-6",
    "CRW-7",
    needs=("crowds.jondo", "crowds.own"),
    exact=True,
    by="an honest program fails less than once in a million runs; one off by 1/20 passes less than once in 10,000",
    faults=(ForwardsTooOften, TurnsTheCoinOver, NeverTakesItself, PrefersTheFirst),
)
def a_program_s_own_coins_and_choices_are_fair(net: Net, forall: Forall) -> None:
    """Drawing for itself, a member forwards three times in four, and to each of five members as often as to another."""
    draws = hops(net)
    if oddities(Counter(islice(draws, SCREEN)), SCREENED):
        assert not oddities(Counter(islice(draws, CONFIRM)), CONFIRMED)
