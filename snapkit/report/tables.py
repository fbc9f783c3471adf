"""Tables of a report, for pages, terminals and as CSV.

In JupyterLab `DataTable.frame` is the pandas DataFrame to go on with.
"""

from __future__ import annotations

import csv
import html
import io
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapkit.core.text import visible
from snapkit.report.cells import Link, Place
from snapkit.report.grid import render_table
from snapkit.report.result import Outcome, write_file
from snapkit.report.text import seconds_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

TEMPLATES = Path(__file__).parent / "templates"
ROWS_SHOWN = 500  # of a table on a page; the whole of it lies beside the page as CSV
_TEXT_LENGTH = 200
_MARKS = {
    Outcome.MATCH: "✔",
    Outcome.MISMATCH: "✘",
    Outcome.UNCHECKED: "?",
    Outcome.FAILED: "✘",
    Outcome.QUARANTINED: "!",
    Outcome.DRIFT: "≠",
}
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a text as a formula


class Kind(StrEnum):
    """What a column holds; says how its cells look."""

    TEXT = "text"
    CODE = "code"  # names and digests, in a fixed font
    NUMBER = "number"
    SIZE = "size"  # [bytes]
    SECONDS = "seconds"
    OUTCOME = "outcome"
    LINK = "link"


_SUMMED = frozenset({Kind.NUMBER, Kind.SIZE})


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its heading, and what it holds."""

    title: str
    kind: Kind = Kind.TEXT


def mark(outcome: Outcome) -> str:
    """An outcome as people read it: a sign and a word, so that colour says nothing alone."""
    return f"{_MARKS[outcome]} {outcome}"


def cell_text(value: object, kind: Kind) -> str:
    """How one cell reads.

    Args:
        value: None where nothing is known.
        kind: The column's.

    Returns:
        Text, not yet escaped; a dash for None.
    """
    if value is None:
        return "–"  # noqa: RUF001  # a dash, as in printed tables
    match kind, value:
        case Kind.NUMBER, int():
            return f"{value:,}"
        case Kind.SIZE, int():
            return size_text(value)
        case Kind.SECONDS, (int() | float()):
            return seconds_text(value)
        case Kind.OUTCOME, Outcome():
            return mark(value)
        case _:
            return visible(str(value), _TEXT_LENGTH)


@dataclass(frozen=True, kw_only=True)
class DataTable:
    """A table: `frame` is a pandas DataFrame of plain objects, `_repr_html_` what pages show.

    `name` is unique on a page; `total` is a last row in bold, which the frame does not have: its
    first cell is a label, and its figures are the sums of their columns. Pages show `limit` rows;
    `more` says what they leave out, `file` where all of it is.
    """

    name: str
    caption: str
    columns: tuple[ColumnSpec, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] | None = None
    more: str = ""
    file: str = ""
    limit: int = ROWS_SHOWN

    def __post_init__(self) -> None:
        """Raise ValueError where a figure of the total is not the sum of its column."""
        for place, column in enumerate(self.columns if self.total is not None else ()):
            said = self.total[place] if self.total is not None else None
            if column.kind in _SUMMED and isinstance(said, int):
                found = sum(row[place] or 0 for row in self.rows)
                if said != found:
                    raise ValueError(
                        f"table {self.name}: the total of {column.title!r} is {said}, "
                        f"the rows sum up to {found}"
                    )

    @property
    def frame(self) -> pd.DataFrame:
        """All rows, as objects: pandas changes no value."""
        import pandas as pd  # noqa: PLC0415  # half a second

        rows = [[_plain(value) for value in row] for row in self.rows]
        return pd.DataFrame(rows, columns=[column.title for column in self.columns], dtype=object)

    def to_html(self) -> str:
        """The table for a page; a sentence where it has no rows."""
        if not self.rows:
            return paragraph(f"{self.caption}: there are none.")
        return render_table(self)

    def to_csv(self) -> bytes:
        """Every row as CSV, UTF-8; a text that a spreadsheet would run gets an apostrophe."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow([column.title for column in self.columns])
        writer.writerows([_csv_cell(value) for value in row] for row in self.rows)
        return stream.getvalue().encode("utf-8", "replace")

    @property
    def texts(self) -> list[list[str]]:
        """The cells that are shown, as text."""
        return [
            [cell_text(value, column.kind) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows[: self.limit]
        ]

    @property
    def total_texts(self) -> list[str]:
        """The cells of the total as text; empty where a column has none."""
        pairs = zip(self.total or (), self.columns, strict=self.total is not None)
        return ["" if value == "" else cell_text(value, column.kind) for value, column in pairs]

    def __str__(self) -> str:
        if not self.rows:
            return f"{self.caption}: there are none."
        cells = [[column.title for column in self.columns], *self.texts]
        cells += [] if self.total is None else [self.total_texts]
        widths = [max(len(row[place]) for row in cells) for place in range(len(self.columns))]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        end = [f"{self.more} {self.file}"] if self.file else []
        return "\n".join([self.caption, *lines, *end])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Give Jupyter the page's form and a terminal's."""
        del include, exclude
        return {"text/html": self.to_html(), "text/plain": str(self)}


def _plain(value: object) -> object:
    """A cell without where it leads."""
    return value.text if isinstance(value, Link | Place) else value


def _csv_cell(given: object) -> object:
    value = _plain(given)
    if isinstance(value, str) and value.startswith(_RISKY):
        return f"'{value}"
    return value


def data_table(
    name: str,
    caption: str,
    columns: Iterable[tuple[str, Kind]],
    rows: Iterable[Sequence[Any]],
    *,
    total: Sequence[Any] | None = None,
    folder: Path | None = None,
) -> DataTable:
    """Make a table, and lay all of it beside the page as CSV.

    Args:
        name: Unique on the page; names the CSV file too.
        caption: One line.
        columns: Pairs of heading and kind.
        rows: One sequence per row, values as they are.
        total: The last row; empty texts where a column has none.
        folder: Where the CSV goes; None writes none.

    Returns:
        The table; on a page it shows at most ROWS_SHOWN rows and says how many there are.

    Raises:
        StorageError: The CSV cannot be written.
        ValueError: A figure of the total is not the sum of its column.
    """
    made = DataTable(
        name=name,
        caption=caption,
        columns=tuple(ColumnSpec(title, kind) for title, kind in columns),
        rows=tuple(tuple(row) for row in rows),
        total=None if total is None else tuple(total),
    )
    if folder is None:
        return made
    left = len(made.rows) - ROWS_SHOWN
    words = f"{left:,} more rows are not shown. " if left > 0 else ""
    every = f"All {len(made.rows):,} rows" if len(made.rows) > 1 else "As a file"
    return replace(
        made,
        more=f"{words}{every}:",
        file=write_file(folder / f"{name}.csv", made.to_csv()).name,
    )


def paragraph(text: str, *, outcome: Outcome | None = None) -> str:
    """One sentence as HTML.

    Args:
        text: Any text; it is escaped.
        outcome: Gives it a sign and a colour.

    Returns:
        A `<p>` element.
    """
    words = html.escape(visible(text))
    if outcome is None:
        return f"<p>{words}</p>"
    return f'<p class="note {outcome}"><span>{_MARKS[outcome]}</span> {words}</p>'
