"""The process that runs one notebook: `python -m snapkit.report.worker`.

It reads a task from its standard input, executes the notebook by papermill and writes its page. It
ends when it is told to (SIGTERM) and when its standard input is closed, because then the runner has
gone; in either case its kernel ends with it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from snapkit._version import __version__
from snapkit.errors import SnapkitError
from snapkit.report.pages import write_page
from snapkit.report.result import Outcome, Result, clear, read_result, result_path, write_result
from snapkit.report.task import Failure, Task

if TYPE_CHECKING:
    from types import FrameType


def main() -> int:
    """Carry out one task.

    Returns:
        0 where the result and the page are written, whatever they say; 1 with a `Failure` on
        standard output where they are not.
    """
    reply = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # no library's words in the reply
    signal.signal(signal.SIGTERM, _end)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    threading.Thread(target=_watch, daemon=True).start()
    folder = Path(task.folder)
    try:
        execute(task)
        result = read_result(result_path(folder, task.notebook))
        write_page(folder, task.notebook, result, task.siblings)
    except SnapkitError as exc:
        os.write(reply, msgspec.json.encode(Failure.of(exc)))
        return 1
    return 0


def _end(number: int, frame: FrameType | None) -> None:
    """End by an exception, so that papermill shuts its kernel down."""
    del frame
    sys.exit(128 + number)


def _watch() -> None:
    """Wait until the runner has gone."""
    while os.read(0, 1):  # not by sys.stdin: its lock would be held when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def execute(task: Task) -> None:
    """Run one notebook; where it leaves no result, write one that says it failed.

    Args:
        task: What to run.

    Raises:
        StorageError: A file cannot be written.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    folder = Path(task.folder)
    evidence = task.parameters.get("evidence")
    clear(folder, task.notebook, keep=Path(str(evidence)) if evidence else None)
    why = _execute(task, folder / f"{task.notebook}.ipynb")
    if result_path(folder, task.notebook).exists():
        return
    write_result(
        folder,
        Result(
            notebook=task.notebook,
            title=task.notebook.heading,
            snapshot_id=task.snapshot_id,
            manifest_digest=task.manifest_digest,
            outcome=Outcome.FAILED,
            summary=why.splitlines()[0],
            problems=(why,),
            problem_count=1,
            parameters=task.parameters,
            version=__version__,
            started_at=started.isoformat(timespec="seconds"),
            finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - clock, 3),
        ),
    )


def _execute(task: Task, executed: Path) -> str:
    """Execute the notebook; say why it has no result, should it have none."""
    # Without this, jsonschema builds a grammar when it is imported: 1.3 s for nothing.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # "not to be imported"
    import papermill  # noqa: PLC0415  # only now
    from nbclient.exceptions import CellControlSignal  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    transport = {"transport": "ipc", "ip": task.sockets}
    if not task.sockets:
        transport = {"transport_encryption": "auto"}
    options: dict[str, Any] = {
        "KernelManager": transport,
        "NotebookClient": {"shutdown_kernel": "immediate"},  # all its cells have ended
    }
    try:
        papermill.execute_notebook(
            _literal(task.source),
            _literal(str(executed)),
            parameters=dict(task.parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            config=Config(options),
            extra_arguments=["--log-level=50"],  # it calls its own end an error
        )
    except papermill.PapermillExecutionError as exc:
        return f"{exc.ename}: {exc.evalue}"
    except (CellControlSignal, RuntimeError) as exc:  # the kernel died, or did not start
        return str(exc)
    return "the notebook ended without a result"


def _literal(path: str) -> str:
    """Papermill formats paths like f-strings; ours are meant as they are."""
    return path.replace("{", "{{").replace("}", "}}")


if __name__ == "__main__":
    sys.exit(main())
