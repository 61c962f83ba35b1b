"""The kit put to the test itself: faults are caught for their reasons, and what is right passes, however it is built.

Each piece is a Line, as of a check; the pieces are independent jobs, spread over processes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anonlaws import check, conform, kills, sample, wrong_drivers, wrong_programs
from anonlaws.check import Line
from anonspec import text

EXAMPLES = 25
"""Draws of each sampled law for each variant."""

CLAIM = "The command ends as predicted, whatever the program does, within its bounds of time and memory."


@dataclass(frozen=True)
class Job:
    """What one process does: `what` is a fault's, a variant's, a program's or a question's name, or "" for all."""

    chapter: str
    engine: str
    what: str = ""


def jobs(chapters: Sequence[str]) -> list[Job]:
    """All jobs, the longest kinds first."""
    listed = []
    for chapter in chapters:
        if chapter == "harness":
            listed += [Job(chapter, "degenerate", one.command) for one in wrong_programs.DEGENERATE]
            listed += [Job(chapter, "faults", one.name) for one in wrong_drivers.FAULTS]
            listed += [Job(chapter, "faults", one.name) for one in wrong_programs.FAULTS]
            listed.append(Job(chapter, "driver"))
        elif (laws := check.laws_of(chapter)) is not None:
            listed += [Job(chapter, "variants", one.name) for one in laws.VARIANTS]
            listed += [Job(chapter, "changed"), Job(chapter, "faults")]
        listed.append(Job(chapter, "waived"))
    return listed


def do(job: Job) -> list[Line]:
    """One job, in whatever process."""
    lines: dict[str, Callable[[Job], Iterator[Line]]] = {
        "faults": fault_lines,
        "waived": waiver_lines,
        "variants": variant_lines,
        "changed": changed_lines,
        "degenerate": degenerate_lines,
        "driver": driver_lines,
    }
    return list(lines[job.engine](job))


def run(chapters: Sequence[str], began: Callable[[int], None]) -> Iterator[Line]:
    """All that the kit finds out about itself, as it comes in. `began` is told how many jobs there are."""
    for chapter in chapters:
        check.cases_of(chapter)
    yield from check.spread(do, jobs(chapters), began)


def line(job: Job, engine: str, name: str, clauses: tuple[str, ...], good: bool, **more: Any) -> Line:
    """A Line, with what repeats it."""
    verdict = more.pop("verdict", "good" if good else "bad")
    return Line(job.chapter, engine, name, clauses, verdict, good, again=f"anonspec selftest {job.chapter}", **more)


def fault_lines(job: Job) -> Iterator[Line]:
    """Of each fault whether it is caught, and whether as predicted; and predictions about faults that are gone."""
    foretold = kills.predicted().get(job.chapter, {})
    for fault in (each for each in kills.faults_of(job.chapter) if job.what in ("", each.name)):
        began = time.monotonic()
        kill, should, about = kills.killed(job.chapter, fault), foretold.get(fault.name), (fault.clause,)
        caught = kill["case"] != ""
        verdict, spent = "caught" if caught else "survived", time.monotonic() - began
        yield line(
            job, "caught", fault.name, about, caught, claim=fault.doc, note=kill["note"], verdict=verdict, seconds=spent
        )
        same = kill == should
        yield line(job, "predicted", fault.name, about, same, claim=fault.doc, expected=should, seen=kill)
    if not job.what or job.what == wrong_drivers.FAULTS[0].name:
        for name in foretold.keys() - {fault.name for fault in kills.faults_of(job.chapter)}:
            yield line(job, "predicted", name, (), False, note="there is no such fault", expected=foretold[name])


def waiver_lines(job: Job) -> Iterator[Line]:
    """The waivers for the chapter's clauses, and what lacks one: each clause has a fault or a waiver, and not both."""
    waived, broken = kills.waivers(), kills.broken(job.chapter)
    for number, clause in text.clauses(job.chapter).items():
        if number in waived:
            good = number not in broken and bool(waived[number].strip())
            yield line(job, "waived", number, (number,), good, claim=clause.title, note=waived[number])
        elif number not in broken:
            note = "no faulty implementation breaks it, and untested.toml does not say why"
            yield line(job, "waived", number, (number,), False, claim=clause.title, note=note)
    prefix = text.PREFIXES[job.chapter]
    for number in waived.keys() - text.clauses(job.chapter).keys():
        if number.partition("-")[0] == prefix:
            yield line(job, "waived", number, (), False, note="there is no such clause")


def variant_lines(job: Job) -> Iterator[Line]:
    """A variant passes every case and keeps every sampled law."""
    began, laws = time.monotonic(), check.laws_of(job.chapter)
    variant = next(each for each in laws.VARIANTS if each.name == job.what)
    built = variant.build(check.subject("anonref").chapters[job.chapter])
    program = check.answering("anonref", job.chapter, built)
    notes = [
        f"{case.name}: {outcome.verdict}: {outcome.note}"
        for case in check.loaded(job.chapter)
        if (outcome := conform.run_case(program, case)).verdict != "pass"
    ]
    for claim in (each for each in laws.LAWS if each.holds and each.sampled and not each.exact):
        result = sample.sample(claim, built, examples=EXAMPLES)
        if result.verdict != "held":
            notes.append(f"{claim.name}: {result.verdict} {result.where} {result.note}")
    spent = time.monotonic() - began
    yield line(job, "variants", variant.name, (), not notes, claim=variant.doc, note="; ".join(notes), seconds=spent)


def changed_lines(job: Job) -> Iterator[Line]:
    """The reference fails each case of which a part of the expectation was changed; `cases` counts the changes."""
    program = check.answering("anonref", job.chapter, check.subject("anonref").chapters[job.chapter])
    for case in check.loaded(job.chapter):
        changed = list(conform.mutations(case))
        passed = [place for place, other in changed if conform.run_case(program, other).verdict != "fail"]
        note = f"passes with another {', '.join(passed)}" if passed else "" if changed else "nothing to be changed"
        good = bool(changed) and not passed
        yield line(job, "changed", case.name, case.clauses, good, claim=case.why, note=note, cases=len(changed))


def degenerate_lines(job: Job) -> Iterator[Line]:
    """What the command makes of a program that is wrong altogether."""
    began = time.monotonic()
    one = next(each for each in wrong_programs.DEGENERATE if each.command == job.what)
    seen = wrong_programs.put(one)
    about, spent = (one.clause,) if one.clause else (), time.monotonic() - began
    good = seen == one.predicted
    yield line(
        job, "degenerate", one.command, about, good, claim=CLAIM, expected=one.predicted, seen=seen, seconds=spent
    )


def driver_lines(job: Job) -> Iterator[Line]:
    """The driver that we have passes the examination that wrong ones fail."""
    for name, wrong in wrong_drivers.examined():
        doc = next(each.__doc__ for each in wrong_drivers.EXAMINATION if each.__name__ == name)
        yield line(job, "driver", name, (), not wrong, claim=doc or "", note=wrong)
