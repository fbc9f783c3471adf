"""What the workbench decides, without a widget: databases, command lines, words, markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from snapkit.core.coverage import coverage
from snapkit.core.drift import drift
from snapkit.core.manifest import ColumnEntry
from snapkit.errors import UsageError
from snapkit.lab import actions
from snapkit.lab.databases import Kind, named_database, service_names, variable_names
from snapkit.lab.jobs import percent_of
from snapkit.lab.looking import coverage_table, growth_chart, preview, table_choices
from snapkit.lab.markup import caption, models_list, order_list, picture
from snapkit.lab.state import pictured
from snapkit.report.graph import Detail, GraphNode, TableGraph, View, select, table_graph
from snapkit.store import Store
from tests.factories import HOSTILE_NAMES, make_manifest, name_of
from tests.reports import shop_catalog, shop_manifest, shop_schema
from tests.snapshots import NOON, make_snapshot, write_table

URL = "postgresql://app:s3cret@db/shop"
STORE = Path("/srv/snapshots")


def test_database_of_a_variable_is_handed_to_children_by_their_environment() -> None:
    environ = {"SHOP": URL, "DIRECT_URL": "postgresql://other/db", "PATH": "/bin"}
    database = named_database(Kind.VARIABLE, " SHOP ", environ, {})
    assert database.environment(environ) == {
        "SHOP": URL,
        "PATH": "/bin",
        "DATABASE_URL": URL,
    }
    assert "s3cret" not in repr(database) + database.label


def test_database_of_a_pooler_is_the_direct_one() -> None:
    environ = {"DATABASE_URL": f"{URL}?pgbouncer=true", "DIRECT_URL": "postgresql://a@direct/shop"}
    found = named_database(Kind.VARIABLE, "DATABASE_URL", environ, {})
    assert found.label == "shop on direct as a"


def test_database_of_dotenv_is_found_behind_the_environment() -> None:
    dotenv = {"DATABASE_URL": URL}
    assert named_database(Kind.VARIABLE, "DATABASE_URL", {}, dotenv).address == URL
    environ = {"DATABASE_URL": "postgresql://a@b/mine"}
    assert named_database(Kind.VARIABLE, "DATABASE_URL", environ, dotenv).label == "mine on b as a"


def test_service_is_named_in_the_address() -> None:
    found = named_database(Kind.SERVICE, "it's", {}, {})
    assert found.address == r"service='it\'s'"
    assert "service it's" in found.label


@pytest.mark.parametrize(
    ("kind", "name", "environ"),
    [
        (Kind.VARIABLE, "NOWHERE", {}),
        (Kind.VARIABLE, "EMPTY", {"EMPTY": " "}),
        (Kind.VARIABLE, URL, {}),
        (Kind.VARIABLE, "BAD", {"BAD": "postgresql://a:s3cret@b@c/d"}),
        (Kind.SERVICE, " ", {}),
        (Kind.SERVICE, URL, {}),
        (Kind.SERVICE, "host=db password=s3cret", {}),
    ],
)
def test_database_that_is_not_named_is_refused_without_its_text(
    kind: Kind, name: str, environ: dict[str, str]
) -> None:
    with pytest.raises(UsageError) as caught:
        named_database(kind, name, environ, {})
    assert "s3cret" not in str(caught.value)


def test_variables_that_hold_an_address_are_named() -> None:
    environ = {"SHOP": URL, "HOME": "/root", "CONN": "dbname=shop", "DATABASE_URL": "postgres://x"}
    assert variable_names(environ, {"DOTTED": URL}) == ("DATABASE_URL", "CONN", "DOTTED", "SHOP")


def test_services_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[shop]\nhost=db\n[other]\nport=1\n", "utf-8")
    assert service_names({}, tmp_path) == ("other", "shop")
    assert service_names({"PGSERVICEFILE": str(tmp_path / "none")}, tmp_path) == ()


def test_command_lines_hold_no_address() -> None:
    assert actions.back_up(STORE, Path("p")).arguments == (
        "backup", "--schema", "p", "--store", "/srv/snapshots",
    )  # fmt: skip
    assert actions.plan_restore(STORE, "S", "copy", replace=True).arguments == (
        "restore", "S", "--dry-run", "--replace", "--store", "/srv/snapshots",
    )  # fmt: skip


@pytest.mark.parametrize(("removed", "agreed"), [(2, ["--yes"]), (0, [])])
def test_restore_may_remove_only_what_its_plan_said(removed: int, agreed: list[str]) -> None:
    document = {"snapshot": "S", "plan": {"removed": [{}] * removed}}
    planned = actions.PlannedRestore.of(document, "copy", replace=True)
    assert planned.action(STORE).arguments == (
        "restore", "S", "--replace", *agreed, "--store", "/srv/snapshots",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "refused"), [("copy", False), (" copy ", False), ("", True), ("shop", True)]
)
def test_restore_waits_for_the_name(typed: str, *, refused: bool) -> None:
    planned = actions.PlannedRestore(snapshot="S", database="copy", replace=False, removed=0)
    assert bool(planned.refusal(typed)) is refused


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        ("reading 7 tables: 42%, 1 of 2 rows, 3 B, 0:01 left", 42),
        ("reading 7 tables: 2 rows", None),
        ("note: 100% cotton", None),
    ],
)
def test_percent_is_read_from_a_line_of_progress(line: str, percent: int | None) -> None:
    assert percent_of(line) == percent


def shop_graph() -> TableGraph:
    return table_graph(shop_schema(), shop_catalog(), shop_manifest())


def test_models_are_listed_by_group_with_rows() -> None:
    listed = models_list(shop_graph(), {})
    assert listed.index("People (1)") < listed.index("Sales (") < listed.index("Order</a>")
    assert '<span class="rows">3</span>' in listed


def test_rows_that_are_not_known_are_estimates() -> None:
    graph = table_graph(shop_schema(), shop_catalog())
    assert "~5" in models_list(graph, {name_of("users"): 5})


def test_order_names_every_table_once_and_marks_cycles() -> None:
    graph = shop_graph()
    listed = order_list(graph, {})
    assert listed.count("<li>") == len(graph.nodes)
    assert listed.index(">User</a>") < listed.index(">Order</a>")
    assert listed.count('class="cycle"') == 2


def test_caption_leads_to_the_neighbours() -> None:
    graph = shop_graph()
    said = caption(graph, select(graph, focus="Order"), "Live.")
    assert "parents <a" in said
    assert ">Invoice</a>, <a" in said


@pytest.mark.parametrize("view", [View.STAGES, View.OVERVIEW])
def test_picture_links_each_table_by_its_number(view: View) -> None:
    graph = shop_graph()
    drawn = picture(graph, select(graph), view, Detail.NAMES)
    assert all(f'href="#table-{number}"' in drawn for number in range(len(graph.nodes)))


def test_picture_links_each_group_by_its_number() -> None:
    graph = shop_graph()
    drawn = picture(graph, select(graph), View.GROUPS, Detail.NAMES)
    assert all(f'href="#group-{number}"' in drawn for number in range(len(graph.groups)))


def test_markup_escapes_hostile_names() -> None:
    nodes = [
        GraphNode(table=name_of(f"t{place}"), model=name, group=name)
        for place, name in enumerate((*HOSTILE_NAMES, "<script>alert(1)</script>"))
    ]
    graph = TableGraph(nodes=tuple(nodes), foreign_keys=())
    drawn = "".join(picture(graph, select(graph), view, Detail.NAMES) for view in View)
    shown = models_list(graph, {}) + order_list(graph, {}) + drawn
    assert "<script" not in shown
    assert "<img" not in shown


def test_tables_are_offered_by_group_and_name() -> None:
    offered = table_choices(shop_manifest())
    assert offered[0] == ("cron_log (0)", "public.cron_log")
    assert ("People · User (3)", "public.users") in offered


def test_preview_shows_values_as_they_are_stored(tmp_path: Path) -> None:
    values = (b"1e-09", b"  two blanks", b"<b>\\tx", b"y" * 70, b"\\N")
    with Store(tmp_path).create(NOON) as writer:
        entry = replace(
            write_table(writer, 1, "goods", ((b"\t".join(values),),)),
            columns=tuple(
                ColumnEntry(name=f"<c{place}>", type="text" if place else "double precision")
                for place in range(len(values))
            ),
        )
        made = writer.finish(make_manifest(entry, name=writer.id, files=writer.files))
    shown = preview(made, "goods", 8)
    assert "1 of 1 row." in shown
    assert "<th>&lt;c4&gt;</th></tr></thead><tbody><tr><th>0</th><td>1e-09</td>" in shown
    assert "<td>  two blanks</td><td>&lt;b&gt;␉x</td>" in shown
    assert f"<td>{'y' * 59}…</td>" in shown
    assert '<td class="null">NULL</td></tr>' in shown


def test_coverage_says_what_was_not_looked_at() -> None:
    manifest = replace(shop_manifest(), not_held=(("large objects", "there are <3>"),))
    found = coverage(None, shop_catalog(), manifest)
    shown = coverage_table(found, manifest, "live, shop on db as a")
    assert "! 7 tables, 0 gaps, drift not checked: no schema" in shown
    assert "Catalog: live, shop on db as a." in shown
    assert "large objects: not in the snapshot: there are &lt;3&gt;" in shown


def test_coverage_names_each_drift() -> None:
    schema, catalog, manifest = shop_schema(), shop_catalog(), shop_manifest()
    found = coverage(schema, catalog, manifest, drift(schema, catalog))
    assert "✔ 7 tables, 0 gaps, 0 drifts" in coverage_table(replace(found, drift=()), manifest, "x")
    shown = coverage_table(found, manifest, "x")
    drifted = [item for item in found.drift if item.is_drift]
    assert f"✘ 7 tables, 0 gaps, {len(drifted)} drifts" in shown
    assert shown.count("<li>drift: ") == len(drifted) > 1


def test_growth_has_each_figure_in_words(tmp_path: Path) -> None:
    first = make_snapshot(tmp_path)
    assert "first snapshot" in growth_chart(Store(tmp_path), first)
    second = make_snapshot(tmp_path, now=NOON + timedelta(days=1))
    chart = growth_chart(Store(tmp_path), second)
    assert 'aria-label="Growth over 2 snapshots' in chart
    assert "202" in chart


def test_there_is_no_graph_of_nothing() -> None:
    assert pictured(None, None) is None
