"""The site. Its sources are the checkout itself: the chapters are the files of `spec/`, not copies of them.

sphinx-build -W -n -c docs . build/site
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "anonspec"
copyright = "the authors of anonspec, Apache-2.0"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sources",
    "evidence",
    "drawn",
    "law_pages",
]

root_doc = "docs/index"
include_patterns = ["docs/**.md", "spec/anonspec/*/README.md", "README.md", "CONTRIBUTING.md", "CHANGES.md"]
exclude_patterns = ["docs/_*"]

LATER = ("kills", "choosing", "attacks/", "course", "glossary")
"""Pages that may be missing."""

html_theme = "furo"
html_title = "anonspec"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
templates_path = ["_templates"]
html_additional_pages = {"index": "to_docs.html"}  # the folder's own address leads to the front page
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the signature is shown as it is written, by sources.py
autodoc_default_options = {"members": True}


def setup(app):  # type: ignore[no-untyped-def]
    """Pages of the front page's table of contents that are not written yet are left out."""

    def written(line):
        return not line.startswith(LATER) or any(Path(__file__).parent.glob(f"{line}.md"))

    def leave_out(_app, docname, source):
        if docname == root_doc:
            source[0] = "\n".join(filter(written, source[0].split("\n")))

    app.connect("source-read", leave_out)
