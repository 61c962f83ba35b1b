"""What a model's source says of its fields: types as they are written, and their meaning."""

import ast
import inspect
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel

from anonspec import shape as shared


@cache
def said(module_file: str) -> dict[str, str]:
    """The docstrings after the assignments of a module, by name: `alias`, or `Class.field`."""
    found = {}
    tree = ast.parse(Path(module_file).read_text("utf-8"))
    blocks = [("", tree.body)] + [(f"{each.name}.", each.body) for each in tree.body if isinstance(each, ast.ClassDef)]
    for prefix, body in blocks:
        for line, after in pairwise(body):
            target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
            if isinstance(target, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                found[f"{prefix}{target.id}"] = inspect.cleandoc(str(after.value.value))
    return found


@cache
def annotations(module_file: str) -> dict[str, str]:
    """The types of the fields of a module's classes, as they are written, by `Class.field`."""
    tree = ast.parse(Path(module_file).read_text("utf-8"))
    return {
        f"{each.name}.{line.target.id}": ast.unparse(line.annotation)
        for each in tree.body
        if isinstance(each, ast.ClassDef)
        for line in each.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }


def written(of: type[BaseModel], field: str) -> str:
    """A field's type as it is written."""
    owner = declared_in(of, field)
    return annotations(inspect.getfile(owner))[f"{owner.__name__}.{field}"]


def meaning(of: type[BaseModel], field: str) -> str:
    """What a field's docstring says, or else those of the aliases that its type is made of."""
    owner = declared_in(of, field)
    file = inspect.getfile(owner)
    if own := said(file).get(f"{owner.__name__}.{field}"):
        return own
    aliases = said(file) | said(str(shared.__file__))
    words = re.findall(r"\b[A-Z]\w+", written(of, field))
    return " ".join(aliases[word].partition(". ")[0].rstrip(".") + "." for word in words if word in aliases)


def declared_in(of: type[BaseModel], field: str) -> type:
    """The class, this one or one above it, that declares a field."""
    return next(each for each in of.__mro__ if field in vars(each).get("__annotations__", {}))
