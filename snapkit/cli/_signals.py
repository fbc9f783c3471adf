"""The signals that ask a command to end: kept until it has begun, exceptions while it works.

Imports and the reading of a command line take 0.2 s. An exception in the middle of either is lost
or misread: typer makes an exit code of KeyboardInterrupt, without a word. A signal that comes so
early is kept, and answered where the command would begin. This module imports little, so that the
handlers are there first.
"""

from __future__ import annotations

import signal
import threading
from contextvars import ContextVar
from enum import Enum, auto
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import TypeAlias

    _Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None

SIGNAL_CODES = 128  # plus the signal's number: what a shell reports of a process that it ended
ASKING_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """SIGTERM, or the end of the terminal.

    Handled like Ctrl-C, by psycopg too, which cancels what the server is doing for us.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = SIGNAL_CODES + number


class _Phase(Enum):
    EARLY = auto()
    WORKING = auto()
    OVER = auto()


class Signals:
    """The handlers of one run; a context manager that puts back those of before.

    Only the first signal counts: the clean-up after it is left alone. Outside of the main thread
    there are no handlers, and nothing ever comes.
    """

    def __init__(self) -> None:
        self._phase = _Phase.EARLY
        self._came: KeyboardInterrupt | None = None
        self._before: dict[int, _Handler] = {}

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        if threading.current_thread() is threading.main_thread():
            for number in ASKING_TO_END:
                before = signal.getsignal(number)
                if before is not signal.SIG_IGN:  # as under nohup
                    self._before[number] = before
                    signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        _current.reset(self._token)

    @property
    def unanswered(self) -> KeyboardInterrupt | None:
        """The signal that came and that no command has answered."""
        return None if self._phase is _Phase.OVER else self._came

    @property
    def has_begun(self) -> bool:
        """Whether there was a command to answer."""
        return self._phase is not _Phase.EARLY

    def begin(self) -> KeyboardInterrupt | None:
        """Let a signal end the work from now on.

        Returns:
            The one that came before, to be answered instead of beginning.
        """
        self._phase = _Phase.WORKING
        return self._came

    def end(self) -> None:
        """Say that the command has given its answer, which a later signal does not change."""
        self._phase = _Phase.OVER

    def _handle(self, number: int, _: FrameType | None) -> None:
        for other in self._before:
            signal.signal(other, signal.SIG_IGN)
        self._came = KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)
        if self._phase is _Phase.WORKING:
            raise self._came


_current: ContextVar[Signals] = ContextVar("signals")


def current_signals() -> Signals:
    """The handlers of the run that goes on."""
    return _current.get()
