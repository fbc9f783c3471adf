"""A graph as people ask for it: by stage, on one sheet, by group, in every format."""

from __future__ import annotations

import itertools
import re
import shutil
import struct
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from snapkit.core.graph import load_order, reduced
from snapkit.core.text import visible
from snapkit.errors import SnapkitError, UsageError
from snapkit.report.drawing import in_rows
from snapkit.report.graph import GraphNode, TableGraph, View, table_graph
from snapkit.report.group_boxes import GroupBoxes
from snapkit.report.mermaid import LONGEST_TEXT, MOST_EDGES, escaped, too_large
from snapkit.report.render import PictureFormat, inline_svg, render, save_picture
from snapkit.report.views import DrawnGraph, draw, graph
from tests.factories import HOSTILE_NAMES, make_foreign_key, name_of
from tests.reports import shop_catalog, shop_manifest, shop_schema
from tests.support import requires

if TYPE_CHECKING:
    from pathlib import Path

VIEWS = tuple(View)


def shop(view: View = View.STAGES, *, focus: str = "", group: str = "") -> DrawnGraph:
    return draw(
        table_graph(shop_schema(), shop_catalog(), shop_manifest()),
        view=view,
        focus=focus,
        group=group,
    )


def graph_of(names: list[str], *edges: tuple[str, str], group: str = "G") -> TableGraph:
    return TableGraph(
        nodes=tuple(GraphNode(table=name_of(name), group=group) for name in names),
        foreign_keys=tuple(make_foreign_key(child, parent) for parent, child in edges),
    )


def edges_in(source: str) -> list[str]:
    lines = [line for line in source.splitlines() if re.search(r"\b[ng]\d+ -> [ng]\d+", line)]
    return [line for line in lines if "invis" not in line]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_names_every_table(view: View) -> None:
    drawn = shop(view)
    assert all(node.label in drawn.dot for node in drawn.graph.nodes)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_the_same_each_time(view: View) -> None:
    assert (shop(view).dot, shop(view).mermaid) == (shop(view).dot, shop(view).mermaid)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_marks_cycles_by_word_and_by_line(view: View) -> None:
    drawn = shop(view)
    assert "cycle 1" in drawn.dot
    assert "cycle 1" in drawn.mermaid
    assert "heavy: part of a cycle" in drawn.dot
    assert "#b3261e" in drawn.dot


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "\\N \\G", "<b>", "&lt;", "a\x00b", "\ud800"])
def test_every_view_shows_a_hostile_name_as_it_is(
    view: View, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)  # the build that everybody has
    node = GraphNode(table=name_of("t"), model=name, group=name)
    drawn = draw(TableGraph(nodes=(node,), foreign_keys=()), view=view)
    root = ET.fromstring(inline_svg(render(drawn.dot, PictureFormat.SVG)))  # Graphviz's own
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert (visible(name, 34) in "".join(root.itertext()), "script" in tags) == (True, False)


def test_stages_leave_out_what_follows_and_say_so() -> None:
    whole = graph_of(["a", "b", "c"], ("a", "b"), ("b", "c"), ("a", "c"))
    assert len(edges_in(draw(whole).dot)) == 2
    assert "1 edge left out" in draw(whole).dot
    assert len(edges_in(draw(whole, view="overview").dot)) == 3
    assert len(edges_in(draw(whole, focus="a").dot)) == 3  # what is asked for is drawn whole
    assert "left out" not in draw(whole, focus="a").dot


def test_stage_of_very_many_tables_stands_in_several_columns() -> None:
    names = [f"t{number:03}" for number in range(99)]
    source = draw(graph_of([*names, "child"], ("t000", "child"))).dot
    assert source.count("Stage 0\\ncontinued") == 2
    assert all(f'"t{number:03}\\l' in source for number in range(99))


def test_reduction_keeps_a_cycle_whole() -> None:
    whole = graph_of(["a", "b", "c"], ("a", "b"), ("b", "a"), ("a", "c"), ("b", "c"))
    pairs = {(key.parent, key.child) for key in whole.foreign_keys}
    order = load_order((node.table for node in whole.nodes), whole.foreign_keys)
    assert reduced(pairs, order) == pairs


def test_overview_numbers_the_hubs_and_explains_the_numbers() -> None:
    names = [f"child_{number}" for number in range(9)]
    source = draw(graph_of(["hub", *names], *(("hub", n) for n in names)), view="overview").dot
    assert (edges_in(source), source.count("  ★1"), "★1 hub (9 children)" in source) == (
        [],
        9,
        True,
    )


def test_overview_puts_tables_without_lines_side_by_side() -> None:
    source = draw(graph_of([f"t{number}" for number in range(20)]), view="overview").dot
    assert source.count("style=invis") == 10  # ten rows of two


def test_overview_goes_on_in_a_new_row_where_a_chain_is_long() -> None:
    names = [f"t{number:02}" for number in range(40)]
    source = draw(graph_of(names, *itertools.pairwise(names)), view="overview").dot
    assert (len(edges_in(source)), source.count("constraint=false")) == (39, 2)


def test_rows_hold_what_has_room_and_nothing_is_lost() -> None:
    assert in_rows([("a", 1), ("b", 3), ("c", 1), ("d", 9)], 4) == [["a", "b"], ["c"], ["d"]]


def test_groups_count_the_relations_between_them() -> None:
    boxes = GroupBoxes(shop().graph)
    counts = {pair: len(keys) for pair, keys in boxes.relations.items()}
    assert counts == {("People", "Sales"): 1}
    assert "4 tables | 4 rows | 4 relations inside" in boxes.facts("Sales")


def test_groups_say_how_much_leads_across() -> None:
    nodes = (
        GraphNode(table=name_of("a"), group="A"),
        *(GraphNode(table=name_of(name), group="B") for name in ("b", "c", "d")),
    )
    keys = tuple(make_foreign_key(name, "a") for name in ("b", "c", "d"))
    drawn = draw(TableGraph(nodes=nodes, foreign_keys=keys), view="groups")
    (line,) = edges_in(drawn.dot)
    assert 'label=" 3 "' in line
    assert 'g0 -->|"3"| g1' in drawn.mermaid


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"view": "circle"}, "no view 'circle'"),
        ({"view": "groups", "focus": "Order"}, "draws every group"),
        ({"view": "groups", "group": "Sales"}, "draws every group"),
        ({"focus": "Nobody"}, "no model or table"),
    ],
)
def test_draw_refuses_what_makes_no_sense(arguments: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        draw(shop().graph, **arguments)


def test_graph_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to draw"):
        graph()


def test_graph_says_the_order_in_words() -> None:
    text = str(graph(shop_schema()))
    assert text.splitlines()[0] == "Dependency graph: 6 tables, 1 cycle"
    assert "cycle of 2 (Invoice, Order)" in text


def test_graph_says_what_part_of_it_is_drawn() -> None:
    title = graph(shop_schema(), focus="User").title
    assert title == "Dependency graph around User: 2 of 6 tables, 1 cycle"


def test_graph_shows_itself_in_every_form(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = shop()
    data, metadata = drawn._repr_mimebundle_()
    assert data["text/plain"] == str(drawn)
    assert data["image/svg+xml"].startswith("<svg")
    assert "108" not in metadata["image/svg+xml"]["alt"]
    assert ("image/png" in data) == (shutil.which("dot") is not None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert set(drawn._repr_mimebundle_()[0]) == {"text/plain", "image/svg+xml"}


@pytest.mark.parametrize("suffix", ["svg", "mmd", "dot"])
def test_graph_saves_without_graphviz(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    shop().save(tmp_path / f"shop.{suffix}")
    begins = {"svg": "<?xml", "mmd": "%% Dependency graph", "dot": "digraph"}
    assert (tmp_path / f"shop.{suffix}").read_text("utf-8").startswith(begins[suffix])


def test_graph_that_no_png_can_hold_is_refused(tmp_path: Path) -> None:
    requires("Graphviz", shutil.which("dot") is not None, "apt-get install graphviz")
    with pytest.raises(SnapkitError, match="too large for a PNG"):
        save_picture("digraph { a [width=400] }", tmp_path / "x.png")
    assert not list(tmp_path.iterdir())
    save_picture("digraph { a }", tmp_path / "x.png")
    assert struct.unpack(">I", (tmp_path / "x.png").read_bytes()[16:20])[0] < 200


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "%%{init: {}}%%", "`x`", "#35;", "end", "a|b"])
def test_mermaid_text_holds_nothing_that_acts(name: str) -> None:
    text = escaped(name)
    assert re.fullmatch(r"(?:[\w .,:_()|/+-]|#\d+;)+", text)
    shown = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)
    assert shown == visible(name, 60)


def test_mermaid_comment_begins_no_directive() -> None:
    names = ["%%{init: {}}%%", *(f"c{number}" for number in range(9))]
    nodes = (
        GraphNode(table=name_of("hub"), model=names[0]),
        *(GraphNode(table=name_of(name)) for name in names[1:]),
    )
    keys = tuple(make_foreign_key(name, "hub") for name in names[1:])
    source = draw(TableGraph(nodes=nodes, foreign_keys=keys)).mermaid
    assert ("★" in source, "%%{" in source) == (True, False)


def test_mermaid_dashes_what_the_database_does_not_enforce() -> None:
    key = make_foreign_key("b", "a", enforced=False)
    nodes = tuple(GraphNode(table=name_of(name)) for name in "ab")
    assert "n0 -.-> n1" in draw(TableGraph(nodes=nodes, foreign_keys=(key,))).mermaid


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("  a --> b\n" * MOST_EDGES, ""),
        ("  a --> b\n" * (MOST_EDGES + 1), "501 edges"),
        ('  a -->|"2"| b\n' * (MOST_EDGES + 1), "501 edges"),
        ("x" * (LONGEST_TEXT + 1), "50,001 characters"),
    ],
)
def test_mermaid_beyond_its_limits_is_told(source: str, said: str) -> None:
    warning = too_large(source)
    assert bool(warning) == bool(said)
    assert said in warning
