"""Memory: the largest resident set of any one process, for one long row and for very many.

A row is the least that anybody has to hold: the most that a process may take is four of them. How
many rows there are must not matter.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from tests.bench.bed import SNAPKIT
from tests.bench.bench_dump import MOST_MEMORY
from tests.bench.databases import MEGABYTE, long_row, narrow
from tests.bench.harness import (
    MEASUREMENT_HEADINGS,
    Found,
    Measurement,
    Suite,
    Workload,
)

if TYPE_CHECKING:
    from tests.bench.bed import Bed
    from tests.bench.databases import Database

ROWS = 4  # that a process may hold
NOTES = """\
Each command ran once; the figure is the largest resident set that any one of its processes had at
any time, workers, pg_dump and the interpreter itself included."""


def suite(*, small: bool) -> Suite:
    """The suite; the small one with a row of 20 MB and 100,000 narrow rows."""
    size = 20 if small else 500
    rows = 100_000 if small else 20_000_000
    return Suite(
        {
            "row": Workload(
                title=f"One row of {size} MB",
                measure=partial(measure, long_row(size * MEGABYTE), max(ROWS * size, MOST_MEMORY)),
                needs=size * 8,
            ),
            "narrow": Workload(
                title=f"Narrow rows, {rows:,}",
                measure=partial(measure, narrow(rows), MOST_MEMORY),
                needs=500 if small else 8_000,
            ),
        },
        NOTES,
    )


def measure(database: Database, budget: float, bed: Bed) -> Found:
    """Back up, check, restore and verify, once each, as one would."""
    source = bed.database(database)
    store = bed.folder / f"memory_{database.name}"
    where = ("--store", store)
    with bed.new_database() as target:
        runs = {
            "backup": bed.backup([SNAPKIT, "backup", "-d", source, *where], store),
            "check": bed.run([SNAPKIT, "check", "latest", *where]),
            "restore": bed.run([SNAPKIT, "restore", "latest", "-d", target, *where]),
            "verify": bed.run([SNAPKIT, "verify", "latest", "-d", target, *where]),
        }
    bed.remove(store)
    return Found(
        headings=MEASUREMENT_HEADINGS,
        figures=[
            Measurement(name=name, samples=(run.peak,), budget=budget, unit="MB")
            for name, run in runs.items()
        ],
        raw={
            "database_mb": bed.size(database),
            "runs": {name: [asdict(run)] for name, run in runs.items()},
        },
    )
