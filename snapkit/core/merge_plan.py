"""The plan of a merge: rows of a snapshot put into tables of a live database that keep their own.

`plan_merge` is a function from a manifest and the state of the target to steps; it raises where the
merge must not start, and names every reason at once. `snapkit.workflows.merge` carries it out.

Every table's rows are staged in a temporary table, told apart by their key, and put in by one
statement per stage: foreign keys stay in force and are looked at when it ends, which is what rows
of a cycle need.

Source: DESIGN.md, section 5; PostgreSQL manual, WITH Queries, Data-Modifying Statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core._merge_refusals import (
    problems_of_lookups,
    problems_of_merge,
    raise_problems,
)
from snapkit.core._refusals import problems_of_choice, problems_of_shape
from snapkit.core.catalog import (
    LARGE_OBJECTS,
    Identity,
    Sequence,
    TableKind,
    Trigger,
    TriggerState,
)
from snapkit.core.forward import forward_moves, notes_of_forward
from snapkit.core.graph import Stage, load_order
from snapkit.core.merge import MergeMode
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.rungs import edges_between
from snapkit.core.steps import (
    CheckConstraints,
    DeferConstraints,
    DisableTrigger,
    EnableTrigger,
    ForwardSequence,
)
from snapkit.core.target_state import SequenceRight, TargetState
from snapkit.core.text import counted
from snapkit.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Catalog, Table
    from snapkit.core.manifest import Manifest, TableEntry

_FIRING = (TriggerState.ORIGIN, TriggerState.ALWAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTable:
    """One table of a merge.

    `columns` stand in the order of the parts; `fixed` are those that no UPDATE may set: GENERATED
    ALWAYS identities.
    """

    table: TableName
    key: tuple[str, ...]
    columns: tuple[str, ...]
    fixed: tuple[str, ...]
    rows: int

    @property
    def settable(self) -> tuple[str, ...]:
        """The columns that an UPDATE sets."""
        return tuple(name for name in self.columns if name not in self.fixed)


@dataclass(frozen=True, slots=True)
class StageRows:
    """Put the snapshot's rows of one table into a temporary table, and read them back."""

    table: TableName
    rows: int

    def __str__(self) -> str:
        return f"stage {counted(self.rows, 'row')} of {self.table} in a temporary table"


@dataclass(frozen=True, slots=True)
class LockAgainstWriters:
    """Keep other writers out of tables until the end; readers go on.

    A role that may only insert cannot do that: it keeps others from changing the tables' shape.
    """

    tables: tuple[TableName, ...]
    excludes_writers: bool

    def __str__(self) -> str:
        against = "writers" if self.excludes_writers else "changes of their shape"
        return f"lock {counted(len(self.tables), 'table')} against {against}"


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find the rows that are there, and the parents of those that come; refuse where one lacks."""

    tables: tuple[TableName, ...]
    foreign_keys: tuple[ForeignKey, ...]

    def __str__(self) -> str:
        return (
            f"look up the rows of {counted(len(self.tables), 'table')}, and their parents by "
            f"{counted(len(self.foreign_keys), 'foreign key')}"
        )


@dataclass(frozen=True, slots=True)
class DigestBefore:
    """Digest tables as they are, so that nothing else can change unseen."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"digest {counted(len(self.tables), 'table')} as they are"


@dataclass(frozen=True, slots=True)
class MergeRows:
    """Put staged rows in, in one statement: a table's, or those of all tables of a cycle."""

    tables: tuple[TableName, ...]
    mode: MergeMode

    def __str__(self) -> str:
        together = ", in one statement" if len(self.tables) > 1 else ""
        return f"{self.mode} rows of {', '.join(map(str, self.tables))}{together}"


@dataclass(frozen=True, slots=True)
class VerifyMerge:
    """Read every table back and compare digests; commit only where all match."""

    tables: tuple[TableName, ...]

    def __str__(self) -> str:
        return f"read {counted(len(self.tables), 'table')} back, compare digests, then commit"


MergeStep = (
    StageRows
    | LockAgainstWriters
    | LookUp
    | DigestBefore
    | DeferConstraints
    | DisableTrigger
    | MergeRows
    | CheckConstraints
    | EnableTrigger
    | ForwardSequence
    | VerifyMerge
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge will do, in order, inside one transaction.

    `tables` take part, those without rows in the snapshot too, which stay as they are; `merges` are
    those with rows. `lookups` are foreign keys and relations by which rows that come need parents,
    `followers` those by which others refer to rows that may change. `untouched` are tables of the
    target that the merge leaves alone; `notes` say what a reader should know.
    """

    snapshot_id: str
    mode: MergeMode
    steps: tuple[MergeStep, ...]
    tables: tuple[TableName, ...]
    merges: tuple[MergeTable, ...]
    stages: tuple[Stage, ...]
    lookups: tuple[ForeignKey, ...] = ()
    followers: tuple[ForeignKey, ...] = ()
    untouched: tuple[TableName, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of the snapshot that take part [rows]."""
        return sum(item.rows for item in self.merges)


def plan_merge(
    manifest: Manifest,
    target: TargetState,
    mode: MergeMode,
    *,
    only: Iterable[TableName] | None = None,
) -> MergePlan:
    """Decide how to put a snapshot's rows into tables that keep their own.

    Args:
        manifest: What the snapshot holds.
        target: What the target holds, and what the role may do there.
        mode: What happens to rows whose key is there already.
        only: The tables to take part; None takes all, a partitioned table stands for its
            partitions.

    Returns:
        The plan, in load order.

    Raises:
        PlanError: The merge must not start; every reason is named.
    """
    catalog = target.catalog
    if all(table.extension for table in catalog.tables if table.name != LARGE_OBJECTS):
        raise PlanError(
            "a merge needs a database that has its tables; this one has none",
            f"database {catalog.database}",
            "Leave --mode out to restore the whole snapshot, or create the tables first.",
        )
    wanted = None if only is None else set(only)
    chosen = manifest.choose(wanted)
    filled = tuple(entry for entry in chosen if entry.rows)
    names = tuple(entry.table for entry in filled)
    lookups = _keys_from(manifest, catalog, catalog.with_partitioned(names))
    raise_problems(
        [
            *problems_of_choice(manifest, wanted),
            *problems_of_shape(catalog, filled),
            *problems_of_merge(target, filled, mode),
            *problems_of_lookups(target, names, lookups),
        ],
        manifest,
        target,
    )
    stages = load_order(names, edges_between(catalog, names, lookups))
    return MergePlan(
        snapshot_id=manifest.id,
        mode=mode,
        steps=_steps(manifest, target, stages, mode, lookups),
        tables=tuple(entry.table for entry in chosen),
        merges=tuple(_merge_table(entry, catalog.by_name[entry.table]) for entry in filled),
        stages=stages,
        lookups=lookups,
        followers=_keys_to(manifest, catalog, names) if mode is MergeMode.UPSERT else (),
        untouched=tuple(
            table.name
            for table in catalog.data_tables
            if table.name not in {entry.table for entry in chosen}
        ),
        notes=_notes(target, names),
    )


def _steps(
    manifest: Manifest,
    target: TargetState,
    stages: tuple[Stage, ...],
    mode: MergeMode,
    lookups: tuple[ForeignKey, ...],
) -> tuple[MergeStep, ...]:
    names = tuple(name for stage in stages for name in stage.tables)
    triggers = [pair for pair in _triggers(target.catalog, names) if pair[0] in target.owned]
    moves = forward_moves(manifest, target, _sequences(manifest, target, names))
    steps: list[MergeStep] = [StageRows(name, manifest.by_table[name].rows) for name in names]
    steps += _locks(target, names)
    steps += [LookUp(names, lookups), DigestBefore(names), DeferConstraints()]
    steps += [DisableTrigger(*pair) for pair in triggers]
    steps += [MergeRows(stage.tables, mode) for stage in stages]
    steps.append(CheckConstraints())
    steps += [EnableTrigger(*pair) for pair in triggers]
    steps += [move for move in moves if move.rolls_back]
    steps.append(VerifyMerge(names))
    steps += [move for move in moves if not move.rolls_back]
    return tuple(steps)


def _locks(target: TargetState, names: tuple[TableName, ...]) -> list[MergeStep]:
    """Tables in one order, so that two runs cannot wait for each other."""
    strong = tuple(sorted(name for name in names if target.may_lock(name)))
    weak = tuple(sorted(set(names) - set(strong)))
    return [LockAgainstWriters(tables, tables is strong) for tables in (strong, weak) if tables]


def _triggers(
    catalog: Catalog, names: tuple[TableName, ...]
) -> tuple[tuple[TableName, Trigger], ...]:
    return tuple(
        (name, trigger)
        for name in names
        for trigger in catalog.by_name[name].triggers
        if trigger.is_enabled
    )


def _merge_table(entry: TableEntry, table: Table) -> MergeTable:
    always = {column.name for column in table.columns if column.identity is Identity.ALWAYS}
    return MergeTable(
        table=entry.table,
        key=entry.key,
        columns=entry.column_names,
        fixed=tuple(name for name in entry.column_names if name in always),
        rows=entry.rows,
    )


def _all_keys(manifest: Manifest, catalog: Catalog) -> tuple[ForeignKey, ...]:
    keys = catalog.foreign_keys + manifest.relations_in(catalog)
    return tuple(sorted(keys, key=lambda key: key.sort_key))


def _keys_from(
    manifest: Manifest, catalog: Catalog, family: frozenset[TableName]
) -> tuple[ForeignKey, ...]:
    return tuple(key for key in _all_keys(manifest, catalog) if key.child in family)


def _keys_to(
    manifest: Manifest, catalog: Catalog, names: tuple[TableName, ...]
) -> tuple[ForeignKey, ...]:
    """Keys by which rows refer to tables of the merge."""
    family = catalog.with_partitioned(names)
    return tuple(key for key in _all_keys(manifest, catalog) if key.parent in family)


def _sequences(
    manifest: Manifest, target: TargetState, names: tuple[TableName, ...]
) -> tuple[Sequence, ...]:
    """The sequences that the tables' columns draw from; with the whole, those of no column too.

    Of the latter only those that the role may read and move: no value of theirs can be taken.
    """
    catalog = target.catalog
    found = catalog.sequences_of(names)
    if not {entry.table for entry in manifest.data_tables if entry.rows} <= set(names):
        return found
    known = {sequence.name for sequence in manifest.sequences}
    idle = {
        sequence.name
        for sequence in catalog.sequences
        if sequence.name in known
        and not catalog.feeds_of(sequence)
        and sequence.name not in target.unreadable_sequences
        and target.sequences.get(sequence.name, SequenceRight.OWNER) is not SequenceRight.NONE
    }
    return tuple(s for s in catalog.sequences if s in found or s.name in idle)


def _notes(target: TargetState, names: tuple[TableName, ...]) -> tuple[str, ...]:
    role, catalog = target.catalog.role, target.catalog
    notes = [
        f"trigger {trigger.name} of {name} fires: role {role} does not own the table; what it "
        "changes there, the verification finds"
        for name, trigger in _triggers(catalog, names)
        if name not in target.owned and trigger.state in _FIRING
    ]
    notes += [
        f"table {name} cannot be locked against writers: role {role} may only insert; what others "
        "write meanwhile makes the merge roll back"
        for name in names
        if not target.may_lock(name)
    ]
    family = catalog.with_partitioned(names)
    notes += notes_of_forward(target, catalog.sequences_of(names), "merge")
    notes += [
        f"materialized view {table.name} is not refreshed"
        for table in catalog.tables
        if table.kind is TableKind.MATERIALIZED_VIEW
        and not family.isdisjoint(_sources(catalog, table.name))
    ]
    return tuple(notes)


def _sources(catalog: Catalog, view: TableName) -> frozenset[TableName]:
    """What a view reads, through other views too."""
    found: set[TableName] = set()
    edge = {view}
    while edge:
        tables = (catalog.by_name.get(name) for name in edge)
        edge = {name for table in tables if table for name in table.sources} - found
        found |= edge
    return frozenset(found)
