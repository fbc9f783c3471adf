"""The record of one night: each step, what it came to and why, in a file that a page is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from snapkit.core.text import counted
from snapkit.errors import ExitCode, ManifestError
from snapkit.report.result import Outcome
from snapkit.report.run import PROBLEMS_KEPT, Judgement, Run
from snapkit.report.text import seconds_text, size_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 1
RECORD = "nightly.record.json"

_WORST_FIRST = (
    ExitCode.MISMATCH,  # it was looked at, and is not so; no later failure may hide that
    ExitCode.CANNOT_CONNECT,
    ExitCode.LOCKED,
    ExitCode.NO_SNAPSHOT,
    ExitCode.USAGE,
    ExitCode.FAILED,
    ExitCode.QUARANTINED,
    ExitCode.DRIFT,
    ExitCode.DONE,
)


class Step(StrEnum):
    """What is done in a night, in order."""

    BACKUP = "backup"
    CHECK = "check"
    DRILL = "drill"
    REPORT = "report"


_NOUNS = {
    Step.BACKUP: "The backup",
    Step.CHECK: "The check of the snapshot",
    Step.DRILL: "The drill",
    Step.REPORT: "The report",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step. `outcome` and `exit_code` are None where it was not run; `said` then says why.

    `problems` are lines, capped, with `problem_count` the full number; `unchecked` are pairs of
    what the step did not look at and why. `seconds` [s].
    """

    step: Step
    outcome: Outcome | None = None
    exit_code: ExitCode | None = None
    seconds: float | None = None
    said: str
    problems: tuple[str, ...] = ()
    problem_count: int = 0
    unchecked: tuple[tuple[str, str], ...] = ()

    @property
    def word(self) -> str:
        """How it ended, in a word: a backup compares nothing, so it is no match."""
        if self.outcome is None:
            return "not run"
        is_backup = self.step is Step.BACKUP and self.outcome is Outcome.MATCH
        return "done" if is_backup else self.outcome.value


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """A page of the same night, beside the record."""

    notebook: str
    outcome: Outcome
    summary: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyRecord:
    """One night. Times are UTC, ISO 8601; `seconds` is all of it but the page [s].

    `snapshot_id` and `manifest_digest` are empty where the backup left no snapshot; then the
    figures are None. `database` is a label without a password; `restore_seconds` is how long the
    drill took from nothing to restored and proven [s].
    """

    format: int = FORMAT
    snapshot_id: str
    manifest_digest: str
    database: str
    started_at: str
    finished_at: str
    seconds: float
    steps: tuple[StepRecord, ...]
    pages: tuple[PageRecord, ...] = ()
    tables: int | None = None
    rows: int | None = None
    stored_bytes: int | None = None
    restore_seconds: float | None = None

    @property
    def worst(self) -> StepRecord:
        """The step that says how the night went: of several as bad, the first."""
        return min(
            (step for step in self.steps if step.exit_code is not None),
            key=lambda step: _WORST_FIRST.index(step.exit_code or ExitCode.DONE),
        )

    @property
    def exit_code(self) -> ExitCode:
        """That of the worst step."""
        return worst_code(step.exit_code for step in self.steps if step.exit_code is not None)


def worst_code(codes: Iterable[ExitCode]) -> ExitCode:
    """The exit code of several steps.

    Args:
        codes: At least one; none of an interruption.

    Returns:
        Data that differ go first, then what failed, then what has a reservation.
    """
    return min(codes, key=_WORST_FIRST.index)


def encode(record: NightlyRecord) -> bytes:
    """Write a record as JSON.

    Args:
        record: The night.

    Returns:
        UTF-8 text, indented, ending in a newline.
    """
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def decode(text: bytes, where: str) -> NightlyRecord:
    """Read a record.

    Args:
        text: What `encode` wrote.
        where: The file, for messages.

    Returns:
        The night.

    Raises:
        ManifestError: It is damaged, or of another format.
    """
    try:
        record = msgspec.json.decode(text, type=NightlyRecord)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _unreadable(f"the record of a night is damaged: {exc}", where) from exc
    if record.format != FORMAT or not any(step.outcome for step in record.steps):
        raise _unreadable("the record of a night is of another format", where)
    return record


def _unreadable(what: str, where: str) -> ManifestError:
    return ManifestError(what, where, f"Name a file {RECORD} that snapkit nightly wrote.")


def judge_night(record: NightlyRecord) -> Judgement:
    """Say how a night went: as its worst step did.

    Args:
        record: The night.

    Returns:
        MATCH only where every step was run and proved what it set out to prove.
    """
    worst = record.worst
    outcome = worst.outcome or Outcome.FAILED
    missed = [step for step in record.steps if step.outcome is None]
    if outcome is Outcome.MATCH and missed:
        outcome = Outcome.UNCHECKED
    problems = [f"{step.step}: {line}" for step in record.steps for line in step.problems]
    problems += [
        f"{step.step}: {step.problem_count - len(step.problems):,} more, on the pages"
        for step in record.steps
        if step.problem_count > len(step.problems)
    ]
    return Judgement(
        outcome=outcome,
        summary=_summary(record, worst, outcome),
        facts=_facts(record),
        problems=tuple(problems),
        unchecked=tuple((f"step {step.step}", f"not run: {step.said}") for step in missed)
        + tuple(
            (f"{step.step}: {what}", why) for step in record.steps for what, why in step.unchecked
        ),
        record=RECORD,
    )


def _summary(record: NightlyRecord, worst: StepRecord, outcome: Outcome) -> str:
    if outcome is Outcome.MATCH:
        return (
            f"Backed up, checked, restored and proven: {counted(record.rows or 0, 'row')} in "
            f"{counted(record.tables or 0, 'table')}."
        )
    verbs = {
        Outcome.FAILED: "failed",
        Outcome.MISMATCH: "found a mismatch",
        Outcome.UNCHECKED: "did not prove everything",
        Outcome.QUARANTINED: "set rows aside",
        Outcome.DRIFT: "found drift",
    }
    said = worst.said.removesuffix(".")
    return f"{_NOUNS[worst.step]} {verbs.get(outcome, 'ended')}: {said}."


def _facts(record: NightlyRecord) -> tuple[tuple[str, str], ...]:
    facts = [("database", record.database)] if record.database else []
    if record.tables is not None:
        facts += [
            ("tables", f"{record.tables:,}"),
            ("rows", f"{record.rows or 0:,}"),
            ("on disk", size_text(record.stored_bytes or 0)),
        ]
    if record.restore_seconds is not None:
        facts.append(("restored and proven in", seconds_text(record.restore_seconds)))
    return (
        *facts,
        ("took", seconds_text(record.seconds)),
        ("exit code", str(int(record.exit_code))),
    )


@dataclass(frozen=True, kw_only=True)
class NightlyRun(Run):
    """A run of nightly. `has_page` says that its page and its result are there already."""

    record: NightlyRecord
    has_page: bool

    @property
    def snapshot_id(self) -> str:
        """The snapshot's id; empty where the backup left none."""
        return self.record.snapshot_id

    @property
    def manifest_digest(self) -> str:
        """SHA-256 of its manifest; empty where the backup left none."""
        return self.record.manifest_digest

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        """The snapshot, and when the night began."""
        return (
            ("snapshot", self.record.snapshot_id or "none"),
            ("began", utc_text(self.record.started_at)),
        )

    @property
    def is_on_record(self) -> bool:
        """Whether the result is there: it came with the page."""
        return self.has_page


def kept(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The first lines of many, as many as a record keeps."""
    return lines[:PROBLEMS_KEPT]
