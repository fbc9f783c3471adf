"""Drift: where a live database differs from its Prisma schema.

What Prisma's migrations make of a schema has no drift. What Prisma's own comparison overlooks
(checks, triggers, partial indexes, tables that no model stands for) is named too, as information.

Source: Prisma documentation, `migrate diff`, and what its engine overlooks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from snapkit.core.catalog import Identity, TableKind
from snapkit.core.column_types import ColumnType, read_type, type_of
from snapkit.core.names import TableName
from snapkit.core.schema import FieldKind, KeyKind, ModelKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from snapkit.core.catalog import Catalog, Column, Index, Table
    from snapkit.core.names import ForeignKey
    from snapkit.core.schema import Enum, Field, JoinTable, Key, Model, Schema

_NOTHING: Final = "nothing"
_PRISMAS_OWN: Final = frozenset({"_prisma_migrations"})
_DOUBLE_QUOTED: Final = re.compile(r'"[^"]*"')
_ROWS: Final = frozenset({TableKind.ORDINARY, TableKind.PARTITIONED})
_VIEWS: Final = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})


class DriftKind(StrEnum):
    """What differs; the values are for people. The order is that of a report."""

    MISSING_TABLE = "missing table"
    MISSING_COLUMN = "missing column"
    EXTRA_COLUMN = "extra column"
    TYPE = "column type"
    NULLABILITY = "nullability"
    DEFAULT = "default"
    PRIMARY_KEY = "primary key"
    MISSING_UNIQUE = "missing unique key"
    EXTRA_UNIQUE = "extra unique key"
    MISSING_INDEX = "missing index"
    EXTRA_INDEX = "extra index"
    MISSING_FOREIGN_KEY = "missing foreign key"
    EXTRA_FOREIGN_KEY = "extra foreign key"
    REFERENTIAL_ACTION = "referential action"
    CONSTRAINT_NAME = "constraint name"
    MISSING_ENUM = "missing enum"
    EXTRA_ENUM = "extra enum"
    MISSING_VALUE = "missing enum value"
    EXTRA_VALUE = "extra enum value"
    VIEW = "view"
    UNMODELLED = "table without a model"
    GENERATED = "generated column"
    CHECK = "check constraint"
    TRIGGER = "trigger"
    SPECIAL_INDEX = "partial or expression index"


class Severity(StrEnum):
    """Whether Prisma's migrations would change the database, or overlook the difference."""

    DRIFT = "drift"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference. `table` is an enum's type for differences of enums.

    `item` is the column, constraint, index or value; empty where the table itself is meant.
    """

    kind: DriftKind
    table: TableName
    item: str = ""
    expected: str = _NOTHING
    found: str = _NOTHING
    severity: Severity = Severity.DRIFT

    @property
    def is_drift(self) -> bool:
        """Whether it is more than information."""
        return self.severity is Severity.DRIFT

    @property
    def where(self) -> str:
        """The table, and the item in it, for people."""
        return f"{self.table}.{self.item}" if self.item else str(self.table)

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: schema has {self.expected}, database has {self.found}"


def drift(schema: Schema, catalog: Catalog) -> tuple[Drift, ...]:
    """Compare a schema with the database it describes.

    Args:
        schema: As parsed; for another provider than PostgreSQL nothing is compared.
        catalog: As read.

    Returns:
        Every difference: drift first, then information; each by table, kind and item.

    Source: Prisma documentation, `migrate diff`.
    """
    if not schema.is_postgres:
        return ()
    enums = schema.enum_by_name
    found: list[Drift] = list(_enums(schema, catalog))
    for model in schema.models:
        table = catalog.by_name.get(model.table)
        if model.kind is ModelKind.VIEW:
            found += _view(model, table)
        elif table is None or table.kind not in _ROWS:
            found.append(_missing_table(model.table, f"model {model.name}", table))
        else:
            found += _model(model, table, enums)
    for join in schema.join_tables:
        table = catalog.by_name.get(join.name)
        if table is None or table.kind not in _ROWS:
            found.append(_missing_table(join.name, f"relation {join.relation}", table))
        else:
            found += _join(join, table, schema)
    found += _foreign_keys(schema, catalog)
    found += _unmodelled(schema, catalog)
    places = {kind: place for place, kind in enumerate(DriftKind)}
    return tuple(
        sorted(found, key=lambda one: (not one.is_drift, one.table, places[one.kind], one.item))
    )


def _missing_table(name: TableName, expected: str, table: Table | None) -> Drift:
    kind = DriftKind.MISSING_TABLE
    found = f"a {table.kind}" if table else _NOTHING
    return Drift(kind=kind, table=name, expected=expected, found=found)


def _enums(schema: Schema, catalog: Catalog) -> Iterator[Drift]:
    live = {enum.name: enum.values for enum in catalog.enums}
    modelled = {enum.database_name for enum in schema.enums}
    namespaces = _namespaces(schema)
    for enum in schema.enums:
        name = enum.database_name
        expected = [value.database_value for value in enum.values]
        if name not in live:
            kind = DriftKind.MISSING_ENUM
            yield Drift(kind=kind, table=name, expected=f"enum {enum.name}")
            continue
        for value in expected:
            if value not in live[name]:
                yield Drift(kind=DriftKind.MISSING_VALUE, table=name, item=value, expected="it")
        for value in live[name]:
            if value not in expected:
                yield Drift(kind=DriftKind.EXTRA_VALUE, table=name, item=value, found="it")
    for name in live.keys() - modelled:
        if name.namespace in namespaces:
            yield Drift(kind=DriftKind.EXTRA_ENUM, table=name, found="an enum")


def _namespaces(schema: Schema) -> frozenset[str]:
    """The namespaces that the schema speaks of: Prisma looks nowhere else."""
    source = schema.datasource
    listed = source.namespaces if source else ()
    named = {model.table.namespace for model in schema.models}
    return frozenset({*listed, *named, *(() if listed else (schema.default_namespace,))})


def _view(model: Model, table: Table | None) -> Iterator[Drift]:
    """Prisma's migrations leave views alone."""
    if table is None or table.kind not in _VIEWS:
        yield Drift(
            kind=DriftKind.VIEW,
            table=model.table,
            expected=f"view {model.name}",
            found=f"a {table.kind}" if table else _NOTHING,
            severity=Severity.INFORMATION,
        )
        return
    live = {column.name for column in table.columns}
    for field in model.columns:
        if field.column is not None and field.column not in live:
            yield Drift(
                kind=DriftKind.MISSING_COLUMN,
                table=model.table,
                item=field.column,
                expected=f"field {field.name}",
                severity=Severity.INFORMATION,
            )


def _model(model: Model, table: Table, enums: Mapping[str, Enum]) -> Iterator[Drift]:
    live = {column.name: column for column in table.columns}
    modelled = {field.column for field in model.columns}
    for field in model.columns:
        name = field.column or ""
        if name in live:
            yield from _column(table.name, field, live[name], type_of(field, enums))
        else:
            kind = DriftKind.MISSING_COLUMN
            yield Drift(kind=kind, table=table.name, item=name, expected=f"field {field.name}")
    for column in table.columns:
        if column.name not in modelled:
            kind = DriftKind.EXTRA_COLUMN
            yield Drift(kind=kind, table=table.name, item=column.name, found=column.type)
    yield from _keys(model, table)
    yield from _beyond_prisma(table)


def _column(
    table: TableName, field: Field, column: Column, expected: ColumnType | None
) -> Iterator[Drift]:
    found = read_type(column.type)
    if expected is not None and not expected.means(found):
        # Prisma does not read an unsupported type's text; its spelling may differ from PostgreSQL's
        told = field.kind is FieldKind.UNSUPPORTED
        yield Drift(
            kind=DriftKind.TYPE,
            table=table,
            item=column.name,
            expected=str(expected),
            found=str(found),
            severity=Severity.INFORMATION if told else Severity.DRIFT,
        )
    if not field.is_list and field.is_required != column.not_null:
        words = ("NOT NULL", "NULL") if field.is_required else ("NULL", "NOT NULL")
        found_null = _of_column(DriftKind.NULLABILITY, table, column, *words)
        # a generated column cannot be given NULL; whether it is NOT NULL is its expression's affair
        yield _overlooked(found_null) if column.is_generated else found_null
    if column.is_generated:
        yield Drift(
            kind=DriftKind.GENERATED,
            table=table,
            item=column.name,
            expected="a column",
            found="a generated column",
            severity=Severity.INFORMATION,
        )
        return
    default = field.default
    if default is not None and default.function == "dbgenerated" and not default.is_in_database:
        return  # `dbgenerated()` leaves it to the database whether there is one
    expects = default is not None and default.is_in_database
    has = column.identity is not Identity.NONE or not _is_null(column.default)
    if expects != has:
        words = ("a default", _NOTHING) if expects else (_NOTHING, column.default or "identity")
        yield _of_column(DriftKind.DEFAULT, table, column, *words)


def _overlooked(found: Drift) -> Drift:
    return replace(found, severity=Severity.INFORMATION)


def _is_null(default: str | None) -> bool:
    """Whether a column has no default, or one that says NULL."""
    return default is None or default.upper().partition("::")[0] == "NULL"


def _of_column(
    kind: DriftKind, table: TableName, column: Column, expected: str, found: str
) -> Drift:
    return Drift(kind=kind, table=table, item=column.name, expected=expected, found=found)


def _keys(model: Model, table: Table) -> Iterator[Drift]:
    """Compare primary key, unique keys and indexes, each by its columns in order."""
    yield from _primary_key(model.primary_key, table)
    indexes = [index for index in table.indexes if not index.is_primary and _is_plain(index)]
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
            expected=_listed(expected),
            found=_listed(found),
        )
    elif key and live and key.database_name != live.name:
        yield _renamed(table.name, key.database_name, live.name)


def _listed(columns: Iterable[str]) -> str:
    text = ", ".join(columns)
    return f"({text})" if text else _NOTHING


def _renamed(table: TableName, expected: str, found: str) -> Drift:
    kind = DriftKind.CONSTRAINT_NAME
    return Drift(kind=kind, table=table, item=found, expected=expected, found=found)


def _is_plain(index: Index) -> bool:
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
    names = {index.name for index, _ in indexes}
    missing, extra = kinds
    for key, options in sorted(keys, key=lambda one: one[0].database_name not in names):
        same = [one for one in left if (one[0].columns, one[1]) == (key.columns, options)]
        found = min(same, key=lambda one: one[0].name != key.database_name, default=None)
        if found is None:
            wanted = _listed(key.columns) + _told(options)
            yield Drift(kind=missing, table=table, item=key.database_name, expected=wanted)
            continue
        left.remove(found)
        if found[0].name != key.database_name:
            yield _renamed(table, key.database_name, found[0].name)
    for index, options in left:
        columns = _listed(index.columns) + _told(options)
        yield Drift(kind=extra, table=table, item=index.name, found=columns)


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
            wanted = f"{_listed(key.columns)} where {key.predicate}"
            yield Drift(kind=kind, table=table.name, item=key.database_name, expected=wanted)


def _beyond_prisma(table: Table) -> Iterator[Drift]:
    """Name what Prisma's schema language has no word for."""
    named = [
        *((DriftKind.CHECK, name) for name in table.checks),
        *((DriftKind.TRIGGER, trigger.name) for trigger in table.triggers),
        *((DriftKind.SPECIAL_INDEX, index.name) for index in table.indexes if not _is_plain(index)),
    ]
    for kind, name in named:
        yield Drift(
            kind=kind, table=table.name, item=name, found="it", severity=Severity.INFORMATION
        )


def _join(join: JoinTable, table: Table, schema: Schema) -> Iterator[Drift]:
    """Compare a join table: columns A and B, unique together, and an index on B."""
    live = {column.name: column for column in table.columns}
    for end, name in zip(join.columns, (join.model_a, join.model_b), strict=True):
        model = schema.by_name[name]
        key = model.primary_key
        field = model.by_name.get(key.field_names[0]) if key and key.fields else None
        if end not in live:
            kind = DriftKind.MISSING_COLUMN
            yield Drift(kind=kind, table=table.name, item=end, expected=f"key of {name}")
        elif field is not None:
            expected = type_of(field, schema.enum_by_name)
            found = read_type(live[end].type)
            if expected is not None and not expected.means(found):
                words = (str(expected), str(found))
                yield _of_column(DriftKind.TYPE, table.name, live[end], *words)
    for column in table.columns:
        if column.name not in join.columns:
            kind = DriftKind.EXTRA_COLUMN
            yield Drift(kind=kind, table=table.name, item=column.name, found=column.type)
    both, second = join.columns, join.columns[1:]
    # a primary key since Prisma 6, a unique index before
    if not any(index.is_unique and index.columns == both for index in table.indexes):
        kind = DriftKind.MISSING_UNIQUE
        yield Drift(kind=kind, table=table.name, item=_listed(both), expected=_listed(both))
    if not any(index.columns == second for index in table.indexes):
        kind = DriftKind.MISSING_INDEX
        yield Drift(kind=kind, table=table.name, item=_listed(second), expected=_listed(second))
    yield from _beyond_prisma(table)


def _foreign_keys(schema: Schema, catalog: Catalog) -> Iterator[Drift]:
    """Compare the foreign keys of modelled tables, each by its ends."""
    ours = frozenset(schema.tables)
    live: dict[object, list[ForeignKey]] = {}
    for key in catalog.foreign_keys:
        if key.child in ours:
            live.setdefault(_ends(key), []).append(key)
    joins = frozenset(schema.join_by_table)
    for key in schema.foreign_keys:
        table = catalog.by_name.get(key.child)
        if not key.enforced or table is None:
            continue
        same = live.get(_ends(key), [])
        found = min(same, key=lambda one: one.name != key.name, default=None)
        if found is None:
            kind = DriftKind.MISSING_FOREIGN_KEY
            yield Drift(kind=kind, table=key.child, item=key.name, expected=_arrow(key))
            continue
        same.remove(found)
        actions = [(key.on_delete, found.on_delete), (key.on_update, found.on_update)]
        for clause, (expected, actual) in zip(("ON DELETE", "ON UPDATE"), actions, strict=True):
            if expected is not actual:
                yield Drift(
                    kind=DriftKind.REFERENTIAL_ACTION,
                    table=key.child,
                    item=found.name,
                    expected=f"{clause} {expected}",
                    found=f"{clause} {actual}",
                )
        if found.name != key.name and key.child not in joins:
            yield _renamed(key.child, key.name, found.name)
    for key in (one for left in live.values() for one in left):
        kind = DriftKind.EXTRA_FOREIGN_KEY
        yield Drift(kind=kind, table=key.child, item=key.name, found=_arrow(key))


def _ends(key: ForeignKey) -> object:
    """What a foreign key joins, whatever the order its columns are written in."""
    pairs = tuple(sorted(zip(key.columns, key.parent_columns, strict=False)))
    return (key.child, key.parent, pairs)


def _arrow(key: ForeignKey) -> str:
    return f"{_listed(key.columns)} -> {key.parent} {_listed(key.parent_columns)}"


def _unmodelled(schema: Schema, catalog: Catalog) -> Iterator[Drift]:
    """Name tables that no model stands for; partitions belong to their parent."""
    known = {*schema.tables, *schema.by_table}
    for table in catalog.tables:
        if table.name in known or table.extension or table.partition_of or table.kind in _VIEWS:
            continue
        own = table.name.name in _PRISMAS_OWN
        yield Drift(
            kind=DriftKind.UNMODELLED,
            table=table.name,
            expected="Prisma's own table" if own else _NOTHING,
            found=f"a {table.kind}",
            severity=Severity.INFORMATION,
        )
