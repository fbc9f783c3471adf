"""The same notebooks by plain papermill, as cron, Airflow or Dagster run them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome, Result, read_result, result_path
from tests.notebooks.conftest import DAMAGED, PASSWORD, VARIABLE

if TYPE_CHECKING:
    from tests.notebooks.conftest import Shop

pytestmark = pytest.mark.xdist_group("papermill")  # one worker runs it, once

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


CASES: dict[str, tuple[Notebook, tuple[str, ...]]] = {
    "graph": (Notebook.SCHEMA_GRAPH, ("-p", "depth", "2", "-p", "focus", "Order")),
    "coverage": (Notebook.COVERAGE, ("-p", "dsn_env", VARIABLE)),
    "backup": (Notebook.BACKUP_REPORT, ("-p", "quick", "True")),
    "verification": (Notebook.RESTORE_VERIFICATION, ("-p", "dsn_env", VARIABLE)),
    "same": (Notebook.SNAPSHOT_DIFF, ("-p", "snapshot_a", "latest")),
    "damaged": (Notebook.RESTORE_VERIFICATION, ("-p", "dsn_env", DAMAGED)),
    "nothing": (Notebook.RESTORE_VERIFICATION, ()),
    "dsn": (Notebook.COVERAGE, ("-p", "dsn_env", "postgresql://a@b/c")),
}
NAMED = ("backup", "verification")  # the others take the latest snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One run: what papermill said, the executed copy, and the result where there is one."""

    process: subprocess.CompletedProcess[str]
    executed: str
    result: Result | None


@pytest.fixture(scope="session")
def done(shop: Shop, variables: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Every case, two at a time."""
    del variables
    top = tmp_path_factory.mktemp("papermill")
    with ThreadPoolExecutor(2) as pool:
        return dict(
            zip(CASES, pool.map(lambda name: papermill(shop, top / name, name), CASES), strict=True)
        )


def papermill(shop: Shop, folder: Path, name: str) -> Done:
    notebook, arguments = CASES[name]
    folder.mkdir()
    output = folder / "out.ipynb"
    process = subprocess.run(
        [
            sys.executable, "-m", "papermill", NOTEBOOKS / f"{notebook}.ipynb", output,
            "--no-progress-bar", "-p", "store", shop.store, "-p", "out", folder / "reports",
            *arguments, *(("-p", "snapshot_id", shop.snapshot.id) if name in NAMED else ()),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )  # fmt: skip
    path = result_path(folder / "reports" / shop.snapshot.id, notebook)
    return Done(
        process=process,
        executed=output.read_text("utf-8"),
        result=read_result(path) if path.exists() else None,
    )


@pytest.mark.parametrize("name", ["graph", "coverage", "backup", "verification", "same"])
def test_papermill_runs_each_notebook(done: dict[str, Done], name: str) -> None:
    found = done[name]
    assert found.process.returncode == 0, found.process.stderr
    assert found.result is not None
    assert found.result.outcome is Outcome.MATCH
    everything = found.process.stdout + found.process.stderr + found.executed
    assert PASSWORD not in everything
    assert "sentinel" not in everything


def test_papermill_exits_with_1_after_saving_what_does_not_match(done: dict[str, Done]) -> None:
    found = done["damaged"]
    assert found.process.returncode == 1
    assert "The database differs from the snapshot" in found.executed
    assert found.result is not None
    assert found.result.outcome is Outcome.MISMATCH


def test_papermill_exits_with_1_where_nothing_was_verified(done: dict[str, Done]) -> None:
    found = done["nothing"]
    assert found.process.returncode == 1
    assert found.result is not None
    assert found.result.outcome is Outcome.UNCHECKED


def test_papermill_refuses_a_dsn_in_place_of_a_name(done: dict[str, Done]) -> None:
    found = done["dsn"]
    assert found.process.returncode == 1
    assert "dsn_env must be the name of an environment variable" in found.process.stderr
    assert "refused ones too: delete it" in found.process.stderr
