"""A session: one connection whose settings are pinned, so that every value prints one way only.

Source: DESIGN.md, section 4, "Session"; PostgreSQL manual, Client Connection Defaults; Snapshot
Synchronization Functions; Advisory Locks.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import psycopg
from psycopg import errors as pg_errors
from psycopg import generators, sql
from psycopg.pq import ExecStatus, TransactionStatus

from snapkit.errors import DatabaseError, LockedError
from snapkit.pg.failures import connect_error, session_named, translate, translated
from snapkit.pg.target import Target, parse_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from psycopg.abc import Params, QueryNoTemplate
    from psycopg.pq.abc import PGresult

__all__ = ["PINNED", "Isolation", "Session", "connect", "translate", "translated"]

Isolation = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

PINNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "TimeZone": "UTC",
        "DateStyle": "ISO, MDY",
        "IntervalStyle": "postgres",
        "extra_float_digits": "1",
        "bytea_output": "hex",
        "lc_monetary": "C",
        "client_encoding": "UTF8",
        "search_path": "",
        "row_security": "off",  # an error where rows would be hidden, instead of fewer rows
        "statement_timeout": "0",
        "lock_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "idle_session_timeout": "0",
        "standard_conforming_strings": "on",
        "default_transaction_isolation": "read committed",
        "default_transaction_deferrable": "off",
        "default_tablespace": "",
        "xmloption": "content",
        "array_nulls": "on",  # else COPY reads a NULL in an array as the text NULL
        "transform_null_equals": "off",
        "application_name": "snapkit",
    }
)
"""Every session's settings, by name. `transaction_timeout` is added where the server has it."""

_TRANSACTION_TIMEOUT_SINCE = 170000
# A process builds with 32 MB or not at all: the server's default of 64 MB is enough for two. With
# 256 instead of 64 MB, a B-tree of 2 million rows took 2.4 instead of 3.3 s, GIN 4.8 instead of
# 5.5, the indexes of the shop x 60 8.0 instead of 9.0; 1 GB gave no more. Foreign keys took as long
# with any of them, and neither work_mem nor min_parallel_table_scan_size changed anything.
_BUILD_MEMORY = """
SELECT pg_catalog.set_config('maintenance_work_mem', '256MB', true)
  FROM pg_catalog.pg_settings
 WHERE name = 'maintenance_work_mem' AND setting::int < 256 * 1024
   AND source NOT IN ('database', 'user', 'database user', 'client', 'session')
"""
# Where a server commits first and writes later, a crash could lose what was said to be committed.
_DURABLE = """
; SELECT pg_catalog.set_config('synchronous_commit', 'on', true)
   WHERE pg_catalog.current_setting('synchronous_commit') = 'off'
"""
_CONNECT_SECONDS = "15"
_GRACE_SECONDS = 1.0
_PAUSE_SECONDS = 0.05
_QUERIES_AT_ONCE = 1000
# What SET TRANSACTION SNAPSHOT says once its source has ended: there is no file (22023 in older
# versions), or no process.
_SNAPSHOT_GONE = frozenset({"42704", "22023", "55000"})


class Session:
    """One connection with pinned settings; made by `connect`.

    It is a context manager, and closes at the end: what was not committed is rolled back. Outside
    of `begin` or `transaction`, every statement is a transaction of its own.

    Attributes:
        connection: psycopg's connection, in autocommit mode.
        target: What was connected to.
        database: The database's name.
        role: The current role.
        server_version: As `server_version_num`, such as 180003.
        is_pooled: Whether a pooler stands between; the pins are then set in every transaction.
    """

    def __init__(
        self,
        connection: psycopg.Connection[tuple[Any, ...]],
        target: Target,
        pins: Mapping[str, str],
    ) -> None:
        self.connection = connection
        self.target = target
        self.server_version = connection.info.server_version
        self._pins = pins
        self._held_back: list[tuple[str, bytes]] | None = None
        self._pin(for_transaction=False)
        row = connection.execute(
            "SELECT current_database(), current_user, pg_backend_pid()"
        ).fetchone()
        assert row is not None  # noqa: S101 -- a SELECT without FROM gives one row
        self.database: str = row[0]
        self.role: str = row[1]
        # A pooler invents the process id that it hands to its clients.
        self.is_pooled = bool(row[2] != connection.info.backend_pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Session {self.target.label}>"

    @property
    def where(self) -> str:
        """The database, as errors name it."""
        return f"database {self.database}"

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, failed ones included."""
        return self.connection.info.transaction_status != TransactionStatus.IDLE

    def close(self) -> None:
        """End the session; the server rolls back what was not committed."""
        self.connection.close()

    def execute(self, query: QueryNoTemplate, params: Params | None = None) -> int:
        """Run one statement.

        Args:
            query: SQL; composed, never formatted.
            params: Its parameters.

        Returns:
            How many rows it touched [rows]; -1 where that means nothing.

        Raises:
            DatabaseError: The server refused.
            LockedError: Others hold a lock that is needed.
        """
        with translated(self.where):
            return self.connection.execute(query, params).rowcount

    def change(self, where: str, statement: sql.Composed) -> None:
        """Run a statement whose result nobody needs; inside `in_one_go` it is held back.

        Args:
            where: What it changes, for errors.
            statement: SQL without parameters.

        Raises:
            DatabaseError: The server refused.
            LockedError: Others hold a lock that is needed.
        """
        if self._held_back is not None:
            self._held_back.append((where, statement.as_bytes(self.connection)))
            return
        with translated(where):
            self.connection.execute(statement)

    @contextmanager
    def in_one_go(self) -> Iterator[None]:
        """Send the changes of a block at its end, as one script: each alone takes a round trip.

        The block runs nothing else on this session. The server runs the statements in order, stops
        at the first that fails, and the error names what that one changes.

        Raises:
            DatabaseError: The server refused one.
            LockedError: Others hold a lock that is needed.

        Source: PostgreSQL manual, Message Flow, Simple Query.
        """
        held: list[tuple[str, bytes]] = []
        self._held_back = held
        try:
            yield
        finally:
            self._held_back = None
        if not held:
            return
        self._run_script(held)

    def count_each(self, queries: Sequence[tuple[str, sql.Composed]]) -> tuple[int, ...]:
        """Run queries that each give one number, a thousand in one round trip.

        Args:
            queries: What each looks at, for errors, and SQL without parameters.

        Returns:
            The numbers, in the same order.

        Raises:
            DatabaseError: The server refused one, which is named.
            LockedError: Others hold a lock that is needed.
        """
        script = [(where, query.as_bytes(self.connection)) for where, query in queries]
        return tuple(
            int(result.get_value(0, 0) or 0)
            for place in range(0, len(script), _QUERIES_AT_ONCE)
            for result in self._run_script(script[place : place + _QUERIES_AT_ONCE])
        )

    def _run_script(self, statements: Sequence[tuple[str, bytes]]) -> list[PGresult]:
        """Send statements at once; each comes with what to name where it fails."""
        with translated(self.where):
            results = self.send_script(b";\n".join(statement for _, statement in statements))
        for (where, _), result in zip(statements, results, strict=False):
            if result.status == ExecStatus.FATAL_ERROR:
                with translated(where):
                    raise pg_errors.error_from_result(result, self.connection.info.encoding)
        return results

    def send_script(self, script: bytes) -> list[PGresult]:
        """Send statements at once, and wait as psycopg does, minding Ctrl-C.

        Args:
            script: SQL, UTF-8.

        Returns:
            The result of every statement; the last one may be of one that failed.

        Raises:
            psycopg.Error: The connection broke.

        Source: PostgreSQL manual, Message Flow, Simple Query.
        """
        pgconn = self.connection.pgconn
        pgconn.send_query(script)
        return self.connection.wait(generators.execute(pgconn))

    def rows(self, query: QueryNoTemplate, params: Params | None = None) -> list[tuple[Any, ...]]:
        """Run a query.

        Args:
            query: SQL; composed, never formatted.
            params: Its parameters.

        Returns:
            All of its rows.

        Raises:
            DatabaseError: The server refused.
            LockedError: Others hold a lock that is needed.
        """
        with translated(self.where):
            return self.connection.execute(query, params).fetchall()

    def union(self, queries: Sequence[sql.Composed]) -> list[tuple[Any, ...]]:
        """Run queries of the same columns as one, by UNION ALL.

        A chain nests as deep as it is long, and from some thousands on exhausts the server's stack:
        so many go a thousand at a time.

        Args:
            queries: SQL without parameters.

        Returns:
            All of their rows.

        Raises:
            DatabaseError: The server refused.
            LockedError: Others hold a lock that is needed.
        """
        return [
            row
            for place in range(0, len(queries), _QUERIES_AT_ONCE)
            for row in self.rows(
                sql.SQL(" UNION ALL ").join(queries[place : place + _QUERIES_AT_ONCE])
            )
        ]

    def scalar(self, query: QueryNoTemplate, params: Params | None = None) -> Any:  # noqa: ANN401 -- any type
        """Run a query for one value.

        Args:
            query: SQL; composed, never formatted.
            params: Its parameters.

        Returns:
            The first column of the first row; None where there is no row.

        Raises:
            DatabaseError: The server refused.
            LockedError: Others hold a lock that is needed.
        """
        with translated(self.where):
            row = self.connection.execute(query, params).fetchone()
        return row[0] if row else None

    def begin(
        self,
        *,
        isolation: Isolation = "READ COMMITTED",
        read_only: bool = False,
        snapshot_id: str | None = None,
    ) -> None:
        """Open a transaction; one that may write is on the server's disk once it is committed.

        Args:
            isolation: Its isolation level.
            read_only: Whether the server refuses writes in it.
            snapshot_id: A snapshot that another session exported, to see what it sees.

        Raises:
            DatabaseError: One is open already, or the snapshot is gone.
        """
        if self.in_transaction:
            raise DatabaseError(
                "a transaction is open already", self.where, "Commit it or roll it back first."
            )
        access = "READ ONLY" if read_only else "READ WRITE"
        with translated(self.where):
            self.connection.execute(
                sql.SQL("BEGIN ISOLATION LEVEL {} {}{}").format(
                    sql.SQL(isolation), sql.SQL(access), sql.SQL("" if read_only else _DURABLE)
                )
            )
            if snapshot_id is not None:
                self._see_snapshot(snapshot_id)
            if self.is_pooled:  # the last transaction may have run on another connection
                self._pin(for_transaction=True)

    def commit(self) -> None:
        """Commit the open transaction.

        Raises:
            DatabaseError: There is none, or it failed earlier, so that nothing was committed.
        """
        if not self.in_transaction:
            raise DatabaseError("no transaction is open", self.where, "Begin one first.")
        with translated(self.where):
            done = self.connection.execute("COMMIT").statusmessage
        if done != "COMMIT":  # a failed transaction answers ROLLBACK, without an error
            raise DatabaseError(
                "the transaction had failed and was rolled back",
                self.where,
                "Look at the first error of this run.",
            )

    def rollback(self) -> None:
        """Roll back the open transaction; does nothing without one, or on a broken connection."""
        if not self.connection.closed and self.in_transaction:
            with translated(self.where):
                self.connection.execute("ROLLBACK")

    @contextmanager
    def transaction(
        self, *, isolation: Isolation = "READ COMMITTED", read_only: bool = False
    ) -> Iterator[None]:
        """Run a block in one transaction: committed at its end, rolled back on any exception.

        Args:
            isolation: Its isolation level.
            read_only: Whether the server refuses writes in it.

        Raises:
            DatabaseError: One is open already, or the commit failed.
        """
        self.begin(isolation=isolation, read_only=read_only)
        try:
            yield
        except BaseException:
            if self.connection.info.transaction_status != TransactionStatus.ACTIVE:
                self.rollback()
            else:  # a COPY was cut short: only the end of the connection ends it
                self.close()
            raise
        self.commit()

    def export_snapshot(self) -> str:
        """Let other sessions see what this transaction sees, until it ends.

        Returns:
            The snapshot's id, for `import_snapshot` and pg_dump.

        Raises:
            DatabaseError: No transaction is open, or the server is a standby.
        """
        if not self.in_transaction:
            raise DatabaseError("no transaction is open", self.where, "Begin one first.")
        return str(self.scalar("SELECT pg_catalog.pg_export_snapshot()"))

    def import_snapshot(self, snapshot_id: str) -> None:
        """Open a read-only transaction that sees what another session's transaction sees.

        Args:
            snapshot_id: What `export_snapshot` gave; that transaction must still be open.

        Raises:
            DatabaseError: The snapshot is gone, or of another database.
        """
        self.begin(isolation="REPEATABLE READ", read_only=True, snapshot_id=snapshot_id)

    def build_with(self, jobs: int | None) -> None:
        """Say what builds one index, until the transaction ends: memory, and server processes.

        The memory is raised to 256 MB where the server's own setting is lower, and left alone where
        the role, the database or the connection has one. All processes share it; only as much is
        taken as the rows need.

        Args:
            jobs: This session's own process, and jobs - 1 parallel workers; None leaves their
                number to the server.

        Source: PostgreSQL manual, maintenance_work_mem, max_parallel_maintenance_workers; CREATE
            INDEX.
        """
        self.execute(_BUILD_MEMORY)
        if jobs is not None:
            self.execute(
                "SELECT pg_catalog.set_config('max_parallel_maintenance_workers', %s, true)",
                [str(jobs - 1)],
            )

    def advisory_lock(self, key: str) -> None:
        """Take a lock that only other snapkit runs on this database look at.

        It waits for a second at most: the server takes a moment to end the session of a run that
        has just ended.

        It is held to the end of the open transaction, or, without one, to the end of the session.

        Args:
            key: What is locked.

        Raises:
            LockedError: Another session holds it; the error names that session.
            DatabaseError: A pooler stands between, and no transaction is open to hold the lock.
        """
        if self.is_pooled and not self.in_transaction:
            raise DatabaseError(
                "a pooler stands before the server, so that no lock can be held",
                self.where,
                "Give the direct address of the server.",
            )
        digest = hashlib.sha256(f"snapkit {key}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        function = "pg_try_advisory_xact_lock" if self.in_transaction else "pg_try_advisory_lock"
        attempt = sql.SQL("SELECT pg_catalog.{}(%s::bigint)").format(sql.Identifier(function))
        deadline = time.monotonic() + _GRACE_SECONDS
        while not self.scalar(attempt, [number]):
            if time.monotonic() > deadline:
                raise self._locked(key, number)
            time.sleep(_PAUSE_SECONDS)

    def _locked(self, key: str, number: int) -> LockedError:
        holders = self.rows(
            "SELECT l.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, '')"
            " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database ="
            " (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
            " AND l.classid::bigint = %s AND l.objid::bigint = %s",
            [number >> 32 & 0xFFFFFFFF, number & 0xFFFFFFFF],
        )
        named = ", ".join(session_named(*holder) for holder in holders)
        return LockedError(
            f"another run holds the lock {key!r}: {named or 'it has just ended'}",
            self.where,
            "Wait until the other run ends, then try again.",
        )

    def _see_snapshot(self, snapshot_id: str) -> None:
        try:
            self.connection.execute(
                sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot_id))
            )
        except psycopg.Error as error:
            if error.sqlstate not in _SNAPSHOT_GONE:
                raise
            raise DatabaseError(
                "the session whose snapshot was to be read is gone: its connection broke",
                self.where,
                "Check the network and the server's log, then run it again.",
            ) from error

    def _pin(self, *, for_transaction: bool) -> None:
        """Set every pin in one round trip, and look at what the server made of each."""
        calls = sql.SQL(", ").join(
            sql.SQL("pg_catalog.set_config({}, {}, {})").format(
                sql.Literal(name), sql.Literal(value), sql.Literal(for_transaction)
            )
            for name, value in self._pins.items()
        )
        row = self.connection.execute(sql.SQL("SELECT {}").format(calls)).fetchone() or ()
        for (name, wanted), value in zip(self._pins.items(), row, strict=True):
            if value != wanted:
                raise DatabaseError(
                    f"the server keeps {name} at {value!r} instead of {wanted!r}",
                    self.target.label,
                    "Values would print in another form. Check the role's and database's settings.",
                )


def connect(
    target: Target | str, *, read_only: bool = False, application_name: str = "snapkit"
) -> Session:
    """Connect to a database and pin the session's settings.

    Args:
        target: What `parse_target` gave, or a text for it to parse.
        read_only: Whether the server refuses writes, unless a transaction asks for them.
        application_name: What `pg_stat_activity` shows.

    Returns:
        The session; close it, or use it as a context manager.

    Raises:
        ConnectError: The database cannot be reached, or refuses the role.
        DatabaseError: A setting did not take.
        UsageError: The text cannot be parsed.
    """
    goal = parse_target(target, os.environ, {}) if isinstance(target, str) else target
    arguments = goal.connect_arguments()
    if "PGCONNECT_TIMEOUT" not in os.environ:
        arguments.setdefault("connect_timeout", _CONNECT_SECONDS)
    arguments |= {"application_name": application_name, "client_encoding": "UTF8"}
    try:
        connection = psycopg.Connection.connect(
            psycopg.conninfo.make_conninfo("", **arguments),
            autocommit=True,
            prepare_threshold=None,  # each statement runs once, and poolers dislike prepared ones
        )
    except psycopg.Error as error:
        raise connect_error(error, goal) from error
    pins = dict(PINNED) | {
        "application_name": application_name,
        "default_transaction_read_only": "on" if read_only else "off",
        "jit": "off",  # compiling a catalog query takes longer than running it
    }
    if connection.info.server_version >= _TRANSACTION_TIMEOUT_SINCE:
        pins["transaction_timeout"] = "0"
    try:
        return Session(connection, goal, pins)
    except psycopg.Error as error:
        connection.close()
        raise translate(error, goal.label) from error
    except BaseException:
        connection.close()
        raise
