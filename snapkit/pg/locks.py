"""Table locks, awaited for a bounded time, with their holders named.

Source: PostgreSQL manual, Explicit Locking; pg_locks; pg_stat_activity.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from psycopg import sql

from snapkit.core.names import TableName
from snapkit.core.text import counted
from snapkit.errors import LockedError
from snapkit.pg.copy import identifier
from snapkit.pg.failures import session_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from snapkit.pg.session import Session

LockMode = Literal[
    "ACCESS SHARE", "ROW EXCLUSIVE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"
]
WAIT_SECONDS = 30
_SHOWN = 5  # sessions named in an error
_STRONG = ("AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock")
_WRITING = (*_STRONG, "ShareUpdateExclusiveLock", "RowExclusiveLock")
_EXCLUDED: Final[Mapping[LockMode, tuple[str, ...]]] = MappingProxyType(
    {
        "ACCESS SHARE": ("AccessExclusiveLock",),
        "ROW EXCLUSIVE": _STRONG,
        "SHARE ROW EXCLUSIVE": _WRITING,
        "EXCLUSIVE": (*_WRITING, "RowShareLock"),
        "ACCESS EXCLUSIVE": (*_WRITING, "RowShareLock", "AccessShareLock"),
    }
)
"""The locks, by pg_locks' words, that exclude a lock.

Source: PostgreSQL manual, Explicit Locking, table of conflicting lock modes.
"""
_HOLDERS = """
SELECT l.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''),
       string_agg(DISTINCT l.mode || ' on ' || c.relname
                  || CASE WHEN l.granted THEN '' ELSE ' (awaited)' END, ', '),
       max(a.xact_start) AT TIME ZONE 'UTC', max(a.query_start) AT TIME ZONE 'UTC'
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class c ON c.oid = l.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN unnest(%(namespaces)s::text[], %(names)s::text[]) AS w (namespace, name)
    ON w.namespace = n.nspname AND w.name = c.relname
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.pid IS NOT NULL AND l.pid <> pg_catalog.pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
   AND l.mode = ANY (%(modes)s)
 GROUP BY l.pid, a.application_name, a.usename
 ORDER BY max(a.xact_start) NULLS LAST, l.pid
"""


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
    mode: LockMode,
    *,
    wait_seconds: int | None = WAIT_SECONDS,
) -> None:
    """Lock tables in one statement until the transaction ends.

    Args:
        session: Inside a transaction.
        tables: In an order that is always the same, so that two runs cannot wait for each other.
        mode: The lock.
        wait_seconds: How long to wait for others, at most once per table [s]; None does not wait
            at all.

    Raises:
        LockedError: Others hold a table, or wait for it before us, for longer than that; they are
            named.
        DatabaseError: The server refused.
    """
    if not tables:
        return
    names = sql.SQL(", ").join(sql.SQL("ONLY {}").format(identifier(table)) for table in tables)
    statement = sql.SQL("LOCK TABLE {} IN {} MODE{}").format(
        names, sql.SQL(mode), sql.SQL(" NOWAIT" if wait_seconds is None else "")
    )
    with awaiting(session, tables, mode, wait_seconds=wait_seconds):
        session.execute(statement)


@contextmanager
def awaiting(
    session: Session,
    tables: Sequence[TableName],
    mode: LockMode,
    *,
    wait_seconds: int | None = WAIT_SECONDS,
) -> Iterator[None]:
    """Run a block whose locks are awaited for a bounded time, with their holders named.

    Args:
        session: Inside a transaction.
        tables: Where somebody may stand in the way.
        mode: The lock that their locks would exclude: EXCLUSIVE for who may hold rows of theirs.
        wait_seconds: How long to wait for each lock [s]; None leaves that to the statements.

    Raises:
        LockedError: Others hold what is needed for longer than that; they are named.
    """
    before = None
    if wait_seconds is not None:  # else no query: its snapshot would be older than the locks
        before = session.scalar("SELECT pg_catalog.current_setting('lock_timeout')")
    session.execute("SAVEPOINT before_locks")  # whoever is in the way is asked for after a failure
    if wait_seconds is not None:
        set_lock_timeout(session, f"{wait_seconds}s")
    try:
        yield
    except LockedError as error:
        session.execute("ROLLBACK TO SAVEPOINT before_locks")
        found = lock_holders(session, tables, mode)
        raise locked_error(session.where, found, wait_seconds) from error
    session.execute("RELEASE SAVEPOINT before_locks")
    if before is not None:
        set_lock_timeout(session, str(before))


def set_lock_timeout(session: Session, value: str) -> None:
    """Say how long every lock of the open transaction is awaited.

    Args:
        session: Inside a transaction.
        value: With its unit, such as `30s`; `0` waits for ever.

    Raises:
        DatabaseError: The server does not take the value.
    """
    session.execute("SELECT pg_catalog.set_config('lock_timeout', %s, true)", [value])


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A session that stands in the way; times are UTC, None where the role may not see them.

    What it runs is never shown: a statement may hold people's data. Number 0 is no process, but a
    prepared transaction.
    """

    pid: int
    application: str
    role: str
    locks: str
    since: datetime | None  # its transaction began
    query_started: datetime | None

    def __str__(self) -> str:
        known = [
            f"{word} {moment:%Y-%m-%d %H:%M:%S} UTC"
            for word, moment in (("since", self.since), ("its query from", self.query_started))
            if moment is not None
        ]
        if not self.pid:
            return "a prepared transaction, see pg_prepared_xacts"
        who = session_named(self.pid, self.application, self.role)
        return ", ".join([f"{who} with {self.locks}", *known])


def lock_holders(
    session: Session, tables: Sequence[TableName], mode: LockMode
) -> tuple[LockHolder, ...]:
    """Name the sessions whose locks on tables exclude another one.

    Args:
        session: Inside a transaction that has not failed.
        tables: The tables.
        mode: The lock that is wanted.

    Returns:
        Sessions that hold such a lock, or wait for one; the longest transaction first.

    Raises:
        DatabaseError: The server refused.
    """
    rows = session.rows(
        _HOLDERS,
        {
            "namespaces": [table.namespace for table in tables],
            "names": [table.name for table in tables],
            "modes": list(_EXCLUDED[mode]),
        },
    )
    return tuple(LockHolder(*row) for row in rows)


def locked_error(
    where: str, found: Sequence[LockHolder], wait_seconds: int | None, *, unseen: str = ""
) -> LockedError:
    """Say that others were in the way, and who.

    Args:
        where: What they were in the way of.
        found: Who; nobody where they ended before they were asked for.
        wait_seconds: How long they were waited for [s]; None where nobody waits.
        unseen: Why nobody could be asked for; empty where that is not so.

    Returns:
        The error, for the caller to raise once everything is rolled back.
    """
    shown = "; ".join(map(str, found[:_SHOWN])) + (" …" if len(found) > _SHOWN else "")
    waited = f" for {counted(wait_seconds, 'second')}" if wait_seconds else ""
    nobody = f"nobody could look who they are: {unseen}" if unseen else "they have just ended"
    return LockedError(
        f"other sessions held what is needed{waited}: {shown or nobody}",
        where,
        "Nothing was changed. Wait until they end, or end them (pg_terminate_backend), then run it "
        "again.",
    )
