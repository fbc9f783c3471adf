"""Restore: one transaction that commits only when every row was read back and matches.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from snapkit.core.plan import OnError, RestoreMode, RestorePlan, plan_restore
from snapkit.core.steps import (
    AddForeignKey,
    AdvanceSequence,
    CheckConstraints,
    CopyIn,
    DeferConstraints,
    DeferForeignKey,
    DeleteRows,
    DisableTrigger,
    DropForeignKey,
    EnableTrigger,
    LoadTogether,
    LockTables,
    QuarantineOrphans,
    RefreshView,
    RequireEmpty,
    RunDdl,
    SetSequence,
    Step,
    Truncate,
    UndeferForeignKey,
    Verify,
)
from snapkit.core.text import counted
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import DatabaseError, ManifestError, PlanError, UsageError
from snapkit.pg.alter import (
    add_foreign_key,
    check_constraints,
    defer_constraints,
    defer_foreign_key,
    delete_rows,
    disable_trigger,
    drop_foreign_key,
    enable_trigger,
    refresh,
    truncate,
    undefer_foreign_key,
)
from snapkit.pg.catalog import read_catalog
from snapkit.pg.copy import copy_in
from snapkit.pg.ddl import run_ddl
from snapkit.pg.locks import lock_tables
from snapkit.pg.orphans import read_operators
from snapkit.pg.rights import read_target_state, tables_with_rows
from snapkit.pg.sequences import advance_sequence, set_sequence
from snapkit.pg.session import Session, connect
from snapkit.pg.stage import insert_together, make_stage
from snapkit.store import QuarantineWriter, Snapshot
from snapkit.workflows.compare import (
    NAMED_ROWS,
    Comparison,
    compare_orphans,
    compare_sequences,
    compare_tables,
)
from snapkit.workflows.progress import SILENT, Progress
from snapkit.workflows.quarantine import Quarantine
from snapkit.workflows.trial import try_ddl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.pg.target import Target

LOCK = "snapkit restore"  # the name of the advisory lock: one restore at a time per database


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """A restore that came to its end; `committed` only where the report's verdict is MATCH.

    `timings` are durations [s] by name of the step.
    """

    plan: RestorePlan
    report: VerificationReport
    committed: bool
    seconds: float
    timings: tuple[tuple[str, float], ...]
    quarantine: Path | None = None  # the folder of the rows that were set aside

    @property
    def rows_restored(self) -> int:
        """Rows that are visible now because of this restore [rows]."""
        found = sum(finding.observed_rows or 0 for finding in self.report.findings)
        return found if self.committed else 0


def plan(
    target: Target,
    snapshot: Snapshot,
    *,
    replace: bool = False,
    only: Iterable[TableName] | None = None,
    on_error: OnError = OnError.STOP,
) -> RestorePlan:
    """Decide how to restore, and touch nothing.

    Args:
        target: The database.
        snapshot: What to restore.
        replace: Whether rows that are there now may be removed.
        only: The tables to restore; None restores all.
        on_error: What happens to rows that the target refuses.

    Returns:
        The plan that `restore` would carry out.

    Raises:
        ConnectError: The database cannot be reached.
        PlanError: The restore must not start.
        ManifestError: A file of the snapshot is missing.
    """
    with connect(target) as session:
        session.begin(isolation="REPEATABLE READ", read_only=True)
        chosen = _plan(session, snapshot, replace=replace, only=only, on_error=on_error)
        session.rollback()
        if chosen.mode is RestoreMode.CREATE:
            session.begin()
            try_ddl(session, snapshot)
            session.rollback()
        return chosen


def restore(
    target: Target,
    snapshot: Snapshot,
    *,
    replace: bool = False,
    only: Iterable[TableName] | None = None,
    on_error: OnError = OnError.STOP,
    quarantine: Callable[[], QuarantineWriter] | None = None,
    named_rows: int = NAMED_ROWS,
    announce: Callable[[RestorePlan], None] | None = None,
    progress: Progress = SILENT,
) -> RestoreResult:
    """Put a snapshot back.

    Args:
        target: An empty database, or one that has the tables.
        snapshot: What to restore.
        replace: Whether rows that are there now may be removed.
        only: The tables to restore; None restores all.
        on_error: What happens to rows that the target refuses.
        quarantine: Begins a folder for them; needed with QUARANTINE.
        named_rows: How many rows to name per table that differs [rows].
        announce: Given the plan before it is carried out; what it raises ends the restore.
        progress: Told of the bytes written and read back.

    Returns:
        What was done and found. Where the verdict is not MATCH, everything was rolled back.

    Raises:
        ConnectError: The database cannot be reached.
        LockedError: Another restore runs, or others hold the tables.
        PlanError: The restore must not start.
        DatabaseError: A row was refused, or the server failed; everything was rolled back.
        ManifestError: The snapshot is damaged; everything was rolled back.
    """
    clock = time.perf_counter()
    with ExitStack() as stack:
        session = stack.enter_context(connect(target))
        session.advisory_lock(LOCK)
        session.begin()
        chosen = _plan(session, snapshot, replace=replace, only=only, on_error=on_error)
        if chosen.mode is RestoreMode.CREATE and _is_of_another_version(snapshot, session):
            try_ddl(session, snapshot)
        timings: dict[str, float] = {"plan": time.perf_counter() - clock}
        if announce is not None:
            announce(chosen)
        progress.begin(f"loading {chosen.rows:,} rows", _size(snapshot, chosen))
        run = _Run(
            plan=chosen,
            session=session,
            snapshot=snapshot,
            named_rows=named_rows,
            progress=progress,
            quarantine=_open_quarantine(stack, session, snapshot, on_error, quarantine),
        )
        report = _execute(run, timings)
        committed = report.verdict is Verdict.MATCH
        kept = run.quarantine.writer.finish() if committed and run.quarantine else None
        if committed:
            session.commit()
        else:
            session.rollback()
    return RestoreResult(
        plan=chosen,
        report=report,
        committed=committed,
        quarantine=kept,
        seconds=time.perf_counter() - clock,
        timings=tuple((name, round(seconds, 3)) for name, seconds in timings.items()),
    )


def _open_quarantine(
    stack: ExitStack,
    session: Session,
    snapshot: Snapshot,
    on_error: OnError,
    begin: Callable[[], QuarantineWriter] | None,
) -> Quarantine | None:
    if on_error is OnError.STOP:
        return None
    if begin is None:
        raise UsageError(
            "bad rows are to be quarantined, and no folder was given for them",
            f"snapshot {snapshot.id}",
            "Pass quarantine=, such as a call of Store.quarantine.",
        )
    return Quarantine(stack.enter_context(begin()), snapshot.manifest, read_operators(session))


def _is_of_another_version(snapshot: Snapshot, session: Session) -> bool:
    return snapshot.manifest.server.version // 10000 != session.server_version // 10000


def _size(snapshot: Snapshot, chosen: RestorePlan) -> int:
    return sum(snapshot.manifest.by_table[name].size for name in chosen.tables)


def _plan(
    session: Session,
    snapshot: Snapshot,
    *,
    replace: bool,
    only: Iterable[TableName] | None,
    on_error: OnError,
) -> RestorePlan:
    state = read_target_state(session, read_catalog(session))
    chosen = plan_restore(snapshot.manifest, state, replace=replace, only=only, on_error=on_error)
    _require_parts(snapshot, chosen)
    return chosen


def _require_parts(snapshot: Snapshot, chosen: RestorePlan) -> None:
    """Find a missing or truncated part before anything is touched, not after an hour."""
    parts = [part for name in chosen.tables for part in snapshot.manifest.by_table[name].parts]
    faults = [part.path for part in parts if snapshot.size_of(part.path) != part.size]
    if faults:
        shown = ", ".join(faults[:3]) + (" …" if len(faults) > 3 else "")  # noqa: PLR2004
        raise ManifestError(
            f"{len(faults)} parts are missing or not of their size: {shown}",
            f"snapshot {snapshot.id}",
            "Run snapkit check for the whole list, and use another snapshot.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the steps of one restore share."""

    plan: RestorePlan
    session: Session
    snapshot: Snapshot
    named_rows: int
    progress: Progress
    quarantine: Quarantine | None


_LABELS: dict[type[Step], str] = {
    RunDdl: "ddl",
    LockTables: "prepare",
    RequireEmpty: "prepare",
    DropForeignKey: "prepare",
    DeferForeignKey: "prepare",
    DeferConstraints: "prepare",
    DisableTrigger: "prepare",
    Truncate: "prepare",
    DeleteRows: "prepare",
    CopyIn: "copy",
    LoadTogether: "copy",
    QuarantineOrphans: "quarantine",
    SetSequence: "sequences",
    AdvanceSequence: "sequences",
    CheckConstraints: "foreign keys",
    UndeferForeignKey: "foreign keys",
    AddForeignKey: "foreign keys",
    EnableTrigger: "foreign keys",
    RefreshView: "refresh",
    Verify: "verify",
}
"""The name under which each kind of step's time is added up."""


def _execute(run: _Run, timings: dict[str, float]) -> VerificationReport:
    """Carry out the plan step by step; the plan already holds every decision.

    What follows the verification is done only where all was proved.
    """
    report = VerificationReport(findings=())
    for step in run.plan.steps:
        clock = time.perf_counter()
        if isinstance(step, Verify):
            report = _verify(run)
        else:
            _step(step, run)
        name = _LABELS[type(step)]
        timings[name] = timings.get(name, 0.0) + time.perf_counter() - clock
        if isinstance(step, Verify) and report.verdict is not Verdict.MATCH:
            break
    return report


def _step(step: Step, run: _Run) -> None:  # noqa: PLR0912  # one arm per kind, one call each
    session = run.session
    match step:
        case RunDdl(section):
            path = f"ddl/{section}.sql"
            run_ddl(session, run.snapshot.read(path).decode(), name=path)
        case LockTables(tables):
            lock_tables(session, tables, "ACCESS EXCLUSIVE")
        case RequireEmpty(tables):
            _require_empty(session, tables)
        case DropForeignKey(key):
            drop_foreign_key(session, key)
        case AddForeignKey(key):
            add_foreign_key(session, key)
        case DeferForeignKey(key):
            defer_foreign_key(session, key)
        case UndeferForeignKey(key):
            undefer_foreign_key(session, key)
        case DeferConstraints():
            defer_constraints(session)
        case CheckConstraints():
            check_constraints(session)
        case DisableTrigger(table, trigger):
            disable_trigger(session, table, trigger)
        case EnableTrigger(table, trigger):
            enable_trigger(session, table, trigger)
        case Truncate(tables):
            truncate(session, tables)
        case DeleteRows(tables):
            delete_rows(session, tables)
        case CopyIn(table, _, freeze):
            _load(run, run.snapshot.manifest.by_table[table], freeze=freeze)
        case LoadTogether(tables):
            _load_together(run, [run.snapshot.manifest.by_table[table] for table in tables])
        case QuarantineOrphans(keys):
            if run.quarantine:
                run.quarantine.take_orphans(session, keys, run.plan.tables)
        case SetSequence(sequence):
            set_sequence(session, sequence)
        case AdvanceSequence(sequence):
            advance_sequence(session, sequence, is_owned=False)
        case RefreshView(view):
            refresh(session, view)
        case Verify():
            raise AssertionError("the verification is the caller's")
        case _:
            assert_never(step)


def _require_empty(session: Session, tables: tuple[TableName, ...]) -> None:
    """Refuse where rows came after the plan was made, while the locks were awaited for instance."""
    if found := tables_with_rows(session, tables):
        shown = ", ".join(map(str, found[:5])) + (" …" if len(found) > 5 else "")  # noqa: PLR2004
        raise PlanError(
            f"rows came into {len(found)} tables just now: {shown}",
            session.where,
            "Nothing was touched. End what writes there, then look at the rows; --replace would "
            "remove them.",
        )


def _load(run: _Run, entry: TableEntry, *, freeze: bool) -> None:
    if run.quarantine:
        rows = run.quarantine.load(run.session, run.snapshot, entry)
        run.progress.advance(entry.size)
    else:
        blocks = _blocks(run, entry)
        rows = copy_in(run.session, entry.table, entry.column_names, blocks, freeze=freeze)
    _require_rows(entry, rows, run.quarantine.rows(entry.table) if run.quarantine else 0)


def _load_together(run: _Run, entries: list[TableEntry]) -> None:
    """Stage the rows of a cycle, then insert them in one statement."""
    stages = []
    for place, entry in enumerate(entries):
        stage = make_stage(run.session, f"snapkit_{place}", entry.table, entry.column_names)
        copy_in(run.session, stage, entry.column_names, _blocks(run, entry))
        stages.append((stage, entry.table, entry.column_names))
    for entry, rows in zip(entries, insert_together(run.session, stages), strict=True):
        _require_rows(entry, rows)


def _blocks(run: _Run, entry: TableEntry) -> Iterator[bytes]:
    for part in entry.parts:
        for block in run.snapshot.blocks(part):
            yield block
            run.progress.advance(len(block))


def _require_rows(entry: TableEntry, rows: int, quarantined: int = 0) -> None:
    if rows != entry.rows - quarantined:
        raise DatabaseError(
            f"the server took {rows:,} rows of {entry.rows:,}",
            f"table {entry.table}",
            "Everything was rolled back. Look for a rule or a trigger that drops rows, and run "
            "snapkit check on the snapshot.",
        )


def _verify(run: _Run) -> VerificationReport:
    manifest = run.snapshot.manifest
    catalog = read_catalog(run.session)
    entries = [manifest.by_table[name] for name in run.plan.tables]
    run.progress.begin(
        f"reading back {counted(len(entries), 'table')}", _size(run.snapshot, run.plan)
    )
    comparison = Comparison(
        session=run.session,
        snapshot=run.snapshot,
        catalog=catalog,
        unreadable={},
        named_rows=run.named_rows,
        quarantined=run.quarantine.writer.digests if run.quarantine else {},
    )
    made: frozenset[ForeignKey] = (
        frozenset(catalog.foreign_keys)
        if run.plan.mode is RestoreMode.CREATE
        else frozenset(s.foreign_key for s in run.plan.steps if isinstance(s, AddForeignKey))
    )
    partial = set(run.plan.tables) != {entry.table for entry in manifest.data_tables}
    chosen = frozenset(run.plan.tables) if partial else None
    return VerificationReport(
        findings=compare_tables(comparison, entries, run.progress),
        orphans=compare_orphans(run.session, catalog, manifest, tables=chosen, validated_now=made),
        sequences=compare_sequences(
            run.session,
            catalog,
            manifest,
            tables=chosen,
            advanced=[s.sequence for s in run.plan.steps if isinstance(s, AdvanceSequence)],
        ),
        unchecked=(("the other tables", "not restored"),) if partial else (),
    )
