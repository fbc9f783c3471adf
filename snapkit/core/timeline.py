"""The timeline of a backup: who read which part from when to when.

It proves nothing, and a snapshot without it is as good: it shows whether the work was shared out
well. It lies beside the parts, because the manifest's keys are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from snapkit.core.names import TableName
from snapkit.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 1
PATH = "timeline.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One act: `begin` and `end` count from the beginning of the backup [s].

    `who` did it, such as `reader 2`. Of a part that was read, `table`, its number `part` and its
    `rows` [rows] are named; of other acts they are None.
    """

    who: str
    what: str
    begin: float
    end: float
    table: TableName | None = None
    part: int | None = None
    rows: int | None = None

    @property
    def seconds(self) -> float:
        """How long it took [s]."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What was done, in the order in which it began."""

    format: int = FORMAT
    spans: tuple[Span, ...]

    @property
    def by_who(self) -> dict[str, list[Span]]:
        """The spans of each who; whoever began first comes first."""
        found: dict[str, list[Span]] = {}
        for span in self.spans:
            found.setdefault(span.who, []).append(span)
        return found


def timeline(spans: Iterable[Span]) -> Timeline:
    """Put acts in order.

    Args:
        spans: In any order.

    Returns:
        The timeline.
    """
    return Timeline(spans=tuple(sorted(spans, key=lambda one: (one.begin, one.end, one.what))))


def encode(found: Timeline) -> bytes:
    """Write a timeline as JSON.

    Args:
        found: The timeline.

    Returns:
        UTF-8 text.
    """
    return msgspec.json.encode(found) + b"\n"


def decode(text: bytes, where: str) -> Timeline:
    """Read a timeline, format first.

    Args:
        text: What `encode` wrote.
        where: The snapshot, for messages.

    Returns:
        The timeline.

    Raises:
        ManifestError: Not JSON, another format, keys missing or of another type, or a time that
            lies before the beginning.
    """
    try:
        document = msgspec.json.decode(text)
        version = document.get("format") if isinstance(document, dict) else None
        if version != FORMAT:
            raise _unreadable(f"cannot read {PATH} of format {version!r}", where)
        found = msgspec.convert(document, Timeline)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _unreadable(f"{PATH} cannot be read: {exc}", where) from exc
    if any(not 0 <= one.begin <= one.end for one in found.spans):
        raise _unreadable(f"{PATH} names a time that cannot be", where)
    return found


def _unreadable(what: str, where: str) -> ManifestError:
    return ManifestError(what, where, "Use the snapkit that took the snapshot.")
