"""The vectors: the reference passes, and the shapes are those of the schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from anonlaws import check, conform
from anonlaws.dcnet.laws import degenerate
from anonref.serve import REFERENCE
from anonspec import text
from anonspec.harness.model import Case, Expected

CASES = [case for chapter in text.CHAPTERS for case in conform.load(chapter)]
CLAUSES = {number for chapter in text.CHAPTERS for number in text.clauses(chapter)}
by_id = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@pytest.fixture(scope="module")
def reference() -> conform.InProcess:
    program = conform.InProcess(REFERENCE.answer)
    program.describe()
    return program


@by_id
def test_the_reference_passes(reference: conform.InProcess, case: Case) -> None:
    outcome = conform.run_case(reference, case)
    assert outcome.verdict == "pass", (outcome.note, outcome.expected, outcome.seen)


def test_nothing_is_wrong_with_the_files() -> None:
    for chapter in text.CHAPTERS:
        check.cases_of(chapter)


def refused(change: Any, case: dict[str, Any], tmp_path: Path) -> list[str]:
    """What the lint says of a file with this case, changed."""
    change(case)
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"format": 1, "chapter": "dcnet", "cases": [case]}))
    return conform.lint(conform.read(file), CLAUSES, degenerate)


SOUND = {
    "name": "announce/sound",
    "clauses": ["DCN-9"],
    "needs": ["dcnet.sum", "dcnet.xor"],
    "why": "A sound case.",
    "ask": {
        "op": "dcnet.announce",
        "in": {"group": {"kind": "xor", "bytes": 2}, "me": 0, "pads": {"1": "1234"}, "message": "0080"},
    },
    "expect": {"out": {"word": "12b4"}},
}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda case: case["ask"]["in"]["pads"].update({"1": "0000"}), "a pad of zeros"),
        (lambda case: case["expect"]["out"].update(word="0080"), "the announcement is the message"),
        (lambda case: case.update(clauses=["DCN-999"]), "there is no clause DCN-999"),
        (lambda case: case.update(expect={"reject": {"clause": "DCN-1"}}), "no control"),
    ],
)
def test_the_lint_refuses(change: Any, why: str, tmp_path: Path) -> None:
    (said,) = refused(change, json.loads(json.dumps(SOUND)), tmp_path)
    assert why in said


def test_the_lint_lets_a_sound_case_pass(tmp_path: Path) -> None:
    assert refused(lambda case: None, json.loads(json.dumps(SOUND)), tmp_path) == []


def malformed(case: Case) -> bool:
    """Whether a case begins with what has to be refused for its shape."""
    expected = case.expect if isinstance(case.expect, Expected) else case.expect.start
    return expected.reject is not None and expected.reject.clause == "HP-15"


@pytest.mark.parametrize("case", [case for case in CASES if not malformed(case)], ids=lambda case: case.id)
def test_what_is_asked_has_the_shape_that_the_schema_tells(case: Case) -> None:
    """Also where a chapter's clause refuses it: shapes are the schema's, everything else is the party's."""
    schema = json.loads((Path(text.__file__).parent / case.chapter / "schema.json").read_text("utf-8"))
    model = conform.chapter_model(case.chapter)
    if case.ask:
        shape, fields = model.OPS[case.ask.op].takes, case.ask.in_
    else:
        assert case.start
        shape, fields = model.ROLES[case.start.role].params, case.start.params
    jsonschema.validate(fields, {**schema, "$ref": f"#/$defs/{shape.__name__}"})
