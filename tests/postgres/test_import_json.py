"""Old dumps on a real server: the shop as the old tool wrote it is the shop that a backup holds."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from rich.cells import cell_len

from snapkit.core.plan import OnError
from snapkit.core.schema import Schema
from snapkit.demo import build, schema_path
from snapkit.errors import PlanError, UsageError
from snapkit.pg.session import connect
from snapkit.pg.target import Target
from snapkit.store import Snapshot, Store
from snapkit.workflows.backup import backup
from snapkit.workflows.check import check
from snapkit.workflows.import_json import ImportResult, import_json
from snapkit.workflows.restore import restore
from snapkit.workflows.schema_files import find_schema, read_schema
from snapkit.workflows.verify import verify
from tests.cli import CommandLine
from tests.factories import HOSTILE_NAMES, name_of
from tests.old_dump import as_base64, dump
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.core.schema import Model
    from snapkit.pg.server import EmbeddedServer

Digests = dict[str, tuple[int, str]]

# What an old dump cannot tell: JSON verbatim, `null` in a column that may be NULL as well, and (to
# a schema) that a column is the database's to compute.
VERBATIM = {"ext_listhoadon"}
NULLS = {"page", "role_permission"}
COMPUTED = {"product"}
SAME_ROWS = """
SELECT (SELECT md5(string_agg(ttkhac::jsonb::text, ',' ORDER BY id)) FROM ext_listhoadon),
       (SELECT md5(string_agg(concat(nullif(meta::text, 'null')::jsonb), ',' ORDER BY id))
        FROM page),
       (SELECT md5(string_agg(concat(nullif(conditions, 'null')), ','
                              ORDER BY role_id, permission_id)) FROM role_permission)
"""


# one worker builds the shop and its dump, once
one_shop = pytest.mark.xdist_group("old dump")


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop, its schema, a backup of it, and what that holds of each table."""

    target: Target
    schema: Schema
    store: Store
    snapshot: Snapshot
    folder: Path

    @property
    def digests(self) -> Digests:
        return digests_of(self.snapshot)


def digests_of(snapshot: Snapshot) -> Digests:
    return {table.name: (table.rows, table.digest) for table in snapshot.manifest.tables}


def different(found: Digests, expected: Digests) -> set[str]:
    assert found.keys() == expected.keys()
    return {name for name, digest in expected.items() if found[name] != digest}


@pytest.fixture(scope="module")
def shop(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop for the tests that only look at it, dumped with field names and Buffers."""
    name = f"shop_{secrets.token_hex(4)}"
    conninfo = server.create_database(name, owner="app")
    with connect(conninfo) as session:
        build(session)
    target, place = target_of(conninfo), tmp_path_factory.mktemp("old")
    source = find_schema(schema_path(), place)
    assert source is not None
    schema = read_schema(source)
    store = Store(place / "store")
    snapshot = backup(target, store, schema=schema).snapshot
    folder = place / "dump"
    assert sum(dump(target, schema, folder).values()) == 54_923
    yield Shop(target, schema, store, snapshot, folder)
    with psycopg.connect(server.conninfo(), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def imported(result: ImportResult) -> Snapshot:
    assert list(map(str, result.problems)) == []
    assert result.snapshot is not None
    return result.snapshot


def query(target: Target, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(**target.connect_arguments()) as connection:  # type: ignore[arg-type]
        return connection.execute(statement.encode()).fetchall()


def model_name(model: Model) -> str:
    return model.name


@one_shop
def test_dump_by_fields_is_the_backup(shop: Shop, store: Store, empty_target: Target) -> None:
    found = imported(import_json(shop.folder, store, schema=shop.schema, target=shop.target))
    assert different(digests_of(found), shop.digests) == VERBATIM | NULLS
    assert (found.manifest.rows, len(found.manifest.tables), found.manifest.has_ddl) == (
        54_923,
        108,
        True,
    )
    assert check(found).verdict == "match"
    result = restore(empty_target, found)
    assert (result.report.verdict, result.rows_restored) == ("match", 54_923)
    assert query(empty_target, SAME_ROWS) == query(shop.target, SAME_ROWS)
    against_backup = verify(empty_target, shop.snapshot, named_rows=0)
    assert {f.table.name for f in against_backup.mismatches} == VERBATIM | NULLS


@one_shop
def test_dump_by_columns_typed_by_the_schema_is_the_backup(
    shop: Shop, store: Store, empty_target: Target, tmp_path: Path
) -> None:
    folder = tmp_path / "dump"
    dump(
        shop.target,
        shop.schema,
        folder,
        file_of=model_name,
        by_column=True,
        value_of=as_base64,
    )
    found = imported(import_json(folder, store, schema=shop.schema))
    assert different(digests_of(found), shop.digests) == VERBATIM | NULLS | COMPUTED
    assert (found.manifest.rows, found.manifest.has_ddl) == (54_923, False)
    with pytest.raises(PlanError, match="imported without a database"):
        restore(empty_target, found)
    run(empty_target, files("snapkit.demo").joinpath("schema.sql").read_text("utf-8"))
    result = restore(empty_target, found)
    assert (result.report.verdict, result.rows_restored) == ("match", 54_923)
    assert query(empty_target, SAME_ROWS) == query(shop.target, SAME_ROWS)


@one_shop
def test_sequences_come_back_after_the_greatest_number(
    shop: Shop, store: Store, tmp_path: Path
) -> None:
    for name in ("categories", "users"):
        (tmp_path / f"{name}.json").write_bytes((shop.folder / f"{name}.json").read_bytes())
    found = imported(import_json(tmp_path, store, schema=shop.schema, target=shop.target))
    known = {s.owner_table: s for s in found.manifest.sequences if s.owner_table}
    ((greatest,),) = query(shop.target, "SELECT max(id) FROM categories")
    categories = known[name_of("categories")]
    assert (categories.last_value, categories.is_called) == (greatest, True)


@one_shop
def test_rows_that_the_old_tool_lost_are_named_against_the_shop(
    shop: Shop, store: Store, tmp_path: Path
) -> None:
    """422 rows: the snapshot is what the folder holds, and a comparison counts what it lacks."""
    lost = {"aff_clicks": 400, "website_setting": 22}
    for name, rows in lost.items():
        whole = json.loads((shop.folder / f"{name}.json").read_bytes())
        put(tmp_path, **{name: whole[rows:]})
    result = import_json(tmp_path, store, schema=shop.schema, target=shop.target)
    found = imported(result)
    expected = sum(shop.digests[name][0] for name in lost) - 422
    assert found.manifest.rows == sum(file.rows for file in result.files) == expected
    assert len(result.empty) == 106
    report = verify(shop.target, found, named_rows=0)
    assert {f.table.name: f.extra for f in report.mismatches if f.table.name in lost} == lost
    assert sum(f.extra for f in report.mismatches) == 54_923 - expected


SMALL = """
datasource db {
  provider = "postgresql"
}
model Person {
  id      Int      @id @default(autoincrement())
  email   String?  @unique @db.Citext
  born    DateTime? @db.Date
  score   Float?
  mood    Mood?
  address String?  @db.Inet
  pets    Pet[]
  @@map("people")
}
model Pet {
  id      Int    @id
  ownerId Int    @map("owner_id")
  owner   Person @relation(fields: [ownerId], references: [id])
  name    String
}
enum Mood {
  GOOD @map("good")
  BAD  @map("bad")
}
"""
SMALL_TABLES = """
CREATE TYPE "Mood" AS ENUM ('good', 'bad');
CREATE DOMAIN short AS text CHECK (length(value) <= 5);
CREATE TABLE people (score double precision, id serial PRIMARY KEY, email text UNIQUE, born date,
  mood "Mood", address inet, twice double precision GENERATED ALWAYS AS (score * 2) STORED);
CREATE TABLE "Pet" (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES people,
  name short NOT NULL, seen int4range);
CREATE TABLE _prisma_migrations (id text PRIMARY KEY);
CREATE TABLE noted (id int PRIMARY KEY, at timestamptz) PARTITION BY RANGE (id);
CREATE TABLE noted_1 PARTITION OF noted FOR VALUES FROM (1) TO (1000);
"""


TOO_LONG = 'value for domain public.short violates check constraint "short_check"'


@pytest.fixture
def small(empty_target: Target, tmp_path: Path) -> tuple[Target, Schema, Path]:
    """A database whose columns are in another order than the schema's fields; an empty folder."""
    run(empty_target, SMALL_TABLES)
    (tmp_path / "schema.prisma").write_text(SMALL, "utf-8")
    source = find_schema(tmp_path / "schema.prisma", tmp_path)
    assert source is not None
    (tmp_path / "dump").mkdir()
    return empty_target, read_schema(source), tmp_path / "dump"


def put(folder: Path, **rows: object) -> None:
    for name, value in rows.items():
        (folder / f"{name}.json").write_text(json.dumps(value), "utf-8")


def test_server_reads_what_the_schema_cannot_type(
    small: tuple[Target, Schema, Path], store: Store
) -> None:
    target, schema, folder = small
    people = [
        {"id": 5, "score": 1e15, "mood": "GOOD", "address": "10.0.0.1/32", "twice": 7},
        {"id": 6, "score": None, "mood": "bad", "email": "a"},
    ]
    put(folder, people=people, pets=[{"id": 1, "owner_id": 5, "name": "x", "seen": "(2,5]"}])
    found = imported(import_json(folder, store, schema=schema, target=target))
    restore(target, found)
    columns = "score::text, p.id, email, born, mood, address::text, twice, q.id, owner_id, name"
    assert query(target, f'SELECT {columns}, seen::text FROM people p, "Pet" q ORDER BY p.id') == [
        ("1e+15", 5, None, None, "good", "10.0.0.1/32", 2e15, 1, 5, "x", "[3,6)"),
        (None, 6, "a", None, "bad", None, None, 1, 5, "x", "[3,6)"),
    ]


def test_without_a_schema_tables_come_from_the_database(
    small: tuple[Target, Schema, Path], store: Store
) -> None:
    target, _, folder = small
    put(folder, People=[{"ID": 1, "email": "x"}])
    result = import_json(folder, store, target=target)
    found = imported(result)
    assert [table.name for table in found.manifest.tables] == ["people"]
    assert result.left_out == tuple(map(name_of, ("Pet", "_prisma_migrations", "noted_1")))
    assert [s.last_value for s in found.manifest.sequences] == [1]


def test_what_the_server_refuses_is_named_by_file_field_and_row(
    small: tuple[Target, Schema, Path], store: Store
) -> None:
    target, schema, folder = small
    pets = [
        {"id": number, "ownerId": 1, "name": "too long" if number % 4 == 0 else "x"}
        for number in range(1, 10)
    ]
    pets[1]["seen"] = "some"
    pets[5]["nope"] = 1
    put(folder, people=[{"id": 1}], Pet=pets)
    before = query(target, "SELECT count(*) FROM pg_class")
    result = import_json(folder, store, schema=schema, target=target)
    assert result.snapshot is None
    assert list(map(str, result.problems)) == [
        "Pet.json, row 2: field 'seen' malformed range literal: \"some\"",
        f"Pet.json, rows 4, 8: field 'name' {TOO_LONG}",
        "Pet.json, row 6: field 'nope' is unknown",
    ]
    assert query(target, "SELECT count(*) FROM pg_class") == before
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_quarantine_accounts_for_rows_that_either_side_refuses(
    small: tuple[Target, Schema, Path], store: Store
) -> None:
    target, schema, folder = small
    people = [
        {"id": number, "email": f"{number // 2}@x", "address": "::1"} for number in range(1, 9001)
    ]
    people[10]["id"] = "eleven"
    people[20]["mood"] = "SAD"
    put(folder, people=people, Pet=[{"id": 1, "ownerId": 1, "name": "too long"}])
    result = import_json(folder, store, schema=schema, target=target, on_error=OnError.QUARANTINE)
    assert result.snapshot is not None
    assert result.quarantine is not None
    kept = list(map(json.loads, (result.quarantine / "rows.jsonl").read_bytes().splitlines()))
    counts = {file.file: (file.rows, file.digest.rows, file.quarantined) for file in result.files}
    assert counts["Pet.json"] == (1, 0, 1)
    assert counts["people.json"][0] == 9000 == sum(counts["people.json"][1:])
    assert len(kept) == result.rows_quarantined == sum(p.rows for p in result.problems)
    assert [row["sqlstate"] for row in kept if row["name"] == "Pet"] == ["23514"]
    assert restore(target, result.snapshot).report.verdict == "match"
    assert query(target, "SELECT count(*) FROM people") == [(counts["people.json"][1],)]


def test_file_for_a_partitioned_table_is_named(
    small: tuple[Target, Schema, Path], store: Store
) -> None:
    target, schema, folder = small
    put(folder, noted=[{"id": 1}], noted_1=[{"id": 1, "at": "2025-11-01T00:00:00.000Z"}])
    result = import_json(folder, store, schema=schema, target=target)
    assert list(map(str, result.problems)) == [
        "noted.json: is a partitioned table: its rows lie in partitions, which no file names"
    ]
    (folder / "noted.json").unlink()
    found = imported(import_json(folder, store, schema=schema, target=target))
    assert {t.name: t.rows for t in found.manifest.tables} == {"Pet": 0, "people": 0, "noted_1": 1}


def test_model_without_a_table_is_named(small: tuple[Target, Schema, Path], store: Store) -> None:
    target, schema, folder = small
    run(target, 'DROP TABLE "Pet"')
    put(folder, people=[])
    result = import_json(folder, store, schema=schema, target=target)
    assert [problem.what for problem in result.problems] == [
        "model Pet: the database has no table Pet"
    ]


def test_database_without_tables_is_wrong_usage(empty_target: Target, tmp_path: Path) -> None:
    put(tmp_path, people=[])
    with pytest.raises(UsageError, match="the database has no tables"):
        import_json(tmp_path, Store(tmp_path / "s"), target=empty_target)


def test_hostile_names_go_there_and_back(
    database_pair: tuple[str, str], store: Store, tmp_path: Path
) -> None:
    source, copy = map(target_of, database_pair)
    for number, name in enumerate(HOSTILE_NAMES):
        table, column = (sql.Identifier(text).as_string() for text in (name, name + "x"))
        column = column if len(name) < 63 else '"x"'
        run(source, f"CREATE TABLE {table} (id int PRIMARY KEY, {column} jsonb NOT NULL)")
        run(source, f"""INSERT INTO {table} VALUES ({number}, '{{"a": null}}')""")
        if "/" not in name:
            rows = [{"id": number, (name + "x" if len(name) < 63 else "x"): {"a": None}}]
            put(tmp_path, **{name: rows})
    result = import_json(tmp_path, store, target=source)
    found = imported(result)
    assert [name.name for name in result.left_out] == sorted(
        name for name in HOSTILE_NAMES if "/" in name
    )
    expected = digests_of(backup(source, store).snapshot)
    assert digests_of(found) == {n: d for n, d in expected.items() if "/" not in n}
    assert restore(copy, found).report.verdict == "match"


@pytest.fixture
def call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SNAPKIT_STORE", raising=False)
    return CommandLine(capsys)


def conninfo_of(target: Target) -> str:
    return " ".join(f"{key}='{value}'" for key, value in target.connect_arguments().items())


def test_command_imports_restores_and_verifies(
    small: tuple[Target, Schema, Path], call: CommandLine
) -> None:
    target, _, folder = small
    named = conninfo_of(target)
    put(folder, people=[{"id": 1}], Pet=[{"id": 1, "ownerId": 1, "name": "x"}])
    found = call("import-json", folder, "-d", named)
    assert found.code == 0
    assert max(map(cell_len, (found.out + found.err).splitlines())) <= 80
    words = " ".join(found.out.split())
    assert "2 tables, 2 rows" in words
    assert "2 tables that neither a file nor a model names, left out" in words
    assert call("restore", "latest", "-d", named, "--quiet").code == 0
    assert call("verify", "latest", "-d", named, "--quiet").code == 0
    document = call("import-json", folder, "-d", named, "--no-schema", "--json").document
    assert (document["exit_code"], document["rows"], document["has_ddl"]) == (0, 2, True)


def test_command_names_problems_and_leaves_the_database_alone(
    small: tuple[Target, Schema, Path], call: CommandLine
) -> None:
    target, _, folder = small
    named = conninfo_of(target)
    put(folder, people=[{"id": 1}], Pet=[{"id": 1, "ownerId": 1, "name": "too long"}])
    found = call("import-json", folder, "-d", named)
    assert (found.code, query(target, "SELECT count(*) FROM people")) == (1, [(0,)])
    assert f"row 1: field 'name' {TOO_LONG}" in " ".join(found.out.split())
    found = call("import-json", folder, "-d", named, "--on-error", "quarantine", "--json")
    assert (found.code, found.document["rows_quarantined"]) == (4, 1)


def test_command_says_when_the_server_is_not_there(call: CommandLine, tmp_path: Path) -> None:
    put(tmp_path, users=[])
    found = call("import-json", tmp_path, "-d", "host=127.0.0.1 port=1 dbname=x", "--no-schema")
    assert found.code == 12
