"""`snapkit restore`: a snapshot put back, proven before it is visible."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._confirm import Yes, confirmation
from snapkit.cli._options import (
    DEFAULT_ROWS,
    DEFAULT_STORE,
    Dbname,
    Evidence,
    Groups,
    NamedRows,
    Only,
    SnapshotName,
    StorePath,
    Trust,
    WithChildren,
    WithParents,
)
from snapkit.cli._sources import find_target, open_snapshot, open_store
from snapkit.cli._text import listed, steps
from snapkit.core.text import counted
from snapkit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.core.evidence import Evidence as Record
    from snapkit.core.names import TableName
    from snapkit.core.plan import RestorePlan
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot
    from snapkit.workflows.restore import RestoreResult

_Replace = Annotated[
    bool,
    typer.Option(
        "--replace", help="Remove the rows that are there, and put these back: --mode replace."
    ),
]


class _Mode(StrEnum):
    """The values of --mode; core.merge has two of them, but importing it costs 0.1 s."""

    REPLACE = "replace"
    INSERT_MISSING = "insert-missing"
    UPSERT = "upsert"


_ModeOption = Annotated[
    _Mode | None,
    typer.Option(
        "--mode",
        show_default=False,
        help="What becomes of rows that are there: replace removes them; insert-missing keeps "
        "them, and adds those whose key is absent; upsert also gives rows of the same key the "
        "snapshot's values.",
    ),
]


class _OnError(StrEnum):
    """The values of --on-error; core.plan has them too, but importing it costs 0.1 s."""

    STOP = "stop"
    QUARANTINE = "quarantine"


_OnErrorOption = Annotated[
    _OnError,
    typer.Option(
        "--on-error",
        help="What to do with a row that the target refuses: stop and roll back, or set it aside "
        "with its reason, under STORE/quarantine.",
    ),
]
_Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=64,
        metavar="N",
        show_default="1",
        help="Connections that load side by side, into a staging database that takes the target's "
        "name once all is proved. Where that cannot be, the plan says why.",
    ),
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and touch nothing.")]


@command(
    Panel.RESTORE,
    example="snapkit restore latest -d shop_copy",
    interrupted="everything was rolled back",
)
def restore(
    run: Run,
    *,
    snapshot: SnapshotName,
    dbname: Dbname = None,
    replace: _Replace = False,
    mode: _ModeOption = None,
    only: Only = None,
    group: Groups = None,
    with_parents: WithParents = False,
    with_children: WithChildren = False,
    on_error: _OnErrorOption = _OnError.STOP,
    dry_run: _DryRun = False,
    yes: Yes = False,
    trust: Trust = False,
    jobs: _Jobs = None,
    rows: NamedRows = DEFAULT_ROWS,
    evidence: Evidence = None,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Put a snapshot back in one transaction that commits only when every row matches."""
    from snapkit.cli import _evidence  # noqa: PLC0415 -- psycopg
    from snapkit.cli._selection import select_part  # noqa: PLC0415 -- msgspec
    from snapkit.core.evidence import RunKind  # noqa: PLC0415 -- msgspec
    from snapkit.core.plan import OnError  # noqa: PLC0415 -- msgspec
    from snapkit.workflows import restore as workflow  # noqa: PLC0415 -- psycopg
    from snapkit.workflows.record import witness  # noqa: PLC0415 -- psycopg

    _require_sense(
        replace=replace,
        mode=mode,
        on_error=on_error,
        jobs=jobs,
        dry_run=dry_run,
        record=evidence,
        trust=trust,
    )
    _evidence.require_place(evidence)
    target = find_target(run, dbname)
    found = open_snapshot(store, snapshot)
    chosen = select_part(found.manifest, only, group, parents=with_parents, children=with_children)
    if mode is not None and mode is not _Mode.REPLACE:
        from snapkit.cli import _merge  # noqa: PLC0415 -- not every restore merges

        request = _merge.Request(mode=mode, only=chosen, named_rows=rows, yes=yes)
        return (_merge.preview if dry_run else _merge.merge)(run, target, found, request)
    replace = replace or mode is _Mode.REPLACE
    if dry_run:
        plan = workflow.plan(
            target,
            found,
            replace=replace,
            only=chosen,
            on_error=OnError(on_error),
            jobs=jobs,
            trust=trust,
        )
        return _plan_only(run, target, found, plan)
    before = None if evidence is None else witness(target)
    with run.progress() as progress:
        result = workflow.restore(
            target,
            found,
            replace=replace,
            only=chosen,
            on_error=OnError(on_error),
            jobs=jobs,
            trust=trust,
            quarantine=lambda: open_store(store).quarantine(found.id, datetime.now(UTC)),
            named_rows=rows,
            announce=lambda plan: _tell_plan(run, plan, target),
            confirm=confirmation(run, yes=yes),
            progress=progress,
        )
    if result.committed:
        run.interrupted = "the restore is committed"
    changed = False
    if evidence is not None:
        kept = _evidence.write_evidence(
            run,
            evidence,
            RunKind.RESTORE,
            found,
            result.report,
            seen=witness(target),
            timings=result.timings,
            plan=result.plan,
            before=before,
            quarantine=result.quarantine,
        )
        changed = _tell_changed(run, kept)
    outcome = _conclude(run, target, found, result)
    return Outcome(outcome.document, ExitCode.MISMATCH) if changed else outcome


def _tell_changed(run: Run, kept: "Record") -> bool:
    """Name the constraints that are not as they were: somebody changed them meanwhile."""
    for item in kept.changed_constraints:
        text = f"{item.name} of {item.table}: {item.after or 'gone'}, it was {item.before}"
        run.people.say(text, "  constraint  ", "red")
    return bool(kept.changed_constraints)


def _require_sense(
    *,
    replace: bool,
    mode: _Mode | None,
    on_error: _OnError,
    jobs: int | None,
    dry_run: bool,
    record: "Path | None",
    trust: bool,
) -> None:
    """Refuse what contradicts itself, and what would be accepted and ignored."""
    if dry_run and record is not None:
        raise UsageError(
            "--dry-run does nothing that could be recorded", "--evidence", "Leave one of them out."
        )
    if mode is None or mode is _Mode.REPLACE:
        return
    if replace:
        raise UsageError(
            f"--replace removes the rows that are there, --mode {mode} keeps them",
            "--replace",
            "Leave one of them out.",
        )
    if trust:
        raise UsageError(
            f"--mode {mode} runs no DDL of a snapshot", "--trust", "Leave it out: nothing asks."
        )
    if on_error is not _OnError.STOP:
        raise UsageError(
            f"--mode {mode} stops at a bad row; only a restore that replaces sets rows aside",
            "--on-error",
            "Leave it out, or use --mode replace.",
        )
    if jobs is not None:
        raise UsageError(
            f"--mode {mode} builds no index", "--jobs", "Leave it out, or use --mode replace."
        )
    if record is not None:
        raise UsageError(
            f"--mode {mode} leaves rows that are not the snapshot's: a record of it proves nothing",
            "--evidence",
            "Leave it out; --json says what was done, and snapkit verify compares.",
        )


def _plan_only(run: Run, target: "Target", snapshot: "Snapshot", plan: "RestorePlan") -> Outcome:
    _tell_plan(run, plan, target)
    for number, step in enumerate(plan.steps, start=1):
        run.people.say(str(step), f"  {number:>4}  ")
    return Outcome(_plan_document(snapshot, plan) | {"target": target.label, "dry_run": True})


def _tell_plan(run: Run, plan: "RestorePlan", target: "Target") -> None:
    """What is about to be done, short enough to be read before it happens."""
    run.people.say(
        f"snapshot {plan.snapshot_id} into {target.label}: {counted(plan.rows, 'row')} of "
        f"{counted(len(plan.tables), 'table')}, {counted(len(plan.steps), 'step')}",
        "plan  ",
        "bold",
    )
    if plan.removed:
        run.people.say(
            f"{counted(len(plan.removed), 'table')}: {listed(tuple(map(str, plan.removed)))}",
            "  losing their rows first: ",
            "yellow",
        )
    if plan.untouched:
        run.people.say(
            f"{counted(len(plan.untouched), 'table')}: {listed(tuple(map(str, plan.untouched)))}",
            "  left alone: ",
        )
    _tell_rungs(run, plan)
    for note in plan.notes:
        run.people.say(note, "  note: ", "yellow")


def _tell_rungs(run: Run, plan: "RestorePlan") -> None:
    """How the rows are replaced by what the role may do, and what it lacks for a better way."""
    for rung in sorted({stage.rung for stage in plan.rungs}):
        stages = [stage for stage in plan.rungs if stage.rung is rung]
        tables = sum(len(stage.tables) for stage in stages)
        run.people.say(f"{counted(tables, 'table')}: {rung.means}", f"  rung {rung} of 3: ")
        for stage in stages:
            if stage.is_cycle:
                run.people.say(" and ".join(map(str, stage.tables)), "    a cycle: ")
        missing = tuple(dict.fromkeys(text for stage in stages for text in stage.missing))
        if missing:
            run.people.say(listed(missing), "    better with: ", "yellow")


def _conclude(run: Run, target: "Target", snapshot: "Snapshot", result: "RestoreResult") -> Outcome:
    from snapkit.cli import _findings as findings  # noqa: PLC0415 -- msgspec

    done = "restored and committed" if result.committed else "not committed, all rolled back"
    findings.tell_verdict(run.people, result.report.verdict, f"{target.label}: {done}")
    if result.quarantine:
        run.people.say(
            f"{counted(result.report.quarantined, 'row')} set aside, with reasons, in "
            f"{result.quarantine}",
            "quarantined  ",
            "bold yellow",
        )
        run.people.say(f"snapkit requeue {result.quarantine.name} tries them again", "  ")
    findings.tell_findings(run.people, result.report)
    run.people.say(f"in {steps(result.seconds, result.timings)}")
    found = findings.findings_document(result.report)
    document = _plan_document(snapshot, result.plan) | {
        "target": target.label,
        "committed": result.committed,
        "rows_restored": result.rows_restored,
        "rows_quarantined": result.report.quarantined if result.committed else 0,
        "quarantine": str(result.quarantine) if result.quarantine else None,
        "timings": dict(result.timings),
        "findings": found.pop("tables"),
    }
    code = ExitCode.DONE if result.committed else ExitCode.MISMATCH
    if result.quarantine:
        code = ExitCode.QUARANTINED
    return Outcome(document | found, code)


def _plan_document(snapshot: "Snapshot", plan: "RestorePlan") -> dict[str, Any]:
    def names(tables: "tuple[TableName, ...]") -> list[dict[str, str]]:
        return [{"namespace": name.namespace, "name": name.name} for name in tables]

    return {
        "snapshot": snapshot.id,
        "mode": plan.mode,
        "tables": len(plan.tables),
        "plan": {
            "rows": plan.rows,
            "steps": [str(step) for step in plan.steps],
            "removed": names(plan.removed),
            "untouched": names(plan.untouched),
            "rungs": [
                {
                    "tables": names(stage.tables),
                    "rung": int(stage.rung),
                    "is_cycle": stage.is_cycle,
                    "missing": stage.missing,
                }
                for stage in plan.rungs
            ],
            "jobs": plan.jobs,
            "notes": plan.notes,
        },
    }
