"""Figures and names as people read them: pure functions from values to text."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # inside emoji and Persian words; they reorder nothing
_SUSPECT = r"[^\x20-\x7e\xa1-\xac\xae-\u052f\u1e00-\u1fff\u3000-\ud7ff\xa0]"
_WORD = re.compile(r"[^\s,:;()]+")
_ALIKE = 3  # as few sentences as this are worth putting together
_MINUTE, _HOUR = 60, 3600


def visible(text: str, *, lines: bool = False) -> str:
    r"""Show what would otherwise act on the terminal, or hide in it.

    Args:
        text: A name or a value, hostile perhaps.
        lines: Whether newlines stay newlines.

    Returns:
        The text with control characters, line separators, lone surrogates and invisible marks that
        reorder text (U+202E and its like) written as escapes such as `\n`, `\x1b` or `\u202e`.
    """
    if text.isascii() and text.isprintable():  # most are, and the pattern takes 4 ms to compile
        return text
    return re.sub(_SUSPECT, lambda match: _escaped(match[0], lines=lines), text)


def _escaped(character: str, *, lines: bool) -> str:
    if (lines and character == "\n") or character in _JOINERS:
        return character
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return repr(character)[1:-1]
    return character


def near(path: Path) -> str:
    """A path as it is typed in the folder we are in."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


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


def grouped(reasons: tuple[str, ...], limit: int = 10) -> tuple[str, ...]:
    """Reasons that differ in one word become one, with the words in a row; not too many of either.

    Args:
        reasons: One sentence each, in order.
        limit: How many to show, and how many words of each to name.

    Returns:
        The sentences; where some reason is not named, a last one says so.
    """
    alike = defaultdict[tuple[str, str], list[int]](list)
    for place, reason in enumerate(reasons):
        for frame, _ in _frames(reason):
            alike[frame].append(place)
    shown: list[str] = []
    named = 0
    done = set[int]()
    for place, reason in enumerate(reasons):
        if place in done:
            continue
        frame, _ = max(_frames(reason), key=lambda item: len(alike[item[0]]))
        group = [other for other in alike[frame] if other not in done]
        if len(group) < _ALIKE:
            frame, group = (reason, ""), [place]
        done.update(group)
        if len(shown) < limit:
            words = tuple(dict(_frames(reasons[other])).get(frame, "") for other in group)
            shown.append(frame[0] + listed(words, limit) + frame[1])
            named += min(limit, len(group))
    if named < len(reasons):
        shown.append(f"{named:,} of {len(reasons):,} are named here; --json names all")
    return tuple(shown)


def _frames(reason: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Each word of a sentence, and what stands around it."""
    for match in _WORD.finditer(reason):
        yield (reason[: match.start()], reason[match.end() :]), match[0]


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
