"""Drift of databases that people really have: made by their projects' own migrations.

The witness is a second database, made by Prisma's SQL for the same schema, and one query over both
catalogs. What is reported differs between the two, and what differs is reported.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from snapkit.core.drift import DriftKind, drift
from snapkit.pg.catalog import read_catalog
from snapkit.pg.server import bundled_bindir
from snapkit.pg.session import connect
from snapkit.prisma import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.core.drift import Drift
    from snapkit.core.schema import Schema
    from snapkit.pg.server import EmbeddedServer

SHARED = Path(__file__).parents[3] / "shared" / "corpus" / "schemas"
FOLDERS = [
    path.parent
    for path in sorted(SHARED.glob("*/migrations.sql"))
    if (path.parent / "ddl.sql").exists()
]
# A join table's key since Prisma 6, and before: both are Prisma's own.
JOIN_KEYS = {'t t btree ("A", "B")', 'f t btree ("A", "B")'}
Things: TypeAlias = "dict[tuple[str, str, str], str]"  # what is there, by sort, table and name

WITNESS = r"""
SELECT 'table', c.oid::regclass::text, '', c.relkind::text
  FROM pg_class c WHERE relkind IN ('r', 'p') AND {here}
UNION ALL
SELECT 'column', c.oid::regclass::text, attname,
       concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attgenerated,
                 (atthasdef OR attidentity <> '') AND coalesce(
                   pg_get_expr(adbin, adrelid) !~* '^NULL(::|$)', true))
  FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
 WHERE relkind IN ('r', 'p') AND {here}
UNION ALL
SELECT 'index', indrelid::regclass::text, c.relname, concat_ws(' ', indisprimary, indisunique,
       regexp_replace(pg_get_indexdef(c.oid), '^.* USING ', ''))
  FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE {here}
UNION ALL
SELECT CASE contype WHEN 'f' THEN 'foreign key' ELSE 'check' END, conrelid::regclass::text, conname,
       CASE contype WHEN 'f' THEN pg_get_constraintdef(c.oid) END
  FROM pg_constraint c WHERE contype IN ('f', 'c') AND conrelid <> 0 AND {constraint}
UNION ALL
SELECT 'enum value', t.oid::regtype::text, enumlabel, ''
  FROM pg_enum JOIN pg_type t ON t.oid = enumtypid
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, '' FROM pg_trigger WHERE NOT tgisinternal
"""
HERE = "c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"

# Which sort of thing a report speaks of; `item` is its name.
SORTS = {
    DriftKind.MISSING_TABLE: "table",
    DriftKind.UNMODELLED: "table",
    DriftKind.MISSING_COLUMN: "column",
    DriftKind.EXTRA_COLUMN: "column",
    DriftKind.TYPE: "column",
    DriftKind.NULLABILITY: "column",
    DriftKind.DEFAULT: "column",
    DriftKind.GENERATED: "column",
    DriftKind.PRIMARY_KEY: "index",
    DriftKind.MISSING_UNIQUE: "index",
    DriftKind.EXTRA_UNIQUE: "index",
    DriftKind.MISSING_INDEX: "index",
    DriftKind.EXTRA_INDEX: "index",
    DriftKind.SPECIAL_INDEX: "index",
    DriftKind.MISSING_FOREIGN_KEY: "foreign key",
    DriftKind.EXTRA_FOREIGN_KEY: "foreign key",
    DriftKind.REFERENTIAL_ACTION: "foreign key",
    DriftKind.FOREIGN_KEY_STATE: "foreign key",
    DriftKind.INDEX_OPTION: "index",
    DriftKind.NOT_VALIDATED: "check",
    DriftKind.CHECK: "check",
    DriftKind.TRIGGER: "trigger",
    DriftKind.MISSING_VALUE: "enum value",
    DriftKind.EXTRA_VALUE: "enum value",
}
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no corpus at {SHARED}")


def load(conninfo: str, script: str) -> None:
    """Run a script statement by statement, as migrations with CONCURRENTLY need it."""
    # some migrations do not end their last statement: Prisma runs each file by itself
    text = re.sub(r"^(?=-- \d{14})", ";\n", script, flags=re.MULTILINE)
    command = [str(bundled_bindir() / "psql"), "-Xqv", "ON_ERROR_STOP=1", "-d", conninfo]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def things(conninfo: str) -> Things:
    """Everything in a database, by a query of the test's own."""
    query = WITNESS.format(here=HERE, constraint=HERE.replace("relnamespace", "connamespace"))
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute(query.encode()).fetchall()
    return {(sort, unquoted(table), name): what or "" for sort, table, name, what in rows}


def unquoted(table: str) -> str:
    return table.replace('"', "").removeprefix("public.")


def key_of(one: Drift) -> tuple[str, str, str]:
    return (SORTS.get(one.kind, ""), str(one.table), one.item)


def differing(ours: Things, prismas: Things) -> set[tuple[str, str, str]]:
    return {key for key in ours.keys() | prismas.keys() if ours.get(key) != prismas.get(key)}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def case(
    request: pytest.FixtureRequest, make_database: Callable[[], str], server: EmbeddedServer
) -> tuple[Schema, tuple[Drift, ...], Things, Things]:
    """A project's schema, the drift of its own database, and what both databases hold."""
    folder: Path = request.param
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.prisma"))
    schema = parse([(path, (folder / path).read_bytes().decode()) for path in paths])
    found: list[str] = []
    for script in ("migrations.sql", "ddl.sql"):
        # as a superuser, who may install extensions
        found.append(server.conninfo(str(conninfo_to_dict(make_database())["dbname"])))
        load(found[-1], (folder / script).read_text("utf-8"))
    with connect(found[0]) as session:
        reported = drift(schema, read_catalog(session))
    return schema, reported, things(found[0]), things(found[1])


def test_reported_drift_is_real_and_none_is_missed(
    case: tuple[Schema, tuple[Drift, ...], Things, Things],
    record_property: Callable[[str, object], None],
) -> None:
    schema, reported, ours, prismas = case
    record_property("drift", dict(Counter(str(one.kind) for one in reported if one.is_drift)))
    differences = differing(ours, prismas)

    false = [str(one) for one in reported if not is_confirmed(one, differences, ours, prismas)]
    assert false == []

    named = {key_of(one) for one in reported}
    named |= {
        (sort, str(one.table), name)
        for one in reported
        if one.kind is DriftKind.CONSTRAINT_NAME
        for name in (one.item, one.expected)
        for sort in ("index", "foreign key")
    }
    whole = {str(one.table) for one in reported if SORTS.get(one.kind) == "table"}
    whole |= {str(one.table) for one in reported if one.kind.endswith("enum")}
    joins = {str(join.name) for join in schema.join_tables}
    allowed = {key for key in differences if key[1] in joins and is_join_key(key, ours, prismas)}
    missed = {key for key in differences - named - allowed if key[1] not in whole}
    assert missed == set()


def is_join_key(key: tuple[str, str, str], ours: Things, prismas: Things) -> bool:
    """Whether it is the key of a join table, which stands in both, in one shape or the other."""
    shapes = [
        {what for other, what in there.items() if other[:2] == key[:2]} & JOIN_KEYS
        for there in (ours, prismas)
    ]
    return all(shapes) and {ours.get(key), prismas.get(key)} - {None} <= JOIN_KEYS


def is_confirmed(
    one: Drift, differences: set[tuple[str, str, str]], ours: Things, prismas: Things
) -> bool:
    """Whether the two databases differ where a report says so."""
    name = str(one.table)
    match one.kind:
        case DriftKind.CONSTRAINT_NAME:
            sorts = ("index", "foreign key")
            return any(
                (sort, name, one.item) in ours.keys() - prismas.keys()
                and (sort, name, one.expected) in prismas.keys() - ours.keys()
                for sort in sorts
            )
        case DriftKind.MISSING_ENUM | DriftKind.EXTRA_ENUM:
            return any(key[:2] == ("enum value", name) for key in differences)
        case DriftKind.VIEW:
            return True  # Prisma's SQL makes no views
        case _:
            return key_of(one) in differences
