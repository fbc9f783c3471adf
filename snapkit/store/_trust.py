"""Whose snapshots are: a store signs what it writes, with a secret that no snapshot holds.

DDL runs with the rights of whoever restores it, so that it matters who wrote it. A store has a
secret, 32 random bytes in a file of its own; beside each manifest lies an HMAC-SHA-256 of the
manifest's bytes by that secret. The manifest names the digest of every other file. A copy of the
store has the secret, too; a snapshot that was moved into another store is a stranger there.

Source: RFC 2104.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from snapkit.errors import ManifestError
from snapkit.store._parts import open_plain

if TYPE_CHECKING:
    from pathlib import Path

SECRET = ".secret"  # noqa: S105 -- a file's name
SIGNATURE = "manifest.hmac"
_HEX = re.compile(rb"[0-9a-f]{64}")  # what both files hold
_HEX_BYTES = 64


def signed(root: Path, manifest: bytes) -> bytes | None:
    """Sign a manifest with the store's secret, which is made where there is none.

    Args:
        root: The store.
        manifest: Its bytes.

    Returns:
        64 hex digits; None where the secret is another user's, or others could know it.

    Raises:
        OSError: The disk is full or gone.
    """
    with suppress(PermissionError):  # another user's: the backup is worth having all the same
        _make_secret(root / SECRET)
    secret, _ = _secret(root)
    return _hmac(secret, manifest) if secret else None


def doubt(root: Path, folder: Path, manifest: bytes) -> str:
    """Say why a store cannot tell that it wrote a snapshot.

    Args:
        root: The store.
        folder: The snapshot's.
        manifest: The manifest's bytes, as they were read.

    Returns:
        The reason, for people; empty where it wrote it.
    """
    try:
        with open_plain(folder / SIGNATURE) as file:
            found = file.read(_HEX_BYTES + 1)
    except ManifestError:
        return f"it has no {SIGNATURE}: another tool made it, or an earlier snapkit"
    secret, problem = _secret(root)
    if not secret:
        return problem
    if not hmac.compare_digest(_hmac(secret, manifest), found):
        return f"its {SIGNATURE} is not this store's: it came from another one, or was changed"
    return ""


def _hmac(secret: bytes, manifest: bytes) -> bytes:
    return hmac.digest(secret, manifest, "sha256").hex().encode()


def _secret(root: Path) -> tuple[bytes, str]:
    """The secret, or nothing and the reason."""
    try:
        with open_plain(root / SECRET) as file:
            found, secret = os.fstat(file.fileno()), file.read(_HEX_BYTES + 1)
        owners = {os.geteuid(), root.stat().st_uid}
    except (OSError, ManifestError):
        return b"", f"the store's secret, {root / SECRET}, is missing or cannot be read"
    if found.st_uid not in owners or stat.S_IMODE(found.st_mode) & 0o077:
        return b"", f"others could know the store's secret: chmod 600 {root / SECRET}"
    if not _HEX.fullmatch(secret):
        return b"", f"the store's secret, {root / SECRET}, is damaged"
    return bytes.fromhex(secret.decode()), ""


def _make_secret(path: Path) -> None:
    """Write a secret where there is no whole one: two first backups at once agree on one."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        with suppress(OSError):  # no locks on this file system: only two first backups could meet
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_size != _HEX_BYTES:  # new, or its disk was full
            os.ftruncate(descriptor, 0)
            os.write(descriptor, os.urandom(_HEX_BYTES // 2).hex().encode())
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
