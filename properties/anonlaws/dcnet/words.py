"""Domains of chapter dcnet, and the laws' own arithmetic, graphs and bytes, by which they judge their subjects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any

import z3
from hypothesis import strategies as st

from anonlaws.law import Forall, Integers
from anonspec.dcnet.model import Edge, Group, Modulo, Xor

Net = Any
"""The implementation in hand: whatever has the chapter's functions."""

Word = Any
"""An integer, or a solver's term."""

# ---- domains ----


@dataclass(frozen=True)
class Groups:
    """Groups of words. To a solver: one-bit-wise xor on bytes, and integers modulo *any* m >= 2."""

    largest: int = 2**64

    def symbol(self, name: str, path: Forall) -> Group:
        if path(["xor", "mod"], f"{name}.kind") == "xor":
            return Xor(bytes=1)
        return Modulo.model_construct(modulus=path(Integers(2), f"{name}.modulus"))

    def strategy(self) -> st.SearchStrategy[Group]:
        moduli = st.integers(2, 300) | st.integers(2, self.largest)
        return st.builds(Xor, bytes=st.integers(1, 16)) | st.builds(Modulo, modulus=moduli)


@dataclass(frozen=True)
class Words:
    """The words of a group."""

    group: Group

    def symbol(self, name: str, path: Forall) -> Word:
        if self.group.kind == "xor":
            return z3.BitVec(name, 8 * self.group.bytes)
        return path(Integers(0, self.group.modulus - 1), name)

    def strategy(self) -> st.SearchStrategy[int]:
        return st.integers(0, size(self.group) - 1)


@dataclass(frozen=True)
class Graphs:
    """Connected key graphs on n members. To a solver: the complete graph, whose pads may be zero.

    That stands for every graph, since a pad that is zero adds what a missing pad adds:
    `a_zero_pad_is_no_pad` is the law that says so.
    """

    members: int

    def symbol(self, _name: str, _path: Forall) -> list[Edge]:
        return list(combinations(range(self.members), 2))

    def strategy(self) -> st.SearchStrategy[list[Edge]]:
        pairs = list(combinations(range(self.members), 2))
        trees = st.tuples(*(st.tuples(st.integers(0, high - 1), st.just(high)) for high in range(1, self.members)))
        return st.builds(lambda tree, more: sorted({*tree, *more}), trees, st.lists(st.sampled_from(pairs)))


ANY_GROUP = Groups()
SOME_GROUPS = [Xor(bytes=1), Modulo(modulus=2), Modulo(modulus=7), Modulo(modulus=256), Xor(bytes=3)]
"""For laws over a whole net: a solver takes many sums modulo a fixed m easily, modulo an unknown m hardly."""

# ---- this file's own arithmetic, graphs and bytes ----


def size(group: Group) -> int:
    """How many words there are."""
    return 1 << 8 * group.bytes if group.kind == "xor" else group.modulus


def plus(group: Group, *words: Word) -> Word:
    """The sum of words."""
    return reduce(lambda a, b: a ^ b if group.kind == "xor" else (a + b) % group.modulus, words, 0)


def minus(group: Group, a: Word, b: Word) -> Word:
    """The word that added to b gives a."""
    return a ^ b if group.kind == "xor" else (a - b) % group.modulus


def pads_of(me: int, pads: Mapping[Edge, Word]) -> dict[int, Word]:
    """A member's pads by neighbour."""
    return {low + high - me: pad for (low, high), pad in pads.items() if me in (low, high)}


def everyone(net: Net, group: Group, pads: Mapping[Edge, Word], messages: Sequence[Word]) -> list[Word]:
    """What each member announces."""
    return [net.announce(group, me, pads_of(me, pads), message) for me, message in enumerate(messages)]


def reachable(start: int, edges: Iterable[Edge]) -> frozenset[int]:
    """The nodes that edges lead to from `start`."""
    seen = {start}
    edges = list(edges)
    while more := {end for edge in edges for end in edge if seen & set(edge)} - seen:
        seen |= more
    return frozenset(seen)


class Codec:
    """Words as bytes on a wire, for asking another program."""

    @staticmethod
    def read_word(group: Group, data: bytes) -> int:
        """The word, or AssertionError: the program wrote one that is none."""
        word = int.from_bytes(data)
        fits = len(data) == len(Codec.write_word(group, 0)) and word < size(group)
        assert fits, f"{data.hex()} is no word of {group}"
        return word

    @staticmethod
    def write_word(group: Group, word: int) -> bytes:
        """Big-endian, as wide as the largest word needs."""
        return word.to_bytes(max(1, ((size(group) - 1).bit_length() + 7) // 8))


def drawn_pads(forall: Forall, group: Group, edges: Iterable[Edge]) -> dict[Edge, Word]:
    """An arbitrary pad for each edge."""
    return {(low, high): forall(Words(group), f"pad {low}-{high}") for low, high in edges}
