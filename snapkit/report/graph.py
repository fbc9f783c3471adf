"""The dependency graph: which tables and foreign keys to draw, from any of the three sides.

Drawing is `snapkit.report.dot`, pictures are `snapkit.report.render`.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from snapkit.core.catalog import Catalog, TableKind
from snapkit.core.graph import Stage, cycles, load_order
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.schema import ModelKind, Schema
from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.core.manifest import Manifest

HUB_CHILDREN = 8  # a table with more child tables than this is a badge in an overview, not edges
_SUGGESTIONS = 3


class View(StrEnum):
    """How a graph is laid out."""

    OVERVIEW = "overview"  # names only, by group, on one sheet
    STAGES = "stages"  # in the order of loading; edges that follow from others left out
    GROUPS = "groups"  # a box per group


class Detail(StrEnum):
    """How much of a table its node shows."""

    NAMES = "names"
    KEYS = "keys"
    COLUMNS = "columns"


class NodeKind(StrEnum):
    """What stands behind a node; PLAIN ones need no word about it."""

    PLAIN = ""
    JOIN_TABLE = "join table"
    IGNORED = "ignored by Prisma"
    UNMODELLED = "no model"
    PARTITIONED = "partitioned"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphColumn:
    """One column of a node; `is_reference` where a foreign key uses it."""

    name: str
    type: str
    is_key: bool = False
    is_reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """One table. `model` is None where no model stands for it; `rows` [rows] None where unknown."""

    table: TableName
    model: str | None = None
    group: str | None = None
    kind: NodeKind = NodeKind.PLAIN
    rows: int | None = None
    columns: tuple[GraphColumn, ...] = ()

    @property
    def label(self) -> str:
        """What the node is called: the model where there is one, else the table."""
        return self.model or str(self.table)


@dataclass(frozen=True, kw_only=True)
class TableGraph:
    """Tables and the foreign keys between them, with the order of loading.

    Stages, parents and children are always those of the whole graph: `narrow` keeps them.
    """

    nodes: tuple[GraphNode, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @cached_property
    def by_table(self) -> Mapping[TableName, GraphNode]:
        """Every node under its table's name."""
        return {node.table: node for node in self.nodes}

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The load order, parents first."""
        return load_order((node.table for node in self.nodes), self.foreign_keys)

    @cached_property
    def level_of(self) -> Mapping[TableName, int]:
        """The level of each table's stage."""
        return {name: stage.level for stage in self.stages for name in stage.tables}

    @cached_property
    def cycle_of(self) -> Mapping[TableName, int]:
        """The number, from 1, of the cycle a table belongs to; tables outside cycles are absent."""
        return {
            name: number
            for number, stage in enumerate(cycles(self.stages), start=1)
            for name in stage.tables
        }

    @cached_property
    def parents(self) -> Mapping[TableName, frozenset[TableName]]:
        """The tables each table points at, itself left out."""
        return self._neighbours((key.child, key.parent) for key in self.foreign_keys)

    @cached_property
    def children(self) -> Mapping[TableName, frozenset[TableName]]:
        """The tables that point at each table, itself left out."""
        return self._neighbours((key.parent, key.child) for key in self.foreign_keys)

    @cached_property
    def self_references(self) -> frozenset[TableName]:
        """The tables that point at themselves."""
        return frozenset(key.child for key in self.foreign_keys if key.is_self_reference)

    @cached_property
    def groups(self) -> tuple[tuple[str | None, int], ...]:
        """Each group and its number of tables, in the order of the nodes; None comes last."""
        counted = Counter(node.group for node in self.nodes)
        return tuple(sorted(counted.items(), key=lambda item: item[0] is None))

    def hubs(self, more_than: int = HUB_CHILDREN) -> tuple[TableName, ...]:
        """The tables with more child tables than a limit.

        Args:
            more_than: The limit [tables].

        Returns:
            Names, those with most children first.
        """
        found = [name for name, children in self.children.items() if len(children) > more_than]
        return tuple(sorted(found, key=lambda name: (-len(self.children[name]), name)))

    def find(self, name: str) -> GraphNode:
        """Find a node by the name of its model, else of its table.

        Args:
            name: A model, a table, or `namespace.table`.

        Returns:
            The node.

        Raises:
            UsageError: There is none, or more than one table of this name.
        """
        for forms in (_model_form, _full_form, _table_form):
            matches = [node for node in self.nodes if name in forms(node)]
            if len(matches) == 1:
                return matches[0]
            if matches:
                names = ", ".join(f"{node.table.namespace}.{node.table.name}" for node in matches)
                raise UsageError(
                    f"{name!r} names {len(matches)} tables", "the graph", f"Name one of: {names}."
                )
        known = sorted({node.label for node in self.nodes} | {str(n.table) for n in self.nodes})
        close = difflib.get_close_matches(name, known, _SUGGESTIONS)
        hint = f"Did you mean {', '.join(close)}?" if close else "See them all: snapkit models."
        raise UsageError(f"no model or table {name!r}", "the graph", hint)

    def _neighbours(
        self, pairs: Iterable[tuple[TableName, TableName]]
    ) -> dict[TableName, frozenset[TableName]]:
        found: dict[TableName, set[TableName]] = {node.table: set() for node in self.nodes}
        for one, other in pairs:
            if one != other:
                found[one].add(other)
        return {name: frozenset(others) for name, others in found.items()}


def _model_form(node: GraphNode) -> tuple[str, ...]:
    return () if node.model is None else (node.model,)


def _full_form(node: GraphNode) -> tuple[str, ...]:
    return (str(node.table), f"{node.table.namespace}.{node.table.name}")


def _table_form(node: GraphNode) -> tuple[str, ...]:
    return (node.table.name,)


def table_graph(
    schema: Schema | None = None,
    catalog: Catalog | None = None,
    manifest: Manifest | None = None,
) -> TableGraph:
    """Gather the graph from whatever is known.

    Args:
        schema: Gives models, groups, fields, and relations the database does not enforce.
        catalog: Gives tables, columns and foreign keys.
        manifest: Gives what a snapshot holds, and rows.

    Returns:
        One node per table (partitions are part of theirs, views are none), groups in the schema's
        order; edges of the database, and those that only the schema knows with `enforced` false.
    """
    facts = _Facts(schema, catalog, manifest)
    nodes = tuple(facts.node(name) for name in sorted(facts.names, key=facts.place))
    known = {node.table for node in nodes}
    keys = [key for key in facts.foreign_keys() if key.child in known and key.parent in known]
    return TableGraph(nodes=nodes, foreign_keys=tuple(sorted(keys, key=lambda key: key.sort_key)))


class _Facts:
    """What the three sides say of each table."""

    def __init__(
        self, schema: Schema | None, catalog: Catalog | None, manifest: Manifest | None
    ) -> None:
        self.schema = schema
        self.tables = {} if catalog is None else dict(catalog.by_name)
        self.entries = {} if manifest is None else dict(manifest.by_table)
        self._database_keys = [
            key for side in (catalog, manifest) if side is not None for key in side.foreign_keys
        ]
        self._has_database = catalog is not None or manifest is not None
        tables = {
            name
            for name, table in self.tables.items()
            if table.kind in {TableKind.ORDINARY, TableKind.PARTITIONED}
            and table.partition_of is None
            and not table.extension
        }
        entries = {name for name, entry in self.entries.items() if entry.partition_of is None}
        modelled = set() if schema is None else set(schema.tables)
        views = {name for name in modelled - entries if self._is_view(name)}
        self.names = frozenset((tables | entries | modelled) - views)
        self._rows = self._sum_partitions()
        self._places = (
            {}
            if schema is None
            else {model.table: place for place, model in enumerate(schema.models)}
        )
        self._groups = (
            {} if schema is None else {group.name: n for n, group in enumerate(schema.groups)}
        )

    def _is_view(self, name: TableName) -> bool:
        return name in self.tables and self.tables[name].kind in {
            TableKind.VIEW,
            TableKind.MATERIALIZED_VIEW,
        }

    def _sum_partitions(self) -> dict[TableName, int]:
        rows: Counter[TableName] = Counter()
        for name, entry in self.entries.items():
            home, seen = name, {name}
            while (above := self.entries[home].partition_of) in self.entries and above not in seen:
                home = above
                seen.add(home)
            rows[home] += entry.rows
        return rows

    def foreign_keys(self) -> list[ForeignKey]:
        """The database's keys, then those of the schema that the database does not have."""
        found = {(key.child, key.columns, key.parent): key for key in self._database_keys}
        for key in self.schema.foreign_keys if self.schema else ():
            missing = replace(key, enforced=False) if self._has_database else key
            found.setdefault((key.child, key.columns, key.parent), missing)
        return list(found.values())

    def group_of(self, name: TableName) -> str | None:
        if self.schema is not None:
            return self.schema.group_of(name)
        entry = self.entries.get(name)
        return entry.group if entry else None

    def node(self, name: TableName) -> GraphNode:
        model = self.schema.by_table.get(name) if self.schema else None
        entry = self.entries.get(name)
        label = model.name if model else None
        if self.schema is None and entry is not None:
            label = entry.model
        return GraphNode(
            table=name,
            model=label,
            group=self.group_of(name),
            kind=self._kind(name),
            rows=self._rows[name] if entry else None,
            columns=self._columns(name),
        )

    def _kind(self, name: TableName) -> NodeKind:
        model = self.schema.by_table.get(name) if self.schema else None
        if self.schema is not None and name in self.schema.join_by_table:
            return NodeKind.JOIN_TABLE
        if model is not None and model.is_ignored:
            return NodeKind.IGNORED
        if self.schema is not None and model is None:
            return NodeKind.UNMODELLED
        kinds = {side[name].kind for side in (self.tables, self.entries) if name in side}
        return NodeKind.PARTITIONED if TableKind.PARTITIONED in kinds else NodeKind.PLAIN

    def _columns(self, name: TableName) -> tuple[GraphColumn, ...]:
        table, entry = self.tables.get(name), self.entries.get(name)
        model = self.schema.by_table.get(name) if self.schema else None
        if table is not None:
            pairs, key = [(column.name, column.type) for column in table.columns], table.key
        elif entry is not None:
            pairs, key = [(column.name, column.type) for column in entry.columns], entry.key
        elif model is not None and model.kind is ModelKind.MODEL:
            pairs = [(field.column or field.name, field.type) for field in model.columns]
            key = model.primary_key.columns if model.primary_key else ()
        else:
            return ()
        used = self._referencing.get(name, frozenset())
        return tuple(
            GraphColumn(name=column, type=kind, is_key=column in key, is_reference=column in used)
            for column, kind in pairs
        )

    @cached_property
    def _referencing(self) -> Mapping[TableName, frozenset[str]]:
        used: dict[TableName, set[str]] = {}
        for key in self.foreign_keys():
            used.setdefault(key.child, set()).update(key.columns)
        return {name: frozenset(columns) for name, columns in used.items()}

    def place(self, name: TableName) -> tuple[int, str, int, TableName]:
        """Groups and models in the schema's order, then the rest by name."""
        group = self.group_of(name)
        last = len(self._groups) + len(self._places)
        first = last if group is None else self._groups.get(group, last - 1)
        return (first, group or "", self._places.get(name, last), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The part of a graph that is drawn.

    `core` are the tables asked for; the others of `tables` are their neighbours, drawn fainter.
    `hubs` are folded into badges, except on the edges of `focus`.
    """

    tables: frozenset[TableName]
    core: frozenset[TableName]
    focus: TableName | None = None
    hubs: tuple[TableName, ...] = ()


def select(
    graph: TableGraph,
    *,
    focus: str | None = None,
    depth: int = 1,
    group: str | None = None,
    hub_children: int = HUB_CHILDREN,
) -> Selection:
    """Choose what to draw: everything, the surroundings of one table, or one group.

    Args:
        graph: The whole graph.
        focus: A model or table; its surroundings are chosen.
        depth: How many foreign keys to follow from `focus` [edges]. The walk does not lead through
            hubs: everything is two steps away from everything through `User`.
        group: A group; its tables and their direct parents and children are chosen.
        hub_children: A table with more child tables than this is a hub [tables].

    Returns:
        The selection.

    Raises:
        UsageError: `focus` or `group` is unknown, both are given, or `depth` is negative.
    """
    if focus and group:
        raise UsageError("focus and group exclude each other", "the graph", "Pass one of them.")
    if depth < 0:
        raise UsageError(f"depth {depth} is negative", "the graph", "Pass 0 or more.")
    hubs = graph.hubs(hub_children)
    if focus:
        start = graph.find(focus).table
        near = _surroundings(graph, start, depth, frozenset(hubs))
        return Selection(tables=near, core=near, focus=start, hubs=hubs)
    if group:
        core = frozenset(node.table for node in graph.nodes if node.group == group)
        if not core:
            known = ", ".join(repr(name) for name, _ in graph.groups if name is not None)
            raise UsageError(f"no group {group!r}", "the graph", f"The groups are {known}.")
        around = {other for name in core for other in graph.parents[name] | graph.children[name]}
        return Selection(tables=core | (around - set(hubs)), core=core, hubs=hubs)
    everything = frozenset(graph.by_table)
    return Selection(tables=everything, core=everything, hubs=hubs)


def _surroundings(
    graph: TableGraph, start: TableName, depth: int, hubs: frozenset[TableName]
) -> frozenset[TableName]:
    seen, edge = {start}, {start}
    for _ in range(depth):
        walkable = {name for name in edge if name == start or name not in hubs}
        edge = {o for name in walkable for o in graph.parents[name] | graph.children[name]} - seen
        seen |= edge
    return frozenset(seen)
