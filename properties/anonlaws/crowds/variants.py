"""Crowds that are built otherwise, and right: a table of two maps, chances as the solution of two equations."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.crowds.model import Chances, Crowd, Link, Send
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

OWN = Link(None, None)
"""Where a member's own user is."""


@benign
def looks_paths_up(net: Net) -> Any:
    """A member has a map from where requests come to where they go, another one back, and two sets of identifiers."""

    def join(crowd: Crowd, me: int, seed: bytes | None) -> Any:
        net.join(crowd, me, seed)
        return begun(crowd, me, seed, 0)

    def begun(crowd: Crowd, me: int, seed: bytes | None, formation: int) -> Any:
        empty: dict[Link, Link] = {}
        return SimpleNamespace(
            crowd=crowd,
            me=me,
            seed=seed,
            formation=formation,
            formed=0,
            onward=empty,
            backward=empty,
            gone=frozenset(),
            came=frozenset(),
            drawn=frozenset(),
        )

    def moved(jondo: Any, **changes: Any) -> Any:
        return SimpleNamespace(**{**vars(jondo), **changes})

    def send(kind: Any, link: Link, content: bytes | None) -> Send:
        return Send(kind=kind, neighbour=link.neighbour, path=link.path, content=content)

    def request(jondo: Any, neighbour: int | None, path: bytes | None, content: bytes) -> Any:
        back = Link(neighbour, path)
        if neighbour is not None and neighbour not in jondo.crowd.roster:
            raise Reject("CRW-13", "no member")
        on = jondo.onward.get(back)
        if on in jondo.gone and back != OWN:
            raise Reject("CRW-18", "broken")
        if on is None or on in jondo.gone:
            jondo, on = form(jondo, back)
        return jondo, (send("request", on, content),)

    def form(jondo: Any, back: Link) -> tuple[Any, Link]:
        if back != OWN:
            if back.neighbour == jondo.me and back not in jondo.backward:
                raise Reject("CRW-15", "not sent to itself")
            if back.path in jondo.came or (back.neighbour != jondo.me and back.path in jondo.drawn):
                raise Reject("CRW-14", "an identifier of another link")
        label = jondo.formed.to_bytes(16) if back.path is None else back.path
        path, choice, coin = (
            net.draw(jondo.seed, name, jondo.formation, back.neighbour, label) for name in ("path", "next", "coin")
        )
        on = Link(net.hop(jondo.crowd, jondo.me, back == OWN, coin, choice), path)
        after = moved(
            jondo,
            onward={**jondo.onward, back: on},
            backward={**jondo.backward, on: back},
            came=jondo.came | ({back.path} if back != OWN else set()),
            drawn=jondo.drawn | {path},
            formed=jondo.formed + (back == OWN),
        )
        return after, on

    def back_from(jondo: Any, on: Link) -> Link:
        if on not in jondo.backward or on in jondo.gone:
            raise Reject("CRW-12", "no such path")
        back: Link = jondo.backward[on]
        return back

    def response(jondo: Any, neighbour: int | None, path: bytes, content: bytes) -> Any:
        return jondo, (send("response", back_from(jondo, Link(neighbour, path)), content),)

    def broken(jondo: Any, neighbour: int | None, path: bytes) -> Any:
        on = Link(neighbour, path)
        back = back_from(jondo, on)
        return moved(jondo, gone=jondo.gone | {on}), (send("broken", back, None),)

    def leave(jondo: Any, member: int) -> Any:
        if member == jondo.me or member not in jondo.crowd.roster:
            raise Reject("CRW-3", "not another member")
        lost = {
            on: back
            for on, back in jondo.backward.items()
            if on not in jondo.gone and member in (on.neighbour, back.neighbour)
        }
        crowd = jondo.crowd.model_copy(update={"roster": tuple(each for each in jondo.crowd.roster if each != member)})
        told = tuple(send("broken", back, None) for back in lost.values() if back.neighbour != member)
        return moved(jondo, crowd=crowd, gone=jondo.gone | set(lost)), told

    def reform(jondo: Any, roster: Sequence[int]) -> Any:
        net.check_roster(roster, jondo.me)
        told = (send("broken", OWN, None),) if jondo.onward.get(OWN, None) not in {None, *jondo.gone} else ()
        crowd = jondo.crowd.model_copy(update={"roster": tuple(roster)})
        return begun(crowd, jondo.me, jondo.seed, jondo.formation + 1), told

    others = (join, request, response, broken, leave, reform)
    return SimpleNamespace(**{**vars(net), **{each.__name__: each for each in others}})


@benign
def solves_for_chances(net: Net) -> Any:
    """Chances come of how often a path goes on from the initiator and from another: two equations, solved."""

    def weights(initial: Fraction, options: int, others: int, forward: Fraction, itself: bool) -> Any:
        """How often a path goes on from the initiator, and from each of the others that it may come to."""
        # a = 1 + f/o * (s*a + others*b);  b = f/o * (a + (others - 1 + s)*b)
        step, stay = forward / options, int(itself)
        over = 1 - step * (others - 1 + stay)
        return initial / (1 - step * stay - step * step * others / over), step / over

    def chances(members: int, collaborators: int, forward: Fraction, itself: bool) -> Chances:
        net.check_forward(forward)
        if members < 3:
            raise Reject("CRW-1", "too few")
        if not 1 <= collaborators < members:
            raise Reject("CRW-25", "nobody to hide, or nobody to hide from")
        options, honest = members - 1 + itself, members - collaborators - 1
        first, ratio = weights(Fraction(1), options, honest, forward, itself)
        left = first + honest * first * ratio
        every, share = weights(Fraction(1), options, members - 1, forward, itself)
        arrives = [every * share * (members - 1) + itself * every, every + every * share * (members - 2 + itself)]
        last = arrives[0] / (arrives[0] + (members - 1) * arrives[1])
        return Chances(
            hit=left * collaborators / options,
            initiator=first / left,
            other=first * ratio / left if honest else Fraction(0),
            server=last,
            innocent=first / left <= Fraction(1, 2),
        )

    def least_members(collaborators: int, forward: Fraction) -> int | None:
        net.check_forward(forward)
        if collaborators < 1:
            raise Reject("CRW-26", "nobody to hide from")
        if forward <= Fraction(1, 2):
            return None
        return least(lambda members: innocent(members, collaborators, forward))

    def innocent(members: int, collaborators: int, forward: Fraction) -> bool:
        return forward * (members - collaborators - 1) * 2 >= members

    def least(enough: Callable[[int], bool]) -> int:
        """The least number that is enough, by doubling and halving."""
        high = 1
        while not enough(high):
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        return high

    other = fresh(net)
    other.chances, other.least_members = chances, least_members
    return other
