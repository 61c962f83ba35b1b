"""The attack gallery: whole pages, numbers of a fresh run that the command tells too, pictures for light and dark."""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path
from typing import Any

import pytest

from anonlaws import check
from anonspec import text
from test_cli import anonspec

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "attacks"
INDEX = (GALLERY / "index.md").read_text("utf-8")
PAGES = re.findall(r"\]\(([a-z0-9-]+)\.md\)", INDEX)
SVG = "{http://www.w3.org/2000/svg}"


def make(folder: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the script of a gallery."""
    command = [sys.executable, str(folder / "make.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)


def page(name: str) -> str:
    """A page as one line, so that a number is found wherever a line ends."""
    return " ".join((GALLERY / f"{name}.md").read_text("utf-8").split())


def test_a_fresh_run_gives_what_is_written_and_a_number_that_was_changed_is_found(tmp_path: Path) -> None:
    done = make(GALLERY, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    copy = shutil.copytree(GALLERY, tmp_path / "attacks")
    whole = (copy / "n-1.md").read_text("utf-8")
    (copy / "n-1.md").write_text(whole.replace("1/3", "1/4"), "utf-8")
    (copy / "pictures" / "flood.svg").unlink()
    (copy / "mine.md").write_text("of somebody else", "utf-8")
    done = make(copy, "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "pictures/flood.svg: not as in a fresh run",
        "n-1.md: not as in a fresh run",
        "mine.md: no page makes this",
    ]
    assert make(copy).returncode == 0
    assert (copy / "n-1.md").read_text("utf-8") == whole
    assert (copy / "pictures" / "flood.svg").exists()
    assert (copy / "mine.md").exists()


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path) -> None:
    done = make(GALLERY, "--chekc")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--chekc" in done.stderr
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('none', name='matplotlib')", "utf-8")
    done = make(GALLERY, env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "matplotlib is missing: pip install 'anonspec[plot]'\n"


def test_all_attacks_have_a_page() -> None:
    assert len(PAGES) == len(set(PAGES)) == 16
    toctree = INDEX.split("```{toctree}")[1].split("```")[0].split()
    assert [word for word in toctree if word != ":hidden:"] == PAGES
    told = " ".join(page(name) for name in PAGES)
    attacks = [line.split()[0] for line in anonspec("attack").stdout.splitlines()]
    assert [name for name in attacks if f"anonspec attack {name}" not in told] == ["cascade.n-1"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_story_a_picture_and_what_answers_it(name: str) -> None:
    lines = (GALLERY / f"{name}.md").read_text("utf-8")
    before, alt, file, after = re.fullmatch(r"# (.*?)\n!\[(.*?)\]\((.*?)\)\n(.*)", lines, re.DOTALL).groups()  # type: ignore[union-attr]
    assert 150 <= len(before.split()) <= 300
    assert file == f"pictures/{name}.svg"
    assert len(alt) > 60
    caption, rest = re.fullmatch(r"\s*\*(.*?)\*\n\n## What answers it\n(.*)", after, re.DOTALL).groups()  # type: ignore[union-attr]
    assert len(caption) > 40
    clauses = re.findall(r"\[([A-Z]+-\d+)\]\(\.\./\.\./spec/anonspec/([a-z]+)/README\.md#([a-z]+-\d+)\)", rest)
    assert clauses
    for number, chapter, anchor in clauses:
        assert number in text.clauses(chapter)
        assert anchor == number.lower()
    laws = re.findall(r"\[`([a-z0-9_]+)`\]\(\.\./\.\./(\S+?)\) \((.*?)\)", " ".join(rest.split()))
    assert laws
    for law, path, how in laws:
        assert f"def {law}(" in (ROOT / path).read_text("utf-8")
        [found] = [each for each in check.laws_of(Path(path).parts[2]).LAWS if each.name == law]
        assert (how == "not a law") == (not found.holds)
        assert set(found.clauses) & {number for number, _, _ in clauses}
    for other in re.findall(r"\]\(([a-z0-9-]+)\.md\)", lines):
        assert (GALLERY / f"{other}.md").exists()


TOLD = {
    "disruption": [],
    "collusion": [("measure dcnet --members 7 --edges ring --colluders 1,4", "posterior 2", "key_words_per_slot")],
    "predecessor": [
        ("measure predecessor --members 6 --collaborators 1 --forward 3/4 --paths 6", "success"),
        ("measure crowds --members 10 --collaborators 2 --forward 3/4", "initiator_given_hit", "other_given_hit"),
    ],
    "trickle": [
        ("attack mix.trickle --rule timed", "chance", "messages_sent"),
        ("attack mix.trickle --rule timed-pool", "chance"),
    ],
    "flood": [("attack mix.flood --rule threshold", "chance")],
    "n-1": [
        ("attack mix.n-1 --rule threshold --threshold 5", "messages_sent"),
        ("attack mix.n-1 --rule threshold --threshold 5 --dummies 2", "chance"),
    ],
    "blending": [
        ("measure blending --threshold 4 --pool 6", "rounds_to_purge", "rounds_for_target", "messages"),
        ("attack mix.blending --rule threshold-pool --threshold 4 --pool 6 --late 0", "flushes", "messages_sent"),
    ],
    "replay": [("attack cascade.replay", "worlds 0 beforehand", "worlds 1 beforehand")],
    "tagging": [("attack cascade.tagging", "worlds 0 beforehand", "worlds 1 beforehand")],
    "size": [("attack cascade.size", "worlds 0 beforehand", "worlds 0 seen 0 bytes")],
    "long-lived-key": [("attack reply.long-lived-key", "worlds 0 beforehand", "worlds 1 beforehand")],
    "address-twice": [("attack reply.twice", "worlds 0 beforehand", "worlds 2 beforehand")],
    "intersection": [
        ("attack cascade.intersection", "worlds 0 beforehand", *(f"worlds 1 seen {r} expected" for r in range(8)))
    ],
}
"""What the command tells, and where in its JSON; the page tells the same."""


@pytest.mark.parametrize(("name", "told"), [(name, each) for name, rows in TOLD.items() for each in rows])
def test_the_command_tells_the_numbers_of_the_page(name: str, told: tuple[str, ...]) -> None:
    command, *places = told
    done = anonspec(*command.split(), "--json")
    assert done.returncode == 0, done.stderr
    for place in places:
        value: Any = json.loads(done.stdout)
        for step in place.split():
            value = value[int(step) if isinstance(value, list) else step]
        number = re.escape(str(value))
        assert re.search(rf"(?<![\d/.]){number}(?![\d/]|\.\d)", page(name)), f"{place}: {value}"


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_is_legible_on_light_and_dark_pages(name: str) -> None:
    content = (GALLERY / "pictures" / f"{name}.svg").read_text("utf-8")
    root = Xml.fromstring(content)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") in (GALLERY / f"{name}.md").read_text("utf-8")
    assert float(root.get("viewBox", "").split()[2]) == 360
    style = root.findtext(f"{SVG}style") or ""
    light, dark = (dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", half)) for half in style.split("@media"))
    assert light.keys() == dark.keys()
    for shades, paper in ((light, "#ffffff"), (dark, "#131416")):
        for colour in (shade for part, shade in shades.items() if part != "panel"):
            for behind in (paper, shades["panel"]):
                low, high = sorted((luminance(colour), luminance(behind)))
                assert (high + 0.05) / (low + 0.05) >= (4.5 if behind == paper else 4)
    drawn = content.split("</style>", 1)[1]
    assert re.search(r"fill: ?#|stroke: ?#(?!000000)", drawn) is None  # all colours are of the page
    for written in root.iter(f"{SVG}text"):
        size = re.search(r"([\d.]+)px", written.get("style", ""))
        assert size is None or float(size[1]) >= 9


def test_the_site_tells_a_picture_which_theme_its_reader_chose() -> None:
    """A picture looks at the colour scheme of its page, which furo's button alone does not change."""
    rules = (ROOT / "docs" / "_static" / "pictures.css").read_text("utf-8")
    found = dict(re.findall(r'body\[data-theme="(\w+)"\] \{ color-scheme: ([a-z ]+); \}', rules))
    assert found == {"light": "light", "dark": "dark", "auto": "light dark"}
    settings = ROOT / "docs" / "conf.py"
    assert not settings.exists() or "pictures.css" in settings.read_text("utf-8")
