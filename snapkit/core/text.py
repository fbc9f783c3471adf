"""Figures in words, for people; hostile text made visible."""

from __future__ import annotations

_KILO = 1000
_CONTROLS: dict[int, int | str] = {code: 0x2400 + code for code in range(32)}
_CONTROLS[127] = 0x2421
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD)
# Invisible, or they turn the order of what is around them: shown by number instead.
_UNSEEN = (0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_CONTROLS |= {code: f"‹U+{code:04X}›" for code in _UNSEEN}  # noqa: RUF001


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
