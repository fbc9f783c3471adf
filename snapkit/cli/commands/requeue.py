"""`snapkit requeue`: quarantined rows, shown and loaded once more."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_ROWS, DEFAULT_STORE, Dbname, StorePath
from snapkit.cli._sources import find_target, open_store
from snapkit.cli._text import duration, listed
from snapkit.core.text import counted
from snapkit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from snapkit.core.names import TableName
    from snapkit.pg.target import Target
    from snapkit.store import QuarantinedRow
    from snapkit.workflows.quarantined import Contents, Reason
    from snapkit.workflows.requeue_attempt import RequeueResult

_LATEST = "latest"
_COLUMNS = 4  # of a row, shown to people [columns]

_Name = Annotated[
    str | None,
    typer.Argument(
        metavar="QUARANTINE",
        show_default=False,
        help="A folder in STORE/quarantine, by its name or the beginning of one; a path; or "
        "latest, which it is without a name.",
    ),
]
_List = Annotated[
    bool,
    typer.Option(
        "--list",
        help="Show what is quarantined, and why; connect to no database. Without a name, every "
        "folder that waits.",
    ),
]
_DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Try the rows, say what would go in, and roll everything back."),
]
_Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="TABLE",
        show_default=False,
        help="Only this table's rows; may be given several times. The others stay as they are.",
    ),
]
_EqualRows = Annotated[
    bool,
    typer.Option(
        "--equal-rows",
        help="Load a row of a table without a key although an equal one is there already.",
    ),
]
_Rows = Annotated[
    int, typer.Option("--rows", min=0, metavar="N", help="How many rows --list shows in full.")
]


@command(Panel.RESTORE, example="snapkit requeue latest -d shop_copy")
def requeue(
    run: Run,
    *,
    quarantine: _Name = None,
    dbname: Dbname = None,
    list_only: _List = False,
    dry_run: _DryRun = False,
    only: _Only = None,
    equal_rows: _EqualRows = False,
    rows: _Rows = DEFAULT_ROWS,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Load quarantined rows once more; those refused again stay, with their new reason."""
    from snapkit.workflows.requeue import requeue as load  # noqa: PLC0415 -- psycopg

    if list_only:
        if dry_run or only or equal_rows or dbname is not None:
            raise UsageError(
                "--list only shows what is quarantined",
                "--list",
                "Leave out --dbname, --dry-run, --only and --equal-rows.",
            )
        return _list(run, store, quarantine, rows)
    opened = open_store(store)
    if opened.pending():
        from snapkit.workflows.quarantine import settle_in  # noqa: PLC0415 -- seldom

        settle_in(find_target(run, dbname), opened)
    folder = opened.open_quarantine(quarantine or _LATEST)
    chosen = None
    if only:
        from snapkit.workflows.quarantined import contents_of  # noqa: PLC0415 -- see above

        chosen = _select(contents_of(folder), only)
    target = find_target(run, dbname)
    with run.progress() as progress:
        result = load(
            target, folder, only=chosen, equal_rows=equal_rows, dry_run=dry_run, progress=progress
        )
    if result.committed:
        run.interrupted = "the rows are loaded"
    _tell(run, target, result, dry_run=dry_run)
    code = ExitCode.QUARANTINED if result.left else ExitCode.DONE
    return Outcome(_document(target, result, dry_run=dry_run), code)


def _select(contents: "Contents", names: "Iterable[str]") -> "tuple[TableName, ...]":
    found = []
    for name in names:
        matches = [
            table
            for table in contents.tables
            if name in {table.name, f"{table.namespace}.{table.name}"}
        ]
        if len(matches) != 1:
            known = listed(tuple(f"{t.namespace}.{t.name}" for t in matches or contents.tables))
            raise UsageError(
                f"{name!r} names {len(matches)} tables"
                if matches
                else f"no row of a table {name!r} is quarantined there",
                str(contents.folder.path),
                f"Name one of: {known}.",
            )
        found += matches
    return tuple(found)


def _tell(run: Run, target: "Target", result: "RequeueResult", *, dry_run: bool) -> None:
    if run.quiet:
        return
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    people = run.people
    titles = ("rows", "loaded", "there already", "refused", "not tried")
    figures = [
        (item.rows, item.loaded, item.present, item.refused, item.kept) for item in result.tables
    ]
    _head(run, result.folder.name, result.snapshot_id)
    people.line()
    people.table(
        (Column(title="table", fold=True), *(Column(title=name, right=True) for name in titles)),
        [
            Section(
                rows=tuple(
                    (str(item.table), *(f"{figure:,}" for figure in row))
                    for item, row in zip(result.tables, figures, strict=True)
                )
            )
        ],
        (
            counted(len(result.tables), "table"),
            *(f"{sum(column):,}" for column in zip(*figures, strict=True)),
        ),
    )
    _tell_reasons(run, result.reasons, result.documents)
    for note in result.notes:
        people.say(note, "  note: ", "yellow")
    people.line()
    _tell_end(run, target, result, dry_run=dry_run)


def _tell_end(run: Run, target: "Target", result: "RequeueResult", *, dry_run: bool) -> None:
    people = run.people
    done = f"{counted(result.loaded, 'row')}"
    if result.is_settled:
        people.say(f"{done} had gone in before", "SETTLED  ", "bold green")
    elif dry_run:
        people.say(f"{done} would go into {target.label}; nothing was kept", "dry run  ", "bold")
    elif result.committed:
        took = duration(result.seconds)
        people.say(
            f"{done} loaded into {target.label}, read back and committed, in {took}",
            "LOADED  ",
            "bold green",
        )
    else:
        people.say("nothing could be loaded; all is as it was", "UNCHANGED  ", "bold yellow")
    if result.left:
        where = result.successor or (None if dry_run else result.folder)
        people.say(
            counted(result.left, "row") + (f", with reasons, in {where}" if where else ""),
            "still quarantined  ",
            "bold yellow",
        )
    if result.retired:
        people.say(f"the folder is kept as {result.retired.name}", "  ")


def _head(run: Run, name: str, snapshot_id: str) -> None:
    run.people.say(f"quarantine {name} of snapshot {snapshot_id}", style="bold")


def _tell_reasons(run: Run, reasons: "Iterable[tuple[Reason, int]]", documents: int) -> None:
    for reason, rows in reasons:
        code = f" [SQLSTATE {reason.sqlstate}]" if reason.sqlstate else ""
        rule = f" ({reason.constraint})" if reason.constraint not in reason.message else ""
        run.people.say(
            f"{counted(rows, 'row')} of {reason.table}: {reason.message}{rule}{code}", "  - "
        )
    if documents:
        run.people.say(
            f"{counted(documents, 'row')} of JSON files cannot be loaded as they stand, for want "
            "of a value for each column: mend them in the files that rows.jsonl names, then run "
            "snapkit import-json again",
            "  note: ",
            "yellow",
        )


def _document(target: "Target", result: "RequeueResult", *, dry_run: bool) -> dict[str, Any]:
    return {
        "quarantine": result.folder.name,
        "path": str(result.folder),
        "snapshot": result.snapshot_id,
        "target": target.label,
        "dry_run": dry_run,
        "committed": result.committed,
        "settled": result.is_settled,
        "rows_loaded": result.loaded,
        "rows_present": result.present,
        "rows_quarantined": result.left,
        "rows_of_json_files": result.documents,
        "retired": _text(result.retired),
        "successor": _text(result.successor),
        "tables": [
            {
                "namespace": item.namespace,
                "name": item.name,
                "rows": item.rows,
                "loaded": item.loaded,
                "present": item.present,
                "refused": item.refused,
                "not_tried": item.kept,
            }
            for item in result.tables
        ],
        "reasons": _reasons(result.reasons),
        "notes": result.notes,
    }


def _text(path: "Path | None") -> str | None:
    return str(path) if path else None


def _reasons(reasons: "Iterable[tuple[Reason, int]]") -> list[dict[str, Any]]:
    return [
        {
            "namespace": reason.table.namespace,
            "name": reason.table.name,
            "sqlstate": reason.sqlstate,
            "constraint": reason.constraint,
            "message": reason.message,
            "rows": rows,
        }
        for reason, rows in reasons
    ]


def _list(run: Run, store: "Path", name: str | None, rows: int) -> Outcome:
    from snapkit.workflows.quarantined import contents_of  # noqa: PLC0415 -- msgspec

    opened = open_store(store)
    folders = opened.quarantines() if name is None else (opened.open_quarantine(name),)
    unsettled = [] if name is not None else opened.pending()
    if not folders and not unsettled:
        run.people.say(f"nothing is quarantined in {store}")
    for path, by in unsettled:
        run.people.say(
            f"{path.name}: a restore into database {by.database} did not end; the next restore or "
            "requeue there finds out whether it was committed. Where that server is gone, look "
            f"whether it was: if so, rename .{path.name}.partial to {path.name}, else remove it",
            "note: ",
            "yellow",
        )
    documents = []
    for folder in folders:
        contents = contents_of(folder)
        reasons = sorted(contents.reasons.items())
        shown = _first_rows(contents, rows if name is not None else 0)
        _head(run, folder.path.name, folder.snapshot_id)
        run.people.say(
            f"{counted(contents.rows, 'row')} of {counted(len(contents.tables), 'table')}", "  "
        )
        _tell_reasons(run, reasons, contents.documents)
        if folder.journal() is not None:
            run.people.say(
                "a run did not end; the next one finds out what became of it", "  note: "
            )
        for row in shown:
            run.people.say(f"{row.table}: {_shown(row)}", "    ")
        documents.append(_list_document(contents, reasons, shown))
    return Outcome({"quarantines": documents, "unsettled": [path.name for path, _ in unsettled]})


def _first_rows(contents: "Contents", rows: int) -> "list[QuarantinedRow]":
    places = [
        place
        for held in contents.tables.values()
        for batch in (*held.batches, held.documents)
        for place in batch
    ]
    return contents.folder.rows_at(places[:rows]) if rows else []


def _shown(row: "QuarantinedRow") -> str:
    from snapkit.cli._findings import shown  # noqa: PLC0415 -- msgspec
    from snapkit.core.rows import decode_line  # noqa: PLC0415 -- seldom

    if row.line is None:
        return f"row {row.source[1]} of {row.source[0]}"
    values = list(zip(row.columns, decode_line(row.line), strict=False))
    pairs = ", ".join(f"{name}={shown(value)}" for name, value in values[:_COLUMNS])
    return pairs + (" …" if len(values) > _COLUMNS else "")


def _list_document(
    contents: "Contents", reasons: "list[tuple[Reason, int]]", shown: "list[QuarantinedRow]"
) -> dict[str, Any]:
    from snapkit.core.rows import decode_line  # noqa: PLC0415 -- seldom

    return {
        "quarantine": contents.folder.path.name,
        "path": str(contents.folder.path),
        "snapshot": contents.folder.snapshot_id,
        "rows": contents.rows,
        "rows_of_json_files": contents.documents,
        "has_unfinished_run": contents.folder.journal() is not None,
        "tables": [
            {"namespace": name.namespace, "name": name.name, "rows": held.rows}
            for name, held in contents.tables.items()
        ],
        "reasons": _reasons(reasons),
        "rows_named": [
            {
                "namespace": row.table.namespace,
                "name": row.table.name,
                "values": None
                if row.line is None
                else dict(zip(row.columns, decode_line(row.line), strict=False)),
                "file": row.source[0] or None,
                "row": row.source[1] or None,
                **row.reason,
            }
            for row in shown
        ],
    }
