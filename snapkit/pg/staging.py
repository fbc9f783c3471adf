"""A staging database: made beside an empty one, filled, and given its name once all is proved.

PostgreSQL shows the rows of a transaction to nobody else, so several connections cannot load one
transaction. They can load a database that nobody looks at. It is a copy of the empty target, with
its extensions and whatever else is in there; the target's owner, grants, comment and limit of
connections are given to it; then both are renamed in one transaction. Who connects finds the empty
database or the proved one. A crash leaves the target as it was, and a database of a name that tells
whose it is, which the next restore into the same target removes.

Source: PostgreSQL manual, CREATE DATABASE (Template Databases), ALTER DATABASE.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from psycopg import sql

from snapkit.errors import ConnectError, DatabaseError, LockedError, SnapkitError
from snapkit.pg import locks
from snapkit.pg.queries import query
from snapkit.pg.session import Session, connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from snapkit.pg.target import Target

_MAINTENANCE: Final = ("postgres", "template1")
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
    others = session.rows(_OTHERS, [session.database])
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
        f"others are connected to it: {_named(others)}": bool(others),
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


class StagingDatabase:
    """A staging database, from its making to its end: it takes the name, or it is dropped.

    Args:
        target: The empty database that is to be filled; nobody is connected to it.
        database: Its name.
        is_empty: Looks into a database and says whether it holds no table.
    """

    def __init__(self, target: Target, database: str, is_empty: Callable[[Session], bool]) -> None:
        self._database = database
        self._name = staging_name(database)
        self._replaced = staging_name(database, "replaced")
        self._is_empty = is_empty
        self._home = target
        self._target = target.with_database(self._name)
        self._maintenance: Session | None = None
        self._has_name = False

    @property
    def target(self) -> Target:
        """What the loading connects to."""
        return self._target

    def __enter__(self) -> Self:
        maintenance = self._maintenance = _maintain(self._home)
        try:
            maintenance.advisory_lock(f"restore into {self._database}")
            self._drop_stale(maintenance)
            self._copy(maintenance)
        except BaseException:
            maintenance.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        maintenance = self._maintenance
        assert maintenance is not None  # noqa: S101 -- entered
        try:
            if not self._has_name:
                self.drop()
        finally:
            maintenance.close()

    def drop(self) -> None:
        """Drop it, and end every session that is in it; it may be dropped already.

        Raises:
            DatabaseError: The server failed.
        """
        assert self._maintenance is not None  # noqa: S101 -- entered
        _drop(self._maintenance, self._name, force=True)

    def take_name(self) -> None:
        """Give the staging database the target's name, and drop the empty one.

        Raises:
            LockedError: Others were connected to the target for WAIT_SECONDS; they are named.
            DatabaseError: The target is no longer empty; it stays as it is.
        """
        maintenance = self._maintenance
        assert maintenance is not None  # noqa: S101 -- entered
        self._require_empty(self._home)
        self._dress(maintenance)
        deadline = time.monotonic() + locks.WAIT_SECONDS
        while not self._swapped(maintenance):
            if time.monotonic() > deadline:
                raise self._in_use(maintenance)
            time.sleep(_PAUSE_SECONDS)
        try:
            self._require_empty(self._home.with_database(self._replaced))
        except SnapkitError:
            self._rename(
                maintenance, (self._database, self._name), (self._replaced, self._database)
            )
            raise
        self._has_name = True
        _drop(maintenance, self._replaced)

    def _copy(self, maintenance: Session) -> None:
        with connect(self._home) as session:
            owner = query(session, "database", _DatabaseRow, None)[0].owner
        try:
            maintenance.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *map(sql.Identifier, (self._name, self._database, owner))
                )
            )
        except LockedError as error:
            raise self._in_use(maintenance) from error
        maintenance.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(self._name), sql.Literal(_MARK)
            )
        )

    def _dress(self, maintenance: Session) -> None:
        """Give it what belongs to a database and is not in it."""
        with connect(self._home) as session:
            facts = query(session, "database", _DatabaseRow, None)[0]
        name = sql.Identifier(self._name)
        maintenance.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(facts.comment))
        )
        maintenance.execute(
            sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
                name, sql.Literal(facts.connection_limit)
            )
        )
        if facts.has_default_grants:
            return
        public, owner = sql.SQL("PUBLIC"), sql.Identifier(facts.owner)
        maintenance.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM {}, {}").format(name, public, owner)
        )
        for grantee, privilege, is_grantable in zip(
            facts.grantees, facts.privileges, facts.grantable, strict=True
        ):
            maintenance.execute(
                sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                    sql.SQL(privilege),
                    name,
                    sql.Identifier(grantee) if grantee else public,
                    sql.SQL(" WITH GRANT OPTION" if is_grantable else ""),
                )
            )

    def _swapped(self, maintenance: Session) -> bool:
        """Rename both, where nobody is connected to the target just now."""
        try:
            self._rename(
                maintenance, (self._database, self._replaced), (self._name, self._database)
            )
        except LockedError:
            return False
        return True

    def _in_use(self, maintenance: Session) -> LockedError:
        others = maintenance.rows(_OTHERS, [self._database])
        return LockedError(
            f"others are connected to the database: {_named(others) or 'just now'}",
            f"database {self._database}",
            "Nothing became visible. End those sessions and run it again, or restore without "
            "--jobs: then they are no hindrance.",
        )

    def _rename(self, maintenance: Session, *pairs: tuple[str, str]) -> None:
        with maintenance.transaction():
            for old, new in pairs:
                maintenance.execute(
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

    def _drop_stale(self, maintenance: Session) -> None:
        """Remove what a run left that was killed."""
        _drop(maintenance, self._name, force=True)
        if maintenance.rows(
            "SELECT FROM pg_catalog.pg_database WHERE datname = %s", [self._replaced]
        ):
            self._require_empty(self._home.with_database(self._replaced))
            _drop(maintenance, self._replaced)


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


def _named(others: list[tuple[object, ...]]) -> str:
    return ", ".join(
        f"process {pid}{f' ({name})' if name else ''}{f' of role {role}' if role else ''}"
        for pid, name, role in others
    )
