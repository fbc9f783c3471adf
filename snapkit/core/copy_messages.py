"""The messages of a COPY TO STDOUT: rows out of the bytes that the server sends.

Each row comes as one CopyData message: the letter `d`, a length of four bytes that counts itself,
and the row's COPY text line with its newline. CopyDone ends them.

Source: PostgreSQL manual, Message Formats; Message Flow, COPY Operations ("always one per row").
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

HEADER_BYTES = 5
COPY_DATA, COPY_DONE, COPY_OUT = b"d", b"c", b"H"
PASSED_OVER = (b"N", b"S", b"A")  # notices, parameters, notifications: at any time
_length_at = Struct(">I").unpack_from
_header_at = Struct(">cI").unpack_from


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages at the beginning of some bytes.

    Attributes:
        lines: The rows that are whole, without their newlines.
        used: How much the whole messages take, those that were passed over among them [bytes].
        belongs: How much belongs to the COPY: also the row that was begun [bytes].
        other: The letter of the message that comes then and is none of a COPY's; COPY_DONE where
            the rows ended, which is used up; empty where the rows go on.
    """

    lines: list[bytes]
    used: int
    belongs: int
    other: bytes = b""


def message_bytes(data: bytes | bytearray) -> int:
    """How long the first message is, its letter included [bytes]."""
    return 1 + int(_length_at(data, 1)[0])


def split_messages(data: bytes | bytearray, size: int) -> Messages:
    """Take message after message.

    Args:
        data: Begins with a message.
        size: How much of it was received [bytes].

    Returns:
        The rows up to the first message that is not whole, or that no COPY sends.
    """
    text = bytes(memoryview(data)[:size])  # one copy of all, where a bytearray would make two each
    lines: list[bytes] = []
    place = 0
    while place + HEADER_BYTES <= size:
        letter, length = _header_at(text, place)
        end = place + 1 + length
        if letter == COPY_DATA:
            if end > size:
                break
            lines.append(text[place + HEADER_BYTES : end - 1])
        elif letter == COPY_DONE:
            return Messages(lines, end, end, COPY_DONE)
        elif letter not in PASSED_OVER:
            return Messages(lines, place, place, letter)
        elif end > size:
            break
        place = end
    begins_row = text[place : place + 1] == COPY_DATA
    return Messages(lines, place, size if begins_row else place)
