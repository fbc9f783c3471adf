"""The graph: which tables and edges are drawn, and what stands behind each node."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from snapkit.core.catalog import TableKind
from snapkit.errors import UsageError
from snapkit.report.graph import NodeKind, TableGraph, select, table_graph
from tests.factories import (
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_table,
    name_of,
    names_of,
)
from tests.reports import JOIN, shop_catalog, shop_manifest, shop_schema


def shop() -> TableGraph:
    return table_graph(shop_schema(), shop_catalog(), shop_manifest())


def star(children: int) -> TableGraph:
    """A hub with many children, and a chain that leads through it."""
    names = [f"child_{number}" for number in range(children)]
    return table_graph(
        catalog=make_catalog(
            *map(make_table, ["hub", "near", *names]),
            foreign_keys=(
                *(make_foreign_key(name, "hub") for name in names),
                make_foreign_key("near", "child_0"),
            ),
        )
    )


def test_graph_has_a_node_for_every_table() -> None:
    assert {str(node.table) for node in shop().nodes} == {
        "users", "orders", "invoices", "labels", "legacy", JOIN, "cron_log",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("users", NodeKind.PLAIN),
        ("legacy", NodeKind.IGNORED),
        (JOIN, NodeKind.JOIN_TABLE),
        ("cron_log", NodeKind.UNMODELLED),
    ],
)
def test_graph_says_what_stands_behind_a_node(table: str, kind: NodeKind) -> None:
    assert shop().by_table[name_of(table)].kind is kind


def test_graph_of_a_schema_alone_has_its_columns_and_keys() -> None:
    node = table_graph(shop_schema()).find("Order")
    assert [(c.name, c.is_key, c.is_reference) for c in node.columns] == [
        ("id", True, False),
        ("user_id", False, True),
        ("note", False, False),
        ("invoice_id", False, True),
    ]


def test_graph_of_a_catalog_alone_names_nodes_by_their_tables() -> None:
    assert table_graph(catalog=shop_catalog()).find("users").label == "users"


def test_graph_marks_relations_the_database_does_not_enforce() -> None:
    bare = replace(shop_catalog(), foreign_keys=())
    graph = table_graph(shop_schema(), bare)
    assert {key.enforced for key in graph.foreign_keys} == {False}


def test_graph_draws_a_relation_of_schema_and_database_once() -> None:
    assert len(shop().foreign_keys) == len(shop_catalog().foreign_keys)


def test_graph_numbers_cycles_and_names_self_references() -> None:
    graph = shop()
    assert (set(graph.cycle_of), graph.self_references) == (
        set(names_of("orders", "invoices")),
        frozenset({name_of("users")}),
    )


def test_graph_sums_the_rows_of_partitions() -> None:
    graph = table_graph(
        manifest=make_manifest(
            make_entry("visit", kind=TableKind.PARTITIONED),
            make_entry("visit_1", lines=(b"1", b"2"), partition_of="visit"),
        )
    )
    assert [(node.label, node.rows, node.kind) for node in graph.nodes] == [
        ("visit", 2, NodeKind.PARTITIONED)
    ]


def test_graph_leaves_out_views_and_tables_of_extensions() -> None:
    graph = table_graph(
        catalog=make_catalog(
            make_table("v", kind=TableKind.VIEW), make_table("e", extension="postgis")
        )
    )
    assert graph.nodes == ()


def test_find_prefers_models_and_takes_tables() -> None:
    graph = shop()
    assert graph.find("User") is graph.find("users") is graph.find("public.users")


def test_find_suggests_a_near_name() -> None:
    with pytest.raises(UsageError) as error:
        shop().find("Ordr")
    assert error.value.hint.startswith("Did you mean Order")


def test_find_refuses_a_name_that_two_tables_share() -> None:
    graph = table_graph(catalog=make_catalog(make_table("a.t"), make_table("b.t")))
    with pytest.raises(UsageError) as error:
        graph.find("t")
    assert error.value.hint == "Name one of: a.t, b.t."


def test_select_without_wishes_takes_everything() -> None:
    graph = shop()
    assert select(graph).tables == set(graph.by_table)


def test_select_by_focus_follows_keys_both_ways() -> None:
    assert select(shop(), focus="Order").tables == set(
        names_of("orders", "users", "invoices", JOIN)
    )


def test_select_by_focus_does_not_walk_through_a_hub() -> None:
    found = select(star(children=10), focus="near", depth=3)
    assert found.tables == set(names_of("near", "child_0", "hub"))


def test_select_by_focus_on_a_hub_shows_its_children() -> None:
    assert len(select(star(children=10), focus="hub", depth=1).tables) == 11


def test_select_by_group_takes_its_neighbours_too() -> None:
    found = select(shop(), group="People")
    assert found.core == set(names_of("users"))
    assert found.tables == set(names_of("users", "orders"))


@pytest.mark.parametrize(
    ("focus", "depth", "group"),
    [("Order", 1, "Sales"), ("Order", -1, ""), ("Nobody", 1, ""), ("", 1, "No such group")],
)
def test_select_refuses_what_cannot_be_meant(focus: str, depth: int, group: str) -> None:
    with pytest.raises(UsageError):
        select(shop(), focus=focus, depth=depth, group=group)


def test_graph_module_imports_nothing_heavy() -> None:
    heavy = ("pandas", "papermill", "nbconvert", "great_tables", "psycopg", "jinja2")
    code = "import snapkit.report.graph, snapkit.report.dot, sys; "
    code += f"print(*sys.modules.keys() & set({heavy!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
