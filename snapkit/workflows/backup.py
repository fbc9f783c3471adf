"""Backup: one consistent snapshot of a database.

The order matters. A first session locks every table ACCESS SHARE, so that no ALTER, DROP or
TRUNCATE comes between; then a second one takes the snapshot that all readers and pg_dump share.
The second one, which reads, locks the tables for itself first: if it asked for them one by one, it
would queue behind an ALTER that waits for the first session, and all three would wait for ever.
Sequences lie outside of it and are read after the data, so that they can only be ahead.

Source: DESIGN.md, section 4; PostgreSQL manual, Snapshot Synchronization Functions.
"""

from __future__ import annotations

import platform
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from snapkit._version import __version__
from snapkit.core.catalog import Catalog, Sequence, Table, TableKind
from snapkit.core.digest import TableDigest
from snapkit.core.manifest import (
    FORMAT,
    ColumnEntry,
    Manifest,
    Orphans,
    Part,
    TableEntry,
)
from snapkit.core.objects import CatalogObject
from snapkit.core.summarized import Summarized
from snapkit.core.text import counted
from snapkit.core.timeline import PATH as TIMELINE
from snapkit.core.timeline import Timeline
from snapkit.core.timeline import encode as encode_timeline
from snapkit.errors import DatabaseError, LockedError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.copy import PageRange, heap_pages
from snapkit.pg.ddl import Ddl, dump_ddl
from snapkit.pg.locks import lock_tables, lockable_tables
from snapkit.pg.objects import read_objects
from snapkit.pg.orphans import count_orphans
from snapkit.pg.rights import require_readable
from snapkit.pg.rows import source_of
from snapkit.pg.sequence_catalog import read_sequences
from snapkit.pg.session import PINNED, Session, connect
from snapkit.pg.target import Target, redact
from snapkit.store import Snapshot, SnapshotWriter, Store
from snapkit.workflows.by_hand import restore_by_hand
from snapkit.workflows.parts import CATALOG, OBJECTS
from snapkit.workflows.progress import SILENT, Progress, live_work
from snapkit.workflows.reading import (
    Readers,
    ReadResult,
    ReadTask,
    choose_jobs,
    page_ranges,
    read_all,
)
from snapkit.workflows.timing import Act, timed, timeline_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.core.names import TableName
    from snapkit.core.schema import Schema  # noqa: TC004 -- no value is read into `Gathered`
    from snapkit.core.summary import Summary
from snapkit.core.ddl import DdlSection
from snapkit.core.names import ForeignKey

_ATTEMPTS = 5
_PASSWORD = re.compile(r'[a-z]://[^:@/"\s]*:([^"\s]+)@')  # as Prisma reads it: up to the last "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult(Summarized):
    """A finished backup. Durations [s], by name of the step."""

    snapshot: Snapshot
    seconds: float
    timings: tuple[tuple[str, float], ...]

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        held = self.snapshot.summary()
        return replace(held, headline=f"Backed up in {self.seconds:.2f} s: {held.headline}")


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def backup(
    target: Target,
    store: Store,
    *,
    schema: Schema | None = None,
    jobs: int | None = None,
    progress: Progress = SILENT,
    now: Callable[[], datetime] = utc_now,
) -> BackupResult:
    """Take a snapshot of a whole database.

    Args:
        target: The database; the role must be able to read every table in full.
        store: Where the snapshot goes.
        schema: Names models and groups, and relations that the database does not know.
        jobs: Processes that read; None chooses by size.
        progress: Told of the rows read.
        now: The clock.

    Returns:
        The snapshot, complete and on disk.

    Raises:
        ConnectError: The database cannot be reached.
        DatabaseError: The role cannot read every row, or the server failed.
        StorageError: The disk is full or gone.

    Example:
        >>> result = snapkit.backup(shop, store, schema=schema)
        >>> len(result.snapshot.manifest.tables), result.snapshot.manifest.rows
        (2, 3)
    """
    started, clock = now(), time.monotonic()
    with ExitStack() as stack:
        holder = stack.enter_context(connect(target))
        leader = stack.enter_context(connect(target))
        _lock_everything(holder, leader)
        ddl = stack.enter_context(ThreadPoolExecutor(1)).submit(  # pg_dump runs beside all the rest
            timed,
            partial(
                dump_ddl,
                target,
                snapshot_id=leader.export_snapshot(),
                server_version=leader.server_version,
            ),
        )
        catalog = read_catalog(leader)
        locked = time.monotonic()
        writer = stack.enter_context(store.create(started))
        count = choose_jobs(jobs, sum(table.size_bytes for table in catalog.data_tables))
        results = _read(leader, Readers(target, count), writer, catalog, progress)
        read = time.monotonic()
        unproven = _unproven_keys(catalog, schema)
        gathered = Gathered(
            catalog=catalog,
            objects=read_objects(leader),
            schema=schema,
            started=started,
            jobs=count,
            tables=_entries(catalog, schema, results),
            orphans=count_orphans(leader, catalog, unproven),
            sequences=read_sequences(leader),
        )
        looked = time.monotonic()
        found, dumped, was_dumped = ddl.result()
        acts = (
            Act("backup", "connect and lock", clock, locked),
            Act("backup", "read the rows", locked, read),
            Act("backup", "read what else there is", read, looked),
            Act("pg_dump", "DDL", dumped, was_dumped),
        )
        gathered = replace(gathered, timeline=timeline_of(clock, acts, results))
        snapshot = finish(writer, gathered, found, now(), time.monotonic() - clock)
    done = time.monotonic()
    return BackupResult(
        snapshot=snapshot,
        seconds=done - clock,
        timings=(
            ("connect and lock", round(locked - clock, 3)),
            ("read", round(read - locked, 3)),
            ("close", round(done - read, 3)),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a snapshot is made of beside its rows.

    `objects` is None where no database said what it declares. `origin` names what made the rows,
    where no backup did.
    """

    catalog: Catalog
    schema: Schema | None
    started: datetime
    jobs: int
    tables: tuple[TableEntry, ...]
    orphans: tuple[tuple[ForeignKey, int], ...]  # of every key that had to be looked at
    sequences: tuple[Sequence, ...]
    not_held: tuple[tuple[str, str], ...] = ()  # beside what the catalog itself names
    objects: tuple[CatalogObject, ...] | None = None
    origin: tuple[str, str] | None = None  # a tool and its version
    timeline: Timeline | None = None


def finish(
    writer: SnapshotWriter, gathered: Gathered, ddl: Ddl | None, now: datetime, seconds: float
) -> Snapshot:
    """Write what a snapshot holds beside its parts, the manifest last.

    Args:
        writer: With every part in its place.
        gathered: What the manifest is made of.
        ddl: The tables' DDL; None where there is none to be had.
        now: UTC; the end.
        seconds: How long it took [s].

    Returns:
        The snapshot, complete and on disk.

    Raises:
        StorageError: The disk is full or gone.
    """
    _write_files(writer, gathered, ddl)
    manifest = _manifest(gathered, writer.id, ddl, now, seconds)
    manifest = replace(manifest, files=writer.files)
    writer.write("RESTORE.md", restore_by_hand(manifest).encode())
    return writer.finish(replace(manifest, files=writer.files))


def _manifest(
    gathered: Gathered, name: str, ddl: Ddl | None, finished: datetime, seconds: float
) -> Manifest:
    catalog, schema = gathered.catalog, gathered.schema
    views = {TableKind.VIEW, TableKind.MATERIALIZED_VIEW}
    looked_at = {key for key, _ in gathered.orphans}
    return Manifest(
        format=FORMAT,
        id=name,
        database=catalog.database,
        role=catalog.role,
        started_at=gathered.started.isoformat(timespec="microseconds"),
        finished_at=finished.isoformat(timespec="microseconds"),
        seconds=round(seconds, 3),
        jobs=gathered.jobs,
        server=catalog.server,
        versions=_versions(ddl) | dict([gathered.origin] if gathered.origin else []),
        settings=dict(PINNED),
        tables=gathered.tables,
        views=tuple(t.name for t in catalog.tables if t.kind in views and not t.extension),
        foreign_keys=catalog.foreign_keys
        + tuple(key for key in _schema_keys(catalog, schema) if not key.enforced),
        sequences=gathered.sequences,
        extensions=catalog.extensions,
        granted_roles=catalog.granted_roles,
        orphans=tuple(Orphans(foreign_key=key, rows=n) for key, n in gathered.orphans if n),
        unchecked_orphans=sum(1 for key in catalog.foreign_keys if key not in looked_at),
        not_held=_not_held(catalog) + gathered.not_held,
        ignored_models=tuple(m.name for m in (schema.models if schema else ()) if m.is_ignored),
        files=(),
    )


def _read(
    leader: Session,
    readers: Readers,
    writer: SnapshotWriter,
    catalog: Catalog,
    progress: Progress,
) -> list[ReadResult]:
    tables = catalog.data_tables
    pages = heap_pages(leader)
    tasks = _tasks(catalog, pages, readers.jobs, writer)
    progress.begin(f"reading {counted(len(tables), 'table')}", live_work(tables, pages))
    with closing(read_all(leader, readers, writer.path, tasks, progress)) as reading:
        return list(reading)


def _lock_everything(holder: Session, leader: Session) -> None:
    """Lock every table, then take the snapshot; begin again where a table came or went between."""
    for _ in range(_ATTEMPTS):
        holder.begin()
        names = lockable_tables(holder)
        require_readable(holder, sorted({name.namespace for name in names}))
        lock_tables(holder, names, "ACCESS SHARE")
        leader.begin(isolation="REPEATABLE READ", read_only=True)
        if _sees_what_is_locked(leader, names):
            return
        leader.rollback()
        holder.rollback()
    raise DatabaseError(
        f"tables came, went or were altered during each of {_ATTEMPTS} attempts to lock them all",
        f"database {holder.database}",
        "Run the backup when no migration runs.",
    )


def _sees_what_is_locked(leader: Session, names: tuple[TableName, ...]) -> bool:
    """Lock the tables as the leader of a backup; false where somebody alters tables just now.

    LOCK takes no snapshot, so that the transaction's comes after it. It does not wait: the only one
    to wait for would be waiting for our own first session.
    """
    try:
        lock_tables(leader, names, "ACCESS SHARE", wait_seconds=None)
    except LockedError:
        return False
    return lockable_tables(leader) == names


def _tasks(
    catalog: Catalog,
    pages: dict[TableName, int],
    jobs: int,
    writer: SnapshotWriter,
) -> tuple[ReadTask, ...]:
    """Largest first, so that no reader ends long after the others; without pages, no task."""
    tasks = [
        (
            table.size_bytes,
            ReadTask(
                entry=number,
                part=part,
                source=source_of(catalog, table.name),
                columns=tuple(column.name for column in table.stored_columns),
                pages=span,
                path=writer.part_path(number, table.name, part),
                extent=_extent(table, span, pages),
            ),
        )
        for number, table in enumerate(catalog.data_tables, start=1)
        for part, span in enumerate(_ranges(table, pages, jobs))
    ]
    return tuple(task for _, task in sorted(tasks, key=lambda pair: (-pair[0], pair[1].path)))


def _extent(table: Table, span: PageRange | None, pages: dict[TableName, int]) -> int:
    """What pages take of a table's size, TOAST and all [bytes]."""
    if span is None:
        return table.size_bytes
    return table.size_bytes * (span[1] - span[0]) // pages[table.name]


def _ranges(table: Table, pages: dict[TableName, int], jobs: int) -> tuple[PageRange | None, ...]:
    """How a table is cut; what is no plain table is read whole."""
    if table.kind is TableKind.LARGE_OBJECTS:
        return (None,)
    found = pages.get(table.name, 0)
    return page_ranges(found, 1 if table.configuration else jobs) if found else ()


def _entries(
    catalog: Catalog, schema: Schema | None, results: list[ReadResult]
) -> tuple[TableEntry, ...]:
    digests: dict[TableName, TableDigest] = {}
    parts: dict[TableName, list[tuple[int, Part]]] = {}
    for result in results:
        name = result.task.table
        digests[name] = digests.get(name, TableDigest()) + result.digest
        if result.part:
            parts.setdefault(name, []).append((result.task.part, result.part))
    partitioned = [table for table in catalog.tables if table.kind is TableKind.PARTITIONED]
    return tuple(
        table_entry(
            table,
            schema,
            digests.get(table.name, TableDigest()),
            tuple(part for _, part in sorted(parts.get(table.name, []), key=lambda pair: pair[0])),
        )
        for table in (*catalog.data_tables, *partitioned)
    )


def table_entry(
    table: Table, schema: Schema | None, digest: TableDigest, parts: tuple[Part, ...]
) -> TableEntry:
    """Describe one table for the manifest.

    Args:
        table: As the catalog has it.
        schema: Names its model and group.
        digest: Of all of its rows.
        parts: Where they are.

    Returns:
        The entry.
    """
    model = schema.by_table.get(table.name) if schema else None
    return TableEntry(
        namespace=table.name.namespace,
        name=table.name.name,
        kind=table.kind,
        owner=table.owner,
        model=model.name if model else None,
        group=schema.group_of(table.name) if schema else None,
        columns=tuple(
            ColumnEntry(name=column.name, type=column.type) for column in table.stored_columns
        ),
        generated=tuple(column.name for column in table.columns if column.is_generated),
        key=table.key,
        partition_of=table.partition_of,
        extension=table.extension,
        rows=digest.rows,
        size=digest.size,
        digest=digest.hex,
        parts=parts,
    )


def _schema_keys(catalog: Catalog, schema: Schema | None) -> tuple[ForeignKey, ...]:
    """The schema's relations between tables that exist; drift is for `coverage` to name."""
    there = {table.name: {column.name for column in table.columns} for table in catalog.tables}
    return tuple(
        key
        for key in (schema.foreign_keys if schema else ())
        if there.get(key.child, set()).issuperset(key.columns)
        and there.get(key.parent, set()).issuperset(key.parent_columns)
    )


def _unproven_keys(catalog: Catalog, schema: Schema | None) -> tuple[ForeignKey, ...]:
    """What the database itself does not vouch for: its own keys are proved by validation."""
    return tuple(
        key for key in catalog.foreign_keys if not (key.validated and key.enforced)
    ) + tuple(key for key in _schema_keys(catalog, schema) if not key.enforced)


def _not_held(catalog: Catalog) -> tuple[tuple[str, str], ...]:
    extensions = tuple(
        (f"table {table.name}", f"belongs to extension {table.extension}")
        for table in catalog.tables
        if table.extension and table.configuration is None and table.holds_rows and table.size_bytes
    )
    return catalog.not_held + extensions


def _write_files(writer: SnapshotWriter, gathered: Gathered, ddl: Ddl | None) -> None:
    for path, text in gathered.schema.files if gathered.schema else ():
        writer.write(f"schema/{path}", redact(text, passwords_in(text)).encode())
    # one line: of 5,000 tables it takes 10 MB so, and written out it would take twice that, twice
    writer.write(CATALOG, msgspec.json.encode(gathered.catalog))
    if gathered.objects is not None:
        writer.write(OBJECTS, msgspec.json.encode(gathered.objects))
    if gathered.timeline is not None:
        writer.write(TIMELINE, encode_timeline(gathered.timeline))
    if ddl is not None:
        writer.write(f"ddl/{DdlSection.PRE_DATA}.sql", ddl.pre_data.encode())
        writer.write(f"ddl/{DdlSection.POST_DATA}.sql", ddl.post_data.encode())


def passwords_in(text: str) -> tuple[str, ...]:
    """Find the passwords of URLs that a schema spells out, instead of env("…").

    Args:
        text: A Prisma file.

    Returns:
        The passwords, as written.
    """
    return tuple(match[1] for match in _PASSWORD.finditer(text))


def _versions(ddl: Ddl | None) -> dict[str, str]:
    return {
        "snapkit": __version__,
        "python": platform.python_version(),
        "psycopg": version("psycopg"),
        **({"pg_dump": ddl.pg_dump_version} if ddl else {}),
        "zstandard": version("zstandard"),
    }
