"""Lines over time, a panel each: every one has its own scale, and all begin at 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.text import visible
from snapkit.report.figures._svg import COLOURS, PANEL, drawing, figure, rule, text_at, ticks, tip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from snapkit.report.shown import Shown

# All in pixels of the SVG.
_LEFT, _RIGHT = 64, 68
_PLOT = PANEL - _LEFT - _RIGHT
_HEAD, _HIGH, _FOOT = 34, 84, 24
_DOT = 3.5
_TICKS = 2
_DOTS = 90  # more points than that are a line only


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One panel: its heading, a value per point (none negative), and how a value is written."""

    heading: str
    values: Sequence[float]
    write: Callable[[float], str]


def lines(title: str, times: Sequence[datetime], series: Sequence[Line]) -> Shown:
    """Draw how values grow.

    Args:
        title: One line; what a screen reader says first.
        times: When each point was, oldest first; at least one.
        series: One panel each.

    Returns:
        A drawing per line, and the same in words: its first, last, least and greatest value.
    """
    places = _places(times)
    drawings = [
        drawing(
            PANEL,
            _HEAD + _HIGH + _FOOT,
            _panel(line, times, places, COLOURS[number % len(COLOURS)]),
        )
        for number, line in enumerate(series)
    ]
    said = [f"{line.heading}: {_said(line)}" for line in series]
    words = f"{visible(title)}, {_day(times[0])} to {_day(times[-1])}"
    return figure("\n".join([words, *said]), f"{words}. {'; '.join(said)}", drawings)


def _places(times: Sequence[datetime]) -> list[float]:
    """Where each point stands: time runs evenly, whenever snapshots were taken [px]."""
    whole = (times[-1] - times[0]).total_seconds()
    if not whole > 0:
        return [round(_PLOT * place / max(len(times) - 1, 1), 1) for place in range(len(times))]
    return [round(_PLOT * (time - times[0]).total_seconds() / whole, 1) for time in times]


def _panel(
    line: Line, times: Sequence[datetime], places: Sequence[float], colour: str
) -> Iterator[str]:
    scale = ticks(max(line.values), _TICKS)
    floor = _HEAD + _HIGH
    yield text_at(0, 10, line.heading, extra='font-weight="bold"')
    for tick in scale:
        y = round(floor - _HIGH * tick / scale[-1], 1)
        yield rule(_LEFT, y, _LEFT + _PLOT, y, opacity=0.4 if tick == 0 else 0.15)
        yield text_at(_LEFT - 8, y, line.write(tick), anchor="end")
    points = [
        (_LEFT + x, round(floor - _HIGH * value / scale[-1], 1))
        for x, value in zip(places, line.values, strict=True)
    ]
    drawn = " ".join(f"{x:g},{y:g}" for x, y in points)
    yield f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'
    if len(points) <= _DOTS:
        yield from _dots(points, times, line, colour)
    first, last = _ends(times)
    yield text_at(_LEFT, floor + 14, first)
    if last != first:
        yield text_at(_LEFT + _PLOT, floor + 14, last, anchor="end")
    x, y = points[-1]
    yield text_at(x + 9, y, line.write(line.values[-1]), extra='font-weight="bold"')


def _dots(
    points: Sequence[tuple[float, float]], times: Sequence[datetime], line: Line, colour: str
) -> Iterator[str]:
    for (x, y), time, value in zip(points, times, line.values, strict=True):
        yield f'<circle cx="{x:g}" cy="{y:g}" r="{_DOT}" fill="{colour}">'
        yield f"{tip(f'{_day(time)}: {line.write(value)}')}</circle>"


def _ends(times: Sequence[datetime]) -> tuple[str, str]:
    """The first and the last time, as days; as hours where all are of one day."""
    written = "%H:%M" if times[0].date() == times[-1].date() else "%Y-%m-%d"
    return times[0].strftime(written), times[-1].strftime(written)


def _day(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M")


def _said(line: Line) -> str:
    first, last = line.write(line.values[0]), line.write(line.values[-1])
    least, greatest = line.write(min(line.values)), line.write(max(line.values))
    return f"first {first}, last {last}, least {least}, greatest {greatest}"
