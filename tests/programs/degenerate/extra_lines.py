"""Says everything twice; with an argument, only the answer to `tally.reverse`."""

import json
import sys

import tally


def twice(answer):
    return json.dumps(answer) + "\n" + json.dumps(answer)


if len(sys.argv) > 1:
    tally.serve_but_at_reverse(lambda answer: tally.write(twice(answer) + "\n"))
else:
    tally.serve(twice)
