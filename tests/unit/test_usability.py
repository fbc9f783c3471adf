"""What a drill tried: the verdict, the figures, and what is listed as unchecked."""

from __future__ import annotations

import pytest

from snapkit.core.usability import Usability, UseFinding, UseKind, UseOutcome
from snapkit.core.verdict import Verdict


def finding(outcome: UseOutcome, kind: UseKind = UseKind.VIEW) -> UseFinding:
    return UseFinding(kind=kind, name=f"a {outcome} one", outcome=outcome, reason="because")


@pytest.mark.parametrize("outcome", [item for item in UseOutcome if item != UseOutcome.FAILED])
def test_usability_without_a_failure_matches(outcome: UseOutcome) -> None:
    assert Usability(findings=(finding(outcome),)).verdict is Verdict.MATCH


def test_usability_with_one_failure_is_a_mismatch() -> None:
    found = Usability(findings=(finding(UseOutcome.PASSED), finding(UseOutcome.FAILED)))
    assert found.verdict is Verdict.MISMATCH


def test_usability_counts_what_was_asked_and_what_passed() -> None:
    found = Usability(findings=tuple(map(finding, UseOutcome)))
    assert found.counts[UseKind.VIEW] == {
        "asked": 4, "passed": 1, "failed": 1, "known": 1, "unchecked": 1,
    }  # fmt: skip
    assert found.counts[UseKind.INSERT]["asked"] == 0
    assert found.summary == "1 of 4 views answer"


def test_usability_lists_what_could_not_be_tried() -> None:
    found = Usability(findings=tuple(map(finding, UseOutcome)))
    assert found.unchecked == (("view a unchecked one", "because"),)
