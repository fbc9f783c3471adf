"""One run of a notebook: opened with its parameters, judged, concluded.

`open_run` does the work (reads, compares, verifies) and comes to a judgement, so that a page can
begin with it; the sections only show. `conclude` writes the result and raises unless all is proved.
"""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapkit._version import __version__
from snapkit.core.coverage import Coverage
from snapkit.core.evidence import Evidence
from snapkit.core.schema import Schema
from snapkit.core.snapshot_diff import SnapshotDiff
from snapkit.core.text import visible
from snapkit.core.timeline import Timeline
from snapkit.core.verdict import VerificationReport
from snapkit.errors import ExitCode, MismatchError, SnapkitError
from snapkit.report.graph import Selection, TableGraph
from snapkit.report.growth import Growth
from snapkit.report.parameters import NightlyParameters, Notebook, Parameters
from snapkit.report.result import (
    Check,
    Outcome,
    Result,
    clear,
    files_beside,
    result_path,
    write_result,
)
from snapkit.report.shown import Shown
from snapkit.store import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

PROBLEMS_KEPT = 100  # in a result; the page has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a run came to, before anything is shown.

    `summary` is one sentence; `facts` pairs of what and how much, `figures` those numbers that are
    followed over snapshots; `checks` is what was checked; `seen_at` is when a database was looked
    at, `proof` by what; `problems` one line each; `unchecked` pairs of what was not looked at and
    why. `record` is a file beside the page; `recompute` are commands that prove it again.
    """

    outcome: Outcome
    summary: str
    facts: tuple[tuple[str, str], ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    seen_at: str = ""
    proof: str = ""
    checks: tuple[Check, ...] = ()
    problems: tuple[str, ...] = ()
    unchecked: tuple[tuple[str, str], ...] = ()
    record: str = ""
    recompute: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Run:
    """What every notebook has. `folder` takes the result and the CSV files."""

    notebook: Notebook
    parameters: Parameters | NightlyParameters
    folder: Path
    started_at: datetime
    clock: float
    judgement: Judgement

    @property
    def snapshot_id(self) -> str:
        """The snapshot that the run is of; empty where there is none."""
        return ""

    @property
    def manifest_digest(self) -> str:
        """SHA-256 of its manifest; empty where there is none."""
        return ""

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        """What the run is of, for people: pairs of a name and a value."""
        return ()

    @property
    def is_on_record(self) -> bool:
        """Whether its result is in its folder already."""
        return False


@dataclass(frozen=True, kw_only=True)
class SnapshotRun(Run):
    """What every notebook of a snapshot has."""

    snapshot: Snapshot

    @property
    def snapshot_id(self) -> str:
        """The snapshot's id."""
        return self.snapshot.id

    @property
    def manifest_digest(self) -> str:
        """SHA-256 of its manifest."""
        return self.snapshot.manifest_digest

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        """The snapshot, and when it was taken."""
        taken = self.snapshot.manifest.started_at[:16].replace("T", " ")
        return (("snapshot", self.snapshot.id), ("taken", f"{taken} UTC"))


@dataclass(frozen=True, kw_only=True)
class GraphRun(SnapshotRun):
    """A run of schema_graph."""

    graph: TableGraph
    selection: Selection


@dataclass(frozen=True, kw_only=True)
class CoverageRun(SnapshotRun):
    """A run of coverage. `catalog_source` says which catalog it was."""

    coverage: Coverage
    schema: Schema | None
    catalog_source: str


@dataclass(frozen=True, kw_only=True)
class BackupRun(SnapshotRun):
    """A run of backup_report; `report` is that of the check, `quick` whether rows were unread.

    `timeline` is None where the snapshot has none.
    """

    report: VerificationReport
    quick: bool
    largest: int
    growth: Growth
    timeline: Timeline | None


@dataclass(frozen=True, kw_only=True)
class VerificationRun(SnapshotRun):
    """A run of restore_verification; `evidence` is None where there was none."""

    evidence: Evidence | None
    doubts: tuple[str, ...] = ()  # why the evidence does not prove what it claims


@dataclass(frozen=True, kw_only=True)
class DiffRun(SnapshotRun):
    """A run of snapshot_diff; `snapshot` is B."""

    diff: SnapshotDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is known before the work begins; `common` are fields of every SnapshotRun."""

    notebook: Notebook
    parameters: Parameters
    snapshot: Snapshot
    folder: Path
    started_at: datetime
    clock: float

    @property
    def common(self) -> Mapping[str, Any]:
        """The fields that an Opening and a Run share."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def snapshot_id(self) -> str:
        """The snapshot's id."""
        return self.snapshot.id

    @property
    def manifest_digest(self) -> str:
        """SHA-256 of its manifest."""
        return self.snapshot.manifest_digest


def begin(
    notebook: Notebook,
    parameters: Parameters,
    snapshot: Snapshot,
    folder: Path,
    work: Callable[[Opening], Run],
) -> Run:
    """Do the work of a notebook; what an earlier run left goes first.

    Args:
        notebook: Which one.
        parameters: Checked.
        snapshot: Opened.
        folder: The snapshot's folder below `reports/`.
        work: Reads, compares and judges.

    Returns:
        The run.

    Raises:
        SnapkitError: The work failed; a result that says so was written.
    """
    opening = Opening(
        notebook=notebook,
        parameters=parameters,
        snapshot=snapshot,
        folder=folder,
        started_at=datetime.now(UTC),
        clock=time.perf_counter(),
    )
    evidence = getattr(parameters, "evidence", "")
    clear(folder, notebook, keep=Path(evidence) if evidence else None)
    try:
        return work(opening)
    except SnapkitError as exc:
        judgement = Judgement(outcome=Outcome.FAILED, summary=exc.what, problems=(str(exc),))
        write_result(folder, _result(opening, judgement))
        raise


def _result(opening: Opening | Run, judgement: Judgement) -> Result:
    return Result(
        notebook=opening.notebook,
        title=opening.notebook.heading,
        snapshot_id=opening.snapshot_id,
        manifest_digest=opening.manifest_digest,
        outcome=judgement.outcome,
        summary=judgement.summary,
        facts=judgement.facts,
        figures=judgement.figures,
        seen_at=judgement.seen_at,
        proof=judgement.proof,
        checks=judgement.checks,
        problems=judgement.problems[:PROBLEMS_KEPT],
        problem_count=len(judgement.problems),
        unchecked=judgement.unchecked,
        record=judgement.record,
        files=files_beside(opening.folder, opening.notebook),
        recompute=judgement.recompute,
        parameters=asdict(opening.parameters),
        version=__version__,
        started_at=opening.started_at.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - opening.clock, 3),
    )


class UnprovenError(SnapkitError):
    """A run that could not prove what it set out to prove, without finding a mismatch."""

    exit_code = ExitCode.FAILED


class QuarantinedError(SnapkitError):
    """A restore that accounts for every row, and set some of them aside."""

    exit_code = ExitCode.QUARANTINED


class DriftError(SnapkitError):
    """Schema, catalog and snapshot differ."""

    exit_code = ExitCode.DRIFT


_ERRORS: Mapping[Outcome, type[SnapkitError]] = {
    Outcome.MISMATCH: MismatchError,
    Outcome.UNCHECKED: UnprovenError,
    Outcome.FAILED: UnprovenError,
    Outcome.QUARANTINED: QuarantinedError,
    Outcome.DRIFT: DriftError,
}


def conclude(run: Run) -> Shown:
    """Write the result; raise unless the outcome is MATCH.

    The page is complete by then, so papermill saves it and exits with 1: that is the contract with
    schedulers.

    Args:
        run: The run.

    Returns:
        One sentence: where the result lies.

    Raises:
        MismatchError: The outcome is MISMATCH.
        UnprovenError: It is UNCHECKED.
        QuarantinedError: It is QUARANTINED.
        DriftError: It is DRIFT.
        StorageError: The result cannot be written.
    """
    judgement = run.judgement
    path = result_path(run.folder, run.notebook)
    if not run.is_on_record:
        write_result(run.folder, _result(run, judgement))
    file = path if run.is_on_record else path.name
    if judgement.outcome is not Outcome.MATCH:
        of = f"snapshot {run.snapshot_id}" if run.snapshot_id else "no snapshot"
        raise _ERRORS[judgement.outcome](
            judgement.summary, f"{of}, notebook {run.notebook}", f"See this page, and {file}."
        )
    words = f"The result is in {file}."
    return Shown(text=words, html=f"<p>{html.escape(visible(words))}</p>")
