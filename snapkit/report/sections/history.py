"""Sections of backup_report on time: growth over snapshots, and the timeline of one backup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.text import counted
from snapkit.report.cells import Place
from snapkit.report.figures import Lane, Line, Stretch, lines, spans
from snapkit.report.parameters import Notebook
from snapkit.report.sections.common import none_shown
from snapkit.report.sources import reports_root
from snapkit.report.tables import DataTable, Kind, data_table
from snapkit.report.text import seconds_text, size_text

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.core.timeline import Span
    from snapkit.report.growth import Growth, Point
    from snapkit.report.run import BackupRun
    from snapkit.report.shown import Shown

_PARTS = 15  # of a timeline on the page; the CSV has them all
_LEAST = 2  # points of a line


def backup_growth_figure(run: BackupRun) -> Shown:
    """Rows and sizes of this snapshot and those before it.

    Args:
        run: The run.

    Returns:
        A chart; its figures are those of the table of growth. A sentence where there is one
        snapshot only.
    """
    return growth_figure(run.growth)


def growth_figure(growth: Growth) -> Shown:
    """Rows and sizes of snapshots of one database.

    Args:
        growth: What their manifests say.

    Returns:
        A chart; a sentence where there is one snapshot only.
    """
    points = growth.points
    if len(points) < _LEAST:
        return none_shown(_left_out(growth))
    return lines(
        f"Growth over {counted(len(points), 'snapshot')}",
        [point.taken for point in points],
        [
            Line(
                heading="rows",
                values=[point.rows for point in points],
                write=lambda n: f"{n:,.0f}",
            ),
            Line(
                heading="rows as text",
                values=[point.size for point in points],
                write=lambda n: size_text(round(n)),
            ),
            Line(
                heading="on disk",
                values=[point.stored for point in points],
                write=lambda n: size_text(round(n)),
            ),
            Line(
                heading="duration of the backup",
                values=[point.seconds for point in points],
                write=seconds_text,
            ),
        ],
    )


def _left_out(growth: Growth) -> str:
    """What growth is made of, and what is not in it."""
    several = len(growth.points) >= _LEAST
    parts = [
        f"{counted(len(growth.points), 'snapshot')} of this database, up to this one"
        if several
        else "This is the first snapshot of this database in the store"
        if not growth.older and not growth.unreadable
        else "This is the only snapshot of this database that was looked at"
    ]
    if growth.others:
        parts.append(f"{counted(growth.others, 'snapshot')} of other databases left out")
    if growth.older:
        parts.append(f"{counted(growth.older, 'older snapshot')} not looked at")
    if growth.unreadable:
        parts.append(f"{len(growth.unreadable):,} that cannot be read, listed at the end")
    return f"{'; '.join(parts)}."


def backup_growth(run: BackupRun) -> Shown | DataTable:
    """The same in figures, newest first.

    Args:
        run: The run.

    Returns:
        One row per snapshot; nothing more to say where there is one only.
    """
    points = run.growth.points
    if len(points) < _LEAST:
        return none_shown("Growth shows from the second one on.")
    before = (None, *points)
    return data_table(
        f"{run.notebook}.growth",
        _left_out(run.growth).removesuffix("."),
        (
            ("snapshot", Kind.CODE),
            ("taken (UTC)", Kind.TEXT),
            ("tables", Kind.NUMBER),
            ("rows", Kind.NUMBER),
            ("more rows", Kind.NUMBER),
            ("as text", Kind.SIZE),
            ("on disk", Kind.SIZE),
            ("took", Kind.SECONDS),
        ),
        [
            (
                _snapshot(run, point),
                point.taken.strftime("%Y-%m-%d %H:%M"),
                point.tables,
                point.rows,
                point.rows - last.rows if last else None,
                point.size,
                point.stored,
                point.seconds,
            )
            for point, last in reversed(list(zip(points, before, strict=False)))
        ],
        folder=run.folder,
    )


def _snapshot(run: BackupRun, point: Point) -> Place:
    """Lead to the report of an earlier snapshot, where it has one."""
    page = f"{point.id}/{Notebook.BACKUP_REPORT}.html"
    is_there = point.id != run.snapshot.id and (_reports(run) / page).is_file()
    return Place(text=point.id, href=f"../{page}" if is_there else "")


def _reports(run: BackupRun) -> Path:
    return reports_root(run.parameters.out)


def backup_timeline_figure(run: BackupRun) -> Shown:
    """Who read which table when.

    Args:
        run: The run.

    Returns:
        A chart; its figures are those of the table of parts. A sentence where nothing was timed.
    """
    if run.timeline is None or not run.timeline.spans:
        return none_shown("The snapshot does not say when what was done: nothing timed it.")
    return spans(
        f"Timeline of the backup, {counted(run.snapshot.manifest.jobs, 'reader')} at most",
        [
            Lane(label=who, stretches=[_stretch(one) for one in found])
            for who, found in run.timeline.by_who.items()
        ],
    )


def _stretch(span: Span) -> Stretch:
    rows = "" if span.rows is None else f"{counted(span.rows, 'row')} in "
    return Stretch(
        label=span.what,
        begin=span.begin,
        end=span.end,
        note=f"{rows}{seconds_text(span.seconds)}, from {seconds_text(span.begin)} on",
    )


def backup_timeline(run: BackupRun) -> Shown | DataTable:
    """The acts of a backup that took longest; the CSV beside the page has all, as they began.

    Args:
        run: The run.

    Returns:
        One row per act; or a sentence where nothing was timed.
    """
    if run.timeline is None or not run.timeline.spans:
        return none_shown("Durations are in the snapshots of newer versions.")
    columns = (
        ("what", Kind.CODE),
        ("by", Kind.TEXT),
        ("part", Kind.NUMBER),
        ("from", Kind.SECONDS),
        ("to", Kind.SECONDS),
        ("took", Kind.SECONDS),
        ("rows", Kind.NUMBER),
    )
    acts = run.timeline.spans
    name = f"{run.notebook}.timeline"
    everything = data_table(name, "All acts", columns, map(_act, acts), folder=run.folder)
    longest = sorted(acts, key=lambda one: -one.seconds)[:_PARTS]
    shown = data_table(
        name,
        f"The {len(longest)} longest of {counted(len(acts), 'act')}; times count from the start",
        columns,
        map(_act, longest),
    )
    return replace(shown, more=everything.more, file=everything.file)


def _act(span: Span) -> tuple[object, ...]:
    return (
        span.what,
        span.who,
        None if span.part is None else span.part + 1,
        span.begin,
        span.end,
        round(span.seconds, 4),
        span.rows,
    )
