"""Runs of a party with a state, against an oracle: the same beginning and the same events, and every answer the same.

Hypothesis walks each role of a chapter's table ROLES that a program declares. Beginnings and events are those of the
chapter's vectors: recombined, with fields varied, and as whole schedules of which events are late, dropped, doubled,
exchanged or moved in time. What has to come of them an oracle says, another program of HP/1. No operation is known by
name.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from pydantic import ValidationError

from anonlaws import conform
from anonlaws.law import Fault
from anonlaws.sample import QUIET
from anonspec.harness.model import Answer, Begin, Case, Expected, ExpectedRefusal, ExpectedRun
from anonspec.shape import Role

WALKS = 100
"""Walks of a role."""

STEPS = 20
"""Steps of a walk; each hands over an event, or a whole schedule."""

MOST = 100
"""Events of a walk."""

BEHIND = (1, 4, 16, MOST)
"""How many events may wait for the subject that gets them in batches."""

FAR = (1, 2, 3, 5, 10, 100, 1_000, 1_000_000)
"""By how much an integer is moved."""

NEAR = 12
"""Vectors whose beginnings are likest to a walk's: most of its events are theirs."""

GONE = ("crash", "timeout")
"""Verdicts after which nothing is asked again to make the counterexample smaller: restarts are few."""

HEXADECIMAL = re.compile(r"([0-9a-f]{2})+")

Json = dict[str, Any]


@dataclass(frozen=True)
class HandOver:
    """In place of an event: what the party gives of `event`, in a form of its own, begins another one of this role."""

    event: str
    role: str


Step = Json | HandOver


@dataclass(frozen=True)
class Difference:
    """What a program answered otherwise than the oracle: to which step, how, and all questions up to there.

    `verdict` is fail, untestable, crash, timeout or suite_error. `place` is -1 for the beginning.
    """

    verdict: str
    note: str
    place: int
    expected: Any
    seen: Any
    asked: tuple[Json, ...]


class Differs(Exception):
    """A walk came to a Difference."""


# ---- what a walk is made of ----


@dataclass(frozen=True)
class Pool:
    """What is known of a role: the table, the cases to draw from, and how many of its cases were `left_out`.

    Left out are cases in which the party draws for itself: of them an oracle with draws of its own cannot say what is
    right.
    """

    chapter: str
    name: str
    role: Role
    cases: tuple[Case, ...]
    left_out: int
    capabilities: frozenset[str]

    @cached_property
    def events(self) -> dict[str, list[Json]]:
        """The fields of every event that the cases hand over, by the event's name."""
        found: dict[str, list[Json]] = {name: [] for name in self.able}
        for case in self.cases:
            for event in case.events:
                for name in event.keys() & found.keys():
                    found[name].append(event[name])
        return {
            name: list({json.dumps(each, sort_keys=True): each for each in all_of}.values()) or [{}]
            for name, all_of in found.items()
            if all_of or not self.role.events[name].takes.model_fields
        }

    @cached_property
    def beginnings(self) -> list[list[Case]]:
        """The cases thrice without those that are refused at once, and once these alone."""
        refused = [case for case in self.cases if isinstance(case.expect, ExpectedRun) and case.expect.start.reject]
        begun = [case for case in self.cases if case not in refused]
        return [each for each in (begun, begun, begun, refused) if each]

    @cached_property
    def able(self) -> list[str]:
        """The events whose capabilities are declared."""
        return [name for name, op in self.role.events.items() if op.capability in self.capabilities]

    @cached_property
    def own_forms(self) -> dict[str, str]:
        """The events that give what a role is begun with, in a form of the program's own; and that role."""
        roles = conform.chapter_model(self.chapter).ROLES
        return {
            event: name
            for event in self.able
            for name, role in roles.items()
            if role.params is self.role.events[event].gives and role.capability in self.capabilities
        }

    @cached_property
    def seen(self) -> dict[tuple[str, ...], list[Any]]:
        """All values that stand at a place of an event or, under "", of a beginning."""
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        begun = [("", case.start.params) for case in self.cases if case.start]
        for name, fields in [*begun, *((name, each) for name, all_of in self.events.items() for each in all_of)]:
            for place, value in leaves(fields):
                found.setdefault((name, *kind_of(place)), {})[json.dumps(value)] = value
        return {place: list(values.values()) for place, values in found.items()}

    @cached_property
    def clauses(self) -> frozenset[str]:
        """The clauses by which the chapter's vectors refuse anything: those that demand a refusal."""
        expected = [case.expect for case in conform.load(self.chapter)]
        each_one = [
            one for each in expected for one in ((each,) if isinstance(each, Expected) else (each.start, *each.results))
        ]
        return frozenset({"HP-15", *(one.reject.clause for one in each_one if one.reject)})

    @cached_property
    def fresh(self) -> bool:
        """Whether something that the party gives is drawn anew each time, whatever its seed."""
        return any(case.free for case in self.cases)

    @cached_property
    def begun_with(self) -> list[tuple[Case, list[tuple[Any, Any]]]]:
        """Each case with the leaves of its beginning."""
        return [(case, list(leaves(case.start.params))) for case in self.cases if case.start]

    def near(self, params: Json) -> list[Case]:
        """The cases, those with the likest beginning first."""
        wanted = dict(leaves(params))
        alike = [(sum(wanted.get(at) == value for at, value in of), case) for case, of in self.begun_with]
        return [case for _, case in sorted(alike, key=lambda each: -each[0])]


def pool(chapter: str, name: str, capabilities: frozenset[str], cases: Sequence[Case]) -> Pool | str:
    """What there is to walk a role with; or why it cannot be walked."""
    role = conform.chapter_model(chapter).ROLES[name]
    if role.capability not in capabilities:
        return f"not declared: {role.capability}"
    about = [case for case in cases if case.start and case.start.role == name and set(case.needs) <= capabilities]
    drawn = [case for case in about if case.start and case.start.params.get("seed", "") is None]
    kept = [case for case in about if case not in drawn]
    if not kept:
        return "no vector begins it with what the program declares, or only such as draw for themselves"
    return Pool(chapter, name, role, tuple(kept), len(drawn), capabilities)


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """All that is in a value and is no list or object, with its place."""
    if isinstance(value, dict | list):
        for at, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*place, at))
    else:
        yield place, value


def kind_of(place: tuple[Any, ...]) -> tuple[str, ...]:
    """The place without the numbers of the elements of lists."""
    return tuple("*" if isinstance(at, int) else at for at in place)


def put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at a place."""
    if not place:
        return new
    at, *rest = place
    inner = put(value[at], tuple(rest), new)
    return {**value, at: inner} if isinstance(value, dict) else [*value[:at], inner, *value[at + 1 :]]


Draw = Callable[[st.SearchStrategy[Any]], Any]


def varied(draw: Draw, pool: Pool, name: str, fields: Json, heard: Sequence[Any] = ()) -> Json:
    """The fields with one of them changed: to one seen there or heard in this walk, to one not far off, to other bytes.

    `heard` are numbers and texts that were said before, by whomever.
    """
    if not (places := list(leaves(fields))):
        return fields
    place, value = draw(st.sampled_from(places))
    ways = [st.sampled_from(pool.seen.get((name, *kind_of(place)), [value]))]
    if type(value) is int:
        numbers = [0, *(each for each in heard if type(each) is int)]
        ways += [st.sampled_from(FAR).map(lambda far: value + far), st.sampled_from(FAR).map(lambda far: value - far)]
        ways += [st.tuples(st.sampled_from(numbers), st.integers(-1, 1)).map(sum)] * 2
    elif isinstance(value, str) and HEXADECIMAL.fullmatch(value):
        size = len(value) // 2
        texts = [value, *(each for each in heard if isinstance(each, str) and len(each) == len(value))]
        ways += [st.binary(min_size=size, max_size=size).map(bytes.hex), st.sampled_from(texts)] * 2
        ways.append(st.sampled_from((value[:-2], value + "00")))
    changed = draw(st.one_of(ways))
    after: Json = put(fields, place, max(0, changed) if type(changed) is int else changed)
    return after


def perturbed(
    draw: Draw, pool: Pool, events: Sequence[Json], others: Sequence[Json], heard: Sequence[Any] = ()
) -> list[Json]:
    """A schedule as it was recorded, or with up to three changes of its order, number or times."""
    schedule = list(events)
    for _ in range(draw(st.integers(0, 3))):
        if not schedule:
            break
        one, other = sorted(draw(st.tuples(*[st.integers(0, len(schedule) - 1)] * 2)))
        match draw(st.sampled_from(("late", "early", "duplicate", "drop", "reorder", "splice", "shift", "vary"))):
            case "late":
                schedule.insert(other, schedule.pop(one))
            case "early":
                schedule.insert(one, schedule.pop(other))
            case "duplicate":
                schedule.insert(other + 1, schedule[one])
            case "drop":
                del schedule[one]
            case "reorder":
                schedule[one : other + 1] = draw(st.permutations(schedule[one : other + 1]))
            case "splice":
                schedule[one:] = others[draw(st.integers(0, len(others))) :]
            case "shift":
                schedule[one:] = shifted(draw, schedule[one:])
            case "vary":
                said = [*heard, *(value for _, value in leaves(schedule))]
                schedule[one] = {name: varied(draw, pool, name, fields, said) for name, fields in schedule[one].items()}
    return schedule


def shifted(draw: Draw, events: Sequence[Json]) -> list[Json]:
    """The events with the integers of some of their fields moved, all by as much."""
    numbers = sorted({place[-1] for event in events for place, value in leaves(event) if type(value) is int}, key=str)
    if not numbers:
        return list(events)
    moved = draw(st.one_of(st.just(numbers), st.lists(st.sampled_from(numbers), min_size=1, unique=True)))
    by = draw(st.sampled_from(FAR)) * draw(st.sampled_from((1, -1)))
    after = []
    for event in events:
        for place, value in leaves(event):
            if type(value) is int and place[-1] in moved:
                event = put(event, place, max(0, value + by))  # noqa: PLW2901
        after.append(event)
    return after


# ---- asking both ----


class Conversation:
    """A subject of a program, and the oracle's beside it, each told the same. `difference` is the first one."""

    def __init__(self, pool: Pool, program: conform.Program, oracle: conform.Program, params: Json) -> None:
        self.pool, self.program, self.oracle = pool, program, oracle
        self.difference: Difference | None = None
        self.asked: list[Json] = []
        self.right: list[str] = []
        self.heard: list[Any] = []
        self.place = -1
        self._begin(pool.name, params, [params] * (1 + pool.fresh))
        self.place = 0

    @property
    def over(self) -> bool:
        """Whether nothing can be handed any more: there was a difference, or both refused to begin."""
        return self.difference is not None or not self.right

    def hand(self, *steps: Step) -> Difference | None:
        """Hand over events, in one batch, or one HandOver; nothing happens once all is over."""
        if self.over or not steps:
            return self.difference
        events = [{each.event: {}} if isinstance(each, HandOver) else each for each in steps]
        answer = self._ask({"cmd": "run", "subject": self.subject, "events": events})
        if self.difference:
            return self.difference
        right = [self._answered({"cmd": "run", "subject": each, "events": events})["results"] for each in self.right]
        results = self._results(answer, len(events))
        if results is None:
            self._differ("fail", "not one result for each event", right[0], answer)
            return self.difference
        self.heard += [value for _, value in leaves([*events, *(each.get("out") for each in right[0])])]
        for step, event, seen, *wanted in zip(steps, events, results, *right, strict=True):
            self._compare(next(iter(event), ""), wanted, seen)
            if isinstance(step, HandOver) and not self.over and "out" in wanted[0]:
                self.stop()
                self._begin(step.role, seen["out"], [each["out"] for each in wanted])
            self.place += 1
        return self.difference

    def stop(self) -> None:
        """Let all subjects be forgotten."""
        with suppress(conform.NoAnswer, conform.ProgramBroken):
            if self.right and not (self.difference and self.difference.verdict in GONE):
                self.program.ask({"cmd": "stop", "subject": self.subject})
        for each in self.right:
            self.oracle.ask({"cmd": "stop", "subject": each})
        self.right = []

    def _begin(self, role: str, params: Json, right: Sequence[Json]) -> None:
        self.subject = f"w{next(conform.SUBJECTS)}"
        seen = self._ask({"cmd": "start", "subject": self.subject, "role": role, "params": params})
        wanted = []
        for each in right:
            name = f"w{next(conform.SUBJECTS)}"
            wanted.append(self._answered({"cmd": "start", "subject": name, "role": role, "params": each}))
            if "out" in wanted[-1]:
                self.right.append(name)
        self._compare("", wanted, seen)

    def _results(self, answer: Json, many: int) -> list[Json] | None:
        with suppress(ValidationError):
            said = Answer.model_validate(answer)
            if said.results is not None and len(said.results) == many:
                results: list[Json] = answer["results"]
                return results
        return None

    def _compare(self, name: str, right: Sequence[Json], seen: Json) -> None:
        """Note the difference of what came of an event, if it is the first one. HP-16, HP-28"""
        wanted = right[0]
        if self.difference or "unsupported" in wanted:
            return
        if "error" in wanted:
            self._differ("suite_error", f"the oracle failed: {wanted['error'].get('message', '')}", wanted, seen)
            return
        if "out" in wanted and "out" in seen and name in self.pool.own_forms:
            with suppress(ValidationError):
                self.pool.role.events[name].gives.model_validate(seen["out"])
                return
        found = conform.difference(self.pool.cases[0], "", expected(right), seen)
        if found and not self._refused_otherwise(wanted, seen):
            self._differ(found.verdict, found.note, found.expected, seen)

    def _refused_otherwise(self, wanted: Json, seen: Json) -> bool:
        """Whether both refuse, by different clauses: an input may break several, and nothing here can tell which."""
        one, other = (each.get("reject") or {"clause": ""} for each in (wanted, seen))
        return one["clause"] != other["clause"] and {one["clause"], other["clause"]} <= self.pool.clauses

    def _differ(self, verdict: str, note: str, wanted: Any, seen: Any) -> None:
        if self.difference is None:
            self.difference = Difference(verdict, note, self.place, wanted, seen, tuple(self.asked))

    def _ask(self, question: Json) -> Json:
        self.asked.append(question)
        try:
            return self.program.ask(question)
        except (conform.NoAnswer, conform.ProgramBroken) as nothing:
            self._differ(getattr(nothing, "verdict", "crash"), str(nothing), None, None)
            return {}

    def _answered(self, question: Json) -> Json:
        try:
            return self.oracle.ask(question)
        except conform.NoAnswer as nothing:
            raise conform.SuiteError(f"the oracle gave no answer: {nothing}") from None


def expected(right: Sequence[Json]) -> Expected:
    """What has to come, by two or more answers of the oracle: where they differ, something was drawn anew."""
    first, *others = right
    if "reject" in first:
        refusal = {name: value for name, value in first["reject"].items() if name != "reason"}
        return Expected(reject=ExpectedRefusal(**refusal))
    out: Json = first["out"]
    free = []
    for name, value in out.items():
        for other in (each["out"][name] for each in others):
            if isinstance(value, list) and isinstance(other, list) and len(other) == len(value):
                free += [
                    f"{name}[{at}]" for at, both in enumerate(zip(value, other, strict=True)) if both[0] != both[1]
                ]
            elif other != value:
                free.append(name)
    return Expected(out=out, free=tuple(free))


# ---- walks ----


@dataclass
class Trial:
    """Who is put to the test, by whom, with what; and what came of it."""

    pool: Pool
    program: conform.Program
    oracle: conform.Program
    walks: int = 0
    handed: int = 0
    found: tuple[Json, list[Step], Difference] | None = None


def walk(trial: Trial) -> type[RuleBasedStateMachine]:
    """The walks of a role: a rule for each of its events, one for whole schedules, one for what was handed before.

    Every event is handed alone to one subject; and to a second one, which runs beside it, in batches.
    """
    pool = trial.pool

    class Walk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.steps: list[Step] = []
            self.waiting: list[Step] = []
            self.conversations: list[Conversation] = []

        @initialize(data=st.data())
        def begin(self, data: st.DataObject) -> None:
            if trial.found:  # Hypothesis asks once more, and the program need not
                raise Differs
            case = data.draw(st.sampled_from(data.draw(st.sampled_from(pool.beginnings))))
            assert case.start
            self.params = case.start.params
            self.behind = data.draw(st.sampled_from(BEHIND))
            if data.draw(st.integers(0, 3)) == 0:
                self.params = varied(data.draw, pool, "", self.params)
            self.near = pool.near(self.params)
            self.close = [each for each in self.near[:NEAR] if each.events]
            trial.walks += 1
            for _ in range(2):
                self.conversations.append(Conversation(pool, trial.program, trial.oracle, self.params))
                self.judge(self.conversations[-1])
            self.alone, self.beside = self.conversations
            if data.draw(st.integers(0, 3)):
                other = data.draw(st.sampled_from(self.close or [case]))
                self.hand(*perturbed(data.draw, pool, case.events, other.events))

        @rule(data=st.data())
        def follow_a_schedule(self, data: st.DataObject) -> None:
            if not self.close:
                return
            far = [each for each in self.near if each.events]
            one, other = (data.draw(st.sampled_from(data.draw(st.sampled_from((self.close, far))))) for _ in range(2))
            self.hand(*perturbed(data.draw, pool, one.events, other.events, self.alone.heard))

        @rule(data=st.data())
        def do_it_again(self, data: st.DataObject) -> None:
            if self.steps:
                step, times = data.draw(st.sampled_from(self.steps)), data.draw(st.integers(1, 3))
                for _ in range(times):
                    self.hand(step)

        def hand(self, *steps: Step) -> None:
            for step in steps:
                if len(self.steps) >= MOST or self.alone.over:
                    return
                self.steps.append(step)
                self.waiting.append(step)
                trial.handed += 1
                self.alone.hand(step)
                self.judge(self.alone)
                if isinstance(step, HandOver) or len(self.waiting) >= self.behind:
                    self.catch_up()

        def catch_up(self) -> None:
            """Hand all that waits to the second subject, in as few batches as there can be."""
            waiting, self.waiting = self.waiting, []
            for batch in batches(waiting):
                self.beside.hand(*batch)
                self.judge(self.beside)

        def judge(self, conversation: Conversation) -> None:
            if conversation.difference:
                if trial.found is None:
                    trial.found = self.params, list(self.steps), conversation.difference
                raise Differs

        def teardown(self) -> None:
            try:
                if trial.found is None and len(self.conversations) == 2:
                    self.catch_up()
            finally:
                for each in self.conversations:
                    each.stop()

    def handing(name: str) -> Callable[..., None]:
        def hand_over_an_event(self: Walk, data: st.DataObject) -> None:
            close = [event[name] for case in self.close for event in case.events if name in event]
            far = data.draw(st.integers(0, 3)) == 0
            fields = data.draw(st.sampled_from(pool.events[name] if far or not close else close))
            if data.draw(st.integers(0, 2)) == 0:
                fields = varied(data.draw, pool, name, fields, self.alone.heard)
            many = st.integers(1, 1 if fields else 4)
            for _ in range(data.draw(many)):
                self.hand({name: fields})

        return hand_over_an_event

    def taking_up(name: str) -> Callable[..., None]:
        def take_up_elsewhere(self: Walk) -> None:
            self.hand(HandOver(name, pool.own_forms[name]))

        return take_up_elsewhere

    for name in pool.events:
        setattr(Walk, f"hand_{name}", rule(data=st.data())(handing(name)))
    for name in pool.own_forms:
        setattr(Walk, f"take_up_{name}", rule()(taking_up(name)))
    return Walk


def batches(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps in as few batches as there can be: a HandOver is one of its own."""
    batch: list[Step] = []
    for step in steps:
        if isinstance(step, HandOver):
            if batch:
                yield batch
            yield [step]
            batch = []
        else:
            batch.append(step)
    if batch:
        yield batch


# ---- what is shown ----


def together(trial: Trial, params: Json, steps: Sequence[Step]) -> Difference | None:
    """All in one batch."""
    conversation = Conversation(trial.pool, trial.program, trial.oracle, params)
    for batch in batches(steps):
        conversation.hand(*batch)
    conversation.stop()
    return conversation.difference


def singly(trial: Trial, params: Json, steps: Sequence[Step]) -> Difference | None:
    """One event at a time."""
    conversation = Conversation(trial.pool, trial.program, trial.oracle, params)
    for step in steps:
        conversation.hand(step)
    conversation.stop()
    return conversation.difference


def side_by_side(trial: Trial, params: Json, steps: Sequence[Step]) -> Difference | None:
    """Two subjects in turn."""
    both = [Conversation(trial.pool, trial.program, trial.oracle, params) for _ in range(2)]
    for step in steps:
        for each in both:
            each.hand(step)
    for each in both:
        each.stop()
    first = next((each for each in both if each.difference), None)
    if first is None or first.difference is None:
        return None
    asked = [question for pair in zip(*(each.asked for each in both), strict=False) for question in pair]
    return replace(first.difference, asked=tuple(asked))


WAYS = {"in one batch": together, "one at a time": singly, "to two subjects in turn": side_by_side}
"""In which ways events can be handed over; all have to come to the same."""


@dataclass(frozen=True)
class Counterexample:
    """The fewest steps that were found to show a difference, and in which of the WAYS; "" if it did not come again."""

    pool: Pool
    params: Json
    steps: tuple[Step, ...]
    way: str
    difference: Difference

    @property
    def lines(self) -> list[str]:
        """The questions that show it, one a line."""
        return [json.dumps({"id": number, **each}) for number, each in enumerate(self.difference.asked, 1)]

    @property
    def last(self) -> str:
        """The name of the event at which it shows; "" for the beginning."""
        if self.difference.place < 0 or not self.steps:
            return ""
        step = self.steps[self.difference.place]
        return step.event if isinstance(step, HandOver) else next(iter(step), "no event")

    @property
    def where(self) -> str:
        """The first event that differs, counted from 0."""
        return f"results[{self.difference.place}] ({self.last})" if self.last else "start"

    def repeat(self, command: Sequence[str]) -> str:
        """A shell's line that puts just this to the program again."""
        return f"printf '%s\\n' {shlex.join(self.lines)} | {shlex.join(command)}"


def shrunk(trial: Trial) -> Counterexample:
    """The counterexample of a trial, with every event left out that can be."""
    assert trial.found
    params, steps, first = trial.found
    if first.verdict in GONE:
        return Counterexample(trial.pool, params, tuple(steps), next(iter(WAYS)), first)
    for way, handed in WAYS.items():
        if (difference := handed(trial, params, steps)) is None:
            continue
        kept = steps[: difference.place + 1]
        size = max(1, len(kept) // 2)
        while size:
            at = 0
            while at < len(kept):
                fewer = kept[:at] + kept[at + size :]
                other = handed(trial, params, fewer)
                if other is not None and (other.verdict, other.note) == (difference.verdict, difference.note):
                    kept, difference = fewer[: other.place + 1], other
                else:
                    at += size
            size //= 2
        return Counterexample(trial.pool, params, tuple(kept), way, difference)
    return Counterexample(trial.pool, params, tuple(steps), "", first)


def tried(trial: Trial, *, walks: int = WALKS, seed: int = 0) -> Counterexample | None:
    """Walk so often, and give what was found, made small; None if all answers were the oracle's."""
    machine = hypothesis.seed(seed)(walk(trial))
    with suppress(Differs, Flaky):
        run_state_machine_as_test(
            machine, settings=settings(QUIET, max_examples=walks, stateful_step_count=STEPS, phases=[Phase.generate])
        )
    return shrunk(trial) if trial.found else None


# ---- which clause, and a case of its own ----


def alike(found: Counterexample, trial: Trial, faulty: Iterable[tuple[Fault, conform.Program]]) -> list[Fault]:
    """The faults that answer as the program did where it went wrong."""
    same = []
    for fault, program in faulty:
        other = WAYS[found.way](replace(trial, program=program), found.params, found.steps) if found.way else None
        if other and (other.place, other.seen) == (found.difference.place, found.difference.seen):
            same.append(fault)
    return same


def clauses(found: Counterexample, faults: Sequence[Fault]) -> tuple[str, ...]:
    """The clauses that may be violated, as far as can be known.

    One by which the oracle or the program refused; or those of the known faults that go wrong alike; or those of the
    likest vector with such an event.
    """
    if found.way == "to two subjects in turn":
        return ("HP-24",)
    if found.way == "one at a time":
        return ("HP-22",)
    for said in (found.difference.expected, found.difference.seen):
        if isinstance(said, dict) and isinstance(refusal := said.get("reject"), dict):
            return (refusal["clause"],)
    if faults:
        return tuple(dict.fromkeys(fault.clause for fault in faults))[:3]
    near = found.pool.near(found.params)
    with_event = [case for case in near if any(found.last in event for event in case.events)]
    return (with_event or near)[0].clauses


def promoted(found: Counterexample, trial: Trial, about: Sequence[str], why: str) -> Case | None:
    """The counterexample as a case that the oracle passes and the program fails; None if it cannot be one.

    A case has one beginning and one batch, and nothing in it in a form of the program's own.
    """
    pool, oracle = found.pool, trial.oracle
    events = tuple(
        step for step in found.steps if not isinstance(step, HandOver) and not step.keys() & pool.own_forms.keys()
    )
    starts, all_results = [], []
    for _ in range(1 + pool.fresh):
        name = f"w{next(conform.SUBJECTS)}"
        starts.append(oracle.ask({"cmd": "start", "subject": name, "role": pool.name, "params": found.params}))
        if "out" in starts[-1]:
            all_results.append(oracle.ask({"cmd": "run", "subject": name, "events": list(events)})["results"])
            oracle.ask({"cmd": "stop", "subject": name})
    begun = expected(starts)
    results = tuple(expected(each) for each in zip(*all_results, strict=True))
    near = pool.near(found.params)
    mark = hashlib.sha256(json.dumps([found.params, events], sort_keys=True).encode()).hexdigest()[:8]
    refused = begun.reject or any(each.reject for each in results)
    case = Case(
        name=f"promoted/{pool.name.partition('.')[2]}_{mark}",
        clauses=tuple(about),
        needs=needed(pool, found.params, events, near[0]),
        why=why,
        control=next((case.name for case in near if not case.refused), None) if refused else None,
        start=Begin(role=pool.name, params=found.params),
        events=events if begun.out is not None else (),
        expect=ExpectedRun(start=begun, results=results),
        chapter=pool.chapter,
    )
    sound, faulty = conform.run_case(oracle, case), conform.run_case(trial.program, case)
    return case if (sound.verdict, faulty.verdict) == ("pass", "fail") else None


def needed(pool: Pool, params: Json, events: Sequence[Json], like: Case) -> tuple[str, ...]:
    """The capabilities that a beginning and its events need: also those that only a field names, of any chapter."""
    model = conform.chapter_model(pool.chapter)
    of_events = {op.capability for op in pool.role.events.values()}
    names = {value for _, value in leaves(params) if isinstance(value, str)}
    kinds = [kind for kind in getattr(model, "KINDS", ()) if kind.partition(".")[2] in names]
    used = [pool.role.events[name].capability for event in events for name in event]
    return tuple(
        dict.fromkeys([pool.role.capability, *used, *kinds, *(need for need in like.needs if need not in of_events)])
    )


def write(path: Path, chapter: str, cases: Sequence[Case]) -> None:
    """Add cases to a file of cases, which is begun if it is not there; one that is there already is not added again.

    Raises conform.SuiteError for a file that is something else, or of another chapter.
    """
    there = conform.read(path) if path.exists() else []
    if strange := [case.chapter for case in there if case.chapter != chapter]:
        raise conform.SuiteError(f"{path.name}: cases of {strange[0]}, not of {chapter}")
    names = {case.name for case in there}
    whole = [*there, *(case for case in cases if case.name not in names)]
    rows = [json.dumps(case.model_dump(mode="json", by_alias=True, exclude_defaults=True)) for case in whole]
    listed = ",\n".join(f"  {row}" for row in rows)
    path.write_text(f'{{"format": 1, "chapter": "{chapter}", "cases": [\n{listed}\n]}}\n', encoding="utf-8")
