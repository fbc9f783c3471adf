"""The same notebooks by plain papermill, as cron, Airflow or Dagster run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome, read_result, result_path
from tests.notebooks.conftest import PASSWORD, VARIABLE

if TYPE_CHECKING:
    from tests.notebooks.conftest import Shop

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def papermill(
    shop: Shop, folder: Path, notebook: Notebook, *arguments: str
) -> subprocess.CompletedProcess[str]:
    output = folder / "out.ipynb"
    return subprocess.run(
        [
            sys.executable, "-m", "papermill", NOTEBOOKS / f"{notebook}.ipynb", output,
            "--no-progress-bar", "-p", "store", shop.store, "-p", "out", folder / "reports",
            *arguments,
        ],
        env=os.environ | {VARIABLE: shop.secret_dsn},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("notebook", "arguments"),
    [
        (Notebook.SCHEMA_GRAPH, ("-p", "depth", "2", "-p", "focus", "Order")),
        (Notebook.COVERAGE, ("-p", "dsn_env", VARIABLE)),
        (Notebook.BACKUP_REPORT, ("-p", "quick", "True")),
        (Notebook.RESTORE_VERIFICATION, ("-p", "dsn_env", VARIABLE)),
    ],
)
def test_papermill_runs_each_notebook(
    shop: Shop, tmp_path: Path, notebook: Notebook, arguments: tuple[str, ...]
) -> None:
    done = papermill(shop, tmp_path, notebook, *arguments)
    assert done.returncode == 0, done.stderr
    result = read_result(result_path(tmp_path / "reports" / shop.snapshot.id, notebook))
    assert result.outcome is Outcome.MATCH
    everything = done.stdout + done.stderr + (tmp_path / "out.ipynb").read_text("utf-8")
    assert PASSWORD not in everything
    assert "sentinel" not in everything


def test_papermill_exits_with_1_after_saving_what_does_not_match(
    damaged: Shop, tmp_path: Path
) -> None:
    done = papermill(damaged, tmp_path, Notebook.RESTORE_VERIFICATION, "-p", "dsn_env", VARIABLE)
    assert done.returncode == 1
    assert "The database differs from the snapshot" in (tmp_path / "out.ipynb").read_text("utf-8")
    result = read_result(
        result_path(tmp_path / "reports" / damaged.snapshot.id, Notebook.RESTORE_VERIFICATION)
    )
    assert result.outcome is Outcome.MISMATCH


def test_papermill_exits_with_1_where_nothing_was_verified(shop: Shop, tmp_path: Path) -> None:
    done = papermill(shop, tmp_path, Notebook.RESTORE_VERIFICATION)
    assert done.returncode == 1
    result = read_result(
        result_path(tmp_path / "reports" / shop.snapshot.id, Notebook.RESTORE_VERIFICATION)
    )
    assert result.outcome is Outcome.UNCHECKED


def test_papermill_refuses_a_dsn_in_place_of_a_name(shop: Shop, tmp_path: Path) -> None:
    done = papermill(shop, tmp_path, Notebook.COVERAGE, "-p", "dsn_env", "postgresql://a@b/c")
    assert done.returncode == 1
    assert "dsn_env must be the name of an environment variable" in done.stderr
