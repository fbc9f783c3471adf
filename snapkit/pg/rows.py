"""Where rows lie: in a table, in an extension's configuration, or in large objects.

Source: PostgreSQL manual, pg_extension_config_dump; Large Objects; pg_largeobject_metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.catalog import LARGE_OBJECTS, PIECE_BYTES
from snapkit.core.names import TableName
from snapkit.pg.queries import sql_text

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog


@dataclass(frozen=True, slots=True)
class RowSource:
    """The rows of one table that a snapshot holds.

    `condition` is an extension's own SQL, such as `WHERE NOT standard`: the other rows of that
    table come with the extension.
    """

    table: TableName
    condition: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether these are all rows of an ordinary table, which COPY can name."""
        return not self.condition and self.table != LARGE_OBJECTS

    @property
    def relation(self) -> sql.Composable:
        """What stands behind FROM: the table's own rows, not those of children."""
        if self.table == LARGE_OBJECTS:
            return sql.SQL("({}) AS pieces").format(_large_objects())
        own = sql.SQL("ONLY {}").format(sql.Identifier(self.table.namespace, self.table.name))
        # the catalog's text, which pg_dump runs in the same way
        return sql.SQL("{} {}").format(own, sql.SQL(self.condition)) if self.condition else own


def source_of(catalog: Catalog, table: TableName) -> RowSource:
    """Say where the rows of a table lie.

    Args:
        catalog: Of the database; never a manifest, whose SQL would be a stranger's.
        table: One of its tables.

    Returns:
        The source.
    """
    found = catalog.by_name.get(table)
    return RowSource(table, (found.configuration if found else None) or "")


def _large_objects() -> sql.Composed:
    text = sql_text("large_objects").decode()
    return sql.SQL(text).format(piece=sql.Literal(PIECE_BYTES))
