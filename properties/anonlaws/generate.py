"""What is written by the project itself and checked in: schemas, generated vectors, the status table, the kill matrix.

Also where a clause is carried, which is read from what carries it.
"""

import importlib
import inspect
import json
import random
from collections.abc import Iterator
from importlib.resources import files as packaged
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from anonlaws import check, conform, kills
from anonspec import text

ROOT = Path(__file__).parents[2]
"""The checkout."""

MARKS = "<!-- status -->", "<!-- /status -->"
"""What the table stands between in the README."""


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file with the content that it should have."""
    for chapter in text.CHAPTERS:
        folder = Path(str(packaged("anonspec"))) / chapter
        yield folder / "schema.json", schema(chapter)
        if check.laws_of(chapter):
            yield folder / "vectors" / "generated.json", vectors(chapter)
    yield ROOT / "docs" / "who_learns.md", learns_page()
    caught = kills.matrix()
    yield Path(str(packaged("anonlaws"))) / "kills.json", kills.written(caught)
    yield ROOT / "docs" / "kills.md", kills.page(caught)
    yield ROOT / "README.md", with_status((ROOT / "README.md").read_text("utf-8"))


def learns_page() -> str:
    """Who learns what of a message, by what its parties can open: found by the laws' adversary, not written by hand."""
    page = [
        "# Who learns what",
        "",
        "What each party, and what all of a group together, can conclude in a row of three mixes from what it sees and",
        "can open, if the primitives are ideal. Generated from the reference's own envelopes by the adversary of",
        "`anonlaws/terms.py`; the laws `everybody_learns_…` hold it for every coalition of up to four mixes.",
    ]
    columns = {
        "reply": ("An answer to a return address", ("author", "responder", "content", "author and responder linked")),
        "cascade": ("A message sent", ("sender", "receiver", "message", "sender and receiver linked")),
    }
    for chapter, (title, names) in columns.items():
        net = check.subject("anonref").chapters[chapter]
        rows = importlib.import_module(f"anonlaws.{chapter}.symbolic").who_learns(net)
        lines = [("who", *names), ("---",) * (len(names) + 1), *rows]
        page += ["", f"## {title} (chapter `{chapter}`)", "", *(f"| {' | '.join(line)} |" for line in lines)]
    page += ["", "## The other chapters", "", "What an observer sees, party by party, and what follows from it:", ""]
    page += [
        f"- [{chapter}](../spec/anonspec/{chapter}/README.md#what-an-observer-sees)"
        for chapter in text.CHAPTERS
        if chapter not in columns and "## What an observer sees" in text.text(chapter)
    ]
    return "\n".join(page) + "\n"


def schema(chapter: str) -> str:
    """JSON Schema of all that a chapter's operations, roles and messages take and give, for other languages."""
    model = conform.chapter_model(chapter)
    here = [value for value in vars(model).values() if getattr(value, "__module__", "") == model.__name__]
    shapes = [value for value in here if inspect.isclass(value) and issubclass(value, BaseModel)]
    _, whole = models_json_schema([(shape, "validation") for shape in shapes], title=f"anonspec {chapter}")
    whole["operations"] = {
        name: {"takes": f"#/$defs/{op.takes.__name__}", "gives": f"#/$defs/{op.gives.__name__}"}
        for name, op in getattr(model, "OPS", {}).items()
    }
    whole["roles"] = {
        name: {
            "params": f"#/$defs/{role.params.__name__}",
            "events": {
                event: {"takes": f"#/$defs/{op.takes.__name__}", "gives": f"#/$defs/{op.gives.__name__}"}
                for event, op in role.events.items()
            },
        }
        for name, role in getattr(model, "ROLES", {}).items()
    }
    return json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def vectors(chapter: str) -> str:
    """The generated cases of a chapter: its questions with the reference's answers."""
    program = conform.InProcess(check.subject("anonref").answer)
    cases = []
    for name, clauses, needs, why, asked in check.laws_of(chapter).questions(random.Random(chapter)):
        case: dict[str, Any] = {"name": name, "clauses": clauses, "needs": needs, "why": why, **asked}
        if "ask" in asked:
            case["expect"] = {"out": program.ask({"cmd": "run", **asked["ask"]})["out"]}
        else:
            started = program.ask({"cmd": "start", "subject": name, **asked["start"]})
            results = program.ask({"cmd": "run", "subject": name, "events": asked["events"]})["results"]
            case["expect"] = {"start": {"out": started["out"]}, "results": results}
            program.ask({"cmd": "stop", "subject": name})
        cases.append(f"  {json.dumps(case, ensure_ascii=False)}")
    listed = ",\n".join(cases)
    return f'{{"format": 1, "chapter": "{chapter}", "cases": [\n{listed}\n]}}\n'


def status() -> str:
    """The status table in Markdown: counts of what `anonspec check` finds to hold."""
    rows = [
        "| chapter | clauses | sampled | exhausted | proved | vectors | faults caught |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for chapter in text.CHAPTERS:
        if (laws := check.laws_of(chapter)) is None:
            continue
        real = [law for law in laws.LAWS if law.holds]
        counts = (
            len(text.clauses(chapter)),
            sum(law.sampled and not law.exact for law in real),
            sum(law.exact for law in real),
            sum(bool(law.proves) and not law.exact for law in real),
            len(conform.load(chapter)),
            len(laws.FAULTS),
        )
        rows.append(f"| [`{chapter}`](spec/anonspec/{chapter}/README.md) | {' | '.join(map(str, counts))} |")
    return "\n".join(rows)


def with_status(readme: str) -> str:
    """The README with the table as it should be. Raises ValueError where it has no place for it."""
    before, rest = readme.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return f"{before}{MARKS[0]}\n{status()}\n{MARKS[1]}{after}"


def places(number: str) -> Iterator[tuple[str, str]]:
    """Where a clause is carried: pairs of a kind of place and what is there."""
    clause = text.clause(number)
    chapter = next(name for name in text.CHAPTERS if number in text.clauses(name))
    yield "clause", f"{number} {clause.title}. {clause.duty}"
    yield "why", clause.why
    for name, member in vars(check.subject("anonref").chapters[chapter]).items() if chapter != "harness" else ():
        if inspect.isfunction(member) and number in carried(member):
            yield "reference", f"{member.__module__}.{name}: {inspect.getdoc(member)}"
    laws = check.laws_of(chapter)
    for law in laws.LAWS if laws else ():
        if number in law.clauses:
            yield ("law" if law.holds else "not a law"), f"{law.name}: {law.doc}"
    for case in check.loaded(chapter):
        if number in case.clauses:
            yield "vector", f"{case.name}: {case.why}"
    for fault in kills.faults_of(chapter):
        if fault.clause == number:
            yield "fault", f"{fault.name}: {fault.doc}"


def carried(function: Any) -> set[str]:
    """The clauses whose numbers end a function's docstring."""
    words = (inspect.getdoc(function) or "").replace(",", " ").replace(".", " ").split()
    return {word for word in words if word.partition("-")[0] in text.PREFIXES.values() and "-" in word}
