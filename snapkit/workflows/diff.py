"""Diff: two snapshots, without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.ddl import DdlSection
from snapkit.core.rows import RowDifferences, RowShape
from snapkit.core.snapshot_diff import (
    WORDS,
    SchemaChange,
    SnapshotDiff,
    TableDiff,
    schema_changes,
    statement_changes,
    without_reading,
)
from snapkit.core.text import counted
from snapkit.core.verdict import RowDifference, Verdict
from snapkit.errors import ManifestError
from snapkit.workflows.compare import NAMED_ROWS
from snapkit.workflows.parts import CATALOG, snapshot_catalog
from snapkit.workflows.progress import SILENT, Progress, stored_work
from snapkit.workflows.row_file import open_row_file
from snapkit.workflows.row_sides import Sides, SnapshotSide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import TableName
    from snapkit.store import Snapshot

    Tell = Callable[[RowDifference], object]


def diff(
    a: Snapshot,
    b: Snapshot,
    *,
    only: Iterable[TableName] | None = None,
    named_rows: int = NAMED_ROWS,
    rows_to: Path | None = None,
    progress: Progress = SILENT,
) -> SnapshotDiff:
    """Compare two snapshots: their schemas, their tables, and the rows of tables that differ.

    Tables whose digests are equal are not read. Before any other is, its files are proved to be
    those that the manifest names.

    Args:
        a: The first one; rows that it alone has are "removed".
        b: The second one; rows that it alone has are "added".
        only: The tables to compare, and schema changes of them; None compares all, a partitioned
            one stands for its partitions.
        named_rows: How many rows to name per table [rows]; counts are always complete.
        rows_to: A file, .csv or .parquet, that takes every row that differs, of tables that both
            have.
        progress: Told of the tables that were compared.

    Returns:
        One TableDiff per table of either snapshot, by name.

    Raises:
        ManifestError: A file that is needed is missing or damaged.
        StorageError: `rows_to` cannot be written.
        UsageError: Its ending is another one, or pyarrow is missing.

    Example:
        >>> later = snapkit.backup(shop, store).snapshot
        >>> found = snapkit.diff(snapshot, later)
        >>> print(found.verdict, found.totals.added)
        match 0
    """
    chosen = None if only is None else frozenset(only)
    ours, theirs = ({one.table: one for one in s.manifest.choose(chosen)} for s in (a, b))
    with open_row_file(rows_to, sides=("snapshot_a", "snapshot_b"), words=WORDS) as tell:
        progress.begin(
            f"comparing {counted(len(ours.keys() | theirs.keys()), 'table')}",
            stored_work(tuple({**theirs, **ours}.values())),
        )
        tables = []
        for name in sorted(ours.keys() | theirs.keys()):
            found = without_reading(name, ours.get(name), theirs.get(name))
            if found.verdict is Verdict.UNCHECKED:
                sides = (
                    SnapshotSide(a, ours[name]),
                    SnapshotSide(b, theirs[name], ours[name].column_names),
                )
                found = _read(found, sides, named_rows, tell)
            tables.append(found)
            progress.end(name)
    changes, unchecked = _schema(a, b, chosen)
    return SnapshotDiff(
        a=a.id,
        b=b.id,
        tables=tuple(tables),
        changes=changes,
        unchecked=(*_left_out(a, b, tables, chosen), *unchecked),
        has_schema=not any(name == "the schema" for name, _ in unchecked),
    )


def _read(
    found: TableDiff, sides: tuple[SnapshotSide, SnapshotSide], limit: int, tell: Tell | None
) -> TableDiff:
    """Compare a table's rows."""
    for side in sides:
        _require_whole_parts(side.snapshot, side.entry)
    ours, theirs = (side.entry for side in sides)
    rows = RowDifferences(tell=tell)
    shape = RowShape(table=found.table, columns=ours.column_names, key=ours.key or theirs.key)
    Sides(shape, *sides).compare(rows, limit=limit)
    is_same = not (rows.missing or rows.extra or rows.changed)
    return replace(
        found,
        verdict=Verdict.MATCH if is_same else Verdict.MISMATCH,
        removed=rows.missing,
        added=rows.extra,
        changed=rows.changed,
        named=tuple(rows.named),
    )


def _require_whole_parts(snapshot: Snapshot, entry: TableEntry) -> None:
    for part in entry.parts:
        if not snapshot.is_whole(part):
            raise ManifestError(
                f"{part.path} is damaged: its size or SHA-256 is not the manifest's",
                f"snapshot {snapshot.id}",
                "Run snapkit check for the whole list, or name other tables with --only.",
            )


def _schema(
    a: Snapshot, b: Snapshot, only: frozenset[TableName] | None
) -> tuple[tuple[SchemaChange, ...], tuple[tuple[str, str], ...]]:
    """The schema's changes, and what of it could not be compared."""
    bare = [s.id for s in (a, b) if not s.manifest.has_server or not s.manifest.carries(CATALOG)]
    if bare:
        return (), (("the schema", f"snapshot {bare[0]} was taken without a database"),)
    catalogs = snapshot_catalog(a), snapshot_catalog(b)
    changes = schema_changes(*catalogs)
    if only is not None:
        family = catalogs[0].with_partitioned(only) | catalogs[1].with_partitioned(only)
        changes = tuple(one for one in changes if one.table in family)
        return changes, (("the schema beyond these tables", "not asked for"),)
    if reason := _incomparable_ddl(a, b):
        return changes, (("statements of the DDL (views, functions, checks, grants)", reason),)
    for section in DdlSection:
        path = f"ddl/{section}.sql"
        changes += statement_changes(*(s.read(path).decode() for s in (a, b)))
    return changes, ()


def _incomparable_ddl(a: Snapshot, b: Snapshot) -> str:
    """Why the two scripts of pg_dump cannot be compared; empty where they can."""
    if not (a.manifest.has_ddl and b.manifest.has_ddl):
        return "one of the snapshots carries none"
    tools = [(s.manifest.server.version, s.manifest.versions.get("pg_dump")) for s in (a, b)]
    if tools[0] != tools[1]:
        return "servers or pg_dump were of two versions, which do not write alike"
    return ""


def _left_out(
    a: Snapshot, b: Snapshot, tables: list[TableDiff], only: frozenset[TableName] | None
) -> Iterator[tuple[str, str]]:
    seen = {table.table for table in tables}
    for table in tables:
        if not table.is_compared:
            yield f"rows of table {table.table}", table.reason
    everything = {entry.table for s in (a, b) for entry in s.manifest.data_tables}
    if only is not None:
        for name in sorted(everything - seen):
            yield f"table {name}", "not asked for"
    for what, why in dict.fromkeys((*a.manifest.not_held, *b.manifest.not_held)):
        yield what, f"not in the snapshot: {why}"
