"""Puts the shop into an empty database, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from snapkit.core.copytext import copy_blocks
from snapkit.core.names import TableName
from snapkit.demo._data import tables
from snapkit.errors import DatabaseError
from snapkit.pg.copy import copy_in

if TYPE_CHECKING:
    from snapkit.demo._table import DemoTable
    from snapkit.pg.session import Session

NAMESPACE = "public"
_FOREIGN_KEYS = "-- AddForeignKey"

# What belongs to an extension came with the database; it is nobody's data.
_FIND_TABLES = """
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""

_ADVANCE_SEQUENCES = """
DO $$
DECLARE
  fed record;
BEGIN
  FOR fed IN
    SELECT s.oid::regclass AS sequence, c.oid::regclass AS feeds, a.attname AS field
    FROM pg_catalog.pg_class s
    JOIN pg_catalog.pg_depend d ON d.objid = s.oid AND d.deptype = 'a'
      AND d.classid = 'pg_catalog.pg_class'::regclass
      AND d.refclassid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
  LOOP
    EXECUTE format(
      'SELECT setval(%L, max(%I)) FROM %s HAVING count(*) > 0',
      fed.sequence, fed.field, fed.feeds);
  END LOOP;
END $$
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCounts:
    """What `build` made.

    Attributes:
        tables: Tables, the join table of the implicit many-to-many included [tables].
        filled: Those of them that hold rows [tables].
        rows: Rows in all of them [rows].
    """

    tables: int
    filled: int
    rows: int


def build(session: Session) -> DemoCounts:
    """Build the shop in an empty database: tables, rows, foreign keys, sequences.

    One transaction: the shop is there as a whole, or nothing of it is. The foreign keys come after
    the rows, because three tables refer to one another in a cycle.

    Args:
        session: The owner of the database, or a role that may create in `public`; no transaction
            is open.

    Returns:
        What was made.

    Raises:
        DatabaseError: The database holds tables already, or it refused a statement.
    """
    ddl = _sql("schema.sql")
    shape, marker, keys = ddl.partition(_FOREIGN_KEYS)
    with session.transaction():
        _expect_empty(session)
        session.execute("SET LOCAL search_path = public")
        session.execute(shape.encode())
        session.execute(_sql("extras.sql").encode())
        loaded = {table.name: _load(session, table) for table in tables()}
        session.execute((marker + keys).encode())
        advance_sequences(session)
    return DemoCounts(
        tables=ddl.count("CREATE TABLE "),
        filled=sum(1 for rows in loaded.values() if rows),
        rows=sum(loaded.values()),
    )


def advance_sequences(session: Session) -> None:
    """Move every sequence to the greatest value of the column that it feeds.

    Args:
        session: The owner of the sequences.

    Raises:
        DatabaseError: The server refused.
    """
    session.execute(_ADVANCE_SEQUENCES)


def _sql(name: str) -> str:
    return (files("snapkit.demo") / name).read_text("utf-8")


def _expect_empty(session: Session) -> None:
    found = [str(name) for (name,) in session.rows(_FIND_TABLES)]
    if found:
        named = ", ".join(found[:3]) + (", …" if found[3:] else "")
        held = f"{len(found)} tables" if found[1:] else "a table"
        raise DatabaseError(
            f"the database already holds {held}: {named}",
            session.where,
            "Create an empty database for the shop, and name that one.",
        )


def _load(session: Session, table: DemoTable) -> int:
    name = TableName(NAMESPACE, table.name)
    # FREEZE: the table was made in this transaction, so nobody can have seen it without its rows.
    return copy_in(session, name, table.columns, copy_blocks(table.rows), freeze=True)
