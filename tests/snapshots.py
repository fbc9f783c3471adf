"""Real snapshots in a folder, made without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snapkit.core.digest import TableDigest, digest_rows
from snapkit.core.manifest import Part, TableEntry
from snapkit.store import PartWriter, Snapshot, SnapshotWriter, Store
from tests.factories import make_entry, make_manifest

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2025, 11, 1, 12, 0, 0, tzinfo=UTC)
NOON_ID = "20251101_120000"

USERS = tuple(b"%d\tname of user %d" % (number, number) for number in range(200))
LINES: dict[str, tuple[tuple[bytes, ...], ...]] = {
    "users": (USERS[:120], USERS[120:]),  # two parts
    "orders": ((b"1\tcafe", b"2\t\\N"),),
    "empty": (),
}
FILES = {
    "catalog.json": b"{}\n",
    "ddl/pre-data.sql": b"CREATE TABLE users (id text, value text);\n",
    "schema/schema.prisma": b"model User {}\n",
}


def write_part(folder: Path, path: str, lines: tuple[bytes, ...]) -> Part:
    """Write one part as a backup does."""
    with PartWriter(folder / path) as writer:
        writer.write(b"".join(line + b"\n" for line in lines))
        facts = writer.finish()
    return Part(path=path, rows=len(lines), size=facts.size, digest=facts.digest)


def write_table(
    writer: SnapshotWriter, number: int, name: str, parts: tuple[tuple[bytes, ...], ...]
) -> TableEntry:
    """Write every part of a table; say what the manifest says of it."""
    entry = make_entry(name)
    made = tuple(
        write_part(writer.path, writer.part_path(number, entry.table, place), lines)
        for place, lines in enumerate(parts)
    )
    digest = sum(map(digest_rows, parts), start=TableDigest())
    return replace(entry, rows=digest.rows, size=digest.size, digest=digest.hex, parts=made)


def fill(writer: SnapshotWriter) -> tuple[TableEntry, ...]:
    """Write the parts and files of a small shop."""
    for path, content in FILES.items():
        writer.write(path, content)
    return tuple(
        write_table(writer, number, name, parts)
        for number, (name, parts) in enumerate(LINES.items(), start=1)
    )


def make_snapshot(root: Path, *, now: datetime = NOON) -> Snapshot:
    """A whole snapshot: three tables, one of two parts and one empty, and three files."""
    with Store(root).create(now) as writer:
        tables = fill(writer)
        return writer.finish(make_manifest(*tables, name=writer.id, files=writer.files))


def part_of(snapshot: Snapshot, table: str = "users", place: int = 0) -> Part:
    """One part of a table."""
    (entry,) = [entry for entry in snapshot.manifest.tables if entry.name == table]
    return entry.parts[place]


def flip_bit(path: Path, place: int, bit: int = 0) -> None:
    """Change one bit of a file: a sure change."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)
