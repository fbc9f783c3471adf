"""What all figures are drawn with: the frame, texts, and round numbers for an axis."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from snapkit.core.text import visible
from snapkit.report.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Each stands out from a light and from a dark page, and white letters from it (4.5 to 1).
COLOURS = ("#3a73b8", "#9a5f1c")
CHARACTER = 7.2  # of wide letters, at FONT [px]
FONT = 12  # [px]
PANEL = 376  # what a phone has room for [px]
_FAMILY = "system-ui, DejaVu Sans, Arial, sans-serif"
_SIDE_BY_SIDE = "display: flex; flex-wrap: wrap; gap: 0.8rem 2rem; max-width: 60rem"
_STEPS = (1, 2, 5, 10)


def figure(text: str, alt: str, drawings: Sequence[str]) -> Shown:
    """Put drawings side by side, as many as fit: on a phone they stand below each other.

    Args:
        text: The figure in plain text.
        alt: The figure in words, for those who cannot see it.
        drawings: What `drawing` gave.

    Returns:
        One figure.
    """
    body = (
        f'<figure class="chart" role="img" aria-label="{html.escape(alt)}">'
        f'<div style="{_SIDE_BY_SIDE}">{"".join(drawings)}</div></figure>'
    )
    return Shown(text=text, alt=alt, html=body)


def drawing(width: int, height: int, parts: Iterable[str]) -> str:
    """Frame a drawing; it is shown at its own size, so that its texts are as large as others.

    Args:
        width: At most PANEL, so that it fits a phone [px]; 0 takes all there is: then what is
            across is in per cent.
        height: [px].
        parts: Elements, in the order in which they are painted.

    Returns:
        An `<svg>` element that stands inside a page.
    """
    size = f'viewBox="0 0 {width} {height}" width="{width}"' if width else 'width="100%"'
    across = f"{width}px" if width else "100%"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} height="{height}" '
        f'style="width: {across}; min-width: 0; max-width: 100%" font-size="{FONT}" '
        f'fill="currentColor" font-family="{_FAMILY}">'
    )
    return "".join((head, *parts, "</svg>"))


def text_at(x: float | str, y: float, text: str, *, anchor: str = "start", extra: str = "") -> str:
    """One line of text.

    Args:
        x: Where its anchor is [px], or in per cent.
        y: Its middle [px].
        text: Any text; it is escaped.
        anchor: `start`, `middle` or `end`.
        extra: More attributes of our own.

    Returns:
        A `<text>` element.
    """
    more = f" {extra}" if extra else ""
    return (
        f'<text x="{_at(x)}" y="{y:g}" dominant-baseline="central" text-anchor="{anchor}"{more}>'
        f"{html.escape(text)}</text>"
    )


def rule(x1: float | str, y1: float, x2: float | str, y2: float, *, opacity: float = 0.4) -> str:
    """A thin line, such as an axis.

    Args:
        x1: Where it begins [px], or in per cent.
        y1: The same, down [px].
        x2: Where it ends [px], or in per cent.
        y2: The same, down [px].
        opacity: 0 to 1.

    Returns:
        A `<line>` element.
    """
    return (
        f'<line x1="{_at(x1)}" y1="{y1:g}" x2="{_at(x2)}" y2="{y2:g}" stroke="currentColor" '
        f'stroke-opacity="{opacity:g}"/>'
    )


def _at(place: float | str) -> str:
    return place if isinstance(place, str) else f"{place:g}"


def tip(text: str) -> str:
    """What shows when somebody points at an element: the first thing inside it.

    Args:
        text: Any text; it is escaped.

    Returns:
        A `<title>` element.
    """
    return f"<title>{html.escape(visible(text))}</title>"


def ticks(greatest: float, count: int) -> tuple[float, ...]:
    """Round numbers from 0 on, for an axis.

    Args:
        greatest: The greatest value to be shown, not negative.
        count: About how many.

    Returns:
        At least two; the last one is `greatest` or more.
    """
    if not greatest > 0:
        return (0.0, 1.0)
    power = 10.0 ** math.floor(math.log10(greatest / count))
    step = next(step * power for step in _STEPS if step * power * count >= greatest * (1 - 1e-9))
    last = math.ceil(greatest / step * (1 - 1e-9))
    return tuple(float(f"{step * place:.12g}") for place in range(last + 1))
