"""Charts: horizontal bars, as SVG whose text takes the page's own colour and font.

Written by hand, because no plotting library does it: the picture follows the page into the dark.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from snapkit.core.text import visible
from snapkit.report.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_BARS = ("#3f7cc4", "#b9762f")  # each stands out from a light and from a dark page
_LABEL_LENGTH = 30
_TEXT_BAR = 24  # blocks of the longest bar in plain text [characters]
# All below in pixels of the SVG.
_CHARACTER = 6.6
_FONT = 12
_ROW, _BAR, _HEAD = 22, 14, 26
_PANEL, _GAP, _FIGURES = 240, 24, 80


def bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float], Callable[[float], str]]],
) -> Shown:
    """Draw horizontal bars, one panel per series.

    Args:
        title: One line; what a screen reader says first.
        labels: One per bar.
        series: Triples of a heading, the values (one per label, none negative) and how to write
            a value.

    Returns:
        SVG, and the same in plain text.
    """
    shown = [visible(label, _LABEL_LENGTH) for label in labels]
    left = round(_CHARACTER * max(map(len, shown), default=0)) + 8
    width = left + len(series) * (_PANEL + _FIGURES) + (len(series) - 1) * _GAP
    height = _HEAD + _ROW * len(shown) + 4
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-size="{_FONT}" fill="currentColor" '
        'font-family="system-ui, DejaVu Sans, Arial, sans-serif">'
    )
    parts = [
        head,
        f"<title>{html.escape(visible(title))}</title>",
    ]
    for place, label in enumerate(shown):
        parts.append(_text(left - 8, _middle(place), label, anchor="end"))
    for place, (heading, values, write) in enumerate(series):
        x = left + place * (_PANEL + _FIGURES + _GAP)
        parts.append(_text(x, 14, heading, weight="bold"))
        parts += _panel(x, values, write, _BARS[place % len(_BARS)])
    parts.append("</svg>")
    text = "\n".join(_lines(title, labels, series))
    return Shown(text=text, alt=_alt(title, labels, series), svg="".join(parts))


def _panel(
    x: float, values: Sequence[float], write: Callable[[float], str], colour: str
) -> Iterator[str]:
    longest = max(values, default=0) or 1
    bottom = _HEAD + _ROW * len(values)
    yield (
        f'<line x1="{x}" y1="{_HEAD - 4}" x2="{x}" y2="{bottom}" stroke="currentColor" '
        'stroke-opacity="0.4"/>'
    )
    for place, value in enumerate(values):
        size = round(_PANEL * value / longest, 1)
        y = _middle(place) - _BAR / 2
        yield f'<rect x="{x}" y="{y:g}" width="{size:g}" height="{_BAR}" fill="{colour}"/>'
        yield _text(x + size + 5, _middle(place), write(value))


def _middle(place: int) -> float:
    return _HEAD + _ROW * place + _ROW / 2


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" dominant-baseline="central" text-anchor="{anchor}" '
        f'font-weight="{weight}">{html.escape(text)}</text>'
    )


def _alt(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float], Callable[[float], str]]],
) -> str:
    """The chart in one sentence per bar."""
    bars_said = (
        ", ".join(f"{heading} {write(values[place])}" for heading, values, write in series)
        for place in range(len(labels))
    )
    pairs = zip(labels, bars_said, strict=True)
    return f"{visible(title)}. " + "; ".join(f"{visible(label)}: {said}" for label, said in pairs)


def _lines(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float], Callable[[float], str]]],
) -> Iterator[str]:
    yield visible(title)
    wide = max((len(visible(label)) for label in labels), default=0)
    for heading, values, write in series:
        yield f"{heading}:"
        longest = max(values, default=0) or 1
        for label, value in zip(labels, values, strict=True):
            block = "█" * round(_TEXT_BAR * value / longest)
            yield f"  {visible(label).ljust(wide)} {block} {write(value)}"
