"""Drill: restore into a scratch server, verify, time it, throw it away."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.core.catalog import Server
from snapkit.core.text import size
from snapkit.core.verdict import VerificationReport
from snapkit.errors import StorageError
from snapkit.pg.catalog import read_server
from snapkit.pg.server import SUPERUSER, EmbeddedServer
from snapkit.pg.session import connect
from snapkit.pg.target import Target, parse_target
from snapkit.workflows.progress import SILENT, Progress
from snapkit.workflows.restore import RestoreResult, restore
from snapkit.workflows.verify import verify

if TYPE_CHECKING:
    from snapkit.store import Snapshot

DATABASE = "drill"
ROLE = "drill"
SPACE_PER_BYTE = 2.5  # heap, indexes and the load's WAL per byte of COPY text, rounded up


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """A drill that came to its end.

    `restored` is the restore's own result; `report` is the verification made afterwards, on a
    connection of its own. `timings` are durations [s] by name of the step; their sum up to the
    restore's end is the measured RTO.
    """

    restored: RestoreResult
    report: VerificationReport
    server: Server
    seconds: float
    timings: tuple[tuple[str, float], ...]


def drill(
    snapshot: Snapshot,
    *,
    bindir: Path | None = None,
    progress: Progress = SILENT,
) -> DrillResult:
    """Prove that a snapshot can be restored, on a scratch server that is gone afterwards.

    The restore runs as an ordinary role that owns an empty database. Roles that the snapshot grants
    rights to are made first, without rights of their own.

    Args:
        snapshot: What to restore.
        bindir: PostgreSQL's programs; None takes the embedded ones.
        progress: Told of the rows written and read back.

    Returns:
        What was found, and how long each step took.

    Raises:
        PlanError: The scratch server lacks something, such as an extension.
        StorageError: The temporary folder has too little space.
        DatabaseError: The server does not start, or refused a row.
        ManifestError: The snapshot is damaged.
    """
    manifest = snapshot.manifest
    clock = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="snapkit-drill-") as folder:
        _require_space(Path(folder), int(manifest.size * SPACE_PER_BYTE))
        with EmbeddedServer(Path(folder), bindir=bindir) as server:
            target = _empty_database(server, manifest.granted_roles)
            booted = time.perf_counter()
            restored = restore(target, snapshot, trust=True, progress=progress)
            loaded = time.perf_counter()
            report = (
                verify(target, snapshot, progress=progress)
                if restored.committed
                else restored.report
            )
            with connect(target) as session:
                facts = read_server(session)
            done = time.perf_counter()
    return DrillResult(
        restored=restored,
        report=report,
        server=facts,
        seconds=time.perf_counter() - clock,
        timings=(
            ("start a scratch server", booted - clock),
            *((f"restore: {name}", seconds) for name, seconds in restored.timings),
            ("verify again", done - loaded),
        ),
    )


def _empty_database(server: EmbeddedServer, granted_roles: tuple[str, ...]) -> Target:
    server.create_role(ROLE)
    for role in sorted({*granted_roles} - {ROLE, SUPERUSER}):
        server.create_role(role, members=[ROLE])  # who may then set the role's default privileges
    return parse_target(server.create_database(DATABASE, ROLE), {}, {})


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"a drill needs about {size(needed)} of space; {size(free)} are free",
            str(folder),
            "Free some space, or name another folder with the variable TMPDIR.",
        )
