"""Ideal primitives: data are terms instead of bytes, and what somebody can find out is computed from them.

A term says, of each of its bytes, what it is the sum (exclusive or) of: a known byte, and bytes of *sources*: names,
public keys, seals, locked data, streams of key bytes, elements of a group, hashes, permuted blocks. Whatever opens
needs the right key; nothing is guessed, and no two sources have anything in common. So cutting, joining and masking are
as with bytes, and all else is a constructor; but elements are the same whatever the order of multiplications.

`same_look` compares two frames by these tests: whoever has one adds, cuts and joins what he has, opens seals and locked
data for which he has the key, and makes public keys, streams, locked data and seals without randomness that occur in
either frame. A size, two sums that are equal, or an opening that succeeds, in one frame only, tell them apart; such a
difference is real. That no other test finds one is not proved: left out are seals and locked data that occur in neither
frame, of which whoever makes them knows all. On drawn frames, all tests of two steps find no more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True)
class Name:
    """Bytes that are what they are: a key, a mark, a message."""

    name: str
    size: int


@dataclass(frozen=True)
class Public:
    """The public key of a secret one."""

    secret: "Data"
    size: int = 32


@dataclass(frozen=True)
class Sealed:
    """Data sealed to a public key; the number stands for the randomness, None for a seal that has none."""

    public: "Data"
    info: bytes
    data: "Data"
    number: int | None

    @property
    def size(self) -> int:
        return len(self.data) + 48


@dataclass(frozen=True)
class Locked:
    """Data under a key, with a tag."""

    key: "Data"
    data: "Data"

    @property
    def size(self) -> int:
        return len(self.data) + 16


@dataclass(frozen=True)
class Stream:
    """The bytes that a key masks with: as many as there are."""

    key: "Data"


@dataclass(frozen=True)
class Element:
    """The multiple of a group's base point by all these scalars, in whatever order."""

    scalars: tuple["Data", ...]
    size: int = 32


@dataclass(frozen=True)
class Hashed:
    """What a function that everybody knows, and nobody can turn round, makes of data: a key, or a tag."""

    what: str
    data: tuple["Data", ...]
    size: int


@dataclass(frozen=True)
class Permuted:
    """A block as a whole, permuted or (`back`) restored with a key: what was permuted and is restored is as it was."""

    key: "Data"
    block: "Data"
    back: bool

    @property
    def size(self) -> int:
        return len(self.block)


Source: TypeAlias = Name | Public | Sealed | Locked | Stream | Element | Hashed | Permuted


@dataclass(frozen=True)
class Piece:
    """Bytes that are the sum of known ones and, for each part, of so many of a source from a place on."""

    known: bytes
    parts: frozenset[tuple[Source, int]] = frozenset()

    def cut(self, begin: int, end: int) -> "Piece":
        return Piece(self.known[begin:end], frozenset((source, at + begin) for source, at in self.parts))

    def add(self, other: "Piece") -> "Piece":
        return Piece(_add(self.known, other.known), self.parts ^ other.parts)


@dataclass(frozen=True)
class Term:
    """Pieces one after the other, as few as there can be; `len` is the number of bytes."""

    pieces: tuple[Piece, ...]

    def __len__(self) -> int:
        return self._size

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _size(self) -> int:
        return sum(len(piece.known) for piece in self.pieces)

    @cached_property
    def _hash(self) -> int:
        return hash(self.pieces)


Data: TypeAlias = bytes | Term
"""What is made of known bytes only is bytes."""


def whole(source: Source, size: int | None = None) -> Data:
    """All of a source; of a stream, so many bytes."""
    size = size if isinstance(source, Stream) else source.size
    return Term((Piece(bytes(size or 0), frozenset({(source, 0)})),))


def source_of(data: Data) -> Source | None:
    """The source that data are all of, if there is one."""
    if isinstance(data, bytes) or len(data.pieces) != 1 or len(data.pieces[0].parts) != 1:
        return None
    ((source, _),) = data.pieces[0].parts
    return source if not isinstance(source, Stream) and data == whole(source) else None


def pieces(data: Data) -> tuple[Piece, ...]:
    """The pieces of data; of bytes, one."""
    return data.pieces if isinstance(data, Term) else (Piece(data),) if data else ()


def built(row: Iterable[Piece]) -> Data:
    """The data that pieces make one after the other."""
    merged: list[Piece] = []
    for piece in row:
        last = merged[-1] if merged else Piece(b"")
        if merged and piece.parts == last.cut(len(last.known), len(last.known)).parts:
            merged[-1] = Piece(last.known + piece.known, last.parts)
        elif piece.known:
            merged.append(piece)
    if any(piece.parts for piece in merged):
        return Term(tuple(merged))
    return b"".join(piece.known for piece in merged)


def cut(data: Data, *sizes: int) -> list[Data]:
    """The data in pieces of these sizes, which add up to its own. Raises ValueError if they do not."""
    if sum(sizes) != len(data) or min(sizes, default=0) < 0:
        raise ValueError(f"{len(data)} bytes have no pieces of {sizes}")
    parts, begin = [], 0
    for size in sizes:
        row, at = [], 0
        for piece in pieces(data):
            low, high = max(begin - at, 0), min(begin + size - at, len(piece.known))
            if low < high:
                row.append(piece.cut(low, high))
            at += len(piece.known)
        parts.append(built(row))
        begin += size
    return parts


def add(one: Data, other: Data) -> Data:
    """The sum, byte by byte, of data of one size."""
    return built(a.add(b) for a, b in _aligned(one, other))


def _aligned(one: Data, other: Data) -> Iterator[tuple[Piece, Piece]]:
    """Both in pieces of the same sizes."""
    ends = sorted({end for data in (one, other) for end in _ends(data)})
    sizes = [end - begin for begin, end in pairwise([0, *ends])]
    for a, b in zip(cut(one, *sizes), cut(other, *sizes), strict=True):
        yield pieces(a)[0], pieces(b)[0]


def _ends(data: Data) -> Iterator[int]:
    end = 0
    for piece in pieces(data):
        end += len(piece.known)
        yield end


def _add(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))


@dataclass
class Ideal:
    """The primitives of sealed messages on terms, with the sizes of suite x25519.

    Seals have randomness of their own each, unless they are not `fresh`.
    """

    fresh: bool = True
    name: Literal["x25519"] = "x25519"
    overhead: int = 48
    sealed: int = field(default=0, init=False)

    def public(self, secret: Data) -> Data:
        return whole(Public(secret))

    def seal(self, public: Data, info: bytes, data: Data) -> Data | None:
        self.sealed += 1
        if not isinstance(source_of(public), Public):
            return None
        return whole(Sealed(public, info, data, self.sealed if self.fresh else None))

    def unseal(self, secret: Data, info: bytes, sealed: Data) -> Data | None:
        source = source_of(sealed)
        fits = isinstance(source, Sealed) and (source.public, source.info) == (self.public(secret), info)
        return source.data if isinstance(source, Sealed) and fits else None

    def lock(self, key: Data, data: Data) -> Data:
        return whole(Locked(key, data))

    def unlock(self, key: Data, data: Data) -> Data | None:
        source = source_of(data)
        return source.data if isinstance(source, Locked) and source.key == key else None

    def mask(self, key: Data, data: Data) -> Data:
        return add(data, whole(Stream(key), len(data)))

    def join(self, *parts: Data) -> Data:
        return built(piece for part in parts for piece in pieces(part))

    def cut(self, data: Data, *sizes: int) -> list[Data]:
        return cut(data, *sizes)

    def size(self, data: Data) -> int:
        return len(data)


class IdealPackets(Ideal):
    """The primitives of packets of constant size on terms, with the sizes of profile anonspec-1."""

    tag_size = 16
    reach = 61

    def element(self, scalar: Data) -> Data:
        return self.times(scalar, ())

    def times(self, scalar: Data, before: tuple[Data, ...]) -> Data:
        """A product of scalars counts as all of them; in one order, whatever that is."""
        source = source_of(scalar)
        factors = source.data if isinstance(source, Hashed) and source.what == "product" else (scalar,)
        return whole(Element(tuple(sorted((*before, *factors), key=hash))))

    def multiply(self, scalar: Data, element: Data) -> Data:
        source = source_of(element)
        if isinstance(source, Element):
            return self.times(scalar, source.scalars)
        return whole(Hashed("multiple", (scalar, element), 32))

    def product(self, scalar: Data, factor: Data) -> Data:
        source = source_of(scalar)
        before = source.data if isinstance(source, Hashed) and source.what == "product" else (scalar,)
        return whole(Hashed("product", (*before, factor), 32))

    def derive(self, what: str, size: int, *data: Data) -> Data:
        """A key of this name that follows from the data."""
        return whole(Hashed(what, data, size))

    def tag(self, key: Data, data: Data) -> Data:
        return whole(Hashed("tag", (key, data), 16))

    def permute(self, key: Data, block: Data) -> Data:
        return self._turned(key, block, False)

    def restore(self, key: Data, block: Data) -> Data:
        return self._turned(key, block, True)

    def _turned(self, key: Data, block: Data, back: bool) -> Data:
        source = source_of(block)
        if isinstance(source, Permuted) and (source.key, source.back) == (key, not back):
            return source.block
        return whole(Permuted(key, block, back))

    def zeros(self, size: int) -> Data:
        return bytes(size)


# ---- what can be learned ----

Pair: TypeAlias = tuple[Data, Data, str]
"""What the same steps have led to in two frames, and these steps."""

Run: TypeAlias = tuple[Piece, Piece, frozenset[str]]
"""Two pieces of one size, and what was added up to them."""


class Differs(Exception):
    """Two frames are told apart, by the test that is named."""


def learns(knowledge: Sequence[Data]) -> list[Data]:
    """The knowledge with all that can be opened, unmasked and made from it, as `same_look` says."""
    return [one for one, _, _ in _closed([(each, each, "") for each in knowledge], (False,))]


def derives(closure: Sequence[Data], wanted: Data) -> bool:
    """Whether the wanted data are among, or can be put together from, what somebody has learned."""
    return _View([(each, each, "") for each in closure], [wanted]).find(wanted) is not None


def same_look(one: Sequence[Data], other: Sequence[Data]) -> str:
    """The test that tells two frames apart; "" if there is none. In it `seen 1` is what comes first in each."""
    try:
        _closed(
            [(a, b, f"seen {place}") for place, (a, b) in enumerate(zip(one, other, strict=True), 1)], (False, True)
        )
    except Differs as difference:
        return str(difference)
    return ""


def _closed(pairs: list[Pair], flips: Sequence[bool]) -> list[Pair]:
    """All pairs that steps in the first frame, or flipped in the second, lead to. Raises Differs where they do not."""
    done: set[Any] = set()
    while True:
        news: list[Pair] = []
        for flip in flips:
            view = _View([(b, a, how) for a, b, how in pairs] if flip else pairs)
            for what, (a, b, how) in _steps(view):
                if (flip, what) not in done:
                    done.add((flip, what))
                    news.append((b, a, how) if flip else (a, b, how))
        if not news:
            return pairs
        pairs = [*pairs, *news]


def _steps(view: "_View") -> Iterator[tuple[Any, Pair]]:
    """What can be opened or made in one frame, and what the same step leads to in the other."""
    kit = IdealPackets(fresh=False)
    for source in view.sources:
        there, key = view.find(whole(source)) if not isinstance(source, Stream) else None, view.find(_key(source))
        match source:
            case Public() if key:
                yield source, (whole(source), kit.public(key[0]), f"public({key[1]})")
            case Stream() if key:
                stream = whole(source, view.longest), whole(Stream(key[0]), view.longest)
                yield source, (*stream, f"stream({key[1]})")
            case Locked(_, data) if key:
                if there:
                    yield ("open", source), (data, *_opened(kit.unlock(key[0], there[0]), there[1]))
                if same := view.find(data):
                    yield source, (whole(source), kit.lock(key[0], same[0]), f"lock({key[1]}, {same[1]})")
            case Sealed(public, info, data, number):
                if key and there:
                    yield ("open", source), (data, *_opened(kit.unseal(key[0], info, there[0]), there[1]))
                if number is None and (to := view.find(public)) and (same := view.find(data)):
                    made = whole(Sealed(to[0], info, same[0], None))  # any bytes of the size may be a public key
                    yield source, (whole(source), made, f"seal({to[1]}, {same[1]})")
        yield from _packet_steps(view, kit, source, key, there)


def _packet_steps(
    view: "_View", kit: IdealPackets, source: Source, key: tuple[Data, str] | None, there: tuple[Data, str] | None
) -> Iterator[tuple[Any, Pair]]:
    """The same for elements, hashes and permuted blocks."""
    match source:
        case Element(scalars):
            for scalar, before in zip(scalars, _all_but_one(scalars), strict=True):
                by, of = view.find(scalar), view.find(whole(Element(before))) if before else (b"", "")
                if by and of:
                    made = kit.multiply(by[0], of[0]) if before else kit.element(by[0])
                    yield (source, scalar), (whole(source), made, f"multiple({by[1]}, {of[1] or 'base'})")
        case Hashed(what, data, size):
            found = [view.find(each) for each in data]
            if all(found):
                there_too = [each for each in found if each]
                made = whole(Hashed(what, tuple(each[0] for each in there_too), size))
                yield source, (whole(source), made, f"{what}({', '.join(each[1] for each in there_too)})")
        case Permuted(_, block, back) if key:
            turn, undo = (kit.restore, kit.permute) if back else (kit.permute, kit.restore)
            if there:
                yield ("open", source), (block, undo(key[0], there[0]), f"restored({key[1]}, {there[1]})")
            if same := view.find(block):
                yield source, (whole(source), turn(key[0], same[0]), f"permuted({key[1]}, {same[1]})")


def _key(source: Source) -> Data:
    """The secret that a source was made with, or is opened with; of a name, nothing that could be had."""
    match source:
        case Public(key) | Stream(key) | Locked(key, _) | Permuted(key, _, _):
            return key
        case Sealed(public, _, _, _):
            owner = source_of(public)
            return owner.secret if isinstance(owner, Public) else public
    return whole(source)


def _opened(data: Data | None, what: str) -> tuple[Data, str]:
    if data is None:
        raise Differs(f"{what} opens in one only")
    return data, f"open({what})"


class _View:
    """All sums of what is had in one frame, each with the same sum in the other."""

    def __init__(self, pairs: Sequence[Pair], wanted: Sequence[Data] = ()) -> None:
        for one, other, how in pairs:
            if len(one) != len(other):
                raise Differs(f"{how} has two sizes")
        self.sources = _sources([*wanted, *(one for one, _, _ in pairs)])
        runs = [(a, b, frozenset({how})) for one, other, how in pairs for a, b in _aligned(one, other)]
        inside = [whole(source) for source in self.sources if not isinstance(source, Stream)]
        inside += [*wanted, *(data for source in self.sources for data in _inside(source))]
        self.longest = max(
            (at + len(run[0].known) for run in runs for side in run[:2] for _, at in side.parts), default=0
        )
        self.places: dict[Source, set[int]] = {}
        self.refine([*(run[0] for run in runs), *(piece for data in inside for piece in pieces(data))])
        self.basis: dict[tuple[Source, int], Run] = {}
        for a, b, sum in runs:
            for low, high in pairwise(self.marks(a)):
                self.learn(a.cut(low, high), b.cut(low, high), sum)

    def refine(self, row: Sequence[Piece]) -> None:
        """Find the places at which sources have to be cut, so that no two pieces have a part of the same in common."""
        count = -1
        while count != sum(map(len, self.places.values())):
            count = sum(map(len, self.places.values()))
            for piece in row:
                marks = self.marks(piece)
                for source, at in piece.parts:
                    self.places.setdefault(source, set()).update(at + mark for mark in marks)

    def marks(self, piece: Piece) -> list[int]:
        """Where a piece is cut, its ends among these."""
        size = len(piece.known)
        within = {place - at for source, at in piece.parts for place in self.places.get(source, ())}
        return sorted({0, size, *(place for place in within if 0 < place < size)})

    def reduced(self, one: Piece, other: Piece, how: frozenset[str]) -> Run:
        """The first piece less all that is had; the same sum in the other frame; what was added up."""
        for part in one.parts:
            if part in self.basis:
                a, b, more = self.basis[part]
                one, other, how = one.add(a), other.add(b), how ^ more
        return one, other, how

    def learn(self, *run: Any) -> None:
        """One sum more. Raises Differs if it is known already, and is another one in the other frame."""
        one, other, how = self.reduced(*run)
        if not one.parts:
            if one != other:
                raise Differs(f"{_sum(how)}: equal in one only")
            return
        pivot = next(iter(one.parts))
        for part, (a, b, more) in self.basis.items():
            if pivot in a.parts:
                self.basis[part] = a.add(one), b.add(other), more ^ how
        self.basis[pivot] = one, other, how

    def find(self, wanted: Data) -> tuple[Data, str] | None:
        """What the sum that is wanted in this frame is in the other, and the sum; None if it cannot be had here."""
        row, hows = [], set[str]()
        for piece in pieces(wanted):
            for low, high in pairwise(self.marks(piece)):
                rest, sum, how = self.reduced(piece.cut(low, high), Piece(bytes(high - low)), frozenset())
                if rest.parts:
                    return None
                row.append(sum.add(rest))
                hows |= how
        return built(row), _sum(hows)


def _sum(hows: Iterable[str]) -> str:
    return " + ".join(sorted(hows))


def _inside(source: Source) -> tuple[Data, ...]:
    """The data that a source is made of."""
    match source:
        case Public(key) | Stream(key):
            return (key,)
        case Sealed(public, _, data, _):
            return (public, data)
        case Locked(key, data) | Permuted(key, data, _):
            return (key, data)
        case Element(scalars):
            return (*scalars, *(whole(Element(before)) for before in _all_but_one(scalars) if before))
        case Hashed(_, data, _):
            return data
    return ()


def _all_but_one(scalars: tuple[Data, ...]) -> Iterator[tuple[Data, ...]]:
    """The scalars without each of them in turn."""
    for place in range(len(scalars)):
        yield (*scalars[:place], *scalars[place + 1 :])


def _sources(row: Iterable[Data]) -> list[Source]:
    """All sources in the data, and in what these are made of, each once."""
    found: dict[Source, None] = {}
    waiting = list(row)
    while waiting:
        for piece in pieces(waiting.pop()):
            for source, _ in piece.parts:
                if source not in found:
                    found[source] = None
                    waiting += _inside(source)
    return list(found)
