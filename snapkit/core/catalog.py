"""The catalog: what a live database says of itself, as values.

Read by `snapkit.pg.catalog`, kept in a snapshot's `catalog.json`, compared with a Prisma schema by
`snapkit.core.drift`.

Source: PostgreSQL manual, System Catalogs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from snapkit.core.names import ForeignKey, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class TableKind(StrEnum):
    """What a `pg_class` entry is; ORDINARY ones hold rows of their own.

    LARGE_OBJECTS is the one place of all large objects, whose rows are pieces of them.
    """

    ORDINARY = "table"
    PARTITIONED = "partitioned table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN = "foreign table"
    LARGE_OBJECTS = "large objects"


LARGE_OBJECTS = TableName("pg_catalog", "pg_largeobject")
PIECE_BYTES = 262144  # of a large object, at most, in one row [bytes]
HOLDS_ROWS = frozenset({TableKind.ORDINARY, TableKind.LARGE_OBJECTS})


class Identity(StrEnum):
    """How an identity column takes its value."""

    NONE = ""
    ALWAYS = "always"
    BY_DEFAULT = "by default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `type` is `format_type`'s text, such as `character varying(40)`."""

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    identity: Identity = Identity.NONE
    is_generated: bool = False
    collation: str | None = None


class KeyKind(StrEnum):
    """What makes a set of columns unique."""

    PRIMARY = "primary key"
    UNIQUE = "unique"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorClass:
    """How an index compares one column; `is_default` where the column's type asks for it."""

    name: str
    is_default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index; `key` says whether a constraint stands behind it."""

    name: str
    columns: tuple[str, ...]  # expressions appear as text; see `has_expressions`
    is_unique: bool = False
    is_primary: bool = False
    is_valid: bool = True
    method: str = "btree"
    predicate: str | None = None
    has_expressions: bool = False
    is_constraint: bool = False
    nulls_not_distinct: bool = False
    is_deferrable: bool = False
    operator_classes: tuple[OperatorClass, ...] = ()  # one for each column, where they were read
    definition: str = ""


class TriggerState(StrEnum):
    """When a trigger fires, by `pg_trigger.tgenabled`."""

    ORIGIN = "O"
    DISABLED = "D"
    REPLICA = "R"
    ALWAYS = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One user trigger, constraint triggers included."""

    name: str
    state: TriggerState = TriggerState.ORIGIN

    @property
    def is_enabled(self) -> bool:
        """Whether it fires at all."""
        return self.state is not TriggerState.DISABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """A CHECK or NOT NULL constraint that was never validated: rows of its table may break it."""

    name: str
    definition: str
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, view or materialized view, and what hangs on it."""

    name: TableName
    kind: TableKind = TableKind.ORDINARY
    owner: str = ""
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    partition_of: TableName | None = None
    inherits: tuple[TableName, ...] = ()
    checks: tuple[str, ...] = ()  # names of CHECK constraints
    triggers: tuple[Trigger, ...] = ()  # user triggers, by name
    has_row_security: bool = False
    forces_row_security: bool = False
    is_unlogged: bool = False
    extension: str | None = None  # the extension that owns it
    estimated_rows: int = 0  # the planner's estimate [rows]; 0 where unknown
    size_bytes: int = 0  # heap and TOAST [bytes]
    comment: str | None = None
    is_populated: bool = True  # False for a materialized view WITH NO DATA
    sources: tuple[TableName, ...] = ()  # what a view reads, by name
    configuration: str | None = None  # of an extension's table: which rows are the users', as SQL
    unproven: tuple[Unproven, ...] = ()  # its own, not those that it inherits

    @property
    def holds_rows(self) -> bool:
        """Whether rows lie in this table itself, not in partitions or behind a view."""
        return self.kind in HOLDS_ROWS

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns that a snapshot holds: all but generated ones, in catalog order."""
        return tuple(column for column in self.columns if not column.is_generated)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row: the primary key, else the smallest unique key without NULLs.

        Empty where the table has none. Ties break by the index's name. Keys with generated columns
        do not count: a snapshot does not hold those.
        """
        not_null = {column.name for column in self.stored_columns if column.not_null}
        candidates = [
            index
            for index in self.indexes
            if index.is_unique
            and index.is_valid
            and index.predicate is None
            and not index.has_expressions
            and not_null.issuperset(index.columns)
        ]
        best = min(
            candidates,
            key=lambda index: (not index.is_primary, len(index.columns), index.name),
            default=None,
        )
        return best.columns if best else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """One sequence and where it stands. `owner_table` is set for serial and identity columns."""

    name: TableName
    type: str = "bigint"
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 2**63 - 1
    cache: int = 1
    cycles: bool = False
    last_value: int = 1
    is_called: bool = False
    owner_table: TableName | None = None
    owner_column: str | None = None

    @property
    def next_value(self) -> int:
        """What `nextval` gives next; it may lie beyond the end of a sequence that is used up."""
        return self.last_value + self.increment if self.is_called else self.last_value


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Feed:
    """A column that draws from a sequence by its default; whether the role may read it."""

    sequence: TableName
    table: TableName
    column: str
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """One enum type; `values` in sort order."""

    name: TableName
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """One installed extension."""

    name: str
    version: str
    namespace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server behind a database. `version` is `server_version_num`, such as 180003."""

    version: int
    version_text: str
    encoding: str
    collation: str
    collation_version: str | None


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """What one database says of itself. System namespaces are left out; extensions' tables stay in.

    `not_held` names what a snapshot cannot carry (foreign tables, settings), as pairs of a name and
    the reason, so that nothing is lost in silence.
    """

    database: str
    server: Server
    role: str
    tables: tuple[Table, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    feeds: tuple[Feed, ...] = ()
    enums: tuple[EnumType, ...] = ()
    extensions: tuple[Extension, ...] = ()
    granted_roles: tuple[str, ...] = ()  # roles that grants and policies name, other than the owner
    not_held: tuple[tuple[str, str], ...] = field(default=())

    @cached_property
    def by_name(self) -> Mapping[TableName, Table]:
        """Every table, view and materialized view under its full name."""
        return {table.name: table for table in self.tables}

    @property
    def data_tables(self) -> tuple[Table, ...]:
        """The tables that hold rows of their own, by name.

        Those of extensions are left out, but for the ones that extensions declare as configuration.
        """
        return tuple(
            sorted(
                (
                    table
                    for table in self.tables
                    if table.holds_rows and (not table.extension or table.configuration is not None)
                ),
                key=lambda table: table.name,
            )
        )

    @cached_property
    def _feeds_by_sequence(self) -> Mapping[TableName, tuple[Feed, ...]]:
        found: dict[TableName, list[Feed]] = {}
        for feed in self.feeds:
            found.setdefault(feed.sequence, []).append(feed)
        return {name: tuple(feeds) for name, feeds in found.items()}

    def feeds_of(self, sequence: Sequence) -> tuple[Feed, ...]:
        """Name the columns that draw from a sequence: its owner's, and those with a default.

        Args:
            sequence: Of this database.

        Returns:
            The columns, its owner's first.
        """
        feeds = self._feeds_by_sequence.get(sequence.name, ())
        table, column = sequence.owner_table, sequence.owner_column
        if table is None or column is None:
            return feeds
        owned = [feed for feed in feeds if (feed.table, feed.column) == (table, column)]
        owner = owned or [Feed(sequence=sequence.name, table=table, column=column)]
        return (*owner, *(feed for feed in feeds if feed not in owned))

    def sequences_of(self, names: Iterable[TableName]) -> tuple[Sequence, ...]:
        """Name the sequences that tables, or the partitioned ones above them, draw from.

        Args:
            names: The tables.

        Returns:
            The sequences, whether or not one of the tables owns them.
        """
        family = self.with_partitioned(names)
        return tuple(
            sequence
            for sequence in self.sequences
            if any(feed.table in family for feed in self.feeds_of(sequence))
        )

    def with_partitioned(self, names: Iterable[TableName]) -> frozenset[TableName]:
        """Add the partitioned tables above partitions: those hold what is declared for all.

        Args:
            names: Tables; those that are not there are kept.

        Returns:
            The names, and every partitioned table above one of them.
        """
        family = set(names)
        edge = family
        while edge:
            tables = (self.by_name.get(name) for name in edge)
            edge = {table.partition_of for table in tables if table and table.partition_of} - family
            family |= edge
        return frozenset(family)
