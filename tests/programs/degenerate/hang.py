"""Reads all and answers nothing; with an argument, only from the first `tally.reverse` on."""

import sys
import time

import tally

if len(sys.argv) > 1:
    tally.serve_but_at_reverse(lambda _: time.sleep(1000))
else:
    time.sleep(1000)
