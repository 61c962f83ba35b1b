"""Answers under the id of the question before."""

import json

from anonlaws.degenerate import right

right.serve_but_at_spoiled(lambda answer: right.write(json.dumps({**answer, "id": answer["id"] - 1}) + "\n"))
