"""One JSON file into one part: read row by row, every fault noted, keys looked at.

A file is read once where nothing is wrong with it. Where keys seem to be there twice it is read
again, because only then is it known which rows to look at: the first reading keeps eight bytes of
each key.
"""

from __future__ import annotations

import codecs
import hashlib
from array import array
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from snapkit.core.copytext import text_line
from snapkit.core.digest import RowDigester, TableDigest, joined
from snapkit.core.import_problems import Problem, ProblemLog
from snapkit.core.json_rows import ImportTable, RowFault, RowReader
from snapkit.core.json_stream import JsonArray, NotJsonError
from snapkit.core.manifest import Part
from snapkit.core.names import TableName
from snapkit.core.progress import Done
from snapkit.pg.bisect import BadRow, load_good_rows
from snapkit.pg.rows import RowSource
from snapkit.pg.session import Session
from snapkit.pg.stage import make_stage
from snapkit.store import PartWriter, QuarantineWriter
from snapkit.workflows.progress import SILENT, Progress
from snapkit.workflows.reading import ReadTask, read_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK: Final = 1024 * 1024  # [bytes]
_BATCH_ROWS: Final = 4096
_BATCH_BYTES: Final = 1024 * 1024
_STAGE: Final = "snapkit_import"
_UNIQUE_VIOLATION: Final = "23505"
_SHOWN: Final = 60  # of a key [characters]

Suspects = frozenset[tuple[int, int]]
"""Keys that seem to be there twice: the key's place among the table's, and its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """One file that was read. Figures are rows [rows].

    `problems` are every fault; with a quarantine, those of rows that were set aside. `ends` are the
    least and the greatest value of columns that a sequence feeds.
    """

    file: str
    table: TableName
    rows: int
    quarantined: int
    digest: TableDigest
    part: Part | None
    problems: tuple[Problem, ...]
    is_whole: bool  # it could be read to its end
    ends: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTask:
    """One file to read, and where its rows go. `path` is the part's, within `folder`.

    `counted` are integer columns whose least and greatest value are wanted. With a session, rows
    pass through the server.
    """

    file: Path
    table: ImportTable
    folder: Path
    path: str
    counted: tuple[str, ...]
    session: Session | None
    quarantine: QuarantineWriter | None
    progress: Progress


def read_file(task: FileTask) -> ImportedFile:
    """Read one file into a part.

    Args:
        task: What to read, and where to.

    Returns:
        What was read, and what does not fit.

    Raises:
        DatabaseError: The server failed.
        StorageError: The disk is full or gone.
    """
    progress = task.progress
    suspects: Suspects = frozenset()
    keeps = False  # whether this reading sets rows aside: only the last one does
    while True:
        reading = _Reading(task, suspects, task.quarantine if keeps else None)
        done = reading.run()
        if doubled := reading.doubled():
            suspects |= doubled
        elif done.problems and done.is_whole and task.quarantine and not keeps:
            keeps = True
        else:
            progress.end(task.table.table)
            return done
        task = replace(task, progress=SILENT)  # its bytes were counted


@dataclass(slots=True)
class _Batch:
    """Lines, and the row that each came from."""

    lines: list[bytes] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    size: int = 0


class _Reading:
    """One reading of one file."""

    def __init__(
        self, task: FileTask, suspects: Suspects, quarantine: QuarantineWriter | None
    ) -> None:
        self._task = task
        self._quarantine = quarantine
        self._reader = RowReader(task.table)
        self._log = ProblemLog(task.file.name)
        self._columns = tuple(column.name for column in task.table.stored)
        self._fields = {column.name: column.field or column.name for column in task.table.stored}
        self._keys = _Keys(task.table, self._columns, suspects)
        self._ends = {name: _End(self._columns.index(name)) for name in task.counted}
        self._rows = self._bad = self._told = 0
        self._broken: Problem | None = None

    def doubled(self) -> Suspects:
        """Keys that seem to be there twice and were not suspected before."""
        return self._keys.doubled()

    def run(self) -> ImportedFile:
        """Read it all, and write the part."""
        digest, part = self._through_server() if self._task.session else self._straight()
        if digest.rows + self._bad != self._rows:
            raise AssertionError("a row was neither written nor set aside")
        broken = (self._broken,) if self._broken else ()
        return ImportedFile(
            file=self._task.file.name,
            table=self._task.table.table,
            rows=self._rows,
            quarantined=self._bad if self._quarantine else 0,
            digest=digest,
            part=part,
            problems=broken + self._log.problems(),
            is_whole=self._broken is None,
            ends={name: end.span for name, end in self._ends.items() if end.span},
        )

    def _straight(self) -> tuple[TableDigest, Part | None]:
        digester = RowDigester()
        place = self._task.folder / self._task.path
        with PartWriter(place) as writer:
            for batch in self._batches():
                digester.update(batch.lines)
                writer.write(joined(batch.lines))
            digest = digester.result()
            if not digest.rows:
                place.unlink(missing_ok=True)  # of an earlier reading
                return digest, None
            facts = writer.finish()
        return digest, Part(
            path=self._task.path, rows=digest.rows, size=facts.size, digest=facts.digest
        )

    def _through_server(self) -> tuple[TableDigest, Part | None]:
        """Have the server read each value, and write it in its own form."""
        session, task = self._task.session, self._task
        assert session is not None  # noqa: S101 -- the caller asked
        stage = make_stage(session, _STAGE, task.table.table, self._columns)
        for batch in self._batches():
            refused: list[BadRow] = []
            load_good_rows(
                session, stage, self._columns, partial(list, [batch.lines]), refused.append
            )
            rows: dict[bytes, list[int]] = {}
            for line, row in zip(batch.lines, batch.rows, strict=True) if refused else ():
                rows.setdefault(line, []).append(row)
            for bad in refused:
                row = rows[bad.line].pop(0)
                fault = RowFault(self._fields.get(bad.column, ""), bad.message)
                self._refuse_line(row, bad.line, bad.sqlstate, fault)
        found = read_part(
            session,
            task.folder,
            ReadTask(
                entry=0,
                part=0,
                source=RowSource(stage),
                columns=self._columns,
                pages=None,
                path=task.path,
                extent=0,
            ),
        )
        if found.part is None:
            (task.folder / task.path).unlink(missing_ok=True)
        return found.digest, found.part

    def _batches(self) -> Iterator[_Batch]:
        batch = _Batch()
        for row, line in self._lines():
            batch.lines.append(line)
            batch.rows.append(row)
            batch.size += len(line)
            if len(batch.lines) >= _BATCH_ROWS or batch.size >= _BATCH_BYTES:
                yield batch
                batch = _Batch()
        if batch.lines:
            yield batch

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        values = JsonArray(_chunks(self._task.file, self._tell))
        try:
            for value in values:
                self._rows += 1
                texts, faults = self._reader.read(value)
                for end in self._ends.values():
                    end.see(texts)
                if faults:
                    self._refuse(faults, values.source)
                    continue
                line = text_line(texts)
                if (twin := self._keys.see(self._rows, texts)) is not None:
                    self._refuse_line(self._rows, line, _UNIQUE_VIOLATION, RowFault("", twin))
                    continue
                yield self._rows, line
        except NotJsonError as error:
            place = ((error.row, error.row),) if error.row else ()
            self._broken = Problem(
                file=self._task.file.name, what=f"is not JSON: {error.what}", spans=place
            )
        except UnicodeDecodeError as error:
            what = f"is not UTF-8 text: byte {error.object[error.start]:#04x} near row"
            self._broken = Problem(file=self._task.file.name, what=f"{what} {self._rows + 1}")
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            self._broken = Problem(file=self._task.file.name, what=what)

    def _tell(self, size: int) -> None:
        """Tell of a block of JSON [bytes], and of the rows that were taken from those before."""
        rows, self._told = self._rows - self._told, self._rows
        self._task.progress.advance(self._task.table.table, Done(rows=rows, size=size))

    def _refuse(self, faults: tuple[RowFault, ...], source: str) -> None:
        self._bad += 1
        for fault in faults:
            self._log.add(self._rows, fault)
        if self._quarantine:
            what = "; ".join(
                f"field {fault.field!r} {fault.what}" if fault.field else fault.what
                for fault in faults
            )
            self._quarantine.add_document(
                self._task.table.table, (self._task.file.name, self._rows), source, what
            )

    def _refuse_line(self, row: int, line: bytes, sqlstate: str, fault: RowFault) -> None:
        self._bad += 1
        self._log.add(row, fault)
        if self._quarantine:
            self._quarantine.add(
                self._task.table.table,
                self._columns,
                line,
                {"sqlstate": sqlstate, "constraint": "", "message": fault.what},
            )


@dataclass(slots=True)
class _End:
    """How far an integer column goes."""

    place: int
    span: tuple[int, int] | tuple[()] = ()

    def see(self, texts: list[str | None]) -> None:
        text = texts[self.place] if texts else None
        if text is None:
            return
        value = int(text)
        self.span = (
            (min(self.span[0], value), max(self.span[1], value))
            if self.span
            else (
                value,
                value,
            )
        )


class _Keys:
    """The unique keys of the rows so far: a digest of each, and those under suspicion in full."""

    def __init__(self, table: ImportTable, columns: tuple[str, ...], suspects: Suspects) -> None:
        self._keys = tuple(key for key in table.keys if set(key) <= set(columns))
        self._places = tuple(tuple(map(columns.index, key)) for key in self._keys)
        self._digests = tuple(array("Q") for _ in self._keys)
        self._suspects = suspects
        self._first: dict[tuple[int, tuple[str, ...]], int] = {}

    def see(self, row: int, texts: list[str | None]) -> str | None:
        """Look at a row; what is wrong where one that was not refused has a key of it."""
        suspected = []
        for number, places in enumerate(self._places):
            values = tuple(value for place in places if (value := texts[place]) is not None)
            if len(values) < len(places):
                continue  # NULLs are never equal
            raw = "\t".join(values).encode()
            digest = int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest())
            if (number, digest) in self._suspects:
                suspected.append((number, values))
                if (twin := self._first.get((number, values))) is not None:
                    shown = ", ".join(
                        f"{name}={value[:_SHOWN]!r}"
                        for name, value in zip(self._keys[number], values, strict=True)
                    )
                    return f"has the key {shown} of row {twin}"
            else:
                self._digests[number].append(digest)
        self._first.update(dict.fromkeys(suspected, row))
        return None

    def doubled(self) -> Suspects:
        import numpy as np  # noqa: PLC0415 -- 0.1 s

        found = set()
        for number, digests in enumerate(self._digests):
            if len(digests) > 1:
                ordered = np.sort(np.frombuffer(digests, dtype=np.uint64))
                twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
                found |= {(number, int(digest)) for digest in twice}
        return frozenset(found)


def _chunks(path: Path, tell: Callable[[int], None]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            tell(len(block))
            yield from _decoded(decoder, block)
        yield from _decoded(decoder, b"", final=True)
    tell(0)


def _decoded(
    decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False
) -> Iterator[str]:
    """Give the text before a wrong byte first, so that the row that holds it can be told."""
    try:
        yield decoder.decode(block, final=final)
    except UnicodeDecodeError as error:
        yield bytes(error.object[: error.start]).decode()
        raise
