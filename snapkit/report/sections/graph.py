"""Sections of schema_graph: what depends on what, and in which order tables load."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from snapkit.report.cells import Place, anchor_of
from snapkit.report.dot import graph_source, group_cycles
from snapkit.report.graph import Detail
from snapkit.report.grid import row_id
from snapkit.report.render import PictureFormat, inline_svg, render
from snapkit.report.result import write_file
from snapkit.report.sections.common import none_shown
from snapkit.report.sections.places import table_row
from snapkit.report.shown import Shown
from snapkit.report.tables import ROWS_SHOWN, DataTable, Kind, data_table

if TYPE_CHECKING:
    from snapkit.core.names import TableName
    from snapkit.report.graph import TableGraph
    from snapkit.report.run import GraphRun

_STAGES = "stages"  # the list that the picture leads to


def graph_figure(run: GraphRun) -> Shown:
    """The graph: all of it, or what the parameters `focus` and `group` ask for.

    The picture lies beside the page too, as SVG and as DOT.

    Args:
        run: The run.

    Returns:
        SVG with tooltips, linked to the list by stage; PNG where Graphviz is installed.
    """
    graph, selection = run.graph, run.selection
    source = graph_source(
        graph,
        selection,
        detail=Detail.KEYS if selection.focus else Detail.NAMES,
        title=f"Snapshot {run.snapshot.id}: {len(selection.tables)} of {len(graph.nodes)} tables",
        links=_links(run),
    )
    svg = render(source, PictureFormat.SVG)
    write_file(run.folder / f"{run.notebook}.svg", svg)
    write_file(run.folder / f"{run.notebook}.dot", source.encode())
    text = (
        f"Dependency graph of {len(selection.tables)} tables, by stage. "
        "The list below says the same in words."
    )
    return Shown(text=text, svg=inline_svg(svg), png=_png(source))


def _links(run: GraphRun) -> dict[TableName, str]:
    """Where the list by stage has each table: works on the page and in the picture beside it."""
    listed = [name for stage in run.graph.stages for name in stage.tables][:ROWS_SHOWN]
    return {
        name: f"{run.notebook}.html#{row_id(f'{run.notebook}.{_STAGES}', number)}"
        for number, name in enumerate(listed, start=1)
    }


def _png(source: str) -> bytes:
    """For JupyterLab, which shows no SVG of a notebook it does not trust."""
    return render(source, PictureFormat.PNG) if shutil.which("dot") else b""


def graph_cycles(run: GraphRun) -> Shown | DataTable:
    """The cycles, and the tables that refer to themselves: facts, not errors.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where there are none.
    """
    graph = run.graph
    rows = [
        (f"cycle {number}", len(labels), ", ".join(labels))
        for number, labels in group_cycles(graph)
    ]
    rows += [("itself", 1, graph.by_table[name].label) for name in sorted(graph.self_references)]
    if not rows:
        return none_shown("There are none.")
    return data_table(
        f"{run.notebook}.cycles",
        "Cycles of foreign keys, and tables that refer to themselves",
        (("kind", Kind.TEXT), ("tables", Kind.NUMBER), ("which", Kind.TEXT)),
        rows,
        folder=run.folder,
    )


def graph_hubs(run: GraphRun) -> Shown | DataTable:
    """The hubs: tables so many others refer to that the overview shows a ★ instead of lines.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where there are none.
    """
    graph = run.graph
    rows = [
        (_here(graph, name), graph.by_table[name].group, len(graph.children[name]))
        for name in run.selection.hubs
    ]
    if not rows:
        return none_shown("There are none.")
    return data_table(
        f"{run.notebook}.hubs",
        "Tables with the most child tables",
        (("table", Kind.CODE), ("group", Kind.TEXT), ("child tables", Kind.NUMBER)),
        rows,
        folder=run.folder,
    )


def graph_stages(run: GraphRun) -> DataTable:
    """The order of loading: the graph in words.

    Args:
        run: The run.

    Returns:
        One row per table, parents first.
    """
    graph = run.graph
    rows = []
    for step, stage in enumerate(graph.stages, start=1):
        for name in stage.tables:
            node = graph.by_table[name]
            parents = sorted(graph.by_table[other].label for other in graph.parents[name])
            cycle = graph.cycle_of.get(name)
            notes = [str(node.kind)] if node.kind else []
            notes += [f"cycle {cycle}"] if cycle else []
            notes += ["refers to itself"] if name in graph.self_references else []
            rows.append(
                (
                    table_row(name, node.label, page=run.notebook),
                    stage.level,
                    step,
                    node.group,
                    ", ".join(parents) or None,
                    len(graph.children[name]),
                    node.rows,
                    ", ".join(notes),
                )
            )
    return data_table(
        f"{run.notebook}.{_STAGES}",
        "Order of loading: tables of one stage do not depend on each other",
        (
            ("table", Kind.CODE),
            ("stage", Kind.NUMBER),
            ("step", Kind.NUMBER),
            ("group", Kind.TEXT),
            ("parents", Kind.TEXT),
            ("child tables", Kind.NUMBER),
            ("rows", Kind.NUMBER),
            ("note", Kind.TEXT),
        ),
        rows,
        folder=run.folder,
    )


def graph_relations(run: GraphRun) -> Shown | DataTable:
    """Every foreign key and relation.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where there are none.
    """
    rows = [
        (
            _here(run.graph, key.child),
            ", ".join(key.columns),
            _here(run.graph, key.parent),
            ", ".join(key.parent_columns),
            key.on_delete.lower(),
            "the database" if key.enforced else "nobody",
            key.name,
        )
        for key in run.graph.foreign_keys
    ]
    if not rows:
        return none_shown("There are none.")
    return data_table(
        f"{run.notebook}.relations",
        "Foreign keys and relations",
        (
            ("child", Kind.CODE),
            ("columns", Kind.CODE),
            ("parent", Kind.CODE),
            ("its columns", Kind.CODE),
            ("on delete", Kind.TEXT),
            ("enforced by", Kind.TEXT),
            ("name", Kind.CODE),
        ),
        rows,
        folder=run.folder,
    )


def _here(graph: TableGraph, name: TableName) -> Place:
    """A table's name, which leads to its place in the order of loading."""
    return Place(text=graph.by_table[name].label, href=f"#{anchor_of(name)}")
