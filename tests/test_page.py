"""The page about a run, in a browser: readable at every width, in light and dark, without scripts, by keyboard."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from anonlaws import page, profile, record
from anonlaws.check import Line
from test_cli import SERVE, anonspec
from test_programs import FAULTS, need, variant
from test_record import FAILS, HELD, NA, run_of

LONG = "x" * 400
ROWS = [
    HELD,
    NA,
    replace(FAILS, name="a/long", expected={"out": {LONG: [LONG] * 3}}, seen={"out": list(range(300))}),
    replace(FAILS, name="a/tape", tape=('{"id": 1}', f'{{"id": "{LONG}"}}'), again=f"printf '{LONG}' | ./x"),
    replace(FAILS, name='a/<script>alert("1")</script>', note="</pre><b>&amp;", claim="<img src=x onerror=alert(1)>"),
    Line("dcnet", "sample", "a_law", ("DCN-9",), "refuted", False, values={"v": LONG}, where="laws.py:1: assert x"),
    Line("dcnet", "vectors", "requires/dcnet.three", (), "untestable", False, note="not declared: dcnet.three"),
    Line("dcnet", "baseline", "dcnet/no/case", (), "stale", False, note="there is no such case"),
    replace(FAILS, name="a/known", standing="known", reason="soon, see 17"),
    replace(FAILS, name="a/later", standing="added later"),
    replace(HELD, name="a/lax", clauses=("HP-17",), verdict="lax", counts=False),
    replace(FAILS, name="a/malformed", clauses=("HP-15",)),
]
"""A line of every kind, with what is hardest to show."""


class Read(HTMLParser):
    """What stands in a page: elements that are open, ids, where links lead, and what would be loaded from elsewhere."""

    VOID = ("meta", "img", "br", "link", "input", "hr")

    def __init__(self, whole: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.feed(whole)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "data", "action"):
                self.loaded.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_needs_nothing_else_and_its_links_lead_somewhere() -> None:
    whole = page.as_html(run_of(*ROWS))
    read = Read(whole)
    assert read.open == []
    assert read.loaded == []
    assert not read.tags & {"script", "link", "img", "iframe"}
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    assert "url(" not in whole
    assert "@import" not in whole


def test_every_line_is_on_the_page_and_every_failure_in_full() -> None:
    whole = page.as_html(run := run_of(*ROWS))
    assert whole.count('<article class="bad"') == len(run.bad) == 7
    assert whole.count('<article class="part"') == 3
    assert whole.index('id="failures"') < whole.index('id="warnings"') < whole.index('id="chapter-dcnet"')
    for said in (
        "Tape: 2 lines for the program to read",
        "known: soon, see 17",
        "only recommended by HP-17",
        "Not tried.",
    ):
        assert said in whole
    for number in run.header.clauses["dcnet"]:
        assert f'<section class="clause" id="{number}">' in whole
    assert '<section class="clause" id="HP-15">' in whole
    assert '<section class="clause" id="HP-1">' not in whole


def test_a_profile_and_what_it_lacks_are_on_the_page() -> None:
    whole = page.as_html(run_of(*ROWS, profile=profile.profiles()["dcnet-three@1"]))
    assert "dcnet-three@1: NOT CONFORMANT" in whole
    assert "not declared: dcnet.three" in whole


@pytest.mark.parametrize("value", [None, [], {"a": {"b": [1] * 90, "c": [[], {}, LONG]}}, [[LONG], {LONG: None}], LONG])
def test_a_value_is_laid_out_and_stays_the_same(value: Any) -> None:
    assert json.loads(page._laid_out(value)) == value


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Debian's Chromium, with a profile of its own, without a network and without scripts in the page."""
    chromium = need("chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as running:
        yield running.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("chromium")), executable_path=chromium, args=flags, offline=True
        )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of every kind of line, and those of real runs: a faulty mix, a sound program."""
    folder = tmp_path_factory.mktemp("pages")
    kinds = folder / "kinds.html"
    kinds.write_text(page.as_html(run_of(*ROWS)), encoding="utf-8")
    fault = next(each for each in FAULTS if each["program"] == "mix" and each["clause"] == "MIX-5")
    faulty, sound = folder / "faulty.html", folder / "sound.html"
    command = [need("node"), str(variant(fault, folder))]
    found = [f"--record={folder / 'faulty.jsonl'}", "--engine", "vectors", "--html"]
    assert anonspec("check", "mix", *found, str(faulty), "--", *command).returncode == 1
    assert anonspec("check", "dcnet", "--only", "say/", "--html", str(sound), "--", *SERVE).returncode == 0
    return {"kinds": kinds, "faulty": faulty, "sound": sound}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
@pytest.mark.parametrize("name", ["kinds", "faulty", "sound"])
def test_a_page_fits_and_complains_of_nothing(
    browser: Any, pages: dict[str, Path], name: str, width: int, colours: str
) -> None:
    said: list[str] = []
    shown = browser.new_page()
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    shown.set_viewport_size({"width": width, "height": 900})
    shown.emulate_media(color_scheme=colours)
    shown.goto(pages[name].as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    beyond = "[...document.querySelectorAll('main *')].filter(each => !each.closest('.wide'))"
    assert shown.evaluate(f"{beyond}.every(each => each.getBoundingClientRect().right <= {width})")
    failures = shown.locator("article")
    assert failures.count() == pages[name].read_text("utf-8").count("<article")
    assert all(failures.nth(place).is_visible() for place in range(failures.count()))
    assert said == []
    faint = shown.evaluate(CONTRAST)
    assert faint == []
    shown.close()


CONTRAST = """() => {
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (each) => {
    for (; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const each of document.querySelectorAll('body *')) {
    if (![...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const [one, other] = [light(parse(getComputedStyle(each).color)), light(behind(each))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) faint.push(`${each.tagName}.${each.className}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
}"""
"""The texts with less contrast than WCAG's 4.5 to 1."""


def test_the_page_can_be_used_by_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    """The first tab leads past the head; a summary opens with the enter key; a failure links to its clause."""
    shown = browser.new_page()
    shown.goto(pages["kinds"].as_uri())
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Skip to what was found"
    shown.locator("#DCN-1 summary").focus()
    shown.keyboard.press("Enter")
    assert shown.locator("#DCN-1 details").evaluate("each => each.open")
    shown.locator("article a[href='#DCN-1']").first.focus()
    shown.keyboard.press("Enter")
    assert shown.url.endswith("#DCN-1")
    assert shown.evaluate("document.querySelector('#DCN-1').getBoundingClientRect().top") < 900
    shown.close()


def test_expected_and_seen_stand_side_by_side_where_there_is_room(browser: Any, pages: dict[str, Path]) -> None:
    shown = browser.new_page()
    shown.goto(pages["faulty"].as_uri())
    for width, beside in ((1600, True), (360, False)):
        shown.set_viewport_size({"width": width, "height": 900})
        tops = shown.evaluate(
            "[...document.querySelector('.pair').children].map(each => each.getBoundingClientRect().top)"
        )
        assert (tops[0] == tops[1]) is beside
    shown.close()


def test_what_a_failure_tells_to_repeat_is_what_the_record_holds(pages: dict[str, Path]) -> None:
    folder = pages["faulty"].parent
    run = record.read((folder / "faulty.jsonl").read_bytes().splitlines())
    assert page.as_html(run) == pages["faulty"].read_text("utf-8")
    assert all(line.tape and line.again.endswith(run.header.command[1]) for line in run.bad)
    assert len(re.findall("<summary>Tape: ", pages["faulty"].read_text("utf-8"))) == len(run.bad)
