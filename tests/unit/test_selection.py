"""Part of a snapshot: groups, parents, children."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.catalog import TableKind
from snapkit.core.selection import tables_of_groups, with_relatives
from snapkit.errors import UsageError
from tests.factories import (
    HOSTILE_NAMES,
    make_entry,
    make_foreign_key,
    make_manifest,
    names_of,
)

# country <- user <- order <- item -> product, log -> user by the schema alone, lone
SHOP = make_manifest(
    *(
        replace(make_entry(name), group=group)
        for name, group in (
            ("country", "places"),
            ("user", "people"),
            ("order", "sales"),
            ("item", "sales"),
            ("product", "goods"),
            ("log", None),
            ("lone", None),
        )
    ),
    foreign_keys=(
        make_foreign_key("user", "country"),
        make_foreign_key("order", "user"),
        make_foreign_key("item", "order"),
        make_foreign_key("item", "product", column="product_id"),
        make_foreign_key("log", "user", enforced=False),
    ),
)
PARTITIONED = make_manifest(
    make_entry("visit", kind=TableKind.PARTITIONED),
    make_entry("visit_1", partition_of="visit"),
    make_entry("visit_2", partition_of="visit"),
    make_entry("place"),
    make_entry("photo"),
    foreign_keys=(make_foreign_key("visit", "place"), make_foreign_key("photo", "visit")),
)


@pytest.mark.parametrize(
    ("start", "parents", "children", "expected"),
    [
        pytest.param("order", False, False, ("order",), id="itself"),
        pytest.param("order", True, False, ("country", "order", "user"), id="parents"),
        pytest.param("order", False, True, ("item", "order"), id="children"),
        pytest.param(
            "user", False, True, ("item", "log", "order", "user"), id="relation of the schema"
        ),
        pytest.param(
            "order",
            True,
            True,
            ("country", "item", "order", "product", "user"),
            id="children with all of their parents",
        ),
        pytest.param("lone", True, True, ("lone",), id="lone"),
    ],
)
def test_relatives_follow_foreign_keys(
    start: str,
    parents: bool,  # noqa: FBT001  # pytest passes it by name
    children: bool,  # noqa: FBT001  # pytest passes it by name
    expected: tuple[str, ...],
) -> None:
    found = with_relatives(SHOP, names_of(start), parents=parents, children=children)
    assert found == names_of(*expected)


def test_relatives_in_a_cycle_end() -> None:
    manifest = make_manifest(
        make_entry("a"),
        make_entry("b"),
        foreign_keys=(make_foreign_key("a", "b"), make_foreign_key("b", "a")),
    )
    assert with_relatives(manifest, names_of("a"), parents=True) == names_of("a", "b")


@pytest.mark.parametrize(
    ("start", "parents", "expected"),
    [
        pytest.param("photo", True, ("photo", "place", "visit_1", "visit_2"), id="parents"),
        pytest.param("place", False, ("photo", "place", "visit_1", "visit_2"), id="children"),
        pytest.param("visit_1", True, ("place", "visit_1"), id="one partition"),
    ],
)
def test_relatives_stand_for_partitions(
    start: str,
    parents: bool,  # noqa: FBT001  # pytest passes it by name
    expected: tuple[str, ...],
) -> None:
    found = with_relatives(PARTITIONED, names_of(start), parents=parents, children=not parents)
    assert found == names_of(*expected)


def test_groups_give_their_tables_once() -> None:
    assert tables_of_groups(SHOP, ["sales", "places", "sales"]) == names_of(
        "country", "item", "order"
    )


def test_unknown_group_suggests_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        tables_of_groups(SHOP, ["sale"])
    assert caught.value.hint == "Name one of: sales."


def test_unknown_group_names_all_where_none_is_near() -> None:
    with pytest.raises(UsageError, match="no group 'zzz'") as caught:
        tables_of_groups(SHOP, ["zzz"])
    assert caught.value.hint == "Name one of: goods, people, places, sales."


def test_snapshot_without_a_schema_has_no_groups() -> None:
    with pytest.raises(UsageError) as caught:
        tables_of_groups(PARTITIONED, ["sales"])
    assert "without a Prisma schema" in caught.value.hint


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_groups_may_have_any_name(name: str) -> None:
    manifest = make_manifest(replace(make_entry("users"), group=name))
    assert tables_of_groups(manifest, [name]) == names_of("users")
