"""PERIOD foreign keys: a child's period needs parents that cover it, not one that overlaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.core.merge import MergeMode
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.plan import OnError
from snapkit.core.verdict import Verdict
from snapkit.errors import PlanError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.orphans import count_orphans
from snapkit.pg.session import connect
from snapkit.pg.stage import index_for_periods, make_stage
from snapkit.store import QuarantineFolder
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.merge import merge
from snapkit.workflows.requeue import requeue
from snapkit.workflows.restore import plan, restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run
from tests.postgres.merging import public, value

if TYPE_CHECKING:
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store
    from tests.postgres.conftest import Dump

TABLES = """
CREATE EXTENSION btree_gist;
CREATE TABLE stay (room integer, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
INSERT INTO stay VALUES (1, '[2024-01-01,2024-02-01)'), (1, '[2024-02-01,2024-03-01)');
CREATE TABLE meal (id integer PRIMARY KEY, room integer, during daterange);
INSERT INTO meal VALUES
    (1, 1, '[2024-01-15,2024-02-15)'), (2, NULL, '[2024-01-01,2025-01-01)'),
    (3, 1, '[2024-01-15,2024-01-20)');
"""
KEY = "ALTER TABLE meal ADD FOREIGN KEY (room, PERIOD during) REFERENCES stay (room, PERIOD during)"
HALF = "DELETE FROM stay WHERE during = '[2024-02-01,2024-03-01)'"


@pytest.fixture
def hotel(empty_target: Target) -> Target:
    run(empty_target, f"{TABLES}; {KEY}")
    return empty_target


@pytest.fixture
def snapshot(hotel: Target, store: Store) -> Snapshot:
    return backup(hotel, store).snapshot


def orphans_of(target: Target) -> list[int]:
    with connect(target) as session, session.connection.transaction():
        catalog = read_catalog(session)
        return [rows for _, rows in count_orphans(session, catalog, catalog.foreign_keys)]


PARENTS = {
    "range": ("int4range", ["[1,5)", "[5,9)", "[20,30)", "[40,)"]),
    "multirange": ("int4multirange", ["{[1,3),[4,5)}", "{[3,4),[5,9)}", "{[20,30)}", "{[40,)}"]),
}
CHILDREN = [
    *("[1,9)", "[2,6)", "[5,9)", "[0,2)", "[8,10)", "[8,21)", "[10,20)", "[22,23)", "[50,60)"),
    *("[50,)", "(,)", "(,3)", "empty"),
]


@pytest.mark.parametrize("kind", PARENTS)
def test_periods_without_parents_are_those_that_the_server_refuses(
    kind: str, empty_target: Target
) -> None:
    type_, parents = PARENTS[kind]
    stays = ", ".join(f"(1, '{at}')" for at in parents)
    key = "ALTER TABLE child ADD FOREIGN KEY (room, PERIOD at) REFERENCES parent (room, PERIOD at)"
    run(
        empty_target,
        f"CREATE EXTENSION btree_gist; CREATE DOMAIN times AS {type_};"
        "CREATE TABLE parent (at times, room integer, UNIQUE (room, at WITHOUT OVERLAPS))"
        " PARTITION BY LIST (room);"
        "CREATE TABLE leaf PARTITION OF parent FOR VALUES IN (1);"
        "CREATE TABLE rest PARTITION OF parent DEFAULT;"
        f"INSERT INTO parent (room, at) VALUES {stays}, (3, '{parents[0]}');"
        f"CREATE TABLE child (room integer, at times); {key}",
    )
    periods = [f"{{{at}}}" if kind == "multirange" else at for at in CHILDREN]
    rows = [
        (room, None if at is None else at.replace("{empty}", "{}"))
        for room in (1, 2, 3, None)
        for at in (*periods, None)
    ]
    insert = "INSERT INTO child VALUES (%s, %s)"
    refused = 0
    with psycopg.connect(**empty_target.connect_arguments()) as connection:  # type: ignore[arg-type]
        for row in rows:
            try:
                with connection.transaction():
                    connection.execute(insert, row)
            except psycopg.errors.ForeignKeyViolation:
                refused += 1
        connection.execute("ALTER TABLE child DROP CONSTRAINT child_room_at_fkey; TRUNCATE child")
        connection.cursor().executemany(insert, rows)
        connection.execute(f"{key} NOT VALID".encode())
    assert 2 * len(CHILDREN) < refused < 3 * len(CHILDREN)
    assert orphans_of(empty_target) == [refused]


def test_period_that_is_covered_in_part_is_found_under_a_key_never_validated(
    empty_target: Target, store: Store, dump: Dump
) -> None:
    run(empty_target, f"{TABLES}; {HALF}; {KEY} NOT VALID")
    before = dump(empty_target)
    snapshot = backup(empty_target, store).snapshot
    found = verify(empty_target, snapshot)
    assert [(item.rows, item.known) for item in found.orphans] == [(1, 1)]
    assert restore(empty_target, snapshot, replace=True).committed
    assert dump(empty_target) == before


def test_part_whose_parents_cover_it_no_more_is_refused_beforehand(
    hotel: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(hotel, f"DELETE FROM meal; {HALF}")
    before = dump(hotel)
    text = "1 row of meal would refer to rows of stay that are neither there nor coming along"
    with pytest.raises(PlanError, match=text):
        plan(hotel, snapshot, replace=True, only=public("meal"))
    with pytest.raises(PlanError, match=text):
        restore(hotel, snapshot, replace=True, only=public("meal"))
    with pytest.raises(PlanError, match=text):
        merge(hotel, snapshot, MergeMode.INSERT_MISSING, only=public("meal"))
    assert dump(hotel) == before


def test_part_whose_parents_cover_it_is_taken(
    hotel: Target, snapshot: Snapshot, dump: Dump
) -> None:
    before = dump(hotel)
    run(hotel, "DELETE FROM meal WHERE id = 1")
    assert restore(hotel, snapshot, replace=True, only=public("meal")).committed
    assert restore(hotel, snapshot, replace=True, only=public("stay")).committed
    assert dump(hotel) == before


@pytest.mark.parametrize("mode", MergeMode)
def test_parents_that_are_there_and_parents_that_come_cover_together(
    mode: MergeMode, empty_target: Target, store: Store, dump: Dump
) -> None:
    run(
        empty_target,
        f"{TABLES}; ALTER TABLE stay DROP CONSTRAINT stay_pkey;"
        "ALTER TABLE stay ADD UNIQUE (room, during WITHOUT OVERLAPS), ADD id serial PRIMARY KEY;"
        f"{KEY}",
    )
    snapshot = backup(empty_target, store).snapshot
    before = dump(empty_target)
    run(empty_target, f"DELETE FROM meal WHERE id = 1; {HALF}")
    with pytest.raises(PlanError, match="1 row of meal would refer to rows of stay"):
        merge(empty_target, snapshot, mode, only=public("meal"))
    assert merge(empty_target, snapshot, mode).committed
    assert dump(empty_target) == before


def test_parents_that_would_not_cover_what_stays_are_refused_beforehand(
    hotel: Target, snapshot: Snapshot
) -> None:
    run(
        hotel,
        "INSERT INTO stay VALUES (1, '[2024-03-01,2024-04-01)');"
        "INSERT INTO meal VALUES (4, 1, '[2024-02-20,2024-03-05)')",
    )
    with pytest.raises(PlanError, match="1 row of meal would refer to rows of stay"):
        restore(hotel, snapshot, replace=True, only=public("stay"))


def test_period_that_is_covered_in_part_is_quarantined_and_comes_back(
    hotel: Target, snapshot: Snapshot, store: Store, dump: Dump
) -> None:
    before = dump(hotel)
    run(hotel, f"DELETE FROM meal; {HALF}")
    found = restore(
        hotel,
        snapshot,
        replace=True,
        only=public("meal"),
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert value(hotel, "SELECT array_agg(id ORDER BY id) FROM public.meal") == [2, 3]
    assert found.quarantine is not None
    run(hotel, "INSERT INTO stay VALUES (1, '[2024-02-01,2024-03-01)')")
    requeue(hotel, QuarantineFolder(found.quarantine))
    assert dump(hotel) == before


@pytest.mark.parametrize("mode", MergeMode)
def test_temporal_key_does_not_tell_rows_apart(
    mode: MergeMode, hotel: Target, snapshot: Snapshot
) -> None:
    with pytest.raises(PlanError, match=r"stay has the key \(room, during\) WITHOUT OVERLAPS"):
        merge(hotel, snapshot, mode, only=public("stay"))
    run(hotel, "DELETE FROM meal WHERE id = 1")
    assert merge(hotel, snapshot, mode, only=public("meal")).report.verdict is Verdict.MATCH


@pytest.mark.parametrize(
    "kind", ["integer", "text", "box"], ids=["indexed", "too long", "without order"]
)
def test_staged_parents_are_indexed_where_they_can_be(kind: str, empty_target: Target) -> None:
    room = {"integer": "7", "text": "string_agg(md5(i::text), '')", "box": "'(1,2),(3,4)'"}[kind]
    stay = TableName("public", "stay")
    key = ForeignKey(
        name="key",
        child=TableName("public", "meal"),
        columns=("room", "during"),
        parent=stay,
        parent_columns=("room", "during"),
        is_period=True,
    )
    run(empty_target, f"CREATE TABLE stay (room {kind}, during daterange)")
    with connect(empty_target) as session, session.connection.transaction():
        stage = make_stage(session, "rows", stay, ("room", "during"))
        session.execute(
            f"INSERT INTO pg_temp.rows SELECT {room} FROM generate_series(1, 200) i HAVING true"
        )
        index_for_periods(session, stage, (key,))
        indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'pg_temp.rows'::regclass"
        assert session.scalar(indexes) == int(kind == "integer")
