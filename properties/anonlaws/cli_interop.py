"""The command `anonspec interop`: which program is which part, and what came of it told."""

import json
import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated, get_args

import typer
from rich.table import Table

from anonlaws import check as gather
from anonlaws import conform
from anonlaws.cli_options import AsJson, SubjectName, Usage, console
from anonlaws.interop import NEEDS, Part, Step, run
from anonspec.mix.model import Suite

MOST = 20
WORKED, FAILED, NOTHING_RAN = 0, 1, 5

Roles = Annotated[
    list[str] | None, typer.Option("--role", metavar="PART=COMMAND", help="May be repeated; all others: the reference.")
]


def interop(
    role: Roles = None,
    mixes: Annotated[int, typer.Option(min=1, max=MOST, help="In the row.")] = 3,
    suite: Annotated[str, typer.Option(help=f"{' or '.join(get_args(Suite))}.")] = "x25519",
    seed: Annotated[int, typer.Option(min=0, help="Of all keys and draws.")] = 0,
    watchdog: Annotated[float, typer.Option(min=0.1, help="Seconds that a program has for an answer.")] = 10.0,
    as_json: AsJson = False,
    subject: SubjectName = "anonref",
) -> int:
    """Run a cascade whose parts are different programs, and tell what of it works.

    anonspec interop --role 'sender=node my-sender.mjs' --role 'mix2=./my-mix'

    Parts are sender, receiver, mix (all of them), mix1, mix2 …, author (makes return addresses) and responder
    (answers). Where these two are not named, sender and receiver take them if they declare that they can.

    Exit: 0 all works, 1 something does not, 2 usage, 3 a program could not be talked to, 5 nothing ran.
    """
    commands = read(role or (), mixes)
    if suite not in get_args(Suite):
        raise Usage(f"--suite: there is no suite {suite!r}; there are: {', '.join(get_args(Suite))}")
    with ExitStack() as stack:
        reference = conform.InProcess(gather.subject(subject).answer)
        reference.describe()

        def program(command: str) -> conform.Program:
            if not command:
                return reference
            one = stack.enter_context(conform.Process(shlex.split(command), watchdog=watchdog))
            one.describe()
            return one

        parts = {name: Part(name, program(command)) for name, command in commands.items()}
        for other, first in (("author", "sender"), ("responder", "receiver")):
            if other not in parts:
                able = NEEDS[other] in parts[first].program.capabilities
                parts[other] = Part(other, parts[first].program if able else reference)
        steps = list(run(parts, suite, seed))  # type: ignore[arg-type]
    show(parts, steps, as_json)
    if all(step.verdict == "na" for step in steps):
        return NOTHING_RAN
    return WORKED if all(step.good for step in steps) else FAILED


def read(given: Sequence[str], mixes: int) -> dict[str, str]:
    """The command of each part, empty for the reference. Raises Usage."""
    commands = {"sender": "", **{f"mix{number + 1}": "" for number in range(mixes)}, "receiver": ""}
    known = [*commands, "mix", "author", "responder"]
    for each in sorted(given, key=lambda text: not text.startswith("mix=")):  # one for all mixes yields to one's own
        name, equals, command = each.partition("=")
        if not equals or not command.strip() or name not in known:
            raise Usage(f"--role {each!r}: PART=COMMAND, with a part out of {', '.join(known)}")
        for part in [each for each in commands if each.startswith("mix")] if name == "mix" else [name]:
            commands[part] = command
    return commands


def show(parts: dict[str, Part], steps: Sequence[Step], as_json: bool) -> None:
    """What took part, and what came of each step."""
    if as_json:
        listed = [
            {"step": step.name, "parts": list(step.parts), "verdict": step.verdict, "note": step.note} for step in steps
        ]
        who = {name: part.name for name, part in parts.items()}
        typer.echo(json.dumps({"parts": who, "steps": listed}, indent=1, ensure_ascii=False))
        return
    grid = Table("part", *(step.name for step in steps))
    for part in parts.values():
        grid.add_row(part.name, *(step.verdict if part.name in step.parts else "–" for step in steps))
    console().print(grid)
    for step in steps:
        if step.note:
            typer.echo(f"{step.name}: {step.note}")
