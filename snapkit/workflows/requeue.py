"""Requeue: quarantined rows are loaded once more; those that are refused again stay in quarantine.

One transaction. It commits only where every table, read back, holds what it held before and the
rows that went in, and nothing else.

What a crash leaves behind is settled by the next run: see `snapkit.store`, `_quarantined`.

Source: DESIGN.md, section 5, "Bad rows".
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from snapkit.core.requeue import QuarantinedTable, RequeuePlan, plan_requeue
from snapkit.core.text import counted
from snapkit.errors import LockedError, PlanError, StorageError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.rights import read_target_state
from snapkit.pg.session import Session, connect
from snapkit.pg.transactions import Fate, TransactionId, fate_of, transaction_id
from snapkit.pg.waits import bounded
from snapkit.store import JOURNAL, Journal, QuarantineFolder, RequeuedTable
from snapkit.workflows.backup import utc_now
from snapkit.workflows.progress import SILENT, Progress
from snapkit.workflows.quarantined import Contents, Reason, contents_of
from snapkit.workflows.requeue_attempt import Attempt, RequeueResult
from snapkit.workflows.restore import LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from snapkit.core.names import TableName
    from snapkit.core.target_state import TargetState
    from snapkit.pg.target import Target


def requeue(
    target: Target,
    folder: QuarantineFolder,
    *,
    only: Iterable[TableName] | None = None,
    equal_rows: bool = False,
    dry_run: bool = False,
    progress: Progress = SILENT,
    now: Callable[[], datetime] = utc_now,
) -> RequeueResult:
    """Load quarantined rows once more.

    Args:
        target: The database.
        folder: The rows.
        only: The tables to try; rows of others stay as they are. None tries all.
        equal_rows: Whether to load a row of a table without a key although an equal one is there.
        dry_run: Whether to roll everything back at the end, and leave the folder as it is.
        progress: Told when the rows are tried.
        now: The clock.

    Returns:
        Where each row went. Rows of JSON files that no COPY text could be made of are never tried.

    Raises:
        ConnectError: The database cannot be reached.
        LockedError: Another restore or requeue runs, or others held what is needed for
            WAIT_SECONDS; they are named, and everything was rolled back.
        PlanError: The rows must not be tried; nothing was touched.
        DatabaseError: The server failed; everything was rolled back.
        MismatchError: What was read back is not what was sent; everything was rolled back.
        StorageError: The folder is damaged, or the disk is full or gone.
    """
    clock = time.perf_counter()
    contents = contents_of(folder)
    chosen = _choose(contents, only)
    if not chosen and folder.journal() is None:
        return _untouched(contents, time.perf_counter() - clock)
    with ExitStack() as stack:
        session = stack.enter_context(connect(target))
        session.advisory_lock(LOCK)
        settled = _settle(session, folder, dry_run=dry_run)
        if settled is not None or not chosen:
            found = settled or _untouched(contents, 0.0)
            return replace(found, seconds=time.perf_counter() - clock)
        # Others may go on writing: what they commit from here on is neither seen nor counted.
        session.begin(isolation="REPEATABLE READ")
        stack.enter_context(bounded(session))
        state = read_target_state(session, read_catalog(session))
        attempt = Attempt(
            session=session,
            contents=contents,
            chosen=chosen,
            state=state,
            plan=_plan(contents, chosen, state),
            writer=None if dry_run else stack.enter_context(folder.successor(now())),
            equal_rows=equal_rows,
        )
        progress.begin(f"trying {counted(sum(contents.tables[t].lines for t in chosen), 'row')}")
        attempt.load()
        result = attempt.result()
        if dry_run or not attempt.changes_anything():
            session.rollback()
        else:
            result = _commit(attempt, result, now())
    return replace(result, seconds=time.perf_counter() - clock)


def _choose(contents: Contents, only: Iterable[TableName] | None) -> tuple[TableName, ...]:
    wanted = None if only is None else set(only)
    return tuple(
        name
        for name, held in contents.tables.items()
        if held.lines and (wanted is None or name in wanted)
    )


def _plan(contents: Contents, chosen: tuple[TableName, ...], state: TargetState) -> RequeuePlan:
    columns = {name: contents.tables[name].columns for name in chosen}
    return plan_requeue(
        [QuarantinedTable(table=name, column_names=columns[name]) for name in chosen], state
    )


def _untouched(contents: Contents, seconds: float) -> RequeueResult:
    return RequeueResult(
        folder=contents.folder.path,
        snapshot_id=contents.folder.snapshot_id,
        tables=tuple(
            RequeuedTable(namespace=name.namespace, name=name.name, kept=held.rows)
            for name, held in contents.tables.items()
        ),
        reasons=tuple(sorted(contents.reasons.items())),
        documents=contents.documents,
        seconds=seconds,
    )


def _commit(attempt: Attempt, result: RequeueResult, at: datetime) -> RequeueResult:
    """Commit, and mark the folder as done; whatever happens in between, the next run finds out."""
    session, folder, writer = attempt.session, attempt.contents.folder, attempt.writer
    assert writer is not None  # noqa: S101 -- a dry run does not come here
    transaction = transaction_id(session)
    journal = Journal(
        system=transaction.system,
        database=session.database,
        transaction=transaction.number,
        successor=writer.path.name if writer.rows else "",
        at=at.isoformat(timespec="seconds"),
        tables=result.tables,
    )
    folder.begin(journal)
    try:
        writer.seal()
    except BaseException:
        folder.forget(journal)
        raise
    session.commit()
    try:
        retired, successor = folder.complete(journal)
    except StorageError as error:
        raise StorageError(
            f"the rows are in the database, but the folder could not be marked so: {error.what}",
            error.where,
            "Mend that and run snapkit requeue again: it will find out, and load nothing twice.",
        ) from error
    return replace(result, retired=retired, successor=successor)


def _settle(session: Session, folder: QuarantineFolder, *, dry_run: bool) -> RequeueResult | None:
    """Find out what became of an earlier run that did not end, and end it.

    None where there was none, or where its transaction was rolled back.
    """
    journal = folder.journal()
    if journal is None:
        return None
    fate = fate_of(session, TransactionId(journal.system, journal.transaction))
    match fate:
        case Fate.COMMITTED:
            return _completed(folder, journal, dry_run=dry_run)
        case Fate.ROLLED_BACK:
            if not dry_run:
                folder.forget(journal)
            return None
        case Fate.RUNNING:
            raise LockedError(
                "an earlier run is still at its commit", session.where, "Wait until it ends."
            )
        case Fate.UNKNOWN:
            raise PlanError(
                f"nobody knows whether the rows are in database {journal.database}: a run of "
                f"{journal.at} UTC ended at its commit, and this server knows nothing of it",
                str(folder.path),
                f"Name that database with -d. Where it is gone, look whether the rows are there: "
                f"if so, add .requeued to the folder's name, if not, remove {JOURNAL} from it.",
            )
        case _:
            assert_never(fate)


def _completed(folder: QuarantineFolder, journal: Journal, *, dry_run: bool) -> RequeueResult:
    before = folder.path
    retired, successor = (None, None) if dry_run else folder.complete(journal)
    left = contents_of(QuarantineFolder(successor)).reasons if successor else Counter[Reason]()
    return RequeueResult(
        folder=before,
        snapshot_id=folder.snapshot_id,
        tables=journal.tables,
        reasons=tuple(sorted(left.items())),
        retired=retired,
        successor=successor,
        notes=(
            (
                f"an earlier run loaded these rows into database {journal.database} at "
                f"{journal.at}, and ended before it could say so; nothing was loaded now"
            ),
        ),
        is_settled=True,
    )
