"""Laws of what an observer or attacker of a mix learns: exact chances of the code's own flushes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import product
from math import comb, isclose, log2
from typing import Any

from anonlaws import chance
from anonlaws.chance import Choose, Done
from anonlaws.crowds.wire import of_place
from anonlaws.law import Forall, law, not_a_law
from anonlaws.mix import attacks, formulas
from anonlaws.mix.attacks import ATTACKS, Batch, Scene, Whose
from anonlaws.mix.batches import SendsInOrderOfArrival, SendsTheLatestFirst, TakesTheRemainder, TakesWithoutRemoving
from anonlaws.mix.rules import (
    FiresOneTooEarly,
    FiresOneTooLate,
    FiresWithAnythingBeyondThePool,
    ForgetsTheMinimum,
    ForgetsThePoolWhenCounting,
    HasNoPool,
    KeepsOneBack,
    KeepsOneFewer,
    RoundsToTheNearest,
    RoundsUp,
    SendsThePoolToo,
    TakesOrForAnd,
    TakesTheFractionOfAll,
    TakesTheFractionOfTheExcess,
    TakesTheLastOnes,
    WaitsForTheClock,
    WantsOneMore,
)
from anonlaws.mix.waiting import CountsThoseThatDoNotFall, MakesOneAtMost, MakesTheMean, TossesOneCoinFewer
from anonlaws.mix.wire import ENOUGH_AT_END, NO_DUMMIES, QUOTAS, Net, bound
from anonspec.mix.model import (
    Constant,
    Cottrell,
    Dummies,
    Geometric,
    Law,
    Rule,
    Threshold,
    ThresholdAndTime,
    ThresholdPool,
    Timed,
    TimedPool,
    Trials,
)
from anonspec.shape import Reject

HALF = Fraction(1, 2)
NONE = Constant(count=0)
Held = tuple[Any, ...]
LetOut = Callable[[Held, Choose], tuple[Held, Held]]


def cottrell(form: int, fraction: Fraction, pool: int = 1, threshold: int = 1) -> Cottrell:
    """Cottrell's mix in one of its four forms."""
    fields = {"period": 1, "threshold": threshold, "pool": pool, "fraction": fraction}
    return Cottrell.model_validate({"kind": f"cottrell-r{form}", **fields})


# ---- the code's own flushes, as a chain ----


def flushes(net: Net, rule: Rule) -> LetOut:
    """What leaves and what stays of messages held, by the implementation, asked once for each outcome of its draws."""

    @cache
    def fates(held: int) -> list[tuple[list[int], list[int]]]:
        many, marks = net.quota(rule, held), tuple(bytes([place]) for place in range(held))
        found = []
        for places in product(*(range(held - before) for before in range(many))):
            draws = tuple(of_place(place, held - before) for before, place in enumerate(places))
            taken = net.take(marks, draws)
            found.append(([each[0] for each in taken.taken], [each[0] for each in taken.left]))
        return found

    def let_out(held: Held, choose: Choose) -> tuple[Held, Held]:
        leave, stay = choose.among(fates(len(held)))
        return tuple(held[place] for place in leave), tuple(held[place] for place in stay)

    return let_out


Chances = dict[Any, Fraction]


def follow(net: Net, rule: Rule, arrivals: Sequence[int]) -> list[tuple[int, int, list[Chances]]]:
    """Of each flush how many messages are new and how many old, and of each that leaves the chance of each origin.

    So many messages arrive in each period. An origin is a number: they count from 0 with the dummies of the pool.
    """
    let_out = flushes(net, rule)
    origins = getattr(rule, "pool", 0)
    states: Chances = {tuple(range(origins)): Fraction(1)}
    new, seen = 0, list[tuple[int, int, list[Chances]]]()

    def fire() -> None:
        nonlocal states, new
        held = len(next(iter(states)))
        out: list[Chances] = [{} for _ in range(net.quota(rule, held))]
        after: Chances = {}
        for state, weight in states.items():
            for (leave, stay), share in chance.distribution(partial(let_out, state)).items():
                after[stay] = after.get(stay, Fraction(0)) + weight * share
                for place, origin in enumerate(leave):
                    out[place][origin] = out[place].get(origin, Fraction(0)) + weight * share
        seen.append((new, held - new, out))
        states, new = after, 0

    for many in arrivals:
        for _ in range(many):
            states = {(*held, origins): weight for held, weight in states.items()}
            origins, new = origins + 1, new + 1
            if net.fires(rule, len(next(iter(states))), True):
                fire()
        if net.fires(rule, len(next(iter(states))), False):
            fire()
    return seen


# ---- who sent it ----

HISTORIES: list[tuple[Rule, list[int], list[tuple[int, int]], float | None]] = [
    (Threshold(threshold=3), [2, 4], [(3, 0), (3, 0)], log2(3)),
    (Timed(period=1), [3, 1, 2], [(3, 0), (1, 0), (2, 0)], 1.0),
    (ThresholdAndTime(kind="threshold-or-timed", threshold=3, period=1), [2, 4], [(2, 0), (3, 0), (1, 0)], 0.0),
    (ThresholdAndTime(kind="threshold-and-timed", threshold=3, period=1), [2, 2, 3], [(4, 0), (3, 0)], log2(3)),
    (ThresholdPool(threshold=1, pool=1), [1] * 5, [(1, 1)] * 5, 1.9375),
    (ThresholdPool(threshold=2, pool=1), [3, 2, 5], [(2, 1)] * 5, 2.36766003194),
    (ThresholdPool(threshold=1, pool=3), [1] * 3, [(1, 3)] * 3, None),
    (TimedPool(period=1, pool=1), [1, 2, 1], [(1, 1), (2, 1), (1, 1)], 1.95914791702724),
    (TimedPool(period=1, pool=2), [1, 2, 1], [(1, 2), (2, 2), (1, 2)], 2.44661666762825),
    (TimedPool(period=1, pool=2), [2, 1, 0, 2], [(2, 2), (1, 2), (2, 2)], 2.62581458369391),
    (TimedPool(period=1, pool=1), [3, 1, 2, 1], [(3, 1), (1, 1), (2, 1), (1, 1)], 2.12581458369391),
    (TimedPool(period=1, pool=3), [1, 1, 2], [(1, 3), (1, 3), (2, 3)], 2.75771746913015),
    (cottrell(1, HALF, 1, 2), [1, 1, 2, 1], [(2, 1), (2, 2), (1, 3)], None),
    (cottrell(2, Fraction(2, 3), 1, 2), [2, 1, 2], [(2, 1), (3, 1)], None),
    (cottrell(3, Fraction(1, 4)), [1, 1, 2], [(1, 1), (1, 2), (2, 3)], None),
    (cottrell(4, Fraction(1, 4)), [1, 1, 1, 3], [(1, 1)] * 3 + [(3, 1)], None),
]
"""A rule, arrivals in each period, new and old messages at each flush; the last one's bits, where they are known."""


@law(
    "MIX-7",
    "MIX-8",
    "MIX-10",
    "MIX-11",
    "MIX-12",
    "MIX-15",
    needs=("mix.rule", "mix.shuffle"),
    exact=True,
    proves="16 histories of all kinds but binomial, up to 5 flushes",
    faults=(
        SendsInOrderOfArrival,
        SendsTheLatestFirst,
        TakesWithoutRemoving,
        HasNoPool,
        KeepsOneFewer,
        KeepsOneBack,
        FiresOneTooEarly,
        FiresOneTooLate,
        WantsOneMore,
        WaitsForTheClock,
        ForgetsThePoolWhenCounting,
        FiresWithAnythingBeyondThePool,
        TakesOrForAnd,
        RoundsUp,
        ForgetsTheMinimum,
        SendsThePoolToo,
    ),
    source="Serjantov and Danezis 2002; Piotrowska et al. 2017 (Loopix), equation 5",
)
def entropy_comes_of_new_and_old(net: Net, forall: Forall) -> None:
    """Each new message has 1/m of what leaves, the others share the rest as before; so H follows from k and l alone."""
    rule, arrivals, stated, last = forall(HISTORIES, "history")
    pool = getattr(rule, "pool", 0)
    before: Chances = {origin: Fraction(1, pool) for origin in range(pool)}
    bits, origins = log2(pool) if pool else 0.0, pool
    seen = follow(net, rule, arrivals)
    assert [(new, old) for new, old, _ in seen] == stated
    for new, old, out in seen:
        held = new + old
        expected = {origin: weight * Fraction(old, held) for origin, weight in before.items() if old}
        expected |= {origin: Fraction(1, held) for origin in range(origins, origins + new)}
        assert all(each == expected for each in out)
        assert max(expected.values()) == Fraction(1, held)  # an old pool never makes the likeliest less likely
        bits = formulas.mixed_bits(bits, new, old)
        assert isclose(bits, -sum(float(p) * log2(p) for p in expected.values()), abs_tol=1e-12)
        before, origins = expected, origins + new
    assert last is None or isclose(bits, last, abs_tol=1e-9)


@law(
    "MIX-7",
    "MIX-11",
    "MIX-15",
    needs=("mix.rule", "mix.shuffle"),
    exact=True,
    proves="n + f up to 4, up to 4 flushes",
    faults=(SendsInOrderOfArrival, SendsTheLatestFirst, KeepsOneFewer, HasNoPool, ForgetsThePoolWhenCounting),
    source="Serjantov and Danezis 2002",
)
def a_pool_comes_to_its_limit(net: Net, forall: Forall) -> None:
    """The entropy of a pool tends to (1 + f/n) log(n + f) - (f/n) log f, nearer by f/(n + f) with each flush."""
    new, pool = forall([(1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3)], "n and f")
    limit = formulas.limit_bits(new, pool)
    assert isclose(formulas.mixed_bits(limit, new, pool), limit, abs_tol=1e-12)
    short = log2(pool) - limit
    for _, old, out in follow(net, ThresholdPool(threshold=new, pool=pool), [new] * 4):
        assert old == pool
        short *= pool / (new + pool)
        for each in out:
            assert isclose(-sum(float(p) * log2(p) for p in each.values()) - limit, short, abs_tol=1e-12)


# ---- how long it waits ----

STEADY: list[tuple[Rule, int]] = [
    (Threshold(threshold=3), 3),
    (Timed(period=1), 2),
    (ThresholdPool(threshold=1, pool=1), 1),
    (ThresholdPool(threshold=2, pool=1), 2),
    (ThresholdPool(threshold=1, pool=3), 1),
    (ThresholdPool(threshold=2, pool=3), 2),
    (TimedPool(period=1, pool=2), 2),
    (cottrell(1, HALF, 1), 2),
    (cottrell(1, HALF, 2), 1),
    (cottrell(2, HALF, 1), 2),
    (cottrell(3, Fraction(1, 4), 1), 1),
    (cottrell(4, Fraction(2, 3), 1), 2),
    (cottrell(4, Fraction(1, 3), 2), 1),
]
"""A rule, and how many messages come before each flush."""


@law(
    "MIX-10",
    "MIX-11",
    "MIX-12",
    "MIX-15",
    needs=("mix.rule", "mix.shuffle"),
    exact=True,
    proves="13 mixes of all kinds but those with two conditions and binomial, each place that a message may come to",
    faults=(
        SendsInOrderOfArrival,
        SendsTheLatestFirst,
        KeepsOneBack,
        KeepsOneFewer,
        HasNoPool,
        TakesTheFractionOfTheExcess,
    ),
    source="Little 1961; Serjantov and Danezis 2002",
)
def messages_held_are_arrivals_times_flushes_attended(net: Net, forall: Forall) -> None:
    """In the steady state a message attends m/n flushes on average, and stays at each with 1 - n/m."""
    rule, new = forall(STEADY, "rule and arrivals")
    pool, fraction = getattr(rule, "pool", 0), getattr(rule, "fraction", None)
    held = formulas.settled(rule.kind, new, pool, fraction)
    assert net.quota(rule, held) == new  # as many leave as come
    let_out = flushes(net, rule)
    place = forall(range(held - new, held), "place")

    def attend(here: int, choose: Choose) -> Any:
        _, stay = let_out(tuple(range(held)), choose)
        return stay.index(here) if here in stay else Done("left")

    mean = chance.expected_steps(place, attend)
    assert mean * new == held
    assert mean == formulas.mean_rounds(rule.kind, new, pool, fraction)
    still: Chances = {place: Fraction(1)}
    for attended in range(1, 5):  # with the same chance each time, so that the number is geometric
        later: Chances = {}
        for here, weight in still.items():
            for there, share in chance.distribution(partial(attend, here)).items():
                if not isinstance(there, Done):
                    later[there] = later.get(there, Fraction(0)) + weight * share
        still = later
        assert sum(still.values()) == (1 - Fraction(new, held)) ** attended
    if isinstance(rule, ThresholdPool):
        p = Fraction(new, held)
        assert (1 - p) / p**2 == Fraction(pool * (new + pool), new**2)  # a geometric number's variance


# ---- attacks ----


@dataclass
class Labelled:
    """A mix that is attacked, of which each message is kept, and taken by the implementation."""

    net: Net
    rule: Rule
    let_out: LetOut
    choose: Choose
    into_pool: int
    held: Held
    sent: int

    def send(self, whose: Whose, many: int = 1) -> Batch | None:
        for _ in range(many):
            self.held, self.sent = (*self.held, whose), self.sent + (whose == "own")
            if self.net.fires(self.rule, len(self.held), True):
                return self.fire()
        return None

    def wait(self) -> Batch | None:
        return self.fire() if self.net.fires(self.rule, len(self.held), False) else None

    def fire(self) -> Batch:
        leave, stay = self.let_out((*self.held, *["others"] * self.into_pool), self.choose)
        self.held = stay
        return Batch(leave.count("own"), len(leave) - leave.count("own"), "target" in leave)


SMALL: list[Rule] = [
    Threshold(threshold=3),
    Timed(period=1),
    ThresholdAndTime(kind="threshold-or-timed", threshold=3, period=1),
    ThresholdAndTime(kind="threshold-and-timed", threshold=3, period=1),
    ThresholdPool(threshold=2, pool=1),
    ThresholdPool(threshold=2, pool=2),
    TimedPool(period=1, pool=2),
    cottrell(1, HALF, 1, 2),
    cottrell(2, HALF, 1),
    cottrell(3, Fraction(3, 4), 1),
    cottrell(4, Fraction(1, 3), 2),
]

ONE_FLUSH = ["mix.trickle", "mix.flood", "mix.n-1"]


@law(
    "MIX-7",
    "MIX-8",
    "MIX-10",
    "MIX-11",
    "MIX-12",
    "MIX-15",
    "MIX-20",
    needs=("mix.rule", "mix.shuffle", "mix.dummies"),
    exact=True,
    sampled=False,
    proves="11 mixes of all kinds but binomial, 0 to 2 others, a dummy into the pool or none, floods of 2",
    faults=(SendsInOrderOfArrival, SendsTheLatestFirst, TakesTheRemainder),
    source="Serjantov, Dingledine and Syverson 2002",
)
def an_attack_is_worth_what_its_numbers_say(net: Net, forall: Forall) -> None:
    """Trickle, flood and n-1 are right as often with messages kept apart as with their numbers alone."""
    rule, name = forall(SMALL, "rule"), forall(ONE_FLUSH, "attack")
    others, into_pool = forall(range(3), "others"), forall(range(2), "dummies into the pool")
    attack = ATTACKS[name]
    scene = Scene(rule, Dummies(pool=Constant(count=into_pool), output=NONE), others, 1, 2)
    pool, let_out = getattr(rule, "pool", 0), flushes(net, rule)
    if any(net.fires(rule, pool + many, True) for many in range(1, others + 1)):
        return

    def step(state: tuple[attacks.Known, Held, int], choose: Choose) -> Any:
        mix = Labelled(net, rule, let_out, choose, into_pool, *state[1:])
        known, batch = attacks.advance(net, attack, scene, state[0], mix)
        if attacks.over(attack, known, batch):
            return Done((batch.strange, batch.target, mix.sent) if batch else (0, False, mix.sent))
        return known, mix.held, mix.sent

    ends: Chances = chance.absorb((attacks.beginning(scene), ("others",) * (pool + others), 0), step)
    told = attacks.chances(net, attack, scene)
    assert told.right == sum(weight / strange for (strange, target, _), weight in ends.items() if target)
    assert told.sent == sum(weight * sent for (_, _, sent), weight in ends.items())


def alone(strange: int, held: int, leaving: int, output: dict[int, Fraction]) -> Fraction:
    """The chance to pick the target, one of `strange` messages among those held, out of a batch with these dummies."""
    right = Fraction(0)
    for out in range(1, min(strange, leaving) + 1):
        ways = Fraction(comb(strange, out) * comb(held - strange, leaving - out), comb(held, leaving))
        right += ways * Fraction(out, strange) * sum(p / (out + made) for made, p in output.items())
    return right


@law(
    "MIX-7",
    "MIX-8",
    "MIX-10",
    "MIX-11",
    "MIX-12",
    needs=("mix.rule", "mix.dummies"),
    exact=True,
    sampled=False,
    proves="all kinds but binomial, n of 2 and 5, f of 1 and 4, 0, 1 or 4 others, 0 or 2 dummies, floods of 12",
    faults=(
        FiresOneTooLate,
        WantsOneMore,
        KeepsOneBack,
        SendsThePoolToo,
        KeepsOneFewer,
        RoundsUp,
        TakesTheFractionOfAll,
        TakesTheFractionOfTheExcess,
        HasNoPool,
    ),
    source="Serjantov, Dingledine and Syverson 2002; that 2n - 1 - k messages are enough is counted here",
)
def n_minus_one_costs_and_gains_what_is_stated(net: Net, forall: Forall) -> None:
    """Without a pool n-1 is certain, for n - 1 messages, 2n - 1 - k or none; else right as often as counted."""
    kinds = [*ENOUGH_AT_END, "threshold", "threshold-pool"]
    kind = forall([each for each in kinds if each != "binomial"], "kind")
    threshold, others = forall([2, 5], "n"), forall([0, 1, 4], "others")
    pool, made = forall([1, 4], "f"), forall([0, 2], "dummies on the output")
    flood = 12
    fields = {"threshold": threshold, "pool": pool, "period": 1, "fraction": HALF}
    shape = next(type(each) for each in SMALL if each.kind == kind)
    rule = shape.model_validate({"kind": kind, **{name: fields[name] for name in fields if name in shape.model_fields}})
    scene = Scene(rule, Dummies(pool=NONE, output=Constant(count=made)), others, 3, flood)
    if others >= threshold and kind in ("threshold", "threshold-or-timed", "threshold-pool"):
        return
    told, output = attacks.chances(net, ATTACKS["mix.n-1"], scene), {made: Fraction(1)}
    if not hasattr(rule, "pool"):
        assert told.right == Fraction(1, 1 + made)
        first = threshold - others if others else 0
        first = max(0, first)
        assert told.sent == (0 if kind in ("timed", "threshold-or-timed") else first + threshold - 1)
        assert told.flushes == 1 + (others > 0)
        return
    sends = threshold - others if kind == "threshold-pool" else flood
    held = pool + others + sends
    leaving, right = QUOTAS[kind](rule, held), Fraction(0)
    later = held - leaving + (threshold if kind == "threshold-pool" else flood)
    for out in range(max(0, leaving - sends), min(pool + others, leaving) + 1):
        ways = Fraction(comb(pool + others, out) * comb(sends, leaving - out), comb(held, leaving))
        right += ways * alone(pool + others - out + 1, later, QUOTAS[kind](rule, later), output)
    assert told.right == right
    assert told.sent == sends + later - (held - leaving) - 1


@law(
    "MIX-8",
    "MIX-10",
    "MIX-11",
    needs=("mix.rule",),
    exact=True,
    sampled=False,
    proves="0 to 4 others in the mix, 0 to 3 late, pools of 1 to 4",
    faults=(
        KeepsOneBack,
        KeepsOneFewer,
        TakesOrForAnd,
        HasNoPool,
    ),
    source="Serjantov, Dingledine and Syverson 2002",
)
def a_trickle_costs_nothing(net: Net, forall: Forall) -> None:
    """Who only holds up others beats a clock for certain, its pool in 1 of f + 1 cases, no threshold."""
    others, late, pool = forall(range(5), "others"), forall(range(4), "late"), forall(range(1, 5), "f")
    rules: list[tuple[Rule, Fraction]] = [
        (Timed(period=3), Fraction(1)),
        (ThresholdAndTime(kind="threshold-or-timed", threshold=9, period=3), Fraction(1)),
        (ThresholdAndTime(kind="threshold-and-timed", threshold=9, period=3), Fraction(0)),
        (Threshold(threshold=9), Fraction(0)),
        (ThresholdPool(threshold=9, pool=pool), Fraction(0)),
        (TimedPool(period=3, pool=pool), Fraction(1, pool + 1)),
    ]
    rule, right = forall(rules, "rule")
    told = attacks.chances(net, ATTACKS["mix.trickle"], Scene(rule, NO_DUMMIES, others, late))
    assert (told.right, told.held_up) == (right, late)
    assert told.sent == 0


@law(
    "MIX-12",
    needs=("mix.rule",),
    exact=True,
    proves="q of 3/10, 3/5, 13/20 and 7/10, f of 1, 6 and 45, all four forms, up to 3000 messages",
    faults=(RoundsUp, RoundsToTheNearest, TakesTheLastOnes),
    source="Serjantov, Dingledine and Syverson 2002; the rounds are counted here",
)
def no_flood_flushes_cottrell_s_mix_at_once(net: Net, forall: Forall) -> None:
    """However many messages come, each stays with a chance of 1 - q or 1 - 1/m, and f of all stay."""
    q = forall([Fraction(3, 10), Fraction(3, 5), Fraction(13, 20), Fraction(7, 10)], "q")
    rule = cottrell(forall(range(1, 5), "form"), q, forall([1, 6, 45], "f"))
    for held in (*range(rule.pool + 1, rule.pool + 60), 100, 129, 200, 500, 1000, 3000):
        leaving = net.quota(rule, held)
        assert Fraction(leaving, held) <= max(q, Fraction(1, held))
        assert leaving <= held - rule.pool
    rounds = formulas.least_rounds(q, 20)
    assert (1 - q) ** rounds * 2**20 <= 1 < (1 - q) ** (rounds - 1) * 2**20


@law(
    "MIX-7",
    "MIX-11",
    "MIX-12",
    "MIX-15",
    needs=("mix.rule", "mix.shuffle"),
    exact=True,
    sampled=False,
    proves="n + f up to 4 and four mixes of up to 5 messages with a clock, up to 4 flushes",
    faults=(
        SendsInOrderOfArrival,
        HasNoPool,
        KeepsOneFewer,
        RoundsUp,
        FiresOneTooEarly,
        TakesTheFractionOfAll,
        TakesTheFractionOfTheExcess,
    ),
    source="Serjantov, Dingledine and Syverson 2002",
)
def blending_takes_as_long_as_stated(net: Net, forall: Forall) -> None:
    """A pool is purged, and then the target out, after so many flushes and messages as the closed forms say."""
    pools: list[tuple[Rule, int]] = [
        *((ThresholdPool(threshold=n, pool=f), n) for n, f in ((1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3))),
        (TimedPool(period=1, pool=2), 3),
        (cottrell(1, HALF, 2), 3),
        (cottrell(2, HALF, 2), 2),
        (cottrell(4, Fraction(1, 3), 2), 2),
    ]
    rule, flood = forall(pools, "rule and flood")
    pool = rule.pool
    held = pool + flood
    leaving, let_out = QUOTAS[rule.kind](rule, held), flushes(net, rule)

    def purge(here: tuple[bool, ...], choose: Choose) -> Any:
        _, stay = let_out(here, choose)
        return (*stay, *[False] * (held - len(stay))) if any(stay) else Done("purged")

    full = (True,) * pool + (False,) * flood
    mean = chance.expected_steps(full, purge)
    assert mean == formulas.rounds_to_purge(pool, held, leaving)
    assert chance.expected_steps((False,) * (held - 1) + (True,), purge) == Fraction(held, leaving)
    states: Chances = {full: Fraction(1)}
    for rounds in range(1, 5):
        after: Chances = {}
        for state, weight in states.items():
            for there, share in chance.distribution(partial(purge, state)).items():
                after[there] = after.get(there, Fraction(0)) + weight * share
        purged = sum(weight for there, weight in after.items() if isinstance(there, Done))
        states = {there: weight for there, weight in after.items() if not isinstance(there, Done)}
        left = sum(states.values())
        assert 1 - left == formulas.purged_by(rounds, pool, held, leaving)
        assert left <= pool * (1 - Fraction(leaving, held)) ** rounds
        assert purged or leaving < pool
    told = attacks.chances(net, ATTACKS["mix.blending"], Scene(rule, flood=flood))
    assert told.right == 1
    assert told.flushes == mean + Fraction(held, leaving)
    assert told.sent == flood + leaving * (told.flushes - 1) - 1
    if isinstance(rule, ThresholdPool):
        assert told.sent == formulas.blending_messages(rule.threshold, pool)


# ---- dummies ----

COINS = 6


def made_of_coins(net: Net, dummies: Law) -> tuple[dict[int, Fraction], Fraction]:
    """How many dummies a law makes of six coins with what chance, and the chance that six are too few."""
    p = getattr(dummies, "chance", getattr(dummies, "again", Fraction(0)))
    falls, stands = max(0, bound(p) - 1).to_bytes(8), min(bound(p), 2**64 - 1).to_bytes(8)
    tosses = getattr(dummies, "trials", COINS)
    found, short = dict[int, Fraction](), Fraction(0)
    for coins in product([(falls, p), (stands, 1 - p)], repeat=tosses if p else 0):
        weight = Fraction(1)
        for _, share in coins:
            weight *= share
        try:
            made = net.count(dummies, tuple(coin for coin, _ in coins))
            found[made] = found.get(made, Fraction(0)) + weight
        except Reject as refusal:
            assert refusal.clause == "MIX-19"
            short += weight
    return found, short


TOSSES = [Fraction(1, 10), Fraction(1, 3), HALF, Fraction(9, 10)]


@law(
    "MIX-19",
    needs=("mix.dummies",),
    exact=True,
    proves="constant 0 to 5, binomial of 1 to 6 coins and geometric, with chances of 1/10, 1/3, 1/2 and 9/10",
    faults=(CountsThoseThatDoNotFall, MakesOneAtMost, TossesOneCoinFewer, MakesTheMean),
    source="Mixmaster's pool.c for the geometric law",
)
def dummies_are_worth_what_their_law_is(net: Net, forall: Forall) -> None:
    """An attacker left alone with the target and D dummies is right with chance E[1/(1 + D)], exactly as stated."""
    laws: list[Law] = [
        *(Constant(count=count) for count in range(6)),
        *(Trials(trials=trials, chance=p) for trials in range(1, 7) for p in TOSSES),
        *(Geometric(again=p) for p in TOSSES),
    ]
    dummies = forall(laws, "law")
    found, short = made_of_coins(net, dummies)
    right = sum(weight / (1 + made) for made, weight in found.items())
    if isinstance(dummies, Geometric):
        a = dummies.again
        assert found == {made: (1 - a) * a**made for made in range(COINS)}
        assert short == a**COINS
        stated = formulas.attacker_right_geometric(a)
        assert float(right) - 1e-15 <= stated <= float(right + short / (1 + COINS)) + 1e-15
    else:
        assert short == 0
        assert right == (
            formulas.attacker_right_constant(dummies.count)
            if isinstance(dummies, Constant)
            else formulas.attacker_right_binomial(dummies.trials, dummies.chance)
        )
    counted = attacks.counts(net, dummies)
    assert all(counted[made] == weight for made, weight in found.items())


@not_a_law("MIX-19", needs=("mix.dummies",), exact=True)
def dummies_defeat_n_minus_one(net: Net, forall: Forall) -> None:
    """Where a dummy joins each batch on average, an attacker alone with the target is right in half of the cases."""
    dummies = forall([Constant(count=1), Trials(trials=2, chance=HALF), Geometric(again=HALF)], "law")
    found, _ = made_of_coins(net, dummies)
    assert sum(weight / (1 + made) for made, weight in found.items()) <= HALF


@not_a_law("MIX-10", needs=("mix.rule",), exact=True, sampled=False)
def dummies_made_by_users_help(net: Net, forall: Forall) -> None:
    """The more messages users send beside the target, dummies perhaps, the less is an n-1 attack worth."""
    late = forall([1, 3, 10], "dummies that users send")
    quiet, busy = (
        attacks.chances(net, ATTACKS["mix.n-1"], Scene(Threshold(threshold=4), NO_DUMMIES, 2, many))
        for many in (0, late)
    )
    assert busy.right < quiet.right


@not_a_law("MIX-10", needs=("mix.rule",), exact=True, sampled=False)
def a_larger_batch_always_hides_better(net: Net, forall: Forall) -> None:
    """With a greater threshold a message is harder to find in its batch."""
    threshold = forall([2, 3, 10], "threshold")
    small, large = (
        attacks.chances(net, ATTACKS["mix.n-1"], Scene(Threshold(threshold=each), NO_DUMMIES))
        for each in (threshold, 50)
    )
    assert large.right < small.right


@not_a_law("MIX-11", needs=("mix.rule",), exact=True)
def a_pool_withstands_any_flood(net: Net, forall: Forall) -> None:
    """However many messages come, each one held stays in a timed pool in half of the cases."""
    rule, held = TimedPool(period=1, pool=10), forall([11, 20, 21, 1000], "messages held")
    assert 1 - Fraction(net.quota(rule, held), held) >= HALF


@not_a_law("MIX-12", needs=("mix.rule",), exact=True, sampled=False)
def cottrell_s_mix_withstands_a_patient_attacker(net: Net, forall: Forall) -> None:
    """Cottrell's mix keeps an attacker who goes on for long from ever being certain."""
    rule = cottrell(forall(range(1, 5), "form"), HALF, 3)
    assert attacks.chances(net, ATTACKS["mix.blending"], Scene(rule, flood=10)).right < 1
