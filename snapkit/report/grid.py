"""A table of a report as HTML: Great Tables renders it, this module only says how it should look.

Great Tables escapes every cell, gives each header its scope and each cell its headers, and names a
table by its title. Its colours are those of the page, light or dark, and of JupyterLab's theme
where there is no page; its ids make the output the same each time.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from snapkit.core.text import visible
from snapkit.report.cells import Link, Place
from snapkit.report.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snapkit.report.tables import ColumnSpec, DataTable

RIGHT = frozenset({"number", "size", "seconds"})
_LINE = "var(--line, var(--jp-border-color1, #d7dce3))"
_FAINT = "var(--faint, var(--jp-content-font-color2, #5d6675))"
_COLOURS = {
    Outcome.MATCH: "var(--good, var(--jp-success-color0, #17703f))",
    Outcome.MISMATCH: "var(--bad, var(--jp-error-color0, #b3261e))",
    Outcome.UNCHECKED: "var(--open, var(--jp-warn-color0, #7a5200))",
    Outcome.FAILED: "var(--bad, var(--jp-error-color0, #b3261e))",
    Outcome.QUARANTINED: "var(--open, var(--jp-warn-color0, #7a5200))",
    Outcome.DRIFT: "var(--open, var(--jp-warn-color0, #7a5200))",
}
_MONOSPACE = 'ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace'
_LOOKS = {
    "code": f"font-family: {_MONOSPACE}; max-width: 26rem; overflow-wrap: break-word;",
    "text": "min-width: 6rem; max-width: 34rem; overflow-wrap: break-word;",
    "outcome": "white-space: nowrap;",
    "link": "white-space: nowrap;",
} | dict.fromkeys(RIGHT, "white-space: nowrap;")
_OPTIONS: Mapping[str, Any] = {
    "table_background_color": "inherit",  # and with it the colour of all text
    "table_font_names": ["inherit"],
    "table_font_size": "0.88rem",
    "table_margin_left": "0px",
    "table_margin_right": "0px",
    "table_border_top_style": "none",
    "table_border_bottom_style": "none",
    "table_body_hlines_color": _LINE,
    "table_body_border_top_style": "none",
    "table_body_border_bottom_color": _LINE,
    "heading_align": "left",
    "heading_title_font_size": "0.84rem",
    "heading_padding": "3px",
    "heading_padding_horizontal": "0px",
    "heading_border_bottom_style": "none",
    "column_labels_font_size": "0.82rem",
    "column_labels_font_weight": "600",
    "column_labels_padding_horizontal": "6px",
    "column_labels_border_top_style": "none",
    "column_labels_border_bottom_color": _FAINT,
    "data_row_padding": "4px",
    "data_row_padding_horizontal": "6px",
    "stub_border_style": "none",
    "grand_summary_row_padding": "4px",
    "grand_summary_row_padding_horizontal": "6px",
    "grand_summary_row_border_style": "solid",
    "grand_summary_row_border_width": "2px",
    "grand_summary_row_border_color": _FAINT,
    "source_notes_font_size": "0.84rem",
    "source_notes_padding_horizontal": "0px",
    "source_notes_border_bottom_style": "none",
    "container_padding_y": "0px",
    "container_overflow_x": "visible",  # the region around it scrolls, and can have the focus
    "container_overflow_y": "visible",
}


def table_id(name: str) -> str:
    """The id of a table's element.

    Args:
        name: The table's, unique on its page.

    Returns:
        An id that is safe in a style sheet too.
    """
    return "table-" + re.sub(r"[^A-Za-z0-9_]+", "-", name)


def row_id(name: str, number: int) -> str:
    """The id of a row's first cell, for links.

    Args:
        name: The table's.
        number: The row, from 1.

    Returns:
        The id that Great Tables gives it.
    """
    return f"{table_id(name)}-stub-{number}"


def render_table(table: DataTable) -> str:
    """Render a table with at least one row.

    Args:
        table: The table; rows beyond its limit are left out.

    Returns:
        A region that scrolls by itself, with the table inside.

    Raises:
        ValueError: Two columns have the same title.
    """
    from great_tables import GT, loc, style  # noqa: PLC0415  # a second, with pandas
    from great_tables import html as markup  # noqa: PLC0415
    from pandas import DataFrame, Series  # noqa: PLC0415

    titles = [_title(column) for column in table.columns]
    frame = DataFrame(_cells(table), columns=titles, dtype=object)
    made = (
        GT(frame, id=table_id(table.name), rowname_col=titles[0], auto_align=False)
        .tab_stubhead(label=titles[0])
        .tab_header(title=visible(table.caption))
        .cols_align("left", columns=titles)
        .cols_align("right", columns=_titles(table.columns, RIGHT))
        .fmt_passthrough(columns=[titles[place] for place in sorted(_written(table))], escape=False)
        .tab_options(**_OPTIONS)
        .opt_css(_looks(table))
    )
    if table.total is not None:
        label, *rest = table.total_texts
        texts = (html.escape(text) for text in rest)  # Great Tables takes them for markup
        sums = Series(dict(zip(titles[1:], texts, strict=True)), dtype=object)
        made = made.grand_summary_rows(fns={label: lambda _: sums})
    for title, outcome, rows in _coloured(table):
        made = made.tab_style(
            style.text(color=_COLOURS[outcome], weight="bold"), loc.body(columns=title, rows=rows)
        )
    if table.file:
        made = made.tab_source_note(markup(_note(table)))
    label = html.escape(visible(table.caption))
    return (
        f'<div class="table" style="overflow-x: auto" role="region" aria-label="{label}" '
        f'tabindex="0">\n{made.as_raw_html()}</div>'
    )


def _title(column: ColumnSpec) -> str:
    return visible(column.title)


def _titles(columns: Sequence[ColumnSpec], kinds: frozenset[str] | set[str]) -> list[str]:
    return [_title(column) for column in columns if column.kind in kinds]


def _cells(table: DataTable) -> list[list[str]]:
    """The cells: text, which Great Tables escapes, or markup in a column that has any."""
    written = _written(table)
    return [
        [
            _markup(value, text) if place in written else text
            for place, (text, value) in enumerate(zip(texts, row, strict=True))
        ]
        for texts, row in zip(table.texts, table.rows, strict=False)
    ]


def _written(table: DataTable) -> frozenset[int]:
    """The columns that have a cell which leads somewhere, or is led to."""
    return frozenset(
        place
        for row in table.rows[: table.limit]
        for place, value in enumerate(row)
        if isinstance(value, Link | Place)
    )


def _markup(value: object, text: str) -> str:
    """A cell as markup."""
    shown = html.escape(text)
    match value:
        case Link():
            return _chip(value, html.escape(visible(value.text)))
        case Place(href=href, anchor=anchor):
            inside = f'<span id="{html.escape(anchor)}">{shown}</span>' if anchor else shown
            return f'<a href="{_address(href)}">{inside}</a>' if href else inside
        case _:
            return shown


def _chip(link: Link, text: str) -> str:
    if not link.href:
        return f'<span class="faint">{text}</span>'
    title = html.escape(visible(link.title))
    return f'<a class="chip {link.outcome}" href="{_address(link.href)}" title="{title}">{text}</a>'


def _address(href: str) -> str:
    return html.escape(quote(href, safe="/#"))


def _coloured(table: DataTable) -> list[tuple[str, Outcome, list[int]]]:
    """Which rows of which column have which outcome."""
    found: dict[tuple[str, Outcome], list[int]] = {}
    for place, row in enumerate(table.rows[: table.limit]):
        for value, column in zip(row, table.columns, strict=True):
            if isinstance(value, Outcome):
                found.setdefault((_title(column), value), []).append(place)
    return [(title, outcome, rows) for (title, outcome), rows in found.items()]


def _looks(table: DataTable) -> str:
    """Rules of this one table: one per column, instead of a style in each of its cells."""
    this = f"#{table_id(table.name)}"
    rules = [
        f"{this} .gt_row:nth-child({place}) {{ {_LOOKS[column.kind]} vertical-align: top; }}"
        for place, column in enumerate(table.columns, start=1)
    ]
    rules += [
        f"{this} .gt_title, {this} .gt_sourcenote {{ color: {_FAINT}; }}",
        f"{this} .gt_grand_summary_row {{ font-weight: 700; }}",
        f"{this} .gt_col_heading, {this} .gt_row {{ overflow-x: visible; }}",
    ]
    return "\n".join(rules)


def _note(table: DataTable) -> str:
    file = html.escape(table.file)
    return f'{html.escape(table.more)} <a href="{html.escape(quote(table.file))}">{file}</a>'
