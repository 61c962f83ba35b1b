"""Answers with a line of a gibibyte."""

from anonlaws.degenerate import right


def go_on(_: right.Json) -> None:
    for _mebibyte in range(2**10):
        right.write("0" * 2**20)
    right.write("\n")


right.serve_but_at_spoiled(go_on)
