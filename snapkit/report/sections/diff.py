"""Sections of snapshot_diff: what changed from snapshot A to snapshot B."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.snapshot_diff import WORDS
from snapkit.core.verdict import Verdict
from snapkit.report.figures import bars
from snapkit.report.result import Outcome
from snapkit.report.sections.common import none_shown, row_cells
from snapkit.report.sections.places import section, table_row
from snapkit.report.tables import DataTable, Kind, data_table

if TYPE_CHECKING:
    from snapkit.report.run import DiffRun
    from snapkit.report.shown import Shown

_BARS = 20  # tables in the chart


def diff_schema(run: DiffRun) -> Shown | DataTable:
    """The changes of the schema.

    Args:
        run: The run.

    Returns:
        One row per change; or a sentence.
    """
    if not run.diff.changes:
        was = "The schema is the same." if run.diff.has_schema else "Schemas were not compared."
        return none_shown(was)
    return data_table(
        f"{run.notebook}.schema",
        "Changes of the schema",
        (("what", Kind.TEXT), ("where", Kind.CODE), ("in A", Kind.CODE), ("in B", Kind.CODE)),
        [(str(one.kind), one.where, one.before, one.after) for one in run.diff.changes],
        folder=run.folder,
    )


def diff_tables(run: DiffRun) -> Shown | DataTable:
    """Every table: rows on both sides, and what became of them; those that differ come first.

    Args:
        run: The run.

    Returns:
        One row per table, with a total that equals the sum of its rows.
    """
    tables = sorted(run.diff.tables, key=lambda one: (one.verdict is Verdict.MATCH, one.table))
    if not tables:
        return none_shown("There are no tables.")
    sums = run.diff.totals
    return data_table(
        f"{run.notebook}.tables",
        "Tables: rows in A, and what became of them in B",
        (
            ("table", Kind.CODE),
            ("model", Kind.CODE),
            ("verdict", Kind.OUTCOME),
            ("rows in A", Kind.NUMBER),
            ("removed", Kind.NUMBER),
            ("added", Kind.NUMBER),
            ("changed", Kind.NUMBER),
            ("rows in B", Kind.NUMBER),
            ("note", Kind.TEXT),
        ),
        [
            (
                table_row(one.table, str(one.table), page=run.notebook),
                one.model,
                Outcome.of(one.verdict),
                one.rows_a,
                one.removed if one.is_compared else None,
                one.added if one.is_compared else None,
                one.changed if one.is_compared else None,
                one.rows_b,
                section("Rows that differ", "its rows") if one.named else one.reason,
            )
            for one in tables
        ],
        total=(
            "Total",
            "",
            Outcome.of(run.diff.verdict),
            sums.rows_a,
            sums.removed,
            sums.added,
            sums.changed,
            sums.rows_b,
            "",
        ),
        folder=run.folder,
    )


def diff_figure(run: DiffRun) -> Shown:
    """Which tables differ most.

    Args:
        run: The run.

    Returns:
        A chart of the tables with the most rows that differ; its figures are those of the list of
        tables. A sentence where no row differs.
    """
    apart = [one for one in run.diff.differing if one.removed or one.added or one.changed]
    if not apart:
        return none_shown("No row of a table that both have differs.")
    most = sorted(apart, key=lambda one: -(one.removed + one.added + one.changed))[:_BARS]
    left = len(apart) - len(most)
    words = f", the {len(most)} with the most of {len(apart)}" if left else ""
    return bars(
        f"Rows that differ by table{words}",
        [str(one.table) for one in most],
        [
            ("removed", [one.removed for one in most], _number),
            ("added", [one.added for one in most], _number),
            ("changed", [one.changed for one in most], _number),
        ],
    )


def _number(value: float) -> str:
    return f"{value:,.0f}"


def diff_rows(run: DiffRun) -> Shown | DataTable:
    """The rows that differ, by key, with each value that differs.

    Args:
        run: The run.

    Returns:
        One line per value, removed and added rows in one line each; or a sentence.
    """
    cells = row_cells((row for table in run.diff.differing for row in table.named), WORDS)
    if not cells:
        return none_shown("No row of a table that both have differs.")
    return data_table(
        f"{run.notebook}.rows",
        "Rows that differ; counts by table are complete, names are the first of each table",
        (
            ("table", Kind.CODE),
            ("row was", Kind.TEXT),
            ("key", Kind.CODE),
            ("column", Kind.CODE),
            ("in A", Kind.CODE),
            ("in B", Kind.CODE),
        ),
        cells,
        folder=run.folder,
    )
