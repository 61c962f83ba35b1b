"""Known failures, listed in a file beside the program that has them, each with a reason; and how they go stale.

A listed failure does not fail the run. One that passes, fails in another way, is no longer there or has expired does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationError
from pydantic_core import PydanticCustomError

from anonlaws import check, conform
from anonlaws.check import Line
from anonspec import text
from anonspec.shape import Shape


def _said(reason: str) -> str:
    if not reason.strip():
        raise PydanticCustomError("reason", "empty: a person has to say why the failure is known")
    return reason


class Known(Shape):
    """A known failure: its verdict and, where its wording stays the same, its note; why it is there, and until when."""

    verdict: str
    note: str | None = None
    reason: Annotated[str, AfterValidator(_said)]
    link: str = ""
    expires: date | None = None
    """The last day on which it counts as known."""

    def fits(self, line: Line, today: date) -> bool:
        """Whether this is the failure that is listed, and still may be."""
        same = not line.good and line.verdict == self.verdict and self.note in (None, line.note)
        return same and not self.expired(today)

    def expired(self, today: date) -> bool:
        return self.expires is not None and self.expires < today


class Baseline(Shape):
    """A file of known failures, by the ids of their lines."""

    format: Literal[1]
    known: dict[str, Known]


def load(file: Path) -> Baseline:
    """A baseline as it stands in a file. Raises ValueError, whose message is one line, and OSError."""
    try:
        return Baseline.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise ValueError(conform.first(error)) from None


def settled(baseline: Baseline, line: Line, today: date) -> Line:
    """The line as it is, or as a known failure."""
    entry = baseline.known.get(line.id)
    if entry is None or line.standing or not entry.fits(line, today):
        return line
    return replace(line, standing="known", reason=" ".join(filter(None, (entry.reason, entry.link))))


def stale(baseline: Baseline, lines: Sequence[Line], chapters: Sequence[str], today: date) -> Iterator[Line]:
    """A line for each entry that is not, or no longer, a known failure. What this run did not ask is left alone."""
    came, there = {line.id: line for line in lines if line.standing != "added later"}, existing(chapters)
    for name, entry in baseline.known.items():
        chapter = chapter_of(name)
        if chapter in text.CHAPTERS and chapter not in chapters:
            continue
        if name not in came:
            why = "" if name in there else "there is no such case, law or fault any more"
        else:
            why = _why(entry, came[name], today)
        if why:
            at = chapter if chapter in chapters else chapters[0]
            claim = f"Listed as known: {entry.reason}"
            yield Line(at, "baseline", name, (), "stale", False, note=why, claim=claim)


def _why(entry: Known, line: Line, today: date) -> str:
    """Why an entry is not a known failure of this line; nothing, if it is one."""
    if line.standing == "known":
        return ""
    if line.verdict == "na":
        return f"it does not apply now ({line.note})"
    if line.good:
        return f"its verdict is {line.verdict} now: take it out of the file"
    if entry.expired(today):
        return f"it expired on {entry.expires}"
    return f"it fails otherwise: {line.verdict}: {line.note}; listed is {entry.verdict}: {entry.note}"


def chapter_of(name: str) -> str:
    """The chapter in the id of a line."""
    return name.rpartition(":")[2].partition("/")[0]


def existing(chapters: Sequence[str]) -> set[str]:
    """The ids of all lines that there could be."""
    found = set()
    for chapter in chapters:
        found |= {case.id for case in check.loaded(chapter)}
        laws = check.laws_of(chapter)
        for each in (*laws.LAWS, *laws.FAULTS) if laws else ():
            found |= {f"{engine}:{chapter}/{each.name}" for engine in check.ENGINES}
    return found


def written(before: Mapping[str, Known], lines: Sequence[Line], chapters: Sequence[str]) -> str:
    """The file that lists all failures of a run: reasons that were given stay, new ones are for a person to fill in.

    Entries that this run did not ask for stay as well.
    """
    failed = {line.id: line for line in lines if not line.good and line.engine != "baseline" and not later(line)}
    asked, there = {line.id for line in lines}, existing(chapters)
    known: dict[str, Any] = {}
    for name, entry in before.items():
        elsewhere = chapter_of(name) in text.CHAPTERS and chapter_of(name) not in chapters
        if name not in asked and (elsewhere or name in there):
            known[name] = entry.model_dump(mode="json", exclude_defaults=True)
    for name, line in failed.items():
        kept = before[name].model_dump(mode="json", exclude_defaults=True) if name in before else {"reason": ""}
        note = {} if name in before and before[name].note is None else {"note": line.note}
        known[name] = {**kept, "verdict": line.verdict, **note}
    return json.dumps({"format": 1, "known": dict(sorted(known.items()))}, indent=1, ensure_ascii=False) + "\n"


def later(line: Line) -> bool:
    """Whether a profile does not score the line."""
    return line.standing == "added later"
