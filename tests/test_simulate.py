"""Simulated networks: against exact values, enumerations and replays, and the command as people type it."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from anonlaws.check import subject
from anonlaws.cli import main
from anonlaws.simulate import COVER, UNFINISHED, Net, Run, measured, parameters, simulate, summary
from anonlaws.simulate.mixes import Batching, Continuous, Flushes, choose, stream, work
from anonlaws.simulate.mixes import dummies as dummies_of
from anonlaws.simulate.spread import Layer, Mass, carried, hop_entropy, output_entropy, total
from anonspec.mix.model import Constant, Geometric, Law, Rule, Trials

SHAPE: TypeAdapter[Any] = TypeAdapter(Rule)
HALF = Fraction(1, 2)
NONE = Constant(count=0)

RULES: dict[str, dict[str, Any]] = {
    "threshold": {"threshold": 4},
    "timed": {"period": 1},
    "threshold-or-timed": {"threshold": 4, "period": 1},
    "threshold-and-timed": {"threshold": 4, "period": 1},
    "threshold-pool": {"threshold": 3, "pool": 5},
    "timed-pool": {"period": 1, "pool": 5},
    "cottrell-r1": {"period": 1, "threshold": 2, "pool": 3, "fraction": Fraction(13, 20)},
    "cottrell-r2": {"period": 1, "threshold": 2, "pool": 3, "fraction": Fraction(13, 20)},
    "cottrell-r3": {"period": 1, "threshold": 2, "pool": 3, "fraction": Fraction(1, 10)},
    "cottrell-r4": {"period": 1, "threshold": 2, "pool": 3, "fraction": Fraction(1, 10)},
    "binomial": {"period": 1, "chances": (Fraction(0), HALF, Fraction(1, 3), Fraction(1, 4))},
}


def mixes(kind: str, tick: float = 1.0, dummies: Law = NONE, pool_dummies: Law = NONE, **fields: Any) -> Batching:
    """Mixes by the reference's functions."""
    node = subject("anonref").chapters["mix"]
    return Batching(
        SHAPE.validate_python({"kind": kind, **fields}), node.fires, node.quota, tick, pool_dummies, dummies
    )


def of(kind: str, tick: float = 5.0, **more: Any) -> Batching | Continuous:
    return Continuous(tick) if kind == "sgmix" else mixes(kind, tick, **RULES[kind], **more)


def agrees(seen: dict[str, Any], exact: float) -> None:
    """The mean is the exact value, within 6 of its standard errors."""
    assert seen["standard_error"] is not None
    assert abs(seen["mean"] - exact) <= 6 * seen["standard_error"] + 1e-9


# ---- against exact values ----


@pytest.mark.parametrize("size", [2, 3, 10, 64])
def test_a_threshold_mix_hides_a_message_among_its_batch(size: int) -> None:
    found = measured(Net(mixes("threshold", threshold=size), messages=6400))
    for name in ("hop_entropy_bits", "output_entropy_bits"):
        assert found[name]["min"] == pytest.approx(math.log2(size), abs=1e-12)
        assert found[name]["max"] == pytest.approx(math.log2(size), abs=1e-12)
    agrees(found["delay_seconds"], (size - 1) / 2)


@pytest.mark.parametrize(("new", "pool"), [(1, 1), (2, 1), (1, 10), (10, 3), (100, 20)])
def test_a_threshold_pool_mix_reaches_the_entropy_of_serjantov_and_danezis(new: int, pool: int) -> None:
    exact = (1 + pool / new) * math.log2(new + pool) - pool / new * math.log2(pool)
    found = measured(Net(mixes("threshold-pool", threshold=new, pool=pool), messages=20_000))
    for name in ("hop_entropy_bits", "output_entropy_bits"):
        assert found[name]["mean"] == pytest.approx(exact, abs=1e-9)
    # By Little's law: those that wait are, in the mean over time, the pool and half of the next batch but one.
    agrees(found["delay_seconds"], pool + (new - 1) / 2)


@pytest.mark.parametrize(("arrivals", "bits"), [(1, 0.827245389153), (2, 1.410953067993), (10, 3.395421038974)])
def test_a_timed_mix_hides_a_message_among_those_of_its_period(arrivals: int, bits: float) -> None:
    found = measured(Net(mixes("timed", float(arrivals), period=1), messages=60_000))
    agrees(found["hop_entropy_bits"], bits)
    agrees(found["output_entropy_bits"], bits)
    agrees(found["delay_seconds"], arrivals / 2)


@pytest.mark.parametrize(
    ("kind", "flushes", "bits"), [("cottrell-r1", 3.825249, 7.501573), ("cottrell-r2", 3.25, 7.227093)]
)
def test_the_cottrell_mix_has_the_stationary_values_of_its_chain(kind: str, flushes: float, bits: float) -> None:
    rule = {"period": 1, "threshold": 1, "pool": 45, "fraction": Fraction(13, 20)}
    found = measured(Net(mixes(kind, 20, **rule), messages=200_000))
    agrees(found["hop_entropy_bits"], bits)
    agrees(found["delay_seconds"], 20 * (flushes - 0.5))


def test_a_coin_for_each_message_makes_it_wait_geometrically() -> None:
    found = measured(Net(mixes("binomial", 3.0, period=1, chances=(Fraction(1, 4),)), messages=100_000))
    agrees(found["delay_seconds"], 3.0 * (4 - 0.5))


def full_observer(occupancy: float) -> float:
    """Mean bits of the recursion at the departures of an M/M/∞ mix, by a linear system, cut far out."""
    most = int(occupancy + 12 * math.sqrt(occupancy) + 25)
    # e[m] = E[H; m held just before a departure]; Burke: what is left behind is Poisson.
    weight = [math.exp(-occupancy + left * math.log(occupancy) - math.lgamma(left + 1)) for left in range(most)]
    equations, right = np.eye(most + 1), np.zeros(most + 1)
    for left in range(most):
        way = 1.0  # the chance of so many arrivals before the next departure
        for held in range(max(left, 1), most + 1):
            if left == 0 and held == 1:
                way = 1.0
            leaves = held / (occupancy + held) * way
            new = held - left
            old = left / held
            bits = (1 - old) * math.log2(new) if new else 0.0
            bits -= sum(share * math.log2(share) for share in (old, 1 - old) if share)
            right[held] += weight[left] * leaves * bits
            equations[held, left + 1] -= leaves * old
            way *= occupancy / (occupancy + held)
    return float(np.linalg.solve(equations, right).sum())


@pytest.mark.parametrize("occupancy", [0.1, 1.0, 5.0, 30.0])
def test_a_continuous_mix_has_the_entropy_of_its_stationary_chain(occupancy: float) -> None:
    exact = full_observer(occupancy)
    if occupancy == 0.1:
        assert exact == pytest.approx(0.193934402, abs=1e-9)
    found = measured(Net(Continuous(occupancy), messages=200_000, targets=2000))
    agrees(found["hop_entropy_bits"], exact)
    agrees(found["delay_seconds"], occupancy)


def test_loops_count_in_the_occupancy() -> None:
    found = measured(Net(Continuous(2.0), loops=1.5, messages=100_000, targets=0))
    agrees(found["hop_entropy_bits"], full_observer(5.0))
    assert found["targets"] == 0
    assert found["output_entropy_bits"]["mean"] is None


def test_delays_over_three_hops_are_erlang() -> None:
    run = simulate(Net(Continuous(1.0), layers=3, width=4, rate=20, latency=0.25, messages=100_000, targets=0))
    agrees(summary((run.delay[run.counted] - 4 * 0.25 <= 3).astype(float)), 0.576809918873)


@pytest.mark.parametrize("dummies", [0, 1, 6])
def test_dummies_dilute_where_a_message_goes_and_not_where_it_came_from(dummies: int) -> None:
    found = measured(Net(mixes("threshold", dummies=Constant(count=dummies), threshold=4), messages=4000))
    assert found["hop_entropy_bits"]["mean"] == pytest.approx(2, abs=1e-12)
    assert found["output_entropy_bits"]["mean"] == pytest.approx(math.log2(4 + dummies), abs=1e-12)


def test_a_cascade_of_threshold_mixes_hides_no_better_than_one() -> None:
    found = measured(Net(mixes("threshold", threshold=8), layers=3, messages=4000))
    assert found["output_entropy_bits"]["max"] == pytest.approx(3, abs=1e-12)


def test_one_of_two_users_hides_one_bit() -> None:
    found = measured(Net(Continuous(50.0), senders=2, messages=20_000))
    assert 0.9 < found["receiver_entropy_bits"]["min"] <= found["receiver_entropy_bits"]["max"] <= 1 + 1e-12
    alone = measured(Net(Continuous(50.0), senders=1, messages=20_000))
    assert alone["receiver_entropy_bits"]["max"] == pytest.approx(0, abs=1e-12)


# ---- against enumerations and replays ----


def seen(events: str) -> Flushes:
    """The flushes of a mix without dummies: A a message comes, a number: so many leave."""
    before, held, left = [], [], []
    came = inside = 0
    for event in events:
        if event == "A":
            came, inside = came + 1, inside + 1
        else:
            before.append(came)
            held.append(inside)
            left.append(int(event))
            inside -= left[-1]
    columns = (np.array(column, np.int64) for column in (before, held, left, left))
    return Flushes(np.arange(len(before), dtype=float), *columns)


@pytest.mark.parametrize(
    ("events", "bits"),
    [
        ("AA1", 1),
        ("AA1A1", 1.5),
        ("AAA1AA11", 2.292481250360578),
        ("AA11AA1", 1),
        ("AAA1AA1A11", 2.530639062229566),
        ("AA1AA2A1", 1.95914791702724),  # timed pools, whose first dummies count as possible origins
        ("AAA1AA2A1", 2.44661666762825),
        ("AAAA2A1AA2", 2.62581458369391),
        ("AAAA3A1AA2A1", 2.12581458369391),
        ("AAAA1A1AA2", 2.75771746913015),
    ],
)
def test_the_entropy_of_a_hop_is_that_of_an_enumeration(events: str, bits: float) -> None:
    assert hop_entropy(seen(events))[-1] == pytest.approx(bits, abs=1e-12)


def test_what_is_carried_is_what_a_loop_carries() -> None:
    chance = np.random.default_rng(1)
    for size in (0, 1, 2, 7, 100, 3000):
        fresh = chance.random(size)
        kept = np.where(chance.random(size) < 0.2, 0, chance.random(size) ** 0.01)
        slow, last = [], 0.0
        for new, keep in zip(fresh, kept, strict=True):
            last = new + keep * last if slow else new
            slow.append(last)
        assert carried(fresh, kept) == pytest.approx(np.array(slow), rel=1e-12)


def naive(flushes: Flushes, start: dict[int, Fraction]) -> tuple[dict[int, Fraction], Fraction]:
    """Mass by hand: each flush's messages' mass, exact, and what is still held; `start` is mass by arrival."""
    inside, came, out = Fraction(0), 0, {}
    for number in range(len(flushes.time)):
        inside += sum(
            (start.get(place, Fraction(0)) for place in range(came, int(flushes.before[number]))), Fraction(0)
        )
        came = int(flushes.before[number])
        if flushes.left[number]:
            leaves = inside * Fraction(int(flushes.left[number]), int(flushes.held[number]))
            out[number] = leaves / int(flushes.sent[number])
            inside -= leaves
    return out, inside + sum((mass for place, mass in start.items() if place >= came), Fraction(0))


@pytest.mark.parametrize("kind", [*RULES, "sgmix"])
def test_mass_spreads_as_it_does_by_hand(kind: str) -> None:
    """Two mixes after two: exact fractions, message by message, against windows, scans and cuts."""
    laws = {} if kind == "sgmix" else {"dummies": Geometric(again=HALF), "pool_dummies": Trials(trials=2, chance=HALF)}
    mix = of(kind, 2.0, **laws)
    chance = np.random.default_rng(7)
    sent = np.sort(chance.random(160) * 80)
    here, place = np.arange(160), np.arange(160)
    buffer, held = np.zeros(160), Fraction(0)
    by_hand: dict[int, Fraction] = {40: Fraction(1)}
    masses = [Mass(40, np.ones(1))]
    for _ in range(2):
        times = sent[place]
        order = np.argsort(times, kind="stable")
        times, here, place = times[order] + 0.5, here[order], place[order]
        which = chance.integers(0, 2, len(times))
        passed = [work(mix, times[which == each], here[which == each], chance) for each in (0, 1)]
        flushes = [each.flushes for each in passed]
        offset = [0, len(flushes[0].time)]
        layer = Layer(
            offset, flushes, [times[which == each] for each in (0, 1)], [place[which == each] for each in (0, 1)]
        )
        masses = layer.spread(masses, sent, buffer, 0.5)
        assert not buffer.any()
        after: dict[int, Fraction] = {}
        for each in (0, 1):
            start = {at: by_hand.get(int(before), Fraction(0)) for at, before in enumerate(place[which == each])}
            out, rest = naive(flushes[each], start)
            held += rest
            after.update({offset[each] + number: mass for number, mass in out.items()})
        by_hand = after
        sent, many = (np.concatenate([getattr(each, name) for each in flushes]) for name in ("time", "sent"))
        here = np.concatenate([each.gone for each in passed])
        place, buffer = np.repeat(np.arange(len(many)), many), np.zeros(len(sent))
    spread = np.zeros(len(many))
    for mass in masses:
        spread[mass.first : mass.first + len(mass.each)] = mass.each
    exact = np.array([float(by_hand.get(number, 0)) for number in range(len(many))])
    assert spread == pytest.approx(exact, abs=1e-13)
    assert total(masses, many) == pytest.approx(float(1 - held), abs=1e-13)
    bits = -sum(count * mass * math.log2(mass) for count, mass in zip(many, exact, strict=True) if mass > 0)
    assert output_entropy(masses, many) == pytest.approx(bits, abs=1e-10)


@pytest.mark.parametrize(
    "mix",
    [
        Continuous(4.0),
        mixes("timed-pool", 4.0, Geometric(again=HALF), Constant(count=1), period=1, pool=2),
        mixes("cottrell-r2", 5.0, Constant(count=2), period=1, threshold=1, pool=2, fraction=HALF),
    ],
    ids=["sgmix", "timed-pool", "cottrell-r2"],
)
def test_a_network_is_followed_as_it_is_by_hand(mix: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three layers of three: what each mix was given, linked by the times at which messages were on their way."""
    seen_of: list[tuple[Any, Any, Flushes]] = []

    def watched(kind: Any, times: Any, messages: Any, chance: np.random.Generator) -> Any:
        passed = work(kind, times, messages, chance)
        seen_of.append((times, messages, passed.flushes))
        return passed

    monkeypatch.setattr("anonlaws.simulate.work", watched)
    run = simulate(Net(mix, layers=3, width=3, messages=500, loops=0.2, latency=0.25, targets=7))
    assert all(len(times) > 100 for times, _, _ in seen_of)
    target, bits = np.linspace(50, 449, 7, dtype=int), []
    for number in target:
        mass = {
            float(time): Fraction(1)
            for times, messages, _ in seen_of[:3]
            for time, message in zip(times, messages, strict=True)
            if message == number
        }
        for layer in (seen_of[:3], seen_of[3:6], seen_of[6:]):
            after, many = {}, {}
            for times, _, flushes in layer:
                out, _ = naive(flushes, {place: mass.get(float(time), Fraction(0)) for place, time in enumerate(times)})
                # The exact fractions grow with every flush; a float of each layer's is exact enough.
                after.update({float(flushes.time[at]) + 0.25: Fraction(float(each)) for at, each in out.items()})
                many.update({float(flushes.time[at]) + 0.25: int(flushes.sent[at]) for at in out})
            mass = after
        if sum(mass[time] * many[time] for time in mass) > 1 - UNFINISHED:
            bits.append(-sum(many[time] * float(each) * math.log2(each) for time, each in mass.items() if each > 0))
    assert len(bits) == 7 - run.unfinished >= 5
    assert run.outputs == pytest.approx(np.array(bits), abs=1e-9)


def test_messages_leave_as_often_as_their_mass_says() -> None:
    """What the observer computes is how often it happens: many choices under one schedule of flushes."""
    chance = np.random.default_rng(3)
    inside = np.array([0, 2, 0, 1])
    before, held, left = np.array([4, 6, 9, 10]), np.array([6, 7, 6, 5]), np.array([3, 4, 3, 5])
    flushes = Flushes(np.arange(4.0), before, held, left, left)
    exact, rest = naive(flushes, {4: Fraction(1)})
    assert rest == 0
    rounds = 20_000
    counts = np.zeros(4)
    ends = np.cumsum(left)
    for _ in range(rounds):
        gone = choose(2, list(range(10)), before, inside, held, left, chance)
        counts[np.searchsorted(ends, gone.index(4), side="right")] += 1
        assert len(gone) == 15
    for number, mass in exact.items():
        p = float(mass * int(left[number]))
        assert abs(counts[number] / rounds - p) < 6 * math.sqrt(p * (1 - p) / rounds) + 1e-12


RULE_BY_HAND: dict[str, tuple[Callable[[int, bool], bool], Callable[[int], int]]] = {
    "threshold": (lambda m, arrival: arrival and m >= 4, lambda m: m),
    "timed": (lambda m, arrival: not arrival, lambda m: m),
    "threshold-or-timed": (lambda m, arrival: not arrival or m >= 4, lambda m: m),
    "threshold-and-timed": (lambda m, arrival: not arrival and m >= 4, lambda m: m),
    "threshold-pool": (lambda m, arrival: arrival and m >= 8, lambda m: m - 5),
    "timed-pool": (lambda m, arrival: not arrival and m > 5, lambda m: m - 5),
    "cottrell-r1": (lambda m, arrival: not arrival and m >= 5, lambda m: max(1, 13 * (m - 3) // 20)),
    "cottrell-r2": (lambda m, arrival: not arrival and m >= 5, lambda m: min(m - 3, 13 * m // 20)),
    "cottrell-r3": (lambda m, arrival: not arrival and m >= 5, lambda m: min(m - 3, m // 10)),
    "cottrell-r4": (lambda m, arrival: not arrival and m >= 5, lambda m: min(m - 3, max(1, m // 10))),
}


@pytest.mark.parametrize("kind", RULE_BY_HAND)
def test_a_mix_fires_when_and_sends_what_its_rule_says(kind: str) -> None:
    """A replay, one event after the other, by formulas written here."""
    fires, quota = RULE_BY_HAND[kind]
    times = np.sort(np.random.default_rng(5).random(400) * 600)
    passed = work(of(kind), times, np.arange(400), np.random.default_rng(11))
    held: int = RULES[kind].get("pool", 0)
    timed = "period" in RULES[kind]
    timer = 5.0 * np.random.default_rng(11).random() if timed else math.inf
    expected, came = [], 0
    while came < 400:
        arrival = bool(times[came] <= timer)
        now = float(times[came]) if arrival else timer
        if arrival:
            came, held = came + 1, held + 1
        else:
            timer += 5
        if fires(held, arrival):
            if arrival and timed:
                timer = now + 5
            if held:
                expected.append((now, came, held, quota(held)))
                held -= quota(held)
    flushes = passed.flushes
    columns = (flushes.time, flushes.before, flushes.held, flushes.left)
    rows = [tuple(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    assert [row for row in rows if row[0] <= times[-1]] == expected
    assert len(expected) > 20
    assert all(row[3] == quota(row[2]) for row in rows)


def test_the_quota_is_the_subjects() -> None:
    rule = {"period": 1, "threshold": 1, "pool": 45, "fraction": Fraction(13, 20)}
    left = [
        work(mixes(kind, 1000.0, **rule), np.zeros(55), np.arange(55), np.random.default_rng(0)).flushes.left[0]
        for kind in ("cottrell-r1", "cottrell-r4")
    ]
    assert left == [35, 55]


@pytest.mark.parametrize(
    ("law", "mean", "none"),
    [
        (Constant(count=3), 3, 0),
        (Geometric(again=Fraction(3, 4)), 3, 0.25),
        (Trials(trials=4, chance=HALF), 2, 1 / 16),
    ],
)
def test_dummies_are_as_many_as_their_law_says(law: Law, mean: float, none: float) -> None:
    chance, size = np.random.default_rng(2), 20_000
    counts = dummies_of(law, size, chance)
    assert abs(counts.mean() - mean) <= 6 * counts.std() / math.sqrt(size)
    assert abs((counts == 0).mean() - none) <= 6 * math.sqrt(none * (1 - none) / size)
    assert [next(draws) for draws in [stream(Constant(count=3), chance)] for _ in range(3)] == [3, 3, 3]


def test_the_standard_error_is_that_of_the_mean() -> None:
    chance = np.random.default_rng(9)
    values = chance.normal(5, 2, 40_000)
    told = summary(np.concatenate([values, [np.nan]]))
    assert told["mean"] == values.mean()
    assert told["standard_error"] == pytest.approx(2 / 200, rel=0.5)
    # What goes together, over hundreds of values, makes it greater.
    together = summary(np.repeat(values[:200], 200))
    assert together["standard_error"] == pytest.approx(2 / math.sqrt(200), rel=0.5)
    assert summary(values[:31])["standard_error"] is None


# ---- what holds of every run ----


@pytest.mark.parametrize("kind", [*RULES, "sgmix"])
@pytest.mark.parametrize("cover", [False, True])
def test_what_came_is_gone_or_held(kind: str, cover: bool) -> None:
    laws = {"dummies": Constant(count=2), "pool_dummies": Geometric(again=Fraction(1, 3))}
    mix = of(kind, **(laws if cover and kind != "sgmix" else {}))
    net = Net(mix, layers=3, width=2, messages=1500, loops=0.5 if cover else 0, latency=0.5, targets=20)
    run = simulate(net)
    for layer in run.layers:
        assert layer.came + layer.made == layer.sent + layer.held
    assert run.layers[0].came >= 1500
    assert (run.layers[0].came > 1500) == cover
    for before, after in pairwise(run.layers):
        assert before.sent == after.came
    delivered = ~np.isnan(run.delay)
    assert run.delay[delivered].min() >= 4 * 0.5 - 1e-9
    # Who gets to a layer got to all before it, and from the last to its receiver.
    reached = ~np.isnan(run.hops)
    for before, after in pairwise(reached):
        assert not (after & ~before).any()
    assert (reached[-1] == delivered).all()
    assert np.count_nonzero(delivered) <= run.layers[-1].sent
    if not cover and kind not in ("threshold-pool", "timed-pool", "binomial") and "cottrell" not in kind:
        assert sum(layer.held for layer in run.layers) == np.count_nonzero(~delivered)
    assert (run.outputs <= math.log2(run.layers[-1].sent)).all()
    assert (run.receivers <= run.outputs + 1e-9).all()
    assert len(run.outputs) + run.unfinished == 20


def same(one: Run, other: Run) -> bool:
    arrays = ("delay", "hops", "outputs", "receivers")
    equal = all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays)
    return equal and one.layers == other.layers


@pytest.mark.parametrize("kind", ["sgmix", "binomial", "threshold-pool"])
def test_the_same_seed_gives_the_same_numbers(kind: str) -> None:
    nets = [Net(of(kind), layers=2, width=3, messages=800, loops=0.1, seed=seed) for seed in (4, 4, 5)]
    one, again, other = map(simulate, nets)
    assert same(one, again)
    assert not same(one, other)


def test_one_message() -> None:
    alone = simulate(Net(Continuous(1.0), messages=1))
    assert alone.outputs.tolist() == alone.hops[0].tolist() == [0]
    held = measured(Net(mixes("threshold", threshold=2), messages=1))
    assert (held["held"], held["delivered"], held["counted"], held["targets_unfinished"]) == (1, 0, 1, 1)
    assert held["delay_seconds"] == dict.fromkeys(held["delay_seconds"])


def test_a_threshold_never_reached_is_told() -> None:
    found = measured(Net(mixes("threshold", threshold=1000), layers=2, messages=999, targets=5))
    assert (found["held"], found["targets_unfinished"]) == (999, 5)
    assert found["layers"] == [
        {"came": 999, "made": 0, "sent": 0, "held": 999},
        {"came": 0, "made": 0, "sent": 0, "held": 0},
    ]
    assert found["hop_entropy_bits_of_layer"] == [None, None]


def test_cover_is_nobodys_message() -> None:
    run = simulate(Net(Continuous(1.0), messages=50, loops=20, warm_up=0, targets=50))
    assert COVER < 0
    assert run.layers[0].came > 100
    assert not np.isnan(run.delay).any()
    assert run.delay.min() > 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rate": 0.0}, "rate: above 0, not 0"),
        ({"rate": math.nan}, "rate: above 0, not nan"),
        ({"messages": 0}, "messages: 1 or more"),
        ({"loops": -1.0}, "loops: 0 or more"),
        ({"loops": 1e9}, "loops: more than 100 for each message"),
        ({"latency": math.inf}, "latency: 0 or more"),
        ({"warm_up": 0.5}, "warm-up: from 0 to less than 1/2"),
        ({"mix": Continuous(-1.0)}, "delay: above 0"),
    ],
)
def test_what_cannot_be_simulated_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        simulate(Net(**{"mix": Continuous(1.0), **wrong}))


def test_a_period_too_short_and_dummies_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="period: too short"):
        simulate(Net(mixes("timed", 1e-9, period=1)))
    flood = mixes("threshold", threshold=2, dummies=Constant(count=65535))
    with pytest.raises(ValueError, match=r"dummies: .* are the most"):
        simulate(Net(flood))


def test_parameters_are_told_in_seconds() -> None:
    told = parameters(Net(mixes("timed-pool", 2.5, period=2, pool=3)))
    assert told["rule"] == {"kind": "timed-pool", "period": 5.0, "pool": 3}
    assert told["dummies"] == {"law": "constant", "count": 0}
    assert json.loads(json.dumps(told)) == told


# ---- the command ----


def anonspec(*words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    program = f"import sys; {before}\nfrom anonlaws.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, "simulate", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "--rule"),
        ("--rule steam", "there is no rule 'steam'; there are: binomial"),
        ("--rule threshold", "rule threshold wants --threshold"),
        ("--rule threshold --threshold 5 --pool 2", "rule threshold has no --pool"),
        ("--rule threshold --threshold 1", "a batch of 1 hides nobody"),
        ("--rule threshold --threshold -1", "rule threshold, threshold: Input should be greater"),
        ("--rule threshold --threshold 70000", "rule threshold, threshold: Input should be less"),
        ("--rule timed-pool --pool 0 --period 1", "threshold, period and pool are 1 or more"),
        ("--rule timed --period 0", "period: above 0, not 0"),
        ("--rule cottrell --threshold 1 --pool 4 --period 1 --fraction 3/2", "a fraction is above 0"),
        ("--rule cottrell-r3 --threshold 1 --pool 4 --period 1 --fraction 1/3", "not a whole number of percent"),
        ("--rule cottrell --threshold 1 --pool 4 --period 1 --fraction x", "--fraction wants a chance"),
        ("--rule binomial --period 1 --chances 1/2,,1", "--chances wants a chance"),
        ("--rule binomial --period 1 --chances 1/2,0", "so is the last chance"),
        ("--rule sgmix", "rule sgmix wants --delay"),
        ("--rule sgmix --delay 0", "delay: above 0"),
        ("--rule sgmix --delay 1 --pool 2", "rule sgmix has no --pool"),
        ("--rule sgmix --delay 1 --dummies 2", "rule sgmix has no --dummies"),
        ("--rule threshold --threshold 5 --delay 1", "rule threshold has no --delay"),
        ("--rule threshold --threshold 5 --dummies some", "--dummies wants 3, or geometric:1/2"),
        ("--rule threshold --threshold 5 --dummies geometric:1", "one more dummy has a chance below 1"),
        ("--rule threshold --threshold 5 --dummies binomial:1/2:1/2", "--dummies, trials: Input should be"),
        ("--rule threshold --threshold 5 --pool-dummies constant:1:2", "--pool-dummies wants"),
        ("--rule sgmix --delay 1 --messages 0", "messages"),
        ("--rule sgmix --delay 1 --warm-up 0.7", "warm-up"),
        ("--rule sgmix --delay 1 --seed -1", "seed"),
        ("--rule threshold --threshold 5 --subject nobody", "no subject is called 'nobody'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *words.split()])
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_without_numpy_the_extra_is_named() -> None:
    done = anonspec("--rule", "sgmix", "--delay", "1", before="sys.modules['numpy'] = None")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "anonspec: simulate needs numpy: pip install 'anonspec[simulate]'\n"


def test_the_command_tells_all_as_json_and_as_a_table() -> None:
    words = ["--rule", "cottrell", "--threshold", "1", "--pool", "4", "--fraction", "0.5", "--period", "5"]
    words += ["--messages", "2000", "--layers", "2", "--dummies", "binomial:4:1/2", "--pool-dummies", "1"]
    done = anonspec(*words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["parameters"]["rule"]["kind"] == "cottrell-r4"
    assert found["parameters"]["dummies"] == {"law": "binomial", "trials": 4, "chance": "1/2"}
    assert found["messages"] == found["delivered"] + found["held"] == 2000
    assert found["messages_per_second"] > 0
    assert 1 < found["peak_memory_mb"] < 1000
    for name in ("delay_seconds", "hop_entropy_bits", "output_entropy_bits", "receiver_entropy_bits"):
        assert list(found[name]) == ["mean", "standard_error", "min", "p5", "p50", "p95", "max"]
        assert found[name]["standard_error"] > 0
    again = json.loads(anonspec(*words, "--json").stdout)
    for name in ("seconds", "messages_per_second", "peak_memory_mb"):
        del found[name], again[name]
    assert found == again
    table = anonspec(*words)
    assert (table.returncode, table.stderr) == (0, "")
    assert "receiver entropy bits" in table.stdout
    assert "layer 2" in table.stdout


def test_help_explains_itself_with_examples_that_run() -> None:
    done = anonspec("--help")
    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    first = told.index("anonspec simulate --rule")
    second = told.index("anonspec simulate --rule", first + 1)
    examples = [told[first:second], told[second : told.index("Each message takes")]]
    for example in examples:
        words = example.split()[2:]
        if "--messages" in words:
            words[words.index("--messages") + 1] = "2000"
        assert anonspec(*words).returncode == 0
