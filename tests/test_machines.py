"""Walks of a role: what they catch that no vector does, whom they blame, and what is kept of what they found."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anonlaws import check, conform, law, machines
from anonref import dcnet, mix, sgmix
from anonref.serve import REFERENCE, Server
from anonspec.shape import Reject

STATEFUL = ("dcnet", "crowds", "mix", "sgmix", "reply", "cascade")
ALL_WANTED = "ANONSPEC_ALL_FAULTS" in os.environ
"""Whether all faults are walked, some minutes long, or each seventh."""


def program_of(chapter: str, functions: Any) -> conform.InProcess:
    """The reference with another chapter in it, as a program of its own."""
    program = conform.InProcess(replace(REFERENCE, chapters={**REFERENCE.chapters, chapter: functions}).answer)
    program.describe()
    return program


def sound() -> conform.InProcess:
    program = conform.InProcess(replace(REFERENCE).answer)
    program.describe()
    return program


def trials(program: conform.Program, chapter: str) -> Iterator[machines.Trial]:
    """Each of the chapter's roles that the program has, ready to be walked beside the reference."""
    oracle = sound()
    for name in conform.chapter_model(chapter).ROLES:
        pool = machines.pool(chapter, name, frozenset(program.capabilities), check.loaded(chapter))
        if isinstance(pool, machines.Pool):
            yield machines.Trial(pool, program, oracle)


def found(program: conform.Program, chapter: str, walks: int) -> machines.Counterexample | None:
    walked = (machines.tried(trial, walks=walks) for trial in trials(program, chapter))
    return next((each for each in walked if each), None)


def in_vectors(program: conform.Program, chapter: str) -> list[str]:
    """The vectors that the program does not pass."""
    return [case.name for case in check.loaded(chapter) if conform.run_case(program, case).verdict != "pass"]


# ---- faults that no vector shows ----


def loses_its_memory_at_the_25th(net: Any, state: Any, message: bytes) -> Any:
    after, sends = net.arrive(state, message)
    return (after.model_copy(update={"memory": frozenset()}) if len(after.memory) == 25 else after), sends


def fires_late_the_seventh_time(net: Any, state: Any) -> Any:
    after, sends = net.tick(state)
    if sends and after.flush == 7:
        after = after.model_copy(update={"elapsed": 1})
    return after, sends


def otherwise(module: Any, **functions: Callable[..., Any]) -> Any:
    """The module with functions that only a caller from outside meets."""
    return SimpleNamespace(**{**vars(module), **functions, "__name__": module.__name__})


def taken_up_under_a_new_key(record: str) -> Any:
    return mix.resume(record).model_copy(update={"memory": frozenset()})


def taken_up_at_once(record: str) -> Any:
    return sgmix.resume(record).model_copy(update={"clock": 0})


def with_fault(module: Any, replaces: str, by: Callable[..., Any]) -> Any:
    return law.variant(module, law.Fault(by.__name__, "MIX-1", replaces, by, ""))


class OnceForABatch:
    """In a batch of more than 45 events the 46th is refused, whatever it is."""

    def __init__(self) -> None:
        self.server: Server = replace(REFERENCE)

    def answer(self, question: Any) -> Any:
        said = self.server.answer(question)
        if len(said.get("results", ())) > 45:
            said["results"][45] = {"reject": {"clause": "MIX-5"}}
        return said


def as_program(server: Any) -> conform.InProcess:
    program = conform.InProcess(server.answer)
    program.describe()
    return program


SUBTLE: dict[str, tuple[str, Callable[[], conform.InProcess]]] = {
    "a memory lost at the 25th message": (
        "mix",
        lambda: program_of("mix", with_fault(mix, "arrive", loses_its_memory_at_the_25th)),
    ),
    "a timer that is late after the seventh flush": (
        "mix",
        lambda: program_of("mix", with_fault(mix, "tick", fires_late_the_seventh_time)),
    ),
    "a batch that is too long": ("mix", lambda: as_program(OnceForABatch())),
    "taken up elsewhere without its memory": (
        "mix",
        lambda: program_of("mix", otherwise(mix, resume=taken_up_under_a_new_key)),
    ),
    "taken up elsewhere before its time": (
        "sgmix",
        lambda: program_of("sgmix", otherwise(sgmix, resume=taken_up_at_once)),
    ),
}
"""Programs that pass every vector of the chapter, and are wrong."""


@pytest.mark.parametrize("name", SUBTLE)
def test_a_walk_finds_what_no_vector_shows(name: str) -> None:
    chapter, make = SUBTLE[name]
    assert in_vectors(make(), chapter) == []
    shown = found(make(), chapter, 400)
    assert shown is not None
    assert shown.difference.verdict == "fail"
    assert shown.difference.asked


# ---- the chapters' own faults ----


def stateful(chapter: str) -> list[law.Fault]:
    """The faults that show in a role, by the vectors that begin one; all, or each seventh."""
    every = 1 if ALL_WANTED else 7
    runs = [case for case in check.loaded(chapter) if case.start]
    shown = []
    for fault in check.laws_of(chapter).FAULTS[::every]:
        program = program_of(chapter, law.variant(REFERENCE.chapters[chapter], fault))
        if any(check.noticed(conform.run_case(program, case)) for case in runs):
            shown.append(fault)
    return shown


@pytest.mark.parametrize("chapter", STATEFUL)
def test_walks_catch_most_faults_of_a_role(chapter: str) -> None:
    faults = stateful(chapter)
    walked = {
        fault.name: found(program_of(chapter, law.variant(REFERENCE.chapters[chapter], fault)), chapter, 60)
        for fault in faults
    }
    caught = [name for name, shown in walked.items() if shown]
    assert len(caught) * 2 > len(faults) > 0, sorted(walked.keys() - set(caught))


# ---- nobody is blamed who is right ----


VARIANTS = [(chapter, each) for chapter in ("mix", "sgmix") for each in check.laws_of(chapter).VARIANTS]


@pytest.mark.parametrize(("chapter", "variant"), VARIANTS, ids=[each.name for _, each in VARIANTS])
def test_what_is_built_otherwise_is_not_blamed(chapter: str, variant: Any) -> None:
    built = variant.build(check.subject("anonref").chapters[chapter])
    assert found(program_of(chapter, built), chapter, 60) is None


@pytest.mark.parametrize("chapter", STATEFUL)
def test_the_reference_is_not_blamed(chapter: str) -> None:
    assert found(sound(), chapter, 30) is None


def test_another_clause_that_refuses_too_is_not_blamed() -> None:
    """Length before freshness, or freshness before length: an input may break both. HP-16"""

    def the_other_way_round(net: Any, state: Any, message: bytes) -> Any:
        try:
            return net.arrive(state, message)
        except Reject as refusal:
            raise Reject("MIX-4" if refusal.clause == "MIX-5" else "MIX-5", refusal.reason) from None

    assert found(program_of("mix", with_fault(mix, "arrive", the_other_way_round)), "mix", 30) is None


def test_a_refusal_by_a_clause_that_demands_none_is_blamed() -> None:
    def for_no_reason(net: Any, state: Any, message: bytes) -> Any:
        try:
            return net.arrive(state, message)
        except Reject as refusal:
            raise Reject("MIX-7", refusal.reason) from None

    shown = found(program_of("mix", with_fault(mix, "arrive", for_no_reason)), "mix", 60)
    assert shown
    assert shown.difference.seen["reject"]["clause"] == "MIX-7"


# ---- what is left out, and what is the same each time ----


def test_what_draws_for_itself_is_left_out_and_said() -> None:
    line, _ = check.machine_line(sound(), "mix", "mix.node", 0, 2)
    assert "3 vectors left out, in which the party draws for itself" in line.note


def test_a_role_that_is_not_declared_is_not_applicable() -> None:
    program = as_program(Server("none", "0", {"dcnet": dcnet}))
    line, case = check.machine_line(program, "mix", "mix.node", 0, 2)
    assert (line.verdict, line.counts, line.good, case) == ("na", False, True, None)
    assert line.note == "not declared: mix.node"


def test_the_same_seed_walks_the_same_way() -> None:
    def walked(seed: int) -> list[Any]:
        trial = next(trials(sound(), "sgmix"))
        machines.tried(trial, walks=10, seed=seed)
        return [trial.walks, trial.handed]

    assert walked(1) == walked(1) != walked(2)


def test_a_program_that_dies_is_a_crash_and_no_more_is_asked() -> None:
    asked = []

    class Dies:
        def answer(self, question: Any) -> Any:
            asked.append(question)
            if question["cmd"] == "run":
                raise conform.NoAnswer("crash", "ended its output")
            return REFERENCE.answer(question)

    shown = found(as_program(Dies()), "sgmix", 10)
    assert shown
    assert shown.difference.verdict == "crash"
    assert [each["cmd"] for each in asked].count("run") == 1


@pytest.mark.parametrize(
    ("shared", "clause"),
    [(False, "HP-22"), (True, "HP-24")],
    ids=["one_at_a_time", "side_by_side"],
)
def test_the_way_in_which_events_are_handed_is_told(shared: bool, clause: str) -> None:
    class Confuses:
        """Right for one batch; or for one subject alone."""

        def __init__(self) -> None:
            self.server = replace(REFERENCE)
            self.last = ""
            self.batches: dict[str, int] = {}

        def answer(self, question: Any) -> Any:
            said = self.server.answer(question)
            if "events" in question:
                self.batches[question["subject"]] = self.batches.get(question["subject"], 0) + 1
                beside = self.last not in ("", question["subject"])
                wrong = beside if shared else self.batches[question["subject"]] > 1
                self.last = question["subject"]
                if wrong and "out" in said["results"][0]:
                    said["results"][0] = {"out": {"sends": "nothing"}}
            if question["cmd"] == "stop":
                self.last = ""
            return said

    trial = next(trials(as_program(Confuses()), "sgmix"))
    shown = machines.tried(trial, walks=20)
    assert shown
    assert machines.clauses(shown, []) == (clause,)


# ---- cases that are kept ----


def test_what_was_found_is_a_case_that_the_sound_pass_and_the_faulty_fail(tmp_path: Path) -> None:
    """Written, read again, linted with the chapter's own."""
    chapter, make = SUBTLE["a memory lost at the 25th message"]
    program = make()
    _, case = check.machine_line(program, chapter, "mix.node", 0, 400)
    assert case
    file = tmp_path / "found.json"
    for _ in range(2):  # a case is not kept twice
        machines.write(file, chapter, [case])
    [again] = conform.read(file)
    assert again.name.startswith("promoted/node_")
    assert again in check.cases_of(chapter, [again])
    assert conform.run_case(sound(), again).verdict == "pass"
    assert conform.run_case(program, again).verdict == "fail"


def test_what_depends_on_the_way_of_handing_is_no_case() -> None:
    line, case = check.machine_line(SUBTLE["taken up elsewhere without its memory"][1](), "mix", "mix.node", 0, 100)
    assert not line.good
    assert case is None


def anonspec(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "anonlaws.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


FORGETFUL = """
import sys
from anonlaws import law
from anonref import sgmix
from anonref.serve import Server
fault = law.Fault("TakesCopies", "SGM-12", "check_fresh", lambda *given: None, "")
Server("forgetful", "0", {"sgmix": law.variant(sgmix, fault)}).serve(sys.stdin.buffer, sys.stdout.buffer)
"""


def test_the_command_shows_it_repeats_it_and_keeps_it(tmp_path: Path) -> None:
    program, file = tmp_path / "forgetful.py", tmp_path / "kept.json"
    program.write_text(FORGETFUL)
    done = anonspec(
        *[
            "check",
            "sgmix",
            "--engine",
            "machines",
            "--promote",
            str(file),
            "--json",
            "--",
            sys.executable,
            str(program),
        ]
    )
    assert done.returncode == 1, done.stderr
    [line] = [each for each in json.loads(done.stdout)["lines"] if not each["good"]]
    assert (line["chapter"], line["name"], line["clauses"]) == ("sgmix", "node", ["SGM-12"])
    assert line["expected"] == {"reject": {"clause": "SGM-12"}}
    repeated = subprocess.run(["bash", "-c", line["again"]], capture_output=True, text=True, check=True)
    last = [json.loads(each) for each in repeated.stdout.splitlines()][-1]
    assert last["results"][-1] == line["seen"]
    again = ["check", "sgmix", "--engine", "vectors", "--only", "promoted", "--cases", str(file)]
    assert anonspec(*again).returncode == 0
    assert anonspec(*again, "--", sys.executable, str(program)).returncode == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["check", "--promote", "x.json", "--", "cat"], 2, "--promote is for one named chapter"),
        (["check", "mix", "--promote", "x.json"], 2, "--promote is for one named chapter"),
        (["check", "mix", "--engine", "vectors", "--promote", "x.json", "--", "cat"], 2, "--promote is for one named"),
        (["check", "mix", "--cases", "not_there.json"], 2, "does not exist"),
        (["check", "mix", "--cases", __file__], 4, "test_machines.py: "),
        (["check", "mix", "--walks", "0"], 2, "walks"),
        (["check", "mix", "--promote", __file__, "--", "cat"], 4, "test_machines.py: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: list[str], code: int, says: str) -> None:
    done = anonspec(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_cases_of_a_chapter_that_is_not_checked_are_told(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    case = next(case for case in check.loaded("sgmix") if case.name == "mix/one_message")
    machines.write(file, "sgmix", [case.model_copy(update={"name": "mine"})])
    done = anonspec("check", "mix", "--cases", str(file))
    assert done.returncode == 2
    assert "--cases has cases of sgmix, which is not checked" in done.stderr
