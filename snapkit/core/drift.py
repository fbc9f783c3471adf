"""Drift: where a live database differs from its Prisma schema.

What Prisma's migrations make of a schema has no drift. What Prisma's own comparison overlooks
(checks, triggers, partial indexes, tables that no model stands for) is named too, as information.

Source: Prisma documentation, `migrate diff`, and what its engine overlooks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from snapkit.core._drift_keys import is_plain, keys_drift, listed, renamed
from snapkit.core._drift_values import NOTHING, Drift, DriftKind, Severity
from snapkit.core.catalog import Identity, TableKind
from snapkit.core.column_types import ColumnType, read_type, type_of
from snapkit.core.schema import FieldKind, ModelKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from snapkit.core.catalog import Catalog, Column, Table
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.core.schema import Enum, Field, JoinTable, Model, Schema

__all__ = ["Drift", "DriftKind", "Severity", "drift"]

_PRISMAS_OWN: Final = frozenset({"_prisma_migrations"})
_ROWS: Final = frozenset({TableKind.ORDINARY, TableKind.PARTITIONED})
_CLIENT_RELATION: Final = 'relationMode = "prisma"'  # the relation, but no foreign key
_VIEWS: Final = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})


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
    found = f"a {table.kind}" if table else NOTHING
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
            found=f"a {table.kind}" if table else NOTHING,
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
    yield from keys_drift(model, table)
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
        words = ("a default", NOTHING) if expects else (NOTHING, column.default or "identity")
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


def _beyond_prisma(table: Table) -> Iterator[Drift]:
    """Name what Prisma's schema language has no word for."""
    named = [
        *((DriftKind.CHECK, name) for name in table.checks),
        *((DriftKind.TRIGGER, trigger.name) for trigger in table.triggers),
        *((DriftKind.SPECIAL_INDEX, index.name) for index in table.indexes if not is_plain(index)),
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
        yield Drift(kind=kind, table=table.name, item=listed(both), expected=listed(both))
    if not any(index.columns == second for index in table.indexes):
        kind = DriftKind.MISSING_INDEX
        yield Drift(kind=kind, table=table.name, item=listed(second), expected=listed(second))
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
            yield renamed(key.child, key.name, found.name)
    known = {_ends(key) for key in schema.foreign_keys if not key.enforced}
    for ends, left in live.items():
        wanted = _CLIENT_RELATION if ends in known else NOTHING
        for key in left:
            yield Drift(
                kind=DriftKind.EXTRA_FOREIGN_KEY,
                table=key.child,
                item=key.name,
                expected=wanted,
                found=_arrow(key),
            )


def _ends(key: ForeignKey) -> object:
    """What a foreign key joins, whatever the order its columns are written in."""
    pairs = tuple(sorted(zip(key.columns, key.parent_columns, strict=False)))
    return (key.child, key.parent, pairs)


def _arrow(key: ForeignKey) -> str:
    return f"{listed(key.columns)} -> {key.parent} {listed(key.parent_columns)}"


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
            expected="Prisma's own table" if own else NOTHING,
            found=f"a {table.kind}",
            severity=Severity.INFORMATION,
        )
