"""Rows for any database, made up from its catalog: the same each time, odd where types allow."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Json

from snapkit.core.catalog import TableKind
from snapkit.core.graph import load_order
from snapkit.pg.catalog import read_catalog
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.catalog import Catalog, Column
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.pg.target import Target

ROWS = 6
TEXTS = (
    "",
    "plain",
    "it's",
    'a "b"',
    "tab\t",
    "new\nline",
    "back\\slash",
    "Đặng Thị Hồng",
    "🦊",
    "\\N",
)
_Row = dict[str, Any]


def fill(target: Target) -> dict[TableName, int]:
    """Fill every table with up to ROWS rows; children refer to rows that are there.

    Returns:
        Rows by table [rows]; a table whose constraints refuse everything has none.
    """
    with connect(target) as session:
        catalog = read_catalog(session)
    enums = {f"{e.name.namespace}.{e.name.name}": e.values for e in catalog.enums}
    enums |= {e.name.name: e.values for e in catalog.enums}
    names = [t.name for t in catalog.tables if t.kind is TableKind.ORDINARY and not t.extension]
    chance = random.Random(20_260_101)
    filled: dict[TableName, list[_Row]] = {}
    with psycopg.connect(**target.connect_arguments(), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("SET search_path = ''")
        for stage in load_order(names, catalog.foreign_keys):
            for name in stage.tables:
                maker = _Maker(catalog, name, enums, filled, chance)
                filled[name] = []
                for place in range(ROWS):
                    row = maker.row(place)
                    if row is not None and (made := _insert(connection, name, row)):
                        filled[name].append(made)
    return {name: len(rows) for name, rows in filled.items()}


class _Maker:
    def __init__(
        self,
        catalog: Catalog,
        name: TableName,
        enums: Mapping[str, tuple[str, ...]],
        filled: Mapping[TableName, list[_Row]],
        chance: random.Random,
    ) -> None:
        self._table = catalog.by_name[name]
        self._keys = [key for key in catalog.foreign_keys if key.child == name]
        self._enums, self._filled, self._chance = enums, filled, chance

    def row(self, place: int) -> _Row | None:
        """Values by column; None where a parent is needed and there is none."""
        row: _Row = {}
        for column in self._table.stored_columns:
            if not column.identity and not (column.default or "").startswith("nextval"):
                row[column.name] = self._value(column, place)
        for key in self._keys:
            if not self._refer(key, row):
                return None
        return row

    def _refer(self, key: ForeignKey, row: _Row) -> bool:
        parents = [
            p for p in self._filled.get(key.parent, ()) if set(key.parent_columns) <= p.keys()
        ]
        if parents:
            parent = self._chance.choice(parents)
            row.update({c: parent[p] for c, p in zip(key.columns, key.parent_columns, strict=True)})
            return True
        nullable = {column.name for column in self._table.columns if not column.not_null}
        for column in nullable.intersection(key.columns):
            row[column] = None
        return not nullable.isdisjoint(key.columns)

    def _value(self, column: Column, place: int) -> object:
        if not column.not_null and self._chance.random() < 0.25:
            return None
        base, is_list = column.type.removesuffix("[]"), column.type.endswith("[]")
        if is_list:
            return [self._scalar(base, place), self._scalar(base, place + 1)]
        return self._scalar(base, place)

    def _scalar(self, type_: str, place: int) -> object:
        if values := self._enums.get(type_.replace('"', "")):
            return values[place % len(values)]
        number = self._chance.randrange(1, 30_000)
        moment = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC) + dt.timedelta(
            microseconds=number * 987
        )
        known = {
            "integer": number,
            "bigint": number * 2**40,
            "smallint": number,
            "numeric": number / 4,
            "double precision": number / 7,
            "real": number / 4,
            "boolean": place % 2 == 0,
            "bytea": bytes([place, 0, 255, 92, 10]),
            "jsonb": Json({"a": [number, None, "é"], "": TEXTS[place % len(TEXTS)]}),
            "json": Json({"a": number}, dumps=lambda value: json.dumps(value, indent=1)),
            "uuid": uuid.UUID(int=self._chance.getrandbits(128)),
            "date": moment.date(),
            "time without time zone": moment.time(),
            "timestamp without time zone": moment.replace(tzinfo=None),
            "timestamp with time zone": moment,
            "inet": f"10.0.0.{place}/8",
            "interval": dt.timedelta(seconds=number),
        }
        found = known.get(re.sub(r"\(.*?\)", "", type_))
        if found is not None:
            return found
        text = f"{TEXTS[number % len(TEXTS)]} {place} {number}"
        longest = type_.partition("(")[2].partition(")")[0]
        return text[: int(longest)] if longest.isdecimal() else text


def _insert(connection: psycopg.Connection[Any], name: TableName, row: _Row) -> _Row | None:
    """The row as the server has it; None where a constraint refused it, which is no matter here."""
    table = sql.Identifier(name.namespace, name.name)
    query: sql.Composable = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table)
    if row:
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            table,
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )
    try:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(
                sql.SQL("{} RETURNING *").format(query), list(row.values())
            ).fetchone()
    except psycopg.Error:
        return None
