"""Judgements: what a run proves, in one sentence, in facts and in problems; pure.

Each takes what was read and compared, and gives the verdict that the page begins with.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from snapkit.core.coverage import Coverage, CoverageVerdict
from snapkit.core.evidence import RunKind
from snapkit.core.graph import cycles
from snapkit.core.text import counted
from snapkit.core.usability import UseOutcome
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.report.result import Outcome
from snapkit.report.run import Judgement
from snapkit.report.tallies import (
    backup_checks,
    coverage_checks,
    diff_checks,
    graph_checks,
    verification_checks,
)
from snapkit.report.text import size_text

if TYPE_CHECKING:
    from snapkit.core.evidence import Evidence
    from snapkit.core.manifest import Manifest
    from snapkit.core.snapshot_diff import SnapshotDiff
    from snapkit.report.graph import TableGraph


def judge_graph(graph: TableGraph, manifest: Manifest) -> Judgement:
    """Prove the order: every table of the snapshot has one place, and no child precedes a parent.

    Args:
        graph: The whole graph.
        manifest: The snapshot.

    Returns:
        MATCH where the order holds for every table and every foreign key.
    """
    placed = [name for stage in graph.stages for name in stage.tables]
    wanted = {entry.table for entry in manifest.tables if entry.partition_of is None}
    lost = [f"table {name} has no stage" for name in sorted(wanted - set(placed))]
    lost += [
        f"table {name} has several stages" for name, n in sorted(Counter(placed).items()) if n > 1
    ]
    level, cycle = graph.level_of, graph.cycle_of
    late = [
        f"foreign key {key.name} of {key.child} leads to a later stage"
        for key in graph.foreign_keys
        if not key.is_self_reference
        and level[key.parent] >= level[key.child]
        and (cycle.get(key.parent) is None or cycle.get(key.parent) != cycle.get(key.child))
    ]
    problems = lost + late
    loops = cycles(graph.stages)
    free = sum(not key.enforced for key in graph.foreign_keys)
    summary = (
        f"{counted(len(graph.nodes), 'table')}, {counted(len(graph.stages), 'step')}, "
        f"{counted(max(level.values(), default=-1) + 1, 'stage')}: "
        "every parent loads before its children."
    )
    return Judgement(
        outcome=_outcome(graph.nodes, problems),
        summary=summary if not problems else f"The order does not hold: {problems[0]}.",
        facts=(
            ("tables", f"{len(graph.nodes):,}"),
            ("groups", f"{sum(name is not None for name, _ in graph.groups)}"),
            ("foreign keys and relations", f"{len(graph.foreign_keys):,}"),
            ("not enforced by the database", f"{free:,}"),
            ("stages", f"{max(level.values(), default=-1) + 1}"),
            ("cycles", f"{len(loops)}"),
            ("tables that refer to themselves", f"{len(graph.self_references)}"),
        ),
        checks=graph_checks(graph, lost=len(lost), late=len(late), wanted=len(wanted)),
        problems=tuple(problems),
    )


def _outcome(looked_at: object, problems: object) -> Outcome:
    if problems:
        return Outcome.MISMATCH
    return Outcome.MATCH if looked_at else Outcome.UNCHECKED


def judge_coverage(found: Coverage, manifest: Manifest, source: str) -> Judgement:
    """Say whether the snapshot holds all that schema and catalog know, and that the sums add up.

    Args:
        found: The reconciliation.
        manifest: The snapshot.
        source: Which catalog it was.

    Returns:
        MISMATCH where the sum of the rows is not the manifest's; DRIFT where the snapshot lacks a
        table or the catalog differs from the schema, as `snapkit coverage` says it; what is
        information only is no drift.
    """
    sums = found.totals
    drifted = [one for one in found.drift if one.is_drift]
    wrong = []
    if sums.snapshot_rows != manifest.rows:
        wrong.append(
            f"the rows sum up to {sums.snapshot_rows:,}, the manifest says {manifest.rows:,}"
        )
    apart = [f"{row.model or row.table}: {row.status}" for row in found.gaps]
    apart += [
        f"drift: {one.kind} {one.where}: schema has {one.expected}, database has {one.found}"
        for one in drifted
    ]
    words = {
        CoverageVerdict.COMPLETE: f"The snapshot holds every table: "
        f"{counted(sums.tables, 'table')}, "
        f"{counted(sums.snapshot_rows, 'row')}; the sums add up.",
        CoverageVerdict.INCOMPLETE: f"The snapshot is not complete: {len(found.gaps)} missing.",
        CoverageVerdict.UNCHECKED: "There was nothing to compare the snapshot with.",
    }
    unchecked = () if found.has_schema else (("models", "the snapshot carries no Prisma schema"),)
    complete = found.verdict is not CoverageVerdict.UNCHECKED
    outcome = _outcome(complete, wrong)
    if apart and not wrong:
        outcome = Outcome.DRIFT
    summary = f"The sums do not add up: {wrong[0]}." if wrong else words[found.verdict]
    if drifted:
        summary += f" The catalog differs from the schema in {counted(len(drifted), 'place')}."
    return Judgement(
        outcome=outcome,
        summary=summary,
        facts=(
            ("tables", f"{sums.tables:,}"),
            ("models", f"{sums.models:,}"),
            ("join tables", f"{sums.join_tables:,}"),
            ("no model stands for", f"{sums.unmodelled:,}"),
            ("ignored by Prisma", f"{sums.ignored:,}"),
            ("empty tables", f"{sums.empty:,}"),
            ("rows", f"{sums.snapshot_rows:,}"),
            ("drift", f"{len(drifted):,}"),
            ("catalog", source),
        ),
        checks=coverage_checks(found, manifest),
        problems=(*wrong, *apart),
        unchecked=unchecked + _not_held(manifest),
    )


def _not_held(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"not in the snapshot: {why}") for name, why in manifest.not_held)


def judge_backup(report: VerificationReport, manifest: Manifest, *, quick: bool) -> Judgement:
    """Say whether the snapshot at rest is what its manifest says.

    Args:
        report: That of the check.
        manifest: The snapshot.
        quick: Whether rows were left unread.

    Returns:
        The check's own verdict.
    """
    problems = [f"table {item.table}: {item.reason}" for item in report.mismatches]
    problems += [f"file {path}: {what}" for path, what in report.files]
    what = "the SHA-256 of every file" if quick else "every file and every row"
    summaries = {
        Verdict.MATCH: f"The snapshot is whole: {what} is as the manifest says.",
        Verdict.MISMATCH: f"The snapshot is damaged: {counted(len(problems), 'fault')}.",
        Verdict.UNCHECKED: "The snapshot holds no table, so there was nothing to check.",
    }
    entries = manifest.data_tables
    return Judgement(
        outcome=Outcome.of(report.verdict),
        summary=summaries[report.verdict],
        facts=(
            ("database", manifest.database),
            ("tables", f"{len(entries):,}"),
            ("of them empty", f"{sum(not entry.rows for entry in entries):,}"),
            ("rows", f"{manifest.rows:,}"),
            ("rows as text", size_text(manifest.size)),
            ("on disk", size_text(manifest.stored_size)),
            ("sequences", f"{len(manifest.sequences):,}"),
            ("taken in", f"{manifest.seconds:.2f} s"),
        ),
        figures={
            "tables": len(entries),
            "rows": manifest.rows,
            "text_bytes": manifest.size,
            "stored_bytes": manifest.stored_size,
            "backup_seconds": manifest.seconds,
        },
        checks=backup_checks(report, manifest, quick=quick),
        problems=tuple(problems),
        unchecked=report.unchecked + _unproven_keys(manifest) + _not_held(manifest),
    )


def _unproven_keys(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    count = manifest.unchecked_orphans
    if not count:
        return ()
    return ((f"orphans of {count:,} foreign keys", "the database itself vouches for them"),)


def judge_verification(evidence: Evidence, doubts: tuple[str, ...]) -> Judgement:
    """Say what the record of a run proves; a match in doubt is none.

    Args:
        evidence: The record.
        doubts: What `review` found.

    Returns:
        The report's verdict; in place of MATCH, UNCHECKED where there is any doubt, else
        QUARANTINED where rows were set aside.
    """
    report, usability = evidence.report, evidence.usability
    aside = report.quarantined
    outcome = Outcome.of(evidence.verdict)
    if outcome is Outcome.MATCH and (doubts or aside):
        outcome = Outcome.UNCHECKED if doubts else Outcome.QUARANTINED
    matching = sum(item.verdict is Verdict.MATCH for item in report.findings)
    rows = sum(item.expected_rows for item in report.findings)
    seen = sum(item.observed_rows or 0 for item in report.findings)
    orphans = sum(item.rows or 0 for item in report.orphans)
    safe = sum(item.verdict is Verdict.MATCH for item in report.sequences)
    summaries = {
        Outcome.MATCH: f"Every row is there: {counted(rows, 'row')} in "
        f"{counted(matching, 'table')}, digests equal.",
        Outcome.MISMATCH: f"The database differs from the snapshot in {_differences(evidence)}.",
        Outcome.UNCHECKED: "Not everything was verified; what was left out is listed below.",
        Outcome.QUARANTINED: f"Restored, {counted(aside, 'row')} quarantined: {seen:,} restored + "
        f"{aside:,} quarantined = {rows:,} in the snapshot.",
    }
    return Judgement(
        outcome=outcome,
        summary=summaries[outcome],
        facts=(
            ("database", evidence.target),
            ("tables that match", f"{matching:,} of {len(report.findings):,}"),
            ("rows in snapshot", f"{rows:,}"),
            ("rows found", f"{seen:,}"),
            *([("rows quarantined", f"{aside:,}")] if aside else []),
            ("orphans", f"{orphans:,}"),
            ("sequences safe", f"{safe:,} of {len(report.sequences):,}"),
            *([("in use", usability.summary)] if usability else []),
            ("took", f"{evidence.seconds:.2f} s"),
        ),
        figures=_durations(evidence) if outcome is Outcome.MATCH else {},
        seen_at=evidence.finished_at,
        proof=_PROOFS[evidence.kind].format(evidence.target),
        checks=verification_checks(evidence),
        problems=_problems(report) + _unusable(evidence),
        unchecked=tuple(("evidence", doubt) for doubt in doubts)
        + _unverified(report)
        + evidence.unchecked[len(report.unchecked) :],
    )


_PROOFS = {
    RunKind.DRILL: "a drill",
    RunKind.RESTORE: "a restore into {}",
    RunKind.VERIFY: "a verification of {}",
}


def _durations(evidence: Evidence) -> dict[str, float]:
    """How long it took until a restore was proved, or a verification by itself, in seconds [s]."""
    if evidence.restore_seconds is not None:
        return {"restore_seconds": evidence.restore_seconds}
    return {"verify_seconds": evidence.seconds}


def _unusable(evidence: Evidence) -> tuple[str, ...]:
    """What a drill could not use, and constraints that did not come back as they were."""
    failed = evidence.usability.of(UseOutcome.FAILED) if evidence.usability else ()
    return tuple(f"{item.kind} {item.name}: {item.reason}" for item in failed) + tuple(
        f"constraint {item.name} of {item.table}: {item.after or 'gone'}, it was {item.before}"
        for item in evidence.changed_constraints
    )


def _differences(evidence: Evidence) -> str:
    report = evidence.report
    parts = []
    if tables := len(report.mismatches):
        rows = sum(item.missing + item.extra + item.changed for item in report.mismatches)
        parts.append(f"{counted(rows, 'row')} of {counted(tables, 'table')}")
    if keys := sum(item.verdict is Verdict.MISMATCH for item in report.orphans):
        parts.append(f"{counted(keys, 'foreign key')} with orphans")
    if unsafe := sum(item.verdict is Verdict.MISMATCH for item in report.sequences):
        parts.append(f"{counted(unsafe, 'sequence')} without a free next value")
    if lost := sum(item.verdict is Verdict.MISMATCH for item in report.objects):
        parts.append(counted(lost, "declared object"))
    if unusable := len(_unusable(evidence)):
        parts.append(f"{counted(unusable, 'thing')} that cannot be used as in the source")
    return ", ".join(parts) or counted(len(report.files), "file")


def _problems(report: VerificationReport) -> tuple[str, ...]:
    lines = [
        f"table {item.table}: {counted(item.quarantined, 'row')} quarantined"
        for item in report.findings
        if item.quarantined
    ]
    for item in report.mismatches:
        counts = _counts(missing=item.missing, extra=item.extra, changed=item.changed)
        lines.append(f"table {item.table}: {item.reason or counts}")
    lines += [
        f"foreign key {item.foreign_key.name} of {item.foreign_key.child}: "
        f"{item.rows} orphans, the source had {item.known}"
        for item in report.orphans
        if item.verdict is Verdict.MISMATCH
    ]
    lines += [
        f"sequence {item.sequence}: next value {item.next_value}, but {item.column} holds "
        f"{item.greatest}"
        for item in report.sequences
        if item.verdict is Verdict.MISMATCH
    ]
    lines += [
        f"{item.what}: {item.change}" for item in report.objects if item.verdict is Verdict.MISMATCH
    ]
    lines += [f"file {path}: {what}" for path, what in report.files]
    return tuple(lines)


def _unverified(report: VerificationReport) -> tuple[tuple[str, str], ...]:
    items = [
        (f"table {item.table}", item.reason or "not looked at")
        for item in report.findings
        if item.verdict is Verdict.UNCHECKED
    ]
    items += [
        (f"foreign key {item.foreign_key.name} of {item.foreign_key.child}", "not looked at")
        for item in report.orphans
        if item.verdict is Verdict.UNCHECKED
    ]
    items += [
        (f"sequence {item.sequence}", "the role may not read where it stands")
        for item in report.sequences
        if item.verdict is Verdict.UNCHECKED
    ]
    return tuple(dict.fromkeys((*items, *report.unchecked)))


def _counts(**rows: int) -> str:
    """How many rows are what, such as `2,833 rows missing, 1 row changed`."""
    said = (f"{counted(number, 'row')} {what}" for what, number in rows.items() if number)
    return ", ".join(said) or "its digest differs"


def judge_diff(found: SnapshotDiff) -> Judgement:
    """Say whether two snapshots are the same, and in what they differ.

    Args:
        found: What they differ in.

    Returns:
        Its own verdict; MISMATCH where they differ.
    """
    sums = found.totals
    rows = sums.added + sums.removed + sums.changed
    summaries = {
        Verdict.MATCH: f"Both snapshots are the same: {counted(sums.tables, 'table')}, "
        f"{counted(sums.rows_b, 'row')}.",
        Verdict.MISMATCH: f"The snapshots differ in {counted(len(found.differing), 'table')}, "
        f"{counted(rows, 'row')} and {counted(len(found.changes), 'place')} of the schema.",
        Verdict.UNCHECKED: "There was nothing to compare.",
    }
    problems = [str(change) for change in found.changes]
    for item in found.differing:
        counts = _counts(removed=item.removed, added=item.added, changed=item.changed)
        problems.append(f"table {item.table}: {item.reason or counts}")
    return Judgement(
        outcome=Outcome.of(found.verdict),
        summary=summaries[found.verdict],
        facts=(
            ("compared with", found.a),
            ("tables that are the same", f"{sums.same:,} of {sums.tables:,}"),
            ("rows in A", f"{sums.rows_a:,}"),
            ("rows in B", f"{sums.rows_b:,}"),
            ("removed", f"{sums.removed:,}"),
            ("added", f"{sums.added:,}"),
            ("changed", f"{sums.changed:,}"),
            ("changes of the schema", f"{len(found.changes):,}"),
        ),
        checks=diff_checks(found),
        problems=tuple(problems),
        unchecked=found.unchecked,
    )
