"""DDL out by pg_dump and in by our session: the same database again, as an ordinary role."""

from __future__ import annotations

import re
import secrets
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.errors import DatabaseError, LockedError
from snapkit.pg.ddl import Ddl, dump_ddl, run_ddl
from snapkit.pg.server import find_bindir
from snapkit.pg.session import connect
from snapkit.pg.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.pg.server import EmbeddedServer

# Every name and body that could be taken for something else.
HOSTILE = r"""
CREATE SCHEMA "s '"" p
x</script>";
CREATE EXTENSION citext SCHEMA public;
COMMENT ON SCHEMA public IS E'x;\n\\restrict y\nCREATE SCHEMA public;\n';
CREATE TABLE public."a""b'
</script>;../" (id serial PRIMARY KEY, "c;'d" public.citext DEFAULT 'x;''y\',
  e text DEFAULT E'a\\b;\n', g text GENERATED ALWAYS AS (e || ';') STORED,
  self int REFERENCES public."a""b'
</script>;../" DEFERRABLE, CHECK ("c;'d" <> $$;$$));
COMMENT ON TABLE public."a""b'
</script>;../" IS $x$--
-- Name: public; Type: SCHEMA
--

CREATE SCHEMA public;
\unrestrict x
SET row_security = off;
$x$;
CREATE FUNCTION public.f(a int) RETURNS text LANGUAGE plpgsql
SET search_path = public, pg_temp AS $f$
begin
/* ; '
\restrict foo
SET statement_timeout = 0;
CREATE SCHEMA public;
*/ return $$a;$$ || E'\'';
end $f$;
CREATE FUNCTION public.g(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC
  SELECT CASE WHEN a > 1 THEN 1 ELSE 2 END; SELECT x FROM (SELECT 3 AS x) y; END;
CREATE VIEW public.v AS SELECT id, "c;'d" FROM public."a""b'
</script>;../";
CREATE RULE r AS ON INSERT TO public.v DO INSTEAD (INSERT INTO public."a""b'
</script>;../" ("c;'d") VALUES (new."c;'d"); SELECT 1;);
CREATE FUNCTION public.tg() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER "tr;" BEFORE UPDATE ON public."a""b'
</script>;../" FOR EACH ROW EXECUTE FUNCTION public.tg();
ALTER TABLE public."a""b'
</script>;../" DISABLE TRIGGER "tr;", ENABLE ROW LEVEL SECURITY;
CREATE POLICY "p;" ON public."a""b'
</script>;../" TO app USING (e <> ';');
CREATE TYPE public.en AS ENUM ('a''b', ';', E'\n');
CREATE INDEX ON public."a""b'
</script>;../" (("c;'d" || ';'));
"""


def run(conninfo: str, script: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(script.encode())


def dump(conninfo: str) -> Ddl:
    with connect(conninfo) as session:
        return dump_ddl(
            parse_target(conninfo, {}, {}),
            snapshot_id=None,
            server_version=session.server_version,
        )


def load(conninfo: str, ddl: Ddl) -> None:
    with connect(conninfo) as session, session.transaction():
        run_ddl(session, ddl.pre_data)
        run_ddl(session, ddl.post_data)


def comparable(text: str) -> list[str]:
    """The lines, sorted, without pg_dump's random key."""
    return sorted(re.sub(r"(?m)^\\(un)?restrict \S+$", "", text).split("\n"))


@pytest.fixture
def two(make_database: Callable[[], str]) -> tuple[str, str]:
    """A source that holds HOSTILE, and an empty target."""
    source = make_database()
    run(source, HOSTILE)
    return source, make_database()


@pytest.mark.parametrize("section", ["pre_data", "post_data"])
def test_ddl_makes_the_same_database_again(two: tuple[str, str], section: str) -> None:
    source, target = two
    written = dump(source)
    load(target, written)
    again = dump(target)
    assert comparable(getattr(again, section)) == comparable(getattr(written, section))


def test_pre_data_makes_tables_and_post_data_what_hangs_on_them(two: tuple[str, str]) -> None:
    written = dump(two[0])
    made = [
        (words in written.pre_data, words in written.post_data)
        for words in ("CREATE TABLE", "CREATE INDEX", "CREATE TRIGGER", "FOREIGN KEY")
    ]
    assert made == [(True, False), (False, True), (False, True), (False, True)]


def test_ddl_names_no_owner(two: tuple[str, str]) -> None:
    written = dump(two[0])
    assert "OWNER TO" not in written.pre_data + written.post_data


def test_ddl_shows_what_the_snapshot_sees(database: str) -> None:
    run(database, "CREATE TABLE public.before ()")
    with connect(database) as leader:
        leader.begin(isolation="REPEATABLE READ", read_only=True)
        snapshot = leader.export_snapshot()
        run(database, "CREATE TABLE public.after ()")
        written = dump_ddl(
            leader.target, snapshot_id=snapshot, server_version=leader.server_version
        )
    assert ("public.before" in written.pre_data, "public.after" in written.pre_data) == (
        True,
        False,
    )


def test_ddl_of_a_public_that_was_made_anew_loads(two: tuple[str, str]) -> None:
    source, target = two
    run(source, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE public."T" ()')
    load(target, dump(source))
    with connect(target) as session:
        assert session.scalar("""SELECT to_regclass('public."T"')""") is not None


def test_ddl_of_a_database_with_backslash_escapes_loads(two: tuple[str, str]) -> None:
    source, target = two
    name = dict(parse_target(source, {}, {}).keywords)["dbname"]
    run(source, f'ALTER DATABASE "{name}" SET standard_conforming_strings = off')
    load(target, dump(source))
    with connect(target) as session:
        comment = session.scalar("SELECT obj_description('public'::regnamespace)")
    assert comment == "x;\n\\restrict y\nCREATE SCHEMA public;\n"


def test_settings_of_the_ddl_do_not_outlive_it(database: str) -> None:
    with connect(database) as session:
        with session.transaction():
            run_ddl(session, "SET default_tablespace = 'pg_default';")
        assert session.rows(
            "SELECT current_setting('default_tablespace'), current_setting('check_function_bodies')"
        ) == [("", "on")]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TABEL a ()", 'syntax error at or near "TABEL"'),
        ("CREATE TABLE public.a (b public.nope)", 'type "public.nope" does not exist'),
        ("CREATE EXTENSION nope", 'extension "nope" is not available'),
        ("GRANT SELECT ON public.t TO nope", 'role "nope" does not exist'),
        ("SELECT 1 / 0\n + 1", "division by zero"),
    ],
)
def test_failing_statement_is_named_with_its_line(
    database: str, statement: str, message: str
) -> None:
    script = f"CREATE TABLE public.t (a text DEFAULT ';');\n\n-- x\n{statement};\nSELECT 1;\n"
    with connect(database) as session:
        session.begin()
        with pytest.raises(DatabaseError) as caught:
            run_ddl(session, script, name="ddl/pre-data.sql")
    assert message in caught.value.what
    assert f"in: {statement.splitlines()[0]}" in caught.value.what
    assert caught.value.where == "ddl/pre-data.sql, line 4"


def test_failing_ddl_leaves_nothing(database: str) -> None:
    with connect(database) as session:
        with pytest.raises(DatabaseError), session.transaction():
            run_ddl(session, "CREATE TABLE public.t ();\nSELECT 1 / 0;")
        assert session.scalar("SELECT to_regclass('public.t')") is None


def test_ddl_that_waits_too_long_is_a_locked_error(database: str) -> None:
    run(database, "CREATE TABLE public.t ()")
    with connect(database) as holder, connect(database) as session:
        holder.begin()
        holder.execute("LOCK TABLE public.t")
        session.begin()
        session.execute("SET LOCAL lock_timeout = '10ms'")
        with pytest.raises(LockedError, match=r"in: DROP TABLE public\.t"):
            run_ddl(session, "DROP TABLE public.t;")


def test_ddl_outside_a_transaction_is_refused(database: str) -> None:
    with connect(database) as session, pytest.raises(DatabaseError, match="no transaction"):
        run_ddl(session, "SELECT 1")


def test_empty_ddl_runs(database: str) -> None:
    with connect(database) as session, session.transaction():
        run_ddl(session, "-- nothing\n")


def test_pg_dump_without_rights_says_so(server: EmbeddedServer, database: str) -> None:
    run(database, "CREATE TABLE public.t ()")
    role = f"other_{secrets.token_hex(4)}"
    server.create_role(role)
    name = dict(parse_target(database, {}, {}).keywords)["dbname"]
    with pytest.raises(DatabaseError, match=r"pg_dump failed: .*permission denied for table t"):
        dump(server.conninfo(name, role))


def test_pg_dump_that_fails_shows_no_password(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\n'
        'echo "pg_dump: error: with $PGPASSWORD and $*" >&2\nexit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    target = parse_target(f"{server.conninfo()} password='hun ter2'", {}, {})
    with pytest.raises(DatabaseError, match=r"with \*\*\* and --format=custom") as caught:
        dump_ddl(target, snapshot_id=None, server_version=180000)
    assert "ter2" not in str(caught.value)


def test_pg_dump_version_is_at_least_the_servers(database: str) -> None:
    with connect(database) as session:
        server_version = session.server_version
    ddl = dump_ddl(parse_target(database, {}, {}), snapshot_id=None, server_version=server_version)
    program = find_bindir(server_version) / "pg_dump"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"pg_dump (PostgreSQL) {ddl.pg_dump_version}\n"
    assert int(ddl.pg_dump_version.split(".")[0]) >= server_version // 10000


def test_default_privileges_of_another_role_load_for_its_member(
    server: EmbeddedServer, database_pair: tuple[str, str]
) -> None:
    source, target = database_pair
    owner, loader = (f"{name}_{secrets.token_hex(4)}" for name in ("owner", "loader"))
    server.create_role(loader)
    server.create_role(owner, members=[loader])
    names = [dict(parse_target(place, {}, {}).keywords)["dbname"] for place in (source, target)]
    run(
        server.conninfo(names[0], owner),
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    )
    load(server.conninfo(names[1], loader), dump(source))
    with connect(target) as session:
        assert session.scalar("SELECT pg_get_userbyid(defaclrole) FROM pg_default_acl") == owner
