"""The catalog: what follows from what a database says of itself."""

from __future__ import annotations

import pytest

from snapkit.core.catalog import (
    HOLDS_ROWS,
    Column,
    Index,
    Sequence,
    Table,
    TableKind,
    Trigger,
    TriggerState,
)
from tests.factories import make_catalog, make_sequence, make_table, name_of, names_of

COLUMNS = (
    Column(name="id", type="bigint", not_null=True),
    Column(name="code", type="text", not_null=True),
    Column(name="mail", type="text"),
    Column(name="lower_code", type="text", not_null=True, is_generated=True),
)


def table_with(*indexes: Index) -> Table:
    """A table of four columns: two NOT NULL, one that may be NULL, one generated."""
    return Table(name=name_of("t"), columns=COLUMNS, indexes=indexes)


def unique(name: str, *columns: str) -> Index:
    """A unique index without anything special."""
    return Index(name=name, columns=columns, is_unique=True)


def test_key_is_the_primary_key_even_where_a_unique_one_is_smaller() -> None:
    primary = Index(name="z", columns=("id", "code"), is_unique=True, is_primary=True)
    assert table_with(unique("a", "id"), primary).key == ("id", "code")


def test_key_without_a_primary_key_is_the_smallest_unique_one() -> None:
    assert table_with(unique("a", "id", "code"), unique("b", "code")).key == ("code",)


def test_key_ties_break_by_the_name_of_the_index() -> None:
    assert table_with(unique("b", "id"), unique("a", "code")).key == ("code",)


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(Index(name="i", columns=("id",)), id="not-unique"),
        pytest.param(unique("i", "mail"), id="may-be-null"),
        pytest.param(unique("i", "id", "mail"), id="a-part-may-be-null"),
        pytest.param(
            Index(name="i", columns=("id",), is_unique=True, is_valid=False), id="not-valid"
        ),
        pytest.param(
            Index(name="i", columns=("id",), is_unique=True, predicate="id > 0"), id="partial"
        ),
        pytest.param(
            Index(name="i", columns=("id", "lower(code)"), is_unique=True, has_expressions=True),
            id="expression",
        ),
        pytest.param(unique("i", "lower_code"), id="generated-column-is-not-in-a-snapshot"),
    ],
)
def test_key_does_not_come_from_an_index_that_cannot_name_rows(index: Index) -> None:
    assert table_with(index).key == ()


def test_key_of_a_table_without_indexes_is_empty() -> None:
    assert table_with().key == ()


def test_stored_columns_leave_generated_ones_out_and_keep_the_order() -> None:
    assert [column.name for column in table_with().stored_columns] == ["id", "code", "mail"]


@pytest.mark.parametrize("kind", TableKind)
def test_only_ordinary_tables_and_large_objects_hold_rows(kind: TableKind) -> None:
    assert make_table("t", kind=kind).holds_rows is (kind in HOLDS_ROWS)


def test_data_tables_leave_out_views_and_what_extensions_own() -> None:
    catalog = make_catalog(
        make_table("z"),
        make_table("v", kind=TableKind.VIEW),
        make_table("spatial_ref_sys", extension="postgis"),
        make_table("p", kind=TableKind.PARTITIONED),
        make_table("a.y"),
    )
    assert tuple(table.name for table in catalog.data_tables) == names_of("a.y", "z")


def test_by_name_finds_every_table() -> None:
    tables = (make_table("a"), make_table("app.a"), make_table("v", kind=TableKind.VIEW))
    assert list(make_catalog(*tables).by_name.values()) == list(tables)


def test_with_partitioned_climbs_every_level() -> None:
    catalog = make_catalog(
        make_table("root", kind=TableKind.PARTITIONED),
        make_table("year", kind=TableKind.PARTITIONED, partition_of="root"),
        make_table("month", partition_of="year"),
        make_table("other"),
    )
    assert catalog.with_partitioned(names_of("month")) == set(names_of("month", "year", "root"))


def test_with_partitioned_keeps_names_that_are_not_there() -> None:
    assert make_catalog().with_partitioned(names_of("gone")) == set(names_of("gone"))


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        pytest.param(Sequence(name=name_of("s")), 1, id="never-called"),
        pytest.param(Sequence(name=name_of("s"), last_value=7, is_called=True), 8, id="called"),
        pytest.param(Sequence(name=name_of("s"), last_value=7, increment=10), 7, id="set-back"),
        pytest.param(
            Sequence(name=name_of("s"), last_value=-7, increment=-2, is_called=True),
            -9,
            id="descending",
        ),
        pytest.param(
            Sequence(name=name_of("s"), last_value=2**63 - 1, is_called=True), 2**63, id="used-up"
        ),
    ],
)
def test_sequence_next_value(sequence: Sequence, expected: int) -> None:
    assert sequence.next_value == expected


@pytest.mark.parametrize("state", TriggerState)
def test_trigger_is_enabled_unless_disabled(state: TriggerState) -> None:
    assert Trigger(name="t", state=state).is_enabled is (state is not TriggerState.DISABLED)


def test_feeds_of_names_the_owner_first_and_once() -> None:
    owned = make_sequence("s", owner="z")
    catalog = make_catalog(sequences=(owned,), feeds=(("s", "a"), ("s", "z"), ("other", "b")))
    assert [feed.table for feed in catalog.feeds_of(owned)] == list(names_of("z", "a"))


def test_feeds_of_an_identity_is_its_owner() -> None:
    (feed,) = make_catalog().feeds_of(make_sequence("s", owner="t"))
    assert (feed.table, feed.column) == (name_of("t"), "id")


def test_sequences_of_a_partition_are_those_of_the_table_above_too() -> None:
    tables = (make_table("log"), make_table("log_1", partition_of="log"))
    made = tuple(make_sequence(name) for name in ("mine", "above", "other"))
    feeds = (("mine", "log_1"), ("above", "log"), ("other", "users"))
    catalog = make_catalog(*tables, sequences=made, feeds=feeds)
    assert [s.name for s in catalog.sequences_of(names_of("log_1"))] == list(
        names_of("mine", "above")
    )
