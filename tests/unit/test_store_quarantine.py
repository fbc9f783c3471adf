"""Quarantine: rows set aside, kept with their reason, or nothing at all."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from snapkit.core.digest import digest_rows
from snapkit.core.names import TableName
from snapkit.errors import NoSnapshotError, StorageError
from snapkit.store import Journal, QuarantineFolder, QuarantineWriter, RequeuedTable, Store
from snapkit.workflows.quarantined import contents_of
from tests.factories import HOSTILE_NAMES, name_of
from tests.snapshots import NOON, NOON_ID

if TYPE_CHECKING:
    from pathlib import Path

USERS = name_of("users")
REASON = {"sqlstate": "23503", "constraint": "users_fkey", "message": "no parent"}


@pytest.fixture
def writer(tmp_path: Path) -> QuarantineWriter:
    """A quarantine that takes rows."""
    return Store(tmp_path).quarantine(NOON_ID, NOON)


def keep_then_fail(writer: QuarantineWriter) -> None:
    """Set a row aside, then fail."""
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        raise ValueError("later")


def test_quarantine_keeps_rows_with_their_reason(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id", "name"), b"1\t\\N", REASON)
        folder = writer.finish()
    assert folder is not None
    assert [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()] == [
        {
            "namespace": "public",
            "name": "users",
            "columns": ["id", "name"],
            "line": "1\t\\N",
            **REASON,
        }
    ]


def test_quarantine_keeps_a_row_that_is_not_utf8(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("name",), b"caf\xe9", REASON)
        folder = writer.finish()
    assert folder is not None
    assert json.loads((folder / "rows.jsonl").read_text())["line_base64"] == "Y2Fm6Q=="


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_quarantine_keeps_one_line_per_row_whatever_the_names(
    writer: QuarantineWriter, name: str
) -> None:
    with writer:
        for _ in range(2):
            writer.add(TableName(name, name), (name,), name.encode(), {"message": name})
        folder = writer.finish()
    assert folder is not None
    rows = (folder / "rows.jsonl").read_bytes().split(b"\n")
    assert [json.loads(row)["line"] for row in rows[:-1]] == [name, name]


def test_quarantine_digests_rows_by_table(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        writer.add(name_of("orders"), ("id",), b"7", REASON)
        writer.add(USERS, ("id",), b"2", REASON)
        assert writer.digests == {
            USERS: digest_rows([b"1", b"2"]),
            name_of("orders"): digest_rows([b"7"]),
        }


def test_quarantine_without_rows_leaves_no_folder(writer: QuarantineWriter) -> None:
    with writer:
        assert writer.finish() is None
    assert not writer.path.parent.exists()


def test_quarantine_that_is_not_finished_leaves_no_folder(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
    assert not writer.path.parent.exists()


def test_quarantine_that_fails_leaves_no_folder(writer: QuarantineWriter) -> None:
    with pytest.raises(ValueError, match="later"):
        keep_then_fail(writer)
    assert not writer.path.parent.exists()


def test_quarantine_is_its_owners_alone(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        folder = writer.finish()
    assert folder is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_quarantine_is_no_snapshot(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        writer.finish()
    assert Store(writer.path.parents[1]).ids() == ()


def test_quarantine_of_the_same_moment_is_not_mixed_up(writer: QuarantineWriter) -> None:
    with writer, pytest.raises(StorageError, match="File exists"):
        Store(writer.path.parents[1]).quarantine(NOON_ID, NOON)


def keep(writer: QuarantineWriter, text: bytes = b"1") -> QuarantineFolder:
    """A folder of one row."""
    with writer:
        writer.add(USERS, ("id",), text, REASON)
        folder = writer.finish()
    assert folder is not None
    return QuarantineFolder(folder)


def journal_of(successor: str = "") -> Journal:
    """What is written down before a commit."""
    return Journal(
        system="1",
        database="shop",
        transaction="7",
        successor=successor,
        at="2025-11-01T12:00:00+00:00",
        tables=(RequeuedTable(namespace="public", name="users", loaded=1),),
    )


@pytest.mark.parametrize(
    "line", [b"1\t\\N", b"caf\xe9", b"", "Đặng\\n".encode()], ids=["NULL", "bytes", "empty", "text"]
)
def test_quarantine_gives_its_rows_back(writer: QuarantineWriter, line: bytes) -> None:
    folder = keep(writer, line)
    ((place, row),) = folder.rows()
    assert (row.table, row.columns, row.line, dict(row.reason)) == (USERS, ("id",), line, REASON)
    assert folder.rows_at([place]) == [row]


def test_quarantine_gives_rows_of_json_files_back(writer: QuarantineWriter) -> None:
    with writer:
        writer.add_document(USERS, ("users.json", 3), '{"id": "x"}', "no number")
        writer.finish()
    ((_, row),) = QuarantineFolder(writer.path).rows()
    assert (row.line, row.document, row.source) == (None, '{"id": "x"}', ("users.json", 3))


def test_contents_are_counted_by_table_and_reason(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        writer.add(USERS, ("id",), b"2", REASON)
        writer.add_document(USERS, ("users.json", 3), "{}", "no number")
        writer.finish()
    found = contents_of(QuarantineFolder(writer.path))
    assert (found.rows, found.documents, found.tables[USERS].lines) == (3, 1, 2)
    assert [(reason.message, rows) for reason, rows in sorted(found.reasons.items())] == [
        ("no number", 1),
        ("no parent", 2),
    ]
    assert [line for batch in found.lines_of(USERS) for _, line in batch] == [b"1", b"2"]


def test_contents_with_two_shapes_of_one_table_are_refused(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        writer.add(USERS, ("name",), b"2", REASON)
        writer.finish()
    with pytest.raises(StorageError, match="name different columns"):
        contents_of(QuarantineFolder(writer.path))


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"namespace": "public"}', '{"namespace": "p", "name": 1, "columns": []}'],
)
def test_damaged_row_is_named_by_its_line(writer: QuarantineWriter, text: str) -> None:
    folder = keep(writer)
    with (folder.path / "rows.jsonl").open("a") as file:
        file.write(text + "\n")
    with pytest.raises(StorageError, match=r"line 2 of rows\.jsonl is damaged"):
        list(folder.rows())


def test_quarantine_is_found_by_name_beginning_path_and_latest(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = keep(store.quarantine("20251101_000000", NOON)).path
    last = keep(store.quarantine("20240101_000000", NOON + timedelta(seconds=1))).path
    for name, path in (
        (first.name, first), ("20251101", first), (str(first), first), ("latest", last),
    ):  # fmt: skip
        assert store.open_quarantine(name).path == path
    assert [folder.path for folder in store.quarantines()] == [first, last]
    assert store.open_quarantine(str(first)).snapshot_id == "20251101_000000"


@pytest.mark.parametrize("name", ["latest", "2025", "nothing/here", "", "../x"])
def test_no_quarantine_is_no_snapshot(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSnapshotError):
        Store(tmp_path).open_quarantine(name)


def test_sealed_quarantine_outlives_its_writer_under_a_hidden_name(
    writer: QuarantineWriter,
) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
        writer.seal()
    (found,) = writer.path.parent.iterdir()
    assert found.name == f".{writer.path.name}.partial"
    assert Store(writer.path.parents[1]).quarantines() == ()


KILLED = """
import os, signal, sys
from pathlib import Path
from snapkit.core.names import TableName
from snapkit.store import Store
from tests.snapshots import NOON, NOON_ID
writer = Store(Path(sys.argv[1])).quarantine(NOON_ID, NOON)
writer.add(TableName("public", "users"), ("id",), b"1", {})
if sys.argv[2] == "sealed":
    writer.seal()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("state", ["open", "sealed"])
def test_next_quarantine_removes_what_a_killed_one_left_unless_it_was_sealed(
    tmp_path: Path, state: str
) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), state], check=False)
    (left,) = (tmp_path / "quarantine").iterdir()
    with (
        Store(tmp_path).quarantine(NOON_ID, NOON + timedelta(seconds=1)),
        Store(tmp_path).quarantine(NOON_ID, NOON + timedelta(seconds=2)),
    ):
        now = list((tmp_path / "quarantine").iterdir())
    assert (len(now), left in now) == ((3, True) if state == "sealed" else (2, False))


def test_sealed_quarantine_without_rows_leaves_nothing(writer: QuarantineWriter) -> None:
    with writer:
        writer.seal()
    assert not writer.path.parent.exists()


def test_journal_completes_what_was_begun(writer: QuarantineWriter) -> None:
    folder = keep(writer)
    with folder.successor(NOON + timedelta(seconds=1)) as successor:
        successor.add(USERS, ("id",), b"2", REASON)
        folder.begin(journal_of(successor.path.name))
        successor.seal()
    journal = folder.journal()
    assert journal == journal_of(successor.path.name)
    retired, path = folder.complete(journal)
    assert path == successor.path
    assert {item.name for item in writer.path.parent.iterdir()} == {retired.name, path.name}
    assert {item.name for item in retired.iterdir()} == {"rows.jsonl", "requeued.json"}


def test_journal_forgets_what_was_rolled_back(writer: QuarantineWriter) -> None:
    folder = keep(writer)
    with folder.successor(NOON + timedelta(seconds=1)) as successor:
        successor.add(USERS, ("id",), b"2", REASON)
        folder.begin(journal_of(successor.path.name))
        successor.seal()
    folder.forget(journal_of(successor.path.name))
    assert folder.journal() is None
    assert list(writer.path.parent.iterdir()) == [folder.path]


def test_two_runs_do_not_begin_with_one_folder(writer: QuarantineWriter) -> None:
    folder = keep(writer)
    folder.begin(journal_of())
    with pytest.raises(StorageError, match="File exists"):
        folder.begin(journal_of())
    folder.complete(journal_of())
    with pytest.raises(StorageError, match="No such file"):
        folder.begin(journal_of())


@pytest.mark.parametrize("text", ["", "{", '{"format": 2}', "[]"])
def test_damaged_journal_is_not_passed_over(writer: QuarantineWriter, text: str) -> None:
    folder = keep(writer)
    (folder.path / "requeue.json").write_text(text)
    with pytest.raises(StorageError, match="cannot be read"):
        folder.journal()


def test_journal_leads_to_no_other_place(writer: QuarantineWriter) -> None:
    folder = keep(writer)
    folder.begin(journal_of("../elsewhere"))
    with pytest.raises(StorageError, match="cannot be read"):
        folder.journal()
