"""The statements of a restore that change a target: each one plan step.

Source: PostgreSQL manual, ALTER TABLE, CREATE INDEX, TRUNCATE, REFRESH MATERIALIZED VIEW.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, assert_never

from psycopg import sql

from snapkit.core.catalog import TriggerState
from snapkit.pg.copy import identifier
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.catalog import Trigger, Unproven
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.core.plain_indexes import PlainIndex
    from snapkit.pg.rows import RowSource
    from snapkit.pg.session import Session

_Constrained = Literal["TABLE", "DOMAIN"]


def drop_constraint(
    session: Session, table: TableName, name: str, *, of: _Constrained = "TABLE"
) -> None:
    """Drop a constraint; `add_constraint` puts it back.

    Args:
        session: Inside a transaction, as the owner of the table or domain.
        table: The table or domain.
        name: Of the constraint.
        of: What it is a constraint of.

    Raises:
        DatabaseError: The role is not the owner.
    """
    _alter(session, table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)), of=of)


def add_constraint(
    session: Session,
    table: TableName,
    constraint: ForeignKey | Unproven,
    *,
    of: _Constrained = "TABLE",
) -> None:
    """Put a constraint back: definition, validity and comment as they were.

    Args:
        session: Inside a transaction, as the owner of the table or domain.
        table: The table or domain.
        constraint: Its `definition` is `pg_get_constraintdef`'s text, read from this very database.
        of: What it is a constraint of.

    Raises:
        DatabaseError: A row breaks it, or the role lacks a right.
    """
    definition = sql.SQL(constraint.definition)  # the server's own text
    name = sql.Identifier(constraint.name)
    _alter(session, table, sql.SQL("ADD CONSTRAINT {} {}").format(name, definition), of=of)
    if constraint.comment is not None:
        session.change(
            f"constraint {constraint.name} of {table}",
            sql.SQL("COMMENT ON CONSTRAINT {} ON {}{} IS {}").format(
                name,
                sql.SQL("DOMAIN " if of == "DOMAIN" else ""),
                identifier(table),
                sql.Literal(constraint.comment),
            ),
        )


def drop_index(session: Session, index: PlainIndex) -> None:
    """Drop an index; `add_index` makes it again.

    Args:
        session: Inside a transaction, as the owner of its table.
        index: The index.

    Raises:
        DatabaseError: The role is not the owner, or something needs the index.
    """
    with translated(f"index {index.name} of table {index.table}"):
        session.connection.execute(sql.SQL("DROP INDEX {}").format(_index(index)))


def add_index(session: Session, index: PlainIndex) -> None:
    """Make an index again: definition, tablespace and comment as they were.

    Args:
        session: Inside a transaction, as the owner of its table.
        index: Its `definition` is `pg_get_indexdef`'s text, read from this very database.

    Raises:
        DatabaseError: Rows of a unique index are equal, or the role lacks a right.
    """
    with translated(f"index {index.name} of table {index.table}"):
        if index.tablespace is not None:  # the definition has no place for it
            _make_in(session, index.tablespace)
        session.connection.execute(sql.SQL(index.definition))  # the server's own text
        if index.tablespace is not None:
            _make_in(session, "")
        if index.comment is not None:
            comment = sql.SQL("COMMENT ON INDEX {} IS {}")
            session.connection.execute(comment.format(_index(index), sql.Literal(index.comment)))


def defer_foreign_key(session: Session, key: ForeignKey) -> None:
    """Let a foreign key wait for `check_constraints`, or for the end of the transaction.

    Args:
        session: Inside a transaction, as the owner of the child table.
        key: As the catalog gives it: one that is not deferrable.

    Raises:
        DatabaseError: The role is not the owner.
    """
    _alter_constraint(session, key, sql.SQL("DEFERRABLE INITIALLY DEFERRED"))


def undefer_foreign_key(session: Session, key: ForeignKey) -> None:
    """Have a foreign key be checked at once again, as it was before `defer_foreign_key`.

    Args:
        session: Inside a transaction, as the owner of the child table, with nothing waiting.
        key: As the catalog gave it.

    Raises:
        DatabaseError: The role is not the owner, or a check still waits.
    """
    _alter_constraint(session, key, sql.SQL("NOT DEFERRABLE"))


def defer_constraints(session: Session) -> None:
    """Have every deferrable constraint wait for `check_constraints`, or for the end.

    Args:
        session: Inside a transaction; any role may ask for that.

    Source: PostgreSQL manual, SET CONSTRAINTS.
    """
    session.execute("SET CONSTRAINTS ALL DEFERRED")


def check_at_once(session: Session, constraints: Sequence[TableName]) -> None:
    """Have deferrable constraints be checked when each statement ends, until the transaction does.

    Args:
        session: Inside a transaction; any role may ask for that.
        constraints: By namespace and name; others of that name in the namespace go with them.

    Raises:
        DatabaseError: There is no such constraint, or a row that is there already breaks one.

    Source: PostgreSQL manual, SET CONSTRAINTS.
    """
    if constraints:
        names = sql.SQL(", ").join(map(identifier, dict.fromkeys(constraints)))
        session.execute(sql.SQL("SET CONSTRAINTS {} IMMEDIATE").format(names))


def check_constraints(session: Session) -> None:
    """Have every constraint that waited be checked now.

    Args:
        session: Inside a transaction.

    Raises:
        DatabaseError: A row breaks one of them.
    """
    with translated(f"database {session.database}"):
        session.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def disable_trigger(session: Session, table: TableName, trigger: Trigger) -> None:
    """Keep a user trigger quiet.

    Args:
        session: Inside a transaction, as the table's owner.
        table: The table.
        trigger: The trigger.

    Raises:
        DatabaseError: The role is not the owner.
    """
    _alter(session, table, sql.SQL("DISABLE TRIGGER {}").format(sql.Identifier(trigger.name)))


def enable_trigger(session: Session, table: TableName, trigger: Trigger) -> None:
    """Give a user trigger the state that it had.

    Args:
        session: Inside a transaction, as the table's owner.
        table: The table.
        trigger: Name and state.

    Raises:
        DatabaseError: The role is not the owner.
    """
    match trigger.state:
        case TriggerState.ORIGIN:
            word = sql.SQL("ENABLE TRIGGER {}")
        case TriggerState.REPLICA:
            word = sql.SQL("ENABLE REPLICA TRIGGER {}")
        case TriggerState.ALWAYS:
            word = sql.SQL("ENABLE ALWAYS TRIGGER {}")
        case TriggerState.DISABLED:
            word = sql.SQL("DISABLE TRIGGER {}")
        case _:
            assert_never(trigger.state)
    _alter(session, table, word.format(sql.Identifier(trigger.name)))


def truncate(session: Session, tables: Sequence[TableName]) -> None:
    """Remove every row of these tables, in one statement.

    Args:
        session: Inside a transaction, with TRUNCATE on every table.
        tables: Every table that a foreign key of another one references must be among them.

    Raises:
        DatabaseError: The role lacks the privilege, or another table references one of them.
    """
    if not tables:
        return
    names = sql.SQL(", ").join(sql.SQL("ONLY {}").format(identifier(table)) for table in tables)
    with translated(f"database {session.database}"):
        session.connection.execute(sql.SQL("TRUNCATE {}").format(names))


def delete_rows(session: Session, tables: Sequence[TableName]) -> None:
    """Remove every row of these tables in one statement: foreign keys are looked at when it ends.

    Args:
        session: Inside a transaction, with DELETE on every table.
        tables: One table, or those of a cycle.

    Raises:
        DatabaseError: The role lacks the privilege, or rows that stay refer to one of these.
    """
    *others, statement = [
        sql.SQL("DELETE FROM ONLY {}").format(identifier(name)) for name in tables
    ]
    if others:
        named = (
            sql.SQL("{} AS ({})").format(sql.Identifier(f"d{place}"), delete)
            for place, delete in enumerate(others)
        )
        statement = sql.SQL("WITH {} {}").format(sql.SQL(", ").join(named), statement)
    with translated(", ".join(f"table {table}" for table in tables)):
        session.connection.execute(statement)


def delete_configuration(session: Session, source: RowSource) -> None:
    """Remove the rows of an extension's table that users added.

    Args:
        session: Inside a transaction, with DELETE on the table.
        source: The table, with the extension's condition.

    Raises:
        DatabaseError: The role lacks the privilege, or rows that stay refer to one of these.
    """
    with translated(f"table {source.table}"):
        session.connection.execute(sql.SQL("DELETE FROM {}").format(source.relation))


def refresh(session: Session, view: TableName) -> None:
    """Fill a materialized view.

    Args:
        session: Inside a transaction, as its owner.
        view: The view.

    Raises:
        DatabaseError: Its query fails, or the role is not the owner.
    """
    with translated(f"materialized view {view}"):
        session.connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(identifier(view)))


def _index(index: PlainIndex) -> sql.Identifier:
    return sql.Identifier(index.table.namespace, index.name)


def _make_in(session: Session, tablespace: str) -> None:
    session.connection.execute(
        "SELECT pg_catalog.set_config('default_tablespace', %s, true)", [tablespace]
    )


def _alter_constraint(session: Session, key: ForeignKey, how: sql.SQL) -> None:
    action = sql.SQL("ALTER CONSTRAINT {} {}").format(sql.Identifier(key.name), how)
    _alter(session, key.child, action)


def _alter(
    session: Session, table: TableName, action: sql.Composable, *, of: _Constrained = "TABLE"
) -> None:
    session.change(
        f"{of.lower()} {table}",
        sql.SQL("ALTER {} {} {}").format(sql.SQL(of), identifier(table), action),
    )
