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

from snapkit.core.catalog import Catalog, Sequence, TableKind, Trigger
from snapkit.core.graph import Stage, load_order
from snapkit.core.names import ForeignKey, TableName
from snapkit.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.manifest import Manifest, TableEntry


class RestoreMode(StrEnum):
    """What a restore does to its target."""

    CREATE = "create"  # an empty database: tables come from the snapshot's DDL
    REPLACE = "replace"  # the tables are there: their rows are removed and put back


class DdlSection(StrEnum):
    """A section of pg_dump's output, by pg_dump's own names."""

    PRE_DATA = "pre-data"
    POST_DATA = "post-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What the plan needs to know of the target.

    `holding_rows` are tables with at least one row; `owned` are tables whose owner the role is, or
    is a member of; `roles` and `available_extensions` are those of the server.
    """

    catalog: Catalog
    holding_rows: frozenset[TableName] = frozenset()
    owned: frozenset[TableName] = frozenset()
    roles: frozenset[str] = frozenset()
    available_extensions: frozenset[str] = frozenset()
    can_create_namespaces: bool = True
    can_create_in_public: bool = True


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
        return f"lock {len(self.tables)} tables"


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
        return f"truncate {len(self.tables)} tables"


@dataclass(frozen=True, slots=True)
class CopyIn:
    """Put the rows of one table back."""

    table: TableName
    rows: int

    def __str__(self) -> str:
        return f"copy {self.rows:,} rows into {self.table}"


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
        return f"read {len(self.tables)} tables back, compare digests, then commit"


Step = (
    RunDdl
    | LockTables
    | DropForeignKey
    | AddForeignKey
    | DisableTrigger
    | EnableTrigger
    | Truncate
    | CopyIn
    | SetSequence
    | RefreshView
    | Verify
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """What a restore will do, in order, inside one transaction.

    `removed` are the tables that hold rows now and lose them; `untouched` are tables of the target
    that the restore leaves alone; `notes` say what a reader should know.
    """

    snapshot_id: str
    mode: RestoreMode
    steps: tuple[Step, ...]
    tables: tuple[TableName, ...]
    stages: tuple[Stage, ...]
    removed: tuple[TableName, ...] = ()
    untouched: tuple[TableName, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_destructive(self) -> bool:
        """Whether any step removes rows."""
        return bool(self.removed)

    @property
    def rows(self) -> int:
        """Rows that will be put back [rows]."""
        return sum(step.rows for step in self.steps if isinstance(step, CopyIn))


def plan_restore(
    manifest: Manifest,
    target: TargetState,
    *,
    replace: bool,
    only: Iterable[TableName] | None = None,
) -> RestorePlan:
    """Decide how to restore a snapshot.

    A target without tables is built from the snapshot's DDL. A target that has the tables keeps
    them: its rows are replaced, which needs `replace` where any of them holds rows.

    Args:
        manifest: What the snapshot holds.
        target: What the target holds, and what the role may do there.
        replace: Whether rows that are there now may be removed.
        only: The tables to restore; None restores all. Not possible into an empty database.

    Returns:
        The plan, in load order.

    Raises:
        PlanError: The restore must not start; every reason is named.
    """
    if target.catalog.tables:
        return _plan_replace(manifest, target, replace=replace, only=only)
    if only is not None:
        raise PlanError(
            "a part of a snapshot needs a database that has its tables; this one has none",
            f"database {target.catalog.database}",
            "Restore the whole snapshot, or create the tables first (prisma migrate deploy).",
        )
    return _plan_create(manifest, target)


def _plan_create(manifest: Manifest, target: TargetState) -> RestorePlan:
    _raise_problems(_problems_of_create(manifest, target), manifest, target)
    entries = manifest.data_tables
    names = tuple(entry.table for entry in entries)
    stages = load_order(names, manifest.foreign_keys)
    steps: list[Step] = [RunDdl(DdlSection.PRE_DATA)]
    steps += _copies(stages, manifest)
    steps += [SetSequence(sequence) for sequence in manifest.sequences]
    steps += [RunDdl(DdlSection.POST_DATA), Verify(names)]
    return RestorePlan(
        snapshot_id=manifest.id,
        mode=RestoreMode.CREATE,
        steps=tuple(steps),
        tables=names,
        stages=stages,
        notes=_notes(manifest, target, entries),
    )


def _problems_of_create(manifest: Manifest, target: TargetState) -> list[str]:
    problems = [
        f"extension {extension.name} is not available on the target's server"
        for extension in manifest.extensions
        if extension.name not in target.available_extensions
    ]
    problems += [
        f"role {role}, to which the snapshot grants rights, does not exist on the target's server"
        for role in manifest.granted_roles
        if role not in target.roles
    ]
    namespaces = sorted({entry.namespace for entry in manifest.tables} - {"public"})
    if namespaces and not target.can_create_namespaces:
        problems.append(
            f"role {target.catalog.role} may not create the namespaces {', '.join(namespaces)}: "
            "it lacks CREATE on the database"
        )
    if any(entry.namespace == "public" for entry in manifest.tables) and (
        not target.can_create_in_public
    ):
        problems.append(
            f"role {target.catalog.role} may not create tables: it lacks CREATE on schema public"
        )
    return problems


def _plan_replace(
    manifest: Manifest, target: TargetState, *, replace: bool, only: Iterable[TableName] | None
) -> RestorePlan:
    chosen = _chosen(manifest, only)
    names = tuple(entry.table for entry in chosen)
    family = _with_roots(names, target.catalog)
    removed = tuple(sorted(target.holding_rows.intersection(names)))
    if removed and not replace:
        shown = ", ".join(map(str, removed[:5])) + (" …" if len(removed) > 5 else "")  # noqa: PLR2004
        raise PlanError(
            f"the target is not empty: {len(removed)} of its tables hold rows ({shown})",
            f"database {target.catalog.database}",
            "Pass --replace to remove these rows and put the snapshot's in their place, "
            "or name an empty database.",
        )
    keys = _keys_to_drop(target.catalog, family)
    _raise_problems(_problems_of_replace(manifest, target, chosen, keys), manifest, target)
    stages = load_order(names, target.catalog.foreign_keys)
    by_name = target.catalog.by_name
    triggers = [(name, trigger) for name in names for trigger in by_name[name].triggers]
    locked = tuple(sorted({*names, *(key.child for key in keys), *(key.parent for key in keys)}))
    steps: list[Step] = [LockTables(locked)]
    steps += [DisableTrigger(name, trigger) for name, trigger in triggers if trigger.is_enabled]
    steps += [DropForeignKey(key) for key in keys]
    steps.append(Truncate(names))
    steps += _copies(stages, manifest)
    steps += [
        SetSequence(sequence) for sequence in _sequences(manifest, target.catalog, set(names), only)
    ]
    steps += [AddForeignKey(key) for key in keys]
    steps += [EnableTrigger(name, trigger) for name, trigger in triggers if trigger.is_enabled]
    steps += [
        RefreshView(table.name)
        for table in target.catalog.tables
        if table.kind is TableKind.MATERIALIZED_VIEW
    ]
    steps.append(Verify(names))
    return RestorePlan(
        snapshot_id=manifest.id,
        mode=RestoreMode.REPLACE,
        steps=tuple(steps),
        tables=names,
        stages=stages,
        removed=removed,
        untouched=tuple(
            table.name for table in target.catalog.data_tables if table.name not in set(names)
        ),
        notes=_notes(manifest, target, chosen),
    )


def _chosen(manifest: Manifest, only: Iterable[TableName] | None) -> tuple[TableEntry, ...]:
    if only is None:
        return manifest.data_tables
    wanted = set(only)
    return tuple(entry for entry in manifest.data_tables if entry.table in wanted)


def _with_roots(names: Iterable[TableName], catalog: Catalog) -> set[TableName]:
    """Tables and the partitioned tables above them, which hold their foreign keys."""
    family = set(names)
    edge = family
    while edge:
        tables = (catalog.by_name.get(name) for name in edge)
        edge = {table.partition_of for table in tables if table and table.partition_of} - family
        family |= edge
    return family


def _keys_to_drop(catalog: Catalog, names: set[TableName]) -> tuple[ForeignKey, ...]:
    """Foreign keys that stand in the way: TRUNCATE refuses a table that others reference."""
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


def _problems_of_replace(
    manifest: Manifest,
    target: TargetState,
    chosen: tuple[TableEntry, ...],
    keys: tuple[ForeignKey, ...],
) -> list[str]:
    there = target.catalog.by_name
    problems = [f"the target has no table {e.table}" for e in chosen if e.table not in there]
    for entry in chosen:
        table = there.get(entry.table)
        if table is None:
            continue
        stored = {column.name for column in table.stored_columns}
        problems += [
            f"table {entry.table} of the target has no column {name} to load"
            for name in entry.column_names
            if name not in stored
        ]
        problems += [
            f"column {column.name} of {entry.table} exists only in the target, is NOT NULL and has "
            "no default"
            for column in table.stored_columns
            if column.name not in entry.column_names
            and column.not_null
            and column.default is None
            and not column.identity
        ]
    touched = {entry.table for entry in chosen} | {key.child for key in keys}
    touched |= {key.parent for key in keys}
    problems += [
        f"role {target.catalog.role} does not own table {name} (its owner is {there[name].owner})"
        for name in sorted(touched.intersection(there) - target.owned)
    ]
    known = {entry.table for entry in manifest.tables}
    chosen_names = {entry.table for entry in chosen}
    problems += [
        f"table {key.child} is not in the snapshot but references {key.parent} "
        f"(foreign key {key.name})"
        for key in keys
        if key.parent in chosen_names
        and key.child not in known
        and key.child in target.holding_rows
    ]
    return problems


def _sequences(
    manifest: Manifest, catalog: Catalog, names: set[TableName], only: Iterable[TableName] | None
) -> list[Sequence]:
    there = {sequence.name for sequence in catalog.sequences}
    return [
        sequence
        for sequence in manifest.sequences
        if sequence.name in there
        and (sequence.owner_table in names or (sequence.owner_table is None and only is None))
    ]


def _copies(stages: tuple[Stage, ...], manifest: Manifest) -> list[Step]:
    return [
        CopyIn(name, manifest.by_table[name].rows)
        for stage in stages
        for name in stage.tables
        if manifest.by_table[name].rows
    ]


def _notes(
    manifest: Manifest, target: TargetState, entries: tuple[TableEntry, ...]
) -> tuple[str, ...]:
    notes = [f"not in the snapshot: {name} ({why})" for name, why in manifest.not_held]
    source, server = manifest.server, target.catalog.server
    if source.version // 10000 != server.version // 10000:
        notes.append(
            f"the snapshot is of PostgreSQL {source.version_text}, "
            f"the target is {server.version_text}"
        )
    if source.encoding != server.encoding:
        notes.append(f"encodings differ: {source.encoding} and {server.encoding}")
    owners = sorted({entry.owner for entry in entries} - {target.catalog.role, ""})
    if owners and not target.catalog.tables:
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


def _raise_problems(problems: list[str], manifest: Manifest, target: TargetState) -> None:
    if not problems:
        return
    head = problems[0] if len(problems) == 1 else f"{len(problems)} reasons not to start"
    raise PlanError(
        f"snapshot {manifest.id} cannot be restored: {head}",
        f"database {target.catalog.database}",
        "Nothing was touched. Mend what is named above, or restore into an empty database.",
        problems=tuple(problems) if len(problems) > 1 else (),
    )
