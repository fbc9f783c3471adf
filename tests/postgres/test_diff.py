"""Diff of two snapshots, end to end, and the file of all rows that differ."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet

from snapkit.core.names import TableName
from snapkit.core.snapshot_diff import ChangeKind, SnapshotDiff, TableDiff
from snapkit.core.verdict import RowChange, Verdict
from snapkit.errors import ManifestError, UsageError
from snapkit.pg.target import Target
from snapkit.store import Snapshot
from snapkit.workflows import row_sides
from snapkit.workflows.backup import backup
from snapkit.workflows.diff import diff
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run
from tests.snapshots import flip_bit

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.store import Store

STATEMENTS = """
CREATE TABLE item (id int PRIMARY KEY, name text, price numeric);
INSERT INTO item SELECT n, 'item ' || n, n / 4.0 FROM generate_series(1, 500) n;
CREATE TABLE log (level text, words text);
INSERT INTO log SELECT 'info', 'again' FROM generate_series(1, 3);
INSERT INTO log VALUES ('warn', NULL), ('warn', '');
CREATE TABLE same (id int PRIMARY KEY);
INSERT INTO same VALUES (1), (2);
CREATE TABLE gone (id int PRIMARY KEY);
INSERT INTO gone VALUES (1), (2), (3);
CREATE TABLE wider (id int PRIMARY KEY);
INSERT INTO wider VALUES (1);
CREATE TABLE moved (a text, id int PRIMARY KEY);
INSERT INTO moved VALUES (E'tab\\there', 1), (NULL, 2);
CREATE INDEX item_name ON item (name);
CREATE VIEW cheap AS SELECT * FROM item WHERE price < 3;
"""
CHANGES = """
UPDATE item SET name = NULL, price = 1.00 WHERE id = 4;
DELETE FROM item WHERE id = 7;
INSERT INTO item VALUES (501, 'new', 0);
DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM log WHERE level = 'info');
UPDATE log SET words = '' WHERE words IS NULL;
"""
SCHEMA = """
DROP TABLE gone;
CREATE TABLE fresh (id int PRIMARY KEY);
INSERT INTO fresh VALUES (1), (2);
ALTER TABLE wider ADD COLUMN more text;
DROP TABLE moved;
CREATE TABLE moved (id int PRIMARY KEY, a text);
INSERT INTO moved VALUES (1, E'tab\\there'), (2, 'no longer NULL');
DROP INDEX item_name;
ALTER TABLE same ADD CONSTRAINT small CHECK (id < 10);
CREATE OR REPLACE VIEW cheap AS SELECT * FROM item WHERE price < 4;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two snapshots of one database, before and after."""

    target: Target
    before: Snapshot
    after: Snapshot


@pytest.fixture
def pair(empty_target: Target, store: Store) -> Pair:
    run(empty_target, STATEMENTS)
    before = backup(empty_target, store).snapshot
    run(empty_target, CHANGES)
    run(empty_target, SCHEMA)
    return Pair(target=empty_target, before=before, after=backup(empty_target, store).snapshot)


def by_name(found: SnapshotDiff) -> dict[str, TableDiff]:
    return {table.table.name: table for table in found.tables}


def counts(table: TableDiff) -> tuple[int | None, int, int, int, int | None]:
    return (table.rows_a, table.removed, table.added, table.changed, table.rows_b)


def test_snapshots_of_an_unchanged_database_are_the_same(sample: Target, store: Store) -> None:
    one, other = (backup(sample, store).snapshot for _ in range(2))
    found = diff(one, other)
    assert list(map(str, found.changes)) == []
    assert (found.verdict, found.differing) == (Verdict.MATCH, ())
    assert found.totals.rows_a == found.totals.rows_b == one.manifest.rows > 0


def test_diff_counts_rows_of_every_table_and_the_sums_add_up(pair: Pair) -> None:
    found = diff(pair.before, pair.after)
    assert found.verdict is Verdict.MISMATCH
    assert {name: counts(table) for name, table in by_name(found).items()} == {
        "fresh": (None, 0, 2, 0, 2),
        "gone": (3, 3, 0, 0, None),
        "item": (500, 1, 1, 1, 500),
        "log": (5, 2, 1, 0, 4),
        "moved": (2, 0, 0, 1, 2),
        "same": (2, 0, 0, 0, 2),
        "wider": (1, 0, 0, 0, 1),
    }
    sums = found.totals
    assert sums.rows_a - sums.removed + sums.added == sums.rows_b
    assert (sums.tables, sums.same) == (7, 1)
    assert ("rows of table wider", by_name(found)["wider"].reason) in found.unchecked


def test_diff_names_rows_with_keys_columns_and_values(pair: Pair) -> None:
    found = by_name(diff(pair.before, pair.after))
    changed, removed, added = sorted(found["item"].named, key=lambda row: row.change)
    assert (changed.key, removed.key, added.key) == (
        (("id", "4"),),
        (("id", "501"),),
        (("id", "7"),),
    )
    assert [(v.column, v.snapshot, v.database) for v in changed.values] == [
        ("name", "item 4", None),
        ("price", "1.00000000000000000000", "1.00"),
    ]
    log = sorted((row.change, dict(row.key)["words"] or "") for row in found["log"].named)
    assert log == [
        (RowChange.EXTRA, ""),
        (RowChange.MISSING, ""),
        (RowChange.MISSING, "again"),
    ]
    (moved,) = found["moved"].named
    assert [(v.column, v.snapshot, v.database) for v in moved.values] == [
        ("a", None, "no longer NULL")
    ]


def test_diff_names_changes_of_the_schema(pair: Pair) -> None:
    found = diff(pair.before, pair.after)
    told = {(one.kind, one.where): (one.before, one.after) for one in found.changes}
    assert told[ChangeKind.TABLE, "gone"] == ("table", "nothing")
    assert told[ChangeKind.TABLE, "fresh"] == ("nothing", "table")
    assert told[ChangeKind.COLUMN, "wider.more"] == ("nothing", "text")
    assert told[ChangeKind.INDEX, "item.item_name"][1] == "nothing"
    assert told[ChangeKind.CHECK, "same.small"] == ("nothing", "valid")
    views = [one for one in found.changes if one.item.startswith("CREATE VIEW public.cheap")]
    assert [(one.before, one.after) for one in views] == [("as A has it", "as B has it")]
    assert not [one for one in found.changes if "fresh_pkey" in one.item and one.table]


def test_diff_does_not_read_tables_whose_digests_are_equal(pair: Pair) -> None:
    (part,) = pair.before.manifest.by_table[TableName("public", "same")].parts
    flip_bit(pair.before.path / part.path, 5)
    assert by_name(diff(pair.before, pair.after))["same"].verdict is Verdict.MATCH
    (part,) = pair.after.manifest.by_table[TableName("public", "item")].parts
    flip_bit(pair.after.path / part.path, 5)
    with pytest.raises(ManifestError, match="is damaged"):
        diff(pair.before, pair.after)


def test_diff_of_some_tables_says_what_was_left_out(pair: Pair) -> None:
    found = diff(pair.before, pair.after, only=[TableName("public", "item")])
    assert list(by_name(found)) == ["item"]
    assert {one.table for one in found.changes} == {TableName("public", "item")}
    assert ("table log", "not asked for") in found.unchecked
    assert ("table fresh", "not asked for") in found.unchecked


def test_diff_and_verify_find_the_same_rows_however_they_look(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By places, and where more differ than are held, by buckets of keys."""
    names = [TableName("public", name) for name in ("item", "log")]

    def both() -> list[object]:
        report = verify(pair.target, pair.before, only=names)
        found = diff(pair.before, pair.after, only=names)
        return [
            [(one.missing, one.extra, one.changed, set(one.named)) for one in report.findings],
            [(one.removed, one.added, one.changed, set(one.named)) for one in found.tables],
        ]

    by_places = both()
    assert by_places[0] == by_places[1]
    monkeypatch.setattr(row_sides, "MOST_APART", 0)
    assert both() == by_places


def records(path: Path) -> list[dict[str, str]]:
    """The file as dicts; NULL and an empty text look alike here."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    rows = parquet.read_table(path).to_pylist()
    return [{name: value or "" for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_rows_to_has_every_row_whatever_is_named(pair: Pair, tmp_path: Path, name: str) -> None:
    run(pair.target, "UPDATE public.item SET name = 'all' WHERE id > 100")
    path = tmp_path / name
    items = [TableName("public", "item")]
    report = verify(pair.target, pair.before, only=items, named_rows=2, rows_to=path)
    (finding,) = report.findings
    assert (len(finding.named), finding.changed) == (2, 401)
    told = records(path)
    keys = {json.loads(row["key"])["id"] for row in told if row["change"] == "changed"}
    assert keys == {"4", *map(str, range(101, 501))}
    assert next(row for row in told if row["key"] == '{"id":"4"}') == {
        "namespace": "public",
        "name": "item",
        "change": "changed",
        "key": '{"id":"4"}',
        "column": "name",
        "snapshot": "item 4",
        "database": "",
    }
    assert [row["key"] for row in told if row["change"] == "missing"] == ['{"id":"7"}']
    assert [path.name for path in tmp_path.iterdir() if path.name != "snapshots"] == [name]


def test_rows_to_of_a_diff_has_its_words(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.csv"
    diff(pair.before, pair.after, only=[TableName("public", "log")], rows_to=path, named_rows=0)
    told = records(path)
    found = [(row["change"], json.loads(row["key"])["words"]) for row in told]
    assert sorted(found, key=str) == [("added", ""), ("removed", "again"), ("removed", None)]
    assert list(told[0])[-2:] == ["snapshot_a", "snapshot_b"]


def test_rows_to_of_a_run_that_fails_is_not_there(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("of an earlier run")
    (part,) = pair.after.manifest.by_table[TableName("public", "item")].parts
    flip_bit(pair.after.path / part.path, 5)
    with pytest.raises(ManifestError):
        diff(pair.before, pair.after, rows_to=path)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshots"]


def test_rows_to_takes_no_other_ending(pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the ending of the file"):
        diff(pair.before, pair.after, rows_to=tmp_path / "rows.txt")


def test_verify_names_rows_of_a_large_table_in_order_and_out_of_order(
    empty_target: Target, store: Store
) -> None:
    """Several parts and pages, rows updated in place and moved: places are found all the same."""
    run(
        empty_target,
        "CREATE TABLE t (id int PRIMARY KEY, v text) WITH (fillfactor = 90);"
        "INSERT INTO t SELECT n, repeat('x', n % 200) FROM generate_series(1, 30000) n;"
        "DELETE FROM t WHERE id % 7 = 0",
    )
    snapshot = backup(empty_target, store).snapshot
    run(
        empty_target,
        "UPDATE t SET v = 'new' WHERE id IN (1, 15000, 29998);"
        "DELETE FROM t WHERE id IN (2, 29999); INSERT INTO t VALUES (7, 'back'), (40000, 'end')",
    )
    (finding,) = verify(empty_target, snapshot).mismatches
    assert (finding.missing, finding.extra, finding.changed) == (2, 2, 3)
    found = {(row.change.value, row.key[0][1]) for row in finding.named}
    assert found == {
        ("changed", "1"), ("changed", "15000"), ("changed", "29998"),
        ("missing", "2"), ("missing", "29999"), ("extra", "7"), ("extra", "40000"),
    }  # fmt: skip
