"""Closed forms and the reference against an independent tool: Storm, a probabilistic model checker, in rationals.

Its answers are frozen in storm/frozen.json, so the comparison needs no Storm; where stormpy is installed, Storm is
asked again, about the models beside that file, which share no code with ours.
"""

import json
import runpy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from anonlaws.chance import Choose, distribution
from anonlaws.crowds import formulas
from anonref import dcnet

STORM = Path(__file__).parent / "storm"
FROZEN: dict[str, list[dict[str, Any]]] = json.loads((STORM / "frozen.json").read_text())


@pytest.mark.parametrize("case", FROZEN["crowds"], ids=lambda case: f"{case['honest']} honest, {case['paths']} paths")
def test_linked_paths_are_those_of_storm(case: dict[str, Any]) -> None:
    model = (case["honest"], Fraction(case["bad_hop"]), Fraction(case["forward"]), case["paths"])
    positive, anybody = Fraction(case["positive"]), Fraction(case["anybody_twice"])
    assert formulas.positive(*model) == positive
    assert formulas.false_positive(*model) == Fraction(case["false_positive"])
    assert formulas.anybody_twice(*model) == anybody
    assert formulas.confidence(*model) == positive / anybody


@pytest.mark.parametrize("case", FROZEN["diners"], ids=lambda case: f"{case['diners']} diners, {case['payer']} paid")
def test_what_the_reference_s_diners_say_is_what_storm_s_say(case: dict[str, Any]) -> None:
    diners, payer = case["diners"], case["payer"]
    frozen = {tuple(map(int, said)): Fraction(chance) for said, chance in case["said"].items()}

    def say(choose: Choose) -> tuple[int, ...]:
        coins = [choose.among((0, 1)) for _ in range(diners)]
        return tuple(dcnet.say((coins[i], coins[i - 1]), int(i == payer)) for i in range(diners))

    assert distribution(say) == frozen
    assert set(frozen.values()) == {Fraction(1, 2 ** (diners - 1))}
    assert {sum(said) % 2 for said in frozen} == {int(payer is not None)}
    if diners == 3:
        assert {dcnet.payer(said) for said in frozen} == {int(payer is not None)}


def test_storm_still_says_what_is_frozen() -> None:
    pytest.importorskip("stormpy", reason="stormpy is not installed")
    assert runpy.run_path(str(STORM / "freeze.py"))["everything"]() == FROZEN
