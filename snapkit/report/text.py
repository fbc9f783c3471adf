"""Figures as people read them."""

from __future__ import annotations

import re

_KILO = 1000


def slug(title: str) -> str:
    """The id of a section: its heading in small letters and digits.

    Args:
        title: The heading.

    Returns:
        Such as `rows-that-differ`.
    """
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


def size_text(size: int) -> str:
    """A size in decimal units, such as `1.2 MB`.

    Args:
        size: [bytes].

    Returns:
        Three digits at most, and the unit.
    """
    if size < _KILO:
        return f"{size} B"
    units = ("kB", "MB", "GB", "TB")
    power = min((len(str(size)) - 1) // 3, len(units))
    unit, value = units[power - 1], size / _KILO**power
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"  # noqa: PLR2004


def seconds_text(seconds: float) -> str:
    """A duration, such as `0.42 s` or `3 min 20 s`.

    Args:
        seconds: [s].

    Returns:
        Text for people.
    """
    minute = 60
    if seconds < minute:
        return f"{seconds:.2f} s"
    return f"{int(seconds // minute)} min {seconds % minute:.0f} s"


def utc_text(time: str) -> str:
    """A time to the second, such as `2025-11-01 08:59:16 UTC`.

    Args:
        time: UTC, ISO 8601.

    Returns:
        Text for people.
    """
    return f"{time[:19].replace('T', ' ')} UTC"
