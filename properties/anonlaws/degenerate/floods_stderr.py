"""Answers as it should, logs a mebibyte beside each answer, and ends with a status that says it failed."""

import json
import sys

from anonlaws.degenerate import right


def loudly(answer: right.Json) -> str:
    sys.stderr.write("all is lost! " * 80_000 + "\n")
    return json.dumps(answer)


right.serve(loudly)
sys.exit(3)
