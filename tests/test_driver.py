"""The driver: what it takes for the same value, and what it remembers of a law's questions."""

import json
import sys
from typing import Any

import pytest

from anonlaws import conform
from anonspec.harness import model as harness

ECHO = """
import json, sys
said = {"hp": 1, "impl": {"name": "", "version": "", "language": ""}, "capabilities": {"tally.sum": {}}}
for line in sys.stdin:
    question = json.loads(line)
    answer = said if question["cmd"] == "describe" else {"out": "@"}
    whole = json.dumps({"id": question["id"], **answer}).replace('"@"', question.get("in", {}).get("say", ""))
    print(whole, flush=True)
"""
"""A program whose `out` is the text that it is given."""


@pytest.mark.parametrize(
    ("expected", "said", "same"),
    [
        ({"a": 1, "b": [2]}, '{"b":[2],"a":1}', True),
        ({"a": 1}, '{"a":1.0}', False),
        ({"a": 1}, '{"a":true}', False),
        ({"a": 1.5}, '{"a":15e-1}', True),
        ({"a": None}, '{"a":1e400}', False),
        ({"a": None}, '{"a":null}', True),
        ({"a": "é"}, '{"a":"\\u00e9"}', True),
        ({"a": {"1": 1}}, '{"a":{"1":1,"2":2}}', False),
        ({"a": {"1": 1, "2": 2}}, '{"a":{"2":2,"1":1}}', True),
    ],
)
def test_values_are_the_same_or_not_whatever_their_order(expected: dict[str, Any], said: str, same: bool) -> None:
    whole = {"name": "a", "clauses": ["TLY-1"], "needs": ["tally.sum"], "why": "so", "expect": {"out": expected}}
    whole["ask"] = {"op": "tally.sum", "in": {"say": said}}
    case = harness.Case.model_validate_json(json.dumps(whole))
    with conform.Process([sys.executable, "-S", "-c", ECHO]) as program:
        program.describe()
        assert conform.run_case(program, case).verdict == ("pass" if same else "fail")
