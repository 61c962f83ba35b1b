"""The kill matrix: by which case, and for which reason, each faulty implementation is caught; kept as a prediction.

What is found out now is compared with what kills.json says (`anonspec selftest`); `anonspec generate` writes the file,
so that a review sees each change of a reason.
"""

import json
import tomllib
from importlib.resources import files
from typing import TypedDict

from anonlaws import check, law, wrong_drivers, wrong_programs
from anonspec import text


class Kill(TypedDict):
    """The clause that a fault breaks; the case, or what else, that catches it, "" for nothing; where; the reason."""

    clause: str
    case: str
    where: str
    note: str


Kills = dict[str, Kill]
"""By the fault's name."""


def faults_of(chapter: str) -> list[law.Fault]:
    """All faults of a chapter; of harness, the wrong programs that speak to us in process, and the wrong drivers."""
    if chapter == "harness":
        return [*wrong_programs.FAULTS, *wrong_drivers.FAULTS]
    laws = check.laws_of(chapter)
    return list(laws.FAULTS) if laws else []


def killed(chapter: str, fault: law.Fault) -> Kill:
    """How a fault is caught now."""
    if chapter == "harness":
        if fault in wrong_drivers.FAULTS:
            case, note = wrong_drivers.turns_red(fault)
            return Kill(clause=fault.clause, case=case, where="", note=note)
        case, where, note = wrong_programs.found_out(fault)
        return Kill(clause=fault.clause, case=case, where=where, note=note)
    spoiled = law.variant(check.subject("anonref").chapters[chapter], fault)
    if caught := check.caught_by("anonref", chapter, fault, spoiled):
        return Kill(clause=fault.clause, case=caught.case.name, where=caught.where, note=caught.note)
    return Kill(clause=fault.clause, case="", where="", note=f"no case for {fault.clause} catches it")


def matrix() -> dict[str, Kills]:
    """How all faults of all chapters are caught now, by vectors as they stand in their files now."""
    check.loaded.cache_clear()
    return {chapter: {fault.name: killed(chapter, fault) for fault in faults_of(chapter)} for chapter in text.CHAPTERS}


def predicted() -> dict[str, Kills]:
    """How all faults are to be caught."""
    found: dict[str, Kills] = json.loads(files("anonlaws").joinpath("kills.json").read_text("utf-8"))
    return found


def written(kills: dict[str, Kills]) -> str:
    """The file of predictions: a line a fault."""
    chapters = []
    for chapter, named in kills.items():
        rows = [f"  {json.dumps(name)}: {json.dumps(kill, ensure_ascii=False)}" for name, kill in named.items()]
        listed = ",\n".join(rows)
        chapters.append(f" {json.dumps(chapter)}: {{\n{listed}\n }}")
    whole = ",\n".join(chapters)
    return f"{{\n{whole}\n}}\n"


def waivers() -> dict[str, str]:
    """Clauses without a fault, each with the reason."""
    return tomllib.loads(files("anonlaws").joinpath("untested.toml").read_text("utf-8"))


def broken(chapter: str) -> set[str]:
    """The clauses for which there is something that breaks them."""
    programs = {each.clause for each in wrong_programs.DEGENERATE} if chapter == "harness" else set()
    return {fault.clause for fault in faults_of(chapter)} | programs - {""}


def page(kills: dict[str, Kills]) -> str:
    """The matrix in Markdown."""
    lines = [
        "# What catches what",
        "",
        "Written by `anonspec generate`. Every clause has a faulty implementation, and a case that catches it for the",
        "reason that stands here, or a reason why there is none. `anonspec selftest` finds out whether it is still so.",
    ]
    for chapter in text.CHAPTERS:
        docs = {fault.name: fault.doc for fault in faults_of(chapter)}
        lines += ["", f"## {chapter}", "", "| clause | fault | | caught by | reason |", "|---|---|---|---|---|"]
        for number in text.clauses(chapter):
            for name, kill in kills[chapter].items():
                if kill["clause"] == number:
                    where = "" if kill["where"] in ("", "run") else f"{kill['where']}: "
                    row = (number, f"`{name}`", docs[name], f"`{kill['case']}`", where + kill["note"])
                    lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |")
        if lacking := [number for number in text.clauses(chapter) if number in waivers()]:
            lines += ["", *(f"{number} has none: {waivers()[number]}" for number in lacking)]
        if chapter == "harness":
            lines += ["", "Programs of their own, to which the command is put:", ""]
            lines += ["| program | breaks | the command ends with |", "|---|---|---|"]
            for one in wrong_programs.DEGENERATE:
                lines.append(f"| `{one.command}` | {one.clause or '–'} | {one.predicted} |")
    return "\n".join(lines) + "\n"
