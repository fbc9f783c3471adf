"""A trial of a snapshot's DDL: what a target lacks is found before anything is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.ddl import DdlSection
from snapkit.errors import DatabaseError, PlanError
from snapkit.pg.ddl import run_ddl

if TYPE_CHECKING:
    from snapkit.pg.session import Session
    from snapkit.store import Snapshot


def try_ddl(session: Session, snapshot: Snapshot) -> None:
    """Run the DDL of a snapshot and undo it: only the target itself knows what it takes.

    A server of another version may lack a feature, a role may lack a right, a collation or a
    tablespace may be missing. Without rows this takes a fraction of a second.

    Args:
        session: Inside a transaction, on an empty database.
        snapshot: Whose DDL it is.

    Raises:
        PlanError: The target refuses a statement; the database is as it was.
        ManifestError: The DDL is damaged.
    """
    session.execute("SAVEPOINT trial")
    try:
        for section in DdlSection:
            path = f"ddl/{section}.sql"
            run_ddl(session, snapshot.read(path).decode(), name=path)
    except DatabaseError as exc:
        raise PlanError(
            f"the target refuses the snapshot's DDL: {exc.what}",
            f"{exc.where}, database {session.database}",
            "Nothing was touched. Restore into a server of the source's version, or as a role with "
            "the right that is missing.",
        ) from exc
    session.execute("ROLLBACK TO SAVEPOINT trial")
