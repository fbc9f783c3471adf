"""COPY out and in: rows as COPY text lines, in batches bounded in bytes.

Source: PostgreSQL manual, COPY; libpq, Functions Associated with the COPY Command.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

from psycopg import errors as pg_errors
from psycopg import generators, sql
from psycopg.pq import ExecStatus

from snapkit.core.names import TableName
from snapkit.errors import DatabaseError
from snapkit.pg.copy_stream import CopyStream
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import psycopg

    from snapkit.pg.rows import RowSource
    from snapkit.pg.session import Session

BATCH_ROWS = 4096
BATCH_BYTES = 1024 * 1024

PageRange = tuple[int, int]
"""First page and the page after the last one [pages of the heap]."""


def identifier(table: TableName) -> sql.Identifier:
    """Quote a table's full name."""
    return sql.Identifier(table.namespace, table.name)


def column_list(columns: Sequence[str]) -> sql.Composable:
    """Quote columns, joined by commas; nothing for none."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def copy_out(
    session: Session, source: RowSource, columns: Sequence[str], pages: PageRange | None = None
) -> Iterator[list[bytes]]:
    """Read a table's own rows (not those of children), as COPY text.

    Args:
        session: Inside a transaction.
        source: Where the rows lie.
        columns: What to read, in this order; none for a table without columns.
        pages: Only rows whose `ctid` lies in these pages; None reads all.

    Yields:
        Batches of lines without their newlines: together at most BATCH_BYTES, or little more, but
        for a longer row [bytes].

    Raises:
        DatabaseError: The server refused, or the connection broke.

    Source: PostgreSQL manual, COPY.
    """
    yield from read_copy(session, _copy_out_query(source, columns, pages), f"table {source.table}")


def read_copy(session: Session, query: sql.Composed, where: str) -> Iterator[list[bytes]]:
    """Run a COPY … TO STDOUT.

    Args:
        session: Inside a transaction.
        query: The statement.
        where: What is read, for errors.

    Yields:
        As `copy_out` does.

    Raises:
        DatabaseError: The server refused, or the connection broke.
    """
    connection = session.connection
    rows = 0
    with translated(where):
        pgconn = connection.pgconn
        pgconn.send_query(query.as_bytes(connection))
        while pgconn.flush():
            select.select([], [pgconn.socket], [])
        with CopyStream(pgconn) as stream:
            batches = stream.batches() if stream.begin() else _batches_of_libpq(connection)
            for batch in batches:
                rows += len(batch)
                yield batch
        results = list(iter(pgconn.get_result, None))  # all of them, or the session is of no use
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise pg_errors.error_from_result(result, connection.info.encoding)
        told = sum(result.command_tuples or 0 for result in results)
        if told != rows:
            raise DatabaseError(
                f"the server sent {told:,} rows, and {rows:,} came",
                where,
                "The connection broke. Run the command again.",
            )


def _batches_of_libpq(connection: psycopg.Connection[Any]) -> Iterator[list[bytes]]:
    """Read rows one by one, where they cannot be taken from the socket.

    Source: PostgreSQL manual, libpq, PQgetCopyData.
    """
    pgconn = connection.pgconn
    # psycopg's own loop, which minds signals: the server may wait for a lock before it answers
    result = connection.wait(generators.execute(pgconn))[-1]
    if result.status != ExecStatus.COPY_OUT:
        raise pg_errors.error_from_result(result, connection.info.encoding)
    get = pgconn.get_copy_data
    batch: list[bytes] = []
    size = 0
    while True:
        count, line = get(0)
        if count <= 0:
            break
        batch.append(bytes(line[:-1]))
        size += count
        if size >= BATCH_BYTES or len(batch) >= BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def copy_out_statement(query: sql.Composed) -> sql.Composed:
    """Wrap a query so that its rows come as COPY text."""
    return sql.SQL("COPY ({}) TO STDOUT").format(query)


def _copy_out_query(
    source: RowSource, columns: Sequence[str], pages: PageRange | None
) -> sql.Composed:
    if pages is None and columns and source.is_plain:
        return sql.SQL("COPY {table} ({columns}) TO STDOUT").format(
            table=identifier(source.table), columns=column_list(columns)
        )
    query = sql.SQL("SELECT {} FROM {}").format(column_list(columns), source.relation)
    if pages is not None:
        query += sql.SQL(" WHERE ctid >= {} AND ctid < {}").format(
            sql.Literal(f"({pages[0]},0)"), sql.Literal(f"({pages[1]},0)")
        )
    return copy_out_statement(query)


def copy_in(
    session: Session,
    table: TableName,
    columns: Sequence[str],
    blocks: Iterable[bytes],
    *,
    freeze: bool = False,
) -> int:
    """Put rows into a table.

    Args:
        session: Inside a transaction.
        table: The table.
        columns: The order of the values; none for a table without columns.
        blocks: COPY text, cut anywhere.
        freeze: Write rows frozen; only in the transaction that made or truncated the table.

    Returns:
        Rows that the server took [rows].

    Raises:
        DatabaseError: A row was refused; the message names the table and the line.
    """
    query = sql.SQL("COPY {table} {columns} FROM STDIN{freeze}").format(
        table=identifier(table),
        columns=sql.SQL("({})").format(column_list(columns)) if columns else sql.SQL(""),
        freeze=sql.SQL(" WITH (FREEZE true)" if freeze else ""),
    )
    with translated(f"table {table}"), session.connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            for block in blocks:
                copy.write(block)
        return cursor.rowcount


def copy_in_lines(
    session: Session, table: TableName, columns: Sequence[str], lines: Iterable[bytes]
) -> int:
    """Put rows into a table, line by line.

    Args:
        session: Inside a transaction.
        table: The table.
        columns: The order of the values.
        lines: COPY text lines without newlines; consumed once.

    Returns:
        Rows that the server took [rows].

    Raises:
        DatabaseError: A row was refused.
    """
    return copy_in(session, table, columns, (line + b"\n" for line in lines))


def table_pages(session: Session, table: TableName) -> int:
    """Ask how large one table is.

    Args:
        session: Any role.
        table: The table.

    Returns:
        Size of its heap [pages].
    """
    found = session.scalar(
        "SELECT pg_catalog.pg_relation_size(%s::regclass)"
        " / pg_catalog.current_setting('block_size')::bigint",
        [identifier(table).as_string(session.connection)],
    )
    return int(found)


def heap_pages(session: Session) -> dict[TableName, int]:
    """Ask how large every ordinary table is.

    A table without pages holds no row that an earlier snapshot could see.

    Args:
        session: Inside a transaction whose snapshot is already taken.

    Returns:
        Size of the heap by table [pages].
    """
    rows = session.rows(
        "SELECT n.nspname, c.relname,"
        " pg_relation_size(c.oid) / current_setting('block_size')::bigint"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r'"
    )
    return {TableName(str(space), str(name)): int(str(pages or 0)) for space, name, pages in rows}
