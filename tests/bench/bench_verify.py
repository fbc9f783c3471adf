"""Naming rows: verify where three rows of very many differ, and where none does.

To find out that a table differs, it is read once. To name the rows takes at most as long again.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

from snapkit.pg.session import connect
from snapkit.pg.target import parse_target
from tests.bench.bed import SNAPKIT
from tests.bench.bench_dump import MOST_MEMORY
from tests.bench.databases import narrow
from tests.bench.harness import Comparison, Found, Suite, Workload

if TYPE_CHECKING:
    from tests.bench.bed import Bed
    from tests.bench.databases import Database

BUDGET = 2.0
_MISMATCH = 3
_DAMAGE = (
    "UPDATE public.reading SET value = -1 WHERE id = {rows} / 2",
    "DELETE FROM public.reading WHERE id = {rows} / 3",
    "INSERT INTO public.reading VALUES ({rows} + 1, 1, '2026-01-01 00:00Z', 1)",
)
_HEADINGS = ("figure", "three differ", "none differs", "ratio", "budget", "verdict")
NOTES = """\
Each command ran once, first on the undamaged table. A row was updated, one deleted, one inserted;
all three are named. Memory is the largest resident set of any one process."""


def suite(*, small: bool) -> Suite:
    """The suite; the small one with 100,000 rows."""
    rows = 100_000 if small else 10_000_000
    return Suite(
        {
            "named": Workload(
                title=f"Three rows that differ of {rows:,}",
                measure=partial(measure, _own(rows), rows),
                needs=500 if small else 4_000,
            )
        },
        NOTES,
    )


def _own(rows: int) -> Database:
    """A database of its own: it is damaged, and others are always the same."""
    return replace(narrow(rows), name=f"damaged_{rows}")


def measure(database: Database, rows: int, bed: Bed) -> Found:
    """Back up, verify, damage, verify."""
    source = bed.database(database)
    store = bed.folder / database.name
    where = ("--store", store)
    bed.backup([SNAPKIT, "backup", "-d", source, *where], store)
    command = [SNAPKIT, "verify", "latest", "-d", source, *where]
    whole = bed.run(command)
    with connect(parse_target(source, {}, {})) as session:
        for statement in _DAMAGE:
            session.execute(statement.format(rows=rows).encode())
    damaged = bed.run(command, code=_MISMATCH)
    bed.remove(store)
    return Found(
        headings=_HEADINGS,
        figures=[
            Comparison(
                name="verify", ours=(damaged.seconds,), theirs=(whole.seconds,), budget=BUDGET
            ),
            Comparison(
                name="memory",
                ours=(damaged.peak,),
                theirs=(whole.peak,),
                unit="MB",
                limit=MOST_MEMORY,
            ),
        ],
        raw={"whole": asdict(whole), "damaged": asdict(damaged)},
    )
