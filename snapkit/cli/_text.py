"""Figures and names as people read them: pure functions from values to text."""

from __future__ import annotations

import re
import unicodedata

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # inside emoji and Persian words; they reorder nothing
_SUSPECT = re.compile(r"[^\x20-\x7e\xa1-\xac\xae-\u052f\u1e00-\u1fff\u3000-\ud7ff\xa0]")
_URL_PASSWORD = re.compile(r"(://[^:@/\s]*):([^\s\"']*)@")
_KEYWORD_PASSWORD = re.compile(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&\"']+)")
_MINUTE, _HOUR = 60, 3600
_KILO = 1000


def visible(text: str, *, lines: bool = False) -> str:
    r"""Show what would otherwise act on the terminal, or hide in it.

    Args:
        text: A name or a value, hostile perhaps.
        lines: Whether newlines stay newlines.

    Returns:
        The text with control characters, line separators, lone surrogates and invisible marks that
        reorder text (U+202E and its like) written as escapes such as `\n`, `\x1b` or `\u202e`.
    """
    return _SUSPECT.sub(lambda match: _escaped(match[0], lines=lines), text)


def _escaped(character: str, *, lines: bool) -> str:
    if (lines and character == "\n") or character in _JOINERS:
        return character
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return repr(character)[1:-1]
    return character


def without_passwords(text: str) -> str:
    """Take passwords out of whatever looks like a connection string.

    The last line of defence, for text that was never parsed: an argument in the wrong place.

    Args:
        text: A message.

    Returns:
        The message with `***` in the place of passwords.
    """
    return _KEYWORD_PASSWORD.sub(r"\1***", _URL_PASSWORD.sub(r"\1:***@", text))


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


def duration(seconds: float) -> str:
    """A duration.

    Args:
        seconds: [s], not negative.

    Returns:
        Such as `0.42 s`, `12.3 s`, `2 min 05 s` or `1 h 02 min`.
    """
    if seconds < 9.995:  # noqa: PLR2004 -- what still rounds to three digits
        return f"{seconds:.2f} s"
    if seconds < 59.95:  # noqa: PLR2004 -- what still rounds to less than a minute
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"


def listed(names: tuple[str, ...], limit: int = 8) -> str:
    """Names in a row, not too many.

    Args:
        names: In order.
        limit: How many to name [names].

    Returns:
        Such as `a, b, c and 12 more`; empty for no names.
    """
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit:,} more" if len(names) > limit else shown


def steps(total: float, timings: tuple[tuple[str, float], ...]) -> str:
    """A duration and what it went into.

    Args:
        total: [s].
        timings: Each step and its duration [s], in order.

    Returns:
        Such as `1.65 s (plan 0.07, copy 0.31, verify 0.46)`.
    """
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in timings)
    return f"{duration(total)} ({parts})" if parts else duration(total)
