"""The command `anonspec`. Whatever is wrong with what it is given ends in one line and the exit code of its kind."""

import json
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.main import get_command

from anonlaws import check as gather
from anonlaws import conform, generate, measure, report
from anonspec import text
from anonspec.shape import Reject

NOTHING_WRONG, BROKEN, USAGE, NO_PROGRAM, SUITE_WRONG, NOTHING_RAN = range(6)
INTERRUPTED = 130
"""Exit codes; the last is a shell's for Ctrl-C, and typer's."""

LEARN = """The protocols for speaking without being named: their specification, checked.

For study and checking; it protects nobody by itself.
"""

app = typer.Typer(help=LEARN, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
measures = typer.Typer(help="Exact numbers: what a coalition learns, what a protocol costs.", no_args_is_help=True)
app.add_typer(measures, name="measure", rich_help_panel=None)

Out = Annotated[Path | None, typer.Option(dir_okay=False, help="Write it to this file as well.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output in place of the table.")]
SubjectName = Annotated[str, typer.Option("--subject", help="The installed subject to be checked.")]


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


class Usage(Exception):
    """Something that was typed does not make sense; the message says what, and where."""


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
    as_json: AsJson = False,
    junit: Out = None,
    html: Out = None,
    subject: SubjectName = "anonref",
) -> int:
    """Check the reference, or the program after --, against every vector and law.

    anonspec check dcnet -- node my-dcnet.mjs

    Exit: 0 all hold, 1 something does not, 2 usage, 3 the program could not be talked to, 4 the suite itself is wrong,
    5 nothing ran.
    """
    command: tuple[str, ...] | None = context.obj
    named = chosen("chapter", chapters, [name for name in text.CHAPTERS if conform.load(name)], text.CHAPTERS)
    engines = chosen("engine", engine, gather.ENGINES, gather.ENGINES)
    began = time.monotonic()
    with progress("checking") as advance:
        if command is None:
            checked = f"the reference, {subject}" if subject == "anonref" else subject
            lines = list(gather.check_reference(subject, named, engines, only, seed, advance))
        else:
            if not command or not command[0]:
                raise Usage("no program after --")
            with conform.Process(command, watchdog=watchdog) as program:
                lines = list(gather.check_program(program, command, named, engines, only, seed, advance))
                assert program.described
                checked = f"{program.described.impl.name} {program.described.impl.version} ({shlex.join(command)})"
    order = {engine: place for place, engine in enumerate(gather.ENGINES)}
    lines.sort(key=lambda line: (named.index(line.chapter), order[line.engine]))
    run = report.Run(
        version("anonspec"),
        checked,
        command or (),
        tuple(named),
        seed,
        time.monotonic() - began,
        tuple(lines),
    )
    for file, written in ((junit, report.as_junit), (html, report.as_html)):
        if file:
            file.write_text(written(run), encoding="utf-8")
    if as_json:
        typer.echo(report.as_json(run))
    else:
        report.show(run, console())
    return run.exit


def chosen(what: str, named: Sequence[str] | None, all_of: Sequence[str], known: Sequence[str]) -> list[str]:
    """The names that were given, or all. Raises Usage."""
    for name in named or ():
        if name not in known:
            raise Usage(f"there is no {what} {name!r}; there are: {', '.join(known)}")
    return list(dict.fromkeys(named or all_of))


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
    """Write anew what is generated in a checkout: schemas, generated vectors, the README's table."""
    changed = [path for path, content in generate.files() if not path.exists() or path.read_text("utf-8") != content]
    for path in changed:
        typer.echo(f"{'differs' if check_only else 'written'}: {path}")
    if not check_only:
        for path, content in generate.files():
            path.write_text(content, encoding="utf-8")
    return BROKEN if check_only and changed else NOTHING_WRONG


@app.command()
def bench(
    chapter: str,
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option(help="Smaller sizes and fewer rounds: to see that it works.")] = False,
) -> None:
    """Measure a chapter's reference against the bare cost of its primitives, in one run."""
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


# ---- measure ----


def tell(numbers: measure.Measures, as_json: bool) -> None:
    """The numbers as JSON or as a table."""
    plain = measure.exact(numbers)
    if as_json:
        typer.echo(
            "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in plain.items()) + "\n}"
        )
        return
    grid = Table(show_header=False)
    for name, value in plain.items():
        grid.add_row(name.replace("_", " "), value if isinstance(value, str) else json.dumps(value))
    console().print(grid)


@measures.command("dcnet")
def measure_dcnet(
    members: Annotated[int, typer.Option(min=0, help="How many members the net has.")],
    edges: Annotated[str, typer.Option(help='Who shares keys with whom: "0-1,1-2,2-0", or "complete", or "ring".')],
    colluders: Annotated[str, typer.Option(help='Members that put together what they know: "0,2".')] = "",
    as_json: AsJson = False,
    subject: SubjectName = "anonref",
) -> None:
    """What a coalition learns of the sender in a DC-net, and what a slot costs."""
    net = gather.subject(subject).chapters["dcnet"]
    tell(measure.dcnet(net, members, graph(edges, members), numbers("--colluders", colluders)), as_json)


@measures.command("reservation")
def measure_reservation(
    slots: Annotated[int, typer.Option(min=1, help="Slots that a reservation round offers.")],
    senders: Annotated[int, typer.Option(min=0, help="Members that want to send.")],
    as_json: AsJson = False,
) -> None:
    """How often a reservation succeeds."""
    tell(measure.reservation(slots, senders), as_json)


Chance = Annotated[str, typer.Option(help="Exact: 3/4 or 0.75.")]
Members = Annotated[int, typer.Option(help="Members in all.")]
Collaborators = Annotated[int, typer.Option(help="Members that put together what they see.")]
Paths = Annotated[int, typer.Option(help="Paths that are known to have the same initiator.")]


@measures.command("crowds")
def measure_crowds(
    members: Members,
    collaborators: Collaborators,
    forward: Chance,
    self_choice: Annotated[bool, typer.Option("--self/--no-self", help="Members may choose themselves.")] = True,
    plot: Annotated[Path | None, typer.Option(dir_okay=False, help="Draw it, over all p_f, to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """What collaborators and the server learn of who began a path in a crowd."""
    on = chance("--forward", forward)

    def measured() -> measure.Measures:
        found = measure.crowds(members, collaborators, on, self_choice)
        if plot:
            measure.plot_crowds(members, collaborators, on, self_choice, plot)
        return found

    tell_or_refuse(measured, as_json)


@measures.command("linked-paths")
def measure_linked_paths(
    honest: Annotated[int, typer.Option(help="Honest members.")],
    bad_hop: Annotated[str, typer.Option(help="The chance that a hop meets a collaborator, exact: 0.091.")],
    forward: Chance,
    paths: Paths,
    as_json: AsJson = False,
) -> None:
    """Who is seen at least twice on linked paths: Shmatikov's model of Crowds."""
    bad, on = chance("--bad-hop", bad_hop), chance("--forward", forward)
    tell_or_refuse(lambda: measure.linked_paths(honest, bad, on, paths), as_json)


@measures.command("predecessor")
def measure_predecessor(
    members: Members, collaborators: Collaborators, forward: Chance, paths: Paths, as_json: AsJson = False
) -> None:
    """How often the predecessor attack names the initiator after so many linked paths."""
    on = chance("--forward", forward)
    tell_or_refuse(lambda: measure.predecessor(members, collaborators, on, paths), as_json)


def tell_or_refuse(numbers: Callable[[], measure.Measures], as_json: bool) -> None:
    """Tell what can be measured. Raises Usage for parameters outside of the model."""
    try:
        found = numbers()
    except ValueError as error:
        raise Usage(str(error)) from None
    except ImportError:
        raise Usage("--plot needs matplotlib: pip install 'anonspec[plot]'") from None
    tell(measure.with_floats(found), as_json)


def chance(option: str, given: str) -> Fraction:
    """A probability, as typed, never through a float. Raises Usage."""
    if not re.fullmatch(r"\d+(\.\d+|/0*[1-9]\d*)?", given, re.ASCII):
        raise Usage(f"{option} wants a chance such as 3/4 or 0.75, not {given!r}")
    return Fraction(given)


def numbers(option: str, given: str) -> tuple[int, ...]:
    """Members, as typed. Raises Usage."""
    if not re.fullmatch(r"(\d+(,\d+)*)?", given, re.ASCII):
        raise Usage(f"{option} wants numbers with commas between them, such as 0,2, not {given!r}")
    return tuple(int(each) for each in given.split(",") if each)


def graph(given: str, members: int) -> tuple[tuple[int, int], ...]:
    """Edges, as typed; either end first. Raises Usage."""
    if given == "complete":
        return tuple((low, high) for high in range(members) for low in range(high))
    if given == "ring":
        return tuple(sorted({(min(i, j), max(i, j)) for i in range(members) for j in [(i + 1) % members]}))
    if not re.fullmatch(r"\d+-\d+(,\d+-\d+)*", given, re.ASCII):
        raise Usage(f"--edges wants pairs such as 0-1,1-2, or complete, or ring, not {given!r}")
    pairs = (tuple(sorted(map(int, each.split("-")))) for each in given.split(","))
    return tuple((low, high) for low, high in pairs)


if __name__ == "__main__":
    main()
