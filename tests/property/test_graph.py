"""Properties of dependency stages, over arbitrary graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from snapkit.core.graph import load_order, reduced, relatives
from tests.factories import make_foreign_key, name_of

if TYPE_CHECKING:
    from random import Random

    from snapkit.core.names import ForeignKey, TableName

NAMES = [name_of(f"t{number}") for number in range(9)]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25)


def keys_of(edges: list[tuple[TableName, TableName]]) -> list[ForeignKey]:
    """A foreign key from each child to its parent."""
    return [make_foreign_key(child.name, parent.name) for child, parent in edges]


def reachable(edges: list[tuple[TableName, TableName]]) -> dict[TableName, set[TableName]]:
    """By child, every parent at any distance; found the slow way."""
    found: dict[TableName, set[TableName]] = {name: set() for name in NAMES}
    for _ in NAMES:
        for child, parent in edges:
            found[child] |= {parent} | found[parent]
    return found


@given(EDGES)
def test_every_table_is_in_exactly_one_stage(edges: list[tuple[TableName, TableName]]) -> None:
    stages = load_order(NAMES, keys_of(edges))
    assert sorted(name for stage in stages for name in stage.tables) == NAMES


@given(EDGES)
def test_a_parents_stage_is_never_after_its_childs(
    edges: list[tuple[TableName, TableName]],
) -> None:
    stages = load_order(NAMES, keys_of(edges))
    place = {name: number for number, stage in enumerate(stages) for name in stage.tables}
    assert all(place[parent] <= place[child] for child, parent in edges)


@given(EDGES)
def test_tables_share_a_stage_exactly_where_each_reaches_the_other(
    edges: list[tuple[TableName, TableName]],
) -> None:
    stages = load_order(NAMES, keys_of(edges))
    home = {name: stage for stage in stages for name in stage.tables}
    above = reachable(edges)
    for one in NAMES:
        for other in NAMES:
            together = one == other or (other in above[one] and one in above[other])
            assert (home[one] is home[other]) is together


@given(EDGES)
def test_a_level_is_one_more_than_the_highest_parents(
    edges: list[tuple[TableName, TableName]],
) -> None:
    stages = load_order(NAMES, keys_of(edges))
    home = {name: stage for stage in stages for name in stage.tables}
    for stage in stages:
        parents = [
            home[parent].level
            for child, parent in edges
            if home[child] is stage and home[parent] is not stage
        ]
        assert stage.level == max(parents, default=-1) + 1


@given(EDGES)
def test_reduction_keeps_every_way_and_no_edge_that_follows(
    edges: list[tuple[TableName, TableName]],
) -> None:
    stages = load_order(NAMES, keys_of(edges))
    kept = [(child, parent) for parent, child in reduced([(b, a) for a, b in edges], stages)]
    assert set(kept) <= set(edges)
    assert reachable(kept) == reachable(edges)
    home = {name: stage for stage in stages for name in stage.tables}
    for child, parent in kept:
        across = {(home[a].tables, home[b].tables) for a, b in kept} - {
            (home[child].tables, home[parent].tables)
        }
        others = [(a, b) for a, b in kept if (home[a].tables, home[b].tables) in across]
        if home[child] is not home[parent]:
            assert parent not in reachable(others)[child]


@given(EDGES, st.randoms(use_true_random=False), st.permutations(NAMES))
def test_order_ignores_declaration_order(
    edges: list[tuple[TableName, TableName]], random: Random, shuffled: list[TableName]
) -> None:
    keys = keys_of(edges)
    other = keys.copy()
    random.shuffle(other)
    assert load_order(shuffled, other) == load_order(NAMES, keys)


@given(EDGES, st.sampled_from(NAMES), st.integers(0, 4))
def test_relatives_grow_with_depth_by_neighbours_alone(
    edges: list[tuple[TableName, TableName]], start: TableName, depth: int
) -> None:
    keys = keys_of(edges)
    near = relatives(start, keys, depth=depth)
    touching = {end for edge in edges if not near.isdisjoint(edge) for end in edge}
    assert relatives(start, keys, depth=depth + 1) == near | touching
