"""Merge: rows of a snapshot put into tables that keep their own, proved before they are visible.

One transaction stages the rows, looks up which are there and whether the others find their parents,
puts them in, and reads every table back: it commits only where each holds its old rows with the
snapshot's put in, and nothing else.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from snapkit.core.merge import MergeCounts, MergeMode
from snapkit.core.merge_plan import (
    DigestBefore,
    LockAgainstWriters,
    LookUp,
    MergePlan,
    MergeRows,
    MergeStep,
    StageRows,
    VerifyMerge,
    plan_merge,
)
from snapkit.core.steps import (
    CheckConstraints,
    DeferConstraints,
    DisableTrigger,
    EnableTrigger,
    ForwardSequence,
)
from snapkit.core.text import counted
from snapkit.core.verdict import RowDifference, Verdict, VerificationReport
from snapkit.pg.alter import check_constraints, defer_constraints, disable_trigger, enable_trigger
from snapkit.pg.catalog import read_catalog
from snapkit.pg.locks import awaiting, lock_tables
from snapkit.pg.merge import hinting, merge_rows
from snapkit.pg.rights import read_target_state
from snapkit.pg.sequences import forward_sequence
from snapkit.pg.session import Session, connect
from snapkit.pg.waits import bounded
from snapkit.workflows._merging import (
    Merging,
    digest_before,
    look_up,
    stage_rows,
    verify,
)
from snapkit.workflows.compare import NAMED_ROWS
from snapkit.workflows.parts import require_parts
from snapkit.workflows.progress import SILENT, Progress, stored_work
from snapkit.workflows.restore import LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snapkit.core.names import TableName
    from snapkit.core.progress import Work
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    """What a merge would do; `named` are rows of the same key that differ."""

    database: str
    plan: MergePlan
    counts: tuple[MergeCounts, ...]
    named: tuple[RowDifference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """A merge that came to its end; `committed` only where the report's verdict is MATCH.

    `counts` has one entry per table of the plan. The report's rows and digests are those of whole
    tables. `named` are rows of the same key that differed before. `timings` are durations [s] by
    name of the step.
    """

    plan: MergePlan
    counts: tuple[MergeCounts, ...]
    named: tuple[RowDifference, ...]
    report: VerificationReport
    committed: bool
    seconds: float
    timings: tuple[tuple[str, float], ...]

    @property
    def rows_restored(self) -> int:
        """Rows of the snapshot that the database holds now, exactly as they were [rows]."""
        return sum(item.restored for item in self.counts) if self.committed else 0


def preview(
    target: Target,
    snapshot: Snapshot,
    mode: MergeMode,
    *,
    only: Iterable[TableName] | None = None,
    named_rows: int = NAMED_ROWS,
    progress: Progress = SILENT,
) -> MergePreview:
    """Say what a merge would do; rows are staged in temporary tables, and nothing is touched.

    Args:
        target: The database.
        snapshot: Whose rows to put in.
        mode: What happens to rows whose key is there already.
        only: The tables to take part; None takes all.
        named_rows: How many rows that differ to name per table [rows].
        progress: Told of the rows staged.

    Returns:
        The plan that `merge` would carry out, and what would become of each row.

    Raises:
        ConnectError: The database cannot be reached.
        PlanError: The merge must not start.
        ManifestError: The snapshot is damaged.
        MismatchError: The target's columns make other values of the rows.
    """
    with connect(target) as session:
        session.begin()
        run = _begin(session, snapshot, mode, only, named_rows=named_rows, progress=progress)
        for step in run.plan.steps:
            if isinstance(step, StageRows | LookUp):
                _step(step, run)
        session.rollback()
    return MergePreview(
        database=session.database, plan=run.plan, counts=_counts(run), named=tuple(run.named)
    )


def merge(
    target: Target,
    snapshot: Snapshot,
    mode: MergeMode,
    *,
    only: Iterable[TableName] | None = None,
    named_rows: int = NAMED_ROWS,
    announce: Callable[[MergePlan], None] | None = None,
    progress: Progress = SILENT,
) -> MergeResult:
    """Put a snapshot's rows into tables that keep their own.

    Args:
        target: A database that has the tables.
        snapshot: Whose rows to put in.
        mode: What happens to rows whose key is there already.
        only: The tables to take part; None takes all.
        named_rows: How many rows that differ to name per table [rows].
        announce: Given the plan before it is carried out; what it raises ends the merge.
        progress: Told of the rows staged and read back.

    Returns:
        What was done and found. Where the verdict is not MATCH, everything was rolled back.

    Raises:
        ConnectError: The database cannot be reached.
        LockedError: Another restore runs, or others hold what is needed.
        PlanError: The merge must not start; rows would lack their parents, for instance.
        DatabaseError: A row was refused, or the server failed; everything was rolled back.
        ManifestError: The snapshot is damaged; everything was rolled back.
        MismatchError: The target's columns make other values of the rows; nothing was touched.
    """
    clock = time.perf_counter()
    with connect(target) as session:
        session.advisory_lock(LOCK)
        session.begin()
        with bounded(session):
            run = _begin(session, snapshot, mode, only, named_rows=named_rows, progress=progress)
        timings: dict[str, float] = {"plan": time.perf_counter() - clock}
        if announce is not None:
            announce(run.plan)
        with bounded(session):
            report = _execute(run, timings)
            committed = report.verdict is Verdict.MATCH
            if committed:
                session.commit()
            else:
                session.rollback()
    return MergeResult(
        plan=run.plan,
        counts=_counts(run),
        named=tuple(run.named),
        report=report,
        committed=committed,
        seconds=time.perf_counter() - clock,
        timings=tuple((name, round(seconds, 3)) for name, seconds in timings.items()),
    )


def _begin(
    session: Session,
    snapshot: Snapshot,
    mode: MergeMode,
    only: Iterable[TableName] | None,
    *,
    named_rows: int,
    progress: Progress,
) -> Merging:
    state = read_target_state(session, read_catalog(session))
    plan = plan_merge(snapshot.manifest, state, mode, only=only)
    require_parts(snapshot, plan.tables)
    progress.begin(f"staging {counted(len(plan.tables), 'table')}", _stored_work(snapshot, plan))
    return Merging(
        plan=plan,
        catalog=state.catalog,
        session=session,
        snapshot=snapshot,
        named_rows=named_rows,
        progress=progress,
    )


def _stored_work(snapshot: Snapshot, plan: MergePlan) -> tuple[Work, ...]:
    return stored_work(snapshot.manifest.by_table[name] for name in plan.tables)


def _counts(run: Merging) -> tuple[MergeCounts, ...]:
    return tuple(run.counts.get(name, MergeCounts(table=name, rows=0)) for name in run.plan.tables)


_LABELS: dict[type[MergeStep], str] = {
    StageRows: "stage",
    LockAgainstWriters: "lock",
    LookUp: "look up",
    DigestBefore: "digest",
    DeferConstraints: "merge",
    DisableTrigger: "merge",
    MergeRows: "merge",
    CheckConstraints: "merge",
    EnableTrigger: "merge",
    ForwardSequence: "sequences",
    VerifyMerge: "verify",
}
"""The name under which each kind of step's time is added up."""


def _execute(run: Merging, timings: dict[str, float]) -> VerificationReport:
    """Carry out the plan step by step; what follows the verification only where all was proved."""
    report = VerificationReport(findings=())
    for step in run.plan.steps:
        clock = time.perf_counter()
        if isinstance(step, VerifyMerge):
            work = _stored_work(run.snapshot, run.plan)
            run.progress.begin(f"reading back {counted(len(step.tables), 'table')}", work)
            report = verify(run)
        else:
            _step(step, run)
        name = _LABELS[type(step)]
        timings[name] = timings.get(name, 0.0) + time.perf_counter() - clock
        if isinstance(step, VerifyMerge) and report.verdict is not Verdict.MATCH:
            break
    return report


def _step(step: MergeStep, run: Merging) -> None:
    session = run.session
    match step:
        case StageRows(table):
            stage_rows(run, table)
        case LockAgainstWriters(tables, excludes_writers):
            strong = excludes_writers
            lock_tables(session, tables, "SHARE ROW EXCLUSIVE" if strong else "ROW EXCLUSIVE")
        case LookUp():
            look_up(run)
        case DigestBefore():
            digest_before(run)
        case DeferConstraints():
            defer_constraints(session)
        case DisableTrigger(table, trigger):
            disable_trigger(session, table, trigger)
        case EnableTrigger(table, trigger):
            enable_trigger(session, table, trigger)
        case MergeRows(tables):
            with hinting(), awaiting(session, _ends(run), "EXCLUSIVE"):
                written = merge_rows(session, [run.staged[name] for name in tables], run.mode)
            run.written |= dict(zip(tables, written, strict=True))
        case CheckConstraints():
            with hinting(), awaiting(session, _ends(run), "EXCLUSIVE"):
                check_constraints(session)
        case ForwardSequence():
            forward_sequence(session, run.catalog, step)
        case VerifyMerge():
            raise AssertionError("the verification is the caller's")
        case _:
            assert_never(step)


def _ends(run: Merging) -> tuple[TableName, ...]:
    """The tables whose rows are needed: those of the merge, and where they have their parents."""
    return tuple(sorted({*run.staged, *(key.parent for key in run.plan.lookups)}))
