"""Properties of coverage: whatever the three sides say, nothing is lost and the sums add up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from snapkit.core.catalog import Catalog, TableKind
from snapkit.core.coverage import Coverage, CoverageRow, Totals, coverage
from snapkit.core.manifest import Manifest
from snapkit.core.schema import Schema
from tests.factories import make_catalog, make_entry, make_manifest, make_table, name_of
from tests.reports import JOIN, shop_schema

if TYPE_CHECKING:
    from snapkit.core.names import TableName

_NAMES = ("users", "orders", "labels", JOIN, "a", "b", "c", "app.users", "we ird", "</script>")
_KINDS = tuple(TableKind)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    names = draw(st.sets(st.sampled_from(_NAMES)))
    return make_catalog(
        *(
            replace(
                make_table(
                    name,
                    kind=draw(st.sampled_from(_KINDS)),
                    partition_of=draw(st.none() | st.sampled_from(_NAMES)),
                    extension=draw(st.none() | st.just("postgis")),
                ),
                estimated_rows=draw(st.integers(0, 9)),
                size_bytes=draw(st.integers(0, 9)),
            )
            for name in sorted(names)
        )
    )


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    names = draw(st.sets(st.sampled_from(_NAMES)))
    return make_manifest(
        *(
            replace(
                make_entry(
                    name,
                    lines=tuple(b"x" for _ in range(draw(st.integers(0, 4)))),
                    kind=draw(st.sampled_from([TableKind.ORDINARY, TableKind.PARTITIONED])),
                    partition_of=draw(st.none() | st.sampled_from(_NAMES)),
                ),
                group=draw(st.none() | st.sampled_from(["g", "h"])),
                model=draw(st.none() | st.sampled_from(["M", "N"])),
            )
            for name in sorted(names)
        ),
        views=tuple(name_of(name) for name in draw(st.sets(st.sampled_from(["v", "a"])))),
    )


_SCHEMAS = st.none() | st.just(shop_schema())
_SIDES = st.tuples(_SCHEMAS, st.none() | catalogs(), st.none() | manifests())
Sides = tuple[Schema | None, Catalog | None, Manifest | None]


def tables_in(rows: tuple[CoverageRow, ...]) -> list[TableName]:
    return [name for row in rows for name in (row.table, *tables_in(row.partitions))]


def found(sides: Sides) -> Coverage:
    return coverage(*sides)


@given(_SIDES)
def test_coverage_totals_are_the_sum_of_the_groups(sides: Sides) -> None:
    result = found(sides)
    assert sum((group.totals for group in result.groups), start=Totals()) == result.totals


@given(_SIDES)
def test_coverage_counts_every_row_of_the_snapshot_once(sides: Sides) -> None:
    manifest = sides[2]
    result = found(sides)
    expected = (manifest.rows, manifest.size) if manifest else (0, 0)
    assert (result.totals.snapshot_rows, result.totals.snapshot_bytes) == expected


@given(_SIDES)
def test_coverage_names_every_table_of_every_side_once(sides: Sides) -> None:
    schema, catalog, manifest = sides
    known = set(schema.by_table) | set(schema.join_by_table) if schema else set()
    known |= set(catalog.by_name) if catalog else set()
    known |= set(manifest.by_table) | set(manifest.views) if manifest else set()
    assert sorted(tables_in(found(sides).rows)) == sorted(known)


@given(_SIDES)
def test_coverage_total_of_tables_is_models_joins_and_unmodelled(sides: Sides) -> None:
    sums = found(sides).totals
    assert sums.models + sums.join_tables + sums.unmodelled == sums.tables


@given(_SIDES)
def test_coverage_does_not_depend_on_the_order_of_tables(sides: Sides) -> None:
    schema, catalog, manifest = sides
    turned = (
        schema,
        replace(catalog, tables=catalog.tables[::-1]) if catalog else None,
        replace(manifest, tables=manifest.tables[::-1]) if manifest else None,
    )
    assert found(turned).rows == found(sides).rows
