"""The page docs/choosing.md: its numbers are those that `anonspec` prints, and a keyboard is enough to read them."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from anonlaws import measure
from anonlaws.mix import formulas
from anonlaws.sgmix import formulas as stop_and_go

DOCS = Path(__file__).parent.parent / "docs"
SUITE = [sys.executable, "-m", "anonlaws.cli"]

GRID = json.loads(re.fullmatch(
    r'"use strict";\n//.*\nconst CHOOSING = (.*);\n', (DOCS / "_static" / "choosing_grid.js").read_text("utf-8")
)[1])  # type: ignore[index]  # fmt: skip
PROTOCOLS = {protocol["key"]: protocol for protocol in GRID["protocols"]}


def setting(protocol: Any, index: int) -> dict[str, str]:
    """What a point's parameters are, the last one changing quickest."""
    found = {}
    for parameter in reversed(protocol["parameters"]):
        index, place = divmod(index, len(parameter["values"]))
        found[parameter["name"]] = parameter["values"][place]
    return found


def point(protocol: Any, index: int) -> dict[str, Any] | None:
    """The values of a point, by their names."""
    values = protocol["points"][index]
    return values and dict(zip(protocol["keys"], values, strict=True))


def sampled(protocol: Any, count: int) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Some points, the same at each run."""
    order = list(range(len(protocol["points"])))
    random.Random(protocol["key"]).shuffle(order)
    there = [(setting(protocol, i), values) for i in order if (values := point(protocol, i))]
    yield from there[:count]


def printed(template: str, **named: str) -> Any:
    """What a command of the page prints, as JSON."""
    named["edges"] = named.get("graph", "").partition(",")[0]
    words = re.sub(r"\{(\w+)\}", lambda found: named[found[1]], template).split(" ")
    done = subprocess.run([*SUITE, *words[1:], "--json"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return json.loads(done.stdout)


def same(shown: Any, told: Any) -> bool:
    """Whether a value of the grid is this one: exactly if it is text, else to ten digits."""
    if isinstance(shown, str):
        return Fraction(shown) == Fraction(str(told))
    return bool(abs(shown - float(told)) <= 1e-9 * abs(shown))


def agree(key: str, values: dict[str, Any], told: dict[str, Any], least: int) -> None:
    """All values of a point that a command prints are what it prints, and these are so many at least."""
    common = {name: known for name in values if (known := (NAMES | RENAMED.get(key, {})).get(name)) in told}
    assert len(common) >= least, told
    for name, known in common.items():
        decimal = told.get(f"{known}_float", told[known])
        assert same(values[name], told[known] if isinstance(values[name], str) else decimal), (key, name)


NAMES = {
    "wires_bits": "entropy_bits", "wires_min": "min_entropy_bits",
    "size": "effective_set_size", "rounds": "mean_rounds",
    "hit": "collaborator_on_path", "initiator": "initiator_given_hit", "keys": "key_words_per_slot",
    "announced": "announced_words_per_slot", "first": "first_out", "alone": "alone", "timing": "timing_bits",
    "purged": "rounds_to_purge", "target": "rounds_for_target", "blended": "messages",
    "predecessor10": "success", "n1_right": "chance", "n1_sent": "messages_sent", "n1_held_up": "messages_held_up",
}  # fmt: skip
"""What the commands call the values of a point."""

RENAMED = {
    "sgmix": {"wires_bits": "full_observer_bits", "order_bits": "order_only_bits", "wires_min": ""},
    "crowds": {"parts_bits": "entropy_bits", "parts_min": "min_entropy_bits", "wires_bits": "", "wires_min": ""},
    "dcnet": {"size": ""},
    "cascade": {"parts_bits": "entropy_bits", "parts_min": "min_entropy_bits", "n1_right": "", "n1_sent": ""},
}  # fmt: skip
"""The same, where a protocol's are other ones."""


@pytest.mark.parametrize("key", PROTOCOLS)
def test_a_point_is_what_its_command_prints(key: str) -> None:
    protocol = PROTOCOLS[key]
    for at, values in sampled(protocol, 3):
        told = printed(protocol["command"], **{**values, **at})
        agree(key, values, told, 2)
        if "mean_delay_ticks" in told:
            assert same(values["waits"], told["mean_delay_ticks"])


@pytest.mark.parametrize("key", ["threshold", "timed", "threshold-pool", "timed-pool", "crowds"])
def test_an_attack_costs_what_its_command_prints(key: str) -> None:
    protocol = PROTOCOLS[key]
    for at, values in sampled(protocol, 2):
        told = printed(protocol["attack"], **{**values, **at})
        agree(key, values, told, 1)


@pytest.mark.parametrize("key", ["cottrell-r1", "cottrell-r4", "cascade"])
def test_the_other_commands_of_attacks_run(key: str) -> None:
    protocol = PROTOCOLS[key]
    small = {p["name"]: p["values"][1] for p in protocol["parameters"]}
    assert printed(protocol["attack"], **small)


def test_anonymity_in_a_dc_net_is_that_of_the_sender_s_component() -> None:
    for at, values in sampled(PROTOCOLS["dcnet"], 8):
        told = printed(PROTOCOLS["dcnet"]["command"], **{**values, **at})
        sets = told["components"]
        mine = next(each for each in sets if 1 in each) if "beside" in at["graph"] else min(sets, key=len)
        assert values["size"] == str(len(mine))
        assert values["posterior"] == told["posterior"][str(mine[0])]
        assert 2 ** values["parts_bits"] == pytest.approx(len(mine))
        assert 2 ** values["wires_bits"] == pytest.approx(int(at["members"]))


def test_what_no_command_prints_is_the_chapters_formula() -> None:
    for at, values in sampled(PROTOCOLS["sgmix"], 6):
        rho = Fraction(at["occupancy"])
        assert values["drained"] == pytest.approx(stop_and_go.drained(rho, Fraction(5)), rel=1e-9)
        assert values["blocked"] == pytest.approx(stop_and_go.first_out_if_blocked(rho), rel=1e-9)
        assert 2 ** values["order_min"] == pytest.approx(float(1 + rho))
        assert Fraction(values["waits"]) == rho
    for at, values in sampled(PROTOCOLS["cascade"], 6):
        bad, mixes = Fraction(at["bad"]), int(at["mixes"])
        assert Fraction(values["honest"]) == 1 - bad**mixes
        assert (values["seals"], values["links"]) == (str(mixes + 1), str(mixes + 1))
    for form in (1, 2, 3, 4):
        key = f"cottrell-r{form}"
        for at, values in sampled(PROTOCOLS[key], 6):
            new, pool, part = int(at["new"]), int(at["pool"]), Fraction(at["fraction"])
            held = formulas.settled(key, new, pool, part)
            assert int(values["held"]) == held
            assert same(values["purged"], formulas.rounds_to_purge(held - new, held, new))
            stays = int(values["stays"])
            assert (1 - part) ** stays <= Fraction(1, 2**20) < (1 - part) ** (stays - 1)


def test_the_delay_of_a_pool_obeys_little_s_law() -> None:
    """Messages held on average over time are arrivals times delay: with one arrival a gap, they are the delay."""
    for key, just_before in (("threshold-pool", 1), ("timed-pool", 0)):
        for at, values in sampled(PROTOCOLS[key], 5):
            new, pool = int(at["new"]), int(at["pool"])
            mean = Fraction(sum(range(pool, pool + new)), new) if just_before else pool + Fraction(new, 2)
            assert Fraction(values["waits"]) == mean


def test_the_crowd_s_numbers_are_the_measure_s() -> None:
    for at, values in sampled(PROTOCOLS["crowds"], 10):
        members, bad, on = int(at["members"]), int(at["collaborators"]), Fraction(at["forward"])
        found = measure.crowds(members, bad, on)
        assert (values["innocent"] == "yes") == found["probable_innocence"]
        assert same(values["predecessor2"], measure.predecessor(members, bad, on, 2)["success"])
        assert values["wires_bits"] == 0


def test_what_is_generated_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "choosing_grid.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (DOCS / "_static" / "choosing_grid.js").stat().st_size < 300_000
    odd = subprocess.run(
        [sys.executable, str(DOCS / "choosing_grid.py"), "--chek"], capture_output=True, text=True, check=False
    )
    assert (odd.returncode, odd.stderr) == (2, "choosing_grid.py takes --check, and nothing else\n")


def test_the_page_loads_what_is_there_and_nothing_from_elsewhere() -> None:
    page = (DOCS / "choosing.md").read_text("utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) == 3
    assert all((DOCS / file.removeprefix("../")).is_file() for file in loaded)
    script = (DOCS / "_static" / "choosing.js").read_text("utf-8")
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?://(?!www\.w3\.org/2000/svg)", script)


# ---- in a browser ----

HOST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Choosing</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{static}/choosing.css">
<style>body {{ margin: 0 12px; font-family: sans-serif; background: {back}; }} {dark}</style></head>
<body data-theme="{theme}"><h1>Choosing</h1><div id="choosing" class="choosing"></div>
<script src="{static}/choosing_grid.js"></script><script src="{static}/choosing.js"></script></body></html>"""
DARK = "body {--color-foreground-primary: #cfd0d0; --color-background-primary: #131416; \
--color-background-border: #303335; --color-background-secondary: #1a1c1e; --color-foreground-secondary: #9ca0a5; \
--color-foreground-muted: #81868d; --color-code-background: #1a1c1e; --color-brand-primary: #3d94ff}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def host(folder: Path, theme: str) -> Path:
    """A page with nothing but the interactive part, with the site's own script and style."""
    file = folder / f"{theme}.html"
    dark = theme == "dark"
    text = HOST.format(
        static=(DOCS / "_static").as_uri(), theme=theme, dark=DARK if dark else "", back="#131416" if dark else "#fff"
    )
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if "ANONSPEC_ALL_PROGRAMS" in os.environ:
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    sync = pytest.importorskip("playwright.sync_api")
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(params=[360, 1280])
def page(request: pytest.FixtureRequest, browser: Any, tmp_path: Path) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(host(tmp_path, "light").as_uri())
    yield opened
    assert wrong == []
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page overflows"
    opened.close()


def cell(page: Any, key: str, column: int) -> str:
    return str(page.locator(f'#choosing-table tr[data-key="{key}"] > *').nth(column).inner_text())


def to(page: Any, field: str, key: str, times: int) -> None:
    """Go to a field, and press a key."""
    page.focus(f"#choosing-{field}")
    for _ in range(times):
        page.keyboard.press(key)


def test_sliders_moved_by_keyboard_show_the_measure_s_numbers(page: Any) -> None:
    to(page, "protocol", "ArrowDown", 2)
    assert page.locator("#choosing-protocol option:checked").inner_text() == "threshold pool mix"
    to(page, "new", "Home", 1)
    to(page, "new", "ArrowRight", 3)
    to(page, "pool", "End", 1)
    to(page, "pool", "ArrowLeft", 4)
    new, pool = (page.locator(f"output[for=choosing-{name}]").inner_text() for name in ("new", "pool"))
    assert (new, pool) == ("10", "20")
    assert page.get_attribute("#choosing-pool", "aria-valuetext") == "20"
    found = measure.mix("threshold-pool", 10, 20)
    assert float(cell(page, "wires_bits", 2)) == pytest.approx(found["entropy_bits"], abs=1e-4)
    assert float(cell(page, "wires_min", 2)) == pytest.approx(found["min_entropy_bits"], abs=1e-4)
    assert cell(page, "rounds", 1) == str(found["mean_rounds"]) == "3"
    assert cell(page, "waits", 1) == "49/2"
    assert cell(page, "delay", 1) == "53/2"
    to(page, "link", "ArrowUp", 1)
    assert cell(page, "delay", 1) == "247/10"
    assert float(cell(page, "purged", 2)) == pytest.approx(float(measure.blending(10, 20)["rounds_to_purge"]), abs=1e-4)
    said = page.locator(".choosing-live").inner_text()
    assert said == "threshold pool mix: 6.0768 bits of Shannon entropy, mean delay 24.7 gaps."
    assert "anonspec measure mix --rule threshold-pool --threshold 10 --pool 20" in page.inner_text(
        "#choosing-commands"
    )


def test_every_protocol_can_be_chosen_and_its_curve_is_drawn(page: Any) -> None:
    for protocol in GRID["protocols"]:
        page.select_option("#choosing-protocol", label=protocol["name"])
        for parameter in protocol["parameters"]:
            assert page.locator(f"label[for=choosing-{parameter['name']}]").inner_text() == parameter["label"]
        first = {p["name"]: p["first"] for p in protocol["parameters"]}
        index = 0
        for parameter in protocol["parameters"]:
            index = index * len(parameter["values"]) + first[parameter["name"]]
        values = point(protocol, index)
        assert values
        for key, value in values.items():
            assert cell(page, key, 1) == ((value or "none") if isinstance(value, str) else "–"), (protocol["key"], key)
        assert page.locator(".here").count() == 1
        assert not re.search(r"[{}]|undefined|NaN", page.inner_text("#choosing"))
    curves = page.locator(".choosing-plot .curve polyline")
    assert curves.count() == len(PROTOCOLS)


def test_an_observer_changes_the_numbers_and_one_that_a_protocol_does_not_know_is_said_so(page: Any) -> None:
    page.select_option("#choosing-protocol", label="Crowds")
    assert "Crowds: 0 bits" in page.inner_text(".choosing-live")
    page.select_option("#choosing-observer", "parts")
    found = measure.crowds(20, 1, Fraction(3, 4))
    assert f"{found['entropy_bits']:.4f} bits" in page.inner_text(".choosing-live")
    page.select_option("#choosing-kind", "min")
    assert f"{found['min_entropy_bits']:.4f} bits of min-entropy" in page.inner_text(".choosing-live")
    page.select_option("#choosing-observer", "server")
    assert page.locator(".choosing-plot .curve polyline").count() == len(PROTOCOLS)
    page.select_option("#choosing-protocol", label="DC-net")
    assert "no min-entropy is known for this observer" in page.inner_text(".choosing-live")
    assert page.locator(".here").count() == 0


def test_the_filter_lists_what_qualifies_and_nothing_else(page: Any) -> None:
    page.fill("#choosing-at-least", "5")
    page.fill("#choosing-within", "30")
    shown = {row.get_attribute("data-protocol"): row for row in page.locator("#choosing-found tbody tr").all()}
    for key, protocol in PROTOCOLS.items():
        there = [values for i in range(len(protocol["points"])) if (values := point(protocol, i))]
        delays = [
            Fraction(values["waits"]) + Fraction(values["links"])
            for values in there
            if float(Fraction(values["wires_bits"])) >= 5
        ]
        good = [each for each in delays if each <= 30]
        assert (key in shown) == bool(good), key
        if good:
            texts = shown[key].locator("td").all_inner_texts()
            assert texts[0] == f"{len(good)} of {len(there)}"
            assert float(texts[2]) == pytest.approx(float(min(good)), abs=1e-4)
    page.locator('#choosing-found tr[data-protocol="sgmix"] button').press("Enter")
    assert page.locator("#choosing-protocol option:checked").inner_text() == "stop-and-go mix"
    page.fill("#choosing-at-least", "")
    assert page.locator("#choosing-found").count() == 0
    assert "have to be numbers" in page.inner_text("#choosing")


def test_a_setting_that_is_none_is_said_to_be_none(page: Any) -> None:
    page.select_option("#choosing-protocol", label="DC-net")
    to(page, "members", "Home", 1)
    assert page.locator("output[for=choosing-members]").inner_text() == "3"
    assert "too few members are left" in page.inner_text(".choosing-live")
    assert page.locator("#choosing-table").count() == 0


def test_every_field_has_a_name_and_everything_is_reached_by_tab(page: Any) -> None:
    for field in page.locator("#choosing :is(input, select)").all():
        assert page.locator(f'label[for="{field.get_attribute("id")}"]').count() == 1
    named = "Array.from(document.querySelectorAll('[id]'), (e) => e.id)"
    ids = page.evaluate(named)
    assert len(ids) == len(set(ids))
    reached: set[str] = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    assert {
        f"choosing-{name}" for name in ("protocol", "new", "dummies", "observer", "kind", "link", "at-least")
    } <= reached


def test_the_colours_of_curves_can_be_told_from_the_ground(browser: Any, tmp_path: Path) -> None:
    """A contrast of 3 to 1 or more, as for any graphical object, in light and in dark."""
    for theme, ground in (("light", (255, 255, 255)), ("dark", (19, 20, 22))):
        page = browser.new_page()
        page.goto(host(tmp_path, theme).as_uri())
        strokes = page.evaluate(
            "Array.from(document.querySelectorAll('.choosing-plot .curve polyline'), (e) => getComputedStyle(e).stroke)"
        )
        assert len(set(strokes)) == 7
        for stroke in strokes:
            colour = tuple(map(int, re.findall(r"\d+", stroke)[:3]))
            assert contrast(colour, ground) >= 3, (theme, stroke)
        page.close()


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The ratio of two colours' luminances, as WCAG 2 has it."""

    def luminance(colour: tuple[int, ...]) -> float:
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
