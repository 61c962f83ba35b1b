"""What chapter sgmix claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: delays, plans and the mix are those of wire.py, chances are enumerated.
`net` is the implementation in hand, a module or another program.
"""

from typing import Any

from anonlaws.law import gathered
from anonlaws.sgmix import delays, mixing, plans, records, variants, watching
from anonlaws.sgmix.questions import questions

LAWS, FAULTS, VARIANTS = gathered(delays, plans, mixing, records, watching, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; all
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not.

    Seeds and messages of zeros are what a program has that forgot to look at them.
    """
    events = [fields for event in case.events for fields in event.values()]
    for fields in (case.ask.in_ if case.ask else case.start.params, *events):
        for name in ("seed", "message"):
            if isinstance(told := fields.get(name), str) and told and not told.strip("0"):
                return f"a {name} of zeros"
    return None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "degenerate", "questions"]
