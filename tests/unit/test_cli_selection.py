"""`--only`: names of models or tables, found in a snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.cli._selection import select_part, select_tables
from snapkit.core.catalog import TableKind
from snapkit.errors import UsageError
from tests.factories import make_entry, make_foreign_key, make_manifest, names_of

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest


def manifest() -> Manifest:
    return make_manifest(
        replace(make_entry("users"), model="User"),
        replace(make_entry("app.users"), model="AppUser"),
        make_entry("price history"),
        make_entry("visit", kind=TableKind.PARTITIONED),
        make_entry("visit_2024", partition_of="visit"),
        make_entry("visit_2025", partition_of="visit"),
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(("User",), ("users",), id="model"),
        pytest.param(("price history",), ("price history",), id="table"),
        pytest.param(("app.users",), ("app.users",), id="full name"),
        pytest.param(("User", "public.users"), ("users",), id="twice"),
        pytest.param(("visit",), ("visit_2024", "visit_2025"), id="partitioned"),
    ],
)
def test_select_tables_finds(names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert select_tables(manifest(), names) == names_of(*expected)


def test_select_tables_refuses_a_name_of_two_tables() -> None:
    with pytest.raises(UsageError, match="'users' names 2 tables") as caught:
        select_tables(manifest(), ["users"])
    assert caught.value.hint == "Name one of: public.users, app.users."


def test_select_tables_suggests_what_was_meant() -> None:
    with pytest.raises(UsageError, match="no model or table 'Usr'") as caught:
        select_tables(manifest(), ["Usr"])
    assert caught.value.hint == "Did you mean User or AppUser?"


def shop() -> Manifest:
    """country <- users <- orders; lone."""
    groups = {"country": "Places", "users": "People", "orders": "Sales", "lone": "Sales"}
    return make_manifest(
        *(replace(make_entry(name), group=group) for name, group in groups.items()),
        foreign_keys=(make_foreign_key("users", "country"), make_foreign_key("orders", "users")),
    )


@pytest.mark.parametrize(
    ("only", "groups", "parents", "children", "expected"),
    [
        pytest.param(["users"], None, False, False, ("users",), id="only"),
        pytest.param(None, ["Sales"], False, False, ("lone", "orders"), id="group"),
        pytest.param(["users"], ["Places"], False, False, ("country", "users"), id="both"),
        pytest.param(["users"], None, True, False, ("country", "users"), id="parents"),
        pytest.param(["users"], None, False, True, ("orders", "users"), id="children"),
    ],
)
def test_select_part_finds(
    *,
    only: list[str] | None,
    groups: list[str] | None,
    parents: bool,
    children: bool,
    expected: tuple[str, ...],
) -> None:
    found = select_part(shop(), only, groups, parents=parents, children=children)
    assert found == names_of(*expected)


def test_select_part_without_a_name_is_the_whole() -> None:
    assert select_part(shop(), None, [], parents=False, children=False) is None


@pytest.mark.parametrize("option", ["--with-parents", "--with-children"])
def test_select_part_refuses_relatives_of_nothing(option: str) -> None:
    with pytest.raises(UsageError, match="no part is named") as caught:
        select_part(
            shop(),
            None,
            None,
            parents=option == "--with-parents",
            children=option == "--with-children",
        )
    assert caught.value.where == option
