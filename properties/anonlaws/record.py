"""The record of a run: what was asked of whom and what came of it, one JSON object a line, as it comes in.

The first line says what was checked, with what and how; the last one that the run came to its end. All that is shown of
a run is made from its record: `report.py`, `page.py`. The text is chapter harness.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files as packaged
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from anonlaws import check, conform
from anonlaws.check import ENGINES, Line
from anonspec import text
from anonspec.harness.model import Described, Profile
from anonspec.shape import Shape

ORDER = (*ENGINES, "baseline")
"""The kinds of evidence, in the order in which they are shown."""


class Part(Shape):
    """A part of a record: a member that a later version adds is ignored."""

    model_config = ConfigDict(extra="ignore")


class Duty(Part):
    """A clause as it stood in the text when the program was checked."""

    title: str
    duty: str
    why: str
    level: str


class Digests(Part):
    """SHA-256 of what was used, in hexadecimal: texts and vectors by chapter, and all modules of the suite.

    Of several files it is that of the lines which `sha256sum` writes for them, in the order of their names.
    """

    suite: str
    texts: dict[str, str]
    vectors: dict[str, str]


class Header(Part):
    """The first line."""

    record: Literal[1]
    suite: str
    hp: Literal[1]
    vectors: Literal[1]
    began: datetime
    checked: str
    command: tuple[str, ...]
    described: dict[str, Any]
    """What the program answered to `describe`."""
    chapters: tuple[str, ...]
    engines: tuple[str, ...]
    only: str
    seed: int
    watchdog: float
    strict: bool
    profile: Profile | None
    digests: Digests
    clauses: dict[str, dict[str, Duty]]
    """The clauses that the evidence can be about, by chapter and number."""

    @property
    def numbers(self) -> dict[str, Duty]:
        """All of these clauses by number, in the order of the text."""
        return {number: duty for clauses in self.clauses.values() for number, duty in clauses.items()}


class Footer(Part):
    """The last line: how many lines of evidence have which verdict, and with which exit code the run ended."""

    complete: Literal[True]
    counts: dict[str, int]
    exit: Annotated[int, Field(ge=0)]
    seconds: float


@dataclass(frozen=True)
class Run:
    """A whole run, as its record says. The lines are in the order of chapters and kinds of evidence."""

    header: Header
    lines: tuple[Line, ...]
    seconds: float

    @property
    def bad(self) -> list[Line]:
        """The lines that fail the run: what is not as it should be, and is neither known nor added later."""
        return [line for line in self.lines if not line.good and not line.standing]

    @property
    def unasked(self) -> set[str]:
        """The cases and laws of the profile of which nothing is said: the run left them out."""
        if self.header.profile is None:
            return set()
        came = {(line.engine == "vectors", line.name) for line in self.lines}
        frozen = [(True, name) for name in self.header.profile.cases]
        frozen += [(False, name) for name in self.header.profile.laws]
        return {name for case, name in frozen if (case, name) not in came}

    @property
    def exit(self) -> int:
        """0 all hold, 1 something does not, 4 the suite itself is wrong, 5 nothing ran, or not all of the profile."""
        if any(line.verdict == "suite_error" for line in self.lines):
            return 4
        if self.bad:
            return 1
        return 0 if any(line.counts for line in self.lines) and not self.unasked else 5


class Writer:
    """A record that is being written: to `file`, if there is one, and kept to be read when the run has ended."""

    def __init__(self, header: Header, file: Path | None = None) -> None:
        self._file = file
        self._written: list[bytes] = []
        if file:
            file.write_bytes(b"")
        self._add(header.model_dump(mode="json"))

    def add(self, line: Line) -> None:
        """Write a line of evidence."""
        self._add(asdict(line))

    def lines(self) -> list[Line]:
        """The lines of evidence so far, in the order in which they came in."""
        return [EVIDENCE.validate_json(each) for each in self._written[1:]]

    def end(self, seconds: float) -> Run:
        """Write the last line; the run, as it is read from what was written."""
        header, lines = Header.model_validate_json(self._written[0]), self.lines()
        counts = dict(sorted(Counter(line.verdict for line in lines).items()))
        code = Run(header, tuple(lines), seconds).exit
        self._add(Footer(complete=True, counts=counts, exit=code, seconds=seconds).model_dump(mode="json"))
        return read(self._written)

    def _add(self, what: Mapping[str, Any]) -> None:
        line = json.dumps(what, ensure_ascii=False).encode("utf-8", "replace")  # a command need not be UTF-8
        self._written.append(line)
        if self._file:
            with self._file.open("ab") as file:
                file.write(line + b"\n")


EVIDENCE = TypeAdapter(Line)


def read(lines: Sequence[bytes]) -> Run:
    """The run of a record's lines. Raises ValueError, whose message is one line, for anything but a whole record."""
    try:
        header = Header.model_validate_json(lines[0] if lines else b"")
    except ValidationError as error:
        raise ValueError(f"not the record of a run, format 1: its first line has {conform.first(error)}") from None
    try:
        footer = Footer.model_validate_json(lines[-1])
    except ValidationError:
        many = len(lines) - 1
        raise ValueError(f"broken off after {many} lines of evidence: no last line says that it is complete") from None
    found = []
    for number, line in enumerate(lines[1:-1], 2):
        try:
            found.append(EVIDENCE.validate_json(line))
        except ValidationError as error:
            raise ValueError(f"line {number} is no evidence: {conform.first(error)}") from None
    if footer.counts != Counter(line.verdict for line in found):
        raise ValueError("its last line counts other verdicts than there are: lines were lost or changed")
    if unheard := {line.chapter for line in found} - set(header.chapters):
        raise ValueError(f"it has evidence about {', '.join(sorted(unheard))}, which was not checked")
    if unheard := {line.engine for line in found} - set(ORDER):
        raise ValueError(f"it has evidence of a kind that is not known here: {', '.join(sorted(unheard))}")
    if unheard := {number for line in found for number in line.clauses} - header.numbers.keys():
        raise ValueError(f"it has evidence about {', '.join(sorted(unheard))}, of which its first line has no text")
    found.sort(key=lambda line: (header.chapters.index(line.chapter), ORDER.index(line.engine)))
    run = Run(header, tuple(found), footer.seconds)
    if run.exit != footer.exit:
        raise ValueError(f"its last line says exit {footer.exit}, its evidence exit {run.exit}")
    return run


def begin(
    checked: str,
    described: Described,
    *,
    command: Sequence[str],
    chapters: Sequence[str],
    engines: Sequence[str],
    only: str,
    seed: int,
    watchdog: float,
    strict: bool,
    profile: Profile | None,
) -> Header:
    """The first line of a record that begins now."""
    return Header(
        record=1,
        suite=version("anonspec"),
        hp=1,
        vectors=1,
        began=datetime.now(UTC).replace(microsecond=0),
        checked=checked,
        command=tuple(command),
        described=described.model_dump(mode="json", exclude={"id"}),
        chapters=tuple(chapters),
        engines=tuple(engines),
        only=only,
        seed=seed,
        watchdog=watchdog,
        strict=strict,
        profile=profile,
        digests=digests(chapters),
        clauses={
            chapter: {
                number: Duty(title=each.title, duty=each.duty, why=each.why, level=each.level)
                for number, each in text.clauses(chapter).items()
            }
            for chapter in spoken_of(chapters)
        },
    )


def spoken_of(chapters: Sequence[str]) -> list[str]:
    """The chapters, chapter harness, and all others that have a clause which a case, law or fault of theirs names."""
    about = [each for chapter in chapters for each in check.loaded(chapter)]
    modules = [laws for chapter in chapters if (laws := check.laws_of(chapter))]
    about += [law for laws in modules for law in laws.LAWS]
    prefixes = {number.partition("-")[0] for each in about for number in each.clauses}
    prefixes |= {fault.clause.partition("-")[0] for laws in modules for fault in laws.FAULTS}
    prefixes |= {text.PREFIXES[chapter] for chapter in ("harness", *chapters)}
    return [chapter for chapter in text.CHAPTERS if text.PREFIXES[chapter] in prefixes]


def digests(chapters: Sequence[str]) -> Digests:
    """The digests of what these chapters are checked with."""
    spec, laws = Path(str(packaged("anonspec"))), Path(str(packaged("anonlaws")))
    return Digests(
        suite=_digest((root.parent, file) for root in (spec, laws) for file in root.rglob("*.py")),
        texts={name: hashlib.sha256(text.text(name).encode()).hexdigest() for name in chapters},
        vectors={name: _digest((spec, file) for file in (spec / name / "vectors").glob("*.json")) for name in chapters},
    )


def _digest(files: Iterable[tuple[Path, Path]]) -> str:
    """Of files, each named by its path from the folder beside it."""
    named = sorted((file.relative_to(root).as_posix(), file) for root, file in files)
    listing = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {name}\n" for name, file in named)
    return hashlib.sha256(listing.encode()).hexdigest()


# ---- two records ----


@dataclass(frozen=True)
class Change:
    """What became of a piece of evidence from one run to another: its verdict before and now, None where there is none.

    `change` is worse, better, other (neither), new or gone; of new and gone ones `bad` says whether that is worse.
    """

    id: str
    change: str
    old: str | None
    new: str | None
    bad: bool


def compare(old: Run, new: Run) -> Iterator[Change]:
    """All that changed. What held is worse if it fails, does not apply or is gone; what is new, if it does not hold."""
    before, after = ({line.id: line for line in run.lines} for run in (old, new))
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        if one is None and other is not None:
            yield Change(name, "new", None, said(other), not other.good)
        elif other is None and one is not None:
            yield Change(name, "gone", said(one), None, _rank(one) == 2)
        elif one and other and said(one) != said(other):
            step = _rank(other) - _rank(one)
            yield Change(name, "worse" if step < 0 else "better" if step else "other", said(one), said(other), step < 0)


def said(line: Line) -> str:
    """A line's verdict, and how it stands."""
    return f"{line.verdict} ({line.standing})" if line.standing else line.verdict


def _rank(line: Line) -> int:
    return 0 if not line.good else 2 if line.counts else 1


def means(old: Run, new: Run) -> Iterator[str]:
    """In what the two runs were made with other means: suite, texts, vectors, seed and the like."""
    one, other = old.header, new.header
    if (one.suite, one.digests.suite) != (other.suite, other.digests.suite):
        versions = f" ({one.suite}, {other.suite})" if one.suite != other.suite else ""
        yield f"the suite differs{versions}"
    for what in ("texts", "vectors"):
        before, after = getattr(one.digests, what), getattr(other.digests, what)
        for chapter in before.keys() & after.keys():
            if before[chapter] != after[chapter]:
                yield f"the {what} of {chapter} differ"
    for what in ("checked", "chapters", "engines", "only", "seed", "strict"):
        before, after = getattr(one, what), getattr(other, what)
        if before != after:
            yield f"{what}: {_plain(before)}, then {_plain(after)}"
    if (before := _claimed(one)) != (after := _claimed(other)):
        yield f"profile: {before}, then {after}"


def _claimed(header: Header) -> str:
    return header.profile.id if header.profile else "none"


def _plain(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value) or "all"
