"""Bars on a terminal: figures to lines, at several widths."""

from __future__ import annotations

from dataclasses import replace

from snapkit.cli._bars import PLAIN, bars, counted_bar
from snapkit.core.progress import Figures

WHOLE = Figures(
    name="reading back 107 tables",
    rows=2_134_567,
    rows_expected=5_000_000,
    is_estimated=True,
    size=123_400_000,
    share=0.43,
    seconds=3.0,
    told=3.0,
)
TABLE = Figures(
    name="order_items",
    rows=1_200,
    rows_expected=None,
    is_estimated=True,
    size=5_100_000,
    share=None,
    seconds=3.0,
    told=3.0,
)


def drawn(width: int, *tables: Figures) -> list[str]:
    return [bar.text for bar in bars(WHOLE, tables, width=width, letters=PLAIN)]


def test_eighty_columns_hold_every_figure() -> None:
    assert drawn(80, TABLE) == [
        "reading back 107 tables ###----- 43% 2.1M/~5.0M rows 123.4 MB 41 MB/s 0:04 left",
        "  order_items           --------  ?%    1,200/? rows   5.1 MB         -:-- left",
    ]


def test_wide_terminal_gets_wide_gaps_and_a_longer_bar() -> None:
    (line,) = drawn(120)
    assert line == (
        "reading back 107 tables  #################-----------------------  43%  2.1M/~5.0M rows"
        "  123.4 MB  41 MB/s  0:04 left"
    )


def test_narrow_terminal_loses_the_rate_and_the_bar_first() -> None:
    assert drawn(60) == ["reading back~ ##---- 43% 2.1M/~5.0M rows 123.4 MB 0:04 left"]
    assert drawn(56) == ["reading back 10~ 43% 2.1M/~5.0M rows 123.4 MB 0:04 left"]
    assert drawn(30) == ["reading back 1~ 43% 0:04 left"]


def test_long_name_is_cut() -> None:
    (_, line) = drawn(80, replace(TABLE, name="n" * 63))
    assert line.startswith("  nnnnnnnnnnnnnnnnnnnnnn~ ")


def test_hostile_name_is_made_visible() -> None:
    (_, line) = drawn(80, replace(TABLE, name="a\x1b[31m\nb"))
    assert line.startswith(r"  a\x1b[31m\nb")


def test_stage_that_is_counted_shows_how_many() -> None:
    bar = counted_bar("running graph", 1, 4, 2.0, width=40, letters=PLAIN)
    assert bar.text == "running graph ####------------ 1/4 0:02"


def test_stage_without_measure_shows_its_time() -> None:
    bar = counted_bar("building indexes", 0, 0, 61.0, width=80)
    assert bar.text == "building indexes 1:01"
