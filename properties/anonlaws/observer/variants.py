"""Observers that are built otherwise, and right: beliefs in whole numbers, views put in order one by one."""

from bisect import insort
from collections.abc import Collection, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import lcm
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.observer.model import Entropies, Observer, Packet, Seen
from anonspec.shape import Reject

Eye = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def counts_in_whole_numbers(eye: Eye) -> Any:
    """Chances are brought to one denominator, and only their numerators are reckoned with."""

    def whole(chances: Sequence[Fraction]) -> tuple[list[int], int]:
        under = lcm(*(chance.denominator for chance in chances))
        return [int(chance * under) for chance in chances], under

    def posterior(prior: Sequence[Fraction], likelihood: Sequence[Fraction]) -> tuple[Fraction, ...]:
        eye.check_chances(prior)
        if len(likelihood) != len(prior) or max(likelihood) > 1:
            raise Reject("OBS-9", "not a likelihood for each user")
        joint = [before * each for before, each in zip(whole(prior)[0], whole(likelihood)[0], strict=True)]
        if not any(joint):
            raise Reject("OBS-12", "impossible")
        return tuple(Fraction(each, sum(joint)) for each in joint)

    def guesses(posterior: Sequence[Fraction]) -> Fraction:
        eye.check_chances(posterior)
        over, under = whole(posterior)
        left = sum(over)  # of those not guessed yet, once for each guess
        turns = 0
        for each in sorted(over, reverse=True):
            turns += left
            left -= each
        return Fraction(turns, under)

    other = fresh(eye)
    other.posterior, other.guesses = posterior, guesses
    return other


@benign
def puts_in_order_one_by_one(eye: Eye) -> Any:
    """Packets are put into the view one by one; who may have begun one is asked of each packet before it."""

    def view(observer: Observer, packets: Sequence[Packet]) -> tuple[Seen, ...]:
        eye.check_transcript(packets)
        at: list[int] = []
        for place, packet in enumerate(packets):
            if any(eye.watches(observer, node) for node in (packet.destination, packet.source)):
                insort(at, place, key=lambda each: (*eye.outside(packets[each]), each))
        return tuple(eye.look(observer, packets[place], at) for place in at)

    def suspects(
        observer: Observer, packets: Sequence[Packet], users: Collection[int], relays: Collection[int], packet: int
    ) -> tuple[int, ...]:
        seen, own = view(observer, packets), set(eye.own_nodes(observer))
        if packet >= len(seen):
            raise Reject("OBS-8", "no such packet")

        def begun(at: int, asked: set[int]) -> set[int]:
            if at in asked:
                return set()
            asked.add(at)
            last = seen[at]
            found = {last.source} & set(users) if last.cause is None else set()
            if last.source in own:
                return found | (set() if last.cause is None else begun(last.cause, asked))
            if last.source not in relays:
                return found
            if not eye.watches(observer, last.source):
                return found | set(users)
            before = [each for each, one in enumerate(seen) if one.destination == last.source and one.time <= last.time]
            return found.union(*(begun(each, asked) for each in before))

        return tuple(sorted(begun(packet, set())))

    other = fresh(eye)
    other.view, other.suspects = view, suspects
    return other


@benign
def measures_in_nats(eye: Eye) -> Any:
    """Entropy is natural logarithms of numerators and denominators, with more digits, turned into bits at the end."""

    def entropy(posterior: Sequence[Fraction]) -> Entropies:
        eye.check_chances(posterior)
        with localcontext(prec=90):

            def ln(chance: Fraction) -> Decimal:
                return Decimal(chance.numerator).ln() - Decimal(chance.denominator).ln()

            terms = [ln(each) * each.numerator / each.denominator for each in sorted(posterior) if each]
            nats, two, largest = -sum(terms, Decimal(0)), Decimal(2).ln(), max(posterior)
            return Entropies(
                shannon=eye.thousandths(nats / two),
                effective=eye.thousandths(nats.exp()),
                degree=eye.thousandths(nats / Decimal(len(posterior)).ln()) if len(posterior) > 1 else 0,
                min=eye.thousandths(-ln(largest) / two),
                largest=largest,
            )

    other = fresh(eye)
    other.entropy = entropy
    return other
