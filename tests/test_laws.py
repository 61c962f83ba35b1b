"""Of all chapters' laws: each names what it would catch, and what is no law has a counterexample."""

import pytest

from anonlaws import check, law, prove, sample
from anonref.serve import REFERENCE
from anonspec import text

LAWS = [
    pytest.param(chapter, claim, id=f"{chapter}-{claim.name}")
    for chapter in text.CHAPTERS
    if (module := check.laws_of(chapter))
    for claim in module.LAWS
]


@pytest.mark.parametrize(("chapter", "claim"), [each for each in LAWS if not each.values[1].holds])  # type: ignore[union-attr]
def test_what_is_no_law_is_refuted_with_a_counterexample(chapter: str, claim: law.Law) -> None:
    subject = REFERENCE.chapters[chapter]
    result = sample.exhaust(claim, subject) if claim.exact else prove.prove(claim, subject)
    assert result.verdict == "refuted"
    assert result.values
    assert "assert" in result.where


def test_every_law_and_every_claim_that_is_none_is_decided_by_the_check() -> None:
    decided = {(job.chapter, job.what) for job in check.jobs("anonref", text.CHAPTERS, ["sample", "exhaust", "prove"])}
    assert {(each.values[0], each.values[1].name) for each in LAWS} <= decided  # type: ignore[union-attr]


@pytest.mark.parametrize(("chapter", "claim"), [each for each in LAWS if each.values[1].holds])  # type: ignore[union-attr]
def test_every_law_bites(chapter: str, claim: law.Law) -> None:
    """Which faults it refutes, `anonspec check --engine faults` finds out; here, that it names one."""
    assert claim.faults
    assert set(claim.clauses) <= set(text.clauses(chapter))
    assert claim.exact or claim.sampled or claim.proves
