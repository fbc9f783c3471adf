"""Growth: the snapshots of one database in a store, by what their manifests say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snapkit.errors import ManifestError, SnapkitError

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest
    from snapkit.store import Snapshot, Store

MOST = 60  # snapshots that are looked at: each costs the reading of its manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One snapshot. Rows [rows], sizes [bytes], `seconds` the backup took [s]."""

    id: str
    taken: datetime  # UTC
    tables: int
    rows: int
    size: int  # of the rows as text
    stored: int  # of the parts on disk
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A snapshot and those before it, oldest first.

    `older` [snapshots] were not looked at; `others` [snapshots] are of another database.
    `unreadable` pairs ids with what is wrong.
    """

    points: tuple[Point, ...]
    older: int = 0
    others: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()


def growth(store: Store, snapshot: Snapshot, most: int = MOST) -> Growth:
    """Read what a store's snapshots say of one database, up to one of them.

    Args:
        store: The store.
        snapshot: The last one; it is there whatever the store says.
        most: How many to look at, the last ones [snapshots].

    Returns:
        The snapshot, and those before it; the later ones do not count, so that a page stays as it
        is when it is made again.

    Raises:
        ManifestError: The snapshot's own manifest names no time.
        StorageError: The store cannot be read.
    """
    ids = store.ids()
    before = ids[: ids.index(snapshot.id)] if snapshot.id in ids else ()
    looked_at = before[-(most - 1) :] if most > 1 else ()
    points: list[Point] = []
    unreadable: list[tuple[str, str]] = []
    others = 0
    for name in looked_at:
        try:
            manifest = store.open(name).manifest
            if manifest.database == snapshot.manifest.database:
                points.append(_point(manifest))
            else:
                others += 1
        except SnapkitError as exc:  # damaged, or removed this moment
            unreadable.append((name, exc.what))
    return Growth(
        points=(*points, _point(snapshot.manifest)),
        older=len(before) - len(looked_at),
        others=others,
        unreadable=tuple(unreadable),
    )


def _point(manifest: Manifest) -> Point:
    return Point(
        id=manifest.id,
        taken=_time(manifest),
        tables=len(manifest.data_tables),
        rows=manifest.rows,
        size=manifest.size,
        stored=manifest.stored_size,
        seconds=manifest.seconds,
    )


def _time(manifest: Manifest) -> datetime:
    try:
        found = datetime.fromisoformat(manifest.started_at)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ManifestError(
            f"the manifest names no time but {manifest.started_at!r}",
            f"snapshot {manifest.id}",
            "Use another snapshot: this manifest was not written by snapkit.",
        ) from exc
