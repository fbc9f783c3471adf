"""Figures in words, for people."""

from __future__ import annotations


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
