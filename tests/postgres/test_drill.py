"""Drills: what was restored is used, in a database that is gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from snapkit.core.usability import Usability, UseKind, UseOutcome
from snapkit.core.verdict import Verdict
from snapkit.errors import DatabaseError, PlanError, UsageError
from snapkit.pg.scratch import PREFIX, scratch_database
from snapkit.pg.server import EmbeddedServer, bundled_bindir
from snapkit.pg.target import Target
from snapkit.store import Snapshot
from snapkit.workflows.backup import backup
from snapkit.workflows.drill import drill, use
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import Dump, role_of, run, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.store import Store

DEADLINE = 30.0  # for another process to come so far [s]

# Every table refuses a copy of its row, or a row of defaults, in another way.
STUBBORN = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
CREATE TABLE kind (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
INSERT INTO kind (name) VALUES ('a'), ('b');
CREATE TABLE thing (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind integer NOT NULL REFERENCES kind,
    code text DEFAULT 'T' || nextval('kind_id_seq'),
    during int4range NOT NULL,
    twice bigint GENERATED ALWAYS AS (kind * 2) STORED,
    EXCLUDE USING gist (during WITH &&)
);
CREATE UNIQUE INDEX one_per_kind ON thing ((kind + 0));
INSERT INTO thing (kind, during) VALUES (1, '[1,2)'), (2, '[2,3)');
CREATE TRIGGER refuse BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE RULE nothing AS ON INSERT TO kind DO INSTEAD NOTHING;
CREATE TABLE bare (id serial, needed text NOT NULL, CHECK (id < 0), PRIMARY KEY (id, needed));
CREATE TABLE hidden (id serial PRIMARY KEY);
INSERT INTO hidden DEFAULT VALUES;
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE TABLE parent (no serial, state text CHECK (state > ''));
CREATE TABLE child (PRIMARY KEY (no), UNIQUE (state)) INHERITS (parent);
INSERT INTO child (state) VALUES ('x');
CREATE TABLE log (id bigserial, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE UNIQUE INDEX one_a_day ON log_1 (at);
INSERT INTO log (at) VALUES ('2024-03-01');
CREATE TRIGGER refuse BEFORE INSERT ON log_1 FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE FUNCTION plain() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM kind';
CREATE VIEW by_plain_name AS SELECT public.plain();
CREATE MATERIALIZED VIEW bare_of_rows AS SELECT 1 AS one WITH NO DATA;
CREATE VIEW on_bare AS SELECT one FROM bare_of_rows;
CREATE VIEW of_a_session AS SELECT current_setting('app.tenant');
"""


@pytest.fixture
def drilled(make_database: Callable[[], str], store: Store) -> Drill:
    """A function that backs a database up and restores it into another one."""

    def make(source: Target) -> Drilled:
        snapshot, copy = backup(source, store).snapshot, target_of(make_database())
        assert restore(copy, snapshot).committed
        return Drilled(snapshot=snapshot, copy=copy)

    return make


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """A restored snapshot, and what a drill would do next."""

    snapshot: Snapshot
    copy: Target

    def use(self) -> Usability:
        return use(self.copy, self.snapshot, verify(self.copy, self.snapshot))

    def outcomes(self) -> dict[str, tuple[UseOutcome, str]]:
        return {item.name: (item.outcome, item.reason) for item in self.use().findings}


Drill = Callable[[Target], Drilled]


def without_sequences(dump: list[str]) -> list[str]:
    return [line for line in dump if "pg_catalog.setval(" not in line]


def test_inserts_are_tried_whatever_a_table_demands(
    empty_target: Target, drilled: Drill, dump: Dump
) -> None:
    run(empty_target, STUBBORN)
    made = drilled(empty_target)
    before = dump(made.copy)
    found = made.use()
    inserts = [item for item in found.findings if item.kind is UseKind.INSERT]
    assert {item.name: item.outcome for item in inserts} == dict.fromkeys(
        (
            "kind.id from kind_id_seq",
            "thing.id from thing_id_seq",
            "thing.code from kind_id_seq",
            "bare.id from bare_id_seq",
            "hidden.id from hidden_id_seq",
            "parent.no from parent_no_seq",
            "child.no from parent_no_seq",
            "log.id from log_id_seq",
        ),
        UseOutcome.PASSED,
    ), inserts
    assert without_sequences(dump(made.copy)) == without_sequences(before)


def test_views_run_as_in_an_application(empty_target: Target, drilled: Drill) -> None:
    run(empty_target, STUBBORN)
    found = drilled(empty_target).outcomes()
    assert found["by_plain_name"] == (UseOutcome.PASSED, "")
    assert found["bare_of_rows"][0] is found["on_bare"][0] is UseOutcome.KNOWN
    assert found["of_a_session"][0] is UseOutcome.UNCHECKED
    assert "app.tenant" in found["of_a_session"][1]


def test_what_broke_since_is_found_and_named(
    server: EmbeddedServer, sample: Target, drilled: Drill
) -> None:
    run(sample, "CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2'")
    run(sample, "CREATE VIEW twos AS SELECT public.two() FROM country")
    made = drilled(sample)
    run(
        made.copy,
        """
        SELECT setval('category_id_seq', 3);
        CREATE OR REPLACE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2 / 0';
        ALTER TABLE empty DROP CONSTRAINT empty_country_fkey,
            ADD CONSTRAINT empty_country_fkey FOREIGN KEY (country) REFERENCES country NOT VALID;
        """,
    )
    admin = target_of(server.conninfo(dict(made.copy.keywords)["dbname"]))
    run(
        admin,
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'player_pkey'::regclass",
    )
    usability = made.use()
    assert usability.verdict is Verdict.MISMATCH
    failed = {(item.kind, item.name): item.reason for item in usability.of(UseOutcome.FAILED)}
    assert failed.keys() == {
        (UseKind.INSERT, "category.id from category_id_seq"),
        (UseKind.VIEW, "twos"),
        (UseKind.CONSTRAINT, "empty_country_fkey of empty"),
        (UseKind.INDEX, "player_pkey of player"),
    }
    assert "(id)=(4)" in failed[UseKind.INSERT, "category.id from category_id_seq"] or (
        "category_pkey" in failed[UseKind.INSERT, "category.id from category_id_seq"]
    )
    assert failed[UseKind.VIEW, "twos"] == "division by zero"


def test_faults_of_the_source_are_known_and_fail_no_drill(sample: Target, store: Store) -> None:
    run(sample, "SELECT setval('category_id_seq', 3)")
    result = drill(backup(sample, store).snapshot)
    assert result.verdict is Verdict.MATCH
    known = {item.name: item.reason for item in result.usability.of(UseOutcome.KNOWN)}
    assert known.keys() == {"category.id from category_id_seq", "loose_country_fkey of loose"}
    assert all(reason.endswith("as in the source") for reason in known.values())
    assert result.rto_seconds < sum(seconds for _, seconds in result.timings)


def test_column_without_a_key_shows_a_value_that_is_taken(
    empty_target: Target, drilled: Drill
) -> None:
    run(empty_target, "CREATE TABLE t (id serial); INSERT INTO t VALUES (1), (2), (3)")
    assert drilled(empty_target).outcomes()["t.id from t_id_seq"] == (
        UseOutcome.KNOWN,
        "it drew 1, which is taken, as in the source",
    )


@pytest.fixture
def host(server: EmbeddedServer) -> Iterator[Target]:
    """A database of a role that may make others; it stays as it is."""
    role = f"maker_{secrets.token_hex(4)}"
    server.create_role(role)
    target = target_of(server.create_database(role, role))
    admin = target_of(server.conninfo())
    run(admin, f'ALTER ROLE "{role}" CREATEDB')
    yield target
    run(admin, f'DROP DATABASE "{role}" WITH (FORCE)')
    run(admin, f'DROP ROLE "{role}"')


def scratch_names(host: Target) -> set[str]:
    with psycopg.connect(**host.connect_arguments()) as connection:  # type: ignore[arg-type]
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = current_user"
            " AND datname <> current_database()"
        ).fetchall()
    return {name for (name,) in names}


def test_drill_beside_a_database_leaves_nothing(
    sample: Target, store: Store, host: Target, dump: Dump
) -> None:
    before = dump(host)
    result = drill(backup(sample, store).snapshot, target=host)
    assert (result.verdict, result.seen.role) == (Verdict.MATCH, role_of(host))
    assert (scratch_names(host), dump(host)) == (set(), before)


def test_drill_beside_a_database_needs_createdb(sample: Target, store: Store) -> None:
    with pytest.raises(DatabaseError, match="may not make a scratch database: it lacks CREATEDB"):
        drill(backup(sample, store).snapshot, target=sample)


def test_drill_beside_a_database_names_roles_that_are_missing(
    server: EmbeddedServer, sample: Target, store: Store, host: Target
) -> None:
    role = f"gone_{secrets.token_hex(4)}"
    server.create_role(role)
    run(sample, f'GRANT SELECT ON country TO "{role}"')
    snapshot = backup(sample, store).snapshot
    run(sample, f'REVOKE ALL ON country FROM "{role}"')
    run(target_of(server.conninfo()), f'DROP ROLE "{role}"')
    with pytest.raises(PlanError, match=f"role {role}, to which the snapshot grants rights"):
        drill(snapshot, target=host)
    assert scratch_names(host) == set()


def test_drill_takes_a_server_or_its_programs(sample: Target, store: Store) -> None:
    with pytest.raises(UsageError, match="--target names a server, --pg-bindir the programs"):
        drill(backup(sample, store).snapshot, target=sample, bindir=bundled_bindir())


def test_scratch_database_of_a_living_run_is_left_alone(host: Target) -> None:
    with scratch_database(host) as first:
        with scratch_database(host) as second:
            assert first != second
            assert len(scratch_names(host)) == 2
        assert len(scratch_names(host)) == 1
    assert scratch_names(host) == set()


@pytest.fixture
def slow(sample: Target, store: Store) -> Path:
    """A store whose snapshot keeps a drill busy."""
    run(sample, "CREATE VIEW slow AS SELECT pg_catalog.pg_sleep(25)::text")
    backup(sample, store)
    return store.root


def start(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "snapkit", "drill", "latest", *arguments],
        cwd=folder.parent,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        restore_signals=True,
    )


def wait_until_busy(host: Target) -> None:
    """Return once the drill waits for the slow view."""
    deadline = time.monotonic() + DEADLINE
    with psycopg.connect(**host.connect_arguments(), autocommit=True) as witness:  # type: ignore[arg-type]
        while not witness.execute(
            "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname LIKE %s",
            [f"{PREFIX}%"],
        ).fetchall():
            assert time.monotonic() < deadline, "the drill never came to the slow view"
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_interrupted_drill_drops_its_database(
    host: Target, slow: Path, number: signal.Signals, code: int
) -> None:
    process = start(slow, "--target", make_conninfo(**host.connect_arguments()))
    wait_until_busy(host)
    process.send_signal(number)
    _, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, scratch_names(host)) == (code, set()), err


def test_database_of_a_killed_drill_goes_with_the_next_one(host: Target, slow: Path) -> None:
    process = start(slow, "--target", make_conninfo(**host.connect_arguments()))
    wait_until_busy(host)
    process.kill()
    process.communicate(timeout=DEADLINE)
    (left,) = scratch_names(host)
    deadline = time.monotonic() + DEADLINE
    while left in scratch_names(host):  # the server takes a moment to end the session
        assert time.monotonic() < deadline
        with scratch_database(host):
            pass
    assert scratch_names(host) == set()


def test_server_of_a_killed_drill_goes_with_the_next_one(slow: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # short, and open to the server's user
    folder.chmod(0o755)
    try:
        process = start(slow, TMPDIR=str(folder))
        deadline = time.monotonic() + DEADLINE
        while not list(folder.glob("snapkit-pg-*/pg/data/postmaster.pid")):
            assert time.monotonic() < deadline, "no server started"
            time.sleep(0.05)
        process.kill()
        process.communicate(timeout=DEADLINE)
        while list(folder.iterdir()):
            assert time.monotonic() < deadline
            with EmbeddedServer(folder):
                pass
    finally:
        shutil.rmtree(folder)
