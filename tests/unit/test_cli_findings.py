"""What people read of a verification."""

from __future__ import annotations

import io

import pytest

from snapkit.cli._findings import summary_of, tell_findings
from snapkit.cli._people import People, Stream
from snapkit.core.verdict import OrphanFinding, SequenceFinding, VerificationReport
from tests.factories import make_foreign_key, name_of


def told(*sequences: SequenceFinding) -> str:
    text = io.StringIO()
    tell_findings(
        People(Stream(text, "test")), VerificationReport(findings=(), sequences=sequences)
    )
    return " ".join(text.getvalue().split())


@pytest.mark.parametrize(
    ("greatest", "increment", "text"),
    [
        pytest.param(999, 1, "its next value 9 is below Brand.id's greatest, 999", id="below"),
        pytest.param(9, 1, "its next value 9 is Brand.id's greatest", id="equal"),
        pytest.param(-5, -1, "its next value 9 is above Brand.id's smallest, -5", id="falling"),
    ],
)
def test_sequence_that_stands_before_the_end_is_told_as_it_is(
    greatest: int, increment: int, text: str
) -> None:
    item = SequenceFinding(
        sequence=name_of("Brand_id_seq"),
        owner=name_of("Brand"),
        column="id",
        next_value=9,
        greatest=greatest,
        increment=increment,
        is_as_in_snapshot=True,
    )
    assert f"note Brand_id_seq: {text}; its position is the snapshot's" in told(item)


@pytest.mark.parametrize(
    ("rows", "known", "expected"),
    [
        (0, 0, "0 orphans"),
        (2, 0, "2 orphans"),
        (4, 4, "0 new orphans; 4 as in the source"),
        (5, 4, "1 new orphan; 4 as in the source"),
        (3, 4, "0 new orphans; 3 as in the source"),
        (None, 4, "1 foreign keys unchecked"),
    ],
)
def test_summary_tells_new_orphans_from_those_of_the_source(
    rows: int | None, known: int, expected: str
) -> None:
    found = OrphanFinding(foreign_key=make_foreign_key("a", "b"), rows=rows, known=known)
    assert summary_of(VerificationReport(findings=(), orphans=(found,))).endswith(f", {expected}")
