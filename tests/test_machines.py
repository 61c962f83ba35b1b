"""Walks of a role: what they catch that no vector does, whom they blame, and what is kept of what they found."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anonlaws import check, conform, law, machines
from anonref import crowds, dcnet, mix, sgmix
from anonref.serve import REFERENCE, Server
from anonspec.harness.model import Case
from anonspec.shape import Reject
from test_mix import BENIGN
from test_sgmix import VARIANTS

STATEFUL = ("dcnet", "crowds", "mix", "sgmix", "reply", "cascade")
ALL_WANTED = "ANONSPEC_ALL_FAULTS" in os.environ
"""Whether all faults are walked, some minutes long, or each seventh."""


def program_of(chapter: str, functions: Any) -> conform.InProcess:
    """The reference with another chapter in it, as a program of its own."""
    program = conform.InProcess(replace(REFERENCE, chapters={**REFERENCE.chapters, chapter: functions}).answer)
    program.describe()
    return program


def sound() -> conform.InProcess:
    program = conform.InProcess(replace(REFERENCE).answer)
    program.describe()
    return program


def trials(program: conform.Program, chapter: str) -> Iterator[machines.Trial]:
    """Each of the chapter's roles that the program has, ready to be walked beside the reference."""
    oracle = sound()
    for name in conform.chapter_model(chapter).ROLES:
        pool = machines.pool(chapter, name, frozenset(program.capabilities), check.loaded(chapter))
        if isinstance(pool, machines.Pool):
            yield machines.Trial(pool, program, oracle)


def found(program: conform.Program, chapter: str, walks: int) -> machines.Counterexample | None:
    walked = (machines.tried(trial, walks=walks) for trial in trials(program, chapter))
    return next((each for each in walked if each), None)


def in_vectors(program: conform.Program, chapter: str) -> list[str]:
    """The vectors that the program does not pass."""
    return [case.name for case in check.loaded(chapter) if conform.run_case(program, case).verdict != "pass"]


# ---- faults that no vector shows ----


def loses_its_memory_at_the_25th(net: Any, state: Any, message: bytes) -> Any:
    after, sends = net.arrive(state, message)
    return (after.model_copy(update={"memory": frozenset()}) if len(after.memory) == 25 else after), sends


def fires_late_the_seventh_time(net: Any, state: Any) -> Any:
    after, sends = net.tick(state)
    if sends and after.flush == 7:
        after = after.model_copy(update={"elapsed": 1})
    return after, sends


def restarts_with_a_full_timer(net: Any, state: Any) -> Any:
    """A restart within a period of which more than two ticks have passed."""
    after, none = net.restart(state)
    return (after.model_copy(update={"elapsed": 0}) if after.elapsed > 2 else after), none


def remembers_five(net: Any, remembered: Any, clock: int) -> Any:
    return net.forget(remembered, clock)[-5:]


def sorts_pairs_only(net: Any, held: Any, clock: int) -> Any:
    left, stay = net.leave(held, clock)
    same = [one.at for one in left]
    return (left[::-1] if len(left) > 3 and len(set(same)) < len(same) - 1 else left), stay


def numbers_paths_by_threes(net: Any, state: Any, back: Any) -> Any:
    after, on = net.form(state, back)
    return (after.model_copy(update={"formed": 0}) if after.formed == 3 else after), on


def otherwise(module: Any, **functions: Callable[..., Any]) -> Any:
    """The module with functions that only a caller from outside meets."""
    return SimpleNamespace(**{**vars(module), **functions, "__name__": module.__name__})


def taken_up_under_a_new_key(record: str) -> Any:
    return mix.resume(record).model_copy(update={"memory": frozenset()})


def taken_up_at_once(record: str) -> Any:
    return sgmix.resume(record).model_copy(update={"clock": 0})


def with_fault(module: Any, replaces: str, by: Callable[..., Any]) -> Any:
    return law.variant(module, law.Fault(by.__name__, "MIX-1", replaces, by, ""))


class Counting:
    """A server that goes wrong by what it was told, not by what its subjects are."""

    def __init__(self) -> None:
        self.server: Server = replace(REFERENCE)
        self.refused: dict[str, int] = {}

    def answer(self, question: Any) -> Any:
        said = self.server.answer(question)
        for result in said.get("results", ()):
            name = question["subject"]
            self.refused[name] = self.refused.get(name, 0) + 1 if "reject" in result else 0
            if self.refused[name] == 2:  # two refusals in a row, and a tick is lost
                self.server.answer({"cmd": "run", "subject": name, "events": [{"tick": {}}]})
        return said


class OnceForABatch(Counting):
    """In a batch of more than 45 events the answer to the 46th is that to the one before."""

    def answer(self, question: Any) -> Any:
        said = self.server.answer(question)
        if len(said.get("results", ())) > 45:
            said["results"][45] = said["results"][44]
        return said


def as_program(server: Any) -> conform.InProcess:
    program = conform.InProcess(server.answer)
    program.describe()
    return program


SUBTLE: dict[str, tuple[str, Callable[[], conform.InProcess]]] = {
    "a memory lost at the 25th message": (
        "mix",
        lambda: program_of("mix", with_fault(mix, "arrive", loses_its_memory_at_the_25th)),
    ),
    "a timer that is late after the seventh flush": (
        "mix",
        lambda: program_of("mix", with_fault(mix, "tick", fires_late_the_seventh_time)),
    ),
    "a restart that forgets three ticks": (
        "mix",
        lambda: program_of("mix", with_fault(mix, "restart", restarts_with_a_full_timer)),
    ),
    "a timer that goes on after two refusals": ("mix", lambda: as_program(Counting())),
    "a batch in which one event is missed": ("mix", lambda: as_program(OnceForABatch())),
    "taken up elsewhere without its memory": (
        "mix",
        lambda: program_of("mix", otherwise(mix, resume=taken_up_under_a_new_key)),
    ),
    "taken up elsewhere before its time": (
        "sgmix",
        lambda: program_of("sgmix", otherwise(sgmix, resume=taken_up_at_once)),
    ),
    "a memory of five": ("sgmix", lambda: program_of("sgmix", with_fault(sgmix, "forget", remembers_five))),
    "three in one moment out of order": (
        "sgmix",
        lambda: program_of("sgmix", with_fault(sgmix, "leave", sorts_pairs_only)),
    ),
    "paths numbered by threes": (
        "crowds",
        lambda: program_of("crowds", with_fault(crowds, "form", numbers_paths_by_threes)),
    ),
}
"""Programs that pass every vector of the chapter, and are wrong."""


if __name__ == "__main__":
    for name, (chapter, make) in SUBTLE.items():
        missed = in_vectors(make(), chapter)
        if missed:
            print(name, missed[:4])
            continue
        f = found(make(), chapter, int(sys.argv[1]))
        print(name, missed[:4], f and (f.way, len(f.steps), f.difference.note))
