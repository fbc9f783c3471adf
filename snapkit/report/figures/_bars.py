"""Horizontal bars, one panel per series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.text import visible
from snapkit.report.figures._svg import CHARACTER, COLOURS, PANEL, drawing, figure, rule, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from snapkit.report.shown import Shown

_LABEL_LENGTH = 24
_TEXT_BAR = 24  # blocks of the longest bar in plain text [characters]
# All below in pixels of the SVG.
_ROW, _BAR, _HEAD = 22, 14, 26
_FIGURES = 70  # room beside the longest bar


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
        A drawing per series, and the same in plain text.
    """
    shown = [visible(label, _LABEL_LENGTH) for label in labels]
    left = round(CHARACTER * max(map(len, shown), default=0)) + 8
    height = _HEAD + _ROW * len(shown) + 4
    drawings = []
    for place, (heading, values, write) in enumerate(series):
        parts = [text_at(left, 14, heading, extra='font-weight="bold"')]
        for number, label in enumerate(shown):
            parts.append(text_at(left - 8, _middle(number), label, anchor="end"))
        written = list(map(write, values))
        parts += _panel(left, values, written, COLOURS[place % len(COLOURS)])
        drawings.append(drawing(PANEL, height, parts))
    text = "\n".join(_lines(title, labels, series))
    return figure(text, _alt(title, labels, series), drawings)


def _panel(x: float, values: Sequence[float], written: Sequence[str], colour: str) -> Iterator[str]:
    longest = max(values, default=0) or 1
    room = PANEL - x - _FIGURES
    yield rule(x, _HEAD - 4, x, _HEAD + _ROW * len(values))
    for place, (value, text) in enumerate(zip(values, written, strict=True)):
        size = round(room * value / longest, 1)
        y = _middle(place) - _BAR / 2
        yield f'<rect x="{x:g}" y="{y:g}" width="{size:g}" height="{_BAR}" fill="{colour}"/>'
        yield text_at(x + size + 5, _middle(place), text)


def _middle(place: int) -> float:
    return _HEAD + _ROW * place + _ROW / 2


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
