"""`--only`, `--group` and what they take along: a part of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.catalog import HOLDS_ROWS
from snapkit.core.selection import find_entry, tables_of_groups, with_relatives
from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.names import TableName


def select_part(
    manifest: Manifest,
    only: Iterable[str] | None,
    groups: Iterable[str] | None,
    *,
    parents: bool,
    children: bool,
) -> tuple[TableName, ...] | None:
    """Find the part of a snapshot that the options name.

    Args:
        manifest: What the snapshot holds.
        only: What `--only` was given.
        groups: What `--group` was given; both together name one part.
        parents: Whether `--with-parents` was given.
        children: Whether `--with-children` was given.

    Returns:
        The tables that hold rows of their own, by name, each once; None for the whole snapshot.

    Raises:
        UsageError: A name is unknown, or relatives are asked for without a part.
    """
    only, groups = tuple(only or ()), tuple(groups or ())
    if not only and not groups:
        for option, is_given in (("--with-parents", parents), ("--with-children", children)):
            if is_given:
                raise UsageError(
                    f"{option} takes along what hangs on a part, and no part is named",
                    option,
                    "Name one with --only or --group, or leave it out: all is restored then.",
                )
        return None
    tables = {*select_tables(manifest, only), *tables_of_groups(manifest, groups)}
    return with_relatives(manifest, tables, parents=parents, children=children)


def select_tables(manifest: Manifest, names: Iterable[str]) -> tuple[TableName, ...]:
    """Find the tables that were named.

    Args:
        manifest: What the snapshot holds.
        names: Each a model, `namespace.table` or a table; a partitioned table means its partitions.

    Returns:
        The tables that hold rows of their own, by name, each once.

    Raises:
        UsageError: A name is unknown, or is that of several tables.
    """
    found = {table for name in names for table in _family(manifest, find_entry(manifest, name))}
    return tuple(sorted(found))


def _family(manifest: Manifest, entry: TableEntry) -> set[TableName]:
    """The table itself, or every partition below it that holds rows."""
    family, edge = {entry.table}, {entry.table}
    while edge:
        edge = {item.table for item in manifest.tables if item.partition_of in edge} - family
        family |= edge
    return {name for name in family if manifest.by_table[name].kind in HOLDS_ROWS}
