"""Figures as people read them."""

from __future__ import annotations

import re

_KILO = 1000
_MINUTE, _HOUR = 60, 3600


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
    value, unit = float(size), ""
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 -- read after the loop
        value /= _KILO
        if round(value) < _KILO:
            break
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:,.0f} {unit}"  # noqa: PLR2004


def seconds_text(seconds: float) -> str:
    """A duration, such as `0.42 s`, `3 min 20 s` or `2 h 5 min`.

    Args:
        seconds: [s].

    Returns:
        Text for people.
    """
    if seconds < _MINUTE - 0.005:  # what still rounds to less than a minute
        return f"{seconds:.2f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def utc_text(time: str) -> str:
    """A time to the second, such as `2025-11-01 08:59:16 UTC`.

    Args:
        time: UTC, ISO 8601.

    Returns:
        Text for people.
    """
    return f"{time[:19].replace('T', ' ')} UTC"
