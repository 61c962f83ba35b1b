"""Find the values by which each law refutes its faults, and each claim that is no law is refuted.

    python docs/counterexamples.py            write docs/laws/counterexamples.json
    python docs/counterexamples.py --check    write nothing; exit 1 if it would change

The laws' pages show them. It takes a minute or two, which is why it is not done at each build of the site.
"""

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from anonlaws import check
from anonlaws.cli_options import progress
from anonlaws.law import Result, variant
from anonspec import text

FILE = Path(__file__).parent / "laws" / "counterexamples.json"

LONGEST = 160
"""Characters of a value that are shown."""

SEED = 0

Found = dict[str, str | dict[str, str]]


def pairs() -> list[tuple[str, str, str]]:
    """Chapter, law and fault of all refutations; a claim that is no law has "" for a fault."""
    return [
        (chapter, law.name, fault)
        for chapter in text.CHAPTERS
        if (laws := check.laws_of(chapter))
        for law in laws.LAWS
        for fault in ([fault.name for fault in law.faults] if law.holds else [""])
    ]


def find(chapter: str, law_name: str, fault_name: str) -> Found:
    """The refutation: by which engine, at which line of the law, with which values. Raises ValueError for none."""
    laws = check.laws_of(chapter)
    subject = check.subject("anonref").chapters[chapter]
    law = next(law for law in laws.LAWS if law.name == law_name)
    if fault_name:
        subject = variant(subject, next(fault for fault in law.faults if fault.name == fault_name))
    result = check.refutation(law, subject, SEED)
    if result is None:
        raise ValueError(f"{chapter}: {law_name} does not refute {fault_name or 'the reference'}")
    return shown(result)


def shown(result: Result) -> Found:
    """What a page shows of a refutation."""
    values = {name: shortened(repr(value)) for name, value in result.values.items()}
    line = result.where.partition(": ")[2]
    return {"engine": result.engine, "line": line, "note": shortened(result.note), "values": values}


def shortened(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]} …"


def main() -> int:
    """Write the file, or say whether it would change."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file would change")
    check_only = asked.parse_args().check
    wanted = pairs()
    found: dict[str, dict[str, dict[str, Found]]] = {}
    context = multiprocessing.get_context("spawn")
    with progress("refuting") as advance, ProcessPoolExecutor(mp_context=context) as pool:
        advance(len(wanted))
        for (chapter, law, fault), values in zip(wanted, pool.map(find, *zip(*wanted, strict=True)), strict=True):
            found.setdefault(chapter, {}).setdefault(law, {})[fault] = values
            advance(0)
    written = json.dumps(found, indent=0, ensure_ascii=False) + "\n"
    changed = not FILE.exists() or FILE.read_text("utf-8") != written
    if changed:
        print(f"{'differs' if check_only else 'written'}: {FILE}", file=sys.stderr)  # noqa: T201
    if changed and not check_only:
        FILE.write_text(written, encoding="utf-8")
    return int(changed and check_only)


if __name__ == "__main__":
    sys.exit(main())
