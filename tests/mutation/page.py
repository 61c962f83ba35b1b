"""What came of the mutants: the table, and each survivor with the reason for which it is none of a program's faults."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .judge import CHAPTERS, ENGINES, VERDICTS, digest

HERE = Path(__file__).parent
REASONS = HERE / "reasons.toml"
PAGE = HERE.parents[1] / "docs" / "mutation.md"
HEADS = {
    "vectors": "vectors",
    "sample": "sampled laws",
    "exhaust": "exhausted",
    "prove": "proved",
    "error": "error",
    "timeout": "timeout",
    "survived": "survivors",
}
"""The table's columns, by the verdict that is counted there."""

Row = Mapping[str, Any]

INTRODUCTION = """\
# Mutants of the reference

Do the vectors and laws say enough? Every small change that [cosmic-ray](https://pypi.org/project/cosmic-ray/)'s
operators can make in the reference, one at a time, is put to the vectors and laws alone: a change that none of them
notices is a duty that no case and no law states, or a change that means nothing. Written by
`python -m tests.mutation --write`; [CONTRIBUTING](../CONTRIBUTING.md#do-the-vectors-and-laws-say-enough) says how.

A mutant counts where the first check stands that notices it; the cheaper kind is tried first. *vectors*, *sampled
laws*, *exhausted* and *proved*: a case is answered otherwise than it has to be, or a law is refuted, by this kind of
check. *error*: it broke down where an answer was due. *timeout*: it did not end (a check may take a processor ten
times as long as with the reference, and a second more). *caught* is all but the survivors; *by what it says* leaves
out of account the mutants that broke down or did not end, which any test would notice.

Not made, by rule: what Python cannot compile; what differs in type annotations, docstrings, `__all__`, the texts of
refusals and `zip(strict=…)` only; `is` in the place of another comparison; variables replaced or inserted, which
cosmic-ray draws at random.
"""


def reasons() -> dict[tuple[str, str, str, str], str]:
    """Why survivors survive, by chapter, function, the line and what it becomes. Raises ValueError for two of one."""
    found: dict[tuple[str, str, str, str], str] = {}
    for chapter, listed in tomllib.loads(REASONS.read_text("utf-8")).items():
        for each in listed:
            for becomes in each["becomes"]:
                key = chapter, each["function"], each["line"], becomes
                if key in found:
                    raise ValueError(f"{REASONS.name}: two reasons for {' / '.join(key)}")
                found[key] = each["why"]
    return found


def place(row: Row) -> tuple[str, str, str, str]:
    """What a reason is looked up by: not the line's number, which moves."""
    return row["chapter"], row["function"], row["was"], row["becomes"]


def open_to(row: Row, engines: Sequence[str], again: bool) -> bool:
    """Whether these kinds of checks may still say something of a mutant that was judged: it has survived others."""
    return row["verdict"] == "survived" and (again or not set(engines) <= set(row["engines"]))


def counted(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    """By chapter, how many mutants came to which verdict."""
    return {
        chapter: Counter(row["verdict"] for row in rows if row["chapter"] == chapter)
        for chapter in CHAPTERS
        if any(row["chapter"] == chapter for row in rows)
    }


def caught(count: Counter[str]) -> float:
    """The share of mutants that are caught."""
    return 1 - count["survived"] / count.total()


def caught_by_what_it_says(count: Counter[str]) -> float:
    """The share of mutants that are caught, of those that answer and end."""
    answering = count.total() - count["error"] - count["timeout"]
    return 1 - count["survived"] / answering if answering else 1.0


def cells(count: Counter[str]) -> list[str]:
    """A chapter's line of the table."""
    shares = f"{caught(count):.1%}", f"{caught_by_what_it_says(count):.1%}"
    return [str(count.total()), *(str(count[each]) for each in VERDICTS), *(each.replace("%", " %") for each in shares)]


def heads() -> list[str]:
    """The table's heads, without the chapter's."""
    return ["mutants", *(HEADS[each] for each in VERDICTS), "caught", "by what it says"]


def written(rows: Sequence[Row]) -> str:
    """The page."""
    why = reasons()
    page = [INTRODUCTION, f"| chapter | {' | '.join(heads())} |", f"|---|{'--:|' * len(heads())}"]
    page += [f"| `{chapter}` | {' | '.join(cells(count))} |" for chapter, count in counted(rows).items()]
    page += ["", "Made for the modules with these digests (SHA-256, the first 16 digits):", ""]
    page += [f"- `anonref/{chapter}.py` {digest(chapter)}" for chapter in CHAPTERS]
    page += ["", "## Survivors", "", "Each is the reference by another spelling, for the reason that stands beside it."]
    for chapter in CHAPTERS:
        survivors = [row for row in rows if row["chapter"] == chapter and row["verdict"] == "survived"]
        page += ["", f"### {chapter}", ""] if survivors else []
        for row in sorted(survivors, key=lambda row: (row["line"], row["becomes"])):
            where = f"`{row['function']}`" if row["function"] else "the module"
            page += [f"- line {row['line']}, {where}: `{row['was']}` as `{row['becomes']}`."]
            page += [f"  {why.get(place(row), '**No reason is given.**')}"]
            if lacking := [each for each in ENGINES if each not in row["engines"]]:
                page += [f"  (Not put to: {', '.join(lacking)}.)"]
    return "\n".join(page) + "\n"


def older() -> list[str]:
    """The chapters whose module is another by now than the page was made for."""
    page = PAGE.read_text("utf-8") if PAGE.exists() else ""
    return [chapter for chapter in CHAPTERS if f"`anonref/{chapter}.py` {digest(chapter)}" not in page]
