"""The row digest in SQL alone: the independent witness of the COPY stream's.

Nothing of snapkit's own reading takes part: the server builds each row's COPY text line, takes its
SHA-256 and sums the four lanes.

Source: core/digest.py, "Row digest"; PostgreSQL manual, COPY, text format; Binary String Functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.digest import TableDigest
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.pg.rows import RowSource
    from snapkit.pg.session import Session

# COLLATE, because `replace` compares, and a collation may find different texts equal.
# DISTINCT, because a row of NULLs "is null", and COPY prints its parentheses.
# `concat` and not `::text`: the cast of "char", booleans and domains prints other than COPY does.
_VALUE = sql.SQL(
    r"CASE WHEN {column} IS NOT DISTINCT FROM NULL THEN E'\\N' ELSE"
    r" replace(replace(replace(replace(replace(replace(replace("
    r'concat({column}) COLLATE pg_catalog."C",'
    r" E'\\', E'\\\\'), E'\n', E'\\n'), E'\t', E'\\t'), E'\r', E'\\r'), E'\b', E'\\b'),"
    r" E'\f', E'\\f'), E'\x0B', E'\\v') END"
)
_DIGEST = sql.SQL(
    "SELECT count(*), coalesce(sum(octet_length(line) + 1), 0), {lanes}"
    " FROM (SELECT line, encode(sha256(line), 'hex') AS digest FROM"
    " (SELECT convert_to({line}, 'UTF8') AS line FROM {rows}) AS rows) AS digests"
)
_JOINED_AT_ONCE = 90
# 32-bit halves summed as bigint: the server adds those in 128 bits, four times faster than numeric.
_LANE = sql.SQL(
    "(coalesce(sum(('x' || substr(digest, {start}, 8))::bit(32)::bigint), 0) * 4294967296"
    " + coalesce(sum(('x' || substr(digest, {middle}, 8))::bit(32)::bigint), 0))"
    " % 18446744073709551616"
)


def sql_digest(session: Session, source: RowSource, columns: Sequence[str]) -> TableDigest:
    """Have the server digest a table's own rows.

    Args:
        session: Its pinned settings decide how values print.
        source: Where the rows lie.
        columns: In the order of the snapshot.

    Returns:
        The same figure as `RowDigester` gives over `copy_out`.

    Raises:
        DatabaseError: The server refused.
    """
    values: list[sql.Composable] = [
        _VALUE.format(column=sql.Identifier(column)) for column in columns
    ]
    line = _joined(values) if values else sql.SQL("''")
    lanes = sql.SQL(", ").join(
        _LANE.format(start=sql.Literal(16 * lane + 1), middle=sql.Literal(16 * lane + 9))
        for lane in range(4)
    )
    query = _DIGEST.format(lanes=lanes, line=line, rows=source.relation)
    with translated(f"table {source.table}"):
        row = session.connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  # an aggregate without GROUP BY gives one row
    rows, size, a, b, c, d = (int(value) for value in row)
    return TableDigest(rows, size, (a, b, c, d))


def _joined(values: Sequence[sql.Composable]) -> sql.Composable:
    """Join values by tabs, some at a time: a function takes 100 arguments, a table 1,600 columns.

    A chain of `||` nests as deep as it is long, and exhausts the server's stack.
    """
    while len(values) > 1:
        values = [
            sql.SQL("concat_ws(E'\\t', {})").format(
                sql.SQL(", ").join(values[place : place + _JOINED_AT_ONCE])
            )
            for place in range(0, len(values), _JOINED_AT_ONCE)
        ]
    return values[0]
