"""What the panels share: folder, store, the database that was read, the chosen snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import traitlets

from snapkit.core.catalog import Catalog
from snapkit.core.coverage import Coverage, coverage
from snapkit.core.drift import drift
from snapkit.core.names import TableName
from snapkit.core.schema import Schema
from snapkit.lab.databases import Database
from snapkit.pg.catalog import read_catalog
from snapkit.pg.session import connect
from snapkit.report.graph import TableGraph, table_graph
from snapkit.report.sources import guarded
from snapkit.store import Snapshot, Store
from snapkit.workflows.parts import snapshot_catalog, snapshot_schema
from snapkit.workflows.schema_files import find_schema, read_schema

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A database as it was when it was read; no connection is kept open."""

    database: Database
    catalog: Catalog
    schema: Schema | None


def read_database(database: Database, folder: Path) -> Connected:
    """Read a database's catalog, and the schema that describes it.

    Args:
        database: Which one.
        folder: Where a schema is looked for, if none is named.

    Returns:
        What was read.

    Raises:
        ConnectError: It cannot be reached.
        DatabaseError: Its catalog cannot be read.
        SchemaError: The schema is not valid.
        UsageError: The schema that is named is not there.
    """
    source = find_schema(database.schema, folder)
    target = database.target
    schema = read_schema(source, default_namespace=target.namespace) if source else None
    with guarded(target.secrets), connect(target, read_only=True) as session:
        return Connected(
            database=database,
            catalog=read_catalog(session, needs_positions=False),
            schema=schema,
        )


def database_name(database: Database) -> str:
    """The name that the server gives a database: what is typed before its rows go.

    Raises:
        ConnectError: It cannot be reached.
    """
    with (
        guarded(database.target.secrets),
        connect(database.target, read_only=True) as session,
    ):
        return str(session.scalar("SELECT pg_catalog.current_database()"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """The graph to look at. `estimates` are the server's, for tables of unknown rows [rows]."""

    graph: TableGraph
    estimates: Mapping[TableName, int]
    source: str


def pictured(connected: Connected | None, snapshot: Snapshot | None) -> Pictured | None:
    """Gather the graph: of the database that was read, else of the snapshot that was chosen.

    Args:
        connected: The database, if one was read.
        snapshot: The snapshot, if one was chosen; its rows count where it is of that database.

    Returns:
        The graph; None where there is neither.

    Raises:
        ManifestError: A file of the snapshot is damaged.
        SchemaError: The snapshot's schema is not valid.
    """
    if connected is None:
        if snapshot is None:
            return None
        graph = table_graph(
            snapshot_schema(snapshot), snapshot_catalog(snapshot), snapshot.manifest
        )
        return Pictured(graph=graph, estimates={}, source=f"Snapshot {snapshot.id} and its rows.")
    catalog = connected.catalog
    manifest = None if snapshot is None else snapshot.manifest
    if manifest is not None and manifest.database != catalog.database:
        manifest = None
    rows = f"rows of snapshot {manifest.id}" if manifest else "rows as the server estimates them"
    return Pictured(
        graph=table_graph(connected.schema, catalog, manifest),
        estimates={
            table.name: table.estimated_rows
            for table in catalog.tables
            if table.estimated_rows > 0  # 0 may mean that nobody knows
        },
        source=f"Database {catalog.database}, live; {rows}.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A coverage; `catalog` says which catalog it was, for people."""

    coverage: Coverage
    catalog: str


def reconciled(connected: Connected | None, snapshot: Snapshot) -> Reconciled:
    """Reconcile a snapshot with the database that was read, else with its own catalog.

    Args:
        connected: Counts where it is the snapshot's database.
        snapshot: Which one.

    Returns:
        The coverage, drift included.

    Raises:
        ManifestError: A file of the snapshot is damaged.
        SchemaError: The snapshot's schema is not valid.
    """
    schema, catalog = snapshot_schema(snapshot), snapshot_catalog(snapshot)
    source = "as the snapshot recorded it"
    if connected is not None and connected.catalog.database == snapshot.manifest.database:
        schema, catalog = connected.schema or schema, connected.catalog
        source = f"live, {connected.database.label}"
    found = drift(schema, catalog) if schema else ()
    return Reconciled(coverage=coverage(schema, catalog, snapshot.manifest, found), catalog=source)


class State(traitlets.HasTraits):
    """What changes: panels observe it.

    `connected` is what was read of the database; `snapshots` are ids, newest first; `snapshot` is
    the one that was chosen, empty where there is none; `demo` is the demo, once it was started.
    """

    connected = traitlets.Any(None)
    demo = traitlets.Any(None)
    snapshots = traitlets.Tuple()
    snapshot = traitlets.Unicode("")

    def __init__(self, folder: Path, store: Path) -> None:
        super().__init__()
        self.folder = folder
        self.store = Store(store)

    def refresh(self, choose: str = "") -> None:
        """Look what the store holds.

        Args:
            choose: An id to choose; where it is empty, the choice stays, or falls on the newest.
        """
        ids = tuple(reversed(self.store.ids()))
        self.snapshots = ids
        wanted = choose or self.snapshot
        self.snapshot = wanted if wanted in ids else next(iter(ids), "")

    def open_snapshot(self) -> Snapshot | None:
        """The snapshot that was chosen."""
        return self.store.open(self.snapshot) if self.snapshot else None
