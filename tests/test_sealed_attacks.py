"""Attacks on sealed messages: each fails against a subject that obeys, and succeeds without the clause it names."""

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F
from math import comb
from typing import Any

import pytest

from anonlaws.cascade import attacks as on_cascades
from anonlaws.cascade.attacks import Attack, Outcome, Scene, World, parties, told
from anonlaws.cascade.mixing import SendsInOrderOfArrival
from anonlaws.law import Fault
from anonlaws.mix import attacks as on_mixes
from anonlaws.reply import attacks as on_replies
from anonref.serve import REFERENCE
from anonspec import text
from anonspec.mix.model import Constant, Trials
from test_cli import anonspec

ATTACKS: dict[str, Attack] = {**on_replies.ATTACKS, **on_cascades.ATTACKS}
WORLDS = {f"{name}, {number}": world for name, attack in ATTACKS.items() for number, world in enumerate(attack.worlds)}
LEAST = F(1, 10**9)
"""The two-sided tail of the exact binomial distribution beyond which a count is not believed."""


def run(world: World, scene: Scene, seed: int, faults: Mapping[str, Fault] | None = None) -> Outcome:
    return world.run(parties(REFERENCE.chapters, {**world.faults, **(faults or {})}), scene, seed)


def right(world: World, scene: Scene, seeds: int) -> int:
    seen = [run(world, scene, seed) for seed in range(seeds)]
    return sum(each.guess == each.target for each in seen)


def believed(hits: int, runs: int, p: F) -> bool:
    if p in (0, 1):
        return hits == runs * p
    weights = [comb(runs, k) * p**k * (1 - p) ** (runs - k) for k in range(runs + 1)]
    return min(sum(weights[: hits + 1]), sum(weights[hits:])) > LEAST


def test_each_attack_fails_somewhere_and_succeeds_without_a_clause() -> None:
    known = {number for chapter in text.CHAPTERS for number in text.clauses(chapter)}
    for name, attack in ATTACKS.items():
        assert set(attack.clauses) <= known
        scene = Scene()
        worth = [world.beforehand(scene) for world in attack.worlds]
        assert worth[0] == F(1, scene.messages)
        assert worth[-1] > F(9, 10)
        for world in attack.worlds:
            assert set(world.without) <= set(attack.clauses)
            assert bool(world.without) == bool(world.faults)
        certain = {world.without for world, chance in zip(attack.worlds, worth, strict=True) if chance == 1}
        assert any(certain) or name == "cascade.intersection"


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("messages", [2, 3, 5])
def test_an_attacker_is_right_as_often_as_claimed(name: str, messages: int) -> None:
    """In 100 runs, within a two-sided tail of 10^-9 of the exact binomial distribution."""
    world, scene = WORLDS[name], Scene(mixes=2, honest=1, messages=messages, rounds=2, dummies=Constant(count=1))
    assert believed(right(world, scene, 100), 100, world.beforehand(scene))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize(("mixes", "honest"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (5, 4)])
def test_wherever_the_honest_mix_stands(name: str, mixes: int, honest: int) -> None:
    """The target is among the candidates, and alone where the attack succeeds for certain."""
    world, attack = WORLDS[name], ATTACKS[name.partition(",")[0]]
    scene = Scene(mixes=mixes, honest=honest, messages=3, rounds=2)
    if "dummies" in attack.takes and honest == mixes:
        with pytest.raises(ValueError, match="the last mix drops all dummies"):
            on_cascades.check(attack, scene)
        return
    on_cascades.check(attack, scene)
    for seed in range(3):
        done = run(world, scene, seed)
        assert done.target in done.candidates
        assert done.guess in done.candidates
        assert len(set(done.candidates)) == len(done.candidates)
        if world.beforehand(scene) == 1:
            assert done.candidates == (done.target,)
        elif name != "cascade.intersection, 1" and "dummies" not in attack.takes:
            assert len(done.candidates) == 3


def test_an_attacker_would_be_right_if_the_order_were_known() -> None:
    """He says that the target left in the place in which it came: that he is wrong so often is the mix's doing."""
    for name in ("cascade.replay, 0", "cascade.size, 0", "reply.twice, 0", "reply.twice, 1"):
        for seed in range(10):
            done = run(WORLDS[name], Scene(), seed, {"mix": SendsInOrderOfArrival})
            assert len(done.candidates) == 4
            assert done.guess == done.target


@pytest.mark.parametrize(
    ("law", "worth"),
    [
        (Constant(count=0), F(1)),
        (Constant(count=5), F(1, 6)),
        (Trials(trials=5, chance=F(1, 2)), F(21, 64)),
        (Trials(trials=1, chance=F(1)), F(1, 2)),
        (Trials(trials=3, chance=F(0)), F(1)),
    ],
)
def test_what_dummies_buy(law: Constant | Trials, worth: F) -> None:
    world, _, behind = ATTACKS["cascade.n-1"].worlds
    scene = Scene(mixes=2, honest=1, messages=3, dummies=law)
    assert world.beforehand(scene) == worth
    assert behind.beforehand(scene) == 1
    runs = [run(world, scene, seed) for seed in range(100)]
    assert believed(sum(each.guess == each.target for each in runs), 100, worth)
    counts = {len(each.candidates) - 1 for each in runs}
    assert counts == {law.count} if isinstance(law, Constant) else counts <= set(range(law.trials + 1))
    for each in runs:
        assert sum(row["wire"].startswith("from") for row in each.seen) == 3 + len(each.candidates) - 1


def test_a_set_shrinks_as_expected() -> None:
    _, world = ATTACKS["cascade.intersection"].worlds
    scene = Scene(mixes=1, messages=10, rounds=3, presence=F(3, 4))
    runs = [run(world, scene, seed) for seed in range(60)]
    for number in range(3):
        assert {each.seen[number]["expected"] for each in runs} == {1 + 9 * F(3, 4) ** (number + 1)}
        others = sum(each.seen[number]["so many"] - 1 for each in runs)
        assert believed(others, 60 * 9, F(3, 4) ** (number + 1))
        assert all(each.seen[number]["Bob gets"] == 1 for each in runs)
    sizes = [row["so many"] for row in runs[0].seen]
    assert sizes == sorted(sizes, reverse=True)
    enumerated = sum(comb(9, n) * F(27, 64) ** n * F(37, 64) ** (9 - n) * F(1, n + 1) for n in range(10))
    assert world.beforehand(scene) == enumerated
    assert believed(sum(each.guess == each.target for each in runs), 60, enumerated)
    assert world.beforehand(replace(scene, presence=F(0))) == 1
    assert world.beforehand(replace(scene, presence=F(1))) == F(1, 10)


def row_with(done: Outcome, **said: str) -> list[dict[str, Any]]:
    return [row for row in done.seen if said.items() <= row.items()]


def test_the_transcript_shows_what_the_conclusion_rests_on() -> None:
    scene = Scene(mixes=3, honest=2, messages=4)
    seen = {name: run(world, scene, 1) for name, world in WORLDS.items()}
    assert len(row_with(seen["cascade.replay, 0"], whose="a copy of the target", then="refused: REP-10")) == 1
    twice = row_with(seen["cascade.replay, 1"], then="leaves twice")
    assert [row["batch"] for row in twice] == [1, 2]
    assert twice[0]["sha256"] == twice[1]["sha256"]
    assert len(row_with(seen["cascade.tagging, 0"], whose="the target, a bit flipped", then="refused: REP-9")) == 1
    assert len(row_with(seen["cascade.tagging, 1"], then="does not open")) == 1
    assert len({row["bytes"] for row in seen["cascade.size, 0"].seen}) == 2
    assert len(row_with(seen["cascade.size, 1"], then="refused: REP-8")) == 4
    assert len({row["bytes"] for row in seen["cascade.size, 2"].seen}) > 4
    assert len(row_with(seen["cascade.n-1, 2"], then="for nobody")) == 3
    assert len(row_with(seen["cascade.n-1, 0"], then="his own")) == 3
    assert len(row_with(seen["reply.twice, 0"], then="refused by the responder: REP-7")) == 1
    assert len(row_with(seen["reply.twice, 1"], whose="a second answer", then="refused: REP-10")) == 1
    assert len(row_with(seen["reply.twice, 2"], then="this one, as the two that came")) == 1
    assert len({row["sha256 of the key"] for row in seen["reply.long-lived-key, 0"].seen}) == 5
    assert len({row["sha256 of the key"] for row in seen["reply.long-lived-key, 1"].seen}) == 4
    for done in seen.values():
        assert len({tuple(row) for row in done.seen}) == 1


def test_a_seed_says_all_but_the_seals() -> None:
    for world in WORLDS.values():
        one, again = (run(world, Scene(), 5) for _ in range(2))
        assert (one.guess == one.target, one.chance) == (again.guess == again.target, again.chance)
        hashes = ("sha256", "sha256 of the key", "sha256 of the header", "then")
        assert [[row[each] for each in row if each not in hashes] for row in one.seen] == [
            [row[each] for each in row if each not in hashes] for row in again.seen
        ]


@pytest.mark.parametrize("name", ATTACKS)
def test_json_says_all_exactly(name: str) -> None:
    done = anonspec("attack", name, "--seed", "4", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    wanted = told(REFERENCE.chapters, name, ATTACKS[name], Scene(), 4)
    assert (said["attack"], said["clauses"]) == (name, list(ATTACKS[name].clauses))
    for told_one, wanted_one in zip(said["worlds"], wanted["worlds"], strict=True):
        assert (told_one["world"], told_one["right"]) == (wanted_one["world"], wanted_one["right"])
        assert told_one["right"] == (told_one["guess"] == told_one["target"])
        assert F(told_one["chance"]) == wanted_one["chance"] == F(1, len(told_one["candidates"]))
        assert F(told_one["beforehand"]) == wanted_one["beforehand"]
        assert len(told_one["seen"]) == len(wanted_one["seen"])


def test_options_are_those_of_the_scene() -> None:
    words = "attack cascade.n-1 --mixes 4 --honest 3 --messages 6 --dummies binomial:2:1/2 --json"
    said = json.loads(anonspec(*words.split()).stdout)
    assert (said["mixes"], said["honest"], said["messages"]) == (4, 3, 6)
    assert said["worlds"][0]["beforehand"] == "7/12"
    words = "attack cascade.intersection --mixes 1 --messages 3 --rounds 2 --presence 0.5 --json"
    said = json.loads(anonspec(*words.split()).stdout)
    assert [row["expected"] for row in said["worlds"][1]["seen"]] == ["2", "3/2"]
    assert said["worlds"][1]["beforehand"] == "37/48"
    assert json.loads(anonspec("attack", "cascade.replay", "--mixes", "1", "--json").stdout)["honest"] == 1
    assert json.loads(anonspec("attack", "cascade.n-1", "--mixes", "2", "--json").stdout)["honest"] == 1


def test_the_table_says_both_worlds_and_the_list_is_whole() -> None:
    done = anonspec("attack", "cascade.replay")
    assert done.returncode == 0
    for said in (
        "all clauses are kept",
        "takes copies",
        "refused: REP-10",
        "leaves twice",
        "1/4 ≈ 0.25",
        "REP-10, CAS-9",
    ):
        assert said in done.stdout
    listed = anonspec("attack")
    assert listed.returncode == 0
    assert [line.split(maxsplit=1) for line in listed.stdout.splitlines()] == [
        [name, attack.doc] for name, attack in [*on_mixes.ATTACKS.items(), *ATTACKS.items()]
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("cascade.replay --honest 4", "in a row of 3 there is no mix 4"),
        ("cascade.replay --mixes 0", "--mixes"),
        ("cascade.replay --messages 1", "--messages"),
        ("cascade.replay --rounds 3", "cascade.replay has no --rounds"),
        ("cascade.replay --presence 1/2", "cascade.replay has no --presence"),
        ("cascade.n-1 --dummies geometric:1/2", "a law with a greatest number"),
        ("cascade.n-1 --dummies x", "--dummies wants a law"),
        ("cascade.n-1 --dummies binomial:3:2", "not 2"),
        ("cascade.n-1 --mixes 1", "the last mix drops all dummies"),
        ("cascade.n-1 --honest 3", "the last mix drops all dummies"),
        ("cascade.intersection --presence 2", "to be there has a chance of at most 1, not 2"),
        ("cascade.intersection --messages 50 --rounds 100 --presence 9/10", "more than 14000 bits"),
        ("cascade.n-1 --dummies binomial:999:0.12345", "more than 14000 bits"),
        ("cascade.intersection --presence p", "--presence wants a chance"),
        ("cascade.intersection --honest 1", "cascade.intersection has no --honest"),
        ("reply.long-lived-key --honest 1", "reply.long-lived-key has no --honest"),
        ("reply.twice --seed -1", "--seed"),
        ("reply.twice --subject nobody", "no subject is called 'nobody'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: str, says: str) -> None:
    done = anonspec("attack", *words.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr
