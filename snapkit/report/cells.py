"""Cells of a table that lead somewhere, or are led to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.report.result import Outcome

if TYPE_CHECKING:
    from snapkit.core.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cell that leads somewhere; without `href` it is plain text. `outcome` gives its colour."""

    text: str
    href: str = ""
    title: str = ""
    outcome: Outcome = Outcome.UNCHECKED

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell of any kind that leads somewhere (`href`), or is led to (`anchor`, an id)."""

    text: str
    href: str = ""
    anchor: str = ""

    def __str__(self) -> str:
        return self.text


def anchor_of(table: TableName) -> str:
    """The id of what a page says of a table, from any page: safe whatever the name.

    Args:
        table: The table.

    Returns:
        An id.
    """
    name = f"{table.namespace}\0{table.name}".encode("utf-8", "replace")
    return f"of-{hashlib.sha256(name).hexdigest()[:12]}"
