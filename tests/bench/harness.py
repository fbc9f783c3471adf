"""What every benchmark shares: figures against budgets, suites of them, commands in turn.

A figure is of one of two kinds. A `Measurement` is samples of one thing against the most that it
may be. A `Comparison` is pairs, ours and theirs, measured in turn, and is judged by the ratio:
whatever else the machine does meanwhile befalls both.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.bench.bed import Bed

Key = TypeVar("Key")
T = TypeVar("T")

ROOT = Path(__file__).parents[2]
MEASUREMENT_HEADINGS = ("workload", "unit", "budget", "minimum", "median", "ratio", "verdict")


def verdict(value: float, budget: float | None) -> str:
    """Whether a figure is within its budget; no word where it has none."""
    if budget is None:
        return "-"
    return "within" if value <= budget else "over"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """The ratio of each pair: without end where theirs is nothing."""
    pairs = zip(ours, theirs, strict=True)
    return tuple(one / other if other else math.inf for one, other in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Samples of one thing, in the order in which they were taken, and the most it may be.

    Other work on the machine only ever adds: the smallest sample is the figure that is judged, the
    median says how busy the machine was.
    """

    name: str
    samples: tuple[float, ...]
    budget: float
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """The smallest sample as a part of the budget."""
        return min(self.samples) / self.budget

    @property
    def verdict(self) -> str:
        """Whether it is within its budget."""
        return verdict(self.ratio, 1)

    def cells(self) -> tuple[str, ...]:
        """The figure for people, under MEASUREMENT_HEADINGS."""
        figures = (self.budget, min(self.samples), statistics.median(self.samples))
        return (self.name, self.unit, *map(shown, figures), f"{self.ratio:.2f}", self.verdict)

    def document(self) -> dict[str, Any]:
        """The figure as JSON values."""
        return {
            "name": self.name,
            "unit": self.unit,
            "budget": self.budget,
            "minimum": min(self.samples),
            "median": statistics.median(self.samples),
            "ratio": self.ratio,
            "verdict": self.verdict,
            "samples": list(self.samples),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same work by us and by others, pair by pair, and the most that the ratio may be.

    `limit` judges our own figure instead, where the budget is no ratio. `beside` is what stands in
    the columns after the verdict.
    """

    name: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    unit: str = "s"
    budget: float | None = None
    limit: float | None = None
    beside: tuple[str, ...] = ()

    @property
    def ratios(self) -> tuple[float, ...]:
        """The ratio of each pair."""
        return ratios(self.ours, self.theirs)

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return statistics.median(self.ratios)

    @property
    def verdict(self) -> str:
        """Whether it is within its budget or limit; no word where a net figure came out below 0."""
        if min(*self.ours, *self.theirs) <= 0:
            return "-"
        if self.limit is not None:
            return verdict(max(self.ours), self.limit)
        return verdict(self.ratio, self.budget)

    def cells(self) -> tuple[str, ...]:
        """The figure for people: name, medians, ratio, budget, verdict, and what stands beside."""
        spread = f" ({min(self.ratios):.2f}-{max(self.ratios):.2f})" if len(self.ours) > 1 else ""
        budget = "-" if self.budget is None else f"{self.budget:.2f}"
        return (
            f"{self.name} [{self.unit}]",
            shown(statistics.median(self.ours)),
            shown(statistics.median(self.theirs)),
            f"{self.ratio:.2f}{spread}",
            budget if self.limit is None else f"{self.limit:,.0f} {self.unit}",
            self.verdict,
            *self.beside,
        )

    def document(self) -> dict[str, Any]:
        """The figure as JSON values."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": list(self.ours),
            "theirs": list(self.theirs),
            "median_ours": statistics.median(self.ours),
            "median_theirs": statistics.median(self.theirs),
            "ratio": self.ratio,
            "ratio_minimum": min(self.ratios),
            "ratio_maximum": max(self.ratios),
            "budget": self.budget,
            "limit": self.limit,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found of one workload: figures, what they were computed from, a drawing (SVG)."""

    headings: tuple[str, ...]
    figures: Sequence[Measurement | Comparison]
    picture: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Something to be measured, on a bed.

    It is not measured where there is less free disk space than it `needs` [MB], or where `missing`
    says what else is not there.
    """

    title: str
    measure: Callable[[Bed], Found]
    needs: float = 0
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """Workloads by the word that chooses each, and how to read their tables."""

    workloads: Mapping[str, Workload]
    notes: str = ""


def in_turn(acts: Mapping[Key, Callable[[], T]], rounds: int) -> dict[Key, tuple[T, ...]]:
    """Do each act once, one after the other, and so again: A B A B …."""
    done = [{name: act() for name, act in acts.items()} for _ in range(rounds)]
    return {name: tuple(one[name] for one in done) for name in acts}


def shown(value: float) -> str:
    """A figure with three digits that count, and no more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that is both Markdown and plain text: names to the left, figures to the right."""
    filled = [(*row, *[""] * (len(headings) - len(row))) for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *filled, strict=True)]
    rule = [f"{'-' * widths[0]}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    lines = [
        (row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))
        for row in (headings, *filled)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
