"""The picture of how cost grows: a line per command, the size to the right, time for each upwards.

Cost that grows with the data, and no faster, is a level line. Written by hand: no plotting library
is among the dependencies. On white, because README is shown on pages of either colour.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLOURS = ("#1f5fa8", "#b0560d")
_WIDTH, _HEIGHT = 560, 320  # pixels, as all below
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 40, 34, 58
_TICKS = 4  # at least so many steps upwards


@dataclass(frozen=True, slots=True)
class Line:
    """One command: its name, and its points (size, time for each row or table)."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(across: str, upwards: str, lines: Sequence[Line]) -> str:
    """Draw the lines, from 0 upwards, sizes on a logarithmic scale.

    Args:
        across: What the sizes are.
        upwards: What the heights are, with their unit.
        lines: At least one, over the same sizes.

    Returns:
        SVG.
    """
    sizes = [size for size, _ in lines[0].points]
    step = tick_step(max(height for line in lines for _, height in line.points))
    top = step * math.ceil(max(height for line in lines for _, height in line.points) / step)

    def x(size: float) -> float:
        part = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return _LEFT + 20 + part * (_WIDTH - _LEFT - _RIGHT - 40)

    def y(height: float) -> float:
        return _HEIGHT - _BOTTOM - max(height, 0) / top * (_HEIGHT - _TOP - _BOTTOM)

    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-size="13" fill="#222" '
        'font-family="system-ui, DejaVu Sans, Arial, sans-serif">'
    )
    parts = [
        head,
        f"<title>{html.escape(upwards)}, by {html.escape(across)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for place in range(round(top / step) + 1):
        level = y(place * step)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{level:.1f}" y2="{level:.1f}" '
            f'stroke="{"#ddd" if place else "#222"}"/>'
        )
        parts.append(_text(_LEFT - 8, level + 4, f"{place * step:g}", "end"))
    parts += [_text(x(size), _HEIGHT - _BOTTOM + 20, f"{size:,.0f}") for size in sizes]
    parts.append(_text(_WIDTH / 2, _HEIGHT - 14, f"{across} (logarithmic)"))
    parts.append(_text(_LEFT - 50, 20, upwards, "start"))
    for place, line in enumerate(lines):
        points = [(x(size), y(height)) for size, height in line.points]
        parts += _drawn(points, _COLOURS[place % len(_COLOURS)])
        parts += _legend(place, line.name)
    return "\n".join([*parts, "</svg>\n"])


def tick_step(most: float) -> float:
    """A round step of the scale: 1, 2 or 5 times a power of ten, four or more up to `most`."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most / _TICKS))
    return next(power * part for part in (5, 2, 1) if power * part * _TICKS <= most * (1 + 1e-9))


def _drawn(points: Sequence[tuple[float, float]], colour: str) -> Iterator[str]:
    listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{listed}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _legend(place: int, name: str) -> Iterator[str]:
    right = _WIDTH - _RIGHT - 230 + place * 100
    yield f'<circle cx="{right}" cy="16" r="4" fill="{_COLOURS[place % len(_COLOURS)]}"/>'
    yield _text(right + 10, 20, name, "start")


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
