"""The runner: notebooks through papermill, two at a time, then the index.

Each notebook has a process of its own (`worker`), which executes it and writes its page: papermill
changes what belongs to a whole process, so threads cannot run two. A notebook that raises keeps its
executed copy and its page, marked failed; the others run all the same. Each ends in a result file.

The pages are put in place together, when the last one is complete: see `placing`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from snapkit.errors import ExitCode, SnapkitError, UsageError
from snapkit.report.pages import worst_outcome
from snapkit.report.parameters import (
    OF_A_SNAPSHOT,
    OF_ONE_SNAPSHOT,
    Notebook,
    parameter_names,
    refuse_secrets,
)
from snapkit.report.pdf import find_browser
from snapkit.report.placing import lent_folder, making, put_in_place
from snapkit.report.result import Outcome, read_result, result_path
from snapkit.report.site import write_index
from snapkit.report.sources import MAKING, PAGES
from snapkit.report.task import Failure, Task
from snapkit.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_PACKAGE = Path(__file__).resolve().parent.parent
_AT_A_TIME = 2  # a notebook waits for its kernel half of the time: a third one gained nothing
_LOOK = 0.02  # between looks at the processes [s]
_PATIENCE = 5.0  # for a process that was told to end [s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What pages are of; `folder` lies below `reports/`. The others are empty of no snapshot."""

    folder: Path
    snapshot_id: str = ""
    manifest_digest: str = ""


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
    pdf: Path | None = None


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
        return self.outcome.exit_code


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
    pdf: bool = False,
    beside: Iterable[Notebook] = (),
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
        names: Which notebooks; None runs all but snapshot_diff, which needs a second snapshot.
        parameters: More parameters, such as `focus`; each must be known to a notebook that runs.
        pdf: Whether each page is printed as PDF, too.
        beside: Notebooks whose pages will be made later, to be linked to.
        progress: Called as each notebook begins with its name, how many are done, and how many
            there are in all.

    Returns:
        The pages with their outcomes: a page that says mismatch is no error here.

    Raises:
        UsageError: A notebook or parameter is unknown, or looks like a secret, or there is no
            browser to print a PDF with; nothing was run.
        NoSnapshotError: The store has no such snapshot.
        StorageError: A file cannot be written.
    """
    clock = time.perf_counter()
    chosen = _chosen(names)
    browser = find_browser() if pdf else ""
    snapshot = Store(store_root).open(snapshot_id)
    paths = {"schema": schema, "evidence": evidence}
    given = {name: str(path) for name, path in paths.items() if path}
    given |= {"dsn_env": dsn_env} if dsn_env else {}
    runs = _prepare(chosen, given, dict(parameters or {}))
    common = {"snapshot_id": snapshot.id, "store": str(store_root), "out": str(out)}
    subject = Subject(
        folder=out / snapshot.id,
        snapshot_id=snapshot.id,
        manifest_digest=snapshot.manifest_digest,
    )
    tasks = {notebook: common | values for notebook, values in runs.items()}
    pages = run_notebooks(subject, tasks, browser=browser, beside=beside, progress=progress)
    return ReportSet(
        snapshot_id=snapshot.id,
        folder=subject.folder,
        index=write_index(out),
        pages=pages,
        seconds=time.perf_counter() - clock,
    )


def run_notebooks(
    subject: Subject,
    runs: Mapping[Notebook, Mapping[str, object]],
    *,
    browser: str = "",
    beside: Iterable[Notebook] = (),
    progress: Callable[[Notebook, int, int], None] | None = None,
) -> tuple[ReportPage, ...]:
    """Run notebooks and put their pages in place, without an index.

    Args:
        subject: What they are of.
        runs: Each notebook and its parameters.
        browser: A program that prints each page as PDF, too; empty prints none.
        beside: Notebooks whose pages will be made later, to be linked to.
        progress: As in `run_reports`.

    Returns:
        A page for each, whatever its outcome.

    Raises:
        StorageError: A file cannot be written.
    """
    folder = subject.folder
    there = {item for item in Notebook if _is_there(folder, item)}
    siblings = tuple(item for item in Notebook if item in {*there, *runs, *beside})
    with (
        making(folder) as made,
        lent_folder(Path(tempfile.gettempdir()), "snapkit-report-") as private,
    ):
        tasks = [
            Task(
                notebook=notebook,
                source=str(find_notebooks() / f"{notebook}.ipynb"),
                made=str(made),
                folder=str(folder),
                private=str(private),
                snapshot_id=subject.snapshot_id,
                manifest_digest=subject.manifest_digest,
                parameters=values,
                siblings=siblings,
                browser=browser,
            )
            for notebook, values in runs.items()
        ]
        took = _run(tasks, _environment(made, private, siblings), progress)
        for notebook, values in runs.items():
            put_in_place(made, folder, notebook, keep=_given_file(values))
    return tuple(_page(notebook, folder, took[notebook]) for notebook in runs)


def _chosen(names: Sequence[str] | None) -> tuple[Notebook, ...]:
    if names is None:
        return OF_ONE_SNAPSHOT
    unknown = [name for name in names if name not in set(OF_A_SNAPSHOT)]
    if unknown:
        raise UsageError(
            f"no notebook {unknown[0]!r} of a snapshot",
            "the report",
            f"There are {', '.join(OF_A_SNAPSHOT)}.",
        )
    return tuple(item for item in OF_A_SNAPSHOT if item in names)


def _prepare(
    chosen: tuple[Notebook, ...], given: Mapping[str, object], more: dict[str, object]
) -> dict[Notebook, dict[str, object]]:
    """Give each notebook the parameters it declares; papermill only warns of unknown ones."""
    refuse_secrets({**given, **more})
    declared = {notebook: parameter_names(notebook) for notebook in chosen}
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


def _is_there(folder: Path, notebook: Notebook) -> bool:
    """Whether an earlier run left a page; plain papermill leaves a result only."""
    return (folder / f"{notebook}.html").exists() and result_path(folder, notebook).exists()


def _given_file(values: Mapping[str, object]) -> Path | None:
    """The file that a notebook reads, and that may lie among its own."""
    given = values.get("evidence") or values.get("record")
    return Path(str(given)) if given else None


def _run(
    tasks: Sequence[Task],
    environment: Mapping[str, str],
    progress: Callable[[Notebook, int, int], None] | None,
) -> dict[Notebook, float]:
    """Carry out the tasks, a process for each; none of them is left when this ends, however.

    Returns:
        How long each took [s].
    """
    waiting, running = list(tasks), list[_Running]()
    took: dict[Notebook, float] = {}
    try:
        while waiting or running:
            while waiting and len(running) < _AT_A_TIME:
                task = waiting.pop(0)
                if progress is not None:
                    progress(task.notebook, len(took), len(tasks))
                running.append(_Running(task, environment))
            for process in [one for one in running if one.has_ended()]:
                running.remove(process)
                took[process.notebook] = process.finish()
            time.sleep(_LOOK)
    finally:
        _stop(running)
    return took


def _environment(made: Path, private: Path, siblings: Iterable[Notebook]) -> dict[str, str]:
    """What the processes inherit: this very snapkit, installed or not, and folders of their own.

    What kernels write to be found by goes into `private`, and with it when all is done.
    """
    before = os.environ.get("PYTHONPATH")
    parts = [str(_PACKAGE.parent), *([before] if before else [])]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(parts),
        "JUPYTER_RUNTIME_DIR": str(private),
        MAKING: str(made),
        PAGES: ",".join(siblings),
    }


class _Running:
    """A process that runs one notebook. It ends by itself when its standard input is closed."""

    def __init__(self, task: Task, environment: Mapping[str, str]) -> None:
        self.notebook = task.notebook
        self.folder = task.folder
        self.started = time.perf_counter()
        self.process = subprocess.Popen(  # our own interpreter, arguments as a list
            [sys.executable, "-P", "-m", "snapkit.report.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,  # Ctrl-C comes here only, and is passed on
        )
        assert self.process.stdin is not None  # noqa: S101  # it is a pipe
        with suppress(BrokenPipeError):  # it died already: its exit code says so
            self.process.stdin.write(msgspec.json.encode(task) + b"\n")
            self.process.stdin.flush()

    def has_ended(self) -> bool:
        """Whether it has come to its end."""
        return self.process.poll() is not None

    def finish(self) -> float:
        """Read what it said last.

        Returns:
            How long it took [s].

        Raises:
            SnapkitError: It could not write what it should.
        """
        said, _ = self.process.communicate()
        if self.process.returncode == 0:
            return time.perf_counter() - self.started
        try:
            failure = msgspec.json.decode(said, type=Failure)
        except msgspec.DecodeError:
            code = self.process.returncode
            raise SnapkitError(
                f"the process of notebook {self.notebook} "
                + (f"was killed by signal {-code}" if code < 0 else f"ended with {code}"),
                self.folder,
                "Look for a lack of memory in the system's log, and run snapkit report again."
                if code < 0
                else "This is a fault of snapkit: report it, with what is printed above.",
            ) from None
        raise failure.error()


def _stop(running: Iterable[_Running]) -> None:
    """End what is still running, kernels included."""
    for one in running:
        one.process.terminate()
    for one in running:
        try:
            one.process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.communicate()


def _page(notebook: Notebook, folder: Path, seconds: float) -> ReportPage:
    result = read_result(result_path(folder, notebook))
    pdf = folder / f"{notebook}.pdf"
    return ReportPage(
        notebook=notebook,
        outcome=result.outcome,
        summary=result.summary,
        executed=folder / f"{notebook}.ipynb",
        page=folder / f"{notebook}.html",
        result=result_path(folder, notebook),
        seconds=seconds,
        pdf=pdf if pdf.exists() else None,
    )
