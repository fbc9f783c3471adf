"""A lock on a whole store, for what must not be done twice at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snapkit.errors import LockedError
from snapkit.store._parts import storing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HELD = frozenset({errno.EACCES, errno.EAGAIN})


@contextmanager
def locked(root: Path, what: str) -> Iterator[None]:
    """Hold a lock of a store's for the length of a block; `kill -9` lets go of it, too.

    Backups need none: each has a folder of its own. Where the file system knows no locks, nobody
    is kept out.

    Args:
        root: The store; made where it is missing. The lock is the file `.<what>.lock` in it, which
            stays: to remove it would let two in.
        what: Who asks, a command's name.

    Raises:
        LockedError: Another run holds it.
        StorageError: The store cannot be made or written.
    """
    path = root / f".{what}.lock"
    with storing(path):
        root.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            if exc.errno in _HELD:
                raise LockedError(
                    f"another snapkit {what} is at work in this store",
                    f"store {root}",
                    "Let it end. Where nights are longer than the time between them, begin fewer.",
                ) from exc
        yield
    finally:
        os.close(lock)
