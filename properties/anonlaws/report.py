"""What was found, for people and for machines: a table, failures that teach, JSON, JUnit and one page of HTML."""

import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from xml.etree import ElementTree as Xml

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from anonlaws.check import ENGINES, Json, Line
from anonspec import text

COLUMNS = {
    "vectors": "vectors",
    "sample": "sampled",
    "machines": "roles walked",
    "exhaust": "exhausted",
    "prove": "proved",
    "recheck": "re-decided",
    "faults": "faults caught",
}
"""An engine's column in the table. A claim that is no law counts where an engine refuted it."""


@dataclass(frozen=True)
class Run:
    """A whole check: who was checked, how, and every Line."""

    version: str
    checked: str
    command: tuple[str, ...]
    chapters: tuple[str, ...]
    seed: int
    seconds: float
    lines: tuple[Line, ...]

    @property
    def bad(self) -> list[Line]:
        """The lines that are not as they should be."""
        return [line for line in self.lines if not line.good]

    @property
    def exit(self) -> int:
        """0 all hold, 1 something does not, 4 the suite itself is wrong, 5 nothing ran."""
        if any(line.verdict == "suite_error" for line in self.lines):
            return 4
        if self.bad:
            return 1
        return 0 if any(line.counts for line in self.lines) else 5


def counted(lines: Sequence[Line], chapter: str, engine: str) -> str:
    """How many of a chapter's lines of an engine are good: "34", "33 of 34", or "–" for none."""
    of = [line for line in lines if line.chapter == chapter and line.engine == engine and line.counts]
    good = sum(line.good for line in of)
    return "–" if not of else str(good) if good == len(of) else f"{good} of {len(of)}"


def table(run: Run) -> RenderableType:
    """A row a chapter, a column an engine."""
    shown = [engine for engine in ENGINES if any(line.engine == engine for line in run.lines)]
    grid = Table()
    grid.add_column("chapter")
    grid.add_column("clauses", justify="right")
    for engine in shown:
        grid.add_column(COLUMNS[engine], justify="right")
    for chapter in run.chapters:
        cells = [counted(run.lines, chapter, engine) for engine in shown]
        styled = [Text(cell, style="red" if " of " in cell else "green" if cell != "–" else "dim") for cell in cells]
        grid.add_row(chapter, str(len(text.clauses(chapter))), *styled)
    title = Text(f"anonspec {run.version}: {run.checked}", style="bold", overflow="fold")
    return Group(title, grid, *(Text(each) for each in verdicts(run)))


def verdicts(run: Run) -> list[str]:
    """A line a chapter: does it hold, and if not, which clauses are violated."""
    said = []
    for chapter in run.chapters:
        lines = [line for line in run.lines if line.chapter == chapter]
        counting = [line for line in lines if line.counts]
        if not counting:
            said.append(f"{chapter}: NOTHING RAN")
            continue
        bad = [line for line in counting if not line.good]
        violated = [number for number in text.clauses(chapter) if any(number in line.clauses for line in bad)]
        touched = [number for number in text.clauses(chapter) if any(number in line.clauses for line in counting)]
        word = ("CONFORMANT" if not bad else "NOT CONFORMANT") if run.command else ("HOLDS" if not bad else "BROKEN")
        rest = f"{len(touched)} of {len(text.clauses(chapter))} clauses tried"
        if violated:
            rest += f", violated: {', '.join(violated)}"
        if left := len(lines) - len(counting):
            rest += f", {left} not applicable"
        said.append(f"{chapter}: {word}; {rest}; {run.seconds:.0f} s")
    return said


def told(line: Line) -> list[str]:
    """A line that is bad: the clause's text, what was expected and seen, and how to repeat it."""
    parts = [f"✗ {line.chapter}/{line.name}: {line.verdict}", f"  {line.claim}"]
    for number in line.clauses:
        clause = text.clause(number)
        parts += [f"  {number} {clause.title}. {clause.duty}", f"      Why: {clause.why}"]
    for name, value in (
        ("note", line.note),
        ("where", line.where),
        ("expected", line.expected),
        ("seen", line.seen),
        ("values", ", ".join(f"{name} = {value}" for name, value in line.values.items())),
        ("again", line.again),
    ):
        if value not in ("", None):
            parts.append(f"  {name:9}{value if isinstance(value, str) else json.dumps(value)}")
    return parts


def failures(run: Run, most: int = 12) -> list[RenderableType]:
    """What is told of each bad line."""
    shown: list[RenderableType] = []
    plainest_first = sorted(run.bad, key=lambda line: line.name.startswith("generated/"))
    for line in plainest_first[:most]:
        first, *rest = told(line)
        styled = [Text(each, style="dim" if each.startswith("      Why: ") else "") for each in rest]
        shown.append(Group(Text(f"\n{first}", style="bold red"), *styled))
    if len(run.bad) > most:
        shown.append(Text(f"\n… and {len(run.bad) - most} more; --json has all"))
    return shown


def show(run: Run, console: Console) -> None:
    """The failures, then the table."""
    for each in failures(run):
        console.print(each, soft_wrap=True)
    console.print(table(run))


def as_json(run: Run) -> str:
    """All of it; `complete` is there only if the run came to its end."""
    whole: Json = {**asdict(run), "exit": run.exit, "complete": True}
    return json.dumps(whole, indent=1, ensure_ascii=False)


def as_junit(run: Run) -> str:
    """JUnit's XML: a suite a chapter and engine, a test case a line."""
    root = Xml.Element("testsuites", name=f"anonspec: {run.checked}")
    for (chapter, engine), group in groupby(run.lines, lambda line: (line.chapter, line.engine)):
        lines = list(group)
        suite = Xml.SubElement(
            root,
            "testsuite",
            name=f"{chapter}.{engine}",
            tests=str(len(lines)),
            failures=str(sum(not line.good for line in lines)),
            skipped=str(sum(not line.counts and line.good for line in lines)),
        )
        for line in lines:
            case = Xml.SubElement(
                suite, "testcase", classname=f"{chapter}.{engine}", name=line.name, time=f"{line.seconds:.3f}"
            )
            if not line.good:
                failure = Xml.SubElement(case, "failure", message=f"{line.verdict}: {line.note}")
                failure.text = json.dumps(asdict(line), indent=1, ensure_ascii=False)
            elif not line.counts:
                Xml.SubElement(case, "skipped", message=line.note)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True)


STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem }
section { border-top: 1px solid #8888; padding: .5rem 0 }
h2 { font-size: 1rem; margin: .5rem 0 0 } h2 small { opacity: .7 } p { margin: .2rem 0 }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
td { padding: .2rem .5rem .2rem 0; vertical-align: top; overflow-wrap: anywhere } td:first-child { width: 6.5rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
.bad { color: #c00; font-weight: bold } .good { color: #080 } .na { opacity: .6 }
@media (prefers-color-scheme: dark) { .bad { color: #f88 } .good { color: #8d8 } }
"""


def as_html(run: Run) -> str:
    """One page that needs nothing else: each clause with its text, and beside it all that was found about it."""

    def shown(line: Line) -> str:
        kind = "bad" if not line.good else "good" if line.counts else "na"
        more = {name: getattr(line, name) for name in ("note", "where", "expected", "seen", "values", "again")}
        told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in more.items() if value}
        body = f"<strong>{html.escape(line.name)}</strong> {html.escape(line.claim)}"
        if not line.good:
            body += "".join(f"<pre>{name}: {html.escape(value)}</pre>" for name, value in told.items())
        return f'<tr><td class="{kind}">{html.escape(line.verdict)}<td>{line.engine}: {body}</tr>'

    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>anonspec: {html.escape(run.checked)}</title><style>{STYLE}</style>",
        f"<h1>{html.escape(run.checked)}</h1><p>anonspec {run.version}, seed {run.seed}</p>",
        *(f"<p><strong>{html.escape(each)}</strong></p>" for each in verdicts(run)),
    ]
    for chapter in run.chapters:
        for number, clause in text.clauses(chapter).items():
            about = [line for line in run.lines if number in line.clauses and line.chapter == chapter]
            about.sort(key=lambda line: line.good)
            parts.append(
                f'<section id="{number}"><h2>{number} {html.escape(clause.title)} <small>{clause.level}</small></h2>'
                f"<p>{html.escape(clause.duty)}</p><p class=na>Why: {html.escape(clause.why)}</p>"
                f"<table>{''.join(map(shown, about))}</table></section>"
            )
    return "\n".join(parts) + "\n</html>\n"
