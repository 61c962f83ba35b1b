"""Says to every question that it is done."""

from anonlaws.degenerate import right

right.serve_but_describe({"out": {}})
