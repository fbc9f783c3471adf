"""`snapkit snapshots`: what the store holds."""

from typing import TYPE_CHECKING, Any

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, StorePath
from snapkit.cli._sources import open_store
from snapkit.cli._text import duration
from snapkit.core.text import counted, size

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.store import SnapshotSummary


@command(Panel.SNAPSHOT, example="snapkit snapshots --store /backups/shop")
def snapshots(run: Run, *, store: StorePath = DEFAULT_STORE) -> Outcome:
    """List the snapshots of a store, oldest first."""
    opened = open_store(store)
    found, incomplete = opened.summaries(), opened.incomplete_ids()
    _tell(run, store, found)
    for name in incomplete:
        run.people.say(
            f"{name} is not complete: a backup is under way there, or was killed", style="yellow"
        )
    return Outcome(
        {
            "store": str(store),
            "snapshots": [_document(item) for item in found],
            "incomplete": [{"id": name, "path": str(store / name)} for name in incomplete],
        }
    )


def _document(item: "SnapshotSummary") -> dict[str, Any]:
    manifest = item.manifest
    document: dict[str, Any] = {"id": item.id, "path": str(item.path), "problem": item.problem}
    if manifest is None:
        return document
    return document | {
        "database": manifest.database,
        "started_at": manifest.started_at,
        "finished_at": manifest.finished_at,
        "seconds": manifest.seconds,
        "tables": len(manifest.data_tables),
        "rows": manifest.rows,
        "bytes": manifest.size,
        "stored_bytes": manifest.stored_size,
        "server": manifest.server.version_text,
    }


def _tell(run: Run, store: "Path", found: "tuple[SnapshotSummary, ...]") -> None:
    if run.quiet:
        return
    if not found:
        run.people.say(f"no snapshots in {store}")
        return
    from snapkit.cli._tables import Column, Section  # noqa: PLC0415 -- rich

    manifests = [item.manifest for item in found if item.manifest]
    run.people.table(
        (
            Column(title="snapshot"),
            Column(title="database", fold=True),
            Column(title="tables", right=True),
            Column(title="rows", right=True),
            Column(title="size", right=True),
            Column(title="on disk", right=True),
            Column(title="took", right=True),
        ),
        [Section(rows=tuple(_row(item) for item in found))],
        (
            counted(len(found), "snapshot"),
            "",
            "",
            f"{sum(manifest.rows for manifest in manifests):,}",
            size(sum(manifest.size for manifest in manifests)),
            size(sum(manifest.stored_size for manifest in manifests)),
            duration(sum(manifest.seconds for manifest in manifests)),
        ),
    )
    for item in found:
        if item.problem:
            run.people.say(f"{item.id} cannot be read: {item.problem}", style="bold red")


def _row(item: "SnapshotSummary") -> tuple[str, ...]:
    manifest = item.manifest
    if manifest is None:
        return (item.id, "unreadable", "", "", "", "", "")
    return (
        item.id,
        manifest.database,
        f"{len(manifest.data_tables):,}",
        f"{manifest.rows:,}",
        size(manifest.size),
        size(manifest.stored_size),
        duration(manifest.seconds),
    )
