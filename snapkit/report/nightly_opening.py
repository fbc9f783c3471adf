"""The work behind the notebook `nightly`: a whole night, or the record of one that is over."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.errors import StorageError, UsageError
from snapkit.pg.target import Target, parse_target
from snapkit.report.night import RECORD, NightlyRecord, NightlyRun, decode, judge_night
from snapkit.report.nightly import Order, run_nightly
from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome, write_file
from snapkit.report.run import Judgement
from snapkit.report.sources import MAKING, reports_root, target_of
from snapkit.workflows.nightly import Source
from snapkit.workflows.opening import store_root
from snapkit.workflows.schema_files import find_schema, read_schema, require_postgres

if TYPE_CHECKING:
    from snapkit.core.schema import Schema
    from snapkit.report.parameters import NightlyParameters

_MOST_JOBS = 64


def open_nightly(parameters: NightlyParameters) -> NightlyRun:
    """Show a night that is over, or, where no record is named, do the work of one.

    Under plain papermill the page cannot be made of the notebook that is still running. The work
    makes it, as `snapkit nightly` does, by running this notebook once more, on its record.

    Args:
        parameters: Checked.

    Returns:
        The run, for the sections and for `conclude`.

    Raises:
        StorageError: The record cannot be read or copied.
        ManifestError: It is no record of a night.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    night = _over(Path(parameters.record)) if parameters.record else _begun(parameters)
    return NightlyRun(
        notebook=Notebook.NIGHTLY,
        parameters=parameters,
        folder=night.folder,
        started_at=started,
        clock=clock,
        judgement=night.judgement,
        record=night.record,
        has_page=night.has_page,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    record: NightlyRecord
    judgement: Judgement
    folder: Path
    has_page: bool


def _over(path: Path) -> _Night:
    text = _read(path)
    record = decode(text, str(path))
    made = os.environ.get(MAKING)
    if made:
        write_file(Path(made) / RECORD, text)
    folder = Path(made) if made else path.parent
    return _Night(record=record, judgement=judge_night(record), folder=folder, has_page=False)


def _begun(parameters: NightlyParameters) -> _Night:
    done = run_nightly(
        Order(
            find=lambda: _find(parameters),
            store=store_root(parameters.store).absolute(),
            out=reports_root(parameters.out).absolute(),
            jobs=parameters.jobs or None,
            quick=parameters.quick,
            bindir=Path(parameters.pg_bindir) if parameters.pg_bindir else None,
        )
    )
    judgement = judge_night(done.record)
    if done.trouble:
        judgement = replace(judgement, outcome=Outcome.FAILED, summary=f"Failed: {done.trouble}.")
    return _Night(
        record=done.record,
        judgement=judgement,
        folder=done.folder,
        has_page=done.page is not None,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise StorageError(
            f"cannot read the record of the night: {exc.strerror}",
            str(path),
            f"Name a file {RECORD} that exists, or none, to begin a night.",
        ) from exc


def _find(parameters: NightlyParameters) -> Source:
    if not 0 <= parameters.jobs <= _MOST_JOBS:
        raise UsageError(
            f"jobs are not from 1 to {_MOST_JOBS}", "parameter jobs", "Leave it 0: chosen by size."
        )
    target = _target(parameters)
    return Source(
        target=target,
        schema=_schema(parameters, target),
        drill_on=target_of(parameters.drill_dsn_env) if parameters.drill_dsn_env else None,
    )


def _target(parameters: NightlyParameters) -> Target:
    if parameters.dsn_env and parameters.service:
        raise UsageError(
            "dsn_env and service both name a database", "the parameters", "Leave one of them out."
        )
    if parameters.dsn_env:
        return target_of(parameters.dsn_env)
    if not parameters.service:
        return parse_target(None, os.environ, {})
    quoted = parameters.service.replace("\\", "\\\\").replace("'", "\\'")
    return parse_target(f"service='{quoted}'", os.environ, {})


def _schema(parameters: NightlyParameters, target: Target) -> Schema | None:
    if parameters.no_schema:
        if parameters.schema:
            raise UsageError(
                "schema and no_schema exclude each other", "the parameters", "Leave one out."
            )
        return None
    source = find_schema(Path(parameters.schema) if parameters.schema else None, Path.cwd())
    if source is None:
        return None
    schema = read_schema(source, default_namespace=target.namespace)
    require_postgres(schema)
    return schema
