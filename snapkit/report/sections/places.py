"""Where sections lead: from a table's row to what this page, and the others, say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.report.cells import Place, anchor_of
from snapkit.report.parameters import Notebook
from snapkit.report.sources import pages_beside
from snapkit.report.text import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.names import TableName

# Every page with a row for each table; which of them a row leads to is the first that is there.
_ROWS = (Notebook.COVERAGE, Notebook.SCHEMA_GRAPH, Notebook.RESTORE_VERIFICATION)


def section(title: str, text: str) -> Place:
    """A cell that leads to a section of this page.

    Args:
        title: The section's heading.
        text: What the cell says.

    Returns:
        The cell.
    """
    return Place(text=text, href=f"#{slug(title)}")


def table_row(
    table: TableName, text: str, *, page: Notebook, to: Sequence[Notebook] = _ROWS
) -> Place:
    """The cell by which the row of a table is found, and which leads to its row on another page.

    Args:
        table: The table.
        text: What the cell says.
        page: The page that it stands on.
        to: Other pages; the first of them that is there is led to.

    Returns:
        The cell.
    """
    return Place(text=text, href=elsewhere(table, page, to), anchor=anchor_of(table))


def elsewhere(table: TableName, page: Notebook, to: Sequence[Notebook] = _ROWS) -> str:
    """Where another page has the row of a table.

    Args:
        table: The table.
        page: The page that leads there.
        to: Other pages; the first of them that is there counts.

    Returns:
        A relative address; empty where there is none.
    """
    there = pages_beside()
    found = next((item for item in to if item is not page and item in there), None)
    return f"{found}.html#{anchor_of(table)}" if found else ""
