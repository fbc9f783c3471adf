"""Sections of backup_report: what a snapshot holds, and whether it is whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.report.result import Outcome
from snapkit.report.sections.common import definitions, group_bars, none_shown
from snapkit.report.sections.places import table_row
from snapkit.report.shown import Shown
from snapkit.report.tables import DataTable, Kind, data_table
from snapkit.report.text import seconds_text, utc_text

if TYPE_CHECKING:
    from snapkit.core.manifest import TableEntry
    from snapkit.report.run import BackupRun

NO_GROUP = "(no group)"


def backup_circumstances(run: BackupRun) -> Shown:
    """Where, when and with what the snapshot was taken.

    Args:
        run: The run.

    Returns:
        Pairs of what and how.
    """
    manifest = run.snapshot.manifest
    server = manifest.server
    pairs = (
        ("database", manifest.database),
        ("role", manifest.role),
        ("server", f"PostgreSQL {server.version_text}"),
        ("encoding", server.encoding),
        ("collation", f"{server.collation} {server.collation_version or ''}".strip()),
        ("started", utc_text(manifest.started_at)),
        ("finished", utc_text(manifest.finished_at)),
        ("duration", seconds_text(manifest.seconds)),
        ("jobs", str(manifest.jobs)),
        *((name, version) for name, version in manifest.versions.items()),
        ("SHA-256 of the manifest", run.snapshot.manifest_digest),
    )
    text = "\n".join(f"{name}: {value}" for name, value in pairs)
    return Shown(text=text, html=definitions(pairs))


def backup_groups(run: BackupRun) -> DataTable:
    """Rows and size by group, with a total that equals the sum of its rows.

    Args:
        run: The run.

    Returns:
        One row per group.
    """
    manifest = run.snapshot.manifest
    entries = manifest.data_tables
    rows = []
    for name, members in _by_group(entries).items():
        rows.append(
            (
                name,
                len(members),
                sum(not entry.rows for entry in members),
                sum(entry.rows for entry in members),
                sum(entry.size for entry in members),
                sum(_stored(entry) for entry in members),
            )
        )
    return data_table(
        f"{run.notebook}.groups",
        "Rows and size by group",
        (
            ("group", Kind.TEXT),
            ("tables", Kind.NUMBER),
            ("empty", Kind.NUMBER),
            ("rows", Kind.NUMBER),
            ("as text", Kind.SIZE),
            ("on disk", Kind.SIZE),
        ),
        rows,
        total=(
            "Total",
            len(entries),
            sum(not entry.rows for entry in entries),
            manifest.rows,
            manifest.size,
            manifest.stored_size,
        ),
        folder=run.folder,
    )


def backup_figure(run: BackupRun) -> Shown:
    """Rows and size on disk by group, the largest first.

    Args:
        run: The run.

    Returns:
        A chart; its figures are those of the table by group.
    """
    sums = {
        name: (sum(entry.rows for entry in members), sum(map(_stored, members)))
        for name, members in _by_group(run.snapshot.manifest.data_tables).items()
    }
    return group_bars(sums, "on disk")


def _by_group(entries: tuple[TableEntry, ...]) -> dict[str, list[TableEntry]]:
    groups: dict[str, list[TableEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.group is None, entry.group or "")):
        groups.setdefault(NO_GROUP if entry.group is None else entry.group, []).append(entry)
    return groups


def _stored(entry: TableEntry) -> int:
    return sum(part.size for part in entry.parts)


def backup_largest(run: BackupRun) -> DataTable:
    """The largest tables; the CSV beside the page has all of them.

    Args:
        run: The run; its parameter `largest` says how many.

    Returns:
        One row per table, largest first.
    """
    entries = sorted(
        run.snapshot.manifest.data_tables, key=lambda entry: (-entry.size, entry.table)
    )
    columns = (
        ("table", Kind.CODE),
        ("model", Kind.CODE),
        ("group", Kind.TEXT),
        ("rows", Kind.NUMBER),
        ("as text", Kind.SIZE),
        ("on disk", Kind.SIZE),
        ("parts", Kind.NUMBER),
        ("digest", Kind.CODE),
    )
    rows = [
        (
            table_row(entry.table, str(entry.table), page=run.notebook),
            entry.model,
            entry.group,
            entry.rows,
            entry.size,
            _stored(entry),
            len(entry.parts),
            entry.digest,
        )
        for entry in entries
    ]
    name = f"{run.notebook}.tables"
    everything = data_table(name, "All tables", columns, rows, folder=run.folder)
    shown = data_table(
        name,
        f"The {min(run.largest, len(rows))} largest of {len(rows)} tables",
        columns,
        [(*row[:-1], f"{row[-1][:16]}…") for row in rows[: run.largest]],
    )
    return replace(shown, more=everything.more, file=everything.file)


def backup_check(run: BackupRun) -> Shown | DataTable:
    """The tables and files that are not what the manifest says.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where all is well.
    """
    rows: list[tuple[str, Outcome, int | None, str]] = [
        (str(item.table), Outcome.of(item.verdict), item.expected_rows, item.reason)
        for item in run.report.mismatches
    ]
    rows += [(path, Outcome.MISMATCH, None, what) for path, what in run.report.files]
    if not rows:
        counted = Counter(item.verdict for item in run.report.findings)
        words = ", ".join(f"{number} {verdict}" for verdict, number in counted.items())
        how = "by the SHA-256 of its files" if run.quick else "row by row"
        return none_shown(f"Each table was checked {how}: {words or 'there are none'}.")
    return data_table(
        f"{run.notebook}.faults",
        "Faults of the snapshot at rest",
        (
            ("what", Kind.CODE),
            ("verdict", Kind.OUTCOME),
            ("rows", Kind.NUMBER),
            ("fault", Kind.TEXT),
        ),
        rows,
        folder=run.folder,
    )


def backup_empty(run: BackupRun) -> Shown:
    """The empty tables by name: they are in the snapshot, with 0 rows.

    Args:
        run: The run.

    Returns:
        A sentence with all names.
    """
    names = [str(entry.table) for entry in run.snapshot.manifest.data_tables if not entry.rows]
    if not names:
        return none_shown("There are none.")
    return none_shown(f"{len(names)} tables: {', '.join(names)}.")


def backup_other(run: BackupRun) -> DataTable:
    """What else is in the snapshot: sequences, views, extensions, files.

    Args:
        run: The run.

    Returns:
        One row per kind.
    """
    manifest = run.snapshot.manifest
    rows = [
        ("foreign keys", len(manifest.foreign_keys), "restored with the DDL"),
        (
            "sequences",
            len(manifest.sequences),
            "read after the data, so that they can only be ahead",
        ),
        ("views", len(manifest.views), ", ".join(map(str, manifest.views))),
        (
            "extensions",
            len(manifest.extensions),
            ", ".join(f"{item.name} {item.version}" for item in manifest.extensions),
        ),
        ("roles with grants", len(manifest.granted_roles), ", ".join(manifest.granted_roles)),
        ("ignored models", len(manifest.ignored_models), ", ".join(manifest.ignored_models)),
        ("files", len(manifest.files), ", ".join(item.path for item in manifest.files)),
    ]
    return data_table(
        f"{run.notebook}.other",
        "What else the snapshot holds",
        (("what", Kind.TEXT), ("number", Kind.NUMBER), ("which", Kind.TEXT)),
        rows,
        folder=run.folder,
    )


def backup_orphans(run: BackupRun) -> Shown | DataTable:
    """Orphans that were in the source already: child rows without their parent.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where there are none.
    """
    manifest = run.snapshot.manifest
    rows = [
        (
            str(item.foreign_key.child),
            item.foreign_key.name,
            str(item.foreign_key.parent),
            item.rows,
        )
        for item in manifest.orphans
    ]
    if rows:
        return data_table(
            f"{run.notebook}.orphans",
            "Orphans in the source",
            (
                ("child", Kind.CODE),
                ("foreign key", Kind.CODE),
                ("parent", Kind.CODE),
                ("rows", Kind.NUMBER),
            ),
            rows,
            folder=run.folder,
        )
    return none_shown(
        f"None were found. {manifest.unchecked_orphans:,} foreign keys are valid by the "
        "database's own word and were not looked at."
    )
