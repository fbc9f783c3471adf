"""Sequences: put back where they stood, and compared with the columns they feed.

Source: PostgreSQL manual, ALTER SEQUENCE; Sequence Manipulation Functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.merge import forwarded
from snapkit.core.names import TableName
from snapkit.pg.copy import identifier
from snapkit.pg.locks import awaiting
from snapkit.pg.session import translated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Catalog, Feed, Sequence
    from snapkit.core.steps import ForwardSequence
    from snapkit.pg.session import Session

_INTEGERS = frozenset({"smallint", "integer", "bigint", "numeric"})
_PLAIN = re.compile(r"\(?nextval\('(?:[^']|'')*'::regclass\)\)?(?:::[a-z]+)?")
"""A default that gives the number as it is, as `pg_get_expr` prints it."""


def set_sequence(session: Session, sequence: Sequence, *, is_new: bool = False) -> None:
    """Put a sequence where it stood, so that it rolls back with the transaction.

    `setval` alone does not roll back. ALTER SEQUENCE … RESTART gives the sequence new storage that
    belongs to the transaction, and the `setval` that follows writes there.

    Args:
        session: Inside a transaction, as the sequence's owner.
        sequence: Where it should stand.
        is_new: Whether this very transaction made it: then its storage belongs there already.

    Raises:
        DatabaseError: The role does not own it, or its bounds do not admit the value.
    """
    name, where = identifier(sequence.name), f"sequence {sequence.name}"
    if not is_new:
        session.change(where, sql.SQL("ALTER SEQUENCE {} RESTART").format(name))
    session.change(
        where,
        sql.SQL("SELECT pg_catalog.setval({}, {}, {})").format(
            sql.Literal(name.as_string(session.connection)),
            sql.Literal(sequence.last_value),
            sql.Literal(sequence.is_called),
        ),
    )


def advance_sequence(session: Session, sequence: Sequence, *, is_owned: bool) -> None:
    """Move a sequence forward.

    Args:
        session: Inside a transaction.
        sequence: Where it should stand.
        is_owned: Whether the role owns it: then the move rolls back with the transaction. UPDATE
            on it is enough for a move that stays, which does no harm: numbers are left out.

    Raises:
        DatabaseError: The role lacks UPDATE on it.
    """
    if is_owned:
        set_sequence(session, sequence)
        return
    name = identifier(sequence.name)
    with translated(f"sequence {sequence.name}"):
        session.connection.execute(
            "SELECT pg_catalog.setval(%s, %s, %s)",
            [name.as_string(session.connection), sequence.last_value, sequence.is_called],
        )


def read_position(session: Session, sequence: Sequence, *, hold: bool) -> Sequence:
    """Ask where a sequence stands this very moment.

    Args:
        session: Inside a transaction, with SELECT on the sequence.
        sequence: As the catalog had it.
        hold: Whether to keep others from drawing numbers until the end; needs its owner.

    Returns:
        The sequence where it stands now.

    Raises:
        DatabaseError: The role lacks a right.
    """
    name = identifier(sequence.name)
    with translated(f"sequence {sequence.name}"):
        if hold:  # changes nothing, and excludes nextval
            session.connection.execute(
                sql.SQL("ALTER SEQUENCE {} INCREMENT BY {}").format(
                    name, sql.Literal(sequence.increment)
                )
            )
        row = session.connection.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(name)
        ).fetchone()
    return replace(sequence, last_value=row[0], is_called=row[1]) if row else sequence


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the columns of a sequence have come, and the column that holds the value."""

    value: int
    table: TableName
    column: str


def greatest_values(
    session: Session, catalog: Catalog, sequences: Iterable[Sequence]
) -> dict[TableName, Reach]:
    """Ask how far each sequence's columns have come, in one query.

    A default that makes something else of the number, such as `nextval('s') * 10`, tells nothing
    of the sequence, and one that cycles gives again what columns hold: of these only the owner is
    asked. A column that the role may not read is left out, but for an identity.

    Args:
        session: Inside the transaction to look at.
        catalog: Of the same database.
        sequences: Those to ask for; ones that feed no integer column are left out.

    Returns:
        The greatest value by sequence, the smallest for descending ones; nothing for empty columns.

    Raises:
        DatabaseError: The role cannot read a table.
    """
    asked = [(s, feed) for s in sequences for feed in _integer_feeds(catalog, s)]
    queries = [
        sql.SQL("SELECT {}::int, {}({})::text FROM {}").format(
            sql.Literal(place),
            sql.SQL("max" if sequence.increment > 0 else "min"),
            sql.Identifier(feed.column),
            identifier(feed.table),
        )
        for place, (sequence, feed) in enumerate(asked)
    ]
    found: dict[TableName, Reach] = {}
    for place, value in sorted(session.union(queries), key=lambda row: int(str(row[0]))):
        sequence, feed = asked[int(str(place))]
        if not value:
            continue
        reach = Reach(int(str(value)), feed.table, feed.column)
        best = found.get(sequence.name)
        way = 1 if sequence.increment > 0 else -1
        if best is None or (reach.value - best.value) * way > 0:
            found[sequence.name] = reach
    return found


def _integer_feeds(catalog: Catalog, sequence: Sequence) -> list[Feed]:
    """The columns to ask; a partition's rows are read with the partitioned table above it."""
    feeds = [feed for feed in catalog.feeds_of(sequence) if _holds_numbers(catalog, sequence, feed)]
    asked = {(feed.table, feed.column) for feed in feeds}
    return [
        feed
        for feed in feeds
        if not any(
            (above, feed.column) in asked
            for above in catalog.with_partitioned((feed.table,)) - {feed.table}
        )
    ]


def _holds_numbers(catalog: Catalog, sequence: Sequence, feed: Feed) -> bool:
    table = catalog.by_name.get(feed.table)
    is_owner = (feed.table, feed.column) == (sequence.owner_table, sequence.owner_column)
    return (
        table is not None
        and feed.is_readable
        and any(
            column.name == feed.column
            and column.type in _INTEGERS
            and (is_owner or (not sequence.cycles and _PLAIN.fullmatch(column.default or "")))
            for column in table.columns
        )
    )


def forward_position(
    session: Session, catalog: Catalog, step: ForwardSequence, *, hold: bool
) -> Sequence | None:
    """Say where a sequence must go, as it stands now.

    Args:
        session: Inside a transaction, with SELECT on the sequence.
        catalog: Of the same database.
        step: The sequence.
        hold: Whether to keep others from drawing numbers until the end; needs its owner.

    Returns:
        The sequence moved forward; None where its next value is free.

    Raises:
        DatabaseError: The role lacks a right.
    """
    now = read_position(session, step.sequence, hold=hold)
    reach = greatest_values(session, catalog, [now]).get(now.name)
    return forwarded(now, snapshot=step.snapshot, greatest=reach.value if reach else None)


def forward_sequence(session: Session, catalog: Catalog, step: ForwardSequence) -> None:
    """Move a sequence only where it must: that keeps others from drawing numbers until the end.

    Args:
        session: Inside a transaction.
        catalog: Of the same database.
        step: The sequence.

    Raises:
        DatabaseError: The role lacks a right.
        LockedError: Somebody holds the sequence.
    """
    if forward_position(session, catalog, step, hold=False) is None:
        return
    with awaiting(session, (step.sequence.name,), "SHARE ROW EXCLUSIVE"):
        moved = forward_position(session, catalog, step, hold=step.rolls_back)
        if moved is not None:
            advance_sequence(session, moved, is_owned=step.rolls_back)
