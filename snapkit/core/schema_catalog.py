"""The catalog that a database would have, had Prisma Migrate made it from a schema.

For snapshots of rows that come from no database: their tables are described as a catalog describes
them. Nothing here was asked of a server, and `NO_SERVER` says so.

Source: Prisma documentation, Prisma Migrate; PostgreSQL's makeObjectName, for sequences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from snapkit.core.catalog import (
    Catalog,
    Column,
    EnumType,
    Index,
    Sequence,
    Server,
    Table,
    TableKind,
)
from snapkit.core.column_types import ColumnType, type_of
from snapkit.core.names import TableName, quoted
from snapkit.core.schema import FieldKind, KeyKind, ModelKind

if TYPE_CHECKING:
    from snapkit.core.schema import Field, Model, Schema

NO_SERVER: Final = Server(
    version=0,
    version_text="(none: imported from JSON)",
    encoding="UTF8",
    collation="",
    collation_version=None,
)

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_$]*", re.ASCII)
_LONGEST_NAME: Final = 63  # [bytes]
_GREATEST: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_KEYS: Final = frozenset({KeyKind.ID, KeyKind.UNIQUE})


def catalog_of(schema: Schema, database: str) -> Catalog:
    """Describe a schema's tables as the catalog of a migrated database would.

    Args:
        schema: Of a PostgreSQL database.
        database: What to call the database that is not there.

    Returns:
        Tables of models and join tables, keys, foreign keys that a database enforces, sequences and
        enums. Columns whose type PostgreSQL does not have are left out.
    """
    models = [model for model in schema.models if model.kind is ModelKind.MODEL]
    tables = [_table(model, schema) for model in models]
    tables += [
        Table(
            name=join.name,
            columns=tuple(
                Column(name=column, type=_key_type(schema, model), not_null=True)
                for column, model in zip(join.columns, (join.model_a, join.model_b), strict=True)
            ),
            indexes=(Index(name="", columns=join.columns, is_unique=True, is_primary=True),),
        )
        for join in schema.join_tables
    ]
    return Catalog(
        database=database,
        server=NO_SERVER,
        role="",
        tables=tuple(tables),
        foreign_keys=tuple(key for key in schema.foreign_keys if key.enforced),
        sequences=tuple(
            _sequence(model.table, field, field.column, schema)
            for model in models
            for field in model.columns
            if field.column is not None
            and field.default
            and field.default.function == "autoincrement"
        ),
        enums=tuple(
            EnumType(
                name=enum.database_name, values=tuple(value.database_value for value in enum.values)
            )
            for enum in schema.enums
        ),
    )


def _table(model: Model, schema: Schema) -> Table:
    columns = []
    for field in model.columns:
        type_ = type_of(field, schema.enum_by_name)
        if type_ is not None and field.column is not None:
            columns.append(
                Column(
                    name=field.column,
                    type=_text(type_),
                    not_null=field.is_required and not field.is_list,
                )
            )
    return Table(
        name=model.table,
        kind=TableKind.ORDINARY,
        columns=tuple(columns),
        indexes=tuple(
            Index(
                name=key.database_name,
                columns=key.columns,
                is_unique=True,
                is_primary=key.kind is KeyKind.ID,
                predicate=key.predicate,
            )
            for key in model.keys
            if key.kind in _KEYS
        ),
    )


def _key_type(schema: Schema, model: str) -> str:
    """The type of a model's key, which a join table's column repeats; Prisma asks for one field."""
    found = schema.by_name[model]
    key = found.primary_key or next(iter(found.uniques), None)
    type_ = type_of(found.by_name[key.field_names[0]], schema.enum_by_name) if key else None
    return _text(type_) if type_ else "text"


def _sequence(table: TableName, field: Field, column: str, schema: Schema) -> Sequence:
    type_ = type_of(field, schema.enum_by_name) if field.kind is FieldKind.SCALAR else None
    name = type_.name if type_ and type_.name in _GREATEST else "bigint"
    return Sequence(
        name=TableName(table.namespace, _sequence_name(table.name, column)),
        type=name,
        maximum=_GREATEST[name],
        owner_table=table,
        owner_column=column,
    )


def _sequence_name(table: str, column: str) -> str:
    """Join table, column and `seq`; where that is too long, the longer of both gives way."""
    first, second = table.encode(), column.encode()
    room = _LONGEST_NAME - len("__seq")
    cut_first, cut_second = len(first), len(second)
    while cut_first + cut_second > room:
        if cut_first > cut_second:
            cut_first -= 1
        else:
            cut_second -= 1
    names = (first[:cut_first], second[:cut_second])
    return "_".join(name.decode(errors="ignore") for name in names) + "_seq"


def _text(type_: ColumnType) -> str:
    """The type's text as `format_type` gives it: names of users' types with their quotes."""
    if type_.namespace is None:
        return str(type_)
    return f"{_quoted(type_.namespace)}.{_quoted(type_.name)}" + ("[]" if type_.is_list else "")


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else quoted(name)
