"""`snapkit lab`: JupyterLab on the notebooks, the workbench first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_REPORTS, DEFAULT_STORE, Reports, StorePath
from snapkit.cli._signals import Terminated
from snapkit.core.text import counted
from snapkit.errors import SnapkitError, StorageError

_Folder = Annotated[
    Path,
    typer.Option(
        "--dir", metavar="DIR", help="Where to work: notebooks missing there are copied to it."
    ),
]
_NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser; print the URL.")]
_Jupyter = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[JUPYTER OPTIONS]", show_default=False, help="Passed on, such as --port=9000."
    ),
]
_PATIENCE = 20.0  # for JupyterLab to end its kernels [s]
DEFAULT_FOLDER = Path("notebooks")
WORKBENCH = "workbench.ipynb"


@command(
    Panel.REPORT,
    example="snapkit lab --no-browser --port=9000",
    interrupted="JupyterLab has ended",
    passes_options_on=True,
)
def lab(
    run: Run,
    *,
    jupyter: _Jupyter = None,
    no_browser: _NoBrowser = False,
    folder: _Folder = DEFAULT_FOLDER,
    out: Reports = DEFAULT_REPORTS,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Start JupyterLab on a folder of the notebooks, the workbench open; Ctrl-C ends it."""
    copied = put_notebooks(folder)
    run.people.say(f"{folder}: {counted(len(copied), 'notebook')} copied there; Ctrl-C ends it")
    arguments = lab_arguments(folder, tuple(jupyter or ()), no_browser=no_browser)
    environment = os.environ | {
        "SNAPKIT_STORE": str(store.absolute()),  # a kernel's own folder is that of its notebook
        "SNAPKIT_REPORTS": str(out.absolute()),
        "SNAPKIT_FOLDER": str(Path.cwd()),  # where .env and the Prisma schema are looked for
    }
    code = _serve(run, arguments, environment)
    if code:
        raise SnapkitError(
            f"JupyterLab ended with exit code {code}", str(folder), "See its messages above."
        )
    return Outcome({"folder": str(folder), "copied": [path.name for path in copied]})


def put_notebooks(folder: Path) -> tuple[Path, ...]:
    """Copy the notebooks that a folder lacks; those that are there stay as they are.

    Args:
        folder: Made where it is missing.

    Returns:
        The copies.

    Raises:
        StorageError: The folder cannot be written.
    """
    from snapkit.report.runner import find_notebooks  # noqa: PLC0415 -- psycopg

    copied = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(find_notebooks().glob("*.ipynb")):
            place = folder / notebook.name
            if not place.exists():
                copied.append(Path(shutil.copyfile(notebook, place)))
    except OSError as error:
        raise StorageError(
            f"cannot copy the notebooks: {error.strerror}",
            str(folder),
            "Name a folder that can be written with --dir.",
        ) from error
    return tuple(copied)


def lab_arguments(folder: Path, options: tuple[str, ...], *, no_browser: bool) -> tuple[str, ...]:
    """The command line of JupyterLab.

    Args:
        folder: What it opens.
        options: Passed on; they come last, so that they win.
        no_browser: Whether to open no browser.

    Returns:
        The program and its arguments.
    """
    place = folder.absolute()
    return (
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={place.parent}",
        "--ServerApp.ip=127.0.0.1",  # whoever reaches it can run anything
        f"--LabApp.default_url=/lab/tree/{quote(place.name)}/{WORKBENCH}",
        *(("--no-browser",) if no_browser else ()),
        *options,
    )


def _serve(run: Run, arguments: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run JupyterLab until it ends, or until Ctrl-C, which is how it is ended."""
    silent = subprocess.DEVNULL if run.quiet else None
    process = subprocess.Popen(  # noqa: S603 -- our own interpreter, arguments as a list
        arguments,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # its messages go to standard error
        stderr=silent,
        start_new_session=True,  # Ctrl-C is for us: Jupyter would ask whether it is meant
    )
    try:
        return process.wait()
    except KeyboardInterrupt as error:
        process.terminate()
        if isinstance(error, Terminated):
            raise
        return 0
    finally:
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
