"""Stop-and-go mixes that are built otherwise, and right: another queue, memory, arithmetic and record."""

import base64
import binascii
import heapq
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from anonlaws.law import benign, fresh
from anonspec.sgmix.model import Held, Node, Remembered
from anonspec.shape import Reject

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""


@benign
def keeps_a_heap(net: Net) -> Any:
    """Messages are kept in a heap, and leave it one by one."""

    def leave(held: Sequence[Held], clock: int) -> tuple[list[Held], list[Held]]:
        heap = list(held)
        heapq.heapify(heap)
        left = []
        while heap and heap[0].at < clock:
            left.append(heapq.heappop(heap))
        return left, heap

    other = fresh(net)
    other.leave = leave
    return other


@benign
def never_forgets(net: Net) -> Any:
    """Nothing is ever forgotten, though nothing asks for it any more."""

    def forget(remembered: Sequence[Remembered], _clock: int) -> tuple[Remembered, ...]:
        return tuple(remembered)

    other = fresh(net)
    other.forget = forget
    return other


@benign
def squares_by_halves(net: Net) -> Any:
    """The square is cut to 65 digits first, and then halved if it has so many."""

    def square(m: int) -> tuple[int, int]:
        product = m * m >> 63
        return (1, product >> 1) if product >= 2**64 else (0, product)

    other = fresh(net)
    other.square = square
    return other


@benign
def writes_base_64(net: Net) -> Any:
    """Records are in base 64."""

    def write_down(node: Node) -> tuple[Node, str]:
        return node, base64.b64encode(net.record(node).encode()).decode()

    def resume(record: str) -> Node:
        try:
            inner = base64.b64decode(record, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Reject("SGM-17", "not in base 64") from None
        node: Node = net.resume(inner)
        if write_down(node)[1] != record:
            raise Reject("SGM-17", "not as it was written")
        return node

    def restart(node: Node) -> tuple[Node, None]:
        return resume(write_down(node)[1]), None

    return SimpleNamespace(**{**vars(net), "write_down": write_down, "resume": resume, "restart": restart})
