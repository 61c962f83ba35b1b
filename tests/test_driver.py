"""The driver: what it takes for the same value, what it remembers of a law's questions, and what it costs."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonlaws import bench, check, conform, report
from anonlaws.dcnet import laws
from anonref.serve import REFERENCE
from anonspec.dcnet.model import Xor
from anonspec.harness import model as harness
from test_programs import FAULTS, HERE, need, program_in, variant

ECHO = """
import json, sys
said = {"hp": 1, "impl": {"name": "", "version": "", "language": ""}, "capabilities": {"tally.sum": {}}}
for line in sys.stdin:
    question = json.loads(line)
    answer = said if question["cmd"] == "describe" else {"out": "@"}
    whole = json.dumps({"id": question["id"], **answer}).replace('"@"', question.get("in", {}).get("say", ""))
    print(whole, flush=True)
"""
"""A program whose `out` is the text that it is given."""


@pytest.mark.parametrize(
    ("expected", "said", "same"),
    [
        ({"a": 1, "b": [2]}, '{"b":[2],"a":1}', True),
        ({"a": 1}, '{"a":1.0}', False),
        ({"a": 1}, '{"a":true}', False),
        ({"a": 1.5}, '{"a":15e-1}', True),
        ({"a": None}, '{"a":1e400}', False),
        ({"a": None}, '{"a":null}', True),
        ({"a": "é"}, '{"a":"\\u00e9"}', True),
        ({"a": {"1": 1}}, '{"a":{"1":1,"2":2}}', False),
        ({"a": {"1": 1, "2": 2}}, '{"a":{"2":2,"1":1}}', True),
    ],
)
def test_values_are_the_same_or_not_whatever_their_order(expected: dict[str, Any], said: str, same: bool) -> None:
    whole = {"name": "a", "clauses": ["TLY-1"], "needs": ["tally.sum"], "why": "so", "expect": {"out": expected}}
    whole["ask"] = {"op": "tally.sum", "in": {"say": said}}
    case = harness.Case.model_validate_json(json.dumps(whole))
    with conform.Process([sys.executable, "-S", "-c", ECHO]) as program:
        program.describe()
        assert conform.run_case(program, case).verdict == ("pass" if same else "fail")


# ---- tapes ----


def answers(tape: Sequence[str], command: list[str]) -> list[Any]:
    """What a program says when a tape is piped into it."""
    piped = "".join(f"{line}\n" for line in tape)
    done = subprocess.run(command, input=piped, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def found_out(command: list[str], chapter: str, law: str) -> check.Line:
    """What a law says of a program that it refutes."""
    with conform.Process(command) as program:
        [line] = check.check_program(
            program, command, [chapter], ["sample"], lambda name: law in name, 0, lambda _: None
        )
    return line


@pytest.mark.parametrize(
    ("fault", "law", "wrong", "right"),
    [
        ("sum_without_the_first", "the_round_delivers_the_sum", {"out": {"word": "00"}}, {"out": {"word": "01"}}),
        (
            "member_answers_repeated_announcement",
            "a_member_spends_no_pad_twice",
            {"results": [{"out": {"word": "00"}}]},
            {"results": [{"reject": {"clause": "DCN-13"}}]},
        ),
    ],
)
def test_the_tape_of_a_law_shows_the_fault_and_a_sound_program_is_right(
    fault: str, law: str, wrong: Any, right: Any, tmp_path: Path
) -> None:
    node = need("node")
    [spoiled] = [each for each in FAULTS if (each["program"], each["name"]) == ("dcnet", fault)]
    faulty, sound = [node, str(variant(spoiled, tmp_path))], program_in("dcnet.mjs")
    line = found_out(faulty, "dcnet", law)
    assert line.verdict == "refuted"
    questions = [json.loads(each) for each in line.tape]
    assert [each["id"] for each in questions] == list(range(1, len(questions) + 1))
    assert "describe" not in [each["cmd"] for each in questions]
    begun = [each["subject"] for each in questions if each["cmd"] == "start"]
    assert {each["subject"] for each in questions if "subject" in each} == set(begun)
    assert begun == [f"s{number}" for number in range(1, len(begun) + 1)]
    *before, last = answers(line.tape, faulty)
    *alike, better = answers(line.tape, sound)
    assert before == alike
    assert (conform._gist(last), conform._gist(better)) == (conform._gist(wrong), conform._gist(right))


def test_a_short_tape_is_shown_to_be_repeated_and_a_long_one_counted() -> None:
    command = ("./my program",)
    line = check.Line("dcnet", "sample", "a_law", ("DCN-9",), "refuted", False, tape=('{"id":1}', '{"id":2}'))
    assert report.taped(command, line) == """printf '%s\\n' '{"id":1}' '{"id":2}' | './my program'"""
    assert report.taped(command, replace(line, tape=line.tape * 6)).startswith(
        "12 questions; --record, --json and --html have them"
    )
    assert report.taped(command, replace(line, engine="vectors")) == report.taped(command, replace(line, tape=())) == ""


def test_a_program_that_dies_has_a_tape_that_ends_with_what_it_died_of(tmp_path: Path) -> None:
    whole = (HERE / "dcnet.mjs").read_text("utf-8")
    told = "sumOf(group, words)) }"
    assert whole.count(told) == 1
    file = tmp_path / "dies.mjs"
    file.write_text(
        whole.replace(told, "words.length > 2 ? process.exit(3) : sumOf(group, words)) }"), encoding="utf-8"
    )
    line = found_out([need("node"), str(file)], "dcnet", "the_round_delivers_the_sum")
    assert line.verdict == "crash"
    assert json.loads(line.tape[-1])["op"] == "dcnet.combine"
    assert len(json.loads(line.tape[-1])["in"]["words"]) > 2


def test_an_example_stands_by_itself() -> None:
    """What an earlier example began is stopped, and told anew where it is used again; ids and names count from 1."""
    program = conform.InProcess(REFERENCE.answer)
    program.describe()
    net = conform.Remote(program, "dcnet", laws.Codec)
    running = set(REFERENCE.subjects)
    group, pads = Xor(kind="xor", bytes=1), {1: 0}
    member = net.join(group, 3, [(0, 1), (1, 2)], 0)
    member, _ = net.speak(member, 0, pads, None)
    conform.begin_example(net)
    assert set(REFERENCE.subjects) == running
    assert conform.tape(net) == ()
    for round in (1, 2):
        net.speak(member, round, pads, None)
    questions = [json.loads(each) for each in conform.tape(net)]
    assert [each["cmd"] for each in questions] == ["start", "run", "run", "start", "run", "run"]
    assert [each["subject"] for each in questions] == ["s1"] * 3 + ["s2"] * 3
    assert [each["id"] for each in questions] == [1, 2, 3, 4, 5, 6]
    conform.begin_example(net)


# ---- what it costs ----


def test_the_benchmark_counts_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    need("node")
    monkeypatch.setattr(bench, "programs", lambda: [program_in("sgmix.mjs")])
    advanced: list[int] = []
    *cases, suite = bench.harness(advanced.append, quick=True)
    assert [row["program"] for row in cases] == ["my_dcnet.mjs", "my_dcnet.py"]
    assert all((row["questions"], row["cases"], row["events"]) == (200, 200, 0) for row in cases)
    vectors = check.loaded("sgmix")
    assert (suite["asked"], suite["cases"], suite["laws"]) == ("suite of sgmix", len(vectors), 0)
    assert suite["events"] >= sum(len(case.events) for case in vectors)
    assert all(list(row) == list(suite) and row["bare (s)"] > 0 for row in cases)
    assert advanced == [5, 0, 0, 0, 0, 0]


def test_without_node_the_benchmark_asks_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    [command] = bench.programs()
    assert bench.declared(command) == list(REFERENCE.chapters)
