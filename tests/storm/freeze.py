"""What Storm's exact engine says of the two models beside this file: `python freeze.py` writes it to frozen.json.

Run it where stormpy is installed, 2.0 or newer (`pip install stormpy`); nothing else is needed. Every chance is a
fraction, computed in rationals from the model to the answer.
"""

import importlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FROZEN = HERE / "frozen.json"

BAD_HOP, FORWARD = "0.091", "0.8"
CROWDS = [(3, 3), (4, 3), (5, 3), (5, 4)]
"""Honest members, paths."""
DINERS = [3, 4, 5]
SEEN = {
    "positive": '"initiator_twice"',
    "false_positive": '"other_twice"',
    "anybody_twice": '("initiator_twice" | "other_twice")',
}


def built(value: type, name: str, constants: Mapping[str, object], finals: Sequence[str]) -> tuple[Any, list[Any]]:
    """The chain of a model with its chances as `value`, and for each final condition its property."""
    storm: Any = importlib.import_module("stormpy")
    program = storm.parse_prism_program(str(HERE / f"{name}.prism"))
    asked = storm.parse_properties("; ".join(f'P=? [F ("over" & {final})]' for final in finals), program)
    given = ",".join(f"{name}={value}" for name, value in constants.items())
    program, asked = storm.instantiate_constants(program, given, asked)
    return storm.build_model[value](program, asked), asked


def checked(model: Any, asked: Sequence[Any]) -> list[Any]:
    """The chance of each property in the model's first state."""
    storm: Any = importlib.import_module("stormpy")
    (start,) = model.initial_states
    return [storm.model_checking(model, one, only_initial_states=True).get_value(start) for one in asked]


def exactly(name: str, constants: Mapping[str, object], finals: Sequence[str]) -> list[Fraction]:
    storm: Any = importlib.import_module("stormpy")
    return [Fraction(str(chance)) for chance in checked(*built(storm.Rational, name, constants, finals))]


def crowd(honest: int, paths: int) -> dict[str, str]:
    """The chances that the initiator, another, anybody was seen at least twice."""
    constants = {"M": honest, "RUNS": paths, "B": BAD_HOP, "PF": FORWARD}
    found = exactly("crowds", constants, list(SEEN.values()))
    return {name: str(chance) for name, chance in zip(SEEN, found, strict=True)}


def table(diners: int, payer: int) -> dict[str, str]:
    """How likely is all that can be said, diner by diner, 1 for "different"; what is never said is left out."""
    outcomes = list(product((0, 1), repeat=diners))
    finals = [" & ".join(f"said{i}={bit}" for i, bit in enumerate(said)) for said in outcomes]
    found = exactly("diners", {"N": diners, "PAYER": payer}, finals)
    return {"".join(map(str, said)): str(chance) for said, chance in zip(outcomes, found, strict=True) if chance}


def everything() -> dict[str, Any]:
    return {
        "crowds": [
            {"honest": honest, "bad_hop": BAD_HOP, "forward": FORWARD, "paths": paths, **crowd(honest, paths)}
            for honest, paths in CROWDS
        ],
        "diners": [
            {"diners": diners, "payer": None if payer == diners else payer, "said": table(diners, payer)}
            for diners in DINERS
            for payer in range(diners + 1)
        ],
    }


if __name__ == "__main__":
    FROZEN.write_text(json.dumps(everything(), indent=2) + "\n")
