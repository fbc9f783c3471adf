"""The manifest: what a snapshot holds, with the digests by which to prove it.

`format` is read before any other key, because later keys may have changed their meaning. The last
key, `seal`, is the SHA-256 of the document with an empty seal and without white space between
values: an edited manifest is found before a single row is read.

Source: DESIGN.md, section 4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec

from snapkit.core.catalog import HOLDS_ROWS, Catalog, Extension, Sequence, Server, TableKind
from snapkit.core.names import ForeignKey, TableName
from snapkit.errors import ManifestError

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a snapshot. `path` is relative, with `/`; size [bytes]; `digest` is SHA-256."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One data file: zstd over COPY text. `rows` [rows], `size` of the file [bytes]."""

    path: str
    rows: int
    size: int
    digest: str  # SHA-256 of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEntry:
    """One column of a table's rows, in the order in which they stand in the parts."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """One table of a snapshot, empty ones too.

    `rows` [rows]; `size` of the rows as COPY text [bytes]; `digest` as in core/digest.py. `model`
    and `group` are None where no schema was given, or no model stands for the table.
    A partitioned table has no rows of its own: its partitions are entries with `partition_of`.
    """

    namespace: str
    name: str
    kind: TableKind
    owner: str
    model: str | None
    group: str | None
    columns: tuple[ColumnEntry, ...]
    generated: tuple[str, ...]  # columns that the database computes; not in the parts
    key: tuple[str, ...]
    partition_of: TableName | None
    extension: str | None  # whose configuration these rows are
    rows: int
    size: int
    digest: str
    parts: tuple[Part, ...]

    @property
    def table(self) -> TableName:
        """The full name."""
        return TableName(self.namespace, self.name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the order of the parts."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """Rows of a child whose parent is missing, of one foreign key or relation."""

    foreign_key: ForeignKey
    rows: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One snapshot. Times are UTC, ISO 8601; `seconds` is how long the backup took [s]."""

    format: int
    id: str
    database: str
    role: str
    started_at: str
    finished_at: str
    seconds: float
    jobs: int
    server: Server
    versions: Mapping[str, str]  # of the tools: snapkit, python, psycopg, pg_dump, zstandard
    settings: Mapping[str, str]  # pinned in every session that read data
    tables: tuple[TableEntry, ...]
    views: tuple[TableName, ...]  # views and materialized views; they live in the DDL
    foreign_keys: tuple[ForeignKey, ...]
    sequences: tuple[Sequence, ...]
    extensions: tuple[Extension, ...]
    granted_roles: tuple[str, ...]
    orphans: tuple[Orphans, ...]  # present in the source already
    unchecked_orphans: int  # foreign keys taken on the database's word [foreign keys]
    not_held: tuple[tuple[str, str], ...]  # what the snapshot does not carry: name, reason
    ignored_models: tuple[str, ...]  # `@@ignore`: backed up all the same
    files: tuple[FileEntry, ...]  # schema/, catalog.json, ddl/, RESTORE.md
    seal: str = ""

    @cached_property
    def by_table(self) -> Mapping[TableName, TableEntry]:
        """The entries under their full names."""
        return {entry.table: entry for entry in self.tables}

    @property
    def data_tables(self) -> tuple[TableEntry, ...]:
        """The entries that hold rows of their own, empty ones too: the tables that are counted."""
        return tuple(entry for entry in self.tables if entry.kind in HOLDS_ROWS)

    @property
    def rows(self) -> int:
        """Rows in all [rows]."""
        return sum(entry.rows for entry in self.tables)

    @property
    def size(self) -> int:
        """Size of all rows as COPY text [bytes]."""
        return sum(entry.size for entry in self.tables)

    @property
    def stored_size(self) -> int:
        """Size of all parts on disk [bytes]."""
        return sum(part.size for entry in self.tables for part in entry.parts)

    @property
    def has_server(self) -> bool:
        """Whether a server stood behind the rows; behind JSON files there may be none."""
        return self.server.version > 0

    @property
    def has_ddl(self) -> bool:
        """Whether the snapshot can build its tables; rows of JSON files may come without DDL."""
        return any(entry.path.startswith("ddl/") for entry in self.files)

    def carries(self, path: str) -> bool:
        """Whether the snapshot has this file beside its parts, such as `catalog.json`."""
        return any(entry.path == path for entry in self.files)

    @property
    def schema_files(self) -> tuple[FileEntry, ...]:
        """The Prisma files the snapshot carries."""
        return tuple(entry for entry in self.files if entry.path.startswith("schema/"))

    def line_of(self, entry: TableEntry) -> tuple[TableName, ...]:
        """Follow a partition upwards.

        Args:
            entry: Any table of this snapshot.

        Returns:
            Its own name, then the partitioned tables above it, nearest first.
        """
        line = [entry.table]
        above = entry.partition_of
        while above and above not in line:
            line.append(above)
            parent = self.by_table.get(above)
            above = parent.partition_of if parent else None
        return tuple(line)

    def relations_in(self, catalog: Catalog) -> tuple[ForeignKey, ...]:
        """Find the relations that only a schema knows in a database.

        Args:
            catalog: Of the database.

        Returns:
            Those whose tables are both there, without a foreign key that stands for them.
        """
        there = {(key.child, key.columns, key.parent) for key in catalog.foreign_keys}
        return tuple(
            key
            for key in self.foreign_keys
            if not key.definition
            and {key.child, key.parent} <= catalog.by_name.keys()
            and (key.child, key.columns, key.parent) not in there
        )

    @property
    def known_orphans(self) -> Mapping[tuple[TableName, tuple[str, ...], TableName], int]:
        """Orphans of the source [rows], by child, columns and parent."""
        return {
            (item.foreign_key.child, item.foreign_key.columns, item.foreign_key.parent): item.rows
            for item in self.orphans
        }

    def choose(self, only: Iterable[TableName] | None) -> tuple[TableEntry, ...]:
        """Pick the tables that are counted.

        Args:
            only: Names; a partitioned table stands for its partitions. None picks all.

        Returns:
            Entries that hold rows of their own; names that the snapshot lacks pick nothing.
        """
        if only is None:
            return self.data_tables
        wanted = frozenset(only)
        return tuple(
            entry for entry in self.data_tables if not wanted.isdisjoint(self.line_of(entry))
        )


def encode(manifest: Manifest) -> bytes:
    """Write a manifest as JSON, sealed.

    Args:
        manifest: The manifest; its own `seal` does not count.

    Returns:
        UTF-8 text, indented, ending in a newline.
    """
    sealed = replace(manifest, seal=_seal(manifest))
    return msgspec.json.format(msgspec.json.encode(sealed), indent=1) + b"\n"


def _seal(manifest: Manifest) -> str:
    return hashlib.sha256(msgspec.json.encode(replace(manifest, seal=""))).hexdigest()


def decode(text: bytes, where: str) -> Manifest:
    """Read a manifest, format first.

    Args:
        text: The content of manifest.json.
        where: The snapshot's id, for messages.

    Returns:
        The manifest; its seal, its paths and its sums hold.

    Raises:
        ManifestError: Not JSON, another format, keys missing or of another type, an edited
            document, or a path that leaves the snapshot.
    """
    try:
        document = msgspec.json.decode(text)
        compact = msgspec.json.format(text, indent=-1)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _damaged(f"manifest is not JSON: {exc}", where) from exc
    version = document.get("format") if isinstance(document, dict) else None
    reader = _READERS.get(version) if type(version) is int else None
    if reader is None:
        shown = repr(version) if isinstance(version, int | float | str | None) else "unknown"
        raise ManifestError(
            f"cannot read manifest format {shown[:40]}",
            f"snapshot {where}",
            f"Use a snapkit that reads it; this one reads {sorted(_READERS)}.",
        )
    manifest = reader(document, where)
    # Keys that are unknown, or there twice, never reach the values that the seal is made of.
    if compact != msgspec.json.encode(manifest):
        raise _damaged("manifest was edited: it holds more than its seal covers", where)
    return manifest


def _read_format_1(document: dict[str, Any], where: str) -> Manifest:
    try:
        manifest = msgspec.convert(document, Manifest)
    except msgspec.ValidationError as exc:
        raise _damaged(f"manifest is damaged: {exc}", where) from exc
    if manifest.seal != _seal(manifest):
        raise _damaged("manifest was edited: its seal does not match its content", where)
    for path in (entry.path for entry in manifest.files):
        if not is_safe_path(path):
            raise _damaged(f"manifest names a file outside the snapshot: {path!r}", where)
    for entry in manifest.tables:
        if any(not is_safe_path(part.path) for part in entry.parts):
            raise _damaged(f"manifest names a part outside the snapshot: {entry.table}", where)
        if entry.rows != sum(part.rows for part in entry.parts):
            raise _damaged(f"rows of table {entry.table} are not the sum of its parts", where)
    return manifest


def is_safe_path(path: str) -> bool:
    """Whether a path of a manifest stays inside its snapshot.

    Args:
        path: As the manifest writes it.

    Returns:
        True for relative paths of plain components; False for absolute ones, `..`, empty
        components, backslashes, control characters and drive letters.
    """
    parts = path.split("/")
    return all(
        part not in {"", ".", ".."}
        and part.isprintable()
        and not any(sign in part for sign in '\\:"<>|?*')
        for part in parts
    )


def _damaged(what: str, where: str) -> ManifestError:
    return ManifestError(
        what, f"snapshot {where}", "Restore manifest.json from a copy, or use another snapshot."
    )


_READERS: dict[int, Callable[[dict[str, Any], str], Manifest]] = {1: _read_format_1}
