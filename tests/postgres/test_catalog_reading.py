"""Reading the catalog: rights, locks, transactions, and what only some databases have."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from snapkit.core.catalog import Catalog, Table, TableKind
from snapkit.core.names import TableName
from snapkit.errors import DatabaseError, LockedError
from snapkit.pg import locks
from snapkit.pg.catalog import read_catalog
from snapkit.pg.sequence_catalog import read_sequences
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.pg.server import EmbeddedServer

FUNCTION = "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1"


def run(conninfo: str, script: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(script.encode())


def read(conninfo: str) -> Catalog:
    with connect(conninfo) as session:
        return read_catalog(session)


def table(catalog: Catalog, name: str) -> Table:
    return catalog.by_name[TableName("public", name)]


def test_catalog_of_an_empty_database_is_empty(database: str) -> None:
    found = read(database)
    assert (found.tables, found.foreign_keys, found.sequences, found.extensions) == ((), (), (), ())
    assert (found.enums, found.granted_roles, found.not_held) == ((), (), ())


def test_virtual_column_is_generated_too(database: str) -> None:
    run(database, "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)")
    assert [c.name for c in table(read(database), "t").stored_columns] == ["a"]


def test_unproven_not_null_does_not_count(database: str) -> None:
    run(
        database,
        "CREATE TABLE t (a int UNIQUE); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
    )
    assert table(read(database), "t").key == ()


def test_index_knows_whether_nulls_are_distinct(database: str) -> None:
    run(database, "CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT, b int UNIQUE)")
    indexes = table(read(database), "t").indexes
    assert [index.nulls_not_distinct for index in indexes] == [True, False]


def test_foreign_key_that_is_not_enforced_says_so(database: str) -> None:
    run(
        database,
        "CREATE TABLE p (a int PRIMARY KEY);"
        "CREATE TABLE c (a int REFERENCES p, b int REFERENCES p NOT ENFORCED)",
    )
    keys = {key.columns: key.enforced for key in read(database).foreign_keys}
    assert keys == {("a",): True, ("b",): False}


def test_foreign_key_to_a_partitioned_table_is_one(database: str) -> None:
    run(
        database,
        "CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
        "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);"
        "CREATE TABLE c (a int REFERENCES p)",
    )
    assert [str(key.parent) for key in read(database).foreign_keys] == ["p"]


def test_sequences_are_read_as_they_stand_whatever_the_snapshot(database: str) -> None:
    run(database, "CREATE SEQUENCE s")
    with connect(database) as session:
        session.begin(isolation="REPEATABLE READ", read_only=True)
        before = read_catalog(session).sequences[0].next_value
        run(database, "SELECT nextval('s'), nextval('s')")
        assert (before, read_sequences(session)[0].next_value) == (1, 3)


def test_sequence_that_the_role_may_not_read_is_named(
    server: EmbeddedServer, database: str
) -> None:
    run(
        database,
        'CREATE SEQUENCE "hid den"; CREATE SEQUENCE shown; GRANT SELECT ON shown TO PUBLIC',
    )
    with connect(database) as session:
        name = session.database
    role = f"other_{secrets.token_hex(4)}"
    server.create_role(role)
    with pytest.raises(DatabaseError, match=r"sequences stand: hid den\n"):
        read(server.conninfo(name, role))


def test_table_of_an_extension_names_it(server: EmbeddedServer, database: str) -> None:
    run(database, "CREATE TABLE t (id serial)")
    with connect(database) as session:
        admin = server.conninfo(session.database)
    run(admin, "CREATE EXTENSION hstore; ALTER EXTENSION hstore ADD TABLE t")
    found = read(database)
    assert (table(found, "t").extension, found.data_tables, found.sequences) == ("hstore", (), ())


def test_foreign_table_is_named_as_not_held(server: EmbeddedServer, database: str) -> None:
    with connect(database) as session:
        admin = server.conninfo(session.database)
    run(
        admin,
        "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;"
        'CREATE FOREIGN TABLE "f t" (a int) SERVER far',
    )
    found = read(database)
    assert table(found, "f t").kind is TableKind.FOREIGN
    assert found.not_held == (("f t", "a foreign table: its rows lie on another server"),)


def test_settings_of_the_database_are_named_as_not_held(database: str) -> None:
    with connect(database) as session:
        name = session.database
    run(database, f"ALTER DATABASE \"{name}\" SET work_mem = '8MB'")
    assert [what for what, _ in read(database).not_held] == ["setting work_mem of the database"]


@pytest.mark.parametrize(
    "grant",
    [
        "CREATE TABLE t (a int); GRANT SELECT ON t TO {role}",
        "CREATE TABLE t (a int); GRANT SELECT (a) ON t TO {role}",
        "CREATE SEQUENCE s; GRANT USAGE ON SEQUENCE s TO {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        f"{FUNCTION}; GRANT EXECUTE ON FUNCTION f TO {{role}}",
        "CREATE TYPE e AS ENUM (); GRANT USAGE ON TYPE e TO {role}",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role}",
        "CREATE TABLE t (a int); CREATE POLICY p ON t TO {role} USING (true)",
    ],
    ids=["table", "column", "sequence", "namespace", "function", "type", "default", "policy"],
)
def test_role_that_a_grant_or_policy_names_is_found(
    server: EmbeddedServer, database: str, grant: str
) -> None:
    role = f"granted_{secrets.token_hex(4)}"
    server.create_role(role)
    run(database, grant.format(role=role))
    assert role in read(database).granted_roles


@pytest.mark.parametrize(
    "grant",
    [
        "CREATE TABLE t (a int); GRANT ALL ON t TO app",
        "CREATE TABLE t (a int); GRANT SELECT ON t TO PUBLIC",
        "CREATE TABLE t (a int); GRANT SELECT ON t TO pg_monitor",
        f"{FUNCTION}; REVOKE ALL ON FUNCTION f FROM PUBLIC",
    ],
    ids=["owner", "public", "predefined", "revoke"],
)
def test_grant_that_every_server_can_take_names_no_role(database: str, grant: str) -> None:
    run(database, grant)
    assert read(database).granted_roles == ()


def test_catalog_of_one_namespace_holds_nothing_else(database: str) -> None:
    run(
        database,
        """CREATE SCHEMA "o'dd"; CREATE TABLE "o'dd".mine (id serial PRIMARY KEY);
        CREATE TABLE other (id serial PRIMARY KEY); CREATE TYPE e AS ENUM ('a');
        ALTER TABLE other ADD FOREIGN KEY (id) REFERENCES "o'dd".mine""",
    )
    with connect(database) as session:
        found = read_catalog(session, namespaces=("o'dd",))
    assert [entry.name.name for entry in found.tables] == ["mine"]
    assert [entry.name.name for entry in found.sequences] == ["mine_id_seq"]
    assert (found.foreign_keys, found.enums) == ((), ())


def test_catalog_is_read_inside_an_open_transaction(database: str) -> None:
    with connect(database) as session:
        session.begin()
        session.execute("CREATE TABLE public.t ()")
        assert [str(entry.name) for entry in read_catalog(session).tables] == ["t"]


def test_reading_leaves_the_sessions_lock_timeout(database: str) -> None:
    with connect(database) as session:
        session.begin()
        session.execute("SET LOCAL lock_timeout = '7s'")
        read_catalog(session)
        assert session.scalar("SHOW lock_timeout") == "7s"


def test_table_that_is_being_altered_does_not_hold_the_reader_for_ever(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WAIT_SECONDS", 1)
    run(database, "CREATE TABLE t (a int DEFAULT 1)")
    with connect(database) as holder, connect(database) as session:
        holder.begin()
        holder.execute("ALTER TABLE public.t ADD b int")
        with pytest.raises(LockedError):
            read_catalog(session)


def test_number_of_queries_does_not_depend_on_tables(
    make_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    original = psycopg.Cursor.execute

    def counting(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- whatever psycopg takes
        asked.append(args)
        return original(*args, **kwargs)

    counts = []
    for tables in (1, 30):
        conninfo = make_database()
        run(conninfo, "".join(f"CREATE TABLE t{i} (id serial PRIMARY KEY);" for i in range(tables)))
        with connect(conninfo) as session, monkeypatch.context() as patch:
            patch.setattr(psycopg.Cursor, "execute", counting)
            asked.clear()
            assert len(read_catalog(session).tables) == tables
            counts.append(len(asked))
    assert counts[0] == counts[1]
