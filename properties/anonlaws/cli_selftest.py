"""The command `selftest`: whether the kit finds what is wrong, for the right reason, and nothing else."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from anonlaws import report, wrong_drivers
from anonlaws import selftest as kit
from anonlaws.check import Line
from anonlaws.cli_options import AsJson, Usage, console, progress
from anonspec import text

SUITE_WRONG = 4
COLUMNS = {
    "caught": "faults caught",
    "predicted": "as predicted",
    "waived": "waived",
    "variants": "variants",
    "changed": "changed expectations",
}


def selftest(
    chapters: Annotated[list[str] | None, typer.Argument(metavar="[CHAPTER]...", help="All, if none is named.")] = None,
    as_json: AsJson = False,
) -> int:
    """Check the kit itself: faults are caught for their reasons, variants pass, wrong programs and drivers are seen.

    Exit: 0 all is as it should be, 2 usage, 4 the suite is wrong.
    """
    for name in chapters or ():
        if name not in text.CHAPTERS:
            raise Usage(f"there is no chapter {name!r}; there are: {', '.join(text.CHAPTERS)}")
    named = list(dict.fromkeys(chapters or text.CHAPTERS))
    began = time.monotonic()
    with progress("testing the kit") as advance:
        lines = sorted(kit.run(named, advance), key=lambda line: named.index(line.chapter))
    seconds = time.monotonic() - began
    bad = [line for line in lines if not line.good]
    code = SUITE_WRONG if bad else 0
    if as_json:
        about = {"suite": version("anonspec"), "chapters": named, "seconds": seconds}
        whole = {**about, "lines": [asdict(line) for line in lines], "exit": code, "complete": True}
        typer.echo(json.dumps(whole, indent=1, ensure_ascii=False))
        return code
    shown = console()
    for each in report.failures(bad, {number: text.clause(number) for line in bad for number in line.clauses}):
        shown.print(each, soft_wrap=True)
    shown.print(table(named, lines))
    if "harness" in named:
        shown.print(beside("degenerate programs", [line for line in lines if line.engine == "degenerate"]))
        names = {fault.name for fault in wrong_drivers.FAULTS}
        drivers = [line for line in lines if line.engine == "predicted" and line.name in names]
        shown.print(beside("faulty drivers", drivers))
        shown.print(f"the driver itself: {report.counted(lines, 'harness', 'driver')} questions answered as it should")
    shown.print(Text(f"{'RED' if code else 'GREEN'}; {seconds:.0f} s", style="bold red" if code else "bold green"))
    return code


def table(chapters: Sequence[str], lines: Sequence[Line]) -> Table:
    """A row a chapter."""
    grid = Table("chapter", "clauses", *COLUMNS.values())
    for column in grid.columns[1:]:
        column.justify = "right"
    for chapter in chapters:
        cells = {engine: report.counted(lines, chapter, engine) for engine in COLUMNS}
        changed = [line for line in lines if line.chapter == chapter and line.engine == "changed"]
        if changed and all(line.good for line in changed):
            cells["changed"] = str(sum(line.cases for line in changed))
        styles = ("red" if " of " in cell else "green" if cell != "–" else "dim" for cell in cells.values())
        grid.add_row(chapter, str(len(text.clauses(chapter))), *map(Text, cells.values(), styles))
    return grid


def beside(title: str, lines: Sequence[Line]) -> Table:
    """What was predicted of each, and what was seen."""
    grid = Table(title, "predicted", "seen")
    for line in lines:
        seen = Text("the same", style="green") if line.good else Text(said(line.seen), style="red")
        grid.add_row(line.name, said(line.expected), seen)
    return grid


def said(what: Any) -> str:
    """A prediction, or what came of it, in one line."""
    return f"{what['case'] or 'nothing'}: {what['note']}" if isinstance(what, dict) else str(what)
