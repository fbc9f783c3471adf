"""Verify: a database against a snapshot, row by row, without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.objects import compare_objects
from snapkit.core.text import counted
from snapkit.core.verdict import VerificationReport
from snapkit.pg.catalog import read_contents
from snapkit.pg.objects import read_objects
from snapkit.pg.rights import unreadable_tables
from snapkit.pg.sequence_catalog import unreadable_sequences
from snapkit.pg.session import connect
from snapkit.workflows.compare import (
    NAMED_ROWS,
    Comparison,
    compare_orphans,
    compare_sequences,
    compare_tables,
)
from snapkit.workflows.parts import snapshot_objects
from snapkit.workflows.progress import SILENT, Progress, stored_work
from snapkit.workflows.row_file import open_row_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from snapkit.core.catalog import Catalog
    from snapkit.core.manifest import Manifest
    from snapkit.core.names import TableName
    from snapkit.core.objects import CatalogObject
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot


def verify(
    target: Target,
    snapshot: Snapshot,
    *,
    only: Iterable[TableName] | None = None,
    named_rows: int = NAMED_ROWS,
    by_sql: bool = False,
    rows_to: Path | None = None,
    progress: Progress = SILENT,
) -> VerificationReport:
    """Compare a database with a snapshot.

    Every table is read inside one REPEATABLE READ transaction. Tables that differ are read again
    to name their rows. Foreign keys are proved by anti-join, sequences by their columns; one
    of which the role may not read where it stands is UNCHECKED. Indexes, constraints, defaults,
    triggers, views, functions and grants are held against those of the source.

    Args:
        target: The database.
        snapshot: What it should hold.
        only: The tables to compare; None compares all, a partitioned one stands for its
            partitions.
        named_rows: How many rows to name per table [rows]; counts are always complete.
        by_sql: Let the server digest, so that only digests travel.
        rows_to: A file, .csv or .parquet, that takes every row that differs.
        progress: Told of the rows read.

    Returns:
        One finding per table of the snapshot; tables left out by `only` are UNCHECKED.

    Raises:
        ConnectError: The database cannot be reached.
        DatabaseError: The server failed.
        ManifestError: A part that is needed to name rows cannot be read.
        StorageError: `rows_to` cannot be written.
        UsageError: Its ending is another one, or pyarrow is missing.

    Example:
        >>> report = snapkit.verify(shop, snapshot)
        >>> print(report.verdict, [finding.table.name for finding in report.mismatches])
        match []
    """
    manifest = snapshot.manifest
    entries = manifest.choose(only)
    chosen = (
        None
        if only is None
        else frozenset(name for entry in entries for name in manifest.line_of(entry))
    )
    with open_row_file(rows_to) as tell, connect(target) as session:
        session.begin(isolation="REPEATABLE READ", read_only=True)
        catalog = read_contents(session)
        namespaces = sorted({table.name.namespace for table in catalog.tables})
        unreadable = unreadable_tables(session, namespaces)
        comparison = Comparison(
            session=session,
            snapshot=snapshot,
            catalog=catalog,
            unreadable=unreadable,
            named_rows=named_rows,
            by_sql=by_sql,
            tell=tell,
        )
        progress.begin(f"verifying {counted(len(entries), 'table')}", stored_work(entries))
        findings = compare_tables(comparison, entries, progress)
        orphans = (
            compare_orphans(session, catalog, manifest, tables=chosen) if not unreadable else ()
        )
        sequences = (
            compare_sequences(
                session,
                catalog,
                manifest,
                tables=chosen,
                unreadable=unreadable_sequences(session),
            )
            if not unreadable
            else ()
        )
        expected = snapshot_objects(snapshot)
        objects, objects_compared = compare_objects(
            expected or (),
            () if expected is None else read_objects(session),
            catalog=catalog,
            source_version=manifest.server.version,
            tables=chosen,
        )
    return VerificationReport(
        findings=findings,
        orphans=orphans,
        sequences=sequences,
        objects=objects,
        objects_compared=objects_compared,
        unchecked=(
            *_unchecked(snapshot, catalog, chosen, unreadable),
            *_unchecked_objects(expected, manifest, catalog),
        ),
    )


def _unchecked_objects(
    expected: tuple[CatalogObject, ...] | None, manifest: Manifest, catalog: Catalog
) -> tuple[tuple[str, str], ...]:
    what = "indexes, constraints, defaults, triggers and grants"
    if expected is None:
        return ((what, "the snapshot does not say which its source had"),)
    if manifest.server.version // 10_000 != catalog.server.version // 10_000:
        return ((f"definitions of {what}", "each version of PostgreSQL prints them in its way"),)
    return ()


def _unchecked(
    snapshot: Snapshot,
    catalog: Catalog,
    chosen: frozenset[TableName] | None,
    unreadable: dict[TableName, str],
) -> tuple[tuple[str, str], ...]:
    manifest = snapshot.manifest
    items = [
        (f"table {entry.table}", "not asked for")
        for entry in manifest.data_tables
        if chosen is not None and entry.table not in chosen
    ]
    items += [
        (f"table {table.name}", "in the database, not in the snapshot")
        for table in catalog.data_tables
        if table.name not in manifest.by_table
    ]
    if unreadable:
        reason = "the role cannot read every table"
        items += [("foreign keys", reason), ("sequences", reason)]
    items += [(name, f"not in the snapshot: {why}") for name, why in manifest.not_held]
    return tuple(items)
