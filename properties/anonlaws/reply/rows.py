"""Laws of rows: those that are refused, the sizes at each position, and where draws come from."""

from typing import Any

from anonlaws.law import Forall, Seeds, fault, law
from anonlaws.reply.symbolic import SizesBodiesAlike
from anonlaws.reply.wire import OVERHEADS, Net, drawn, fresh, public
from anonspec.mix.model import Suite
from anonspec.reply.model import Hop, Sizes
from anonspec.shape import Reject

# ---- rows that are refused ----


@fault("REP-1", "check_row")
def TakesARowOfNone(net: Net, overhead: int, mixes: int, payload: int) -> None:
    """A row may have no mixes."""
    net.check_row(overhead, max(mixes, 1), payload)


@fault("REP-1", "check_row")
def TakesAnyPayload(net: Net, overhead: int, mixes: int, _payload: int) -> None:
    """Nobody looks whether a message has room."""
    net.check_row(overhead, mixes, overhead + 1)


@fault("REP-1", "check_row")
def LeavesNoRoomForTheEnd(net: Net, overhead: int, mixes: int, payload: int) -> None:
    """A payload of just what the seal adds will do."""
    net.check_row(overhead, mixes, payload + 1)


@fault("REP-8", "sizes")
def TakesAnyPosition(net: Net, suite: Suite, mixes: int, payload: int, position: int) -> Sizes:
    """A position that the row does not have is the one nearest to it."""
    sizes: Sizes = net.sizes(suite, mixes, payload, min(max(position, 1), mixes + 1))
    return sizes


@fault("REP-8", "sizes")
def CountsFromZero(net: Net, suite: Suite, mixes: int, payload: int, position: int) -> Sizes:
    """The first mix is at position 0, the last one at k − 1."""
    sizes: Sizes = net.sizes(suite, mixes, payload, position + 1)
    return sizes


@fault("REP-8", "take_place")
def StandsBehindTheLast(net: Net, *place: Any) -> Any:
    """There may be a mix at position k + 1."""
    *before, position, mixes, payload = place
    try:
        return net.take_place(*before, position, mixes, payload)
    except Reject:
        return net.take_place(*before, position, mixes + 1, payload)


def refuses_what_is_no_row(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    mixes = forall(range(4), "mixes")
    payload = OVERHEADS[suite] + forall([-1, 0, 1, 77], "room and a byte")
    position, begins = forall(range(6), "position"), forall(["sizes", "author", "responder", "mix"], "who")
    refusals = {"REP-1": mixes < 1 or payload <= OVERHEADS[suite]}
    seed = fresh(b"", "row")
    try:
        if begins == "sizes":
            refusals["REP-8"] = not 1 <= position <= mixes + 1
            net.sizes(suite, mixes, payload, position)
        elif begins == "author":
            hops = [Hop(mix=i, epoch=0, public=public(suite, fresh(seed, i))) for i in range(mixes)]
            net.prepare(suite, tuple(hops), payload, 7, seed)
        elif begins == "responder":
            net.await_addresses(suite, mixes, payload, seed)
        else:
            refusals["REP-8"] = not 1 <= position <= mixes
            net.take_place(suite, seed, 7, 0, position, mixes, payload)
    except Reject as refusal:
        assert refusals.get(refusal.clause)
    else:
        assert not any(refusals.values())


@law(
    "REP-1",
    "REP-8",
    needs=("reply.sizes", "reply.author", "reply.responder", "reply.node", "reply.x25519"),
    exact=True,
    proves="rows of up to 3 mixes, payloads about the bound",
    faults=(
        TakesARowOfNone,
        TakesAnyPayload,
        LeavesNoRoomForTheEnd,
        TakesAnyPosition,
        CountsFromZero,
        StandsBehindTheLast,
    ),
)
def a_row_without_mixes_or_room_is_refused(net: Net, forall: Forall) -> None:
    """All parties refuse a row of no mixes, a payload without room for a byte, and a position that is not there."""
    refuses_what_is_no_row(net, forall, "x25519")


@law(
    "REP-1",
    "REP-8",
    needs=("reply.sizes", "reply.author", "reply.responder", "reply.node", "reply.mlkem768-x25519"),
    exact=True,
    proves="rows of up to 3 mixes, payloads about the bound",
    faults=(TakesARowOfNone, TakesAnyPayload, LeavesNoRoomForTheEnd, TakesAnyPosition),
)
def a_row_without_room_for_the_larger_seal_is_refused(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    refuses_what_is_no_row(net, forall, "mlkem768-x25519")


# ---- sizes ----


@fault("REP-8", "header_size")
def SealsWithoutOverhead(_net: Net, _overhead: int, mixes: int, position: int) -> int:
    """What a seal adds to each layer is forgotten."""
    return 20 + (mixes - position + 1) * 33


@fault("REP-8", "header_size")
def KeepsTheHeadersSize(net: Net, overhead: int, mixes: int, _position: int) -> int:
    """The header is as long at each position as at the first."""
    size: int = net.header_size(overhead, mixes, 1)
    return size


@law(
    "REP-8",
    needs=("reply.sizes", "reply.x25519"),
    faults=(SealsWithoutOverhead, SizesBodiesAlike, KeepsTheHeadersSize, CountsFromZero),
)
def sizes_shrink_by_a_layer_at_each_position(net: Net, forall: Forall) -> None:
    """From position to position a header loses a seal, a key and a kind, a body 16 bytes; core and payload are left."""
    mixes, payload = forall(range(1, 255), "mixes"), forall(range(49, 2**16), "payload")
    position = forall(range(1, 4), "position") * mixes // 3 or 1
    here, there = (net.sizes("x25519", mixes, payload, place) for place in (position, position + 1))
    assert (here.header - there.header, here.body - there.body) == (48 + 33, 16)
    last = net.sizes("x25519", mixes, payload, mixes + 1)
    assert (last.header, last.body) == (20, payload)


# ---- draws ----


@fault("REP-3", "draw")
def DrawsTheSameForEveryName(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """The name is not in the label."""
    return net.draw(seed, "fill", number, position, 16 if name == "mark" else size if name == "fill" else 32)


@fault("REP-3", "draw")
def DrawsTheSameAtEveryPosition(net: Net, seed: bytes, name: str, number: int, _position: int, size: int) -> Any:
    """All layers of an address have one key."""
    return net.draw(seed, name, number, 0, size)


@fault("REP-3", "draw")
def DrawsNumbersTheOtherWayRound(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """The number stands in the label little-endian."""
    return net.draw(seed, name, int.from_bytes(number.to_bytes(8, "little")), position, size)


@fault("REP-3", "draw")
def DrawsHalfASeed(net: Net, seed: bytes, *label: Any) -> Any:
    """Only the first half of the seed counts."""
    return net.draw(seed[:16] + bytes(16), *label)


@fault("REP-3", "draw")
def FillsByTheBlock(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> Any:
    """What fills a body is one draw of 16 bytes, over and over."""
    if name != "fill":
        return net.draw(seed, name, number, position, size)
    return (net.draw(seed, name, number, position, 16) * (size // 16 + 1))[:size]


@law(
    "REP-3",
    needs=("reply.draw",),
    faults=(
        DrawsTheSameForEveryName,
        DrawsTheSameAtEveryPosition,
        DrawsNumbersTheOtherWayRound,
        DrawsHalfASeed,
        FillsByTheBlock,
    ),
)
def a_draw_is_what_its_label_says(net: Net, forall: Forall) -> None:
    """A labelled draw is SHAKE256 of seed and label: 32 bytes, 16 for a mark, as many as wanted to fill a body."""
    seed, name = forall(Seeds(), "seed"), forall(["keys", "mark", "once", "fill"], "name")
    number, position = forall([0, 1, 255, 256, 2**53 - 1], "number"), forall([0, 1, 4, 255], "position")
    size = forall([16, 48, 64, 200], "size")
    wanted = drawn(seed, name, number, position, size if name == "fill" else 32)
    assert net.draw(seed, name, number, position, size) == wanted
