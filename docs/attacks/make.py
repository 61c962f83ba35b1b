"""Write the attack gallery from runs of the reference, or with --check say what differs from what is written.

Needs matplotlib: pip install 'anonspec[plot]'. Exit codes: 0 all is as it should be, 1 something differs, 2 usage.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def files() -> Iterator[tuple[Path, str]]:
    """Every file of the gallery that is made, with the content that it should have. Raises ModuleNotFoundError."""
    import on_crowds  # noqa: PLC0415 - all of these want matplotlib
    import on_dcnets  # noqa: PLC0415
    import on_mixes  # noqa: PLC0415
    import on_sealed  # noqa: PLC0415
    import on_stop_and_go  # noqa: PLC0415
    import on_wires  # noqa: PLC0415
    from drawing import svg  # noqa: PLC0415
    from page import index, markdown  # noqa: PLC0415

    parts = {
        "Without protection": on_wires.pages(),
        "DC-nets": on_dcnets.pages(),
        "Crowds": on_crowds.pages(),
        "Mixes": on_mixes.pages(),
        "Stop-and-go mixes": on_stop_and_go.pages(),
        "Sealed messages": on_sealed.pages(),
    }
    for page in (page for pages in parts.values() for page in pages):
        yield HERE / f"{page.name}.md", markdown(page)
        yield HERE / "pictures" / f"{page.name}.svg", svg(page.figure, page.alt)
    yield HERE / "index.md", index(parts)


def main(words: list[str]) -> int:
    """Write all, or only compare."""
    if words not in ([], ["--check"]):
        sys.stderr.write(f"make.py takes --check or nothing, not {' '.join(words)}\n")
        return 2
    try:
        made = dict(files())
    except ModuleNotFoundError as missing:
        sys.stderr.write(f"{missing.name} is missing: pip install 'anonspec[plot]'\n")
        return 2
    odd = [path for path, content in made.items() if not path.exists() or path.read_text("utf-8") != content]
    stray = sorted({*HERE.glob("*.md"), *HERE.glob("pictures/*")} - made.keys())
    for path in odd:
        sys.stdout.write(f"{path.relative_to(HERE)}: {'not as in' if words else 'written anew after'} a fresh run\n")
    for path in stray:
        sys.stdout.write(f"{path.relative_to(HERE)}: no page makes this\n")
    if words:
        return 1 if odd or stray else 0
    (HERE / "pictures").mkdir(exist_ok=True)
    for path in odd:
        path.write_text(made[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
