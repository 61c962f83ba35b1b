"""Laws of a mix: what it takes and what not, when each message leaves, and in which order."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from anonlaws.law import Forall, Integers, fault, law
from anonlaws.sgmix.wire import TOKENS, Mix, Net, Sent, ended, refused, sent, some_arrival, some_way, told
from anonspec.sgmix.model import Held, Node, Remembered, Send
from anonspec.shape import Reject

Moved = tuple[Node, tuple[Send, ...]]

# ---- what is taken ----


@fault("SGM-9", "check_time")
def LetsTimeGoBack(_net: Net, _clock: Any, _at: Any) -> None:
    """Any moment is taken for the next one."""


@fault("SGM-9", "check_time")
def TakesOneMessageAMoment(net: Net, clock: Any, at: Any) -> None:
    """What comes in the same moment as something else is refused."""
    net.check_time(clock + 1 if clock else 0, at)


@fault("SGM-9", "wait")
def NeverEndsAMoment(net: Net, node: Node, at: int) -> Moved:
    """After the end of a moment more may come in it."""
    node, sends = net.wait(node, at)
    return node.model_copy(update={"clock": at}), sends


@fault("SGM-10", "check_size")
def TakesAnySize(_net: Net, _size: int, _message: bytes) -> None:
    """Messages may have any length."""


@fault("SGM-10", "check_size")
def TakesShorterOnes(net: Net, size: int, message: bytes) -> None:
    """A message may be shorter than the others."""
    net.check_size(max(size, len(message)), message.ljust(size, b"\0"))
    if len(message) > size:
        raise Reject("SGM-10", "too long")


@fault("SGM-11", "check_window")
def NeverLooksAtTheWindow(_net: Net, _at: Any, _earliest: Any, _latest: Any) -> None:
    """Whatever comes is let in."""


@fault("SGM-11", "check_window")
def OpensTooLate(net: Net, at: Any, earliest: Any, latest: Any) -> None:
    """The first moment of a window is not in it."""
    net.check_window(at, earliest + 1, latest)


@fault("SGM-11", "check_window")
def ClosesTooEarly(net: Net, at: Any, earliest: Any, latest: Any) -> None:
    """The last moment of a window is not in it."""
    net.check_window(at, earliest, latest - 1)


@fault("SGM-11", "check_window")
def ClosesTooLate(net: Net, at: Any, earliest: Any, latest: Any) -> None:
    """The moment after a window is in it."""
    net.check_window(at, earliest, latest + 1)


@fault("SGM-11", "check_window")
def LooksAtTheEndOnly(net: Net, at: Any, _earliest: Any, latest: Any) -> None:
    """What comes too early is let in."""
    net.check_window(at, at, latest)


@fault("SGM-11", "arrive")
def LooksAtTheDeparture(net: Net, node: Node, at: int, message: bytes, delay: int, earliest: int, latest: int) -> Moved:
    """A message has to leave in its window, not to come."""
    net.check_time(node.clock, at)
    net.check_window(at + delay, earliest, latest)
    moved: Moved = net.arrive(node, at, message, delay, min(earliest, at), max(latest, at))
    return moved


@fault("SGM-12", "check_fresh")
def TakesCopies(_net: Net, _remembered: Sequence[Remembered], _at: Any, _message: Any) -> None:
    """What was taken before is not looked at."""


@fault("SGM-12", "check_fresh")
def RemembersTheLastOne(net: Net, remembered: Sequence[Remembered], at: Any, message: Any) -> None:
    """Only the last message is remembered."""
    net.check_fresh(remembered[-1:], at, message)


@fault("SGM-12", "forget")
def ForgetsTooEarly(net: Net, remembered: Sequence[Remembered], clock: Any) -> tuple[Remembered, ...]:
    """A message is forgotten at the last moment of its window."""
    kept: tuple[Remembered, ...] = net.forget(remembered, clock + 1)
    return kept


@fault("SGM-12", "pass_time")
def ForgetsWhatHasLeft(net: Net, node: Node, clock: int) -> Moved:
    """A message is remembered for as long as it is held."""
    node, sends = net.pass_time(node, clock)
    there = {one.message for one in node.held}
    return node.model_copy(update={"remembered": tuple(one for one in node.remembered if one.message in there)}), sends


@fault("SGM-12", "arrive")
def KnowsCopiesByTheirInstruction(net: Net, node: Node, at: int, message: bytes, *told: int) -> Moved:
    """The same message with another end of its window is another message."""
    others = tuple(one for one in node.remembered if one.latest != told[2])
    whole = node.model_copy(update={"remembered": tuple(one for one in node.remembered if one.latest == told[2])})
    after, sends = net.arrive(whole, at, message, *told)
    return after.model_copy(update={"remembered": (*others, *after.remembered)}), sends


# ---- what leaves, and when ----


def _delayed_by(change: Callable[[int, int], int]) -> Callable[..., Moved]:
    """A mix with a delay of its own for a message that comes at a moment with a delay."""

    def arrive(net: Net, node: Node, at: int, message: bytes, delay: int, earliest: int, latest: int) -> Moved:
        moved: Moved = net.arrive(node, at, message, change(at, delay), earliest, latest)
        return moved

    return arrive


@fault("SGM-13", "arrive")
def SendsAtOnce(*given: Any) -> Moved:
    """The delay is ignored."""
    return _delayed_by(lambda _at, _delay: 0)(*given)


@fault("SGM-13", "arrive")
def HoldsTwiceAsLong(*given: Any) -> Moved:
    """The delay is counted twice."""
    return _delayed_by(lambda _at, delay: 2 * delay)(*given)


@fault("SGM-13", "arrive")
def NeverHoldsForLong(*given: Any) -> Moved:
    """No message is held for longer than 3 microseconds."""
    return _delayed_by(lambda _at, delay: min(delay, 3))(*given)


@fault("SGM-13", "arrive")
def SendsWhenTheBellRings(*given: Any) -> Moved:
    """Messages leave at multiples of 4 microseconds."""
    return _delayed_by(lambda at, delay: -(at + delay) % 4 + delay)(*given)


@fault("SGM-13", "leave")
def WaitsForCompany(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """Nothing leaves alone."""
    left, stay = net.leave(held, clock)
    return (left, stay) if len(left) > 1 else ([], list(held))


@fault("SGM-13", "leave")
def SendsAMomentEarly(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """What is due in the next moment leaves as well."""
    return net.leave(held, clock + 1)


@fault("SGM-13", "wait")
def SendsAMomentLate(net: Net, node: Node, at: int) -> Moved:
    """At the end of a moment what is due in it stays."""
    net.check_time(node.clock, at)
    node, sends = net.pass_time(node, at)
    return node.model_copy(update={"clock": at + 1}), sends


@fault("SGM-13", "pass_time")
def TellsTheMomentOfTheEvent(net: Net, node: Node, clock: int) -> Moved:
    """What was due is said to leave when the event comes."""
    node, sends = net.pass_time(node, clock)
    return node, tuple(send.model_copy(update={"at": max(clock - 1, 0)}) for send in sends)


@fault("SGM-14", "leave")
def SendsInOrderOfArrival(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """Of two that leave together the one that came first goes first."""
    left, stay = net.leave(held, clock)
    return sorted((one for one in held if one in left), key=lambda one: one.at), stay


@fault("SGM-14", "leave")
def SendsTheLatestFirst(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """Messages go out in the wrong order of time."""
    left, stay = net.leave(held, clock)
    return left[::-1], stay


@fault("SGM-14", "leave")
def SortsAllThatGoesOut(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """What goes out at one event is sorted, whenever it left."""
    left, stay = net.leave(held, clock)
    return sorted(left, key=lambda one: one.message), stay


@fault("SGM-14", "arrive")
def SendsWithinTheMoment(net: Net, node: Node, at: int, *rest: Any) -> Moved:
    """What is due in the moment of an arrival leaves before the moment has ended."""
    node, sends = net.arrive(node, at, *rest)
    after, more = net.pass_time(node, at + 1)
    return after.model_copy(update={"clock": at, "remembered": node.remembered}), (*sends, *more)


@fault("SGM-15", "leave")
def HoldsOneForEachMoment(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """Of several messages that leave in a moment the last one is sent."""
    return net.leave(list({one.at: one for one in held}.values()), clock)


@fault("SGM-15", "leave")
def SendsTwice(net: Net, held: Sequence[Held], clock: Any) -> Any:
    """A message that was sent is sent again at the next event."""
    left, stay = net.leave(held, clock)
    return left, [*stay, *(Held(clock, one.message) for one in left if one.at != clock - 1)]


@fault("SGM-15", "pass_time")
def TidiesUp(net: Net, node: Node, clock: int) -> Moved:
    """Zeros at the end of a message are taken for padding."""
    node, sends = net.pass_time(node, clock)
    return node, tuple(send.model_copy(update={"message": send.message.rstrip(b"\0")}) for send in sends)


@fault("SGM-15", "pass_time")
def AddsADummy(net: Net, node: Node, clock: int) -> Moved:
    """A message of its own goes out beside every other one that is alone."""
    node, sends = net.pass_time(node, clock)
    dummies = (Send(at=sends[0].at, message=b"\xff" * node.size),) if len(sends) == 1 else ()
    return node, (*sends, *dummies)


@fault("SGM-15", "begin")
def BeginsWithAMessage(net: Net, size: int) -> Node:
    """Something is in the mix from the beginning."""
    node: Node = net.begin(size)
    return node.model_copy(update={"held": (Held(0, b"\1" * size),)})


# ---- the laws ----

TAKING = (
    LetsTimeGoBack,
    TakesOneMessageAMoment,
    NeverEndsAMoment,
    TakesAnySize,
    TakesShorterOnes,
    NeverLooksAtTheWindow,
    OpensTooLate,
    ClosesTooEarly,
    ClosesTooLate,
    LooksAtTheEndOnly,
    LooksAtTheDeparture,
    TakesCopies,
    RemembersTheLastOne,
    ForgetsTooEarly,
    ForgetsWhatHasLeft,
    KnowsCopiesByTheirInstruction,
)
SENDING = (
    SendsAtOnce,
    HoldsTwiceAsLong,
    NeverHoldsForLong,
    SendsWhenTheBellRings,
    WaitsForCompany,
    SendsAMomentEarly,
    SendsAMomentLate,
    TellsTheMomentOfTheEvent,
    SendsInOrderOfArrival,
    SendsTheLatestFirst,
    SortsAllThatGoesOut,
    SendsWithinTheMoment,
    HoldsOneForEachMoment,
    SendsTwice,
    TidiesUp,
    AddsADummy,
    BeginsWithAMessage,
)


@law(
    "SGM-9",
    "SGM-10",
    "SGM-11",
    "SGM-12",
    "SGM-13",
    "SGM-14",
    "SGM-15",
    needs=("sgmix.node",),
    faults=(*TAKING, *SENDING),
)
def a_mix_takes_and_sends_what_it_should(net: Net, forall: Forall) -> None:
    """Whatever comes, and whenever: only what may come is taken, and each message leaves once, at its moment."""
    node, mix = net.begin(4), Mix(4)
    went: list[Sent] = []
    for number in range(forall(range(5, 13), "events")):
        if forall([True, True, False], f"arrival {number}"):
            node, sends = told(net, node, mix, some_arrival(forall, mix, number))
        else:
            node, sends = ended(net, node, mix, max(0, mix.clock + forall([-1, 0, 0, 1, 3], f"ends {number}")))
        went += sends
    node, sends = ended(net, node, mix, mix.clock + 30)
    assert sorted(message for _, message in went + sends) == sorted(mix.taken)


@law(
    "SGM-14",
    needs=("sgmix.node",),
    faults=(SendsInOrderOfArrival, SendsWithinTheMoment, HoldsOneForEachMoment),
)
def the_order_of_arrival_in_a_moment_does_not_show(net: Net, forall: Forall) -> None:
    """Messages that come in the same moment leave alike in whichever order they came."""
    moments = [
        [(token, forall([0, 1, 2], f"delay {moment} {token.hex()}")) for token in tokens]
        for moment, tokens in enumerate((TOKENS[:3], TOKENS[3:]))
    ]

    def went(turned: int) -> list[Sent]:
        node, out = net.begin(4), []
        for moment, messages in enumerate(moments):
            for message, delay in [*messages[turned:], *messages[:turned]]:
                node, sends = net.arrive(node, moment, message, delay, 0, 9)
                out += sent(sends)
        return out + sent(net.wait(node, 9)[1])

    assert went(0) == went(forall([1, 2], "turned by"))


@law(
    "SGM-6",
    "SGM-11",
    "SGM-13",
    needs=("sgmix.plan", "sgmix.node"),
    faults=(OpensTooLate, ClosesTooEarly, NeverLooksAtTheWindow, SendsAMomentLate, HoldsTwiceAsLong),
)
def a_message_passes_every_mix_unless_it_is_held_back(net: Net, forall: Forall) -> None:
    """Over any honest links and by clocks that are off a message comes through; held back for long it does not."""
    way = some_way(forall)
    now, message = way.start, b"\0\1"
    here = forall([0, way.skew], "the sender's clock is ahead by")
    held_at = forall([0, *range(1, len(way.hops) + 1)], "held back before hop")
    for hop, one in enumerate(net.plan(*way.fields), 1):
        now += forall([way.fastest, way.slowest], f"link {hop} takes")
        if hop == held_at:
            now += hop * (way.slowest - way.fastest) + 2 * way.skew + 1
        shown = max(0, now - here + forall([0, way.skew], f"clock {hop} is ahead by"))
        node = net.begin(2)
        if hop == held_at:
            assert refused(net, node, (shown, message, one.delay, one.earliest, one.latest)) == "SGM-11"
            return
        node, _ = net.arrive(node, shown, message, one.delay, one.earliest, one.latest)
        _, sends = net.wait(node, shown + one.delay)
        assert sent(sends) == [(shown + one.delay, message)]
        now += one.delay


# ---- proofs ----


@law(
    "SGM-13",
    "SGM-14",
    "SGM-15",
    sampled=False,
    proves="up to 3 messages held, every moment, every message",
    by="a mix is a list of messages, each of which leaves or stays by itself; their order is by pairs",
    faults=(WaitsForCompany, SendsAMomentEarly, SendsInOrderOfArrival, SendsTheLatestFirst, SendsTwice),
)
def each_message_leaves_or_stays(net: Net, forall: Forall) -> None:
    """What is due before a moment leaves, in order; everything else stays; nothing is lost and nothing doubled."""
    clock = forall(Integers(0), "clock")
    held = [
        Held(forall(Integers(0), f"due {i}"), forall(Integers(0), f"message {i}"))
        for i in range(forall(range(4), "held"))
    ]
    left, stay = net.leave(held, clock)
    assert len(left) + len(stay) == len(held)
    assert all(any(one is other for other in held) for one in (*left, *stay))
    assert all(one.at < clock for one in left)
    assert all(one.at >= clock for one in stay)
    for one, other in pairwise(left):
        assert one.at <= other.at
        if one.at == other.at:
            assert one.message <= other.message


@law(
    "SGM-11",
    "SGM-12",
    sampled=False,
    proves="every window and every moment",
    by="a memory is its entries, each kept or forgotten by itself; time passes by steps",
    faults=(TakesCopies, ForgetsTooEarly, NeverLooksAtTheWindow, ClosesTooLate),
)
def a_copy_is_refused_by_memory_or_by_its_window(net: Net, forall: Forall) -> None:
    """However much is forgotten on the way, the same message with the same window is never taken again."""
    earliest, latest, message = (forall(Integers(0), name) for name in ("earliest", "latest", "message"))
    clock = forall(Integers(0), "clock")
    again = clock + forall(Integers(0), "later")
    memory = net.forget((Remembered(latest, message), Remembered(forall(Integers(0), "another's"), message + 1)), clock)
    try:
        net.check_window(again, earliest, latest)
        net.check_fresh(memory, again, message)
    except Reject as refusal:
        assert refusal.clause in ("SGM-11", "SGM-12")
    else:
        raise AssertionError("a copy is taken")


@law(
    "SGM-12",
    sampled=False,
    proves="every moment",
    faults=(ClosesTooEarly, ForgetsTooEarly),
)
def nothing_is_remembered_for_longer_than_its_window(net: Net, forall: Forall) -> None:
    """An entry of the memory is kept exactly as long as its window lets a copy in."""
    latest, clock, message = (forall(Integers(0), name) for name in ("latest", "clock", "message"))
    kept = len(net.forget((Remembered(latest, message),), clock)) == 1
    try:
        net.check_window(clock, 0, latest)
    except Reject:
        assert not kept
    else:
        assert kept
