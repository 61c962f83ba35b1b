"""Known failures: they do not fail a run, and cannot stay listed when they are none any more."""

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anonlaws import baseline, check, cli_record, report
from anonlaws.baseline import Baseline, Known
from anonlaws.check import Line
from test_cli import anonspec
from test_record import header, run_of

TODAY = date(2030, 6, 15)
CASE = check.cases_of("dcnet")[0]
LAW = check.laws_of("dcnet").LAWS[0]
FAILS = Line("dcnet", "vectors", CASE.name, CASE.clauses, "fail", False, note="another value")
REFUTED = Line("dcnet", "sample", LAW.name, LAW.clauses, "refuted", False, note="")
HELD = replace(FAILS, verdict="pass", good=True, note="")
ENTRY = {"verdict": "fail", "note": "another value", "reason": "to be mended"}


def listed(**entries: dict[str, Any]) -> Baseline:
    """A baseline that lists CASE, and LAW where it is named."""
    names = {"case": FAILS.id, "law": REFUTED.id}
    known = {names.get(name, name): entry for name, entry in entries.items()}
    return Baseline.model_validate_json(json.dumps({"format": 1, "known": known}))


def stale(known: Baseline, *lines: Line, chapters: tuple[str, ...] = ("dcnet",)) -> list[str]:
    settled = [baseline.settled(known, line, TODAY) for line in lines]
    return [line.note for line in baseline.stale(known, settled, chapters, TODAY)]


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        {**ENTRY, "link": "the tracker, 17"},
        {**ENTRY, "expires": "2030-06-15"},
        {"verdict": "fail", "reason": "any wording will do"},
    ],
)
def test_a_listed_failure_is_known(entry: dict[str, Any]) -> None:
    known = listed(case=entry)
    line = baseline.settled(known, FAILS, TODAY)
    assert (line.standing, line.good) == ("known", False)
    assert entry["reason"] in line.reason
    assert entry.get("link", "") in line.reason
    assert stale(known, FAILS) == []
    assert run_of(line).exit == 0
    [verdict] = report.verdicts(run_of(line))
    assert verdict.word == "NOT CONFORMANT"
    assert "1 known failure;" in verdict.rest


def test_a_law_that_is_refuted_can_be_known() -> None:
    known = listed(law={"verdict": "refuted", "reason": "to be mended"})
    assert baseline.settled(known, REFUTED, TODAY).standing == "known"
    assert baseline.settled(known, replace(REFUTED, engine="prove"), TODAY).standing == ""
    assert stale(known, REFUTED) == []


@pytest.mark.parametrize(
    ("entry", "line", "why"),
    [
        (ENTRY, HELD, "its verdict is pass now"),
        (
            ENTRY,
            replace(HELD, verdict="na", counts=False, note="not declared: x"),
            "it does not apply now (not declared",
        ),
        (ENTRY, replace(FAILS, verdict="crash"), "it fails otherwise: crash: another value; listed is fail"),
        (ENTRY, replace(FAILS, note="the program failed: x"), "it fails otherwise: fail: the program failed: x"),
        ({**ENTRY, "expires": "2030-06-14"}, FAILS, "it expired on 2030-06-14"),
    ],
)
def test_what_is_no_known_failure_any_more_fails_the_run(entry: dict[str, Any], line: Line, why: str) -> None:
    known = listed(case=entry)
    assert baseline.settled(known, line, TODAY).standing == ""
    [said] = stale(known, line)
    assert said.startswith(why)
    [found] = baseline.stale(known, [line], ["dcnet"], TODAY)
    assert (found.good, found.counts, found.engine) == (False, True, "baseline")
    assert run_of(HELD, found).exit == 1


@pytest.mark.parametrize("name", ["dcnet/no/such_case", "dcnet/*", "sample:dcnet/no_such_law", "no/such/chapter", "*"])
def test_what_is_not_there_is_stale_and_no_name_is_a_pattern(name: str) -> None:
    assert stale(listed(**{name: ENTRY}), HELD) == ["there is no such case, law or fault any more"]


def test_what_was_not_asked_is_left_alone() -> None:
    """Of another chapter, or of this one by --only or --engine."""
    known = listed(case=ENTRY, law={"verdict": "refuted", "reason": "x"}, **{"mix/no/such_case": ENTRY})
    assert stale(known) == []
    kept = json.loads(baseline.written(known.known, [], ["dcnet"]))["known"]
    assert set(kept) == {FAILS.id, REFUTED.id, "mix/no/such_case"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "as a whole: Invalid JSON"),
        ("[]", "as a whole: Input should be an object"),
        ('{"format": 2, "known": {}}', "format: Input should be 1"),
        ('{"format": 1, "known": {"a/b": {"verdict": "fail"}}}', "known.a/b.reason: Field required"),
        (
            '{"format": 1, "known": {"a/b": {"verdict": "fail", "reason": " "}}}',
            "known.a/b.reason: empty: a person has",
        ),
        ('{"format": 1, "known": {"a/b": {"verdict": "fail", "reason": "x", "why": ""}}}', "known.a/b.why: Extra"),
        (
            '{"format": 1, "known": {"a/b": {"verdict": "fail", "reason": "x", "expires": "soon"}}}',
            "known.a/b.expires:",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(content: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text(content)
    done = anonspec("check", "dcnet", "--baseline", str(file), "--", "/not/there")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


def test_a_baseline_that_is_written_anew_keeps_what_a_person_wrote() -> None:
    before = {
        FAILS.id: Known(verdict="crash", note=None, reason="mended soon", link="17", expires=TODAY),
        "dcnet/no/such_case": Known(verdict="fail", reason="gone"),
    }
    lines = [FAILS, REFUTED, replace(FAILS, name="later/one", standing="added later")]
    written = json.loads(baseline.written(before, lines, ["dcnet"]))
    assert written == {
        "format": 1,
        "known": {
            FAILS.id: {"verdict": "fail", "reason": "mended soon", "link": "17", "expires": "2030-06-15"},
            REFUTED.id: {"verdict": "refuted", "note": "", "reason": ""},
        },
    }


def test_a_file_that_is_no_baseline_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("of value")
    done = anonspec("check", "dcnet", "--only", "say/", "--engine", "vectors", "--write-baseline", str(file))
    assert (done.returncode, file.read_text()) == (2, "of value")
    assert "no baseline: not overwritten" in done.stderr


def test_what_is_added_later_is_neither_known_nor_stale() -> None:
    known = listed(case=ENTRY)
    later = replace(FAILS, standing="added later")
    assert baseline.settled(known, later, TODAY) == later
    assert stale(known, later) == []


def test_a_known_failure_from_the_first_run_to_the_day_it_is_mended(tmp_path: Path) -> None:
    """As somebody would use it: list what fails, say why, mend it, and be told to take it out."""
    program, known = tmp_path / "program.py", tmp_path / "known.json"
    faulty = (
        "import sys\nfrom dataclasses import replace\nfrom anonlaws.dcnet.parties import CountsTwice\n"
        "from anonlaws.law import variant\nfrom anonref import dcnet\nfrom anonref.serve import REFERENCE\n"
        "REFERENCE = replace(REFERENCE, chapters={'dcnet': variant(dcnet, CountsTwice)})\n"
    )
    serve = "REFERENCE.serve(sys.stdin.buffer, sys.stdout.buffer)\n"
    program.write_text(faulty + serve)
    words = ["check", "dcnet", "--engine", "vectors", "--only", "reader/"]
    command = ["--", sys.executable, str(program)]

    first = anonspec(*words, "--write-baseline", str(known), *command)
    assert first.returncode == 1
    entries = json.loads(known.read_text())
    assert set(entries["known"]) >= {"dcnet/reader/same_member_twice"}
    assert {entry["reason"] for entry in entries["known"].values()} == {""}
    assert "reason: empty" in anonspec(*words, "--baseline", str(known), *command).stderr

    for entry in entries["known"].values():
        entry["reason"] = "the reader is rewritten in May"
    known.write_text(json.dumps(entries))
    second = anonspec(*words, "--baseline", str(known), "--write-baseline", str(known), *command)
    many = len(entries["known"])
    assert second.returncode == 0
    assert "dcnet: NOT CONFORMANT" in second.stdout
    assert f"{many} known failure" in second.stdout
    assert "known: the reader is rewritten in May" in second.stdout
    assert json.loads(known.read_text()) == entries

    program.write_text("import sys\nfrom anonref.serve import REFERENCE\n" + serve)
    third = anonspec(*words, "--baseline", str(known), *command)
    assert third.returncode == 1
    assert "its verdict is pass now: take it out of the file" in third.stdout
    assert f"{many} entr" in third.stdout


def test_strictness_is_weighed_before_the_baseline(tmp_path: Path) -> None:
    """A recommendation that is not kept may be a known failure, too."""
    from anonlaws import record

    lax = replace(FAILS, verdict="lax", good=True, counts=False)
    known = listed(case={"verdict": "lax", "reason": "by choice"})
    for strict, stands in ((True, "known"), (False, "")):
        writer = record.Writer(about := header(strict=strict))
        cli_record.weighed([lax], writer, about, known)
        assert [line.standing for line in writer.lines() if line.engine == "vectors"] == [stands]
