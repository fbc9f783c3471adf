"""`--only`: names of models or tables, found in a snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.cli._selection import select_tables
from snapkit.core.catalog import TableKind
from snapkit.errors import UsageError
from tests.factories import make_entry, make_manifest, names_of

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
