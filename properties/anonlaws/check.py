"""All evidence about a subject, gathered: vectors, laws by every engine, second opinions, and faults caught.

Each piece is a Line. For the reference the pieces are independent jobs, spread over processes (a prover's hooks are
global to one); another program is asked in this process, one question after the other.
"""

import importlib
import multiprocessing
import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from anonlaws import conform, law, prove, sample
from anonspec import text

ENGINES = ("vectors", "sample", "exhaust", "prove", "recheck", "faults")
"""What `check` can be asked to do, in the order in which it is shown."""

EXAMPLES = 200
EXAMPLES_ABROAD = 50
"""Draws of a sampled law: of the reference, and of another program, of which each call is a line out and a line in."""

SOLVER_SECONDS = 300.0
"""What a solver may take for a law before it is undecided: several times what the longest takes on two cores."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One piece of evidence: of what engine, about what (a case, a law, a fault), and what came of it.

    `good` says whether it is as it should be: a claim that is no law is good when it is refuted. `counts` is False for
    what does not apply (na) or only warns (lax). `again` repeats just this piece.
    """

    chapter: str
    engine: str
    name: str
    clauses: tuple[str, ...]
    verdict: str
    good: bool
    counts: bool = True
    seconds: float = 0.0
    cases: int = 0
    note: str = ""
    where: str = ""
    expected: Any = None
    seen: Any = None
    values: dict[str, str] = field(default_factory=dict)
    again: str = ""
    claim: str = ""


class NoSubject(Exception):
    """There is no subject of this name, or no laws of this chapter."""


@cache
def subject(name: str) -> Any:
    """The in-process subject of this name, from the entry points of group anonspec.subjects. Raises NoSubject."""
    found = entry_points(group="anonspec.subjects", name=name)
    if not found:
        known = ", ".join(sorted(entry_points(group="anonspec.subjects").names))
        raise NoSubject(f"no subject is called {name!r}; installed: {known}")
    return next(iter(found)).load()


def laws_of(chapter: str) -> Any:
    """The module with LAWS and FAULTS of a chapter, and Codec if it has words; None for a chapter without laws."""
    return importlib.import_module(f"anonlaws.{chapter}.laws") if find_spec(f"anonlaws.{chapter}") else None


@cache
def loaded(chapter: str) -> tuple[Any, ...]:
    """The chapter's vectors as they stand, read once in each process: every fault is put to them."""
    return tuple(conform.load(chapter))


def cases_of(chapter: str) -> list[Any]:
    """The chapter's vectors. Raises conform.SuiteError if the files are not what they should be."""
    cases = list(loaded(chapter))
    known = {number for name in text.CHAPTERS for number in text.clauses(name)}
    laws = laws_of(chapter)
    if wrong := conform.lint(cases, known, *([laws.degenerate] if laws else [])):
        raise conform.SuiteError("; ".join(wrong))
    return cases


# ---- the reference ----


@dataclass(frozen=True)
class Job:
    """What one process does: `what` is a law's or a fault's name, or "" for all vectors."""

    subject: str
    chapter: str
    engine: str
    what: str = ""


def jobs(subject_name: str, chapters: Sequence[str], engines: Sequence[str]) -> list[Job]:
    """All jobs of a check, the longest kinds first."""
    listed = []
    for chapter in chapters:
        if "vectors" in engines and loaded(chapter):
            listed.append(Job(subject_name, chapter, "vectors"))
        if (laws := laws_of(chapter)) is None:
            continue
        for each in laws.LAWS:
            engine = "exhaust" if each.exact else "prove" if each.proves is not None else ""
            if engine in engines or (engine == "prove" and "recheck" in engines):
                listed.append(Job(subject_name, chapter, engine, each.name))
            if each.sampled and not each.exact and "sample" in engines:
                listed.append(Job(subject_name, chapter, "sample", each.name))
        if "faults" in engines:
            listed += [Job(subject_name, chapter, "faults", each.name) for each in laws.FAULTS]
    order = ("prove", "vectors", "exhaust", "sample", "faults")
    return sorted(listed, key=lambda job: order.index(job.engine))


def do(job: Job, engines: Sequence[str], seed: int) -> list[Line]:
    """One job, in whatever process."""
    chapters = subject(job.subject).chapters
    if job.engine == "vectors":
        program = conform.InProcess(subject(job.subject).answer)
        program.describe()
        return [vector_line(job.chapter, conform.run_case(program, case), "") for case in loaded(job.chapter)]
    laws = laws_of(job.chapter)
    if job.engine == "faults":
        return [fault_line(job, next(each for each in laws.FAULTS if each.name == job.what), seed)]
    claim = next(each for each in laws.LAWS if each.name == job.what)
    if job.engine != "prove":
        return [law_line(job.chapter, claim, tried(job.engine, claim, chapters[job.chapter], seed), seed)]
    result = prove.prove(claim, chapters[job.chapter], timeout=SOLVER_SECONDS)
    lines = [law_line(job.chapter, claim, result, seed)] if "prove" in engines else []
    if result.goal and "recheck" in engines:
        lines.append(recheck_line(job.chapter, claim, result))
    return lines


def tried(engine: str, claim: law.Law, tested: Any, seed: int, examples: int = EXAMPLES) -> law.Result:
    """What an engine that tries values says of a law."""
    if engine == "exhaust":
        return sample.exhaust(claim, tested)
    return sample.sample(claim, tested, examples=examples, seed=seed)


def law_line(chapter: str, claim: law.Law, result: law.Result, seed: int) -> Line:
    """A law's result as a Line."""
    good = result.verdict in ("proved", "held", "exhausted") if claim.holds else result.verdict == "refuted"
    return Line(
        chapter,
        result.engine,
        claim.name,
        claim.clauses,
        result.verdict,
        good,
        seconds=result.seconds,
        cases=result.cases,
        note=result.note,
        where=result.where,
        values={name: repr(value) for name, value in result.values.items()},
        again=f"anonspec check {chapter} --engine {result.engine} --only {claim.name} --seed {seed}",
        claim=claim.doc if claim.holds else f"Not so: {claim.doc}",
    )


def recheck_line(chapter: str, claim: law.Law, result: law.Result) -> Line:
    """The second solver's word on a proof; na where it is not installed."""
    about = Line(chapter, "recheck", claim.name, claim.clauses, "na", True, counts=False, claim=claim.doc)
    if find_spec("cvc5") is None:
        return replace(about, note="cvc5 is not installed: pip install 'anonspec[recheck]'")
    started = time.monotonic()
    verdict = prove.recheck(result.goal, timeout=SOLVER_SECONDS)
    return replace(about, verdict=verdict, good=verdict == "agreed", counts=True, seconds=time.monotonic() - started)


def fault_line(job: Job, fault: law.Fault, seed: int) -> Line:
    """Whether a faulty subject is caught: by a case for the fault's clause, and by every law that says it is."""
    began = time.monotonic()
    server = subject(job.subject)
    spoiled = law.variant(server.chapters[job.chapter], fault)
    program = conform.InProcess(replace(server, chapters={**server.chapters, job.chapter: spoiled}).answer)
    program.describe()
    about = [case for case in loaded(job.chapter) if fault.clause in case.clauses]
    caught = next((out for case in about if noticed(out := conform.run_case(program, case))), None)
    survived = []
    for claim in laws_of(job.chapter).LAWS:
        if fault in claim.faults and refutation(claim, spoiled, seed) is None:
            survived.append(claim.name)
    note = f"by {caught.case.name}: {caught.note}" if caught else f"no case for {fault.clause} catches it"
    if survived:
        note += f"; not refuted by {', '.join(survived)}"
    good = caught is not None and not survived
    verdict = "caught" if good else "survived"
    seconds = time.monotonic() - began
    return Line(
        job.chapter,
        "faults",
        fault.name,
        (fault.clause,),
        verdict,
        good,
        seconds=seconds,
        note=note,
        claim=fault.doc,
        again=f"anonspec check {job.chapter} --engine faults --only {fault.name} --seed {seed}",
    )


def refutation(claim: law.Law, spoiled: Any, seed: int) -> law.Result | None:
    """The refutation of the subject by one of the law's engines, the quickest first; None if none refutes it."""
    if claim.exact:
        result = sample.exhaust(claim, spoiled)
        return result if result.verdict == "refuted" else None
    if claim.sampled:
        result = sample.sample(claim, spoiled, examples=EXAMPLES, seed=seed)
        if result.verdict == "refuted":
            return result
    if claim.proves is not None:
        result = prove.prove(claim, spoiled)
        if result.verdict == "refuted":
            return result
    return None


def noticed(outcome: conform.Outcome) -> bool:
    """Whether a case found a fault, and not merely that the program broke down over it."""
    return outcome.verdict == "fail" and "error" not in (outcome.seen or {})


def check_reference(
    name: str, chapters: Sequence[str], engines: Sequence[str], only: str, seed: int, began: Callable[[int], None]
) -> Iterator[Line]:
    """All evidence about an in-process subject, as it comes in. `began` is told how many jobs there are."""
    for chapter in chapters:
        cases_of(chapter)
    listed = [job for job in jobs(name, chapters, engines) if only in job.what or job.engine == "vectors"]
    began(len(listed))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(len(listed), os.cpu_count() or 1) or 1, mp_context=context) as pool:
        waiting = [pool.submit(do, job, engines, seed) for job in listed]
        try:
            for done in as_completed(waiting):
                yield from (line for line in done.result() if only in line.name)
                began(0)
        except BaseException:  # interrupted: a worker may be deep in a solver, and is not waited for
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


# ---- another program ----


def vector_line(chapter: str, outcome: conform.Outcome, again: str) -> Line:
    """A case's outcome as a Line."""
    bad = outcome.verdict not in ("pass", "na", "lax")
    return Line(
        chapter,
        "vectors",
        outcome.case.name,
        outcome.case.clauses,
        outcome.verdict,
        not bad,
        counts=outcome.verdict not in ("na", "lax"),
        note=outcome.note,
        where=outcome.where,
        expected=outcome.expected,
        seen=outcome.seen,
        again=again,
        claim=outcome.case.why,
    )


def check_program(
    program: conform.Program,
    command: Sequence[str],
    chapters: Sequence[str],
    engines: Sequence[str],
    only: str,
    seed: int,
    began: Callable[[int], None],
) -> Iterator[Line]:
    """All evidence about another program: vectors, then sampled laws. Raises conform.ProgramBroken."""
    cases = {chapter: cases_of(chapter) for chapter in chapters}
    conform.probe(program, chapters, [case for each in cases.values() for case in each])
    claims = [
        (chapter, claim)
        for chapter in chapters
        if (laws := laws_of(chapter))
        for claim in laws.LAWS
        if claim.holds and claim.sampled and only in claim.name and "sample" in engines
    ]
    asked = [case for each in cases.values() for case in each if only in case.name and "vectors" in engines]
    began(len(asked) + len(claims))
    for case in asked:
        outcome = conform.run_case(program, case)
        yield vector_line(case.chapter, outcome, outcome.repeat(command))
        began(0)
    for chapter, claim in claims:
        yield remote_line(program, chapter, claim, seed, command)
        began(0)


def remote_line(program: conform.Program, chapter: str, claim: law.Law, seed: int, command: Sequence[str]) -> Line:
    """What a sampled law says of another program."""
    about = Line(chapter, "sample", claim.name, claim.clauses, "na", True, counts=False, claim=claim.doc)
    if lacking := [need for need in claim.needs if need not in program.capabilities]:
        return replace(about, note=f"not declared: {', '.join(lacking)}")
    tested = conform.Remote(program, chapter, getattr(laws_of(chapter), "Codec", None))
    engine = "exhaust" if claim.exact else "sample"
    try:
        line = law_line(chapter, claim, tried(engine, claim, tested, seed, EXAMPLES_ABROAD), seed)
    except conform.Unsupported:  # a group, say, that the program does not have
        return replace(about, note="it needs what the program does not declare")
    except conform.Lost as lost:
        again = f"anonspec check {chapter} --only {claim.name} --seed {seed}"
        line = replace(about, verdict=lost.verdict, good=False, counts=True, note=str(lost), again=again)
    return replace(line, again=f"{line.again} -- {shlex.join(command)}")
