"""Staged rows put into a table that keeps its own, told apart by the operators of its key.

With `search_path = ''` a bare `=` would miss the operators of citext and its like, and ON CONFLICT
cannot use deferrable keys: rows are matched by the operators of the key's own index. Other values
are compared as images, because not every type has an equality (json, xml, point).

Source: PostgreSQL manual, WITH Queries; Composite Type Comparison; System Catalogs, pg_amop.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import IntegrityError, sql

from snapkit.core.digest import TableDigest, digest_batches
from snapkit.core.merge import MergeMode
from snapkit.core.names import TableName
from snapkit.errors import DatabaseError
from snapkit.pg.copy import column_list, copy_out_statement, identifier, read_copy
from snapkit.pg.orphans import (
    Operators,
    count_orphans_among,
    leaves,
    parent_of,
    rows_of,
)
from snapkit.pg.queries import sql_text
from snapkit.pg.session import Session, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from snapkit.core.catalog import Catalog
    from snapkit.core.names import ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A table of a merge, and its rows in `stage`.

    `columns` are those of the stage, `settable` those that an UPDATE may set; `operators` compare
    the key's columns, each given by namespace and name.
    """

    table: TableName
    stage: TableName
    columns: tuple[str, ...]
    settable: tuple[str, ...]
    key: tuple[str, ...]
    operators: tuple[tuple[str, str], ...]

    def same_key(self, theirs: str, ours: str) -> sql.Composed:
        """The condition by which rows of the table and of the stage have the same key.

        Args:
            theirs: What the table's row is called.
            ours: What the stage's row is called.

        Returns:
            SQL.
        """
        return sql.SQL(" AND ").join(
            # an operator's name takes no quotes, and the catalog admits none in it
            sql.SQL("{} OPERATOR({}.{}) {}").format(
                sql.Identifier(theirs, column),
                sql.Identifier(namespace),
                sql.SQL(name),
                sql.Identifier(ours, column),
            )
            for column, (namespace, name) in zip(self.key, self.operators, strict=True)
        )

    @property
    def matched(self) -> sql.Composed:
        """The table's rows `t` beside the staged rows `s` of the same key: SQL after FROM."""
        return sql.SQL("ONLY {} t JOIN {} s ON {}").format(
            identifier(self.table), identifier(self.stage), self.same_key("t", "s")
        )

    @property
    def missing(self) -> sql.Composed:
        """Staged rows `s` whose key the table lacks: SQL after FROM."""
        return sql.SQL("{} s WHERE NOT EXISTS (SELECT FROM ONLY {} t WHERE {})").format(
            identifier(self.stage), identifier(self.table), self.same_key("t", "s")
        )

    def needs_no_parent(self, mode: MergeMode, columns: Sequence[str]) -> sql.Composed:
        """The condition by which a staged row `c` neither comes nor gets other values in columns.

        Args:
            mode: Of the merge.
            columns: Of a foreign key.

        Returns:
            SQL.
        """
        same = [self.same_key("t", "c")]
        if mode is MergeMode.UPSERT:
            same.append(sql.SQL("NOT ({})").format(differs(columns, "c")))
        return sql.SQL("EXISTS (SELECT FROM ONLY {} t WHERE {})").format(
            identifier(self.table), sql.SQL(" AND ").join(same)
        )


def differs(columns: Sequence[str], ours: str = "s") -> sql.Composed:
    """Write the condition by which rows `t` and another one have other images.

    The casts keep ROW from comparing column by column, for which some types have no operator.

    Args:
        columns: Those to compare.
        ours: What the other row is called.

    Returns:
        SQL.
    """
    return sql.SQL("ROW({})::record OPERATOR(pg_catalog.*<>) ROW({})::record").format(
        _of("t", columns), _of(ours, columns)
    )


def _of(alias: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, column) for column in columns)


def key_operators(
    session: Session, table: TableName, key: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Ask by which operators a unique index compares the columns of a key.

    Args:
        session: To the database.
        table: The table.
        key: Columns of a unique index of it, in any order.

    Returns:
        Namespace and name of the operator for each column.

    Raises:
        DatabaseError: There is no such index any more.
    """
    query = sql_text("key_operators")
    for columns, namespaces, names in session.rows(query, [table.namespace, table.name]):
        found = dict(zip(columns, zip(namespaces, names, strict=True), strict=True))
        if found.keys() == set(key):
            return tuple(found[column] for column in key)
    raise DatabaseError(
        f"no unique index on just ({', '.join(key)})",
        f"table {table}",
        "Nothing was touched. Somebody changed the table: run it again.",
    )


def count_matches(session: Session, staged: Staged) -> tuple[int, int]:
    """Count the staged rows whose key the table has.

    Args:
        session: Inside the merge's transaction.
        staged: The table and its staged rows.

    Returns:
        Those whose key is there, and those of them that differ from what is there [rows].

    Raises:
        DatabaseError: The server refused.
    """
    # FILTER would need both rows above the join, whose columns may be more than the server takes
    query = sql.SQL(
        "SELECT (SELECT count(*) FROM {matched}), (SELECT count(*) FROM {matched} WHERE {differs})"
    ).format(matched=staged.matched, differs=differs(staged.columns))
    with translated(f"table {staged.table}"):
        row = session.connection.execute(query).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def count_changes(
    session: Session, staged: Staged, columns: Sequence[str], among: sql.Composable | None = None
) -> int:
    """Count the rows that an upsert gives other values in some columns.

    Args:
        session: Inside the merge's transaction.
        staged: The table and its staged rows.
        columns: Of both.
        among: A condition on the table's rows, called `p`; None takes all.

    Returns:
        The table's rows [rows].

    Raises:
        DatabaseError: The server refused.
    """
    query = sql.SQL("SELECT count(*) FROM ({}) AS p WHERE {}").format(
        sql.SQL("SELECT t.* FROM {} WHERE {}").format(staged.matched, differs(columns)),
        sql.SQL("true") if among is None else among,
    )
    with translated(f"table {staged.table}"):
        row = session.connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def count_without_parent(
    session: Session,
    staged: Staged,
    key: ForeignKey,
    mode: MergeMode,
    *,
    catalog: Catalog,
    operators: Operators,
    arriving: Sequence[Staged],
) -> int:
    """Count staged rows that would come, or refer elsewhere, and whose parent is not there.

    Args:
        session: Inside the merge's transaction.
        staged: The child and its staged rows.
        key: A foreign key or relation of the child, or of the partitioned table above it.
        mode: Of the merge: rows that stay as they are need no new parent.
        catalog: Of the same database.
        operators: As `read_operators` gives them.
        arriving: Tables with rows of the parent, which come along.

    Returns:
        Orphans that the merge would make [rows].

    Raises:
        DatabaseError: The server refused.
    """
    coming = [
        parent.stage
        if mode is MergeMode.UPSERT
        else sql.SQL("(SELECT s.* FROM {})").format(parent.missing)
        for parent in arriving
    ]
    return count_orphans_among(
        session,
        key,
        catalog,
        operators,
        rows=staged.stage,
        parents=[*leaves(catalog, key.parent), *coming],
        only=sql.SQL("NOT {}").format(staged.needs_no_parent(mode, key.columns)),
    )


def count_followers(
    session: Session, staged: Staged, key: ForeignKey, catalog: Catalog, operators: Operators
) -> int:
    """Count rows that an upsert gives other values where rows of others refer to them.

    Args:
        session: Inside the merge's transaction.
        staged: The parent and its staged rows.
        key: A foreign key or relation to it.
        catalog: Of the same database.
        operators: As `read_operators` gives them.

    Returns:
        Parents with children, and with other values in the columns referred to [rows].

    Raises:
        DatabaseError: The server refused: the role cannot read the children, perhaps.
    """
    if not count_changes(session, staged, key.parent_columns):
        return 0  # as a rule; then nobody needs to read the children
    has_children = sql.SQL("EXISTS (SELECT FROM {} c WHERE {})").format(
        rows_of(key.child, catalog), parent_of(key, operators)
    )
    return count_changes(session, staged, key.parent_columns, has_children)


def merge_rows(
    session: Session, tables: Sequence[Staged], mode: MergeMode
) -> tuple[tuple[int, int], ...]:
    """Put staged rows into their tables, all in one statement: keys are looked at when it ends.

    Args:
        session: Inside the merge's transaction, with the tables locked.
        tables: One table, or those of a cycle.
        mode: Whether rows whose key is there get the snapshot's values.

    Returns:
        For each table, in the order given, the rows inserted and updated [rows].

    Raises:
        DatabaseError: A row breaks a constraint; the transaction has failed.
        LockedError: Others hold a row that is needed.
    """
    parts: list[sql.Composable] = []
    counts: list[sql.Composable] = []
    for place, staged in enumerate(tables):
        names = [sql.Identifier(f"{word}_{place}") for word in ("inserted", "updated")]
        parts.append(sql.SQL("{} AS ({} RETURNING 1)").format(names[0], _insert(staged)))
        if mode is MergeMode.UPSERT and staged.settable:
            parts.append(sql.SQL("{} AS ({} RETURNING 1)").format(names[1], _update(staged)))
        else:
            parts.append(sql.SQL("{} AS (SELECT 1 WHERE false)").format(names[1]))
        counts += [sql.SQL("(SELECT count(*) FROM {})").format(name) for name in names]
    query = sql.SQL("WITH {} SELECT {}").format(
        sql.SQL(", ").join(parts), sql.SQL(", ").join(counts)
    )
    with translated(", ".join(f"table {staged.table}" for staged in tables)):
        row = session.connection.execute(query).fetchone()
    figures = [int(value) for value in row or ()]
    return tuple(zip(figures[::2], figures[1::2], strict=True))


@contextmanager
def hinting() -> Iterator[None]:
    """Run a block in which rows that break a constraint are met with what a merge can do then.

    Raises:
        DatabaseError: As the block raised it, with another hint where a constraint is broken.
    """
    try:
        yield
    except DatabaseError as error:
        if not isinstance(error.__cause__, IntegrityError):
            raise
        raise DatabaseError(
            error.what,
            error.where,
            "Everything was rolled back. A row of the snapshot does not go together with rows "
            "that have other keys: change those, choose other tables, or use --mode replace.",
        ) from error.__cause__


def _insert(staged: Staged) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
        identifier(staged.table),
        column_list(staged.columns),
        _of("s", staged.columns),
        staged.missing,
    )


def _update(staged: Staged) -> sql.Composed:
    values = sql.SQL(", ").join(
        sql.SQL("{} = s.{}").format(sql.Identifier(column), sql.Identifier(column))
        for column in staged.settable
    )
    return sql.SQL("UPDATE ONLY {} t SET {} FROM {} s WHERE {} AND {}").format(
        identifier(staged.table),
        values,
        identifier(staged.stage),
        staged.same_key("t", "s"),
        differs(staged.columns),
    )


def digest_matched(session: Session, staged: Staged) -> TableDigest:
    """Digest the rows of the table whose key is staged.

    Args:
        session: Inside the merge's transaction.
        staged: The table and its staged rows.

    Returns:
        Their digest, columns in the order of the stage.

    Raises:
        DatabaseError: The server refused.
    """
    return _digest(session, staged, "t", staged.matched)


def digest_missing(session: Session, staged: Staged) -> TableDigest:
    """Digest the staged rows whose key the table lacks.

    Args:
        session: Inside the merge's transaction.
        staged: The table and its staged rows.

    Returns:
        Their digest.

    Raises:
        DatabaseError: The server refused.
    """
    return _digest(session, staged, "s", staged.missing)


def _digest(session: Session, staged: Staged, alias: str, source: sql.Composed) -> TableDigest:
    query = sql.SQL("SELECT {} FROM {}").format(_of(alias, staged.columns), source)
    return digest_batches(read_copy(session, copy_out_statement(query), f"table {staged.table}"))


def read_differing(
    session: Session, staged: Staged, *, limit: int
) -> tuple[list[bytes], list[bytes]]:
    """Read rows of the same key and other values, the first by key.

    Args:
        session: Inside the merge's transaction.
        staged: The table and its staged rows.
        limit: How many at most [rows].

    Returns:
        COPY text lines without newlines: the staged rows, and the table's.

    Raises:
        DatabaseError: The server refused.
    """
    sides = [list(_lines(session, staged, alias, limit)) for alias in ("s", "t")]
    return sides[0], sides[1]


def _lines(session: Session, staged: Staged, alias: str, limit: int) -> Iterator[bytes]:
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}").format(
        _of(alias, staged.columns),
        staged.matched,
        differs(staged.columns),
        _of("s", staged.key),
        sql.Literal(limit),
    )
    for batch in read_copy(session, copy_out_statement(query), f"table {staged.table}"):
        yield from batch
