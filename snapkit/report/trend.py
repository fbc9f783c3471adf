"""Trends: one figure over all snapshots, as a line in SVG that follows the page into the dark."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

_DOTS = 90  # more points than that are a line only
# All below in pixels of the SVG.
_WIDTH, _HEIGHT = 400, 132
_LEFT, _TOP = 6, 20
_END, _BASE = _WIDTH - 6, _HEIGHT - 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One figure over snapshots. `latest` is its newest value in words, `svg` the line."""

    title: str
    latest: str
    svg: str


def trend(
    title: str, points: Sequence[tuple[datetime, float]], write: Callable[[float], str]
) -> Trend | None:
    """Draw one figure over time, from zero up: a loss looks as large as it is.

    Args:
        title: What it is.
        points: Pairs of a snapshot's time and its value, oldest first, none negative.
        write: How a value reads.

    Returns:
        The trend; None where fewer than two snapshots have the figure.
    """
    if len(points) < 2:  # noqa: PLR2004  # what makes a line
        return None
    (first, _), (last, latest) = points[0], points[-1]
    values = [value for _, value in points]
    most = max(values)
    spread = (last - first).total_seconds() or 1.0
    places = [
        (
            _LEFT + (_END - _LEFT) * (when - first).total_seconds() / spread,
            _BASE - (_BASE - _TOP) * value / (most or 1.0),
        )
        for when, value in points
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    said = (
        f"{title} over {counted(len(points), 'snapshot')}, {_day(first)} to {_day(last)}: "
        f"first {write(values[0])}, least {write(min(values))}, most {write(most)}, "
        f"latest {write(latest)}. The table below has every figure."
    )
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{html.escape(said)}">',
        f'<path class="scale" d="M{_LEFT} {_TOP}H{_END}M{_LEFT} {_BASE}H{_END}"/>',
        f'<polygon points="{_LEFT},{_BASE} {line} {_END},{_BASE}"/>',
        f'<polyline points="{line}"/>',
        *(_dots(places, points, write) if len(points) <= _DOTS else ()),
        _text(_LEFT, _TOP - 7, write(most)),
        _text(_LEFT, _HEIGHT - 5, _day(first)),
        _text(_END, _HEIGHT - 5, _day(last), anchor="end"),
        "</svg>",
    ]
    return Trend(title=title, latest=write(latest), svg="".join(parts))


def _dots(
    places: Sequence[tuple[float, float]],
    points: Sequence[tuple[datetime, float]],
    write: Callable[[float], str],
) -> list[str]:
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3">'
        f"<title>{when:%Y-%m-%d %H:%M} UTC: {html.escape(write(value))}</title></circle>"
        for (x, y), (when, value) in zip(places, points, strict=True)
    ]


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{html.escape(text)}</text>'
