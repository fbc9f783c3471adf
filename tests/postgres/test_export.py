"""Exports of real databases: other programs read what the server holds.

The witnesses are the server's own COPY … CSV, and psycopg, which reads values by itself.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from psycopg import sql
from pyarrow import parquet

from snapkit.core.export_values import ExportFormat
from snapkit.core.names import TableName
from snapkit.errors import ManifestError
from snapkit.pg.copy import column_list, identifier
from snapkit.pg.digest import sql_digest
from snapkit.pg.rows import RowSource
from snapkit.pg.session import connect
from snapkit.workflows.backup import backup
from snapkit.workflows.export import export
from tests.postgres.conftest import run, target_of
from tests.postgres.test_hostile import HOSTILE_NAMES
from tests.snapshots import flip_bit, part_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.core.manifest import TableEntry
    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.session import Session
    from snapkit.pg.target import Target
    from snapkit.store import Store

HERE = Path(__file__).parent
SUBJECTS = pytest.mark.parametrize(
    "subject", ["sample.sql", "zoo/types.sql", "ordinary", "names", "large objects"]
)
ORDINARY = """
CREATE TABLE ordinary (id integer PRIMARY KEY, b boolean, s smallint, big bigint, n numeric(10,2), wide numeric(65,30), r real, f double precision,
    raw bytea, d date, c time(3), t timestamp(3), z timestamptz, j jsonb, u uuid, ints integer[], bools boolean[], texts text[], raws bytea[], days date[], ns numeric(4,1)[]);
INSERT INTO ordinary VALUES
    (1, true, -32768, -9223372036854775808, -99999999.99, 12345678901234567890123456789012345.000000000000000000000000000001, 0.1, 0.1, '\\x00ff', '0001-01-01', '23:59:59.999',
     '0001-01-01', '0001-01-01 00:00+00', '{"a": [1.10, null]}', '00000000-0000-0000-0000-000000000001', '{1,NULL}', '{t,f,NULL}', ARRAY['', 'NULL', NULL, 'a"b\\c'], ARRAY['\\x00'::bytea], '{2024-02-29,NULL}', '{1.5}'),
    (2, false, 32767, 9223372036854775807, 0, 0, 'NaN', '-Infinity', '', '9999-12-31', '00:00', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999+00', 'null', NULL, '{}', '{}', '{}', '{}', '{}', '{}'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, true, 1, 1, 1.50, 1, -0.0, 1e-300, '\\x5c', '1582-10-10', '12:34:56.789', '2024-02-29 12:00:00.123', '2024-02-29 12:00:00.000001+07', '1', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""  # noqa: E501
LARGE_OBJECTS = """
SELECT lo_create(70001), lo_from_bytea(70002, '\\x00ff'), lo_from_bytea(70003, decode(repeat('deadbeef5c0a', 100000), 'hex'));
COMMENT ON LARGE OBJECT 70002 IS 'a "comment"';
"""  # noqa: E501
SCRIPTS = {"ordinary": ORDINARY, "names": HOSTILE_NAMES, "large objects": LARGE_OBJECTS}

# What psycopg makes values of that JSON has, too; all others are compared as texts.
READ_ALIKE = frozenset(
    {"boolean", "smallint", "integer", "oid", "real", "double precision", "bytea", "json", "jsonb"}
)


@pytest.fixture
def settled(server: EmbeddedServer, make_database: Callable[[], str], subject: str) -> Target:
    """A database of one subject."""
    target = target_of(make_database())
    if subject == "zoo/types.sql":  # of its extensions, one must be made by a superuser
        admin = target_of(server.conninfo(dict(target.keywords)["dbname"]))
        run(admin, "CREATE EXTENSION vector SCHEMA public")
    run(target, SCRIPTS.get(subject) or (HERE / subject).read_text("utf-8"))
    return target


def exported(
    target: Target, store: Store, folder: Path, format_: ExportFormat
) -> list[tuple[TableEntry, Path]]:
    """Back up and export; every table with its file."""
    manifest = backup(target, store).snapshot.manifest
    result = export(store.open("latest"), folder, format_=format_)
    assert result.rows == manifest.rows
    assert len(result.tables) == len(manifest.data_tables)
    return [(manifest.by_table[table.table], folder / table.file) for table in result.tables]


def read(session: Session, entry: TableEntry, name: str, form: str = "{c}") -> list[Any]:
    """One column as psycopg reads it, in the order of COPY."""
    value = sql.SQL(form).format(c=sql.Identifier(name))
    query = sql.SQL("SELECT {} FROM {}").format(value, RowSource(entry.table).relation)
    return [value for (value,) in session.connection.execute(query)]


def read_texts(session: Session, entry: TableEntry, name: str) -> list[Any]:
    """One column as the texts that COPY prints."""
    form = "CASE WHEN {c} IS NOT DISTINCT FROM NULL THEN NULL ELSE concat({c}) END"
    return read(session, entry, name, form)


def comparable(value: Any) -> Any:  # noqa: ANN401 -- any value
    """A value such that NaN is itself and -0 is not 0."""
    if isinstance(value, list):
        return [comparable(element) for element in value]
    return repr(value) if isinstance(value, float) else value


@SUBJECTS
def test_csv_loads_back_with_the_same_digest(settled: Target, store: Store, tmp_path: Path) -> None:
    tables = exported(settled, store, tmp_path / "out", ExportFormat.CSV)
    copy = RowSource(TableName("public", "the copy"))
    name = identifier(copy.table)
    with connect(settled) as session:
        for entry, file in tables:
            columns = column_list(entry.column_names)
            session.execute(
                sql.SQL("CREATE TABLE {} AS SELECT {} FROM {} WITH NO DATA").format(
                    name, columns, RowSource(entry.table).relation
                )
            )
            header = "COPY {} FROM STDIN (FORMAT csv, HEADER match)"
            with session.connection.cursor().copy(sql.SQL(header).format(name)) as loading:
                loading.write(file.read_bytes())
            assert sql_digest(session, copy, entry.column_names).hex == entry.digest, entry.table
            session.execute(sql.SQL("DROP TABLE {}").format(name))


def from_json(type_: str, value: Any) -> Any:  # noqa: ANN401 -- JSON
    """What psycopg reads where JSON holds this."""
    if isinstance(value, list) and type_.endswith("[]"):
        return [from_json(type_.removesuffix("[]"), element) for element in value]
    if value is not None and type_ == "bytea":
        return base64.b64decode(value)
    return float(value) if value is not None and type_ in {"real", "double precision"} else value


@SUBJECTS
def test_jsonl_holds_what_psycopg_reads(settled: Target, store: Store, tmp_path: Path) -> None:
    tables = exported(settled, store, tmp_path / "out", ExportFormat.JSONL)
    with connect(settled) as session:
        for entry, file in tables:
            rows = [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
            assert len(rows) == entry.rows
            for name, type_ in ((column.name, column.type) for column in entry.columns):
                found = [row.get(name) for row in rows]
                texts = read_texts(session, entry, name)
                if type_ in {"json", "jsonb"}:
                    assert [name not in row for row in rows] == [text is None for text in texts]
                scalar = type_.removesuffix("[]")
                if scalar in READ_ALIKE:
                    values = read(session, entry, name)
                elif scalar not in {type_, "box"}:
                    values = read(session, entry, name, "{c}::text[]")
                else:
                    values = texts
                expected = [
                    text if isinstance(item, str) and text.startswith("[") else value
                    for item, value, text in zip(found, values, texts, strict=True)
                ]
                converted = [from_json(type_, item) for item in found]
                assert comparable(converted) == comparable(expected), (entry.table, name)


def from_arrow(arrow: str, value: Any) -> Any:  # noqa: ANN401 -- any value
    """A value with the digits that it has in PostgreSQL: a float of 32 bits has fewer."""
    if arrow != "float" or value is None:
        return value
    return float(str(np.float32(value)))


@SUBJECTS
def test_parquet_holds_what_psycopg_reads(settled: Target, store: Store, tmp_path: Path) -> None:
    tables = exported(settled, store, tmp_path / "out", ExportFormat.PARQUET)
    with connect(settled) as session:
        for entry, file in tables:
            table = parquet.read_table(file)
            assert table.column_names == list(entry.column_names)
            for name, type_ in ((column.name, column.type) for column in entry.columns):
                arrow = str(table.schema.field(name).type)
                found = [from_arrow(arrow, value) for value in table.column(name).to_pylist()]
                assert len(found) == entry.rows
                if arrow == "string":
                    values = read_texts(session, entry, name)
                elif arrow == "list<element: string>":
                    values = read(session, entry, name, "{c}::text[]")
                else:
                    values = read(session, entry, name)
                assert comparable(found) == comparable(values), (entry.table, name, type_)


@pytest.mark.parametrize("subject", ["ordinary"])
def test_parquet_has_a_type_of_the_same_meaning(
    settled: Target, store: Store, tmp_path: Path
) -> None:
    ((_, file),) = exported(settled, store, tmp_path / "out", ExportFormat.PARQUET)
    schema = parquet.read_schema(file)
    assert [name for name in schema.names if schema.field(name).type == "string"] == ["j", "u"]


@pytest.mark.parametrize("subject", ["sample.sql"])
@pytest.mark.parametrize("format_", ExportFormat)
def test_damaged_snapshot_is_not_exported(
    settled: Target, store: Store, tmp_path: Path, format_: ExportFormat
) -> None:
    snapshot = backup(settled, store).snapshot
    flip_bit(snapshot.path / part_of(snapshot, "note").path, 20)
    with pytest.raises(ManifestError, match="damaged"):
        export(snapshot, tmp_path / "out", format_=format_)
    assert not (tmp_path / "out").exists()
