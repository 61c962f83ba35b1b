"""Nets that are built otherwise, and right: a reader that adds up last, sums by counting, a graph searched in depth."""

import re
from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.dcnet.model import Edge, Group, Report
from anonspec.shape import Reject, Word

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def adds_up_last(net: Net) -> Any:
    """A reader keeps all that it hears, by member, and adds up only when it is asked, the last member first."""

    def listen(group: Group, members: int, round: int) -> Any:
        net.check_roster(members)
        return SimpleNamespace(group=group, members=members, round=round, heard={}, closed=False)

    def waiting(reader: Any) -> bool:
        return not reader.closed and len(reader.heard) < reader.members

    def look(reader: Any) -> Any:
        missing = tuple(member for member in range(reader.members) if member not in reader.heard)
        if waiting(reader):
            return reader, Report(state="waiting", missing=missing, sum=None)
        if reader.closed:
            return reader, Report(state="failed", missing=missing, sum=None)
        words = [reader.heard[member] for member in sorted(reader.heard, reverse=True)]
        return reader, Report(state="combined", missing=(), sum=net.combine(reader.group, words))

    def hear(reader: Any, round: int, member: int, word: Word) -> Any:
        if not waiting(reader):
            raise Reject("DCN-19", "over")
        if round != reader.round:
            raise Reject("DCN-17", "another round")
        if member in reader.heard or member >= reader.members:
            raise Reject("DCN-16", "not waited for", culprit=member)
        return look(SimpleNamespace(**{**vars(reader), "heard": {**reader.heard, member: word}}))

    def close(reader: Any) -> Any:
        if not waiting(reader):
            raise Reject("DCN-19", "over")
        return look(SimpleNamespace(**{**vars(reader), "closed": True}))

    return SimpleNamespace(**{**vars(net), "listen": listen, "look": look, "hear": hear, "close": close})


@benign
def sums_by_counting(net: Net) -> Any:
    """Sums modulo m are reduced once, at their end; those of bits are the parity of how often each bit is set."""

    def combine(group: Group, words: Sequence[Word]) -> Word:
        if group.kind == "mod":
            return sum(words) % group.modulus
        bits = range(8 * group.bytes)
        return sum((sum(word >> bit & 1 for word in words) % 2) << bit for bit in bits)

    def announce(group: Group, me: int, pads: Mapping[int, Word], message: Word) -> Word:
        if me in pads:
            raise Reject("DCN-7", "a pad with itself")
        shares = [pads[peer] if me < peer else net.negate(group, pads[peer]) for peer in sorted(pads, reverse=True)]
        return combine(group, [*shares, message])

    other = fresh(net)
    other.combine, other.announce = combine, announce
    return other


@benign
def searches_in_depth(net: Net) -> Any:
    """The parts of a graph are found by walking along its edges; the mark of a framed message by a pattern."""

    def components(members: Collection[int], edges: Collection[Edge]) -> tuple[tuple[int, ...], ...]:
        seen: set[int] = set()

        def walk(member: int) -> list[int]:
            seen.add(member)
            beside = [low + high - member for low, high in edges if member in (low, high)]
            return [member, *(far for near in beside if near not in seen for far in walk(near))]

        return tuple(tuple(sorted(walk(member))) for member in sorted(members) if member not in seen)

    def unframe(group: Group, word: int) -> bytes:
        if group.kind != "xor":
            raise Reject("DCN-3", "messages are framed in xor groups")
        if not (found := re.fullmatch(rb"(.*)\x80\x00*", word.to_bytes(group.bytes), re.DOTALL)):
            raise Reject("DCN-3", "no mark")
        return found[1]

    other = fresh(net)
    other.components, other.unframe = components, unframe
    return other
