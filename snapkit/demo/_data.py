"""All of the shop's rows, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.demo import (
    _affiliates,
    _audit,
    _blog,
    _goods,
    _invoices,
    _lessons,
    _people,
    _site,
    _work,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.demo._table import DemoTable

_PARTS = (_people, _goods, _lessons, _blog, _site, _work, _affiliates, _invoices, _audit)


def tables() -> Iterator[DemoTable]:
    """Make the tables that hold rows: 37 of them, with 54,923 rows in all.

    Every run gives the same rows. They are made part by part, so that the whole is never in memory
    unless the caller keeps it.

    Yields:
        One table at a time; foreign keys may point at tables that come later.
    """
    for part in _PARTS:
        yield from part.tables()
