"""A graph as people ask for it: one value that draws itself in notebooks and into files."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Iterable  # noqa: TC003 -- doctest and help() read the annotations
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapkit.core.graph import reduced
from snapkit.core.text import counted, visible
from snapkit.errors import UsageError
from snapkit.report.dot import graph_source
from snapkit.report.drawing import Drawing
from snapkit.report.graph import Detail, Selection, TableGraph, View, select, table_graph
from snapkit.report.group_boxes import GroupBoxes, groups_source
from snapkit.report.mermaid import mermaid_groups, mermaid_source
from snapkit.report.overview import overview_source
from snapkit.report.render import PictureFormat, format_of, inline_svg, render, save_picture

if TYPE_CHECKING:
    from snapkit.core.graph import Stage
    from snapkit.core.schema import Schema
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot


@dataclass(frozen=True, kw_only=True)
class DrawnGraph:
    """A graph, and how it is drawn. A notebook shows the picture, a terminal the order of loading.

    Attributes:
        graph: The whole graph: tables, foreign keys, stages, cycles.
        selection: What of it is drawn.
        view: How it is laid out.
    """

    graph: TableGraph
    selection: Selection
    view: View

    @property
    def title(self) -> str:
        """One line for people."""
        drawn, every = len(self.selection.tables), len(self.graph.nodes)
        part = "" if drawn == every else f"{drawn:,} of "
        count = sum(stage.is_cycle for stage in self._stages)
        parts = [f"{part}{counted(every, 'table')}"]
        parts += [counted(len(self.graph.groups), "group")] if self.view is View.GROUPS else []
        parts += [counted(count, "cycle")] if count else []
        focus = self.selection.focus
        around = "" if focus is None else f" around {self.graph.by_table[focus].label}"
        return f"Dependency graph{around}: {', '.join(parts)}"

    @property
    def is_whole(self) -> bool:
        """Whether every table is drawn because no part was asked for."""
        return self.selection.focus is None and len(self.selection.core) == len(self.graph.nodes)

    @cached_property
    def dot(self) -> str:
        """The picture as DOT, for Graphviz."""
        if self.view is View.GROUPS:
            return groups_source(self.graph, title=self.title)
        if self.view is View.OVERVIEW:
            return overview_source(self.graph, self.selection, title=self.title)
        detail = Detail.KEYS if self.selection.focus else Detail.NAMES
        return graph_source(
            self.graph, self.selection, detail=detail, title=self.title, reduce=self.is_whole
        )

    @cached_property
    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart, for Markdown."""
        if self.view is View.GROUPS:
            return mermaid_groups(GroupBoxes(self.graph), title=self.title)
        drawing = Drawing(self.graph, self.selection)
        edges = drawing.edges()
        if self.view is View.STAGES and self.is_whole:
            kept = reduced(edges, self.graph.stages)
            edges = {pair: keys for pair, keys in edges.items() if pair in kept}
        return mermaid_source(drawing, edges, title=self.title)

    def save(self, path: Path | str) -> None:
        """Write the picture into a file; its suffix says the format.

        Args:
            path: Ends in .svg, .mmd or .dot; or in .png or .pdf, which need Graphviz's `dot`.

        Raises:
            UsageError: Another suffix.
            SnapkitError: PNG or PDF without `dot`, or Graphviz failed.
            StorageError: The file cannot be written.
        """
        place = Path(path)
        is_mermaid = format_of(place) is PictureFormat.MERMAID
        save_picture(self.mermaid if is_mermaid else self.dot, place)

    @property
    def _stages(self) -> Iterable[Stage]:
        tables = self.selection.tables
        return (stage for stage in self.graph.stages if not tables.isdisjoint(stage.tables))

    def __str__(self) -> str:
        lines = [self.title]
        levels: dict[int, list[str]] = {}
        for stage in self._stages:
            names = [self.graph.by_table[name].label for name in stage.tables]
            words = f"cycle of {len(names)} ({', '.join(names)})" if stage.is_cycle else names[0]
            levels.setdefault(stage.level, []).append(words)
        lines += [f"  stage {level}: {', '.join(names)}" for level, names in levels.items()]
        return "\n".join(map(visible, lines))

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Every form there is: JupyterLab shows the SVG, or the PNG of a notebook not trusted."""
        del include, exclude  # Jupyter filters by itself
        alt = f"{self.title}. The text beside it says the same in words."
        data: dict[str, Any] = {"text/plain": str(self)}
        data["image/svg+xml"] = inline_svg(render(self.dot, PictureFormat.SVG))
        if shutil.which("dot"):
            data["image/png"] = b64encode(render(self.dot, PictureFormat.PNG)).decode()
        pictures = [kind for kind in data if kind.startswith("image/")]
        return data, {kind: {"alt": alt} for kind in pictures}


def graph(
    schema: Schema | None = None,
    target: Target | None = None,
    snapshot: Snapshot | None = None,
    *,
    view: View | str = View.STAGES,
    focus: str = "",
    depth: int = 1,
    group: str = "",
) -> DrawnGraph:
    """Draw what depends on what: of a schema, a database or a snapshot, or of all together.

    Args:
        schema: Gives models, groups and relations.
        target: Gives tables and foreign keys as they are in a database.
        snapshot: Gives tables, foreign keys and rows as they were.
        view: `stages` is the order of loading, `overview` names only, `groups` a box per group.
        focus: A model or table: only its surroundings are drawn, with their keys.
        depth: How many foreign keys to follow from `focus` [edges].
        group: Only this group and its direct neighbours.

    Returns:
        The graph; the last line of a notebook's cell shows it, and `save` writes it into a file.

    Raises:
        UsageError: Nothing was given, a name or a view is unknown, or they exclude each other.
        ConnectError: The database cannot be reached.
        DatabaseError: The catalog cannot be read.

    Example:
        >>> print(snapkit.graph(schema))
        Dependency graph: 2 tables
          stage 0: User
          stage 1: Order
        >>> snapkit.graph(schema, focus="Order", depth=2).save(folder / "order.svg")
    """
    if schema is None and target is None and snapshot is None:
        raise UsageError(
            "there is nothing to draw", "graph", "Pass a schema, a target or a snapshot."
        )
    catalog = None
    if target is not None:
        from snapkit.workflows.coverage import live_catalog  # noqa: PLC0415 -- psycopg

        catalog = live_catalog(target)
    manifest = snapshot.manifest if snapshot else None
    whole = table_graph(schema, catalog, manifest)
    return draw(whole, view=view, focus=focus, depth=depth, group=group)


def draw(
    whole: TableGraph,
    *,
    view: View | str = View.STAGES,
    focus: str = "",
    depth: int = 1,
    group: str = "",
) -> DrawnGraph:
    """Choose what of a graph is drawn, and how.

    Args:
        whole: The graph.
        view: As in `graph`, and so are the others.
        focus: See there.
        depth: See there.
        group: See there.

    Returns:
        The graph as it is drawn.

    Raises:
        UsageError: A name or a view is unknown, or they exclude each other.
    """
    if view not in set(View):
        known = ", ".join(View)
        raise UsageError(f"no view {str(view)!r}", "the graph", f"The views are {known}.")
    if view == View.GROUPS and (focus or group):
        raise UsageError(
            "the view groups draws every group",
            "the graph",
            "Leave focus and group out, or take another view.",
        )
    selection = select(whole, focus=focus, depth=depth, group=group)
    return DrawnGraph(graph=whole, selection=selection, view=View(view))
