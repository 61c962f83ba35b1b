"""The chapters as text: their clauses, read from the README.md of each.

A clause is a heading that is only its number, then a title in bold, one duty, and `*Why:*`.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CHAPTERS = ("harness", "observer", "dcnet", "crowds", "mix", "sgmix", "reply", "cascade", "onion")
"""In reading order."""

PREFIXES = {
    "harness": "HP",
    "observer": "OBS",
    "dcnet": "DCN",
    "crowds": "CRW",
    "mix": "MIX",
    "sgmix": "SGM",
    "reply": "REP",
    "cascade": "CAS",
    "onion": "ONI",
}
"""What the numbers of a chapter's clauses begin with."""

_CLAUSE = re.compile(
    r"^### (?P<number>[A-Z]+-[0-9]+)\n\n\*\*(?P<title>[^*]+)\.\*\* (?P<duty>.+?)\n\n\*Why:\* (?P<why>.+?)\n(?=\n|\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Clause:
    """One duty of one party. `level` is MUST or SHOULD."""

    number: str
    title: str
    duty: str
    why: str

    @property
    def level(self) -> str:
        return "SHOULD" if re.search(r"\bSHOULD\b", self.duty) else "MUST"


def text(chapter: str) -> str:
    """The chapter's README.md. Raises FileNotFoundError."""
    return files("anonspec").joinpath(chapter, "README.md").read_text(encoding="utf-8")


@cache
def clauses(chapter: str) -> dict[str, Clause]:
    """The chapter's clauses by number, in the order of the text."""
    found = [
        Clause(**{name: " ".join(value.split()) for name, value in each.groupdict().items()})
        for each in _CLAUSE.finditer(text(chapter))
    ]
    return {each.number: each for each in found}


def clause(number: str) -> Clause:
    """A clause of any chapter. Raises KeyError."""
    prefix = number.partition("-")[0]
    return next(clauses(chapter)[number] for chapter in CHAPTERS if PREFIXES[chapter] == prefix)
