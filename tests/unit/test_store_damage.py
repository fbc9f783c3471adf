"""Snapshots that were damaged: each fault is found, nothing blocks, nothing is followed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import stat
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from snapkit.core.manifest import FileEntry, encode
from snapkit.errors import ManifestError, StorageError
from snapkit.store import PartFacts, PartWriter, Store, read_blocks
from snapkit.store._parts import BLOCK_BYTES, file_facts
from tests.factories import make_manifest
from tests.snapshots import FILES, flip_bit, make_snapshot, part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.core.manifest import Manifest, Part
    from snapkit.store import Snapshot

TEXT = b"".join(b"%d\tsome text of row %d\n" % (number, number * number) for number in range(5000))


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """A whole snapshot in a store of its own."""
    return make_snapshot(tmp_path)


def opened(snapshot: Snapshot) -> Snapshot:
    """The same snapshot, read again from its folder."""
    return Store(snapshot.path.parent).open(snapshot.path.name)


def read(snapshot: Snapshot, part: Part) -> bytes:
    """All of a part's rows."""
    return b"".join(snapshot.blocks(part))


def refused(act: Callable[[], object]) -> str:
    """What the ManifestError says that an act raises."""
    with pytest.raises(ManifestError) as caught:
        act()
    return caught.value.what


def is_whole(snapshot: Snapshot, part: Part) -> bool:
    """Whether a part's file is the manifest's."""
    return snapshot.facts(part.path) == PartFacts(part.size, part.digest)


def seal(snapshot: Snapshot, manifest: Manifest) -> None:
    """Put another manifest in place, with a seal that holds."""
    (snapshot.path / "manifest.json").write_bytes(encode(manifest))


# Bits


def test_every_flipped_byte_of_a_part_is_seen(snapshot: Snapshot) -> None:
    part = part_of(snapshot, "orders")
    for place in range(part.size):
        flip_bit(snapshot.path / part.path, place, bit=place % 8)
        assert not is_whole(snapshot, part)
        flip_bit(snapshot.path / part.path, place, bit=place % 8)
    assert is_whole(snapshot, part)


def test_every_flipped_byte_of_a_part_ends_in_other_rows_or_a_manifest_error(
    snapshot: Snapshot,
) -> None:
    part = part_of(snapshot, "orders")
    rows = read(snapshot, part)
    unseen = []
    for place in range(part.size):
        flip_bit(snapshot.path / part.path, place, bit=place % 8)
        try:
            if read(snapshot, part) == rows:
                unseen.append(place)
        except ManifestError:
            pass
        flip_bit(snapshot.path / part.path, place, bit=place % 8)
    # The frame's header may ask for another window, and mean the same rows.
    assert set(unseen) <= {4, 5}


def test_flipped_bit_of_the_manifest_is_found(snapshot: Snapshot) -> None:
    for place in range(0, (snapshot.path / "manifest.json").stat().st_size, 101):
        flip_bit(snapshot.path / "manifest.json", place)
        assert refused(lambda: opened(snapshot)).startswith("manifest")
        flip_bit(snapshot.path / "manifest.json", place)
    assert opened(snapshot).manifest == snapshot.manifest


@pytest.mark.parametrize("path", FILES)
def test_flipped_bit_of_a_file_is_found(snapshot: Snapshot, path: str) -> None:
    flip_bit(snapshot.path / path, 1)
    assert refused(lambda: snapshot.read(path)).startswith(f"file {path} is damaged")


# Length


def test_part_cut_short_anywhere_is_a_manifest_error(snapshot: Snapshot) -> None:
    part = part_of(snapshot)
    path = snapshot.path / part.path
    content = path.read_bytes()
    for length in range(part.size):
        path.write_bytes(content[:length])
        assert refused(lambda: read(snapshot, part)).startswith(f"file {path.name} is damaged")


def test_part_of_several_blocks_cut_between_them_is_a_manifest_error(tmp_path: Path) -> None:
    noise = os.urandom(400_000)  # does not compress: each block is 128 KiB and its header 3 bytes
    content = zstandard.ZstdCompressor().compress(noise)
    first = zstandard.frame_header_size(content) + 3 + 128 * 1024
    (tmp_path / "part").write_bytes(content[:first])
    assert refused(lambda: list(read_blocks(tmp_path / "part"))).endswith("it was cut short")


@pytest.mark.parametrize("tail", [b"\0", b"x" * 100, b"\x28\xb5\x2f\xfd", b"\n"], ids=repr)
def test_part_with_a_tail_is_seen(snapshot: Snapshot, tail: bytes) -> None:
    part = part_of(snapshot)
    with (snapshot.path / part.path).open("ab") as file:
        file.write(tail)
    assert not is_whole(snapshot, part)
    assert refused(lambda: read(snapshot, part))


def test_part_of_two_frames_reads_as_zstd_reads_it(tmp_path: Path) -> None:
    frames = (zstandard.ZstdCompressor(write_checksum=True).compress(row) for row in (b"a", b"b"))
    (tmp_path / "part").write_bytes(b"".join(frames))
    assert b"".join(read_blocks(tmp_path / "part")) == b"ab"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"", "is damaged", id="empty"),
        pytest.param(b"1\tname\n", "is damaged", id="not-compressed"),
        pytest.param(b"\0" * 1000, "is damaged", id="zeros-of-a-lost-disk"),
        pytest.param(b"\x50\x2a\x4d\x18\xff\xff\xff\xff", "is damaged", id="skippable-frame"),
    ],
)
def test_part_that_is_no_zstd_is_a_manifest_error(
    tmp_path: Path, content: bytes, text: str
) -> None:
    (tmp_path / "part").write_bytes(content)
    assert text in refused(lambda: list(read_blocks(tmp_path / "part")))


@pytest.mark.parametrize("change", [-1, 1], ids=["shorter", "longer"])
def test_file_of_another_length_is_damaged(snapshot: Snapshot, change: int) -> None:
    content = FILES["catalog.json"] + b"\n"
    (snapshot.path / "catalog.json").write_bytes(content[: len(content) - 1 + change])
    assert "is damaged" in refused(lambda: snapshot.read("catalog.json"))


def test_file_that_grew_beyond_memory_is_not_read_whole(snapshot: Snapshot) -> None:
    with (snapshot.path / "catalog.json").open("r+b") as file:
        file.truncate(2**40)  # sparse: takes no space
    assert "is damaged" in refused(lambda: snapshot.read("catalog.json"))


# Place


def test_missing_part_is_named(snapshot: Snapshot) -> None:
    part = part_of(snapshot)
    (snapshot.path / part.path).unlink()
    name = part.path.removeprefix("data/")
    expected = f"file {name} cannot be read: No such file or directory"
    assert refused(lambda: read(snapshot, part)) == expected
    assert refused(lambda: snapshot.facts(part.path)) == expected
    assert snapshot.size_of(part.path) is None


@pytest.mark.parametrize("path", FILES)
def test_missing_file_is_a_manifest_error(snapshot: Snapshot, path: str) -> None:
    (snapshot.path / path).unlink()
    assert "No such file" in refused(lambda: snapshot.read(path))


def test_missing_data_folder_is_a_manifest_error(snapshot: Snapshot) -> None:
    shutil.rmtree(snapshot.path / "data")
    assert "No such file" in refused(lambda: read(snapshot, part_of(snapshot)))


def test_swapped_parts_are_both_seen(snapshot: Snapshot) -> None:
    first, second = part_of(snapshot, place=0), part_of(snapshot, place=1)
    spare = snapshot.path / "spare"
    (snapshot.path / first.path).rename(spare)
    (snapshot.path / second.path).rename(snapshot.path / first.path)
    spare.rename(snapshot.path / second.path)
    assert (is_whole(snapshot, first), is_whole(snapshot, second)) == (False, False)


def test_part_of_another_table_is_seen(snapshot: Snapshot) -> None:
    users, orders = part_of(snapshot), part_of(snapshot, "orders")
    shutil.copy(snapshot.path / orders.path, snapshot.path / users.path)
    assert not is_whole(snapshot, users)


def test_renamed_folder_is_found(snapshot: Snapshot) -> None:
    root = snapshot.path.parent
    snapshot.path.rename(root / "20250101_000000")
    error = refused(lambda: Store(root).open("20250101_000000"))
    assert error == f"the manifest is that of snapshot {snapshot.id}"


def test_manifest_of_another_snapshot_is_found(snapshot: Snapshot) -> None:
    other = make_snapshot(snapshot.path.parent)
    shutil.copy(other.path / "manifest.json", snapshot.path / "manifest.json")
    assert refused(lambda: opened(snapshot)) == f"the manifest is that of snapshot {other.id}"


def test_size_is_asked_without_reading(snapshot: Snapshot) -> None:
    part = part_of(snapshot)
    flip_bit(snapshot.path / part.path, 3)
    assert snapshot.size_of(part.path) == part.size


def test_size_of_a_folder_is_none(snapshot: Snapshot) -> None:
    assert snapshot.size_of("data") is None


def test_name_that_no_disk_takes_is_a_storage_error(snapshot: Snapshot) -> None:
    path = f"data/{'x' * 300}"
    with pytest.raises(StorageError, match="File name too long"):
        snapshot.size_of(path)
    with pytest.raises(StorageError, match="File name too long"):
        snapshot.facts(path)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "data/../../secret"])
def test_sealed_manifest_that_points_outside_is_refused(snapshot: Snapshot, path: str) -> None:
    entry = FileEntry(path=path, size=1, digest=hashlib.sha256(b"x").hexdigest())
    seal(snapshot, replace(snapshot.manifest, files=(entry,)))
    assert refused(lambda: opened(snapshot)).startswith("manifest names a file outside")


# Links and things that are no files


def test_part_that_is_a_link_is_not_followed(snapshot: Snapshot) -> None:
    part = part_of(snapshot)
    path = snapshot.path / part.path
    path.rename(snapshot.path.parent / "elsewhere")
    path.symlink_to(snapshot.path.parent / "elsewhere")
    for act in (lambda: read(snapshot, part), lambda: snapshot.facts(part.path)):
        assert refused(act) == f"file {part.path} leads through a link"
    assert refused(lambda: snapshot.size_of(part.path)) == f"file {part.path} leads through a link"


def test_folder_that_is_a_link_is_not_followed(snapshot: Snapshot) -> None:
    (snapshot.path / "data").rename(snapshot.path.parent / "elsewhere")
    (snapshot.path / "data").symlink_to(snapshot.path.parent / "elsewhere")
    part = part_of(snapshot)
    assert refused(lambda: read(snapshot, part)) == f"file {part.path} leads through a link"


def test_file_that_is_a_link_is_not_followed(snapshot: Snapshot) -> None:
    (snapshot.path / "catalog.json").unlink()
    (snapshot.path / "catalog.json").symlink_to("/etc/hostname")
    assert refused(lambda: snapshot.read("catalog.json")).endswith("leads through a link")


def test_manifest_that_is_a_link_is_not_followed(snapshot: Snapshot) -> None:
    path = snapshot.path / "manifest.json"
    path.rename(snapshot.path.parent / "elsewhere")
    path.symlink_to(snapshot.path.parent / "elsewhere")
    assert refused(lambda: opened(snapshot)).startswith("file manifest.json cannot be read")


def test_manifest_that_is_a_dangling_link_is_none(snapshot: Snapshot) -> None:
    (snapshot.path / "manifest.json").unlink()
    (snapshot.path / "manifest.json").symlink_to("gone")
    assert Store(snapshot.path.parent).ids() == ()


def make_fifo(path: Path) -> None:
    """A pipe: a plain open of it waits for a writer."""
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    """The address of a socket; relative, because such addresses are short."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


def make_endless_device(path: Path) -> None:
    """A device like /dev/zero: a plain read of it never ends."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("needs the right to make devices: run as root")


@pytest.fixture
def _alarm() -> Iterator[None]:
    """End a test that waits for what never comes."""

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError("blocked")

    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)


NO_FILES = {
    "fifo": make_fifo,
    "socket": make_socket,
    "device": make_endless_device,
    "folder": Path.mkdir,
}


@pytest.mark.usefixtures("_alarm")
@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_part_that_is_no_file_never_blocks(
    snapshot: Snapshot, make: Callable[[Path], None]
) -> None:
    part = part_of(snapshot)
    (snapshot.path / part.path).unlink()
    make(snapshot.path / part.path)
    for act in (lambda: read(snapshot, part), lambda: snapshot.facts(part.path)):
        assert "is not an ordinary file" in refused(act) or "cannot be read" in refused(act)
    assert snapshot.size_of(part.path) is None


@pytest.mark.usefixtures("_alarm")
@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_manifest_that_is_no_file_makes_no_snapshot(
    snapshot: Snapshot, make: Callable[[Path], None]
) -> None:
    (snapshot.path / "manifest.json").unlink()
    make(snapshot.path / "manifest.json")
    assert Store(snapshot.path.parent).ids() == ()


# A disk that fails: reading this process's page zero gives EIO, from an ordinary file

BROKEN = Path("/proc/self/mem")


def test_disk_that_fails_under_a_file_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match="Input/output error"):
        file_facts(BROKEN)


def test_disk_that_fails_under_a_part_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match="Input/output error"):
        list(read_blocks(BROKEN))


# Memory


def test_blocks_are_bounded_and_join_to_the_whole(tmp_path: Path) -> None:
    text = TEXT * 10
    with PartWriter(tmp_path / "part") as writer:
        writer.write(text)
        writer.finish()
    blocks = list(read_blocks(tmp_path / "part"))
    assert b"".join(blocks) == text
    assert len(blocks) > 1
    assert max(map(len, blocks)) <= BLOCK_BYTES


def test_bomb_stays_in_flat_memory(tmp_path: Path) -> None:
    size = 256 * 1024 * 1024
    with PartWriter(tmp_path / "bomb") as writer:
        for _ in range(size // (1024 * 1024)):
            writer.write(b"\n" * (1024 * 1024))
        stored = writer.finish().size
    assert stored * 5000 < size
    tracemalloc.start()
    try:
        total = sum(map(len, read_blocks(tmp_path / "bomb")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == size
    assert peak < 8 * BLOCK_BYTES


def test_frame_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    (tmp_path / "part").write_bytes(compressor.compress(TEXT) + compressor.flush())
    assert "too much memory" in refused(lambda: list(read_blocks(tmp_path / "part")))


def test_reader_that_is_left_closes_its_file(tmp_path: Path) -> None:
    with PartWriter(tmp_path / "part") as writer:
        writer.write(TEXT * 10)
        writer.finish()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- a count, not paths
    blocks = read_blocks(tmp_path / "part")
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


# What does not belong there


def test_whole_snapshot_has_no_unexpected_files(snapshot: Snapshot) -> None:
    assert snapshot.unexpected_files() == ()


@pytest.mark.parametrize(
    "path", ["x", ".hidden", "data/9-x.0.copy.zst", "new/folder/x", "data/.x.partial", "a\nb"]
)
def test_unexpected_file_is_named(snapshot: Snapshot, path: str) -> None:
    (snapshot.path / path).parent.mkdir(parents=True, exist_ok=True)
    (snapshot.path / path).write_bytes(b"")
    assert snapshot.unexpected_files() == (path,)


def test_unexpected_files_are_sorted(snapshot: Snapshot) -> None:
    for name in ("b", "c", "a"):
        (snapshot.path / name).write_bytes(b"")
    assert snapshot.unexpected_files() == ("a", "b", "c")


def test_unexpected_name_that_is_not_utf_8_is_shown_as_text(snapshot: Snapshot) -> None:
    (snapshot.path / os.fsdecode(b"caf\xe9")).write_bytes(b"")
    assert snapshot.unexpected_files() == (r"caf\xe9",)


def test_unexpected_link_is_named_and_not_followed(snapshot: Snapshot) -> None:
    (snapshot.path / "loop").symlink_to(snapshot.path)
    assert snapshot.unexpected_files() == ("loop",)


def test_unexpected_pipe_is_named(snapshot: Snapshot) -> None:
    os.mkfifo(snapshot.path / "pipe")
    assert snapshot.unexpected_files() == ("pipe",)


def test_file_that_the_manifest_no_longer_names_is_unexpected(snapshot: Snapshot) -> None:
    seal(snapshot, make_manifest(name=snapshot.id, files=snapshot.manifest.files))
    parts = {part.path for entry in snapshot.manifest.tables for part in entry.parts}
    assert set(opened(snapshot).unexpected_files()) == parts
