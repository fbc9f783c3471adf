"""What does not fit of files to import: each fault once, with every row that has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapkit.core.json_rows import RowFault

MOST = 10_000  # different faults of one file that are named
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of one file.

    `spans` are the rows that have it: first and last one of each run, from 1; none where the fault
    is the file's. `field` is as the file spells it; empty where the fault is a row's or the file's.
    """

    file: str
    what: str
    field: str = ""
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def rows(self) -> int:
        """How many rows have it [rows]."""
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def where(self) -> str:
        """The rows, for people: `row 3`, `rows 1-7, 9 and 4 more`."""
        if not self.spans:
            return ""
        texts = [str(a) if a == b else f"{a}-{b}" for a, b in self.spans[:_SHOWN]]
        left = sum(last - first + 1 for first, last in self.spans[_SHOWN:])
        return f"row{'' if self.rows == 1 else 's'} {', '.join(texts)}" + (
            f" and {left:,} more" if left else ""
        )

    def __str__(self) -> str:
        place = f"{self.file}, {self.where}" if self.spans else self.file
        return f"{place}: {f'field {self.field!r} ' if self.field else ''}{self.what}"


class ProblemLog:
    """Takes the faults of one file, in the order of its rows."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._spans: dict[RowFault, list[list[int]]] = {}
        self._others: list[list[int]] = []

    def add(self, row: int, fault: RowFault) -> None:
        """Note a fault.

        Args:
            row: Where, from 1.
            fault: What.
        """
        spans = self._spans.get(fault)
        if spans is None and len(self._spans) < MOST:
            spans = self._spans[fault] = []
        elif spans is None:
            spans = self._others
        _extend(spans, row)

    def problems(self) -> tuple[Problem, ...]:
        """Every fault, by its first row; those beyond MOST as one."""
        found = [
            Problem(file=self._file, what=fault.what, field=fault.field, spans=_frozen(spans))
            for fault, spans in self._spans.items()
        ]
        if self._others:
            found.append(
                Problem(
                    file=self._file,
                    what=f"other faults, beyond the first {MOST:,}",
                    spans=_frozen(self._others),
                )
            )
        return tuple(sorted(found, key=lambda problem: (problem.spans, problem.field)))


def _extend(spans: list[list[int]], row: int) -> None:
    if spans and spans[-1][0] <= row <= spans[-1][1] + 1:
        spans[-1][1] = max(row, spans[-1][1])
    else:
        spans.append([row, row])


def _frozen(spans: list[list[int]]) -> tuple[tuple[int, int], ...]:
    """The runs in order; a server refuses rows later than they were read, so that runs may meet."""
    joined: list[list[int]] = []
    for first, last in sorted(spans):
        _extend(joined, first)
        joined[-1][1] = max(last, joined[-1][1])
    return tuple((first, last) for first, last in joined)
