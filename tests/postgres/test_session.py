"""Sessions: pinned, honest about failures, and locked where they must be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
from psycopg import sql

from snapkit.errors import ConnectError, DatabaseError, LockedError, UsageError
from snapkit.pg.session import PINNED, Session, connect, translated
from snapkit.pg.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.pg.server import EmbeddedServer


def test_session_pins_its_settings_whatever_the_database_says(database: str) -> None:
    others = {
        "DateStyle": "German",
        "IntervalStyle": "iso_8601",
        "TimeZone": "Asia/Ho_Chi_Minh",
        "bytea_output": "escape",
        "client_encoding": "LATIN1",
        "default_transaction_isolation": "serializable",
        "extra_float_digits": "0",
        "lc_monetary": "POSIX",
        "row_security": "on",
        "search_path": "public",
        "statement_timeout": "60s",
    }
    with psycopg.connect(database, autocommit=True) as connection:
        dbname = connection.info.dbname
        for key, value in others.items():
            connection.execute(f'ALTER DATABASE "{dbname}" SET {key} = {value!r}'.encode())
    with connect(database) as session:
        settings = {name: session.scalar("SELECT current_setting(%s)", [name]) for name in PINNED}
    assert settings == dict(PINNED)


def test_session_names_database_and_role(database: str) -> None:
    with connect(database) as session:
        assert (session.database, session.role) == (
            parse_target(database, {}, {}).label.split()[0],
            "app",
        )


def test_session_is_not_taken_for_a_pooled_one(database: str) -> None:
    with connect(database) as session:
        assert not session.is_pooled


@pytest.mark.parametrize(
    ("setting", "memory"),
    [
        (None, "256MB"),
        ("1GB", "1GB"),
        ("16MB", "16MB"),
    ],
    ids=["of the server", "more, of the database", "less, of the database"],
)
def test_memory_to_build_with_is_raised_for_a_transaction_unless_somebody_chose_it(
    database: str, setting: str | None, memory: str
) -> None:
    shown = "SELECT current_setting('maintenance_work_mem')"
    if setting:
        with psycopg.connect(database, autocommit=True) as connection:
            name = connection.info.dbname
            change = f'ALTER DATABASE "{name}" SET maintenance_work_mem = {setting!r}'
            connection.execute(change.encode())
    with connect(database) as session:
        before = session.scalar(shown)
        session.begin()
        session.build_with(None)
        assert session.scalar(shown) == memory
        session.rollback()
        assert session.scalar(shown) == before


def test_pooled_session_pins_in_every_transaction(database: str) -> None:
    with connect(database) as session:
        session.is_pooled = True
        session.execute("SET TimeZone = 'Asia/Tokyo'")  # what another client of the pool left
        session.begin()
        assert session.scalar("SHOW TimeZone") == "UTC"


def test_read_only_session_refuses_writes(database: str) -> None:
    with (
        connect(database, read_only=True) as session,
        pytest.raises(DatabaseError, match="read-only transaction"),
    ):
        session.execute("CREATE TABLE public.t ()")


def test_application_name_is_shown_to_the_server(database: str) -> None:
    with connect(database, application_name="snapkit test") as session:
        assert session.scalar("SHOW application_name") == "snapkit test"


def test_closing_rolls_back_what_was_not_committed(database: str) -> None:
    with connect(database) as session:
        session.begin()
        session.execute("CREATE TABLE public.t ()")
    with connect(database) as session:
        assert session.scalar("SELECT to_regclass('public.t')") is None


def test_transaction_commits_at_its_end(database: str) -> None:
    with connect(database) as session:
        with session.transaction():
            session.execute("CREATE TABLE public.t ()")
        assert session.scalar("SELECT to_regclass('public.t')") is not None


def test_transaction_rolls_back_on_an_exception(database: str) -> None:
    with connect(database) as session:
        with pytest.raises(DatabaseError), session.transaction():
            session.rows("CREATE TABLE public.t ()")  # which gives no rows: psycopg's own complaint
        assert session.scalar("SELECT to_regclass('public.t')") is None


def test_transaction_has_the_isolation_asked_for(database: str) -> None:
    with (
        connect(database) as session,
        session.transaction(isolation="REPEATABLE READ", read_only=True),
    ):
        shown = (
            session.scalar("SHOW transaction_isolation"),
            session.scalar("SHOW transaction_read_only"),
        )
        assert shown == ("repeatable read", "on")


def test_transaction_that_failed_unseen_does_not_seem_committed(database: str) -> None:
    with connect(database) as session:
        session.begin()
        with pytest.raises(DatabaseError, match="division by zero"):
            session.execute("SELECT 1 / 0")
        with pytest.raises(DatabaseError, match="had failed and was rolled back"):
            session.commit()


def test_second_begin_is_an_error(database: str) -> None:
    with connect(database) as session:
        session.begin()
        with pytest.raises(DatabaseError, match="open already"):
            session.begin()


def test_exported_snapshot_hides_later_rows(database: str) -> None:
    with connect(database) as leader, connect(database) as worker, connect(database) as writer:
        writer.execute("CREATE TABLE public.t AS SELECT 1 AS a")
        leader.begin(isolation="REPEATABLE READ", read_only=True)
        snapshot = leader.export_snapshot()
        writer.execute("INSERT INTO public.t VALUES (2)")
        worker.import_snapshot(snapshot)
        assert worker.rows("SELECT a FROM public.t") == [(1,)]


def test_snapshot_that_is_gone_is_an_error(database: str) -> None:
    with connect(database) as leader, connect(database) as session:
        leader.begin(isolation="REPEATABLE READ", read_only=True)
        snapshot = leader.export_snapshot()
        leader.rollback()
        with pytest.raises(DatabaseError, match="is gone: its connection broke"):
            session.import_snapshot(snapshot)


def test_second_lock_names_its_holder(database: str) -> None:
    with connect(database, application_name="night run") as first, connect(database) as second:
        first.advisory_lock("restore")
        pid = first.connection.info.backend_pid
        with pytest.raises(LockedError, match=rf"process {pid} \(night run\) of role app"):
            second.advisory_lock("restore")


def test_locks_of_other_keys_and_databases_do_not_meet(
    make_database: Callable[[], str], database: str
) -> None:
    with connect(database) as first, connect(database) as second, connect(make_database()) as third:
        first.advisory_lock("restore")
        second.advisory_lock("backup")
        third.advisory_lock("restore")


def test_lock_ends_with_its_transaction(database: str) -> None:
    with connect(database) as first, connect(database) as second:
        with first.transaction():
            first.advisory_lock("restore")
        second.advisory_lock("restore")


def test_lock_that_times_out_is_a_locked_error(database: str) -> None:
    with connect(database) as first, connect(database) as second:
        first.execute("CREATE TABLE public.t ()")
        first.begin()
        first.execute("LOCK TABLE public.t")
        second.execute("SET lock_timeout = '10ms'")
        with pytest.raises(LockedError, match="another session holds"):
            second.execute("SELECT FROM public.t")


def test_error_keeps_the_servers_words_and_its_sqlstate(database: str) -> None:
    with connect(database) as session, pytest.raises(DatabaseError) as caught:
        session.execute("SELECT * FROM public.nothing")
    assert caught.value.what == 'relation "public.nothing" does not exist [SQLSTATE 42P01]'
    assert isinstance(caught.value.__cause__, psycopg.errors.UndefinedTable)


def test_error_is_one_line_whatever_a_name_holds(database: str) -> None:
    with connect(database) as session, pytest.raises(DatabaseError) as caught:
        session.execute('SELECT * FROM public."a\nb"')
    assert "\n" not in caught.value.what


def test_missing_right_is_named(database: str) -> None:
    with connect(database) as session, pytest.raises(DatabaseError) as caught:
        session.execute("SELECT * FROM pg_catalog.pg_authid")
    assert "the role lacks a right: permission denied for table pg_authid" in caught.value.what


def test_refused_row_is_named_by_its_place_in_the_copy(database: str) -> None:
    with connect(database) as session:
        session.execute("CREATE TABLE public.t (a int)")
        with (
            pytest.raises(DatabaseError) as caught,
            translated("table t"),
            session.connection.cursor() as cursor,
            cursor.copy("COPY public.t FROM STDIN") as copy,
        ):
            copy.write("1\nx\n")
    assert caught.value.where == "table t, row 2 of the COPY"


def test_broken_constraint_tells_the_detail(database: str) -> None:
    with connect(database) as session:
        session.execute("CREATE TABLE public.t (a int PRIMARY KEY)")
        with pytest.raises(DatabaseError, match=r"\(Key \(a\)=\(1\) already exists.\)"):
            session.execute("INSERT INTO public.t VALUES (1), (1)")


def test_union_of_more_queries_than_the_servers_stack_takes(database: str) -> None:
    queries = [sql.SQL("SELECT {}").format(number) for number in range(20_000)]
    with connect(database) as session:
        assert session.union(queries) == [(number,) for number in range(20_000)]


def test_union_of_no_query_has_no_row(database: str) -> None:
    with connect(database) as session:
        assert session.union([]) == []


def test_numbers_come_in_the_order_of_their_queries(database: str) -> None:
    queries = [("it", sql.SQL("SELECT {}").format(number)) for number in range(2_500)]
    with connect(database) as session:
        assert session.count_each(queries) == tuple(range(2_500))
        assert session.count_each([]) == ()


def test_number_that_cannot_be_had_is_named(database: str) -> None:
    texts: tuple[LiteralString, ...] = ("SELECT 1", "SELECT 1 FROM public.absent", "SELECT 3")
    queries = [(f"number {place}", sql.SQL(text).format()) for place, text in enumerate(texts)]
    with connect(database) as session, pytest.raises(DatabaseError) as failure:
        session.count_each(queries)
    assert failure.value.where == "number 1"


def make_changes(session: Session, *statements: LiteralString) -> None:
    """Each is called by its number in errors."""
    with session.in_one_go():
        for number, statement in enumerate(statements, start=1):
            session.change(f"change {number}", sql.SQL(statement).format())
        assert session.scalar("SELECT to_regclass('public.t')") is None


def test_changes_in_one_go_come_in_order_and_at_the_end(database: str) -> None:
    with connect(database) as session, session.transaction():
        make_changes(session, "CREATE TABLE public.t ()", "ALTER TABLE public.t RENAME TO u")
        assert session.scalar("SELECT to_regclass('public.u')::text") == "public.u"


def test_change_that_fails_among_others_is_named(database: str) -> None:
    with connect(database) as session:
        session.begin()
        with pytest.raises(DatabaseError) as failure:
            make_changes(session, "CREATE TABLE public.t ()", "SELECT 1 / 0", "DROP TABLE no")
    assert failure.value.what.startswith("division by zero")
    assert failure.value.where == "change 2"


def test_changes_of_a_block_that_fails_are_not_made(database: str) -> None:
    with connect(database) as session:
        with pytest.raises(TypeError):
            make_changes(session, "CREATE TABLE public.t ()", None)  # type: ignore[arg-type]
        session.change("table t", sql.SQL("CREATE TABLE public.t ()").format())


def test_session_that_the_server_ended_says_so(server: EmbeddedServer, database: str) -> None:
    with connect(database) as session, connect(server.conninfo()) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [session.connection.info.backend_pid])
        with pytest.raises(DatabaseError, match="the server ended the connection"):
            session.execute("SELECT 1")


def test_unknown_database_is_named(server: EmbeddedServer) -> None:
    with pytest.raises(ConnectError, match="no database 'no such db' on this server"):
        connect(server.conninfo("no such db", "app"))


def test_unknown_role_is_named(server: EmbeddedServer) -> None:
    with pytest.raises(ConnectError, match="no role 'nobody here' on this server"):
        connect(server.conninfo("postgres", "nobody here"))


def test_role_without_login_is_refused(server: EmbeddedServer) -> None:
    with connect(server.conninfo()) as admin:
        admin.execute("CREATE ROLE sleeper")
    with pytest.raises(ConnectError, match="may not log in"):
        connect(server.conninfo("postgres", "sleeper"))


def test_role_without_connect_is_refused(server: EmbeddedServer, database: str) -> None:
    server.create_role("stranger")
    with connect(database) as owner:
        name = owner.database
        owner.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC'.encode())
    with pytest.raises(ConnectError, match="may not connect to the database"):
        connect(server.conninfo(name, "stranger"))


@pytest.mark.parametrize(
    ("conninfo", "message"),
    [
        ("host=127.0.0.1 port=1", "no server listens at this address"),
        ("host=/nonexistent", "no server listens on this socket"),
        ("host=no-such-host.invalid", "the host is unknown"),
        ("service=nowhere", "the connection service is not defined"),
        ("host=127.0.0.1 port=1 sslmode=perhaps", "does not know the value given for sslmode"),
        (
            "host=127.0.0.1 port=1 sslmode=verify-full sslrootcert=/none",
            "no server listens|encrypted",
        ),
    ],
)
def test_unreachable_server_says_why(conninfo: str, message: str) -> None:
    with pytest.raises(ConnectError, match=message):
        connect(f"{conninfo} password=hunter2")


def test_failed_connection_shows_no_password() -> None:
    with pytest.raises(ConnectError) as caught:
        connect("host=127.0.0.1 port=1 password=hunter2")
    assert "hunter2" not in f"{caught.value!r} {caught.value}"


def test_connection_through_a_service_file(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keywords = dict(parse_target(database, {}, {}).keywords)
    text = "\n".join(f"{key}={value}" for key, value in keywords.items())
    (tmp_path / "service.conf").write_text(f"[nightly]\n{text}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "service.conf"))
    with connect("service=nightly") as session:
        assert session.database == keywords["dbname"]


def test_text_that_is_no_target_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        connect("mysql://db/shop")


def test_pins_are_plain_values_for_the_manifest() -> None:
    assert json.loads(json.dumps(dict(PINNED))) == dict(PINNED)
