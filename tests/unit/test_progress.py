"""What a stage's figures are, and the lines of a log; the clock is the test's."""

from __future__ import annotations

import pytest

from snapkit.core.names import TableName
from snapkit.core.progress import (
    NOTHING,
    Done,
    Figures,
    Tally,
    Work,
    beginning,
    clock,
    ending,
    short,
    under_way,
)

A, B, C = (TableName("public", name) for name in "abc")


def stored(table: TableName, rows: int, size: int) -> Work:
    return Work(table=table, rows=rows, extent=size)


def live(table: TableName, rows: int | None, extent: int) -> Work:
    return Work(table=table, rows=rows, extent=extent, is_estimated=True)


def figures(**changes: object) -> Figures:
    values: dict[str, object] = {
        "name": "reading 2 tables",
        "rows": 1_500_000,
        "rows_expected": 5_000_000,
        "is_estimated": True,
        "size": 60_000_000,
        "share": 0.3,
        "seconds": 12.0,
        "told": 12.0,
    }
    return Figures(**(values | changes))  # type: ignore[arg-type]


def test_figures_of_a_stage_add_up() -> None:
    tally = Tally("checking 2 tables", [stored(A, 10, 300), stored(B, 5, 100)], 100.0)
    tally.advance(A, Done(rows=5, size=150), 101.0)
    tally.advance(A, Done(rows=5, size=150), 102.0)
    tally.end(A, 102.0)
    found = tally.overall(102.0)
    assert (found.rows, found.rows_expected, found.size) == (10, 15, 300)
    assert (found.percent, found.rate) == (75, 150)
    assert found.seconds_left == pytest.approx(2 / 3)


def test_time_left_is_counted_down_until_more_is_told() -> None:
    tally = Tally("checking", [stored(A, 10, 400)], 0.0)
    tally.advance(A, Done(rows=5, size=100), 10.0)
    assert [tally.overall(at).seconds_left for at in (10.0, 20.0)] == [30.0, 20.0]


def test_time_left_of_what_is_overdue_is_unknown() -> None:
    tally = Tally("checking", [stored(A, 10, 400)], 0.0)
    tally.advance(A, Done(rows=5, size=200), 10.0)
    assert tally.overall(21.0).seconds_left == 0
    assert tally.overall(22.5).seconds_left is None


def test_rate_does_not_fall_while_nothing_is_told() -> None:
    tally = Tally("checking", [stored(A, 10, 400)], 0.0)
    tally.advance(A, Done(rows=5, size=200), 10.0)
    assert tally.overall(30.0).rate == 20


def test_figures_stand_still_once_everything_has_ended() -> None:
    tally = Tally("checking", [stored(A, 1, 100)], 0.0)
    tally.advance(A, Done(rows=1, size=100), 2.0)
    tally.end(A, 2.0)
    assert tally.is_finished
    assert tally.overall(2.0) == tally.overall(99.0)
    assert tally.overall(99.0).percent == 100


def test_table_that_holds_more_than_expected_is_not_done_before_its_end() -> None:
    tally = Tally("verifying", [stored(A, 10, 100)], 0.0)
    tally.advance(A, Done(rows=30, size=300), 1.0)
    found = tally.overall(1.0)
    assert (found.percent, found.rows, found.rows_expected) == (99, 30, 30)


def test_estimate_of_rows_gives_way_to_what_was_read() -> None:
    tally = Tally("reading", [live(A, 1_000, 8192), live(B, 1_000, 8192)], 0.0)
    tally.advance(A, Done(rows=10, size=50, extent=8192), 1.0)
    tally.end(A, 1.0)
    found = tally.overall(1.0)
    assert (found.rows_expected, found.is_estimated, found.percent) == (1_010, True, 50)
    tally.end(B, 2.0)
    assert (tally.overall(2.0).rows_expected, tally.overall(2.0).is_estimated) == (10, False)


def test_pages_rule_over_rows_where_both_are_told() -> None:
    tally = Tally("reading", [live(A, 1_000, 100)], 0.0)
    tally.advance(A, Done(rows=900, size=5_000, extent=50), 1.0)
    assert tally.overall(1.0).percent == 50


def test_rows_tell_the_share_of_a_table_that_is_read_in_one_go() -> None:
    tally = Tally("reading", [live(A, 1_000, 100)], 0.0)
    tally.advance(A, Done(rows=250, size=5_000), 1.0)
    assert tally.overall(1.0).percent == 25


def test_table_that_was_never_analyzed_has_no_share_while_it_is_read_in_one_go() -> None:
    tally = Tally("reading", [live(A, None, 100)], 0.0)
    tally.advance(A, Done(rows=250, size=5_000), 1.0)
    found = tally.overall(1.0)
    assert (found.percent, found.rows_expected, found.seconds_left) == (None, None, None)
    tally.end(A, 2.0)
    assert (tally.overall(2.0).percent, tally.overall(2.0).rows_expected) == (100, 250)


def test_tables_at_work_are_those_begun_and_not_ended_the_largest_first() -> None:
    tally = Tally("reading", [live(A, 1, 10), live(B, 1, 30), live(C, 1, 20)], 0.0)
    for table in (A, B, C):
        tally.advance(table, NOTHING, 1.0)
    assert [item.name for item in tally.at_work(2.0, 5)] == ["b", "c", "a"]
    assert [item.name for item in tally.at_work(2.0, 2)] == ["b", "c"]
    tally.end(B, 2.0)
    assert [item.name for item in tally.at_work(2.0, 5)] == ["c", "a"]


def test_time_of_a_table_begins_with_its_first_advance() -> None:
    tally = Tally("checking", [stored(A, 10, 100)], 0.0)
    tally.advance(A, NOTHING, 50.0)
    tally.advance(A, Done(rows=5, size=50), 60.0)
    (found,) = tally.at_work(60.0, 5)
    assert (found.seconds, found.rate, found.seconds_left) == (10.0, 5, 10.0)


def test_table_that_was_not_announced_counts_without_a_share() -> None:
    tally = Tally("reading", [stored(A, 10, 100)], 0.0)
    tally.advance(B, Done(rows=3, size=30), 1.0)
    found = tally.overall(1.0)
    assert (found.rows, found.rows_expected, found.size, found.percent) == (3, 13, 30, 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-:--"),
        (0.0, "0:00"),
        (0.2, "0:01"),
        (59.1, "1:00"),
        (754.0, "12:34"),
        (3723.0, "1:02:03"),
        (359_999.0, "99:59:59"),
        (360_000.0, "5 d"),
    ],
)
def test_clock(seconds: float | None, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (54_923, "54k"),
        (999_999, "999k"),
        (4_999_991, "4.9M"),
        (12_345_678, "12M"),
        (3 * 10**12, "3.0T"),
        (3 * 10**16, "30,000T"),
    ],
)
def test_short(number: int, text: str) -> None:
    assert short(number) == text


def test_log_line_at_the_beginning_says_how_much_there_is() -> None:
    tally = Tally("checking 2 tables", [stored(A, 10, 300), stored(B, 5, 100)], 0.0)
    assert beginning(tally) == "checking 2 tables: 15 rows, 400 B"


def test_log_line_at_the_beginning_calls_an_estimate_one() -> None:
    tally = Tally("reading 1 table", [live(A, 5_000_000, 300_000_000)], 0.0)
    assert beginning(tally) == (
        "reading 1 table: about 5,000,000 rows, 300.0 MB on the server's disk"
    )


def test_log_line_at_the_beginning_of_a_stage_without_measure_is_its_name() -> None:
    assert beginning(Tally("trying 3 rows", (), 0.0)) == "trying 3 rows"


@pytest.mark.parametrize(
    ("found", "tables", "text"),
    [
        (
            figures(),
            ["big", "other"],
            (
                "reading 2 tables: 30%, 1,500,000 of about 5,000,000 rows, 60.0 MB, 5.0 MB/s, "
                "0:28 left; now big, other"
            ),
        ),
        (
            figures(rows_expected=None, share=None),
            ["big"],
            (
                "reading 2 tables: 1,500,000 of an unknown number of rows, 60.0 MB, 5.0 MB/s, "
                "unknown time left; now big"
            ),
        ),
        (
            figures(rows=0, size=0, share=0.0, told=0.0, is_estimated=False),
            [],
            "reading 2 tables: 0%, 0 of 5,000,000 rows, 0 B, unknown time left",
        ),
    ],
    ids=["estimated", "unknown", "nothing yet"],
)
def test_log_line_under_way(found: Figures, tables: list[str], text: str) -> None:
    assert under_way(found, tables) == text


def test_log_line_at_the_end_sums_up() -> None:
    assert ending(figures(share=1.0)) == (
        "reading 2 tables: done, 1,500,000 rows, 60.0 MB in 0:12, 5.0 MB/s"
    )


def test_log_line_at_the_end_of_a_stage_without_rows() -> None:
    assert ending(figures(name="building", rows=0, size=0)) == "building: done in 0:12"
