"""Properties of restore plans, over arbitrary tables, foreign keys and triggers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from snapkit.core.catalog import Trigger, TriggerState
from snapkit.core.manifest import Manifest
from snapkit.core.names import TableName
from snapkit.core.plan import RestoreMode, RestorePlan, plan_restore
from snapkit.core.steps import (
    AddForeignKey,
    CopyIn,
    DisableTrigger,
    DropForeignKey,
    EnableTrigger,
    LockTables,
    Truncate,
    Verify,
)
from snapkit.core.target_state import TargetState
from snapkit.errors import PlanError
from tests.factories import (
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_table,
    name_of,
)
from tests.plans import EMPTY, target_of

if TYPE_CHECKING:
    from random import Random

    from snapkit.core.names import ForeignKey

NAMES = [f"t{number}" for number in range(7)]
TABLES = st.sets(st.sampled_from(NAMES), min_size=1)
ROWS = (b"1\ta", b"2\tb", b"3\tc")
TRIGGERS = st.lists(st.sampled_from(TriggerState), max_size=2).map(
    lambda states: tuple(
        Trigger(name=f"trigger{place}", state=state) for place, state in enumerate(states)
    )
)


@dataclass(frozen=True)
class Case:
    """A snapshot and a target that may hold other tables."""

    manifest: Manifest
    target: TargetState
    only: frozenset[TableName] | None


@st.composite
def foreign_keys(draw: st.DrawFn, names: list[str]) -> tuple[ForeignKey, ...]:
    """Foreign keys among these tables; a few are known to a schema alone."""
    ends = st.sampled_from(sorted(names))
    found = draw(st.lists(st.tuples(ends, ends, st.integers(0, 4)), max_size=12))
    return tuple(
        make_foreign_key(child, parent, name=f"key{place}", enforced=bool(kind))
        for place, (child, parent, kind) in enumerate(found)
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A target that has every table of the snapshot, owned, and perhaps some more."""
    held, more = draw(TABLES), draw(st.sets(st.sampled_from(NAMES)))
    there = sorted(held | more)
    manifest = make_manifest(
        *(make_entry(name, lines=ROWS[: draw(st.integers(0, 3))]) for name in sorted(held))
    )
    catalog = make_catalog(
        *(make_table(name, triggers=draw(TRIGGERS)) for name in there),
        foreign_keys=draw(foreign_keys(there)),
    )
    target = target_of(catalog, holding=draw(st.sets(st.sampled_from(there))))
    only = draw(st.none() | st.sets(st.sampled_from(sorted(held)), min_size=1))
    chosen = None if only is None else frozenset(map(name_of, only))
    return Case(manifest=manifest, target=target, only=chosen)


def plan_of(case: Case) -> RestorePlan:
    """The plan of a case; those that must not start are passed over."""
    try:
        return plan_restore(case.manifest, case.target, replace=True, only=case.only)
    except PlanError:
        assume(False)  # noqa: FBT003 -- it is Hypothesis's own signature
        raise


def chosen_of(case: Case) -> set[TableName]:
    """The tables asked for."""
    names = {entry.table for entry in case.manifest.data_tables}
    return names if case.only is None else names & case.only


@given(cases())
def test_plan_proves_every_table_it_clears_and_nothing_else(case: Case) -> None:
    plan = plan_of(case)
    (cleared,) = [step.tables for step in plan.steps if isinstance(step, Truncate)]
    last = plan.steps[-1]
    assert isinstance(last, Verify)
    assert set(plan.tables) == set(cleared) == set(last.tables) == chosen_of(case)


@given(cases())
def test_plan_loads_every_row_once(case: Case) -> None:
    plan = plan_of(case)
    loaded = [(step.table, step.rows) for step in plan.steps if isinstance(step, CopyIn)]
    expected = [
        (entry.table, entry.rows)
        for entry in case.manifest.data_tables
        if entry.table in chosen_of(case) and entry.rows
    ]
    assert sorted(loaded) == sorted(expected)


@given(cases())
def test_plan_clears_no_table_that_a_standing_foreign_key_references(case: Case) -> None:
    plan = plan_of(case)
    dropped = {step.foreign_key for step in plan.steps if isinstance(step, DropForeignKey)}
    standing = {key for key in case.target.catalog.foreign_keys if key.definition} - dropped
    assert not {key.parent for key in standing} & set(plan.tables)


@given(cases())
def test_plan_puts_back_exactly_the_foreign_keys_it_drops(case: Case) -> None:
    plan = plan_of(case)
    dropped = [step.foreign_key for step in plan.steps if isinstance(step, DropForeignKey)]
    added = [step.foreign_key for step in plan.steps if isinstance(step, AddForeignKey)]
    assert dropped == added
    assert len(set(dropped)) == len(dropped)


@given(cases())
def test_plan_gives_back_every_trigger_it_quiets(case: Case) -> None:
    plan = plan_of(case)
    quiet = [(s.table, s.trigger) for s in plan.steps if isinstance(s, DisableTrigger)]
    back = [(s.table, s.trigger) for s in plan.steps if isinstance(s, EnableTrigger)]
    firing = [
        (table.name, trigger)
        for table in case.target.catalog.tables
        if table.name in chosen_of(case)
        for trigger in table.triggers
        if trigger.state is not TriggerState.DISABLED
    ]
    assert quiet == back
    assert sorted(quiet, key=repr) == sorted(firing, key=repr)


@given(cases())
def test_plan_locks_first_whatever_it_changes(case: Case) -> None:
    plan = plan_of(case)
    first = plan.steps[0]
    assert isinstance(first, LockTables)
    keys = [step.foreign_key for step in plan.steps if isinstance(step, DropForeignKey)]
    changed = {*plan.tables, *(key.child for key in keys), *(key.parent for key in keys)}
    assert set(first.tables) == changed


@given(cases())
def test_plan_loads_parents_before_children_outside_of_cycles(case: Case) -> None:
    plan = plan_of(case)
    order = [step.table for step in plan.steps if isinstance(step, CopyIn)]
    together = {name: stage for stage in plan.stages for name in stage.tables}
    for key in case.target.catalog.foreign_keys:
        if {key.child, key.parent} <= set(order) and together[key.child] != together[key.parent]:
            assert order.index(key.parent) < order.index(key.child)


@given(cases())
def test_plan_removes_the_rows_of_its_tables_alone(case: Case) -> None:
    plan = plan_of(case)
    assert set(plan.removed) == case.target.holding_rows & set(plan.tables)
    assert not set(plan.untouched) & set(plan.tables)


@given(cases())
def test_plan_without_leave_never_removes_a_row(case: Case) -> None:
    try:
        plan = plan_restore(case.manifest, case.target, replace=False, only=case.only)
    except PlanError:
        return
    assert not plan.is_destructive
    assert not case.target.holding_rows & set(plan.tables)


@given(cases(), st.randoms(use_true_random=False))
def test_plan_ignores_the_order_in_which_foreign_keys_are_named(case: Case, random: Random) -> None:
    keys = list(case.target.catalog.foreign_keys)
    random.shuffle(keys)
    catalog = replace(case.target.catalog, foreign_keys=tuple(keys))
    shuffled = replace(case, target=replace(case.target, catalog=catalog))
    assert plan_of(shuffled) == plan_of(case)


@given(cases(), st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_plan_touches_only_tables_that_are_there_and_owned(
    case: Case, gone: set[str], foreign: set[str]
) -> None:
    lost, others = set(map(name_of, gone)), frozenset(map(name_of, foreign))
    catalog = replace(
        case.target.catalog,
        tables=tuple(t for t in case.target.catalog.tables if t.name not in lost),
        foreign_keys=tuple(
            key for key in case.target.catalog.foreign_keys if not {key.child, key.parent} & lost
        ),
    )
    assume(catalog.tables)
    target = replace(
        case.target,
        catalog=catalog,
        owned=case.target.owned - others,
        holding_rows=case.target.holding_rows - lost,
    )
    first = plan_of(replace(case, target=target)).steps[0]
    assert isinstance(first, LockTables)
    assert set(first.tables) <= set(catalog.by_name) - others


@given(cases())
def test_plan_for_an_empty_database_loads_and_proves_the_whole(case: Case) -> None:
    plan = plan_restore(case.manifest, EMPTY, replace=False)
    assert plan.mode is RestoreMode.CREATE
    assert plan.rows == case.manifest.rows
    assert plan.steps[-1] == Verify(tuple(entry.table for entry in case.manifest.data_tables))
