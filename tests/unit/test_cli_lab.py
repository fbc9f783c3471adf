"""`snapkit lab`: what it copies, and what it starts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from snapkit.cli.commands.lab import lab_arguments, put_notebooks
from snapkit.errors import StorageError
from snapkit.report.runner import find_notebooks

if TYPE_CHECKING:
    from pathlib import Path


def test_put_notebooks_copies_all_of_them(tmp_path: Path) -> None:
    copied = put_notebooks(tmp_path / "work")
    assert [path.name for path in copied] == sorted(
        path.name for path in find_notebooks().glob("*.ipynb")
    )
    assert all(path.is_file() for path in copied)


def test_put_notebooks_keeps_what_was_edited(tmp_path: Path) -> None:
    first, *_ = put_notebooks(tmp_path)
    first.write_text("edited", "utf-8")
    assert put_notebooks(tmp_path) == ()
    assert first.read_text("utf-8") == "edited"


def test_put_notebooks_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot copy the notebooks"):
        put_notebooks(tmp_path / "file" / "work")


def test_lab_opens_the_workbench_on_this_machine_alone_and_passes_options_on_last(
    tmp_path: Path,
) -> None:
    program, *arguments = lab_arguments(tmp_path / "my work", ("--port=9000",), no_browser=True)
    assert program == sys.executable
    assert arguments == [
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={tmp_path}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.default_url=/lab/tree/my%20work/workbench.ipynb",
        "--no-browser",
        "--port=9000",
    ]
