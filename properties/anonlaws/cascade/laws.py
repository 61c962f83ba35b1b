"""What chapter cascade claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: envelopes, batches and boards are those of wire.py. `net` is the
implementation in hand, a module or another program.
"""

from typing import Any

from anonlaws.cascade import conditions, losses, mixing, rows, sending, symbolic, variants
from anonlaws.cascade.questions import questions
from anonlaws.law import gathered

LAWS, FAULTS, VARIANTS = gathered(sending, mixing, rows, losses, conditions, symbolic, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; all
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not.

    Seeds and keys of zeros are what a program has that forgot to look at them; of hashes that are equal the order does
    not show.
    """
    events = [fields for event in case.events for fields in event.values()]
    for fields in (case.ask.in_ if case.ask else case.start.params, *events):
        secrets = [fields.get("seed"), fields.get("secret"), *fields.get("trail", ())]
        if any(secret and not secret.strip("0") for secret in secrets):
            return "a seed, key or hash of zeros"
        if len(set(fields.get("trail", ()))) < len(fields.get("trail", ())):
            return "two hashes that are equal"
    return None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "degenerate", "questions"]
