"""What a chapter's models and tables say, drawn: roles, shapes, layouts of bytes, files of vectors.

Nothing here is known of any chapter: roles come from ROLES and the reference's return types, shapes from the model and
its schema, layouts from the chapter's own tables of bytes.
"""

import inspect
import json
import re
import typing
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from pydantic import BaseModel
from sphinx.application import Sphinx

from anonlaws import check, conform
from anonspec.shape import Role
from evidence import CHAPTER
from fields import meaning

Json = dict[str, Any]

# ---- shapes ----


BYTES = {"^([0-9a-f]{2})*$": "bytes, in hexadecimal"} | {
    f"^[0-9a-f]{{{2 * many}}}$": f"{many} bytes, in hexadecimal" for many in (8, 16, 32, 128, 256)
}
TEXTS = {
    "^[1-9][0-9]*$": "decimal digits, as text",
    "^(0|[1-9][0-9]*)/([1-9][0-9]*)$": "a fraction, as text",
    "^(0|[1-9][0-9]{0,999})(/[1-9][0-9]{0,999})?$": "a fraction or whole number, as text",
    "^[A-Z]+-[0-9]+$": "a clause's number",
    "^[a-z0-9_]+(/[a-z0-9_]+)*$": "a name: words with /",
    "^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "a name: words with -",
}
"""What the patterns of texts mean to a person."""


def number(value: int) -> str:
    """A bound in figures, or as a power of two with what it lacks to it."""
    for power in range(31, 65):
        if value in (2**power, 2**power - 1):
            return f"2^{power}" + (" − 1" if value == 2**power - 1 else "")
    return f"{value:,}"


def wire(schema: Json) -> str:  # noqa: PLR0911
    """A JSON schema in words, as HTML; classes are links to their tables."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#shape-{name}">{name}</a>'
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(wire(option) for option in options)
    if "const" in schema or "enum" in schema:
        return " or ".join(
            f"<code>{escape(json.dumps(each))}</code>" for each in schema.get("enum", [schema.get("const")])
        )
    match schema.get("type"):
        case "integer":
            low = schema.get("minimum")
            high = schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else schema.get("maximum")
            if low is not None and high is not None:
                return f"integer, {number(low)} … {number(high)}"
            return "integer" + (f", {number(low)} or more" if low is not None else "")
        case "string":
            pattern = schema.get("pattern", "")
            return (BYTES | TEXTS)[pattern] if pattern else "text"
        case "array":
            if "prefixItems" in schema:
                return f"[{', '.join(wire(each) for each in schema['prefixItems'])}]"
            least = schema.get("minItems", 0)
            return f"list of {wire(schema['items'])}" + (f", {least} or more" if least else "")
        case "object":
            inner = schema.get("additionalProperties")
            return f"map to {wire(inner)}" if isinstance(inner, dict) else "object"
        case "boolean":
            return "<code>true</code> or <code>false</code>"
        case "null":
            return "<code>null</code>"
        case _:
            return "any JSON value"


def code(prose: str) -> str:
    """Plain prose with `code`, as HTML."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(" ".join(prose.split())))


def field_table(of: type[BaseModel], schema: Json) -> str:
    """The table of a shape's fields, as HTML."""
    if not schema.get("properties"):
        return "<p>No fields.</p>"
    names = {info.alias or name: name for name, info in of.model_fields.items()}
    rows = ""
    for key, about in schema["properties"].items():
        form = wire(about) + ("" if key in schema.get("required", ()) else " (may be left out)")
        rows += f"<tr><td><code>{key}</code></td><td>{form}</td><td>{code(meaning(of, names[key]))}</td></tr>"
    head = "<thead><tr><th>field</th><th>on the wire</th><th>meaning</th></tr></thead>"
    return f'<div class="table-wrapper"><table class="docutils">{head}<tbody>{rows}</tbody></table></div>'


def shapes(chapter: str) -> Iterator[str]:
    """A folded table for each shape of a chapter, those of other chapters that it uses last, as HTML."""
    model = conform.chapter_model(chapter)
    schemas = json.loads(Path(model.__file__).with_name("schema.json").read_text("utf-8"))["$defs"]
    classes = {name: of for name, of in vars(model).items() if inspect.isclass(of) and of.__module__ == model.__name__}
    todo = list(classes.values())
    for of in todo:
        for name, used in used_by([info.annotation for info in getattr(of, "model_fields", {}).values()]):
            if name not in classes:
                classes[name] = used
                todo.append(used)
    for name, of in classes.items():
        if name in schemas:
            doc = code((inspect.getdoc(of) or "").partition("\n\n")[0])
            yield (
                f'<details class="shape" id="shape-{name}"><summary><code>{name}</code> {doc}</summary>'
                f"{field_table(of, schemas[name]) if issubclass(of, BaseModel) else wire(schemas[name])}</details>"
            )


def used_by(types: Iterable[Any]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The shapes that types are made of, by name."""
    for each in types:
        if inspect.isclass(each) and issubclass(each, BaseModel):
            yield each.__name__, each
        else:
            yield from used_by(typing.get_args(each))


# ---- roles ----


def states(function: Any, model: Any) -> list[str]:
    """The names of the states in which a function leaves its role: from its return type."""
    left = typing.get_type_hints(function).get("return")
    first = typing.get_args(left)[0] if typing.get_origin(left) is tuple else left
    return [each.__name__ for each in typing.get_args(first) or (first,) if each and each.__module__ == model.__name__]


ROW, TOP, WIDE = 46, 76, 360
"""Heights of an event and of what stands above the first, and the width of a role's picture, in its own units."""


def role_picture(name: str, role: Role, chapter: str) -> str:
    """A role as inline SVG: how it begins, its states, and for each event what goes in and what comes out."""
    model, reference = conform.chapter_model(chapter), check.subject("anonref").chapters[chapter]
    functions = [getattr(reference, event) for event in (role.begin, *role.events)]
    known = list(dict.fromkeys(state for function in functions for state in states(function, model)))
    tall = TOP + ROW * len(role.events) + 8
    told = [f"{event} takes {op.takes.__name__} and gives {op.gives.__name__}" for event, op in role.events.items()]
    label = (
        f"Role {name}: begun by {role.begin} with {role.params.__name__}; states {', '.join(known)}; {'; '.join(told)}"
    )
    lines = [
        f'<svg class="role" viewBox="0 0 {WIDE} {tall}" role="img" aria-label="{escape(label)}">',
        f'<rect x="130" y="30" width="100" height="{tall - 38}" rx="6" class="party"/>',
        f'<text x="180" y="18" text-anchor="middle" class="name">{name}</text>',
        f'<text x="8" y="50">{role.begin}</text><text x="8" y="66" class="what">{role.params.__name__}</text>',
        '<path d="M8 56H122m-6 -4l6 4l-6 4" class="arrow"/>',
    ]
    for place, state in enumerate(known):
        lines.append(f'<text x="180" y="{50 + 16 * place}" text-anchor="middle" class="state">{state}</text>')
    for place, (event, op) in enumerate(role.events.items()):
        y = TOP + ROW * place + 24
        lines += [
            f'<text x="8" y="{y - 6}">{event}</text><text x="8" y="{y + 12}" class="what">{op.takes.__name__}</text>',
            f'<path d="M8 {y}H122m-6 -4l6 4l-6 4" class="arrow"/>',
            f'<path d="M238 {y}H352m-6 -4l6 4l-6 4" class="arrow"/>',
            f'<text x="238" y="{y + 12}" class="what">{op.gives.__name__}</text>',
        ]
    return "\n".join([*lines, "</svg>"])


# ---- bytes ----


def layout(table: nodes.table) -> str | None:
    """A table of bytes as a row of boxes, wider for more bytes up to a bound, as HTML; None for any other table."""
    rows = [[entry.astext() for entry in row] for row in table.findall(nodes.row)]
    if rows[0] != ["bytes", "content"]:
        return None
    boxes = []
    for size, content in rows[1:]:
        digits = [int(each) for each in re.findall(r"\d+", size)]
        grow = min(max(sum(digits), 1), 40) if digits else 40
        short = re.split("[,:;(]| in ASCII", content)[0]
        boxes.append(f'<span style="flex-grow:{grow}"><b>{escape(size)}</b> {escape(short)}</span>')
    return f'<div class="layout" aria-hidden="true">{"".join(boxes)}</div>'


# ---- where it goes ----


def vectors(chapter: str) -> str:
    """The chapter's files of vectors, as a list in HTML."""
    rows = "".join(
        f'<li><a href="vectors/{path.name}"><code>{path.name}</code></a>, {len(conform.read(path))} cases</li>'
        for path in conform.vector_files(chapter)
    )
    return (
        f"<p>Plain JSON, which needs none of our code. The shapes for other languages: "
        f'<a href="schema.json"><code>schema.json</code></a>.</p>{f"<ul>{rows}</ul>" if rows else ""}'
    )


def section(title: str, ids: str, html: str) -> nodes.section:
    return nodes.section("", nodes.title("", title), nodes.raw("", html, format="html"), ids=[ids], names=[ids])


def put(app: Sphinx, document: nodes.document) -> None:
    """Draw the tables of bytes of a chapter where they stand; roles, shapes and vectors before its sources."""
    if not (found := CHAPTER.fullmatch(app.env.docname)):
        return
    chapter = found[1]
    for table in list(document.findall(nodes.table)):
        if drawing := layout(table):
            table.parent.insert(table.parent.index(table) + 1, nodes.raw("", drawing, format="html"))
    roles = getattr(conform.chapter_model(chapter), "ROLES", {})
    pictures = [role_picture(name, role, chapter) for name, role in roles.items()]
    parts = [section("Shapes, field by field", "shapes", "".join(shapes(chapter)))]
    if pictures:
        parts.insert(0, section("Roles, drawn", "roles", f'<div class="roles">{"".join(pictures)}</div>'))
    parts.append(section("Vectors", "vectors", vectors(chapter)))
    whole = next(iter(document.findall(nodes.section)))
    for seen in whole.findall(nodes.section):
        if seen[0].astext() == "What an observer sees":
            page = app.builder.get_relative_uri(app.env.docname, "docs/who_learns")
            link = nodes.reference("", "Who learns what, at a glance", refuri=page, internal=True)
            seen.append(nodes.paragraph("", "", link))
    last = next(node for node in whole if isinstance(node, nodes.section) and node[0].astext() == "Sources")
    place = whole.index(last)
    whole[place:place] = parts


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", put)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
