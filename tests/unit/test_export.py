"""Exports of small snapshots that no database made: folders, damage, names, what does not fit."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

from snapkit.core.copytext import text_line
from snapkit.core.digest import digest_rows
from snapkit.core.export_values import ExportFormat
from snapkit.core.manifest import ColumnEntry
from snapkit.errors import ManifestError, StorageError, UsageError
from snapkit.store import Snapshot, Store
from snapkit.workflows.export import INDEX, ExportResult, export
from tests.factories import HOSTILE_NAMES, make_entry, make_manifest, name_of, names_of
from tests.snapshots import NOON, flip_bit, make_snapshot, part_of, write_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.names import TableName
    from snapkit.core.progress import Done, Work

ROOT = Path(__file__).resolve().parents[2]
FORMATS = pytest.mark.parametrize("format_", ExportFormat)


def typed_snapshot(
    root: Path, types: dict[str, str], rows: Sequence[Sequence[str | None]], name: str = "t"
) -> Snapshot:
    """A snapshot of one table: its columns with their types, its rows as the server prints them."""
    lines = tuple(map(text_line, rows)) if types else tuple(b"" for _ in rows)
    columns = tuple(ColumnEntry(name=column, type=type_) for column, type_ in types.items())
    with Store(root).create(NOON) as writer:
        entry = replace(make_entry(name), columns=columns, key=())
        part = write_part(writer.path, writer.part_path(1, entry.table, 0), lines)
        digest = digest_rows(lines)
        entry = replace(entry, rows=digest.rows, size=digest.size, digest=digest.hex, parts=(part,))
        return writer.finish(make_manifest(entry, name=writer.id))


def named_snapshot(root: Path, *names: str) -> Snapshot:
    """A snapshot of empty tables."""
    with Store(root).create(NOON) as writer:
        return writer.finish(make_manifest(*map(make_entry, names), name=writer.id))


def files(folder: Path) -> list[str]:
    """Everything in a folder."""
    return sorted(path.name for path in folder.iterdir())


def index(folder: Path) -> dict[str, Any]:
    """What the index says."""
    found: dict[str, Any] = json.loads((folder / INDEX).read_text("utf-8"))
    return found


def to_parquet(snapshot: Snapshot, folder: Path) -> tuple[ExportResult, Any]:
    """Export one table; what was said of it, and pyarrow's table."""
    result = export(snapshot, folder, format_=ExportFormat.PARQUET)
    return result, parquet.read_table(folder / "t.parquet")


def test_jsonl_holds_an_object_per_row(tmp_path: Path) -> None:
    result = export(make_snapshot(tmp_path), tmp_path / "out", format_=ExportFormat.JSONL)
    users = (tmp_path / "out" / "users.jsonl").read_text("utf-8").splitlines()
    assert json.loads(users[-1]) == {"id": "199", "value": "name of user 199"}
    assert (tmp_path / "out" / "orders.jsonl").read_text("utf-8") == (
        '{"id":"1","value":"cafe"}\n{"id":"2","value":null}\n'
    )
    assert [table.rows for table in result.tables] == [200, 2, 0]
    assert result.rows == 202


def test_csv_has_a_header_even_without_rows(tmp_path: Path) -> None:
    export(make_snapshot(tmp_path), tmp_path / "out", format_=ExportFormat.CSV)
    assert (tmp_path / "out" / "orders.csv").read_bytes() == b"id,value\r\n1,cafe\r\n2,\r\n"
    assert (tmp_path / "out" / "empty.csv").read_bytes() == b"id,value\r\n"


@FORMATS
def test_index_names_each_file_with_its_rows(tmp_path: Path, format_: ExportFormat) -> None:
    snapshot = make_snapshot(tmp_path)
    result = export(snapshot, tmp_path / "out", format_=format_)
    found = index(tmp_path / "out")
    assert (found["snapshot"], found["manifest_digest"]) == (snapshot.id, snapshot.manifest_digest)
    assert (found["format"], found["rows"]) == (format_, 202)
    assert {table["file"]: table["rows"] for table in found["tables"]} == {
        f"users.{format_}": 200,
        f"orders.{format_}": 2,
        f"empty.{format_}": 0,
    }
    assert found["tables"][0]["columns"][0] == {"name": "id", "type": "text"}
    sizes = [(tmp_path / "out" / table.file).stat().st_size for table in result.tables]
    assert result.size == sum(sizes)


def test_only_the_named_tables_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(make_snapshot(tmp_path), folder, format_=ExportFormat.CSV, only=names_of("orders"))
    assert files(folder) == [INDEX, "orders.csv"]


def test_progress_is_told_each_byte_once(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    class Told:
        def begin(self, _what: str, work: Sequence[Work] = ()) -> None:
            told.extend((-(item.rows or 0), -item.extent) for item in work)

        def advance(self, _table: TableName, done: Done) -> None:
            told.append((done.rows, done.size))

        def end(self, _table: TableName) -> None:
            pass

    rows = [(str(number), "infinity") for number in range(20_000)]
    snapshot = typed_snapshot(tmp_path, {"id": "integer", "d": "date"}, rows)
    export(snapshot, tmp_path / "out", format_=ExportFormat.PARQUET, progress=Told())
    assert [sum(figures) for figures in zip(*told, strict=True)] == [0, 0]
    assert min(told[1:]) == (0, 0)  # the table is at work


@FORMATS
@pytest.mark.parametrize("damage", ["flip", "truncate", "delete", "swap"])
def test_damaged_part_is_a_manifest_error_and_leaves_nothing(
    tmp_path: Path, format_: ExportFormat, damage: str
) -> None:
    snapshot = make_snapshot(tmp_path / "store")
    path, other = (snapshot.path / part_of(snapshot, "users", place).path for place in (1, 0))
    match damage:
        case "flip":
            flip_bit(path, path.stat().st_size // 2)
        case "truncate":
            path.write_bytes(path.read_bytes()[:-1])
        case "delete":
            path.unlink()
        case _:
            path.write_bytes(other.read_bytes())
    with pytest.raises(ManifestError):
        export(snapshot, tmp_path / "new" / "out", format_=format_)
    assert not (tmp_path / "new").exists()


def test_rows_other_than_the_manifests_are_a_manifest_error(tmp_path: Path) -> None:
    with Store(tmp_path / "store").create(NOON) as writer:
        part = write_part(writer.path, "data/1-t.0.copy.zst", (b"1\tone",))
        entry = replace(make_entry("t"), rows=1, digest="0" * 64, parts=(part,))
        snapshot = writer.finish(make_manifest(entry, name=writer.id))
    with pytest.raises(ManifestError, match="do not hold the manifest's rows"):
        export(snapshot, tmp_path / "out", format_=ExportFormat.CSV)
    assert not (tmp_path / "out").exists()


def test_row_of_other_columns_is_a_manifest_error(tmp_path: Path) -> None:
    with Store(tmp_path / "store").create(NOON) as writer:
        part = write_part(writer.path, "data/1-t.0.copy.zst", (b"1\tone\tmore",))
        entry = replace(make_entry("t"), rows=1, digest="0" * 64, parts=(part,))
        snapshot = writer.finish(make_manifest(entry, name=writer.id))
    with pytest.raises(ManifestError, match="has not 2 values"):
        export(snapshot, tmp_path / "out", format_=ExportFormat.JSONL)


def test_damage_leaves_what_was_in_the_folder(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path / "store")
    folder = tmp_path / "out"
    export(snapshot, folder, format_=ExportFormat.CSV)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (snapshot.path / part_of(snapshot, "orders").path).unlink()
    with pytest.raises(ManifestError):
        export(snapshot, folder, format_=ExportFormat.CSV, force=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_folder_with_files_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="the folder is not empty") as caught:
        export(make_snapshot(tmp_path), folder, format_=ExportFormat.CSV)
    assert "--force" in caught.value.hint
    assert files(folder) == ["mine.txt"]


def test_force_replaces_files_of_the_same_names_only(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "users.csv").write_text("old")
    export(make_snapshot(tmp_path), folder, format_=ExportFormat.CSV, force=True)
    assert files(folder) == ["empty.csv", INDEX, "mine.txt", "orders.csv", "users.csv"]
    assert (folder / "users.csv").read_text("utf-8") != "old"


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(make_snapshot(tmp_path), tmp_path / "out", format_=ExportFormat.CSV)
    assert INDEX in files(tmp_path / "out")


def test_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="needs a folder"):
        export(make_snapshot(tmp_path), tmp_path / "out", format_=ExportFormat.CSV, force=True)


def test_folder_in_the_place_of_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "out" / "orders.csv").mkdir(parents=True)
    with pytest.raises(StorageError, match="Is a directory"):
        export(make_snapshot(tmp_path), tmp_path / "out", format_=ExportFormat.CSV, force=True)
    assert files(tmp_path / "out") == ["orders.csv"]


def test_new_folder_is_private(tmp_path: Path) -> None:
    export(make_snapshot(tmp_path), tmp_path / "out", format_=ExportFormat.CSV)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


LIMITED = """
import resource, sys
from pathlib import Path
from snapkit.core.export_values import ExportFormat
from snapkit.errors import StorageError
from snapkit.store import Store
from snapkit.workflows.export import export
snapshot = Store(Path(sys.argv[1])).open("latest")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    export(snapshot, Path(sys.argv[2]), format_=ExportFormat(sys.argv[3]))
except StorageError as error:
    print(error.what)
"""


@FORMATS
def test_full_disk_is_a_storage_error_and_leaves_nothing(
    tmp_path: Path, format_: ExportFormat
) -> None:
    make_snapshot(tmp_path / "store")
    done = subprocess.run(
        [sys.executable, "-B", "-c", LIMITED, tmp_path / "store", tmp_path / "out", format_],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("cannot write the export: File too large\n", "")
    assert not (tmp_path / "out").exists()


def test_missing_pyarrow_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    snapshot = make_snapshot(tmp_path)
    with pytest.raises(UsageError, match="need pyarrow") as caught:
        export(snapshot, tmp_path / "out", format_=ExportFormat.PARQUET)
    assert caught.value.hint == "Run pip install pyarrow, or choose another format."
    assert not (tmp_path / "out").exists()
    assert export(snapshot, tmp_path / "out", format_=ExportFormat.CSV).rows == 202


def test_names_of_files_stay_in_the_folder_and_differ(tmp_path: Path) -> None:
    names = (*HOSTILE_NAMES, "T", "t", "t-2", "../..", "-rf", ".hidden", "e\u0301", "\u00e9")
    snapshot = named_snapshot(tmp_path / "store", *names)
    result = export(snapshot, tmp_path / "out", format_=ExportFormat.CSV)
    made = [table.file for table in result.tables]
    assert files(tmp_path / "out") == sorted([INDEX, *made])
    assert len({name.casefold() for name in made}) == len(names)
    assert not any(name.startswith((".", "-")) or not name.isprintable() for name in made)
    by_name = {table.table: table.file for table in result.tables}
    assert by_name[name_of("t")] == "t-2.csv"
    assert by_name[name_of("Đơn hàng 🛒")] == "Đơn_hàng_.csv"


def test_long_names_fit_a_disk(tmp_path: Path) -> None:
    snapshot = named_snapshot(tmp_path / "store", "🛒ñ" * 100, "ñ" * 200, "ñ" * 201)
    result = export(snapshot, tmp_path / "out", format_=ExportFormat.PARQUET)
    assert [len(table.file.encode()) <= 255 for table in result.tables] == [True] * 3


def test_text_that_is_not_utf8_is_refused_by_name(tmp_path: Path) -> None:
    with Store(tmp_path / "store").create(NOON) as writer:
        part = write_part(writer.path, "data/1-t.0.copy.zst", (b"1\t\xff",))
        entry = replace(make_entry("t"), rows=1, parts=(part,))
        snapshot = writer.finish(make_manifest(entry, name=writer.id))
    with pytest.raises(UsageError, match="table t holds text that is not UTF-8"):
        export(snapshot, tmp_path / "out", format_=ExportFormat.CSV)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("type_", "arrow", "texts", "values"),
    [
        ("boolean", "bool", ["t", "f", None], "[True, False, None]"),
        ("smallint", "int16", ["-32768"], "[-32768]"),
        ("integer", "int32", ["2147483647", None], "[2147483647, None]"),
        ("oid", "uint32", ["4294967295"], "[4294967295]"),
        ("bigint", "int64", ["9007199254740993"], "[9007199254740993]"),
        ("numeric(10,2)", "decimal128(10, 2)", ["1.50"], "[Decimal('1.50')]"),
        ("numeric(65,30)", "decimal256(65, 30)", [f"1.{'0' * 29}1"], f"[Decimal('1.{'0' * 29}1')]"),
        ("numeric", "string", ["1.50"], "['1.50']"),
        ("numeric(3,-2)", "string", ["99900"], "['99900']"),
        ("numeric(2,5)", "string", ["0.00012"], "['0.00012']"),
        ("numeric(1000,0)", "string", ["1"], "['1']"),
        (
            "double precision",
            "double",
            ["1e+15", "NaN", "-Infinity"],
            "[1000000000000000.0, nan, -inf]",
        ),
        ("real", "float", ["-0", "3.4028235e+38"], "[-0.0, 3.4028234663852886e+38]"),
        ("bytea", "binary", ["\\x00ff", "\\x", None], "[b'\\x00\\xff', b'', None]"),
        ("date", "date32[day]", ["0001-01-01"], "[datetime.date(1, 1, 1)]"),
        (
            "time without time zone",
            "time64[us]",
            ["00:00:00.5"],
            "[datetime.time(0, 0, 0, 500000)]",
        ),
        (
            "timestamp(3) without time zone",
            "timestamp[us]",
            ["2024-02-29 12:00:00.123"],
            "[datetime.datetime(2024, 2, 29, 12, 0, 0, 123000)]",
        ),
        ("jsonb", "string", ['{"a": 1}', "null", None], "['{\"a\": 1}', 'null', None]"),
        ("uuid", "string", ["a"], "['a']"),
        ("public.date", "string", ["x"], "['x']"),
        ("integer[]", "list<element: int32>", ["{1,NULL}", "{}", None], "[[1, None], [], None]"),
        ("text[]", "list<element: string>", ['{"",NULL,"a,b"}'], "[['', None, 'a,b']]"),
        ("bytea[]", "list<element: binary>", ['{"\\\\x00"}'], "[[b'\\x00']]"),
    ],
)
def test_parquet_type_holds(
    tmp_path: Path, type_: str, arrow: str, texts: list[str | None], values: str
) -> None:
    snapshot = typed_snapshot(tmp_path, {"c": type_}, [[text] for text in texts])
    result, table = to_parquet(snapshot, tmp_path / "out")
    assert str(table.schema.field("c").type) == arrow
    assert repr(table.column("c").to_pylist()) == values
    assert table.schema.field("c").metadata[b"postgresql_type"] == type_.encode()
    assert result.notes == ()


def test_parquet_moment_is_utc(tmp_path: Path) -> None:
    rows = [["2024-02-29 05:00:00.123456+00"]]
    _, table = to_parquet(
        typed_snapshot(tmp_path, {"c": "timestamp with time zone"}, rows), tmp_path / "out"
    )
    assert str(table.schema.field("c").type) == "timestamp[us, tz=UTC]"
    assert table.column("c").to_pylist()[0].isoformat() == "2024-02-29T05:00:00.123456+00:00"


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("numeric(6,2)", "NaN"),
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("date", "5874897-12-31"),
        ("time without time zone", "24:00:00"),
        ("timestamp without time zone", "294276-12-31 23:59:59.999999"),
        ("timestamp without time zone", "10230-01-01 00:00:00"),
        ("timestamp with time zone", "0001-12-31 17:00:00+00 BC"),
        ("integer[]", "{{1,2},{3,4}}"),
        ("integer[]", "[0:1]={1,2}"),
        ("box[]", "{(1,1),(0,0)}"),
    ],
)
def test_parquet_column_that_does_not_fit_is_text_throughout(
    tmp_path: Path, type_: str, text: str
) -> None:
    rows = [[str(number), None, "{}"] for number in range(20_000)] + [["1", text, "[0:0]={a}"]]
    types = {"id": "integer", "c": type_, "other": "text[]"}
    result, table = to_parquet(typed_snapshot(tmp_path, types, rows), tmp_path / "out")
    assert str(table.schema.field("id").type) == "int32"
    assert str(table.schema.field("c").type) == "string"
    assert table.column("c").to_pylist() == [row[1] for row in rows]
    assert table.column("other").to_pylist() == [row[2] for row in rows]
    assert index(tmp_path / "out")["tables"][0]["as_text"] == ["c", "other"]
    assert result.notes[0] == ("column c of t is text: a value does not fit its Parquet type")


def test_parquet_of_many_rows_has_several_groups(tmp_path: Path) -> None:
    rows = [[str(number), "x" * 300] for number in range(60_000)]
    snapshot = typed_snapshot(tmp_path, {"id": "integer", "c": "text"}, rows)
    _, table = to_parquet(snapshot, tmp_path / "out")
    assert parquet.read_metadata(tmp_path / "out" / "t.parquet").num_row_groups == 3
    assert table.column("id").to_pylist() == list(range(60_000))


@FORMATS
def test_rows_without_columns_are_counted(tmp_path: Path, format_: ExportFormat) -> None:
    result = export(typed_snapshot(tmp_path, {}, [[], []]), tmp_path / "out", format_=format_)
    assert (result.rows, index(tmp_path / "out")["rows"]) == (2, 2)
    content = (tmp_path / "out" / f"t.{format_}").read_bytes()
    match format_:
        case ExportFormat.JSONL:
            assert content == b"{}\n{}\n"
        case ExportFormat.CSV:
            assert content == b"\r\n\r\n\r\n"
        case ExportFormat.PARQUET:
            (note,) = result.notes
            assert note.startswith("table t has 2 rows without columns")


MEASURED = """
import sys
from pathlib import Path
from snapkit.core.export_values import ExportFormat
from snapkit.store import Store
from snapkit.workflows.export import export
snapshot = Store(Path(sys.argv[1])).open("latest")
export(snapshot, Path(sys.argv[2]), format_=ExportFormat(sys.argv[3]))
(peak,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(peak.split()[1]) // 1024)  # not ru_maxrss, which begins with that of the parent
"""


@FORMATS
def test_memory_stays_flat(tmp_path: Path, format_: ExportFormat) -> None:
    types = {"id": "integer", "c": "text", "d": "timestamp without time zone", "l": "integer[]"}
    rows = [["1", "x" * 400, "2024-02-29 12:00:00", "{1,2}"]] * 150_000
    snapshot = typed_snapshot(tmp_path / "store", types, rows)
    assert snapshot.manifest.size > 60_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, snapshot.path.parent, tmp_path / "out", format_],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < (150 if format_ is ExportFormat.PARQUET else 75)
