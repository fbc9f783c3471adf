"""The store: written once, manifest last, listed and opened by name."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from snapkit.core.digest import RowDigester, split_lines
from snapkit.core.manifest import FileEntry, decode, is_safe_path
from snapkit.core.names import TableName
from snapkit.errors import ManifestError, NoSnapshotError, StorageError
from snapkit.store import PartFacts, PartWriter, Store
from snapkit.store._parts import storing
from snapkit.store._trust import SECRET
from tests.factories import HOSTILE_NAMES, make_manifest, name_of
from tests.snapshots import FILES, NOON, NOON_ID, fill, make_snapshot, part_of

if TYPE_CHECKING:
    from snapkit.store import Snapshot


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """A whole snapshot in a store of its own."""
    return make_snapshot(tmp_path)


def files_below(folder: Path) -> set[str]:
    """Every file, by its path."""
    return {item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file()}


def problem(store: Store, name: str) -> NoSnapshotError:
    """Why there is no such snapshot."""
    with pytest.raises(NoSnapshotError) as caught:
        store.open(name)
    return caught.value


def break_off(root: Path, error: type[BaseException]) -> None:
    """Write all of a snapshot but its manifest, then fail."""
    with Store(root).create(NOON) as writer:
        fill(writer)
        raise error


def finish_over_a_folder(root: Path) -> None:
    """Finish a snapshot whose manifest has no place to go to."""
    with Store(root).create(NOON) as writer:
        tables = fill(writer)
        (writer.path / "manifest.json").mkdir()
        writer.finish(make_manifest(*tables, name=writer.id, files=writer.files))


def finish_then_fail(root: Path) -> None:
    """Finish a snapshot, then fail inside of its block."""
    with Store(root).create(NOON) as writer:
        writer.finish(make_manifest(name=writer.id))
        raise ValueError("after")


def break_off_part(path: Path, error: type[BaseException]) -> None:
    """Write some of a part, then fail."""
    with PartWriter(path) as writer:
        writer.write(b"1\n")
        raise error


# Written


def test_snapshot_is_named_by_its_time(tmp_path: Path) -> None:
    assert make_snapshot(tmp_path).path == tmp_path / NOON_ID


def test_snapshot_folder_is_its_owners_alone(snapshot: Snapshot) -> None:
    assert stat.S_IMODE(snapshot.path.stat().st_mode) == 0o700


def test_store_is_made_where_it_is_not(tmp_path: Path) -> None:
    make_snapshot(tmp_path / "some" / "where")
    assert Store(tmp_path / "some" / "where").ids() == (NOON_ID,)


def test_snapshot_holds_what_its_manifest_names_and_nothing_else(snapshot: Snapshot) -> None:
    parts = {part.path for entry in snapshot.manifest.tables for part in entry.parts}
    assert files_below(snapshot.path) == {"manifest.json", "manifest.hmac", *FILES, *parts}


def test_snapshot_is_not_listed_before_it_is_finished(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.create(NOON) as writer:
        tables = fill(writer)
        assert store.ids() == ()
        writer.finish(make_manifest(*tables, name=writer.id, files=writer.files))
        assert store.ids() == (NOON_ID,)


def test_snapshot_that_is_finished_opens_as_it_was_written(snapshot: Snapshot) -> None:
    again = Store(snapshot.path.parent).open(NOON_ID)
    assert (again.id, again.manifest, again.manifest_digest) == (
        NOON_ID,
        snapshot.manifest,
        snapshot.manifest_digest,
    )


def test_manifest_digest_is_that_of_the_file(snapshot: Snapshot) -> None:
    text = (snapshot.path / "manifest.json").read_bytes()
    assert snapshot.manifest_digest == hashlib.sha256(text).hexdigest()


def test_manifest_on_disk_is_the_snapshots(snapshot: Snapshot) -> None:
    assert decode((snapshot.path / "manifest.json").read_bytes(), "x") == snapshot.manifest


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_snapshot_that_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        break_off(tmp_path, error)
    assert list(tmp_path.iterdir()) == []


def test_snapshot_that_fails_leaves_no_folder_that_was_made_for_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), Store(tmp_path / "some" / "where").create(NOON):
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []


def test_snapshot_that_fails_leaves_a_store_that_was_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), Store(tmp_path).create(NOON):
        raise OSError("full")
    assert tmp_path.is_dir()


def test_snapshot_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with Store(tmp_path).create(NOON) as writer:
        fill(writer)
    assert list(tmp_path.iterdir()) == []


def test_snapshot_whose_manifest_cannot_be_put_in_place_leaves_the_stores_secret_alone(
    tmp_path: Path,
) -> None:
    with pytest.raises(StorageError):
        finish_over_a_folder(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == [SECRET]


def test_snapshot_that_is_finished_stays_whatever_comes_after(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="after"):
        finish_then_fail(tmp_path)
    assert Store(tmp_path).ids() == (NOON_ID,)


def test_files_that_are_written_are_told_with_size_and_digest(tmp_path: Path) -> None:
    with Store(tmp_path).create(NOON) as writer:
        writer.write("schema/a b.prisma", b"abc")
        assert writer.files == (
            FileEntry(path="schema/a b.prisma", size=3, digest=hashlib.sha256(b"abc").hexdigest()),
        )


@pytest.mark.parametrize("path", ["../x", "/tmp/x", "a/../../x", "a\nb", "", "a\\b", "caf\udce9"])
def test_file_outside_the_snapshot_is_not_written(tmp_path: Path, path: str) -> None:
    with Store(tmp_path).create(NOON) as writer:
        with pytest.raises(StorageError, match="cannot be part of a snapshot"):
            writer.write(path, b"abc")
        assert files_below(tmp_path) == {f"{NOON_ID}/.manifest.json.partial"}


@pytest.mark.parametrize("name", ["a b.prisma", "….prisma", "Đơn.prisma", ".hidden", "x/y/z"])
def test_file_of_any_plain_name_comes_back(tmp_path: Path, name: str) -> None:
    with Store(tmp_path).create(NOON) as writer:
        writer.write(f"schema/{name}", b"abc")
        writer.finish(make_manifest(name=writer.id, files=writer.files))
    assert Store(tmp_path).open("latest").read(f"schema/{name}") == b"abc"


# What was killed

KILLED = """
import os, signal, sys
from pathlib import Path
from snapkit.store import Store
from tests.snapshots import NOON, fill
with Store(Path(sys.argv[1])).create(NOON) as writer:
    fill(writer)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(root: Path) -> Path:
    """Kill somebody who makes a snapshot; what is left of it."""
    command = [sys.executable, "-c", KILLED, str(root)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert Store(root).incomplete_ids() == (NOON_ID,)
    return root / NOON_ID


def test_next_snapshot_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    killed(tmp_path)
    assert make_snapshot(tmp_path, now=NOON + timedelta(days=1)).id != NOON_ID
    assert len(Store(tmp_path).ids()) == 1
    assert Store(tmp_path).incomplete_ids() == ()


def test_a_snapshot_that_is_under_way_is_not_swept_up(tmp_path: Path) -> None:
    with Store(tmp_path).create(NOON) as writer:
        tables = fill(writer)
        make_snapshot(tmp_path, now=NOON + timedelta(days=1))
        writer.finish(make_manifest(*tables, name=writer.id, files=writer.files))
    assert len(Store(tmp_path).ids()) == 2


def test_a_snapshot_that_lost_its_manifest_is_not_swept_up(tmp_path: Path) -> None:
    old = make_snapshot(tmp_path)
    (old.path / "manifest.json").unlink()
    make_snapshot(tmp_path, now=NOON + timedelta(days=1))
    assert Store(tmp_path).incomplete_ids() == (old.id,)
    assert (old.path / part_of(old).path).is_file()


def test_an_empty_folder_that_a_killed_one_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / NOON_ID).mkdir()
    assert make_snapshot(tmp_path).id == NOON_ID


def test_a_folder_that_is_swept_up_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[int] = []

    def flock(descriptor: int, how: int) -> None:
        if not others:  # the sweeper is a moment faster
            others.append(descriptor)
            shutil.rmtree(tmp_path / NOON_ID)
        real(descriptor, how)

    real = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", flock)
    snapshot = make_snapshot(tmp_path)
    assert others
    assert Store(tmp_path).ids() == (snapshot.id,)


# The second of a second


def test_second_snapshot_of_a_second_gets_a_number(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path).id for _ in range(3)]
    assert ids == [NOON_ID, f"{NOON_ID}_2", f"{NOON_ID}_3"]


def test_tenth_snapshot_of_a_second_comes_after_the_ninth(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path).id for _ in range(11)]
    later = make_snapshot(tmp_path, now=NOON + timedelta(seconds=1)).id
    assert Store(tmp_path).ids() == (*ids, later)
    assert ids[-1] == f"{NOON_ID}_11"


def test_snapshot_that_is_under_way_keeps_its_name(tmp_path: Path) -> None:
    with Store(tmp_path).create(NOON) as first:
        assert make_snapshot(tmp_path).id == f"{NOON_ID}_2"
        assert first.id == NOON_ID


def test_store_does_not_look_for_a_free_name_for_ever(tmp_path: Path) -> None:
    for number in range(1, 1001):
        name = NOON_ID if number == 1 else f"{NOON_ID}_{number}"
        (tmp_path / name / "data").mkdir(parents=True)
    with pytest.raises(StorageError, match="1,000 snapshots"):
        Store(tmp_path).create(NOON)


# Parts


def test_part_comes_back_as_it_was_written(snapshot: Snapshot) -> None:
    digester = RowDigester()
    (entry,) = [entry for entry in snapshot.manifest.tables if entry.name == "users"]
    for part in entry.parts:
        for lines in split_lines(snapshot.blocks(part)):
            digester.update(lines)
    assert (digester.result().rows, digester.result().hex) == (entry.rows, entry.digest)


def test_part_is_plain_zstd_with_a_checksum(snapshot: Snapshot) -> None:
    content = (snapshot.path / part_of(snapshot, "orders").path).read_bytes()
    text = zstandard.ZstdDecompressor().stream_reader(content).read()
    assert text == b"1\tcafe\n2\t\\N\n"
    assert zstandard.get_frame_parameters(content).has_checksum


def test_part_facts_are_those_of_the_file(snapshot: Snapshot) -> None:
    part = part_of(snapshot)
    content = (snapshot.path / part.path).read_bytes()
    assert (part.size, part.digest) == (len(content), hashlib.sha256(content).hexdigest())
    assert snapshot.facts(part.path) == PartFacts(part.size, part.digest)


def test_part_has_no_name_before_it_is_finished(tmp_path: Path) -> None:
    with PartWriter(tmp_path / "part") as writer:
        writer.write(b"1\n" * 1_000_000)
        assert [item.name for item in tmp_path.iterdir()] == [".part.partial"]
        writer.finish()
    assert [item.name for item in tmp_path.iterdir()] == ["part"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_part_that_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        break_off_part(tmp_path / "part", error)
    assert list(tmp_path.iterdir()) == []


def test_part_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with PartWriter(tmp_path / "part") as writer:
        writer.write(b"1\n")
    assert list(tmp_path.iterdir()) == []


def test_part_without_rows_reads_as_nothing(tmp_path: Path) -> None:
    with PartWriter(tmp_path / "part") as writer:
        facts = writer.finish()
    assert facts.size == (tmp_path / "part").stat().st_size


def test_part_in_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot use file part: No such file"):
        PartWriter(tmp_path / "gone" / "part")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_part_path_of_any_table_is_safe(tmp_path: Path, name: str) -> None:
    with Store(tmp_path).create(NOON) as writer:
        path = writer.part_path(7, TableName(name, name), 3)
    assert is_safe_path(path)
    assert path.startswith("data/7-")
    assert path.endswith(".3.copy.zst")
    assert path.isascii()


@pytest.mark.parametrize(
    ("table", "path"),
    [
        pytest.param("OrderItem", "data/1-orderitem.0.copy.zst", id="lower-case"),
        pytest.param("order items (old)", "data/1-order_items_old.0.copy.zst", id="signs"),
        pytest.param("🛒", "data/1-table.0.copy.zst", id="nothing-left"),
        pytest.param("x" * 63, f"data/1-{'x' * 40}.0.copy.zst", id="long"),
    ],
)
def test_part_path_carries_a_slug_for_the_eye(tmp_path: Path, table: str, path: str) -> None:
    with Store(tmp_path).create(NOON) as writer:
        assert writer.part_path(1, name_of(table), 0) == path


def test_part_paths_of_tables_with_one_slug_differ(tmp_path: Path) -> None:
    with Store(tmp_path).create(NOON) as writer:
        paths = {writer.part_path(n, name_of(name), 0) for n, name in enumerate(("A b", "a_b"))}
    assert len(paths) == 2


# Listed and opened


@pytest.mark.parametrize("exists", [True, False], ids=["empty", "not-there"])
def test_store_without_snapshots_lists_none(tmp_path: Path, exists: bool) -> None:  # noqa: FBT001
    store = Store(tmp_path if exists else tmp_path / "gone")
    assert (store.ids(), store.summaries()) == ((), ())


@pytest.mark.parametrize("name", ["latest", "2025", NOON_ID, ""])
def test_store_without_snapshots_opens_none(tmp_path: Path, name: str) -> None:
    assert problem(Store(tmp_path), name).hint == "It is empty: run snapkit backup first."


def test_folders_that_are_no_snapshots_are_not_listed(snapshot: Snapshot) -> None:
    root = snapshot.path.parent
    for name in ("quarantine", "20251101", "20251101_1200001", "٢٠٢٥١١٠١_120000", f"{NOON_ID}_x"):
        (root / name).mkdir()
        (root / name / "manifest.json").write_bytes(b"{}")
    (root / "notes.txt").write_text("x")
    assert Store(root).ids() == (NOON_ID,)


def test_folder_without_a_manifest_is_not_listed(snapshot: Snapshot) -> None:
    (snapshot.path.parent / "20251102_000000" / "data").mkdir(parents=True)
    assert Store(snapshot.path.parent).ids() == (NOON_ID,)


def test_folder_without_a_manifest_is_called_incomplete(tmp_path: Path) -> None:
    (tmp_path / NOON_ID).mkdir()
    error = problem(Store(tmp_path), NOON_ID)
    assert error.what == f"{NOON_ID} is not complete: it has no manifest"


@pytest.mark.parametrize("name", ["latest", "2025"])
def test_store_with_an_incomplete_snapshot_alone_is_not_called_empty(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / NOON_ID).mkdir()
    error = problem(Store(tmp_path), name)
    assert error.hint.startswith(f"{NOON_ID} is there and is not complete: a backup is under way")


def test_incomplete_snapshots_are_those_without_a_manifest(snapshot: Snapshot) -> None:
    root = snapshot.path.parent
    for name in ("20251102_000000_2", "20251102_000000", "quarantine"):
        (root / name).mkdir()
    assert Store(root).incomplete_ids() == ("20251102_000000", "20251102_000000_2")


def test_latest_is_never_one_without_a_manifest(snapshot: Snapshot) -> None:
    (snapshot.path.parent / "20251102_000000").mkdir()
    assert Store(snapshot.path.parent).open("latest").id == NOON_ID


def test_latest_is_the_newest(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path, now=NOON - timedelta(days=days)).id for days in (1, 0, 2)]
    assert Store(tmp_path).open("latest").id == ids[1]


def test_latest_of_one_second_is_the_last_made(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path).id for _ in range(10)]
    assert Store(tmp_path).open("latest").id == ids[-1]


def test_name_may_be_the_beginning_of_one_id(tmp_path: Path) -> None:
    make_snapshot(tmp_path)
    other = make_snapshot(tmp_path, now=NOON + timedelta(days=1))
    assert Store(tmp_path).open("20251102").id == other.id


def test_beginning_of_two_ids_is_refused_with_both_named(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path, now=NOON + timedelta(days=days)).id for days in (0, 1)]
    error = problem(Store(tmp_path), "202511")
    assert error.what == "2 snapshots begin with '202511'"
    assert error.hint == f"Name one of them: {', '.join(ids)}."


def test_whole_id_is_opened_though_others_begin_with_it(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path).id for _ in range(2)]
    assert Store(tmp_path).open(NOON_ID).id == ids[0]


@pytest.mark.parametrize(
    "name", ["20240101", "", "..", "/", f"../{NOON_ID}", "*", "2025*", f"{NOON_ID}/", "\0", "x\ny"]
)
def test_name_of_no_snapshot_is_told_the_newest(snapshot: Snapshot, name: str) -> None:
    error = problem(Store(snapshot.path.parent), name)
    assert (error.what, error.hint) == (f"no snapshot {name!r}", f"The newest is {NOON_ID}.")


def test_summaries_are_oldest_first(tmp_path: Path) -> None:
    ids = [make_snapshot(tmp_path, now=NOON - timedelta(days=days)).id for days in (0, 1)]
    assert [summary.id for summary in Store(tmp_path).summaries()] == ids[::-1]


def test_summary_of_a_damaged_snapshot_says_what_is_wrong(snapshot: Snapshot) -> None:
    (snapshot.path / "manifest.json").write_bytes(b"{")
    (summary,) = Store(snapshot.path.parent).summaries()
    assert (summary.id, summary.manifest) == (NOON_ID, None)
    assert summary.problem.startswith("manifest is not JSON")


def test_summary_of_a_whole_snapshot_has_no_problem(snapshot: Snapshot) -> None:
    (summary,) = Store(snapshot.path.parent).summaries()
    assert (summary.manifest, summary.problem) == (snapshot.manifest, "")


# Small files


@pytest.mark.parametrize("path", FILES)
def test_file_is_read_as_it_was_written(snapshot: Snapshot, path: str) -> None:
    assert snapshot.read(path) == FILES[path]


@pytest.mark.parametrize("path", ["manifest.json", "gone", "../x", "/etc/passwd", ""])
def test_file_that_the_manifest_does_not_name_is_not_read(snapshot: Snapshot, path: str) -> None:
    with pytest.raises(ManifestError, match="the snapshot has no file"):
        snapshot.read(path)


# What the disk refuses


@pytest.mark.parametrize("root", ["file", "file/below"])
def test_store_that_is_a_file_is_a_storage_error(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        Store(tmp_path / root).create(NOON)


def test_store_that_is_a_file_lists_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert Store(tmp_path / "file").ids() == ()


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        pytest.param(errno.ENOSPC, "Free some space", id="disk-full"),
        pytest.param(errno.EDQUOT, "Free some space", id="quota"),
        pytest.param(errno.EACCES, "Check that the folder exists", id="no-permission"),
        pytest.param(errno.EROFS, "Check that the folder exists", id="read-only"),
        pytest.param(errno.EIO, "Check that the folder exists", id="broken"),
    ],
)
def test_storage_error_names_file_reason_and_remedy(tmp_path: Path, number: int, hint: str) -> None:
    with pytest.raises(StorageError) as caught, storing(tmp_path / "part"):
        raise OSError(number, os.strerror(number))
    assert caught.value.what == f"cannot use file part: {os.strerror(number)}"
    assert caught.value.where == str(tmp_path)
    assert caught.value.hint.startswith(hint)


def test_storing_leaves_other_errors_alone(tmp_path: Path) -> None:
    error = ValueError("not the disk's")
    with pytest.raises(ValueError, match="not the disk") as caught, storing(tmp_path):
        raise error
    assert caught.value is error


def test_every_file_is_on_disk_before_the_manifest_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: set[Path] = set()
    after: list[Path] = []

    def fsync(descriptor: int) -> None:
        flushed = Path(f"/proc/self/fd/{descriptor}").readlink()
        (after.append if list(tmp_path.rglob("manifest.json")) else before.add)(flushed)

    monkeypatch.setattr(os, "fsync", fsync)
    with Store(tmp_path).create(NOON) as writer:
        tables = fill(writer)
        written = set(writer.path.rglob("*"))
        writer.finish(make_manifest(*tables, name=writer.id, files=writer.files))
    ours = {
        writer.path / ".manifest.json.partial",
        writer.path / "manifest.hmac",
        tmp_path / SECRET,
    }
    assert before == written | ours | {writer.path}
    assert after == [writer.path, tmp_path]
