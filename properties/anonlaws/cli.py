"""The command `anonspec`. Whatever is wrong with what it is given ends in one line and the exit code of its kind."""

import json
import os
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.table import Table
from typer.main import get_command

from anonlaws import baseline as baselines
from anonlaws import check as gather
from anonlaws import (
    cli_adapter,
    cli_attack,
    cli_interop,
    cli_measure,
    cli_record,
    cli_selftest,
    cli_simulate,
    conform,
    generate,
    machines,
    profile,
    record,
)
from anonlaws.cli_options import AsJson, SubjectName, Usage, console, progress
from anonspec import text
from anonspec.harness.model import Case
from anonspec.shape import Reject

NOTHING_WRONG, BROKEN, USAGE, NO_PROGRAM, SUITE_WRONG, NOTHING_RAN = range(6)
INTERRUPTED = 130
"""Exit codes; the last is a shell's for Ctrl-C, and typer's."""

LEARN = """The protocols for speaking without being named: their specification, checked.

For study and checking; it protects nobody by itself.
"""

app = typer.Typer(help=LEARN, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(cli_measure.measures, name="measure", rich_help_panel=None)
app.add_typer(cli_attack.attacks, name="attack", rich_help_panel=None)
app.add_typer(cli_adapter.adapter, name="adapter", rich_help_panel=None)
app.command()(cli_simulate.simulate)
app.command()(cli_interop.interop)
app.command(name="report")(cli_record.report_stored)
app.command()(cli_record.diff)
app.command()(cli_record.profiles)
app.command()(cli_record.freeze)
app.command()(cli_selftest.selftest)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command; what stands after `--` is the program to be checked."""
    words = list(sys.argv[1:] if argv is None else argv)
    cut = words.index("--") if "--" in words else None
    try:
        code = get_command(app).main(
            words[:cut], "anonspec", standalone_mode=False, obj=None if cut is None else tuple(words[cut + 1 :])
        )
    except typer.TyperException as error:
        fail(
            getattr(error, "exit_code", USAGE),
            getattr(error, "format_message", error.__str__)(),
        )
    except (typer.Abort, KeyboardInterrupt):
        fail(INTERRUPTED, "interrupted")
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = NOTHING_WRONG
    except (Usage, Reject, gather.NoSubject) as error:
        fail(USAGE, str(error))
    except conform.ProgramBroken as error:
        fail(NO_PROGRAM, str(error))
    except conform.SuiteError as error:
        fail(SUITE_WRONG, f"the suite itself is wrong: {error}")
    except OSError as error:
        fail(USAGE, f"{error.filename}: {error.strerror}" if error.filename else str(error))
    if code == INTERRUPTED:
        fail(INTERRUPTED, "interrupted")
    sys.exit(code or NOTHING_WRONG)


def fail(code: int, why: str) -> NoReturn:
    """One line, and the end."""
    print(f"anonspec: {' '.join(why.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


# ---- check ----


@app.command()
def check(
    context: typer.Context,
    chapters: Annotated[list[str] | None, typer.Argument(metavar="[CHAPTER]...", help="All, if none is named.")] = None,
    engine: Annotated[
        list[str] | None, typer.Option(help=f"Only this evidence: {', '.join(gather.ENGINES)}. May be repeated.")
    ] = None,
    only: Annotated[str, typer.Option(help="Only cases, laws and faults with this in their name.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of all sampled draws.")] = 0,
    watchdog: Annotated[float, typer.Option(min=0.1, help="Seconds that a program has for an answer.")] = 10.0,
    profile_name: Annotated[
        str, typer.Option("--profile", metavar="NAME@VERSION", help="Judge by this profile: see anonspec profiles.")
    ] = "",
    strict: Annotated[bool, typer.Option("--strict", help="What only breaks a recommendation fails too.")] = False,
    baseline: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Failures that are known, and may not go stale.")
    ] = None,
    write_baseline: Annotated[Path | None, typer.Option(dir_okay=False, help="List the failures of this run.")] = None,
    as_json: AsJson = False,
    record_file: Annotated[
        Path | None, typer.Option("--record", dir_okay=False, help="Write down all of it, as it comes in.")
    ] = None,
    junit: cli_record.Out = None,
    html: cli_record.Out = None,
    badge: cli_record.Out = None,
    subject: SubjectName = "anonref",
    walks: Annotated[int, typer.Option(min=1, help="Of each role, by the engine machines.")] = machines.WALKS,
    cases: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A file of cases beside our own.")
    ] = None,
    promote: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Add what machines find wrong to this file, as cases.")
    ] = None,
) -> int:
    """Check the reference, or the program after --, against every vector and law.

    anonspec check dcnet -- node my-dcnet.mjs

    The engine machines walks a program's roles beside the reference; the reference itself only if it is named.

    Exit: 0 all hold, 1 something does not, 2 usage, 3 the program could not be talked to, 4 the suite itself is wrong,
    5 nothing ran, or not all of the profile.
    """
    command: tuple[str, ...] | None = context.obj
    claimed = cli_record.claimed(profile_name) if profile_name else None
    if claimed and set(chapters or ()) - {claimed.chapter}:
        raise Usage(f"profile {claimed.id} is of chapter {claimed.chapter}, and of no other")
    vectored = [claimed.chapter] if claimed else [name for name in text.CHAPTERS if conform.load(name)]
    named = chosen("chapter", chapters, vectored, text.CHAPTERS)
    itself = command is None and subject == gather.ORACLE
    usual = [each for each in gather.ENGINES if each != "machines" or not itself]
    engines = chosen("engine", engine, profile.ENGINES if claimed else usual, gather.ENGINES)
    more = [case for file in cases or () for case in conform.read(file)]
    if strange := {case.chapter for case in more} - set(named):
        raise Usage(f"--cases has cases of {', '.join(sorted(strange))}, which is not checked")
    if promote and (command is None or len(named) > 1 or "machines" not in engines):
        raise Usage("--promote is for one named chapter of a program after --, and the engine machines")
    if promote and promote.exists():
        conform.read(promote)
    promoted: list[Case] = []
    known = cli_record.listed(baseline)
    kept = {**known.known, **cli_record.filled_in(write_baseline)}
    scope = profile.scope(claimed) if claimed else None
    began = time.monotonic()

    def wanted(name: str) -> bool:
        return only in name and (scope is None or name in scope)

    with progress("checking") as advance, ExitStack() as ended:
        asked: conform.Program
        if command is None:
            asked = conform.InProcess(gather.subject(subject).answer)
            lines = gather.check_reference(subject, named, engines, wanted, seed, advance, more, walks)
        else:
            if not command or not command[0]:
                raise Usage("no program after --")
            asked = ended.enter_context(conform.Process(command, watchdog=watchdog))
            given = (asked, command, named, engines, wanted, seed, advance)
            lines = gather.check_program(*given, more, walks, promoted.append)
        described = asked.describe()
        checked = f"{described.impl.name} {described.impl.version} ({shlex.join(command)})" if command else subject
        header = record.begin(
            "the reference, anonref" if checked == "anonref" else checked,
            described,
            command=command or (),
            chapters=named,
            engines=engines,
            only=only,
            seed=seed,
            watchdog=watchdog,
            strict=strict,
            profile=claimed,
        )
        writer = record.Writer(header, record_file)
        cli_record.weighed(lines, writer, header, known)
    run = writer.end(time.monotonic() - began)
    cli_record.write(run, junit, html, badge)
    if promoted and promote:
        machines.write(promote, named[0], promoted)
    if write_baseline:
        write_baseline.write_text(baselines.written(kept, run.lines, named), encoding="utf-8")
    cli_record.tell(run, as_json)
    return run.exit


def chosen(what: str, named: Sequence[str] | None, all_of: Sequence[str], known: Sequence[str]) -> list[str]:
    """The names that were given, or all. Raises Usage."""
    for name in named or ():
        if name not in known:
            raise Usage(f"there is no {what} {name!r}; there are: {', '.join(known)}")
    return list(dict.fromkeys(named or all_of))


# ---- what the rest is for ----


@app.command()
def laws(
    chapters: Annotated[list[str] | None, typer.Argument(metavar="[CHAPTER]...")] = None, as_json: AsJson = False
) -> None:
    """List the laws: what each claims, what is proved of it and by which step, and which faults it refutes."""
    grid = Table("law", "clauses", "claims", "decided", "refutes")
    rows = []
    for chapter in chosen("chapter", chapters, text.CHAPTERS, text.CHAPTERS):
        module = gather.laws_of(chapter)
        for law in module.LAWS if module else []:
            how = "exhausted" if law.exact else "proved" if law.proves else "sampled"
            rows.append(
                {
                    "law": law.name,
                    "holds": law.holds,
                    "clauses": list(law.clauses),
                    "claim": law.doc,
                    "decided": how,
                    "for": law.proves or "",
                    "by": law.by,
                    "faults": [fault.name for fault in law.faults],
                }
            )
            decided = f"{how}: {law.proves}" if law.proves else how
            grid.add_row(
                law.name if law.holds else f"NOT A LAW: {law.name}",
                " ".join(law.clauses),
                law.doc,
                f"{decided}; by {law.by}" if law.by else decided,
                ", ".join(fault.name for fault in law.faults),
            )
    if as_json:
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        console().print(grid)


@app.command()
def trace(clause: str) -> None:
    """Show a clause in all of its places: text, reference, laws, vectors, faults."""
    try:
        found = text.clause(clause)
    except (KeyError, StopIteration):
        raise Usage(f"there is no clause {clause!r}") from None
    for place, what in generate.places(found.number):
        typer.echo(f"{place:10}{what}")


@app.command()
def serve(subject: SubjectName = "anonref") -> None:
    """Answer the harness protocol on standard input and output, as the reference."""
    gather.subject(subject).serve(sys.stdin.buffer, sys.stdout.buffer)


@app.command(name="generate")
def generate_files(
    check_only: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")] = False,
) -> int:
    """Write anew what is generated in a checkout: schemas, vectors, the README's table, what catches which fault."""
    changed = False
    for path, content in generate.files():  # what comes later is made of what was written before
        if not path.exists() or path.read_text("utf-8") != content:
            changed = True
            typer.echo(f"{'differs' if check_only else 'written'}: {path}")
            if not check_only:
                path.write_text(content, encoding="utf-8")
    return BROKEN if check_only and changed else NOTHING_WRONG


@app.command()
def bench(
    chapter: str,
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option(help="Smaller sizes and fewer rounds: to see that it works.")] = False,
) -> None:
    """Measure, in one run, a chapter's reference against bare primitives; `harness`: a check against bare lines."""
    found = entry_points(group="anonspec.benchmarks")
    if chapter not in found.names:
        raise Usage(f"there is no benchmark {chapter!r}; there are: {', '.join(sorted(found.names))}")
    with progress("measuring") as advance:
        rows: list[dict[str, Any]] = list(found[chapter].load()(advance, quick=quick))
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    grid = Table(*rows[0])
    for row in rows:
        grid.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row.values()))
    console().print(grid)


if __name__ == "__main__":
    main()
