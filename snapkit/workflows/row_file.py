"""Every row that differs, in a file: as CSV or Parquet, written as they are found."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

import msgspec

from snapkit.core.manifest import ColumnEntry
from snapkit.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from snapkit.core.export_values import Row
    from snapkit.core.verdict import RowChange, RowDifference
    from snapkit.workflows.export_files import Write

    Tell = Callable[[RowDifference], object]

SUFFIXES: Final = (".csv", ".parquet")
_AT_ONCE: Final = 1000  # records


@contextmanager
def open_row_file(
    path: Path | None,
    *,
    sides: tuple[str, str] = ("snapshot", "database"),
    words: Mapping[RowChange, str] | None = None,
) -> Iterator[Tell | None]:
    """Begin a file of rows that differ; it has its name once the `with` block is over.

    A record is one value that differs, or a row that is on one side only, whose column is NULL. The
    key is a JSON object; that of a table without a key is the whole row.

    Args:
        path: Where to; its ending says what is written. None writes nothing. What is there already
            goes at once: after a failure it would pass for this run's.
        sides: What the columns of the two values are called.
        words: What each kind of change is called; None takes its own name.

    Yields:
        A function that takes a row; None where there is no file.

    Raises:
        UsageError: The ending is another one, or pyarrow is needed and not there.
        StorageError: The file cannot be written; none is left.
    """
    if path is None:
        yield None
        return
    if path.suffix not in SUFFIXES:
        raise UsageError(
            "the ending of the file says what to write, and this one says nothing",
            str(path),
            f"Name a file that ends in {' or '.join(SUFFIXES)}.",
        )
    # numpy, which only few runs need
    from snapkit.core.export_values import ExportFormat  # noqa: PLC0415
    from snapkit.workflows.export_files import open_file  # noqa: PLC0415

    names = ("namespace", "name", "change", "key", "column", *sides)
    columns = tuple(ColumnEntry(name=name, type="text") for name in names)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    try:
        with ExitStack() as stack:
            with _writing(path):
                made = open_file(partial, columns, ExportFormat(path.suffix[1:]))
                records = _Records(path, stack.enter_context(made), words or {})
            yield records.add
            records.flush()
            with _writing(path):
                stack.close()
        with _writing(path):
            partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write the rows that differ: {error.strerror or error}",
            str(path),
            "Free some space, or name another file with --rows-to.",
        ) from error


class _Records:
    """Records on their way into the file, some at a time."""

    def __init__(self, path: Path, write: Write, words: Mapping[RowChange, str]) -> None:
        self._path = path
        self._write = write
        self._words = words
        self._waiting: list[Row] = []

    def add(self, row: RowDifference) -> None:
        """Append the records of one row."""
        word = self._words.get(row.change, row.change.value)
        key = msgspec.json.encode(dict(row.key)).decode()
        head: Row = [row.table.namespace, row.table.name, word, key]
        if row.values:
            self._waiting += [[*head, v.column, v.snapshot, v.database] for v in row.values]
        else:
            self._waiting.append([*head, None, None, None])
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with _writing(self._path):
            self._write(self._waiting)
        self._waiting = []
