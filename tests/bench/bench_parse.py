"""Parsing: a schema for the first time in a process, and the same text again.

Each sample is a process of its own, so that nothing is known of any line: no cache has to be
emptied. The time to start it and to import does not count.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from tests.bench.harness import ROOT, Workload

if TYPE_CHECKING:
    from pathlib import Path

SHOP = ROOT / "snapkit" / "demo" / "schema.prisma"
LARGEST = ROOT.parent / "shared/corpus/schemas/ankur-arch__test-ppg@large/schema.prisma"
FIRST = """
import sys, time
from pathlib import Path
from snapkit.prisma import parse
files = [(path, Path(path).read_bytes().decode()) for path in sys.argv[2:]]
if sys.argv[1] == "again":
    parse(files)
    files = [("".join(path), "".join(list(text))) for path, text in files]  # equal, not the same
start = time.perf_counter()
parse(files)
print((time.perf_counter() - start) * 1000)
"""


def sample(which: str, path: Path) -> float:
    """Parse a file in a new process; `again` measures the second time."""
    command = [sys.executable, "-c", FIRST, which, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def workload(name: str, budget: float, which: str, path: Path) -> Workload:
    """One of the workloads below."""
    missing = "" if path.exists() else f"no {path.parent.name}"
    run = partial(sample, which, path)
    return Workload(name=name, budget=budget, sample=run, missing=missing)


WORKLOADS = (
    workload("parse 107 models", 30, "first", SHOP),
    workload("parse 107 models again, unchanged", 1, "again", SHOP),
    workload("parse the corpus's largest, 500 models", 100, "first", LARGEST),
    workload("parse the corpus's largest again, unchanged", 1, "again", LARGEST),
)
