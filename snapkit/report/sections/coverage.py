"""Sections of coverage: schema, catalog and snapshot, reconciled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.coverage import CoverageRow, CoverageStatus, Presence
from snapkit.report.cells import Place
from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome
from snapkit.report.sections.common import group_bars, none_shown
from snapkit.report.sections.places import elsewhere, table_row
from snapkit.report.tables import DataTable, Kind, data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.report.run import CoverageRun
    from snapkit.report.shown import Shown

NO_GROUP = "(no model)"
_SIGNS = {Presence.PRESENT: "✔ yes", Presence.MISSING: "✘ no", Presence.NOT_GIVEN: "not given"}


def coverage_groups(run: CoverageRun) -> DataTable:
    """Coverage by group, with a total that equals the sum of its rows.

    Args:
        run: The run.

    Returns:
        One row per group.
    """
    rows = []
    for group in run.coverage.groups:
        sums = group.totals
        rows.append(
            (
                NO_GROUP if group.name is None else group.name,
                sums.tables,
                sums.in_schema,
                sums.in_catalog,
                sums.in_snapshot,
                sums.empty,
                sums.snapshot_rows,
                sums.snapshot_bytes,
                _outcome(sums.gaps, has_snapshot=run.coverage.has_snapshot),
            )
        )
    sums = run.coverage.totals
    return data_table(
        f"{run.notebook}.groups",
        "Coverage by group",
        (
            ("group", Kind.TEXT),
            ("tables", Kind.NUMBER),
            ("in schema", Kind.NUMBER),
            ("in catalog", Kind.NUMBER),
            ("in snapshot", Kind.NUMBER),
            ("empty", Kind.NUMBER),
            ("rows", Kind.NUMBER),
            ("as text", Kind.SIZE),
            ("verdict", Kind.OUTCOME),
        ),
        rows,
        total=(
            "Total",
            sums.tables,
            sums.in_schema,
            sums.in_catalog,
            sums.in_snapshot,
            sums.empty,
            sums.snapshot_rows,
            sums.snapshot_bytes,
            _outcome(sums.gaps, has_snapshot=run.coverage.has_snapshot),
        ),
        folder=run.folder,
    )


def _outcome(gaps: int, *, has_snapshot: bool) -> Outcome:
    if not has_snapshot:
        return Outcome.UNCHECKED
    return Outcome.DRIFT if gaps else Outcome.MATCH


def coverage_figure(run: CoverageRun) -> Shown:
    """Rows and bytes by group, the largest first.

    Args:
        run: The run.

    Returns:
        A chart; its figures are those of the table by group.
    """
    sums = {
        NO_GROUP if group.name is None else group.name: (
            group.totals.snapshot_rows,
            group.totals.snapshot_bytes,
        )
        for group in run.coverage.groups
    }
    return group_bars(sums, "rows as text")


def coverage_models(run: CoverageRun) -> DataTable:
    """Coverage by model: every table that any side knows, empty ones too.

    A table leads to its place in the graph, its presence in the snapshot to what was verified.

    Args:
        run: The run.

    Returns:
        One row per table and view, partitions in the figures of their table.
    """
    sums = run.coverage.totals
    return data_table(
        f"{run.notebook}.models",
        "Coverage by model and table",
        (
            ("table", Kind.CODE),
            ("model", Kind.CODE),
            ("group", Kind.TEXT),
            ("schema", Kind.TEXT),
            ("catalog", Kind.TEXT),
            ("snapshot", Kind.TEXT),
            ("rows", Kind.NUMBER),
            ("as text", Kind.SIZE),
            ("estimate", Kind.NUMBER),
            ("status", Kind.TEXT),
        ),
        [_cells(row, run.notebook) for row in run.coverage.rows],
        total=(
            "Total",
            f"{sums.models:,} models",
            "",
            f"{sums.in_schema:,}",
            f"{sums.in_catalog:,}",
            f"{sums.in_snapshot:,}",
            sums.snapshot_rows,
            sums.snapshot_bytes,
            sums.catalog_rows,
            f"{sums.gaps:,} missing",
        ),
        folder=run.folder,
    )


def _cells(row: CoverageRow, page: Notebook) -> tuple[object, ...]:
    status: str = row.status
    if row.is_gap:
        status = f"✘ {status}"
    if row.partitions:
        status += f", {len(row.partitions)} partitions"
    if row.is_empty:
        status += ", empty"
    model = f"{row.model} (join table)" if row.is_join_table else row.model
    in_graph = () if row.is_view else (Notebook.SCHEMA_GRAPH,)
    in_snapshot = _SIGNS[row.in_snapshot]
    is_proved = not (row.is_view or row.partitions) and row.in_snapshot is Presence.PRESENT
    proof = elsewhere(row.table, page, (Notebook.RESTORE_VERIFICATION,)) if is_proved else ""
    return (
        table_row(row.table, str(row.table), page=page, to=in_graph),
        model,
        row.group,
        _SIGNS[row.in_schema],
        _SIGNS[row.in_catalog],
        Place(text=in_snapshot, href=proof),
        row.snapshot_rows,
        row.snapshot_bytes,
        row.catalog_rows,
        status,
    )


def coverage_unmodelled(run: CoverageRun) -> Shown | DataTable:
    """Tables that no model stands for; the snapshot holds them all the same.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where there are none.
    """
    if not run.coverage.has_schema:
        return none_shown("The snapshot carries no Prisma schema, so nothing is known of models.")
    rows = [row for row in run.coverage.rows if row.model is None and not row.is_view]
    return _tables(run, "unmodelled", "Tables without a model", rows)


def coverage_drift(run: CoverageRun) -> Shown | DataTable:
    """Where the catalog differs from the schema; information is what Prisma itself overlooks.

    Args:
        run: The run.

    Returns:
        A table, drift first; or a sentence where there is none.
    """
    if not run.coverage.has_schema:
        return none_shown("The snapshot carries no Prisma schema to compare with.")
    found = run.coverage.drift
    if not found:
        return none_shown(f"None: schema and catalog ({run.catalog_source}) agree.")
    return data_table(
        f"{run.notebook}.drift",
        f"Differences between schema and catalog ({run.catalog_source})",
        (
            ("where", Kind.CODE),
            ("severity", Kind.TEXT),
            ("kind", Kind.TEXT),
            ("schema has", Kind.CODE),
            ("database has", Kind.CODE),
        ),
        [(one.where, str(one.severity), str(one.kind), one.expected, one.found) for one in found],
        folder=run.folder,
    )


def coverage_special(run: CoverageRun) -> Shown | DataTable:
    """Tables and views of which something should be known: ignored ones, views, extensions' tables.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where there are none.
    """
    plain = {CoverageStatus.COVERED, CoverageStatus.UNMODELLED, CoverageStatus.AGREED}
    rows = [
        row
        for row in run.coverage.rows
        if (row.status not in plain or row.is_view) and not row.is_gap
    ]
    return _tables(run, "special", "Views, ignored models, and what belongs to extensions", rows)


def _tables(
    run: CoverageRun, name: str, caption: str, rows: Iterable[CoverageRow]
) -> Shown | DataTable:
    cells = [
        (str(row.table), row.model, row.snapshot_rows, row.reason or str(row.status))
        for row in rows
    ]
    if not cells:
        return none_shown("There are none.")
    return data_table(
        f"{run.notebook}.{name}",
        caption,
        (
            ("table", Kind.CODE),
            ("model", Kind.CODE),
            ("rows", Kind.NUMBER),
            ("status", Kind.TEXT),
        ),
        cells,
        folder=run.folder,
    )
