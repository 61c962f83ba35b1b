"""Numbers that a chapter's text promises, exact: what a coalition learns, and what a protocol costs.

Each is computed by the subject's own functions or by the formula that a law holds against an enumeration.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, log2
from pathlib import Path
from typing import Any, get_args

from anonlaws.crowds import formulas
from anonlaws.dcnet.slots import expected_marked, expected_single, probability_distinct
from anonlaws.mix import formulas as mixes
from anonlaws.sgmix import formulas as stop_and_go
from anonspec.dcnet.model import Edge
from anonspec.mix.model import Constant, Dummies, Rule

Measures = dict[str, Any]

DUMMIES: dict[str, tuple[tuple[str, ...], Callable[..., Fraction | float]]] = {
    "poisson": (("mean",), mixes.attacker_right_poisson),
    "geometric": (("continue",), mixes.attacker_right_geometric),
    "binomial": (("trials", "chance"), mixes.attacker_right_binomial),
    "constant": (("count",), mixes.attacker_right_constant),
}
"""Laws of how many dummies join a batch: the names of their parameters, and how often the attacker is right."""


def dcnet(net: Any, members: int, edges: tuple[Edge, ...], coalition: tuple[int, ...]) -> Measures:
    """What a coalition learns of the sender on a key graph, and what a slot costs. Raises Reject. DCN-33"""
    parts = net.anonymity_sets(members, edges, coalition)
    posterior = {str(member): Fraction(1, len(part)) for part in parts for member in part}
    return {
        "components": [list(part) for part in parts],
        "posterior": dict(sorted(posterior.items(), key=lambda item: int(item[0]))),
        "key_words_per_slot": len(edges),
        "announced_words_per_slot": members,
    }


def reservation(slots: int, senders: int) -> Measures:
    """How a reservation round goes for senders that each draw one of the slots."""
    return {
        "expected_marked": expected_marked(slots, senders),
        "expected_single": expected_single(slots, senders),
        "expected_undetected_collisions": expected_marked(slots, senders) - expected_single(slots, senders),
        "all_distinct": probability_distinct(slots, senders),
    }


def crowds(members: int, collaborators: int, forward: Fraction, own: bool = True) -> Measures:
    """What collaborators, who put together what they see, and the server learn of a path's initiator.

    What is a chance given a hit is None without collaborators. Raises ValueError outside of the model.
    """
    crowd = (members, collaborators, forward, own)
    given_hit = {
        "initiator_given_hit": formulas.initiator_given_hit,
        "other_given_hit": formulas.other_given_hit,
        "probable_innocence": formulas.probable_innocence,
        "entropy_bits": formulas.entropy_bits,
        "min_entropy_bits": formulas.min_entropy_bits,
        "effective_set_size": formulas.effective_set_size,
        "degree": formulas.degree,
        "information_bits": formulas.information_bits,
    }
    return {
        "collaborator_on_path": formulas.collaborator_on_path(*crowd),
        "server_sees_initiator": formulas.server_sees_initiator(*crowd),
        "mean_forwarders": formulas.mean_forwarders(forward),
        **{name: function(*crowd) if collaborators else None for name, function in given_hit.items()},
    }


def linked_paths(honest: int, bad_hop: Fraction, forward: Fraction, paths: int) -> Measures:
    """Shmatikov's model: who is seen at least twice on linked paths. Raises ValueError outside of the model."""
    given = (honest, bad_hop, forward, paths)
    return {
        "positive": formulas.positive(*given),
        "false_positive": formulas.false_positive(*given),
        "confidence": formulas.confidence(*given),
    }


def predecessor(members: int, collaborators: int, forward: Fraction, paths: int) -> Measures:
    """How often the likeliest guess after so many linked paths is right. Raises ValueError outside of the model."""
    given = (members, collaborators, forward, paths)
    return {"success": formulas.predecessor_success(*given), "bound": formulas.predecessor_bound(*given)}


def mix(
    rule: str,
    new: int,
    pool: int,
    fraction: Fraction | None = None,
    period: int | None = None,
    rounds: int | None = None,
) -> Measures:
    """How well a batching mix hides a message, and how long it keeps it, if `new` messages come before each flush.

    For one that leaves in the given round, the dummies that the pool began with counted as possible origins, or in the
    long run (None). `mean_rounds` is how many flushes a message attends, in the long run in either case. With a period,
    in ticks, `mean_delay_ticks` is the mean delay of a rule that flushes at every period's end, if messages come evenly
    spread over it. Raises ValueError outside of the model.
    """
    held = mixes.settled(rule, new, pool, fraction)
    attended = mixes.mean_rounds(rule, new, pool, fraction)
    if rounds is None:
        bits = mixes.limit_bits(new, held - new)
    else:
        bits, held = mixes.bits_after(rule, new, pool, fraction, rounds)
    found: Measures = {
        "entropy_bits": bits,
        "min_entropy_bits": log2(held),
        "effective_set_size": 2**bits,
        "mean_rounds": attended,
    }
    if period is not None:
        if period < 1 or rule in ("threshold", "threshold-or-timed", "threshold-pool"):
            raise ValueError(f"rule {rule} does not flush at the end of each period of {period} ticks")
        found["mean_delay_ticks"] = (attended - Fraction(1, 2)) * period
    return found


def quota(node: Any, rule: str, threshold: int, pool: int, fraction: Fraction | None, held: int) -> Measures:
    """Whether a mix with so many messages fires, on the occasion that its rule is tested at, and how many leave.

    `threshold-or-timed` is tested at both, and fires at a period's end in any case. Raises Reject for a rule that the
    mix refuses, and ValueError for one that is none. MIX-7, MIX-8, MIX-10, MIX-11, MIX-12
    """
    mixes.check(rule, 1, pool, fraction)
    fields = {"threshold": threshold, "period": 1, "pool": pool, "fraction": fraction}
    shape = next(
        shape for shape in get_args(get_args(Rule)[0]) if rule in get_args(shape.model_fields["kind"].annotation)
    )
    made = shape(kind=rule, **{name: value for name, value in fields.items() if name in shape.model_fields})
    none = Constant(count=0)
    node.begin(made, 1, "uniform", Dummies(pool=none, output=none), b"\1" * 32)  # refused here, if it is to be
    fires = node.fires(made, held, True) or node.fires(made, held, False)
    return {"fires": fires, "sends": node.quota(made, held) if fires else 0}


def blending(threshold: int, pool: int) -> Measures:
    """What it costs to trap a message in a threshold pool mix, alone among the attacker's, on average.

    Raises ValueError outside of the model.
    """
    return {
        "rounds_to_purge": mixes.rounds_to_purge(pool, threshold + pool, threshold),
        "rounds_for_target": mixes.rounds_for_target(threshold, pool),
        "messages": mixes.blending_messages(threshold, pool),
    }


def dummies(law: str, given: Mapping[str, Any]) -> Measures:
    """How often the attacker picks the target among the dummies of a law, with the parameters that are DUMMIES'.

    Raises ValueError for a law or parameters that are none.
    """
    if law not in DUMMIES:
        raise ValueError(f"there is no law {law!r} of dummies; there are: {', '.join(DUMMIES)}")
    names, function = DUMMIES[law]
    if set(given) != set(names):
        raise ValueError(f"law {law} wants {' and '.join(f'--{name}' for name in names)}, and no more")
    return {"attacker_right": function(*(given[name] for name in names))}


def sgmix(occupancy: Fraction) -> Measures:
    """What three observers know of a message that leaves a continuous mix. Raises ValueError outside of the model."""
    return {
        "order_only_bits": stop_and_go.order_only_bits(occupancy),
        "timing_bits": stop_and_go.timing_bits(occupancy),
        "full_observer_bits": stop_and_go.full_observer_bits(occupancy),
        "first_out": stop_and_go.first_out(occupancy),
        "alone": stop_and_go.alone(occupancy),
    }


def with_floats(measures: Measures) -> Measures:
    """The measures with a decimal beside each fraction, named for it."""
    beside = {f"{name}_float": float(value) for name, value in measures.items() if isinstance(value, Fraction)}
    return {**measures, **beside}


def exact(measures: Mapping[str, Any]) -> Measures:
    """The measures for JSON: fractions as strings, "19/40"."""
    return {name: _plain(value) for name, value in measures.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return exact(value)
    return value


def plot_crowds(members: int, collaborators: int, forward: Fraction, own: bool, file: Path) -> None:
    """Draw how innocence and the degree of anonymity move with p_f and with the collaborators' share.

    Beside the crowd that was asked for, others of the same size; its own p_f is marked. Raises ImportError.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - an optional dependency

    shares = sorted({max(1, members // 50), max(1, members // 10), max(1, members // 4), max(1, collaborators)})
    grid = [Fraction(i, 100) for i in range(1, 100)]
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for bad in (bad for bad in shares if members - bad >= 2):
        label = f"c = {bad} (c/n = {bad / members:.2g})"
        width = 2.5 if bad == collaborators else 1.2
        innocence = [float(formulas.initiator_given_hit(members, bad, p, own)) for p in grid]
        left.plot([float(p) for p in grid], innocence, label=label, linewidth=width)
        degrees = [formulas.degree(members, bad, p, own) for p in grid]
        right.plot([float(p) for p in grid], degrees, label=label, linewidth=width)
    left.axhline(0.5, color="grey", linestyle="--", linewidth=1)
    left.annotate("probable innocence below this line", (0.02, 0.51), color="grey", fontsize=8)
    left.set_ylabel("P(initiator | seen by the first collaborator)")
    right.set_ylabel("degree of anonymity, entropy / log2(n − c)")
    for axes in (left, right):
        axes.axvline(float(forward), color="grey", linestyle=":", linewidth=1)
        axes.set_xlabel("probability of forwarding, p_f")
        axes.set_ylim(0, 1.02)
        axes.legend(fontsize=8)
    figure.suptitle(f"Crowds of n = {members} members" + ("" if own else ", never choosing oneself"))
    figure.savefig(file, dpi=120)


def plot_mix(rule: str, new: int, pool: int, fraction: Fraction | None, file: Path) -> None:
    """Draw anonymity against mean delay for all rules, and which pool or fraction gives which delay.

    For `new` messages a round, and pools up to four times as large or up to the one asked for, which is marked. In the
    long run all rules lie on one line: what stays from flush to flush is a pool, whatever the rule. Raises ImportError.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - an optional dependency

    most, middle = max(4 * new, pool, 4), pool or new
    pools = sorted({max(1, most * i // 24) for i in range(25)} | {middle})
    fractions = [Fraction(i, 20) for i in range(4, 21)]
    asked = mixes.settled(rule, new, pool, fraction)
    held = {
        "no pool: threshold, timed": [new],
        f"constant pool, f = 1 … {most}": [mixes.settled("threshold-pool", new, each) for each in pools],
        **{
            f"{kind}, f = {middle}, q = 1 … 0.2": [mixes.settled(kind, new, middle, each) for each in fractions]
            for kind in ("cottrell-r1", "cottrell-r4")
        },
        "asked for": [asked],
    }
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.08})

    longest = max(max(each) for each in held.values())
    line = [new + (longest - new) * i // 400 for i in range(401)]
    delays = [each / new for each in line]
    left.plot(delays, [mixes.limit_bits(new, each - new) for each in line], color="grey", label="entropy, any rule")
    left.plot(delays, [log2(each) for each in line], color="grey", linestyle="--", label="min-entropy, any rule")
    for (label, each), marker, size in zip(held.items(), "*|x+o", (12, 9, 8, 7, 14), strict=True):
        bits = [mixes.limit_bits(new, many - new) for many in each]
        left.plot([many / new for many in each], bits, marker, label=label, markersize=size, fillstyle="none")
    left.set_xlabel("mean delay (rounds: flushes attended)")
    left.set_ylabel("anonymity of a leaving message (bits)")
    left.legend(fontsize=8, loc="lower right")
    low, high = left.get_ylim()
    sizes = [2**i for i in range(64) if low <= i <= high] if high - low > 2 else range(ceil(2**low), int(2**high) + 1)
    beside = left.twinx()
    beside.set_ylim(low, high)
    beside.set_yticks([log2(each) for each in sizes], [str(each) for each in sizes])
    beside.set_ylabel("effective set size (messages)")

    right.plot(pools, [(new + each) / new for each in pools], color="C1", label="constant pool; Cottrell with q = 1")
    for kind, style, color in (("cottrell-r1", "--", "C2"), ("cottrell-r4", ":", "C3")):
        for share, width in ((Fraction(3, 10), 1.0), (Fraction(13, 20), 2.0)):
            delays = [float(mixes.mean_rounds(kind, new, each, share)) for each in pools]
            label = f"{kind}, q = {float(share)}"
            right.plot(pools, delays, style, color=color, linewidth=width, label=label)
    right.plot([pool], [asked / new], "o", color="C4", markersize=14, fillstyle="none", label="asked for")
    right.set_xlabel("pool f (messages)")
    right.set_ylabel("mean delay (rounds: flushes attended)")
    right.legend(fontsize=8)
    figure.suptitle(
        f"Mixes fed n = {new} new messages a round, in the long run: what delay buys, and which settings cost it"
    )
    figure.savefig(file, dpi=120)


def plot_sgmix(occupancy: Fraction, file: Path) -> None:
    """Draw what three observers of a continuous mix know, against its occupancy; the given one is marked.

    Raises ImportError.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - an optional dependency

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    grid = [Fraction(10 ** (i / 12)).limit_denominator(1000) for i in range(-24, 37)]
    for name, bits, style in (
        ("sees the order of arrivals and departures after the target", stop_and_go.order_only_bits, "-"),
        ("sees the times of all arrivals, and one departure", stop_and_go.timing_bits, "--"),
        ("sees the times of all arrivals and departures", stop_and_go.full_observer_bits, "-."),
    ):
        axes.plot([float(rho) for rho in grid], [bits(rho) for rho in grid], style, label=name)
    axes.axvline(float(occupancy), color="grey", linestyle=":", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("occupancy, rate of arrivals × mean delay (messages)")
    axes.set_ylabel("entropy of a leaving message (bits)")
    axes.legend(fontsize=9)
    figure.suptitle("A continuous mix in the steady state")
    figure.savefig(file, dpi=120)
