"""The process that runs one notebook: `python -m snapkit.report.worker`.

It reads a task from its standard input, executes the notebook by papermill and writes its page. It
ends when it is told to (SIGTERM) and when its standard input is closed, because then the runner has
gone; in either case its kernel ends with it, and what it wrote is removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from snapkit._version import __version__
from snapkit.errors import SnapkitError, StorageError
from snapkit.report.pages import write_page
from snapkit.report.pdf import print_page
from snapkit.report.result import Outcome, Result, read_result, result_path, write_result
from snapkit.report.task import Failure, Task

if TYPE_CHECKING:
    from types import FrameType

_LONGEST_SOCKET = 100  # path, without its number; Linux takes 107 [bytes]
_told_to_end = threading.Event()


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
    failure = None
    try:
        threading.Thread(target=_watch, daemon=True).start()
        failure = _attempt(task)
    finally:
        if _told_to_end.is_set():
            _tidy(task)
    if failure is None:
        return 0
    with suppress(BrokenPipeError):  # the runner has gone
        os.write(reply, msgspec.json.encode(failure))
    return 1


def _attempt(task: Task) -> Failure | None:
    made = Path(task.made)
    try:
        execute(task)
        result = read_result(result_path(made, task.notebook))
        page = write_page(made, task.notebook, result, task.siblings, has_pdf=bool(task.browser))
        if task.browser:
            print_page(task.browser, page)
    except StorageError as exc:
        is_ours = exc.where == task.made
        return Failure.of(_unwritten(task, exc.what) if is_ours else exc)
    except SnapkitError as exc:
        return Failure.of(exc)
    except OSError as exc:
        what = f"cannot write the report {task.notebook}: {exc.strerror or exc}"
        return Failure.of(_unwritten(task, what))
    return None


def _unwritten(task: Task, what: str) -> StorageError:
    hint = (
        f"Free some space there and in {tempfile.gettempdir()}, or name another folder with --out."
    )
    return StorageError(what, task.folder, hint)


def _end(number: int, frame: FrameType | None) -> None:
    """End by an exception, so that papermill shuts its kernel down, and is let do so."""
    del frame
    signal.signal(number, signal.SIG_IGN)
    _told_to_end.set()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # it complains of the kernel
    sys.exit(128 + number)


def _tidy(task: Task) -> None:
    """Remove what the runner would remove, because it may be gone.

    A kernel that was only starting is not papermill's to end yet, and would write its files anew.
    """
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
    for folder in (task.made, task.private):
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # empty only where nothing was ever put into it
        Path(task.folder).rmdir()


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
        StorageError: The notebook could not write a file.
        OSError: papermill could not.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    made = Path(task.made)
    why = _execute(task, made / f"{task.notebook}.ipynb")
    if result_path(made, task.notebook).exists():
        return
    write_result(
        made,
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

    options: dict[str, Any] = {
        "KernelManager": _transport(task),
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
        if exc.ename == StorageError.__name__ and task.made in exc.evalue:
            raise _unwritten(task, exc.evalue.splitlines()[0]) from None
        why = f"{exc.ename}: {exc.evalue}"
    except (CellControlSignal, RuntimeError) as exc:  # the kernel died, or did not start
        why = str(exc)
    else:
        why = "the notebook ended without a result"
    _say_where_it_lies(executed, Path(task.folder) / executed.name)
    return why


def _transport(task: Task) -> dict[str, str]:
    """How the kernel is spoken to: by sockets in the runner's own folder.

    Where their paths would be too long it is TCP, whose ports two processes may both choose.
    """
    place = f"{task.private}/{task.notebook}"
    connection = {"connection_file": f"{place}.json"}
    if len(os.fsencode(place)) > _LONGEST_SOCKET:
        return connection | {"transport_encryption": "auto"}
    return connection | {"transport": "ipc", "ip": place}


def _say_where_it_lies(executed: Path, place: Path) -> None:
    """Put the path that an executed notebook will have in place of the one it was made at."""
    import nbformat  # noqa: PLC0415  # papermill has imported it

    node = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    node.metadata.papermill["output_path"] = str(place)
    nbformat.write(node, executed)  # type: ignore[no-untyped-call]


def _literal(path: str) -> str:
    """Papermill formats paths like f-strings; ours are meant as they are."""
    return path.replace("{", "{{").replace("}", "}}")


if __name__ == "__main__":
    sys.exit(main())
