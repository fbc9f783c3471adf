"""Run one command and tell what it took: `python -I -S waiter.py PROGRAM ARGUMENT …`.

A process of its own, and a small one: a child begins with its parent's peak memory, so what is
started by a large process never seems smaller than that. Descendants whose parent did not wait for
them become this one's children (a subreaper's), so that each is waited for by its parent or here.

Prints the exit code, the time until the command ended [s], the processor time of all its processes
[s], and the largest resident set that any one of them had at any time [KiB].

Source: Linux manual, getrusage(2) and wait4(2), whose ru_maxrss is that of the process waited for
or of the largest of its own children that it waited for; PR_SET_CHILD_SUBREAPER(2const).
"""

from __future__ import annotations

import ctypes
import os
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> None:
    """Run it, silent on standard output; what it writes to standard error goes through."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            os.execv(command[0], command)
        finally:
            os._exit(127)
    code, seconds, processor, peak = -1, 0.0, 0.0, 0
    while True:
        try:
            ended, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            seconds = time.perf_counter() - start
        processor += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
    print(code, seconds, processor, peak)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main(sys.argv[1:])
