"""Worker processes: none outlives its leader."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEADER = """
import os, time
from snapkit.workflows.pool import WorkerPool
from tests.unit.test_pool import tell
if __name__ == "__main__":
    with WorkerPool(2, None) as pool:
        for future in pool.submit_all(tell, (), ()):
            print(future.result(), flush=True)
        time.sleep(60)
"""


def tell(_told: object) -> int:
    """What a worker is known by."""
    time.sleep(0.2)  # so that the other one takes the other task
    return os.getpid()


def test_idle_workers_end_with_a_leader_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "leader.py"
    script.write_text(LEADER)
    leader = subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert leader.stdout is not None
    workers = {int(leader.stdout.readline()) for _ in range(2)}
    leader.kill()
    leader.communicate(timeout=20)
    deadline = time.monotonic() + 20
    while alive := {pid for pid in workers if _is_alive(pid)}:
        assert time.monotonic() < deadline, alive
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
