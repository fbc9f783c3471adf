"""Reading quarantined rows again, to load them once more.

Nothing of a folder is edited. Rows that are refused once more go into a new folder, the successor,
and the old one is renamed to `….requeued`: nothing of it is lost, and nothing loads it twice.

A process may end at any moment, so what happens is written down first, in the old folder's
`requeue.json`: the transaction that loads the rows, and the successor's name, whose rows are on
disk under a hidden name before that transaction commits. Whoever comes next asks the server what
became of the transaction, and finishes (`complete`) or takes back (`forget`) what was begun.
Afterwards the file is called `requeued.json`, and says for good where each row went.
"""

from __future__ import annotations

import base64
import binascii
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from snapkit.core.names import TableName
from snapkit.errors import NoSnapshotError, StorageError
from snapkit.store._parts import flush_folder, open_plain, storing, write_json
from snapkit.store._quarantine import FOLDER, ROWS, QuarantineWriter, partial_of, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

DONE: Final = ".requeued"
LATEST: Final = "latest"
JOURNAL: Final = "requeue.json"
RECORD: Final = "requeued.json"
_FORMAT: Final = 1
_NAME: Final = re.compile(
    r"(?P<snapshot>\d{8}_\d{6}(_\d+)?)_(?P<time>\d{8}_\d{6}_\d{6})(\.requeued)?", re.ASCII
)
_REASON: Final = ("sqlstate", "constraint", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """One row. `line` is its COPY text without the newline.

    It is None for a row of a JSON file that no COPY text could be made of; `document` is that row
    as it stood at `source`, the file and the row in it, from 1.
    """

    table: TableName
    columns: tuple[str, ...]
    line: bytes | None
    reason: Mapping[str, str]
    document: str = ""
    source: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeuedTable:
    """Where the rows of one table went; figures are rows [rows].

    `present` were in the database already, `refused` stay in quarantine with a new reason, `kept`
    were not tried.
    """

    namespace: str
    name: str
    loaded: int = 0
    present: int = 0
    refused: int = 0
    kept: int = 0

    @property
    def table(self) -> TableName:
        """The table."""
        return TableName(self.namespace, self.name)

    @property
    def rows(self) -> int:
        """All rows of the table that the folder held."""
        return self.loaded + self.present + self.refused + self.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What is about to be committed, written down before it is.

    `system` and `transaction` name the transaction for good, as the server's own identifier and its
    64-bit number; `successor` is the name of the folder of what stays in quarantine, or empty. `at`
    is UTC, ISO 8601.
    """

    format: int = _FORMAT
    system: str
    database: str
    transaction: str
    successor: str
    at: str
    tables: tuple[RequeuedTable, ...]


class QuarantineFolder:
    """One folder of quarantined rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = _NAME.fullmatch(path.name)
        self.snapshot_id = found["snapshot"] if found else path.name

    def rows(self) -> Iterator[tuple[int, QuarantinedRow]]:
        """Read every row.

        Yields:
            Where it stands, for `row_at` [bytes from the file's beginning], and the row.

        Raises:
            ManifestError: The file is missing or not an ordinary one.
            StorageError: A line is damaged, or the disk fails.
        """
        place = 0
        with open_plain(self.path / ROWS) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield place, self._decode(line, number)
                place += len(line)

    def rows_at(self, places: list[int]) -> list[QuarantinedRow]:
        """Read some rows again.

        Args:
            places: As `rows` gives them.

        Returns:
            The rows, in the same order.

        Raises:
            ManifestError: The file is gone.
            StorageError: A line is damaged since, or the disk fails.
        """
        with open_plain(self.path / ROWS) as file, storing(self.path / ROWS):
            found = []
            for place in places:
                file.seek(place)
                found.append(self._decode(file.readline(), 0))
        return found

    def successor(self, now: datetime) -> QuarantineWriter:
        """Begin a folder beside this one, for the rows that stay in quarantine.

        Args:
            now: UTC; names the folder.

        Returns:
            A writer, to be used in a `with` block.

        Raises:
            StorageError: The folder cannot be made.
        """
        return QuarantineWriter(self.path.parent, self.snapshot_id, now)

    def journal(self) -> Journal | None:
        """What an earlier run began and did not end.

        Returns:
            What it wrote down; None where every run came to its end.

        Raises:
            StorageError: The file is damaged, or the disk fails.
        """
        place = self.path / JOURNAL
        with storing(place):
            if not place.exists():
                return None
            text = place.read_bytes()
        try:
            return _journal(text)
        except (msgspec.DecodeError, ValueError) as error:
            raise StorageError(
                f"{JOURNAL}, of a run that did not end, cannot be read: {error}",
                str(self.path),
                "Look whether the rows are in the database; where they are not, remove that file.",
            ) from error

    def begin(self, journal: Journal) -> None:
        """Write down what is about to be committed.

        Args:
            journal: What, and where its traces are.

        Raises:
            StorageError: Another run began, or ended, meanwhile; or the disk is full or gone.
        """
        place = self.path / JOURNAL
        with storing(place):
            write_json(place, journal)  # refused where another run began just now
            try:
                flush_folder(self.path)
            except BaseException:
                place.unlink()
                raise

    def complete(self, journal: Journal) -> tuple[Path, Path | None]:
        """Mark the folder as done: its rows are in the database, or quarantined anew.

        May be called again after a process ended in the middle of it.

        Args:
            journal: Of the transaction that committed.

        Returns:
            Where the folder is now, and the successor; None where no row stays in quarantine.

        Raises:
            StorageError: A folder cannot be renamed.
        """
        successor = self.path.with_name(journal.successor) if journal.successor else None
        if successor is not None and partial_of(successor).exists():
            publish(successor)
        done = self.path.with_name(self.path.name + DONE)
        with storing(self.path):
            self.path.rename(done)
            flush_folder(done.parent)
            (done / JOURNAL).rename(done / RECORD)  # last: without it, the rows would load again
        return done, successor

    def forget(self, journal: Journal) -> None:
        """Take back what was written down: the transaction was rolled back.

        Args:
            journal: Of that transaction.

        Raises:
            StorageError: A file cannot be removed.
        """
        if journal.successor:
            partial = partial_of(self.path.with_name(journal.successor))
            shutil.rmtree(partial, ignore_errors=True)
        with storing(self.path):
            (self.path / JOURNAL).unlink()
            flush_folder(self.path)

    def _decode(self, line: bytes, number: int) -> QuarantinedRow:
        try:
            return _row(msgspec.json.decode(line))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, binascii.Error) as error:
            raise StorageError(
                f"line {number} of {ROWS} is damaged: {error}" if number else f"{ROWS} was changed",
                str(self.path),
                "Mend the line: one JSON object with namespace, name, columns and line.",
            ) from error


def _journal(text: bytes) -> Journal:
    found = msgspec.json.decode(text, type=Journal)
    if found.format != _FORMAT or Path(found.successor).name != found.successor:
        raise ValueError("it is of another format")
    return found


def _row(found: object) -> QuarantinedRow:
    if not isinstance(found, dict):
        raise TypeError("it is not an object")
    raw: bytes | None = None
    if "line_base64" in found:
        raw = base64.b64decode(found["line_base64"], validate=True)
    elif "line" in found:
        raw = found["line"].encode()
    elif "document" not in found:
        raise KeyError("line")
    if raw is not None and b"\n" in raw:
        raise ValueError("its line holds a newline, which COPY text writes as \\n")
    return QuarantinedRow(
        table=TableName(_text(found["namespace"]), _text(found["name"])),
        columns=tuple(map(_text, found["columns"])) if raw is not None else (),
        line=raw,
        reason={name: str(found.get(name, "")) for name in _REASON},
        document=str(found.get("document", "")),
        source=(str(found.get("file", "")), int(found.get("row", 0))),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a name")
    return value


def open_quarantine(root: Path, name: str) -> QuarantineFolder:
    """Open a folder of quarantined rows; see `Store.open_quarantine`."""
    where = f"store {root}"
    path = Path(name)
    if path.name != name:
        if not (path / ROWS).is_file():
            raise NoSnapshotError(
                f"no quarantined rows in {name!r}", where, f"Name a folder that holds {ROWS}."
            )
        return _open(path.absolute(), where)
    known = waiting_folders(root)
    if name == LATEST and known:
        return QuarantineFolder(known[-1])
    for folder in (root / FOLDER / name, root / FOLDER / (name + DONE)):
        if (folder / ROWS).is_file():
            return _open(folder, where)
    matches = [folder for folder in known if name and folder.name.startswith(name)]
    if len(matches) == 1:
        return QuarantineFolder(matches[0])
    newest = f"The newest is {known[-1].name}." if known else "Nothing is quarantined there."
    raise NoSnapshotError(
        f"{len(matches)} quarantines begin with {name!r}" if matches else f"no quarantine {name!r}",
        where,
        f"Name one of them: {', '.join(item.name for item in matches[-3:])}."
        if matches
        else newest,
    )


def _open(path: Path, where: str) -> QuarantineFolder:
    if path.name.endswith(DONE):
        raise NoSnapshotError(
            f"quarantine {path.name.removesuffix(DONE)!r} was requeued already",
            where,
            f"Its rows are kept in {path.name}. Take {DONE} off its name to load them once more.",
        )
    return QuarantineFolder(path)


def waiting_folders(root: Path) -> list[Path]:
    """Those that wait to be loaded, oldest first; see `Store.quarantines`."""
    place = root / FOLDER
    if not place.is_dir():
        return []
    with storing(place):
        found = [
            (match["time"], item)
            for item in place.iterdir()
            if (match := _NAME.fullmatch(item.name))
            and not item.name.endswith(DONE)
            and (item / ROWS).is_file()
        ]
    return [item for _, item in sorted(found)]
