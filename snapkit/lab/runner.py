"""Progress, outcome and the way to cancel of one command at a time."""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, TypeVar

import ipywidgets as widgets

from snapkit.errors import UsageError
from snapkit.lab.jobs import Ended, Job, percent_of
from snapkit.lab.outcomes import Told, Tone, safe_text, tell
from snapkit.lab.parts import Message, button

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.lab.actions import Action
    from snapkit.lab.databases import Database
    from snapkit.lab.state import State

_T = TypeVar("_T")
_LINES = 200  # of the log
_WHOLE = 100


class Runner:
    """Runs commands, one at a time. Its widgets are updated from the job's thread.

    Args:
        state: Knows where commands run.
        buttons: Those that begin something: they rest while something runs.
    """

    def __init__(self, state: State, buttons: tuple[widgets.Button, ...]) -> None:
        self._state = state
        self._buttons = buttons
        self._idle = threading.Lock()  # held while something runs
        self._job: Job | None = None
        self._then: Callable[[Ended], None] | None = None
        self._lines: deque[str] = deque(maxlen=_LINES)
        self.bar = widgets.IntProgress(
            description="Progress", min=0, max=_WHOLE, layout={"width": "16rem"}
        )
        self.cancel = button("Cancel", "Interrupt it: what it began is undone", style="warning")
        self.line = widgets.HTML()
        self.result = Message()
        self.log = widgets.HTML()
        self._live = widgets.HBox([self.bar, self.cancel, self.line])
        self._live.layout.display = "none"
        self.box = widgets.VBox([self._live, self.result, self.log])
        self.cancel.on_click(lambda _: self._cancel())

    def prepare(self, words: str, work: Callable[[], _T], then: Callable[[_T], None]) -> None:
        """Do what goes before a command, in a thread; nothing else begins meanwhile.

        Args:
            words: What is done, for people.
            work: What takes long.
            then: Is given what came of it, in that thread.

        Raises:
            UsageError: Something runs already.
        """
        self._occupy()
        self.result.say(Told(tone=Tone.BUSY, headline=words))

        def find() -> _T:
            try:
                return work()
            finally:
                self._rest()

        self.result.beside(find, then)

    def start(
        self,
        action: Action,
        database: Database | None = None,
        then: Callable[[Ended], None] | None = None,
    ) -> None:
        """Begin a command.

        Args:
            action: What to run.
            database: What it works on, if on any.
            then: Is given how it ended, in the thread of the job.

        Raises:
            UsageError: Something runs already.
        """
        self._occupy()
        self._then = then
        self._lines.clear()
        self.bar.value = 0
        self.cancel.disabled = False
        self._live.layout.display = ""
        self.log.value = ""
        self._say(f"{action.title} …")
        self.result.say(Told(tone=Tone.BUSY, headline=f"{action.title} is running"))
        environment = dict(os.environ) if database is None else database.environment(os.environ)
        try:
            self._job = Job(action, environment, self._state.folder, self)
        except BaseException:
            self._rest()
            raise

    def said(self, text: str) -> None:
        """Show a line of the command."""
        self._lines.append(text)
        self._say(text)
        share = percent_of(text)
        if share is not None:
            self.bar.value = share

    def ended(self, ended: Ended) -> None:
        """Show how it ended."""
        self.result.attempt(lambda: self.result.say(tell(ended)))
        log = "\n".join(map(safe_text, self._lines))
        if log:
            self.log.value = (
                f'<details class="snapkit-log"><summary>What it said</summary><pre>{log}</pre>'
                "</details>"
            )
        then, self._then = self._then, None  # before another command may begin
        self._rest()
        if then is not None:
            self.result.attempt(lambda: then(ended))

    def _cancel(self) -> None:
        if self._job is not None:
            self.cancel.disabled = True
            self._say("Cancelling: what was begun is being undone …")
            self._job.cancel()

    def _say(self, text: str) -> None:
        self.line.value = f'<p class="snapkit-line" role="status">{safe_text(text)}</p>'

    def _occupy(self) -> None:
        if not self._idle.acquire(blocking=False):  # two clicks may come before a button rests
            raise UsageError(
                "a command is running already",
                "the workbench",
                "Wait until it has ended, or cancel it.",
            )
        for one in self._buttons:
            one.disabled = True

    def _rest(self) -> None:
        self._live.layout.display = "none"
        for one in self._buttons:
            one.disabled = False
        self._idle.release()
