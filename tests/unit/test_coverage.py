"""Coverage: what is in one of schema, catalog and snapshot and not in another is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.catalog import TableKind
from snapkit.core.coverage import (
    Coverage,
    CoverageRow,
    CoverageStatus,
    CoverageVerdict,
    Presence,
    coverage,
)
from snapkit.core.drift import drift
from tests.factories import (
    HOSTILE_NAMES,
    make_catalog,
    make_entry,
    make_manifest,
    make_table,
    name_of,
)
from tests.reports import JOIN, shop_catalog, shop_entry, shop_manifest, shop_schema


def row_of(found: Coverage, table: str) -> CoverageRow:
    return next(row for row in found.rows if row.table == name_of(table))


def without(*tables: str) -> Coverage:
    manifest = shop_manifest()
    gone = {name_of(table) for table in tables}
    kept = tuple(entry for entry in manifest.tables if entry.table not in gone)
    return coverage(shop_schema(), shop_catalog(), replace(manifest, tables=kept))


def test_coverage_of_everything_is_complete() -> None:
    assert (
        coverage(shop_schema(), shop_catalog(), shop_manifest()).verdict is CoverageVerdict.COMPLETE
    )


def test_coverage_has_a_row_for_every_table_of_any_side() -> None:
    found = coverage(shop_schema(), shop_catalog(), shop_manifest())
    assert {str(row.table) for row in found.rows} == {
        "users", "orders", "invoices", "labels", "legacy", JOIN, "cron_log",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "status"),
    [
        ("users", CoverageStatus.COVERED),
        ("legacy", CoverageStatus.IGNORED),
        (JOIN, CoverageStatus.COVERED),
        ("cron_log", CoverageStatus.UNMODELLED),
    ],
)
def test_coverage_names_what_each_covered_table_is(table: str, status: CoverageStatus) -> None:
    found = coverage(shop_schema(), shop_catalog(), shop_manifest())
    assert row_of(found, table).status is status


def test_coverage_flags_join_tables_with_their_relation() -> None:
    row = row_of(coverage(shop_schema(), shop_catalog(), shop_manifest()), JOIN)
    assert (row.is_join_table, row.model, row.group) == (True, "LabelToOrder", "Sales")


def test_coverage_without_a_model_in_the_snapshot_is_incomplete() -> None:
    found = without("orders")
    assert (found.verdict, [row.model for row in found.gaps]) == (
        CoverageVerdict.INCOMPLETE,
        ["Order"],
    )


def test_coverage_without_an_unmodelled_table_in_the_snapshot_is_incomplete() -> None:
    found = without("cron_log")
    assert (found.verdict, [str(row.table) for row in found.gaps]) == (
        CoverageVerdict.INCOMPLETE,
        ["cron_log"],
    )


def test_coverage_names_a_model_that_only_the_schema_has() -> None:
    catalog = shop_catalog()
    tables = tuple(table for table in catalog.tables if table.name.name != "labels")
    manifest = shop_manifest()
    entries = tuple(entry for entry in manifest.tables if entry.name != "labels")
    found = coverage(
        shop_schema(), replace(catalog, tables=tables), replace(manifest, tables=entries)
    )
    assert row_of(found, "labels").status is CoverageStatus.MISSING_FROM_BOTH


def test_coverage_of_a_table_dropped_since_loses_nothing() -> None:
    catalog = shop_catalog()
    tables = tuple(table for table in catalog.tables if table.name.name != "cron_log")
    found = coverage(shop_schema(), replace(catalog, tables=tables), shop_manifest())
    assert (row_of(found, "cron_log").status, found.verdict) == (
        CoverageStatus.MISSING_FROM_CATALOG,
        CoverageVerdict.COMPLETE,
    )


def test_coverage_counts_empty_tables() -> None:
    assert coverage(shop_schema(), shop_catalog(), shop_manifest()).totals.empty == 3


def test_coverage_without_a_side_does_not_call_it_missing() -> None:
    found = coverage(None, shop_catalog(), shop_manifest())
    assert {row.in_schema for row in found.rows} == {Presence.NOT_GIVEN}


def test_coverage_of_a_snapshot_alone_is_unchecked() -> None:
    found = coverage(None, None, shop_manifest())
    assert (found.verdict, {row.status for row in found.rows}) == (
        CoverageVerdict.UNCHECKED,
        {CoverageStatus.UNCOMPARED},
    )


def test_coverage_without_a_snapshot_is_unchecked_and_still_compares() -> None:
    found = coverage(shop_schema(), shop_catalog(), None)
    assert (found.verdict, row_of(found, "users").status, row_of(found, "cron_log").status) == (
        CoverageVerdict.UNCHECKED,
        CoverageStatus.AGREED,
        CoverageStatus.CATALOG_ONLY,
    )


def test_coverage_takes_models_and_groups_from_the_manifest_without_a_schema() -> None:
    row = row_of(coverage(None, shop_catalog(), shop_manifest()), "users")
    assert (row.model, row.group) == ("User", "People")


def test_coverage_groups_by_namespace_where_nobody_knows_groups() -> None:
    catalog = make_catalog(make_table("app.a"), make_table("b"))
    manifest = make_manifest(make_entry("app.a"), make_entry("b"))
    found = coverage(None, catalog, manifest)
    assert [group.name for group in found.groups] == ["app", "public"]


def test_coverage_puts_tables_without_a_model_last() -> None:
    found = coverage(shop_schema(), shop_catalog(), shop_manifest())
    assert [group.name for group in found.groups] == ["People", "Sales", "Old", None]


def partitioned(*, keep: tuple[str, ...]) -> Coverage:
    tables = [make_table("visit", kind=TableKind.PARTITIONED)]
    tables += [make_table(name, partition_of="visit") for name in ("visit_1", "visit_2")]
    lines = (b"1\ta", b"2\tb")
    entries = [make_entry("visit", kind=TableKind.PARTITIONED)]
    entries += [make_entry(name, lines=lines, partition_of="visit") for name in keep]
    return coverage(None, make_catalog(*tables), make_manifest(*entries))


def test_coverage_sums_partitions_into_their_table() -> None:
    (row,) = partitioned(keep=("visit_1", "visit_2")).rows
    assert (row.snapshot_rows, len(row.partitions)) == (4, 2)


def test_coverage_names_the_partition_that_is_missing() -> None:
    found = partitioned(keep=("visit_1",))
    assert (found.rows[0].status, [str(row.table) for row in found.gaps]) == (
        CoverageStatus.PARTITIONS_MISSING,
        ["visit_2"],
    )


def test_coverage_of_partitions_that_contain_each_other_ends() -> None:
    found = coverage(
        None,
        None,
        make_manifest(make_entry("a", partition_of="b"), make_entry("b", partition_of="a")),
    )
    assert [str(row.table) for row in found.rows] == ["a", "b"]


def test_coverage_counts_views_apart_from_tables() -> None:
    catalog = make_catalog(make_table("v", kind=TableKind.VIEW, key=()))
    found = coverage(None, catalog, make_manifest(views=(name_of("v"),)))
    assert (found.totals.tables, found.totals.views, found.rows[0].status) == (
        0,
        1,
        CoverageStatus.VIEW,
    )


def test_coverage_names_a_view_that_the_snapshot_lacks() -> None:
    catalog = make_catalog(make_table("v", kind=TableKind.VIEW, key=()))
    assert coverage(None, catalog, make_manifest()).verdict is CoverageVerdict.INCOMPLETE


def test_coverage_of_an_extensions_table_is_no_gap() -> None:
    catalog = make_catalog(make_table("spatial_ref_sys", extension="postgis"))
    found = coverage(None, catalog, make_manifest())
    assert (found.rows[0].status, found.verdict) == (
        CoverageStatus.EXTENSION,
        CoverageVerdict.COMPLETE,
    )


def test_coverage_of_a_foreign_table_says_why_its_rows_are_not_held() -> None:
    catalog = make_catalog(make_table("remote", kind=TableKind.FOREIGN))
    (row,) = coverage(None, catalog, make_manifest()).rows
    assert (row.status, row.reason) == (
        CoverageStatus.NOT_HELD,
        "a foreign table: its rows lie on another server",
    )


def test_coverage_of_an_unknown_estimate_is_none() -> None:
    found = coverage(None, make_catalog(make_table("a")), make_manifest(make_entry("a")))
    assert (found.rows[0].catalog_rows, found.totals.unestimated) == (None, 1)


def test_coverage_carries_drift() -> None:
    schema, catalog = shop_schema(), make_catalog()
    found = coverage(schema, catalog, shop_manifest(), drift(schema, catalog))
    assert len(found.drift) >= len(schema.tables)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_coverage_keeps_hostile_names_as_they_are(name: str) -> None:
    catalog = make_catalog(make_table(name.replace(".", "")))
    (row,) = coverage(None, catalog, make_manifest(shop_entry(name.replace(".", "")))).rows
    assert row.table.name == name.replace(".", "")
