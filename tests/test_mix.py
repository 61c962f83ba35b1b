"""Of the reference of chapter mix what neither laws nor vectors say."""

from fractions import Fraction
from typing import Any

import pytest

from anonlaws.mix.wire import NO_DUMMIES, SIZE, message
from anonref import mix as net
from anonspec.mix.model import Cottrell, Mix, Threshold, ThresholdAndTime, ThresholdPool, Timed
from anonspec.shape import Reject

SEED = bytes(range(32))


def begun(rule: Any, seed: bytes = SEED) -> Mix:
    return net.begin(rule, SIZE, "uniform", NO_DUMMIES, seed)


def test_a_refusal_leaves_the_state_alone() -> None:
    mix, _ = net.arrive(begun(Threshold(threshold=3)), message(0))
    before = mix.model_copy(deep=True)
    for wrong, clause in ((message(0), "MIX-5"), (b"short", "MIX-4")):
        with pytest.raises(Reject) as refusal:
            net.arrive(mix, wrong)
        assert refusal.value.clause == clause
    assert mix == before


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        begun(Threshold(threshold=2)).flush = 7  # type: ignore[misc]


def test_nothing_is_drawn_without_a_seed() -> None:
    with pytest.raises(Reject) as refusal:
        net.begin(Threshold(threshold=2), SIZE, "uniform", NO_DUMMIES, None)
    assert refusal.value.clause == "MIX-18"


def test_a_copy_is_never_taken_however_often_it_comes() -> None:
    mix = begun(ThresholdAndTime(kind="threshold-or-timed", threshold=2, period=3))
    mix, _ = net.arrive(mix, message(0))
    for _ in range(5_000):
        with pytest.raises(Reject):
            net.arrive(mix, message(0))
        mix, _ = net.tick(mix)


def test_the_memory_is_a_hash_for_each_message_of_one_key() -> None:
    mix = begun(Timed(period=1))
    for number in range(100):
        mix, _ = net.arrive(mix, message(number))
        mix, _ = net.tick(mix)
    assert {len(each) for each in mix.memory} == {32}
    assert len(mix.memory) == 100
    assert net.new_key(mix)[0].memory == frozenset()


def test_the_example_of_the_chapter() -> None:
    quotas = [
        net.quota(Cottrell(kind=kind, period=1, threshold=1, pool=45, fraction=Fraction(13, 20)), 100)
        for kind in ("cottrell-r1", "cottrell-r2", "cottrell-r3", "cottrell-r4")
    ]
    assert quotas == [35, 55, 55, 55]


def test_long_waits_are_as_rare_as_stated() -> None:
    """Of 2,000 messages that came to a pool mix with n = f = 2 one in 2^j waits j flushes; the bounds are generous."""
    mix, waited, came = begun(ThresholdPool(threshold=2, pool=2)), list[int](), dict[bytes, int]()
    for number in range(2_000):
        content = number.to_bytes(SIZE)
        came[content] = mix.flush
        mix, sends = net.arrive(mix, content)
        waited += [mix.flush - came[each] for each in sends if each in came]
    for flushes in (1, 2, 3):
        assert abs(sum(each > flushes for each in waited) - 2_000 / 2**flushes) < 150


# ---- records ----


def test_ticks_mean_nothing_to_a_mix_without_a_period() -> None:
    mix, _ = net.arrive(begun(ThresholdPool(threshold=3, pool=2)), message(0))
    waited = mix
    for _ in range(2**16):
        waited, sends = net.tick(waited)
        assert sends == ()
    assert net.restart(waited)[0] == mix


def test_a_record_that_was_cut_or_changed_anywhere_is_none() -> None:
    mix, _ = net.arrive(begun(ThresholdPool(threshold=3, pool=2)), message(0))
    record = net.write_down(mix)[1]
    parts = [record[:place] for place in range(len(record))]
    parts += [record[:place] + "~" + record[place + 1 :] for place in range(len(record))]
    for part in parts:
        with pytest.raises(Reject) as refusal:
            net.resume(part)
        assert refusal.value.clause == "MIX-25"
    assert net.resume(record) == mix
