"""The command `python -m tests.mutation`: judge all mutants that are not judged yet, and say which survive."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from anonlaws.cli_options import console, progress

from . import page
from .judge import CHAPTERS, ENGINES, checks, judged
from .mutants import mutants

LEAST = 0.95
"""The share of a chapter's mutants that has to be caught."""

RESULTS = Path(".mutation/results.jsonl")


def main(
    chapter: Annotated[list[str] | None, typer.Option(help="Only this one. May be repeated.")] = None,
    only: Annotated[str, typer.Option(help="Only mutants of functions with this in their name.")] = "",
    engine: Annotated[
        list[str] | None, typer.Option(help=f"Only these checks: {', '.join(ENGINES)}. May be repeated.")
    ] = None,
    sample: Annotated[int, typer.Option(min=0, help="Only so many, drawn; 0 is all.")] = 0,
    seed: Annotated[int, typer.Option(help="Of that draw.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Mutants that are judged at once.")] = 2,
    again: Annotated[bool, typer.Option("--again", help="Judge anew those that have survived.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write docs/mutation.md, of all chapters.")] = False,
    results: Annotated[
        Path, typer.Option(dir_okay=False, help="The file of all that is judged: a run that is cut goes on.")
    ] = RESULTS,
) -> None:
    """Put the mutants of the reference to its vectors and laws.

    Exit: 0 all is well, 1 a chapter has less than 95 % caught or a survivor has no reason, 2 usage.
    """
    chapters = [each for each in CHAPTERS if each in (chapter or CHAPTERS)]
    if unknown := set(chapter or ()) - set(CHAPTERS):
        raise typer.BadParameter(f"no chapter is called {', '.join(sorted(unknown))}; there are {', '.join(CHAPTERS)}")
    engines = engine or list(ENGINES)
    if unknown := set(engines) - set(ENGINES):
        raise typer.BadParameter(f"no engine is called {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}")
    if write and (only or sample or chapter):
        raise typer.BadParameter("--write is for all mutants of all chapters")
    results.parent.mkdir(parents=True, exist_ok=True)
    known = {each["number"]: each for each in read(results)}
    with progress("making mutants") as advance:
        advance(len(chapters))
        made = []
        for each in chapters:
            made += [mutant for mutant in mutants(each) if only in mutant.function]
            advance(0)
    if not made:
        raise typer.BadParameter(f"no function with a mutant has {only!r} in its name")
    if sample:
        made = random.Random(seed).sample(made, min(sample, len(made)))
    done = {number for number, row in known.items() if not page.open_to(row, engines, again)}
    why = page.reasons()  # what has a reason comes last, since it passes all checks
    waiting = sorted((each for each in made if each.number not in done), key=lambda each: page.place(vars(each)) in why)
    if waiting:
        with progress("measuring the checks") as advance:
            listed = checks(engines, results.with_suffix(".checks.json"), workers, advance)
        with progress("judging mutants") as advance, results.open("a", encoding="utf-8") as kept:
            advance(len(waiting))
            for mutant, verdict in judged(waiting, listed, workers):
                row = {**asdict(mutant), **asdict(verdict), "engines": engines}
                del row["source"]
                known[mutant.number] = row
                kept.write(json.dumps(row) + "\n")
                kept.flush()
                advance(0)
    rows = [known[each.number] for each in made]
    raise typer.Exit(report(rows, write, whole=not only and not sample))


def read(results: Path) -> list[dict[str, Any]]:
    """What was judged before; a last line that was cut short is left out."""
    text = results.read_text("utf-8") if results.exists() else ""
    if text and not text.endswith("\n"):
        results.write_text(text := text[: text.rfind("\n") + 1], "utf-8")
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError as error:
        raise typer.BadParameter(f"{results}: a line is not JSON: {error}") from None


def report(rows: Sequence[dict[str, Any]], write: bool, whole: bool) -> int:
    """The table and what is wrong on standard output, the page where it is wanted; the exit code."""
    out, why = console(), page.reasons()
    table = Table("chapter", *page.heads())
    counts = page.counted(rows)
    for chapter, count in counts.items():
        table.add_row(chapter, *page.cells(count))
    out.print(table)
    survivors = [row for row in rows if row["verdict"] == "survived"]
    unexplained = [row for row in survivors if page.place(row) not in why]
    for row in unexplained:
        said = f"{row['chapter']}.py:{row['line']} {row['function']}: {row['was']} -> {row['becomes']}"
        out.print(f"survived, and no reason is given: {said}", markup=False, highlight=False, soft_wrap=True)
    idle = set(why) - {page.place(row) for row in survivors}
    for chapter, function, was, becomes in sorted(each for each in idle if whole and each[0] in counts):
        said = f"{chapter}.py {function}: {was} -> {becomes}"
        out.print(f"does not survive, and has a reason: {said}", markup=False, highlight=False, soft_wrap=True)
    low = [chapter for chapter, count in counts.items() if page.caught(count) < LEAST]
    for chapter in low:
        out.print(f"{chapter}: less than {LEAST:.0%} of the mutants are caught")
    if write:
        page.PAGE.write_text(page.written(rows), "utf-8")
    elif older := [chapter for chapter in page.older() if chapter in counts]:
        out.print(f"docs/mutation.md is of another version of: {', '.join(older)}")
    return int(bool(unexplained or low))


typer.run(main)
