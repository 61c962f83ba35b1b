"""Answers as it should, and logs a mebibyte beside each answer."""

import json
import sys

import tally


def loudly(answer):
    sys.stderr.write("all is lost! " * 80_000 + "\n")
    return json.dumps(answer)


tally.serve(loudly)
