"""The exercises of docs/course.md: a right solution passes, the typical wrong one fails for the clause that is named.

Each solution in tests/course is what a student writes into the skeleton: the capabilities, and the functions.
"""

import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anonlaws import adapter, check
from anonlaws.adapter import LANGUAGES
from anonspec import text

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "course.md").read_text("utf-8")
SOLUTIONS = Path(__file__).parent / "course"
SUITE = [sys.executable, "-m", "anonlaws.cli"]

EXERCISES = {
    name: (int(number), section)
    for number, name, section in re.findall(
        r"^### Exercise (\d+): [^\n]+\n\n<!-- (\w+) -->\n\n(.+?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
}
"""By the name of its solutions: the number, and the text."""


def command(section: str) -> list[str]:
    """The words by which an exercise is graded."""
    [line] = re.findall(r"^anonspec check .+", section, re.MULTILINE)
    return shlex.split(line)


def filled(name: str, kind: str, chapter: str, folder: Path) -> None:
    """Write the skeleton with a solution in it, under the name that `anonspec adapter new` gives it."""
    solution = (SOLUTIONS / f"{name}_{kind}.py").read_text("utf-8")
    file = folder / LANGUAGES["python"].file.format(chapter)
    whole = adapter.skeleton("python", chapter, file)
    declared = next(ast.literal_eval(line.value) for line in ast.parse(solution).body if isinstance(line, ast.Assign))
    for each in declared:
        assert whole.count(f'    # "{each}",') == 1, each
        whole = whole.replace(f'    # "{each}",', f'    "{each}",')
    functions = solution.replace(solution[solution.index("CAPABILITIES") :].split("\n")[0], "")
    for function in re.findall(r"^def (\w+)\(given\)", solution, re.MULTILINE):
        whole = re.sub(rf"^def {function}\(given\):.*?# TODO\n", "", whole, flags=re.MULTILINE | re.DOTALL)
    before, mark, after = whole.partition("# ---- What the program can do: yours to fill in ----\n")
    assert mark
    file.write_text(f"{before}{mark}\n{functions}\n\n{after}", encoding="utf-8")


def graded(name: str, kind: str, folder: Path) -> tuple[int, Any]:
    """The exit code and the report of the command that the page shows."""
    words = command(EXERCISES[name][1])
    filled(name, kind, words[2], folder)
    words = [*SUITE, *words[1:]]
    words[words.index("python3")] = sys.executable
    words.insert(words.index("--"), "--json")
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=folder)
    return done.returncode, json.loads(done.stdout)


def test_the_exercises_are_numbered_in_their_order_and_all_have_solutions() -> None:
    assert [number for number, _ in EXERCISES.values()] == list(range(1, len(EXERCISES) + 1))
    assert 8 <= len(EXERCISES) <= 12
    there = {file.stem.rpartition("_")[0] for file in SOLUTIONS.glob("*.py")}
    assert there == set(EXERCISES)
    assert len(PAGE.split("### Exercise ")) - 1 == len(EXERCISES)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_solution_passes(name: str, tmp_path: Path) -> None:
    code, report = graded(name, "right", tmp_path)
    bad = [line for line in report["lines"] if line["verdict"] not in ("ok", "na", "pass", "held")]
    assert code == 0, bad
    asked = [line for line in report["lines"] if line["verdict"] != "na"]
    assert {line["engine"] for line in asked} >= {"vectors"}
    tried = {clause for line in asked for clause in line["clauses"]}
    assert clause_of(name) in tried


@pytest.mark.parametrize("name", EXERCISES)
def test_the_typical_wrong_solution_fails_for_the_clause_that_is_named(name: str, tmp_path: Path) -> None:
    code, report = graded(name, "wrong", tmp_path)
    assert code == 1
    failed = [line for line in report["lines"] if line["verdict"] in ("fail", "refuted")]
    assert clause_of(name) in {clause for line in failed for clause in line["clauses"]}, failed


def clause_of(name: str) -> str:
    """The clause that an exercise says the typical mistake violates."""
    [clause] = re.findall(r"The\s+typical\s+mistake\s.+?violates\s+\[([A-Z]+-\d+)\]", EXERCISES[name][1], re.DOTALL)
    return str(clause)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_names_what_is_to_be_declared(name: str) -> None:
    section = EXERCISES[name][1]
    chapter = command(section)[2]
    assert f"anonspec adapter new --lang python {chapter}" in section
    solution = ast.parse((SOLUTIONS / f"{name}_right.py").read_text("utf-8"))
    declared = next(ast.literal_eval(line.value) for line in solution.body if isinstance(line, ast.Assign))
    assert all(f"`{each}`" in section for each in declared), declared


LAWS = {law.name: law.holds for chapter in text.CHAPTERS if (module := check.laws_of(chapter)) for law in module.LAWS}
"""All laws and claims, and which of the two each is."""


@pytest.mark.parametrize("page", ["course.md", "glossary.md", "choosing.md"])
def test_clauses_laws_and_files_that_are_named_are_there(page: str) -> None:
    whole = (ROOT / "docs" / page).read_text("utf-8")
    for shown, file, anchor in re.findall(r"\[([^\]]+)\]\((\.\./[^)#]+|[a-z_]+\.md)?(?:#([^)]+))?\)", whole):
        target = (ROOT / "docs" / file).resolve() if file else ROOT / "docs" / page
        assert target.exists(), file
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), (file, anchor)
        if re.fullmatch(r"[A-Z]{2,3}-\d+", shown):
            assert anchor == shown.lower(), shown
            assert text.clauses(target.parent.name)[shown]
    for kind, first, second in re.findall(r"\b(law|claim)s?\s`([a-z0-9_]+)`(?:\sand\s`([a-z0-9_]+)`)?", whole):
        for name in filter(None, (first, second)):
            assert LAWS.get(name) == (kind == "law"), (kind, name)


SHOWN = [
    (asked, shown.splitlines())
    for block in re.findall(r"^```console\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for asked, shown in re.findall(r"^\$ (anonspec .+)\n((?:[^$].*\n)+)", block, re.MULTILINE)
]
"""Each command of the page, and the lines of what it prints that are shown."""


@pytest.mark.parametrize(("asked", "shown"), SHOWN, ids=[asked.removeprefix("anonspec ") for asked, _ in SHOWN])
def test_a_command_prints_what_the_page_says(asked: str, shown: list[str]) -> None:
    words = [*SUITE, *shlex.split(asked)[1:]]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    printed = iter(done.stdout.splitlines())
    assert all(line in printed for line in shown), done.stdout


@pytest.mark.parametrize("asked", sorted(set(re.findall(r"`(anonspec (?:attack|measure) [^`]+)`", PAGE))))
def test_a_command_that_is_named_runs(asked: str) -> None:
    done = subprocess.run([*SUITE, *asked.split()[1:]], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def anchors(whole: str) -> set[str]:
    """What the headings of a page are called in links to them."""
    titles = re.findall(r"^#{1,4} (.+)$", whole, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
