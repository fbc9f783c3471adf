"""The databases that are measured, each built by SQL in an empty one; always the same rows.

The larger shop is the demo's several times over, keys and references moved together, so that every
constraint holds. Tables whose keys have no room (the provinces, by two letters) are there once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.demo import advance_sequences, build
from snapkit.pg.alter import add_constraint, drop_constraint
from snapkit.pg.catalog import read_catalog
from snapkit.pg.copy import identifier
from snapkit.pg.session import Session, connect
from snapkit.pg.target import parse_target

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog, Column, Table
    from snapkit.core.names import TableName

MEGABYTE = 1024 * 1024
_COPIED_KEYS = {  # how a key's value of each type becomes another's
    "integer": "{column} + copy * 10000000",
    "bigint": "{column} + copy * 10000000",
    "uuid": "md5({column}::text || copy)::uuid",
    "bytea": "sha256({column} || int4send(copy))",
    "text": "{column} || '~' || copy",
    "character varying": "left({column}, {length} - 3) || '~' || lpad(copy::text, 2, '0')",
}
_TYPE = re.compile(r"(?P<name>[a-z ]+)(?:\((?P<length>\d+)\))?")


@dataclass(frozen=True, slots=True)
class Database:
    """One of them: its name, which tells its size too, and what builds it in an empty one."""

    name: str
    build: Callable[[Session], None]


def shop(copies: int) -> Database:
    """The demo's shop, so many times over."""

    def built(session: Session) -> None:
        build(session)
        if copies > 1:
            _multiply(session, copies)

    return Database(f"shop_{copies}", built)


def narrow(rows: int) -> Database:
    """One table of short rows."""

    def built(session: Session) -> None:
        session.execute(
            "CREATE TABLE public.reading (id bigint PRIMARY KEY, sensor int NOT NULL,"
            " at timestamptz(0) NOT NULL, value real)"
        )
        session.execute(
            "INSERT INTO public.reading SELECT n, n % 1000,"
            " timestamptz '2026-01-01 00:00Z' + n * interval '1 s',"
            " CASE WHEN n % 50 > 0 THEN (hashint8(n) % 10000) / 16.0 END"
            f" FROM generate_series(1, {rows:d}) AS n"
        )

    return Database(f"narrow_{rows}", built)


def wide(rows: int) -> Database:
    """One table of two hundred columns."""
    kinds = ("int", "text", "numeric(12,2)", "timestamptz(3)", "boolean")
    values = (
        "(n * {c}) % 100003",
        "CASE WHEN (n + {c}) % 3 = 0 THEN md5((n * {c})::text) END",
        "(n * {c}) % 1000000 / 100.0",
        "timestamptz '2026-01-01 00:00Z' + (n + {c}) * interval '1 min'",
        "(n + {c}) % 2 = 0",
    )

    def built(session: Session) -> None:
        columns = ", ".join(f"c{c} {kinds[c % 5]}" for c in range(200))
        session.execute(f"CREATE TABLE public.survey (id int PRIMARY KEY, {columns})".encode())
        cells = ", ".join(values[c % 5].format(c=c + 1) for c in range(200))
        session.execute(
            f"INSERT INTO public.survey SELECT n, {cells}"
            f" FROM generate_series(1, {rows:d}) AS n".encode()
        )

    return Database(f"wide_{rows}", built)


def many(tables: int) -> Database:
    """Small tables, most with rows, each but the first referring to the one before."""

    def built(session: Session) -> None:
        with session.transaction():
            session.execute(
                "DO $$ BEGIN"
                f" FOR n IN 1..{tables:d} LOOP"
                "  EXECUTE format('CREATE TABLE public.t%s (id serial PRIMARY KEY,"
                "   parent int, name text UNIQUE, at timestamptz DEFAULT now())', n);"
                "  IF n > 1 AND n % 100 <> 1 THEN EXECUTE format("
                "   'ALTER TABLE public.t%s ADD FOREIGN KEY (parent) REFERENCES public.t%s',"
                "   n, n - 1); END IF;"
                "  IF n % 4 > 0 THEN EXECUTE format("
                "   'INSERT INTO public.t%s (parent, name, at) SELECT NULL, ''name '' || g,"
                "   timestamptz ''2026-01-01 00:00Z'' + g * interval ''1 h''"
                "   FROM generate_series(1, 20) AS g', n); END IF;"
                " END LOOP; END $$"
            )

    return Database(f"many_{tables}", built)


def large_values(rows: int, size: int) -> Database:
    """One table whose rows hold a text and a bytea of `size` bytes in all, half of each."""

    def built(session: Session) -> None:
        session.execute("CREATE TABLE public.document (id int PRIMARY KEY, words text, scan bytea)")
        session.execute(
            "INSERT INTO public.document SELECT n,"
            f" (SELECT left(string_agg(md5((n * 100000 + g)::text), ' '), {size // 2:d})"
            f"  FROM generate_series(1, {size // 64:d}) AS g),"
            f" (SELECT substr(string_agg(sha256(int4send(n * 100000 + g)), ''), 1, {size // 2:d})"
            f"  FROM generate_series(1, {size // 64 + 1:d}) AS g)"
            f" FROM generate_series(1, {rows:d}) AS n"
        )

    return Database(f"large_{rows}_{size}", built)


def long_row(size: int) -> Database:
    """One table, of one row: a text of `size` bytes that hardly compresses."""

    def built(session: Session) -> None:
        session.execute("CREATE TABLE public.book (id int PRIMARY KEY, words text)")
        session.execute(
            "INSERT INTO public.book SELECT 1, string_agg(md5(n::text), '')"
            f" FROM generate_series(1, {size // 32:d}) AS n"
        )

    return Database(f"row_{size}", built)


def build_in(conninfo: str, database: Database) -> None:
    """Build one of them in an empty database: vacuumed and analyzed as if it had lived a while."""
    with connect(parse_target(conninfo, {}, {})) as session:
        database.build(session)
        session.execute("VACUUM (ANALYZE)")


def _multiply(session: Session, copies: int) -> None:
    with session.transaction():
        catalog = read_catalog(session)
        once = {table.name for table in catalog.data_tables if _has_no_room(table)}
        for key in catalog.foreign_keys:
            drop_constraint(session, key.child, key.name)
        for table in catalog.data_tables:
            if table.name not in once:
                moved = _moved(catalog, table, once)
                session.execute(_copied(table, moved, copies))
        for key in catalog.foreign_keys:
            add_constraint(session, key.child, key)
        advance_sequences(session)


def _has_no_room(table: Table) -> bool:
    types = {column.name: _kind(column) for column in table.columns}
    return any(
        index.is_unique and not any(types[column] in _COPIED_KEYS for column in index.columns)
        for index in table.indexes
    )


def _kind(column: Column) -> str:
    found = _TYPE.fullmatch(column.type)
    return found["name"] if found else ""


def _moved(catalog: Catalog, table: Table, once: set[TableName]) -> set[str]:
    """The columns that keys are made of, or that refer to one that moves."""
    moving, staying = set[str](), set[str]()
    for key in catalog.foreign_keys:
        found = staying if key.parent in once else moving
        if key.child == table.name:
            found.update(key.columns)
        if key.parent == table.name:
            found.update(key.parent_columns)
    unique = {column for index in table.indexes if index.is_unique for column in index.columns}
    return (unique | moving) - staying


def _copied(table: Table, moved: set[str], copies: int) -> sql.Composed:
    names = [sql.Identifier(column.name) for column in table.stored_columns]
    values = [_value(column, is_moved=column.name in moved) for column in table.stored_columns]
    return sql.SQL(
        "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
        " SELECT {values} FROM {table}, generate_series(1, {last}) AS copy"
    ).format(
        table=identifier(table.name),
        names=sql.SQL(", ").join(names),
        values=sql.SQL(", ").join(values),
        last=sql.Literal(copies - 1),
    )


def _value(column: Column, *, is_moved: bool) -> sql.Composable:
    name, found = sql.Identifier(column.name), _TYPE.fullmatch(column.type)
    if not is_moved or found is None or found["name"] not in _COPIED_KEYS:
        return name
    copied = sql.SQL(_COPIED_KEYS[found["name"]])
    return copied.format(column=name, length=sql.Literal(int(found["length"] or 0)))
