"""Laws of the rules: which are refused, when a mix fires, and how many messages leave, whatever the numbers.

Proofs take all parameters, and the numbers of messages, as integers without bounds, and a fraction as two of them.
Whoever samples tries all kinds at once, with as many messages as decide whether they fire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from anonlaws.law import Forall, Integers, fault, law, not_a_law
from anonlaws.mix.wire import ENOUGH_AT_ARRIVAL, ENOUGH_AT_END, NO_DUMMIES, QUOTAS, Net, fires
from anonspec.mix.model import (
    Binomial,
    Cottrell,
    Threshold,
    ThresholdAndTime,
    ThresholdPool,
    Timed,
    TimedPool,
)
from anonspec.shape import Reject, Shape

Count = Any
"""A number of messages, or a solver's term for one."""

POOLLESS = ("threshold", "timed", "threshold-or-timed", "threshold-and-timed")
POOLS = ("threshold-pool", "timed-pool")
COTTRELL = ("cottrell-r1", "cottrell-r2", "cottrell-r3", "cottrell-r4")
KINDS = (*POOLLESS, *POOLS, *COTTRELL, "binomial")

SHAPES: dict[str, type[Shape]] = {
    "threshold": Threshold,
    "timed": Timed,
    "threshold-or-timed": ThresholdAndTime,
    "threshold-and-timed": ThresholdAndTime,
    "threshold-pool": ThresholdPool,
    "timed-pool": TimedPool,
    **dict.fromkeys(COTTRELL, Cottrell),
    "binomial": Binomial,
}

# ---- domains ----


@dataclass(frozen=True)
class Each:
    """Some of the options: one for a solver, on a path of its own, and all of them for a sampler."""

    options: Sequence[str]

    def symbol(self, name: str, path: Forall) -> Sequence[str]:
        return (path(list(self.options), name),)

    def strategy(self) -> st.SearchStrategy[Sequence[str]]:
        return st.just(self.options)


@dataclass(frozen=True)
class Number:
    """The numbers from `least`: all of them for a solver, and mostly small ones for a sampler."""

    least: int = 0

    def symbol(self, name: str, path: Forall) -> Count:
        return path(Integers(self.least), name)

    def strategy(self) -> st.SearchStrategy[int]:
        return st.sampled_from(range(self.least, self.least + 7)) | st.integers(self.least, 300)


@dataclass(frozen=True)
class Near:
    """The numbers of messages; in most draws of a sampler, one that is off by no more than one from one of these."""

    places: Sequence[Count]

    def symbol(self, name: str, path: Forall) -> Count:
        return path(Integers(0), name)

    def strategy(self) -> st.SearchStrategy[int]:
        close = sorted({max(0, place + off) for place in self.places for off in (-1, 0, 1)})
        return st.sampled_from(close) | st.sampled_from(close) | st.integers(0, 500)


@dataclass(frozen=True)
class Part:
    """A fraction whose numerator and denominator may be a solver's terms."""

    numerator: Any
    denominator: Any

    def __mul__(self, whole: Any) -> "Part":
        return Part(self.numerator * whole, self.denominator)

    def __floor__(self) -> Any:
        return self.numerator // self.denominator

    def __lt__(self, whole: int) -> Any:
        return self.numerator < whole * self.denominator

    def __le__(self, whole: int) -> Any:
        return self.numerator <= whole * self.denominator

    def __gt__(self, whole: int) -> Any:
        return self.numerator > whole * self.denominator

    def __ge__(self, whole: int) -> Any:
        return self.numerator >= whole * self.denominator


@dataclass(frozen=True)
class Parts:
    """The fractions, from 0 if `least` is, up to 1 if `proper`; for a sampler whole percents, as one kind has them."""

    least: int = 1
    proper: bool = True

    def symbol(self, name: str, path: Forall) -> Part:
        under = path(Integers(1), f"{name} under")
        return Part(path(Integers(self.least, under if self.proper else None), f"{name} over"), under)

    def strategy(self) -> st.SearchStrategy[Fraction]:
        return st.integers(self.least, 100 if self.proper else 200).map(lambda percent: Fraction(percent, 100))


def some_fields(forall: Forall, least: int = 1) -> dict[str, Any]:
    """Parameters for whatever kind of rule, the numbers among them from `least` on."""
    fields = {name: forall(Number(least), name) for name in ("threshold", "period", "pool")}
    return {**fields, "fraction": forall(Parts(), "fraction"), "chances": (Fraction(1, 2),)}


def rule_of(kind: str, fields: dict[str, Any]) -> Any:
    """A rule of a kind with what of the fields it takes. Nothing is validated, for they may be a solver's terms."""
    shape = SHAPES[kind]
    return shape.model_construct(kind=kind, **{name: fields[name] for name in shape.model_fields if name != "kind"})


def kept(rule: Any) -> Count:
    """How many stay at least."""
    return getattr(rule, "pool", 0)


# ---- rules that are refused ----


def refused(net: Net, rule: Any) -> str:
    """The clause by which the mix refuses the rule; empty if it does not."""
    try:
        net.check_rule(rule)
    except Reject as refusal:
        return refusal.clause
    return ""


@fault("MIX-1", "check_rule")
def TakesAThresholdOfOne(net: Net, rule: Any) -> None:
    """Any threshold but 0 will do."""
    if refused(net, rule) != "MIX-1" or getattr(rule, "threshold", 1) == 0:
        net.check_rule(rule)


@fault("MIX-1", "check_rule")
def LooksAtOneKindOnly(net: Net, rule: Any) -> None:
    """A threshold of 1 is refused where there is no clock, and nowhere else."""
    if rule.kind == "threshold" or refused(net, rule) != "MIX-1":
        net.check_rule(rule)


@fault("MIX-1", "check_rule")
def WantsTwoBeyondAPool(net: Net, rule: Any) -> None:
    """A threshold of 1 is refused for kinds with a pool as well."""
    net.check_rule(rule)
    if hasattr(rule, "threshold") and rule.threshold < 2:
        raise Reject("MIX-1", "a batch of one hides nobody")


@fault("MIX-2", "check_rule")
def TakesZeros(net: Net, rule: Any) -> None:
    """A threshold, period or pool may be 0."""
    if refused(net, rule) != "MIX-2":
        net.check_rule(rule)


@fault("MIX-2", "check_rule")
def TakesAPoolOfNone(net: Net, rule: Any) -> None:
    """A pool may be 0."""
    if getattr(rule, "pool", 1) != 0:
        net.check_rule(rule)


@fault("MIX-2", "check_rule")
def TakesAPeriodOfNone(net: Net, rule: Any) -> None:
    """A period may be 0."""
    if getattr(rule, "period", 1) != 0:
        net.check_rule(rule)


@fault("MIX-2", "check_rule")
def TakesAThresholdOfNone(net: Net, rule: Any) -> None:
    """A threshold may be 0 where there is a pool."""
    if getattr(rule, "threshold", 1) != 0 or not hasattr(rule, "pool"):
        net.check_rule(rule)


@fault("MIX-3", "check_rule")
def TakesAFractionOfNone(net: Net, rule: Any) -> None:
    """The part that leaves may be nothing."""
    if getattr(rule, "fraction", 1) > 0:
        net.check_rule(rule)


@fault("MIX-3", "check_rule")
def TakesMoreThanAll(net: Net, rule: Any) -> None:
    """The part that leaves may be more than there is."""
    if getattr(rule, "fraction", 1) <= 1:
        net.check_rule(rule)


@fault("MIX-3", "check_rule")
def TakesAnyPart(net: Net, rule: Any) -> None:
    """Percents need not be whole."""
    net.check_rule(rule.model_copy(update={"kind": "cottrell-r2"}) if rule.kind == "cottrell-r3" else rule)


@fault("MIX-3", "check_rule")
def RefusesAll(net: Net, rule: Any) -> None:
    """A fraction or chance of 1 is refused."""
    net.check_rule(rule)
    if any(each >= 1 for each in (getattr(rule, "fraction", Fraction(0)), *getattr(rule, "chances", ()))):
        raise Reject("MIX-3", "a part is less than the whole")


@fault("MIX-3", "check_rule")
def RefusesAChanceOfNone(net: Net, rule: Any) -> None:
    """No chance of the list may be 0."""
    net.check_rule(rule)
    if any(each <= 0 for each in getattr(rule, "chances", ())):
        raise Reject("MIX-3", "a chance is above 0")


@fault("MIX-3", "check_rule")
def TakesAnEmptyList(net: Net, rule: Any) -> None:
    """A list of chances may be empty."""
    if getattr(rule, "chances", (1,)) != ():
        net.check_rule(rule)


@fault("MIX-3", "check_rule")
def MayEndWithNone(net: Net, rule: Any) -> None:
    """The last chance may be 0 if another one is not."""
    chances: tuple[Any, ...] = getattr(rule, "chances", ())
    if not (len(chances) > 1 and chances[-1] <= 0 and chances[0] > 0):
        net.check_rule(rule)


@fault("MIX-3", "check_rule")
def LooksAtTheLastChanceOnly(net: Net, rule: Any) -> None:
    """Of a list of chances only the last one is looked at."""
    if rule.kind == "binomial":
        net.check_rule(rule.model_copy(update={"chances": rule.chances[-1:]}))
    else:
        net.check_rule(rule)


UNFIT = (
    TakesAThresholdOfOne,
    LooksAtOneKindOnly,
    WantsTwoBeyondAPool,
    TakesZeros,
    TakesAPoolOfNone,
    TakesAPeriodOfNone,
    TakesAThresholdOfNone,
    TakesAFractionOfNone,
    TakesMoreThanAll,
    RefusesAll,
    RefusesAChanceOfNone,
    TakesAnEmptyList,
    MayEndWithNone,
    LooksAtTheLastChanceOnly,
)
"""What those do who refuse the wrong rules."""

LISTS = [(), (0,), (1,), (2,), (0, 1), (1, 0), (0, 0), (2, 1), (1, 2)]
"""Lists of chances, in halves."""


def unfit(rule: Any) -> dict[str, Any]:
    """Of each clause, whether the rule goes against it; but for what is asked of percents alone."""
    parts = rule.chances if rule.kind == "binomial" else (getattr(rule, "fraction", Part(1, 1)),)
    alone = rule.kind in POOLLESS and getattr(rule, "threshold", 2) < 2
    zero = any(getattr(rule, name, 1) == 0 for name in ("threshold", "period", "pool"))
    return {"MIX-1": alone, "MIX-2": zero, "MIX-3": any(each > 1 for each in parts) or not parts or parts[-1] <= 0}


@law(
    "MIX-1",
    "MIX-2",
    "MIX-3",
    needs=("mix.node",),
    exact=True,
    proves="all kinds, thresholds up to 2, periods and pools up to 1, some fractions and lists",
    faults=(*UNFIT, TakesAnyPart),
)
def a_rule_that_hides_nobody_is_refused(net: Net, forall: Forall) -> None:
    """A mix begins with a rule exactly if no clause forbids it, and names one that does."""
    kind = forall(list(KINDS), "kind")
    fields: dict[str, Any] = {}
    for name in SHAPES[kind].model_fields:
        if name == "fraction":
            fields[name] = Fraction(*forall([(0, 1), (1, 100), (2, 3), (1, 1), (3, 2)], name))
        elif name == "chances":
            fields[name] = tuple(Fraction(halves, 2) for halves in forall(LISTS, name))
            fields[name] = tuple(Fraction(3, 2) if chance == 1 else chance * 2 for chance in fields[name])
        elif name != "kind":
            fields[name] = forall([0, 1, 2] if name == "threshold" else [0, 1], name)
    rule = rule_of(kind, fields)
    wrong = unfit(rule)
    wrong["MIX-3"] = wrong["MIX-3"] or (kind == "cottrell-r3" and 100 % fields["fraction"].denominator != 0)
    try:
        net.begin(rule, 4, "uniform", NO_DUMMIES, bytes(range(32)))
    except Reject as refusal:
        assert wrong.get(refusal.clause)
    else:
        assert not any(wrong.values())


@law(
    "MIX-1",
    "MIX-2",
    "MIX-3",
    sampled=False,
    proves="every kind but cottrell-r3, all thresholds, periods, pools and fractions; lists of up to 3 chances",
    faults=UNFIT,
)
def a_rule_is_refused_whatever_its_numbers(net: Net, forall: Forall) -> None:
    """However large the numbers are, no clause is forgotten and nothing else is refused."""
    kind = forall([each for each in KINDS if each != "cottrell-r3"], "kind")
    fields: dict[str, Any] = {}
    for name in SHAPES[kind].model_fields:
        if name == "fraction":
            fields[name] = forall(Parts(0, proper=False), name)
        elif name == "chances":
            size = forall(range(4), "length of the list")
            fields[name] = tuple(forall(Parts(0, proper=False), f"chance {place}") for place in range(size))
        elif name != "kind":
            fields[name] = forall(Number(), name)
    rule = rule_of(kind, fields)
    clause = refused(net, rule)
    wrong = unfit(rule)
    assert wrong.get(clause) if clause else not any(wrong.values())


# ---- when a mix fires ----


@fault("MIX-7", "fires")
def FiresOneTooEarly(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """The message that has just come is counted twice."""
    return net.fires(rule, held + 1 if at_arrival else held, at_arrival)


@fault("MIX-7", "fires")
def FiresOneTooLate(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """The message that has just come is not counted."""
    return net.fires(rule, held - 1 if at_arrival else held, at_arrival)


@fault("MIX-7", "fires")
def ForgetsThePoolWhenCounting(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """With a threshold, those of the pool are counted as if they had come."""
    if rule.kind == "threshold-pool":
        return at_arrival and held >= rule.threshold
    return net.fires(rule, held, at_arrival)


@fault("MIX-7", "fires")
def WaitsForTheClock(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """Where there is a clock, nothing leaves at an arrival."""
    return not (at_arrival and rule.kind == "threshold-or-timed") and net.fires(rule, held, at_arrival)


@fault("MIX-7", "fires")
def DoesNotWaitForTheClock(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """Where there is a threshold, messages leave as soon as so many are held, in spite of the clock."""
    return net.fires(rule, held, at_arrival and rule.kind not in ("threshold-and-timed", *COTTRELL))


@fault("MIX-8", "fires")
def FiresByTheClockToo(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """Kinds without a clock fire at a period's end if enough are held."""
    return net.fires(rule, held, at_arrival or rule.kind in ("threshold", "threshold-pool"))


@fault("MIX-8", "fires")
def SkipsAnEmptyPeriod(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """A mix that holds nothing does not fire."""
    return held > 0 and net.fires(rule, held, at_arrival)


@fault("MIX-8", "fires")
def FiresWithThePoolAlone(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """A timed pool mix fires even if it holds no more than the pool."""
    return net.fires(rule, held + 1 if rule.kind == "timed-pool" else held, at_arrival)


@fault("MIX-8", "fires")
def WantsOneMore(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """At a period's end, there must be more messages than the threshold says."""
    return net.fires(rule, held - 1 if rule.kind in ("threshold-and-timed", *COTTRELL) else held, at_arrival)


@fault("MIX-8", "fires")
def FiresWithAnythingBeyondThePool(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """Cottrell's mixes are taken to have a threshold of 1."""
    return not at_arrival and held > rule.pool if rule.kind in COTTRELL else net.fires(rule, held, at_arrival)


@fault("MIX-8", "fires")
def TakesOrForAnd(net: Net, rule: Any, held: int, at_arrival: bool) -> Any:
    """A mix that fires at the threshold or by the clock does so only if there is the threshold."""
    return net.fires(rule, held, at_arrival or rule.kind == "threshold-or-timed")


@fault("MIX-11", "floor")
def HasNoPool(_net: Net, _rule: Any) -> int:
    """Nothing has to stay."""
    return 0


@law(
    "MIX-7",
    "MIX-8",
    needs=("mix.rule",),
    proves="every rule, all parameters, any number of messages",
    faults=(
        FiresOneTooEarly,
        FiresOneTooLate,
        ForgetsThePoolWhenCounting,
        WaitsForTheClock,
        DoesNotWaitForTheClock,
        FiresByTheClockToo,
        SkipsAnEmptyPeriod,
        FiresWithThePoolAlone,
        WantsOneMore,
        FiresWithAnythingBeyondThePool,
        TakesOrForAnd,
        HasNoPool,
    ),
)
def a_mix_fires_exactly_when_the_table_says(net: Net, forall: Forall) -> None:
    """At an arrival and at a period's end, a mix fires if and only if its row of the table says so."""
    fields = some_fields(forall)
    edges = (0, fields["threshold"], fields["pool"], fields["pool"] + fields["threshold"])
    held = forall(Near(edges), "held")
    for kind in forall(Each(KINDS), "kinds"):
        rule = rule_of(kind, fields)
        for at_arrival in (True, False):
            assert net.fires(rule, held, at_arrival) == fires(rule, held, at_arrival)


@law(
    "MIX-7",
    "MIX-8",
    sampled=False,
    proves="every rule, all parameters, any number of messages",
    faults=(WaitsForTheClock, DoesNotWaitForTheClock, FiresByTheClockToo),
)
def more_messages_never_keep_a_mix_from_firing(net: Net, forall: Forall) -> None:
    """A mix that fires with so many messages fires with one more; and only on the occasions that its kind has."""
    fields, held = some_fields(forall), forall(Number(), "held")
    kind = forall(list(KINDS), "kind")
    rule = rule_of(kind, fields)
    for at_arrival, table in ((True, ENOUGH_AT_ARRIVAL), (False, ENOUGH_AT_END)):
        if net.fires(rule, held, at_arrival):
            assert kind in table
            assert net.fires(rule, held + 1, at_arrival)
        assert kind not in table or net.fires(rule, table[kind](rule), at_arrival)


# ---- how many leave ----


@fault("MIX-10", "quota")
def KeepsOneBack(net: Net, rule: Any, held: int) -> int:
    """A mix without a pool keeps a message back."""
    count: int = net.quota(rule, held)
    return count - 1 if rule.kind in POOLLESS and count > 0 else count


@fault("MIX-10", "quota")
def SendsTheThresholdOnly(net: Net, rule: Any, held: int) -> int:
    """No more leave a mix without a pool than its threshold says."""
    count: int = net.quota(rule, held)
    return min(count, rule.threshold) if rule.kind in POOLLESS and rule.kind != "timed" else count


@fault("MIX-11", "quota")
def SendsThePoolToo(net: Net, rule: Any, held: int) -> int:
    """Nothing stays in the pool."""
    count: int = net.quota(rule, held)
    return held if rule.kind in POOLS and count > 0 else count


@fault("MIX-11", "quota")
def KeepsOneFewer(net: Net, rule: Any, held: int) -> int:
    """One message less than it should stays in the pool."""
    count: int = net.quota(rule, held)
    return count + 1 if rule.kind in POOLS and count > 0 else count


@fault("MIX-11", "quota")
def SendsTheThresholdOfAPool(net: Net, rule: Any, held: int) -> int:
    """As many leave a pool as its threshold says, and the pool grows with each dummy that is put into it."""
    count: int = net.quota(rule, held)
    return rule.threshold if rule.kind == "threshold-pool" and count > 0 else count


@fault("MIX-12", "share")
def RoundsUp(_net: Net, fraction: Fraction, held: int) -> int:
    """What is no whole message counts as one."""
    return (fraction.numerator * held + fraction.denominator - 1) // fraction.denominator


@fault("MIX-12", "share")
def RoundsToTheNearest(_net: Net, fraction: Fraction, held: int) -> int:
    """Half a message and more counts as one."""
    return (2 * fraction.numerator * held + fraction.denominator) // (2 * fraction.denominator)


@fault("MIX-12", "share")
def CountsInFloats(_net: Net, fraction: Fraction, held: int) -> int:
    """The fraction is a binary floating-point number."""
    return int(fraction.numerator / fraction.denominator * held)


@fault("MIX-12", "share")
def OverflowsAtSixteenBits(_net: Net, fraction: Fraction, held: int) -> int:
    """The product is kept in 16 bits before it is divided."""
    return fraction.numerator * held % 65536 // fraction.denominator


@fault("MIX-12", "quota")
def ForgetsTheMinimum(net: Net, rule: Any, held: int) -> int:
    """Forms R1 and R4 may fire and send nothing."""
    count: int = net.quota(rule, held)
    if rule.kind == "cottrell-r1" and count > 0:
        count = net.share(rule.fraction, held - rule.pool)
    if rule.kind == "cottrell-r4" and count > 0:
        count = min(held - rule.pool, net.share(rule.fraction, held))
    return count


@fault("MIX-12", "quota")
def TakesTheFractionOfAll(net: Net, rule: Any, held: int) -> int:
    """Form R1 takes the fraction of all messages and not of those beyond the pool."""
    count: int = net.quota(rule, held)
    return max(1, net.share(rule.fraction, held)) if rule.kind == "cottrell-r1" and count > 0 else count


@fault("MIX-12", "quota")
def TakesTheFractionOfTheExcess(net: Net, rule: Any, held: int) -> int:
    """Forms R2 to R4 take the fraction of the messages beyond the pool only."""
    count: int = net.quota(rule, held)
    if rule.kind in COTTRELL and rule.kind != "cottrell-r1" and count > 0:
        count = max(int(rule.kind == "cottrell-r4"), net.share(rule.fraction, held - rule.pool))
    return count


@fault("MIX-12", "quota")
def TakesTheLastOnes(net: Net, rule: Any, held: int) -> int:
    """Forms R2 to R4 take the fraction even where that leaves less than the pool."""
    count: int = net.quota(rule, held)
    return max(count, net.share(rule.fraction, held)) if rule.kind in COTTRELL[1:] and count > 0 else count


@fault("MIX-12", "quota")
def FallsBackToTheExcess(net: Net, rule: Any, held: int) -> int:
    """Where the part would touch the pool, forms R2 to R4 take it of the messages beyond the pool, not all of these."""
    count: int = net.quota(rule, held)
    if rule.kind in COTTRELL[1:] and count > 0 and net.share(rule.fraction, held) > held - rule.pool:
        count = net.share(rule.fraction, held - rule.pool)
    return count


@fault("MIX-12", "quota")
def SendsOneAtLeast(net: Net, rule: Any, held: int) -> int:
    """Forms R2 and R3 send a message whenever they fire."""
    count: int = net.quota(rule, held)
    return max(1, count) if rule.kind in COTTRELL[1:3] and net.fires(rule, held, False) else count


COUNTING = (
    KeepsOneBack,
    SendsTheThresholdOnly,
    SendsThePoolToo,
    KeepsOneFewer,
    SendsTheThresholdOfAPool,
    RoundsUp,
    RoundsToTheNearest,
    ForgetsTheMinimum,
    TakesTheFractionOfAll,
    TakesTheFractionOfTheExcess,
    TakesTheLastOnes,
    FallsBackToTheExcess,
    SendsOneAtLeast,
    HasNoPool,
)
"""What those do who let the wrong number leave."""


@law(
    "MIX-10",
    "MIX-11",
    "MIX-12",
    "MIX-13",
    needs=("mix.rule",),
    proves="every rule, all parameters, any number of messages",
    faults=(*COUNTING, OverflowsAtSixteenBits),
)
def as_many_leave_as_the_table_says(net: Net, forall: Forall) -> None:
    """The quota is the table's; none where the mix does not fire with so many; for coins there is none to state."""
    fields = some_fields(forall)
    edges = (0, fields["threshold"], fields["pool"], fields["pool"] + fields["threshold"] + 2)
    held = forall(Near(edges), "held")
    for kind in forall(Each(KINDS), "kinds"):
        rule = rule_of(kind, fields)
        try:
            count = net.quota(rule, held)
        except Reject as refusal:
            assert (kind, refusal.clause) == ("binomial", "MIX-13")
        else:
            assert kind != "binomial"
            fired = fires(rule, held, True) or fires(rule, held, False)
            assert count == (QUOTAS[kind](rule, held) if fired else 0)


@law(
    "MIX-12",
    sampled=False,
    proves="every fraction, any number of messages",
    faults=(RoundsUp, RoundsToTheNearest, OverflowsAtSixteenBits),
)
def a_share_is_the_whole_part(net: Net, forall: Forall) -> None:
    """The share of a fraction is the greatest whole number that is no more than it."""
    fraction, held = forall(Parts(0, proper=False), "fraction"), forall(Number(), "held")
    count, exact = net.share(fraction, held), fraction.numerator * held
    assert count * fraction.denominator <= exact
    assert exact < (count + 1) * fraction.denominator


@law(
    "MIX-12",
    needs=("mix.rule",),
    exact=True,
    proves="every whole number of percent; of 10, 50, 100 and 1000 messages",
    faults=(RoundsUp, CountsInFloats, OverflowsAtSixteenBits, TakesTheFractionOfTheExcess, ForgetsTheMinimum),
)
def percents_are_counted_in_whole_numbers(net: Net, forall: Forall) -> None:
    """As many percent of 100 messages as it says leave, though no floating-point number is 29/100."""
    percent, held = forall(range(1, 101), "percent"), forall([10, 50, 100, 1000], "held")
    fields = {"period": 1, "threshold": 1, "pool": 1, "fraction": Fraction(percent, 100)}
    part = next(whole for whole in range(held * percent // 100 - 1, held + 1) if 100 * (whole + 1) > held * percent)
    assert net.quota(rule_of("cottrell-r1", fields), held + 1) == max(1, part)
    assert net.quota(rule_of("cottrell-r4", fields), held) == min(held - 1, max(1, part))


@law(
    "MIX-10",
    "MIX-11",
    "MIX-12",
    needs=("mix.rule",),
    proves="every rule, all parameters, any number of messages",
    faults=(SendsThePoolToo, KeepsOneFewer, TakesTheFractionOfAll, TakesTheLastOnes, HasNoPool),
)
def the_pool_never_falls_below_its_floor(net: Net, forall: Forall) -> None:
    """No more leave than are held, none unless the mix fires, and after a flush at least the pool is still there."""
    fields = some_fields(forall)
    edges = (fields["threshold"], fields["pool"] + fields["threshold"] + 2)
    held = forall(Near(edges), "held")
    for kind in forall(Each(KINDS[:-1]), "kinds"):
        rule = rule_of(kind, fields)
        count = net.quota(rule, held)
        assert count >= 0
        assert count <= held
        assert count == 0 or net.fires(rule, held, True) or net.fires(rule, held, False)
        assert held < kept(rule) or held - count >= kept(rule)


@law(
    "MIX-7",
    "MIX-8",
    "MIX-10",
    "MIX-11",
    "MIX-12",
    sampled=False,
    proves="every rule, all parameters, any history",
    by="induction over events: it holds at the beginning, and each arrival and each period's end keeps it",
    faults=(SendsThePoolToo, KeepsOneFewer, TakesTheFractionOfAll, TakesTheLastOnes, HasNoPool),
)
def what_came_has_gone_or_is_held(net: Net, forall: Forall) -> None:
    """For ever: messages that came and were made are as many as have gone and are held, the pool among these."""
    rule = rule_of(forall(list(KINDS[:-1]), "kind"), some_fields(forall))
    assert net.floor(rule) == kept(rule)  # the beginning: the pool is full, and nothing has gone
    gone, held = forall(Number(), "gone"), kept(rule) + forall(Number(), "beyond the pool")
    came = gone + held
    at_arrival = forall([True, False], "at an arrival")
    if at_arrival:
        came, held = came + 1, held + 1
    if net.fires(rule, held, at_arrival):
        made = forall(Number(), "dummies for the pool")
        count = net.quota(rule, held + made)
        assert count >= 0
        came, gone, held = came + made, gone + count, held + made - count
    assert came == gone + held
    assert gone >= 0
    assert held >= kept(rule)


@law(
    "MIX-7",
    "MIX-8",
    "MIX-10",
    "MIX-11",
    sampled=False,
    proves="every threshold, period and pool, any history, no dummies for the pool",
    by="induction over events: a mix that holds less than fires it holds less after the next event",
    faults=(
        FiresOneTooEarly,
        FiresOneTooLate,
        ForgetsThePoolWhenCounting,
        TakesOrForAnd,
        KeepsOneBack,
        KeepsOneFewer,
        HasNoPool,
    ),
)
def batches_are_as_large_as_the_rule_promises(net: Net, forall: Forall) -> None:
    """A threshold is the size of every batch; or its most or its least, by the clock; and never more are waiting."""
    kind = forall(["threshold", "threshold-or-timed", "threshold-and-timed", "threshold-pool"], "kind")
    rule = rule_of(kind, some_fields(forall))
    held = kept(rule) + forall(Number(), "beyond the pool")
    waits = kind == "threshold-and-timed"  # for the clock, whatever has come
    enough = kept(rule) + rule.threshold
    at_arrival = forall([True, False], "at an arrival")
    if waits or held < enough:
        held = held + 1 if at_arrival else held
        if net.fires(rule, held, at_arrival):
            count = net.quota(rule, held)
            promised = {
                "threshold": count == rule.threshold,
                "threshold-pool": count == rule.threshold,
                "threshold-or-timed": count == rule.threshold if at_arrival else count < rule.threshold,
                "threshold-and-timed": count >= rule.threshold,
            }
            assert promised[kind]
            assert held - count == kept(rule)
        else:
            assert waits or held < enough
            assert at_arrival or kind != "threshold-or-timed"


# ---- Cottrell's four ----


@law(
    "MIX-12",
    sampled=False,
    proves="all four forms, all parameters, any number of messages, whoever sent them",
    faults=(RoundsUp, RoundsToTheNearest, TakesTheFractionOfAll, SendsOneAtLeast),
    source="Serjantov, Dingledine and Syverson 2002",
)
def a_flood_gets_no_more_than_a_fraction_out(net: Net, forall: Forall) -> None:
    """However many messages an attacker adds, no more than the part q of all leaves at once, or else one message."""
    kind = forall(list(COTTRELL), "kind")
    rule = rule_of(kind, some_fields(forall))
    held = forall(Number(), "held before") + forall(Number(), "injected")
    count, over, under = net.quota(rule, held), rule.fraction.numerator, rule.fraction.denominator
    if kind == "cottrell-r1":  # of what is beyond the pool, where that is more than one
        assert count <= 1 or count * under <= over * (held - rule.pool)
    elif kind == "cottrell-r4":
        assert count <= 1 or count * under <= over * held
    else:
        assert count * under <= over * held


@law(
    "MIX-12",
    sampled=False,
    proves="all parameters, any number of messages",
    faults=(ForgetsTheMinimum,),
)
def r1_and_r4_always_send_something(net: Net, forall: Forall) -> None:
    """When Cottrell's mix fires in form R1 or R4, at least one message leaves."""
    fields = some_fields(forall)
    held = fields["pool"] + fields["threshold"] + forall(Number(), "more")
    assert net.quota(rule_of(forall(["cottrell-r1", "cottrell-r4"], "kind"), fields), held) >= 1


@law(
    "MIX-12",
    sampled=False,
    proves="all parameters, any number of messages",
    faults=(ForgetsTheMinimum, SendsOneAtLeast),
)
def r2_and_r3_are_r4_but_where_the_part_is_none(net: Net, forall: Forall) -> None:
    """R2 and R3 let as many leave as R4, unless that part is less than one message: then none, and R4 one."""
    fields = some_fields(forall)
    held = fields["pool"] + fields["threshold"] + forall(Number(), "more")
    r2, r3, r4 = (net.quota(rule_of(kind, fields), held) for kind in COTTRELL[1:])
    none = fields["fraction"].numerator * held < fields["fraction"].denominator
    assert r2 == r3
    assert (r2, r4) == (0, 1) if none else r2 == r4


@law(
    "MIX-12",
    sampled=False,
    proves="all parameters, any number of messages",
    faults=(TakesTheFractionOfAll,),
)
def r1_never_sends_more_than_r4(net: Net, forall: Forall) -> None:
    """Form R1 takes the same part of fewer messages than form R4, so no more leave at any flush."""
    fields = some_fields(forall)
    beyond = fields["threshold"] + forall(Number(), "more")
    r1, r4 = (net.quota(rule_of(kind, fields), fields["pool"] + beyond) for kind in ("cottrell-r1", "cottrell-r4"))
    assert r1 <= r4


@law(
    "MIX-12",
    sampled=False,
    proves="every fraction of at most 1, any number of messages",
    faults=(OverflowsAtSixteenBits,),
)
def a_share_grows_by_one_at_most(net: Net, forall: Forall) -> None:
    """Of one message more, the share is as large or larger by one."""
    fraction, held = forall(Parts(), "fraction"), forall(Number(), "held")
    count, then = net.share(fraction, held), net.share(fraction, held + 1)
    assert count <= then
    assert then <= count + 1


@law(
    "MIX-12",
    sampled=False,
    proves="all four forms, all fractions of whole percents, thresholds and pools, any number of messages",
    faults=(FallsBackToTheExcess,),
)
def one_more_message_lets_one_more_leave_at_most(net: Net, forall: Forall) -> None:
    """With one message more never fewer leave a mix that fires, and no more than one more."""
    percents = Part(forall(Integers(1, 100), "percent"), 100)
    fields = {**some_fields(forall), "fraction": percents}
    rule = rule_of(forall(list(COTTRELL), "kind"), fields)
    held = fields["pool"] + fields["threshold"] + forall(Number(), "more")
    count, then = net.quota(rule, held), net.quota(rule, held + 1)
    assert count <= then
    assert then <= count + 1


# ---- what is no law ----


@not_a_law("MIX-12", sampled=False, proves="")
def every_form_sends_something_when_it_fires(net: Net, forall: Forall) -> None:
    """Cottrell's mix lets at least one message leave whenever it fires, in whichever form."""
    fields = some_fields(forall)
    held = fields["pool"] + fields["threshold"] + forall(Number(), "more")
    assert net.quota(rule_of(forall(list(COTTRELL), "kind"), fields), held) >= 1


@not_a_law("MIX-12", sampled=False, proves="")
def cottrell_s_four_forms_are_one_rule(net: Net, forall: Forall) -> None:
    """It does not matter which of the four forms of Cottrell's mix two programs have."""
    fields = some_fields(forall)
    held = fields["pool"] + fields["threshold"] + forall(Number(), "more")
    one, other = (forall(list(COTTRELL), name) for name in ("one form", "other form"))
    assert net.quota(rule_of(one, fields), held) == net.quota(rule_of(other, fields), held)


@not_a_law("MIX-12", sampled=False, proves="")
def a_message_stays_with_chance_1_q_at_least(net: Net, forall: Forall) -> None:
    """Whatever the form, a message stays at a flush with chance 1 - q at least, so one is never flushed by one."""
    fields = some_fields(forall)
    rule = rule_of(forall(list(COTTRELL), "kind"), fields)
    held = fields["pool"] + fields["threshold"] + forall(Number(), "more")
    assert net.quota(rule, held) * rule.fraction.denominator <= rule.fraction.numerator * held


@not_a_law("MIX-8", "MIX-10", sampled=False, proves="")
def a_timed_batch_is_of_two_or_more(net: Net, forall: Forall) -> None:
    """Whenever a mix sends, at least two messages leave together."""
    fields = some_fields(forall)
    rule = rule_of(forall(["timed", "threshold-or-timed", "threshold-and-timed"], "kind"), fields)
    held = forall(Number(), "held")
    assert net.quota(rule, held) != 1
