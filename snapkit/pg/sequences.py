"""Sequences: put back where they stood, and compared with the columns they feed.

Source: PostgreSQL manual, ALTER SEQUENCE; Sequence Manipulation Functions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.pg.copy import identifier
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Catalog, Sequence
    from snapkit.core.names import TableName
    from snapkit.pg.session import Session

_INTEGERS = frozenset({"smallint", "integer", "bigint", "numeric"})


def set_sequence(session: Session, sequence: Sequence) -> None:
    """Put a sequence where it stood, so that it rolls back with the transaction.

    `setval` alone does not roll back. ALTER SEQUENCE … RESTART gives the sequence new storage that
    belongs to the transaction, and the `setval` that follows writes there.

    Args:
        session: Inside a transaction, as the sequence's owner.
        sequence: Where it should stand.

    Raises:
        DatabaseError: The role does not own it, or its bounds do not admit the value.
    """
    name = identifier(sequence.name)
    with translated(f"sequence {sequence.name}"):
        session.connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(name))
        session.connection.execute(
            sql.SQL("SELECT pg_catalog.setval({}, {}, {})").format(
                sql.Literal(name.as_string(session.connection)),
                sql.Literal(sequence.last_value),
                sql.Literal(sequence.is_called),
            )
        )


def advance_sequence(session: Session, sequence: Sequence, *, is_owned: bool) -> None:
    """Move a sequence forward.

    Args:
        session: Inside a transaction.
        sequence: Where it should stand.
        is_owned: Whether the role owns it: then the move rolls back with the transaction. UPDATE
            on it is enough for a move that stays, which does no harm: numbers are left out.

    Raises:
        DatabaseError: The role lacks UPDATE on it.
    """
    if is_owned:
        set_sequence(session, sequence)
        return
    name = identifier(sequence.name)
    with translated(f"sequence {sequence.name}"):
        session.connection.execute(
            "SELECT pg_catalog.setval(%s, %s, %s)",
            [name.as_string(session.connection), sequence.last_value, sequence.is_called],
        )


def read_position(session: Session, sequence: Sequence, *, hold: bool) -> Sequence:
    """Ask where a sequence stands this very moment.

    Args:
        session: Inside a transaction, with SELECT on the sequence.
        sequence: As the catalog had it.
        hold: Whether to keep others from drawing numbers until the end; needs its owner.

    Returns:
        The sequence where it stands now.

    Raises:
        DatabaseError: The role lacks a right.
    """
    name = identifier(sequence.name)
    with translated(f"sequence {sequence.name}"):
        if hold:  # changes nothing, and excludes nextval
            session.connection.execute(
                sql.SQL("ALTER SEQUENCE {} INCREMENT BY {}").format(
                    name, sql.Literal(sequence.increment)
                )
            )
        row = session.connection.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(name)
        ).fetchone()
    return replace(sequence, last_value=row[0], is_called=row[1]) if row else sequence


def greatest_values(
    session: Session, catalog: Catalog, sequences: Iterable[Sequence]
) -> dict[TableName, int]:
    """Ask how far each sequence's column has come, in one query.

    Args:
        session: Inside the transaction to look at.
        catalog: Of the same database.
        sequences: Those to ask for; ones that no integer column owns are left out.

    Returns:
        The greatest value by sequence, the smallest for descending ones; nothing for empty columns.

    Raises:
        DatabaseError: The role cannot read a table.
    """
    asked = [(s, s.owner_table, s.owner_column) for s in sequences if _feeds_integers(catalog, s)]
    if not asked:
        return {}
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}::int, {}({})::text FROM {}").format(
            sql.Literal(place),
            sql.SQL("max" if sequence.increment > 0 else "min"),
            sql.Identifier(column or ""),
            identifier(table),
        )
        for place, (sequence, table, column) in enumerate(asked)
        if table
    )
    rows = session.rows(query)
    return {asked[int(str(place))][0].name: int(str(value)) for place, value in rows if value}


def _feeds_integers(catalog: Catalog, sequence: Sequence) -> bool:
    table = catalog.by_name.get(sequence.owner_table) if sequence.owner_table else None
    return table is not None and any(
        column.name == sequence.owner_column and column.type in _INTEGERS
        for column in table.columns
    )
