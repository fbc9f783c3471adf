"""Properties of finding rows by their digests: what is too many on each side, and nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapkit.core import rows_apart
from snapkit.core.rows_apart import first_words, places_apart

BAGS = st.lists(st.integers(0, 12).map(lambda number: b"%d" % number), max_size=40)


def digests(lines: list[bytes], block: int) -> list[bytes]:
    """What was kept of them, in blocks of so many rows."""
    return [
        first_words(
            b"".join(hashlib.sha256(line).digest() for line in lines[place : place + block])
        )
        for place in range(0, len(lines), block)
    ]


@given(BAGS, BAGS, st.integers(1, 7))
def test_places_are_those_of_the_surplus(
    ours: list[bytes], theirs: list[bytes], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_apart, "DIGESTS_AT_ONCE", 5)
        found = places_apart(
            lambda: iter(digests(ours, block)), lambda: iter(digests(theirs, block)), most=100
        )
    assert found is not None
    gone, new = (
        Counter(lines[place] for place in places)
        for lines, places in zip((ours, theirs), found, strict=True)
    )
    assert gone == Counter(ours) - Counter(theirs)
    assert new == Counter(theirs) - Counter(ours)
    assert all(list(places) == sorted(set(places)) for places in found)


def test_more_places_than_asked_for_are_not_given() -> None:
    ours = [b"%d" % number for number in range(10)]
    assert places_apart(lambda: iter(digests(ours, 3)), lambda: iter([]), most=9) is None
