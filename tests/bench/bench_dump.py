"""Backup and restore beside pg_dump and pg_restore: the same server, the same data, in turn.

Whole processes, started anew each time. pg_dump and pg_restore verify nothing; our backups digest
every row, our restores read every row back and compare before they commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tests.bench.bed import SNAPKIT, tool
from tests.bench.databases import MEGABYTE, Database, large_values, many, narrow, shop, wide
from tests.bench.harness import Comparison, Found, Suite, Workload, in_turn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.bed import Bed, Run

Runs = dict[str, tuple["Run", ...]]

MOST_MEMORY = 150.0  # of any process [MB]
FC, FD, FD_Z0 = "pg_dump -Fc", "pg_dump -Fd -j2", "pg_dump -Fd -j2 -Z0"
ONE, TWO = "pg_restore -1", "pg_restore -j2"
HEADINGS = (
    "snapkit, pg_dump/pg_restore",
    "ours",
    "theirs",
    "ratio",
    "budget",
    "verdict",
    "peak",
    "our CPU",
    "their CPU",
)
NOTES = """\
Ours is `snapkit backup` and `snapkit restore`; theirs is pg_dump or pg_restore with the options
named. Ratio: the median of the ratios of runs made in turn (least-greatest). Peak: the largest
resident set that any one of our processes had at any time [MB]. CPU: processor time of the
client's processes + the server's [s]. Every run starts after a checkpoint; restores go into a new,
empty database, and ours are read back before they commit. No budget (-): the design sets none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One database, and how it is measured: how often, with which readers, against which budgets.

    The budgets are the most that a ratio may be, by the other tool, or `files` for those of
    pg_dump -Fd. Where the design sets none, none is judged.
    """

    title: str
    database: Database
    needs: float = 500  # disk space [MB]
    rounds: int = 3
    readers: tuple[str, ...] = ("--jobs", "2")  # none: as many as snapkit chooses by size
    budgets: Mapping[str, float] = field(default_factory=dict)


# Two rounds are for what takes minutes and has no budget.
CASES = {
    "shop": Case(
        title="The shop: 107 tables, 54,923 rows",
        database=shop(1),
        rounds=5,
        readers=(),
        budgets={FC: 1.0, ONE: 1.0},
    ),
    "big": Case(
        title="The shop x 60: 107 tables, 3.3 M rows",
        database=shop(60),
        needs=8_000,
        budgets={FD: 0.4, FD_Z0: 1.6, "files": 1.0, ONE: 1.0, TWO: 0.8},
    ),
    "wide": Case(title="200 columns, 100,000 rows", database=wide(100_000), needs=2_000),
    "narrow": Case(title="Narrow rows, 20 M", database=narrow(20_000_000), needs=9_000, rounds=2),
    "many": Case(
        title="5,000 small tables", database=many(5_000), needs=2_000, rounds=2, readers=()
    ),
    "large": Case(
        title="A text and a bytea of 1 MB each, 150 rows",
        database=large_values(150, 2 * MEGABYTE),
        needs=2_000,
    ),
}
SMALL_CASES = {
    "shop": replace(CASES["shop"], rounds=1),
    "many": Case(title="50 small tables", database=many(50), rounds=1, readers=()),
    "large": Case(
        title="A text and a bytea of 1 MB each, 5 rows",
        database=large_values(5, 2 * MEGABYTE),
        rounds=1,
    ),
}


def suite(*, small: bool) -> Suite:
    """The suite; the small one on small databases, each command once."""
    cases = SMALL_CASES if small else CASES
    return Suite(
        {
            word: Workload(title=case.title, measure=partial(measure, case), needs=case.needs)
            for word, case in cases.items()
        },
        NOTES,
    )


def measure(case: Case, bed: Bed) -> Found:
    """Measure one database, backups first; what they wrote last is what is restored."""
    source = bed.database(case.database)
    out = bed.folder / case.database.name
    out.mkdir(exist_ok=True)
    written = {"backup": out / "store", FC: out / "fc", FD: out / "fd", FD_Z0: out / "fd_z0"}
    runs = in_turn(
        {
            name: partial(bed.backup, _backup(name, source, path, case), path)
            for name, path in written.items()
        },
        case.rounds,
    )
    runs |= in_turn(
        {
            name: partial(bed.restore, partial(_restore, name, written))
            for name in ("restore", ONE, "restore --jobs 2", TWO)
        },
        case.rounds,
    )
    for path in written.values():
        bed.remove(path)
    return Found(
        headings=HEADINGS,
        figures=[
            *(_seconds(runs, "backup", other, case) for other in (FC, FD, FD_Z0)),
            _files(runs, FC, None),
            _files(runs, FD, case.budgets.get("files")),
            _seconds(runs, "restore", ONE, case),
            _seconds(runs, "restore --jobs 2", TWO, case),
            _peak(runs),
        ],
        raw={
            "database_mb": bed.size(case.database),
            "runs": {name: [asdict(run) for run in some] for name, some in runs.items()},
        },
    )


def _backup(name: str, source: str, path: Path, case: Case) -> list[object]:
    if name == "backup":
        return [SNAPKIT, "backup", "-d", source, "--store", path, *case.readers]
    return [tool("pg_dump"), *name.split()[1:], "-d", source, "-f", path]


def _restore(name: str, written: Mapping[str, Path], target: str) -> list[object]:
    command, *options = name.split()
    if command == "restore":
        return [SNAPKIT, *(command, "latest"), *options, "-d", target, "--store", written["backup"]]
    return [tool(command), *options, "-d", target, written[FC if name == ONE else FD]]


def _seconds(runs: Runs, ours: str, theirs: str, case: Case) -> Comparison:
    return Comparison(
        name=f"{ours}, {_options(theirs)}",
        ours=tuple(run.seconds for run in runs[ours]),
        theirs=tuple(run.seconds for run in runs[theirs]),
        budget=case.budgets.get(theirs),
        beside=(f"{_most(runs, ours):.0f}", _processor(runs, ours), _processor(runs, theirs)),
    )


def _files(runs: Runs, theirs: str, budget: float | None) -> Comparison:
    return Comparison(
        name=f"files, {_options(theirs)}",
        ours=(runs["backup"][-1].size,),
        theirs=(runs[theirs][-1].size,),
        unit="MB",
        budget=budget,
    )


def _peak(runs: Runs) -> Comparison:
    ours = {"backup", "restore", "restore --jobs 2"}
    return Comparison(
        name="peak of any process",
        ours=(max(_most(runs, name) for name in runs.keys() & ours),),
        theirs=(max(_most(runs, name) for name in runs.keys() - ours),),
        unit="MB",
        limit=MOST_MEMORY,
    )


def _options(command: str) -> str:
    return command.partition(" ")[2]


def _most(runs: Runs, name: str) -> float:
    return max(run.peak for run in runs[name])


def _processor(runs: Runs, name: str) -> str:
    """Processor time of the run in the middle, by time: the client's and the server's."""
    some = sorted(runs[name], key=lambda run: run.seconds)
    middle = some[len(some) // 2]
    return f"{middle.client_cpu:.1f} + {middle.server_cpu:.1f}"
