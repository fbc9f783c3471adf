"""`snapkit verify`: a database against a snapshot."""

from typing import Annotated

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import (
    DEFAULT_ROWS,
    DEFAULT_STORE,
    Dbname,
    Evidence,
    NamedRows,
    Only,
    RowsTo,
    SnapshotName,
    StorePath,
)
from snapkit.cli._sources import find_target, open_snapshot

_BySql = Annotated[
    bool,
    typer.Option("--sql", help="Have the server digest the rows, so that only digests travel."),
]


@command(Panel.RESTORE, example="snapkit verify latest -d shop_copy")
def verify(
    run: Run,
    *,
    snapshot: SnapshotName,
    dbname: Dbname = None,
    only: Only = None,
    rows: NamedRows = DEFAULT_ROWS,
    rows_to: RowsTo = None,
    by_sql: _BySql = False,
    evidence: Evidence = None,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Compare a database with a snapshot, and name the rows that differ."""
    from snapkit.cli import _evidence  # noqa: PLC0415 -- psycopg
    from snapkit.cli import _findings as findings  # noqa: PLC0415 -- msgspec
    from snapkit.cli._selection import select_tables  # noqa: PLC0415 -- msgspec
    from snapkit.core.evidence import RunKind  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.record import witness  # noqa: PLC0415 -- psycopg
    from snapkit.workflows.verify import verify as compare  # noqa: PLC0415 -- psycopg

    _evidence.require_place(evidence)
    target = find_target(run, dbname)
    found = open_snapshot(store, snapshot)
    chosen = select_tables(found.manifest, only) if only else None
    with run.progress() as progress:
        report = compare(
            target,
            found,
            only=chosen,
            named_rows=rows,
            by_sql=by_sql,
            rows_to=rows_to,
            progress=progress,
        )
    findings.tell_verdict(
        run.people,
        report.verdict,
        f"{target.label} against snapshot {found.id}",
    )
    findings.tell_findings(run.people, report)
    if evidence is not None:
        _evidence.write_evidence(
            run,
            evidence,
            RunKind.VERIFY,
            found,
            report,
            seen=witness(target),
            timings=(("verify", run.seconds),),
        )
    if rows_to is not None:
        run.people.say(f"the rows that differ, of tables that both have, are in {rows_to}")
    document = {
        "snapshot": found.id,
        "target": target.label,
        "by_sql": by_sql,
        "rows_to": None if rows_to is None else str(rows_to),
    }
    return Outcome(
        document | findings.findings_document(report), findings.exit_code_of(report.verdict)
    )
