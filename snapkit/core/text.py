"""Figures in words, for people."""

from __future__ import annotations

_KILO = 1000


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and what it counts.

    Args:
        number: How many.
        noun: In the singular.
        plural: Where it is not the singular with an s.

    Returns:
        Such as `1 row` or `54,923 rows`.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(count: int) -> str:
    """A size, in units of 1000.

    Args:
        count: [bytes].

    Returns:
        Such as `812 B`, `1.2 kB` or `10.1 MB`.
    """
    if count < _KILO:
        return f"{count} B"
    value = float(count)
    unit = ""
    for unit in ("kB", "MB", "GB", "TB", "PB"):  # noqa: B007 -- read after the loop
        value /= _KILO
        if value < _KILO - 0.05:
            break
    return f"{value:.1f} {unit}"
