"""Comparing a database's rows with a snapshot's: digests first, then the rows that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from snapkit.core.catalog import Catalog, Sequence
from snapkit.core.digest import TableDigest
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.rows import RowDifferences, RowShape
from snapkit.core.verdict import (
    Finding,
    OrphanCheck,
    OrphanFinding,
    RowDifference,
    SequenceFinding,
    Verdict,
)
from snapkit.pg.digest import sql_digest
from snapkit.pg.orphans import count_orphans
from snapkit.pg.places import keep_order
from snapkit.pg.rights import tables_with_rows
from snapkit.pg.rows import source_of
from snapkit.pg.sequences import Reach, greatest_values
from snapkit.pg.session import Session
from snapkit.store import Snapshot
from snapkit.workflows.progress import Progress, Telling
from snapkit.workflows.row_sides import DatabaseSide, Reading, Sides, SnapshotSide

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.manifest import Manifest, TableEntry

NAMED_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What to compare, and how.

    `unreadable` gives, for tables the role cannot read in full, the reason. `named_rows` bounds
    how many rows are named per table [rows]; counts are always complete. `by_sql` has the server
    digest. `quarantined` are digests of rows that were set aside, and so are not expected;
    `observed` are digests of what was read already. `tell` is called with every row that differs.
    """

    session: Session
    snapshot: Snapshot
    catalog: Catalog
    unreadable: dict[TableName, str]
    named_rows: int = NAMED_ROWS
    by_sql: bool = False
    quarantined: Mapping[TableName, TableDigest] = field(default_factory=dict)
    observed: Mapping[TableName, TableDigest] = field(default_factory=dict)
    tell: Callable[[RowDifference], object] | None = None


def compare_tables(
    comparison: Comparison, entries: Iterable[TableEntry], progress: Progress
) -> tuple[Finding, ...]:
    """Compare tables with the snapshot.

    Args:
        comparison: Both sides; the session is inside one transaction.
        entries: The tables.
        progress: Told of the rows read.

    Returns:
        One finding per entry, in the same order.

    Raises:
        DatabaseError: The server failed.
        ManifestError: A part of a table that differs cannot be read.
    """
    asked = tuple(entries)
    keep_order(comparison.session)
    empty = _still_empty(comparison, asked)
    findings = []
    for entry in asked:
        findings.append(_compare(comparison, entry, progress, is_empty=entry.table in empty))
        progress.end(entry.table)
    return tuple(findings)


def _still_empty(comparison: Comparison, entries: tuple[TableEntry, ...]) -> frozenset[TableName]:
    """The tables without rows on either side: all are asked in one query, none is read."""
    catalog = comparison.catalog
    readable = {table.name for table in catalog.data_tables} - comparison.unreadable.keys()
    names = [entry.table for entry in entries if not entry.rows and entry.table in readable]
    sources = [source_of(catalog, name) for name in names]
    return frozenset(names).difference(tables_with_rows(comparison.session, sources))


def _compare(
    comparison: Comparison, entry: TableEntry, progress: Progress, *, is_empty: bool
) -> Finding:
    finding = Finding(
        table=entry.table,
        model=entry.model,
        group=entry.group,
        verdict=Verdict.MATCH,
        expected_rows=entry.rows,
        expected_digest=entry.digest,
    )
    table = comparison.catalog.by_name.get(entry.table)
    if table is None:
        return _lost(finding, "the database has no such table")
    absent = set(entry.column_names) - {column.name for column in table.columns}
    if absent:
        return _lost(finding, f"the database has no column {', '.join(sorted(absent))}")
    computed = set(entry.column_names) - {column.name for column in table.stored_columns}
    if computed:
        return _lost(finding, f"the database computes column {', '.join(sorted(computed))}")
    if reason := comparison.unreadable.get(entry.table):
        return replace(finding, verdict=Verdict.UNCHECKED, reason=reason)
    aside = comparison.quarantined.get(entry.table, TableDigest())
    expected = TableDigest.parse(entry.rows, entry.size, entry.digest) - aside
    side = DatabaseSide(
        comparison.session, source_of(comparison.catalog, entry.table), entry.column_names
    )
    with Reading() as reading:
        observed = (
            TableDigest() if is_empty else _digest(comparison, entry, side, reading, progress)
        )
        finding = replace(
            finding,
            observed_rows=observed.rows,
            observed_digest=observed.hex,
            quarantined=aside.rows,
        )
        if (observed.rows, observed.hex) == (expected.rows, expected.hex):
            return finding
        found = RowDifferences(tell=comparison.tell)
        shape = RowShape(table=entry.table, columns=entry.column_names, key=entry.key)
        Sides(shape, SnapshotSide(comparison.snapshot, entry), side).compare(
            found,
            limit=comparison.named_rows,
            theirs=reading if reading.total == observed else None,
        )
    return replace(
        finding,
        verdict=Verdict.MISMATCH,
        missing=found.missing,
        extra=found.extra,
        changed=found.changed,
        named=tuple(found.named),
    )


def _lost(finding: Finding, reason: str) -> Finding:
    return replace(finding, verdict=Verdict.MISMATCH, missing=finding.expected_rows, reason=reason)


def _digest(
    comparison: Comparison,
    entry: TableEntry,
    side: DatabaseSide,
    reading: Reading,
    progress: Progress,
) -> TableDigest:
    told = Telling(progress, entry.table)
    if (known := comparison.observed.get(entry.table)) is not None:
        told.up_to(known)
        return known
    if comparison.by_sql:
        digest = sql_digest(comparison.session, side.source, side.columns)
        told.up_to(digest)
        return digest
    return reading.read(side, told.up_to).total


def compare_orphans(
    session: Session,
    catalog: Catalog,
    manifest: Manifest,
    *,
    tables: frozenset[TableName] | None = None,
    validated_now: frozenset[ForeignKey] = frozenset(),
) -> tuple[OrphanFinding, ...]:
    """Look for orphans, and compare with those that the source had already.

    Args:
        session: Inside the transaction to look at.
        catalog: Of the same database, as it is now.
        manifest: Names the snapshot's foreign keys and relations, and its orphans.
        tables: Only keys that start or end at one of these; None takes all.
        validated_now: Foreign keys that were made in this very transaction; where they are valid,
            the database has looked every row up.

    Returns:
        One finding per foreign key of the database, and per relation that only the schema knows.
    """
    known = manifest.known_orphans
    keys = tuple(
        key
        for key in catalog.foreign_keys + manifest.relations_in(catalog)
        if tables is None or not tables.isdisjoint((key.child, key.parent))
    )
    proved = {
        key
        for key in catalog.foreign_keys
        if key in validated_now and key.validated and key.enforced
    }
    counted = dict(count_orphans(session, catalog, [key for key in keys if key not in proved]))
    return tuple(
        OrphanFinding(
            foreign_key=key,
            rows=counted.get(key, 0),
            known=known.get((key.child, key.columns, key.parent), 0),
            check=OrphanCheck.CONSTRAINT if key in proved else OrphanCheck.ANTI_JOIN,
        )
        for key in sorted(keys, key=lambda key: key.sort_key)
    )


def compare_sequences(
    session: Session,
    catalog: Catalog,
    manifest: Manifest,
    *,
    tables: frozenset[TableName] | None = None,
    advanced: Iterable[Sequence] = (),
    unreadable: frozenset[TableName] = frozenset(),
) -> tuple[SequenceFinding, ...]:
    """Ask whether each sequence's next value is free.

    Args:
        session: Inside the transaction to look at.
        catalog: Of the same database; says where its sequences stand now.
        manifest: Names the snapshot's sequences.
        tables: Only sequences that columns of these tables, or of partitioned ones above them,
            draw from; None takes all.
        advanced: Sequences where they will stand in a moment: moved once all else is proved.
        unreadable: Sequences of which the role may not read where they stand.

    Returns:
        One finding per sequence of the snapshot.
    """
    family = None if tables is None else catalog.with_partitioned(tables)
    drawn = {s.name for s in catalog.sequences_of(tables or ()) if not s.cycles}
    asked = [
        s
        for s in manifest.sequences
        if family is None or s.owner_table in family or s.name in drawn
    ]
    standing = {sequence.name: sequence for sequence in (*catalog.sequences, *advanced)}
    found = [
        None if sequence.name in unreadable else standing.get(sequence.name) for sequence in asked
    ]
    greatest = greatest_values(session, catalog, [sequence for sequence in found if sequence])
    return tuple(
        _sequence_finding(
            expected,
            actual,
            greatest.get(expected.name),
            is_readable=expected.name not in unreadable,
        )
        for expected, actual in zip(asked, found, strict=True)
    )


def _sequence_finding(
    expected: Sequence, actual: Sequence | None, reach: Reach | None, *, is_readable: bool
) -> SequenceFinding:
    return SequenceFinding(
        sequence=expected.name,
        owner=reach.table if reach else expected.owner_table,
        column=reach.column if reach else expected.owner_column,
        next_value=actual.next_value if actual else None,
        greatest=reach.value if reach else None,
        increment=actual.increment if actual else expected.increment,
        is_as_in_snapshot=actual is not None
        and (actual.next_value, actual.increment) == (expected.next_value, expected.increment),
        is_readable=is_readable,
    )
