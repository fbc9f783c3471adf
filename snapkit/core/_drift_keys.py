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
    from snapkit.core.schema import JoinTable, Key, Model

_DOUBLE_QUOTED: Final = re.compile(r'"[^"]*"')
_SORTING: Final = re.compile(r" (COLLATE|NULLS (?:FIRST|LAST))\b")
_WITHOUT_CLASSES: Final = frozenset({"btree", "hash"})  # here Prisma has no operator classes
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ONE_WORD: Final = {"MinMax": "Minmax", "Tz": "tz", "VarBit": "Varbit"}


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


def index_options(index: Index) -> Iterator[str]:
    """What an index has that Prisma's schema language has no word for."""
    parts, behind = _split(index.definition)
    if len(parts) == len(index.columns):
        for column, part in zip(index.columns, parts, strict=True):
            yield from (f"{word} on {column}" for word in _SORTING.findall(part))
    if index.method in _WITHOUT_CLASSES:
        classes = zip(index.columns, index.operator_classes, strict=False)
        yield from (f"{one.name} on {column}" for column, one in classes if not one.is_default)
    if index.nulls_not_distinct:
        yield "NULLS NOT DISTINCT"
    if index.is_deferrable:
        yield "DEFERRABLE"
    if behind.lstrip().startswith("INCLUDE "):
        yield "INCLUDE"


def join_keys_drift(join: JoinTable, table: Table) -> Iterator[Drift]:
    """Compare a join table's keys: A and B unique together, and an index on B.

    Args:
        join: What the schema says.
        table: What the database has.

    Yields:
        What is missing or extra; one more of the same is information.
    """
    both, second = join.columns, join.columns[1:]
    left = [index for index in table.indexes if is_plain(index)]
    # a primary key since Prisma 6, a unique index before
    left.sort(key=lambda index: not index.is_primary)
    for columns, missing, is_unique in (
        (both, DriftKind.MISSING_UNIQUE, True),
        (second, DriftKind.MISSING_INDEX, False),
    ):
        same = [one for one in left if one.columns == columns and one.is_unique is is_unique]
        if same:
            left.remove(same[0])
        else:
            told = listed(columns)
            yield Drift(kind=missing, table=table.name, item=told, expected=told)
    for index in left:
        is_copy = (index.columns, index.is_unique) in {(both, True), (second, False)}
        kinds = (DriftKind.EXTRA_INDEX, DriftKind.EXTRA_UNIQUE)
        yield Drift(
            kind=DriftKind.PRIMARY_KEY if index.is_primary else kinds[index.is_unique],
            table=table.name,
            item=index.name,
            expected="one such index" if is_copy else NOTHING,
            found=listed(index.columns),
            severity=Severity.INFORMATION if is_copy else Severity.DRIFT,
        )


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
    parts, _ = _split(index.definition)
    if len(parts) != len(index.columns):
        return tuple("asc" for _ in index.columns)
    return tuple("desc" if " DESC" in part else "asc" for part in parts)


def _split(definition: str) -> tuple[list[str], str]:
    """The column list of `CREATE INDEX … USING method (…)`, each with its options, and the rest.

    Quoted names are left out: what remains is PostgreSQL's words.
    """
    _, using, rest = definition.rpartition(" USING ")
    if not using:
        return [], ""
    parts, depth, quoted = [""], 0, False
    rest = rest.partition("(")[2]
    for place, char in enumerate(rest):
        quoted = quoted != (char == '"')
        depth += 0 if quoted else {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            rest = rest[place + 1 :]
            break
        if char == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [_DOUBLE_QUOTED.sub("", part) for part in parts], rest


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
        yield from _classes(table, key, found[0])
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


def _classes(table: TableName, key: Key, index: Index) -> Iterator[Drift]:
    """Compare operator classes; as in Prisma, none in the schema means the type's default."""
    if index.method in _WITHOUT_CLASSES:
        return
    for part, live in zip(key.fields, index.operator_classes, strict=False):
        expected = _class_name(part.operator_class)
        if live.name != expected and not (expected is None and live.is_default):
            yield Drift(
                kind=DriftKind.INDEX_OPTION,
                table=table,
                item=index.name,
                expected=f"{expected or 'the default operator class'} on {part.column}",
                found=f"{live.name} on {part.column}",
            )


def _class_name(written: str | None) -> str | None:
    """PostgreSQL's name of an operator class: `JsonbPathOps` is `jsonb_path_ops`."""
    if written is None:
        return None
    for words, word in _ONE_WORD.items():
        written = written.replace(words, word)
    return _CAPITAL.sub("_", written.rpartition(".")[2].strip('"')).lower()


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
