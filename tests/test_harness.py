"""The harness: what its text shows happens, and no program, however wrong, brings the driver down or out of bounds."""

import io
import json
import os
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from anonlaws import conform, wrong_programs
from anonlaws.conform import InProcess, Lost, NoAnswer, Process, ProgramBroken, Remote, SuiteError, Unsupported
from anonref.serve import REFERENCE, Server
from anonspec.harness import model as harness
from anonspec.shape import Hex, Op, Reject, Role, Shape, Word

HERE = Path(__file__).parent
TEXT = HERE.parent / "spec" / "anonspec" / "harness" / "README.md"

# ---- the chapter `tally` of the text, and `masks`, which has words in a group ----


class Numbers(Shape):
    numbers: Annotated[tuple[int, ...], Field(min_length=1)]


class Total(Shape):
    total: int


class Data(Shape):
    data: Hex


class Limit(Shape):
    limit: int


class Amount(Shape):
    amount: Annotated[int, Field(ge=0)]


class Nothing(Shape):
    pass


class Xor(Shape):
    kind: Literal["xor"]
    bytes: int


class Cover(Shape):
    group: Xor
    word: Word
    pad: Word


class AWord(Shape):
    word: Word


class Opening(Shape):
    group: Xor


class Both(Shape):
    word: Word
    count: int


MODELS = {
    "tally": SimpleNamespace(
        OPS={"tally.sum": Op("tally.sum", Numbers, Total), "tally.reverse": Op("tally.bytes", Data, Data)},
        ROLES={
            "tally.counter": Role(
                "tally.counter",
                "count",
                Limit,
                {"add": Op("tally.counter", Amount, Total), "look": Op("tally.counter", Nothing, Total)},
            )
        },
    ),
    "masks": SimpleNamespace(
        OPS={"masks.cover": Op("masks.cover", Cover, AWord)},
        ROLES={
            "masks.pile": Role(
                "masks.pile",
                "open_pile",
                Opening,
                {"drop": Op("masks.pile", AWord, Both), "clear": Op("masks.pile", Nothing, Nothing)},
            )
        },
    ),
}


def add(state, amount):
    limit, total = state
    if total + amount > limit:
        raise Reject("TLY-1", f"{total + amount} is past {limit}")
    return (limit, total + amount), total + amount


TALLY = SimpleNamespace(
    sum=lambda numbers: sum(numbers),  # noqa: PLW0108 - its argument has a name
    reverse=lambda data: data[::-1],
    count=lambda limit: (limit, 0),
    add=add,
    look=lambda state: (state, state[1]),
)


def read_word(group, data):
    if len(data) != group.bytes:
        raise Reject("MSK-1", "another width", culprit=7)
    return int.from_bytes(data)


def drop(state, word):
    total, count = state
    if not word:
        raise Reject("MSK-2", "nothing to drop")
    return (total ^ word, count + 1), Both(word=total ^ word, count=count + 1)


MASKS = SimpleNamespace(
    read_word=read_word,
    write_word=lambda group, word: word.to_bytes(group.bytes),
    cover=lambda group, word, pad: word ^ pad,
    open_pile=lambda group: (0, 0),
    drop=drop,
    clear=lambda state: ((0, 0), None),
)


@dataclass
class Right(Server):
    """The reference's server for the two chapters; wrong ones replace one of its functions."""

    name: str = "toy"
    version: str = "1"
    chapters: Any = None
    model: Any = MODELS.get

    def __post_init__(self):
        self.chapters = self.chapters or {"tally": TALLY, "masks": MASKS}


def case(name, clauses, needs, expect, control=None, **asked):
    whole = {"name": name, "clauses": clauses, "needs": needs, "why": "so", "expect": expect, **asked}
    whole |= {"control": control} if control else {}
    file = {"format": 1, "chapter": "tally", "cases": [whole]}
    [one] = harness.VectorFile.model_validate_json(json.dumps(file)).cases
    return one.model_copy(update={"chapter": "tally"})


COUNTER = {"role": "tally.counter", "params": {"limit": 9}}
CASES = [
    case(
        "sum/three",
        ["TLY-2"],
        ["tally.sum"],
        {"out": {"total": 6}},
        ask={"op": "tally.sum", "in": {"numbers": [1, 2, 3]}},
    ),
    case(
        "sum/none",
        ["HP-15"],
        ["tally.sum"],
        {"reject": {"clause": "HP-15"}},
        control="sum/three",
        ask={"op": "tally.sum", "in": {"numbers": []}},
    ),
    case(
        "reverse/three",
        ["TLY-3"],
        ["tally.bytes"],
        {"out": {"data": "030201"}},
        ask={"op": "tally.reverse", "in": {"data": "010203"}},
    ),
    case(
        "counter/past_the_limit",
        ["TLY-1"],
        ["tally.counter"],
        {
            "start": {"out": {}},
            "results": [{"out": {"total": 5}}, {"reject": {"clause": "TLY-1"}}, {"out": {"total": 9}}],
        },
        control="counter/within_the_limit",
        start=COUNTER,
        events=[{"add": {"amount": 5}}, {"add": {"amount": 5}}, {"add": {"amount": 4}}],
    ),
    case(
        "counter/within_the_limit",
        ["TLY-1"],
        ["tally.counter"],
        {"start": {"out": {}}, "results": [{"out": {"total": 5}}, {"out": {"total": 5}}]},
        start=COUNTER,
        events=[{"add": {"amount": 5}}, {"look": {}}],
    ),
    case(
        "counter/no_limit",
        ["HP-15"],
        ["tally.counter"],
        {"start": {"reject": {"clause": "HP-15"}}},
        control="counter/within_the_limit",
        start={"role": "tally.counter", "params": {}},
    ),
]
CLAUSES = {"TLY-1", "TLY-2", "TLY-3", "HP-15"}


def tally(*arguments):
    return [sys.executable, "-S", str(HERE / "programs" / "tally.py"), *arguments]


def verdicts(program, cases=CASES):
    return [conform.run_case(program, each).verdict for each in cases]


def probed(program, cases=CASES, chapters=("tally",)):
    return conform.probe(program, chapters, cases, MODELS.get)


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True  # not ours to reap
        time.sleep(0.02)
    return False


# ---- the text ----


def conversation():
    block = TEXT.read_text().split("```")[1].strip().splitlines()
    return [(json.loads(ask[2:]), json.loads(answer[2:])) for ask, answer in zip(block[::2], block[1::2], strict=True)]


def meant(answer):
    return json.loads(conform._gist(answer)) | {"id": answer["id"]}


@pytest.mark.parametrize("who", ["reference", "tally"])
def test_the_conversation_of_the_text_takes_place(who):
    server = Right("acme-tally", "0.4", {"tally": TALLY})
    program = InProcess(server.answer) if who == "reference" else Process(tally(), watchdog=5)
    with program:
        for question, answer in conversation():
            said = program.ask(question)
            if question["cmd"] == "describe":
                assert said["capabilities"] == answer["capabilities"]
            else:
                assert meant(said) == meant(answer)


def test_the_questions_and_answers_of_the_text_have_the_shapes_of_the_model():
    for question, answer in conversation():
        match question["cmd"]:
            case "describe":
                harness.Describe.model_validate(question)
                harness.Described.model_validate(answer)
                continue
            case "run":
                (harness.RunOp if "op" in question else harness.RunEvents).model_validate(question)
            case "start":
                harness.Start.model_validate(question)
            case "stop":
                harness.Stop.model_validate(question)
        harness.Answer.model_validate(answer)


# ---- the reference as a program ----


def test_the_reference_says_what_it_is():
    with InProcess(REFERENCE.answer) as program:
        described = program.describe()
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    assert (described.impl.name, described.impl.version) == ("anonref", project["version"])
    assert {"dcnet.xor", "dcnet.mod"} < set(described.capabilities)


GROUP = {"kind": "xor", "bytes": 1}


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("tally.sum", None),
        ("tally.sum", [1]),
        ("tally.sum", {}),
        ("tally.sum", {"numbers": None}),
        ("tally.sum", {"numbers": [True]}),
        ("tally.sum", {"numbers": ["1"]}),
        ("tally.sum", {"numbers": [1.0]}),
        ("tally.sum", {"numbers": [1], "more": 1}),
        ("tally.reverse", {"data": "0"}),
        ("tally.reverse", {"data": "AA"}),
        ("tally.reverse", {"data": 11}),
        ("masks.cover", {"group": {"kind": "rot"}, "word": "00", "pad": "00"}),
        ("masks.cover", {"word": "00", "pad": "00"}),
        ("masks.cover", {"group": GROUP, "word": "00"}),
    ],
)
def test_what_is_malformed_is_refused_as_such(op, fields):
    said = Right().answer({"id": 1, "cmd": "run", "op": op, "in": fields})
    assert said["reject"]["clause"] == "HP-15", said


def test_a_word_is_refused_by_the_clause_of_its_chapter():
    fields = {"group": GROUP, "word": "0000", "pad": "00"}
    said = Right().answer({"id": "x", "cmd": "run", "op": "masks.cover", "in": fields})
    assert said == {"id": "x", "reject": {"clause": "MSK-1", "reason": "another width", "culprit": 7}}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ({"cmd": "start", "subject": 5, "role": "tally.counter", "params": {"limit": 1}}, "reject"),
        ({"cmd": "start", "subject": "b", "role": "tally.counter"}, "reject"),
        ({"cmd": "start", "subject": "b", "role": ["tally.counter"]}, "unsupported"),
        ({"cmd": "run", "op": {}}, "unsupported"),
        ({"cmd": "run", "op": "masks.sum"}, "unsupported"),
        ({"cmd": "run", "subject": "a", "events": {}}, "reject"),
        ({"cmd": "run"}, "reject"),
        ({"cmd": "stop"}, "reject"),
        ({"cmd": ["stop"]}, "unsupported"),
        ({}, "unsupported"),
    ],
)
def test_every_question_has_an_answer(question, kind):
    said = Right().answer({"id": 1, **question})
    assert list(said) == ["id", kind]


def test_an_event_that_comes_to_nothing_leaves_the_state():
    server = Right()
    server.answer({"id": 1, "cmd": "start", "subject": "p", "role": "masks.pile", "params": {"group": GROUP}})
    events = [
        {"drop": {"word": "05"}},
        {"drop": {"word": "00"}},
        {"drop": {"word": "123"}},
        7,
        {"a": {}, "b": {}},
        {"drop": {"word": "01"}},
        {"clear": {}},
    ]
    said = server.answer({"id": 2, "cmd": "run", "subject": "p", "events": events})["results"]
    assert [each.get("reject", {}).get("clause") for each in said] == [
        None,
        "MSK-2",
        "HP-15",
        "HP-15",
        "HP-15",
        None,
        None,
    ]
    assert (said[0]["out"], said[5]["out"]) == ({"word": "05", "count": 1}, {"word": "04", "count": 2})
    assert said[6]["out"] == {}


def test_a_failure_of_its_own_is_an_answer():
    def faint(numbers):
        raise RecursionError("too deep")

    server = Right(chapters={"tally": SimpleNamespace(sum=faint, reverse=lambda data: 5)})
    for op, fields in (("tally.sum", {"numbers": [1]}), ("tally.reverse", {"data": ""})):
        said = server.answer({"id": 1, "cmd": "run", "op": op, "in": fields})
        assert list(said) == ["id", "error"], said


def test_lines_that_are_no_questions_are_answered_and_passed():
    lines = [b"{", b"[]", b"\xff\n", b'{"id":1,"cmd":"x"}', b"1" * (2**24 + 5), b'{"id":2,"cmd":"x"}']
    told = io.BytesIO()
    Right().serve(io.BytesIO(b"\n".join(lines)), told)
    said = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [each["id"] for each in said] == [None, None, None, None, 1, None, 2]


# ---- wrong programs; those that break a clause each are put to the driver by `anonspec selftest` ----


def broken(command, watchdog):
    with Process(command, watchdog=watchdog) as program, pytest.raises(ProgramBroken) as told:
        probed(program)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["cat"], "its answer to describe has hp"),
        (["yes"], "more than one line for one question (HP-1)"),
        (["false"], "ended its output; exit status 1"),
        (["sh", "-c", "echo so long >&2; exit 7"], "exit status 7; its log ends: so long"),
        (["no-such-program"], "cannot start"),
        ([str(HERE)], "cannot start"),
        ([], "cannot start"),
        (["sh", "-c", "printf '{'; sleep 60"], "no answer within 1 seconds"),
    ],
)
def test_a_command_that_is_no_program_is_broken(command, why):
    assert why in broken(command, 1)


def test_a_program_that_ignores_the_end_is_ended_with_all_that_it_started():
    with Process(wrong_programs.command_of("ignores_the_end"), watchdog=10) as program:
        children = program.describe().capabilities["degenerate.child"]["pid"], program._child.pid
        program.watchdog = 0.5
    assert program.lingered
    assert all(gone(pid) for pid in children)


def test_long_questions_and_answers_pass_beside_a_flood():
    data = "ab" * 2**20
    with Process(tally("floods"), watchdog=10) as program:
        said = program.ask({"cmd": "run", "op": "tally.reverse", "in": {"data": data}})
    assert said["out"]["data"] == data
    with Process(["cat"]) as program, pytest.raises(SuiteError):
        program.ask({"data": data * 8})


def test_an_undeclared_capability_that_only_a_field_names_is_found_out():
    group = CASES[0].model_copy(update={"needs": ("tally.sum", "tally.positive")})
    with pytest.raises(ProgramBroken, match="HP-12"):
        probed(InProcess(Right().answer), [*CASES, group])


# ---- cases ----


def test_the_right_program_passes_and_every_changed_expectation_fails():
    program = InProcess(Right().answer)
    probed(program, CASES, ("tally", "masks"))
    assert verdicts(program) == ["pass"] * 6
    changed = [(place, each) for one in CASES for place, each in conform.mutations(one)]
    assert len(changed) > 15
    assert [place for place, each in changed if conform.run_case(program, each).verdict != "fail"] == []


def test_outcomes_say_what_differed_and_how_to_repeat_it():
    program = InProcess(Right().answer)
    program.describe()
    wrong = CASES[3].model_copy(
        update={
            "expect": harness.ExpectedRun.model_validate_json(
                '{"start":{"out":{}},"results":[{"out":{"total":5}},{"reject":{"clause":"TLY-2"}},{"out":{"total":9}}]}'
            )
        }
    )
    outcome = conform.run_case(program, wrong)
    assert (outcome.verdict, outcome.where) == ("fail", "results[1]")
    assert outcome.note == "refused by TLY-1, not by TLY-2"
    assert outcome.expected == {"reject": {"clause": "TLY-2"}}
    assert outcome.seen["reject"]["clause"] == "TLY-1"
    assert conform.run_case(program, wrong, should={"TLY-1"}).verdict == "lax"
    with os.popen(outcome.repeat(tally())) as shell:
        said = [json.loads(line) for line in shell]
    assert [each["id"] for each in said] == [1, 2, 3]
    assert said[1]["results"][1]["reject"]["clause"] == "TLY-1"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"out": {"total": 6}}, "pass"),
        ({"out": {"total": 6}, "reject": None, "drew": ["coin"]}, "pass"),
        ({"out": {"total": 6.0}}, "fail"),
        ({"out": {"total": "6"}}, "fail"),
        ({"out": {"total": 6, "more": 1}}, "fail"),
        ({"out": 6}, "fail"),
        ({"out": {"total": 6}, "reject": {"clause": "TLY-1"}}, "fail"),
        ({"reject": {"clause": "TLY-1"}}, "fail"),
        ({"reject": "TLY-1"}, "fail"),
        ({"results": [{"out": {"total": 6}}]}, "fail"),
        ({"error": {"message": "sorry"}}, "fail"),
        ({"unsupported": "tally.sum"}, "untestable"),
        ({}, "fail"),
    ],
)
def test_one_answer_one_verdict(said, verdict):
    program = InProcess(lambda q: {"id": q["id"], **said} if q["cmd"] == "run" else Right().answer(q))
    program.describe()
    assert conform.run_case(program, CASES[0]).verdict == verdict


def test_a_case_beyond_what_is_declared_is_not_applicable():
    program = InProcess(lambda q: {"id": q["id"], **conform_only_sum()})
    program.describe()
    assert verdicts(program)[2:] == ["na"] * 4
    assert conform.run_case(program, CASES[0]).verdict == "fail"


def conform_only_sum():
    return {"hp": 1, "impl": {"name": "", "version": "", "language": ""}, "capabilities": {"tally.sum": {}}}


def test_a_wrong_suite_is_not_the_programs_fault():
    def fall(question):
        raise ZeroDivisionError("the driver's own")

    program = InProcess(Right().answer)
    program.describe()
    program._answer = fall
    assert conform.run_case(program, CASES[0]).verdict == "suite_error"


def test_the_lint_finds_what_is_wrong_with_cases():
    assert conform.lint(CASES, CLAUSES) == []

    def said(**changes):
        changed = CASES[1].model_copy(update=changes)
        return "\n".join(conform.lint([*CASES[:1], changed, *CASES[2:]], CLAUSES - {"TLY-9"}))

    assert "tally/sum/three: the name is there twice" in said(name="sum/three")
    assert "asks the same as tally/sum/three" in said(ask=CASES[0].ask)
    assert "there is no clause TLY-9" in said(clauses=("TLY-9",))
    other = harness.Expected(reject=harness.ExpectedRefusal(clause="TLY-9"))
    assert "there is no clause TLY-9" in said(expect=other)
    for control in (None, "no/such", "counter/past_the_limit"):
        assert "has no control" in said(control=control)
    assert "0.5 is not a number" in said(expect=harness.Expected(out={"total": [0.5]}))
    assert "is not a number" in said(ask=harness.Ask.model_validate({"op": "x", "in": {"a": 2**53 + 1}}))
    late = CASES[3].model_copy(update={"events": CASES[3].events[:2]})
    assert "not one expected result" in "\n".join(conform.lint([*CASES[:3], late, *CASES[4:]], CLAUSES))
    assert conform.lint(CASES[:1], CLAUSES, lambda _: "all zero") == ["tally/sum/three: degenerate: all zero"]


def test_files_of_cases_are_read_or_blamed(tmp_path):
    path = tmp_path / "a.json"
    written = [each.model_dump(mode="json", by_alias=True, exclude_unset=True) for each in CASES]
    path.write_text(json.dumps({"format": 1, "chapter": "tally", "cases": written}))
    assert conform.read(path) == CASES
    assert CASES[0].id == "tally/sum/three"
    for spoiled in (
        "[",
        '{"format":2,"chapter":"tally","cases":[]}',
        json.dumps({"format": 1, "chapter": "t", "cases": [{**written[0], "more": 1}]}),
    ):
        path.write_text(spoiled)
        with pytest.raises(SuiteError, match=r"^a\.json: "):
            conform.read(path)


# ---- a subject for the laws ----


def remote(server=None, codec=MASKS, chapter="masks"):
    program = InProcess((server or Right()).answer)
    program.describe()
    return Remote(program, chapter, codec, MODELS.get)


def test_a_remote_subject_is_called_like_a_module():
    masks, group = remote(), Xor(kind="xor", bytes=1)
    assert masks.cover(group=group, word=5, pad=3) == masks.cover(group, 5, 3) == MASKS.cover(group, 5, 3) == 6
    assert remote(chapter="tally").sum([1, 2]) == 3
    assert remote(chapter="tally").reverse(b"\x01\x02") == b"\x02\x01"
    for wrong in (
        lambda: masks.cover(group, 5),
        lambda: masks.cover(group, 5, 3, 1),
        lambda: masks.cover(group, 5, 3, word=1),
    ):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(AttributeError):
        masks.uncover  # noqa: B018
    assert "toy" in masks.__name__


def test_a_remote_state_may_be_moved_from_twice():
    masks, group = remote(), Xor(kind="xor", bytes=1)
    empty = masks.open_pile(group)
    one, out = masks.drop(empty, word=1)
    assert (out.word, out.count) == (1, 1)
    two, out = masks.drop(one, 2)
    assert (out.word, out.count) == (3, 2)
    with pytest.raises(Reject, match="MSK-2"):
        masks.drop(two, 0)
    assert masks.drop(two, 4)[1].word == 7
    again, out = masks.drop(one, 4)
    assert (out.word, out.count) == (5, 2)
    _, out = masks.drop(masks.clear(again)[0], 9)
    assert (out.word, out.count) == (9, 1)


def test_a_remote_subject_keeps_few_states_alive():
    server = Right()
    masks, group = remote(server), Xor(kind="xor", bytes=1)
    handles = [masks.drop(masks.open_pile(group), word)[0] for word in range(1, 60)]
    assert len(server.subjects) == conform.LIVE
    assert [masks.drop(handle, 64)[1].word for handle in handles] == [64 | word for word in range(1, 60)]


def test_what_a_remote_subject_refuses_lacks_or_spoils_is_told_apart():
    group = Xor(kind="xor", bytes=1)

    def saying(said, codec=MASKS, less=()):
        def answer(question):
            if question["cmd"] == "run":
                return {"id": question["id"], **said}
            told = Right().answer(question)
            for each in less:
                del told["capabilities"][each]
            return told

        program = InProcess(answer)
        program.describe()
        return lambda: Remote(program, "masks", codec, MODELS.get).cover(group, 5, 3)

    with pytest.raises(Reject) as refused:
        saying({"reject": {"clause": "MSK-1", "reason": "no", "culprit": 3}})()
    assert (refused.value.clause, refused.value.reason, refused.value.culprit) == ("MSK-1", "no", 3)
    with pytest.raises(Unsupported, match=r"masks\.cover"):
        saying({"out": {}}, less=["masks.cover"])()
    with pytest.raises(Unsupported, match=r"masks\.xor"):
        saying({"unsupported": "masks.xor"})()
    for said, verdict in [
        ({"unsupported": "masks.cover"}, "untestable"),
        ({"unsupported": "something"}, "untestable"),
        ({"error": {"message": "sorry"}}, "fail"),
        ({"out": {}}, "fail"),
        ({"out": {"word": "0000"}}, "fail"),
        ({"out": {"word": "0"}}, "fail"),
        ({"out": {"word": "00", "more": 1}}, "fail"),
        ({"nothing": 1}, "fail"),
    ]:
        with pytest.raises(NoAnswer) as nothing:
            saying(said)()
        assert nothing.value.verdict == verdict
    with pytest.raises(Unsupported, match="cannot be written"):
        remote().cover(group, 256, 3)


def test_a_remote_program_that_dies_loses_its_states_and_nothing_else():
    with Process(tally("dies", "4"), watchdog=5) as program:
        program.describe()
        remote = Remote(program, "tally", MASKS, MODELS.get)
        state, total = remote.add(remote.count(9), 4)
        with pytest.raises(Lost, match="exit status 3; its log ends: boom"):
            remote.add(state, 2)
        state, total = remote.add(state, 2)
        assert total == 6
