"""Indexes that are dropped for the load come back just as they were; all others stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.core.steps import DropIndex
from snapkit.errors import DatabaseError
from snapkit.pg.session import connect
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.restore import plan, restore
from tests.postgres.conftest import role_of, run, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.core.plan import RestorePlan
    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

SOURCE = Path(__file__).with_name("zoo").joinpath("indexes.sql").read_text("utf-8")
DROPPED = {
    "Shelf": [
        "covers",
        "hashed",
        "no two NULLs",
        'of "names"',
        "old glad",
        "patterns",
        "signatures",
        "spots",
        "tagged",
        "trigrams",
    ],
    "page_1": ["of one partition"],
}
EVERY_ONE = {name for names in DROPPED.values() for name in names}
TABLESPACE = "\"Fast 'disk'\""
DAMAGE = """
DELETE FROM pick WHERE id = 3;
DELETE FROM "Shelf" WHERE id BETWEEN 4000 AND 4100;
UPDATE "Shelf" SET name = 'damaged', body = NULL WHERE id < 100;
INSERT INTO page VALUES (-1, 'damaged');
"""
# Everything that the catalog says of an index, and what depends on what, but for the numbers.
FACTS = """
SELECT c.relname, pg_get_userbyid(c.relowner), s.spcname, c.relpersistence, c.reloptions, a.amname,
       pg_get_indexdef(c.oid), i.indnatts, i.indnkeyatts, i.indisunique, i.indnullsnotdistinct,
       i.indisprimary, i.indisexclusion, i.indimmediate, i.indisclustered, i.indisvalid,
       i.indcheckxmin, i.indisready, i.indislive, i.indisreplident, i.indkey::text,
       i.indcollation::text, i.indclass::text, i.indoption::text,
       pg_get_expr(i.indexprs, i.indrelid),
       pg_get_expr(i.indpred, i.indrelid),
       obj_description(c.oid, 'pg_class'),
       ARRAY(SELECT row(attname, atttypid, attstattarget, attstorage, attoptions)::text
               FROM pg_attribute WHERE attrelid = c.oid ORDER BY attnum),
       ARRAY(SELECT d.deptype::text || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
               FROM pg_depend d WHERE d.objid = c.oid ORDER BY 1),
       ARRAY(SELECT d.deptype::text || pg_describe_object(d.classid, d.objid, d.objsubid)
               FROM pg_depend d WHERE d.refobjid = c.oid ORDER BY 1),
       (SELECT count(*) FROM pg_stats WHERE tablename = c.relname)
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_am a ON a.oid = c.relam
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
 WHERE c.relnamespace = 'public'::regnamespace
 ORDER BY c.relname
"""
NUMBERS = """
SELECT relname, oid, relfilenode FROM pg_class
 WHERE relkind IN ('i', 'I') AND relnamespace = 'public'::regnamespace
"""


def facts(target: Target) -> list[tuple[object, ...]]:
    with connect(target) as session:
        return session.rows(FACTS)


def numbers(target: Target) -> dict[str, tuple[int, int]]:
    """The indexes' OIDs and file numbers, by name."""
    with connect(target) as session:
        return {name: (oid, file) for name, oid, file in session.rows(NUMBERS)}


def made_anew(before: dict[str, tuple[int, int]], target: Target) -> set[str]:
    after = numbers(target)
    assert set(after) == set(before)
    return {name for name in before if after[name][0] != before[name][0]}


def dropped_by(chosen: RestorePlan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step in chosen.steps:
        if isinstance(step, DropIndex):
            found.setdefault(step.index.table.name, []).append(step.index.name)
    return found


@pytest.fixture
def source(make_database: Callable[[], str]) -> Target:
    """The zoo's indexes, as the owner, and one that never became valid."""
    target = target_of(make_database())
    run(target, SOURCE)
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(target, 'CREATE UNIQUE INDEX CONCURRENTLY "not valid" ON "Shelf" (body)')
    return target


@pytest.fixture
def tablespace(server: EmbeddedServer) -> Iterator[None]:
    """A tablespace in which the owner may make things; asked for before the database is made."""
    with psycopg.connect(server.conninfo(), autocommit=True) as admin:
        admin.execute("SET allow_in_place_tablespaces = on")
        admin.execute(f"CREATE TABLESPACE {TABLESPACE} LOCATION ''".encode())
        admin.execute(f"GRANT CREATE ON TABLESPACE {TABLESPACE} TO app".encode())
        yield
        admin.execute(f"DROP TABLESPACE {TABLESPACE}".encode())


def test_indexes_come_back_as_they_were_and_only_plain_ones_are_dropped(
    source: Target, store: Store, dump: Dump
) -> None:
    snapshot = backup(source, store).snapshot
    before, lines, oids = facts(source), dump(source), numbers(source)
    run(source, DAMAGE)
    found = restore(source, snapshot, replace=True)
    assert found.committed
    assert dropped_by(found.plan) == DROPPED
    assert made_anew(oids, source) == EVERY_ONE
    assert facts(source) == before
    assert dump(source) == lines
    assert "indexes" in dict(found.timings)


def test_plan_says_which_indexes_are_dropped_and_touches_none(source: Target, store: Store) -> None:
    snapshot = backup(source, store).snapshot
    before = numbers(source)
    told = [str(step) for step in plan(source, snapshot, replace=True).steps]
    place = told.index('drop index of "names" of Shelf')
    again = told.index('add index of "names" of Shelf')
    assert place < told.index("truncate 4 tables") < again
    assert again < told.index("add foreign key pick_number_fkey of pick")
    assert not any("of few rows" in text or "Shelf_pkey" in text for text in told)
    assert numbers(source) == before


def test_equal_rows_roll_everything_back_and_are_named(source: Target, store: Store) -> None:
    snapshot = backup(source, store).snapshot
    run(
        source,
        'UPDATE "Shelf" SET name = id::text; CREATE UNIQUE INDEX "one name" ON "Shelf" (name)',
    )
    before, oids = facts(source), numbers(source)
    with pytest.raises(DatabaseError, match=r"could not create unique index .*name 1\b") as caught:
        restore(source, snapshot, replace=True)
    assert caught.value.where == "index one name of table Shelf"
    assert numbers(source) == oids
    assert facts(source) == before


def test_row_that_a_table_refuses_leaves_the_very_same_indexes(
    source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    run(source, "DELETE FROM page WHERE id = 7; ALTER TABLE page_1 ADD CHECK (id <> 7)")
    before = numbers(source)
    with pytest.raises(DatabaseError, match="table page_1"):
        restore(source, snapshot, replace=True)
    assert numbers(source) == before


def test_part_of_a_snapshot_drops_only_indexes_of_its_tables(source: Target, store: Store) -> None:
    snapshot = backup(source, store).snapshot
    before = facts(source)
    only = [TableName("public", "page_1")]
    found = restore(source, snapshot, replace=True, only=only)
    assert found.committed
    assert dropped_by(found.plan) == {"page_1": DROPPED["page_1"]}
    assert facts(source) == before


def test_rows_that_a_unique_index_refuses_are_quarantined(source: Target, store: Store) -> None:
    snapshot = backup(source, store).snapshot
    run(source, "TRUNCATE page; INSERT INTO page VALUES (1, 'words 1')")
    run(source, 'CREATE UNIQUE INDEX "few pages" ON page_1 ((id / 2)) WHERE id < 10')
    run(source, 'CREATE UNIQUE INDEX "fewer pages" ON page_1 (words) WHERE id BETWEEN 100 AND 200')
    before = numbers(source)
    found = restore(
        source,
        snapshot,
        replace=True,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert (found.committed, found.report.quarantined) == (True, 4 + 31)
    assert dropped_by(found.plan) == {}
    assert made_anew(before, source) == set()


@pytest.mark.usefixtures("tablespace")
def test_indexes_of_a_tablespace_come_back_into_it(source: Target, store: Store) -> None:
    run(source, f"ALTER INDEX covers SET TABLESPACE {TABLESPACE}")
    snapshot = backup(source, store).snapshot
    before, oids = facts(source), numbers(source)
    assert restore(source, snapshot, replace=True).committed
    assert "covers" in made_anew(oids, source)
    assert facts(source) == before


@pytest.mark.usefixtures("tablespace")
@pytest.mark.parametrize(
    ("revoke", "staying"),
    [
        (f"CREATE ON TABLESPACE {TABLESPACE}", {"covers"}),
        ('USAGE ON SCHEMA "the Rules"', {"old glad"}),
        ("CREATE ON SCHEMA public", EVERY_ONE),
    ],
    ids=["tablespace", "namespace of a function", "its own namespace"],
)
def test_indexes_that_the_role_could_not_make_again_stay(
    revoke: str, staying: set[str], source: Target, server: EmbeddedServer, store: Store
) -> None:
    run(source, f"ALTER INDEX covers SET TABLESPACE {TABLESPACE}")
    snapshot = backup(source, store).snapshot
    before, oids = facts(source), numbers(source)
    admin = target_of(server.conninfo(dict(source.keywords)["dbname"]))
    run(
        admin,
        'ALTER SCHEMA "the Rules" OWNER TO CURRENT_USER; ALTER SCHEMA public OWNER TO CURRENT_USER;'
        'GRANT USAGE ON SCHEMA "the Rules" TO app; GRANT ALL ON SCHEMA public TO app;'
        f'REVOKE {revoke} FROM PUBLIC, "{role_of(source)}"',
    )
    assert restore(source, snapshot, replace=True).committed
    assert made_anew(oids, source) == EVERY_ONE - staying
    assert facts(source) == before
