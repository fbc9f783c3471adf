"""Progress: what a workflow tells whoever waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from snapkit.core.progress import NOTHING, Done, Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.core.catalog import Table
    from snapkit.core.digest import TableDigest
    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import TableName


class Progress(Protocol):
    """Told of each stage, and of what was done with which table; the command line draws it.

    Called by one thread, for a batch of rows or a block of text at a time, never for a row. What it
    raises ends the work, as an error does.
    """

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        """A stage begins; the one before has ended.

        Args:
            what: For people, such as `reading 107 tables`.
            work: What there is to do, a table each; none where the stage is not measured.
        """

    def advance(self, table: TableName, done: Done) -> None:
        """Some of the work with a table was done.

        Args:
            table: At work from its first advance on; that may be of nothing.
            done: What was done since the last advance: rows [rows], COPY text [bytes].
        """

    def end(self, table: TableName) -> None:
        """No work is left with a table.

        Args:
            table: Whatever was told of it; perhaps nothing.
        """


class Silent:
    """Progress for nobody."""

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        """Say nothing."""

    def advance(self, table: TableName, done: Done) -> None:
        """Say nothing."""

    def end(self, table: TableName) -> None:
        """Say nothing."""


SILENT = Silent()


class Telling:
    """Tells of one table as it is digested; a new one says that the table is at work.

    Args:
        progress: Who is told.
        table: The table.
    """

    __slots__ = ("_progress", "_rows", "_size", "_table")

    def __init__(self, progress: Progress, table: TableName) -> None:
        self._progress = progress
        self._table = table
        self._rows = self._size = 0
        progress.advance(table, NOTHING)

    def up_to(self, digest: TableDigest) -> None:
        """Tell of what came since the last time.

        Args:
            digest: Of the rows so far. One that is behind the last is of a table read anew, and
                nothing is told twice.
        """
        if digest.size > self._size:
            done = Done(rows=digest.rows - self._rows, size=digest.size - self._size)
            self._rows, self._size = digest.rows, digest.size
            self._progress.advance(self._table, done)


def stored_work(entries: Iterable[TableEntry]) -> tuple[Work, ...]:
    """What there is to do with tables of a snapshot: their rows and sizes are known.

    Args:
        entries: The tables.

    Returns:
        Each one's work.
    """
    return tuple(Work(table=entry.table, rows=entry.rows, extent=entry.size) for entry in entries)


def live_work(tables: Iterable[Table], pages: dict[TableName, int]) -> tuple[Work, ...]:
    """What there is to do with tables of a database, as the server estimates it.

    Args:
        tables: As the catalog has them.
        pages: Their sizes [pages of the heap]; one without pages has nothing to read.

    Returns:
        Each one's work; rows are unknown where a table was never analyzed.
    """
    return tuple(
        Work(
            table=table.name,
            rows=table.estimated_rows or None,
            extent=table.size_bytes,
            is_estimated=True,
        )
        if pages.get(table.name)
        else Work(table=table.name, rows=0, extent=0, is_estimated=True)
        for table in tables
    )
