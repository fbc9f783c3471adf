"""Dependency stages: cycles are facts, order is a function of names and foreign keys."""

from __future__ import annotations

import itertools

import pytest

from snapkit.core.graph import cycles, load_order, relatives
from tests.factories import HOSTILE_NAMES, make_foreign_key, name_of, names_of


def stages_of(tables: str, *edges: str) -> list[tuple[int, str]]:
    """Level and tables of every stage; an edge is written child>parent."""
    keys = [make_foreign_key(*edge.split(">")) for edge in edges]
    stages = load_order(names_of(*tables.split()), keys)
    return [(stage.level, " ".join(map(str, stage.tables))) for stage in stages]


@pytest.mark.parametrize(
    ("tables", "edges", "expected"),
    [
        pytest.param("", (), [], id="nothing"),
        pytest.param("c a b", (), [(0, "a"), (0, "b"), (0, "c")], id="isolated-by-name"),
        pytest.param("a b", ("a>b",), [(0, "b"), (1, "a")], id="parent-first"),
        pytest.param("a b c", ("a>b", "b>c"), [(0, "c"), (1, "b"), (2, "a")], id="chain"),
        pytest.param("a", ("a>a",), [(0, "a")], id="self-reference"),
        pytest.param("a b", ("a>b", "b>a"), [(0, "a b")], id="cycle-of-two"),
        pytest.param("c b a", ("a>b", "b>c", "c>a"), [(0, "a b c")], id="cycle-of-three"),
        pytest.param(
            "a b c d",
            ("a>b", "b>a", "c>d", "d>c"),
            [(0, "a b"), (0, "c d")],
            id="two-cycles-apart",
        ),
        pytest.param(
            "a b c d",
            ("a>b", "b>a", "b>c", "d>a"),
            [(0, "c"), (1, "a b"), (2, "d")],
            id="cycle-between-parent-and-child",
        ),
        pytest.param(
            "a b c", ("a>b", "b>a", "a>a", "b>c"), [(0, "c"), (1, "a b")], id="cycle-and-self"
        ),
        pytest.param("a b", ("a>b", "a>b"), [(0, "b"), (1, "a")], id="two-keys-to-one-parent"),
        pytest.param(
            "a b c d",
            ("a>b", "a>c", "b>d", "c>d"),
            [(0, "d"), (1, "b"), (1, "c"), (2, "a")],
            id="diamond",
        ),
        pytest.param(
            "a b c",
            ("a>c", "a>b", "b>c"),
            [(0, "c"), (1, "b"), (2, "a")],
            id="level-is-the-longest-chain",
        ),
        pytest.param("a", ("a>gone", "gone>a"), [(0, "a")], id="edges-out-of-the-tables"),
        pytest.param("a a", (), [(0, "a")], id="a-table-named-twice"),
        pytest.param("x.a y.a", ("x.a>y.a",), [(0, "y.a"), (1, "x.a")], id="namespaces"),
    ],
)
def test_load_order(tables: str, edges: tuple[str, ...], expected: list[tuple[int, str]]) -> None:
    assert stages_of(tables, *edges) == expected


def test_load_order_follows_relations_that_only_the_schema_knows() -> None:
    key = make_foreign_key("child", "parent", enforced=False)
    stages = load_order(names_of("child", "parent"), [key])
    assert [stage.tables for stage in stages] == [names_of("parent"), names_of("child")]


def test_load_order_takes_names_as_they_are() -> None:
    names = [
        name_of("public." + text) if "." not in text else name_of(text) for text in HOSTILE_NAMES
    ]
    assert {name for stage in load_order(names, []) for name in stage.tables} == set(names)


def test_load_order_of_a_chain_of_thousands_does_not_overflow() -> None:
    names = [name_of(f"t{place:05}") for place in range(20_000)]
    keys = [
        make_foreign_key(child.name, parent.name) for parent, child in itertools.pairwise(names)
    ]
    assert [stage.tables for stage in load_order(names, keys)] == [(name,) for name in names]


def test_cycles_are_the_stages_of_several_tables() -> None:
    keys = [make_foreign_key(*edge.split(">")) for edge in ("a>b", "b>a", "c>c", "d>a")]
    found = cycles(load_order(names_of("a", "b", "c", "d"), keys))
    assert [stage.tables for stage in found] == [names_of("a", "b")]


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        pytest.param(0, "b", id="itself"),
        pytest.param(1, "a b c", id="parents-and-children"),
        pytest.param(2, "a b c d", id="one-more"),
        pytest.param(9, "a b c d", id="no-further-than-there-is"),
    ],
)
def test_relatives_by_depth(depth: int, expected: str) -> None:
    edges = ("a>b", "b>c", "c>d", "x>y")
    keys = [make_foreign_key(*edge.split(">")) for edge in edges]
    assert relatives(name_of("b"), keys, depth=depth) == set(names_of(*expected.split()))


def test_relatives_ends_in_a_cycle() -> None:
    keys = [make_foreign_key("a", "b"), make_foreign_key("b", "a"), make_foreign_key("a", "a")]
    assert relatives(name_of("a"), keys, depth=5) == set(names_of("a", "b"))


def test_relatives_of_a_table_without_keys_is_itself() -> None:
    assert relatives(name_of("a"), [], depth=3) == {name_of("a")}
