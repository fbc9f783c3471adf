"""What the buttons do: command lines of `snapkit`, and the one rule about typing a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One run of a command. `title` is for people; `arguments` come after `snapkit`."""

    title: str
    arguments: tuple[str, ...]


def back_up(store: Path, schema: Path | None) -> Action:
    """Take a snapshot; without a schema, it is looked for where Prisma would."""
    named = () if schema is None else ("--schema", str(schema))
    return Action(title="Backup", arguments=("backup", *named, *_in(store)))


def check(store: Path, snapshot: str) -> Action:
    """Prove a snapshot at rest."""
    return Action(title=f"Check of {snapshot}", arguments=("check", snapshot, *_in(store)))


def drill(store: Path, snapshot: str) -> Action:
    """Rehearse a restore on a scratch server."""
    return Action(title=f"Drill of {snapshot}", arguments=("drill", snapshot, *_in(store)))


def verify(store: Path, snapshot: str, database: str) -> Action:
    """Compare a database with a snapshot."""
    return Action(
        title=f"Verification of {database} against {snapshot}",
        arguments=("verify", snapshot, *_in(store)),
    )


def compare(store: Path, a: str, b: str) -> Action:
    """Compare two snapshots."""
    return Action(title=f"Difference from {a} to {b}", arguments=("diff", a, b, *_in(store)))


def plan_restore(store: Path, snapshot: str, database: str, *, replace: bool) -> Action:
    """Say what a restore would do, and touch nothing."""
    return Action(
        title=f"Plan: {snapshot} into {database}",
        arguments=("restore", snapshot, "--dry-run", *_replace(replace=replace), *_in(store)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRestore:
    """A restore that was planned: only what was shown may be done.

    `database` is the name that the server gives it; `removed` counts the tables that lose rows.
    """

    snapshot: str
    database: str
    replace: bool
    removed: int

    @classmethod
    def of(cls, document: Mapping[str, Any], database: str, *, replace: bool) -> PlannedRestore:
        """Read what `snapkit restore --dry-run --json` said.

        Args:
            document: Its document.
            database: The name to be typed.
            replace: Whether the plan was asked for with `--replace`.
        """
        return cls(
            snapshot=document["snapshot"],
            database=database,
            replace=replace,
            removed=len(document["plan"]["removed"]),
        )

    def refusal(self, typed: str) -> str:
        """Why the restore must not begin.

        Args:
            typed: What stands where the database's name is to be typed.

        Returns:
            A sentence; empty where the name was typed.
        """
        if self.database in {typed, typed.strip()}:
            return ""
        said = f"{typed.strip()!r} is not its name" if typed.strip() else "no name was typed"
        return f"Type the name of the database, {self.database}, to restore: {said}."

    def action(self, store: Path) -> Action:
        """The restore. Where the plan removes nothing, the command refuses to remove anything."""
        agreed = ("--yes",) if self.removed else ()
        return Action(
            title=f"Restore of {self.snapshot} into {self.database}",
            arguments=(
                "restore",
                self.snapshot,
                *_replace(replace=self.replace),
                *agreed,
                *_in(store),
            ),
        )


def _replace(*, replace: bool) -> tuple[str, ...]:
    return ("--replace",) if replace else ()


def _in(store: Path) -> tuple[str, ...]:
    return ("--store", str(store))
