"""Stages: temporary tables with the column types of a real one, and none of its constraints.

Rows that come from no server pass through one, so that every value is in the server's own form;
rows of tables that reference each other wait there until one statement inserts them all; rows of a
merge are looked up from there before anything is touched.

Source: PostgreSQL manual, CREATE TABLE AS; WITH Queries, Data-Modifying Statements.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from psycopg import errors, sql

from snapkit.core.names import TableName
from snapkit.pg.copy import column_list, copy_in, identifier
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.core.names import ForeignKey
    from snapkit.pg.session import Session

_NAMESPACE = "pg_temp"


def make_stage(session: Session, name: str, table: TableName, columns: Sequence[str]) -> TableName:
    """Make an empty stage that is gone at the end of the transaction; one of this name goes first.

    Args:
        session: Inside a transaction; the role may make temporary tables and read the table.
        name: Of the stage.
        table: Whose columns it gets.
        columns: Which of them.

    Returns:
        The stage's full name.

    Raises:
        DatabaseError: The role lacks a right.
    """
    stage = TableName(_NAMESPACE, name)
    with translated(f"table {table}"):
        session.connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(stage)))
        session.connection.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM ONLY {} WITH NO DATA"
            ).format(sql.Identifier(name), column_list(columns), identifier(table))
        )
    return stage


def fill_stage(
    session: Session, stage: TableName, columns: Sequence[str], blocks: Iterable[bytes]
) -> int:
    """Put rows into a stage, and have the planner know how many there are.

    Args:
        session: Inside the stage's transaction.
        stage: As `make_stage` made it.
        columns: The order of the values.
        blocks: COPY text, cut anywhere.

    Returns:
        Rows that the server took [rows].

    Raises:
        DatabaseError: A value does not fit its column.
    """
    rows = copy_in(session, stage, columns, blocks)
    session.execute(sql.SQL("ANALYZE {}").format(identifier(stage)))
    return rows


def index_for_periods(session: Session, stage: TableName, keys: Iterable[ForeignKey]) -> None:
    """Index staged parents, by the columns beside the period: those are looked up child by child.

    Only speed is lost where a column cannot be indexed: some types have no order, and some values
    are too long.

    Args:
        session: Inside the stage's transaction.
        stage: As `make_stage` made it.
        keys: Foreign keys to the table of the stage; those without PERIOD need no index.

    Raises:
        DatabaseError: The server failed.
    """
    for columns in sorted({key.parent_columns[:-1] for key in keys if key.is_period}):
        statement = sql.SQL("CREATE INDEX ON {} ({})").format(
            identifier(stage), column_list(columns)
        )
        with (
            translated(f"table {stage}"),
            suppress(errors.UndefinedObject, errors.ProgramLimitExceeded),
            session.connection.transaction(),  # a savepoint
        ):
            session.connection.execute(statement)


def insert_together(
    session: Session, stages: Sequence[tuple[TableName, TableName, Sequence[str]]]
) -> tuple[int, ...]:
    """Insert the rows of several stages in one statement: foreign keys are checked at its end.

    Args:
        session: Inside a transaction.
        stages: Each a stage, its table, and the columns.

    Returns:
        Rows that the server took, by table, in the order given [rows].

    Raises:
        DatabaseError: A row was refused.

    Source: PostgreSQL manual, WITH Queries, Data-Modifying Statements in WITH.
    """
    names = [sql.Identifier(f"i{place}") for place in range(len(stages))]
    inserts = [
        sql.SQL(
            "{} AS (INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} RETURNING 1)"
        ).format(
            name, identifier(table), column_list(columns), column_list(columns), identifier(stage)
        )
        for name, (stage, table, columns) in zip(names, stages, strict=True)
    ]
    counts = [sql.SQL("(SELECT count(*) FROM {})").format(name) for name in names]
    statement = sql.SQL("WITH {} SELECT {}").format(
        sql.SQL(", ").join(inserts), sql.SQL(", ").join(counts)
    )
    tables = ", ".join(str(table) for _, table, _ in stages)
    with translated(f"tables {tables}"):
        row = session.connection.execute(statement).fetchone()
    return tuple(map(int, row or ()))
