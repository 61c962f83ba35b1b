"""Of the reference of chapter cascade what neither laws nor vectors say."""

import json
from typing import Any

import pytest

from anonlaws import check, conform, law
from anonlaws.cascade.conditions import bits_that_come_are_not_found_where_they_leave
from anonlaws.cascade.mixing import envelope
from anonlaws.cascade.rows import a_message_arrives_once_and_opens
from anonlaws.cascade.sending import an_envelope_opens_layer_by_layer_to_what_was_drawn
from anonlaws.cascade.wire import FORWARD, NOBODY, fresh, public, size_of, small_row
from anonlaws.law import fault
from anonref import cascade as net
from anonref.bench_cascade import cascade
from anonspec.harness.model import Case
from anonspec.mix.model import Threshold
from anonspec.shape import Reject

ROW = small_row(3)
SEED = bytes(range(32))
KEY = public("x25519", fresh(b"", 5))


def a_node(**changed: Any) -> Any:
    mix = ROW.mixes[0]
    given = {
        "suite": "x25519",
        "secret": mix.secret,
        "mix": mix.number,
        "epoch": mix.epoch,
        "position": 1,
        "mixes": 3,
        "payload": ROW.payload,
        "rule": Threshold(threshold=3),
        "order": "uniform",
        "pool": (),
        "seed": SEED,
    }
    return net.take_place(**{**given, **changed})


# ---- states ----


def test_a_refusal_leaves_the_state_alone() -> None:
    node, _ = net.arrive(a_node(), envelope(ROW, 1, FORWARD, 1))
    before = node.model_copy(deep=True)
    for content in (envelope(ROW, 1, FORWARD, 1), bytes(size_of(ROW, 1)), b""):
        with pytest.raises(Reject):
            net.arrive(node, content)
    with pytest.raises(Reject):
        net.rekey(node, node.relay.epoch, SEED)
    assert node == before


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        a_node().took = (SEED,)


@pytest.mark.parametrize(
    ("begin", "clause"),
    [
        (lambda: net.prepare("x25519", ROW.hops, ROW.payload, None), "CAS-2"),
        (lambda: a_node(seed=None), "MIX-18"),
    ],
)
def test_nothing_is_drawn_without_a_seed(begin: Any, clause: str) -> None:
    with pytest.raises(Reject) as refusal:
        begin()
    assert refusal.value.clause == clause


@pytest.mark.parametrize("suite", ["x25519", "mlkem768-x25519"])
@pytest.mark.parametrize("mixes", [1, 2, 4])
def test_envelopes_have_the_sizes_of_the_table(suite: Any, mixes: int) -> None:
    row = small_row(mixes, suite)
    sender = net.prepare(suite, row.hops, row.payload, SEED)
    _, wrapped = net.wrap(sender, NOBODY, None, b"")
    assert len(wrapped.envelope) == 20 + row.payload + mixes * (row.overhead + 49)
    assert len(wrapped.trail) == mixes + 1


def test_two_envelopes_with_the_same_draws_are_different() -> None:
    """A seal draws for itself; only the last hash of a dummy's trail is the same."""
    sender = net.prepare("x25519", ROW.hops, ROW.payload, SEED)
    (_, one), (_, other) = (net.wrap(sender, NOBODY, None, b"") for _ in range(2))
    assert one.envelope != other.envelope
    assert [a == b for a, b in zip(one.trail, other.trail, strict=True)] == [False, False, False, True]


def test_the_benchmark_measures_both_suites() -> None:
    told: list[int] = []
    rows = cascade(told.append, quick=True)
    assert [(row["suite"], row["what"]) for row in rows][::3] == [
        ("x25519", "wrap, each layer"),
        ("mlkem768-x25519", "wrap, each layer"),
    ]
    assert all(row["ratio"] > 0 and row["a second"] > 0 for row in rows)
    assert told.count(0) == told[0]


# ---- what no case can show, since seals differ each time: laws alone refute it ----


@fault("CAS-4", "layers")
def LocksInTheWrongOrder(net: Any, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """The body is locked with the first mix's key first."""
    bodies = [body]
    for key in keys:
        bodies.insert(0, kit.lock(key, bodies[0]))
    return [kit.join(*each) for each in zip(net.reply.wrap(kit, hops, keys, b"\0", core), bodies, strict=True)]


@fault("CAS-4", "layers")
def SaysThatItIsAReply(net: Any, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """The layers are of kind reply."""
    bodies = [body]
    for key in reversed(keys):
        bodies.insert(0, kit.lock(key, bodies[0]))
    return [kit.join(*each) for each in zip(net.reply.wrap(kit, hops, keys, b"\1", core), bodies, strict=True)]


@fault("CAS-2", "layers")
def HasOneKeyForAllLayers(net: Any, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """All mixes get the first one's key."""
    return net.layers(kit, hops, [keys[0]] * len(keys), core, body)


@fault("CAS-2", "layers")
def TurnsTheKeysRound(net: Any, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """The first mix gets the last one's key."""
    return net.layers(kit, hops, keys[::-1], core, body)


@fault("CAS-4", "layers")
def PutsTheReceiverOutside(net: Any, kit: Any, hops: Any, keys: Any, core: Any, body: Any) -> Any:
    """The number of the receiver stands in the header of the first mix, in place of some of the seal."""
    way = net.layers(kit, hops, keys, core, body)
    return [core[:4] + way[0][4:], *way[1:]]


@fault("CAS-3", "wrap")
def SealsToTheFirstMix(net: Any, sender: Any, receiver: int, public: bytes | None, message: bytes) -> Any:
    """A letter is sealed to the key of the first mix."""
    return net.wrap(sender, receiver, None if public is None else sender.hops[0].public, message)


@fault("CAS-5", "wrap")
def ForgetsTheFirstPlace(net: Any, sender: Any, receiver: int, public: bytes | None, message: bytes) -> Any:
    """The first two hashes are the same."""
    after, wrapped = net.wrap(sender, receiver, public, message)
    return after, wrapped.model_copy(update={"trail": (wrapped.trail[1], *wrapped.trail[1:])})


@pytest.mark.parametrize(
    ("wrong", "claim"),
    [
        (LocksInTheWrongOrder, an_envelope_opens_layer_by_layer_to_what_was_drawn),
        (LocksInTheWrongOrder, a_message_arrives_once_and_opens),
        (SaysThatItIsAReply, an_envelope_opens_layer_by_layer_to_what_was_drawn),
        (HasOneKeyForAllLayers, an_envelope_opens_layer_by_layer_to_what_was_drawn),
        (TurnsTheKeysRound, an_envelope_opens_layer_by_layer_to_what_was_drawn),
        (PutsTheReceiverOutside, an_envelope_opens_layer_by_layer_to_what_was_drawn),
        (PutsTheReceiverOutside, bits_that_come_are_not_found_where_they_leave),
        (SealsToTheFirstMix, a_message_arrives_once_and_opens),
        (SealsToTheFirstMix, an_envelope_opens_layer_by_layer_to_what_was_drawn),
        (ForgetsTheFirstPlace, an_envelope_opens_layer_by_layer_to_what_was_drawn),
    ],
    ids=lambda each: each.name,
)
def test_laws_refute_what_no_case_can_show(wrong: law.Fault, claim: law.Law) -> None:
    assert check.refutation(claim, law.variant(net, wrong), 0) is not None


# ---- elements of a list that are free ----


CASE = {
    "name": "wrap/one",
    "clauses": ["CAS-5"],
    "needs": ["cascade.sender"],
    "why": "A dummy.",
    "start": {"role": "cascade.sender", "params": {}},
    "events": [{"wrap": {}}],
    "expect": {
        "start": {"out": {}},
        "results": [{"out": {"envelope": "00ff", "trail": ["aa", "bb"]}, "free": ["envelope", "trail[0]"]}],
    },
}


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({"envelope": "1234", "trail": ["cc", "bb"]}, "pass"),
        ({"envelope": "1234", "trail": ["aa", "bc"]}, "fail"),
        ({"envelope": "1234", "trail": ["ccc", "bb"]}, "fail"),
        ({"envelope": "1234", "trail": ["cc"]}, "fail"),
        ({"envelope": "1234", "trail": ["cc", "bb", "dd"]}, "fail"),
        ({"envelope": "123456", "trail": ["cc", "bb"]}, "fail"),
        ({"envelope": "1234", "trail": "cc"}, "fail"),
        ({"envelope": "1234"}, "fail"),
        ({"envelope": "1234", "trail": ["cc", "bb"], "more": 1}, "fail"),
    ],
)
def test_an_element_may_be_free(seen: Any, verdict: str) -> None:
    case = Case.model_validate_json(json.dumps(CASE)).model_copy(update={"chapter": "cascade"})

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        if question["cmd"] == "describe":
            implementation = {"name": "one", "version": "1", "language": "python"}
            return {"id": question["id"], "hp": 1, "impl": implementation, "capabilities": {"cascade.sender": {}}}
        return {"id": question["id"], **({"results": [{"out": seen}]} if "events" in question else {"out": {}})}

    program = conform.InProcess(answer)
    program.describe()
    assert conform.run_case(program, case).verdict == verdict


def test_what_is_free_is_not_changed_and_all_else_is() -> None:
    case = Case.model_validate_json(json.dumps(CASE))
    places = [place for place, _ in conform.mutations(case)]
    assert "expect.results[0].out.trail[1]" in places
    assert "expect.results[0].out.trail" in places
    assert not any(place.endswith(("envelope", "trail[0]")) for place in places)
