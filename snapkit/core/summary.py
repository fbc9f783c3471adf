"""What a value says of itself: some lines and tables, as HTML in a notebook and as plain text.

Methods on the values, and no formatters registered with IPython: what shows them (Jupyter, VS Code,
marimo, a terminal) asks the value, nothing depends on the order of imports, and the core stays
pure, because it takes the standard library alone to write a table.

The HTML brings no colours and no fonts: tables look as tables of the notebook do, light or dark.
Every text is escaped, and what would act or hide in it is shown.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.text import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROWS_SHOWN = 20  # of one table; what is left out is counted
_TEXT_LENGTH = 200  # of one cell [characters]
_LEFT = "text-align: left"
_RIGHT = "text-align: right"
_NONE = "-"


class Figure(str):
    """A figure with its unit, such as `1.2 MB`: set right, as numbers are."""

    __slots__ = ()


Cell = str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: `rows` are those that are shown, `more` counts those that are not.

    One of a single column is a list. One that is `folded` opens when clicked on; in plain text its
    caption stands for it.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A headline, facts that belong to it, and tables; empty tables are left out."""

    headline: str
    facts: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()

    def html(self) -> str:
        """The summary for a notebook: self-contained, in the notebook's own colours."""
        facts = "".join(f"<br>{_escaped(fact)}" for fact in self.facts)
        grids = "".join(_grid_html(grid) for grid in self.grids if grid.rows)
        return f"<div><p><strong>{_escaped(self.headline)}</strong>{facts}</p>{grids}</div>"

    def text(self) -> str:
        """The summary for a terminal, without markup."""
        lines = [self.headline, *(f"  {fact}" for fact in self.facts)]
        for grid in self.grids:
            lines += _grid_lines(grid) if grid.rows else []
        return "\n".join(map(visible, lines))


def grid(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Cell, ...]],
    *,
    limit: int = ROWS_SHOWN,
    folded: bool = False,
) -> Grid:
    """Make a table of the first rows.

    Args:
        caption: One line.
        columns: A heading for each column; the first one names the row.
        rows: All there are; figures are set right, and None is a dash.
        limit: How many to show [rows].
        folded: Whether it opens only when clicked on.

    Returns:
        The table.
    """
    found = tuple(rows)
    return Grid(
        caption=caption,
        columns=tuple(columns),
        rows=found[:limit],
        more=max(len(found) - limit, 0),
        folded=folded,
    )


def _escaped(text: str) -> str:
    return html.escape(visible(text, _TEXT_LENGTH))


def _cell(value: Cell) -> str:
    return _NONE if value is None else f"{value:,}" if isinstance(value, int) else value


def _side(grid: Grid, place: int) -> str:
    values = [row[place] for row in grid.rows if row[place] is not None]
    return _RIGHT if values and all(isinstance(value, int | Figure) for value in values) else _LEFT


def _grid_html(grid: Grid) -> str:
    caption = _escaped(grid.caption)
    more = f"<p>… and {_escaped(_more(grid))}</p>" if grid.more else ""
    body = f"{_list_html(grid) if _is_list(grid) else _table_html(grid)}{more}"
    if grid.folded:
        return f"<details><summary>{caption}</summary>{body}</details>"
    return f"<p>{caption}:</p>{body}" if _is_list(grid) else body


def _is_list(grid: Grid) -> bool:
    return len(grid.columns) == 1


def _list_html(grid: Grid) -> str:
    return f"<ul>{''.join(f'<li>{_escaped(_cell(row[0]))}</li>' for row in grid.rows)}</ul>"


def _table_html(grid: Grid) -> str:
    sides = [_side(grid, place) for place in range(len(grid.columns))]
    heads = "".join(
        f'<th scope="col" style="{side}">{_escaped(column)}</th>'
        for side, column in zip(sides, grid.columns, strict=True)
    )
    body = "".join(f"<tr>{_row_html(row, sides)}</tr>" for row in grid.rows)
    title = "" if grid.folded else f'<caption style="{_LEFT}">{_escaped(grid.caption)}</caption>'
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _row_html(row: tuple[Cell, ...], sides: list[str]) -> str:
    name, *others = (_escaped(_cell(value)) for value in row)
    cells = "".join(
        f'<td style="{side}">{cell}</td>' for side, cell in zip(sides[1:], others, strict=True)
    )
    return f'<th scope="row" style="{sides[0]}">{name}</th>{cells}'


def _grid_lines(grid: Grid) -> list[str]:
    if grid.folded:
        return [f"  {grid.caption}"]
    heads = [] if _is_list(grid) else [grid.columns]
    cells = [*heads, *(tuple(_cell(value) for value in row) for row in grid.rows)]
    shown = [[visible(cell, _TEXT_LENGTH) for cell in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    sides = [_side(grid, place) for place in range(len(grid.columns))]
    lines = [grid.caption]
    for row in shown:
        parts = [
            cell.rjust(width) if side == _RIGHT else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        ]
        lines.append(f"  {'  '.join(parts)}".rstrip())
    return [*lines, f"  … and {_more(grid)}"] if grid.more else lines


def _more(grid: Grid) -> str:
    return counted(grid.more, "more row")
