"""Refuses every question."""

import json
import sys

import tally

for line in sys.stdin:
    question = json.loads(line)
    said = tally.describe() if question["cmd"] == "describe" else {"reject": {"clause": "HP-15", "reason": "no"}}
    tally.write(json.dumps({"id": question["id"], **said}) + "\n")
