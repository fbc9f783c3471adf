"""Small values for tests: each factory fills in what a test does not care about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.catalog import (
    Catalog,
    Column,
    Extension,
    Feed,
    Index,
    Sequence,
    Server,
    Table,
    TableKind,
    Trigger,
)
from snapkit.core.digest import digest_rows
from snapkit.core.manifest import (
    FORMAT,
    ColumnEntry,
    FileEntry,
    Manifest,
    Orphans,
    Part,
    TableEntry,
)
from snapkit.core.names import ForeignKey, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable

SNAPSHOT_ID = "20251101_085916"
ROLE = "app"

# What a name may hold: none of these may break a path, a page, a statement or a line of output.
HOSTILE_NAMES = (
    'a"b',
    "it's",
    "two words",
    "new\nline",
    "</script><script>alert(1)</script>",
    "../../etc/passwd",
    "tab\tand \\N",
    "$1; DROP TABLE x; --",
    "Đơn hàng 🛒",
    "\u202eright to left",
    "con",
    "x" * 63,
)


def name_of(text: str) -> TableName:
    """A table's name: `"users"` is in public, `"app.users"` in app."""
    namespace, dot, name = text.rpartition(".")
    return TableName(namespace if dot else "public", name)


def names_of(*texts: str) -> tuple[TableName, ...]:
    """Several names."""
    return tuple(map(name_of, texts))


def make_server(version: int = 180003, encoding: str = "UTF8") -> Server:
    """A server; the text of its version follows from the number."""
    return Server(
        version=version,
        version_text=f"{version // 10000}.{version % 10000}",
        encoding=encoding,
        collation="C.UTF-8 (builtin)",
        collation_version=None,
    )


def make_table(
    name: str,
    *,
    columns: Iterable[str | Column] = ("id", "value"),
    key: tuple[str, ...] = ("id",),
    kind: TableKind = TableKind.ORDINARY,
    owner: str = ROLE,
    partition_of: str | None = None,
    triggers: tuple[Trigger, ...] = (),
    extension: str | None = None,
) -> Table:
    """A table whose plain columns are text, and NOT NULL where they are its primary key."""
    made = tuple(
        column
        if isinstance(column, Column)
        else Column(name=column, type="text", not_null=column in key)
        for column in columns
    )
    primary = Index(name=f"{name}_pkey", columns=key, is_unique=True, is_primary=True)
    return Table(
        name=name_of(name),
        kind=kind,
        owner=owner,
        columns=made,
        indexes=(primary,) if key else (),
        partition_of=name_of(partition_of) if partition_of else None,
        triggers=triggers,
        extension=extension,
    )


def make_foreign_key(
    child: str,
    parent: str,
    *,
    name: str | None = None,
    column: str = "parent_id",
    enforced: bool = True,
) -> ForeignKey:
    """A foreign key of one column; one that is not enforced is known to the schema alone."""
    definition = f"FOREIGN KEY ({column}) REFERENCES {parent}(id)"
    return ForeignKey(
        name=name if name is not None else f"{child}_{column}_fkey",
        child=name_of(child),
        columns=(column,),
        parent=name_of(parent),
        parent_columns=("id",),
        enforced=enforced,
        definition=definition if enforced else "",
    )


def make_sequence(name: str, *, owner: str | None = None, last_value: int = 7) -> Sequence:
    """A sequence that has given its last value, and the table that owns it."""
    return Sequence(
        name=name_of(name),
        last_value=last_value,
        is_called=True,
        owner_table=name_of(owner) if owner else None,
        owner_column="id" if owner else None,
    )


def make_catalog(
    *tables: Table,
    foreign_keys: tuple[ForeignKey, ...] = (),
    sequences: tuple[Sequence, ...] = (),
    feeds: tuple[tuple[str, str], ...] = (),
    role: str = ROLE,
    server: Server | None = None,
) -> Catalog:
    """What a database named `shop` says of itself; `feeds` are pairs of sequence and table."""
    return Catalog(
        database="shop",
        server=server or make_server(),
        role=role,
        tables=tables,
        foreign_keys=foreign_keys,
        sequences=sequences,
        feeds=tuple(
            Feed(sequence=name_of(sequence), table=name_of(table), column="id")
            for sequence, table in feeds
        ),
    )


def make_entry(
    name: str,
    *,
    lines: tuple[bytes, ...] = (),
    columns: tuple[str, ...] = ("id", "value"),
    key: tuple[str, ...] = ("id",),
    kind: TableKind = TableKind.ORDINARY,
    owner: str = ROLE,
    partition_of: str | None = None,
    generated: tuple[str, ...] = (),
    parts: tuple[Part, ...] | None = None,
) -> TableEntry:
    """A table of a snapshot that holds these COPY text lines, by default in one part."""
    digest = digest_rows(lines)
    one = Part(path=f"data/1-{len(name)}.0.copy.zst", rows=len(lines), size=100, digest="ab" * 32)
    table = name_of(name)
    return TableEntry(
        namespace=table.namespace,
        name=table.name,
        kind=kind,
        owner=owner,
        model=None,
        group=None,
        columns=tuple(ColumnEntry(name=column, type="text") for column in columns),
        generated=generated,
        key=key,
        partition_of=name_of(partition_of) if partition_of else None,
        extension=None,
        rows=digest.rows,
        size=digest.size,
        digest=digest.hex,
        parts=parts if parts is not None else ((one,) if lines else ()),
    )


DDL_FILES = tuple(
    FileEntry(path=f"ddl/{section}.sql", size=10, digest="cd" * 32)
    for section in ("pre-data", "post-data")
)


def make_manifest(
    *tables: TableEntry,
    name: str = SNAPSHOT_ID,
    foreign_keys: tuple[ForeignKey, ...] = (),
    sequences: tuple[Sequence, ...] = (),
    extensions: tuple[Extension, ...] = (),
    granted_roles: tuple[str, ...] = (),
    orphans: tuple[Orphans, ...] = (),
    views: tuple[TableName, ...] = (),
    not_held: tuple[tuple[str, str], ...] = (),
    files: tuple[FileEntry, ...] = DDL_FILES,
    server: Server | None = None,
) -> Manifest:
    """A manifest that names these tables."""
    return Manifest(
        format=FORMAT,
        id=name,
        database="shop",
        role=ROLE,
        started_at="2025-11-01T08:59:16.000000+00:00",
        finished_at="2025-11-01T08:59:17.500000+00:00",
        seconds=1.5,
        jobs=1,
        server=server or make_server(),
        versions={"snapkit": "1.0.0", "pg_dump": "18.3"},
        settings={"TimeZone": "UTC"},
        tables=tables,
        views=views,
        foreign_keys=foreign_keys,
        sequences=sequences,
        extensions=extensions,
        granted_roles=granted_roles,
        orphans=orphans,
        unchecked_orphans=0,
        not_held=not_held,
        ignored_models=(),
        files=files,
    )
