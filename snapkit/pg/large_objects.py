"""Large objects: removed, and made again from the pieces that a snapshot holds.

Source: PostgreSQL manual, Large Objects, Server-Side Functions; GRANT.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from psycopg import sql

from snapkit.core.catalog import PIECE_BYTES
from snapkit.core.names import TableName
from snapkit.pg.copy import copy_in
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.pg.session import Session

_STAGE: Final = TableName("pg_temp", "snapkit_pieces")
_WHERE: Final = "large objects"


def unlink_large_objects(session: Session) -> None:
    """Remove every large object of the database.

    Args:
        session: Inside a transaction, as the owner of all of them.

    Raises:
        DatabaseError: One belongs to somebody else.
    """
    with translated(_WHERE):
        session.connection.execute(
            "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata"
        )


def load_large_objects(session: Session, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
    """Make large objects.

    Rights come last: an owner may have taken them from itself.

    Args:
        session: Inside a transaction, with TEMPORARY on the database.
        columns: Of the pieces, in the order of the values.
        blocks: COPY text, cut anywhere; see sql/large_objects.sql.

    Returns:
        Pieces that came [rows].

    Raises:
        DatabaseError: There is one of that number, a role that has rights is missing, or the server
            failed.
    """
    with translated(_WHERE):
        session.connection.execute(
            "CREATE TEMPORARY TABLE snapkit_pieces (loid oid, piece bigint, data bytea,"
            " rights text, comment text) ON COMMIT DROP"
        )
    rows = copy_in(session, _STAGE, columns, blocks)
    with translated(_WHERE):
        connection = session.connection
        connection.execute(
            "SELECT pg_catalog.lo_create(loid) FROM pg_temp.snapkit_pieces WHERE piece = 0"
        )
        connection.execute(
            "SELECT pg_catalog.lo_put(loid, piece * %s, data) FROM pg_temp.snapkit_pieces"
            " WHERE pg_catalog.octet_length(data) > 0",
            [PIECE_BYTES],
        )
        described = connection.execute(
            "SELECT loid, rights, comment FROM pg_temp.snapkit_pieces"
            " WHERE rights IS NOT NULL OR comment IS NOT NULL ORDER BY loid"
        ).fetchall()
        for number, rights, comment in described:
            for statement in _statements(number, rights, comment):
                connection.execute(statement)
    return rows


def _statements(number: int, rights: str | None, comment: str | None) -> list[sql.Composed]:
    name = sql.SQL("LARGE OBJECT {}").format(sql.Literal(number))
    found = []
    if comment is not None:
        found.append(sql.SQL("COMMENT ON {} IS {}").format(name, sql.Literal(comment)))
    if rights is not None:
        found.append(sql.SQL("REVOKE ALL ON {} FROM CURRENT_USER").format(name))
        found += [_grant(name, *right) for right in json.loads(rights)]
    return found


def _grant(
    name: sql.Composed,
    kind: str,
    role: str | None,
    privilege: str,
    is_grantable: bool,  # noqa: FBT001
) -> sql.Composed:
    who = {"owner": sql.SQL("CURRENT_USER"), "public": sql.SQL("PUBLIC")}
    return sql.SQL("GRANT {} ON {} TO {}{}").format(
        sql.SQL("SELECT" if privilege == "SELECT" else "UPDATE"),
        name,
        who.get(kind) or sql.Identifier(role or ""),
        sql.SQL(" WITH GRANT OPTION" if is_grantable and kind != "owner" else ""),
    )
