"""What the driver costs against the bare exchange of the same lines, measured in one run: only ratios mean anything."""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic_core import from_json, to_json

from anonlaws import adapter, check, conform, generate
from anonspec import text

Advance = Callable[[int], None]
Json = dict[str, Any]

PAYER = {
    "node": (
        ["node"],
        {
            "// 'dcnet.three'": "'dcnet.three'",
            "throw new Unsupported('dcnet.payer'); // TODO": "const [a, b, c] = given.said; "
            "return { one_of_them: a ^ b ^ c };",
        },
    ),
    "python": (
        [sys.executable, "-I", "-S"],
        {
            '# "dcnet.three"': '"dcnet.three"',
            'raise Unsupported("dcnet.payer")  # TODO': 'return {"one_of_them": sum(given["said"]) % 2}',
        },
    ),
}
"""How a skeleton is run, and what in it is replaced so that it does one trivial operation: three bits, added up."""


class Asked(conform.Process):
    """A program of which the questions are kept."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(command)
        self.asked: list[Json] = []

    def _exchange(self, request: Json) -> Any:
        self.asked.append(request)
        return super()._exchange(request)


def harness(advance: Advance, *, quick: bool = False) -> list[dict[str, Any]]:
    """One case of a trivial operation again and again, then every suite; each against the bare exchange of its lines.

    Bare is a line written and a line read, and nothing made of either; with JSON, the question is written and the
    answer read as JSON. Both have the very questions of the whole, put to a process of their own. The trivial cases
    are of one question each, to skeletons in JavaScript and Python; the suites (vectors and sampled laws, the probes
    included) go to the JavaScript programs of a checkout, or where these cannot run to the reference, over its pipes.
    """
    many, repeats = (200, 2) if quick else (4000, 5)
    engines = ("vectors",) if quick else ("vectors", "sample")
    runners = {language: each for language, each in PAYER.items() if shutil.which(each[0][0])}
    suites = [(command, chapter) for command in programs() for chapter in declared(command)]
    advance(len(runners) * repeats + len(suites))
    rows = []
    with TemporaryDirectory() as folder:
        for language, (runner, replaced) in runners.items():
            file = Path(folder) / adapter.LANGUAGES[language].file.format("dcnet")
            file.write_text(filled(language, file, replaced), encoding="utf-8")
            tries = []
            for _ in range(repeats):
                tries.append(measured([*runner, str(file)], partial(again_and_again, many=many)))
                advance(0)
            rows.append({"asked": "dcnet.payer", "program": file.name, **median(tries)})
    for command, chapter in suites:
        work = partial(whole_suite, chapter=chapter, engines=engines)
        rows.append({"asked": f"suite of {chapter}", "program": Path(command[-1]).name, **measured(command, work)})
        advance(0)
    return rows


def programs() -> list[list[str]]:
    """The commands of the programs that the suites are put to."""
    found = sorted((generate.ROOT / "tests" / "programs").glob("*.mjs")) if shutil.which("node") else []
    return [["node", str(file)] for file in found] or [[sys.executable, "-m", "anonlaws.cli", "serve"]]


def declared(command: Sequence[str]) -> list[str]:
    """The chapters of which a program declares something."""
    with conform.Process(command) as program:
        capabilities = program.describe().capabilities
    return [chapter for chapter in text.CHAPTERS if any(each.startswith(f"{chapter}.") for each in capabilities)]


def filled(language: str, file: Path, replaced: dict[str, str]) -> str:
    """A skeleton of chapter dcnet with its replacements."""
    whole = adapter.skeleton(language, "dcnet", file)
    for todo, done in replaced.items():
        if whole.count(todo) != 1:
            raise ValueError(f"not once in the skeleton: {todo}")
        whole = whole.replace(todo, done)
    return whole


def again_and_again(program: Asked, many: int) -> Json:
    """Put one case so many times."""
    case = next(case for case in check.loaded("dcnet") if case.ask and case.ask.op == "dcnet.payer")
    for _ in range(many):
        outcome = conform.run_case(program, case)
        if outcome.verdict != "pass":
            raise ValueError(f"{case.id}: {outcome.verdict}: {outcome.note}")
    return {"cases": many, "laws": 0}


def whole_suite(program: Asked, chapter: str, engines: Sequence[str]) -> Json:
    """Put a chapter's vectors and sampled laws."""
    lines = list(check.check_program(program, program.command, [chapter], engines, lambda _: True, 0, lambda _: None))
    cases = sum(line.counts and line.engine == "vectors" for line in lines)
    return {"cases": cases, "laws": sum(line.counts for line in lines) - cases}


def measured(command: Sequence[str], work: Callable[[Asked], Json]) -> dict[str, Any]:
    """What some work on a program comes to, and how long it takes: whole, its lines with JSON, and its bare lines."""
    with Asked(command) as program:
        program.describe()
        program.asked.clear()
        began = time.perf_counter()
        done = work(program)
        whole = time.perf_counter() - began
    with_json = exchanged(command, program.asked, lambda question: to_json(question) + b"\n", from_json)
    bare = exchanged(command, [to_json(each) + b"\n" for each in program.asked], bytes, bytes)
    return {
        "questions": len(program.asked),
        "cases": done["cases"],
        "events": sum(len(each.get("events", ())) for each in program.asked),
        "laws": done["laws"],
        "seconds": whole,
        "questions a second": round(len(program.asked) / whole),
        "bare (s)": bare,
        "JSON / bare": with_json / bare,
        "whole / bare": whole / bare,
    }


def exchanged(
    command: Sequence[str],
    questions: Sequence[Any],
    write: Callable[[Any], bytes],
    read: Callable[[bytes], Any],
) -> float:
    """How long it takes to write each question as a line and read a line, in seconds, once the program runs."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as child:
        into, out = child.stdin, child.stdout
        assert into
        assert out

        def exchange(line: bytes) -> bytes:
            into.write(line)
            into.flush()
            return out.readline()

        exchange(to_json({"id": 0, **conform.DESCRIBE}) + b"\n")
        began = time.perf_counter()
        for question in questions:
            read(exchange(write(question)))
        return time.perf_counter() - began


def median(tries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Number by number, the median of what was measured several times."""
    return {name: statistics.median(each[name] for each in tries) for name in tries[0]}
