"""Rows by their place in the order in which COPY gives them.

In one transaction the order is that of the heap, where no scan begins in the midst of another one's
(`synchronize_seqscans`). Whoever asks has to look whether the rows are the expected ones.

Source: PostgreSQL manual, DECLARE, MOVE; Resource Consumption, synchronize_seqscans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.pg.copy import column_list, copy_out_statement, identifier, read_copy
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.names import TableName
    from snapkit.pg.session import Session

_CURSOR = sql.Identifier("snapkit_places")


def keep_order(session: Session) -> None:
    """Have every scan of this transaction begin at a table's first page.

    Args:
        session: Inside a transaction.
    """
    session.execute("SET LOCAL synchronize_seqscans = off")


def rows_at(
    session: Session, table: TableName, columns: Sequence[str], places: Sequence[int]
) -> list[bytes]:
    """Read some rows of a table: the server passes over the others without printing them.

    Args:
        session: Inside the transaction that read the table, and before that `keep_order`.
        table: An ordinary table.
        columns: What to read, in this order.
        places: Of the rows in the order of the COPY, from 0, ascending.

    Returns:
        COPY text lines without newlines; fewer where there are not so many rows.

    Raises:
        DatabaseError: The server refused.
    """
    where = f"table {table}"
    if not places:
        return []
    with translated(where), session.connection.cursor() as cursor:
        declare = sql.SQL("DECLARE {} NO SCROLL CURSOR FOR SELECT ctid::text FROM ONLY {}")
        cursor.execute(declare.format(_CURSOR, identifier(table)))
        found: list[str] = []
        at = 0  # how many rows the cursor has passed
        for place in places:
            if place > at:
                move = sql.SQL("MOVE FORWARD {} IN {}")
                cursor.execute(move.format(sql.Literal(place - at), _CURSOR))
            row = cursor.execute(sql.SQL("FETCH NEXT FROM {}").format(_CURSOR)).fetchone()
            found += [str(row[0])] if row else []
            at = place + 1
        cursor.execute(sql.SQL("CLOSE {}").format(_CURSOR))
    query = sql.SQL("SELECT {} FROM ONLY {} WHERE ctid = ANY({}::pg_catalog.tid[])").format(
        column_list(columns), identifier(table), sql.Literal(found)
    )
    return [
        line for lines in read_copy(session, copy_out_statement(query), where) for line in lines
    ]
