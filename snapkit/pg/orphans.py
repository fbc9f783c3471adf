"""Orphans: child rows whose parent is missing, found by anti-join.

Periods need not have one parent: several together may cover one, as the server's own check has it.

Source: PostgreSQL manual, CREATE TABLE, MATCH SIMPLE and MATCH FULL; REFERENCES, PERIOD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.catalog import TableKind
from snapkit.core.names import TableName
from snapkit.pg.copy import identifier
from snapkit.pg.queries import sql_text
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.core.catalog import Catalog
    from snapkit.core.names import ForeignKey
    from snapkit.pg.session import Session

Operators = Mapping[tuple[str, str, str], tuple[tuple[str, str], ...]]
_EVERY = sql.SQL("true")


def count_orphans(
    session: Session, catalog: Catalog, foreign_keys: Iterable[ForeignKey]
) -> tuple[tuple[ForeignKey, int], ...]:
    """Look up every child row's parent.

    MATCH SIMPLE ignores rows with a NULL in the key; under MATCH FULL a key that is NULL in part
    is an orphan too. A period is an orphan unless its parents cover it, and an empty one always is.

    Args:
        session: Inside the transaction whose data are to be looked at.
        catalog: Of the same database; says which tables are partitioned.
        foreign_keys: Constraints of the database, or relations that only a schema knows.

    Returns:
        Each foreign key with its orphans [rows], in the order given.

    Raises:
        DatabaseError: The server refused, for want of SELECT on the parent for instance.
    """
    keys = tuple(foreign_keys)
    if not keys:
        return ()
    operators = read_operators(session)
    counts = session.count_each(
        [
            (f"foreign key {key.name} of {key.child}", _orphan_query(key, catalog, operators))
            for key in keys
        ]
    )
    return tuple(zip(keys, counts, strict=True))


def read_operators(session: Session) -> Operators:
    """Ask by which operators the database's foreign keys compare.

    Args:
        session: To the database.

    Returns:
        For each foreign key, by namespace and name of its table and its own name: namespace and
        name of the operator `parent = child` for each of its columns.

    Raises:
        DatabaseError: The server refused.
    """
    with translated("the catalog"):
        rows = session.connection.execute(sql_text("operators")).fetchall()
    return {
        (namespace, name, constraint): tuple(zip(namespaces, names, strict=True))
        for namespace, name, constraint, namespaces, names in rows
    }


def count_orphans_among(
    session: Session,
    key: ForeignKey,
    catalog: Catalog,
    operators: Operators,
    *,
    rows: TableName,
    parents: Sequence[TableName | sql.Composable],
    only: sql.Composable = _EVERY,
) -> int:
    """Count the orphans there would be among rows that are not in their table yet, or stay there.

    Args:
        session: Inside the transaction whose data are to be looked at.
        key: The foreign key or relation.
        catalog: Of the same database.
        operators: As `read_operators` gives them.
        rows: The table or stage whose own rows are looked at; it has the key's columns.
        parents: Where their parents may be found: tables' and stages' own rows, or SQL.
        only: A condition on the child rows, called `c`.

    Returns:
        Child rows without a parent [rows].

    Raises:
        DatabaseError: The server refused.
    """
    sources = [
        sql.SQL("ONLY {}").format(identifier(parent)) if isinstance(parent, TableName) else parent
        for parent in parents
    ]
    query = sql.SQL("SELECT count(*) FROM ONLY {} c WHERE {} AND {}").format(
        identifier(rows), only, orphan_condition(key, catalog, operators, sources)
    )
    with translated(f"foreign key {key.name} of {key.child}"):
        row = session.connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _orphan_query(key: ForeignKey, catalog: Catalog, operators: Operators) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {} c WHERE {}").format(
        rows_of(key.child, catalog), orphan_condition(key, catalog, operators)
    )


def orphan_condition(
    key: ForeignKey,
    catalog: Catalog,
    operators: Operators,
    parents: Sequence[sql.Composable] | None = None,
) -> sql.Composed:
    """Write the condition by which a child row, called `c`, is an orphan.

    Args:
        key: The foreign key or relation.
        catalog: Of the same database.
        operators: As `read_operators` gives them; a relation that is not among them is compared
            by `=`.
        parents: Where a parent may be found, each with the key's columns under their names; None
            stands for the parent's table.

    Returns:
        SQL.
    """
    nulls: list[sql.Composable] = [
        sql.SQL("c.{} IS NULL").format(sql.Identifier(column)) for column in key.columns
    ]
    some, every = sql.SQL(" OR ").join(nulls), sql.SQL(" AND ").join(nulls)
    sources = (rows_of(key.parent, catalog),) if parents is None else parents
    pairs = parent_of(key, operators)
    lacks = _uncovered(key, pairs, sources) if key.is_period else _absent(pairs, sources)
    return sql.SQL("NOT ({}) AND {}").format(every if key.match_full else some, lacks)


def _absent(pairs: sql.Composed, sources: Sequence[sql.Composable]) -> sql.Composable:
    if not sources:
        return _EVERY
    return sql.SQL(" AND ").join(
        sql.SQL("NOT EXISTS (SELECT FROM {} p WHERE {})").format(source, pairs)
        for source in sources
    )


def _uncovered(
    key: ForeignKey, pairs: sql.Composed, sources: Sequence[sql.Composable]
) -> sql.Composable:
    """As the server asks: nothing overlaps an empty period, and no rows aggregate to NULL."""
    if not sources:
        return _EVERY
    periods = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT p.{} AS period FROM {} p WHERE {}").format(
            sql.Identifier(key.parent_columns[-1]), source, pairs
        )
        for source in sources
    )
    return sql.SQL(
        "(c.{} OPERATOR(pg_catalog.<@) "
        "(SELECT pg_catalog.range_agg(periods.period) FROM ({}) AS periods)) IS NOT TRUE"
    ).format(sql.Identifier(key.columns[-1]), periods)


def parent_of(key: ForeignKey, operators: Operators) -> sql.Composed:
    """Write the condition by which a row called `p` is the parent of a row called `c`.

    Of periods, it is one of the parents: those that overlap.

    Args:
        key: The foreign key or relation.
        operators: As `read_operators` gives them; a relation that is not among them is compared
            by `=`.

    Returns:
        SQL.
    """
    known = operators.get((key.child.namespace, key.child.name, key.name))
    equals: list[sql.Composable] = (
        [
            # an operator's name takes no quotes, and the catalog admits none in it
            sql.SQL("OPERATOR({}.{})").format(sql.Identifier(namespace), sql.SQL(name))
            for namespace, name in known
        ]
        if known
        else [sql.SQL("=")] * len(key.columns)
    )
    return sql.SQL(" AND ").join(
        sql.SQL("p.{} {} c.{}").format(sql.Identifier(parent), equal, sql.Identifier(child))
        for parent, equal, child in zip(key.parent_columns, equals, key.columns, strict=True)
    )


def leaves(catalog: Catalog, name: TableName) -> tuple[TableName, ...]:
    """The tables that hold the rows of one: itself, or its partitions at every depth.

    Args:
        catalog: Of the database.
        name: A table.

    Returns:
        Tables with rows of their own, by name.
    """
    table = catalog.by_name.get(name)
    if table is None or table.kind is not TableKind.PARTITIONED:
        return (name,)
    return tuple(
        leaf
        for child in catalog.tables
        if child.partition_of == name
        for leaf in leaves(catalog, child.name)
    )


def rows_of(name: TableName, catalog: Catalog) -> sql.Composed:
    """Write the source of the rows that a foreign key sees in a table.

    Args:
        name: The table.
        catalog: Of the same database.

    Returns:
        SQL: a table's own rows, and for a partitioned one those of its partitions.
    """
    table = catalog.by_name.get(name)
    partitioned = table is not None and table.kind is TableKind.PARTITIONED
    return sql.SQL("{}" if partitioned else "ONLY {}").format(identifier(name))
