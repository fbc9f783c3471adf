"""`snapkit import-json`: a folder of old JSON dumps as a snapshot."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, NoSchema, SchemaPath, StorePath
from snapkit.cli._sources import find_schema, find_target, open_store, require_schema
from snapkit.cli._text import duration, listed
from snapkit.core.text import counted, size
from snapkit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from snapkit.core.import_problems import Problem
    from snapkit.core.names import TableName
    from snapkit.workflows.import_json import ImportResult

_PROBLEMS = 100  # that people are shown; the document has them all


class _OnError(StrEnum):
    """The values of --on-error; core.plan has them too, but importing it costs 0.1 s."""

    STOP = "stop"
    QUARANTINE = "quarantine"


_Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        show_default=False,
        help="A folder with one JSON file per table: an array of its rows.",
    ),
]
_Database = Annotated[
    str | None,
    typer.Option(
        "--dbname",
        "-d",
        metavar="DB",
        show_default=False,
        help="A database that has the tables, empty perhaps: it gives DDL and column types. "
        "Without it the schema alone does, and the snapshot restores only into a database that "
        "has its tables.",
    ),
]
_OnErrorOption = Annotated[
    _OnError,
    typer.Option(
        "--on-error",
        help="What to do with rows that do not fit: stop and make no snapshot, or keep them "
        "aside under STORE/quarantine.",
    ),
]


@command(
    Panel.SNAPSHOT,
    example="snapkit import-json backups/2024-05-01 -d shop_migrated",
    interrupted="the unfinished snapshot was removed",
)
def import_json(
    run: Run,
    *,
    folder: _Folder,
    dbname: _Database = None,
    schema: SchemaPath = None,
    no_schema: NoSchema = False,
    on_error: _OnErrorOption = _OnError.STOP,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Turn old JSON dumps into a snapshot, typed by the schema; name what does not fit."""
    from snapkit.core.plan import OnError  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.import_json import import_json as read_in  # noqa: PLC0415 -- psycopg

    if no_schema and dbname is None:
        raise UsageError(
            "without a schema only a database can say what the rows are",
            "--no-schema",
            "Name a database that has the tables with -d.",
        )
    target = find_target(run, dbname) if dbname is not None else None
    if target:
        parsed = find_schema(run, schema, target, wanted=not no_schema)
    else:
        parsed = require_schema(run, schema)
    with run.progress() as progress:
        result = read_in(
            folder,
            open_store(store),
            schema=parsed,
            target=target,
            on_error=OnError(on_error),
            progress=progress,
        )
    if result.snapshot is not None:
        run.interrupted = "the snapshot is complete"
    _tell(run, result)
    return Outcome(_document(result), _exit_code(result))


def _exit_code(result: "ImportResult") -> ExitCode:
    if result.snapshot is None:
        return ExitCode.FAILED
    return ExitCode.QUARANTINED if result.quarantine else ExitCode.DONE


def _tell(run: Run, result: "ImportResult") -> None:
    if run.quiet:
        return
    people = run.people
    if result.snapshot is None:
        people.say(
            f"no snapshot was made: {counted(len(result.problems), 'problem')} in "
            f"{counted(len({item.file for item in result.problems}), 'file')}",
            style="bold red",
        )
    else:
        manifest = result.snapshot.manifest
        people.say(f"snapshot {manifest.id} of {manifest.database}", style="bold")
        people.say(
            f"{counted(len(manifest.data_tables), 'table')}, {counted(manifest.rows, 'row')}, "
            f"{size(manifest.size)}; {size(manifest.stored_size)} on disk; "
            f"in {duration(result.seconds)}",
            "  ",
        )
        people.say(str(result.snapshot.path), "  ")
    _tell_files(run, result)
    _tell_problems(run, result.problems)
    if result.quarantine:
        people.say(
            f"{counted(result.rows_quarantined, 'row')} set aside, with reasons, in "
            f"{result.quarantine}",
            "quarantined  ",
            "bold yellow",
        )
        people.say("snapkit requeue --list latest shows them", "  ")
    for names, what in (
        (result.empty, "without a file, recorded with 0 rows"),
        (result.left_out, "that neither a file nor a model names, left out"),
    ):
        if names:
            people.say(
                f"{counted(len(names), 'table')} {what}: {listed(tuple(map(str, names)))}",
                "  note: ",
                "yellow",
            )
    if result.ignored:
        people.say(f"not read, no .json files: {listed(result.ignored)}", "  note: ", "yellow")
    if result.snapshot is not None and not result.snapshot.manifest.has_ddl:
        people.say(
            "the snapshot has no DDL: it restores only into a database that has its tables",
            "  note: ",
            "yellow",
        )


def _tell_files(run: Run, result: "ImportResult") -> None:
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    run.people.line()
    run.people.table(
        (
            Column(title="file", fold=True),
            Column(title="table", fold=True),
            Column(title="rows", right=True),
            Column(title="fit", right=True),
        ),
        [
            Section(
                rows=tuple(
                    (file.file, str(file.table), f"{file.rows:,}", f"{file.digest.rows:,}")
                    for file in result.files
                )
            )
        ],
        (
            counted(len(result.files), "file"),
            "",
            f"{sum(file.rows for file in result.files):,}",
            f"{sum(file.digest.rows for file in result.files):,}",
        ),
    )


def _tell_problems(run: Run, problems: "tuple[Problem, ...]") -> None:
    for problem in problems[:_PROBLEMS]:
        run.people.say(str(problem), "  - ", "red")
    if len(problems) > _PROBLEMS:
        run.people.say(f"and {len(problems) - _PROBLEMS:,} more; --json names them all", "  ")


def _document(result: "ImportResult") -> dict[str, Any]:
    manifest = result.snapshot.manifest if result.snapshot else None
    return {
        "snapshot": manifest.id if manifest else None,
        "path": str(result.snapshot.path) if result.snapshot else None,
        "tables": len(manifest.data_tables) if manifest else 0,
        "rows": manifest.rows if manifest else 0,
        "bytes": manifest.size if manifest else 0,
        "stored_bytes": manifest.stored_size if manifest else 0,
        "has_ddl": manifest.has_ddl if manifest else False,
        "rows_quarantined": result.rows_quarantined,
        "quarantine": str(result.quarantine) if result.quarantine else None,
        "files": [
            {
                "file": file.file,
                "namespace": file.table.namespace,
                "name": file.table.name,
                "rows": file.rows,
                "rows_that_fit": file.digest.rows,
            }
            for file in result.files
        ],
        "problems": [
            {
                "file": problem.file,
                "field": problem.field,
                "what": problem.what,
                "rows": problem.rows,
                "spans": problem.spans,
            }
            for problem in result.problems
        ],
        "empty": _names(result.empty),
        "left_out": _names(result.left_out),
        "ignored": result.ignored,
    }


def _names(tables: "tuple[TableName, ...]") -> list[dict[str, str]]:
    return [{"namespace": name.namespace, "name": name.name} for name in tables]
