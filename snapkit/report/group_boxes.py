"""The graph by group: one box per group, and between two groups how many relations lead across.

Source: Graphviz documentation, DOT language.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from textwrap import wrap
from typing import TYPE_CHECKING

from snapkit.core.text import counted, visible
from snapkit.report.dot import GRAPH
from snapkit.report.drawing import Drawing, describe, in_rows
from snapkit.report.graph import GraphNode, TableGraph, select
from snapkit.report.letters import BOLD, REGULAR
from snapkit.report.look import ALARM, EDGE, FONT, LINE_SIZE, NAME_SIZE, NODE, box_width, plain
from snapkit.report.look import joined as joined_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.names import ForeignKey, TableName

_LINE = 46  # of names in a box [characters]
_TITLE_LENGTH = 40
_NAMED = 40  # tables in a box; the tooltip has them all
_DESCRIBED = 12  # relations in a tooltip
_ROW = 4  # boxes without lines, side by side
KEY = (
    "a line leads from the group of the parents to that of the children; its figure counts the "
    "relations, without one it is one"
)


class GroupBoxes:
    """What is said of each group, and of what leads from one to another."""

    def __init__(self, graph: TableGraph) -> None:
        self.drawing = Drawing(graph, select(graph))
        self.members: dict[str | None, list[GraphNode]] = {name: [] for name, _ in graph.groups}
        for node in graph.nodes:
            self.members[node.group].append(node)
        self.ids = {name: f"g{place}" for place, name in enumerate(self.members)}
        self.inside: Counter[str | None] = Counter()
        self.to_hubs: dict[str | None, Counter[TableName]] = {name: Counter() for name in self.ids}
        self.relations: dict[tuple[str | None, str | None], list[ForeignKey]] = {}
        for key in graph.foreign_keys:
            parent, child = (graph.by_table[name].group for name in (key.parent, key.child))
            if parent == child:
                self.inside[parent] += 1
            elif self.drawing.is_folded(key):
                self.to_hubs[child][key.parent] += 1
            else:
                self.relations.setdefault((parent, child), []).append(key)

    def title(self, name: str | None) -> str:
        """A group's code and name."""
        words = visible("no group" if name is None else name, _TITLE_LENGTH)
        return f"{self.drawing.styles[name].code}  {words}"

    def facts(self, name: str | None) -> str:
        """Its tables, their rows where known, and the relations that stay inside."""
        nodes = self.members[name]
        rows = [node.rows for node in nodes if node.rows is not None]
        parts = [counted(len(nodes), "table")]
        parts += [counted(sum(rows), "row")] if rows else []
        parts += [f"{counted(self.inside[name], 'relation')} inside"] if self.inside[name] else []
        return " | ".join(parts)

    def names(self, name: str | None) -> list[str]:
        """Its tables, in lines of about one width."""
        labels = [self.drawing.label_of(node.table) for node in self.members[name]]
        if len(labels) > _NAMED:
            labels = [*labels[: _NAMED - 1], f"and {len(labels) - _NAMED + 1:,} more"]
        # a name with blanks is not to be torn apart
        text = " ".join(label.replace(" ", "\N{NO-BREAK SPACE}") + " ·" for label in labels)
        lines = wrap(text.removesuffix(" ·").replace(" ·", "\N{NO-BREAK SPACE}·"), _LINE)
        return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]

    def badges(self, name: str | None) -> list[str]:
        """The hubs it refers to, its cycles, its tables that refer to themselves."""
        graph, nodes = self.drawing.graph, self.members[name]
        hubs = [f"{self.drawing.label_of(hub)} {n}" for hub, n in self.to_hubs[name].most_common()]
        numbers = sorted({graph.cycle_of[n.table] for n in nodes if n.table in graph.cycle_of})
        own = sum(node.table in graph.self_references for node in nodes)
        marks = [f"cycle {number}" for number in numbers]
        marks += [f"↻ {own} to {'itself' if own == 1 else 'themselves'}"] if own else []
        lines = wrap(f"★ {', '.join(hubs)}", _LINE) if hubs else []
        return [*lines, *([" · ".join(marks)] if marks else [])]

    def key(self) -> list[str]:
        """What lines and marks mean."""
        words = self.drawing.key(self.relations.values())
        return [KEY, *([" · ".join(words)] if words else [])]


def groups_source(
    graph: TableGraph, *, title: str = "", links: Mapping[str | None, str] | None = None
) -> str:
    """Write a graph as DOT, one box per group.

    Args:
        graph: The whole graph.
        title: Text above the picture; none where empty.
        links: Where each group's box leads; those it does not name lead nowhere.

    Returns:
        DOT text, the same for the same arguments.
    """
    import graphviz  # noqa: PLC0415  # imported only where something is drawn

    boxes = GroupBoxes(graph)
    hrefs = {name: {"href": link} for name, link in (links or {}).items()}
    dot = graphviz.Digraph("groups")
    heading = [*([title] if title else []), *boxes.key()]
    label = joined_lines(map(plain, heading), r"\l")
    settings = GRAPH | {"nodesep": "0.2", "ranksep": "0.8"}
    dot.attr("graph", **settings, **FONT, label=label, **{"class": "titled"} if title else {})
    dot.attr("node", **NODE | {"margin": "0.1,0.1"}, **FONT)
    dot.attr("edge", **EDGE, **FONT)
    for name, node_id in boxes.ids.items():
        dot.node(node_id, **_box(boxes, name), **hrefs.get(name, {}))
    for (parent, child), keys in boxes.relations.items():
        dot.edge(boxes.ids[parent], boxes.ids[child], **_edge(boxes.drawing, keys))
    tied = {name for pair in boxes.relations for name in pair}
    loose = [(node_id, 1) for name, node_id in boxes.ids.items() if name not in tied]
    for row in in_rows(loose, max(_ROW, round(math.sqrt(len(loose))))):
        for left, right in itertools.pairwise(row):
            dot.edge(left, right, style="invis")
    return str(dot.source)


def _box(boxes: GroupBoxes, name: str | None) -> dict[str, str]:
    title = boxes.title(name)
    lines = [boxes.facts(name), *boxes.names(name), *boxes.badges(name)]
    nodes = boxes.members[name]
    attributes = {
        "label": joined_lines(map(plain, [title, *lines]), r"\l"),
        "tooltip": joined_lines(map(plain, [title, *(node.label for node in nodes)])),
        "class": "table",
        "fillcolor": boxes.drawing.styles[name].fill,
        "width": box_width(
            BOLD.width(title, NAME_SIZE), *(REGULAR.width(line, LINE_SIZE) for line in lines)
        ),
    }
    if any(node.table in boxes.drawing.graph.cycle_of for node in nodes):
        attributes |= {"color": ALARM, "penwidth": "2.2"}
    return attributes


def _edge(drawing: Drawing, keys: list[ForeignKey]) -> dict[str, str]:
    words = [describe(key, drawing.graph) for key in keys[:_DESCRIBED]]
    if len(keys) > _DESCRIBED:
        words.append(f"and {counted(len(keys) - _DESCRIBED, 'more relation')}")
    attributes = {
        "tooltip": joined_lines(map(plain, words)),
        "penwidth": f"{0.8 + 0.7 * math.log2(len(keys)):.1f}",
    }
    if len(keys) > 1:
        attributes["label"] = f" {len(keys)} "
    if not any(key.enforced for key in keys):
        attributes["style"] = "dashed"
    if any(drawing.is_in_cycle((key.parent, key.child)) for key in keys):
        attributes["color"] = ALARM
    return attributes
