"""Numbers that a chapter's text promises, exact: what a coalition learns, and what a protocol costs.

Each is computed by the subject's own functions or by the formula that a law holds against an enumeration.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

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


def exact(measures: Mapping[str, Any]) -> Measures:
    """The measures for JSON: fractions as strings, "19/40"."""
    return {name: _plain(value) for name, value in measures.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return exact(value)
    return value
