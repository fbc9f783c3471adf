"""Progress on standard error: bars at a pseudo-terminal of 80 columns, lines in a log."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest
from rich.cells import cell_len

from snapkit.cli import _progress
from snapkit.cli._people import Stream
from snapkit.cli._progress import shown_progress
from snapkit.core.names import TableName
from snapkit.core.progress import NOTHING, Done, Work
from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10.0  # for the thread to draw [s]
STYLE = re.compile(r"\x1b\[[0-9;]*m")
BOUNDARY = re.compile(r"(?:\x1b\[[0-9;?]*[A-Za-z]|\r|\n)+")
TABLES = tuple(TableName("public", name) for name in ("orders", "items", "users"))
WORK = tuple(
    Work(table=table, rows=rows, extent=rows * 50)
    for table, rows in zip(TABLES, (1_000_000, 200_000, 3), strict=True)
)


class Screen:
    """The other end of a pseudo-terminal."""

    def __init__(self, end: int, file: TextIO) -> None:
        self._end = end
        self.file = file
        self._received = b""

    @property
    def received(self) -> str:
        """What was drawn so far, but for colours."""
        return STYLE.sub("", self._received.decode(errors="ignore"))

    def wait_for(self, text: str) -> None:
        """Return once a text was drawn."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.received:
            assert time.monotonic() < deadline, self.received
            self.read(0.05)

    def read(self, patience: float = 0.0) -> str:
        """Everything received so far."""
        while select.select([self._end], [], [], patience)[0]:
            self._received += os.read(self._end, 65536)
            patience = 0.0
        return self.received

    @property
    def lines(self) -> list[str]:
        """Every line that was ever drawn."""
        return [line for line in BOUNDARY.split(self.read()) if line.strip()]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """A terminal of 80 columns, drawn on at once and often."""
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "80"), ("LINES", "24")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_progress, "DRAWN_AFTER", 0.0)
    monkeypatch.setattr(_progress, "DRAWN_EVERY", 0.01)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        yield Screen(ours, file)
    os.close(ours)


@contextmanager
def log(every: float, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stream, io.StringIO]]:
    """Standard error that is no terminal."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr(_progress, "SAID_EVERY", every)
    file = io.StringIO()
    yield Stream(file, "standard error"), file


def test_log_takes_the_time_between_lines_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SNAPKIT_PROGRESS_SECONDS", "0.01")
    with (
        log(60.0, monkeypatch) as (stream, file),
        shown_progress(stream, quiet=False) as shown,
    ):
        shown.begin("reading 3 tables", WORK)
        wait_until(file, "reading 3 tables: 0%")


@pytest.mark.parametrize("text", ["often", "0", "-1", "1e3", "nan"])
def test_log_refuses_what_is_no_time_between_lines(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SNAPKIT_PROGRESS_SECONDS", text)
    with (
        log(60.0, monkeypatch) as (stream, _),
        pytest.raises(UsageError, match="no time between two lines"),
        shown_progress(stream, quiet=False),
    ):
        pass


def wait_until(file: io.StringIO, text: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while text not in file.getvalue():
        assert time.monotonic() < deadline, file.getvalue()
        time.sleep(0.005)


def test_terminal_shows_the_stage_and_the_tables_at_work(screen: Screen) -> None:
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        for table in TABLES[:2]:
            shown.advance(table, NOTHING)
        time.sleep(0.01)  # a rate takes some time
        shown.advance(TABLES[0], Done(rows=500_000, size=25_000_000))
        screen.wait_for("500k/1.0M rows")
        screen.wait_for("  items ")
    (whole, *_) = [line for line in screen.lines if "41%" in line]
    assert re.fullmatch(
        r"reading 3 tables ━+─+ 41% 500k/1\.2M rows 25\.0 MB [\d.]+ .B/s \d+:\d\d left", whole
    )
    (orders, *_) = [line for line in screen.lines if line.startswith("  orders") and "50%" in line]
    assert re.fullmatch(r"  orders +━+─+ 50% 500k/1\.0M rows 25\.0 MB +\d+:\d\d left", orders)
    (other, *_) = [line for line in screen.lines if line.startswith("  items")]
    assert re.fullmatch(r"  items +─+ +0% +0/200k rows +0 B +-:-- left", other)


def test_terminal_of_eighty_columns_is_never_filled_to_the_edge(screen: Screen) -> None:
    names = [TableName("a namespace", f"{letter * 50}") for letter in "abcdefg"]
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.begin("reading 107 tables", [Work(table=t, rows=10**9, extent=10**12) for t in names])
        for table in names:
            shown.advance(table, Done(rows=123_456_789, size=10**11))
        screen.wait_for("a namespace.ee")
    assert max(map(cell_len, screen.lines)) < 80
    assert not [line for line in screen.lines if line.startswith("  a namespace.f")]  # the sixth


def test_nothing_is_left_of_the_bars(screen: Screen) -> None:
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        screen.wait_for("reading 3 tables")
    assert screen.read(0.1).endswith(("\x1b[2K", "\x1b[?25h"))
    assert screen.received.count("\x1b[?25h") == screen.received.count("\x1b[?25l") == 1


def test_stages_follow_one_another_without_a_flicker(screen: Screen) -> None:
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        for what in ("loading", "reading back"):
            shown.begin(what, WORK)
            screen.wait_for(what)
    assert screen.received.count("\x1b[?25l") == 1  # the cursor was hidden once


def test_short_work_draws_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "DRAWN_AFTER", 60.0)
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        shown.advance(TABLES[0], Done(rows=1, size=50))
        time.sleep(0.05)
    assert screen.read(0.05) == ""


def test_stage_that_is_counted_is_drawn(screen: Screen) -> None:
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.stage("running graph", 1, 4)
        screen.wait_for("1/4")
    assert re.match(r"running graph ━+─+ 1/4 0:0\d$", screen.lines[0])


def test_pause_clears_the_bars_and_the_next_stage_draws_again(screen: Screen) -> None:
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.begin("first", WORK)
        screen.wait_for("first")
        shown.pause()
        screen.file.write("a chapter\n")
        screen.file.flush()
        shown.begin("second", WORK)
        screen.wait_for("second")
    assert "a chapter" in screen.lines


def test_terminal_that_goes_away_does_not_end_the_work(screen: Screen) -> None:
    with (
        Path(os.devnull).open("w", encoding="utf-8") as hole,
        shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown,
    ):
        shown.begin("reading 3 tables", WORK)
        screen.wait_for("reading 3 tables")
        os.dup2(os.open(os.devnull, os.O_RDONLY), screen.file.fileno())  # writing fails from now on
        time.sleep(0.05)
        shown.advance(TABLES[0], Done(rows=1, size=50))
        os.dup2(hole.fileno(), screen.file.fileno())


def test_terminal_without_the_letters_gets_plain_ones(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "can_write", lambda _self, text: text.isascii())
    with shown_progress(Stream(screen.file, "standard error"), quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        shown.advance(TABLES[0], Done(rows=500_000, size=25_000_000))
        screen.wait_for("41%")
    assert all(line.isascii() for line in screen.lines)


def test_quiet_says_and_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = threading.active_count()
    with log(0.0, monkeypatch) as (stream, file), shown_progress(stream, quiet=True) as shown:
        shown.begin("reading 3 tables", WORK)
        shown.advance(TABLES[0], Done(rows=1, size=50))
        shown.end(TABLES[0])
        shown.stage("running graph", 0, 1)
        assert threading.active_count() == threads
    assert file.getvalue() == ""


def test_log_of_short_work_is_one_line_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    with log(10.0, monkeypatch) as (stream, file), shown_progress(stream, quiet=False) as shown:
        for what in ("loading 3 tables", "building", "reading back 3 tables"):
            shown.begin(what, () if what == "building" else WORK)
            for table in TABLES:
                shown.advance(table, Done(rows=1, size=50))
                shown.end(table)
    assert file.getvalue().splitlines() == [
        "loading 3 tables: 1,200,003 rows, 60.0 MB",
        "building",
        "reading back 3 tables: 1,200,003 rows, 60.0 MB",
    ]


def test_log_of_long_work_says_where_it_is_and_sums_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with log(0.02, monkeypatch) as (stream, file), shown_progress(stream, quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        shown.advance(TABLES[0], Done(rows=500_000, size=25_000_000))
        wait_until(file, "now orders")
        for table, work in zip(TABLES, WORK, strict=True):
            shown.advance(table, Done(rows=(work.rows or 0) - 500_000 * (table == TABLES[0])))
            shown.end(table)
    first, second, *_, last = file.getvalue().splitlines()
    assert first == "reading 3 tables: 1,200,003 rows, 60.0 MB"
    assert re.fullmatch(
        r"reading 3 tables: 41%, 500,000 of 1,200,003 rows, 25\.0 MB, ([\d.]+ .B/s, )?"
        r"(\d+:\d\d|unknown time) left; now orders",
        second,
    )
    assert re.fullmatch(
        r"reading 3 tables: done, 1,200,003 rows, 25\.0 MB in 0:0\d, [\d.]+ .B/s", last
    )
    assert "\x1b" not in file.getvalue()


def test_log_keeps_its_distance_from_the_line_before(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with log(0.1, monkeypatch) as (stream, file), shown_progress(stream, quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        shown.advance(TABLES[0], NOTHING)
        time.sleep(0.35)
    took = time.monotonic() - began
    assert 2 <= len(file.getvalue().splitlines()) <= 1 + took / 0.1


def test_log_sums_up_a_stage_without_measure_when_the_next_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with log(0.01, monkeypatch) as (stream, file), shown_progress(stream, quiet=False) as shown:
        for what in ("building", "reading back"):
            shown.begin(what)
            time.sleep(0.03)
    assert re.fullmatch(r"building\nbuilding: done in 0:0\d\nreading back\n", file.getvalue())


def test_log_sums_nothing_up_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with log(0.01, monkeypatch) as (stream, file), shown_progress(stream, quiet=False) as shown:
        shown.begin("reading 3 tables", WORK)
        shown.end(TABLES[0])
        time.sleep(0.03)
    assert "done" not in file.getvalue()
