"""Rows that differ: COPY text is read back, every difference counted, the first ones named."""

from __future__ import annotations

import pytest

from snapkit.core import rows
from snapkit.core.rows import (
    BUCKETS,
    BucketSums,
    RowDifferences,
    RowPairs,
    RowShape,
    bucket_groups,
    bucket_of,
    decode_line,
)
from snapkit.core.verdict import RowChange, ValueChange
from tests.factories import name_of

USERS = RowShape(table=name_of("users"), columns=("id", "name"), key=("id",))
KEYLESS = RowShape(table=name_of("log"), columns=("level", "text"), key=())


def compare(
    shape: RowShape, snapshot: list[bytes], database: list[bytes], limit: int = 100
) -> RowDifferences:
    """What verify does with two sides: sums first, then pairs, group by group."""
    sums = (BucketSums(shape), BucketSums(shape))
    sums[0].update(snapshot)
    sums[1].update(database)
    found = RowDifferences()
    for buckets in bucket_groups(sums[0].differing(sums[1])):
        pairs = RowPairs(shape, buckets)
        pairs.add_snapshot(snapshot)
        pairs.add_database(database)
        pairs.collect(found, limit=limit)
    return found


def counts(found: RowDifferences) -> tuple[int, int, int]:
    """Missing, extra, changed."""
    return (found.missing, found.extra, found.changed)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        pytest.param(b"a", ("a",), id="one-column"),
        pytest.param(b"a\tb\tc", ("a", "b", "c"), id="columns"),
        pytest.param(b"", ("",), id="empty-text"),
        pytest.param(b"\t", ("", ""), id="empty-texts"),
        pytest.param(rb"\N", (None,), id="null"),
        pytest.param(b"\\N\t\\N", (None, None), id="nulls"),
        pytest.param(rb"\\N", (r"\N",), id="the-text-backslash-N"),
        pytest.param(rb"\\\\N", (r"\\N",), id="the-text-backslash-backslash-N"),
        pytest.param(rb"a\\N", (r"a\N",), id="backslash-N-inside"),
        pytest.param(b"NULL", ("NULL",), id="the-text-NULL"),
        pytest.param(rb"\b", ("\b",), id="backspace"),
        pytest.param(rb"\f", ("\f",), id="form-feed"),
        pytest.param(rb"\n", ("\n",), id="newline"),
        pytest.param(rb"\r", ("\r",), id="carriage-return"),
        pytest.param(rb"\t", ("\t",), id="tab"),
        pytest.param(rb"\v", ("\v",), id="vertical-tab"),
        pytest.param(rb"\\", ("\\",), id="backslash"),
        pytest.param(rb"\\n", (r"\n",), id="backslash-and-n"),
        pytest.param(rb"\\\n", ("\\\n",), id="backslash-and-newline"),
        pytest.param(rb"\\.", (r"\.",), id="end-of-data-marker-as-text"),
        pytest.param("Đơn hàng 🛒".encode(), ("Đơn hàng 🛒",), id="utf-8"),
        pytest.param("\u2028\x85\x1c".encode(), ("\u2028\x85\x1c",), id="other-line-ends"),
        pytest.param(b"\xff", (r"\xff",), id="not-utf-8"),
    ],
)
def test_decode_line(line: bytes, values: tuple[str | None, ...]) -> None:
    assert decode_line(line) == values


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param(("a",), b"1", id="first"),
        pytest.param(("c",), b"3", id="last"),
        pytest.param(("b",), b"2", id="middle"),
        pytest.param(("c", "a"), b"3\t1", id="in-the-keys-order"),
        pytest.param((), b"1\t2\t3", id="without-a-key-the-whole-row"),
    ],
)
def test_key_of_a_line(key: tuple[str, ...], expected: bytes) -> None:
    shape = RowShape(table=name_of("t"), columns=("a", "b", "c"), key=key)
    assert shape.key_of(b"1\t2\t3") == expected


def test_bucket_of_a_key_is_the_start_of_its_sha256() -> None:
    assert bucket_of(b"abc") == 0xBA78  # FIPS 180-4, appendix


def test_buckets_are_as_many_as_two_bytes_tell() -> None:
    assert BUCKETS == 2**16


def test_equal_sides_have_no_differing_bucket() -> None:
    one, other = BucketSums(USERS), BucketSums(USERS)
    one.update([b"1\ta", b"2\tb"])
    other.update([b"2\tb"])
    other.update([])
    other.update([b"1\ta"])
    assert one.differing(other) == ()


def test_differing_buckets_say_how_many_rows_they_hold() -> None:
    one, other = BucketSums(USERS), BucketSums(USERS)
    one.update([b"1\ta", b"1\ta", b"2\tb"])
    other.update([b"1\ta", b"2\tb"])
    assert one.differing(other) == ((bucket_of(b"1"), 3),)


def test_values_exchanged_between_two_rows_differ() -> None:
    one, other = BucketSums(USERS), BucketSums(USERS)
    one.update([b"1\ta", b"2\tb"])
    other.update([b"1\tb", b"2\ta"])
    assert {place for place, _ in one.differing(other)} == {bucket_of(b"1"), bucket_of(b"2")}


@pytest.mark.parametrize(
    ("differing", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([(1, 4), (2, 6)], [{1, 2}], id="exactly-the-bound"),
        pytest.param([(1, 4), (2, 7)], [{1}, {2}], id="one-more-than-the-bound"),
        pytest.param([(1, 99)], [{1}], id="one-bucket-beyond-the-bound"),
        pytest.param([(1, 5), (2, 99), (3, 5)], [{1}, {2}, {3}], id="a-large-one-stands-alone"),
        pytest.param([(1, 5), (2, 5), (3, 5)], [{1, 2}, {3}], id="two-and-one"),
    ],
)
def test_bucket_groups_respect_the_bound(
    differing: list[tuple[int, int]], expected: list[set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 10)
    assert list(bucket_groups(differing)) == expected


def test_changed_row_is_named_with_its_key_and_values() -> None:
    (row,) = compare(USERS, [b"1\ta", b"2\tb"], [b"1\ta", b"2\tB"]).named
    assert (row.table, row.change, row.key) == (USERS.table, RowChange.CHANGED, (("id", "2"),))
    assert row.values == (ValueChange(column="name", snapshot="b", database="B"),)


def test_change_from_null_to_empty_is_seen() -> None:
    (row,) = compare(USERS, [b"1\t\\N"], [b"1\t"]).named
    assert row.values == (ValueChange(column="name", snapshot=None, database=""),)


def test_changed_row_names_only_the_columns_that_changed() -> None:
    shape = RowShape(table=name_of("t"), columns=("a", "id", "b", "c"), key=("id",))
    (row,) = compare(shape, [b"1\t7\t2\t3"], [b"1\t7\t9\t3"]).named
    assert row.key == (("id", "7"),)
    assert [value.column for value in row.values] == ["b"]


def test_bytes_that_are_not_utf_8_change_visibly() -> None:
    (row,) = compare(USERS, [b"1\t\xfe"], [b"1\t\xff"]).named
    assert row.values == (ValueChange(column="name", snapshot=r"\xfe", database=r"\xff"),)


def test_missing_row_is_named() -> None:
    (row,) = compare(USERS, [b"1\ta", b"2\tb"], [b"1\ta"]).named
    assert (row.change, row.key, row.values) == (RowChange.MISSING, (("id", "2"),), ())


def test_extra_row_is_named() -> None:
    (row,) = compare(USERS, [b"1\ta"], [b"1\ta", b"2\tb"]).named
    assert (row.change, row.key, row.values) == (RowChange.EXTRA, (("id", "2"),), ())


def test_changed_key_is_a_missing_and_an_extra_row() -> None:
    found = compare(USERS, [b"1\ta"], [b"2\ta"])
    assert counts(found) == (1, 1, 0)
    assert {(row.change, row.key[0][1]) for row in found.named} == {
        (RowChange.MISSING, "1"),
        (RowChange.EXTRA, "2"),
    }


def test_row_without_a_key_is_named_by_all_its_columns() -> None:
    (row,) = compare(KEYLESS, [b"info\t\\N"], []).named
    assert row.key == (("level", "info"), ("text", None))


def test_changed_row_without_a_key_is_a_missing_and_an_extra_row() -> None:
    assert counts(compare(KEYLESS, [b"info\ta"], [b"info\tb"])) == (1, 1, 0)


@pytest.mark.parametrize(
    ("snapshot", "database", "expected"),
    [
        pytest.param(3, 1, (2, 0, 0), id="two-less"),
        pytest.param(1, 3, (0, 2, 0), id="two-more"),
        pytest.param(3, 3, (0, 0, 0), id="as-many"),
    ],
)
def test_duplicates_without_a_key_are_counted(
    snapshot: int, database: int, expected: tuple[int, int, int]
) -> None:
    line = b"info\tsame"
    assert counts(compare(KEYLESS, [line] * snapshot, [line] * database)) == expected


def test_duplicates_of_a_key_that_should_be_unique_are_extra() -> None:
    assert counts(compare(USERS, [b"1\ta"], [b"1\ta", b"1\tb"])) == (0, 1, 0)


def test_duplicates_of_a_key_pair_up_and_the_rest_is_counted() -> None:
    found = compare(USERS, [b"1\ta", b"1\tb"], [b"1\tc", b"1\tb", b"1\td"])
    assert counts(found) == (0, 1, 1)
    assert [row.change for row in found.named] == [RowChange.CHANGED, RowChange.EXTRA]


def test_rows_without_columns_are_counted() -> None:
    shape = RowShape(table=name_of("t"), columns=(), key=())
    found = compare(shape, [b"", b"", b""], [b""])
    assert (counts(found), found.named[0].key) == ((2, 0, 0), ())


@pytest.mark.parametrize("limit", [0, 1, 5, 1000])
def test_named_rows_are_limited_and_counts_are_not(limit: int) -> None:
    snapshot = [b"%d\ta" % number for number in range(30)]
    database = [b"%d\tb" % number for number in range(10, 40)]
    found = compare(USERS, snapshot, database, limit=limit)
    assert counts(found) == (10, 10, 20)
    assert len(found.named) == min(limit, 40)


def test_pairs_keep_only_rows_of_their_buckets() -> None:
    pairs = RowPairs(USERS, frozenset({bucket_of(b"1")}))
    pairs.add_snapshot([b"1\ta", b"2\ta"])
    pairs.add_database([b"3\ta"])
    found = RowDifferences()
    pairs.collect(found, limit=9)
    assert (counts(found), found.named[0].key) == ((1, 0, 0), (("id", "1"),))
