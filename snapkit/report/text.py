"""Words and figures as people read them; hostile text made visible."""

from __future__ import annotations

_CONTROLS = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD)
_KILO = 1000


def visible(text: str, limit: int = 0) -> str:
    """Make a hostile text safe for XML and one line: control characters become pictures of them.

    Args:
        text: Any text.
        limit: Cut to this length, with an ellipsis [characters]; 0 does not cut.

    Returns:
        Text without control characters, lone surrogates or newlines.
    """
    shown = text.translate(_CONTROLS)
    return shown if not limit or len(shown) <= limit else shown[: limit - 1] + "…"


def counted(number: int, noun: str) -> str:
    """A number and its noun, such as `1 row` or `12,763 rows`.

    Args:
        number: How many.
        noun: In the singular; its plural ends in s.

    Returns:
        Text for people.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
