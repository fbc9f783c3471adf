"""Parts: zstd over COPY text, written once, read as a stream."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, BinaryIO, Self

import msgspec
import zstandard

from snapkit.errors import ManifestError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path
    from types import TracebackType

BLOCK_BYTES = 256 * 1024  # what COPY takes at a time; larger blocks gain nothing
LEVEL = 1  # smaller and faster than 3 on such data, as measured
WINDOW_BYTES = 8 * 1024 * 1024  # a frame that asks for more memory is refused; ours take 0.5 MB
_LARGE_BYTES = 1024 * 1024
_FRAME_HEADER_BYTES = 18  # at most
_BLOCK_HEADER_BYTES = 3
_RUN_LENGTH = 1  # the type of a block that repeats one byte


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


def flush_folder(path: Path) -> None:
    """Put a folder's entries on disk: flushing a file does not.

    Args:
        path: The folder.

    Raises:
        OSError: The disk is gone.
    """
    _flush(path, os.O_DIRECTORY)


def flush_file(path: Path) -> None:
    """Put a file on disk, whoever wrote it.

    Args:
        path: The file.

    Raises:
        OSError: The disk is full or gone.
    """
    _flush(path, os.O_NOFOLLOW)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: object) -> None:
    """Write a new small file and put it on disk; its folder is flushed by whoever made it.

    Args:
        path: The file.
        value: What msgspec writes.

    Raises:
        FileExistsError: It is there already.
        OSError: The disk is full or gone; nothing of the file stays.
    """
    with path.open("xb") as file:
        try:
            file.write(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise


class PartWriter:
    """Writes one part under a temporary name; `finish` renames it into place.

    A large one is flushed to disk there, beside the others' reading; small ones with the whole
    snapshot at its end, when that takes less than half the time.

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
        with suppress(OSError):  # a full disk fails here once more: what the buffer still holds
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
        """Complete the file and give it its name.

        Returns:
            Size [bytes] and SHA-256 of the file.

        Raises:
            StorageError: The disk is full or gone.
        """
        with storing(self._path):
            self._zstd.flush(zstandard.FLUSH_FRAME)
            self._file.flush()
            if self._hashing.size >= _LARGE_BYTES:
                os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.rename(self._path)
        return PartFacts(self._hashing.size, self._hashing.sha256.hexdigest())


def missing_folders(folder: Path) -> tuple[Path, ...]:
    """Name the folders that making one would make.

    Args:
        folder: Wanted; it may be there.

    Returns:
        Itself and the folders above it that are not there, innermost first.
    """
    return tuple(takewhile(lambda path: not path.exists(), (folder, *folder.parents)))


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that nobody has used, as far as that goes.

    Args:
        folders: Innermost first.
    """
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


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
        StorageError: The disk fails.
    """
    with open_plain(path) as file:
        decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
        reader = decompressor.stream_reader(file)
        try:
            with storing(path):
                _require_whole(file.fileno())
            while block := _next_block(reader, path):
                yield block
        except zstandard.ZstdError as exc:
            raise ManifestError(
                f"file {path.name} is damaged: {exc}",
                str(path.parent),
                "Use another snapshot, or put the file back from a copy.",
            ) from exc


def _next_block(reader: zstandard.ZstdDecompressionReader, path: Path) -> bytes:
    with storing(path):  # not around the `yield`: an error of the caller's is not the file's
        return reader.read(BLOCK_BYTES)


def _require_whole(descriptor: int) -> None:
    """Walk the headers of a zstd file's blocks: the library takes a file cut short for a whole one.

    Source: RFC 8878, section 3.1.1.
    """
    size = os.fstat(descriptor).st_size
    place = 0
    while place < size or not size:
        header = os.pread(descriptor, _FRAME_HEADER_BYTES, place)
        checksum = 4 if zstandard.get_frame_parameters(header).has_checksum else 0
        place += zstandard.frame_header_size(header)
        is_last = False
        while not is_last:
            bits = int.from_bytes(os.pread(descriptor, _BLOCK_HEADER_BYTES, place), "little")
            is_last = bool(bits & 1) or place >= size
            place += _BLOCK_HEADER_BYTES + (1 if bits >> 1 & 3 == _RUN_LENGTH else bits >> 3)
        place += checksum
    if place != size:
        raise zstandard.ZstdError("it was cut short")


def file_facts(path: Path) -> PartFacts:
    """Digest a file as it lies on disk.

    Args:
        path: The file.

    Returns:
        Size [bytes] and SHA-256.

    Raises:
        ManifestError: The file is missing or not an ordinary one.
        StorageError: The disk fails.
    """
    with open_plain(path) as file, storing(path):
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return PartFacts(file.tell(), digest)
