"""Laws of authors: addresses that open layer by layer, and answers that are read once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Bytes, Forall, Seeds, fault, law
from anonlaws.reply.rows import DrawsHalfASeed, DrawsTheSameAtEveryPosition, DrawsTheSameForEveryName
from anonlaws.reply.symbolic import UndoesAllButTheLastMix
from anonlaws.reply.wire import (
    REPLY,
    Net,
    Row,
    about_answer,
    arrived,
    changed,
    content,
    core,
    drawn,
    fresh,
    opened,
    padded,
    public,
    seal,
    some_row,
)
from anonspec.mix.model import Suite
from anonspec.reply.model import Author, Hop
from anonspec.shape import Reject

# ---- everything new ----


@fault("REP-2", "draw")
def SealsWithTheSameKeysAgain(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """The layers of all addresses have the keys of the first one."""
    return net.draw(seed, name, 0 if name == "keys" else number, position, size)


@fault("REP-2", "draw")
def HasOneMark(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """All addresses have one mark."""
    return net.draw(seed, name, 0 if name == "mark" else number, position, size)


@fault("REP-2", "draw")
def HasALongLivedKey(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """One public key stands in all addresses, and tells that they have one author."""
    return net.draw(seed, name, 0 if name == "once" else number, position, size)


@fault("REP-2", "address")
def NeverCounts(net: Net, author: Author) -> Any:
    """Addresses are not counted, so that each is made as the first one was."""
    after, address = net.address(author)
    return after.model_copy(update={"made": author.made}), address


@fault("REP-3", "address")
def CountsFromOne(net: Net, author: Author) -> Any:
    """The first address has number 1."""
    after, address = net.address(author.model_copy(update={"made": author.made + 1}))
    return after.model_copy(update={"made": author.made + 1}), address


# ---- layer in layer ----


@fault("REP-5", "wrap")
def LeavesOutTheLast(net: Net, kit: Any, hops: Sequence[Hop], keys: Sequence[bytes], kind: bytes, inside: bytes) -> Any:
    """The last mix has no layer: the one before it is told the author's number."""
    return net.wrap(kit, hops[:-1], keys[:-1], kind, inside)


@fault("REP-5", "wrap")
def SealsToAnybody(net: Net, kit: Any, hops: Sequence[Hop], keys: Sequence[bytes], kind: bytes, inside: bytes) -> Any:
    """Where a mix has no public key, anything stands for the header."""
    try:
        return net.wrap(kit, hops, keys, kind, inside)
    except Reject:
        return [bytes(net.header_size(kit.overhead, len(hops), 1))]


NEW = (SealsWithTheSameKeysAgain, HasOneMark, HasALongLivedKey, NeverCounts)


def keys_of(seed: bytes, number: int, row: Row) -> list[bytes]:
    """The keys of the layers of an address."""
    return [drawn(seed, "keys", number, position) for position in range(1, len(row.mixes) + 1)]


def opens_layer_by_layer(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    row, seed, me = some_row(forall, suite), forall(Seeds(), "seed"), forall([0, 5, 2**32 - 2], "me")
    author = net.prepare(suite, row.hops, row.payload, me, seed)
    for number in range(forall(range(1, 4), "addresses")):
        author, made = net.address(author)
        assert len(made.header) == row.header(1)
        layers, inside = opened(row, made.header)
        assert layers == [(REPLY, key) for key in keys_of(seed, number, row)]
        assert inside == core(me, drawn(seed, "mark", number, 0))
        assert made.key == public(suite, drawn(seed, "once", number, 0))


@law(
    "REP-2",
    "REP-3",
    "REP-4",
    "REP-5",
    "REP-8",
    needs=("reply.author", "reply.x25519"),
    faults=(
        *NEW,
        CountsFromOne,
        LeavesOutTheLast,
        DrawsTheSameForEveryName,
        DrawsTheSameAtEveryPosition,
        DrawsHalfASeed,
    ),
)
def an_address_opens_layer_by_layer(net: Net, forall: Forall) -> None:
    """Each mix, in turn, finds the kind and its key in an address, the last one who is to get the answer; none more."""
    opens_layer_by_layer(net, forall, "x25519")


@law(
    "REP-2",
    "REP-3",
    "REP-4",
    "REP-5",
    "REP-8",
    needs=("reply.author", "reply.mlkem768-x25519"),
    faults=(HasALongLivedKey, LeavesOutTheLast),
)
def an_address_of_larger_seals_opens_layer_by_layer(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    opens_layer_by_layer(net, forall, "mlkem768-x25519")


def author_s_own(net: Net, row: Row, me: int, seed: bytes) -> Any:
    """An author who draws for herself; an implementation without randomness of its own is given this seed."""
    try:
        return net.prepare(row.suite, row.hops, row.payload, me, None)
    except Reject:
        return net.prepare(row.suite, row.hops, row.payload, me, seed)


@law(
    "REP-2",
    "REP-3",
    "REP-5",
    needs=("reply.author", "reply.own", "reply.x25519"),
    faults=(*NEW, LeavesOutTheLast, DrawsTheSameAtEveryPosition),
)
def no_two_addresses_have_anything_in_common(net: Net, forall: Forall) -> None:
    """Addresses of authors who draw for themselves open as they should, and no key or mark in them is there twice."""
    row, seed, seen = some_row(forall), forall(Seeds(), "seed"), list[bytes]()
    for me in (7, 8):
        author = author_s_own(net, row, me, fresh(seed, me))
        for _ in range(2):
            author, made = net.address(author)
            layers, inside = opened(row, made.header)
            assert {kind for kind, _ in layers} == {REPLY}
            assert inside[:4] == me.to_bytes(4)
            seen += [*(key for _, key in layers), inside[4:], made.key, made.header[:32]]
    assert len(set(seen)) == len(seen) == 4 * (len(row.mixes) + 3)


NONE = [b"", bytes(31), bytes(32), bytes(33), b"\1" + bytes(31)]
"""What is no X25519 public key: of another length, or a point of low order."""


@law("REP-5", needs=("reply.author", "reply.x25519"), faults=(SealsToAnybody,))
def an_address_is_made_for_mixes_with_keys_only(net: Net, forall: Forall) -> None:
    """An author refuses to seal to what is no public key, at whatever position it stands."""
    row, seed = some_row(forall), forall(Seeds(), "seed")
    place, none = forall(range(len(row.mixes)), "place"), forall(NONE, "key of none")
    hops = [hop if at != place else Hop(mix=hop.mix, epoch=hop.epoch, public=none) for at, hop in enumerate(row.hops)]
    try:
        net.address(net.prepare(row.suite, tuple(hops), row.payload, 7, seed))
    except Reject as refusal:
        assert refusal.clause == "REP-5"
    else:
        raise AssertionError("it is not refused")


# ---- reading ----


@fault("REP-14", "uncover")
def MissesTheFirstKey(net: Net, kit: Any, keys: Sequence[bytes], secret: bytes, body: bytes) -> Any:
    """The stream of the first mix is not undone."""
    return net.uncover(kit, keys[1:], secret, body)


@fault("REP-14", "uncover")
def UndoesFromTheNextBlock(_net: Net, kit: Any, keys: Sequence[bytes], secret: bytes, body: bytes) -> Any:
    """The streams are undone from block counter 1."""
    for key in keys:
        body = kit.mask(key, bytes(64) + body)[64:]
    return kit.unseal(secret, about_answer(kit.name), body)


@fault("REP-14", "uncover")
def BindsAnswersToNothing(_net: Net, kit: Any, keys: Sequence[bytes], secret: bytes, body: bytes) -> Any:
    """The content is opened without an info."""
    for key in keys:
        body = kit.mask(key, body)
    return kit.unseal(secret, b"", body)


@fault("REP-14", "uncover")
def ReadsWhatDoesNotOpen(net: Net, kit: Any, keys: Sequence[bytes], secret: bytes, body: bytes) -> Any:
    """What does not open is an empty message."""
    opened = net.uncover(kit, keys, secret, body)
    return padded(b"", 1) if opened is None else opened


@fault("REP-14", "unpad")
def ReadsWhatIsNotPadded(net: Net, body: bytes) -> Any:
    """What is not padded is read as it is."""
    try:
        return net.unpad(body)
    except Reject:
        return body


@fault("REP-14", "unpad")
def LeavesTheEndOn(_net: Net, body: bytes) -> Any:
    """Only the zeros are taken off a message."""
    return body.rstrip(b"\0")


UNDONE = (UndoesAllButTheLastMix, MissesTheFirstKey, UndoesFromTheNextBlock, BindsAnswersToNothing)
READ = (ReadsWhatDoesNotOpen, ReadsWhatIsNotPadded, LeavesTheEndOn)


@law("REP-14", needs=("reply.read", "reply.x25519"), faults=(*UNDONE, *READ))
def an_answer_is_undone_and_opened(net: Net, forall: Forall) -> None:
    """Under the streams of up to four mixes a content opens to its message; changed anywhere it is refused."""
    row, seed = some_row(forall), forall(Seeds(), "seed")
    keys, secret = [fresh(seed, place) for place in range(len(row.mixes))], fresh(seed, "once")
    message, change = forall(Bytes(0, row.room), "message"), forall(["nothing", "byte", "key", "padding"], "change")
    sealed = content(row, public(row.suite, secret), message, fresh(seed, "seal"))
    wanted = "" if change == "nothing" else "REP-14"
    if change == "padding":
        wanted, bare = "MIX-30", b"\1" * row.room + b"\0"
        sealed = seal(row.suite, public(row.suite, secret), about_answer(row.suite), bare, fresh(seed, "seal"))
    elif change == "byte":
        sealed = changed(sealed, forall(range(len(sealed)), "place"), forall([1, 128], "by"))
    body = arrived(keys, sealed)
    if change == "key":
        place = forall(range(len(keys)), "key")
        keys[place] = changed(keys[place], 31)
    try:
        assert net.read(row.suite, tuple(keys), secret, body) == message
    except Reject as refusal:
        assert refusal.clause == wanted
    else:
        assert not wanted


# ---- one answer for each mark ----


@fault("REP-15", "open")
def ReadsACopy(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """An address that was answered stays awaited."""
    _, message = net.open(author, mark, body)
    return author, message


@fault("REP-15", "open")
def AwaitsOnlyTheNewest(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """Whoever makes an address forgets the one before."""
    return net.open(author.model_copy(update={"awaited": author.awaited[-1:]}), mark, body)


@fault("REP-15", "open")
def AwaitsOnlyTheOldest(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """Answers have to come in the order in which the addresses were made."""
    after, message = net.open(author.model_copy(update={"awaited": author.awaited[:1]}), mark, body)
    return after.model_copy(update={"awaited": author.awaited[1:]}), message


@fault("REP-15", "open")
def AwaitsNoneAfterOne(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """With one answer all addresses are done with."""
    after, message = net.open(author, mark, body)
    return after.model_copy(update={"awaited": ()}), message


@fault("REP-15", "open")
def TriesAllKeys(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """The mark does not matter if any of the keys fits."""
    for mark_of in [mark, *(each.mark for each in author.awaited)]:
        try:
            return net.open(author, mark_of, body)
        except Reject as refusal:
            last = refusal
    raise last


@fault("REP-15", "open")
def LooksAtHalfTheMark(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """The first half of a mark is enough."""
    marks = [each.mark for each in author.awaited if each.mark[:8] == mark[:8]]
    return net.open(author, marks[0] if marks else mark, body)


AWAITED = (ReadsACopy, AwaitsOnlyTheNewest, AwaitsOnlyTheOldest, AwaitsNoneAfterOne, TriesAllKeys, LooksAtHalfTheMark)


@dataclass(frozen=True)
class Schedules:
    """What happens to an author, a letter for each event; drawn only.

    `a` she makes an address, a digit: the answer to the address of this number; `m`: to the newest, with one bit of the
    mark changed, `w` under another's mark, `c` with one bit of the content changed, `p` not padded.
    """

    def strategy(self) -> st.SearchStrategy[str]:
        return st.lists(st.sampled_from("aa001122mwcp"), min_size=3, max_size=8).map("".join)


@law(
    "REP-2",
    "REP-14",
    "REP-15",
    needs=("reply.author", "reply.x25519"),
    faults=(*AWAITED, NeverCounts, CountsFromOne, ReadsWhatDoesNotOpen, ReadsWhatIsNotPadded),
)
def every_address_is_answered_once(net: Net, forall: Forall) -> None:
    """Answers are read in whatever order they come, each once and under its own mark; refusals change nothing."""
    row, seed = some_row(forall), forall(Seeds(), "seed")
    author, made, read = net.prepare(row.suite, row.hops, row.payload, 7, seed), 0, set[int]()
    for event, letter in enumerate("aaa" + forall(Schedules(), "schedule") + "mwcp1201"):
        if letter == "a":
            author, _ = net.address(author)
            made += 1
            continue
        number = int(letter) if letter.isdigit() else made - 1
        mark, once = drawn(seed, "mark", number, 0), public(row.suite, drawn(seed, "once", number, 0))
        message, clause = b"%d" % number if row.room else b"", "REP-15" if number in read else ""
        sealed = content(row, once, message, fresh(seed, event))
        if letter == "m":
            mark, clause = changed(mark, 15), "REP-15"
        elif letter == "w":
            mark, clause = drawn(seed, "mark", number - 1, 0), "REP-15" if number - 1 in read else "REP-14"
        elif letter == "c":
            sealed, clause = changed(sealed, event), clause or "REP-14"
        elif letter == "p":
            bare, clause = bytes(row.payload - row.overhead), clause or "MIX-30"
            sealed = seal(row.suite, once, about_answer(row.suite), bare, fresh(seed, event))
        try:
            author, said = net.open(author, mark, arrived(keys_of(seed, number, row), sealed))
        except Reject as refusal:
            assert refusal.clause == clause
        else:
            assert not clause
            assert said == message
            read.add(number)
