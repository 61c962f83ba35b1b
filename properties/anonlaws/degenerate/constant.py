"""Gives the same answer to all questions: the right one to the first."""

from anonlaws.degenerate import right

described = right.answer({"id": 1, "cmd": "describe"})
right.serve(answer=lambda _: described)
