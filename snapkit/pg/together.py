"""Loading rows that need each other: staged, orphans taken out, inserted by one statement.

Source: PostgreSQL manual, WITH Queries, Data-Modifying Statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from snapkit.core.catalog import Catalog
from snapkit.core.names import ForeignKey, TableName
from snapkit.errors import DatabaseError
from snapkit.pg.bisect import BadRow, OrphanSource, bad_row, is_row_fault, take_orphans
from snapkit.pg.copy import (
    copy_in_lines,
    copy_out,
    identifier,
)
from snapkit.pg.orphans import Operators, leaves, orphan_condition, rows_of
from snapkit.pg.rows import RowSource
from snapkit.pg.session import Session
from snapkit.pg.stage import insert_together, make_stage

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class NeedyRows:
    """Rows of one table that were refused alone, for want of a parent: COPY text lines."""

    table: TableName
    columns: tuple[str, ...]
    lines: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Loads rows whose parents may be among them.

    `keys` are the foreign keys that the rows must satisfy; `set_aside` takes the rows that cannot
    go in.
    """

    session: Session
    catalog: Catalog
    operators: Operators
    keys: Sequence[ForeignKey]
    set_aside: Callable[[BadRow], None]

    def load(self, needy: Sequence[NeedyRows]) -> int:
        """Load rows in one statement, at whose end foreign keys are looked at.

        Where that statement fails for another reason, such as two rows of one key, none goes in.

        Args:
            needy: The rows, by table.

        Returns:
            Rows that the server took [rows].

        Raises:
            DatabaseError: A failure that is no row's fault.
        """
        stages: dict[TableName, tuple[TableName, tuple[str, ...]]] = {}
        for place, rows in enumerate(needy):
            stage = make_stage(self.session, f"snapkit_{place}", rows.table, rows.columns)
            copy_in_lines(self.session, stage, rows.columns, rows.lines)
            stages[rows.table] = (stage, rows.columns)
        while sum(self._take_orphans(table, key, stages) for table, key in self._wanted(stages)):
            pass  # one may be another's parent
        try:
            with self.session.connection.transaction():  # a savepoint
                return sum(
                    insert_together(
                        self.session,
                        [(stage, table, columns) for table, (stage, columns) in stages.items()],
                    )
                )
        except DatabaseError as error:
            cause = error.__cause__
            if not isinstance(cause, psycopg.Error) or not is_row_fault(cause):
                raise
            for table, (stage, columns) in stages.items():
                for line in self._lines(stage, columns):
                    self.set_aside(bad_row(table, line, cause))
            return 0

    def _wanted(self, stages: Mapping[TableName, object]) -> Iterator[tuple[TableName, ForeignKey]]:
        for key in self.keys:
            for table in leaves(self.catalog, key.child):
                if table in stages:
                    yield table, key

    def _take_orphans(
        self,
        table: TableName,
        key: ForeignKey,
        stages: Mapping[TableName, tuple[TableName, tuple[str, ...]]],
    ) -> int:
        """Set the rows aside whose parent is neither in the database nor among the others."""
        stage, columns = stages[table]
        parents: list[sql.Composable] = [rows_of(key.parent, self.catalog)]
        parents += [
            identifier(stages[name][0])
            for name in leaves(self.catalog, key.parent)
            if name in stages and set(key.parent_columns) <= set(stages[name][1])
        ]
        source = OrphanSource(
            table=table,
            relation=identifier(stage),
            columns=columns,
            condition=orphan_condition(key, self.catalog, self.operators, parents),
        )
        return take_orphans(self.session, key, source, self.set_aside)

    def _lines(self, stage: TableName, columns: Sequence[str]) -> list[bytes]:
        batches = copy_out(self.session, RowSource(stage), columns)
        return [line for batch in batches for line in batch]
