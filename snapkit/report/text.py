"""Words and figures as people read them; hostile text made visible."""

from __future__ import annotations

_CONTROLS: dict[int, int | str] = {code: 0x2400 + code for code in range(32)}
_CONTROLS[127] = 0x2421
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD)
# Invisible, or they turn the order of what is around them: shown by number instead.
_UNSEEN = (0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_CONTROLS |= {code: f"‹U+{code:04X}›" for code in _UNSEEN}  # noqa: RUF001
_KILO = 1000


def visible(text: str, limit: int = 0) -> str:
    """Make a hostile text safe for XML and one line, and show what it would hide.

    Control characters become pictures of them; marks of direction and characters without a width
    become their numbers: a name must not read as another.

    Args:
        text: Any text.
        limit: Cut to this length, with an ellipsis [characters]; 0 does not cut.

    Returns:
        Text without control characters, lone surrogates, newlines or marks of direction.
    """
    shown = text.translate(_CONTROLS)
    return shown if not limit or len(shown) <= limit else shown[: limit - 1] + "…"


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
