"""Properties of the comparison of rows: every planted difference is found, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapkit.core import rows
from snapkit.core.rows import (
    BucketSums,
    RowDifferences,
    RowPairs,
    RowShape,
    bucket_groups,
    decode_line,
)
from snapkit.core.verdict import RowChange
from tests.factories import name_of

VALUES = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ESCAPES = {
    "\\": r"\\",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}
SHORT = st.sampled_from([b"", rb"\N", b"a", rb"\\N", b"b\\tc"])
IDS = st.integers(0, 25).map(lambda number: b"%d" % number)
KEYED = st.dictionaries(IDS, st.tuples(SHORT, SHORT), max_size=25)
BAGS = st.lists(st.tuples(SHORT, SHORT).map(b"\t".join), max_size=25)
MIDDLE = RowShape(table=name_of("t"), columns=("a", "id", "b"), key=("id",))
KEYLESS = RowShape(table=name_of("t"), columns=("a", "b"), key=())


def copy_text(values: list[str | None]) -> bytes:
    """A line as COPY TO writes it, by the manual's words."""
    return "\t".join(
        r"\N" if value is None else "".join(ESCAPES.get(sign, sign) for sign in value)
        for value in values
    ).encode()


def compare(shape: RowShape, snapshot: list[bytes], database: list[bytes]) -> RowDifferences:
    """What verify does, with groups of few rows so that there are several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "ROWS_AT_ONCE", 7)
        sums = (BucketSums(shape), BucketSums(shape))
        sums[0].update(snapshot)
        sums[1].update(database)
        found = RowDifferences()
        for buckets in bucket_groups(sums[0].differing(sums[1])):
            pairs = RowPairs(shape, buckets)
            pairs.add_snapshot(snapshot)
            pairs.add_database(database)
            pairs.collect(found, limit=1000)
        return found


def lines_of(table: dict[bytes, tuple[bytes, bytes]]) -> list[bytes]:
    """Rows whose key stands in the middle."""
    return [b"\t".join((a, key, b)) for key, (a, b) in table.items()]


def named(found: RowDifferences, change: RowChange) -> set[str | None]:
    """Keys of the rows that were named as this."""
    return {row.key[0][1] for row in found.named if row.change is change}


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_decode_line_reads_what_copy_writes(values: list[str | None]) -> None:
    assert decode_line(copy_text(values)) == tuple(values)


@given(KEYED, KEYED)
def test_every_difference_of_a_keyed_table_is_named(
    snapshot: dict[bytes, tuple[bytes, bytes]], database: dict[bytes, tuple[bytes, bytes]]
) -> None:
    found = compare(MIDDLE, lines_of(snapshot), lines_of(database))
    both = snapshot.keys() & database.keys()
    expected = {
        RowChange.MISSING: snapshot.keys() - database.keys(),
        RowChange.EXTRA: database.keys() - snapshot.keys(),
        RowChange.CHANGED: {key for key in both if snapshot[key] != database[key]},
    }
    for change, keys in expected.items():
        assert named(found, change) == {key.decode() for key in keys}
    assert [found.missing, found.extra, found.changed] == [len(keys) for keys in expected.values()]


@given(KEYED, KEYED)
def test_values_of_a_changed_row_are_those_of_both_sides(
    snapshot: dict[bytes, tuple[bytes, bytes]], database: dict[bytes, tuple[bytes, bytes]]
) -> None:
    for row in compare(MIDDLE, lines_of(snapshot), lines_of(database)).named:
        if row.change is not RowChange.CHANGED:
            continue
        key = str(row.key[0][1]).encode()
        sides = (decode_line(b"\t".join(side[key])) for side in (snapshot, database))
        pairs = {
            (column, *pair)
            for column, *pair in zip(("a", "b"), *sides, strict=True)
            if pair[0] != pair[1]
        }
        assert {(value.column, value.snapshot, value.database) for value in row.values} == pairs


@given(BAGS, BAGS)
def test_differences_without_a_key_are_those_of_the_bags(
    snapshot: list[bytes], database: list[bytes]
) -> None:
    found = compare(KEYLESS, snapshot, database)
    ours, theirs = Counter(snapshot), Counter(database)
    assert (found.missing, found.extra, found.changed) == (
        (ours - theirs).total(),
        (theirs - ours).total(),
        0,
    )


@given(BAGS.flatmap(lambda bag: st.tuples(st.just(bag), st.permutations(bag))))
def test_the_same_rows_in_another_order_do_not_differ(
    bags: tuple[list[bytes], list[bytes]],
) -> None:
    assert compare(KEYLESS, *bags) == RowDifferences()


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 12)), unique_by=lambda x: x[0]))
def test_bucket_groups_hold_each_bucket_once_and_keep_the_bound(
    differing: list[tuple[int, int]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "ROWS_AT_ONCE", 10)
        groups = list(bucket_groups(differing))
    sizes = dict(differing)
    assert sorted(place for group in groups for place in group) == sorted(sizes)
    assert all(len(group) == 1 or sum(sizes[place] for place in group) <= 10 for group in groups)
