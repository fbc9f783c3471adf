"""The script by which anybody recomputes what a record says, with psql, zstd and sha256sum alone.

It proves the files of a snapshot, digests the rows in its parts, and, where a database is named,
the rows there, counts orphans and looks at sequences; each figure is compared with the manifest's.
Nothing of snapkit takes part.

Source: core/digest.py, "Row digest"; PostgreSQL manual, COPY; CREATE TABLE, MATCH SIMPLE.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from snapkit.core.catalog import LARGE_OBJECTS, TableKind
from snapkit.core.names import ForeignKey, TableName, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.catalog import Sequence
    from snapkit.core.manifest import Manifest, TableEntry

SCRIPT_SUFFIX: Final = ".recompute.sh"
# Set by variables of their own, or of no effect on how values print.
_LEFT_OUT: Final = frozenset({"client_encoding", "application_name"})

_SCRIPT: Final = r"""#!/usr/bin/env bash
# Recomputes what was recorded of snapshot @id@ with bash, psql, zstd, sha256sum and awk alone.
#
#   bash THIS_FILE FOLDER_OF_THE_SNAPSHOT             its files, and the rows in them
#   bash THIS_FILE FOLDER_OF_THE_SNAPSHOT DATABASE    and the rows of a database (psql's conninfo)
#
# A row's digest is the SHA-256 of its COPY text line without the newline. A table's is four sums
# modulo 2^64, over all rows, of the four 64-bit words of those. Ends with 0 where
# nothing differs; what it cannot compare it calls unchecked.
set -u -o pipefail
export LC_ALL=C PGCLIENTENCODING=UTF8
export PGOPTIONS=@options@
folder=$(cd -- "${1:?name the folder of the snapshot}" && pwd) || exit 1
database=${2-}
work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
failed=0

digest() { # COPY text comes in; rows and digest go out
    rm -rf -- "$work/rows" && mkdir -- "$work/rows" || return 1
    (cd -- "$work/rows" && awk '
        function hash() {
            system("find . -type f -exec sha256sum {} + && find . -type f -delete")
        }
        { printf "%s", $0 > ("row" NR); close("row" NR) }
        NR % 5000 == 0 { hash() }
        END { if (NR % 5000) hash() }') >"$work/digests" || return 1
    local n=0 a=0 b=0 c=0 d=0 h
    while read -r h _; do # from a file: bash reads a pipe byte by byte
        n=$((n + 1))
        a=$((a + (16#${h:0:8} << 32 | 16#${h:8:8})))
        b=$((b + (16#${h:16:8} << 32 | 16#${h:24:8})))
        c=$((c + (16#${h:32:8} << 32 | 16#${h:40:8})))
        d=$((d + (16#${h:48:8} << 32 | 16#${h:56:8})))
    done <"$work/digests"
    printf '%d %016x%016x%016x%016x\n' "$n" "$a" "$b" "$c" "$d"
}

compare() { # where, name, expected, found
    if [ "$3" = "$4" ]; then
        printf 'match      %s  %q  %s\n' "$1" "$2" "$4"
    else
        printf 'MISMATCH   %s  %q  %s, expected %s\n' "$1" "$2" "$4" "$3"
        failed=1
    fi
}

file() { # digest, path
    local found
    found=$(sha256sum <"$folder/$2") || found="not readable"
    compare file "$2" "$1" "${found%% *}"
}

table() { # name, rows and digest, the query that prints its rows, its parts
    local name=$1 expected=$2 query=$3 found
    shift 3
    if [ $# -eq 0 ]; then
        found=$(digest </dev/null)
    else
        found=$(cd -- "$folder" && zstd -dcq -- "$@" | digest) || found="not readable"
    fi
    compare rows "$name" "$expected" "$found"
    if [ -z "$database" ]; then
        return
    elif [ -z "$query" ]; then
        printf 'unchecked  database  %q  no single COPY prints these rows\n' "$name"
        return
    fi
    found=$(psql -X -q -v ON_ERROR_STOP=1 -d "$database" -c "$query" | digest) || found="not read"
    compare database "$name" "$expected" "$found"
}

orphans() { # foreign key, rows without a parent, the query that counts them
    local found
    if [ -z "$database" ]; then
        return
    elif [ -z "$3" ]; then
        printf 'unchecked  orphans  %q  no plain comparison finds its parents\n' "$1"
        return
    fi
    found=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" -c "$3") || found="not read"
    compare orphans "$1" "$2" "$found"
}

sequence() { # name, next value, step, the query for what nextval would give
    local found
    if [ -z "$database" ]; then
        return
    fi
    found=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" -c "$4") || found="not read"
    case $found in
        '' | *[!0-9-]*) ;;
        *) if [ $((($found - $2) * $3)) -gt 0 ]; then
            printf 'match      sequence  %q  %s, ahead of %s\n' "$1" "$found" "$2"
            return
        fi ;;
    esac
    compare sequence "$1" "$2" "$found"
}

@lines@
exit "$failed"
"""


def recompute_script(manifest: Manifest, manifest_digest: str, settings: Mapping[str, str]) -> str:
    """Write the script.

    Args:
        manifest: The snapshot's.
        manifest_digest: SHA-256 of its manifest.json.
        settings: Those pinned in every session: they decide how values print.

    Returns:
        Text for bash. Names in it are quoted, whatever they hold.
    """
    options = " ".join(
        f"-c {name}={_option(value)}" for name, value in settings.items() if name not in _LEFT_OUT
    )
    files = [("manifest.json", manifest_digest)]
    files += [(entry.path, entry.digest) for entry in manifest.files]
    files += [(part.path, part.digest) for entry in manifest.data_tables for part in entry.parts]
    lines = [_call("file", digest, path) for path, digest in files]
    lines += [_table(entry) for entry in manifest.data_tables]
    lines += [_orphans(key, manifest) for key in manifest.foreign_keys]
    lines += [_sequence(sequence) for sequence in manifest.sequences]
    filled = {
        "id": re.sub(r"\W", "?", manifest.id, flags=re.ASCII),
        "options": shlex.quote(options),
        "lines": "\n".join(lines),
    }
    return re.sub("@(id|options|lines)@", lambda found: filled[found[1]], _SCRIPT)


def _call(function: str, *words: str) -> str:
    """A command whose words reach it as they are, whatever a manifest wrote into them."""
    return " ".join((function, *map(shlex.quote, words)))


def _table(entry: TableEntry) -> str:
    paths = (part.path for part in entry.parts)
    return _call("table", str(entry.table), f"{entry.rows} {entry.digest}", _query(entry), *paths)


def _query(entry: TableEntry) -> str:
    """The COPY that prints the rows; none for rows that are only a part of what a table holds."""
    if entry.extension or entry.table == LARGE_OBJECTS:
        return ""
    name = f"{quoted(entry.namespace)}.{quoted(entry.name)}"
    columns = ", ".join(map(quoted, entry.column_names))
    return f"COPY {name} ({columns}) TO STDOUT" if columns else f"COPY {name} TO STDOUT"


def _orphans(key: ForeignKey, manifest: Manifest) -> str:
    expected = manifest.known_orphans.get((key.child, key.columns, key.parent), 0)
    return _call("orphans", f"{key.child} {key.name}", str(expected), _orphan_query(key, manifest))


def _orphan_query(key: ForeignKey, manifest: Manifest) -> str:
    """The anti-join; none where `=` may mean another thing, as it does for an extension's types."""
    sides = tuple(zip(key.columns, key.parent_columns, strict=True))
    ours = _plain_columns(manifest, key.child)
    theirs = _plain_columns(manifest, key.parent)
    is_plain = ours.issuperset(key.columns) and theirs.issuperset(key.parent_columns)
    if key.is_period or key.match_full or not is_plain:
        return ""
    there = " AND ".join(f"c.{quoted(ours)} IS NOT NULL" for ours, _ in sides)
    same = " AND ".join(f"p.{quoted(theirs)} = c.{quoted(ours)}" for ours, theirs in sides)
    child, parent = _source(manifest, key.child), _source(manifest, key.parent)
    return (
        f"SELECT count(*) FROM {child} c WHERE {there} "  # noqa: S608 -- names are quoted
        f"AND NOT EXISTS (SELECT FROM {parent} p WHERE {same})"
    )


def _plain_columns(manifest: Manifest, name: TableName) -> frozenset[str]:
    """The columns whose types the server brought along: those are printed without a namespace."""
    entry = manifest.by_table.get(name)
    return frozenset(
        column.name for column in (entry.columns if entry else ()) if "." not in column.type
    )


def _source(manifest: Manifest, name: TableName) -> str:
    """The rows that a foreign key means: of a partitioned table its partitions', of others ONLY."""
    is_whole = manifest.by_table[name].kind is TableKind.PARTITIONED
    return ("" if is_whole else "ONLY ") + f"{quoted(name.namespace)}.{quoted(name.name)}"


def _sequence(sequence: Sequence) -> str:
    name = sequence.name
    step = str(sequence.increment)
    query = (
        f"SELECT last_value::numeric + "  # noqa: S608 -- names are quoted
        f"CASE WHEN is_called THEN {step} ELSE 0 END "
        f"FROM {quoted(name.namespace)}.{quoted(name.name)}"
    )
    return _call("sequence", str(name), str(sequence.next_value), step, query)


def _option(value: str) -> str:
    """A value in PGOPTIONS, where blanks and backslashes are escaped."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
