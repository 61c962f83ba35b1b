"""Answers `tally.reverse` under the id of the question before it."""

import json

import tally

tally.serve_but_at_reverse(lambda answer: tally.write(json.dumps({**answer, "id": answer["id"] - 1}) + "\n"))
