"""Drivers that are wrong in one way each, and the examination that the right one passes and they do not.

A driver is a pair of modules, conform.py and check.py; a wrong one is a copy of both in which something was replaced.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from anonlaws import check, conform, law, wrong_programs
from anonlaws import profile as frozen
from anonlaws.law import fault
from anonspec.harness.model import Case, Expected

Json = dict[str, Any]
Driver = Any
"""A copy of conform.py."""
Gather = Any
"""A copy of check.py, which uses the copy of conform.py."""

CHAPTER = "dcnet"
PROFILE = "dcnet-three@1"
"""What the drivers are tried on."""

# ---- the examination: each question gives what is wrong with the driver, or nothing ----


def answer_of() -> Callable[[Json], Json]:
    """The reference's answers, with no subjects running."""
    answer: Callable[[Json], Json] = replace(check.subject("anonref")).answer
    return answer


def asking(driver: Driver, answer: Callable[[Json], Json]) -> Any:
    """A program in this process that has described itself."""
    program = driver.InProcess(answer)
    program.describe()
    return program


def saying(driver: Driver, said: Json) -> Any:
    """A program that answers to `run` with what is in `said` then, and to all else as it should."""
    right = answer_of()
    return asking(driver, lambda asked: {"id": asked["id"], **said} if asked["cmd"] == "run" else right(asked))


def every_case_is_put_and_passes(driver: Driver, gather: Gather) -> str:
    """The reference passes each case of the chapter, in the order of the files."""
    lines = list(
        gather.check_program(
            driver.InProcess(answer_of()), [], [CHAPTER], ["vectors"], lambda _: True, 0, lambda _: None
        )
    )
    if missing := [case.name for case in conform.load(CHAPTER) if case.name not in [line.name for line in lines]]:
        return f"{missing[0]} was not put"
    bad = [line for line in lines if line.verdict != "pass" or not line.good or not line.counts]
    return f"{bad[0].name}: {bad[0].verdict}: {bad[0].note}" if bad else ""


def nothing_but_the_question_is_asked(driver: Driver, _: Gather) -> str:
    """A question has what the case asks, a fresh id, and nothing else."""
    asked: list[Json] = []
    right = answer_of()

    def answer(question: Json) -> Json:
        asked.append(question)
        return right(question)

    program = asking(driver, answer)
    for case in check.loaded(CHAPTER):
        asked.clear()
        driver.run_case(program, case)
        plain = [
            {**question, "id": each.get("id"), "subject": each.get("subject")}
            for (question, _), each in zip(conform._steps(case, ""), asked, strict=False)
        ]
        if any({"subject": None, **each} != one for each, one in zip(asked, plain, strict=True)):
            return f"{case.name} was asked with more than stands in it"
        if len({json.dumps(each["id"]) for each in asked}) < len(asked):
            return f"{case.name} was asked under one id twice"
    return ""


def what_is_not_declared_is_not_asked(driver: Driver, gather: Gather) -> str:
    """Cases that need a capability that the program lacks are not put, and count for nothing."""
    asked: list[Json] = []
    right = answer_of()

    def answer(question: Json) -> Json:
        asked.append(question)
        said = right(question)
        if question["cmd"] == "describe":
            said["capabilities"] = {name: {} for name in said["capabilities"] if name != "dcnet.graph"}
        return said

    program = asking(driver, answer)
    for case in check.loaded(CHAPTER):
        if "dcnet.graph" in case.needs:
            asked.clear()
            line = gather.vector_line(CHAPTER, driver.run_case(program, case), "")
            if asked:
                return f"{case.name} was put to a program without dcnet.graph"
            if line.verdict != "na" or line.counts:
                return f"{case.name} counts as {line.verdict}"
    return ""


def a_changed_expectation_is_not_met(driver: Driver, _: Gather) -> str:
    """The reference fails each case of which a part of the expectation was changed."""
    program = asking(driver, answer_of())
    for case in check.loaded(CHAPTER):
        for place, changed in conform.mutations(case):
            if (verdict := driver.run_case(program, changed).verdict) != "fail":
                return f"{case.name}: {verdict} with another {place}"
    return ""


def values_are_told_apart(driver: Driver, _: Gather) -> str:
    """5, 5.0, "5", and for 1 and 0 also a truth value, are not the same; nor is an `out` with one member more."""
    said: Json = {}
    program = saying(driver, said)
    for case in check.loaded(CHAPTER):
        if case.ask is None or not isinstance(case.expect, Expected) or case.expect.out is None:
            continue
        out = case.expect.out
        others = [{**out, "more": 0}, {}]
        for name, value in out.items():
            if type(value) is int:
                others += [{**out, name: float(value)}, {**out, name: str(value)}]
                others += [{**out, name: bool(value)}] if value in (0, 1) else []
        for other in others:
            said["out"] = other
            if (verdict := driver.run_case(program, case).verdict) != "fail":
                return f"{case.name}: {verdict} with {json.dumps(other)}"
    return ""


def what_is_free_has_its_form(driver: Driver, _: Gather) -> str:
    """A seal may have any digits, and has its length; a text that is none is none."""
    said: Json = {}
    program = saying(driver, said)
    case, place, name = next(
        (case, place, each.free[0])
        for case in check.loaded("mix")
        if not isinstance(case.expect, Expected)
        for place, each in enumerate(case.expect.results)
        if each.free and each.out and isinstance(each.out.get(each.free[0]), str)
    )
    assert not isinstance(case.expect, Expected)
    outs = [each.model_dump(exclude_defaults=True) for each in case.expect.results]
    example = outs[place]["out"][name]
    for value, good in ((example[::-1], True), (example[2:], False), ("xy" * (len(example) // 2), False), ([], False)):
        results = [{key: each[key] for key in ("out", "reject") if key in each} for each in outs]
        results[place] = {"out": {**outs[place]["out"], name: value}}
        said["results"] = results
        if (driver.run_case(program, case).verdict == "pass") is not good:
            return f"{case.name}: {'not ' if good else ''}passed with {str(value)[:12]!r} for what is free"
    return ""


def answers_of_another_kind_are_told_apart(driver: Driver, gather: Gather) -> str:
    """`error` is a failure, `unsupported` what was not tested; and a breakdown is not a fault that was noticed."""
    case = next(case for case in check.loaded(CHAPTER) if case.ask and not case.refused)
    for said, verdict in (
        ({"error": {"message": "sorry"}}, "fail"),
        ({"unsupported": "it"}, "untestable"),
        ({"results": [{"out": {}}]}, "fail"),
        ({"out": {}, "reject": {"clause": "DCN-1"}}, "fail"),
        ({}, "fail"),
    ):
        outcome = driver.run_case(saying(driver, said), case)
        if outcome.verdict != verdict:
            return f"{json.dumps(said)}: {outcome.verdict}"
        if "error" in said and gather.noticed(outcome):
            return "a breakdown counts as noticed"
    return ""


@cache
def found_out(one: law.Fault) -> tuple[str, str, str]:
    """By what the right driver finds out a wrong program."""
    return wrong_programs.found_out(one)


@cache
def reasons() -> dict[str, tuple[str, str, str]]:
    """By which case, where and with which words the right driver catches each fault of the chapter."""
    return {each.name: reason(check, each) for each in check.laws_of(CHAPTER).FAULTS}


def reason(gather: Gather, one: law.Fault) -> tuple[str, str, str]:
    """The same of one fault and any driver."""
    spoiled = law.variant(check.subject("anonref").chapters[CHAPTER], one)
    caught = gather.caught_by("anonref", CHAPTER, one, spoiled)
    return (caught.case.name, caught.where, caught.note) if caught else ("", "", "not caught")


def faults_are_caught_for_their_reasons(_: Driver, gather: Gather) -> str:
    """Each faulty implementation is caught by the case, and for the reason, that is predicted."""
    for one in check.laws_of(CHAPTER).FAULTS:
        if (told := reason(gather, one)) != (should := reasons()[one.name]):
            return f"{one.name}: {' '.join(filter(None, told))}; should be {' '.join(filter(None, should))}"
    return ""


def wrong_programs_are_found_out(driver: Driver, _: Gather) -> str:
    """Each program that breaks a clause of this chapter is found out."""
    for one in wrong_programs.FAULTS:
        if (told := wrong_programs.found_out(one, driver)) != (should := found_out(one)):
            return f"{one.name}: {told[2]}; should be: {should[2]}"
    return ""


def long_questions_are_not_asked(driver: Driver, _: Gather) -> str:
    """A question is not longer than a line may be."""
    with driver.Process(["cat"], watchdog=60) as program:
        try:
            program.ask({"data": "0" * 2**24})
        except driver.SuiteError:
            return ""
    return "a question of more than 16 MiB was asked"


def few(process: Any, driver: Driver, many: int = 4) -> list[tuple[str, str]]:
    """Verdicts and notes of a few cases of framing, the first of them again and again if they are not enough."""
    cases = [case for case in check.loaded(CHAPTER) if case.name.startswith("frame/")]
    outcomes = [driver.run_case(process, case) for case in itertools.islice(itertools.cycle(cases), many)]
    return [(outcome.verdict, outcome.note) for outcome in outcomes]


def right_programs_pass_through_pipes(driver: Driver, _: Gather) -> str:
    """One that watches its driver, one that is slow, and one that logs and ends as if it had failed, and is right."""
    for name in ("watchful", "slow", "floods_stderr"):
        try:
            with driver.Process(wrong_programs.command_of(name), watchdog=60) as program:
                program.describe()
                said = few(program, driver)
        except driver.ProgramBroken as broken:
            return f"{name}: {broken}"
        if bad := next((each for each in said if each[0] != "pass"), None):
            return f"{name}: {bad[0]}: {bad[1].partition(';')[0]}"
        if program.lingered:
            return f"{name}: said not to have ended"
    return ""


def greetings_are_not_relied_on(driver: Driver, _: Gather) -> str:
    """A program that answers only to whom it has described itself is found out."""
    with driver.Process(wrong_programs.command_of("needs_a_greeting"), watchdog=60) as program:
        try:
            driver.probe(program, [CHAPTER], check.loaded(CHAPTER))
        except driver.ProgramBroken as broken:
            return "" if "HP-14" in str(broken) else str(broken)
    return "needs_a_greeting was not found out"


def a_lost_program_is_started_again_ten_times(driver: Driver, _: Gather) -> str:
    """One that ends at its third question costs that case, and is not started a twelfth time."""
    with driver.Process(["sh", "-c", DYING], watchdog=60) as program:
        program.described = conform.InProcess(answer_of()).describe()
        said = [verdict for verdict, _ in few(program, driver, 28)]
    predicted = ["fail", "fail", "crash"] * 8 + ["fail", "fail", "crash", "fail"]
    if said != predicted:
        return "one that ends at its third question is not started again as it should be"
    with driver.Process(["false"], watchdog=60) as program:
        program.described = conform.InProcess(answer_of()).describe()
        began = few(program, driver, 14)
    if [verdict for verdict, _ in began] != ["crash"] * 14:
        return "one that ends at once does not cost its case"
    again = sum("not started again" not in note for _, note in began)
    return "" if again == 11 else f"started {again} times"


def silence_ends(driver: Driver, _: Gather) -> str:
    """A program that says nothing gets as long as it is said, and no longer; the verdict is `timeout`."""
    began = time.monotonic()
    with driver.Process(["sleep", "60"], watchdog=1.5) as program:
        program.described = conform.InProcess(answer_of()).describe()
        said = [verdict for verdict, _ in few(program, driver, 2)]
    if said != ["timeout", "timeout"]:
        return f"silence: {' '.join(said)}"
    return "" if 3.0 <= time.monotonic() - began < 60 else "silence was not borne for as long as was said"


def a_frozen_case_is_what_it_was(_: Driver, gather: Gather) -> str:
    """No run begins with a profile of which a case was changed or is gone, and one does with all others."""
    sound = frozen.profiles()[PROFILE]
    first = next(iter(sound.cases))
    changed = sound.model_copy(update={"cases": {**sound.cases, first: "0" * 16}})
    gone = sound.model_copy(update={"cases": {**sound.cases, "no_such_case": "0" * 16}})
    for profile, wrong in ((sound, ""), (changed, "changed"), (gone, "gone")):
        try:
            of_profiles(gather).scope(profile)
        except conform.SuiteError as error:
            if not wrong:
                return str(error)
        else:
            if wrong:
                return f"a case that is {wrong} was not noticed"
    return ""


def a_profile_is_all_of_it(_: Driver, gather: Gather) -> str:
    """What is required and not declared fails; what was added later is not scored; all else is."""
    sound, driver = frozen.profiles()[PROFILE], of_profiles(gather)
    lacking = [line.name for line in driver.lacking(sound, sound.requires[1:]) if not line.good and line.counts]
    if lacking != [f"requires/{sound.requires[0]}"]:
        return f"{sound.requires[0]} was not missed"
    line = gather.Line(sound.chapter, "vectors", next(iter(sound.cases)), (), "fail", False)
    if driver.scored(sound, line).standing:
        return "a case of the profile was not scored"
    if not driver.scored(sound, replace(line, name="later")).standing:
        return "a case that was added later was scored"
    return ""


def of_profiles(gather: Gather) -> Any:
    """The part of a driver that knows profiles: profile.py, or the copy that goes with a copy of check.py."""
    return getattr(gather, "frozen", frozen)


DYING = r"""for id in 1 2
do read -r line; id=${line#*'"id":'}; printf '{"id":%s,"out":{}}\n' "${id%%,*}"
done; read -r line"""
"""A shell's program that answers two questions, wrongly, and ends at the third."""

EXAMINATION = (
    every_case_is_put_and_passes,
    nothing_but_the_question_is_asked,
    what_is_not_declared_is_not_asked,
    a_changed_expectation_is_not_met,
    a_frozen_case_is_what_it_was,
    a_profile_is_all_of_it,
    values_are_told_apart,
    what_is_free_has_its_form,
    answers_of_another_kind_are_told_apart,
    long_questions_are_not_asked,
    silence_ends,
    a_lost_program_is_started_again_ten_times,
    faults_are_caught_for_their_reasons,
    wrong_programs_are_found_out,
    greetings_are_not_relied_on,
    right_programs_pass_through_pipes,
)
"""In this order, the quick ones first."""


def examined(driver: Driver = conform, gather: Gather = check) -> Iterator[tuple[str, str]]:
    """What each question of the examination finds wrong with a driver, nothing if it finds nothing."""
    for question in EXAMINATION:
        try:
            yield question.__name__, " ".join(question(driver, gather).split())
        except Exception as error:  # noqa: BLE001 - whatever a wrong driver does, it does something wrong
            yield question.__name__, f"{type(error).__name__}: {error}"


# ---- wrong drivers: each takes copies of conform.py and check.py and spoils them ----


@fault("HP-7", "Program.ask")
def NumbersAllAlike(driver: Driver, _: Gather) -> None:
    """All questions have the id 1."""
    whole = driver.Program.ask
    driver.Program.ask = lambda program, question: whole(program, {**question, "id": 1})


@fault("HP-7", "to_json")
def WritesOnSeveralLines(driver: Driver, _: Gather) -> None:
    """Questions are laid out for people to read."""
    driver.to_json = lambda value: json.dumps(value, indent=1).encode()


@fault("HP-7", "LINE_LIMIT")
def WritesLongLines(driver: Driver, _: Gather) -> None:
    """Lines may be as long as they like."""
    driver.LINE_LIMIT = 2**40


@fault("HP-8", "Process._write")
def AsksBeforeTheAnswer(driver: Driver, _: Gather) -> None:
    """The next question is on its way before the last one was answered."""
    whole = driver.Process._write
    more = b'{"id":"more","cmd":"describe","hp":[1]}\n'
    driver.Process._write = lambda program, data: whole(program, memoryview(bytes(data) + more)) and data[:0]


@fault("HP-8", "Process.__init__")
def HasNoPatience(driver: Driver, _: Gather) -> None:
    """Whatever patience it was told to have, it has a twentieth of a second."""
    whole = driver.Process.__init__
    driver.Process.__init__ = lambda program, command, **_about: whole(program, command, watchdog=0.05)


@fault("HP-9", "Process._exchange")
def ReadsTheLog(driver: Driver, _: Gather) -> None:
    """What is logged is taken for a failure."""
    whole = driver.Process._exchange

    def exchange(program: Any, request: Json) -> Any:
        said = whole(program, request)
        if b"lost" in program.log:
            raise driver.NoAnswer("crash", "it logged that all is lost")
        return said

    driver.Process._exchange = exchange


@fault("HP-9", "Process._end")
def JudgesByTheStatus(driver: Driver, _: Gather) -> None:
    """A program that ends with another status than 0 is said not to have ended as it should."""
    whole = driver.Process._end

    def end(program: Any, patience: float) -> Any:
        status = whole(program, patience)
        program.lingered = program.lingered or status not in (None, 0)
        return status

    driver.Process._end = end


@fault("HP-26", "_steps")
def GivesHints(driver: Driver, _: Gather) -> None:
    """What is expected is sent along with the question."""
    whole = driver._steps

    def steps(case: Case, subject: str) -> Any:
        return [
            ({**question, "expect": case.expect.model_dump()}, expected) for question, expected in whole(case, subject)
        ]

    driver._steps = steps


@fault("HP-27", "_missing")
def AsksForEverything(driver: Driver, _: Gather) -> None:
    """Cases are put whatever the program declares."""
    driver._missing = lambda _program, _case: []


@fault("HP-27", "run_case")
def CountsWhatIsMissing(driver: Driver, _: Gather) -> None:
    """A case that does not apply counts as passed."""
    whole = driver.run_case

    def run_case(*given: Any) -> Any:
        outcome = whole(*given)
        return replace(outcome, verdict="pass") if outcome.verdict == "na" else outcome

    driver.run_case = run_case


@fault("HP-28", "difference")
def TakesAnyAnswer(driver: Driver, _: Gather) -> None:
    """No answer differs from what is expected."""
    driver.difference = lambda *_given: None


@fault("HP-28", "_another")
def TakesAnyValue(driver: Driver, _: Gather) -> None:
    """What is done is right."""
    driver._another = lambda _expected, _out: ""


@fault("HP-28", "_another")
def TakesWhatPythonTakes(driver: Driver, _: Gather) -> None:
    """Values are the same if Python finds them equal."""
    whole = driver._another
    driver._another = lambda expected, out: "" if expected.out == out else whole(expected, out)


@fault("HP-28", "_alike")
def TakesAnyForm(driver: Driver, _: Gather) -> None:
    """What is free may be anything."""
    driver._alike = lambda _example, _seen: True


@fault("HP-28", "difference")
def TakesAnyClause(driver: Driver, _: Gather) -> None:
    """A refusal is right whatever clause it names."""
    whole = driver.difference

    def difference(case: Case, where: str, expected: Any, answer: Any) -> Any:
        found = whole(case, where, expected, answer)
        return None if found and "not by" in found.note else found

    driver.difference = difference


@fault("HP-28", "difference")
def TakesAnyCulprit(driver: Driver, _: Gather) -> None:
    """A refusal is right whoever is blamed."""
    whole = driver.difference

    def difference(*given: Any) -> Any:
        found = whole(*given)
        return None if found and found.note == "another culprit" else found

    driver.difference = difference


@fault("HP-28", "difference")
def LooksAtTheFirstResult(driver: Driver, _: Gather) -> None:
    """Of the results of a batch only the first is compared."""
    whole = driver.difference

    def difference(case: Case, where: str, expected: Any, answer: Any) -> Any:
        if isinstance(expected, tuple) and "results" in answer:
            return whole(case, where, expected[:1], {**answer, "results": answer["results"][:1]})
        return whole(case, where, expected, answer)

    driver.difference = difference


@fault("HP-28", "difference")
def TakesABreakdownForUntested(driver: Driver, _: Gather) -> None:
    """A program that failed at a question was not tested."""
    whole = driver.difference

    def difference(*given: Any) -> Any:
        found = whole(*given)
        return replace(found, verdict="untestable") if found and "the program failed" in found.note else found

    driver.difference = difference


@fault("HP-28", "difference")
def SwapsReasons(driver: Driver, _: Gather) -> None:
    """What is wrong is said the wrong way round."""
    whole = driver.difference
    swapped = {"another value": "done what has to be refused", "done what has to be refused": "another value"}

    def difference(*given: Any) -> Any:
        found = whole(*given)
        return replace(found, note=swapped.get(found.note, found.note)) if found else None

    driver.difference = difference


@fault("HP-29", "Process.__init__")
def NeverStartsAgain(driver: Driver, _: Gather) -> None:
    """A program that was lost is not started again."""
    whole = driver.Process.__init__
    driver.Process.__init__ = lambda program, command, watchdog: whole(program, command, watchdog=watchdog, restarts=0)


@fault("HP-29", "Process.__init__")
def StartsForEver(driver: Driver, _: Gather) -> None:
    """A program that was lost is started again however often that happens."""
    whole = driver.Process.__init__
    driver.Process.__init__ = lambda program, command, watchdog: whole(
        program, command, watchdog=watchdog, restarts=999
    )


@fault("HP-29", "run_case")
def BlamesSilence(driver: Driver, _: Gather) -> None:
    """A case that got no answer has failed."""
    whole = driver.run_case

    def run_case(*given: Any) -> Any:
        outcome = whole(*given)
        return replace(outcome, verdict="fail") if outcome.verdict == "timeout" else outcome

    driver.run_case = run_case


@fault("HP-30", "probe")
def BelievesEverything(driver: Driver, _: Gather) -> None:
    """A program's word is enough."""
    driver.probe = lambda program, *_given: program.describe()


@fault("HP-30", "_unanswerable")
def AsksWhatIsKnown(driver: Driver, _: Gather) -> None:
    """No question is asked that has to be unsupported."""
    driver._unanswerable = lambda *_given: iter(())


@fault("HP-30", "_ask_again")
def AsksOnce(driver: Driver, _: Gather) -> None:
    """No question is asked twice, and none with a member that is new."""
    driver._ask_again = lambda _program, _case: None


@fault("HP-30", "_run_beside")
def LooksAtOneSubject(driver: Driver, _: Gather) -> None:
    """No two subjects run, and none is begun anew."""
    driver._run_beside = lambda _program, _case: None


@fault("HP-30", "_ask_ungreeted")
def AlwaysGreets(driver: Driver, _: Gather) -> None:
    """No process is asked anything before it was asked what it is."""
    driver._ask_ungreeted = lambda _program, _case: None


@fault("HP-27", "cases_of")
def SkipsTheLastCase(_: Driver, gather: Gather) -> None:
    """The last case of a chapter is left out."""
    whole = gather.cases_of
    gather.cases_of = lambda *of: whole(*of)[:-1]


@fault("HP-28", "noticed")
def CountsBreakdowns(_: Driver, gather: Gather) -> None:
    """A fault counts as noticed when the program broke down over it."""
    gather.noticed = lambda outcome: outcome.verdict == "fail"


@fault("HP-31", "frozen.scope")
def TakesWhateverIsThere(_: Driver, gather: Gather) -> None:
    """A profile is judged by its cases as they happen to be."""
    gather.frozen.scope = lambda profile: {*profile.cases, *profile.laws}


@fault("HP-32", "frozen.lacking")
def MissesNothing(_: Driver, gather: Gather) -> None:
    """A program of a profile need not have what that requires."""
    gather.frozen.lacking = lambda _profile, _declared: iter(())


@fault("HP-32", "frozen.scored")
def ScoresWhatCameLater(_: Driver, gather: Gather) -> None:
    """A program is judged by cases that were not there when its profile was made."""
    gather.frozen.scored = lambda _profile, line: line


FAULTS = law.gathered(sys.modules[__name__])[1]
"""All of these."""


def turns_red(wrong: law.Fault) -> tuple[str, str]:
    """The first question of the examination that a wrong driver fails, and what is found; nothing if it passes all."""
    driver, gather = law.fresh(conform), law.fresh(check)
    gather.conform, gather.frozen = driver, law.fresh(frozen)
    wrong.by(driver, gather)
    return next((each for each in examined(driver, gather) if each[1]), ("", "not found out"))
