"""The commands `report`, `diff`, `profiles` and `freeze`; and how profile and baseline weigh what `check` finds."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from anonlaws import baseline as baselines
from anonlaws import conform, page, record, report
from anonlaws import profile as frozen
from anonlaws.check import Line
from anonlaws.cli_options import AsJson, Usage, console
from anonspec import text
from anonspec.harness.model import Profile

Out = Annotated[Path | None, typer.Option(dir_okay=False, help="Write it to this file as well.")]


# ---- what `check` needs ----


def claimed(name: str) -> Profile:
    """The profile of this id. Raises Usage."""
    if name not in frozen.profiles():
        raise Usage(f"there is no profile {name!r}; there are: {', '.join(frozen.profiles())}")
    return frozen.profiles()[name]


def listed(file: Path | None) -> baselines.Baseline:
    """The known failures in a file, none without one. Raises Usage."""
    try:
        return baselines.load(file) if file else baselines.Baseline(format=1, known={})
    except ValueError as error:
        raise Usage(f"{file}: {error}") from None


def weighed(lines: Iterable[Line], writer: record.Writer, header: record.Header, known: baselines.Baseline) -> None:
    """Write each line as it comes in, as it stands by the strictness, profile and baseline of the run."""
    today, profile = header.began.date(), header.profile

    def settled(line: Line) -> Line:
        if header.strict and line.verdict == "lax":
            line = replace(line, good=False, counts=True)
        if profile and not line.name.startswith("requires/"):
            line = frozen.scored(profile, line)
        return baselines.settled(known, line, today)

    for line in frozen.lacking(profile, header.described["capabilities"]) if profile else ():
        writer.add(settled(line))
    for line in lines:
        writer.add(settled(line))
    for line in baselines.stale(known, writer.lines(), header.chapters, today):
        writer.add(line)


def filled_in(file: Path | None) -> dict[str, baselines.Known]:
    """The entries of the baseline that is to be written, as far as a person has filled them in. Raises Usage."""
    try:
        if file is None:
            return {}
        entries = json.loads(file.read_bytes())["known"].items()
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Usage(f"{file}: it is there, and no baseline: not overwritten") from None
    filled = {
        name: entry for name, entry in entries if isinstance(entry, dict) and str(entry.get("reason", "")).strip()
    }
    try:
        return baselines.Baseline.model_validate_json(json.dumps({"format": 1, "known": filled})).known
    except ValueError:
        raise Usage(f"{file}: it is there, and no baseline: not overwritten") from None


# ---- commands ----


def stored(file: Path) -> record.Run:
    """The run of a record in a file. Raises Usage."""
    try:
        return record.read(file.read_bytes().splitlines())
    except ValueError as error:
        raise Usage(f"{file}: {error}") from None


def write(run: record.Run, junit: Path | None, html: Path | None, badge: Path | None) -> None:
    """Write what is made from a record to the files that are named."""
    for file, made in ((junit, report.as_junit), (html, page.as_html), (badge, report.as_badge)):
        if file:
            file.write_text(made(run), encoding="utf-8")


def tell(run: record.Run, as_json: bool) -> None:
    """Write a run to standard output."""
    if as_json:
        typer.echo(report.as_json(run))
    else:
        report.show(run, console())


Record = Annotated[Path, typer.Argument(metavar="RUN.jsonl", dir_okay=False, help="What check --record wrote.")]


def report_stored(
    file: Record, as_json: AsJson = False, junit: Out = None, html: Out = None, badge: Out = None
) -> None:
    """Show a stored run again, in any form: a table, JSON, JUnit, a page of HTML, a badge."""
    run = stored(file)
    write(run, junit, html, badge)
    tell(run, as_json)


def diff(old: Record, new: Record, as_json: AsJson = False) -> int:
    """Compare two stored runs: what holds no more, what holds now, what is new or gone, and with what they were made.

    Exit: 0 nothing got worse, 1 something did, 2 usage. Worse is what held and does not hold, does not apply or is gone
    now, and what is new and does not hold.
    """
    before, now = stored(old), stored(new)
    changes, means = list(record.compare(before, now)), list(record.means(before, now))
    if as_json:
        rows = [vars(change) for change in changes]
        worse = sum(change.bad for change in changes)
        typer.echo(json.dumps({"means": means, "changes": rows, "worse": worse}, indent=1, ensure_ascii=False))
    else:
        console().print(report.changes(changes, means))
    return int(any(change.bad for change in changes))


def profiles(as_json: AsJson = False) -> None:
    """List the profiles: what a program of each claims to be, and what it has to declare for that."""
    if as_json:
        rows = [profile.model_dump(mode="json") for profile in frozen.profiles().values()]
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    grid = Table("profile", "a program that", "declares", "clauses", "cases", "laws")
    for name, profile in frozen.profiles().items():
        counts = (len(profile.clauses), len(profile.cases), len(profile.laws))
        grid.add_row(name, profile.claim, " ".join(profile.requires), *map(str, counts))
    console().print(grid)


def freeze(
    name: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="As in mix-sealed@1.")],
    chapter: Annotated[str, typer.Option(help="The chapter whose cases it takes.")],
    requires: Annotated[str, typer.Option(help="The capabilities, with commas between them.")],
    claim: Annotated[str, typer.Option(help="What a program of it does: one sentence.")],
) -> None:
    """Write a new profile into a checkout: all cases and laws that need no other capability, as they are now.

    A profile that is there is never written again: take the next version.
    """
    if chapter not in text.CHAPTERS:
        raise Usage(f"there is no chapter {chapter!r}; there are: {', '.join(text.CHAPTERS)}")
    what, _, number = name.partition("@")
    if not number.isdecimal():
        raise Usage(f"a profile is called NAME@VERSION, as in mix-sealed@1, not {name!r}")
    if name in frozen.profiles():
        raise Usage(f"{name} is there already, and frozen: take the next version")
    try:
        made = frozen.freeze(chapter, what, int(number), [each.strip() for each in requires.split(",")], claim)
    except ValidationError as error:
        raise Usage(f"no profile {name!r}: {conform.first(error)}") from None
    except ValueError as error:
        raise Usage(f"no profile {name!r}: {error}") from None
    file = frozen.folder(chapter) / f"{made.name}-{made.version}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(made.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    typer.echo(f"written: {file}")
