"""What a check, a verification, a restore or a drill found: for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapkit.cli._text import listed
from snapkit.core.text import counted
from snapkit.core.usability import UseOutcome
from snapkit.core.verdict import (
    ObjectChange,
    ObjectFinding,
    OrphanFinding,
    SequenceFinding,
    Verdict,
)
from snapkit.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.cli._people import People
    from snapkit.core.usability import Usability
    from snapkit.core.verdict import Finding, RowChange, RowDifference, VerificationReport

STYLES = {
    Verdict.MATCH: "bold green",
    Verdict.MISMATCH: "bold red",
    Verdict.UNCHECKED: "bold yellow",
}
_CODES = {
    Verdict.MATCH: ExitCode.DONE,
    Verdict.MISMATCH: ExitCode.MISMATCH,
    Verdict.UNCHECKED: ExitCode.FAILED,
}
_VALUE = 60  # of a value, shown [characters]
_NAMED = 12  # unchecked tables that are named [tables]


def exit_code_of(verdict: Verdict) -> ExitCode:
    """The exit code that a verdict asks for: what was not looked at is not proven."""
    return _CODES[verdict]


def findings_document(report: VerificationReport) -> dict[str, Any]:
    """The keys of a report in a JSON document.

    Args:
        report: What was found.

    Returns:
        `verdict`, `tables` and `rows_named` as DESIGN.md says, and what else was looked at.
    """
    return {
        "verdict": report.verdict,
        "tables": [
            {
                "namespace": finding.table.namespace,
                "name": finding.table.name,
                "model": finding.model,
                "rows": finding.expected_rows,
                "rows_found": finding.observed_rows,
                "verdict": finding.verdict,
                "missing": finding.missing,
                "extra": finding.extra,
                "changed": finding.changed,
                "quarantined": finding.quarantined,
                "reason": finding.reason,
            }
            for finding in report.findings
        ],
        "rows_named": rows_document(row for item in report.findings for row in item.named),
        "orphans": [_orphan_document(item) for item in report.orphans],
        "sequences": [_sequence_document(item) for item in report.sequences],
        "objects": [
            {
                "object": item.what,
                "change": item.change,
                "snapshot": item.snapshot,
                "database": item.database,
                "verdict": item.verdict,
            }
            for item in report.objects
        ],
        "files": [{"path": path, "problem": problem} for path, problem in report.files],
        "unchecked": [{"name": name, "reason": reason} for name, reason in report.unchecked],
    }


def rows_document(rows: Iterable[RowDifference]) -> list[dict[str, Any]]:
    """Rows that differ, in a JSON document.

    Args:
        rows: In any order.

    Returns:
        Their keys and columns.
    """
    return [_row_document(row) for row in rows]


def _row_document(row: RowDifference) -> dict[str, Any]:
    return {
        "namespace": row.table.namespace,
        "name": row.table.name,
        "change": row.change,
        "key": dict(row.key),
        "columns": [
            {"column": value.column, "snapshot": value.snapshot, "database": value.database}
            for value in row.values
        ],
    }


def _orphan_document(item: OrphanFinding) -> dict[str, Any]:
    key = item.foreign_key
    return {
        "foreign_key": key.name,
        "child": {"namespace": key.child.namespace, "name": key.child.name},
        "parent": {"namespace": key.parent.namespace, "name": key.parent.name},
        "columns": key.columns,
        "rows": item.rows,
        "known": item.known,
        "check": item.check,
        "verdict": item.verdict,
    }


def _sequence_document(item: SequenceFinding) -> dict[str, Any]:
    return {
        "namespace": item.sequence.namespace,
        "name": item.sequence.name,
        "next_value": item.next_value,
        "greatest": item.greatest,
        "is_free": item.is_free,
        "verdict": item.verdict,
    }


def usability_document(usability: Usability) -> dict[str, Any]:
    """What a drill tried, in a JSON document.

    Args:
        usability: What was tried.

    Returns:
        Counts by kind, and each thing that did not pass with its reason.
    """
    return {
        "verdict": usability.verdict,
        "counts": usability.counts,
        "findings": [
            {
                "kind": item.kind,
                "name": item.name,
                "outcome": item.outcome,
                "reason": item.reason,
            }
            for item in usability.findings
            if item.outcome is not UseOutcome.PASSED
        ],
    }


def tell_usability(people: People, usability: Usability) -> None:
    """Print what could be used, in one line, then what could not, or could not be tried.

    Args:
        people: The reader.
        usability: What was tried.
    """
    if people.quiet or not usability.findings:
        return
    people.say(f"in use: {usability.summary}", "       ")
    for item in usability.of(UseOutcome.FAILED):
        people.say(f"{item.name}: {item.reason}", f"  {item.kind}  ", STYLES[Verdict.MISMATCH])
    for item in usability.of(UseOutcome.KNOWN):
        people.say(f"{item.kind} {item.name}: {item.reason}", "  note  ", "yellow")
    for name, reason in usability.unchecked:
        people.say(f"{name}: {reason}", "unchecked  ", "yellow")


def tell_verdict(people: People, verdict: Verdict, what: str) -> None:
    """The first line: the verdict, and of what."""
    people.say(what, f"{verdict.upper()}  ", STYLES[verdict])


def tell_findings(people: People, report: VerificationReport) -> None:
    """Print what differs with its rows, then what was not looked at, then the totals.

    Args:
        people: The reader.
        report: What was found.
    """
    if people.quiet:
        return
    if report.verdict is Verdict.MATCH:
        people.say(summary_of(report), "       ")
    for finding in report.mismatches:
        _tell_mismatch(people, finding)
    for finding in report.findings:
        if finding.quarantined:
            people.say(
                f"{finding.table}: {counted(finding.quarantined, 'row')} of "
                f"{finding.expected_rows:,} set aside",
                "  quarantined  ",
                "yellow",
            )
    _tell_known_sequences(people, report)
    for path, problem in report.files:
        people.say(f"{path}: {problem}", "  file  ", "red")
    for orphan in report.orphans:
        if orphan.verdict is not Verdict.MATCH:
            people.say(_orphan(orphan), "  foreign key  ", STYLES[orphan.verdict])
    for sequence in report.sequences:
        if sequence.verdict is Verdict.MISMATCH:
            people.say(_sequence(sequence), "  sequence  ", STYLES[sequence.verdict])
    for item in report.objects:
        people.say(_object(item), f"  {item.change}  ", STYLES[item.verdict])
    _tell_unchecked(people, report)
    if report.verdict is not Verdict.MATCH:
        _tell_totals(people, report)


def _tell_mismatch(people: People, finding: Finding) -> None:
    name = f"{finding.table} (model {finding.model})" if finding.model else str(finding.table)
    counts = [
        f"{number:,} {word}"
        for number, word in (
            (finding.missing, "missing"),
            (finding.extra, "extra"),
            (finding.changed, "changed"),
        )
        if number
    ]
    if finding.reason:
        counts.append(finding.reason)
    people.line()
    people.say(f"{name}: {', '.join(counts) or 'digests differ'}", style="bold")
    tell_rows(people, finding.named, finding.missing + finding.extra + finding.changed)


def tell_rows(
    people: People,
    rows: tuple[RowDifference, ...],
    differing: int,
    words: Mapping[RowChange, str] | None = None,
) -> None:
    """Print rows that differ, and how many more there are.

    Args:
        people: The reader.
        rows: Those that are named.
        differing: All [rows].
        words: What each kind of change is called; None takes its own name.
    """
    for row in rows:
        word = (words or {}).get(row.change, row.change.value)
        people.say(_key(row), f"  {word:<8} ")
        for value in row.values:
            people.say(
                f"{value.column}: {shown(value.snapshot)} -> {shown(value.database)}", " " * 11
            )
    hidden = differing - len(rows)
    if rows and hidden > 0:
        more = counted(hidden, "more row", "more rows")
        people.say(f"… and {more}; --rows N names more, --rows-to FILE all", "  ")


def _key(row: RowDifference) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in row.key)


def shown(value: str | None) -> str:
    """A value of a row, quoted and not too long.

    Args:
        value: None for NULL.

    Returns:
        One line; hidden characters in it are escapes.
    """
    if value is None:
        return "NULL"
    cut = value if len(value) <= _VALUE else value[: _VALUE - 1] + "…"
    return "'" + cut.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _orphan(item: OrphanFinding) -> str:
    key = item.foreign_key
    what = f"{key.child} ({', '.join(key.columns)}) to {key.parent}"
    if item.rows is None:
        return f"{what}: not looked at"
    known = f", {item.known:,} in the source" if item.known else ""
    return f"{what}: {counted(item.rows, 'row')} without a parent{known}"


def _sequence(item: SequenceFinding) -> str:
    if item.next_value is None:
        return f"{item.sequence}: the database has none"
    is_rising = item.increment > 0
    end = "greatest" if is_rising else "smallest"
    if item.next_value == item.greatest:
        fault = f"is {item.owner}.{item.column}'s {end}"
    else:
        side = "below" if is_rising else "above"
        fault = f"is {side} {item.owner}.{item.column}'s {end}, {item.greatest}"
    return f"{item.sequence}: its next value {item.next_value} {fault}"


def _object(item: ObjectFinding) -> str:
    if item.change is not ObjectChange.CHANGED:
        return item.what
    return f"{item.what}: {shown(item.snapshot)} -> {shown(item.database)}"


def _tell_known_sequences(people: People, report: VerificationReport) -> None:
    for item in report.sequences:
        if item.verdict is Verdict.MATCH and not item.is_free:
            people.say(f"{_sequence(item)}; its position is the snapshot's", "  note  ", "yellow")


def _tell_unchecked(people: People, report: VerificationReport) -> None:
    items = [
        (f"table {item.table}", item.reason or "not looked at")
        for item in report.findings
        if item.verdict is Verdict.UNCHECKED
    ]
    items += [
        (f"sequence {item.sequence}", "the role may not read where it stands")
        for item in report.sequences
        if item.verdict is Verdict.UNCHECKED
    ]
    tell_unchecked(people, [*items, *report.unchecked])


def tell_unchecked(people: People, items: Iterable[tuple[str, str]]) -> None:
    """Print what was not looked at, one line a reason.

    Args:
        people: The reader.
        items: Pairs of a name and the reason.
    """
    reasons: dict[str, list[str]] = {}
    for name, reason in items:
        reasons.setdefault(reason, []).append(name)
    if reasons:
        people.line()
    for reason, names in reasons.items():
        people.say(f"{listed(tuple(names), _NAMED)}: {reason}", "unchecked  ", "yellow")


def _tell_totals(people: People, report: VerificationReport) -> None:
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    rows = [("tables", *_tally(item.verdict for item in report.findings))]
    if _has_seen_rows(report):
        figures = [
            sum(item.expected_rows for item in report.findings if item.verdict is verdict)
            for verdict in Verdict
        ]
        rows.append(("rows in tables", *(f"{figure:,}" for figure in (sum(figures), *figures))))
    if report.orphans:
        rows.append(("foreign keys", *_tally(item.verdict for item in report.orphans)))
    if report.sequences:
        rows.append(("sequences", *_tally(item.verdict for item in report.sequences)))
    if report.objects_compared:
        lost = sum(item.verdict is Verdict.MISMATCH for item in report.objects)
        figures = [report.objects_compared, report.objects_compared - lost, lost, 0]
        rows.append(("declared objects", *(f"{figure:,}" for figure in figures)))
    people.line()
    titles = [Column(title="total", right=True)]
    titles += [Column(title=verdict.value, right=True) for verdict in Verdict]
    people.table((Column(title=""), *titles), [Section(rows=tuple(rows))])


def _has_seen_rows(report: VerificationReport) -> bool:
    """Whether rows were read; a quick check reads files only."""
    return any(item.observed_rows is not None for item in report.findings)


def _tally(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    found = list(verdicts)
    return (f"{len(found):,}", *(f"{found.count(verdict):,}" for verdict in Verdict))


def summary_of(report: VerificationReport) -> str:
    """One sentence on what was compared.

    Args:
        report: What was found.

    Returns:
        Such as `109 of 109 tables, 54,923 of 54,923 rows, 0 orphans, 71 of 71 sequences safe`.
    """
    good = [item for item in report.findings if item.verdict is Verdict.MATCH]
    parts = [f"{len(good):,} of {counted(len(report.findings), 'table')}"]
    if _has_seen_rows(report):
        rows = sum(item.expected_rows - item.quarantined for item in good)
        whole = sum(item.expected_rows for item in report.findings)
        parts.append(f"{rows:,} of {counted(whole, 'row')}")
    if report.orphans:
        unknown = sum(1 for item in report.orphans if item.rows is None)
        fresh = sum(max(0, (item.rows or 0) - item.known) for item in report.orphans)
        known = sum(min(item.rows or 0, item.known) for item in report.orphans)
        told = f"{counted(fresh, 'new orphan')}; {known:,} as in the source"
        told = told if known else counted(fresh, "orphan")
        parts.append(f"{unknown:,} foreign keys unchecked" if unknown else told)
    if report.sequences:
        safe = sum(1 for item in report.sequences if item.is_free)
        parts.append(f"{safe:,} of {counted(len(report.sequences), 'sequence')} safe")
    return ", ".join(parts)
