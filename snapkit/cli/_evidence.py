"""`--evidence`: the record of a restore, verification or drill, to be read months later."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snapkit._version import __version__
from snapkit.core.evidence import Evidence, RunKind, encode
from snapkit.errors import StorageError
from snapkit.pg.catalog import read_server
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.cli._command import Run
    from snapkit.core.verdict import VerificationReport
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who looked, and at what: a label without a password, the role, the server's own version."""

    target: str
    role: str
    server: str
    mode: str = ""


def witness(target: Target, mode: str = "") -> Witness:
    """Ask a database who we are there.

    Args:
        target: The database.
        mode: How it was restored; empty for a verification.

    Returns:
        The circumstances.

    Raises:
        ConnectError: The database cannot be reached any more.
    """
    with connect(target, read_only=True) as session:
        server = read_server(session)
        return Witness(
            target=target.label, role=session.role, server=server.version_text, mode=mode
        )


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


def write_evidence(
    run: Run,
    path: Path,
    kind: RunKind,
    snapshot: Snapshot,
    report: VerificationReport,
    *,
    seen: Witness,
    timings: tuple[tuple[str, float], ...],
) -> None:
    """Write the record, under a temporary name first.

    Args:
        run: Says when it began.
        path: The file.
        kind: What was done.
        snapshot: With which snapshot.
        report: What was found.
        seen: The circumstances.
        timings: Steps and their durations [s].

    Raises:
        StorageError: It cannot be written.
    """
    evidence = Evidence(
        kind=kind,
        snapshot_id=snapshot.id,
        manifest_digest=snapshot.manifest_digest,
        target=seen.target,
        role=seen.role,
        mode=seen.mode,
        source_server=snapshot.manifest.server.version_text,
        target_server=seen.server,
        versions={"snapkit": __version__, "python": platform.python_version()},
        started_at=run.started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=run.seconds,
        steps=timings,
        report=report,
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(encode(evidence))
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _unwritable(path, error.strerror) from error
    run.people.say(f"recorded in {path}")


def _unwritable(path: Path, why: str | None) -> StorageError:
    return StorageError(
        f"cannot write the evidence: {why}", str(path), "Name another file with --evidence."
    )
