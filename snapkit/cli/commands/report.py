"""`snapkit report`: the notebooks, through papermill, and their pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import (
    DEFAULT_REPORTS,
    DEFAULT_STORE,
    Reports,
    SchemaPath,
    SnapshotName,
    StorePath,
)
from snapkit.cli._sources import find_target, open_snapshot
from snapkit.cli._text import duration, near
from snapkit.core.text import counted

if TYPE_CHECKING:
    from snapkit.report.runner import ReportSet

_Notebooks = Annotated[
    list[str] | None,
    typer.Option(
        "--notebook",
        metavar="NAME",
        show_default="all",
        help="Only this notebook; may be given several times.",
    ),
]
_Restored = Annotated[
    str | None,
    typer.Option(
        "--dbname",
        "-d",
        metavar="DB",
        show_default=False,
        help="The restored database, to be verified: what psql takes, or Prisma's URL. Without it, "
        "and without --evidence, restore_verification is left out.",
    ),
]
_Evidence = Annotated[
    Path | None,
    typer.Option(
        "--evidence",
        metavar="FILE",
        show_default=False,
        help="What a restore, verify or drill recorded with --evidence.",
    ),
]
_Pdf = Annotated[
    bool,
    typer.Option(
        "--pdf",
        help="Print each page as PDF, too, by Chromium or Chrome.",
    ),
]
_DSN = "SNAPKIT_DSN"
_PROOF = "restore_verification"
_NEEDS_PROOF = (
    f"{_PROOF} was left out: name the restored database with -d, or a record with --evidence"
)


@command(
    Panel.REPORT,
    example="snapkit report latest -d shop_copy --out reports",
    interrupted="the pages are as they were before",
)
def report(
    run: Run,
    *,
    snapshot: SnapshotName,
    dbname: _Restored = None,
    evidence: _Evidence = None,
    schema: SchemaPath = None,
    notebook: _Notebooks = None,
    pdf: _Pdf = False,
    out: Reports = DEFAULT_REPORTS,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Run the notebooks on a snapshot and write their pages and the index."""
    from snapkit.report.parameters import OF_ONE_SNAPSHOT  # noqa: PLC0415 -- seldom
    from snapkit.report.runner import run_reports  # noqa: PLC0415 -- psycopg

    found = open_snapshot(store, snapshot)
    names = notebook
    if names is None and dbname is None and evidence is None:
        names = [name for name in OF_ONE_SNAPSHOT if name != _PROOF]
        run.people.say(_NEEDS_PROOF, "note: ", "yellow")
    with _variable(run, dbname) as variable, run.progress() as progress:
        pages = run_reports(
            store.absolute(),
            found.id,
            out.absolute(),
            dsn_env=variable,
            schema=None if schema is None else schema.absolute(),
            evidence=None if evidence is None else evidence.absolute(),
            names=names,
            pdf=pdf,
            progress=lambda name, done, total: progress.stage(f"running {name}", done, total),
        )
        run.interrupted = "the pages are complete"
    tell_pages(run, pages)
    return Outcome(pages_document(pages), pages.exit_code)


@contextmanager
def _variable(run: Run, dbname: str | None) -> Iterator[str | None]:
    """Hand the database to the notebooks by an environment variable: parameters are stored."""
    if dbname is None:
        yield None
        return
    from snapkit.pg.session import connect  # noqa: PLC0415 -- psycopg
    from snapkit.workflows.lending import lent  # noqa: PLC0415 -- seldom

    with connect(find_target(run, dbname)):
        pass  # better now than in the last notebook
    with lent(_DSN, dbname):
        yield _DSN


def tell_pages(run: Run, pages: "ReportSet") -> None:
    """Print each page's outcome, and where it is."""
    if run.quiet:
        return
    from snapkit.cli._findings import STYLES  # noqa: PLC0415 -- seldom

    styles = {verdict.value: style for verdict, style in STYLES.items()}
    for page in pages.pages:
        style = styles.get(page.outcome.value, "bold red")
        run.people.say(page.notebook.value, f"{page.outcome.upper():<10} ", style)
        run.people.say(page.summary, " " * 11)
        run.people.say(near(page.page), " " * 11)
        if page.pdf is not None:
            run.people.say(near(page.pdf), " " * 11)
    run.people.say(
        f"{counted(len(pages.pages), 'page')} in {duration(pages.seconds)}; "
        f"all reports: {near(pages.index)}"
    )


def pages_document(pages: "ReportSet") -> dict[str, Any]:
    """The keys of a report set in a JSON document."""
    return {
        "snapshot": pages.snapshot_id,
        "outcome": pages.outcome,
        "folder": str(pages.folder),
        "index": str(pages.index),
        "pages": [
            {
                "notebook": page.notebook,
                "outcome": page.outcome,
                "summary": page.summary,
                "page": str(page.page),
                "pdf": None if page.pdf is None else str(page.pdf),
                "executed": str(page.executed),
                "result": str(page.result),
                "seconds": round(page.seconds, 3),
            }
            for page in pages.pages
        ],
    }
