"""DOT for a dependency graph: left to right by stage, parents before children.

Labels are plain: the WebAssembly build of Graphviz, which most readers have, draws no HTML-like
ones, and the same DOT must do for both. Fonts of different size are the style sheet's in the SVG.

Source: Graphviz documentation, DOT language.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from snapkit.core.graph import reduced
from snapkit.core.text import counted, visible
from snapkit.report.drawing import Drawing, describe
from snapkit.report.graph import Detail, GraphColumn, GraphNode, NodeKind, Selection, TableGraph
from snapkit.report.letters import BOLD, REGULAR
from snapkit.report.look import (
    ALARM,
    CHIP_SIZE,
    EDGE,
    FONT,
    GROUP_LENGTH,
    INK,
    LINE_SIZE,
    NAME_LENGTH,
    NAME_SIZE,
    NODE,
    PAPER,
    box_width,
    joined,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphviz import Digraph

    from snapkit.core.names import ForeignKey, TableName
    from snapkit.report.drawing import Pair

_TYPE_LENGTH = 22
_BADGES = 3
_FEW_LINES = 2
_TALLEST = 40  # of a column [tables]
_KEY = "an edge leads from a parent to its child (crow's foot) · parents ◂ | rows | ▸ children"
GRAPH = {
    "rankdir": "LR",
    "nodesep": "0.09",
    "ranksep": "0.5",
    "newrank": "true",
    "pad": "0.15",
    "outputorder": "edgesfirst",
    "bgcolor": PAPER,
    "labelloc": "t",
    "labeljust": "l",
}


def graph_source(
    graph: TableGraph,
    selection: Selection,
    *,
    detail: Detail = Detail.NAMES,
    title: str = "",
    links: Mapping[TableName, str] | None = None,
    reduce: bool = False,
) -> str:
    """Write a selection of a graph as DOT.

    Args:
        graph: The whole graph; stages, parents and children are counted there.
        selection: What to draw.
        detail: What each node shows.
        title: Text above the picture; none where empty.
        links: Where each node leads; those it does not name lead nowhere.
        reduce: Whether to leave out edges that follow from others; a line says how many.

    Returns:
        DOT text, the same for the same arguments.
    """
    import graphviz  # noqa: PLC0415  # imported only where something is drawn

    drawing = Drawing(graph, selection)
    nodes = _Nodes(drawing, detail, links or {})
    edges = drawing.edges()
    every = len(edges)
    if reduce:
        kept = reduced(edges, graph.stages)
        edges = {pair: keys for pair, keys in edges.items() if pair in kept}
    dot = graphviz.Digraph("dependencies")
    words = drawing.key(edges.values())
    if len(edges) < every:
        words.append(f"{counted(every - len(edges), 'edge')} left out: they follow from others")
    heading = [*([title] if title else []), _KEY, *([" · ".join(words)] if words else [])]
    label = joined(map(plain, heading), r"\l")
    dot.attr("graph", **GRAPH, **FONT, label=label, **{"class": "titled"} if title else {})
    dot.attr("node", **NODE, **FONT)
    dot.attr("edge", **EDGE)
    tied = {name for pair in edges for name in pair}
    stages = {level: _columns(level_nodes, tied) for level, level_nodes in drawing.levels().items()}
    columns = [column for parts in stages.values() for column in parts]
    for column in reversed(columns):
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            for node in reversed(column):
                rank.node(drawing.ids[node.table], **nodes.attributes(node))
    for pair, keys in edges.items():
        dot.edge(*(drawing.ids[name] for name in pair), **edge_attributes(drawing, pair, keys))
    tops = [drawing.ids[column[0].table] for column in columns]
    _add_row(dot, tops, [cell for item in stages.items() for cell in _headings(*item)], "stage")
    _add_legend(dot, tops, legend(drawing))
    return str(dot.source)


def _columns(nodes: list[GraphNode], tied: set[TableName]) -> list[list[GraphNode]]:
    """Set a stage of very many tables in several columns; those with lines stand in the last."""
    count = math.ceil(len(nodes) / _TALLEST)
    if count == 1:
        return [nodes]
    size = math.ceil(len(nodes) / count)
    last = [node for node in nodes if node.table in tied]
    loose = [node for node in nodes if node.table not in tied]
    first = loose[: len(loose) - max(size - len(last), 0)]
    parts = [first[start : start + size] for start in range(0, len(first), size)]
    return [*parts, loose[len(first) :] + last]


def _add_legend(dot: Digraph, tops: list[str], items: list[dict[str, str]]) -> None:
    """Add the legend in rows, as wide as the stages are; the first row is declared last."""
    wide = max(len(tops), 1)
    rows = [items[start : start + wide] for start in range(0, len(items), wide)]
    for number, row in reversed(list(enumerate(rows))):
        _add_row(dot, tops, row, f"legend{number}_")


def _add_row(dot: Digraph, tops: list[str], cells: list[dict[str, str]], prefix: str) -> None:
    """Add a row above all else: what is declared last stands at the top of its column."""
    for place, (top, cell) in enumerate(zip(tops, cells, strict=False)):
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            rank.node(f"{prefix}{place}", **cell)
            rank.node(top)
    for place in range(1, len(cells)):
        dot.edge(f"{prefix}{place - 1}", f"{prefix}{place}", style="invis", weight="20")


def _headings(level: int, columns: list[list[GraphNode]]) -> list[dict[str, str]]:
    what = "no parents" if level == 0 else f"after stage {level - 1}"
    words = [f"{counted(sum(map(len, columns)), 'table')}, {what}"]
    words += ["continued"] * (len(columns) - 1)
    look = {"shape": "plaintext", "style": "", "tooltip": " ", "class": "stage"}
    return [{"label": rf"Stage {level}\n{word}"} | look for word in words]


def edge_attributes(drawing: Drawing, pair: Pair, keys: list[ForeignKey]) -> dict[str, str]:
    """How an edge looks: dashed where no key is enforced, heavy inside a cycle.

    Args:
        drawing: The picture.
        pair: Parent and child.
        keys: The foreign keys between them.

    Returns:
        Attributes for DOT; the tooltip names every key.
    """
    words = (plain(describe(key, drawing.graph)) for key in keys)
    attributes = {"tooltip": joined(words), "dir": "both"}
    if not any(key.enforced for key in keys):
        attributes["style"] = "dashed"
    if drawing.is_in_cycle(pair):
        attributes |= {"color": ALARM, "penwidth": "2.2"}
    return attributes


def legend(drawing: Drawing) -> list[dict[str, str]]:
    """One chip per group that is drawn: its code, name and number of tables."""
    return [_chip(drawing, name, count) for name, count in drawing.groups()]


def _chip(drawing: Drawing, name: str | None, count: int) -> dict[str, str]:
    style = drawing.styles[name]
    label = f"{plain(style.code)}  {plain(name or 'no group', GROUP_LENGTH)} ({count})"
    return {
        "label": label,
        "width": box_width(REGULAR.width(label, CHIP_SIZE)),
        "fillcolor": style.fill,
        "style": "filled",
        "class": "chip",
        "tooltip": " ",
    }


class _Nodes:
    """How the nodes of one picture look."""

    def __init__(self, drawing: Drawing, detail: Detail, links: Mapping[TableName, str]) -> None:
        self.drawing = drawing
        self.detail = detail
        self.links = links

    def attributes(self, node: GraphNode) -> dict[str, str]:
        """One node: its label, look, tooltip, link and id."""
        drawing, selection = self.drawing, self.drawing.selection
        in_cycle = node.table in drawing.graph.cycle_of
        name = visible(node.label, NAME_LENGTH)
        lines = [plain(node.label, NAME_LENGTH), self._foot(node)]
        lines += [self._column(column) for column in node.columns if self._shows(column)]
        attributes = {
            "label": joined(lines, r"\l"),
            "tooltip": joined(map(plain, drawing.tooltip(node))),
            "id": f"table-{drawing.numbers[node.table]}",
            "class": "table",
            "width": box_width(
                BOLD.width(name, NAME_SIZE),
                *(REGULAR.width(line, LINE_SIZE) for line in lines[1:]),
            ),
            "fillcolor": PAPER,
        }
        if len(lines) > _FEW_LINES:
            attributes["margin"] = "0.08,0.1"  # the corners are rounder then
        if node.table in selection.core:
            attributes["fillcolor"] = drawing.styles[node.group].fill
        if in_cycle:
            attributes |= {"color": ALARM, "penwidth": "2.2"}
        if node.table == selection.focus:
            attributes |= {"penwidth": "3.2"} | ({} if in_cycle else {"color": INK})
        if node.table in self.links:
            attributes["href"] = self.links[node.table]
        return attributes

    def _shows(self, column: GraphColumn) -> bool:
        if self.detail is Detail.KEYS:
            return column.is_key or column.is_reference
        return self.detail is Detail.COLUMNS

    def _column(self, column: GraphColumn) -> str:
        marks = ("key " if column.is_key else "") + ("→ " if column.is_reference else "")
        return f"{marks}{plain(column.name, NAME_LENGTH)}  {plain(column.type, _TYPE_LENGTH)}"

    def _foot(self, node: GraphNode) -> str:
        graph = self.drawing.graph
        parents, children = len(graph.parents[node.table]), len(graph.children[node.table])
        rows = "" if node.rows is None else f"{counted(node.rows, 'row')} | "
        code = plain(self.drawing.styles[node.group].code)
        return "   ".join([f"{code}  {parents} ◂ | {rows}▸ {children}", *self._badges(node)])

    def _badges(self, node: GraphNode) -> list[str]:
        """What is not drawn as an edge: kind, hubs the table points at, itself, its cycle."""
        hubs = [self.drawing.label_of(name) for name in self.drawing.folded_hubs(node)]
        names = [f"★ {plain(name)}" for name in hubs]
        if len(names) > _BADGES:
            names = [*names[: _BADGES - 1], f"★ {len(names) - _BADGES + 1} more"]
        kind = [] if node.kind is NodeKind.PLAIN else [str(node.kind)]
        return [*kind, *names, *self.drawing.marks(node)]


def group_cycles(graph: TableGraph) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Name the cycles.

    Args:
        graph: The whole graph.

    Yields:
        Each cycle's number, from 1, and the labels of its tables.
    """
    for number in sorted(set(graph.cycle_of.values())):
        members = [name for name, found in graph.cycle_of.items() if found == number]
        yield number, tuple(sorted(graph.by_table[name].label for name in members))
