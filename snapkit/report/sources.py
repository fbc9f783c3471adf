"""What the notebooks read: snapshot, schema, catalog, evidence."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.core.evidence import Evidence, decode
from snapkit.errors import SnapkitError, StorageError, UsageError
from snapkit.pg.target import Target, parse_target, redact
from snapkit.report.parameters import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAKING = "SNAPKIT_MAKING"  # the variable by which the runner says where files are made
PAGES = "SNAPKIT_PAGES"  # and that by which it says which pages will lie beside each other


def reports_root(parameter: str) -> Path:
    """Where reports go: the parameter, else `SNAPKIT_REPORTS`, else `./reports`."""
    return Path(parameter or os.environ.get("SNAPKIT_REPORTS") or "reports")


def page_folder(parameter: str, snapshot_id: str) -> Path:
    """Where a notebook's files go: where the runner makes them, else the snapshot's reports.

    Args:
        parameter: The parameter `out`; empty as in `reports_root`.
        snapshot_id: The snapshot.

    Returns:
        A folder, which may be missing.
    """
    made = os.environ.get(MAKING)
    return Path(made) if made else reports_root(parameter) / snapshot_id


def pages_beside() -> frozenset[Notebook]:
    """The pages that a page may lead to: those that the runner makes, and those it finds there.

    Under plain papermill there are none: a notebook that it executed may lie anywhere.
    """
    named = os.environ.get(PAGES, "").split(",")
    return frozenset(item for item in Notebook if item in named)


def read_evidence(path: Path) -> Evidence:
    """Read the record of a restore, verification or drill.

    Args:
        path: The file.

    Returns:
        The evidence, not yet reviewed.

    Raises:
        StorageError: The file cannot be read.
        ManifestError: It is no evidence.
    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise StorageError(
            f"cannot read the evidence: {exc.strerror}", str(path), "Name a file that exists."
        ) from exc
    return decode(text, str(path))


def target_of(variable: str) -> Target:
    """Read the database's address from an environment variable.

    Args:
        variable: The variable's name.

    Returns:
        The target.

    Raises:
        UsageError: The variable is not set, or its text cannot be read.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        raise UsageError(
            "the variable that should name the database is not set",
            f"environment variable {variable}",
            f"Set it before the run: export {variable}=postgresql://…",
        )
    return parse_target(text, os.environ, {})


@contextmanager
def guarded(secrets: Iterable[str]) -> Iterator[None]:
    """Let no secret out in an exception: a notebook stores what it raises, causes included.

    Args:
        secrets: What must not be shown.

    Raises:
        SnapkitError: What was raised inside, redacted and without its cause.
    """
    known = tuple(secrets)
    try:
        yield
    except SnapkitError as exc:
        error: SnapkitError = exc
        error.args = tuple(_redacted(value, known) for value in exc.args)
        error.what, error.where, error.hint = (
            redact(text, known) for text in (exc.what, exc.where, exc.hint)
        )
    except Exception as exc:  # noqa: BLE001  # whatever it is, its text may hold the password
        error = SnapkitError(
            f"{type(exc).__name__}: {redact(str(exc), known)}",
            "the notebook",
            "This is a fault of snapkit: report it, with this page.",
        )
    else:
        return
    error.__cause__ = error.__context__ = None
    raise error from None


def _redacted(value: object, secrets: tuple[str, ...]) -> object:
    return redact(value, secrets) if isinstance(value, str) else value
