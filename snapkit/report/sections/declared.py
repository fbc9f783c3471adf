"""Sections of restore_verification on what a database declares, and whether it can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.usability import UseOutcome
from snapkit.core.verdict import ObjectChange, Verdict
from snapkit.report.result import Outcome
from snapkit.report.sections.common import none_shown
from snapkit.report.tables import DataTable, Kind, data_table

if TYPE_CHECKING:
    from snapkit.report.run import VerificationRun
    from snapkit.report.shown import Shown


def verification_objects(run: VerificationRun) -> Shown | DataTable:
    """Declared objects that are not as in the source: what was lost or changed comes first.

    Args:
        run: The run.

    Returns:
        One row per object; or a sentence where all are as they were, or none was compared.
    """
    report = run.evidence.report if run.evidence else None
    if report is None or not (report.objects or report.objects_compared):
        return none_shown("What the databases declare was not compared.")
    if not report.objects:
        return none_shown(f"All {report.objects_compared:,} are declared as in the source.")
    order = (ObjectChange.MISSING, ObjectChange.CHANGED, ObjectChange.EXTRA)
    found = sorted(report.objects, key=lambda item: (order.index(item.change), item.what))
    lost = sum(item.verdict is Verdict.MISMATCH for item in found)
    return data_table(
        f"{run.notebook}.objects",
        f"Declared objects: {lost:,} of {report.objects_compared:,} lost or changed",
        (
            ("object", Kind.CODE),
            ("verdict", Kind.OUTCOME),
            ("change", Kind.TEXT),
            ("in the snapshot", Kind.CODE),
            ("in the database", Kind.CODE),
        ),
        [
            (
                item.what,
                Outcome.of(item.verdict),
                str(item.change),
                item.snapshot,
                item.database,
            )
            for item in found
        ],
        folder=run.folder,
    )


def verification_use(run: VerificationRun) -> Shown | DataTable:
    """What a drill tried of the restored database: what did not pass comes first.

    Args:
        run: The run.

    Returns:
        One row per thing that was tried; or a sentence where nothing was.
    """
    usability = run.evidence.usability if run.evidence else None
    if usability is None:
        return none_shown("Nothing was tried: only a drill does that, in a scratch database.")
    order = (UseOutcome.FAILED, UseOutcome.UNCHECKED, UseOutcome.KNOWN, UseOutcome.PASSED)
    found = sorted(usability.findings, key=lambda item: order.index(item.outcome))
    return data_table(
        f"{run.notebook}.use",
        f"In use: {usability.summary}",
        (
            ("what", Kind.TEXT),
            ("name", Kind.CODE),
            ("outcome", Kind.TEXT),
            ("reason", Kind.TEXT),
        ),
        [(str(item.kind), item.name, str(item.outcome), item.reason) for item in found],
        folder=run.folder,
    )


def verification_constraints(run: VerificationRun) -> Shown | DataTable:
    """Constraints before and after: those that were changed come first.

    Args:
        run: The run.

    Returns:
        One row per constraint; or a sentence where none are on record.
    """
    if run.evidence is None or not run.evidence.constraints:
        return none_shown("The record holds no constraint.")
    found = sorted(run.evidence.constraints, key=lambda item: item.before == item.after)
    changed = sum(item.before != item.after for item in found)
    return data_table(
        f"{run.notebook}.constraints",
        f"Constraints before and after: {changed:,} of {len(found):,} differ",
        (
            ("table or domain", Kind.CODE),
            ("constraint", Kind.CODE),
            ("before", Kind.CODE),
            ("after", Kind.CODE),
        ),
        [(str(item.table), item.name, item.before, item.after) for item in found],
        folder=run.folder,
    )
