"""Secondary indexes: which of them a restore drops for the load, and makes again after it.

An index that stands takes every row one by one; one that is made afterwards sorts them once, by
several of the server's processes where it may.

Source: DESIGN.md, section 5; PostgreSQL manual, Populating a Database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.manifest import Manifest

# Dropping an index and making it again costs 0.4 ms more than leaving it, which 1,000 to 3,000 rows
# win back; below this many rows it saves at most some milliseconds, not worth a change of the
# catalog. At 10,000 rows a B-tree saves 5 to 15 ms of 35 to 50, at 100,000 0.15 to 0.25 s of 0.6 to
# 1, on PostgreSQL 18 with wal_level minimal and replica.
WORTHWHILE_ROWS = 10_000
# BRIN takes a row for next to nothing, and must read the whole table to be made again.
_CHEAP_METHODS = frozenset({"brin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainIndex:
    """An index that its definition, comment and tablespace say all of: nothing hangs on it.

    `definition` is `pg_get_indexdef`'s text; `tablespace` is None for the database's own.
    """

    table: TableName
    name: str
    definition: str
    method: str = "btree"
    comment: str | None = None
    tablespace: str | None = None


def worth_dropping(
    indexes: Iterable[PlainIndex], manifest: Manifest, emptied: Iterable[TableName]
) -> tuple[PlainIndex, ...]:
    """Choose the indexes that are made again faster than they take the rows one by one.

    Args:
        indexes: Those of the target that can be made again just as they were.
        manifest: What the snapshot holds.
        emptied: The tables that lose all rows before they are loaded.

    Returns:
        The indexes, by table and name.
    """
    large = {name for name in emptied if manifest.by_table[name].rows >= WORTHWHILE_ROWS}
    chosen = (
        index for index in indexes if index.table in large and index.method not in _CHEAP_METHODS
    )
    return tuple(sorted(chosen, key=lambda index: (index.table, index.name)))
