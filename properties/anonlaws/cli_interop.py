"""The command `anonspec interop`: which program is which part, and what came of it told."""

import json
import shlex
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import Annotated, get_args

import typer
from rich.table import Table

from anonlaws import check as gather
from anonlaws import conform
from anonlaws import interop as of_cascade
from anonlaws import interop_onion as of_onion
from anonlaws.cli_options import AsJson, SubjectName, Usage, console
from anonlaws.interop import Part, Step
from anonspec.mix.model import Suite

MOST = 20
WORKED, FAILED, NOTHING_RAN = 0, 1, 5

Roles = Annotated[
    list[str] | None, typer.Option("--role", metavar="PART=COMMAND", help="May be repeated; all others: the reference.")
]


def interop(
    role: Roles = None,
    mixes: Annotated[int, typer.Option(min=1, max=MOST, help="In the row.")] = 3,
    network: Annotated[str, typer.Option(help="cascade or onion.")] = "cascade",
    suite: Annotated[str, typer.Option(help=f"Of a cascade: {' or '.join(get_args(Suite))}.")] = "x25519",
    seed: Annotated[int, typer.Option(min=0, help="Of all keys and draws.")] = 0,
    watchdog: Annotated[float, typer.Option(min=0.1, help="Seconds that a program has for an answer.")] = 10.0,
    as_json: AsJson = False,
    subject: SubjectName = "anonref",
) -> int:
    """Run a cascade or an onion network whose parts are different programs, and tell what of it works.

    anonspec interop --role 'sender=node my-sender.mjs' --role 'mix2=./my-mix'

    Parts are sender, receiver (of a cascade), mix (all of them), mix1, mix2 …, author (makes return addresses or
    reply blocks) and responder (answers). Where the last two are not named, sender and receiver (in an onion network:
    the sender) take them if they declare that they can.

    Exit: 0 all works, 1 something does not, 2 usage, 3 a program could not be talked to, 5 nothing ran.
    """
    if network not in ("cascade", "onion"):
        raise Usage(f"--network: there is no network {network!r}; there are: cascade, onion")
    onion = network == "onion"
    needs = of_onion.NEEDS if onion else of_cascade.NEEDS
    commands = read(role or (), mixes, needs)
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

        parts = {name: Part(name, program(command), needs) for name, command in commands.items()}
        for other, first in (("author", "sender"), ("responder", "sender" if onion else "receiver")):
            if other not in parts:
                able = needs[other] in parts[first].program.capabilities
                parts[other] = Part(other, parts[first].program if able else reference, needs)
        steps = list(of_onion.run(parts, seed) if onion else of_cascade.run(parts, suite, seed))  # type: ignore[arg-type]
    show(parts, steps, as_json)
    if all(step.verdict == "na" for step in steps):
        return NOTHING_RAN
    return WORKED if all(step.good for step in steps) else FAILED


def read(given: Sequence[str], mixes: int, needs: Collection[str]) -> dict[str, str]:
    """The command of each part, empty for the reference. Raises Usage."""
    commands = {"sender": "", **{f"mix{number + 1}": "" for number in range(mixes)}}
    commands |= {"receiver": ""} if "receiver" in needs else {}
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
