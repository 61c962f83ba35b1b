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
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

ROOTS = ("spec", "reference", "properties")
"""The folders whose packages are importable, and shown by viewcode."""

PACKAGES = ("anonspec", "anonref", "anonlaws")

FOLDERS = {
    "spec/anonspec/(?P<chapter>[a-z]+)/vectors": ("spec/anonspec/{chapter}/README", "#vectors"),
    "properties/anonlaws/(?P<chapter>[a-z]+)": ("docs/laws/{chapter}", ""),
}
"""The page and the place on it that stand for a folder."""


def module_page(app: Sphinx, docname: str, module: str, name: str = "") -> str:
    """The address of a module's source, or of a name in it, as seen from a page."""
    page = app.builder.get_relative_uri(docname, f"_modules/{module.replace('.', '/')}")
    return f"{page}#{name}" if name else page


def address(app: Sphinx, docname: str, path: str) -> str | None:
    """Where on the site a path of the checkout is to be seen; None if it is nothing that has a place."""
    file = PurePosixPath(path)
    if file.suffix == ".py" and file.parts[0] in ROOTS:
        return module_page(app, docname, ".".join(file.with_suffix("").parts[1:]))
    if file.suffix == ".json" and file.parts[0] == "spec":
        here = app.builder.get_target_uri(docname)
        return str(PurePosixPath(*[".."] * (len(PurePosixPath(here).parts) - 1), file))
    for pattern, (page, place) in FOLDERS.items():
        if found := re.fullmatch(pattern, path):
            return app.builder.get_relative_uri(docname, page.format(**found.groupdict())) + place
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


def leave_out_aliases(_app: Sphinx, _what: str, _name: str, of: Any, _skip: bool, _options: Any) -> bool | None:
    """Types that only have a name are listed with their module, without what they are made of."""
    return True if typing.get_origin(of) is not None else None


def as_restructured(_app: Sphinx, what: str, _name: str, of: Any, _options: Any, lines: list[str]) -> None:
    """Docstrings are plain prose with `code`: quote the rest for reStructuredText; add types that are mere names."""
    if what == "module":
        aliases = {
            name: doc for name, doc in said(of.__file__).items() if typing.get_origin(vars(of).get(name)) is not None
        }
        for name, doc in aliases.items():
            lines += ["", f"`{name}`: {' '.join(doc.split())}"]
    for place, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [re.sub(r"([*|_\\])", r"\\\1", part) for part in parts[::2]]
        parts[1::2] = [f"``{part}``\\ " if part else "" for part in parts[1::2]]
        lines[place] = "".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", link, priority=400)  # before Sphinx collects the files to be downloaded
    app.connect("doctree-read", link_types, priority=400)
    app.connect("build-finished", copy_data)
    app.connect("autodoc-skip-member", leave_out_aliases)
    app.connect("autodoc-process-docstring", as_restructured)
    app.connect("autodoc-process-signature", written_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
