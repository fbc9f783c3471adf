"""Dependency order: a function from tables and foreign keys to stages.

A cycle is a fact about a schema, never an error: real schemas have them, and the planner decides
how to load them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import rustworkx as rx

from snapkit.core.names import ForeignKey, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Tables loaded together: one table, or every table of one foreign-key cycle.

    `level` is the length of the longest chain of stages below it: 0 for a stage without parents.
    Stages of one level do not depend on each other.
    """

    tables: tuple[TableName, ...]
    level: int

    @property
    def is_cycle(self) -> bool:
        """Whether the stage is a cycle of two tables or more."""
        return len(self.tables) > 1


def load_order(
    tables: Iterable[TableName], foreign_keys: Iterable[ForeignKey]
) -> tuple[Stage, ...]:
    """Order tables so that parents come before children.

    A stage is one table, or every table of one foreign-key cycle. A table that references only
    itself is a stage of one: COPY checks foreign keys at the end of the statement. Stages are
    ordered by level, then by name, whatever the order of the arguments.

    Args:
        tables: Every table to order; one that no foreign key names is a stage of level 0.
        foreign_keys: Edges; those that start or end outside `tables` are left out.

    Returns:
        The stages, parents first.

    Source: Tarjan, "Depth-first search and linear graph algorithms" (1972), by rustworkx.
    """
    names = sorted(set(tables))
    number = {name: place for place, name in enumerate(names)}
    graph: rx.PyDiGraph[TableName, None] = rx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(names)
    edges = {
        (number[key.parent], number[key.child])
        for key in foreign_keys
        if key.parent in number and key.child in number and not key.is_self_reference
    }
    graph.add_edges_from_no_data(sorted(edges))
    components = rx.strongly_connected_components(graph)
    home = {node: place for place, component in enumerate(components) for node in component}
    condensed: rx.PyDiGraph[int, None] = rx.PyDiGraph(multigraph=False)
    condensed.add_nodes_from(list(range(len(components))))
    condensed.add_edges_from_no_data(
        sorted((home[a], home[b]) for a, b in edges if home[a] != home[b])
    )
    stages = (
        Stage(tables=tuple(sorted(names[node] for node in components[place])), level=level)
        for level, generation in enumerate(rx.topological_generations(condensed))
        for place in generation
    )
    return tuple(sorted(stages, key=lambda stage: (stage.level, stage.tables)))


def cycles(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """The stages that are cycles of two tables or more."""
    return tuple(stage for stage in stages if stage.is_cycle)


def reduced(
    edges: Iterable[tuple[TableName, TableName]], stages: Iterable[Stage]
) -> frozenset[tuple[TableName, TableName]]:
    """Leave out the edges that follow from others: the transitive reduction.

    Args:
        edges: Pairs of parent and child.
        stages: The load order of all their tables; edges inside a cycle are kept, every one.

    Returns:
        The edges without those for which a longer way leads from the one end to the other.

    Source: Aho, Garey and Ullman, "The transitive reduction of a directed graph" (1972).
    """
    home = {name: place for place, stage in enumerate(stages) for name in stage.tables}
    pairs = frozenset(edges)
    graph: rx.PyDiGraph[int, None] = rx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(list(range(len(home))))
    between = {(home[a], home[b]) for a, b in pairs if home[a] != home[b]}
    graph.add_edges_from_no_data(sorted(between))
    kept, numbers = rx.transitive_reduction(graph)
    places = {number: place for place, number in numbers.items()}
    left = {(places[a], places[b]) for a, b in kept.edge_list()}
    return frozenset((a, b) for a, b in pairs if home[a] == home[b] or (home[a], home[b]) in left)


def relatives(
    start: TableName, foreign_keys: Iterable[ForeignKey], *, depth: int
) -> frozenset[TableName]:
    """The tables within `depth` foreign keys of `start`, in either direction, itself included.

    Args:
        start: Where to begin.
        foreign_keys: Edges, walked both ways.
        depth: How many edges to follow [edges]; 0 gives `start` alone.

    Returns:
        The names reached.
    """
    neighbours: dict[TableName, set[TableName]] = {}
    for key in foreign_keys:
        neighbours.setdefault(key.child, set()).add(key.parent)
        neighbours.setdefault(key.parent, set()).add(key.child)
    seen = {start}
    edge = {start}
    for _ in range(depth):
        edge = {other for name in edge for other in neighbours.get(name, ())} - seen
        seen |= edge
    return frozenset(seen)
