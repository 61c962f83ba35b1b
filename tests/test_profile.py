"""Profiles: frozen files list what is there and as it was; a program is judged by all of one, and by nothing else."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonlaws import check, cli, conform, profile, record, report
from anonlaws.check import Line
from anonref.serve import REFERENCE
from anonspec import text
from test_cli import SERVE, anonspec
from test_record import header

ROOT = Path(__file__).parents[1]
ALL = profile.profiles()
THREE = ALL["dcnet-three@1"]


def contents(chapter: str) -> dict[str, str]:
    """The digests of a chapter's cases as the text tells to make them, from the files, with nothing of ours."""
    found = {}
    for file in (ROOT / "spec/anonspec" / chapter / "vectors").glob("*.json"):
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            members = ("ask", "start", "events", "expect", "clauses", "needs")
            content = {name: case[name] for name in members if name in case}
            written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            found[case["name"]] = hashlib.sha256(written.encode()).hexdigest()[:16]
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_frozen_file_lists_only_what_is_there_and_as_it_was(name: str) -> None:
    frozen = ALL[name]
    assert frozen.cases.items() <= contents(frozen.chapter).items()
    assert set(frozen.laws) <= {law.name for law in check.laws_of(frozen.chapter).LAWS if law.holds}
    assert set(frozen.clauses) <= {number for chapter in text.CHAPTERS for number in text.clauses(chapter)}
    assert profile.scope(frozen) >= {*frozen.cases, *frozen.laws}
    needed = {need for case in check.cases_of(frozen.chapter) if case.name in frozen.cases for need in case.needs}
    assert needed == set(frozen.requires)


def test_every_chapter_with_cases_has_a_profile() -> None:
    assert {each.chapter for each in ALL.values()} == {name for name in text.CHAPTERS if conform.load(name)}


@pytest.mark.parametrize("member", ["ask", "expect", "clauses", "needs"])
def test_a_digest_is_that_of_the_content(member: str) -> None:
    case = next(case for case in check.cases_of("dcnet") if case.ask)
    other = {
        "ask": case.ask and case.ask.model_copy(update={"op": "dcnet.other"}),
        "expect": case.expect.model_copy(update={"out": {"another": 1}}),
        "clauses": ("DCN-34",),
        "needs": ("dcnet.other",),
    }
    assert profile.digest(case.model_copy(update={member: other[member]})) != profile.digest(case)
    assert profile.digest(case.model_copy(update={"why": "Another word.", "name": "other"})) == profile.digest(case)


def test_the_reference_is_of_a_profile() -> None:
    done = anonspec("check", "--profile", "dcnet-three@1", "--json", "--", *SERVE)
    run = json.loads(done.stdout)
    assert (done.returncode, run["exit"]) == (0, 0)
    assert run["verdicts"][0]["line"].startswith("dcnet-three@1: CONFORMANT — MUST 2 of 2 clauses; ")
    assert {line["name"] for line in run["lines"]} == {*THREE.cases, *THREE.laws}
    in_process = anonspec("check", "--profile", "dcnet-three@1", "--engine", "vectors", "--engine", "sample")
    assert (in_process.returncode, "dcnet-three@1: HOLDS — MUST 2 of 2" in in_process.stdout) == (0, True)


def test_half_of_a_profile_is_none_of_it() -> None:
    """What was not asked makes the claim incomplete, and the exit code says so."""
    for words in (["--engine", "vectors"], ["--only", "say/"]):
        done = anonspec("check", "--profile", "dcnet-three@1", *words, "--", *SERVE)
        assert done.returncode == 5
        assert "dcnet-three@1: INCOMPLETE — MUST" in done.stdout
        assert "cases and laws not asked" in done.stdout


def test_a_capability_that_is_required_and_not_declared_fails(tmp_path: Path) -> None:
    program = "import sys, anonref.serve as s\nd = s.REFERENCE._describe\n"
    program += "def describe():\n    said = d()\n    del said['capabilities']['dcnet.reader']\n    return said\n"
    program += "s.REFERENCE._describe = describe\n"
    program += "f = s.REFERENCE._start\n"
    program += (
        "def start(q):\n    if q.get('role') == 'dcnet.reader': raise s.Unsupported('dcnet.reader')\n    return f(q)\n"
    )
    program += "s.REFERENCE._start = start\ns.REFERENCE.serve(sys.stdin.buffer, sys.stdout.buffer)"
    words = ["check", "--profile", "dcnet-xor@1", "--engine", "vectors", "--"]
    done = anonspec(*words, sys.executable, "-c", program)
    assert done.returncode == 1, done.stderr
    assert "requires/dcnet.reader: untestable" in done.stdout
    assert "dcnet-xor@1: NOT CONFORMANT — MUST" in done.stdout
    assert "not declared: dcnet.reader" in done.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cases": {**THREE.cases, "gone/case": "0" * 16}}, "the case gone/case is gone"),
        ({"cases": dict.fromkeys(THREE.cases, "0" * 16)}, "is not what it was; the case"),
        ({"laws": (*THREE.laws, "a_law_of_old")}, "the law a_law_of_old is gone"),
    ],
)
def test_what_is_not_as_it_was_frozen_is_a_wrong_suite(
    change: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the program is asked anything."""
    changed = {"dcnet-three@1": THREE.model_copy(update=change)}
    monkeypatch.setattr(profile, "profiles", lambda: changed)
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", "--profile", "dcnet-three@1", "--", "/not/there"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (4, "")
    assert "profile dcnet-three@1 is frozen, but" in said.err
    assert says in said.err


def test_what_was_added_later_is_shown_and_not_scored() -> None:
    held = [Line("dcnet", "vectors", name, THREE.clauses[:1], "pass", True) for name in THREE.cases]
    held += [Line("dcnet", "sample", name, THREE.clauses[:1], "held", True) for name in THREE.laws]
    later = Line("dcnet", "vectors", "say/later", THREE.clauses[1:], "fail", False)
    writer = record.Writer(header(profile=THREE))
    for line in (*held, later, replace(later, name="say/later_too", verdict="pass", good=True)):
        writer.add(profile.scored(THREE, line))
    run = writer.end(1.0)
    assert run.exit == 0
    verdict = str(report.verdicts(run)[0])
    assert verdict.startswith("dcnet-three@1: CONFORMANT — MUST 1 of 2 clauses, 1 clause not tried, ")
    assert "2 added later and not scored, 1 of them fails" in verdict
    assert [how for _, how in report.warned(run)] == ["added later and not scored"]


def test_a_law_of_the_profile_is_scored() -> None:
    frozen = ALL["dcnet-xor@1"]
    law = Line("dcnet", "sample", frozen.laws[0], ("DCN-1",), "refuted", False)
    assert profile.scored(frozen, law) == law
    assert profile.scored(frozen, replace(law, name="of_later")).standing == "added later"


def test_what_is_required_is_asked_of_whoever_declares_less() -> None:
    declared = conform.InProcess(REFERENCE.answer).describe().capabilities
    assert list(profile.lacking(THREE, declared)) == []
    [line] = profile.lacking(THREE, {"dcnet.sum"})
    assert (line.verdict, line.good, line.counts) == ("untestable", False, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "--profile", "nothing", "--", "x"], "there is no profile 'nothing'; there are: observer-"),
        (["check", "mix", "--profile", "dcnet-three@1", "--", "x"], "is of chapter dcnet, and of no other"),
        (
            ["freeze", "dcnet-three@1", "--chapter", "dcnet", "--requires", "dcnet.three", "--claim", "x"],
            "frozen: take",
        ),
        (["freeze", "a", "--chapter", "dcnet", "--requires", "dcnet.three", "--claim", "x"], "NAME@VERSION"),
        (["freeze", "A@1", "--chapter", "dcnet", "--requires", "dcnet.three", "--claim", "x"], "'A@1': name: "),
        (["freeze", "a@1", "--chapter", "dcnet", "--requires", "dcnet.tea", "--claim", "x"], "needs dcnet.tea"),
        (["freeze", "a@1", "--chapter", "dcnet", "--requires", "dcnet.mod", "--claim", "x"], "at least 1 item"),
        (["freeze", "a@1", "--chapter", "dcnet", "--requires", "dcnet.three", "--claim", ""], "claim:"),
        (
            ["freeze", "a@1", "--chapter", "tea", "--requires", "dcnet.three", "--claim", "x"],
            "there is no chapter 'tea'",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: list[str], says: str) -> None:
    done = anonspec(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


def test_a_new_profile_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(profile, "folder", lambda chapter: tmp_path / chapter / "profiles")
    monkeypatch.setattr(profile, "profiles", profile.profiles.__wrapped__)
    (tmp_path / "dcnet").mkdir()
    words = ["freeze", "dcnet-three@1", "--chapter", "dcnet", "--requires", "dcnet.three", "--claim", THREE.claim]
    for code in (0, 2):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == code
    capsys.readouterr()
    assert profile.profiles()["dcnet-three@1"].requires == THREE.requires


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a-1.json", "{", "a-1.json: as a whole: Invalid JSON"),
        ("a-1.json", "{}", "a-1.json: format: Field required"),
        ("a-1.json", THREE.model_dump_json(), "dcnet/profiles/a-1.json is dcnet's dcnet-three@1"),
    ],
)
def test_a_file_that_is_no_profile_is_a_wrong_suite(
    name: str, content: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "dcnet" / "profiles" / name
    file.parent.mkdir(parents=True)
    file.write_text(content)
    monkeypatch.setattr(profile, "folder", lambda chapter: tmp_path / chapter / "profiles")
    with pytest.raises(conform.SuiteError, match=says):
        profile.profiles.__wrapped__()


def test_profiles_are_listed() -> None:
    listed = json.loads(anonspec("profiles", "--json").stdout)
    assert [f"{each['name']}@{each['version']}" for each in listed] == list(ALL)
    assert "mix-batching@1" in anonspec("profiles").stdout
