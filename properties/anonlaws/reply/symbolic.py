"""Laws on terms: what layers hide from whom if the primitives are ideal, and the attacks that each condition prevents.

The subject's own functions make, open and turn the envelopes; only the kit is another (terms.py). The adversary sees
all wires, sends what he likes, and has the keys of all parties but those named. Each of two envelopes may be that of
either of two parties: two *worlds*. A mix that is honest sends in an order of its own, which nobody else knows; so the
worlds cannot be told apart if for each order in the one there is another in the other, so that both look the same. For
two envelopes it is enough that there is one: then turning both orders round gives the other pair.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from anonlaws.law import Forall, Integers, assume, fault, law, not_a_law
from anonlaws.reply.wire import FORWARD, REPLY, Net
from anonlaws.terms import Data, Ideal, Name, add, derives, learns, same_look, whole
from anonspec.reply.model import Hop, Relay
from anonspec.shape import Reject

KINDS = [FORWARD, REPLY]
FLIPS = [(True, True), (True, False), (False, True), (False, False)]
"""Whether an honest mix turns its two batches round."""
PAYLOAD = 50
"""Of all rows on terms: two bytes of padded message, sealed."""

# ---- faults ----


@fault("REP-12", "turn")
def LeavesAnswersAsTheyAre(net: Net, kit: Any, kind: Any, key: Any, body: Any) -> Any:
    """The body of an answer is made shorter, and not changed."""
    return kit.cut(body, kit.size(body) - 16, 16)[0] if kind == REPLY else net.turn(kit, kind, key, body)


@fault("REP-12", "turn")
def LeavesTheEndAsItIs(net: Net, kit: Any, kind: Any, key: Any, body: Any) -> Any:
    """The last 16 bytes that are passed on are not changed."""
    if kind != REPLY:
        return net.turn(kit, kind, key, body)
    size = kit.size(body) - 32
    return kit.join(kit.cut(kit.mask(key, body), size, 32)[0], kit.cut(body, size, 16, 16)[1])


@fault("REP-12", "turn")
def PassesOnAllOfAnAnswer(net: Net, kit: Any, kind: Any, key: Any, body: Any) -> Any:
    """The body of an answer stays as long as it is."""
    return kit.mask(key, body) if kind == REPLY else net.turn(kit, kind, key, body)


@fault("REP-13", "turn")
def MasksForwardBodies(net: Net, kit: Any, kind: Any, key: Any, body: Any) -> Any:
    """The body of a forward envelope is changed as that of an answer is."""
    return net.turn(kit, REPLY, key, body)


@fault("REP-14", "uncover")
def UndoesAllButTheLastMix(net: Net, kit: Any, keys: Any, secret: Any, body: Any) -> Any:
    """The author forgets one stream."""
    return net.uncover(kit, keys[:-1], secret, body)


@fault("REP-4", "about")
def BindsToTheMixOnly(net: Net, name: Any, hop: int, epoch: int) -> bytes:
    """The epoch is not in the info."""
    about: bytes = net.about(name, hop, 0)
    return about


@fault("REP-8", "body_size")
def SizesBodiesAlike(net: Net, mixes: int, payload: int, position: int) -> int:
    """Bodies are as long at all positions."""
    size: int = net.body_size(mixes, payload, 1)
    return size


@fault("REP-10", "unwrap")
def RemembersTheWholeEnvelope(net: Net, kit: Any, relay: Relay, envelope: Any) -> Any:
    """What is remembered is header and body."""
    _, rest, body = net.unwrap(kit, relay, envelope)
    return envelope, rest, body


@fault("REP-3", "draw")
def DrawsOnceForAll(net: Net, seed: bytes, name: str, number: int, position: int, size: int) -> bytes:
    """The number is not in the label."""
    drawn: bytes = net.draw(seed, name, 0, position, size)
    return drawn


@fault("REP-14", "unpad")
def ReadsUpToTheZeros(net: Net, body: bytes) -> bytes:
    """A content that is not padded is read as far as its last byte that is not 00."""
    try:
        message: bytes = net.unpad(body)
    except Reject:
        return body.rstrip(b"\0")
    return message


# ---- a row on terms ----


def name(text: str, size: int = 32) -> Data:
    """Bytes that stand for nothing else."""
    return whole(Name(text, size))


@dataclass(frozen=True)
class Spelled:
    """A party's number that is known to those only who learn it."""

    data: Data

    def to_bytes(self, _size: int) -> Data:
        return self.data


@dataclass
class Row:
    """A row of mixes on terms, in its first epoch: who makes envelopes for it, and what passes over its wires."""

    net: Net
    mixes: int
    kit: Ideal = field(default_factory=Ideal)

    @property
    def hops(self) -> list[Hop]:
        """The mixes, numbered as their positions are."""
        places = range(1, self.mixes + 1)
        return [Hop.model_construct(mix=at, epoch=0, public=self.kit.public(name(f"secret {at}"))) for at in places]

    def relay(self, position: int, **other: Any) -> Relay:
        """The mix at a position."""
        about = {"secret": name(f"secret {position}"), "mix": position, "payload": PAYLOAD, **other}
        return Relay.model_construct(**{"epoch": 0, "position": position, "mixes": self.mixes, **about})

    def keys(self, of: str) -> list[Data]:
        """The keys of an envelope's layers."""
        return [name(f"key {of} {place}") for place in range(1, self.mixes + 1)]

    def message(self, of: str) -> Data:
        """A message, padded."""
        return name(f"message {of}", 2)

    def once(self, of: str) -> Data:
        """The one-time public key of an address."""
        return self.kit.public(name(f"once {of}"))

    def headers(self, of: str, kind: bytes, to: Any) -> list[Data]:
        """The headers of an envelope, and its core."""
        core = self.net.core(self.kit, to, name(f"mark {of}", 16))
        headers: list[Data] = self.net.wrap(self.kit, self.hops, self.keys(of), kind, core)
        return headers

    def letter(self, of: str) -> Data:
        """What is delivered of a forward envelope."""
        return sure(self.kit.seal(self.kit.public(name(f"receiver {of}")), b"", self.message(of)))

    def body(self, of: str, kind: bytes, answer: str = "") -> Data:
        """The body of an envelope for the first mix; the answer is to an address."""
        if kind == FORWARD:
            locked = self.letter(of)
            for key in reversed(self.keys(of)):
                locked = self.kit.lock(key, locked)
            return locked
        filler = self.kit.join(*(name(f"fill {answer or of} {place}", 16) for place in range(self.mixes)))
        body: Data = self.net.reply_body(self.kit, self.once(of), self.message(answer or of), filler)
        return body

    def envelope(self, of: str, kind: bytes, to: Any) -> Data:
        """An envelope for the first mix."""
        return self.kit.join(self.headers(of, kind, to)[0], self.body(of, kind))

    def header_size(self, position: int) -> int:
        """Bytes of the header at a position."""
        return 20 + (self.mixes - position + 1) * 81

    def out(self, position: int, envelope: Data) -> Data:
        """What a mix passes on or delivers, in one piece; it takes any size, as what sizes tell is asked of looks."""
        payload = len(envelope) - self.header_size(position) - 16 * (self.mixes - position + 1)
        _, rest, body = self.net.unwrap(self.kit, self.relay(position, payload=payload), envelope)
        return self.kit.join(rest, body)

    def wires(self, envelopes: Sequence[Data], flipped: int | None = None, begin: int = 1) -> list[Sequence[Data]]:
        """A batch on each wire from a position on. One mix may send it backwards, the others leave it in its order."""
        found = [envelopes]
        for position in range(begin, self.mixes + 1):
            out = [self.out(position, each) for each in found[-1]]
            found.append(out[::-1] if position == flipped else out)
        return found

    def secrets(self, bad: Iterable[int]) -> list[Data]:
        """What is known of the mixes: the public keys of all, the secret ones of those that are bad."""
        return [*(hop.public for hop in self.hops), *(name(f"secret {at}") for at in bad)]

    def told(self, of: Iterable[str], kind: bytes) -> list[Data]:
        """What the other end knows: a receiver all that he can open, a responder addresses and answers."""
        keys = [name(f"receiver {each}") if kind == FORWARD else self.once(each) for each in of]
        return [*keys, *map(self.message, of)]


def sure(data: Data | None) -> Data:
    """The data, which are there."""
    assert data is not None
    return data


def flat(*wires: Sequence[Data]) -> list[Data]:
    """All that passes, in its order."""
    return [each for wire in wires for each in wire]


def all_but(honest: int, mixes: int) -> list[int]:
    """The mixes that are bad if one is honest."""
    return [place for place in range(1, mixes + 1) if place != honest]


# ---- what is put on comes off ----


@law(
    "REP-4",
    "REP-5",
    "REP-6",
    "REP-9",
    "REP-12",
    "REP-13",
    "REP-14",
    exact=True,
    sampled=False,
    faults=(
        LeavesAnswersAsTheyAre,
        LeavesTheEndAsItIs,
        MasksForwardBodies,
        UndoesAllButTheLastMix,
        BindsToTheMixOnly,
        SizesBodiesAlike,
    ),
    source="Chaum 1981",
)
def layers_come_off_as_they_were_put_on(net: Net, forall: Forall) -> None:
    """In rows of one to five mixes each finds the header for the next, no other opens it, the end reads the body."""
    row, kind = Row(net, forall(range(1, 6), "mixes")), forall(KINDS, "kind")
    headers, body = row.headers("a", kind, 7), row.body("a", kind)
    for position in range(1, row.mixes + 1):
        assert len(headers[position - 1]) == row.header_size(position)
        assert len(body) == PAYLOAD + 16 * (row.mixes - position + 1)
        envelope = row.kit.join(headers[position - 1], body)
        for wrong in ({"mix": 99}, {"epoch": 1}, {"secret": name("another")}):
            assert rejected(row, row.relay(position, **wrong), envelope)
        header, rest, body = net.unwrap(row.kit, row.relay(position), envelope)
        assert header == headers[position - 1]
        assert rest == headers[position]
    assert headers[-1] == row.kit.join(b"\0\0\0\7", name("mark a", 16))
    if kind == REPLY:
        assert net.uncover(row.kit, row.keys("a"), name("once a"), body) == row.message("a")
    else:
        assert row.kit.unseal(name("receiver a"), b"", body) == row.message("a")


def rejected(row: Row, relay: Relay, envelope: Data) -> bool:
    """Whether a mix rejects an envelope as one that does not open."""
    try:
        row.net.unwrap(row.kit, relay, envelope)
    except Reject as refusal:
        return refusal.clause == "REP-9"
    return False


@dataclass(frozen=True)
class Item:
    """Of `Layers`: something with a size, what it is, and the keys that it is masked with, each from a place on."""

    what: tuple[Any, ...]
    size: Any
    masks: tuple[tuple[Any, Any], ...] = ()


class Layers:
    """The primitives on a solver's terms: keys and arbitrary data are numbers, as sizes are, and may be symbolic."""

    def __init__(self, overhead: int) -> None:
        self.name = "x25519" if overhead == 48 else "mlkem768-x25519"
        self.overhead = overhead

    def public(self, secret: Any) -> Any:
        return ("public", secret)

    def seal(self, public: Any, info: bytes, data: Any) -> Any:
        return (Item(("sealed", public, info, data), self.size(data) + self.overhead),)

    def unseal(self, secret: Any, info: bytes, sealed: Any) -> Any:
        kind, *inside = self.only(sealed)
        return inside[2] if kind == "sealed" and inside[0] == self.public(secret) and inside[1] == info else None

    def lock(self, key: Any, data: Any) -> Any:
        return (Item(("locked", key, data), self.size(data) + 16),)

    def unlock(self, key: Any, data: Any) -> Any:
        kind, *inside = self.only(data)
        return inside[1] if kind == "locked" and inside[0] == key else None

    def only(self, data: Any) -> tuple[Any, ...]:
        """What data are that are one thing, with no mask over it."""
        return data[0].what if len(data) == 1 and not data[0].masks else ("several",)

    def mask(self, key: Any, data: Any) -> Any:
        masked, begin = [], 0
        for item in data:
            others = tuple(each for each in item.masks if each != (key, begin))
            masks = others if len(others) < len(item.masks) else (*item.masks, (key, begin))
            masked.append(Item(item.what, item.size, masks))
            begin = begin + item.size
        return tuple(masked)

    def join(self, *parts: Any) -> Any:
        made = [(Item(("bytes", part), len(part)),) if isinstance(part, bytes) else part for part in parts]
        return tuple(item for part in made for item in part)

    def cut(self, data: Any, *sizes: Any) -> Any:
        """As they were joined; of other pieces nothing is known."""
        items, parts = list(data), []
        for size in sizes:
            part: list[Item] = []
            while self.size(part) < size and items:
                part.append(items.pop(0))
            if self.size(part) != size:
                return [(Item(("cut", data, place), each),) for place, each in enumerate(sizes)]
            plain = len(part) == 1 and not part[0].masks and part[0].what[0] == "bytes"
            parts.append(part[0].what[1] if plain else tuple(part))
        return parts

    def size(self, data: Any) -> Any:
        return sum(item.size for item in data)


@law(
    "REP-5",
    "REP-8",
    "REP-12",
    "REP-13",
    proves="rows of every length, every position and payload, both suites, every key, header and body inside",
    by="induction over the layers, the innermost first: what is inside of a layer is arbitrary, of the next one's size",
    sampled=False,
    faults=(LeavesAnswersAsTheyAre, PassesOnAllOfAnAnswer, MasksForwardBodies, SizesBodiesAlike),
    source="Chaum 1981",
)
def one_layer_on_is_one_layer_off(net: Net, forall: Forall) -> None:
    """What is inside of a layer is what its mix takes out, the body undone by the layer's key if it is an answer's."""
    kit, kind = Layers(forall([48, 1136], "overhead")), forall(KINDS, "kind")
    mixes, position = forall(Integers(1, None), "mixes"), forall(Integers(1, None), "position")
    payload = forall(Integers(kit.overhead + 1, None), "payload")
    assume(position <= mixes)
    secret, key, inside = (forall(Integers(), each) for each in ("secret", "key", "inside"))
    hop = Hop.model_construct(mix=forall([0, 7], "mix"), epoch=forall([0, 3], "epoch"), public=kit.public(secret))
    rest = (Item(("header", inside), 20 + (mixes - position) * (kit.overhead + 33)),)
    body = (Item(("body", forall(Integers(), "body")), payload + 16 * (mixes - position)),)
    layer = (Item(("key", key), 32),)
    header = net.wrap(kit, [hop], [layer], kind, rest)[0]
    cover = kit.lock(layer, body) if kind == FORWARD else kit.join(body, (Item(("fill",), 16),))
    relay = Relay.model_construct(
        secret=secret, mix=hop.mix, epoch=hop.epoch, position=position, mixes=mixes, payload=payload
    )
    found = net.unwrap(kit, relay, kit.join(header, cover))
    assert found[:2] == (header, rest)
    assert (found[2] if kind == FORWARD else kit.mask(layer, found[2])) == body


@law(
    "REP-8",
    proves="rows of every length, every position and payload, both suites",
    by="induction over the positions, the last one first",
    sampled=False,
    faults=(SizesBodiesAlike,),
)
def each_mix_takes_the_same_off_every_envelope(net: Net, forall: Forall) -> None:
    """Behind each mix a header is shorter by a layer, a body by 16 bytes; so sizes tell the position, and no more."""
    overhead = forall([48, 1136], "overhead")
    mixes, position = forall(Integers(1, None), "mixes"), forall(Integers(1, None), "position")
    payload = forall(Integers(overhead + 1, None), "payload")
    assume(position <= mixes)
    here, behind = net.header_size(overhead, mixes, position), net.header_size(overhead, mixes, position + 1)
    assert here == behind + overhead + 33
    assert net.header_size(overhead, mixes, mixes + 1) == 20
    assert net.body_size(mixes, payload, position) == net.body_size(mixes, payload, position + 1) + 16
    assert net.body_size(mixes, payload, mixes + 1) == payload


@law("REP-6", "REP-14", exact=True, sampled=False, faults=(ReadsUpToTheZeros,))
def a_content_is_one_message_or_none(net: Net, forall: Forall) -> None:
    """Of four bytes 00, 01 or 80 each, what is read was padded to just these; and what was padded is read."""
    body = bytes(forall([0, 1, 0x80], f"byte {place}") for place in range(4))
    try:
        message = net.unpad(body)
    except Reject as refusal:
        assert refusal.clause == "MIX-30"
        assert all(net.pad(body[:size], 4) != body for size in range(4))
    else:
        assert net.pad(message, 4) == body
    message = body[: forall(range(4), "size")]
    assert net.unpad(net.pad(message, 4)) == message


# ---- who learns what ----


def learned(net: Net, mixes: int, bad: Sequence[int], responder: bool, watches: bool) -> dict[str, bool]:
    """What mixes, with the responder or without, learn of one answer: names, the content, and who belongs to whom.

    Whoever gets an envelope knows from whom; who `watches` all wires sees the responder send, and the author receive.
    """
    row = Row(net, mixes)
    author, sender = name("author", 4), name("responder", 4)
    wires = row.wires([row.envelope("a", REPLY, Spelled(author))])
    view = [*flat(*seen_by(bad, watches, wires)), *row.secrets(bad)]
    view += [sender] * (1 in bad or responder or watches)
    view += row.told("a", REPLY) * responder
    closure = learns(view)
    return {
        "author": derives(closure, author),
        "responder": derives(closure, sender),
        "content": derives(closure, row.message("a")),
        "linked": told_apart(lambda: Row(net, mixes), REPLY, bad, responder, watches) != "",
    }


def seen_by(bad: Sequence[int], watches: bool, wires: Sequence[Any]) -> list[Any]:
    """What is on the wires of these mixes, or on all."""
    return [wire for place, wire in enumerate(wires) if watches or {place, place + 1} & {*bad}]


def told_apart(
    make: Callable[[], Row], kind: bytes, bad: Sequence[int], end: bool, watches: bool = True, changed: bool = False
) -> str:
    """How two worlds are told apart in which two parties have exchanged their envelopes; "" if they are not.

    Of senders, who sends which message; of authors, who made which address. The adversary may have changed the body of
    the first envelope, by what he knows.
    """

    def seen(ends: tuple[int, int], flipped: int | None) -> list[Data]:
        row = make()
        of = "ab" if kind == REPLY or ends == (7, 8) else "ba"
        first = [row.envelope(each, kind, to) for each, to in zip(of, ends, strict=True)]
        change = [name("change", len(first[0]) - row.header_size(1))] * changed
        if changed:
            first[0] = add(first[0], row.kit.join(bytes(row.header_size(1)), *change))
        passed = seen_by(bad, watches, row.wires(first, flipped))
        return [*flat(*passed), *row.secrets(bad), *row.told("ab" if end else "", kind), *change]

    honest = [place for place in range(1, make().mixes + 1) if place not in bad]
    return told(seen((7, 8), None), (seen((8, 7), order) for order in [*honest[:1], None]))


def told(one: Sequence[Data], others: Iterable[Sequence[Data]]) -> str:
    """A test that tells a world from another in any order that mixes may have there; "" if one order leaves none."""
    tests = []
    for other in others:
        tests.append(same_look(one, other))
        if not tests[-1]:
            return ""
    return max(tests, key=len)


def who_learns(net: Net) -> list[tuple[str, ...]]:
    """A table: who, and whether it learns author, responder, content, and that author and responder belong together.

    Of one answer in a row of three mixes; "if mix 1 is among them" where it depends on which mix is the honest one.
    """
    groups = {
        "responder": [([], True)],
        "first mix": [([1], False)],
        "a mix between": [([2], False)],
        "last mix": [([3], False)],
        "all mixes": [([1, 2, 3], False)],
        "responder and all mixes but one": [(all_but(honest, 3), True) for honest in (1, 2, 3)],
        "responder and all mixes": [([1, 2, 3], True)],
    }
    return tabled(groups, lambda bad, end: learned(net, 3, bad, end, False))


def tabled(groups: Any, of: Callable[[list[int], bool], dict[str, bool]]) -> list[tuple[str, ...]]:
    """A row of words for each group of coalitions."""
    rows = []
    for who, coalitions in groups.items():
        found = [(bad, of(bad, end)) for bad, end in coalitions]
        words = {
            column: [
                f"if mix {at} is among them" for at in (1, 2, 3) if all(x[column] == (at in bad) for bad, x in found)
            ]
            for column in found[0][1]
        }
        for column, word in words.items():
            known = {x[column] for _, x in found}
            words[column] = word if len(known) == 2 else ["yes" if known == {True} else "–"]
        rows.append((who, *(word[0] for word in words.values())))
    return rows


@law(
    "REP-5",
    "REP-6",
    "REP-12",
    exact=True,
    sampled=False,
    faults=(LeavesAnswersAsTheyAre, LeavesTheEndAsItIs),
    source="Chaum 1981",
)
def everybody_learns_of_an_answer_what_the_table_says(net: Net, forall: Forall) -> None:
    """The last mix knows the author, the first one the responder; who belongs to whom, only all mixes together."""
    mixes = forall(range(1, 5), "mixes")
    bad = [place for place in range(1, mixes + 1) if forall(bool, f"mix {place}")]
    responder, watches = forall(bool, "responder"), forall(bool, "all wires")
    found = learned(net, mixes, bad, responder, watches)
    assert found["author"] == (mixes in bad or watches)
    assert found["responder"] == (1 in bad or responder or watches)
    assert found["content"] == responder
    assert found["linked"] == (len(bad) == mixes)


# ---- one honest mix ----


@law(
    "REP-5",
    "REP-6",
    "REP-12",
    "REP-13",
    exact=True,
    sampled=False,
    faults=(LeavesAnswersAsTheyAre, LeavesTheEndAsItIs),
    source="Chaum 1981",
)
def one_honest_mix_hides_whose_envelope_it_is(net: Net, forall: Forall) -> None:
    """To all other mixes and the other ends together, either of two envelopes may be that of either of two parties."""
    mixes, kind = forall(range(1, 5), "mixes"), forall(KINDS, "kind")
    honest = forall(range(1, mixes + 1), "honest")
    test = told_apart(lambda: Row(net, mixes), kind, all_but(honest, mixes), True)
    assert not test, test


@not_a_law("REP-5", exact=True)
def bad_mixes_hide_whose_envelope_it_is(net: Net, forall: Forall) -> None:
    """A row of mixes hides it, though all are bad."""
    mixes, kind = forall(range(1, 5), "mixes"), forall(KINDS, "kind")
    test = told_apart(lambda: Row(net, mixes), kind, range(1, mixes + 1), False)
    assert not test, test


@law("REP-8", "REP-12", exact=True, sampled=False, faults=(PassesOnAllOfAnAnswer,))
def answers_look_like_messages(net: Net, forall: Forall) -> None:
    """On each wire of a row, an answer and a forward envelope look the same to who has no key of the mixes behind."""
    mixes = forall(range(1, 5), "mixes")
    place = forall(range(mixes), "mixes that opened it")
    row = Row(net, mixes)
    forward, reply = (row.wires([row.envelope("a", kind, 7)])[place] for kind in KINDS)
    test = same_look([*forward, *row.secrets([])], [*reply, *row.secrets([])])
    assert not test, test


@law("REP-9", "REP-13", exact=True, sampled=False, faults=(MasksForwardBodies,), source="Pfitzmann and Pfitzmann 1989")
def a_change_does_not_get_through_an_honest_mix(net: Net, forall: Forall) -> None:
    """A forward envelope whose header or body was changed, by whatever is known, before an honest mix is rejected."""
    mixes, in_header = forall(range(1, 5), "mixes"), forall(bool, "in the header")
    position = forall(range(1, mixes + 1), "position")
    row = Row(net, mixes)
    ((came,),) = row.wires([row.envelope("a", FORWARD, 7)])[position - 1 : position]
    header, body = row.kit.cut(came, row.header_size(position), len(came) - row.header_size(position))
    by = (
        [name("change", len(header)), bytes(len(body))]
        if in_header
        else [bytes(len(header)), name("change", len(body))]
    )
    assert rejected(row, row.relay(position), add(came, row.kit.join(*by)))


@law(
    "REP-12",
    exact=True,
    sampled=False,
    faults=(LeavesAnswersAsTheyAre, LeavesTheEndAsItIs),
    source="Kuhn and others 2021",
)
def a_change_of_an_answer_tells_nothing(net: Net, forall: Forall) -> None:
    """What a changed answer comes out as behind an honest mix tells nobody but its author that it was changed."""
    mixes = forall(range(1, 5), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    test = told_apart(lambda: Row(net, mixes), REPLY, all_but(honest, mixes), True, changed=True)
    assert not test, test


# ---- what each condition is for ----


@dataclass
class Masking(Row):
    """Forward envelopes are of kind reply, letter and filler under the streams of all mixes."""

    def headers(self, of: str, kind: bytes, to: Any) -> list[Data]:  # noqa: ARG002 - the kind is always the same
        """As of an answer."""
        return Row.headers(self, of, REPLY, to)

    def body(self, of: str, kind: bytes, answer: str = "") -> Data:  # noqa: ARG002 - it is no answer
        """A letter and what fills the body, under all streams."""
        body = self.kit.join(self.letter(of), name(f"fill {of}", 16 * self.mixes))
        for key in self.keys(of):
            body = self.kit.mask(key, body)
        return body


@not_a_law("REP-13", exact=True, source="Pfitzmann and Pfitzmann 1989")
def forward_bodies_may_be_masked(net: Net, forall: Forall) -> None:
    """The kind of reply will do for messages: nobody knows a changed one again who sees it come out of all mixes."""
    mixes = forall(range(1, 4), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    test = told_apart(lambda: Masking(net, mixes), FORWARD, all_but(honest, mixes), True, changed=True)
    assert not test, test


@dataclass
class Unpadded(Row):
    """Messages have sizes of their own."""

    def message(self, of: str) -> Data:
        """The first is shorter than the second."""
        return name(f"message {of}", 2 + "ab".index(of))


@not_a_law("REP-8", exact=True)
def sizes_may_differ(net: Net, forall: Forall) -> None:
    """Envelopes need not all have one size: a mix hides them anyway."""
    mixes, kind = forall(range(1, 4), "mixes"), forall(KINDS, "kind")
    honest = forall(range(1, mixes + 1), "honest")
    test = told_apart(lambda: Unpadded(net, mixes), kind, all_but(honest, mixes), True)
    assert not test, test


@not_a_law("REP-5", exact=True)
def the_core_may_stand_beside_the_layers(net: Net, forall: Forall) -> None:
    """Whose address it is need not be inside of all layers: nobody sees it who has none of the mixes' keys."""
    row = Row(net, forall(range(1, 4), "mixes"))
    mark = name("mark a", 16)
    one, other = ([*row.headers("a", REPLY, 9)[:1], net.core(row.kit, author, mark)] for author in (7, 8))
    test = same_look(one, other)
    assert not test, test


@law("REP-10", exact=True, sampled=False, faults=(RemembersTheWholeEnvelope,), source="Chaum 1981")
def a_copy_tells_nothing(net: Net, forall: Forall) -> None:
    """Whatever body a header is sent in with again at a mix that remembers headers, its batches tell no more."""
    mixes, kind = forall(range(1, 4), "mixes"), forall(KINDS, "kind")
    honest, other = (
        forall(range(1, mixes + 1), "honest"),
        forall([False, True][: KINDS.index(kind) + 1], "another body"),
    )
    test = copied(net, mixes, honest, kind, other, remembers=True)
    assert not test, test


@not_a_law("REP-10", exact=True)
def a_mix_needs_no_memory(net: Net, forall: Forall) -> None:
    """A copy tells nothing, though the mix takes it."""
    mixes, kind = forall(range(1, 4), "mixes"), forall(KINDS, "kind")
    test = copied(net, mixes, forall(range(1, mixes + 1), "honest"), kind, other=False, remembers=False)
    assert not test, test


@not_a_law("REP-7", exact=True, source="Chaum 1981")
def an_address_serves_twice(net: Net, forall: Forall) -> None:
    """Two answers to one address are as well hidden as two to different ones, if the mixes take both."""
    mixes = forall(range(1, 4), "mixes")
    test = copied(net, mixes, forall(range(1, mixes + 1), "honest"), REPLY, other=True, remembers=False)
    assert not test, test


def copied(net: Net, mixes: int, honest: int, kind: bytes, other: bool, remembers: bool) -> str:
    """How two parties are told apart if the header of the first comes again, with an envelope of somebody else."""

    def seen(ends: tuple[int, int], first_flip: bool, then_flip: bool) -> list[Data]:
        row = Row(net, mixes)
        mix = row.relay(honest)
        of = "ab" if kind == REPLY or ends == (7, 8) else "ba"
        wires = row.wires(
            [row.envelope(each, kind, to) for each, to in zip(of, ends, strict=True)], honest * first_flip
        )
        came = wires[honest - 1]
        header, body = row.kit.cut(came[0], row.header_size(honest), len(came[0]) - row.header_size(honest))
        again = row.kit.join(header, name("other body", len(body))) if other else came[0]
        second = [row.wires([row.envelope("c", kind, 9)])[honest - 1][0], again]
        if remembers:
            known = [net.unwrap(row.kit, mix, each)[0] for each in came]
            second = [each for each in second if net.unwrap(row.kit, mix, each)[0] not in known]
        after = row.wires(second, honest * then_flip, honest)
        return [*flat(*wires, *after), *row.secrets(all_but(honest, mixes)), *row.told("abc", kind)]

    return told(seen((7, 8), False, False), (seen((8, 7), *flips) for flips in FLIPS))


# ---- everything new ----


def address(net: Net, row: Row, seed: bytes, number: int, me: int) -> tuple[str, list[Data]]:
    """By what an author's address is called, and the address. Names are the same only if the subject's draws are."""
    of = "".join(net.draw(seed, kind, number, place, 0).hex() for kind, place in (("keys", 1), ("once", 0)))
    return of, [row.headers(of, REPLY, me)[0], row.once(of)]


@law("REP-2", "REP-3", "REP-5", exact=True, sampled=False, faults=(DrawsOnceForAll,), source="Chaum 1981")
def two_addresses_do_not_tell_that_they_have_one_author(net: Net, forall: Forall) -> None:
    """Two addresses of one author look like those of two, to a responder and all mixes but one together."""
    mixes = forall(range(1, 5), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    looks = []
    for seed, number, me in ((b"a" * 32, 1, 7), (b"b" * 32, 0, 8)):
        row = Row(net, mixes)
        bad = row.secrets(all_but(honest, mixes))
        looks.append([*address(net, row, b"a" * 32, 0, 7)[1], *address(net, row, seed, number, me)[1], *bad])
    test = same_look(*looks)
    assert not test, test


@not_a_law("REP-2", exact=True, source="Chaum 1981")
def one_key_serves_all_addresses_of_an_author(net: Net, forall: Forall) -> None:
    """Two addresses of one author look like those of two, though the same public key of hers is in both."""
    row = Row(net, forall(range(1, 4), "mixes"))
    looks = []
    for other in ("author", "another"):
        one, two = ([row.headers(of, REPLY, 7)[0], row.once(who)] for of, who in (("a", "author"), ("b", other)))
        looks.append([*one, *two])
    test = same_look(*looks)
    assert not test, test


@law("REP-2", "REP-3", "REP-12", exact=True, sampled=False, faults=(DrawsOnceForAll,))
def two_answers_do_not_tell_that_they_have_one_reader(net: Net, forall: Forall) -> None:
    """Whose answer came with which is not told by a later one to the same author, which goes under other streams."""
    mixes = forall(range(1, 4), "mixes")
    honest = forall(range(1, mixes + 1), "honest")
    seeds = {7: b"a" * 32, 8: b"b" * 32, 9: b"c" * 32}

    def seen(ends: tuple[int, int], first_flip: bool, then_flip: bool) -> list[Data]:
        row = Row(net, mixes)

        def sent(me: int, number: int, answer: str) -> Data:
            of, (header, _) = address(net, row, seeds[me], number, me)
            return row.kit.join(header, row.body(of, REPLY, answer))

        first = row.wires([sent(me, 0, answer) for me, answer in zip(ends, "ab", strict=True)], honest * first_flip)
        then = row.wires([sent(7, 1, "c"), sent(9, 0, "d")], honest * then_flip)
        return [*flat(*first, *then), *row.secrets(all_but(honest, mixes)), *map(row.message, "abcd")]

    test = told(seen((7, 8), False, False), (seen((8, 7), *flips) for flips in FLIPS))
    assert not test, test
