"""Laws of one mix: what it takes and refuses, how it waits, what leaves it, and what it publishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from anonlaws.cascade.wire import (
    FORWARD,
    NOBODY,
    ORDERS,
    REPLY,
    RULES,
    Mix,
    Net,
    Node,
    Row,
    Schedules,
    Seeds,
    about,
    answered,
    begun,
    changed,
    dummy,
    fresh,
    public,
    seal,
    sent,
    size_of,
    small_row,
    some_pool,
)
from anonlaws.law import Forall, fault, law
from anonspec.cascade.model import Batch
from anonspec.mix.model import Rule, ThresholdAndTime
from anonspec.shape import Reject

TIMED: list[Rule] = [
    ThresholdAndTime(kind="threshold-or-timed", threshold=2, period=3),
    *(rule for rule in RULES if hasattr(rule, "period")),
]
"""The rules with a timer; first the one of which there is most to get wrong."""

NOTHING = Batch(sends=(), delivers=(), board=None)


def _with(state: Any, **fields: Any) -> Any:
    return state.model_copy(update=fields)


# ---- a subject and this package's own mix, told the same ----


@lru_cache(maxsize=4096)
def way(row: Row, position: int, kind: bytes, number: int) -> tuple[bytes, ...]:
    """The envelope of a number at each position from this one on, and what is delivered; every third is for nobody."""
    rest, seed = Row(row.suite, row.mixes[position - 1 :], row.payload), fresh(b"envelope", kind, number)
    receiver = (5, NOBODY, 2**16)[number % 3]
    body = (fresh(seed, "body") * (row.payload // 8))[: row.body(position) if kind == REPLY else row.payload]
    return tuple((answered if kind == REPLY else sent)(rest, receiver, body, seed))


def envelope(row: Row, position: int, kind: bytes, number: int) -> bytes:
    """The envelope of a number for a position."""
    return way(row, position, kind, number)[0]


def of_another_kind(row: Row, position: int, kind: bytes) -> bytes:
    """An envelope that opens, and is of a kind that there is not."""
    mix, seed = row.mixes[position - 1], fresh(b"kind", kind)
    inside = kind + seed + bytes(row.header(position + 1))
    header = seal(row.suite, public(row.suite, mix.secret), about(row.suite, mix.number, mix.epoch), inside, seed)
    return header + bytes(row.body(position))


@dataclass
class Told:
    """A subject in its state, and the mix of wire.py beside it; `came` are the envelopes that both have taken."""

    net: Net
    state: Any
    node: Node
    came: list[bytes]
    number: int = 0

    def tell(self, letter: str) -> tuple[Batch, Batch]:
        """Let both have an event; what comes of it. Both refuse the same, or nothing, and a refusal changes nothing.

        `f` and `r` are new envelopes, forward and reply, a digit a copy; `d` is a dummy put in, `e` the same as before,
        `t` a tick, `k` a new key. Refused are `b` and `h`: one changed in its body or header, `x` of no kind, `o` for
        another mix, `s` and `l`: too short, too long, `m`: another body for a header taken, `w`: a dummy of another
        size, `K`: an epoch that is over.
        """
        match letter:
            case "t":
                return self.both("tick", (), None)
            case "d" | "e":
                item = dummy(self.node.row, self.node.position, fresh(b"dummy", self.number if letter == "d" else 0))
                self.number += letter == "d"
                return self.both("insert", (item,), None)
            case "w":
                return self.both("insert", (bytes(size_of(self.node.row, self.node.position + 1) + 1),), "MIX-4")
            case "k":
                key = self.node.epoch + 1, fresh(b"next", self.node.epoch)
                return self.both("rekey", key, None)
            case "K":
                return self.both("rekey", (self.node.epoch, fresh(b"old")), "REP-11")
        content = self.content(letter)
        return self.both("arrive", (content,), self.node.refusal(content))

    def both(self, event: str, given: tuple[Any, ...], clause: str | None) -> tuple[Batch, Batch]:
        """What comes of an event in both."""
        try:
            state, batch = getattr(self.net, event)(self.state, *given)
        except Reject as refusal:
            assert refusal.clause == clause
            return NOTHING, NOTHING
        assert clause is None
        self.state = state
        if event == "arrive":
            self.came.append(given[0])
        ours = getattr(self.node, event)(*given)
        return (NOTHING, NOTHING) if event == "rekey" else (batch, ours)

    def content(self, letter: str) -> bytes:
        """The bytes of what arrives."""
        if letter.isdigit() and int(letter) < len(self.came):
            return self.came[int(letter)]
        row, position = self.now(), self.node.position
        if letter == "m" and self.came:
            return self.came[-1][: row.header(position)] + envelope(row, position, REPLY, 255)[row.header(position) :]
        if letter == "x":
            return of_another_kind(row, position, b"\2")
        if letter == "o":
            other = Mix(row.mixes[position - 1].number ^ 1, self.node.epoch, self.node.secret)
            row = Row(row.suite, (*row.mixes[: position - 1], other, *row.mixes[position:]), row.payload)
        self.number += 1
        whole = envelope(row, position, REPLY if letter == "r" else FORWARD, self.number)
        if letter == "b":
            return changed(whole, len(whole) - 1 - 37 * (self.number % 3))
        if letter == "h":
            return changed(whole, (0, 40, row.header(position) - 1)[self.number % 3])
        return {"s": whole[:-1], "l": whole + b"\0"}.get(letter, whole)

    def now(self) -> Row:
        """The row with the mix's key of now."""
        row, place = self.node.row, self.node.position - 1
        mix = Mix(row.mixes[place].number, self.node.epoch, self.node.secret)
        return Row(row.suite, (*row.mixes[:place], mix, *row.mixes[place + 1 :]), row.payload)


def some_mix(net: Net, forall: Forall, rules: Sequence[Rule] = RULES, last: bool = False) -> Told:
    """A subject at a position of a row of up to three."""
    row = small_row(forall(range(1, 4), "mixes"))
    position = len(row.mixes) if last else forall(range(1, len(row.mixes) + 1), "position")
    rule, order = forall(rules, "rule"), forall(ORDERS, "order")
    return Told(net, *begun(net, row, position, rule, order, forall(Seeds(), "seed")), [])


def run(told: Told, letters: str) -> None:
    """Claim that the same comes of every event."""
    for letter in letters:
        theirs, ours = told.tell(letter)
        assert theirs == ours


# ---- what it takes ----


def _opened(net: Net, node: Any, envelope: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes] | None:
    """Header, kind, key, rest of the header, and body as it came, if the header opens."""
    relay, kit = node.relay, net.kit_of(node.relay.suite)
    cut = net.reply.header_size(kit.overhead, relay.mixes, relay.position)
    inside = kit.unseal(relay.secret, net.reply.about(relay.suite, relay.mix, relay.epoch), envelope[:cut])
    return None if inside is None else (envelope[:cut], inside[:1], inside[1:33], inside[33:], envelope[cut:])


def _held(net: Net, node: Any, envelope: bytes, header: bytes, item: bytes) -> Any:
    """The mix that has taken an envelope, and holds this."""
    relay = _with(node.relay, seen=node.relay.seen | {net.suite.sha256(header)})
    took = (*node.took, net.suite.sha256(envelope))
    return net.moved(_with(node, relay=relay, took=took), *net.waiting.hold(node.mix, item))


@fault("CAS-9", "arrive")
def TakesCopies(net: Net, node: Any, envelope: bytes) -> Any:
    """A header is taken as often as it comes."""
    return net.arrive(_with(node, relay=_with(node.relay, seen=frozenset())), envelope)


@fault("CAS-9", "arrive")
def ComparesWholeEnvelopes(net: Net, node: Any, envelope: bytes) -> Any:
    """A header may come again with another body."""
    whole = net.suite.sha256(envelope)
    if whole in node.relay.seen:
        raise Reject("REP-10", "this envelope was here before")
    after, batch = net.arrive(_with(node, relay=_with(node.relay, seen=frozenset())), envelope)
    return _with(after, relay=_with(after.relay, seen=node.relay.seen | {whole})), batch


@fault("CAS-9", "moved")
def ForgetsAtAFlush(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """Headers may come again after the mix has fired."""
    after, batch = net.moved(node, mix, leaves)
    return (_with(after, relay=_with(after.relay, seen=frozenset())) if batch.board else after), batch


@fault("CAS-9", "arrive")
def CutsWhatIsTooLong(net: Net, node: Any, envelope: bytes) -> Any:
    """An envelope that is too long loses its end, which may differ from copy to copy."""
    kit, relay = net.kit_of(node.relay.suite), node.relay
    header = net.reply.header_size(kit.overhead, relay.mixes, relay.position)
    return net.arrive(node, envelope[: header + net.reply.body_size(relay.mixes, relay.payload, relay.position)])


@fault("CAS-9", "arrive")
def TakesAnySize(net: Net, node: Any, envelope: bytes) -> Any:
    """An envelope with some bytes more or less of body is passed on as it is, and known again by its size."""
    opened = _opened(net, node, envelope)
    if opened is None or opened[1] != REPLY or len(opened[4]) < 16:
        return net.arrive(node, envelope)
    header, _, key, rest, body = opened
    return _held(net, node, envelope, header, rest + net.kit_of(node.relay.suite).mask(key, body)[:-16])


@fault("CAS-9", "arrive")
def OpensWhatWasChanged(net: Net, node: Any, envelope: bytes) -> Any:
    """The tag of a forward body is not looked at: a bit that is flipped before comes out flipped behind."""
    try:
        return net.arrive(node, envelope)
    except Reject as refusal:
        opened = _opened(net, node, envelope)
        if refusal.clause != "REP-9" or opened is None or opened[1] != FORWARD:
            raise
        header, _, key, rest, body = opened
        passed = net.kit_of(node.relay.suite).mask(key, bytes(64) + body[:-16])[64:]  # from block 1, as the cipher does
        return _held(net, node, envelope, header, rest + passed)


@fault("CAS-9", "arrive")
def TakesAnyKind(net: Net, node: Any, envelope: bytes) -> Any:
    """What is not forward is a reply."""
    try:
        return net.arrive(node, envelope)
    except Reject as refusal:
        opened = _opened(net, node, envelope)
        if refusal.clause != "REP-9" or opened is None or opened[1] == FORWARD:
            raise
        header, _, key, rest, body = opened
        return _held(net, node, envelope, header, rest + net.kit_of(node.relay.suite).mask(key, body)[:-16])


@fault("CAS-9", "arrive")
def PassesTheBodyOnAsItIs(net: Net, node: Any, envelope: bytes) -> Any:
    """Only the header loses a layer; the body leaves as it came, 16 bytes shorter."""
    net.arrive(node, envelope)  # what is refused stays refused
    opened = _opened(net, node, envelope)
    assert opened
    header, _, _, rest, body = opened
    return _held(net, node, envelope, header, rest + body[:-16])


@fault("CAS-9", "rekey")
def TakesAnyEpoch(net: Net, node: Any, epoch: int, secret: bytes) -> Any:
    """An epoch that is over may come back, and with it all headers that opened in it."""
    return net.rekey(_with(node, relay=_with(node.relay, epoch=min(node.relay.epoch, epoch - 1))), epoch, secret)


@fault("CAS-9", "rekey")
def KeepsTheOldKey(net: Net, node: Any, epoch: int, secret: bytes) -> Any:
    """Headers go on being opened with the first key."""
    net.rekey(node, epoch, secret)
    return node, None


@fault("CAS-9", "rekey")
def LosesWhatIsHeld(net: Net, node: Any, epoch: int, secret: bytes) -> Any:
    """A new key empties the mix."""
    after, nothing = net.rekey(node, epoch, secret)
    return _with(after, mix=_with(after.mix, held=())), nothing


@fault("CAS-9", "rekey")
def BeginsAnewWithAKey(net: Net, node: Any, epoch: int, secret: bytes) -> Any:
    """A new key forgets what was taken since the last flush, so that it is on no board."""
    after, nothing = net.rekey(node, epoch, secret)
    return _with(after, took=()), nothing


@law(
    "CAS-9",
    needs=("cascade.node",),
    faults=(
        TakesCopies,
        ComparesWholeEnvelopes,
        ForgetsAtAFlush,
        CutsWhatIsTooLong,
        TakesAnySize,
        OpensWhatWasChanged,
        TakesAnyKind,
        PassesTheBodyOnAsItIs,
        TakesAnyEpoch,
        KeepsTheOldKey,
        LosesWhatIsHeld,
        BeginsAnewWithAKey,
    ),
)
def an_envelope_is_opened_once_and_whole(net: Net, forall: Forall) -> None:
    """Whatever is changed, copied, of another size, key or kind is refused and changes nothing; all else is held."""
    told = some_mix(net, forall)
    run(told, forall(Schedules("ffffrrrr0011mmbhxoslKkkkddt", 8, 16), "events"))


# ---- how it waits ----


@fault("CAS-8", "arrive")
def PassesOnAtOnce(net: Net, node: Any, envelope: bytes) -> Any:
    """Every envelope leaves as soon as it has come."""
    relay, rest, body = net.reply.admit(node.relay, envelope)
    took = (*node.took, net.suite.sha256(envelope))
    mix = _with(node.mix, held=(*node.mix.held, rest + body))
    fired = _with(mix, held=mix.held[:-1], flush=mix.flush + 1)
    return net.moved(_with(node, relay=relay, took=took), fired, (rest + body,))


@fault("CAS-8", "moved")
def SendsInOrderOfArrival(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """What came first leaves first."""
    came = [*node.mix.held]
    return net.moved(node, mix, tuple(sorted(leaves, key=lambda each: came.index(each) if each in came else len(came))))


@fault("CAS-8", "moved")
def DrawsTheSameAtEachFlush(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The order is made with the draws of the first flush each time."""
    after, batch = net.moved(node, mix, leaves)
    return _with(after, mix=_with(after.mix, flush=0)), batch


@fault("CAS-8", "tick")
def HasNoClock(_net: Net, node: Any) -> Any:
    """Ticks do nothing."""
    return node, NOTHING


@fault("CAS-8", "moved")
def LosesOneOfEachBatch(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The last one of a batch does not leave."""
    return net.moved(node, mix, leaves[:-1])


@fault("CAS-8", "moved")
def SendsOneTwice(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The first one of a batch leaves with the next batch once more."""
    after, batch = net.moved(node, mix, leaves)
    return _with(after, mix=_with(after.mix, held=(*leaves[:1], *after.mix.held))), batch


@fault("CAS-8", "insert")
def HoldsEqualItemsOnce(net: Net, node: Any, item: bytes) -> Any:
    """An item that is there already is thrown away."""
    return (node, NOTHING) if item in node.mix.held else net.insert(node, item)


@fault("CAS-8", "moved")
def KeepsTheTimerOfTheFirst(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The timer runs on when the mix fires at an arrival."""
    after, batch = net.moved(node, mix, leaves)
    at_arrival = batch.board is not None and node.mix.elapsed + 1 < getattr(mix.rule, "period", 0)
    return (_with(after, mix=_with(after.mix, elapsed=node.mix.elapsed)) if at_arrival else after), batch


@fault("CAS-10", "insert")
def CountsItsDummiesAsTaken(net: Net, node: Any, item: bytes) -> Any:
    """A dummy of its own stands on the board as if it had come."""
    net.insert(node, item)  # what is refused stays refused
    return net.insert(_with(node, took=(*node.took, net.suite.sha256(item))), item)


@fault("CAS-10", "insert")
def SendsDummiesApart(net: Net, node: Any, item: bytes) -> Any:
    """A dummy leaves at once, alone."""
    net.insert(node, item)
    return net.moved(node, _with(node.mix, flush=node.mix.flush + 1), (item,))


@fault("CAS-10", "insert")
def ThrowsDummiesAway(net: Net, node: Any, item: bytes) -> Any:
    """Dummies are not held."""
    net.insert(node, item)
    return node, NOTHING


@fault("CAS-10", "insert")
def TakesDummiesOfAnySize(net: Net, node: Any, item: bytes) -> Any:
    """A dummy may be longer or shorter than an item, and is told by it."""
    return net.moved(node, *net.waiting.hold(node.mix, item))


@fault("CAS-10", "insert")
def PutsDummiesFirst(net: Net, node: Any, item: bytes) -> Any:
    """A dummy is held as the first item, not as the last."""
    net.insert(node, item)
    mix = _with(node.mix, held=(item, *node.mix.held[:-1]))
    return net.moved(node, *net.waiting.hold(mix, node.mix.held[-1] if node.mix.held else item))


@fault("CAS-11", "take_place")
def BeginsEmpty(net: Net, *given: Any) -> Any:
    """The pool is not filled."""
    node = net.take_place(*given)
    return _with(node, mix=_with(node.mix, held=()))


@fault("CAS-11", "take_place")
def FillsThePoolWithRandomBytes(net: Net, *given: Any) -> Any:
    """The pool is filled with bytes that the next mix cannot open."""
    node = net.take_place(*given)
    fake = [net.waiting.draw(node.mix.seed, "fake", 0, place, node.mix.size) for place in range(len(node.mix.held))]
    return _with(node, mix=_with(node.mix, held=tuple(fake)))


@fault("CAS-11", "take_place")
def TakesAPoolOfAnyNumber(net: Net, *given: Any) -> Any:
    """The pool may begin with fewer items than it has places, or with more."""
    *place, rule, order, pool, seed = given
    full = (*pool, *[pool[0] if pool else b""] * net.waiting.floor(rule))[: net.waiting.floor(rule)]
    try:
        node = net.take_place(*place, rule, order, full, seed)
    except Reject as refusal:
        if refusal.clause != "MIX-4" or pool:
            raise
        node = net.take_place(*place, _timed(net), order, (), seed)
        node = _with(node, mix=_with(node.mix, rule=rule))
    return _with(node, mix=_with(node.mix, held=pool))


def _timed(net: Net) -> Any:
    return next(rule for rule in RULES if rule.kind == "timed")


@fault("CAS-11", "take_place")
def TakesPoolItemsOfAnySize(net: Net, *given: Any) -> Any:
    """An item of the pool may be longer or shorter than others."""
    *place, rule, order, pool, seed = given
    if len(pool) != net.waiting.floor(rule):
        return net.take_place(*given)
    node = net.take_place(*place, _timed(net), order, (), seed)
    return _with(node, mix=_with(node.mix, rule=rule, held=pool))


@law(
    "CAS-8",
    "CAS-10",
    "CAS-11",
    needs=("cascade.node",),
    faults=(
        PassesOnAtOnce,
        SendsInOrderOfArrival,
        DrawsTheSameAtEachFlush,
        HasNoClock,
        LosesOneOfEachBatch,
        SendsOneTwice,
        HoldsEqualItemsOnce,
        CountsItsDummiesAsTaken,
        SendsDummiesApart,
        ThrowsDummiesAway,
        TakesDummiesOfAnySize,
        PutsDummiesFirst,
        BeginsEmpty,
        FillsThePoolWithRandomBytes,
    ),
)
def items_wait_and_leave_by_the_rule(net: Net, forall: Forall) -> None:
    """Items, dummies among them, are held and leave as messages of chapter mix do: when, which, in which order."""
    told = some_mix(net, forall)
    run(told, forall(Schedules("ffffrdddeewttttk", 8, 18), "events"))


@law("CAS-8", needs=("cascade.node",), faults=(HasNoClock, KeepsTheTimerOfTheFirst))
def the_timer_is_that_of_the_rule(net: Net, forall: Forall) -> None:
    """Items leave at the ticks at which chapter mix lets messages leave; a flush at an arrival restarts the timer."""
    told = some_mix(net, forall, [TIMED[0]] if forall([True, False], "by number as well") else TIMED)
    run(told, forall(Schedules("dddtttt", 10, 16), "events"))


@law(
    "CAS-11",
    needs=("cascade.node",),
    exact=True,
    proves="every kind of rule, pools of 0 to 3 items, the last one shorter, longer or neither; rows of 1 and 2",
    faults=(TakesAPoolOfAnyNumber, TakesPoolItemsOfAnySize),
)
def a_pool_is_full_of_items_or_refused(net: Net, forall: Forall) -> None:
    """A mix begins with as many items as its pool has places, all of the size of the next position, or not at all."""
    rule, row = forall(RULES, "rule"), small_row(forall(range(1, 3), "mixes"))
    places, size = getattr(rule, "pool", 0), size_of(row, 2)
    pool = [bytes([number + 1]) * size for number in range(forall(range(4), "items"))]
    more = forall([0, -1, 1], "bytes more") if pool else 0
    pool[-1:] = [pool[-1][:1] * (size + more)] if pool else []
    try:
        begun(net, row, 1, rule, "uniform", bytes(range(32)), tuple(pool))
    except Reject as refusal:
        assert (refusal.clause == "CAS-11") == (len(pool) != places) or (refusal.clause == "MIX-4" and more)
        assert len(pool) != places or more
    else:
        assert len(pool) == places
        assert not more


# ---- what leaves it, and what it publishes ----


@fault("CAS-12", "moved")
def DeliversDummies(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The last mix delivers what is for nobody too."""
    after, batch = net.moved(node, mix, leaves)
    if batch.board and node.relay.position == node.relay.mixes:
        batch = _with(batch, delivers=tuple(net.delivered(item) for item in leaves))
    return after, batch


@fault("CAS-12", "arrive")
def DropsDummiesWhenTheyCome(net: Net, node: Any, envelope: bytes) -> Any:
    """The last mix drops a dummy before it has waited with the others."""
    relay, rest, _ = net.reply.admit(node.relay, envelope)
    if relay.position == relay.mixes and rest[:4] == NOBODY.to_bytes(4):
        return _with(node, relay=relay, took=(*node.took, net.suite.sha256(envelope))), NOTHING
    return net.arrive(node, envelope)


@fault("CAS-12", "moved")
def SendsAtTheEnd(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The last mix sends items as if there were another one."""
    after, batch = net.moved(node, mix, leaves)
    return after, (_with(batch, sends=leaves, delivers=()) if batch.board else batch)


@fault("CAS-12", "moved")
def DeliversSorted(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """What is delivered stands in the order of destinations."""
    after, batch = net.moved(node, mix, leaves)
    return after, _with(batch, delivers=tuple(sorted(batch.delivers, key=lambda each: each.destination)))


@fault("CAS-12", "delivered")
def ReadsTheDestinationBackwards(net: Net, item: bytes) -> Any:
    """The destination is read in little-endian."""
    return _with(net.delivered(item), destination=int.from_bytes(item[:4], "little"))


@fault("CAS-12", "delivered")
def DeliversTheMarkWithTheBody(net: Net, item: bytes) -> Any:
    """The mark stands before the body as well."""
    return _with(net.delivered(item), body=item[4:])


def _board(batch: Any, **fields: Any) -> Any:
    return _with(batch, board=_with(batch.board, **fields)) if batch.board else batch


@fault("CAS-13", "moved")
def PublishesInOrderOfArrival(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """What it took stands on the board in the order in which it came."""
    after, batch = net.moved(node, mix, leaves)
    return after, _board(batch, took=node.took)


@fault("CAS-13", "moved")
def PublishesInOrderOfSending(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """What it lets out stands on the board in the order in which it leaves."""
    after, batch = net.moved(node, mix, leaves)
    return after, _board(batch, sent=tuple(net.suite.sha256(each) for each in leaves))


@fault("CAS-13", "moved")
def LeavesOutWhatItDrops(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """What the last mix drops is not on its board, and seems to be lost in it."""
    after, batch = net.moved(node, mix, leaves)
    if node.relay.position < node.relay.mixes:
        return after, batch
    kept = [each for each in leaves if each[:4] != NOBODY.to_bytes(4)]
    return after, _board(batch, sent=tuple(sorted(map(net.suite.sha256, kept))))


@fault("CAS-13", "moved")
def PublishesNothingOfWhatCame(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """The board does not say what it took: whatever is missing was lost before it."""
    after, batch = net.moved(node, mix, leaves)
    return after, _board(batch, took=())


@fault("CAS-13", "moved")
def PublishesAllOverAgain(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """Each board has all that was ever taken."""
    after, batch = net.moved(node, mix, leaves)
    return _with(after, took=node.took), batch


@fault("CAS-13", "moved")
def PublishesBeforeItFires(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """There is a board at each event, which tells when each envelope came."""
    after, batch = net.moved(node, mix, leaves)
    if batch.board:
        return after, batch
    return _with(after, took=()), _with(batch, board=net.Board(took=tuple(sorted(node.took)), sent=()))


@fault("CAS-13", "moved")
def IsSilentWhenNothingCame(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """A flush without anything taken has no board."""
    after, batch = net.moved(node, mix, leaves)
    return after, (batch if node.took else _with(batch, board=None))


@fault("CAS-13", "arrive")
def HashesHeadersOnly(net: Net, node: Any, envelope: bytes) -> Any:
    """Of what it took the board has the hashes of headers."""
    kit, relay = net.kit_of(node.relay.suite), node.relay
    header = envelope[: net.reply.header_size(kit.overhead, relay.mixes, relay.position)]
    relay, rest, body = net.reply.admit(relay, envelope)
    took = (*node.took, net.suite.sha256(header))
    return net.moved(_with(node, relay=relay, took=took), *net.waiting.hold(node.mix, rest + body))


@fault("CAS-13", "moved")
def ClaimsWhatItDropped(net: Net, node: Any, mix: Any, leaves: Any) -> Any:
    """One item of each batch of three or more is dropped, and on the board all the same."""
    after, batch = net.moved(node, mix, leaves)
    many = len(leaves) > 2
    return after, _with(batch, sends=batch.sends[many:], delivers=batch.delivers[many:])


@law(
    "CAS-12",
    "CAS-13",
    needs=("cascade.node",),
    faults=(
        DeliversDummies,
        DropsDummiesWhenTheyCome,
        SendsAtTheEnd,
        DeliversSorted,
        ReadsTheDestinationBackwards,
        DeliversTheMarkWithTheBody,
        PublishesInOrderOfArrival,
        PublishesInOrderOfSending,
        LeavesOutWhatItDrops,
        PublishesNothingOfWhatCame,
        PublishesAllOverAgain,
        PublishesBeforeItFires,
        IsSilentWhenNothingCame,
        HashesHeadersOnly,
        ClaimsWhatItDropped,
        CountsItsDummiesAsTaken,
        BeginsAnewWithAKey,
    ),
)
def a_board_has_what_came_and_what_left(net: Net, forall: Forall) -> None:
    """The last mix delivers what is for somebody; a board comes with each flush, hashes ascending, dropped ones too."""
    told = some_mix(net, forall, last=True)
    run(told, forall(Schedules("ffffffrrdd0bttkk", 8, 18), "events"))


@law(
    "CAS-8",
    "CAS-10",
    "CAS-11",
    needs=("cascade.node",),
    faults=(LosesOneOfEachBatch, SendsOneTwice, ThrowsDummiesAway, BeginsEmpty, LosesWhatIsHeld, PassesTheBodyOnAsItIs),
)
def nothing_is_lost_and_nothing_comes_of_itself(net: Net, forall: Forall) -> None:
    """Whatever a mix sends it was given, once for each time that it left; and the rest leaves when it is flushed."""
    row = small_row(forall(range(2, 4), "mixes"))
    rule, seed = forall([rule for rule in RULES if rule.kind == "threshold-pool"], "rule"), forall(Seeds(), "seed")
    state, node = begun(net, row, 1, rule, "uniform", seed)
    inside, left = sorted(some_pool(row, 1, rule)), list[bytes]()
    for number in range(forall(range(2, 9), "arrivals")):
        if forall(range(4), f"event {number}"):
            content = envelope(row, 1, forall([FORWARD, REPLY], f"kind {number}"), number)
            inside.append(node.inside(content) or b"")
            state, batch = net.arrive(state, content)
        else:
            inside.append(dummy(row, 1, fresh(b"in", number)))
            state, batch = net.insert(state, inside[-1])
        left += batch.sends
    state, _ = net.rekey(state, 10**6, fresh(seed, "next"))
    for _ in range(200):  # each item is still there after so many flushes with chance (2/3)^200
        if set(left) >= set(inside):
            break
        state, batch = net.insert(state, dummy(row, 1, b"to flush it"))
        left += batch.sends
    left = [each for each in left if each != dummy(row, 1, b"to flush it")]
    assert sorted(left) == sorted(inside)
