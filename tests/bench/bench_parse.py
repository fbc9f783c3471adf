"""Parsing: a schema for the first time in a process, and the same text again.

Each sample is a process of its own, so that nothing is known of any line: no cache has to be
emptied. The time to start it and to import does not count.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.bench.harness import (
    MEASUREMENT_HEADINGS,
    ROOT,
    Found,
    Measurement,
    Suite,
    Workload,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.bed import Bed

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
    """Parse a file in a new process; `again` measures the second time [ms]."""
    command = [sys.executable, "-c", FIRST, which, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return round(float(done.stdout), 4)


def suite(*, small: bool) -> Suite:
    """The suite; the small one takes fewer samples."""
    count = 3 if small else 20

    def workload(title: str, path: Path, budget: float) -> Workload:
        def measure(_: Bed) -> Found:
            figures = [
                Measurement(
                    name=name,
                    samples=tuple(sample(which, path) for _ in range(count)),
                    budget=most,
                )
                for name, which, most in (
                    ("parse", "first", budget),
                    ("parse again, unchanged", "again", 1),
                )
            ]
            return Found(headings=MEASUREMENT_HEADINGS, figures=figures)

        missing = "" if path.exists() else f"no {path.parent.name}"
        return Workload(title=title, measure=measure, missing=missing)

    return Suite(
        {
            "shop": workload("Parsing 107 models", SHOP, 30),
            "corpus": workload("Parsing the corpus's largest schema, 500 models", LARGEST, 100),
        }
    )
