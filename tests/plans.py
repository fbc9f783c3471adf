"""A small shop, targets for it, and what its restore plans say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapkit.core.catalog import (
    TableKind,
)
from snapkit.core.plan import RestorePlan, plan_restore
from snapkit.core.steps import SetSequence, Step
from snapkit.core.target_state import TargetState
from snapkit.errors import PlanError
from tests.factories import (
    ROLE,
    make_catalog,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_sequence,
    make_table,
    names_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Catalog, Table
    from snapkit.core.manifest import Manifest
    from snapkit.core.names import ForeignKey, TableName

ROWS = (b"1\ta", b"2\tb")
KEY = make_foreign_key("orders", "users")
SHOP = make_manifest(
    make_entry("orders", lines=ROWS),
    make_entry("users", lines=ROWS),
    make_entry("empty"),
    foreign_keys=(KEY,),
    sequences=(make_sequence("users_id_seq", owner="users"), make_sequence("invoice_number")),
)
SHOP_TABLES = (make_table("empty"), make_table("orders"), make_table("users"))
PARTITIONED = make_manifest(
    make_entry("log_1", lines=ROWS, partition_of="log"),
    make_entry("log_2", lines=ROWS, partition_of="log"),
    make_entry("log", kind=TableKind.PARTITIONED),
    make_entry("users", lines=ROWS),
    sequences=(make_sequence("log_id_seq", owner="log"),),
)
PARTITIONED_TABLES = (
    make_table("log", kind=TableKind.PARTITIONED),
    make_table("log_1", partition_of="log"),
    make_table("log_2", partition_of="log"),
    make_table("users"),
)


def target_of(
    catalog: Catalog,
    *,
    holding: Iterable[str] = (),
    owned: Iterable[str] | None = None,
    extensions: Iterable[str] = ("plpgsql",),
) -> TargetState:
    """A target whose role owns every table, unless said otherwise."""
    everything = [table.name for table in catalog.tables]
    return TargetState(
        catalog=catalog,
        holding_rows=frozenset(names_of(*holding)),
        owned=frozenset(everything if owned is None else names_of(*owned)),
        roles=frozenset({ROLE}),
        available_extensions=frozenset(extensions),
    )


EMPTY = target_of(make_catalog())
READY = target_of(
    make_catalog(
        *SHOP_TABLES,
        foreign_keys=(KEY,),
        sequences=SHOP.sequences,
    )
)


def target_with(
    *tables: Table, holding: Iterable[str] = (), foreign_keys: tuple[ForeignKey, ...] = (KEY,)
) -> TargetState:
    """The shop's target, with other tables, or more of them."""
    made = {table.name: table for table in (*SHOP_TABLES, *tables)}
    catalog = make_catalog(*made.values(), foreign_keys=foreign_keys, sequences=SHOP.sequences)
    return target_of(catalog, holding=holding)


def replacing(manifest: Manifest, target: TargetState, *only: str) -> RestorePlan:
    """The plan of `--replace`, with `--only` where tables are named."""
    chosen = names_of(*only) if only else None
    return plan_restore(manifest, target, replace=True, only=chosen)


def reasons(
    manifest: Manifest,
    target: TargetState,
    *,
    replace: bool = True,
    only: tuple[TableName, ...] | None = None,
) -> tuple[str, ...]:
    """Why a restore does not start."""
    with pytest.raises(PlanError) as caught:
        plan_restore(manifest, target, replace=replace, only=only)
    error = caught.value
    assert error.where == "database shop"
    return error.problems or (error.what.partition("cannot be restored: ")[2] or error.what,)


def kinds(plan: RestorePlan) -> list[str]:
    """The kinds of steps, in order, each run of one kind once."""
    names = [type(step).__name__ for step in plan.steps]
    return [name for place, name in enumerate(names) if names[place - 1 : place] != [name]]


def names_in(plan: RestorePlan, kind: type[Step]) -> list[str]:
    """What the steps of one kind say, without the words that all of them share."""
    return [str(step) for step in plan.steps if isinstance(step, kind)]


def sequences_set(plan: RestorePlan) -> list[str]:
    """The sequences that the plan sets, by name."""
    return [step.sequence.name.name for step in plan.steps if isinstance(step, SetSequence)]
