"""Writes what it reads."""

from anonlaws.degenerate import right

right.serve(answer=lambda question: question)
