"""A disk that fills up: one clear error, and nothing half-done left behind.

A limit on file sizes (RLIMIT_FSIZE) stands in for a full disk everywhere; where this user may mount
one, a tiny file system is filled for real.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.errors import StorageError
from snapkit.store import JOURNAL, Journal, PartWriter, QuarantineFolder, RequeuedTable, Store
from snapkit.store._trust import SECRET
from tests.factories import make_manifest
from tests.snapshots import NOON, fill, make_snapshot, write_part

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
NOISE = os.urandom(300_000)  # does not compress

LIMITED = """
import resource, sys
from pathlib import Path
from snapkit.errors import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from tests.unit.test_store_full_disk import {act}
try:
    {act}(Path(sys.argv[2]))
except StorageError as error:
    print(error.what)
else:
    print("no error")
"""


def write_noise(folder: Path) -> None:
    """Write a part of 300 KB, block by block."""
    with PartWriter(folder / "part") as writer:
        for place in range(0, len(NOISE), 10_000):
            writer.write(NOISE[place : place + 10_000])
        writer.finish()


def write_little_noise(folder: Path) -> None:
    """Write a part so small that it reaches the disk with `finish` alone."""
    with PartWriter(folder / "part") as writer:
        writer.write(NOISE[:5000])
        writer.finish()


def write_large_file(folder: Path) -> None:
    """Write a snapshot whose catalog is large."""
    with Store(folder).create(NOON) as writer:
        writer.write("catalog.json", NOISE)


def write_snapshot_of_noise(folder: Path) -> None:
    """Write a snapshot whose last part is large."""
    with Store(folder).create(NOON) as writer:
        fill(writer)
        write_part(writer.path, "data/9-noise.0.copy.zst", (NOISE.replace(b"\n", b""),))


def write_large_manifest(folder: Path) -> None:
    """Write a snapshot whose manifest is larger than anything it names."""
    with Store(folder).create(NOON) as writer:
        tables = fill(writer)
        writer.finish(make_manifest(*tables, name=writer.id, views=(tables[0].table,) * 5000))


def write_journal(folder: Path) -> None:
    """Write down a requeue that is about to commit, of more tables than the disk takes."""
    tables = tuple(RequeuedTable(namespace="public", name=f"t{n}") for n in range(5000))
    journal = Journal(
        system="7/1", database="shop", transaction="3", successor="", at="", tables=tables
    )
    QuarantineFolder(folder).begin(journal)


def limited(act: str, folder: Path, size: int) -> str:
    """What an act says in a process that may write no file larger than this [bytes]."""
    done = subprocess.run(  # -B: compiled modules that are cut short would break every later run
        [sys.executable, "-B", "-c", LIMITED.format(act=act), str(size), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("act", "file"),
    [
        ("write_noise", "part"),
        ("write_little_noise", "part"),
        ("write_large_file", "catalog.json"),
        ("write_snapshot_of_noise", "9-noise.0.copy.zst"),
        ("write_large_manifest", "manifest.json"),
        ("write_journal", JOURNAL),
    ],
)
def test_file_that_cannot_grow_is_a_storage_error_and_leaves_nothing(
    tmp_path: Path, act: str, file: str
) -> None:
    size = 4096 if act == "write_little_noise" else 20_000
    assert limited(act, tmp_path, size) == f"cannot use file {file}: File too large"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB and 64 files."""
    place = tmp_path / "disk"
    place.mkdir()
    options = "size=128k,nr_inodes=64"
    program = shutil.which("mount")
    command = [program or "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if not program or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system: run as root")
    yield place
    subprocess.run(["umount", place], check=True)


def test_part_on_a_full_disk_says_what_to_do(tiny_disk: Path) -> None:
    with pytest.raises(StorageError) as caught:
        write_noise(tiny_disk)
    assert caught.value.what == "cannot use file part: No space left on device"
    assert caught.value.hint.startswith("Free some space")


def test_part_on_a_full_disk_leaves_nothing(tiny_disk: Path) -> None:
    with pytest.raises(StorageError):
        write_noise(tiny_disk)
    assert list(tiny_disk.iterdir()) == []


def test_snapshot_on_a_full_disk_leaves_the_others_as_they_were(tiny_disk: Path) -> None:
    old = make_snapshot(tiny_disk)
    with pytest.raises(StorageError, match="No space left"):
        write_snapshot_of_noise(tiny_disk)
    assert sorted(item.name for item in tiny_disk.iterdir()) == [SECRET, old.id]
    assert Store(tiny_disk).open("latest").manifest == old.manifest


def test_snapshot_on_a_disk_without_room_for_folders_leaves_none(tiny_disk: Path) -> None:
    for number in range(62):  # the root is the first of 64 entries: one more folder fits, not two
        (tiny_disk / f"file{number}").touch()
    with pytest.raises(StorageError, match="No space left"):
        Store(tiny_disk).create(NOON)
    assert not [item for item in tiny_disk.iterdir() if item.is_dir()]


def test_disk_takes_the_next_snapshot_under_the_same_name(tiny_disk: Path) -> None:
    with pytest.raises(StorageError):
        write_snapshot_of_noise(tiny_disk)
    assert make_snapshot(tiny_disk).id == f"{NOON:%Y%m%d_%H%M%S}"
