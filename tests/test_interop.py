"""Cascades of different programs: the reference in several processes, parts that are missing, parts that are wrong."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import typer
from typer.main import get_command

from anonlaws import conform, law
from anonlaws.cascade.mixing import OpensWhatWasChanged, PassesTheBodyOnAsItIs, TakesCopies
from anonlaws.cascade.sending import LocksForTheFirstOnly, TurnsTheTrailRound
from anonlaws.cli_interop import interop
from anonlaws.cli_options import Usage
from anonlaws.interop import Part, run
from anonref.serve import REFERENCE

SERVE = f"{sys.executable} -m anonref.serve"


def command(*words: str) -> int:
    app = typer.Typer()
    app.command()(interop)
    code: int = get_command(app).main(list(words), "interop", standalone_mode=False)
    return code


def parts(**other: conform.Program) -> dict[str, Part]:
    """All of the reference, but for these."""
    reference = described(REFERENCE)
    roles = ("sender", "mix1", "mix2", "receiver", "author", "responder")
    return {role: Part(role, other.get(role, reference)) for role in roles}


def described(server: Any) -> conform.Program:
    program = conform.InProcess(server.answer)
    program.describe()
    return program


def spoiled(*faults: law.Fault) -> conform.Program:
    """The reference with faults."""
    chapters = dict(REFERENCE.chapters)
    for fault in faults:
        chapters["cascade"] = law.variant(chapters["cascade"], fault)
    return described(replace(REFERENCE, chapters=chapters))


def test_every_part_in_a_process_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    roles = [word for part in ("sender", "mix", "receiver") for word in ("--role", f"{part}={SERVE}")]
    assert command(*roles, "--mixes", "2", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["parts"]) == ["sender", "mix1", "mix2", "receiver", "author", "responder"]
    assert {step["step"]: step["verdict"] for step in said["steps"]} == dict.fromkeys(
        ["letters", "dummies", "copies", "answers"], "pass"
    )


def test_one_program_among_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--role", f"mix2={SERVE}", "--suite", "mlkem768-x25519") == 0
    table = capsys.readouterr().out
    assert table.count("anonref") == 7
    assert "fail" not in table


@pytest.mark.parametrize(
    "words",
    [
        ["--role", "mix4=x"],
        ["--role", "cook=x"],
        ["--role", "sender"],
        ["--role", "sender= "],
        ["--suite", "rot13"],
    ],
)
def test_what_makes_no_sense_is_told(words: Sequence[str]) -> None:
    with pytest.raises(Usage):
        command(*words)


def test_a_program_that_cannot_be_talked_to() -> None:
    with pytest.raises(conform.ProgramBroken):
        command("--role", "mix=false")


@pytest.mark.parametrize(
    ("role", "fault", "step", "note"),
    [
        ("mix1", PassesTheBodyOnAsItIs, "letters", "mix2 (anonref 0.1.0) refuses an envelope of mix1"),
        ("mix2", TakesCopies, "copies", "takes a copy"),
        ("mix1", OpensWhatWasChanged, "copies", "takes a changed one"),
        ("sender", LocksForTheFirstOnly, "letters", "mix1 (anonref 0.1.0) refuses an envelope of sender"),
        ("sender", TurnsTheTrailRound, "letters", "is said to be lost before 1"),
    ],
)
def test_a_wrong_part_is_found(role: str, fault: law.Fault, step: str, note: str) -> None:
    steps = {each.name: each for each in run(parts(**{role: spoiled(fault)}), "x25519", 0)}
    assert steps[step].verdict == "fail"
    assert note in steps[step].note


def test_what_a_part_does_not_have_is_left_out() -> None:
    chapters = {"cascade": REFERENCE.chapters["cascade"]}
    steps = {
        each.name: each for each in run(parts(author=described(replace(REFERENCE, chapters=chapters))), "x25519", 0)
    }
    assert steps["answers"].verdict == "na"
    assert "reply.author" in steps["answers"].note
    assert steps["letters"].verdict == "pass"
