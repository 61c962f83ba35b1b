"""The record of a run: whole or refused, all else made from it, and two of them compared."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonlaws import baseline, check, cli_record, conform, page, record, report
from anonlaws.check import Line
from anonref.serve import REFERENCE
from anonspec import text
from test_cli import SERVE, anonspec

ROOT = Path(__file__).parents[1]
HELD = Line("dcnet", "vectors", "a/one", ("DCN-1",), "pass", True)
FAILS = replace(HELD, verdict="fail", good=False, note="another value", expected={"out": {}}, tape=('{"id": 1}',))
NA = replace(HELD, verdict="na", counts=False)


def header(**more: Any) -> record.Header:
    described = conform.InProcess(REFERENCE.answer).describe()
    about: dict[str, Any] = {"command": ["x"], "chapters": ["dcnet"], "engines": check.ENGINES, "only": "", "seed": 0}
    about |= {"watchdog": 10.0, "strict": False, "profile": None}
    return record.begin("a program", described, **{**about, **more})


def run_of(*lines: Line, **more: Any) -> record.Run:
    writer = record.Writer(header(**more))
    for line in lines:
        writer.add(line)
    return writer.end(1.0)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the reference's program on a few cases, with all that `check` makes of it."""
    folder = tmp_path_factory.mktemp("stored")
    files = [f"--{kind}={folder / f'run.{kind}'}" for kind in ("record", "junit", "html", "badge")]
    done = anonspec("check", "dcnet", "--engine", "vectors", "--only", "say/", *files, "--json", "--", *SERVE)
    assert done.returncode == 0, done.stderr
    (folder / "run.json").write_text(done.stdout)
    return folder


def test_everything_can_be_made_again_from_the_record(stored: Path, tmp_path: Path) -> None:
    files = [f"--{kind}={tmp_path / f'run.{kind}'}" for kind in ("junit", "html", "badge")]
    done = anonspec("report", str(stored / "run.record"), *files, "--json")
    assert done.returncode == 0
    assert done.stdout == (stored / "run.json").read_text()
    for kind in ("junit", "html", "badge"):
        assert (tmp_path / f"run.{kind}").read_text() == (stored / f"run.{kind}").read_text()
    assert "dcnet: INCOMPLETE — MUST" in anonspec("report", str(stored / "run.record")).stdout


def test_a_record_says_with_what_it_was_made(stored: Path) -> None:
    first, *evidence, last = map(json.loads, (stored / "run.record").read_text().splitlines())
    assert (first["record"], first["hp"], first["vectors"], first["seed"]) == (1, 1, 1, 0)
    assert first["described"]["impl"]["name"] == "anonref"
    assert first["command"] == SERVE
    assert first["clauses"]["dcnet"]["DCN-9"]["level"] == "MUST"
    chapter = ROOT / "spec/anonspec/dcnet"
    assert first["digests"]["texts"] == {"dcnet": hashlib.sha256((chapter / "README.md").read_bytes()).hexdigest()}
    named = sorted(f"dcnet/vectors/{file.name}" for file in (chapter / "vectors").glob("*.json"))
    listing = subprocess.run(["sha256sum", *named], cwd=chapter.parent, capture_output=True, check=True).stdout
    assert first["digests"]["vectors"] == {"dcnet": hashlib.sha256(listing).hexdigest()}
    assert {line["verdict"] for line in evidence} == {"pass"}
    assert last["complete"] is True
    assert last["counts"] == {"pass": len(evidence)}
    assert last["exit"] == 0


def test_a_run_that_is_killed_leaves_a_head_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    slow = "import sys, time, anonref.serve as s\na = s.REFERENCE.answer\n"
    slow += "s.REFERENCE.answer = lambda q: (time.sleep(0.02), a(q))[1]\n"
    slow += "s.REFERENCE.serve(sys.stdin.buffer, sys.stdout.buffer)"
    command = [sys.executable, "-m", "anonlaws.cli", "check", "dcnet", "--record", str(file), "--"]
    running = subprocess.Popen([*command, sys.executable, "-c", slow], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while (not file.exists() or file.read_bytes().count(b"\n") < 5) and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    lines = file.read_bytes().splitlines()
    assert record.Header.model_validate_json(lines[0]).checked.startswith("anonref")
    assert record.EVIDENCE.validate_json(lines[1]).good
    done = anonspec("report", str(file))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "broken off after" in done.stderr


def lines_of(*found: Line) -> list[bytes]:
    writer = record.Writer(header())
    for line in found:
        writer.add(line)
    writer.end(1.0)
    return writer._written


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: [], "not the record of a run"),
        (lambda lines: [b"# anonspec", *lines], "not the record of a run"),
        (lambda lines: [b"\xff\xfe", *lines], "not the record of a run"),
        (lambda lines: [lines[0].replace(b'"record": 1', b'"record": 2'), *lines[1:]], "not the record of a run"),
        (lambda lines: lines[:-1], "broken off after 2 lines"),
        (lambda lines: lines[:1], "broken off after 0 lines"),
        (lambda lines: [*lines[:-1], lines[-1][:20]], "broken off"),
        (lambda lines: [*lines, lines[1]], "broken off"),
        (lambda lines: [lines[0], *lines[2:]], "counts other verdicts"),
        (lambda lines: [line.replace(b'"pass", "good"', b'"fail", "good"') for line in lines], "counts other verdicts"),
        (lambda lines: [line.replace(b'"good": false', b'"good": true') for line in lines], "exit 1"),
        (lambda lines: [*lines[:2], b"{}", lines[-1]], "line 3 is no evidence"),
        (lambda lines: [line.replace(b'"dcnet", "engine"', b'"mix", "engine"') for line in lines], "about mix"),
        (lambda lines: [line.replace(b'"DCN-1"]', b'"DCN-99"]') for line in lines], "about DCN-99, of which"),
        (lambda lines: [line.replace(b'"engine": "vectors"', b'"engine": "x"') for line in lines], "not known here: x"),
    ],
)
def test_what_is_no_whole_record_is_refused(change: Any, says: str) -> None:
    whole = lines_of(HELD, replace(FAILS, name="a/two"))
    assert [line.name for line in record.read(whole).lines] == ["a/one", "a/two"]
    with pytest.raises(ValueError, match=says) as refused:
        record.read(change(whole))
    assert "\n" not in str(refused.value)


def test_what_a_later_version_adds_is_passed_over() -> None:
    later = [b'{"new": 1, ' + line[1:] for line in lines_of(HELD, FAILS)]
    assert record.read(later).bad == [FAILS]


def test_a_command_that_is_not_utf_8_is_written_all_the_same(tmp_path: Path) -> None:
    run = run_of(FAILS, command=["./a\udcff"])
    cli_record.write(run, tmp_path / "a.xml", tmp_path / "a.html", tmp_path / "a.svg")
    assert run.header.command == ("./a?",)


# ---- verdicts and levels ----


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        ([HELD], 0, "dcnet: CONFORMANT — MUST 1 of 1 clauses, 33 clauses not tried; 1 s"),
        ([FAILS], 1, "dcnet: NOT CONFORMANT — MUST 0 of 1 clauses (DCN-1 violated), 33 clauses not tried; 1 s"),
        ([NA], 5, "dcnet: NOTHING RAN"),
        ([replace(HELD, verdict="suite_error", good=False)], 4, "dcnet: NOT CONFORMANT — MUST 0 of 1"),
        (
            [HELD, replace(NA, name="a/two"), replace(FAILS, name="a/three", clauses=("HP-15",))],
            1,
            "dcnet: NOT CONFORMANT — MUST 1 of 2 clauses (HP-15 violated), 33 clauses not tried, 1 case or law not app",
        ),
        (
            [HELD, replace(HELD, name="a/lax", clauses=("HP-17",), verdict="lax", counts=False)],
            0,
            "dcnet: CONFORMANT — MUST 1 of 1 clauses, SHOULD 0 of 1 clauses (HP-17 violated), 33 clauses not",
        ),
        (
            [FAILS, replace(HELD, engine="sample", name="a_law", clauses=("DCN-1", "DCN-2"), good=False)],
            1,
            "dcnet: NOT CONFORMANT — MUST 0 of 2 clauses (DCN-1 violated; DCN-2 in doubt), 32 clauses not tried;",
        ),
        (
            [HELD, replace(HELD, engine="sample", name="a_law", clauses=("DCN-2", "DCN-3"), good=False)],
            1,
            "dcnet: NOT CONFORMANT — MUST 1 of 3 clauses (DCN-2, DCN-3 in doubt), 31 clauses not tried;",
        ),
        (
            [replace(FAILS, standing="known", reason="soon")],
            0,
            "dcnet: NOT CONFORMANT — MUST 0 of 1 clauses (DCN-1 violated), 33 clauses not tried, 1 known failure;",
        ),
        (
            [HELD, Line("dcnet", "baseline", "dcnet/a/one", (), "stale", False)],
            1,
            "dcnet: CONFORMANT — MUST 1 of 1 clauses, 33 clauses not tried, 1 entry of the baseline is stale",
        ),
    ],
)
def test_the_verdict_counts_clauses_and_is_no_percentage(lines: list[Line], code: int, line: str) -> None:
    run = run_of(*lines)
    [verdict] = report.verdicts(run)
    assert run.exit == code
    assert str(verdict).startswith(line)
    for made in (report.as_json(run), report.as_junit(run), report.as_badge(run)):
        assert "%" not in made


def test_the_reference_holds_or_is_broken() -> None:
    assert str(report.verdicts(run_of(HELD, command=()))[0]).startswith("dcnet: HOLDS — MUST 1 of 1")
    assert str(report.verdicts(run_of(FAILS, command=()))[0]).startswith("dcnet: BROKEN — MUST 0 of 1")
    assert str(report.verdicts(run_of(HELD, only="a"))[0]).startswith("dcnet: INCOMPLETE")


LAX = {
    "format": 1,
    "chapter": "dcnet",
    "cases": [
        {
            "name": "recommended",
            "clauses": ["HP-17"],
            "needs": ["dcnet.three"],
            "why": "A recommendation that is not kept.",
            "ask": {"op": "dcnet.payer", "in": {"said": [True, True, True]}},
            "expect": {"out": {"somebody": "what nobody answers"}},
        }
    ],
}


@pytest.mark.parametrize(("strict", "code", "verdict"), [(False, 0, "lax"), (True, 1, "lax")])
def test_what_only_breaks_a_recommendation_warns(
    strict: bool, code: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a case that holds: with a warning alone nothing would have counted."""
    case = conform.VectorFile.model_validate_json(json.dumps(LAX)).cases[0].model_copy(update={"chapter": "dcnet"})
    held = next(each for each in check.cases_of("dcnet") if each.name.startswith("say/"))
    monkeypatch.setattr(check, "cases_of", lambda *_given: [case, held])
    program = conform.InProcess(REFERENCE.answer)
    lines = check.check_program(program, ["x"], ["dcnet"], ["vectors"], lambda name: True, 0, lambda many: None)
    writer = record.Writer(about := header(strict=strict))
    cli_record.weighed(lines, writer, about, baseline.Baseline(format=1, known={}))
    run = writer.end(1.0)
    [line] = [line for line in run.lines if line.name == "recommended"]
    assert (run.exit, line.verdict, line.good, bool(line.tape)) == (code, verdict, not strict, True)
    assert "SHOULD 0 of 1 clauses (HP-17 violated)" in str(report.verdicts(run)[0])
    assert ("only recommended by HP-17" in page.as_html(run)) is not strict


def test_there_is_a_clause_that_only_recommends() -> None:
    assert {text.clause(number).level for number in check.SHOULD} == {"SHOULD"}
    assert "HP-17" in check.SHOULD


def test_a_failing_case_has_its_tape() -> None:
    """The lines are questions as a program reads them, and repeat the failure."""
    program = conform.InProcess(REFERENCE.answer)
    program.describe()
    case = next(case for case in check.cases_of("dcnet") if case.start and not case.refused)
    line = check.vector_line("dcnet", replace(conform.run_case(program, case), verdict="fail"), "")
    assert [json.loads(each)["cmd"] for each in line.tape] == ["start", "run", "stop"]
    answers = [REFERENCE.answer(json.loads(each)) for each in line.tape]
    assert [list(answer) for answer in answers] == [["id", "out"], ["id", "results"], ["id", "out"]]


def test_junit_is_xml_whatever_a_program_logs() -> None:
    from xml.etree import ElementTree as Xml

    root = Xml.fromstring(report.as_junit(run_of(replace(FAILS, note="log: \x1b[31mred\x00 <&>"))))
    assert [suite.get("failures") for suite in root] == ["1"]


@pytest.mark.parametrize(
    ("lines", "more", "label"),
    [
        ([HELD], {}, "dcnet: conformant"),
        ([FAILS], {}, "dcnet: not conformant"),
        ([NA], {}, "dcnet: incomplete"),
        ([HELD], {"only": "a"}, "dcnet: incomplete"),
        ([replace(FAILS, standing="known")], {}, "dcnet: not conformant"),
        ([HELD, replace(NA, chapter="mix")], {"chapters": ["dcnet", "mix"]}, "anonspec: incomplete"),
    ],
)
def test_a_badge_says_one_word(lines: list[Line], more: dict[str, Any], label: str) -> None:
    from xml.etree import ElementTree as Xml

    root = Xml.fromstring(report.as_badge(run_of(*lines, **more)))
    assert root.get("aria-label") == label
    assert not [word for word in report.as_badge(run_of(*lines, **more)).split('"') if word.startswith("http")][1:]


# ---- two records ----


@pytest.mark.parametrize(
    ("old", "new", "change", "bad"),
    [
        ([HELD], [FAILS], "worse", True),
        ([FAILS], [HELD], "better", False),
        ([HELD], [NA], "worse", True),
        ([NA], [HELD], "better", False),
        ([NA], [replace(NA, verdict="lax")], "other", False),
        ([FAILS], [replace(FAILS, verdict="crash")], "other", False),
        ([FAILS], [replace(FAILS, standing="known")], "other", False),
        ([], [HELD], "new", False),
        ([], [FAILS], "new", True),
        ([HELD], [], "gone", True),
        ([FAILS], [], "gone", False),
        ([NA], [], "gone", False),
    ],
)
def test_what_became_of_a_line(old: list[Line], new: list[Line], change: str, bad: bool, tmp_path: Path) -> None:
    [found] = record.compare(run_of(*old), run_of(*new))
    assert (found.change, found.bad) == (change, bad)


def test_diff_tells_what_changed_and_with_what_it_was_made(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_bytes(b"\n".join(lines_of(HELD)))
    other.write_bytes(b"\n".join(lines_of(FAILS)).replace(b'"texts": {"dcnet": "', b'"texts": {"dcnet": "0'))
    same = anonspec("diff", str(one), str(one))
    assert (same.returncode, same.stdout) == (0, "no verdict differs\n")
    worse = anonspec("diff", str(one), str(other))
    assert worse.returncode == 1
    assert "the texts of dcnet differ" in worse.stdout
    assert "1 worse, of 1 changes" in worse.stdout
    better = anonspec("diff", str(other), str(one), "--json")
    assert better.returncode == 0
    assert json.loads(better.stdout) == {
        "means": ["the texts of dcnet differ"],
        "changes": [{"id": "dcnet/a/one", "change": "better", "old": "fail", "new": "pass", "bad": False}],
        "worse": 0,
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "/nowhere"], "/nowhere: No such file"),
        (["report", str(ROOT / "README.md")], "README.md: not the record of a run, format 1"),
        (["report", str(ROOT)], "directory"),
        (["report"], "RUN.jsonl"),
        (["diff", str(ROOT / "LICENSE"), str(ROOT / "LICENSE")], "LICENSE: not the record of a run"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: list[str], says: str) -> None:
    done = anonspec(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


def test_other_means_are_told_apart() -> None:
    one = run_of(HELD)
    digests = one.header.digests.model_copy(update={"suite": "0", "vectors": {"dcnet": "0"}})
    other = replace(one, header=one.header.model_copy(update={"digests": digests, "seed": 7}))
    assert list(record.means(one, one)) == []
    assert list(record.means(one, other)) == ["the suite differs", "the vectors of dcnet differ", "seed: 0, then 7"]
