"""How wide text is in a browser, guessed without one.

Graphviz measures with fonts of its own; the style sheet sets names larger and bold, and a browser
may have wide fonts only. The widest of those that are common is DejaVu Sans: these are its letters,
by kind, the widest letter of each kind. A test measures them in Chromium.
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import east_asian_width

_NARROW = frozenset("ijlIJft.,:;'|!()[]/- ")
_WIDE = frozenset("mwMW…@%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The width of each kind of letter [times the font's size]."""

    narrow: float
    small: float
    large: float
    wide: float

    def width(self, text: str, size: float) -> float:
        """How wide a line is, at most.

        Args:
            text: One line.
            size: Of the font [points].

        Returns:
            Its width [points].
        """
        return size * sum(map(self._of, text))

    def _of(self, letter: str) -> float:
        if letter in _WIDE or east_asian_width(letter) in {"W", "F"}:
            return self.wide
        if letter in _NARROW:
            return self.narrow
        is_small = letter.islower() or letter.isdigit() or letter == "_"
        return self.small if is_small else self.large


BOLD = Letters(narrow=0.48, small=0.73, large=0.9, wide=1.11)
REGULAR = Letters(narrow=0.39, small=0.65, large=0.9, wide=1.0)
