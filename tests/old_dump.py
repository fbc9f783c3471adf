"""The old tool's folder, written from a database as its TypeScript did: Prisma's values as JSON."""

from __future__ import annotations

import base64
import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from snapkit.core.schema import ModelKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.core.schema import Model, Schema
    from snapkit.pg.target import Target

EPOCH = dt.date(1970, 1, 1)
# Types whose values psycopg gives as Python has them; timestamps and times with and without zone.
LOADED = (
    *("text", "character", "smallint", "integer", "bigint", "numeric", "real", "double precision"),
    *("boolean", "bytea", "json", "date", "time"),
)


def moment(value: dt.datetime | dt.date | dt.time) -> str:
    """JavaScript's `toISOString`, but to the microsecond, so that nothing is lost on the way."""
    if isinstance(value, dt.time):
        value = dt.datetime.combine(EPOCH, value)
    elif not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    utc = value.astimezone(dt.UTC) if value.tzinfo else value
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06}Z"


def plain(value: object) -> object:
    """A value as `JSON.stringify` gives it for what Prisma Client returns."""
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return moment(value)
        case Decimal():
            return f"{value.normalize():f}"
        case bytes():
            return {"type": "Buffer", "data": list(value)}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def as_base64(value: object) -> object:
    """The same, with bytes as text."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else plain(value)


def dump(
    target: Target,
    schema: Schema,
    folder: Path,
    *,
    file_of: Callable[[Model], str] = lambda model: model.table.name,
    by_column: bool = False,
    value_of: Callable[[object], object] = plain,
) -> dict[str, int]:
    """Write one file per model, and one per join table.

    Returns:
        Rows by file [rows].
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    with psycopg.connect(**target.connect_arguments()) as connection:  # type: ignore[arg-type]
        connection.execute("SET timezone = 'UTC'")
        for model in schema.models:
            if model.kind is not ModelKind.MODEL:
                continue
            names = {field.column: field.name for field in model.columns if field.column}
            enums = {
                field.column: {
                    value.database_value: value.name
                    for value in schema.enum_by_name[field.type].values
                }
                for field in model.columns
                if field.column and field.type in schema.enum_by_name
            }
            rows = []
            for row in _rows(connection, model.table.namespace, model.table.name, names):
                if not by_column:
                    for column, values in enums.items():
                        row[column] = _named(row[column], values)
                rows.append(
                    {
                        column if by_column else names[column]: value_of(value)
                        for column, value in row.items()
                    }
                )
            written[file_of(model)] = _write(folder, file_of(model), rows)
        for join in schema.join_tables:
            found = _rows(connection, join.name.namespace, join.name.name, {"A": "A", "B": "B"})
            written[join.name.name] = _write(folder, join.name.name, found)
    return written


def _named(value: object, values: dict[str, str]) -> object:
    if isinstance(value, list):
        return [values[item] for item in value]
    return None if value is None else values[str(value)]


def _rows(
    connection: psycopg.Connection[Any], namespace: str, table: str, columns: dict[str, str]
) -> list[dict[str, object]]:
    shown = connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0",
        [sql.Identifier(namespace, table).as_string(connection)],
    ).fetchall()
    types = {str(name): str(type_) for name, type_ in shown}
    parts = [
        sql.SQL("{0}{1}").format(
            sql.Identifier(column),
            sql.SQL(_cast(types[column])),
        )
        for column in columns
    ]
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(parts), sql.Identifier(namespace, table)
    )
    return [dict(zip(columns, row, strict=True)) for row in connection.execute(query).fetchall()]


def _cast(type_: str) -> str:
    """Types that psycopg does not load as JavaScript would go as text."""
    if type_.removesuffix("[]").startswith(LOADED):
        return ""
    return "::text[]" if type_.endswith("[]") else "::text"


def _write(folder: Path, name: str, rows: list[dict[str, object]]) -> int:
    text = json.dumps(rows, ensure_ascii=False, indent=2)
    (folder / f"{name}.json").write_text(text, "utf-8")
    return len(rows)
