"""Coverage: schema, catalog and snapshot reconciled three ways, one row per table.

Every model, every join table and every table that no model stands for has its row, views too.
Partitions are folded into the table they belong to, so that no row is counted twice: the rows of a
snapshot, summed over the coverage, are the rows of its manifest.

Source: DESIGN.md, section 1, third promise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from snapkit.core.catalog import Catalog, Table, TableKind
from snapkit.core.drift import Drift
from snapkit.core.names import TableName
from snapkit.core.schema import ModelKind, Schema
from snapkit.core.summarized import Summarized

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.summary import Summary


class Presence(StrEnum):
    """Whether one of the three sides has a table; a side that was not given says nothing."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_GIVEN = "not given"


class CoverageStatus(StrEnum):
    """What the three sides say of one table together. The order is that of a legend."""

    COVERED = "covered"
    IGNORED = "covered, ignored by Prisma"
    UNMODELLED = "covered, no model"
    VIEW = "view"  # it lives in the DDL and has no rows of its own
    EXTENSION = "belongs to an extension"
    AGREED = "in schema and catalog"  # no snapshot was given
    CATALOG_ONLY = "in catalog, no model"  # no snapshot was given
    UNCOMPARED = "not compared"  # one side only
    MISSING_FROM_CATALOG = "missing from catalog"
    MISSING_FROM_SNAPSHOT = "missing from snapshot"
    MISSING_FROM_BOTH = "missing from catalog and snapshot"
    PARTITIONS_MISSING = "partitions missing from snapshot"
    NOT_HELD = "rows cannot be held"


_GAPS = frozenset(
    {
        CoverageStatus.MISSING_FROM_SNAPSHOT,
        CoverageStatus.MISSING_FROM_BOTH,
        CoverageStatus.PARTITIONS_MISSING,
    }
)


class CoverageVerdict(StrEnum):
    """Whether the snapshot holds every table that schema and catalog know."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    UNCHECKED = "unchecked"  # no snapshot, or nothing to compare it with


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One table on all three sides.

    `model` is the model's name, or the relation's for a join table; None where the schema has
    neither. `snapshot_rows` [rows] and `snapshot_bytes` (COPY text) [bytes] are None where the
    snapshot lacks the table, or was not given; `catalog_rows` is the planner's estimate [rows],
    None where it is unknown; `catalog_bytes` is the size on disk [bytes]. Figures of a partitioned
    table are the sums over its `partitions`.
    """

    group: str | None
    model: str | None
    table: TableName
    status: CoverageStatus
    in_schema: Presence
    in_catalog: Presence
    in_snapshot: Presence
    snapshot_rows: int | None = None
    snapshot_bytes: int | None = None
    catalog_rows: int | None = None
    catalog_bytes: int | None = None
    is_join_table: bool = False
    is_ignored: bool = False
    is_view: bool = False
    partitions: tuple[CoverageRow, ...] = ()
    reason: str = ""  # why rows are not held

    @property
    def is_gap(self) -> bool:
        """Whether schema or catalog know a table whose rows the snapshot does not hold."""
        return self.status in _GAPS or (
            self.status is CoverageStatus.NOT_HELD and self.model is not None
        )

    @property
    def is_empty(self) -> bool:
        """Whether the snapshot holds the table with 0 rows."""
        return not self.is_view and self.snapshot_rows == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over rows of a coverage; `a + b` is the sum over the rows of both.

    All but the figures in rows and bytes count tables (`views` and `partitions` count themselves).
    `catalog_rows` sums the estimates that are known; `unestimated` counts the tables without one.
    """

    tables: int = 0
    models: int = 0
    join_tables: int = 0
    unmodelled: int = 0
    ignored: int = 0
    views: int = 0
    partitions: int = 0
    in_schema: int = 0
    in_catalog: int = 0
    in_snapshot: int = 0
    empty: int = 0
    gaps: int = 0
    snapshot_rows: int = 0
    snapshot_bytes: int = 0
    catalog_rows: int = 0
    catalog_bytes: int = 0
    unestimated: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            **{
                item.name: getattr(self, item.name) + getattr(other, item.name)
                for item in fields(Totals)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCoverage:
    """The rows of one group; `name` is None for tables that no model stands for."""

    name: str | None
    rows: tuple[CoverageRow, ...]

    @property
    def totals(self) -> Totals:
        """Sums over the group's rows."""
        return totals(self.rows)


@dataclass(frozen=True, kw_only=True)
class Coverage(Summarized):
    """The reconciliation: rows by group, in the schema's order, tables without a model last."""

    rows: tuple[CoverageRow, ...]
    has_schema: bool
    has_catalog: bool
    has_snapshot: bool
    drift: tuple[Drift, ...] = ()

    @cached_property
    def groups(self) -> tuple[GroupCoverage, ...]:
        """The rows by group, groups in the order of their first row."""
        members: dict[str | None, list[CoverageRow]] = {}
        for row in self.rows:
            members.setdefault(row.group, []).append(row)
        return tuple(GroupCoverage(name=name, rows=tuple(rows)) for name, rows in members.items())

    @cached_property
    def totals(self) -> Totals:
        """Sums over all rows."""
        return totals(self.rows)

    @property
    def gaps(self) -> tuple[CoverageRow, ...]:
        """What the snapshot does not hold, missing partitions in the place of their table."""
        return tuple(_gaps(self.rows))

    @property
    def verdict(self) -> CoverageVerdict:
        """INCOMPLETE where a model or a catalog table is missing from the snapshot."""
        if not self.has_snapshot or not (self.has_schema or self.has_catalog):
            return CoverageVerdict.UNCHECKED
        if any(row.is_gap for row in self.rows):
            return CoverageVerdict.INCOMPLETE
        return CoverageVerdict.COMPLETE

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import coverage_summary  # noqa: PLC0415 -- only where shown

        return coverage_summary(self)


def totals(rows: Iterable[CoverageRow]) -> Totals:
    """Sum rows of a coverage.

    Args:
        rows: Top-level rows; partitions are in the figures of their table already.

    Returns:
        The sums; all zero for no rows.
    """
    return sum(map(_totals_of_row, rows), start=Totals())


def _totals_of_row(row: CoverageRow) -> Totals:
    is_table = not row.is_view
    return Totals(
        tables=is_table,
        models=is_table and row.model is not None and not row.is_join_table,
        join_tables=is_table and row.is_join_table,
        unmodelled=is_table and row.model is None,
        ignored=is_table and row.is_ignored,
        views=row.is_view,
        partitions=len(row.partitions),
        in_schema=is_table and row.in_schema is Presence.PRESENT,
        in_catalog=is_table and row.in_catalog is Presence.PRESENT,
        in_snapshot=is_table and row.in_snapshot is Presence.PRESENT,
        empty=row.is_empty,
        gaps=row.is_gap,
        snapshot_rows=row.snapshot_rows or 0,
        snapshot_bytes=row.snapshot_bytes or 0,
        catalog_rows=row.catalog_rows or 0,
        catalog_bytes=row.catalog_bytes or 0,
        unestimated=row.in_catalog is Presence.PRESENT and is_table and row.catalog_rows is None,
    )


def _gaps(rows: Iterable[CoverageRow]) -> Iterator[CoverageRow]:
    for row in rows:
        if row.status is CoverageStatus.PARTITIONS_MISSING:
            yield from _gaps(row.partitions)
        elif row.is_gap:
            yield row


def coverage(
    schema: Schema | None,
    catalog: Catalog | None,
    manifest: Manifest | None,
    drift: tuple[Drift, ...] = (),
) -> Coverage:
    """Reconcile schema, catalog and snapshot.

    Args:
        schema: The Prisma schema; None where there is none.
        catalog: The live catalog, or the one a snapshot carries; None where there is none.
        manifest: The snapshot; None to compare schema and catalog only.
        drift: What `snapkit.core.drift` found between schema and catalog; carried along.

    Returns:
        One row per table and view that any side knows; partitions inside their table's row.
    """
    sides = _Sides(schema, catalog, manifest)
    parents = sides.parents()
    children: dict[TableName, list[TableName]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found = [_row(name, sides, children) for name in sorted(sides.names - parents.keys())]
    return Coverage(
        rows=tuple(sorted(found, key=sides.place)),
        has_schema=schema is not None,
        has_catalog=catalog is not None,
        has_snapshot=manifest is not None,
        drift=drift,
    )


class _Sides:
    """The three sides, each under its tables' names."""

    def __init__(
        self, schema: Schema | None, catalog: Catalog | None, manifest: Manifest | None
    ) -> None:
        self.schema = schema
        self.in_schema: frozenset[TableName] | None = None
        if schema is not None:
            self.in_schema = frozenset(schema.by_table) | frozenset(schema.join_by_table)
        self.catalog = None if catalog is None else catalog.by_name
        self.entries = None if manifest is None else manifest.by_table
        self.views = frozenset() if manifest is None else frozenset(manifest.views)
        self.ignored = frozenset() if manifest is None else frozenset(manifest.ignored_models)
        self.not_held = {
            name: reason
            for source in (catalog, manifest)
            if source is not None
            for name, reason in source.not_held
        }
        self.names = self.views.union(self.in_schema or (), self.catalog or (), self.entries or ())
        self._has_groups = schema is not None or any(
            entry.group is not None for entry in (self.entries or {}).values()
        )
        self._group_places = _places(group.name for group in schema.groups) if schema else {}
        self._model_places = _places(model.name for model in schema.models) if schema else {}

    def parents(self) -> dict[TableName, TableName]:
        """Each partition, and the table into whose row it is folded.

        A partition with a model of its own keeps its row. One whose chain of parents leads back to
        itself (only a forged manifest has such) is no partition.
        """
        direct = {
            name: parent
            for name in self.names
            if (parent := self._partition_of(name)) in self.names and not self.is_modelled(name)
        }
        folded = {}
        for name, home in direct.items():
            seen = [name]
            while (parent := direct.get(seen[-1])) is not None and parent not in seen:
                seen.append(parent)
            if parent is None:
                folded[name] = home
        return folded

    def _partition_of(self, name: TableName) -> TableName | None:
        table, entry = self.table(name), self.entry(name)
        if table is not None:
            return table.partition_of
        return entry.partition_of if entry is not None else None

    def is_modelled(self, name: TableName) -> bool:
        return self.in_schema is not None and name in self.in_schema

    def table(self, name: TableName) -> Table | None:
        return (self.catalog or {}).get(name)

    def entry(self, name: TableName) -> TableEntry | None:
        return (self.entries or {}).get(name)

    def model_of(self, name: TableName) -> str | None:
        """The model or relation, by the schema; by the manifest where there is no schema."""
        if self.schema is None:
            entry = self.entry(name)
            return entry.model if entry else None
        if name in self.schema.join_by_table:
            return self.schema.join_by_table[name].relation
        model = self.schema.by_table.get(name)
        return model.name if model else None

    def group_of(self, name: TableName) -> str | None:
        """The group, by the schema, else by the manifest; namespaces where nobody knows groups."""
        if not self._has_groups:
            return name.namespace
        if self.schema is not None:
            return self.schema.group_of(name)
        entry = self.entry(name)
        return entry.group if entry else None

    def is_ignored(self, name: TableName) -> bool:
        if self.schema is None:
            return self.model_of(name) in self.ignored
        model = self.schema.by_table.get(name)
        return model is not None and model.is_ignored

    def is_view(self, name: TableName) -> bool:
        """By the database where it knows the name: people write `model` for a view."""
        table = self.table(name)
        if table is not None:
            return table.kind in {TableKind.VIEW, TableKind.MATERIALIZED_VIEW}
        if self.entry(name) is not None:
            return False
        model = self.schema.by_table.get(name) if self.schema else None
        return name in self.views or (model is not None and model.kind is ModelKind.VIEW)

    def is_join(self, name: TableName) -> bool:
        return self.schema is not None and name in self.schema.join_by_table

    def not_held_reason(self, name: TableName) -> str:
        table = self.table(name)
        reason = self.not_held.get(str(name)) or self.not_held.get(f"{name.namespace}.{name.name}")
        if reason is None and table is not None and table.kind is TableKind.FOREIGN:
            reason = "a foreign table: its rows lie on another server"
        return reason or ""

    def presence(self, name: TableName) -> tuple[Presence, Presence, Presence]:
        in_snapshot = None
        if self.entries is not None:
            in_snapshot = name in self.entries or name in self.views
        return (
            _presence(None if self.in_schema is None else name in self.in_schema),
            _presence(None if self.catalog is None else name in self.catalog),
            _presence(in_snapshot),
        )

    def place(self, row: CoverageRow) -> tuple[int, str, int, TableName]:
        """Where a row stands: the schema's groups and models in its order, the rest by name."""
        last = len(self._group_places) + len(self._model_places)
        group = last if row.group is None else self._group_places.get(row.group, last - 1)
        model = last if row.model is None else self._model_places.get(row.model, last - 1)
        return (group, row.group or "", model, row.table)


def _places(names: Iterable[str]) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(names)}


def _presence(is_there: bool | None) -> Presence:  # noqa: FBT001  # the third state is its point
    if is_there is None:
        return Presence.NOT_GIVEN
    return Presence.PRESENT if is_there else Presence.MISSING


def _row(
    name: TableName, sides: _Sides, children: Mapping[TableName, Iterable[TableName]]
) -> CoverageRow:
    parts = tuple(_row(child, sides, children) for child in sorted(children.get(name, ())))
    table, entry = sides.table(name), sides.entry(name)
    is_view = sides.is_view(name)
    estimate = None if table is None or is_view else table.estimated_rows or None
    size = None if table is None or is_view else table.size_bytes
    return CoverageRow(
        group=sides.group_of(name),
        model=sides.model_of(name),
        table=name,
        status=_status(name, sides, parts),
        in_schema=sides.presence(name)[0],
        in_catalog=sides.presence(name)[1],
        in_snapshot=sides.presence(name)[2],
        snapshot_rows=_sum(entry.rows if entry else None, (part.snapshot_rows for part in parts)),
        snapshot_bytes=_sum(entry.size if entry else None, (part.snapshot_bytes for part in parts)),
        catalog_rows=_sum(estimate, (part.catalog_rows for part in parts)),
        catalog_bytes=_sum(size, (part.catalog_bytes for part in parts)),
        is_join_table=sides.is_join(name),
        is_ignored=sides.is_ignored(name),
        is_view=is_view,
        partitions=parts,
        reason=sides.not_held_reason(name),
    )


def _sum(own: int | None, others: Iterable[int | None]) -> int | None:
    known = [value for value in (own, *others) if value is not None]
    return sum(known) if known else None


def _status(name: TableName, sides: _Sides, parts: tuple[CoverageRow, ...]) -> CoverageStatus:
    in_schema, in_catalog, in_snapshot = sides.presence(name)
    if in_snapshot is Presence.MISSING:
        return _status_outside_snapshot(name, sides)
    if any(part.is_gap for part in parts):
        return CoverageStatus.PARTITIONS_MISSING
    if in_catalog is Presence.MISSING:
        return CoverageStatus.MISSING_FROM_CATALOG
    if sides.is_view(name):
        return CoverageStatus.VIEW
    if in_snapshot is Presence.NOT_GIVEN:
        return _STATUS_WITHOUT_SNAPSHOT.get((in_schema, in_catalog), CoverageStatus.UNCOMPARED)
    return _status_in_snapshot(name, sides)


_STATUS_WITHOUT_SNAPSHOT = {
    (Presence.PRESENT, Presence.PRESENT): CoverageStatus.AGREED,
    (Presence.MISSING, Presence.PRESENT): CoverageStatus.CATALOG_ONLY,
}


def _status_in_snapshot(name: TableName, sides: _Sides) -> CoverageStatus:
    if sides.presence(name)[0] is Presence.MISSING:
        return CoverageStatus.UNMODELLED
    if sides.in_schema is None and sides.catalog is None:
        return CoverageStatus.UNCOMPARED
    return CoverageStatus.IGNORED if sides.is_ignored(name) else CoverageStatus.COVERED


def _status_outside_snapshot(name: TableName, sides: _Sides) -> CoverageStatus:
    table = sides.table(name)
    if table is not None and table.extension:
        return CoverageStatus.EXTENSION
    if table is not None and table.kind is TableKind.FOREIGN:
        return CoverageStatus.NOT_HELD
    if sides.presence(name)[1] is Presence.MISSING:
        return CoverageStatus.MISSING_FROM_BOTH
    return CoverageStatus.MISSING_FROM_SNAPSHOT
