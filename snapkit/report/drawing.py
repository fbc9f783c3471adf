"""What every picture of a graph says, whatever it is drawn with: edges, badges, tooltips, key.

Texts are those of the database, cut to length and not escaped: each format has escapes of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from snapkit.core.text import counted, visible
from snapkit.report.graph import GraphNode, NodeKind, Selection, TableGraph
from snapkit.report.look import NAME_LENGTH, group_styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.core.names import ForeignKey, TableName

    Pair = tuple[TableName, TableName]

_TOOLTIP_LENGTH = 600
_Item = TypeVar("_Item")
_HUBS_NAMED = 3


class Drawing:
    """One picture: which edges are folded into badges, and what is said of each thing."""

    def __init__(self, graph: TableGraph, selection: Selection) -> None:
        self.graph = graph
        self.selection = selection
        self.styles = group_styles(graph)
        self.numbers = {node.table: place for place, node in enumerate(graph.nodes)}
        self.ids = {name: f"n{number}" for name, number in self.numbers.items()}
        self.hubs = frozenset(selection.hubs)

    def nodes(self) -> list[GraphNode]:
        """The nodes to draw, in the graph's order."""
        return [node for node in self.graph.nodes if node.table in self.selection.tables]

    def levels(self) -> dict[int, list[GraphNode]]:
        """The nodes to draw by level, levels ascending."""
        found: dict[int, list[GraphNode]] = {}
        for node in self.nodes():
            found.setdefault(self.graph.level_of[node.table], []).append(node)
        return dict(sorted(found.items()))

    def is_folded(self, key: ForeignKey) -> bool:
        """Whether an edge is a badge on the child: it starts at a hub, and nobody asked for it."""
        focus = self.selection.focus
        return key.parent in self.hubs and focus not in {key.parent, key.child}

    def edges(self) -> dict[Pair, list[ForeignKey]]:
        """The edges to draw, parent first; several keys between two tables are one edge."""
        tables, core = self.selection.tables, self.selection.core
        found: dict[Pair, list[ForeignKey]] = {}
        for key in self.graph.foreign_keys:
            inside = key.child in tables and key.parent in tables
            touches = key.child in core or key.parent in core
            if inside and touches and not key.is_self_reference and not self.is_folded(key):
                found.setdefault((key.parent, key.child), []).append(key)
        return found

    def folded_hubs(self, node: GraphNode) -> list[TableName]:
        """The hubs that a table points at by edges that are not drawn, the largest first."""
        return sorted(
            {
                key.parent
                for key in self.graph.foreign_keys
                if key.child == node.table and not key.is_self_reference and self.is_folded(key)
            },
            key=self.selection.hubs.index,
        )

    def is_in_cycle(self, pair: Pair) -> bool:
        """Whether an edge is part of a cycle."""
        number = self.graph.cycle_of.get(pair[0])
        return number is not None and self.graph.cycle_of.get(pair[1]) == number

    def label_of(self, name: TableName) -> str:
        """What a table is called, cut to the length that nodes have room for."""
        return visible(self.graph.by_table[name].label, NAME_LENGTH)

    def marks(self, node: GraphNode) -> list[str]:
        """What is said of a table in words: being a hub, referring to itself, its cycle."""
        names = ["★ hub"] if node.table in self.hubs else []
        if node.table in self.graph.self_references:
            own = [key for key in self.graph.foreign_keys if key.child == key.parent == node.table]
            is_enforced = any(key.enforced for key in own)
            names.append("↻ itself" if is_enforced else "↻ itself, not enforced")
        if (number := self.graph.cycle_of.get(node.table)) is not None:
            names.append(f"cycle {number}")
        return names

    def tooltip(self, node: GraphNode) -> list[str]:
        """All that is known of a table, one line each."""
        graph = self.graph
        lines = [f"{node.label} (table {node.table})", f"group: {node.group or 'none'}"]
        if node.kind is not NodeKind.PLAIN:
            lines.append(str(node.kind))
        if node.rows is not None:
            lines.append(counted(node.rows, "row"))
        for word, others in (("parents", graph.parents), ("children", graph.children)):
            names = sorted(graph.by_table[name].label for name in others[node.table])
            lines.append(f"{word}: {', '.join(names) or 'none'}")
        return [visible(line, _TOOLTIP_LENGTH) for line in lines]

    def groups_of_nodes(self) -> list[str | None]:
        """The groups of all nodes to draw, neighbours' too."""
        shown = {node.group for node in self.nodes()}
        return [name for name, _ in self.graph.groups if name in shown]

    def groups(self) -> list[tuple[str | None, int]]:
        """The groups that are drawn, each with its number of tables."""
        shown = {self.graph.by_table[name].group for name in self.selection.core}
        return [(name, count) for name, count in self.graph.groups if name in shown]

    def key(self, edges: Iterable[Sequence[ForeignKey]]) -> list[str]:
        """What marks and lines mean, as far as there are any.

        Args:
            edges: The foreign keys of each edge that is drawn.
        """
        words = self.line_key(edges)
        if not self.hubs:
            return words
        names = ", ".join(
            f"{self.label_of(name)}: {len(self.graph.children[name])}"
            for name in self.selection.hubs[:_HUBS_NAMED]
        )
        return [f"★ refers to a hub, a table with so many children ({names})", *words]

    def line_key(self, edges: Iterable[Sequence[ForeignKey]]) -> list[str]:
        """What lines mean, as far as there are any.

        Args:
            edges: The foreign keys of each edge that is drawn.
        """
        words = []
        if any(not key.enforced for keys in edges for key in keys):
            words.append("dashed: not enforced by the database")
        if not self.selection.tables.isdisjoint(self.graph.cycle_of):
            words.append("heavy: part of a cycle")
        return words


def describe(key: ForeignKey, graph: TableGraph) -> str:
    """A foreign key in words.

    Args:
        key: One of the graph's.
        graph: Knows what its tables are called.

    Returns:
        One line.
    """
    child, parent = graph.by_table[key.child].label, graph.by_table[key.parent].label
    text = (
        f"{child} ({', '.join(key.columns)}) → {parent} ({', '.join(key.parent_columns)}), "
        f"on delete {key.on_delete.lower()}"
    )
    return text if key.enforced else f"{text}, not enforced by the database"


def in_rows(items: Iterable[tuple[_Item, int]], room: int) -> list[list[_Item]]:
    """Put side by side what has room in a row.

    Args:
        items: Each with its width [columns].
        room: The width of a row [columns].

    Returns:
        The rows, in the order of the items; one that is too wide has a row of its own.
    """
    rows: list[list[_Item]] = []
    left = 0
    for item, width in items:
        if width > left:
            rows.append([])
            left = room
        rows[-1].append(item)
        left -= width
    return rows
