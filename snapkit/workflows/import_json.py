"""Import: a folder of JSON files, one per table, into a snapshot like any other.

The rows are typed by a Prisma schema, by a database that has the tables (which lends its DDL too),
or by both. A JSON column that may be NULL gets NULL for `null`: Prisma Client gives that for NULL
and for JSON's own null, so that a dump does not tell them apart.

Source: DESIGN.md, section 6, `import-json`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from snapkit._version import __version__
from snapkit.core.catalog import Catalog, Feed, Sequence, TableKind
from snapkit.core.digest import TableDigest
from snapkit.core.import_problems import Problem
from snapkit.core.json_rows import ImportTable, import_tables, match_files
from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.core.progress import Work
from snapkit.core.schema import ModelKind, Schema
from snapkit.core.schema_catalog import catalog_of
from snapkit.core.text import counted
from snapkit.errors import UsageError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.ddl import Ddl, dump_ddl
from snapkit.pg.session import Session, connect
from snapkit.store import QuarantineWriter, Snapshot, SnapshotWriter, Store
from snapkit.workflows.backup import Gathered, finish, table_entry, utc_now
from snapkit.workflows.json_files import FileTask, ImportedFile, read_file
from snapkit.workflows.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from snapkit.core.manifest import TableEntry
    from snapkit.pg.target import Target

SUFFIX: Final = ".json"
_NO_FILE: Final = "no JSON file stands for it: recorded with 0 rows"
_NO_MODEL: Final = "no JSON file and no model stands for it: left out, its rows stay untouched"
_PARTITIONED: Final = "is a partitioned table: its rows lie in partitions, which no file names"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """An import that came to its end; `snapshot` is None where something did not fit.

    `empty` are tables without a file, `left_out` those that neither a file nor a model names,
    `ignored` what lies in the folder and was not read. With a quarantine, `problems` are those of
    the rows that it holds.
    """

    snapshot: Snapshot | None
    files: tuple[ImportedFile, ...]
    problems: tuple[Problem, ...]
    empty: tuple[TableName, ...]
    left_out: tuple[TableName, ...]
    ignored: tuple[str, ...]
    quarantine: Path | None
    seconds: float

    @property
    def rows_quarantined(self) -> int:
        """Rows that were set aside [rows]."""
        return sum(file.quarantined for file in self.files) if self.snapshot else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What the files are read against. The session and the DDL are those of a database."""

    catalog: Catalog
    schema: Schema | None
    session: Session | None
    ddl: Ddl | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """What lies in the folder: files by the table that each fills."""

    files: Mapping[TableName, Path]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sinks:
    """Where rows go: the good ones, and those that do not fit."""

    writer: SnapshotWriter
    aside: QuarantineWriter | None


def import_json(
    folder: Path,
    store: Store,
    *,
    schema: Schema | None = None,
    target: Target | None = None,
    on_error: OnError = OnError.STOP,
    progress: Progress = SILENT,
    now: Callable[[], datetime] = utc_now,
) -> ImportResult:
    """Make a snapshot of a folder of JSON files, each an array of one table's rows.

    Args:
        folder: Where the files are.
        store: Where the snapshot goes.
        schema: Names models, fields and enum values; needed without a database.
        target: A database that has the tables: it gives column types and DDL, and its server reads
            every value. Its own rows do not matter. None types the rows by the schema alone, and
            the snapshot has no DDL.
        on_error: What happens to rows that do not fit: STOP makes no snapshot; QUARANTINE keeps
            them aside. A file that fits no table, or is not JSON, always stops.
        progress: Told of the bytes and rows of JSON read.
        now: The clock.

    Returns:
        The snapshot, or every reason why there is none.

    Raises:
        ConnectError: The database cannot be reached.
        DatabaseError: The server failed.
        StorageError: The disk is full or gone.
        UsageError: There is no such folder, no JSON file in it, or neither schema nor database.
    """
    started, clock = now(), time.perf_counter()
    paths, ignored = _list(folder)
    with ExitStack() as stack:
        source = _open_source(stack, folder, schema, target)
        tables = import_tables(source.catalog, schema)
        found = _match(paths, ignored, tables, source)
        writer = stack.enter_context(store.create(started))
        aside = (
            stack.enter_context(store.quarantine(writer.id, started))
            if on_error is OnError.QUARANTINE
            else None
        )
        progress.begin(
            f"reading {counted(len(found.files), 'file')}",
            tuple(
                Work(table=name, rows=None, extent=path.stat().st_size)
                for name, path in found.files.items()
            ),
        )
        files = _read(found, tables, source, _Sinks(writer, aside), progress)
        problems = found.problems + tuple(item for file in files for item in file.problems)
        kept, left_out = _choose(source, found)
        empty = tuple(name for name in kept if name not in found.files)
        snapshot, quarantine = None, None
        if not problems or (aside and not found.problems and all(file.is_whole for file in files)):
            gathered = _gather(source, files, (kept, left_out, empty), started)
            quarantine = aside.finish() if aside else None
            seconds = time.perf_counter() - clock
            snapshot = finish(writer, gathered, source.ddl, now(), seconds)
    return ImportResult(
        snapshot=snapshot,
        files=files,
        problems=problems,
        empty=empty,
        left_out=left_out,
        ignored=found.ignored,
        quarantine=quarantine,
        seconds=time.perf_counter() - clock,
    )


def _list(folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    try:
        items = sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(
            f"the folder cannot be read: {error.strerror or error}",
            str(folder),
            "Name the folder that holds one JSON file per table.",
        ) from error
    paths = tuple(item for item in items if item.suffix.lower() == SUFFIX and item.is_file())
    if not paths:
        raise UsageError(
            "no JSON file is in the folder",
            str(folder),
            "Name the folder that holds one JSON file per table.",
        )
    return paths, tuple(item.name for item in items if item not in paths)


def _open_source(
    stack: ExitStack, folder: Path, schema: Schema | None, target: Target | None
) -> _Source:
    if target is None:
        if schema is None:
            raise UsageError(
                "neither a schema nor a database says what the rows are",
                str(folder),
                "Name a schema with --schema, or a database that has the tables with -d.",
            )
        if not schema.is_postgres:
            raise UsageError(
                "the schema is not of a PostgreSQL database",
                str(schema.datasource.span if schema.datasource else folder),
                "Name the schema of the database that the files came from with --schema.",
            )
        called = os.fsencode(folder.resolve().name).decode("utf-8", "backslashreplace")
        name = f"{called or 'folder'} (JSON files)"
        return _Source(catalog=catalog_of(schema, name), schema=schema, session=None, ddl=None)
    session = stack.enter_context(connect(target))
    session.begin(isolation="REPEATABLE READ")  # rolled back: nothing of it stays
    catalog = read_catalog(session)
    if not catalog.data_tables:
        raise UsageError(
            "the database has no tables",
            session.where,
            "Make them first (prisma migrate deploy), or leave -d out and name a schema.",
        )
    ddl = dump_ddl(
        target, snapshot_id=session.export_snapshot(), server_version=catalog.server.version
    )
    return _Source(catalog=catalog, schema=schema, session=session, ddl=ddl)


def _match(
    paths: tuple[Path, ...],
    ignored: tuple[str, ...],
    tables: tuple[ImportTable, ...],
    source: _Source,
) -> _Folder:
    catalog, schema = source.catalog, source.schema
    by_stem = {path.stem: path for path in paths}
    matching = match_files(by_stem, tables)
    problems = [Problem(file=by_stem[stem].name, what=what) for stem, what in matching.faults]
    problems += [
        Problem(file=path.name, what="has the name of another file, but for its ending")
        for path in paths
        if by_stem[path.stem] != path
    ]
    files = {}
    for stem, name in matching.files.items():
        if catalog.by_name[name].kind is TableKind.PARTITIONED:
            problems.append(Problem(file=by_stem[stem].name, what=_PARTITIONED))
        else:
            files[name] = by_stem[stem]
    problems += _without_table(catalog, schema)
    return _Folder(
        files=dict(sorted(files.items())),
        problems=tuple(sorted(problems, key=lambda problem: problem.file)),
        ignored=ignored,
    )


def _without_table(catalog: Catalog, schema: Schema | None) -> list[Problem]:
    return [
        Problem(
            file=model.span.file,
            what=f"model {model.name}: the database has no table {model.table}",
        )
        for model in (schema.models if schema else ())
        if model.kind is ModelKind.MODEL and model.table not in catalog.by_name
    ]


def _read(
    found: _Folder,
    tables: tuple[ImportTable, ...],
    source: _Source,
    sinks: _Sinks,
    progress: Progress,
) -> tuple[ImportedFile, ...]:
    known = {table.table: table for table in tables}
    numbers = {table.name: n for n, table in enumerate(source.catalog.data_tables, start=1)}
    return tuple(
        read_file(
            FileTask(
                file=path,
                table=known[name],
                folder=sinks.writer.path,
                path=sinks.writer.part_path(numbers[name], name, 0),
                counted=_counted(source.catalog, known[name]),
                session=source.session,
                quarantine=sinks.aside,
                progress=progress,
            )
        )
        for name, path in found.files.items()
    )


_INTEGERS: Final = frozenset({"smallint", "integer", "bigint"})


def _counted(catalog: Catalog, table: ImportTable) -> tuple[str, ...]:
    """The integer columns that sequences feed."""
    fed = {
        feed.column
        for sequence in catalog.sequences
        for feed in catalog.feeds_of(sequence)
        if feed.table == table.table
    }
    return tuple(
        column.name
        for column in table.stored
        if column.name in fed and column.type.name in _INTEGERS and not column.type.is_list
    )


def _choose(source: _Source, found: _Folder) -> tuple[tuple[TableName, ...], tuple[TableName, ...]]:
    """The tables that the snapshot holds, and those that it leaves alone.

    What neither a model nor a file names is not the old tool's to say: `_prisma_migrations`, which
    a restore would empty, is one.
    """
    wanted = set(found.files) | set(source.schema.tables if source.schema else ())
    names = tuple(table.name for table in source.catalog.data_tables)
    return (
        tuple(name for name in names if name in wanted),
        tuple(name for name in names if name not in wanted),
    )


def _gather(
    source: _Source,
    files: tuple[ImportedFile, ...],
    names: tuple[tuple[TableName, ...], tuple[TableName, ...], tuple[TableName, ...]],
    started: datetime,
) -> Gathered:
    kept, left_out, empty = names
    read = {file.table: file for file in files}

    def entry(name: TableName) -> TableEntry:
        file = read.get(name)
        return table_entry(
            source.catalog.by_name[name],
            source.schema,
            file.digest if file else TableDigest(),
            (file.part,) if file and file.part else (),
        )

    sequences = tuple(
        _position(sequence, source.catalog.feeds_of(sequence), read)
        for sequence in source.catalog.sequences
        if any(feed.table in kept for feed in source.catalog.feeds_of(sequence))
    )
    known = {sequence.name for sequence in sequences}
    return Gathered(
        catalog=source.catalog,
        schema=source.schema,
        started=started,
        jobs=1,
        tables=tuple(map(entry, kept)),
        orphans=(),
        sequences=sequences,
        not_held=(
            *((f"rows of table {name}", _NO_FILE) for name in empty),
            *((f"table {name}", _NO_MODEL) for name in left_out),
            *(
                (f"sequence {s.name}", "JSON files hold none: left as it is")
                for s in source.catalog.sequences
                if s.name not in known
            ),
        ),
        origin=("import-json", __version__),
    )


def _position(
    sequence: Sequence, feeds: tuple[Feed, ...], files: Mapping[TableName, ImportedFile]
) -> Sequence:
    """Where a sequence must stand so that its next value is free in every column it feeds."""
    spans = [files[feed.table].ends.get(feed.column) for feed in feeds if feed.table in files]
    ends = [end for span in spans if span is not None for end in span]
    if not ends:
        return replace(sequence, last_value=sequence.start, is_called=False)
    last = max(ends) if sequence.increment > 0 else min(ends)
    if not sequence.minimum <= last <= sequence.maximum:
        return replace(sequence, last_value=sequence.start, is_called=False)
    return replace(sequence, last_value=last, is_called=True)
