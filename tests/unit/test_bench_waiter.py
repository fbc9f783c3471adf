"""What a command takes is that of all its processes, those that nobody waited for included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WAITER = Path(__file__).parents[1] / "bench" / "waiter.py"
HOLD = "held = b'x' * 80_000_000"  # bytes, written to, so that they are resident
BUSY = "import time\nwhile time.process_time() < 0.3: pass"
CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {!r}])"
ORPHAN = "import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {!r}])"


def wait(program: str) -> tuple[int, float, float, float]:
    """What Python took for a program: exit code, seconds, processor time [s], peak [MB]."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(WAITER), sys.executable, "-S", "-c", program],
        check=True,
        capture_output=True,
        text=True,
    )
    code, seconds, processor, peak = map(float, done.stdout.split())
    return int(code), seconds, processor, peak / 1024


@pytest.mark.parametrize("form", ["{}", CHILD, ORPHAN], ids=["itself", "child", "orphan"])
def test_peak_is_of_whichever_process_held_most(form: str) -> None:
    program = form.format(HOLD)
    assert 76 < wait(program)[3] < 120
    assert wait(form.format("pass"))[3] < 40


@pytest.mark.parametrize("form", ["{}", CHILD, ORPHAN], ids=["itself", "child", "orphan"])
def test_processor_time_is_of_all_processes(form: str) -> None:
    assert wait(form.format(BUSY))[2] >= 0.3


def test_peak_is_not_that_of_the_process_that_measures() -> None:
    held = b"x" * 200_000_000
    assert wait("pass")[3] < 40
    assert held


def test_exit_code_is_the_commands() -> None:
    assert wait("raise SystemExit(3)")[0] == 3


def test_output_of_the_command_is_not_taken_for_the_answer() -> None:
    assert wait("print('1 2 3 4')")[0] == 0
