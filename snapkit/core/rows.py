"""Naming the rows that differ, in flat memory.

Both sides are read twice. The first reading sorts rows by the digest of their key into buckets and
sums each bucket: equal rows give equal sums. The second one keeps only rows of buckets that differ,
and pairs them by key. A row of a table without a key is its own key.

Source: PostgreSQL manual, COPY, text format.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from snapkit.core.names import TableName
from snapkit.core.verdict import RowChange, RowDifference, ValueChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BUCKETS = 65_536
ROWS_AT_ONCE = 200_000  # bounds memory: rows of one group of buckets, both sides

_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_MEANING = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def decode_line(line: bytes) -> tuple[str | None, ...]:
    r"""Split a COPY text line into values.

    Args:
        line: Without its newline, UTF-8; other bytes (of an SQL_ASCII database) become `\xff`.

    Returns:
        One value per column; None for `\N`.
    """
    return tuple(
        None
        if value == rb"\N"
        else _ESCAPE.sub(lambda m: _MEANING.get(m[1], m[1]), value).decode(
            "utf-8", "backslashreplace"
        )
        for value in line.split(b"\t")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShape:
    """How to read a table's lines: its columns, and which of them are the key."""

    table: TableName
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def key_places(self) -> tuple[int, ...]:
        """Where the key's columns stand in a line; all of them where there is no key."""
        return tuple(map(self.columns.index, self.key or self.columns))

    def key_of(self, line: bytes) -> bytes:
        """The key's part of a line."""
        if not self.key:
            return line
        values = line.split(b"\t")
        return b"\t".join([values[place] for place in self.key_places])


def bucket_of(key: bytes) -> int:
    """The bucket of a key, from 0 to BUCKETS - 1."""
    return int.from_bytes(hashlib.sha256(key).digest()[:2])


class BucketSums:
    """First reading: one sum and one count per bucket.

    numpy takes 0.1 s to import, which a comparison that finds every table equal need not pay.
    """

    __slots__ = ("_counts", "_shape", "_sums")

    def __init__(self, shape: RowShape) -> None:
        import numpy as np  # noqa: PLC0415 -- see above

        self._shape = shape
        self._sums = np.zeros(BUCKETS, dtype=np.uint64)
        self._counts = np.zeros(BUCKETS, dtype=np.int64)

    def update(self, lines: Sequence[bytes]) -> None:
        """Add rows.

        Args:
            lines: COPY text lines without newlines.
        """
        import numpy as np  # noqa: PLC0415 -- see above

        if not lines:
            return
        places = np.fromiter((bucket_of(self._shape.key_of(line)) for line in lines), dtype=np.intp)
        digests = b"".join([hashlib.sha256(line).digest()[:8] for line in lines])
        np.add.at(self._sums, places, np.frombuffer(digests, dtype=">u8").astype(np.uint64))
        np.add.at(self._counts, places, 1)

    def differing(self, other: BucketSums) -> tuple[tuple[int, int], ...]:
        """Buckets whose rows are not the same, with the rows to hold for each.

        Args:
            other: The other side.

        Returns:
            Pairs of bucket and rows on both sides together [rows], by bucket.
        """
        import numpy as np  # noqa: PLC0415 -- see above

        unlike = (self._sums != other._sums) | (self._counts != other._counts)
        both = self._counts + other._counts
        return tuple((int(place), int(both[place])) for place in np.flatnonzero(unlike))


def bucket_groups(
    differing: Iterable[tuple[int, int]], at_once: int | None = None
) -> Iterator[frozenset[int]]:
    """Cut buckets into groups that fit into memory, each for one reading.

    Args:
        differing: As `BucketSums.differing` gives them.
        at_once: What fits [rows]; None for ROWS_AT_ONCE.

    Yields:
        Sets of buckets of at most so many rows, or of one bucket.
    """
    most = ROWS_AT_ONCE if at_once is None else at_once
    group: set[int] = set()
    size = 0
    for place, rows in differing:
        if group and size + rows > most:
            yield frozenset(group)
            group, size = set(), 0
        group.add(place)
        size += rows
    if group:
        yield frozenset(group)


@dataclass(slots=True)
class RowDifferences:
    """What was found: counts of all [rows], and the first rows by name.

    `tell` is called with every row that differs, whatever the limit.
    """

    missing: int = 0
    extra: int = 0
    changed: int = 0
    named: list[RowDifference] = field(default_factory=list)
    tell: Callable[[RowDifference], object] | None = None


class RowPairs:
    """Second reading: keeps the rows of one group of buckets and pairs them by key."""

    def __init__(self, shape: RowShape, buckets: frozenset[int]) -> None:
        self._shape = shape
        self._buckets = buckets
        self._snapshot: dict[bytes, Counter[bytes]] = {}
        self._database: dict[bytes, Counter[bytes]] = {}

    def add_snapshot(self, lines: Iterable[bytes]) -> None:
        """Keep those of the snapshot's rows that lie in the buckets."""
        self._keep(self._snapshot, lines)

    def add_database(self, lines: Iterable[bytes]) -> None:
        """Keep those of the database's rows that lie in the buckets."""
        self._keep(self._database, lines)

    def _keep(self, rows: dict[bytes, Counter[bytes]], lines: Iterable[bytes]) -> None:
        for line in lines:
            key = self._shape.key_of(line)
            if bucket_of(key) in self._buckets:
                rows.setdefault(key, Counter())[line] += 1

    def collect(self, into: RowDifferences, *, limit: int) -> None:
        """Count every difference, and name the first ones.

        Args:
            into: Takes counts and names, and is told of each.
            limit: How many rows to name in all [rows].
        """
        empty: Counter[bytes] = Counter()
        for key in sorted(self._snapshot.keys() | self._database.keys()):
            ours = self._snapshot.get(key, empty)
            theirs = self._database.get(key, empty)
            gone = sorted((ours - theirs).elements())
            new = sorted((theirs - ours).elements())
            changed = min(len(gone), len(new)) if self._shape.key else 0
            into.changed += changed
            into.missing += len(gone) - changed
            into.extra += len(new) - changed
            for difference in self._differences(gone, new, changed):
                is_named = len(into.named) < limit
                if is_named:
                    into.named.append(difference)
                if into.tell is not None:
                    into.tell(difference)
                elif not is_named:
                    break

    def _differences(
        self, gone: list[bytes], new: list[bytes], changed: int
    ) -> Iterator[RowDifference]:
        """The differences of one key; the first ones are changes."""
        for place in range(max(len(gone), len(new))):
            if place < changed:
                yield self._change(gone[place], new[place])
                continue
            if place < len(gone):
                yield self._one(RowChange.MISSING, gone[place])
            if place < len(new):
                yield self._one(RowChange.EXTRA, new[place])

    def _one(self, change: RowChange, line: bytes) -> RowDifference:
        return RowDifference(table=self._shape.table, change=change, key=self._key(line))

    def _change(self, ours: bytes, theirs: bytes) -> RowDifference:
        pairs = zip(self._shape.columns, decode_line(ours), decode_line(theirs), strict=True)
        return RowDifference(
            table=self._shape.table,
            change=RowChange.CHANGED,
            key=self._key(ours),
            values=tuple(
                ValueChange(column=column, snapshot=old, database=new)
                for column, old, new in pairs
                if old != new
            ),
        )

    def _key(self, line: bytes) -> tuple[tuple[str, str | None], ...]:
        if not self._shape.columns:
            return ()
        values = decode_line(line)
        return tuple(
            (self._shape.columns[place], values[place]) for place in self._shape.key_places
        )
