"""Stop-and-go mixes, chapter sgmix: a sender's delays and windows, a mix that keeps to them, what a watcher learns.

Every function is pure: seeds and times are arguments. Times are microseconds, whole numbers or a solver's terms. It is
not a mix: nothing is sealed, sent or waited for.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from anonref import suite
from anonref.mix import with_hash, without_hash
from anonspec.sgmix.model import Held, Hop, Instruction, Node, Remembered, Send
from anonspec.shape import Reject

PLACES = 56
"""Binary places of a logarithm."""

LN2 = 0xB17217F7D1CF79AB
"""The natural logarithm of 2 in 64 binary places."""

LAST = 2**53 - 1
"""The last moment of the clock."""

# ---- a delay ----


def draw(seed: bytes, number: int, hop: int) -> bytes:
    """The 8 bytes that a message's delay at a hop, counted from 1, is made of. SGM-1"""
    return suite.shake256(seed + b"\0delay" + number.to_bytes(8) + hop.to_bytes(4), 8)


def square(m: Any) -> tuple[int, Any]:
    """The next binary digit of the logarithm of m / 2^63, from 1 up to 2, and what the other digits are of. SGM-2"""
    product = m * m
    digit = 1 if product >= 2**127 else 0
    return digit, product // 2 ** (63 + digit)


def lifetime(data: bytes) -> int:
    """Minus the natural logarithm of the draw plus one, divided by 2^64; in 56 binary places. SGM-2"""
    drawn = int.from_bytes(data) + 1
    digits = drawn.bit_length()
    m, fraction = (drawn << 64) >> digits, 0
    for _ in range(PLACES):
        digit, m = square(m)
        fraction = 2 * fraction + digit
    return (((65 - digits) << PLACES) - fraction) * LN2 >> 64


def delay(data: bytes, mean: int) -> int:
    """The delay that a draw of 8 bytes makes for a mean, both in microseconds. SGM-2"""
    return mean * lifetime(data) >> PLACES


# ---- a plan ----


def check_hop(hop: Hop, occupancy: int) -> None:
    """Refuse a hop at which a message would be among too few others. SGM-4"""
    if hop.mean < occupancy * hop.gap:
        raise Reject("SGM-4", f"with a mean of {hop.mean} fewer than {occupancy} others are there on average")


def check_links(fastest: int, slowest: int) -> None:
    """Refuse bounds that no time on a link is within. SGM-5"""
    if fastest > slowest:
        raise Reject("SGM-5", f"nothing takes at least {fastest} and at most {slowest}")


def delays(seed: bytes, number: int, means: Sequence[int]) -> list[int]:
    """A message's delays, as they are drawn. SGM-1, SGM-3"""
    return [delay(draw(seed, number, hop), mean) for hop, mean in enumerate(means, 1)]


def travel(soonest: Any, last: Any, waited: Any, fastest: Any, slowest: Any) -> tuple[Any, Any]:
    """When a message gets to the next hop at the soonest and at the latest, having waited at this one. SGM-6"""
    return soonest + waited + fastest, last + waited + slowest


def window(soonest: Any, last: Any, skew: Any) -> tuple[Any, Any]:
    """The same by any clock that may be off by the skew, but begins at 0. SGM-6"""
    return max(0, soonest - skew), last + skew


def plan(
    seed: bytes, number: int, start: int, hops: Sequence[Hop], occupancy: int, fastest: int, slowest: int, skew: int
) -> tuple[Instruction, ...]:
    """What each hop is told, in their order. SGM-3, SGM-6, SGM-7"""
    check_links(fastest, slowest)
    for hop in hops:
        check_hop(hop, occupancy)
    waits = delays(seed, number, [hop.mean for hop in hops])
    soonest = last = start
    windows = []
    for waited in [0, *waits[:-1]]:
        soonest, last = travel(soonest, last, waited, fastest, slowest)
        windows.append(window(soonest, last, skew))
    check_end(windows[-1][1] + waits[-1])
    return tuple(
        Instruction(delay=waited, earliest=earliest, latest=latest)
        for waited, (earliest, latest) in zip(waits, windows, strict=True)
    )


def check_end(moment: int) -> None:
    """Refuse a plan that may go on after the last moment of the clock. SGM-8"""
    if moment > LAST:
        raise Reject("SGM-8", f"{moment} is after the last moment of the clock")


# ---- a mix ----


def check_time(clock: Any, at: Any) -> None:
    """Refuse a moment that is over. SGM-9"""
    if at < clock:
        raise Reject("SGM-9", f"moment {at} is over")


def check_size(size: int, message: bytes) -> None:
    """Refuse a message of another length. SGM-10"""
    if len(message) != size:
        raise Reject("SGM-10", f"a message has {size} bytes, not {len(message)}")


def check_window(at: Any, earliest: Any, latest: Any) -> None:
    """Refuse a message that comes too early or too late. SGM-11"""
    if not earliest <= at or not at <= latest:
        raise Reject("SGM-11", f"moment {at} is not within {earliest} and {latest}")


def check_fresh(remembered: Sequence[Remembered], at: Any, message: Any) -> None:
    """Refuse a message that was taken before and whose window is not over. SGM-12"""
    if any(at <= one.latest and one.message == message for one in remembered):
        raise Reject("SGM-12", "this message was taken before")


def forget(remembered: Sequence[Remembered], clock: Any) -> tuple[Remembered, ...]:
    """What is still to be remembered: all whose windows are not over. SGM-12"""
    return tuple(one for one in remembered if one.latest >= clock)


def leave(held: Sequence[Held], clock: Any) -> tuple[list[Held], list[Held]]:
    """What leaves before a moment, in the order in which it does, and what stays. SGM-13, SGM-14, SGM-15"""
    return sorted(one for one in held if one.at < clock), [one for one in held if not one.at < clock]


def begin(size: int) -> Node:
    """A mix that holds nothing, at moment 0."""
    return Node(size=size, clock=0, held=(), remembered=())


def pass_time(node: Node, clock: int) -> tuple[Node, tuple[Send, ...]]:
    """Let all moments before `clock` be over. SGM-13, SGM-15"""
    left, stay = leave(node.held, clock)
    after = {"clock": clock, "held": tuple(stay), "remembered": forget(node.remembered, clock)}
    return node.model_copy(update=after), tuple(Send(at=one.at, message=one.message) for one in left)


def arrive(
    node: Node, at: int, message: bytes, delay: int, earliest: int, latest: int
) -> tuple[Node, tuple[Send, ...]]:
    """Take a message; what left before it came goes out. SGM-9, SGM-10, SGM-11, SGM-12, SGM-13"""
    check_time(node.clock, at)
    check_size(node.size, message)
    check_window(at, earliest, latest)
    check_fresh(node.remembered, at, message)
    node, sends = pass_time(node, at)
    taken = {
        "held": (*node.held, Held(at + delay, message)),
        "remembered": (*node.remembered, Remembered(latest, message)),
    }
    return node.model_copy(update=taken), sends


def wait(node: Node, at: int) -> tuple[Node, tuple[Send, ...]]:
    """Let a moment, and all before it, be over. SGM-9, SGM-13"""
    check_time(node.clock, at)
    return pass_time(node, at + 1)


# ---- a mix that is interrupted ----


def record(node: Node) -> str:
    """The whole state as text. SGM-16"""
    return with_hash(node.model_dump_json())


def write_down(node: Node) -> tuple[Node, str]:
    """Give a record of the state, and go on. SGM-16"""
    return node, record(node)


def resume(record: str) -> Node:
    """Go on from a record. SGM-16, SGM-17"""
    text = without_hash(record)
    if text is None:
        raise Reject("SGM-17", "this is not a record as it was written")
    return Node.model_validate_json(text)


def restart(node: Node) -> tuple[Node, None]:
    """Write everything down, forget it, and go on from the record. SGM-16"""
    return resume(record(node)), None


# ---- what a watcher learns ----


def share(held: int) -> Fraction:
    """The chance of each of so many messages to be the next one that leaves. SGM-18"""
    return Fraction(1, held)


def origin(events: Sequence[str]) -> tuple[Fraction, ...]:
    """Of each arrival the chance that it is the last departure. SGM-18, SGM-19"""
    there: list[Fraction] = []
    held, last = 0, None
    for event in events:
        if event == "arrival":
            there.append(Fraction(1))
            held += 1
            continue
        if held == 0:
            raise Reject("SGM-19", "something leaves a mix that is empty")
        last = [chance * share(held) for chance in there]
        there = [chance - left for chance, left in zip(there, last, strict=True)]
        held -= 1
    if last is None:
        raise Reject("SGM-19", "nothing leaves")
    return (*last, *[Fraction(0)] * (len(there) - len(last)))
