"""Private folders for scratch servers: locked while in use, swept up when nobody uses them.

A home is `snapkit-pg-XXXXXXXX/` with a `lock` file in it, which gets that name once it is locked: a
file of that name that nobody holds is a dead one's. Whoever uses the home holds an exclusive
`flock` on that file and hands the descriptor on to the server. So the lock outlives a parent that
was killed for as long as one server process runs, and no longer; no process ids are compared.

PostgreSQL refuses to run as root. There, the server runs as `nobody`, with a group number that is
drawn at random: the home belongs to root and lets only that group through, so that other processes
of `nobody` stay outside.
"""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from snapkit.errors import DatabaseError

PREFIX = "snapkit-pg-"
_LOCK = "lock"
_HALF_MADE = 3600  # to make a home takes an instant [s]
_GROUPS = range(60001, 61184)  # neither Debian nor systemd hands these out, and containers map them


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that a server runs as when root starts it."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """Choose who runs the server: nobody else than us, except where we are root.

    Returns:
        None for an ordinary user; for root, `nobody` with a group number that nobody has.

    Raises:
        DatabaseError: There is no user `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        uid = pwd.getpwnam("nobody").pw_uid
    except KeyError as error:
        raise DatabaseError(
            'no user "nobody", as whom the embedded PostgreSQL could run',
            "/etc/passwd",
            "PostgreSQL refuses to run as root: run snapkit as an ordinary user.",
        ) from error
    taken = {group.gr_gid for group in grp.getgrall()}
    return Account(uid, secrets.choice([number for number in _GROUPS if number not in taken]))


def is_open_to_all(folder: Path) -> bool:
    """Whether every user may walk through `folder` and all folders above it."""
    real = folder.resolve()
    return all(place.stat().st_mode & 0o001 for place in (real, *real.parents))


@dataclass(frozen=True, slots=True)
class Home:
    """One private folder. `inner` belongs to the server's user; `lock` is the lock's descriptor."""

    path: Path
    inner: Path
    lock: int

    @classmethod
    def make(cls, parent: Path, account: Account | None) -> Home:
        """Make and lock a home.

        Args:
            parent: The folder to make it in; it must exist.
            account: Who runs the server, None for ourselves.

        Returns:
            The home, ready for use.

        Raises:
            OSError: The folder cannot be written.
        """
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
        unlocked = path / f"{_LOCK}.new"
        lock = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unlocked.rename(path / _LOCK)
            inner = path / "pg"
            inner.mkdir(mode=0o700)
            if account is not None:
                os.chown(path, -1, account.gid)
                path.chmod(0o710)
                os.chown(inner, account.uid, account.gid)
        except OSError:
            os.close(lock)
            shutil.rmtree(path, ignore_errors=True)
            raise
        return cls(path, inner, lock)

    def remove(self) -> None:
        """Delete the folder and let go of the lock; the server must have ended."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Let go of our share of the lock; a server that still runs keeps its own."""
        with suppress(OSError):
            os.close(self.lock)


def clean_stale(root: Path) -> tuple[Path, ...]:
    """Delete the homes in `root` that no living process holds.

    Only a machine that went down, or a server that was itself killed, leaves one.

    Args:
        root: The folder to look in; deeper folders are left alone.

    Returns:
        The folders deleted.
    """
    removed = []
    for path in sorted(root.glob(f"{PREFIX}*")):
        try:
            found = path.stat()
        except OSError:  # already gone
            continue
        try:
            if found.st_uid != os.geteuid():
                continue
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:  # half made, perhaps by somebody who was killed, or already gone
            if path.is_dir() and time.time() - found.st_mtime > _HALF_MADE:
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
            continue
        except OSError:  # another user's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path)
        except BlockingIOError:  # in use
            continue
        finally:
            os.close(lock)
    return tuple(removed)
