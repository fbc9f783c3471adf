"""The restore plan: every decision, before anything is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from snapkit.core.catalog import (
    Column,
    TableKind,
    Trigger,
    TriggerState,
    Unproven,
)
from snapkit.core.ddl import DdlSection
from snapkit.core.plain_indexes import PlainIndex
from snapkit.core.plan import OnError, RestoreMode, plan_restore
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
    ForwardSequence,
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
from snapkit.core.target_state import SequenceRight
from tests.factories import (
    ROLE,
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_sequence,
    make_server,
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
    SHOP,
    SHOP_TABLES,
    kinds,
    names_in,
    replacing,
    sequences_set,
    target_of,
    target_with,
)

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest
    from snapkit.core.target_state import TargetState

# Which plan


def test_empty_target_is_created() -> None:
    assert plan_restore(SHOP, EMPTY, replace=False).mode is RestoreMode.CREATE


def test_target_with_tables_is_replaced() -> None:
    assert plan_restore(SHOP, READY, replace=False).mode is RestoreMode.REPLACE


@pytest.mark.parametrize("kind", [TableKind.ORDINARY, TableKind.VIEW])
def test_target_that_holds_only_what_extensions_brought_is_empty(kind: TableKind) -> None:
    target = target_of(make_catalog(make_table("stat_statements", kind=kind, extension="stats")))
    assert plan_restore(SHOP, target, replace=False).mode is RestoreMode.CREATE


def test_plan_is_the_same_every_time() -> None:
    assert replacing(SHOP, READY) == replacing(SHOP, READY)


# Create


def test_create_goes_from_ddl_to_rows_to_constraints_to_proof() -> None:
    plan = plan_restore(SHOP, EMPTY, replace=False)
    assert kinds(plan) == ["RunDdl", "CopyIn", "SetSequence", "RunDdl", "Verify"]
    assert [step.section for step in plan.steps if isinstance(step, RunDdl)] == [
        DdlSection.PRE_DATA,
        DdlSection.POST_DATA,
    ]


def test_create_removes_nothing() -> None:
    plan = plan_restore(SHOP, EMPTY, replace=True)
    assert (plan.is_destructive, plan.removed, plan.untouched) == (False, (), ())


def test_create_loads_parents_first_and_skips_empty_tables() -> None:
    plan = plan_restore(SHOP, EMPTY, replace=False)
    copies = [step for step in plan.steps if isinstance(step, CopyIn)]
    assert copies == [CopyIn(name_of("users"), 2), CopyIn(name_of("orders"), 2)]


def test_create_verifies_empty_tables_too() -> None:
    plan = plan_restore(SHOP, EMPTY, replace=False)
    assert plan.steps[-1] == Verify(names_of("orders", "users", "empty"))


def test_create_sets_every_sequence_of_the_snapshot() -> None:
    plan = plan_restore(SHOP, EMPTY, replace=False)
    assert sequences_set(plan) == ["users_id_seq", "invoice_number"]


def test_create_gives_sequences_no_new_storage_and_replace_does() -> None:
    plans = plan_restore(SHOP, EMPTY, replace=False), replacing(SHOP, READY)
    assert [
        {step.is_new for step in plan.steps if isinstance(step, SetSequence)} for plan in plans
    ] == [{True}, {False}]


def test_create_counts_the_rows() -> None:
    assert plan_restore(SHOP, EMPTY, replace=False).rows == 4


def test_create_loads_partitions_and_not_their_root() -> None:
    plan = plan_restore(PARTITIONED, EMPTY, replace=False)
    assert plan.tables == names_of("log_1", "log_2", "users")


# Replace


def test_replace_looks_again_at_tables_whose_rows_nobody_gave_up() -> None:
    plan = replacing(SHOP, target_with(holding=("users",)))
    assert RequireEmpty(names_of("orders", "empty")) in plan.steps


def test_replace_locks_clears_loads_puts_back_and_proves() -> None:
    trigger = Trigger(name="audit")
    view = make_table("totals", kind=TableKind.MATERIALIZED_VIEW)
    tables = (make_table("users", triggers=(trigger,)), view)
    target = target_with(*tables, holding=("users",))
    assert kinds(replacing(SHOP, target)) == [
        "LockTables",
        "RequireEmpty",
        "DisableTrigger",
        "DropForeignKey",
        "Truncate",
        "CopyIn",
        "SetSequence",
        "CheckConstraints",
        "AddForeignKey",
        "EnableTrigger",
        "RefreshView",
        "Verify",
    ]


def test_replace_clears_all_tables_in_one_statement() -> None:
    plan = replacing(SHOP, READY)
    assert [step for step in plan.steps if isinstance(step, Truncate)] == [
        Truncate(names_of("orders", "users", "empty"))
    ]


def test_replace_says_which_tables_lose_rows() -> None:
    plan = replacing(SHOP, target_with(holding=("users", "empty")))
    assert (plan.is_destructive, plan.removed) == (True, names_of("empty", "users"))


def test_replace_of_empty_tables_removes_nothing_and_needs_no_leave() -> None:
    plan = plan_restore(SHOP, READY, replace=False)
    assert (plan.is_destructive, plan.removed) == (False, ())


def test_rows_of_other_tables_need_no_leave() -> None:
    target = target_with(make_table("notes"), holding=("notes",))
    plan = plan_restore(SHOP, target, replace=False)
    assert plan.untouched == names_of("notes")


def test_replace_puts_foreign_keys_back_as_the_target_has_them() -> None:
    theirs = replace(KEY, validated=False, comment="ours", definition="… NOT VALID")
    target = target_with(foreign_keys=(theirs,))
    plan = replacing(SHOP, target)
    assert DropForeignKey(theirs) in plan.steps
    assert AddForeignKey(theirs) in plan.steps


def test_replace_leaves_relations_alone_that_only_the_schema_knows() -> None:
    relation = make_foreign_key("orders", "users", enforced=False)
    target = target_with(foreign_keys=(relation,))
    assert "DropForeignKey" not in kinds(replacing(SHOP, target))


def test_replace_drops_foreign_keys_into_and_out_of_the_tables_only() -> None:
    keys = tuple(
        make_foreign_key(child, parent)
        for child, parent in (("notes", "tags"), ("notes", "users"), ("orders", "tags"))
    )
    target = target_with(make_table("notes"), make_table("tags"), foreign_keys=keys)
    assert names_in(replacing(SHOP, target), DropForeignKey) == [
        "drop foreign key notes_parent_id_fkey of notes",
        "drop foreign key orders_parent_id_fkey of orders",
    ]


def test_replace_locks_the_other_ends_of_foreign_keys_too() -> None:
    key = make_foreign_key("notes", "users")
    target = target_with(make_table("notes"), foreign_keys=(key,))
    assert replacing(SHOP, target).steps[0] == LockTables(
        names_of("empty", "notes", "orders", "users")
    )


def test_replace_drops_the_foreign_keys_of_partitioned_tables_above() -> None:
    keys = (make_foreign_key("log", "users"), make_foreign_key("users", "log", column="last_log"))
    catalog = make_catalog(*PARTITIONED_TABLES, foreign_keys=keys, sequences=PARTITIONED.sequences)
    plan = replacing(PARTITIONED, target_of(catalog), "log_1")
    assert {step.foreign_key for step in plan.steps if isinstance(step, DropForeignKey)} == set(
        keys
    )


def test_replace_orders_by_the_targets_foreign_keys() -> None:
    reverse = make_foreign_key("users", "orders")
    target = target_with(foreign_keys=(reverse,))
    assert names_in(replacing(SHOP, target), CopyIn) == [
        "copy 2 rows into orders",
        "copy 2 rows into users",
    ]


def test_replace_orders_by_relations_that_only_the_schema_knows() -> None:
    relations = tuple(
        make_foreign_key(child, "orders", enforced=False) for child in ("users", "empty")
    )
    shop = replace(SHOP, foreign_keys=relations)
    assert names_in(replacing(shop, target_with()), CopyIn) == [
        "copy 2 rows into orders",
        "copy 2 rows into users",
    ]


def test_replace_quiets_triggers_and_gives_back_the_state_they_had() -> None:
    triggers = tuple(Trigger(name=state.name.lower(), state=state) for state in TriggerState)
    plan = replacing(SHOP, target_with(make_table("users", triggers=triggers)))
    enabled = [trigger for trigger in triggers if trigger.state is not TriggerState.DISABLED]
    users = name_of("users")
    assert [step for step in plan.steps if isinstance(step, DisableTrigger)] == [
        DisableTrigger(users, trigger) for trigger in enabled
    ]
    assert [step for step in plan.steps if isinstance(step, EnableTrigger)] == [
        EnableTrigger(users, trigger) for trigger in enabled
    ]


def test_replace_leaves_disabled_triggers_disabled() -> None:
    trigger = Trigger(name="off", state=TriggerState.DISABLED)
    plan = replacing(SHOP, target_with(make_table("users", triggers=(trigger,))))
    assert not {"DisableTrigger", "EnableTrigger"}.intersection(kinds(plan))


def test_replace_leaves_triggers_of_other_tables_alone() -> None:
    target = target_with(make_table("notes", triggers=(Trigger(name="audit"),)))
    assert "DisableTrigger" not in kinds(replacing(SHOP, target))


def test_replace_refreshes_materialized_views_but_not_those_of_extensions() -> None:
    kind = TableKind.MATERIALIZED_VIEW
    target = target_with(
        make_table("totals", kind=kind), make_table("ext", kind=kind, extension="e")
    )
    plan = replacing(SHOP, target)
    assert [step for step in plan.steps if isinstance(step, RefreshView)] == [
        RefreshView(name_of("totals"))
    ]


def test_replace_sets_sequences_where_the_snapshot_has_them() -> None:
    ahead = tuple(replace(sequence, last_value=99) for sequence in SHOP.sequences)
    target = replace(READY, catalog=replace(READY.catalog, sequences=ahead))
    assert [step for step in replacing(SHOP, target).steps if isinstance(step, SetSequence)] == [
        SetSequence(sequence) for sequence in SHOP.sequences
    ]


def test_replace_sets_the_sequences_of_partitioned_tables() -> None:
    catalog = make_catalog(*PARTITIONED_TABLES, sequences=PARTITIONED.sequences)
    assert sequences_set(replacing(PARTITIONED, target_of(catalog))) == ["log_id_seq"]


# Only some tables


def test_only_restores_the_tables_named() -> None:
    plan = replacing(SHOP, target_with(holding=("orders", "users")), "users")
    assert (plan.tables, plan.removed) == (names_of("users"), names_of("users"))
    assert plan.untouched == names_of("empty", "orders")


def test_only_verifies_the_tables_named() -> None:
    assert replacing(SHOP, READY, "users").steps[-1] == Verify(names_of("users"))


def test_only_takes_an_iterator_once() -> None:
    plan = plan_restore(SHOP, READY, replace=True, only=iter(names_of("users")))
    assert plan.tables == names_of("users")


def test_only_sets_the_sequences_of_its_tables() -> None:
    assert sequences_set(replacing(SHOP, READY, "users")) == ["users_id_seq"]


def test_only_leaves_sequences_of_other_tables_and_of_none_alone() -> None:
    assert sequences_set(replacing(SHOP, READY, "orders")) == []


@pytest.mark.parametrize(
    ("only", "set_back", "forward"),
    [
        pytest.param((), ["users_id_seq", "invoice_number"], [], id="whole"),
        pytest.param(("users",), [], ["users_id_seq"], id="owner"),
        pytest.param(("orders",), [], ["users_id_seq", "invoice_number"], id="other"),
        pytest.param(("orders", "users"), ["users_id_seq"], ["invoice_number"], id="all-that-draw"),
        pytest.param(("empty",), [], [], id="none"),
    ],
)
def test_sequence_that_others_draw_from_too_is_only_moved_forward(
    only: tuple[str, ...], set_back: list[str], forward: list[str]
) -> None:
    feeds = (("users_id_seq", "users"), ("users_id_seq", "orders"), ("invoice_number", "orders"))
    catalog = make_catalog(*SHOP_TABLES, sequences=SHOP.sequences, feeds=feeds)
    plan = replacing(SHOP, target_of(catalog), *only)
    moved = [str(s.sequence.name) for s in plan.steps if isinstance(s, ForwardSequence)]
    assert (sequences_set(plan), moved) == (set_back, forward)


def test_whole_restore_leaves_a_sequence_ahead_that_a_table_outside_draws_from() -> None:
    feeds = (("users_id_seq", "later"),)
    tables = (*SHOP_TABLES, make_table("later"))
    catalog = make_catalog(*tables, sequences=SHOP.sequences, feeds=feeds)
    plan = replacing(SHOP, target_of(catalog))
    assert sequences_set(plan) == ["invoice_number"]


@pytest.mark.parametrize(
    ("right", "is_last"), [(SequenceRight.OWNER, False), (SequenceRight.UPDATE, True)]
)
def test_shared_sequence_is_moved_last_where_that_does_not_roll_back(
    right: SequenceRight,
    is_last: bool,  # noqa: FBT001 -- a case
) -> None:
    feeds = (("invoice_number", "orders"),)
    catalog = make_catalog(*SHOP_TABLES, sequences=SHOP.sequences, feeds=feeds)
    target = replace(target_of(catalog), sequences={name_of("invoice_number"): right})
    order = kinds(replacing(SHOP, target, "orders"))
    assert (order[-1] == "ForwardSequence") is is_last
    assert "ForwardSequence" in order


def test_shared_sequence_that_the_role_may_not_move_is_noted() -> None:
    feeds = (("invoice_number", "orders"),)
    catalog = make_catalog(*SHOP_TABLES, sequences=SHOP.sequences, feeds=feeds)
    rights = {name_of("invoice_number"): SequenceRight.NONE}
    plan = replacing(SHOP, replace(target_of(catalog), sequences=rights), "orders")
    assert not [step for step in plan.steps if isinstance(step, ForwardSequence)]
    assert "sequence invoice_number stays where it is" in plan.notes[-1]


def test_only_needs_no_ownership_of_other_tables() -> None:
    target = replace(READY, owned=frozenset(names_of("empty")))
    assert replacing(SHOP, target, "empty").tables == names_of("empty")


def test_only_of_a_partitioned_table_is_all_of_its_partitions() -> None:
    target = target_of(make_catalog(*PARTITIONED_TABLES, sequences=PARTITIONED.sequences))
    assert replacing(PARTITIONED, target, "log").tables == names_of("log_1", "log_2")


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        pytest.param(("log",), ["log_id_seq"], id="all-partitions"),
        pytest.param(("log_1",), [], id="one-partition"),
        pytest.param(("users",), [], id="another-table"),
    ],
)
def test_only_sets_the_sequence_of_a_partitioned_table_with_all_of_it(
    only: tuple[str, ...], expected: list[str]
) -> None:
    catalog = make_catalog(*PARTITIONED_TABLES, sequences=PARTITIONED.sequences)
    assert sequences_set(replacing(PARTITIONED, target_of(catalog), *only)) == expected


# Bad rows


def test_plan_stops_at_bad_rows_unless_said_otherwise() -> None:
    assert replacing(SHOP, READY).on_error is OnError.STOP


def test_quarantine_sets_orphans_aside_just_before_foreign_keys_come_back() -> None:
    plan = plan_restore(SHOP, READY, replace=True, on_error=OnError.QUARANTINE)
    place = plan.steps.index(QuarantineOrphans((KEY,)))
    assert plan.steps[place + 1 : place + 3] == (CheckConstraints(), AddForeignKey(KEY))
    assert plan.on_error is OnError.QUARANTINE


def test_quarantine_is_no_step_of_a_restore_that_stops() -> None:
    assert "QuarantineOrphans" not in kinds(replacing(SHOP, READY))


def test_quarantine_into_an_empty_database_notes_what_it_cannot_set_aside() -> None:
    plan = plan_restore(SHOP, EMPTY, replace=False, on_error=OnError.QUARANTINE)
    assert [note.partition(" gets its keys")[0] for note in plan.notes] == [
        RUNS_DDL,
        "an empty database",
    ]


# Notes

RUNS_DDL = f"the snapshot's DDL runs with the rights of role {ROLE}"


@pytest.mark.parametrize(
    ("manifest", "target", "note"),
    [
        pytest.param(
            replace(SHOP, not_held=(("2 large objects", "they belong to no table"),)),
            EMPTY,
            "not in the snapshot: 2 large objects (they belong to no table)",
            id="not-held",
        ),
        pytest.param(
            replace(SHOP, server=make_server(150004)),
            EMPTY,
            "the snapshot is of PostgreSQL 15.4, the target is 18.3",
            id="another-version",
        ),
        pytest.param(
            replace(SHOP, server=make_server(encoding="LATIN1")),
            EMPTY,
            "encodings differ: LATIN1 and UTF8",
            id="another-encoding",
        ),
        pytest.param(
            make_manifest(make_entry("a", owner="x"), make_entry("b", owner="w")),
            EMPTY,
            f"owner w, x becomes {ROLE}",
            id="other-owners",
        ),
        pytest.param(
            SHOP,
            target_with(
                make_table("users", columns=("id", Column(name="value", type="character(9)")))
            ),
            "column value of users: text in the snapshot, character(9) in the target",
            id="another-type",
        ),
    ],
)
def test_plan_notes_what_a_reader_should_know(
    manifest: Manifest, target: TargetState, note: str
) -> None:
    found = plan_restore(manifest, target, replace=True).notes
    assert found == ((RUNS_DDL, note) if target is EMPTY else (note,))


def test_plan_notes_nothing_but_whose_rights_the_ddl_has_where_all_is_alike() -> None:
    assert plan_restore(SHOP, READY, replace=True).notes == ()
    assert plan_restore(SHOP, EMPTY, replace=True).notes == (RUNS_DDL,)


def test_plan_does_not_note_another_minor_version() -> None:
    plan = plan_restore(replace(SHOP, server=make_server(180001)), EMPTY, replace=False)
    assert plan.notes == (RUNS_DDL,)


def test_plan_does_not_note_owners_where_tables_keep_theirs() -> None:
    manifest = make_manifest(make_entry("users", owner="someone"))
    assert replacing(manifest, READY).notes == ()


# Printed

INDEX = PlainIndex(table=name_of("a"), name="by_name", definition="CREATE INDEX …")
UNPROVEN = Unproven(name="brief", definition="CHECK (length(note) < 6) NOT VALID")
PRINTED: dict[type[Step], tuple[Step, str]] = {
    RunDdl: (RunDdl(DdlSection.PRE_DATA), "run the snapshot's DDL, pre-data"),
    LockTables: (LockTables(names_of("a", "b")), "lock 2 tables"),
    RequireEmpty: (
        RequireEmpty(names_of("a", "b")),
        "make sure that 2 tables are still empty",
    ),
    DropForeignKey: (DropForeignKey(KEY), "drop foreign key orders_parent_id_fkey of orders"),
    AddForeignKey: (AddForeignKey(KEY), "add foreign key orders_parent_id_fkey of orders"),
    DropIndex: (DropIndex(INDEX), "drop index by_name of a"),
    AddIndex: (AddIndex(INDEX), "add index by_name of a"),
    DeferForeignKey: (
        DeferForeignKey(KEY),
        "make foreign key orders_parent_id_fkey of orders deferrable",
    ),
    UndeferForeignKey: (
        UndeferForeignKey(KEY),
        "set foreign key orders_parent_id_fkey of orders back to not deferrable",
    ),
    DeferConstraints: (DeferConstraints(), "set all deferrable constraints to be checked late"),
    CheckAtOnce: (
        CheckAtOnce(names_of("a_key")),
        "have 1 deferrable key be checked at once",
    ),
    CheckConstraints: (
        CheckConstraints(),
        "check all constraints that waited, and fire all triggers that did",
    ),
    DeleteRows: (DeleteRows(names_of("a", "b")), "delete all rows of a, b"),
    LoadTogether: (
        LoadTogether(names_of("a", "b"), 1234),
        "stage 1,234 rows of a, b, and insert them in one statement",
    ),
    AdvanceSequence: (
        AdvanceSequence(make_sequence("s")),
        (
            "move sequence s forward, next value 8; this does not roll back, so only once all "
            "rows match"
        ),
    ),
    ForwardSequence: (
        ForwardSequence(make_sequence("s"), None, rolls_back=True),
        "move sequence s forward where its next value is taken",
    ),
    DropConstraint: (
        DropConstraint(name_of("a"), UNPROVEN),
        "drop constraint brief of a, which was never validated",
    ),
    AddConstraint: (
        AddConstraint(name_of("a"), UNPROVEN),
        "add constraint brief of a, not validated",
    ),
    DropDomainConstraint: (
        DropDomainConstraint(name_of("d"), UNPROVEN),
        "drop constraint brief of domain d, which was never validated",
    ),
    AddDomainConstraint: (
        AddDomainConstraint(name_of("d"), UNPROVEN),
        "add constraint brief of domain d, not validated",
    ),
    DeleteConfiguration: (
        DeleteConfiguration(name_of("a")),
        "delete the rows of a that did not come with its extension",
    ),
    UnlinkLargeObjects: (UnlinkLargeObjects(), "remove all large objects"),
    LoadLargeObjects: (
        LoadLargeObjects(1234),
        "make the large objects, 1,234 pieces of them",
    ),
    DisableTrigger: (
        DisableTrigger(name_of("a"), Trigger(name="audit")),
        "disable trigger audit of a",
    ),
    EnableTrigger: (
        EnableTrigger(name_of("a"), Trigger(name="audit", state=TriggerState.ALWAYS)),
        "set trigger audit of a back to ALWAYS",
    ),
    Truncate: (Truncate(names_of("a", "b", "c")), "truncate 3 tables"),
    QuarantineOrphans: (QuarantineOrphans((KEY,)), "quarantine orphans of 1 foreign key"),
    CopyIn: (CopyIn(name_of("app.a"), 1234567), "copy 1,234,567 rows into app.a"),
    SetSequence: (SetSequence(make_sequence("s")), "set sequence s, next value 8"),
    RefreshView: (RefreshView(name_of("v")), "refresh materialized view v"),
    Verify: (Verify(names_of("a")), "read 1 table back, compare digests, then commit"),
}


@pytest.mark.parametrize("kind", get_args(Step), ids=lambda kind: kind.__name__)
def test_every_step_prints_as_a_sentence(kind: type[Step]) -> None:
    step, text = PRINTED[kind]
    assert str(step) == text
