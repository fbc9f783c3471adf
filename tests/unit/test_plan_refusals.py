"""Restores that must not start: each reason is named, and all of them at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.catalog import (
    HOLDS_ROWS,
    Column,
    Extension,
    Identity,
    TableKind,
)
from snapkit.core.plan import plan_restore
from snapkit.core.steps import AddForeignKey
from snapkit.errors import PlanError
from tests.factories import (
    ROLE,
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_sequence,
    make_table,
    name_of,
    names_of,
)
from tests.plans import (
    EMPTY,
    PARTITIONED,
    PARTITIONED_TABLES,
    READY,
    SHOP,
    reasons,
    replacing,
    target_of,
    target_with,
)

LACKED = "USAGE on its namespace, SELECT, INSERT, DELETE"  # of who was granted nothing


def test_target_with_a_view_of_its_own_is_not_empty() -> None:
    target = target_of(make_catalog(make_table("v", kind=TableKind.VIEW)))
    assert "the target has no table users" in reasons(SHOP, target)


def test_create_of_a_part_of_a_snapshot_is_refused() -> None:
    (reason,) = reasons(SHOP, EMPTY, only=names_of("users"))
    assert reason.startswith("a part of a snapshot needs a database that has its tables")


def test_create_names_a_missing_extension() -> None:
    manifest = replace(
        SHOP, extensions=(Extension(name="postgis", version="3", namespace="public"),)
    )
    assert reasons(manifest, EMPTY) == (
        "extension postgis is not available on the target's server",
    )


def test_create_names_a_missing_role() -> None:
    manifest = replace(SHOP, granted_roles=("reader", ROLE))
    assert reasons(manifest, EMPTY) == (
        "role reader, to which the snapshot grants rights, does not exist on the target's server",
    )


def test_create_names_the_right_to_make_namespaces() -> None:
    manifest = make_manifest(make_entry("app.users"), views=names_of("reports.totals"))
    (reason,) = reasons(manifest, replace(EMPTY, can_create_namespaces=False))
    assert reason.startswith(f"role {ROLE} may not create the namespaces app, reports:")


def test_create_in_public_alone_needs_no_right_to_make_namespaces() -> None:
    plan_restore(SHOP, replace(EMPTY, can_create_namespaces=False), replace=False)


def test_create_names_the_right_to_make_tables_in_public() -> None:
    (reason,) = reasons(SHOP, replace(EMPTY, can_create_in_public=False))
    assert reason == f"role {ROLE} may not create tables: it lacks CREATE on schema public"


def test_create_outside_public_needs_no_right_there() -> None:
    manifest = make_manifest(make_entry("app.users"))
    plan_restore(manifest, replace(EMPTY, can_create_in_public=False), replace=False)


def test_create_names_every_reason_at_once() -> None:
    extensions = tuple(
        Extension(name=name, version="1", namespace="public") for name in ("a", "plpgsql", "b")
    )
    manifest = replace(SHOP, extensions=extensions, granted_roles=("reader", "writer"))
    target = replace(EMPTY, can_create_in_public=False)
    assert len(reasons(manifest, target)) == 5


def test_several_reasons_are_counted_in_the_first_line() -> None:
    manifest = replace(SHOP, granted_roles=("reader", "writer"))
    with pytest.raises(PlanError, match=r"cannot be restored: 2 reasons not to start\n  - role r"):
        plan_restore(manifest, EMPTY, replace=False)


def test_a_reason_says_that_nothing_was_touched() -> None:
    with pytest.raises(PlanError) as caught:
        plan_restore(replace(SHOP, granted_roles=("reader",)), EMPTY, replace=False)
    assert caught.value.hint.startswith("Nothing was touched.")


def test_rows_are_not_removed_without_leave() -> None:
    (reason,) = reasons(SHOP, target_with(holding=("users",)), replace=False)
    assert reason == "the target is not empty: 1 of its tables holds rows (users)"


def test_refusal_to_remove_rows_says_how_to_allow_it() -> None:
    with pytest.raises(PlanError) as caught:
        plan_restore(SHOP, target_with(holding=("users",)), replace=False)
    assert "Pass --replace" in caught.value.hint


def test_refusal_to_remove_rows_names_the_other_reasons_too() -> None:
    target = replace(target_with(holding=("users",)), owned=frozenset(names_of("users", "empty")))
    found = reasons(SHOP, target, replace=False)
    assert [reason.partition(":")[0] for reason in found] == [
        "the target is not empty",
        f"role {ROLE} does not own table orders (its owner is {ROLE}) and lacks {LACKED}",
    ]


def test_refusal_to_remove_rows_shows_five_tables_of_many() -> None:
    names = [f"t{number}" for number in range(7)]
    manifest = make_manifest(*(make_entry(name) for name in names))
    target = target_of(make_catalog(*map(make_table, names)), holding=names)
    (reason,) = reasons(manifest, target, replace=False)
    assert reason.endswith("7 of its tables hold rows (t0, t1, t2, t3, t4 …)")


def test_replace_names_a_table_that_the_target_lacks() -> None:
    catalog = make_catalog(make_table("users"), make_table("empty"), sequences=SHOP.sequences)
    assert reasons(SHOP, target_of(catalog)) == ("the target has no table orders",)


def test_replace_names_a_sequence_that_the_target_lacks() -> None:
    target = replace(READY, catalog=replace(READY.catalog, sequences=SHOP.sequences[:1]))
    assert reasons(SHOP, target) == ("the target has no sequence invoice_number",)


def test_replace_does_not_name_the_sequence_of_a_table_that_is_not_there() -> None:
    manifest = make_manifest(
        make_entry("users"), sequences=(make_sequence("users_id_seq", owner="users"),)
    )
    target = target_of(make_catalog(make_table("other")))
    assert reasons(manifest, target) == ("the target has no table users",)


@pytest.mark.parametrize("kind", [kind for kind in TableKind if kind not in HOLDS_ROWS], ids=str)
def test_replace_names_what_is_no_plain_table_in_the_target(kind: TableKind) -> None:
    assert reasons(SHOP, target_with(make_table("empty", kind=kind))) == (
        f"empty is a {kind} in the target, not a table",
    )


def test_replace_names_a_column_that_the_target_lacks() -> None:
    assert reasons(SHOP, target_with(make_table("users", columns=("id",)))) == (
        "table users of the target has no column value to load",
    )


def test_replace_names_a_column_that_the_target_computes() -> None:
    columns = ("id", Column(name="value", type="text", is_generated=True))
    assert reasons(SHOP, target_with(make_table("users", columns=columns))) == (
        "table users of the target has no column value to load",
    )


def test_replace_names_a_new_column_that_must_have_a_value() -> None:
    columns = ("id", "value", Column(name="added", type="text", not_null=True))
    assert reasons(SHOP, target_with(make_table("users", columns=columns))) == (
        "column added of users exists only in the target, is NOT NULL and has no default",
    )


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(Column(name="added", type="text"), id="may-be-null"),
        pytest.param(Column(name="added", type="text", not_null=True, default="''"), id="default"),
        pytest.param(
            Column(name="added", type="int", not_null=True, identity=Identity.ALWAYS), id="identity"
        ),
        pytest.param(
            Column(name="added", type="int", not_null=True, is_generated=True), id="generated"
        ),
    ],
)
def test_replace_accepts_a_new_column_that_fills_itself(column: Column) -> None:
    replacing(SHOP, target_with(make_table("users", columns=("id", "value", column))))


def test_replace_names_a_table_that_the_role_does_not_own() -> None:
    target = target_with(make_table("users", owner="admin"))
    target = replace(target, owned=target.owned - {name_of("users")})
    assert reasons(SHOP, target) == (
        f"role {ROLE} does not own table users (its owner is admin) and lacks {LACKED}",
    )


def test_replace_stops_where_an_outside_table_references_what_would_go() -> None:
    key = make_foreign_key("notes", "users")
    target = target_with(make_table("notes"), foreign_keys=(key,), holding=("notes",))
    assert reasons(SHOP, target) == (
        (
            "table notes is not in the snapshot but references users "
            "(foreign key notes_parent_id_fkey)"
        ),
    )


def test_replace_stops_where_an_outside_partition_references_what_would_go() -> None:
    key = make_foreign_key("notes", "users")
    target = target_with(
        make_table("notes", kind=TableKind.PARTITIONED),
        make_table("notes_1", partition_of="notes"),
        foreign_keys=(key,),
        holding=("notes_1",),
    )
    (reason,) = reasons(SHOP, target)
    assert reason.startswith("table notes is not in the snapshot but references users")


def test_replace_stops_where_a_partition_came_since_and_references_what_would_go() -> None:
    key = make_foreign_key("log", "users")
    tables = (*PARTITIONED_TABLES, make_table("log_3", partition_of="log"))
    catalog = make_catalog(*tables, foreign_keys=(key,), sequences=PARTITIONED.sequences)
    (reason,) = reasons(PARTITIONED, target_of(catalog, holding=("log_1", "log_3")))
    assert reason.startswith("table log_3 is not in the snapshot but references users")


def test_replace_goes_on_where_the_outside_table_is_empty() -> None:
    key = make_foreign_key("notes", "users")
    target = target_with(make_table("notes"), foreign_keys=(key,))
    assert AddForeignKey(key) in replacing(SHOP, target).steps


def test_replace_names_every_reason_at_once() -> None:
    tables = (make_table("users", columns=("id",)), make_table("empty", owner="admin"))
    assert reasons(SHOP, target_of(make_catalog(*tables), owned=("users",))) == (
        "the target has no table orders",
        "table users of the target has no column value to load",
        f"role {ROLE} does not own table empty (its owner is admin) and lacks {LACKED}",
        "the target has no sequence users_id_seq",
        "the target has no sequence invoice_number",
    )


def test_only_names_tables_that_the_snapshot_lacks() -> None:
    found = reasons(SHOP, READY, only=names_of("users", "userz", "app.users"))
    assert found == ("the snapshot has no table app.users", "the snapshot has no table userz")


def test_only_of_nothing_is_refused() -> None:
    assert reasons(SHOP, READY, only=()) == ("no table is named to restore",)
