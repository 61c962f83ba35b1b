"""Declares every capability and has none."""

from anonlaws.degenerate import right

right.serve_but_describe({"unsupported": "what was asked"})
