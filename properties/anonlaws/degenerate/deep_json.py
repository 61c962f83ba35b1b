"""Answers with a hundred thousand lists within each other."""

from anonlaws.degenerate import right

right.serve_but_at_spoiled(lambda answer: right.write(f'{{"id":{answer["id"]},"out":{"[" * 10**5}{"]" * 10**5}}}\n'))
