"""The site: the index of all reports, made of the small result files beside the pages.

It says first how old the newest proven snapshot is, then how snapshots grew, then has a row for
each. It runs no script: its filter is a rule of its style sheet. What it says of ages holds for the
moment it was written, which it names: a page that lies there does not count on.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from snapkit._version import __version__
from snapkit.core.text import counted, visible
from snapkit.errors import StorageError
from snapkit.report.figures import Line as Curve
from snapkit.report.figures import lines
from snapkit.report.ledger import Folder, Line, read_folders
from snapkit.report.pages import style
from snapkit.report.parameters import OF_ONE_SNAPSHOT, Notebook
from snapkit.report.result import FREE_SPACE, SUFFIX, Outcome, write_file
from snapkit.report.tables import TEMPLATES, mark
from snapkit.report.text import seconds_text, size_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

INDEX = "index.html"
_LEAST = 2  # points that make a line
_STAMP, _STAMP_LENGTH = "%Y%m%d_%H%M%S", 15  # what the id of a snapshot begins with, UTC
_PROOF = Notebook.RESTORE_VERIFICATION
_FIGURES: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "rows": ("Rows", lambda value: f"{value:,.0f}"),
    "stored_bytes": ("On disk", lambda value: size_text(int(value))),
    "backup_seconds": ("Backup", seconds_text),
    "restore_seconds": ("Restore, proved", seconds_text),
    "verify_seconds": ("Verification", seconds_text),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One page of one snapshot, as a cell; without `href` it was not run."""

    text: str
    href: str = ""
    title: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One snapshot. `taken` is None of a folder that is not named by a snapshot's id.

    `said` is why a night was not proven; empty of one that was, and where there was none.
    That it differs from another one makes no snapshot faulty.
    """

    name: str
    taken: datetime | None
    chips: tuple[Chip, ...]
    figures: tuple[str, ...]
    written: str
    is_proven: bool
    is_faulty: bool
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The newest snapshot that is proven, and what was so when the index was written."""

    name: str
    href: str
    taken: str
    seen_at: str
    proof: str
    age: str
    newer: int  # snapshots, and nights that left none, that are newer and not proven


def write_index(out: Path, *, now: datetime | None = None) -> Path:
    """Write the index of all reports from their result files.

    Args:
        out: The folder `reports/`; made where it is missing.
        now: The moment of writing, UTC; None takes the clock's.

    Returns:
        The path of `index.html`.

    Raises:
        StorageError: It cannot be written.
    """
    with _alone(out):
        text = _index(read_folders(out), now or datetime.now(UTC))
        return write_file(out / INDEX, text.encode("utf-8", "replace"))


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One writer at a time: an index that was begun earlier must not replace a later one."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = os.open(out, os.O_RDONLY)
    except OSError as exc:
        raise StorageError(
            f"cannot open the folder of reports: {exc.strerror}", str(out), FREE_SPACE
        ) from exc
    try:
        with suppress(OSError):  # no locks on this file system
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _index(folders: Sequence[Folder], moment: datetime) -> str:
    import jinja2  # noqa: PLC0415

    notebooks = sorted(
        (
            item
            for item in Notebook
            if item in OF_ONE_SNAPSHOT or any(item in folder.lines for folder in folders)
        ),
        key=lambda item: item is not _PROOF,  # first: a phone shows one or two columns
    )
    keys = [key for key in _FIGURES if any(key in _figures(folder) for folder in folders)]
    unlisted = [f"{visible(folder.name)}: {folder.fault}" for folder in folders if folder.fault]
    folders = [folder for folder in folders if not folder.fault]
    rows = [_row(folder, notebooks, keys) for folder in folders]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("site.html.j2").render(
        proof=_proof(folders, moment),
        trends=_trends(folders),
        columns=[item.heading for item in notebooks],
        figures=[_FIGURES[key][0] for key in keys],
        months=_months(rows),
        count=len(rows),
        proven=sum(row.is_proven for row in rows),
        faulty=sum(row.is_faulty for row in rows),
        damaged=[
            *unlisted,
            *(
                f"{visible(folder.name)}/{visible(notebook)}{SUFFIX}: {line.fault}"
                for folder in folders
                for notebook, line in folder.lines.items()
                if line.fault
            ),
        ],
        now=utc_text(moment.isoformat()),
        version=__version__,
        style=style(),
    )


def _taken(name: str) -> datetime | None:
    try:
        return datetime.strptime(name[:_STAMP_LENGTH], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _good(folder: Folder, notebook: str) -> Line | None:
    line = folder.lines.get(notebook)
    return None if line is None or line.fault else line


def _proving(folder: Folder) -> Line | None:
    """The result that proves a snapshot: none where another page found its files damaged."""
    others = (_good(folder, name) for name in (Notebook.BACKUP_REPORT, Notebook.NIGHTLY))
    if any(line and line.outcome in {Outcome.MISMATCH, Outcome.FAILED} for line in others):
        return None
    line = _good(folder, _PROOF)
    return line if line and line.outcome is Outcome.MATCH else None


def _figures(folder: Folder) -> dict[str, float]:
    return {
        key: value
        for line in folder.lines.values()
        for key, value in line.figures.items()
        if key in _FIGURES
    }


def _row(folder: Folder, notebooks: Sequence[Notebook], keys: Sequence[str]) -> Row:
    figures = _figures(folder)
    lines = folder.lines.values()
    judged = [line for name, line in folder.lines.items() if name != Notebook.SNAPSHOT_DIFF]
    night = _good(folder, Notebook.NIGHTLY)
    return Row(
        name=visible(folder.name),
        taken=_taken(folder.name),
        chips=tuple(_chip(folder, item) for item in notebooks),
        figures=tuple(_FIGURES[key][1](figures[key]) if key in figures else "" for key in keys),
        written=max(line.finished_at for line in lines)[:16].replace("T", " "),
        is_proven=_proving(folder) is not None,
        is_faulty=any(line.fault or line.outcome is not Outcome.MATCH for line in judged),
        said=visible(night.summary) if night and night.outcome is not Outcome.MATCH else "",
    )


def _chip(folder: Folder, notebook: Notebook) -> Chip:
    """A notebook run by plain papermill has a result and no page: the link leads to the result."""
    line = folder.lines.get(notebook)
    if line is None:
        return Chip(text="not run")
    if line.fault:
        return Chip(text="cannot be read")
    file = f"{notebook}.html" if notebook in folder.pages else f"{notebook}{SUFFIX}"
    return Chip(
        text=mark(line.outcome),
        href=f"{quote(folder.name)}/{file}",
        title=visible(line.summary),
        outcome=line.outcome,
    )


def _months(rows: Sequence[Row]) -> list[tuple[str, list[Row], str]]:
    """The rows by month of the snapshot, each with a title and what came of it."""
    months = []
    for title, group in groupby(rows, lambda row: f"{row.taken:%B %Y}" if row.taken else "Others"):
        members = list(group)
        proven = sum(row.is_proven for row in members)
        months.append((title, members, f"{proven} of {len(members)} proven"))
    return months


def _proof(folders: Sequence[Folder], now: datetime) -> Proof | None:
    dated = [(folder, taken) for folder in folders if (taken := _taken(folder.name))]
    for newer, (folder, taken) in enumerate(dated):
        line = _proving(folder)
        if line is None:
            continue
        return Proof(
            name=visible(folder.name),
            href=_chip(folder, _PROOF).href,
            taken=utc_text(taken.isoformat()),
            seen_at=utc_text(line.seen_at or line.finished_at),
            proof=visible(line.proof or "a verification"),
            age=age_text((now - taken).total_seconds()),
            newer=newer,
        )
    return None


def age_text(seconds: float) -> str:
    """How old something is, rounded down, such as `7 minutes`, `26 hours` or `3 days`.

    Args:
        seconds: [s]; of a clock that runs ahead it may be negative.

    Returns:
        In minutes below two hours, in hours below two days, else in days.
    """
    minutes = max(0, int(seconds // 60))
    if minutes < 2 * 60:
        return counted(minutes, "minute")
    hours = minutes // 60
    return counted(hours, "hour") if hours < 2 * 24 else counted(hours // 24, "day")


def _trends(folders: Sequence[Folder]) -> list[str]:
    """A chart for each figure that at least two snapshots have, as HTML."""
    dated = [
        (taken, _figures(folder))
        for folder in reversed(folders)
        if (taken := _taken(folder.name)) is not None
    ]
    drawn = []
    for key, (title, write) in _FIGURES.items():
        points = [(taken, found[key]) for taken, found in dated if key in found]
        if len(points) >= _LEAST:
            times, values = zip(*points, strict=True)
            curve = Curve(heading=title, values=values, write=write)
            drawn.append(lines(f"{title} over {counted(len(points), 'snapshot')}", times, [curve]))
    return [shown.html for shown in drawn]
