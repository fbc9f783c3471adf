"""RESTORE.md: how to restore a snapshot when snapkit is gone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from snapkit.core.catalog import LARGE_OBJECTS, PIECE_BYTES
from snapkit.core.graph import load_order
from snapkit.core.names import quoted

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.names import TableName


_WITHOUT_DDL = "The rows, into tables that are there (this snapshot has no DDL)"


def restore_by_hand(manifest: Manifest) -> str:
    """Write the page that every snapshot carries.

    Args:
        manifest: Names tables, columns, parts and sequences.

    Returns:
        Markdown; its commands need psql, zstd and sha256sum only.
    """
    order = load_order((entry.table for entry in manifest.data_tables), manifest.foreign_keys)
    entries = [
        manifest.by_table[name]
        for stage in order
        for name in stage.tables
        if manifest.by_table[name].parts and name != LARGE_OBJECTS
    ]
    pieces = [entry for entry in manifest.data_tables if entry.table == LARGE_OBJECTS]
    digests = "\n".join(
        f"{part.digest}  {part.path}" for entry in (*entries, *pieces) for part in entry.parts
    )
    copies = "\n".join(_copy_command(entry) for entry in entries)
    sequences = "\n".join(
        f"SELECT pg_catalog.setval({_literal(_as_regclass(s.name))}, "
        f"{s.last_value}, {str(s.is_called).lower()});"
        for s in manifest.sequences
    )
    return f"""# Snapshot {manifest.id}, by hand

{manifest.rows:,} rows of {len(manifest.data_tables)} tables,
PostgreSQL {manifest.server.version_text}, taken {manifest.started_at}.
You need `psql`, `zstd` and {_database(manifest)}; run everything in this folder.

## 1. The files are whole
```sh
sha256sum --check --quiet <<'SHA256'
{digests}
SHA256
```

## 2. {"Tables, rows, then keys and indexes" if manifest.has_ddl else _WITHOUT_DDL}
```sh
set -eu
export PGDATABASE="the empty database"
export PGOPTIONS='-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres'
{_ddl(manifest, "pre-data")}{copies}
psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
{sequences}
SQL
{"".join(map(_large_objects, pieces))}{_ddl(manifest, "post-data")}```

## 3. Every row is there
The row counts and digests are in `manifest.json`, under `tables`. A digest is four sums modulo
2^64, over all rows, of the four 64-bit words of the SHA-256 of the row's COPY text line.
"""


def _database(manifest: Manifest) -> str:
    return "an empty database" + ("" if manifest.has_ddl else " that has the tables")


def _ddl(manifest: Manifest, section: str) -> str:
    return f"psql -X -q -v ON_ERROR_STOP=1 -f ddl/{section}.sql\n" if manifest.has_ddl else ""


def _copy_command(entry: TableEntry) -> str:
    columns = ", ".join(map(_quoted, entry.column_names))
    target = _name(entry.namespace, entry.name) + (f" ({columns})" if columns else "")
    paths = " ".join(shlex.quote(part.path) for part in entry.parts)
    command = shlex.quote(f"COPY {target} FROM STDIN")
    return f"zstd -dcq {paths} | psql -X -q -v ON_ERROR_STOP=1 -c {command}"


def _large_objects(entry: TableEntry) -> str:
    paths = " ".join(shlex.quote(part.path) for part in entry.parts)
    return f"""psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
BEGIN;
CREATE TEMPORARY TABLE pieces (loid oid, piece bigint, data bytea, rights text, comment text);
\\copy pieces FROM PROGRAM 'zstd -dcq {paths}'
\\o /dev/null
SELECT pg_catalog.lo_create(loid) FROM pieces WHERE piece = 0;
SELECT pg_catalog.lo_put(loid, piece * {PIECE_BYTES}, data) FROM pieces;
COMMIT;
SQL
# rights and comments of large objects are in those columns: GRANT and COMMENT ON LARGE OBJECT
"""  # noqa: S608 -- text for people; the paths are the store's own


def _name(namespace: str, name: str) -> str:
    return f"{_quoted(namespace)}.{_quoted(name)}"


def _quoted(name: str) -> str:
    return _spelled(name, '"')


def _literal(text: str) -> str:
    return _spelled(text, "'")


def _as_regclass(name: TableName) -> str:
    """The text that is read as a name: it knows no escapes."""
    return f"{quoted(name.namespace)}.{quoted(name.name)}"


def _spelled(text: str, quote: str) -> str:
    """Quote for SQL, on one line: a line of its own could end a shell's script, or this page."""
    doubled = text.replace(quote, quote * 2)
    if text.isprintable():
        return f"{quote}{doubled}{quote}"
    escaped = "".join(
        letter if letter.isprintable() else f"\\+{ord(letter):06x}"
        for letter in doubled.replace("\\", "\\\\")
    )
    return f"U&{quote}{escaped}{quote}"
