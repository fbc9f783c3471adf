"""Which sequences must move forward because rows came into columns that draw from them.

Source: PostgreSQL manual, Sequence Manipulation Functions; CREATE SEQUENCE, OWNED BY.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.rungs import members_of
from snapkit.core.steps import ForwardSequence
from snapkit.core.target_state import SequenceRight, TargetState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Sequence
    from snapkit.core.manifest import Manifest
    from snapkit.core.names import TableName


def forward_moves(
    manifest: Manifest, target: TargetState, sequences: Iterable[Sequence]
) -> tuple[ForwardSequence, ...]:
    """The moves of the sequences that the role may move, by its right on each.

    Args:
        manifest: Says where the snapshot has them.
        target: The database, and what the role may do there.
        sequences: Of the target; those that cycle give numbers again, and are left out.

    Returns:
        One step per sequence.
    """
    known = {sequence.name: sequence for sequence in manifest.sequences}
    rights = [
        (sequence, target.sequences.get(sequence.name, SequenceRight.OWNER))
        for sequence in sequences
        if not sequence.cycles
    ]
    return tuple(
        ForwardSequence(sequence, known.get(sequence.name), right is SequenceRight.OWNER)
        for sequence, right in rights
        if right is not SequenceRight.NONE
    )


def notes_of_forward(
    target: TargetState, sequences: Iterable[Sequence], act: str
) -> tuple[str, ...]:
    """Name the sequences that the role may not move.

    Args:
        target: The database, and what the role may do there.
        sequences: Of the target.
        act: What commits only where their next values are free: "merge" or "restore".

    Returns:
        One line each.
    """
    return tuple(
        f"sequence {sequence.name} stays where it is: role {target.catalog.role} lacks UPDATE on "
        f"it; the {act} commits only where its next value is free"
        for sequence in sequences
        if target.sequences.get(sequence.name, SequenceRight.OWNER) is SequenceRight.NONE
    )


def split_sequences(
    manifest: Manifest, target: TargetState, restored: Iterable[TableName]
) -> tuple[tuple[Sequence, ...], tuple[Sequence, ...]]:
    """Tell the sequences that a restore sets from those that it may only move forward.

    A sequence is set where every table that draws from it gets the snapshot's rows: any other may
    hold later values. One that no column owns goes with the whole: nobody knows who else draws.

    Args:
        manifest: Names the snapshot's sequences.
        target: The database; its columns and their defaults say who draws.
        restored: The tables whose rows are replaced.

    Returns:
        The snapshot's sequences to set, and those to move forward.
    """
    catalog, names = target.catalog, frozenset(restored)
    is_whole = names.issuperset(entry.table for entry in manifest.data_tables)
    members = members_of(catalog, (table.name for table in catalog.data_tables))
    standing = {sequence.name: sequence for sequence in catalog.sequences}
    set_back, forward = [], []
    for sequence in manifest.sequences:
        drawing = {
            holder
            for one in (sequence, standing.get(sequence.name, sequence))
            for feed in catalog.feeds_of(one)
            for holder in members.get(feed.table, ())
        }
        is_owned = sequence.owner_table is not None and bool(drawing)
        if drawing <= names and (is_whole or is_owned):
            set_back.append(sequence)
        elif is_whole or not drawing.isdisjoint(names):
            forward.append(sequence)
    return tuple(set_back), tuple(forward)
