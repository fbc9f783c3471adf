"""`--evidence`: the record of a restore, verification or drill, to be read months later."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snapkit.core.evidence import Evidence, RunKind, encode
from snapkit.core.recompute import SCRIPT_SUFFIX, recompute_script
from snapkit.errors import StorageError
from snapkit.workflows.record import Done, Witness, record

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.cli._command import Run
    from snapkit.core.plan import RestorePlan
    from snapkit.core.usability import Usability
    from snapkit.core.verdict import VerificationReport
    from snapkit.store import Snapshot


def require_place(path: Path | None) -> None:
    """Make sure that a record can be written, before the work whose record it is.

    A record that is there already goes: after a failure it would pass for this run's.

    Args:
        path: What `--evidence` was given.

    Raises:
        StorageError: The folder cannot be made or written.
    """
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror) from error
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise _unwritable(path, "it is a folder" if path.is_dir() else "permission denied")
    path.unlink(missing_ok=True)
    path.with_suffix(SCRIPT_SUFFIX).unlink(missing_ok=True)


def write_evidence(
    run: Run,
    path: Path,
    kind: RunKind,
    snapshot: Snapshot,
    report: VerificationReport,
    *,
    seen: Witness,
    timings: tuple[tuple[str, float], ...],
    plan: RestorePlan | None = None,
    before: Witness | None = None,
    quarantine: Path | None = None,
    usability: Usability | None = None,
) -> Evidence:
    """Write the record, and beside it the script that recomputes what it says of rows.

    Args:
        run: Says when it began.
        path: The file; the script has the suffix `.recompute.sh` in place of its own.
        kind: What was done.
        snapshot: With which snapshot.
        report: What was found.
        seen: The circumstances at the end.
        timings: Steps and their durations [s].
        plan: Of a restore.
        before: The circumstances before a restore.
        quarantine: The folder of rows that were set aside.
        usability: What a drill tried.

    Returns:
        The record.

    Raises:
        StorageError: It cannot be written.
    """
    done = Done(
        kind=kind,
        started=run.started,
        finished=datetime.now(UTC),
        seconds=run.seconds,
        steps=timings,
        plan=plan,
        before=before,
        quarantine=quarantine,
        usability=usability,
    )
    evidence = record(snapshot, report, seen, done)
    script = path.with_suffix(SCRIPT_SUFFIX)
    text = recompute_script(snapshot.manifest, snapshot.manifest_digest, seen.settings)
    _write(script, text.encode())
    _write(path, encode(evidence))
    run.people.say(f"recorded in {path}; {script.name} recomputes it")
    return evidence


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _unwritable(path, error.strerror) from error


def _unwritable(path: Path, why: str | None) -> StorageError:
    return StorageError(
        f"cannot write the evidence: {why}", str(path), "Name another file with --evidence."
    )
