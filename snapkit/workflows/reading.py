"""Reading tables into parts: in this process, or in several that share one exported snapshot.

Processes cost a start-up each, so they are for databases large enough to pay for it.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from snapkit.core.catalog import LARGE_OBJECTS
from snapkit.core.digest import RowDigester, TableDigest, joined
from snapkit.core.manifest import Part
from snapkit.core.progress import NOTHING, Done
from snapkit.errors import DatabaseError, LockedError
from snapkit.pg.copy import PageRange, copy_out
from snapkit.pg.locks import lock_tables
from snapkit.pg.rows import RowSource
from snapkit.pg.session import Session, connect
from snapkit.pg.target import Target
from snapkit.store import PartWriter
from snapkit.workflows.progress import SILENT, Progress, Telling

if TYPE_CHECKING:
    from collections.abc import Generator
    from concurrent.futures import Future

    from snapkit.core.names import TableName


PAGES_A_PART = 4096
PAYS_FROM_BYTES = 64 * 1024 * 1024
MOST_JOBS = 8


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads: how many processes, and where they connect to."""

    target: Target
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTask:
    """One part to make. `entry` is the table's place in the manifest, `part` the part's in it.

    `extent` is what the part takes of the table's size on the server's disk [bytes].
    """

    entry: int
    part: int
    source: RowSource
    columns: tuple[str, ...]
    pages: PageRange | None
    path: str
    extent: int

    @property
    def table(self) -> TableName:
        """The table that is read."""
        return self.source.table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """One part made; `part` is None where no row came.

    `reader` is the process that made it, from `begin` to `end` by this machine's monotonic clock
    [s], which all of its processes share.
    """

    task: ReadTask
    digest: TableDigest
    part: Part | None
    reader: int
    begin: float
    end: float


def choose_jobs(asked: int | None, heap_bytes: int) -> int:
    """Decide how many processes read.

    Args:
        asked: `--jobs`, or None.
        heap_bytes: Size of all tables [bytes].

    Returns:
        `asked`, else 1 for databases too small to pay for start-up, else one per core.
    """
    if asked is not None:
        return asked
    return 1 if heap_bytes < PAYS_FROM_BYTES else min(MOST_JOBS, os.cpu_count() or 1)


def page_ranges(pages: int, jobs: int) -> tuple[PageRange | None, ...]:
    """Cut a table for several readers.

    Args:
        pages: The table's size [pages].
        jobs: How many processes read.

    Returns:
        Ranges of PAGES_A_PART pages that cover the table; (None,) where it is read whole.
    """
    if jobs == 1 or pages <= PAGES_A_PART:
        return (None,)
    return tuple(
        (first, min(first + PAGES_A_PART, pages)) for first in range(0, pages, PAGES_A_PART)
    )


def read_part(
    session: Session, folder: Path, task: ReadTask, progress: Progress = SILENT
) -> ReadResult:
    """Copy rows from the server into one part, digesting on the way.

    Args:
        session: Inside the transaction whose snapshot is to be read.
        folder: The snapshot's folder.
        task: What to read, and where to.
        progress: Told of the rows read.

    Returns:
        Digest and part; an empty table leaves no file.

    Raises:
        DatabaseError: The server refused.
        StorageError: The disk is full or gone.
    """
    begin = time.monotonic()
    digester = RowDigester()
    told = Telling(progress, task.table)
    part = None
    with PartWriter(folder / task.path) as writer:
        for batch in copy_out(session, task.source, task.columns, task.pages):
            text = joined(batch)
            digester.update(batch, len(text))
            writer.write(text)
            told.up_to(digester.result())
        digest = digester.result()
        if digest.rows:
            facts = writer.finish()
            part = Part(path=task.path, rows=digest.rows, size=facts.size, digest=facts.digest)
    return ReadResult(
        task=task,
        digest=digest,
        part=part,
        reader=os.getpid(),
        begin=begin,
        end=time.monotonic(),
    )


def read_all(
    session: Session,
    readers: Readers,
    folder: Path,
    tasks: tuple[ReadTask, ...],
    progress: Progress = SILENT,
) -> Generator[ReadResult]:
    """Carry out every task.

    Args:
        session: The leader, inside the transaction that exports the snapshot.
        readers: How many processes, this one among them: it reads on the session itself.
        folder: The snapshot's folder.
        tasks: Largest first.
        progress: Told of the rows read, where others read them part by part.

    Yields:
        Results as they come.

    Raises:
        DatabaseError: The server refused.
        StorageError: The disk is full or gone.
    """
    jobs = min(readers.jobs, len(tasks))
    if jobs <= 1:
        for task in tasks:
            yield read_part(session, folder, task, progress)
            progress.end(task.table)
        return
    # these take 10 ms to import, which a small database need not pay
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    from snapkit.workflows.pool import WorkerPool  # noqa: PLC0415

    told = _Readable(readers.target, session.export_snapshot(), folder)
    mine, *others = tasks
    line = _Line(tasks, jobs, progress)
    with WorkerPool(jobs - 1, told) as pool:
        submitted = pool.submit_all(_work, *((task,) for task in others))
        waiting = dict(zip(submitted, others, strict=True))
        try:
            for result in _shared(session, folder, mine, waiting, line):
                line.tell(result)
                yield result
        except BrokenProcessPool as exc:
            raise DatabaseError(
                "a reading process died",
                readers.target.label,
                "Look for a lack of memory in the system's log; --jobs 1 reads in one process.",
            ) from exc


_Waiting = dict["Future[ReadResult | None]", ReadTask]


def _shared(
    session: Session, folder: Path, mine: ReadTask, waiting: _Waiting, line: _Line
) -> Generator[ReadResult]:
    """Read what no worker has begun, and take what they read: to wait would waste a process."""
    from concurrent.futures import as_completed  # noqa: PLC0415 -- see read_all

    line.begin(mine, waiting)
    yield read_part(session, folder, mine)
    for future, task in tuple(waiting.items()):
        for done in [other for other in waiting if other.done()]:
            theirs = waiting.pop(done)
            yield done.result() or read_part(session, folder, theirs)
        if future in waiting and future.cancel():
            del waiting[future]
            line.begin(task, waiting)
            yield read_part(session, folder, task)
    for done in as_completed(tuple(waiting)):
        theirs = waiting.pop(done)
        yield done.result() or read_part(session, folder, theirs)
        line.begin(None, waiting)


class _Line:
    """Tells which tables are being read: the workers take tasks in their order, one each."""

    def __init__(self, tasks: tuple[ReadTask, ...], jobs: int, progress: Progress) -> None:
        self._progress = progress
        self._workers = jobs - 1
        self._parts = Counter(task.table for task in tasks)  # still to come
        self._begun: set[TableName] = set()

    def begin(self, mine: ReadTask | None, waiting: _Waiting) -> None:
        """The leader begins a part, and the workers have come as far as what is waiting."""
        begun = [*islice(waiting.values(), self._workers), *([mine] if mine else ())]
        for task in begun:
            if task.table not in self._begun:
                self._begun.add(task.table)
                self._progress.advance(task.table, NOTHING)

    def tell(self, result: ReadResult) -> None:
        """One part was read."""
        task, digest = result.task, result.digest
        self._begun.add(task.table)
        self._progress.advance(
            task.table, Done(rows=digest.rows, size=digest.size, extent=task.extent)
        )
        self._parts[task.table] -= 1
        if not self._parts[task.table]:
            self._progress.end(task.table)


@dataclass(frozen=True, slots=True)
class _Readable:
    """What every worker process is told once."""

    target: Target
    snapshot: str
    folder: Path


class _Worker:
    """What a worker process keeps between tasks."""

    session: Session | None = None
    locked: ClassVar[set[TableName]] = set()


def _work(told: _Readable, task: ReadTask) -> ReadResult | None:
    """Connect at the first task, not at the start: an error there would not reach the leader.

    None where the table cannot be locked at once: somebody waits to alter it, and so for the leader
    to end. To queue behind them would be to wait for ever; the leader holds its lock already.
    """
    try:
        return _read_under_lock(told, task)
    except BaseException:  # the connection may be in the middle of a COPY: the next task's is new
        if _Worker.session is not None:
            _Worker.session.close()
        _Worker.session = None
        _Worker.locked.clear()
        raise


def _read_under_lock(told: _Readable, task: ReadTask) -> ReadResult | None:
    if _Worker.session is None:
        session = connect(told.target)
        session.import_snapshot(told.snapshot)
        _Worker.session = session
    if task.table not in _Worker.locked and task.table != LARGE_OBJECTS:
        try:
            with _Worker.session.connection.transaction():  # a savepoint
                lock_tables(_Worker.session, [task.table], "ACCESS SHARE", wait_seconds=None)
        except LockedError:
            return None
        _Worker.locked.add(task.table)
    return read_part(_Worker.session, told.folder, task)
