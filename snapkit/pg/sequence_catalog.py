"""Sequences as the catalog has them, and where they stand: the one thing there that asks a right.

Source: PostgreSQL manual, pg_sequence; pg_get_sequence_data; CREATE SEQUENCE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.catalog import Feed, Sequence
from snapkit.core.names import TableName
from snapkit.errors import DatabaseError
from snapkit.pg.queries import one_moment, query

if TYPE_CHECKING:
    from snapkit.pg.session import Session

_SEQUENCE_DATA_SINCE = 180000  # pg_get_sequence_data
_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _SequenceRow:
    relation: int
    namespace: str
    name: str
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycles: bool
    owner_namespace: str | None
    owner_name: str | None
    owner_column: str | None
    is_readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _FeedRow:
    sequence_namespace: str
    sequence_name: str
    namespace: str
    name: str
    column: str
    is_readable: bool


def read_feeds(session: Session, namespaces: tuple[str, ...] | None) -> tuple[Feed, ...]:
    """Read which columns draw from which sequences by their defaults.

    Args:
        session: Any role.
        namespaces: Those of the tables; None reads all but the system's.

    Returns:
        The columns, by sequence, table and name.

    Raises:
        DatabaseError: The server failed.
    """
    return tuple(
        sorted(
            Feed(
                sequence=TableName(row.sequence_namespace, row.sequence_name),
                table=TableName(row.namespace, row.name),
                column=row.column,
                is_readable=row.is_readable,
            )
            for row in query(session, "feeds", _FeedRow, namespaces)
        )
    )


def read_sequences(
    session: Session, *, namespaces: tuple[str, ...] | None = None
) -> tuple[Sequence, ...]:
    """Read sequences and where they stand now, whatever the transaction's snapshot.

    Args:
        session: A role with SELECT on the sequences.
        namespaces: Which to read; None reads all but the system's.

    Returns:
        The sequences by name, those of extensions left out.

    Raises:
        DatabaseError: The role may not read some of them; each is named. Or the server failed.
    """
    with one_moment(session):
        return sequences_now(session, namespaces, needs_positions=True)


def unreadable_sequences(session: Session) -> frozenset[TableName]:
    """Name the sequences of which the role may not read where they stand.

    Args:
        session: As the role that is to read.

    Returns:
        Their names.

    Raises:
        DatabaseError: The server failed.
    """
    rows = query(session, "sequences", _SequenceRow, None)
    return frozenset(TableName(row.namespace, row.name) for row in rows if not row.is_readable)


def sequences_now(
    session: Session, namespaces: tuple[str, ...] | None, *, needs_positions: bool
) -> tuple[Sequence, ...]:
    """Read sequences inside the caller's transaction.

    Args:
        session: Any role, or one with SELECT on the sequences.
        namespaces: Which to read; None reads all but the system's.
        needs_positions: Whether it is a failure that the role may not read where one stands; else
            such a sequence is given at its start.

    Returns:
        The sequences by name.

    Raises:
        DatabaseError: The role may not read some of them, or the server failed.
    """
    rows = query(session, "sequences", _SequenceRow, namespaces)
    unreadable = [str(TableName(row.namespace, row.name)) for row in rows if not row.is_readable]
    if unreadable and needs_positions:
        shown = ", ".join(unreadable[:_NAMED_AT_MOST])
        more = len(unreadable) - _NAMED_AT_MOST
        raise DatabaseError(
            f"role {session.role} may not read where sequences stand: {shown}"
            + (f" and {more} more" if more > 0 else ""),
            session.where,
            "Have their owner grant SELECT on them and USAGE on their namespaces, or run as owner.",
        )
    positions = _positions(session, [row for row in rows if row.is_readable])
    return tuple(
        sorted(
            (_sequence(row, *positions.get(row.relation, (row.start, False))) for row in rows),
            key=lambda sequence: sequence.name,
        )
    )


def _positions(session: Session, rows: list[_SequenceRow]) -> dict[int, tuple[int, bool]]:
    """Where sequences stand, by oid. The view `pg_sequences` would hide `is_called`."""
    if not rows:
        return {}
    if session.server_version >= _SEQUENCE_DATA_SINCE:
        found = session.rows(
            "SELECT s.oid::bigint, d.last_value, d.is_called"
            " FROM unnest(%s::oid[]) AS s (oid)"
            " CROSS JOIN LATERAL pg_catalog.pg_get_sequence_data(s.oid::regclass) AS d",
            [[row.relation for row in rows]],
        )
    else:
        found = session.union(
            [
                sql.SQL("SELECT {}::bigint, last_value, is_called FROM {}").format(
                    sql.Literal(row.relation), sql.Identifier(row.namespace, row.name)
                )
                for row in rows
            ]
        )
    return {int(relation): (int(value), bool(called)) for relation, value, called in found}


def _sequence(row: _SequenceRow, last_value: int, is_called: bool) -> Sequence:  # noqa: FBT001 -- a column
    return Sequence(
        name=TableName(row.namespace, row.name),
        type=row.type,
        start=row.start,
        increment=row.increment,
        minimum=row.minimum,
        maximum=row.maximum,
        cache=row.cache,
        cycles=row.cycles,
        last_value=last_value,
        is_called=is_called,
        owner_table=(
            TableName(row.owner_namespace, row.owner_name)
            if row.owner_namespace is not None and row.owner_name is not None
            else None
        ),
        owner_column=row.owner_column,
    )
