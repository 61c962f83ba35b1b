"""Laws of messages sealed to one mix: what a sender makes, what a mix opens, and how bodies are padded."""

from collections.abc import Iterator
from random import Random
from typing import Any

from anonlaws.law import Bytes, Forall, Integers, Seeds, fault, law
from anonlaws.reply.wire import CODES, OVERHEADS, changed, fresh, padded, public, seal, unseal
from anonspec.mix.model import Opened, Sender, Suite
from anonspec.shape import Reject

Net = Any
Json = dict[str, Any]

NUMBERS = [0, 5, 258, 2**32 - 1]
EPOCHS = [1, 0, 255, 2**40 + 1]


def info(suite: Suite, mix: int, epoch: int) -> bytes:
    """What a sealed message is bound to."""
    return b"anonspec mix seal1" + CODES[suite] + mix.to_bytes(4, "big") + epoch.to_bytes(8, "big")


# ---- padding ----


@fault("MIX-27", "pad")
def PadsWithZerosOnly(net: Net, message: bytes, size: int) -> Any:
    """The end of the message is not marked."""
    net.pad(message, size)
    return message.ljust(size, b"\0")


@fault("MIX-27", "pad")
def MarksTheEndOfTheBody(net: Net, message: bytes, size: int) -> Any:
    """The byte 80 stands last, behind the zeros."""
    net.pad(message, size)
    return message.ljust(size - 1, b"\0") + b"\x80"


@fault("MIX-27", "pad")
def MarksTheEndWithOne(net: Net, message: bytes, size: int) -> Any:
    """The message is followed by a byte 01."""
    net.pad(message, size)
    return (message + b"\1").ljust(size, b"\0")


@fault("MIX-28", "pad")
def CutsOffWhatIsTooLong(net: Net, message: bytes, size: int) -> Any:
    """Of a message that does not fit the end is lost."""
    return net.pad(message[: max(size - 1, 0)], size)


@fault("MIX-28", "pad")
def SendsAFullBodyUnpadded(net: Net, message: bytes, size: int) -> Any:
    """A message of just `size` bytes is the body."""
    return message if len(message) == size else net.pad(message, size)


@fault("MIX-28", "pad")
def TakesALargerBody(net: Net, message: bytes, size: int) -> Any:
    """A message that does not fit gets a body of its own size."""
    return net.pad(message, max(size, len(message) + 1))


@fault("MIX-28", "pad")
def LeavesAByteUnused(net: Net, message: bytes, size: int) -> Any:
    """The longest message that fits is refused."""
    return net.pad(message, size - 1) + b"\0"


@fault("MIX-30", "unpad")
def TakesOffZerosOnly(_net: Net, body: bytes) -> Any:
    """A body without an end is read as far as its last byte that is not 00."""
    message = body.rstrip(b"\0")
    return message.removesuffix(b"\x80")


@fault("MIX-30", "unpad")
def TakesAnyByteForTheEnd(_net: Net, body: bytes) -> Any:
    """The last byte that is not 00 ends the message, whatever it is."""
    return body.rstrip(b"\0")[:-1]


@fault("MIX-30", "unpad")
def TakesTheFirstEnd(_net: Net, body: bytes) -> Any:
    """The message ends before the first byte 80."""
    message, end, _ = body.partition(b"\x80")
    if not end:
        raise Reject("MIX-30", "the body is not padded")
    return message


@fault("MIX-30", "unpad")
def LooksForTheLastEndOnly(_net: Net, body: bytes) -> Any:
    """What follows the last byte 80 is not looked at."""
    message, end, _ = body.rpartition(b"\x80")
    if not end:
        raise Reject("MIX-30", "the body is not padded")
    return message


LETTERS = [0, 1, 0x80]
"""The bytes that padding is made of, and one that it is not."""


@law(
    "MIX-27",
    "MIX-28",
    needs=("mix.padding",),
    exact=True,
    proves="messages of up to 4 bytes out of 00, 01 and 80, bodies of up to 4",
    faults=(
        PadsWithZerosOnly,
        MarksTheEndOfTheBody,
        MarksTheEndWithOne,
        CutsOffWhatIsTooLong,
        SendsAFullBodyUnpadded,
        TakesALargerBody,
        LeavesAByteUnused,
        TakesTheFirstEnd,
    ),
)
def a_message_is_read_as_it_was_padded(net: Net, forall: Forall) -> None:
    """A message that is shorter than the body is padded to just its size, and read again; any other one is refused."""
    message = bytes(forall(LETTERS, f"byte {place}") for place in range(forall(range(5), "bytes")))
    size = forall(range(5), "size")
    try:
        body = net.pad(message, size)
    except Reject as refusal:
        assert refusal.clause == "MIX-28"
        assert len(message) >= size
    else:
        assert len(message) < size
        assert body == padded(message, size)
        assert net.unpad(body) == message


@law(
    "MIX-27",
    "MIX-30",
    needs=("mix.padding",),
    exact=True,
    proves="bodies of up to 5 bytes out of 00, 01 and 80",
    faults=(TakesOffZerosOnly, TakesAnyByteForTheEnd, TakesTheFirstEnd, LooksForTheLastEndOnly, PadsWithZerosOnly),
)
def a_body_has_one_reading_or_none(net: Net, forall: Forall) -> None:
    """What is read from a body is the one message that is padded to it; where there is none, it is refused."""
    body = bytes(forall(LETTERS, f"byte {place}") for place in range(forall(range(6), "bytes")))
    readings = [body[:kept] for kept in range(len(body)) if padded(body[:kept], len(body)) == body]
    try:
        message = net.unpad(body)
    except Reject as refusal:
        assert refusal.clause == "MIX-30"
        assert not readings
    else:
        assert [message] == readings
        assert net.pad(message, len(body)) == body


# ---- sealing ----


@fault("MIX-26", "about")
def BindsNoEpoch(net: Net, suite: Suite, mix: int, _epoch: int) -> Any:
    """A seal opens in every epoch that has the key."""
    return net.about(suite, mix, 0)


@fault("MIX-26", "about")
def BindsNoMix(net: Net, suite: Suite, _mix: int, epoch: int) -> Any:
    """A seal opens at every mix that has the key."""
    return net.about(suite, 0, epoch)


@fault("MIX-26", "about")
def BindsNoSuite(net: Net, _suite: Suite, mix: int, epoch: int) -> Any:
    """The code of the suite is the same for all."""
    return net.about("x25519", mix, epoch)


@fault("MIX-26", "about")
def BindsNoPurpose(net: Net, suite: Suite, mix: int, epoch: int) -> Any:
    """What a seal is for is not said."""
    return net.about(suite, mix, epoch)[-13:]


@fault("MIX-26", "about")
def BindsTheMixLittleEndian(net: Net, suite: Suite, mix: int, epoch: int) -> Any:
    """The mix's number has its lowest byte first."""
    return net.about(suite, int.from_bytes(mix.to_bytes(4), "little"), epoch)


@fault("MIX-26", "open")
def ReadsTheDestinationLast(net: Net, *given: Any) -> Any:
    """The destination is looked for behind the body."""
    opened = net.open(*given)
    whole = opened.destination.to_bytes(4) + opened.body
    return Opened(destination=int.from_bytes(whole[-4:]), body=whole[:-4])


@fault("MIX-26", "seal")
def SealsTheBodyAlone(net: Net, sender: Sender, _destination: int, message: bytes) -> Any:
    """The destination is not sealed with the body."""
    kit = net.kit_of(sender.suite)
    bound = net.about(sender.suite, sender.mix, sender.epoch)
    return sender, kit.seal(sender.public, bound, net.pad(message, sender.size))


@fault("MIX-26", "seal")
def SealsToAnybody(net: Net, sender: Sender, destination: int, message: bytes) -> Any:
    """Where the mix has no public key, anything is sent."""
    try:
        return net.seal(sender, destination, message)
    except Reject as refusal:
        if refusal.clause != "MIX-26":
            raise
        return sender, bytes(sender.size + 4 + net.kit_of(sender.suite).overhead)


@fault("MIX-29", "open")
def OpensAnySize(net: Net, suite: Suite, secret: bytes, mix: int, epoch: int, _size: int, sealed: bytes) -> Any:
    """Bodies may have any size."""
    return net.open(suite, secret, mix, epoch, len(sealed) - 4 - OVERHEADS[suite], sealed)


@fault("MIX-29", "open")
def TellsThatTheSizeIsAnother(
    net: Net, suite: Suite, secret: bytes, mix: int, epoch: int, size: int, sealed: bytes
) -> Any:
    """A sealed message of another size is refused in words of its own."""
    if len(sealed) != size + 4 + OVERHEADS[suite]:
        raise Reject("MIX-4", "this is of another size")
    return net.open(suite, secret, mix, epoch, size, sealed)


@fault("MIX-29", "open")
def OpensTheEpochBefore(net: Net, suite: Suite, secret: bytes, mix: int, epoch: int, size: int, sealed: bytes) -> Any:
    """What came too late is opened with the epoch before."""
    try:
        return net.open(suite, secret, mix, epoch, size, sealed)
    except Reject:
        return net.open(suite, secret, mix, max(epoch - 1, 0), size, sealed)


@fault("MIX-29", "open")
def PassesOnWhatDoesNotOpen(
    net: Net, suite: Suite, secret: bytes, mix: int, epoch: int, size: int, sealed: bytes
) -> Any:
    """What does not open is for nobody, and passed on."""
    try:
        return net.open(suite, secret, mix, epoch, size, sealed)
    except Reject:
        return Opened(destination=0, body=sealed[-size:])


BOUND = (BindsNoEpoch, BindsNoMix, BindsNoPurpose, BindsTheMixLittleEndian)
CHANGES = ["nothing", "byte", "cut", "longer", "larger", "mix", "epoch", "epoch before", "key", "suite", "purpose"]


def opens_for_its_mix_only(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    seed, mix, epoch = forall(Seeds(), "seed"), forall(NUMBERS, "mix"), forall(EPOCHS, "epoch")
    size, destination = forall([1, 2, 40], "size"), forall(NUMBERS, "destination")
    body, secret = forall(Bytes(size, size), "body"), fresh(seed, "mix")
    change, other = forall(CHANGES, "change"), next(each for each in OVERHEADS if each != suite)
    key, bound = public(suite, secret), info(suite, mix, epoch)
    if change == "key":
        key = public(suite, fresh(seed, "another"))
    data = destination.to_bytes(4) + body + bytes(16 * (change == "larger"))
    changes = {
        "mix": info(suite, mix ^ 1, epoch),
        "epoch": info(suite, mix, epoch + 1),
        "epoch before": info(suite, mix, max(epoch, 1) - 1),
        "suite": info(other, mix, epoch),
        "purpose": b"anonspec reply header1" + bound[-13:],
    }
    sealed = seal(suite, key, changes.get(change, bound), data, fresh(seed, "seal"))
    if change == "byte":
        sealed = changed(sealed, forall(range(len(sealed)), "place"), forall([1, 128], "by"))
    elif change in ("cut", "longer"):
        sealed = sealed[:-1] if change == "cut" else sealed + b"\0"
    sound = change == "nothing" or (change == "epoch before" and epoch == 0)
    try:
        opened = net.open(suite, secret, mix, epoch, size, sealed)
    except Reject as refusal:
        assert refusal.clause == "MIX-29"
        assert not sound
    else:
        assert sound
        assert (opened.destination, opened.body) == (destination, body)


@law(
    "MIX-26",
    "MIX-29",
    needs=("mix.open", "mix.x25519"),
    faults=(
        *BOUND,
        ReadsTheDestinationLast,
        OpensAnySize,
        TellsThatTheSizeIsAnother,
        OpensTheEpochBefore,
        PassesOnWhatDoesNotOpen,
    ),
)
def a_sealed_message_opens_for_its_mix_only(net: Net, forall: Forall) -> None:
    """What is sealed for a mix and its epoch opens there whole; changed, or for another, it does not open."""
    opens_for_its_mix_only(net, forall, "x25519")


@law(
    "MIX-26",
    "MIX-29",
    needs=("mix.open", "mix.mlkem768-x25519"),
    faults=(BindsNoSuite, *BOUND, OpensAnySize, PassesOnWhatDoesNotOpen),
)
def a_larger_seal_opens_for_its_mix_only(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    opens_for_its_mix_only(net, forall, "mlkem768-x25519")


@law(
    "MIX-29",
    needs=("mix.open", "mix.x25519"),
    exact=True,
    proves="every byte of one sealed message, three changes each",
    faults=(PassesOnWhatDoesNotOpen,),
)
def no_byte_of_a_sealed_message_can_be_changed(net: Net, forall: Forall) -> None:
    """Wherever a sealed message was changed, it does not open."""
    secret = fresh(b"only", "mix")
    sealed = seal("x25519", public("x25519", secret), info("x25519", 3, 1), b"\0\0\0\5body", fresh(b"only", "seal"))
    bad = changed(sealed, forall(range(len(sealed)), "place"), forall([1, 128, 255], "by"))
    try:
        net.open("x25519", secret, 3, 1, 4, bad)
    except Reject as refusal:
        assert refusal.clause == "MIX-29"
    else:
        raise AssertionError("it is not refused")


NONE = [b"", bytes(31), bytes(32), bytes(33), b"\1" + bytes(31)]
"""What is no X25519 public key: of another length, or a point of low order."""


def seals_what_the_mix_opens(net: Net, forall: Forall, suite: Suite) -> None:
    """For one suite."""
    seed, mix, epoch = forall(Seeds(), "seed"), forall(NUMBERS, "mix"), forall(EPOCHS, "epoch")
    size, destination = forall([1, 2, 40], "size"), forall(NUMBERS, "destination")
    secret = fresh(seed, "mix")
    length = forall(Integers(0, size + 1), "bytes") if forall(bool, "any length") else size - 1
    message = forall(Bytes(length, length), "message")
    key = forall(NONE, "key of none") if forall(range(5), "key") == 4 else public(suite, secret)
    sender = net.address(suite, key, mix, epoch, size)
    try:
        sender, one = net.seal(sender, destination, message)
    except Reject as refusal:
        assert (refusal.clause == "MIX-28" and length >= size) or (refusal.clause == "MIX-26" and key in NONE)
        return
    assert length < size
    assert key not in NONE
    sender, two = net.seal(sender, destination, message)
    inside = destination.to_bytes(4) + padded(message, size)
    for sealed in (one, two):
        assert unseal(suite, secret, info(suite, mix, epoch), sealed) == inside
    assert {one[at : at + 16] for at in range(len(one) - 15)}.isdisjoint(
        two[at : at + 16] for at in range(len(two) - 15)
    )


SEALING = (SealsTheBodyAlone, CutsOffWhatIsTooLong, LeavesAByteUnused)


@law(
    "MIX-26",
    "MIX-27",
    "MIX-28",
    needs=("mix.sender", "mix.x25519"),
    faults=(*SEALING, *BOUND, SealsToAnybody, PadsWithZerosOnly, SendsAFullBodyUnpadded, TakesALargerBody),
)
def a_sender_seals_what_its_mix_opens(net: Net, forall: Forall) -> None:
    """A mix finds the destination and a padded body in what a sender seals to it; sealed twice it looks like two."""
    seals_what_the_mix_opens(net, forall, "x25519")


@law(
    "MIX-26",
    "MIX-27",
    "MIX-28",
    needs=("mix.sender", "mix.mlkem768-x25519"),
    faults=(*SEALING, BindsNoSuite, BindsNoEpoch),
)
def a_sender_seals_larger_what_its_mix_opens(net: Net, forall: Forall) -> None:
    """The same for the suite with the larger seals."""
    seals_what_the_mix_opens(net, forall, "mlkem768-x25519")


# ---- questions for the generated vectors ----


def sealed_questions(draw: Random) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], str, Json]]:
    """Sealed messages to be opened, and messages to be padded; the same for the same seed."""
    for number in range(4):
        secret, size = draw.randbytes(32), draw.randrange(1, 200)
        mix, epoch = draw.randrange(2 ** draw.choice([4, 32])), draw.randrange(2 ** draw.choice([4, 53]))
        data, bound = draw.randbytes(4 + size), info("x25519", mix, epoch)
        fields: Json = {
            "suite": "x25519",
            "secret": secret.hex(),
            "mix": mix,
            "epoch": epoch,
            "size": size,
            "sealed": seal("x25519", public("x25519", secret), bound, data, draw.randbytes(32)).hex(),
        }
        asked = {"ask": {"op": "mix.open", "in": fields}}
        yield f"generated/sealed_{number}", ("MIX-26",), ("mix.open", "mix.x25519"), "A drawn body.", asked
    for number in range(2):
        fields = {"message": draw.randbytes(draw.randrange(20)).hex(), "size": draw.randrange(20, 60)}
        asked = {"ask": {"op": "mix.pad", "in": fields}}
        yield f"generated/padded_{number}", ("MIX-27",), ("mix.padding",), "A drawn message.", asked
