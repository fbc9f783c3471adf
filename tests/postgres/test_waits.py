"""No step of a restore or a requeue waits for ever: who is in the way is named."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.errors import LockedError
from snapkit.pg import locks
from snapkit.pg.session import Session, connect
from snapkit.pg.waits import bounded
from snapkit.store import QuarantineFolder
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.requeue import requeue
from snapkit.workflows.restore import plan, restore
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

FAMILY = """
CREATE TABLE par (id integer PRIMARY KEY);
CREATE TABLE ch (id integer PRIMARY KEY, p integer REFERENCES par);
INSERT INTO par VALUES (1);
INSERT INTO ch VALUES (1, 1), (2, 1);
"""
CHILD = [TableName("public", "ch")]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "WAIT_SECONDS", 1)


@pytest.fixture
def other_role(server: EmbeddedServer, empty_target: Target) -> Iterator[str]:
    name = f"other_{secrets.token_hex(4)}"
    server.create_role(name)
    yield name
    run(admin_of(server, empty_target), f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def admin_of(server: EmbeddedServer, target: Target) -> Target:
    return target_of(server.conninfo(dict(target.keywords)["dbname"]))


def as_role(server: EmbeddedServer, target: Target, role: str) -> Target:
    return target_of(server.conninfo(dict(target.keywords)["dbname"], role))


@contextmanager
def holding(target: Target, statement: str) -> Iterator[int]:
    """Another session with an open transaction; gives its process."""
    with connect(target, application_name="shop till") as other:
        other.begin()
        other.execute(statement.encode())
        yield int(other.scalar("SELECT pg_backend_pid()"))
        other.rollback()


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(LockedError) as caught:
        work()
    assert caught.value.exit_code == 11
    return caught.value.what


def named(pid: int, held: str, role: str = "app") -> str:
    return (
        f"other sessions held what is needed for 1 second: process {pid} (shop till) of role {role}"
        f" with {held}"
    )


@pytest.mark.parametrize(
    ("source", "statement", "held"),
    [
        pytest.param(
            "CREATE TABLE t AS SELECT 1 AS id; CREATE MATERIALIZED VIEW mv AS SELECT * FROM t",
            "SELECT * FROM public.mv",
            "AccessShareLock on mv",
            id="view-being-read",
        ),
        pytest.param(
            "CREATE TABLE t AS SELECT 1 AS id; CREATE SEQUENCE lone",
            "SELECT nextval('public.lone')",
            "RowExclusiveLock on lone",
            id="number-being-drawn",
        ),
        pytest.param(
            "CREATE TABLE t AS SELECT 1 AS id; SELECT lo_from_bytea(55, 'x')",
            "SELECT lo_put(55, 0, 'y')",
            "RowExclusiveLock on pg_largeobject",
            id="large-object-being-written",
        ),
    ],
)
def test_holder_is_named_at_each_step(
    empty_target: Target, store: Store, dump: Dump, *, source: str, statement: str, held: str
) -> None:
    run(empty_target, source)
    snapshot = backup(empty_target, store).snapshot
    with holding(empty_target, statement) as pid:
        before = dump(empty_target)
        what = refusal(lambda: restore(empty_target, snapshot, replace=True))
    assert what.startswith(named(pid, held))
    assert dump(empty_target) == before


def test_writer_of_anothers_parent_is_named(
    server: EmbeddedServer, empty_target: Target, other_role: str, store: Store, dump: Dump
) -> None:
    run(empty_target, FAMILY)
    snapshot = backup(empty_target, store).snapshot
    run(
        admin_of(server, empty_target),
        f"ALTER TABLE par OWNER TO {other_role}; GRANT SELECT, REFERENCES ON par TO app;"
        f"GRANT USAGE ON SCHEMA public TO {other_role}",
    )
    before = dump(empty_target)
    with holding(as_role(server, empty_target, other_role), "UPDATE public.par SET id = id") as pid:
        what = refusal(lambda: restore(empty_target, snapshot, replace=True, only=CHILD))
    assert what.startswith(named(pid, "RowExclusiveLock on par", other_role))
    assert dump(empty_target) == before


def test_holder_of_a_parents_row_is_named(
    server: EmbeddedServer, empty_target: Target, other_role: str, store: Store, dump: Dump
) -> None:
    run(empty_target, FAMILY)
    snapshot = backup(empty_target, store).snapshot
    run(empty_target, f"GRANT SELECT, INSERT, DELETE ON par, ch TO {other_role}")
    before = dump(empty_target)
    clerk = as_role(server, empty_target, other_role)
    with holding(empty_target, "SELECT FROM public.par FOR UPDATE") as pid:
        what = refusal(lambda: restore(clerk, snapshot, replace=True, only=CHILD))
    assert what.startswith(named(pid, "RowShareLock on par"))
    assert dump(empty_target) == before


def test_requeue_names_the_holder_of_a_parents_row(empty_target: Target, store: Store) -> None:
    run(empty_target, FAMILY)
    snapshot = backup(empty_target, store).snapshot
    run(empty_target, "DELETE FROM ch; ALTER TABLE ch ADD CONSTRAINT rule CHECK (id <> 2)")
    folder = restore(
        empty_target,
        snapshot,
        replace=True,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    ).quarantine
    assert folder is not None
    run(empty_target, "ALTER TABLE ch DROP CONSTRAINT rule")
    with holding(empty_target, "SELECT FROM public.par FOR UPDATE") as pid:
        what = refusal(lambda: requeue(empty_target, QuarantineFolder(folder)))
    assert what.startswith(named(pid, "RowShareLock on par"))
    assert requeue(empty_target, QuarantineFolder(folder)).loaded == 1


def test_plan_names_who_keeps_a_table_from_being_looked_into(
    empty_target: Target, store: Store
) -> None:
    run(empty_target, "CREATE TABLE t AS SELECT 1 AS id")
    snapshot = backup(empty_target, store).snapshot
    with holding(empty_target, "LOCK TABLE public.t") as pid:
        what = refusal(lambda: plan(empty_target, snapshot, replace=True))
    assert what.startswith(named(pid, "AccessExclusiveLock on t"))


def test_equal_key_not_yet_committed_is_named_with_all_that_its_holder_writes(
    empty_target: Target,
) -> None:
    run(empty_target, FAMILY)
    with (
        holding(empty_target, "INSERT INTO public.par VALUES (2)") as pid,
        connect(empty_target) as session,
    ):
        session.begin()
        assert refusal(lambda: insert_two(session)).startswith(
            named(pid, "RowExclusiveLock on par")
        )


def test_wait_is_bounded_where_nobody_can_look(
    server: EmbeddedServer, empty_target: Target, other_role: str
) -> None:
    run(empty_target, FAMILY + f"GRANT SELECT, INSERT ON par TO {other_role}")
    run(admin_of(server, empty_target), f"ALTER ROLE {other_role} CONNECTION LIMIT 1")
    with (
        holding(empty_target, "INSERT INTO public.par VALUES (2)"),
        connect(as_role(server, empty_target, other_role)) as session,
    ):
        session.begin()
        what = refusal(lambda: insert_two(session))
    assert "for 1 second: nobody could look who they are: " in what
    assert "too many connections" in what or "no connection left" in what


def insert_two(session: Session) -> None:
    with bounded(session):
        session.execute("INSERT INTO public.par VALUES (2)")


def test_another_lock_that_is_refused_at_once_stays_as_it_is(empty_target: Target) -> None:
    with connect(empty_target) as session, connect(empty_target) as other:
        other.advisory_lock("x")
        session.begin()
        with pytest.raises(LockedError, match="another run holds the lock"), bounded(session):
            session.advisory_lock("x")


def test_prepared_transaction_is_no_process() -> None:
    holder = locks.LockHolder(
        pid=0, application="", role="", locks="another lock", since=None, query_started=None
    )
    assert str(holder) == "a prepared transaction, see pg_prepared_xacts"
