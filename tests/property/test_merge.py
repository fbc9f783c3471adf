"""Properties of a merge, held against tables that are dictionaries."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from snapkit.core.digest import TableDigest, digest_rows
from snapkit.core.merge import MergeMode, count_merge, forwarded, merged
from tests.factories import make_sequence, name_of

TABLES = st.dictionaries(st.integers(0, 12), st.sampled_from("abc"), max_size=10)
VALUES = st.integers(-50, 50)


def digest_of(rows: dict[int, str]) -> TableDigest:
    return digest_rows(f"{key}\t{value}".encode() for key, value in rows.items())


def by_hand(mode: MergeMode, table: dict[int, str], snapshot: dict[int, str]) -> dict[int, str]:
    return table | snapshot if mode is MergeMode.UPSERT else snapshot | table


@given(st.sampled_from(MergeMode), TABLES, TABLES)
def test_digest_afterwards_is_that_of_the_merged_rows(
    mode: MergeMode, table: dict[int, str], snapshot: dict[int, str]
) -> None:
    expected = merged(
        mode,
        before=digest_of(table),
        matched=digest_of({key: table[key] for key in table.keys() & snapshot.keys()}),
        staged=digest_of(snapshot),
        missing=digest_of({key: snapshot[key] for key in snapshot.keys() - table.keys()}),
    )
    assert expected == digest_of(by_hand(mode, table, snapshot))


@given(st.sampled_from(MergeMode), TABLES, TABLES)
def test_every_row_of_the_snapshot_is_accounted_for(
    mode: MergeMode, table: dict[int, str], snapshot: dict[int, str]
) -> None:
    shared = table.keys() & snapshot.keys()
    differing = sum(table[key] != snapshot[key] for key in shared)
    counts = count_merge(
        mode, name_of("t"), rows=len(snapshot), matched=len(shared), differing=differing
    )
    after = by_hand(mode, table, snapshot)
    assert counts.adds_up
    assert counts.inserted == len(after) - len(table)
    assert counts.updated == sum(after[key] != value for key, value in table.items())
    assert counts.restored == sum(after[key] == value for key, value in snapshot.items())
    assert counts.restored + counts.differing == len(snapshot)


@given(VALUES.filter(bool), VALUES, st.booleans(), st.none() | VALUES)
def test_sequence_that_moved_gives_what_is_free_and_never_moves_back(
    increment: int,
    last: int,
    is_called: bool,  # noqa: FBT001 -- Hypothesis gives it
    greatest: int | None,
) -> None:
    sequence = replace(
        make_sequence("s", last_value=last),
        increment=increment,
        is_called=is_called,
        minimum=-1000,
        maximum=1000,
    )
    moved = forwarded(sequence, snapshot=None, greatest=greatest) or sequence
    way = 1 if increment > 0 else -1
    assert (moved.next_value - sequence.next_value) * way >= 0
    assert greatest is None or (moved.next_value - greatest) * way > 0
    assert forwarded(moved, snapshot=None, greatest=greatest) is None
