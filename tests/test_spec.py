"""The text itself: clauses are clauses, numbers mean something, every duty has what carries it and what breaks it."""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from anonlaws import check, conform, generate
from anonref.serve import REFERENCE
from anonspec import text

ROOT = Path(__file__).parent.parent
KEYWORDS = re.compile(r"\b(MUST|MUST NOT|SHOULD|SHOULD NOT|SHALL|MAY|REQUIRED|RECOMMENDED|OPTIONAL)\b")
NUMBER = re.compile(rf"\b(?:{'|'.join(text.PREFIXES.values())})-[0-9]+\b")
ALL = {number: chapter for chapter in text.CHAPTERS for number in text.clauses(chapter)}


@pytest.mark.parametrize("chapter", text.CHAPTERS)
def test_every_heading_that_is_a_number_is_a_whole_clause(chapter: str) -> None:
    headings = re.findall(r"^### ([A-Z]+-[0-9]+)$", text.text(chapter), re.MULTILINE)
    assert headings == list(text.clauses(chapter))
    assert headings == [f"{text.PREFIXES[chapter]}-{place}" for place in range(1, len(headings) + 1)]


@pytest.mark.parametrize("number", ALL)
def test_a_clause_has_one_duty(number: str) -> None:
    assert len(KEYWORDS.findall(text.clause(number).duty)) == 1


@pytest.mark.parametrize("chapter", text.CHAPTERS)
def test_duties_stand_in_clauses_only(chapter: str) -> None:
    rest = text.text(chapter)
    for clause in text._CLAUSE.finditer(rest):
        rest = rest.replace(clause["duty"], "")
    assert KEYWORDS.findall(rest) == []


def test_every_number_that_is_used_exists() -> None:
    for folder in ("spec", "reference", "properties"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".py", ".md", ".json"):
                for number in NUMBER.findall(path.read_text("utf-8")):
                    assert number in ALL, f"{path.relative_to(ROOT)} names {number}"


def carriers(number: str) -> list[str]:
    """What carries a clause: functions of the reference or the driver, laws, vectors."""
    found = [place for place, _ in generate.places(number) if place in ("reference", "law", "vector")]
    for module in ("anonref.serve", "anonlaws.conform", "anonlaws.profile"):
        source = Path(inspect.getfile(__import__(module, fromlist=["_"]))).read_text("utf-8")
        found += [module] * (number in NUMBER.findall(source))
    return found


@pytest.mark.parametrize("number", ALL)
def test_every_duty_has_a_carrier(number: str) -> None:
    assert carriers(number)


@pytest.mark.parametrize("number", [number for number, chapter in ALL.items() if check.laws_of(chapter)])
def test_every_duty_has_a_case(number: str) -> None:
    """That it has a fault which a case for it catches, or a waiver, is what `anonspec selftest` finds out."""
    assert any(number in case.clauses for case in conform.load(ALL[number]))


def test_a_trace_names_all_five_places() -> None:
    places = {place for place, _ in generate.places("DCN-9")}
    assert places >= {"clause", "why", "reference", "law", "vector", "fault"}


@pytest.mark.parametrize("chapter", [chapter for chapter in text.CHAPTERS if conform.load(chapter)])
def test_operations_are_functions_of_the_same_fields(chapter: str) -> None:
    """In the order of the fields, which is the order of the chapter's table."""
    module: Any = REFERENCE.chapters[chapter]
    model = conform.chapter_model(chapter)
    functions = {name.rpartition(".")[2]: op.takes for name, op in model.OPS.items()}
    for role in model.ROLES.values():
        functions[role.begin] = role.params
    for name, takes in functions.items():
        assert list(inspect.signature(getattr(module, name)).parameters) == list(takes.model_fields), name
    for role in model.ROLES.values():
        for name, op in role.events.items():
            assert list(inspect.signature(getattr(module, name)).parameters)[1:] == list(op.takes.model_fields), name


@pytest.mark.parametrize("chapter", [chapter for chapter in text.CHAPTERS if conform.load(chapter)])
def test_the_chapter_s_tables_name_every_operation_capability_and_field(chapter: str) -> None:
    """In the order of the model; an empty cell for a capability means the one above."""
    model = conform.chapter_model(chapter)
    row = re.compile(rf"^\|([^|]*)\| `({chapter}\.[a-z_]+)` \| ([^|]+) \|", re.MULTILINE)
    told = row.findall(text.text(chapter))
    assert [name for _, name, _ in told] == list(model.OPS)
    capability = ""
    for cell, name, takes in told:
        capability = cell.strip().strip("`") or capability
        assert model.OPS[name].capability == capability, name
        places = [re.search(rf"\b{field}\b", takes) for field in model.OPS[name].takes.model_fields]
        assert all(places), (name, takes)
        assert [place.start() for place in places if place] == sorted(place.start() for place in places if place), name
    for name, role in model.ROLES.items():
        assert f"`{name}` (capability `{role.capability}`)" in text.text(chapter)


@pytest.mark.parametrize("chapter", text.CHAPTERS)
def test_a_case_needs_the_capability_of_what_it_asks(chapter: str) -> None:
    """Else a program that has not declared it is asked, and its honest answer counted against it. HP-27"""
    model = importlib.import_module(f"anonspec.{chapter}.model")
    for case in check.cases_of(chapter):
        asked = model.OPS.get(case.ask.op) if case.ask else model.ROLES.get(case.start.role) if case.start else None
        assert asked is None or asked.capability in case.needs, case.name
