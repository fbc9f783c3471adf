"""How far long work is: what was done adds up to rows, bytes, rate, share and time left.

Nothing here reads a clock: every time is the caller's, in seconds of a clock that never goes back.
Totals may be estimates, and so be wrong: a share is never above 1, and reaches 1 only where the
work was said to have ended; time left is never negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from snapkit.core.names import TableName
from snapkit.core.text import counted, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NOT_YET = 0.99  # the share of what has not ended, at most
_TOO_EARLY = 0.001  # for a rate [s]
_GRACE = 2.0  # how long something may be overdue before nobody believes in it [s]
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MOST_HOURS = 100
_FULL_FIGURES = 10_000
_KILO = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do with one table.

    `rows` is None where nobody knows [rows]. `extent` is what the share is reckoned by [bytes]: the
    size as COPY text, which a manifest knows. A live table's is not known before it was read: there
    `is_estimated`, `rows` are the server's estimate, and `extent` is its size on the server's disk.
    """

    table: TableName
    rows: int | None
    extent: int
    is_estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Some of the work with one table.

    `size` is what the rows take as COPY text [bytes]; `extent` is how much of `Work.extent` that
    was [bytes], and counts only where that is an estimate: elsewhere it is the size.
    """

    rows: int = 0
    size: int = 0
    extent: int = 0


NOTHING = Done()
"""Says that a table is at work from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How far a stage, or one table of it, is.

    `rows_expected` is None where unknown [rows], and a guess where `is_estimated`. `size` is COPY
    text [bytes], `share` what is done of the whole, 0 to 1, None where unknown. `seconds` is how
    long it took so far, and `told` how long it had taken when something was done last [s]: whatever
    came since is still to be told, and says nothing of the rate.
    """

    name: str
    rows: int
    rows_expected: int | None
    is_estimated: bool
    size: int
    share: float | None
    seconds: float
    told: float

    @property
    def percent(self) -> int | None:
        """The share, rounded down [%]."""
        return None if self.share is None else int(self.share * 100)

    @property
    def rate(self) -> int | None:
        """COPY text per second, since the beginning [bytes/s]; None where it is too early."""
        return int(self.size / self.told) if self.told >= _TOO_EARLY else None

    @property
    def seconds_left(self) -> float | None:
        """Time left, if it goes on like this [s]; None where nobody can tell, or it is overdue."""
        if not self.share:
            return None
        left = self.told * (1 - self.share) / self.share - (self.seconds - self.told)
        return None if left < -_GRACE and self.share < 1 else max(0.0, left)


@dataclass(slots=True)
class _Table:
    """The sums of one table. `began` is the time of its first advance, `told` of its last one."""

    work: Work
    began: float | None = None
    told: float = 0.0
    has_ended: bool = False
    rows: int = 0
    size: int = 0
    extent: int = 0

    @property
    def rows_expected(self) -> int | None:
        """An estimate that is exceeded is none."""
        if self.has_ended:
            return self.rows
        return None if self.work.rows is None else max(self.work.rows, self.rows)

    @property
    def share(self) -> float | None:
        """Of a table that is read in one go, the rows alone say where the reading is."""
        if self.has_ended:
            return 1.0
        if not self.work.is_estimated:
            return _part(self.size, self.work.extent)
        if self.extent or not self.rows:
            return _part(self.extent, self.work.extent)
        return _part(self.rows, self.work.rows) if self.work.rows else None


def _part(done: int, whole: int) -> float | None:
    return min(done / whole, _NOT_YET) if whole else None


class Tally:
    """Adds up one stage: `what` it is, for people, and the `extent` of all its work [bytes].

    An advance costs the same whatever the number of tables, and so do the figures.

    Args:
        what: The stage, for people.
        work: Each table's; none for a stage that is not measured.
        at: Now [s].
    """

    def __init__(self, what: str, work: Iterable[Work], at: float) -> None:
        self.what = what
        self._began = self._told = at
        self._finished: float | None = None
        self._tables = {item.table: _Table(item) for item in work}
        works = [table.work for table in self._tables.values()]
        self.extent = sum(work.extent for work in works)
        self._rows = self._size = 0
        self._expected = sum(work.rows or 0 for work in works)
        self._unknown = sum(1 for work in works if work.rows is None and work.extent)
        self._estimated = sum(1 for work in works if work.is_estimated and work.extent)
        self._open = sum(1 for work in works if work.extent)
        self._ended = 0  # extents of the tables that have ended
        self._running: dict[TableName, _Table] = {}

    @property
    def is_measured(self) -> bool:
        """Whether anything is known of how much there is to do."""
        return self.extent > 0

    @property
    def is_finished(self) -> bool:
        """Whether every table that there was work with has ended."""
        return self._finished is not None

    def advance(self, table: TableName, done: Done, at: float) -> None:
        """Add what was done; the table is at work from its first advance on.

        Args:
            table: One that was not announced counts, too, but has no share.
            done: What was done since the last time.
            at: Now [s].
        """
        found = self._tables.get(table)
        if found is None:
            found = self._tables[table] = _Table(Work(table=table, rows=None, extent=0))
        found.rows += done.rows
        found.size += done.size
        found.extent += done.extent
        self._rows += done.rows
        self._size += done.size
        if done.rows or done.size or done.extent:
            self._told = found.told = at
        if found.has_ended:
            self._expected += done.rows
        elif found.began is None:
            found.began = found.told = at
            self._running[table] = found

    def end(self, table: TableName, at: float) -> None:
        """No work is left with a table; its rows are what they are, whatever was expected.

        Args:
            table: Whether it was at work or not.
            at: Now [s].
        """
        self._running.pop(table, None)
        found = self._tables.get(table)
        if found is None or found.has_ended:
            return
        found.has_ended = True
        work = found.work
        self._expected += found.rows - (work.rows or 0)
        if work.extent:
            self._ended += work.extent
            self._told = at
            self._unknown -= work.rows is None
            self._estimated -= work.is_estimated
            self._open -= 1
            if not self._open:
                self._finished = at

    def overall(self, at: float) -> Figures:
        """How far the whole stage is.

        Args:
            at: Now [s].

        Returns:
            The figures; once everything has ended, they stand still.
        """
        running = tuple(self._running.values())
        more = sum(max(0, table.rows - (table.work.rows or 0)) for table in running)
        return Figures(
            name=self.what,
            rows=self._rows,
            rows_expected=None if self._unknown else self._expected + more,
            is_estimated=self._estimated > 0,
            size=self._size,
            share=self._share(running),
            seconds=max(0.0, (at if self._finished is None else self._finished) - self._began),
            told=max(0.0, self._told - self._began),
        )

    def _share(self, running: tuple[_Table, ...]) -> float | None:
        if self.is_finished:
            return 1.0
        done = sum((table.share or 0.0) * table.work.extent for table in running)
        if not (done or self._ended) and any(
            table.share is None for table in running if table.work.extent
        ):
            return None  # something was done, and nobody can tell how much
        return _part(int(self._ended + done), self.extent)

    def at_work(self, at: float, most: int) -> tuple[Figures, ...]:
        """How far the tables are that are being worked on now.

        Args:
            at: Now [s].
            most: How many to tell of.

        Returns:
            Their figures, the largest first.
        """
        chosen = sorted(
            self._running.values(), key=lambda table: (-table.work.extent, table.work.table)
        )
        return tuple(
            Figures(
                name=str(table.work.table),
                rows=table.rows,
                rows_expected=table.rows_expected,
                is_estimated=table.work.is_estimated,
                size=table.size,
                share=table.share,
                seconds=max(0.0, at - began),
                told=max(0.0, table.told - began),
            )
            for table in chosen[:most]
            if (began := table.began) is not None
        )


def clock(seconds: float | None) -> str:
    """A time to wait.

    Args:
        seconds: [s], not negative; None where unknown.

    Returns:
        Such as `0:05`, `12:34`, `1:02:03`, `5 d` or `-:--`.
    """
    if seconds is None:
        return "-:--"
    whole = ceil(seconds)
    hours, rest = divmod(whole, _HOUR)
    if hours >= _MOST_HOURS:
        return f"{ceil(whole / _DAY):,} d"
    minutes = f"{rest // _MINUTE:02}" if hours else f"{rest // _MINUTE}"
    return f"{f'{hours}:' if hours else ''}{minutes}:{rest % _MINUTE:02}"


def short(number: int) -> str:
    """A number in few letters.

    Args:
        number: Not negative.

    Returns:
        Such as `4,923`, `54k`, `4.5M` or `123G`; rounded down.
    """
    if number < _FULL_FIGURES:
        return f"{number:,}"
    unit = ""
    scale = 1
    for unit in ("k", "M", "G", "T"):  # noqa: B007 -- read after the loop
        scale *= _KILO
        if number < scale * _KILO:
            break
    whole, rest = divmod(number, scale)
    return f"{whole}.{rest * 10 // scale}{unit}" if whole < 10 else f"{whole:,}{unit}"  # noqa: PLR2004 -- two digits


def beginning(tally: Tally) -> str:
    """A log's line as a stage begins: what, and how much there is to do where that is known."""
    if not tally.is_measured:
        return tally.what
    figures = tally.overall(0.0)
    where = " on the server's disk" if figures.is_estimated else ""
    return f"{tally.what}: {_expected(figures)}, {size(tally.extent)}{where}"


def _expected(figures: Figures) -> str:
    if figures.rows_expected is None:
        return "an unknown number of rows"
    about = "about " if figures.is_estimated else ""
    return about + counted(figures.rows_expected, "row")


def under_way(figures: Figures, at_work: Sequence[str]) -> str:
    """A log's line while a stage goes on.

    Args:
        figures: Of the stage.
        at_work: The tables that are being worked on.

    Returns:
        One line.
    """
    percent = "" if figures.percent is None else f"{figures.percent}%, "
    left = clock(figures.seconds_left) if figures.seconds_left is not None else "unknown time"
    tables = f"; now {', '.join(at_work)}" if at_work else ""
    return (
        f"{figures.name}: {percent}{figures.rows:,} of {_expected(figures)}, {size(figures.size)}"
        f"{_rate(figures)}, {left} left{tables}"
    )


def ending(figures: Figures) -> str:
    """A log's line at the end of a stage.

    Args:
        figures: Of the stage.

    Returns:
        One line.
    """
    if not (figures.rows or figures.size):
        return f"{figures.name}: done in {clock(figures.seconds)}"
    return (
        f"{figures.name}: done, {counted(figures.rows, 'row')}, {size(figures.size)} in "
        f"{clock(figures.seconds)}{_rate(figures)}"
    )


def _rate(figures: Figures) -> str:
    return "" if figures.rate is None else f", {size(figures.rate)}/s"
