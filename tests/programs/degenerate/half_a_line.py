"""Breaks off in the middle of the answer to `tally.reverse`."""

import json
import sys

import tally


def break_off(answer):
    tally.write(json.dumps(answer)[:9])
    sys.exit()


tally.serve_but_at_reverse(break_off)
