"""The work behind each notebook: read, compare, judge."""

from __future__ import annotations

import shlex
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.core.coverage import coverage
from snapkit.core.drift import drift
from snapkit.core.evidence import Evidence, RunKind, encode, review
from snapkit.core.recompute import SCRIPT_SUFFIX, recompute_script
from snapkit.errors import ManifestError, UsageError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.session import PINNED, connect
from snapkit.report.graph import select, table_graph
from snapkit.report.growth import growth
from snapkit.report.judgements import (
    judge_backup,
    judge_coverage,
    judge_diff,
    judge_graph,
    judge_verification,
)
from snapkit.report.parameters import (
    BackupParameters,
    CoverageParameters,
    DiffParameters,
    GraphParameters,
    NightlyParameters,
    Notebook,
    Parameters,
    VerificationParameters,
    check_parameters,
)
from snapkit.report.result import Outcome, write_file
from snapkit.report.run import (
    BackupRun,
    CoverageRun,
    DiffRun,
    GraphRun,
    Judgement,
    Opening,
    Run,
    VerificationRun,
    begin,
)
from snapkit.report.sources import (
    guarded,
    page_folder,
    read_evidence,
    target_of,
)
from snapkit.store import Snapshot, Store
from snapkit.workflows.check import check
from snapkit.workflows.diff import diff
from snapkit.workflows.opening import store_root
from snapkit.workflows.parts import snapshot_catalog, snapshot_schema, snapshot_timeline
from snapkit.workflows.record import Done, record, witness
from snapkit.workflows.schema_files import find_schema, read_schema
from snapkit.workflows.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.core.catalog import Catalog
    from snapkit.core.schema import Schema
    from snapkit.core.timeline import Timeline
    from snapkit.pg.target import Target

_NO_EVIDENCE = (
    "Nothing was verified: neither a database (dsn_env) nor the record of a restore, verification "
    "or drill (evidence) was given."
)


def open_run(notebook: str, **parameters: object) -> Run:
    """Open a run of a notebook: check the parameters, do the work, come to a judgement.

    Args:
        notebook: The notebook's name, such as `coverage`.
        **parameters: Those of its parameters cell; see `snapkit.report.parameters`.

    Returns:
        The run, for the sections and for `conclude`.

    Raises:
        UsageError: The notebook or a parameter is unknown, of a wrong type, or holds a secret.
        NoSnapshotError: The store has no such snapshot.
        SnapkitError: The work failed; a result that says so was written.
    """
    try:
        kind = Notebook(notebook)
    except ValueError as exc:
        raise UsageError(
            f"no notebook {notebook!r}", "open_run", f"There are {', '.join(Notebook)}."
        ) from exc
    match kind:
        case Notebook.NIGHTLY:
            from snapkit.report.nightly_opening import open_nightly  # noqa: PLC0415  # the runner

            return open_nightly(check_parameters(NightlyParameters, parameters))
        case Notebook.SCHEMA_GRAPH:
            graph = check_parameters(GraphParameters, parameters)
            return _begin(kind, graph, lambda opening: _open_graph(opening, graph))
        case Notebook.COVERAGE:
            both = check_parameters(CoverageParameters, parameters)
            return _begin(kind, both, lambda opening: _open_coverage(opening, both))
        case Notebook.BACKUP_REPORT:
            rest = check_parameters(BackupParameters, parameters)
            return _begin(kind, rest, lambda opening: _open_backup(opening, rest))
        case Notebook.RESTORE_VERIFICATION:
            proof = check_parameters(VerificationParameters, parameters)
            return _begin(kind, proof, lambda opening: _open_verification(opening, proof))
        case Notebook.SNAPSHOT_DIFF:
            two = check_parameters(DiffParameters, parameters)
            return _begin(kind, two, lambda opening: _open_diff(opening, two))


def _begin(notebook: Notebook, parameters: Parameters, work: Callable[[Opening], Run]) -> Run:
    snapshot = Store(store_root(parameters.store)).open(parameters.snapshot_id)
    folder = page_folder(parameters.out, snapshot.id)
    return begin(notebook, parameters, snapshot, folder, work)


def _schema_for(parameter: str, snapshot: Snapshot) -> Schema | None:
    source = find_schema(Path(parameter), Path.cwd()) if parameter else None
    return read_schema(source) if source else snapshot_schema(snapshot)


def _open_graph(opening: Opening, parameters: GraphParameters) -> GraphRun:
    snapshot = opening.snapshot
    schema = _schema_for(parameters.schema, snapshot)
    graph = table_graph(schema, snapshot_catalog(snapshot), snapshot.manifest)
    selection = select(
        graph, focus=parameters.focus, depth=parameters.depth, group=parameters.group
    )
    return GraphRun(
        **opening.common,
        graph=graph,
        selection=selection,
        judgement=judge_graph(graph, snapshot.manifest),
    )


def _open_coverage(opening: Opening, parameters: CoverageParameters) -> CoverageRun:
    snapshot = opening.snapshot
    schema = _schema_for(parameters.schema, snapshot)
    catalog, source = _catalog(parameters.dsn_env, snapshot)
    found = coverage(schema, catalog, snapshot.manifest, drift(schema, catalog) if schema else ())
    return CoverageRun(
        **opening.common,
        coverage=found,
        schema=schema,
        catalog_source=source,
        judgement=judge_coverage(found, snapshot.manifest, source),
    )


def _catalog(variable: str, snapshot: Snapshot) -> tuple[Catalog, str]:
    if not variable:
        return snapshot_catalog(snapshot), "as the snapshot recorded it"
    target = target_of(variable)
    with guarded(target.secrets), connect(target, read_only=True) as session:
        return read_catalog(session, needs_positions=False), f"live, {target.label}"


def _open_backup(opening: Opening, parameters: BackupParameters) -> BackupRun:
    report = check(opening.snapshot, quick=parameters.quick)
    found = growth(Store(store_root(parameters.store)), opening.snapshot)
    judgement = judge_backup(report, opening.snapshot.manifest, quick=parameters.quick)
    timeline, doubt = _timeline(opening.snapshot)
    unread = tuple((f"growth: snapshot {name}", why) for name, why in found.unreadable)
    return BackupRun(
        **opening.common,
        report=report,
        quick=parameters.quick,
        largest=parameters.largest,
        growth=found,
        timeline=timeline,
        judgement=replace(judgement, unchecked=judgement.unchecked + doubt + unread),
    )


def _timeline(snapshot: Snapshot) -> tuple[Timeline | None, tuple[tuple[str, str], ...]]:
    """Read the timeline; a damaged one is the check's to find, and no reason to show nothing."""
    try:
        return snapshot_timeline(snapshot), ()
    except ManifestError as exc:
        return None, (("timeline", exc.what),)


def _open_verification(opening: Opening, parameters: VerificationParameters) -> VerificationRun:
    snapshot = opening.snapshot
    if parameters.dsn_env:
        target = target_of(parameters.dsn_env)
        with guarded(target.secrets):
            evidence = _verify(snapshot, target, parameters.rows_named)
    elif parameters.evidence:
        evidence = read_evidence(Path(parameters.evidence))
    else:
        nothing = tuple(
            (f"table {entry.table}", "nothing was verified")
            for entry in snapshot.manifest.data_tables
        )
        judgement = Judgement(outcome=Outcome.UNCHECKED, summary=_NO_EVIDENCE, unchecked=nothing)
        return VerificationRun(**opening.common, evidence=None, judgement=judgement)
    write_file(opening.folder / f"{opening.notebook}.evidence.json", encode(evidence))
    script = recompute_script(snapshot.manifest, snapshot.manifest_digest, PINNED)
    write_file(opening.folder / f"{opening.notebook}{SCRIPT_SUFFIX}", script.encode())
    doubts = review(evidence, snapshot.manifest, snapshot.manifest_digest)
    return VerificationRun(
        **opening.common,
        evidence=evidence,
        doubts=doubts,
        judgement=replace(
            judge_verification(evidence, doubts),
            record=f"{opening.notebook}.evidence.json",
            recompute=_recompute(opening),
        ),
    )


def _recompute(opening: Opening) -> tuple[str, ...]:
    folder = shlex.quote(str(opening.snapshot.path.resolve()))
    command = f"bash {opening.notebook}{SCRIPT_SUFFIX} {folder}"
    return (command, f"{command} 'what psql takes for the database'")


def _open_diff(opening: Opening, parameters: DiffParameters) -> DiffRun:
    if not parameters.snapshot_a:
        raise UsageError(
            "no snapshot to compare with",
            "parameter snapshot_a",
            "Name the earlier snapshot: its id, or the beginning of it.",
        )
    before = Store(store_root(parameters.store)).open(parameters.snapshot_a)
    found = diff(before, opening.snapshot, named_rows=parameters.rows_named)
    return DiffRun(**opening.common, diff=found, judgement=judge_diff(found))


def _verify(snapshot: Snapshot, target: Target, rows_named: int) -> Evidence:
    started, clock = datetime.now(UTC), time.perf_counter()
    report = verify(target, snapshot, named_rows=rows_named)
    seconds = round(time.perf_counter() - clock, 3)
    done = Done(
        kind=RunKind.VERIFY,
        started=started,
        finished=datetime.now(UTC),
        seconds=seconds,
        steps=(("verify", seconds),),
    )
    return record(snapshot, report, witness(target), done)
