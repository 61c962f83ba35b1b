"""Of the reference of chapter dcnet what neither laws nor vectors say."""

import pytest

from anonlaws import law, prove
from anonlaws.dcnet.laws import LAWS
from anonlaws.dcnet.net import NeverSigned
from anonref import dcnet as net
from anonref import suite
from anonspec.dcnet.model import Waiting, Xor
from anonspec.shape import Reject


def test_long_words_are_announced_as_short_ones_are() -> None:
    """A pad that is a cipher's pass over the block gives the word that the pad written out gives."""
    group, message = Xor(bytes=100), net.frame(Xor(bytes=100), b"the same word")
    keys = {peer: suite.sha256(b"%d" % peer) for peer in (1, 2, 7)}
    pads = {peer: int.from_bytes(suite.keystream(key, 100)) for peer, key in keys.items()}
    streams = {peer: suite.Keystream(key) for peer, key in keys.items()}
    word = net.announce(group, 3, pads, message)
    block = suite.Block(net.write_word(group, message))
    assert net.announce(group, 3, streams, block).data == net.write_word(group, word)
    with pytest.raises(AttributeError):
        _ = block.data  # it was taken over, and cannot be mistaken for what it was


def test_a_refusal_leaves_the_state_alone() -> None:
    reader = net.listen(Xor(bytes=1), 3, 0)
    reader, _ = net.hear(reader, 0, 1, 7)
    with pytest.raises(Reject) as refusal:
        net.hear(reader, 0, 1, 9)
    assert (refusal.value.clause, refusal.value.culprit) == ("DCN-16", 1)
    assert reader == Waiting(group=Xor(bytes=1), members=3, round=0, missing=(0, 2), total=7)


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        net.listen(Xor(bytes=1), 3, 0).round = 1  # type: ignore[misc]


def test_signs_do_not_matter_in_xor_and_do_elsewhere() -> None:
    """The counterexample to unsigned pads is never an xor group."""
    (delivers,) = (each for each in LAWS if each.name == "the_round_delivers_the_sum")
    result = prove.prove(delivers, law.variant(net, NeverSigned))
    assert result.verdict == "refuted"
    assert result.values["group"].kind == "mod"
    assert result.values["group"].modulus > 2
