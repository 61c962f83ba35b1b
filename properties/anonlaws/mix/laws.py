"""What chapter mix claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: rules, draws and batches are those of wire.py and formulas.py. `net` is the
implementation in hand, a module or another program.
"""

from typing import Any

from anonlaws.law import gathered
from anonlaws.mix import batches, chances, rules, sealing, statistics, variants, waiting
from anonlaws.mix.questions import questions

LAWS, FAULTS, VARIANTS = gathered(rules, batches, statistics, waiting, chances, sealing, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; all
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not.

    Seeds of zeros are what a program has that forgot to look at them; batches in the order in which they came are what
    a program sends that has no order. Malformed fields are not looked at.
    """
    fields = case.ask.in_ if case.ask else case.start.params
    seed = fields.get("seed")
    if isinstance(seed, str) and seed and not seed.strip("0"):
        return "a seed of zeros"
    if case.ask:
        taken = case.expect.out.get("taken", ()) if case.expect.out else ()
        if len(taken) > 1 and taken == fields["messages"][: len(taken)]:
            return "messages are taken in the order in which they stand"
        return None
    came: list[str] = []
    ordered = []
    for event, result in zip(case.events, case.expect.results, strict=False):
        arrival = event.get("arrive")
        if isinstance(arrival, dict) and isinstance(arrival.get("message"), str):
            if arrival["message"] and not arrival["message"].strip("0"):
                return "a message of zeros"
            came.append(arrival["message"])
        sends = [each for each in (result.out or {}).get("sends", ()) if each in came]
        if len(set(sends)) > 1:
            ordered.append(sends == sorted(sends, key=came.index))
    return "each batch leaves in the order in which it came" if ordered and all(ordered) else None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "degenerate", "questions"]
