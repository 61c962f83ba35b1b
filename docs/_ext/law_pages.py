"""The laws' pages: each law whole, from its function, with the values that refute its faults.

The values come from docs/laws/counterexamples.json, which docs/counterexamples.py writes.
"""

import inspect
import json
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from anonlaws import check
from anonlaws.law import Law
from anonspec import text
from evidence import law_id, rung

FOUND = Path(__file__).parents[1] / "laws" / "counterexamples.json"


@cache
def counterexamples() -> Any:
    """By chapter, law and fault."""
    return json.loads(FOUND.read_text("utf-8"))


def source(law: Law) -> str:
    """The law's function, without the line that declares it a law."""
    lines = textwrap.dedent(inspect.getsource(law.statement)).splitlines()
    return "\n".join(lines[next(place for place, line in enumerate(lines) if line.startswith("def ")) :])


def table(chapter: str, law: Law, fault: str) -> nodes.table:
    """The values of one refutation, a row for each. Raises ExtensionError if it was never found."""
    try:
        found = counterexamples()[chapter][law.name][fault]
    except KeyError:
        raise ExtensionError(
            f"{FOUND.name} has no refutation of {fault or law.name}: run docs/counterexamples.py"
        ) from None
    rows = [*found["values"].items(), ("fails at", found["line"])]
    if found["note"]:
        rows.append(("with", found["note"]))
    group = nodes.tgroup("", nodes.colspec(colwidth=30), nodes.colspec(colwidth=70), cols=2)
    head = nodes.row("", entry(nodes.Text("value")), entry(nodes.Text("of the counterexample")))
    body = [nodes.row("", entry(nodes.Text(name)), entry(nodes.literal("", value))) for name, value in rows]
    group += [nodes.thead("", head), nodes.tbody("", *body)]
    return nodes.table("", group, classes=["counterexample"])


def entry(content: nodes.Node) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", "", content))


def section(law: Law, *content: nodes.Node) -> nodes.section:
    """A section of its own, with its anchor, the claim, what it is about, and its code."""
    clauses = nodes.paragraph(
        "", f"{', '.join(law.clauses)}. {f'Source: {law.source}.' if law.source else ''}".rstrip()
    )
    code = nodes.literal_block(source(law), source(law), language="python")
    return nodes.section(
        "",
        nodes.title("", law.name.replace("_", " ")),
        nodes.paragraph("", law.doc if law.holds else f"Not so: {law.doc}", classes=["claim"]),
        clauses,
        code,
        *content,
        ids=[law_id(law)],
        names=[law.name],
    )


def folded(summary: str, *content: nodes.Node) -> list[nodes.Node]:
    """Content that is unfolded by a click or the enter key. `summary` is HTML."""
    return [
        nodes.raw("", f"<details><summary>{summary}</summary>", format="html"),
        *content,
        nodes.raw("", "</details>", format="html"),
    ]


def laws_of(chapter: str) -> list[Law]:
    laws: list[Law] = check.laws_of(chapter).LAWS
    return laws


class Laws(Directive):
    """All laws of the chapter named."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        chapter = self.arguments[0]
        self.state.document.settings.env.note_dependency(str(FOUND))
        shown: list[nodes.Node] = []
        for law in (law for law in laws_of(chapter) if law.holds):
            evidence = nodes.paragraph("", "", nodes.strong("", "Evidence: "), nodes.Text(rung(law)))
            refuted: list[nodes.Node] = []
            for fault in law.faults:
                about = f"<code>{fault.name}</code> {nodes.Text(fault.doc).astext()}"
                refuted += folded(about, table(chapter, law, fault.name))
            label = nodes.paragraph("", f"Refutes {len(law.faults)} faulty implementations:")
            shown.append(section(law, evidence, *([label, *refuted] if refuted else [])))
        return shown


class Beliefs(Directive):
    """All claims that are no laws, by chapter."""

    def run(self) -> list[nodes.Node]:
        self.state.document.settings.env.note_dependency(str(FOUND))
        shown: list[nodes.Node] = []
        for chapter in text.CHAPTERS:
            false = [law for law in laws_of(chapter) if not law.holds] if check.laws_of(chapter) else []
            if false:
                content = [section(law, table(chapter, law, "")) for law in false]
                heading = nodes.title("", f"Chapter {chapter}")
                shown.append(nodes.section("", heading, *content, ids=[chapter], names=[chapter]))
        return shown


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("laws", Laws)
    app.add_directive("beliefs", Beliefs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
