"""Of the reference of chapter mix what neither laws nor vectors say; and programs built otherwise, and right."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from anonlaws import check, conform, law, sample
from anonlaws.mix import waiting
from anonlaws.mix.wire import NO_DUMMIES, SIZE, message
from anonref import mix as net
from anonref.serve import REFERENCE
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


# ---- programs that are built otherwise, and right ----


def keeps_whole_messages(mix: Mix, content: bytes) -> Any:
    """A memory of whole messages, filled up with zeros to the width of a hash, and found by looking through it."""
    if len(content) == mix.size and mix.size < 32:
        if content.ljust(32, b"\0") in [each for each in sorted(mix.memory)]:  # noqa: C416 - looked through on purpose
            raise Reject("MIX-5", "here before")
        after, sends = net.arrive(mix.model_copy(update={"memory": frozenset()}), content)
        return after.model_copy(update={"memory": mix.memory | {content.ljust(32, b"\0")}}), sends
    return net.arrive(mix, content)


def flushes_late_in_the_same_tick(mix: Mix) -> Any:
    """The timer is restarted first; whether something is due is looked at when all else of the tick is done."""
    period = getattr(mix.rule, "period", 0)
    moved = mix.model_copy(update={"elapsed": (mix.elapsed + 1) % period if period else mix.elapsed})
    due = period and moved.elapsed == 0 and net.fires(mix.rule, len(mix.held), at_arrival=False)
    return net.fire(moved) if due else (moved, ())


def built(**functions: Callable[..., Any]) -> ModuleType:
    """The reference with some of its functions written otherwise."""
    module = net
    for name, function in functions.items():
        benign = law.Fault(name, "MIX-23", name, lambda _net, *given, by=function: by(*given), "built otherwise")
        module = law.variant(net, benign)
    return module


class SortedInside:
    """The reference with a state in which messages stand sorted, each with its place."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(net, name)
        if name in ("begin", "resume"):
            return lambda *given, **fields: packed(function(*given, **fields))
        if name in ("arrive", "tick", "new_key", "write_down", "restart"):
            return lambda state, *given, **fields: repacked(function(unpacked(state), *given, **fields))
        return function


def packed(mix: Mix) -> Any:
    held = sorted((content, place) for place, content in enumerate(mix.held))
    return SimpleNamespace(mix=mix.model_copy(update={"held": ()}), held=held)


def unpacked(state: Any) -> Mix:
    in_order = sorted((place, content) for content, place in state.held)
    mix: Mix = state.mix.model_copy(update={"held": tuple(content for _, content in in_order)})
    return mix


def repacked(result: Any) -> Any:
    return packed(result[0]), result[1]


BENIGN = {
    "keeps whole messages": built(arrive=keeps_whole_messages),
    "flushes late in the same tick": built(tick=flushes_late_in_the_same_tick),
    "sorted inside": SortedInside(),
}


@pytest.mark.parametrize("name", BENIGN)
def test_what_is_built_otherwise_passes_every_case(name: str) -> None:
    program = conform.InProcess(replace(REFERENCE, chapters={**REFERENCE.chapters, "mix": BENIGN[name]}).answer)
    program.describe()
    seen = [conform.run_case(program, case) for case in check.loaded("mix")]
    assert [(each.case.name, each.note) for each in seen if each.verdict != "pass"] == []


NODE_LAWS = [each for each in vars(waiting).values() if isinstance(each, law.Law) and each.holds and not each.exact]


@pytest.mark.parametrize("name", BENIGN)
@pytest.mark.parametrize("claim", NODE_LAWS, ids=lambda claim: claim.name)
def test_what_is_built_otherwise_keeps_every_law_of_the_node(claim: law.Law, name: str) -> None:
    result = sample.sample(claim, BENIGN[name], examples=50)
    assert result.verdict == "held", (result.values, result.where, result.note)


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
