"""Part of a snapshot: by group, and with what hangs on it.

Source: DESIGN.md, section 5; manifest.json, foreign_keys.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.names import ForeignKey, TableName

_SUGGESTIONS = 3


def find_entry(manifest: Manifest, name: str) -> TableEntry:
    """Find the table that a name means.

    Args:
        manifest: What the snapshot holds.
        name: A model, `namespace.table` or a table; the first of these that fits counts.

    Returns:
        Its entry; of a partitioned table that of the whole.

    Raises:
        UsageError: The name is unknown, or is that of several tables.
    """
    where = f"snapshot {manifest.id}"
    for matches in (
        [entry for entry in manifest.tables if entry.model == name],
        [entry for entry in manifest.tables if f"{entry.namespace}.{entry.name}" == name],
        [entry for entry in manifest.tables if entry.name == name],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            full = ", ".join(f"{entry.namespace}.{entry.name}" for entry in matches)
            raise UsageError(
                f"{name!r} names {len(matches)} tables", where, f"Name one of: {full}."
            )
    known = {entry.name for entry in manifest.tables}
    known |= {entry.model for entry in manifest.tables if entry.model}
    close = difflib.get_close_matches(name, sorted(known), _SUGGESTIONS)
    hint = f"Did you mean {' or '.join(close)}?" if close else "See them all: snapkit show."
    raise UsageError(f"no model or table {name!r} in the snapshot", where, hint)


def tables_of_groups(manifest: Manifest, groups: Iterable[str]) -> tuple[TableName, ...]:
    """Find the tables of groups.

    Args:
        manifest: What the snapshot holds.
        groups: Names of groups, as the manifest writes them.

    Returns:
        The tables that hold rows of their own, by name, each once.

    Raises:
        UsageError: No table is in a group of this name.
    """
    known: dict[str, set[TableName]] = {}
    for entry in manifest.data_tables:
        if entry.group is not None:
            known.setdefault(entry.group, set()).add(entry.table)
    found: set[TableName] = set()
    for group in groups:
        if group not in known:
            raise UsageError(
                f"no group {group!r} in the snapshot",
                f"snapshot {manifest.id}",
                _hint(group, sorted(known)),
            )
        found |= known[group]
    return tuple(sorted(found))


def _hint(group: str, known: list[str]) -> str:
    if not known:
        return "It was taken without a Prisma schema, so that it knows no groups: name tables."
    close = difflib.get_close_matches(group, known, _SUGGESTIONS) or known
    return f"Name one of: {', '.join(close)}."


def with_relatives(
    manifest: Manifest,
    tables: Iterable[TableName],
    *,
    parents: bool = False,
    children: bool = False,
) -> tuple[TableName, ...]:
    """Add the tables that hang on others, through foreign keys and relations of the schema.

    Children come first, then the parents of all: whatever is chosen finds its parents. The other
    children of those parents stay out, or nearly every choice would be the whole.

    Args:
        manifest: What the snapshot holds; its foreign keys are followed, at any depth.
        tables: Where to begin: tables that hold rows of their own.
        parents: Whether to add what the rows refer to.
        children: Whether to add what refers to the rows.

    Returns:
        The tables that hold rows of their own, by name, each once.
    """
    found = frozenset(tables)
    edges = leaf_edges(manifest, manifest.foreign_keys)
    if children:
        below: dict[TableName, set[TableName]] = {}
        for child, parent in edges:
            below.setdefault(parent, set()).add(child)
        found = _closure(found, below)
    if parents:
        above: dict[TableName, set[TableName]] = {}
        for child, parent in edges:
            above.setdefault(child, set()).add(parent)
        found = _closure(found, above)
    return tuple(sorted(found))


def leaf_edges(
    manifest: Manifest, foreign_keys: Iterable[ForeignKey]
) -> frozenset[tuple[TableName, TableName]]:
    """Foreign keys as pairs of tables that hold rows: a partitioned one stands for its partitions.

    Args:
        manifest: Knows the partitions.
        foreign_keys: Keys between tables, partitioned ones too.

    Returns:
        Pairs of child and parent.
    """
    leaves: dict[TableName, set[TableName]] = {}
    for entry in manifest.data_tables:
        for name in manifest.line_of(entry):
            leaves.setdefault(name, set()).add(entry.table)
    return frozenset(
        (child, parent)
        for key in foreign_keys
        for child in leaves.get(key.child, ())
        for parent in leaves.get(key.parent, ())
    )


def _closure(
    start: frozenset[TableName], neighbours: Mapping[TableName, set[TableName]]
) -> frozenset[TableName]:
    seen = set(start)
    edge = set(start)
    while edge:
        edge = {other for name in edge for other in neighbours.get(name, ())} - seen
        seen |= edge
    return frozenset(seen)
