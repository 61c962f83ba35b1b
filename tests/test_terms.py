"""The ideal primitives: their algebra, what can be learned, which frames look alike; and the attacks on real bytes."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from anonlaws import prove
from anonlaws.cascade import symbolic as cascades
from anonlaws.law import Forall, Function, Integers, assume, law, variant
from anonlaws.reply import symbolic as replies
from anonlaws.reply import wire
from anonlaws.reply.wire import FORWARD, REPLY
from anonlaws.terms import Data, Ideal, Name, Sealed, add, built, cut, derives, learns, pieces, same_look, whole
from anonref import cascade, reply
from anonref.suite import kit as kit_of
from anonspec.reply.model import Hop, Relay
from anonspec.shape import Reject


def name(text: str, size: int = 32) -> Data:
    return whole(Name(text, size))


KEY, OTHER, A, B = name("key"), name("other"), name("a", 16), name("b", 16)

# ---- the algebra ----


def test_what_is_cut_is_joined_again_whatever_the_places() -> None:
    kit = Ideal()
    data = kit.join(b"\1", A, b"\2\3", kit.mask(KEY, B), name("c", 5))
    assert len(data) == 1 + 16 + 2 + 16 + 5
    for first in range(len(data) + 1):
        for second in range(len(data) - first + 1):
            parts = cut(data, first, second, len(data) - first - second)
            assert [len(part) for part in parts] == [first, second, len(data) - first - second]
            assert kit.join(*parts) == data


@pytest.mark.parametrize("sizes", [(15,), (17,), (8, 7), (20, -4)])
def test_pieces_that_do_not_add_up_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no pieces"):
        cut(A, *sizes)


def test_known_bytes_are_bytes() -> None:
    kit = Ideal()
    assert kit.join(b"ab", b"", b"c") == b"abc"
    assert kit.cut(kit.join(b"ab", A, b"c"), 1, 1, 16, 1) == [b"a", b"b", A, b"c"]
    assert add(b"\x0f\0", b"\xff\1") == b"\xf0\1"
    assert built([]) == b""
    assert pieces(b"") == ()


def test_a_mask_undoes_itself_and_others_commute() -> None:
    kit = Ideal()
    data = kit.join(A, b"xyz", B)
    assert kit.mask(KEY, kit.mask(KEY, data)) == data
    assert kit.mask(KEY, kit.mask(OTHER, data)) == kit.mask(OTHER, kit.mask(KEY, data))
    assert kit.mask(KEY, data) not in (data, kit.mask(OTHER, data))


def test_a_mask_goes_by_places() -> None:
    kit = Ideal()
    masked = kit.mask(KEY, kit.join(A, B))
    front, back = kit.cut(masked, 20, 12)
    assert kit.join(kit.mask(KEY, front), back) != kit.join(A, B)
    assert kit.mask(KEY, front) == kit.cut(kit.join(A, B), 20, 12)[0]
    assert kit.mask(KEY, back) != kit.cut(kit.join(A, B), 20, 12)[1]
    assert add(kit.mask(KEY, A), kit.mask(KEY, B)) == add(A, B)


def test_seals_open_with_the_key_and_info_and_whole_only() -> None:
    kit = Ideal()
    sealed = kit.seal(kit.public(KEY), b"info", A)
    assert sealed is not None
    assert len(sealed) == len(A) + kit.overhead
    assert kit.unseal(KEY, b"info", sealed) == A
    changed = add(sealed, bytes(63) + b"\1")
    for wrong in ((OTHER, b"info", sealed), (KEY, b"", sealed), (KEY, b"info", changed), (KEY, b"info", A)):
        assert kit.unseal(*wrong) is None
    assert kit.unseal(KEY, b"info", kit.cut(sealed, 63, 1)[0]) is None
    assert kit.unseal(KEY, b"info", kit.join(*kit.cut(sealed, 63, 1))) == A
    assert kit.seal(KEY, b"info", A) is None
    assert kit.seal(kit.public(KEY), b"info", A) != sealed
    known = Ideal(fresh=False)
    assert known.seal(kit.public(KEY), b"", A) == known.seal(kit.public(KEY), b"", A)


def test_locked_data_open_with_the_key_and_unchanged_only() -> None:
    kit = Ideal()
    locked = kit.lock(KEY, A)
    assert len(locked) == 32
    assert kit.unlock(KEY, locked) == A
    assert kit.unlock(OTHER, locked) is None
    assert kit.unlock(KEY, add(locked, kit.join(B, bytes(16)))) is None
    assert kit.unlock(KEY, kit.mask(KEY, locked)) is None


# ---- what can be learned ----


def test_what_is_sealed_is_learned_by_who_has_the_key() -> None:
    kit = Ideal()
    onion = kit.join(kit.seal(kit.public(KEY), b"", kit.join(OTHER, kit.lock(OTHER, A))), b"rest")
    for has, found in (([onion], False), ([onion, KEY], True), ([onion, OTHER], False)):
        assert derives(learns(has), A) is found
    assert not derives(learns([kit.public(KEY)]), KEY)
    assert derives(learns([KEY]), KEY)


def test_streams_are_taken_off_and_used_again() -> None:
    kit = Ideal()
    masked = kit.mask(KEY, kit.join(A, B))
    assert not derives(learns([masked]), A)
    assert derives(learns([masked, KEY]), B)
    assert derives(learns([masked, A, kit.mask(KEY, name("c", 16))]), name("c", 16))
    assert not derives(learns([masked, A]), B)
    assert derives(learns([masked]), kit.cut(masked, 20, 12)[1])


def test_parts_are_put_together() -> None:
    kit = Ideal()
    front, back = kit.cut(kit.seal(kit.public(KEY), b"", A), 10, 54)
    assert derives(learns([back, front, KEY]), A)
    assert not derives(learns([front, KEY]), A)
    assert derives(learns([A, B]), kit.join(B, b"known", A))
    assert derives(learns([A, KEY]), A)
    assert derives([KEY, A], add(A, kit.cut(KEY, 16, 16)[0]))


# ---- which frames look alike ----


def sealed(kit: Ideal, data: Data, to: Data = KEY) -> Data:
    made = kit.seal(kit.public(to), b"", data)
    assert made is not None
    return made


def alike(kit: Ideal) -> list[tuple[str, list[Data], list[Data]]]:
    masked, both = kit.mask(KEY, A), kit.join(A, B)
    return [
        ("seals of different data", [sealed(kit, A)], [sealed(kit, B)]),
        ("seals to different keys", [sealed(kit, A), kit.public(KEY)], [sealed(kit, A, OTHER), kit.public(KEY)]),
        ("the same data sealed twice", [sealed(kit, A), sealed(kit, A)], [sealed(kit, A), sealed(kit, B)]),
        ("names", [A, B], [B, A]),
        ("locked and masked", [kit.lock(KEY, A)], [kit.mask(OTHER, both)]),
        ("masked by one and by another", [masked, A], [kit.mask(OTHER, A), A]),
        ("one seal, and many names", [sealed(kit, A)], [kit.join(A, B, KEY)]),
        ("the same known bytes", [b"a", A], [b"a", B]),
        ("with a key that opens both to new data", [KEY, sealed(kit, A)], [KEY, sealed(kit, B)]),
    ]


def different(kit: Ideal) -> list[tuple[str, list[Data], list[Data]]]:
    again, masked, known = sealed(kit, A), kit.mask(KEY, A), Ideal(fresh=False)
    public = kit.public(KEY)
    return [
        ("seen 1 has two sizes", [A], [kit.join(A, b"0")]),
        ("seen 1: equal in one only", [b"a"], [b"b"]),
        ("seen 1 + seen 2: equal in one only", [again, again], [again, sealed(kit, A)]),
        ("seen 1 + seen 2: equal in one only", [A, add(A, b"x" * 16)], [A, add(A, b"y" * 16)]),
        (
            "seen 1 + seen 2 + seen 3 + seen 4: equal in one only",
            [masked, kit.mask(KEY, B), A, B],
            [masked, kit.mask(OTHER, B), A, B],
        ),
        ("seen 2 opens in one only", [KEY, sealed(kit, A)], [KEY, sealed(kit, A, OTHER)]),
        ("seen 2 opens in one only", [KEY, kit.lock(KEY, B)], [KEY, kit.join(A, B)]),
        ("open(seen 2) + seen 3: equal in one only", [KEY, sealed(kit, A), A], [KEY, sealed(kit, B), A]),
        ("open(seen 2): equal in one only", [KEY, sealed(kit, b"a")], [KEY, sealed(kit, b"b")]),
        ("public(seen 1) + seen 2: equal in one only", [KEY, public], [KEY, kit.public(OTHER)]),
        ("seen 2 + seen 3 + stream(seen 1): equal in one only", [KEY, A, masked], [KEY, A, kit.mask(OTHER, A)]),
        (
            "seal(seen 1, seen 2) + seen 3: equal in one only",
            [public, A, sealed(known, A)],
            [public, A, sealed(known, B)],
        ),
    ]


@pytest.mark.parametrize(("one", "other"), [pytest.param(*case[1:], id=case[0]) for case in alike(Ideal())])
def test_these_look_alike(one: list[Data], other: list[Data]) -> None:
    assert same_look(one, other) == same_look(other, one) == ""


@pytest.mark.parametrize(("test", "one", "other"), different(Ideal()))
def test_these_are_told_apart_by_this_test(test: str, one: list[Data], other: list[Data]) -> None:
    assert same_look(one, other) == test
    assert same_look(other, one)
    assert same_look(one, one) == same_look(other, other) == ""


def test_a_test_in_either_frame_will_do() -> None:
    kit = Ideal()
    one, other = [KEY, kit.join(A, B)], [KEY, kit.lock(KEY, B)]
    assert same_look(one, other) == same_look(other, one) == "seen 2 opens in one only"


# ---- against all tests of two steps ----


def drawn(rng: Random, names: str) -> list[Data]:
    """A frame of three terms; which names they are made of has no part in what is drawn."""
    kit, known, size = Ideal(), Ideal(fresh=False), 32
    keys = [name(each, size) for each in names]

    def term(depth: int) -> Data:
        match rng.randrange(7) if depth else 0:
            case 2:
                return kit.public(rng.choice(keys))
            case 3:
                return sealed(rng.choice([kit, known]), term(depth - 1), rng.choice(keys))
            case 4:
                return kit.lock(rng.choice(keys), term(depth - 1))
            case 5:
                return kit.mask(rng.choice(keys), term(depth - 1))
            case 6:
                data = term(depth - 1)
                other = kit.join(*[rng.choice(keys)] * 4)
                return add(data, cut(other, len(data), len(other) - len(data))[0])
        return rng.choice(keys)

    return [term(2) for _ in range(3)]


def told_by_two_steps(one: list[Data], other: list[Data]) -> bool:
    """Whether two of the steps, tried one after the other on all that there is, lead to data equal in one only."""
    kit, there, back = Ideal(), dict[Data, Data](), dict[Data, Data]()

    def tells(a: Data | None, b: Data | None) -> bool:
        if a is None or b is None:
            return a is not b
        known = isinstance(a, bytes) or isinstance(b, bytes)
        return (known and a != b) or there.setdefault(a, b) != b or back.setdefault(b, a) != a

    if any(tells(a, b) for a, b in zip(one, other, strict=True)):
        return True
    for _ in range(2):
        steps = list(there.items())[:50]
        for a, b in steps:
            found = [(kit.public(a), kit.public(b))] if len(a) == 32 else []
            for c, d in steps:
                if len(a) == len(c):
                    found.append((add(a, c), add(b, d)))
                if len(a) == 32 and len(c) <= 96:
                    found += [(kit.unseal(a, b"", c), kit.unseal(b, b"", d)), (kit.unlock(a, c), kit.unlock(b, d))]
                    found += [(kit.mask(a, c), kit.mask(b, d)), (kit.lock(a, c), kit.lock(b, d))]
                    found.append((whole(Sealed(a, b"", c, None)), whole(Sealed(b, b"", d, None))))
            if any(tells(*each) for each in found):
                return True
    return False


@pytest.mark.parametrize("seed", range(4))
def test_no_test_of_two_steps_is_missed_and_names_do_not_matter(seed: int) -> None:
    rng, pairs = Random(seed), 0
    while pairs < 15:
        begin = rng.getrandbits(32)
        one, renamed, other = drawn(Random(begin), "abc"), drawn(Random(begin), "bca"), drawn(rng, "abc")
        assert same_look(one, renamed) == ""
        if [len(each) for each in one] == [len(each) for each in other]:
            pairs += 1
            assert same_look(one, other) or not told_by_two_steps(one, other)


# ---- every order is one match ----


@law(proves="batches of every size")
def for_every_match_there_is_one_order(_: Any, forall: Forall) -> None:
    """With the orders of all mixes but the honest one known, a match gives its order, and that one only."""
    numbers = Integers()
    before, begin, behind, end, match = (
        forall(Function(numbers, result=numbers), each) for each in ("before", "begin", "behind", "end", "match")
    )
    place = forall(numbers, "place")

    def order(at: Any) -> Any:
        return end(match(begin(at)))

    for at in (place, before(place), order(before(place)), match(place)):
        assume(begin(before(at)) == at)  # each known order is undone by another
        assume(before(begin(at)) == at)
        assume(behind(end(at)) == at)
        assume(end(behind(at)) == at)
    assert behind(order(before(place))) == match(place)
    other = forall(Function(numbers, result=numbers), "another order")
    assume(behind(other(before(begin(place)))) == match(begin(place)))
    assume(before(begin(place)) == place)
    assume(end(behind(other(place))) == other(place))
    assert other(place) == order(place)


def test_for_every_match_there_is_one_order() -> None:
    result = prove.prove(for_every_match_there_is_one_order, None)
    assert result.verdict == "proved"
    assert prove.recheck(result.goal) == "agreed"


# ---- every condition is needed, wherever the honest mix is ----

PLACES = [(mixes, honest) for mixes in range(1, 5) for honest in range(1, mixes + 1)]


@pytest.mark.parametrize(("mixes", "honest"), PLACES)
def test_a_condition_that_is_dropped_is_what_tells(mixes: int, honest: int) -> None:
    bad = replies.all_but(honest, mixes)
    for make, kind, changed in (
        (replies.Unpadded, FORWARD, False),
        (replies.Unpadded, REPLY, False),
        (replies.Masking, FORWARD, True),
    ):
        assert replies.told_apart(lambda make=make: make(reply, mixes), kind, bad, True, changed=changed)  # type: ignore[misc]
    assert replies.told_apart(lambda: replies.Masking(reply, mixes), FORWARD, bad, True) == ""  # none changes it
    for kind, other in ((FORWARD, False), (REPLY, False), (REPLY, True)):
        assert replies.copied(reply, mixes, honest, kind, other, remembers=False)
    assert replies.told_apart(lambda: replies.Row(reply, mixes), REPLY, [*bad, honest], False)
    assert replies.told_apart(lambda: cascades.cascade_of(cascade, mixes), FORWARD, [*bad, honest], False)


def test_the_tables_are_those_of_the_chapters() -> None:
    assert replies.who_learns(reply) == [
        ("responder", "–", "yes", "yes", "–"),
        ("first mix", "–", "yes", "–", "–"),
        ("a mix between", "–", "–", "–", "–"),
        ("last mix", "yes", "–", "–", "–"),
        ("all mixes", "yes", "yes", "–", "yes"),
        ("responder and all mixes but one", "if mix 3 is among them", "yes", "yes", "–"),
        ("responder and all mixes", "yes", "yes", "yes", "yes"),
    ]
    assert cascades.who_learns(cascade) == [
        ("observer of all wires", "yes", "yes", "–", "–"),
        ("first mix", "yes", "–", "–", "–"),
        ("a mix between", "–", "–", "–", "–"),
        ("last mix", "–", "yes", "–", "–"),
        ("receiver", "–", "yes", "yes", "–"),
        ("all mixes but one", "if mix 1 is among them", "if mix 3 is among them", "–", "–"),
        ("all mixes", "yes", "yes", "–", "yes"),
    ]


# ---- the same attacks on real bytes ----

KIT = kit_of("x25519")
PAYLOAD = 80
SECRETS = [bytes([place]) * 32 for place in (1, 2, 3)]
HOPS = [Hop(mix=place, epoch=0, public=KIT.public(secret)) for place, secret in enumerate(SECRETS, 1)]
KEYS = [bytes([place]) * 32 for place in (4, 5, 6)]
ONCE = b"o" * 32


def relay(position: int, payload: int = PAYLOAD) -> Relay:
    return reply.take_place("x25519", SECRETS[position - 1], position, 0, position, 3, payload)


def passed(envelope: bytes, net: Any = reply, payload: int = PAYLOAD) -> list[bytes]:
    """An envelope on each wire of a row of three, without any mix's memory."""
    wires = [envelope]
    for position in (1, 2, 3):
        wires.append(b"".join(net.unwrap(KIT, relay(position, payload), wires[-1])[1:]))
    return wires


def answered(message: bytes, keys: Sequence[bytes] = KEYS, header: bytes | None = None) -> bytes:
    core = reply.core(KIT, 7, b"m" * 16)
    body = reply.reply_body(KIT, KIT.public(ONCE), message.ljust(PAYLOAD - 48, b"\0"), b"f" * 48)
    return (header or reply.wrap(KIT, HOPS, keys, REPLY, core)[0]) + bytes(body)


def written(payload: int = PAYLOAD) -> bytes:
    return bytes(cascade.layers(KIT, HOPS, KEYS, reply.core(KIT, 7, b"m" * 16), b"l" * payload)[0])


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def test_sizes_are_followed() -> None:
    long, short = passed(written(90), payload=90), passed(written())
    assert [len(a) - len(b) for a, b in zip(long, short, strict=True)] == [10] * 4
    with pytest.raises(Reject, match="REP-8"):
        passed(written(90))


@pytest.mark.parametrize("make", [written, lambda: answered(b"hello")])
def test_a_copy_comes_out_twice_and_a_mix_that_remembers_rejects_it(make: Callable[[], bytes]) -> None:
    envelope = make()
    assert passed(envelope)[1:] == passed(envelope)[1:]
    after, *_ = reply.admit(relay(1), envelope)
    with pytest.raises(Reject, match="REP-10"):
        reply.admit(after, envelope)


def test_an_address_used_twice_shows_the_difference_of_two_answers() -> None:
    first = answered(b"one")
    second = answered(b"two", header=first[:-128])
    ways = passed(first), passed(second)
    for place in (1, 2, 3):
        body = PAYLOAD + 16 * (3 - place)
        assert ways[0][place][:-body] == ways[1][place][:-body]
    assert xor(ways[0][3][20:], ways[1][3][20:]) == xor(first[-128:-48], second[-128:-48])
    after, *_ = reply.admit(relay(1), first)
    with pytest.raises(Reject, match="REP-10"):
        reply.admit(after, second)


def test_one_key_for_two_addresses_does_so_too_and_fresh_ones_do_not() -> None:
    first, second = answered(b"one"), answered(b"two")
    assert first[:-128] != second[:-128]
    before = xor(first[-128:-48], second[-128:-48])
    assert xor(passed(first)[3][20:], passed(second)[3][20:]) == before
    fresh = answered(b"two", keys=[b"n" * 32, *KEYS[1:]])
    assert xor(passed(first)[3][20:], passed(fresh)[3][20:]) != xor(first[-128:-48], fresh[-128:-48])


def test_a_flipped_bit_goes_through_masks_and_not_through_locks() -> None:
    masking = variant(reply, replies.MasksForwardBodies)
    header, body = written()[:-128], b"l" * PAYLOAD + bytes(48)
    for key in KEYS:
        body = KIT.mask(key, body)
    flipped = bytes([body[0] ^ 1]) + body[1:]
    assert xor(passed(header + body, masking)[3], passed(header + flipped, masking)[3])[20:] == b"\1" + bytes(79)
    envelope = written()
    with pytest.raises(Reject, match="REP-9"):
        passed(envelope[:-128] + bytes([envelope[-128] ^ 1]) + envelope[-127:])


def test_a_filler_that_is_left_is_known_again() -> None:
    envelope = answered(b"hello")
    assert passed(envelope, variant(reply, replies.LeavesTheEndAsItIs))[1].endswith(b"f" * 16)
    assert b"f" * 8 not in passed(envelope)[1]


def test_a_core_in_the_clear_is_read_and_one_in_layers_is_not() -> None:
    core = reply.core(KIT, 7, b"m" * 16)
    envelope = answered(b"hello")
    assert core in core + envelope
    assert [core in wire for wire in passed(envelope)] == [False, False, False, True]


def test_addresses_with_a_key_that_stays_have_it_in_common() -> None:
    author = reply.prepare("x25519", tuple(HOPS), PAYLOAD, 7, b"s" * 32)
    forgetful = variant(reply, replies.DrawsOnceForAll)
    for net, same in ((forgetful, True), (reply, False)):
        after, first = net.address(author)
        _, second = net.address(after)
        assert (first.key == second.key) is same
        assert first.header != second.header


def test_a_seal_without_randomness_is_made_again_by_whoever_guesses() -> None:
    about, key = cascade.about(KIT, 7), KIT.public(ONCE)
    known = [wire.seal("x25519", key, about, guess, b"r" * 32) for guess in (b"yes", b"no!")]
    assert wire.seal("x25519", key, about, b"yes", b"r" * 32) == known[0] != known[1]
    assert KIT.seal(key, about, b"yes") != KIT.seal(key, about, b"yes")


def test_all_mixes_together_find_every_envelope_in_a_batch() -> None:
    envelopes = [written(), answered(b"hello"), answered(b"you")]
    for number, leaves in enumerate(passed(envelope)[3] for envelope in envelopes):
        assert [leaves in passed(other) for other in envelopes] == [place == number for place in range(3)]
