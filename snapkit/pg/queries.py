"""The queries in `sql/`: read once, run inside one moment, their rows made values."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from psycopg.rows import class_row

from snapkit.pg import locks
from snapkit.pg.failures import translated
from snapkit.pg.locks import set_lock_timeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.pg.session import Session

_Row = TypeVar("_Row")


@cache
def sql_text(name: str) -> bytes:
    """Read one of the queries in `sql/`, once.

    Args:
        name: Of the file, without its ending.

    Returns:
        UTF-8.
    """
    return files("snapkit.pg").joinpath("sql", f"{name}.sql").read_bytes()


def query(
    session: Session, name: str, kind: type[_Row], namespaces: tuple[str, ...] | None
) -> list[_Row]:
    """Run one of the queries in `sql/`.

    Args:
        session: Any role.
        name: Of the file, without its ending.
        kind: What a row becomes, by the names of its columns.
        namespaces: Which to look into; None for all but the system's.

    Returns:
        The rows, in the order of the query.

    Raises:
        DatabaseError: The server failed.
    """
    wanted = None if namespaces is None else list(namespaces)
    text = sql_text(name)
    arguments = {"namespaces": wanted} if b"%(namespaces)s" in text else None
    with (
        translated(f"the catalog of {session.where}"),
        session.connection.cursor(row_factory=class_row(kind)) as cursor,
    ):
        return cursor.execute(text, arguments).fetchall()


@contextmanager
def one_moment(session: Session) -> Iterator[None]:
    """Read inside one transaction, and do not wait for ever: `pg_get_expr` and others lock."""
    wait = f"{locks.WAIT_SECONDS}s"  # for a table that somebody alters just now
    if not session.in_transaction:
        with session.transaction(isolation="REPEATABLE READ", read_only=True):
            set_lock_timeout(session, wait)
            yield
        return
    before = session.scalar("SELECT pg_catalog.current_setting('lock_timeout')")
    set_lock_timeout(session, wait)
    yield  # after an error the transaction is lost, and the setting with it
    set_lock_timeout(session, str(before))
