"""Attacks on mixes: what they are worth is what is published or counted otherwise, and a run goes as it says."""

import json
from fractions import Fraction as F
from math import comb, log1p

import pytest

from anonlaws.mix import formulas
from anonlaws.mix.attacks import ATTACKS, Chances, Scene, carry_out, chances, told
from anonlaws.mix.wire import NO_DUMMIES
from anonref import mix as net
from anonspec.mix.model import (
    Binomial,
    Constant,
    Cottrell,
    Dummies,
    Geometric,
    Law,
    Rule,
    Threshold,
    ThresholdAndTime,
    ThresholdPool,
    Timed,
    TimedPool,
    Trials,
)
from test_cli import anonspec

NONE = Constant(count=0)
RULES: list[Rule] = [
    Threshold(threshold=4),
    Timed(period=3),
    ThresholdAndTime(kind="threshold-or-timed", threshold=4, period=3),
    ThresholdAndTime(kind="threshold-and-timed", threshold=4, period=3),
    ThresholdPool(threshold=4, pool=4),
    TimedPool(period=3, pool=4),
    Cottrell(kind="cottrell-r1", period=3, threshold=4, pool=4, fraction=F(1, 2)),
    Cottrell(kind="cottrell-r2", period=3, threshold=4, pool=4, fraction=F(1, 2)),
    Cottrell(kind="cottrell-r3", period=3, threshold=4, pool=4, fraction=F(1, 2)),
    Cottrell(kind="cottrell-r4", period=3, threshold=4, pool=4, fraction=F(1, 2)),
    Binomial(period=3, chances=(F(1, 2),)),
]


def worth(name: str, rule: Rule, output: Law = NONE, pool: Law = NONE, **scene: int) -> Chances:
    return chances(net, ATTACKS[f"mix.{name}"], Scene(rule, Dummies(pool=pool, output=output), **scene))


@pytest.mark.parametrize("n", [2, 3, 10])
def test_n_minus_one_against_a_threshold_costs_what_is_published(n: int) -> None:
    costs = [worth("n-1", Threshold(threshold=n), others=k).sent for k in range(n)]
    assert costs == [n - 1, *(2 * n - 1 - k for k in range(1, n))]
    assert max(costs) == (2 * n - 2 if n > 1 else 0)
    assert F(sum(costs) + n - 1 - costs[0], n) <= F(3 * (n - 1), 2)
    assert all(worth("n-1", Threshold(threshold=n), others=k).right == 1 for k in range(n))


@pytest.mark.parametrize(
    ("n", "f", "purge", "messages"),
    [(1, 1, F(2), F(3)), (2, 1, F(3, 2), F(5)), (4, 4, None, None), (10, 20, None, None)],
)
def test_blending_costs_what_is_published(n: int, f: int, purge: F | None, messages: F | None) -> None:
    found = worth("blending", ThresholdPool(threshold=n, pool=f))
    assert found.right == 1
    assert found.flushes == formulas.rounds_to_purge(f, n + f, n) + F(n + f, n)
    assert found.sent == formulas.blending_messages(n, f)
    assert purge is None or found.flushes == purge + F(n + f, n)
    assert messages is None or found.sent == messages


@pytest.mark.parametrize(
    ("kind", "pool", "fraction", "held", "rounds"),
    [
        ("cottrell-r1", 45, F(13, 20), 100, 10.751618779614),
        ("cottrell-r4", 45, F(13, 20), 100, 6.036608903530),
        ("cottrell-r1", 45, F(13, 20), 200, 6.858255965194),
        ("cottrell-r2", 45, F(13, 20), 200, 4.700399673498),
        ("cottrell-r1", 6, F(7, 10), 50, 3.200915037337),
        ("cottrell-r3", 6, F(7, 10), 50, 2.559263669751),
    ],
)
def test_to_flush_cottrell_s_mix_takes_so_long(kind: str, pool: int, fraction: F, held: int, rounds: float) -> None:
    rule = Cottrell.model_validate({"kind": kind, "period": 1, "threshold": 1, "pool": pool, "fraction": fraction})
    found = worth("blending", rule, flood=held - pool)
    assert found.right == 1
    assert float(found.flushes - F(held, net.quota(rule, held))) == pytest.approx(rounds, abs=1e-11)


def test_what_dummies_buy() -> None:
    alone = Threshold(threshold=4)
    for output, right in (
        (Constant(count=3), F(1, 4)),
        (Trials(trials=5, chance=F(1, 2)), F(21, 64)),
        (Trials(trials=20, chance=F(9, 10)), formulas.attacker_right_binomial(20, F(9, 10))),
    ):
        found = worth("n-1", alone, output)
        assert found.right == found.at_most == right
    for again, published in ((F(1, 10), 0.948244640920), (F(1, 2), 0.693147180560), (F(9, 10), 0.255842788110)):
        found = worth("n-1", alone, Geometric(again=again))
        assert float(found.right) <= published <= float(found.at_most)
        assert published == pytest.approx(-float(1 - again) * log1p(-float(again)) / float(again), abs=1e-12)
        assert found.at_most - found.right <= F(1, 10**6)


def test_dummies_in_the_pool_have_to_be_flushed_like_messages() -> None:
    """2 dummies come to 3 + 1 held: with a pool of 2 the target is one of 5 strangers among 8 in the second flush."""
    found = worth("n-1", ThresholdPool(threshold=2, pool=1), NONE, Constant(count=2))
    counted = F(0)
    for out in range(2, 4):  # of the pool's one and two dummies, three of five messages having left: 4 - 1 stay
        counted += F(comb(3, out) * comb(2, 4 - out), comb(5, 4)) * stays(3 - out)
    assert found.right == counted


def stays(strangers: int) -> F:
    """The pool's one message is a stranger's or the attacker's; the target, two dummies and one of his own come."""
    right, strange = F(0), strangers + 3
    for out in range(1, strange + 1):
        if 0 <= 4 - out <= 5 - strange:
            right += F(comb(strange, out) * comb(5 - strange, 4 - out), comb(5, 4)) * F(1, strange)
    return right


def test_a_clock_is_beaten_by_waiting_and_cottrell_s_quota_is_not() -> None:
    assert [worth("trickle", rule, others=2, late=5).right for rule in RULES[:6]] == [0, 1, 1, 0, 0, F(1, 5)]
    assert {worth("trickle", rule, others=2, late=5).sent for rule in RULES} == {0}
    floods = [worth("n-1", TimedPool(period=1, pool=5), flood=flood).right for flood in (5, 50, 500)]
    assert floods == sorted(floods)
    assert floods[2] > F(96, 100)
    assert worth("n-1", RULES[-2], others=2, flood=500).right < F(1, 2)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_an_attacker_is_right_as_often_as_claimed(name: str, rule: Rule) -> None:
    """In 100 runs, within a two-sided tail of 10^-9 of the exact binomial distribution."""
    scene, runs = Scene(rule, NO_DUMMIES, 2, 2, 8), 100
    claimed = chances(net, ATTACKS[name], scene)
    seen = [carry_out(net, ATTACKS[name], scene, seed) for seed in range(runs)]
    right = sum(each.right for each in seen)
    if claimed.right in (0, 1):
        assert right == runs * claimed.right
    else:
        p = claimed.right
        weights = [comb(runs, k) * p**k * (1 - p) ** (runs - k) for k in range(runs + 1)]
        assert min(sum(weights[: right + 1]), sum(weights[right:])) > F(1, 10**9)
    assert {len(each.candidates) for each in seen} <= set(claimed.given)


def test_dummies_are_guessed_as_often_as_claimed() -> None:
    scene, runs = Scene(RULES[4], Dummies(pool=Constant(count=1), output=Geometric(again=F(1, 2))), 1, 0), 200
    p = chances(net, ATTACKS["mix.n-1"], scene).right
    right = sum(carry_out(net, ATTACKS["mix.n-1"], scene, seed).right for seed in range(runs))
    weights = [comb(runs, k) * p**k * (1 - p) ** (runs - k) for k in range(runs + 1)]
    assert min(sum(weights[: right + 1]), sum(weights[right:])) > F(1, 10**9)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_the_transcript_is_of_a_run(name: str, rule: Rule) -> None:
    scene = Scene(rule, NO_DUMMIES, 2, 2, 8)
    done = carry_out(net, ATTACKS[name], scene, 1)
    came = sum(event.messages for event in done.events if event.what != "batch")
    left = sum(event.messages for event in done.events if event.what == "batch")
    assert [event.messages for event in done.events if event.what == "target"] == [1]
    assert left <= came + getattr(rule, "pool", 0)
    assert done == carry_out(net, ATTACKS[name], scene, 1)
    assert done.guess is None or done.guess in done.candidates
    assert sum(event.messages for event in done.events if event.what == "others") == (4 if name == "mix.flood" else 2)


def test_json_says_all_exactly() -> None:
    done = anonspec("attack", "mix.n-1", "--rule", "threshold", "--threshold", "5", "--dummies", "2", "--json")
    said = json.loads(done.stdout)
    assert (said["chance"], said["messages_sent"], said["flushes"]) == ("1/3", "7", "2")
    assert len(said["candidates"]) == 3
    assert said["target"] in said["candidates"]
    assert said["right"] == (said["guess"] == said["target"])
    scene = Scene(Threshold(threshold=5), Dummies(pool=NONE, output=Constant(count=2)), 2, 2, 20)
    assert said["events"] == told(net, "mix.n-1", scene, 0)["events"]


def test_without_a_rule_all_kinds_are_compared_and_without_a_name_all_attacks_listed() -> None:
    rows = json.loads(anonspec("attack", "mix.blending", "--json").stdout)
    assert [row["rule"] for row in rows] == [rule.kind for rule in RULES]
    assert {row["chance"] for row in rows} == {"1"}
    listed = anonspec("attack")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()][: len(ATTACKS)] == list(ATTACKS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("foo", "No such command 'foo'"),
        ("mix.n-1 --rule x", "there is no rule 'x'"),
        ("mix.n-1 --rule timed --pool 3", "a rule of kind timed has no pool"),
        ("mix.n-1 --rule threshold --threshold 1", "MIX-1"),
        ("mix.n-1 --rule timed --period 0", "MIX-2"),
        ("mix.n-1 --rule cottrell-r4 --fraction 0", "MIX-3"),
        ("mix.n-1 --rule cottrell-r4 --fraction q", "--fraction wants"),
        ("mix.n-1 --rule cottrell-r4 --flood 2", "does not reach the threshold of 4"),
        ("mix.n-1 --rule threshold --others 9", "make the mix fire before"),
        ("mix.n-1 --dummies geometric:1", "MIX-22"),
        ("mix.n-1 --dummies z", "--dummies wants a law"),
        ("mix.blending --dummies 3", "with dummies of the mix's own"),
        (
            "mix.blending --rule cottrell-r2 --threshold 1 --pool 8 --fraction 1/100 --flood 8",
            "no outcome can be reached",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: str, says: str) -> None:
    done = anonspec("attack", *words.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr
