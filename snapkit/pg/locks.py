"""Table locks, awaited for a bounded time, with their holders named.

Source: PostgreSQL manual, Explicit Locking; pg_blocking_pids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.names import TableName
from snapkit.pg.copy import identifier
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from snapkit.pg.session import Session

WAIT_SECONDS = 30


def lockable_tables(session: Session) -> tuple[TableName, ...]:
    """List the tables that a backup locks: those of users, partitioned ones too, no extension's.

    Args:
        session: To the database.

    Returns:
        Names in the order in which every run locks them.

    Raises:
        DatabaseError: The server refused.
    """
    rows = session.rows(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'"
        " AND n.nspname <> 'information_schema'"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
        " WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid"
        " AND d.objsubid = 0 AND d.deptype = 'e')"
    )
    return tuple(sorted(TableName(str(namespace), str(name)) for namespace, name in rows))


def lock_tables(
    session: Session,
    tables: Sequence[TableName],
    mode: Literal["ACCESS SHARE", "ACCESS EXCLUSIVE"],
    *,
    wait_seconds: int | None = WAIT_SECONDS,
) -> None:
    """Lock tables in one statement until the transaction ends.

    Args:
        session: Inside a transaction.
        tables: In an order that is always the same, so that two runs cannot wait for each other.
        mode: The lock.
        wait_seconds: How long to wait for others [s]; None does not wait at all.

    Raises:
        LockedError: Others hold a table, or wait for it before us, for longer than that.
        DatabaseError: The server refused.
    """
    if not tables:
        return
    names = sql.SQL(", ").join(sql.SQL("ONLY {}").format(identifier(table)) for table in tables)
    statement = sql.SQL("LOCK TABLE {} IN {} MODE").format(names, sql.SQL(mode))
    with translated(f"database {session.database}"):
        if wait_seconds is None:
            session.connection.execute(statement + sql.SQL(" NOWAIT"))
            return
        session.connection.execute(
            sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{wait_seconds}s"))
        )
        session.connection.execute(statement)
        session.connection.execute("SET LOCAL lock_timeout = 0")
