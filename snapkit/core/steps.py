"""The steps of a restore plan: each one act, a frozen value that prints as a sentence.

`snapkit.core.plan` puts them in order; `snapkit.workflows.restore` carries them out.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from snapkit.core.catalog import Sequence, Trigger, Unproven
from snapkit.core.ddl import DdlSection
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.plain_indexes import PlainIndex
from snapkit.core.text import counted


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
class DropIndex:
    """Drop an index for the load; `AddIndex` makes it again as it was."""

    index: PlainIndex

    def __str__(self) -> str:
        return f"drop index {self.index.name} of {self.index.table}"


@dataclass(frozen=True, slots=True)
class AddIndex:
    """Make an index again: definition, tablespace and comment as they were."""

    index: PlainIndex

    def __str__(self) -> str:
        return f"add index {self.index.name} of {self.index.table}"


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """Drop a constraint that was never validated: rows that break it could not come back."""

    table: TableName
    constraint: Unproven

    def __str__(self) -> str:
        return f"drop constraint {self.constraint.name} of {self.table}, which was never validated"


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """Put such a constraint back, as little validated as it was."""

    table: TableName
    constraint: Unproven

    def __str__(self) -> str:
        return f"add constraint {self.constraint.name} of {self.table}, not validated"


@dataclass(frozen=True, slots=True)
class DropDomainConstraint:
    """Drop a domain's constraint that was never validated: values that break it could not come."""

    domain: TableName  # domains are named as tables are
    constraint: Unproven

    def __str__(self) -> str:
        return (
            f"drop constraint {self.constraint.name} of domain {self.domain}, which was never "
            "validated"
        )


@dataclass(frozen=True, slots=True)
class AddDomainConstraint:
    """Put such a constraint back, as little validated as it was."""

    domain: TableName
    constraint: Unproven

    def __str__(self) -> str:
        return f"add constraint {self.constraint.name} of domain {self.domain}, not validated"


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
class DeferForeignKey:
    """Let a foreign key be checked late: for an owner who could not put it back once dropped."""

    foreign_key: ForeignKey

    def __str__(self) -> str:
        return f"make foreign key {self.foreign_key.name} of {self.foreign_key.child} deferrable"


@dataclass(frozen=True, slots=True)
class UndeferForeignKey:
    """Give a foreign key back the deferrability that it had."""

    foreign_key: ForeignKey

    def __str__(self) -> str:
        return f"set foreign key {self.foreign_key.name} of {self.foreign_key.child} back" + (
            " to deferrable" if self.foreign_key.deferrable else " to not deferrable"
        )


@dataclass(frozen=True, slots=True)
class DeferConstraints:
    """Have every deferrable constraint wait; any role may ask for that."""

    def __str__(self) -> str:
        return "set all deferrable constraints to be checked late"


@dataclass(frozen=True, slots=True)
class CheckAtOnce:
    """Have deferrable keys be looked at with each statement, so that a bad row can be told."""

    constraints: tuple[TableName, ...]  # by namespace and name

    def __str__(self) -> str:
        return f"have {counted(len(self.constraints), 'deferrable key')} be checked at once"


@dataclass(frozen=True, slots=True)
class CheckConstraints:
    """Have every constraint that waited be checked now, and every trigger that waited fire."""

    def __str__(self) -> str:
        return "check all constraints that waited, and fire all triggers that did"


@dataclass(frozen=True, slots=True)
class DeleteRows:
    """Remove every row of these tables, in one statement: foreign keys look at its end."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"delete all rows of {', '.join(map(str, self.tables))}"


@dataclass(frozen=True, slots=True)
class DeleteConfiguration:
    """Remove the users' rows of an extension's table; those that came with it stay."""

    table: TableName

    def __str__(self) -> str:
        return f"delete the rows of {self.table} that did not come with its extension"


@dataclass(frozen=True, slots=True)
class UnlinkLargeObjects:
    """Remove every large object."""

    def __str__(self) -> str:
        return "remove all large objects"


@dataclass(frozen=True, slots=True)
class LoadLargeObjects:
    """Make the large objects: numbers, content, rights and comments."""

    rows: int

    def __str__(self) -> str:
        return f"make the large objects, {counted(self.rows, 'piece')} of them"


@dataclass(frozen=True, slots=True)
class CopyIn:
    """Put the rows of one table back; frozen only where this transaction emptied or made it."""

    table: TableName
    rows: int
    freeze: bool = True

    def __str__(self) -> str:
        return f"copy {counted(self.rows, 'row')} into {self.table}"


@dataclass(frozen=True, slots=True)
class LoadTogether:
    """Put the rows of a cycle back: staged in temporary tables, then inserted in one statement."""

    tables: tuple[TableName, ...]
    rows: int

    def __str__(self) -> str:
        named = ", ".join(map(str, self.tables))
        return f"stage {counted(self.rows, 'row')} of {named}, and insert them in one statement"


@dataclass(frozen=True, slots=True)
class QuarantineOrphans:
    """Set the rows aside that the foreign keys, which come next, would refuse."""

    foreign_keys: tuple[ForeignKey, ...]

    def __str__(self) -> str:
        return f"quarantine orphans of {counted(len(self.foreign_keys), 'foreign key')}"


@dataclass(frozen=True, slots=True)
class SetSequence:
    """Put a sequence where it stood; one that this transaction made needs no new storage for it."""

    sequence: Sequence
    is_new: bool = False

    def __str__(self) -> str:
        return f"set sequence {self.sequence.name}, next value {self.sequence.next_value}"


@dataclass(frozen=True, slots=True)
class AdvanceSequence:
    """Move a sequence forward to where it should stand, for a role that does not own it.

    Such a move does not roll back: it comes after everything else was proved, and never back.
    """

    sequence: Sequence

    def __str__(self) -> str:
        return (
            f"move sequence {self.sequence.name} forward, next value {self.sequence.next_value}; "
            "this does not roll back, so only once all rows match"
        )


@dataclass(frozen=True, slots=True)
class ForwardSequence:
    """Move a sequence forward where its next value is taken; never back.

    `snapshot` is where the snapshot has it, None where it has no such sequence. Without
    `rolls_back` the move is final: it comes after everything else was proved.
    """

    sequence: Sequence
    snapshot: Sequence | None
    rolls_back: bool

    def __str__(self) -> str:
        late = "" if self.rolls_back else "; this does not roll back, so only once all is proved"
        return f"move sequence {self.sequence.name} forward where its next value is taken{late}"


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


Alteration = (
    DropForeignKey
    | AddForeignKey
    | DeferForeignKey
    | UndeferForeignKey
    | DropConstraint
    | AddConstraint
    | DropDomainConstraint
    | AddDomainConstraint
    | DisableTrigger
    | EnableTrigger
)
"""The steps that alter a table, and those that alter it back."""

Rebuild = DropIndex | AddIndex
"""The steps that drop an index, and make it again."""

Removal = Truncate | DeleteRows | DeleteConfiguration | UnlinkLargeObjects
"""The steps that remove rows."""

Load = CopyIn | LoadTogether | LoadLargeObjects
"""The steps that put rows back."""

Timing = DeferConstraints | CheckAtOnce | CheckConstraints
"""The steps that say when constraints are checked."""

Move = SetSequence | AdvanceSequence | ForwardSequence
"""The steps that move a sequence."""

Other = RunDdl | LockTables | RequireEmpty | QuarantineOrphans | RefreshView
"""What else is done before the verification."""

Step = Alteration | Rebuild | Removal | Load | Timing | Move | Other | Verify
