"""Progress of long work on standard error: a bar on a terminal, a line per stage elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from snapkit.cli._people import People
from snapkit.core.text import size
from snapkit.workflows.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Display
    from rich.progress import TaskID

    from snapkit.cli._people import Stream


class Shown(Progress, Protocol):
    """What a workflow tells, shown; and stages that are counted, not measured."""

    def stage(self, what: str, done: int, total: int) -> None:
        """One of several stages begins.

        Args:
            what: For people.
            done: How many are done.
            total: How many there are.
        """

    def pause(self) -> None:
        """Clear the line, so that something else can be printed."""


@contextmanager
def shown_progress(stream: Stream, *, quiet: bool) -> Iterator[Shown]:
    """Show progress while a block runs.

    Args:
        stream: Standard error.
        quiet: Whether to show nothing.

    Yields:
        What to hand to a workflow.
    """
    people = People(stream)
    shown: Shown
    if quiet:
        shown = _Nothing()
    elif not people.is_terminal:
        shown = _Lines(people)
    else:
        shown = _Bar(people)
    try:
        yield shown
    finally:
        shown.pause()


class _Nothing(Silent):
    def stage(self, what: str, done: int, total: int) -> None:
        pass

    def pause(self) -> None:
        pass


class _Lines:
    """One line at the beginning of each stage."""

    def __init__(self, people: People) -> None:
        self._people = people

    def begin(self, what: str, total: int) -> None:
        self._people.say(f"{what}, {size(total)}" if total else what)

    def advance(self, amount: int) -> None:
        pass

    def stage(self, what: str, done: int, total: int) -> None:
        self._people.say(f"{what} ({done + 1} of {total})")

    def pause(self) -> None:
        pass


class _Bar:
    """One bar, which begins anew with each stage; drawn only while there is one."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._display: Display | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        self._show(_measured(self._people), what, total or None)

    def advance(self, amount: int) -> None:
        if self._display is not None and self._task is not None:
            self._display.advance(self._task, amount)

    def stage(self, what: str, done: int, total: int) -> None:
        self._show(_counted(self._people), what, total)
        self.advance(done)

    def pause(self) -> None:
        if self._display is not None:
            self._display.stop()
        self._display = self._task = None

    def _show(self, display: Display, what: str, total: int | None) -> None:
        self.pause()
        self._display = display
        self._task = display.add_task(what, total=total)
        display.start()


def _measured(people: People) -> Display:
    from rich import progress  # noqa: PLC0415 -- only terminals need it

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=None),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(compact=True),
        console=people.console,
        transient=True,
    )


def _counted(people: People) -> Display:
    from rich import progress  # noqa: PLC0415 -- only terminals need it

    return progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=None),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=people.console,
        transient=True,
    )
