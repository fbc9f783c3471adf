"""The store: a directory of snapshots; the only writer of snapshot files.

Invariants, each tested by damage:

- a part is renamed into place once it is complete;
- manifest.json comes after every file it names, and is renamed into place last, once all of them
  are flushed to disk: a directory without one is no snapshot, and nothing lists it; the next
  snapshot removes what a killed one left: see `_making`;
- nothing is edited: a snapshot that exists never changes, nor do quarantined rows: those that are
  loaded later are marked so by the name of their folder;
- every path comes from the manifest, is relative and leads through no link;
- a snapshot that this store wrote is signed with its secret: see `_trust`.

Source: DESIGN.md, section 4.
"""

from snapkit.store._directory import Snapshot, SnapshotSummary, SnapshotWriter, Store
from snapkit.store._lock import locked
from snapkit.store._making import claim, sweep
from snapkit.store._parts import PartFacts, PartWriter, read_blocks
from snapkit.store._quarantine import QuarantineWriter, SetAside
from snapkit.store._quarantined import (
    JOURNAL,
    Journal,
    QuarantinedRow,
    QuarantineFolder,
    RequeuedTable,
)

__all__ = [
    "JOURNAL",
    "Journal",
    "PartFacts",
    "PartWriter",
    "QuarantineFolder",
    "QuarantineWriter",
    "QuarantinedRow",
    "RequeuedTable",
    "SetAside",
    "Snapshot",
    "SnapshotSummary",
    "SnapshotWriter",
    "Store",
    "claim",
    "locked",
    "read_blocks",
    "sweep",
]
