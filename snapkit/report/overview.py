"""The graph on one sheet: every table by name, in the frame of its group.

Lines to hubs are stars with a number, which the key explains: a hundred tables stay readable.

Source: Graphviz documentation, DOT language; cluster.
"""

from __future__ import annotations

import itertools
import math
from textwrap import wrap
from typing import TYPE_CHECKING

from snapkit.core.graph import load_order
from snapkit.report.dot import GRAPH, edge_attributes
from snapkit.report.drawing import Drawing, in_rows
from snapkit.report.letters import REGULAR
from snapkit.report.look import (
    ALARM,
    CHIP_SIZE,
    EDGE,
    FONT,
    GROUP_LENGTH,
    INK,
    LINE,
    NODE,
    PAPER,
    box_width,
    joined,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.names import ForeignKey, TableName
    from snapkit.report.drawing import Pair
    from snapkit.report.graph import GraphNode, Selection, TableGraph

_KEY_LENGTH = 140  # of a line [characters]
_STARS = 4
_DEEPEST = 16  # columns; no real schema was seen with more
_SLENDER = 5  # a name is so much wider than high
_FAR = "transparent"  # a neighbour of what was asked for


def overview_source(
    graph: TableGraph,
    selection: Selection,
    *,
    title: str = "",
    links: Mapping[TableName, str] | None = None,
) -> str:
    """Write a selection of a graph as DOT, names only, by group.

    Args:
        graph: The whole graph.
        selection: What to draw.
        title: Text above the picture; none where empty.
        links: Where each node leads; those it does not name lead nowhere.

    Returns:
        DOT text, the same for the same arguments.
    """
    import graphviz  # noqa: PLC0415  # imported only where something is drawn

    drawing = Drawing(graph, selection)
    hrefs = {name: {"href": link} for name, link in (links or {}).items()}
    stars = {hub: f"★{number}" for number, hub in enumerate(selection.hubs, start=1)}
    edges = drawing.edges()
    dot = graphviz.Digraph("overview")
    label = joined(map(plain, [*([title] if title else []), *_key(drawing, stars)]), r"\l")
    settings = GRAPH | {"nodesep": "0.08", "ranksep": "0.35", "newrank": "false"}
    dot.attr("graph", **settings, **FONT, label=label, **{"class": "titled"} if title else {})
    dot.attr("node", **NODE, **FONT)
    dot.attr("edge", **EDGE)
    frames = [_Frame(drawing, name, edges) for name in drawing.groups_of_nodes()]
    for place, frame in enumerate(frames):
        with dot.subgraph(name=f"cluster_{place}") as cluster:
            cluster.attr(**frame.attributes())
            for node in frame.nodes:
                attributes = _node(drawing, node, stars) | hrefs.get(node.table, {})
                cluster.node(drawing.ids[node.table], **attributes)
    stages = load_order(drawing.selection.tables, (keys[0] for keys in edges.values()))
    band = {name: stage.level // _DEEPEST for stage in stages for name in stage.tables}
    for pair, keys in edges.items():
        attributes = edge_attributes(drawing, pair, keys)
        if band[pair[0]] != band[pair[1]]:  # a longer chain goes on in a new row
            attributes["constraint"] = "false"
        dot.edge(*(drawing.ids[name] for name in pair), **attributes)
    room = min(1 + max((stage.level for stage in stages), default=0), _DEEPEST)
    apart = [(frame, frame.width) for frame in frames if frame.is_apart]
    # what no line holds would stand in one column, as high as a tower
    ties = [pair for frame in frames for row in frame.rows for pair in itertools.pairwise(row)]
    for row in in_rows(apart, room):
        for before, after in itertools.pairwise(row):
            ties += [(before.last, name) for name in after.first_column]
    for left, right in ties:
        dot.edge(drawing.ids[left], drawing.ids[right], style="invis")
    return str(dot.source)


class _Frame:
    """One group: its tables, and those without lines in rows."""

    def __init__(
        self, drawing: Drawing, group: str | None, edges: Mapping[Pair, list[ForeignKey]]
    ) -> None:
        self.drawing = drawing
        self.group = group
        self.nodes = [node for node in drawing.nodes() if node.group == group]
        tables = {node.table for node in self.nodes}
        touching = {p: keys for p, keys in edges.items() if not tables.isdisjoint(p)}
        self.is_apart = all(tables.issuperset(pair) for pair in touching)
        tied = {name for pair in touching for name in pair}
        loose = [node.table for node in self.nodes if node.table not in tied]
        self._stages = load_order(tables, (keys[0] for keys in touching.values()))
        depth = min(1 + self._stages[-1].level, _DEEPEST)
        self.width = min(len(tables), max(depth, round(math.sqrt(len(loose) / _SLENDER))))
        self.rows = in_rows([(name, 1) for name in loose], self.width)

    @property
    def first_column(self) -> list[TableName]:
        """The tables that stand on the left."""
        loose = {name for row in self.rows for name in row[1:]}
        first = [name for stage in self._stages if stage.level == 0 for name in stage.tables]
        return [name for name in first if name not in loose]

    @property
    def last(self) -> TableName:
        """A table that stands on the right."""
        if self.rows and len(self.rows[0]) == self.width:
            return self.rows[0][-1]
        return self._stages[-1].tables[-1]

    def attributes(self) -> dict[str, str]:
        """How the frame looks."""
        style = self.drawing.styles[self.group]
        every = dict(self.drawing.graph.groups)[self.group]
        count = str(every) if every == len(self.nodes) else f"{len(self.nodes)} of {every}"
        name = plain("no group" if self.group is None else self.group, GROUP_LENGTH)
        return {
            "label": f"{plain(style.code)}  {name} ({count})",
            "style": "rounded,filled",
            "fillcolor": style.fill,
            "color": LINE,
            "margin": "6",
            "fontsize": "11",  # more than the style sheet's: bold letters are wider
            "class": "frame",
        }


def _key(drawing: Drawing, stars: Mapping[TableName, str]) -> list[str]:
    words = [
        "a frame is a group, with the number of its tables",
        "an edge leads from a parent to its child (crow's foot)",
    ]
    if any(key.is_self_reference for key in drawing.graph.foreign_keys):
        words.append("↻ refers to itself")
    words += drawing.line_key(drawing.edges().values())
    counts = [
        f"{star} {drawing.label_of(hub)} ({len(drawing.graph.children[hub])} children)"
        for hub, star in stars.items()
    ]
    hubs = wrap(f"refers to a hub: {', '.join(counts)}", _KEY_LENGTH) if counts else []
    return [" · ".join(words), *hubs]


def _node(drawing: Drawing, node: GraphNode, stars: Mapping[TableName, str]) -> dict[str, str]:
    marks = [stars[hub] for hub in drawing.folded_hubs(node)]
    if len(marks) > _STARS:
        marks = [*marks[: _STARS - 1], f"★ {len(marks) - _STARS + 1} more"]
    marks += [f"hub {stars[node.table]}"] if node.table in stars else []
    marks += ["↻"] if node.table in drawing.graph.self_references else []
    number = drawing.graph.cycle_of.get(node.table)
    marks += [f"cycle {number}"] if number is not None else []
    label = "  ".join([drawing.label_of(node.table), *marks])
    attributes = {
        "label": joined([plain(label)]),  # without an end, "<…>" would be HTML
        "tooltip": joined(map(plain, drawing.tooltip(node))),
        "id": f"table-{drawing.numbers[node.table]}",
        "class": "name",
        "height": "0.1",
        "margin": "0.05,0.03",
        "width": box_width(REGULAR.width(label, CHIP_SIZE), least=0.3),
        "fillcolor": PAPER if node.table in drawing.selection.core else _FAR,
    }
    if number is not None:
        attributes |= {"color": ALARM, "penwidth": "2.2"}
    if node.table == drawing.selection.focus:
        attributes |= {"penwidth": "3.2"} | ({} if number is not None else {"color": INK})
    return attributes
