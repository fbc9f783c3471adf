"""A folder of JSON files as a snapshot, typed by a schema alone: no server is asked."""

from __future__ import annotations

import json
import os
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.errors import UsageError
from snapkit.prisma import parse
from snapkit.store import Store
from snapkit.workflows.check import check
from snapkit.workflows.import_json import ImportResult, import_json
from tests.factories import HOSTILE_NAMES, name_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.core.schema import Schema

    Import = Callable[..., ImportResult]

HEAD = 'datasource db {\n  provider = "postgresql"\n  url = env("X")\n}\n'
SHOP = """
model User {
  id    Int     @id @default(autoincrement())
  email String? @unique
  boss  Int?
  posts Post[]
  @@map("users")
}
model Post {
  id     BigInt @id @default(autoincrement())
  userId Int    @map("user_id")
  rank   Int
  body   String
  user   User   @relation(fields: [userId], references: [id])
  tags   Tag[]
  @@unique([userId, rank])
}
model Tag {
  name  String @id
  posts Post[]
}
"""
USERS = [{"id": 1, "email": "a@b"}, {"id": 7, "email": None}, {"id": 3}]


def schema_of(text: str = SHOP) -> Schema:
    return parse([("schema.prisma", HEAD + text)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "old dump"
    path.mkdir()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def read(folder: Path, store: Store) -> Import:
    """Write files, and import the folder."""

    def call(
        files: dict[str, object], schema: Schema | None = None, on_error: OnError = OnError.STOP
    ) -> ImportResult:
        for name, content in files.items():
            path = folder / f"{name}.json"
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(json.dumps(content), "utf-8")
        return import_json(folder, store, schema=schema or schema_of(), on_error=on_error)

    return call


def lines_of(result: ImportResult, table: str) -> list[bytes]:
    """The rows of a table in the snapshot, as they stand in its parts."""
    assert result.snapshot is not None
    (entry,) = [e for e in result.snapshot.manifest.tables if e.table == name_of(table)]
    text = b"".join(b"".join(result.snapshot.blocks(part)) for part in entry.parts)
    lines = text.split(b"\n")[:-1]
    assert len(lines) == entry.rows
    return lines


def problems_of(result: ImportResult) -> list[str]:
    return list(map(str, result.problems))


def quarantined(result: ImportResult) -> list[dict[str, Any]]:
    assert result.quarantine is not None
    text = (result.quarantine / "rows.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def left_over(store: Store) -> list[str]:
    """What an import left behind, folders that are empty aside."""
    return [str(path) for path in store.root.rglob("*") if path.is_file()]


def test_snapshot_holds_the_rows_of_the_files(read: Import) -> None:
    found = read({"users": USERS, "posts": [], "_PostToTag": [{"A": 1, "B": "x"}]})
    assert problems_of(found) == []
    assert lines_of(found, "users") == [b"1\ta@b\t\\N", b"7\t\\N\t\\N", b"3\t\\N\t\\N"]
    assert lines_of(found, "Post") == []
    assert lines_of(found, "_PostToTag") == [b"1\tx"]
    assert [(file.file, file.rows, file.digest.rows) for file in found.files] == [
        ("posts.json", 0, 0),
        ("_PostToTag.json", 1, 1),
        ("users.json", 3, 3),
    ]


def test_snapshot_is_whole_and_says_where_it_comes_from(read: Import) -> None:
    found = read({"users": USERS})
    assert found.snapshot is not None
    assert check(found.snapshot).verdict == "match"
    manifest = found.snapshot.manifest
    assert manifest.database == "old dump (JSON files)"
    assert "import-json" in manifest.versions
    assert not manifest.has_ddl
    assert [(table.name, table.model, table.rows) for table in manifest.tables] == [
        ("Post", "Post", 0),
        ("Tag", "Tag", 0),
        ("_PostToTag", None, 0),
        ("users", "User", 3),
    ]


def test_table_without_a_file_is_recorded_and_named(read: Import) -> None:
    found = read({"users": USERS})
    assert found.empty == tuple(map(name_of, ("Post", "Tag", "_PostToTag")))
    assert found.snapshot is not None
    assert [what for what, why in found.snapshot.manifest.not_held if "no JSON file" in why] == [
        "rows of table Post",
        "rows of table Tag",
        "rows of table _PostToTag",
    ]


def test_rows_that_are_missing_are_missing_in_every_figure(read: Import) -> None:
    """The old tool lost rows: what it left is imported as what it is."""
    whole = [{"id": number} for number in range(1, 601)]
    found = read({"users": whole[:178]})
    assert found.snapshot is not None
    assert (found.files[0].rows, found.snapshot.manifest.rows) == (178, 178)
    assert check(found.snapshot).verdict == "match"


def test_sequences_stand_after_the_greatest_number(read: Import) -> None:
    found = read({"users": USERS, "Post": []})
    assert found.snapshot is not None
    at = {s.owner_table: (s.last_value, s.is_called) for s in found.snapshot.manifest.sequences}
    assert at == {name_of("users"): (7, True), name_of("Post"): (1, False)}


def test_what_is_no_json_file_is_named_and_not_read(read: Import, folder: Path) -> None:
    (folder / "README.md").write_text("x")
    (folder / "posts").mkdir()
    assert read({"users": USERS}).ignored == ("README.md", "posts")


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        pytest.param(
            {"users": [{"id": 1}, {"id": 2, "mail": "x"}, {"id": 3, "mail": "y"}]},
            ["users.json, rows 2-3: field 'mail' is unknown"],
            id="unknown field",
        ),
        pytest.param(
            {"users": [{"email": "x"}, {"id": None}]},
            [
                "users.json, row 1: field 'id' is missing, and required",
                "users.json, row 2: field 'id' is null, and required",
            ],
            id="missing required",
        ),
        pytest.param(
            {"users": [{"id": 1}, {"id": "two"}, {"id": 3, "email": 3}]},
            [
                "users.json, row 2: field 'id' is a text, not an integer",
                "users.json, row 3: field 'email' is a number, not a text",
            ],
            id="wrong type",
        ),
        pytest.param(
            {"users": [{"id": 1}, {"id": 2}, {"id": "1"}, {"id": 4, "email": "x"}, {"id": 2}]},
            [
                "users.json, row 3: has the key id='1' of row 1",
                "users.json, row 5: has the key id='2' of row 2",
            ],
            id="duplicate key",
        ),
        pytest.param(
            {
                "Post": [
                    {"id": 1, "user_id": 1, "rank": 1, "body": "\t"},
                    {"id": 2, "user_id": 1, "rank": 1, "body": ""},
                ]
            },
            ["Post.json, row 2: has the key user_id='1', rank='1' of row 1"],
            id="duplicate key of two columns",
        ),
        pytest.param(
            {"users": [], "metadata": {"version": 3}, "logs": []},
            ["logs.json: is no table or model", "metadata.json: is no table or model"],
            id="unknown file",
        ),
        pytest.param(
            {"users": [{"id": 1}], "User": [{"id": 2}]},
            [
                "User.json: is table users, as is users.json",
                "users.json: is table users, as is User.json",
            ],
            id="two files for a table",
        ),
        pytest.param(
            {"users": {"id": 1}}, ["users.json: is not JSON: it is not an array"], id="no array"
        ),
        pytest.param(
            {"users": b'[{"id": 1},\n{"id": 2, "ema'},
            ["users.json, row 2: is not JSON: it ends before its array does"],
            id="cut short",
        ),
        pytest.param({"users": b""}, ["users.json: is not JSON: it is empty"], id="empty file"),
        pytest.param(
            {"users": b'[{"id": 1}][{"id": 2}]'},
            ["users.json: is not JSON: something follows its array"],
            id="concatenated",
        ),
        pytest.param(
            {"users": b'[{"id": 1}, {"id": 1e99999999999999999999}]'},
            ["users.json, row 2: is not JSON: a number is beyond what any column holds"],
            id="huge number",
        ),
        pytest.param(
            {"users": b'[{"id": 1}, {"id": 2, "email": "\xe9"}]'},
            ["users.json: is not UTF-8 text: byte 0xe9 near row 2"],
            id="latin 1",
        ),
        pytest.param(
            {"users": '[{"id": 1}]'.encode("utf-16")},
            ["users.json: is not UTF-8 text: byte 0xff near row 1"],
            id="utf-16",
        ),
        pytest.param(
            {"users": [{"id": 1}, None, [2], {"id": 4}]},
            [
                "users.json, row 2: is null, not an object",
                "users.json, row 3: is a list, not an object",
            ],
            id="rows that are no objects",
        ),
    ],
)
def test_what_does_not_fit_is_named_and_leaves_no_snapshot(
    read: Import, store: Store, files: dict[str, object], problems: list[str]
) -> None:
    found = read(files)
    assert problems_of(found) == problems
    assert (found.snapshot, found.quarantine) == (None, None)
    assert left_over(store) == []


def test_every_fault_of_every_file_is_named_at_once(read: Import) -> None:
    found = read({"users": [{"id": "x"}], "Post": b"[{", "Tag": [{"name": 1, "x": 2}], "nope": []})
    assert problems_of(found) == [
        "nope.json: is no table or model",
        "Post.json, row 1: is not JSON: it ends before its array does",
        "Tag.json, row 1: field 'name' is a number, not a text",
        "Tag.json, row 1: field 'x' is unknown",
        "users.json, row 1: field 'id' is a text, not an integer",
    ]


def test_wrong_byte_is_placed_by_its_row_in_a_long_file(read: Import) -> None:
    rows = [b'{"id": %d}' % number for number in range(1, 30_001)]
    rows[20_000] = b'{"id": 0, "email": "\xff"}'
    (problem,) = read({"users": b"[" + b",\n".join(rows) + b"]"}).problems
    assert str(problem) == "users.json: is not UTF-8 text: byte 0xff near row 20001"


def test_byte_order_mark_is_no_fault(read: Import) -> None:
    assert lines_of(read({"users": b'\xef\xbb\xbf [{"id": 1}]\r\n'}), "users") == [b"1\t\\N\t\\N"]


def test_two_endings_of_one_name_are_two_files_for_a_table(read: Import, folder: Path) -> None:
    (folder / "users.JSON").write_text("[]")
    found = read({"users": USERS})
    assert problems_of(found) == ["users.JSON: has the name of another file, but for its ending"]


def test_model_that_the_schema_ignores_has_a_table_too(read: Import) -> None:
    text = "model T {\n  id Int\n  @@ignore\n}\nmodel U {\n  id Int @id\n  x Int @ignore\n}\n"
    found = read({"T": [{"id": 1}, {"id": 1}], "U": [{"id": 1, "x": 2}]}, schema_of(text))
    assert (lines_of(found, "T"), lines_of(found, "U")) == ([b"1", b"1"], [b"1\t2"])


def test_quarantine_keeps_what_does_not_fit(read: Import) -> None:
    rows = [
        {"id": 1, "email": "a"},
        {"id": "two"},
        {"id": 3, "email": "a"},
        {"id": 4, "nope": [True, None]},
        {"id": 5},
    ]
    found = read({"users": rows, "Tag": [{"name": "x"}]}, on_error=OnError.QUARANTINE)
    assert lines_of(found, "users") == [b"1\ta\t\\N", b"5\t\\N\t\\N"]
    (file,) = (file for file in found.files if file.file == "users.json")
    assert (file.rows, file.digest.rows, file.quarantined) == (5, 2, 3)
    assert found.rows_quarantined == 3
    kept = quarantined(found)
    assert [(row.get("row"), row.get("document"), row["message"]) for row in kept] == [
        (2, '{"id": "two"}', "field 'id' is a text, not an integer"),
        (None, None, "has the key email='a' of row 1"),
        (4, '{"id": 4, "nope": [true, null]}', "field 'nope' is unknown"),
    ]
    assert (kept[1]["columns"], kept[1]["line"]) == (["id", "email", "boss"], "3\ta\t\\N")
    assert len(problems_of(found)) == 3


def test_quarantine_of_nothing_is_none(read: Import, store: Store) -> None:
    found = read({"users": USERS}, on_error=OnError.QUARANTINE)
    assert (found.quarantine, found.rows_quarantined) == (None, 0)
    assert list(store.root.glob("quarantine/*")) == []


def test_row_is_no_twin_of_one_that_was_set_aside(read: Import) -> None:
    rows = [
        {"id": 1, "email": "a"},
        {"id": 2, "email": "a"},
        {"id": 2, "email": "b"},
        {"id": 2, "email": "c"},
    ]
    found = read({"users": rows}, on_error=OnError.QUARANTINE)
    assert lines_of(found, "users") == [b"1\ta\t\\N", b"2\tb\t\\N"]
    assert problems_of(found) == [
        "users.json, row 2: has the key email='a' of row 1",
        "users.json, row 4: has the key id='2' of row 3",
    ]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"users": b'[{"id": 1}, {"id": "x"}, {'}, id="broken file"),
        pytest.param({"users": USERS, "nope": []}, id="unknown file"),
    ],
)
def test_quarantine_is_for_rows_and_not_for_files(
    read: Import, store: Store, files: dict[str, object]
) -> None:
    found = read(files, on_error=OnError.QUARANTINE)
    assert (found.snapshot, found.quarantine, found.rows_quarantined) == (None, None, 0)
    assert found.problems
    assert left_over(store) == []


def test_rows_account_for_each_other_with_a_quarantine_of_thousands(read: Import) -> None:
    rows = [
        {"id": number if number % 3 else 1, "email": number if number % 5 == 0 else str(number)}
        for number in range(1, 5001)
    ]
    found = read({"users": rows}, on_error=OnError.QUARANTINE)
    (file,) = found.files
    assert file.rows == 5000 == file.digest.rows + file.quarantined
    assert file.quarantined == len(quarantined(found)) == sum(p.rows for p in found.problems)


@pytest.mark.parametrize("text", HOSTILE_NAMES)
def test_hostile_names_name_tables_columns_and_files(read: Import, folder: Path, text: str) -> None:
    quoted = json.dumps(text, ensure_ascii=False)
    schema = schema_of(
        f"model T {{\n  id Int @id\n  name String @map({quoted})\n  @@map({quoted})\n}}\n"
    )
    stem = "T" if "/" in text else text
    found = read({stem: [{"id": 1, text: "x"}, {"id": 2, "name": text}]}, schema)
    assert problems_of(found) == []
    assert found.snapshot is not None
    (entry,) = found.snapshot.manifest.tables
    assert (entry.table, entry.rows) == (TableName("public", text), 2)
    assert check(found.snapshot).verdict == "match"
    (folder / f"{stem}.json").write_text(json.dumps([{"id": 1, "name": 2, text + "\x1b": 3}]))
    assert [(p.file, p.rows) for p in read({}, schema).problems] == [(f"{stem}.json", 1)] * 2


def test_folder_of_a_long_file_takes_the_memory_of_a_row(read: Import, folder: Path) -> None:
    row: dict[str, object] = {"boss": 1}
    with (folder / "users.json").open("w", encoding="utf-8") as file:
        for number in range(1500):
            row |= {"id": number, "email": f"{number} " + "x" * 20_000}
            file.write(("[" if not number else ",\n") + json.dumps(row))
        file.write("]")
    assert (folder / "users.json").stat().st_size > 30_000_000
    tracemalloc.start()
    found = read({})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.files[0].digest.rows == 1500
    assert peak < 15_000_000


def test_folder_that_is_not_there_is_wrong_usage(tmp_path: Path, store: Store) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(UsageError, match=r"cannot be read|no JSON file"):
            import_json(place, store, schema=schema_of())
    assert not store.root.exists()


def test_rows_need_a_schema_or_a_database(folder: Path, store: Store) -> None:
    (folder / "users.json").write_text("[]")
    with pytest.raises(UsageError, match="neither a schema nor a database"):
        import_json(folder, store)
    other = parse([("schema.prisma", HEAD.replace("postgresql", "mysql") + SHOP)])
    with pytest.raises(UsageError, match="not of a PostgreSQL database"):
        import_json(folder, store, schema=other)


def test_folder_may_have_a_name_that_is_no_text(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / "users.json").write_text("[]")
    found = import_json(folder, store, schema=schema_of())
    assert found.snapshot is not None
    assert found.snapshot.manifest.database == "caf\\xe9 (JSON files)"


def test_imports_of_one_second_do_not_meet(read: Import, store: Store) -> None:
    first, second = read({"users": USERS}), read({})
    assert first.snapshot is not None
    assert second.snapshot is not None
    assert first.snapshot.id != second.snapshot.id
    assert len(store.ids()) == 2
