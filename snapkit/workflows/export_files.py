"""The files of an export: one per table, written batch by batch, in flat memory."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self, TypeAlias

import numpy as np

from snapkit.core.column_types import ColumnType, read_type
from snapkit.core.export_values import (
    ExportFormat,
    Row,
    bytes_of,
    csv_line,
    json_lines,
    read_array,
)
from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Sized
    from pathlib import Path
    from types import TracebackType

    from snapkit.core.manifest import ColumnEntry

Write: TypeAlias = "Callable[[Sequence[Row]], object]"
_GROUP_BYTES: Final = 8 * 1024 * 1024  # of a row group, unpacked; 16 MB take 14 MB more [bytes]
_TEXT: Final = ColumnType(name="text")
_NARROW: Final = 38  # digits of a decimal of 128 bits
_WIDE: Final = 76


class UnfitColumnsError(ValueError):
    """Columns with a value that their Parquet type does not hold: they become text throughout."""

    def __init__(self, columns: frozenset[str]) -> None:
        super().__init__(columns)
        self.columns = columns


@contextmanager
def open_file(
    path: Path,
    columns: tuple[ColumnEntry, ...],
    format_: ExportFormat,
    as_text: frozenset[str] = frozenset(),
) -> Iterator[Write]:
    """Begin a file; what is held back is written at the end of the `with` block.

    Args:
        path: Where.
        columns: Of the rows.
        format_: Of the file.
        as_text: Columns that are text in a Parquet file, whatever their type.

    Yields:
        A function that appends rows; of a Parquet file, it raises UnfitColumnsError.

    Raises:
        UsageError: pyarrow is needed and not there.
    """
    with path.open("wb") as file:
        match format_:
            case ExportFormat.JSONL:
                line = json_lines(columns)
                yield lambda rows: file.write(b"".join(map(line, rows)))
            case ExportFormat.CSV:
                file.write(csv_line([column.name for column in columns]))
                yield lambda rows: file.write(b"".join(map(csv_line, rows)))
            case ExportFormat.PARQUET:
                with _Parquet(file, columns, as_text) as table:
                    yield table.write


class _Parquet:
    """A Parquet file. Rows become Arrow's at once: as Python's they take several times as much."""

    def __init__(
        self, file: BinaryIO, columns: tuple[ColumnEntry, ...], as_text: frozenset[str]
    ) -> None:
        self._pa, parquet = load_pyarrow()
        self._names = [column.name for column in columns]
        self._columns = [
            _column(self._pa, _TEXT if column.name in as_text else read_type(column.type))
            for column in columns
        ]
        self._schema = self._pa.schema(
            [
                self._pa.field(column.name, made.type, metadata={"postgresql_type": column.type})
                for column, made in zip(columns, self._columns, strict=True)
            ]
        )
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._batches: list[Any] = []
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._flush()
        finally:
            self._writer.close()

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows; UnfitColumnsError names every column that does not hold its values."""
        if not rows or not self._columns:
            return
        arrays, unfit = [], set()
        for name, column, texts in zip(
            self._names, self._columns, zip(*rows, strict=True), strict=True
        ):
            try:
                arrays.append(column.array(texts))
            except ValueError:  # pyarrow's own is one
                unfit.add(name)
        if unfit:
            raise UnfitColumnsError(frozenset(unfit))
        batch = self._pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._batches.append(batch)
        self._size += batch.nbytes
        if self._size >= _GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._batches:
            group = self._pa.Table.from_batches(self._batches, schema=self._schema)
            self._writer.write_table(group, row_group_size=group.num_rows)
        self._batches, self._size = [], 0


def load_pyarrow() -> tuple[Any, Any]:
    """Import pyarrow and its Parquet module.

    Returns:
        Both.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        from pyarrow import parquet  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            "Parquet files need pyarrow, which cannot be imported",
            str(error),
            "Run pip install pyarrow, or choose another format.",
        ) from error
    return pa, parquet


class _Scalars:
    """How texts become values of one Arrow type: as bytes that Arrow's casts understand.

    Arrays are made from their buffers: `pyarrow.array` imports pandas, which takes 60 MB.
    """

    def __init__(self, pa: Any, read: Callable[[str], bytes], *types: Any) -> None:  # noqa: ANN401 -- pyarrow's
        self._pa = pa
        self._read = read
        self._first, *self._casts = types
        self.type = types[-1]

    def array(self, texts: Sequence[str | None]) -> Any:  # noqa: ANN401 -- pyarrow's
        values = [None if text is None else self._read(text) for text in texts]
        buffers = (*_shape(self._pa, values), self._pa.py_buffer(b"".join(filter(None, values))))
        made = self._pa.Array.from_buffers(self._first, len(values), buffers)
        for type_ in self._casts:
            made = made.cast(type_)
        return made


class _Lists:
    """How texts become lists of scalars."""

    def __init__(self, pa: Any, type_: ColumnType, scalars: _Scalars) -> None:  # noqa: ANN401 -- pyarrow's
        self._pa = pa
        self._type = type_
        self._scalars = scalars
        self.type = pa.list_(scalars.type)

    def array(self, texts: Sequence[str | None]) -> Any:  # noqa: ANN401 -- pyarrow's
        lists = [None if text is None else read_array(self._type, text) for text in texts]
        elements: list[str | None] = []
        for element in chain.from_iterable(filter(None, lists)):
            if isinstance(element, list):
                raise ValueError("an array of several dimensions")  # noqa: TRY004 -- a value's fault
            elements.append(element)
        return self._pa.Array.from_buffers(
            self.type, len(lists), _shape(self._pa, lists), children=[self._scalars.array(elements)]
        )


def _shape(pa: Any, values: Sequence[Sized | None]) -> tuple[Any, Any]:  # noqa: ANN401 -- pyarrow's
    """Arrow's buffers for which values are there, and for where each begins and ends."""
    sizes = [0 if value is None else len(value) for value in values]
    ends = np.cumsum([0, *sizes], dtype=np.int32)
    there = np.packbits([value is not None for value in values], bitorder="little")
    return pa.py_buffer(there), pa.py_buffer(ends)


def _column(pa: Any, type_: ColumnType) -> _Scalars | _Lists:  # noqa: ANN401 -- pyarrow's
    scalars = _scalars(pa, type_)
    return _Lists(pa, type_, scalars) if type_.is_list else scalars


def _scalars(pa: Any, type_: ColumnType) -> _Scalars:  # noqa: ANN401 -- pyarrow's
    name = type_.name if type_.namespace is None else ""
    if name == "bytea":
        return _Scalars(pa, bytes_of, pa.binary())
    read: Callable[[str], bytes] = str.encode
    casts: list[Any] = []
    if name == "boolean":
        read, casts = _boolean, [pa.bool_()]
    elif name == "time without time zone":
        read, casts = _microseconds, [pa.int64(), pa.time64("us")]
    elif name == "timestamp with time zone":
        casts = [pa.timestamp("us", tz="UTC")]
    elif name == "numeric":
        casts = _decimal(pa, type_.modifier)
    elif name in _CASTS:
        casts = [pa.type_for_alias(_CASTS[name])]
    return _Scalars(pa, read, pa.string(), *casts)


_CASTS: Final = {
    "smallint": "int16",
    "integer": "int32",
    "oid": "uint32",
    "bigint": "int64",
    "real": "float32",
    "double precision": "float64",
    "date": "date32",
    "timestamp without time zone": "timestamp[us]",
}


def _decimal(pa: Any, modifier: str) -> list[Any]:  # noqa: ANN401 -- pyarrow's
    """Arrow's type for a `numeric`; none without a modifier, or with one that it does not take."""
    precision, _, decimals = modifier.partition(",")
    scale = int(decimals or "0")
    if not precision or int(precision) > _WIDE or not 0 <= scale <= int(precision):
        return []
    make = pa.decimal128 if int(precision) <= _NARROW else pa.decimal256
    return [make(int(precision), scale)]


def _boolean(text: str) -> bytes:
    return b"true" if text == "t" else b"false"


def _microseconds(text: str) -> bytes:
    """A time since midnight; Arrow casts no text to it."""
    hours, minutes, seconds = text.split(":")
    if hours == "24":
        raise ValueError("the end of a day, which is not its beginning")
    whole, _, fraction = seconds.partition(".")
    total = (int(hours) * 60 + int(minutes)) * 60 + int(whole)
    return b"%d%s" % (total, fraction.ljust(6, "0").encode())
