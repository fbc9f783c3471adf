"""Checks: what a run looked at, in figures: how many there are, passed, failed, were left; pure.

They are the table below the verdict, and stand in the result. Sections are named by their headings
in the notebooks, so that the page leads from a figure to what is behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.coverage import Presence
from snapkit.core.evidence import REPLACE
from snapkit.core.usability import UseOutcome
from snapkit.core.verdict import Verdict
from snapkit.report.result import Check, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.coverage import Coverage
    from snapkit.core.evidence import Evidence
    from snapkit.core.manifest import Manifest
    from snapkit.core.snapshot_diff import SnapshotDiff
    from snapkit.core.verdict import Finding, VerificationReport
    from snapkit.report.graph import TableGraph


def figures(
    name: str,
    section: str,
    unit: str,
    target: int,
    *,
    failed: int = 0,
    unchecked: int = 0,
    failure: Outcome = Outcome.MISMATCH,
) -> Check:
    """Make a check: what neither failed nor was left passed.

    Args:
        name: What should hold.
        section: The heading of the section with the details.
        unit: What is counted.
        target: Of how many it should hold.
        failed: Of how many it does not; more than there are count as all.
        unchecked: How many were not looked at.
        failure: What a failure is called.

    Returns:
        The check; its outcome is None where there was nothing to check.
    """
    failed = min(failed, target)
    unchecked = min(unchecked, target - failed)
    outcome = failure if failed else Outcome.UNCHECKED if unchecked else Outcome.MATCH
    return Check(
        name=name,
        section=section,
        unit=unit,
        target=target,
        passed=target - failed - unchecked,
        failed=failed,
        unchecked=unchecked,
        outcome=outcome if target else None,
    )


def of_verdicts(name: str, section: str, unit: str, verdicts: Iterable[Verdict]) -> Check:
    """Count verdicts.

    Args:
        name: What should hold.
        section: The heading of the section with the details.
        unit: What is counted.
        verdicts: One each.

    Returns:
        The check.
    """
    found = list(verdicts)
    return figures(
        name,
        section,
        unit,
        len(found),
        failed=found.count(Verdict.MISMATCH),
        unchecked=found.count(Verdict.UNCHECKED),
    )


def graph_checks(graph: TableGraph, *, lost: int, late: int, wanted: int) -> tuple[Check, ...]:
    """What schema_graph checks.

    Args:
        graph: The whole graph.
        lost: Tables that have no single place in the order.
        late: Foreign keys that lead to a later stage.
        wanted: Tables that should have a place.

    Returns:
        One check per kind.
    """
    order = "Order of loading"
    keys = "Foreign keys and relations"
    return (
        figures("each table has one place in the order", order, "tables", wanted, failed=lost),
        figures(
            "the parent loads first, or together with the child",
            keys,
            "foreign keys and relations",
            len(graph.foreign_keys),
            failed=late,
        ),
    )


def coverage_checks(found: Coverage, manifest: Manifest) -> tuple[Check, ...]:
    """What coverage checks.

    Args:
        found: The reconciliation.
        manifest: The snapshot.

    Returns:
        One check per kind.
    """
    tables = [row for row in found.rows if not row.is_view]
    models = [row for row in tables if row.in_schema is Presence.PRESENT]
    in_catalog = [row for row in tables if row.in_catalog is Presence.PRESENT]
    drifted = {one.table for one in found.drift if one.is_drift}
    both = [row for row in models if row.in_catalog is Presence.PRESENT]
    sums = found.totals
    lost = abs(manifest.rows - sums.snapshot_rows)
    by_model, drift = "By model", "Drift between schema and catalog"
    return (
        figures(
            "models and join tables are in the snapshot",
            by_model,
            "tables",
            len(models),
            failed=sum(row.is_gap for row in models),
            failure=Outcome.DRIFT,
        ),
        figures(
            "tables of the database are in the snapshot",
            by_model,
            "tables",
            len(in_catalog),
            failed=sum(row.is_gap for row in in_catalog),
            failure=Outcome.DRIFT,
        ),
        figures("rows by group add up to the manifest's", "By group", "rows", manifest.rows,
                failed=lost),
        figures(
            "tables are in the database as the schema has them",
            drift,
            "tables",
            len(both),
            failed=sum(row.table in drifted for row in both),
            failure=Outcome.DRIFT,
        ),
    )  # fmt: skip


def backup_checks(
    report: VerificationReport, manifest: Manifest, *, quick: bool
) -> tuple[Check, ...]:
    """What backup_report checks.

    Args:
        report: That of the check of the files.
        manifest: The snapshot.
        quick: Whether rows were left unread.

    Returns:
        One check per kind.
    """
    section = "Damaged tables and files"
    named = {entry.path for entry in manifest.files}
    damaged = sum(path in named for path, _ in report.files)
    bad = sum(item.expected_rows for item in report.mismatches)
    how = "by the SHA-256 of their files" if quick else "with their rows and digests"
    return (
        of_verdicts(
            f"tables are as the manifest says, {how}",
            section,
            "tables",
            (item.verdict for item in report.findings),
        ),
        figures(
            "rows were read and digested",
            section,
            "rows",
            manifest.rows,
            failed=bad,
            unchecked=manifest.rows if quick else 0,
        ),
        figures(
            "other files (schema, catalog, DDL) have their SHA-256",
            section,
            "files",
            len(named),
            failed=damaged,
        ),
        *_strangers(section, len(report.files) - damaged),
        figures(
            "foreign keys had their orphans counted in the source",
            "Orphans in the source",
            "foreign keys and relations",
            len(manifest.foreign_keys),
            unchecked=manifest.unchecked_orphans,
        ),
    )


def _strangers(section: str, count: int) -> tuple[Check, ...]:
    """A check that is there only where it fails: no manifest says how many there could be."""
    if not count:
        return ()
    return (figures("files are named by the manifest", section, "files", count, failed=count),)


def verification_checks(evidence: Evidence) -> tuple[Check, ...]:
    """What restore_verification checks.

    Args:
        evidence: The record of the run.

    Returns:
        One check per kind; those that the run could not make are left out.
    """
    report = evidence.report
    aside = report.quarantined
    lost, unknown = _rows_lost(report.findings)
    checks = [
        of_verdicts(
            "tables have the snapshot's rows and digest",
            "Tables",
            "tables",
            (item.verdict for item in report.findings),
        ),
        figures(
            "rows of the snapshot are there, exactly so",
            "Quarantined rows" if aside and not lost else "Rows that differ",
            "rows",
            sum(item.expected_rows for item in report.findings),
            failed=lost + aside,
            unchecked=unknown,
            failure=Outcome.MISMATCH if lost else Outcome.QUARANTINED,
        ),
        of_verdicts(
            "foreign keys have no orphans, beside the source's",
            "Foreign keys",
            "foreign keys and relations",
            (item.verdict for item in report.orphans),
        ),
        of_verdicts(
            "sequences have a free next value",
            "Sequences",
            "sequences",
            (item.verdict for item in report.sequences),
        ),
        figures(
            "columns, indexes, constraints, grants … are declared as in the source",
            "Declared objects",
            "objects",
            report.objects_compared,
            failed=sum(item.verdict is Verdict.MISMATCH for item in report.objects),
        ),
    ]
    if evidence.mode == REPLACE:
        checks.append(
            figures(
                "constraints came back as they were",
                "Constraints",
                "constraints",
                len(evidence.constraints),
                failed=len(evidence.changed_constraints),
            )
        )
    if usability := evidence.usability:
        checks.append(
            figures(
                "the restored database can be used as the source could",
                "In use",
                "things tried",
                len(usability.findings),
                failed=len(usability.of(UseOutcome.FAILED)),
                unchecked=len(usability.of(UseOutcome.UNCHECKED)),
            )
        )
    return tuple(checks)


def _rows_lost(findings: Iterable[Finding]) -> tuple[int, int]:
    """Rows that are missing or changed, and rows of which nothing is known."""
    lost = unknown = 0
    for item in findings:
        apart = item.missing + item.changed
        counted = item.verdict is Verdict.MATCH or apart or item.extra
        lost += apart
        unknown += 0 if counted else item.expected_rows - item.quarantined
    return lost, unknown


def diff_checks(found: SnapshotDiff) -> tuple[Check, ...]:
    """What snapshot_diff checks.

    Args:
        found: What two snapshots differ in.

    Returns:
        One check per kind.
    """
    unread = sum(item.rows_a or 0 for item in found.tables if not item.is_compared)
    sums = found.totals
    return (
        of_verdicts(
            "tables are the same in A and B",
            "Tables",
            "tables",
            (item.verdict for item in found.tables),
        ),
        figures(
            "rows of A are in B, exactly so",
            "Rows that differ",
            "rows",
            sums.rows_a,
            failed=sums.removed + sums.changed,
            unchecked=unread,
        ),
    )
