"""That the kit, put to the test itself, can also fail: each thing that it finds out, made wrong, turns it red."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from anonlaws import check, cli, cli_selftest, conform, kills, law, selftest, wrong_drivers, wrong_programs
from anonlaws.selftest import Job
from anonspec import text
from anonspec.harness.model import Case

FAULT = check.laws_of("observer").FAULTS[0]


def bad(job: Job) -> list[check.Line]:
    return [line for line in selftest.do(job) if not line.good]


def test_the_command_is_green() -> None:
    command = [sys.executable, "-m", "anonlaws.cli", "selftest", "crowds", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    whole = json.loads(done.stdout)
    assert (whole["complete"], whole["exit"]) == (True, 0)
    engines = {line["engine"] for line in whole["lines"]}
    assert engines == {"caught", "predicted", "variants", "changed"}


def test_an_unknown_chapter_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["selftest", "onions"])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("anonspec: there is no chapter 'onions'; there are: harness, ")


def test_whatever_is_bad_ends_in_4(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job("dcnet", "waived")
    lines = [selftest.line(job, "caught", "Some", ("DCN-1",), good, claim="It is so.") for good in (True, False)]
    monkeypatch.setattr(cli_selftest.kit, "run", lambda _chapters, _began: iter(lines))
    with pytest.raises(SystemExit) as end:
        cli.main(["selftest", "dcnet"])
    assert end.value.code == 4
    said = capsys.readouterr().out
    assert "1 of 2" in said
    assert "RED" in said
    assert "again    anonspec selftest dcnet" in said


def foretold(**changes: str) -> dict[str, kills.Kills]:
    here = kills.predicted()
    kill: Any = {**here["observer"][FAULT.name], **changes}
    return {**here, "observer": {**here["observer"], FAULT.name: kill}}


@pytest.mark.parametrize(
    "changes", [{"note": "another culprit"}, {"case": "view/global"}, {"where": "results[1]"}, {"clause": "OBS-2"}]
)
def test_another_reason_is_noticed(changes: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    here = foretold(**changes)
    monkeypatch.setattr(kills, "predicted", lambda: here)
    [line] = bad(Job("observer", "faults"))
    assert (line.engine, line.name) == ("predicted", FAULT.name)


def test_predictions_about_nothing_and_faults_without_one_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = foretold()
    here["observer"]["NoSuchFault"] = here["observer"].pop(FAULT.name)
    monkeypatch.setattr(kills, "predicted", lambda: here)
    assert {line.name for line in bad(Job("observer", "faults"))} == {FAULT.name, "NoSuchFault"}


def breaks_down(_net: Any, *_given: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("by", [lambda net, *given: getattr(net, FAULT.replaces)(*given), breaks_down])
def test_a_fault_that_is_none_or_only_breaks_down_survives(by: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check.laws_of("observer"), "FAULTS", [replace(FAULT, by=by)])
    lines = [line for line in bad(Job("observer", "faults", FAULT.name)) if line.engine == "caught"]
    assert [line.verdict for line in lines] == ["survived"]


@pytest.mark.parametrize(
    ("waivers", "number", "why"),
    [
        ({}, "HP-17", "untested.toml does not say why"),
        ({"HP-17": " "}, "HP-17", ""),
        ({"HP-17": "so", "HP-1": "so"}, "HP-1", "so"),
        ({"HP-17": "so", "HP-99": "so"}, "HP-99", "there is no such clause"),
    ],
)
def test_waivers_are_for_what_needs_them(
    waivers: dict[str, str], number: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills, "waivers", lambda: waivers)
    [line] = bad(Job("harness", "waived"))
    assert line.name == number
    assert why in line.note


def test_every_clause_is_broken_or_waived() -> None:
    for chapter in text.CHAPTERS:
        assert kills.broken(chapter) | kills.waivers().keys() >= text.clauses(chapter).keys()
        assert bad(Job(chapter, "waived")) == []


def test_a_variant_that_is_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    laws = check.laws_of("observer")
    wrong = law.Variant("wrong", lambda eye: law.variant(eye, FAULT), "A fault.")
    monkeypatch.setattr(laws, "VARIANTS", [*laws.VARIANTS, wrong])
    [line] = bad(Job("observer", "variants", "wrong"))
    assert "fail" in line.note
    assert "refuted" in line.note


def unchanged(case: Case) -> Iterator[tuple[str, Case]]:
    yield "nothing", case


@pytest.mark.parametrize(("mutations", "why"), [(unchanged, "nothing"), (lambda _: iter(()), "nothing to be changed")])
def test_an_expectation_that_may_be_changed_is_noticed(
    mutations: Any, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conform, "mutations", mutations)
    lines = bad(Job("observer", "changed"))
    assert len(lines) == len(check.loaded("observer"))
    assert all(why in line.note for line in lines)


@pytest.mark.parametrize("changes", [{"exit": 0}, {"says": "it is tired"}])
def test_another_end_of_the_command_is_noticed(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(each for each in wrong_programs.DEGENERATE if each.command == "claims_none")
    monkeypatch.setattr(wrong_programs, "DEGENERATE", [replace(one, **changes)])
    [line] = bad(Job("harness", "degenerate", "claims_none"))
    assert "exit 3: " in line.seen


def test_a_driver_that_became_wrong_fails_its_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrong_drivers, "EXAMINATION", wrong_drivers.EXAMINATION[:7])
    assert bad(Job("harness", "driver")) == []
    monkeypatch.setattr(conform, "_another", lambda _expected, _out: "")
    assert [line.name for line in bad(Job("harness", "driver"))] == [
        "a_changed_expectation_is_not_met",
        "values_are_told_apart",
    ]


def test_a_driver_that_is_not_wrong_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrong_drivers, "EXAMINATION", wrong_drivers.EXAMINATION[:7])
    sound = law.Fault("Sound", "HP-28", "nothing", lambda _driver, _gather: None, "Nothing is wrong.")
    assert wrong_drivers.turns_red(sound) == ("", "not found out")
