"""DOT and pictures: what is marked, and that hostile names stay names."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.text import visible
from snapkit.errors import SnapkitError, UsageError
from snapkit.report.dot import graph_source
from snapkit.report.graph import Detail, GraphNode, TableGraph, select, table_graph
from snapkit.report.look import FILLS, group_styles
from snapkit.report.render import PictureFormat, inline_svg, render, save_picture
from tests.factories import HOSTILE_NAMES, make_catalog, make_foreign_key, make_table, name_of
from tests.reports import shop_catalog, shop_manifest, shop_schema

if TYPE_CHECKING:
    from pathlib import Path


def shop() -> TableGraph:
    return table_graph(shop_schema(), shop_catalog(), shop_manifest())


def hub_graph() -> TableGraph:
    names = [f"child_{number}" for number in range(9)]
    return table_graph(
        catalog=make_catalog(
            *map(make_table, ["hub", *names]),
            foreign_keys=tuple(make_foreign_key(name, "hub") for name in names),
        )
    )


def edges_in(source: str) -> list[str]:
    return [line for line in source.splitlines() if re.search(r"\bn\d+ -> n\d+", line)]


def grouped(names: list[str]) -> TableGraph:
    nodes = tuple(
        GraphNode(table=name_of(f"t{place}"), group=name) for place, name in enumerate(names)
    )
    return TableGraph(nodes=nodes, foreign_keys=())


def test_source_is_the_same_for_the_same_graph() -> None:
    graph = shop()
    assert graph_source(graph, select(graph)) == graph_source(graph, select(graph))


def test_source_marks_cycles_by_line_and_by_word() -> None:
    graph = shop()
    source = graph_source(graph, select(graph))
    heavy = [line for line in edges_in(source) if "penwidth=2.2" in line]
    assert (len(heavy), source.count("   cycle 1")) == (2, 2)


def test_source_marks_self_references_on_the_node() -> None:
    graph = shop()
    source = graph_source(graph, select(graph))
    assert (source.count("↻ itself"), source.count("↻ itself, not enforced")) == (1, 0)


def test_source_says_where_a_self_reference_is_not_enforced() -> None:
    graph = table_graph(shop_schema(), replace(shop_catalog(), foreign_keys=()))
    assert graph_source(graph, select(graph)).count("↻ itself, not enforced") == 1


def test_source_dashes_what_the_database_does_not_enforce() -> None:
    graph = table_graph(shop_schema(), replace(shop_catalog(), foreign_keys=()))
    lines = edges_in(graph_source(graph, select(graph)))
    assert lines
    assert all("style=dashed" in line for line in lines)


def test_source_folds_hubs_into_badges() -> None:
    graph = hub_graph()
    source = graph_source(graph, select(graph))
    assert (edges_in(source), source.count("★ hub")) == (
        [],
        10,
    )  # nine children, and the hub itself


def test_source_draws_the_edges_of_a_hub_that_is_in_focus() -> None:
    graph = hub_graph()
    assert len(edges_in(graph_source(graph, select(graph, focus="hub")))) == 9


def test_source_puts_parents_before_children_by_stage() -> None:
    graph = shop()
    assert all(
        graph.level_of[key.parent] <= graph.level_of[key.child] for key in graph.foreign_keys
    )
    assert "Stage 0" in graph_source(graph, select(graph))


def test_source_shows_parents_rows_and_children_of_a_node() -> None:
    graph = shop()
    assert "0 ◂ | 3 rows | ▸ 1" in graph_source(graph, select(graph))


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        (Detail.NAMES, set()),
        (Detail.KEYS, {"user_id", "invoice_id"}),
        (Detail.COLUMNS, {"user_id", "note", "invoice_id"}),
    ],
)
def test_source_shows_as_much_of_a_table_as_asked(detail: Detail, shown: set[str]) -> None:
    graph = table_graph(shop_schema())
    source = graph_source(graph, select(graph, focus="Order", depth=0), detail=detail)
    cells = set(re.findall(r"(\w+)  \w+\\l", source))
    assert cells & {"user_id", "note", "invoice_id"} == shown


def test_group_codes_differ_even_without_case() -> None:
    names = ["E-Commerce Core", "E-Commerce Orders", "Echo Core", "echo", "ec", "", "!!", "日本"]
    codes = [style.code.casefold() for style in group_styles(grouped(names)).values()]
    assert len(set(codes)) == len(names) + 1


def test_group_colours_begin_again_after_the_last() -> None:
    names = [f"Group {number}" for number in range(len(FILLS) + 1)]
    styles = group_styles(grouped(names))
    assert styles[names[0]].fill == styles[names[-1]].fill
    assert styles[names[0]].code != styles[names[-1]].code


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "\\N \\G", "<b>", "&lt;", "a\x00b", "\ud800"])
@pytest.mark.parametrize("program", ["dot", "wasm"])
def test_picture_shows_a_hostile_name_as_it_is(
    name: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program == "wasm":
        monkeypatch.setattr(shutil, "which", lambda _: None)
    elif shutil.which("dot") is None:
        pytest.skip("needs Graphviz: apt-get install graphviz")
    node = GraphNode(table=name_of("t"), model=name, group=name)
    graph = TableGraph(nodes=(node,), foreign_keys=())
    svg = inline_svg(render(graph_source(graph, select(graph), title=name), PictureFormat.SVG))
    root = ET.fromstring(svg)  # Graphviz's own
    texts = "".join(root.itertext())
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert (visible(name, 34) in texts, "script" in tags, "b" in tags) == (True, False, False)


def test_picture_tooltips_are_titles_and_ids_are_gone() -> None:
    graph = shop()
    source = graph_source(
        graph, select(graph), links=dict.fromkeys(graph.by_table, "page.html#row")
    )
    svg = inline_svg(render(source, PictureFormat.SVG))
    assert re.search(r'<a href="page.html#row"><title>User \(table users\)', svg)
    assert ' id="' not in svg


def test_picture_needs_graphviz_for_png(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SnapkitError) as error:
        render("digraph {}", PictureFormat.PNG)
    assert error.value.hint.startswith("Install Graphviz")


def test_picture_of_a_broken_graph_is_an_error() -> None:
    with pytest.raises(SnapkitError, match="Graphviz could not draw"):
        render("digraph {", PictureFormat.SVG)


@pytest.mark.parametrize("suffix", ["svg", "dot", "SVG"])
def test_save_picture_takes_the_format_from_the_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"graph.{suffix}"
    save_picture("digraph { a -> b }", path)
    assert ("<svg" if suffix.lower() == "svg" else "digraph") in path.read_text("utf-8")


@pytest.mark.parametrize("name", ["graph.gif", "graph"])
def test_save_picture_refuses_another_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        save_picture("digraph {}", tmp_path / name)


FULL = """
import resource, sys
from pathlib import Path
from snapkit.errors import StorageError
from snapkit.report.render import save_picture
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
try: save_picture("digraph { a -> b }", Path(sys.argv[1]))
except StorageError as error: print(error.what)
"""


@pytest.mark.parametrize("before", [None, "an earlier picture"])
def test_save_picture_on_a_full_disk_leaves_what_was_there(
    tmp_path: Path, root: Path, before: str | None
) -> None:
    path = tmp_path / "graph.dot"
    if before is not None:
        path.write_text(before)
    done = subprocess.run(
        [sys.executable, "-B", "-c", FULL, path],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("cannot write the picture: File too large\n", "")
    assert [item.read_text() for item in tmp_path.iterdir()] == ([] if before is None else [before])


def test_save_picture_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.dot").symlink_to("real.dot")
    save_picture("digraph {}", tmp_path / "link.dot")
    assert (tmp_path / "real.dot").read_text() == "digraph {}"
