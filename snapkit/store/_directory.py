"""Snapshot directories: created, listed, opened."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from snapkit.core.manifest import FileEntry, Manifest, Part, decode, encode, is_safe_path
from snapkit.core.summarized import Summarized
from snapkit.errors import ManifestError, NoSnapshotError, StorageError
from snapkit.store._making import claim, sweep
from snapkit.store._parts import (
    PartFacts,
    file_facts,
    flush_file,
    flush_folder,
    missing_folders,
    open_plain,
    read_blocks,
    remove_empty,
    storing,
)
from snapkit.store._quarantine import FOLDER, QuarantineWriter, SetAside, pending, settle
from snapkit.store._quarantined import QuarantineFolder, open_quarantine, waiting_folders
from snapkit.store._trust import SIGNATURE, doubt, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType

    from snapkit.core.names import TableName
    from snapkit.core.summary import Summary
    from snapkit.store._table import SnapshotTable

MANIFEST = "manifest.json"
_PARTIAL = f".{MANIFEST}.partial"  # marks a snapshot in the making, and is its lock
LATEST = "latest"
_ID = re.compile(r"\d{8}_\d{6}(_\d+)?", re.ASCII)
_SLUG_LENGTH = 40
_MOST_OF_A_SECOND = 1000  # snapshots that begin in the same second


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """One line of `snapkit snapshots`; `problem` says why a snapshot cannot be read."""

    id: str
    path: Path
    manifest: Manifest | None
    problem: str = ""


class Snapshot(Summarized):
    """A snapshot that exists: its manifest, and its files as streams.

    Attributes:
        doubt: Why the store cannot tell that it wrote the snapshot, for people; empty where it did.

    Example:
        >>> snapshot = store.open("latest")
        >>> [(entry.name, entry.rows) for entry in snapshot.manifest.tables]
        [('Order', 2), ('User', 1)]
    """

    def __init__(self, path: Path, manifest: Manifest, manifest_digest: str, doubt: str) -> None:
        self.path = path
        self.manifest = manifest
        self.manifest_digest = manifest_digest
        self.doubt = doubt

    def __repr__(self) -> str:
        return f"Snapshot({self.id!r})"

    @property
    def id(self) -> str:
        """The snapshot's name, `YYYYMMDD_HHMMSS` in UTC."""
        return self.manifest.id

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import manifest_summary  # noqa: PLC0415 -- only where shown

        return manifest_summary(self.manifest, self.doubt)

    def table(self, name: str) -> SnapshotTable:
        """Find one of the snapshot's tables, to look at its rows.

        Args:
            name: A model, a table, or `namespace.table`.

        Returns:
            The table; nothing of it is read yet.

        Raises:
            UsageError: There is none of this name; those of near names are in the hint.
        """
        # looking is not what commands do: they start without these
        from snapkit.core.selection import find_entry  # noqa: PLC0415
        from snapkit.store._table import SnapshotTable  # noqa: PLC0415

        return SnapshotTable(self, find_entry(self.manifest, name))

    def blocks(self, part: Part) -> Iterator[bytes]:
        """Decompress a part; see `read_blocks`."""
        return read_blocks(self._inside(part.path))

    def facts(self, path: str) -> PartFacts:
        """Digest one of the snapshot's files as it lies on disk; see `file_facts`."""
        return file_facts(self._inside(path))

    def is_whole(self, entry: Part | FileEntry) -> bool:
        """Whether one of the snapshot's files is what the manifest says.

        Args:
            entry: The manifest's.

        Returns:
            Whether size and SHA-256 are equal.

        Raises:
            ManifestError: It is missing or not an ordinary file.
            StorageError: The disk fails.
        """
        return self.facts(entry.path) == PartFacts(entry.size, entry.digest)

    def size_of(self, path: str) -> int | None:
        """Ask how large a file is, without reading it.

        Args:
            path: As the manifest names it.

        Returns:
            Its size [bytes]; None where it is missing, or not an ordinary file.
        """
        place = self._inside(path)
        with storing(place):
            return place.stat().st_size if place.is_file() else None

    def read(self, path: str) -> bytes:
        """Read one of the snapshot's small files and prove it.

        Args:
            path: As the manifest names it.

        Returns:
            The content; its size and SHA-256 are those of the manifest.

        Raises:
            ManifestError: It is not in the manifest, missing, or damaged.
        """
        entry = next((entry for entry in self.manifest.files if entry.path == path), None)
        if entry is None:
            raise ManifestError(
                f"the snapshot has no file {path}", f"snapshot {self.id}", "Use another snapshot."
            )
        place = self._inside(path)
        with open_plain(place) as file, storing(place):
            content = file.read(entry.size + 1)  # one more tells a longer file
        if (len(content), hashlib.sha256(content).hexdigest()) != (entry.size, entry.digest):
            raise ManifestError(
                f"file {path} is damaged: its size or SHA-256 is not the manifest's",
                f"snapshot {self.id}",
                "Use another snapshot, or put the file back from a copy.",
            )
        return content

    def unexpected_files(self) -> tuple[str, ...]:
        r"""Files below the snapshot's folder that its manifest does not name, sorted.

        Bytes of a name that are not UTF-8 are shown as `\xff`.
        """
        known = {MANIFEST, SIGNATURE} | {entry.path for entry in self.manifest.files}
        known |= {part.path for entry in self.manifest.tables for part in entry.parts}
        with storing(self.path):
            found = {
                item.relative_to(self.path).as_posix()
                for item in self.path.rglob("*")
                if item.is_symlink() or not item.is_dir()
            }
        return tuple(
            sorted(os.fsencode(name).decode("utf-8", "backslashreplace") for name in found - known)
        )

    def _inside(self, path: str) -> Path:
        """Follow a manifest's path; refuse one that leads through a link."""
        place = self.path
        for component in path.split("/"):
            place /= component
            with storing(place):
                is_link = place.is_symlink()
            if is_link:
                raise ManifestError(
                    f"file {path} leads through a link",
                    f"snapshot {self.id}",
                    "Nothing of it was read. Find out who put the link there.",
                )
        return place


class SnapshotWriter:
    """A snapshot in the making; `finish` writes the manifest, anything else removes the folder."""

    def __init__(self, path: Path, lock: int, made: tuple[Path, ...] = ()) -> None:
        self.path = path
        self.id = path.name
        self._lock = lock
        self._made = made  # the folders that were made to hold it, innermost first
        self._files: list[FileEntry] = []
        self._finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._finished:
            with suppress(OSError):  # first: what lacks a file must not be listed for a moment
                (self.path / MANIFEST).unlink()
            shutil.rmtree(self.path, ignore_errors=True)
            remove_empty(self._made)
        os.close(self._lock)

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """Every file written by `write`, in order."""
        return tuple(self._files)

    def part_path(self, number: int, table: TableName, part: int) -> str:
        """Name a part; the slug is for the eye and never parsed.

        Args:
            number: The table's place in the manifest, from 1.
            table: The table.
            part: The part's place in the table, from 0.

        Returns:
            A path relative to the snapshot.
        """
        slug = re.sub(r"[^a-z0-9]+", "_", table.name.lower(), flags=re.ASCII).strip("_")
        return f"data/{number}-{slug[:_SLUG_LENGTH] or 'table'}.{part}.copy.zst"

    def write(self, path: str, content: bytes) -> None:
        """Write one small file: a Prisma file, the catalog, DDL.

        Args:
            path: Relative, with `/`.
            content: The bytes.

        Raises:
            StorageError: The disk is full or gone, or the path is not one that a manifest may name.
        """
        if not is_safe_path(path):
            raise StorageError(
                f"file {path!r} cannot be part of a snapshot: the name is not safe everywhere",
                f"snapshot {self.id}",
                "Rename the file.",
            )
        place = self.path / path
        with storing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        facts = file_facts(place)
        self._files.append(FileEntry(path=path, size=facts.size, digest=facts.digest))

    def finish(self, manifest: Manifest) -> Snapshot:
        """Sign, flush every file to disk, write the manifest: from here on it is a snapshot.

        Args:
            manifest: Names every file that was written.

        Returns:
            The snapshot, opened.

        Raises:
            StorageError: The disk is full or gone.
        """
        final = self.path / MANIFEST
        partial = self.path / _PARTIAL
        with storing(final):
            text = encode(manifest)
            partial.write_bytes(text)
            if signature := signed(self.path.parent, text):
                (self.path / SIGNATURE).write_bytes(signature)
            for folder, _, names in os.walk(self.path, topdown=False):
                for name in names:
                    flush_file(Path(folder, name))
                flush_folder(Path(folder))
            partial.rename(final)
            flush_folder(self.path)
            flush_folder(self.path.parent)
        self._finished = True
        return _open(self.path)


class Store(Summarized):
    """A directory of snapshots.

    Example:
        >>> store = snapkit.Store(folder / "snapshots")
        >>> store.open("latest").id == store.ids()[-1]
        True
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __repr__(self) -> str:
        return f"Store({str(self.root)!r})"

    def create(self, now: datetime) -> SnapshotWriter:
        """Begin a snapshot, once what killed backups left is gone.

        Args:
            now: UTC; names the snapshot. A second one in the same second gets `_2`.

        Returns:
            A writer, to be used in a `with` block.

        Raises:
            StorageError: The folder cannot be made.
        """
        stamp = now.strftime("%Y%m%d_%H%M%S")
        sweep((self.root / name for name in self.incomplete_ids()), _PARTIAL, finished=MANIFEST)
        with storing(self.root / stamp):
            made = missing_folders(self.root)
            self.root.mkdir(parents=True, exist_ok=True)
            for number in range(1, _MOST_OF_A_SECOND + 1):
                path = self.root / (stamp if number == 1 else f"{stamp}_{number}")
                try:
                    path.mkdir(mode=0o700)
                except FileExistsError:
                    continue
                except OSError:
                    remove_empty(made)
                    raise
                try:
                    lock = _begin(path)
                except OSError:
                    remove_empty((path, *made))
                    raise
                if lock is not None:
                    return SnapshotWriter(path, lock, made)
        raise StorageError(
            f"the store holds {_MOST_OF_A_SECOND:,} snapshots of {stamp}",
            str(self.root),
            "Wait a second.",
        )

    def quarantine(self, snapshot_id: str, now: datetime) -> QuarantineWriter:
        """Begin a folder for rows that a restore cannot load.

        Args:
            snapshot_id: The snapshot being restored.
            now: UTC; names the folder.

        Returns:
            A writer, to be used in a `with` block.

        Raises:
            StorageError: The folder cannot be made.
        """
        return QuarantineWriter(self.root / FOLDER, snapshot_id, now)

    def open_quarantine(self, name: str) -> QuarantineFolder:
        """Open a folder of quarantined rows.

        Args:
            name: The folder's name or path, the beginning of one name only, or `latest`.

        Returns:
            The folder; its rows are not read.

        Raises:
            NoSnapshotError: There is none of this name, its rows were loaded since, or more than
                one begins with it.
        """
        return open_quarantine(self.root, name)

    def quarantines(self) -> tuple[QuarantineFolder, ...]:
        """The folders of quarantined rows that wait to be loaded, oldest first."""
        return tuple(map(QuarantineFolder, waiting_folders(self.root)))

    def pending(self) -> list[tuple[Path, SetAside]]:
        """Rows that restores set aside without saying how they ended: killed, or at their commit.

        Returns:
            The name that each folder is to have, and the transaction that decides about it.
        """
        return pending(self.root)

    def settle(self, path: Path, *, is_wanted: bool) -> None:
        """Give a folder of `pending` its name, or remove it.

        Args:
            path: The name.
            is_wanted: Whether the restore was committed.

        Raises:
            StorageError: It cannot be renamed.
        """
        settle(path, is_wanted=is_wanted)

    def ids(self) -> tuple[str, ...]:
        """The names of all snapshots, oldest first; folders without a manifest are none.

        Raises:
            StorageError: The store cannot be read.
        """
        return tuple(path.name for path in self._folders() if _is_finished(path))

    def incomplete_ids(self) -> tuple[str, ...]:
        """Folders named like snapshots that lack the manifest, oldest first.

        A backup is under way there, or was killed.

        Raises:
            StorageError: The store cannot be read.
        """
        return tuple(path.name for path in self._folders() if not _is_finished(path))

    def _folders(self) -> tuple[Path, ...]:
        with storing(self.root):
            try:
                inside = list(self.root.iterdir())
            except (FileNotFoundError, NotADirectoryError):
                return ()
            found = [path for path in inside if _ID.fullmatch(path.name) and path.is_dir()]
        return tuple(sorted(found, key=lambda path: _age(path.name)))

    def summaries(self) -> tuple[SnapshotSummary, ...]:
        """Every snapshot, oldest first; one that cannot be read is listed with its problem."""
        return tuple(map(self._summary_of, self.ids()))

    def _summary_of(self, name: str) -> SnapshotSummary:
        path = self.root / name
        try:
            return SnapshotSummary(name, path, _open(path).manifest)
        except ManifestError as exc:
            return SnapshotSummary(name, path, None, exc.what)

    def summary(self) -> Summary:
        """What notebooks and terminals show of it: the newest snapshots."""
        from snapkit.core.summaries import snapshots_summary  # noqa: PLC0415 -- only where shown
        from snapkit.core.summary import ROWS_SHOWN  # noqa: PLC0415 -- with it

        ids = self.ids()
        newest = [self._summary_of(name) for name in ids[: -ROWS_SHOWN - 1 : -1]]
        found = [(item.id, item.manifest, item.problem) for item in newest]
        return snapshots_summary(str(self.root), found, len(ids))

    def open(self, name: str) -> Snapshot:
        """Open a snapshot.

        Args:
            name: Its id, the beginning of one id only, or `latest`.

        Returns:
            The snapshot; its manifest is read, its parts are not.

        Raises:
            NoSnapshotError: There is none of this name, or more than one begins with it.
            ManifestError: Its manifest is damaged or of another format.
        """
        if not self.root.is_dir():
            raise NoSnapshotError(
                f"no snapshot {name!r}",
                f"store {self.root}, which does not exist",
                "Name the folder of the snapshots with --store, or run snapkit backup first.",
            )
        ids = self.ids()
        if name == LATEST and ids:
            return _open(self.root / ids[-1])
        if name in ids:
            return _open(self.root / name)
        matches = [known for known in ids if name and known.startswith(name)]
        if len(matches) == 1:
            return _open(self.root / matches[0])
        if matches:
            raise NoSnapshotError(
                f"{len(matches)} snapshots begin with {name!r}",
                f"store {self.root}",
                f"Name one of them: {', '.join(matches[-3:])}.",
            )
        if _ID.fullmatch(name) and (self.root / name).is_dir():
            raise NoSnapshotError(
                f"{name} is not complete: it has no manifest",
                f"store {self.root}",
                "A backup is under way there, or was killed: the next one removes what it left.",
            )
        raise NoSnapshotError(
            f"no snapshot {name!r}", f"store {self.root}", self._what_there_is(ids)
        )

    def _what_there_is(self, ids: tuple[str, ...]) -> str:
        if ids:
            return f"The newest is {ids[-1]}."
        if incomplete := self.incomplete_ids():
            return (
                f"{incomplete[-1]} is there and is not complete: a backup is under way, or was "
                "killed. If none is, run snapkit backup again."
            )
        return "It is empty: run snapkit backup first."


def _is_finished(path: Path) -> bool:
    with storing(path):
        return (path / MANIFEST).is_file()


def _begin(path: Path) -> int | None:
    """Mark, lock and furnish a folder that was made this moment; None where it was swept up."""
    lock = claim(path / _PARTIAL)
    if lock is not None:
        try:
            (path / "data").mkdir()
        except OSError:
            os.close(lock)
            (path / _PARTIAL).unlink()
            raise
    return lock


def _open(path: Path) -> Snapshot:
    with open_plain(path / MANIFEST) as file:
        text = file.read()
    manifest = decode(text, path.name)
    if manifest.id != path.name:
        raise ManifestError(
            f"the manifest is that of snapshot {manifest.id}",
            f"snapshot {path.name}",
            "Give the folder its own name back, or the manifest its own folder.",
        )
    digest = hashlib.sha256(text).hexdigest()
    return Snapshot(path, manifest, digest, doubt(path.parent, path, text))


def _age(name: str) -> tuple[str, int]:
    stamp, _, number = name[:15], name[15:16], name[16:]
    return stamp, int(number or 1)
