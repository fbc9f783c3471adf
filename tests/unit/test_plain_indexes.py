"""Which indexes a restore drops for the load, and when it makes them again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.plain_indexes import WORTHWHILE_ROWS, PlainIndex, worth_dropping
from snapkit.core.plan import OnError, plan_restore
from snapkit.core.steps import DropIndex
from snapkit.core.target_state import TableRight
from tests.factories import (
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_table,
    name_of,
    names_of,
)
from tests.plans import kinds, names_in, replacing, target_of

if TYPE_CHECKING:
    from snapkit.core.target_state import TargetState

KEY = make_foreign_key("orders", "users")
MANIFEST = make_manifest(
    replace(make_entry("orders", lines=(b"1\ta",)), rows=WORTHWHILE_ROWS),
    replace(make_entry("users", lines=(b"1\ta",)), rows=WORTHWHILE_ROWS - 1),
    foreign_keys=(KEY,),
)


def make_index(table: str, name: str, method: str = "btree") -> PlainIndex:
    definition = f"CREATE INDEX {name} ON public.{table} USING {method} (value)"
    return PlainIndex(table=name_of(table), name=name, definition=definition, method=method)


BY_VALUE, OF_FEW = make_index("orders", "by_value"), make_index("users", "of_few")
OWNED = replace(
    target_of(make_catalog(make_table("orders"), make_table("users"), foreign_keys=(KEY,))),
    plain_indexes=(BY_VALUE, OF_FEW),
)


def test_index_of_many_rows_is_dropped_before_the_load_and_made_again_before_the_keys() -> None:
    plan = replacing(MANIFEST, OWNED)
    assert kinds(plan) == [
        "LockTables",
        "RequireEmpty",
        "DropIndex",
        "DropForeignKey",
        "Truncate",
        "CopyIn",
        "CheckConstraints",
        "AddIndex",
        "AddForeignKey",
        "Verify",
    ]
    assert names_in(plan, DropIndex) == ["drop index by_value of orders"]


def test_part_that_leaves_the_table_alone_leaves_its_indexes_alone() -> None:
    assert "DropIndex" not in kinds(replacing(MANIFEST, OWNED, "users"))


def test_indexes_stay_where_bad_rows_are_quarantined() -> None:
    plan = plan_restore(MANIFEST, OWNED, replace=True, on_error=OnError.QUARANTINE)
    assert not {"DropIndex", "AddIndex"}.intersection(kinds(plan))


@pytest.mark.parametrize(
    "target",
    [
        replace(OWNED, lacks_references=frozenset({KEY})),
        replace(
            OWNED,
            owned=frozenset(names_of("orders")),
            rights={name_of("users"): frozenset(TableRight)},
        ),
        replace(OWNED, rights={name_of("users"): frozenset(TableRight) - {TableRight.TRUNCATE}}),
    ],
    ids=["without REFERENCES", "not the owner of every table", "without TRUNCATE"],
)
def test_indexes_stay_below_the_first_rung(target: TargetState) -> None:
    plan = replacing(MANIFEST, target)
    assert not {"DropIndex", "AddIndex"}.intersection(kinds(plan))


def test_index_that_takes_rows_for_next_to_nothing_stays() -> None:
    indexes = (make_index("orders", "in_blocks", "brin"), make_index("orders", "words", "gin"))
    assert worth_dropping(indexes, MANIFEST, names_of("orders", "users")) == indexes[1:]


def test_index_of_a_table_that_is_not_emptied_stays() -> None:
    assert worth_dropping((BY_VALUE,), MANIFEST, names_of("users")) == ()


def test_indexes_are_in_the_order_of_tables_and_names() -> None:
    other = replace(make_entry("Big", lines=(b"1\ta",)), rows=WORTHWHILE_ROWS)
    manifest = make_manifest(*MANIFEST.tables, other)
    indexes = (make_index("orders", "b"), make_index("orders", "a"), make_index("Big", "c"))
    found = worth_dropping(indexes, manifest, names_of("orders", "Big"))
    assert [index.name for index in found] == ["c", "a", "b"]
