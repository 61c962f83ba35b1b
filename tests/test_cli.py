"""The command as people type it: what it says, where, and with which exit code."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

SERVE = [sys.executable, "-m", "anonref.serve"]


def anonspec(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a program."""
    command = [sys.executable, "-m", "anonlaws.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["check", "nonsense"], 2, "there is no chapter 'nonsense'; there are: harness, observer, dcnet, crowds, mix,"),
        (["check", ""], 2, "there is no chapter ''"),
        (["check", "--engine", "steam"], 2, "there is no engine 'steam'"),
        (["check", "--subject", "nobody"], 2, "no subject is called 'nobody'"),
        (["check", "--nonsense"], 2, "No such option"),
        (["check", "--seed", "x"], 2, "seed"),
        (["check", "dcnet", "--"], 2, "no program after --"),
        (["check", "dcnet", "--", ""], 2, "no program after --"),
        (["check", "dcnet", "--", "/bin/false"], 3, "exit status 1"),
        (["check", "dcnet", "--", "cat"], 3, "HP-10"),
        (["check", "dcnet", "--", "yes"], 3, "HP-1"),
        (["check", "dcnet", "--", "./not-there"], 3, "cannot start './not-there'"),
        (["check", "dcnet", "--junit", "/nowhere/x.xml", "--only", "say/", "--engine", "vectors"], 2, "No such file"),
        (["trace", "DCN-999"], 2, "there is no clause 'DCN-999'"),
        (["trace", "XYZ"], 2, "there is no clause 'XYZ'"),
        (["bench", "nonsense"], 2, "there is no benchmark 'nonsense'"),
        (["measure", "dcnet", "--members", "2", "--edges", "0-1"], 2, "DCN-6"),
        (["measure", "dcnet", "--members", "4", "--edges", "0-1,2-3"], 2, "DCN-8"),
        (["measure", "dcnet", "--members", "5", "--edges", "0-x"], 2, "--edges wants pairs"),
        (["measure", "dcnet", "--members", "5", "--edges", "ring", "--colluders", "9"], 2, "DCN-33"),
        (["measure", "dcnet", "--members", "5", "--edges", "ring", "--colluders", "a"], 2, "--colluders wants"),
        (["measure", "reservation", "--slots", "0", "--senders", "1"], 2, "slots"),
        (["measure", "reservation", "--slots", "many", "--senders", "1"], 2, "slots"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: list[str], code: int, says: str) -> None:
    done = anonspec(*words)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("anonspec: ")
    assert says in done.stderr


def test_a_chapter_without_cases_is_no_success() -> None:
    done = anonspec("check", "harness")
    assert (done.returncode, "NOTHING RAN" in done.stdout) == (5, True)


def test_measures_are_exact_fractions() -> None:
    done = anonspec(
        "measure", "dcnet", "--members", "5", "--edges", "0-1,1-2,2-3,3-4,4-0", "--colluders", "0,2", "--json"
    )
    assert json.loads(done.stdout) == {
        "components": [[1], [3, 4]],
        "posterior": {"1": "1", "3": "1/2", "4": "1/2"},
        "key_words_per_slot": 5,
        "announced_words_per_slot": 5,
    }
    done = anonspec("measure", "reservation", "--slots", "16", "--senders", "3", "--json")
    assert json.loads(done.stdout) == {
        "expected_marked": "169/64",
        "expected_single": "675/256",
        "expected_undetected_collisions": "1/256",
        "all_distinct": "105/128",
    }


def test_a_sound_program_is_conformant_in_every_format(tmp_path: Path) -> None:
    junit, page = tmp_path / "run.xml", tmp_path / "run.html"
    words = ["check", "dcnet", "--engine", "vectors", "--json", "--junit", str(junit), "--html", str(page)]
    done = anonspec(*words, "--", *SERVE)
    assert done.returncode == 0
    run = json.loads(done.stdout)
    assert run["complete"] is True
    assert run["exit"] == 0
    assert {line["verdict"] for line in run["lines"]} == {"pass"}
    suites = Xml.parse(junit).getroot()
    assert sum(int(suite.get("tests", "0")) for suite in suites) == len(run["lines"])
    assert 'id="DCN-9"' in page.read_text("utf-8")
    assert "http" not in page.read_text("utf-8")


def test_a_failure_teaches(tmp_path: Path) -> None:
    """Clause, reason, expected and seen, and a line that repeats the case, which a shell can run."""
    program = tmp_path / "faulty.py"
    program.write_text(
        "import sys\n"
        "from dataclasses import replace\n"
        "from anonlaws.dcnet.parties import CountsTwice\n"
        "from anonlaws.law import variant\n"
        "from anonref import dcnet\n"
        "from anonref.serve import REFERENCE\n"
        "faulty = replace(REFERENCE, chapters={'dcnet': variant(dcnet, CountsTwice)})\n"
        "faulty.serve(sys.stdin.buffer, sys.stdout.buffer)\n"
    )
    done = anonspec("check", "dcnet", "--engine", "vectors", "--only", "twice", "--", sys.executable, str(program))
    assert done.returncode == 1
    for part in (
        "reader/same_member_twice: fail",
        "DCN-16 Only those it waits for. A reader MUST reject an announcement",
        "Why: a sum over the wrong members",
        "done what has to be refused",
        'expected {"reject": {"clause": "DCN-16", "culprit": 0}}',
        "NOT CONFORMANT",
        "DCN-16 violated",
    ):
        assert part in done.stdout, part
    again = next(line for line in done.stdout.splitlines() if line.strip().startswith("again"))
    repeated = subprocess.run(
        ["sh", "-c", again.strip().removeprefix("again").strip()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert '"results"' in repeated.stdout


def test_a_pipe_that_is_closed_is_no_traceback() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m anonlaws.cli laws | head -n 1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""


def test_an_interrupt_ends_in_one_line() -> None:
    """Also while its workers are deep in a solver."""
    command = [sys.executable, "-m", "anonlaws.cli", "check", "dcnet", "--engine", "prove"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    while len(children.read_text().split()) < 2:  # until it has begun; the one that tracks resources counts too
        time.sleep(0.1)
    time.sleep(1)
    os.killpg(running.pid, signal.SIGINT)
    said, complained = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "")
    assert complained.splitlines()[-1] == "anonspec: interrupted"
