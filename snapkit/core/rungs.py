"""The ladder: how foreign keys and cleaning are handled, by what the role really may do.

Each foreign key is handled as well as the role's rights allow, each table is cleaned as fast as
they allow, and the rung of a stage says in one word what came of it:

1. OWNER: the keys are dropped and put back, the rows go by TRUNCATE and come by COPY FREEZE.
2. DEFER: the role owns the tables but could not put every key back: such keys stay, checked late.
3. GRANTS: the role does not own the tables: rows are deleted and inserted, parents first; tables
   that need each other go through temporary tables and one statement, at whose end keys are looked
   at.

Source: DESIGN.md, section 5; PostgreSQL manual, ALTER TABLE, SET CONSTRAINTS, TRUNCATE; Privileges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from snapkit.core.catalog import Catalog, Sequence, TableKind, TriggerState, Unproven
from snapkit.core.graph import Stage, load_order
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.target_state import SequenceRight, TableRight, TargetState

Members = Mapping[TableName, tuple[TableName, ...]]


class Rung(IntEnum):
    """A rung of the ladder; the first is the fastest and asks for the most rights."""

    OWNER = 1
    DEFER = 2
    GRANTS = 3

    @property
    def means(self) -> str:
        """What happens on it, for people."""
        return {
            Rung.OWNER: "foreign keys dropped and put back",
            Rung.DEFER: "foreign keys stay and are checked late",
            Rung.GRANTS: "foreign keys stand, rows go in parents first",
        }[self]


class KeyHandling(StrEnum):
    """What becomes of a foreign key during the load."""

    DROP = "drop"  # dropped, and put back at the end
    ALTER = "alter"  # made deferrable, and set back at the end
    WAIT = "wait"  # deferrable already: any role may have it wait
    STAND = "stand"  # looked at when each statement ends
    IGNORE = "ignore"  # not enforced: never looked at


LATE = frozenset({KeyHandling.ALTER, KeyHandling.WAIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRung:
    """The rung of one stage, and what the role lacks for a better one."""

    tables: tuple[TableName, ...]
    rung: Rung
    missing: tuple[str, ...] = ()

    @property
    def is_cycle(self) -> bool:
        """Whether the stage is a cycle of two tables or more."""
        return len(self.tables) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """How the rows of a plan's tables are removed and put back.

    `deletes` are groups in the order of cleaning; `loads` are groups by stage, in load order, and a
    group of more than one table goes in by one statement. Tables without rows are in no load.
    """

    rungs: tuple[StageRung, ...]
    handling: Mapping[ForeignKey, KeyHandling]
    truncated: tuple[TableName, ...]
    deletes: tuple[tuple[TableName, ...], ...]
    loads: tuple[tuple[tuple[TableName, ...], ...], ...]
    catalog: Catalog

    def keys(self, *handlings: KeyHandling) -> tuple[ForeignKey, ...]:
        """The foreign keys that are handled in one of these ways, in their order."""
        return tuple(key for key, how in self.handling.items() if how in handlings)

    @property
    def has_late_keys(self) -> bool:
        """Whether any foreign key is checked late."""
        return not LATE.isdisjoint(self.handling.values())

    @property
    def has_standing_keys(self) -> bool:
        """Whether any foreign key is looked at when each statement ends."""
        return KeyHandling.STAND in self.handling.values()

    def family(self, tables: Iterable[TableName]) -> frozenset[TableName]:
        """Tables, and the partitioned ones above them: those on which keys are declared."""
        return self.catalog.with_partitioned(tables)

    @property
    def staged(self) -> tuple[tuple[TableName, ...], ...]:
        """The groups that go through temporary tables."""
        return tuple(group for stage in self.loads for group in stage if len(group) > 1)


def edges_between(
    catalog: Catalog, names: Iterable[TableName], keys: Iterable[ForeignKey]
) -> tuple[ForeignKey, ...]:
    """Say foreign keys of partitioned tables of their partitions: rows lie in those.

    Args:
        catalog: Of the target.
        names: The tables that hold the rows.
        keys: Foreign keys and relations.

    Returns:
        One edge per pair of these tables that a key ties together.
    """
    members = members_of(catalog, names)
    return tuple(
        key
        if (child, parent) == (key.child, key.parent)
        else replace(key, child=child, parent=parent)
        for key in keys
        for child in members.get(key.child, ())
        for parent in members.get(key.parent, ())
    )


def choose_rungs(
    target: TargetState,
    stages: tuple[Stage, ...],
    keys: tuple[ForeignKey, ...],
    filled: frozenset[TableName],
) -> Ladder:
    """Choose a rung for every stage.

    Args:
        target: The database, and what the role may do there.
        stages: The tables whose rows are replaced, parents first.
        keys: The constraints that start or end at one of them or at a partitioned table above.
        filled: The tables for which the snapshot holds rows.

    Returns:
        The ladder; whether the rights suffice for it is asked by `problems_of_ladder`.
    """
    names = tuple(name for stage in stages for name in stage.tables)
    handling = {key: _handling(key, target) for key in keys}
    truncated = _truncatable(target, names, handling)
    standing = edges_between(
        target.catalog, names, (key for key in keys if handling[key] is KeyHandling.STAND)
    )
    deletes = [
        tuple(name for name in stage.tables if name not in truncated) for stage in reversed(stages)
    ]
    return Ladder(
        rungs=tuple(_rung(stage, target, handling, truncated) for stage in stages),
        handling=handling,
        truncated=tuple(name for name in names if name in truncated),
        deletes=tuple(group for group in deletes if group),
        loads=tuple(
            tuple(inner.tables for inner in load_order(filled.intersection(stage.tables), standing))
            for stage in stages
        ),
        catalog=target.catalog,
    )


def _handling(key: ForeignKey, target: TargetState) -> KeyHandling:
    owns = key.child in target.owned
    if owns and key not in target.lacks_references:
        return KeyHandling.DROP
    if not key.enforced:
        return KeyHandling.IGNORE
    if key.deferrable:
        return KeyHandling.WAIT
    return KeyHandling.ALTER if owns else KeyHandling.STAND


def members_of(catalog: Catalog, names: Iterable[TableName]) -> Members:
    """Say where the rows of tables lie.

    Args:
        catalog: Of the target.
        names: The tables that hold rows.

    Returns:
        For each of them, and each partitioned table above one: those of `names` that hold its rows.
    """
    found: dict[TableName, list[TableName]] = {}
    for name in sorted(set(names)):
        for above in catalog.with_partitioned((name,)):
            found.setdefault(above, []).append(name)
    return {above: tuple(below) for above, below in found.items()}


def _truncatable(
    target: TargetState, names: tuple[TableName, ...], handling: Mapping[ForeignKey, KeyHandling]
) -> frozenset[TableName]:
    """TRUNCATE refuses a table that one outside of the statement references, empty or not.

    A partitioned table is not in the statement, only its partitions are: its keys stand in the way.
    """
    members = members_of(target.catalog, names)
    by_name = target.catalog.by_name
    found = {
        name
        for name in names
        if target.may(name, TableRight.TRUNCATE)
        and (name not in by_name or by_name[name].configuration is None)
    }
    kept = [key for key, how in handling.items() if how is not KeyHandling.DROP]
    before = -1
    while len(found) != before:
        before = len(found)
        for key in kept:
            if key.child not in found:
                found.difference_update(members.get(key.parent, ()))
    return frozenset(found)


def _rung(
    stage: Stage,
    target: TargetState,
    handling: Mapping[ForeignKey, KeyHandling],
    truncated: frozenset[TableName],
) -> StageRung:
    there = target.catalog.by_name
    foreign = [name for name in stage.tables if name not in target.owned]
    if foreign:
        owners = (
            f"ownership of {name} (its owner is {there[name].owner})"
            for name in foreign
            if name in there
        )
        return StageRung(tables=stage.tables, rung=Rung.GRANTS, missing=tuple(owners))
    family = target.catalog.with_partitioned(stage.tables)
    is_truncated = truncated.issuperset(stage.tables)
    missing = [
        lacking_for(key, target)
        for key, how in handling.items()
        if how is not KeyHandling.DROP
        and ((key.child in family and key.enforced) or (key.parent in family and not is_truncated))
    ]
    missing += [
        f"TRUNCATE on {name}" for name in stage.tables if not target.may(name, TableRight.TRUNCATE)
    ]
    rung = Rung.DEFER if missing else Rung.OWNER
    return StageRung(tables=stage.tables, rung=rung, missing=tuple(dict.fromkeys(missing)))


def lacking_for(key: ForeignKey, target: TargetState) -> str:
    """Say what it would take to drop a foreign key that the role cannot drop now.

    Args:
        key: The foreign key.
        target: The database, and what the role may do there.

    Returns:
        The right that is missing.
    """
    if key.child in target.owned:
        return f"REFERENCES on {key.parent}, for foreign key {key.name} of {key.child}"
    return f"ownership of {key.child}, whose foreign key {key.name} references {key.parent}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceMoves:
    """How sequences are put where the snapshot has them.

    `set_back` are the role's own, which rolls back; `advanced` are moved forward after everything
    else was proved. The others stay where they are, and the verification judges them.
    """

    set_back: tuple[Sequence, ...]
    advanced: tuple[Sequence, ...]
    notes: tuple[str, ...]


def sequence_moves(target: TargetState, sequences: Iterable[Sequence]) -> SequenceMoves:
    """Decide how each sequence is moved, by the role's rights on it.

    Args:
        target: The database, and what the role may do there.
        sequences: Those of the snapshot that go with its tables.

    Returns:
        The moves, and a note on each sequence that cannot be put just where it stood.
    """
    standing = {sequence.name: sequence for sequence in target.catalog.sequences}
    own, advanced, notes = [], [], []
    for sequence in sequences:
        right = target.sequences.get(sequence.name, SequenceRight.OWNER)
        there = standing.get(sequence.name)
        if right is SequenceRight.OWNER or there is None:
            own.append(sequence)
            continue
        ahead = (there.next_value - sequence.next_value) * (1 if there.increment > 0 else -1)
        if ahead < 0 and right is SequenceRight.UPDATE:
            advanced.append(sequence)
            notes.append(
                f"sequence {sequence.name} is moved forward at the very end, which does not roll "
                f"back: role {target.catalog.role} does not own it"
            )
        elif ahead:
            notes.append(
                f"sequence {sequence.name} stays at next value {there.next_value} (snapshot: "
                f"{sequence.next_value}): role {target.catalog.role} does not own it"
                + (" and lacks UPDATE on it" if right is SequenceRight.NONE else "")
                + "; the restore commits only where that value is free"
            )
    return SequenceMoves(set_back=tuple(own), advanced=tuple(advanced), notes=tuple(notes))


def unproven_constraints(
    target: TargetState, names: Iterable[TableName]
) -> tuple[tuple[TableName, Unproven], ...]:
    """The constraints that rows of a snapshot may break, and that the role may drop for the load.

    Args:
        target: The database, and what the role may do there.
        names: The tables whose rows are replaced.

    Returns:
        CHECK and NOT NULL constraints that were never validated, by table.
    """
    by_name = target.catalog.by_name
    return tuple(
        (name, constraint)
        for name in sorted(target.catalog.with_partitioned(names))
        if name in target.owned and name in by_name
        for constraint in by_name[name].unproven
    )


def notes_of_ladder(target: TargetState, names: Iterable[TableName]) -> tuple[str, ...]:
    """What a reader should know of what the role cannot do.

    Args:
        target: The database, and what the role may do there.
        names: The tables whose rows are replaced.

    Returns:
        One line per trigger that will fire, and per materialized view that stays as it is.
    """
    role, there = target.catalog.role, target.catalog.by_name
    firing = (TriggerState.ORIGIN, TriggerState.ALWAYS)
    notes = [
        f"trigger {trigger.name} of {name} fires during the load: role {role} does not own the "
        "table; the verification finds what it changes in tables that are restored, and no other"
        for name in names
        if name not in target.owned and name in there
        for trigger in there[name].triggers
        if trigger.state in firing
    ]
    notes += [
        f"constraint {constraint.name} of {name}, never validated, stays: role {role} does not own "
        "the table, and a row that breaks it is refused"
        for name in names
        if name not in target.owned and name in there
        for constraint in there[name].unproven
    ]
    notes += [
        f"materialized view {name} is not refreshed: role {role} does not own it"
        for name in sorted(target.not_refreshable)
    ]
    notes += [
        f"materialized view {name} is not refreshed: row security would hide rows that it reads"
        for name in sorted(views_behind_row_security(target) - target.not_refreshable)
    ]
    return tuple(notes)


def views_behind_row_security(target: TargetState) -> frozenset[TableName]:
    """The materialized views that read, at any depth, tables whose rows the role may not all see.

    Args:
        target: The database, and what the role may do there.

    Returns:
        Their names: a refresh would fail, because row security is never let hide rows in silence.
    """
    by_name = target.catalog.by_name
    reading = set(target.row_security)
    before = -1
    while len(reading) != before:
        before = len(reading)
        reading |= {t.name for t in target.catalog.tables if not reading.isdisjoint(t.sources)}
    return frozenset(
        name
        for name in reading
        if name in by_name and by_name[name].kind is TableKind.MATERIALIZED_VIEW
    )
