"""Sequences that feed columns by a DEFAULT: moved, and judged, by every column that draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapkit.core.catalog import Feed
from snapkit.core.merge import MergeMode
from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.core.verdict import Verdict
from snapkit.pg.catalog import read_catalog
from snapkit.pg.sequences import Reach, greatest_values
from snapkit.pg.session import connect
from snapkit.store import QuarantineFolder
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.merge import merge
from snapkit.workflows.requeue import requeue
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import role_of, role_with, run, target_of
from tests.postgres.merging import public, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store

SOURCE = """
CREATE SEQUENCE alone;
CREATE TABLE t (id integer PRIMARY KEY DEFAULT nextval('alone'), v text);
INSERT INTO t (v) SELECT 'x' FROM generate_series(1, 5);
-- Owned by one table, drawn from by two.
CREATE SEQUENCE shared;
CREATE TABLE f (id integer PRIMARY KEY DEFAULT nextval('shared'));
ALTER SEQUENCE shared OWNED BY f.id;
CREATE TABLE g (id integer PRIMARY KEY DEFAULT nextval('shared'));
INSERT INTO f SELECT FROM generate_series(1, 3);
INSERT INTO g SELECT FROM generate_series(1, 3);
-- Makes something else of the number.
CREATE SEQUENCE tens;
CREATE TABLE n (id integer PRIMARY KEY DEFAULT nextval('tens') * 10);
INSERT INTO n SELECT FROM generate_series(1, 4);
-- Feeds nothing: whoever numbers invoices draws by hand.
CREATE SEQUENCE idle;
SELECT setval('idle', 40);
"""
EMPTY = """
DELETE FROM t; DELETE FROM f; DELETE FROM g; DELETE FROM n;
ALTER SEQUENCE alone RESTART; ALTER SEQUENCE shared RESTART;
ALTER SEQUENCE tens RESTART; ALTER SEQUENCE idle RESTART
"""


@pytest.fixture
def source(make_database: Callable[[], str]) -> Target:
    """The database, as its owner."""
    target = target_of(make_database())
    run(target, SOURCE)
    return target


@pytest.fixture
def snapshot(source: Target, store: Store) -> Snapshot:
    """A snapshot of it; the database is empty and its sequences at their start afterwards."""
    made = backup(source, store).snapshot
    run(source, EMPTY)
    return made


@pytest.fixture
def clerk(server: EmbeddedServer, source: Target) -> Iterator[Target]:
    """The same, as a role that may read and write `g`, and owns nothing."""
    with role_with(
        server,
        source,
        "SELECT, INSERT, UPDATE, DELETE ON g",
        "SELECT ON ALL SEQUENCES IN SCHEMA public",
    ) as target:
        yield target


def drawn(target: Target, sequence: str) -> object:
    return value(target, f"SELECT nextval('public.{sequence}')")


def test_catalog_names_the_columns_that_draw(source: Target) -> None:
    with connect(source) as session:
        catalog = read_catalog(session)
    shared = TableName("public", "shared")
    assert [feed for feed in catalog.feeds if feed.sequence == shared] == [
        Feed(sequence=shared, table=table, column="id") for table in public("f", "g")
    ]


def test_greatest_value_is_that_of_every_column_and_of_plain_defaults_only(source: Target) -> None:
    with connect(source) as session:
        catalog = read_catalog(session)
        found = greatest_values(session, catalog, catalog.sequences)
    assert {name.name: reach for name, reach in found.items()} == {
        "alone": Reach(5, TableName("public", "t"), "id"),
        "shared": Reach(6, TableName("public", "g"), "id"),
    }


@pytest.mark.parametrize("mode", MergeMode)
def test_merge_moves_every_sequence_of_the_snapshot_forward(
    mode: MergeMode, source: Target, snapshot: Snapshot
) -> None:
    assert merge(source, snapshot, mode).committed
    found = [drawn(source, name) for name in ("alone", "shared", "tens", "idle")]
    assert found == [6, 7, 5, 41]


@pytest.mark.parametrize("table", ["t", "g"])
def test_merge_of_a_part_moves_what_its_columns_draw_from(
    table: str, source: Target, snapshot: Snapshot
) -> None:
    assert merge(source, snapshot, MergeMode.INSERT_MISSING, only=public(table)).committed
    run(source, f"INSERT INTO {table} DEFAULT VALUES")
    assert drawn(source, "idle") == 1


@pytest.mark.parametrize("table", ["t", "f", "g", "n"])
def test_replacing_a_part_moves_a_sequence_of_others_too_forward(
    table: str, source: Target, snapshot: Snapshot
) -> None:
    assert restore(source, snapshot, replace=True, only=public(table)).committed
    run(source, f"INSERT INTO {table} DEFAULT VALUES")


def test_replacing_a_part_never_sets_a_shared_sequence_back(
    source: Target, snapshot: Snapshot
) -> None:
    run(source, "INSERT INTO f VALUES (90); SELECT setval('shared', 90)")
    assert restore(source, snapshot, replace=True, only=public("g")).committed
    assert drawn(source, "shared") == 91


def test_replacing_all_that_draw_sets_a_shared_sequence_back(
    source: Target, snapshot: Snapshot
) -> None:
    run(source, "SELECT setval('shared', 90)")
    assert restore(source, snapshot, replace=True, only=public("f", "g")).committed
    assert drawn(source, "shared") == 7


def test_whole_restore_moves_a_sequence_only_forward_that_another_table_draws_from(
    source: Target, snapshot: Snapshot
) -> None:
    run(source, "CREATE TABLE later (id integer DEFAULT nextval('alone'))")
    run(source, "INSERT INTO later VALUES (90); SELECT setval('alone', 90)")
    assert restore(source, snapshot, replace=True).committed
    assert [drawn(source, name) for name in ("alone", "shared", "idle")] == [91, 7, 41]


@pytest.mark.parametrize("right", ["UPDATE", "USAGE"])
def test_shared_sequence_that_the_role_may_not_move_keeps_the_rows_out(
    right: str, source: Target, clerk: Target, snapshot: Snapshot
) -> None:
    run(source, f'GRANT {right} ON SEQUENCE shared TO "{role_of(clerk)}"')
    run(source, "SELECT setval('shared', 5)")  # 6 is to come, and taken
    for found in (
        restore(clerk, snapshot, replace=True, only=public("g")),
        merge(clerk, snapshot, MergeMode.INSERT_MISSING, only=public("g")),
    ):
        assert found.committed == (right == "UPDATE")
        assert any("lacks UPDATE on it" in note for note in found.plan.notes) != found.committed
    assert drawn(source, "shared") == (7 if right == "UPDATE" else 6)


def test_verify_finds_a_sequence_behind_a_column_that_does_not_own_it(
    source: Target, snapshot: Snapshot
) -> None:
    assert restore(source, snapshot, replace=True).report.verdict is Verdict.MATCH
    run(source, "SELECT setval('shared', 4)")
    for only in (None, public("g")):
        report = verify(source, snapshot, only=only)
        (behind,) = [item for item in report.sequences if item.verdict is Verdict.MISMATCH]
        assert (behind.owner, behind.column) == (TableName("public", "g"), "id")
        assert (behind.next_value, behind.greatest) == (5, 6)


def test_requeue_moves_a_sequence_of_a_default(
    source: Target, snapshot: Snapshot, store: Store
) -> None:
    run(source, "ALTER TABLE t ADD CONSTRAINT rule CHECK (id < 5)")
    result = restore(
        source,
        snapshot,
        replace=True,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert result.quarantine is not None
    run(source, "ALTER TABLE t DROP CONSTRAINT rule; ALTER SEQUENCE alone RESTART")
    found = requeue(source, QuarantineFolder(result.quarantine))
    assert found.notes == ("sequence alone was moved on to 6",)
