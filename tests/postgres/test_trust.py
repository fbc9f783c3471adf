"""DDL that this store did not write runs only where somebody said so."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.manifest import encode
from snapkit.errors import PlanError
from snapkit.pg.session import connect
from snapkit.store import Store
from snapkit.workflows.backup import backup
from snapkit.workflows.drill import drill
from snapkit.workflows.restore import plan, restore
from tests.cli import CommandLine
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.pg.target import Target
    from snapkit.store import Snapshot

TABLE = "CREATE TABLE t (x int); INSERT INTO t VALUES (1)"
SPY = "CREATE SEQUENCE public.spy"  # what it counts stays counted when a transaction is rolled back
TRAP = b"\nSELECT pg_catalog.nextval(pg_catalog.to_regclass('public.spy'));\n"
PRE_DATA = "ddl/pre-data.sql"


@pytest.fixture
def trapped(store: Store, database_pair: tuple[str, str]) -> tuple[Snapshot, Target]:
    """A snapshot with a statement of somebody else's in its DDL, and a target that would tell."""
    source, target = map(target_of, database_pair)
    run(source, TABLE)
    run(target, SPY)
    snapshot = backup(source, store).snapshot
    end = b"\\unrestrict"
    text = snapshot.read(PRE_DATA).replace(end, TRAP + end)
    (snapshot.path / PRE_DATA).write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    files = tuple(
        replace(entry, size=len(text), digest=digest) if entry.path == PRE_DATA else entry
        for entry in snapshot.manifest.files
    )
    (snapshot.path / "manifest.json").write_bytes(encode(replace(snapshot.manifest, files=files)))
    return store.open(snapshot.id), target


def has_run(target: Target) -> bool:
    """Whether the trap sprang, rolled back or not."""
    with connect(target) as session:
        return bool(session.scalar("SELECT is_called FROM public.spy"))


def test_the_ddl_of_a_stranger_runs_nowhere_unasked(trapped: tuple[Snapshot, Target]) -> None:
    snapshot, target = trapped
    shown = plan(target, snapshot)
    assert any("refuses it without --trust" in note for note in shown.notes)
    with pytest.raises(PlanError) as caught:
        restore(target, snapshot)
    assert not has_run(target)
    assert "manifest.hmac" in caught.value.problems[0]
    assert "ddl/*.sql" in caught.value.hint
    assert "--trust" in caught.value.hint


def test_the_ddl_of_a_stranger_runs_where_it_is_trusted(trapped: tuple[Snapshot, Target]) -> None:
    snapshot, target = trapped
    shown = plan(target, snapshot, trust=True)
    assert shown.notes[0].startswith("the snapshot's DDL runs with the rights of role ")
    assert not any("--trust" in note for note in shown.notes)
    assert restore(target, snapshot, trust=True).committed
    assert has_run(target)


def test_a_drill_rehearses_the_snapshots_of_others(trapped: tuple[Snapshot, Target]) -> None:
    snapshot, target = trapped
    assert drill(snapshot).restored.committed
    assert not has_run(target)


def test_rows_of_a_stranger_need_no_trust(
    tmp_path: Path, store: Store, database_pair: tuple[str, str]
) -> None:
    source, target = map(target_of, database_pair)
    for each in (source, target):
        run(each, TABLE)
    old = backup(source, store).snapshot
    shutil.copytree(old.path, tmp_path / "other" / old.id)
    assert restore(target, Store(tmp_path / "other").open(old.id), replace=True).committed


def test_the_command_says_who_may_have_written_it_and_how_to_go_on(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    trapped: tuple[Snapshot, Target],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot, target = trapped
    call = CommandLine(capsys)
    monkeypatch.chdir(tmp_path)
    for name, value in target.environment().items():
        monkeypatch.setenv(name, value)
    refused = call("restore", "latest")
    assert refused.code == 1
    told = " ".join(refused.err.split())
    assert "the store cannot tell that it wrote this snapshot" in told
    assert f"{snapshot.path.name}/ddl/*.sql, then pass --trust" in told
    assert "not known to be this store" in " ".join(call("show", "latest").out.split())
    assert "--trust" in call("restore", "latest", "--dry-run").out
    assert not has_run(target)
    assert call("restore", "latest", "--mode", "upsert", "--trust").code == 2
    done = call("restore", "latest", "--trust", "--json")
    assert (done.code, done.document["committed"]) == (0, True)
