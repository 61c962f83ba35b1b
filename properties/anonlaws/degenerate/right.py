"""Answers as the reference does; and what the programs beside it start from, which spoil that in one way each."""

import json
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

Json = dict[str, Any]

SPOILED = "dcnet.unframe"
"""The operation at which those go wrong that are right at first."""

[_reference] = entry_points(group="anonspec.subjects", name="anonref")
answer: Callable[[Json], Json] = _reference.load().answer


def write(text: str) -> None:
    """Write at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def serve(line_of: Callable[[Json], str] = json.dumps, answer: Callable[[Json], Json] = answer) -> None:
    """Answer every question with one line; `line_of` makes the line of an answer."""
    for line in sys.stdin:
        write(line_of(answer(json.loads(line))) + "\n")


def serve_but_at_spoiled(fault: Callable[[Json], None]) -> None:
    """Answer as one should, but at SPOILED do the fault, which takes the answer that would have been right."""
    for line in sys.stdin:
        question = json.loads(line)
        if question.get("op") == SPOILED:
            fault(answer(question))
        else:
            write(json.dumps(answer(question)) + "\n")


def serve_but_describe(said: Json) -> None:
    """Describe oneself as one should, and answer the same to everything else."""
    serve(answer=lambda question: answer(question) if question["cmd"] == "describe" else {"id": question["id"], **said})


if __name__ == "__main__":
    serve()
