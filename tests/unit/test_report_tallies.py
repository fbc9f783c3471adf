"""Checks: the figures below the verdict, which add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.coverage import coverage
from snapkit.core.verdict import ObjectChange, ObjectFinding, Verdict
from snapkit.report.result import Check, Outcome
from snapkit.report.tallies import (
    backup_checks,
    coverage_checks,
    figures,
    verification_checks,
)
from tests.reports import evidence, shop_catalog, shop_manifest, shop_schema, whole

MATCH, MISMATCH, UNCHECKED = Outcome.MATCH, Outcome.MISMATCH, Outcome.UNCHECKED


def counts(checks: tuple[Check, ...]) -> dict[str, tuple[int, int, int, int]]:
    """Target, pass, fail, unchecked by unit; the first of a unit."""
    found: dict[str, tuple[int, int, int, int]] = {}
    for one in checks:
        found.setdefault(one.unit, (one.target, one.passed, one.failed, one.unchecked))
    return found


@pytest.mark.parametrize(
    ("target", "failed", "unchecked", "passed", "outcome"),
    [
        (5, 0, 0, 5, MATCH),
        (5, 2, 1, 2, MISMATCH),
        (5, 0, 5, 0, UNCHECKED),
        (5, 9, 9, 0, MISMATCH),
        (0, 0, 0, 0, None),
        (0, 3, 0, 0, None),
    ],
)
def test_check_adds_up(
    target: int, failed: int, unchecked: int, passed: int, outcome: Outcome | None
) -> None:
    found = figures("c", "s", "rows", target, failed=failed, unchecked=unchecked)
    assert (found.passed, found.outcome) == (passed, outcome)
    assert found.passed + found.failed + found.unchecked == found.target


def test_coverage_that_lacks_a_model_counts_it() -> None:
    manifest = replace(shop_manifest(), tables=shop_manifest().tables[1:])
    found = coverage_checks(coverage(shop_schema(), shop_catalog(), manifest), manifest)
    assert [(one.target, one.failed, one.outcome) for one in found] == [
        (6, 1, Outcome.DRIFT),
        (7, 1, Outcome.DRIFT),
        (5, 0, MATCH),
        (6, 0, MATCH),
    ]


def test_backup_that_was_looked_at_quickly_has_rows_unchecked() -> None:
    manifest = shop_manifest()
    assert counts(backup_checks(whole(), manifest, quick=True))["rows"] == (8, 0, 0, 8)
    assert counts(backup_checks(whole(), manifest, quick=False))["rows"] == (8, 8, 0, 0)


def test_verification_counts_the_rows_that_differ() -> None:
    first, *others = whole().findings
    assert first.expected_rows == 3
    differs = replace(first, verdict=Verdict.MISMATCH, missing=1, changed=1)
    unread = replace(first, verdict=Verdict.UNCHECKED, observed_rows=None, reason="no right")
    for found, expected in ((differs, (8, 6, 2, 0)), (unread, (8, 5, 0, 3))):
        checks = verification_checks(evidence(replace(whole(), findings=(found, *others))))
        assert counts(checks)["rows"] == expected


def test_verification_counts_rows_that_were_set_aside_as_no_mismatch() -> None:
    first, *others = whole().findings
    aside = replace(first, observed_rows=2, quarantined=1)
    checks = verification_checks(evidence(replace(whole(), findings=(aside, *others))))
    (rows,) = [one for one in checks if one.unit == "rows"]
    assert (rows.failed, rows.outcome) == (1, Outcome.QUARANTINED)


def test_verification_counts_declared_objects_that_were_lost_and_not_new_ones() -> None:
    objects = tuple(
        ObjectFinding(what="index a", change=change, snapshot="x", database=None)
        for change in (ObjectChange.MISSING, ObjectChange.EXTRA)
    )
    found = replace(whole(), objects=objects, objects_compared=9)
    assert counts(verification_checks(evidence(found)))["objects"] == (9, 8, 1, 0)
