"""The two sides of a comparison of rows, and the differences between them.

A side is read once, and eight bytes of each row's digest are kept in an unnamed file. From these
files the places of the rows that differ are found, and only those rows are read again. Where too
many differ, or the rows found do not account for the difference, both sides are read again and
again, and paired some keys at a time.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from snapkit.core.digest import RowDigester, TableDigest, digest_batches, split_lines
from snapkit.core.manifest import TableEntry
from snapkit.core.rows import (
    BUCKETS,
    BucketSums,
    RowDifferences,
    RowPairs,
    RowShape,
    bucket_groups,
)
from snapkit.core.rows_apart import first_words, places_apart
from snapkit.pg.copy import copy_out
from snapkit.pg.places import rows_at
from snapkit.pg.rows import RowSource
from snapkit.pg.session import Session
from snapkit.store import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType


MOST_APART = 20_000  # rows that are held at once
_HELD_BYTES = 32 * 1024 * 1024  # of such rows, by their mean size [bytes]
_SPILLS_AT = 1024 * 1024  # [bytes]
_BLOCK_BYTES = 512 * 1024


class Side(Protocol):
    """Rows in an order that stays the same."""

    def lines(self) -> Iterator[list[bytes]]:
        """Read all: batches of COPY text lines without newlines."""

    def lines_at(self, places: Sequence[int]) -> list[bytes] | None:
        """Read the rows at some places, ascending; None where there is no way to."""


@dataclass(frozen=True, slots=True)
class SnapshotSide:
    """A table's rows in a snapshot; `columns` in this order, None for that of the parts."""

    snapshot: Snapshot
    entry: TableEntry
    columns: tuple[str, ...] | None = None

    def lines(self) -> Iterator[list[bytes]]:
        """Read all rows."""
        return self._ordered(snapshot_lines(self.snapshot, self.entry))

    def lines_at(self, places: Sequence[int]) -> list[bytes]:
        """Read the parts that hold the places."""
        found: list[bytes] = []
        first = 0
        for part in self.entry.parts:
            wanted = _within(places, first, part.rows)
            start = first
            for lines in split_lines(self.snapshot.blocks(part)) if wanted else ():
                found += [lines[place - start] for place in _within(wanted, start, len(lines))]
                start += len(lines)
            first += part.rows
        return next(self._ordered(iter([found])))

    def _ordered(self, batches: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
        names = self.entry.column_names
        if self.columns is None or self.columns == names:
            return batches
        order = [names.index(name) for name in self.columns]
        return ([_reordered(line, order) for line in lines] for lines in batches)


def _within(places: Sequence[int], first: int, rows: int) -> Sequence[int]:
    return places[bisect_left(places, first) : bisect_left(places, first + rows)]


def _reordered(line: bytes, order: list[int]) -> bytes:
    values = line.split(b"\t")
    return b"\t".join([values[place] for place in order])


@dataclass(frozen=True, slots=True)
class DatabaseSide:
    """A table's rows in a database, inside one transaction without synchronized scans."""

    session: Session
    source: RowSource
    columns: tuple[str, ...]

    def lines(self) -> Iterator[list[bytes]]:
        """Read all rows."""
        return copy_out(self.session, self.source, self.columns)

    def lines_at(self, places: Sequence[int]) -> list[bytes] | None:
        """Read some rows, of an ordinary table."""
        if not self.source.is_plain:
            return None
        return rows_at(self.session, self.source.table, self.columns, places)


def snapshot_lines(snapshot: Snapshot, entry: TableEntry) -> Iterator[list[bytes]]:
    """Read a table's rows from a snapshot.

    Args:
        snapshot: The snapshot.
        entry: The table.

    Yields:
        Batches of COPY text lines without newlines.

    Raises:
        ManifestError: A part is missing or damaged.
    """
    for part in entry.parts:
        yield from split_lines(snapshot.blocks(part))


class Reading:
    """What one reading of a side leaves: the digest of all rows, and eight bytes of each one's.

    A context manager. The eight bytes lie in memory at first, then in a file without a name; where
    the disk has no room for them, they are given up.
    """

    def __init__(self) -> None:
        self._digester = RowDigester(self._keep)
        self._file = tempfile.SpooledTemporaryFile(max_size=_SPILLS_AT)  # noqa: SIM115 -- __exit__
        self.has_digests = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, side: Side, told: Callable[[TableDigest], object] = lambda _: None) -> Self:
        """Read a side.

        Args:
            side: Which.
            told: Called with the digest so far.

        Returns:
            This.
        """
        for lines in side.lines():
            self._digester.update(lines)
            told(self._digester.result())
        return self

    @property
    def total(self) -> TableDigest:
        """The digest of all rows."""
        return self._digester.result()

    def digests(self) -> Iterator[bytes]:
        """The first eight bytes of the rows' digests, in blocks."""
        self._file.seek(0)
        return iter(lambda: self._file.read(_BLOCK_BYTES), b"")

    def _keep(self, digests: bytes) -> None:
        if not self.has_digests:
            return
        try:
            self._file.write(first_words(digests))
        except OSError:
            self.has_digests = False


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of one table; `ours` are the rows that are expected."""

    shape: RowShape
    ours: Side
    theirs: Side

    def compare(
        self,
        found: RowDifferences,
        *,
        limit: int,
        ours: Reading | None = None,
        theirs: Reading | None = None,
    ) -> None:
        """Find every row that differs.

        Args:
            found: Takes them.
            limit: How many rows to name [rows].
            ours: What a reading left; None reads the side.
            theirs: The same for the other side.

        Raises:
            DatabaseError: The server failed.
            ManifestError: A part cannot be read.
        """
        with Reading() as one, Reading() as other:
            rows = self._apart(ours or one.read(self.ours), theirs or other.read(self.theirs))
        if rows is None:
            compare_by_buckets(self.shape, self.ours.lines, self.theirs.lines, found, limit=limit)
            return
        pairs = RowPairs(self.shape, frozenset(range(BUCKETS)))
        pairs.add_snapshot(rows[0])
        pairs.add_database(rows[1])
        pairs.collect(found, limit=limit)

    def _apart(self, ours: Reading, theirs: Reading) -> tuple[list[bytes], list[bytes]] | None:
        """The rows of each side that the other has not; None where they were not found."""
        if not (ours.has_digests and theirs.has_digests):
            return None
        both = ours.total + theirs.total
        most = min(MOST_APART, _HELD_BYTES * both.rows // max(1, both.size))
        places = places_apart(ours.digests, theirs.digests, most=most)
        if places is None:
            return None
        gone, new = self.ours.lines_at(places[0]), self.theirs.lines_at(places[1])
        if gone is None or new is None:
            return None
        accounted = ours.total - digest_batches([gone]) + digest_batches([new])
        return (gone, new) if accounted == theirs.total else None


def compare_by_buckets(
    shape: RowShape,
    ours: Callable[[], Iterator[list[bytes]]],
    theirs: Callable[[], Iterator[list[bytes]]],
    found: RowDifferences,
    *,
    limit: int,
) -> None:
    """Pair rows by key, some keys at a time, however many differ.

    Args:
        shape: Says what the key is.
        ours: Gives batches of COPY text lines without newlines; called several times.
        theirs: The same for the other side.
        found: Takes the differences.
        limit: How many rows to name [rows].

    Raises:
        DatabaseError: The server failed.
        ManifestError: A part cannot be read.
    """
    sums = [_sums(shape, side) for side in (ours, theirs)]
    for buckets in bucket_groups(sums[0].differing(sums[1])):
        pairs = RowPairs(shape, buckets)
        for lines in ours():
            pairs.add_snapshot(lines)
        for lines in theirs():
            pairs.add_database(lines)
        pairs.collect(found, limit=limit)


def _sums(shape: RowShape, side: Callable[[], Iterator[list[bytes]]]) -> BucketSums:
    sums = BucketSums(shape)
    for lines in side():
        sums.update(lines)
    return sums
