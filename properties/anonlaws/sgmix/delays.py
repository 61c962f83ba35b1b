"""Laws of a single delay: where it is drawn from, the map from bytes to microseconds, and that it has no memory."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import log
from typing import Any

from anonlaws.law import Forall, Integers, Seeds, assume, fault, law
from anonlaws.sgmix.wire import HARD, MEANS, Net, delayed, drawn, some_draw

# ---- draws ----


@fault("SGM-1", "draw")
def DrawsOnceForAllHops(net: Net, seed: bytes, number: int, _hop: int) -> bytes:
    """A message has one draw for the whole route."""
    data: bytes = net.draw(seed, number, 1)
    return data


@fault("SGM-1", "draw")
def DrawsOnceForAllMessages(net: Net, seed: bytes, _number: int, hop: int) -> bytes:
    """All messages have the same draws."""
    data: bytes = net.draw(seed, 0, hop)
    return data


@fault("SGM-1", "draw")
def CountsHopsFromZero(net: Net, seed: bytes, number: int, hop: int) -> bytes:
    """The first hop is called 0 in the label."""
    data: bytes = net.draw(seed, number, hop - 1)
    return data


@law("SGM-1", needs=("sgmix.delay",), faults=(DrawsOnceForAllHops, DrawsOnceForAllMessages, CountsHopsFromZero))
def a_draw_is_what_its_label_says(net: Net, forall: Forall) -> None:
    """A labelled draw is the first eight bytes of SHAKE256 of seed and label."""
    seed = forall(Seeds(), "seed")
    number, hop = forall([1, 255, 256, 2**53 - 1], "number"), forall([2, 3, 257, 2**32 - 1], "hop")
    assert net.draw(seed, number, hop) == drawn(seed, number, hop)


# ---- from bytes to microseconds ----


@fault("SGM-2", "delay")
def TakesTheMeanForARate(net: Net, data: bytes, mean: int) -> int:
    """The mean is handed to a function that wants so many a second."""
    delay: int = net.delay(data, max(1, 10**6 // mean))
    return delay


@fault("SGM-2", "delay")
def TakesTheBinaryLogarithm(net: Net, data: bytes, mean: int) -> int:
    """The logarithm is left as it is, to the base 2."""
    return int(mean * net.lifetime(data) * 2**64 // net.LN2 >> 56)


@fault("SGM-2", "delay")
def UsesFloatingPoint(_net: Net, data: bytes, mean: int) -> int:
    """The logarithm is that of the machine, and off in the last digit."""
    return int(-mean * log((int.from_bytes(data) + 1) / 2**64))


@fault("SGM-2", "delay")
def RoundsUp(net: Net, data: bytes, mean: int) -> int:
    """A part of a microsecond counts as a whole one."""
    return int(-(-mean * net.lifetime(data) >> 56))


@fault("SGM-2", "delay")
def ReadsTheLastByteFirst(net: Net, data: bytes, mean: int) -> int:
    """The draw is read as a little-endian integer."""
    delay: int = net.delay(data[::-1], mean)
    return delay


@fault("SGM-2", "delay")
def TakesTheOtherEnd(net: Net, data: bytes, mean: int) -> int:
    """The logarithm of one minus the number: as good a law, but another delay."""
    delay: int = net.delay(bytes(255 - byte for byte in data), mean)
    return delay


@fault("SGM-2", "delay")
def AlwaysWaitsTheMean(_net: Net, _data: bytes, mean: int) -> int:
    """Every message is held for just as long."""
    return mean


@fault("SGM-2", "delay")
def SpreadsEvenly(_net: Net, data: bytes, mean: int) -> int:
    """Delays are spread evenly from nothing to twice the mean."""
    return 2 * mean * (2**64 - 1 - int.from_bytes(data)) >> 64


@fault("SGM-2", "delay")
def CountsInTenths(net: Net, data: bytes, mean: int) -> int:
    """Delays are rounded down to a multiple of a tenth of the mean."""
    step = max(1, mean // 10)
    return int(net.delay(data, mean)) // step * step


@fault("SGM-2", "square")
def KeepsHalfTheDigits(net: Net, m: Any) -> tuple[int, Any]:
    """Of each square 32 binary digits are kept."""
    digit, rest = net.square(m)
    return digit, rest // 2**32 * 2**32


@fault("SGM-2", "square")
def ForgetsToHalve(_net: Net, m: Any) -> tuple[int, Any]:
    """After a digit of 1 the square stays as large as it is, and its first digit is lost."""
    product = m * m
    return (1 if product >= 2**127 else 0), product // 2**63 % 2**64


@fault("SGM-2", "square")
def TurnsTheDigitsOver(net: Net, m: Any) -> tuple[int, Any]:
    """Each digit of the logarithm is the other one."""
    digit, rest = net.square(m)
    return 1 - digit, rest


@fault("SGM-2", "square")
def ComparesAtTheWrongPlace(_net: Net, m: Any) -> tuple[int, Any]:
    """The digit is 1 as soon as the square has 127 binary digits, which it always has."""
    product = m * m
    digit = 1 if product >= 2**126 else 0
    return digit, product // 2 ** (63 + digit)


WRONG_MAPS = (
    TakesTheMeanForARate,
    TakesTheBinaryLogarithm,
    ReadsTheLastByteFirst,
    TakesTheOtherEnd,
    AlwaysWaitsTheMean,
    SpreadsEvenly,
    TurnsTheDigitsOver,
)


@law(
    "SGM-2",
    needs=("sgmix.delay",),
    faults=(*WRONG_MAPS, UsesFloatingPoint, RoundsUp, CountsInTenths, KeepsHalfTheDigits),
)
def a_delay_is_what_its_draw_says(net: Net, forall: Forall) -> None:
    """The map from eight bytes to microseconds, to the last unit."""
    data, mean = some_draw(forall, "draw"), forall(MEANS, "mean")
    assert net.delay(data, mean) == delayed(data, mean)


EDGES = sorted({2**power + off for power in range(0, 65, 4) for off in (-2, -1, 0)} - {-1, 2**64})


@law(
    "SGM-2",
    needs=("sgmix.delay",),
    exact=True,
    proves="draws beside powers of 16, the ends and what is hard in floating point; four means up to 2^40",
    faults=(TakesTheMeanForARate, TakesTheBinaryLogarithm, RoundsUp, SpreadsEvenly, ForgetsToHalve),
    source="the logarithm is decimal's, which is rounded correctly",
)
def a_delay_is_the_logarithm_to_within_a_microsecond(net: Net, forall: Forall) -> None:
    """A delay is mean times minus the logarithm of the uniform number: hardly above it, and less than 1 below."""
    u, mean = forall([*EDGES, *HARD[2:]], "draw"), forall([1, 1000, 10**6, 2**40], "mean")
    with localcontext(prec=60):
        t = Fraction(Decimal(2**64).ln() - Decimal(u + 1).ln())
    delay = net.delay(u.to_bytes(8), mean)
    assert mean * (t - Fraction(1, 2**55)) - 1 < delay <= mean * (t + Fraction(1, 2**56))


@law("SGM-2", needs=("sgmix.delay",), faults=(ReadsTheLastByteFirst, TakesTheOtherEnd, TurnsTheDigitsOver))
def a_smaller_draw_never_gives_a_shorter_delay(net: Net, forall: Forall) -> None:
    """Delays fall, or stay, as the draw rises: near to each other and far."""
    u = int.from_bytes(some_draw(forall, "draw"))
    more = forall([1, 2, 256, 2**40, 2**63], "more") + forall(range(3), "and")
    assume(u + more < 2**64)
    mean = forall([10**6, 2**40], "mean")
    assert net.delay(u.to_bytes(8), mean) >= net.delay((u + more).to_bytes(8), mean)


@law(
    "SGM-2",
    sampled=False,
    proves="every m from 2^63 up to 2^64 - 1",
    by="the logarithm is its digits, one squaring for each: what a step loses counts half as much as a step before it",
    faults=(KeepsHalfTheDigits, ForgetsToHalve, TurnsTheDigitsOver, ComparesAtTheWrongPlace),
)
def each_squaring_yields_one_digit(net: Net, forall: Forall) -> None:
    """The square is 2^digit times what is left, from 1 up to 2 again, and less than one unit is lost."""
    m = forall(Integers(2**63, 2**64 - 1), "m")
    digit, rest = net.square(m)
    assert (rest >= 2**63) & (rest < 2**64)
    unit = 2 ** (63 + digit)
    assert (rest * unit <= m * m) & (m * m < (rest + 1) * unit)


@law(
    "SGM-2",
    sampled=False,
    proves="every two m from 2^63 up to 2^64 - 1",
    by="two numbers whose first different digit is in this order are in this order",
    faults=(TurnsTheDigitsOver,),
)
def squaring_keeps_the_order(net: Net, forall: Forall) -> None:
    """Of two numbers the larger has the larger digit; or the same, and no less left for the digits to come."""
    less, more = forall(Integers(2**63, 2**64 - 1), "less"), forall(Integers(0), "more")
    assume(less + more < 2**64)
    (digit, rest), (other, left) = net.square(less), net.square(less + more)
    assert digit <= other
    if digit == other:
        assert rest <= left


# ---- without a memory ----


def survival(net: Net, mean: int) -> Callable[[int], Fraction]:
    """The chance that a delay of the implementation is so long or longer, exactly, where delays fall as draws rise."""

    @cache
    def longer(span: int) -> Fraction:
        if net.delay(bytes(8), mean) < span:
            return Fraction(0)
        enough, short = 0, 2**64  # the greatest draw known to be enough, the least known not to be
        while short - enough > 1:
            half = (enough + short) // 2
            enough, short = (half, short) if net.delay(half.to_bytes(8), mean) >= span else (enough, half)
        return Fraction(short, 2**64)

    return longer


@law(
    "SGM-2",
    "SGM-3",
    needs=("sgmix.delay",),
    exact=True,
    proves="means of 7 and of 10^6, six pairs of spans each; of all 2^64 draws",
    faults=(TakesTheMeanForARate, TakesTheBinaryLogarithm, AlwaysWaitsTheMean, SpreadsEvenly, RoundsUp),
    source="Feller: the exponential law has no memory, nor its floor, which is geometric",
)
def delays_have_no_memory(net: Net, forall: Forall) -> None:
    """Who has waited s will wait t more as often as who has just come, to one in 2^52; and e^-t/mean as often."""
    mean = forall([7, 10**6], "mean")
    longer = survival(net, mean)
    s, t = forall([(1, 1), (1, 5), (2, 9), (3, 3), (4, 30), (20, 20)], "spans in tenths of the mean")
    s, t = max(1, s * mean // 10), max(1, t * mean // 10)
    assert abs(longer(s + t) - longer(s) * longer(t)) < Fraction(1, 2**52)
    with localcontext(prec=60):
        expected = Fraction((-Decimal(t) / mean).exp())
    assert abs(longer(t) - expected) < expected / 2**54 + Fraction(1, 2**63)
