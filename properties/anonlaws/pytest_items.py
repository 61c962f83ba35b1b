"""The items that `pytest_plugin` adds: each vector, each sampled law and each role of the chapters of one program."""

import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from anonlaws import check, conform, report
from anonlaws.check import Line
from anonspec import text

PROGRAM = pytest.StashKey[conform.Program]()
CHAPTERS = pytest.StashKey[list[str]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Find out who is to be checked, and whether it can be talked to, before any worker does."""
    config = session.config
    given = config.hook.pytest_anonspec_subject()
    command, name = config.getoption("anonspec_program"), config.getoption("anonspec_subject")
    if command is None and name is None and given is None:
        if config.getoption("anonspec_chapters"):
            raise pytest.UsageError(
                "--anonspec-chapters, and no program: --anonspec-program, --anonspec-subject, or a hook"
            )
        return
    if command is not None and name is not None:
        raise pytest.UsageError("--anonspec-program and --anonspec-subject: one of them")
    try:
        words = shlex.split(command or "")
        if command is not None and not words:
            raise pytest.UsageError("--anonspec-program: no program")
        program: conform.Program
        if command is not None:
            program = conform.Process(words, watchdog=config.getoption("anonspec_watchdog"))
        else:
            program = conform.InProcess((check.subject(name) if name is not None else given).answer)
        config.add_cleanup(program.close)
        known = [chapter for chapter in text.CHAPTERS if conform.load(chapter)]
        asked = [each for each in (config.getoption("anonspec_chapters") or "").split(",") if each]
        if strange := [each for each in asked if each not in known]:
            raise pytest.UsageError(f"--anonspec-chapters: no chapter {strange[0]!r}; there are: {', '.join(known)}")
        has = {capability.partition(".")[0] for capability in program.describe().capabilities}
        chapters = asked or [chapter for chapter in known if chapter in has]
        conform.probe(program, chapters, [case for chapter in chapters for case in check.cases_of(chapter)])
    except (check.NoSubject, conform.ProgramBroken, conform.SuiteError, ValueError) as error:
        raise pytest.UsageError(f"anonspec: {error}") from None
    config.stash[PROGRAM], config.stash[CHAPTERS] = program, chapters


class Broken(Exception):
    """A piece of evidence that is not as it should be; the only argument is the line."""


class Evidence(pytest.Item):
    """A case, a law or a role: passes, fails with the text of the clause, or is skipped as not applicable."""

    def __init__(self, *, gather: Callable[[], Line], **more: Any) -> None:
        super().__init__(**more)
        self.gather = gather

    def runtest(self) -> None:
        line = self.gather()
        if not line.good:
            raise Broken(line)
        if not line.counts:
            pytest.skip(f"{line.verdict}: {line.note}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Broken):
            line: Line = excinfo.value.args[0]
            return "\n".join(report.spelled(line, {number: text.clause(number) for number in line.clauses}))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return "anonspec", None, self.nodeid


class Chapter(pytest.Collector):
    """A chapter: its vectors, its sampled laws, its roles."""

    def collect(self) -> Iterator[Evidence]:
        chapter, program, seed = self.name, self.config.stash[PROGRAM], self.config.getoption("anonspec_seed")
        command = tuple(shlex.split(self.config.getoption("anonspec_program") or ""))
        for case in check.cases_of(chapter):

            def put(case: Any = case) -> Line:
                outcome = conform.run_case(program, case)
                return check.vector_line(
                    chapter, outcome, outcome.repeat(command) if command else "\n".join(outcome.lines)
                )

            yield Evidence.from_parent(self, name=case.name, gather=put)
        laws = check.laws_of(chapter)
        for claim in laws.LAWS if laws else ():
            if claim.holds and claim.sampled:

                def sample(claim: Any = claim) -> Line:
                    return check.remote_line(program, chapter, claim, seed, command)

                yield Evidence.from_parent(self, name=f"laws/{claim.name}", gather=sample)
        for role in conform.chapter_model(chapter).ROLES:

            def walk(role: str = role) -> Line:
                return check.machine_line(
                    program, chapter, role, seed, self.config.getoption("anonspec_walks"), command
                )[0]

            yield Evidence.from_parent(self, name=f"machines/{role.partition('.')[2]}", gather=walk)


class Chapters(pytest.Collector):
    """All chapters that are checked."""

    def collect(self) -> Iterator[Chapter]:
        for chapter in self.config.stash[CHAPTERS]:
            yield Chapter.from_parent(self, name=chapter)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the items, before others choose among them (-k, -m)."""
    if PROGRAM in config.stash:
        root = Chapters.from_parent(session, name="anonspec", nodeid="anonspec")
        for chapter in root.collect():
            items.extend(chapter.collect())
