"""The shop on a real server, built by the ordinary role that owns its database."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest
import rustworkx as rx
from psycopg import sql

from snapkit.core.copytext import copy_blocks
from snapkit.core.names import TableName
from snapkit.demo import DemoCounts, build
from snapkit.errors import DatabaseError
from snapkit.pg.copy import copy_in
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from snapkit.pg.server import EmbeddedServer

Query = Callable[[str], list[tuple[object, ...]]]

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, confrelid::regclass::text,
       (SELECT bool_and(a.attnotnull) FROM pg_attribute a
        WHERE a.attrelid = conrelid AND a.attnum = ANY (conkey))
FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2
"""

ORPHANS = """
SELECT format(
  'SELECT %L, count(*) FROM %s c WHERE ROW(%s) IS NOT NULL AND NOT EXISTS ('
  'SELECT FROM %s p WHERE %s)',
  conname, conrelid::regclass,
  (SELECT string_agg(format('c.%I', a.attname), ', ')
   FROM unnest(conkey) k JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k),
  confrelid::regclass,
  (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ')
   FROM unnest(conkey, confkey) AS pair (here, there)
   JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = here
   JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = there))
FROM pg_constraint WHERE contype = 'f'
"""

SEQUENCES = """
SELECT format(
  'SELECT %L, coalesce(max(%I), 0) < nextval(%L) FROM %s',
  s.oid::regclass, a.attname, s.oid::regclass, c.oid::regclass)
FROM pg_class s
JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'a'
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S'
"""


pytestmark = pytest.mark.xdist_group("demo")  # one worker builds the shop, once


@pytest.fixture(scope="module")
def built(server: EmbeddedServer) -> Iterator[tuple[str, DemoCounts]]:
    """One shop for the tests that only look at it."""
    name = f"shop_{secrets.token_hex(4)}"
    conninfo = server.create_database(name, owner="app")
    with connect(conninfo) as session:
        counts = build(session)
    yield conninfo, counts
    with psycopg.connect(server.conninfo(), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def query(built: tuple[str, DemoCounts]) -> Iterator[Query]:
    with psycopg.connect(built[0], autocommit=True) as connection:
        yield lambda text: connection.execute(text.encode()).fetchall()


def test_build_counts_what_it_made(built: tuple[str, DemoCounts]) -> None:
    assert built[1] == DemoCounts(tables=108, filled=37, rows=54_923)


def test_build_runs_as_a_role_without_special_rights(query: Query) -> None:
    rights = query(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = user"
    )
    assert rights == [(False, False, False)]


def test_shop_holds_37_filled_tables_and_54923_rows(query: Query) -> None:
    names = query(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace"
    )
    counted = [query(f"SELECT count(*) FROM {name}")[0][0] for (name,) in names]
    assert (len(counted), len([n for n in counted if n]), sum(map(int, map(str, counted)))) == (
        108,
        37,
        54_923,
    )


def test_shop_has_no_orphans(query: Query) -> None:
    checks = query(ORPHANS)
    orphans = [query(str(check))[0] for (check,) in checks]
    assert len(orphans) == 165
    assert [name for name, count in orphans if count] == []


def test_shop_has_one_cycle_of_two_tables_and_one_of_three(query: Query) -> None:
    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
    nodes: dict[str, int] = {}
    for child, parent, _ in query(FOREIGN_KEYS):
        ends = [
            nodes[name] if name in nodes else nodes.setdefault(name, graph.add_node(name))
            for name in (str(child), str(parent))
        ]
        graph.add_edge(ends[0], ends[1], None)
    components = [
        sorted(graph[n] for n in part) for part in rx.strongly_connected_components(graph)
    ]
    assert sorted(part for part in components if len(part) > 1) == [
        ["discussion_replies", "discussions"],
        ["projects", "task_attachments", "tasks"],
    ]


def test_shop_cycles_have_edges_that_cannot_be_null(query: Query) -> None:
    required = {(child, parent) for child, parent, required in query(FOREIGN_KEYS) if required}
    assert {
        ("discussion_replies", "discussions"),
        ("tasks", "projects"),
        ("task_attachments", "tasks"),
    } <= required


def test_shop_rows_go_round_the_cycle_of_three(query: Query) -> None:
    rows = query(
        "SELECT count(*) FROM projects p JOIN task_attachments f ON f.id = p.cover_attachment_id"
        " JOIN tasks t ON t.id = f.task_id AND t.project_id = p.id"
    )
    assert rows == [(3,)]


def test_shop_has_an_empty_table_inside_a_cycle(query: Query) -> None:
    rows = query(
        "SELECT (SELECT count(*) FROM discussions), (SELECT count(*) FROM discussion_replies)"
    )
    assert rows == [(5, 0)]


def test_shop_has_children_with_smaller_ids_than_their_parents(query: Query) -> None:
    rows = query('SELECT count(*) FROM categories WHERE "parentId" > id')
    assert rows == [(18,)]


def test_shop_prices_are_computed_by_the_database(query: Query) -> None:
    generated = query(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute"
        " WHERE attgenerated = 's' AND attrelid::regclass::text !~ '^(pg_|information_schema)'"
    )
    assert generated == [("product", "final_price")]
    assert query("SELECT final_price FROM product WHERE id = 1") == [(Decimal("189000.00"),)]


def test_shop_has_the_check_and_the_partial_index_of_extras(query: Query) -> None:
    assert query(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = 'product'::regclass"
    ) == [("product_price_check",)]
    assert query(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
        " AND indrelid = 'user_role_assignment'::regclass"
    ) == [("user_role_assignment_one_primary",)]


def test_shop_sequences_are_past_the_loaded_numbers(query: Query) -> None:
    answers = [query(str(question))[0] for (question,) in query(SEQUENCES)]
    assert len(answers) > 50
    assert [name for name, is_safe in answers if not is_safe] == []


def test_shop_totals_equal_their_lines(query: Query) -> None:
    rows = query(
        "SELECT count(*) FROM ext_listhoadon h WHERE tgtcthue <> (SELECT sum(thtien)"
        " FROM ext_detailhoadon d WHERE d.hoadon_id = h.id) OR tgtttbso <> tgtcthue + tgtthue"
    )
    assert rows == [(0,)]


def test_shop_keeps_bytes_numbers_and_text_as_they_were_made(query: Query) -> None:
    assert query("SELECT avatar FROM users WHERE full_name = 'Đỗ Khánh Vy'") == [
        (bytes(range(256)),)
    ]
    assert query("SELECT max(view_count) FROM posts") == [(2**53 + 1,)]
    assert query("SELECT keywords FROM posts WHERE title = '(chưa đặt tên)'") == [
        (["nháp", "{}", "a,b", "C:\\anh\\moi"],)
    ]


def test_build_refuses_a_database_that_holds_a_table(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute('CREATE TABLE "my table" (id int)')
    with connect(database) as session, pytest.raises(DatabaseError, match="already holds a table"):
        build(session)


def test_build_leaves_nothing_when_it_fails_halfway(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        # an index of the last table will want this name
        connection.execute("CREATE SEQUENCE webhook_endpoints_api_key_id_idx")
    with connect(database) as session, pytest.raises(DatabaseError, match="webhook_endpoints"):
        build(session)
    with psycopg.connect(database, autocommit=True) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert left == [("webhook_endpoints_api_key_id_idx",)]


def test_copy_text_of_the_demo_reads_back_as_the_values(database: str) -> None:
    row = (
        "a\\b\tc\nd\re\bf\fg\vh",
        "",
        None,
        2**63 - 1,
        0.1 + 0.2,
        Decimal("1.50"),
        bytes(range(256)),
        dt.date(2024, 2, 29),
        dt.time(7, 30),
        dt.datetime(2025, 11, 1, 8, 30, 0, 1, dt.UTC),
        ("NULL", None, "", 'a"b', "c\\d", "{e,f}", "\n\t", "\\N"),
        (1, None, -3),
        (b"\x00\\", b""),
    )
    types = (
        *("text", "text", "text", "bigint", "float8", "numeric", "bytea", "date", "time"),
        *("timestamptz", "text[]", "int[]", "bytea[]"),
    )
    columns = tuple(f"c{number}" for number in range(len(types)))
    with connect(database) as session:
        with session.transaction():
            shape = ", ".join(map(" ".join, zip(columns, types, strict=True)))
            session.execute(f"CREATE TABLE public.t ({shape})".encode())
            copy_in(session, TableName("public", "t"), columns, copy_blocks([row]))
        (back,) = session.rows("SELECT * FROM public.t")
    assert tuple(tuple(v) if isinstance(v, list) else v for v in back) == row
