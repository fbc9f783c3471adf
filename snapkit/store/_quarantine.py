"""Quarantine: rows that a restore could not load, kept with their reason and reloadable.

`<store>/quarantine/<snapshot>_<time>/rows.jsonl` holds one JSON object per row: namespace, name,
columns, line (the row's COPY text; line_base64 where it is not UTF-8, as in a database of encoding
SQL_ASCII), sqlstate, constraint, message. A row of a JSON file that cannot be written as COPY text
has file, row (from 1) and document (its text) in the place of columns and line.

A restore sets rows aside before it commits, and may be killed at any moment. So the rows are
flushed under a hidden name, with `restore.json`, which names the transaction (`seal`), before that
commits; only then the folder gets its name (`finish`). Whoever comes next asks the server what
became of the transaction of a folder that still hides (`pending`), and names or removes it.

What `snapkit requeue` refuses once more goes into a new folder; see `_quarantined`.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import msgspec

from snapkit.core.digest import RowDigester, TableDigest
from snapkit.store._making import claim, sweep
from snapkit.store._parts import flush_folder, missing_folders, remove_empty, storing, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from snapkit.core.names import TableName

FOLDER = "quarantine"
ROWS = "rows.jsonl"
_RESTORE: Final = "restore.json"
_MAKING = ".making"  # marks a folder that goes with its process; see `_making`


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """The transaction of the restore that set rows aside, in the terms of the server's own.

    `system` is the server's identifier and timeline, empty where the role may not read them;
    `transaction` is a 64-bit number.
    """

    system: str
    database: str
    transaction: str


class QuarantineWriter:
    """Takes bad rows as they come; `finish` keeps them, anything else removes the folder.

    Args:
        place: The folder of quarantines.
        snapshot_id: The snapshot that the rows are of.
        now: UTC; names the folder.
    """

    def __init__(self, place: Path, snapshot_id: str, now: datetime) -> None:
        self.path = place / f"{snapshot_id}_{now:%Y%m%d_%H%M%S_%f}"
        self._partial = partial_of(self.path)
        self._is_sealed = False
        self._digesters: dict[TableName, RowDigester] = {}
        self._documents: Counter[TableName] = Counter()
        with storing(self.path):
            self._made = missing_folders(self._partial.parent)
            try:
                self._partial.parent.mkdir(parents=True, exist_ok=True)
                sweep(place.glob(".*.partial"), _MAKING)
                self._lock = _made_and_locked(self._partial)
                self._file = (self._partial / ROWS).open("wb")
            except OSError:
                remove_empty(self._made)
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # a full disk fails here once more: what the buffer still holds
            self._file.close()
        os.close(self._lock)
        if not self._is_sealed:
            shutil.rmtree(self._partial, ignore_errors=True)
            remove_empty(self._made)

    @property
    def digests(self) -> dict[TableName, TableDigest]:
        """Rows set aside so far that have COPY text, by table."""
        return {table: digester.result() for table, digester in self._digesters.items()}

    @property
    def rows(self) -> dict[TableName, int]:
        """Rows set aside so far, of either kind, by table [rows]."""
        lines = {table: digest.rows for table, digest in self.digests.items()}
        return dict(Counter(lines) + self._documents)

    def add(
        self, table: TableName, columns: Sequence[str], line: bytes, reason: dict[str, str]
    ) -> None:
        """Keep one row.

        Args:
            table: The table.
            columns: The order of the values.
            line: The row's COPY text, UTF-8, without its newline.
            reason: `sqlstate`, `constraint` and `message`.

        Raises:
            StorageError: The disk is full or gone.
        """
        self._write(table, {"columns": list(columns), **_as_text(line), **reason})
        self._digesters.setdefault(table, RowDigester()).update((line,))

    def add_document(
        self, table: TableName, source: tuple[str, int], document: str, message: str
    ) -> None:
        """Keep one row of a JSON file that cannot be written as COPY text.

        Args:
            table: The table it is of.
            source: The file, and the row in it, from 1.
            document: The row as it stands in the file.
            message: Why it does not fit.

        Raises:
            StorageError: The disk is full or gone.
        """
        file, row = source
        text = document.encode("utf-8", "backslashreplace").decode()
        reason = {"sqlstate": "", "constraint": "", "message": message}
        self._write(table, {"file": file, "row": row, "document": text, **reason})
        self._documents[table] += 1

    def _write(self, table: TableName, row: dict[str, object]) -> None:
        named = {"namespace": table.namespace, "name": table.name, **row}
        with storing(self.path):
            self._file.write(msgspec.json.encode(named) + b"\n")

    def seal(self, by: SetAside | None = None) -> None:
        """Flush the rows to disk under a hidden name that outlives this process.

        For whoever must know that they are safe before it is known that they are wanted: `finish`
        still gives the folder its name, and so does, in a later process, `settle` or
        `QuarantineFolder.complete`.

        Args:
            by: The transaction that decides whether they are wanted, where it is a restore's.

        Raises:
            StorageError: The disk is full or gone.
        """
        with storing(self.path):
            if by is not None:
                write_json(self._partial / _RESTORE, by)
            self._file.flush()
            os.fsync(self._file.fileno())
            if self.rows:
                (self._partial / _MAKING).unlink(missing_ok=True)  # from here on it is kept
            flush_folder(self._partial)
            flush_folder(self._partial.parent)
        self._is_sealed = bool(self.rows)

    def finish(self) -> Path | None:
        """Flush the rows to disk and give the folder its name.

        Returns:
            The folder; None where no row was set aside.

        Raises:
            StorageError: The disk is full or gone.
        """
        if not self.rows:
            return None
        if not self._is_sealed:
            self.seal()
        publish(self.path)
        return self.path


def _made_and_locked(partial: Path) -> int:
    while True:
        partial.mkdir(mode=0o700)
        lock = claim(partial / _MAKING)
        if lock is not None:
            return lock


def partial_of(path: Path) -> Path:
    """The hidden name of a folder that is not finished."""
    return path.with_name(f".{path.name}.partial")


def publish(path: Path) -> None:
    """Give a sealed folder its name; another process may have done so just now.

    Args:
        path: The name.

    Raises:
        StorageError: It cannot be renamed.
    """
    with storing(path):
        try:
            partial_of(path).rename(path)
        except FileNotFoundError:
            if not path.is_dir():
                raise
        flush_folder(path.parent)


def pending(root: Path) -> list[tuple[Path, SetAside]]:
    """Sealed folders of restores that did not say how they ended; see `Store.pending`."""
    found = []
    for place in sorted((root / FOLDER).glob(f".*.partial/{_RESTORE}")):
        with suppress(OSError, msgspec.DecodeError):  # gone meanwhile, or never written whole
            name = place.parent.name.removeprefix(".").removesuffix(".partial")
            by = msgspec.json.decode(place.read_bytes(), type=SetAside)
            if not (place.parent / _MAKING).exists():
                found.append((root / FOLDER / name, by))
    return found


def settle(path: Path, *, is_wanted: bool) -> None:
    """Give a folder of `pending` its name, or remove it; see `Store.settle`."""
    if is_wanted:
        publish(path)
    else:
        shutil.rmtree(partial_of(path), ignore_errors=True)


def _as_text(line: bytes) -> dict[str, str]:
    try:
        return {"line": line.decode()}
    except UnicodeDecodeError:
        return {"line_base64": base64.b64encode(line).decode()}
