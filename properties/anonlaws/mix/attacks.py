"""Attacks on a mix, carried out against the subject's own, and their exact chances, by its own rule.

An attacker sees every arrival and every batch, and wants to know where one message goes, the *target*. `advance` is
what he does until something leaves. It is carried out on a mix that runs (`Running`), and followed exactly on one of
which only the numbers of messages are kept (`Counted`); there the subject is asked when it fires and how many leave,
and every set of so many is as likely (MIX-15).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, partial
from math import comb
from random import Random
from typing import Any, Literal, NamedTuple, Protocol

from anonlaws import chance
from anonlaws.chance import Choose, Done
from anonlaws.mix.wire import NO_DUMMIES, Net, bound
from anonspec.mix.model import Binomial, Constant, Dummies, Law, Rule, Trials

Whose = Literal["target", "others", "own"]

SIZE = 8
"""Of all messages, in bytes."""
ROUNDS = 10_000
"""The most rounds of an attack that is carried out."""
LEFT_OUT = Fraction(1, 10**6)
"""The greatest chance of more dummies than are followed, for a law without a greatest number."""
MANY = 2**16 - 1
"""More messages than any rule asks for."""


@dataclass(frozen=True)
class Attack:
    """What an attacker does: hold up the messages of others, send his own, and go on until only the target is left."""

    doc: str
    holds_up: bool
    sends: bool
    repeats: bool


ATTACKS = {
    "mix.trickle": Attack("Hold up all other messages, and wait until the target leaves alone.", True, False, False),
    "mix.flood": Attack("Send own messages, which are known again, and hold up nothing.", False, True, False),
    "mix.n-1": Attack("Flush the mix once, and let the target in among own messages only.", True, True, False),
    "mix.blending": Attack("Flush a pool until nothing of others is in it, then the target.", True, True, True),
}
"""The attacks, by the name under which the command knows them."""


@dataclass(frozen=True)
class Scene:
    """What is attacked: a mix, `others` messages in it when the attack begins, `late` more that come with the target.

    `flood` is how many messages, the target included, an attacker who sends his own lets into a mix with a period and
    a pool before each flush.
    """

    rule: Rule
    dummies: Dummies = NO_DUMMIES
    others: int = 0
    late: int = 0
    flood: int = 1


class Batch(NamedTuple):
    """What leaves: messages that the attacker knows for his own, others, and whether the target is one of these."""

    own: int
    strange: int
    target: bool


class Mixing(Protocol):
    """A mix that is attacked."""

    def send(self, whose: Whose, many: int = 1) -> Batch | None:
        """So many messages come in, unless the mix fires before; what leaves, if it fires."""

    def wait(self) -> Batch | None:
        """A period passes; what leaves, if the mix fires."""


# ---- what the attacker does ----


class Known(NamedTuple):
    """What an attacker has counted: messages not his own from before the target, flushes tried, how many left last."""

    others: int
    tried: bool = False
    entered: bool = False
    left: int | None = None


def at_arrivals(net: Net, rule: Rule) -> bool:
    """Whether enough messages make the mix fire at once."""
    return bool(net.fires(rule, MANY, True))


def by_the_clock(net: Net, rule: Rule) -> bool:
    """Whether the mix fires at a period's end, if enough messages are there."""
    return bool(net.fires(rule, MANY, False))


def fill(net: Net, attack: Attack, scene: Scene, known: Known, there: int) -> int:
    """How many messages an attacker sends before the end of a period, `there` others having come in it."""
    if hasattr(scene.rule, "pool") or scene.rule.kind == "binomial":
        wanted = scene.flood if known.left is None or not attack.repeats else known.left
        return max(0, wanted - there)
    held = known.others + there
    return next(more for more in range(MANY) if net.fires(scene.rule, held + more, False))


def advance(net: Net, attack: Attack, scene: Scene, known: Known, mixing: Mixing) -> tuple[Known, Batch | None]:
    """Bring about one flush, or wait for it in vain; the target comes in once the others are out, or cannot be got out.

    Without the attack's `repeats` one flush is tried before that.
    """
    enters = not known.entered and (known.others == 0 or (known.tried and not attack.repeats))
    batch = mixing.send("target") if enters else None
    late = scene.late if enters and not attack.holds_up else 0
    batch = batch or mixing.send("others", late)
    patient = by_the_clock(net, scene.rule) and (attack.holds_up or not at_arrivals(net, scene.rule))
    if attack.sends:
        many = fill(net, attack, scene, known, enters + late) if patient else MANY
        batch = batch or mixing.send("own", many)
    if batch is None and by_the_clock(net, scene.rule):
        batch = mixing.wait()
    return (
        Known(
            others=max(0, known.others - (batch.strange if batch else 0)) if not enters else 0,
            tried=True,
            entered=known.entered or enters,
            left=sum(batch[:2]) if batch else 0,
        ),
        batch,
    )


def over(attack: Attack, known: Known, batch: Batch | None) -> bool:
    """Whether the attack has come to its end: the target is in, and something left that may be it."""
    return known.entered and (not attack.repeats or (batch is not None and batch.strange > 0))


def beginning(scene: Scene) -> Known:
    """What is known of a mix that was watched from its beginning."""
    return Known(getattr(scene.rule, "pool", 0) + scene.others)


def check(net: Net, attack: Attack, scene: Scene) -> None:
    """Raise ValueError for a scene in which there is nothing to attack, Reject for a rule that is refused."""
    net.begin(scene.rule, SIZE, "uniform", scene.dummies, bytes(32))
    pool = getattr(scene.rule, "pool", 0)
    if any(net.fires(scene.rule, pool + many, True) for many in range(1, scene.others + 1)):
        raise ValueError(f"{scene.others} messages of others make the mix fire before the attack begins")
    if attack.repeats and scene.dummies != NO_DUMMIES:
        raise ValueError("who blends counts what leaves, and with dummies of the mix's own the count is none")
    least = getattr(scene.rule, "threshold", 0) if hasattr(scene.rule, "fraction") else 0
    if attack.sends and scene.flood < least:
        raise ValueError(f"a flood of {scene.flood} does not reach the threshold of {least}")


# ---- its exact chances ----


class Inside(NamedTuple):
    """How many messages are in a mix: those of others and dummies, the target, the attacker's own."""

    others: int
    target: int = 0
    own: int = 0


class Cut(Exception):
    """So many dummies were made that they are not followed."""


@dataclass
class Counted:
    """A mix of which the numbers are kept; `sent` messages of the attacker came, `fired` is how often it fired.

    Dummies on the output are left out: they are added to the candidates in the end. Of an attacker who `refills` a
    binomial mix, his own messages do not leave, but as many as would on average are `owed`: their coins are independent
    of those of the others, and each that leaves is made up for before the next flush.
    """

    fires: Callable[[int, bool], bool]
    quota: Callable[[int], int]
    rule: Rule
    inside: Inside
    choose: Choose
    into_pool: Mapping[int | None, Fraction]
    refills: bool
    sent: int = 0
    fired: int = 0
    owed: Fraction = Fraction(0)

    def send(self, whose: Whose, many: int = 1) -> Batch | None:
        held = sum(self.inside)
        early = range(held + 1, held + many) if self.fires(MANY, True) else ()
        came = next((each for each in early if self.fires(each, True)), held + many) - held
        self.inside = self.inside._replace(**{whose: getattr(self.inside, whose) + came})
        self.sent += came * (whose == "own")
        return self.fire() if came and self.fires(held + came, True) else None

    def wait(self) -> Batch | None:
        return self.fire() if self.fires(sum(self.inside), False) else None

    def fire(self) -> Batch:
        """Dummies into the pool; of all held so many leave, each set of them as likely as another."""
        self.fired += 1
        made = self.choose.among(list(self.into_pool), list(self.into_pool.values()))
        if made is None:
            raise Cut
        others, target, own = self.inside
        others += made
        held, strange = others + target + own, others + target
        if isinstance(self.rule, Binomial):
            p = self.rule.chances[min(held, len(self.rule.chances) - 1)]
            out = self.choose.among(*fallen(strange, p))
            own_out = self.choose.among(*fallen(own, p)) if not (self.refills or target) else 0
            self.owed = own * p
        else:
            many = self.quota(held)
            options = range(max(0, many - own), min(strange, many) + 1)
            ways = [Fraction(comb(strange, out) * comb(own, many - out), comb(held, many)) for out in options]
            out = self.choose.among(options, ways)
            own_out = many - out
        gone = bool(target and out and self.choose.coin(Fraction(out, strange)))
        self.inside = Inside(others - out + gone, target - gone, own - own_out)
        return Batch(own_out, out, gone)


@cache
def fallen(tosses: int, p: Fraction) -> tuple[range, list[Fraction]]:
    """How many coins of chance p may fall, and with what chance each number does."""
    return range(tosses + 1), [comb(tosses, fell) * p**fell * (1 - p) ** (tosses - fell) for fell in range(tosses + 1)]


def counts(net: Net, law: Law) -> dict[int | None, Fraction]:
    """How many dummies a law makes with what chance, by the subject's own count of coins; None stands for all others.

    Of a binomial law's coins those that fall are tossed first: the number does not depend on the order.
    """

    def count(p: Fraction, fell: int, stood: int) -> int:
        falls, stands = max(0, bound(p) - 1).to_bytes(8), min(bound(p), 2**64 - 1).to_bytes(8)
        return int(net.count(law, (falls,) * fell + (stands,) * stood))

    found: dict[int | None, Fraction] = {}
    if isinstance(law, Constant):
        return {int(net.count(law, ())): Fraction(1)}
    if isinstance(law, Trials):
        for fell, weight in zip(*fallen(law.trials, law.chance), strict=True):
            if weight:
                made = count(law.chance, fell, law.trials - fell)
                found[made] = found.get(made, Fraction(0)) + weight
        return found
    fell, left = 0, Fraction(1)
    while left > LEFT_OUT:
        found[count(law.again, fell, 1)] = left * (1 - law.again)
        fell, left = fell + 1, left * law.again
    return {**found, None: left} if left else found


@dataclass(frozen=True)
class Chances:
    """What an attack is worth beforehand: all exact, but for laws of dummies without a greatest number.

    The attacker guesses one of the candidates, each as often: `right` is the chance that he is, at least; `at_most` is
    the same where nothing was left out. `given` is that chance, given the number of candidates. `sent` and `flushes`
    are means.
    """

    right: Fraction
    at_most: Fraction
    given: Mapping[int, Fraction]
    sent: Fraction
    flushes: Fraction
    held_up: int
    standing: str


class Moment(NamedTuple):
    """A state of the chain: what is known, what is inside; of the last step, the messages sent and the flushes."""

    known: Known
    inside: Inside
    sent: int | Fraction = 0
    fired: int = 0
    end: tuple[int, bool] | Literal["cut"] | None = None


def chances(net: Net, attack: Attack, scene: Scene) -> Chances:
    """What the attack is worth. Raises ValueError for a scene in which there is nothing to attack, or no end to it."""
    check(net, attack, scene)
    into_pool, onto_output = counts(net, scene.dummies.pool), counts(net, scene.dummies.output)
    fires, quota = cache(partial(net.fires, scene.rule)), cache(partial(net.quota, scene.rule))

    def step(moment: Moment, choose: Choose) -> Any:
        if moment.end is not None:
            return Done(moment.end)
        mix = Counted(fires, quota, scene.rule, moment.inside, choose, into_pool, attack.repeats)
        try:
            known, batch = advance(net, attack, scene, moment.known, mix)
        except Cut:
            return Moment(moment.known, moment.inside, mix.sent, mix.fired, "cut")
        end = ((batch.strange, batch.target) if batch else (-1, False)) if over(attack, known, batch) else None
        owed = mix.owed if attack.repeats and end is None else 0
        return Moment(known, mix.inside, mix.sent + owed, mix.fired, end)

    known = beginning(scene)
    start = Moment(known, Inside(known.others))
    ends: dict[Any, Fraction] = chance.absorb(start, step)
    unknown = ends.pop("cut", Fraction(0)) + (onto_output.get(None) or 0)
    all_of, right_of = dict[int, Fraction](), dict[int, Fraction]()
    for (strange, target), weight in ends.items():
        for made, share in onto_output.items():
            if made is not None:
                candidates = strange + made if strange >= 0 else 0
                all_of[candidates] = all_of.get(candidates, Fraction(0)) + weight * share
                hit = weight * share / candidates if target else Fraction(0)
                right_of[candidates] = right_of.get(candidates, Fraction(0)) + hit
    right = sum(right_of.values(), Fraction(0))
    return Chances(
        right=right,
        at_most=right + unknown,
        given={candidates: right_of[candidates] / all_of[candidates] for candidates in sorted(all_of)},
        sent=chance.expected_steps(start, step, lambda moment: moment.sent),
        flushes=chance.expected_steps(start, step, lambda moment: moment.fired),
        held_up=scene.late if attack.holds_up else 0,
        standing=standing(right, attack, scene.rule),
    )


def standing(right: Fraction, attack: Attack, rule: Rule) -> str:
    """How a rule stands against an attack that is right so often."""
    if right == 0:
        return "withstands it"
    if right < 1:
        return "leaves a doubt"
    if attack.repeats and (hasattr(rule, "pool") or rule.kind == "binomial"):
        return "falls in the end, after no fixed number of flushes"
    return "falls, for certain"


CLAUSES = {
    "threshold": ("MIX-7", "MIX-10"),
    "timed": ("MIX-8", "MIX-10"),
    "threshold-or-timed": ("MIX-7", "MIX-8", "MIX-10"),
    "threshold-and-timed": ("MIX-8", "MIX-10"),
    "threshold-pool": ("MIX-7", "MIX-11", "MIX-15"),
    "timed-pool": ("MIX-8", "MIX-11", "MIX-15"),
    "cottrell-r1": ("MIX-8", "MIX-12", "MIX-15"),
    "cottrell-r2": ("MIX-8", "MIX-12", "MIX-15"),
    "cottrell-r3": ("MIX-8", "MIX-12", "MIX-15"),
    "cottrell-r4": ("MIX-8", "MIX-12", "MIX-15"),
    "binomial": ("MIX-8", "MIX-13"),
}
"""What decides how a mix of each kind stands."""


def clauses(scene: Scene) -> tuple[str, ...]:
    """What decides how the mix stands."""
    pool, output = (law != Constant(count=0) for law in (scene.dummies.pool, scene.dummies.output))
    return CLAUSES[scene.rule.kind] + ("MIX-19", "MIX-20", "MIX-21") * (pool or output)


# ---- the attack, carried out ----


class Event(NamedTuple):
    """What the attacker sees at a tick: messages come in, by whom, or a batch leaves, of which some are his own."""

    tick: int
    what: Whose | Literal["batch"]
    messages: int
    own: int


@dataclass
class Running:
    """A mix that runs, begun with a seed; all that is seen of it, in order."""

    net: Net
    scene: Scene
    seed: bytes
    events: list[Event] = field(default_factory=list)
    ticks: int = 0
    came: dict[bytes, Whose] = field(default_factory=dict)
    seen: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = self.net.begin(self.scene.rule, SIZE, "uniform", self.scene.dummies, self.seed)

    def send(self, whose: Whose, many: int = 1) -> Batch | None:
        for _ in range(many):
            if batch := self.arrives(whose):
                return batch
        return None

    def arrives(self, whose: Whose) -> Batch | None:
        """One more message comes in."""
        content = hashlib.sha256(self.seed + b"message" + len(self.came).to_bytes(8)).digest()[:SIZE]
        self.came[content] = whose
        last = self.events[-1] if self.events else None
        if last and last[:2] == (self.ticks, whose):
            self.events[-1] = last._replace(messages=last.messages + 1)
        else:
            self.events.append(Event(self.ticks, whose, 1, 0))
        self.node, sends = self.net.arrive(self.node, content)
        return self.leaves(sends)

    def wait(self) -> Batch | None:
        for _ in range(getattr(self.scene.rule, "period", 0)):
            self.ticks += 1
            self.node, sends = self.net.tick(self.node)
            if batch := self.leaves(sends):
                return batch
        return None

    def leaves(self, sends: tuple[bytes, ...]) -> Batch | None:
        """What is seen of a batch."""
        if not sends:
            return None
        whose = [self.came.get(each) for each in sends]
        own = whose.count("own")
        self.events.append(Event(self.ticks, "batch", len(sends), own))
        self.seen = [each for each in sends if self.came.get(each) != "own"]
        return Batch(own, len(sends) - own, "target" in whose)


@dataclass(frozen=True)
class Outcome:
    """An attack that was carried out: what was seen, what may be the target, what was guessed and what is."""

    events: tuple[Event, ...]
    candidates: tuple[bytes, ...]
    guess: bytes | None
    target: bytes

    @property
    def right(self) -> bool:
        return self.guess == self.target


def carry_out(net: Net, attack: Attack, scene: Scene, seed: int) -> Outcome:
    """The attack on a mix of the subject's, all of its chance from the seed. Raises ValueError as `chances` does."""
    check(net, attack, scene)
    mix = Running(net, scene, hashlib.sha256(b"mix" + seed.to_bytes(8)).digest())
    mix.send("others", scene.others)
    known, batch = beginning(scene), None
    for _ in range(ROUNDS):
        known, batch = advance(net, attack, scene, known, mix)
        if over(attack, known, batch):
            break
    else:
        raise ValueError(f"after {ROUNDS} rounds there is no end to the attack")
    candidates = tuple(mix.seen) if batch else ()
    guess = Random(seed).choice(sorted(candidates)) if candidates else None
    target = next(content for content, whose in mix.came.items() if whose == "target")
    return Outcome(tuple(mix.events), candidates, guess, target)


Told = dict[str, Any]


def told(net: Net, name: str, scene: Scene, seed: int) -> Told:
    """An attack that was carried out, and its chances, for the command and as JSON; fractions stay fractions."""
    attack = ATTACKS[name]
    beforehand = chances(net, attack, scene)
    done = carry_out(net, attack, scene, seed)
    return {
        "attack": name,
        "rule": scene.rule.model_dump(mode="json"),
        "dummies": scene.dummies.model_dump(mode="json"),
        "events": [event._asdict() for event in done.events],
        "candidates": [each.hex() for each in done.candidates],
        "guess": done.guess.hex() if done.guess else None,
        "target": done.target.hex(),
        "right": done.right,
        "chance_given_candidates": beforehand.given.get(len(done.candidates)),
        **worth(beforehand),
        "clauses": list(clauses(scene)),
    }


def worth(beforehand: Chances) -> Told:
    """What an attack is worth, as a row of the table."""
    between = {"chance_at_most": beforehand.at_most} if beforehand.at_most != beforehand.right else {}
    return {
        "chance": beforehand.right,
        **between,
        "messages_sent": beforehand.sent,
        "messages_held_up": beforehand.held_up,
        "flushes": beforehand.flushes,
        "standing": beforehand.standing,
    }


def compared(net: Net, name: str, scenes: Mapping[str, Scene]) -> list[Told]:
    """How every kind of rule stands against an attack."""
    return [{"rule": kind, **worth(chances(net, ATTACKS[name], scene))} for kind, scene in scenes.items()]
