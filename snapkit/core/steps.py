"""The steps of a restore plan: each one act, a frozen value that prints as a sentence.

`snapkit.core.plan` puts them in order; `snapkit.workflows.restore` carries them out.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from snapkit.core.catalog import Sequence, Trigger
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.text import counted


class DdlSection(StrEnum):
    """A section of pg_dump's output, by pg_dump's own names."""

    PRE_DATA = "pre-data"
    POST_DATA = "post-data"


@dataclass(frozen=True, slots=True)
class RunDdl:
    """Run one section of the snapshot's DDL."""

    section: DdlSection

    def __str__(self) -> str:
        return f"run the snapshot's DDL, {self.section}"


@dataclass(frozen=True, slots=True)
class LockTables:
    """Lock tables against readers and writers until the end."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"lock {counted(len(self.tables), 'table')}"


@dataclass(frozen=True, slots=True)
class RequireEmpty:
    """Look again, under the locks: a row may have come since the plan, and nobody gave it up."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"make sure that {len(self.tables)} tables are still empty"


@dataclass(frozen=True, slots=True)
class DropForeignKey:
    """Drop a foreign key for the load; `AddForeignKey` puts it back as it was."""

    foreign_key: ForeignKey

    def __str__(self) -> str:
        return f"drop foreign key {self.foreign_key.name} of {self.foreign_key.child}"


@dataclass(frozen=True, slots=True)
class AddForeignKey:
    """Put a foreign key back: definition, validity and comment as they were."""

    foreign_key: ForeignKey

    def __str__(self) -> str:
        return f"add foreign key {self.foreign_key.name} of {self.foreign_key.child}"


@dataclass(frozen=True, slots=True)
class DisableTrigger:
    """Keep a user trigger quiet during the load."""

    table: TableName
    trigger: Trigger

    def __str__(self) -> str:
        return f"disable trigger {self.trigger.name} of {self.table}"


@dataclass(frozen=True, slots=True)
class EnableTrigger:
    """Give a user trigger back the state it had."""

    table: TableName
    trigger: Trigger

    def __str__(self) -> str:
        return f"set trigger {self.trigger.name} of {self.table} back to {self.trigger.state.name}"


@dataclass(frozen=True, slots=True)
class Truncate:
    """Remove every row of these tables, in one statement."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"truncate {counted(len(self.tables), 'table')}"


@dataclass(frozen=True, slots=True)
class CopyIn:
    """Put the rows of one table back."""

    table: TableName
    rows: int

    def __str__(self) -> str:
        return f"copy {counted(self.rows, 'row')} into {self.table}"


@dataclass(frozen=True, slots=True)
class QuarantineOrphans:
    """Set the rows aside that the foreign keys, which come next, would refuse."""

    foreign_keys: tuple[ForeignKey, ...]

    def __str__(self) -> str:
        return f"quarantine orphans of {counted(len(self.foreign_keys), 'foreign key')}"


@dataclass(frozen=True, slots=True)
class SetSequence:
    """Put a sequence where it stood."""

    sequence: Sequence

    def __str__(self) -> str:
        return f"set sequence {self.sequence.name}, next value {self.sequence.next_value}"


@dataclass(frozen=True, slots=True)
class RefreshView:
    """Fill a materialized view again."""

    view: TableName

    def __str__(self) -> str:
        return f"refresh materialized view {self.view}"


@dataclass(frozen=True, slots=True)
class Verify:
    """Read every table back and compare digests; commit only where all match."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"read {counted(len(self.tables), 'table')} back, compare digests, then commit"


Step = (
    RunDdl
    | LockTables
    | RequireEmpty
    | DropForeignKey
    | AddForeignKey
    | DisableTrigger
    | EnableTrigger
    | Truncate
    | CopyIn
    | QuarantineOrphans
    | SetSequence
    | RefreshView
    | Verify
)
