"""Parts: zstd over COPY text, written once, read as a stream."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Self

import zstandard

from snapkit.errors import ManifestError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path
    from types import TracebackType

BLOCK_BYTES = 256 * 1024  # what COPY takes at a time; larger blocks gain nothing
LEVEL = 1  # smaller and faster than 3 on such data, as measured
WINDOW_BYTES = 128 * 1024 * 1024  # a frame that asks for more memory to decode is refused


@dataclass(frozen=True, slots=True)
class PartFacts:
    """A finished file: size [bytes] and SHA-256."""

    size: int
    digest: str


class _Hashing:
    """A file that digests what passes through it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._raw.write(data)
        self.sha256.update(data)
        self.size += len(data)
        return len(data)


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn an OSError into a StorageError that names the file and what to do.

    Args:
        path: What is being written or read.

    Raises:
        StorageError: The disk is full, or the file cannot be reached.
    """
    try:
        yield
    except OSError as exc:
        raise StorageError(
            f"cannot use file {path.name}: {exc.strerror or exc}",
            str(path.parent),
            "Free some space, or name another store with --store."
            if exc.errno in {28, 122}  # ENOSPC, EDQUOT
            else "Check that the folder exists and that this user may use it.",
        ) from exc


class PartWriter:
    """Writes one part under a temporary name; `finish` renames it into place.

    Leaving the `with` block without `finish` removes what was written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.partial")
        with storing(path):
            self._file = self._temporary.open("wb")
        self._hashing = _Hashing(self._file)
        self._zstd = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_writer(
            self._hashing,  # type: ignore[arg-type]  # it asks for a whole IO and uses write
            closefd=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, block: bytes) -> None:
        """Append a block.

        Args:
            block: COPY text; cut anywhere.

        Raises:
            StorageError: The disk is full or gone.
        """
        with storing(self._path):
            self._zstd.write(block)

    def finish(self) -> PartFacts:
        """Flush the file to disk and give it its name.

        Returns:
            Size [bytes] and SHA-256 of the file.

        Raises:
            StorageError: The disk is full or gone.
        """
        with storing(self._path):
            self._zstd.flush(zstandard.FLUSH_FRAME)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.rename(self._path)
        return PartFacts(self._hashing.size, self._hashing.sha256.hexdigest())


def open_plain(path: Path) -> BufferedReader:
    """Open a file that must be an ordinary one: no link, no device, no pipe.

    Args:
        path: Below a snapshot's folder.

    Returns:
        The open file.

    Raises:
        ManifestError: It is missing, or not an ordinary file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise ManifestError(
            f"file {path.name} cannot be read: {exc.strerror}",
            str(path.parent),
            "The snapshot is not complete: use another one, or put the file back from a copy.",
        ) from exc
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ManifestError(
            f"file {path.name} is not an ordinary file",
            str(path.parent),
            "Nothing of it was read. Find out who put it there.",
        )
    return os.fdopen(descriptor, "rb")


def read_blocks(path: Path) -> Iterator[bytes]:
    """Decompress a part.

    Args:
        path: The file.

    Yields:
        COPY text in blocks of at most BLOCK_BYTES [bytes]: memory stays flat whatever the file
        unpacks to.

    Raises:
        ManifestError: The file is missing, or not zstd, or cut short.
    """
    with open_plain(path) as file:
        decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
        reader = decompressor.stream_reader(file, read_across_frames=False)
        try:
            while block := reader.read(BLOCK_BYTES):
                yield block
        except zstandard.ZstdError as exc:
            raise ManifestError(
                f"file {path.name} is damaged: {exc}",
                str(path.parent),
                "Use another snapshot, or put the file back from a copy.",
            ) from exc


def file_facts(path: Path) -> PartFacts:
    """Digest a file as it lies on disk.

    Args:
        path: The file.

    Returns:
        Size [bytes] and SHA-256.

    Raises:
        ManifestError: The file is missing or not an ordinary one.
    """
    with open_plain(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return PartFacts(file.tell(), digest)
