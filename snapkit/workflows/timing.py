"""Who did what of a backup when: stopped by this machine's monotonic clock, put on one timeline."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from snapkit.core.timeline import Span, Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from snapkit.workflows.reading import ReadResult

_Found = TypeVar("_Found")
_DIGITS = 4  # of a time [s]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is no part being read; times are those of the clock [s]."""

    who: str
    what: str
    begin: float
    end: float


def timed(work: Callable[[], _Found]) -> tuple[_Found, float, float]:
    """Do something, and say from when to when.

    Args:
        work: What to do.

    Returns:
        What came of it, and the clock before and after [s].
    """
    begin = time.monotonic()
    return work(), begin, time.monotonic()


def timeline_of(start: float, acts: Iterable[Act], results: Sequence[ReadResult]) -> Timeline:
    """Put acts and parts on one timeline.

    Args:
        start: The clock when the backup began [s].
        acts: What was done beside reading.
        results: Every part that was read, empty ones too.

    Returns:
        The timeline; readers are numbered in the order in which they began.
    """
    begun = dict.fromkeys(one.reader for one in sorted(results, key=lambda one: one.begin))
    number = {reader: place for place, reader in enumerate(begun, start=1)}
    spans = [
        Span(
            who=one.who,
            what=one.what,
            begin=round(one.begin - start, _DIGITS),
            end=round(one.end - start, _DIGITS),
        )
        for one in acts
    ]
    spans += [
        Span(
            who=f"reader {number[one.reader]}",
            what=str(one.task.table),
            begin=round(one.begin - start, _DIGITS),
            end=round(one.end - start, _DIGITS),
            table=one.task.table,
            part=one.task.part,
            rows=one.digest.rows,
        )
        for one in results
    ]
    return timeline(spans)
