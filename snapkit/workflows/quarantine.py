"""Quarantine during a restore: bad rows are set aside, the good ones are loaded.

Rows that are set aside are on disk before the restore commits, and get their name afterwards: what
a crash in between leaves is settled by the next run, see `snapkit.store`, `_quarantine`.

Source: DESIGN.md, section 5, "Bad rows".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.manifest import Manifest
from snapkit.errors import StorageError
from snapkit.pg.bisect import BadRow, OrphanHunt, load_good_rows
from snapkit.pg.catalog import read_catalog
from snapkit.pg.orphans import Operators
from snapkit.pg.session import connect
from snapkit.pg.transactions import Fate, TransactionId, fate_of, transaction_id
from snapkit.store import QuarantineWriter, SetAside, Store
from snapkit.workflows.row_sides import snapshot_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from snapkit.core.manifest import TableEntry
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.pg.session import Session
    from snapkit.pg.target import Target
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

    def commit(self, session: Session) -> Path | None:
        """Commit the restore, its bad rows being on disk.

        Args:
            session: Inside the restore's transaction, which is proved.

        Returns:
            Their folder; None where no row was set aside.

        Raises:
            DatabaseError: Nothing was committed.
            StorageError: The disk is full or gone, and nothing was committed; or, which it says,
                the restore is committed and the folder could not be given its name.
        """
        if not self.writer.rows:
            session.commit()
            return None
        found = transaction_id(session)
        self.writer.seal(
            SetAside(system=found.system, database=session.database, transaction=found.number)
        )
        session.commit()
        try:
            return self.writer.finish()
        except StorageError as error:
            raise StorageError(
                f"the restore is committed, but its quarantined rows could not get their folder's "
                f"name: {error.what}",
                error.where,
                "They are on disk. Mend that; the next restore or requeue names the folder.",
            ) from error

    def _set_aside(self, row: BadRow) -> None:
        self.writer.add(
            row.table,
            self.manifest.by_table[row.table].column_names,
            row.line,
            {"sqlstate": row.sqlstate, "constraint": row.constraint, "message": row.message},
        )


def settle(session: Session, store: Store) -> None:
    """Find out what became of restores that set rows aside and did not say how they ended.

    Args:
        session: Outside of any transaction. Those of other servers are left for them.
        store: Where the rows are.

    Raises:
        StorageError: A folder cannot be renamed.
    """
    for path, by in store.pending():
        if by.system:  # else nobody knows whether it was this server
            fate = fate_of(session, TransactionId(by.system, by.transaction))
            if fate in {Fate.COMMITTED, Fate.ROLLED_BACK}:
                store.settle(path, is_wanted=fate is Fate.COMMITTED)


def settle_in(target: Target, store: Store) -> None:
    """Do that in a database of its own.

    Args:
        target: A database of the server that the restores ran on.
        store: Where the rows are.

    Raises:
        ConnectError: The database cannot be reached.
        StorageError: A folder cannot be renamed.
    """
    with connect(target, read_only=True) as session:
        settle(session, store)
