"""The catalog reader: one query for each kind of object, whatever the number of tables.

The queries lie in `sql/`, and run on PostgreSQL 14 and later. They see everything that the role may
see, which in the system catalogs is everything; only the position of a sequence asks for a right.

Source: PostgreSQL manual, System Catalogs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from snapkit.core.catalog import (
    LARGE_OBJECTS,
    Catalog,
    Column,
    EnumType,
    Extension,
    Identity,
    Index,
    OperatorClass,
    Server,
    Table,
    TableKind,
    Trigger,
    TriggerState,
    Unproven,
)
from snapkit.core.names import ForeignKey, ReferentialAction, TableName
from snapkit.pg.queries import one_moment, query
from snapkit.pg.sequence_catalog import read_feeds, sequences_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.pg.session import Session

_Row = TypeVar("_Row")

_KINDS = {
    "r": TableKind.ORDINARY,
    "p": TableKind.PARTITIONED,
    "v": TableKind.VIEW,
    "m": TableKind.MATERIALIZED_VIEW,
    "f": TableKind.FOREIGN,
}
_IDENTITIES = {"": Identity.NONE, "a": Identity.ALWAYS, "d": Identity.BY_DEFAULT}
_ACTIONS = {
    "a": ReferentialAction.NO_ACTION,
    "r": ReferentialAction.RESTRICT,
    "c": ReferentialAction.CASCADE,
    "n": ReferentialAction.SET_NULL,
    "d": ReferentialAction.SET_DEFAULT,
}
_FOREIGN_REASON = "a foreign table: its rows lie on another server"


@dataclass(frozen=True, slots=True, kw_only=True)
class _TableRow:
    relation: int
    namespace: str
    name: str
    kind: str
    owner: str
    has_row_security: bool
    forces_row_security: bool
    is_unlogged: bool
    is_partition: bool
    estimated_rows: int
    size_bytes: int
    extension: str | None
    comment: str | None
    parent_namespaces: list[str] | None
    parent_names: list[str] | None
    checks: list[str] | None
    trigger_names: list[str] | None
    trigger_states: list[str] | None
    is_populated: bool
    source_namespaces: list[str] | None
    source_names: list[str] | None
    configuration: str | None
    is_configuration_readable: bool
    unproven_names: list[str] | None
    unproven_definitions: list[str] | None
    unproven_comments: list[str | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ColumnRow:
    relation: int
    name: str
    type: str
    not_null: bool
    default: str | None
    identity: str
    is_generated: bool
    collation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _IndexRow:
    relation: int
    name: str
    columns: list[str]
    is_unique: bool
    is_primary: bool
    is_valid: bool
    method: str
    predicate: str | None
    has_expressions: bool
    is_constraint: bool
    nulls_not_distinct: bool
    is_deferrable: bool
    operator_classes: list[str]
    default_classes: list[bool]
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForeignKeyRow:
    name: str
    child_namespace: str
    child_name: str
    columns: list[str]
    parent_namespace: str
    parent_name: str
    parent_columns: list[str]
    on_delete: str
    on_update: str
    match_full: bool
    deferrable: bool
    initially_deferred: bool
    validated: bool
    enforced: bool
    is_period: bool
    definition: str
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _EnumRow:
    namespace: str
    name: str
    values: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _NameRow:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReasonRow:
    name: str
    reason: str


def read_catalog(
    session: Session,
    *,
    namespaces: tuple[str, ...] | None = None,
    needs_positions: bool = True,
) -> Catalog:
    """Read what a database says of itself.

    Inside a transaction it is read there; else in one of its own, so that it is of one moment.

    Args:
        session: Any role; to see where sequences stand, it needs SELECT on them.
        namespaces: Which to read; None reads all but the system's.
        needs_positions: Whether every sequence's position is needed. Otherwise those that the role
            may not read stand at their start; `unreadable_sequences` names them.

    Returns:
        The catalog: tables, foreign keys and sequences by name, columns in their order.

    Raises:
        DatabaseError: The role may not read some positions that are needed; each is named. Or the
            server failed.
        LockedError: Somebody alters a table for longer than 30 s.
    """
    with one_moment(session):
        rows = query(session, "tables", _TableRow, namespaces)
        columns = _by_relation(query(session, "columns", _ColumnRow, namespaces))
        indexes = _by_relation(query(session, "indexes", _IndexRow, namespaces))
        tables = tuple(
            _table(row, columns.get(row.relation, ()), indexes.get(row.relation, ()))
            for row in rows
        )
        if namespaces is None:
            tables += _large_objects(session)
        keys = query(session, "foreign_keys", _ForeignKeyRow, namespaces)
        enums = query(session, "enums", _EnumRow, namespaces)
        rest = query(session, "not_held", _ReasonRow, None)
        foreign = [table for table in tables if table.kind is TableKind.FOREIGN]
        return Catalog(
            database=session.database,
            server=read_server(session),
            role=session.role,
            tables=tuple(sorted(tables, key=lambda table: table.name)),
            foreign_keys=tuple(sorted(map(_foreign_key, keys), key=lambda key: key.sort_key)),
            sequences=sequences_now(session, namespaces, needs_positions=needs_positions),
            feeds=read_feeds(session, namespaces),
            enums=tuple(
                EnumType(name=TableName(row.namespace, row.name), values=tuple(row.values))
                for row in enums
            ),
            extensions=tuple(query(session, "extensions", Extension, None)),
            granted_roles=tuple(
                row.name for row in query(session, "granted_roles", _NameRow, None)
            ),
            not_held=(
                *((str(table.name), _FOREIGN_REASON) for table in foreign if not table.extension),
                *((row.name, row.reason) for row in rest),
            ),
        )


def read_contents(session: Session) -> Catalog:
    """Read of a catalog what the comparison of rows, foreign keys and sequences needs.

    Indexes, enums, extensions, granted roles and what no snapshot holds are left out: they are a
    third of the time. Sequences of which the role may not read where they stand, stand at their
    start; `unreadable_sequences` names them.

    Args:
        session: Any role; inside a transaction it is read there.

    Returns:
        Tables with columns, foreign keys, sequences and feeds; all else is empty.

    Raises:
        DatabaseError: The server failed.
        LockedError: Somebody alters a table for longer than 30 s.
    """
    with one_moment(session):
        rows = query(session, "tables", _TableRow, None)
        columns = _by_relation(query(session, "columns", _ColumnRow, None))
        tables = tuple(_table(row, columns.get(row.relation, ()), ()) for row in rows)
        keys = query(session, "foreign_keys", _ForeignKeyRow, None)
        return Catalog(
            database=session.database,
            server=read_server(session),
            role=session.role,
            tables=tuple(sorted((*tables, *_large_objects(session)), key=lambda table: table.name)),
            foreign_keys=tuple(sorted(map(_foreign_key, keys), key=lambda key: key.sort_key)),
            sequences=sequences_now(session, None, needs_positions=False),
            feeds=read_feeds(session, None),
        )


_PIECES = (
    Column(name="loid", type="oid", not_null=True),
    Column(name="piece", type="bigint", not_null=True),
    Column(name="data", type="bytea", not_null=True),
    Column(name="rights", type="text"),
    Column(name="comment", type="text"),
)


def _large_objects(session: Session) -> tuple[Table, ...]:
    """The large objects as one table of their pieces; none where there are none."""
    ((count, owner, size),) = session.rows(
        "SELECT count(*), CASE count(DISTINCT lomowner) WHEN 1 THEN"
        " min(pg_get_userbyid(lomowner)) ELSE 'several roles' END,"
        " pg_relation_size('pg_catalog.pg_largeobject')"
        " FROM pg_catalog.pg_largeobject_metadata"
    )
    if not count:
        return ()
    key = Index(
        name="pg_largeobject_loid_pn_index",
        columns=("loid", "piece"),
        is_unique=True,
        is_primary=True,
    )
    return (
        Table(
            name=LARGE_OBJECTS,
            kind=TableKind.LARGE_OBJECTS,
            owner=str(owner),
            columns=_PIECES,
            indexes=(key,),
            size_bytes=int(size),
        ),
    )


def read_server(session: Session) -> Server:
    """Ask the server for its version, and the database for its encoding and collation.

    Args:
        session: Any role.

    Returns:
        The server's facts; `collation` names the locale and who provides it.

    Raises:
        DatabaseError: The server failed.
    """
    return query(session, "server", Server, None)[0]


def _by_relation(rows: Iterable[_Row]) -> dict[int, tuple[_Row, ...]]:
    """Group rows that come ordered by their `relation`."""
    return {
        relation: tuple(group)
        for relation, group in groupby(rows, key=lambda row: int(getattr(row, "relation")))  # noqa: B009 -- of several row types
    }


def _table(
    row: _TableRow, columns: tuple[_ColumnRow, ...], indexes: tuple[_IndexRow, ...]
) -> Table:
    parents = tuple(map(TableName, row.parent_namespaces or (), row.parent_names or ()))
    return Table(
        name=TableName(row.namespace, row.name),
        kind=_KINDS[row.kind],
        owner=row.owner,
        columns=tuple(
            Column(
                name=column.name,
                type=column.type,
                not_null=column.not_null,
                default=column.default,
                identity=_IDENTITIES[column.identity],
                is_generated=column.is_generated,
                collation=column.collation,
            )
            for column in columns
        ),
        indexes=tuple(map(_index, indexes)),
        partition_of=parents[0] if row.is_partition else None,
        inherits=() if row.is_partition else parents,
        checks=tuple(row.checks or ()),
        triggers=tuple(
            Trigger(name=name, state=TriggerState(state))
            for name, state in zip(row.trigger_names or (), row.trigger_states or (), strict=True)
        ),
        has_row_security=row.has_row_security,
        forces_row_security=row.forces_row_security,
        is_unlogged=row.is_unlogged,
        extension=row.extension,
        estimated_rows=row.estimated_rows,
        size_bytes=row.size_bytes,
        comment=row.comment,
        is_populated=row.is_populated,
        sources=tuple(map(TableName, row.source_namespaces or (), row.source_names or ())),
        configuration=row.configuration if row.is_configuration_readable else None,
        unproven=tuple(
            Unproven(name=name, definition=definition, comment=comment)
            for name, definition, comment in zip(
                row.unproven_names or (),
                row.unproven_definitions or (),
                row.unproven_comments or (),
                strict=True,
            )
        ),
    )


def _index(row: _IndexRow) -> Index:
    return Index(
        name=row.name,
        columns=tuple(row.columns),
        is_unique=row.is_unique,
        is_primary=row.is_primary,
        is_valid=row.is_valid,
        method=row.method,
        predicate=row.predicate,
        has_expressions=row.has_expressions,
        is_constraint=row.is_constraint,
        nulls_not_distinct=row.nulls_not_distinct,
        is_deferrable=row.is_deferrable,
        operator_classes=tuple(
            OperatorClass(name=name, is_default=is_default)
            for name, is_default in zip(row.operator_classes, row.default_classes, strict=True)
        ),
        definition=row.definition,
    )


def _foreign_key(row: _ForeignKeyRow) -> ForeignKey:
    return ForeignKey(
        name=row.name,
        child=TableName(row.child_namespace, row.child_name),
        columns=tuple(row.columns),
        parent=TableName(row.parent_namespace, row.parent_name),
        parent_columns=tuple(row.parent_columns),
        on_delete=_ACTIONS[row.on_delete],
        on_update=_ACTIONS[row.on_update],
        match_full=row.match_full,
        deferrable=row.deferrable,
        initially_deferred=row.initially_deferred,
        validated=row.validated,
        enforced=row.enforced,
        is_period=row.is_period,
        definition=row.definition,
        comment=row.comment,
    )
