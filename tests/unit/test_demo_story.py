"""The demo succeeds only where exactly the damaged row is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.names import TableName
from snapkit.core.verdict import (
    Finding,
    OrphanFinding,
    RowChange,
    RowDifference,
    SequenceFinding,
    ValueChange,
    Verdict,
    VerificationReport,
)
from snapkit.demo.story import Damage, is_exactly
from tests.factories import make_foreign_key, name_of

PRODUCT = TableName("public", "product")
DAMAGE = Damage(key="1", name="Gạo", before="100.00", after="101.00")
ROW = RowDifference(
    table=PRODUCT,
    change=RowChange.CHANGED,
    key=(("id", "1"),),
    values=(ValueChange(column="price", snapshot="100.00", database="101.00"),),
)
FOUND = Finding(
    table=PRODUCT,
    model="Product",
    group=None,
    verdict=Verdict.MISMATCH,
    expected_rows=48,
    expected_digest="",
    changed=1,
    named=(ROW,),
)
OTHER = replace(
    FOUND, table=name_of("users"), verdict=Verdict.MATCH, changed=0, named=(), model="User"
)
SEQUENCE = SequenceFinding(
    sequence=name_of("s"), owner=PRODUCT, column="id", next_value=3, greatest=5
)
REPORT = VerificationReport(findings=(FOUND, OTHER))


def test_the_damaged_row_alone_is_exactly_it() -> None:
    assert is_exactly(REPORT, DAMAGE)


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(VerificationReport(findings=(OTHER,)), id="nothing found"),
        pytest.param(
            VerificationReport(findings=(replace(FOUND, table=name_of("users")), OTHER)),
            id="another table",
        ),
        pytest.param(
            VerificationReport(findings=(FOUND, replace(OTHER, verdict=Verdict.MISMATCH))),
            id="a second table",
        ),
        pytest.param(VerificationReport(findings=(replace(FOUND, extra=1),)), id="a second row"),
        pytest.param(VerificationReport(findings=(replace(FOUND, named=()),)), id="not named"),
        pytest.param(
            VerificationReport(
                findings=(replace(FOUND, named=(replace(ROW, key=(("id", "2"),)),)),)
            ),
            id="another key",
        ),
        pytest.param(
            VerificationReport(findings=(replace(FOUND, named=(replace(ROW, values=()),)),)),
            id="no value",
        ),
        pytest.param(replace(REPORT, sequences=(SEQUENCE,)), id="a sequence too"),
        pytest.param(
            replace(
                REPORT,
                orphans=(OrphanFinding(foreign_key=make_foreign_key("a", "b"), rows=1),),
            ),
            id="an orphan too",
        ),
        pytest.param(replace(REPORT, files=(("x", "damaged"),)), id="a file too"),
    ],
)
def test_anything_else_is_not(report: VerificationReport) -> None:
    assert not is_exactly(report, DAMAGE)
