"""Whether a chapter's vectors and laws notice a mutant of the reference.

A check is a case, or a law with one of its engines. Which functions of the reference each check reaches is measured on
the reference as it is: a mutant is put only to checks that reach its function, of whatever chapter, since no other can
tell it from the reference. The quickest kind comes first, and the first check that notices ends it.

Mutants are judged in processes that are forked from one that has all loaded. There one after the other takes the place
of its module, and all modules are run anew; one that does not end takes its process with it.
"""

import ast
import functools
import gc
import hashlib
import importlib
import inspect
import json
import math
import multiprocessing
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import anonlaws
import anonref
import anonspec
from anonlaws import conform, law, prove, sample
from anonlaws.check import EXAMPLES_ABROAD, laws_of, loaded
from anonref.serve import REFERENCE
from anonspec.shape import Reject

CHAPTERS = ("observer", "dcnet", "crowds", "mix", "sgmix", "reply", "cascade", "onion")
"""Of the reference, each one only importing earlier ones."""

ENGINES = ("vectors", "sample", "exhaust", "prove")
"""In the order of their costs."""

VERDICTS = (*ENGINES, "error", "timeout", "survived")
"""What comes of a mutant: which engine noticed it; or it broke down, or did not end, where an answer was due."""

SLOWER, SPARE = 10, 1
"""The seconds of a processor that a check may take: so many times what it takes with the reference, and so many more.

A proof has PATIENCE seconds and is undecided then, which does not count as noticed.
"""

PATIENCE = 30.0
"""Seconds that a solver may take for a law."""

MEMORY = 3 << 30
"""Bytes by which a mutant may grow before it fails for want of memory."""


@dataclass(frozen=True)
class Check:
    """A case or a law: what it is called, what it takes with the reference, and the functions that it reaches there."""

    chapter: str
    engine: str
    name: str
    seconds: float
    reaches: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What came of a mutant, and the check that said it."""

    verdict: str
    by: str = ""
    seconds: float = 0.0


class Noticed(BaseException):
    """A law fails. Not an Exception, lest Hypothesis look for the smallest example: any will do."""


def module(chapter: str) -> Any:
    """The reference's module of a chapter."""
    return importlib.import_module(f"anonref.{chapter}")


@cache
def _functions(chapter: str) -> dict[int, str]:
    """By the number of a line, the function of the module in which it stands."""
    tree = ast.parse(inspect.getsource(module(chapter)))
    found = (each for each in tree.body if isinstance(each, ast.FunctionDef))
    return {line: each.name for each in found for line in range(each.lineno, (each.end_lineno or 0) + 1)}


def function_at(chapter: str, line: int) -> str:
    """The function of a chapter's module in which a line stands; "" for a line in none."""
    return _functions(chapter).get(line, "")


def digest(chapter: str) -> str:
    """What a chapter's module is told by."""
    return hashlib.sha256(inspect.getsource(module(chapter)).encode()).hexdigest()[:16]


def programs() -> str:
    """What all programs of specification, reference and laws together are told by; vectors do not count."""
    total = hashlib.sha256()
    for package in (anonspec, anonref, anonlaws):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            total.update(path.relative_to(root).as_posix().encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


# ---- checks ----


def run(engine: str, chapter: str, name: str) -> str:
    """Put the reference, whatever it is by now, to a check: "", or in which way that noticed something.

    A sampled law has as many draws as it has of another program.
    """
    if engine == "vectors":
        outcome = conform.run_case(_program(), _cases(chapter)[name])
        broke = isinstance(outcome.seen, dict) and "error" in outcome.seen
        return "" if outcome.verdict == "pass" else "error" if broke else engine
    claim = replace(_law(chapter, name), statement=_noticing(_law(chapter, name).statement))
    subject = REFERENCE.chapters[chapter]
    try:
        if engine == "sample":
            sample.sample(claim, subject, examples=EXAMPLES_ABROAD, seed=0)
        elif engine == "exhaust":
            sample.exhaust(claim, subject)
        else:
            refuted = prove.prove(_law(chapter, name), subject, timeout=PATIENCE).verdict == "refuted"
            return engine if refuted else ""
    except Noticed as noticed:
        return engine if isinstance(noticed.__cause__, AssertionError | Reject) else "error"
    return ""


def _noticing(statement: law.Statement) -> law.Statement:
    def stated(subject: Any, forall: law.Forall) -> None:
        try:
            statement(subject, forall)
        except Exception as error:
            raise Noticed from error

    return stated


@cache
def _cases(chapter: str) -> Mapping[str, Any]:
    return {case.name: case for case in loaded(chapter)}


@cache
def _program() -> conform.Program:
    program = conform.InProcess(REFERENCE.answer)
    program.describe()
    return program


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.preload"])
    return context


def _law(chapter: str, name: str) -> law.Law:
    found: law.Law = next(each for each in laws_of(chapter).LAWS if each.name == name)
    return found


def listed(chapter: str) -> Iterator[tuple[str, str, str]]:
    """All laws of a chapter with their engines, as `run` takes them; claims that look true and are not are left out."""
    for claim in (each for each in laws_of(chapter).LAWS if each.holds):
        if claim.sampled and not claim.exact:
            yield "sample", chapter, claim.name
        if claim.exact or claim.proves:
            yield "exhaust" if claim.exact else "prove", chapter, claim.name


def measured(engine: str, chapter: str, *names: str) -> list[Check]:
    """Checks of one engine, each tried on the reference. Raises AssertionError if one notices something there."""
    places = {inspect.getsourcefile(module(each)): each for each in CHAPTERS}
    measures = []
    for name in names:
        reached: set[str] = set()

        def note(frame: FrameType, event: str, _: Any, reached: set[str] = reached) -> None:
            if event == "call" and (at := places.get(frame.f_code.co_filename)):
                reached.add(f"{at}.{function_at(at, frame.f_code.co_firstlineno)}")

        began = time.process_time()
        sys.setprofile(note)
        try:
            noticed = run(engine, chapter, name)
        finally:
            sys.setprofile(None)
        if noticed:
            raise AssertionError(f"{chapter}/{name} ({engine}) does not hold of the reference itself")
        measures.append(Check(chapter, engine, name, time.process_time() - began, tuple(sorted(reached))))
    return measures


def checks(engines: Collection[str], kept: Path, workers: int, began: Callable[[int], None]) -> list[Check]:
    """All checks of these engines. Cases are measured each time; laws are read from a file, if nothing has changed."""
    vectors = [("vectors", chapter, *(case.name for case in loaded(chapter))) for chapter in CHAPTERS]
    claims = [each for chapter in CHAPTERS for each in listed(chapter)]
    stamp, known = programs(), json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    fresh = known.get("programs") == stamp
    tasks = [*vectors, *([] if fresh or set(engines) == {"vectors"} else claims)]
    found = [Check(**{**each, "reaches": tuple(each["reaches"])}) for each in known["checks"]] if fresh else []
    began(len(tasks))
    # A law has a process of its own: what one has kept of the reference's answers another would not ask again.
    with ProcessPoolExecutor(workers, _context(), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(measured, *task) for task in tasks]):
            found += done.result()
            began(0)
    if len(tasks) > len(vectors):
        laws = [asdict(each) for each in found if each.engine != "vectors"]
        kept.write_text(json.dumps({"programs": stamp, "checks": laws}), "utf-8")
    return [each for each in found if each.engine in engines]


def put_to(checks: Iterable[Check], chapter: str, function: str) -> list[Check]:
    """The checks that reach a function of a chapter's module, or any of it for "", in the order to try them."""
    if function:
        reaching = [each for each in checks if f"{chapter}.{function}" in each.reaches]
    else:
        reaching = [each for each in checks if any(at.startswith(f"{chapter}.") for at in each.reaches)]
    return sorted(reaching, key=lambda each: (ENGINES.index(each.engine), each.chapter != chapter, each.seconds))


# ---- mutants in their process ----


@cache
def _code(chapter: str) -> CodeType:
    return compile(inspect.getsource(module(chapter)), str(inspect.getsourcefile(module(chapter))), "exec")


def install(chapter: str, source: str) -> None:
    """Put a mutant in the place of its module, for the others of the reference that import it as well."""
    for each in CHAPTERS:
        exec(_code(each) if each != chapter else compile(source, "mutant", "exec"), vars(module(each)))


def work(checks: Sequence[Check], line: Connection) -> None:
    """Judge whatever mutant comes over the line, as chapter, function and source, until there are no more."""
    warnings.simplefilter("ignore")  # a mutant may be ugly
    size = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(EOFError):  # there are no more
        while True:
            chapter, function, source = line.recv()
            for said in judge(chapter, function, source, checks):
                line.send(said)


def judge(chapter: str, function: str, source: str, checks: Sequence[Check]) -> Iterator[tuple[bool, str, str]]:
    """Say which check is about to be tried, each time; and at last, with True, what has noticed the mutant."""
    _limit(SPARE)
    try:
        install(chapter, source)
    except Exception:  # noqa: BLE001 - a mutant that cannot even be loaded
        yield True, "error", "when it is loaded"
        return
    fresh = False
    for check in put_to(checks, chapter, function):
        about = f"{check.chapter}/{check.name}"
        yield False, check.engine, about
        if not fresh and check.engine != "vectors":
            _limit(SPARE)
            _forget()
            fresh = True
        _limit(SLOWER * check.seconds + (SPARE if check.engine != "prove" else 2 * PATIENCE))
        if noticed := run(check.engine, check.chapter, check.name):
            yield True, noticed, about
            return
    yield True, "survived", ""


def _forget() -> None:
    """Laws keep some of the answers that they got: let them get a mutant's."""
    laws = tuple(f"anonlaws.{chapter}." for chapter in CHAPTERS)
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper) and each.__module__.startswith(laws):
            each.cache_clear()


def _limit(seconds: float) -> None:
    """Let this process end after so many more seconds of a processor's time."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(spent.ru_utime + spent.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


@dataclass
class Worker:
    """A process that judges, the line to it, and what it is about: a mutant since when, and which check of it."""

    process: Any
    line: Any
    mutant: Any = None
    since: float = 0.0
    engine: str = ""
    about: str = ""


def judged(mutants: Iterable[Any], checks: Sequence[Check], workers: int) -> Iterator[tuple[Any, Verdict]]:
    """Each mutant with its verdict, in the order in which they come in; so many are judged at once."""
    waiting = iter(mutants)
    busy: dict[Any, Worker] = {}

    def give(worker: Worker | None) -> None:
        if (mutant := next(waiting, None)) is None:
            return
        if worker is None or worker.process.exitcode is not None:
            worker = _started(checks)
        worker.mutant, worker.since = mutant, time.monotonic()
        worker.engine, worker.about = "error", "when it is loaded"
        worker.line.send((mutant.chapter, mutant.function, mutant.source))
        busy[worker.line] = worker

    try:
        for _ in range(workers):
            give(None)
        while busy:
            for line in wait(list(busy)):
                if (verdict := _heard(busy[line])) is not None:
                    worker = busy.pop(line)
                    yield worker.mutant, replace(verdict, seconds=round(time.monotonic() - worker.since, 2))
                    give(worker)
    finally:
        for worker in busy.values():
            worker.process.kill()


def _started(checks: Sequence[Check]) -> Worker:
    ours, theirs = _context().Pipe()
    process = _context().Process(target=work, args=(checks, theirs))
    process.start()
    theirs.close()
    return Worker(process, ours)


def _heard(worker: Worker) -> Verdict | None:
    """What the mutant has come to, if it has: by the worker's word, or by the limit that has ended the worker."""
    try:
        done, worker.engine, worker.about = worker.line.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        if worker.process.exitcode != -signal.SIGXCPU:
            raise RuntimeError(f"the judge itself broke down over {worker.about}") from None
        # What is not decided is not noticed.
        return Verdict("survived") if worker.engine == "prove" else Verdict("timeout", worker.about)
    return Verdict(worker.engine, worker.about) if done else None
