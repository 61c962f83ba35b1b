"""The measures of mixes as people type them, in this process: what is told, and what is refused in one line."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anonlaws import cli
from anonlaws.mix.formulas import RULES
from anonspec.mix.model import KINDS


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    """The command writes fractions of any length; other tests shall not."""
    limit = sys.get_int_max_str_digits()
    yield
    sys.set_int_max_str_digits(limit)


Ran = tuple[int, str, str]


def run(capsys: pytest.CaptureFixture[str], line: str) -> Ran:
    """The exit code of `anonspec measure` with these words, and what it wrote."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["measure", *line.split()])
    assert isinstance(ended.value.code, int)
    return ended.value.code, *capsys.readouterr()


def told(capsys: pytest.CaptureFixture[str], line: str) -> dict[str, Any]:
    code, out, err = run(capsys, f"{line} --json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


SETTLED = 7.216025925601, 6.022367813028, 148.6757894046, "13/4"


@pytest.mark.parametrize(
    ("words", "bits", "least", "size", "rounds"),
    [
        ("--rule threshold --threshold 8", 3, 3, 8, "1"),
        ("--rule timed --threshold 8 --pool 0", 3, 3, 8, "1"),
        ("--rule threshold-or-timed --threshold 8 --rounds 2", 3, 3, 8, "1"),
        ("--rule threshold-and-timed --threshold 8 --forever", 3, 3, 8, "1"),
        ("--rule threshold-pool --threshold 1 --pool 1", 2, 1, 4, "2"),
        ("--rule timed-pool --threshold 1 --pool 1 --rounds 5", 1.9375, 1, 2**1.9375, "2"),
        ("--rule cottrell-r1 --threshold 2 --pool 1 --fraction 1", 2.3774437511, 1.5849625007, 5.1961524227, "3/2"),
        ("--rule cottrell-r1 --threshold 1 --pool 1 --fraction 1/9", 2, 1, 4, "2"),
        ("--rule cottrell-r2 --threshold 1 --pool 1 --fraction 0.5", 2, 1, 4, "2"),
        ("--rule cottrell-r3 --threshold 1 --pool 1 --fraction 0.5 --rounds 1", 1, 1, 2, "2"),
        ("--rule cottrell-r4 --threshold 20 --pool 45 --fraction 0.65", *SETTLED),
        ("--rule cottrell --threshold 20 --pool 45 --fraction 13/20", *SETTLED),
    ],
)
def test_mixes(
    capsys: pytest.CaptureFixture[str], words: str, bits: float, least: float, size: float, rounds: str
) -> None:
    found = told(capsys, f"mix {words}")
    assert set(found) == {
        "entropy_bits",
        "min_entropy_bits",
        "effective_set_size",
        "mean_rounds",
        "mean_rounds_float",
    }
    assert found["entropy_bits"] == pytest.approx(bits, abs=1e-9)
    assert found["min_entropy_bits"] == pytest.approx(least, abs=1e-9)
    assert found["effective_set_size"] == pytest.approx(size, abs=1e-9)
    assert found["mean_rounds"] == rounds


def test_a_period_gives_the_delay_in_ticks(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "mix --rule cottrell --threshold 20 --pool 45 --fraction 0.65 --period 15")
    assert found["mean_delay_ticks"] == "165/4"
    assert told(capsys, "mix --rule timed --threshold 20 --period 15")["mean_delay_ticks"] == "15/2"


@pytest.mark.parametrize(
    ("words", "fires", "sends"),
    [
        ("--rule cottrell-r1 --pool 45 --threshold 1 --fraction 0.65 --held 100", True, 35),
        ("--rule cottrell-r2 --pool 45 --threshold 1 --fraction 0.65 --held 100", True, 55),
        ("--rule cottrell-r3 --pool 45 --threshold 1 --fraction 0.65 --held 100", True, 55),
        ("--rule cottrell-r4 --pool 45 --threshold 1 --fraction 0.65 --held 100", True, 55),
        ("--rule cottrell --pool 45 --fraction 13/20 --held 46", True, 1),
        ("--rule cottrell --pool 45 --threshold 10 --fraction 13/20 --held 54", False, 0),
        ("--rule threshold --threshold 5 --held 5", True, 5),
        ("--rule threshold --threshold 5 --held 4", False, 0),
        ("--rule timed --held 4", True, 4),
        ("--rule threshold-or-timed --threshold 5 --held 4", True, 4),
        ("--rule threshold-and-timed --threshold 5 --held 4", False, 0),
        ("--rule threshold-pool --threshold 5 --pool 3 --held 8", True, 5),
        ("--rule threshold-pool --threshold 5 --pool 3 --held 7", False, 0),
        ("--rule timed-pool --pool 3 --held 7", True, 4),
        ("--rule timed-pool --pool 3 --held 3", False, 0),
    ],
)
def test_quotas(capsys: pytest.CaptureFixture[str], words: str, fires: bool, sends: int) -> None:
    assert told(capsys, f"quota {words}") == {"fires": fires, "sends": sends}


def test_blending(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "blending --threshold 2 --pool 1")
    assert [found[name] for name in ("rounds_to_purge", "rounds_for_target", "messages")] == ["3/2", "3/2", "5"]
    assert told(capsys, "blending --threshold 5")["messages"] == "4"
    long = told(capsys, "blending --threshold 45 --pool 200")
    assert len(long["rounds_to_purge"]) > 4300
    assert long["rounds_to_purge_float"] == pytest.approx(29.518693707600864)


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("--law poisson --mean 5", 0.1986524106),
        ("--law poisson --mean 1/2", 0.786938680575),
        ("--law geometric --continue 0.1", 0.94824464092),
        ("--law binomial --trials 5 --chance 0.5", "21/64"),
        ("--law constant --count 3", "1/4"),
    ],
)
def test_dummies(capsys: pytest.CaptureFixture[str], words: str, right: float | str) -> None:
    found = told(capsys, f"dummies {words}")["attacker_right"]
    assert found == (right if isinstance(right, str) else pytest.approx(right, abs=1e-11))


def test_continuous_mixes(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "sgmix --occupancy 0.1")
    assert found["first_out"] == "10/11"
    names = ("order_only_bits", "timing_bits", "full_observer_bits", "alone")
    expected = (0.483446686, 0.294161352, 0.193934402, 0.822579471)
    assert [found[name] for name in names] == [pytest.approx(each, abs=1e-9) for each in expected]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("mix --rule threshold", "--threshold"),
        ("mix --rule threshold --threshold 0", "--threshold"),
        ("mix --rule threshold --threshold -3", "--threshold"),
        ("mix --rule threshold --threshold 99999999999", "--threshold"),
        ("mix --rule threshold --threshold 3 --pool 2", "keeps no pool"),
        ("mix --rule threshold --threshold 3 --fraction 1/2", "has no fraction"),
        ("mix --rule threshold --threshold 3 --period 5", "does not flush at the end of each period"),
        ("mix --rule timed --threshold 3 --period 0", "--period"),
        ("mix --rule timed-pool --threshold 3", "keeps a pool of at least 1, not 0"),
        ("mix --rule cottrell --threshold 3 --pool 0 --fraction 1/2", "keeps a pool of at least 1, not 0"),
        ("mix --rule cottrell --threshold 3 --pool -1 --fraction 1/2", "--pool"),
        ("mix --rule cottrell --threshold 3 --pool 4", "needs a fraction"),
        ("mix --rule cottrell --threshold 3 --pool 4 --fraction 0", "above 0 and at most 1"),
        ("mix --rule cottrell --threshold 3 --pool 4 --fraction 1.5", "above 0 and at most 1"),
        ("mix --rule cottrell --threshold 3 --pool 4 --fraction half", "--fraction wants a fraction"),
        ("mix --rule cottrell --threshold 3 --pool 4 --fraction 1e-3", "--fraction wants a fraction"),
        (f"mix --rule cottrell --threshold 3 --pool 4 --fraction 0.{'3' * 5000}", "--fraction wants a fraction"),
        ("mix --rule cottrell-r3 --threshold 3 --pool 4 --fraction 1/3", "whole number of percent"),
        ("mix --rule cottrell-r2 --threshold 3 --pool 4 --fraction 1/50 --rounds 1", "nothing leaves in round 1"),
        ("mix --rule timed --threshold 3 --rounds 0", "rounds are counted from 1"),
        ("mix --rule timed --threshold 3 --rounds 3 --forever", "--rounds and --forever exclude each other"),
        ("mix --rule binomial --threshold 3", "rule binomial is not computed"),
        ("mix --rule nonsense --threshold 3", "rule 'nonsense'; there are: threshold"),
        ("mix --rule timed --threshold 3 --plot /nowhere/x.png", "No such file"),
        ("quota --rule cottrell --pool 0 --fraction 1/2 --held 3", "at least 1, not 0"),
        ("quota --rule cottrell --pool 3 --held 3", "needs a fraction"),
        ("quota --rule cottrell --pool 3 --threshold 0 --fraction 1/2 --held 3", "MIX-2"),
        ("quota --rule threshold --threshold 1 --held 3", "MIX-1"),
        ("quota --rule timed --held -1", "--held"),
        ("quota --rule timed --held 65536", "--held"),
        ("quota --rule binomial --held 3", "rule binomial has no quota"),
        ("quota --rule nonsense --held 3", "rule 'nonsense'"),
        ("quota --rule timed --held 3 --subject nobody", "no subject is called 'nobody'"),
        ("blending --threshold 0", "--threshold"),
        ("blending --threshold 3 --pool -1", "--pool"),
        ("blending --threshold 3 --pool 501", "500 good messages or fewer"),
        ("dummies --law poisson", "law poisson wants --mean, and no more"),
        ("dummies --law poisson --mean 1 --count 2", "law poisson wants --mean, and no more"),
        ("dummies --law poisson --mean=-1", "--mean wants a number"),
        ("dummies --law geometric --continue 1", "never ends"),
        ("dummies --law geometric --continue 3/2", "at most 1"),
        ("dummies --law binomial --trials 5", "law binomial wants --trials and --chance"),
        ("dummies --law binomial --trials -5 --chance 1/2", "coins are counted from 0"),
        ("dummies --law constant --count -1", "-1 dummies are none"),
        ("dummies --law loaded", "there is no law 'loaded'"),
        ("sgmix --occupancy 0", "from 0.01 to 1000, not 0"),
        ("sgmix --occupancy 1001", "from 0.01 to 1000, not 1001"),
        ("sgmix --occupancy=-1", "--occupancy wants a number"),
        ("sgmix --occupancy few", "--occupancy wants a number"),
        ("sgmix --occupancy 1 --plot /nowhere/x.png", "No such file"),
        ("linked-paths --honest 5 --bad-hop 0.1 --forward 1 --paths 3", "below 1"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(capsys: pytest.CaptureFixture[str], words: str, says: str) -> None:
    if "--plot" in words:
        pytest.importorskip("matplotlib")
    code, out, err = run(capsys, words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("anonspec: ")
    assert says in err


@pytest.mark.parametrize(
    "words",
    [
        "mix --rule cottrell-r1 --threshold 20 --pool 45 --fraction 0.65",
        "mix --rule threshold --threshold 1",
        "mix --rule timed-pool --threshold 1000000000 --pool 1",
        "sgmix --occupancy 2.5",
    ],
)
def test_pictures(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: str) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "picture.svg"
    assert run(capsys, f"{words} --plot {picture}")[0] == 0
    drawn = picture.read_text("utf-8")
    for said in ("(rounds: flushes attended)", "effective set size (messages)") if "mix --rule" in words else (
        "occupancy, rate of arrivals",
        "entropy of a leaving message (bits)",
    ):  # fmt: skip
        assert said in drawn


def test_every_rule_of_the_chapter_is_measured_or_refused_by_name() -> None:
    assert set(KINDS) - {"mix.own", "mix.x25519", "mix.mlkem768-x25519"} == {
        f"mix.{rule}" for rule in (*RULES, "binomial")
    }
