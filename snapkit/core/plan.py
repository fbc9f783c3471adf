"""The restore plan: every decision, before anything is touched.

`plan_restore` is a function from a manifest and the state of the target to steps; it raises where
the restore must not start, and names every reason at once. `snapkit.workflows.restore` carries the
steps out and decides nothing.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from snapkit.core._ladder_refusals import children_to_stay_empty, problems_of_ladder
from snapkit.core._refusals import (
    problems_of_choice,
    problems_of_create,
    problems_of_large_objects,
    problems_of_replace,
    problems_of_sequences,
)
from snapkit.core.catalog import LARGE_OBJECTS, Catalog, TableKind, Trigger
from snapkit.core.ddl import DdlSection
from snapkit.core.forward import forward_moves, notes_of_forward, split_sequences
from snapkit.core.graph import Stage, load_order
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.plain_indexes import PlainIndex, worth_dropping
from snapkit.core.rungs import (
    KeyHandling,
    Ladder,
    Rung,
    StageRung,
    choose_rungs,
    edges_between,
    notes_of_ladder,
    sequence_moves,
    unproven_constraints,
    views_behind_row_security,
)
from snapkit.core.steps import (
    AddConstraint,
    AddDomainConstraint,
    AddForeignKey,
    AddIndex,
    AdvanceSequence,
    CheckAtOnce,
    CheckConstraints,
    CopyIn,
    DeferConstraints,
    DeferForeignKey,
    DeleteConfiguration,
    DeleteRows,
    DisableTrigger,
    DropConstraint,
    DropDomainConstraint,
    DropForeignKey,
    DropIndex,
    EnableTrigger,
    Load,
    LoadLargeObjects,
    LoadTogether,
    LockTables,
    QuarantineOrphans,
    RefreshView,
    RequireEmpty,
    RunDdl,
    SetSequence,
    Step,
    Truncate,
    UndeferForeignKey,
    UnlinkLargeObjects,
    Verify,
)
from snapkit.core.summarized import Summarized
from snapkit.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.summary import Summary
    from snapkit.core.target_state import TargetState

__all__ = ["OnError", "RestoreMode", "RestorePlan", "plan_restore"]

_MEND = "Mend what is named above, or restore into an empty database."
_REPLACE = (
    "Pass --replace to remove the rows that are there and put the snapshot's in their place, "
    "or name an empty database."
)


class RestoreMode(StrEnum):
    """What a restore does to its target."""

    CREATE = "create"  # an empty database: tables come from the snapshot's DDL
    REPLACE = "replace"  # the tables are there: their rows are removed and put back


class OnError(StrEnum):
    """What happens to a row that the target refuses."""

    STOP = "stop"  # roll everything back and name the row
    QUARANTINE = "quarantine"  # set it aside, with its reason, and go on


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan(Summarized):
    """What a restore will do, in order, inside one transaction.

    `removed` are the tables that hold rows now and lose them; `untouched` are tables of the target
    that the restore leaves alone; `notes` say what a reader should know. `rungs` say how each stage
    of a REPLACE is done, and what the role lacks for a better way. With more than one of `jobs`,
    that many connections load a staging database, which takes the target's name.
    """

    snapshot_id: str
    mode: RestoreMode
    on_error: OnError = OnError.STOP
    steps: tuple[Step, ...]
    tables: tuple[TableName, ...]
    stages: tuple[Stage, ...]
    removed: tuple[TableName, ...] = ()
    untouched: tuple[TableName, ...] = ()
    notes: tuple[str, ...] = ()
    rungs: tuple[StageRung, ...] = ()
    jobs: int = 1

    @property
    def rung(self) -> Rung:
        """The lowest rung of any stage; who makes the tables owns them."""
        return max((stage.rung for stage in self.rungs), default=Rung.OWNER)

    @property
    def is_destructive(self) -> bool:
        """Whether any step removes rows."""
        return bool(self.removed)

    @property
    def rows(self) -> int:
        """Rows that will be put back [rows]."""
        return sum(step.rows for step in self.steps if isinstance(step, Load))

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import plan_summary  # noqa: PLC0415 -- only where shown

        return plan_summary(self)


_LATE_CONSTRAINTS = (
    "an empty database gets its keys and indexes after the rows: only rows that a type or a CHECK "
    "refuses are quarantined, and one that breaks a key stops the restore"
)


def plan_restore(
    manifest: Manifest,
    target: TargetState,
    *,
    replace: bool,
    only: Iterable[TableName] | None = None,
    on_error: OnError = OnError.STOP,
) -> RestorePlan:
    """Decide how to restore a snapshot.

    A target without tables, other than extensions' own, is built from the snapshot's DDL. A target
    that has the tables keeps them: its rows are replaced, which needs `replace` where any of them
    holds rows.

    Args:
        manifest: What the snapshot holds.
        target: What the target holds, and what the role may do there.
        replace: Whether rows that are there now may be removed.
        only: The tables to restore; None restores all, a partitioned table stands for its
            partitions. Not possible into an empty database.
        on_error: What happens to rows that the target refuses.

    Returns:
        The plan, in load order.

    Raises:
        PlanError: The restore must not start; every reason is named.
    """
    if not is_empty(target.catalog):
        return _plan_replace(manifest, target, replace=replace, only=only, on_error=on_error)
    if only is not None:
        raise PlanError(
            "a part of a snapshot needs a database that has its tables; this one has none",
            f"database {target.catalog.database}",
            "Restore the whole snapshot, or create the tables first (prisma migrate deploy).",
        )
    return _plan_create(manifest, target, on_error)


def _plan_create(manifest: Manifest, target: TargetState, on_error: OnError) -> RestorePlan:
    _raise_problems(problems_of_create(manifest, target), manifest, target)
    entries = manifest.data_tables
    names = tuple(entry.table for entry in entries)
    pieces = [entry for entry in entries if entry.kind is TableKind.LARGE_OBJECTS]
    tables = tuple(entry.table for entry in entries if entry not in pieces)
    stages = load_order(tables, manifest.foreign_keys)
    steps: list[Step] = [RunDdl(DdlSection.PRE_DATA)]
    steps += _copies(stages, manifest)
    steps += [LoadLargeObjects(entry.rows) for entry in pieces]
    steps += [SetSequence(sequence, is_new=True) for sequence in manifest.sequences]
    steps += [RunDdl(DdlSection.POST_DATA), Verify(names)]
    return RestorePlan(
        snapshot_id=manifest.id,
        mode=RestoreMode.CREATE,
        on_error=on_error,
        steps=tuple(steps),
        tables=names,
        stages=stages,
        notes=(f"the snapshot's DDL runs with the rights of role {target.catalog.role}",)
        + _notes(manifest, target, entries)
        + ((_LATE_CONSTRAINTS,) if on_error is OnError.QUARANTINE else ()),
    )


def _plan_replace(
    manifest: Manifest,
    target: TargetState,
    *,
    replace: bool,
    only: Iterable[TableName] | None,
    on_error: OnError,
) -> RestorePlan:
    wanted = None if only is None else set(only)
    chosen = manifest.choose(wanted)
    pieces = [entry for entry in chosen if entry.kind is TableKind.LARGE_OBJECTS]
    chosen = tuple(entry for entry in chosen if entry not in pieces)
    names = tuple(entry.table for entry in chosen)
    keys = _keys_that_touch(target.catalog, target.catalog.with_partitioned(names))
    unenforced = tuple(key for key in manifest.foreign_keys if not key.definition)
    edges = edges_between(target.catalog, names, target.catalog.foreign_keys + unenforced)
    stages = load_order(names, edges)
    filled = frozenset(entry.table for entry in chosen if entry.rows)
    ladder = choose_rungs(target, stages, keys, filled)
    restored = (*names, *(entry.table for entry in pieces))
    removed = tuple(sorted(target.holding_rows.intersection(restored)))
    is_quarantine = on_error is OnError.QUARANTINE
    problems = problems_of_choice(manifest, wanted)
    problems += problems_of_replace(manifest, target, chosen, keys)
    problems += problems_of_large_objects(target, pieces)
    problems += problems_of_ladder(manifest, target, ladder, quarantine=is_quarantine)
    sequences, shared = split_sequences(manifest, target, restored)
    problems += problems_of_sequences(target.catalog, (*sequences, *shared))
    if removed and not replace:
        shown = ", ".join(map(str, removed[:5])) + (" …" if len(removed) > 5 else "")  # noqa: PLR2004
        hold = "holds" if len(removed) == 1 else "hold"
        not_empty = f"the target is not empty: {len(removed)} of its tables {hold} rows ({shown})"
        _raise_problems([not_empty, *problems], manifest, target, hint=_REPLACE)
    _raise_problems(problems, manifest, target)
    moves = sequence_moves(target, sequences)
    ahead = {sequence.name for sequence in shared}
    standing = [sequence for sequence in target.catalog.sequences if sequence.name in ahead]
    forward = forward_moves(manifest, target, standing)
    steps: list[Step] = [LockTables(_locked(target, names, ladder))]
    fresh = tuple(name for name in restored if name not in removed)
    # a row that came since is nobody's to remove unasked
    steps += [RequireEmpty(fresh)] if fresh else []
    guarded = children_to_stay_empty(target, ladder, names)
    # rows that came to them since would go with the rows that they refer to
    steps += [RequireEmpty(guarded)] if guarded else []
    indexes = () if is_quarantine else _indexes_to_drop(manifest, target, ladder)
    steps += [DropIndex(index) for index in indexes]
    steps += _clean(target, names, ladder, replace=replace)
    if is_quarantine and (waiting := _waiting_keys(target.catalog, names)):
        steps.append(CheckAtOnce(waiting))
    if LARGE_OBJECTS in removed:
        steps.append(UnlinkLargeObjects())
    steps += _loads(manifest, ladder, is_quarantine=is_quarantine)
    steps += [LoadLargeObjects(entry.rows) for entry in pieces]
    steps += [SetSequence(sequence) for sequence in moves.set_back]
    steps += [move for move in forward if move.rolls_back]
    steps += _put_back(target, names, ladder, indexes=indexes, is_quarantine=is_quarantine)
    steps.append(Verify(restored))
    steps += [AdvanceSequence(sequence) for sequence in moves.advanced]
    steps += [move for move in forward if not move.rolls_back]
    return RestorePlan(
        snapshot_id=manifest.id,
        mode=RestoreMode.REPLACE,
        on_error=on_error,
        steps=tuple(steps),
        tables=restored,
        stages=stages,
        removed=removed,
        untouched=tuple(
            table.name for table in target.catalog.data_tables if table.name not in set(restored)
        ),
        notes=(
            *_notes(manifest, target, chosen),
            *notes_of_ladder(target, names),
            *moves.notes,
            *notes_of_forward(target, standing, "restore"),
        ),
        rungs=ladder.rungs,
    )


def _locked(
    target: TargetState, names: tuple[TableName, ...], ladder: Ladder
) -> tuple[TableName, ...]:
    """What can be locked before it is changed; the other ends of keys may be somebody else's."""
    changed = ladder.keys(KeyHandling.DROP, KeyHandling.ALTER)
    ends = {end for key in changed for end in (key.child, key.parent)}
    return tuple(sorted({*names, *(name for name in ends if target.may_lock(name))}))


def _clean(
    target: TargetState, names: tuple[TableName, ...], ladder: Ladder, *, replace: bool
) -> list[Step]:
    by_name = target.catalog.by_name
    steps: list[Step] = [DisableTrigger(*pair) for pair in _triggers(target, names)]
    steps += [DropConstraint(*pair) for pair in unproven_constraints(target, names)]
    steps += [DropDomainConstraint(*pair) for pair in target.unproven_domains]
    steps += [DropForeignKey(key) for key in ladder.keys(KeyHandling.DROP)]
    steps += [DeferForeignKey(key) for key in ladder.keys(KeyHandling.ALTER)]
    if ladder.has_late_keys:
        steps.append(DeferConstraints())
    if ladder.truncated:
        steps.append(Truncate(tuple(name for name in names if name in set(ladder.truncated))))
    if replace:  # else they are empty, and it was made sure that they still are
        for group in ladder.deletes:
            plain = tuple(name for name in group if by_name[name].configuration is None)
            steps += [DeleteRows(plain)] if plain else []
            steps += [DeleteConfiguration(name) for name in group if name not in plain]
    return steps


def _waiting_keys(catalog: Catalog, names: tuple[TableName, ...]) -> tuple[TableName, ...]:
    """Unique and exclusion constraints that may be checked late, when no row can be blamed."""
    return tuple(
        sorted(
            TableName(name.namespace, index.name)
            for name in catalog.with_partitioned(names)
            if name in catalog.by_name
            for index in catalog.by_name[name].indexes
            if index.is_constraint and index.is_deferrable
        )
    )


def _loads(manifest: Manifest, ladder: Ladder, *, is_quarantine: bool) -> list[Step]:
    """Where keys stand, orphans of a stage go before its children come: they would need them."""
    steps: list[Step] = []
    truncated = frozenset(ladder.truncated)
    hunted = ladder.keys(KeyHandling.DROP, KeyHandling.ALTER, KeyHandling.WAIT)
    for rung, groups in zip(ladder.rungs, ladder.loads, strict=True):
        for group in groups:
            rows = sum(manifest.by_table[name].rows for name in group)
            if len(group) > 1:
                steps.append(LoadTogether(group, rows))
            else:
                steps.append(CopyIn(group[0], rows, freeze=group[0] in truncated))
        if is_quarantine and ladder.has_standing_keys:
            family = ladder.family(rung.tables)
            late = tuple(key for key in hunted if key.child in family)
            steps += [QuarantineOrphans(late)] if late else []
    return steps


def _indexes_to_drop(
    manifest: Manifest, target: TargetState, ladder: Ladder
) -> tuple[PlainIndex, ...]:
    """Only where no trigger fires and no key is looked at in between: they could need an index.

    Where bad rows are quarantined all stand: a unique one judges each row on its way in, and the
    hunt for orphans looks rows up.
    """
    if any(stage.rung is not Rung.OWNER for stage in ladder.rungs):
        return ()
    return worth_dropping(target.plain_indexes, manifest, ladder.truncated)


def _put_back(
    target: TargetState,
    names: tuple[TableName, ...],
    ladder: Ladder,
    *,
    indexes: tuple[PlainIndex, ...],
    is_quarantine: bool,
) -> list[Step]:
    dropped, altered = ladder.keys(KeyHandling.DROP), ladder.keys(KeyHandling.ALTER)
    hidden = views_behind_row_security(target)
    steps: list[Step] = []
    if is_quarantine and not ladder.has_standing_keys:
        steps.append(
            QuarantineOrphans(ladder.keys(KeyHandling.DROP, KeyHandling.ALTER, KeyHandling.WAIT))
        )
    steps.append(CheckConstraints())  # triggers of others may wait, too, and change rows
    steps += [AddIndex(index) for index in indexes]
    steps += [UndeferForeignKey(key) for key in altered]
    steps += [AddForeignKey(key) for key in dropped]
    steps += [AddConstraint(*pair) for pair in unproven_constraints(target, names)]
    steps += [AddDomainConstraint(*pair) for pair in target.unproven_domains]
    steps += [EnableTrigger(*pair) for pair in _triggers(target, names)]
    steps += [
        RefreshView(name)
        for name in _in_order_of_reading(target.catalog)
        if name not in target.not_refreshable and name not in hidden
    ]
    return steps


def _in_order_of_reading(catalog: Catalog) -> list[TableName]:
    """The materialized views that are filled, each after those that it reads."""
    found: dict[TableName, None] = {}  # a set that keeps its order
    seen: set[TableName] = set()

    def visit(name: TableName) -> None:
        table = catalog.by_name.get(name)
        if table is None or name in seen:
            return
        seen.add(name)
        for source in table.sources:
            visit(source)
        if table.kind is TableKind.MATERIALIZED_VIEW and table.is_populated and not table.extension:
            found[name] = None

    for table in catalog.tables:
        visit(table.name)
    return list(found)


def _triggers(
    target: TargetState, names: tuple[TableName, ...]
) -> tuple[tuple[TableName, Trigger], ...]:
    """The triggers that can be kept quiet; those of others' tables fire."""
    by_name = target.catalog.by_name
    return tuple(
        (name, trigger)
        for name in names
        if name in target.owned
        for trigger in by_name[name].triggers
        if trigger.is_enabled
    )


def is_empty(catalog: Catalog) -> bool:
    """Whether nothing is there but what extensions brought: some do so in every new database."""
    return all(table.extension for table in catalog.tables if table.name != LARGE_OBJECTS)


def _keys_that_touch(catalog: Catalog, names: frozenset[TableName]) -> tuple[ForeignKey, ...]:
    """Foreign keys that may stand in the way, at either end."""
    return tuple(
        sorted(
            (
                key
                for key in catalog.foreign_keys
                if (key.child in names or key.parent in names) and key.definition
            ),
            key=lambda key: key.sort_key,
        )
    )


def _copies(stages: tuple[Stage, ...], manifest: Manifest) -> list[Step]:
    """Frozen only where this transaction makes the table: an extension's may have been there."""
    made = {entry.table for entry in manifest.tables if not entry.extension}
    return [
        CopyIn(name, manifest.by_table[name].rows, freeze=name in made)
        for stage in stages
        for name in stage.tables
        if manifest.by_table[name].rows
    ]


def _notes(
    manifest: Manifest, target: TargetState, entries: tuple[TableEntry, ...]
) -> tuple[str, ...]:
    notes = [f"not in the snapshot: {name} ({why})" for name, why in manifest.not_held]
    source, server = manifest.server, target.catalog.server
    if manifest.has_server and source.version // 10000 != server.version // 10000:
        notes.append(
            f"the snapshot is of PostgreSQL {source.version_text}, "
            f"the target is {server.version_text}"
        )
    if source.encoding != server.encoding:
        notes.append(f"encodings differ: {source.encoding} and {server.encoding}")
    owner = next((entry.owner for entry in entries if entry.table == LARGE_OBJECTS), "")
    if owner not in {"", target.catalog.role}:
        notes.append(f"large objects of {owner} become those of {target.catalog.role}")
    owners = sorted({entry.owner for entry in entries} - {target.catalog.role, ""})
    if owners and is_empty(target.catalog):
        notes.append(f"owner {', '.join(owners)} becomes {target.catalog.role}")
    for entry in entries:
        table = target.catalog.by_name.get(entry.table)
        types = {column.name: column.type for column in table.columns} if table else {}
        notes += [
            f"column {column.name} of {entry.table}: {column.type} in the snapshot, "
            f"{types[column.name]} in the target"
            for column in entry.columns
            if types.get(column.name, column.type) != column.type
        ]
    return tuple(notes)


def _raise_problems(
    problems: list[str], manifest: Manifest, target: TargetState, *, hint: str = _MEND
) -> None:
    if not problems:
        return
    head = problems[0] if len(problems) == 1 else f"{len(problems)} reasons not to start"
    raise PlanError(
        f"snapshot {manifest.id} cannot be restored: {head}",
        f"database {target.catalog.database}",
        f"Nothing was touched. {hint}",
        problems=tuple(problems) if len(problems) > 1 else (),
    )
