"""The command `anonspec adapter`: the beginning of a program that can be checked."""

from pathlib import Path
from typing import Annotated

import typer

from anonlaws.adapter import LANGUAGES, PLANNED, skeleton
from anonlaws.cli_options import Usage

adapter = typer.Typer(help="Begin a program that can be checked.", no_args_is_help=True)


@adapter.callback()
def begin() -> None:
    """Begin a program that can be checked."""


@adapter.command()
def new(
    chapter: Annotated[str, typer.Argument(metavar="CHAPTER")],
    lang: Annotated[str, typer.Option(help=f"{', '.join(LANGUAGES)}.")],
    out: Annotated[Path | None, typer.Option(help="A file; or a directory, for a file my_CHAPTER in it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a skeleton that runs at once and needs nothing installed: what is left is to fill in the operations.

    anonspec adapter new --lang python dcnet

    Exit: 0 written, 2 usage.
    """
    for what, given, there in (("language", lang, tuple(LANGUAGES)), ("chapter to be asked", chapter, PLANNED)):
        if given not in there:
            raise Usage(f"there is no {what} {given!r}; there are: {', '.join(there)}")
    language = LANGUAGES[lang]
    file = out or Path()
    if file.is_dir():
        file /= language.file.format(chapter)
    written = skeleton(lang, chapter, file)
    try:
        with file.open("w" if force else "x", encoding="utf-8") as opened:
            opened.write(written)
    except FileExistsError:
        raise Usage(f"{file} is there already; --force overwrites it") from None
    typer.echo(f"written: {file}")
    typer.echo(f"check it: {language.check(chapter, file)}")
    typer.echo("It declares nothing yet: uncomment a capability in it, and fill in what that one needs.")
