"""The steps of a restore, carried out inside one transaction that the caller ends.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from snapkit.core.catalog import LARGE_OBJECTS, Catalog
from snapkit.core.ddl import DdlSection
from snapkit.core.digest import TableDigest
from snapkit.core.plan import RestoreMode, RestorePlan
from snapkit.core.steps import (
    AddConstraint,
    AddDomainConstraint,
    AddForeignKey,
    AddIndex,
    AdvanceSequence,
    Alteration,
    CheckAtOnce,
    CheckConstraints,
    CopyIn,
    DeferConstraints,
    DeferForeignKey,
    DeleteConfiguration,
    DeleteRows,
    DisableTrigger,
    DropConstraint,
    DropDomainConstraint,
    DropForeignKey,
    DropIndex,
    EnableTrigger,
    ForwardSequence,
    Load,
    LoadLargeObjects,
    LoadTogether,
    LockTables,
    Move,
    Other,
    QuarantineOrphans,
    Rebuild,
    RefreshView,
    Removal,
    RequireEmpty,
    RunDdl,
    SetSequence,
    Step,
    Timing,
    Truncate,
    UndeferForeignKey,
    UnlinkLargeObjects,
    Verify,
)
from snapkit.core.text import counted
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import DatabaseError, PlanError
from snapkit.pg.alter import (
    add_constraint,
    add_index,
    check_at_once,
    check_constraints,
    defer_constraints,
    defer_foreign_key,
    delete_configuration,
    delete_rows,
    disable_trigger,
    drop_constraint,
    drop_index,
    enable_trigger,
    refresh,
    truncate,
    undefer_foreign_key,
)
from snapkit.pg.catalog import read_contents
from snapkit.pg.copy import copy_in
from snapkit.pg.ddl import run_ddl
from snapkit.pg.large_objects import load_large_objects, unlink_large_objects
from snapkit.pg.locks import lock_tables
from snapkit.pg.rights import tables_with_rows
from snapkit.pg.rows import RowSource, source_of
from snapkit.pg.sequence_catalog import unreadable_sequences
from snapkit.pg.sequences import (
    advance_sequence,
    forward_position,
    forward_sequence,
    set_sequence,
)
from snapkit.pg.session import Session
from snapkit.pg.stage import insert_together, make_stage
from snapkit.store import Snapshot
from snapkit.workflows.compare import (
    Comparison,
    compare_orphans,
    compare_sequences,
    compare_tables,
)
from snapkit.workflows.parts import blocks_of
from snapkit.workflows.progress import Progress, Telling, stored_work
from snapkit.workflows.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.catalog import Sequence
    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import ForeignKey, TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the steps of one restore share."""

    plan: RestorePlan
    catalog: Catalog  # of the target, before anything was touched
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
    DropIndex: "prepare",
    DropConstraint: "prepare",
    DropDomainConstraint: "prepare",
    DeleteConfiguration: "prepare",
    UnlinkLargeObjects: "prepare",
    DeferForeignKey: "prepare",
    DeferConstraints: "prepare",
    DisableTrigger: "prepare",
    Truncate: "prepare",
    DeleteRows: "prepare",
    CopyIn: "copy",
    LoadTogether: "copy",
    LoadLargeObjects: "large objects",
    QuarantineOrphans: "quarantine",
    SetSequence: "sequences",
    AdvanceSequence: "sequences",
    ForwardSequence: "sequences",
    CheckAtOnce: "prepare",
    CheckConstraints: "foreign keys",
    UndeferForeignKey: "foreign keys",
    AddIndex: "indexes",
    AddForeignKey: "foreign keys",
    AddConstraint: "foreign keys",
    AddDomainConstraint: "foreign keys",
    EnableTrigger: "foreign keys",
    RefreshView: "refresh",
    Verify: "verify",
}
"""The name under which each kind of step's time is added up."""


def execute(run: Run, timings: dict[str, float]) -> VerificationReport:
    """Carry out the plan step by step; the plan already holds every decision.

    What follows the verification is done only where all was proved. Nothing is committed here.

    Args:
        run: The plan, and what its steps share.
        timings: Durations are added to it [s], by what the steps are for.

    Returns:
        What the verification found.

    Raises:
        DatabaseError: A row was refused, or the server failed.
        LockedError: Others hold what a step needs.
        PlanError: Rows came since the plan was made.
        ManifestError: The snapshot is damaged.
    """
    report = VerificationReport(findings=())
    is_building = False
    for (name, is_change), group in groupby(run.plan.steps, key=_kind):
        steps = tuple(group)
        clock = time.perf_counter()
        if not is_building and any(map(_builds, steps)):
            run.progress.begin("building indexes and foreign keys")
            is_building = True
        with run.session.in_one_go() if is_change else nullcontext():
            for step in steps:
                if isinstance(step, Verify):
                    report = verify_rows(run)
                else:
                    carry_out(step, run)
        timings[name] = timings.get(name, 0.0) + time.perf_counter() - clock
        if name == _LABELS[Verify] and report.verdict is not Verdict.MATCH:
            break
    return report


def _kind(step: Step) -> tuple[str, bool]:
    """What a step is for, and whether nobody needs its result, so that it may go with others."""
    return _LABELS[type(step)], isinstance(step, Alteration | SetSequence)


def _builds(step: Step) -> bool:
    """Whether a step may take long after the rows are there, and tells nothing meanwhile."""
    if isinstance(step, RunDdl):
        return step.section is DdlSection.POST_DATA
    return isinstance(step, AddForeignKey | AddConstraint | AddIndex)


def carry_out(
    step: Alteration | Rebuild | Removal | Load | Timing | Move | Other, run: Run
) -> None:
    """Carry out one step.

    Args:
        step: Any but the verification.
        run: What the steps share; its session is inside a transaction.

    Raises:
        DatabaseError: A row was refused, or the server failed.
        LockedError: Others hold what the step needs.
        PlanError: Rows came since the plan was made.
        ManifestError: The snapshot is damaged.
    """
    if isinstance(step, Alteration):
        _alter(run.session, step)
    elif isinstance(step, Rebuild):
        _rebuild(run.session, step)
    elif isinstance(step, Timing):
        _time(run.session, step)
    elif isinstance(step, Move):
        _move(step, run)
    elif isinstance(step, Removal):
        _remove(step, run)
    elif isinstance(step, Load):
        _load(step, run)
    else:
        _other(step, run)


def _other(step: Other, run: Run) -> None:
    session = run.session
    match step:
        case RunDdl(section):
            path = f"ddl/{section}.sql"
            run_ddl(session, run.snapshot.read(path).decode(), name=path)
        case LockTables(tables):
            lock_tables(session, tables, "ACCESS EXCLUSIVE")
        case RequireEmpty(tables):
            _require_empty(session, [source_of(run.catalog, table) for table in tables])
        case QuarantineOrphans(keys):
            if run.quarantine:
                run.quarantine.take_orphans(session, keys, run.plan.tables)
        case RefreshView(view):
            refresh(session, view)
        case _:
            assert_never(step)


def _time(session: Session, step: Timing) -> None:
    match step:
        case DeferConstraints():
            defer_constraints(session)
        case CheckAtOnce(constraints):
            check_at_once(session, constraints)
        case CheckConstraints():
            check_constraints(session)
        case _:
            assert_never(step)


def _move(step: Move, run: Run) -> None:
    match step:
        case SetSequence(sequence, is_new):
            set_sequence(run.session, sequence, is_new=is_new)
        case AdvanceSequence(sequence):
            advance_sequence(run.session, sequence, is_owned=False)
        case ForwardSequence():
            forward_sequence(run.session, run.catalog, step)
        case _:
            assert_never(step)


def _alter(session: Session, step: Alteration) -> None:
    match step:
        case DropForeignKey(key):
            drop_constraint(session, key.child, key.name)
        case AddForeignKey(key):
            add_constraint(session, key.child, key)
        case DeferForeignKey(key):
            defer_foreign_key(session, key)
        case UndeferForeignKey(key):
            undefer_foreign_key(session, key)
        case DropConstraint(table, constraint):
            drop_constraint(session, table, constraint.name)
        case AddConstraint(table, constraint):
            add_constraint(session, table, constraint)
        case DropDomainConstraint(domain, constraint):
            drop_constraint(session, domain, constraint.name, of="DOMAIN")
        case AddDomainConstraint(domain, constraint):
            add_constraint(session, domain, constraint, of="DOMAIN")
        case DisableTrigger(table, trigger):
            disable_trigger(session, table, trigger)
        case EnableTrigger(table, trigger):
            enable_trigger(session, table, trigger)
        case _:
            assert_never(step)


def _rebuild(session: Session, step: Rebuild) -> None:
    match step:
        case DropIndex(index):
            drop_index(session, index)
        case AddIndex(index):
            add_index(session, index)
        case _:
            assert_never(step)


def _remove(step: Removal, run: Run) -> None:
    session = run.session
    match step:
        case Truncate(tables):
            truncate(session, tables)
        case DeleteRows(tables):
            delete_rows(session, tables)
        case DeleteConfiguration(table):
            delete_configuration(session, source_of(run.catalog, table))
        case UnlinkLargeObjects():
            unlink_large_objects(session)
        case _:
            assert_never(step)


def _load(step: Load, run: Run) -> None:
    by_table = run.snapshot.manifest.by_table
    match step:
        case CopyIn(table, _, freeze):
            _load_table(run, by_table[table], freeze=freeze)
        case LoadTogether(tables):
            _load_together(run, [by_table[table] for table in tables])
        case LoadLargeObjects():
            entry = by_table[LARGE_OBJECTS]
            blocks = blocks_of(run.snapshot, entry, run.progress)
            pieces = load_large_objects(run.session, entry.column_names, blocks)
            require_rows(entry, pieces)
        case _:
            assert_never(step)


def _require_empty(session: Session, sources: list[RowSource]) -> None:
    """Refuse where rows came after the plan was made, while the locks were awaited for instance."""
    if found := tables_with_rows(session, sources):
        shown = ", ".join(map(str, found[:5])) + (" …" if len(found) > 5 else "")  # noqa: PLR2004
        raise PlanError(
            f"rows came into {counted(len(found), 'table')} just now: {shown}",
            session.where,
            "Nothing was touched. End what writes there, then look at the rows; --replace would "
            "remove them.",
        )


def _load_table(run: Run, entry: TableEntry, *, freeze: bool) -> None:
    if run.quarantine:
        told = Telling(run.progress, entry.table)
        rows = run.quarantine.load(run.session, run.snapshot, entry)
        told.up_to(TableDigest.parse(entry.rows, entry.size, entry.digest))
        run.progress.end(entry.table)
    else:
        blocks = blocks_of(run.snapshot, entry, run.progress)
        rows = copy_in(run.session, entry.table, entry.column_names, blocks, freeze=freeze)
    require_rows(entry, rows, run.quarantine.rows(entry.table) if run.quarantine else 0)


def _load_together(run: Run, entries: list[TableEntry]) -> None:
    """Stage the rows of a cycle, then insert them in one statement."""
    stages = []
    for place, entry in enumerate(entries):
        stage = make_stage(run.session, f"snapkit_{place}", entry.table, entry.column_names)
        blocks = blocks_of(run.snapshot, entry, run.progress)
        copy_in(run.session, stage, entry.column_names, blocks)
        stages.append((stage, entry.table, entry.column_names))
    for entry, rows in zip(entries, insert_together(run.session, stages), strict=True):
        require_rows(entry, rows)


def require_rows(entry: TableEntry, rows: int, quarantined: int = 0) -> None:
    """Refuse a load of which rows were lost on the way.

    Args:
        entry: The table.
        rows: What the server took [rows].
        quarantined: What was set aside [rows].

    Raises:
        DatabaseError: That is not all of them.
    """
    if rows != entry.rows - quarantined:
        raise DatabaseError(
            f"the server took {rows:,} rows of {entry.rows:,}",
            f"table {entry.table}",
            "Everything was rolled back. Look for a rule or a trigger that drops rows, and run "
            "snapkit check on the snapshot.",
        )


def verify_rows(
    run: Run, observed: Mapping[TableName, TableDigest] = MappingProxyType({})
) -> VerificationReport:
    """Read every table back and compare it with the snapshot; look for orphans and at sequences.

    Args:
        run: The plan, and what its steps share; its session is inside a transaction.
        observed: The digests of tables that were read back already.

    Returns:
        What was found.

    Raises:
        DatabaseError: The server failed.
        ManifestError: A part of a table that differs cannot be read.
    """
    manifest = run.snapshot.manifest
    catalog = read_contents(run.session)
    entries = [manifest.by_table[name] for name in run.plan.tables]
    run.progress.begin(f"reading back {counted(len(entries), 'table')}", stored_work(entries))
    comparison = Comparison(
        session=run.session,
        snapshot=run.snapshot,
        catalog=catalog,
        unreadable={},
        named_rows=run.named_rows,
        observed=observed,
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
            advanced=_moved_later(run, catalog),
            unreadable=unreadable_sequences(run.session),
        ),
        unchecked=(("the other tables", "not restored"),) if partial else (),
    )


def _moved_later(run: Run, catalog: Catalog) -> list[Sequence]:
    """The sequences that move once all else is proved, where they will stand then."""
    moved: list[Sequence] = []
    for step in run.plan.steps:
        if isinstance(step, AdvanceSequence):
            moved.append(step.sequence)
        elif isinstance(step, ForwardSequence) and not step.rolls_back:
            later = forward_position(run.session, catalog, step, hold=False)
            moved += [later] if later else []
    return moved
