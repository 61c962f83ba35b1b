"""Shmatikov's linked paths, by closed forms in rationals and by Storm's sparse engine in doubles, timed in one run.

`python compare.py [seconds]`, where both anonspec and stormpy are installed. Both are asked the same three chances of
20 honest members: that the initiator, that another, that anybody was seen at least twice. The number of paths grows
until Storm needs more than so many seconds (45) to build the chain and check it; then the closed forms go on alone.

Each row is two fresh processes. Memory is what a process comes to hold above what it holds after its imports: for Storm
by the system's count of its resident pages; for the closed forms, which are too small for that, by Python's of
allocated bytes, in a second pass. Times are those of one pass for Storm and the mean of many for the closed forms.
"""

import importlib
import json
import resource
import subprocess
import sys
import time
import tracemalloc
from fractions import Fraction
from typing import Any

HONEST, FIRST, BAD_HOP, FORWARD = 20, 4, "0.091", "0.8"
ALONE = 100
"""Paths that only the closed forms are asked about."""


def forms(paths: int) -> dict[str, Any]:
    from anonlaws.crowds import formulas

    model = (HONEST, Fraction(BAD_HOP), Fraction(FORWARD), paths)

    def asked() -> list[Fraction]:
        return [formulas.positive(*model), formulas.false_positive(*model), formulas.anybody_twice(*model)]

    times, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < 1:
        found = asked()
        times += 1
    tracemalloc.start()
    asked()
    peak = tracemalloc.get_traced_memory()[1]
    return {"seconds": took / times, "bytes": peak, "found": [float(chance) for chance in found]}


def storm(paths: int) -> dict[str, Any]:
    importlib.import_module("stormpy")  # not to be timed
    from freeze import SEEN, built, checked  # type: ignore[import-not-found,unused-ignore] # it stands beside

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    model, asked = built(
        float, "crowds", {"M": HONEST, "RUNS": paths, "B": BAD_HOP, "PF": FORWARD}, list(SEEN.values())
    )
    ready = time.perf_counter()
    found = checked(model, asked)
    done = time.perf_counter()
    return {
        "seconds": done - started,
        "build": ready - started,
        "check": done - ready,
        "bytes": 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before),
        "states": model.nr_states,
        "found": found,
    }


def alone(who: str, paths: int) -> dict[str, Any]:
    """What this script says in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, who, str(paths)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    answer: dict[str, Any] = json.loads(done.splitlines()[-1])  # Storm may have warned before
    return answer


def compare(limit: float) -> None:
    say(f"{HONEST} honest members, b = {BAD_HOP}, pf = {FORWARD}\n")
    say("paths     states   build s   check s    Storm s  Storm MiB   forms ms  forms KiB  times as long  memory")
    paths, last = FIRST, 0.0
    while last <= limit:
        ours, theirs = alone("forms", paths), alone("storm", paths)
        assert all(abs(a - b) < 1e-6 for a, b in zip(ours["found"], theirs["found"], strict=True)), (ours, theirs)
        last = theirs["seconds"]
        say(
            f"{paths:5} {theirs['states']:10,} {theirs['build']:9.2f} {theirs['check']:9.2f} {last:10.2f} "
            f"{theirs['bytes'] / 2**20:10.1f} {1000 * ours['seconds']:10.3f} {ours['bytes'] / 2**10:10.1f} "
            f"{last / ours['seconds']:14,.0f} {theirs['bytes'] / ours['bytes']:7,.0f}"
        )
        paths += 1
    ours = alone("forms", ALONE)
    say(f"{ALONE:5}{'':53}{1000 * ours['seconds']:10.3f} {ours['bytes'] / 2**10:10.1f}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["forms", paths]:
            say(json.dumps(forms(int(paths))))
        case ["storm", paths]:
            say(json.dumps(storm(int(paths))))
        case [limit]:
            compare(float(limit))
        case _:
            compare(45)
