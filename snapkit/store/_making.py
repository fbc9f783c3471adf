"""Folders in the making: marked and locked by whoever fills them, swept up once nobody does.

A folder gets a file that marks it, and whoever makes the folder holds an exclusive `flock` on that
file for as long as it lives: `kill -9` lets go of it, too. A marked folder whose lock is free is a
dead one's. Without the mark nothing is touched: a finished snapshot that lost its manifest, or one
that is just being copied here, is no litter.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def claim(mark: Path) -> int | None:
    """Mark a new folder as in the making, and lock it.

    Args:
        mark: The file, in a folder that was made this moment.

    Returns:
        The lock's descriptor, to be closed once the mark is gone; None where somebody swept the
        folder up before it was locked: make it anew.

    Raises:
        OSError: The disk is full or gone.
    """
    try:
        lock = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    with suppress(OSError):  # no locks on this file system: then nothing is swept up, either
        fcntl.flock(lock, fcntl.LOCK_EX)
    if os.fstat(lock).st_nlink:
        return lock
    os.close(lock)
    return None


def sweep(folders: Iterable[Path], mark: str, *, finished: str = "") -> None:
    """Remove folders in the making that no living process holds, as far as that goes.

    Args:
        folders: Where to look; others than those in the making are left alone.
        mark: The name of the file that marks them.
        finished: The name of a file that says that a folder is finished.
    """
    for folder in folders:
        with suppress(OSError):  # in use, another user's, or gone
            _sweep(folder, mark, finished)


def _sweep(folder: Path, mark: str, finished: str) -> None:
    try:
        lock = os.open(folder / mark, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        folder.rmdir()  # empty only where somebody died, or is, between making and marking it
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not (finished and (folder / finished).exists()):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
