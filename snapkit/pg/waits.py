"""Waits for others, bounded for a whole transaction, with whoever is in the way named.

A statement that waited in vain takes its transaction with it, and nothing can be asked in there.
Savepoints are no way out: COPY FREEZE refuses them, and the locks of the others are not enough to
tell who was waited for. So a second connection looks on, and asks the server whom we wait for.

Source: PostgreSQL manual, lock_timeout; pg_blocking_pids; pg_locks; COPY, FREEZE.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from snapkit.errors import LockedError, SnapkitError
from snapkit.pg import locks
from snapkit.pg.locks import LockHolder, locked_error, set_lock_timeout
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.pg.session import Session

_LOOKS: Final = 3  # during one wait, so that one late look does not miss it
_GRACE: Final = 5  # for a look that is under way when the block ends [s]
_SHOWN: Final = 5  # locks named of one session
_TIMED_OUT: Final = "55P03"
# A row's lock stands in the row. Whoever waits for it holds or awaits the "tuple", and that names
# the table; without one, as for an equal key not yet committed, all that the holder writes is told.
_IN_THE_WAY: Final = """
WITH needed AS (
    SELECT relation, locktype FROM pg_catalog.pg_locks
     WHERE pid = %(pid)s AND (locktype = 'tuple' OR locktype = 'relation' AND NOT granted)
)
SELECT b.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''),
       ARRAY(
           SELECT DISTINCT l.mode || ' on ' || c.relname
                           || CASE WHEN l.granted THEN '' ELSE ' (awaited)' END
             FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
            WHERE l.pid = b.pid AND l.locktype = 'relation'
              AND (l.relation IN (SELECT relation FROM needed)
                   OR NOT EXISTS (SELECT FROM needed) AND c.relkind NOT IN ('i', 'I', 't'))
              AND (l.mode <> 'AccessShareLock'
                   OR EXISTS (SELECT FROM needed WHERE locktype = 'relation'))
            ORDER BY 1
       ),
       a.xact_start AT TIME ZONE 'UTC', a.query_start AT TIME ZONE 'UTC'
  FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(%(pid)s)) AS pid) b
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
 ORDER BY a.xact_start NULLS LAST, b.pid
"""


@contextmanager
def bounded(session: Session) -> Iterator[None]:
    """Run a block in which no lock is awaited for longer than WAIT_SECONDS, at whatever statement.

    The bound stays until the transaction ends. A block that is over within a third of that time
    costs no second connection.

    Args:
        session: Inside a transaction, which a wait in vain ends: the caller rolls it back.

    Raises:
        LockedError: Others held what is needed for longer than that; they are named.
    """
    seconds = locks.WAIT_SECONDS
    set_lock_timeout(session, f"{seconds}s")
    watch = _Watch(session, seconds / _LOOKS)
    try:
        yield
    except LockedError as error:
        if getattr(error.__cause__, "sqlstate", None) != _TIMED_OUT:  # its holders are named
            raise
        failed = time.monotonic()
        watch.end()
        found = watch.found if failed - watch.found_at <= seconds else ()
        raise locked_error(error.where, found, seconds, unseen=watch.problem) from error
    finally:
        watch.end()


class _Watch:
    """Asks, again and again until told to end, whom a session waits for.

    Attributes:
        found: Whom it waited for when it last waited.
        found_at: When that was, by the monotonic clock [s].
        problem: Why nobody could be asked; empty where all went well.
    """

    def __init__(self, session: Session, pause: float) -> None:
        self.found: tuple[LockHolder, ...] = ()
        self.found_at = 0.0
        self.problem = ""
        self._target = session.target
        # behind a pooler, the connection knows another number
        self._pid = int(session.scalar("SELECT pg_catalog.pg_backend_pid()"))
        self._pause = pause
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join(_GRACE)

    def _run(self) -> None:
        if self._over.wait(self._pause):
            return
        try:
            with connect(self._target, read_only=True, application_name="snapkit watch") as session:
                self._look(session)
                while not self._over.wait(self._pause):
                    self._look(session)
        except SnapkitError as error:
            self.problem = error.what

    def _look(self, session: Session) -> None:
        found = tuple(
            LockHolder(pid, application, role, _listed(held), since, started)
            for pid, application, role, held, since, started in session.rows(
                _IN_THE_WAY, {"pid": self._pid}
            )
        )
        if found:
            self.found, self.found_at = found, time.monotonic()


def _listed(held: list[str]) -> str:
    return (", ".join(held[:_SHOWN]) + (" …" if len(held) > _SHOWN else "")) or "another lock"
