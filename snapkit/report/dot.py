"""DOT for a dependency graph: left to right by stage, parents before children.

What colour says is said again in another way: groups by a code of letters, cycles by a label and a
heavy line, relations that the database does not enforce by dashes.

Names come from a database and are hostile: every text passes `markup` (inside HTML-like labels) or
`plain` (elsewhere). Node ids are our own numbers.

Source: Graphviz documentation, DOT language, HTML-like labels, escString.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from snapkit.report.graph import Detail, GraphColumn, GraphNode, NodeKind, Selection, TableGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphviz import Digraph

    from snapkit.core.names import ForeignKey, TableName

INK = "#1f2430"  # text; the page's dark style replaces each of these
FAINT = "#5d6675"
LINE = "#7b8697"
PAPER = "#ffffff"
ALARM = "#b3261e"  # cycles
FILLS = (
    "#cfe3fb", "#d5efd8", "#fde0b8", "#e6d9f7", "#fbd5dd", "#cdeeee", "#f3ecb6", "#dfe4ea",
    "#f7d3ef", "#d9e8b4", "#d3d9fb", "#f2d8c4",
)  # fmt: skip
"""Pale fills, one per group; a 13th group takes the first again, and its code tells them apart."""

_WIDTH = 118  # of a node, at least [points]: columns of one width read like a table
_NAME_LENGTH = 34
_TYPE_LENGTH = 22
_TOOLTIP_LENGTH = 600
_BADGES = 3
_CODE_LENGTHS = (2, 3)
_LEGEND_COLUMNS = 6
_CONTROLS = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD)

_GRAPH = {
    "rankdir": "LR",
    "nodesep": "0.09",
    "ranksep": "0.55",
    "newrank": "true",
    "pad": "0.15",
    "outputorder": "edgesfirst",
    "labelloc": "t",
    "labeljust": "l",
    "tooltip": " ",
}
_EDGE = {
    "color": LINE,
    "arrowhead": "crow",
    "arrowtail": "none",
    "arrowsize": "0.6",
    "penwidth": "0.8",
}


def visible(text: str, limit: int = 0) -> str:
    """Make a hostile text safe for XML and one line: control characters become pictures of them.

    Args:
        text: Any text.
        limit: Cut to this length, with an ellipsis [characters]; 0 does not cut.

    Returns:
        Text without control characters, lone surrogates or newlines.
    """
    shown = text.translate(_CONTROLS)
    return shown if not limit or len(shown) <= limit else shown[: limit - 1] + "…"


def markup(text: str, limit: int = 0) -> str:
    """Escape a text for an HTML-like label.

    Args:
        text: Any text.
        limit: As in `visible`.

    Returns:
        The text, inert.
    """
    return html.escape(visible(text, limit))


def plain(text: str) -> str:
    r"""Escape a text for an attribute: backslashes (`\N` is a node's name there) and entities.

    Args:
        text: Any text; its newlines stay lines.

    Returns:
        The text as DOT wants it, not yet quoted.
    """
    lines = [visible(line)[:_TOOLTIP_LENGTH] for line in text.split("\n")]
    return "\\n".join(line.replace("\\", "\\\\").replace("&", "&amp;") for line in lines)


@dataclass(frozen=True, slots=True)
class GroupStyle:
    """How a group looks: a code of letters, and a fill."""

    code: str
    fill: str


def group_styles(graph: TableGraph) -> Mapping[str | None, GroupStyle]:
    """Give each group a code and a colour, the same in every picture of one graph.

    Args:
        graph: The whole graph.

    Returns:
        A style per group; tables without a group are white, with a dash for a code.
    """
    styles: dict[str | None, GroupStyle] = {}
    used: set[str] = set()
    named = [name for name, _ in graph.groups if name is not None]
    for place, name in enumerate(named):
        code = _code(name, used)
        used.add(code)
        styles[name] = GroupStyle(code, FILLS[place % len(FILLS)])
    styles[None] = GroupStyle("-", PAPER)
    return styles


def _code(name: str, used: set[str]) -> str:
    words = [word for word in "".join(c if c.isalnum() else " " for c in name).split() if word]
    initials = "".join(word[0] for word in words).upper()
    letters = "".join(words).upper()
    candidates = [initials[:size] for size in _CODE_LENGTHS if len(initials) >= size]
    candidates += [letters[:1] + letter for letter in letters[1:]]
    candidates += [f"{letters[:1] or '#'}{number}" for number in range(1, len(used) + 2)]
    return next(code for code in candidates if code not in used)


def graph_source(
    graph: TableGraph,
    selection: Selection,
    *,
    detail: Detail = Detail.NAMES,
    title: str = "",
    anchors: str = "",
) -> str:
    """Write a selection of a graph as DOT.

    Args:
        graph: The whole graph; stages, parents and children are counted there.
        selection: What to draw.
        detail: What each node shows.
        title: Text above the picture; none where empty.
        anchors: Link each node to this + its number in the graph; no links where empty.

    Returns:
        DOT text, the same for the same arguments.
    """
    import graphviz  # noqa: PLC0415  # imported only where something is drawn

    drawing = _Drawing(graph, selection, detail, anchors)
    dot = graphviz.Digraph("dependencies")
    font = {"fontname": "Arial", "fontsize": "11", "fontcolor": INK}
    dot.attr("graph", **_GRAPH, **font, bgcolor=PAPER, label=drawing.legend(title))
    dot.attr("node", **font, shape="plain")
    dot.attr(
        "edge", color=LINE, arrowhead="crow", arrowtail="none", arrowsize="0.6", penwidth="0.8"
    )
    levels = drawing.levels()
    for nodes in reversed(levels.values()):
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            for node in reversed(nodes):
                rank.node(drawing.ids[node.table], **drawing.node_attributes(node))
    for pair, keys in drawing.edges().items():
        dot.edge(drawing.ids[pair[0]], drawing.ids[pair[1]], **drawing.edge_attributes(keys))
    _add_headings(dot, {level: [drawing.ids[n.table] for n in levels[level]] for level in levels})
    return str(dot.source)


def _add_headings(dot: Digraph, levels: Mapping[int, list[str]]) -> None:
    """Name the stages. What is declared last stands at the top of its column."""
    for level, ids in levels.items():
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            rank.node(f"stage{level}", label=_stage_label(level, len(ids)), tooltip=" ")
            rank.node(ids[0])
    shown = list(levels)
    for above, below in pairwise(shown):
        dot.edge(f"stage{above}", f"stage{below}", style="invis", weight="20")


def _stage_label(level: int, count: int) -> str:
    what = "no parents" if level == 0 else f"after stage {level - 1}"
    return (
        f'<<FONT POINT-SIZE="12"><B>Stage {level}</B></FONT><BR/>'
        f'<FONT POINT-SIZE="9" COLOR="{FAINT}">{_count(count, "table")}, {what}</FONT>>'
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _Drawing:
    """One picture: which edges are folded, and how each thing looks."""

    def __init__(
        self, graph: TableGraph, selection: Selection, detail: Detail, anchors: str
    ) -> None:
        self.graph = graph
        self.selection = selection
        self.detail = detail
        self.anchors = anchors
        self.styles = group_styles(graph)
        self.numbers = {node.table: place for place, node in enumerate(graph.nodes)}
        self.ids = {name: f"n{number}" for name, number in self.numbers.items()}
        self.hubs = frozenset(selection.hubs)

    def levels(self) -> dict[int, list[GraphNode]]:
        """The nodes to draw by level, levels ascending."""
        found: dict[int, list[GraphNode]] = {}
        for node in self.graph.nodes:
            if node.table in self.selection.tables:
                found.setdefault(self.graph.level_of[node.table], []).append(node)
        return dict(sorted(found.items()))

    def is_folded(self, key: ForeignKey) -> bool:
        """Whether an edge is a badge on the child: it starts at a hub, and nobody asked for it."""
        focus = self.selection.focus
        return key.parent in self.hubs and focus not in {key.parent, key.child}

    def edges(self) -> dict[tuple[TableName, TableName], list[ForeignKey]]:
        """The edges to draw, parent first; several keys between two tables are one edge."""
        tables, core = self.selection.tables, self.selection.core
        found: dict[tuple[TableName, TableName], list[ForeignKey]] = {}
        for key in self.graph.foreign_keys:
            inside = key.child in tables and key.parent in tables
            touches = key.child in core or key.parent in core
            if inside and touches and not key.is_self_reference and not self.is_folded(key):
                found.setdefault((key.parent, key.child), []).append(key)
        return found

    def edge_attributes(self, keys: list[ForeignKey]) -> dict[str, str]:
        """Dashed where no key is enforced; heavy and labelled inside a cycle."""
        parent, child = keys[0].parent, keys[0].child
        words = [_describe(key, self.graph) for key in keys]
        attributes = {"tooltip": plain("\n".join(words)), "dir": "both"}
        if not any(key.enforced for key in keys):
            attributes["style"] = "dashed"
        number = self.graph.cycle_of.get(parent)
        if number is not None and self.graph.cycle_of.get(child) == number:
            attributes |= {"color": ALARM, "penwidth": "2.2"}
        return attributes

    def node_attributes(self, node: GraphNode) -> dict[str, str]:
        """One node: its label, tooltip, link and id."""
        number = self.numbers[node.table]
        attributes = {
            "label": f"<{self._table(node)}>",
            "tooltip": plain(self._tooltip(node)),
            "id": f"table-{number}",
        }
        if self.anchors:
            attributes["href"] = f"{self.anchors}{number}"
        return attributes

    def _table(self, node: GraphNode) -> str:
        style = self.styles[node.group]
        is_core = node.table in self.selection.core
        in_cycle = node.table in self.graph.cycle_of
        is_focus = node.table == self.selection.focus
        fill = style.fill if is_core else PAPER
        border = 3 if is_focus else (2 if in_cycle else 1)
        colour = ALARM if in_cycle else (INK if is_focus else LINE)
        rows = [self._head(node, style)]
        rows += [self._column(column) for column in node.columns if self._shows(column)]
        rows.append(self._foot(node))
        return (
            f'<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" '
            f'WIDTH="{_WIDTH}" COLOR="{colour}" BGCOLOR="{fill}" STYLE="ROUNDED">'
            f"{''.join(rows)}</TABLE>"
        )

    def _shows(self, column: GraphColumn) -> bool:
        if self.detail is Detail.KEYS:
            return column.is_key or column.is_reference
        return self.detail is Detail.COLUMNS

    def _head(self, node: GraphNode, style: GroupStyle) -> str:
        name = f"<B>{markup(node.label, _NAME_LENGTH)}</B>"
        if node.kind is not NodeKind.PLAIN:
            name += f' <FONT POINT-SIZE="8" COLOR="{FAINT}"><I>{node.kind}</I></FONT>'
        code = f'<FONT POINT-SIZE="8" COLOR="{FAINT}">{markup(style.code)}</FONT>'
        return f'<TR><TD ALIGN="LEFT">{code}&#160;{name}&#160;</TD></TR>'

    def _column(self, column: GraphColumn) -> str:
        marks = ("key " if column.is_key else "") + ("→ " if column.is_reference else "")
        return (
            f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="9">'
            f'<FONT COLOR="{FAINT}">{marks} </FONT>{markup(column.name, _NAME_LENGTH)} '
            f'<FONT COLOR="{FAINT}">{markup(column.type, _TYPE_LENGTH)}</FONT></FONT></TD></TR>'
        )

    def _foot(self, node: GraphNode) -> str:
        parents = len(self.graph.parents[node.table])
        children = len(self.graph.children[node.table])
        rows = "" if node.rows is None else f"{_count(node.rows, 'row')} | "
        words = [f"{parents} ◂ | {rows}▸ {children}"]
        words += self._badges(node)
        text = " &#160; ".join(words)
        return f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="8" COLOR="{FAINT}">{text} </FONT></TD></TR>'

    def _badges(self, node: GraphNode) -> list[str]:
        """What is not drawn as an edge: hubs the table points at, itself, its cycle."""
        folded = sorted(
            {
                key.parent
                for key in self.graph.foreign_keys
                if key.child == node.table and not key.is_self_reference and self.is_folded(key)
            },
            key=self.selection.hubs.index,
        )
        names = ["★ " + markup(self.graph.by_table[name].label, _NAME_LENGTH) for name in folded]
        if len(names) > _BADGES:
            names = [*names[: _BADGES - 1], f"★ {len(names) - _BADGES + 1} more"]
        if node.table in self.hubs:
            names.append("<B>★ hub</B>")
        if node.table in self.graph.self_references:
            names.append("↻ itself")
        if (number := self.graph.cycle_of.get(node.table)) is not None:
            names.append(f'<FONT COLOR="{ALARM}"><B>cycle {number}</B></FONT>')
        return names

    def _tooltip(self, node: GraphNode) -> str:
        graph = self.graph
        lines = [f"{node.label} (table {node.table})", f"group: {node.group or 'none'}"]
        if node.kind is not NodeKind.PLAIN:
            lines.append(str(node.kind))
        if node.rows is not None:
            lines.append(_count(node.rows, "row"))
        for word, others in (("parents", graph.parents), ("children", graph.children)):
            names = sorted(graph.by_table[name].label for name in others[node.table])
            lines.append(f"{word}: {', '.join(names) or 'none'}")
        return "\n".join(lines)

    def legend(self, title: str) -> str:
        """The title, and what codes, colours, lines and marks mean, as an HTML-like label."""
        shown = {self.graph.by_table[name].group for name in self.selection.core}
        counts = [(name, count) for name, count in self.graph.groups if name in shown]
        cells = [
            f'<TD BORDER="1" COLOR="{LINE}" BGCOLOR="{self.styles[name].fill}" ALIGN="LEFT">'
            f"<B>{markup(self.styles[name].code)}</B>&#160; "
            f"{markup(name or 'no group', _NAME_LENGTH)} ({count})</TD>"
            for name, count in counts
        ]
        wide = min(_LEGEND_COLUMNS, max(len(cells), 1))
        rows = [cells[start : start + wide] for start in range(0, len(cells), wide)]
        head = f'<FONT POINT-SIZE="16"><B>{markup(title)}</B></FONT>' if title else ""
        lines = [head] if head else []
        lines.append(f'<FONT POINT-SIZE="10" COLOR="{FAINT}">{self._key()}</FONT>')
        texts = "".join(f'<TR><TD COLSPAN="{wide}" ALIGN="LEFT">{line}</TD></TR>' for line in lines)
        body = "".join(f"<TR>{''.join(row)}</TR>" for row in rows)
        return (
            '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="3">'
            f"{texts}{body}</TABLE>>"
        )

    def _key(self) -> str:
        words = [
            "an edge leads from a parent to its child (crow's foot)",
            "node: parents ◂ | rows | ▸ children",
        ]
        if self.hubs:
            words.append(f"★ refers to a hub, a table with so many children ({self._hub_names()})")
        if any(not key.enforced for keys in self.edges().values() for key in keys):
            words.append("dashed: not enforced by the database")
        if not self.selection.tables.isdisjoint(self.graph.cycle_of):
            words.append("heavy: part of a cycle")
        lines = (words[:2], words[2:])
        return "".join(f'{" · ".join(line)}<BR ALIGN="LEFT"/>' for line in lines if line)

    def _hub_names(self) -> str:
        return ", ".join(
            f"{markup(self.graph.by_table[name].label, _NAME_LENGTH)}: "
            f"{len(self.graph.children[name])}"
            for name in self.selection.hubs[:_BADGES]
        )


def _describe(key: ForeignKey, graph: TableGraph) -> str:
    child, parent = graph.by_table[key.child].label, graph.by_table[key.parent].label
    text = (
        f"{child} ({', '.join(key.columns)}) → {parent} ({', '.join(key.parent_columns)}), "
        f"on delete {key.on_delete.lower()}"
    )
    return text if key.enforced else f"{text}, not enforced by the database"


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
