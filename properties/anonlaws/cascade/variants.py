"""Cascades that are built otherwise, and right: another state of a mix, layers by recursion, losses by looking up."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.cascade.model import Board, Traced
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def numbers_what_waits(net: Net) -> Any:
    """A mix keeps what waits in a table sorted by content, each with its place, and what it took in a set."""

    def packed(node: Any) -> Any:
        held = tuple(sorted((item, place) for place, item in enumerate(node.mix.held)))
        bare = node.model_copy(update={"mix": node.mix.model_copy(update={"held": ()}), "took": ()})
        return SimpleNamespace(node=bare, held=held, took=frozenset(node.took))

    def unpacked(state: Any) -> Any:
        in_order = tuple(item for item, _ in sorted(state.held, key=lambda each: each[1]))
        mix = state.node.mix.model_copy(update={"held": in_order})
        return state.node.model_copy(update={"mix": mix, "took": tuple(sorted(state.took, reverse=True))})

    def moving(function: Any) -> Any:
        def moved(state: Any, *given: Any, **fields: Any) -> Any:
            after, out = function(unpacked(state), *given, **fields)
            return packed(after), out

        return moved

    others = {name: moving(getattr(net, name)) for name in ("arrive", "insert", "tick", "rekey")}
    others["take_place"] = lambda *values, **fields: packed(net.take_place(*values, **fields))
    return SimpleNamespace(**{**vars(net), **others})


@benign
def wraps_by_recursion(net: Net) -> Any:
    """What goes to a mix is made of what goes to the next, header and body at once."""

    def layers(kit: Any, hops: Sequence[Any], keys: Sequence[Any], core: Any, body: Any) -> list[Any]:
        def around(place: int) -> list[tuple[Any, Any]]:
            if place == len(hops):
                return [(core, body)]
            inner = around(place + 1)
            locked = kit.lock(keys[place], inner[0][1])
            header, _ = net.reply.wrap(kit, [hops[place]], [keys[place]], net.reply.FORWARD, inner[0][0])
            return [(header, locked), *inner]

        return [kit.join(header, locked) for header, locked in around(0)]

    other = fresh(net)
    other.layers = layers
    return other


@benign
def looks_losses_up(net: Net) -> Any:
    """Every hash that stands on a board is put in one table first; the first place without an entry is the loss."""

    def trace(trail: Sequence[bytes], boards: Sequence[Board]) -> Traced:
        if len(trail) != len(boards) + 1:
            raise Reject("CAS-14", "a trail has one hash more")
        there = {
            (way, place, each)
            for place, board in enumerate(boards)
            for way, hashes in (("before", board.took), ("in", board.sent))
            for each in hashes
        }
        for place in range(len(boards)):
            if ("before", place, trail[place]) not in there:
                return Traced(lost="before", position=place + 1)
            if ("in", place, trail[place + 1]) not in there:
                return Traced(lost="in", position=place + 1)
        return Traced(lost=None, position=None)

    other = fresh(net)
    other.trace = trace
    return other
