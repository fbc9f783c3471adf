"""What every benchmark shares: workloads, measuring them, the table and the file.

A sample is one figure in milliseconds that a workload measures itself, so that what comes before
does not count. Other work on the machine only ever adds time: the smallest sample is the figure
that is judged, the median says how busy the machine was.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "reports" / "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One thing to measure, and the most it may take.

    `sample` does it once and gives what it took [ms]. `missing` says why it cannot be measured
    here, and is empty where it can.
    """

    name: str
    budget: float  # [ms]
    sample: Callable[[], float]
    samples: int = 20
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A workload's samples [ms], in the order in which they were taken."""

    workload: Workload
    samples: tuple[float, ...] = field(default=())

    @property
    def minimum(self) -> float:
        """The smallest sample [ms]."""
        return min(self.samples)

    @property
    def median(self) -> float:
        """The median sample [ms]."""
        return statistics.median(self.samples)

    @property
    def ratio(self) -> float:
        """The smallest sample as a part of the budget."""
        return self.minimum / self.workload.budget

    @property
    def verdict(self) -> str:
        """Whether it is within its budget."""
        if not self.samples:
            return f"not measured: {self.workload.missing}"
        return "within" if self.ratio <= 1 else "over"

    def document(self) -> dict[str, Any]:
        """The measurement as JSON values."""
        found: dict[str, Any] = {"name": self.workload.name, "budget_ms": self.workload.budget}
        if self.samples:
            found |= {"minimum_ms": self.minimum, "median_ms": self.median, "ratio": self.ratio}
        return found | {"verdict": self.verdict, "samples_ms": list(self.samples)}


def measure(workload: Workload) -> Measurement:
    """Take a workload's samples, one after the other."""
    count = 0 if workload.missing else workload.samples
    taken = tuple(round(workload.sample(), 4) for _ in range(count))
    return Measurement(workload=workload, samples=taken)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def table(found: Sequence[Measurement]) -> str:
    """The figures for people: one line each, times in milliseconds."""
    rows: list[tuple[str, ...]] = [("workload", "budget", "minimum", "median", "ratio", "verdict")]
    rows += [
        (
            one.workload.name,
            f"{one.workload.budget:g}",
            *(f"{value:.3g}" for value in (one.minimum, one.median)),
            f"{one.ratio:.2f}",
            one.verdict,
        )
        if one.samples
        else (one.workload.name, f"{one.workload.budget:g}", "", "", "", one.verdict)
        for one in found
    ]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return "\n".join(
        "  ".join(
            (row[0].ljust(widths[0]), *map(str.rjust, row[1:-1], widths[1:]), row[-1])
        ).rstrip()
        for row in rows
    )


def write(suite: str, found: Iterable[Measurement]) -> Path:
    """Write a suite's figures.

    Returns:
        The file: reports/bench/<suite>.json.
    """
    document = {
        "suite": suite,
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "workloads": [one.document() for one in found],
    }
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / f"{suite}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path
