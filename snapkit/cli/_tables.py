"""Tables for people: columns that fit the width, sections, totals; pure functions to lines.

No frame is drawn: every line of a row is text that grep finds. A column that may shrink folds its
text over several lines, so that nothing of a name is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from snapkit.cli._text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GAP = "  "
_INDENT = "  "
_NARROWEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; figures go `right`, names may `fold` where the width asks for it."""

    title: str
    right: bool = False
    fold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows under a heading; without one they are not indented."""

    rows: tuple[tuple[str, ...], ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line to print, and its rich style."""

    text: str
    style: str = ""


def table(
    columns: tuple[Column, ...],
    sections: Iterable[Section],
    *,
    width: int,
    total: tuple[str, ...] = (),
) -> tuple[Line, ...]:
    """Lay out a table.

    Args:
        columns: Titles, and how to treat each column.
        sections: The rows, one text per column.
        width: Of the terminal [cells].
        total: A last row, set off.

    Returns:
        Lines of at most `width` cells, as far as columns that fold can give way.
    """
    parts = [
        Section(
            heading=visible(part.heading),
            rows=tuple(tuple(map(visible, row)) for row in part.rows),
        )
        for part in sections
    ]
    indent = _INDENT if any(part.heading for part in parts) else ""
    titles = tuple(column.title for column in columns)
    rows = [titles, *(row for part in parts for row in part.rows), *([total] if total else [])]
    widths = _widths(columns, rows, width - len(indent) - len(_GAP) * (len(columns) - 1))

    def lines(row: tuple[str, ...], style: str = "") -> Iterator[Line]:
        for text in _row(columns, row, widths):
            yield Line((indent + text).rstrip(), style)

    result = list(lines(titles, "dim"))
    for part in parts:
        if part.heading:
            result.append(Line(part.heading, "bold"))
        for row in part.rows:
            result += lines(row)
    if total:
        result += lines(total, "bold")
    return tuple(result)


def _widths(
    columns: tuple[Column, ...], rows: list[tuple[str, ...]], available: int
) -> tuple[int, ...]:
    """Each column as wide as its widest text; too wide in all, the widest that folds gives way."""
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(columns))]
    while sum(widths) > available:
        folding = [
            place
            for place, column in enumerate(columns)
            if column.fold and widths[place] > max(_NARROWEST, cell_len(column.title))
        ]
        if not folding:
            break
        widths[max(folding, key=lambda place: widths[place])] -= 1
    return tuple(widths)


def _row(
    columns: tuple[Column, ...], row: tuple[str, ...], widths: tuple[int, ...]
) -> Iterator[str]:
    cells = [_folded(text, width) for text, width in zip(row, widths, strict=True)]
    for line in range(max(map(len, cells))):
        yield _GAP.join(
            _padded(cell[line] if line < len(cell) else "", width, right=column.right)
            for column, cell, width in zip(columns, cells, widths, strict=True)
        )


def _folded(text: str, width: int) -> list[str]:
    """Break a text between words where it can be, else anywhere."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width) or [""]
        lines += full
    return [*lines, line]


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space


def hanging(prefix: str, text: str, width: int) -> tuple[str, ...]:
    """Wrap a text beside a prefix, further lines aligned under the first.

    Args:
        prefix: What stands before the first line; spaces stand before the others.
        text: Made visible here.
        width: Of the terminal [cells].

    Returns:
        Lines of at most `width` cells.
    """
    space = max(_NARROWEST, width - cell_len(prefix))
    first, *rest = _folded(visible(text), space)
    return (prefix + first, *(" " * cell_len(prefix) + line for line in rest))
