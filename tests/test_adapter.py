"""Skeletons: every one runs as it is written, refuses what is malformed, and wants only its functions filled in."""

import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anonlaws import adapter, check, conform
from anonlaws.adapter import LANGUAGES, PLANNED
from anonref.serve import REFERENCE

TOOLS = {"python": sys.executable, "node": "node", "c": "cc", "go": "go", "rust": "rustc"}
SUITE = [sys.executable, "-m", "anonlaws.cli"]
Filled = dict[str, str]

SAY_AND_PAYER: dict[str, Filled] = {
    "python": {
        'raise Unsupported("dcnet.say")  # TODO': 'a, b = given["coins"]; return {"said": a ^ b ^ given["paid"]}',
        'raise Unsupported("dcnet.payer")  # TODO': 'return {"one_of_them": sum(given["said"]) % 2}',
    },
    "node": {
        "throw new Unsupported('dcnet.say'); // TODO": "const [a, b] = given.coins; return {said: a ^ b ^ given.paid};",
        "throw new Unsupported('dcnet.payer'); // TODO": "const [a, b, c] = given.said; return {one_of_them: a^b^c}",
    },
    "c": {
        'unsupported("dcnet.say"); // TODO': 'J *coins = get(given, "coins"); return put(value(OBJECT), "said", number('
        'item(coins, 0)->number ^ item(coins, 1)->number ^ (get(given, "paid")->kind == TRUE)));',
        'unsupported("dcnet.payer"); // TODO': 'J *said = get(given, "said"); return put(value(OBJECT), "one_of_them", '
        "number(item(said, 0)->number ^ item(said, 1)->number ^ item(said, 2)->number));",
    },
    "go": {
        'panic(unsupported("dcnet.say")) // TODO': 'coins := given["coins"].([]any); said := integer(coins[0]) ^ '
        'integer(coins[1]); if given["paid"].(bool) { said ^= 1 }; return Fields{"said": said}',
        'panic(unsupported("dcnet.payer")) // TODO': 'said := given["said"].([]any); return Fields{"one_of_them": '
        "integer(said[0]) ^ integer(said[1]) ^ integer(said[2])}",
    },
    "rust": {
        'Err(unsupported("dcnet.say")) // TODO': 'let coins = given.field("coins").list(); Ok(object([("said", J::Int('
        'coins[0].int() ^ coins[1].int() ^ given.field("paid").truth() as i64))]))',
        'Err(unsupported("dcnet.payer")) // TODO': 'let said = given.field("said").list(); Ok(object([("one_of_them", '
        "J::Int(said[0].int() ^ said[1].int() ^ said[2].int()))]))",
    },
}
"""What stands in place of the TODOs of `dcnet.three`."""

COUNTS: dict[str, Filled] = {
    "python": {
        'raise Unsupported("dcnet.reader.begin")  # TODO: return the state': 'return given["round"]',
        'raise Unsupported("dcnet.reader.look")  # TODO: return state, out': 'return state + 1, {"state": state}',
        'raise Unsupported("dcnet.reader.close")  # TODO: return state, out': 'raise Reject("DCN-17", "no")',
    },
    "node": {
        "throw new Unsupported('dcnet.reader.begin'); // TODO: return the state": "return given.round;",
        "throw new Unsupported('dcnet.reader.look'); // TODO: return [state, out]": "return [state + 1, { state }];",
        "throw new Unsupported('dcnet.reader.close'); // TODO: return [state, out]": "throw new Reject('DCN-17', '');",
    },
    "c": {
        'unsupported("dcnet.reader.begin"); // TODO: return the state': 'return get(given, "round");',
        'unsupported("dcnet.reader.look"); // TODO: set *state, return what is put out': "J *out = put(value(OBJECT), "
        '"state", *state); *state = number((*state)->number + 1); return out;',
        'unsupported("dcnet.reader.close"); // TODO: set *state, return what is put out': "*state = number(99); "
        'reject("DCN-17", "no");',
    },
    "go": {
        'panic(unsupported("dcnet.reader.begin")) // TODO: return the state': 'return integer(given["round"])',
        'panic(unsupported("dcnet.reader.look")) // TODO: return state, out': "return state.(int64) + 1, "
        'Fields{"state": state}',
        'panic(unsupported("dcnet.reader.close")) // TODO: return state, out': 'panic(reject("DCN-17", "no"))',
    },
    "rust": {
        'Err(unsupported("dcnet.reader.begin")) // TODO: the state': 'Ok(given.field("round").clone())',
        'Err(unsupported("dcnet.reader.look")) // TODO: the new state, and what is put out': "Ok((J::Int(state.int()+1)"
        ', object([("state", state.clone())])))',
        'Err(unsupported("dcnet.reader.close")) // TODO: the new state, and what is put out': 'Err(reject("DCN-17", '
        '"no", None))',
    },
}
"""A role that is none of the chapter's: it counts the times it was looked at, from its round, and refuses to close."""


JUNK: list[Any] = [None, True, -1, 2**53, "", "A0", "0", "01", "3/4", [], [1], {}, {"x": 1}, {"0": "00"}]


def is_malformed(said: Any) -> bool:
    return bool(said.get("reject", {}).get("clause") == "HP-15")


def put_in(language: str, chapter: str, folder: Path, filled: Filled, declared: Callable[[str], bool]) -> list[str]:
    """The command of a skeleton with these functions and capabilities; built, where the language wants it."""
    if shutil.which(TOOLS[language]) is None:
        pytest.skip(f"{TOOLS[language]} is not installed")
    told = LANGUAGES[language]
    file = folder / told.file.format(chapter)
    quote = "'" if language == "node" else '"'
    capability = re.compile(rf"^(\s*){re.escape(told.comment)}({quote}([a-z0-9.-]+){quote},)", re.MULTILINE)
    whole = capability.sub(
        lambda found: found[1] + found[2] if declared(found[3]) else found[0],
        adapter.skeleton(language, chapter, file),
    )
    for todo, done in filled.items():
        assert whole.count(todo) == 1, todo
        whole = whole.replace(todo, done)
    file.write_text(whole, encoding="utf-8")
    program = file.with_suffix("")
    if told.build:
        command = told.build.format(file=file, program=program)
        warnings = ["-Wall", "-Wextra", "-Werror"] if language == "c" else []
        built = subprocess.run([*command.split(), *warnings], capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
        assert not built.stderr or language == "c"
    run = told.run.format(file=file, program=program).split()
    return [sys.executable, "-I", "-S", *run[1:]] if language == "python" else run


@pytest.fixture(params=list(LANGUAGES))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def checked(chapter: str, command: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    words = [*SUITE, "check", chapter, *more, "--", *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


def test_as_it_is_written_it_runs_and_is_told_what_to_do_next(language: str, tmp_path: Path) -> None:
    done = checked("dcnet", put_in(language, "dcnet", tmp_path, {}, lambda name: False))
    assert done.returncode == 3
    assert done.stderr == "anonspec: it declares no capability (HP-10): let it declare one, and do what belongs to it\n"


def test_a_capability_that_is_filled_in_is_conformant(language: str, tmp_path: Path) -> None:
    command = put_in(language, "dcnet", tmp_path, SAY_AND_PAYER[language], "dcnet.three".__eq__)
    done = checked("dcnet", command, "--json")
    lines = [line for line in json.loads(done.stdout)["lines"] if line["verdict"] != "na"]
    assert done.returncode == 0, done.stderr
    assert {line["clauses"][0] for line in lines if line["engine"] == "vectors"} == {"DCN-4", "DCN-5"}
    assert {line["engine"] for line in lines} == {"vectors", "sample"}


def test_what_is_declared_and_not_filled_in_is_untestable(language: str, tmp_path: Path) -> None:
    done = checked("dcnet", put_in(language, "dcnet", tmp_path, {}, "dcnet.three".__eq__), "--only", "payer/", "--json")
    assert done.returncode == 1
    assert {line["verdict"] for line in json.loads(done.stdout)["lines"]} == {"untestable"}


@pytest.fixture
def counting(language: str, tmp_path: Path) -> Iterator[conform.Process]:
    declared = ("dcnet.reader", "dcnet.mod").__contains__
    with conform.Process(put_in(language, "dcnet", tmp_path, COUNTS[language], declared)) as program:
        yield program
        assert program.starts_left == 10


def test_states_are_kept_as_the_protocol_says(counting: conform.Process) -> None:
    """HP-4, HP-12, HP-13, HP-15 and HP-20 to HP-25, whatever the language."""
    params = {"group": {"kind": "mod", "modulus": "7"}, "members": 3, "round": 5}

    def ask(cmd: str, subject: Any = None, **more: Any) -> Any:
        answer = counting.ask({"cmd": cmd, "subject": subject, "colour": ["blue"], **more})
        assert len(answer) == 2
        for said in (answer, *answer.get("results", [])):
            if "reject" in said:
                said["reject"] = said["reject"]["clause"]
        return {name: said for name, said in answer.items() if name != "id"}

    def start(subject: Any, **more: Any) -> Any:
        return ask("start", subject, role="dcnet.reader", params={**params, **more})

    def run(subject: Any, *events: Any) -> Any:
        return ask("run", subject, events=list(events)).get("results")

    look: Any = {"look": {}}
    odd = 'é"\\\n\u2028\U0001f600\x00x'
    assert ask("dance") == {"unsupported": "dance"}
    assert ask(odd) == {"unsupported": odd}
    assert ask("run", op="dcnet.say") == {"unsupported": "dcnet.say"}
    assert ask("start", "a", role="dcnet.member") == {"unsupported": "dcnet.member"}
    assert start("a", group={"kind": "xor", "bytes": "?"}) == {"unsupported": "dcnet.xor"}
    assert start("a", group={"kind": "odd"}) == start("a", more=1) == start(7) == {"reject": "HP-15"}
    assert start("a", members=True) == start("a", round="5") == start("a", round=-1) == {"reject": "HP-15"}
    assert ask("start", "a", role="dcnet.reader") == {"reject": "HP-15"}
    assert ask("stop", "a") == ask("run", "a", events=[]) == {"reject": "HP-21"}
    assert start("a") == start(odd, round=70) == {"out": {}}
    assert start("a", round=9) == {"reject": "HP-20"}
    assert run("a", look, look) == [{"out": {"state": 5}}, {"out": {"state": 6}}]
    assert run(odd, look) == [{"out": {"state": 70}}]
    batch = [{"close": {}}, {"fold": {}}, {"look": {"x": 1}}, {}, 7, {"look": {}, "close": {}}, look]
    refused = {"reject": "HP-15"}
    assert run("a", *batch) == [
        {"reject": "DCN-17"}, {"unsupported": "fold"}, refused, refused, refused, refused, {"out": {"state": 7}}
    ]  # fmt: skip
    assert ask("run", "a", events={}) == refused
    assert ask("stop", "a") == {"out": {}}
    assert run("a", look) is None
    assert start("a") == {"out": {}}
    assert run("a", look) + run(odd, look) == [{"out": {"state": 5}}, {"out": {"state": 71}}]


@pytest.mark.parametrize("chapter", PLANNED)
def test_what_is_malformed_is_refused_before_anything_is_filled_in(language: str, chapter: str, tmp_path: Path) -> None:
    """Every question of the cases is well-formed to the skeleton, and one with junk in it if it is to the reference."""
    if language in ("go", "rust") and chapter != "dcnet":
        pytest.skip("to build one takes seconds, and the table is the same in all languages")
    with conform.Process(put_in(language, chapter, tmp_path, {}, lambda name: True)) as program:
        program.describe()
        asked = [case for case in check.cases_of(chapter) if case.ask]
        for case in asked[:: max(1, len(asked) // 25)]:
            assert case.ask
            question = {"cmd": "run", "op": case.ask.op, "in": case.ask.in_}
            malformed = isinstance(case.expect, conform.Expected) and case.expect.reject
            expected = "reject" if malformed and malformed.clause == "HP-15" else "unsupported"
            said = program.ask(question)
            assert expected in said or "reject" in said, (case.name, said)
            if not case.refused:
                assert said["unsupported"] == case.ask.op, (case.name, said)
            for spoiled in ({**case.ask.in_, "more": 1}, dict(list(case.ask.in_.items())[1:]), None, []):
                assert program.ask({**question, "in": spoiled})["reject"]["clause"] == "HP-15"
            for name, junk in itertools.product(case.ask.in_, () if case.refused else JUNK):
                spoiled = {**question, "id": name, "in": {**case.ask.in_, name: junk}}
                wrong = [is_malformed(said) for said in (program.ask(spoiled), REFERENCE.answer(spoiled))]
                assert wrong[0] == wrong[1], spoiled
        for case in check.cases_of(chapter):
            if case.start and not case.refused:
                said = program.ask({"cmd": "start", "subject": "a", **case.start.model_dump()})
                assert said.get("unsupported") == f"{case.start.role}.begin", (case.name, said)


def test_every_kind_of_the_models_has_a_kind() -> None:
    for chapter in PLANNED:
        table = adapter.table(chapter)
        assert json.loads(adapter.as_literal(LANGUAGES["python"], table)) == table
    assert adapter.table("mix")["named"].keys() == {"rule.kind", "suite", "seed"}
    assert adapter.table("dcnet")["named"] == {"group.kind": {"xor": "dcnet.xor", "mod": "dcnet.mod"}}


@pytest.mark.parametrize("language", ["python", "node"])
def test_the_tutorial_ends_where_it_says(language: str, tmp_path: Path) -> None:
    """Its edits, in their order, make of the skeleton what its last command says."""
    page = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text("utf-8")
    file = tmp_path / LANGUAGES[language].file.format("dcnet")
    whole = adapter.skeleton(language, "dcnet", file)
    for edit in re.findall(rf"^```diff {language}\n(.+?)^```", page, re.MULTILINE | re.DOTALL):
        old, new = ("".join(line[1:] for line in edit.splitlines(True) if line[0] == sign) for sign in "-+")
        assert whole.count(old) == 1, old
        whole = whole.replace(old, new)
    file.write_text(whole, encoding="utf-8")
    if shutil.which(TOOLS[language]) is None:
        pytest.skip(f"{TOOLS[language]} is not installed")
    done = checked("dcnet", [TOOLS[language], str(file)])
    last = done.stdout.splitlines()[-1].rpartition(";")[0]
    assert last.startswith("dcnet: CONFORMANT — MUST 2 of 2 clauses, 32 clauses not tried, ")
    assert last in page


def new(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = (*SUITE, "adapter", "new", *words)
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


def test_it_is_written_where_it_is_wanted_and_nothing_is_overwritten(tmp_path: Path) -> None:
    done = new("--lang", "node", "crowds", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "check it: anonspec check crowds -- node my_crowds.mjs\n" in done.stdout
    assert (tmp_path / "my_crowds.mjs").read_text("utf-8").startswith("// my_crowds.mjs: answers")
    again = new("--lang", "node", "crowds", folder=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == "anonspec: my_crowds.mjs is there already; --force overwrites it\n"
    assert new("--lang", "node", "crowds", "--force", folder=tmp_path).returncode == 0
    named = new("--lang", "c", "dcnet", "--out", "my net.c", folder=tmp_path)
    assert (
        "check it: cc -std=gnu11 -O2 -o './my net' 'my net.c' && anonspec check dcnet -- './my net'\n" in named.stdout
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--lang", "cobol", "dcnet"], "there is no language 'cobol'; there are: python, node, c, go, rust"),
        (["--lang", "c", "nonsense"], "there is no chapter to be asked 'nonsense'; there are: observer, dcnet,"),
        (["--lang", "c", "harness"], "there is no chapter to be asked 'harness'"),
        (["--lang", "c", "dcnet", "--out", "nowhere/x.c"], "nowhere/x.c: No such file or directory"),
        (["dcnet"], "--lang"),
        (["--lang", "c"], "CHAPTER"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(words: list[str], says: str, tmp_path: Path) -> None:
    done = new(*words, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
