"""`snapkit coverage`: schema, database and snapshot reconciled three ways."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, Dbname, NoSchema, SchemaPath, StorePath
from snapkit.cli._sources import find_schema, find_target, open_snapshot
from snapkit.core.text import counted, size
from snapkit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from snapkit.core.coverage import Coverage, CoverageRow
    from snapkit.core.drift import Drift
    from snapkit.core.schema import Schema
    from snapkit.store import Snapshot

_Snapshot = Annotated[
    str | None,
    typer.Option(
        "--snapshot",
        metavar="SNAPSHOT",
        show_default=False,
        help="Its id, the beginning of one, or latest. Without it: schema and database only.",
    ),
]
_NO_MODEL = "(no model)"


@command(Panel.SCHEMA, example="snapkit coverage -d shop --snapshot latest")
def coverage(
    run: Run,
    *,
    dbname: Dbname = None,
    schema: SchemaPath = None,
    no_schema: NoSchema = False,
    snapshot: _Snapshot = None,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Reconcile schema, database and snapshot; name what one has and another lacks."""
    from snapkit.core.coverage import CoverageVerdict  # noqa: PLC0415 -- seldom
    from snapkit.workflows.coverage import coverage as reconcile  # noqa: PLC0415 -- psycopg

    target = find_target(run, dbname)
    held = open_snapshot(store, snapshot) if snapshot is not None else None
    parsed = find_schema(run, schema, target, wanted=not no_schema)
    if parsed is None and not no_schema:
        parsed = _schema_of(held)
    if parsed is None and held is None:
        raise UsageError(
            "nothing to compare the database with",
            target.label,
            "Name a schema with --schema, a snapshot with --snapshot, or both.",
        )
    found = reconcile(parsed, target, held)
    _tell(run, found)
    drifted = any(item.is_drift for item in found.drift)
    whole = found.verdict is not CoverageVerdict.INCOMPLETE
    return Outcome(
        _document(found) | {"target": target.label, "snapshot": held.id if held else None},
        ExitCode.DONE if whole and not drifted else ExitCode.DRIFT,
    )


def _schema_of(snapshot: "Snapshot | None") -> "Schema | None":
    from snapkit.workflows.parts import snapshot_schema  # noqa: PLC0415 -- the parser

    return snapshot_schema(snapshot) if snapshot else None


def _document(found: "Coverage") -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "totals": found.totals,
        "groups": [{"name": group.name, "totals": group.totals} for group in found.groups],
        "models": [_row_document(row) for row in found.rows],
        "drift": [_drift_document(item) for item in found.drift],
    }


def _row_document(row: "CoverageRow") -> dict[str, Any]:
    return {
        "group": row.group,
        "model": row.model,
        "namespace": row.table.namespace,
        "name": row.table.name,
        "status": row.status,
        "is_gap": row.is_gap,
        "in_schema": row.in_schema,
        "in_catalog": row.in_catalog,
        "in_snapshot": row.in_snapshot,
        "snapshot_rows": row.snapshot_rows,
        "snapshot_bytes": row.snapshot_bytes,
        "catalog_rows": row.catalog_rows,
        "catalog_bytes": row.catalog_bytes,
        "reason": row.reason,
        "partitions": [_row_document(part) for part in row.partitions],
    }


def _drift_document(item: "Drift") -> dict[str, Any]:
    return {
        "kind": item.kind,
        "severity": item.severity,
        "namespace": item.table.namespace,
        "name": item.table.name,
        "item": item.item,
        "expected": item.expected,
        "found": item.found,
    }


def _tell(run: Run, found: "Coverage") -> None:
    if run.quiet:
        return
    drifted = [item for item in found.drift if item.is_drift]
    told = [item for item in found.drift if not item.is_drift]
    _tell_verdict(run, found, drifted)
    for row in found.gaps:
        name = f"{row.table} (model {row.model})" if row.model else str(row.table)
        run.people.say(f"{name}: {row.reason or row.status}", "  gap    ", "red")
    for item in drifted:
        run.people.say(_drift(item), "  drift  ", "yellow")
    for item in told:
        run.people.say(_drift(item), "  note   ", "dim")
    run.people.line()
    _tell_groups(run, found)


def _tell_verdict(run: Run, found: "Coverage", drifted: "list[Drift]") -> None:
    sums = found.totals
    sides = [f"{sums.in_schema:,} in the schema"] if found.has_schema else []
    sides.append(f"{sums.in_catalog:,} in the database")
    if found.has_snapshot:
        sides.append(f"{sums.in_snapshot:,} in the snapshot")
    bad = drifted or found.gaps
    word = "DRIFT" if drifted and not found.gaps else found.verdict.upper()
    if not found.has_snapshot and not bad:
        word = "AGREED"
    parts = [counted(sums.tables, "table"), *sides]
    if found.has_snapshot:
        parts.append(counted(sums.gaps, "gap"))
    if found.has_schema:
        parts.append(counted(len(drifted), "drift", "drifts"))
    run.people.say(", ".join(parts), f"{word}  ", "bold red" if bad else "bold green")


def _drift(item: "Drift") -> str:
    if item.expected == "nothing":
        side = "only in the database" + ("" if item.found == "it" else f": {item.found}")
    elif item.found == "nothing":
        side = "only in the schema" + ("" if item.expected == "it" else f": {item.expected}")
    else:
        side = f"schema {item.expected}, database {item.found}"
    return f"{item.kind} {item.where}, {side}"


def _tell_groups(run: Run, found: "Coverage") -> None:
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    def row(name: str, sums: Any) -> tuple[str, ...]:  # noqa: ANN401 -- Totals, imported for types only
        rows = sums.snapshot_rows if found.has_snapshot else sums.catalog_rows
        data = sums.snapshot_bytes if found.has_snapshot else sums.catalog_bytes
        sides = (
            (sums.in_schema, found.has_schema),
            (sums.in_catalog, found.has_catalog),
            (sums.in_snapshot, found.has_snapshot),
        )
        return (
            name,
            f"{sums.tables:,}",
            *(f"{number:,}" if given else "-" for number, given in sides),
            f"{rows:,}",
            size(data),
            f"{sums.gaps:,}" if found.has_snapshot else "-",
        )

    rows = "rows" if found.has_snapshot else "rows (est.)"  # the planner's
    titles = ("tables", "schema", "database", "snapshot", rows, "size", "gaps")
    run.people.table(
        (
            Column(title="group", fold=True),
            *(Column(title=title, right=True) for title in titles),
        ),
        [
            Section(
                rows=tuple(
                    row(_NO_MODEL if group.name is None else group.name, group.totals)
                    for group in found.groups
                )
            )
        ],
        row("total", found.totals),
    )
    if found.totals.views:
        run.people.say(
            f"{counted(found.totals.views, 'view')} beside them, without rows of their own"
        )
