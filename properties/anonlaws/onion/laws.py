"""What chapter onion claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: packets are those of wire.py. `net` is the implementation in hand, a module
or another program.
"""

from typing import Any

from anonlaws.law import gathered
from anonlaws.onion import headers, passing, replies, symbolic, variants
from anonlaws.onion.questions import questions

LAWS, FAULTS, VARIANTS = gathered(headers, passing, replies, symbolic, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; and
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not.

    Seeds and secrets of zeros are what a program has that forgot to look at them.
    """
    events = [fields for event in case.events for fields in event.values()]
    for fields in (case.ask.in_ if case.ask else case.start.params, *events):
        secrets = [fields.get("seed"), fields.get("secret")]
        if any(secret and not secret.strip("0") for secret in secrets):
            return "a seed or secret of zeros"
    return None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "degenerate", "questions"]
