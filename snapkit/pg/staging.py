"""A staging database: made beside an empty one, filled, and given its name once all is proved.

PostgreSQL shows the rows of a transaction to nobody else, so several connections cannot load one
transaction. They can load a database that nobody looks at. It is a copy of the empty target, with
its extensions and whatever else is in there; the target's owner, grants, comment and limit of
connections are given to it; then both are renamed in one transaction. Who connects finds the empty
database or the proved one. A crash leaves the target as it was, and a database of a name that tells
whose it is, which the next restore into the same target removes.

Source: PostgreSQL manual, CREATE DATABASE (Template Databases), ALTER DATABASE, pg_database.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg import sql

from snapkit.errors import ConnectError, DatabaseError, LockedError, SnapkitError
from snapkit.pg import locks
from snapkit.pg.failures import session_named
from snapkit.pg.queries import query
from snapkit.pg.session import Session, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.pg.target import Target

_MAINTENANCE: Final = ("postgres", "template1")
_INVALID: Final = -2  # datconnlimit of a database whose drop was cut short
_PAUSE_SECONDS: Final = 0.2
_MARK: Final = "snapkit restore, not proved yet: it may be dropped once no restore runs"
_OTHERS: Final = (
    "SELECT pid, coalesce(application_name, ''), coalesce(usename::text, '')"
    " FROM pg_catalog.pg_stat_activity WHERE datname = %s AND pid <> pg_catalog.pg_backend_pid()"
    " AND backend_type = 'client backend' ORDER BY pid"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _DatabaseRow:
    owner: str
    may_create: bool
    is_owner: bool
    is_template: bool
    connection_limit: int
    comment: str | None
    has_default_grants: bool
    grantees: list[str]
    privileges: list[str]
    grantable: list[bool]
    has_grants_of_others: bool
    has_settings: bool
    has_subscriptions: bool
    has_slots: bool
    has_prepared_transactions: bool
    has_security_labels: bool


def obstacles(session: Session) -> tuple[str, ...]:
    """Say why no other database could take this one's place.

    Args:
        session: On the target.

    Returns:
        Reasons, for people; none where a staging database can be used.

    Raises:
        DatabaseError: The server failed.
    """
    facts = query(session, "database", _DatabaseRow, None)[0]
    others = _others(session, session.database)
    found = {
        f"role {session.role} lacks CREATEDB": not facts.may_create,
        f"role {session.role} does not own the database": not facts.is_owner,
        "it is a template": facts.is_template,
        "somebody else granted rights on it": facts.has_grants_of_others,
        "settings were made for it (ALTER DATABASE … SET)": facts.has_settings,
        "it has subscriptions": facts.has_subscriptions,
        "it has replication slots": facts.has_slots,
        "it has prepared transactions": facts.has_prepared_transactions,
        "it has security labels": facts.has_security_labels,
        "a pooler stands before the server": session.is_pooled,
        f"others are connected to it: {others}": bool(others),
        "it is where other databases are made from": session.database in _MAINTENANCE,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def staging_name(database: str, kind: str = "restore") -> str:
    """The name of a target's staging database: always the same, so that a stale one is found.

    Args:
        database: The target's name.
        kind: `restore` for what is being filled, `replaced` for what gave its name away.

    Returns:
        Such as `snapkit_restore_1f2e3d4c5b6a`.
    """
    return f"snapkit_{kind}_{hashlib.sha256(database.encode()).hexdigest()[:12]}"


@contextmanager
def staging_database(
    target: Target, database: str, is_empty: Callable[[Session], bool]
) -> Iterator[StagingDatabase]:
    """Make a staging database; at the end of the block it has taken the name, or it is dropped.

    Args:
        target: The empty database that is to be filled; nobody is connected to it.
        database: Its name.
        is_empty: Looks into a database and says whether it holds no table.

    Yields:
        The staging database.

    Raises:
        LockedError: Another restore into the target runs, or others are connected to it.
        DatabaseError: The server refused.
        ConnectError: The server cannot be reached.
    """
    with _maintain(target) as maintenance:
        maintenance.advisory_lock(f"restore into {database}")
        staging = StagingDatabase(maintenance, target, database, is_empty)
        try:
            staging.make()
            yield staging
        finally:
            if not staging.has_name:
                staging.drop()


class StagingDatabase:
    """A staging database; `staging_database` makes it.

    Attributes:
        target: What the loading connects to.
        has_name: Whether it took the target's name.
    """

    def __init__(
        self,
        maintenance: Session,
        target: Target,
        database: str,
        is_empty: Callable[[Session], bool],
    ) -> None:
        self._maintenance = maintenance
        self._home = target
        self._database = database
        self._is_empty = is_empty
        self._name = staging_name(database)
        self._replaced = staging_name(database, "replaced")
        self.target = target.with_database(self._name)
        self.has_name = False

    def make(self) -> None:
        """Copy the target, once what a killed run left is gone.

        Raises:
            LockedError: Others are connected to the target.
            DatabaseError: The server refused.
        """
        self._drop_stale()
        self._copy()

    def drop(self) -> None:
        """Drop it, and end every session that is in it; it may be dropped already.

        Raises:
            DatabaseError: The server failed.
        """
        _drop(self._maintenance, self._name, force=True)

    def take_name(self) -> None:
        """Give the staging database the target's name, and drop the empty one.

        Raises:
            LockedError: Others were connected to the target for WAIT_SECONDS; they are named.
            DatabaseError: The target is no longer empty; it stays as it is.
        """
        self._require_empty(self._home)
        self._dress()
        deadline = time.monotonic() + locks.WAIT_SECONDS
        while not self._swapped():
            if time.monotonic() > deadline:
                raise self._in_use()
            time.sleep(_PAUSE_SECONDS)
        try:
            self._require_empty(self._home.with_database(self._replaced))
        except SnapkitError:
            self._rename((self._database, self._name), (self._replaced, self._database))
            raise
        self.has_name = True
        _drop(self._maintenance, self._replaced)

    def _copy(self) -> None:
        with connect(self._home) as session:
            owner = query(session, "database", _DatabaseRow, None)[0].owner
        try:
            self._maintenance.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *map(sql.Identifier, (self._name, self._database, owner))
                )
            )
        except LockedError as error:
            raise self._in_use() from error
        self._maintenance.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(self._name), sql.Literal(_MARK)
            )
        )

    def _dress(self) -> None:
        """Give it what belongs to a database and is not in it."""
        with connect(self._home) as session:
            facts = query(session, "database", _DatabaseRow, None)[0]
        name = sql.Identifier(self._name)
        self._maintenance.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(facts.comment))
        )
        self._maintenance.execute(
            sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
                name, sql.Literal(facts.connection_limit)
            )
        )
        if facts.has_default_grants:
            return
        public, owner = sql.SQL("PUBLIC"), sql.Identifier(facts.owner)
        self._maintenance.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM {}, {}").format(name, public, owner)
        )
        for grantee, privilege, is_grantable in zip(
            facts.grantees, facts.privileges, facts.grantable, strict=True
        ):
            self._maintenance.execute(
                sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                    sql.SQL(privilege),
                    name,
                    sql.Identifier(grantee) if grantee else public,
                    sql.SQL(" WITH GRANT OPTION" if is_grantable else ""),
                )
            )

    def _swapped(self) -> bool:
        """Rename both, where nobody is connected to the target just now."""
        try:
            self._rename((self._database, self._replaced), (self._name, self._database))
        except LockedError:
            return False
        return True

    def _in_use(self) -> LockedError:
        others = _others(self._maintenance, self._database) or "just now"
        return LockedError(
            f"others are connected to the database: {others}",
            f"database {self._database}",
            "Nothing became visible. End those sessions and run it again, or restore without "
            "--jobs: then they are no hindrance.",
        )

    def _rename(self, *pairs: tuple[str, str]) -> None:
        with self._maintenance.transaction():
            for old, new in pairs:
                self._maintenance.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(old), sql.Identifier(new)
                    )
                )

    def _require_empty(self, target: Target) -> None:
        """What somebody made in the last moment must not go with the empty database."""
        with connect(target, read_only=True) as session:
            if not self._is_empty(session):
                raise DatabaseError(
                    "somebody made tables in the database while a restore ran",
                    session.where,
                    "It was left as it is. Look into it; to restore, name an empty database.",
                )

    def _drop_stale(self) -> None:
        """Remove what a run left that was killed.

        A database whose drop was cut short takes no connections: it was seen to be empty before.
        """
        self.drop()
        limit = self._maintenance.scalar(
            "SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = %s", [self._replaced]
        )
        if limit is None:
            return
        if limit != _INVALID:
            self._require_empty(self._home.with_database(self._replaced))
        _drop(self._maintenance, self._replaced)


def _maintain(target: Target) -> Session:
    """Connect to a database from which others can be made and renamed."""
    problem: ConnectError | None = None
    for name in _MAINTENANCE:
        try:
            return connect(target.with_database(name))
        except ConnectError as error:
            problem = problem or error
    assert problem is not None  # noqa: S101 -- there are names
    raise problem


def _drop(maintenance: Session, name: str, *, force: bool = False) -> None:
    maintenance.execute(
        sql.SQL("DROP DATABASE IF EXISTS {}{}").format(
            sql.Identifier(name), sql.SQL(" WITH (FORCE)" if force else "")
        )
    )


def _others(session: Session, database: str) -> str:
    """Who else is connected to a database; empty for nobody."""
    return ", ".join(session_named(*other) for other in session.rows(_OTHERS, [database]))
