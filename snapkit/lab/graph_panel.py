"""The panel of models, graph and restore order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from snapkit.lab.explorer import NO_TABLE, Explorer
from snapkit.lab.markup import caption, models_list, numbers, order_list, picture
from snapkit.lab.parts import WIDE, Message, Offer, Panel, button
from snapkit.lab.state import Pictured, State, pictured
from snapkit.report.graph import HUB_CHILDREN, Detail, TableGraph, View, select

if TYPE_CHECKING:
    from snapkit.core.names import TableName

_NO_HUBS = 1_000_000  # child tables that nothing has: no hub is folded
_EVERYTHING = "all groups"
_FARTHEST = 6
_EMPTY = "<p>Connect to a database above, or choose a snapshot below: its graph comes here.</p>"


class GraphPanel(Panel):
    """Draws what is chosen; a click on a table, in the graph or in a list, goes to it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pictured: Pictured | None = None
        self._focus: TableName | None = None
        self._seen: list[TableName] = []  # what had the focus before
        self.group = widgets.Dropdown(
            description="Group", options=[(_EVERYTHING, "")], style=WIDE, layout={"width": "18rem"}
        )
        self.depth = widgets.BoundedIntText(
            description="Depth of focus", value=1, min=0, max=_FARTHEST, style=WIDE,
            layout={"width": "10rem"},
        )  # fmt: skip
        self.view = widgets.Dropdown(
            description="View",
            options=[(str(view), view) for view in View],
            style=WIDE,
            layout={"width": "9rem"},
        )
        self.detail = widgets.Dropdown(
            description="Columns",
            options=[("none", Detail.NAMES), ("keys", Detail.KEYS), ("all", Detail.COLUMNS)],
            style=WIDE,
            layout={"width": "10rem"},
        )
        self.hubs = widgets.Checkbox(
            description="Fold hubs", value=True, indent=False, layout={"width": "auto"}
        )
        self.whole = button("Whole graph", "Show all tables")
        self.back = button("Back", "Go to the table that had the focus before")
        self.message = Message()
        self.explorer = Explorer(caption=_EMPTY)
        super().__init__(
            "Graph",
            widgets.HBox(
                [self.whole, self.back, self.view, self.group, self.depth, self.detail, self.hubs]
            ),
            self.message,
            self.explorer,
        )
        state.observe(lambda _: self.message.attempt(self._gather), ["connected", "snapshot"])
        self._groups = Offer(self.group, lambda: self.message.attempt(self._choose_group))
        for field in (self.view, self.depth, self.detail, self.hubs):
            field.observe(lambda _: self.message.attempt(self._draw), "value")
        self.explorer.observe(self._clicked, "chosen")
        self.whole.on_click(lambda _: self.message.attempt(self._show_whole))
        self.back.on_click(lambda _: self.message.attempt(self._go_back))
        self.message.attempt(self._gather)

    def _gather(self) -> None:
        found = pictured(self._state.connected, self._state.open_snapshot())
        self._pictured, self._seen = found, []
        if found is None:
            return
        graph = found.graph
        if self._focus not in graph.by_table:
            self._focus = None
        groups = [(f"{group} ({count})", group) for group, count in graph.groups if group]
        chosen = self.group.value
        known = chosen in {group for _, group in groups}
        self._groups.fill([(_EVERYTHING, ""), *groups], chosen if known else "")
        self.explorer.models = models_list(graph, found.estimates)
        self.explorer.order = order_list(graph, found.estimates)
        self._draw()

    def _draw(self) -> None:
        found = self._pictured
        if found is None:
            return
        graph = found.graph
        selection = select(
            graph,
            focus="" if self._focus is None else _full_name(self._focus),
            depth=self.depth.value,
            group="" if self._focus is not None else self.group.value,
            hub_children=HUB_CHILDREN if self.hubs.value else _NO_HUBS,
        )
        drawn = picture(graph, selection, self._layout(), self.detail.value)
        with self.explorer.hold_sync():  # what belongs together arrives together
            self.explorer.focus = NO_TABLE if self._focus is None else numbers(graph)[self._focus]
            self.explorer.picture = drawn
            self.explorer.caption = caption(graph, selection, found.source)
        self.message.clear()

    def _layout(self) -> View:
        """The view that was chosen; columns, and what is around one table, stand by stage."""
        wanted: View = self.view.value
        needs_stages = self._focus is not None or self.detail.value is not Detail.NAMES
        one_group = wanted is View.GROUPS and self.group.value
        return View.STAGES if needs_stages or one_group else wanted

    def _clicked(self, change: dict[str, Any]) -> None:
        graph: TableGraph | None = self._pictured.graph if self._pictured else None
        if graph is None:
            return
        table, group = (change["new"].get(kind, NO_TABLE) for kind in ("table", "group"))
        if 0 <= table < len(graph.nodes):
            self.message.attempt(lambda: self._go_to(graph.nodes[table].table))
        elif 0 <= group < len(graph.groups):
            self.group.value = graph.groups[group][0] or ""

    def _go_to(self, table: TableName) -> None:
        if self._focus is not None and self._focus != table:
            self._seen.append(self._focus)
        self._focus = table
        self._draw()

    def _go_back(self) -> None:
        self._focus = self._seen.pop() if self._seen else None
        self._draw()

    def _show_whole(self) -> None:
        self._focus, self._seen = None, []
        self.group.value = ""
        self._draw()

    def _choose_group(self) -> None:
        self._focus = None
        self._draw()


def _full_name(table: TableName) -> str:
    return f"{table.namespace}.{table.name}"
