"""Sections of restore_verification: what was put back, row by row."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.verdict import Verdict
from snapkit.report.figures import bars
from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome
from snapkit.report.sections.common import definitions, none_shown, row_cells
from snapkit.report.sections.places import section, table_row
from snapkit.report.shown import Shown
from snapkit.report.tables import DataTable, Kind, data_table
from snapkit.report.text import seconds_text, utc_text

if TYPE_CHECKING:
    from snapkit.core.evidence import RungRecord
    from snapkit.core.verdict import Finding
    from snapkit.report.run import VerificationRun

_DIGITS = 16  # of a digest on the page; the CSV has all 64
_ORDER = (Verdict.MISMATCH, Verdict.UNCHECKED, Verdict.MATCH)
_NOTHING = "Nothing was verified."


def verification_circumstances(run: VerificationRun) -> Shown:
    """What was compared with what, by whom, when and with which programs.

    Args:
        run: The run.

    Returns:
        Pairs of what and how.
    """
    evidence = run.evidence
    if evidence is None:
        return none_shown(_NOTHING)
    pairs = [
        ("what was done", str(evidence.kind)),
        ("mode", evidence.mode or "nothing was changed"),
        ("database", evidence.target),
        ("role", evidence.role),
        ("run by", f"{evidence.os_user} on {evidence.host}" if evidence.host else "not recorded"),
        ("source server", f"PostgreSQL {evidence.source_server}"),
        ("target server", f"PostgreSQL {evidence.target_server}"),
        ("started", utc_text(evidence.started_at)),
        ("finished", utc_text(evidence.finished_at)),
        ("duration", seconds_text(evidence.seconds)),
        *evidence.versions.items(),
        ("SHA-256 of the manifest", evidence.manifest_digest),
        *((f"rung {item.rung} of 3", _rung(item)) for item in evidence.rungs),
        *(("note of the plan", note) for note in evidence.notes),
        *((f"pinned: {name}", repr(value)) for name, value in sorted(evidence.settings.items())),
        *((f"server: {name}", value) for name, value in evidence.server_settings.items()),
    ]
    text = "\n".join(f"{name}: {value}" for name, value in pairs)
    return Shown(text=text, html=definitions(pairs))


def _rung(item: RungRecord) -> str:
    missing = f"; better with {', '.join(item.missing)}" if item.missing else ""
    return f"{', '.join(map(str, item.tables))}: {item.means}{missing}"


def verification_quarantined(run: VerificationRun) -> Shown | DataTable:
    """Rows that were set aside, with the reason.

    Args:
        run: The run.

    Returns:
        One row per row, the first of them; or a sentence where there are none.
    """
    evidence = run.evidence
    if evidence is None or not evidence.report.quarantined:
        return none_shown("No row was set aside.")
    kept, whole = len(evidence.quarantined), evidence.report.quarantined
    where = f"; all of them are in {evidence.quarantine}" if evidence.quarantine else ""
    return data_table(
        f"{run.notebook}.quarantined",
        f"Rows that were set aside: {kept:,} of {whole:,} are on record{where}",
        (
            ("table", Kind.CODE),
            ("row", Kind.CODE),
            ("SQLSTATE", Kind.CODE),
            ("constraint", Kind.CODE),
            ("message", Kind.TEXT),
        ),
        [
            (str(item.table), item.row, item.sqlstate, item.constraint, item.message)
            for item in evidence.quarantined
        ],
        folder=run.folder,
    )


def verification_recompute(run: VerificationRun) -> Shown:
    """The commands by which anybody recomputes files, rows and digests without snapkit.

    Args:
        run: The run.

    Returns:
        Commands for a shell; or a sentence where nothing was verified.
    """
    commands = "\n".join(run.judgement.recompute)
    if not commands:
        return none_shown(_NOTHING)
    return Shown(text=commands, html=f"<pre>{html.escape(commands)}</pre>")


def verification_rows(run: VerificationRun) -> Shown | DataTable:
    """The rows that differ, by key, with each value that differs.

    Args:
        run: The run.

    Returns:
        One line per value, missing and extra rows in one line each; or a sentence.
    """
    if run.evidence is None:
        return none_shown(_NOTHING)
    named = (row for finding in run.evidence.report.mismatches for row in finding.named)
    cells = row_cells(named)
    if not cells:
        return none_shown("No row differs.")
    return data_table(
        f"{run.notebook}.rows",
        "Rows that differ; counts by table are complete, names are the first of each table",
        (
            ("table", Kind.CODE),
            ("row is", Kind.TEXT),
            ("key", Kind.CODE),
            ("column", Kind.CODE),
            ("in the snapshot", Kind.CODE),
            ("in the database", Kind.CODE),
        ),
        cells,
        folder=run.folder,
    )


def verification_tables(run: VerificationRun) -> Shown | DataTable:
    """Every table: rows and digests on both sides; those that differ come first.

    Args:
        run: The run.

    Returns:
        One row per table, with a total that equals the sum of its rows.
    """
    if run.evidence is None:
        return none_shown(_NOTHING)
    findings = sorted(
        run.evidence.report.findings,
        key=lambda item: (_ORDER.index(item.verdict), not item.quarantined, item.table),
    )
    name = f"{run.notebook}.tables"
    report = run.evidence.report
    aside = bool(report.quarantined)
    columns = _columns(aside=aside)
    whole = [_cells(item, len(item.expected_digest), aside=aside) for item in findings]
    everything = data_table(name, "All tables", columns, whole, folder=run.folder)
    shown = data_table(
        name,
        "Tables: rows and digests in the snapshot and in the database",
        columns,
        [_cells(item, _DIGITS, aside=aside) for item in findings],
        total=(
            "Total",
            _outcome(report.verdict, report.quarantined),
            sum(item.expected_rows for item in findings),
            sum(item.observed_rows or 0 for item in findings),
            *([report.quarantined] if aside else []),
            sum(item.missing for item in findings),
            sum(item.extra for item in findings),
            sum(item.changed for item in findings),
            "",
            "",
            "",
        ),
    )
    return replace(shown, more=everything.more, file=everything.file)


def _columns(*, aside: bool) -> tuple[tuple[str, Kind], ...]:
    """The columns; that of quarantined rows only where there are any."""
    return (
        ("table", Kind.CODE),
        ("verdict", Kind.OUTCOME),
        ("rows in snapshot", Kind.NUMBER),
        ("rows found", Kind.NUMBER),
        *([("quarantined", Kind.NUMBER)] if aside else []),
        ("missing", Kind.NUMBER),
        ("extra", Kind.NUMBER),
        ("changed", Kind.NUMBER),
        ("digest in snapshot", Kind.CODE),
        ("digest found", Kind.CODE),
        ("note", Kind.TEXT),
    )


def _outcome(verdict: Verdict, quarantined: int) -> Outcome:
    if quarantined and verdict is Verdict.MATCH:
        return Outcome.QUARANTINED
    return Outcome.of(verdict)


def _cells(item: Finding, digits: int, *, aside: bool) -> tuple[object, ...]:
    return (
        table_row(item.table, str(item.table), page=Notebook.RESTORE_VERIFICATION),
        _outcome(item.verdict, item.quarantined),
        item.expected_rows,
        item.observed_rows,
        *([item.quarantined] if aside else []),
        item.missing,
        item.extra,
        item.changed,
        item.expected_digest[:digits],
        item.observed_digest[:digits] or None,
        section("Rows that differ", "its rows") if item.named else item.reason,
    )


def verification_keys(run: VerificationRun) -> Shown | DataTable:
    """Foreign keys and relations: orphans, and how each was proved.

    Args:
        run: The run.

    Returns:
        One row per key, those with orphans first; or a sentence.
    """
    if run.evidence is None or not run.evidence.report.orphans:
        return none_shown("No foreign key was looked at.")
    found = sorted(
        run.evidence.report.orphans,
        key=lambda item: (_ORDER.index(item.verdict), item.foreign_key.sort_key),
    )
    return data_table(
        f"{run.notebook}.keys",
        "Foreign keys: child rows without their parent",
        (
            ("child", Kind.CODE),
            ("verdict", Kind.OUTCOME),
            ("columns", Kind.CODE),
            ("parent", Kind.CODE),
            ("orphans", Kind.NUMBER),
            ("in the source", Kind.NUMBER),
            ("proved by", Kind.TEXT),
        ),
        [
            (
                str(item.foreign_key.child),
                Outcome.of(item.verdict),
                ", ".join(item.foreign_key.columns),
                str(item.foreign_key.parent),
                item.rows,
                item.known,
                str(item.check),
            )
            for item in found
        ],
        total=(
            f"{len(found):,} keys",
            "",
            "",
            "",
            sum(item.rows or 0 for item in found),
            sum(item.known for item in found),
            "",
        ),
        folder=run.folder,
    )


def verification_sequences(run: VerificationRun) -> Shown | DataTable:
    """Sequences: whether the next value is free.

    Args:
        run: The run.

    Returns:
        One row per sequence; or a sentence where there are none.
    """
    if run.evidence is None or not run.evidence.report.sequences:
        return none_shown("No sequence was looked at.")
    found = sorted(
        run.evidence.report.sequences,
        key=lambda item: (_ORDER.index(item.verdict), item.sequence),
    )
    return data_table(
        f"{run.notebook}.sequences",
        "Sequences: the next value must lie beyond the greatest one in use",
        (
            ("sequence", Kind.CODE),
            ("verdict", Kind.OUTCOME),
            ("table", Kind.CODE),
            ("column", Kind.CODE),
            ("next value", Kind.NUMBER),
            ("greatest in use", Kind.NUMBER),
        ),
        [
            (
                str(item.sequence),
                Outcome.of(item.verdict),
                None if item.owner is None else str(item.owner),
                item.column,
                item.next_value,
                item.greatest,
            )
            for item in found
        ],
        folder=run.folder,
    )


def verification_figure(run: VerificationRun) -> Shown:
    """How long each step took.

    Args:
        run: The run.

    Returns:
        A chart; or a sentence where nothing was timed.
    """
    if run.evidence is None or not run.evidence.steps:
        return none_shown("Nothing was timed.")
    steps = run.evidence.steps
    return bars(
        "Duration of each step",
        [name for name, _ in steps],
        [("seconds", [seconds for _, seconds in steps], seconds_text)],
    )
