"""What chapter crowds claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: draws, hops and chances are those of wire.py and formulas.py. `net` is the
implementation in hand, a module or another program.
"""

from typing import Any

from anonlaws.crowds import chances, hops, paths
from anonlaws.crowds.wire import Codec
from anonlaws.law import Fault, Law

_PARTS = [value for part in (hops, paths, chances) for value in vars(part).values()]

LAWS: list[Law] = list({value.name: value for value in _PARTS if isinstance(value, Law)}.values())
"""All laws, and the claims that are none."""

FAULTS: list[Fault] = list(dict.fromkeys(value for value in _PARTS if isinstance(value, Fault)))
"""All faulty implementations; each is caught by a case for its clause."""


def degenerate(case: Any) -> str | None:
    return None


def questions(draw: Any) -> Any:
    yield from ()


__all__ = ["FAULTS", "LAWS", "Codec", "degenerate", "questions"]
