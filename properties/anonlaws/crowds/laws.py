"""What chapter crowds claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: draws, hops and chances are those of wire.py and formulas.py. `net` is the
implementation in hand, a module or another program.
"""

from typing import Any

from anonlaws.crowds import chances, hops, paths, sealing, statistics, variants
from anonlaws.crowds.questions import questions
from anonlaws.law import gathered

LAWS, FAULTS, VARIANTS = gathered(hops, paths, chances, sealing, statistics, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; all
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not.

    Seeds, keys and identifiers of zeros are what a program has that forgot to look at them.
    """
    events = [fields for event in case.events for fields in event.values()]
    for fields in (case.ask.in_ if case.ask else case.start.params, *events):
        secrets = [fields.get("seed"), fields.get("key"), fields.get("neighbour") is not None and fields.get("path")]
        if any(secret and not secret.strip("0") for secret in secrets):
            return "a seed, key or identifier of zeros"
    return None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "degenerate", "questions"]
