"""Check: a snapshot at rest; every file, every row, every digest, without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.digest import RowDigester, TableDigest, split_lines
from snapkit.core.text import counted
from snapkit.core.verdict import Finding, Verdict, VerificationReport
from snapkit.errors import ManifestError
from snapkit.workflows.progress import SILENT, Progress, Telling, stored_work

if TYPE_CHECKING:
    from snapkit.core.manifest import Part, TableEntry
    from snapkit.store import Snapshot

_DAMAGED = "damaged: its size or SHA-256 is not the manifest's"


def check(
    snapshot: Snapshot, *, quick: bool = False, progress: Progress = SILENT
) -> VerificationReport:
    """Prove that a snapshot is whole.

    Args:
        snapshot: The snapshot; its manifest is read and its seal holds.
        quick: Compare the size and SHA-256 of every file only, and do not unpack rows.
        progress: Told of the rows read.

    Returns:
        One finding per table; each fault is named in `reason`. Other files that are damaged or
        missing, and files that the manifest does not name, are in `files`.

    Raises:
        StorageError: The store cannot be read.

    Example:
        >>> print(snapkit.check(snapshot).verdict)
        match
    """
    manifest = snapshot.manifest
    tables = manifest.data_tables
    progress.begin(f"checking {counted(len(tables), 'table')}", stored_work(tables))
    findings = []
    for entry in tables:
        findings.append(_check_table(snapshot, entry, progress, quick=quick))
        progress.end(entry.table)
    unchecked = [("rows", "--quick does not unpack them")] if quick else []
    if snapshot.doubt:
        unchecked.append(("who wrote manifest.json", snapshot.doubt))
    return VerificationReport(
        findings=tuple(findings), files=_check_files(snapshot), unchecked=tuple(unchecked)
    )


def _check_table(
    snapshot: Snapshot, entry: TableEntry, progress: Progress, *, quick: bool
) -> Finding:
    finding = Finding(
        table=entry.table,
        model=entry.model,
        group=entry.group,
        verdict=Verdict.MATCH,
        expected_rows=entry.rows,
        expected_digest=entry.digest,
    )
    told = Telling(progress, entry.table)
    faults = [fault for part in entry.parts if (fault := _fault(snapshot, part))]
    if quick or faults:
        verdict = Verdict.MISMATCH if faults else Verdict.MATCH
        return _with(finding, verdict, None, "; ".join(faults))
    total = TableDigest()
    try:
        for part in entry.parts:
            digest = _digest(snapshot, part, told, total)
            if digest.rows != part.rows:
                faults.append(f"{part.path} holds {digest.rows:,} rows, not {part.rows:,}")
            total += digest
    except ManifestError as exc:
        return _with(finding, Verdict.MISMATCH, None, exc.what)
    if (total.rows, total.size, total.hex) != (entry.rows, entry.size, entry.digest):
        faults.append("rows, size or digest of the table are not the manifest's")
    verdict = Verdict.MISMATCH if faults else Verdict.MATCH
    return _with(finding, verdict, total, "; ".join(faults))


def _with(finding: Finding, verdict: Verdict, digest: TableDigest | None, reason: str) -> Finding:
    return replace(
        finding,
        verdict=verdict,
        observed_rows=digest.rows if digest else None,
        observed_digest=digest.hex if digest else "",
        reason=reason,
    )


def _fault(snapshot: Snapshot, part: Part) -> str:
    """What is wrong with a part's file; empty where nothing is."""
    try:
        is_whole = snapshot.is_whole(part)
    except ManifestError as exc:
        return exc.what
    return "" if is_whole else f"{part.path} is {_DAMAGED}"


def _digest(snapshot: Snapshot, part: Part, told: Telling, before: TableDigest) -> TableDigest:
    digester = RowDigester()
    for lines in split_lines(snapshot.blocks(part)):
        digester.update(lines)
        told.up_to(before + digester.result())
    return digester.result()


def _check_files(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Faults of files that belong to no table: name and what is wrong."""
    faults = []
    for entry in snapshot.manifest.files:
        try:
            if not snapshot.is_whole(entry):
                faults.append((entry.path, _DAMAGED))
        except ManifestError as exc:
            faults.append((entry.path, exc.what))
    faults += [(path, "not named by the manifest") for path in snapshot.unexpected_files()]
    return tuple(faults)
