"""Answers `tally.reverse` with a hundred thousand lists within each other."""

import tally


def dig(answer):
    tally.write(f'{{"id":{answer["id"]},"out":{"[" * 10**5}{"]" * 10**5}}}\n')


tally.serve_but_at_reverse(dig)
