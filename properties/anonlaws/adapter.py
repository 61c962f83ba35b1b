"""Skeletons of programs that answer questions about a chapter: a template for each language, filled from the model.

What a chapter's operations and roles take is written into the skeleton as a table of *kinds*, JSON that every language
reads alike, by which it refuses what is malformed (HP-15) before any function of its author is called:

    "null" "bool" "int" "text"          a value of this kind
    "hex" "decimal" "fraction" "ratio"  a text: bytes, an integer from 1, "3/4", "3/4" or "2"
    ["int", least, most] ["hex", bytes] within these limits (null: none); so many bytes
    ["enum", text, …]                   one of these texts
    ["list", kind, least, most]         so many items of a kind; most may be null
    ["tuple", kind, …]                  exactly these items
    ["map", kind]                       an object whose names are integers
    ["or", kind, …]                     any of these
    {"field": kind, …}                  an object with exactly these fields
    "Name"                              as the table says under `defs`
"""

import importlib
import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from anonlaws import check
from anonspec import text
from anonspec.shape import Role, Shape

Json = Any
WIDTH = 112

PATTERNS = {
    "^([0-9a-f]{2})*$": "hex",
    "^[1-9][0-9]*$": "decimal",
    "^(0|[1-9][0-9]*)/([1-9][0-9]*)$": "fraction",
    "^(0|[1-9][0-9]{0,999})(/[1-9][0-9]{0,999})?$": "ratio",
}
"""The kinds of text, by the patterns of the schemas."""

WORDS = {
    "null": "null",
    "bool": "truth value",
    "int": "integer",
    "text": "text",
    "hex": "bytes, in hexadecimal",
    "decimal": "integer from 1, decimal digits as text",
    "fraction": 'fraction, as "3/4"',
    "ratio": 'fraction, as "3/4" or "2"',
}


@dataclass(frozen=True)
class Language:
    """How a skeleton is written in a language, and how it is run.

    `file` is its name for a chapter; `build` and `run` are commands for the file and, without its suffix, the program.
    Each of the other fields is a line of the skeleton, to be formatted.
    """

    file: str
    build: str
    run: str
    comment: str
    capability: str
    op: str
    begin: str
    move: str
    in_ops: str
    in_roles: str
    in_events: str
    end_role: str
    camel: bool = False
    quoted: bool = False

    def check(self, chapter: str, file: Path) -> str:
        """The line that builds the skeleton, where that is needed, and checks it."""
        program = str(file.with_suffix("")) if self.build else str(file)
        program = program if not self.build or "/" in program else f"./{program}"
        fields = {"file": shlex.quote(str(file)), "program": shlex.quote(program)}
        build = f"{self.build.format(**fields)} && " if self.build else ""
        return f"{build}anonspec check {chapter} -- {self.run.format(**fields)}"


LANGUAGES = {
    "python": Language(
        file="my_{}.py",
        build="",
        run="python3 {file}",
        comment="# ",
        capability='    # "{}",',
        op='def {name}(given):\n{about}\n    raise Unsupported("{full}")  # TODO\n\n',
        begin='def {name}(given):\n{about}\n    raise Unsupported("{full}")  # TODO: return the state\n\n',
        move='def {name}(state, given):\n{about}\n    raise Unsupported("{full}")  # TODO: return state, out\n\n',
        in_ops='    "{full}": {name},',
        in_roles='    "{full}": {{\n        "begin": {name},',
        in_events='        "{full}": {name},',
        end_role="    },",
    ),
    "node": Language(
        file="my_{}.mjs",
        build="",
        run="node {file}",
        comment="// ",
        capability="  // '{}',",
        op="function {name}(given) {{\n{about}\n  throw new Unsupported('{full}'); // TODO\n}}\n",
        begin="function {name}(given) {{\n{about}\n  throw new Unsupported('{full}'); // TODO: return the state\n}}\n",
        move="function {name}(state, given) {{\n{about}\n"
        "  throw new Unsupported('{full}'); // TODO: return [state, out]\n}}\n",
        in_ops="  '{full}': {name},",
        in_roles="  '{full}': {{\n    begin: {name},",
        in_events="    '{full}': {name},",
        end_role="  },",
        camel=True,
    ),
    "c": Language(
        file="my_{}.c",
        build="cc -std=gnu11 -O2 -o {program} {file}",
        run="{program}",
        comment="// ",
        capability='    // "{}",',
        op='static J *{name}(J *given) {{\n{about}\n    (void)given;\n    unsupported("{full}"); // TODO\n}}\n',
        begin="static J *{name}(J *given) {{\n{about}\n    (void)given;\n"
        '    unsupported("{full}"); // TODO: return the state\n}}\n',
        move="static J *{name}(J **state, J *given) {{\n{about}\n    (void)state, (void)given;\n"
        '    unsupported("{full}"); // TODO: set *state, return what is put out\n}}\n',
        in_ops='    {{"{full}", {name}}},',
        in_roles='    {{"{full}", {name}, {{',
        in_events='        {{"{full}", {name}}},',
        end_role="    }},",
        quoted=True,
    ),
    "go": Language(
        file="my_{}.go",
        build="go build -o {program} {file}",
        run="{program}",
        comment="// ",
        capability='\t// "{}",',
        op='func {name}(given Fields) Fields {{\n{about}\n\tpanic(unsupported("{full}")) // TODO\n}}\n',
        begin="func {name}(given Fields) any {{\n{about}\n"
        '\tpanic(unsupported("{full}")) // TODO: return the state\n}}\n',
        move="func {name}(state any, given Fields) (any, Fields) {{\n{about}\n"
        '\tpanic(unsupported("{full}")) // TODO: return state, out\n}}\n',
        in_ops='\t"{full}": {name},',
        in_roles='\t"{full}": {{{name}, map[string]func(any, Fields) (any, Fields){{',
        in_events='\t\t"{full}": {name},',
        end_role="\t}},",
        camel=True,
    ),
    "rust": Language(
        file="my_{}.rs",
        build="rustc --edition 2021 -O -o {program} {file}",
        run="{program}",
        comment="// ",
        capability='    // "{}",',
        op='fn {name}(given: &J) -> Result<J, No> {{\n{about}\n    Err(unsupported("{full}")) // TODO\n}}\n',
        begin="fn {name}(given: &J) -> Result<J, No> {{\n{about}\n"
        '    Err(unsupported("{full}")) // TODO: the state\n}}\n',
        move="fn {name}(state: &J, given: &J) -> Result<(J, J), No> {{\n{about}\n"
        '    Err(unsupported("{full}")) // TODO: the new state, and what is put out\n}}\n',
        in_ops='        "{full}" => {name},',
        in_roles='        ("{full}", "") => Doing::Begin({name}),',
        in_events='        ("{role}", "{full}") => Doing::Move({name}),',
        end_role="",
    ),
}
"""The languages of which there are skeletons."""

PLANNED = tuple(chapter for chapter in text.CHAPTERS if chapter != "harness")
"""The chapters about which a program can be asked."""


def skeleton(language: str, chapter: str, file: Path) -> str:
    """A program for the chapter in the language, as it is to stand in `file`. Raises KeyError for an unknown name."""
    told = LANGUAGES[language]
    model = importlib.import_module(f"anonspec.{chapter}.model")
    listed = table(chapter)
    filled = {
        "FILE": file.name,
        "CHAPTER": chapter,
        "CHECK": told.check(chapter, Path(file.name)),
        "CAPABILITIES": "\n".join(capabilities(told, model)),
        "TABLE": as_literal(told, listed),
        **functions(told, chapter, model, listed),
    }
    template = files("anonlaws").joinpath("adapters", f"{language}.txt").read_text("utf-8")
    whole = re.sub("@@([A-Z]+)@@", lambda found: filled[found[1]], template)
    return re.sub(r"[ \t]+$", "", whole, flags=re.MULTILINE)


def capabilities(told: Language, model: Any) -> Iterator[str]:
    """A line for each capability, commented out, with what belongs to it."""
    belongs: dict[str, list[str]] = {}
    for table_of in (model.OPS, model.ROLES):
        for name, each in table_of.items():
            belongs.setdefault(each.capability, []).append(name)
    width = max(map(len, belongs)) + len(told.capability)
    for name, what in belongs.items():
        yield f"{told.capability.format(name):{width}} {told.comment}{', '.join(what)}"
    for name in (name for path in table_named(model).values() for name in path.values()):
        if name not in belongs:
            belongs[name] = []
            yield f"{told.capability.format(name):{width}} {told.comment}named by a field"


def functions(told: Language, chapter: str, model: Any, listed: Json) -> dict[str, str]:
    """The functions to be filled in, and the tables by which they are found."""
    stubs, ops, roles = [], [], []

    def stub(line: str, full: str, *about: str) -> str:
        parts = re.split(r"[._]", full)
        name = parts[0] + "".join(map(str.title, parts[1:])) if told.camel else full.replace(".", "_")
        indent = "\t" if told.camel and told.build else "  " if told.camel else "    "
        wrapped = [
            f"{indent}{told.comment}{line}"
            for each in about
            for line in textwrap.wrap(each, WIDTH - 4, subsequent_indent="  ", break_on_hyphens=False)
        ]
        stubs.append(line.format(name=name, about="\n".join(wrapped), full=full))
        return name

    for full, op in model.OPS.items():
        about = [op.takes.__doc__, *fields("takes", op.takes, listed), *fields("gives", op.gives, listed)]
        about += clauses(chapter, full)
        ops.append(told.in_ops.format(full=full, name=stub(told.op, full, *about)))
    for full, role in model.ROLES.items():
        about = [role.params.__doc__, *fields("takes", role.params, listed), *clauses(chapter, full)]
        roles.append(told.in_roles.format(full=full, name=stub(told.begin, f"{full}.begin", *about)))
        for event, op in role.events.items():
            about = [op.takes.__doc__, *fields("takes", op.takes, listed), *fields("gives", op.gives, listed)]
            name = stub(told.move, f"{full}.{event}", *about)
            roles.append(told.in_events.format(full=event, name=name, role=full))
        roles.append(told.end_role)
    return {"STUBS": "\n".join(stubs).rstrip(), "OPS": "\n".join(ops), "ROLES": "\n".join(filter(None, roles))}


def fields(heading: str, shape: type[Shape], listed: Json) -> list[str]:
    """A line of comment for each field of a shape."""
    defs = listed["defs"] | definitions(shape)
    kinds = kind(shape.model_json_schema())
    return [f"{heading} {name}: {in_words(each, defs)}" for name, each in kinds.items()] or [f"{heading} no field"]


@cache
def clauses_by_name(chapter: str) -> dict[str, list[str]]:
    """The clauses for which the chapter's cases ask each operation and role, by its name."""
    found: dict[str, list[str]] = {}
    for case in check.cases_of(chapter):
        name = case.ask.op if case.ask else case.start.role if case.start else ""
        found.setdefault(name, []).extend(each for each in case.clauses if not each.startswith("HP-"))
    order = [number for each in text.CHAPTERS for number in text.clauses(each)]
    return {name: sorted(set(each), key=order.index) for name, each in found.items()}


def clauses(chapter: str, full: str) -> list[str]:
    """A line of comment that names the clauses for which cases ask."""
    named = clauses_by_name(chapter).get(full)
    return [f"clauses {', '.join(named)}"] if named else []


# ---- the table of kinds ----


def table(chapter: str) -> Json:
    """What a chapter's operations and roles take, with the capability of each; what is in `defs` is named elsewhere."""
    model = importlib.import_module(f"anonspec.{chapter}.model")
    takes = [op.takes for op in model.OPS.values()]
    for role in model.ROLES.values():
        takes += [role.params, *(op.takes for op in role.events.values())]
    return {
        "ops": {name: {"capability": op.capability, "takes": kind_of(op.takes)} for name, op in model.OPS.items()},
        "roles": {name: role_of(role) for name, role in model.ROLES.items()},
        "named": table_named(model),
        "defs": {name: each for shape in takes for name, each in definitions(shape).items()},
    }


def role_of(role: Role) -> Json:
    """A role's line of the table."""
    events = {name: kind_of(op.takes) for name, op in role.events.items()}
    return {"capability": role.capability, "params": kind_of(role.params), "events": events}


def kind_of(shape: type[Shape]) -> Json:
    """The kind of a shape."""
    return kind(shape.model_json_schema())


def definitions(shape: type[Shape]) -> dict[str, Json]:
    """The kinds that a shape's schema defines."""
    return {name: kind(each) for name, each in shape.model_json_schema().get("$defs", {}).items()}


def kind(schema: Json) -> Json:  # noqa: PLR0911, PLR0912 - one case for each kind
    """The kind that a JSON schema of a model describes; a field that has a default has to be there as well."""
    match schema:
        case {"$ref": where}:
            return where.rpartition("/")[2]
        case {"anyOf": several} | {"oneOf": several}:
            return ["or", *map(kind, several)]
        case {"const": one}:
            return ["enum", one]
        case {"enum": several}:
            return ["enum", *several]
        case {"type": "null"}:
            return "null"
        case {"type": "boolean"}:
            return "bool"
        case {"type": "integer"}:
            least = schema.get("minimum")
            most = schema.get("maximum", schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else None)
            return "int" if least is None and most is None else ["int", least, most]
        case {"type": "string", "pattern": pattern}:
            exact = re.fullmatch(r"\^\[0-9a-f\]\{([0-9]+)\}\$", pattern)
            return ["hex", int(exact[1]) // 2] if exact else PATTERNS[pattern]
        case {"type": "string"}:
            return "text"
        case {"type": "array", "prefixItems": items}:
            return ["tuple", *map(kind, items)]
        case {"type": "array", "items": items}:
            return ["list", kind(items), schema.get("minItems", 0), schema.get("maxItems")]
        case {"type": "object", "additionalProperties": dict(values)}:
            return ["map", kind(values)]
        case {"type": "object"}:
            return {name: kind(each) for name, each in schema.get("properties", {}).items()}
    raise ValueError(f"no kind for {schema}")


def in_words(what: Json, defs: dict[str, Json]) -> str:  # noqa: PLR0911 - one case for each kind
    """A kind, for a comment."""
    match what:
        case str(name):
            return WORDS[name] if name in WORDS else in_words(defs[name], defs)
        case ["int", least, None]:
            return f"integer from {least}"
        case ["int", least, most]:
            return f"integer {least} … {most}"
        case ["hex", many]:
            return f"{many} bytes, in hexadecimal"
        case ["enum", *several]:
            return " or ".join(map(json.dumps, several))
        case ["list", item, _, _]:
            return f"list of ({in_words(item, defs)})"
        case ["tuple", *items]:
            return f"[{', '.join(in_words(item, defs) for item in items)}]"
        case ["map", item]:
            return f"map from integers to ({in_words(item, defs)})"
        case ["or", *several]:
            return "; or ".join(in_words(each, defs) for each in several)
        case dict(members):
            return "{" + ", ".join(f"{name}: {in_words(each, defs)}" for name, each in members.items()) + "}"
    raise ValueError(f"no words for {what}")


def table_named(model: Any) -> dict[str, dict[str, str]]:
    """The fields that name a capability (HP-12): by their path, the capability that each of their values names."""
    models = [importlib.import_module(f"anonspec.{chapter}.model") for chapter in PLANNED]
    kinds = {name for each in models for name in getattr(each, "KINDS", ())}
    found: dict[str, dict[str, str]] = {}
    own = {name.partition(".")[0] for name in (*model.OPS, *model.ROLES)}
    shapes: list[type[Shape]] = [op.takes for op in model.OPS.values()]
    for role in model.ROLES.values():
        shapes += [role.params, *(op.takes for op in role.events.values())]

    def walk(what: Json, defs: dict[str, Json], path: tuple[str, ...]) -> None:
        match what:
            case str(name) if name in defs:
                walk(defs[name], defs, path)
            case "null" if path == ("seed",):
                note(path, "null", "own")
            case ["enum", *values] if path[-1] in ("kind", "suite"):
                for value in values:
                    note(path, value, value)
            case ["or", *several]:
                for each in several:
                    walk(each, defs, path)
            case dict(members):
                for name, each in members.items():
                    walk(each, defs, (*path, name))

    def note(path: tuple[str, ...], value: str, name: str) -> None:
        full = next((each for chapter in (*own, "mix") if (each := f"{chapter}.{name}") in kinds), None)
        if full:
            found.setdefault(".".join(path), {})[value] = full

    for shape in shapes:
        walk(kind_of(shape), definitions(shape), ())
    return found


def as_literal(told: Language, listed: Json) -> str:
    """The table as JSON, a line an entry; as the strings of C where the language has no long ones."""
    lines = ["{"]
    for place, (part, entries) in enumerate(listed.items()):
        lines.append(f" {json.dumps(part)}: {{")
        body = [f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in entries.items()]
        lines += [line + "," for line in body[:-1]] + body[-1:]
        lines.append(" }" + ("," if place < len(listed) - 1 else ""))
    lines.append("}")
    return "\n".join(f"    {json.dumps(line + ' ')}" for line in lines) if told.quoted else "\n".join(lines)
