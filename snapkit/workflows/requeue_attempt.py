"""One attempt to load quarantined rows, inside one transaction that the caller ends.

Source: DESIGN.md, section 5, "Bad rows".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from snapkit.core.digest import RowDigester, TableDigest, digest_batches
from snapkit.core.names import TableName
from snapkit.core.requeue import RequeuePlan, RequeueStage
from snapkit.core.rows import RowShape
from snapkit.core.target_state import SequenceRight, TargetState
from snapkit.core.text import counted
from snapkit.errors import MismatchError
from snapkit.pg.alter import check_at_once, check_constraints, disable_trigger, enable_trigger
from snapkit.pg.bisect import FOREIGN_KEY_VIOLATION, BadRow, load_good_rows
from snapkit.pg.copy import copy_out
from snapkit.pg.locks import lock_tables
from snapkit.pg.orphans import Operators, read_operators
from snapkit.pg.rows import source_of
from snapkit.pg.sequences import advance_sequence, greatest_values, read_position
from snapkit.pg.session import Session
from snapkit.pg.together import Company, NeedyRows
from snapkit.store import QuarantineWriter, RequeuedTable
from snapkit.workflows.quarantined import Contents, Reason, batched, carry_over, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.core.catalog import Sequence

EQUAL_ROW: Final = (
    "an equal row is in the table already, which has no key to tell whether it is this one"
)
_AT_ONCE: Final = 1000  # rows that are carried over at a time
_SHORT: Final = 32  # keys that are compared as they are; longer ones by their digest [bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeueResult:
    """A requeue that came to its end.

    `reasons` are those of the rows that stay in quarantine, each with its rows [rows]. `retired` is
    where the folder is now, and `successor` the folder of what stays; both are None where nothing
    was committed: in a dry run, and where nothing would have changed. `documents` are rows of JSON
    files among those that stay [rows]: nothing loads them. `is_settled` says that an earlier run
    had loaded the rows, and ended before it could say so.
    """

    folder: Path
    snapshot_id: str
    tables: tuple[RequeuedTable, ...]
    reasons: tuple[tuple[Reason, int], ...] = ()
    retired: Path | None = None
    successor: Path | None = None
    notes: tuple[str, ...] = ()
    documents: int = 0
    is_settled: bool = False
    seconds: float = 0.0

    @property
    def committed(self) -> bool:
        """Whether rows that could go in are in the database, and the folder is done with."""
        return self.retired is not None

    @property
    def loaded(self) -> int:
        """Rows that went in; in a dry run, that would have [rows]."""
        return sum(item.loaded for item in self.tables)

    @property
    def present(self) -> int:
        """Rows that were in the database already [rows]."""
        return sum(item.present for item in self.tables)

    @property
    def left(self) -> int:
        """Rows that stay in quarantine [rows]."""
        return sum(item.refused + item.kept for item in self.tables)


@dataclass(kw_only=True)
class Attempt:
    """One attempt, inside one transaction.

    `before` are the digests of the tables as they were, `tried` those of the rows that were sent,
    and `refused` those of the rows among them that came back. `there` are the places of rows that
    are in the database already, `equal` of those of which nobody can tell.
    """

    session: Session
    contents: Contents
    chosen: tuple[TableName, ...]
    state: TargetState
    plan: RequeuePlan
    writer: QuarantineWriter | None
    equal_rows: bool
    before: dict[TableName, TableDigest] = field(default_factory=dict)
    tried: dict[TableName, TableDigest] = field(default_factory=dict)
    refused: dict[TableName, RowDigester] = field(default_factory=dict)
    there: dict[TableName, frozenset[int]] = field(default_factory=dict)
    equal: dict[TableName, frozenset[int]] = field(default_factory=dict)
    reasons: Counter[Reason] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def load(self) -> None:
        """Load what goes in, prove it, and set the rest aside."""
        operators = read_operators(self.session)
        quiet = tuple(dict.fromkeys(name for name, _ in self.plan.triggers))
        lock_tables(self.session, quiet, "SHARE ROW EXCLUSIVE")
        for name in self.chosen:
            self._look(name)
        for pair in self.plan.triggers:
            disable_trigger(self.session, *pair)
        check_at_once(
            self.session, [TableName(key.child.namespace, key.name) for key in self.plan.hasty]
        )
        for stage in self.plan.stages:
            self._load_stage(stage, operators)
        check_constraints(self.session)
        for pair in self.plan.triggers:
            enable_trigger(self.session, *pair)
        for name in self.chosen:
            self._prove(name)
        self._keep_the_others()
        self._free_sequences()

    def changes_anything(self) -> bool:
        """Whether a row is accounted for now, or has another reason than before."""
        moved = any(self.loaded(name).rows or self.there[name] for name in self.chosen)
        return moved or self.reasons != self.contents.reasons

    def loaded(self, name: TableName) -> TableDigest:
        """The rows of a table that went in."""
        refused = self.refused.get(name)
        return self.tried[name] - (refused.result() if refused else TableDigest())

    def result(self) -> RequeueResult:
        """Where each row went."""
        tables = []
        for name, held in self.contents.tables.items():
            is_tried = name in self.chosen
            loaded = self.loaded(name).rows if is_tried else 0
            there = len(self.there[name]) if is_tried else 0
            kept = len(held.documents) + (0 if is_tried else held.lines)
            found = RequeuedTable(
                namespace=name.namespace,
                name=name.name,
                loaded=loaded,
                present=there,
                refused=held.rows - loaded - there - kept,
                kept=kept,
            )
            tables.append(found)
        if sum(item.refused + item.kept for item in tables) != self.reasons.total():
            raise AssertionError("a row was neither loaded nor set aside")
        return RequeueResult(
            folder=self.contents.folder.path,
            snapshot_id=self.contents.folder.snapshot_id,
            tables=tuple(tables),
            reasons=tuple(sorted(self.reasons.items())),
            documents=self.contents.documents,
            notes=(*self.plan.notes, *self.notes),
        )

    def _look(self, name: TableName) -> None:
        """Digest a table as it is, and find the rows that are there already."""
        columns, key = self.contents.tables[name].columns, self.plan.identity[name]
        shape = RowShape(table=name, columns=columns, key=key)
        wanted: dict[bytes, list[tuple[bytes, int]]] = {}
        for batch in self.contents.lines_of(name):
            for place, line in batch:
                wanted.setdefault(_key(shape, line), []).append((_short(line), place))
        digester, found = RowDigester(), set()
        for lines in copy_out(self.session, source_of(self.state.catalog, name), columns):
            digester.update(lines)
            for row in lines:
                for twin, place in wanted.get(_key(shape, row), ()):
                    if twin == _short(row):
                        found.add(place)
        self.before[name] = digester.result()
        self.there[name] = frozenset(found) if key else frozenset()
        self.equal[name] = frozenset() if key or self.equal_rows else frozenset(found)

    def _load_stage(self, stage: RequeueStage, operators: Operators) -> None:
        needy: dict[TableName, list[bytes]] = {}
        for name in stage.tables:
            self._set_equal_rows_aside(name)
            self.tried[name] = self._digest(name)
            self._load_table(name, needy.setdefault(name, []) if stage.keys else None)
        found = [
            NeedyRows(name, self.contents.tables[name].columns, lines)
            for name, lines in needy.items()
            if lines
        ]
        if found:
            Company(
                session=self.session,
                catalog=self.state.catalog,
                operators=operators,
                keys=stage.keys,
                set_aside=self._refuse,
            ).load(found)

    def _load_table(self, name: TableName, needy: list[bytes] | None) -> None:
        def set_aside(row: BadRow) -> None:
            if needy is not None and row.sqlstate == FOREIGN_KEY_VIOLATION:
                needy.append(row.line)  # its parent may come yet
            else:
                self._refuse(row)

        load_good_rows(
            self.session,
            name,
            self.contents.tables[name].columns,
            lambda: self._lines(name),
            set_aside,
        )

    def _digest(self, name: TableName) -> TableDigest:
        return digest_batches(self._lines(name))

    def _lines(self, name: TableName) -> Iterator[list[bytes]]:
        for batch in self.contents.lines_of(name, self.there[name] | self.equal[name]):
            yield [line for _, line in batch]

    def _refuse(self, row: BadRow) -> None:
        self.refused.setdefault(row.table, RowDigester()).update((row.line,))
        self._set_aside(Reason(row.table, row.sqlstate, row.constraint, row.message), row.line)

    def _set_equal_rows_aside(self, name: TableName) -> None:
        for place in sorted(self.equal[name]):
            (row,) = self.contents.folder.rows_at([place])
            self._set_aside(Reason(name, "", "", EQUAL_ROW), row.line or b"")

    def _set_aside(self, reason: Reason, line: bytes) -> None:
        self.reasons[reason] += 1
        if self.writer is not None:
            self.writer.add(
                reason.table,
                self.contents.tables[reason.table].columns,
                line,
                {
                    "sqlstate": reason.sqlstate,
                    "constraint": reason.constraint,
                    "message": reason.message,
                },
            )

    def _keep_the_others(self) -> None:
        """Carry over what was not tried, with the reason that it has."""
        for name, held in self.contents.tables.items():
            lines = [] if name in self.chosen else held.batches
            for places in (*lines, *batched(held.documents, _AT_ONCE)):
                rows = self.contents.folder.rows_at(list(places))
                self.reasons.update(map(reason_of, rows))
                if self.writer is not None:
                    carry_over(self.writer, rows)

    def _prove(self, name: TableName) -> None:
        """Read a table back: what it held, and the rows that went in."""
        source = source_of(self.state.catalog, name)
        found = digest_batches(copy_out(self.session, source, self.contents.tables[name].columns))
        expected = self.before[name] + self.loaded(name)
        if found != expected:
            raise MismatchError(
                f"read back, {name} does not hold what it held before and the rows that went in: "
                f"{found.rows:,} of {counted(expected.rows, 'row')}, digests differ",
                f"table {name}",
                "Everything was rolled back. Look for a trigger that changes rows, or for a value "
                "that was edited and is not written as the server prints it.",
            )

    def _free_sequences(self) -> None:
        """Move sequences on whose next value a row that went in has taken."""
        filled = [name for name in self.chosen if self.loaded(name).rows]
        mine = [s for s in self.state.catalog.sequences_of(filled) if not s.cycles]
        greatest = greatest_values(self.session, self.state.catalog, mine)
        for sequence in mine:
            reach = greatest.get(sequence.name)
            last = reach.value if reach else None
            if last is None or not sequence.minimum <= last <= sequence.maximum:
                continue
            if not _is_taken(sequence, last):
                continue
            right = self.state.sequences.get(sequence.name, SequenceRight.OWNER)
            if right is SequenceRight.NONE:
                self.notes.append(
                    f"the next value of sequence {sequence.name} is taken, {last} is the last one: "
                    f"role {self.state.catalog.role} may not move it"
                )
            elif self.writer is not None:  # without a writer it is a dry run
                self._move(sequence, last, is_owned=right is SequenceRight.OWNER)

    def _move(self, sequence: Sequence, last: int, *, is_owned: bool) -> None:
        now = read_position(self.session, sequence, hold=is_owned)
        if _is_taken(now, last):
            moved = replace(now, last_value=last, is_called=True)
            advance_sequence(self.session, moved, is_owned=is_owned)
            self.notes.append(f"sequence {sequence.name} was moved on to {moved.next_value}")


def _is_taken(sequence: Sequence, last: int) -> bool:
    ahead = sequence.next_value - last
    return ahead <= 0 if sequence.increment > 0 else ahead >= 0


def _key(shape: RowShape, line: bytes) -> bytes:
    try:
        return _short(shape.key_of(line))
    except IndexError:  # an edited line that lacks columns, which the server will refuse
        return _short(line)


def _short(text: bytes) -> bytes:
    return text if len(text) <= _SHORT else hashlib.sha256(text).digest()
