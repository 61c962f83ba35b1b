"""Chapter sgmix: a blocker who empties a stop-and-go mix, and the window that his victim comes too late for."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log
from random import Random
from typing import Any

from drawing import BLUE, INK, MUTED, ORANGE, PANEL, picture, plot
from matplotlib.axes import Axes
from page import CHAPTERS, Page, written

from anonlaws import measure
from anonlaws.sgmix.formulas import drained
from anonspec.sgmix.model import Hop
from anonspec.shape import Reject

NET = CHAPTERS["sgmix"]
SECOND = 10**6
"""Microseconds."""
HOP, FASTEST, SLOWEST, SKEW = Hop(mean=SECOND, gap=SECOND // 5), 20_000, 80_000, 10_000
STARTS, BLOCKED, SIZE = 3 * SECOND, 5 * SECOND, 16
"""When Alice sends; for how long all is blocked from then on; bytes of a message."""


@dataclass(frozen=True)
class Message:
    """A message with what its sender tells the mix, and when it comes if nobody holds it up."""

    name: bytes
    plan: Any
    comes: int


def messages() -> list[Message]:
    """Alice's, the first, and those of others: they come at random, five a second."""
    random, starts, moment = Random("gallery"), [STARTS], 0.0
    while (moment := moment - HOP.gap * log(random.random())) < 5 * SECOND:
        starts.append(int(moment))
    found = []
    for number, start in enumerate(starts):
        (plan,) = NET.plan(bytes([number]) * 32, 0, start, (HOP,), 5, FASTEST, SLOWEST, SKEW)
        found.append(Message(bytes([number]) * SIZE, plan, start + random.randint(FASTEST, SLOWEST)))
    return found


@dataclass
class Run:
    """A mix with what came, what it refused, what left, in the order of events; the moments of each by message."""

    came: dict[bytes, int]
    left: dict[bytes, int]
    events: list[tuple[str, bytes]]
    refused: Reject | None = None
    held: int = 0


def through(arrivals: Sequence[tuple[int, Message]], windows: bool) -> Run:
    """Let messages come to a mix at these moments, with the windows of their plans or with none."""
    run, node = Run({}, {}, []), NET.begin(SIZE)

    def leave(sends: Any) -> None:
        for send in sends:
            run.left[send.message] = send.at
            run.events.append(("departure", send.message))

    for at, message in sorted(arrivals, key=lambda each: each[0]):
        node, sends = NET.wait(node, at - 1)
        leave(sends)
        run.held = len(node.held)
        earliest, latest = (message.plan.earliest, message.plan.latest) if windows else (0, 2**53 - 1)
        try:
            node, sends = NET.arrive(node, at, message.name, message.plan.delay, earliest, latest)
        except Reject as refusal:
            run.refused = refusal
        else:
            run.came[message.name] = at
            run.events.append(("arrival", message.name))
    _, sends = NET.wait(node, 60 * SECOND)
    leave(sends)
    return run


def origin(run: Run, name: bytes) -> dict[bytes, Fraction]:
    """Of each message the chance that it left when this one did, to whoever sees all times."""
    events = run.events[: run.events.index(("departure", name)) + 1]
    chances = NET.origin([kind for kind, _ in events])
    return dict(zip((came for kind, came in events if kind == "arrival"), chances, strict=True))


def lanes(axes: Axes, run: Run, all_of: Sequence[Message], title: str) -> None:
    """A line for each message, from when it came to when it left."""
    order = sorted((each.name for each in all_of), key=lambda name: run.came.get(name, 10**9))
    for place, name in enumerate(name for name in order if name in run.came):
        alice = name == all_of[0].name
        axes.plot([run.came[name] / SECOND, run.left[name] / SECOND], [place] * 2, color=ORANGE if alice else BLUE,
                  linewidth=3 if alice else 1.5, solid_capstyle="butt", marker="|", markersize=5)  # fmt: skip
        if alice:
            axes.text(run.left[name] / SECOND + 0.12, place, "Alice's", va="center", color=ORANGE)
    axes.set(xlim=(0, 10), ylim=(len(run.came), -1.5), ylabel="messages")
    axes.set_yticks([])
    axes.set_title(title, loc="left", weight="bold")


def pages() -> list[Page]:
    """The page on blocking."""
    all_of = messages()
    alice, others = all_of[0], all_of[1:]
    free = through([(each.comes, each) for each in all_of], windows=True)
    chances = origin(free, alice.name)
    let_in = STARTS + BLOCKED
    before = [(each.comes, each) for each in others if each.comes < STARTS]
    blocked = [*before, (let_in, alice)]
    kept, without = through(blocked, windows=True), through(blocked, windows=False)
    assert kept.refused is not None, "she comes after her window"
    sure = origin(without, alice.name)
    slack = SLOWEST - FASTEST + 2 * SKEW
    numbers = measure.sgmix(Fraction(HOP.mean, HOP.gap))
    rho = Fraction(HOP.mean, HOP.gap)

    figure = picture(380)
    top = plot(figure, 24, 232, 12, 24)
    lanes(top, free, all_of, "Nobody interferes")
    low = plot(figure, 24, 42, 12, 214)
    lanes(low, kept, all_of, "All are blocked for five seconds")
    low.axvspan(STARTS / SECOND, let_in / SECOND, color=PANEL, linewidth=0, zorder=0)
    low.text((STARTS + BLOCKED / 2) / SECOND, 0.2, "nothing is let in", ha="center", color=MUTED)
    low.axvspan(alice.plan.earliest / SECOND, alice.plan.latest / SECOND, color=ORANGE, linewidth=0)
    low.text(alice.plan.latest / SECOND + 0.12, 0.7 * len(kept.came), "Alice's window", color=ORANGE)
    low.plot(let_in / SECOND, len(kept.came) / 2, "X", color=ORANGE, markersize=10)
    low.text(let_in / SECOND + 0.25, len(kept.came) / 2, "too late", va="center", color=INK)
    low.set_xlabel("seconds")
    return [
        Page(
            "blocking",
            "Blocking a stop-and-go mix",
            f"""
A stop-and-go mix holds each message for as long as its sender says. Delays have a mean of one second, {rho} messages
come in a second, and so {rho} are in the mix on average. Alice sends at second {STARTS // SECOND}. She has drawn a
delay of {alice.plan.delay / SECOND:.3f} s.

If nobody interferes, an observer who sees all times learns of the message that leaves when hers does only that it may
be one of {sum(chance > 0 for chance in chances.values())}; that it is hers has the chance
{written(chances[alice.name])}.

A blocker stops everything on its way to the mix, Alice's message too. After {BLOCKED // SECOND} mean delays the mix is
empty with the chance {drained(rho, Fraction(BLOCKED, HOP.mean)):.4g}; in this run it holds {kept.held or "none"}. Now
he lets her message in, alone. If the mix took it, it would be the next to leave, with the chance
{written(sure[alice.name])}.

But Alice knows how long her message takes to get there. A link takes {FASTEST // 1000} to {SLOWEST // 1000} ms, clocks
are {SKEW // 1000} ms apart at most, and she has told the mix when to expect it: from second
{alice.plan.earliest / SECOND:g} to {alice.plan.latest / SECOND:g}. It comes at {let_in / SECOND:g}. The mix refuses it:
{kept.refused.clause}. He has a message less to deliver, and no name.

Within the window he can hold it up for {slack // 1000} ms at most. In that time the mix is empty with the chance
{drained(rho, Fraction(slack, HOP.mean)):.2g}; without any attack, a message is alone all the time with
{numbers["alone"]:.2g}.
            """,
            figure,
            "Two timelines. Above, Alice's message overlaps others in the mix. Below, nothing is let in for five "
            "seconds, the others leave, and Alice's message comes long after its window and is refused.",
            "Each line is a message, from when it came to when it left. The narrow band is Alice's window, "
            f"{(alice.plan.latest - alice.plan.earliest) // 1000} ms for the link and the clocks.",
            {
                "SGM-11": "what comes outside of its window is refused.",
                "SGM-6": "the window is as narrow as links and clocks allow.",
                "SGM-4": "a sender refuses a mix in which too few others are.",
                "SGM-18": "who watches knows it for certain if nothing else is there.",
                "SGM-2": "delays have no memory, so times tell no more than the order of events.",
            },
            (
                ("sgmix", "a_message_held_back_for_longer_comes_too_late"),
                ("sgmix", "an_honest_message_comes_within_its_window"),
                ("sgmix", "who_left_is_as_reported"),
                ("sgmix", "nobody_can_tell_who_left"),
            ),
            "anonspec measure sgmix --occupancy 5",
            "a message that is held up comes too late to be found",
        )
    ]
