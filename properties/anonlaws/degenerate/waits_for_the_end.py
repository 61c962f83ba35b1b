"""Answers all that it was asked when there is nothing more to come."""

import json
import sys

from anonlaws.degenerate import right

answers = [json.dumps(right.answer(json.loads(line))) + "\n" for line in sys.stdin]
right.write("".join(answers))
