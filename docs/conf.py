"""The site. Its sources are the checkout itself: the chapters are the files of `spec/`, not copies of them.

sphinx-build -E -W -n -j 2 -c docs . build/site
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
include_patterns = [
    "docs/**.md",
    "spec/README.md",
    "spec/anonspec/*/README.md",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGES.md",
]
exclude_patterns = ["docs/_*"]

html_theme = "furo"
html_title = "anonspec"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css", "pictures.css"]
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
