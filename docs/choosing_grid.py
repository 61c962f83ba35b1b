"""The numbers behind docs/choosing.md: every protocol's measures on a grid of parameters, written as JavaScript.

    python docs/choosing_grid.py [--check]

writes docs/_static/choosing_grid.js and the table in choosing.md; with --check it writes nothing, and exits with 1 if
a file would change. Each value is that of the chapters' own functions. A fraction is text, "19/40"; a number that is
irrational, or whose fraction is longer than SHORT, is a decimal of DIGITS digits.

The unit of time is the *gap*, the mean time between two messages that come to a mix. A message's delay is what it
`waits`, in gaps, and the `links` that it goes over; the page says how long a link takes.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import log2
from pathlib import Path
from typing import Any

from anonlaws import check, measure
from anonlaws.cli_measure import graph as edges_of
from anonlaws.mix import attacks, formulas
from anonlaws.sgmix import formulas as stop_and_go
from anonspec.mix.model import Constant, Dummies, Threshold, Timed

DOCS = Path(__file__).parent
SCRIPT, PAGE = DOCS / "_static" / "choosing_grid.js", DOCS / "choosing.md"
MARKS = "<!-- grid -->", "<!-- /grid -->"
"""What the table stands between on the page."""

SHORT = 40
"""The longest fraction, in characters, that is written out."""
DIGITS = 10
"""Of a decimal: fewer than double precision has, so that every machine writes the same."""

Values = dict[str, Any]

OBSERVERS = {
    "wires": "reads every wire, and is none of the parties",
    "parts": "is some of the parties, which put together what they know",
    "server": "is the server that a request goes to",
    "order": "sees only in which order messages come and go at one mix",
}
"""Who looks. A protocol that does not say what an observer learns has no number for it."""

NEW = (2, 3, 5, 10, 20, 50, 100)
POOLS = (1, 2, 5, 10, 20, 45, 70, 100, 200)
SHARES = (Fraction(3, 10), Fraction(1, 2), Fraction(13, 20), Fraction(9, 10))
DUMMIES = (0, 1, 2, 5, 10)
OCCUPANCIES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300)


@dataclass(frozen=True)
class Parameter:
    """One thing that is chosen: its name, what it is, its values in order, and which one the page begins with."""

    name: str
    label: str
    values: tuple[Any, ...]
    first: Any


@dataclass(frozen=True)
class Protocol:
    """A protocol on the page: `along` is the parameter whose values make the curve; `point` computes one point."""

    key: str
    name: str
    chapter: str
    who: dict[str, str]
    parameters: tuple[Parameter, ...]
    along: str
    columns: dict[str, tuple[str, str]]
    command: str
    attack: str
    point: Callable[..., Values | None]


def seen(who: str, bits: float | None, least: float | None) -> Values:
    """The anonymity against an observer: Shannon entropy and min-entropy in bits, None where there is no formula."""
    return {f"{who}_bits": bits, f"{who}_min": least}


# ---- mixes ----


def mixed(kind: str, new: int, pool: int = 0, fraction: Fraction | None = None) -> Values:
    """A mix that holds messages by a rule: what who reads all wires learns, and how long it takes."""
    found = measure.mix(kind, new, pool, fraction)
    attended = found["mean_rounds"]
    first = Fraction(new - 1, 2) if kind in ("threshold", "threshold-pool") else Fraction(new, 2)
    return {
        **seen("wires", found["entropy_bits"], found["min_entropy_bits"]),
        **seen("parts", 0.0, 0.0),
        "waits": (attended - 1) * new + first,
        "links": Fraction(2),
        "size": found["effective_set_size"],
        "rounds": attended,
        "held": formulas.settled(kind, new, pool, fraction),
        "sent": Fraction(1),
        "public": Fraction(2),
    }


def alone_with(new: int, dummies: int, timed: bool = False) -> attacks.Chances:
    """What n - 1 is worth against an empty mix without a pool; against a clock nothing has to be sent."""
    rule = Timed(kind="timed", period=new) if timed else Threshold(kind="threshold", threshold=new)
    made = Dummies(pool=Constant(count=0), output=Constant(count=dummies))
    return attacks.chances(NET["mix"], attacks.ATTACKS["mix.n-1"], attacks.Scene(rule, made, 0, 2, 20))


MIX_WHO = {
    "wires": "reads every wire, knows the rule, sends and holds up nothing; the mix is honest",
    "parts": "is the mix: it knows which message went where",
}
MIX_COLUMNS = {
    "size": ("learns", "effective set size, to who reads every wire"),
    "rounds": ("delay", "flushes that a message attends, its own included, mean"),
    "held": ("costs", "messages that the mix holds at a flush"),
    "sent": ("costs", "messages that leave the mix for each that came"),
    "public": ("costs", "public-key operations: one seal, one opening"),
}
NEW_MESSAGES = Parameter("new", "new messages in each round, n", NEW, 20)
POOL = Parameter("pool", "messages that stay in the pool, f", POOLS, 45)
SHARE = Parameter("fraction", "part that leaves, q", SHARES, Fraction(13, 20))
WITH_DUMMIES = Parameter("dummies", "dummies of the mix on the output of each flush", DUMMIES, 0)
MIX_COMMAND = "anonspec measure mix --rule {rule} --threshold {new}"


def poolless(kind: str, name: str) -> Protocol:
    """A rule that lets all leave."""
    timed = kind == "timed"
    columns = MIX_COLUMNS | {
        "n1_right": ("attack", "n − 1 on an empty mix: the attacker picks the target with chance"),
        "n1_sent": ("attack", "n − 1: messages of his own that he sends"),
        "n1_held_up": ("attack", "n − 1: messages of others that he holds up, of two that come"),
    }
    if timed:
        columns["random_bits"] = ("learns", "Shannon entropy to who reads every wire, if messages come at random, mean")
        columns["random_alone"] = ("attack", "nobody else came in the period, if messages come at random: chance")

    def point(new: int, dummies: int) -> Values:
        worth = alone_with(new, dummies, timed)
        mean = Fraction(new)
        random = {"random_bits": formulas.timed_bits(mean), "random_alone": formulas.timed_alone(mean)}
        return {
            **mixed(kind, new),
            **(random if timed else {}),
            "sent": 1 + Fraction(dummies, new),
            "n1_right": worth.right,
            "n1_sent": worth.sent,
            "n1_held_up": worth.held_up,
        }

    return Protocol(
        kind, name, "mix", MIX_WHO, (NEW_MESSAGES, WITH_DUMMIES), "new", columns,
        MIX_COMMAND.replace("{rule}", kind) + (" --period {new}" if timed else ""),
        f"anonspec attack mix.n-1 --rule {kind} {'--period' if timed else '--threshold'} {{new}} --others 0 "
        "--dummies {dummies}",
        point,
    )  # fmt: skip


def blended(kind: str, new: int, pool: int, fraction: Fraction | None = None) -> Values:
    """What blending costs in the steady state: he holds up all others, and sends n of his own before each flush."""
    held = formulas.settled(kind, new, pool, fraction)
    purged, target = formulas.rounds_to_purge(held - new, held, new), Fraction(held, new)
    return {"purged": purged, "target": target, "blended": new * (purged + target) - 1}


BLENDING = {
    "purged": ("attack", "blending: flushes until nothing of others is in the pool, mean"),
    "target": ("attack", "blending: flushes until the target is out after that, mean"),
    "blended": ("attack", "blending: messages of his own that it takes, n before each flush, mean"),
}


def pooled(kind: str, name: str) -> Protocol:
    """A rule with a constant pool."""
    clock = " --period {new}" if kind == "timed-pool" else ""
    return Protocol(
        kind, name, "mix", MIX_WHO, (NEW_MESSAGES, POOL), "pool", MIX_COLUMNS | BLENDING,
        MIX_COMMAND.replace("{rule}", kind) + " --pool {pool}" + clock,
        "anonspec measure blending --threshold {new} --pool {pool}",
        lambda new, pool: {**mixed(kind, new, pool), **blended(kind, new, pool)},
    )  # fmt: skip


def cottrell(form: int) -> Protocol:
    """One of the four rules that have Cottrell's name."""
    kind = f"cottrell-r{form}"
    stays = "flushes until any message has left but for a chance of 2^−20, whatever else he sends: at least"
    return Protocol(
        kind, f"Cottrell R{form}", "mix", MIX_WHO, (NEW_MESSAGES, POOL, SHARE), "pool",
        MIX_COLUMNS | BLENDING | {"stays": ("attack", stays)},
        MIX_COMMAND.replace("{rule}", kind) + " --pool {pool} --fraction {fraction} --period {new}",
        f"anonspec attack mix.blending --rule {kind} --threshold 1 --pool {{pool}} --fraction {{fraction}} --others 0",
        lambda new, pool, fraction: {
            **mixed(kind, new, pool, fraction),
            **blended(kind, new, pool, fraction),
            "stays": formulas.least_rounds(fraction, 20),
        },
    )  # fmt: skip


# ---- the others ----


def sgmixed(occupancy: Fraction) -> Values:
    """A stop-and-go mix, by Little's law in gaps: its occupancy is its mean delay."""
    found = measure.sgmix(occupancy)
    return {
        **seen("wires", found["full_observer_bits"], None),
        **seen("parts", 0.0, 0.0),
        **seen("order", found["order_only_bits"], -log2(found["first_out"])),
        "waits": Fraction(occupancy),
        "links": Fraction(2),
        "timing": found["timing_bits"],
        "first": found["first_out"],
        "held": Fraction(occupancy),
        "sent": Fraction(1),
        "alone": found["alone"],
        "blocked": stop_and_go.first_out_if_blocked(occupancy),
        "drained": stop_and_go.drained(occupancy, Fraction(5)),
    }


SGMIX = Protocol(
    "sgmix", "stop-and-go mix", "sgmix",
    {
        "wires": "reads every wire, and knows when every message comes and goes; the mix is honest; a mean",
        "parts": "is the mix: it knows which message went where",
        "order": "sees only which departure is the how-manieth after the target has come",
    },
    (Parameter("occupancy", "messages held on average, mean delay / gap",
               (Fraction(1, 2), *(Fraction(each) for each in OCCUPANCIES)),
               Fraction(50)),),
    "occupancy",
    {
        "timing": ("learns", "Shannon entropy, to who knows the times of all arrivals and of one departure"),
        "first": ("learns", "the first to leave after the target came is the target: chance"),
        "held": ("costs", "messages that the mix holds, mean"),
        "sent": ("costs", "messages that leave the mix for each that came"),
        "alone": ("attack", "no other message ever meets the target in the mix: chance"),
        "blocked": ("attack", "all after the target is blocked, and the first to leave is the target: chance"),
        "drained": ("attack", "all was blocked for 5 mean delays before, and nobody else is left: chance"),
    },
    "anonspec measure sgmix --occupancy {occupancy}",
    "anonspec measure sgmix --occupancy {occupancy}",
    sgmixed,
)  # fmt: skip


def crowded(members: int, collaborators: int, forward: Fraction) -> Values | None:
    """A crowd whose members may choose themselves, and one that is seen by collaborators."""
    if members - collaborators < 2:
        return None
    found = measure.crowds(members, collaborators, forward)
    server = -log2(found["server_sees_initiator"])
    return {
        **seen("wires", 0.0, 0.0),
        **seen("parts", found["entropy_bits"], found["min_entropy_bits"]),
        **seen("server", server, server),
        "waits": Fraction(0),
        "links": found["mean_forwarders"] + 1,
        "hit": found["collaborator_on_path"],
        "initiator": found["initiator_given_hit"],
        "innocent": "yes" if found["probable_innocence"] else "no",
        "size": found["effective_set_size"],
        "messages": found["mean_forwarders"] + 1,
        "public": Fraction(0),
        "predecessor2": measure.predecessor(members, collaborators, forward, 2)["success"],
        "predecessor10": measure.predecessor(members, collaborators, forward, 10)["success"],
    }


CROWDS = Protocol(
    "crowds", "Crowds", "crowds",
    {
        "wires": "reads every link between members: a request goes out of its initiator without having come in",
        "parts": "is the collaborators, one of whom is on the path; every honest member is as likely beforehand",
        "server": "is the server, alone; it sees the last member of the path",
    },
    (Parameter("members", "members, n", (5, 10, 20, 50, 100, 200), 20),
     Parameter("collaborators", "collaborators, c", (1, 2, 3, 5, 10, 20), 1),
     Parameter("forward", "chance of one more hop, p_f",
               tuple(map(Fraction, ("1/2", "3/5", "2/3", "3/4", "4/5", "9/10", "19/20"))), Fraction(3, 4))),
    "forward",
    {
        "hit": ("learns", "a collaborator is on the path: chance"),
        "initiator": ("learns", "given that, the member it sees is the initiator: chance"),
        "innocent": ("learns", "probable innocence, to collaborators"),
        "size": ("learns", "effective set size, to collaborators on the path"),
        "messages": ("costs", "messages for a request, the one to the server included, mean"),
        "public": ("costs", "public-key operations"),
        "predecessor2": ("attack", "predecessor: the likeliest guess after 2 linked paths is right with chance"),
        "predecessor10": ("attack", "predecessor: the same after 10 linked paths"),
    },
    "anonspec measure crowds --members {members} --collaborators {collaborators} --forward {forward}",
    "anonspec measure predecessor --members {members} --collaborators {collaborators} --forward {forward} --paths 10",
    crowded,
)  # fmt: skip

BESIDE, SPREAD = "ring, colluders beside the sender", "ring, colluders spread evenly"


def netted(members: int, graph: str, colluders: int, turn: str) -> Values | None:
    """A DC-net: the set is the sender's component, the smallest one where colluders are spread."""
    if colluders > members - 2:
        return None
    edges = edges_of(graph.partition(",")[0], members)
    apart = [at * members // max(1, colluders) for at in range(colluders)]
    places = [0, *range(2, members)] if graph == BESIDE else apart
    coalition = tuple(places[:colluders])
    found = measure.dcnet(NET["dcnet"], members, edges, coalition)
    parts = found["components"]
    size = len(next(part for part in parts if 1 in part)) if graph == BESIDE else min(map(len, parts))
    rounds = Fraction(1) if turn == "nobody else sends" else Fraction(members + 1, 2)
    return {
        **seen("wires", log2(members), log2(members)),
        **seen("parts", log2(size), log2(size)),
        "waits": Fraction(0),
        "links": rounds,
        "size": Fraction(size),
        "posterior": Fraction(1, size),
        "keys": Fraction(found["key_words_per_slot"]),
        "announced": Fraction(found["announced_words_per_slot"]),
        "least": Fraction(NET["dcnet"].least_keys(members, colluders)),
        "coalition": ",".join(map(str, coalition)),
        "expose": Fraction(members - 1 if graph == "complete" else 2),
    }


DCNET = Protocol(
    "dcnet", "DC-net", "dcnet",
    {
        "wires": "reads the whole board and knows the key graph, but no pad",
        "parts": "is the colluders, who read the whole board and know their own pads and messages",
    },
    (Parameter("members", "members, n", (3, 4, 5, 7, 10, 20, 50, 100), 20),
     Parameter("graph", "key graph", ("complete", BESIDE, SPREAD), "complete"),
     Parameter("colluders", "colluders, t", (0, 1, 2, 3, 5, 10), 2),
     Parameter("turn", "whose slot it is", ("nobody else sends", "each member in turn"), "each member in turn")),
    "members",
    {
        "size": ("learns", "anonymity set, to the colluders"),
        "posterior": ("learns", "chance of each member of it, to the colluders"),
        "keys": ("costs", "secret key words for each word said: bits of key for each bit"),
        "announced": ("costs", "words announced for each word said"),
        "least": ("costs", "the fewest key words with which any so many colluders leave all others in one set"),
        "coalition": ("attack", "the colluders"),
        "expose": ("attack", "collusion: so many, in the right places, are sure of one member"),
    },
    "anonspec measure dcnet --members {members} --edges {edges} --colluders {coalition}",
    "anonspec measure dcnet --members {members} --edges {edges} --colluders {coalition}",
    netted,
)  # fmt: skip


def cascaded(mixes: int, new: int, rule: str, bad: Fraction) -> Values:
    """Mixes in a row, nothing lost on the way: a batch that has left a mix comes to the next one whole.

    With thresholds it leaves there at once; with clocks that tick together it waits for a whole period.
    """
    found = measure.mix(rule, new, 0)
    later = Fraction(0) if rule == "threshold" else Fraction(new)
    first = Fraction(new - 1, 2) if rule == "threshold" else Fraction(new, 2)
    return {
        **seen("wires", found["entropy_bits"], found["min_entropy_bits"]),
        **seen("parts", found["entropy_bits"], found["min_entropy_bits"]),
        "waits": first + (mixes - 1) * later,
        "links": Fraction(mixes + 1),
        "honest": 1 - bad**mixes,
        "seals": Fraction(mixes + 1),
        "openings": Fraction(mixes + 1),
        "bytes": Fraction(20 + mixes * (48 + 49)),
        "all_bad": bad**mixes,
        "n1_sent": Fraction(new - 1),
        "n1_right": alone_with(new, 0).right,
    }


CASCADE = Protocol(
    "cascade", "cascade", "cascade",
    {
        "wires": "reads every wire; all conditions of the chapter's list hold",
        "parts": "reads every wire and is all mixes but one; all conditions of the chapter's list hold",
    },
    (Parameter("mixes", "mixes in a row, k", (1, 2, 3, 4, 5, 7, 10), 3),
     Parameter("new", "honest messages in a batch, n", NEW, 20),
     Parameter("rule", "rule of each mix", ("threshold", "timed"), "threshold"),
     Parameter("bad", "chance that a mix is bad, q",
               tuple(map(Fraction, ("0", "1/10", "1/4", "1/2", "9/10"))), Fraction(1, 4))),
    "new",
    {
        "honest": ("learns", "some mix is honest, without which nothing is hidden: chance 1 − q^k"),
        "seals": ("costs", "public-key operations of the sender: seals"),
        "openings": ("costs", "public-key operations of all others: openings"),
        "bytes": ("costs", "bytes that an envelope has more than its payload, X25519"),
        "all_bad": ("attack", "all mixes are bad, and know who wrote to whom: chance q^k"),
        "n1_right": ("attack", "n − 1 at the honest mix, without dummies of its own: right with chance"),
        "n1_sent": ("attack", "n − 1: messages of his own that he sends"),
    },
    "anonspec measure mix --rule {rule} --threshold {new}",
    "anonspec attack cascade.n-1 --mixes {mixes}",
    cascaded,
)  # fmt: skip

NET: dict[str, Any] = dict(check.subject("anonref").chapters)
"""The reference's functions, of which the chapters' numbers are made."""

PROTOCOLS = (
    poolless("threshold", "threshold mix"),
    poolless("timed", "timed mix"),
    pooled("threshold-pool", "threshold pool mix"),
    pooled("timed-pool", "timed pool mix"),
    *(cottrell(form) for form in (1, 2, 3, 4)),
    SGMIX,
    CROWDS,
    DCNET,
    CASCADE,
)


def combinations(protocol: Protocol) -> Iterator[Values]:
    """All settings of a protocol, the last parameter changing quickest."""
    names = [parameter.name for parameter in protocol.parameters]
    for values in product(*(parameter.values for parameter in protocol.parameters)):
        yield dict(zip(names, values, strict=True))


def plain(value: Any) -> Any:
    """A value for JSON: fractions that are short as text, all else that is no whole number as a decimal."""
    if isinstance(value, Fraction | int):
        top, bottom = Fraction(value).as_integer_ratio()
        if max(top, bottom) < 10**SHORT and len(str(value)) <= SHORT:
            return str(value)
    if isinstance(value, Fraction | float):
        return float(f"{float(value):.{DIGITS}g}")
    return value


def keys(protocol: Protocol) -> list[str]:
    """The names of a point's values, in their order."""
    bits = [f"{who}_{kind}" for who in protocol.who for kind in ("bits", "min")]
    return ["waits", "links", *bits, *protocol.columns]


def grid() -> dict[str, Any]:
    """All that the page knows."""
    told = []
    for each in PROTOCOLS:
        names = keys(each)
        points = [point and [plain(point[name]) for name in names] for point in points_of(each)]
        told.append({
            "key": each.key, "name": each.name, "chapter": each.chapter, "who": each.who, "along": each.along,
            "parameters": [
                {"name": p.name, "label": p.label, "values": [str(value) for value in p.values],
                 "first": p.values.index(p.first)}
                for p in each.parameters
            ],
            "keys": names,
            "columns": {name: list(column) for name, column in each.columns.items()},
            "command": each.command, "attack": each.attack, "points": points,
        })  # fmt: skip
    return {"observers": OBSERVERS, "protocols": told}


def points_of(protocol: Protocol) -> Iterator[Values | None]:
    """The values of each setting, None where there is no such thing."""
    for setting in combinations(protocol):
        yield protocol.point(**setting)


def script() -> str:
    """The grid as a script that sets one constant, a protocol's points on one line each."""
    body = json.dumps(grid(), ensure_ascii=False, separators=(",", ":"))
    return f'"use strict";\n// Written by docs/choosing_grid.py.\nconst CHOOSING = {body};\n'


def table() -> str:
    """The points that the page begins with, as Markdown, for who has no script."""
    lines = [
        "| protocol | setting | reads every wire: bits (min-entropy) | is some of the parties: bits (min-entropy) "
        "| waits, gaps | links |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for each in PROTOCOLS:
        setting = {parameter.name: parameter.first for parameter in each.parameters}
        point = each.point(**setting)
        assert point
        said = "; ".join(f"{parameter.label}: {parameter.first}" for parameter in each.parameters)
        hidden = [
            f"{point[f'{who}_bits']:.3f} ({'–' if (least := point[f'{who}_min']) is None else f'{least:.3f}'})"
            for who in ("wires", "parts")
        ]
        lines.append(f"| {each.name} | {said} | {hidden[0]} | {hidden[1]} | {point['waits']} | {point['links']} |")
    return "\n".join(lines)


def files() -> Iterator[tuple[Path, str]]:
    """Every file that is written, with the content that it should have."""
    yield SCRIPT, script()
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    yield PAGE, f"{before}{MARKS[0]}\n{table()}\n{MARKS[1]}{after}"


def main(words: list[str]) -> int:
    """Write the files, or with --check tell which would change."""
    if words not in ([], ["--check"]):
        print("choosing_grid.py takes --check, and nothing else", file=sys.stderr)  # noqa: T201
        return 2
    stale = [(path, content) for path, content in files() if not path.exists() or path.read_text("utf-8") != content]
    for path, content in stale:
        if words:
            print(f"{path.relative_to(DOCS.parent)} is not what choosing_grid.py writes")  # noqa: T201
        else:
            path.write_text(content, encoding="utf-8")
    return 1 if words and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
