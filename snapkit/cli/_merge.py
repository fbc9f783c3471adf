"""`snapkit restore --mode insert-missing | upsert`: rows put into tables that keep their own.

In the document, `counts` says per table what became of the snapshot's rows: each of its `rows` was
`inserted`, `updated` or `kept` (there already, exactly so), or is `differing` (left alone with
other values). `rows_restored` is the sum of the first three, `rows_differing` of the last: together
they are the rows of the snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snapkit.cli import _findings as findings
from snapkit.cli._command import Outcome
from snapkit.cli._confirm import ask
from snapkit.cli._tables import Column, Section
from snapkit.cli._text import listed, steps, visible
from snapkit.core.merge import MergeMode
from snapkit.core.names import TableName
from snapkit.core.text import counted
from snapkit.errors import ExitCode
from snapkit.workflows import merge as workflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.cli._command import Run
    from snapkit.core.merge import MergeCounts
    from snapkit.core.merge_plan import MergePlan
    from snapkit.core.verdict import RowDifference
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot

_MEANS = {
    MergeMode.INSERT_MISSING: "rows whose key is absent come in, the others stay",
    MergeMode.UPSERT: "rows whose key is absent come in, those of the same key become these",
}
_COLUMNS = (
    Column(title="table", fold=True),
    *(
        Column(title=title, right=True)
        for title in ("rows", "inserted", "updated", "kept", "differing")
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for: `mode` by its name, and the tables, None for all.

    `yes` says that rows may be overwritten without a question.
    """

    mode: str
    only: tuple[TableName, ...] | None
    named_rows: int
    yes: bool


def preview(run: Run, target: Target, snapshot: Snapshot, request: Request) -> Outcome:
    """Say what a merge would do.

    Args:
        run: The run of the command.
        target: The database.
        snapshot: Whose rows.
        request: How.

    Returns:
        The outcome of `--dry-run`.
    """
    with run.progress() as progress:
        found = workflow.preview(
            target,
            snapshot,
            MergeMode(request.mode),
            only=request.only,
            named_rows=request.named_rows,
            progress=progress,
        )
    _tell_plan(run, found.plan, target)
    for number, step in enumerate(found.plan.steps, start=1):
        run.people.say(str(step), f"  {number:>4}  ")
    _tell_counts(run, found.counts)
    _tell_named(run, found.plan.mode, found.named, found.counts, would=True)
    document = _plan_document(snapshot, found.plan, found.counts)
    return Outcome(
        document
        | {
            "target": target.label,
            "dry_run": True,
            "rows_named": findings.rows_document(found.named),
        }
    )


def _confirm_changes(run: Run, target: Target, snapshot: Snapshot, request: Request) -> None:
    """Ask before rows are overwritten; nothing is locked while someone thinks."""
    with run.progress() as progress:
        found = workflow.preview(
            target, snapshot, MergeMode.UPSERT, only=request.only, progress=progress
        )
    changed = tuple(item.table for item in found.counts if item.updated)
    if changed:
        rows = counted(sum(item.updated for item in found.counts), "row")
        what = f"{rows} of database {visible(found.database)} would get the snapshot's values"
        ask(run, what, found.database, changed)


def merge(run: Run, target: Target, snapshot: Snapshot, request: Request) -> Outcome:
    """Put a snapshot's rows into tables that keep their own.

    Args:
        run: The run of the command.
        target: The database.
        snapshot: Whose rows.
        request: How.

    Returns:
        The outcome.
    """
    if request.mode == MergeMode.UPSERT and not request.yes:
        _confirm_changes(run, target, snapshot, request)
    with run.progress() as progress:
        result = workflow.merge(
            target,
            snapshot,
            MergeMode(request.mode),
            only=request.only,
            named_rows=request.named_rows,
            announce=lambda plan: _tell_plan(run, plan, target),
            progress=progress,
        )
    if result.committed:
        run.interrupted = "the restore is committed"
    done = "merged and committed" if result.committed else "not committed, all rolled back"
    findings.tell_verdict(run.people, result.report.verdict, f"{target.label}: {done}")
    _tell_counts(run, result.counts)
    _tell_named(run, result.plan.mode, result.named, result.counts, would=not result.committed)
    if result.committed:
        run.people.say(findings.summary_of(result.report), "read back: ")
    else:
        findings.tell_findings(run.people, result.report)
    run.people.say(f"in {steps(result.seconds, result.timings)}")
    found = findings.findings_document(result.report)
    document = _plan_document(snapshot, result.plan, result.counts) | {
        "target": target.label,
        "committed": result.committed,
        "rows_restored": result.rows_restored,
        "rows_differing": sum(item.differing for item in result.counts),
        "rows_quarantined": 0,
        "quarantine": None,
        "timings": dict(result.timings),
        "findings": found.pop("tables"),
        "rows_named": findings.rows_document(result.named),
    }
    code = ExitCode.DONE if result.committed else ExitCode.MISMATCH
    return Outcome(found | document, code)


def _tell_plan(run: Run, plan: MergePlan, target: Target) -> None:
    run.people.say(
        f"snapshot {plan.snapshot_id} into {target.label}: {counted(plan.rows, 'row')} of "
        f"{counted(len(plan.tables), 'table')}, {counted(len(plan.steps), 'step')}",
        "plan  ",
        "bold",
    )
    run.people.say(_MEANS[plan.mode], f"  {plan.mode}: ")
    if plan.untouched:
        run.people.say(
            f"{counted(len(plan.untouched), 'table')}: {listed(tuple(map(str, plan.untouched)))}",
            "  left alone: ",
        )
    for note in plan.notes:
        run.people.say(note, "  note: ", "yellow")


def _tell_counts(run: Run, counts: Sequence[MergeCounts]) -> None:
    """What became of the rows; tables without rows in the snapshot are not listed."""
    rows = [(str(item.table), *_figures((item,))) for item in counts if item.rows]
    run.people.table(_COLUMNS, [Section(rows=tuple(rows))], ("total", *_figures(counts)))


def _figures(counts: Sequence[MergeCounts]) -> tuple[str, ...]:
    sums = (
        sum(item.rows for item in counts),
        sum(item.inserted for item in counts),
        sum(item.updated for item in counts),
        sum(item.kept for item in counts),
        sum(item.differing for item in counts),
    )
    return tuple(f"{figure:,}" for figure in sums)


def _tell_named(
    run: Run,
    mode: MergeMode,
    named: Sequence[RowDifference],
    counts: Iterable[MergeCounts],
    *,
    would: bool,
) -> None:
    """The rows of the same key that differed, as they were before."""
    if mode is MergeMode.INSERT_MISSING:
        fate = "left alone"
    else:
        fate = "to be updated" if would else "updated"
    for row in named:
        key = ", ".join(f"{name}={findings.shown(value)}" for name, value in row.key)
        run.people.say(f"{row.table} ({key})", f"  {fate}  ")
        for value in row.values:
            run.people.say(
                f"{value.column}: {findings.shown(value.database)} in the database, "
                f"{findings.shown(value.snapshot)} in the snapshot",
                " " * 6,
            )
    hidden = sum(item.updated + item.differing for item in counts) - len(named)
    if named and hidden > 0:
        run.people.say(
            f"… and {counted(hidden, 'more row', 'more rows')}; --rows N names more", "  "
        )


def _plan_document(
    snapshot: Snapshot, plan: MergePlan, counts: Iterable[MergeCounts]
) -> dict[str, Any]:
    return {
        "snapshot": snapshot.id,
        "mode": plan.mode,
        "tables": len(plan.tables),
        "plan": {
            "rows": plan.rows,
            "steps": [str(step) for step in plan.steps],
            "removed": [],
            "untouched": [
                {"namespace": name.namespace, "name": name.name} for name in plan.untouched
            ],
            "rungs": [],
            "notes": plan.notes,
        },
        "counts": [
            {
                "namespace": item.table.namespace,
                "name": item.table.name,
                "model": snapshot.manifest.by_table[item.table].model,
                "rows": item.rows,
                "inserted": item.inserted,
                "updated": item.updated,
                "kept": item.kept,
                "differing": item.differing,
            }
            for item in counts
        ],
    }
