"""The graph and its lists as markup for the explorer, from values alone.

Every link is `#table-N` or `#group-N`, with N a place among the graph's nodes or groups: it never
holds a name.
Names come from a schema or a database and are hostile: each is escaped.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from snapkit.core.text import counted, visible
from snapkit.report.dot import graph_source
from snapkit.report.graph import Detail, Selection, TableGraph, View
from snapkit.report.group_boxes import groups_source
from snapkit.report.look import group_styles
from snapkit.report.overview import overview_source
from snapkit.report.render import PictureFormat, inline_svg, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.core.names import TableName
    from snapkit.report.graph import Detail, Selection, TableGraph

LINK = "#table-"
GROUP_LINK = "#group-"
NO_GROUP = "no group"


def picture(graph: TableGraph, selection: Selection, view: View, detail: Detail) -> str:
    """Draw a selection, each node a link.

    Args:
        graph: The whole graph.
        selection: What to draw; the view GROUPS draws every group.
        view: How it is laid out.
        detail: What each node shows, where the view is STAGES.

    Returns:
        An `<svg>` element, with tooltips.

    Raises:
        SnapkitError: Graphviz failed.
    """
    links = {name: f"{LINK}{number}" for name, number in numbers(graph).items()}
    if view is View.GROUPS:
        boxes = {name: f"{GROUP_LINK}{place}" for place, (name, _) in enumerate(graph.groups)}
        source = groups_source(graph, links=boxes)
    elif view is View.OVERVIEW:
        source = overview_source(graph, selection, links=links)
    else:
        source = graph_source(graph, selection, detail=detail, links=links)
    return inline_svg(render(source, PictureFormat.SVG))


def numbers(graph: TableGraph) -> dict[TableName, int]:
    """The number of each table in links, from 0."""
    return {node.table: number for number, node in enumerate(graph.nodes)}


def models_list(graph: TableGraph, estimates: Mapping[TableName, int]) -> str:
    """The models by group, with their rows.

    Args:
        graph: The whole graph.
        estimates: Rows by the server's planner [rows], for tables whose rows are not known.

    Returns:
        One section per group: its name, code and colour as in the picture, and a list of links.
    """
    styles = group_styles(graph)
    place = numbers(graph)
    sections = []
    for group, count in graph.groups:
        style = styles[group]
        items = "".join(
            f"<li>{_link(graph, node.table, place)}{_rows(graph, node.table, estimates)}</li>"
            for node in graph.nodes
            if node.group == group
        )
        sections.append(
            f'<section><h3><span class="code" style="background: {style.fill}">'
            f"{_text(style.code)}</span> {_text(group or NO_GROUP)} ({count:,})</h3>"
            f"<ul>{items}</ul></section>"
        )
    return "".join(sections)


def order_list(graph: TableGraph, estimates: Mapping[TableName, int]) -> str:
    """The order in which tables are restored: stage after stage.

    Args:
        graph: The whole graph.
        estimates: As in `models_list`.

    Returns:
        One section per stage. Tables of one stage do not depend on each other, but for those of a
        cycle, which are marked.
    """
    place = numbers(graph)
    levels: dict[int, list[TableName]] = {}
    for stage in graph.stages:
        levels.setdefault(stage.level, []).extend(stage.tables)
    sections = []
    start = 1
    for level, names in sorted(levels.items()):
        items = "".join(
            f"<li>{_link(graph, name, place)}{_cycle(graph, name)}"
            f"{_rows(graph, name, estimates)}</li>"
            for name in names
        )
        what = "no parents" if level == 0 else f"after stage {level - 1}"
        sections.append(
            f"<section><h4>Stage {level}: {counted(len(names), 'table')}, {what}</h4>"
            f'<ol start="{start}">{items}</ol></section>'
        )
        start += len(names)
    return "".join(sections)


def caption(graph: TableGraph, selection: Selection, source: str) -> str:
    """What is drawn; of a table in focus, its neighbours as links.

    Args:
        graph: The whole graph.
        selection: What is drawn.
        source: Where the graph comes from, for people.

    Returns:
        One or two paragraphs.
    """
    shown, total = len(selection.tables), len(graph.nodes)
    what = counted(total, "table") if shown == total else f"{shown:,} of {counted(total, 'table')}"
    count = len(set(graph.cycle_of.values()))
    facts = f"{what}; {counted(count, 'cycle')} in the whole graph. {source}"
    if selection.focus is None:
        return f"<p>{_text(facts)}</p>"
    place = numbers(graph)
    focus = graph.by_table[selection.focus]
    parents = _links(graph, graph.parents[focus.table], place)
    children = _links(graph, graph.children[focus.table], place)
    return (
        f"<p><strong>{_text(focus.label)}</strong>: parents {parents}; children {children}</p>"
        f"<p>{_text(facts)}</p>"
    )


def _links(graph: TableGraph, names: Iterable[TableName], place: Mapping[TableName, int]) -> str:
    ordered = sorted(names, key=lambda name: graph.by_table[name].label)
    return ", ".join(_link(graph, name, place) for name in ordered) or "none"


def _link(graph: TableGraph, name: TableName, place: Mapping[TableName, int]) -> str:
    return f'<a href="{LINK}{place[name]}">{_text(graph.by_table[name].label)}</a>'


def _rows(graph: TableGraph, name: TableName, estimates: Mapping[TableName, int]) -> str:
    rows = graph.by_table[name].rows
    if rows is not None:
        return f' <span class="rows">{rows:,}</span>'
    if name in estimates:
        return f' <span class="rows" title="an estimate of the server">~{estimates[name]:,}</span>'
    return ""


def _cycle(graph: TableGraph, name: TableName) -> str:
    number = graph.cycle_of.get(name)
    return "" if number is None else f' <span class="cycle">cycle {number}</span>'


def _text(text: str) -> str:
    return html.escape(visible(text))
