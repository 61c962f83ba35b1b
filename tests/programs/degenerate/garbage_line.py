"""Answers `tally.reverse` with something that is not JSON."""

import tally

tally.serve_but_at_reverse(lambda _: tally.write("Segmentation fault (core dumped)\n"))
