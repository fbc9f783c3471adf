"""The statements of a restore that change a target: each one plan step.

Source: PostgreSQL manual, ALTER TABLE, TRUNCATE, REFRESH MATERIALIZED VIEW.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from psycopg import sql

from snapkit.core.catalog import TriggerState
from snapkit.pg.copy import identifier
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.catalog import Trigger
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.pg.session import Session


def drop_foreign_key(session: Session, key: ForeignKey) -> None:
    """Drop a foreign key; `add_foreign_key` puts it back.

    Args:
        session: Inside a transaction, as the owner of the child table.
        key: As the catalog gives it.

    Raises:
        DatabaseError: The role is not the owner.
    """
    _alter(session, key.child, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(key.name)))


def add_foreign_key(session: Session, key: ForeignKey) -> None:
    """Put a foreign key back: definition, validity and comment as they were.

    Args:
        session: Inside a transaction, as the owner of the child, with REFERENCES on the parent.
        key: Its `definition` is `pg_get_constraintdef`'s text, read from this very database.

    Raises:
        DatabaseError: A row has no parent, or the role lacks REFERENCES.
    """
    definition = sql.SQL(key.definition)  # the server's own text
    name = sql.Identifier(key.name)
    _alter(session, key.child, sql.SQL("ADD CONSTRAINT {} {}").format(name, definition))
    if key.comment is not None:
        with translated(f"foreign key {key.name} of {key.child}"):
            session.connection.execute(
                sql.SQL("COMMENT ON CONSTRAINT {} ON {} IS {}").format(
                    name, identifier(key.child), sql.Literal(key.comment)
                )
            )


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


def _alter_constraint(session: Session, key: ForeignKey, how: sql.SQL) -> None:
    action = sql.SQL("ALTER CONSTRAINT {} {}").format(sql.Identifier(key.name), how)
    _alter(session, key.child, action)


def _alter(session: Session, table: TableName, action: sql.Composable) -> None:
    with translated(f"table {table}"):
        session.connection.execute(sql.SQL("ALTER TABLE {} {}").format(identifier(table), action))
