"""What each value says of itself in a notebook: the verdict first, failures next, then detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.schema import ModelKind
from snapkit.core.summary import Figure, Grid, Summary, grid
from snapkit.core.text import counted, size
from snapkit.core.verdict import ObjectChange, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.core.coverage import Coverage
    from snapkit.core.manifest import Manifest
    from snapkit.core.plan import RestorePlan
    from snapkit.core.schema import Schema
    from snapkit.core.snapshot_diff import SnapshotDiff
    from snapkit.core.verdict import OrphanFinding, SequenceFinding, VerificationReport

_SIGNS = {Verdict.MATCH: "✔", Verdict.MISMATCH: "✘", Verdict.UNCHECKED: "?"}


def signed(verdict: Verdict) -> str:
    """A verdict as people read it: a sign and a word, so that colour says nothing alone."""
    return f"{_SIGNS[verdict]} {verdict}"


def schema_summary(schema: Schema) -> Summary:
    """What a schema says: its groups and their models.

    Args:
        schema: Any schema.

    Returns:
        Counts, and one row per group.
    """
    tables = [model for model in schema.models if model.kind is ModelKind.MODEL]
    views = len(schema.models) - len(tables)
    facts = [
        ", ".join(
            [
                counted(len(schema.foreign_keys), "foreign key"),
                counted(len(schema.join_tables), "join table"),
                counted(len(schema.enums), "enum"),
                *([counted(views, "view")] if views else []),
            ]
        )
    ]
    if schema.datasource is not None:
        facts.append(f"datasource {schema.datasource.name}: {schema.datasource.provider}")
    return Summary(
        headline=f"Schema: {counted(len(tables), 'model')} "
        f"in {counted(len(schema.groups), 'group')}",
        facts=tuple(facts),
        grids=(
            grid(
                "Models by group",
                ("group", "models", "fields", "which"),
                (
                    (
                        group.name,
                        len(group.models),
                        sum(len(schema.by_name[name].fields) for name in group.models),
                        ", ".join(group.models),
                    )
                    for group in schema.groups
                ),
                limit=40,
            ),
        ),
    )


def manifest_summary(manifest: Manifest, doubt: str = "") -> Summary:
    """What a snapshot holds.

    Args:
        manifest: Of the snapshot.
        doubt: Why the store cannot tell that it wrote it; empty where it did.

    Returns:
        Counts, what is not held, and the rows by group.
    """
    entries = manifest.data_tables
    groups: dict[str | None, list[int]] = {}
    for entry in entries:
        sums = groups.setdefault(entry.group, [0, 0, 0])
        sums[0] += 1
        sums[1] += entry.rows
        sums[2] += entry.size
    server = f"PostgreSQL {manifest.server.version_text}" if manifest.has_server else "no server"
    finished = manifest.finished_at[:19].replace("T", " ")
    facts = [
        f"database {manifest.database}, {server}, finished {finished} UTC",
        (
            f"{counted(len(entries), 'table')}, {counted(manifest.rows, 'row')}, "
            f"{size(manifest.size)}, {size(manifest.stored_size)} on disk"
        ),
    ]
    largest = sorted(entries, key=lambda entry: (-entry.size, entry.table))
    return Summary(
        headline=f"Snapshot {manifest.id}",
        facts=(*facts, *([f"of doubtful origin: {doubt}"] if doubt else [])),
        grids=(
            _pairs("Not held", manifest.not_held),
            grid(
                "Rows by group",
                ("group", "tables", "rows", "size"),
                (
                    (name, count, rows, Figure(size(data)))
                    for name, (count, rows, data) in groups.items()
                ),
                limit=40,
            ),
            grid(
                "The largest tables",
                ("table", "model", "rows", "size", "digest"),
                (
                    (
                        str(entry.table),
                        entry.model,
                        entry.rows,
                        Figure(size(entry.size)),
                        entry.digest[:16],
                    )
                    for entry in largest
                ),
                folded=True,
            ),
        ),
    )


def snapshots_summary(
    where: str, newest: Sequence[tuple[str, Manifest | None, str]], count: int
) -> Summary:
    """What a store holds.

    Args:
        where: The store's folder.
        newest: Id, manifest and problem of the newest snapshots, newest first; a manifest that
            cannot be read is None, and the problem says why.
        count: How many snapshots there are.

    Returns:
        One row per snapshot.
    """
    columns = ("snapshot", "database", "tables", "rows", "size", "on disk", "took", "problem")
    rows = [
        (
            name,
            held.database if held else None,
            len(held.data_tables) if held else None,
            held.rows if held else None,
            Figure(size(held.size)) if held else None,
            Figure(size(held.stored_size)) if held else None,
            Figure(f"{held.seconds:.2f} s") if held else None,
            problem or None,
        )
        for name, held, problem in newest
    ]
    return Summary(
        headline=f"Store {where}: {counted(count, 'snapshot')}",
        grids=(
            Grid(caption="Newest first", columns=columns, rows=tuple(rows), more=count - len(rows)),
        ),
    )


def plan_summary(plan: RestorePlan) -> Summary:
    """What a restore will do.

    Args:
        plan: The plan.

    Returns:
        What is removed first, then notes and steps.
    """
    doing = "removes rows" if plan.is_destructive else "removes nothing"
    levels = len({stage.level for stage in plan.stages})
    parts = [
        counted(len(plan.tables), "table"),
        counted(plan.rows, "row"),
        counted(levels, "stage"),
        counted(plan.jobs, "connection"),
    ]
    facts = [", ".join(parts), f"a row that is refused: {plan.on_error}"]
    facts += [plan.rung.means] if plan.rungs else []
    return Summary(
        headline=f"Plan: restore snapshot {plan.snapshot_id} ({plan.mode}), {doing}",
        facts=tuple(facts),
        grids=(
            grid("Tables that lose their rows", ("table",), ((str(t),) for t in plan.removed)),
            grid("Notes", ("note",), ((note,) for note in plan.notes)),
            grid(
                "Steps, in order",
                ("step", "what is done"),
                ((number, str(step)) for number, step in enumerate(plan.steps, start=1)),
            ),
            grid(
                f"Left alone: {counted(len(plan.untouched), 'table')}",
                ("table",),
                ((str(table),) for table in plan.untouched),
                folded=True,
            ),
        ),
    )


def report_summary(report: VerificationReport) -> Summary:
    """What a check, a verification or a restore found.

    Args:
        report: The report.

    Returns:
        The verdict, what differs, what was not looked at, and then every table.
    """
    found = report.findings
    rows = sum(finding.observed_rows or 0 for finding in found)
    equal = sum(finding.verdict is Verdict.MATCH for finding in found)
    facts = [f"{equal:,} of {counted(len(found), 'table')} equal, {counted(rows, 'row')} read"]
    facts += _orphan_facts(report.orphans) + _sequence_facts(report.sequences)
    lost = [item for item in report.objects if item.change is not ObjectChange.EXTRA]
    if report.objects_compared:
        facts.append(
            f"{counted(report.objects_compared, 'declared object')} compared, "
            f"{len(lost):,} missing or changed"
        )
    if report.quarantined:
        facts.append(f"{counted(report.quarantined, 'row')} quarantined")
    differing = [finding for finding in found if finding.verdict is not Verdict.MATCH]
    named = [str(row) for finding in differing for row in finding.named]
    return Summary(
        headline=signed(report.verdict),
        facts=tuple(facts),
        grids=(
            grid(
                "Tables that differ, or were not looked at",
                ("table", "verdict", "expected", "found", "missing", "extra", "changed", "reason"),
                (
                    (
                        str(item.table),
                        signed(item.verdict),
                        item.expected_rows,
                        item.observed_rows,
                        item.missing,
                        item.extra,
                        item.changed,
                        item.reason,
                    )
                    for item in differing
                ),
            ),
            grid("Rows that differ", ("row",), ((row,) for row in named)),
            grid(
                "Declared objects that differ",
                ("object", "change", "snapshot", "database"),
                ((item.what, item.change, item.snapshot, item.database) for item in report.objects),
                folded=not lost,
            ),
            _pairs("Faults of files", report.files),
            _pairs("Unchecked", report.unchecked),
            grid(
                f"All {counted(len(found), 'table')}",
                ("table", "model", "verdict", "rows", "digest"),
                (
                    (
                        str(item.table),
                        item.model,
                        signed(item.verdict),
                        item.observed_rows,
                        item.observed_digest[:16] or None,
                    )
                    for item in found
                ),
                limit=200,
                folded=True,
            ),
        ),
    )


def _orphan_facts(findings: tuple[OrphanFinding, ...]) -> list[str]:
    if not findings:
        return []
    seen = [item for item in findings if item.rows is not None]
    rows = sum(item.rows or 0 for item in seen)
    unseen = len(findings) - len(seen)
    words = f"{counted(rows, 'orphan')} in {counted(len(seen), 'foreign key')}"
    return [f"{words}, {unseen:,} not looked at" if unseen else words]


def _sequence_facts(findings: tuple[SequenceFinding, ...]) -> list[str]:
    safe = sum(item.verdict is Verdict.MATCH for item in findings)
    return [f"{safe:,} of {counted(len(findings), 'sequence')} safe"] if findings else []


def diff_summary(diff: SnapshotDiff) -> Summary:
    """What two snapshots differ in.

    Args:
        diff: The difference.

    Returns:
        The sums, then tables and the schema's changes.
    """
    sums = diff.totals
    changes = counted(len(diff.changes), "change") if diff.has_schema else "not compared"
    named = [str(row) for table in diff.differing for row in table.named]
    return Summary(
        headline=f"{signed(diff.verdict)}: A is snapshot {diff.a}, B is {diff.b}",
        facts=(
            (
                f"{sums.same:,} of {counted(sums.tables, 'table')} the same; rows of A "
                f"{sums.rows_a:,}, of B {sums.rows_b:,}: {sums.added:,} added, {sums.removed:,} "
                f"removed, {sums.changed:,} changed"
            ),
            f"schema: {changes}",
        ),
        grids=(
            grid(
                "Tables that differ, or were not compared",
                (
                    "table",
                    "verdict",
                    "rows of A",
                    "rows of B",
                    "added",
                    "removed",
                    "changed",
                    "why",
                ),
                (
                    (
                        str(item.table),
                        signed(item.verdict),
                        item.rows_a,
                        item.rows_b,
                        item.added,
                        item.removed,
                        item.changed,
                        item.reason,
                    )
                    for item in diff.differing
                ),
            ),
            grid("Rows that differ", ("row",), ((row,) for row in named)),
            grid("Changes of the schema", ("change",), ((str(item),) for item in diff.changes)),
            _pairs("Unchecked", diff.unchecked),
        ),
    )


def coverage_summary(coverage: Coverage) -> Summary:
    """What a reconciliation says.

    Args:
        coverage: The reconciliation.

    Returns:
        The sums, gaps and drift first, then one row per group.
    """
    sums = coverage.totals
    sides = (
        (coverage.has_schema, sums.in_schema, "in the schema"),
        (coverage.has_catalog, sums.in_catalog, "in the database"),
        (coverage.has_snapshot, sums.in_snapshot, "in the snapshot"),
    )
    told = [f"{count:,} {words}" for given, count, words in sides if given]
    drifted = sum(item.is_drift for item in coverage.drift)
    facts = [", ".join([counted(sums.tables, "table"), *told])]
    if coverage.has_schema and coverage.has_catalog:
        facts.append(f"drift: {counted(drifted, 'difference')} of schema and database")
    return Summary(
        headline=f"Coverage: {coverage.verdict}, {counted(len(coverage.gaps), 'gap')}",
        facts=tuple(facts),
        grids=(
            grid(
                "Gaps",
                ("table", "model", "status", "reason"),
                (
                    (str(row.table), row.model, row.status, row.reason or None)
                    for row in coverage.gaps
                ),
            ),
            grid("Drift, and notes", ("what",), ((str(item),) for item in coverage.drift)),
            grid(
                "By group",
                ("group", "tables", *(words for given, _, words in sides if given), "gaps"),
                (
                    (
                        group.name,
                        group.totals.tables,
                        *((group.totals.in_schema,) if coverage.has_schema else ()),
                        *((group.totals.in_catalog,) if coverage.has_catalog else ()),
                        *((group.totals.in_snapshot,) if coverage.has_snapshot else ()),
                        group.totals.gaps,
                    )
                    for group in coverage.groups
                ),
                limit=40,
            ),
        ),
    )


def _pairs(caption: str, pairs: Iterable[tuple[str, str]]) -> Grid:
    return grid(caption, ("what", "reason"), pairs)
