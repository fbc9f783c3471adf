"""Loading rows of which some are bad: bisected under savepoints, so that the good ones get in.

Source: PostgreSQL manual, SAVEPOINT; Error Codes, classes 22, 23 and P0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from snapkit.core.catalog import Catalog
from snapkit.core.names import ForeignKey, TableName
from snapkit.pg.copy import column_list, copy_out_statement, identifier, read_copy
from snapkit.pg.failures import translate, translated
from snapkit.pg.orphans import Operators, leaves, orphan_condition
from snapkit.pg.session import Session

FOREIGN_KEY_VIOLATION = "23503"
# Data exception, constraint violation, too large for an index, raised by a trigger.
_ROW_FAULTS = ("22", "23", "54000", "45", "P0")
_IN_COLUMN = re.compile(r"COPY .+?, \w+ \d+, \w+ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One row that could not be restored.

    `line` is its COPY text without the newline; `constraint` is empty where none was broken, and
    `column` where the server blames no single value.
    """

    table: TableName
    line: bytes
    sqlstate: str
    constraint: str
    message: str
    column: str = ""


def load_good_rows(
    session: Session,
    table: TableName,
    columns: Sequence[str],
    batches: Callable[[], Iterable[list[bytes]]],
    set_aside: Callable[[BadRow], None],
) -> int:
    """Put rows into a table, and set aside those that the server refuses.

    The whole table is tried first: only where that fails are batches tried, then halves of them.

    Args:
        session: Inside a transaction.
        table: The table.
        columns: The order of the values.
        batches: Gives COPY text lines without newlines; called again after a failure.
        set_aside: Takes each bad row.

    Returns:
        Rows that the server took [rows].

    Raises:
        DatabaseError: A failure that is not a row's fault, such as a lost connection.
    """
    if _try(session, table, columns, (line for batch in batches() for line in batch)) is None:
        return sum(len(batch) for batch in batches())
    loaded = 0
    for batch in batches():
        pending = [batch]
        while pending:
            lines = pending.pop()
            error = _try(session, table, columns, lines)
            if error is None:
                loaded += len(lines)
            elif len(lines) == 1:
                set_aside(bad_row(table, lines[0], error, columns))
            else:
                half = len(lines) // 2
                pending += [lines[half:], lines[:half]]
    return loaded


def _try(
    session: Session, table: TableName, columns: Sequence[str], lines: Iterable[bytes]
) -> psycopg.Error | None:
    """Load under a savepoint; give back the error where a row is to blame."""
    query = sql.SQL("COPY {table} {columns} FROM STDIN").format(
        table=identifier(table),
        columns=sql.SQL("({})").format(column_list(columns)) if columns else sql.SQL(""),
    )
    try:
        with (
            session.connection.transaction(),
            session.connection.cursor() as cursor,
            cursor.copy(query) as copy,
        ):
            for line in lines:
                copy.write(line + b"\n")
    except psycopg.Error as error:
        if is_row_fault(error):
            return error
        raise translate(error, f"table {table}") from error
    return None


def is_row_fault(error: psycopg.Error) -> bool:
    """Whether a row is to blame for an error, and not the connection, a right or the disk."""
    return (error.sqlstate or "").startswith(_ROW_FAULTS)


def bad_row(
    table: TableName, line: bytes, error: psycopg.Error, columns: Sequence[str] = ()
) -> BadRow:
    """A row and why it was refused; `columns` are those that COPY may blame."""
    return BadRow(
        table=table,
        line=line,
        sqlstate=error.sqlstate or "",
        constraint=error.diag.constraint_name or "",
        message=error.diag.message_primary or str(error),
        column=_blamed(columns, error.diag.context or ""),
    )


def _blamed(columns: Sequence[str], context: str) -> str:
    """The column that COPY was reading: `COPY t, line 1, column price: "x"`, in any language."""
    place = _IN_COLUMN.match(context)
    rest = context[place.end() :] if place else ""
    named = (name for name in columns if rest.startswith((f"{name}: ", f"{name}, ")))
    return max(named, key=len, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanHunt:
    """Takes rows out whose parent is missing.

    `catalog` and `operators` are those from before the foreign keys were dropped; `columns` gives
    the order of values of each table that is being restored.
    """

    session: Session
    catalog: Catalog
    operators: Operators
    columns: Mapping[TableName, Sequence[str]]
    set_aside: Callable[[BadRow], None]

    def run(self, keys: Iterable[ForeignKey]) -> int:
        """Take orphans out until none is left: one may be another's parent.

        Args:
            keys: The foreign keys that will be put back; those never validated are left alone.

        Returns:
            Rows taken out [rows].

        Raises:
            DatabaseError: The server refused.
        """
        wanted = [
            (key, name)
            for key in keys
            if key.validated and key.enforced
            for name in leaves(self.catalog, key.child)
            if name in self.columns
        ]
        taken = 0
        while found := sum(self._take(key, name) for key, name in wanted):
            taken += found
        return taken

    def _take(self, key: ForeignKey, table: TableName) -> int:
        return take_orphans(
            self.session,
            key,
            OrphanSource(
                table=table,
                relation=sql.SQL("ONLY {}").format(identifier(table)),
                columns=self.columns[table],
                condition=orphan_condition(key, self.catalog, self.operators),
            ),
            self.set_aside,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanSource:
    """Rows of a table that may lack a parent, in the table itself or staged.

    `relation` is what stands behind FROM, its rows called `c` in `condition`.
    """

    table: TableName
    relation: sql.Composable
    columns: Sequence[str]
    condition: sql.Composed


def take_orphans(
    session: Session, key: ForeignKey, source: OrphanSource, set_aside: Callable[[BadRow], None]
) -> int:
    """Take the rows out that a foreign key would refuse.

    Args:
        session: Inside a transaction.
        key: The foreign key.
        source: Where the rows are.
        set_aside: Takes each of them.

    Returns:
        Rows taken out [rows].

    Raises:
        DatabaseError: The server refused.
    """
    columns = [sql.SQL("c.{}").format(sql.Identifier(name)) for name in source.columns]
    orphans = sql.SQL("SELECT {} FROM {} c WHERE {}").format(
        sql.SQL(", ").join(columns), source.relation, source.condition
    )
    found = 0
    for batch in read_copy(session, copy_out_statement(orphans), f"table {source.table}"):
        found += len(batch)
        for line in batch:
            set_aside(
                BadRow(
                    table=source.table,
                    line=line,
                    sqlstate=FOREIGN_KEY_VIOLATION,
                    constraint=key.name,
                    message=f"no row of {key.parent} has this key",
                )
            )
    if found:
        with translated(f"table {source.table}"):
            session.connection.execute(
                sql.SQL("DELETE FROM {} c WHERE {}").format(source.relation, source.condition)
            )
    return found
