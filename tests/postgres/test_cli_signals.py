"""Ctrl-C and SIGTERM: one line, the right code, nothing half-done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.pg.session import connect

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.pg.target import Target

DEADLINE = 30.0  # for another process to come so far [s]
SIGNALS = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)


def start(folder: Path, target: Target, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "snapkit", *arguments],
        cwd=folder,
        env=os.environ | target.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        restore_signals=True,
    )


def wait_until_it_waits(target: Target) -> None:
    """Return once a session of snapkit waits for our lock."""
    deadline = time.monotonic() + DEADLINE
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'snapkit'"
        " AND datname = current_database() AND wait_event_type = 'Lock'"
    )
    with connect(target, application_name="witness") as session:
        while not session.scalar(waiting):
            assert time.monotonic() < deadline, "the command never came to wait for the lock"
            time.sleep(0.05)


@SIGNALS
def test_interrupted_backup_leaves_no_snapshot(
    tmp_path: Path, sample: Target, number: signal.Signals, code: int
) -> None:
    with psycopg.connect(**sample.connect_arguments()) as holder:  # type: ignore[arg-type]
        holder.execute("LOCK TABLE country IN ACCESS EXCLUSIVE MODE")
        process = start(tmp_path, sample, "backup")
        wait_until_it_waits(sample)
        process.send_signal(number)
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out) == (code, "")
    assert err == "interrupted; the unfinished snapshot was removed\n"
    assert list(tmp_path.glob("snapshots/*")) == []


@SIGNALS
def test_interrupted_restore_rolls_everything_back(
    tmp_path: Path, sample: Target, number: signal.Signals, code: int
) -> None:
    first = start(tmp_path, sample, "backup", "--quiet")
    assert first.communicate(timeout=DEADLINE) == ("", "")
    with connect(sample) as session:
        session.execute("UPDATE public.country SET name = 'kept' WHERE code = 'vn'")
    with psycopg.connect(**sample.connect_arguments()) as holder:  # type: ignore[arg-type]
        holder.execute("LOCK TABLE visit_2024 IN ACCESS SHARE MODE")
        process = start(tmp_path, sample, "restore", "latest", "--replace", "-y", "--quiet")
        wait_until_it_waits(sample)
        process.send_signal(number)
        _, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (code, "interrupted; everything was rolled back\n")
    with connect(sample) as session:
        assert session.scalar("SELECT name FROM public.country WHERE code = 'vn'") == "kept"


SIGNALLED_AT_ITS_START = """
import os, signal, sys

if "--multiprocessing-fork" in sys.orig_argv or "resource_tracker" in " ".join(sys.orig_argv):
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(os.getpid(), number)
"""


def test_signals_to_every_process_are_the_leaders_to_answer(
    tmp_path: Path, sample: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SIGNALLED_AT_ITS_START)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = start(tmp_path, sample, "backup", "--jobs", "2", "--quiet")
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out, err) == (0, "", "")
