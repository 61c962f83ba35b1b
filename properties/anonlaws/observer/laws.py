"""What chapter observer claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: who sees what, and how likely it is, is found here again and otherwise.
`eye` is the implementation in hand, a module or another program.
"""

from typing import Any

from anonlaws.law import gathered
from anonlaws.observer import beliefs, sight, variants
from anonlaws.observer.questions import questions

LAWS, FAULTS, VARIANTS = gathered(sight, beliefs, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; all
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not."""
    packets = case.ask.in_.get("packets", []) if case.ask else []
    if len(packets) > 1 and all(each["bytes"] == each["content"] for each in packets):
        return "contents that are the bytes on the wire"
    return None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "degenerate", "questions"]
