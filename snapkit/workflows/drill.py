"""Drill: restore into a scratch server or database, verify, use it, time it, throw it away."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.core.evidence import AFTER_RESTORE
from snapkit.core.summarized import Summarized
from snapkit.core.text import size
from snapkit.core.usability import Usability, UseOutcome
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import StorageError, UsageError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.scratch import scratch_database
from snapkit.pg.server import SUPERUSER, EmbeddedServer
from snapkit.pg.session import connect
from snapkit.pg.target import Target, parse_target
from snapkit.pg.usability import try_constraints, try_indexes, try_inserts, try_views
from snapkit.workflows.parts import CATALOG, snapshot_catalog
from snapkit.workflows.progress import SILENT, Progress
from snapkit.workflows.record import Witness, witness
from snapkit.workflows.restore import RestoreResult, restore
from snapkit.workflows.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.core.summary import Summary
    from snapkit.store import Snapshot

DATABASE = "drill"
ROLE = "drill"
SPACE_PER_BYTE = 2.5  # heap, indexes and the load's WAL per byte of COPY text, rounded up


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult(Summarized):
    """A drill that came to its end.

    `restored` is the restore's own result; `report` is the verification made afterwards, on a
    connection of its own; `usability` says what of the database could be used. `seen` was taken
    while the database was there. `timings` are durations [s] by name of the step.
    """

    restored: RestoreResult
    report: VerificationReport
    usability: Usability
    seen: Witness
    seconds: float
    timings: tuple[tuple[str, float], ...]

    @property
    def verdict(self) -> Verdict:
        """The report's; MISMATCH where something cannot be used, or nothing was committed."""
        is_usable = self.restored.committed and self.usability.verdict is Verdict.MATCH
        return self.report.verdict if is_usable else Verdict.MISMATCH

    @property
    def rto_seconds(self) -> float:
        """From nothing to restored and proven: the measured RTO [s]."""
        return sum(seconds for name, seconds in self.timings if name not in AFTER_RESTORE)

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import signed  # noqa: PLC0415 -- only where shown
        from snapkit.core.summary import Figure, Summary, grid  # noqa: PLC0415 -- with it

        found = self.report.summary()
        failed = self.usability.of(UseOutcome.FAILED)
        return Summary(
            headline=f"{signed(self.verdict)}: drill, "
            + ("restored and proven" if self.verdict is Verdict.MATCH else "not proven")
            + f" in {self.rto_seconds:.2f} s, all gone again",
            facts=(*found.facts, *([self.usability.summary] if self.usability.findings else [])),
            grids=(
                grid(
                    "What could not be used",
                    ("what", "name", "reason"),
                    ((item.kind, item.name, item.reason) for item in failed),
                ),
                grid("What could not be tried", ("what", "reason"), self.usability.unchecked),
                *found.grids,
                grid(
                    f"Steps, {self.seconds:.2f} s in all",
                    ("step", "took"),
                    ((name, Figure(f"{seconds:.2f} s")) for name, seconds in self.timings),
                    folded=True,
                ),
            ),
        )


def drill(
    snapshot: Snapshot,
    *,
    bindir: Path | None = None,
    target: Target | None = None,
    trust: bool = False,
    progress: Progress = SILENT,
) -> DrillResult:
    """Prove that a snapshot can be restored and used, in a database that is gone afterwards.

    On a scratch server, the restore runs as an ordinary role that owns an empty database, and roles
    that the snapshot grants rights to are made first, without rights of their own. On a server of
    the user's, it runs as the role of `target`, and those roles must be there.

    Args:
        snapshot: What to restore.
        bindir: PostgreSQL's programs; None takes the embedded ones.
        target: A database of the user's, whose server takes the scratch database; it is not
            touched. None starts a scratch server.
        trust: Whether to run the DDL of a snapshot that its store did not write on the user's
            server; on a scratch server it can harm nobody, and runs.
        progress: Told of the rows written and read back.

    Returns:
        What was found, and how long each step took.

    Raises:
        PlanError: The scratch server lacks something, such as an extension or a role.
        StorageError: The temporary folder has too little space.
        DatabaseError: The server does not start, refused a row, or the role lacks CREATEDB.
        ConnectError: The user's server cannot be reached.
        ManifestError: The snapshot is damaged.
        UsageError: Both a server's programs and a server were named.

    Example:
        >>> result = snapkit.drill(snapshot)
        >>> print(result.verdict, result.restored.rows_restored, result.rto_seconds > 0)
        match 3 True
    """
    require_one_server(target, bindir)
    if trust and target is None:
        raise UsageError(
            "a scratch server runs the DDL of any snapshot",
            "--trust",
            "Leave it out: nothing asks.",
        )
    clock = time.perf_counter()
    with _scratch(snapshot, bindir, target) as scratch:
        made = time.perf_counter()
        restored = restore(scratch, snapshot, trust=trust or target is None, progress=progress)
        loaded = time.perf_counter()
        report = (
            verify(scratch, snapshot, progress=progress) if restored.committed else restored.report
        )
        verified = time.perf_counter()
        usability = use(scratch, snapshot, report) if restored.committed else Usability()
        used = time.perf_counter()
        beside = f"a scratch database beside {target.label}" if target else "a scratch server"
        seen = witness(scratch, f"{beside}, gone since")
    return DrillResult(
        restored=restored,
        report=report,
        usability=usability,
        seen=seen,
        seconds=time.perf_counter() - clock,
        timings=(
            (f"make a scratch {'database' if target else 'server'}", made - clock),
            *((f"restore: {name}", seconds) for name, seconds in restored.timings),
            ("verify again", verified - loaded),
            ("use it", used - verified),
        ),
    )


def require_one_server(target: Target | None, bindir: Path | None) -> None:
    """Refuse a drill in two places.

    Args:
        target: On whose server to drill.
        bindir: Of which server to start one.

    Raises:
        UsageError: Both were named.
    """
    if target is not None and bindir is not None:
        raise UsageError(
            "--target names a server, --pg-bindir the programs of one that is yet to be started",
            "--target",
            "Leave one of them out.",
        )


def use(target: Target, snapshot: Snapshot, report: VerificationReport) -> Usability:
    """Try what an application would do. It moves sequences on: only for scratch databases.

    Args:
        target: The database that was restored, as the owner of its tables.
        snapshot: What was restored.
        report: The verification, which came first.

    Returns:
        All that was tried.

    Raises:
        DatabaseError: The server failed.
        ManifestError: The snapshot's catalog is damaged.
    """
    source = snapshot_catalog(snapshot) if snapshot.manifest.carries(CATALOG) else None
    known = frozenset(item.sequence for item in report.sequences if item.is_as_in_snapshot)
    with connect(target) as session:
        catalog = read_catalog(session, needs_positions=False)
        return Usability(
            findings=(
                *try_constraints(session, source),
                *try_indexes(catalog, source),
                *try_views(session, catalog, source),
                *try_inserts(session, catalog, snapshot.manifest.by_table, known),
            )
        )


@contextmanager
def _scratch(snapshot: Snapshot, bindir: Path | None, target: Target | None) -> Iterator[Target]:
    """An empty database that is gone at the end of the block."""
    if target is not None:
        with scratch_database(target) as scratch:
            yield scratch
        return
    # The server makes a private folder there, and removes those of servers that were killed.
    folder = Path(tempfile.gettempdir())
    _require_space(folder, int(snapshot.manifest.size * SPACE_PER_BYTE))
    with EmbeddedServer(folder, bindir=bindir) as server:
        yield _empty_database(server, snapshot.manifest.granted_roles)


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
