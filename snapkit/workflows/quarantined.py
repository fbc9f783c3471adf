"""What a folder of quarantined rows holds, by table and reason; the rows themselves stay on disk.

Source: DESIGN.md, section 5, "Bad rows".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from snapkit.core.names import TableName
from snapkit.errors import StorageError
from snapkit.store import QuarantineFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.store import QuarantinedRow, QuarantineWriter

_BATCH_ROWS: Final = 4096
_BATCH_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why rows of a table are in quarantine; empty where that is not known, or does not apply."""

    table: TableName
    sqlstate: str
    constraint: str
    message: str


@dataclass(slots=True)
class Held:
    """Rows of one table: where they stand in the file, in batches small enough for memory.

    `documents` are rows of JSON files that no COPY text could be made of: nothing loads those.
    """

    columns: tuple[str, ...] = ()
    batches: list[list[int]] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)
    room: int = 0  # left in the last batch [bytes]

    @property
    def lines(self) -> int:
        """Rows that can be tried [rows]."""
        return sum(map(len, self.batches))

    @property
    def rows(self) -> int:
        """All rows [rows]."""
        return self.lines + len(self.documents)


@dataclass(frozen=True, slots=True)
class Contents:
    """What one folder holds."""

    folder: QuarantineFolder
    tables: Mapping[TableName, Held]
    reasons: Counter[Reason]

    @property
    def rows(self) -> int:
        """All rows [rows]."""
        return sum(held.rows for held in self.tables.values())

    @property
    def documents(self) -> int:
        """Rows of JSON files that no COPY text could be made of [rows]."""
        return sum(len(held.documents) for held in self.tables.values())

    def lines_of(
        self, table: TableName, without: frozenset[int] = frozenset()
    ) -> Iterator[list[tuple[int, bytes]]]:
        """Read a table's rows.

        Args:
            table: The table.
            without: Places of rows to leave out.

        Yields:
            Batches of places and COPY text lines, in the folder's order.

        Raises:
            StorageError: The file was changed meanwhile, or the disk fails.
        """
        for batch in self.tables[table].batches:
            places = [place for place in batch if place not in without]
            rows = self.folder.rows_at(places)
            yield [
                (place, row.line)
                for place, row in zip(places, rows, strict=True)
                if row.line is not None
            ]


def contents_of(folder: QuarantineFolder) -> Contents:
    """Read through a folder.

    Args:
        folder: What `Store.open_quarantine` gave.

    Returns:
        Where its rows stand, and why they are there.

    Raises:
        ManifestError: The file is missing.
        StorageError: A line is damaged, or rows of one table name different columns.
    """
    tables: dict[TableName, Held] = {}
    reasons: Counter[Reason] = Counter()
    for place, row in folder.rows():
        _add(tables.setdefault(row.table, Held()), place, row, folder)
        reasons[reason_of(row)] += 1
    return Contents(folder, dict(sorted(tables.items())), reasons)


def reason_of(row: QuarantinedRow) -> Reason:
    """Why a row is in quarantine."""
    return Reason(
        row.table, row.reason["sqlstate"], row.reason["constraint"], row.reason["message"]
    )


def _add(held: Held, place: int, row: QuarantinedRow, folder: QuarantineFolder) -> None:
    if row.line is None:
        held.documents.append(place)
        return
    if held.batches and held.columns != row.columns:
        raise StorageError(
            f"rows of table {row.table} name different columns",
            str(folder.path),
            "Put the rows of each kind into a folder of their own, and requeue one by one.",
        )
    held.columns = row.columns
    held.room -= len(row.line)
    if not held.batches or held.room < 0 or len(held.batches[-1]) == _BATCH_ROWS:
        held.batches.append([])
        held.room = _BATCH_BYTES
    held.batches[-1].append(place)


def carry_over(writer: QuarantineWriter, rows: list[QuarantinedRow]) -> None:
    """Keep rows as they are, with the reason that they have.

    Args:
        writer: Of the folder that they go into.
        rows: As a folder gave them.

    Raises:
        StorageError: The disk is full or gone.
    """
    for row in rows:
        if row.line is None:
            writer.add_document(row.table, row.source, row.document, row.reason["message"])
        else:
            writer.add(row.table, row.columns, row.line, dict(row.reason))


def batched(places: list[int], size: int) -> Iterator[list[int]]:
    """Cut a list into pieces of at most `size`."""
    for start in range(0, len(places), size):
        yield places[start : start + size]
