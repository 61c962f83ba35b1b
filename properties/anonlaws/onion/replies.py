"""Laws of reply blocks: how they are made, answered to once, and how answers are read, once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Forall, Seeds, fault, law
from anonlaws.onion.headers import (
    HEADERS,
    DrawsHalfASeed,
    KeepsItsPadding,
    KeepsItsSecret,
    TakesASecretOfZeros,
    refused,
)
from anonlaws.onion.passing import LooksAtOneZero
from anonlaws.onion.symbolic import UndoesAllButTheLast, UndoesTheFirstOneFirst
from anonlaws.onion.wire import (
    REPLY,
    TAG,
    Layer,
    Net,
    Way,
    block_of,
    closed,
    commands,
    drawn,
    expanded,
    layers,
    opened,
    permuted,
    restored,
    some_way,
)
from anonlaws.reply.wire import changed, fresh
from anonspec.onion.model import Author, Block, Responder
from anonspec.shape import Reject

ME = 9

# ---- blocks ----


@fault("ONI-3", "draw")
def HasOneMark(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """All reply blocks have one mark."""
    return net.draw(seed, name, 0 if name == "mark" else number, most)


@fault("ONI-3", "draw")
def HasOneLock(net: Net, seed: bytes, name: str, number: int, most: int) -> Any:
    """All reply blocks have one key: two blocks with it are of one author."""
    return net.draw(seed, name, 0 if name == "lock" else number, most)


@fault("ONI-23", "block")
def EndsWithADelivery(net: Net, author: Author, route: Any) -> Any:
    """The last command is that of a message: the last mix looks for zeros, and finds none."""
    after, block = net.block(author, route)
    secret, padding = (net.draw(author.seed, name, author.made, author.most) for name in ("once", "pads"))
    header, _ = net.headed(secret, author.most, route, 1, author.me, bytes(16), padding)
    return after, block.model_copy(update={"header": header})


@fault("ONI-23", "block")
def NamesTheLastMix(net: Net, author: Author, route: Any) -> Any:
    """A block is given out with the number of the last mix in place of the first one's."""
    after, block = net.block(author, route)
    return after, block.model_copy(update={"first": route[-1].mix})


def made_by_hand(way: Way, seed: bytes, number: int) -> tuple[Block, list[Layer], bytes]:
    """A block as the text has it, what its author shares with the mixes, and the mark."""
    secret, padding, mark, lock = (drawn(seed, name, number, way.most) for name in ("once", "pads", "mark", "lock"))
    made = layers(secret, way.publics)
    header = closed(made, commands(way.route, REPLY, ME, mark), padding)[0]
    return Block(first=way.mixes[0].number, header=header, key=lock), made, mark


@law(
    "ONI-3",
    "ONI-4",
    "ONI-23",
    needs=("onion.author",),
    faults=(
        *HEADERS,
        HasOneMark,
        HasOneLock,
        KeepsItsSecret,
        KeepsItsPadding,
        EndsWithADelivery,
        NamesTheLastMix,
        DrawsHalfASeed,
    ),
)
def a_reply_block_is_a_header_like_any_other(net: Net, forall: Forall) -> None:
    """Each block of an author is of its own draws, and opens mix by mix to a reply with her number and its mark."""
    way, seed = some_way(forall, least=2), forall(Seeds(), "seed")
    author = net.expect(way.most, way.payload, ME, seed)
    for number in range(forall(range(1, 4), "blocks")):
        author, block = net.block(author, way.route)
        assert block == made_by_hand(way, seed, number)[0]


@law(
    "ONI-3",
    "ONI-4",
    needs=("onion.author", "onion.own"),
    faults=(HasOneMark, HasOneLock, KeepsItsSecret),
)
def no_two_blocks_have_anything_in_common(net: Net, forall: Forall) -> None:
    """Blocks of authors who draw for themselves open to replies; no mark, key, element or padding is there twice."""
    way, seed, seen = some_way(forall), forall(Seeds(), "seed"), list[bytes]()
    for who in (7, 8):
        author = author_s_own(net, way, who, fresh(seed, who))
        for _ in range(2):
            author, block = net.block(author, way.route)
            packet = block.header + bytes(way.payload + TAG)
            for place in range(len(way.mixes)):
                seen.append(packet[:32])
                _, command, following, body = opened(way, place, packet)
                packet = following + body
            assert (command.kind, command.number) == (REPLY, who)
            seen += [block.key, command.mark, packet[way.header - TAG : way.header]]
    assert len(set(seen)) == len(seen)
    assert not {bytes(16), bytes(32)} & set(seen)


def author_s_own(net: Net, way: Way, me: int, seed: bytes) -> Any:
    """An author who draws for herself; an implementation without randomness of its own is given this seed."""
    try:
        return net.expect(way.most, way.payload, me, None)
    except Reject:
        return net.expect(way.most, way.payload, me, seed)


@law("ONI-6", needs=("onion.author", "onion.sender"), faults=(TakesASecretOfZeros,))
def nobody_makes_a_header_for_a_key_that_is_none(net: Net, forall: Forall) -> None:
    """Senders and authors refuse a route with a key of low order, at whatever place, and go on as before."""
    way, seed = some_way(forall), forall(Seeds(), "seed")
    place, sends = forall(range(len(way.mixes)), "place"), forall(bool, "sender")
    none = [hop if at != place else hop.model_copy(update={"public": bytes(32)}) for at, hop in enumerate(way.route)]
    if sends:
        sender = net.prepare(way.most, way.payload, seed)
        assert refused("ONI-6", lambda: net.wrap(sender, tuple(none), 7, b""))
    else:
        author = net.expect(way.most, way.payload, ME, seed)
        assert refused("ONI-6", lambda: net.block(author, tuple(none)))
        assert net.block(author, way.route)[1] == made_by_hand(way, seed, 0)[0]


# ---- answers ----


@fault("ONI-24", "answer")
def AnswersInClear(net: Net, responder: Responder, block: Block, message: bytes) -> Any:
    """The payload is not permuted."""
    after, packet = net.answer(responder, block, message)
    clear = net.block_of(message, responder.payload)
    return after, packet.model_copy(update={"packet": packet.packet[: -len(clear)] + clear})


@fault("ONI-24", "reply_key")
def UsesTheKeyFourTimes(_net: Net, key: bytes) -> bytes:
    """The key of the block is all four parts of the permutation's."""
    return key * 4


@fault("ONI-24", "answer")
def SendsToMixZero(net: Net, responder: Responder, block: Block, message: bytes) -> Any:
    """The first mix's number is forgotten."""
    after, packet = net.answer(responder, block, message)
    return after, packet.model_copy(update={"first": 0})


@fault("ONI-25", "answer")
def AnswersAgain(net: Net, responder: Responder, block: Block, message: bytes) -> Any:
    """A block serves as often as one likes."""
    return responder, net.answer(responder, block, message)[1]


@fault("ONI-25", "answer")
def KnowsBlocksByTheirKeys(net: Net, responder: Responder, block: Block, message: bytes) -> Any:
    """A header with another key beside it is another block."""
    if block.key in responder.used:
        raise Reject("ONI-25", "this block was answered to before")
    _, packet = net.answer(responder.model_copy(update={"used": ()}), block, message)
    return responder.model_copy(update={"used": (*responder.used, block.key)}), packet


def reply_key(block: Block) -> bytes:
    """The key of the answer's permutation."""
    return expanded(block.key, b"anonspec onion reply1", 128)


@law(
    "ONI-24",
    "ONI-25",
    needs=("onion.responder",),
    faults=(AnswersInClear, UsesTheKeyFourTimes, SendsToMixZero, AnswersAgain, KnowsBlocksByTheirKeys),
)
def a_block_is_answered_to_once(net: Net, forall: Forall) -> None:
    """An answer is the block's header and the message, permuted as a whole; a second one to a header is refused."""
    way, seed = some_way(forall), forall(Seeds(), "seed")
    blocks = [made_by_hand(way, seed, number)[0] for number in range(3)]
    responder, used = net.await_blocks(way.most, way.payload), set[int]()
    for number in forall(Answered(), "answers"):
        message, block = fresh(seed, number)[:20], blocks[number]
        if number in used and forall(bool, "another key"):
            block = block.model_copy(update={"key": fresh(block.key)})
        try:
            responder, packet = net.answer(responder, block, message)
        except Reject as refusal:
            assert refusal.clause == "ONI-25"
            assert number in used
        else:
            assert number not in used
            used.add(number)
            assert packet.first == block.first
            assert packet.packet == block.header + permuted(reply_key(block), block_of(message, way.payload))


@dataclass(frozen=True)
class Answered:
    """Which of three blocks are answered to, in what order; drawn only."""

    def strategy(self) -> st.SearchStrategy[list[int]]:
        return st.lists(st.integers(0, 2), min_size=2, max_size=5)


# ---- reading ----


@fault("ONI-26", "open")
def ReadsWhatWasChanged(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """What does not begin with zeros is read as no message, and the block is spent."""
    try:
        return net.open(author, mark, body)
    except Reject as refusal:
        if refusal.clause != "ONI-26":
            raise
    awaited = tuple(each for each in author.awaited if each.mark != mark)
    return author.model_copy(update={"awaited": awaited}), b""


@fault("ONI-27", "open")
def AwaitsForEver(net: Net, author: Author, mark: bytes, body: bytes) -> Any:
    """A second answer is read like the first."""
    return author, net.open(author, mark, body)[1]


@fault("ONI-27", "open")
def TriesAllBlocks(net: Net, author: Author, _mark: bytes, body: bytes) -> Any:
    """The mark is not looked at: the answer is to whichever block it opens with."""
    for each in author.awaited:
        try:
            return net.open(author, each.mark, body)
        except Reject:
            continue
    raise Reject("ONI-27", "to no block")


def arrived(made: Sequence[Layer], block: Block, inside: bytes) -> bytes:
    """What the last mix delivers of an answer."""
    body = permuted(reply_key(block), inside)
    for layer in made:
        body = restored(layer.pi, body)
    return body


READS = (
    UndoesAllButTheLast,
    UndoesTheFirstOneFirst,
    UsesTheKeyFourTimes,
    LooksAtOneZero,
    ReadsWhatWasChanged,
    AwaitsForEver,
    TriesAllBlocks,
)


@dataclass(frozen=True)
class Deliveries:
    """What comes to an author with three blocks: which block's answer, under which block's mark, and what is wrong."""

    def strategy(self) -> st.SearchStrategy[list[tuple[int, int, str]]]:
        wrong = st.sampled_from(["", "", "", "changed", "zero", "longer", "shorter", "not padded"])
        same = st.integers(0, 2).map(lambda number: (number, number))
        pairs = same | same | st.tuples(st.integers(0, 2), st.integers(0, 2))
        one = st.tuples(pairs, wrong).map(lambda each: (*each[0], each[1]))
        return st.lists(one, min_size=2, max_size=6)


@law("ONI-26", "ONI-27", needs=("onion.author",), faults=READS)
def an_answer_is_read_once_by_its_mark(net: Net, forall: Forall) -> None:
    """Of all that is delivered an author reads the first sound answer to each block, and nothing else."""
    way, seed = some_way(forall, least=2), forall(Seeds(), "seed")
    author, made, read = net.expect(way.most, way.payload, ME, seed), list[Any](), set[int]()
    for number in range(3):
        author, _ = net.block(author, way.route)
        made.append(made_by_hand(way, seed, number))
    place, by = forall(range(TAG), "which of the zeros"), forall([1, 128], "by")
    for number, marked, wrong in [*forall(Deliveries(), "deliveries"), (0, 0, ""), (0, 0, "")]:
        block, links, _ = made[number]
        message, mark = fresh(seed, number)[:17], made[marked][2]
        inside = block_of(message, way.payload)
        if wrong == "zero":
            inside = changed(inside, place, by)
        elif wrong == "not padded":
            inside = bytes(len(inside))
        body = arrived(links, block, inside)
        body = {"changed": changed(body, place, by), "longer": body + b"\0", "shorter": body[:-1]}.get(wrong, body)
        clause = "" if not wrong else "MIX-30" if wrong == "not padded" else "ONI-26"
        clause = "ONI-27" if marked in read else "ONI-26" if marked != number else clause
        try:
            author, said = net.open(author, mark, body)
        except Reject as refusal:
            assert refusal.clause == clause
        else:
            assert not clause
            assert said == message
            read.add(marked)


@law(
    "ONI-23",
    "ONI-24",
    "ONI-26",
    needs=("onion.author", "onion.responder"),
    faults=(EndsWithADelivery, AnswersInClear, UndoesAllButTheLast),
    source="Danezis and Goldberg 2009",
)
def an_answer_comes_back(net: Net, forall: Forall) -> None:
    """What a responder answers goes through all mixes like any packet, and the author reads what he wrote."""
    way, seed, message = some_way(forall, least=2), forall(Seeds(), "seed"), b"an answer"
    author, block = net.block(net.expect(way.most, way.payload, ME, seed), way.route)
    _, answer = net.answer(net.await_blocks(way.most, way.payload), block, message)
    packet = answer.packet
    for place in range(len(way.mixes)):
        assert len(packet) == way.packet
        _, command, following, restored_block = opened(way, place, packet)
        packet = following + restored_block
    assert (command.kind, command.number) == (REPLY, ME)
    assert message not in packet
    assert net.open(author, command.mark, packet[way.header :])[1] == message
