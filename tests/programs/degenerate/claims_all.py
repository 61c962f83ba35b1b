"""Declares every capability and has none."""

import json
import sys

import tally

for line in sys.stdin:
    question = json.loads(line)
    said = tally.describe() if question["cmd"] == "describe" else {"unsupported": str(question.get("op"))}
    tally.write(json.dumps({"id": question["id"], **said}) + "\n")
