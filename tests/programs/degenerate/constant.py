"""Gives the same answer to all questions: the right one to the first."""

import json
import sys

import tally

for _ in sys.stdin:
    tally.write(json.dumps({"id": 1, **tally.describe()}) + "\n")
