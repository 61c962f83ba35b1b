"""Profiles: what a program claims to be, frozen at a version, so that what the suite learns later turns nobody red.

The text is chapter harness. A profile is a file that is written once, by `freeze`, and never again.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files as packaged
from pathlib import Path

from pydantic import ValidationError

from anonlaws import check, conform
from anonlaws.check import Line
from anonlaws.law import Law
from anonspec import text
from anonspec.harness.model import Case, Profile

CONTENT = {"ask", "start", "events", "expect", "clauses", "needs"}
"""The members of a case that say what is asked and what is expected, and not how a person is told of it."""

ENGINES = ("vectors", "sample", "exhaust")
"""What a profile is judged by: what another program can be asked."""


def digest(case: Case) -> str:
    """The first 16 digits of the SHA-256 of a case's content, written as RFC 8785 says. HP-31"""
    content = case.model_dump(mode="json", by_alias=True, exclude_unset=True, include=CONTENT)
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def folder(chapter: str) -> Path:
    """Where a chapter's profiles stand."""
    return Path(str(packaged("anonspec"))) / chapter / "profiles"


@cache
def profiles() -> dict[str, Profile]:
    """All profiles by their ids, in the order of the chapters. Raises conform.SuiteError for a file that is none."""
    found = {}
    for chapter in text.CHAPTERS:
        for file in sorted(folder(chapter).glob("*.json")):
            try:
                profile = Profile.model_validate_json(file.read_bytes())
            except ValidationError as error:
                raise conform.SuiteError(f"{file.name}: {conform.first(error)}") from None
            if (profile.chapter, f"{profile.name}-{profile.version}") != (chapter, file.stem):
                raise conform.SuiteError(f"{chapter}/profiles/{file.name} is {profile.chapter}'s {profile.id}")
            found[profile.id] = profile
    return found


def freeze(chapter: str, name: str, version: int, requires: Sequence[str], claim: str) -> Profile:
    """A profile of all cases and laws that need no other capability, as they are now.

    Raises ValueError for a capability that no case of the chapter needs, or if no case is left.
    """
    cases = check.cases_of(chapter)
    if unheard := set(requires) - {need for case in cases for need in case.needs}:
        raise ValueError(f"no case of {chapter} needs {', '.join(sorted(unheard))}")
    within = [case for case in cases if set(case.needs) <= set(requires)]
    laws = [law for law in _laws(chapter) if set(law.needs) <= set(requires)]
    about = {number for case in within for number in case.clauses} | {number for law in laws for number in law.clauses}
    return Profile(
        format=1,
        name=name,
        version=version,
        chapter=chapter,
        claim=claim,
        requires=tuple(requires),
        clauses=tuple(number for each in text.CHAPTERS for number in text.clauses(each) if number in about),
        cases={case.name: digest(case) for case in within},
        laws=tuple(law.name for law in laws),
    )


def scope(profile: Profile) -> set[str]:
    """The names of the cases and laws that are put to a program of this profile; some may have been added later.

    Raises conform.SuiteError if a frozen one is gone or is not what it was. HP-31
    """
    cases = {case.name: case for case in check.cases_of(profile.chapter)}
    laws = {law.name: law for law in _laws(profile.chapter)}
    wrong = [f"the case {name} is gone" for name in profile.cases if name not in cases]
    wrong += [
        f"the case {name} is not what it was"
        for name, frozen in profile.cases.items()
        if name in cases and digest(cases[name]) != frozen
    ]
    wrong += [f"the law {name} is gone" for name in profile.laws if name not in laws]
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise conform.SuiteError(f"profile {profile.id} is frozen, but {'; '.join(wrong[:3])}{more}")
    within: Iterable[Case | Law] = (*cases.values(), *laws.values())
    return {each.name for each in within if set(each.needs) <= set(profile.requires)}


def scored(profile: Profile, line: Line) -> Line:
    """The line as it is, or as one that was added later and is not scored. HP-32"""
    frozen = profile.cases if line.engine == "vectors" else profile.laws
    return line if line.name in frozen else replace(line, standing="added later")


def lacking(profile: Profile, declared: Iterable[str]) -> Iterator[Line]:
    """A line for each capability that a program of this profile has to declare, and does not. HP-32"""
    for need in profile.requires:
        if need not in declared:
            yield Line(
                profile.chapter,
                "vectors",
                f"requires/{need}",
                (),
                "untestable",
                False,
                note=f"not declared: {need}",
                claim=f"A program of profile {profile.id} declares {need}.",
            )


def _laws(chapter: str) -> list[Law]:
    laws = check.laws_of(chapter)
    return [law for law in laws.LAWS if law.holds and law.sampled] if laws else []
