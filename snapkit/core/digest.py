"""The row digest: one figure for a table's rows, whatever their order.

Row digest. The canonical form of a row is its COPY text line, columns in the order the snapshot
names them, generated columns left out, without the newline. Its digest is SHA-256. A table's digest
is four unsigned 64-bit big-endian lanes, each summed modulo 2^64 over all rows, printed as 64 hex
digits: the order of rows does not matter, and duplicates do not cancel.

The same figure can be had in SQL alone, which is the independent witness (`snapkit.pg.digest`).

Source: DESIGN.md, section 4; PostgreSQL manual, COPY, text format; FIPS 180-4 (SHA-256).
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

LANES = 4
_WORD = 2**64
_NUMPY_PAYS = 500_000  # rows


@dataclass(frozen=True, slots=True)
class TableDigest:
    """Rows [rows], their size as COPY text [bytes, newlines included], and the digest.

    `a + b` is the digest of the rows of both, so parts can be digested apart; `a - b` that of the
    rows of `a` without those of `b`.
    """

    rows: int = 0
    size: int = 0
    lanes: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def hex(self) -> str:
        """The digest as 64 hex digits."""
        return "".join(f"{lane:016x}" for lane in self.lanes)

    def __add__(self, other: TableDigest) -> TableDigest:
        a, b = self.lanes, other.lanes
        return TableDigest(
            self.rows + other.rows,
            self.size + other.size,
            (
                (a[0] + b[0]) % _WORD,
                (a[1] + b[1]) % _WORD,
                (a[2] + b[2]) % _WORD,
                (a[3] + b[3]) % _WORD,
            ),
        )

    def __sub__(self, other: TableDigest) -> TableDigest:
        a, b = self.lanes, other.lanes
        return TableDigest(
            self.rows - other.rows,
            self.size - other.size,
            (
                (a[0] - b[0]) % _WORD,
                (a[1] - b[1]) % _WORD,
                (a[2] - b[2]) % _WORD,
                (a[3] - b[3]) % _WORD,
            ),
        )

    @classmethod
    def parse(cls, rows: int, size: int, text: str) -> TableDigest:
        """Read a digest that `hex` wrote.

        Args:
            rows: Rows [rows].
            size: Their size as COPY text [bytes].
            text: 64 hex digits.

        Returns:
            The digest.

        Raises:
            ValueError: The text is not 64 hex digits.
        """
        raw = bytes.fromhex(text)
        if len(raw) != 8 * LANES or len(text) != 16 * LANES:
            raise ValueError(f"a digest has {16 * LANES} hex digits, not {len(text)}")
        return cls(rows, size, sum_lanes(raw))


class _Summed:
    """What this process has summed so far [rows]."""

    rows: ClassVar[int] = 0


def sum_lanes(digests: bytes) -> tuple[int, int, int, int]:
    """Sum row digests lane by lane, modulo 2^64.

    numpy saves 0.15 µs a row, and takes as long to import as 500,000 rows take without it. Nobody
    knows how many will come, so it is imported once so many came: a small database never pays for
    it, and what a larger one pays is at most doubled.

    Args:
        digests: SHA-256 digests, 32 bytes each, joined.

    Returns:
        The four sums.
    """
    _Summed.rows += len(digests) // (8 * LANES)
    by_numpy = _Summed.rows > _NUMPY_PAYS
    return _sums_by_numpy(digests) if by_numpy else _sums_in_python(digests)


def _sums_in_python(digests: bytes) -> tuple[int, int, int, int]:
    words = array("Q", digests)
    if sys.byteorder == "little":
        words.byteswap()
    a, b, c, d = (sum(words[lane::LANES]) % _WORD for lane in range(LANES))
    return a, b, c, d


def _sums_by_numpy(digests: bytes) -> tuple[int, int, int, int]:
    import numpy as np  # noqa: PLC0415 -- see above

    words = np.frombuffer(digests, dtype=">u8").reshape(-1, LANES)
    a, b, c, d = (int(lane) for lane in words.sum(axis=0, dtype=np.uint64))
    return a, b, c, d


class RowDigester:
    """Digests rows in batches; `result` may be asked at any time.

    Summing a batch at once costs a tenth of summing row by row.

    Args:
        keep: Called with the digests of each batch, 32 bytes each, joined.
    """

    __slots__ = ("_keep", "_total")

    def __init__(self, keep: Callable[[bytes], object] | None = None) -> None:
        self._total = TableDigest()
        self._keep = keep

    def update(self, lines: Sequence[bytes], size: int | None = None) -> None:
        """Add rows.

        Args:
            lines: COPY text lines without their newlines.
            size: Of their text, newlines included [bytes]; None has it counted.
        """
        if not lines:
            return
        sha256 = hashlib.sha256
        digests = b"".join([sha256(line).digest() for line in lines])
        if self._keep is not None:
            self._keep(digests)
        if size is None:
            size = sum(map(len, lines)) + len(lines)
        self._total += TableDigest(len(lines), size, sum_lanes(digests))

    def result(self) -> TableDigest:
        """The digest of every row so far."""
        return self._total


def digest_batches(batches: Iterable[Sequence[bytes]]) -> TableDigest:
    """Digest rows as they come.

    Args:
        batches: COPY text lines without their newlines; consumed once.

    Returns:
        The digest of all of them.
    """
    digester = RowDigester()
    for lines in batches:
        digester.update(lines)
    return digester.result()


def digest_rows(lines: Iterable[bytes]) -> TableDigest:
    """Digest a table's rows, in any order.

    Args:
        lines: One COPY text line per row, without its newline; consumed once.

    Returns:
        Row count [rows], size [bytes, newlines included] and the digest: 64 hex digits.

    Raises:
        ValueError: A line holds a newline byte.

    Source: core/digest.py, "Row digest"; PostgreSQL manual, COPY, text format.
    """
    digester = RowDigester()
    for line in lines:
        if b"\n" in line:
            raise ValueError(f"a COPY text line holds a newline: {line[:80]!r}")
        digester.update((line,))
    return digester.result()


def joined(lines: Sequence[bytes]) -> bytes:
    """Make COPY text of rows, a newline after each.

    Args:
        lines: COPY text lines without their newlines.

    Returns:
        The text; one copy of the rows, and no more.
    """
    return b"\n".join([*lines, b""])


def split_lines(blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Cut a stream into rows, batch by batch.

    COPY text escapes newlines inside values, so every newline byte ends a row.

    Args:
        blocks: The stream, cut anywhere.

    Yields:
        The rows that each block completes, without their newlines; at last what comes after the
        last newline, so that a stream cut short shows as a digest that differs.
    """
    rest: list[bytes] = []
    for block in blocks:
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest.append(block)
            continue
        lines = b"".join([*rest, block[:cut]]).split(b"\n")
        lines.pop()
        rest = [block[cut:]] if cut < len(block) else []
        yield lines
    tail = b"".join(rest)
    if tail:
        yield [tail]
