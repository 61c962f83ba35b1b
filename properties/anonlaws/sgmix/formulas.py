"""What is known of a continuous mix in the steady state: chances and bits, to 1e-9 or better.

Messages come as a Poisson process, and each is delayed by an exponential time of its own. `occupancy`, rho, is the mean
number that is held: the rate of arrivals times the mean delay. The mix is left to itself: nobody blocks arrivals, but
where it is said. Times are in mean delays.

Three observers of a message that leaves are told apart. One sees only in which order messages come and go after a
target has come (`order_only_bits`); one sees when each message comes, and when a single one leaves (`timing_bits`); one
sees when every message comes and goes (`full_observer_bits`). None of them learns more from a message itself. They
know more in that order, and so have fewer bits.

All raise ValueError, with one line, for an occupancy that is not between 0.01 and 1000.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, exp, expm1, factorial, fsum, lgamma, log, log1p, log2, sqrt

LN2 = log(2)
EULER = 0.5772156649015328606
LEAST, MOST = Fraction(1, 100), 1000


# ---- bits ----


def order_only_bits(occupancy: Fraction) -> float:
    """The entropy of which departure after its arrival is the target's: (1 + rho) log(1 + rho) - rho log rho.

    It is the j-th after the next with chance rho^j / (1 + rho)^(j+1). The same as that of a threshold pool mix with
    n = 1 and f = rho. Source: Burke 1956, that departures are as if nothing was known of what is held.
    """
    rho = _occupancy(occupancy)
    return log2(1 + rho) + rho * log1p(1 / rho) / LN2


def timing_bits(occupancy: Fraction) -> float:
    """The mean entropy of which arrival a departure is, if the times of all arrivals are known, and of it alone.

    An arrival of age t has weight e^-t, so with the departing one's own the entropy is on average, in nats,
    1 + integral over t > 0 of (e^-t - (1 - e^-t)/t exp(-rho Ein(t))) dt/t. The second part ends as slowly as
    t^-(1 + rho), and must not be cut off. For large rho about log(e rho), which is Danezis's formula. Source: the
    setting is Danezis 2004; the integral is this project's, checked against simulation and the density of the weights.
    """
    rho = _occupancy(occupancy)

    def at(u: float) -> float:
        t = exp(u)
        return exp(-t) + expm1(-t) / t * exp(-rho * ein(t))

    return (1 + _line(at, -45, 40)) / LN2


def full_observer_bits(occupancy: Fraction) -> float:
    """The mean entropy of which arrival a departure is, if the times of all arrivals and departures are known.

    With j held and equally likely to leave, what is known of each is as of any other: an arrival changes the entropy H
    by the rule of `anonlaws.mix.formulas.mixed_bits`, a departure leaves it. Balance of the means g_j over the Poisson
    distribution of j gives (rho + j) g_j = j log j - (j - 1) log(j - 1) + (j - 1) g_(j-1) + rho g_(j+1). Solved up to
    some j, with 0 and with log j + rho (above which no g_j is) in the place of the next: the truth is between the two.
    Source: the rule is Piotrowska et al. 2017 (Loopix), equation 5.
    """
    rho = _occupancy(occupancy)
    last = ceil(rho + 20 * sqrt(rho) + 40)
    while True:
        low, high = _full(rho, last, 0.0), _full(rho, last, log2(last + 1) + rho)
        if high - low < 1e-11:
            return (low + high) / 2
        last *= 2


def _full(rho: float, last: int, beyond: float) -> float:
    """The mean at departures: the sum of g_j over the chance of j - 1, if g is `beyond` after the last."""
    given, slope, rest = [0.0], [0.0], 1.0  # g_j = given + slope g_(j+1), and rest = 1 - slope
    for j in range(1, last + 1):
        step = log2(j) - ((j - 1) * log1p(-1 / j) / LN2 if j > 1 else 0.0)
        below = 1 + (j - 1) * rest if j > 1 else 1.0
        given.append((step + (j - 1) * given[-1]) / (rho + below))
        slope.append(rho / (rho + below))
        rest = below / (rho + below)
    after, parts = beyond, [beyond * _more_than(rho, last)]
    for j in range(last, 0, -1):
        after = given[j] + slope[j] * after
        parts.append(after * _poisson(rho, j - 1))
    return fsum(parts)


# ---- chances ----


def first_out(occupancy: Fraction) -> Fraction:
    """The chance that the first message to leave after the target has come is the target: 1 / (1 + rho).

    Not 1 / rho, as one may read: that is no chance below rho = 1.
    """
    _occupancy(occupancy)
    return 1 / (1 + Fraction(occupancy))


def first_out_if_blocked(occupancy: Fraction) -> float:
    """The same if the attacker lets nothing in after the target: (1 - e^-rho) / rho."""
    rho = _occupancy(occupancy)
    return -expm1(-rho) / rho


def alone(occupancy: Fraction) -> float:
    """The chance that no other message is in the mix at any time with a given one: e^-rho / (1 + rho)."""
    rho = _occupancy(occupancy)
    return exp(-rho) / (1 + rho)


def drained(occupancy: Fraction, delays: Fraction) -> float:
    """The chance that a mix is empty after nothing was let in for so many mean delays: exp(-rho e^-delays)."""
    if delays < 0:
        raise ValueError(f"nothing is blocked for {delays} mean delays")
    return exp(-_occupancy(occupancy) * exp(-float(delays)))


def through_by(hops: int, delays: Fraction) -> float:
    """The chance that `hops` mixes are passed within so many mean delays of one: Erlang, 1 - e^-x sum_(i<k) x^i/i!."""
    if hops < 1 or delays < 0:
        raise ValueError(f"{hops} mixes are not passed in {delays} mean delays")
    x = float(delays)
    return 1 - exp(-x) * fsum(x**i / factorial(i) for i in range(hops))


def next_out(first: int, left: int, arrived: int, loops: Fraction = Fraction(0)) -> tuple[Fraction, Fraction]:
    """The chances that the next departure is a given one of `first` messages, and a given one of `arrived` ones.

    Of the first, all but `left` have gone before the others came. `loops` is the rate at which the mix's own messages
    leave, in departures of one message per mean delay. With D = l + k + loops, k / (n D) and 1 / D. Source:
    Piotrowska et al. 2017 (Loopix), theorems 1 and 2, the latter as in its proof: in the statement the two are swapped.
    """
    if not 0 <= left <= first or first < 1 or arrived < 0 or loops < 0 or left + arrived == 0:
        raise ValueError(f"no message leaves of {left} out of {first}, and {arrived} others")
    whole = left + arrived + Fraction(loops)
    return Fraction(left, first) / whole, 1 / whole


# ---- integrals ----


def ein(t: float) -> float:
    """The entire exponential integral, of (1 - e^-s)/s from 0 to t >= 0: gamma + ln t + E1(t)."""
    if t < 2:
        term, total, k = t, t, 1
        while abs(term) > 1e-18 * total:
            term *= -t / (k + 1)
            k += 1
            total += term / k
        return total
    fraction = 0.0
    for k in range(60, 0, -1):  # the continued fraction of E1, from far inside
        fraction = k * k / (t + 2 * k + 1 - fraction)
    return EULER + log(t) + exp(-t) / (t + 1 - fraction)


def _line(function: Callable[[float], float], low: int, high: int) -> float:
    """The integral from low to high of what vanishes at both ends: the trapezoidal rule, in sixteenths.

    For what is analytic beside the line, as here up to pi/2, its error is exp(-pi^2/h).
    """
    return fsum(function(low + i / 16) for i in range((high - low) * 16 + 1)) / 16


# ---- parameters ----


def _occupancy(occupancy: Fraction) -> float:
    if isinstance(occupancy, float) or not LEAST <= occupancy <= MOST:
        raise ValueError(f"an occupancy is exact and from {float(LEAST)} to {MOST}, not {occupancy}")
    return float(occupancy)


def _poisson(rho: float, count: int) -> float:
    return exp(count * log(rho) - rho - lgamma(count + 1))


def _more_than(rho: float, last: int) -> float:
    """At least the chance of `last` or more: a geometric series above it."""
    return _poisson(rho, last) / (1 - rho / (last + 1))
