"""Of the reference of chapter observer what neither laws nor vectors say."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from anonlaws.chance import Choose, distribution
from anonlaws.crowds import formulas
from anonref import observer as eye
from anonspec.observer.model import Chance, Global, Packet, PosteriorRequest
from anonspec.shape import Reject

F = Fraction


@pytest.mark.parametrize("text", ["", "-1/2", "1/0", "01", "1/02", "0.5", "1 /2", "1/", "+1", "1/2/3", "\u0661", "1\n"])
def test_what_is_no_chance_on_the_wire(text: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        PosteriorRequest.model_validate_json(f'{{"prior": ["{text}"], "likelihood": ["1"]}}'.replace("\n", "\\n"))


def test_chances_are_read_and_written_as_fractions() -> None:
    asked = PosteriorRequest.model_validate_json('{"prior": ["2/4", "1/2"], "likelihood": ["0", "1"]}')
    assert asked.prior == (F(1, 2), F(1, 2))
    assert asked.model_dump(mode="json") == {"prior": ["1/2", "1/2"], "likelihood": ["0", "1"]}


def test_what_collaborators_in_a_crowd_conclude_is_the_closed_form() -> None:
    """Bayes over the chances by which the first collaborator sees each member, for every initiator."""
    members, collaborators, forward = 6, 2, F(3, 4)
    honest = members - collaborators
    hit = formulas.collaborator_on_path(members, collaborators, forward)
    itself = hit * formulas.initiator_given_hit(members, collaborators, forward)
    other = hit * formulas.other_given_hit(members, collaborators, forward)
    found = eye.posterior([F(1, honest)] * honest, [itself, *[other] * (honest - 1)])
    assert found[0] == formulas.initiator_given_hit(members, collaborators, forward)
    told = eye.entropy(found)
    assert told.shannon == round(1000 * formulas.entropy_bits(members, collaborators, forward))
    assert told.effective == round(1000 * formulas.effective_set_size(members, collaborators, forward))
    assert told.degree == round(1000 * formulas.degree(members, collaborators, forward))
    assert told.min == round(1000 * formulas.min_entropy_bits(members, collaborators, forward))


def test_what_is_seen_behind_a_relay_that_shuffles_is_worth_a_guess_in_three() -> None:
    """Three users send within a tick, and the relay sends on in any order: by enumeration, a view tells nothing."""

    def world(choose: Choose) -> tuple[object, int]:
        order = [0, 1, 2]
        out = [order.pop(choose.among(range(len(order)))) for _ in range(3)]
        came = [Packet(time=0, source=u, destination=3, bytes=b"in", content=b"", cause=None) for u in range(3)]
        left = [
            Packet(time=1, source=3, destination=4 + i, bytes=b"out", content=b"", cause=u) for i, u in enumerate(out)
        ]
        return eye.view(Global(), came + left), out[0]

    joint = distribution(world)
    views = {view for view, _ in joint}
    rows: list[list[Chance]] = [[3 * joint[view, user] for user in range(3)] for view in views]
    told = eye.information([F(1, 3)] * 3, rows)
    assert (len(views), told.information, told.success) == (1, 0, F(1, 3))
    assert eye.posterior([F(1, 3)] * 3, rows[0]) == (F(1, 3),) * 3


def test_halves_of_thousandths_go_up() -> None:
    for bits, expected in (("0.0005", 1), ("1.2345", 1235), ("1.23449", 1234), ("0", 0)):
        assert eye.thousandths(Decimal(bits)) == expected


def test_a_logarithm_s_last_digit_does_not_spoil_what_is_whole() -> None:
    for users in range(1, 130):
        told = eye.entropy([F(1, users)] * users)
        assert told.effective == 1000 * users
        assert told.shannon == told.min
        assert told.degree == (1000 if users > 1 else 0)


def test_suspects_of_long_ways_are_found_at_once() -> None:
    ways = [
        Packet(time=t, source=a, destination=b, bytes=b"", content=b"", cause=None)
        for t, (a, b) in product(range(12), [(a, b) for a in range(6) for b in range(6) if a != b])
    ]
    assert eye.suspects(Global(), ways, range(6), range(6), len(ways) - 1) == tuple(range(6))


def test_a_refusal_says_which_packet() -> None:
    with pytest.raises(Reject, match="packet 0 goes from 1 to itself"):
        eye.view(Global(), [Packet(time=0, source=1, destination=1, bytes=b"", content=b"", cause=None)])
