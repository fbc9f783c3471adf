"""Quarantine: rows set aside, kept with their reason, or nothing at all."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from snapkit.core.digest import digest_rows
from snapkit.core.names import TableName
from snapkit.errors import StorageError
from snapkit.store import QuarantineWriter, Store
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
    assert list(writer.path.parent.iterdir()) == []


def test_quarantine_that_is_not_finished_leaves_no_folder(writer: QuarantineWriter) -> None:
    with writer:
        writer.add(USERS, ("id",), b"1", REASON)
    assert list(writer.path.parent.iterdir()) == []


def test_quarantine_that_fails_leaves_no_folder(writer: QuarantineWriter) -> None:
    with pytest.raises(ValueError, match="later"):
        keep_then_fail(writer)
    assert list(writer.path.parent.iterdir()) == []


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
