"""A lock on a store: one at a time, and free again however the holder ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from snapkit.errors import ExitCode, LockedError
from snapkit.store import Store, locked

if TYPE_CHECKING:
    from pathlib import Path


def test_lock_keeps_a_second_run_out_until_the_first_has_ended(tmp_path: Path) -> None:
    root = tmp_path / "snapshots"
    with locked(root, "nightly"):
        again = locked(root, "nightly")
        with pytest.raises(LockedError, match="another snapkit nightly is at work") as error, again:
            pass
        assert error.value.exit_code is ExitCode.LOCKED
    with locked(root, "nightly"):
        assert Store(root).ids() == Store(root).incomplete_ids() == ()


def test_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from snapkit.store import locked\n"
        "with locked(Path(sys.argv[1]), 'nightly'): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"held\n"
    with pytest.raises(LockedError), locked(tmp_path, "nightly"):
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(30)
    with locked(tmp_path, "nightly"):
        pass
