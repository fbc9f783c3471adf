"""The requeue plan: in which order quarantined rows go into a database, and whether they may.

`plan_requeue` is a function from what a quarantine holds and the state of the database to a plan;
it raises where nothing must be tried, and names every reason at once.

Source: DESIGN.md, section 5, "Bad rows".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core._refusals import problems_of_shape
from snapkit.core.catalog import TableKind, Trigger, TriggerState
from snapkit.core.graph import load_order
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.rungs import edges_between
from snapkit.core.target_state import TableRight, TargetState
from snapkit.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Catalog
    from snapkit.core.graph import Stage

_NEEDED = (TableRight.USAGE, TableRight.SELECT, TableRight.INSERT)
_FIRING = (TriggerState.ORIGIN, TriggerState.ALWAYS)
_MEND = (
    "Nothing was touched. Mend what is named above, or name the tables to load with --only: the "
    "rows of the others stay in quarantine."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedTable:
    """Quarantined rows of one table; `column_names` give the order of their values."""

    table: TableName
    column_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeueStage:
    """Tables whose rows go in after those of earlier stages.

    `keys` are the foreign keys to look at where rows of the stage may need each other, in a cycle
    or a table that references itself; without any, a row that lacks its parent now will lack it.
    """

    tables: tuple[TableName, ...]
    keys: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeuePlan:
    """How rows go in.

    `identity` gives the columns that tell a table's rows apart; none where it has no key. The
    `triggers` are kept quiet meanwhile, and `hasty` are the foreign keys that would be looked at
    only when the transaction ends: too late to tell which row it was.
    """

    stages: tuple[RequeueStage, ...]
    identity: Mapping[TableName, tuple[str, ...]]
    triggers: tuple[tuple[TableName, Trigger], ...] = ()
    hasty: tuple[ForeignKey, ...] = ()
    notes: tuple[str, ...] = ()


def plan_requeue(tables: Iterable[QuarantinedTable], target: TargetState) -> RequeuePlan:
    """Decide how quarantined rows go into a database.

    Args:
        tables: What is to be loaded.
        target: The database, and what the role may do there.

    Returns:
        The plan, parents first.

    Raises:
        PlanError: A table, a column or a right is missing; every reason is named.
    """
    chosen = tuple(sorted(tables, key=lambda item: item.table))
    names = tuple(item.table for item in chosen)
    problems = [*problems_of_shape(target.catalog, chosen), *_lacking(target, names)]
    if problems:
        raise PlanError(
            problems[0] if len(problems) == 1 else f"{len(problems)} reasons not to load the rows",
            f"database {target.catalog.database}",
            _MEND,
            tuple(problems) if len(problems) > 1 else (),
        )
    family = target.catalog.with_partitioned(names)
    return RequeuePlan(
        stages=_stages(target, names),
        identity={item.table: _identity(item, target.catalog) for item in chosen},
        triggers=tuple(
            (name, trigger)
            for name in names
            if name in target.owned
            for trigger in target.catalog.by_name[name].triggers
            if trigger.state in _FIRING
        ),
        hasty=tuple(
            key
            for key in target.catalog.foreign_keys
            if key.child in family and key.initially_deferred and key.enforced
        ),
        notes=_notes(target, names),
    )


def _lacking(target: TargetState, names: tuple[TableName, ...]) -> list[str]:
    role, there = target.catalog.role, target.catalog.by_name
    problems = []
    for name in names:
        if name not in there or not there[name].holds_rows:
            continue
        lacking = [right for right in _NEEDED if not target.may(name, right)]
        if lacking:
            problems.append(f"role {role} lacks {', '.join(lacking)} on table {name}")
        if name in target.row_security:
            problems.append(f"row security would hide rows of table {name} from role {role}")
    return problems


def _stages(target: TargetState, names: tuple[TableName, ...]) -> tuple[RequeueStage, ...]:
    edges = edges_between(target.catalog, names, target.catalog.foreign_keys)
    own = frozenset(key.child for key in edges if key.is_self_reference)
    return tuple(
        RequeueStage(
            tables=stage.tables,
            keys=_keys_of(stage, target)
            if stage.is_cycle or not own.isdisjoint(stage.tables)
            else (),
        )
        for stage in load_order(names, edges)
    )


def _keys_of(stage: Stage, target: TargetState) -> tuple[ForeignKey, ...]:
    """The keys that rows of a stage must satisfy; none where the role cannot look them up."""
    family = target.catalog.with_partitioned(stage.tables)
    keys = tuple(key for key in target.catalog.foreign_keys if key.child in family and key.enforced)
    can_look = all(target.may(key.parent, TableRight.SELECT) for key in keys)
    return keys if can_look and target.can_make_temporary else ()


def _identity(item: QuarantinedTable, catalog: Catalog) -> tuple[str, ...]:
    key = catalog.by_name[item.table].key
    return key if set(key) <= set(item.column_names) else ()


def _notes(target: TargetState, names: tuple[TableName, ...]) -> tuple[str, ...]:
    there, role = target.catalog.by_name, target.catalog.role
    notes = [
        f"trigger {trigger.name} of {name} fires: role {role} does not own the table; what it "
        "changes, the reading back finds"
        for name in names
        if name not in target.owned
        for trigger in there[name].triggers
        if trigger.state in _FIRING
    ]
    family = target.catalog.with_partitioned(names)
    notes += [
        f"materialized view {table.name} shows these rows only after REFRESH MATERIALIZED VIEW"
        for table in target.catalog.tables
        if table.kind is TableKind.MATERIALIZED_VIEW and not family.isdisjoint(table.sources)
    ]
    return tuple(notes)
