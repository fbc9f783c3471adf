"""How cost grows: a hundred times the rows, fifty times the tables, and the time for each.

Judged is the time per row or table, net: without the time that the same command takes for one
empty table, which is start-up. With one reader (`--jobs 1`): a second one makes large databases
cheaper per row than small ones, which cannot be shared out.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.bench.bed import SNAPKIT
from tests.bench.databases import Database, many, narrow
from tests.bench.growth_picture import Line, draw
from tests.bench.harness import Comparison, Found, Suite, Workload, in_turn, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.bed import Bed, Run

Runs = dict[int, tuple["Run", ...]]

EMPTY = 0
NOTES = """\
Net: the time of the command without the median time of the same command for one empty table, per
row or table. Ratio: to that of the size in the middle, from runs made in turn; no more than
the budget means that cost grows no faster than the data. Whole: the whole process. CPU: processor
time of the client's processes + the server's, net."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of one kind of database; the one in the middle is what the others are held to."""

    unit: str  # what there is more of
    second: float  # in the unit of time
    time: str  # the unit of time
    database: Callable[[int], Database]
    sizes: tuple[int, int, int]
    rounds: int
    budget: float


def suite(*, small: bool) -> Suite:
    """The suite; the small one with a hundredth of the rows, a few tables, once."""
    rows = (2_000, 20_000, 200_000) if small else (200_000, 2_000_000, 20_000_000)
    tables = (10, 50, 200) if small else (100, 1_000, 5_000)
    of_rows = Sizes(
        unit="row",
        second=1e6,
        time="µs",
        database=narrow,
        sizes=rows,
        rounds=1 if small else 3,
        budget=1.15,
    )
    of_tables = Sizes(
        unit="table",
        second=1e3,
        time="ms",
        database=many,
        sizes=tables,
        rounds=1 if small else 3,
        budget=1.30,
    )
    return Suite(
        {
            "rows": Workload(
                title=f"Narrow rows: {_listed(rows)}",
                measure=partial(measure, of_rows),
                needs=500 if small else 8_000,
            ),
            "tables": Workload(
                title=f"Small tables: {_listed(tables)}",
                measure=partial(measure, of_tables),
                needs=500 if small else 2_000,
            ),
        },
        NOTES,
    )


def measure(sizes: Sizes, bed: Bed) -> Found:
    """Measure every size and one empty table, in turn."""
    sources = {EMPTY: bed.database(narrow(0))}
    sources |= {size: bed.database(sizes.database(size)) for size in sizes.sizes}
    stores = {size: bed.folder / f"{sizes.unit}_{size}" for size in sources}
    backups = in_turn(
        {
            size: partial(
                bed.backup,
                [SNAPKIT, "backup", "-d", source, "--store", stores[size], "--jobs", "1"],
                stores[size],
            )
            for size, source in sources.items()
        },
        sizes.rounds,
    )
    restores = in_turn(
        {size: partial(bed.restore, partial(_restore, store)) for size, store in stores.items()},
        sizes.rounds,
    )
    for store in stores.values():
        bed.remove(store)
    acts = {"backup": backups, "verified restore": restores}
    lines = [
        Line(act, [(size, statistics.median(_net(sizes, runs, size))) for size in sizes.sizes])
        for act, runs in acts.items()
    ]
    return Found(
        headings=(
            f"per {sizes.unit}, without start-up",
            "net",
            f"at {sizes.sizes[1]:,}",
            "ratio",
            "budget",
            "verdict",
            "whole [s]",
            f"whole [{sizes.time}]",
            f"CPU [{sizes.time}]",
        ),
        figures=[
            _compared(sizes, act, runs, size) for act, runs in acts.items() for size in sizes.sizes
        ],
        picture=draw(
            f"{sizes.unit}s in the database",
            f"{sizes.time} per {sizes.unit}, start-up left out",
            lines,
        ),
        raw={
            "start_up": {act: _start_up(runs) for act, runs in acts.items()},
            "runs": {
                act: {size: [asdict(run) for run in some] for size, some in runs.items()}
                for act, runs in acts.items()
            },
        },
    )


def _restore(store: Path, target: str) -> list[object]:
    return [SNAPKIT, "restore", "latest", "-d", target, "--store", store]


def _compared(sizes: Sizes, act: str, runs: Runs, size: int) -> Comparison:
    middle = sizes.sizes[1]
    whole = statistics.median(run.seconds for run in runs[size])
    return Comparison(
        name=f"{act}, {size:,}",
        ours=_net(sizes, runs, size),
        theirs=_net(sizes, runs, middle),
        unit=sizes.time,
        budget=None if size == middle else sizes.budget,
        beside=(
            shown(whole),
            shown(whole / size * sizes.second),
            _processor(sizes, runs, size),
        ),
    )


def _start_up(runs: Runs) -> float:
    """The time of the command for one empty table [s]."""
    return statistics.median(run.seconds for run in runs[EMPTY])


def _net(sizes: Sizes, runs: Runs, size: int) -> tuple[float, ...]:
    """The time per row or table of each run, in its unit of time."""
    start_up = _start_up(runs)
    return tuple((run.seconds - start_up) / size * sizes.second for run in runs[size])


def _processor(sizes: Sizes, runs: Runs, size: int) -> str:
    """The processor time per row or table, net as above; what else runs adds little to it."""
    client, server = (
        statistics.median(run.client_cpu for run in runs[size])
        - statistics.median(run.client_cpu for run in runs[EMPTY]),
        statistics.median(run.server_cpu for run in runs[size])
        - statistics.median(run.server_cpu for run in runs[EMPTY]),
    )
    return " + ".join(shown(part / size * sizes.second) for part in (client, server))


def _listed(sizes: tuple[int, ...]) -> str:
    return ", ".join(f"{size:,}" for size in sizes)
