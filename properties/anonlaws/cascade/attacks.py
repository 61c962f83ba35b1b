"""Attacks on a cascade, carried out on real bytes: against a subject that obeys, and against one without a clause.

The attacker sees all wires, and owns all mixes but one, the *honest* one: that one and the senders are the subject's,
and what the attacker opens he opens with this package's own code. He wants to know where one message, the *target*,
went. All that is drawn comes from a seed, but for the seals, which draw for themselves: hashes differ from run to run;
sizes, places and conclusions do not. Chapter reply's attacks are carried out with this too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

from anonlaws.cascade.mixing import OpensWhatWasChanged, TakesCopies, ThrowsDummiesAway
from anonlaws.cascade.sending import LeavesLettersAsTheyAre
from anonlaws.cascade.wire import (
    NOBODY,
    Net,
    Row,
    about_letter,
    as_item,
    begun,
    cascade,
    changed,
    fresh,
    item_in,
    opened,
    public,
    sha256,
    size_of,
    small_row,
    unseal,
)
from anonlaws.law import Fault, fault, variant
from anonlaws.mix import formulas
from anonspec.cascade.model import Wrapped
from anonspec.mix.model import Constant, Rule, Threshold, Timed, Trials
from anonspec.shape import Reject

ROOM = 60
"""Bytes of the longest message."""
SHOWN = 16
"""So many digits of a hash are shown."""

BITS = 14_000
"""The longest denominator of a chance; Python writes no number of more than 4,300 digits."""
A_FEW = Constant(count=3)
"""As many dummies as the honest mix puts in unless another law is given."""

Told = dict[str, Any]

# ---- what an attack is ----


@dataclass(frozen=True)
class Scene:
    """What is attacked: a row of mixes, which one is honest, messages in a batch; and for some attacks, more.

    `dummies` is the law of those that the honest mix puts into the batch; `presence` the chance with which a sender is
    there in each of the `rounds`.
    """

    mixes: int = 3
    honest: int = 2
    messages: int = 4
    rounds: int = 8
    presence: Fraction = Fraction(1, 2)
    dummies: Constant | Trials = A_FEW


class Parties(NamedTuple):
    """Who takes part, each with the functions of its chapter, or with one of them replaced."""

    sender: Net
    mix: Net
    author: Net
    responder: Net


CHAPTERS = {"sender": "cascade", "mix": "cascade", "author": "reply", "responder": "reply"}


def parties(chapters: Mapping[str, Net], faults: Mapping[str, Fault]) -> Parties:
    """The subject's parties, some of them with a fault. Raises ValueError for a subject that cannot be given one."""
    nets = {party: chapters[chapter] for party, chapter in CHAPTERS.items()}
    for party, wrong in faults.items():
        if not isinstance(nets[party], ModuleType):
            raise ValueError("only of a subject that is a module a function can be replaced")
        nets[party] = variant(nets[party], wrong)
    return Parties(**nets)


@dataclass(frozen=True)
class Outcome:
    """What was seen, row by row, who or what may be meant, each as likely; what the attacker says, and what is so."""

    seen: list[Told]
    candidates: tuple[str, ...]
    guess: str
    target: str

    @property
    def chance(self) -> Fraction:
        """With what chance he is right, given what he saw."""
        return Fraction(1, len(self.candidates))


@dataclass(frozen=True)
class World:
    """One way to be attacked: who has which fault, and so does `without` what clauses; the run, and what it is worth.

    `beforehand` is the chance with which the attacker is right, before anything is drawn.
    """

    doc: str
    run: Callable[[Parties, Scene, int], Outcome]
    beforehand: Callable[[Scene], Fraction]
    without: tuple[str, ...] = ()
    faults: Mapping[str, Fault] = field(default_factory=dict)


@dataclass(frozen=True)
class Attack:
    """An attack, the clauses that prevent it, the parts of a scene that it looks at, and the worlds to try it in."""

    doc: str
    clauses: tuple[str, ...]
    takes: tuple[str, ...]
    worlds: tuple[World, ...]


def one_of_all(scene: Scene) -> Fraction:
    """Any message of the batch is as likely as another."""
    return Fraction(1, scene.messages)


def surely(_: Scene) -> Fraction:
    """There is no doubt."""
    return Fraction(1)


def check(attack: Attack, scene: Scene) -> None:
    """Raise ValueError for a scene in which there is nothing to attack."""
    if "honest" in attack.takes and not 1 <= scene.honest <= scene.mixes:
        raise ValueError(f"in a row of {scene.mixes} there is no mix {scene.honest}")
    if "dummies" in attack.takes and scene.honest == scene.mixes:
        raise ValueError("the last mix drops all dummies, and they hide nobody: an earlier one is to be honest")
    if scene.presence > 1:
        raise ValueError(f"to be there has a chance of at most 1, not {scene.presence}")
    law = scene.dummies
    powers = [(scene.presence, scene.rounds * scene.messages)] if "presence" in attack.takes else []
    powers += [(law.chance, law.trials + 1)] if isinstance(law, Trials) else []
    if any(chance.denominator.bit_length() * power > BITS for chance, power in powers):
        raise ValueError(f"the exact chance would be a fraction of more than {BITS} bits")


def told(chapters: Mapping[str, Net], name: str, attack: Attack, scene: Scene, seed: int) -> Told:
    """An attack, carried out in each of its worlds, for the command and as JSON. Raises ValueError as `check` does."""
    check(attack, scene)
    return {
        "attack": name,
        **{each: getattr(scene, each) for each in attack.takes if each != "dummies"},
        **({"dummies": scene.dummies.model_dump(mode="json")} if "dummies" in attack.takes else {}),
        "clauses": list(attack.clauses),
        "worlds": [told_world(chapters, world, scene, seed) for world in attack.worlds],
    }


def told_world(chapters: Mapping[str, Net], world: World, scene: Scene, seed: int) -> Told:
    """What happened in one world."""
    done = world.run(parties(chapters, world.faults), scene, seed)
    return {
        "world": world.doc,
        "without": list(world.without),
        "replaced": {f"{party}: {wrong.replaces}": wrong.doc for party, wrong in world.faults.items()},
        "seen": done.seen,
        "candidates": list(done.candidates),
        "guess": done.guess,
        "target": done.target,
        "right": done.guess == done.target,
        "chance": done.chance,
        "beforehand": world.beforehand(scene),
    }


# ---- where it takes place ----


class Stage:
    """A row of mixes, of which one is honest and watched: what comes to it, and each batch that leaves it."""

    def __init__(self, at: Parties, scene: Scene, seed: int, rule: Rule | None = None) -> None:
        self.at = at
        self.row = small_row(scene.mixes, room=ROOM)
        self.position = scene.honest
        self.messages = scene.messages
        self.random = Random(seed)
        self.seed = sha256(seed.to_bytes(8))
        rule = rule or Threshold(threshold=scene.messages)
        self.node, _ = begun(at.mix, self.row, self.position, rule, "uniform", fresh(self.seed, "mix"))
        self.seen: list[Told] = []
        self.batches: list[list[bytes]] = []
        self.senders = 0

    def letter(self, receiver: int, size: int = 8) -> Wrapped:
        """What one more sender makes for a receiver."""
        self.senders += 1
        seed = fresh(self.seed, "sender", self.senders)
        sender = self.at.sender.prepare(self.row.suite, self.row.hops, self.row.payload, seed)
        words = (fresh(seed, "words") * 2)[:size]
        _, wrapped = self.at.sender.wrap(sender, receiver, public(self.row.suite, key_of(receiver)), words)
        made: Wrapped = wrapped
        return made

    def before(self, envelope: bytes) -> bytes:
        """What an envelope for the first mix is when it comes to the honest one: those before are the attacker's."""
        for position in range(1, self.position):
            item = item_in(self.row, position, self.row.mixes[position - 1], envelope)
            assert item is not None, f"mix {position} cannot open it"
            envelope = item
        return envelope

    def behind(self, item: bytes) -> int:
        """For whom an item is that leaves the honest mix: the mixes behind it are the attacker's."""
        rest = Row(self.row.suite, self.row.mixes[self.position :], self.row.payload)
        return int.from_bytes(opened(rest, item[: self.row.header(self.position + 1)])[1][:4])

    def arrive(self, envelope: bytes, whose: str) -> None:
        """An envelope comes to the honest mix, and what leaves, leaves; a refusal is seen as well."""
        number, then = len(self.batches) + 1, ""
        try:
            self.node, batch = self.at.mix.arrive(self.node, envelope)
        except Reject as refusal:
            batch, then = None, f"refused: {refusal.clause}"
        self.sees(number, "to", envelope, whose, then)
        if batch:
            self.leaves(batch)

    def sees(self, batch: int, way: str, content: bytes, whose: str = "", then: str = "") -> None:
        """One row more of what the attacker sees."""
        self.seen.append(
            {
                "batch": batch,
                "wire": f"{way} mix {self.position}",
                "whose": whose,
                "bytes": len(content),
                "sha256": sha256(content).hex()[:SHOWN],
                "then": then,
            }
        )

    def leaves(self, batch: Any) -> None:
        """What leaves the honest mix, if it fired."""
        if batch.board is None:
            return
        items = [*batch.sends, *map(as_item, batch.delivers)]
        self.batches.append(items)
        for item in items:
            self.sees(len(self.batches), "from", item)

    def says(self, content: bytes, then: str) -> None:
        """The attacker recognises something that left."""
        name = sha256(content).hex()[:SHOWN]
        for row in self.seen:
            if row["sha256"] == name and row["wire"].startswith("from"):
                row["then"] = then


def key_of(receiver: int) -> bytes:
    """A receiver's secret key."""
    return fresh(b"receiver", receiver)


def named(receivers: Iterable[int]) -> tuple[str, ...]:
    """Receivers, in words."""
    return tuple(f"receiver {number}" for number in receivers)


def batch_of(stage: Stage) -> tuple[list[int], int]:
    """A receiver for each message of a batch, all different; and the target's place among them."""
    return stage.random.sample(range(stage.messages), stage.messages), stage.random.randrange(stage.messages)


def concluded(stage: Stage, known: list[bytes], place: int, target: int) -> Outcome:
    """He says where what he recognised goes; or else, where what left in the target's place does.

    If nothing left, it may be any receiver.
    """
    left = known or (stage.batches[0] if stage.batches else [])
    candidates = named([stage.behind(item) for item in left]) or named(range(stage.messages))
    return Outcome(stage.seen, candidates, candidates[place % len(candidates)], f"receiver {target}")


# ---- a copy ----


def replay(at: Parties, scene: Scene, seed: int) -> Outcome:
    """He sends a copy of the target to the honest mix, and looks for what leaves it twice."""
    stage = Stage(at, scene, seed)
    receivers, place = batch_of(stage)
    ways = [stage.before(stage.letter(receiver).envelope) for receiver in receivers]
    for number, envelope in enumerate(ways):
        stage.arrive(envelope, "the target" if number == place else "another's")
    stage.arrive(ways[place], "a copy of the target")
    while len(stage.batches) < 2:
        stage.arrive(stage.before(stage.letter(scene.messages + stage.senders).envelope), "another's")
    twice = [item for item in stage.batches[0] if item in stage.batches[1]]
    for item in twice:
        stage.says(item, "leaves twice")
    return concluded(stage, twice, place, receivers[place])


# ---- a bit ----


def tagging(at: Parties, scene: Scene, seed: int) -> Outcome:
    """He flips a bit of the target's body before the honest mix, and looks behind it for what does not open.

    Whom others write to does not depend on whom the target is for, so that a lost message leaves no gap.
    """
    stage = Stage(at, scene, seed)
    receivers, place = [stage.random.randrange(scene.messages) for _ in range(scene.messages)], 0
    for number, receiver in enumerate(receivers):
        envelope = stage.before(stage.letter(receiver).envelope)
        if number == place:
            at_byte = stage.row.header(stage.position) + stage.random.randrange(stage.row.body(stage.position + 1))
            envelope = changed(envelope, at_byte, 1 << stage.random.randrange(8))
        stage.arrive(envelope, "the target, a bit flipped" if number == place else "another's")
    while not stage.batches:
        stage.arrive(stage.before(stage.letter(stage.random.randrange(scene.messages)).envelope), "another's")
    tagged = [item for item in stage.batches[0] if not opens(stage, item)]
    for item in tagged:
        stage.says(item, "does not open")
    candidates = named([stage.behind(item) for item in tagged]) or named(range(scene.messages))
    return Outcome(stage.seen, candidates, candidates[0], f"receiver {receivers[place]}")


def opens(stage: Stage, item: bytes) -> bool:
    """Whether the next mix can open an item, or behind the last one the receiver: both are the attacker's."""
    row, position = stage.row, stage.position + 1
    if position <= len(row.mixes):
        return item_in(row, position, row.mixes[position - 1], item) is not None
    receiver = stage.behind(item)
    return unseal(row.suite, key_of(receiver), about_letter(row.suite, receiver), item[20:]) is not None


# ---- a size ----


@fault("REP-8", "arrive")
def TakesAnySize(net: Net, node: Any, envelope: bytes) -> Any:
    """An envelope may have a body of any size, and is passed on with it."""
    relay = node.relay
    sizes = net.reply.sizes(relay.suite, relay.mixes, relay.payload, relay.position)
    fits = relay.model_copy(update={"payload": relay.payload + len(envelope) - sizes.header - sizes.body})
    after, batch = net.arrive(node.model_copy(update={"relay": fits}), envelope)
    return after.model_copy(update={"relay": after.relay.model_copy(update={"payload": relay.payload})}), batch


def size(at: Parties, scene: Scene, seed: int) -> Outcome:
    """He looks for an item that is as long as the target would be without its layer; all messages differ in length."""
    stage = Stage(at, scene, seed)
    receivers, place = batch_of(stage)
    lengths = stage.random.sample(range(ROOM + 1), scene.messages)
    ways = [stage.before(stage.letter(*each).envelope) for each in zip(receivers, lengths, strict=True)]
    for number, envelope in enumerate(ways):
        stage.arrive(envelope, "the target" if number == place else "another's")
    layer = size_of(stage.row, stage.position) - size_of(stage.row, stage.position + 1)
    fits = [item for batch in stage.batches for item in batch if len(item) == len(ways[place]) - layer]
    for item in fits:
        stage.says(item, f"{layer} bytes shorter than the target")
    return concluded(stage, fits, place, receivers[place])


# ---- all others ----


def all_others(at: Parties, scene: Scene, seed: int, *, reads_behind: bool = False) -> Outcome:
    """He lets in the target among messages of his own, which he knows again by their trails; what else leaves, is it.

    The mix fires by the clock. That an item is a dummy is seen only by who opens it at all mixes behind.
    """
    stage = Stage(at, scene, seed, Timed(period=1))
    place = stage.random.randrange(scene.messages)
    made = [stage.letter(receiver) for receiver in range(scene.messages)]
    trails = [wrapped.trail[stage.position] for wrapped in made]
    own = {hashed for number, hashed in enumerate(trails) if number != place}
    for number, wrapped in enumerate(made):
        stage.arrive(stage.before(wrapped.envelope), "the target" if number == place else "his own")
    dummies = at.sender.prepare(
        stage.row.suite, stage.row.hops[stage.position :], stage.row.payload, fresh(stage.seed, "dummies")
    )
    for _ in range(drawn_dummies(scene.dummies, stage.random)):
        dummies, wrapped = at.sender.wrap(dummies, NOBODY, None, b"")
        stage.node, _ = at.mix.insert(stage.node, wrapped.envelope)
    stage.node, batch = at.mix.tick(stage.node)
    stage.leaves(batch)
    left = []
    for item in stage.batches[0]:
        if sha256(item) in own:
            stage.says(item, "his own")
        elif reads_behind and stage.behind(item) == NOBODY:
            stage.says(item, "for nobody")
        else:
            left.append(f"item {sha256(item).hex()[:SHOWN]}")
    return Outcome(stage.seen, tuple(left), left[place % len(left)], f"item {trails[place].hex()[:SHOWN]}")


def drawn_dummies(law: Constant | Trials, random: Random) -> int:
    """How many dummies a law makes."""
    if isinstance(law, Constant):
        return law.count
    return sum(random.randrange(law.chance.denominator) < law.chance.numerator for _ in range(law.trials))


def one_of_dummies(scene: Scene) -> Fraction:
    """E 1/(1 + D)."""
    law = scene.dummies
    if isinstance(law, Constant):
        return formulas.attacker_right_constant(law.count)
    return formulas.attacker_right_binomial(law.trials, law.chance)


# ---- over many rounds ----


def intersection(at: Parties, scene: Scene, seed: int, *, always: bool = False) -> Outcome:
    """All mixes are honest. He keeps of those who might be writing to Bob who sent in each round Bob got something in.

    Alice, the target, writes to Bob in each round. Others write to others, each in a round with the chance `presence`;
    or `always` send, and a dummy if they have nothing to say.
    """
    random, row = Random(seed), small_row(scene.mixes, room=ROOM)
    whole = sha256(seed.to_bytes(8))
    wire = cascade(at.mix, row, Timed(period=1), "uniform", fresh(whole, "mixes"))
    states = [
        at.sender.prepare(row.suite, row.hops, row.payload, fresh(whole, "sender", number))
        for number in range(scene.messages)
    ]
    alice, bob = random.randrange(scene.messages), scene.messages
    still, seen = set(range(scene.messages)), list[Told]()
    for number in range(1, scene.rounds + 1):
        sent = []
        for who in range(scene.messages):
            writes = who == alice or random.randrange(scene.presence.denominator) < scene.presence.numerator
            if not (writes or always):
                continue
            to = NOBODY if not writes else bob if who == alice else random.randrange(scene.messages)
            key = public(row.suite, key_of(to)) if writes else None
            states[who], wrapped = at.sender.wrap(states[who], to, key, b"hello" if writes else b"")
            wire.arrive(wrapped.envelope)
            sent.append(who)
        wire.delivered.clear()
        for position in range(1, scene.mixes + 1):
            wire.tick(position)
        got = sum(each.destination == bob for each in wire.delivered)
        still &= set(sent) if got else still
        there = Fraction(1) if always else scene.presence
        seen.append(
            {
                "round": number,
                "send": " ".join(map(str, sent)),
                "delivered": len(wire.delivered),
                "Bob gets": got,
                "may be Alice": " ".join(map(str, sorted(still))),
                "so many": len(still),
                "expected": 1 + (scene.messages - 1) * there**number,
            }
        )
    candidates = tuple(f"sender {who}" for who in sorted(still))
    return Outcome(seen, candidates, candidates[0], f"sender {alice}")


def one_of_who_stayed(scene: Scene) -> Fraction:
    """E 1/(1 + N), for the N of the others that were there each time, each with chance a^r."""
    return formulas.attacker_right_binomial(scene.messages - 1, scene.presence**scene.rounds)


# ---- all attacks ----

KEPT = "all clauses are kept"

ATTACKS = {
    "cascade.replay": Attack(
        "Send a copy of the target to the honest mix: what leaves it twice came twice.",
        ("REP-10", "CAS-9"),
        ("mixes", "honest", "messages"),
        (
            World(KEPT, replay, one_of_all),
            World("the honest mix takes copies", replay, surely, ("REP-10",), {"mix": TakesCopies}),
        ),
    ),
    "cascade.tagging": Attack(
        "Flip a bit of the target before the honest mix, and look behind it for what was changed.",
        ("REP-9", "REP-13", "CAS-9"),
        ("mixes", "honest", "messages"),
        (
            World(f"{KEPT}: the message is lost, and no name is learned", tagging, one_of_all),
            World("bodies are under a stream alone", tagging, surely, ("REP-13",), {"mix": OpensWhatWasChanged}),
        ),
    ),
    "cascade.size": Attack(
        "Follow a message of another length than all others.",
        ("MIX-27", "REP-8", "CAS-3", "CAS-9"),
        ("mixes", "honest", "messages"),
        (
            World(KEPT, size, one_of_all),
            World(
                "senders do not pad: the honest mix takes nothing",
                size,
                one_of_all,
                ("MIX-27",),
                {"sender": LeavesLettersAsTheyAre},
            ),
            World(
                "senders do not pad, and the mix takes any size",
                size,
                surely,
                ("MIX-27", "REP-8"),
                {"sender": LeavesLettersAsTheyAre, "mix": TakesAnySize},
            ),
        ),
    ),
    "cascade.n-1": Attack(
        "Let the target into the honest mix among own messages only; its own dummies are what helps.",
        ("CAS-10",),
        ("mixes", "honest", "messages", "dummies"),
        (
            World(f"{KEPT}, and the attacker watches the wires", all_others, one_of_dummies),
            World("dummies do not wait with the others", all_others, surely, ("CAS-10",), {"mix": ThrowsDummiesAway}),
            World(
                f"{KEPT}, and the attacker owns all mixes behind: dummies buy nothing",
                partial(all_others, reads_behind=True),
                surely,
            ),
        ),
    ),
    "cascade.intersection": Attack(
        "Keep of those who may write to Bob who was there each time: over many rounds no mix helps.",
        ("CAS-6",),
        ("mixes", "messages", "rounds", "presence"),
        (
            World(
                "all send in every round, a dummy if they have nothing", partial(intersection, always=True), one_of_all
            ),
            World("they send when they have something: no clause forbids it", intersection, one_of_who_stayed),
        ),
    ),
}
"""The attacks, by the name under which the command knows them."""
