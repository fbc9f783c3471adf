"""One table of a snapshot, for looking: its rows as they are stored, and as a DataFrame."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from snapkit.core.digest import split_lines
from snapkit.core.export_values import split_line
from snapkit.core.looking import Look, look_at
from snapkit.core.summarized import Summarized
from snapkit.core.summary import Summary, grid
from snapkit.core.text import counted
from snapkit.errors import ManifestError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from snapkit.core.manifest import ColumnEntry, TableEntry
    from snapkit.core.names import TableName
    from snapkit.store._directory import Snapshot

_DTYPES = {
    Look.INTEGER: "Int64",
    Look.FLOAT: "Float64",
    Look.BOOLEAN: "boolean",
    Look.TIMESTAMP: "datetime64[us]",
    Look.TIMESTAMP_UTC: "datetime64[us, UTC]",
    Look.OBJECT: "object",
}


class SnapshotTable(Summarized):
    """One table of a snapshot; a partitioned one has the rows of its partitions.

    Attributes:
        entry: What the manifest says of it.
    """

    def __init__(self, snapshot: Snapshot, entry: TableEntry) -> None:
        self.entry = entry
        self._snapshot = snapshot
        self._holders = snapshot.manifest.choose([entry.table])

    @property
    def name(self) -> TableName:
        """The full name."""
        return self.entry.table

    @property
    def columns(self) -> tuple[ColumnEntry, ...]:
        """The columns that the snapshot holds, in order."""
        return self.entry.columns or (self._holders[0].columns if self._holders else ())

    @property
    def generated(self) -> tuple[str, ...]:
        """Columns that the database computes: the snapshot does not hold them."""
        return self.entry.generated

    def __len__(self) -> int:
        return sum(holder.rows for holder in self._holders)

    def __repr__(self) -> str:
        model = f", model {self.entry.model}" if self.entry.model else ""
        return f"<table {self.name}{model}: {counted(len(self), 'row')}>"

    def summary(self) -> Summary:
        """What notebooks and terminals show of it: its columns; `to_pandas` shows its rows."""
        model = f" (model {self.entry.model})" if self.entry.model else ""
        columns = (
            (column.name, column.type, "key" if column.name in self.entry.key else "")
            for column in self.columns
        )
        left_out = ((name,) for name in self.generated)
        return Summary(
            headline=f"Table {self.name}{model}: {counted(len(self), 'row')}",
            facts=(f"of snapshot {self._snapshot.id}",),
            grids=(
                grid("Columns", ("column", "type", "key"), columns, limit=100),
                grid("Computed by the database, not held", ("column",), left_out),
            ),
        )

    def rows(self, limit: int | None = None) -> Iterator[tuple[str | None, ...]]:
        """Read rows as they are stored.

        Args:
            limit: How many at most [rows]; None reads all.

        Yields:
            One value per column, as PostgreSQL printed it; None for NULL. A part is compared with
            the manifest's SHA-256 before its first row comes.

        Raises:
            ManifestError: A part is missing or damaged.
            UsageError: The table holds text that is not UTF-8, or `limit` is negative.
        """
        if limit is not None and limit < 0:
            raise UsageError(f"limit {limit} is negative", f"table {self.name}", "Pass 0 or more.")
        return islice(self._rows(), limit)

    def to_pandas(self, limit: int | None = None) -> pd.DataFrame:
        """Read rows into a DataFrame, for looking.

        A column gets a type of pandas only where every value that is read comes back from it as it
        is stored: `smallint`, `integer`, `bigint` and `oid` are Int64 (NULL is `<NA>`), `numeric`
        is `Decimal`, `boolean` boolean, timestamps datetime64 of microseconds, dates, times and
        `bytea` Python's own. Everything else (json, arrays, enums, intervals) is the text that
        PostgreSQL printed, and so is a column with a value that its type cannot hold, such as
        `infinity`.

        Args:
            limit: How many rows at most [rows], the first ones as they are stored; None reads all
                of them into memory.

        Returns:
            The rows. `attrs` says `snapshot`, `table`, `rows` (of the whole table), `generated`
            (columns that the snapshot does not hold) and `as_text` (columns that kept their text
            because of a value).

        Raises:
            ManifestError: A part is missing or damaged.
            UsageError: The table holds text that is not UTF-8, or `limit` is negative.
        """
        import pandas as pd  # noqa: PLC0415 -- half a second

        rows = list(self.rows(limit))
        frame = pd.DataFrame(index=pd.RangeIndex(len(rows)))
        as_text = []
        series = []
        for place, column in enumerate(self.columns):
            texts = [row[place] for row in rows]
            found = look_at(column.type, texts)
            if found.is_unfit:
                as_text.append(column.name)
            dtype: Any = _DTYPES.get(found.look, pd.StringDtype("python", na_value=pd.NA))
            series.append(pd.Series(found.values, dtype=dtype, name=column.name))
        if series:
            frame = pd.concat(series, axis="columns")
        frame.attrs = {
            "snapshot": self._snapshot.id,
            "table": str(self.name),
            "rows": len(self),
            "generated": list(self.generated),
            "as_text": as_text,
        }
        return frame

    def _rows(self) -> Iterator[tuple[str | None, ...]]:
        names = [column.name for column in self.columns]
        for holder in self._holders:
            places = [holder.column_names.index(name) for name in names]  # a partition's own order
            for part in holder.parts:
                if not self._snapshot.is_whole(part):
                    raise ManifestError(
                        f"{part.path} is damaged: its SHA-256 is not the manifest's",
                        f"snapshot {self._snapshot.id}",
                        "Run snapkit check for the whole list.",
                    )
                for lines in split_lines(self._snapshot.blocks(part)):
                    for line in lines:
                        values = split_line(self._text(line)) if names else []
                        yield tuple([values[place] for place in places])

    def _text(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise UsageError(
                f"table {self.name} holds text that is not UTF-8",
                f"snapshot {self._snapshot.id}, encoding {self._snapshot.manifest.server.encoding}",
                "Look at another table, or convert its text in the database.",
            ) from error
