"""A scratch database on a server of the user's: made under a random name, gone at the end.

The named database is connected to, and not touched. While a run lives, that session's
`application_name` is the scratch database's name. The server lists sessions of all databases: so
any later run there tells a scratch database in use from what a killed run left, and drops the
latter.

Source: PostgreSQL manual, CREATE DATABASE; DROP DATABASE; pg_stat_activity.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg import sql

from snapkit.errors import DatabaseError, SnapkitError
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.pg.session import Session
    from snapkit.pg.target import Target

PREFIX: Final = "snapkit_drill_"
_MAY_CREATE: Final = (
    "SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
)
_STALE: Final = (
    "SELECT d.datname FROM pg_catalog.pg_database d"
    " WHERE d.datname ~ ('^' || %s || '[0-9a-f]{12}$') AND d.datname <> current_database()"
    " AND pg_catalog.pg_has_role(d.datdba, 'USAGE')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a"
    "                  WHERE a.application_name = d.datname)"
    " ORDER BY 1"
)


@contextmanager
def scratch_database(target: Target) -> Iterator[Target]:
    """Make an empty database beside another one; it is dropped at the end of the block.

    It is made as `createdb` makes one: with what the server's owner put into template1.

    Args:
        target: A database to connect to; the role needs CREATEDB.

    Yields:
        The scratch database, on the same server, as the same role.

    Raises:
        ConnectError: The server cannot be reached.
        DatabaseError: The role may not make databases, a pooler stands before the server, or the
            scratch database could not be dropped.
    """
    name = f"{PREFIX}{secrets.token_hex(6)}"
    with connect(target, application_name=name) as session:
        _require_means(session)
        _drop_stale(session)
        try:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            yield target.with_database(name)
        finally:
            _drop(target, name)


def _require_means(session: Session) -> None:
    if session.is_pooled:
        raise DatabaseError(
            "a pooler stands before the server, so that nothing tells a living run from a dead one",
            session.where,
            "Give the direct address of the server.",
        )
    if not session.scalar(_MAY_CREATE):
        raise DatabaseError(
            f"role {session.role} may not make a scratch database: it lacks CREATEDB",
            session.where,
            "Have ALTER ROLE … CREATEDB run for it, use another role, or drill without --target.",
        )


def _drop_stale(session: Session) -> None:
    """Drop what killed runs left. Another run may do the same this moment."""
    for (name,) in session.rows(_STALE, [PREFIX]):
        session.execute(_dropping(name))


def _drop(target: Target, name: str) -> None:
    """Drop it by a new session: the first one may be broken, or in the middle of a statement."""
    try:
        with connect(target) as session:
            session.execute(_dropping(name))
    except SnapkitError as error:
        raise DatabaseError(
            f"the scratch database {name} could not be dropped: {error.what}",
            target.label,
            f"DROP DATABASE {name}, or run another drill there: it drops what is left over.",
        ) from error


def _dropping(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
