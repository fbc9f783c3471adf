"""What two snapshots differ in, as values: schema, tables, rows. The first is A, the second B.

Schemas are compared as facts: each catalog becomes pairs of what is meant and how it is, and the
pairs that are not the same on both sides are the changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from snapkit.core.ddl import statements, strip
from snapkit.core.names import TableName
from snapkit.core.summarized import Summarized
from snapkit.core.verdict import RowChange, RowDifference, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from snapkit.core.catalog import Catalog, Column, Index, Table
    from snapkit.core.manifest import TableEntry
    from snapkit.core.summary import Summary

NOTHING: Final = "nothing"
WORDS: Final = {  # what becomes of A's rows on the way to B
    RowChange.MISSING: "removed",
    RowChange.EXTRA: "added",
    RowChange.CHANGED: "changed",
}


class ChangeKind(StrEnum):
    """What changed in a schema; the values are for people. The order is that of a report."""

    TABLE = "table"
    COLUMN = "column"
    KEY = "key"
    INDEX = "index"
    FOREIGN_KEY = "foreign key"
    CHECK = "check constraint"
    TRIGGER = "trigger"
    OWNER = "owner"
    SEQUENCE = "sequence"
    POSITION = "sequence's position"
    ENUM = "enum"
    EXTENSION = "extension"
    DDL = "statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One change. `table` is None where no table is meant; `item` what is meant in it."""

    kind: ChangeKind
    table: TableName | None
    item: str = ""
    before: str = NOTHING  # in A
    after: str = NOTHING  # in B

    @property
    def where(self) -> str:
        """The table, and the item in it, for people."""
        return ".".join(filter(None, (str(self.table) if self.table else "", self.item)))

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDiff:
    """One table. `rows_a` and `rows_b` are None where the snapshot has no such table [rows].

    `removed`, `added` and `changed` count rows [rows]: `rows_a` - `removed` + `added` = `rows_b`,
    but where the rows were not compared, which `reason` explains. `named` lists some of them.
    """

    table: TableName
    model: str | None
    group: str | None
    verdict: Verdict
    rows_a: int | None
    rows_b: int | None
    added: int = 0
    removed: int = 0
    changed: int = 0
    is_compared: bool = True
    reason: str = ""
    named: tuple[RowDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffTotals:
    """The sums over all tables [rows, tables]."""

    tables: int
    same: int
    rows_a: int
    rows_b: int
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDiff(Summarized):
    """What two snapshots differ in; both are named by their ids.

    `unchecked` names what was not compared, with the reason.
    """

    a: str
    b: str
    tables: tuple[TableDiff, ...]
    changes: tuple[SchemaChange, ...]
    unchecked: tuple[tuple[str, str], ...] = ()
    has_schema: bool = True  # whether the schemas were compared

    @property
    def verdict(self) -> Verdict:
        """MATCH where all that was compared is the same, and something was."""
        found = [table.verdict for table in self.tables]
        if self.has_schema:
            found.append(Verdict.MISMATCH if self.changes else Verdict.MATCH)
        return worst(found)

    @property
    def differing(self) -> tuple[TableDiff, ...]:
        """The tables that are not the same."""
        return tuple(table for table in self.tables if table.verdict is not Verdict.MATCH)

    @property
    def totals(self) -> DiffTotals:
        """The sums over all tables."""
        tables = self.tables
        return DiffTotals(
            tables=len(tables),
            same=sum(table.verdict is Verdict.MATCH for table in tables),
            rows_a=sum(table.rows_a or 0 for table in tables),
            rows_b=sum(table.rows_b or 0 for table in tables),
            added=sum(table.added for table in tables),
            removed=sum(table.removed for table in tables),
            changed=sum(table.changed for table in tables),
        )

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import diff_summary  # noqa: PLC0415 -- only where shown

        return diff_summary(self)


def without_reading(name: TableName, a: TableEntry | None, b: TableEntry | None) -> TableDiff:
    """Compare a table by what the manifests say of it.

    Args:
        name: The table.
        a: Its entry in A; None where A has no such table.
        b: The same in B; one of them is there.

    Returns:
        MATCH where the digests are equal; UNCHECKED where the rows have to be read.
    """
    entry = b or a
    assert entry is not None  # noqa: S101 -- see above
    verdict, reason, is_compared = Verdict.MISMATCH, "", True
    if a is None or b is None:
        reason = "only in A" if b is None else "only in B"
    elif set(a.column_names) != set(b.column_names):
        reason, is_compared = _columns_apart(a, b), False
    else:
        same = (a.rows, a.digest, a.column_names) == (b.rows, b.digest, b.column_names)
        verdict = Verdict.MATCH if same or not (a.rows or b.rows) else Verdict.UNCHECKED
    return TableDiff(
        table=name,
        model=entry.model,
        group=entry.group,
        verdict=verdict,
        rows_a=a.rows if a else None,
        rows_b=b.rows if b else None,
        added=b.rows if b and a is None else 0,
        removed=a.rows if a and b is None else 0,
        is_compared=is_compared,
        reason=reason,
    )


def _columns_apart(a: TableEntry, b: TableEntry) -> str:
    ours, theirs = set(a.column_names), set(b.column_names)
    parts = [
        f"only in {side}: {', '.join(sorted(names))}"
        for side, names in (("A", ours - theirs), ("B", theirs - ours))
        if names
    ]
    return f"the columns differ ({'; '.join(parts)}), so that rows were not compared"


def schema_changes(a: Catalog, b: Catalog) -> tuple[SchemaChange, ...]:
    """Compare two catalogs.

    Args:
        a: That of A.
        b: That of B.

    Returns:
        Every change: by table, kind and item. What hangs on a table that only one of them has is
        not named beside it.
    """
    return _changes(dict(_facts(a)), dict(_facts(b)))


_Fact = tuple[ChangeKind, TableName | None, str]


def _changes(ours: Mapping[_Fact, str], theirs: Mapping[_Fact, str]) -> tuple[SchemaChange, ...]:
    tables = {fact[1] for fact in ours.keys() ^ theirs.keys() if fact[0] is ChangeKind.TABLE}
    found = [
        SchemaChange(
            kind=kind,
            table=table,
            item=item,
            before=ours.get((kind, table, item), NOTHING),
            after=theirs.get((kind, table, item), NOTHING),
        )
        for kind, table, item in ours.keys() | theirs.keys()
        if kind is ChangeKind.TABLE or table not in tables
    ]
    places = {kind: place for place, kind in enumerate(ChangeKind)}
    return tuple(
        sorted(
            (one for one in found if one.before != one.after),
            key=lambda one: (one.table is None, str(one.table), places[one.kind], one.item),
        )
    )


def _facts(catalog: Catalog) -> Iterator[tuple[_Fact, str]]:
    for table in catalog.tables:
        yield from _table_facts(table)
    for key in catalog.foreign_keys:
        states = "" if key.validated else " NOT VALID"
        states += "" if key.enforced else " NOT ENFORCED"
        text = key.definition.removesuffix(" NOT VALID").removesuffix(" NOT ENFORCED")
        yield (ChangeKind.FOREIGN_KEY, key.child, key.name), text + states
    for one in catalog.sequences:
        text = f"{one.type} START {one.start} INCREMENT {one.increment} MINVALUE {one.minimum}"
        text += f" MAXVALUE {one.maximum} CACHE {one.cache}{' CYCLE' if one.cycles else ''}"
        yield (ChangeKind.SEQUENCE, one.name, ""), text
        yield (ChangeKind.POSITION, one.name, ""), f"next {one.next_value}"
    for enum in catalog.enums:
        yield (ChangeKind.ENUM, enum.name, ""), ", ".join(enum.values)
    for extension in catalog.extensions:
        yield (ChangeKind.EXTENSION, None, extension.name), extension.version


def _table_facts(table: Table) -> Iterator[tuple[_Fact, str]]:
    name = table.name
    words = [
        "unlogged" if table.is_unlogged else "",
        str(table.kind),
        f"partition of {table.partition_of}" if table.partition_of else "",
        f"inherits {', '.join(map(str, table.inherits))}" if table.inherits else "",
        "row security" if table.has_row_security else "",
        "forced" if table.forces_row_security else "",
    ]
    yield (ChangeKind.TABLE, name, ""), " ".join(filter(None, words))
    yield (ChangeKind.OWNER, name, ""), table.owner
    for column in table.columns:
        yield (ChangeKind.COLUMN, name, column.name), _column(column)
    for index in table.indexes:
        is_key = index.is_primary or index.is_constraint
        yield (ChangeKind.KEY if is_key else ChangeKind.INDEX, name, index.name), _index(index)
    unproven = {one.name for one in table.unproven}
    for check in table.checks:
        told = "not validated" if check in unproven else "valid"
        yield (ChangeKind.CHECK, name, check), told
    for trigger in table.triggers:
        yield (ChangeKind.TRIGGER, name, trigger.name), f"fires: {trigger.state.name.lower()}"


def _column(column: Column) -> str:
    words = [
        column.type,
        f'COLLATE "{column.collation}"' if column.collation else "",
        "NOT NULL" if column.not_null else "",
        f"GENERATED {column.identity.upper()} AS IDENTITY" if column.identity else "",
        "GENERATED AS" if column.is_generated else "",
        f"{'' if column.is_generated else 'DEFAULT '}{column.default}" if column.default else "",
    ]
    return " ".join(filter(None, words))


def _index(index: Index) -> str:
    kind = "PRIMARY KEY" if index.is_primary else "UNIQUE" if index.is_unique else ""
    shape = index.definition or f"{index.method} ({', '.join(index.columns)})"
    words = (kind, shape, "DEFERRABLE" if index.is_deferrable else "")
    state = "" if index.is_valid else "(invalid)"
    return " ".join(filter(None, (*words, state)))


def statement_changes(a: str, b: str) -> tuple[SchemaChange, ...]:
    """Compare two scripts, statement by statement, whatever their order.

    Args:
        a: That of A, pg_dump's.
        b: That of B.

    Returns:
        Statements that only one of them has, by how they begin; those that begin alike are one
        change.
    """
    ours, theirs = (
        {one.text: one.first_line for one in statements(strip(text))} for text in (a, b)
    )
    gone = Counter(first for text, first in ours.items() if text not in theirs)
    new = Counter(first for text, first in theirs.items() if text not in ours)
    return tuple(
        SchemaChange(
            kind=ChangeKind.DDL,
            table=None,
            item=first,
            before=_text(gone[first], new[first], "as A has it"),
            after=_text(new[first], gone[first], "as B has it"),
        )
        for first in sorted(gone.keys() | new.keys())
    )


def _text(count: int, other: int, words: str) -> str:
    if not count:
        return NOTHING
    return words if other else "there"
