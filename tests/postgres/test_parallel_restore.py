"""A restore by several connections: all or nothing for who looks at the database."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from threading import Timer
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from snapkit.core.verdict import Verdict
from snapkit.errors import DatabaseError, LockedError, ManifestError, PlanError
from snapkit.pg import locks, staging
from snapkit.pg.session import connect
from snapkit.pg.staging import staging_name
from snapkit.workflows import parallel_restore
from snapkit.workflows.backup import backup
from snapkit.workflows.restore import plan, restore
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.core.plan import RestorePlan
    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store
    from snapkit.workflows.pool import WorkerPool
    from snapkit.workflows.steps import Run
    from tests.postgres.conftest import Dump


@pytest.fixture(autouse=True)
def may_create(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The role `app` may make databases; any snapshot is large enough for several connections."""
    monkeypatch.setattr("snapkit.workflows.restore.PAYS_FROM_BYTES", 0)
    run(target_of(server.conninfo()), "ALTER ROLE app CREATEDB")
    yield
    run(target_of(server.conninfo()), "ALTER ROLE app NOCREATEDB")


@pytest.fixture
def snapshot(sample: Target, store: Store) -> Snapshot:
    """Of the sample."""
    return backup(sample, store).snapshot


@pytest.fixture
def once_verified(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """A function that has something happen when all is proved, and nothing visible yet."""
    verify = vars(parallel_restore)["verify_rows"]

    def have(happen: Callable[[], None]) -> None:
        def verify_and_more(*arguments: object) -> object:
            report = verify(*arguments)
            happen()
            return report

        monkeypatch.setattr(parallel_restore, "verify_rows", verify_and_more)

    return have


def holds_tables(target: Target) -> bool:
    with connect(target) as session:
        return bool(session.scalar("SELECT count(*) FROM pg_class WHERE relname = 'country'"))


def name_of(target: Target) -> str:
    return dict(target.keywords)["dbname"]


def databases(server: EmbeddedServer) -> set[str]:
    with psycopg.connect(server.conninfo()) as admin:
        return {name for (name,) in admin.execute("SELECT datname FROM pg_database")}


def facts(server: EmbeddedServer, target: Target) -> tuple[object, ...]:
    """What belongs to a database and is not in it."""
    with psycopg.connect(server.conninfo()) as admin:
        row = admin.execute(
            "SELECT pg_get_userbyid(datdba), datconnlimit, shobj_description(oid, 'pg_database'),"
            " ARRAY(SELECT x::text FROM unnest(datacl) x ORDER BY 1), encoding, datcollate"
            " FROM pg_database WHERE datname = %s",
            [name_of(target)],
        ).fetchone()
    assert row
    return row


def test_the_rows_come_back_and_nothing_stays_beside_them(
    sample: Target, snapshot: Snapshot, empty_target: Target, server: EmbeddedServer, dump: Dump
) -> None:
    before = databases(server)
    done = restore(empty_target, snapshot, jobs=3)
    assert (done.plan.jobs, done.report.verdict, done.committed) == (3, Verdict.MATCH, True)
    assert done.rows_restored == snapshot.manifest.rows
    assert dump(empty_target) == dump(sample)
    assert databases(server) == before


def test_what_belongs_to_the_database_stays(
    snapshot: Snapshot, empty_target: Target, server: EmbeddedServer
) -> None:
    admin = target_of(server.conninfo(name_of(empty_target)))
    run(admin, "CREATE EXTENSION vector")  # which `app` may not make
    server.create_role("guest")
    name = sql.Identifier(name_of(empty_target))
    with connect(empty_target) as session:
        for text in (
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {} TO guest WITH GRANT OPTION",
            "ALTER DATABASE {} CONNECTION LIMIT 17",
            "COMMENT ON DATABASE {} IS 'the shop''s'",
        ):
            session.execute(sql.SQL(text).format(name))
    before = facts(server, empty_target)
    assert restore(empty_target, snapshot, jobs=2).plan.jobs == 2
    assert facts(server, empty_target) == before
    with connect(empty_target) as session:
        assert session.scalar("SELECT count(*) FROM pg_extension WHERE extname = 'vector'") == 1


def test_nobody_sees_a_row_before_all_are_proved(
    snapshot: Snapshot,
    empty_target: Target,
    once_verified: Callable[[Callable[[], None]], None],
) -> None:
    seen = []
    once_verified(lambda: seen.append(holds_tables(empty_target)))
    assert restore(empty_target, snapshot, jobs=2).committed
    assert (seen, holds_tables(empty_target)) == ([False], True)


def test_who_stays_connected_is_named_and_nothing_becomes_visible(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    once_verified: Callable[[Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "WAIT_SECONDS", 1)
    before, guests = databases(server), []
    once_verified(lambda: guests.append(connect(empty_target, application_name="a guest")))
    with pytest.raises(LockedError, match="a guest"):
        restore(empty_target, snapshot, jobs=2)
    for guest in guests:
        guest.close()
    assert databases(server) == before
    assert not holds_tables(empty_target)


def test_who_leaves_in_time_is_waited_for(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    once_verified: Callable[[Callable[[], None]], None],
) -> None:
    before, leaving = databases(server), []

    def come_and_go() -> None:
        guest = connect(empty_target)
        leaving.append(Timer(7, guest.close))  # the server itself waits 5 s before it refuses
        leaving[0].start()

    once_verified(come_and_go)
    assert restore(empty_target, snapshot, jobs=2).committed
    leaving[0].join()
    assert databases(server) == before
    assert holds_tables(empty_target)


def test_tables_that_somebody_makes_meanwhile_are_kept(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    once_verified: Callable[[Callable[[], None]], None],
) -> None:
    before = databases(server)
    once_verified(lambda: run(empty_target, "CREATE TABLE mine AS SELECT 1 AS n"))
    with pytest.raises(DatabaseError, match="made tables"):
        restore(empty_target, snapshot, jobs=2)
    with connect(empty_target) as session:
        assert session.scalar("SELECT n FROM public.mine") == 1
    assert databases(server) == before


def test_tables_made_in_the_very_last_moment_are_kept(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = databases(server)
    dress = staging.StagingDatabase._dress

    def make(self: staging.StagingDatabase) -> None:
        dress(self)
        run(empty_target, "CREATE TABLE mine AS SELECT 1 AS n")

    monkeypatch.setattr(staging.StagingDatabase, "_dress", make)
    with pytest.raises(DatabaseError, match="made tables"):
        restore(empty_target, snapshot, jobs=2)
    with connect(empty_target) as session:
        assert session.scalar("SELECT n FROM public.mine") == 1
    assert databases(server) == before


def test_a_part_that_is_damaged_leaves_an_empty_database(
    snapshot: Snapshot, empty_target: Target, server: EmbeddedServer
) -> None:
    before = databases(server)
    part = next(part for entry in snapshot.manifest.tables for part in entry.parts)
    path = snapshot.path / part.path
    path.write_bytes(bytes(reversed(path.read_bytes())))
    with pytest.raises(ManifestError, match=path.name):
        restore(empty_target, snapshot, jobs=2)
    assert databases(server) == before
    assert not holds_tables(empty_target)


def test_a_row_that_is_refused_leaves_an_empty_database(
    sample: Target, store: Store, empty_target: Target, server: EmbeddedServer
) -> None:
    run(
        sample,
        "CREATE FUNCTION public.even(n int) RETURNS bool LANGUAGE sql AS 'SELECT n % 2 = 0';"
        "CREATE TABLE public.late (n int CHECK (public.even(n))); INSERT INTO late VALUES (2);"
        "CREATE OR REPLACE FUNCTION public.even(n int) RETURNS bool LANGUAGE sql"
        " AS 'SELECT n % 2 = 1'",
    )
    snapshot, before = backup(sample, store).snapshot, databases(server)
    with pytest.raises(DatabaseError, match="late_n_check"):
        restore(empty_target, snapshot, jobs=2)
    assert databases(server) == before
    assert not holds_tables(empty_target)


def test_rows_that_differ_do_not_become_visible(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = databases(server)
    load = parallel_restore._load

    def load_and_damage(given: Run, pool: object) -> object:
        post_data, reading = load(given, pool)  # type: ignore[arg-type]
        _ = [future.result() for those in reading.values() for future in those]
        given.session.execute("UPDATE public.country SET name = name || '!'")
        return post_data, {}  # so that the leader reads them, after the damage

    monkeypatch.setattr(parallel_restore, "_load", load_and_damage)
    done = restore(empty_target, snapshot, jobs=2)
    assert (done.report.verdict, done.committed, done.rows_restored) == (Verdict.MISMATCH, False, 0)
    assert databases(server) == before


def test_a_killed_restore_leaves_what_the_next_one_removes(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    sample: Target,
    dump: Dump,
) -> None:
    before = databases(server)
    script = (
        "import os, signal, sys\n"
        "from snapkit.pg.target import parse_target\n"
        "from snapkit.store import Store\n"
        "from snapkit.workflows import parallel_restore, restore\n"
        "if __name__ == '__main__':\n"
        "    restore.PAYS_FROM_BYTES = 0\n"
        "    parallel_restore.verify_rows = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    restore.restore(parse_target(sys.argv[1], {}, {}),"
        " Store(__import__('pathlib').Path(sys.argv[2])).open(sys.argv[3]), jobs=2)\n"
    )
    conninfo = " ".join(f"{key}={value}" for key, value in empty_target.keywords)
    place = snapshot.path.parent / "run.py"
    place.write_text(script)
    killed = subprocess.run(
        [sys.executable, str(place), conninfo, str(snapshot.path.parent), snapshot.id], check=False
    )
    place.unlink()
    assert killed.returncode == -signal.SIGKILL
    assert databases(server) - before == {staging_name(name_of(empty_target))}
    assert not holds_tables(empty_target)
    assert restore(empty_target, snapshot, jobs=2).committed
    assert databases(server) == before
    assert dump(empty_target) == dump(sample)


def test_an_empty_database_whose_drop_was_cut_short_goes_with_the_next_restore(
    snapshot: Snapshot, empty_target: Target, server: EmbeddedServer
) -> None:
    before = databases(server)
    name = staging_name(name_of(empty_target), "replaced")
    server.create_database(name, owner="app")
    admin = target_of(server.conninfo())
    run(admin, f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{name}'")
    assert restore(empty_target, snapshot, jobs=2).committed
    assert databases(server) == before


def test_an_interrupted_restore_waits_for_no_worker(
    snapshot: Snapshot,
    empty_target: Target,
    server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = databases(server)
    load = parallel_restore._load

    def interrupt(given: Run, pool: WorkerPool[parallel_restore._Loading]) -> object:
        load(given, pool)
        pool.submit_all(sleep_on_the_server, ())
        while not given.session.scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
        ):
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel_restore, "_load", interrupt)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        restore(empty_target, snapshot, jobs=2)
    assert time.monotonic() - started < 60
    assert databases(server) == before
    assert not holds_tables(empty_target)


def sleep_on_the_server(told: parallel_restore._Loading) -> None:
    parallel_restore._session(told).scalar("SELECT pg_sleep(600)::text")


def test_one_parallel_restore_at_a_time(
    snapshot: Snapshot, empty_target: Target, server: EmbeddedServer
) -> None:
    with connect(empty_target.with_database("postgres")) as other:
        other.advisory_lock(f"restore into {name_of(empty_target)}")
        with pytest.raises(LockedError, match="another run"):
            restore(empty_target, snapshot, jobs=2)
    assert staging_name(name_of(empty_target)) not in databases(server)


OBSTACLES: dict[str, tuple[str, str]] = {
    "CREATEDB": ("ALTER ROLE app NOCREATEDB", "lacks CREATEDB"),
    "settings": ("ALTER DATABASE {} SET work_mem = '8MB'", "settings were made"),
    "grants": (
        (
            "GRANT CONNECT ON DATABASE {0} TO guest2 WITH GRANT OPTION; SET ROLE guest2;"
            " GRANT CONNECT ON DATABASE {0} TO guest3"
        ),
        "somebody else granted",
    ),
    "template": ("ALTER DATABASE {} IS_TEMPLATE true", "it is a template"),
}


@pytest.mark.parametrize("case", OBSTACLES)
def test_where_no_other_database_can_take_its_place_one_connection_loads_and_the_plan_says_why(
    case: str, snapshot: Snapshot, empty_target: Target, server: EmbeddedServer
) -> None:
    statement, reason = OBSTACLES[case]
    with psycopg.connect(server.conninfo(), autocommit=True) as admin:
        if case == "grants":
            for role in ("guest2", "guest3"):
                admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        text = statement.format(f'"{name_of(empty_target)}"')
        admin.execute(text.encode())
        admin.execute("RESET ROLE")

        def of_one(made: RestorePlan) -> bool:
            return made.jobs == 1 and any(reason in note for note in made.notes)

        try:
            assert of_one(plan(empty_target, snapshot, jobs=2))
            done = restore(empty_target, snapshot, jobs=2)
            assert done.committed
            assert of_one(done.plan)
        finally:
            admin.execute(
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(
                    sql.Identifier(name_of(empty_target))
                )
            )


def test_a_database_that_has_tables_is_loaded_by_one_connection(
    sample: Target, snapshot: Snapshot, empty_target: Target
) -> None:
    made = plan(sample, snapshot, replace=True, jobs=2)
    assert made.jobs == 1
    assert any("the database has tables" in note for note in made.notes)
    made = plan(empty_target, snapshot, jobs=2)
    assert made.jobs == 2
    assert any("staging database" in note for note in made.notes)
    with pytest.raises(PlanError):
        restore(sample, snapshot, jobs=2)
