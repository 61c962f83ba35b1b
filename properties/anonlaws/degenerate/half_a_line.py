"""Breaks off in the middle of an answer."""

import json
import sys

from anonlaws.degenerate import right


def break_off(answer: right.Json) -> None:
    right.write(json.dumps(answer)[:9])
    sys.exit()


right.serve_but_at_spoiled(break_off)
