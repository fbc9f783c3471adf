"""A store knows what it wrote: by a secret that no snapshot holds."""

from __future__ import annotations

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from snapkit.core.manifest import encode
from snapkit.store import Store
from snapkit.store._trust import SECRET, SIGNATURE
from tests.snapshots import NOON, NOON_ID, make_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def doubt_in(root: Path) -> str:
    """Why a store doubts its newest snapshot."""
    return Store(root).open("latest").doubt


def test_a_store_knows_its_own_snapshots(tmp_path: Path) -> None:
    assert make_snapshot(tmp_path).doubt == ""
    assert make_snapshot(tmp_path, now=NOON + timedelta(days=1)).doubt == ""
    assert Store(tmp_path).open(NOON_ID).doubt == ""


def test_the_secret_is_its_owners_alone_and_in_no_snapshot(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path)
    secret = (tmp_path / SECRET).read_bytes()
    assert stat.S_IMODE((tmp_path / SECRET).stat().st_mode) == 0o600
    assert len(set(secret)) > 4
    held = [path.read_bytes() for path in snapshot.path.rglob("*") if path.is_file()]
    assert not any(secret in content for content in held)
    assert snapshot.unexpected_files() == ()


def test_first_snapshots_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: make_snapshot(tmp_path), range(16)))
    assert {Store(tmp_path).open(name).doubt for name in Store(tmp_path).ids()} == {""}


def test_a_copied_store_knows_its_snapshots(tmp_path: Path) -> None:
    make_snapshot(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert doubt_in(tmp_path / "b") == ""


def test_a_snapshot_from_another_store_is_a_stranger(tmp_path: Path) -> None:
    old = make_snapshot(tmp_path / "a")
    make_snapshot(tmp_path / "b", now=NOON - timedelta(days=1))
    shutil.copytree(old.path, tmp_path / "b" / old.id)
    assert "it came from another one" in doubt_in(tmp_path / "b")


def edit_manifest(root: Path) -> None:
    """Change and seal again: the seal is no secret."""
    snapshot = Store(root).open("latest")
    text = encode(replace(snapshot.manifest, role="mallory"))
    (snapshot.path / "manifest.json").write_bytes(text)


def forge(root: Path) -> None:
    (root / NOON_ID / SIGNATURE).write_bytes(b"0" * 64)


def cut(root: Path) -> None:
    (root / NOON_ID / SIGNATURE).write_bytes(b"")


def link(root: Path) -> None:
    place = root / NOON_ID / SIGNATURE
    place.rename(root / "elsewhere")
    place.symlink_to(root / "elsewhere")


def unsign(root: Path) -> None:
    (root / NOON_ID / SIGNATURE).unlink()


def of_all(root: Path) -> None:
    (root / SECRET).chmod(0o644)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        pytest.param(edit_manifest, "or was changed", id="manifest-edited"),
        pytest.param(forge, "or was changed", id="forged"),
        pytest.param(cut, "or was changed", id="empty"),
        pytest.param(link, "has no manifest.hmac", id="link"),
        pytest.param(
            lambda root: (root / NOON_ID / SIGNATURE).unlink(),
            "has no manifest.hmac",
            id="unsigned",
        ),
        pytest.param(lambda root: (root / SECRET).unlink(), "is missing", id="no-secret"),
        pytest.param(lambda root: (root / SECRET).write_bytes(b"0"), "damaged", id="bad-secret"),
        pytest.param(of_all, "chmod 600", id="secret-of-all"),
    ],
)
def test_what_was_changed_since_is_doubted(
    tmp_path: Path, harm: Callable[[Path], None], reason: str
) -> None:
    make_snapshot(tmp_path)
    harm(tmp_path)
    assert reason in doubt_in(tmp_path)


def test_a_secret_that_was_cut_short_by_a_full_disk_is_made_anew(tmp_path: Path) -> None:
    make_snapshot(tmp_path)
    (tmp_path / SECRET).write_bytes(b"abc")
    assert make_snapshot(tmp_path, now=NOON + timedelta(days=1)).doubt == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_secret_that_cannot_be_read_hinders_no_backup(tmp_path: Path) -> None:
    make_snapshot(tmp_path)
    (tmp_path / SECRET).chmod(0)
    later = make_snapshot(tmp_path, now=NOON + timedelta(days=1))
    assert "has no manifest.hmac" in later.doubt
