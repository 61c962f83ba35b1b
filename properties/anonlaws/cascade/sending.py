"""Laws of senders and receivers: rows, draws, letters, layers, trails, dummies, and what a letter opens to."""

from typing import Any

from anonlaws.cascade.wire import (
    CODES,
    NOBODY,
    Net,
    Row,
    Seeds,
    about_letter,
    changed,
    drawn,
    fresh,
    letter,
    opened,
    padded,
    public,
    seal,
    sha256,
    size_of,
    small_row,
    some_row,
    unlocked,
    unseal,
)
from anonlaws.law import Forall, Integers, fault, law
from anonspec.mix.model import Suite
from anonspec.reply.model import Hop
from anonspec.shape import Reject

# ---- rows ----


@fault("CAS-1", "check_hops")
def TakesAMixTwice(_net: Net, _hops: Any) -> None:
    """A row may have a mix in it as often as it likes."""


@fault("CAS-1", "check_hops")
def LooksAtNeighboursOnly(net: Net, hops: Any) -> None:
    """The same mix may stand in the row twice, with another one between."""
    for place in range(len(hops) - 1):
        net.check_hops(hops[place : place + 2])


@fault("CAS-1", "check_hops")
def ComparesKeys(_net: Net, hops: Any) -> None:
    """Two keys of one mix count as two mixes."""
    if len({hop.public for hop in hops}) < len(hops):
        raise Reject("CAS-1", "a mix stands in the row twice")


@law(
    "CAS-1",
    needs=("cascade.sender",),
    exact=True,
    proves="rows of 1 to 3 mixes out of 3, each with two keys",
    faults=(TakesAMixTwice, LooksAtNeighboursOnly, ComparesKeys),
)
def a_mix_that_stands_twice_is_refused(net: Net, forall: Forall) -> None:
    """A sender begins with a row if, and only if, its mixes are different ones, whatever their keys are."""
    hops = []
    for place in range(forall(range(1, 4), "mixes")):
        mix, epoch = forall(range(3), f"mix {place}"), forall(range(2), f"epoch {place}")
        hops.append(Hop(mix=mix, epoch=epoch, public=public("x25519", fresh(b"twice", mix, epoch))))
    twice = len({hop.mix for hop in hops}) < len(hops)
    try:
        net.prepare("x25519", tuple(hops), 64, bytes(range(32)))
    except Reject as refusal:
        assert refusal.clause == "CAS-1"
        assert twice
    else:
        assert not twice


# ---- what a sender makes ----


def _made(net: Net, sender: Any, to: int, key: bytes | None, message: bytes, /, **other: Any) -> Any:
    """What a sender does, with other parts in place of the right ones."""
    kit, number = net.kit_of(sender.suite), sender.sent
    net.wrap(sender, to, key, message)  # what is refused stays refused
    parts = {
        "mark": net.reply.draw(sender.seed, "mark", number, 0, 0),
        "fill": net.reply.draw(sender.seed, "fill", number, 0, sender.payload),
        "padded": net.pad(message, sender.payload - kit.overhead),
        "receiver": to,
        "trail": lambda way: [net.suite.sha256(each) for each in way],
    } | other
    body = parts["fill"] if key is None else kit.seal(key, net.about(kit, to), parts["padded"])
    inside = net.reply.core(kit, parts["receiver"], parts["mark"])
    way = net.layers(kit, sender.hops, _keys(net, sender), inside, body)
    after = sender.model_copy(update={"sent": sender.sent + 1})
    return after, net.Wrapped(envelope=way[0], trail=tuple(parts["trail"](way)))


def _keys(net: Net, sender: Any) -> list[bytes]:
    """The keys of the next message."""
    return [net.reply.draw(sender.seed, "keys", sender.sent, place + 1, 0) for place in range(len(sender.hops))]


@fault("CAS-2", "wrap")
def DrawsTheSameForAll(net: Net, sender: Any, *letter: Any) -> Any:
    """Every message has the keys and the mark of the first one."""
    after, wrapped = net.wrap(sender.model_copy(update={"sent": 0}), *letter)
    return after.model_copy(update={"sent": sender.sent + 1}), wrapped


@fault("CAS-2", "wrap")
def DoesNotCountDummies(net: Net, sender: Any, *letter: Any) -> Any:
    """Only letters are counted, so that the next message has the draws of the dummy before it."""
    after, wrapped = net.wrap(sender, *letter)
    return (sender if letter[1] is None else after), wrapped


@fault("CAS-2", "wrap")
def MarksByNumber(net: Net, sender: Any, *letter: Any) -> Any:
    """The mark is the number of the message, and says how many its sender has sent."""
    return _made(net, sender, *letter, mark=sender.sent.to_bytes(16))


@fault("CAS-2", "wrap")
def MarksWithAKey(net: Net, sender: Any, *letter: Any) -> Any:
    """The mark is the beginning of the first mix's key."""
    return _made(net, sender, *letter, mark=_keys(net, sender)[0][:16])


@fault("CAS-3", "about")
def SealsForAnybody(net: Net, kit: Any, _receiver: int) -> bytes:
    """A letter is not bound to the receiver's number."""
    info: bytes = net.about(kit, 0)
    return info


@fault("CAS-3", "about")
def SealsUnderAnySuite(net: Net, kit: Any, receiver: int) -> bytes:
    """A letter is not bound to its suite."""
    info: bytes = net.ABOUT_LETTER + receiver.to_bytes(4)
    return info


@fault("CAS-3", "about")
def TurnsTheNumberRound(net: Net, kit: Any, receiver: int) -> bytes:
    """The receiver's number is bound in little-endian."""
    info: bytes = net.about(kit, int.from_bytes(receiver.to_bytes(4), "little"))
    return info


@fault("CAS-3", "wrap")
def LeavesLettersAsTheyAre(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """A letter is not padded: whoever delivers it sees how long the message is."""
    return _made(net, sender, receiver, key, message, padded=message)


@fault("CAS-3", "wrap")
def CutsAMessageThatIsTooLong(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """A message that does not fit loses its end."""
    return net.wrap(sender, receiver, key, message[: sender.payload - net.kit_of(sender.suite).overhead - 1])


@fault("CAS-3", "wrap")
def SendsInTheClear(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """To a public key that is none the letter goes out unsealed."""
    try:
        return net.wrap(sender, receiver, key, message)
    except Reject as refusal:
        if refusal.clause != "CAS-3":
            raise
        kit = net.kit_of(sender.suite)
        clear = net.pad(message, sender.payload)
        inside = net.reply.core(kit, receiver, net.reply.draw(sender.seed, "mark", sender.sent, 0, 0))
        way = net.layers(kit, sender.hops, _keys(net, sender), inside, clear)
        return sender, net.Wrapped(envelope=way[0], trail=tuple(net.suite.sha256(each) for each in way))


@fault("CAS-4", "layers")
def ForgetsTheLastLayer(net: Net, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """What the last mix is told stands in the clear on the wire before it, the destination first."""
    way = net.layers(kit, hops[:-1], keys[:-1], core, kit.lock(keys[-1], body))
    return [*way, kit.join(core, body)]


@fault("CAS-4", "layers")
def LocksForTheFirstOnly(net: Net, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """The body has one layer, and after the first mix stays as it is."""
    headers = net.reply.wrap(kit, hops, keys, net.reply.FORWARD, core)
    return [kit.join(header, kit.lock(keys[0], body) if not place else body) for place, header in enumerate(headers)]


@fault("CAS-4", "layers")
def LeavesTheBodyOpen(net: Net, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """Only headers have layers; the body goes through all mixes as it is."""
    return [kit.join(header, body) for header in net.reply.wrap(kit, hops, keys, net.reply.FORWARD, core)]


@fault("CAS-5", "wrap")
def ForgetsTheDelivery(net: Net, sender: Any, *letter: Any) -> Any:
    """The trail ends at the last mix, so that what this one drops is not missed."""
    after, wrapped = net.wrap(sender, *letter)
    return after, wrapped.model_copy(update={"trail": wrapped.trail[:-1]})


@fault("CAS-5", "wrap")
def TurnsTheTrailRound(net: Net, sender: Any, *letter: Any) -> Any:
    """The trail begins with what is delivered."""
    after, wrapped = net.wrap(sender, *letter)
    return after, wrapped.model_copy(update={"trail": wrapped.trail[::-1]})


@fault("CAS-5", "wrap")
def HashesBodiesOnly(net: Net, sender: Any, *letter: Any) -> Any:
    """Of each envelope only the body is hashed."""

    def trail(way: Any) -> Any:
        bodies = [sender.payload + 16 * (len(way) - 1 - place) for place in range(len(way))]
        return [net.suite.sha256(each[-size:]) for each, size in zip(way, bodies, strict=True)]

    return _made(net, sender, *letter, trail=trail)


@fault("CAS-5", "wrap")
def HashesOnlyWhatLeavesIt(net: Net, sender: Any, *letter: Any) -> Any:
    """Every hash is that of the envelope for the first mix."""
    after, wrapped = net.wrap(sender, *letter)
    return after, wrapped.model_copy(update={"trail": wrapped.trail[:1] * len(wrapped.trail)})


@fault("CAS-6", "wrap")
def FillsDummiesWithZeros(net: Net, sender: Any, *letter: Any) -> Any:
    """The body of a dummy is zeros, and the last mix tells it from letters before it looks for whom it is."""
    return _made(net, sender, *letter, fill=bytes(sender.payload))


@fault("CAS-6", "wrap")
def SendsDummiesToSomebody(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """Dummies go to number 0, who cannot open them."""
    return _made(net, sender, receiver, key, message, receiver=0 if key is None else receiver)


@fault("CAS-6", "wrap")
def LosesALetterToNobody(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """A letter to nobody is sent as a dummy, and its sender believes that it will arrive."""
    return net.wrap(sender, receiver, *((None, b"") if receiver == NOBODY else (key, message)))


@fault("CAS-6", "wrap")
def LosesALetterWithoutAKey(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """To somebody whose key is not known a dummy is sent."""
    return net.wrap(sender, *((NOBODY, None, b"") if key is None else (receiver, key, message)))


@fault("CAS-6", "wrap")
def DropsTheMessageOfADummy(net: Net, sender: Any, receiver: int, key: bytes | None, message: bytes) -> Any:
    """A dummy with a message is sent without it."""
    return net.wrap(sender, receiver, key, message if key else b"")


def _some_letter(forall: Forall, row: Row, number: int) -> tuple[int, bytes | None, bytes, bytes]:
    """A message to somebody, or a dummy: the receiver's number, its keys, and the message."""
    receiver = forall([0, 5, 2**16 + 1, NOBODY - 1, NOBODY], f"receiver {number}")
    secret = fresh(b"receiver", receiver)
    if receiver == NOBODY:
        return receiver, None, b"", secret
    size = forall(sorted({0, min(1, row.room), row.room // 2, row.room}), f"bytes {number}")
    return receiver, public(row.suite, secret), (b"\x80\0\x80" * size)[:size], secret


@law(
    "CAS-2",
    "CAS-3",
    "CAS-4",
    "CAS-5",
    "CAS-6",
    needs=("cascade.sender",),
    faults=(
        DrawsTheSameForAll,
        DoesNotCountDummies,
        MarksByNumber,
        MarksWithAKey,
        SealsForAnybody,
        SealsUnderAnySuite,
        TurnsTheNumberRound,
        LeavesLettersAsTheyAre,
        ForgetsTheLastLayer,
        LocksForTheFirstOnly,
        LeavesTheBodyOpen,
        ForgetsTheDelivery,
        TurnsTheTrailRound,
        HashesBodiesOnly,
        HashesOnlyWhatLeavesIt,
        FillsDummiesWithZeros,
        SendsDummiesToSomebody,
    ),
)
def an_envelope_opens_layer_by_layer_to_what_was_drawn(net: Net, forall: Forall) -> None:
    """Each mix's key opens one layer of the kind forward, to the labelled key; the last to the letter; as the trail."""
    send_and_open(net, forall, some_row(forall), forall(range(1, 4), "messages"))


@law(
    "CAS-3",
    "CAS-4",
    "CAS-5",
    needs=("cascade.sender", "cascade.mlkem768-x25519"),
    faults=(ForgetsTheLastLayer, LeavesTheBodyOpen, SealsUnderAnySuite, TurnsTheTrailRound),
)
def an_envelope_of_the_hybrid_suite_does_too(net: Net, forall: Forall) -> None:
    """With ML-KEM and X25519 together every layer, the letter and the trail are as they are with X25519 alone."""
    send_and_open(net, forall, small_row(forall([1, 2], "mixes"), "mlkem768-x25519"), 1)


def send_and_open(net: Net, forall: Forall, row: Row, messages: int) -> None:
    """Have a sender wrap some messages, and claim that all of each is as the text says."""
    seed = forall(Seeds(), "seed")
    sender = net.prepare(row.suite, row.hops, row.payload, seed)
    for number in range(messages):
        receiver, key, message, secret = _some_letter(forall, row, number)
        sender, wrapped = net.wrap(sender, receiver, key, message)
        keys = [drawn(seed, "keys", number, place + 1) for place in range(len(row.mixes))]
        core = receiver.to_bytes(4, "big") + drawn(seed, "mark", number, 0)
        check_way(row, wrapped, keys, core)
        body = inner(row, keys, wrapped.envelope)
        assert wrapped.trail[-1] == sha256(core + body)
        if key is None:
            assert body == drawn(seed, "fill", number, 0, row.payload)
        else:
            inside = unseal(row.suite, secret, about_letter(row.suite, receiver), body)
            assert inside == padded(message, row.payload - row.overhead)


def check_way(row: Row, wrapped: Any, keys: list[bytes] | None, inside: bytes) -> list[bytes]:
    """Claim that an envelope is what the text says at every place, and the trail with it; gives the keys found."""
    assert len(wrapped.envelope) == size_of(row, 1)
    layers, last = opened(row, wrapped.envelope[: row.header(1)])
    assert [kind for kind, _ in layers] == [b"\0"] * len(row.mixes)
    found = [key for _, key in layers]
    assert keys is None or found == keys
    assert last[:4] == inside[:4]
    assert last == inside or keys is None
    assert len(wrapped.trail) == len(row.mixes) + 1
    rest, body = wrapped.envelope[: row.header(1)], wrapped.envelope[row.header(1) :]
    for place, mix in enumerate(row.mixes):
        assert wrapped.trail[place] == sha256(rest + body)
        layer = unseal(row.suite, mix.secret, header_info(row, place), rest)
        less = unlocked(found[place], body)
        assert layer is not None
        assert less is not None, "a body does not open"
        rest, body = layer[33:], less
    return found


def header_info(row: Row, place: int) -> bytes:
    """What the header for a mix is bound to."""
    mix = row.mixes[place]
    about = b"anonspec reply header1" + CODES[row.suite]
    return about + mix.number.to_bytes(4, "big") + mix.epoch.to_bytes(8, "big")


def inner(row: Row, keys: list[bytes], envelope: bytes) -> bytes:
    """The body that an envelope brings to the receiver."""
    body: bytes | None = envelope[row.header(1) :]
    for key in keys:
        body = unlocked(key, body or b"")
    assert body is not None
    return body


@law(
    "CAS-3",
    "CAS-6",
    needs=("cascade.sender",),
    faults=(
        CutsAMessageThatIsTooLong,
        SendsInTheClear,
        LosesALetterToNobody,
        LosesALetterWithoutAKey,
        DropsTheMessageOfADummy,
    ),
)
def what_cannot_be_sent_is_refused_and_does_not_count(net: Net, forall: Forall) -> None:
    """What is too long, for a key that is none, or neither letter nor dummy is refused, and no draw is used up."""
    row, seed = some_row(forall), forall(Seeds(), "seed")
    key = public(row.suite, fresh(b"receiver", 5))
    wrong = {
        "too long": ("MIX-28", (5, key, bytes(row.room + 1))),
        "much too long": ("MIX-28", (5, key, bytes(row.payload + 40))),
        "a key too short": ("CAS-3", (5, key[:-1], b"")),
        "a key of zeros": ("CAS-3", (5, bytes(32), b"")),
        "a letter to nobody": ("CAS-6", (NOBODY, key, b"")),
        "no key": ("CAS-6", (5, None, b"")),
        "a dummy with a message": ("CAS-6", (NOBODY, None, b"\0")),
    }
    sender, sent = net.prepare(row.suite, row.hops, row.payload, seed), 0
    for number in range(forall(range(2, 6), "attempts")):
        what = forall([*wrong, "a dummy"], f"attempt {number}")
        clause, given = wrong.get(what, ("", (NOBODY, None, b"")))
        try:
            sender, wrapped = net.wrap(sender, *given)
        except Reject as refusal:
            assert refusal.clause == clause
        else:
            assert not clause
            assert opened(row, wrapped.envelope[: row.header(1)])[1][4:] == drawn(seed, "mark", sent, 0)
            sent += 1


@law("CAS-2", needs=("cascade.sender", "cascade.own"), faults=(DrawsTheSameForAll, DoesNotCountDummies))
def what_a_sender_draws_for_itself_is_new_each_time(net: Net, forall: Forall) -> None:
    """No two envelopes of two senders, with draws of their own, have a key, a mark or a seal in common."""
    row = small_row(forall([1, 2, 3], "mixes"))
    given = (row.suite, row.hops, row.payload)
    senders = []
    for number in range(2):
        try:
            senders.append(net.prepare(*given, None))
        except Reject:  # an implementation without randomness of its own
            senders.append(net.prepare(*given, forall(Seeds(), f"seed {number}")))
    if len({sender.seed for sender in senders if hasattr(sender, "seed")}) == 1:
        senders = senders[:1]
    seen: list[bytes] = []
    for number in range(forall(range(2, 4), "messages")):
        for which in range(len(senders)):
            receiver, key, message, _ = _some_letter(forall, row, 2 * number + which)
            senders[which], wrapped = net.wrap(senders[which], receiver, key, message)
            keys = check_way(row, wrapped, None, receiver.to_bytes(4, "big"))
            mark = opened(row, wrapped.envelope[: row.header(1)])[1][4:]
            seen += [*keys, mark, wrapped.envelope[:32], *wrapped.trail]
    assert len(set(seen)) == len(seen)


# ---- what a receiver reads ----


@fault("CAS-7", "receive")
def ReadsWhatDoesNotOpen(net: Net, suite: Suite, secret: bytes, receiver: int, body: bytes) -> bytes:
    """A body that does not open is read as it is."""
    try:
        message: bytes = net.receive(suite, secret, receiver, body)
    except Reject:
        return body
    return message


@fault("CAS-7", "receive")
def ReadsWhatIsForAnother(net: Net, suite: Suite, secret: bytes, receiver: int, body: bytes) -> bytes:
    """A letter that was sealed under the number 0, 1 or 5 is read too."""
    kit = net.kit_of(suite)
    opened = (kit.unseal(secret, net.about(kit, number), body) for number in (receiver, 0, 1, 5))
    padded = next((each for each in opened if each is not None), None)
    if padded is None:
        raise Reject("CAS-7", "the letter does not open")
    message: bytes = net.unpad(padded)
    return message


@fault("CAS-7", "receive")
def ReadsWhatIsNotPadded(net: Net, suite: Suite, secret: bytes, receiver: int, body: bytes) -> bytes:
    """A letter that opens and is not padded is read as it is."""
    kit = net.kit_of(suite)
    padded = kit.unseal(secret, net.about(kit, receiver), body)
    if padded is None:
        raise Reject("CAS-7", "the letter does not open")
    message: bytes = padded.rstrip(b"\0").removesuffix(b"\x80")
    return message


@fault("CAS-7", "receive")
def LooksAtTheFirstBytesOnly(net: Net, suite: Suite, secret: bytes, receiver: int, body: bytes) -> bytes:
    """What stands after a letter is overlooked."""
    for end in range(len(body), 0, -1):
        try:
            message: bytes = net.receive(suite, secret, receiver, body[:end])
        except Reject as refusal:
            if refusal.clause != "CAS-7":
                raise
        else:
            return message
    raise Reject("CAS-7", "the letter does not open")


@law(
    "CAS-3",
    "CAS-7",
    needs=("cascade.receive",),
    faults=(
        ReadsWhatDoesNotOpen,
        ReadsWhatIsForAnother,
        ReadsWhatIsNotPadded,
        LooksAtTheFirstBytesOnly,
        SealsForAnybody,
        SealsUnderAnySuite,
        TurnsTheNumberRound,
    ),
)
def a_letter_opens_for_its_receiver_alone(net: Net, forall: Forall) -> None:
    """A letter is read by who has the key and the number that it was sealed to, whole and padded, and nobody else."""
    suite: Suite = "x25519"
    receiver = forall([0, 1, 5, 258, NOBODY - 1], "receiver")
    row, secret, chance = small_row(1, suite), fresh(b"receiver", receiver), forall(Seeds(), "chance")
    message = forall([b"", b"\x80", b"\0", b"a\x80\0", b"abcdefghijkl"], "message")
    body = letter(row, receiver, public(suite, secret), message, chance)
    given: dict[str, Any] = {"suite": suite, "secret": secret, "receiver": receiver, "body": body}
    change = forall(["nothing", "number", "key", "a bit", "cut", "longer", "no padding", "another purpose"], "changed")
    clause = {"nothing": "", "no padding": "MIX-30"}.get(change, "CAS-7")
    about, inside = about_letter(suite, receiver), padded(message, row.payload - row.overhead)
    if change == "number":
        given["receiver"] = forall([0, 1, 5, 6, 2**32 - 1], "another")
        clause = "" if given["receiver"] == receiver else clause
    elif change == "key":
        given["secret"] = fresh(b"receiver", receiver, "another")
    elif change == "a bit":
        given["body"] = changed(body, forall(Integers(0, len(body) - 1), "place"), 1 << forall(range(7), "bit"))
    elif change == "cut":
        given["body"] = body[: forall(range(len(body)), "kept")]
    elif change == "longer":
        given["body"] = body + bytes(forall(range(1, 20), "more"))
    elif change == "no padding":
        inside = forall([bytes(len(inside)), b"\x80" * (len(inside) - 1) + b"\x7f", b""], "inside")
        given["body"] = seal(suite, public(suite, secret), about, inside, chance)
    elif change == "another purpose":
        about = forall([b"", about[:-5] + CODES[suite] + b"\0" * 5, about.replace(b"letter", b"ladder")], "about")
        given["body"] = seal(suite, public(suite, secret), about, inside, chance)
    try:
        read = net.receive(**given)
    except Reject as refusal:
        assert refusal.clause == clause
    else:
        assert not clause
        assert read == message
