"""Laws of sealed paths: envelopes, and numbers that are used once."""

from typing import Any

from anonlaws.crowds.wire import Net
from anonlaws.law import Bytes, Forall, Integers, assume, fault, law
from anonspec.crowds.model import Unsealed
from anonspec.shape import Reject

NUMBERS = [0, 1, 255, 256, 2**53 - 1]
DIRECTIONS = ["request", "response"]


@fault("CRW-22", "nonce")
def HasOneNonceForBoth(net: Net, _direction: str, number: int) -> bytes:
    """A response is sealed with the nonce of its request."""
    nonce: bytes = net.nonce("request", number)
    return nonce


@fault("CRW-22", "nonce")
def HasOneNonceForAll(net: Net, direction: str, _number: int) -> bytes:
    """The number is not in the nonce."""
    nonce: bytes = net.nonce(direction, 0)
    return nonce


@fault("CRW-22", "seal")
def PutsTheTagFirst(net: Net, key: bytes, direction: str, number: int, content: bytes) -> bytes:
    """The tag stands before the ciphertext."""
    sealed: bytes = net.seal(key, direction, number, content)
    return sealed[:8] + sealed[-16:] + sealed[8:-16]


@fault("CRW-23", "unseal")
def ReadsWhatDoesNotOpen(net: Net, key: bytes, direction: str, sealed: bytes) -> Unsealed:
    """An envelope that does not open is read as it is."""
    try:
        opened: Unsealed = net.unseal(key, direction, sealed)
    except Reject:
        return Unsealed(number=int.from_bytes(sealed[:6]), content=sealed[8:-16])
    return opened


@fault("CRW-23", "unseal")
def OpensItEitherWay(net: Net, key: bytes, direction: str, sealed: bytes) -> Unsealed:
    """A request that comes back is taken for its response."""
    opened: Unsealed
    try:
        opened = net.unseal(key, direction, sealed)
    except Reject:
        opened = net.unseal(key, "request" if direction == "response" else "response", sealed)
    return opened


@law(
    "CRW-22",
    "CRW-23",
    needs=("crowds.sealed",),
    faults=(HasOneNonceForBoth, PutsTheTagFirst, ReadsWhatDoesNotOpen, OpensItEitherWay),
)
def an_envelope_opens_where_it_belongs(net: Net, forall: Forall) -> None:
    """An envelope opens whole, under its key and in its direction, to what was sealed; and not otherwise."""
    key, direction, number = forall(Bytes(32, 32), "key"), forall(DIRECTIONS, "direction"), forall(NUMBERS, "number")
    content = forall(Bytes(0, 40), "content")
    sealed = net.seal(key, direction, number, content)
    assert len(sealed) == len(content) + 24
    assert int.from_bytes(sealed[:8]) == number
    given = {"key": key, "direction": direction, "sealed": sealed}
    change = forall(["nothing", "key", "direction", "a bit", "cut"], "changed")
    if change == "key":
        given["key"] = bytes([key[0] ^ 1]) + key[1:]
    elif change == "direction":
        given["direction"] = DIRECTIONS[direction == "request"]
    elif change == "a bit":
        place = forall(Integers(0, 8 * len(sealed) - 1), "place")
        given["sealed"] = (int.from_bytes(sealed) ^ 1 << place).to_bytes(len(sealed))
    elif change == "cut":
        given["sealed"] = sealed[: forall(range(len(sealed)), "kept")]
    try:
        opened = net.unseal(**given)
    except Reject as refusal:
        assert refusal.clause == "CRW-23"
        assert change != "nothing"
    else:
        assert change == "nothing"
        assert (opened.number, opened.content) == (number, content)


@law("CRW-22", needs=("crowds.sealed",), faults=(HasOneNonceForBoth, HasOneNonceForAll))
def no_two_envelopes_share_a_keystream(net: Net, forall: Forall) -> None:
    """The same content under another number, or in the other direction, is another ciphertext from its first bytes."""
    key, content = forall(Bytes(32, 32), "key"), bytes(16)
    one, other = (
        (forall(DIRECTIONS, f"{name} direction"), forall(NUMBERS, f"{name} number")) for name in ("one", "other")
    )
    assume(one != other)
    assert net.seal(key, *one, content)[8:24] != net.seal(key, *other, content)[8:24]


@fault("CRW-24", "enclose")
def SealsANumberAgain(net: Net, end: Any, number: int, content: bytes) -> Any:
    """What was sealed before is not looked at."""
    return net.enclose(end.model_copy(update={"sealed": ()}), number, content)


@fault("CRW-24", "enclose")
def RemembersTheLastNumber(net: Net, end: Any, number: int, content: bytes) -> Any:
    """Only the last number is known to have been sealed."""
    return net.enclose(end.model_copy(update={"sealed": end.sealed[-1:]}), number, content)


@law("CRW-22", "CRW-24", needs=("crowds.sealed",), faults=(SealsANumberAgain, RemembersTheLastNumber))
def a_number_is_sealed_once(net: Net, forall: Forall) -> None:
    """An end seals each number once, in any order, as the pure operation does."""
    key, direction = forall(Bytes(32, 32), "key"), forall(DIRECTIONS, "direction")
    end, used = net.take_key(key, direction), set()
    for place in range(forall(range(2, 7), "envelopes")):
        number, content = forall([0, 1, 2], f"number {place}"), forall(Bytes(0, 9), f"content {place}")
        try:
            end, sealed = net.enclose(end, number, content)
        except Reject as refusal:
            assert refusal.clause == "CRW-24"
            assert number in used
        else:
            assert number not in used
            used.add(number)
            assert sealed == net.seal(key, direction, number, content)
