"""The plan of a merge: what it does in which order, and why it does not start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.catalog import (
    LARGE_OBJECTS,
    Column,
    Identity,
    Index,
    TableKind,
    Trigger,
    TriggerState,
)
from snapkit.core.merge import MergeMode
from snapkit.core.merge_plan import (
    LockAgainstWriters,
    MergePlan,
    MergeRows,
    MergeTable,
    StageRows,
    plan_merge,
)
from snapkit.core.names import TableName
from snapkit.core.steps import DisableTrigger, EnableTrigger, ForwardSequence
from snapkit.core.target_state import SequenceRight, TableRight
from snapkit.errors import PlanError
from tests.factories import (
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_table,
    name_of,
    names_of,
)
from tests.plans import (
    EMPTY,
    KEY,
    PARTITIONED,
    PARTITIONED_TABLES,
    READY,
    ROWS,
    SHOP,
    SHOP_TABLES,
    target_of,
    target_with,
)

if TYPE_CHECKING:
    from snapkit.core.catalog import Table
    from snapkit.core.manifest import Manifest
    from snapkit.core.target_state import TargetState

INSERT, UPSERT = MergeMode.INSERT_MISSING, MergeMode.UPSERT
CLERK = frozenset({TableRight.USAGE, TableRight.SELECT, TableRight.INSERT, TableRight.UPDATE})


def merging(
    *only: str, mode: MergeMode = UPSERT, manifest: Manifest = SHOP, target: TargetState = READY
) -> MergePlan:
    return plan_merge(manifest, target, mode, only=names_of(*only) if only else None)


def reasons(
    *only: str, mode: MergeMode = UPSERT, manifest: Manifest = SHOP, target: TargetState = READY
) -> tuple[str, ...]:
    """Why a merge does not start."""
    with pytest.raises(PlanError) as caught:
        merging(*only, mode=mode, manifest=manifest, target=target)
    error = caught.value
    assert error.where == "database shop"
    return error.problems or (error.what.partition("cannot be merged: ")[2] or error.what,)


def clerks(target: TargetState, *without: TableRight) -> TargetState:
    """The same target for a role that owns nothing."""
    rights = {table.name: CLERK - set(without) for table in target.catalog.tables}
    return replace(target, owned=frozenset(), rights=rights)


def test_steps_are_in_order_and_print_as_sentences() -> None:
    assert [str(step) for step in merging().steps] == [
        "stage 2 rows of users in a temporary table",
        "stage 2 rows of orders in a temporary table",
        "lock 2 tables against writers",
        "look up the rows of 2 tables, and their parents by 1 foreign key",
        "digest 2 tables as they are",
        "set all deferrable constraints to be checked late",
        "upsert rows of users",
        "upsert rows of orders",
        "check all constraints that waited, and fire all triggers that did",
        "move sequence users_id_seq forward where its next value is taken",
        "move sequence invoice_number forward where its next value is taken",
        "read 2 tables back, compare digests, then commit",
    ]


def test_tables_without_rows_take_part_and_need_nothing() -> None:
    manifest = make_manifest(make_entry("users", lines=ROWS), make_entry("gone", key=()))
    plan = merging(manifest=manifest, target=clerks(READY))
    assert plan.tables == names_of("users", "gone")
    assert [item.table for item in plan.merges] == [*names_of("users")]
    assert plan.rows == 2


def test_part_leaves_the_other_tables_alone() -> None:
    plan = merging("users")
    assert plan.tables == names_of("users")
    assert plan.untouched == names_of("empty", "orders")


def test_partitioned_table_stands_for_its_partitions() -> None:
    target = target_of(make_catalog(*PARTITIONED_TABLES, sequences=PARTITIONED.sequences))
    plan = merging("log", manifest=PARTITIONED, target=target)
    assert plan.tables == names_of("log_1", "log_2")
    (step,) = [step for step in plan.steps if isinstance(step, ForwardSequence)]
    assert step.sequence.name == name_of("log_id_seq")


def forwarded(*only: str) -> list[str]:
    """The sequences that a merge moves where orders draw from the users' and an invoices' one."""
    feeds = (("users_id_seq", "users"), ("users_id_seq", "orders"), ("invoice_number", "orders"))
    catalog = make_catalog(*SHOP_TABLES, sequences=SHOP.sequences, feeds=feeds)
    steps = merging(*only, target=target_of(catalog)).steps
    return [str(step.sequence.name) for step in steps if isinstance(step, ForwardSequence)]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        pytest.param((), ["users_id_seq", "invoice_number"], id="whole"),
        pytest.param(("orders",), ["users_id_seq", "invoice_number"], id="not-the-owner"),
        pytest.param(("users",), ["users_id_seq"], id="the-owner"),
        pytest.param(("empty",), [], id="another"),
    ],
)
def test_sequences_that_defaults_draw_from_are_moved(
    only: tuple[str, ...], expected: list[str]
) -> None:
    assert forwarded(*only) == expected


def test_part_leaves_sequences_that_no_column_draws_from_alone() -> None:
    moved = [s.sequence.name for s in merging("users").steps if isinstance(s, ForwardSequence)]
    assert moved == [name_of("users_id_seq")]


def test_keys_of_partitioned_tables_order_their_partitions() -> None:
    key = make_foreign_key("log", "users")
    target = target_of(make_catalog(*PARTITIONED_TABLES, foreign_keys=(key,)))
    plan = merging(manifest=PARTITIONED, target=target)
    assert [stage.tables[0].name for stage in plan.stages] == ["users", "log_1", "log_2"]
    assert plan.lookups == (key,)


def test_cycle_goes_in_by_one_statement() -> None:
    keys = (KEY, make_foreign_key("users", "orders", column="order_id"))
    plan = merging(target=target_with(foreign_keys=keys))
    assert [step for step in plan.steps if isinstance(step, MergeRows)] == [
        MergeRows(names_of("orders", "users"), UPSERT)
    ]


def test_relation_that_only_the_schema_knows_is_looked_up_and_orders() -> None:
    relation = make_foreign_key("orders", "users", enforced=False)
    manifest = replace(SHOP, foreign_keys=(relation,))
    plan = merging(manifest=manifest, target=target_with(foreign_keys=()))
    assert plan.lookups == (relation,)
    assert [step.table.name for step in plan.steps if isinstance(step, StageRows)] == [
        "users",
        "orders",
    ]


@pytest.mark.parametrize(("mode", "expected"), [(INSERT, ()), (UPSERT, (KEY,))])
def test_rows_that_refer_to_others_follow_updates_only(
    mode: MergeMode, expected: tuple[object, ...]
) -> None:
    assert merging("users", mode=mode).followers == expected


def test_identity_that_takes_no_values_is_not_set() -> None:
    identity = Column(name="id", type="integer", not_null=True, identity=Identity.ALWAYS)
    plan = merging("users", target=target_with(make_table("users", columns=(identity, "value"))))
    assert plan.merges == (
        MergeTable(
            table=name_of("users"), key=("id",), columns=("id", "value"), fixed=("id",), rows=2
        ),
    )
    assert plan.merges[0].settable == ("value",)


def test_triggers_are_quiet_for_owners_and_come_back() -> None:
    on, off = Trigger(name="on"), Trigger(name="off", state=TriggerState.DISABLED)
    target = target_with(make_table("users", triggers=(on, off)))
    steps = merging("users", target=target).steps
    assert [step for step in steps if isinstance(step, DisableTrigger | EnableTrigger)] == [
        DisableTrigger(name_of("users"), on),
        EnableTrigger(name_of("users"), on),
    ]


def test_triggers_of_others_fire_which_is_noted() -> None:
    triggers = (Trigger(name="on"), Trigger(name="replica", state=TriggerState.REPLICA))
    plan = merging("users", target=clerks(target_with(make_table("users", triggers=triggers))))
    assert not [step for step in plan.steps if isinstance(step, DisableTrigger)]
    assert [note for note in plan.notes if "trigger" in note] == [
        (
            "trigger on of users fires: role app does not own the table; what it changes there, "
            "the verification finds"
        )
    ]


def test_role_that_may_only_insert_locks_less_which_is_noted() -> None:
    plan = merging("users", mode=INSERT, target=clerks(READY, TableRight.UPDATE))
    locks = [step for step in plan.steps if isinstance(step, LockAgainstWriters)]
    assert locks == [LockAgainstWriters(names_of("users"), excludes_writers=False)]
    assert str(locks[0]) == "lock 1 table against changes of their shape"
    assert "table users cannot be locked against writers" in plan.notes[0]


@pytest.mark.parametrize(
    ("right", "places"),
    [(SequenceRight.OWNER, [-2]), (SequenceRight.UPDATE, [-1]), (SequenceRight.NONE, [])],
)
def test_sequence_is_moved_last_where_that_does_not_roll_back(
    right: SequenceRight, places: list[int]
) -> None:
    target = replace(READY, sequences={name_of("users_id_seq"): right})
    plan = merging("users", target=target)
    found = [place for place in (-2, -1) if isinstance(plan.steps[place], ForwardSequence)]
    assert found == places
    assert bool(plan.notes) == (right is SequenceRight.NONE)


def test_materialized_view_that_reads_a_table_is_noted() -> None:
    views = (
        replace(make_table("names", kind=TableKind.VIEW, key=()), sources=names_of("users")),
        replace(
            make_table("m", kind=TableKind.MATERIALIZED_VIEW, key=()), sources=names_of("names")
        ),
        replace(
            make_table("n", kind=TableKind.MATERIALIZED_VIEW, key=()), sources=names_of("empty")
        ),
    )
    plan = merging("users", target=target_with(*views))
    assert plan.notes == ("materialized view m is not refreshed",)


def test_empty_database_is_refused() -> None:
    (reason,) = reasons(target=EMPTY)
    assert reason == "a merge needs a database that has its tables; this one has none"


def test_table_without_a_key_is_refused_and_named() -> None:
    manifest = make_manifest(make_entry("users", lines=ROWS, key=()))
    assert reasons(manifest=manifest) == ("table users has no key: its rows cannot be told apart",)


def index(**changes: object) -> Index:
    made = Index(name="k", columns=("id",), is_unique=True)
    return replace(made, **changes)  # type: ignore[arg-type]  # as the test says


@pytest.mark.parametrize(
    "changes",
    [
        {"is_unique": False},
        {"is_valid": False},
        {"predicate": "value IS NULL"},
        {"has_expressions": True},
        {"method": "hash"},
        {"columns": ("id", "value")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_key_without_a_unique_index_in_the_target_is_refused(changes: dict[str, object]) -> None:
    table: Table = replace(make_table("users"), indexes=(index(**changes),))
    assert reasons("users", target=target_with(table)) == (
        (
            "table users has the key (id) in the snapshot, and no unique index on just these "
            "columns in the target"
        ),
    )


def test_temporal_key_in_the_target_is_refused() -> None:
    table: Table = replace(make_table("users"), indexes=(index(method="gist"),))
    assert reasons("users", target=target_with(table)) == (
        (
            "table users has the key (id) WITHOUT OVERLAPS: a temporal key does not tell rows "
            "apart by equality, since rows with different periods may exclude each other"
        ),
    )


def test_large_objects_are_refused() -> None:
    kind, name = TableKind.LARGE_OBJECTS, str(LARGE_OBJECTS)
    manifest = make_manifest(make_entry(name, lines=ROWS, kind=kind))
    assert reasons(manifest=manifest, target=target_with(make_table(name, kind=kind))) == (
        "large objects are not rows of a table: --mode replace puts them back",
    )


def test_database_with_nothing_but_a_place_for_large_objects_is_empty() -> None:
    place = make_table(str(LARGE_OBJECTS), kind=TableKind.LARGE_OBJECTS)
    (reason,) = reasons(target=target_of(make_catalog(place)))
    assert reason.endswith("this one has none")


def test_key_in_another_order_is_the_same_key() -> None:
    entry = make_entry("users", lines=ROWS, key=("id", "value"))
    table = replace(make_table("users"), indexes=(index(columns=("value", "id")),))
    assert merging(manifest=make_manifest(entry), target=target_with(table)).rows == 2


def test_table_that_is_not_there_is_refused_once() -> None:
    catalog = make_catalog(*SHOP_TABLES[:1])
    assert reasons(target=target_of(catalog)) == (
        "the target has no table orders",
        "the target has no table users",
    )


def test_unknown_table_is_refused() -> None:
    assert reasons("nonsense") == ("the snapshot has no table nonsense",)


@pytest.mark.parametrize("mode", MergeMode)
def test_rights_that_are_missing_are_named(mode: MergeMode) -> None:
    target = clerks(READY, TableRight.INSERT, TableRight.UPDATE)
    lacking = "INSERT, UPDATE" if mode is UPSERT else "INSERT"
    assert reasons("users", mode=mode, target=target) == (
        f"role app lacks {lacking} on table users",
    )


def test_parent_that_cannot_be_read_is_named() -> None:
    target = clerks(READY)
    rights = {**target.rights, name_of("users"): frozenset({TableRight.USAGE})}
    assert reasons("orders", target=replace(target, rights=rights)) == (
        (
            "role app lacks SELECT on table users, where foreign key orders_parent_id_fkey of "
            "orders has its parents: nobody could tell whether they are there"
        ),
    )


@pytest.mark.parametrize("table", ["orders", "users"], ids=["table", "parent"])
def test_row_security_is_refused(table: str) -> None:
    target = replace(READY, row_security=frozenset({name_of(table)}))
    assert reasons("orders", target=target) == (
        f"row security would hide rows of table {table} from role app",
    )


def test_table_with_a_rule_is_refused() -> None:
    target = replace(READY, with_rules=frozenset(names_of("users")))
    assert reasons("users", target=target) == (
        "a rule of table users rewrites INSERT or DELETE: rows might not arrive",
    )


def test_role_that_makes_no_temporary_tables_is_refused() -> None:
    assert reasons(target=replace(READY, can_make_temporary=False)) == (
        "role app cannot stage rows: it lacks TEMP on the database",
    )


def test_refusal_says_what_to_do() -> None:
    with pytest.raises(PlanError) as caught:
        plan_merge(SHOP, READY, INSERT, only=[TableName("public", "x"), TableName("public", "y")])
    assert caught.value.what == f"snapshot {SHOP.id} cannot be merged: 2 reasons not to start"
    assert caught.value.hint.startswith("Nothing was touched.")
