"""Usability: whether a restored database can be used, and not only looked at.

Each thing that was tried is one finding. What is no better in the source is KNOWN: the restore is
faithful, and a reader is told all the same. What could not be tried is UNCHECKED, never PASSED.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from snapkit.core.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


class UseKind(StrEnum):
    """What was tried."""

    INSERT = "insert"  # a column fed by a sequence takes a value that was not there
    CONSTRAINT = "constraint"  # it is validated: every row keeps to it
    INDEX = "index"  # it is valid: queries may use it
    VIEW = "view"  # a query on it runs


class UseOutcome(StrEnum):
    """How it went."""

    PASSED = "passed"
    FAILED = "failed"
    KNOWN = "known"  # no better in the source
    UNCHECKED = "unchecked"


_WORDS: Final = {
    UseKind.INSERT: "inserts draw a fresh value",
    UseKind.CONSTRAINT: "constraints validated",
    UseKind.INDEX: "indexes valid",
    UseKind.VIEW: "views answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFinding:
    """One thing that was tried; `reason` says why it did not pass."""

    kind: UseKind
    name: str
    outcome: UseOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usability:
    """All that was tried in one database."""

    findings: tuple[UseFinding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """MISMATCH where anything failed. What could not be tried is named, and spoils nothing."""
        return Verdict.MISMATCH if self.of(UseOutcome.FAILED) else Verdict.MATCH

    def of(self, outcome: UseOutcome) -> tuple[UseFinding, ...]:
        """Pick the findings of one outcome."""
        return tuple(item for item in self.findings if item.outcome is outcome)

    @property
    def counts(self) -> Mapping[UseKind, Mapping[str, int]]:
        """By kind: how many were `asked`, and how many came to each outcome."""
        found: dict[UseKind, dict[str, int]] = {}
        for kind in UseKind:
            outcomes = [item.outcome for item in self.findings if item.kind is kind]
            found[kind] = {"asked": len(outcomes)} | {
                outcome.value: outcomes.count(outcome) for outcome in UseOutcome
            }
        return found

    @property
    def summary(self) -> str:
        """One line, such as `71 of 71 inserts draw a fresh value, 2 of 2 views answer`."""
        return ", ".join(
            f"{counts[UseOutcome.PASSED]:,} of {counts['asked']:,} {_WORDS[kind]}"
            for kind, counts in self.counts.items()
            if counts["asked"]
        )

    @property
    def unchecked(self) -> tuple[tuple[str, str], ...]:
        """What could not be tried, as pairs of a name and the reason."""
        return tuple(
            (f"{item.kind} {item.name}", item.reason) for item in self.of(UseOutcome.UNCHECKED)
        )
