"""Laws of responders, and of answers on the whole way from responder to author."""

import hashlib
from typing import Any

from anonlaws.law import Bytes, Forall, Seeds, fault, law
from anonlaws.reply.addresses import (
    NONE,
    NeverCounts,
    ReadsACopy,
    UndoesFromTheNextBlock,
)
from anonlaws.reply.passing import (
    CountsBlocksFromOne,
    PutsTheBodyFirst,
    RemembersNothing,
)
from anonlaws.reply.rows import FillsByTheBlock
from anonlaws.reply.symbolic import PassesOnAllOfAnAnswer
from anonlaws.reply.wire import Net, Row, about_answer, changed, drawn, fresh, padded, public, some_row, unseal
from anonspec.mix.model import Suite
from anonspec.reply.model import Address, Responder
from anonspec.shape import Reject

# ---- the answer ----


@fault("REP-6", "pad")
def LeavesItAsShortAsItIs(_net: Net, message: bytes, _size: int) -> Any:
    """A message is not padded, so that its length shows."""
    return message


@fault("REP-6", "pad")
def CutsOffWhatIsTooLong(net: Net, message: bytes, size: int) -> Any:
    """Of a message that is too long the end is lost."""
    return net.pad(message[: size - 1], size)


@fault("REP-6", "pad")
def LeavesAByteUnused(net: Net, message: bytes, size: int) -> Any:
    """The longest message that fits is refused."""
    return net.pad(message, size - 1) + b"\0"


@fault("REP-6", "reply_body")
def FillsOnce(net: Net, kit: Any, key: bytes, padded: bytes, filler: bytes) -> Any:
    """The body is filled with 16 bytes, however many mixes there are."""
    return net.reply_body(kit, key, padded, filler[:16])


@fault("REP-6", "draw")
def FillsWithZeros(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """The fill is of zeros, through which the stream shows."""
    return bytes(size) if name == "fill" else net.draw(seed, name, number, position, size)


@fault("REP-6", "draw")
def FillsAlike(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """All answers end with the same bytes."""
    return net.draw(seed, name, 0 if name == "fill" else number, position, size)


@fault("REP-6", "answer")
def AnswersInClear(net: Net, responder: Responder, address: Address, message: bytes) -> Any:
    """Where there is no key, the content goes unsealed."""
    try:
        return net.answer(responder, address, message)
    except Reject as refusal:
        if refusal.clause != "REP-6":
            raise
        rest = 16 * responder.mixes + responder.payload - len(message)
        return responder, address.header + message + bytes(rest)


@fault("REP-8", "answer")
def TakesAnyHeader(net: Net, responder: Responder, address: Address, message: bytes) -> Any:
    """Nobody looks at the size of the header in an address."""
    try:
        return net.answer(responder, address, message)
    except Reject as refusal:
        if refusal.clause != "REP-8":
            raise
        kit = net.kit_of(responder.suite)
        right = address.header.ljust(net.header_size(kit.overhead, responder.mixes, 1), b"\0")
        right = right[: net.header_size(kit.overhead, responder.mixes, 1)]
        after, envelope = net.answer(responder, Address(header=right, key=address.key), message)
        return after, address.header + envelope[len(right) :]


# ---- once ----


@fault("REP-7", "answer")
def AnswersAgain(net: Net, responder: Responder, address: Address, message: bytes) -> Any:
    """An address is good for any number of answers."""
    try:
        return net.answer(responder, address, message)
    except Reject as refusal:
        if refusal.clause != "REP-7":
            raise
        return responder, net.answer(responder.model_copy(update={"used": ()}), address, message)[1]


@fault("REP-7", "answer")
def KnowsTheLastOnly(net: Net, responder: Responder, address: Address, message: bytes) -> Any:
    """Only the address that was answered to last is known again."""
    before = responder.used[:-1]
    known = (*map(fresh, before), *responder.used[-1:])
    after, envelope = net.answer(responder.model_copy(update={"used": known}), address, message)
    return after.model_copy(update={"used": (*responder.used, after.used[-1])}), envelope


@fault("REP-7", "answer")
def KnowsThemByTheKey(net: Net, responder: Responder, address: Address, message: bytes) -> Any:
    """A header that comes with another key is taken for another address."""
    known = hashlib.sha256(address.key).digest()
    if known in responder.used:
        raise Reject("REP-7", "this address was answered to before")
    after, envelope = net.answer(
        responder.model_copy(update={"used": tuple(map(fresh, responder.used))}), address, message
    )
    return after.model_copy(update={"used": (*responder.used, known)}), envelope


ONCE = (AnswersAgain, KnowsTheLastOnly, KnowsThemByTheKey)


def some_address(row: Row, seed: bytes) -> Address:
    """One that no mix opens: the responder cannot tell."""
    header = hashlib.shake_256(seed).digest(row.header(1))
    return Address(header=header, key=public(row.suite, fresh(seed, "once")))


def is_header_content_and_fill(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    row, seed = some_row(forall, suite), forall(Seeds(), "seed")
    responder = net.await_addresses(suite, len(row.mixes), row.payload, seed)
    for number in range(forall(range(1, 3), "answers")):
        message = forall(Bytes(0, row.room), f"message {number}")
        address = some_address(row, fresh(seed, number))
        responder, envelope = net.answer(responder, address, message)
        assert len(envelope) == row.header(1) + row.body(1)
        header, body = envelope[: row.header(1)], envelope[row.header(1) :]
        assert header == address.header
        opened = unseal(suite, fresh(fresh(seed, number), "once"), about_answer(suite), body[: row.payload])
        assert opened == padded(message, row.payload - row.overhead)
        assert body[row.payload :] == drawn(seed, "fill", number, 0, 16 * len(row.mixes))


@law(
    "REP-3",
    "REP-6",
    needs=("reply.responder", "reply.x25519"),
    faults=(LeavesItAsShortAsItIs, FillsOnce, FillsWithZeros, FillsAlike, FillsByTheBlock, LeavesAByteUnused),
)
def an_answer_is_header_content_and_fill(net: Net, forall: Forall) -> None:
    """An answer begins with the header of the address; its content opens for who has the secret; the rest is random."""
    is_header_content_and_fill(net, forall, "x25519")


@law(
    "REP-3",
    "REP-6",
    needs=("reply.responder", "reply.mlkem768-x25519"),
    faults=(LeavesItAsShortAsItIs, FillsOnce),
)
def an_answer_of_a_larger_seal_is_header_content_and_fill(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    is_header_content_and_fill(net, forall, "mlkem768-x25519")


@law(
    "REP-6",
    "REP-7",
    "REP-8",
    needs=("reply.responder", "reply.x25519"),
    faults=(*ONCE, AnswersInClear, TakesAnyHeader, CutsOffWhatIsTooLong, LeavesAByteUnused),
)
def each_address_is_answered_to_once(net: Net, forall: Forall) -> None:
    """A second answer, a message too long, a header of another size, a key of none: all refused; then all goes on."""
    row, seed = some_row(forall), forall(Seeds(), "seed")
    responder, used = net.await_addresses(row.suite, len(row.mixes), row.payload, seed), set[int]()
    some = [some_address(row, fresh(seed, number)) for number in range(3)]
    begin = forall([("sound", 0), ("another key", 0), ("sound", 1), ("sound", 0)], "begin")
    things = ["sound", "sound", "another key", "too long", "longest", "short header", "long header", "key of none"]
    drawn_events = [(forall(things, f"event {i}"), forall(range(3), f"address {i}")) for i in range(5)]
    for thing, number in [("sound", 2), begin, *drawn_events, ("sound", 2), ("another key", 2)]:
        address, message, clause = some[number], b"", "REP-7" if number in used else ""
        if thing == "another key":
            address = Address(header=address.header, key=some[number - 1].key)
        elif thing in ("too long", "longest"):
            message = b"\x80" * (row.room + (thing == "too long"))
            clause = clause or ("MIX-28" if thing == "too long" else "")
        elif thing in ("short header", "long header"):
            header = address.header[:-1] if thing == "short header" else address.header + b"\0"
            address, clause = Address(header=header, key=address.key), "REP-8"
        elif thing == "key of none":
            address = Address(header=address.header, key=forall(NONE, "key of none"))
            clause = clause or "REP-6"
        try:
            responder, envelope = net.answer(responder, address, message)
        except Reject as refusal:
            assert refusal.clause == clause
        else:
            assert not clause
            assert envelope.startswith(address.header)
            assert envelope.endswith(drawn(seed, "fill", len(used), 0, 16 * len(row.mixes)))
            used.add(number)


def responder_s_own(net: Net, row: Row, seed: bytes) -> Any:
    """A responder who draws for himself; an implementation without randomness of its own is given this seed."""
    try:
        return net.await_addresses(row.suite, len(row.mixes), row.payload, None)
    except Reject:
        return net.await_addresses(row.suite, len(row.mixes), row.payload, seed)


@law(
    "REP-3",
    "REP-6",
    needs=("reply.responder", "reply.own", "reply.x25519"),
    faults=(FillsWithZeros, FillsAlike, FillsByTheBlock, FillsOnce, LeavesItAsShortAsItIs),
)
def no_two_answers_have_anything_in_common(net: Net, forall: Forall) -> None:
    """Answers of responders who draw for themselves are whole, and no 16 bytes of seal or fill are there twice."""
    row, seed, blocks = some_row(forall, least=2), forall(Seeds(), "seed"), list[bytes]()
    address = some_address(row, seed)
    for who in range(2):
        responder = responder_s_own(net, row, fresh(seed, who))
        for number in range(2):
            header = changed(address.header, number)
            responder, envelope = net.answer(responder, Address(header=header, key=address.key), b"")
            assert len(envelope) == row.header(1) + row.body(1)
            body = envelope[row.header(1) :]
            opened = unseal(row.suite, fresh(seed, "once"), about_answer(row.suite), body[: row.payload])
            assert opened == padded(b"", row.payload - row.overhead)
            fill = body[row.payload :]
            blocks += [body[:16], *(fill[at : at + 16] for at in range(0, len(fill), 16))]
    assert len(set(blocks)) == len(blocks)


# ---- the whole way ----


def comes_back(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    row, seed = some_row(forall, suite), forall(Seeds(), "seed")
    author = net.prepare(suite, row.hops, row.payload, 5, fresh(seed, "author"))
    responder = net.await_addresses(suite, len(row.mixes), row.payload, fresh(seed, "responder"))
    mixes = [row.begun(net, position) for position in range(1, len(row.mixes) + 1)]
    given, delivered = [], []
    for _ in range(2):
        author, address = net.address(author)
        given.append(address)
    for number in forall([(0, 1), (1, 0)], "order"):
        message = forall(Bytes(0, row.room), f"message {number}")
        responder, item = net.answer(responder, given[number], message)
        seen = [item]
        for place in range(len(mixes)):
            assert len(item) == row.header(place + 1) + row.body(place + 1)
            mixes[place], passed = net.process(mixes[place], item)
            for again in (item, changed(item, len(item) - 1)):
                try:
                    net.process(mixes[place], again)
                except Reject as refusal:
                    assert refusal.clause == "REP-10"
                else:
                    raise AssertionError("it takes a header twice")
            item = passed.next or passed.body
            seen.append(item)
        assert passed.destination == 5
        assert len({each[-16:] for each in seen}) == len(seen)
        delivered.append((passed.mark, item, message))
    for mark, body, message in reversed(delivered):
        author, said = net.open(author, mark, body)
        assert said == message
        try:
            net.open(author, mark, body)
        except Reject as refusal:
            assert refusal.clause == "REP-15"
        else:
            raise AssertionError("it reads a copy")


WHOLE = (
    UndoesFromTheNextBlock,
    NeverCounts,
    ReadsACopy,
    PassesOnAllOfAnAnswer,
    CountsBlocksFromOne,
    PutsTheBodyFirst,
    RemembersNothing,
    LeavesItAsShortAsItIs,
)


@law(
    "REP-5",
    "REP-6",
    "REP-8",
    "REP-10",
    "REP-12",
    "REP-14",
    "REP-15",
    needs=("reply.author", "reply.responder", "reply.node", "reply.x25519"),
    faults=WHOLE,
)
def an_answer_comes_back_to_who_asked(net: Net, forall: Forall) -> None:
    """Through one to four mixes each message is delivered to its author and read, in any order; copies are nowhere."""
    comes_back(net, forall, "x25519")


@law(
    "REP-5",
    "REP-6",
    "REP-8",
    "REP-10",
    "REP-12",
    "REP-14",
    "REP-15",
    needs=("reply.author", "reply.responder", "reply.node", "reply.mlkem768-x25519"),
    faults=(UndoesFromTheNextBlock, NeverCounts, CountsBlocksFromOne),
)
def an_answer_comes_back_under_larger_seals(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    comes_back(net, forall, "mlkem768-x25519")
