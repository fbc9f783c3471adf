"""Reports are made in a hidden folder beside the finished ones and put in place when all are done.

An interrupted run changes nothing: what earlier runs finished stays, page by page, as it was. So
does a run that cannot write, and one whose process is killed. A run that came to its end, passed or
failed, replaces the pages of its notebooks: an older page that passed is never left to be mistaken
for the new one.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.errors import StorageError
from snapkit.report.result import FREE_SPACE, SUFFIX, clear, result_path

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Lend a hidden folder to make files in; it is gone afterwards, whatever happened.

    Args:
        folder: The snapshot's folder below `reports/`; made where it is missing, and removed again
            where nothing was put into it.

    Yields:
        A folder on the same file system, so that files can be renamed out of it.

    Raises:
        StorageError: The disk is full, or the folder cannot be written.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lent = tempfile.TemporaryDirectory(
            prefix=".making-", dir=folder, ignore_cleanup_errors=True
        )
    except OSError as exc:
        _remove_empty(missing)
        raise StorageError(
            f"cannot make a folder for the report: {exc.strerror}", str(folder), FREE_SPACE
        ) from exc
    try:
        with lent as name:
            yield Path(name)
    finally:
        _remove_empty(missing)


def _remove_empty(folders: list[Path]) -> None:
    """Remove those of the folders, innermost first, that hold nothing."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def put_in_place(made: Path, folder: Path, notebook: str, *, keep: Path | None = None) -> None:
    """Replace what an earlier run of a notebook left by what a new one made.

    The old result goes first and the new one comes last: whatever ends this half-way, no page has
    a result that is not its own.

    Args:
        made: What `making` lent; holds the new files.
        folder: The snapshot's folder below `reports/`.
        notebook: The notebook's name.
        keep: A file of the user's that is not to be removed; a new one of its name replaces it.

    Raises:
        StorageError: A file cannot be removed or renamed.
    """
    new = sorted(made.glob(f"{notebook}.*"), key=lambda path: path.name.endswith(SUFFIX))
    try:
        result_path(folder, notebook).unlink(missing_ok=True)
        for path in new:
            path.replace(folder / path.name)
    except OSError as exc:
        raise StorageError(
            f"cannot replace the report {notebook}: {exc.strerror}",
            str(folder),
            "Make its files writable, or name another folder with --out.",
        ) from exc
    clear(folder, notebook, keep=keep, new={path.name for path in new})
