"""Trying whether a database can be used: inserts, constraints, indexes, views.

Everything is tried in transactions that are rolled back. Sequences alone move on even so: this is
for scratch databases, and comes after whatever compares them.

Source: PostgreSQL manual, ALTER TABLE; CREATE SEQUENCE, Notes; Materialized Views.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from snapkit.core.catalog import Identity, TableKind
from snapkit.core.names import TableName
from snapkit.core.usability import UseFinding, UseKind, UseOutcome
from snapkit.pg.copy import identifier
from snapkit.pg.failures import translated
from snapkit.pg.queries import query, sql_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from snapkit.core.catalog import Catalog, Table
    from snapkit.pg.session import Session

STATEMENT_SECONDS: Final = 30  # for one insert or one view
_TAKEN: Final = "23505"
_USED_UP: Final = "2200H"
_CANCELED: Final = "57014"
_NOT_READY: Final = "55000"  # a materialized view without rows
# Of these a scratch database knows nothing: rights and settings of the source, other servers.
_ELSEWHERE: Final = {
    "42501": "the drill's role may not read what it reads",
    "42704": "it asks for what is not in the snapshot, such as a setting of a session",
    "08": "it reads from another server",
    "HV": "it reads from another server",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintRow:
    """A constraint that somebody declared; `kind` as `pg_constraint.contype` has it."""

    namespace: str
    name: str
    is_domain: bool
    constraint: str
    kind: str
    definition: str
    validated: bool

    @property
    def table(self) -> TableName:
        """The table, or the domain."""
        return TableName(self.namespace, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Obstacle:
    namespace: str
    name: str
    kind: str
    object: str
    object_namespace: str
    place: int


def read_constraints(session: Session) -> list[ConstraintRow]:
    """Read every constraint that somebody declared, but for NOT NULL.

    Args:
        session: Any role.

    Returns:
        Constraints of tables and domains, by name.

    Raises:
        DatabaseError: The server failed.
    """
    return query(session, "constraints", ConstraintRow, None)


def try_constraints(session: Session, source: Catalog | None) -> Iterator[UseFinding]:
    """Ask whether each constraint is validated.

    Args:
        session: Any role.
        source: The catalog of the database that the snapshot is of; None where there is none.

    Yields:
        One finding per constraint.

    Raises:
        DatabaseError: The server failed.
    """
    unproven = {
        (table.name, item.name)
        for table in (source.tables if source else ())
        for item in table.unproven
    } | {
        (key.child, key.name)
        for key in (source.foreign_keys if source else ())
        if not key.validated or not key.enforced
    }
    for row in read_constraints(session):
        outcome, reason = UseOutcome.PASSED, ""
        if not row.validated:
            outcome, reason = UseOutcome.FAILED, "it is not validated"
        if not row.validated and (row.table, row.constraint) in unproven:
            outcome, reason = UseOutcome.KNOWN, "it is not validated, as in the source"
        if not row.validated and row.is_domain:
            outcome = UseOutcome.UNCHECKED
            reason = "it is not validated, and the snapshot does not say whether it was"
        yield UseFinding(
            kind=UseKind.CONSTRAINT,
            name=f"{row.constraint} of {row.table}",
            outcome=outcome,
            reason=reason,
        )


def try_indexes(catalog: Catalog, source: Catalog | None) -> Iterator[UseFinding]:
    """Ask whether each index is valid.

    Args:
        catalog: Of the database.
        source: The catalog of the database that the snapshot is of; None where there is none.

    Yields:
        One finding per index.
    """
    invalid = {
        (table.name, index.name)
        for table in (source.tables if source else ())
        for index in table.indexes
        if not index.is_valid
    }
    for table in catalog.tables:
        for index in table.indexes if not table.extension else ():
            outcome, reason = UseOutcome.PASSED, ""
            if not index.is_valid:
                outcome, reason = UseOutcome.FAILED, "it is not valid: no query uses it"
            if not index.is_valid and (table.name, index.name) in invalid:
                outcome, reason = UseOutcome.KNOWN, "it is not valid, as in the source"
            yield UseFinding(
                kind=UseKind.INDEX,
                name=f"{index.name} of {table.name}",
                outcome=outcome,
                reason=reason,
            )


def try_views(session: Session, catalog: Catalog, source: Catalog | None) -> Iterator[UseFinding]:
    """Run a query on each view and materialized view, which must give its first row.

    Args:
        session: Outside of any transaction.
        catalog: Of the same database.
        source: The catalog of the database that the snapshot is of; None where there is none.

    Yields:
        One finding per view.
    """
    is_bare = any(not table.is_populated for table in (source.tables if source else ()))
    for table in catalog.tables:
        if table.kind not in {TableKind.VIEW, TableKind.MATERIALIZED_VIEW} or table.extension:
            continue
        outcome, reason = UseOutcome.PASSED, ""
        try:
            with _tried(session, catalog):
                session.connection.execute(
                    sql.SQL("SELECT * FROM {} LIMIT 1").format(identifier(table.name))
                ).fetchall()
        except psycopg.Error as error:
            outcome, reason = _failure_of_view(error, is_bare=is_bare)
        yield UseFinding(kind=UseKind.VIEW, name=str(table.name), outcome=outcome, reason=reason)


def _failure_of_view(error: psycopg.Error, *, is_bare: bool) -> tuple[UseOutcome, str]:
    state, message = error.sqlstate or "", _message(error)
    if state == _CANCELED:
        return UseOutcome.UNCHECKED, f"a query took longer than {STATEMENT_SECONDS} s"
    if state == _NOT_READY and is_bare:
        return UseOutcome.KNOWN, f"{message}, as in the source"
    for beginning, why in _ELSEWHERE.items():
        if state.startswith(beginning):
            return UseOutcome.UNCHECKED, f"{why}: {message}"
    return UseOutcome.FAILED, message


def try_inserts(
    session: Session, catalog: Catalog, tables: Iterable[TableName], known: frozenset[TableName]
) -> Iterator[UseFinding]:
    """Insert a row into each table whose columns draw from sequences, and look at the values.

    The row is a copy of one that is there, without those columns; an empty table gets one of
    defaults. What else would refuse it (other keys, CHECKs, foreign keys, triggers, rules) goes
    first, and comes back with the rollback: it is the sequence that is tried. A partitioned table
    stands for its partitions.

    Args:
        session: Outside of any transaction, as the owner of the tables.
        catalog: Of the same database.
        tables: Those of the snapshot.
        known: Sequences that stand exactly where the snapshot has them: a value that was taken in
            the source is no fault of the restore.

    Yields:
        One finding per column.
    """
    fed = {(feed.table, feed.column): feed.sequence for feed in catalog.feeds}
    fed |= {
        (sequence.owner_table, sequence.owner_column): sequence.name
        for sequence in catalog.sequences
        if sequence.owner_table and sequence.owner_column
    }
    drawn = {
        table.name: tuple(
            column.name
            for column in table.columns
            if (column.identity is not Identity.NONE or column.default is not None)
            and (table.name, column.name) in fed
        )
        for name in tables
        if (table := catalog.by_name.get(name)) is not None and not table.extension
    }
    for name, columns in drawn.items():
        above = catalog.with_partitioned((name,)) - {name}
        if not columns or any(set(columns) <= set(drawn.get(parent, ())) for parent in above):
            continue
        outcomes = _try_insert(session, catalog, catalog.by_name[name], columns)
        for column, (outcome, reason) in zip(columns, outcomes, strict=True):
            sequence = fed[name, column]
            if outcome is UseOutcome.FAILED and sequence in known:
                outcome = UseOutcome.KNOWN  # noqa: PLW2901 -- what the source makes of it
                reason += ", as in the source"  # noqa: PLW2901 -- see above
            yield UseFinding(
                kind=UseKind.INSERT,
                name=f"{name}.{column} from {sequence}",
                outcome=outcome,
                reason=reason,
            )


def _try_insert(
    session: Session, catalog: Catalog, table: Table, drawn: Sequence[str]
) -> list[tuple[UseOutcome, str]]:
    try:
        with _tried(session, catalog):
            is_empty = not session.connection.execute(
                sql.SQL("SELECT FROM {} LIMIT 1").format(_own_rows(table))
            ).fetchall()
            _loosen(session, table, drawn, is_empty=is_empty)
            row = session.connection.execute(
                _insert(table, drawn, is_empty=is_empty), prepare=False
            ).fetchone()
    except psycopg.Error as error:
        return [_failure_of_insert(error)] * len(drawn)
    assert row is not None  # noqa: S101 -- the insert gives the one row that it made
    return [
        (UseOutcome.FAILED, f"it drew {value}, which is taken")
        if is_taken
        else (UseOutcome.PASSED, "")
        for value, is_taken in zip(row[::2], row[1::2], strict=True)
    ]


def _failure_of_insert(error: psycopg.Error) -> tuple[UseOutcome, str]:
    state, message = error.sqlstate or "", _message(error)
    if state == _CANCELED:
        return UseOutcome.UNCHECKED, f"an insert took longer than {STATEMENT_SECONDS} s"
    if state in {_TAKEN, _USED_UP} or state.startswith("42"):
        return UseOutcome.FAILED, message
    return UseOutcome.UNCHECKED, f"no row can be made: {message}"


def _loosen(session: Session, table: Table, drawn: Sequence[str], *, is_empty: bool) -> None:
    """Take away what would refuse a copy of a row, or one of defaults."""
    name = identifier(table.name).as_string(session.connection)
    with session.connection.cursor(row_factory=class_row(_Obstacle)) as cursor:
        found = cursor.execute(
            sql_text("obstacles"), {"table": name, "drawn": list(drawn)}
        ).fetchall()
    statements = [_without(item) for item in found if is_empty or item.kind != "not null"]
    for statement in statements:
        session.connection.execute(statement)


def _without(item: _Obstacle) -> sql.Composed:
    table = sql.Identifier(item.namespace, item.name)
    match item.kind:
        case "parent":
            parent = sql.Identifier(item.object_namespace, item.object)
            return sql.SQL("ALTER TABLE {} NO INHERIT {}").format(table, parent)
        case "constraint":
            return sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {} CASCADE").format(
                table, sql.Identifier(item.object)
            )
        case "index":
            return sql.SQL("DROP INDEX IF EXISTS {} CASCADE").format(
                sql.Identifier(item.object_namespace, item.object)
            )
        case "rule":
            return sql.SQL("ALTER TABLE {} DISABLE RULE {}").format(
                table, sql.Identifier(item.object)
            )
        case "not null":
            return sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL").format(
                table, sql.Identifier(item.object)
            )
        case _:
            return sql.SQL(
                "ALTER TABLE {} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY"
            ).format(table)


def _insert(table: Table, drawn: Sequence[str], *, is_empty: bool) -> sql.Composed:
    """Insert one row, and say of each drawn value what it is, and whether it was there before."""
    name = identifier(table.name)
    copied = [column.name for column in table.stored_columns if column.name not in drawn]
    if is_empty or not copied:
        values: sql.Composable = sql.SQL("DEFAULT VALUES")
    else:
        columns = sql.SQL(", ").join(map(sql.Identifier, copied))
        values = sql.SQL("({columns}) SELECT {columns} FROM {rows} LIMIT 1").format(
            columns=columns, rows=_own_rows(table)
        )
    # The rows that the query sees are those from before its own insert.
    answers = [
        sql.SQL(
            "fresh.{column}::text, EXISTS (SELECT FROM {table} AS old"
            " WHERE old.{column} = fresh.{column})"
        ).format(column=sql.Identifier(column), table=name)
        for column in drawn
    ]
    return sql.SQL(
        "WITH fresh AS (INSERT INTO {table} {values} RETURNING {drawn}) SELECT {answers} FROM fresh"
    ).format(
        table=name,
        values=values,
        drawn=sql.SQL(", ").join(map(sql.Identifier, drawn)),
        answers=sql.SQL(", ").join(answers),
    )


def _own_rows(table: Table) -> sql.Composed:
    is_plain = table.kind is TableKind.ORDINARY
    return sql.SQL("{}{}").format(sql.SQL("ONLY " if is_plain else ""), identifier(table.name))


@contextmanager
def _tried(session: Session, catalog: Catalog) -> Iterator[None]:
    """Run a block as an application would, with its namespaces in reach; then roll it back."""
    namespaces = sorted({table.name.namespace for table in catalog.tables} - {"public"})
    path = ", ".join(
        sql.Identifier(name).as_string(session.connection) for name in ("public", *namespaces)
    )
    session.begin()
    try:
        with translated(session.where):
            session.connection.execute(
                "SELECT pg_catalog.set_config('search_path', %s, true),"
                " pg_catalog.set_config('row_security', 'on', true),"
                " pg_catalog.set_config('statement_timeout', %s, true)",
                [path, f"{STATEMENT_SECONDS}s"],
            )
        yield
    finally:
        session.rollback()


def _message(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())
