"""`make bench`: measure every suite, print tables, write reports/bench/<suite>.json.

    python -m tests.bench [--small] [WORD …]
    python -m tests.bench --readme

A word is a suite, or a workload of the suites that are named: `dump shop narrow`. `--small`
measures the same on small databases, to see that the benchmarks work; its figures say nothing.
`--readme` prints the tables of what was measured last, and copies the picture to README's.

The exit code is 0 whatever the figures: they belong to the machine. It is 1 where a command that
was to be measured failed, 2 where a word means nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from tests.bench import bench_dump, bench_growth, bench_memory, bench_parse, bench_verify
from tests.bench.bed import Bed, CommandFailedError, too_little_space
from tests.bench.harness import ROOT
from tests.bench.machine import machine, sentence
from tests.bench.records import folder, readme, section, tables, write

if TYPE_CHECKING:
    from typing import Any

    from tests.bench.harness import Workload

SUITES = {
    "parse": bench_parse.suite,
    "dump": bench_dump.suite,
    "growth": bench_growth.suite,
    "memory": bench_memory.suite,
    "verify": bench_verify.suite,
}


def main(arguments: list[str]) -> int:
    """Measure what the words choose, or everything."""
    small = "--small" in arguments
    words = [word for word in arguments if word != "--small"]
    if words == ["--readme"]:
        sys.stdout.write(readme())
        return 0
    suites = {name: make(small=small) for name, make in SUITES.items()}
    chosen = {name: suites[name] for name in words if name in suites} or suites
    workloads = [word for word in words if word not in suites]
    known = {word for suite in chosen.values() for word in suite.workloads}
    unknown = [word for word in workloads if word not in known]
    if unknown:
        sys.stderr.write(
            f"no suite or workload {', '.join(unknown)}; suites: {', '.join(suites)}; "
            f"workloads: {', '.join(sorted(known))}\n"
        )
        return 2
    here = machine()
    sys.stdout.write(f"{sentence(here)}, load {os.getloadavg()[0]:.1f}\n")
    code = 0
    with Bed() as bed:
        for name, suite in chosen.items():
            for word, workload in suite.workloads.items():
                if word in workloads or not workloads:
                    found = _measured(workload, bed)
                    code = 1 if "failed" in found else code
                    path = write(name, suite, {word: found}, here, bed.settings(), small=small)
                    sys.stdout.write(f"\n{tables(path, [word])}\n")
                    sys.stdout.flush()
            sys.stdout.write(f"{suite.notes}\n" if suite.notes else "")
    sys.stdout.write(f"\nAll figures: {folder(small=small).relative_to(ROOT)}\n")
    return code


def _measured(workload: Workload, bed: Bed) -> dict[str, Any]:
    missing = workload.missing or too_little_space(bed.folder, workload.needs)
    if missing:
        return section(workload, missing=missing)
    sys.stderr.write(f"{workload.title} …")
    sys.stderr.flush()
    load, start = os.getloadavg()[0], time.monotonic()
    try:
        found = section(workload, found=workload.measure(bed))
    except CommandFailedError as failure:
        found = section(workload, failed=str(failure))
    seconds = round(time.monotonic() - start)
    sys.stderr.write(f" {seconds} s\n")
    return found | {"seconds": seconds, "load_average": round(load, 2)}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the bed is cleared then, too
    sys.exit(main(sys.argv[1:]))
