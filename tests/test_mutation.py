"""Mutation testing: what is noticed, by which kind of check, and what is left out by rule."""

import inspect
from types import SimpleNamespace

import pytest

from mutation import judge, page

LINE = 'message, end, zeros = body.rpartition(b"\\x80")'
"""Of `unpad` in anonref/mix.py, which anonref/cascade.py imports by its name."""


@pytest.fixture(scope="module")
def checks() -> list[judge.Check]:
    """Of chapters mix and cascade, those that open what was padded."""
    padded = [case.name for case in judge.loaded("mix") if case.name.startswith("sealed/unpad")]
    received = [case.name for case in judge.loaded("cascade") if case.name.startswith("receive")]
    return [*judge.measured("vectors", "mix", *padded), *judge.measured("vectors", "cascade", *received)]


def verdict(checks: list[judge.Check], becomes: str) -> judge.Verdict:
    source = inspect.getsource(judge.module("mix"))
    assert source.count(LINE) == 1
    mutant = SimpleNamespace(chapter="mix", function="unpad", source=source.replace(LINE, becomes))
    [(judged, said)] = judge.judged([mutant], checks, workers=1)
    assert judged is mutant
    return said


def test_checks_are_tried_where_they_reach_the_function(checks: list[judge.Check]) -> None:
    assert {each.chapter for each in judge.put_to(checks, "mix", "unpad")} == {"mix", "cascade"}
    assert judge.put_to(checks, "mix", "unpad")[0].chapter == "mix"
    assert judge.put_to(checks, "mix", "quota") == []
    assert judge.put_to(checks, "mix", "") == judge.put_to(checks, "mix", "unpad")


def test_a_mutant_is_met_by_the_chapters_that_import_it(checks: list[judge.Check]) -> None:
    abroad = [each for each in checks if each.chapter == "cascade"]
    said = verdict(abroad, LINE.replace("rpartition", "partition"))
    assert (said.verdict, said.by) == ("vectors", "cascade/receive/ends_like_padding")


def test_what_is_no_mutant_survives(checks: list[judge.Check]) -> None:
    assert verdict(checks, LINE).verdict == "survived"


def test_breaking_down_is_told_from_a_wrong_answer(checks: list[judge.Check]) -> None:
    assert verdict(checks, "raise KeyError").verdict == "error"
    assert verdict(checks, "end = body +").verdict == "error"


def test_an_endless_mutant_is_ended(checks: list[judge.Check]) -> None:
    assert verdict(checks[:1], "while True: pass").verdict == "timeout"


def test_a_law_is_a_check_as_well() -> None:
    assert judge.run("sample", "mix", "a_message_is_read_as_it_was_padded") == ""


def test_what_does_not_count() -> None:
    pytest.importorskip("cosmic_ray", reason="the extra `mutation` is not installed")
    from mutation.mutants import changes, meaning

    plain = 'def f(a, b):\n    if a < b:\n        raise Reject("X-1", "a")\n    return zip(a, b)\n'
    same = plain.replace('"a")', 'f"{1 + 1}")').replace("zip(a, b)", "zip(a, b, strict=True)")
    same = same.replace("(a, b):", "(a: int, b: str | None) -> int:")
    assert meaning(plain) == meaning(same)
    assert meaning(plain) != meaning(plain.replace("X-1", "X-2"))
    assert not {name for name, _ in changes("a = b == c") if name.endswith(("_Is", "_IsNot"))}
    assert ("ReplaceComparisonOperator_Eq_NotEq", "a = b != c") in set(changes("a = b == c"))


def test_reasons_are_told_apart() -> None:
    assert all(why.endswith(".") and chapter in judge.CHAPTERS for (chapter, *_), why in page.reasons().items())
