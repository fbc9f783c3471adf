"""Drift of keys and indexes: each by its columns in order, then by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from snapkit.core._drift_values import NOTHING, Drift, DriftKind, Severity
from snapkit.core.schema import KeyKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapkit.core.catalog import Index, Table
    from snapkit.core.names import TableName
    from snapkit.core.schema import Key, Model

_DOUBLE_QUOTED: Final = re.compile(r'"[^"]*"')


def keys_drift(model: Model, table: Table) -> Iterator[Drift]:
    """Compare primary key, unique keys and indexes, each by its columns in order.

    Args:
        model: What the schema says.
        table: What the database has.

    Yields:
        What is missing, extra or under another name.
    """
    yield from _primary_key(model.primary_key, table)
    indexes = [index for index in table.indexes if not index.is_primary and is_plain(index)]
    uniques = [key for key in model.uniques if key.predicate is None]
    yield from _matched(
        table.name,
        [(key, ()) for key in uniques],
        [(index, ()) for index in indexes if index.is_unique],
        (DriftKind.MISSING_UNIQUE, DriftKind.EXTRA_UNIQUE),
    )
    plain = [key for key in model.indexes if key.predicate is None]
    yield from _matched(
        table.name,
        [(key, (_method(key), *_key_order(key))) for key in plain],
        [(index, (index.method, *_index_order(index))) for index in indexes if not index.is_unique],
        (DriftKind.MISSING_INDEX, DriftKind.EXTRA_INDEX),
    )
    yield from _partial_keys(model, table)


def _method(key: Key) -> str:
    return key.algorithm.lower() if key.algorithm else "btree"


def _key_order(key: Key) -> tuple[str, ...]:
    """Each column's direction; only a b-tree has one."""
    if _method(key) != "btree":
        return ()
    return tuple(part.sort or "asc" for part in key.fields)


def _index_order(index: Index) -> tuple[str, ...]:
    if index.method != "btree":
        return ()
    parts = _split(index.definition)
    if len(parts) != len(index.columns):
        return tuple("asc" for _ in index.columns)
    return tuple("desc" if " DESC" in part else "asc" for part in parts)


def _split(definition: str) -> list[str]:
    """The column list of `CREATE INDEX … USING method (…)`, each column with its options."""
    _, using, rest = definition.rpartition(" USING ")
    if not using:
        return []
    parts, depth, quoted = [""], 0, False
    for char in rest.partition("(")[2]:
        quoted = quoted != (char == '"')
        depth += 0 if quoted else {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            break
        if char == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [_DOUBLE_QUOTED.sub("", part) for part in parts]


def _primary_key(key: Key | None, table: Table) -> Iterator[Drift]:
    live = next((index for index in table.indexes if index.is_primary), None)
    expected = key.columns if key else ()
    found = live.columns if live else ()
    if expected != found:
        yield Drift(
            kind=DriftKind.PRIMARY_KEY,
            table=table.name,
            item=live.name if live else key.database_name if key else "",
            expected=listed(expected),
            found=listed(found),
        )
    elif key and live and key.database_name != live.name:
        yield renamed(table.name, key.database_name, live.name)


def listed(columns: Iterable[str]) -> str:
    """Columns for people: in brackets, or the word for none."""
    text = ", ".join(columns)
    return f"({text})" if text else NOTHING


def renamed(table: TableName, expected: str, found: str) -> Drift:
    """Say that a constraint or index is there under another name."""
    kind = DriftKind.CONSTRAINT_NAME
    return Drift(kind=kind, table=table, item=found, expected=expected, found=found)


def is_plain(index: Index) -> bool:
    """Whether Prisma sees an index: whole, on columns, and no exclusion constraint."""
    return (
        index.predicate is None
        and not index.has_expressions
        and index.is_valid
        and (index.is_unique or not index.is_constraint)
    )


def _matched(
    table: TableName,
    keys: list[tuple[Key, tuple[str, ...]]],
    indexes: list[tuple[Index, tuple[str, ...]]],
    kinds: tuple[DriftKind, DriftKind],
) -> Iterator[Drift]:
    """Pair keys with indexes by columns and options, those of one name first."""
    left = list(indexes)
    matched: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    names = {index.name for index, _ in indexes}
    missing, extra = kinds
    for key, options in sorted(keys, key=lambda one: one[0].database_name not in names):
        same = [one for one in left if (one[0].columns, one[1]) == (key.columns, options)]
        found = min(same, key=lambda one: one[0].name != key.database_name, default=None)
        if found is None:
            wanted = listed(key.columns) + _told(options)
            yield Drift(kind=missing, table=table, item=key.database_name, expected=wanted)
            continue
        left.remove(found)
        matched.append((found[0].columns, found[1]))
        if found[0].name != key.database_name:
            yield renamed(table, key.database_name, found[0].name)
    for index, options in left:
        # one more of the same does not matter to Prisma, which pairs indexes by their columns
        is_copy = (index.columns, options) in matched
        yield Drift(
            kind=extra,
            table=table,
            item=index.name,
            expected="one such index" if is_copy else NOTHING,
            found=listed(index.columns) + _told(options),
            severity=Severity.INFORMATION if is_copy else Severity.DRIFT,
        )


def _told(options: tuple[str, ...]) -> str:
    """What is not the default of an index's options."""
    words = [word for word in options if word not in {"btree", "asc"}]
    return f" {' '.join(words)}" if words else ""


def _partial_keys(model: Model, table: Table) -> Iterator[Drift]:
    """Find partial keys of the schema that have no partial index on the same columns."""
    live = [(index.columns, index.is_unique) for index in table.indexes if index.predicate]
    for key in model.keys:
        is_unique = key.kind is KeyKind.UNIQUE
        if key.predicate is not None and (key.columns, is_unique) not in live:
            kind = DriftKind.MISSING_UNIQUE if is_unique else DriftKind.MISSING_INDEX
            wanted = f"{listed(key.columns)} where {key.predicate}"
            yield Drift(kind=kind, table=table.name, item=key.database_name, expected=wanted)
