"""The requeue plan: parents first, what needs each other together, every obstacle named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.catalog import Column, TableKind, Trigger, TriggerState
from snapkit.core.requeue import QuarantinedTable, RequeuePlan, plan_requeue
from snapkit.core.target_state import TableRight, TargetState
from snapkit.errors import PlanError
from tests.factories import make_catalog, make_foreign_key, make_table, name_of, names_of

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog

ALL = frozenset(TableRight)


def target(catalog: Catalog, **changed: object) -> TargetState:
    """A target whose tables the role owns."""
    owned = frozenset(table.name for table in catalog.tables)
    return replace(TargetState(catalog=catalog, owned=owned), **changed)  # type: ignore[arg-type]


def plan(
    state: TargetState, *tables: str, columns: tuple[str, ...] = ("id", "value")
) -> RequeuePlan:
    return plan_requeue(
        [QuarantinedTable(table=name_of(name), column_names=columns) for name in tables], state
    )


def problems(state: TargetState, *tables: str) -> tuple[str, ...]:
    with pytest.raises(PlanError) as caught:
        plan(state, *tables)
    return caught.value.problems or (caught.value.what,)


def test_parents_go_in_before_their_children() -> None:
    catalog = make_catalog(
        make_table("a"), make_table("b"), foreign_keys=(make_foreign_key("a", "b"),)
    )
    stages = plan(target(catalog), "a", "b").stages
    assert [stage.tables for stage in stages] == [names_of("b"), names_of("a")]
    assert [stage.keys for stage in stages] == [(), ()]


@pytest.mark.parametrize("tables", [("a", "b"), ("a",)], ids=["cycle", "self-reference"])
def test_rows_that_may_need_each_other_have_their_keys_looked_at(tables: tuple[str, ...]) -> None:
    keys = [make_foreign_key(a, b) for a, b in zip(tables, tables[1:] + tables[:1], strict=True)]
    outside = make_foreign_key("a", "c", column="value")
    catalog = make_catalog(*map(make_table, (*tables, "c")), foreign_keys=(*keys, outside))
    (stage,) = plan(target(catalog), *tables).stages
    assert stage.tables == names_of(*tables)
    assert set(stage.keys) == {*keys, outside}


def test_without_the_right_to_look_rows_go_in_one_by_one() -> None:
    catalog = make_catalog(make_table("a"), foreign_keys=(make_foreign_key("a", "a"),))
    state = target(catalog, can_make_temporary=False)
    assert plan(state, "a").stages[0].keys == ()


def test_relation_that_only_a_schema_knows_refuses_nothing() -> None:
    key = make_foreign_key("a", "a", enforced=False)
    catalog = make_catalog(make_table("a"), foreign_keys=(key,))
    assert plan(target(catalog), "a").stages[0].keys == ()


def test_deferred_keys_of_the_tables_are_hasty() -> None:
    key = replace(make_foreign_key("a", "b"), deferrable=True, initially_deferred=True)
    other = replace(make_foreign_key("b", "a"), deferrable=True, initially_deferred=True)
    catalog = make_catalog(make_table("a"), make_table("b"), foreign_keys=(key, other))
    assert plan(target(catalog), "a").hasty == (key,)


def test_triggers_of_own_tables_are_kept_quiet_and_others_are_named() -> None:
    on, off = Trigger(name="on"), Trigger(name="off", state=TriggerState.DISABLED)
    catalog = make_catalog(make_table("a", triggers=(on, off)), make_table("b", triggers=(on,)))
    state = target(catalog, owned=frozenset(names_of("a")), rights={name_of("b"): ALL})
    found = plan(state, "a", "b")
    assert found.triggers == ((name_of("a"), on),)
    assert [note.partition(":")[0] for note in found.notes] == ["trigger on of b fires"]


def test_identity_is_the_key_where_the_rows_hold_it() -> None:
    state = target(make_catalog(make_table("a"), make_table("b", key=())))
    assert plan(state, "a", "b").identity == {name_of("a"): ("id",), name_of("b"): ()}


def test_key_that_the_rows_do_not_hold_tells_nothing() -> None:
    given = Column(name="id", type="text", not_null=True, default="now()")
    state = target(make_catalog(make_table("a", columns=(given, "value"))))
    assert plan(state, "a", columns=("value",)).identity == {name_of("a"): ()}


def test_every_obstacle_is_named_at_once() -> None:
    catalog = make_catalog(
        make_table("a"), make_table("v", kind=TableKind.VIEW), make_table("c", columns=("id",)),
        make_table("d"),
    )  # fmt: skip
    state = target(
        catalog, rights={name_of("a"): ALL - {TableRight.INSERT}}, row_security={name_of("d")}
    )
    assert problems(state, "a", "v", "c", "d", "gone") == (
        "table c of the target has no column value to load",
        "the target has no table gone",
        "v is a view in the target, not a table",
        "role app lacks INSERT on table a",
        "row security would hide rows of table d from role app",
    )


def test_generated_column_takes_no_value() -> None:
    columns = ("id", Column(name="value", type="text", is_generated=True))
    state = target(make_catalog(make_table("a", columns=columns)))
    assert problems(state, "a") == ("table a of the target has no column value to load",)
