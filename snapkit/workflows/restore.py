"""Restore: one transaction that commits only when every row was read back and matches.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import replace as replace_values
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.core.plan import OnError, RestoreMode, RestorePlan, plan_restore
from snapkit.core.summarized import Summarized
from snapkit.core.text import counted
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import PlanError, UsageError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.orphans import read_operators
from snapkit.pg.rights import read_target_state
from snapkit.pg.session import Session, connect
from snapkit.pg.staging import obstacles
from snapkit.pg.waits import bounded
from snapkit.store import Snapshot, Store
from snapkit.workflows.compare import NAMED_ROWS
from snapkit.workflows.parallel_restore import PAYS_FROM_BYTES, restore_in_parallel
from snapkit.workflows.parents import require_parents
from snapkit.workflows.parts import require_parts
from snapkit.workflows.progress import SILENT, Progress, stored_work
from snapkit.workflows.quarantine import Quarantine, settle
from snapkit.workflows.steps import Run, execute
from snapkit.workflows.trial import try_ddl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snapkit.core.catalog import Catalog
    from snapkit.core.names import TableName
    from snapkit.core.summary import Summary
    from snapkit.pg.target import Target
    from snapkit.store import QuarantineWriter

_LONG_LOAD = 32 * 1024 * 1024  # some seconds' worth [bytes of COPY text]
LOCK = "snapkit restore"  # the name of the advisory lock: one restore at a time per database


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult(Summarized):
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

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        found = self.report.summary()
        if not self.committed:
            done = "nothing committed, all rolled back"
        else:
            done = f"{counted(self.rows_restored, 'row')} restored and committed"
        return replace_values(found, headline=f"{found.headline}: {done}, {self.seconds:.2f} s")


def plan(
    target: Target,
    snapshot: Snapshot,
    *,
    replace: bool = False,
    only: Iterable[TableName] | None = None,
    on_error: OnError = OnError.STOP,
    jobs: int | None = None,
    trust: bool = False,
) -> RestorePlan:
    """Decide how to restore, and touch nothing.

    Args:
        target: The database.
        snapshot: What to restore.
        replace: Whether rows that are there now may be removed.
        only: The tables to restore; None restores all.
        on_error: What happens to rows that the target refuses.
        jobs: As `restore` takes it.
        trust: As `restore` takes it. Without it, the DDL of a snapshot that the store did not
            write is not tried either; a note says so.

    Returns:
        The plan that `restore` would carry out.

    Raises:
        ConnectError: The database cannot be reached.
        LockedError: Others held a table that is looked into for WAIT_SECONDS; they are named.
        PlanError: The restore must not start.
        ManifestError: A file of the snapshot is missing.

    Example:
        >>> plan = snapkit.plan(empty, snapshot)
        >>> plan.mode.value, plan.rows, plan.is_destructive
        ('create', 3, False)
    """
    with connect(target) as session:
        # a part is looked up in temporary tables, which a transaction that only reads cannot make
        session.begin(isolation="REPEATABLE READ", read_only=only is None)
        with bounded(session):
            catalog = read_catalog(session, needs_positions=False)
            chosen = _plan(
                session, catalog, snapshot, replace=replace, only=only, on_error=on_error
            )
            chosen = _with_jobs(session, chosen, snapshot, jobs)
        session.rollback()
        if chosen.mode is RestoreMode.CREATE and snapshot.doubt and not trust:
            note = f"restore refuses it without --trust, its DDL was not tried: {snapshot.doubt}"
            return replace_values(chosen, notes=(*chosen.notes, note))
        if chosen.mode is RestoreMode.CREATE:
            session.begin()
            with bounded(session):
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
    jobs: int | None = None,
    trust: bool = False,
    named_rows: int = NAMED_ROWS,
    announce: Callable[[RestorePlan], None] | None = None,
    confirm: Callable[[RestorePlan, str], None] | None = None,
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
        jobs: Connections that load side by side into a staging database, which takes the target's
            name once all is proved: see `snapkit.pg.staging`. Where that cannot be, which the plan
            says, rows go in by one connection, and it is the server's processes that build one
            index. None is one connection, and leaves those to the server.
        trust: Whether to run the DDL of a snapshot that its store did not write: it runs with the
            rights of the target's role.
        named_rows: How many rows to name per table that differs [rows].
        announce: Given the plan before it is carried out; what it raises ends the restore.
        confirm: Given a plan that removes rows, and the database's name, before anything is
            touched; it may take its time, as no table is locked. What it raises ends the restore.
        progress: Told of the rows written and read back.

    Returns:
        What was done and found. Where the verdict is not MATCH, everything was rolled back.

    Raises:
        ConnectError: The database cannot be reached.
        LockedError: Another restore runs, or others held what is needed for WAIT_SECONDS; they are
            named, and everything was rolled back.
        PlanError: The restore must not start.
        DatabaseError: A row was refused, or the server failed; everything was rolled back.
        ManifestError: The snapshot is damaged; everything was rolled back.

    Example:
        >>> result = snapkit.restore(empty, snapshot)
        >>> print(result.report.verdict, result.committed, result.rows_restored)
        match True 3
    """
    clock = time.perf_counter()
    with ExitStack() as stack:
        session = stack.enter_context(connect(target))
        session.advisory_lock(LOCK)
        settle(session, Store(snapshot.path.parent))
        session.begin()
        decide = partial(
            _plan,
            session,
            snapshot=snapshot,
            replace=replace,
            only=None if only is None else tuple(only),
            on_error=on_error,
        )
        with bounded(session):
            catalog = read_catalog(session, needs_positions=False)
            chosen = decide(catalog)
            chosen = _with_jobs(session, chosen, snapshot, jobs)
            if chosen.mode is RestoreMode.CREATE and not trust:
                _require_trust(session, snapshot)
            if chosen.mode is RestoreMode.CREATE and _deserves_trial(snapshot, session):
                try_ddl(session, snapshot)
        timings: dict[str, float] = {"plan": time.perf_counter() - clock}
        if announce is not None:
            announce(chosen)
        if confirm is not None and chosen.is_destructive:
            asked = time.perf_counter()
            catalog, chosen = _confirmed(session, chosen, confirm, decide)
            timings["confirm"] = time.perf_counter() - asked
        entries = [snapshot.manifest.by_table[name] for name in chosen.tables]
        progress.begin(f"loading {counted(len(entries), 'table')}", stored_work(entries))
        run = Run(
            plan=chosen,
            catalog=catalog,
            session=session,
            snapshot=snapshot,
            named_rows=named_rows,
            progress=progress,
            quarantine=_open_quarantine(stack, session, snapshot, on_error, quarantine),
        )
        if chosen.jobs > 1:
            report = restore_in_parallel(run, timings)
            return _result(chosen, report, timings, clock)
        session.build_with(jobs)
        with bounded(session):
            report = execute(run, timings)
            kept = None
            if report.verdict is not Verdict.MATCH:
                session.rollback()
            elif run.quarantine is not None:
                kept = run.quarantine.commit(session)
            else:
                session.commit()
    return _result(chosen, report, timings, clock, kept)


def _result(
    plan: RestorePlan,
    report: VerificationReport,
    timings: dict[str, float],
    clock: float,
    quarantine: Path | None = None,
) -> RestoreResult:
    return RestoreResult(
        plan=plan,
        report=report,
        committed=report.verdict is Verdict.MATCH,
        quarantine=quarantine,
        seconds=time.perf_counter() - clock,
        timings=tuple((name, round(seconds, 3)) for name, seconds in timings.items()),
    )


def _with_jobs(
    session: Session, plan: RestorePlan, snapshot: Snapshot, jobs: int | None
) -> RestorePlan:
    """Decide whether several connections load, and say why not where they cannot."""
    if jobs is None or jobs == 1:
        return plan
    if plan.mode is not RestoreMode.CREATE:
        reasons: tuple[str, ...] = ("the database has tables, and keeps what else it holds",)
    elif plan.on_error is not OnError.STOP:
        reasons = ("bad rows are set aside",)
    elif snapshot.manifest.size < PAYS_FROM_BYTES:
        reasons = ("the snapshot is small",)
    else:
        reasons = obstacles(session)
    if reasons:
        note = (
            f"rows go in by one connection, not {jobs}: {'; '.join(reasons)}. Up to {jobs} of the "
            "server's processes build each index"
        )
        return replace_values(plan, notes=(*plan.notes, note))
    note = (
        f"{jobs} connections load a staging database beside {session.database}, which takes its "
        "name once all is proved"
    )
    return replace_values(plan, notes=(*plan.notes, note), jobs=jobs)


def _require_trust(session: Session, snapshot: Snapshot) -> None:
    """Refuse to run the DDL of nobody knows whom; nothing of it has run."""
    if snapshot.doubt:
        raise PlanError(
            f"its DDL would run with the rights of role {session.role}, and may be anybody's: the "
            "store cannot tell that it wrote this snapshot",
            f"snapshot {snapshot.id}, database {session.database}",
            "Nothing was touched. Whoever gave you its folder, or could write there, may have "
            f"written it. Read {snapshot.path}/ddl/*.sql, then pass --trust (in Python: "
            "trust=True). A snapshot from before stores had a secret needs that, too.",
            (snapshot.doubt,),
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


def _deserves_trial(snapshot: Snapshot, session: Session) -> bool:
    """Whether the DDL is tried before the load: what it costs is nothing beside a long one."""
    is_of_another = snapshot.manifest.server.version // 10000 != session.server_version // 10000
    return is_of_another or snapshot.manifest.size > _LONG_LOAD


def _confirmed(
    session: Session,
    shown: RestorePlan,
    confirm: Callable[[RestorePlan, str], None],
    decide: Callable[[Catalog], RestorePlan],
) -> tuple[Catalog, RestorePlan]:
    """Have the plan confirmed, with no table locked meanwhile, and make it anew.

    The database may have changed since: the new plan may remove nothing that was not confirmed.
    """
    session.rollback()
    confirm(shown, session.database)
    session.begin()
    with bounded(session):
        catalog = read_catalog(session, needs_positions=False)
        again = decide(catalog)
    more = sorted(set(again.removed) - set(shown.removed))
    if more or (again.mode, again.tables) != (shown.mode, shown.tables):
        new = f": rows came into {', '.join(map(str, more[:5]))}" if more else ""
        raise PlanError(
            f"the database changed after its plan was shown{new}",
            session.where,
            "Nothing was touched. Run it again, and look at the plan once more.",
        )
    return catalog, again


def _plan(
    session: Session,
    catalog: Catalog,
    snapshot: Snapshot,
    *,
    replace: bool,
    only: Iterable[TableName] | None,
    on_error: OnError,
) -> RestorePlan:
    state = read_target_state(session, catalog)
    chosen = plan_restore(snapshot.manifest, state, replace=replace, only=only, on_error=on_error)
    require_parts(snapshot, chosen.tables)
    require_parents(session, snapshot, chosen, state)
    return chosen
