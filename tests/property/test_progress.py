"""Properties of progress: whatever was told, no figure is absurd, and no line is too long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from snapkit.cli._bars import PLAIN, bars, counted_bar
from snapkit.cli._text import visible
from snapkit.core.names import TableName
from snapkit.core.progress import Done, Tally, Work, under_way

COUNTS = st.integers(0, 10**12)
NAMES = st.one_of(st.sampled_from("abc"), st.text(min_size=1, max_size=63))
WORKS = st.lists(
    st.builds(
        Work,
        table=st.builds(TableName, st.just("public"), NAMES),
        rows=st.none() | COUNTS,
        extent=COUNTS,
        is_estimated=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda work: work.table,
)
SECONDS = st.integers(0, 10**9).map(lambda number: number / 1000)
DONE = st.builds(Done, rows=COUNTS, size=COUNTS, extent=COUNTS)


@st.composite
def tallies(draw: st.DrawFn) -> tuple[Tally, float, list[Done]]:
    """A stage in the middle of its work, the time, and what was told of it."""
    works = draw(WORKS)
    tally, at, told = Tally("reading 107 tables", works, 0.0), 0.0, []
    tables = [work.table for work in works] + [TableName("other", "t")]
    for _ in range(draw(st.integers(0, 8))):
        at += draw(SECONDS)
        table = draw(st.sampled_from(tables))
        if draw(st.booleans()):
            told.append(draw(DONE))
            tally.advance(table, told[-1], at)
        else:
            tally.end(table, at)
    return tally, at + draw(SECONDS), told


@given(tallies())
def test_no_figure_is_absurd(made: tuple[Tally, float, list[Done]]) -> None:
    tally, at, told = made
    overall = tally.overall(at)
    assert (overall.rows, overall.size) == (
        sum(done.rows for done in told),
        sum(done.size for done in told),
    )
    for figures in (overall, *tally.at_work(at, 5)):
        assert figures.percent is None or 0 <= figures.percent <= 100
        assert figures.seconds_left is None or figures.seconds_left >= 0
        assert figures.rows_expected is None or figures.rows_expected >= figures.rows
        assert figures.rate is None or figures.rate >= 0
    assert (overall.percent == 100) is tally.is_finished


@given(tallies(), st.integers(2, 240))
def test_no_line_is_wider_than_the_terminal(
    made: tuple[Tally, float, list[Done]], width: int
) -> None:
    tally, at, _ = made
    overall = tally.overall(at)
    drawn = [
        *bars(overall, tally.at_work(at, 5), width=width, letters=PLAIN),
        counted_bar(overall.name, 1, 3, 5.0, width=width),
    ]
    for bar in drawn:
        assert cell_len(bar.text) < width or width < 12
        assert visible(bar.text) == bar.text
    assert len({cell_len(bar.text) for bar in drawn[:-1]}) == 1


@given(tallies())
def test_line_of_a_log_is_one_line(made: tuple[Tally, float, list[Done]]) -> None:
    tally, at, _ = made
    assert "\n" not in under_way(tally.overall(at), ["a", "b"])


@given(tallies())
def test_time_passing_brings_no_work_about(made: tuple[Tally, float, list[Done]]) -> None:
    tally, at, _ = made
    now, later = tally.overall(at), tally.overall(at + 5)
    assert (now.rows, now.size, now.share, now.rate) == (
        later.rows,
        later.size,
        later.share,
        later.rate,
    )
