"""Answers with something that is not JSON."""

from anonlaws.degenerate import right

right.serve_but_at_spoiled(lambda _: right.write("Segmentation fault (core dumped)\n"))
