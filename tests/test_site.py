"""The site: it builds without a warning, says of each clause what carries it, and anybody can read it in a browser."""

import fcntl
import http.server
import importlib.util
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from anonlaws import check, generate
from anonspec import text
from test_programs import need

pytest.importorskip("sphinx", reason="the extra [docs] is not installed")

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
LARGE = 150_000
"""Bytes of a page from which on axe looks at no more of what is alike than at the beginning."""
SHORTENED = """
document.querySelectorAll('article section section').forEach((each, at) => { if (at > 5) each.remove() });
for (const many of ['tr:nth-child(n+9)', 'li:nth-child(n+9)', '.highlight'])
    document.querySelectorAll(`article ${many}`).forEach(each => each.remove());
"""
"""Takes off such a page what is alike: the later of its sections, rows and items, and code."""


def built(folder: Path, *changes: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """A build of the site, with some words in the extension's or the text's place replaced."""
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "-n", "-j", "2", "-c", str(ROOT / "docs")]
    command += [f"-D{key}={value}" for key, value in changes]
    return subprocess.run([*command, str(ROOT), str(folder)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The built site; built once, whichever of the processes that run the tests comes first."""
    home = tmp_path_factory.getbasetemp()
    folder = (home if worker_id == "master" else home.parent) / "site"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "index.html").exists():
            done = built(folder)
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
    return folder


class Page(HTMLParser):
    """What a page links to, and what on it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.headings: list[int] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [value for name in ("href", "src") if (value := given.get(name))]
        self.anchors |= {value for name in ("id", "name") if (value := given.get(name))}
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}


# ---- what is in it ----


def test_every_link_and_anchor_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if parts.scheme not in ("https", "http", "data") or not (parts.netloc or parts.scheme == "data"):
                    broken.append(f"{path.relative_to(site)}: {link}")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchored = target not in pages or not parts.fragment or unquote(parts.fragment) in pages[target].anchors
            if not target.is_file() or not anchored:
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    loaded = re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="https?:|<link\b[^>]*stylesheet[^>]*href="https?:"""
    )
    assert [path for path in pages if loaded.search(path.read_text("utf-8"))] == []


def test_headings_are_in_order(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        levels = page.headings
        assert levels[:1] == [1] or path.name == "search.html", path  # its heading is written by its script
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def sections(html: str) -> dict[str, str]:
    """The text of the page from each anchor of a clause to the next heading."""
    pieces = re.split(r'<section id="([a-z]+-[0-9]+)">', html)
    return dict(zip(pieces[1::2], (piece.partition("<section ")[0] for piece in pieces[2::2]), strict=True))


@pytest.mark.parametrize("chapter", text.CHAPTERS)
def test_under_each_clause_stands_what_carries_it(site: Path, chapter: str) -> None:
    shown = sections((site / "spec/anonspec" / chapter / "README.html").read_text("utf-8"))
    assert list(shown) == [number.lower() for number in text.clauses(chapter)]
    for number in text.clauses(chapter):
        box = shown[number.lower()]
        assert box.count('<details class="evidence">') == 1
        for kind, what in generate.places(number):
            name = what.partition(":")[0]
            if kind in ("law", "not a law"):
                assert f'#{name.replace("_", "-")}"' in box, f"{number}: {name}"
            elif kind in ("reference", "vector", "fault"):
                assert f"<code>{name}</code>" in box, f"{number}: {name}"


@pytest.mark.parametrize("chapter", [name for name in text.CHAPTERS if check.laws_of(name)])
def test_each_law_is_shown_whole_with_a_counterexample_for_each_fault(site: Path, chapter: str) -> None:
    page = (site / "docs/laws" / f"{chapter}.html").read_text("utf-8")
    beliefs = (site / "docs/laws/beliefs.html").read_text("utf-8")
    for law in check.laws_of(chapter).LAWS:
        where = page if law.holds else beliefs
        own = where.partition(f'<section id="{law.name.replace("_", "-")}">')[2].partition("<section ")[0]
        assert "<h" in own
        assert law.statement.__name__ in re.sub("<[^>]+>", "", own)
        assert own.count('class="counterexample') == (len(law.faults) if law.holds else 1)


def test_every_shape_and_role_is_drawn(site: Path) -> None:
    for chapter in text.CHAPTERS:
        page = (site / "spec/anonspec" / chapter / "README.html").read_text("utf-8")
        schema = json.loads((site / "spec/anonspec" / chapter / "schema.json").read_text("utf-8"))
        shapes = re.findall(r'<details class="shape" id="shape-(\w+)">', page)
        assert set(shapes) >= set(schema["$defs"]) - {"JsonValue"}
        assert sorted(re.findall(r'aria-label="Role ([a-z._]+):', page)) == sorted(schema["roles"])


def test_the_counterexamples_are_those_of_the_laws() -> None:
    """All are found anew by docs/counterexamples.py --check; here, some of each chapter, and that none is missing."""
    spec = importlib.util.spec_from_file_location("counterexamples", ROOT / "docs" / "counterexamples.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    kept = json.loads(script.FILE.read_text("utf-8"))
    wanted = script.pairs()
    there = [(chapter, law, fault) for chapter, laws in kept.items() for law, of in laws.items() for fault in of]
    assert sorted(there) == sorted(wanted)
    for chapter, law, fault in wanted[:: len(wanted) // 20]:
        found, shown = script.find(chapter, law, fault), kept[chapter][law][fault]
        assert found["engine"] == shown["engine"], f"{chapter}: {law}, {fault}"
        assert found["line"] == shown["line"], f"{chapter}: {law}, {fault}"


# ---- that it would not build otherwise ----


def test_a_missing_page_ends_the_build(tmp_path: Path) -> None:
    """The front page's table of contents names the page on proofs; without it the build fails and says so."""
    others = "spec,docs/attacks,docs/api,docs/laws,docs/course.md,docs/choosing.md,docs/mutation.md,docs/kills.md"
    done = built(tmp_path, ("exclude_patterns", f"docs/_*,docs/proofs.md,{others}"))  # quickly
    assert done.returncode != 0
    assert "docs/proofs" in done.stderr


def test_a_clause_that_nothing_carries_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    from sphinx.errors import ExtensionError

    import evidence

    monkeypatch.setattr(generate, "places", lambda number: iter([("clause", number), ("why", "")]))
    with pytest.raises(ExtensionError, match="nothing carries DCN-9"):
        evidence.box(None, "spec/anonspec/dcnet/README", "dcnet", "DCN-9", {})  # type: ignore[arg-type]


# ---- in a browser ----


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    chromium = need("chromium")
    with sync_playwright() as started:
        yield (opened := started.chromium.launch(executable_path=chromium, args=FLAGS))
        opened.close()


def visit(browser: Any, width: int, scheme: str) -> tuple[Any, list[str]]:
    """A tab of that width and colour scheme, and a list that fills with what its console reports as errors."""
    tab = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    errors: list[str] = []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    return tab, errors


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_no_page_overflows_or_reports_an_error(
    site: Path, pages: dict[Path, Page], browser: Any, width: int, scheme: str
) -> None:
    tab, errors = visit(browser, width, scheme)
    wrong = []
    for path in pages:
        if path == site / "index.html":
            continue  # it leads on at once
        tab.goto(path.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        over = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0 or errors:
            wrong.append((str(path.relative_to(site)), over, errors.copy()))
        errors.clear()
    assert wrong == []


SCRIPTED = [("docs", "light"), ("spec", "light"), (".", "light"), ("_modules/anonref/dcnet.html", "light")]
DARK = ["docs/index.html", "docs/tutorial.html", "docs/laws/observer.html", "spec/anonspec/dcnet/README.html"]


@pytest.mark.parametrize(
    ("which", "scheme"), [*SCRIPTED, *((page, "dark") for page in DARK)], ids=lambda value: str(value).replace("/", "-")
)
def test_axe_finds_nothing_serious(site: Path, pages: dict[Path, Page], browser: Any, which: str, scheme: str) -> None:
    """All pages but the listings of source, of which one stands for the rest; four of them in the dark as well."""
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    axe = axe_module.Axe()
    tab, _ = visit(browser, 1280 if scheme == "dark" else 360, scheme)
    at = site / which
    chosen = (
        [at] if at.is_file() else [path for path in pages if path.parent == at or (which != "." and at in path.parents)]
    )
    assert chosen
    found = []
    for path in chosen:
        if path == site / "index.html":
            continue  # it leads on at once
        tab.goto(path.as_uri())
        if path.stat().st_size > LARGE:
            tab.evaluate(SHORTENED)
        options = {"resultTypes": ["violations"], "preload": False}
        for each in axe.run(tab, options=options).response["violations"]:
            if each["impact"] in ("serious", "critical"):
                found.append((str(path.relative_to(site)), each["id"], [node["html"] for node in each["nodes"][:2]]))
    assert found == []


class SilentHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *about: Any) -> None:
        """Nothing."""


def test_search_finds_the_cover_story(site: Path, browser: Any) -> None:
    """From a folder it shows where; from a server, which may be asked for the pages, what is said there as well."""
    handler = partial(SilentHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for address in ((site / "search.html").as_uri(), f"http://127.0.0.1:{server.server_port}/search.html"):
            tab, errors = visit(browser, 1280, "light")
            tab.goto(f"{address}?q=cover+story")
            tab.wait_for_selector("#search-results li a")
            found = [link.get_attribute("href") for link in tab.query_selector_all("#search-results li a")]
            assert any("laws/dcnet" in link for link in found)
            assert all((site / urlsplit(link).path).is_file() for link in found)
        tab.wait_for_selector("#search-results li p.context")
        assert errors == []
        server.shutdown()


def test_the_keyboard_opens_what_carries_a_clause(site: Path, browser: Any) -> None:
    tab, _ = visit(browser, 360, "light")
    tab.goto((site / "spec/anonspec/dcnet/README.html").as_uri())
    summary = tab.locator("#dcn-9 details.evidence summary")
    summary.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("#dcn-9 details.evidence").get_attribute("open") is not None
    tab.locator("#dcn-9 details.evidence a", has_text="anonref.dcnet.announce").click()
    assert tab.url.endswith("_modules/anonref/dcnet.html#announce")
    assert "def" in tab.locator("#announce").inner_text()


def test_the_folder_s_own_address_leads_to_the_front_page(site: Path, browser: Any) -> None:
    tab, _ = visit(browser, 1280, "light")
    tab.goto((site / "index.html").as_uri())
    tab.wait_for_url("**/docs/index.html")
    assert "anonspec" in tab.inner_text("h1")
