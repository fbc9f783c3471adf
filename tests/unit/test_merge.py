"""The arithmetic of a merge: counts, and where a sequence must stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.merge import MergeCounts, MergeMode, count_merge, forwarded
from tests.factories import make_sequence, name_of

TABLE = name_of("users")
INSERT, UPSERT = MergeMode.INSERT_MISSING, MergeMode.UPSERT


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (
            INSERT,
            MergeCounts(table=TABLE, rows=9, inserted=4, kept=3, differing=2),
        ),
        (UPSERT, MergeCounts(table=TABLE, rows=9, inserted=4, updated=2, kept=3)),
    ],
)
def test_rows_are_inserted_updated_kept_or_differing(
    mode: MergeMode, expected: MergeCounts
) -> None:
    found = count_merge(mode, TABLE, rows=9, matched=5, differing=2)
    assert found == expected
    assert found.adds_up


@pytest.mark.parametrize(("matched", "differing"), [(10, 0), (5, 6)], ids=["matched", "differing"])
def test_more_rows_than_there_are_do_not_add_up(matched: int, differing: int) -> None:
    """Two rows of a snapshot that are one row by the target's key, for instance."""
    found = count_merge(UPSERT, TABLE, rows=9, matched=matched, differing=differing)
    assert not found.adds_up


def test_differing_rows_are_not_restored() -> None:
    found = count_merge(INSERT, TABLE, rows=9, matched=5, differing=2)
    assert (found.restored, found.restored + found.differing) == (7, 9)


@pytest.mark.parametrize(
    ("last", "snapshot", "greatest", "expected"),
    [
        pytest.param(7, 7, 7, None, id="next value is free"),
        pytest.param(3, 7, 5, 7, id="behind the snapshot"),
        pytest.param(3, None, 5, 5, id="behind its column, unknown to the snapshot"),
        pytest.param(3, 2, 5, 5, id="behind its column"),
        pytest.param(90, 7, 5, None, id="ahead of both"),
        pytest.param(3, None, None, None, id="nothing to go by"),
        pytest.param(3, 2, 10**30, None, id="beyond its end"),
    ],
)
def test_sequence_goes_forward_where_it_must(
    last: int, snapshot: int | None, greatest: int | None, expected: int | None
) -> None:
    found = forwarded(
        make_sequence("s", last_value=last),
        snapshot=None if snapshot is None else make_sequence("s", last_value=snapshot),
        greatest=greatest,
    )
    assert (found.last_value if found else None) == expected
    assert found is None or found.is_called


def test_sequence_that_was_never_used_moves_where_its_first_value_is_taken() -> None:
    fresh = replace(make_sequence("s", last_value=1), is_called=False)
    assert forwarded(fresh, snapshot=fresh, greatest=None) is None
    moved = forwarded(fresh, snapshot=None, greatest=1)
    assert moved is not None
    assert moved.next_value == 2


def test_descending_sequence_goes_down() -> None:
    down = replace(make_sequence("s", last_value=-3), increment=-1, minimum=-100, maximum=-1)
    moved = forwarded(down, snapshot=replace(down, last_value=-2), greatest=-9)
    assert moved is not None
    assert moved.next_value == -10


def test_sequence_that_cycles_stays() -> None:
    cycle = replace(make_sequence("s", last_value=3), cycles=True)
    assert forwarded(cycle, snapshot=None, greatest=5) is None
