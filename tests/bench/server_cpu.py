"""The processor time of a server on this machine.

The postmaster's own, what its children took that have ended, and what those took that have not. A
backend ends with its connection, so all that it did for a command is in the sum soon after.

Source: Linux manual, proc_pid_stat(5).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")  # per second
_PROC = Path("/proc")


def parent_of(process: int) -> int:
    """The process that started this one."""
    return int(_fields(process)[1])


def processor_seconds(postmaster: int) -> float:
    """What a server took since it started, user's and system's [s]."""
    ticks = sum(map(int, _fields(postmaster)[11:15]))
    for place in _PROC.iterdir():
        if place.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
                fields = _fields(int(place.name))
                ticks += sum(map(int, fields[11:13])) if int(fields[1]) == postmaster else 0
    return ticks / _TICK


def _fields(process: int) -> list[str]:
    """The fields from the third on, the state: the second, a name, may hold spaces."""
    text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()
