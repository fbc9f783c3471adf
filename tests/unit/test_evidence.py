"""Evidence: a record is held against its snapshot before it is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.evidence import Evidence, RunKind, decode, encode, review
from snapkit.core.verdict import VerificationReport
from snapkit.errors import ManifestError
from tests.reports import match, shop_manifest

DIGEST = "cd" * 32


def evidence() -> Evidence:
    manifest = shop_manifest()
    return Evidence(
        kind=RunKind.DRILL,
        snapshot_id=manifest.id,
        manifest_digest=DIGEST,
        target="scratch",
        role="app",
        started_at="2025-11-02T00:00:00+00:00",
        finished_at="2025-11-02T00:00:01+00:00",
        seconds=1.0,
        steps=(("copy", 0.5), ("verify", 0.5)),
        report=VerificationReport(findings=tuple(map(match, manifest.data_tables))),
    )


def test_evidence_round_trips() -> None:
    assert decode(encode(evidence()), "file") == evidence()


@pytest.mark.parametrize(
    ("kind", "seconds"), [(RunKind.RESTORE, 9.0), (RunKind.DRILL, 3.5), (RunKind.VERIFY, None)]
)
def test_evidence_says_how_long_a_restore_took_until_it_was_proved(
    kind: RunKind, seconds: float | None
) -> None:
    steps = (("server", 0.5), ("restore", 3.0), ("verify again", 4.0), ("use it", 1.5))
    found = replace(evidence(), kind=kind, seconds=9.0, steps=steps)
    assert found.restore_seconds == seconds


def test_evidence_of_this_snapshot_leaves_no_doubt() -> None:
    assert review(evidence(), shop_manifest(), DIGEST) == ()


def test_evidence_of_another_snapshot_proves_nothing() -> None:
    other = replace(evidence(), snapshot_id="20200101_000000")
    assert review(other, shop_manifest(), DIGEST) == (
        "the evidence is of snapshot 20200101_000000, not 20251101_085916",
    )


def test_evidence_of_another_manifest_is_doubted() -> None:
    assert review(evidence(), shop_manifest(), "ef" * 32) == (
        "the manifest is not the one the evidence was taken with",
    )


def test_evidence_that_leaves_out_a_table_is_doubted() -> None:
    found = evidence()
    short = replace(found, report=VerificationReport(findings=found.report.findings[1:]))
    assert review(short, shop_manifest(), DIGEST) == ("table users: the evidence does not name it",)


@pytest.mark.parametrize(
    "change",
    [{"observed_rows": 2}, {"observed_digest": "0" * 64}, {"observed_digest": ""}],
    ids=["rows", "digest", "no digest"],
)
def test_evidence_that_calls_other_rows_a_match_is_doubted(change: dict[str, object]) -> None:
    found = evidence()
    forged = replace(found.report.findings[0], **change)  # type: ignore[arg-type]
    report = VerificationReport(findings=(forged, *found.report.findings[1:]))
    assert review(replace(found, report=report), shop_manifest(), DIGEST) == (
        "table users: called a match, but what was observed is not what the snapshot holds",
    )


def test_evidence_that_expected_other_rows_is_doubted() -> None:
    found = evidence()
    forged = replace(found.report.findings[0], expected_digest="1" * 64, observed_digest="1" * 64)
    report = VerificationReport(findings=(forged, *found.report.findings[1:]))
    assert review(replace(found, report=report), shop_manifest(), DIGEST) == (
        "table users: the evidence expected other rows than the snapshot holds",
    )


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff", b"[]", b"{}", b'{"format": 2}', b'{"format": true}', b'{"format": 1}'],
)
def test_evidence_of_another_form_is_refused(text: bytes) -> None:
    with pytest.raises(ManifestError):
        decode(text, "file")


def test_evidence_of_quarantined_rows_adds_up() -> None:
    good = evidence()
    first, *others = good.report.findings
    aside = replace(
        first, observed_rows=first.expected_rows - 1, observed_digest="ab" * 32, quarantined=1
    )
    report = VerificationReport(findings=(aside, *others))
    assert review(replace(good, report=report), shop_manifest(), DIGEST) == ()


def test_evidence_of_quarantined_rows_that_do_not_add_up_is_doubted() -> None:
    good = evidence()
    first, *others = good.report.findings
    report = VerificationReport(findings=(replace(first, quarantined=1), *others))
    assert len(review(replace(good, report=report), shop_manifest(), DIGEST)) == 1
