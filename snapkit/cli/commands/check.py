"""`snapkit check`: a snapshot at rest."""

from typing import Annotated

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, SnapshotName, StorePath
from snapkit.cli._sources import open_snapshot

_Quick = Annotated[
    bool, typer.Option("--quick", help="Compare the files only; do not unpack the rows.")
]


@command(Panel.SNAPSHOT, example="snapkit check latest")
def check(
    run: Run, *, snapshot: SnapshotName, store: StorePath = DEFAULT_STORE, quick: _Quick = False
) -> Outcome:
    """Prove a snapshot at rest: every file, every row, every digest."""
    from snapkit.cli import _findings as findings  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.check import check as prove  # noqa: PLC0415 -- zstandard

    found = open_snapshot(store, snapshot)
    with run.progress() as progress:
        report = prove(found, quick=quick, progress=progress)
    what = "files of snapshot" if quick else "snapshot"
    findings.tell_verdict(run.people, report.verdict, f"{what} {found.id}")
    findings.tell_findings(run.people, report)
    document = {"snapshot": found.id, "quick": quick}
    return Outcome(
        document | findings.findings_document(report), findings.exit_code_of(report.verdict)
    )
