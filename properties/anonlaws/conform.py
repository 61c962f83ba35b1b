"""Putting a chapter to another program: HP/1 over its pipes, the honesty probes, the cases, and a subject for the laws.

The text is chapter harness. A program that dies, hangs, floods or babbles costs its own case and nothing else. Nothing
here judges by a log or an exit status, and nothing knows an operation by name. POSIX only (`poll`, process groups).
"""

import importlib
import importlib.resources
import itertools
import json
import os
import re
import secrets
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from anonspec.harness.model import LINE_LIMIT, Answer, Case, Described, Expected, VectorFile
from anonspec.shape import Reject, Role, Shape, WordCodec

CHUNK = 2**16
LOG_KEPT = 2**13
LIVE = 16
"""Subjects that a Remote keeps running at once."""
DESCRIBE = {"cmd": "describe", "hp": [1]}
SUBJECTS = itertools.count(1)
KINDS = ("out", "reject", "unsupported", "error", "results")

Json = dict[str, Any]


class ProgramBroken(Exception):
    """The program could not be talked to, or does not keep what HP/1 asks before all else; one line says what."""


class SuiteError(Exception):
    """A file of cases is wrong; one line says where. The program is not to blame."""


class NoAnswer(Exception):
    """A question was not answered in a way that can be judged; `verdict` is crash, timeout, untestable or fail."""

    def __init__(self, verdict: str, what: str) -> None:
        super().__init__(what)
        self.verdict = verdict


class Lost(BaseException):
    """A law was asking, and the program is gone: dead, mute or out of turn. `verdict` is crash or timeout.

    Not an Exception, so that no engine takes it for a refutation and asks a hanging program again, to shrink it.
    """

    def __init__(self, verdict: str, what: str) -> None:
        super().__init__(what)
        self.verdict = verdict


class Unsupported(BaseException):
    """A capability that the program does not declare was needed; a law that meets it does not apply to the program.

    Not an Exception, so that no law and no engine takes it for a refutation.
    """


# ---- programs ----


class Program:
    """Whatever answers the questions of HP/1. `described` is what it said of itself once it was asked."""

    described: Described | None = None
    _asked = 0

    @property
    def capabilities(self) -> Mapping[str, Json]:
        """What the program declares; nothing before `describe`."""
        return self.described.capabilities if self.described else {}

    def ask(self, request: Json) -> Json:
        """The answer to a question, which gets a fresh id unless it has one. Raises NoAnswer. HP-4, HP-7"""
        self._asked += 1
        request = {"id": self._asked, **request}
        answer = self._exchange(request)
        if not isinstance(answer, dict):
            raise self._lost("crash", "wrote something that is not a JSON object")
        given = answer.get("id")
        if given != request["id"] or type(given) is not type(request["id"]):
            raise self._lost("crash", f"answered with id {given!r:.80} to id {request['id']!r} (HP-4)")
        return answer

    def describe(self) -> Described:
        """What the program says of itself. Raises ProgramBroken. HP-10"""
        try:
            said = _plainly(self, DESCRIBE)
            if said.get("capabilities") == {}:
                raise ProgramBroken("it declares no capability (HP-10): let it declare one, and do what belongs to it")
            self.described = Described.model_validate(said)
        except ValidationError as error:
            raise ProgramBroken(f"its answer to describe has {_first(error)} (HP-10)") from None
        return self.described

    def close(self) -> None:
        """End what was started."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exchange(self, request: Json) -> Any:
        raise NotImplementedError

    def _lost(self, verdict: str, what: str) -> NoAnswer:
        return NoAnswer(verdict, what)


class InProcess(Program):
    """A program in this process: `answer` takes a question and returns the answer, as `anonref.serve.Server` does."""

    def __init__(self, answer: Callable[[Json], Json]) -> None:
        self._answer = answer

    def _exchange(self, request: Json) -> Any:
        return from_json(to_json(self._answer(from_json(to_json(request)))))


class Process(Program):
    """A program that is started by a command and answers over its pipes.

    It is started when it is first asked, and again after it was lost, `restarts` times at most, and has `watchdog`
    seconds for each answer. Of its standard error the end is kept, `log`. HP-8, HP-9, HP-29
    """

    def __init__(self, command: Sequence[str], *, watchdog: float = 30.0, restarts: int = 10) -> None:
        self.command = list(command)
        self.watchdog = watchdog
        self.starts_left = 1 + restarts
        self.log = b""
        self.lingered = False
        self._child: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the program's input; if that does not make it exit, it has `lingered` and is killed. HP-6"""
        self._end(patience=min(self.watchdog, 2.0))

    def _start(self) -> None:
        if self.starts_left == 0:
            raise NoAnswer("crash", "not started again: it was lost too often (HP-29)")
        self.starts_left -= 1
        pipe = subprocess.PIPE
        try:
            child = subprocess.Popen(
                self.command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
            )
        except (OSError, ValueError, IndexError) as error:
            raise ProgramBroken(f"cannot start {shlex.join(self.command)!r}: {error}") from None
        self._child, self._heard = child, bytearray()
        self._files = [file for file in (child.stdin, child.stdout, child.stderr) if file]
        self._in, self._out, self._err = (file.fileno() for file in self._files)
        os.set_blocking(self._in, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._poll.register(self._err, select.POLLIN)

    def _exchange(self, request: Json) -> Any:
        data = memoryview(json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        if len(data) > LINE_LIMIT:
            raise SuiteError(f"a question of {len(data)} bytes is longer than a line may be (HP-7)")
        if self._child is None:
            self._start()
        deadline = time.monotonic() + self.watchdog
        if left := self._write(data):
            self._poll.register(self._in, select.POLLOUT)
        while True:
            for fd, _ in self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                if fd == self._in:
                    left = self._write(left)
                    if not left:
                        self._poll.unregister(self._in)
                elif fd == self._err:
                    self._read_log()
                elif (line := self._read_line()) is not None:
                    if left or self._heard:
                        raise self._lost("crash", "wrote more than one line for one question (HP-1)")
                    try:
                        return from_json(line, allow_inf_nan=False)
                    except ValueError:
                        raise self._lost("crash", f"wrote {line[:60]!r}, which is not JSON (HP-2)") from None
            if time.monotonic() >= deadline:
                raise self._lost("timeout", f"no answer within {self.watchdog:g} seconds")

    def _write(self, data: memoryview) -> memoryview:
        """Write what the pipe takes; give back the rest. A closed pipe takes all: what is read next tells why."""
        try:
            return data[os.write(self._in, data) :]
        except BlockingIOError:
            return data
        except OSError:
            return data[:0]

    def _read_line(self) -> bytes | None:
        """The first line, once it is complete; what follows it is kept in `_heard`. HP-5"""
        chunk, before = os.read(self._out, CHUNK), len(self._heard)
        if not chunk:
            half = f" after half a line, {bytes(self._heard[:60])!r}" if before else ""
            raise self._lost("crash", f"ended its output{half}")
        self._heard += chunk
        found = chunk.find(b"\n")
        end = before + found if found >= 0 else len(self._heard)
        if end >= LINE_LIMIT:
            raise self._lost("crash", f"wrote a line of more than {LINE_LIMIT} bytes (HP-5)")
        if found < 0:
            return None
        line = bytes(self._heard[:end])
        del self._heard[: end + 1]
        return line

    def _read_log(self) -> None:
        chunk = os.read(self._err, CHUNK)
        if not chunk:
            self._poll.unregister(self._err)
        self.log = (self.log + chunk)[-LOG_KEPT:]

    def _lost(self, verdict: str, what: str) -> NoAnswer:
        status = self._end(patience=0)
        how = "" if status in (None, -signal.SIGKILL) else f"; exit status {status}"
        last = self.log.decode(errors="replace").rstrip().rpartition("\n")[2]
        return NoAnswer(verdict, what + how + (f"; its log ends: {last[-160:]}" if last else ""))

    def _end(self, patience: float) -> int | None:
        """Leave no process of the group behind; with patience, wait first whether the program exits by itself."""
        child, self._child = self._child, None
        if child is None:
            return None
        if patience:
            self._close_files()  # the outputs too, lest it waits for a reader of what is left to say
            with suppress(subprocess.TimeoutExpired):
                child.wait(patience)
            self.lingered = child.returncode is None
        with suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
        if not patience:
            os.set_blocking(self._err, False)
            with suppress(BlockingIOError):
                self.log = (self.log + os.read(self._err, CHUNK))[-LOG_KEPT:]
        self._close_files()
        return child.wait()

    def _close_files(self) -> None:
        for file in self._files:
            file.close()


# ---- honesty ----


def chapter_model(chapter: str) -> Any:
    """The module with the tables OPS and ROLES of a chapter."""
    return importlib.import_module(f"anonspec.{chapter}.model")


def probe(
    program: Program,
    chapters: Sequence[str],
    cases: Sequence[Case] = (),
    model: Callable[[str], Any] = chapter_model,
) -> Described:
    """Find out whether the program's answers will mean anything. Raises ProgramBroken if not. HP-30

    The cases serve as questions that make sense; what is expected of them is not looked at.
    """
    described = program.describe()
    plain = _plainly(program, {"id": 2**53, **DESCRIBE})
    odd = _plainly(program, {"id": '\u00e9 "1"', **DESCRIBE, "unheard_of": {"of": [1]}})
    if {**plain, "id": None} != {**odd, "id": None}:
        raise ProgramBroken("it answers describe otherwise when that has one more member (HP-13)")
    for question in _unanswerable(program, chapters, cases, model):
        if _kind(said := _plainly(program, question)) != "unsupported":
            raise ProgramBroken(f"it answers {_text(question)} with {_text(said)}, not with unsupported (HP-12)")
    able = [case for case in cases if not _missing(program, case) and not case.refused and not case.free]
    for case in {case.start.role if case.start else "": case for case in reversed(able)}.values():
        with suppress(NoAnswer):  # it will be told of the case
            (_run_beside if case.start else _ask_again)(program, case)
    return described


def _unanswerable(
    program: Program, chapters: Sequence[str], cases: Sequence[Case], model: Callable[[str], Any]
) -> Iterator[Json]:
    """Questions to which `unsupported` is the only right answer. HP-12"""
    odd, has, known = secrets.token_hex(4), program.capabilities, set()
    yield {"cmd": odd}
    for name in (odd, *(f"{chapter}.{odd}" for chapter in chapters)):
        yield {"cmd": "run", "op": name, "in": {}}
        yield {"cmd": "start", "subject": odd, "role": name, "params": {}}
    for tables in map(model, chapters):
        known |= {each.capability for table in (tables.OPS, tables.ROLES) for each in table.values()}
        ops, roles = (
            [name for name in table if table[name].capability not in has] for table in (tables.OPS, tables.ROLES)
        )
        yield from ({"cmd": "run", "op": name, "in": {}} for name in ops)
        yield from ({"cmd": "start", "subject": odd, "role": name, "params": {}} for name in roles)
    for case in cases:  # capabilities that no name tells, such as groups
        if len(missing := _missing(program, case)) == 1 and missing[0] not in known and not case.refused:
            known.add(missing[0])
            yield _steps(case, odd)[0][0]


def _ask_again(program: Program, case: Case) -> None:
    """The same question gets the same answer, whatever else stands in it. HP-13, HP-18"""
    question = _steps(case, "")[0][0]
    first = _gist(program.ask(question))
    if _gist(program.ask(question)) != first:
        raise ProgramBroken(f"it answers {_text(question)} otherwise the second time (HP-18)")
    if _gist(program.ask({**question, "unheard_of": {"of": [1]}})) != first:
        raise ProgramBroken(f"it answers {_text(question)} otherwise when that has one more member (HP-13)")


def _run_beside(program: Program, case: Case) -> None:
    """Two subjects side by side get what one gets alone; names are taken and freed. HP-20, HP-21, HP-24, HP-25"""
    (start, _), (run, _), (stop, _) = _steps(case, _fresh())
    other = {"subject": _fresh()}

    def hand(event: Json, whom: Json) -> str:
        return _gist(program.ask({**run, "events": [event], **whom}))

    def refused(question: Json, clause: str) -> None:
        said = program.ask(question)
        if _kind(said) != "reject" or said["reject"]["clause"] != clause:
            raise ProgramBroken(f"it answers {_text(question)} with {_text(said)}, not with a refusal by {clause}")

    if _kind(program.ask(start)) != "out":
        return
    alone = [hand(event, {}) for event in case.events]
    refused(start, "HP-20")
    program.ask(stop)
    refused(stop, "HP-21")
    refused(run, "HP-21")
    if _kind(program.ask(start)) != "out":
        raise ProgramBroken(f"it does not start {_text(start)} anew after stop (HP-25)")
    program.ask({**start, **other})
    for event, before in zip(case.events, alone, strict=True):
        if not hand(event, {}) == before == hand(event, other):
            raise ProgramBroken(f"it answers {_text(event)} otherwise when a second subject runs (HP-24)")
    program.ask(stop)
    program.ask({**stop, **other})


def _plainly(program: Program, question: Json) -> Json:
    """The answer to a question that every program has to answer."""
    try:
        return program.ask(question)
    except NoAnswer as nothing:
        raise ProgramBroken(f"no answer to {_text(question)}: {nothing}") from None


def _fresh() -> str:
    """A subject's name that was not used before."""
    return f"s{next(SUBJECTS)}"


def _said(answer: Any) -> Answer | None:
    """An answer, or one of its results, if it is well-formed."""
    with suppress(ValidationError):
        return Answer.model_validate({"id": None, **answer} if isinstance(answer, dict) else answer)
    return None


def _kind(answer: Any) -> str:
    """Which of the things that an answer may hold this one holds; nothing, if it is not well-formed."""
    said = _said(answer)
    return next((kind for kind in KINDS if getattr(said, kind, None) is not None), "")


def _gist(answer: Json) -> str:
    """What can be compared of two answers to one question: ids and wordings differ."""
    free: Any = {"reject": {"reason"}, "error": {"message"}}
    said = _said(answer)
    what = said.model_dump(exclude={"id": True, **free, "results": {"__all__": free}}) if said else answer
    return json.dumps(what, sort_keys=True)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _first(error: ValidationError) -> str:
    """Where and how a shape is first not met."""
    what = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, what['loc'])) or 'as a whole'}: {what['msg']}"


def _missing(program: Program, case: Case) -> list[str]:
    return [need for need in case.needs if need not in program.capabilities]


# ---- cases ----


@dataclass(frozen=True)
class Outcome:
    """What came of a case: a verdict of HP/1's table; and the first place that differed, with what was expected."""

    case: Case
    verdict: str
    note: str = ""
    where: str = ""
    expected: Any = None
    seen: Any = None

    @property
    def lines(self) -> list[str]:
        """The questions of the case, one a line: all that is needed to put it again."""
        questions = [question for question, _ in _steps(self.case, "s1")]
        return [json.dumps({"id": number, **each}) for number, each in enumerate(questions, 1)]

    def repeat(self, command: Sequence[str]) -> str:
        """A shell's line that puts just this case to the program again."""
        return f"printf '%s\\n' {shlex.join(self.lines)} | {shlex.join(command)}"


def run_case(program: Program, case: Case, should: Container[str] = frozenset()) -> Outcome:
    """Put a case to a program; never raises. `should`: the clauses that only recommend. HP-26, HP-27, HP-28, HP-29"""
    if missing := _missing(program, case):
        return Outcome(case, "na", f"not declared: {', '.join(missing)}")
    found = None
    try:
        for question, expected in _steps(case, _fresh()):
            answer = program.ask(question)
            found = found or _difference(case, question["cmd"], expected, answer)
            if question["cmd"] == "start" and answer.get("out") is None:
                break
    except NoAnswer as nothing:
        return Outcome(case, nothing.verdict, str(nothing))
    except ProgramBroken as broken:  # it could not be started again
        return Outcome(case, "crash", str(broken))
    except Exception as fault:  # noqa: BLE001 - a wrong suite is a verdict too, and the other cases go on
        return Outcome(case, "suite_error", f"{type(fault).__name__}: {fault}")
    if found and found.verdict == "fail" and all(clause in should for clause in case.clauses):
        return replace(found, verdict="lax")
    return found or Outcome(case, "pass")


def _steps(case: Case, subject: str) -> list[tuple[Json, Expected | tuple[Expected, ...]]]:
    """The questions of a case, with what has to come of each: one thing, or one for each event. HP-26"""
    if case.ask and isinstance(case.expect, Expected):
        return [({"cmd": "run", "op": case.ask.op, "in": case.ask.in_}, case.expect)]
    assert case.start
    assert not isinstance(case.expect, Expected)
    start = {"cmd": "start", "subject": subject, "role": case.start.role, "params": case.start.params}
    return [
        (start, case.expect.start),
        ({"cmd": "run", "subject": subject, "events": list(case.events)}, case.expect.results),
        ({"cmd": "stop", "subject": subject}, Expected(out={})),
    ]


def _difference(case: Case, where: str, expected: Expected | tuple[Expected, ...], answer: Any) -> Outcome | None:
    """What is first wrong with an answer, or with one result in it; None if nothing is. HP-28"""
    kind = _kind(answer)
    if isinstance(expected, tuple) and kind == "results":
        if (many := len(answer["results"])) != len(expected):
            return Outcome(case, "fail", f"{many} results for {len(expected)} events", where, len(expected), many)
        pairs = enumerate(zip(expected, answer["results"], strict=True))
        places = (_difference(case, f"results[{place}]", *pair) for place, pair in pairs)
        return next((place for place in places if place), None)
    verdict, wrong = "fail", ""
    if kind == "unsupported":
        verdict, wrong = "untestable", f"declared, and yet unsupported: {answer['unsupported']}"
    elif kind == "error":
        wrong = f"the program failed: {answer['error'].get('message', '')}"
    elif isinstance(expected, tuple) or kind not in ("out", "reject"):
        wrong = "not an answer to this question"
    elif expected.reject is None:
        if kind == "reject":
            wrong = f"refused by {answer['reject']['clause']} what has to be done"
        else:
            wrong = _another(expected, answer["out"])
    elif kind == "out":
        wrong = "done what has to be refused"
    elif (clause := answer["reject"]["clause"]) != expected.reject.clause:
        wrong = f"refused by {clause}, not by {expected.reject.clause}"
    elif expected.reject.culprit not in (None, answer["reject"].get("culprit")):
        wrong = "another culprit"
    if not wrong:
        return None
    each_one = expected if isinstance(expected, tuple) else (expected,)
    wanted = [each.model_dump(mode="json", exclude_defaults=True) for each in each_one]
    return Outcome(case, verdict, wrong, where, wanted if each_one is expected else wanted[0], answer)


def _another(expected: Expected, out: Json) -> str:
    """In what way an `out` is not the expected one; nothing, if it is. HP-28"""
    assert expected.out is not None
    one, other = dict(expected.out), dict(out)
    for place in expected.free:
        name, _, at = place.rstrip("]").partition("[")
        examples, seen = [one.get(name)], [other.get(name)]
        if at:  # of a list only this element is free
            examples, seen = (list(each) if isinstance(each, list) else [] for each in (one.get(name), other.get(name)))
        spot = int(at or 0)
        if len(seen) != len(examples):
            return "another value"
        if not _alike(examples[spot], seen[spot]):
            return "a value of another form"
        examples[spot] = seen[spot] = None
        one[name], other[name] = (examples, seen) if at else (None, None)
    return "" if _canonical(one) == _canonical(other) else "another value"


def _alike(example: Any, seen: Any) -> bool:
    """Whether a free value has the form of the example. HP-28"""
    match example:
        case str() if isinstance(seen, str):
            hexadecimal = all(set(text) <= set("0123456789abcdef") for text in (example, seen))
            return len(seen) == len(example) and (hexadecimal or not set(example) <= set("0123456789abcdef"))
        case list() if isinstance(seen, list):
            return len(seen) == len(example) and all(map(_alike, example, seen))
        case dict() if isinstance(seen, dict):
            return seen.keys() == example.keys() and all(_alike(example[name], seen[name]) for name in example)
    return type(seen) is type(example)


def mutations(case: Case) -> Iterator[tuple[str, Case]]:
    """The case with each part of its expectation changed, one at a time: who passes the case fails each of these."""
    kind = type(case.expect)
    for place, changed in _changes(case.expect.model_dump(mode="json", exclude_unset=True), "expect"):
        with suppress(ValidationError):  # not an expectation any more
            yield place, case.model_copy(update={"expect": kind.model_validate_json(to_json(changed))})


def _changes(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    match value:
        case {"out": dict(out), "free": free}:  # what is free may be changed
            loose = tuple(f"{place}.out.{each}" for each in free)
            for deep, other in _changes(out, f"{place}.out"):
                if not deep.startswith(loose):
                    yield deep, {**value, "out": other}
        case dict():
            for key, inner in value.items():
                yield from ((deep, {**value, key: other}) for deep, other in _changes(inner, f"{place}.{key}"))
            yield place, {**value, "unheard_of": 0}
        case list():
            for at, inner in enumerate(value):
                for deep, other in _changes(inner, f"{place}[{at}]"):
                    yield deep, [*value[:at], other, *value[at + 1 :]]
            yield place, value[:-1] if value else [0]
        case bool() | None:
            yield place, not value
        case int() | float():
            yield place, value + 1
        case _:
            yield place, value[:-1] + ("1" if value.endswith("0") else "0") if value else "00"


# ---- files of cases ----


def load(chapter: str) -> list[Case]:
    """All cases of a chapter, in the order of its files' names. Raises SuiteError."""
    return [case for path in vector_files(chapter) for case in read(path)]


def vector_files(chapter: str) -> list[Path]:
    """The files of a chapter's cases, by name."""
    with importlib.resources.as_file(importlib.resources.files(f"anonspec.{chapter}")) as home:
        return sorted((home / "vectors").glob("*.json"))


def read(path: Path) -> list[Case]:
    """The cases of one file. Raises SuiteError."""
    try:
        vectors = VectorFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SuiteError(f"{path.name}: {_first(error) if isinstance(error, ValidationError) else error}") from None
    return [case.model_copy(update={"chapter": vectors.chapter}) for case in vectors.cases]


def lint(
    cases: Sequence[Case], clauses: Container[str], degenerate: Callable[[Case], str | None] = lambda _: None
) -> list[str]:
    """What is wrong with the cases of a chapter, one line each.

    `clauses` are the clauses that exist; `degenerate` says of a case why its inputs would let a wrong program pass.
    """
    wrong, names, contents = [], dict[str, Case](), dict[str, str]()
    for case in cases:
        if case.name in names:
            wrong.append(f"{case.id}: the name is there twice")
        names[case.name] = case
    for case in cases:
        steps = [question for question, _ in _steps(case, "")]
        if (twin := contents.setdefault(_canonical(steps), case.id)) != case.id:
            wrong.append(f"{case.id}: asks the same as {twin}")
        named = [*case.clauses, *re.findall(r'"clause": "([^"]*)"', case.expect.model_dump_json(indent=0))]
        wrong += [f"{case.id}: there is no clause {each}" for each in dict.fromkeys(named) if each not in clauses]
        if case.refused and (case.control not in names or names[case.control].refused):
            wrong.append(f"{case.id}: expects a refusal, and has no control in which nothing is refused")
        if not isinstance(case.expect, Expected) and len(case.expect.results) != (
            0 if case.expect.start.reject else len(case.events)
        ):
            wrong.append(f"{case.id}: not one expected result for each event")
        if inexact := [each for each in _leaves([steps, case.expect.model_dump()]) if _inexact(each)]:
            wrong.append(f"{case.id}: {inexact[0]!r} is not a number that every program can hold")
        if reason := degenerate(case):
            wrong.append(f"{case.id}: degenerate: {reason}")
    return wrong


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    else:
        yield value


def _inexact(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53)


# ---- a subject for the laws ----


@dataclass(frozen=True)
class Handle:
    """A state of a party in another program, by how it was reached: role, beginning, and all that happened since."""

    role: str
    params: Json
    group: Any
    past: tuple[Json, ...]
    subject: str


class Remote:
    """A chapter's functions, answered by another program: a subject for the laws.

    Functions take their fields by name or in the order of the chapter's table. A refusal is `Reject`, a capability that
    the program does not declare `Unsupported`, whatever cannot be judged `NoAnswer`. A role's `begin` gives a Handle;
    an event takes a Handle first and gives the next one and what came out. An older Handle may be used again: what led
    to it is then told to a new subject. `codec` reads and writes the chapter's words, if it has any, for the law.
    """

    def __init__(
        self, program: Program, chapter: str, codec: WordCodec | None, model: Callable[[str], Any] = chapter_model
    ) -> None:
        described = program.described or program.describe()
        self.__name__ = f"{chapter} of {described.impl.name}"
        self._program, self._codec = program, codec
        self._ops = {name.rpartition(".")[2]: (name, op) for name, op in model(chapter).OPS.items()}
        self._roles: dict[str, Role] = model(chapter).ROLES
        self._live: dict[str, int] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not name.startswith("_"):
            if name in self._ops:
                return partial(self._operate, name)
            for full, role in self._roles.items():
                if name == role.begin:
                    return partial(self._begin, full)
                if name in role.events:
                    return partial(self._move, name)
        raise AttributeError(name)

    def _operate(self, function: str, /, *values: Any, **fields: Any) -> Any:
        name, op = self._ops[function]
        wire, group = self._write(op.takes, None, values, fields)
        return self._read(op.gives, self._out(op.capability, {"cmd": "run", "op": name, "in": wire}), group)

    def _begin(self, role: str, /, *values: Any, **fields: Any) -> Handle:
        params, group = self._write(self._roles[role].params, None, values, fields)
        return Handle(role, params, group, (), self._start(role, params))

    def _move(self, event: str, handle: Handle, /, *values: Any, **fields: Any) -> tuple[Handle, Any]:
        role = self._roles[handle.role]
        wire, group = self._write(role.events[event].takes, handle.group, values, fields)
        if self._live.get(handle.subject) != len(handle.past):
            handle = replace(handle, subject=self._start(handle.role, handle.params, *handle.past))
        out = self._hand(role, handle.subject, {event: wire})
        return replace(handle, past=(*handle.past, {event: wire})), self._read(role.events[event].gives, out, group)

    def _start(self, name: str, params: Json, *past: Json) -> str:
        """Begin a subject and tell it what happened; gives its name. The oldest subject of many is stopped."""
        if len(self._live) == LIVE:
            oldest = next(iter(self._live))
            del self._live[oldest]
            self._ask({"cmd": "stop", "subject": oldest})
        role, subject = self._roles[name], _fresh()
        self._out(role.capability, {"cmd": "start", "subject": subject, "role": name, "params": params})
        self._live[subject] = 0
        for event in past:
            try:
                self._hand(role, subject, event)
            except Reject as refusal:
                raise NoAnswer("fail", f"what it did once it refuses when told again: {refusal}") from None
        return subject

    def _hand(self, role: Role, subject: str, event: Json) -> Json:
        out = self._out(role.capability, {"cmd": "run", "subject": subject, "events": [event]})
        self._live[subject] += 1
        return out

    def _out(self, capability: str, question: Json) -> Json:
        """What came of a question that belongs to a capability, or of its only event. HP-11, HP-16"""
        declared = self._program.capabilities
        if capability not in declared:
            raise Unsupported(capability)
        answer = self._ask(question)
        if _kind(answer) == "results" and len(answer["results"]) == len(question.get("events", ())) == 1:
            [answer] = answer["results"]
        match _kind(answer):
            case "out":
                out: Json = answer["out"]
                return out
            case "reject":
                refusal = answer["reject"]
                raise Reject(refusal["clause"], refusal.get("reason", ""), refusal.get("culprit"))
            case "unsupported" if (lacks := answer["unsupported"]) not in declared and self._named(lacks, question):
                raise Unsupported(lacks)
            case "unsupported":
                raise NoAnswer("untestable", f"{capability} is declared, and yet {_text(question)} is unsupported")
        raise NoAnswer("fail", f"{_text(question)} was answered with {_text(answer)}")

    def _named(self, capability: str, question: Json) -> bool:
        """Whether a field of a question names a capability, of whatever chapter, as the kind of a group does."""
        return any(capability.partition(".")[2] == each for each in _leaves(question))

    def _ask(self, question: Json) -> Json:
        try:
            return self._program.ask(question)
        except NoAnswer as nothing:
            self._live.clear()  # the process is gone, and its subjects with it
            raise Lost(nothing.verdict, f"{nothing}, asked {_text(question)}") from None

    def _write(self, takes: type[Shape], group: Any, values: tuple[Any, ...], fields: Json) -> tuple[Json, Any]:
        """The fields on the wire, however malformed: refusing them is for the program. And the group they are in."""
        named = [each.replace(kind=Parameter.POSITIONAL_OR_KEYWORD) for each in signature(takes).parameters.values()]
        bound = Signature(named).bind(*values, **fields).arguments
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in bound.items()}
        group = given.get("group", group)
        try:
            context = {"codec": self._codec, "group": group}
            return takes.model_construct(None, **given).model_dump(mode="json", context=context, warnings=False), group
        except PydanticSerializationError as error:
            raise Unsupported(f"a value that cannot be written: {error}") from None

    def _read(self, gives: type[Shape], out: Json, group: Any) -> Any:
        """What came out, in memory: the only field of it, or all of it."""
        try:
            shape = gives.model_validate_json(to_json(out), context={"codec": self._codec, "group": group})
        except ValidationError as error:
            raise NoAnswer("fail", f"out {_text(out)} has {_first(error)}") from None
        except Reject as refusal:  # by the codec: the program gave what it ought not to give
            raise NoAnswer("fail", f"out {_text(out)}: {refusal}") from None
        only = list(gives.model_fields)
        return getattr(shape, only[0]) if len(only) == 1 else shape
