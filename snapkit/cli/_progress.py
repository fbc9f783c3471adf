"""Progress of long work on standard error: a bar on a terminal, a line per stage elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from snapkit.cli._people import People
from snapkit.cli._text import size
from snapkit.workflows.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from snapkit.cli._people import Stream


@contextmanager
def shown_progress(stream: Stream, *, quiet: bool) -> Iterator[Progress]:
    """Show progress while a block runs.

    Args:
        stream: Standard error.
        quiet: Whether to show nothing.

    Yields:
        What to hand to a workflow.
    """
    people = People(stream)
    if quiet:
        yield SILENT
    elif not people.console.is_terminal or people.console.is_dumb_terminal:
        yield Lines(people)
    else:
        display = _bars(people)
        try:
            yield Bar(display)
        finally:
            display.stop()


class Lines:
    """One line at the beginning of each stage."""

    def __init__(self, people: People) -> None:
        self._people = people

    def begin(self, what: str, total: int) -> None:
        """Say what begins.

        Args:
            what: For people.
            total: How much there is to do [bytes]; 0 where unknown.
        """
        self._people.say(f"{what}, {size(total)}" if total else what)

    def advance(self, amount: int) -> None:
        """Say nothing."""


class Bar:
    """One bar, which begins anew with each stage."""

    def __init__(self, display: RichProgress) -> None:
        self._display = display
        self._stage: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        """Begin anew.

        Args:
            what: For people.
            total: How much there is to do [bytes]; 0 where unknown.
        """
        if self._stage is None:
            self._display.start()  # only now: what is printed before must not meet the bar
        else:
            self._display.remove_task(self._stage)
        self._stage = self._display.add_task(what, total=total or None)

    def advance(self, amount: int) -> None:
        """Move the bar.

        Args:
            amount: What was done [bytes].
        """
        if self._stage is not None:
            self._display.advance(self._stage, amount)


def _bars(people: People) -> RichProgress:
    from rich.progress import (  # noqa: PLC0415 -- only terminals need it
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Display  # noqa: PLC0415 -- see above

    return Display(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        console=people.console,
        transient=True,
    )


@contextmanager
def shown_stages(stream: Stream, *, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show which of several stages runs.

    Args:
        stream: Standard error.
        quiet: Whether to show nothing.

    Yields:
        A function of the stage's name, how many are done and how many there are.
    """
    people = People(stream, quiet=quiet)
    if quiet or not people.console.is_terminal or people.console.is_dumb_terminal:
        yield lambda name, done, total: people.say(f"{name} ({done + 1} of {total})")
        return
    with people.console.status("") as status:
        yield lambda name, done, total: status.update(f"{name} ({done + 1} of {total})")
