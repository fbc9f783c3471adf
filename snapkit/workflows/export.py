"""Export: the rows of a snapshot as files for other programs, proven on the way out.

Every part is proven before it is read, and every row digested as it is; the files appear only when
all rows were the manifest's.

Source: DESIGN.md, section 6, `export`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from snapkit.core.digest import RowDigester, TableDigest, split_lines
from snapkit.core.export_values import ExportFormat, Row, split_line
from snapkit.core.manifest import TableEntry
from snapkit.core.names import TableName
from snapkit.core.text import counted
from snapkit.errors import ManifestError, StorageError, UsageError
from snapkit.store import Snapshot
from snapkit.workflows.export_files import UnfitColumnsError, load_pyarrow, open_file
from snapkit.workflows.progress import SILENT, Progress, Telling, stored_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INDEX: Final = "index.json"
_UNSAFE: Final = re.compile(r"[^\w.-]+")
_LONGEST: Final = 200  # of a file's name without its ending; 255 is what disks take [bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedTable:
    """One file. `rows` of the table [rows], `size` of the file [bytes].

    `as_text` are columns of a Parquet file that are text because a value does not fit their type.
    """

    file: str
    table: TableName
    model: str | None
    rows: int
    size: int
    as_text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """A finished export. Durations [s]."""

    folder: Path
    tables: tuple[ExportedTable, ...]
    notes: tuple[str, ...]  # what is not as its reader might expect
    seconds: float

    @property
    def rows(self) -> int:
        """Rows of all tables [rows]."""
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        """Size of all files but the index [bytes]."""
        return sum(table.size for table in self.tables)


def export(
    snapshot: Snapshot,
    folder: Path,
    *,
    format_: ExportFormat,
    only: Iterable[TableName] | None = None,
    force: bool = False,
    progress: Progress = SILENT,
) -> ExportResult:
    """Write the rows of a snapshot as one file per table, and an index of the files.

    Args:
        snapshot: Whose rows.
        folder: Where to; made where it is not there.
        format_: Of the files.
        only: The tables; None takes all, empty ones too.
        force: Whether files of the same names may be replaced, in a folder that is not empty.
        progress: Told of the rows written.

    Returns:
        Each file with its rows, which are those of the manifest.

    Raises:
        ManifestError: A part is missing or damaged; no file was left.
        StorageError: The disk is full or gone; no file was left.
        UsageError: The folder is not empty, pyarrow is missing, or a text is not UTF-8.
    """
    clock = time.perf_counter()
    if format_ is ExportFormat.PARQUET:
        load_pyarrow()
    entries = snapshot.manifest.choose(only)
    names = _file_names(entries, format_)
    with _work_folder(folder, force=force) as work:
        progress.begin(f"exporting {counted(len(entries), 'table')}", stored_work(entries))
        tables = tuple(
            _Table(snapshot, entry, work / name, format_, progress).export()
            for entry, name in zip(entries, names, strict=True)
        )
        (work / INDEX).write_bytes(_index(snapshot, entries, tables, format_))
        _place(work, folder, (*names, INDEX))
    return ExportResult(
        folder=folder,
        tables=tables,
        notes=tuple(_notes(entries, tables, format_)),
        seconds=time.perf_counter() - clock,
    )


def _file_names(entries: tuple[TableEntry, ...], format_: ExportFormat) -> list[str]:
    """Names of letters, digits, `_`, `.` and `-`, different where case does not count."""
    names: list[str] = []
    taken: set[str] = set()
    for entry in entries:
        full = unicodedata.normalize("NFC", str(entry.table))
        short = _UNSAFE.sub("_", full).encode()[:_LONGEST].decode(errors="ignore")
        stem = short.strip(".-") or "table"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(f"{name}.{format_}")
    return names


@contextmanager
def _work_folder(folder: Path, *, force: bool) -> Iterator[Path]:
    """A folder within the folder, on the same disk; on a failure all that was made is removed."""
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(
                "the export needs a folder, and this is none", str(folder), "Name another."
            )
        if folder.exists() and not force and any(folder.iterdir()):
            raise UsageError(
                "the folder is not empty",
                str(folder),
                "Name another with --out, or pass --force to replace files of the same names.",
            )
        made = tuple(takewhile(lambda place: not place.exists(), (folder, *folder.parents)))
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
        except BaseException:
            with suppress(OSError):  # others may have put something there
                for place in made:
                    place.rmdir()
            raise
    except OSError as error:
        raise StorageError(
            f"cannot write the export: {error.strerror or error}",
            str(folder),
            "Free some space, or name another folder with --out.",
        ) from error


def _place(work: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Give the files their names, the index last: where it stands, it is true of the others."""
    (folder / INDEX).unlink(missing_ok=True)
    placed: list[Path] = []
    try:
        for name in names:
            (work / name).replace(folder / name)
            placed.append(folder / name)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise


@dataclass(slots=True)
class _Table:
    """One table on its way into its file."""

    snapshot: Snapshot
    entry: TableEntry
    path: Path
    format: ExportFormat
    progress: Progress

    def export(self) -> ExportedTable:
        """Write the file, again from its first row where a column turns out not to fit."""
        told = Telling(self.progress, self.entry.table)
        self._require_whole_parts()
        as_text: frozenset[str] = frozenset()
        while True:
            try:
                self._write(as_text, told)
                break
            except UnfitColumnsError as unfit:
                as_text |= unfit.columns
        self.progress.end(self.entry.table)
        return ExportedTable(
            file=self.path.name,
            table=self.entry.table,
            model=self.entry.model,
            rows=self.entry.rows,
            size=self.path.stat().st_size,
            as_text=tuple(name for name in self.entry.column_names if name in as_text),
        )

    def _require_whole_parts(self) -> None:
        """Damaged rows need not be rows of this table: none may reach what takes values apart."""
        for part in self.entry.parts:
            if not self.snapshot.is_whole(part):
                raise self._damaged(f"{part.path} is damaged: its SHA-256 is not the manifest's")

    def _write(self, as_text: frozenset[str], told: Telling) -> None:
        digester = RowDigester()
        with open_file(self.path, self.entry.columns, self.format, as_text) as write:
            for part in self.entry.parts:
                for lines in split_lines(self.snapshot.blocks(part)):
                    digester.update(lines)
                    write(self._rows(lines))
                    told.up_to(digester.result())
            if digester.result() != self._expected():
                raise self._damaged(
                    f"the parts of table {self.entry.table} do not hold the manifest's rows"
                )

    def _expected(self) -> TableDigest:
        return TableDigest.parse(self.entry.rows, self.entry.size, self.entry.digest)

    def _rows(self, lines: list[bytes]) -> list[Row]:
        width = len(self.entry.columns)
        if not width:
            return [[] for _ in lines]
        try:
            rows = [split_line(line.decode()) for line in lines]
        except UnicodeDecodeError as error:
            raise UsageError(
                f"table {self.entry.table} holds text that is not UTF-8",
                f"snapshot {self.snapshot.id}, encoding {self.snapshot.manifest.server.encoding}",
                "Name the other tables with --only, or convert its text in the database.",
            ) from error
        if any(len(row) != width for row in rows):
            raise self._damaged(f"a row of table {self.entry.table} has not {width} values")
        return rows

    def _damaged(self, what: str) -> ManifestError:
        return ManifestError(
            what,
            f"snapshot {self.snapshot.id}",
            "Nothing was exported. Run snapkit check for the whole list.",
        )


def _notes(
    entries: tuple[TableEntry, ...], tables: tuple[ExportedTable, ...], format_: ExportFormat
) -> Iterator[str]:
    for entry, table in zip(entries, tables, strict=True):
        for column in table.as_text:
            yield f"column {column} of {table.table} is text: a value does not fit its Parquet type"
        if format_ is ExportFormat.PARQUET and entry.rows and not entry.columns:
            yield (
                f"table {table.table} has {counted(entry.rows, 'row')} without columns, which only "
                "the index counts: Parquet holds none"
            )


def _index(
    snapshot: Snapshot,
    entries: tuple[TableEntry, ...],
    tables: tuple[ExportedTable, ...],
    format_: ExportFormat,
) -> bytes:
    document = {
        "snapshot": snapshot.id,
        "manifest_digest": snapshot.manifest_digest,
        "format": format_,
        "rows": sum(table.rows for table in tables),
        "tables": [
            {
                "file": table.file,
                "namespace": entry.namespace,
                "name": entry.name,
                "model": entry.model,
                "rows": table.rows,
                "columns": [{"name": c.name, "type": c.type} for c in entry.columns],
                "key": entry.key,
                "as_text": table.as_text,
            }
            for entry, table in zip(entries, tables, strict=True)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
