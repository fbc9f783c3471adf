"""Properties of the row digest and of cutting a stream into rows."""

from __future__ import annotations

import hashlib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from snapkit.core import digest as sums
from snapkit.core.digest import RowDigester, TableDigest, digest_rows, split_lines

LINES = st.lists(st.binary(max_size=20).map(lambda text: text.replace(b"\n", b"")), max_size=30)


def by_definition(lines: list[bytes]) -> str:
    """DESIGN.md's words, in plain integers."""
    lanes = [0, 0, 0, 0]
    for line in lines:
        digest = hashlib.sha256(line).hexdigest()
        for lane in range(4):
            lanes[lane] = (lanes[lane] + int(digest[16 * lane : 16 * lane + 16], 16)) % 2**64
    return "".join(f"{lane:016x}" for lane in lanes)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """A stream in blocks, cut at these places."""
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[first:last] for first, last in itertools.pairwise(edges)]


def digest_of(blocks: list[bytes]) -> TableDigest:
    """The digest of a stream, as a check takes it."""
    digester = RowDigester()
    for batch in split_lines(blocks):
        digester.update(batch)
    return digester.result()


@given(LINES)
def test_digest_is_that_of_the_definition(lines: list[bytes]) -> None:
    digest = digest_rows(lines)
    assert (digest.rows, digest.hex) == (len(lines), by_definition(lines))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=300).map(b"".join))
def test_lanes_are_the_same_with_numpy_and_without(digests: bytes) -> None:
    assert sums._sums_in_python(digests) == sums._sums_by_numpy(digests)


@given(LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))))
def test_digest_ignores_the_order_of_rows(lists: tuple[list[bytes], list[bytes]]) -> None:
    assert digest_rows(lists[0]) == digest_rows(lists[1])


@given(LINES, LINES)
def test_digest_of_two_parts_is_the_sum(first: list[bytes], second: list[bytes]) -> None:
    assert digest_rows(first) + digest_rows(second) == digest_rows(first + second)


@given(LINES, LINES)
def test_digest_without_some_rows_is_that_of_the_others(
    some: list[bytes], others: list[bytes]
) -> None:
    assert digest_rows(some + others) - digest_rows(some) == digest_rows(others)


@given(LINES, LINES)
def test_digests_are_equal_exactly_where_the_rows_are(
    first: list[bytes], second: list[bytes]
) -> None:
    same = digest_rows(first).hex == digest_rows(second).hex
    assert same is (sorted(first) == sorted(second))


@given(LINES, st.lists(st.integers(min_value=0), max_size=12))
def test_digest_of_a_stream_does_not_depend_on_where_it_is_cut(
    lines: list[bytes], places: list[int]
) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    assert digest_of(cut(stream, places)) == digest_rows(lines)


@given(LINES, st.lists(st.integers(min_value=0), max_size=12))
def test_split_lines_gives_every_row_in_order(lines: list[bytes], places: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    found = [line for batch in split_lines(cut(stream, places)) for line in batch]
    assert found == lines


@given(LINES.filter(bool), st.integers(min_value=0), st.lists(st.integers(min_value=0), max_size=5))
def test_a_stream_cut_short_shows(lines: list[bytes], kept: int, places: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    # At least two bytes go: without its very last newline alone, the last row is whole still.
    short = stream[: kept % max(1, len(stream) - 1)]
    assert digest_of(cut(short, places)).hex != digest_rows(lines).hex
