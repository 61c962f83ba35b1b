"""A page of the gallery: the story of one run, its picture, and the clauses and laws that answer it, as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from textwrap import fill
from typing import Any

from matplotlib.figure import Figure

from anonlaws import check
from anonspec import text

CHAPTERS = check.subject("anonref").chapters
"""The reference, by chapter: all that is told here happened in it."""


@dataclass(frozen=True)
class Page:
    """`answers` are clauses, each with what it does here; `laws` are names, each with its chapter."""

    name: str
    title: str
    story: str
    figure: Figure
    alt: str
    caption: str
    answers: dict[str, str]
    laws: tuple[tuple[str, str], ...]
    command: str
    line: str
    """What stands beside the title in the list of all."""


def written(value: Fraction) -> str:
    """A fraction with a decimal beside it, "1/4 (0.25)"; a long one as its decimal alone."""
    if value.denominator == 1:
        return str(value)
    exact = str(value)
    return f"{exact} ({float(value):.4g})" if len(exact) <= 16 else f"{float(value):.4g}"


def markdown(page: Page) -> str:
    """The page as it stands in its file."""
    parts = [
        f"# {page.title}",
        *(block if block.startswith(("|", "```")) else flowing(block) for block in page.story.strip().split("\n\n")),
        f"![{page.alt}](pictures/{page.name}.svg)",
        flowing(f"*{page.caption}*"),
        "## What answers it",
        "\n".join(bullet(f"{clause(number)} {what}") for number, what in page.answers.items()),
        "As laws:",
        "\n".join(bullet(law(*each)) for each in page.laws),
        "Try it:",
        f"```sh\n{page.command}\n```",
        flowing(
            "All numbers and the picture are of a run of the reference, written by `docs/attacks/make.py`. "
            "[All attacks](index.md)."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def flowing(block: str) -> str:
    """A paragraph in lines of the width of all texts."""
    return fill(" ".join(block.split()), 120, break_long_words=False, break_on_hyphens=False)


def bullet(line: str) -> str:
    """One point of a list."""
    return fill(
        " ".join(line.split()), 120, initial_indent="- ", subsequent_indent="  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def clause(number: str) -> str:
    """A clause by its number, with a link to it. Raises KeyError."""
    chapter = next(name for name in text.CHAPTERS if number in text.clauses(name))
    return f"[{number}](../../spec/anonspec/{chapter}/README.md#{number.lower()}), {text.clause(number).title}:"


def law(chapter: str, name: str) -> str:
    """A law by its name, with a link to its code, what it claims, and how that is decided. Raises StopIteration."""
    found: Any = next(each for each in check.laws_of(chapter).LAWS if each.name == name)
    how = ("exhausted" if found.exact else "proved" if found.proves else "sampled") if found.holds else "not a law"
    file = f"../../properties/{found.statement.__module__.replace('.', '/')}.py"
    return f"[`{name}`]({file}) ({how}): {found.doc}"


def index(parts: Mapping[str, Sequence[Page]]) -> str:
    """The list of all pages, as the site's table of contents and as text."""
    lines = [
        "# Attacks",
        "",
        flowing(
            "Each page tells one attack: what somebody does, sees and concludes in a run of the reference, and which "
            "clauses and laws answer it. Where a clause prevents an attack, the same attack is carried out without it. "
            "Chances are exact, fractions beside decimals. `anonspec attack` carries out most of these with numbers of "
            "your own."
        ),
    ]
    for part, pages in parts.items():
        lines += ["", f"## {part}", "", "| attack | in a word | clauses |", "|---|---|---|"]
        lines += [f"| [{page.title}]({page.name}.md) | {page.line} | {', '.join(page.answers)} |" for page in pages]
    names = [page.name for pages in parts.values() for page in pages]
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", "", *names, "```"]) + "\n"
