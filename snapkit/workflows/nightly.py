"""Nightly: a backup, its check, a drill of it; what one step finds decides whether the next runs.

A step that fails is no error here: it is written down, with its reason, so that a page can be made
of it. Nothing that is known to be secret is in what is written down.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from snapkit.core.evidence import Evidence, RunKind
from snapkit.core.passwords import without_passwords
from snapkit.core.schema import Schema
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import ExitCode, PlanError, SnapkitError
from snapkit.pg.target import Target, redact
from snapkit.store import Snapshot
from snapkit.workflows.backup import backup
from snapkit.workflows.check import check
from snapkit.workflows.drill import drill, require_one_server
from snapkit.workflows.progress import SILENT, Progress
from snapkit.workflows.record import Done, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.store import Store

_T = TypeVar("_T")
_V_co = TypeVar("_V_co", covariant=True)  # of a step that is over: it is only read


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is backed up, and where the drill runs: None starts a scratch server."""

    target: Target
    schema: Schema | None = None
    drill_on: Target | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return self.target.secrets + (self.drill_on.secrets if self.drill_on else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a step did not come to its end; no secret is in it."""

    what: str
    where: str
    hint: str
    exit_code: ExitCode
    problems: tuple[str, ...] = ()  # every reason, where there are several


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Generic[_V_co]):
    """A step that ran [s]: it has a value, or a fault."""

    seconds: float
    value: _V_co | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What the steps came to. None is a step that did not run; `source` was not found where None.

    The drill is there as the record of it, with all that was found. `quick` says that the check
    compared files only.
    """

    source: Source | None
    backup: Attempt[Snapshot]
    check: Attempt[VerificationReport] | None = None
    drill: Attempt[Evidence] | None = None
    quick: bool = False

    @property
    def snapshot(self) -> Snapshot | None:
        """What the backup left."""
        return self.backup.value


def nightly(
    find: Callable[[], Source],
    store: Store,
    *,
    jobs: int | None = None,
    quick: bool = False,
    bindir: Path | None = None,
    progress: Progress = SILENT,
) -> Night:
    """Back a database up, check the snapshot, and drill it where the check found no damage.

    Args:
        find: Finds the database and its schema; what it raises is a failure of the backup.
        store: Where the snapshot goes.
        jobs: Processes that read; None chooses by size.
        quick: Whether the check compares files only. A drill reads every row all the same.
        bindir: PostgreSQL's programs for the drill; None takes the embedded ones.
        progress: Told of the rows read and written.

    Returns:
        What each step came to, failures too.
    """

    def find_all() -> Source:
        found = find()
        require_one_server(found.drill_on, bindir)  # before the work, not after half of it
        return found

    found = attempt(find_all)
    source = found.value
    if source is None:
        return Night(source=None, backup=Attempt(seconds=found.seconds, fault=found.fault))
    secrets = source.secrets
    taken = attempt(
        lambda: (
            backup(
                source.target, store, schema=source.schema, jobs=jobs, progress=progress
            ).snapshot
        ),
        secrets,
    )
    snapshot = taken.value
    if snapshot is None:
        return Night(source=source, backup=taken)
    checked = attempt(lambda: check(snapshot, quick=quick, progress=progress), secrets)
    if checked.value is None or checked.value.verdict is Verdict.MISMATCH:
        return Night(source=source, backup=taken, check=checked, quick=quick)
    drilled = attempt(lambda: _drill(snapshot, source.drill_on, bindir, progress), secrets)
    return Night(source=source, backup=taken, check=checked, drill=drilled, quick=quick)


def attempt(work: Callable[[], _T], secrets: tuple[str, ...] = ()) -> Attempt[_T]:
    """Do one step; whatever ends it, except that somebody asked to end, becomes its fault.

    Args:
        work: The step.
        secrets: What must not be in the fault.

    Returns:
        What it came to, and how long it took.
    """
    clock = time.perf_counter()
    value: _T | None = None
    fault: Fault | None = None
    try:
        value = work()
    except SnapkitError as exc:
        fault = Fault(
            what=_hidden(exc.what, secrets),
            where=_hidden(exc.where, secrets),
            hint=_hidden(exc.hint, secrets),
            exit_code=exc.exit_code,
            problems=tuple(_hidden(text, secrets) for text in _reasons(exc)),
        )
    except Exception as exc:  # noqa: BLE001  # a fault of snapkit or of the machine has its page, too
        words = " ".join(str(exc).split())
        fault = Fault(
            what=_hidden(f"unexpected {type(exc).__name__}: {words}", secrets),
            where="snapkit nightly",
            hint="Look at the system's log for a lack of memory or space; else report it.",
            exit_code=ExitCode.FAILED,
        )
    return Attempt(seconds=round(time.perf_counter() - clock, 3), value=value, fault=fault)


def _reasons(error: SnapkitError) -> tuple[str, ...]:
    return error.problems if isinstance(error, PlanError) else ()


def _hidden(text: str, secrets: tuple[str, ...]) -> str:
    return without_passwords(redact(text, secrets))


def _drill(
    snapshot: Snapshot, target: Target | None, bindir: Path | None, progress: Progress
) -> Evidence:
    started = datetime.now(UTC)
    result = drill(snapshot, bindir=bindir, target=target, progress=progress)
    done = Done(
        kind=RunKind.DRILL,
        started=started,
        finished=datetime.now(UTC),
        seconds=round(result.seconds, 3),
        steps=tuple((name, round(seconds, 3)) for name, seconds in result.timings),
        plan=result.restored.plan,
        usability=result.usability if result.restored.committed else None,
    )
    return record(snapshot, result.report, result.seen, done)
