"""What is published of batching mixes in closed form: chances and rounds as Fractions, bits as floats.

A mix is fed `new` messages before each flush, a *round*; `pool` dummies are in it from the beginning, and count as
possible origins. A flush takes its messages uniformly from all that are held, so all held messages are alike to an
observer, and what it knows of one it knows of each. The mix's own further dummies are left out here, but for
`attacker_right_...`.

All raise ValueError, with one line, for parameters outside of the model: numbers of messages or rounds that are none,
a chance that is not exact or not between 0 and 1.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, comb, exp, expm1, fsum, lgamma, log, log1p, log2, sqrt

LN2 = log(2)
POOLLESS = ("threshold", "timed", "threshold-or-timed", "threshold-and-timed")
CONSTANT_POOL = ("threshold-pool", "timed-pool")
COTTRELL = ("cottrell-r1", "cottrell-r2", "cottrell-r3", "cottrell-r4")
RULES = (*POOLLESS, *CONSTANT_POOL, *COTTRELL)
"""The rules that have closed forms under constant arrivals: all but the binomial, whose batches vary."""
ROUNDS = 1_000_000
"""The most rounds that are followed one by one."""
COINS = 10_000
"""The most coins whose fraction is written out."""
PURGED = 500
"""The most good messages of which the rounds to purge them are computed: the fraction's digits grow with the square."""


# ---- who sent it: entropy ----


def mixed_bits(before: float, new: int, kept: int) -> float:
    """The entropy in bits of where a message is from, once `new` have come to `kept` ones of entropy `before`.

    h(k/m) + (k/m) log k + (l/m) H with m = k + l, which is log m + (l/m) (H - log l). Source: Serjantov and Danezis
    2002; in this form Piotrowska et al. 2017 (Loopix), equation 5.
    """
    if new < 0 or kept < 0 or new + kept == 0:
        raise ValueError(f"a mix of {new} new and {kept} kept messages mixes none")
    held = new + kept
    return log2(held) + (kept / held * (before - log2(kept)) if kept else 0.0)


def limit_bits(new: int, kept: int) -> float:
    """What `mixed_bits` tends to if each flush keeps `kept` and `new` come: (1 + f/n) log(n + f) - (f/n) log f.

    Computed as log(n + f) + (f/n) log(1 + n/f), where nothing cancels. Source: Serjantov and Danezis 2002.
    """
    if new < 1 or kept < 0:
        raise ValueError(f"no limit is known of {new} new and {kept} kept messages a round")
    return log2(new + kept) + (kept / new * log1p(new / kept) / LN2 if kept else 0.0)


def bits_after(rule: str, new: int, pool: int, fraction: Fraction | None, rounds: int) -> tuple[float, int]:
    """The entropy in bits of a message that leaves in the given round, and how many were held at that flush.

    Its min-entropy is the log of the latter: the new ones are the likeliest, with 1/m each. Raises ValueError if
    nothing leaves in that round, as may be with a small fraction. Source: `mixed_bits`, round by round.
    """
    check(rule, new, pool, fraction)
    if not 1 <= rounds <= ROUNDS:
        raise ValueError(f"rounds are counted from 1 to {ROUNDS}, not {rounds}")
    bits, kept, leaving, held = log2(pool) if pool else 0.0, pool, 0, 0
    for _ in range(rounds):
        held = kept + new
        leaving = leaves(rule, held, pool, fraction)
        bits, kept = mixed_bits(bits, new, kept), held - leaving
    if leaving == 0:
        raise ValueError(f"nothing leaves in round {rounds}")
    return bits, held


def leaves(rule: str, held: int, pool: int, fraction: Fraction | None) -> int:
    """How many of the held messages leave at a flush.

    Source: Cottrell's rule as printed by Serjantov, Dingledine and Syverson 2002 (r1), in the Mixmaster draft (r2), in
    Mixmaster's pool.c (r3) and in Mixminion's ServerQueue.py (r4).
    """
    if rule not in COTTRELL:
        return held - (pool if rule in CONSTANT_POOL else 0)
    q = _fraction(rule, fraction)
    if rule == "cottrell-r1":
        return max(1, q.numerator * (held - pool) // q.denominator)
    return min(held - pool, max(int(rule == "cottrell-r4"), q.numerator * held // q.denominator))


def settled(rule: str, new: int, pool: int, fraction: Fraction | None = None) -> int:
    """How many messages are held at each flush in the long run, when `new` come in each round.

    It always settles. From one flush to the next the number held goes from m to m - s(m) + n, which never decreases in
    m, as s grows by at most one with m; so from the first flush, with n + f, it goes up to the least m at which s(m) is
    n, and stays. For Cottrell's r1 that is f + n/q rounded up, for the others the larger of n + f and n/q rounded up;
    where at least one message is sent (r1 and r4) and one comes, f + 1. Its excess is a pool like any other.
    """
    check(rule, new, pool, fraction)
    if rule not in COTTRELL:
        return new + pool
    if new == 1 and rule in ("cottrell-r1", "cottrell-r4"):
        return pool + 1
    enough = ceil(new / _fraction(rule, fraction))
    return pool + enough if rule == "cottrell-r1" else max(new + pool, enough)


def mean_rounds(rule: str, new: int, pool: int, fraction: Fraction | None = None) -> Fraction:
    """How many flushes a message attends on average in the long run, that of its leaving included.

    Little's law: the mean number held at a flush over the number that come in a round; 1 + f/n for a constant pool.
    """
    return Fraction(settled(rule, new, pool, fraction), new)


def under_poisson(rule: str, mean: Fraction, pool: int, fraction: Fraction | None = None) -> tuple[float, float]:
    """How many periods' ends a message is held at on average, and its mean entropy in bits when it leaves.

    For a rule that is tested at a period's end and keeps a pool, fires with more than the pool, and is fed a Poisson
    number of messages with `mean` (1 to 1000) in each period, in the steady state. The Markov chain of how many are
    kept, with their mean entropy beside it, is iterated until it stands: to about 1e-9.
    """
    check(rule, 1, pool, fraction)
    if rule in ("threshold-pool", *POOLLESS) or not 1 <= mean <= 1000:
        raise ValueError(f"not computed for rule {rule} with a mean of {mean} a period")
    coming = list(_poisson(float(mean)))
    share, bits, before = defaultdict(float, {pool: 1.0}), defaultdict(float, {pool: log2(pool)}), (0.0, 0.0)
    # of each number that may be kept: its chance, and that times the mean entropy
    while True:
        present, inside = defaultdict[int, float](float), defaultdict[int, float](float)
        for kept, p in share.items():
            for new, chance in coming:
                present[kept + new] += p * chance
                inside[kept + new] += kept * (bits[kept] - p * log2(kept)) * chance
        held_mean = left_bits = 0.0
        share, bits = defaultdict(float), defaultdict(float)
        for held, p in present.items():
            if p < 1e-18:
                continue
            mixed = p * log2(held) + inside[held] / held
            leaving = leaves(rule, held, pool, fraction) if held > pool else 0
            held_mean, left_bits = held_mean + p * held, left_bits + mixed * leaving
            share[held - leaving] += p
            bits[held - leaving] += mixed
        now = held_mean / float(mean), left_bits / float(mean)
        if max(abs(a - b) for a, b in zip(now, before, strict=True)) < 1e-11:
            return now
        before = now


def timed_alone(mean: Fraction) -> float:
    """The chance that a message is alone in the batch of a timed mix, if `mean` come in a period, a Poisson number."""
    return exp(-_mean(mean))


def timed_bits(mean: Fraction) -> float:
    """The mean entropy in bits of a timed mix without a pool for a message, if others come as a Poisson process.

    E log(1 + N), where `mean` is that of N, 0 to 10^6. Source: a message finds as many others as there are in any
    period (Slivnyak).
    """
    mean_of = _mean(mean)
    if mean_of > 10**6:
        raise ValueError(f"a mean of {mean} is more than is summed")
    return fsum(chance * log2(1 + count) for count, chance in _poisson(mean_of))


# ---- the blending attack: to be rid of the others ----


def rounds_to_purge(good: int, held: int, leaving: int) -> Fraction:
    """How many rounds it takes on average until `good` messages have left, if the attacker fills up what left.

    At each flush `leaving` of `held` messages leave, drawn uniformly. Inclusion and exclusion over which of the good
    ones are still there: sum over i >= 1 of (-1)^(i+1) C(g, i) / (1 - r_i), where r_i = C(m - i, s) / C(m, s) is the
    chance that i given ones stay. Source: the attack is that of Serjantov, Dingledine and Syverson 2002.
    """
    _attack(good, held, leaving)
    if good > PURGED:
        raise ValueError(f"exact for {PURGED} good messages or fewer, not {good}")
    terms = [(-1) ** (i + 1) * comb(good, i) / (1 - _stay(i, held, leaving)) for i in range(1, good + 1)]
    while len(terms) > 1:  # in pairs: the fractions are long, and few of them longest
        terms = [sum(terms[at : at + 2], Fraction(0)) for at in range(0, len(terms), 2)]
    return terms[0] if terms else Fraction(0)


def purged_by(rounds: int, good: int, held: int, leaving: int) -> Fraction:
    """The chance that all good messages have left after so many rounds. Source: as `rounds_to_purge`."""
    _attack(good, held, leaving)
    if rounds < 0:
        raise ValueError(f"{rounds} rounds are none")
    return sum(((-1) ** i * comb(good, i) * _stay(i, held, leaving) ** rounds for i in range(good + 1)), Fraction(0))


def rounds_for_target(threshold: int, pool: int) -> Fraction:
    """How many rounds the target takes to leave on average, once it is alone among the attacker's: (n + f) / n."""
    _pool(threshold, pool)
    return Fraction(threshold + pool, threshold)


def blending_messages(threshold: int, pool: int) -> Fraction:
    """How many messages the whole attack on a threshold pool mix costs on average: n (E1 + E2) - 1.

    E1 are the rounds to purge the pool, E2 those for the target, which is one of the n messages of its first round.
    """
    _pool(threshold, pool)
    purge = rounds_to_purge(pool, threshold + pool, threshold)
    return threshold * (purge + rounds_for_target(threshold, pool)) - 1


def least_rounds(fraction: Fraction, bits: int) -> int:
    """The first round by which a message has left but for a chance of 2^-bits, at the earliest.

    Whatever is sent into a mix by Cottrell's rule that holds 1/q messages or more, a message stays in each round with a
    chance of at least 1 - q: the least r with (1 - q)^r <= 2^-bits.
    """
    q = _chance(fraction)
    if q == 0 or bits < 0:
        raise ValueError(f"with a fraction of {fraction} there is no round after which {bits} bits are reached")
    rounds, stays = 0, Fraction(1)
    while stays * 2**bits > 1:
        rounds, stays = rounds + 1, stays * (1 - q)
    return rounds


def _stay(count: int, held: int, leaving: int) -> Fraction:
    return Fraction(comb(held - count, leaving), comb(held, leaving))


def _attack(good: int, held: int, leaving: int) -> None:
    if not 0 <= good <= held or not 1 <= leaving <= held:
        raise ValueError(f"no attack purges {good} of {held} messages of which {leaving} leave a round")


def _pool(threshold: int, pool: int) -> None:
    if threshold < 1 or pool < 0:
        raise ValueError(f"no mix has a threshold of {threshold} and a pool of {pool}")


# ---- dummies in the batch: the attacker has to guess ----


def attacker_right_constant(count: int) -> Fraction:
    """E 1/(1 + D), the chance to pick the target among it and D dummies, for D = `count`."""
    if count < 0:
        raise ValueError(f"{count} dummies are none")
    return Fraction(1, 1 + count)


def attacker_right_binomial(trials: int, chance: Fraction) -> Fraction:
    """E 1/(1 + D), for as many dummies as `trials` coins of `chance` show: (1 - (1 - q)^(k+1)) / ((k + 1) q)."""
    q = _chance(chance)
    if not 0 <= trials <= COINS:
        raise ValueError(f"coins are counted from 0 to {COINS}, not {trials}")
    return (1 - (1 - q) ** (trials + 1)) / ((trials + 1) * q) if q else Fraction(1)


def attacker_right_poisson(mean: Fraction) -> float:
    """E 1/(1 + D), for a Poisson number of dummies: (1 - e^-v) / v."""
    v = _mean(mean)
    return -expm1(-v) / v if v else 1.0


def attacker_right_geometric(again: Fraction) -> float:
    """E 1/(1 + D), if one more dummy is added with chance p until that fails: -(1 - p) ln(1 - p) / p.

    Mixmaster's rule, with p = 1/10 by default. p is below 1, and is not the mean, which is p / (1 - p).
    """
    p = _chance(again)
    if p == 1:
        raise ValueError("a chance of 1 to continue never ends")
    if not float(p):
        return 1.0
    return -float(1 - p) * (log1p(-float(p)) if p < Fraction(1, 2) else log(1 - p)) / float(p)


def heartbeats_missed(batch: int, own: int, dropped: int) -> Fraction:
    """The chance that none of a mix's `own` messages is among `dropped` ones of a batch: C(N - r, b) / C(N, b).

    Source: Danezis and Sassaman 2003.
    """
    if not 0 <= own <= batch or not 0 <= dropped <= batch:
        raise ValueError(f"a batch of {batch} has not {own} of the mix's own and {dropped} that were dropped")
    return Fraction(comb(batch - own, dropped), comb(batch, dropped))


# ---- the binomial mix: how many are held is hidden ----


def held_given_sent(sent: int, chances: Sequence[Fraction]) -> dict[int, Fraction]:
    """The posterior of how many a binomial mix holds that sent so many, all numbers up to the last equally likely.

    `chances[m]` is the chance of each of m held messages to leave. Source: Diaz and Serjantov 2003.
    """
    weights = {
        held: comb(held, sent) * _chance(p) ** sent * (1 - p) ** (held - sent)
        for held, p in enumerate(chances)
        if held >= sent >= 0
    }
    if not (whole := sum(weights.values(), Fraction(0))):
        raise ValueError(f"{sent} messages are never sent")
    return {held: weight / whole for held, weight in weights.items() if weight}


# ---- parameters ----


def check(rule: str, new: int, pool: int, fraction: Fraction | None) -> None:
    """Raises ValueError unless the rule is one that has closed forms, and these are its parameters."""
    if rule not in RULES:
        raise ValueError(f"no closed form is known of rule {rule!r}; there are: {', '.join(RULES)}")
    if new < 1:
        raise ValueError(f"at least one message comes in a round, not {new}")
    if rule in POOLLESS and pool != 0:
        raise ValueError(f"rule {rule} keeps no pool")
    if rule not in POOLLESS and pool < 1:
        raise ValueError(f"rule {rule} keeps a pool of at least 1, not {pool}")
    if rule in COTTRELL:
        _fraction(rule, fraction)
    elif fraction is not None:
        raise ValueError(f"rule {rule} has no fraction")


def _fraction(rule: str, fraction: Fraction | None) -> Fraction:
    if fraction is None:
        raise ValueError(f"rule {rule} needs a fraction")
    if isinstance(fraction, float) or not 0 < fraction <= 1:
        raise ValueError(f"a fraction is exact, above 0 and at most 1, not {fraction}")
    if rule == "cottrell-r3" and 100 % Fraction(fraction).denominator:
        raise ValueError(f"rule {rule} has a whole number of percent, not {fraction}")
    return Fraction(fraction)


def _chance(chance: Fraction) -> Fraction:
    if isinstance(chance, float) or not 0 <= chance <= 1:
        raise ValueError(f"a chance is exact, at least 0 and at most 1, not {chance}")
    return Fraction(chance)


def _mean(mean: Fraction) -> float:
    if mean < 0:
        raise ValueError(f"a mean number is not negative, as {mean} is")
    return float(mean)


def _poisson(mean: float) -> Iterator[tuple[int, float]]:
    """The numbers that matter to 1e-15, with their chances."""
    if mean == 0:
        yield 0, 1.0
        return
    reach = 10 * sqrt(mean) + 40
    for count in range(max(0, int(mean - reach)), int(mean + reach) + 1):
        yield count, exp(count * log(mean) - mean - lgamma(count + 1))
