"""The ladder, as a function of what a role may do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.catalog import TableKind
from snapkit.core.graph import load_order
from snapkit.core.rungs import KeyHandling, Ladder, Rung, choose_rungs, sequence_moves
from snapkit.core.target_state import SequenceRight, TableRight
from tests.factories import (
    make_catalog,
    make_foreign_key,
    make_sequence,
    make_table,
    name_of,
    names_of,
)
from tests.plans import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Table
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.core.target_state import TargetState

USER_KEY = make_foreign_key("orders", "users")
CLERK = frozenset({TableRight.USAGE, TableRight.SELECT, TableRight.INSERT, TableRight.DELETE})


def state(
    *keys: ForeignKey, tables: tuple[Table, ...] = (), owned: Iterable[str] | None = None
) -> TargetState:
    """Tables that the keys tie together; a role without ownership has a clerk's rights."""
    names = {name for key in keys for name in (key.child, key.parent)}
    made = {table.name: table for table in (*map(make_table, map(str, names)), *tables)}
    found = target_of(make_catalog(*made.values(), foreign_keys=keys), owned=owned)
    return replace(found, rights={name: CLERK for name in made if name not in found.owned})


def ladder(target: TargetState, *names: str, filled: Iterable[str] | None = None) -> Ladder:
    tables = names_of(*names)
    keys = target.catalog.foreign_keys
    return choose_rungs(
        target,
        load_order(tables, keys),
        keys,
        frozenset(tables if filled is None else names_of(*filled)),
    )


def handling(found: Ladder) -> dict[str, KeyHandling]:
    return {str(key.child): how for key, how in found.handling.items()}


def plain(groups: Iterable[tuple[TableName, ...]]) -> list[list[str]]:
    return [[str(name) for name in group] for group in groups]


def test_owner_drops_keys_and_truncates() -> None:
    found = ladder(state(USER_KEY), "orders", "users")
    assert handling(found) == {"orders": KeyHandling.DROP}
    assert (plain([found.truncated]), found.deletes) == ([["users", "orders"]], ())
    assert {stage.rung for stage in found.rungs} == {Rung.OWNER}


def test_owner_without_references_has_keys_wait() -> None:
    target = replace(state(USER_KEY), lacks_references=frozenset({USER_KEY}))
    found = ladder(target, "orders", "users")
    assert handling(found) == {"orders": KeyHandling.ALTER}
    assert found.has_late_keys
    assert found.rungs[-1].missing == (
        "REFERENCES on users, for foreign key orders_parent_id_fkey of orders",
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (USER_KEY, KeyHandling.STAND),
        (replace(USER_KEY, deferrable=True), KeyHandling.WAIT),
        (replace(USER_KEY, enforced=False), KeyHandling.IGNORE),
    ],
    ids=["plain", "deferrable", "not enforced"],
)
def test_keys_of_others_stand_unless_they_can_wait(key: ForeignKey, expected: KeyHandling) -> None:
    found = ladder(state(key, owned=()), "orders", "users")
    assert handling(found) == {"orders": expected}
    assert {stage.rung for stage in found.rungs} == {Rung.GRANTS}


def test_clerk_deletes_children_first_and_loads_parents_first() -> None:
    found = ladder(state(USER_KEY, owned=()), "orders", "users")
    assert plain(found.deletes) == [["orders"], ["users"]]
    assert plain(group for stage in found.loads for group in stage) == [["users"], ["orders"]]


def test_clerk_loads_a_cycle_together_unless_one_of_its_tables_is_empty() -> None:
    cycle = (make_foreign_key("a", "b"), make_foreign_key("b", "a"))
    target = state(*cycle, owned=())
    assert plain(ladder(target, "a", "b").staged) == [["a", "b"]]
    assert ladder(target, "a", "b", filled=("a",)).staged == ()


def test_cycle_with_a_key_that_can_wait_needs_no_stage() -> None:
    cycle = (make_foreign_key("a", "b"), replace(make_foreign_key("b", "a"), deferrable=True))
    assert ladder(state(*cycle, owned=()), "a", "b").staged == ()


def test_parent_of_a_table_that_stays_is_not_truncated() -> None:
    target = replace(state(USER_KEY), lacks_references=frozenset({USER_KEY}))
    found = ladder(target, "users")
    assert (found.truncated, plain(found.deletes)) == ((), [["users"]])


def test_what_cannot_be_truncated_keeps_its_parents_from_it() -> None:
    keys = (make_foreign_key("orders", "users"), make_foreign_key("lines", "orders"))
    target = replace(
        state(*keys),
        lacks_references=frozenset(keys),
        rights={name_of("lines"): CLERK},
    )
    found = ladder(target, "lines", "orders", "users")
    assert found.truncated == ()


def test_partitions_of_a_referenced_table_are_not_truncated_where_the_key_stays() -> None:
    key = make_foreign_key("notes", "log")
    target = state(
        key,
        tables=(
            make_table("log", kind=TableKind.PARTITIONED),
            make_table("log_1", partition_of="log"),
        ),
    )
    found = ladder(replace(target, lacks_references=frozenset({key})), "log_1")
    assert (found.truncated, plain(found.deletes)) == ((), [["log_1"]])


def test_configuration_of_an_extension_is_never_truncated() -> None:
    table = replace(make_table("settings"), extension="x", configuration="WHERE NOT standard")
    found = ladder(state(tables=(table,)), "settings")
    assert (found.truncated, plain(found.deletes)) == ((), [["settings"]])


@pytest.mark.parametrize(
    ("right", "there", "moved", "noted"),
    [
        (SequenceRight.OWNER, 3, ["set"], 0),
        (SequenceRight.UPDATE, 3, ["advance"], 1),
        (SequenceRight.UPDATE, 7, [], 0),
        (SequenceRight.UPDATE, 9, [], 1),
        (SequenceRight.NONE, 3, [], 1),
    ],
    ids=["owned", "behind", "as it was", "ahead", "no right"],
)
def test_sequences_move_as_far_as_rights_go(
    right: SequenceRight, there: int, moved: list[str], noted: int
) -> None:
    wanted = make_sequence("s")  # stands at 7
    catalog = make_catalog(sequences=(make_sequence("s", last_value=there),))
    target = replace(target_of(catalog), sequences={wanted.name: right})
    moves = sequence_moves(target, [wanted])
    found = ["set" for _ in moves.set_back] + ["advance" for _ in moves.advanced]
    assert (found, len(moves.notes)) == (moved, noted)
