"""Reports are made in a hidden folder beside the finished ones and put in place when all are done.

An interrupted run changes nothing: what earlier runs finished stays, page by page, as it was. So
does a run that cannot write, and one whose process is killed: the next one removes what it left. A
run that came to its end, passed or failed, replaces the pages of its notebooks: an older page that
passed is never left to be mistaken for the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.errors import StorageError
from snapkit.report.result import FREE_SPACE, SUFFIX, clear, result_path
from snapkit.store import claim, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = ".lock"


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
    with ExitStack() as stack:
        stack.callback(_remove_empty, missing)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            made = stack.enter_context(lent_folder(folder, ".making-"))
        except OSError as exc:
            raise StorageError(
                f"cannot make a folder for the report: {exc.strerror}", str(folder), FREE_SPACE
            ) from exc
        yield made


@contextmanager
def lent_folder(place: Path, prefix: str) -> Iterator[Path]:
    """Lend a folder of a random name, once those that killed runs left beside it are gone.

    Args:
        place: Where to make it.
        prefix: What its name begins with; nobody else's may.

    Yields:
        The folder; it is gone afterwards.

    Raises:
        OSError: It cannot be made.
    """
    sweep(place.glob(f"{prefix}*"), _LOCK)
    made, lock = _locked_folder(place, prefix)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _locked_folder(place: Path, prefix: str) -> tuple[Path, int]:
    while True:
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        try:
            lock = claim(made / _LOCK)
        except OSError:
            made.rmdir()
            raise
        if lock is not None:
            return made, lock


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
