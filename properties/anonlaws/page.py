"""One page of HTML about a run, made from its record: it needs no script and nothing beside itself.

The verdicts, a row a chapter, the failures with all that is known of them, then each clause with what was found.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from anonlaws.check import ENGINES, Line
from anonlaws.record import Duty, Run, said
from anonlaws.report import COLUMNS, counted, plainest_first, verdicts, warned

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --soft: #f3f3f1; --line: #d4d4d0; --dim: #595959;
  --bad: #a4262c; --good: #2b6a2f; --part: #6b5900; --link: #0b57a4 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e3; --paper: #16181a; --soft: #212427; --line: #3c4044;
  --dim: #a9adb1; --bad: #ff9a94; --good: #8fd694; --part: #e6cf6b; --link: #8ec1ff } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; line-height: 1.25; margin: .5rem 0 }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-bottom: 2px solid var(--line) }
h3 { font-size: 1rem; margin: 0 } h4 { font-size: .85rem; margin: .6rem 0 .1rem; color: var(--dim) }
p { margin: .3rem 0; max-width: 75ch } a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { position: static }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: .8rem 0; padding: 0 }
.verdict { border-left: .4rem solid; padding: .2rem .8rem; background: var(--soft); max-width: none }
.verdict.bad, .verdict.good, .verdict.part, article.bad, article.part { color: var(--ink) }
.verdict strong { display: block } .verdict a { white-space: nowrap }
.verdict.bad { border-color: var(--bad) } .verdict.good { border-color: var(--good) }
.verdict.part { border-color: var(--part) }
.bad { color: var(--bad) } .good { color: var(--good) } .part { color: var(--part) } .dim { color: var(--dim) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line) }
.wide th, .wide td { white-space: nowrap } td.number, th.number { text-align: right }
article { border: 1px solid var(--line); border-left: .4rem solid var(--bad); padding: .7rem 1rem; margin: 1rem 0 }
article.part { border-left-color: var(--part) }
.duty { border-left: 2px solid var(--line); padding-left: .8rem; margin: .5rem 0 }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1rem }
.pair > div { min-width: 0 }
pre { font: .85rem/1.45 ui-monospace, monospace; white-space: pre-wrap; margin: .1rem 0; padding: .4rem .6rem;
  background: var(--soft); border-radius: .2rem } pre.all { user-select: all }
pre.value { max-height: 30rem; overflow: auto }
code { font: .92em ui-monospace, monospace }
section.clause { border-top: 1px solid var(--line); padding: .8rem 0 }
summary { cursor: pointer; padding: .2rem 0 } .level { font-weight: normal; font-size: .85rem; color: var(--dim) }
ul.lines { list-style: none; margin: .2rem 0; padding: 0 } ul.lines li { padding: .15rem 0 .15rem 1rem }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; margin: .5rem 0 }
dt { color: var(--dim) } dd { margin: 0 }
@media (max-width: 30rem) { body { padding: .7rem } article { padding: .6rem .7rem } dl { display: block }
  dd { margin-bottom: .4rem } }
@media print { pre.value { max-height: none } details > * { display: block } .skip, nav { display: none } }
"""

KINDS = {"conformant": "good", "not conformant": "bad", "incomplete": "part"}


def as_html(run: Run) -> str:
    """The page. Raises nothing that a record which was read could cause."""
    head = run.header
    title = html.escape(f"anonspec: {head.checked}")
    groups = [_failures(run), _warnings(run), *(_chapter(run, chapter) for chapter in head.clauses)]
    failing = f"{len(run.bad)} failures" if len(run.bad) != 1 else "1 failure"
    links = [("failures", failing)] if run.bad else []
    links += [("warnings", "warnings")] if warned(run) else []
    links += [(f"chapter-{chapter}", chapter) for chapter in head.clauses if _about(run, chapter)]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            '<a class="skip" href="#content">Skip to what was found</a>',
            f"<header><h1>{html.escape(head.checked)}</h1>",
            *(
                f'<p class="verdict {KINDS[each.short]}"><strong>{html.escape(f"{each.of}: {each.word}")}</strong> '
                f"{_linked(run, each.rest)}</p>"
                for each in verdicts(run)
            ),
            '<nav aria-label="Contents"><ul>',
            *(f'<li><a href="#{to}">{at}</a></li>' for to, at in links),
            "</ul></nav>",
            '</header><main id="content">',
            _summary(run),
            *filter(None, groups),
            "</main>",
            _means(run),
            "</body></html>\n",
        ]
    )


def _summary(run: Run) -> str:
    """A row a chapter, a column an engine."""
    shown = [engine for engine in ENGINES if any(line.engine == engine for line in run.lines)]
    heads = "".join(f'<th scope="col" class="number">{COLUMNS[engine]}</th>' for engine in shown)
    rows = []
    for chapter in run.header.chapters:
        cells = [counted(run.lines, chapter, engine) for engine in shown]
        kinds = ["bad" if " of " in cell else "dim" if cell == "–" else "good" for cell in cells]
        told = "".join(f'<td class="number {kind}">{cell}</td>' for kind, cell in zip(kinds, cells, strict=True))
        many = len(run.header.clauses[chapter])
        rows.append(f'<tr><th scope="row">{chapter}</th><td class="number">{many}</td>{told}</tr>')
    return (
        '<div class="wide" role="region" aria-label="Summary" tabindex="0"><table><thead><tr>'
        '<th scope="col">chapter</th><th scope="col" class="number">clauses</th>'
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _failures(run: Run) -> str:
    if not run.bad:
        return ""
    parts = ['<section id="failures"><h2>Failures</h2>']
    parts += [_failure(run, line, "bad") for line in plainest_first(run.bad)]
    return "\n".join([*parts, "</section>"])


def _warnings(run: Run) -> str:
    """What is not as it should be and does not fail the run: lax, known, added later."""
    if not (found := warned(run)):
        return ""
    parts = ['<section id="warnings"><h2>Warnings</h2>']
    parts += [_failure(run, line, "part", why) for line, why in found]
    return "\n".join([*parts, "</section>"])


def _failure(run: Run, line: Line, kind: str, standing: str = "") -> str:
    """All that is known of one failure: the clause and why it is there, expected and seen, and how to see it again."""
    parts = [
        f'<article class="{kind}" id="{_anchor(line)}">',
        f'<h3>{line.chapter}/{html.escape(line.name)}: <span class="{kind}">{html.escape(line.verdict)}</span></h3>',
        f"<p>{html.escape(line.claim)}</p>",
    ]
    if standing:
        parts.append(f"<p><strong>{html.escape(standing)}</strong></p>")
    parts += [_duty(number, run.header.numbers[number]) for number in line.clauses]
    if line.note:
        where = f" <span class=dim>at <code>{html.escape(line.where)}</code></span>" if line.where else ""
        parts.append(f"<h4>What is wrong</h4><p>{html.escape(line.note)}{where}</p>")
    elif line.where:
        parts.append(f"<h4>Where</h4><pre>{html.escape(line.where)}</pre>")
    if line.expected is not None or line.seen is not None:
        parts.append(
            f'<div class="pair"><div><h4>Expected</h4>{_value(line.expected)}</div>'
            f"<div><h4>Seen</h4>{_value(line.seen)}</div></div>"
        )
    if line.values:
        rows = "".join(
            f"<dt>{html.escape(name)}</dt><dd><code>{html.escape(each)}</code></dd>"
            for name, each in line.values.items()
        )
        parts.append(f"<h4>Values</h4><dl>{rows}</dl>")
    if line.again:
        parts.append(f'<h4>To see just this again</h4><pre class="all">{html.escape(line.again)}</pre>')
    if line.tape:
        many = f"{len(line.tape)} lines" if len(line.tape) > 1 else "1 line"
        tape = html.escape("\n".join(line.tape))
        parts.append(
            f'<details><summary>Tape: {many} for the program to read</summary><pre class="all">{tape}</pre></details>'
        )
    return "\n".join([*parts, "</article>"])


def _duty(number: str, duty: Duty) -> str:
    return (
        f'<div class="duty"><p><a href="#{number}">{number}</a> <strong>{_prose(duty.title)}.</strong> '
        f"{_prose(duty.duty)}</p>"
        f'<p class="dim">Why: {_prose(duty.why)}</p></div>'
    )


def _value(value: Any) -> str:
    """A value of JSON, in a box of its own that scrolls if it is long."""
    return f'<pre class="value" tabindex="0">{html.escape(_laid_out(value))}</pre>'


def _laid_out(value: Any, margin: str = "") -> str:
    """JSON on one line if it is short or a list of plain values, and else its members on lines of their own."""
    short = json.dumps(value, ensure_ascii=False)
    within = margin + "  "
    match value:
        case _ if len(short) <= 60:
            return short
        case dict():
            named = [
                f"{json.dumps(name, ensure_ascii=False)}: {_laid_out(each, within)}" for name, each in value.items()
            ]
            opened, closed = "{}"
        case list() if any(isinstance(each, dict | list) for each in value):
            named, (opened, closed) = [_laid_out(each, within) for each in value], "[]"
        case _:
            return short
    told = ",\n".join(within + each for each in named)
    return f"{opened}\n{told}\n{margin}{closed}"


def _prose(text: str) -> str:
    """A clause's words, its `code` and *emphasis* as in the chapter."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])", r"<em>\1</em>", text)


def _linked(run: Run, text: str) -> str:
    """A text whose clauses lead to where they stand on the page."""
    numbers = run.header.numbers
    return re.sub(
        r"[A-Z]+-[0-9]+",
        lambda found: f'<a href="#{found[0]}">{found[0]}</a>' if found[0] in numbers else found[0],
        html.escape(text),
    )


def _anchor(line: Line) -> str:
    return f"at-{html.escape(line.id)}"


def _about(run: Run, chapter: str) -> bool:
    """Whether a chapter is shown: it was checked, or something was found about a clause of it."""
    numbers = run.header.clauses[chapter].keys()
    return chapter in run.header.chapters or any(numbers & set(line.clauses) for line in run.lines)


def _chapter(run: Run, chapter: str) -> str:
    """A chapter's clauses; of another chapter than those that were checked only what is spoken of, and what failed."""
    if not _about(run, chapter):
        return ""
    parts = [f'<section id="chapter-{chapter}"><h2>Chapter {chapter}</h2>']
    for number, duty in run.header.clauses[chapter].items():
        about = [line for line in run.lines if number in line.clauses]
        if about or chapter in run.header.chapters:
            parts.append(_clause(number, duty, about))
    return "\n".join([*parts, "</section>"])


def _clause(number: str, duty: Duty, about: Sequence[Line]) -> str:
    parts = [
        f'<section class="clause" id="{number}"><h3><a href="#{number}">{number}</a> {_prose(duty.title)} '
        f'<span class="level">{duty.level}</span></h3><p>{_prose(duty.duty)}</p>'
        f'<p class="dim">Why: {_prose(duty.why)}</p>'
    ]
    if about:
        counts = Counter(said(line) for line in sorted(about, key=lambda line: line.good))
        bad = {said(line) for line in about if not line.good and not line.standing}
        told = ", ".join(
            f'<strong class="bad">{many} {html.escape(word)}</strong>' if word in bad else f"{many} {html.escape(word)}"
            for word, many in counts.items()
        )
        rows = "".join(_row(line) for line in sorted(about, key=lambda line: line.good))
        parts.append(f'<details><summary>{told}</summary><ul class="lines">{rows}</ul></details>')
    else:
        parts.append('<p class="part">Not tried.</p>')
    return "\n".join([*parts, "</section>"])


def _row(line: Line) -> str:
    failed = not line.good or line.verdict == "lax"
    kind = "bad" if failed and not line.standing else "part" if failed else "good" if line.counts else "dim"
    name = html.escape(line.name)
    if failed:
        name = f'<a href="#{_anchor(line)}">{name}</a>'
    note = f" — {html.escape(line.note)}" if line.note and not (line.good and line.counts) else ""
    return (
        f'<li><span class="{kind}">{html.escape(said(line))}</span> '
        f'<span class="dim">{COLUMNS.get(line.engine, line.engine)}</span> '
        f"<strong>{name}</strong> {html.escape(line.claim)}{note}</li>"
    )


def _means(run: Run) -> str:
    """With what it was checked."""
    head = run.header
    impl = head.described.get("impl", {})
    facts = {
        "suite": f"anonspec {head.suite}, harness protocol {head.hp}, vectors of format {head.vectors}",
        "program": " ".join(str(impl.get(part, "")) for part in ("name", "version", "language")),
        "command": " ".join(head.command),
        "profile": head.profile.id if head.profile else "",
        "capabilities": ", ".join(head.described.get("capabilities", {})),
        "engines": ", ".join(head.engines),
        "only": head.only,
        "seed": str(head.seed),
        "began": head.began.isoformat(),
        "SHA-256, suite": head.digests.suite,
        **{f"SHA-256, text of {chapter}": digest for chapter, digest in head.digests.texts.items()},
        **{f"SHA-256, vectors of {chapter}": digest for chapter, digest in head.digests.vectors.items()},
    }
    rows = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in facts.items() if value)
    return f'<footer id="means"><h2>With what it was checked</h2><dl>{rows}</dl></footer>'
