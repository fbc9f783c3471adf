"""`snapkit export`: the rows of a snapshot for other programs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, Groups, Only, SnapshotName, StorePath
from snapkit.cli._sources import open_snapshot
from snapkit.cli._text import duration
from snapkit.core.text import counted, size

if TYPE_CHECKING:
    from snapkit.workflows.export import ExportResult


class _Format(StrEnum):
    """The values of --format; core has them too, but importing it costs 0.1 s."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


_FormatOption = Annotated[
    _Format,
    typer.Option(
        "--format",
        "-f",
        help="jsonl: one object per row; bigint and numeric are texts, bytea is base64, and NULL "
        "leaves a json key out. csv: RFC 4180 with a header; NULL is nothing, an empty text is "
        '"". parquet: typed; needs pyarrow.',
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        show_default="SNAPSHOT-FORMAT",
        help="The folder to write to, new or empty.",
    ),
]
_Force = Annotated[
    bool,
    typer.Option("--force", help="Replace files of the same names in a folder that has some."),
]


@command(
    Panel.SNAPSHOT,
    example="snapkit export latest --format csv --only Order --out orders",
    interrupted="the unfinished files were removed",
)
def export(
    run: Run,
    *,
    snapshot: SnapshotName,
    format_: _FormatOption = _Format.JSONL,
    out: _Out = None,
    only: Only = None,
    group: Groups = None,
    force: _Force = False,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Write the rows of a snapshot as files for other programs, every row counted and proven."""
    from snapkit.cli._selection import select_part  # noqa: PLC0415 -- msgspec
    from snapkit.core.export_values import ExportFormat  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.export import export as write_out  # noqa: PLC0415 -- zstandard

    found = open_snapshot(store, snapshot)
    chosen = select_part(found.manifest, only, group, parents=False, children=False)
    with run.progress() as progress:
        result = write_out(
            found,
            out or Path(f"{found.id}-{format_}"),
            format_=ExportFormat(format_),
            only=chosen,
            force=force,
            progress=progress,
        )
    run.interrupted = "the export is complete"
    _tell(run, result)
    return Outcome(
        {
            "snapshot": found.id,
            "format": format_,
            "path": str(result.folder),
            "rows": result.rows,
            "bytes": result.size,
            "notes": result.notes,
            "tables": [
                {
                    "file": table.file,
                    "namespace": table.table.namespace,
                    "name": table.table.name,
                    "model": table.model,
                    "rows": table.rows,
                    "bytes": table.size,
                    "as_text": table.as_text,
                }
                for table in result.tables
            ],
        }
    )


def _tell(run: Run, result: "ExportResult") -> None:
    if run.quiet:
        return
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    run.people.table(
        (
            Column(title="table", fold=True),
            Column(title="file", fold=True),
            Column(title="rows", right=True),
            Column(title="size", right=True),
        ),
        [
            Section(
                rows=tuple(
                    (str(table.table), table.file, f"{table.rows:,}", size(table.size))
                    for table in result.tables
                )
            )
        ],
        (
            counted(len(result.tables), "table"),
            "",
            f"{result.rows:,}",
            size(result.size),
        ),
    )
    for note in result.notes:
        run.people.say(note, "  note: ", "yellow")
    run.people.say(f"every row digested as the manifest says; in {duration(result.seconds)}", "  ")
    run.people.say(str(result.folder), "  ")
