"""`snapkit drill`: a restore into a scratch server, proven, timed, thrown away."""

from pathlib import Path
from typing import Annotated

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, Evidence, SnapshotName, StorePath
from snapkit.cli._sources import open_snapshot
from snapkit.cli._text import duration
from snapkit.errors import ExitCode

_Bindir = Annotated[
    Path | None,
    typer.Option(
        "--pg-bindir",
        metavar="DIR",
        show_default="the embedded PostgreSQL",
        help="The folder of another PostgreSQL's initdb and postgres.",
    ),
]


@command(
    Panel.RESTORE,
    example="snapkit drill latest",
    interrupted="the scratch server is gone",
)
def drill(
    run: Run,
    *,
    snapshot: SnapshotName,
    pg_bindir: _Bindir = None,
    evidence: Evidence = None,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Restore into a scratch server, verify, time it, throw it away."""
    from snapkit.cli import _evidence  # noqa: PLC0415 -- psycopg
    from snapkit.cli import _findings as findings  # noqa: PLC0415 -- msgspec
    from snapkit.core.evidence import RunKind  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.drill import ROLE as DRILL_ROLE  # noqa: PLC0415 -- psycopg
    from snapkit.workflows.drill import drill as exercise  # noqa: PLC0415 -- psycopg

    _evidence.require_place(evidence)
    found = open_snapshot(store, snapshot)
    with run.progress() as progress:
        result = exercise(found, bindir=pg_bindir, progress=progress)
    report = result.report
    findings.tell_verdict(
        run.people,
        report.verdict,
        f"snapshot {found.id} restored on PostgreSQL {result.server.version_text}",
    )
    findings.tell_findings(run.people, report)
    if evidence is not None:
        _evidence.write_evidence(
            run,
            evidence,
            RunKind.DRILL,
            found,
            report,
            seen=_evidence.Witness(
                target="a scratch server, gone since",
                role=DRILL_ROLE,
                server=result.server.version_text,
                mode=result.restored.plan.mode,
            ),
            timings=result.timings,
        )
    rto = sum(seconds for name, seconds in result.timings if name != "verify again")
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
        "server": result.server.version_text,
    }
    code = findings.exit_code_of(report.verdict)
    if not result.restored.committed:
        code = ExitCode.MISMATCH
    return Outcome(document | findings.findings_document(report), code)
