"""What carries a clause, put under the clause: shapes, code, laws with their rung, vectors, faults.

All of it is what `anonspec trace` prints. A clause that nothing carries is an error.
"""

import importlib
import inspect
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from anonlaws import check, conform, generate
from anonlaws.law import Law
from anonspec import text
from sources import module_page

CHAPTER = re.compile(r"spec/anonspec/([a-z]+)/README")
NUMBER = re.compile(rf"\b(?:{'|'.join(text.PREFIXES.values())})-[0-9]+\b")

RUNGS = (
    "vectors",
    "sampled",
    "exhausted within bounds",
    "proved within bounds, re-decided by a second solver",
    "proved for every size, re-decided by a second solver",
)
"""The ladder, lowest first. Every proof is decided again, so that a rung without it is empty."""


def rung(law: Law) -> str:
    """How a law is decided, in words: the highest rung first, with the bound and the step that no solver checks."""
    if law.exact:
        return f"exhausted: {law.proves}" if law.proves else "exhausted"
    sampled = f"sampled, {check.EXAMPLES} draws"
    if not law.proves:
        return sampled
    step = f", by {law.by}" if law.by else ""
    also = f"; {sampled}" if law.sampled else ""
    return f"proved: {law.proves}{step}; re-decided by a second solver{also}"


def height(law: Law) -> int:
    """The law's place on the ladder. A number in what is proved is a bound, unless a step carries past it."""
    if law.exact or not law.proves:
        return 2 if law.exact else 1
    return 4 if law.by or not re.search("[0-9]", law.proves) else 3


def code(number: str) -> Iterator[tuple[str, str]]:
    """Module and name of each function that carries a clause.

    Those of the reference end their docstrings with its number; the harness's clauses are named inside the functions
    and classes of the reference's server and of the driver.
    """
    if number.partition("-")[0] != text.PREFIXES["harness"]:
        for kind, what in generate.places(number):
            if kind == "reference":
                module, _, name = what.partition(":")[0].rpartition(".")
                yield module, name
        return
    for module in ("anonref.serve", "anonlaws.conform", "anonlaws.profile"):
        for name, member in vars(importlib.import_module(module)).items():
            ours = getattr(member, "__module__", "") == module and (
                inspect.isfunction(member) or inspect.isclass(member)
            )
            if ours and number in NUMBER.findall(inspect.getsource(member)):
                yield module, name


def shapes(chapter: str, number: str, functions: set[str]) -> list[str]:
    """The classes of a chapter's model that say what a clause's functions take and give, or that name the clause."""
    model = conform.chapter_model(chapter)
    found = dict[str, None]()
    for name, op in getattr(model, "OPS", {}).items():
        if name.partition(".")[2] in functions:
            found |= {op.takes.__name__: None, op.gives.__name__: None}
    for role in getattr(model, "ROLES", {}).values():
        if role.begin in functions:
            found[role.params.__name__] = None
        for name, op in role.events.items():
            if name in functions:
                found |= {op.takes.__name__: None, op.gives.__name__: None}
    for name, member in vars(model).items():
        if inspect.isclass(member) and member.__module__ == model.__name__ and number in (inspect.getdoc(member) or ""):
            found[name] = None
    return [name for name in found if getattr(model, name).__module__ == model.__name__]


def files(chapter: str) -> dict[str, str]:
    """The file in which each vector stands, by the vector's name."""
    return {case.name: path.name for path in conform.vector_files(chapter) for case in conform.read(path)}


def box(app: Sphinx, docname: str, chapter: str, number: str, where: dict[str, str]) -> str:
    """The box under a clause, as HTML. Raises ExtensionError if there is nothing to put into it."""
    places = list(generate.places(number))
    laws = {law.name: law for law in getattr(check.laws_of(chapter), "LAWS", ())}
    named = [laws[what.partition(":")[0]] for kind, what in places if kind == "law"]
    not_so = [laws[what.partition(":")[0]] for kind, what in places if kind == "not a law"]
    vectors = [what.partition(": ")[::2] for kind, what in places if kind == "vector"]
    faults = [what.partition(": ")[::2] for kind, what in places if kind == "fault"]
    functions = list(code(number))
    if not (named or vectors or functions):
        raise ExtensionError(f"nothing carries {number}")
    api = app.builder.get_relative_uri(docname, "docs/api/anonspec")
    laws_page = app.builder.get_relative_uri(docname, f"docs/laws/{chapter}") if laws else ""
    beliefs = app.builder.get_relative_uri(docname, "docs/laws/beliefs")
    rows = [
        ("shape", [
            f'<a href="{api}#anonspec.{chapter}.model.{name}"><code>{name}</code></a>'
            for name in shapes(chapter, number, {name for _, name in functions})
        ]),
        ("code", [
            f'<a href="{module_page(app, docname, module, name)}"><code>{module}.{name}</code></a>'
            for module, name in functions
        ]),
        ("laws", [f'<a href="{laws_page}#{law_id(law)}">{title(law)}</a> <i>{escape(rung(law))}</i>' for law in named]),
        ("not so", [f'<a href="{beliefs}#{law_id(law)}">{title(law)}</a> <i>refuted</i>' for law in not_so]),
        ("vectors", [
            f'<a href="vectors/{where[name]}"><code>{escape(name)}</code></a> {escape(why)}' for name, why in vectors
        ]),
        ("faults", [f"<code>{escape(name)}</code> {escape(doc)}" for name, doc in faults]),
    ]  # fmt: skip
    top = max((height(law) for law in named), default=0)
    counts = [
        f"{len(entries)} {kind if len(entries) > 1 else kind.removesuffix('s')}"
        for kind, entries in rows
        if entries and kind not in ("shape", "code", "not so")
    ]
    if functions:
        counts.insert(
            0, ", ".join(f"<code>{name}</code>" for _, name in functions[:2]) + (" …" if functions[2:] else "")
        )
    if named:
        counts.append(f"highest rung: {RUNGS[top]}")
    body = "".join(
        f" <dt>{kind}</dt> <dd><ul>{' '.join(f'<li>{entry}</li>' for entry in entries)}</ul></dd>"
        for kind, entries in rows
        if entries
    )
    return (
        f'<details class="evidence"><summary><span class="carried">carried by</span> {" · ".join(counts)}</summary>'
        f"<dl>{body}</dl></details>"
    )


def title(law: Law) -> str:
    """A law's name in words."""
    return escape(law.name.replace("_", " "))


def law_id(law: Law) -> str:
    """The anchor of a law on its page."""
    return law.name.replace("_", "-")


def put(app: Sphinx, document: nodes.document) -> None:
    """Put its box under each clause of a chapter, after the reason that ends it."""
    docname = app.env.docname
    if not (found := CHAPTER.fullmatch(docname)):
        return
    chapter = found[1]
    where = files(chapter)
    for section in list(document.findall(nodes.section)):
        number = section[0].astext()
        if number in text.clauses(chapter):
            reason = next(place for place, node in enumerate(section) if node.astext().startswith("Why:"))
            section.insert(reason + 1, nodes.raw("", box(app, docname, chapter, number, where), format="html"))


def link_numbers(app: Sphinx, document: nodes.document) -> None:
    """Make each clause's number in running text a link to the clause."""
    docname = app.env.docname
    kept = (nodes.title, nodes.reference, addnodes.pending_xref, nodes.FixedTextElement, nodes.raw)
    for node in list(document.findall(nodes.Text)):
        if not NUMBER.search(node) or inside(node, kept):
            continue
        pieces: list[nodes.Node] = []
        end = 0
        for found in NUMBER.finditer(node):
            if page := page_of(found[0]):
                uri = f"{app.builder.get_relative_uri(docname, page)}#{found[0].lower()}"
                pieces += [nodes.Text(node[end : found.start()])]
                pieces += [nodes.reference("", found[0], refuri=uri, internal=True)]
                end = found.end()
        node.parent.replace(node, [*pieces, nodes.Text(node[end:])])


def inside(node: nodes.Node, kinds: tuple[Any, ...]) -> bool:
    """Whether a node stands in one of these kinds of nodes."""
    while (node := node.parent) is not None:
        if isinstance(node, kinds):
            return True
    return False


def page_of(number: str) -> str | None:
    """The page on which a clause stands; None if there is no such clause."""
    return next((f"spec/anonspec/{name}/README" for name in text.CHAPTERS if number in text.clauses(name)), None)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", put)
    app.connect("doctree-read", link_numbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
