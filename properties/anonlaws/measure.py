"""Numbers that a chapter's text promises, exact: what a coalition learns, and what a protocol costs.

Each is computed by the subject's own functions or by the formula that a law holds against an enumeration.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from anonlaws.crowds import formulas
from anonlaws.dcnet.slots import expected_marked, expected_single, probability_distinct
from anonspec.dcnet.model import Edge

Measures = dict[str, Any]


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
