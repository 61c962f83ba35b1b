"""Links from the text to code and data, and signatures as they are written.

In the repository's browser a link to a file shows the file. On the site a Python module is its page of `viewcode`,
vectors and schemas are copied to where they stand in the checkout, and a folder is the page about it.
"""

import ast
import inspect
import re
import shutil
import sys
import textwrap
import typing
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from docutils import nodes
from pydantic import BaseModel
from sphinx import addnodes
from sphinx.application import Sphinx

import fields

ROOTS = ("spec", "reference", "properties")
"""The folders whose packages are importable, and shown by viewcode."""

PACKAGES = ("anonspec", "anonref", "anonlaws")

FOLDERS = {
    "spec/anonspec/(?P<chapter>[a-z]+)/vectors": ("spec/anonspec/{chapter}/README", "#vectors"),
    "properties/anonlaws/(?P<chapter>[a-z]+)(/[a-z]+[.]py)?": ("docs/laws/{chapter}", ""),
}
"""The page and the place on it that stand for a folder, or for a module of laws."""


def module_page(app: Sphinx, docname: str, module: str, name: str = "") -> str:
    """The address of a module's source, or of a name in it, as seen from a page."""
    page = app.builder.get_relative_uri(docname, f"_modules/{module.replace('.', '/')}")
    return f"{page}#{name}" if name else page


def address(app: Sphinx, docname: str, path: str) -> str | None:
    """Where on the site a path of the checkout is to be seen; None if it is nothing that has a place."""
    file = PurePosixPath(path)
    for pattern, (page, place) in FOLDERS.items():
        if found := re.fullmatch(pattern, path):
            return app.builder.get_relative_uri(docname, page.format(**found.groupdict())) + place
    if file.suffix == ".py" and file.parts[0] in ROOTS:
        return module_page(app, docname, ".".join(file.with_suffix("").parts[1:]))
    if file.suffix == ".json" and file.parts[0] == "spec":
        here = app.builder.get_target_uri(docname)
        return str(PurePosixPath(*[".."] * (len(PurePosixPath(here).parts) - 1), file))
    return None


def link(app: Sphinx, document: nodes.document) -> None:
    """Turn a page's links to files and folders into links to their places on the site."""
    docname = app.env.docname
    found = [
        *document.findall(addnodes.download_reference),
        *(node for node in document.findall(addnodes.pending_xref) if node.get("refdomain") is None),
    ]
    for node in found:
        path = normpath(str(PurePosixPath(docname).parent / node["reftarget"]))
        if uri := address(app, docname, path):
            if path.endswith(".py") and "/docs/laws/" in f"/{uri}" and "_" in node.astext():  # a law, by its name
                uri += "#" + node.astext().replace("_", "-")
            node.replace_self(nodes.reference("", "", *node.children, refuri=uri, internal=True))


def copy_data(app: Sphinx, error: Exception | None) -> None:
    """Put vectors and schemas where they stand in the checkout."""
    if error is None:
        for file in Path(app.srcdir).glob("spec/anonspec/*/**/*.json"):
            target = Path(app.outdir) / file.relative_to(app.srcdir)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def written_signature(
    _app: Sphinx, what: str, _name: str, of: Any, _options: Any, signature: str | None, _returns: str | None
) -> tuple[str, str] | None:
    """A function's signature as its source has it, aliases unexpanded; none for a class, whose fields are a table."""
    if what in ("class", "exception"):
        return None if signature is None else ("", "")
    if not inspect.isroutine(of):
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(of))).body[0]
    except (OSError, TypeError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    if what == "method":
        tree.args.args = tree.args.args[1:]
    return f"({ast.unparse(tree.args)})", ast.unparse(tree.returns) if tree.returns else ""


def link_types(_app: Sphinx, document: nodes.document) -> None:
    """Turn the names in signatures into links where they are classes of ours, and into plain text elsewhere."""
    for signature in document.findall(addnodes.desc_signature):
        for node in list(signature.findall(addnodes.pending_xref)):
            found = getattr(sys.modules.get(signature["module"]), node["reftarget"], None)
            if inspect.isclass(found) and found.__module__.partition(".")[0] in PACKAGES:
                node["reftarget"] = f"{found.__module__}.{found.__name__}"
            else:
                node.replace_self(node.children)


def leave_out(_app: Sphinx, _what: str, name: str, of: Any, _skip: bool, _options: Any) -> bool | None:
    """Types that only have a name are listed with their module; how a model is configured is nothing to tell."""
    return True if typing.get_origin(of) is not None or name in ("model_config", "_abc_impl") else None


def as_restructured(_app: Sphinx, what: str, _name: str, of: Any, _options: Any, lines: list[str]) -> None:
    """Docstrings are plain prose with `code`: quote the rest for reStructuredText; add types that are mere names."""
    if what == "module":
        for name, doc in fields.said(of.__file__).items():
            if typing.get_origin(vars(of).get(name)) is not None:
                lines += ["", f"`{name}`: {' '.join(doc.split())}"]
    if inspect.isclass(of) and issubclass(of, BaseModel):
        for name in of.model_fields:
            lines += ["", f"- `{name}`: `{fields.written(of, name)}`. {' '.join(fields.meaning(of, name).split())}"]
    for place, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [re.sub(r"([*|_\\])", r"\\\1", part) for part in parts[::2]]
        parts[1::2] = [f"``{part}``\\ " if part else "" for part in parts[1::2]]
        lines[place] = "".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", link, priority=400)  # before Sphinx collects the files to be downloaded
    app.connect("doctree-read", link_types, priority=400)
    app.connect("build-finished", copy_data)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("autodoc-process-docstring", as_restructured)
    app.connect("autodoc-process-signature", written_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
