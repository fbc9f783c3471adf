"""`snapkit backup`: a snapshot of a database."""

from typing import TYPE_CHECKING

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_STORE, Dbname, Jobs, NoSchema, SchemaPath, StorePath
from snapkit.cli._sources import find_schema, find_target, open_store
from snapkit.cli._text import steps
from snapkit.core.text import counted, size

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest
    from snapkit.workflows.backup import BackupResult


@command(
    Panel.SNAPSHOT,
    example="snapkit backup -d postgresql://me@db/shop --jobs 2",
    interrupted="the unfinished snapshot was removed",
)
def backup(
    run: Run,
    *,
    dbname: Dbname = None,
    schema: SchemaPath = None,
    no_schema: NoSchema = False,
    store: StorePath = DEFAULT_STORE,
    jobs: Jobs = None,
) -> Outcome:
    """Take a snapshot of a whole database, consistent, every row digested."""
    from snapkit.workflows.backup import backup as back_up  # noqa: PLC0415 -- psycopg

    target = find_target(run, dbname)
    parsed = find_schema(run, schema, target, wanted=not no_schema)
    with run.progress() as progress:
        result = back_up(target, open_store(store), schema=parsed, jobs=jobs, progress=progress)
    run.interrupted = "the snapshot is complete"
    manifest = result.snapshot.manifest
    _tell(run, result)
    return Outcome(
        {
            "snapshot": manifest.id,
            "path": str(result.snapshot.path),
            "database": manifest.database,
            "tables": len(manifest.data_tables),
            "rows": manifest.rows,
            "bytes": manifest.size,
            "stored_bytes": manifest.stored_size,
            "jobs": manifest.jobs,
            "orphans": sum(item.rows for item in manifest.orphans),
            "not_held": [{"name": name, "reason": why} for name, why in manifest.not_held],
            "timings": dict(result.timings),
        }
    )


def _tell(run: Run, result: "BackupResult") -> None:
    manifest, people = result.snapshot.manifest, run.people
    people.say(f"snapshot {manifest.id} of database {manifest.database}", style="bold")
    people.say(
        f"{counted(len(manifest.data_tables), 'table')}, {counted(manifest.rows, 'row')}, "
        f"{size(manifest.size)}; {size(manifest.stored_size)} on disk",
        "  ",
    )
    people.say(f"in {steps(result.seconds, result.timings)}", "  ")
    people.say(str(result.snapshot.path), "  ")
    tell_reservations(run, manifest)


def tell_reservations(run: Run, manifest: "Manifest") -> None:
    """Say what a reader of this snapshot should know: orphans, and what it does not hold."""
    for item in manifest.orphans:
        key = item.foreign_key
        run.people.say(
            f"{counted(item.rows, 'row')} of {key.child} without a parent in {key.parent}, "
            "already so in the source",
            "  note: ",
            "yellow",
        )
    for name, why in manifest.not_held:
        run.people.say(f"{name} is not in the snapshot: {why}", "  note: ", "yellow")
