"""The record of a run: what was found, who looked, as whom, and what the server says of itself."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from snapkit._version import __version__
from snapkit.core.evidence import (
    ROW_LENGTH,
    ROWS_KEPT,
    Evidence,
    QuarantinedRecord,
    RungRecord,
    RunKind,
    compared_constraints,
)
from snapkit.core.names import TableName
from snapkit.core.plan import RestorePlan
from snapkit.core.usability import Usability
from snapkit.pg.catalog import read_server
from snapkit.pg.session import PINNED, Session, connect
from snapkit.pg.usability import read_constraints
from snapkit.store import QuarantineFolder

if TYPE_CHECKING:
    from snapkit.core.verdict import VerificationReport
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot

_BEARING: Final = (  # on what values look like, what is checked, and what survives a crash
    "data_checksums",
    "fsync",
    "full_page_writes",
    "server_encoding",
    "server_version_num",
    "session_replication_role",
    "synchronous_commit",
    "wal_level",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The circumstances; `target` is a label without a password.

    `os_user` on `host` ran snapkit. `settings` are pinned in every session. `constraints` are
    definitions by table and name.
    """

    target: str
    role: str
    server: str
    os_user: str
    host: str
    settings: Mapping[str, str]
    server_settings: Mapping[str, str]
    constraints: Mapping[tuple[TableName, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run did, as far as a record needs it. Times are UTC; `seconds` and `steps` in [s].

    `plan` and `quarantine` (a folder) are those of a restore, `before` the witness of its target
    from before it began; `usability` is that of a drill.
    """

    kind: RunKind
    started: datetime
    finished: datetime
    seconds: float
    steps: tuple[tuple[str, float], ...]
    plan: RestorePlan | None = None
    before: Witness | None = None
    quarantine: Path | None = None
    usability: Usability | None = None


def record(snapshot: Snapshot, report: VerificationReport, seen: Witness, done: Done) -> Evidence:
    """Make the record of a run.

    Args:
        snapshot: With which snapshot.
        report: What was found.
        seen: The circumstances at the end.
        done: What was done.

    Returns:
        The record.

    Raises:
        StorageError: The rows that were set aside cannot be read.
        ManifestError: Their file is missing.
    """
    plan = done.plan
    before = seen.constraints
    if done.before is not None:
        before = done.before.constraints
    elif plan is not None:
        before = {}
    return Evidence(
        kind=done.kind,
        snapshot_id=snapshot.id,
        manifest_digest=snapshot.manifest_digest,
        target=seen.target,
        role=seen.role,
        mode="" if plan is None else plan.mode,
        source_server=snapshot.manifest.server.version_text,
        target_server=seen.server,
        versions={"snapkit": __version__, "python": platform.python_version()},
        started_at=done.started.isoformat(timespec="seconds"),
        finished_at=done.finished.isoformat(timespec="seconds"),
        seconds=done.seconds,
        steps=done.steps,
        report=report,
        os_user=seen.os_user,
        host=seen.host,
        settings=seen.settings,
        server_settings=seen.server_settings,
        rungs=() if plan is None else _rungs(plan),
        notes=() if plan is None else plan.notes,
        constraints=compared_constraints(before, seen.constraints),
        quarantine="" if done.quarantine is None else str(done.quarantine),
        quarantined=() if done.quarantine is None else _quarantined(done.quarantine),
        usability=done.usability,
    )


def _rungs(plan: RestorePlan) -> tuple[RungRecord, ...]:
    return tuple(
        RungRecord(
            rung=int(stage.rung),
            means=stage.rung.means,
            tables=stage.tables,
            missing=stage.missing,
        )
        for stage in plan.rungs
    )


def _quarantined(folder: Path) -> tuple[QuarantinedRecord, ...]:
    rows = islice(QuarantineFolder(folder).rows(), ROWS_KEPT)
    return tuple(
        QuarantinedRecord(
            table=row.table,
            row=(row.line or b"").decode(errors="replace")[:ROW_LENGTH],
            sqlstate=row.reason["sqlstate"],
            constraint=row.reason["constraint"],
            message=row.reason["message"],
        )
        for _, row in rows
    )


def witness(target: Target, label: str | None = None) -> Witness:
    """Ask a database who we are there, and what it is.

    Args:
        target: The database.
        label: What to call it; None takes the target's own label.

    Returns:
        The circumstances.

    Raises:
        ConnectError: The database cannot be reached.
        DatabaseError: The server failed.
    """
    with connect(target, read_only=True) as session:
        server = read_server(session)
        return Witness(
            target=target.label if label is None else label,
            role=session.role,
            server=server.version_text,
            os_user=_os_user(),
            host=platform.node(),
            settings=dict(PINNED),
            server_settings=_settings(session)
            | {
                "collation": server.collation,
                "collation_version": server.collation_version or "none",
            },
            constraints={
                (row.table, row.constraint): row.definition for row in read_constraints(session)
            },
        )


def _settings(session: Session) -> dict[str, str]:
    return dict(
        session.rows(
            "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY (%s) ORDER BY name",
            [list(_BEARING)],
        )
    )


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a number without a name, as in some containers
        return str(os.getuid())
