"""Quarantine during a restore: bad rows are set aside, the good ones are loaded.

Source: DESIGN.md, section 5, "Bad rows".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.manifest import Manifest
from snapkit.pg.bisect import BadRow, OrphanHunt, load_good_rows
from snapkit.pg.catalog import read_catalog
from snapkit.pg.orphans import Operators
from snapkit.store import QuarantineWriter
from snapkit.workflows.row_sides import snapshot_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.pg.session import Session
    from snapkit.store import Snapshot


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Where bad rows go. `operators` are those from before any foreign key was dropped."""

    writer: QuarantineWriter
    manifest: Manifest
    operators: Operators

    def rows(self, table: TableName) -> int:
        """Rows of a table set aside so far [rows]."""
        digest = self.writer.digests.get(table)
        return digest.rows if digest else 0

    def load(self, session: Session, snapshot: Snapshot, entry: TableEntry) -> int:
        """Load one table.

        Args:
            session: Inside the restore's transaction.
            snapshot: Where the rows come from.
            entry: The table.

        Returns:
            Rows that the server took [rows].

        Raises:
            DatabaseError: A failure that is no row's fault.
            ManifestError: A part is missing or damaged.
        """
        return load_good_rows(
            session,
            entry.table,
            entry.column_names,
            lambda: snapshot_lines(snapshot, entry),
            self._set_aside,
        )

    def take_orphans(
        self, session: Session, keys: Iterable[ForeignKey], tables: Iterable[TableName]
    ) -> int:
        """Take the rows out that the foreign keys would refuse.

        Args:
            session: Inside the restore's transaction.
            keys: Those that will be put back.
            tables: Those that are being restored; orphans in others stop the restore later.

        Returns:
            Rows taken out [rows].

        Raises:
            DatabaseError: The server refused.
        """
        hunt = OrphanHunt(
            session=session,
            catalog=read_catalog(session, needs_positions=False),
            operators=self.operators,
            columns={name: self.manifest.by_table[name].column_names for name in tables},
            set_aside=self._set_aside,
        )
        return hunt.run(keys)

    def _set_aside(self, row: BadRow) -> None:
        self.writer.add(
            row.table,
            self.manifest.by_table[row.table].column_names,
            row.line,
            {"sqlstate": row.sqlstate, "constraint": row.constraint, "message": row.message},
        )
