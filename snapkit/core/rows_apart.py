"""Finding the rows that one side has and the other has not, by eight bytes of each row's digest.

The digests of each side come in the order of its rows. They are summed in buckets first: buckets
of equal sums hold equal rows. Only the digests of the others are sorted and compared, some at a
time, so that memory is flat. A row is named by its place in the order: the first is 0.

Eight bytes are no proof: whoever takes the rows from their places has to make sure, by the whole
digests, that they account for the difference.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeAlias

from snapkit.core.digest import LANES
from snapkit.core.rows import BUCKETS, bucket_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    _Words: TypeAlias = NDArray[np.uint64]
    _Places: TypeAlias = NDArray[np.int64]

Digests: TypeAlias = "Callable[[], Iterator[bytes]]"
"""Gives blocks of what `first_words` made, from the first row on; called several times."""

DIGESTS_AT_ONCE = 1_000_000  # of both sides: 16 bytes each


def first_words(digests: bytes) -> bytes:
    """Take the first eight bytes of each digest.

    Args:
        digests: SHA-256 digests, 32 bytes each, joined.

    Returns:
        Theirs, joined.
    """
    return array("Q", digests)[::LANES].tobytes()


def places_apart(
    ours: Digests, theirs: Digests, *, most: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Find the rows that are on one side only; of equal rows, those that are too many.

    Args:
        ours: One side.
        theirs: The other one.
        most: How many places to find [rows].

    Returns:
        The places on each side, ascending; None where there are more.
    """
    found: tuple[list[int], list[int]] = ([], [])
    for group in bucket_groups(_differing(ours, theirs), at_once=DIGESTS_AT_ONCE):
        words, places = zip(*(_chosen(side, group) for side in (ours, theirs)), strict=True)
        for one, other in ((0, 1), (1, 0)):
            found[one].extend(places[one][_surplus(words[one], words[other])].tolist())
        if sum(map(len, found)) > most:
            return None
    return tuple(sorted(found[0])), tuple(sorted(found[1]))


def _differing(ours: Digests, theirs: Digests) -> Iterator[tuple[int, int]]:
    """Buckets whose sums differ, with the rows on both sides together."""
    import numpy as np  # noqa: PLC0415 -- takes 0.1 s, which tables that are equal need not pay

    sums = np.zeros((2, BUCKETS), dtype=np.uint64)
    counts = np.zeros((2, BUCKETS), dtype=np.int64)
    for place, side in enumerate((ours, theirs)):
        for words in _words(side):
            buckets = _buckets(words)
            np.add.at(sums[place], buckets, words)
            counts[place] += np.bincount(buckets, minlength=BUCKETS)
    unlike = (sums[0] != sums[1]) | (counts[0] != counts[1])
    both = counts.sum(axis=0)
    for bucket in np.flatnonzero(unlike):
        yield int(bucket), int(both[bucket])


def _words(side: Digests) -> Iterator[_Words]:
    import numpy as np  # noqa: PLC0415 -- see _differing

    for block in side():
        yield np.frombuffer(block, dtype=np.uint64)


def _buckets(words: _Words) -> _Places:
    import numpy as np  # noqa: PLC0415 -- see _differing

    return (words % np.uint64(BUCKETS)).astype(np.intp)


def _chosen(side: Digests, group: frozenset[int]) -> tuple[_Words, _Places]:
    """The digests in some buckets, sorted, and the places of their rows."""
    import numpy as np  # noqa: PLC0415 -- see _differing

    is_chosen = np.zeros(BUCKETS, dtype=np.bool_)
    is_chosen[list(group)] = True
    words, places = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    start = 0
    for block in _words(side):
        chosen = np.flatnonzero(is_chosen[_buckets(block)])
        words.append(block[chosen])
        places.append(chosen + start)
        start += len(block)
    joined = np.concatenate(words)
    order = np.argsort(joined, kind="stable")
    return joined[order], np.concatenate(places)[order]


def _surplus(words: _Words, others: _Words) -> NDArray[np.bool_]:
    """Which digests are too many: the third of three equal ones, where the others have two."""
    import numpy as np  # noqa: PLC0415 -- see _differing

    number = np.arange(len(words)) - np.searchsorted(words, words, "left")
    there = np.searchsorted(others, words, "right") - np.searchsorted(others, words, "left")
    surplus: NDArray[np.bool_] = number >= there
    return surplus
