"""A timeline: who did what from when to when, one row for each who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.text import visible
from snapkit.report.figures._svg import (
    CHARACTER,
    COLOURS,
    drawing,
    figure,
    rule,
    text_at,
    ticks,
    tip,
)
from snapkit.report.text import seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.report.shown import Shown

# All in pixels of the SVG; what is across is in per cent, so that it fits any screen.
_LABEL, _ROW, _BAR, _FOOT = 16, 46, 20, 26
_USUAL = 900  # wide: decides which stretches have room for their names
_TICKS = 5
_LATE = 0.95  # a tick so far to the right has its text to its left


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One thing that was done, from `begin` to `end` [s]; `note` shows to who points at it."""

    label: str
    begin: float
    end: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One who did things, one after the other."""

    label: str
    stretches: Sequence[Stretch]

    @property
    def busy(self) -> float:
        """How long it did anything [s]."""
        return sum(one.end - one.begin for one in self.stretches)


def spans(title: str, lanes: Sequence[Lane]) -> Shown:
    """Draw a timeline.

    Args:
        title: One line; what a screen reader says first.
        lanes: From top to bottom; times count from the beginning of all, none is negative.

    Returns:
        One drawing, and the same in words: how busy each lane was.
    """
    end = max((one.end for lane in lanes for one in lane.stretches), default=0.0)
    whole = end or 1.0
    bottom = _ROW * len(lanes)
    parts = []
    for tick in (tick for tick in ticks(whole, _TICKS) if tick <= whole):
        x, share = _across(tick / whole), tick / whole
        anchor = "start" if not share else "end" if share > _LATE else "middle"
        parts.append(rule(x, 0, x, bottom + 4, opacity=0.15))
        parts.append(text_at(x, bottom + 15, f"{tick:g} s", anchor=anchor))
    for place, lane in enumerate(lanes):
        top = _ROW * place
        parts.append(text_at(0, top + _LABEL / 2 + 2, visible(lane.label)))
        parts += _row(lane, top + _LABEL + 2, whole)
    said = [
        f"{visible(lane.label)}: {len(lane.stretches)} in turn, {seconds_text(lane.busy)} in all"
        for lane in lanes
    ]
    words = f"{visible(title)}, {seconds_text(end)}"
    drawn = drawing(0, bottom + _FOOT, parts)
    return figure("\n".join([words, *said]), f"{words}. {'; '.join(said)}", [drawn])


def _across(share: float) -> str:
    return f"{100 * share:.3f}%"


def _row(lane: Lane, top: float, whole: float) -> Iterator[str]:
    """Draw the stretches of a lane: neighbours differ in colour, and long ones are named.

    A name is cut where its stretch ends: on a narrow screen it may be longer.
    """
    for place, one in enumerate(lane.stretches):
        share = (one.end - one.begin) / whole
        size = f'x="{_across(one.begin / whole)}" y="{top:g}" width="{_across(share)}"'
        note = ": ".join(filter(None, (one.label, one.note)))
        label = visible(one.label)
        is_named = len(label) * CHARACTER + 8 <= share * _USUAL
        yield (
            f'<svg {size} height="{_BAR}"><rect width="100%" height="100%" '
            f'fill="{COLOURS[place % len(COLOURS)]}">{tip(note)}</rect>'
        )
        if is_named:
            yield text_at(4, _BAR / 2, label, extra='fill="#ffffff" pointer-events="none"')
        yield "</svg>"
