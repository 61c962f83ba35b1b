"""Refuses every question."""

from anonlaws.degenerate import right

right.serve_but_describe({"reject": {"clause": "HP-15", "reason": "no"}})
