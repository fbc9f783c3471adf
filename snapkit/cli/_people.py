"""What people read: text on one stream, plain where that stream is not a terminal.

A reader that goes away (`| head`) ends the output, never the work: a restore does not stop in the
middle because nobody reads its plan.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from snapkit.cli._text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from snapkit.cli._tables import Column, Line, Section

_USUAL = 80  # the width of a page of text [cells]
_NARROWEST = 20


class Stream:
    """One of the process's output streams, which may be closed at any time."""

    def __init__(self, file: TextIO | None, name: str) -> None:
        self.name = name
        if isinstance(file, io.TextIOWrapper):  # a terminal may lack letters; no run ends of that
            file.reconfigure(errors="backslashreplace")
        self._file = file  # None where the process was started without it
        self.is_broken = False  # the reader went away

    @property
    def file(self) -> TextIO:
        """The stream, or a hole."""
        if self._file is None or self.is_broken:
            return _hole()
        return self._file

    def can_write(self, text: str) -> bool:
        """Whether every letter of a text is in the stream's encoding."""
        try:
            text.encode(self.file.encoding or "ascii")
        except UnicodeEncodeError:
            return False
        return True

    def write(self, text: str) -> None:
        """Write text and flush it.

        Args:
            text: With its newlines.

        Raises:
            OSError: The stream's disk is full.
        """
        with self.telling():
            self.file.write(text)
            self.file.flush()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Stop writing where the reader went away; say which stream it is where the disk is full.

        Raises:
            OSError: The stream's disk is full; its file name is that of the stream.
        """
        try:
            yield
        except BrokenPipeError:
            self.break_off()
        except OSError as error:
            self.break_off()
            raise OSError(error.errno, error.strerror, self.name) from error

    def break_off(self) -> None:
        """Stop writing: at exit, Python would flush what is left, fail again and complain."""
        self.is_broken = True
        with suppress(OSError, ValueError, AttributeError):
            descriptor = os.open(os.devnull, os.O_WRONLY)
            os.dup2(descriptor, self._file.fileno())  # type: ignore[union-attr]  # suppressed
            os.close(descriptor)


_holes: list[TextIO] = []


def _hole() -> TextIO:
    if not _holes:
        _holes.append(open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 -- kept open
    return _holes[0]


class People:
    """Prints for people.

    Args:
        stream: Where to; standard output, or standard error where output is JSON.
        quiet: Whether to say nothing.
    """

    def __init__(self, stream: Stream, *, quiet: bool = False) -> None:
        self._stream = stream
        self.quiet = quiet

    @cached_property
    def console(self) -> Console:
        """The console of rich on the stream."""
        from rich.console import Console  # noqa: PLC0415 -- 50 ms, and not every run prints

        class Patient(Console):
            """A console whose reader may go away: rich itself would end the process."""

            def on_broken_pipe(self) -> None:
                """Leave it to us."""
                raise BrokenPipeError

        return Patient(
            file=self._stream.file,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=True,  # lines are wrapped here, with their indentation
        )

    @cached_property
    def is_terminal(self) -> bool:
        """Whether someone looks at a terminal that can do more than print lines."""
        if not self._stream.file.isatty() and not os.environ.get("FORCE_COLOR"):
            return False  # without importing rich: most runs are a scheduler's
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def width(self) -> int:
        """Of the terminal; 80 where there is none, or what COLUMNS says [cells]."""
        if self.is_terminal:
            return self.console.width
        columns = os.environ.get("COLUMNS", "")
        return max(_NARROWEST, int(columns)) if columns.isdecimal() else _USUAL

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line as it is.

        Args:
            text: Made visible already, and short enough.
            style: rich's style; nothing of it shows outside a terminal.
        """
        if self.quiet:
            return
        if not self.is_terminal:
            self._stream.write(f"{text}\n")
            return
        from rich.text import Text  # noqa: PLC0415 -- see above

        with self._stream.telling():
            self.console.print(Text(text, style=style))
            self._stream.file.flush()
        self.quiet = self._stream.is_broken

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines as they are."""
        for item in lines:
            self.line(item.text, item.style)

    def say(self, text: str, prefix: str = "", style: str = "") -> None:
        """Print a text, wrapped; names in it may be hostile.

        Args:
            text: Wrapped to the width.
            prefix: Stands before the first line; the others are aligned with it.
            style: rich's style.
        """
        if self.quiet:
            return
        from snapkit.cli._tables import hanging  # noqa: PLC0415 -- imports rich

        for line in hanging(prefix, text, self.width):
            self.line(line, style)

    def block(self, text: str) -> None:
        """Print several lines as they are, such as a caret under a line of source."""
        for line in text.splitlines():
            self.line(visible(line))

    def table(
        self,
        columns: tuple[Column, ...],
        sections: Iterable[Section],
        total: tuple[str, ...] = (),
    ) -> None:
        """Print a table.

        Args:
            columns: Titles, and how to treat each column.
            sections: The rows.
            total: A last row, set off.
        """
        if self.quiet:
            return
        from snapkit.cli._tables import table  # noqa: PLC0415 -- imports rich

        self.lines(table(columns, sections, width=self.width, total=total))


def standard_output() -> Stream:
    """Standard output as it is now, or a hole."""
    return Stream(sys.stdout, "standard output")


def standard_error() -> Stream:
    """Standard error as it is now, or a hole."""
    return Stream(sys.stderr, "standard error")
