"""What the runner and the process that runs one notebook say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snapkit.errors import SnapkitError, StorageError
from snapkit.report.parameters import Notebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One notebook to run. `siblings` are the pages that will lie beside its own.

    Its files are written into `made`, and renamed into `folder` by the runner once all is done.
    """

    notebook: Notebook
    source: str  # the notebook's path
    made: str  # the folder to write into
    folder: str  # the snapshot's folder below `reports/`
    private: str  # the runner's temporary folder: the kernel's sockets and what they are found by
    snapshot_id: str
    manifest_digest: str
    parameters: Mapping[str, Any]
    siblings: tuple[Notebook, ...]
    browser: str = ""  # prints the page as PDF; empty prints none


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error that went from one process to the other."""

    what: str
    where: str
    hint: str
    is_storage: bool

    @classmethod
    def of(cls, error: SnapkitError) -> Failure:
        """Take what an error says."""
        return cls(
            what=error.what,
            where=error.where,
            hint=error.hint,
            is_storage=isinstance(error, StorageError),
        )

    def error(self) -> SnapkitError:
        """The error, to be raised again."""
        kind = StorageError if self.is_storage else SnapkitError
        return kind(self.what, self.where, self.hint)
