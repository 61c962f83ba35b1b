"""Programs written from the text alone: sound ones pass, faulty ones are caught for what they broke."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anonlaws import check, conform
from anonspec import text

HERE = Path(__file__).parent / "programs"
ALL_WANTED = "ANONSPEC_ALL_PROGRAMS" in os.environ
FAULTS: list[dict[str, str]] = [
    {"program": file.name.removesuffix("_faults.json"), **fault}
    for file in sorted(HERE.glob("*_faults.json"))
    for fault in json.loads(file.read_text("utf-8"))
]
"""Replacements in the JavaScript programs: what each breaks, and the case and note by which it is found out."""


def need(tool: str) -> str:
    """The tool's path; without it the test is skipped, but for where all programs are wanted."""
    found = shutil.which(tool)
    if found is None and not ALL_WANTED:
        pytest.skip(f"{tool} is not installed")
    assert found, f"{tool} is not installed"
    return found


HYBRID = "mix.mlkem768-x25519"
SEALING = f"mix.padding mix.open mix.sender mix.x25519 {HYBRID}"


def program_in(file: str) -> list[str]:
    """How a program is started; Python's with nothing but the standard library."""
    return [*([need("node")] if file.endswith(".mjs") else [sys.executable, "-I", "-S"]), str(HERE / file)]


@pytest.fixture(scope="session")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """Compiles a program in C."""

    def compiled(file: str) -> list[str]:
        program = tmp_path_factory.mktemp("c") / file.removesuffix(".c")
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
        command = [need("cc"), *flags, "-o", str(program), str(HERE / file), "-lcrypto"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "openssl" in done.stderr and not ALL_WANTED:
            pytest.skip("OpenSSL's headers are not installed")
        assert done.returncode == 0, done.stderr
        return [str(program)]

    return compiled


def checked(chapter: str, command: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    """The program, put to the command as anybody would."""
    words = [sys.executable, "-m", "anonlaws.cli", "check", chapter, *more, "--", *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    ("chapter", "command", "lacks"),
    [
        ("dcnet", "dcnet.mjs", ""),
        ("dcnet", "dcnet.c", ""),
        ("crowds", "crowds.mjs", ""),
        ("crowds", "crowds.py", "crowds.sealed"),
        ("mix", "mix.mjs", SEALING),
        ("mix", "mix.py", SEALING),
        ("mix", "sealed.mjs", "mix.rule mix.shuffle mix.dummies mix.draw mix.node mix.resume mix.own " + HYBRID),
        ("sgmix", "sgmix.mjs", ""),
        ("sgmix", "sgmix.py", ""),
        ("reply", "sealed.mjs", "reply.mlkem768-x25519"),
        ("cascade", "sealed.mjs", "cascade.mlkem768-x25519"),
        ("onion", "onion.mjs", ""),
        ("onion", "onion.c", ""),
    ],
)
def test_a_program_written_from_the_text_is_conformant(
    chapter: str, command: str, lacks: str, in_c: Callable[[str], list[str]]
) -> None:
    started = in_c(command) if command.endswith(".c") else program_in(command)
    done = checked(chapter, started, "--json")
    run = json.loads(done.stdout)
    assert [line for line in run["lines"] if not line["good"]] == []
    assert done.returncode == 0
    notes = [line["note"].removeprefix("not declared: ") for line in run["lines"] if not line["counts"]]
    assert {each for note in notes for each in note.split(", ")} == set(lacks.split())


def chapter_of(clause: str) -> str:
    return next(chapter for chapter, prefix in text.PREFIXES.items() if clause.startswith(f"{prefix}-"))


def variant(fault: dict[str, str], folder: Path) -> Path:
    """The JavaScript program with one replacement."""
    whole = (HERE / f"{fault['program']}.mjs").read_text("utf-8")
    assert whole.count(fault["find"]) == 1, fault["name"]
    file = folder / f"{fault['name']}.mjs"
    file.write_text(whole.replace(fault["find"], fault["replace"]), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def cases() -> dict[tuple[str, str], Any]:
    return {(case.chapter, case.name): case for chapter in text.CHAPTERS for case in check.cases_of(chapter)}


@pytest.fixture
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[conform.Process]:
    with conform.Process([need("node"), str(variant(request.param, tmp_path))]) as running:
        running.describe()
        yield running


@pytest.mark.parametrize(
    ("program", "fault"),
    [(each, each) for each in FAULTS],
    ids=[f"{each['program']}-{each['name']}" for each in FAULTS],
    indirect=["program"],
)
def test_a_faulty_variant_is_caught_for_the_predicted_reason(
    program: conform.Process, fault: dict[str, str], cases: dict[tuple[str, str], Any]
) -> None:
    case = cases[chapter_of(fault["clause"]), fault["case"]]
    assert fault["clause"] in case.clauses
    outcome = conform.run_case(program, case)
    assert (outcome.verdict, outcome.note) == ("fail", fault["note"])


def test_a_faulty_variant_ends_in_exit_1_and_the_clause_s_text(tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each["clause"] == "DCN-13")
    done = checked("dcnet", [need("node"), str(variant(fault, tmp_path))], "--engine", "vectors")
    assert done.returncode == 1
    assert "DCN-13 Pads are spent once. A member MUST refuse to announce" in done.stdout
    assert "again    printf" in done.stdout


def test_there_are_faults_of_many_kinds() -> None:
    for chapter in ("dcnet", "crowds", "mix", "sgmix", "reply", "cascade", "onion"):
        broken = [fault["clause"] for fault in FAULTS if chapter_of(fault["clause"]) == chapter]
        assert len(broken) >= 14
        assert len(set(broken)) >= 8


@pytest.mark.parametrize("parts", [["sender", "mix2", "author"], ["mix", "receiver", "responder"], ["mix1", "mix3"]])
def test_a_cascade_of_different_programs_works(parts: list[str]) -> None:
    command = " ".join(program_in("sealed.mjs"))
    roles = [word for part in parts for word in ("--role", f"{part}={command}")]
    words = [sys.executable, "-m", "anonlaws.cli", "interop", *roles]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fail" not in done.stdout


PARTS = ("sender", "mix1", "mix2", "author", "responder")


@pytest.mark.parametrize("turn", range(3))
def test_an_onion_network_of_different_programs_works(turn: int, in_c: Callable[[str], list[str]]) -> None:
    """The reference, Node's and C's, each in each part in one of three turns."""
    commands = ["", " ".join(program_in("onion.mjs")), " ".join(in_c("onion.c"))]
    given = {part: commands[(turn + place) % 3] for place, part in enumerate(PARTS)}
    roles = [word for part, command in given.items() if command for word in ("--role", f"{part}={command}")]
    words = [sys.executable, "-m", "anonlaws.cli", "interop", "--network", "onion", "--mixes", "2", *roles]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fail" not in done.stdout
