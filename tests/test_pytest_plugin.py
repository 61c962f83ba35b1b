"""The pytest plugin: items with readable names, failures that teach, and nothing where it is not asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from dataclasses import replace
from anonlaws import law
from anonref import sgmix
from anonref.serve import Server

def pytest_anonspec_subject():
    fault = law.Fault("TakesCopies", "SGM-12", "check_fresh", lambda *given: None, "")
    return Server("forgetful", "0", {"sgmix": law.variant(sgmix, fault)})
"""
COPY = "a_copy_while_held"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Pytest in a folder of its own, as a user types it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)


def test_items_are_named_and_chosen_by_name(tmp_path: Path) -> None:
    done = run(
        tmp_path, "--co", "--anonspec-subject", "anonref", "--anonspec-chapters", "mix,sgmix", "-k", "flush_at or node"
    )
    names = done.stdout.splitlines()
    assert done.returncode == 0
    assert "anonspec::sgmix::machines/node" in names
    assert "anonspec::mix::machines/node" in names
    assert all(name.startswith("anonspec::") for name in names if "::" in name)


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["here", "in_workers"])
def test_a_subject_of_a_conftest_fails_with_the_clause_and_the_tape(tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    done = run(tmp_path, *more, "-k", COPY)
    assert done.returncode == 1, done.stdout + done.stderr
    for said in ("SGM-12 No copies.", "Why:", 'expected {"reject": {"clause": "SGM-12"}}', "seen", '"cmd": "start"'):
        assert said in done.stdout


def test_a_program_passes_and_what_it_lacks_is_skipped_with_the_reason(tmp_path: Path) -> None:
    command = f"{sys.executable} -m anonref.serve"
    done = run(tmp_path, "-rs", "--anonspec-program", command, "--anonspec-chapters", "sgmix", "-k", COPY)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout
    (tmp_path / "conftest.py").write_text(CONFTEST)
    done = run(tmp_path, "-rs", "--anonspec-chapters", "mix", "-k", "machines")
    assert "na: not declared: mix.node" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--anonspec-program", "/bin/false"], "exit status 1"),
        (["--anonspec-program", ""], "--anonspec-program: no program"),
        (["--anonspec-program", "'"], "No closing quotation"),
        (["--anonspec-subject", "nobody"], "no subject is called 'nobody'"),
        (["--anonspec-subject", "anonref", "--anonspec-program", "x"], "one of them"),
        (["--anonspec-chapters", "mix"], "and no program"),
        (["--anonspec-subject", "anonref", "--anonspec-chapters", "nonsense"], "no chapter 'nonsense'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, words: list[str], says: str) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == 4
    assert says in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_nothing_is_imported_where_nothing_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    ours = {name for name in sys.modules if name.partition('.')[0] in ('anonspec', 'anonref', 'anonlaws')}\n"
        "    assert ours == {'anonlaws', 'anonlaws.pytest_plugin'}\n"
        "    assert not {'z3', 'pydantic', 'cryptography', 'rich'} & sys.modules.keys()\n"
    )
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_command_needs_no_pytest() -> None:
    words = [sys.executable, "-c", "import sys, anonlaws.cli; sys.exit('pytest' in sys.modules)"]
    assert subprocess.run(words, check=False).returncode == 0
