"""What all commands share: the options that they have in common, where they write, and how they say what is wrong."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output in place of the table.")]
SubjectName = Annotated[str, typer.Option("--subject", help="The installed subject to be checked.")]


class Usage(Exception):
    """Something that was typed does not make sense; the message says what, and where."""


def console() -> Console:
    """Standard output; in a pipe wide enough for every table."""
    return Console() if sys.stdout.isatty() else Console(width=140)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing in a pipe. Told a number it is that long; told 0, one more is done."""
    stderr = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda many: bar.update(task, total=many) if many else bar.advance(task)
