"""Parts of a snapshot on their way into a database, and what its source said of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from snapkit.core.catalog import Catalog
from snapkit.core.objects import CatalogObject
from snapkit.core.progress import Done
from snapkit.core.timeline import PATH as TIMELINE
from snapkit.core.timeline import Timeline
from snapkit.core.timeline import decode as decode_timeline
from snapkit.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import TableName
    from snapkit.core.schema import Schema
    from snapkit.store import Snapshot
    from snapkit.workflows.progress import Progress

CATALOG: Final = "catalog.json"
OBJECTS: Final = "objects.json"
_SCHEMA_FOLDER: Final = "schema/"
_Kind = TypeVar("_Kind")
_SHOWN = 3  # parts named in an error


def snapshot_catalog(snapshot: Snapshot) -> Catalog:
    """Read the catalog that a snapshot carries: the database as it was.

    Args:
        snapshot: The snapshot.

    Returns:
        The catalog.

    Raises:
        ManifestError: It is missing or damaged.
    """
    return _decoded(snapshot, CATALOG, Catalog)


def snapshot_objects(snapshot: Snapshot) -> tuple[CatalogObject, ...] | None:
    """Read what a snapshot says that its source declared.

    Args:
        snapshot: The snapshot.

    Returns:
        The objects; None where it does not say.

    Raises:
        ManifestError: The file is damaged.
    """
    if not snapshot.manifest.carries(OBJECTS):
        return None
    return _decoded(snapshot, OBJECTS, tuple[CatalogObject, ...])


def snapshot_timeline(snapshot: Snapshot) -> Timeline | None:
    """Read who read which part of a snapshot when.

    Args:
        snapshot: The snapshot.

    Returns:
        The timeline; None where the snapshot has none.

    Raises:
        ManifestError: The file is damaged.
    """
    if not snapshot.manifest.carries(TIMELINE):
        return None
    return decode_timeline(snapshot.read(TIMELINE), f"snapshot {snapshot.id}")


def snapshot_schema(snapshot: Snapshot) -> Schema | None:
    """Parse the Prisma files that a snapshot carries.

    The namespace of models without `@@schema` is the one that the manifest gives them: it came from
    the database's URL and is not in the files.

    Args:
        snapshot: The snapshot.

    Returns:
        The schema; None where the snapshot was taken without one.

    Raises:
        ManifestError: A file is damaged.
        SchemaError: The text is no valid schema.

    Example:
        >>> held = snapkit.snapshot_schema(snapshot)
        >>> held is not None and len(held.models)
        2
    """
    from snapkit.prisma import parse  # noqa: PLC0415 -- 30 ms, which no schema need not pay

    paths = [entry.path for entry in snapshot.manifest.schema_files]
    if not paths:
        return None
    files = [(p.removeprefix(_SCHEMA_FOLDER), snapshot.read(p).decode("utf-8")) for p in paths]
    schema = parse(files)
    namespaces = {entry.model: entry.namespace for entry in snapshot.manifest.tables if entry.model}
    bare = (namespaces.get(model.name) for model in schema.models if model.namespace is None)
    default = next((name for name in bare if name is not None), schema.default_namespace)
    return (
        schema if default == schema.default_namespace else parse(files, default_namespace=default)
    )


def _decoded(snapshot: Snapshot, path: str, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(snapshot.read(path), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ManifestError(
            f"{path} cannot be read: {exc}",
            f"snapshot {snapshot.id}",
            "Use the snapkit that took the snapshot.",
        ) from exc


def require_parts(snapshot: Snapshot, tables: Iterable[TableName]) -> None:
    """Find a missing or truncated part before anything is touched, not after an hour.

    Args:
        snapshot: The snapshot.
        tables: Those of it whose parts are needed.

    Raises:
        ManifestError: A part is missing, or not of its size.
    """
    parts = [part for name in tables for part in snapshot.manifest.by_table[name].parts]
    faults = [part.path for part in parts if snapshot.size_of(part.path) != part.size]
    if faults:
        shown = ", ".join(faults[:_SHOWN]) + (" …" if len(faults) > _SHOWN else "")
        raise ManifestError(
            "1 part is missing or not of its size: " + shown
            if len(faults) == 1
            else f"{len(faults):,} parts are missing or not of their size: {shown}",
            f"snapshot {snapshot.id}",
            "Run snapkit check for the whole list, and use another snapshot.",
        )


def blocks_of(snapshot: Snapshot, entry: TableEntry, progress: Progress) -> Iterator[bytes]:
    """Read a table's rows.

    Args:
        snapshot: The snapshot.
        entry: The table.
        progress: Told of the rows read.

    Yields:
        COPY text, cut anywhere.

    Raises:
        ManifestError: A part is missing or damaged.
    """
    for part in entry.parts:
        for block in snapshot.blocks(part):
            yield block
            progress.advance(entry.table, Done(rows=block.count(b"\n"), size=len(block)))
    progress.end(entry.table)
