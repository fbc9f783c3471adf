"""`snapkit diff`: two snapshots, without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import (
    DEFAULT_ROWS,
    DEFAULT_STORE,
    Groups,
    NamedRows,
    Only,
    RowsTo,
    StorePath,
)
from snapkit.cli._sources import open_snapshot
from snapkit.core.text import counted

if TYPE_CHECKING:
    from snapkit.core.names import TableName
    from snapkit.core.snapshot_diff import SnapshotDiff, TableDiff
    from snapkit.store import Snapshot

_A = Annotated[
    str,
    typer.Argument(metavar="A", show_default=False, help="The first snapshot: its id, or latest."),
]
_B = Annotated[
    str,
    typer.Argument(metavar="B", show_default=False, help="The second one: what A became."),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        show_default=False,
        help="Write the page of notebook snapshot_diff, of all tables, into this folder of "
        "reports.",
    ),
]


@command(Panel.SNAPSHOT, example="snapkit diff 20251101 latest")
def diff(
    run: Run,
    *,
    a: _A,
    b: _B,
    only: Only = None,
    group: Groups = None,
    rows: NamedRows = DEFAULT_ROWS,
    rows_to: RowsTo = None,
    out: _Out = None,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Compare two snapshots: schema, tables and rows, without a database."""
    from snapkit.cli import _findings as findings  # noqa: PLC0415 -- msgspec
    from snapkit.workflows.diff import diff as compare  # noqa: PLC0415 -- zstandard

    snapshots = open_snapshot(store, a), open_snapshot(store, b)
    chosen = _chosen(snapshots, only, group)
    with run.progress() as progress:
        found = compare(
            *snapshots, only=chosen, named_rows=rows, rows_to=rows_to, progress=progress
        )
    findings.tell_verdict(run.people, found.verdict, f"snapshot {found.a} and snapshot {found.b}")
    _tell(run, found)
    document = _document(found) | {"rows_to": None if rows_to is None else str(rows_to)}
    if rows_to is not None:
        run.people.say(f"the rows that differ, of tables that both have, are in {rows_to}")
    if out is not None:
        document["pages"] = _write_page(run, found, store, out, rows)
    return Outcome(document, findings.exit_code_of(found.verdict))


def _chosen(
    snapshots: "tuple[Snapshot, Snapshot]", only: list[str] | None, groups: list[str] | None
) -> "set[TableName] | None":
    """The tables that the options name; each name may be one that only one snapshot knows."""
    from snapkit.cli._selection import select_part  # noqa: PLC0415 -- msgspec
    from snapkit.errors import UsageError  # noqa: PLC0415 -- with it

    if not only and not groups:
        return None
    tables: set[TableName] = set()
    for names in [([name], None) for name in only or ()] + [
        (None, [name]) for name in groups or ()
    ]:
        unknown = []
        for snapshot in snapshots:
            try:
                part = select_part(snapshot.manifest, *names, parents=False, children=False)
            except UsageError as error:
                unknown.append(error)
            else:
                tables.update(part or ())
        if len(unknown) == len(snapshots):
            raise unknown[-1]
    return tables


def _write_page(run: Run, found: "SnapshotDiff", store: Path, out: Path, rows: int) -> Any:  # noqa: ANN401 -- JSON
    from snapkit.cli.commands.report import pages_document, tell_pages  # noqa: PLC0415 -- seldom
    from snapkit.report.parameters import Notebook  # noqa: PLC0415 -- seldom
    from snapkit.report.runner import run_reports  # noqa: PLC0415 -- seldom

    with run.progress() as progress:
        pages = run_reports(
            store.absolute(),
            found.b,
            out.absolute(),
            names=[Notebook.SNAPSHOT_DIFF],
            parameters={"snapshot_a": found.a, "rows_named": rows},
            progress=lambda name, done, total: progress.stage(f"running {name}", done, total),
        )
    tell_pages(run, pages)
    return pages_document(pages)["pages"]


def _tell(run: Run, found: "SnapshotDiff") -> None:
    """Print what changed: the schema, the tables with their rows, what was not compared."""
    if run.quiet:
        return
    from snapkit.cli._findings import tell_rows, tell_unchecked  # noqa: PLC0415 -- msgspec
    from snapkit.core.snapshot_diff import WORDS  # noqa: PLC0415 -- with it

    people = run.people
    for change in found.changes:
        people.say(f"{change.where}: {change.before} -> {change.after}", f"  {change.kind}  ")
    for table in found.differing:
        people.line()
        people.say(f"{_name(table)}: {_counts(table)}", style="bold")
        tell_rows(people, table.named, table.removed + table.added + table.changed, WORDS)
    tell_unchecked(people, found.unchecked)
    people.line()
    _tell_totals(run, found)


def _name(table: "TableDiff") -> str:
    return f"{table.table} (model {table.model})" if table.model else str(table.table)


def _counts(table: "TableDiff") -> str:
    if not table.is_compared:
        rows = f"{counted(table.rows_a or 0, 'row')} in A, {table.rows_b or 0:,} in B"
        return f"{rows}; {table.reason}"
    counts = [
        f"{number:,} {word}"
        for number, word in (
            (table.removed, "removed"),
            (table.added, "added"),
            (table.changed, "changed"),
        )
        if number
    ]
    return ", ".join([*counts, *([table.reason] if table.reason else [])])


def _tell_totals(run: Run, found: "SnapshotDiff") -> None:
    """A table of tables: those that differ, those that are the same together, and the sums."""
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    sums = found.totals
    rows = [
        (
            _name(table),
            *_figures(table.rows_a, table.removed, table.added, table.changed, table.rows_b),
        )
        if table.is_compared
        else (_name(table), *_figures(table.rows_a, None, None, None, table.rows_b))
        for table in found.differing
    ]
    if sums.same:
        same = sum(table.rows_a or 0 for table in found.tables) - sum(
            table.rows_a or 0 for table in found.differing
        )
        rows.append((f"{counted(sums.same, 'table')} the same", *_figures(same, 0, 0, 0, same)))
    titles = ("rows in A", "removed", "added", "changed", "rows in B")
    run.people.table(
        (Column(title="table", fold=True), *(Column(title=title, right=True) for title in titles)),
        [Section(rows=tuple(rows))],
        (
            counted(sums.tables, "table"),
            *_figures(sums.rows_a, sums.removed, sums.added, sums.changed, sums.rows_b),
        ),
    )


def _figures(*numbers: int | None) -> tuple[str, ...]:
    return tuple("-" if number is None else f"{number:,}" for number in numbers)


def _document(found: "SnapshotDiff") -> dict[str, Any]:
    from snapkit.core.snapshot_diff import WORDS  # noqa: PLC0415 -- msgspec

    sums = found.totals
    return {
        "snapshots": [found.a, found.b],
        "verdict": found.verdict,
        "schema": [
            {
                "change": change.kind,
                "namespace": change.table.namespace if change.table else None,
                "name": change.table.name if change.table else None,
                "item": change.item,
                "before": change.before,
                "after": change.after,
            }
            for change in found.changes
        ],
        "tables": [
            {
                "namespace": table.table.namespace,
                "name": table.table.name,
                "model": table.model,
                "rows": table.rows_a,
                "rows_found": table.rows_b,
                "verdict": table.verdict,
                "added": table.added,
                "removed": table.removed,
                "changed": table.changed,
                "compared": table.is_compared,
                "reason": table.reason,
            }
            for table in found.tables
        ],
        "totals": {
            "tables": sums.tables,
            "same": sums.same,
            "rows": sums.rows_a,
            "rows_found": sums.rows_b,
            "added": sums.added,
            "removed": sums.removed,
            "changed": sums.changed,
        },
        "rows_named": [
            {
                "namespace": row.table.namespace,
                "name": row.table.name,
                "change": WORDS[row.change],
                "key": dict(row.key),
                "columns": [
                    {"column": value.column, "a": value.snapshot, "b": value.database}
                    for value in row.values
                ],
            }
            for table in found.tables
            for row in table.named
        ],
        "unchecked": [{"name": name, "reason": reason} for name, reason in found.unchecked],
    }
