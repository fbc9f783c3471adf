"""Processes that work on one database side by side, each with a connection of its own.

Threads do not help where every row is digested: that loop holds the interpreter.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Generic, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Concatenate

_Told = TypeVar("_Told")
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

_ASKING_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class WorkerPool(Generic[_Told]):
    """Some processes that were all told the same thing once. A context manager.

    At its end it waits for what is being done: nothing of it may happen after that.

    Args:
        jobs: How many processes.
        told: What every function that they run is given first; it is sent to each once.
    """

    def __init__(self, jobs: int, told: _Told) -> None:
        with _signals_kept():
            self._executor = ProcessPoolExecutor(
                max_workers=jobs,
                mp_context=get_context("spawn"),  # a fork would share the leader's connection
                initializer=_start,
                initargs=(told,),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def submit_all(
        self,
        function: Callable[Concatenate[_Told, _Given], _Found],
        *given: tuple[object, ...],
    ) -> list[Future[_Found]]:
        """Have a function run once for each of these arguments, in this order.

        Args:
            function: Of a module, so that another process finds it.
            given: The arguments that follow what was told.

        Returns:
            What comes of each. `BrokenProcessPool` says that a process died.
        """
        with _signals_kept():  # the first task starts the processes
            return [self._executor.submit(_run, function, arguments) for arguments in given]


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep signals until the end of the block; processes begun in it keep them, too.

    A terminal sends Ctrl-C to every process. One that imports just then would print a traceback,
    and the tracker of semaphores, once gone, prints one for each that it no longer knows.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING_TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """What a worker process knows."""

    told: object = None


def _start(told: object) -> None:
    for number in (signal.SIGINT, signal.SIGHUP):  # the leader's to handle
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKING_TO_END)
    threading.Thread(target=_end_with_the_leader, daemon=True).start()
    atexit.register(gc.freeze)  # as in snapkit.cli.main
    _Worker.told = told


def _end_with_the_leader() -> None:
    """End once the leader is gone, killed perhaps: the queue of tasks would be waited for for ever.

    Every worker holds both ends of that queue, so that no end of it is ever seen.
    """
    leader = parent_process()
    if leader is not None:
        leader.join()
        os._exit(1)


def _run(function: Callable[..., _Found], given: tuple[object, ...]) -> _Found:
    return function(_Worker.told, *given)
