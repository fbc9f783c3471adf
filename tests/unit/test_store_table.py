"""A snapshot's tables, looked at: by name, row by row, as a DataFrame."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import snapkit
from snapkit.core.manifest import ColumnEntry
from snapkit.errors import ManifestError, NoSnapshotError, UsageError
from snapkit.store import Snapshot, Store
from tests.factories import make_manifest
from tests.snapshots import NOON, NOON_ID, flip_bit, make_snapshot, part_of, write_table

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {
    "id": "bigint",
    "price": "numeric(10,2)",
    "made": "timestamp without time zone",
    "seen": "timestamp with time zone",
    "live": "boolean",
    "ratio": "double precision",
    "until": "date",
    "more": "jsonb",
}
INF = b'infinity\t{"a": "x\\ty"}'
ROWS = (
    b"9007199254740993\t1.50\t2024-02-29 09:00:00.000001\t2024-02-29 09:00:00+00\tt\t0.1\t" + INF,
    b"\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N",
)


@pytest.fixture
def typed(tmp_path: Path) -> Snapshot:
    """A snapshot of one table with a column of each kind."""
    with Store(tmp_path).create(NOON) as writer:
        entry = replace(
            write_table(writer, 1, "goods", (ROWS,)),
            model="Good",
            columns=tuple(ColumnEntry(name=name, type=type_) for name, type_ in TYPES.items()),
            generated=("gross",),
        )
        return writer.finish(make_manifest(entry, name=writer.id, files=writer.files))


def test_frame_has_types_and_rewrites_no_value(typed: Snapshot) -> None:
    frame = typed.table("Good").to_pandas()
    assert [str(dtype) for dtype in frame.dtypes] == [
        "Int64",
        "object",
        "datetime64[us]",
        "datetime64[us, UTC]",
        "boolean",
        "Float64",
        "string",
        "string",
    ]
    first = frame.iloc[0]
    assert first["id"] == 9007199254740993
    assert str(first["price"]) == "1.50"
    assert isinstance(first["price"], Decimal)
    assert first["made"].microsecond == 1
    assert first["seen"] == datetime(2024, 2, 29, 9, tzinfo=UTC)
    assert (first["live"], first["ratio"]) == (True, 0.1)
    assert (first["until"], first["more"]) == ("infinity", '{"a": "x\ty"}')
    assert frame.iloc[1].isna().all()


def test_frame_says_what_it_does_not_show(typed: Snapshot) -> None:
    frame = typed.table("goods").to_pandas(limit=1)
    assert len(frame) == 1
    assert frame.attrs == {
        "snapshot": NOON_ID,
        "table": "goods",
        "rows": 2,
        "generated": ["gross"],
        "as_text": ["until"],
    }


def test_table_shows_its_columns_and_what_it_does_not_hold(typed: Snapshot) -> None:
    text = str(typed.table("Good"))
    assert text.startswith("Table goods (model Good): 2 rows")
    assert all(name in text for name in (*TYPES, "numeric(10,2)", "gross"))


def test_rows_are_as_they_are_stored_over_all_parts(tmp_path: Path) -> None:
    table = make_snapshot(tmp_path).table("public.users")
    assert len(table) == 200
    assert list(table.rows())[-1] == ("199", "name of user 199")
    assert len(list(table.rows(limit=121))) == 121
    assert table.to_pandas(limit=0).shape == (0, 2)


def test_empty_table_is_an_empty_frame(tmp_path: Path) -> None:
    assert make_snapshot(tmp_path).table("empty").to_pandas().shape == (0, 2)


def test_unknown_table_is_named_with_those_near_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model or table 'user'") as caught:
        make_snapshot(tmp_path).table("user")
    assert "users" in caught.value.hint


def test_damaged_part_gives_no_row(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path)
    flip_bit(snapshot.path / part_of(snapshot, place=0).path, 30)
    with pytest.raises(ManifestError, match="is damaged"):
        snapshot.table("users").to_pandas(limit=1)


def test_negative_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="negative"):
        make_snapshot(tmp_path).table("users").rows(limit=-1)


def test_open_takes_an_id_the_beginning_of_one_and_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "snapshots"
    make_snapshot(store)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SNAPKIT_STORE", raising=False)
    found = [
        snapkit.open(),
        snapkit.open("2025", store=store),
        snapkit.open(NOON_ID, store=Store(store)),
        snapkit.open(store / NOON_ID),
        snapkit.open(f"snapshots/{NOON_ID}"),
    ]
    monkeypatch.setenv("SNAPKIT_STORE", str(store))
    monkeypatch.chdir(store)
    found.append(snapkit.open("latest"))
    assert [snapshot.id for snapshot in found] == [NOON_ID] * 6


def test_open_says_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshotError):
        snapkit.open(tmp_path / NOON_ID)
