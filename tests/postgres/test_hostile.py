"""What a hostile neighbour does: waits in the wrong place, writes at the wrong time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.core.verdict import Verdict
from snapkit.errors import PlanError, UsageError
from snapkit.pg.target import parse_target
from snapkit.workflows.backup import backup
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.names import TableName
    from snapkit.core.progress import Done, Work
    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

PATIENCE = 20.0  # seconds after which a test gives up

HOSTILE_NAMES = """
CREATE SCHEMA "sch""ema; DROP TABLE x; --";
CREATE SCHEMA "%s{}\\";
CREATE TABLE "sch""ema; DROP TABLE x; --"."</script><img src=x onerror=alert(1)>
line" ("a%s" serial PRIMARY KEY, "{b}" text DEFAULT '%', "c\\" text, "select" int, "../.." text,
       "\u202ertl" text, "$1" int, "%(x)s" text, " " text);
INSERT INTO "sch""ema; DROP TABLE x; --"."</script><img src=x onerror=alert(1)>
line" ("c\\", "%(x)s") VALUES ('\\.', ''), (E'\\n\\\\.\\n', '%s'), (NULL, '\\N');
CREATE TABLE "../../tmp/evil" (id int PRIMARY KEY);
CREATE TABLE "%s{}\\"."ñññññññññññññññññññññññññññññññ" (id int REFERENCES "../../tmp/evil");
INSERT INTO "../../tmp/evil" VALUES (1);
INSERT INTO "%s{}\\"."ñññññññññññññññññññññññññññññññ" VALUES (1), (NULL);
CREATE TABLE t (a int); CREATE TABLE "T" (a int, "A" int); CREATE TABLE "t " (a int);
INSERT INTO t VALUES (1); INSERT INTO "T" VALUES (2, 3); INSERT INTO "t " VALUES (4);
"""

SHADOWS = """
CREATE FUNCTION count(int) RETURNS int LANGUAGE sql AS 'SELECT 42';
CREATE FUNCTION concat(text) RETURNS text LANGUAGE sql AS 'SELECT ''evil''::text';
CREATE FUNCTION sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT ''\\x00''::bytea';
CREATE FUNCTION set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION ''shadow''; END';
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textne);
CREATE TABLE public.pg_class (oid oid, relname text);
INSERT INTO public.pg_class VALUES (1, 'pg_class');
"""


class Saboteur:
    """A progress that asks for a table's strongest lock once pg_dump is done, and waits for it."""

    def __init__(self, target: Target, statement: str) -> None:
        self.watcher = psycopg.connect(**target.connect_arguments(), autocommit=True)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=run, args=(target, statement))
        self.was_waiting = False

    def begin(self, _what: str, _work: Sequence[Work] = ()) -> None:
        """Wait for the end of pg_dump, which has locks and patience of its own, then strike."""
        _await(self.watcher, "application_name = 'pg_dump'", seconds=2)  # it may be done already
        _await(self.watcher, "application_name = 'pg_dump'", wanted=False)
        self.thread.start()
        self.was_waiting = _await(self.watcher, "wait_event_type = 'Lock'")

    def advance(self, _table: TableName, _done: Done) -> None:
        """Nothing."""

    def end(self, _table: TableName) -> None:
        """Nothing."""


def _await(
    watcher: psycopg.Connection[tuple[object, ...]],
    condition: str,
    *,
    wanted: bool = True,
    seconds: float = PATIENCE,
) -> bool:
    """Wait until a session is, or is not, in a state; whether it came to that."""
    query = f"SELECT FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if bool(watcher.execute(query.encode()).fetchall()) is wanted:
            return True
        time.sleep(0.002)
    return False


@pytest.mark.parametrize("jobs", [1, 2])
def test_backup_does_not_wait_for_whoever_waits_for_it(
    jobs: int, store: Store, empty_target: Target
) -> None:
    run(empty_target, "CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO b VALUES (1)")
    saboteur = Saboteur(empty_target, "ALTER TABLE b ADD COLUMN y int")
    snapshot = backup(empty_target, store, jobs=jobs, progress=saboteur).snapshot
    saboteur.thread.join(PATIENCE)
    saboteur.watcher.close()
    assert saboteur.was_waiting
    (entry,) = (entry for entry in snapshot.manifest.tables if entry.name == "b")
    assert (entry.rows, entry.column_names) == (1, ("x",))


def test_restore_without_replace_spares_rows_that_came_while_it_waited(
    store: Store, database_pair: tuple[str, str]
) -> None:
    source, target = map(target_of, database_pair)
    for each in (source, target):
        run(each, "CREATE TABLE t (x int)")
    run(source, "INSERT INTO t VALUES (1)")
    snapshot = backup(source, store).snapshot
    with psycopg.connect(**target.connect_arguments()) as writer:  # type: ignore[arg-type]
        writer.execute("INSERT INTO t VALUES (2)")
        committing = threading.Thread(target=_commit_when_awaited, args=(writer, target))
        committing.start()
        with pytest.raises(PlanError, match="rows came into 1 table just now: t"):
            restore(target, snapshot)
        committing.join()
        assert writer.execute("SELECT x FROM t").fetchall() == [(2,)]


def _commit_when_awaited(writer: psycopg.Connection[tuple[object, ...]], target: Target) -> None:
    with psycopg.connect(**target.connect_arguments(), autocommit=True) as watcher:  # type: ignore[arg-type]
        _await(watcher, "wait_event_type = 'Lock'")
    writer.commit()


def test_a_sequence_that_was_behind_in_the_source_comes_back_so(
    store: Store, database_pair: tuple[str, str]
) -> None:
    source, target = map(target_of, database_pair)
    run(source, "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1), (7)")
    snapshot = backup(source, store).snapshot
    assert restore(target, snapshot).committed
    (found,) = verify(target, snapshot).sequences
    assert (found.verdict, found.is_free) == (Verdict.MATCH, False)
    run(target, "SELECT setval('t_id_seq', 3)")
    assert verify(target, snapshot).verdict is Verdict.MISMATCH


def test_a_null_in_an_array_stays_one_whatever_the_role_is_set_to(
    server: EmbeddedServer, store: Store, database_pair: tuple[str, str]
) -> None:
    source, target = map(target_of, database_pair)
    run(source, "CREATE TABLE t (x text[]); INSERT INTO t VALUES (ARRAY[NULL, 'NULL'])")
    snapshot = backup(source, store).snapshot
    name = dict(target.keywords)["dbname"]
    run(target_of(server.conninfo()), f'ALTER DATABASE "{name}" SET array_nulls = off')
    assert restore(target, snapshot).committed


@pytest.mark.parametrize("content", [HOSTILE_NAMES, SHADOWS], ids=["names", "shadows"])
def test_hostile_databases_come_back_as_they_were(
    content: str, store: Store, database_pair: tuple[str, str], dump: Dump
) -> None:
    source, target = map(target_of, database_pair)
    run(source, content)
    before = dump(source)
    snapshot = backup(source, store).snapshot
    assert restore(target, snapshot).committed
    assert dump(target) == before
    assert restore(source, snapshot, replace=True).committed
    assert dump(source) == before
    assert verify(source, snapshot, by_sql=True).verdict is Verdict.MATCH


def test_a_misspelt_uri_is_not_shown_as_the_name_of_a_database() -> None:
    with pytest.raises(UsageError) as caught:
        parse_target("postgres//app:SENTINEL@localhost/shop", {}, {})
    assert "SENTINEL" not in f"{caught.value} {caught.value.where} {caught.value.hint}"
