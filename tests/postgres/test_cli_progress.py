"""Progress of real commands: at a pseudo-terminal of 80 columns, in a log, with --quiet, --json."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.postgres.conftest import run

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.pg.target import Target

EAGER = """
import sys
from snapkit.cli import _progress, main
_progress.DRAWN_AFTER, _progress.DRAWN_EVERY, _progress.SAID_EVERY = {}, 0.02, 0.1
sys.exit(main())
"""
STYLE = re.compile(r"\x1b\[[0-9;]*m")
BOUNDARY = re.compile(r"(?:\x1b\[[0-9;?]*[A-Za-z]|\r|\n)+")
ROWS = 400_000


@pytest.fixture
def large(empty_target: Target) -> Target:
    """Enough rows for something to be seen."""
    run(
        empty_target,
        f"CREATE TABLE reading (id int PRIMARY KEY, value text);"
        f"INSERT INTO reading SELECT n, md5(n::text) FROM generate_series(1, {ROWS}) AS n;"
        f"ANALYZE",
    )
    return empty_target


def environment(target: Target) -> dict[str, str]:
    unwanted = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | target.environment() | {"TERM": "xterm-256color", "PYTHONUTF8": "1"}


def at_terminal(
    folder: Path, target: Target, *arguments: str, after: float = 0.0
) -> tuple[str, str]:
    """Run a command, standard error at a terminal: standard output, and all that was drawn."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", EAGER.format(after), *arguments],
        cwd=folder,
        env=environment(target),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # the command's end was closed
            break
        if not block:
            break
        drawn += block
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, drawn
    return out.decode(), STYLE.sub("", drawn.decode())


def in_log(folder: Path, target: Target, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose streams are files."""
    return subprocess.run(
        [sys.executable, "-c", EAGER.format(0.0), *arguments],
        cwd=folder,
        env=environment(target),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_backup_at_a_terminal_draws_rows_bytes_share_and_time_left(
    tmp_path: Path, large: Target, jobs: str
) -> None:
    _, drawn = at_terminal(tmp_path, large, "backup", "--jobs", jobs, "--json")
    lines = [line for line in BOUNDARY.split(drawn) if line.strip()]
    pattern = r"reading 1 table +━*─* +\d+% +[\d.,kM]+/~?400k rows +[\d.]+ .?B.*(\d:\d\d|-:--) left"
    assert [line for line in lines if re.fullmatch(pattern, line)], lines
    assert [line for line in lines if line.startswith("  reading ")], lines
    assert max(map(cell_len, lines)) < 80


def test_restore_at_a_terminal_draws_each_stage(
    tmp_path: Path, large: Target, database_pair: tuple[str, str]
) -> None:
    at_terminal(tmp_path, large, "backup")
    out, drawn = at_terminal(tmp_path, large, "restore", "latest", "-d", database_pair[0], "--json")
    assert json.loads(out)["verdict"] == "match"
    for what in ("loading 1 table", "reading back 1 table"):
        assert what in drawn


def test_short_command_at_a_terminal_draws_nothing(tmp_path: Path, large: Target) -> None:
    out, drawn = at_terminal(tmp_path, large, "backup", "--json", after=60.0)
    assert json.loads(out)["rows"] == ROWS
    assert drawn.startswith("snapshot ")  # with --json, people's text is here
    assert "\x1b" not in drawn


def test_quiet_command_at_a_terminal_draws_nothing(tmp_path: Path, large: Target) -> None:
    assert at_terminal(tmp_path, large, "backup", "--quiet") == ("", "")


def test_log_of_a_command_is_plain_lines(tmp_path: Path, large: Target) -> None:
    done = in_log(tmp_path, large, "backup", "--jobs", "1")
    first, *between, last = done.stderr.splitlines()
    assert first.startswith("reading 1 table: about 400,000 rows, ")
    assert re.fullmatch(
        r"reading 1 table: done, 400,000 rows, 15\.9 MB in 0:\d\d, [\d.]+ .B/s", last
    )
    assert all(line.startswith("reading 1 table: ") for line in between)
    assert between[-1].endswith(" left; now reading")
    assert "\x1b" not in done.stderr


def test_json_alone_is_on_standard_output(tmp_path: Path, large: Target) -> None:
    in_log(tmp_path, large, "backup")
    done = in_log(tmp_path, large, "check", "latest", "--json")
    assert json.loads(done.stdout)["verdict"] == "match"
    assert done.stderr.startswith("checking 1 table: 400,000 rows, 15.9 MB\n")


def test_quiet_command_logs_nothing(tmp_path: Path, large: Target) -> None:
    done = in_log(tmp_path, large, "backup", "--quiet")
    assert (done.stdout, done.stderr) == ("", "")
