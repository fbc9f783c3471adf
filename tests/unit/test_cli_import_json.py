"""`snapkit import-json` on the command line, typed by a schema alone."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.cli import CommandLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli import Called

    Import = Callable[..., Called]

SCHEMA = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
model User {
  id    Int     @id
  email String?
  @@map("users")
}
model Order {
  id Int @id
}
"""
USERS = [{"id": 1, "email": "a"}, {"id": "two"}, {"id": 3, "mail": "b"}, {"id": 4}]
KEYS = {
    *("command", "exit_code", "seconds", "snapshot", "path", "tables", "rows", "bytes"),
    *("stored_bytes", "has_ddl", "rows_quarantined", "quarantine", "files", "problems", "empty"),
    *("left_out", "ignored"),
}


@pytest.fixture
def call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Import:
    """Imports `dump`, at 80 columns, in a folder with a schema; the environment's database is
    nobody's business here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.delenv("SNAPKIT_STORE", raising=False)
    (tmp_path / "schema.prisma").write_text(SCHEMA, "utf-8")
    (tmp_path / "dump").mkdir()
    cli = CommandLine(capsys)

    def run(files: dict[str, object], *arguments: object) -> Called:
        for name, content in files.items():
            (tmp_path / "dump" / f"{name}.json").write_text(json.dumps(content), "utf-8")
        return cli("import-json", "dump", *arguments)

    return run


def test_import_tells_what_it_made(call: Import) -> None:
    found = call({"users": USERS[:1]})
    assert found.code == 0
    words = " ".join(found.out.split())
    assert "2 tables, 1 row, " in words
    assert "users.json users 1 1 1 file 1 1" in words
    assert "1 table without a file, recorded with 0 rows: Order" in words
    assert "the snapshot has no DDL" in words


def test_import_names_what_does_not_fit_and_exits_1(call: Import, tmp_path: Path) -> None:
    found = call({"users": USERS, "nope": []})
    assert found.code == 1
    assert "no snapshot was made: 3 problems in 2 files" in found.out
    assert "nope.json: is no table or model" in found.out
    assert "users.json, row 2: field 'id' is a text, not an integer" in found.out
    assert "users.json, row 3: field 'mail' is unknown" in found.out
    assert not list((tmp_path / "snapshots").rglob("*.*"))


def test_import_document_of_a_snapshot(call: Import, tmp_path: Path) -> None:
    (tmp_path / "dump" / "notes.txt").write_text("x")
    found = call({"users": USERS[:1]}, "--json")
    document = found.document
    assert (found.code, set(document)) == (0, KEYS)
    assert (document["tables"], document["rows"], document["has_ddl"]) == (2, 1, False)
    assert document["files"] == [
        {
            "file": "users.json",
            "namespace": "public",
            "name": "users",
            "rows": 1,
            "rows_that_fit": 1,
        }
    ]
    assert document["empty"] == [{"namespace": "public", "name": "Order"}]
    assert (document["problems"], document["left_out"]) == ([], [])
    assert document["ignored"] == ["notes.txt"]
    assert (tmp_path / document["path"] / "manifest.json").is_file()


def test_import_document_names_problems(call: Import) -> None:
    found = call({"users": USERS}, "--json")
    document = found.document
    assert (found.code, document["exit_code"], set(document)) == (1, 1, KEYS)
    assert (document["snapshot"], document["rows"]) == (None, 0)
    assert document["problems"] == [
        {
            "file": "users.json",
            "field": "id",
            "what": "is a text, not an integer",
            "rows": 1,
            "spans": [[2, 2]],
        },
        {"file": "users.json", "field": "mail", "what": "is unknown", "rows": 1, "spans": [[3, 3]]},
    ]


def test_import_with_a_quarantine_exits_4(call: Import, tmp_path: Path) -> None:
    found = call({"users": USERS}, "--on-error", "quarantine", "--json")
    document = found.document
    assert (found.code, document["exit_code"]) == (4, 4)
    assert (document["rows"], document["rows_quarantined"]) == (2, 2)
    assert (tmp_path / document["quarantine"] / "rows.jsonl").is_file()
    people = call({}, "--on-error", "quarantine")
    assert people.code == 4
    assert "2 rows set aside, with reasons" in people.out


def test_import_quiet_prints_nothing_and_still_says_by_its_exit(call: Import) -> None:
    assert call({"users": USERS[:1]}, "--quiet") == call({}, "--quiet")
    found = call({"users": USERS}, "--quiet")
    assert (found.code, found.out) == (1, "")


@pytest.mark.parametrize("arguments", [(), ("--on-error", "quarantine")])
def test_import_fits_80_columns(call: Import, arguments: tuple[str, ...]) -> None:
    rows = [{"id": number, "x" * number: "y"} for number in range(1, 150)]
    more = {"id": 1, "Đơn hàng 🛒 " * 20: 1, "new\nline \x1b[31m\u202e": 2}
    found = call({"users": [*rows, more], "a very long name of a file " * 5: []}, *arguments)
    assert found.code == 1
    assert max(map(cell_len, (found.out + found.err).splitlines())) <= 80
    assert not any(sign in found.out for sign in "│─╭\x1b\u202e")
    assert "more; --json names them all" in found.out


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes on POSIX alone")
@pytest.mark.parametrize("flags", [(), ("--json",), ("--on-error", "quarantine")])
def test_names_that_are_no_text_are_shown_escaped(
    call: Import, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    (tmp_path / "dump" / os.fsdecode(b"caf\xe9.json")).write_text("[]")
    (tmp_path / "dump" / os.fsdecode(b"caf\xe9.txt")).write_text("")
    (tmp_path / "dump" / "Order.json").write_text('[{"id": 1, "\\udc80": 1}, {"id": "\\udc80"}]')
    found = call({}, *flags)
    assert found.code == 1
    assert "caf\\udce9" in found.out
    assert "is no table or model" in found.out
    assert "udc80" in found.out


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--no-schema",), "without a schema only a database can say what the rows are"),
        (("--schema", "nowhere.prisma"), "names a schema that does not exist"),
        (("--on-error", "skip"), "invalid value for"),
    ],
)
def test_import_wrong_usage_exits_2(call: Import, arguments: tuple[str, ...], what: str) -> None:
    found = call({"users": []}, *arguments)
    assert (found.code, found.out) == (2, "")
    assert what in found.err


def test_import_without_files_or_schema_exits_2(call: Import, tmp_path: Path) -> None:
    found = call({})
    assert (found.code, found.out) == (2, "")
    assert "no JSON file is in the folder" in found.err
    (tmp_path / "schema.prisma").unlink()
    found = call({"users": []}, "--json")
    assert (found.code, found.document["error"]["what"]) == (2, "no Prisma schema is here")


def test_snapshot_without_ddl_says_so_before_it_is_restored(
    call: Import, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call({"users": USERS[:1]}).code == 0
    cli = CommandLine(capsys)
    assert cli("check", "latest").code == 0
    found = cli("show", "latest")
    assert found.code == 0
    assert "dump (JSON files)" in found.out
