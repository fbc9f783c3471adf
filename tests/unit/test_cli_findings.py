"""What people read of a verification."""

from __future__ import annotations

import io

import pytest

from snapkit.cli._findings import tell_findings
from snapkit.cli._people import People, Stream
from snapkit.core.verdict import SequenceFinding, VerificationReport
from tests.factories import name_of


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
