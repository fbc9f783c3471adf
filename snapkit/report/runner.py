"""The runner: notebooks through papermill, in this process, then pages and index.

A notebook that raises keeps its executed copy and its page, marked failed; the others run all the
same. Each ends in a result file, whatever happened.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapkit._version import __version__
from snapkit.errors import ExitCode, SnapkitError, UsageError
from snapkit.report.pages import worst_outcome, write_index, write_page
from snapkit.report.parameters import Notebook, refuse_secrets
from snapkit.report.result import (
    Outcome,
    Result,
    clear,
    read_result,
    result_path,
    write_result,
)
from snapkit.store import Snapshot, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_PACKAGE = Path(__file__).resolve().parent.parent
_EXIT = {
    Outcome.MATCH: ExitCode.DONE,
    Outcome.MISMATCH: ExitCode.MISMATCH,
    Outcome.UNCHECKED: ExitCode.FAILED,
    Outcome.FAILED: ExitCode.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """One notebook that was run. `seconds` is the whole of it, kernel included [s]."""

    notebook: Notebook
    outcome: Outcome
    summary: str
    executed: Path  # the copy with its outputs
    page: Path
    result: Path
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSet:
    """The reports of one snapshot. `seconds` is all of it [s]."""

    snapshot_id: str
    folder: Path
    index: Path
    pages: tuple[ReportPage, ...]
    seconds: float

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of its pages."""
        return worst_outcome(page.outcome for page in self.pages)

    @property
    def exit_code(self) -> ExitCode:
        """DONE only where every page says match."""
        return _EXIT[self.outcome]


def find_notebooks() -> Path:
    """Find the notebooks: inside the installed package, else in the checkout around it.

    Returns:
        The folder.

    Raises:
        SnapkitError: There is none.
    """
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"):
        if (folder / f"{Notebook.SCHEMA_GRAPH}.ipynb").is_file():
            return folder
    raise SnapkitError(
        "the notebooks are missing", str(_PACKAGE), "Install snapkit again, from its wheel."
    )


def run_reports(
    store_root: Path,
    snapshot_id: str,
    out: Path,
    *,
    dsn_env: str | None = None,
    schema: Path | None = None,
    evidence: Path | None = None,
    names: Sequence[str] | None = None,
    parameters: Mapping[str, object] | None = None,
    progress: Callable[[Notebook, int, int], None] | None = None,
) -> ReportSet:
    """Run the notebooks of one snapshot and write its pages.

    Args:
        store_root: The store.
        snapshot_id: The snapshot's id, the beginning of it, or `latest`.
        out: The folder `reports/`.
        dsn_env: NAME of the environment variable that holds the database's address.
        schema: A Prisma schema, in place of the one that the snapshot carries.
        evidence: What a restore, verify or drill recorded.
        names: Which notebooks; None runs all.
        parameters: More parameters, such as `focus`; each must be known to a notebook that runs.
        progress: Called before each notebook with its name, how many are done, and how many
            there are in all.

    Returns:
        The pages with their outcomes: a page that says mismatch is no error here.

    Raises:
        UsageError: A notebook or parameter is unknown, or looks like a secret; nothing was run.
        NoSnapshotError: The store has no such snapshot.
        StorageError: A file cannot be written.
    """
    clock = time.perf_counter()
    chosen = _chosen(names)
    snapshot = Store(store_root).open(snapshot_id)
    folder = out / snapshot.id
    paths = {"schema": schema, "evidence": evidence}
    given = {name: str(path) for name, path in paths.items() if path}
    given |= {"dsn_env": dsn_env} if dsn_env else {}
    runs = _prepare(chosen, given, dict(parameters or {}))
    common = {"snapshot_id": snapshot.id, "store": str(store_root), "out": str(out)}
    folder.mkdir(parents=True, exist_ok=True)
    took: dict[Notebook, float] = {}
    for done, (notebook, values) in enumerate(runs.items()):
        if progress is not None:
            progress(notebook, done, len(runs))
        started = time.perf_counter()
        _execute(notebook, common | values, folder, snapshot)
        took[notebook] = time.perf_counter() - started
    pages = tuple(_page(notebook, folder, took[notebook]) for notebook in runs)
    return ReportSet(
        snapshot_id=snapshot.id,
        folder=folder,
        index=write_index(out),
        pages=pages,
        seconds=time.perf_counter() - clock,
    )


def _chosen(names: Sequence[str] | None) -> tuple[Notebook, ...]:
    if names is None:
        return tuple(Notebook)
    unknown = [name for name in names if name not in set(Notebook)]
    if unknown:
        raise UsageError(
            f"no notebook {unknown[0]!r}", "the report", f"There are {', '.join(Notebook)}."
        )
    return tuple(item for item in Notebook if item in names)


def _prepare(
    chosen: tuple[Notebook, ...], given: Mapping[str, object], more: dict[str, object]
) -> dict[Notebook, dict[str, object]]:
    """Give each notebook the parameters it declares; papermill only warns of unknown ones."""
    refuse_secrets({**given, **more})
    declared = {notebook: _declared(notebook) for notebook in chosen}
    known = frozenset(name for found in declared.values() for name in found)
    unknown = sorted(more.keys() - known)
    if unknown:
        raise UsageError(
            f"unknown parameter {unknown[0]!r}",
            "the notebooks' parameters",
            f"The parameters are {', '.join(sorted(known))}.",
        )
    values = {**given, **more}
    return {
        notebook: {name: values[name] for name in found if name in values}
        for notebook, found in declared.items()
    }


def _declared(notebook: Notebook) -> tuple[str, ...]:
    with _papermill() as papermill:
        return tuple(papermill.inspect_notebook(str(find_notebooks() / f"{notebook}.ipynb")))


@contextmanager
def _papermill() -> Iterator[Any]:
    """Import papermill without the grammar that jsonschema would build: 1.3 s for nothing."""
    unwanted = "rfc3987_syntax"
    blocked = unwanted not in sys.modules
    if blocked:
        sys.modules[unwanted] = None  # type: ignore[assignment]  # "not to be imported"
    try:
        import papermill  # noqa: PLC0415

        yield papermill
    finally:
        if blocked:
            sys.modules.pop(unwanted, None)


@contextmanager
def _importable() -> Iterator[None]:
    """Let the kernel import this very snapkit, installed or not."""
    before = os.environ.get("PYTHONPATH")
    parts = [str(_PACKAGE.parent), *([before] if before else [])]
    os.environ["PYTHONPATH"] = os.pathsep.join(parts)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _execute(
    notebook: Notebook, values: dict[str, object], folder: Path, snapshot: Snapshot
) -> None:
    """Run one notebook; where it left no result, write one that says it failed."""
    from traitlets.config import Config  # noqa: PLC0415

    started, clock = datetime.now(UTC), time.perf_counter()
    evidence = values.get("evidence")
    clear(folder, notebook, keep=Path(str(evidence)) if evidence else None)
    executed = folder / f"{notebook}.ipynb"
    why = "the notebook ended without a result"
    with _papermill() as papermill, _importable():
        from nbclient.exceptions import CellControlSignal  # noqa: PLC0415

        try:
            papermill.execute_notebook(
                _literal(find_notebooks() / f"{notebook}.ipynb"),
                _literal(executed),
                parameters=values,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                config=Config({"KernelManager": {"transport_encryption": "auto"}}),
                extra_arguments=["--log-level=50"],  # it calls its own end an error
            )
        except papermill.PapermillExecutionError as exc:
            why = f"{exc.ename}: {exc.evalue}"
        except (CellControlSignal, RuntimeError) as exc:  # the kernel died, or did not start
            why = str(exc)
    if result_path(folder, notebook).exists():
        return
    write_result(
        folder,
        Result(
            notebook=notebook,
            title=notebook.heading,
            snapshot_id=snapshot.id,
            manifest_digest=snapshot.manifest_digest,
            outcome=Outcome.FAILED,
            summary=why.splitlines()[0],
            problems=(why,),
            problem_count=1,
            parameters=values,
            version=__version__,
            started_at=started.isoformat(timespec="seconds"),
            finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - clock, 3),
        ),
    )


def _literal(path: Path) -> str:
    """Papermill formats paths like f-strings; ours are meant as they are."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _page(notebook: Notebook, folder: Path, seconds: float) -> ReportPage:
    result = read_result(result_path(folder, notebook))
    return ReportPage(
        notebook=notebook,
        outcome=result.outcome,
        summary=result.summary,
        executed=folder / f"{notebook}.ipynb",
        page=write_page(folder, notebook, result),
        result=result_path(folder, notebook),
        seconds=seconds,
    )
