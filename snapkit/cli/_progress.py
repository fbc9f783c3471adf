"""Progress of long work on standard error: bars on a terminal, a line now and then elsewhere.

The work only adds up; a thread draws, or writes, so that neither waits for the other and a stage
in which the server is silent goes on being seen.
"""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Protocol

from snapkit.cli._people import People
from snapkit.cli._text import visible
from snapkit.core.progress import Done, Tally, Work, beginning, ending, under_way
from snapkit.errors import UsageError
from snapkit.workflows.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.live import Live
    from rich.text import Text

    from snapkit.cli._bars import Bar
    from snapkit.cli._people import Stream
    from snapkit.core.names import TableName

SAID_EVERY = 10.0  # a line in a log, at most [s]
_EVERY = "SNAPKIT_PROGRESS_SECONDS"  # the variable that sets another time
DRAWN_AFTER = 1.0  # of what takes no longer, nothing is drawn [s]
DRAWN_EVERY = 0.25  # [s]
MOST_TABLES = 5  # drawn or named

_ASKING_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Shown(Progress, Protocol):
    """What a workflow tells, shown; and stages that are counted, not measured."""

    def stage(self, what: str, done: int, total: int) -> None:
        """One of several stages begins.

        Args:
            what: For people.
            done: How many are done.
            total: How many there are.
        """

    def pause(self) -> None:
        """Clear the lines, so that something else can be printed."""


@contextmanager
def shown_progress(stream: Stream, *, quiet: bool) -> Iterator[Shown]:
    """Show progress while a block runs.

    Args:
        stream: Standard error.
        quiet: Whether to show nothing.

    Yields:
        What to hand to a workflow.
    """
    people = People(stream)
    shown: Shown
    if quiet:
        shown = _Nothing()
    elif not people.is_terminal:
        shown = _Lines(people, _said_every())
    else:
        shown = _Bars(people, can_draw=stream.can_write("━─…"))
    try:
        yield shown
    finally:
        shown.pause()


def _said_every() -> float:
    text = os.environ.get(_EVERY, "")
    if not text:
        return SAID_EVERY
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or not float(text):
        raise UsageError(
            f"{text!r} is no time between two lines of progress",
            f"environment variable {_EVERY}",
            "Set it to seconds, such as 1 or 0.5, or unset it.",
        )
    return float(text)


class _Nothing(Silent):
    def stage(self, what: str, done: int, total: int) -> None:
        pass

    def pause(self) -> None:
        pass


class _Ticker:
    """A thread that does something now and then.

    Args:
        tick: Does it; gives back how long to wait for the next time [s].
        close: Called in the same thread at the end.
        wait: How long to wait for the first time [s].
    """

    def __init__(self, tick: Callable[[], float], close: Callable[[], None], wait: float) -> None:
        self._tick = tick
        self._close = close
        self._wait = wait
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when nothing more is done."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        # Signals are for the main thread, which keeps them at times.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING_TO_END)
        wait = self._wait
        with suppress(OSError):  # the reader went away, or the disk is full: the work goes on
            try:
                while not self._is_over.wait(wait):
                    wait = self._tick()
            finally:
                self._close()


class _Watched:
    """Adds up what is told; what is seen of it is up to others."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._lock = Lock()
        self._tally = Tally("", (), time.monotonic())
        self._ticker: _Ticker | None = None

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        tally = Tally(what, work, time.monotonic())
        with self._lock:
            self._tally = tally

    def advance(self, table: TableName, done: Done) -> None:
        with self._lock:
            self._tally.advance(table, done, time.monotonic())

    def end(self, table: TableName) -> None:
        with self._lock:
            self._tally.end(table, time.monotonic())

    def pause(self) -> None:
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.stop()


class _Lines(_Watched):
    """Plain lines: one as a stage begins, one now and then, and one at the end of a long stage."""

    def __init__(self, people: People, every: float) -> None:
        super().__init__(people)
        self._every = every
        self._said = time.monotonic()

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        self._conclude(is_over=True)
        super().begin(what, work)
        self._say(beginning(self._tally))
        if self._ticker is None:
            self._ticker = _Ticker(self._tick, lambda: None, self._every)

    def stage(self, what: str, done: int, total: int) -> None:
        self._conclude(is_over=True)
        super().begin("")
        self._say(f"{what} ({done + 1} of {total})")

    def pause(self) -> None:
        super().pause()
        self._conclude(is_over=False)
        super().begin("")

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        self._people.line(visible(text))

    def _tick(self) -> float:
        now = time.monotonic()
        wait = self._said + self._every - now
        if wait > 0:
            return wait
        with self._lock:
            is_silent = self._tally.is_finished or not self._tally.is_measured
            overall = self._tally.overall(now)
            tables = self._tally.at_work(now, MOST_TABLES)
        if not is_silent:
            self._say(under_way(overall, [table.name for table in tables]))
        return self._every

    def _conclude(self, *, is_over: bool) -> None:
        """Sum a long stage up; of one that is not measured, only the next one says it is over."""
        tally, now = self._tally, time.monotonic()
        figures = tally.overall(now)
        if not tally.what or figures.seconds <= self._every:
            return
        if tally.is_finished or (is_over and not tally.is_measured):
            self._say(ending(figures))


class _Bars(_Watched):
    """A line for the stage and one for each table at work, drawn anew again and again."""

    def __init__(self, people: People, *, can_draw: bool) -> None:
        super().__init__(people)
        self._can_draw = can_draw
        self._counted = (0, 0)
        self._live: Live | None = None

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        self._begin(what, work, (0, 0))

    def stage(self, what: str, done: int, total: int) -> None:
        self._begin(what, (), (done, total))

    def _begin(self, what: str, work: Sequence[Work], counted: tuple[int, int]) -> None:
        self._counted = counted
        super().begin(what, work)
        if self._ticker is None:
            self._ticker = _Ticker(self._draw, self._clear, DRAWN_AFTER)

    def _draw(self) -> float:
        from rich.console import Group  # noqa: PLC0415 -- only long work at a terminal needs it
        from rich.live import Live  # noqa: PLC0415 -- see above

        lines = Group(*(_styled(bar) for bar in self._bars()))
        if self._live is None:
            self._live = Live(
                console=self._people.console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(lines, refresh=True)
        return DRAWN_EVERY

    def _clear(self) -> None:
        if self._live is not None:
            self._live.stop()
        self._live = None

    def _bars(self) -> tuple[Bar, ...]:
        from snapkit.cli._bars import FINE, PLAIN, bars, counted_bar  # noqa: PLC0415 -- rich

        now = time.monotonic()
        with self._lock:
            tally, counted = self._tally, self._counted
            overall = tally.overall(now)
            tables = tally.at_work(now, MOST_TABLES)
        letters = FINE if self._can_draw else PLAIN
        width = self._people.width
        if tally.is_measured:
            return bars(overall, tables, width=width, letters=letters)
        return (counted_bar(overall.name, *counted, overall.seconds, width=width, letters=letters),)


def _styled(bar: Bar) -> Text:
    from rich.text import Text  # noqa: PLC0415 -- see above

    return Text.assemble(
        bar.name,
        (bar.done, "green"),
        (bar.left, "dim"),
        bar.figures,
        no_wrap=True,
        overflow="crop",
    )
