"""DOT for a dependency graph: left to right by stage, parents before children.

What colour says is said again in another way: groups by a code of letters, cycles by a word and a
heavy line, relations that the database does not enforce by dashes.

Labels are plain: the WebAssembly build of Graphviz, which most readers have, draws no HTML-like
ones, and the same DOT must do for both. Fonts of different size are the style sheet's in the SVG.

Names come from a database and are hostile: every text passes `plain`. Node ids are our own numbers.

Source: Graphviz documentation, DOT language, escString.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.text import counted
from snapkit.report.graph import Detail, GraphColumn, GraphNode, NodeKind, Selection, TableGraph
from snapkit.report.letters import BOLD, REGULAR
from snapkit.report.text import visible

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

_NAME_LENGTH = 34
_WIDTH = 1.5  # of a node, at least [inches]: columns of one width read like a table
_NAME_SIZE, _LINE_SIZE, _CHIP_SIZE = 11.0, 8.5, 9.0  # as the style sheet says [points]
_MARGINS = 14.0  # left and right together [points]
_GROUP_LENGTH = 26
_TYPE_LENGTH = 22
_TOOLTIP_LENGTH = 600
_KEY = "an edge leads from a parent to its child (crow's foot) · parents ◂ | rows | ▸ children"
_BADGES = 3
_CODE_LENGTHS = (2, 3)

_FONT = {"fontname": "Arial", "fontsize": "9", "fontcolor": INK}
_GRAPH = {
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
_NODE = {
    "shape": "box",
    "style": "rounded,filled",
    "color": LINE,
    "fillcolor": PAPER,
    "height": "0.2",
    "margin": "0.07,0.06",
}
_EDGE = {
    "color": LINE,
    "arrowhead": "crow",
    "arrowtail": "none",
    "arrowsize": "0.6",
    "penwidth": "0.8",
}


def plain(text: str, limit: int = 0) -> str:
    r"""Escape one line for an attribute: backslashes (`\N` is a node's name there) and entities.

    Args:
        text: Any text.
        limit: As in `visible`.

    Returns:
        The text as DOT wants it, not yet quoted.
    """
    return visible(text, limit).replace("\\", "\\\\").replace("&", "&amp;")


def _box_width(*lines: float) -> str:
    """The width of a box around lines of these widths [inches]."""
    return f"{max((max(lines) + _MARGINS) / 72, _WIDTH):.2f}"


def _lines(lines: Iterable[str], end: str = r"\n") -> str:
    r"""Join escaped lines; `\l` as their end puts them to the left."""
    return "".join(f"{line}{end}" for line in lines)


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
    links: Mapping[TableName, str] | None = None,
) -> str:
    """Write a selection of a graph as DOT.

    Args:
        graph: The whole graph; stages, parents and children are counted there.
        selection: What to draw.
        detail: What each node shows.
        title: Text above the picture; none where empty.
        links: Where each node leads; those it does not name lead nowhere.

    Returns:
        DOT text, the same for the same arguments.
    """
    import graphviz  # noqa: PLC0415  # imported only where something is drawn

    drawing = _Drawing(graph, selection, detail, links or {})
    dot = graphviz.Digraph("dependencies")
    heading = _lines([*([plain(title)] if title else []), *drawing.key()], r"\l")
    dot.attr("graph", **_GRAPH, **_FONT, label=heading, **{"class": "titled"} if title else {})
    dot.attr("node", **_NODE, **_FONT)
    dot.attr("edge", **_EDGE)
    levels = drawing.levels()
    for nodes in reversed(levels.values()):
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            for node in reversed(nodes):
                rank.node(drawing.ids[node.table], **drawing.node_attributes(node))
    for pair, keys in drawing.edges().items():
        dot.edge(drawing.ids[pair[0]], drawing.ids[pair[1]], **drawing.edge_attributes(keys))
    columns = [[drawing.ids[node.table] for node in nodes] for nodes in levels.values()]
    _add_row(dot, columns, [_stage(level, len(levels[level])) for level in levels], "stage")
    _add_legend(dot, columns, drawing.legend())
    return str(dot.source)


def _add_legend(dot: Digraph, columns: list[list[str]], items: list[dict[str, str]]) -> None:
    """Add the legend in rows, as wide as the stages are; the first row is declared last."""
    wide = max(len(columns), 1)
    rows = [items[start : start + wide] for start in range(0, len(items), wide)]
    for number, row in reversed(list(enumerate(rows))):
        _add_row(dot, columns, row, f"legend{number}_")


def _add_row(
    dot: Digraph, columns: list[list[str]], cells: list[dict[str, str]], prefix: str
) -> None:
    """Add a row above all else: what is declared last stands at the top of its column."""
    for place, (ids, cell) in enumerate(zip(columns, cells, strict=False)):
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            rank.node(f"{prefix}{place}", **cell)
            rank.node(ids[0])
    for place in range(1, len(cells)):
        dot.edge(f"{prefix}{place - 1}", f"{prefix}{place}", style="invis", weight="20")


def _stage(level: int, count: int) -> dict[str, str]:
    what = "no parents" if level == 0 else f"after stage {level - 1}"
    label = rf"Stage {level}\n{counted(count, 'table')}, {what}"
    return {"label": label, "shape": "plaintext", "style": "", "tooltip": " ", "class": "stage"}


class _Drawing:
    """One picture: which edges are folded, and how each thing looks."""

    def __init__(
        self,
        graph: TableGraph,
        selection: Selection,
        detail: Detail,
        links: Mapping[TableName, str],
    ) -> None:
        self.graph = graph
        self.selection = selection
        self.detail = detail
        self.links = links
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
        words = (plain(_describe(key, self.graph)) for key in keys)
        attributes = {"tooltip": _lines(words), "dir": "both"}
        if not any(key.enforced for key in keys):
            attributes["style"] = "dashed"
        number = self.graph.cycle_of.get(parent)
        if number is not None and self.graph.cycle_of.get(child) == number:
            attributes |= {"color": ALARM, "penwidth": "2.2"}
        return attributes

    def node_attributes(self, node: GraphNode) -> dict[str, str]:
        """One node: its label, look, tooltip, link and id."""
        number = self.numbers[node.table]
        in_cycle = node.table in self.graph.cycle_of
        name = visible(node.label, _NAME_LENGTH)
        lines = [plain(node.label, _NAME_LENGTH), self._foot(node)]
        lines += [self._column(column) for column in node.columns if self._shows(column)]
        attributes = {
            "label": _lines(lines, r"\l"),
            "tooltip": _lines(map(plain, self._tooltip(node))),
            "id": f"table-{number}",
            "class": "table",
            "width": _box_width(
                BOLD.width(name, _NAME_SIZE),
                *(REGULAR.width(line, _LINE_SIZE) for line in lines[1:]),
            ),
            "fillcolor": PAPER,
        }
        if node.table in self.selection.core:
            attributes["fillcolor"] = self.styles[node.group].fill
        if in_cycle:
            attributes |= {"color": ALARM, "penwidth": "2.2"}
        if node.table == self.selection.focus:
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
        return f"{marks}{plain(column.name, _NAME_LENGTH)}  {plain(column.type, _TYPE_LENGTH)}"

    def _foot(self, node: GraphNode) -> str:
        parents = len(self.graph.parents[node.table])
        children = len(self.graph.children[node.table])
        rows = "" if node.rows is None else f"{counted(node.rows, 'row')} | "
        words = [f"{plain(self.styles[node.group].code)}  {parents} ◂ | {rows}▸ {children}"]
        return "   ".join([*words, *self._badges(node)])

    def _badges(self, node: GraphNode) -> list[str]:
        """What is not drawn as an edge: kind, hubs the table points at, itself, its cycle."""
        folded = sorted(
            {
                key.parent
                for key in self.graph.foreign_keys
                if key.child == node.table and not key.is_self_reference and self.is_folded(key)
            },
            key=self.selection.hubs.index,
        )
        names = [f"★ {plain(self.graph.by_table[n].label, _NAME_LENGTH)}" for n in folded]
        if len(names) > _BADGES:
            names = [*names[: _BADGES - 1], f"★ {len(names) - _BADGES + 1} more"]
        if node.kind is not NodeKind.PLAIN:
            names.insert(0, str(node.kind))
        if node.table in self.hubs:
            names.append("★ hub")
        if node.table in self.graph.self_references:
            own = [key for key in self.graph.foreign_keys if key.child == key.parent == node.table]
            is_enforced = any(key.enforced for key in own)
            names.append("↻ itself" if is_enforced else "↻ itself, not enforced")
        if (number := self.graph.cycle_of.get(node.table)) is not None:
            names.append(f"cycle {number}")
        return names

    def _tooltip(self, node: GraphNode) -> list[str]:
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

    def legend(self) -> list[dict[str, str]]:
        """One chip per group that is drawn: its code, name and number of tables."""
        shown = {self.graph.by_table[name].group for name in self.selection.core}
        return [self._chip(name, count) for name, count in self.graph.groups if name in shown]

    def _chip(self, name: str | None, count: int) -> dict[str, str]:
        style = self.styles[name]
        label = f"{plain(style.code)}  {plain(name or 'no group', _GROUP_LENGTH)} ({count})"
        return {
            "label": label,
            "width": _box_width(REGULAR.width(label, _CHIP_SIZE)),
            "fillcolor": style.fill,
            "style": "filled",
            "class": "chip",
            "tooltip": " ",
        }

    def key(self) -> list[str]:
        """What lines and marks mean: one line, or two."""
        words = []
        if self.hubs:
            words.append(f"★ refers to a hub, a table with so many children ({self._hub_names()})")
        if any(not key.enforced for keys in self.edges().values() for key in keys):
            words.append("dashed: not enforced by the database")
        if not self.selection.tables.isdisjoint(self.graph.cycle_of):
            words.append("heavy: part of a cycle")
        return [_KEY, " · ".join(words)] if words else [_KEY]

    def _hub_names(self) -> str:
        return ", ".join(
            f"{plain(self.graph.by_table[name].label, _NAME_LENGTH)}: "
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
