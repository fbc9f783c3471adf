"""The steps of a merge that read: staging, looking up, digesting, verifying."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from snapkit.core.catalog import Catalog, Sequence
from snapkit.core.digest import TableDigest, digest_batches
from snapkit.core.merge import MergeCounts, MergeMode, count_merge, merged
from snapkit.core.merge_plan import MergePlan
from snapkit.core.names import ForeignKey, ReferentialAction, TableName
from snapkit.core.rows import BUCKETS, RowDifferences, RowPairs, RowShape
from snapkit.core.steps import ForwardSequence
from snapkit.core.text import counted
from snapkit.core.verdict import (
    Finding,
    OrphanFinding,
    RowDifference,
    SequenceFinding,
    Verdict,
    VerificationReport,
)
from snapkit.errors import MismatchError, PlanError
from snapkit.pg.copy import copy_out
from snapkit.pg.merge import (
    Staged,
    count_changes,
    count_followers,
    count_matches,
    count_without_parent,
    digest_matched,
    digest_missing,
    key_operators,
    read_differing,
)
from snapkit.pg.orphans import count_orphans, read_operators
from snapkit.pg.rows import RowSource
from snapkit.pg.sequences import Reach, forward_position, greatest_values, read_position
from snapkit.pg.session import Session
from snapkit.pg.stage import fill_stage, index_for_periods, make_stage
from snapkit.store import Snapshot
from snapkit.workflows.parents import without_parent
from snapkit.workflows.parts import blocks_of
from snapkit.workflows.progress import Progress, Telling
from snapkit.workflows.row_sides import DatabaseSide, Sides, SnapshotSide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.pg.orphans import Operators

_FOLLOWING = frozenset(
    {ReferentialAction.CASCADE, ReferentialAction.SET_NULL, ReferentialAction.SET_DEFAULT}
)


@dataclass(slots=True, kw_only=True)
class Merging:
    """What the steps of one merge share, and what they found so far.

    `expected` is what each table must hold in the end, `written` what the server says it inserted
    and updated [rows], `known` the orphans that were there before or came with the snapshot [rows].
    """

    plan: MergePlan
    catalog: Catalog
    session: Session
    snapshot: Snapshot
    named_rows: int
    progress: Progress
    staged: dict[TableName, Staged] = field(default_factory=dict)
    counts: dict[TableName, MergeCounts] = field(default_factory=dict)
    named: list[RowDifference] = field(default_factory=list)
    expected: dict[TableName, TableDigest] = field(default_factory=dict)
    written: dict[TableName, tuple[int, int]] = field(default_factory=dict)
    known: dict[ForeignKey, int] = field(default_factory=dict)

    @property
    def mode(self) -> MergeMode:
        """What happens to rows whose key is there already."""
        return self.plan.mode

    def with_rows_of(self, end: TableName) -> tuple[Staged, ...]:
        """The staged tables that hold rows of one: itself, or partitions of it."""
        return tuple(
            item
            for name, item in self.staged.items()
            if end in self.catalog.with_partitioned((name,))
        )


def stage_rows(run: Merging, name: TableName) -> None:
    """Stage the rows of one table, and make sure that they read back as the snapshot has them.

    Args:
        run: Takes the stage.
        name: The table.

    Raises:
        MismatchError: The target's columns make other values of them.
        DatabaseError: A value does not fit its column.
        ManifestError: A part is damaged.
    """
    entry = run.snapshot.manifest.by_table[name]
    (item,) = (item for item in run.plan.merges if item.table == name)
    stage = make_stage(run.session, f"snapkit_{len(run.staged)}", name, item.columns)
    blocks = blocks_of(run.snapshot, entry, run.progress)
    fill_stage(run.session, stage, item.columns, blocks)
    found = _digest(run.session, stage, item.columns)
    if (found.rows, found.hex) != (entry.rows, entry.digest):
        rows = RowDifferences()
        shape = RowShape(table=name, columns=entry.column_names, key=entry.key)
        staged = DatabaseSide(run.session, RowSource(stage), item.columns)
        Sides(shape, SnapshotSide(run.snapshot, entry), staged).compare(rows, limit=1)
        raise MismatchError(
            f"rows of {name} do not read back as they are in the snapshot: "
            + "; ".join(map(str, rows.named)),
            f"snapshot {run.snapshot.id}",
            "Nothing was touched. Compare the types of the target's columns with the snapshot's, "
            "and run snapkit check.",
        )
    run.staged[name] = Staged(
        table=name,
        stage=stage,
        columns=item.columns,
        settable=item.settable,
        key=item.key,
        operators=key_operators(run.session, name, item.key),
    )


def _digest(session: Session, table: TableName, columns: tuple[str, ...]) -> TableDigest:
    return digest_batches(copy_out(session, RowSource(table), columns))


def look_up(run: Merging) -> None:
    """Count what will become of each row, and refuse what would break.

    Args:
        run: Takes counts, the rows that differ, and the orphans that are no fault of the merge.

    Raises:
        PlanError: Rows would come without their parents, or others would change with them; each
            foreign key and relation is named, with the number of rows.
        DatabaseError: The server refused.
    """
    for name, item in run.staged.items():
        rows = run.snapshot.manifest.by_table[name].rows
        matched, differing = count_matches(run.session, item)
        run.counts[name] = count_merge(
            run.mode, name, rows=rows, matched=matched, differing=differing
        )
        if differing and run.named_rows:
            run.named += _name_differing(run, item)
    operators = read_operators(run.session)
    problems = [
        *_fixed_columns(run),
        *_without_parents(run, operators),
        *_followers(run, operators),
    ]
    if problems:
        head = problems[0] if len(problems) == 1 else f"{len(problems)} reasons not to start"
        raise PlanError(
            f"snapshot {run.snapshot.id} cannot be merged: {head}",
            run.session.where,
            "Nothing was touched. Parents come along with --with-parents; else choose other "
            "tables, or another --mode.",
            problems=tuple(problems) if len(problems) > 1 else (),
        )


def _name_differing(run: Merging, item: Staged) -> list[RowDifference]:
    ours, theirs = read_differing(run.session, item, limit=run.named_rows)
    shape = RowShape(table=item.table, columns=item.columns, key=item.key)
    pairs = RowPairs(shape, frozenset(range(BUCKETS)))
    pairs.add_snapshot(ours)
    pairs.add_database(theirs)
    found = RowDifferences()
    pairs.collect(found, limit=run.named_rows)
    return found.named


def _fixed_columns(run: Merging) -> list[str]:
    problems = []
    for name, item in run.staged.items():
        fixed = tuple(column for column in item.columns if column not in item.settable)
        rows = 0
        if run.mode is MergeMode.UPSERT and fixed:
            rows = count_changes(run.session, item, fixed)
        if rows:
            problems.append(
                f"{counted(rows, 'row')} of {name} would get other values in "
                f"({', '.join(fixed)}), which is GENERATED ALWAYS AS IDENTITY: no UPDATE gives any"
            )
    return problems


def _without_parents(run: Merging, operators: Operators) -> list[str]:
    """Rows that come and have no parent; in the source, relations may have lacked some already."""
    known = run.snapshot.manifest.known_orphans
    loose = [key for key in run.plan.lookups if not (key.enforced and key.validated)]
    run.known = dict(count_orphans(run.session, run.catalog, loose))
    problems = []
    for key in run.plan.lookups:
        children, parents = run.with_rows_of(key.child), run.with_rows_of(key.parent)
        if not all(_has(item, key.columns) for item in children) or not all(
            _has(item, key.parent_columns) for item in parents
        ):
            continue  # generated columns, or new ones: the database and the verification judge
        for item in parents:
            index_for_periods(run.session, item.stage, (key,))
        rows = sum(
            count_without_parent(
                run.session,
                item,
                key,
                run.mode,
                catalog=run.catalog,
                operators=operators,
                arriving=parents,
            )
            for item in children
        )
        if rows > (0 if key.enforced else known.get((key.child, key.columns, key.parent), 0)):
            problems.append(without_parent(rows, key))
        elif rows:
            run.known[key] = run.known.get(key, 0) + rows
    return problems


def _has(item: Staged, columns: tuple[str, ...]) -> bool:
    return set(columns) <= set(item.columns)


def _followers(run: Merging, operators: Operators) -> list[str]:
    """Rows that refer to values which an upsert changes: they would follow, or lose their parent.

    Where nothing follows and the children come along, their own look-up tells.
    """
    problems = []
    for key in run.plan.followers:
        follows = key.enforced and key.on_update in _FOLLOWING
        if not follows and run.with_rows_of(key.child):
            continue
        rows = sum(
            count_followers(run.session, item, key, run.catalog, operators)
            for item in run.with_rows_of(key.parent)
            if _has(item, key.parent_columns)
        )
        if rows:
            fate = "change with them" if follows else "lose their parents"
            kind = f"foreign key {key.name}" if key.definition else f"relation {key.name}"
            problems.append(
                f"{counted(rows, 'row')} of {key.parent} would get other values in "
                f"({', '.join(key.parent_columns)}), to which rows of {key.child} refer: those "
                f"would {fate} ({kind}, ON UPDATE {key.on_update})"
            )
    return problems


def digest_before(run: Merging) -> None:
    """Say what each table must hold in the end.

    Args:
        run: Takes the digests.

    Raises:
        DatabaseError: The server refused.
    """
    is_upsert = run.mode is MergeMode.UPSERT
    for name, item in run.staged.items():
        entry = run.snapshot.manifest.by_table[name]
        run.expected[name] = merged(
            run.mode,
            before=_digest(run.session, name, item.columns),
            matched=digest_matched(run.session, item) if is_upsert else TableDigest(),
            staged=TableDigest.parse(entry.rows, entry.size, entry.digest),
            missing=TableDigest() if is_upsert else digest_missing(run.session, item),
        )


def verify(run: Merging) -> VerificationReport:
    """Read every table back, look every parent up, and ask whether next values are free.

    Args:
        run: After the rows were put in.

    Returns:
        One finding per table; MATCH where it holds what it held with the snapshot's rows put in.

    Raises:
        DatabaseError: The server failed.
    """
    orphans = count_orphans(run.session, run.catalog, run.plan.lookups)
    return VerificationReport(
        findings=tuple(_finding(run, name) for name in run.plan.tables),
        orphans=tuple(
            OrphanFinding(foreign_key=key, rows=rows, known=run.known.get(key, 0))
            for key, rows in orphans
        ),
        sequences=_sequence_findings(run),
        unchecked=(("the other tables", "not merged"),) if run.plan.untouched else (),
    )


def _finding(run: Merging, name: TableName) -> Finding:
    """The figures are those of the whole table; one without rows in the snapshot stays unread."""
    entry = run.snapshot.manifest.by_table[name]
    expected = run.expected.get(name, TableDigest())
    item = run.staged.get(name)
    told = Telling(run.progress, name)
    observed = _digest(run.session, name, item.columns) if item else TableDigest()
    told.up_to(observed)
    run.progress.end(name)
    reason = ""
    if observed != expected:
        reason = (
            f"it holds {observed.rows:,} rows instead of {expected.rows:,}, or other ones: a "
            "trigger, a rule or another session changed them"
        )
    elif item and not _is_accounted_for(run.counts[name], run.written[name]):
        reason = "the server inserted or updated another number of rows than it should have"
    return Finding(
        table=name,
        model=entry.model,
        group=entry.group,
        verdict=Verdict.MISMATCH if reason else Verdict.MATCH,
        expected_rows=expected.rows,
        expected_digest=expected.hex,
        observed_rows=observed.rows,
        observed_digest=observed.hex,
        reason=reason,
    )


def _is_accounted_for(counts: MergeCounts, written: tuple[int, int]) -> bool:
    return counts.adds_up and written == (counts.inserted, counts.updated)


def _sequence_findings(run: Merging) -> tuple[SequenceFinding, ...]:
    asked = [s for s in run.catalog.sequences_of(run.staged) if not s.cycles]
    standing = [read_position(run.session, sequence, hold=False) for sequence in asked]
    greatest = greatest_values(run.session, run.catalog, standing)
    later = {
        step.sequence.name: forward_position(run.session, run.catalog, step, hold=False)
        for step in run.plan.steps
        if isinstance(step, ForwardSequence) and not step.rolls_back
    }
    known = {sequence.name: sequence for sequence in run.snapshot.manifest.sequences}
    return tuple(_sequence_finding(later.get(now.name) or now, greatest, known) for now in standing)


def _sequence_finding(
    now: Sequence, greatest: Mapping[TableName, Reach], known: Mapping[TableName, Sequence]
) -> SequenceFinding:
    snapshot, reach = known.get(now.name), greatest.get(now.name)
    return SequenceFinding(
        sequence=now.name,
        owner=reach.table if reach else now.owner_table,
        column=reach.column if reach else now.owner_column,
        next_value=now.next_value,
        greatest=reach.value if reach else None,
        increment=now.increment,
        is_as_in_snapshot=snapshot is not None
        and (snapshot.next_value, snapshot.increment) == (now.next_value, now.increment),
    )
