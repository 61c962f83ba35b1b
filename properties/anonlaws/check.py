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
from functools import cache, partial, wraps
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from anonlaws import conform, law, machines, prove, sample
from anonspec import text
from anonspec.harness.model import Case

ENGINES = ("vectors", "sample", "machines", "exhaust", "prove", "recheck", "faults")
"""What `check` can be asked to do, in the order in which it is shown."""

EXAMPLES = 200
EXAMPLES_ABROAD = 50
"""Draws of a sampled law: of the reference, and of another program, of which each call is a line out and a line in."""

SOLVER_SECONDS = 300.0
"""What a solver may take for a law before it is undecided: several times what the longest takes on two cores."""

SHOULD = frozenset(
    number for chapter in text.CHAPTERS for number, clause in text.clauses(chapter).items() if clause.level == "SHOULD"
)
"""The clauses that only recommend: what breaks no other is `lax`."""
ORACLE = "anonref"
"""The subject that says what has to come of a walk; to walk it itself tells only whether its ways of handing agree."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One piece of evidence: of what engine, about what (a case, a law, a fault), and what came of it.

    `good` says whether it is as it should be: a claim that is no law is good when it is refuted. `counts` is False for
    what does not apply (na) or only warns (lax). `again` repeats just this piece; `tape` are the questions by which a
    program was found out, to be piped into it. `standing` is "known" for a failure that a baseline lists, for the
    `reason` that stands there, and "added later" for what a profile does not score.
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
    tape: tuple[str, ...] = ()
    standing: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        """What it is called in baselines and comparisons: a case's id, or the engine with a law or fault."""
        return (
            f"{self.chapter}/{self.name}" if self.engine == "vectors" else f"{self.engine}:{self.chapter}/{self.name}"
        )


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


def cases_of(chapter: str, more: Sequence[Case] = ()) -> list[Case]:
    """The chapter's vectors, and more cases of it. Raises conform.SuiteError if they are not what they should be."""
    cases = [*loaded(chapter), *(case for case in more if case.chapter == chapter)]
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
        if "machines" in engines:
            listed += [Job(subject_name, chapter, "machines", name) for name in conform.chapter_model(chapter).ROLES]
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
    order = ("prove", "vectors", "machines", "exhaust", "sample", "faults")
    return sorted(listed, key=lambda job: order.index(job.engine))


def in_process(name: str) -> conform.InProcess:
    """An in-process subject as a program that has said what it is. Raises NoSubject, conform.ProgramBroken."""
    program = conform.InProcess(subject(name).answer)
    program.describe()
    return program


def do(job: Job, engines: Sequence[str], seed: int, walks: int = machines.WALKS) -> list[Line]:
    """One job, in whatever process."""
    if job.engine == "vectors":
        served = ["anonspec", "serve", "--subject", job.subject]
        outcomes = [conform.run_case(in_process(job.subject), case, SHOULD) for case in loaded(job.chapter)]
        return [vector_line(job.chapter, outcome, outcome.repeat(served)) for outcome in outcomes]
    if job.engine == "machines":
        line, _ = machine_line(in_process(job.subject), job.chapter, job.what, seed, walks)
        return [replace(line, again=f"{line.again} --subject {job.subject}")]
    chapters = subject(job.subject).chapters
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
    lax = not good and result.verdict == "refuted" and SHOULD.issuperset(claim.clauses)
    return Line(
        chapter,
        result.engine,
        claim.name,
        claim.clauses,
        "lax" if lax else result.verdict,
        good or lax,
        counts=not lax,
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
    spoiled = law.variant(subject(job.subject).chapters[job.chapter], fault)
    caught = caught_by(job.subject, job.chapter, fault, spoiled)
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


def answering(subject_name: str, chapter: str, module: Any) -> conform.InProcess:
    """The subject as a program, with another module for one of its chapters."""
    server = subject(subject_name)
    program = conform.InProcess(replace(server, chapters={**server.chapters, chapter: module}).answer)
    program.describe()
    return program


def caught_by(subject_name: str, chapter: str, fault: law.Fault, spoiled: Any) -> conform.Outcome | None:
    """What came of the first case for the fault's clause that notices the spoiled module; None if none does."""
    program = answering(subject_name, chapter, spoiled)
    about = [case for case in loaded(chapter) if fault.clause in case.clauses]
    return next((out for case in about if noticed(out := conform.run_case(program, case))), None)


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
    return outcome.verdict == "fail" and not (isinstance(outcome.seen, dict) and "error" in outcome.seen)


def check_reference(
    name: str,
    chapters: Sequence[str],
    engines: Sequence[str],
    wanted: Callable[[str], bool],
    seed: int,
    began: Callable[[int], None],
    more: Sequence[Case] = (),
    walks: int = machines.WALKS,
) -> Iterator[Line]:
    """All evidence about an in-process subject, as it comes in. `began` is told how many jobs there are.

    `wanted` says of the name of a case, law or fault whether it is asked for.
    """
    for chapter in chapters:
        cases_of(chapter, more)
    if "vectors" in engines:
        program, served = in_process(name), ["anonspec", "serve", "--subject", name]
        for case in (case for case in more if case.chapter in chapters and wanted(case.name)):
            outcome = conform.run_case(program, case, SHOULD)
            yield vector_line(case.chapter, outcome, outcome.repeat(served))
    listed = [job for job in jobs(name, chapters, engines) if job.engine == "vectors" or wanted(job.what)]
    for line in spread(partial(do, engines=engines, seed=seed, walks=walks), listed, began):
        if wanted(line.name):
            yield line


def spread(work: Callable[[Any], list[Line]], listed: Sequence[Any], began: Callable[[int], None]) -> Iterator[Line]:
    """What comes of each piece of work, spread over processes, as it comes in. `began` is told how many there are."""
    began(len(listed))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(len(listed), os.cpu_count() or 1) or 1, mp_context=context) as pool:
        waiting = [pool.submit(work, each) for each in listed]
        try:
            for done in as_completed(waiting):
                yield from done.result()
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
        tape=() if outcome.verdict in ("pass", "na") else tuple(outcome.lines),
    )


def check_program(
    program: conform.Program,
    command: Sequence[str],
    chapters: Sequence[str],
    engines: Sequence[str],
    wanted: Callable[[str], bool],
    seed: int,
    began: Callable[[int], None],
    more: Sequence[Case] = (),
    walks: int = machines.WALKS,
    promote: Callable[[Case], None] | None = None,
) -> Iterator[Line]:
    """All evidence about another program: vectors, sampled laws, walks, how it ends. Raises conform.ProgramBroken.

    `more` are cases beside the chapters' own; `promote` is told of each counterexample that can be a case.
    """
    cases = {chapter: cases_of(chapter, more) for chapter in chapters}
    conform.probe(program, chapters, [case for each in cases.values() for case in each])
    claims = [
        (chapter, claim)
        for chapter in chapters
        if (laws := laws_of(chapter))
        for claim in laws.LAWS
        if claim.holds and claim.sampled and wanted(claim.name) and "sample" in engines
    ]
    asked = [case for each in cases.values() for case in each if wanted(case.name) and "vectors" in engines]
    roles = [
        (chapter, name)
        for chapter in chapters
        for name in (conform.chapter_model(chapter).ROLES if "machines" in engines else ())
        if wanted(name.partition(".")[2])
    ]
    began(len(asked) + len(claims) + len(roles))
    for case in asked:
        outcome = conform.run_case(program, case, SHOULD)
        yield vector_line(case.chapter, outcome, outcome.repeat(command))
        began(0)
    for chapter, claim in claims:
        yield remote_line(program, chapter, claim, seed, command)
        began(0)
    for chapter, name in roles:
        line, found = machine_line(program, chapter, name, seed, walks, command)
        if found and promote:
            promote(found)
        yield line
        began(0)
    program.close()
    if program.lingered:
        yield lingering(chapters[0], command)


def lingering(chapter: str, command: Sequence[str]) -> Line:
    """What is said, beside a chapter's lines, of a program that did not exit when its input ended."""
    return Line(
        chapter,
        "vectors",
        "requires/the_end",
        ("HP-6",),
        "fail",
        False,
        note="it did not exit, and was killed (HP-6)",
        again=f"{shlex.join(command)} < /dev/null",
        claim="A program exits when there is nothing more to answer.",
    )


def remote_line(program: conform.Program, chapter: str, claim: law.Law, seed: int, command: Sequence[str]) -> Line:
    """What a sampled law says of another program."""
    about = Line(chapter, "sample", claim.name, claim.clauses, "na", True, counts=False, claim=claim.doc)
    if lacking := [need for need in claim.needs if need not in program.capabilities]:
        return replace(about, note=f"not declared: {', '.join(lacking)}")
    tested = conform.Remote(program, chapter, getattr(laws_of(chapter), "Codec", None))
    engine = "exhaust" if claim.exact else "sample"

    @wraps(claim.statement)
    def statement(subject: conform.Remote, forall: law.Forall) -> None:
        conform.begin_example(subject)
        claim.statement(subject, forall)

    by_examples = replace(claim, statement=statement)
    try:
        line = law_line(chapter, claim, tried(engine, by_examples, tested, seed, EXAMPLES_ABROAD), seed)
    except conform.Unsupported:  # a group, say, that the program does not have
        return replace(about, note="it needs what the program does not declare")
    except conform.Lost as lost:
        again = f"anonspec check {chapter} --only {claim.name} --seed {seed}"
        line = replace(about, verdict=lost.verdict, good=False, counts=True, note=str(lost), again=again)
    found = line.verdict in ("refuted", "crash", "timeout")  # then the last example is the one that shows it
    return replace(line, again=f"{line.again} -- {shlex.join(command)}", tape=conform.tape(tested) if found else ())


# ---- walks ----


def machine_line(
    program: conform.Program, chapter: str, name: str, seed: int, walks: int, command: Sequence[str] = ()
) -> tuple[Line, Case | None]:
    """What came of walking a role of a program beside the oracle; and a case that shows what is wrong, if one can."""
    started, short = time.monotonic(), name.partition(".")[2]
    again = f"anonspec check {chapter} --engine machines --only {short} --walks {walks} --seed {seed}"
    if command:
        again += f" -- {shlex.join(command)}"
    claim = "A party does what the reference does, whatever happens to it, in whatever order and however it is told."
    about = Line(chapter, "machines", short, (), "na", True, counts=False, again=again, claim=claim)
    oracle = in_process(ORACLE)
    capabilities = frozenset(program.capabilities) & frozenset(oracle.capabilities)
    pool = machines.pool(chapter, name, capabilities, loaded(chapter))
    if isinstance(pool, str):
        return replace(about, note=pool), None
    trial = machines.Trial(pool, program, oracle)
    found = machines.tried(trial, walks=walks, seed=seed)
    note = f"{trial.walks} walks, {trial.handed} events"
    if pool.left_out:
        note += f"; {pool.left_out} vectors left out, in which the party draws for itself"
    line = replace(about, counts=True, cases=trial.walks, seconds=time.monotonic() - started)
    if found is None:
        return replace(line, verdict="held", note=note), None
    likest = machines.alike(found, trial, faulty(chapter))
    clauses = machines.clauses(found, likest)
    why = likest[0].doc if likest else f"A walk came to it: {found.difference.note}."
    case = machines.promoted(found, trial, clauses, why) if found.difference.verdict == "fail" and found.way else None
    return (
        replace(
            line,
            clauses=clauses,
            verdict=found.difference.verdict,
            good=False,
            note=f"{found.difference.note}{f' (as {likest[0].name}: {likest[0].doc})' if likest else ''}; "
            f"{f'events handed {found.way}' if found.way else 'it did not come again when it was asked again'}; {note}",
            where=found.where,
            expected=found.difference.expected,
            seen=found.difference.seen,
            again=found.repeat(command) if command else again,
        ),
        case,
    )


def faulty(chapter: str) -> Iterator[tuple[law.Fault, conform.Program]]:
    """The oracle with each of the chapter's known faults in it."""
    server, laws = subject(ORACLE), laws_of(chapter)
    for fault in laws.FAULTS if laws else ():
        spoiled = law.variant(server.chapters[chapter], fault)
        yield fault, conform.InProcess(replace(server, chapters={**server.chapters, chapter: spoiled}).answer)
