"""What workflows tell of their progress: every row of every table once, and every table's end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.core.progress import Work
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.check import check
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.progress import Done
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store


@dataclass
class Stage:
    """What was told of one stage."""

    what: str
    work: dict[TableName, Work]
    rows: dict[TableName, int] = field(default_factory=dict)
    size: dict[TableName, int] = field(default_factory=dict)
    ended: list[TableName] = field(default_factory=list)
    most_at_work: int = 0


class Heard:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        self.stages.append(Stage(what, {item.table: item for item in work}))

    def advance(self, table: TableName, done: Done) -> None:
        stage = self.stages[-1]
        assert table not in stage.ended
        stage.rows[table] = stage.rows.get(table, 0) + done.rows
        stage.size[table] = stage.size.get(table, 0) + done.size
        stage.most_at_work = max(stage.most_at_work, len(set(stage.rows) - set(stage.ended)))

    def end(self, table: TableName) -> None:
        self.stages[-1].ended.append(table)

    @property
    def named(self) -> list[str]:
        return [stage.what for stage in self.stages]


def require_all_told(stage: Stage, snapshot: Snapshot) -> None:
    """The manifest's rows and bytes, each table ended once."""
    tables = snapshot.manifest.data_tables
    assert {name: rows for name, rows in stage.rows.items() if rows} == {
        entry.table: entry.rows for entry in tables if entry.rows
    }
    assert sum(stage.size.values()) == snapshot.manifest.size
    assert set(stage.work) == {entry.table for entry in tables}
    assert len(stage.ended) == len(set(stage.ended))
    assert set(stage.ended) >= {entry.table for entry in tables if entry.rows}


@pytest.mark.parametrize("jobs", [1, 2])
def test_backup_tells_of_every_row_once(sample: Target, store: Store, jobs: int) -> None:
    heard = Heard()
    snapshot = backup(sample, store, jobs=jobs, progress=heard).snapshot
    (stage,) = heard.stages
    require_all_told(stage, snapshot)
    assert stage.most_at_work == jobs


def test_backup_tells_of_a_table_part_by_part(empty_target: Target, store: Store) -> None:
    run(
        empty_target,
        "CREATE TABLE t (x text); INSERT INTO t SELECT repeat('x', 1900) FROM"
        " generate_series(1, 20000)",
    )
    advances = []

    class Counting(Heard):
        def advance(self, table: TableName, done: Done) -> None:
            super().advance(table, done)
            advances.append(done)

    heard = Counting()
    snapshot = backup(empty_target, store, jobs=2, progress=heard).snapshot
    require_all_told(heard.stages[0], snapshot)
    told = [done for done in advances if done.rows]
    assert len(told) == 2
    (work,) = heard.stages[0].work.values()
    assert work.is_estimated
    assert sum(done.extent for done in told) == pytest.approx(work.extent, abs=len(told))


def test_estimates_of_a_backup_are_the_servers(empty_target: Target, store: Store) -> None:
    run(
        empty_target,
        "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE TABLE c (x int);"
        "INSERT INTO a SELECT generate_series(1, 1000); ANALYZE a; INSERT INTO b VALUES (1)",
    )
    heard = Heard()
    backup(empty_target, store, jobs=1, progress=heard)
    rows = {str(name): work.rows for name, work in heard.stages[0].work.items()}
    assert rows == {"a": 1000, "b": None, "c": 0}  # b was never analyzed


def test_restore_tells_of_loading_building_and_reading_back(
    sample: Target, empty_target: Target, store: Store
) -> None:
    heard = Heard()
    snapshot = backup(sample, store).snapshot
    assert restore(empty_target, snapshot, progress=heard).committed
    loading, building, reading = heard.stages
    assert building.what == "building indexes and foreign keys"
    require_all_told(loading, snapshot)
    require_all_told(reading, snapshot)


def test_restore_with_quarantine_tells_of_every_row(
    sample: Target, empty_target: Target, store: Store
) -> None:
    heard = Heard()
    snapshot = backup(sample, store).snapshot
    restore(
        empty_target,
        snapshot,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
        progress=heard,
    )
    require_all_told(heard.stages[0], snapshot)


@pytest.mark.parametrize("by_sql", [False, True])
def test_verify_tells_of_every_row(sample: Target, store: Store, *, by_sql: bool) -> None:
    heard = Heard()
    snapshot = backup(sample, store).snapshot
    verify(sample, snapshot, by_sql=by_sql, progress=heard)
    require_all_told(heard.stages[0], snapshot)


def test_check_tells_of_every_row(sample: Target, store: Store) -> None:
    heard = Heard()
    snapshot = backup(sample, store).snapshot
    check(snapshot, progress=heard)
    require_all_told(heard.stages[0], snapshot)


def test_quick_check_tells_of_every_tables_end(sample: Target, store: Store) -> None:
    heard = Heard()
    snapshot = backup(sample, store).snapshot
    check(snapshot, quick=True, progress=heard)
    assert set(heard.stages[0].ended) == set(heard.stages[0].work)


def test_table_that_cannot_be_compared_ends_all_the_same(
    sample: Target, empty_target: Target, store: Store
) -> None:
    heard = Heard()
    verify(empty_target, backup(sample, store).snapshot, progress=heard)
    assert set(heard.stages[0].ended) == set(heard.stages[0].work)
