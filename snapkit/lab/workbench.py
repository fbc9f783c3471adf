"""The workbench: its panels, one for each part of the notebook."""

from __future__ import annotations

from snapkit.lab.compare_panel import ComparePanel
from snapkit.lab.database_panel import DatabasePanel
from snapkit.lab.databases import work_folder
from snapkit.lab.graph_panel import GraphPanel
from snapkit.lab.snapshot_panel import SnapshotPanel
from snapkit.lab.state import State
from snapkit.lab.work_panel import WorkPanel
from snapkit.workflows.opening import store_root

__all__ = ["Workbench"]


class Workbench:
    """Look at a database and its snapshots, and work on them: `bench = Workbench()`.

    Args:
        store: The folder of snapshots; empty takes `SNAPKIT_STORE`, else `./snapshots`.

    Attributes:
        database: Choose a database and a schema.
        graph: Its models, their graph, and the order in which they are restored.
        snapshots: What the store holds: rows, coverage, growth.
        work: Backup, check, drill, verify, restore.
        compare: Two snapshots side by side.
    """

    def __init__(self, store: str = "") -> None:
        folder = work_folder()
        state = State(folder, folder / store_root(store))
        self.database = DatabasePanel(state)
        self.graph = GraphPanel(state)
        self.snapshots = SnapshotPanel(state)
        self.work = WorkPanel(state)
        self.compare = ComparePanel(state)
