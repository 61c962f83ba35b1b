"""Mixes that are built otherwise, and right: other memories, another order of work, another state."""

from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def keeps_whole_messages(net: Net) -> Any:
    """A memory of whole messages, filled up with zeros to the width of a hash, and found by looking through it."""

    def arrive(mix: Any, message: bytes) -> Any:
        if len(message) != mix.size or mix.size >= 32:
            return net.arrive(mix, message)
        if any(known == message.ljust(32, b"\0") for known in sorted(mix.memory)):
            raise Reject("MIX-5", "here before")
        after, sends = net.arrive(mix.model_copy(update={"memory": frozenset()}), message)
        return after.model_copy(update={"memory": mix.memory | {message.ljust(32, b"\0")}}), sends

    other = fresh(net)
    other.arrive = arrive
    return other


@benign
def flushes_late_in_the_same_tick(net: Net) -> Any:
    """The timer is restarted first; whether something is due is looked at when all else of the tick is done."""

    def tick(mix: Any) -> Any:
        period = getattr(mix.rule, "period", 0)
        moved = mix.model_copy(update={"elapsed": (mix.elapsed + 1) % period if period else mix.elapsed})
        due = period and moved.elapsed == 0 and net.fires(mix.rule, len(mix.held), at_arrival=False)
        return net.fire(moved) if due else (moved, ())

    other = fresh(net)
    other.tick = tick
    return other


@benign
def sorted_inside(net: Net) -> Any:
    """A state in which messages stand sorted, each with its place."""

    def packed(mix: Any) -> Any:
        held = sorted((message, place) for place, message in enumerate(mix.held))
        return SimpleNamespace(mix=mix.model_copy(update={"held": ()}), held=held)

    def unpacked(state: Any) -> Any:
        in_order = sorted((place, message) for message, place in state.held)
        return state.mix.model_copy(update={"held": tuple(message for _, message in in_order)})

    def beginning(function: Any) -> Any:
        return lambda *given, **fields: packed(function(*given, **fields))

    def moving(function: Any) -> Any:
        def moved(state: Any, *given: Any, **fields: Any) -> Any:
            after, out = function(unpacked(state), *given, **fields)
            return packed(after), out

        return moved

    others = {name: beginning(getattr(net, name)) for name in ("begin", "resume")}
    others |= {name: moving(getattr(net, name)) for name in ("arrive", "tick", "new_key", "write_down", "restart")}
    return SimpleNamespace(**{**vars(net), **others})
