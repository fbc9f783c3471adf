"""The messages of a COPY TO STDOUT: rows out of the bytes that the server sends.

Each row comes as one CopyData message: the letter `d`, a length of four bytes that counts itself,
and the row's COPY text line with its newline. CopyDone ends them.

Source: PostgreSQL manual, Message Formats; Message Flow, COPY Operations ("always one per row").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

HEADER_BYTES = 5
COPY_DATA, COPY_DONE, COPY_OUT = b"d", b"c", b"H"
PASSED_OVER = (b"N", b"S", b"A")  # notices, parameters, notifications: at any time
_NEWLINE = 10
_length_at = Struct(">I").unpack_from

# No row and no row's length holds these three bytes: a line of text has no NUL in it, and a row
# whose length holds them is told from a message by a walk. A message's length begins with NUL.
_OTHER = re.compile(rb"\n[^d]\x00")


@dataclass(frozen=True, slots=True)
class Messages:
    """Whole messages at the beginning of some bytes.

    Attributes:
        lines: Rows, without their newlines.
        used: How much these messages, and those that were passed over, take [bytes].
        other: The letter of the message that comes then and is none of a COPY's; COPY_DONE where
            the rows ended, which is used up; empty where there is no whole message.
    """

    lines: list[bytes]
    used: int
    other: bytes = b""


@dataclass(frozen=True, slots=True)
class Look:
    """How much of what lies in a socket may be taken.

    Attributes:
        until: Where to stop taking [bytes from the beginning].
        has_only_rows: Whether all of it, from the beginning, are CopyData messages.
        has_ended: Whether no row comes after that.
    """

    until: int
    has_only_rows: bool = True
    has_ended: bool = False


def look(data: bytearray, start: int, end: int, *, has_only_rows: bool) -> Look:
    """Decide how much may be taken: rows, CopyDone, what is passed over, and nothing else.

    Args:
        data: What was taken and not split yet, then what still lies in the socket.
        start: Where the latter begins.
        end: Where it ends; after `start`.
        has_only_rows: Whether what was taken are CopyData messages, and nothing else.

    Returns:
        How far to go; `start` where more must come before it can be said.
    """
    if has_only_rows and data[:1] == COPY_DATA and not _OTHER.search(data, max(0, start - 2), end):
        last_two = data[max(0, end - 2) : end]  # a letter alone tells too little: not yet
        return Look(
            end - 1 if last_two[:1] == b"\n" and last_two[1:] not in (b"", COPY_DATA) else end
        )
    found = walk(data, end)
    if found.other:
        return Look(found.used, has_only_rows=False, has_ended=True)
    is_row = data[found.used : found.used + 1] == COPY_DATA
    until = end if is_row and found.used < end else found.used
    return Look(max(start, until), has_only_rows=False)


def message_bytes(data: bytes | bytearray) -> int:
    """How long the first message is, its letter included [bytes]."""
    return 1 + int(_length_at(data, 1)[0])


def walk(data: bytes | bytearray, size: int) -> Messages:
    """Take message after message.

    Args:
        data: Begins with a message.
        size: How much of it was received [bytes].

    Returns:
        The rows up to the first message that is not whole, or that no COPY sends.
    """
    lines: list[bytes] = []
    place = 0
    while place + HEADER_BYTES <= size:
        end = place + 1 + _length_at(data, place + 1)[0]
        letter = data[place : place + 1]
        if letter == COPY_DATA:
            if end > size:
                break
            lines.append(bytes(data[place + HEADER_BYTES : end - 1]))
        elif letter == COPY_DONE:
            return Messages(lines, end, COPY_DONE)
        elif letter not in PASSED_OVER:
            return Messages(lines, place, bytes(letter))
        elif end > size:
            break
        place = end
    return Messages(lines, place)


def split_rows(data: bytes | bytearray, size: int) -> Messages:
    """Take every whole row at once: ten times as fast as `walk`, for what holds only rows.

    Every newline ends a row, but for those within a message's header: a length such as 266 has one.
    The headers tell which, and each row's length is compared with where its newline lies.

    Args:
        data: Begins with a message, and holds CopyData messages only.
        size: How much of it was received [bytes].

    Returns:
        What `walk` returns.
    """
    import numpy as np  # noqa: PLC0415 -- 0.1 s, which small databases need not pay

    received = np.frombuffer(data, np.uint8, size)
    ends = np.flatnonzero(received == _NEWLINE)
    if not len(ends):
        return Messages([], 0)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    told = _told_ends(received, starts)
    if not np.array_equal(told, ends):
        starts, ends = _without_headers(starts, ends, told)
    if not len(ends):
        return Messages([], 0)
    text = bytes(memoryview(data)[:size])
    bounds = zip((starts + HEADER_BYTES).tolist(), ends.tolist(), strict=True)
    return Messages([text[start:end] for start, end in bounds], int(ends[-1]) + 1)


def _told_ends(received: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Where the message at each place ends by its header; past the end where it has none."""
    import numpy as np  # noqa: PLC0415 -- as above

    whole = starts[starts + HEADER_BYTES <= len(received)]
    told = np.full(len(starts), len(received), dtype=np.int64)
    length = np.zeros(len(whole), dtype=np.int64)
    for place in range(1, HEADER_BYTES):
        length = length << 8 | received[whole + place]
    told[: len(whole)] = whole + length
    return told


def _without_headers(
    starts: np.ndarray, ends: np.ndarray, told: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the newlines that lie within a header, and what is no whole row at the end."""
    import numpy as np  # noqa: PLC0415 -- as above

    is_start, is_end = np.ones(len(starts), dtype=bool), np.ones(len(ends), dtype=bool)
    known = 0  # newlines that were accounted for
    for row in np.flatnonzero(told != ends).tolist():
        if row < known:
            continue
        end = int(np.searchsorted(ends, told[row]))
        is_end[row:end] = False
        is_start[row + 1 : end + 1] = False
        known = end + 1
        if end == len(ends):  # the rest of it was not received yet
            is_start[row] = False
        elif ends[end] != told[row]:
            raise ValueError(f"a row of the COPY stream does not end where it says, {told[row]}")
    return starts[is_start], ends[is_end]
