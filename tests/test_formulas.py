"""The closed forms of Crowds against enumeration, exact chains, and numbers that others have published."""

import time
import tracemalloc
from collections import Counter
from fractions import Fraction
from itertools import product
from math import log, log2
from typing import Any

import pytest

from anonlaws.chance import Choose, Done, absorb, distribution
from anonlaws.crowds import formulas as crowds

F = Fraction
FORWARD = [F(0), F(1, 2), F(3, 4), F(9, 10)]
SMALL = [
    (n, c, forward, own) for n in range(1, 7) for c in range(n) for forward in FORWARD for own in (True, False)
    if n > 1 or own
]  # fmt: skip


def first_seen(n: int, c: int, forward: Fraction, own: bool) -> dict[int | None, Fraction]:
    """Whom the first collaborator (they have the highest numbers) sees on a path of member 0; None: no hit."""

    def step(at: tuple[int, bool], choose: Choose) -> tuple[int, bool] | Done[int | None]:
        me, first = at
        if not first and not choose.coin(forward):
            return Done(None)
        to = choose.among([other for other in range(n) if own or other != me])
        return Done(me) if to >= n - c else (to, False)

    return absorb((0, True), step)


def last_before_the_server(n: int, forward: Fraction, own: bool) -> dict[int, Fraction]:
    def step(at: tuple[int, bool], choose: Choose) -> tuple[int, bool] | Done[int]:
        me, first = at
        if not first and not choose.coin(forward):
            return Done(me)
        return choose.among([other for other in range(n) if own or other != me]), False

    return absorb((0, True), step)


@pytest.mark.parametrize(("n", "c", "forward", "own"), SMALL)
def test_closed_forms_are_those_of_the_chain_of_single_members(n: int, c: int, forward: Fraction, own: bool) -> None:
    seen = first_seen(n, c, forward, own)
    hit = 1 - seen.get(None, 0)
    assert crowds.collaborator_on_path(n, c, forward, own) == hit
    if c:
        assert crowds.initiator_given_hit(n, c, forward, own) == seen.get(0, 0) / hit
        for other in range(1, n - c):
            assert crowds.other_given_hit(n, c, forward, own) == seen.get(other, 0) / hit
    assert crowds.server_sees_initiator(n, c, forward, own) == last_before_the_server(n, forward, own).get(0, 0)


def test_rows_of_the_table() -> None:
    for n, on_path, initiator, other, innocent, bits, share, information in (
        (5, F(1, 2), F(11, 20), F(3, 20), False, 1.7060075793123, 0.8530037896562, 0.2939924206877),
        (10, F(4, 13), F(2, 5), F(3, 40), True, 2.7709505944547, 0.8741375878590, 0.3989744069876),
    ):
        model = (n, 1, F(3, 4))
        assert crowds.collaborator_on_path(*model) == on_path
        assert crowds.initiator_given_hit(*model) == initiator
        assert crowds.other_given_hit(*model) == other
        assert crowds.probable_innocence(*model) is innocent
        assert crowds.server_sees_initiator(*model) == F(1, n)
        assert crowds.entropy_bits(*model) == pytest.approx(bits, abs=1e-13)
        assert crowds.degree(*model) == pytest.approx(share, abs=1e-13)
        assert crowds.information_bits(*model) == pytest.approx(information, abs=1e-13)
        assert crowds.min_entropy_bits(*model) == pytest.approx(-log2(initiator), abs=1e-15)
        assert crowds.effective_set_size(*model) == pytest.approx(2**bits, rel=1e-12)
    assert crowds.mean_forwarders(F(3, 4)) == 4
    assert crowds.mean_forwarders(F(3, 5)) == F(5, 2)
    assert sum(crowds.forwarders(k, F(1, 2)) for k in range(11)) == 1 - F(1, 1024)


def test_probable_innocence_where_reiter_and_rubin_say_and_nowhere_else() -> None:
    for n in range(2, 40):
        for c in range(1, n):
            for k in range(20):
                forward = F(k, 20)
                condition = forward > F(1, 2) and n >= forward * (c + 1) / (forward - F(1, 2))
                assert crowds.probable_innocence(n, c, forward) is condition


def test_the_degree_of_0_8_is_kept_up_to_three_collaborators_of_20() -> None:
    """The paper reads four off its graph."""
    assert crowds.degree(20, 3, F(3, 4)) >= 0.8
    assert crowds.degree(20, 4, F(3, 4)) == pytest.approx(0.79658, abs=5e-6)


def test_information_flow_as_published() -> None:
    for n, c, forward in product((5, 20, 77), (1, 4), (F(1, 2), F(9, 10))):
        h = n - c
        f = float((h - 1) * forward / n)
        flow = f * log2(h * forward / n) + (1 - f) * log2((1 - f) * h)
        assert crowds.information_bits(n, c, forward) == pytest.approx(flow, abs=1e-12)


def test_a_uniform_prior_keeps_the_posterior_and_another_does_not() -> None:
    model = (10, 1, F(3, 4))
    assert crowds.initiator_given_seen(F(1, 9), *model) == crowds.initiator_given_hit(*model) == F(2, 5)
    assert crowds.initiator_given_seen(F(1, 3), *model) == F(8, 11)


@pytest.mark.parametrize("own", [True, False])
def test_a_million_members_at_once(own: bool) -> None:
    model = (10**6, 10**5, F(3, 4), own)
    started = time.perf_counter()
    h, p, q = 900_000, crowds.initiator_given_hit(*model), crowds.other_given_hit(*model)
    assert p + (h - 1) * q == 1
    entropy = -float(p) * log2(p) - (h - 1) * float(q) * log2(q)
    assert crowds.entropy_bits(*model) == pytest.approx(entropy, rel=1e-12)
    assert crowds.information_bits(*model) == pytest.approx(log2(h) - entropy, rel=1e-9)
    assert crowds.degree(*model) == pytest.approx(entropy / log2(h), rel=1e-12)
    assert time.perf_counter() - started < 0.1


def test_hardly_any_information_is_not_lost_in_rounding() -> None:
    """All but certain to be forwarded: p is 2/n, and log h less the entropy cancels in seven digits."""
    n, forward = 10**6, 1 - F(1, 10**15)
    assert crowds.information_bits(n, 1, forward) == pytest.approx((2 - 1 / log(2)) / n, rel=1e-5)


def test_one_honest_member_is_certain() -> None:
    model = (4, 3, F(3, 4))
    assert crowds.initiator_given_hit(*model) == 1
    assert crowds.entropy_bits(*model) == crowds.min_entropy_bits(*model) == crowds.degree(*model) == 0
    assert crowds.effective_set_size(*model) == 1


# ---- linked paths ----

B = F(91, 1000)
PUBLISHED = {
    5: [0.052962535, 0.096199231, 0.145805237, 0.199161733],
    10: [0.036790811, 0.067986545, 0.104786788, 0.145485200],
    15: [0.031995505, 0.059462961, 0.092161251, 0.128653694],
    20: [0.029713033, 0.055378074, 0.086069054, 0.120476370],
}


def test_linked_paths_as_storm_s_exact_engine_has_them() -> None:
    assert crowds.positive(5, B, F(4, 5), 3) == F(16406726260175797, 309779851562500000)
    assert crowds.positive(4, B, F(4, 5), 3) == F(78686542099694893, 1268858272000000000)
    assert crowds.false_positive(4, B, F(4, 5), 3) == F(40300855878315123, 1268858272000000000)
    _, other = crowds.seen_in_a_run(4, B, F(4, 5))
    assert crowds.at_least_twice(other, 3) == F(13433618626105041, 1268858272000000000)


@pytest.mark.parametrize("honest", PUBLISHED)
def test_linked_paths_as_published_in_decimals(honest: int) -> None:
    for paths, said in zip(range(3, 7), PUBLISHED[honest], strict=True):
        assert float(crowds.positive(honest, B, F(4, 5), paths)) == pytest.approx(said, abs=2e-9)


@pytest.mark.parametrize(("honest", "paths"), [(1, 2), (2, 3), (3, 4), (4, 3), (4, 1)])
def test_linked_paths_are_those_of_enumeration(honest: int, paths: int) -> None:
    initiator, other = crowds.seen_in_a_run(honest, F(1, 6), F(4, 5))
    weights = [initiator, *[other] * (honest - 1), 1 - initiator - (honest - 1) * other]

    def twice(choose: Choose) -> tuple[bool, bool]:
        seen = Counter(choose.among(range(honest + 1), weights) for _ in range(paths))
        return seen[0] > 1, any(seen[other] > 1 for other in range(1, honest))

    found: dict[Any, Fraction] = distribution(twice)
    anybody = 1 - found[False, False]
    assert crowds.positive(honest, F(1, 6), F(4, 5), paths) == sum(found[key] for key in found if key[0])
    assert crowds.false_positive(honest, F(1, 6), F(4, 5), paths) == sum(found[key] for key in found if key[1])
    assert crowds.anybody_twice(honest, F(1, 6), F(4, 5), paths) == anybody
    if anybody:
        hits = sum(found[key] for key in found if key[0])
        assert crowds.confidence(honest, F(1, 6), F(4, 5), paths) == hits / anybody


def test_twenty_members_and_six_paths_cost_next_to_nothing() -> None:
    tracemalloc.start()
    started = time.perf_counter()
    assert 0 < crowds.confidence(20, B, F(4, 5), 6) < 1
    assert 0 < crowds.false_positive(20, B, F(4, 5), 6) < 1
    assert time.perf_counter() - started < 0.5
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


# ---- the predecessor attack ----


def test_success_after_linked_paths_as_published() -> None:
    found = [crowds.predecessor_success(5, 1, F(3, 4), paths) for paths in range(4)]
    assert found == [F(1, 4), F(2, 5), F(19, 40), F(4199, 8000)]


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("n", "c", "paths"), [(2, 1, 3), (3, 1, 4), (4, 1, 4), (5, 2, 3), (3, 0, 2)])
@pytest.mark.parametrize("forward", [F(0), F(3, 4)])
def test_the_attack_is_that_of_enumeration(n: int, c: int, paths: int, forward: Fraction, own: bool) -> None:
    seen = first_seen(n, c, forward, own)
    weights = [seen.get(who, F(0)) for who in (*range(n - c), None)]

    def attack(choose: Choose) -> tuple[Fraction, bool]:
        counts = Counter(choose.among([*range(n - c), None], weights) for _ in range(paths))
        most = max(counts[who] for who in range(n - c))
        leaders = [who for who in range(n - c) if counts[who] == most]
        return F(1, len(leaders)) if 0 in leaders else F(0), leaders == [0]

    found = distribution(attack)
    assert crowds.predecessor_success(n, c, forward, paths, own) == sum(F(key[0]) * p for key, p in found.items())
    assert crowds.predecessor_leads(n, c, forward, paths, own) == sum(p for key, p in found.items() if key[1])


def test_chernoff_s_bound_holds_and_is_of_use() -> None:
    for n, c, paths in product((5, 10, 20), (1, 2), (1, 5, 25)):
        fails = 1 - crowds.predecessor_leads(n, c, F(3, 4), paths)
        assert fails <= crowds.predecessor_bound(n, c, F(3, 4), paths)
    assert crowds.predecessor_bound(10, 2, F(3, 4), 400) < F(1, 100)
    a, b = F(11, 40), F(3, 40)
    assert float(crowds.predecessor_bound(5, 1, F(3, 4), 7)) == pytest.approx(
        3 * (1 - (float(a) ** 0.5 - float(b) ** 0.5) ** 2) ** 7, rel=1e-12
    )


def test_a_hundred_paths_of_a_large_crowd() -> None:
    started = time.perf_counter()
    assert F(1, 2) < crowds.predecessor_success(1000, 100, F(3, 4), 40) < 1
    assert time.perf_counter() - started < 2


# ---- outside the model ----


@pytest.mark.parametrize(
    "outside",
    [
        lambda: crowds.collaborator_on_path(5, 5, F(3, 4)),
        lambda: crowds.collaborator_on_path(5, -1, F(3, 4)),
        lambda: crowds.collaborator_on_path(5, 1, F(1)),
        lambda: crowds.collaborator_on_path(5, 1, 0.75),  # type: ignore[arg-type]
        lambda: crowds.server_sees_initiator(1, 0, F(3, 4), own=False),
        lambda: crowds.initiator_given_hit(5, 0, F(3, 4)),
        lambda: crowds.entropy_bits(5, 0, F(3, 4)),
        lambda: crowds.initiator_given_seen(F(2), 5, 1, F(3, 4)),
        lambda: crowds.mean_forwarders(F(1)),
        lambda: crowds.positive(0, B, F(4, 5), 3),
        lambda: crowds.positive(4, F(2), F(4, 5), 3),
        lambda: crowds.false_positive(4, B, F(4, 5), 0),
        lambda: crowds.confidence(4, F(0), F(4, 5), 3),
        lambda: crowds.confidence(4, B, F(4, 5), 1),
        lambda: crowds.predecessor_success(5, 1, F(3, 4), -1),
    ],
)
def test_outside_of_the_model_one_line_says_so(outside: Any) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        outside()
