"""What the pictures of the gallery have in common: size, colours for light and dark, and how a figure becomes SVG."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from io import StringIO
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

WIDTH = 360
"""Points; of a picture on a small screen, so that its letters are legible there."""
SHOWN = 540
"""Pixels; of the same picture where there is room."""

INK, MUTED, PANEL = "#010101", "#020202", "#030303"
BLUE, ORANGE, GREEN, PURPLE = "#040404", "#050505", "#060606", "#070707"
COLOURS = {
    INK: ("ink", "#1b1b1f", "#eceff4"),
    MUTED: ("muted", "#5f6368", "#a9adb6"),
    PANEL: ("panel", "#e9ebf0", "#2c2f36"),
    BLUE: ("blue", "#0072b2", "#5ab4ec"),
    ORANGE: ("orange", "#b84700", "#ff9450"),
    GREEN: ("green", "#00755a", "#2fc49a"),
    PURPLE: ("purple", "#93467a", "#e39bc6"),
}
"""What stands for a colour while it is drawn: its name, and what it is on a light and on a dark page."""

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "anonspec",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.5,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 2,
}


def picture(height: float) -> Figure:
    """An empty picture, so many points high."""
    mpl.rcParams.update(STYLE)
    return Figure(figsize=(WIDTH / 72, height / 72), facecolor="none")


def plot(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Axes with these margins in points: sizes are fixed, so that every machine draws the same."""
    width, height = figure.get_size_inches() * 72
    box = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    return figure.add_axes(box, facecolor="none")


def canvas(figure: Figure, bottom: float, top: float) -> Axes:
    """A part of the picture between two heights in points, without axes; its units are points."""
    axes = plot(figure, 0, bottom, 0, figure.get_size_inches()[1] * 72 - top)
    axes.set(xlim=(0, WIDTH), ylim=(0, top - bottom))
    axes.set_axis_off()
    return axes


def svg(figure: Figure, title: str) -> str:
    """The figure as SVG that follows the page from light to dark; the title is its text for a screen reader."""
    buffer = StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r" *<metadata>.*?</metadata>\n", "", text, flags=re.DOTALL)
    text = text.replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans', Verdana, sans-serif")
    for token, (name, _, _) in COLOURS.items():
        text = text.replace(token, f"var(--{name})")
    light, dark = (" ".join(f"--{name}: {shades[which]};" for name, *shades in COLOURS.values()) for which in (0, 1))
    style = f"svg {{ {light} color-scheme: light dark; }}\n@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}"
    head = re.search(r'<svg [^>]*viewBox="0 0 (\S+) (\S+)"[^>]*>', text)
    assert head, "matplotlib writes a viewBox"
    width, height = map(float, head.groups())
    new = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"'
        f' width="{SHOWN}" height="{SHOWN * height / width:.0f}" viewBox="0 0 {width:g} {height:g}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}\n</style>"
    )
    return "".join(f"{line.rstrip()}\n" for line in text.replace(head.group(), new).splitlines())


# ---- who is linked to whom ----

Line = tuple[int, int, Literal["sure", "maybe"]]


def concluded(chances: Mapping[int, Sequence[Fraction]]) -> list[Line]:
    """The lines of an observer to whom, for each receiver, each sender has this chance."""
    return [
        (sender, receiver, "sure" if chance == 1 else "maybe")
        for receiver, row in chances.items()
        for sender, chance in enumerate(row)
        if chance
    ]


def linking(
    axes: Axes, title: str, senders: Sequence[str], receivers: Sequence[str], lines: Sequence[Line], between: str
) -> None:
    """Senders and receivers from top to bottom, and what the observer concludes: a full line, or dashed for a doubt.

    `between` names what stands between them, if anything does.
    """
    height = axes.get_ylim()[1]
    axes.text(0, height - 11, title, weight="bold")
    top, step = height - 30, (height - 54) / max(1, max(len(senders), len(receivers)) - 1)
    if between:
        rounded = "round,pad=0,rounding_size=8"
        axes.add_patch(FancyBboxPatch((147, 2), 66, height - 22, boxstyle=rounded, color=PANEL, linewidth=0))
        axes.text(180, 7, between, ha="center", color=MUTED, fontsize=9.5)
    for place, who in enumerate(senders):
        linked = any(sender == place for sender, _, _ in lines)
        axes.text(110, top - place * step, who, ha="right", va="center", color=INK if linked else MUTED)
    for place, who in enumerate(receivers):
        linked = any(receiver == place for _, receiver, _ in lines)
        axes.text(250, top - place * step, who, ha="left", va="center", color=INK if linked else MUTED)
    for sender, receiver, how in lines:
        drawn(axes, (117, top - sender * step), (243, top - receiver * step), how)


def drawn(axes: Axes, start: tuple[float, float], end: tuple[float, float], how: Literal["sure", "maybe"]) -> None:
    """One line: what the observer is sure of, or what may be."""
    sure = how == "sure"
    colour, width, style = (ORANGE, 2.4, "-") if sure else (BLUE, 1.4, (0, (4, 3)))
    axes.plot(*zip(start, end, strict=True), color=colour, linewidth=width, linestyle=style)
    axes.plot(*zip(start, end, strict=True), "o", color=colour, markersize=4)
