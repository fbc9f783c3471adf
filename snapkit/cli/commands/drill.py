"""`snapkit drill`: a restore into a scratch server, proven, timed, thrown away."""

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import (
    DEFAULT_STORE,
    Bindir,
    DrillTarget,
    Evidence,
    SnapshotName,
    StorePath,
    Trust,
)
from snapkit.cli._sources import find_target, open_snapshot
from snapkit.cli._text import duration


@command(
    Panel.RESTORE,
    example="snapkit drill latest",
    interrupted="the scratch server or database is gone",
)
def drill(
    run: Run,
    *,
    snapshot: SnapshotName,
    target: DrillTarget = None,
    pg_bindir: Bindir = None,
    trust: Trust = False,
    evidence: Evidence = None,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Restore into a scratch server or database, verify, use it, time it, throw it away."""
    from snapkit.cli import _evidence  # noqa: PLC0415 -- psycopg
    from snapkit.cli import _findings as findings  # noqa: PLC0415 -- msgspec
    from snapkit.core.evidence import RunKind  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.drill import drill as exercise  # noqa: PLC0415 -- psycopg

    _evidence.require_place(evidence)
    found = open_snapshot(store, snapshot)
    goal = None if target is None else find_target(run, target)
    with run.progress() as progress:
        result = exercise(found, bindir=pg_bindir, target=goal, trust=trust, progress=progress)
    findings.tell_verdict(
        run.people,
        result.verdict,
        f"snapshot {found.id} restored on PostgreSQL {result.seen.server}",
    )
    findings.tell_findings(run.people, result.report)
    findings.tell_usability(run.people, result.usability)
    if evidence is not None:
        _evidence.write_evidence(
            run,
            evidence,
            RunKind.DRILL,
            found,
            result.report,
            seen=result.seen,
            timings=result.timings,
            plan=result.restored.plan,
            usability=result.usability if result.restored.committed else None,
        )
    rto = result.rto_seconds
    run.people.line()
    run.people.say(f"{duration(rto)} from nothing to restored and proven (RTO):")
    for name, seconds in result.timings:
        run.people.line(f"  {duration(seconds):>12}  {name}")
    document = {
        "snapshot": found.id,
        "committed": result.restored.committed,
        "rows_restored": result.restored.rows_restored,
        "rto_seconds": round(rto, 3),
        "timings": dict(result.timings),
        "server": result.seen.server,
        "target": result.seen.target,
        "usability": findings.usability_document(result.usability),
    }
    found_keys = findings.findings_document(result.report) | {"verdict": result.verdict}
    return Outcome(document | found_keys, findings.exit_code_of(result.verdict))
