"""`snapkit nightly`: a backup, its check, a drill and the pages, for a scheduler."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import (
    DEFAULT_REPORTS,
    DEFAULT_STORE,
    Bindir,
    Dbname,
    DrillTarget,
    Jobs,
    NoSchema,
    Reports,
    SchemaPath,
    StorePath,
)
from snapkit.cli._people import People
from snapkit.cli._sources import find_schema, find_target
from snapkit.cli._text import duration, near
from snapkit.errors import ExitCode

if TYPE_CHECKING:
    from snapkit.report.night import StepRecord
    from snapkit.report.nightly import Nightly
    from snapkit.workflows.nightly import Source

_Quick = Annotated[
    bool,
    typer.Option(
        "--quick", help="Check the files only. The drill reads every row of them all the same."
    ),
]


@command(
    Panel.SNAPSHOT,
    example="snapkit nightly -d shop --quiet",
    interrupted="what was unfinished was removed; a snapshot that was complete stays, unproven",
)
def nightly(
    run: Run,
    *,
    dbname: Dbname = None,
    schema: SchemaPath = None,
    no_schema: NoSchema = False,
    jobs: Jobs = None,
    quick: _Quick = False,
    target: DrillTarget = None,
    pg_bindir: Bindir = None,
    out: Reports = DEFAULT_REPORTS,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Back up, check, drill and write the pages, in one: what fails leaves a page that says why."""
    from snapkit.report.nightly import Order, run_nightly  # noqa: PLC0415 -- psycopg
    from snapkit.workflows.nightly import Source  # noqa: PLC0415 -- psycopg

    def find() -> "Source":
        goal = find_target(run, dbname)
        return Source(
            target=goal,
            schema=find_schema(run, schema, goal, wanted=not no_schema),
            drill_on=None if target is None else find_target(run, target),
        )

    order = Order(
        find=find,
        store=store.absolute(),
        out=out.absolute(),
        jobs=jobs,
        quick=quick,
        bindir=pg_bindir,
    )
    with run.progress() as progress:
        done = run_nightly(
            order,
            progress=progress,
            stage=lambda name, ready, total: progress.stage(f"running {name}", ready, total),
        )
    run.interrupted = "the pages are complete"
    _tell(run, done)
    return Outcome(_document(done), done.exit_code)


def _tell(run: Run, done: "Nightly") -> None:
    """Say how each step went; where something is wrong, say that on standard error, always."""
    from snapkit.report.night import judge_night  # noqa: PLC0415 -- msgspec

    for step in done.record.steps:
        run.people.say(step.said, f"{step.word.upper():<12} {step.step:<7} {_took(step):>10}  ")
    page = near(done.page.page) if done.page else str(done.folder)
    run.people.say(f"{duration(done.record.seconds)} in all; {page}")
    if done.exit_code is ExitCode.DONE:
        return
    loud = People(run.err)
    loud.say(run.hide(done.trouble or judge_night(done.record).summary), "error: ", "bold red")
    loud.say(page, "  at: ")
    loud.say("Open that page: it says what failed, what was not run, and why.", "  hint: ")


def _took(step: "StepRecord") -> str:
    return "" if step.seconds is None else duration(step.seconds)


def _document(done: "Nightly") -> dict[str, Any]:
    from snapkit.report.night import judge_night  # noqa: PLC0415 -- msgspec

    record = done.record
    judgement = judge_night(record)
    return {
        "snapshot": record.snapshot_id or None,
        "outcome": judgement.outcome,
        "summary": done.trouble or judgement.summary,
        "folder": str(done.folder),
        "page": str(done.page.page) if done.page else None,
        "index": str(done.folder.parent / "index.html"),
        "tables": record.tables,
        "rows": record.rows,
        "restore_seconds": record.restore_seconds,
        "steps": [
            {
                "step": step.step,
                "outcome": step.outcome,
                "exit_code": step.exit_code,
                "seconds": step.seconds,
                "said": step.said,
                "problems": step.problems,
                "unchecked": step.unchecked,
            }
            for step in record.steps
        ],
        "pages": record.pages,
    }
