"""One night: the work, the pages of its snapshot, and a page that says how it went.

`snapkit nightly` and the notebook `nightly` both come here, so they leave the same files. The page
lies with the other pages of the snapshot; where the backup left none, in a folder of its own, which
the index lists among them: `reports/20261126_020000_failed/`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.core.evidence import encode as encode_evidence
from snapkit.core.evidence import review
from snapkit.core.text import counted, size
from snapkit.errors import ExitCode
from snapkit.report.judgements import judge_backup, judge_verification
from snapkit.report.night import (
    RECORD,
    NightlyRecord,
    PageRecord,
    Step,
    StepRecord,
    encode,
    judge_night,
    kept,
    worst_code,
)
from snapkit.report.pages import worst_outcome
from snapkit.report.parameters import OF_ONE_SNAPSHOT, Notebook
from snapkit.report.result import Outcome, write_file
from snapkit.report.runner import ReportPage, ReportSet, Subject, run_notebooks, run_reports
from snapkit.report.site import write_index
from snapkit.store import Store, locked
from snapkit.workflows.nightly import Attempt, Fault, Night, Source, attempt, nightly
from snapkit.workflows.progress import SILENT, Progress

if TYPE_CHECKING:
    from snapkit.report.run import Judgement
    from snapkit.store import Snapshot

_NO_SNAPSHOT = "the backup left no snapshot"
_DAMAGED = "the check did not prove the snapshot"
_EVIDENCE = f"{Notebook.RESTORE_VERIFICATION}.evidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done. `find` finds the database; `store` and `out` are absolute.

    The others are as in `snapkit.workflows.nightly.nightly`.
    """

    find: Callable[[], Source]
    store: Path
    out: Path
    jobs: int | None = None
    quick: bool = False
    bindir: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """A night that is over. `page` is None where it could not be written: `fault` says why."""

    record: NightlyRecord
    folder: Path
    page: ReportPage | None
    fault: Fault | None

    @property
    def trouble(self) -> str:
        """Why the page does not say how the night went; empty where it does."""
        if self.page is None:
            return f"the page could not be written: {self.fault.what}" if self.fault else "no page"
        if self.page.outcome is not judge_night(self.record).outcome:
            return f"the page is not complete: {self.page.summary}"
        return ""

    @property
    def exit_code(self) -> ExitCode:
        """That of the worst step; a page that is not what it should be is one."""
        made = ExitCode.FAILED if self.trouble else ExitCode.DONE
        return worst_code((self.record.exit_code, made))


def run_nightly(
    order: Order,
    *,
    progress: Progress = SILENT,
    stage: Callable[[Notebook, int, int], None] | None = None,
) -> Nightly:
    """Back up, check, drill, and write the pages, whatever comes of each step.

    Two at a time in one store: the second one fails, with LockedError, and leaves its page.

    Args:
        order: What is to be done.
        progress: Told of the rows read and written.
        stage: Called as each notebook begins, as by `run_reports`.

    Returns:
        What came of it.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    with ExitStack() as stack:

        def find() -> Source:
            stack.enter_context(locked(order.store, "nightly"))
            return order.find()

        night = nightly(
            find,
            Store(order.store),
            jobs=order.jobs,
            quick=order.quick,
            bindir=order.bindir,
            progress=progress,
        )
        subject = _subject(order.out, night.snapshot, started)
        reports = _report(order, subject, night, stage)
        record = record_of(night, reports, started, time.perf_counter() - clock)
        page = attempt(lambda: _write_page(order, subject, record, stage))
    return Nightly(record=record, folder=subject.folder, page=page.value, fault=page.fault)


def _subject(out: Path, snapshot: Snapshot | None, started: datetime) -> Subject:
    if snapshot is not None:
        return Subject(
            folder=out / snapshot.id,
            snapshot_id=snapshot.id,
            manifest_digest=snapshot.manifest_digest,
        )
    stamp = f"{started:%Y%m%d_%H%M%S}_failed"
    folder, number = out / stamp, 1
    while folder.exists():
        number += 1
        folder = out / f"{stamp}_{number}"
    return Subject(folder=folder)


def _report(
    order: Order,
    subject: Subject,
    night: Night,
    stage: Callable[[Notebook, int, int], None] | None,
) -> Attempt[ReportSet] | None:
    snapshot = night.snapshot
    if snapshot is None:
        return None
    drilled = night.drill.value if night.drill else None
    proof = subject.folder / _EVIDENCE

    def write() -> ReportSet:
        if drilled is not None:
            write_file(proof, encode_evidence(drilled))
        return run_reports(
            order.store,
            snapshot.id,
            order.out,
            evidence=None if drilled is None else proof,
            names=[
                item
                for item in OF_ONE_SNAPSHOT
                if drilled is not None or item is not Notebook.RESTORE_VERIFICATION
            ],
            parameters={"quick": True} if order.quick else {},
            beside=[Notebook.NIGHTLY],
            progress=stage,
        )

    return attempt(write)


def record_of(
    night: Night, reports: Attempt[ReportSet] | None, started: datetime, seconds: float
) -> NightlyRecord:
    """Write down what the steps came to.

    Args:
        night: Backup, check and drill.
        reports: The pages; None where there was no snapshot to make them of.
        started: UTC.
        seconds: All of it [s].

    Returns:
        The record.
    """
    snapshot = night.snapshot
    manifest = snapshot.manifest if snapshot else None
    drilled = night.drill.value if night.drill else None
    drill = _drill_step(night)
    return NightlyRecord(
        snapshot_id=snapshot.id if snapshot else "",
        manifest_digest=snapshot.manifest_digest if snapshot else "",
        database=night.source.target.label if night.source else "",
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        steps=(
            _backup_step(night),
            _check_step(night),
            drill,
            _report_step(reports, is_drilled=drilled is not None),
        ),
        pages=tuple(
            PageRecord(
                notebook=page.notebook,
                outcome=page.outcome,
                summary=page.summary,
                seconds=round(page.seconds, 3),
            )
            for page in (reports.value.pages if reports and reports.value else ())
        ),
        tables=len(manifest.data_tables) if manifest else None,
        rows=manifest.rows if manifest else None,
        stored_bytes=manifest.stored_size if manifest else None,
        restore_seconds=drilled.restore_seconds
        if drilled and drill.outcome is Outcome.MATCH
        else None,
    )


def _backup_step(night: Night) -> StepRecord:
    snapshot = night.snapshot
    if snapshot is None:
        return _failed(Step.BACKUP, night.backup)
    manifest = snapshot.manifest
    schema = () if manifest.schema_files else (("models", "no Prisma schema was found or given"),)
    return StepRecord(
        step=Step.BACKUP,
        outcome=Outcome.MATCH,
        exit_code=ExitCode.DONE,
        seconds=night.backup.seconds,
        said=f"{counted(len(manifest.data_tables), 'table')}, {counted(manifest.rows, 'row')}, "
        f"{size(manifest.stored_size)} on disk.",
        unchecked=(
            *((name, f"not in the snapshot: {why}") for name, why in manifest.not_held),
            *schema,
        ),
    )


def _check_step(night: Night) -> StepRecord:
    done, snapshot = night.check, night.snapshot
    if done is None or snapshot is None:
        return StepRecord(step=Step.CHECK, said=_NO_SNAPSHOT)
    if done.value is None:
        return _failed(Step.CHECK, done)
    found = judge_backup(done.value, snapshot.manifest, quick=night.quick)
    return _judged(Step.CHECK, done.seconds, found, done.value.unchecked)


def _drill_step(night: Night) -> StepRecord:
    done, snapshot = night.drill, night.snapshot
    if snapshot is None or done is None:
        return StepRecord(step=Step.DRILL, said=_NO_SNAPSHOT if snapshot is None else _DAMAGED)
    if done.value is None:
        return _failed(Step.DRILL, done)
    doubts = review(done.value, snapshot.manifest, snapshot.manifest_digest)
    found = judge_verification(done.value, doubts)
    return _judged(Step.DRILL, done.seconds, found, found.unchecked)


def _report_step(done: Attempt[ReportSet] | None, *, is_drilled: bool) -> StepRecord:
    if done is None:
        return StepRecord(step=Step.REPORT, said=_NO_SNAPSHOT)
    if done.value is None:
        return _failed(Step.REPORT, done)
    pages = done.value.pages
    outcome = worst_outcome(page.outcome for page in pages)
    others = [page for page in pages if page.outcome is not Outcome.MATCH]
    lines = tuple(f"{page.notebook}: {page.outcome}: {page.summary}" for page in others)
    left_out = (Notebook.RESTORE_VERIFICATION, "not written: nothing was drilled")
    return StepRecord(
        step=Step.REPORT,
        outcome=outcome,
        exit_code=outcome.exit_code,
        seconds=done.seconds,
        said=lines[0] if lines else f"{counted(len(pages), 'page')}, all of them match.",
        problems=lines,
        problem_count=len(lines),
        unchecked=() if is_drilled else (left_out,),
    )


def _judged(
    step: Step, seconds: float, found: Judgement, unchecked: tuple[tuple[str, str], ...]
) -> StepRecord:
    return StepRecord(
        step=step,
        outcome=found.outcome,
        exit_code=found.outcome.exit_code,
        seconds=seconds,
        said=found.summary,
        problems=kept(found.problems),
        problem_count=len(found.problems),
        unchecked=unchecked,
    )


def _failed(step: Step, done: Attempt[object]) -> StepRecord:
    fault = done.fault
    if fault is None:  # an attempt has a value or a fault
        raise AssertionError(step)
    lines = (f"{fault.what}; at: {fault.where}; {fault.hint}", *fault.problems)
    return StepRecord(
        step=step,
        outcome=Outcome.MISMATCH if fault.exit_code is ExitCode.MISMATCH else Outcome.FAILED,
        exit_code=fault.exit_code,
        seconds=done.seconds,
        said=fault.what,
        problems=kept(lines),
        problem_count=len(lines),
    )


def _write_page(
    order: Order,
    subject: Subject,
    record: NightlyRecord,
    stage: Callable[[Notebook, int, int], None] | None,
) -> ReportPage:
    path = write_file(subject.folder / RECORD, encode(record))
    parameters = {"store": str(order.store), "out": str(order.out), "record": str(path)}
    (page,) = run_notebooks(subject, {Notebook.NIGHTLY: parameters}, progress=stage)
    write_index(order.out)
    return page
