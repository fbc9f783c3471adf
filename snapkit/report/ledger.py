"""What the index knows of each result file, kept in a cache: only files that changed are read.

A result is kilobytes of JSON, of which the index needs a line. The cache is no source of anything:
an entry counts only while its file has the same inode, size and time of change, and a cache that is
damaged, or of another version, is made anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from snapkit._version import __version__
from snapkit.core.text import visible
from snapkit.errors import SnapkitError, StorageError
from snapkit.report.result import SUFFIX, Outcome, read_result, write_file

if TYPE_CHECKING:
    from pathlib import Path

CACHE = "index.cache.json"  # not hidden: what is hidden here was left by a run that was killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the index says of one result; `fault` says why it cannot be read, and is else empty."""

    stamp: tuple[int, int, int]  # inode, size [bytes], time of change of any kind [ns]
    outcome: Outcome = Outcome.UNCHECKED
    summary: str = ""
    finished_at: str = ""
    seen_at: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    proof: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The reports of one snapshot: a line per notebook, and which of them have a page.

    One that cannot be listed has the reason in `fault`, and nothing else.
    """

    name: str
    lines: Mapping[str, Line]
    pages: frozenset[str]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cache:
    version: str = __version__
    lines: Mapping[str, Line]


def read_folders(out: Path) -> list[Folder]:
    """Read what all result files say, those anew that changed since the last time.

    Args:
        out: The folder `reports/`; it exists.

    Returns:
        One per folder that holds a result or cannot be listed, by name, newest snapshot first.

    Raises:
        StorageError: `out` cannot be listed, or the cache cannot be written.
    """
    known = _read_cache(out)
    try:
        names = _names(out)
    except OSError as exc:
        raise StorageError(
            f"cannot list the reports: {exc.strerror}", str(out), "Make the folder readable."
        ) from exc
    folders = [_folder(out, name, known) for name in names]
    found = [folder for folder in folders if folder.lines or folder.fault]
    lines = {
        f"{folder.name}/{notebook}": line
        for folder in found
        for notebook, line in folder.lines.items()
        if not line.fault  # what cannot be read now may be readable later, with no sign of change
    }
    if lines != known:
        write_file(out / CACHE, msgspec.json.encode(_Cache(lines=lines)))
    return found


def _read_cache(out: Path) -> Mapping[str, Line]:
    try:
        cache = msgspec.json.decode((out / CACHE).read_bytes(), type=_Cache)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return cache.lines if cache.version == __version__ else {}


def _names(out: Path) -> list[str]:
    with os.scandir(out) as entries:
        names = [entry.name for entry in entries if entry.is_dir() and _is_text(entry.name)]
    return sorted(names, reverse=True)


def _is_text(name: str) -> bool:
    """Whether a name can be written in a page; snapkit gives no other names."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folder(out: Path, name: str, known: Mapping[str, Line]) -> Folder:
    """Look into a folder; a result that goes meanwhile, because a new one comes, is left out."""
    lines: dict[str, Line] = {}
    try:
        with os.scandir(out / name) as found:
            entries = sorted(found, key=lambda one: one.name)
    except FileNotFoundError:
        entries = []
    except OSError as exc:  # such as lost+found, which is root's
        return Folder(name=name, lines={}, pages=frozenset(), fault=exc.strerror or str(exc))
    pages = (one.name.removesuffix(".html") for one in entries if one.name.endswith(".html"))
    for entry in entries:
        if entry.name.endswith(SUFFIX) and not entry.name.startswith(".") and _is_text(entry.name):
            notebook = entry.name.removesuffix(SUFFIX)
            with suppress(FileNotFoundError):
                seen = entry.stat()
                stamp = (seen.st_ino, seen.st_size, seen.st_ctime_ns)
                line = known.get(f"{name}/{notebook}")
                if line is None or line.stamp != stamp:
                    line = _line(out / name / entry.name, stamp)
                lines[notebook] = line
    return Folder(name=name, lines=lines, pages=frozenset(pages))


def _line(path: Path, stamp: tuple[int, int, int]) -> Line:
    try:
        result = read_result(path)
    except SnapkitError as exc:
        return Line(stamp=stamp, fault=exc.what)
    place = (f"{result.notebook}{SUFFIX}", result.snapshot_id or path.parent.name)
    if place != (path.name, path.parent.name):
        of = f"{result.notebook} of snapshot {result.snapshot_id}"
        return Line(stamp=stamp, fault=f"it is the result of notebook {visible(of)}, moved here")
    return Line(
        stamp=stamp,
        outcome=result.outcome,
        summary=result.summary,
        finished_at=result.finished_at,
        seen_at=result.seen_at,
        figures=result.figures,
        proof=result.proof,
    )
