"""The errors that snapkit raises on purpose.

Every error says what went wrong, where, and what to do next, and carries the exit code of
DESIGN.md, section 6::

    SnapkitError                1   failed
    |-- UsageError              2   wrong usage
    |-- SchemaError             1   a Prisma schema that cannot be read; holds every problem found
    |-- ManifestError           1   a snapshot that is incomplete, damaged or of another format
    |-- PlanError               1   a restore that must not start
    |-- MismatchError           3   data that differ from the snapshot
    |-- NoSnapshotError         10  no such snapshot
    |-- LockedError             11  another run holds the lock
    |-- ConnectError            12  the database cannot be reached
    |-- DatabaseError           1   the database refused or failed
    `-- StorageError            1   a file could not be read or written
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process tells its caller; schedulers rely on these figures."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    MISMATCH = 3
    QUARANTINED = 4
    DRIFT = 5
    NO_SNAPSHOT = 10
    LOCKED = 11
    CANNOT_CONNECT = 12
    INTERRUPTED = 130


class SnapkitError(Exception):
    """Base of every error snapkit raises on purpose: what, where, and what to do next.

    Args:
        what: One line, lower case, no full stop; names the thing.
        where: `file:line:column`, a table, a snapshot id or a database; never a DSN.
        hint: A sentence that says what to do next.

    Example:
        >>> try:
        ...     snapkit.parse_target("mysql://localhost/shop", {}, {})
        ... except snapkit.SnapkitError as error:
        ...     print(error.exit_code.name, bool(error.hint))
        USAGE True
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, what: str, where: str, hint: str) -> None:
        super().__init__(what, where, hint)  # positional, so that the error pickles
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  at: {self.where}\n  hint: {self.hint}"


class UsageError(SnapkitError):
    """The command line or a parameter asks for something that cannot be meant."""

    exit_code = ExitCode.USAGE


class SchemaError(SnapkitError):
    """A Prisma schema that cannot be read.

    Args:
        what: The first problem, one line.
        where: `file:line:column` of the first problem.
        hint: What to do about the first problem.
        report: Every problem, each with its line and a caret, ready to print.
    """

    def __init__(self, what: str, where: str, hint: str, report: str = "") -> None:
        super().__init__(what, where, hint)
        self.args = (what, where, hint, report)
        self.report = report

    def __str__(self) -> str:
        return self.report or super().__str__()


class ManifestError(SnapkitError):
    """A snapshot that is incomplete, damaged, or of a format this version does not read."""


class PlanError(SnapkitError):
    """A restore that must not start; nothing was touched.

    Args:
        what: The reason, one line.
        where: The target, without its password.
        hint: What to do next.
        problems: Every reason, where there are several.
    """

    def __init__(self, what: str, where: str, hint: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(what, where, hint)
        self.args = (what, where, hint, problems)
        self.problems = problems

    def __str__(self) -> str:
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{self.what}{lines}\n  at: {self.where}\n  hint: {self.hint}"


class MismatchError(SnapkitError):
    """Data that differ from what the snapshot holds; the restore was rolled back."""

    exit_code = ExitCode.MISMATCH


class NoSnapshotError(SnapkitError):
    """The store has no snapshot of this name."""

    exit_code = ExitCode.NO_SNAPSHOT


class LockedError(SnapkitError):
    """Another run, or another session, holds a lock that this one needs."""

    exit_code = ExitCode.LOCKED


class ConnectError(SnapkitError):
    """The database cannot be reached, or it refuses this role."""

    exit_code = ExitCode.CANNOT_CONNECT


class DatabaseError(SnapkitError):
    """The database refused or failed a statement."""


class StorageError(SnapkitError):
    """A file or folder could not be read or written."""
