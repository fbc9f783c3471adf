"""The rows of a COPY TO STDOUT, taken from the connection's socket beneath libpq.

`PQgetCopyData` gives one row a call, and the calls cost more than all that is done with the rows.
Here the server's messages are taken as they lie in the socket, thousands of rows at once, and only
they: whatever lies there is looked at (`MSG_PEEK`) before it is taken, so that what follows the
rows, the command's end or an error, is left for libpq, which never hears of the rows. On an
encrypted connection what lies in the socket is no message, and `PQgetCopyData` does it as ever.

Source: PostgreSQL manual, Message Flow, COPY Operations; recv(2).
"""

from __future__ import annotations

import os
import select
import socket
import time
from typing import TYPE_CHECKING, Self

from snapkit.core.copy_messages import (
    COPY_DATA,
    COPY_OUT,
    HEADER_BYTES,
    Messages,
    message_bytes,
    split_messages,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from psycopg.pq.abc import PGconn

BUFFER_BYTES = 512 * 1024
_ENOUGH_BYTES = BUFFER_BYTES // 2  # for a batch
_LONG_BYTES = 32 * 1024  # a row that is read to its end, and not looked at with each piece of it
_PAUSE_SECONDS = 0.001
_GONE = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class CopyStream:
    """The answer to one COPY TO STDOUT. A context manager.

    Args:
        pgconn: libpq's connection; the statement was sent, and nothing of its answer was read.
    """

    def __init__(self, pgconn: PGconn) -> None:
        self._socket = socket.socket(fileno=os.dup(pgconn.socket))
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN | getattr(select, "POLLRDHUP", 0))
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._size = 0  # of the row that was begun, as far as it was taken
        self._has_ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def begin(self) -> bool:
        """Wait for the answer.

        Returns:
            Whether rows come. Otherwise nothing was taken, and libpq has to read the answer, which
            is an error, or encrypted.
        """
        while (came := self._peek()) < HEADER_BYTES:
            if not came or self._buffer[:1] != COPY_OUT or self._is_gone():
                return False
        if self._buffer[:1] != COPY_OUT:
            return False
        return self._take(self._view[: message_bytes(self._buffer)])

    def batches(self) -> Iterator[list[bytes]]:
        """Take the rows.

        They end with CopyDone; early where the server has something else to say or the connection
        broke, and libpq then says what it is.

        Yields:
            Rows without their newlines, some 256 KB of them; more where a row is that long.
        """
        lines: list[bytes] = []
        size = 0
        while not self._has_ended:
            found = self._receive()
            lines += found.lines
            size += found.used
            if self._begins_long_row():
                lines += self._long_row()
                size = _ENOUGH_BYTES
            if lines and (size >= _ENOUGH_BYTES or self._has_ended):
                yield lines
                lines, size = [], 0

    def _receive(self) -> Messages:
        """Take what lies in the socket, as far as it belongs to the COPY."""
        came = self._peek()
        seen = self._size + came
        found = split_messages(self._buffer, seen)
        self._has_ended = not came or bool(found.other)
        if came and found.belongs == self._size and not self._has_ended:  # less than a message
            self._has_ended = seen == BUFFER_BYTES or self._is_gone()
        if found.belongs > self._size:
            self._take(self._view[self._size : found.belongs])
        self._keep(found)
        return found

    def _keep(self, found: Messages) -> None:
        """Keep the row that was begun."""
        rest = self._buffer[found.used : found.belongs]
        self._buffer[: len(rest)] = rest
        self._size = len(rest)

    def _begins_long_row(self) -> bool:
        return (
            self._size >= HEADER_BYTES
            and self._buffer[:1] == COPY_DATA
            and message_bytes(self._buffer) > _LONG_BYTES
        )

    def _long_row(self) -> list[bytes]:
        """Read the row that was begun to its end: nothing else can come before that."""
        message = bytearray(message_bytes(self._buffer))
        message[: self._size] = self._view[: self._size]
        with memoryview(message) as view:
            self._has_ended = not self._take(view[self._size :])
            self._size = 0
            return [] if self._has_ended else [bytes(view[HEADER_BYTES:-1])]

    def _peek(self) -> int:
        """Look at what comes next, and wait until there is something; 0 at the end."""
        while True:
            try:
                return self._socket.recv_into(self._view[self._size :], 0, socket.MSG_PEEK)
            except BlockingIOError:
                self._poll.poll()
            except ConnectionError:
                return 0

    def _take(self, view: memoryview) -> bool:
        """Fill a part of memory; False where the connection broke before it was full."""
        while len(view):
            try:
                taken = self._socket.recv_into(view)
            except BlockingIOError:
                self._poll.poll()
                continue
            except ConnectionError:
                taken = 0
            if not taken:
                return False
            view = view[taken:]
        return True

    def _is_gone(self) -> bool:
        """Whether the server has gone, asked in a moment: more may be under way."""
        time.sleep(_PAUSE_SECONDS)
        return any(events & _GONE for _, events in self._poll.poll(0))
