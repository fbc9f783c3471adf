"""Verdicts: what a check, a verification or a restore found.

Findings are values; an error is raised only when something could not be looked at. What was not
looked at is UNCHECKED, which is never MATCH.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from snapkit.core.names import ForeignKey, TableName
from snapkit.core.summarized import Summarized

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.summary import Summary


class Verdict(StrEnum):
    """The outcome for one table, or for all of them.

    Example:
        >>> [str(verdict) for verdict in snapkit.Verdict]
        ['match', 'mismatch', 'unchecked']
    """

    MATCH = "match"
    MISMATCH = "mismatch"
    UNCHECKED = "unchecked"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several: one mismatch is a mismatch; nothing checked is UNCHECKED.

    Args:
        verdicts: In any order.

    Returns:
        MATCH only where there is at least one verdict and every one is MATCH.
    """
    seen = set(verdicts)
    if Verdict.MISMATCH in seen:
        return Verdict.MISMATCH
    return Verdict.MATCH if seen == {Verdict.MATCH} else Verdict.UNCHECKED


class RowChange(StrEnum):
    """How one row differs from the snapshot."""

    MISSING = "missing"  # in the snapshot, not in the database
    EXTRA = "extra"  # in the database, not in the snapshot
    CHANGED = "changed"  # the same key, other values


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One column of a changed row; values as COPY text without escapes, None for NULL."""

    column: str
    snapshot: str | None
    database: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One row that differs.

    `key` pairs key columns with their values: all columns where the table has no key.
    """

    table: TableName
    change: RowChange
    key: tuple[tuple[str, str | None], ...]
    values: tuple[ValueChange, ...] = ()

    def __str__(self) -> str:
        key = ", ".join(f"{name}={_shown(value)}" for name, value in self.key)
        values = "; ".join(
            f"{value.column}: {_shown(value.snapshot)} -> {_shown(value.database)}"
            for value in self.values
        )
        return f"{self.table} ({key}) {self.change}" + (f": {values}" if values else "")


def _shown(value: str | None) -> str:
    limit = 60
    if value is None:
        return "NULL"
    return repr(value if len(value) <= limit else value[: limit - 1] + "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One table: what the snapshot says, and what was found.

    Rows [rows]; digests are 64 hex digits, empty where none was taken. `missing`, `extra` and
    `changed` count rows [rows]; `named` lists some of them, at most the caller's limit.
    `quarantined` rows [rows] were set aside: MATCH then means restored + quarantined = snapshot.
    `reason` says why a table is UNCHECKED, or what is wrong with a part.
    """

    table: TableName
    model: str | None
    group: str | None
    verdict: Verdict
    expected_rows: int
    expected_digest: str
    observed_rows: int | None = None
    observed_digest: str = ""
    missing: int = 0
    extra: int = 0
    changed: int = 0
    quarantined: int = 0
    named: tuple[RowDifference, ...] = ()
    reason: str = ""


class OrphanCheck(StrEnum):
    """How a foreign key was proved."""

    ANTI_JOIN = "anti-join"  # every child row was looked up
    CONSTRAINT = "constraint"  # the database validated it in this very transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanFinding:
    """Child rows without a parent, of one foreign key or relation; None where not looked at."""

    foreign_key: ForeignKey
    rows: int | None
    known: int = 0  # orphans that the source had already, by the manifest [rows]
    check: OrphanCheck = OrphanCheck.ANTI_JOIN

    @property
    def verdict(self) -> Verdict:
        """MATCH where there are no more orphans than the source had: none, as a rule.

        Fewer are no fault of the restore: quarantine takes them out, and rows that were changed
        otherwise show in their table's digest.
        """
        if self.rows is None:
            return Verdict.UNCHECKED
        return Verdict.MATCH if self.rows <= self.known else Verdict.MISMATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFinding:
    """Whether the next value of a sequence is free: beyond the greatest value in its columns.

    A sequence feeds the column that owns it and those whose default draws from it. `owner` and
    `column` name the one that holds `greatest`, which is None where all of them are empty, or where
    there are none; then they name the owner, if there is one. `next_value` is None where the
    database has no such sequence. `is_as_in_snapshot` says that it stands exactly where the
    snapshot has it: rows that were given their keys by hand leave a sequence behind, and to put
    such a database back is to put it back so. Where the role may not read the position,
    `is_readable` is false, and nothing is known of it.
    """

    sequence: TableName
    owner: TableName | None
    column: str | None
    next_value: int | None
    greatest: int | None
    increment: int = 1
    is_as_in_snapshot: bool = False
    is_readable: bool = True

    @property
    def is_free(self) -> bool:
        """Whether the sequence exists and no value lies at or beyond its next one."""
        if self.next_value is None:
            return False
        if self.greatest is None:
            return True
        return (self.next_value - self.greatest) * (1 if self.increment > 0 else -1) > 0

    @property
    def verdict(self) -> Verdict:
        """MATCH where the next value is free, or as little free as it was in the source."""
        if not self.is_readable:
            return Verdict.UNCHECKED
        return Verdict.MATCH if self.is_free or self.is_as_in_snapshot else Verdict.MISMATCH


class ObjectChange(StrEnum):
    """How an object that a database declares differs from the snapshot's."""

    MISSING = "missing"  # in the snapshot, not in the database
    CHANGED = "changed"  # another definition or state
    EXTRA = "extra"  # in the database, not in the snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFinding:
    """One index, default, constraint, trigger, grant or the like that differs.

    Definitions are the server's own text; None on the side that has none.
    """

    what: str
    change: ObjectChange
    snapshot: str | None
    database: str | None

    @property
    def verdict(self) -> Verdict:
        """MISMATCH where something was lost or changed: what came since proves nothing wrong."""
        return Verdict.MATCH if self.change is ObjectChange.EXTRA else Verdict.MISMATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport(Summarized):
    """The results for one snapshot.

    `findings` has one entry per table that the manifest names, matches included. `objects` are the
    declared objects that differ, of `objects_compared`, and those that are there besides. `files`
    are faults of a snapshot's files that belong to no table: path and what is wrong. `unchecked`
    names what was not looked at, with the reason.

    Example:
        >>> report = snapkit.verify(shop, snapshot)
        >>> assert report.verdict is snapkit.Verdict.MATCH, report.mismatches
    """

    findings: tuple[Finding, ...]
    orphans: tuple[OrphanFinding, ...] = ()
    sequences: tuple[SequenceFinding, ...] = ()
    objects: tuple[ObjectFinding, ...] = ()
    objects_compared: int = 0
    files: tuple[tuple[str, str], ...] = ()
    unchecked: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst finding. A report that checked nothing is UNCHECKED, never MATCH."""
        tables = worst(finding.verdict for finding in self.findings)
        others = {item.verdict for item in self.orphans}
        others |= {item.verdict for item in self.sequences}
        others |= {item.verdict for item in self.objects}
        if Verdict.MISMATCH in others or self.files:
            return Verdict.MISMATCH
        if Verdict.UNCHECKED in others and tables is Verdict.MATCH:
            return Verdict.UNCHECKED
        return tables

    @property
    def quarantined(self) -> int:
        """Rows that were set aside [rows]."""
        return sum(finding.quarantined for finding in self.findings)

    @property
    def mismatches(self) -> tuple[Finding, ...]:
        """The tables that differ."""
        return tuple(item for item in self.findings if item.verdict is Verdict.MISMATCH)

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import report_summary  # noqa: PLC0415 -- only where shown

        return report_summary(self)
