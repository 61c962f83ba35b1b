"""Chapter crowds: the predecessor attack on an initiator who forms a new path again and again."""

from collections import Counter
from fractions import Fraction
from hashlib import sha256
from typing import Any

from drawing import BLUE, INK, MUTED, ORANGE, picture, plot
from page import CHAPTERS, Page, written

from anonlaws import measure
from anonspec.crowds.model import Crowd

NET = CHAPTERS["crowds"]
NAMES = ("Alice", "Bob", "Carol", "Dan", "Eve", "Frank", "Grace", "Heidi", "Mallory", "Nick")
COLLABORATORS = (8, 9)
FORWARD = Fraction(3, 4)
PATHS = 60


def path(jondos: list[Any]) -> list[int]:
    """Alice asks; the members that her request goes through, herself first, up to the server."""
    way, neighbour, identifier = [0], None, None
    while True:
        me = way[-1]
        jondos[me], (send,) = NET.request(jondos[me], neighbour, identifier, b"GET /")
        if send.neighbour is None:
            return way
        neighbour, identifier = me, send.path
        way.append(send.neighbour)


def seen(way: list[int]) -> int | None:
    """Whom the first collaborator on a path gets the request from."""
    at = next((place for place, member in enumerate(way) if member in COLLABORATORS), None)
    return None if at is None else way[at - 1]


def pages() -> list[Page]:
    """The page on the predecessor attack."""
    roster = tuple(range(len(NAMES)))
    crowd = Crowd(roster=roster, forward=FORWARD, itself=True)
    jondos = [NET.join(crowd, me, sha256(f"gallery {me}".encode()).digest()) for me in roster]
    counts, rows, ways = Counter[int](), [[0] * len(NAMES)], []
    for number in range(PATHS):
        if number:
            jondos = [NET.reform(jondo, roster)[0] for jondo in jondos]
        ways.append(path(jondos))
        if (caught := seen(ways[-1])) is not None:
            counts[caught] += 1
        rows.append([counts[me] for me in roster])
    ranked = [who for who in sorted(counts, key=lambda who: -counts[who]) if who]
    ahead = next(k for k in range(PATHS + 1) if all(row[0] > max(row[1:]) for row in rows[k:]))
    chances = NET.chances(len(NAMES), len(COLLABORATORS), FORWARD, True)
    small, many = (6, 1), (1, 3, 6)
    success = [measure.predecessor(*small, FORWARD, paths)["success"] for paths in many]

    figure = picture(250)
    axes = plot(figure, 44, 42, 62, 14)
    ends: list[float] = []
    for me in sorted((me for me in roster if me not in COLLABORATORS), key=lambda me: -counts[me]):
        ours = me == 0
        axes.step(range(PATHS + 1), [row[me] for row in rows], where="post", color=ORANGE if ours else BLUE,
                  linewidth=2.6 if ours else 1.1, zorder=3 if ours else 2)  # fmt: skip
        if ours or not ends:
            axes.text(PATHS + 1, counts[me], NAMES[me], va="center", color=ORANGE if ours else BLUE)
            ends.append(counts[me])
    axes.text(PATHS + 1, counts[ranked[len(ranked) // 2]], "others", va="center", color=BLUE)
    axes.axvline(ahead, color=MUTED, linewidth=1, linestyle=":")
    axes.text(ahead + 1, counts[0] - 1, "Alice leads\nfrom here on", color=INK, va="top")
    axes.set(xlim=(0, PATHS), ylim=(0, counts[0] + 1))
    axes.set(xlabel="paths that Alice formed", ylabel="times seen as predecessor")
    way = " to ".join(NAMES[member] for member in ways[0])
    return [
        Page(
            "predecessor",
            "The predecessor attack, over many paths",
            f"""
Ten people are a crowd. A member with a request sends it to a member chosen at random, who tosses a coin: with the
chance {written(FORWARD)} it goes to another one, else to the server. Mallory and Nick collaborate. Alice asks for the
same page every day. On the first day her request goes from {way}, and then to the server.

A collaborator knows only who handed the request over. If the first one on a path names that member, it is Alice with
the chance {written(chances.initiator)}, and a certain other honest member with {written(chances.other)}. For one path
that is {"probable innocence" if chances.innocent else "no probable innocence"}: the guess is wrong at least as often as
it is right.

But the crowd is formed anew each day, with new paths, and the page tells the collaborators that it is the same person
who asks. They count. Over {PATHS} paths Alice was the predecessor {counts[0]} times,
and nobody else more than {counts[ranked[0]]} times, {NAMES[ranked[0]]}. From path {ahead} on
she leads, and stays in the lead. Every other name is chance; hers is the rule.

How often the best guess is right can be counted exactly in a small crowd: of six members, one of whom collaborates,
with {written(success[0])} after one path, {written(success[1])} after three and {written(success[2])} after six.
            """,
            figure,
            f"Lines that count how often each honest member was seen as predecessor. Alice's rises to {counts[0]} in "
            f"{PATHS} paths; no other passes {counts[ranked[0]]}.",
            f"How often the first collaborator on a path got the request from each of the eight honest members, over "
            f"{PATHS} paths of Alice's.",
            {
                "CRW-11": "a path stays as it is, so requests that belong together take one path.",
                "CRW-20": "all form new paths at the same time, and seldom.",
                "CRW-25": "what is promised is for one path, and says so.",
            },
            (
                ("crowds", "every_new_path_tells_more"),
                ("crowds", "the_initiator_comes_to_lead_as_fast_as_the_bound_says"),
                ("crowds", "collaborators_learn_what_is_stated"),
            ),
            "anonspec measure predecessor --members 6 --collaborators 1 --forward 3/4 --paths 6",
            "who is seen oftenest on many paths has begun them",
        )
    ]
