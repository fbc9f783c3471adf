"""Whole nights: what is proven, what fails at which step, and the page that each leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.core.verdict import Verdict
from snapkit.errors import ExitCode
from snapkit.report.night import RECORD, NightlyRecord, decode, judge_night
from snapkit.report.nightly import record_of
from snapkit.report.parameters import OF_ONE_SNAPSHOT, Notebook
from snapkit.report.result import Outcome, read_result, result_path
from snapkit.store import Store
from snapkit.workflows.nightly import Source, nightly
from snapkit.workflows.progress import Silent
from snapkit.workflows.schema_files import read_schema
from tests.cli import CommandLine
from tests.postgres.conftest import run
from tests.snapshots import NOON, flip_bit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.progress import Work
    from snapkit.pg.target import Target

SECRET = "s3nt1nel-pa55"
VARIABLE = "NIGHTLY_TEST_DSN"


def conninfo(target: Target) -> str:
    """What `-d` takes, with a password that a trusting server ignores."""
    arguments = target.connect_arguments() | {"password": SECRET}
    return " ".join(f"{key}='{value}'" for key, value in arguments.items())


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    """The command line, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return CommandLine(capsys)


def only_folder(reports: Path) -> Path:
    (folder,) = [path for path in reports.iterdir() if path.is_dir()]
    return folder


def record_in(folder: Path) -> NightlyRecord:
    return decode((folder / RECORD).read_bytes(), "here")


def files_with_the_secret(top: Path) -> list[Path]:
    files = [path for path in top.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if SECRET.encode() in path.read_bytes()]


def test_papermill_alone_takes_the_backup_and_writes_every_page(
    root: Path, sample: Target, tmp_path: Path
) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "papermill", root / "notebooks" / "nightly.ipynb",
            tmp_path / "out.ipynb", "--no-progress-bar", "-p", "dsn_env", VARIABLE,
            "-p", "store", tmp_path / "snapshots", "-p", "out", tmp_path / "reports",
            "-p", "quick", "True",
        ],
        env=os.environ | {VARIABLE: conninfo(sample)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (snapshot,) = Store(tmp_path / "snapshots").ids()
    folder = only_folder(tmp_path / "reports")
    assert folder.name == snapshot
    pages = {path.stem for path in folder.glob("*.html")}
    assert pages == {*OF_ONE_SNAPSHOT, Notebook.NIGHTLY}
    assert read_result(result_path(folder, Notebook.NIGHTLY)).outcome is Outcome.MATCH
    assert [step.exit_code for step in record_in(folder).steps] == [0, 0, 0, 0]
    page = (folder / "nightly.html").read_text("utf-8")
    assert "--quick does not unpack them" in page
    assert 'href="restore_verification.html"' in page
    assert 'href="nightly.html"' in (folder / "restore_verification.html").read_text("utf-8")
    assert f"{snapshot}/nightly.html" in (tmp_path / "reports" / "index.html").read_text("utf-8")
    assert "Backed up, checked, restored and proven" in (tmp_path / "out.ipynb").read_text("utf-8")
    assert files_with_the_secret(tmp_path) == []
    assert SECRET not in done.stdout + done.stderr


def test_night_whose_drill_finds_a_fault_says_which(sample: Target, store: Store) -> None:
    run(sample, "CREATE VIEW broken AS SELECT 1 / count(*) FROM country WHERE false")
    record = record_of(nightly(lambda: Source(target=sample), store), None, NOON, 1.0)
    assert [step.exit_code for step in record.steps] == [0, 0, 3, None]
    found = judge_night(record)
    assert (found.outcome, record.exit_code) == (Outcome.MISMATCH, 3)
    assert found.problems == ("drill: view broken: division by zero",)


def test_night_without_a_database_exits_12_and_leaves_its_page(cli: CommandLine) -> None:
    found = cli("nightly", "--quiet", "-d", f"postgresql://me:{SECRET}@127.0.0.1:1/x")
    folder = only_folder(Path("reports"))
    assert (found.code, found.out) == (12, "")
    assert found.err.startswith("error: The backup failed: ")
    assert f"at: {folder}/nightly.html" in found.err
    assert folder.name.endswith("_failed")
    record = record_in(folder)
    assert [step.exit_code for step in record.steps] == [12, None, None, None]
    page = (folder / "nightly.html").read_text("utf-8")
    assert "not run: the backup left no snapshot" in page
    assert "this page is not complete" not in page
    assert f"{folder.name}/nightly.html" in Path("reports/index.html").read_text("utf-8")
    assert files_with_the_secret(Path("reports")) == []
    assert SECRET not in found.err


class Vandal(Silent):
    """Damages the newest snapshot as a stage begins."""

    def __init__(self, store: Store, stage: str) -> None:
        self._store = store
        self._stage = stage

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        del work
        if what.startswith(self._stage):
            snapshot = self._store.open("latest")
            entry = next(entry for entry in snapshot.manifest.tables if entry.parts)
            flip_bit(snapshot.path / entry.parts[0].path, 40)


def test_night_does_not_drill_what_the_check_found_damaged(sample: Target, store: Store) -> None:
    night = nightly(lambda: Source(target=sample), store, progress=Vandal(store, "checking"))
    assert night.check is not None
    assert night.check.value is not None
    assert night.check.value.verdict is Verdict.MISMATCH
    assert night.drill is None
    record = record_of(night, None, NOON, 1.0)
    assert [step.exit_code for step in record.steps] == [0, 3, None, None]
    assert record.steps[2].said == "the check did not prove the snapshot"


def test_night_whose_drill_cannot_begin_keeps_what_came_before(
    sample: Target, store: Store, tmp_path: Path
) -> None:
    night = nightly(lambda: Source(target=sample), store, bindir=tmp_path / "nowhere")
    assert night.snapshot is not None
    assert night.check is not None
    assert night.drill is not None
    assert night.drill.fault is not None
    assert "nowhere" in night.drill.fault.where + night.drill.fault.what


def test_night_refuses_two_servers_to_drill_on_before_the_backup(
    sample: Target, store: Store, tmp_path: Path
) -> None:
    find = lambda: Source(target=sample, drill_on=sample)  # noqa: E731
    night = nightly(find, store, bindir=tmp_path)
    assert night.backup.fault is not None
    assert (night.backup.fault.exit_code, store.ids()) == (ExitCode.USAGE, ())


def test_night_with_a_schema_that_cannot_be_read_says_so(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "schema.prisma"
    path.write_text(f'datasource db {{ url = "postgresql://me:{SECRET}@db/x" ! }}')

    def find() -> Source:
        read_schema(path)
        raise AssertionError

    fault = nightly(find, store).backup.fault
    assert fault is not None
    assert fault.exit_code is ExitCode.FAILED
    assert SECRET not in repr(fault)
