"""What was found, for people and for machines: a table, failures that teach, JSON, JUnit and a badge.

All of it is made from the record of the run. The page of HTML is in `page.py`.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from xml.etree import ElementTree as Xml

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from anonlaws.check import ENGINES, Json, Line
from anonlaws.conform import piped
from anonlaws.record import Change, Duty, Run
from anonspec.text import Clause

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


TAPE_SHOWN = 10
"""Questions of a law's counterexample that are shown; more are only counted."""


# ---- the verdict ----


@dataclass(frozen=True)
class Verdict:
    """What comes out for a chapter or a profile: `of` whom, in which `word`, and the `rest` of the line."""

    of: str
    word: str
    rest: str

    def __str__(self) -> str:
        return f"{self.of}: {self.word}" + (f" — {self.rest}" if self.rest else "")

    @property
    def short(self) -> str:
        """conformant, not conformant, or incomplete."""
        words = {"CONFORMANT": "conformant", "HOLDS": "conformant", "INCOMPLETE": "incomplete"}
        return "incomplete" if self.word == "NOTHING RAN" else words.get(self.word, "not conformant")


def verdicts(run: Run) -> list[Verdict]:
    """The verdict on the profile, or else on each chapter: does it hold, and if not, which clauses are violated."""
    return [_verdict(run, chapter) for chapter in run.header.chapters]


def _verdict(run: Run, chapter: str) -> Verdict:
    profile, duties = run.header.profile, run.header.numbers
    of = profile.id if profile else chapter
    own = [line for line in run.lines if line.chapter == chapter and line.engine != "baseline"]
    lines = [line for line in own if line.standing != "added later"]
    tried = [line for line in lines if line.counts or line.verdict == "lax"]
    if not tried:
        return Verdict(of, "NOTHING RAN", "")
    named = {number for line in tried for number in line.clauses}
    violated, doubtful = _broken([line for line in tried if not line.good or line.verdict == "lax"])
    broken = violated | doubtful
    wanted = set(profile.clauses) if profile else named
    parts = []
    for level in ("MUST", "SHOULD"):
        of_level = [number for number in duties if number in wanted | broken and duties[number].level == level]
        if of_level:
            held = sum(number in named and number not in broken for number in of_level)
            which = [
                f"{', '.join(listed)} {word}"
                for word, numbers in (("violated", violated), ("in doubt", doubtful))
                if (listed := [number for number in of_level if number in numbers])
            ]
            parts.append(f"{level} {held} of {len(of_level)} clauses" + (f" ({'; '.join(which)})" if which else ""))
    untried = [
        number for number in (profile.clauses if profile else run.header.clauses[chapter]) if number not in named
    ]
    lacks = [line.name.partition("/")[2] for line in lines if line.name.startswith("requires/")]
    later = [line for line in own if line.standing == "added later"]
    stale = [line for line in run.lines if line.chapter == chapter and line.engine == "baseline"]
    counts = (
        (len(untried), "clause not tried", "clauses not tried"),
        (len(run.unasked), "case or law not asked", "cases and laws not asked"),
        (sum(line.verdict == "na" for line in lines), "case or law not applicable", "cases and laws not applicable"),
        (sum(line.standing == "known" for line in lines), "known failure", "known failures"),
        (sum(line.verdict == "lax" for line in lines), "warning", "warnings"),
        (len(later), "added later and not scored", "added later and not scored"),
        (sum(not line.good for line in later), "of them fails", "of them fail"),
        (len(stale), "entry of the baseline is stale", "entries of the baseline are stale"),
    )
    parts += [f"not declared: {' '.join(lacks)}"] if lacks else []
    parts += [f"{many} {one if many == 1 else more}" for many, one, more in counts if many]
    return Verdict(of, _word(run, lines), f"{', '.join(parts)}; {run.seconds:.0f} s")


def _broken(failed: Sequence[Line]) -> tuple[set[str], set[str]]:
    """The clauses that are violated, and those that only may be.

    A case says which clauses it is for; a law that names several leaves open which of them is violated.
    """
    certain = [line for line in failed if line.engine == "vectors" or len(line.clauses) == 1]
    violated = {number for line in certain for number in line.clauses}
    return violated, {number for line in failed for number in line.clauses} - violated


def _word(run: Run, lines: Sequence[Line]) -> str:
    fails = any(not line.good for line in lines)
    if not run.header.command:
        return "BROKEN" if fails else "INCOMPLETE" if run.header.only else "HOLDS"
    narrow = run.unasked or run.header.only or "vectors" not in run.header.engines
    return "NOT CONFORMANT" if fails else "INCOMPLETE" if narrow else "CONFORMANT"


# ---- for people ----


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
    for chapter in run.header.chapters:
        cells = [counted(run.lines, chapter, engine) for engine in shown]
        styled = [Text(cell, style="red" if " of " in cell else "green" if cell != "–" else "dim") for cell in cells]
        grid.add_row(chapter, str(len(run.header.clauses[chapter])), *styled)
    title = Text(f"anonspec {run.header.suite}: {run.header.checked}", style="bold", overflow="fold")
    return Group(title, grid)


def plainest_first(lines: Sequence[Line]) -> list[Line]:
    """The lines, those that a person made first."""
    return sorted(lines, key=lambda line: line.name.startswith("generated/"))


def told(line: Line) -> list[tuple[str, str]]:
    """What a line says beside its verdict: names and texts, without what is empty."""
    values = ", ".join(f"{name} = {value}" for name, value in line.values.items())
    said = {"note": line.note, "where": line.where, "expected": line.expected, "seen": line.seen, "values": values}
    said |= {"known for": line.reason, "again": line.again}
    as_text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in said.items() if value}
    return [(name, value) for name, value in as_text.items() if value]


def spelled(line: Line, duties: Mapping[str, Duty | Clause], command: Sequence[str] = ()) -> list[str]:
    """A line that is bad: the clauses' texts, what was expected and seen, and how to repeat it."""
    parts = [f"✗ {line.chapter}/{line.name}: {line.verdict}", f"  {line.claim}"]
    for number in line.clauses:
        clause = duties[number]
        parts += [f"  {number} {clause.title}. {clause.duty}", f"      Why: {clause.why}"]
    about = [*told(line), ("tape", taped(command, line))]
    return parts + [f"  {name:9}{value}" for name, value in about if value]


def failures(
    bad: Sequence[Line], duties: Mapping[str, Duty | Clause], command: Sequence[str] = (), most: int = 12
) -> list[RenderableType]:
    """What is told of each bad line, as far as there is room."""
    shown: list[RenderableType] = []
    for line in plainest_first(bad)[:most]:
        first, *rest = spelled(line, duties, command)
        styled = [Text(each, style="dim" if each.startswith("      Why: ") else "") for each in rest]
        shown.append(Group(Text(f"\n{first}", style="bold red"), *styled))
    if len(bad) > most:
        shown.append(Text(f"\n… and {len(bad) - most} more; --json, --html and --record have all"))
    return shown


def taped(command: Sequence[str], line: Line) -> str:
    """The questions by which a law found a program out, as a shell's line if few; a case's `again` has its own."""
    if line.engine == "vectors" or not line.tape:
        return ""
    if len(line.tape) > TAPE_SHOWN:
        return f"{len(line.tape)} questions; --record, --json and --html have them, to be piped into the program"
    return piped(line.tape, command)


def warnings(run: Run) -> list[RenderableType]:
    """A line for all that is not as it should be and does not fail the run: lax, known, added later."""
    return [
        Text(f"! {line.chapter}/{line.name}: {line.verdict}, {how}", style="yellow", overflow="fold")
        for line, how in warned(run)
    ]


def warned(run: Run) -> list[tuple[Line, str]]:
    """The lines that warn, each with the reason why it does not fail the run."""
    reasons = {"known": "known: ", "added later": "added later and not scored"}
    found = []
    for line in run.lines:
        if line.verdict == "lax" and line.good:
            found.append((line, f"only recommended by {', '.join(line.clauses)}"))
        elif not line.good and line.standing:
            found.append((line, f"{reasons[line.standing]}{line.reason}"))
    return found


def show(run: Run, console: Console) -> None:
    """The failures, the warnings, the table, and a line for each verdict."""
    for each in (*failures(run.bad, run.header.numbers, run.header.command), *warnings(run)):
        console.print(each, soft_wrap=True)
    console.print(table(run))
    for verdict in verdicts(run):
        console.print(Text(str(verdict)), soft_wrap=True)


def changes(found: Sequence[Change], means: Sequence[str]) -> RenderableType:
    """Two records compared: what is worse first."""
    grid = Table("", "", "before", "now")
    for change in sorted(found, key=lambda each: (not each.bad, each.change, each.id)):
        style = "red" if change.bad else "green" if change.change == "better" else ""
        grid.add_row(change.change, change.id, change.old or "–", change.new or "–", style=style)
    worse = sum(change.bad for change in found)
    end = f"{worse} worse" if worse else "nothing is worse"
    end = f"{end}, of {len(found)} changes" if found else "no verdict differs"
    return Group(*(Text(each) for each in means), *([grid] if found else []), Text(end))


# ---- for machines ----

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What a program's log may hold, and a document of XML may not."""


def as_json(run: Run) -> str:
    """All of it but the clauses' text; `complete` is there only if the run came to its end."""
    header = run.header.model_dump(mode="json", exclude={"clauses"})
    whole: Json = {
        **header,
        "version": run.header.suite,
        "verdicts": [{"of": each.of, "verdict": each.short, "line": str(each)} for each in verdicts(run)],
        "seconds": run.seconds,
        "lines": [asdict(line) for line in run.lines],
        "exit": run.exit,
        "complete": True,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False)


def as_junit(run: Run) -> str:
    """JUnit's XML: a suite a chapter and engine, a test case a line. What only warns is skipped, and says why."""
    root = Xml.Element("testsuites", name=f"anonspec: {run.header.checked}")
    for (chapter, engine), group in groupby(run.lines, lambda line: (line.chapter, line.engine)):
        lines = list(group)
        suite = Xml.SubElement(
            root,
            "testsuite",
            name=f"{chapter}.{engine}",
            tests=str(len(lines)),
            failures=str(sum(not line.good and not line.standing for line in lines)),
            skipped=str(sum(bool(line.standing) or (line.good and not line.counts) for line in lines)),
        )
        for line in lines:
            case = Xml.SubElement(
                suite, "testcase", classname=f"{chapter}.{engine}", name=line.name, time=f"{line.seconds:.3f}"
            )
            if not line.good and not line.standing:
                failure = Xml.SubElement(case, "failure", message=f"{line.verdict}: {line.note}")
                failure.text = json.dumps(asdict(line), indent=1, ensure_ascii=False)
            elif line.standing or not line.counts:
                why = ": ".join(filter(None, (line.standing, line.reason, line.verdict, line.note)))
                Xml.SubElement(case, "skipped", message=why)
    Xml.indent(root)
    return NOT_IN_XML.sub("\ufffd", Xml.tostring(root, encoding="unicode", xml_declaration=True))


COLOURS = {"conformant": "#2b6a2f", "incomplete": "#6b5900", "not conformant": "#a4262c"}
"""A badge's right side, the best first; white text is readable on all three."""


def as_badge(run: Run) -> str:
    """An SVG that needs nothing else: the profile or chapter, and whether it is conformant."""
    found = verdicts(run)
    value = max((each.short for each in found), key=list(COLOURS).index)
    label = html.escape(found[0].of if len(found) == 1 else "anonspec")
    left, right = (10 + 7 * len(text) for text in (label, value))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{label}: {value}"><title>{label}: {value}</title>'
        f'<rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS[value]}"/>'
        f'<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">'
        f'<text x="5" y="14" textLength="{left - 10}" lengthAdjust="spacingAndGlyphs">{label}</text>'
        f'<text x="{left + 5}" y="14" textLength="{right - 10}" lengthAdjust="spacingAndGlyphs">{value}</text>'
        f"</g></svg>\n"
    )
