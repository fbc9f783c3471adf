"""A stage on a terminal: one line for the whole, one for each table at work; figures to text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from snapkit.cli._text import visible
from snapkit.core.progress import clock, short
from snapkit.core.text import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.progress import Figures

_WIDE = 100  # from here on there is room for wide gaps [cells]
_NARROWEST_NAME, _WIDEST_NAME = 12, 40
_NARROWEST_BAR, _WIDEST_BAR = 6, 40
_INDENT = "  "


class Letters(NamedTuple):
    """What bars are drawn with, one cell each: what the terminal's encoding has."""

    done: str
    left: str
    cut: str


FINE = Letters("━", "─", "…")
PLAIN = Letters("#", "-", "~")


@dataclass(frozen=True, slots=True)
class Bar:
    """One line in pieces, so that each can have its colour."""

    name: str
    done: str
    left: str
    figures: str

    @property
    def text(self) -> str:
        """The whole line."""
        return self.name + self.done + self.left + self.figures


def bars(
    overall: Figures, tables: Sequence[Figures], *, width: int, letters: Letters = FINE
) -> tuple[Bar, ...]:
    """Lay out a stage that is measured.

    Args:
        overall: Of the whole stage.
        tables: Of those at work.
        width: Of the terminal [cells].
        letters: What to draw with.

    Returns:
        Lines of less than `width` cells. Where it is small, names are cut first; then the rate, the
        bar, the size and the rows give way.
    """
    rows = (_cells(overall, is_table=False), *(_cells(table, is_table=True) for table in tables))
    gap = "  " if width >= _WIDE else " "
    columns, bar = _room(rows, width - 1, gap)
    figures = [
        "".join(
            gap + cells[column].rjust(max(len(row[column]) for row in rows)) for column in columns
        )
        for cells in rows
    ]
    room = width - 1 - len(figures[0])
    names = [
        visible(overall.name),
        *(_INDENT + visible(table.name) for table in tables),
    ]
    longest = min(max(map(cell_len, names)), _WIDEST_NAME)
    if bar:
        bar = max(_NARROWEST_BAR, min(_WIDEST_BAR, room - longest - len(gap)))
    room = max(1, min(longest, room - (bar + len(gap) if bar else 0)))
    return tuple(
        _bar(_cut(name, room, letters) + (gap if bar else ""), item.share, bar, text, letters)
        for name, item, text in zip(names, (overall, *tables), figures, strict=True)
    )


_PERCENT, _ROWS, _SIZE, _RATE, _LEFT = range(5)  # the places of the cells


def _cells(figures: Figures, *, is_table: bool) -> tuple[str, ...]:
    expected = "?" if figures.rows_expected is None else short(figures.rows_expected)
    about = "~" if figures.is_estimated and figures.rows_expected is not None else ""
    return (
        "?%" if figures.percent is None else f"{figures.percent}%",
        f"{short(figures.rows)}/{about}{expected} rows",
        size(figures.size),
        "" if is_table or figures.rate is None else f"{_rounded(figures.rate)}/s",
        f"{clock(figures.seconds_left)} left",
    )


def _rounded(rate: int) -> str:
    number, unit = size(rate).split(" ")
    return f"{float(number):.0f} {unit}" if len(number) > len("9.9") else f"{number} {unit}"


def _room(rows: tuple[tuple[str, ...], ...], width: int, gap: str) -> tuple[list[int], int]:
    """Which columns there is room for beside a short name, and whether there is for a bar."""
    columns = [column for column in range(len(rows[0])) if any(row[column] for row in rows)]
    bar = _NARROWEST_BAR

    def taken() -> int:
        widths = [len(gap) + max(len(row[column]) for row in rows) for column in columns]
        return _NARROWEST_NAME + sum(widths) + (len(gap) + bar if bar else 0)

    for least in (_RATE, None, _SIZE, _ROWS, _LEFT, _PERCENT):
        if taken() <= width:
            break
        if least is None:
            bar = 0
        elif least in columns:
            columns.remove(least)
    return columns, bar


def _bar(name: str, share: float | None, bar: int, figures: str, letters: Letters) -> Bar:
    full = int((share or 0.0) * bar)
    return Bar(name, letters.done * full, letters.left * (bar - full), figures)


def _cut(name: str, width: int, letters: Letters) -> str:
    if cell_len(name) <= width:
        return set_cell_size(name, width)
    return set_cell_size(name, width - 1) + letters.cut


def counted_bar(
    what: str, done: int, total: int, seconds: float, *, width: int, letters: Letters = FINE
) -> Bar:
    """Lay out a stage that is counted, or not even that.

    Args:
        what: The stage.
        done: How many are done.
        total: How many there are; 0 where nobody counts.
        seconds: Since it began [s].
        width: Of the terminal [cells].
        letters: What to draw with.

    Returns:
        A line of less than `width` cells.
    """
    name = visible(what)
    figures = (f" {done}/{total}" if total else "") + f" {clock(seconds)}"
    room = width - 1 - len(figures)
    bar = min(_WIDEST_BAR, room - 1 - cell_len(name)) if total else 0
    bar = bar if bar >= _NARROWEST_BAR else 0
    length = max(1, min(cell_len(name), room))
    gap = " " if bar else ""
    return _bar(
        _cut(name, length, letters) + gap, done / total if total else None, bar, figures, letters
    )
