"""Which columns say how far a sequence has come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.catalog import Catalog, Column, Feed
from snapkit.pg.sequences import _integer_feeds
from tests.factories import make_catalog, make_sequence, make_table, name_of
from tests.plans import PARTITIONED, PARTITIONED_TABLES

FREE = make_sequence("s")


def catalog_with(default: str | None, kind: str = "integer") -> Catalog:
    """A table whose column draws from the sequence by this default."""
    column = Column(name="id", type=kind, default=default)
    table = replace(make_table("t"), columns=(column,))
    return make_catalog(table, sequences=(FREE,), feeds=(("s", "t"),))


@pytest.mark.parametrize(
    "default",
    [
        pytest.param("nextval('s'::regclass)", id="plain"),
        pytest.param("nextval('\"It''s\".\"S\"'::regclass)", id="quoted"),
        pytest.param("(nextval('s'::regclass))::integer", id="cast"),
    ],
)
def test_column_that_holds_the_number_as_it_is_is_asked(default: str) -> None:
    (feed,) = _integer_feeds(catalog_with(default), FREE)
    assert (feed.table, feed.column) == (name_of("t"), "id")


@pytest.mark.parametrize(
    "default",
    [
        pytest.param("(nextval('s'::regclass) * 10)", id="made-into-something-else"),
        pytest.param("(nextval('a'::regclass) + nextval('s'::regclass))", id="of-two-sequences"),
        pytest.param(None, id="none"),
    ],
)
def test_column_that_holds_another_number_is_not_asked(default: str | None) -> None:
    assert _integer_feeds(catalog_with(default), FREE) == []


def test_column_of_another_type_is_not_asked() -> None:
    assert _integer_feeds(catalog_with("nextval('s'::regclass)", "text"), FREE) == []


def test_sequence_that_cycles_asks_its_owner_only() -> None:
    catalog = catalog_with("nextval('s'::regclass)")
    assert _integer_feeds(catalog, replace(FREE, cycles=True)) == []
    assert _integer_feeds(catalog, replace(make_sequence("s", owner="t"), cycles=True))


def test_owner_is_asked_whatever_its_default() -> None:
    owned = make_sequence("s", owner="t")
    catalog = replace(catalog_with(None), sequences=(owned,))
    assert [feed.table for feed in _integer_feeds(catalog, owned)] == [name_of("t")]


def test_column_that_the_role_may_not_read_is_not_asked() -> None:
    hidden = Feed(sequence=FREE.name, table=name_of("t"), column="id", is_readable=False)
    catalog = replace(catalog_with("nextval('s'::regclass)"), feeds=(hidden,))
    assert _integer_feeds(catalog, FREE) == []


def test_partitions_are_asked_through_the_table_above() -> None:
    (sequence,) = PARTITIONED.sequences
    column = Column(name="id", type="integer", default="nextval('log_id_seq'::regclass)")
    tables = [replace(table, columns=(column,)) for table in PARTITIONED_TABLES]
    feeds = tuple(("log_id_seq", name) for name in ("log", "log_1", "log_2"))
    catalog = make_catalog(*tables, sequences=(sequence,), feeds=feeds)
    assert [feed.table for feed in _integer_feeds(catalog, sequence)] == [name_of("log")]
