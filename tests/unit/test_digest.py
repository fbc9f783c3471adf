"""The row digest, held against the definition written out by hand."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from snapkit.core.digest import (
    RowDigester,
    TableDigest,
    digest_rows,
    split_lines,
    sum_lanes,
)

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, appendix


def test_digest_of_one_row_is_its_sha256() -> None:
    assert digest_rows([b"abc"]).hex == ABC


def test_digest_of_no_rows_is_zero() -> None:
    assert digest_rows([]) == TableDigest(0, 0, (0, 0, 0, 0))


def test_digest_of_no_rows_prints_64_zeros() -> None:
    assert TableDigest().hex == "0" * 64


def test_digest_counts_newlines_into_the_size() -> None:
    assert digest_rows([b"ab", b"", b"c"]).size == 6


def test_digest_of_rows_without_columns_counts_them() -> None:
    digest = digest_rows([b"", b"", b""])
    assert (digest.rows, digest.size) == (3, 3)


def test_duplicates_do_not_cancel() -> None:
    assert digest_rows([b"x", b"x"]).lanes != (0, 0, 0, 0)


@pytest.mark.parametrize("count", [2, 3, 4, 256])
def test_duplicates_are_counted(count: int) -> None:
    digests = {digest_rows([b"x"] * rows).hex for rows in range(count + 1)}
    assert len(digests) == count + 1


def test_two_pairs_differ_though_their_rows_are_the_same_bytes() -> None:
    assert digest_rows([b"ab", b"c"]).hex != digest_rows([b"a", b"bc"]).hex


def test_null_and_empty_text_differ() -> None:
    assert digest_rows([rb"\N"]).hex != digest_rows([b""]).hex


def test_digest_refuses_a_line_with_a_newline() -> None:
    with pytest.raises(ValueError, match="holds a newline"):
        digest_rows([b"a\n"])


def test_lanes_wrap_at_two_to_the_64() -> None:
    assert sum_lanes(b"\xff" * 32 + b"\x00" * 7 + b"\x02" + b"\x00" * 24) == (
        1,
        2**64 - 1,
        2**64 - 1,
        2**64 - 1,
    )


def test_lanes_are_big_endian() -> None:
    assert sum_lanes(bytes(range(32)))[0] == 0x0001020304050607


def test_lanes_of_nothing_are_zero() -> None:
    assert sum_lanes(b"") == (0, 0, 0, 0)


def test_numpy_is_imported_for_many_rows_only() -> None:
    code = """
import sys
from snapkit.core.digest import RowDigester
digester = RowDigester()
for _ in range(122):
    digester.update([b"x\\n"] * 4096)
few = digester.result()
assert "numpy" not in sys.modules
digester.update([b"x\\n"] * 4096)
assert "numpy" in sys.modules
one = RowDigester()
one.update([b"x\\n"] * 4096)
assert digester.result() == few + one.result()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_addition_wraps_at_two_to_the_64() -> None:
    most = 2**64 - 1
    total = TableDigest(1, 2, (most, 0, most, 5)) + TableDigest(3, 4, (1, 7, most, 6))
    assert total == TableDigest(4, 6, (0, 7, most - 1, 11))


def test_subtraction_wraps_at_two_to_the_64() -> None:
    rest = TableDigest(3, 6, (0, 7, 1, 11)) - TableDigest(1, 2, (1, 7, 2, 5))
    assert rest == TableDigest(2, 4, (2**64 - 1, 0, 2**64 - 1, 6))


def test_digest_is_read_as_it_was_printed() -> None:
    digest = digest_rows([b"a", b"b"])
    assert TableDigest.parse(digest.rows, digest.size, digest.hex) == digest


@pytest.mark.parametrize("text", ["", "00", "0" * 62, "0" * 66, "g" * 64, "0" * 63 + "é"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hex"):
        TableDigest.parse(0, 0, text)


def test_small_lanes_print_with_leading_zeros() -> None:
    assert TableDigest(1, 1, (1, 0, 255, 2**64 - 1)).hex == (
        "0000000000000001" + "0" * 16 + "00000000000000ff" + "f" * 16
    )


def test_digester_answers_between_batches() -> None:
    digester = RowDigester()
    digester.update([b"a"])
    first = digester.result()
    digester.update([])
    digester.update([b"b"])
    assert (first, digester.result()) == (digest_rows([b"a"]), digest_rows([b"a", b"b"]))


def test_digester_agrees_with_python_over_more_rows_than_a_batch() -> None:
    lines = [b"%d\tvalue" % number for number in range(10_000)]
    lanes = [0, 0, 0, 0]
    for line in lines:
        digest = hashlib.sha256(line).digest()
        for lane in range(4):
            lanes[lane] += int.from_bytes(digest[8 * lane : 8 * lane + 8], "big")
    digester = RowDigester()
    digester.update(lines)
    assert digester.result().lanes == tuple(lane % 2**64 for lane in lanes)


@pytest.mark.parametrize(
    ("blocks", "rows"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([b""], [], id="an-empty-block"),
        pytest.param([b"a\nb\n"], [b"a", b"b"], id="one-block"),
        pytest.param([b"a", b"", b"b", b"\n"], [b"ab"], id="a-row-over-blocks"),
        pytest.param([b"a\n", b"\n", b"b\n"], [b"a", b"", b"b"], id="rows-without-columns"),
        pytest.param([b"a\nb"], [b"a", b"b"], id="a-tail-without-newline"),
        pytest.param([rb"a\nb" + b"\n"], [rb"a\nb"], id="an-escaped-newline-ends-no-row"),
    ],
)
def test_split_lines(blocks: list[bytes], rows: list[bytes]) -> None:
    assert [line for batch in split_lines(blocks) for line in batch] == rows


def test_split_lines_yields_what_is_complete_before_it_asks_for_more() -> None:
    blocks = iter([b"a\nb", b"c\n"])
    first = next(split_lines(blocks))
    assert (first, next(blocks)) == ([b"a"], b"c\n")
