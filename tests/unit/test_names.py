"""Names of tables and foreign keys."""

from __future__ import annotations

import pytest

from snapkit.core.names import ReferentialAction, TableName, table_names
from tests.factories import HOSTILE_NAMES, make_foreign_key, name_of, names_of


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(TableName("public", "users"), "users", id="public"),
        pytest.param(TableName("app", "users"), "app.users", id="another-namespace"),
        pytest.param(TableName("Public", "users"), "Public.users", id="case-counts"),
    ],
)
def test_table_name_prints_its_namespace_unless_public(name: TableName, text: str) -> None:
    assert str(name) == text


@pytest.mark.parametrize("text", HOSTILE_NAMES)
def test_table_name_prints_as_it_is(text: str) -> None:
    assert str(TableName("public", text)) == text


def test_table_names_sort_by_namespace_first() -> None:
    assert sorted(names_of("b.a", "a.z", "a.b")) == list(names_of("a.b", "a.z", "b.a"))


def test_table_names_of_two_namespaces_differ() -> None:
    assert TableName("a", "x") != TableName("b", "x")


@pytest.mark.parametrize(
    ("action", "prisma"),
    [
        (ReferentialAction.NO_ACTION, "NoAction"),
        (ReferentialAction.RESTRICT, "Restrict"),
        (ReferentialAction.CASCADE, "Cascade"),
        (ReferentialAction.SET_NULL, "SetNull"),
        (ReferentialAction.SET_DEFAULT, "SetDefault"),
    ],
    ids=str,
)
def test_referential_action_has_prisma_spelling(action: ReferentialAction, prisma: str) -> None:
    assert action.prisma == prisma


def test_referential_actions_are_all_of_sql() -> None:
    assert len(ReferentialAction) == 5


def test_foreign_key_to_its_own_table_is_a_self_reference() -> None:
    assert make_foreign_key("node", "node").is_self_reference


def test_foreign_key_to_the_same_name_elsewhere_is_no_self_reference() -> None:
    assert not make_foreign_key("a.node", "b.node").is_self_reference


def test_foreign_keys_of_one_pair_sort_by_column_then_name() -> None:
    keys = [
        make_foreign_key("a", "b", column="y", name="1"),
        make_foreign_key("a", "b", column="x", name="3"),
        make_foreign_key("a", "b", column="x", name="2"),
    ]
    assert [key.name for key in sorted(keys, key=lambda key: key.sort_key)] == ["2", "3", "1"]


def test_table_names_gives_both_ends() -> None:
    keys = [make_foreign_key("a", "b"), make_foreign_key("b", "app.c")]
    assert table_names(keys) == {name_of("a"), name_of("b"), name_of("app.c")}


def test_table_names_of_nothing_is_empty() -> None:
    assert table_names([]) == frozenset()
