"""Verdicts: what was not looked at is never a match."""

from __future__ import annotations

from itertools import permutations

import pytest

from snapkit.core.verdict import (
    Finding,
    OrphanCheck,
    OrphanFinding,
    RowChange,
    RowDifference,
    SequenceFinding,
    ValueChange,
    Verdict,
    VerificationReport,
    worst,
)
from tests.factories import make_foreign_key, name_of

MATCH, MISMATCH, UNCHECKED = Verdict.MATCH, Verdict.MISMATCH, Verdict.UNCHECKED


def finding(verdict: Verdict, table: str = "users") -> Finding:
    """A table of two rows with this verdict."""
    return Finding(
        table=name_of(table),
        model=None,
        group=None,
        verdict=verdict,
        expected_rows=2,
        expected_digest="0" * 64,
    )


def orphans(rows: int | None, known: int = 0) -> OrphanFinding:
    """What was found of one foreign key."""
    return OrphanFinding(foreign_key=make_foreign_key("a", "b"), rows=rows, known=known)


def sequence(next_value: int | None, greatest: int | None, increment: int = 1) -> SequenceFinding:
    """What was found of one sequence."""
    return SequenceFinding(
        sequence=name_of("s"),
        owner=name_of("t"),
        column="id",
        next_value=next_value,
        greatest=greatest,
        increment=increment,
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param((), UNCHECKED, id="nothing"),
        pytest.param((MATCH,), MATCH, id="match"),
        pytest.param((MATCH, MATCH), MATCH, id="matches"),
        pytest.param((UNCHECKED,), UNCHECKED, id="unchecked"),
        pytest.param((MISMATCH,), MISMATCH, id="mismatch"),
        pytest.param((MATCH, UNCHECKED), UNCHECKED, id="one-not-looked-at"),
        pytest.param((MATCH, MISMATCH), MISMATCH, id="one-mismatch"),
        pytest.param((MATCH, UNCHECKED, MISMATCH), MISMATCH, id="mismatch-wins-over-unchecked"),
    ],
)
def test_worst_of_several(verdicts: tuple[Verdict, ...], expected: Verdict) -> None:
    assert {worst(order) for order in permutations(verdicts)} == {expected}


def test_report_without_findings_is_unchecked() -> None:
    assert VerificationReport(findings=()).verdict is UNCHECKED


@pytest.mark.parametrize("found", [MATCH, MISMATCH, UNCHECKED])
def test_report_of_one_table_is_its_verdict(found: Verdict) -> None:
    assert VerificationReport(findings=(finding(found),)).verdict is found


def test_report_with_one_mismatch_among_matches_is_a_mismatch() -> None:
    found = (finding(MATCH), finding(MISMATCH), finding(UNCHECKED))
    assert VerificationReport(findings=found).verdict is MISMATCH


def test_report_with_one_table_not_looked_at_is_unchecked() -> None:
    found = (finding(MATCH), finding(UNCHECKED))
    assert VerificationReport(findings=found).verdict is UNCHECKED


def test_report_with_a_damaged_file_is_a_mismatch() -> None:
    report = VerificationReport(findings=(finding(MATCH),), files=(("catalog.json", "damaged"),))
    assert report.verdict is MISMATCH


def test_report_with_orphans_is_a_mismatch() -> None:
    report = VerificationReport(findings=(finding(MATCH),), orphans=(orphans(0), orphans(1)))
    assert report.verdict is MISMATCH


def test_report_with_foreign_keys_not_looked_at_is_unchecked() -> None:
    report = VerificationReport(findings=(finding(MATCH),), orphans=(orphans(0), orphans(None)))
    assert report.verdict is UNCHECKED


def test_report_with_a_sequence_behind_its_column_is_a_mismatch() -> None:
    report = VerificationReport(findings=(finding(MATCH),), sequences=(sequence(5, 5),))
    assert report.verdict is MISMATCH


def test_report_does_not_match_on_sequences_and_orphans_alone() -> None:
    report = VerificationReport(findings=(), orphans=(orphans(0),), sequences=(sequence(2, 1),))
    assert report.verdict is UNCHECKED


def test_report_is_a_mismatch_where_only_orphans_are() -> None:
    assert VerificationReport(findings=(), orphans=(orphans(1),)).verdict is MISMATCH


def test_report_of_tables_orphans_and_sequences_that_match_is_a_match() -> None:
    report = VerificationReport(
        findings=(finding(MATCH),), orphans=(orphans(0),), sequences=(sequence(2, 1),)
    )
    assert report.verdict is MATCH


def test_report_lists_the_tables_that_differ() -> None:
    bad = finding(MISMATCH, "b")
    report = VerificationReport(findings=(finding(MATCH, "a"), bad, finding(UNCHECKED, "c")))
    assert report.mismatches == (bad,)


@pytest.mark.parametrize(
    ("rows", "known", "expected"),
    [
        pytest.param(0, 0, MATCH, id="none"),
        pytest.param(3, 3, MATCH, id="those-of-the-source"),
        pytest.param(4, 3, MISMATCH, id="one-more"),
        pytest.param(2, 3, MATCH, id="one-less-was-quarantined-or-shows-in-its-table"),
        pytest.param(None, 0, UNCHECKED, id="not-looked-at"),
        pytest.param(None, 3, UNCHECKED, id="not-looked-at-with-known-ones"),
    ],
)
def test_orphans_are_compared_with_the_source(
    rows: int | None, known: int, expected: Verdict
) -> None:
    assert orphans(rows, known).verdict is expected


def test_orphans_are_looked_up_unless_said_otherwise() -> None:
    assert orphans(0).check is OrphanCheck.ANTI_JOIN


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(sequence(11, 10), MATCH, id="next-is-free"),
        pytest.param(sequence(10, 10), MISMATCH, id="next-is-taken"),
        pytest.param(sequence(3, 10), MISMATCH, id="far-behind"),
        pytest.param(sequence(1, None), MATCH, id="empty-column"),
        pytest.param(sequence(None, None), MISMATCH, id="missing"),
        pytest.param(sequence(None, 5), MISMATCH, id="missing-with-rows"),
        pytest.param(sequence(-11, -10, increment=-1), MATCH, id="descending"),
        pytest.param(sequence(-10, -10, increment=-1), MISMATCH, id="descending-taken"),
        pytest.param(sequence(-1, -10, increment=-1), MISMATCH, id="descending-behind"),
        pytest.param(sequence(2**63, 2**63 - 1), MATCH, id="used-up"),
        pytest.param(sequence(0, -1), MATCH, id="zero"),
    ],
)
def test_sequence_matches_where_its_next_value_is_free(
    found: SequenceFinding, expected: Verdict
) -> None:
    assert found.verdict is expected


def difference(*values: ValueChange, key: str | None = "7") -> RowDifference:
    """A row of `users` that differs."""
    change = RowChange.CHANGED if values else RowChange.MISSING
    return RowDifference(table=name_of("users"), change=change, key=(("id", key),), values=values)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        pytest.param(difference(), "users (id='7') missing", id="missing"),
        pytest.param(difference(key=None), "users (id=NULL) missing", id="null-key"),
        pytest.param(
            difference(ValueChange(column="a", snapshot=None, database="")),
            "users (id='7') changed: a: NULL -> ''",
            id="null-and-empty-are-told-apart",
        ),
        pytest.param(
            difference(ValueChange(column="a", snapshot="NULL", database="x\ny")),
            r"users (id='7') changed: a: 'NULL' -> 'x\ny'",
            id="one-line-whatever-the-value",
        ),
        pytest.param(
            difference(
                ValueChange(column="a", snapshot="1", database="2"),
                ValueChange(column="b", snapshot="3", database="4"),
            ),
            "users (id='7') changed: a: '1' -> '2'; b: '3' -> '4'",
            id="several-columns",
        ),
        pytest.param(
            difference(ValueChange(column="a", snapshot="x" * 61, database="y" * 60)),
            f"users (id='7') changed: a: '{'x' * 59}…' -> '{'y' * 60}'",
            id="long-values-are-cut",
        ),
    ],
)
def test_row_difference_prints_on_one_line(row: RowDifference, text: str) -> None:
    assert str(row) == text
