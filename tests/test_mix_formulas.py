"""Closed forms of batching and continuous mixes against enumeration, exact chains and published numbers."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import exp, factorial, gamma, log, log2, sqrt
from statistics import NormalDist
from typing import Any

import pytest

from anonlaws.chance import Choose, Done, distribution, expected_steps
from anonlaws.mix import formulas as mixes
from anonlaws.sgmix import formulas as continuous

F = Fraction
RATE = F(65, 100)


def entropy(chances: Sequence[Fraction]) -> float:
    return -sum(float(p) * log2(p) for p in chances if p)


# ---- pool mixes: the entropy of where a message is from ----


def origins(pool: int, batches: Sequence[tuple[int, int]]) -> dict[int, Fraction]:
    """Where a message of the last batch is from, by enumeration of all that may have been kept.

    `batches` are, for each flush, how many come before it and how many leave; messages are numbered, dummies first.
    """
    held: dict[frozenset[int], Fraction] = {frozenset(range(pool)): F(1)}
    number, found = pool, defaultdict[int, Fraction](Fraction)
    for place, (new, leaving) in enumerate(batches):
        kept = defaultdict[frozenset[int], Fraction](Fraction)
        for before, p in held.items():
            whole = before | frozenset(range(number, number + new))
            ways = list(combinations(sorted(whole), leaving))
            for batch in ways:
                kept[whole - set(batch)] += p / len(ways)
                if place == len(batches) - 1:
                    found[batch[0]] += 0
                    for message in batch:
                        found[message] += p / len(ways) / leaving
        number, held = number + new, kept
    return found


@pytest.mark.parametrize(
    ("pool", "batches"),
    [
        (1, [(1, 1)] * 5),
        (2, [(1, 1)] * 4),
        (1, [(2, 2)] * 4),
        (3, [(2, 2)] * 3),
        (2, [(3, 3)] * 3),
        (1, [(1, 1), (2, 2), (1, 1)]),
        (2, [(2, 1), (3, 2), (2, 3), (1, 1)]),
        (4, [(2, 3), (0, 1), (3, 2)]),
        (0, [(3, 3), (4, 2), (1, 2)]),
    ],
)
def test_the_recursion_is_that_of_enumeration(pool: int, batches: list[tuple[int, int]]) -> None:
    bits, kept = log2(pool) if pool else 0.0, pool
    for new, leaving in batches:
        bits, kept = mixes.mixed_bits(bits, new, kept), kept + new - leaving
    found = origins(pool, batches)
    assert sum(found.values()) == 1
    assert bits == pytest.approx(entropy(list(found.values())), abs=1e-12)
    if batches[-1][0]:
        assert max(found.values()) == F(1, kept + batches[-1][1])


def test_the_published_form_of_the_recursion() -> None:
    for new, kept in product(range(1, 6), range(1, 6)):
        x = new / (new + kept)
        mixture = entropy([F(new, new + kept), F(kept, new + kept)])
        assert mixes.mixed_bits(3.5, new, kept) == pytest.approx(mixture + x * log2(new) + (1 - x) * 3.5, abs=1e-13)


@pytest.mark.parametrize(
    ("pool", "arrivals", "bits"),
    [
        (1, [1, 2, 1], 1.95914791702724),
        (2, [1, 2, 1], 2.44661666762825),
        (2, [2, 1, 2], 2.62581458369391),
        (1, [3, 1, 2, 1], 2.12581458369391),
        (3, [1, 1, 2], 2.75771746913015),
    ],
)
def test_timed_pools_with_these_arrivals(pool: int, arrivals: list[int], bits: float) -> None:
    now = log2(pool)
    for new in arrivals:
        now = mixes.mixed_bits(now, new, pool)
    assert now == pytest.approx(bits, abs=1e-12)
    by_round = [F(1, arrivals[-1] + pool)]  # of each message, the last round first
    for new in reversed(arrivals[:-1]):
        by_round.append(by_round[-1] * F(pool, new + pool))
    every = [p for p, new in zip(by_round, reversed(arrivals), strict=True) for _ in range(new)]
    assert now == pytest.approx(entropy([*every, *[(1 - sum(every, F(0))) / pool] * pool]), abs=1e-12)


@pytest.mark.parametrize(
    ("new", "pool", "limit", "size", "least", "after"),
    [
        (1, 1, 2, 4, 1, (1, 1.9375, 1.99999809265)),
        (2, 1, 2.3774437510817, 5.19615242271, 1.58496250072, (1.58496250072, 2.36766003194, 2.37744375040)),
    ],
)
def test_pool_mixes_in_the_limit_and_before(
    new: int, pool: int, limit: float, size: float, least: float, after: tuple[float, ...]
) -> None:
    bits = mixes.limit_bits(new, pool)
    assert bits == pytest.approx(limit, abs=1e-12)
    assert bits == pytest.approx((1 + pool / new) * log2(new + pool) - pool / new * log2(pool), abs=1e-12)
    assert 2**bits == pytest.approx(size, abs=1e-10)
    for rule, rounds in product(("threshold-pool", "timed-pool"), (1, 5, 20, 500)):
        found, held = mixes.bits_after(rule, new, pool, None, rounds)
        assert log2(held) == pytest.approx(least, abs=1e-11)
        expected = dict(zip((1, 5, 20), after, strict=True)).get(rounds, bits)
        assert found == pytest.approx(expected, abs=1e-10)


def test_a_pool_of_thirty_times_the_batch_buys_three_bits() -> None:
    gained = [(mixes.limit_bits(10, pool) - log2(10), float(mixes.mean_rounds("timed-pool", 10, pool)) - 1)
              for pool in (1, 10, 30)]  # fmt: skip
    assert gained == [pytest.approx(each, abs=5e-3) for each in ((0.48, 0.1), (2, 1), (3.25, 3))]


def test_without_a_pool_the_batch_is_the_set() -> None:
    for rule, new in product(mixes.POOLLESS, (1, 2, 10, 10**9)):
        assert mixes.limit_bits(new, mixes.settled(rule, new, 0) - new) == log2(new)
        assert mixes.bits_after(rule, new, 0, None, 3) == (log2(new), new)
        assert mixes.mean_rounds(rule, new, 0) == 1


def test_nothing_is_lost_in_rounding_where_the_pool_is_large() -> None:
    """(1 + f/n) log(n + f) - (f/n) log f would cancel in nine digits."""
    assert mixes.limit_bits(1, 10**9) == pytest.approx(log2(10**9) + 1 / log(2), abs=1e-8)


TIMED = [
    (F(1, 2), 0.452819252927, 0.786938680575),
    (F(1), 0.827245389153, 0.632120558829),
    (F(2), 1.410953067993, 0.432332358382),
    (F(5), 2.472931661768, 0.198652410600),
    (F(10), 3.395421038974, 0.0999954600070),
    (F(100), 6.651081810014, 0.01),
]


@pytest.mark.parametrize(("mean", "bits", "right"), TIMED)
def test_timed_mixes_with_poisson_arrivals(mean: Fraction, bits: float, right: float) -> None:
    assert mixes.timed_bits(mean) == pytest.approx(bits, abs=1e-12)
    assert mixes.attacker_right_poisson(mean) == pytest.approx(right, abs=1e-12)
    assert mixes.timed_alone(mean) == pytest.approx(exp(-mean), rel=1e-12)


# ---- Cottrell's rules ----

HELD = [46, 47, 50, 60, 80, 100, 129, 130, 200, 500, 1000]
SENT = [1, 1, 3, 9, 22, 35, 54, 55, 100, 295, 620], [1, 2, 5, 15, 35, 55, 83, 84, 130, 325, 650]


def test_the_four_rules_send_what_their_sources_say() -> None:
    assert [mixes.leaves("cottrell-r1", held, 45, RATE) for held in HELD] == SENT[0]
    for rule in mixes.COTTRELL[1:]:
        assert [mixes.leaves(rule, held, 45, RATE) for held in HELD] == SENT[1]
    assert mixes.leaves("cottrell-r3", 19, 5, F(1, 20)) == 0
    assert mixes.leaves("cottrell-r4", 19, 5, F(1, 20)) == 1


SETTINGS = [
    (rule, new, pool, F(q, 20))
    for rule in mixes.COTTRELL
    for new, pool, q in product((1, 2, 3, 7, 20), (1, 2, 5, 45), (1, 3, 7, 13, 19, 20))
]


@pytest.mark.parametrize("rule", mixes.COTTRELL)
def test_constant_arrivals_settle_where_they_are_said_to(rule: str) -> None:
    for kind, new, pool, q in SETTINGS:
        if kind != rule:
            continue
        seen: dict[int, int] = {}
        held = pool + new
        while held not in seen:
            seen[held] = len(seen)
            held = held - mixes.leaves(rule, held, pool, q) + new
        assert seen[held] == len(seen) - 1, "the cycle is a single number"
        assert held == mixes.settled(rule, new, pool, q)
        assert mixes.mean_rounds(rule, new, pool, q) == F(held, new)
        bits, last = mixes.bits_after(rule, new, pool, q, len(seen) + 25 * held // new)
        assert last == held
        assert bits == pytest.approx(mixes.limit_bits(new, held - new), abs=1e-9)


def test_the_mean_number_of_flushes_is_that_of_a_message_that_is_followed() -> None:
    for rule, new, pool, q in SETTINGS[::7]:
        held = mixes.settled(rule, new, pool, q)

        def flush(at: int, choose: Choose, held: int = held, new: int = new) -> int | Done[bool]:
            return Done(True) if choose.coin(F(new, held)) else at

        assert expected_steps(0, flush) == mixes.mean_rounds(rule, new, pool, q)


@pytest.mark.parametrize(("rule", "q"), [("cottrell-r1", F(1, 2)), ("cottrell-r2", F(2, 5)), ("cottrell-r4", F(1, 2))])
def test_cottrell_s_first_rounds_are_those_of_enumeration(rule: str, q: Fraction) -> None:
    new, pool, kept, batches = 3, 2, 2, list[tuple[int, int]]()
    for rounds in range(1, 4):
        leaving = mixes.leaves(rule, kept + new, pool, q)
        batches.append((new, leaving))
        kept += new - leaving
        bits, held = mixes.bits_after(rule, new, pool, q, rounds)
        assert held == kept + leaving
        assert bits == pytest.approx(entropy(list(origins(pool, batches).values())), abs=1e-12)


def test_a_batch_of_nothing_has_no_entropy() -> None:
    with pytest.raises(ValueError, match="nothing leaves in round 1"):
        mixes.bits_after("cottrell-r2", 2, 2, F(1, 20), 1)
    assert mixes.settled("cottrell-r2", 2, 2, F(1, 20)) == 40


@pytest.mark.parametrize(
    ("mean", "rule", "attended", "bits"),
    [
        (5, "cottrell-r1", 10.699997, 7.127760),
        (5, "cottrell-r2", 10, 7.026230),
        (20, "cottrell-r1", 3.825249, 7.501573),
        (20, "cottrell-r2", 3.25, 7.227093),
        (45, "cottrell-r1", 2.554903, 7.964829),
        (45, "cottrell-r2", 2, 7.499861),
        (100, "cottrell-r1", 1.995767, 8.642721),
        (100, "cottrell-r2", 1.545824, 8.095465),
        (200, "cottrell-r1", 1.767115, 9.390436),
        (200, "cottrell-r2", 1.542115, 9.088141),
    ],
)
def test_cottrell_s_rule_with_poisson_arrivals(mean: int, rule: str, attended: float, bits: float) -> None:
    found = mixes.under_poisson(rule, F(mean), 45, RATE)
    assert found == pytest.approx((attended, bits), abs=6e-7)


def test_poisson_arrivals_are_those_of_messages_that_are_followed() -> None:
    """A timed pool of 3 for 40000 periods, each message's origin known to be what `mixed_bits` says."""
    drawn, pool, mean = random.Random(3), 3, 2.0
    bits, attended, left, sent = log2(pool), 0, 0.0, 0
    for _ in range(40_000):
        new, product_of = 0, drawn.random()
        while product_of > exp(-mean):
            new, product_of = new + 1, product_of * drawn.random()
        bits = mixes.mixed_bits(bits, new, pool)
        attended, left, sent = attended + pool + new, left + new * bits, sent + new
    assert (attended / sent, left / sent) == pytest.approx(mixes.under_poisson("timed-pool", F(2), pool), abs=0.02)


@pytest.mark.parametrize(("q", "rounds"), [(F(3, 10), 39), (F(3, 5), 16), (RATE, 14), (F(7, 10), 12)])
def test_how_many_rounds_a_flood_takes_at_least(q: Fraction, rounds: int) -> None:
    assert mixes.least_rounds(q, 20) == rounds
    assert (1 - q) ** rounds <= F(1, 2**20) < (1 - q) ** (rounds - 1)


# ---- the blending attack ----


@pytest.mark.parametrize(
    ("threshold", "pool", "purge", "target", "messages", "purged"),
    [
        (1, 1, F(2), F(2), F(3), {1: 0.5, 2: 0.75, 5: 0.96875, 10: 0.9990234375}),
        (2, 1, F(3, 2), F(3, 2), F(5), {1: 0.6667, 2: 0.8889, 5: 0.995885, 10: 0.999983}),
    ],
)
def test_blending_as_computed(
    threshold: int, pool: int, purge: Fraction, target: Fraction, messages: Fraction, purged: dict[int, float]
) -> None:
    assert mixes.rounds_to_purge(pool, threshold + pool, threshold) == purge
    assert mixes.rounds_for_target(threshold, pool) == target
    assert mixes.blending_messages(threshold, pool) == messages
    for rounds, chance in purged.items():
        assert float(mixes.purged_by(rounds, pool, threshold + pool, threshold)) == pytest.approx(chance, abs=5e-5)


@pytest.mark.parametrize(
    ("good", "held", "leaving"), [(1, 2, 1), (2, 3, 1), (3, 5, 2), (2, 6, 3), (4, 6, 2), (3, 3, 2)]
)
def test_purging_is_that_of_all_subsets(good: int, held: int, leaving: int) -> None:
    """The good ones are the lowest numbers; the attacker's are alike, and fill up what left."""

    def flush(left: frozenset[int], choose: Choose) -> frozenset[int] | Done[bool]:
        slots = [*sorted(left), *range(-1, len(left) - held - 1, -1)]
        after = left - set(choose.among(list(combinations(slots, leaving))))
        return after or Done(True)

    assert mixes.rounds_to_purge(good, held, leaving) == expected_steps(frozenset(range(good)), flush)

    def three(choose: Choose) -> bool:
        at: Any = frozenset(range(good))
        for _ in range(3):
            at = flush(at, choose)
            if isinstance(at, Done):
                return True
        return False

    assert mixes.purged_by(3, good, held, leaving) == distribution(three).get(True, 0)
    assert mixes.purged_by(0, good, held, leaving) == 0


def test_the_whole_attack_costs_the_messages_that_are_sent() -> None:
    """Flushes until the pool is purged, then the target with n - 1 of the attacker's, then n more for each round."""
    for threshold, pool in product((1, 2, 3), (1, 2)):

        def step(
            at: tuple[int, bool], choose: Choose, threshold: int = threshold, pool: int = pool
        ) -> tuple[int, bool] | Done[bool]:
            good, waiting = at
            if good == 0 and not waiting:
                return Done(True) if choose.coin(F(threshold, threshold + pool)) else at
            slots = [0] * good + [1] * (threshold + pool - good)
            left = good - threshold + sum(choose.among(list(combinations(slots, threshold))))
            return (left, left > 0)

        rounds = expected_steps((pool, True), step)
        assert mixes.blending_messages(threshold, pool) == threshold * rounds - 1


def test_what_stays_is_below_the_bound() -> None:
    for threshold, pool, rounds in product((1, 2, 5), (1, 3, 10), range(6)):
        stays = 1 - mixes.purged_by(rounds, pool, threshold + pool, threshold)
        assert stays <= pool * F(pool, threshold + pool) ** rounds


@pytest.mark.parametrize(
    ("pool", "q", "held", "rounds"),
    [
        (45, RATE, 100, (10.751618779614, 6.036608903530)),
        (45, RATE, 200, (6.858255965194, 4.700399673498)),
        (45, RATE, 1000, (5.045095853871, 4.688985053724)),
        (6, F(7, 10), 50, (3.200915037337, 2.559263669751)),
    ],
)
def test_flushing_cottrell_s_mixes(pool: int, q: Fraction, held: int, rounds: tuple[float, float]) -> None:
    found = [mixes.rounds_to_purge(pool, held, mixes.leaves(f"cottrell-r{n}", held, pool, q)) for n in (1, 2)]
    assert [float(each) for each in found] == pytest.approx(rounds, abs=1e-12)


def test_a_threshold_mix_is_purged_by_its_first_flush() -> None:
    assert mixes.rounds_to_purge(0, 5, 5) == 0
    assert mixes.blending_messages(5, 0) == 4


def test_a_pool_of_hundreds_is_exact_at_once() -> None:
    started = time.perf_counter()
    assert 79 < mixes.rounds_to_purge(500, 545, 45) < 80
    assert time.perf_counter() - started < 2


# ---- dummies ----


@pytest.mark.parametrize("mean", [F(1, 100), F(1, 2), F(1), F(5), F(30)])
def test_poisson_dummies_are_those_of_the_sum(mean: Fraction) -> None:
    v = float(mean)
    terms = [exp(-v) * v**d / factorial(d) / (1 + d) for d in range(150)]
    assert mixes.attacker_right_poisson(mean) == pytest.approx(sum(terms), rel=1e-12)


@pytest.mark.parametrize("p", [F(1, 100), F(1, 10), F(1, 2), F(9, 10)])
def test_geometric_dummies_are_those_of_the_sum(p: Fraction) -> None:
    terms = [float((1 - p) * p**d / (1 + d)) for d in range(400)]
    assert mixes.attacker_right_geometric(p) == pytest.approx(sum(terms), rel=1e-12)


@pytest.mark.parametrize("q", [F(0), F(1, 3), F(1)])
@pytest.mark.parametrize("trials", range(6))
def test_binomial_dummies_are_those_of_the_coins(trials: int, q: Fraction) -> None:
    heads = distribution(lambda choose: sum(choose.coin(q) for _ in range(trials)))
    right = sum((p * F(1, 1 + d) for d, p in heads.items()), F(0))
    assert mixes.attacker_right_binomial(trials, q) == right


def test_dummies_as_computed() -> None:
    assert mixes.attacker_right_poisson(F(1)) == pytest.approx(0.632120558829, abs=1e-12)
    assert mixes.attacker_right_poisson(F(5)) == pytest.approx(0.198652410600, abs=1e-12)
    for p, right in ((F(1, 10), 0.948244640920), (F(1, 2), 0.693147180560), (F(9, 10), 0.255842788110)):
        assert mixes.attacker_right_geometric(p) == pytest.approx(right, abs=1e-12)
    assert mixes.attacker_right_binomial(5, F(1, 2)) == F(328125, 1000000)
    assert float(mixes.attacker_right_binomial(20, F(9, 10))) == pytest.approx(0.052910052910, abs=1e-12)
    assert mixes.attacker_right_constant(3) == F(1, 4)
    assert mixes.attacker_right_poisson(F(0)) == mixes.attacker_right_geometric(F(0)) == 1


def test_heartbeats_as_enumerated() -> None:
    for found, missed in (
        ((10, 1, 9), F(1, 10)),
        ((20, 2, 10), F(9, 38)),
        ((20, 2, 19), F(0)),
        ((50, 5, 25), F(33, 1316)),
        ((100, 10, 50), F(1763, 2970916)),
    ):
        assert mixes.heartbeats_missed(*found) == missed
    for batch, own, dropped in product(range(1, 7), range(4), range(4)):
        if max(own, dropped) <= batch:
            ways = [set(range(own)).isdisjoint(each) for each in combinations(range(batch), dropped)]
            assert mixes.heartbeats_missed(batch, own, dropped) == F(sum(ways), len(ways))


# ---- the binomial mix ----


@pytest.mark.parametrize(
    ("sent", "mean", "deviation"), [(10, 60.53, 5.36), (20, 74.85, 4.35), (50, 99.89, 3.34), (100, 129.60, 2.73)]
)
def test_what_a_binomial_mix_tells_of_what_it_holds(sent: int, mean: float, deviation: float) -> None:
    chances = [F(round(NormalDist(100, 40).cdf(held) * 10**6), 10**6) for held in range(401)]
    found = mixes.held_given_sent(sent, chances)
    assert sum(found.values()) == 1
    middle = float(sum(held * p for held, p in found.items()))
    spread = sqrt(float(sum(held * held * p for held, p in found.items())) - middle**2)
    assert (middle, spread) == pytest.approx((mean, deviation), abs=6e-3)


# ---- continuous mixes ----

RHO = [F(1, 100), F(1, 10), F(1, 3), F(1), F(2), F(5), F(10), F(100), F(1000)]


def test_the_row_of_the_table() -> None:
    rho = F(1, 10)
    assert continuous.order_only_bits(rho) == pytest.approx(0.483446686, abs=1e-9)
    assert continuous.full_observer_bits(rho) == pytest.approx(0.193934402, abs=1e-9)
    assert continuous.first_out(rho) == F(10, 11)
    assert continuous.alone(rho) == pytest.approx(0.822579470942, abs=1e-12)
    assert log2(exp(1) * rho) == pytest.approx(-1.879233054, abs=1e-9)


def test_the_integral_of_the_timing_observer_has_a_long_tail() -> None:
    """Cut off at 200 mean delays it gives 0.297805372 bits where it is 0.294161352: the tail is t^-(2 + rho)."""
    rho, cut = 0.1, 200.0
    tail = exp(-continuous.EULER * rho) * cut ** (-1 - rho) / ((1 + rho) * log(2))
    assert continuous.timing_bits(F(1, 10)) == pytest.approx(0.294161352, abs=1e-9)
    assert continuous.timing_bits(F(1, 10)) + tail == pytest.approx(0.297805372, abs=1e-9)


@pytest.mark.parametrize("rho", RHO)
def test_who_sees_more_has_fewer_bits(rho: Fraction) -> None:
    order, timing, full = (
        continuous.order_only_bits(rho),
        continuous.timing_bits(rho),
        continuous.full_observer_bits(rho),
    )
    assert 0 < full < timing < order
    if rho >= 5:
        assert timing == pytest.approx(log2(exp(1) * rho) + 1 / (4 * rho * log(2)), abs=0.1 / rho**2 + 1e-9)
        assert abs(full - log2(exp(1) * rho)) <= 0.0098
    assert order <= log2(exp(1) * (rho + 1))


@pytest.mark.parametrize("rho", RHO)
def test_order_alone_is_a_geometric_rank_and_a_pool_mix(rho: Fraction) -> None:
    r = float(rho)
    ranks = [exp(j * log(r / (1 + r))) / (1 + r) for j in range(int(60 * (1 + r)))]
    assert continuous.order_only_bits(rho) == pytest.approx(-sum(p * log2(p) for p in ranks if p), abs=1e-9)
    if rho.denominator == 1:
        assert continuous.order_only_bits(rho) == pytest.approx(mixes.limit_bits(1, int(rho)), abs=1e-12)


def test_published_anchors_of_the_timing_observer() -> None:
    assert continuous.timing_bits(F(1)) == pytest.approx(1.8068, abs=5e-5)
    assert continuous.timing_bits(F(10)) - log2(exp(1) * 10) == pytest.approx(0.037, abs=1e-3)


@pytest.mark.parametrize("rho", [1, 2, 3, 5])
def test_the_timing_observer_by_the_density_of_all_weights(rho: int) -> None:
    """In nats the entropy is 1 + E ln W, W all weights together, of density G(w) - G(w - 1).

    G is the distribution of the others' weights: G = c/rho x^rho up to 1, and (G x^-rho)' = -rho x^-(rho+1) G(x - 1).
    """
    c = exp(-continuous.EULER * rho) / gamma(rho)

    def nats(steps: int) -> float:
        end = 20 + 4 * rho
        cdf = [c / rho * (i / steps) ** rho for i in range(steps + 1)]
        slopes = [0.0] * steps + [-rho * cdf[0]]
        scaled = cdf[-1]
        for i in range(steps + 1, end * steps + 1):
            x = i / steps
            slopes.append(-rho * x ** (-rho - 1) * cdf[i - steps])
            scaled += (slopes[-1] + slopes[-2]) / 2 / steps
            cdf.append(scaled * x**rho)
        parts = [log(i / steps) * (cdf[i] - cdf[i - steps]) for i in range(steps, end * steps + 1)]
        return 1 - c / rho / (1 + rho) ** 2 + (sum(parts) - (parts[0] + parts[-1]) / 2) / steps

    coarse, middle, fine = nats(100), nats(200), nats(400)
    better, best = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    assert (16 * best - better) / 15 / log(2) == pytest.approx(continuous.timing_bits(F(rho)), abs=1e-9)


def test_the_exponential_integral_is_one_function() -> None:
    for t in (0.0, 1e-6, 0.3, 1.0, 1.999999, 2.0, 5.0, 30.0):
        steps = 4000
        parts = [-_expm1_over(i * t / steps) for i in range(steps + 1)]
        simpson = parts[0] + parts[-1] + sum(parts[i] * (4 if i % 2 else 2) for i in range(1, steps))
        assert continuous.ein(t) == pytest.approx(simpson * t / steps / 3, abs=1e-10)


def _expm1_over(s: float) -> float:
    return (exp(-s) - 1) / s if s > 1e-8 else -1.0


@pytest.mark.parametrize("rho", [F(1, 10), F(1), F(4)])
def test_the_full_observer_s_mean_is_that_of_the_chain_followed(rho: Fraction) -> None:
    """In short steps, each number held with its chance and mean entropy: an arrival, a departure, or nothing."""
    r, most = float(rho), 45
    rate = r + most
    share, bits = [1.0] + [0.0] * most, [0.0] * (most + 1)  # of each number: its chance, and that times the entropy
    for _ in range(int(40 * rate)):
        next_share, next_bits = [0.0] * (most + 1), [0.0] * (most + 1)
        for j, p in enumerate(share):
            comes, goes = (r / rate if j < most else 0.0), j / rate
            next_share[j] += p * (1 - comes - goes)
            next_bits[j] += bits[j] * (1 - comes - goes)
            if p and comes:
                next_share[j + 1] += p * comes
                next_bits[j + 1] += p * comes * mixes.mixed_bits(bits[j] / p, 1, j)
            if goes:
                next_share[j - 1] += p * goes
                next_bits[j - 1] += bits[j] * goes if j > 1 else 0.0
        share, bits = next_share, next_bits
    left = sum(j * each for j, each in enumerate(bits)) / sum(j * each for j, each in enumerate(share))
    assert left == pytest.approx(continuous.full_observer_bits(rho), abs=1e-9)


@pytest.mark.parametrize(
    ("events", "bits"),
    [("AAD", 1), ("AADAD", 1.5), ("AAADAADD", 2.292481250360578), ("AADDAAD", 1), ("AAADAADADD", 2.530639062229566)],
)
def test_what_leaves_at_the_end_of_these_events(events: str, bits: float) -> None:
    held: dict[tuple[int, ...], Fraction] = {(): F(1)}
    last = defaultdict[int, Fraction](Fraction)
    known, inside = 0.0, 0
    for number, event in enumerate(events):
        if event == "A":
            held = {(*now, number): p for now, p in held.items()}
            known, inside = mixes.mixed_bits(known, 1, inside), inside + 1
            continue
        after = defaultdict[tuple[int, ...], Fraction](Fraction)
        last.clear()
        for now, p in held.items():
            for each in now:
                after[tuple(other for other in now if other != each)] += p / len(now)
                last[each] += p / len(now)
        held, inside = after, inside - 1
    assert known == pytest.approx(entropy(list(last.values())), abs=1e-12)
    assert known == pytest.approx(bits, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "left", "arrived", "old", "new"),
    [
        (2, 1, 1, F(1, 4), F(1, 2)),
        (3, 2, 1, F(2, 9), F(1, 3)),
        (4, 2, 3, F(1, 10), F(1, 5)),
        (5, 1, 2, F(1, 15), F(1, 3)),
        (6, 3, 3, F(1, 12), F(1, 6)),
    ],
)
def test_the_next_to_leave(first: int, left: int, arrived: int, old: Fraction, new: Fraction) -> None:
    assert continuous.next_out(first, left, arrived) == (old, new)
    stay = list(combinations(range(first), left))
    assert old == F(sum(0 in each for each in stay), len(stay)) / (left + arrived)
    a, b = continuous.next_out(first, left, arrived, F(1))
    assert first * a + arrived * b + F(1, left + arrived + 1) == 1


def test_the_next_to_leave_with_loops() -> None:
    assert continuous.next_out(4, 2, 3, F(1)) == (F(1, 12), F(1, 6))


def test_drained_mixes() -> None:
    for rho, delays, empty in (
        (10, 1, 0.025253),
        (10, 3, 0.607824),
        (10, 5, 0.934840),
        (10, 8, 0.996651),
        (10, 12, 0.999939),
        (100, 5, 0.509770),
        (100, 8, 0.967010),
    ):
        assert continuous.drained(F(rho), F(delays)) == pytest.approx(empty, abs=6e-7)


def test_delays_of_several_hops() -> None:
    for hops, delays, through in (
        (1, 1, 0.632120558829),
        (3, 3, 0.576809918873),
        (3, 6, 0.938031195583),
        (5, 5, 0.559506714935),
        (5, 10, 0.970747311923),
    ):
        assert continuous.through_by(hops, F(delays)) == pytest.approx(through, abs=1e-12)


def test_the_first_out_is_the_target() -> None:
    for rho, first, blocked in (
        (F(1, 4), 0.8, 0.884797),
        (F(1, 2), 0.666667, 0.786939),
        (F(1), 0.5, 0.632121),
        (F(2), 0.333333, 0.432332),
        (F(5), 0.166667, 0.198652),
        (F(10), 0.090909, 0.0999955),
    ):
        assert float(continuous.first_out(rho)) == pytest.approx(first, abs=5e-7)
        assert continuous.first_out_if_blocked(rho) == pytest.approx(blocked, abs=5e-7)


def test_all_of_an_occupancy_takes_no_time() -> None:
    started = time.perf_counter()
    for rho in RHO:
        continuous.timing_bits(rho), continuous.full_observer_bits(rho)
    assert time.perf_counter() - started < 2


# ---- outside the model ----

Outside = Callable[[], object]


@pytest.mark.parametrize(
    "outside",
    [
        lambda: mixes.mixed_bits(1.0, 0, 0),
        lambda: mixes.mixed_bits(1.0, -1, 2),
        lambda: mixes.limit_bits(0, 3),
        lambda: mixes.bits_after("timed", 3, 0, None, 0),
        lambda: mixes.bits_after("timed", 3, 0, None, 10**7),
        lambda: mixes.settled("binomial", 3, 0),
        lambda: mixes.settled("threshold", 0, 0),
        lambda: mixes.settled("threshold", 3, 1),
        lambda: mixes.settled("threshold-pool", 3, 0),
        lambda: mixes.settled("cottrell-r1", 3, 0, RATE),
        lambda: mixes.settled("cottrell-r1", 3, -1, RATE),
        lambda: mixes.settled("cottrell-r1", 3, 4),
        lambda: mixes.settled("cottrell-r1", 3, 4, F(0)),
        lambda: mixes.settled("cottrell-r1", 3, 4, F(3, 2)),
        lambda: mixes.settled("cottrell-r1", 3, 4, 0.65),  # type: ignore[arg-type]
        lambda: mixes.settled("cottrell-r3", 3, 4, F(1, 3)),
        lambda: mixes.settled("timed-pool", 3, 4, RATE),
        lambda: mixes.under_poisson("timed", F(3), 0),
        lambda: mixes.under_poisson("timed-pool", F(0), 3),
        lambda: mixes.timed_bits(F(-1)),
        lambda: mixes.timed_bits(F(10**7)),
        lambda: mixes.rounds_to_purge(3, 2, 1),
        lambda: mixes.rounds_to_purge(3, 5, 0),
        lambda: mixes.rounds_to_purge(10**6, 10**7, 5),
        lambda: mixes.purged_by(-1, 3, 5, 2),
        lambda: mixes.rounds_for_target(0, 3),
        lambda: mixes.blending_messages(3, -1),
        lambda: mixes.least_rounds(F(0), 20),
        lambda: mixes.attacker_right_constant(-1),
        lambda: mixes.attacker_right_binomial(-1, F(1, 2)),
        lambda: mixes.attacker_right_binomial(3, F(3, 2)),
        lambda: mixes.attacker_right_poisson(F(-1)),
        lambda: mixes.attacker_right_geometric(F(1)),
        lambda: mixes.heartbeats_missed(3, 4, 1),
        lambda: mixes.held_given_sent(3, [F(1, 2)] * 3),
        lambda: continuous.order_only_bits(F(0)),
        lambda: continuous.timing_bits(F(1, 1000)),
        lambda: continuous.full_observer_bits(F(1001)),
        lambda: continuous.first_out(F(0)),
        lambda: continuous.alone(0.5),  # type: ignore[arg-type]
        lambda: continuous.drained(F(1), F(-1)),
        lambda: continuous.through_by(0, F(1)),
        lambda: continuous.next_out(2, 3, 1),
        lambda: continuous.next_out(2, 0, 0),
    ],
)
def test_outside_of_the_model_one_line_says_so(outside: Outside) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        outside()
