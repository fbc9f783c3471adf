"""Removing rows asks for the database's name, at a terminal; elsewhere only `--yes` does it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from snapkit.pg.session import connect
from snapkit.workflows.backup import backup
from tests.postgres.conftest import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snapkit.pg.target import Target
    from snapkit.store import Store

DEADLINE = 30.0  # for another process to come so far [s]
QUESTION = "Type the database's name to go on: "
REPLACE = ("restore", "latest", "--replace")
MERGE = ("restore", "latest", "--only", "country", "--mode")


class Terminal:
    """A command at a terminal of its own: standard input and standard error."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process = process
        self._end = end
        self.shown = ""

    def wait_for(self, text: str) -> None:
        """Return once a text was shown."""
        deadline = time.monotonic() + DEADLINE
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            ready, _, _ = select.select([self._end], [], [], 0.1)
            if ready:
                self.shown += os.read(self._end, 4096).decode()

    def type(self, text: str) -> int:
        """Type a line, and give back the exit code."""
        os.write(self._end, text.encode())
        out, _ = self.process.communicate(timeout=DEADLINE)
        self.out = out.decode()
        ready, _, _ = select.select([self._end], [], [], 0)
        self.shown += os.read(self._end, 65536).decode() if ready else ""
        return self.process.returncode


@contextmanager
def at_terminal(folder: Path, target: Target, *arguments: str) -> Iterator[Terminal]:
    """Start a command at a pseudo-terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "snapkit", *arguments],
        cwd=folder,
        env=os.environ | target.environment() | {"TERM": "dumb", "COLUMNS": "200"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.communicate()
        os.close(theirs)
        os.close(ours)


@pytest.fixture
def changed(sample: Target, store: Store) -> Target:
    """The sample with a snapshot in `./snapshots`, and one row that is not as it was."""
    backup(sample, store)
    run(sample, "UPDATE country SET name = 'since' WHERE code = 'vn'")
    return sample


def name_of_vn(target: Target) -> str:
    with connect(target) as session:
        return str(session.scalar("SELECT name FROM public.country WHERE code = 'vn'"))


def database_of(target: Target) -> str:
    return dict(target.keywords)["dbname"]


def test_right_name_restores(tmp_path: Path, changed: Target) -> None:
    with at_terminal(tmp_path, changed, *REPLACE) as terminal:
        terminal.wait_for(QUESTION)
        assert terminal.type(database_of(changed) + "\n") == 0
    assert f"tables of database {database_of(changed)} would lose their rows" in terminal.shown
    assert "losing their rows first" in terminal.out  # the plan stands before the question
    assert name_of_vn(changed) == "Việt Nam"


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("shop\n", "'shop' is not the database's name"),
        ("yes\n", "'yes' is not the database's name"),
        ("\n", "no name typed"),
        ("\x04", "no name typed"),
    ],
    ids=["other", "yes", "enter", "end of input"],
)
def test_anything_else_touches_nothing(
    tmp_path: Path, changed: Target, typed: str, what: str
) -> None:
    with at_terminal(tmp_path, changed, *REPLACE) as terminal:
        terminal.wait_for(QUESTION)
        assert terminal.type(typed) == 1
    assert f"error: {what}" in terminal.shown
    assert "hint: Nothing was touched." in terminal.shown
    assert name_of_vn(changed) == "since"


def test_no_table_is_locked_while_someone_thinks(tmp_path: Path, changed: Target) -> None:
    with at_terminal(tmp_path, changed, *REPLACE) as terminal:
        terminal.wait_for(QUESTION)
        run(changed, "SET lock_timeout = '1s'; ALTER TABLE country ADD extra text DEFAULT ''")
        run(changed, "ALTER TABLE country DROP extra")
        with connect(changed) as session:
            waiting = session.rows(
                "SELECT state FROM pg_stat_activity WHERE application_name = 'snapkit'"
                " AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert waiting == [("idle",)]  # no open transaction either
        assert terminal.type(database_of(changed) + "\n") == 0


def test_other_restores_wait_for_the_answer(tmp_path: Path, changed: Target) -> None:
    with at_terminal(tmp_path, changed, *REPLACE) as terminal:
        terminal.wait_for(QUESTION)
        other = subprocess.run(
            [sys.executable, "-m", "snapkit", *REPLACE, "--yes", "--quiet"],
            cwd=tmp_path,
            env=os.environ | changed.environment(),
            check=False,
            capture_output=True,
        )
        assert other.returncode == 11


def test_rows_that_came_while_someone_thought_are_not_removed(
    tmp_path: Path, changed: Target
) -> None:
    with at_terminal(tmp_path, changed, *REPLACE) as terminal:
        terminal.wait_for(QUESTION)
        run(changed, "INSERT INTO empty VALUES (1, NULL)")
        assert terminal.type(database_of(changed) + "\n") == 1
    assert "changed after its plan was shown: rows came into empty" in terminal.shown
    assert name_of_vn(changed) == "since"


def test_document_is_never_interrupted_by_a_question(tmp_path: Path, changed: Target) -> None:
    with at_terminal(tmp_path, changed, *REPLACE, "--json") as terminal:
        assert terminal.type("") == 2
    found = json.loads(terminal.out)
    assert (found["exit_code"], "--yes" in found["error"]["hint"]) == (2, True)
    assert name_of_vn(changed) == "since"


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--yes",), 0), (("-y",), 0)])
def test_without_a_terminal_only_yes_removes_rows(
    tmp_path: Path, changed: Target, arguments: tuple[str, ...], code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snapkit", *REPLACE, *arguments],
        cwd=tmp_path,
        env=os.environ | changed.environment() | {"COLUMNS": "200"},
        check=False,
        input=database_of(changed) + "\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert ("would lose their rows, and nobody can be asked" in done.stderr) == (code == 2)
    assert name_of_vn(changed) == ("since" if code else "Việt Nam")


@pytest.mark.parametrize("mode", ["upsert", "insert-missing"])
def test_only_a_merge_that_overwrites_rows_asks(tmp_path: Path, changed: Target, mode: str) -> None:
    with at_terminal(tmp_path, changed, *MERGE, mode) as terminal:
        assert terminal.type(database_of(changed) + "\n") == 0
    assert (QUESTION in terminal.shown) == (mode == "upsert")
    assert ("1 row of database" in terminal.shown) == (mode == "upsert")
    assert name_of_vn(changed) == ("Việt Nam" if mode == "upsert" else "since")


def test_restore_that_removes_nothing_asks_nothing(
    tmp_path: Path, changed: Target, empty_target: Target
) -> None:
    with at_terminal(tmp_path, empty_target, "restore", "latest", "--replace") as terminal:
        assert terminal.type("") == 0
    assert QUESTION not in terminal.shown
    assert name_of_vn(changed) == "since"
