"""The record of a run: what an auditor asks, and the figures, recomputed without snapkit."""

from __future__ import annotations

import getpass
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import make_conninfo

from snapkit import report
from snapkit.core.evidence import decode
from snapkit.core.verdict import Verdict
from snapkit.pg.server import bundled_bindir
from snapkit.report.run import VerificationRun
from snapkit.workflows.backup import backup
from snapkit.workflows.restore import restore
from tests.cli import CommandLine
from tests.postgres.conftest import run
from tests.support import requires

if TYPE_CHECKING:
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store

TOOLS = ("bash", "sh", "zstd", "sha256sum", "awk", "mktemp", "mkdir", "rm", "find")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


@pytest.fixture
def copy(sample: Target, empty_target: Target, store: Store) -> tuple[Snapshot, Target]:
    """A snapshot of the sample, restored."""
    snapshot = backup(sample, store).snapshot
    assert restore(empty_target, snapshot).committed
    return snapshot, empty_target


def address(target: Target) -> str:
    return make_conninfo(**target.connect_arguments())


def test_replace_records_who_how_and_constraints_before_and_after(
    cli: CommandLine, copy: tuple[Snapshot, Target], store: Store, tmp_path: Path
) -> None:
    _, target = copy
    record = tmp_path / "e.json"
    run(target, "DELETE FROM note; ALTER TABLE note ADD CONSTRAINT short CHECK (length(body) < 8)")
    called = cli(
        "restore", "latest", "-d", address(target), "--store", store.root, "--replace", "--yes",
        "--on-error", "quarantine", "--evidence", record,
    )  # fmt: skip
    assert called.code == 4, called.err
    found = decode(record.read_bytes(), "e.json")
    assert (found.os_user, found.host) == (getpass.getuser(), platform.node())
    assert (found.settings["TimeZone"], found.mode) == ("UTC", "replace")
    assert found.server_settings.keys() >= {"fsync", "server_version_num", "collation"}
    assert {item.rung for item in found.rungs} == {1}
    names = {item.name: item for item in found.constraints}
    assert names["loose_country_fkey"].before == names["loose_country_fkey"].after
    assert str(names["loose_country_fkey"].before).endswith("NOT VALID")
    assert (found.changed_constraints, found.verdict) == ((), Verdict.MATCH)
    (row,) = found.quarantined
    assert (row.row, row.sqlstate, row.constraint) == ("Đặng Thị Hồng", "23514", "short")
    assert Path(found.quarantine, "rows.jsonl").is_file()
    assert found.unchecked == (("use of the database", "only a drill tries it"),)


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """An environment with psql, zstd, sha256sum, a shell and awk, and nothing else."""
    requires("zstd", present=shutil.which("zstd") is not None, how="apt-get install zstd")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        path = shutil.which(name)
        assert path, name
        (tools / name).symlink_to(path)
    (tools / "psql").symlink_to(bundled_bindir() / "psql")
    return {"PATH": str(tools), "HOME": os.environ.get("HOME", "/")}


def recompute(folder: Path, command: str, environment: dict[str, str]) -> tuple[int, list[str]]:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_commands_of_the_result_recompute_every_figure(
    copy: tuple[Snapshot, Target],
    store: Store,
    tmp_path: Path,
    alone: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot, target = copy
    monkeypatch.setenv("COPY_OF_THE_SAMPLE", address(target))
    opened = report.open_run(
        "restore_verification",
        snapshot_id=snapshot.id,
        store=str(store.root),
        out=str(tmp_path / "reports"),
        dsn_env="COPY_OF_THE_SAMPLE",
    )
    assert isinstance(opened, VerificationRun)
    shown = report.verification_recompute(opened)
    report.conclude(opened)
    folder = opened.folder
    result: dict[str, Any] = json.loads(
        (folder / "restore_verification.result.json").read_text("utf-8")
    )
    evidence = decode((folder / result["record"]).read_bytes(), result["record"])
    of_files, of_both = result["recompute"]
    assert shown.text.splitlines() == [of_files, of_both]

    code, lines = recompute(folder, of_files, alone)
    manifest = snapshot.manifest
    rows = [line.split("  ")[-1] for line in lines if line.startswith("match      rows  ")]
    assert (code, rows) == (0, [f"{e.rows} {e.digest}" for e in manifest.data_tables])
    files = {line.split("  ")[-1] for line in lines if line.startswith("match      file  ")}
    parts = [part.digest for entry in manifest.data_tables for part in entry.parts]
    expected = {snapshot.manifest_digest, *parts, *(entry.digest for entry in manifest.files)}
    assert files == expected

    command = of_both.replace("'what psql takes for the database'", f'"{address(target)}"')
    code, lines = recompute(folder, command, alone)
    there = [line.split("  ")[-1] for line in lines if line.startswith("match      database  ")]
    assert (code, there) == (
        0,
        [f"{item.observed_rows} {item.observed_digest}" for item in evidence.report.findings],
    )

    orphans = [line.split()[:2] for line in lines if "  orphans  " in line]
    assert len(orphans) == len(manifest.foreign_keys)
    assert ["match", "orphans"] in orphans
    assert ["unchecked", "orphans"] in orphans  # citext compares in its own way
    sequences = [line for line in lines if line.startswith("match      sequence  ")]
    assert len(sequences) == len(manifest.sequences)

    run(target, "UPDATE country SET name = name || ' ' WHERE code = 'vn'; DELETE FROM visit_rest")
    run(target, "SELECT setval(pg_get_serial_sequence('category', 'id'), 3)")
    run(
        target,
        "ALTER TABLE player DROP CONSTRAINT player_team_fkey; UPDATE player SET team = team + 9",
    )
    (snapshot.path / "RESTORE.md").write_text("edited")
    code, lines = recompute(folder, command, alone)
    wrong = sorted(line.split("  ")[1:3] for line in lines if line.startswith("MISMATCH"))
    assert (code, wrong) == (
        1,
        [
            [" database", "country"],
            [" database", "player"],
            [" database", "visit_rest"],
            [" file", "RESTORE.md"],
            [" orphans", "player\\ player_team_fkey"],
            [" sequence", "category_id_seq"],
        ],
    )
