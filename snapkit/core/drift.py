"""Drift: where a live database differs from its Prisma schema.

What Prisma's migrations make of a schema has no drift. What Prisma's own comparison overlooks
(checks, triggers, partial indexes, tables that no model stands for) is named too, as information.

Source: Prisma documentation, `migrate diff`, and what its engine overlooks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from snapkit.core._drift_foreign_keys import foreign_keys_drift
from snapkit.core._drift_keys import index_options, is_plain, join_keys_drift, keys_drift
from snapkit.core._drift_values import NOTHING, Drift, DriftKind, Severity
from snapkit.core.catalog import Identity, TableKind
from snapkit.core.column_types import ColumnType, read_type, type_of
from snapkit.core.schema import FieldKind, ModelKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from snapkit.core.catalog import Catalog, Column, Table
    from snapkit.core.names import TableName
    from snapkit.core.schema import Enum, Field, JoinTable, Model, Schema

__all__ = ["Drift", "DriftKind", "Severity", "drift"]

_PRISMAS_OWN: Final = frozenset({"_prisma_migrations"})
_ROWS: Final = frozenset({TableKind.ORDINARY, TableKind.PARTITIONED})
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
    found += foreign_keys_drift(schema, catalog)
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
    is_required = field.is_required and not field.is_list
    if is_required != column.not_null:
        words = ("NOT NULL", "NULL") if is_required else ("NULL", "NOT NULL")
        found_null = _of_column(DriftKind.NULLABILITY, table, column, *words)
        # Prisma does not look whether a list may be NULL. A generated column cannot be given NULL:
        # whether it is NOT NULL is its expression's affair.
        yield _overlooked(found_null) if field.is_list or column.is_generated else found_null
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
    if expects != _has_default(column):
        words = ("a default", NOTHING) if expects else (NOTHING, column.default or "identity")
        yield _of_column(DriftKind.DEFAULT, table, column, *words)


def _overlooked(found: Drift) -> Drift:
    return replace(found, severity=Severity.INFORMATION)


def _has_default(column: Column) -> bool:
    """Whether a column has a default, other than one that says NULL."""
    default = column.default
    is_null = default is None or default.upper().partition("::")[0] == "NULL"
    return column.identity is not Identity.NONE or not is_null


def _of_column(
    kind: DriftKind, table: TableName, column: Column, expected: str, found: str
) -> Drift:
    return Drift(kind=kind, table=table, item=column.name, expected=expected, found=found)


def _beyond_prisma(table: Table) -> Iterator[Drift]:
    """Name what Prisma's schema language has no word for."""
    named = [
        *((DriftKind.CHECK, name, "it") for name in table.checks),
        *((DriftKind.TRIGGER, trigger.name, "it") for trigger in table.triggers),
        *((DriftKind.NOT_VALIDATED, one.name, one.definition) for one in table.unproven),
    ]
    for index in table.indexes:
        if not is_plain(index):
            named.append((DriftKind.SPECIAL_INDEX, index.name, "it"))
        elif options := ", ".join(index_options(index)):
            named.append((DriftKind.INDEX_OPTION, index.name, options))
    for kind, name, found in named:
        yield Drift(
            kind=kind, table=table.name, item=name, found=found, severity=Severity.INFORMATION
        )


def _join(join: JoinTable, table: Table, schema: Schema) -> Iterator[Drift]:
    """Compare a join table: columns A and B, unique together, and an index on B; nothing else."""
    live = {column.name: column for column in table.columns}
    for end, name in zip(join.columns, (join.model_a, join.model_b), strict=True):
        model = schema.by_name[name]
        key = model.primary_key
        field = model.by_name.get(key.field_names[0]) if key and key.fields else None
        if end not in live:
            kind = DriftKind.MISSING_COLUMN
            yield Drift(kind=kind, table=table.name, item=end, expected=f"key of {name}")
        else:
            expected = type_of(field, schema.enum_by_name) if field is not None else None
            yield from _join_column(table.name, live[end], expected)
    for column in table.columns:
        if column.name not in join.columns:
            kind = DriftKind.EXTRA_COLUMN
            yield Drift(kind=kind, table=table.name, item=column.name, found=column.type)
    yield from join_keys_drift(join, table)
    yield from _beyond_prisma(table)


def _join_column(table: TableName, column: Column, expected: ColumnType | None) -> Iterator[Drift]:
    """Compare a join table's column with the key it repeats: NOT NULL, and without a default."""
    found = read_type(column.type)
    if expected is not None and not expected.means(found):
        yield _of_column(DriftKind.TYPE, table, column, str(expected), str(found))
    if not column.not_null:
        yield _of_column(DriftKind.NULLABILITY, table, column, "NOT NULL", "NULL")
    if _has_default(column):
        words = (NOTHING, column.default or "identity")
        yield _of_column(DriftKind.DEFAULT, table, column, *words)


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
