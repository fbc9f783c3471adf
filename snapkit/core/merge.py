"""The arithmetic of a merge: what must be there afterwards, and what became of each row.

Digests are sums, so what a table must hold after a merge is known before a row is touched.

Source: DESIGN.md, section 5; core/digest.py, "Row digest".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from snapkit.core.names import TableName

if TYPE_CHECKING:
    from snapkit.core.catalog import Sequence
    from snapkit.core.digest import TableDigest


class MergeMode(StrEnum):
    """How the rows of a snapshot meet those that are there."""

    INSERT_MISSING = "insert-missing"  # rows whose key is absent come in; the others stay
    UPSERT = "upsert"  # rows of the same key become the snapshot's, too


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCounts:
    """What became of the snapshot's rows of one table [rows].

    `inserted` were absent; `updated` had other values, and have the snapshot's now; `kept` were
    there already, exactly so; `differing` have the same key and other values, and were left alone:
    only INSERT_MISSING leaves such rows. Each row of the snapshot is one of the four.
    """

    table: TableName
    rows: int
    inserted: int = 0
    updated: int = 0
    kept: int = 0
    differing: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row of the snapshot is accounted for."""
        figures = (self.inserted, self.updated, self.kept, self.differing)
        return sum(figures) == self.rows and min(figures) >= 0

    @property
    def restored(self) -> int:
        """Rows of the snapshot that the table holds afterwards, exactly as they were [rows]."""
        return self.inserted + self.updated + self.kept


def count_merge(
    mode: MergeMode, table: TableName, *, rows: int, matched: int, differing: int
) -> MergeCounts:
    """Say what a merge makes of a snapshot's rows.

    Args:
        mode: Of the merge.
        table: The table.
        rows: The snapshot's [rows].
        matched: Those of them whose key is there [rows].
        differing: Those of the matched ones whose other values differ [rows].

    Returns:
        The counts.
    """
    is_upsert = mode is MergeMode.UPSERT
    return MergeCounts(
        table=table,
        rows=rows,
        inserted=rows - matched,
        updated=differing if is_upsert else 0,
        kept=matched - differing,
        differing=0 if is_upsert else differing,
    )


def merged(
    mode: MergeMode,
    *,
    before: TableDigest,
    matched: TableDigest,
    staged: TableDigest,
    missing: TableDigest,
) -> TableDigest:
    """The digest of what a table must hold after a merge.

    Args:
        mode: Of the merge.
        before: Of the table's rows before.
        matched: Of those rows of the table whose key the snapshot has.
        staged: Of the snapshot's rows.
        missing: Of the snapshot's rows whose key the table lacked.

    Returns:
        Of the old rows and the missing ones; with UPSERT the matched rows are the snapshot's.
    """
    if mode is MergeMode.UPSERT:
        return before - matched + staged
    return before + missing


def forwarded(
    sequence: Sequence, *, snapshot: Sequence | None, greatest: int | None
) -> Sequence | None:
    """Where a sequence must stand so that nothing it gives was given before; never back.

    Args:
        sequence: Where it stands now.
        snapshot: Where the snapshot has it; None for nowhere.
        greatest: The farthest value in its column; None for an empty one.

    Returns:
        The sequence moved forward; None where it stands far enough, and for one that cycles.
    """
    way = 1 if sequence.increment > 0 else -1
    used = [] if greatest is None else [greatest]
    if snapshot is not None and snapshot.is_called and snapshot.increment * way > 0:
        used.append(snapshot.last_value)
    used = [value for value in used if sequence.minimum <= value <= sequence.maximum]
    farthest = max(used, key=lambda value: value * way, default=None)
    if farthest is None or sequence.cycles or (sequence.next_value - farthest) * way > 0:
        return None
    return replace(sequence, last_value=farthest, is_called=True)
