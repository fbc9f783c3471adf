"""Work in a process of its own: the kernel stays usable, and what is cancelled leaves nothing.

A job is a `snapkit` command. It is cancelled by SIGTERM, which every command answers as it answers
Ctrl-C, by undoing what it began: see `snapkit.cli`. SIGINT itself would not reach it: a kernel that
is idle ignores it, and so do the processes that it starts. The database's address is in its
environment, never in its arguments, which every user of the machine can read.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from snapkit.lab.actions import Action

_PACKAGE = Path(__file__).resolve().parents[2]
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3})%, ")  # as core/progress says it
_TERMINATED = 128 + signal.SIGTERM  # the exit code of a command that answered SIGTERM
_PATIENCE = 20.0  # for jobs that are cancelled as the kernel ends [s]
SAID_EVERY = "1"  # [s]
# By these a kernel has its children write as to a terminal, with bars that are drawn over and over.
_TERMINALS = frozenset({"FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended. `document` is its JSON; `last` its last line, where it wrote no document."""

    action: Action
    exit_code: int
    document: Mapping[str, Any] = field(default_factory=dict)
    last: str = ""

    @property
    def was_cancelled(self) -> bool:
        """Whether it ended because it was told to."""
        return self.exit_code == _TERMINATED


class Watcher(Protocol):
    """What a job tells; it is called from the job's thread."""

    def said(self, text: str) -> None:
        """A line for people."""

    def ended(self, ended: Ended) -> None:
        """The job is over, and nothing of it is running."""


def percent_of(line: str) -> int | None:
    """Read how far a stage is from a line of progress.

    Args:
        line: What a command said.

    Returns:
        The share [%]; None where the line says none.
    """
    found = _PERCENT.search(line)
    return min(100, int(found[1])) if found else None


_running: weakref.WeakSet[Job] = weakref.WeakSet()


class Job:
    """A command that runs.

    Args:
        action: What to run.
        environment: Its environment; holds the database's address.
        folder: Where it runs.
        watcher: Told of each line, and of the end.
    """

    def __init__(
        self, action: Action, environment: Mapping[str, str], folder: Path, watcher: Watcher
    ) -> None:
        self.action = action
        self._watcher = watcher
        self._is_cancelled = False
        self._found = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when the job has ended
        parts = [str(_PACKAGE), *filter(None, [environment.get("PYTHONPATH")])]
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter, arguments as a list
            [sys.executable, "-P", "-m", "snapkit", *action.arguments, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=self._found,
            stderr=subprocess.PIPE,
            env={
                **{name: value for name, value in environment.items() if name not in _TERMINALS},
                "NO_COLOR": "1",
                "PYTHONPATH": os.pathsep.join(parts),  # this very snapkit, installed or not
                "PYTHONUTF8": "1",
                "SNAPKIT_PROGRESS_SECONDS": SAID_EVERY,
            },
            cwd=folder,
            start_new_session=True,  # an interrupt of the kernel is not meant for it
        )
        _running.add(self)
        threading.Thread(target=self._watch, name="snapkit job", daemon=True).start()

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def cancel(self) -> None:
        """Tell the command to end: it undoes what it began, says so, and ends."""
        if self.is_running:
            self._is_cancelled = True
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Wait for the process.

        Args:
            seconds: How long [s].

        Returns:
            Whether it has ended.
        """
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _watch(self) -> None:
        last = ""
        assert self._process.stderr is not None  # noqa: S101 -- it is a pipe
        with self._process.stderr as said:
            for raw in said:
                line = raw.decode("utf-8", "replace").rstrip()
                if line:
                    last = line
                    self._watcher.said(line)
        code = self._process.wait()
        if self._is_cancelled and code == -signal.SIGTERM:  # before it could answer, and begin
            code = _TERMINATED
        with self._found as file:
            file.seek(0)
            text = file.read()
        try:
            document = json.loads(text) if text else {}
        except ValueError:  # it was killed as it wrote
            document = {}
        self._watcher.ended(
            Ended(
                action=self.action,
                exit_code=code,
                document=document,
                last=last,
            )
        )


def _cancel_all() -> None:
    """As the kernel ends: nothing goes on that nobody watches."""
    jobs = [job for job in _running if job.is_running]
    for job in jobs:
        job.cancel()
    for job in jobs:
        job.wait(_PATIENCE)


atexit.register(_cancel_all)
