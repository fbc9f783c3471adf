"""The objects of a database, read in one query.

Source: `sql/objects.sql`; `snapkit.core.objects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.objects import CatalogObject, ObjectKind
from snapkit.pg.queries import one_moment, sql_text

if TYPE_CHECKING:
    from snapkit.pg.session import Session


def read_objects(session: Session) -> tuple[CatalogObject, ...]:
    """Read what a database declares besides rows and sequences.

    Args:
        session: Any role; inside a transaction it is read there.

    Returns:
        The objects, by kind and name; those of extensions and of the system are left out.

    Raises:
        DatabaseError: The server failed.
        LockedError: Somebody alters a table for longer than 30 s.
    """
    with one_moment(session):
        return tuple(
            CatalogObject(
                kind=ObjectKind(kind),
                namespace=namespace,
                relation=relation,
                name=name,
                role=role,
                definition=definition or "",
            )
            for kind, namespace, relation, name, role, definition in session.rows(
                sql_text("objects")
            )
        )
