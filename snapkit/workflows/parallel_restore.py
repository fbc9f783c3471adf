"""A restore by several connections, into a staging database that takes the target's name.

Each table has a worker that loads it and builds its indexes; then its rows are read back, cut by
ranges of pages where it is large, while the leader adds the foreign keys and all else that comes
after the rows. Only when everything is proved does anybody see it.

Source: snapkit/pg/staging.py; DESIGN.md, section 5.
"""

from __future__ import annotations

import time
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snapkit.core.ddl import DdlSection, strip
from snapkit.core.digest import TableDigest, digest_batches
from snapkit.core.manifest import TableEntry
from snapkit.core.plan import is_empty
from snapkit.core.post_data import PostData, split_post_data
from snapkit.core.progress import Done
from snapkit.core.steps import CopyIn, LoadLargeObjects, RunDdl, SetSequence
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import DatabaseError
from snapkit.pg.alter import truncate
from snapkit.pg.catalog import read_contents
from snapkit.pg.copy import copy_in, copy_out, table_pages
from snapkit.pg.ddl import run_ddl
from snapkit.pg.rows import RowSource, source_of
from snapkit.pg.session import Session, connect
from snapkit.pg.staging import StagingDatabase, staging_database
from snapkit.pg.target import Target
from snapkit.store import Snapshot
from snapkit.workflows.parts import blocks_of
from snapkit.workflows.pool import WorkerPool
from snapkit.workflows.progress import SILENT
from snapkit.workflows.reading import page_ranges
from snapkit.workflows.steps import Run, carry_out, require_rows, verify_rows

if TYPE_CHECKING:
    from concurrent.futures import Future

    from snapkit.core.names import TableName
    from snapkit.pg.copy import PageRange

PAYS_FROM_BYTES = 32 * 1024 * 1024  # of COPY text: below, one connection is as fast
_SMALL_BYTES = 1024 * 1024  # of COPY text: the server's settings will do
_POST_DATA = f"ddl/{DdlSection.POST_DATA}.sql"


def restore_in_parallel(run: Run, timings: dict[str, float]) -> VerificationReport:
    """Restore into a staging database; where all is proved, it takes the target's name.

    Args:
        run: Its plan makes the tables. Its session, on the target, is closed: nobody may be
            connected to a database when it is copied.
        timings: Durations are added to it [s].

    Returns:
        What the verification found. Where that is no match, the target is as it was.

    Raises:
        LockedError: Another restore into the target runs, or others are connected to it.
        DatabaseError: A row or a statement was refused; the target is as it was.
        ManifestError: The snapshot is damaged.
    """
    clock = _Clock(timings)
    run.session.close()
    with staging_database(run.session.target, run.session.database, _holds_nothing) as staging:
        clock.tell("staging database")
        report = _fill(run, staging, clock)
        if report.verdict is Verdict.MATCH:
            staging.take_name()
            clock.tell("take the name")
    return report


@dataclass(slots=True)
class _Clock:
    timings: dict[str, float]
    last: float = 0.0

    def __post_init__(self) -> None:
        self.last = time.perf_counter()

    def tell(self, step: str) -> None:
        """What was done since the last call."""
        now = time.perf_counter()
        self.timings[step] = self.timings.get(step, 0.0) + now - self.last
        self.last = now


def _fill(run: Run, staging: StagingDatabase, clock: _Clock) -> VerificationReport:
    told = _Loading(staging.target, run.snapshot)
    with WorkerPool(run.plan.jobs, told) as pool:
        try:
            with connect(staging.target) as leader:
                return _load_and_verify(replace(run, session=leader), pool, clock)
        except BaseException as error:
            staging.drop()  # first: it ends the workers' sessions, and a COPY may take hours
            if isinstance(error, BrokenProcessPool):
                raise DatabaseError(
                    "a loading process died",
                    run.session.target.label,
                    "Nothing became visible. Look for a lack of memory in the system's log; "
                    "without --jobs one process loads.",
                ) from error
            raise


def _load_and_verify(run: Run, pool: WorkerPool[_Loading], clock: _Clock) -> VerificationReport:
    leader = run.session
    with leader.transaction():
        carry_out(RunDdl(DdlSection.PRE_DATA), run)
    clock.tell("ddl")
    post_data, reading = _load(run, pool)
    clock.tell("copy and indexes")
    run.progress.begin("adding foreign keys")
    with leader.transaction():
        for step in run.plan.steps:
            if isinstance(step, LoadLargeObjects | SetSequence):
                carry_out(step, run)
        run_ddl(leader, post_data.rest, name=_POST_DATA)
    clock.tell("foreign keys")
    observed = _sums(reading)
    with leader.transaction(read_only=True):
        report = verify_rows(run, observed)
    clock.tell("verify")
    return report


_Reading = dict["TableName", list["Future[TableDigest]"]]


def _load(run: Run, pool: WorkerPool[_Loading]) -> tuple[PostData, _Reading]:
    """Have every table loaded, largest first, and read back as soon as it has its indexes."""
    manifest = run.snapshot.manifest
    names = [step.table for step in run.plan.steps if isinstance(step, CopyIn) and step.rows]
    entries = sorted((manifest.by_table[name] for name in names), key=lambda entry: -entry.size)
    post_data = split_post_data(strip(run.snapshot.read(_POST_DATA).decode()), names)
    catalog = read_contents(run.session)
    share = sum(entry.size for entry in entries) / run.plan.jobs  # what a worker gets
    tasks = [
        _Task(
            entry=entry,
            source=source_of(catalog, entry.table),
            indexes=post_data.indexes.get(entry.table, ()),
            builders=run.plan.jobs if entry.size > share else 1,
        )
        for entry in entries
    ]
    futures = pool.submit_all(_load_table, *((task,) for task in tasks))
    loading = dict(zip(futures, tasks, strict=True))
    reading: _Reading = {}
    for future in as_completed(loading):
        task = loading[future]
        pages = future.result()
        table, rows, size = task.entry.table, task.entry.rows, task.entry.size
        run.progress.advance(table, Done(rows=rows, size=size))
        run.progress.end(table)
        spans = page_ranges(pages, run.plan.jobs) if task.source.is_plain else (None,)
        reading[task.entry.table] = pool.submit_all(_read_back, *((task, span) for span in spans))
    return post_data, reading


def _sums(reading: _Reading) -> dict[TableName, TableDigest]:
    return {
        name: sum((future.result() for future in futures), start=TableDigest())
        for name, futures in reading.items()
    }


def _holds_nothing(session: Session) -> bool:
    return is_empty(read_contents(session))


@dataclass(frozen=True, slots=True)
class _Loading:
    """What every worker is told once."""

    target: Target
    snapshot: Snapshot


class _Worker:
    """What a worker keeps between tasks."""

    session: Session | None = None


def _session(told: _Loading) -> Session:
    if _Worker.session is None:
        _Worker.session = connect(told.target)
    return _Worker.session


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One table: to be loaded, then to be read back."""

    entry: TableEntry
    source: RowSource
    indexes: tuple[str, ...]
    builders: int  # processes of the server that build each index


def _load_table(told: _Loading, task: _Task) -> int:
    """Load a table and build its indexes.

    TRUNCATE first, so that COPY may write frozen rows, and no WAL where the server needs none. An
    extension's table keeps the rows that came with it.

    Returns:
        Its size [pages].
    """
    session, entry = _session(told), task.entry
    with session.transaction():
        if task.source.is_plain:
            truncate(session, [entry.table])
        rows = copy_in(
            session,
            entry.table,
            entry.column_names,
            blocks_of(told.snapshot, entry, SILENT),
            freeze=task.source.is_plain,
        )
        require_rows(entry, rows)
        if task.indexes:
            if entry.size > _SMALL_BYTES:
                session.build_with(task.builders)
            run_ddl(session, ";\n".join(task.indexes), name=_POST_DATA)
        return table_pages(session, entry.table)


def _read_back(told: _Loading, task: _Task, pages: PageRange | None) -> TableDigest:
    session = _session(told)
    with session.transaction(read_only=True):
        return digest_batches(copy_out(session, task.source, task.entry.column_names, pages))
