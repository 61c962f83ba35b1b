"""Begins its answer to `tally.reverse` and never ends the line."""

import tally


def never_end(_):
    while True:
        tally.write("0" * 2**20)


tally.serve_but_at_reverse(never_end)
