"""Of the reference of chapter sgmix what neither laws nor vectors say, and the text's own numbers."""

import random
from decimal import Decimal, localcontext
from fractions import Fraction
from math import exp

import pytest

from anonlaws import conform, sample
from anonlaws.sgmix import laws
from anonref import sgmix as net
from anonref.serve import Server
from anonspec import text
from anonspec.sgmix.model import Hop
from anonspec.shape import Reject

SEED = bytes(range(32))
TEXT = text.text("sgmix")


# ---- the reference ----


def test_a_refusal_leaves_the_state_alone() -> None:
    mix, _ = net.arrive(net.begin(1), 5, b"a", 3, 0, 9)
    before = mix.model_copy(deep=True)
    with pytest.raises(Reject) as refusal:
        net.arrive(mix, 6, b"a", 3, 0, 9)
    assert refusal.value.clause == "SGM-12"
    assert mix == before


def test_states_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        net.begin(1).clock = 1  # type: ignore[misc]


def test_the_memory_is_as_long_as_the_windows() -> None:
    mix = net.begin(8)
    for at in range(1000):
        mix, _ = net.arrive(mix, at, at.to_bytes(8), 100_000, at, at + 19)
        assert len(mix.remembered) <= 20
    assert len(mix.held) == 1000


def test_a_record_has_no_other_spelling() -> None:
    mix, _ = net.arrive(net.begin(1), 5, b"a", 3, 0, 9)
    record = net.record(mix)
    for other in (record + " ", record.replace(":", ": ", 1), record.upper()):
        with pytest.raises(Reject) as refusal:
            net.resume(other)
        assert refusal.value.clause == "SGM-17"


# ---- the numbers of the text ----


def test_the_example_of_a_delay() -> None:
    data = bytes.fromhex("0123456789abcdef")
    v = int.from_bytes(data) + 1
    m = v << (64 - v.bit_length())
    told = [f"{v:016x}", f"d = {v.bit_length()}", f"{m:x}"]
    digits = []
    for _ in range(56):
        digit, m = net.square(m)
        digits.append(digit)
        told += [f"{m:x}"] * (len(digits) <= 4)
    f = int("".join(map(str, digits)), 2)
    told += [f"{f}", f"{((65 - v.bit_length()) << 56) - f}", f"{net.lifetime(data)}", f"{net.delay(data, 10**6):,}"]
    assert digits[:4] == [0, 0, 1, 0]
    assert [each for each in told if each not in TEXT] == []
    assert str(net.LN2) in TEXT
    assert f"{net.LN2:x}" in TEXT
    with localcontext(prec=40):
        assert Decimal(2).ln() * 2**64 // 1 == net.LN2


def test_the_example_of_a_plan() -> None:
    hops = [Hop(mean=2_000_000, gap=20_000)] * 3
    for place, one in enumerate(net.plan(SEED, 7, 10**9, hops, 100, 10_000, 50_000, 1000), 1):
        assert f"| {place} | {one.delay} | {one.earliest} | {one.latest} |" in TEXT
        assert net.draw(SEED, 7, place).hex() in TEXT


def test_delays_are_as_exact_as_stated() -> None:
    """Also the parts of the bound: what squaring and what the multiplication lose."""
    draw = random.Random(1)
    for _ in range(2000):
        u = draw.getrandbits(draw.choice([8, 30, 64]))
        v = u + 1
        d = v.bit_length()
        m, f = (v << 64) >> d, 0
        for _ in range(56):
            digit, m = net.square(m)
            f = 2 * f + digit
        e, x = ((65 - d) << 56) - f, net.lifetime(u.to_bytes(8))
        with localcontext(prec=60):
            t = (Decimal(2**64).ln() - Decimal(v).ln()) * 2**56
            assert 0 <= e - t / Decimal(2).ln() < Decimal("1.012")
            assert -Decimal("1.25") < x - t < Decimal("0.71")


def test_the_chances_of_the_text() -> None:
    for occupancy, told in ((1, "0.18 for"), (5, "0.0011 for"), (10, "0.0000041 for")):
        alone = exp(-occupancy) / (1 + occupancy)
        assert told in TEXT
        assert abs(alone - float(told.split()[0])) < alone / 20
    assert abs(exp(-10 * exp(-5)) - 0.93) < 0.01
    assert "block for 5 means for a chance of 0.93" in " ".join(TEXT.split())
    assert abs(64 * 0.6931471805599453 - 44.36) < 0.01


def test_the_chances_with_loops_add_up() -> None:
    """As in the proof of Loopix's theorem 2; with the two chances exchanged, as printed, they do not."""
    wrong = 0
    for n in range(1, 6):
        for k in range(n + 1):
            for come in range(4):
                for gap, mean in ((3, 7), (1, 1), (10, 1)):
                    under = (come + k) * gap + mean
                    old, new = Fraction(k, n) * Fraction(gap, under), Fraction(gap, under)
                    assert n * old + come * new + Fraction(mean, under) == 1
                    wrong += n * new + come * old + Fraction(mean, under) != 1
    assert wrong > 0


def test_the_laws_can_be_put_to_a_program_over_its_pipes() -> None:
    program = conform.InProcess(Server("anonref", "0", {"sgmix": net}).answer)
    program.describe()
    remote = conform.Remote(program, "sgmix", None)
    for claim in laws.LAWS:
        if claim.holds and claim.sampled and not claim.exact:
            result = sample.sample(claim, remote, examples=5)
            assert result.verdict == "held", (claim.name, result.values, result.note)
