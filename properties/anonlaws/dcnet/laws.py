"""What chapter dcnet claims, as laws; beside each the faulty implementations that it refutes, and what is not a law.

A law never asks its subject what is right: sums, graphs and counts are those of words.py. `net` is the implementation
in hand, a module or another program.
"""

from typing import Any

from anonlaws.dcnet import net, parties, slots, traps, variants
from anonlaws.dcnet.questions import questions
from anonlaws.dcnet.words import Codec
from anonlaws.law import gathered

LAWS, FAULTS, VARIANTS = gathered(net, parties, slots, traps, variants)
"""All laws, with the claims that are none; all faulty implementations, each caught by a case for its clause; all
implementations that are built otherwise, and right."""


def degenerate(case: Any) -> str | None:
    """Why a case's inputs would let a wrong program pass; None if they do not.

    A pad of zeros hides nothing and is not missed, and where the announcement is the message nobody had to add.
    """
    if case.ask is None:
        asked = [event["speak"] for event in case.events if "speak" in event]
        given = [out.out["word"] for out in case.expect.results if out.out and "word" in out.out]
    else:
        asked, out = [case.ask.in_], getattr(case.expect, "out", None)
        given = [out["word"]] if out and "word" in out else []
    for fields in asked:
        pads = [pad for pad in fields.get("pads", {}).values() if isinstance(pad, str)]
        if any(not pad.strip("0") for pad in pads):
            return "a pad of zeros"
        if pads and fields.get("message") in given:
            return "the announcement is the message"
    return None


__all__ = ["FAULTS", "LAWS", "VARIANTS", "Codec", "degenerate", "questions"]
