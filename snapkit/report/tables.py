"""Tables of a report, for pages, terminals and as CSV.

In JupyterLab `DataTable.frame` is the pandas DataFrame to go on with. Pages do without pandas: its
import takes longer than all tables of a page, and its Styler escapes nothing, names no scope of a
header, and repeats ids.
"""

from __future__ import annotations

import csv
import html
import io
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapkit.report.result import Outcome, write_file
from snapkit.report.text import seconds_text, size_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import jinja2
    import pandas as pd

TEMPLATES = Path(__file__).parent / "templates"
ROWS_SHOWN = 500  # of a table on a page; the whole of it lies beside the page as CSV
_TEXT_LENGTH = 200
_MARKS = {
    Outcome.MATCH: "✔",
    Outcome.MISMATCH: "✘",
    Outcome.UNCHECKED: "?",
    Outcome.FAILED: "✘",
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


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its heading, and what it holds."""

    title: str
    kind: Kind = Kind.TEXT


@cache
def _template() -> jinja2.Template:
    import jinja2  # noqa: PLC0415  # drawing a graph needs none

    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True).get_template("table.html.j2")


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

    `name` is unique on a page; `total` is a last row in bold, which the frame does not have.
    `anchors` are ids of rows. `more` says what the page leaves out, `file` where all of it is.
    """

    name: str
    caption: str
    columns: tuple[ColumnSpec, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] | None = None
    anchors: tuple[str, ...] = ()
    more: str = ""
    file: str = ""

    @property
    def frame(self) -> pd.DataFrame:
        """All rows, as objects: pandas changes no value."""
        import pandas as pd  # noqa: PLC0415  # half a second

        return pd.DataFrame(
            list(self.rows), columns=[column.title for column in self.columns], dtype=object
        )

    def to_html(self) -> str:
        """The table for a page: headers with scope, a caption, numbers aligned, all escaped."""
        total = None if self.total is None else self._total_texts(self.total)
        return _template().render(
            name=self.name,
            caption=self.caption,
            heads=[(column.title, str(column.kind)) for column in self.columns],
            rows=[
                (anchor, outcome, cells)
                for anchor, outcome, cells in zip_longest(
                    self.anchors[:ROWS_SHOWN], self._outcomes(), self._texts(), fillvalue=""
                )
            ],
            total=total,
            more=self.more,
            file=self.file,
        )

    def to_csv(self) -> bytes:
        """Every row as CSV, UTF-8; a text that a spreadsheet would run gets an apostrophe."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow([column.title for column in self.columns])
        writer.writerows([_csv_cell(value) for value in row] for row in self.rows)
        return stream.getvalue().encode("utf-8", "replace")

    def _texts(self) -> list[list[str]]:
        """The cells that are shown, as text."""
        return [
            [cell_text(value, column.kind) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows[:ROWS_SHOWN]
        ]

    def _outcomes(self) -> list[str]:
        """The class of each row that has an outcome, for its colour."""
        return [
            next((str(value) for value in row if isinstance(value, Outcome)), "")
            for row in self.rows[:ROWS_SHOWN]
        ]

    def _total_texts(self, total: Sequence[object]) -> list[str]:
        pairs = zip(total, self.columns, strict=True)
        return ["" if value == "" else cell_text(value, column.kind) for value, column in pairs]

    def __str__(self) -> str:
        cells = [[column.title for column in self.columns], *self._texts()]
        cells += [] if self.total is None else [self._total_texts(self.total)]
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


def _csv_cell(value: object) -> object:
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
    anchors: Iterable[str] = (),
    folder: Path | None = None,
) -> DataTable:
    """Make a table, and lay all of it beside the page as CSV.

    Args:
        name: Unique on the page; names the CSV file too.
        caption: One line.
        columns: Pairs of heading and kind.
        rows: One sequence per row, values as they are.
        total: The last row; empty texts where a column has none.
        anchors: Ids of the rows, for links.
        folder: Where the CSV goes; None writes none.

    Returns:
        The table; on a page it shows at most ROWS_SHOWN rows and says how many there are.

    Raises:
        StorageError: The CSV cannot be written.
    """
    made = DataTable(
        name=name,
        caption=caption,
        columns=tuple(ColumnSpec(title, kind) for title, kind in columns),
        rows=tuple(tuple(row) for row in rows),
        total=None if total is None else tuple(total),
        anchors=tuple(anchors),
    )
    if folder is None:
        return made
    left = len(made.rows) - ROWS_SHOWN
    words = f"{left:,} more rows are not shown. " if left > 0 else ""
    return replace(
        made,
        more=f"{words}All {len(made.rows):,} rows:",
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
