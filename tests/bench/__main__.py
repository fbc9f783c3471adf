"""`make bench`: measure every suite, print a table, write reports/bench/<suite>.json.

`python -m tests.bench parse` measures the suites it names. The exit code is 0 whatever the figures:
they belong to the machine.
"""

from __future__ import annotations

import sys

from tests.bench import bench_parse
from tests.bench.harness import ROOT, machine, measure, table, write

SUITES = {"parse": bench_parse.WORKLOADS}


def main(names: list[str]) -> int:
    """Measure the suites of these names, or all."""
    unknown = sorted(set(names) - SUITES.keys())
    if unknown:
        sys.stderr.write(f"no suite {', '.join(unknown)}; there are {', '.join(SUITES)}\n")
        return 2
    here = machine()
    sys.stdout.write(
        f"{here['processor']}, {here['cores']} cores, {here['system']}, Python {here['python']}, "
        f"load {here['load_average']}; times in ms\n"
    )
    for name in names or SUITES:
        found = [measure(workload) for workload in SUITES[name]]
        path = write(name, found)
        sys.stdout.write(f"\n{table(found)}\n\n{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
