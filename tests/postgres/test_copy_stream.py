"""Rows taken from the socket beneath libpq: the same rows, and the same errors, as libpq gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from snapkit.core.names import TableName
from snapkit.errors import DatabaseError
from snapkit.pg.copy import copy_out, copy_out_statement, read_copy
from snapkit.pg.copy_stream import BUFFER_BYTES, CopyStream
from snapkit.pg.rows import RowSource
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.pg.session import Session

# Rows whose message's length holds a newline byte (266, 2,560), none, and rows of every other size.
ROWS = (
    "SELECT n, repeat(chr(97 + n % 26), CASE n % 7 WHEN 0 THEN 0 WHEN 1 THEN 266 - 12"
    " WHEN 2 THEN 2560 - 12 ELSE (n * 37) % 700 END) FROM generate_series(1, {rows}) AS n"
)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """A session on an empty database."""
    with connect(database) as session:
        yield session


def answer(session: Session, query: str) -> Iterator[list[bytes]]:
    """The batches of rows that a query gives."""
    wrapped = copy_out_statement(sql.Composed([sql.SQL(query)]))
    return read_copy(session, wrapped, "a query")


def lines_of(session: Session, query: str) -> list[bytes]:
    return [line for batch in answer(session, query) for line in batch]


@pytest.fixture
def by_libpq(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have libpq read the answers, as on an encrypted connection."""

    def choose() -> None:
        monkeypatch.setattr(CopyStream, "begin", lambda self: False)  # noqa: ARG005

    return choose


@pytest.mark.parametrize("rows", [0, 1, 5000, 60_000])
def test_both_ways_give_the_same_rows(
    session: Session, by_libpq: Callable[[], None], rows: int
) -> None:
    query = ROWS.format(rows=rows)
    taken = lines_of(session, query)
    by_libpq()
    assert taken == lines_of(session, query)
    assert len(taken) == rows
    assert session.scalar("SELECT 1") == 1


@pytest.mark.parametrize(
    "size",
    [
        32 * 1024 - 6,
        32 * 1024 - 5,
        BUFFER_BYTES // 2,
        BUFFER_BYTES,
        5 * BUFFER_BYTES + 1,
        0x0A4500 - 6,
    ],
)
def test_rows_longer_than_the_buffer_come_whole(session: Session, size: int) -> None:
    query = f"SELECT repeat(chr(96 + n), {size}) FROM generate_series(1, 3) AS n"
    assert [(line[:1], len(line)) for line in lines_of(session, query)] == [
        (b"a", size),
        (b"b", size),
        (b"c", size),
    ]


def test_a_table_without_columns_gives_empty_lines(session: Session) -> None:
    session.execute("CREATE TEMPORARY TABLE bare ()")
    session.execute("INSERT INTO bare SELECT FROM generate_series(1, 3)")
    source = RowSource(TableName("pg_temp", "bare"))
    assert [line for batch in copy_out(session, source, ()) for line in batch] == [b"", b"", b""]


def test_a_statement_that_is_refused_is_an_error_and_the_session_goes_on(session: Session) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        lines_of(session, "SELECT 1 FROM public.nothing")
    assert session.scalar("SELECT 1") == 1


def test_an_error_after_many_rows_is_told_and_the_session_goes_on(session: Session) -> None:
    query = "SELECT 1 / (200000 - n), repeat('x', 50) FROM generate_series(1, 300000) AS n"
    with pytest.raises(DatabaseError, match="division by zero"):
        lines_of(session, query)
    assert session.scalar("SELECT 1") == 1


def test_notices_between_rows_are_passed_over(
    session: Session, by_libpq: Callable[[], None]
) -> None:
    session.execute(
        "CREATE FUNCTION pg_temp.tell(n int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN"
        " IF n % 1000 = 1 THEN RAISE WARNING E'row %\\nd', n; END IF; RETURN repeat('y', n % 300);"
        " END $$"
    )
    query = "SELECT n, pg_temp.tell(n) FROM generate_series(1, 30000) AS n"
    taken = lines_of(session, query)
    by_libpq()
    assert taken == lines_of(session, query)
    assert len(taken) == 30_000


def test_a_connection_that_breaks_among_the_rows_is_an_error(
    session: Session, database: str
) -> None:
    batches = answer(session, "SELECT repeat('x', 500) FROM generate_series(1, 1000000)")
    next(batches)
    with connect(database) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [session.connection.info.backend_pid])
    with pytest.raises(DatabaseError, match="connection"):
        for _ in batches:
            pass
