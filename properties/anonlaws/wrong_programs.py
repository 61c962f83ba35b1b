"""Programs that break one clause of chapter harness each, and what the driver has to say of every one.

Those below are the reference's answers, spoiled on their way; those that can only be seen through pipes are the
programs in degenerate/, which the command itself is put to.
"""

import json
import re
import resource
import subprocess
import sys
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from anonlaws import check, conform, law
from anonlaws.law import fault

Json = dict[str, Any]
Right = Any
"""The right program: `answer(question)` answers, and anything may be kept in `kept`, which is empty at first."""

CHAPTERS = ("dcnet", "mix")
"""What the programs are asked about; roles, refusals by clauses and malformed questions are among it."""

# ---- spoiled answers ----


@fault("HP-12", "answer")
def DoesWhatItDoesNotDeclare(right: Right, question: Json) -> Json:
    """It does not declare that it frames messages, and does."""
    said: Json = right.answer(question)
    if question["cmd"] == "describe":
        said["capabilities"] = {name: {} for name in said["capabilities"] if name != "dcnet.frame"}
    return said


@fault("HP-12", "answer")
def DoesAnythingUnknown(right: Right, question: Json) -> Json:
    """It does nothing when it is told to do what it does not know, and says that it is done."""
    said: Json = right.answer(question)
    return {"id": said["id"], "out": {}} if "unsupported" in said else said


@fault("HP-13", "answer")
def DescribesItselfOnlyPlainly(right: Right, question: Json) -> Json:
    """It describes itself otherwise when it is asked with a member that it does not know."""
    said: Json = right.answer(question)
    return {**said, "capabilities": {}} if "unheard_of" in question and "capabilities" in said else said


@fault("HP-13", "answer")
def RefusesWhatIsNew(right: Right, question: Json) -> Json:
    """It refuses an operation with a member that it does not know."""
    if "unheard_of" in question and question["cmd"] == "run":
        return {"id": question["id"], "reject": {"clause": "HP-15"}}
    said: Json = right.answer(question)
    return said


@fault("HP-14", "answer")
def BeginsAgainAtAGreeting(right: Right, question: Json) -> Json:
    """It begins all subjects anew when it is asked what it is."""
    if question["cmd"] == "describe":
        for start in right.kept.values():
            right.answer({**start, "cmd": "stop"})
            right.answer(start)
    said: Json = right.answer(question)
    if "out" in said and question["cmd"] == "start":
        right.kept[question["subject"]] = question
    if "out" in said and question["cmd"] == "stop":
        del right.kept[question["subject"]]
    return said


@fault("HP-15", "answer")
def DoesWhatIsMalformed(right: Right, question: Json) -> Json:
    """It says that it has done what it should have refused for its form."""
    said: Json = right.answer(question)
    return {"id": said["id"], "out": {}} if said.get("reject", {}).get("clause") == "HP-15" else said


@fault("HP-16", "answer")
def RefusesAllForTheirForm(right: Right, question: Json) -> Json:
    """Whatever it refuses it refuses as malformed."""
    said: Json = right.answer(question)
    for each in (said, *said.get("results", ())):
        if "reject" in each and not each["reject"]["clause"].startswith("HP-"):
            each["reject"] = {"clause": "HP-15", "reason": "no"}
    return said


@fault("HP-18", "answer")
def AnswersAsItDidBefore(right: Right, question: Json) -> Json:
    """Every other time it answers an operation as it answered the one before."""
    said: Json = right.answer(question)
    if "op" in question and "out" in said:
        before, right.kept["out"] = right.kept.get("out", {}), said["out"]
        right.kept["odd"] = not right.kept.get("odd")
        return said if right.kept["odd"] else {**said, "out": {**before, "again": True}}
    return said


@fault("HP-19", "answer")
def GoesOnWhereItStopped(right: Right, question: Json) -> Json:
    """A subject that is started under the name of one that was stopped goes on as that one."""
    subject, kept = question.get("subject"), right.kept
    if question["cmd"] == "stop" and subject in kept and not kept[subject]["stopped"]:
        kept[subject]["stopped"] = True
        return {"id": question["id"], "out": {}}
    if question["cmd"] == "start" and subject in kept and kept[subject]["stopped"]:
        kept[subject]["stopped"] = False
        return {"id": question["id"], "out": {}}
    if subject in kept and kept[subject]["stopped"]:
        return {"id": question["id"], "reject": {"clause": "HP-21", "reason": "no such subject"}}
    said: Json = right.answer(question)
    if question["cmd"] == "start" and "out" in said:
        kept[subject] = {"stopped": False}
    return said


@fault("HP-20", "answer")
def StartsOverARunningOne(right: Right, question: Json) -> Json:
    """A subject that is started under the name of a running one takes its place."""
    if question["cmd"] == "start":
        right.answer({**question, "cmd": "stop"})
    said: Json = right.answer(question)
    return said


@fault("HP-20", "answer")
def RefusesANameByAnotherClause(right: Right, question: Json) -> Json:
    """A name in use is refused as malformed."""
    said: Json = right.answer(question)
    return {**said, "reject": {"clause": "HP-15"}} if said.get("reject", {}).get("clause") == "HP-20" else said


@fault("HP-21", "answer")
def StopsWhatDoesNotRun(right: Right, question: Json) -> Json:
    """To stop a subject that does not run is done."""
    said: Json = right.answer(question)
    return {"id": said["id"], "out": {}} if question["cmd"] == "stop" else said


@fault("HP-21", "answer")
def RunsWhatDoesNotRun(right: Right, question: Json) -> Json:
    """Events of a subject that does not run come to nothing."""
    said: Json = right.answer(question)
    nobody = "events" in question and said.get("reject", {}).get("clause") == "HP-21"
    return {"id": said["id"], "results": []} if nobody else said


@fault("HP-22", "answer")
def StopsAtARefusal(right: Right, question: Json) -> Json:
    """After an event that is refused nothing happens any more, and nothing is said."""
    if "events" not in question:
        return dict(right.answer(question))
    results: list[Json] = []
    for event in question["events"]:
        said = right.answer({**question, "events": [event]})
        if "results" not in said:
            return dict(said)
        results += said["results"]
        if "out" not in results[-1]:
            break
    return {"id": question["id"], "results": results}


@fault("HP-23", "answer")
def ForgetsAtARefusal(right: Right, question: Json) -> Json:
    """An event that is refused begins the subject anew."""
    if question["cmd"] == "start":
        right.kept.setdefault(question["subject"], question)
    if "events" not in question:
        return dict(right.answer(question))
    results: list[Json] = []
    for event in question["events"]:
        said = right.answer({**question, "events": [event]})
        if "results" not in said:
            return dict(said)
        results += said["results"]
        if "reject" in results[-1]:
            start = right.kept[question["subject"]]
            right.answer({**start, "cmd": "stop"})
            right.answer(start)
    return {"id": question["id"], "results": results}


@fault("HP-24", "answer")
def TellsOneForTheOther(right: Right, question: Json) -> Json:
    """While two subjects run all events go to the one that was started first."""
    running = right.kept
    if "events" in question and len(running) > 1 and question["subject"] in running:
        question = {**question, "subject": next(iter(running))}
    said: Json = right.answer(question)
    if question["cmd"] == "start" and "out" in said:
        running[question["subject"]] = True
    if question["cmd"] == "stop" and "out" in said:
        del running[question["subject"]]
    return said


@fault("HP-25", "answer")
def KeepsNames(right: Right, question: Json) -> Json:
    """A name that was used once cannot be used again."""
    if question["cmd"] == "start" and question["subject"] in right.kept:
        return {"id": question["id"], "reject": {"clause": "HP-20", "reason": "it was here once"}}
    said: Json = right.answer(question)
    if question["cmd"] == "stop" and "out" in said:
        right.kept[question["subject"]] = True
    return said


FAULTS = law.gathered(sys.modules[__name__])[1]
"""All of these."""


def found_out(wrong: law.Fault, driver: Any = conform) -> tuple[str, str, str]:
    """By what the driver finds a program out, the probe or a case; where; and what it says. By "" if it does not.

    What the program was asked is left out of what is said: names of subjects are new each time.
    """
    right = SimpleNamespace(answer=replace(check.subject("anonref")).answer, kept={})
    program = driver.InProcess(lambda question: wrong.by(right, question))
    cases = [case for chapter in CHAPTERS for case in check.loaded(chapter)]
    try:
        driver.probe(program, CHAPTERS, cases)
    except driver.ProgramBroken as broken:
        return "probe", "", re.sub(r"\{.*[}…]", "…", str(broken))
    for case in cases:
        if (outcome := driver.run_case(program, case)).verdict not in ("pass", "na"):
            return case.id, outcome.where, outcome.note
    return "", "", "not found out"


# ---- programs of their own ----

SECONDS, MEBIBYTES = 120, 512
"""What the command and the program may take, at most."""


@dataclass(frozen=True)
class Degenerate:
    """A program in degenerate/ with its arguments, the clause it breaks, if any, and what the command makes of it.

    `exit` is the command's; `verdicts` those of the cases that pass if the program is right, and of those at which it
    goes wrong, if any gets one; `says` stands in what is said of it. `watchdog` is in seconds.
    """

    command: str
    clause: str
    exit: int
    verdicts: tuple[str, str] = ("", "")
    says: str = ""
    watchdog: float = 30

    @property
    def predicted(self) -> str:
        """In one line."""
        told = "; ".join(filter(None, (", ".join(filter(None, dict.fromkeys(self.verdicts))), self.says)))
        return f"exit {self.exit}: {told}"


DEGENERATE = (
    Degenerate("right", "", 0, ("pass", "pass")),
    Degenerate("floods_stderr", "", 0, ("pass", "pass")),
    Degenerate("watchful", "", 0, ("pass", "pass")),
    Degenerate("accept_all", "HP-12", 3, says="not with unsupported (HP-12)"),
    Degenerate("refuse_all", "HP-12", 3, says="not with unsupported (HP-12)"),
    Degenerate("claims_none", "HP-10", 3, says="it declares no capability (HP-10)"),
    Degenerate("claims_all", "HP-11", 1, ("untestable", "untestable"), "(HP-11)"),
    Degenerate("echo", "HP-10", 3, says="its answer to describe has hp: Input should be 1 (HP-10)"),
    Degenerate("constant", "HP-4", 3, says="answered with id 1 to id 2 (HP-4)"),
    Degenerate("hang", "HP-1", 3, says="no answer within 1 seconds (HP-1", watchdog=1),
    Degenerate("waits_for_the_end", "HP-3", 3, says="within 1 seconds (HP-1; is it flushed? HP-3)", watchdog=1),
    Degenerate("extra_lines", "HP-1", 3, says="wrote more than one line for one question (HP-1)"),
    Degenerate("needs_a_greeting", "HP-14", 3, says="otherwise when it was not asked describe before (HP-14)"),
    Degenerate("leaks_state_between_subjects", "HP-24", 3, says="otherwise when a second subject runs (HP-24)"),
    Degenerate("dies_at_nth 1", "HP-1", 3, says="ended its output; exit status 3; its log ends: boom"),
    Degenerate("dies_later", "HP-1", 1, ("pass", "crash"), "ended its output; exit status 3"),
    Degenerate("hangs_later", "HP-1", 1, ("pass", "timeout"), "no answer within 5 seconds (HP-1", watchdog=5),
    Degenerate("extra_lines_later", "HP-1", 1, ("pass", "crash"), "wrote more than one line for one question (HP-1)"),
    Degenerate("half_a_line", "HP-2", 1, ("pass", "crash"), "ended its output after half a line"),
    Degenerate("garbage_line", "HP-2", 1, ("pass", "crash"), "which is not JSON (HP-2)"),
    Degenerate("wrong_id", "HP-4", 1, ("pass", "crash"), "(HP-4)"),
    Degenerate("endless_line", "HP-5", 1, ("pass", "crash"), "wrote a line of more than 16777216 bytes (HP-5)"),
    Degenerate("deep_json", "HP-5", 1, ("pass", "crash"), "which is nested too deeply (HP-5)"),
    Degenerate("ignores_the_end", "HP-6", 1, ("pass", "pass"), "it did not exit, and was killed (HP-6)", watchdog=5),
)


def command_of(name: str, *arguments: str) -> list[str]:
    """What starts a program in degenerate/."""
    return [sys.executable, "-m", f"anonlaws.degenerate.{name}", *arguments]


def put(one: Degenerate) -> str:
    """What the command `anonspec check` makes of a program, said as `predicted` says it."""
    asked = [
        "check",
        "dcnet",
        "--engine",
        "vectors",
        "--only",
        "frame/short_message",
        "--json",
        "--watchdog",
        str(one.watchdog),
    ]
    whole = [sys.executable, "-m", "anonlaws.cli", *asked, "--", *command_of(*one.command.split())]
    try:
        done = subprocess.run(whole, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {SECONDS} seconds"
    if (used := resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024) > MEBIBYTES:
        return f"{used} MiB of memory"
    lines = json.loads(done.stdout)["lines"] if done.stdout else []
    parts: tuple[set[str], set[str]] = set(), set()
    for line in lines:
        if line["name"] != "requires/the_end":
            parts[line["name"].startswith("unframe/")].add(line["verdict"])
    said = done.stderr + "".join(line["note"] for line in lines if not line["good"])
    others, spoiled = (" and ".join(sorted(part)) for part in parts)
    seen = replace(one, exit=done.returncode, verdicts=(others, spoiled))
    if one.says not in said or "Traceback" in said:
        seen = replace(seen, says=f"{' '.join(said.split()):.300}" or "nothing")
    return seen.predicted
