"""Of the reference of chapter onion what neither laws nor vectors say, and the text's own numbers."""

import os

import pytest

from anonref import onion as net
from anonref import suite
from anonspec import text
from anonspec.onion.model import Hop
from anonspec.shape import Reject

SECRETS = [suite.sha256(bytes([place])) for place in range(5)]
ROUTE = tuple(
    Hop(mix=place, public=suite.public_value(each), delay=0, earliest=0, latest=0) for place, each in enumerate(SECRETS)
)


def test_a_refusal_leaves_the_state_alone() -> None:
    sender = net.prepare(5, 40, SECRETS[0])
    _, made = net.wrap(sender, ROUTE[:1], 7, b"?")
    node, _ = net.process(net.open_up(SECRETS[0], 0, 5, 40), made.packet)
    before = node.model_copy(deep=True)
    with pytest.raises(Reject) as refusal:
        net.process(node, made.packet)
    assert refusal.value.clause == "ONI-16"
    assert node == before


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        net.open_up(SECRETS[0], 0, 5, 40).epoch = 1  # type: ignore[misc]


def test_nothing_is_drawn_without_a_seed() -> None:
    for begin in (lambda: net.prepare(5, 40, None), lambda: net.expect(5, 40, 9, None)):
        with pytest.raises(Reject) as refusal:
            begin()
        assert refusal.value.clause == "ONI-4"


def test_multiplying_scalars_is_as_good_as_multiplying_elements() -> None:
    """Ten thousand times: a product is brought back to 32 bytes that clamping leaves as they are."""
    element = ROUTE[0].public
    for number in range(10_000):
        one, other = suite.sha256(b"one%d" % number), suite.sha256(b"other%d" % number)
        product = net.ANONSPEC1.product(one, other)
        assert net.clamped(product) == int.from_bytes(product, "little")
        if number < 200:
            assert suite.agree(product, element) == suite.agree(other, suite.agree(one, element) or b"")


def test_the_sizes_of_the_text() -> None:
    told = text.text("onion")
    assert "64 + 61 · r + P bytes" in told
    for most in (1, 5, 20):
        assert net.packet_size(most, 100) == 64 + 61 * most + 100
        assert net.header_size(most) == 48 + 61 * most


@pytest.mark.parametrize("length", range(1, 6))
def test_the_padding_of_the_paper_tells_the_length(length: int) -> None:
    """With zeros the last mix finds (r - n + 1) 61 - 45 of them behind its command, as the text says; drawn, none."""
    for padding, zeros in ((bytes(5 * 61 - 45), (5 - length + 1) * 61 - 45), (os.urandom(5 * 61 - 45), 0)):
        header, keys = net.headed(SECRETS[4], 5, ROUTE[:length], net.DELIVER, 7, net.NO_MARK, padding)
        packet = header + bytes(56)
        for place in range(length - 1):
            passed = net.peel(SECRETS[place], 5, 40, packet)
            packet = passed.packet or b""
        opened = suite.mask(keys[-1].rho, packet[32 : 32 + 305])[45:]
        found = len(opened) - len(opened.lstrip(b"\0"))
        assert found == zeros if zeros else found < 4
