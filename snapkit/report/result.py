"""The result of one notebook run: a small JSON file beside the page, which the index is made of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from snapkit.errors import ExitCode, ManifestError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.core.verdict import Verdict

FORMAT = 1
SUFFIX = ".result.json"
FREE_SPACE = "Free some space, or name another folder with --out."


class Outcome(StrEnum):
    """How a notebook run ended: a verdict, one with a reservation, or none because it failed."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNCHECKED = "unchecked"
    FAILED = "failed"
    QUARANTINED = "quarantined"  # every row is accounted for, and some were set aside
    DRIFT = "drift"  # schema, catalog and snapshot do not have the same tables and columns

    @classmethod
    def of(cls, verdict: Verdict) -> Outcome:
        """The outcome of a run that came to a verdict."""
        return cls(verdict.value)

    @property
    def exit_code(self) -> ExitCode:
        """DONE only of a match."""
        return _CODES.get(self, ExitCode.FAILED)


_CODES = {
    Outcome.MATCH: ExitCode.DONE,
    Outcome.MISMATCH: ExitCode.MISMATCH,
    Outcome.QUARANTINED: ExitCode.QUARANTINED,
    Outcome.DRIFT: ExitCode.DRIFT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of thing that was checked, in figures; `target` is the sum of the other three.

    `unit` is what all four count. `section` is the heading of the page's section with the details.
    `outcome` is None where there was nothing to check.
    """

    name: str
    section: str
    unit: str
    target: int
    passed: int
    failed: int
    unchecked: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """A file beside the page, with the figures behind it: size [bytes], digest SHA-256."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one notebook found. Times are UTC, ISO 8601; `seconds` is the whole run [s].

    `facts` are pairs for people, in order; `figures` are the same in numbers that are compared over
    snapshots, by name: rows, sizes [bytes], durations [s]. `problems` are lines, capped, with
    `problem_count` the full number. What a page shows stands here, or in one of `files`.
    `parameters` are those of the run; no secret is among them.
    """

    format: int = FORMAT
    notebook: str
    title: str
    snapshot_id: str
    manifest_digest: str  # SHA-256 of manifest.json; empty where the snapshot could not be opened
    outcome: Outcome
    summary: str  # one sentence
    facts: tuple[tuple[str, str], ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    seen_at: str = ""  # when what a record says was seen in a database; empty where there is none
    proof: str = ""  # what a database was seen to hold: by a drill, a restore, a verification
    checks: tuple[Check, ...] = ()
    problems: tuple[str, ...] = ()
    problem_count: int = 0
    unchecked: tuple[tuple[str, str], ...] = ()
    record: str = ""  # the file beside it with all that was found, and the circumstances
    files: tuple[ResultFile, ...] = ()
    recompute: tuple[str, ...] = ()  # commands for a shell in its folder
    parameters: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""  # of snapkit
    started_at: str
    finished_at: str
    seconds: float


def result_path(folder: Path, notebook: str) -> Path:
    """Where a notebook's result lies.

    Args:
        folder: The snapshot's folder below `reports/`.
        notebook: The notebook's name, without suffix.

    Returns:
        The file's path.
    """
    return folder / f"{notebook}{SUFFIX}"


def clear(
    folder: Path, notebook: str, *, keep: Path | None = None, new: Collection[str] = ()
) -> None:
    """Remove what an earlier run of a notebook left, so that nothing of it is mistaken for new.

    Args:
        folder: The snapshot's folder below `reports/`; it may be missing.
        notebook: The notebook's name; its executed copy stays, because it may be in the making.
        keep: A file that the new run reads.
        new: Names of files that are of the new run.

    Raises:
        StorageError: A file cannot be removed.
    """
    kept = None if keep is None else keep.resolve()
    for path in folder.glob(f"{notebook}.*"):
        if path.suffix == ".ipynb" or path.name in new or path.resolve() == kept:
            continue
        try:
            path.unlink()
        except OSError as exc:
            raise StorageError(
                f"cannot remove {path.name} of an earlier run: {exc.strerror}",
                str(folder),
                "Remove it, or name another folder with --out.",
            ) from exc


def files_beside(folder: Path, notebook: str) -> tuple[ResultFile, ...]:
    """Name the files that a run laid beside its page: tables, pictures, records.

    Args:
        folder: Where they are.
        notebook: The notebook's name.

    Returns:
        All but the page, the executed copy and the result, by name.

    Raises:
        StorageError: One of them cannot be read.
    """
    own = {f"{notebook}.ipynb", f"{notebook}.html", f"{notebook}{SUFFIX}"}
    found = []
    for path in sorted(folder.glob(f"{notebook}.*")):
        if path.name in own or not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except OSError as exc:
            raise StorageError(
                f"cannot read report file {path.name}: {exc.strerror}",
                str(folder),
                "Run snapkit report again.",
            ) from exc
        digest = hashlib.sha256(content).hexdigest()
        found.append(ResultFile(name=path.name, size=len(content), digest=digest))
    return tuple(found)


def write_result(folder: Path, result: Result) -> Path:
    """Write a result; a reader sees the old one or the new one, never a half.

    Args:
        folder: The snapshot's folder below `reports/`; made where it is missing.
        result: What to write.

    Returns:
        The file's path.

    Raises:
        StorageError: The disk is full, or the folder cannot be written.
    """
    text = msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"
    return write_file(result_path(folder, result.notebook), text)


def write_file(path: Path, content: bytes) -> Path:
    """Write a file of a report under a temporary name, then rename it into place.

    Args:
        path: The file; its folder is made where it is missing.
        content: The bytes.

    Returns:
        The path.

    Raises:
        StorageError: The disk is full, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as exc:
        raise StorageError(
            f"cannot write report file {path.name}: {exc.strerror}", str(path.parent), FREE_SPACE
        ) from exc
    return path


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: under a temporary name beside it, then renamed.

    Args:
        path: The file; its folder exists.
        content: The bytes.

    Raises:
        OSError: It cannot be written; what was there before is still there.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def read_result(path: Path) -> Result:
    """Read a result.

    Args:
        path: What `write_result` returned.

    Returns:
        The result.

    Raises:
        ManifestError: It is damaged, or of another format.
        StorageError: It cannot be read.
    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise StorageError(
            f"cannot read report file {path.name}: {exc.strerror}",
            str(path.parent),
            "Run snapkit report again.",
        ) from exc
    try:
        result = msgspec.json.decode(text, type=Result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise ManifestError(
            f"result {path.name} is damaged: {exc}", str(path.parent), "Run snapkit report again."
        ) from exc
    if result.format != FORMAT:
        raise ManifestError(
            f"cannot read a result of format {result.format}",
            str(path),
            "Use the snapkit that wrote it, or run snapkit report again.",
        )
    return result
