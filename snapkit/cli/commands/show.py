"""`snapkit show`: what one snapshot holds."""

from typing import TYPE_CHECKING, Any

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, SnapshotName, StorePath
from snapkit.cli._sources import open_snapshot
from snapkit.cli._text import duration, listed
from snapkit.cli.commands.backup import tell_reservations
from snapkit.core.text import counted, size

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.store import Snapshot


@command(Panel.SNAPSHOT, example="snapkit show latest")
def show(run: Run, *, snapshot: SnapshotName, store: StorePath = DEFAULT_STORE) -> Outcome:
    """Show what one snapshot holds, by its manifest; its data are not read."""
    found = open_snapshot(store, snapshot)
    _tell(run, found)
    return Outcome(_document(found))


def _document(snapshot: "Snapshot") -> dict[str, Any]:
    manifest = snapshot.manifest
    return {
        "snapshot": manifest.id,
        "path": str(snapshot.path),
        "manifest_digest": snapshot.manifest_digest,
        "doubt": snapshot.doubt,
        "database": manifest.database,
        "role": manifest.role,
        "server": manifest.server,
        "started_at": manifest.started_at,
        "finished_at": manifest.finished_at,
        "backup_seconds": manifest.seconds,
        "versions": manifest.versions,
        "rows": manifest.rows,
        "bytes": manifest.size,
        "stored_bytes": manifest.stored_size,
        "tables": [
            {
                "namespace": entry.namespace,
                "name": entry.name,
                "kind": entry.kind,
                "model": entry.model,
                "group": entry.group,
                "rows": entry.rows,
                "bytes": entry.size,
                "key": entry.key,
                "digest": entry.digest,
                "parts": len(entry.parts),
            }
            for entry in manifest.tables
        ],
        "views": manifest.views,
        "sequences": len(manifest.sequences),
        "foreign_keys": len(manifest.foreign_keys),
        "extensions": manifest.extensions,
        "orphans": [
            {"child": item.foreign_key.child, "name": item.foreign_key.name, "rows": item.rows}
            for item in manifest.orphans
        ],
        "not_held": [{"name": name, "reason": why} for name, why in manifest.not_held],
    }


def _tell(run: Run, snapshot: "Snapshot") -> None:
    if run.quiet:
        return
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    manifest = snapshot.manifest
    run.people.say(f"snapshot {manifest.id} of database {manifest.database}", style="bold")
    for name, fact in _facts(snapshot):
        run.people.say(fact, f"  {name:<12}")
    groups: dict[str, list[TableEntry]] = {}
    for entry in manifest.data_tables:
        groups.setdefault(entry.group or "", []).append(entry)
    headed = groups.keys() != {""}
    run.people.line()
    run.people.table(
        (
            Column(title="table", fold=True),
            Column(title="model", fold=True),
            Column(title="rows", right=True),
            Column(title="size", right=True),
        ),
        [
            Section(
                heading=(name or "(no model)") if headed else "",
                rows=tuple(
                    (str(entry.table), entry.model or "", f"{entry.rows:,}", size(entry.size))
                    for entry in entries
                ),
            )
            for name, entries in groups.items()
        ],
        (
            counted(len(manifest.data_tables), "table"),
            counted(sum(1 for entry in manifest.data_tables if entry.model), "model"),
            f"{manifest.rows:,}",
            size(manifest.size),
        ),
    )
    tell_reservations(run, manifest)


def _facts(snapshot: "Snapshot") -> list[tuple[str, str]]:
    manifest: Manifest = snapshot.manifest
    extensions = tuple(f"{item.name} {item.version}" for item in manifest.extensions)
    facts = [
        ("path", str(snapshot.path)),
        ("taken", f"{_moment(manifest.started_at)} UTC, in {duration(manifest.seconds)}"),
        ("server", f"PostgreSQL {manifest.server.version_text}, role {manifest.role}"),
        ("holds", _holds(manifest)),
        ("on disk", f"{size(manifest.stored_size)} of {size(manifest.size)}"),
        ("manifest", snapshot.manifest_digest),
    ]
    if snapshot.doubt:
        facts.append(("written by", f"not known to be this store: {snapshot.doubt}"))
    if extensions:
        facts.append(("extensions", listed(extensions)))
    return facts


def _moment(text: str) -> str:
    return text[:19].replace("T", " ")


def _holds(manifest: "Manifest") -> str:
    empty = sum(1 for entry in manifest.data_tables if not entry.rows)
    return (
        f"{counted(len(manifest.data_tables), 'table')} ({empty:,} empty), "
        f"{counted(manifest.rows, 'row')}, {counted(len(manifest.sequences), 'sequence')}, "
        f"{counted(len(manifest.foreign_keys), 'foreign key')}, "
        f"{counted(len(manifest.views), 'view')}"
    )
